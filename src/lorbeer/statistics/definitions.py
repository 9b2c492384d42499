"""What a table is: read from tables.toml or the screen, checked, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lorbeer.shared.text import Localized, localized

NOUGHTS = ("0.0", "0")
SHARES = ("row", "column", "total")                                     # what the percentages of a cross table are of
LEAST = 3                                                               # below it an answer is a single entry's, unless a table says otherwise
TOTAL_ROW = "total"                                                     # the row of all, as books and files name it
NOT_STATED = "not_stated"                                               # the row of those of whom nothing is known, and its name in the book
NOT_GIVEN = {"de": "ohne Angabe", "en": "not stated"}                   # Land, size … of whom nothing is known
ROW_VARIABLES = ("group", "land", "legal_status", "size_class", "awarded", "round")
# Other values that the book can name begin so, `prizes.main`; a table whose code were one of these would give its cells their names.
NAMES_OF_VALUES = frozenset(["award", "awards", "chapters", "competition", "dates", "edition", "entry", "numbers", "prizes"])


@dataclass(frozen=True)
class TableSpec:
    """One table.

    kind `cross`: rows are the values of `rows` (and the total), columns the choices of `question`; where it allows several answers,
    percentages are of the cases of each row.
    kind `choices`: rows are the choices of a multiple-response `question`, with count and percent of cases.
    `filter`: only cases whose variable has one of the values; it changes the base, which is always shown.
    `no_answer`: show "no answer" as a column (else those cases leave the base).
    `least`: cells below this count are not published, nor what they could be computed from (0: all are).
    `shares`: of what the percentages of a cross table are: of each row, of each column, or of the whole table.
    `order`: of the choices, as in the questionnaire or by how often they were chosen.
    `nought`: how the percentage is written where not one case was counted, "0.0" as all others or a bare "0".
    """

    code: str
    number: int
    title: Localized
    question: str
    kind: str = "cross"
    rows: str = "group"
    filter: dict[str, list[str]] = field(default_factory=dict)
    no_answer: bool = True
    order: str = "questionnaire"                                        # or "count": the most frequent first
    note: Localized = field(default_factory=Localized)
    least: int = 0
    nought: str = "0.0"
    shares: str = "row"

    @classmethod
    def from_json(cls, code: str, number: int, title: Localized, data: dict[str, Any]) -> "TableSpec":
        plain = {key: data[key] for key in ("kind", "rows", "filter", "no_answer", "order", "least", "nought", "shares") if key in data}
        return cls(code=code, number=number, title=title, question=data["question"], note=localized(data.get("note", "")), **plain)


def is_bare_nought(table: Mapping[str, Any], cell: Mapping[str, Any]) -> bool:
    """Whether the percentage of a computed cell is written as “0”, without the decimal of all others: nothing was counted at all."""
    return table.get("nought") == "0" and cell["count"] == 0


def base_of(table: Mapping[str, Any], row: Mapping[str, Any], column: str) -> int | None:
    """What the percentage of a cell is of; None where that is hidden."""
    shares, whole = table.get("shares", "row"), table["rows"][-1]       # the last row is the total, in a table that crosses
    if shares == "row":
        return row.get("base")
    return whole["cells"][column]["count"] if shares == "column" else whole["base"]
