"""The functions of the language that are given values. Those that are given expressions, and evaluate what they need, are in evaluating.py."""

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

import regex
from django.utils.translation import gettext as _

from lorbeer.questionnaire.expressions.values import (
    ARITHMETIC,
    MAX_TEXT,
    NAN,
    Nodes,
    Scope,
    Value,
    as_iso_date,
    as_number,
    as_text,
    as_truth,
    days_of,
    each,
    first,
    round_half_up,
)
from lorbeer.shared.errors import BadInput

MAX_PATTERN = 400                                                       # characters of a regular expression
MAX_SUBJECT = 5000                                                      # characters a regular expression is tried on
PATTERN_SECONDS = 0.05
SLOW_PATTERN = 100_000                                                  # what one that takes all its time costs of the effort
MANY = 99                                                               # as many values as one likes


@dataclass(frozen=True)
class Function:
    least: int
    most: int
    apply: Callable[..., Value | Nodes]                                 # (scope, *values), or (scope, *trees) when lazy
    lazy: bool = False


FUNCTIONS: dict[str, Function] = {}


def function(name: str, least: int, most: int | None = None, *, lazy: bool = False) -> Callable[[Any], Any]:
    def register(apply: Callable[..., Any]) -> Callable[..., Any]:
        FUNCTIONS[name] = Function(least, least if most is None else most, apply, lazy)
        return apply
    return register


def _words(value: Value | Nodes) -> list[str]:
    return as_text(value).split()


def _joined(separator: str, values: Iterable[Value | Nodes]) -> str:
    """The texts of all answers with `separator` between them; blank where that is longer than a text may be."""
    texts, length = [], -len(separator)
    for one in (one for value in values for one in each(value)):
        texts.append(as_text(one))
        length += len(separator) + len(texts[-1])
        if length > MAX_TEXT:
            return ""
    return separator.join(texts)


def _filled(values: Iterable[Value | Nodes]) -> list[Value]:
    """All answers of all arguments that are not blank."""
    return [one for value in values for one in each(value) if one != ""]


def compiled(text: str, *, column: int = 0) -> "regex.Pattern[str]":
    if len(text) > MAX_PATTERN:
        raise BadInput(_("The pattern of “regex” at column %(column)d is longer than %(most)d characters.")
                       % {"column": column, "most": MAX_PATTERN})
    try:
        return regex.compile(text)
    except (regex.error, OverflowError, RecursionError) as error:
        at = getattr(error, "pos", None)                                # the library's own words are English, and for programmers
        raise BadInput(
            _("The pattern of “regex” at column %(column)d is not a regular expression. Look at its character %(at)d: often a bracket is "
              "not closed, or a sign such as * or + has nothing before it.")
            % {"column": column, "at": min((at or 0) + 1, len(text) or 1)}) from error


def _to_places(value: Value | Nodes) -> int:
    number = as_number(value)
    return int(number) if number.is_finite() and abs(number) < 10_000 else 0


@function("selected", 2)
def _selected(scope: Scope, value: Any, code: Any) -> bool:
    return any(as_text(code) in _words(one) for one in each(value))


@function("count-selected", 1)
def _count_selected(scope: Scope, value: Any) -> Decimal:
    return Decimal(len(_words(value)))


@function("selected-at", 2)
def _selected_at(scope: Scope, value: Any, number: Any) -> str:
    words, place = _words(value), as_number(number)
    return words[int(place)] if place.is_finite() and 0 <= place < len(words) else ""


@function("string", 1)
def _string(scope: Scope, value: Any) -> str:
    return as_text(value)


@function("string-length", 0, 1)
def _string_length(scope: Scope, *values: Any) -> Decimal:
    return Decimal(len(as_text(values[0] if values else scope.own())))


@function("normalize-space", 0, 1)
def _normalize_space(scope: Scope, *values: Any) -> str:
    return " ".join(as_text(values[0] if values else scope.own()).split())


@function("contains", 2)
def _contains(scope: Scope, text: Any, part: Any) -> bool:
    return as_text(part) in as_text(text)


@function("starts-with", 2)
def _starts_with(scope: Scope, text: Any, part: Any) -> bool:
    return as_text(text).startswith(as_text(part))


@function("ends-with", 2)
def _ends_with(scope: Scope, text: Any, part: Any) -> bool:
    return as_text(text).endswith(as_text(part))


@function("concat", 1, MANY)
def _concat(scope: Scope, *values: Any) -> str:
    return _joined("", values)


@function("join", 2, MANY)
def _join(scope: Scope, separator: Any, *values: Any) -> str:
    return _joined(as_text(separator), values)


@function("substring", 2, 3)
def _substring(scope: Scope, text: Any, start: Any, *length: Any) -> str:
    """XPath's: the first character has number 1."""
    begin = round_half_up(as_number(start))
    end = ARITHMETIC.add(begin, round_half_up(as_number(length[0]))) if length else Decimal("Infinity")
    if begin.is_nan() or end.is_nan():
        return ""
    whole = as_text(text)
    last = Decimal(len(whole) + 1)
    return whole[int(max(Decimal(1), min(begin, last))) - 1 : int(max(Decimal(1), min(end, last))) - 1]


@function("substr", 2, 3)
def _substr(scope: Scope, text: Any, start: Any, *end: Any) -> str:
    """ODK's: the first character has number 0, the end is left out."""
    return as_text(text)[_to_places(start) : (_to_places(end[0]) if end else None)]


