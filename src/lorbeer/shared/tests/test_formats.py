from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.safestring import mark_safe

from lorbeer.shared import clock
from lorbeer.shared.templatetags import formats

NOW = datetime(2017, 12, 19, 11, 0, tzinfo=UTC)                         # noon in Berlin


@pytest.mark.parametrize(("value", "german", "english"), [
    (23410, "23.410", "23,410"), (1234567, "1.234.567", "1,234,567"), (0, "0", "0"), (-5, "−5", "−5"),
    (Decimal("4.2"), "4,2", "4.2"), (12.0, "12", "12"), (None, "–", "–"),
])
def test_numbers_are_written_as_the_language_writes_them(value, german, english):
    with translation.override("de"):
        assert formats.number(value) == german
    with translation.override("en"):
        assert formats.number(value) == english


def test_halves_round_up_as_in_the_printed_tables():
    assert formats.number(Decimal("2.5"), 0) == "3"
    assert formats.percent(Decimal("0.425"), 0) == "43\u00a0%"


def test_days_and_moments_are_written_in_the_zone_of_the_page():
    moment = datetime(2017, 12, 31, 22, 59, 59, tzinfo=UTC)
    with translation.override("de"), timezone.override("Europe/Berlin"):
        assert formats.day(date(2017, 9, 15)) == "Fr, 15.\u00a0Sept.\u00a02017"
        assert formats.moment(moment) == "So, 31.\u00a0Dez.\u00a02017, 24:00"
        assert formats.time_of_day(moment) == "24:00"
        assert formats.last_day(moment) == "So, 31.\u00a0Dez.\u00a02017"
        assert formats.last_day(moment - timedelta(hours=10)) == "So, 31.\u00a0Dez.\u00a02017, 13:59"
        assert formats.moment_exact(moment).endswith("23:59:59")
    with translation.override("en"), timezone.override("America/New_York"):
        assert formats.moment(moment) == "Sun, 31\u00a0Dec\u00a02017, 17:59"


def test_english_has_one_order_of_day_and_month():
    at = date(2026, 11, 27)
    with translation.override("en"):
        assert date_format(at, "DATE_FORMAT") == formats.long_day(at).replace("\u00a0", " ") == "27 November 2026"
        assert formats.day(at).replace("\u00a0", " ") == "Fri, 27 Nov 2026"
    with translation.override("en-x-fr"):
        assert date_format(at, "DATE_FORMAT") == "27 November 2026"


@pytest.mark.parametrize(("away", "german"), [
    (timedelta(days=3), "in 3 Tagen"), (timedelta(days=-2), "vor 2 Tagen"), (timedelta(days=1), "morgen"),
    (timedelta(days=-1), "gestern"), (timedelta(hours=5), "in 5 Stunden"), (timedelta(minutes=-1), "vor 1 Minute"),
    (timedelta(seconds=20), "jetzt"), (timedelta(days=90), "in 3 Monaten"), (timedelta(days=-800), "vor 2 Jahren"),
])
def test_distances_count_calendar_days_of_the_page_and_ask_the_house_clock(away, german):
    with clock.at(NOW), translation.override("de"), timezone.override("Europe/Berlin"):
        assert formats.distance(NOW + away) == german


def test_the_same_moment_is_today_here_and_tomorrow_there():
    late = datetime(2017, 12, 19, 22, 30, tzinfo=UTC)                   # 23:30 in Berlin, half past one in Moscow
    with clock.at(NOW), translation.override("de"):
        with timezone.override("Europe/Berlin"):
            assert formats.distance(late) == "in 11 Stunden"
        with timezone.override("Europe/Moscow"):
            assert formats.distance(late) == "morgen"


@pytest.mark.parametrize(("away", "word"), [
    (timedelta(seconds=-1), "late"), (timedelta(hours=1), "today"), (timedelta(days=7), "soon"), (timedelta(days=8), "later"),
])
def test_urgency_follows_the_date(away, word):
    with clock.at(NOW), timezone.override("Europe/Berlin"):
        assert formats.urgency(NOW + away) == word


class Seen(HTMLParser):
    """Every tag and attribute of a piece of HTML."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, {name: value for name, value in attrs if name != "rel"}))


@pytest.mark.parametrize(("poison", "left"), [
    ("<script>alert(1)</script>", []), ("[x](javascript:alert(1))", [("p", {})]),
    ("<img src=x onerror=alert(1)>", []), ("<style>*{display:none}</style>", []), ("![x](data:text/html,hi)", [("p", {})]),
    ('a <a href="x" style="color:red">x</a>', [("p", {})]),
    ("[x](https://example.org)", [("p", {}), ("a", {"href": "https://example.org"})]),
])
def test_markdown_of_users_is_never_live(poison, left):
    seen = Seen()
    seen.feed(formats.markdown(poison))
    assert [one for one in seen.found if one != ("p", {})] == [one for one in left if one != ("p", {})]


def test_markdown_headings_stand_below_those_of_the_page():
    assert "<h3>Thema</h3>" in formats.markdown("# Thema")


def test_a_label_may_break_behind_a_stroke_and_stays_escaped():
    assert formats.breakable("Zentren/Häuser & <b>/</b>") == "Zentren/<wbr>Häuser &amp; &lt;b&gt;/&lt;/b&gt;"
    assert formats.breakable(mark_safe("<b>Beauftragte/r und/oder</b>")) == "<b>Beauftragte/r und/<wbr>oder</b>"
