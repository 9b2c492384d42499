"""Answers as values, and how people read them: blanks, labels in a language, printed length.

Answers are a mapping (name of the question, place) → value, place 0 outside repeats and 1, 2, … within. How many
places a repeat has stands under (name of the repeat, 0) as a whole number; without it, the filled places count.
See `definition.Type` for the form of each value; None, "", [] and {} are blank.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from unicodedata import east_asian_width

from django.utils import formats
from django.utils.translation import gettext as _

from lorbeer.questionnaire.definition import CHOOSING, UPLOADED, Question, Type
from lorbeer.questionnaire.expressions.values import round_half_up
from lorbeer.shared.blocks import Block
from lorbeer.shared.documents import printable
from lorbeer.shared.formatted import BULLET, formatted_blocks, readable, said
from lorbeer.shared.money import format_euro
from lorbeer.shared.text import Localized, call_language, listed, spoken_in

Key = tuple[str, int]
Answers = Mapping[Key, Any]
PAGE_LINES, LINE_CHARACTERS = 50, 96                                    # an A4 page as the jury reads it, a little less than it holds
HEADING_SPACE, PARAGRAPH_SPACE, LIST_SPACE, LIST_INDENT = 0.5, 0.3, 0.5, 4      # lines; the last: characters
PAPER = {"lines": PAGE_LINES, "characters": LINE_CHARACTERS, "heading": HEADING_SPACE, "text": PARAGRAPH_SPACE, "entry": LIST_SPACE,
         "indent": LIST_INDENT}                                         # for the browser, which counts the same way


def is_blank(value: Any) -> bool:
    return value is None or value == "" or value == [] or value == {} or value is False


def in_language(text: Localized, language: str | None = None, fallback: str = "de") -> str:
    """The text in `language` (else the active one), else in the form's own, else in any."""
    wanted = call_language(language)
    found = next((one for one in (wanted, fallback, "de", *text) if text.get(one)), wanted)
    return spoken_in(text.get(found, ""), found)


NOT_COMPUTABLE = {"NaN", "Infinity", "-Infinity"}
COMPUTED = re.compile(r"-?(?:0|[1-9]\d{0,15})\.\d{0,60}[1-9]")            # a computed number with a fraction; a whole one may be a code


def display(question: Question, value: Any, language: str | None = None, fallback: str = "de") -> str:
    """An answer as people read it, in one piece of text; "" for a blank."""
    if is_blank(value):
        return ""
    if question.type == Type.CALCULATE and isinstance(value, str):
        if value in NOT_COMPUTABLE:
            return ""
        if COMPUTED.fullmatch(value):
            return formats.number_format(round_half_up(Decimal(value), 10).normalize())
    if question.type in CHOOSING:
        codes = value if isinstance(value, list) else [value]
        labels = [
            in_language(choice.label, language, fallback) or choice.code
            if (choice := question.choice(code))
            else str(code)
            for code in codes
        ]
        return labels[0] if len(labels) == 1 else listed(labels, "; ")
    if question.type == Type.DATE:
        try:
            return formats.date_format(date.fromisoformat(value), "DATE_FORMAT")
        except ValueError:
            return str(value)
    if question.is_money and (cents := _cents_of(value)) is not None:
        return format_euro(cents)
    if question.type == Type.INTEGER and isinstance(value, int):
        return formats.number_format(value, force_grouping=abs(value) >= 10_000)
    if question.type == Type.DECIMAL:
        try:
            return formats.number_format(Decimal(str(value)), force_grouping=True)
        except InvalidOperation:
            return str(value)
    if question.type == Type.ACKNOWLEDGE:
        return _("yes")
    if question.type in UPLOADED and isinstance(value, list):
        return "; ".join(str(item.get("name") or item["code"]) for item in value)
    if question.type == Type.MUNICIPALITY and isinstance(value, dict):
        return str(value.get("name") or value.get("key", ""))
    if question.type == Type.ADDRESS and isinstance(value, dict):
        town = " ".join(value[part] for part in ("postcode", "town") if value.get(part))
        return ", ".join(part for part in (value.get("recipient"), value.get("street"), town) if part)
    return str(value)


