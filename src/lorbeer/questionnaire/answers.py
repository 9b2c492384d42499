"""Answers: cleaning what came in, deciding what is asked, listing gaps, freezing and reading the document.

Answers are a mapping (name of the question, place) → value, place 0 outside repeats and 1, 2, … within. How many
places a repeat has stands under (name of the repeat, 0) as a whole number; without it, the filled places count.
See `definition.Type` for the form of each value; None, "", [] and {} are blank.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, URLValidator
from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.questionnaire import expressions
from lorbeer.questionnaire.definition import (
    CHOOSING,
    ONE_OF,
    REFERENCE,
    TYPED,
    UPLOADED,
    Choice,
    Form,
    Group,
    Node,
    Placed,
    Question,
    Repeat,
    Section,
    Type,
    canonical_json,
    is_dynamic,
    section_key,
)
from lorbeer.questionnaire.expressions import Nodes, Value
from lorbeer.shared import clock
from lorbeer.shared.errors import BadInput
from lorbeer.shared.text import Localized

Key = tuple[str, int]
Answers = Mapping[Key, Any]

DOCUMENT_SCHEMA = "lorbeer.submission/1"
MAX_TEXT = 100_000                                                      # characters of any answer
MAX_PLACES = 50                                                         # of a repeat that names no limit
PAGE_LINES, LINE_CHARACTERS = 46, 92                                    # an A4 page as the dossier sets running text


def is_blank(value: Any) -> bool:
    return value is None or value == "" or value == [] or value == {} or value is False


# --- cleaning --------------------------------------------------------------------------------------------------------


def clean_value(question: Question, raw: Any) -> Any:
    """`raw` (text of a web form, a cell, a PDF field or JSON) as the value that is kept; None for a blank.

    Raises BadInput with a sentence for the person. Limits are not judged here but in `faults`: a text that is too
    long is kept, and the page says by how much.
    """
    if raw is None or (isinstance(raw, str) and not raw.strip()) or raw == [] or raw == {}:
        return None
    if question.type in TYPED:
        return _clean_text(question, raw)
    cleaner = _CLEANERS.get(question.type)
    if cleaner is None:
        raise BadInput(_("This line asks for no answer."))
    return cleaner(question, raw)


def _as_line(raw: Any) -> str:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        raise BadInput(_("This answer has a form that does not fit the question."))
    return str(raw).strip()


def _clean_text(question: Question, raw: Any) -> str | None:
    if not isinstance(raw, str | int | float | Decimal) or isinstance(raw, bool):
        raise BadInput(_("This answer has a form that does not fit the question."))
    text = str(raw).replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(character for character in text if character in "\n\t" or (character >= " " and character != "\x7f"))
    text = text.encode("utf-8", "ignore").decode().strip()              # lone surrogates cannot be stored
    if question.type != Type.LONG_TEXT:
        text = " ".join(text.split())
    if len(text) > MAX_TEXT:
        raise BadInput(_("The text has more than %(most)d characters and cannot be kept.") % {"most": MAX_TEXT})
    if not text:
        return None
    if question.type == Type.EMAIL:
        try:
            EmailValidator()(text)
        except ValidationError:
            raise BadInput(_("This is not an e-mail address. It looks like name@example.org.")) from None
    if question.type == Type.URL:
        address = text if "://" in text else f"https://{text}"
        try:
            URLValidator(schemes=["http", "https"])(address)
        except ValidationError:
            raise BadInput(_("This is not a web address. It looks like www.example.org.")) from None
        return address
    if question.type == Type.PHONE and not re.fullmatch(
        r"\+?[\d\s()/.\-–]{3,40}(?:\s*(?:-|/|App\.?|ext\.?)\s*\d{1,6})?", text
    ):
        raise BadInput(_("This is not a telephone number. Please use digits, blanks, + and /."))
    return text


def _clean_integer(question: Question, raw: Any) -> int:
    number = _number_from(raw)
    if number != number.to_integral_value() or abs(number) >= 10**15:
        raise BadInput(_("Please enter a whole number."))
    return int(number)


def _clean_decimal(question: Question, raw: Any) -> str:
    number = _number_from(raw)
    if abs(number) >= 10**15 or -int(number.as_tuple().exponent) > 10:
        raise BadInput(_("Please enter a number with at most ten decimal places."))
    return expressions.as_text(number)


def _number_from(raw: Any) -> Decimal:
    """A number written in German or English, or as JSON: 1.234,5 and 1,234.5 and 1234.5 are the same."""
    text = re.sub(r"[\s\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]|€|EUR|Euro", "", _as_line(raw))
    text = text.replace("\N{MINUS SIGN}", "-")
    if re.fullmatch(r"-?\d{1,3}(\.\d{3})+(,\d+)?", text) and not (
        text.count(".") == 1 and "," not in text and isinstance(raw, int | float)
    ):
        german = (translation.get_language() or "de").startswith("de") or "," in text or text.count(".") > 1
        text = text.replace(".", "").replace(",", ".") if german else text
    elif re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", text) and (
        not (translation.get_language() or "de").startswith("de") or "." in text or text.count(",") > 1
    ):
        text = text.replace(",", "")
    elif re.fullmatch(r"-?\d*,\d+", text):
        text = text.replace(",", ".")
    try:
        if not re.fullmatch(r"-?(\d{1,40}\.?\d{0,40}|\.\d{1,40})", text):
            raise InvalidOperation
        return Decimal(text)
    except InvalidOperation:
        raise BadInput(_("This is not a number. Please use digits only, for example 1500.")) from None


def _clean_date(question: Question, raw: Any) -> str:
    if isinstance(raw, datetime):
        return raw.date().isoformat()
    if isinstance(raw, date):
        return raw.isoformat()
    text = _as_line(raw)
    match = re.fullmatch(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?:T.*)?", text) or re.fullmatch(
        r"(?P<d>\d{1,2})\.\s*(?P<m>\d{1,2})\.\s*(?P<y>\d{4})", text)
    try:
        if match is None:
            raise ValueError
        return date(int(match["y"]), int(match["m"]), int(match["d"])).isoformat()
    except ValueError:
        raise BadInput(_("This is not a date. Please write it like 31.12.2017.")) from None


def _clean_time(question: Question, raw: Any) -> str:
    if isinstance(raw, time):
        return raw.strftime("%H:%M")
    match = re.fullmatch(r"(\d{1,2})[:.](\d{2})(?::\d{2}(?:\.\d+)?)?(?:\s*Uhr)?", _as_line(raw))
    if not match or int(match[1]) > 23 or int(match[2]) > 59:
        raise BadInput(_("This is not a time. Please write it like 14:30."))
    return f"{int(match[1]):02d}:{match[2]}"


def _clean_single(question: Question, raw: Any) -> str:
    codes = [str(item) for item in raw] if isinstance(raw, list | tuple) else [_as_line(raw)]
    if len(codes) != 1 or question.choice(codes[0]) is None:
        raise BadInput(_("Please choose one of the options offered."))
    return codes[0]


def _clean_multi(question: Question, raw: Any) -> list[str] | None:
    if isinstance(raw, str):
        raw = [raw] if question.choice(raw) else raw.split()
    if not isinstance(raw, list | tuple) or not all(isinstance(code, str) for code in raw):
        raise BadInput(_("This answer has a form that does not fit the question."))
    wanted = {code for code in raw if code}
    if wanted - {choice.code for choice in question.choices}:
        raise BadInput(_("Please choose from the options offered."))
    return [choice.code for choice in question.choices if choice.code in wanted] or None


def _clean_acknowledge(question: Question, raw: Any) -> bool | None:
    if raw in (True, False):
        return True if raw else None
    if isinstance(raw, str) and raw.strip().lower() in ("ok", "on", "true", "yes", "ja", "1"):
        return True
    raise BadInput(_("Please tick the box, or leave it empty."))


def _clean_files(question: Question, raw: Any) -> list[dict[str, Any]]:
    """References to stored files; the bytes are stored by whoever received them (see shared.files)."""
    items = [raw] if isinstance(raw, dict) else raw
    allowed = {"code", "name", "sha256", "size", "alternative_text", "caption", "credit", "rights"}
    if not isinstance(items, list) or len(items) > 50 or not all(
        isinstance(item, dict) and isinstance(item.get("code"), str) and item["code"] and item.keys() <= allowed
        for item in items
    ):
        raise BadInput(_("This is not a reference to an uploaded file."))
    facts: list[dict[str, Any]] = []
    for item in items:
        fact: dict[str, Any] = {"code": item["code"][:40]}
        for name in ("name", "sha256", "alternative_text", "caption", "credit"):
            if item.get(name):
                fact[name] = " ".join(str(item[name]).split())[:500]
        if isinstance(item.get("size"), int):
            fact["size"] = item["size"]
        if item.get("rights") is True:
            fact["rights"] = True
        facts.append(fact)
    return facts


ADDRESS_PARTS = ("recipient", "street", "postcode", "town")


def _clean_address(question: Question, raw: Any) -> dict[str, str] | None:
    if not isinstance(raw, dict) or raw.keys() - set(ADDRESS_PARTS):
        raise BadInput(_("This answer has a form that does not fit the question."))
    line = Question(question.name, Type.TEXT)
    parts = {name: _clean_text(line, raw[name]) for name in ADDRESS_PARTS if not is_blank(raw.get(name))}
    kept = {name: part for name, part in parts.items() if part}
    if "postcode" in kept and not re.fullmatch(r"[A-Z0-9][A-Z0-9 \-]{2,9}", kept["postcode"].upper()):
        raise BadInput(_("This is not a postcode. German postcodes have five digits."))
    return kept or None


def _clean_municipality(question: Question, raw: Any) -> dict[str, str]:
    """{"key": official key, "name": …}; who looks the key up in the register is the form (see forms.py)."""
    facts = raw if isinstance(raw, dict) else {"key": _as_line(raw)}
    key = re.sub(r"\s", "", str(facts.get("key", "")))
    if not re.fullmatch(r"\d{2}|\d{5}|\d{8,9}|\d{12}", key):
        raise BadInput(_("Please pick the municipality from the list of the official register."))
    kept = {"key": key}
    for name in ("name", "land", "edition"):
        if facts.get(name):
            kept[name] = " ".join(str(facts[name]).split())[:200]
    return kept


_CLEANERS = {
    Type.INTEGER: _clean_integer, Type.DECIMAL: _clean_decimal, Type.DATE: _clean_date, Type.TIME: _clean_time,
    Type.SINGLE: _clean_single, Type.YES_NO: _clean_single, Type.MULTI: _clean_multi, Type.FILE: _clean_files,
    Type.PHOTO: _clean_files, Type.ADDRESS: _clean_address, Type.MUNICIPALITY: _clean_municipality,
    Type.ACKNOWLEDGE: _clean_acknowledge,
}


# --- evaluation ------------------------------------------------------------------------------------------------------


class Evaluation:
    """What is asked, what is computed and what may be chosen, for one set of answers. Cheap to make, computes once."""

    def __init__(
        self, form: Form, answers: Answers, *, now: datetime | None = None, zone: str = "Europe/Berlin"
    ) -> None:
        self.form = form
        self.answers = answers
        self.now = (now or clock.now()).astimezone(ZoneInfo(zone))
        self._relevant: dict[Key, bool] = {}
        self._block: dict[Key, bool] = {}
        self._computed: dict[Key, Value] = {}
        self._count: dict[str, int] = {}
        for name in form.order:                                         # each after what it needs: no deep recursion
            placed = form.placed[name]
            for place in self.places(placed.repeat):
                self._relevant[name, place] = self._is_asked(placed, place)
                if placed.question.type == Type.CALCULATE and self._relevant[name, place]:
                    tree = form.tree(placed.question, "calculation")
                    if tree is not None:
                        result = expressions.first(expressions.evaluate(tree, _Scope(self, place, name)))
                        self._computed[name, place] = expressions.as_text(result)

    def _is_asked(self, placed: Placed, place: int) -> bool:
        for block in placed.blocks:
            inside = place if placed.repeat is not None and _within(placed, block) else 0
            if not self.block_relevant(block, inside):
                return False
        tree = self.form.tree(placed.question, "relevant")
        return tree is None or expressions.is_true(tree, _Scope(self, place, placed.question.name))

    def block_relevant(self, block: Node, place: int = 0) -> bool:
        """Whether a section, group or repeat's own condition holds (not those around it)."""
        tree = self.form.tree(block, "relevant")
        if tree is None:
            return True
        key = (block.name, place)
        if key not in self._block:
            self._block[key] = expressions.is_true(tree, _Scope(self, place, ""))
        return self._block[key]

    def places(self, repeat: Repeat | None) -> range:
        """The places of a repeat: 1, 2, …; only 0 outside."""
        return range(1) if repeat is None else range(1, self.count(repeat) + 1)

    def count(self, repeat: Repeat) -> int:
        if repeat.name not in self._count:
            tree = self.form.tree(repeat, "count")
            if tree is not None:
                number = expressions.as_number(expressions.evaluate(tree, _Scope(self, 0, "")))
                wanted = int(number) if number.is_finite() and number > 0 else 0
            else:
                stored = self.answers.get((repeat.name, 0))
                if isinstance(stored, int):
                    wanted = stored
                else:
                    names = self._names_in(repeat)
                    wanted = max((place for name, place in self.answers if name in names), default=0)
                wanted = max(wanted, repeat.min_count)
            self._count[repeat.name] = min(wanted, repeat.max_count or MAX_PLACES, MAX_PLACES)
        return self._count[repeat.name]

    def _names_in(self, repeat: Repeat) -> set[str]:
        return {name for name, placed in self.form.placed.items() if placed.repeat is repeat}

    def is_relevant(self, name: str, place: int = 0) -> bool:
        return self._relevant.get((name, place), False)

    def value(self, name: str, place: int = 0) -> Any:
        """The answer as kept, or what is computed; None where the question is not asked."""
        if not self.is_relevant(name, place):
            return None
        if (name, place) in self._computed:
            return self._computed[name, place] or None
        return self.answers.get((name, place))

    def relevant(self) -> list[Key]:
        """Every question that is asked, with its place, in the order of the form."""
        return [
            (name, place) for name, placed in self.form.placed.items() for place in self.places(placed.repeat)
            if self._relevant[name, place]
        ]

    def holds(self, question: Question, attribute: str, place: int, value: Any = None) -> bool | None:
        """Whether an expression of the question is true (for `value` as its answer); None where there is none."""
        tree = self.form.tree(question, attribute)
        if tree is None:
            return None
        return expressions.is_true(tree, _Scope(self, place, question.name, own=_plain(question, value)))

    def is_required(self, question: Question, place: int = 0) -> bool:
        if question.required == "yes":
            return True
        return bool(self.holds(question, "required", place, self.value(question.name, place)))

    def default(self, question: Question, place: int = 0) -> Any:
        """What an untouched question shows; None for nothing."""
        if not question.default:
            return None
        raw: Any = question.default
        if is_dynamic(question.default):
            tree = self.form.tree(question, "default")
            if tree is None:
                return None
            raw = expressions.as_text(expressions.evaluate(tree, _Scope(self, place, question.name)))
        try:
            return clean_value(question, raw)
        except BadInput:
            return None

    def choices(self, question: Question, place: int = 0) -> list[Choice]:
        """The options of the question that pass its choice filter."""
        tree = self.form.tree(question, "choice_filter")
        if tree is None:
            return list(question.choices)
        return [
            choice for choice in question.choices
            if (question.or_other and choice.code == "other" and not choice.attributes)
            or expressions.is_true(tree, _Scope(self, place, question.name, choice=choice))
        ]

    def text(self, label: Localized | str, place: int = 0, language: str | None = None) -> str:
        """A label with `${name}` replaced by the answer as people read it."""
        text = in_language(label, language, self.form.default_language) if isinstance(label, dict) else str(label)

        def shown(match: re.Match[str]) -> str:
            name = match[1]
            placed = self.form.placed.get(name)
            if placed is None:
                return match[0]
            at = place if placed.repeat is not None else 0
            return display(placed.question, self.value(name, at), language, self.form.default_language) or "…"

        return REFERENCE.sub(shown, text)


