"""What an expression computes with: texts, decimal numbers, truths, and the answers of all places of a repeat; how each is read as another."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from typing import Protocol

Value = str | Decimal | bool
ARITHMETIC = Context(prec=28, rounding=ROUND_HALF_UP, Emax=9999, Emin=-9999, traps=[])
NAN = Decimal("NaN")
MAX_TEXT = 100_000                                                      # characters of a computed text; a longer one is blank


class Nodes(list[Value]):
    """The answers to one question in all places of a repeat."""


class Effort:
    """How much one set of answers may still compute: characters and values read and made. A chain of `concat` doubles its text at each step."""

    def __init__(self, left: int = 10_000_000) -> None:
        self.left = left

    def spend(self, amount: int) -> None:
        self.left -= amount


class Scope(Protocol):
    """What an expression is evaluated against."""

    @property
    def now(self) -> datetime: ...                                      # aware, in the zone of the competition
    @property
    def place(self) -> int: ...                                         # 0 outside repeats
    @property
    def effort(self) -> Effort: ...

    def lookup(self, name: str) -> Value | Nodes: ...
    def lookup_at(self, name: str, place: int) -> Value: ...
    def own(self) -> Value: ...
    def column(self, name: str) -> str: ...
    def choice_label(self, name: str, code: str) -> str: ...


_NUMBER = re.compile(r"\s*-?(?:\d{1,60}(?:\.\d{0,60})?|\.\d{1,60})\s*")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?")
_EPOCH = date(1970, 1, 1)


def first(value: Value | Nodes) -> Value:
    if isinstance(value, Nodes):
        return value[0] if value else ""
    return value


def as_text(value: Value | Nodes) -> str:
    value = first(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        if value.is_nan():
            return "NaN"
        if value.is_infinite():
            return "Infinity" if value > 0 else "-Infinity"
        if value.adjusted() > 60:
            return "NaN"
        text = f"{value:f}"
        return (text.rstrip("0").rstrip(".") if "." in text else text) if value != 0 else "0"
    return value


def as_number(value: Value | Nodes) -> Decimal:
    """A number; dates are days since 1970; a blank and other text are not a number."""
    value = first(value)
    if isinstance(value, bool):
        return Decimal(int(value))
    if isinstance(value, Decimal):
        return value
    if _NUMBER.fullmatch(value):
        return Decimal(value.strip())
    return days_of(value)


def days_of(text: str) -> Decimal:
    match = _DATE.fullmatch(text.strip())
    if not match:
        return NAN
    year, month, day, hour, minute, second, zone = match.groups()
    try:
        days = Decimal((date(int(year), int(month), int(day)) - _EPOCH).days)
        if hour is None:
            return days
        seconds = int(hour) * 3600 + int(minute) * 60 + int(second or 0)
        if zone and zone != "Z":
            sign = -1 if zone[0] == "+" else 1
            seconds += sign * (int(zone[1:3]) * 3600 + int(zone[4:6]) * 60)
    except ValueError:
        return NAN
    return ARITHMETIC.add(days, ARITHMETIC.divide(Decimal(seconds), Decimal(86400)))


def as_truth(value: Value | Nodes) -> bool:
    if isinstance(value, Nodes):
        return bool(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, Decimal):
        return not value.is_nan() and value != 0
    return value != ""


def as_iso_date(value: Value | Nodes) -> str:
    """`value` as an ISO date; numbers are days since 1970. Blank where it is no date."""
    value = first(value)
    if isinstance(value, str) and _DATE.fullmatch(value.strip()):
        return value.strip()[:10] if not days_of(value).is_nan() else ""
    number = as_number(value)
    if not number.is_finite():
        return ""
    try:
        return (_EPOCH + timedelta(days=int(number.to_integral_value(ROUND_FLOOR)))).isoformat()
    except OverflowError:
        return ""


def each(value: Value | Nodes) -> Sequence[Value]:
    return value if isinstance(value, Nodes) else [value]


def size(value: Value | Nodes) -> int:
    """What it costs to read a value: its characters, and one for each."""
    return sum(len(one) + 1 if isinstance(one, str) else 1 for one in each(value))


def _equal(left: Value, right: Value) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return as_truth(left) == as_truth(right)
    if isinstance(left, Decimal) or isinstance(right, Decimal):
        a, b = as_number(left), as_number(right)
        return not a.is_nan() and not b.is_nan() and a == b
    return left == right


def compare(operator: str, left: Value | Nodes, right: Value | Nodes) -> bool:
    for a in each(left):
        for b in each(right):
            if operator in ("=", "!="):
                if _equal(a, b) is (operator == "="):
                    return True
                continue
            x, y = as_number(a), as_number(b)
            if x.is_nan() or y.is_nan():
                continue
            if {"<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y}[operator]:
                return True
    return False


def round_half_up(number: Decimal, places: int = 0) -> Decimal:
    if not number.is_finite():
        return number
    places = max(-20, min(20, places))
    result = number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=ARITHMETIC)
    return number if result.is_nan() else result
