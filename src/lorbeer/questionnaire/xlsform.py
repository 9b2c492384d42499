"""XLSForm workbooks: import with every fault named by sheet, row and reason; export without loss.

The dialect is XLSForm as other tools write and read it, and columns of our own that those tools pass over:

    x_type            email, phone, url, address, municipality, long_text (of text); yes_no (of select_one)
    x_role            what the platform takes the answer for: title, abstract, contact_email, … (definition.ROLES)
    x_personal_data   contact, person, sensitive
    x_publishable     yes: may be published once the applicant has released it
    x_min, x_max      smallest and largest number or date; of select_multiple: how many options
    x_max_characters, x_max_words, x_max_pages, x_max_files, x_max_megabytes, x_file_types
    x_min_count, x_max_count      of a repeat
    x_example         an example beside the question (per language, like hint)
    x_note            a remark for the office, shown to nobody else
    x_no_answer, x_exclusive      in choices: "no answer"; an option that excludes the others
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from lorbeer.questionnaire import expressions
from lorbeer.questionnaire.answers import clean_value
from lorbeer.questionnaire.definition import (
    CHOOSING,
    NAME,
    ONE_OF,
    PERSONAL_DATA,
    REFERENCE,
    ROLES,
    TYPED,
    UPLOADED,
    Choice,
    Form,
    Group,
    Item,
    Limits,
    Question,
    Repeat,
    Section,
    Type,
    expressions_of,
    is_dynamic,
    other_question,
    with_choices,
)
from lorbeer.questionnaire.workbooks import Sheet, read_workbook
from lorbeer.shared.errors import BadInput
from lorbeer.shared.text import Localized

MOST_FAULTS = 200

LANGUAGES = {"deutsch": "de", "german": "de", "english": "en", "englisch": "en", "français": "fr", "french": "fr",
             "español": "es", "spanish": "es", "italiano": "it", "italian": "it", "polski": "pl", "polish": "pl",
             "türkçe": "tr", "turkish": "tr", "nederlands": "nl", "dutch": "nl"}

_TRANSLATED = {"label": "label", "hint": "hint", "guidance_hint": "guidance", "x_example": "example",
               "required_message": "required_message", "constraint_message": "constraint_message"}

_ALIASES = {
    "command": "type",
    "tag": "name",
    "value": "name",
    "caption": "label",
    "relevance": "relevant",
    "constraint_msg": "constraint_message",
    "constraining_message": "constraint_message",
    "constraint-msg": "constraint_message",
    "jr:constraintmsg": "constraint_message",
    "constraintmsg": "constraint_message",
    "requiredmsg": "required_message",
    "jr:requiredmsg": "required_message",
    "calculate": "calculation",
    "read_only": "readonly",
    "count": "repeat_count",
    "jr:count": "repeat_count",
    "set_form_title": "form_title",
    "title": "form_title",
    "set_form_id": "form_id",
    "id_string": "form_id",
}

_SURVEY = frozenset(
    {
        "type",
        "name",
        *_TRANSLATED,
        "required",
        "relevant",
        "constraint",
        "calculation",
        "default",
        "readonly",
        "choice_filter",
        "appearance",
        "parameters",
        "repeat_count",
        "disabled",
        "x_type",
        "x_role",
        "x_personal_data",
        "x_publishable",
        "x_min",
        "x_max",
        "x_max_characters",
        "x_max_words",
        "x_max_pages",
        "x_max_files",
        "x_max_megabytes",
        "x_file_types",
        "x_min_count",
        "x_max_count",
        "x_note",
    }
)
_CHOICES = frozenset({"list_name", "name", "label", "x_no_answer", "x_exclusive"})
_BLOCK_COLUMNS = frozenset({"type", "name", "label", "hint", "relevant", "appearance", "x_note", "disabled"})
_REPEAT_COLUMNS = _BLOCK_COLUMNS | {"repeat_count", "x_role", "x_min_count", "x_max_count"}

_MEDIA = frozenset({"image", "big-image", "audio", "video", "media", "autoplay"})

_SIMPLE = {
    "text": Type.TEXT,
    "string": Type.TEXT,
    "integer": Type.INTEGER,
    "int": Type.INTEGER,
    "decimal": Type.DECIMAL,
    "date": Type.DATE,
    "time": Type.TIME,
    "note": Type.NOTE,
    "calculate": Type.CALCULATE,
    "acknowledge": Type.ACKNOWLEDGE,
    "trigger": Type.ACKNOWLEDGE,
    "file": Type.FILE,
    "image": Type.PHOTO,
    "photo": Type.PHOTO,
    "add image prompt": Type.PHOTO,
    "add photo prompt": Type.PHOTO,
    "add file prompt": Type.FILE,
    "phone number": Type.PHONE,
}
_SELECT = re.compile(
    r"(?P<one>select_one|select one(?: from)?|select1|add select one prompt using)\s+(?P<list1>\S+)"
    r"|(?P<many>select_multiple|select multiple(?: from)?|select all that apply(?: from)?"
    r"|add select multiple prompt using)"
    r"\s+(?P<list2>\S+)",
    re.IGNORECASE,
)
_OR_OTHER = re.compile(r"\s+(or_other|or other|or specify other)$", re.IGNORECASE)
_TYPE_NAMES = {
    Type.TEXT: "text",
    Type.LONG_TEXT: "text",
    Type.EMAIL: "text",
    Type.PHONE: "text",
    Type.URL: "text",
    Type.ADDRESS: "text",
    Type.MUNICIPALITY: "text",
    Type.INTEGER: "integer",
    Type.DECIMAL: "decimal",
    Type.DATE: "date",
    Type.TIME: "time",
    Type.NOTE: "note",
    Type.CALCULATE: "calculate",
    Type.ACKNOWLEDGE: "acknowledge",
    Type.FILE: "file",
    Type.PHOTO: "image",
}
_REFINED = {Type.TEXT: frozenset({Type.LONG_TEXT, Type.EMAIL, Type.PHONE, Type.URL, Type.ADDRESS, Type.MUNICIPALITY}),
            Type.SINGLE: frozenset({Type.YES_NO})}

_YES = frozenset({"yes", "true", "true()", "ja", "1"})
_NO = frozenset({"", "no", "false", "false()", "nein", "0"})


def _unsupported_types() -> dict[str, str]:
    """Types that XLSForm knows and Lorbeer does not, with the reason."""
    place = _("Lorbeer asks for no positions on a map. Ask for an address or a municipality instead.")
    device = _("Lorbeer records time and person itself and reads nothing from devices. Delete this row.")
    sound = _("Lorbeer takes sound and video only as files. Use the type file instead.")
    outside = _("Lists outside the workbook are not supported. Put the options into the sheet choices.")
    return {
        **dict.fromkeys(("geopoint", "geotrace", "geoshape", "location", "gps", "osm"), place),
        **dict.fromkeys(
            (
                "start",
                "end",
                "today",
                "deviceid",
                "device id",
                "imei",
                "subscriberid",
                "subscriber id",
                "simserial",
                "sim id",
                "phonenumber",
                "username",
                "email",
                "audit",
                "start-geopoint",
                "get start time",
                "get end time",
                "get today",
                "get device id",
                "get subscriber id",
                "get sim id",
                "get phone number",
                "background-audio",
                "background-geopoint",
            ),
            device,
        ),
        **dict.fromkeys(("audio", "video", "add audio prompt", "add video prompt"), sound),
        **dict.fromkeys(
            (
                "csv-external",
                "xml-external",
                "select_one_external",
                "select_one_from_file",
                "select_multiple_from_file",
                "select one from file",
                "select multiple from file",
            ),
            outside,
        ),
        "datetime": _("Ask for date and time in two questions."),
        "barcode": _("Lorbeer reads no barcodes. Ask for the number as text."),
        "qrcode": _("Lorbeer reads no barcodes. Ask for the number as text."),
        "range": _("Use integer or decimal with x_min and x_max instead."),
        "rank": _("Ordering options by rank is not supported. Ask for the first, second, … choice instead."),
        "hidden": _("Hidden questions are not supported. Use calculate instead."),
        "begin loop": _("Loops are not supported. Use a group for each option, or a repeat."),
        "end loop": _("Loops are not supported. Use a group for each option, or a repeat."),
        "begin loop over": _("Loops are not supported. Use a group for each option, or a repeat."),
        "cascading_select": _("This old kind of cascade is not supported. Use select_one with choice_filter."),
        "cascading select": _("This old kind of cascade is not supported. Use select_one with choice_filter."),
    }


# --- import ----------------------------------------------------------------------------------------------------------


def import_form(data: bytes, *, name: str = "", language: str = "de") -> Form:
    """The form in a workbook. `language`: that of columns that name none, where the workbook does not say.

    Raises BadInput; its `faults` are sentences that name sheet, row and reason, all of them, not only the first.
    """
    importer = _Importer(read_workbook(data), language)
    form = importer.form()
    if form is not None and not importer.faults:
        importer.second_opinion()
    if importer.faults or form is None:
        faults = [fault.sentence for fault in sorted(importer.faults, key=lambda fault: fault.order)][:MOST_FAULTS]
        raise BadInput(
            _("The workbook was not imported. %(count)d faults were found.") % {"count": len(importer.faults)}
            if len(importer.faults) != 1 else faults[0],
            faults=faults,
        )
    return form


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
class _Heading:
    base: str                                                           # canonical column, or the heading as written
    language: str = ""
    written: str = ""


@dataclass
class _Row:
    number: int
    cells: dict[str, str]                                               # canonical column → text
    texts: dict[str, Localized]                                         # translated column → text per language
    extra: dict[str, str]

    def get(self, column: str) -> str:
        return self.cells.get(column, "")

    def text(self, column: str) -> Localized:
        return self.texts.get(column, Localized())


@dataclass
class _Open:
    """A group or repeat that is not closed yet."""

    kind: str
    row: _Row
    name: str
    items: list[Item] = field(default_factory=list)


class _Importer:
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

    # --- the whole ---

    def form(self) -> Form | None:
        survey = self.sheets.get("survey")
        if survey is None:
            self.fault("survey", 0, _("The workbook has no sheet of that name; the questions stand in it."))
            return None
        for name in ("external_choices", "entities", "osm", "cascades"):
            if name in self.sheets and self.sheets[name].rows:
                self.fault(name, self.sheets[name].rows[0][0], _("This sheet is not supported."))
        settings = self.settings()
        headings = {name: self.headings(self.sheets[name]) for name in ["survey", "choices"] if name in self.sheets}
        plain = self.plain_language(headings)
        if "choices" in headings:
            self.read_choices(self.sheets["choices"], headings["choices"], plain, settings)
        sections = self.read_survey(self.rows(survey, headings["survey"], plain))
        title = Localized({plain: settings.pop("form_title")}) if settings.get("form_title") else Localized()
        for key in [key for key in settings if key.startswith("form_title::")]:
            title[self.language_code(key.partition("::")[2])] = settings.pop(key)
        if not self.languages:
            self.languages = {
                plain: {code: name for name, code in reversed(LANGUAGES.items())}.get(plain, plain).capitalize()
            }
        self.languages.setdefault(plain, plain)
        form = Form(title=title, code=settings.pop("form_id", ""), languages=self.languages,
                    default_language=self.default_language or plain, sections=tuple(sections), lists=self.lists,
                    settings={key: value for key, value in settings.items() if key != "default_language"})
        self.check(form)
        return form

    def second_opinion(self) -> None:
        """What pyxform, the reference reader of XLSForm, would refuse."""
        # Imported here because it takes half a second, which every command would wait for.
        from pyxform.errors import PyXFormError
        from pyxform.xls2json import workbook_to_json
        from pyxform.xls2json_backends import DefinitionData

        facts: dict[str, Any] = {"sheet_names": [sheet.name for sheet in self.sheets.values()]}
        for name in ("survey", "choices", "settings"):
            sheet = self.sheets.get(name)
            if sheet is None:
                continue
            rows: list[dict[str, str]] = [{} for _row in range(sheet.rows[-1][0] - 1)] if sheet.rows else []
            for number, cells in sheet.rows:
                rows[number - 2] = {sheet.header[place]: text for place, text in cells.items()
                                    if place < len(sheet.header) and sheet.header[place]}
            facts[name] = rows
            facts[f"{name}_header"] = [{heading: None for heading in sheet.header if heading}]
        try:
            workbook_to_json(DefinitionData(**facts), form_name="questionnaire", warnings=[])
        except PyXFormError as error:
            match = re.match(r"\[row : (\d+)\]\s*", str(error))
            self.fault("survey", int(match[1]) if match else 0, _("XLSForm does not allow this: %(reason)s")
                       % {"reason": " ".join(str(error)[match.end() if match else 0 :].split())[:400]})

    # --- headings and rows ---

    def headings(self, sheet: Sheet) -> list[_Heading | None]:
        """The meaning of each column. Columns without a heading are passed over, as every XLSForm tool does."""
        name = sheet.name.lower()
        seen: dict[tuple[str, str], str] = {}
        found: list[_Heading | None] = []
        for text in sheet.header:
            heading = self.heading(text) if text else None
            key = (heading.base, heading.language) if heading else ("", "")
            if heading and seen.get(key, "").lower() == text.lower():
                self.fault(name, 1, _("The column “%(name)s” appears twice.") % {"name": text})
                heading = None
            found.append(heading)
            seen.setdefault(key, text)
        return found

    def heading(self, text: str) -> _Heading:
        parts = [part.strip() for part in re.split(r"::", text)]
        if len(parts) == 1 and ":" in text:
            head, _colon, rest = text.partition(":")
            if self.canonical(head) in (*_TRANSLATED, *_MEDIA, "bind", "media", "control", "body"):
                parts = [head.strip(), rest.strip()]
        base = self.canonical(parts[0])
        if base in ("bind", "control", "body") and len(parts) > 1:
            inner = self.canonical(parts[1])
            parts, base = parts[1:], inner if inner in _SURVEY else f"{base}::{inner}"
        if base == "media" and len(parts) > 1:
            base, parts = self.canonical(parts[1]), parts[1:]
        if base in _TRANSLATED and len(parts) > 1:
            return _Heading(base, self.language_code(parts[1]), text)
        if base in _MEDIA:
            return _Heading(base, "", text)
        if len(parts) > 1:
            return _Heading("::".join([base, *parts[1:]]).lower(), "", text)
        return _Heading(base, "", text)

    @staticmethod
    def canonical(text: str) -> str:
        name = re.sub(r"\s+", "_", text.strip().lower())
        return _ALIASES.get(name, name)

    def language_code(self, text: str) -> str:
        """The code of “Deutsch (de)”, “English” or “chinese”; the name is kept for export."""
        match = re.fullmatch(r"(.*?)\s*\(([A-Za-z][A-Za-z0-9-]{1,19})\)", text.strip())
        name = match[1] if match else text.strip()
        code = match[2].lower() if match else LANGUAGES.get(name.lower()) or (
            re.sub(r"[^a-z0-9-]+", "-", name.lower()).strip("-")[:20] or "und")
        self.languages.setdefault(code, name or code)
        return code

    def plain_language(self, headings: dict[str, list[_Heading | None]]) -> str:
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
        self, sheet: Sheet, headings: list[_Heading | None], plain: str, *, known: frozenset[str] = _SURVEY
    ) -> list[_Row]:
        name = sheet.name.lower()
        found = []
        for number, cells in sheet.rows:
            row = _Row(number, {}, {}, {})
            for place, text in cells.items():
                heading = headings[place] if place < len(headings) else None
                if heading is None:
                    continue
                if heading.base in _MEDIA:
                    self.fault(
                        name, number, _("Pictures, sound and video in a question are not supported."), heading.written
                    )
                elif heading.base in _TRANSLATED and heading.base in (known | {"hint"}):
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

    # --- settings and choices ---

    def settings(self) -> dict[str, str]:
        sheet = self.sheets.get("settings")
        if sheet is None or not sheet.rows:
            return {}
        number, cells = sheet.rows[0]
        found: dict[str, str] = {}
        for place, text in cells.items():
            if place >= len(sheet.header) or not sheet.header[place]:
                continue
            head, colons, rest = sheet.header[place].partition("::")
            key = self.canonical(head)
            found[f"{key}::{rest.strip()}" if colons else key] = text
        if len(sheet.rows) > 1:
            self.fault(
                "settings", sheet.rows[1][0], _("Only the first row below the headings counts; delete this one.")
            )
        if found.get("public_key") or found.get("submission_url"):
            self.fault(
                "settings",
                number,
                _(
                    "Encryption and sending to other servers (public_key, submission_url) are not"
                    " supported. Delete the columns."
                ),
            )
        if found.get("add_none_option", "no").lower() in _YES:
            self.fault(
                "settings", number, _("The setting add_none_option is not supported. Add the option to the lists.")
            )
        if found.get("default_language"):
            self.default_language = self.language_code(found["default_language"])
        if found.get("form_id") and not re.fullmatch(r"[\w.\- ]{1,100}", found["form_id"]):
            self.fault("settings", number, _("form_id consists of letters, digits, hyphens and dots."))
        return found

    def read_choices(self, sheet: Sheet, headings: list[_Heading | None], plain: str, settings: dict[str, str]) -> None:
        doubled = settings.get("allow_choice_duplicates", "no").lower() in _YES
        self.choice_columns = {heading.base for heading in headings if heading} - {"label"}
        lists: dict[str, list[Choice]] = {}
        seen: set[tuple[str, str]] = set()
        for row in self.rows(sheet, headings, plain, known=_CHOICES):
            list_name, code = row.get("list_name"), row.get("name")
            if not list_name and not code and not row.texts:
                continue                                                # a row of remarks
            if not list_name:
                self.fault("choices", row.number, _("The name of the list (list_name) is missing."))
                continue
            if not code:
                self.fault("choices", row.number, _("The option has no name."))
                continue
            if re.search(r"\s", code) or len(code) > 100:
                self.fault(
                    "choices",
                    row.number,
                    _("“%(name)s” cannot be the name of an option: use no blanks and at most 100 characters.")
                    % {"name": code[:60]},
                )
            if (list_name, code) in seen and not doubled:
                self.fault("choices", row.number, _("The list “%(list)s” has the option “%(name)s” twice.")
                           % {"list": list_name, "name": code})
            seen.add((list_name, code))
            if row.text("hint") or set(row.texts) - {"label", "hint"}:
                row.extra |= {column: str(text) for column, text in row.texts.items() if column != "label"}
            lists.setdefault(list_name, []).append(
                Choice(
                    code,
                    row.text("label"),
                    self.flag("choices", row, "x_no_answer"),
                    self.flag("choices", row, "x_exclusive"),
                    dict(row.extra),
                )
            )
        self.lists = {name: tuple(choices) for name, choices in lists.items()}

    def flag(self, sheet: str, row: _Row, column: str) -> bool:
        text = row.get(column).lower()
        if text not in _YES | _NO:
            self.fault(sheet, row.number, _("Write yes or leave the cell empty."), column)
        return text in _YES

    # --- survey ---

    def read_survey(self, rows: list[_Row]) -> list[Section]:
        sections: list[Section] = []
        loose: list[Item] = []
        stack: list[_Open] = []

        def close_loose() -> None:
            if loose:
                sections.append(Section("", items=tuple(loose)))
                loose.clear()

        for row in rows:
            if row.get("disabled").lower() in _YES:
                continue
            kind = " ".join(row.get("type").split())
            if not kind:
                if row.get("name") or row.texts or len(row.cells) > 0:
                    self.fault("survey", row.number, _("The type is missing."))
                continue
            block = re.fullmatch(r"(begin|end)[ _](group|repeat|lgroup|looped group)", kind, re.IGNORECASE)
            if block is None:
                for question in self.question(row, kind):
                    (stack[-1].items if stack else loose).append(question)
            elif block[1].lower() == "begin":
                opened = "group" if block[2].lower() == "group" else "repeat"
                if opened == "repeat" and any(outer.kind == "repeat" for outer in stack):
                    self.fault("survey", row.number, _("A repeat within a repeat is not supported."))
                stack.append(_Open(opened, row, self.name(row, required=True)))
            else:
                closed = "group" if block[2].lower() == "group" else "repeat"
                if not stack:
                    self.fault("survey", row.number, _("This “%(type)s” closes nothing: there is no begin before it.")
                               % {"type": kind})
                    continue
                if stack[-1].kind != closed:
                    self.fault(
                        "survey",
                        row.number,
                        _("This “%(type)s” does not fit the %(open)s “%(name)s” opened in row %(row)d.")
                        % {"type": kind, "open": stack[-1].kind, "name": stack[-1].name, "row": stack[-1].row.number},
                    )
                done = stack.pop()
                if stack:
                    stack[-1].items.append(self.block(done))
                elif done.kind == "group":
                    close_loose()
                    sections.append(self.section(done))
                else:
                    loose.append(self.block(done))
        for left in stack:
            self.fault("survey", left.row.number, _("The %(kind)s “%(name)s” is never closed.")
                       % {"kind": left.kind, "name": left.name})
            for item in left.items:                                     # so that their other faults are found, too
                loose.append(item)
        close_loose()
        return sections

    def name(self, row: _Row, *, required: bool) -> str:
        name = row.get("name")
        if not name:
            if required:
                self.fault("survey", row.number, _("The name is missing."))
            name = f"unnamed_row_{row.number}" if required else f"note_row_{row.number}"
        elif not NAME.fullmatch(name):
            self.fault(
                "survey",
                row.number,
                _(
                    "“%(name)s” cannot be a name: it begins with a letter, then letters without"
                    " accents, digits, _, - or . follow, at most 100."
                )
                % {"name": name[:60]},
            )
        if name in self.rows_of:
            self.fault(
                "survey",
                row.number,
                _("The name “%(name)s” is taken by row %(row)d already. Names are unique in the whole form.")
                % {"name": name, "row": self.rows_of[name]},
            )
        else:
            self.rows_of[name] = row.number
        return name

    def refuse_columns(self, row: _Row, allowed: frozenset[str]) -> None:
        for column in sorted({*row.cells, *row.texts} - allowed):
            if row.get(column).lower() not in _NO or column in row.texts:
                self.fault("survey", row.number, _("This has no meaning for a group or repeat."), column)

    def section(self, done: _Open) -> Section:
        self.refuse_columns(done.row, _BLOCK_COLUMNS)
        return Section(done.name, done.row.text("label"), done.row.text("hint"), done.row.get("relevant"),
                       done.row.get("appearance"), tuple(done.items), done.row.get("x_note"), dict(done.row.extra))

    def block(self, done: _Open) -> Group | Repeat:
        row = done.row
        if done.kind == "group":
            self.refuse_columns(row, _BLOCK_COLUMNS)
            return Group(done.name, row.text("label"), row.text("hint"), row.get("relevant"), row.get("appearance"),
                         tuple(done.items), row.get("x_note"), dict(row.extra))
        self.refuse_columns(row, _REPEAT_COLUMNS)
        least, most = self.whole(row, "x_min_count", 50) or 0, self.whole(row, "x_max_count", 50)
        if most is not None and least > most:
            self.fault("survey", row.number, _("x_min_count is greater than x_max_count."))
        return Repeat(done.name, row.text("label"), row.text("hint"), row.get("relevant"), row.get("appearance"),
                      tuple(done.items), row.get("repeat_count"), least, most, self.role(row), row.get("x_note"),
                      dict(row.extra))

    def role(self, row: _Row) -> str:
        role = row.get("x_role")
        if role and role not in ROLES:
            self.fault("survey", row.number, _("“%(role)s” is no role. Possible are: %(roles)s.")
                       % {"role": role[:60], "roles": ", ".join(ROLES)}, "x_role")
        return role

    def whole(self, row: _Row, column: str, most: int = 1_000_000) -> int | None:
        text = row.get(column)
        if not text:
            return None
        if not re.fullmatch(r"\d{1,7}", text) or not 0 <= int(text) <= most:
            self.fault("survey", row.number, _("Write a whole number of at most %(most)d.") % {"most": most}, column)
            return None
        return int(text)

    def question(self, row: _Row, kind: str) -> Iterator[Question]:
        found = self.type_of(row, kind)
        if found is None:
            if row.get("name"):
                self.name(row, required=False)                          # others may refer to it: one fault is enough
                self.broken.add(row.get("name"))
            return
        type_, list_name, or_other = found
        if refined := row.get("x_type").lower():
            if refined in _REFINED.get(type_, frozenset()):
                type_ = Type(refined)
            elif refined != type_:
                self.fault(
                    "survey",
                    row.number,
                    _("“%(type)s” does not fit the type of the question.") % {"type": refined[:40]},
                    "x_type",
                )
        if type_ == Type.TEXT and "multiline" in row.get("appearance").split():
            type_ = Type.LONG_TEXT
        name = self.name(row, required=type_ != Type.NOTE)
        choices: tuple[Choice, ...] = ()
        if type_ in CHOOSING:
            if list_name not in self.lists:
                self.fault(
                    "survey",
                    row.number,
                    _("There is no list “%(list)s” in the sheet choices.") % {"list": list_name[:60]},
                )
            choices = with_choices(self.lists.get(list_name, ()), or_other=or_other)
            if type_ == Type.YES_NO and len(choices) != 2 and choices:
                self.fault("survey", row.number, _("A question of the type yes_no has exactly two options."), "x_type")
        required = row.get("required")
        personal = row.get("x_personal_data").lower()
        if personal not in PERSONAL_DATA:
            self.fault(
                "survey",
                row.number,
                _("Possible are: %(classes)s.") % {"classes": ", ".join(filter(None, PERSONAL_DATA))},
                "x_personal_data",
            )
        question = Question(
            name=name,
            type=type_,
            label=row.text("label"),
            hint=row.text("hint"),
            guidance=row.text("guidance_hint"),
            example=row.text("x_example"),
            required="yes" if required.lower() in _YES else "" if required.lower() in _NO else required,
            required_message=row.text("required_message"),
            relevant=row.get("relevant"),
            constraint=row.get("constraint"),
            constraint_message=row.text("constraint_message"),
            calculation=row.get("calculation"),
            default=row.get("default"),
            readonly=self.flag("survey", row, "readonly"),
            list_name=list_name,
            choices=choices,
            choice_filter=row.get("choice_filter"),
            or_other=or_other,
            limits=self.limits(row, type_),
            appearance=row.get("appearance"),
            parameters=row.get("parameters"),
            personal_data=personal,
            publishable=self.flag("survey", row, "x_publishable"),
            role=self.role(row),
            note=row.get("x_note"),
            extra=dict(row.extra),
        )
        self.check_question(row, question)
        yield question
        if or_other:
            other = other_question(question)
            if other.name in self.rows_of:
                self.fault("survey", row.number, _("The name “%(name)s” is needed for the text of “other”, but taken.")
                           % {"name": other.name})
            self.rows_of[other.name] = row.number
            yield other

    def type_of(self, row: _Row, kind: str) -> tuple[Type, str, bool] | None:
        """(type, list, with "or other"), or None and a fault."""
        text, or_other = _OR_OTHER.subn("", kind)
        match = _SELECT.fullmatch(text)
        if match:
            return (Type.SINGLE if match["one"] else Type.MULTI), match["list1"] or match["list2"], bool(or_other)
        lower = kind.lower()
        if lower in _SIMPLE:
            return _SIMPLE[lower], "", False
        if re.fullmatch(r"select[ _](one|multiple).*", lower) and " " not in lower.replace("select one", "").strip():
            self.fault("survey", row.number, _("The list is missing after “%(type)s”.") % {"type": kind[:60]})
            return None
        unsupported = _unsupported_types()
        for key in (lower, lower.split(" ")[0], " ".join(lower.split(" ")[:3]), " ".join(lower.split(" ")[:2])):
            if key in unsupported:
                self.fault("survey", row.number, _("The type “%(type)s” is not supported. %(reason)s")
                           % {"type": kind[:60], "reason": unsupported[key]})
                return None
        self.fault("survey", row.number, _("There is no question type “%(type)s”.") % {"type": kind[:60]})
        return None

    def limits(self, row: _Row, type_: Type) -> Limits:
        for columns, fitting in (
            (("x_max_characters", "x_max_words", "x_max_pages"), TYPED | UPLOADED),
            (("x_max_files", "x_max_megabytes", "x_file_types"), UPLOADED),
            (("x_min", "x_max"), {Type.INTEGER, Type.DECIMAL, Type.DATE, Type.MULTI}),
            (("x_min_count", "x_max_count"), frozenset()),
        ):
            for column in columns:
                if row.get(column) and type_ not in fitting:
                    self.fault("survey", row.number, _("This limit does not fit the type of the question."), column)
        bounds = {}
        for column in ("x_min", "x_max"):
            text = row.get(column)
            if text and not self.is_bound(text, type_):
                self.fault("survey", row.number, _("Write a number, or a date like 2017-12-31."), column)
                text = ""
            bounds[column] = text
        types = tuple(
            sorted({part.lower().lstrip(".") for part in re.split(r"[\s,;]+", row.get("x_file_types")) if part})
        )
        if any(not re.fullmatch(r"[a-z0-9]{1,8}", part) for part in types):
            self.fault("survey", row.number, _("Write file types like this: pdf docx."), "x_file_types")
        return Limits(
            bounds["x_min"],
            bounds["x_max"],
            self.whole(row, "x_max_characters"),
            self.whole(row, "x_max_words"),
            self.whole(row, "x_max_pages", 1000),
            self.whole(row, "x_max_files", 50),
            self.whole(row, "x_max_megabytes", 500),
            types,
        )

    @staticmethod
    def is_bound(text: str, type_: Type) -> bool:
        if type_ == Type.DATE:
            return not expressions.as_number(text).is_nan() and bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", text))
        if type_ in (Type.MULTI, Type.INTEGER):
            return bool(re.fullmatch(r"-?\d{1,15}", text))
        try:
            return Decimal(text).is_finite() and bool(re.fullmatch(r"-?\d{1,15}(\.\d{1,10})?", text))
        except InvalidOperation:
            return False

    def check_question(self, row: _Row, question: Question) -> None:
        def fault(reason: str, column: str = "") -> None:
            self.fault("survey", row.number, reason, column)

        if question.type == Type.CALCULATE:
            if not question.calculation:
                fault(_("The calculation is missing."), "calculation")
        elif question.calculation:
            fault(_("Only rows of the type calculate have a calculation. Use default for a value that can be changed."),
                  "calculation")
        elif not question.label and not question.hint:
            fault(_("The label is missing: nobody would know what is asked."))
        if question.choice_filter and question.type not in CHOOSING:
            fault(_("Only questions with options have a choice filter."), "choice_filter")
        if not question.is_answered and (question.required or question.constraint):
            fault(_("A row that asks for no answer cannot be required and has no constraint."))
        if row.get("repeat_count"):
            fault(_("Only repeats have a count."), "repeat_count")
        for part in question.parameters.split():
            if not re.fullmatch(r"(max-pixels|rows)=\d{1,6}", part):
                fault(_("The parameter “%(parameter)s” is not supported.") % {"parameter": part[:60]}, "parameters")
        if question.default and not is_dynamic(question.default) and question.type != Type.NOTE:
            try:
                clean_value(question, question.default)
            except BadInput as error:
                fault(_("The default does not fit the question: %(reason)s") % {"reason": error}, "default")

    # --- what only the whole form shows ---

    def check(self, form: Form) -> None:
        names = set(form.placed) | set(form.repeats)
        blocks = {node.name for node in form.nodes() if not isinstance(node, Question) and node.name}
        if not form.placed and not self.faults:
            self.fault("survey", 0, _("There is no question in this sheet."))
        for node in form.nodes():
            row = self.rows_of.get(node.name, 0)
            if isinstance(node, Question) and node.derived_from:
                continue
            for attribute, text in expressions_of(node):
                column = {"count": "repeat_count"}.get(attribute, attribute)
                try:
                    tree = expressions.parse(text, columns=attribute == "choice_filter")
                except BadInput as error:
                    self.fault("survey", row, str(error), column)
                    continue
                for name in sorted(expressions.references(tree)):
                    self.check_reference(row, name, names, blocks, column)
                missing = expressions.columns_of(tree) - self.choice_columns - {"name", "label"}
                for name in sorted(missing):
                    self.fault(
                        "survey",
                        row,
                        _("The sheet choices has no column “%(name)s”. If text is meant, write '%(name)s'.")
                        % {"name": name},
                        column,
                    )
            for column in ("label", "hint", "guidance", "required_message", "constraint_message"):
                for text in getattr(node, column, Localized()).values():
                    for name in REFERENCE.findall(text):
                        self.check_reference(row, name, names, blocks, column)
            if isinstance(node, Group) and node.is_matrix:
                self.check_matrix(row, node)
        if not self.faults:
            try:
                form.order  # noqa: B018 (computing it finds circles)
            except BadInput as error:
                self.fault("survey", self.rows_of.get(error.where, 0), str(error))

    def check_reference(self, row: int, name: str, names: set[str], blocks: set[str], column: str) -> None:
        if name in names or name in self.broken:
            return
        if name in blocks:
            self.fault(
                "survey", row, _("${%(name)s} is a group; refer to a question or a repeat.") % {"name": name}, column
            )
        else:
            self.fault("survey", row, _("There is no question “%(name)s”, but ${%(name)s} refers to it.")
                       % {"name": name[:60]}, column)

    def check_matrix(self, row: int, group: Group) -> None:
        kinds = {
            (item.type, item.list_name) for item in group.items if isinstance(item, Question) and item.type != Type.NOTE
        }
        if len(kinds) != 1 or next(iter(kinds))[0] not in (Type.SINGLE, Type.MULTI, Type.YES_NO) or any(
            not isinstance(item, Question) for item in group.items
        ):
            self.fault(
                "survey",
                row,
                _("A matrix (table-list) holds questions with the same options, and nothing else."),
                "appearance",
            )


# --- export ----------------------------------------------------------------------------------------------------------


def export_workbook(form: Form) -> bytes:
    """The form as .xlsx; the same form gives the same bytes, and importing them gives the same form."""
    languages = {**form.languages}
    survey: list[dict[str, str]] = []
    for section in form.sections:
        if section.name:
            survey.append(_block_row(section, "begin group", languages))
        survey += _item_rows(section.items, languages)
        if section.name:
            survey.append({"type": "end group"})
    choices = [
        {"list_name": list_name, "name": choice.code, **_texts("label", choice.label, languages),
         "x_no_answer": _yes(choice.no_answer), "x_exclusive": _yes(choice.exclusive), **choice.attributes}
        for list_name, options in form.lists.items() for choice in options
    ]
    default = form.default_language
    settings = {
        "form_title": form.title.get(default, ""),
        "form_id": form.code,
        "default_language": _heading_language(default, languages),
        **{
            f"form_title::{_heading_language(code, languages)}": text
            for code, text in form.title.items()
            if code != default
        },
        **form.settings,
    }
    output = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(output, options) as book:
        book.set_properties({"created": datetime(2017, 6, 12, tzinfo=UTC).replace(tzinfo=None)})
        style = {"head": book.add_format({"bold": True, "bg_color": "#E6EEF5", "border": 1}),
                 "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
                 "group": book.add_format({"text_wrap": True, "valign": "top", "bold": True, "bg_color": "#F2F4F7"})}
        for name, rows, order in (
            ("survey", survey, _survey_order(languages)),
            ("choices", choices, ["list_name", "name"]),
            ("settings", [settings], list(settings)),
        ):
            _write_sheet(book.add_worksheet(name), rows, order, style)
    return output.getvalue()


def _survey_order(languages: dict[str, str]) -> list[str]:
    def each(column: str) -> list[str]:
        return [f"{column}::{_heading_language(code, languages)}" for code in languages]

    return [
        "type",
        "name",
        *each("label"),
        *each("hint"),
        *each("guidance_hint"),
        *each("x_example"),
        "required",
        *each("required_message"),
        "relevant",
        "constraint",
        *each("constraint_message"),
        "calculation",
        "choice_filter",
        "default",
        "readonly",
        "appearance",
        "parameters",
        "repeat_count",
        "x_type",
        "x_role",
        "x_personal_data",
        "x_publishable",
        "x_min",
        "x_max",
        "x_max_characters",
        "x_max_words",
        "x_max_pages",
        "x_max_files",
        "x_max_megabytes",
        "x_file_types",
        "x_min_count",
        "x_max_count",
        "x_note",
    ]


def _write_sheet(sheet: Any, rows: list[dict[str, str]], order: list[str], style: dict[str, Any]) -> None:
    used = {column for row in rows for column, text in row.items() if text}
    others = [column for row in rows for column in row if column in used and column not in order]
    columns = [column for column in order if column in used or column in ("type", "name", "list_name")]
    columns += list(dict.fromkeys(others))
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column, style["head"])
        wide = column.startswith(("label", "hint", "guidance", "x_example", "x_note")) or column.endswith("message")
        sheet.set_column(place, place, 44 if wide else 18)
        for number, row in enumerate(rows, 1):
            text = row.get(column, "")
            if len(text) > 32_767:
                raise BadInput(_("A cell of a workbook holds at most 32,767 characters."), where=column)
            if text:
                heading = row.get("type", "").startswith("begin")
                sheet.write_string(number, place, text, style["group" if heading else "wrap"])
    sheet.freeze_panes(1, 2)


def _yes(fact: bool) -> str:
    return "yes" if fact else ""


def _heading_language(code: str, languages: dict[str, str]) -> str:
    return f"{languages.get(code, code)} ({code})"


def _texts(column: str, text: Localized, languages: dict[str, str]) -> dict[str, str]:
    return {f"{column}::{_heading_language(code, languages)}": part for code, part in text.items()}


def _block_row(block: Section | Group | Repeat, kind: str, languages: dict[str, str]) -> dict[str, str]:
    row = {"type": kind, "name": block.name, **_texts("label", block.label, languages),
           **_texts("hint", block.hint, languages), "relevant": block.relevant, "appearance": block.appearance,
           "x_note": block.note, **block.extra}
    if isinstance(block, Repeat):
        row |= {"repeat_count": block.count, "x_min_count": str(block.min_count or ""),
                "x_max_count": "" if block.max_count is None else str(block.max_count), "x_role": block.role}
    return row


def _item_rows(items: tuple[Item, ...], languages: dict[str, str]) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    for item in items:
        if isinstance(item, Question):
            if not item.derived_from:
                rows.append(_question_row(item, languages))
            continue
        kind = "repeat" if isinstance(item, Repeat) else "group"
        rows += [
            _block_row(item, f"begin {kind}", languages),
            *_item_rows(item.items, languages),
            {"type": f"end {kind}"},
        ]
    return rows


def _question_row(question: Question, languages: dict[str, str]) -> dict[str, str]:
    if question.type in CHOOSING:
        kind = f"{'select_one' if question.type in ONE_OF else 'select_multiple'} {question.list_name}"
        kind += " or_other" if question.or_other else ""
    else:
        kind = _TYPE_NAMES[question.type]
    refined = ""
    if question.type in (*_REFINED[Type.TEXT], Type.YES_NO):
        is_plain_multiline = question.type == Type.LONG_TEXT and "multiline" in question.appearance.split()
        refined = "" if is_plain_multiline else str(question.type)
    limits = question.limits

    def number(value: int | None) -> str:
        return "" if value is None else str(value)

    row = {"type": kind, "name": question.name, "x_type": refined}
    for column, attribute in _TRANSLATED.items():
        row |= _texts(column, getattr(question, attribute), languages)
    return row | {
        "required": question.required,
        "relevant": question.relevant,
        "constraint": question.constraint,
        "calculation": question.calculation,
        "choice_filter": question.choice_filter,
        "default": question.default,
        "readonly": _yes(question.readonly),
        "appearance": question.appearance,
        "parameters": question.parameters,
        "x_role": question.role,
        "x_personal_data": question.personal_data,
        "x_publishable": _yes(question.publishable),
        "x_min": limits.min,
        "x_max": limits.max,
        "x_max_characters": number(limits.characters),
        "x_max_words": number(limits.words),
        "x_max_pages": number(limits.pages),
        "x_max_files": number(limits.files),
        "x_max_megabytes": number(limits.megabytes),
        "x_file_types": " ".join(limits.file_types),
        "x_note": question.note,
        **question.extra,
    }
