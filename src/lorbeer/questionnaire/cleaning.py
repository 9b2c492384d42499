"""From what came in (a web form, a cell, a PDF field, JSON) to the value that is kept, or a sentence why not."""

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, URLValidator
from django.utils import formats
from django.utils.translation import gettext as _

from lorbeer.questionnaire import expressions
from lorbeer.questionnaire.definition import TYPED, Question, Type
from lorbeer.questionnaire.values import is_blank
from lorbeer.shared.errors import BadInput
from lorbeer.shared.text import one_line, readable

MAX_TEXT = 100_000                                                      # characters of any answer
MOST_DIGITS = 15                                                        # of any number, before the decimal point


def clean_value(question: Question, raw: Any, *, kept: bool = False) -> Any:
    """`raw` (text of a web form, a cell, a PDF field or JSON) as the value that is kept; None for a blank.

    `kept`: it is such a value already, whose "1.125" is no German thousand. Raises BadInput with a sentence for the person.
    Where one part of the answer is to blame (the postcode of an address), `where` names it.
    Limits are not judged here but in `faults`: a text that is too long is kept, and the page says by how much.
    """
    if raw is None or (isinstance(raw, str) and not raw.strip()) or raw == [] or raw == {}:
        return None
    if question.type in TYPED:
        return _clean_text(question, raw)
    if kept and question.type == Type.DECIMAL and isinstance(raw, str) and re.fullmatch(r"-?\d+(\.\d+)?", raw):
        raw = Decimal(raw)
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
    text = readable(str(raw)).strip() if question.type == Type.LONG_TEXT else one_line(str(raw))
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
    if number != number.to_integral_value():
        raise BadInput(_("Please enter a whole number."))
    return int(number)


def _clean_decimal(question: Question, raw: Any) -> str:
    number = _number_from(raw)
    if -int(number.as_tuple().exponent) > 10:
        raise BadInput(_("Please enter a number with at most ten decimal places."))
    return expressions.as_text(number)


def _number_from(raw: Any) -> Decimal:
    """A number written in German or English, or as JSON: 1.234,5 and 1,234.5 and 1234.5 are the same."""
    text = re.sub(r"[\s\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]|€|EUR|Euro", "", _as_line(raw))
    text = text.replace("\N{MINUS SIGN}", "-")
    if re.fullmatch(r"-?\d{1,3}(\.\d{3})+(,\d+)?", text) and not (
        text.count(".") == 1 and "," not in text and isinstance(raw, int | float | Decimal)
    ):
        german = formats.get_format("DECIMAL_SEPARATOR") == "," or "," in text or text.count(".") > 1
        text = text.replace(".", "").replace(",", ".") if german else text
    elif re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", text) and (
        formats.get_format("DECIMAL_SEPARATOR") != "," or "." in text or text.count(",") > 1
    ):
        text = text.replace(",", "")
    elif re.fullmatch(r"-?\d*,\d+", text):
        text = text.replace(",", ".")
    if not re.fullmatch(r"-?(\d+\.?\d{0,40}|\.\d{1,40})", text):
        raise BadInput(_("This is not a number. Please use digits only, for example 1500."))
    if len(text.lstrip("-0").partition(".")[0]) > MOST_DIGITS:
        raise BadInput(_("This number is too large. It can have at most %(most)d digits before the decimal point.") % {"most": MOST_DIGITS})
    return Decimal(text)


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
    allowed = {"code", "name", "sha256", "size", "alternative_text", "caption", "credit", "rights", "printable"}
    if not isinstance(items, list) or len(items) > 50 or not all(
        isinstance(item, dict) and isinstance(item.get("code"), str) and item["code"] and item.keys() <= allowed
        for item in items
    ):
        raise BadInput(_("This is not a reference to an uploaded file."))
    facts: list[dict[str, Any]] = []
    for item in items:
        fact: dict[str, Any] = {"code": item["code"][:40]}
        for name in ("name", "sha256", "alternative_text", "caption", "credit", "rights"):
            if item.get(name):
                fact[name] = one_line(str(item[name]))[:500]
        if isinstance(item.get("size"), int):
            fact["size"] = item["size"]
        if item.get("printable") is True:
            fact["printable"] = True
        facts.append(fact)
    return facts


ADDRESS_PARTS = ("recipient", "street", "postcode", "town")


def _clean_address(question: Question, raw: Any) -> dict[str, str] | None:
    if not isinstance(raw, dict) or raw.keys() - set(ADDRESS_PARTS):
        raise BadInput(_("This answer has a form that does not fit the question."))
    line = Question(question.name, Type.TEXT)
    parts = {name: _clean_text(line, raw[name]) for name in ADDRESS_PARTS if not is_blank(raw.get(name))}
    kept = {name: part for name, part in parts.items() if part}
    if "postcode" in kept and not re.fullmatch(r"(?=.*\d)[A-Z0-9][A-Z0-9 \-]{2,9}", kept["postcode"].upper()):
        error = BadInput(_("This is not a postcode. German postcodes have five digits."))
        error.where = "postcode"
        raise error
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
            kept[name] = one_line(str(facts[name]))[:200]
    return kept


_CLEANERS = {
    Type.INTEGER: _clean_integer, Type.DECIMAL: _clean_decimal, Type.DATE: _clean_date, Type.TIME: _clean_time,
    Type.SINGLE: _clean_single, Type.YES_NO: _clean_single, Type.MULTI: _clean_multi, Type.FILE: _clean_files,
    Type.PHOTO: _clean_files, Type.ADDRESS: _clean_address, Type.MUNICIPALITY: _clean_municipality,
    Type.ACKNOWLEDGE: _clean_acknowledge,
}
