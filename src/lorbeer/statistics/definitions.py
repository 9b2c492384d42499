"""What a table is: read from tables.toml or the screen, checked, and nothing else."""

from dataclasses import dataclass, field
from typing import Any

from lorbeer.shared.text import Localized, localized

ROW_VARIABLES = ("group", "land", "legal_status", "size_class", "awarded", "round")


@dataclass(frozen=True)
class TableSpec:
    """One table.

    kind `cross`: rows are the values of `rows` (and the total), columns the choices of `question`.
    kind `choices`: rows are the choices of a multiple-response `question`, with count and percent of cases.
    `filter`: only cases whose variable has one of the values; it changes the base, which is always shown.
    `no_answer`: show "no answer" as a column (else those cases leave the base).
    `least`: cells below this count are not published, nor what they could be computed from (0: all are).
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

    @classmethod
    def from_json(cls, code: str, number: int, title: Localized, data: dict[str, Any]) -> "TableSpec":
        plain = {key: data[key] for key in ("kind", "rows", "filter", "no_answer", "order", "least") if key in data}
        return cls(code=code, number=number, title=title, question=data["question"], note=localized(data.get("note", "")), **plain)