@function("substring-before", 2)
def _substring_before(scope: Scope, text: Any, part: Any) -> str:
    head, found, _rest = as_text(text).partition(as_text(part)) if as_text(part) else ("", "", "")
    return head if found else ""


@function("substring-after", 2)
def _substring_after(scope: Scope, text: Any, part: Any) -> str:
    return as_text(text).partition(as_text(part))[2] if as_text(part) else as_text(text)


@function("translate", 3)
def _translate(scope: Scope, text: Any, old: Any, new: Any) -> str:
    table: dict[int, str | None] = {}
    replacement = as_text(new)
    for number, character in enumerate(as_text(old)):
        table.setdefault(ord(character), replacement[number] if number < len(replacement) else None)
    return as_text(text).translate(table)


@function("lower-case", 1)
def _lower_case(scope: Scope, text: Any) -> str:
    return as_text(text).lower()


@function("upper-case", 1)
def _upper_case(scope: Scope, text: Any) -> str:
    return as_text(text).upper()


@function("regex", 2)
def _regex(scope: Scope, text: Any, pattern: Any) -> bool:
    """Whether the whole text matches. A pattern that takes too long does not match."""
    subject = as_text(text)
    if len(subject) > MAX_SUBJECT:
        return False
    started = time.perf_counter()
    try:
        return compiled(as_text(pattern)).fullmatch(subject, timeout=PATTERN_SECONDS) is not None
    except (TimeoutError, BadInput):
        return False
    finally:
        scope.effort.spend(int((time.perf_counter() - started) / PATTERN_SECONDS * SLOW_PATTERN))


@function("not", 1)
def _not(scope: Scope, value: Any) -> bool:
    return not as_truth(value)


@function("true", 0)
def _true(scope: Scope) -> bool:
    return True


@function("false", 0)
def _false(scope: Scope) -> bool:
    return False


@function("boolean", 1)
def _boolean(scope: Scope, value: Any) -> bool:
    return as_truth(value)


@function("boolean-from-string", 1)
def _boolean_from_string(scope: Scope, value: Any) -> bool:
    return as_text(value).lower() in ("true", "1")


@function("today", 0)
def _today(scope: Scope) -> str:
    return scope.now.date().isoformat()


@function("now", 0)
def _now(scope: Scope) -> str:
    return scope.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@function("date", 1)
def _date(scope: Scope, value: Any) -> str:
    return as_iso_date(value)


@function("date-time", 1)
def _date_time(scope: Scope, value: Any) -> str:
    text = as_text(value)
    if isinstance(first(value), str) and "T" in text and not days_of(text).is_nan():
        return text
    return as_iso_date(value)


@function("decimal-date-time", 1)
def _decimal_date_time(scope: Scope, value: Any) -> Decimal:
    return days_of(as_text(value))


FORMATS = {"%Y": "{0.year:04d}", "%y": "{1:02d}", "%m": "{0.month:02d}", "%n": "{0.month}", "%d": "{0.day:02d}",
            "%e": "{0.day}", "%H": "{0.hour:02d}", "%h": "{0.hour}", "%M": "{0.minute:02d}", "%S": "{0.second:02d}"}


def _format(scope: Scope, value: Any, pattern: Any) -> str:
    text = as_text(value) if isinstance(first(value), str) else as_iso_date(value)
    if days_of(text).is_nan():
        return ""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not None:
        moment = moment.astimezone(scope.now.tzinfo)
    return re.sub(r"%[a-zA-Z]", lambda match: FORMATS.get(match[0], match[0]).format(moment, moment.year % 100),
                  as_text(pattern))


function("format-date", 2)(_format)
function("format-date-time", 2)(_format)


@function("number", 0, 1)
def _number(scope: Scope, *values: Any) -> Decimal:
    return as_number(values[0] if values else scope.own())


@function("int", 1)
def _int(scope: Scope, value: Any) -> Decimal:
    number = as_number(value)
    return Decimal(int(number)) if number.is_finite() and number.adjusted() < 60 else number


@function("round", 1, 2)
def _round(scope: Scope, value: Any, *places: Any) -> Decimal:
    return round_half_up(as_number(value), _to_places(places[0]) if places else 0)


@function("floor", 1)
def _floor(scope: Scope, value: Any) -> Decimal:
    number = as_number(value)
    return number.to_integral_value(ROUND_FLOOR) if number.is_finite() else number


@function("ceiling", 1)
def _ceiling(scope: Scope, value: Any) -> Decimal:
    number = as_number(value)
    return number.to_integral_value(ROUND_CEILING) if number.is_finite() else number


@function("abs", 1)
def _abs(scope: Scope, value: Any) -> Decimal:
    return abs(as_number(value))


@function("sum", 1)
def _sum(scope: Scope, value: Any) -> Decimal:
    total = Decimal(0)
    for one in _filled([value]):
        total = ARITHMETIC.add(total, as_number(one))
    return total


@function("count", 1)
def _count(scope: Scope, value: Any) -> Decimal:
    return Decimal(len(each(value)))


@function("count-non-empty", 1)
def _count_non_empty(scope: Scope, value: Any) -> Decimal:
    return Decimal(len(_filled([value])))


@function("min", 1, MANY)
def _min(scope: Scope, *values: Any) -> Value:
    numbers = [as_number(one) for one in _filled(values)]
    return "" if not numbers else NAN if any(one.is_nan() for one in numbers) else min(numbers)


@function("max", 1, MANY)
def _max(scope: Scope, *values: Any) -> Value:
    numbers = [as_number(one) for one in _filled(values)]
    return "" if not numbers else NAN if any(one.is_nan() for one in numbers) else max(numbers)
