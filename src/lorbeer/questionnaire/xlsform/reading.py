"""From the sheets of a workbook to a form, or to all its faults."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from lorbeer.questionnaire import expressions
from lorbeer.questionnaire.definition import (
    CHOOSING,
    NAME,
    PERSONAL_DATA,
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
    bounded,
    other_question,
    with_choices,
)
from lorbeer.questionnaire.workbooks import Sheet, read_workbook
from lorbeer.questionnaire.xlsform.foreign import ForeignReader
from lorbeer.questionnaire.xlsform.reference import second_opinion
from lorbeer.questionnaire.xlsform.sheets import Heading, Row
from lorbeer.questionnaire.xlsform.vocabulary import (
    BLOCK_COLUMNS,
    BOUNDS,
    CHOICES,
    LANGUAGES,
    NO,
    OR_OTHER,
    REFINED,
    REPEAT_COLUMNS,
    SELECT,
    SIMPLE,
    YES,
    unsupported_types,
)
from lorbeer.shared.errors import BadInput
from lorbeer.shared.text import Localized

MOST_FAULTS = 200
DEEPEST = 20                                                            # groups within groups
SHEETS = frozenset({"survey", "choices", "settings", "external_choices", "entities", "osm", "cascades"})


@dataclass(frozen=True)
class Reading:
    """What a workbook gave. `remarks`: sentences that name sheet, row and what was read otherwise than written, or not at all."""

    form: Form
    remarks: list[str]


def import_form(data: bytes, *, language: str = "de") -> Form:
    """The form in a workbook; see `read_form`."""
    return read_form(data, language=language).form


def read_form(data: bytes, *, language: str = "de") -> Reading:
    """The form in a workbook. `language`: that of columns that name none, where the workbook does not say.

    Raises BadInput; its `faults` are sentences that name sheet, row and reason, all of them, not only the first.
    """
    reader = FormReader(read_workbook(data, SHEETS), language)
    form = reader.form()
    if form is not None:
        bounded(form)
    if form is not None and not reader.faults and (fault := second_opinion(reader.sheets)):
        reader.faults.append(fault)
    if reader.faults or form is None:
        faults = [fault.sentence for fault in sorted(reader.faults, key=lambda fault: fault.order)][:MOST_FAULTS]
        raise BadInput(
            _("The workbook was not imported. %(count)d faults were found.") % {"count": len(reader.faults)}
            if len(reader.faults) != 1 else faults[0],
            faults=faults,
        )
    return Reading(form, reader.remarks)


@dataclass
class _Open:
    """A group or repeat that is not closed yet."""

    kind: str
    row: Row
    name: str
    faults: int = 0                                                     # how many were known when it was opened
    items: list[Item] = field(default_factory=list)


class FormReader(ForeignReader):
    def form(self) -> Form | None:
        survey = self.sheets.get("survey")
        if survey is None:
            self.fault("survey", 0, _("The workbook has no sheet of that name; the questions stand in it."))
            return None
        self.read_sheet_names()
        for name in ("survey", "choices", "settings"):
            if name in self.sheets:
                self.check_cells(self.sheets[name])
        settings = self.settings()
        headings = {name: self.headings(self.sheets[name]) for name in ["survey", "choices"] if name in self.sheets}
        if not self.check_headings(survey, headings["survey"], ("type",)):
            return None
        if "choices" in headings and self.sheets["choices"].rows and not self.check_headings(
                self.sheets["choices"], headings["choices"], ("list_name", "name")):
            del headings["choices"]
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
        self.check_foreign(form)
        return form

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
        for key, value in found.items():
            self.read_setting(key, value)
        if found.get("default_language"):
            self.default_language = self.language_code(found["default_language"])
        if found.get("form_id") and not re.fullmatch(r"[\w.\- ]{1,100}", found["form_id"]):
            self.fault("settings", number, _("form_id consists of letters, digits, hyphens and dots."))
        return found

    def read_choices(self, sheet: Sheet, headings: list[Heading | None], plain: str, settings: dict[str, str]) -> None:
        doubled = settings.get("allow_choice_duplicates", "no").lower() in YES
        self.choice_columns = {heading.base for heading in headings if heading} - {"label"}
        lists: dict[str, list[Choice]] = {}
        seen: set[tuple[str, str]] = set()
        for row in self.rows(sheet, headings, plain, known=CHOICES):
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
            self.choice_media += [(list_name, row.number, column) for column in row.media]
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

    def read_survey(self, rows: list[Row]) -> list[Section]:
        sections: list[Section] = []
        loose: list[Item] = []
        stack: list[_Open] = []

        def close_loose() -> None:
            if loose:
                sections.append(Section("", items=tuple(loose)))
                loose.clear()

        for row in rows:
            if row.get("disabled").lower() in YES:
                self.remark("survey", row.number, _("The row is switched off and was not taken over."), "disabled")
                continue
            for column in row.media:
                self.fault("survey", row.number, _("Pictures, sound and video in a question are not supported."), column)
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
                if len(stack) == DEEPEST:
                    self.fault("survey", row.number, _("Groups stand in groups more than %(most)d levels deep.") % {"most": DEEPEST})
                self.check_appearance(row, opened)
                stack.append(_Open(opened, row, self.name(row, required=True), len(self.faults)))
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
                if not done.items and len(self.faults) == done.faults:
                    self.fault("survey", done.row.number, _("Nothing is asked in it. Add a question, or delete it."))
                if len(stack) >= DEEPEST:
                    stack[-1].items += done.items                       # a fault already; nothing that follows need dig as deep
                elif stack:
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

    def name(self, row: Row, *, required: bool) -> str:
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

    def refuse_columns(self, row: Row, allowed: frozenset[str]) -> None:
        for column in sorted({*row.cells, *row.texts} - allowed):
            if row.get(column).lower() not in NO or column in row.texts:
                self.fault("survey", row.number, _("This has no meaning for a group or repeat."), column)

    def section(self, done: _Open) -> Section:
        self.refuse_columns(done.row, BLOCK_COLUMNS)
        return Section(done.name, done.row.text("label"), done.row.text("hint"), done.row.get("relevant"),
                       done.row.get("appearance"), tuple(done.items), done.row.get("x_note"), dict(done.row.extra))

    def block(self, done: _Open) -> Group | Repeat:
        row = done.row
        if done.kind == "group":
            self.refuse_columns(row, BLOCK_COLUMNS)
            return Group(done.name, row.text("label"), row.text("hint"), row.get("relevant"), row.get("appearance"),
                         tuple(done.items), row.get("x_note"), dict(row.extra))
        self.refuse_columns(row, REPEAT_COLUMNS)
        least, most = self.whole(row, "x_min_count", 50) or 0, self.whole(row, "x_max_count", 50)
        if most is not None and least > most:
            self.fault("survey", row.number, _("x_min_count is greater than x_max_count."))
        return Repeat(done.name, row.text("label"), row.text("hint"), row.get("relevant"), row.get("appearance"),
                      tuple(done.items), row.get("repeat_count"), least, most, self.role(row), row.get("x_note"),
                      dict(row.extra))

    def role(self, row: Row) -> str:
        role = row.get("x_role")
        if role and role not in ROLES:
            self.fault("survey", row.number, _("“%(role)s” is no role. Possible are: %(roles)s.")
                       % {"role": role[:60], "roles": ", ".join(ROLES)}, "x_role")
        return role

    def whole(self, row: Row, column: str, most: int = 1_000_000) -> int | None:
        text = row.get(column)
        if not text:
            return None
        if not re.fullmatch(r"\d{1,7}", text) or not 0 <= int(text) <= most:
            self.fault("survey", row.number, _("Write a whole number of at most %(most)d.") % {"most": most}, column)
            return None
        return int(text)

    def question(self, row: Row, kind: str) -> Iterator[Question]:
        if self.is_metadata(row, kind):
            return
        found = self.type_of(row, kind)
        if found is None:
            if row.get("name"):
                self.name(row, required=False)                          # others may refer to it: one fault is enough
                self.broken.add(row.get("name"))
            return
        type_, list_name, or_other = found
        if refined := row.get("x_type").lower():
            if refined in REFINED.get(type_, frozenset()):
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
        self.check_appearance(row, type_)
        name = self.name(row, required=type_ != Type.NOTE)
        choices: tuple[Choice, ...] = ()
        if type_ in CHOOSING:
            if list_name.startswith("$"):
                self.fault("survey", row.number, _("Options that are the answers to another question are not supported. Put the"
                                                   " options into the sheet choices."), "type")
            elif list_name not in self.lists:
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
            required="yes" if required.lower() in YES else "" if required.lower() in NO else required,
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
            releases=tuple(dict.fromkeys(row.get("x_releases").replace(",", " ").lower().split())),
            note=row.get("x_note"),
            extra=dict(row.extra),
        )
        self.check_question(row, question)
        self.check_default(row, question)
        yield question
        if or_other:
            other = other_question(question)
            if other.name in self.rows_of:
                self.fault("survey", row.number, _("The name “%(name)s” is needed for the text of “other”, but taken.")
                           % {"name": other.name})
            self.rows_of[other.name] = row.number
            yield other

    def type_of(self, row: Row, kind: str) -> tuple[Type, str, bool] | None:
        """(type, list, with "or other"), or None and a fault."""
        text, or_other = OR_OTHER.subn("", kind)
        match = SELECT.fullmatch(text)
        if match:
            return (Type.SINGLE if match["one"] else Type.MULTI), match["list1"] or match["list2"], bool(or_other)
        lower = kind.lower()
        if lower == "range":
            return self.read_range(row), "", False
        if lower in BOUNDS:
            for column, bound in zip(("x_min", "x_max"), BOUNDS[lower], strict=True):
                row.cells.setdefault(column, bound)
        if lower in SIMPLE:
            return SIMPLE[lower], "", False
        if re.fullmatch(r"select[ _](one|multiple).*", lower) and " " not in lower.replace("select one", "").strip():
            self.fault("survey", row.number, _("The list is missing after “%(type)s”.") % {"type": kind[:60]})
            return None
        unsupported = unsupported_types()
        for key in (lower, lower.split(" ")[0], " ".join(lower.split(" ")[:3]), " ".join(lower.split(" ")[:2])):
            if key in unsupported:
                self.fault("survey", row.number, _("The type “%(type)s” is not supported. %(reason)s")
                           % {"type": kind[:60], "reason": unsupported[key]})
                return None
        self.fault("survey", row.number, _("There is no question type “%(type)s”.") % {"type": kind[:60]})
        return None

    def limits(self, row: Row, type_: Type) -> Limits:
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
        if bounds["x_min"] and bounds["x_max"] and self.above(bounds["x_min"], bounds["x_max"]):
            self.fault("survey", row.number, _("x_min is greater than x_max."), "x_min")
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
    def above(least: str, most: str) -> bool:
        """Whether the smallest is more than the largest: numbers, or days, which are ordered as they are written."""
        return least > most if re.fullmatch(r"\d{4}-\d{2}-\d{2}", least) else Decimal(least) > Decimal(most)

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