def _within(placed: Placed, block: Section | Group | Repeat) -> bool:
    """Whether `block` is the repeat itself or lies inside it."""
    if placed.repeat is None:
        return False
    return placed.blocks.index(block) > placed.blocks.index(placed.repeat)


@dataclass
class _Scope:
    """One place from which an expression looks at the answers."""

    evaluation: Evaluation
    place: int
    name: str
    own_value: Value | None = None
    choice: Choice | None = None

    def __init__(self, evaluation: Evaluation, place: int, name: str, *, own: Value | None = None,
                 choice: Choice | None = None) -> None:
        self.evaluation, self.place, self.name, self.own_value, self.choice = evaluation, place, name, own, choice

    @property
    def now(self) -> datetime:
        return self.evaluation.now

    def lookup(self, name: str) -> Value | Nodes:
        form = self.evaluation.form
        placed = form.placed.get(name)
        if placed is None:
            repeat = form.repeats.get(name)
            if repeat is None:
                return ""
            if not self.evaluation.block_relevant(repeat):
                return Nodes()
            return Nodes(Decimal(place) for place in self.evaluation.places(repeat))
        if placed.repeat is None:
            return self.lookup_at(name, 0)
        here = form.placed.get(self.name)
        if self.place and here is not None and here.repeat is placed.repeat:
            return self.lookup_at(name, self.place)
        if self.place and here is None:                                 # the condition of a block inside the repeat
            return self.lookup_at(name, self.place)
        evaluation = self.evaluation
        return Nodes(
            self.lookup_at(name, place)
            for place in evaluation.places(placed.repeat)
            if evaluation.is_relevant(name, place)
        )

    def lookup_at(self, name: str, place: int) -> Value:
        placed = self.evaluation.form.placed.get(name)
        if placed is None:
            return ""
        return _plain(placed.question, self.evaluation.value(name, place))

    def own(self) -> Value:
        if self.own_value is not None:
            return self.own_value
        placed = self.evaluation.form.placed.get(self.name)
        if placed is None:
            return ""
        return _plain(placed.question, self.evaluation.answers.get((self.name, self.place)))

    def column(self, name: str) -> str:
        if self.choice is None:
            return ""
        if name == "name":
            return self.choice.code
        if name == "label":
            return str(self.choice.label)
        return self.choice.attributes.get(name, "")

    def choice_label(self, name: str, code: str) -> str:
        placed = self.evaluation.form.placed.get(name)
        choice = placed.question.choice(code) if placed else None
        return in_language(choice.label, None, self.evaluation.form.default_language) if choice else ""


