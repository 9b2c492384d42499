"""Amounts are integer cents; only here do they become text."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _


def format_prize(cents: int) -> str:
    """What an award is worth: an amount, or in words that there is no money in it."""
    return format_euro(cents) if cents else _("without prize money")


def format_euro(cents: int) -> str:
    """`465.000 €` in German, `€465,000` in English; cents are shown only where there are any."""
    euros, rest = divmod(abs(cents), 100)
    sign = "−" if cents < 0 else ""
    if (get_language() or "de").startswith("de"):
        number = f"{euros:,}".replace(",", ".") + (f",{rest:02d}" if rest else "")
        return f"{sign}{number}\N{NO-BREAK SPACE}€"
    return f"{sign}€{euros:,}" + (f".{rest:02d}" if rest else "")
