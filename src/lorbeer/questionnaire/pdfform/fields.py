"""Which fields of a PDF belong to a question, what they are called, and how an answer stands in them.

Writing and reading both ask here, so that a form that was handed out can be read as long as its version is kept. A field
carries the question's name: `title`, `project_title[2]` in a repeat's second place, `address:street`, `themes:water` for a
box to tick. What a PDF does not allow in names is replaced by what a question cannot be called.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _

from lorbeer.questionnaire.cleaning import ADDRESS_PARTS
from lorbeer.questionnaire.definition import CHOOSING, ONE_OF, UPLOADED, Choice, Form, Question, Type
from lorbeer.questionnaire.forms import PHOTO_LABELS, PRINTABLE
from lorbeer.questionnaire.values import is_blank
from lorbeer.shared.errors import BadInput
from lorbeer.shared.text import readable

IDENTITY = "lorbeer"                                                    # the field that says which form this is
MOST_DESCRIBED = 6                                                      # photos of one question for which there is room
MOST_BUTTONS = 12                                                       # more options than this open as a list
OFF = "Off"                                                             # what the PDF calls a button that is not pressed
ON = "on"


class Kind(StrEnum):
    """How a field looks and what it holds."""

    LINE = "line"                                                       # text
    AREA = "area"                                                       # text of several lines
    TICK = "tick"                                                       # ON or OFF
    BUTTONS = "buttons"                                                 # the token of one option, all of them visible
    LIST = "list"                                                       # the token of one option, in a list that opens


@dataclass(frozen=True)
class Field:
    """One field. `part`: of an address, or the code of an option to tick; `options`: (token, choice) to choose from."""

    name: str
    kind: Kind
    part: str = ""
    options: tuple[tuple[str, Choice], ...] = ()


@dataclass(frozen=True)
class Identity:
    """What a form says about itself, printed, as QR code and in a field; never anything personal."""

    competition: str
    form: str
    version: int
    language: str
    entry: str = ""                                                     # code of the draft whose answers it was made with
    made_at: datetime | None = None                                     # when, to the second

    def __str__(self) -> str:
        made = self.made_at.strftime("%Y-%m-%dT%H:%M:%S%z") if self.made_at else "-"
        return f"LORBEER {self.competition} {self.form} {self.version} {self.language} {self.entry or '-'} {made}"

    @classmethod
    def read(cls, text: str) -> "Identity":
        """The inverse of `str`; BadInput for anything else."""
        match = re.fullmatch(
            r"LORBEER ([\w-]{1,60}) ([\w-]{1,40}) (\d{1,5}) ([a-z]{2,3}) (-|[\w-]{1,40}) (-|[\d-]{10}T[\d:]{8}\+0000)", text, re.ASCII)
        try:
            if match is None:
                raise ValueError
            made = datetime.strptime(match[6], "%Y-%m-%dT%H:%M:%S%z") if match[6] != "-" else None
        except ValueError:
            raise BadInput(_("This PDF is not an entry form that Lorbeer has made.")) from None
        return cls(match[1], match[2], int(match[3]), match[4], match[5].removeprefix("-"), made)


# --- names --------------------------------------------------------------------------------------------------------------


def field_name(question: str, place: int = 0, part: str = "") -> str:
    """A dot would part the name of a PDF field in two; no question has a middle dot in its name. `IDENTITY` is ours."""
    part = part or ("answer" if question == IDENTITY else "")
    return question.replace(".", "·") + (f"[{place}]" if place else "") + (f":{part}" if part else "")


def tokens(question: Question) -> dict[str, Choice]:
    """The options by what stands for them in the file: their code, or their number where a PDF cannot hold the code."""
    return {
        choice.code if re.fullmatch(r"[A-Za-z0-9_-]{1,60}", choice.code) and choice.code.lower() != OFF.lower() else f"~{number}": choice
        for number, choice in enumerate({choice.code: choice for choice in question.choices}.values(), 1)
    }


def fields_of(question: Question, place: int = 0) -> list[Field]:
    """The fields of a question in the order of the page; none for what cannot be answered in a PDF."""
    if not question.is_answered or question.type in UPLOADED or (question.type in CHOOSING and not question.choices):
        return []
    name = field_name(question.name, place)
    if question.type == Type.ADDRESS:
        return [Field(field_name(question.name, place, part), Kind.LINE, part) for part in ADDRESS_PARTS]
    if question.type == Type.MULTI:
        return [Field(field_name(question.name, place, token), Kind.TICK, choice.code) for token, choice in tokens(question).items()]
    if question.type in ONE_OF:
        options = tuple(tokens(question).items())
        as_list = "minimal" in question.appearance.split() or len(options) > MOST_BUTTONS
        return [Field(name, Kind.LIST if as_list else Kind.BUTTONS, options=options)]
    kinds = {Type.LONG_TEXT: Kind.AREA, Type.ACKNOWLEDGE: Kind.TICK}
    return [Field(name, kinds.get(question.type, Kind.LINE))]


def names_field(question: Question, place: int = 0) -> Field:
    """Where a form says how the file is called that is attached beside it: a form holds no files."""
    return Field(field_name(question.name, place, "file"), Kind.LINE, "file")


def photo_fields(question: Question, place: int = 0) -> list[dict[str, Field]]:
    """Of each photo that there is room for: the name of its file, what is said of it, and whether it may be printed, by part."""
    def named(part: str, number: int) -> Field:
        return Field(field_name(question.name, place, f"{part}~{number}" if number > 1 else part),
                     Kind.TICK if part == PRINTABLE else Kind.LINE, part)

    return [{part: named(part, number) for part in ("file", *PHOTO_LABELS, PRINTABLE)}
            for number in range(1, min(question.most_files, MOST_DESCRIBED) + 1)]


@dataclass(frozen=True)
class Beside:
    """Files that came beside the form, as the form says: the `names` that stand there, and of a photo what is said of it, by part.

    A row for a photo holds one name, whatever signs are in it. `number`: of the row, from 1. That a photo may not be printed is
    a fact, too, where the form has the box: `printable` is False then.
    """

    names: tuple[str, ...]
    facts: dict[str, Any] = field(default_factory=dict)
    number: int = 1


def files_beside(form: Form, found: Mapping[str, Any]) -> Iterator[tuple[Question, int, list[Beside], set[str]]]:
    """(question, place, what came beside the form, names of the fields) of every question for files of which something stands there."""
    for placed in form.placed.values():
        if placed.question.type not in UPLOADED:
            continue
        for place in range(1, 51) if placed.repeat is not None else (0,):
            rows = (photo_fields(placed.question, place) if placed.question.type == Type.PHOTO
                    else [{"file": names_field(placed.question, place)}])
            there = [one for number, row in enumerate(rows, 1) if (one := _beside(row, found, number)) is not None]
            if there:
                yield placed.question, place, there, {one.name for row in rows for one in row.values()}


def _beside(row: Mapping[str, Field], found: Mapping[str, Any], number: int) -> Beside | None:
    facts: dict[str, Any] = {}
    for part, one in row.items():
        value = found.get(one.name)
        if part == PRINTABLE:
            facts |= {PRINTABLE: not is_off(value, Kind.TICK)} if one.name in found else {}
        elif isinstance(value, str) and (text := " ".join(readable(value).split())):
            facts[part] = text
    said = found.get(row["file"].name)
    facts.pop("file", None)
    names = [said[:2000]] if isinstance(said, str) else []
    if PRINTABLE not in row:                                            # several files: one name, or names with signs between them
        names += [part for whole in names if len(parts := re.split(r"[;\r\n]+|,(?=\s)", whole)) > 1 for part in parts]
    stripped = tuple(name for one in names if (name := " ".join(one.split())))
    return Beside(stripped, facts, number) if stripped or any(facts.values()) else None


def every_field(form: Form, names: set[str]) -> Iterator[tuple[Question, int, list[Field]]]:
    """Each question and place of the form of which something stands in a file with these field `names`."""
    highest = max((int(match[1]) for name in names if (match := re.search(r"\[(\d{1,2})\]", name))), default=0)
    for placed in form.placed.values():
        for place in range(1, min(highest, 50) + 1) if placed.repeat is not None else (0,):
            fields = fields_of(placed.question, place)
            if any(field.name in names for field in fields):
                yield placed.question, place, fields


# --- answers ------------------------------------------------------------------------------------------------------------


def filled_in(question: Question, fields: list[Field], value: Any) -> dict[str, str]:
    """Field name → what stands in it for an answer as it is kept; empty fields are left out."""
    if is_blank(value):
        return {}
    first = fields[0].name
    if question.type == Type.ADDRESS:
        return {field.name: str(value[field.part]) for field in fields if isinstance(value, dict) and value.get(field.part)}
    if question.type == Type.MULTI:
        return {field.name: ON for field in fields if field.part in value}
    if question.type in ONE_OF:
        token = next((token for token, choice in fields[0].options if choice.code == value), "")
        return {first: token} if token else {}
    if question.type == Type.ACKNOWLEDGE:
        return {first: ON}
    if question.type == Type.MUNICIPALITY:
        return {first: f"{value.get('name', '')} ({value['key']})".strip()}
    if question.type == Type.DATE:
        year, month, day = str(value).split("-")
        return {first: f"{day}.{month}.{year}" if formats.get_format("DECIMAL_SEPARATOR") == "," else str(value)}
    if question.type == Type.DECIMAL:
        return {first: str(value).replace(".", formats.get_format("DECIMAL_SEPARATOR"))}
    return {first: str(value)}


def typed(question: Question, fields: list[Field], found: Mapping[str, Any]) -> Any:
    """What was filled in, for `cleaning.clean_value`; None where nothing was."""
    texts = {field.name: found[field.name] for field in fields if not is_off(found.get(field.name), field.kind)}
    if not texts:
        return None
    if question.type == Type.ADDRESS:
        return {field.part: texts[field.name] for field in fields if field.name in texts}
    if question.type == Type.MULTI:
        return [field.part for field in fields if field.name in texts]
    (text,) = texts.values()
    if question.type == Type.ACKNOWLEDGE:
        return True
    if question.type in ONE_OF:
        return next((choice.code for token, choice in fields[0].options if token == text), text)
    return text


def is_off(value: Any, kind: Kind = Kind.BUTTONS) -> bool:
    """Whether a field says nothing."""
    if isinstance(value, str):
        return not value.strip() or (value == OFF and kind in (Kind.TICK, Kind.BUTTONS))
    return value is None or value == []
