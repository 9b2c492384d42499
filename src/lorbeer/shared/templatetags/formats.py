"""How numbers, money, days and moments are written; German first, English complete."""

import re
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeData, SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext

from lorbeer.shared import clock
from lorbeer.shared.money import format_euro, format_prize
from lorbeer.shared.richtext import render_markdown
from lorbeer.shared.text import house_language, language_of, nested_quotes, said, spoken_in, together, written_in
from lorbeer.shared.text import plain as words_of

register = template.Library()

MARK = re.compile(r'<(?:span|div) lang="[^"]*">|</(?:span|div)>')
NBSP = "\N{NO-BREAK SPACE}"
_GERMAN = str.maketrans(",.", ".,")
WEEKDAYS = {"de": ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"), "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
MONTHS = {
    "de": ("Jan.", "Febr.", "März", "April", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."),
    "en": ("Jan", "Feb", "March", "April", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec"),
}
LONG_MONTHS = {
    "de": ("Januar", "Februar", "März", "April", "Mai", "Juni",
           "Juli", "August", "September", "Oktober", "November", "Dezember"),
    "en": ("January", "February", "March", "April", "May", "June",
           "July", "August", "September", "October", "November", "December"),
}
GERMAN_ZONES = {"CET": "MEZ", "CEST": "MESZ", "WET": "WEZ", "WEST": "WESZ", "EET": "OEZ", "EEST": "OESZ"}


def language() -> str:
    """`de` or `en`: the languages in which numbers and days are written here."""
    return "de" if (get_language() or "de").startswith("de") else "en"


@register.filter
def spoken(value: Any, language: str = "") -> str:
    """A text of the call, marked with its language (or `language`) where that is not the page's."""
    text = value if isinstance(value, str) else str(value)
    language = language_of(spoken_in(text, language) if language else text)
    if not language:
        return text
    has_blocks = isinstance(text, SafeData) and text.startswith(("<p", "<h", "<ul", "<ol"))
    return format_html('<div lang="{}">{}</div>' if has_blocks else '<span lang="{}">{}</span>', language, str(text))


@register.filter
def written(value: Any, place: Any) -> str:
    """What people wrote in the competition `place` (see `written_in`), marked where the page speaks another language."""
    return spoken("" if value is None else value if isinstance(value, str) else str(value), getattr(place, "first_language", ""))


@register.filter
def tongue(place: Any) -> str:
    """The attribute for an element whose other attributes people wrote in the competition `place`, such as a picture with its `alt`."""
    language = language_of(written_in(place, "…"))
    return format_html(' lang="{}"', language) if language else ""


@register.filter
def plain(value: Any) -> str:
    """A text for where no markup may stand, such as an attribute: without the marks that say in which language it is."""
    text = words_of(value)
    return mark_safe(MARK.sub("", text)) if isinstance(text, SafeData) else text  # noqa: S308 - as safe as it was


@register.filter
def nested(value: Any) -> str:
    """A sentence in which a title with quotation marks of its own stands within ours."""
    return mark_safe(nested_quotes(conditional_escape(value)))  # noqa: S308 - escaped


@register.filter
def breakable(value: Any) -> SafeString:
    """A label that may go on in the next line behind a stroke within it, as not every browser does or knows where to hyphenate."""
    return mark_safe(re.sub(r"(?<=\w{3})/(?=\w{3})", "/<wbr>", conditional_escape(value)))  # noqa: S308 - escaped


@register.filter
def poster(value: Any) -> str:
    """A title in large type, which breaks often: see `together`."""
    return mark_safe(together(conditional_escape(value)))  # noqa: S308 - escaped


@register.filter
def lang(value: Any) -> str:
    """The attribute that marks an element whose whole content is a text of the call; "" where it is in the page's language."""
    language = language_of(value)
    return format_html(' lang="{}"', language) if language else ""


@register.filter
def formatted(answer: Any, top: int) -> str:
    """A formatted answer as HTML; `top`: the level of a heading right below that of the section it stands in."""
    return str(answer.formatted(top)) if answer else ""


@register.simple_tag
def page_language() -> str:
    """The language of the house's own words, which is the page's."""
    return house_language(get_language() or "de")


def local(value: date | datetime) -> date | datetime:
    """A moment in the zone of the page (the competition's); a day as it is."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(timezone.get_current_timezone())
    return value


@register.filter
def number(value: Any, places: int | None = None) -> str:
    """`23.410` in German, `23,410` in English; `places` decimals, or as many as a decimal number brings."""
    if value is None or value == "":
        return "–"
    exact: int | Decimal
    if type(value) is int and places is None:                           # counts, of which a page has hundreds
        exact, text = value, f"{abs(value):,}"
    else:
        exact = decimal = Decimal(str(value))
        if places is not None:
            exact = decimal.quantize(Decimal(1).scaleb(-int(places)), ROUND_HALF_UP)
        elif decimal == decimal.to_integral_value():
            exact = decimal.quantize(Decimal(1))
        text = f"{abs(exact):,f}"
    if language() == "de":
        text = text.translate(_GERMAN)
    return ("−" if exact < 0 else "") + text


@register.filter
def percent(value: Any, places: int = 0) -> str:
    """A share of 1 as `42 %` (German, no-break space) or `42%`; half up."""
    if value is None or value == "":
        return "–"
    return f"{number(Decimal(str(value)) * 100, places)}{NBSP + '%' if language() == 'de' else '%'}"


@register.filter
def money(cents: Any) -> str:
    """Integer cents as `465.000 €`."""
    return "–" if cents is None or cents == "" else format_euro(int(cents))


@register.filter
def prize_money(cents: int) -> str:
    """The worth of an award: `25.000 €`; in words where there is no money in it."""
    return format_prize(cents)


@register.filter
def day(value: date | datetime | None) -> str:
    """`Fr, 15. Sept. 2017`, in the zone of the page."""
    if not value:
        return "–"
    value = local(value)
    tongue = language()
    weekday, month = WEEKDAYS[tongue][value.weekday()], MONTHS[tongue][value.month - 1]
    if tongue == "de":
        return f"{weekday}, {value.day}.{NBSP}{month}{NBSP}{value.year}"
    return f"{weekday}, {value.day}{NBSP}{month}{NBSP}{value.year}"


@register.filter
def long_day(value: date | datetime | None) -> str:
    """`15. September 2017`, for running text and posters."""
    if not value:
        return "–"
    value = local(value)
    month = LONG_MONTHS[language()][value.month - 1]
    return f"{value.day}{'.' if language() == 'de' else ''}{NBSP}{month}{NBSP}{value.year}"


@register.filter
def short_day(value: date | datetime | None) -> str:
    """`15.09.2017` in German, `15 Sept 2017` in English: for narrow columns."""
    if not value:
        return "–"
    value = local(value)
    if language() == "de":
        return f"{value.day:02d}.{value.month:02d}.{value.year}"
    return f"{value.day}{NBSP}{MONTHS['en'][value.month - 1]}{NBSP}{value.year}"


def axis_day(value: date) -> str:
    """`15.9.` in German, `15 Sept` in English, which may take two lines: for the axis of a picture."""
    return f"{value.day}.{value.month}." if language() == "de" else f"{value.day} {MONTHS['en'][value.month - 1]}"


@register.filter
def time_of_day(value: datetime | None) -> str:
    """`14:03`, in the zone of the page; the last second of a day is `24:00`, as `moment` writes it."""
    if not value:
        return "–"
    value = local(value)
    return "24:00" if (value.hour, value.minute, value.second) == (23, 59, 59) else f"{value:%H:%M}"


@register.filter
def moment(value: datetime | None) -> str:
    """`Fr, 15. Sept. 2017, 14:03`. The last second of a day is written `24:00`, as deadlines are."""
    if not value:
        return "–"
    value = local(value)
    if not isinstance(value, datetime):
        return day(value)
    return f"{day(value)}, {time_of_day(value)}"


@register.filter
def last_day(value: date | datetime | None) -> str:
    """`Fr, 15. Sept. 2017` of what ends with that day; with the hour, `, 14:00`, where it ends before."""
    if not value or not isinstance(value, datetime) or time_of_day(value) == "24:00":
        return day(value)
    return moment(value)


@register.filter
def zone(value: datetime | None) -> str:
    """`MEZ`: what the zone of the page is called at that moment, in the reader's language."""
    here = local(value) if value else None
    name = here.tzname() or "" if isinstance(here, datetime) else ""
    return GERMAN_ZONES.get(name, name) if language() == "de" else name


@register.filter
def short_moment(value: datetime | None) -> str:
    """`15.09.2017, 14:03`: for narrow columns."""
    return f"{short_day(value)}, {time_of_day(value)}" if value else "–"


@register.filter
def moment_exact(value: datetime | None) -> str:
    """`Fr, 15. Sept. 2017, 14:03:27`: to the second, for receipts and logs."""
    return f"{day(value)}, {local(value):%H:%M:%S}" if value else "–"


@register.filter
def distance(value: date | datetime | None) -> str:
    """`in 3 Tagen`, `morgen`, `heute`, `vor 2 Tagen`: by calendar days in the zone of the page; hours on the same day."""
    if not value:
        return ""
    now = clock.now().astimezone(timezone.get_current_timezone())
    then = local(value)
    if isinstance(then, datetime):
        away = then - now
        if abs(away) < timedelta(hours=1):
            minutes = int(abs(away).total_seconds() // 60)
            if not minutes:
                return gettext("now") if away >= timedelta(0) else gettext("just now")
            if away >= timedelta(0):
                return ngettext("in %(n)d minute", "in %(n)d minutes", minutes) % {"n": minutes}
            return ngettext("%(n)d minute ago", "%(n)d minutes ago", minutes) % {"n": minutes}
        if then.date() == now.date():
            hours = int(abs(away).total_seconds() // 3600)
            if away >= timedelta(0):
                return ngettext("in %(n)d hour", "in %(n)d hours", hours) % {"n": hours}
            return ngettext("%(n)d hour ago", "%(n)d hours ago", hours) % {"n": hours}
        days = (then.date() - now.date()).days
    else:
        days = (then - now.date()).days
    if days == 0:
        return gettext("today")
    if days == 1:
        return gettext("tomorrow")
    if days == -1:
        return gettext("yesterday")
    if abs(days) < 60:
        if days > 0:
            return ngettext("in %(n)d day", "in %(n)d days", days) % {"n": days}
        return ngettext("%(n)d day ago", "%(n)d days ago", -days) % {"n": -days}
    if abs(days) < 730:
        months = round(abs(days) / 30.44)
        if days > 0:
            return ngettext("in %(n)d month", "in %(n)d months", months) % {"n": months}
        return ngettext("%(n)d month ago", "%(n)d months ago", months) % {"n": months}
    years = round(abs(days) / 365.25)
    if days > 0:
        return ngettext("in %(n)d year", "in %(n)d years", years) % {"n": years}
    return ngettext("%(n)d year ago", "%(n)d years ago", years) % {"n": years}


@register.filter
def urgency(value: date | datetime | None) -> str:
    """How pressing a date is: `late`, `today`, `soon` (within seven days), `later`, or nothing without a date."""
    if not value:
        return ""
    zone = timezone.get_current_timezone()
    now = clock.now().astimezone(zone)
    then = local(value)
    if isinstance(then, datetime) and then < now:
        return "late"
    on = then.date() if isinstance(then, datetime) else then
    days = (on - now.date()).days
    return "late" if days < 0 else "today" if days == 0 else "soon" if days <= 7 else "later"


@register.filter
def machine_time(value: date | datetime | None) -> str:
    """ISO 8601, for the `datetime` attribute of `<time>`."""
    return value.isoformat() if value else ""


@register.filter
def markdown(text: Any) -> SafeString:
    """Markdown as clean HTML; headings start at level 3, so that they stand below those of the page."""
    return mark_safe(render_markdown(str(text or "")))  # noqa: S308 - cleaned by nh3


@register.filter
def number_or_text(value: Any) -> str:
    """Numbers as `number` writes them, words as they are."""
    return number(value) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else said(value)
