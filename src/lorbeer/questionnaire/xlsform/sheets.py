"""The sheets of a workbook as rows with known columns; every fault, and all that was passed over, with its place."""

import re
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from lorbeer.questionnaire.definition import Choice
from lorbeer.questionnaire.workbooks import ERROR, JOINED, NO_RESULT, Sheet
from lorbeer.questionnaire.xlsform.vocabulary import (
    ALIASES,
    CHOICE_ALIASES,
    CONDITIONS,
    LANGUAGES,
    MEDIA,
    NO,
    SURVEY,
    TRANSLATED,
    TRUTHS,
    YES,
)
from lorbeer.shared.text import Localized


@dataclass(frozen=True)
class SheetFault:
    """A fault with its place; `row` as the spreadsheet counts, 0 for the sheet as a whole."""

    sheet: str
    row: int
    reason: str
    column: str = ""
    whole: str = ""                                                     # the sentence, where it is made already

    @property
    def order(self) -> tuple[int, int]:
        return ({"survey": 0, "choices": 1, "settings": 2}.get(self.sheet, 3), self.row)

    @property
    def sentence(self) -> str:
        if self.whole:
            return self.whole
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
    media: list[str] = field(default_factory=list)                      # headings under which pictures or sounds are named

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
        self.choice_media: list[tuple[str, int, str]] = []              # (list, row, heading) of pictures of options
        self.unknown_columns: list[tuple[str, str, str]] = []           # (sheet, heading, column) that mean nothing to us
        self.not_taken_over: dict[str, int] = {}                        # name → row of what was passed over
        self.broken: set[str] = set()                                   # names of rows that are faults themselves

        self.passed_over: dict[tuple[str, str, str], list[int]] = {}    # (sheet, column, what happened) → rows

    def fault(self, sheet: str, row: int, reason: str, column: str = "") -> None:
        self.faults.append(SheetFault(sheet, row, reason, column))

    def remark(self, sheet: str, row: int, reason: str, column: str = "") -> None:
        """Note what is read otherwise than written, or not at all, and does no harm; `row` 0 for the sheet as a whole."""
        self.passed_over.setdefault((sheet, column, reason), []).append(row)

    @property
    def remarks(self) -> list[str]:
        """A sentence each, with its place; what is true of several rows is said once."""
        found = []
        for (sheet, column, reason), numbers in self.passed_over.items():
            rows = sorted({number for number in numbers if number})
            if len(rows) <= 1:
                found.append(SheetFault(sheet, rows[0] if rows else 0, reason, column))
                continue
            shown = ", ".join(map(str, rows[:12])) + (" …" if len(rows) > 12 else "")
            facts = {"sheet": sheet, "rows": shown, "column": column, "reason": reason}
            found.append(SheetFault(sheet, rows[0], reason, column, (
                _("Sheet %(sheet)s, rows %(rows)s, column %(column)s: %(reason)s") if column else
                _("Sheet %(sheet)s, rows %(rows)s: %(reason)s")) % facts))
        return [one.sentence for one in sorted(found, key=lambda one: one.order)]

    def check_cells(self, sheet: Sheet) -> None:
        """Name the cells that look empty, or full, and are not."""
        name = sheet.name.strip().lower()
        for odd in sheet.oddities:
            column = sheet.header[odd.column] if odd.column < len(sheet.header) and odd.kind != JOINED else ""
            if odd.kind == NO_RESULT:
                self.fault(name, odd.row, _("The cell holds a formula whose result is not in the file. Open the workbook in a"
                                            " spreadsheet program, save it there, and import it again."), column)
            elif odd.kind == ERROR:
                self.fault(name, odd.row, _("The cell holds the error %(error)s of the spreadsheet.") % {"error": odd.text}, column)
            else:
                self.remark(name, odd.row, _("The cells %(range)s are joined. What stands there counts for the first row only.")
                            % {"range": odd.text})

    def check_headings(self, sheet: Sheet, headings: list[Heading | None], needed: tuple[str, ...]) -> bool:
        """Whether the columns without which nothing can be read are there; a fault for each that is not."""
        there = {heading.base for heading in headings if heading}
        missing = [column for column in needed if column not in there]
        for column in missing:
            self.fault(sheet.name.strip().lower(), 1, _("There is no column “%(name)s”. The headings stand in the first row.")
                       % {"name": column})
        return not missing

    def headings(self, sheet: Sheet) -> list[Heading | None]:
        """The meaning of each column. Columns without a heading are passed over, as every XLSForm tool does."""
        name = sheet.name.lower()
        seen: dict[tuple[str, str], str] = {}
        found: list[Heading | None] = []
        aliases = CHOICE_ALIASES if name.strip() == "choices" else ALIASES
        for text in sheet.header:
            heading = self.heading(text, aliases) if text else None
            key = (heading.base, heading.language) if heading else ("", "")
            if heading and seen.get(key, "").lower() == text.lower():
                self.fault(name, 1, _("The column “%(name)s” appears twice.") % {"name": text})
                heading = None
            found.append(heading)
            seen.setdefault(key, text)
        return found

    def heading(self, text: str, aliases: dict[str, str] = ALIASES) -> Heading:
        parts = [part.strip() for part in re.split(r"::", text)]
        if ":" in parts[0]:
            head, _colon, rest = parts[0].partition(":")
            if self.canonical(head, aliases) in (*TRANSLATED, *MEDIA, "bind", "media", "control", "body"):
                parts = [head.strip(), rest.strip(), *parts[1:]]
        base = self.canonical(parts[0], aliases)
        if base in ("bind", "control", "body") and len(parts) > 1:
            inner = self.canonical(parts[1])
            parts, base = parts[1:], inner if inner in SURVEY else f"{base}::{inner}"
        if base == "media" and len(parts) > 1:
            base, parts = self.canonical(parts[1], aliases), parts[1:]
        if base in TRANSLATED and len(parts) > 1:
            return Heading(base, self.language_code(parts[1]), text)
        if base in MEDIA:
            return Heading(base, "", text)
        if len(parts) > 1:
            return Heading("::".join([base, *parts[1:]]).lower(), "", text)
        return Heading(base, "", text)

    @staticmethod
    def canonical(text: str, aliases: dict[str, str] = ALIASES) -> str:
        name = re.sub(r"\s+", "_", text.strip().lower())
        return aliases.get(name, name)

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
        for candidate in (*list(self.languages)[:1], self.language):
            for found in headings.values():
                written = {(heading.base, heading.language) for heading in found if heading}
                if any((base, "") in written for base, language in written if language == candidate):
                    break                                               # this sheet has both: two languages, then
            else:
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
                    if place >= len(sheet.header) or not sheet.header[place]:
                        self.remark(name, number, _("What stands under no heading was not read."))
                    continue
                if heading.base in MEDIA:
                    row.media.append(heading.written)
                elif heading.base in TRANSLATED and heading.base in (known | {"hint"}):
                    texts = row.texts.setdefault(heading.base, Localized())
                    language = heading.language or plain
                    if language in texts and texts[language] != text:
                        self.fault(name, number, _("The text stands there twice for one language."), heading.written)
                    texts[language] = text
                elif heading.base in known:
                    if heading.base in CONDITIONS:
                        text = TRUTHS.get(text, text)                   # "no" in a condition is a truth, not a question
                    if row.cells.get(heading.base, text) != text:
                        self.fault(name, number, _("Two columns say the same thing differently."), heading.written)
                    row.cells[heading.base] = text
                elif heading.base in ("trigger", "save_to") or heading.base.partition("::")[0] in (
                    {"bind", "instance", "control", "body"} | known if "::" in heading.base else ()
                ):
                    self.fault(name, number, _("This column is not supported."), heading.written)
                else:
                    row.extra[heading.base] = text
                    if (name, heading.written, heading.base) not in self.unknown_columns:
                        self.unknown_columns.append((name, heading.written, heading.base))
            found.append(row)
        return found

    def flag(self, sheet: str, row: Row, column: str) -> bool:
        text = row.get(column).lower()
        if text not in YES | NO:
            self.fault(sheet, row.number, _("Write yes or leave the cell empty."), column)
        return text in YES
