"""The frozen document of a submission: made once, read by everything that comes after."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from lorbeer.questionnaire.cleaning import clean_value
from lorbeer.questionnaire.definition import (
    CHOOSING,
    REFERENCE,
    UPLOADED,
    Choice,
    Form,
    Group,
    Question,
    Type,
    canonical_json,
    section_key,
)
from lorbeer.questionnaire.evaluation import Evaluation, plain_value
from lorbeer.questionnaire.expressions import Effort, Nodes, Value
from lorbeer.questionnaire.values import Answers, Key, display, in_language, is_blank
from lorbeer.shared import clock
from lorbeer.shared.blocks import Block, renumbered, to_html
from lorbeer.shared.errors import BadInput
from lorbeer.shared.formatted import formatted_blocks, readable
from lorbeer.shared.text import Localized, language_of, spoken_in

DOCUMENT_SCHEMA = "lorbeer.submission/1"


def canonical_document(form: Form, version: Any, answers: Answers, meta: Mapping[str, Any] | None = None, *,
                       now: datetime | None = None) -> tuple[bytes, str]:
    """The answers of one submission as canonical JSON (UTF-8), and its SHA-256 in hexadecimal.

    Holds every question that was asked, with its answer or null; answers to questions that are not asked are left
    out. `version` gives number and hash of the questionnaire; `meta` must be JSON (entry, channel, times).
    Raises BadInput where an answer has a form that its question does not allow.
    """
    evaluation = Evaluation(form, answers, now=now)
    rows: list[list[Any]] = []
    for name, place in evaluation.relevant():
        question = form.question(name)
        if question.type == Type.NOTE:
            continue
        value = evaluation.value(name, place)
        if question.type != Type.CALCULATE:
            try:
                value = clean_value(question, value, kept=True)
            except BadInput as error:
                raise BadInput(str(error), where=in_language(question.label) or name) from error
        rows.append([name, place, value])
    document = {
        "schema": DOCUMENT_SCHEMA,
        "questionnaire": {"code": version.questionnaire.code, "number": version.number, "sha256": version.sha256},
        "meta": dict(meta or {}),
        "places": {name: evaluation.count(repeat) for name, repeat in form.repeats.items()},
        "answers": rows,
    }
    data = canonical_json(document).encode()
    return data, hashlib.sha256(data).hexdigest()


@dataclass(frozen=True)
class Cell:
    """One column of one entry. `state`: answered, no_answer (said so), missing (left blank), not_asked."""

    value: str | int | None
    state: str = "answered"


@dataclass(frozen=True)
class Column:
    """One flat column for statistics: a question, a place and, for several answers at once, a choice."""

    name: str
    question: Question
    place: int = 0
    choice: Choice | None = None


def columns(form: Form) -> list[Column]:
    """Columns of a form, each with a name of its own: q1; q5_<code> per choice of a multiple answer; name__1, name__2 within a repeat.

    A choice whose column would be called as another one (“other” of `q5` beside the question `q5_other`) gets a stroke behind it.
    """
    wanted: list[Column] = []
    for name, placed in form.placed.items():
        question = placed.question
        if question.type in (Type.NOTE, *UPLOADED):
            continue
        places = (
            range(1)
            if placed.repeat is None
            else range(1, (placed.repeat.max_count or placed.repeat.min_count or 1) + 1)
        )
        for place in places:
            suffix = f"__{place}" if place else ""
            if question.type == Type.MULTI:
                wanted += [
                    Column(f"{name}_{choice.code}{suffix}", question, place, choice) for choice in question.choices
                ]
            else:
                wanted.append(Column(name + suffix, question, place))
    taken = {column.name for column in wanted if column.choice is None}
    found = []
    for column in wanted:
        name = column.name
        while column.choice and name in taken:
            name += "_"
        taken.add(name)
        found.append(replace(column, name=name) if name != column.name else column)
    return found


@dataclass(frozen=True)
class ShownAnswer:
    """A labelled answer for pages and PDFs. `text` is "" where nothing was answered."""

    question: Question
    place: int
    label: str
    value: Any
    text: str
    lines: tuple[str, ...] = ()  # options of a multiple answer, paragraphs of a text
    is_no_answer: bool = False
    depth: int = 0                                                      # 1 where a heading stands between its section and itself
    kind: str = "answer"

    @property
    def blocks(self) -> list[Block]:
        """A formatted text as `shared/blocks.py` has it, the headings from 1 on; nothing for other answers."""
        return formatted_blocks(self.value) if self.question.is_formatted and isinstance(self.value, str) else []

    def formatted(self, top: int) -> SafeString | str:
        """The same as HTML; `top`: the level of a heading right below that of the section."""
        return to_html(renumbered(self.blocks, top + self.depth))

    @property
    def files(self) -> list[dict[str, Any]]:
        """What was uploaded, with the address of each file."""
        if self.question.type not in UPLOADED or not isinstance(self.value, list):
            return []
        return [shown_file(item, is_photo=self.question.type == Type.PHOTO) for item in self.value]


def shown_file(item: Mapping[str, Any], *, is_photo: bool) -> dict[str, Any]:
    """A file of an answer as pages show it."""
    name = item.get("name") or item["code"]
    return {**item, "name": name, "url": reverse("file_download", args=[item["code"], name]), "is_photo": is_photo}


@dataclass(frozen=True)
class ShownBlock:
    """A heading with what stands below it. `kind`: section, group, matrix or place (one place of a repeat)."""

    name: str
    label: str
    items: tuple["ShownAnswer | ShownBlock", ...]
    place: int = 0
    kind: str = "group"


@dataclass
class Document:
    """The frozen answers of a submission, read through the form they were given to."""

    form: Form
    data: dict[str, Any]
    language: str | None = None                                         # None: the active one
    _values: dict[Key, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if self.data.get("schema") != DOCUMENT_SCHEMA:
            raise BadInput(_("This is not the document of a submission."))
        self._values = {(name, place): value for name, place, value in self.data["answers"]}

    @classmethod
    def read(cls, form: Form, text: str | bytes, language: str | None = None) -> "Document":
        """The document in `text`; BadInput where it is not one."""
        try:
            data = json.loads(text)
            return cls(form, data, language)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadInput(_("This is not the document of a submission.")) from error

    def without_personal(self) -> "Document":
        """The same without the answers to questions that have a class of personal data, as if they had not been asked."""
        personal = self._personal()
        answers = [[name, place, value] for name, place, value in self.data["answers"] if name not in personal]
        return Document(self.form, self.data | {"answers": answers}, self.language)

    def personal_files(self) -> set[str]:
        """The codes of files that were given as an answer to such a question."""
        return {item["code"] for (name, _place), value in self._values.items()
                if name in self._personal() and self.form.question(name).type in UPLOADED for item in value or ()}

    def _personal(self) -> set[str]:
        return {name for name, placed in self.form.placed.items() if placed.question.personal_data}

    @property
    def meta(self) -> dict[str, Any]:
        return dict(self.data.get("meta", {}))

    @property
    def answers(self) -> dict[Key, Any]:
        """(name, place) → value of every question that was asked."""
        return dict(self._values)

    def places(self, repeat: str) -> range:
        return range(1, int(self.data.get("places", {}).get(repeat, 0)) + 1)

    def was_asked(self, name: str, place: int = 0) -> bool:
        return (name, place) in self._values

    def value(self, name: str, place: int | None = None) -> Any:
        """The answer as kept, None for none; within a repeat without `place`: the list of all places."""
        placed = self.form.placed[name]
        if place is None and placed.repeat is not None:
            return [self._values.get((name, number)) for number in self.places(placed.repeat.name)]
        return self._values.get((name, place or 0))

    def text(self, name: str, place: int = 0) -> str:
        return self._said(self.form.question(name), self._values.get((name, place)))

    def _said(self, question: Question, value: Any) -> str:
        """An answer as people read it; of a formatted text without its signs."""
        if question.is_formatted and isinstance(value, str):
            return readable(formatted_blocks(value))
        return display(question, value, self.language, self.form.default_language)

    def label(self, name: str) -> str:
        """The wording of a question, without its references filled in."""
        return in_language(self.form.question(name).label, self.language, self.form.default_language)

    def by_role(self, role: str) -> Any:
        """The first answer to a question with that role; within a repeat the list over its places; None for none."""
        for question in self.form.with_role(role):
            value = self.value(question.name)
            if not is_blank(value):
                return value
        return None

    def said(self, role: str) -> str:
        """The same as one text for people: a formatted one without its signs."""
        for question in self.form.with_role(role):
            if not is_blank(value := self.value(question.name)):
                return self._said(question, value)
        return ""

    def address(self) -> dict[str, str]:
        """Street, postcode and town, whether the form asks for them in one question or in several; "" for what is not there."""
        whole = self.by_role("address") or {}
        parts = {"street": whole} if isinstance(whole, str) else whole
        return {name: str(self.by_role(name) or parts.get(name) or "") for name in ("street", "postcode", "town")}

    def all_by_role(self, role: str) -> list[tuple[int, Any]]:
        """(place, answer) of every answered question with that role."""
        names = [question.name for question in self.form.with_role(role)]
        return [
            (place, value) for (name, place), value in self._values.items() if name in names and not is_blank(value)
        ]

    def projects(self) -> list[dict[str, Any]]:
        """The individual projects: place, title, description and further roles without `project_`."""
        repeat = next((repeat for repeat in self.form.repeats.values() if repeat.role == "project"), None)
        if repeat is None:
            return []
        roles = {placed.question.role.removeprefix("project_"): name for name, placed in self.form.placed.items()
                 if placed.repeat is repeat and placed.question.role}
        found = [{"place": place, **{role: self._values.get((name, place)) for role, name in roles.items()}}
                 for place in self.places(repeat.name)]
        return [
            project for project in found if any(not is_blank(value) for key, value in project.items() if key != "place")
        ]

    # --- for pages and PDFs ---

    def sections(self, *, publishable_only: bool = False, filled_only: bool = False) -> list[ShownBlock]:
        """Sections with the labelled answers to what was asked, in order, repeats as numbered places."""
        evaluation = _Frozen(self)
        shown: list[ShownBlock] = []
        for number, section in enumerate(self.form.sections, 1):
            items = tuple(self._items(section.items, 0, evaluation, publishable_only, filled_only))
            if items:
                label = evaluation.text(section.title, 0) if section.title else ""
                shown.append(ShownBlock(section_key(number, section), label, items, kind="section"))
        return shown

    def _items(self, items: Any, place: int, evaluation: "_Frozen", public: bool,
               filled: bool) -> Iterator[ShownAnswer | ShownBlock]:
        for item in items:
            if isinstance(item, Question):
                shown = self._answer(item, place, evaluation)
                if shown and not (public and not item.publishable) and not (filled and not shown.text):
                    yield shown
            elif isinstance(item, Group):
                inner = tuple(_deeper(self._items(item.items, place, evaluation, public, filled)))
                if inner:
                    yield ShownBlock(item.name, evaluation.text(item.label, place), inner, place,
                                     "matrix" if item.is_matrix else "group")
            else:
                for number in self.places(item.name):
                    inner = tuple(_deeper(self._items(item.items, number, evaluation, public, filled)))
                    if inner:
                        yield ShownBlock(item.name, evaluation.text(item.label, number), inner, number, "place")

    def _answer(self, question: Question, place: int, evaluation: "_Frozen") -> ShownAnswer | None:
        if question.type in (Type.NOTE, Type.CALCULATE) or (question.name, place) not in self._values:
            return None
        value = self._values[question.name, place]
        text = self._said(question, value)
        if value is None and (erased_on := self.meta.get("erased", {}).get(question.name)):
            text = _("erased on %(day)s") % {"day": erased_on}          # see follow_up.retention
        lines: tuple[str, ...] = ()
        if question.type == Type.MULTI and isinstance(value, list):
            lines = tuple(display(question, [code], self.language, self.form.default_language) for code in value)
        elif question.type == Type.LONG_TEXT and isinstance(value, str):
            lines = tuple(part.strip() for part in re.split(r"\n\s*\n", text) if part.strip())
        return ShownAnswer(question, place, evaluation.text(question.label, place), value, text, lines,
                           _is_no_answer(question, value))

    # --- for statistics ---

    def rows_for_statistics(self) -> dict[str, Cell]:
        """One flat row: single → code, multi → 0 or 1 per choice, others as kept; see `columns` and `Cell`."""
        row: dict[str, Cell] = {}
        for column in columns(self.form):
            key = (column.question.name, column.place)
            if key not in self._values:
                row[column.name] = Cell(None, "not_asked")
                continue
            value = self._values[key]
            if is_blank(value):
                row[column.name] = Cell(None, "missing")
            elif column.choice is not None:
                state = "no_answer" if _is_no_answer(column.question, value) else "answered"
                row[column.name] = Cell(int(column.choice.code in value), state)
            elif _is_no_answer(column.question, value):
                row[column.name] = Cell(str(value), "no_answer")
            elif isinstance(value, bool):
                row[column.name] = Cell(int(value))
            elif column.question.type == Type.MUNICIPALITY and isinstance(value, dict):
                row[column.name] = Cell(value.get("key"))
            elif isinstance(value, int):
                row[column.name] = Cell(value)
            else:
                row[column.name] = Cell(value if isinstance(value, str) else display(column.question, value))
        return row


class DocumentScope:
    """A frozen document as something outside the form reads it with an expression: every answer by the name of its question.

    What was not asked is blank; a question of a repeat gives the answers of all places.
    """

    place = 0

    def __init__(self, document: Document | None) -> None:
        self.document, self.effort = document, Effort()

    @property
    def now(self) -> datetime:
        return clock.now()

    def lookup(self, name: str) -> Value | Nodes:
        document = self.document
        if document is None:
            return ""
        if name in document.form.repeats:
            return Nodes(Decimal(place) for place in document.places(name))
        placed = document.form.placed.get(name)
        if placed is None or placed.repeat is None:
            return self.lookup_at(name, 0)
        return Nodes(self.lookup_at(name, place) for place in document.places(placed.repeat.name))

    def lookup_at(self, name: str, place: int) -> Value:
        placed = self.document.form.placed.get(name) if self.document else None
        return plain_value(placed.question, self.document.value(name, place)) if placed and self.document else ""

    def own(self) -> Value:
        return ""

    def column(self, name: str) -> str:
        return ""

    def choice_label(self, name: str, code: str) -> str:
        placed = self.document.form.placed.get(name) if self.document else None
        choice = placed.question.choice(code) if placed else None
        return in_language(choice.label) if choice else ""


def _deeper(items: Iterator[ShownAnswer | ShownBlock]) -> Iterator[ShownAnswer | ShownBlock]:
    """The same, below a heading of their own: pages have one level of these, however deep groups are."""
    for item in items:
        yield replace(item, depth=1) if isinstance(item, ShownAnswer) else item


def _is_no_answer(question: Question, value: Any) -> bool:
    if question.type not in CHOOSING or is_blank(value):
        return False
    codes = value if isinstance(value, list) else [value]
    return all((choice := question.choice(code)) is not None and choice.no_answer for code in codes)


class _Frozen:
    """Fills `${name}` in labels from a frozen document."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def text(self, label: Localized, place: int) -> str:
        document = self.document
        text = in_language(label, document.language, document.form.default_language)

        def shown(match: re.Match[str]) -> str:
            placed = document.form.placed.get(match[1])
            return (document.text(match[1], place if placed.repeat is not None else 0) or "…") if placed else match[0]

        return spoken_in(REFERENCE.sub(shown, text), language_of(text))
