"""What everybody can take off a table: the answers that stand in the public database, entry by entry.

A row of 24 entries of which 23 can be read singly tells what the 24th answered, whoever took it back. So what is left of a table
when all that is public is taken away is held to the same measure as the table itself, see `compute`. Where nothing is public, because
everybody closed the answer, that is the table itself.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lorbeer.editions.fields import published_questions
from lorbeer.questionnaire.definition import Form
from lorbeer.statistics.definitions import ROW_VARIABLES, TableSpec

NO_ANSWER = "no_answer"
TOTAL = " total"                                                        # all rows of a table together; no choice has a name with a blank
Counts = Counter[tuple[str, str]]


@dataclass(frozen=True)
class Opened:
    """The entries whose answers are public now, as rows of the dataset: variable → value; None: not answered, or not asked. A variable
    whose question is closed by itself is missing in the row.

    `least`: what may be left at least when they are taken off, also of a table that hides nothing else. `half_known`: of entries that
    are not among them, how many the public knows some of the answers of that a table asks for: what is left must be that many more.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    least: int = 0
    half_known: int = 0
    is_mixed: bool = False                                              # not the same is known of each of them
    behind: Mapping[str, Collection[str]] = field(default_factory=dict)     # variable → those that tell of the answers to its question
    releasable: frozenset[str] = frozenset()                            # variables that are public, or were closed, entry by entry
    deciding: Callable[[str], Collection[str]] = lambda _question: ()   # question → those of these that decide whom it is put to

    def about(self, names: Iterable[str]) -> "Opened | None":
        """Those whom the public can sort by all of these variables: who cannot, cannot take them off. None where these are nobody's to
        open: then nobody closed them either."""
        names = set(names)
        if not names <= self.releasable:
            return None
        if not self.is_mixed:
            return Opened(self.rows, self.least)
        telling = names.union(*(self.behind.get(name, ()) for name in names)) - set(ROW_VARIABLES)
        known = [row for row in self.rows if names <= row.keys()]
        return Opened(known, self.least, sum(not names <= row.keys() and not telling.isdisjoint(row) for row in self.rows))

    def places(self, spec: TableSpec) -> Iterator[tuple[str, dict[str, Any]]]:
        """Of the entries in the table: the row that each is in, and what is known of it."""
        for row in self.rows:
            if all(name in row and text_of(row[name]) in allowed for name, allowed in spec.filter.items()):
                yield TOTAL if spec.kind == "choices" else NO_ANSWER if row[spec.rows] is None else str(row[spec.rows]), row

    def counted(self, spec: TableSpec, columns: dict[str, str]) -> tuple[Counter[str], Counts]:
        """Of the entries in the table: how many by row, and how many answers by row and column (`columns`: variable → option, or "")."""
        entries: Counter[str] = Counter()
        counts: Counts = Counter()
        for place, row in self.places(spec):
            for at in {place, TOTAL}:
                entries[at] += 1
                for name, option in columns.items():
                    if option:
                        counts[at, option] += row[name] or 0
                    elif row[name] is not None:
                        counts[at, text_of(row[name])] += 1
        return entries, counts


def opened_rows(facts: dict[str, Any], codebook: list[dict[str, Any]], least: int = 0,
                questionnaire: Callable[[], Form | None] = lambda: None) -> Opened:
    """`facts` of an edition, without what has been taken back since. `questionnaire`: the form, read where what is public is not enough."""
    awarded = {award["entry"] for award in facts["awards"]}
    public = [entry for entry in facts["entries"] if "answers" in entry]
    told = set().union(*({*entry["answers"], *entry.get("untold", ())} for entry in public))
    if not public and (form := questionnaire()):                        # all took back the part, or nobody opened it
        told = {question.name for question in published_questions(form)}
    variables = [variable for variable in codebook if variable["question"] in told and not variable.get("place")]
    behind = {}
    is_mixed = any(entry.get("untold") for entry in public)
    if is_mixed and (form := questionnaire()):
        deciding = {one: form.told_by(one) for one in told}
        behind = {variable["name"]: [other["name"] for other in variables if other["question"] in deciding[variable["question"]]]
                  for variable in variables}

    def deciding_on(question: str) -> list[str]:
        form = questionnaire()
        decided_by = form.rests_on(question) if form else ()
        return [variable["name"] for variable in variables if variable["question"] in decided_by]

    return Opened([
        {name: entry.get(name) for name in ROW_VARIABLES} | {"awarded": int(entry["code"] in awarded)}
        | {variable["name"]: _value(entry["answers"].get(variable["question"]), variable["choice"]) for variable in variables
           if variable["question"] not in entry.get("untold", ())}
        for entry in public
    ], least, is_mixed=is_mixed, behind=behind, releasable=frozenset([*ROW_VARIABLES, *(variable["name"] for variable in variables)]),
        deciding=deciding_on)


def _value(answer: Any, option: str) -> Any:
    if answer in (None, "", []):
        return None
    if option:
        return int(option in answer)
    return int(answer) if isinstance(answer, bool) else answer


def text_of(value: Any) -> str:
    return "" if value is None else str(value)
