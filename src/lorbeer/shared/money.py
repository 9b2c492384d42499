"""Amounts are integer cents; only here do they become text."""

from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _


def format_prize(cents: int) -> str:
    """What an award is worth: an amount, or in words that there is no money in it."""
    return format_euro(cents) if cents else _("without prize money")


def exact_euro(cents: int) -> Decimal:
    """Euro with two digits, as files to compute with have them."""
    return Decimal(cents).scaleb(-2)


def format_euro(cents: int, *, exact: bool = False) -> str:
    """`465.000 €` in German, `€465,000` in English; cents are shown only where there are any, or always where `exact`."""
    euros, rest = divmod(abs(cents), 100)
    sign = "−" if cents < 0 else ""
    if (get_language() or "de").startswith("de"):
        number = f"{euros:,}".replace(",", ".") + (f",{rest:02d}" if rest or exact else "")
        return f"{sign}{number}\N{NO-BREAK SPACE}€"
    return f"{sign}€{euros:,}" + (f".{rest:02d}" if rest or exact else "")


def format_column(amounts: Iterable[int]) -> list[str]:
    """Amounts that stand below each other: all with cents as soon as one of them has any."""
    amounts = list(amounts)
    exact = any(cents % 100 for cents in amounts)
    return [format_euro(cents, exact=exact) for cents in amounts]