def _plain(question: Question, value: Any) -> Value:
    """A kept value as expressions see it: text, or a number."""
    if is_blank(value):
        return ""
    if question.type == Type.INTEGER and isinstance(value, int):
        return Decimal(value)
    if question.type == Type.DECIMAL:
        return expressions.as_number(str(value))
    if question.type == Type.ACKNOWLEDGE:
        return "OK"
    if question.type == Type.MULTI and isinstance(value, list):
        return " ".join(map(str, value))
    if question.type in UPLOADED and isinstance(value, list):
        return str(value[0].get("name") or value[0]["code"])
    if question.type == Type.MUNICIPALITY and isinstance(value, dict):
        return str(value.get("key", ""))
    if isinstance(value, dict):
        return ", ".join(str(part) for part in value.values())
    return str(value)


def relevant_questions(form: Form, answers: Answers, *, now: datetime | None = None) -> list[Key]:
    """(name, place) of every question that is asked, in the order of the form."""
    return Evaluation(form, answers, now=now).relevant()


# --- texts -----------------------------------------------------------------------------------------------------------


def in_language(text: Localized, language: str | None = None, fallback: str = "de") -> str:
    """The text in `language` (else the active one), else in the form's own, else in any."""
    wanted = (language or translation.get_language() or fallback).split("-")[0]
    return (
        text.get(wanted) or text.get(fallback) or text.get("de") or next((part for part in text.values() if part), "")
    )


