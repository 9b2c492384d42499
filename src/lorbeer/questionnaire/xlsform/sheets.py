"""The sheets of a workbook as rows with known columns; every fault with its place."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from lorbeer.questionnaire.definition import Choice
from lorbeer.questionnaire.workbooks import Sheet
from lorbeer.questionnaire.xlsform.vocabulary import ALIASES, LANGUAGES, MEDIA, NO, SURVEY, TRANSLATED, YES
from lorbeer.shared.text import Localized


@dataclass(frozen=True)
class SheetFault:
    """A fault with its place; `row` as the spreadsheet counts, 0 for the sheet as a whole."""

    sheet: str
    row: int
    reason: str
    column: str = ""

    @property
    def order(self) -> tuple[int, int]:
        return ({"survey": 0, "choices": 1, "settings": 2}.get(self.sheet, 3), self.row)

    @property
    def sentence(self) -> str:
        facts = {"sheet": self.sheet, "row": self.row, "column": self.column, "reason": self.reason}
        if self.row and self.column:
            return _("Sheet %(sheet)s, row %(row)d, column %(column)s: %(reason)s") % facts
        if self.row:
            return _("Sheet %(sheet)s, row %(row)d: %(reason)s") % facts
        return _("Sheet %(sheet)s: %(reason)s") % facts


@dataclass
class Heading:
    base: str                                                           # canonical column, or the heading as written
    language: str = ""
    written: str = ""


@dataclass
class Row:
    number: int
    cells: dict[str, str]                                               # canonical column → text
    texts: dict[str, Localized]                                         # translated column → text per language
    extra: dict[str, str]

    def get(self, column: str) -> str:
        return self.cells.get(column, "")

    def text(self, column: str) -> Localized:
        return self.texts.get(column, Localized())


class SheetReader:
    """What all sheets share: headings, languages, rows, and the list of faults."""

    def __init__(self, sheets: dict[str, Sheet], language: str) -> None:
        self.sheets = sheets
        self.language = language
        self.faults: list[SheetFault] = []
        self.languages: dict[str, str] = {}
        self.default_language = ""
        self.rows_of: dict[str, int] = {}                               # name → row in survey
        self.choice_columns: set[str] = set()
        self.lists: dict[str, tuple[Choice, ...]] = {}
        self.broken: set[str] = set()                                   # names of rows that are faults themselves

    def fault(self, sheet: str, row: int, reason: str, column: str = "") -> None:
        self.faults.append(SheetFault(sheet, row, reason, column))

    def headings(self, sheet: Sheet) -> list[Heading | None]:
        """The meaning of each column. Columns without a heading are passed over, as every XLSForm tool does."""
        name = sheet.name.lower()
        seen: dict[tuple[str, str], str] = {}
        found: list[Heading | None] = []
        for text in sheet.header:
            heading = self.heading(text) if text else None
            key = (heading.base, heading.language) if heading else ("", "")
            if heading and seen.get(key, "").lower() == text.lower():
                self.fault(name, 1, _("The column “%(name)s” appears twice.") % {"name": text})
                heading = None
            found.append(heading)
            seen.setdefault(key, text)
        return found

    def heading(self, text: str) -> Heading:
        parts = [part.strip() for part in re.split(r"::", text)]
        if len(parts) == 1 and ":" in text:
            head, _colon, rest = text.partition(":")
            if self.canonical(head) in (*TRANSLATED, *MEDIA, "bind", "media", "control", "body"):
                parts = [head.strip(), rest.strip()]
        base = self.canonical(parts[0])
        if base in ("bind", "control", "body") and len(parts) > 1:
            inner = self.canonical(parts[1])
            parts, base = parts[1:], inner if inner in SURVEY else f"{base}::{inner}"
        if base == "media" and len(parts) > 1:
            base, parts = self.canonical(parts[1]), parts[1:]
        if base in TRANSLATED and len(parts) > 1:
            return Heading(base, self.language_code(parts[1]), text)
        if base in MEDIA:
            return Heading(base, "", text)
        if len(parts) > 1:
            return Heading("::".join([base, *parts[1:]]).lower(), "", text)
        return Heading(base, "", text)

    @staticmethod
    def canonical(text: str) -> str:
        name = re.sub(r"\s+", "_", text.strip().lower())
        return ALIASES.get(name, name)

    def language_code(self, text: str) -> str:
        """The code of “Deutsch (de)”, “English” or “chinese”; the name is kept for export."""
        match = re.fullmatch(r"(.*?)\s*\(([A-Za-z][A-Za-z0-9-]{1,19})\)", text.strip())
        name = match[1] if match else text.strip()
        code = match[2].lower() if match else LANGUAGES.get(name.lower()) or (
            re.sub(r"[^a-z0-9-]+", "-", name.lower()).strip("-")[:20] or "und")
        self.languages.setdefault(code, name or code)
        return code

    def plain_language(self, headings: dict[str, list[Heading | None]]) -> str:
        """The language of columns that name none."""
        if self.default_language:
            return self.default_language
        columns = [(heading.base, heading.language) for found in headings.values() for heading in found if heading]
        plain = {base for base, language in columns if not language}
        for candidate in (*list(self.languages)[:1], self.language):
            if not any(base in plain for base, language in columns if language == candidate):
                return candidate
        return "und"

    def rows(
        self, sheet: Sheet, headings: list[Heading | None], plain: str, *, known: frozenset[str] = SURVEY
    ) -> list[Row]:
        name = sheet.name.lower()
        found = []
        for number, cells in sheet.rows:
            row = Row(number, {}, {}, {})
            for place, text in cells.items():
                heading = headings[place] if place < len(headings) else None
                if heading is None:
                    continue
                if heading.base in MEDIA:
                    self.fault(
                        name, number, _("Pictures, sound and video in a question are not supported."), heading.written
                    )
                elif heading.base in TRANSLATED and heading.base in (known | {"hint"}):
                    texts = row.texts.setdefault(heading.base, Localized())
                    language = heading.language or plain
                    if language in texts and texts[language] != text:
                        self.fault(name, number, _("The text stands there twice for one language."), heading.written)
                    texts[language] = text
                elif heading.base in known:
                    if row.cells.get(heading.base, text) != text:
                        self.fault(name, number, _("Two columns say the same thing differently."), heading.written)
                    row.cells[heading.base] = text
                elif heading.base in ("trigger", "save_to") or heading.base.startswith(
                    ("bind::", "instance::", "control::", "body::")
                ):
                    self.fault(name, number, _("This column is not supported."), heading.written)
                else:
                    row.extra[heading.base] = text
            found.append(row)
        return found

    def flag(self, sheet: str, row: Row, column: str) -> bool:
        text = row.get(column).lower()
        if text not in YES | NO:
            self.fault(sheet, row.number, _("Write yes or leave the cell empty."), column)
        return text in YES
