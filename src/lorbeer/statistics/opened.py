"""What everybody can take off a table: the answers that stand in the public database, entry by entry.

A row of 24 entries of which 23 can be read singly tells what the 24th answered, whoever took it back. So what is left of a table
when all that is public is taken away is held to the same measure as the table itself, see `compute`.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from lorbeer.statistics.definitions import ROW_VARIABLES, TableSpec

NO_ANSWER, TOTAL = "no_answer", "total"
Counts = Counter[tuple[str, str]]


@dataclass(frozen=True)
class Opened:
    """The entries whose answers are public now, as rows of the dataset: variable → value; None: not answered, or not asked.

    `least`: what may be left at least when they are taken off, also of a table that hides nothing else.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    least: int = 0

    def knows(self, names: Iterable[str]) -> bool:
        """Whether the public could sort the entries by these variables: who cannot, cannot take anything off."""
        return bool(self.rows) and all(name in self.rows[0] for name in names)

    def counted(self, spec: TableSpec, columns: dict[str, str]) -> tuple[Counter[str], Counts]:
        """Of the entries in the table: how many by row, and how many answers by row and column (`columns`: variable → option, or "")."""
        entries: Counter[str] = Counter()
        counts: Counts = Counter()
        crossed = spec.kind != "choices"
        for row in self.rows:
            if any(_text(row[name]) not in allowed for name, allowed in spec.filter.items()):
                continue
            place = TOTAL if not crossed else NO_ANSWER if row[spec.rows] is None else str(row[spec.rows])
            for at in {place, TOTAL}:
                entries[at] += 1
                for name, option in columns.items():
                    if option:
                        counts[at, option] += row[name] or 0
                    elif row[name] is not None:
                        counts[at, _text(row[name])] += 1
        return entries, counts


def opened_rows(facts: dict[str, Any], codebook: list[dict[str, Any]], least: int = 0) -> Opened:
    """`facts` of an edition, without what has been taken back since."""
    awarded = {award["entry"] for award in facts["awards"]}
    public = [entry for entry in facts["entries"] if "answers" in entry]
    told = set().union(*(entry["answers"] for entry in public))
    variables = [variable for variable in codebook if variable["question"] in told and not variable.get("place")]
    return Opened([
        {name: entry.get(name) for name in ROW_VARIABLES} | {"awarded": int(entry["code"] in awarded)}
        | {variable["name"]: _value(entry["answers"].get(variable["question"]), variable["choice"]) for variable in variables}
        for entry in public
    ], least)


def _value(answer: Any, option: str) -> Any:
    if answer in (None, "", []):
        return None
    if option:
        return int(option in answer)
    return int(answer) if isinstance(answer, bool) else answer


def _text(value: Any) -> str:
    return "" if value is None else str(value)