def display(question: Question, value: Any, language: str | None = None, fallback: str = "de") -> str:
    """An answer as people read it, in one piece of text; "" for a blank."""
    if is_blank(value):
        return ""
    if question.type in CHOOSING:
        codes = value if isinstance(value, list) else [value]
        labels = [
            in_language(choice.label, language, fallback) or choice.code
            if (choice := question.choice(code))
            else str(code)
            for code in codes
        ]
        return "; ".join(labels)
    if question.type == Type.DATE:
        try:
            return formats.date_format(date.fromisoformat(value), "DATE_FORMAT")
        except ValueError:
            return str(value)
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


def words_of(text: str) -> int:
    return len(text.split())


def pages_of(text: str) -> float:
    """Printed A4 pages of running text to one decimal, estimated: 46 lines of 92 characters, words not broken."""
    lines = 0
    for paragraph in text.split("\n"):
        room, lines = LINE_CHARACTERS, lines + 1
        for word in paragraph.split():
            length = len(word)
            if length > room and room < LINE_CHARACTERS:
                lines, room = lines + 1, LINE_CHARACTERS
            while length > LINE_CHARACTERS:
                lines, length = lines + 1, length - LINE_CHARACTERS
            room -= length + 1
    return round(lines / PAGE_LINES, 1)


