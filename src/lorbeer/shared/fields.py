"""Form fields that several stages share."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.text import Truncator
from django.utils.translation import get_language, gettext, gettext_lazy

from lorbeer.shared.money import format_euro
from lorbeer.shared.text import BLANK, readable

LONGEST_KEY = 18                                                       # digits of a number that every database can hold
GROUPED = re.compile(r"[1-9]\d{0,2}([.,]\d{3})+")


def euro_number(text: str) -> str:
    """`4.000,00`, `4000,00`, `4,000.00`, `4.000`, `4 000 €` as a plain number (`4000.00`); other text as it was typed.

    An amount has at most two places, so three digits after a separator are thousands in every language.
    """
    bare = re.sub(r"[\s\u00a0\u202f€]", "", text)
    whole, mark, places = re.fullmatch(r"(.*?)(?:([.,])(\d{0,2}))?", bare).groups()  # type: ignore[union-attr]
    marks = set(re.findall(r"[.,]", whole))
    if marks and (not GROUPED.fullmatch(whole) or len(marks) > 1 or marks == {mark}):
        return text
    number = re.sub(r"[.,]", "", whole)
    return f"{number}.{places}" if places else number


class EuroField(forms.DecimalField):
    """An amount in euros with at most two places, prefilled and read as people write it: `4.000,00` or `4000,00`."""

    def __init__(self, *, least: Decimal = Decimal(0), most: Decimal | None = None, **kwargs: Any) -> None:
        usual: dict[str, Any] = {"max_digits": 12, "decimal_places": 2, "widget": forms.TextInput}
        super().__init__(**usual | kwargs)
        self.widget.attrs["inputmode"] = "decimal"
        self.least, self.most = least, most

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is not None and value < self.least:
            raise forms.ValidationError(gettext("Please enter at least %(amount)s.") % {"amount": format_euro(int(self.least * 100))})
        if value is not None and self.most is not None and value > self.most:
            raise forms.ValidationError(gettext("Please enter at most %(amount)s.") % {"amount": format_euro(int(self.most * 100))})

    def to_python(self, value: Any) -> Any:                             # the stubs call a DecimalField's value an int
        number = euro_number(value.strip()) if isinstance(value, str) else value
        if isinstance(number, str) and not re.fullmatch(r"[+-]?[0-9]*\.?[0-9]*", number):     # Decimal would take 1e3 and 1_000
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(number)

    def prepare_value(self, value: Any) -> Any:
        """Typed text stays as it is; a number becomes what one would type."""
        if value is None or isinstance(value, str):
            return value
        text = f"{Decimal(str(value)):,.2f}"
        return text.translate(str.maketrans(",.", ".,")) if (get_language() or "de").startswith("de") else text


def euro_cents(value: Decimal | None) -> int | None:
    return None if value is None else int((value * 100).to_integral_value())


class DayField(forms.DateField):
    """A day that a competition can mean. Others cannot be reckoned with: a time zone leads out of the calendar."""

    default_validators = [
        MinValueValidator(date(1900, 1, 1), gettext_lazy("This day lies before 1900. Please check the year.")),
        MaxValueValidator(date(2199, 12, 31), gettext_lazy("This day lies after 2199. Please check the year.")),
    ]


class WrittenField(forms.CharField):
    """What is shown to others as it was written: without characters that nobody sees and that would turn it round (see `readable`).

    It is empty where nothing is left that can be seen, so that a reason that is required is a reason.
    """

    default_error_messages = {
        "max_length": gettext_lazy("This text has %(show_value)d characters, and at most %(limit_value)d can be kept. Please shorten it."),
    }

    def to_python(self, value: Any) -> Any:
        text = readable(str(super().to_python(value) or ""))
        text = text if isinstance(self.widget, forms.Textarea) else BLANK.sub("", text)
        return text.strip() if self.strip else text


class RowsField(forms.ModelMultipleChoiceField):
    """Several rows of a table. A number that no row can have, or a NUL, is a wrong choice: the databases fail at either."""

    def clean(self, value: Any) -> Any:
        for one in value if isinstance(value, list | tuple) else ():
            text = str(one)
            if "\0" in text or (len(text) > LONGEST_KEY and re.fullmatch(r"\s*[+-]?[\d_]+\s*", text)):
                raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice",
                                            params={"value": Truncator(text.replace("\0", "")).chars(40)})
        return super().clean(value)


def whole_number(text: str | None, most: int = 999_999) -> int | None:
    """The number that an address or a hidden field gives in digits, 0 to `most`; None for everything else.

    `str.isdigit` is no help: it takes “²” and digits of all scripts, and numbers that no database can hold.
    """
    if not text or not re.fullmatch("[0-9]{1,12}", text):
        return None
    return number if (number := int(text)) <= most else None