def _cents_of(value: Any) -> int | None:
    """Euro in cents; None for what is no number of whole cents, which is shown as it was typed."""
    try:
        cents = Decimal(str(value)) * 100
        return int(cents) if cents == cents.to_integral_value() else None
    except InvalidOperation:
        return None


@dataclass(frozen=True)
class Measure:
    """How long a text is as it is read: without the signs of its formatting, and as it prints with it."""

    characters: int
    words: int
    pages: float


def measured(question: Question, text: str) -> Measure:
    if not question.is_formatted:
        return Measure(len(text), words_of(text), pages_of(text))
    items = formatted_blocks(text)
    said = readable(items)
    return Measure(len(said), words_of(said) - said.split().count(BULLET), pages_of_blocks(items))


def signs_in_words() -> str:
    """How a text is formatted by those who have no buttons for it."""
    return _("You can format the text: “# ” before a heading, “## ” before one below it, **bold**, *italic*, “- ” before an entry of a"
             " list, “1. ” in a numbered one. An empty line begins a new paragraph.")


def words_of(text: str) -> int:
    return len(text.split())


def pages_of(text: str) -> float:
    """Printed A4 pages of running text to one decimal, estimated: 50 lines of 96 characters, words not broken.

    What none of our fonts has is printed by its number, eight characters long, and counts as such.
    """
    return round(_lines(printable(text)) / PAGE_LINES, 1)


def least_pages_of(text: str) -> float:
    """The same for a file that brings fonts of its own: there a Chinese character is as wide as two letters."""
    return round(_lines("".join(one * (2 if east_asian_width(one) in "WF" else 1) for one in text)) / PAGE_LINES, 1)


def _lines(text: str, width: int = LINE_CHARACTERS) -> int:
    lines = 0
    for paragraph in text.split("\n"):
        room, lines = width, lines + 1
        for word in paragraph.split():
            length = len(word)
            if length > room and room < width:
                lines, room = lines + 1, width
            while length > width:
                lines, length = lines + 1, length - width
            room -= length + 1
    return lines


def pages_of_blocks(items: list[Block]) -> float:
    """The same for a formatted text: what stands between paragraphs, around headings and lists, and what lists are indented by."""
    return round(_height(items) / PAGE_LINES, 1)


def _height(items: list[Block], indent: int = 0) -> float:
    """In lines. The figures are those of the documents: see the test that compares them with a document that was made."""
    height = 0.0
    for item in items:
        if item["kind"] == "list":
            height += LIST_SPACE + sum(_height(entry, indent + LIST_INDENT) for entry in item["items"])
        else:
            space = HEADING_SPACE if item["kind"] == "heading" else PARAGRAPH_SPACE if not indent else 0
            height += space + _lines(printable(said(item["children"])), LINE_CHARACTERS - indent)
    return height


def type_labels() -> dict[Type, str]:
    """The kinds of questions as people call them."""
    return {
        Type.TEXT: _("text"),
        Type.LONG_TEXT: _("long text"),
        Type.EMAIL: _("e-mail address"),
        Type.PHONE: _("telephone number"),
        Type.URL: _("web address"),
        Type.INTEGER: _("whole number"),
        Type.DECIMAL: _("number"),
        Type.DATE: _("date"),
        Type.TIME: _("time"),
        Type.SINGLE: _("one option"),
        Type.MULTI: _("several options"),
        Type.YES_NO: _("yes or no"),
        Type.FILE: _("file"),
        Type.PHOTO: _("photo"),
        Type.ADDRESS: _("address"),
        Type.MUNICIPALITY: _("municipality"),
        Type.NOTE: _("note"),
        Type.CALCULATE: _("calculation"),
        Type.ACKNOWLEDGE: _("confirmation"),
    }