# --- faults ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fault:
    """What is missing or wrong at a question. `kind`: missing, constraint, limit, form or count."""

    question: str
    place: int
    sentence: str
    kind: str
    section: str = ""                                                   # key of the section, as in addresses


def limit_faults(question: Question, value: Any) -> list[str]:
    """Sentences for each limit that the answer exceeds."""
    limits, found = question.limits, []
    if is_blank(value):
        return []
    if isinstance(value, str) and question.type in TYPED:
        if limits.characters is not None and len(value) > limits.characters:
            found.append(_("The text has %(count)d characters; at most %(most)d are allowed.")
                         % {"count": len(value), "most": limits.characters})
        if limits.words is not None and words_of(value) > limits.words:
            found.append(_("The text has %(count)d words; at most %(most)d are allowed.")
                         % {"count": words_of(value), "most": limits.words})
        if limits.pages is not None and pages_of(value) > limits.pages:
            found.append(_("The text fills %(count)s printed pages; at most %(most)d are allowed.")
                         % {"count": formats.number_format(pages_of(value), 1), "most": limits.pages})
    if question.type in (Type.INTEGER, Type.DECIMAL, Type.DATE):
        number = expressions.as_number(str(value))
        shown = {"least": display(question, _limit_value(question, limits.min)),
                 "most": display(question, _limit_value(question, limits.max))}
        if limits.min and number < expressions.as_number(limits.min):
            found.append(_("The smallest possible answer is %(least)s.") % shown)
        if limits.max and number > expressions.as_number(limits.max):
            found.append(_("The largest possible answer is %(most)s.") % shown)
    if question.type == Type.MULTI and isinstance(value, list):
        if limits.min and len(value) < int(limits.min):
            found.append(
                ngettext(
                    "Please choose at least %(least)d option.",
                    "Please choose at least %(least)d options.",
                    int(limits.min),
                )
                % {"least": int(limits.min)}
            )
        if limits.max and len(value) > int(limits.max):
            found.append(ngettext("Please choose at most %(most)d option.", "Please choose at most %(most)d options.",
                                  int(limits.max)) % {"most": int(limits.max)})
        exclusive = [choice for choice in question.choices if choice.exclusive or choice.no_answer]
        for choice in exclusive:
            if choice.code in value and len(value) > 1:
                found.append(
                    _("“%(option)s” cannot be combined with other options.") % {"option": in_language(choice.label)}
                )
    if question.type in UPLOADED and isinstance(value, list) and limits.files and len(value) > limits.files:
        found.append(ngettext("At most %(most)d file can be attached.", "At most %(most)d files can be attached.",
                              limits.files) % {"most": limits.files})
    if question.type == Type.PHOTO and isinstance(value, list):
        for item in value:
            if not item.get("alternative_text"):
                found.append(_("Please describe what the photo shows, for people who cannot see it."))
            if not item.get("credit"):
                found.append(_("Please name who took the photo."))
    return found


def _limit_value(question: Question, text: str) -> Any:
    if question.type == Type.INTEGER and text:
        return int(Decimal(text))
    return text


def value_faults(evaluation: Evaluation, question: Question, place: int, value: Any) -> list[tuple[str, str]]:
    """(kind, sentence) of everything that is wrong with one answer that is there; a blank has no faults here."""
    if is_blank(value) or not question.is_answered:
        return []
    try:
        clean = clean_value(question, value)
    except BadInput as error:
        return [("form", str(error))]
    found = [("limit", sentence) for sentence in limit_faults(question, clean)]
    if question.choice_filter and question.type in CHOOSING:
        offered = {choice.code for choice in evaluation.choices(question, place)}
        if set(clean if isinstance(clean, list) else [clean]) - offered:
            found.append(
                ("constraint", _("This option does not fit your other answers any more. Please choose again."))
            )
    if evaluation.holds(question, "constraint", place, clean) is False:
        message = evaluation.text(question.constraint_message, place) if question.constraint_message else ""
        found.append(("constraint", message or _("This answer does not fit. Please check it.")))
    return found


def faults(form: Form, answers: Answers, *, now: datetime | None = None,
           evaluation: Evaluation | None = None) -> list[Fault]:
    """Everything that stands between these answers and a complete entry, in the order of the form."""
    evaluation = evaluation or Evaluation(form, answers, now=now)
    keys = {id(section): section_key(number, section) for number, section in enumerate(form.sections, 1)}
    found: list[Fault] = []
    counted: set[str] = set()
    for name, placed in form.placed.items():
        question, section = placed.question, keys[id(placed.section)]
        if placed.repeat is not None and placed.repeat.name not in counted:
            counted.add(placed.repeat.name)
            found += _count_faults(evaluation, placed, section)
        if not question.is_answered:
            continue
        for place in evaluation.places(placed.repeat):
            if not evaluation.is_relevant(name, place):
                continue
            value = evaluation.value(name, place)
            if is_blank(value):
                if evaluation.is_required(question, place):
                    message = evaluation.text(question.required_message, place) if question.required_message else ""
                    found.append(Fault(name, place, message or _missing(question), "missing", section))
                continue
            found += [Fault(name, place, sentence, kind, section)
                      for kind, sentence in value_faults(evaluation, question, place, value)]
    return found


def _missing(question: Question) -> str:
    if question.type == Type.ACKNOWLEDGE:
        return _("Please confirm this.")
    if question.type in ONE_OF:
        return _("Please choose an option.")
    if question.type == Type.MULTI:
        return _("Please choose at least one option.")
    if question.type in UPLOADED:
        return _("Please attach a file.")
    return _("This answer is missing.")


def _count_faults(evaluation: Evaluation, placed: Placed, section: str) -> list[Fault]:
    repeat = placed.repeat
    assert repeat is not None
    outer = placed.blocks[: placed.blocks.index(repeat) + 1]
    if not all(evaluation.block_relevant(block) for block in outer):
        return []
    stored = evaluation.answers.get((repeat.name, 0))
    if repeat.max_count and isinstance(stored, int) and stored > repeat.max_count:
        sentence = ngettext("At most %(most)d can be given here.", "At most %(most)d can be given here.",
                            repeat.max_count) % {"most": repeat.max_count}
        return [Fault(repeat.name, 0, sentence, "count", section)]
    return []


def progress(form: Form, section: Section, evaluation: Evaluation) -> dict[str, int]:
    """How far a section is: questions asked, answered, required, and required ones that are missing."""
    tally = {"asked": 0, "answered": 0, "required": 0, "missing": 0}
    for name, place in evaluation.relevant():
        placed = form.placed[name]
        if placed.section is not section or not placed.question.is_answered:
            continue
        blank = is_blank(evaluation.value(name, place))
        required = evaluation.is_required(placed.question, place)
        tally["asked"] += 1
        tally["answered"] += not blank
        tally["required"] += required
        tally["missing"] += required and blank
    return tally


# --- places ----------------------------------------------------------------------------------------------------------


def add_place(form: Form, answers: Answers, repeat_name: str) -> dict[Key, Any]:
    """The answers with one more (empty) place of a repeat; BadInput where there is no room."""
    repeat = form.repeats[repeat_name]
    count = Evaluation(form, answers).count(repeat)
    if repeat.count:
        raise BadInput(_("How many there are follows from another answer."))
    if count >= (repeat.max_count or MAX_PLACES):
        raise BadInput(
            _("There is no room for another one: at most %(most)d.") % {"most": repeat.max_count or MAX_PLACES}
        )
    return {**answers, (repeat_name, 0): count + 1}


def remove_place(form: Form, answers: Answers, repeat_name: str, place: int) -> dict[Key, Any]:
    """The answers without one place of a repeat; those behind it move up."""
    repeat = form.repeats[repeat_name]
    count = Evaluation(form, answers).count(repeat)
    if repeat.count:
        raise BadInput(_("How many there are follows from another answer."))
    if not 1 <= place <= count or count <= repeat.min_count:
        raise BadInput(_("This one cannot be removed."))
    names = {name for name, placed in form.placed.items() if placed.repeat is repeat}
    kept: dict[Key, Any] = {}
    for (name, number), value in answers.items():
        if name in names and number == place:
            continue
        kept[name, number - 1 if name in names and number > place else number] = value
    kept[repeat_name, 0] = count - 1
    return kept


def answers_from_rows(rows: Any) -> dict[Key, Any]:
    """Answers from objects with `question`, `place` and `value`, such as the rows of a draft."""
    return {(row.question, row.place): row.value for row in rows}


# --- the frozen document ---------------------------------------------------------------------------------------------


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
                value = clean_value(question, value)
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
    """Columns of a form: q1; q5_<code> per choice of a multiple answer; name__1, name__2 within a repeat."""
    found: list[Column] = []
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
                found += [
                    Column(f"{name}_{choice.code}{suffix}", question, place, choice) for choice in question.choices
                ]
            else:
                found.append(Column(name + suffix, question, place))
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
    kind: str = "answer"


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
        return display(
            self.form.question(name), self._values.get((name, place)), self.language, self.form.default_language
        )

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
                label = evaluation.text(section.label, 0) if section.label else ""
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
                inner = tuple(self._items(item.items, place, evaluation, public, filled))
                if inner:
                    yield ShownBlock(item.name, evaluation.text(item.label, place), inner, place,
                                     "matrix" if item.is_matrix else "group")
            else:
                for number in self.places(item.name):
                    inner = tuple(self._items(item.items, number, evaluation, public, filled))
                    if inner:
                        yield ShownBlock(item.name, evaluation.text(item.label, number), inner, number, "place")

    def _answer(self, question: Question, place: int, evaluation: "_Frozen") -> ShownAnswer | None:
        if question.type in (Type.NOTE, Type.CALCULATE) or (question.name, place) not in self._values:
            return None
        value = self._values[question.name, place]
        text = display(question, value, self.language, self.form.default_language)
        if value is None and (erased_on := self.meta.get("erased", {}).get(question.name)):
            text = _("erased on %(day)s") % {"day": erased_on}          # see follow_up.retention
        lines: tuple[str, ...] = ()
        if question.type == Type.MULTI and isinstance(value, list):
            lines = tuple(display(question, [code], self.language, self.form.default_language) for code in value)
        elif question.type == Type.LONG_TEXT and isinstance(value, str):
            lines = tuple(part.strip() for part in re.split(r"\n\s*\n", value) if part.strip())
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
        self.document = document

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
        return _plain(placed.question, self.document.value(name, place)) if placed and self.document else ""

    def own(self) -> Value:
        return ""

    def column(self, name: str) -> str:
        return ""

    def choice_label(self, name: str, code: str) -> str:
        placed = self.document.form.placed.get(name) if self.document else None
        choice = placed.question.choice(code) if placed else None
        return in_language(choice.label) if choice else ""


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

        return REFERENCE.sub(shown, text)
