"""What stands on a page: values and parts of the call, pictures with their words, and nothing that does anything."""

import io
from datetime import UTC, datetime

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from PIL import Image

from lorbeer.call.models import Prize
from lorbeer.call.tests.factories import make_competition
from lorbeer.shared import files
from lorbeer.shared.text import Localized
from lorbeer.website import lint, services
from lorbeer.website.render import Reading, composed, rendered
from lorbeer.website.tests.factories import make_page
from lorbeer.website.values import call_values

pytestmark = pytest.mark.django_db
END = datetime(2017, 12, 31, 22, 59, 59, tzinfo=UTC)
NBSP = "\N{NO-BREAK SPACE}"


def picture(colour="#17513f", name="markt.png"):
    drawn = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(drawn, "PNG")
    return ContentFile(drawn.getvalue(), name=name)


def make_asset(competition, name="markt.png", **facts):
    return services.keep_asset(competition, name=name, uploaded=picture(name=name), by=None, **{
        "alternative_text": Localized({"de": "Ein Marktplatz mit Ständen"}), "credit": "© Musterstadt"} | facts)


def faults(text, competition, language="de"):
    return [one.text for one in lint.findings("Titel", text, competition, language) if one.is_fault]


def advice(text, competition, language="de"):
    return [one.text for one in lint.findings("Titel", text, competition, language) if not one.is_fault]


def test_a_value_of_the_call_follows_when_the_call_changes():
    competition = make_competition(closes=END)
    text = "Bis {{ dates.entries.end }}, {{ dates.entries.end.time }}: {{ prizes.main }}."

    before = rendered(text, competition, "de")
    Prize.objects.filter(competition=competition, code="main").update(amount_cents=3_000_000)
    after = rendered(text, competition, "de")

    assert before == f"<p>Bis 31.{NBSP}Dezember{NBSP}2017, 24:00 Uhr MEZ: 25.000{NBSP}€.</p>"
    assert after == before.replace("25.000", "30.000")


def test_a_value_is_said_in_the_language_of_the_page_whoever_reads_it():
    competition = make_competition(closes=END, languages=["de", "en"])

    assert rendered("{{ dates.entries.end }}, {{ prizes.main }}", competition, "en") == f"<p>31{NBSP}December{NBSP}2017, €25,000</p>"


def test_every_value_and_every_part_that_is_offered_can_be_named():
    competition = make_competition(closes=END, retention={"months": {"contact": 60}}, office_email="buero@example.org",
                                   office_address="Musterweg 1\n12345 Musterstadt")
    from lorbeer.website.parts import PARTS

    values = call_values(competition, "de")
    text = "\n\n".join([*(value.reference for value in values.values()), *("{{ " + name + " }}" for name in PARTS)])

    assert {"dates.entries.end", "prizes.main", "awards.cap", "criteria.criterion-1", "retention.contact", "competition.office"} <= set(values)
    assert faults(text, competition) == []
    html = rendered(text, competition, "de")
    assert "{{" not in html
    assert "60 Monate" in html
    assert '<a href="mailto:buero@example.org">' in html
    assert html.count("<table>") == 2                                   # calendar and prizes


def test_what_a_call_of_several_rounds_names_without_a_number_is_of_the_round_that_goes_on():
    from lorbeer.shared import clock

    competition = make_competition(opens=datetime(2017, 1, 1, tzinfo=UTC), closes=datetime(2017, 2, 1, 22, 59, 59, tzinfo=UTC))
    competition.phases.create(kind="entries", round=2, starts_at=datetime(2017, 7, 1, tzinfo=UTC),
                              ends_at=datetime(2017, 8, 1, 21, 59, 59, tzinfo=UTC))
    with clock.at(datetime(2017, 7, 5, tzinfo=UTC)):
        values = call_values(competition, "de")

    assert [values[path].text.replace(NBSP, " ") for path in ("dates.entries.end", "dates.entries.1.end", "dates.entries.2.end")] == [
        "1. August 2017", "1. Februar 2017", "1. August 2017"]


@pytest.mark.parametrize("attack", [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[klick](javascript:alert(1))", "[klick](JaVaScRiPt:alert(1))",
    "[klick](data:text/html,<script>alert(1)</script>)", "![x](https://evil.example/x.png)", "![x](javascript:alert(1))",
    "[x](//evil.example)", "[x](/account/logout/)", '[x](https://a.example "\\" onmouseover=alert(1) x=\\"")', "<iframe src=https://evil.example>",
    "`<script>alert(1)</script>`", "{{ competition.title }}", "\U000f0000\U00100000", "| a |\n|---|\n| <script>alert(1)</script> |",
])
def test_nothing_that_is_written_does_anything(attack):
    competition = make_competition(title=Localized({"de": "<script>alert(1)</script> [x](javascript:alert(1)) **fett**"}))

    html = rendered(attack, competition, "de")

    for word in ("<script", "<img", "<iframe", 'href="javascript', 'href="JaVa', 'href="data:', 'href="//', 'href="/account',
                 " onmouseover=alert(1)>"):
        assert word not in html
    if "title" in attack:                                               # a value is words, not Markdown
        assert "**fett**" in html


def test_a_value_stands_in_code_and_alternative_texts_too_but_not_in_what_is_quoted():
    competition = make_competition(title=Localized({"de": "Preis"}))
    make_asset(competition)

    assert "<code>Preis</code>" in rendered("`{{ competition.title }}`", competition, "de")
    assert 'alt="Stand von Preis"' in rendered("![Stand von {{ competition.title }}](markt.png)", competition, "de")
    assert "{{ competition.title }}" in rendered("```\n{{ competition.title }}\n```", competition, "de")


def test_a_picture_stands_with_its_words_and_its_credit():
    competition = make_competition()
    asset = make_asset(competition, caption=Localized({"de": "Der Markt im Mai"}))

    html = rendered("![](markt.png)", competition, "de")

    assert html == (f'<figure><img src="{files.address_of(asset.file)}" alt="Ein Marktplatz mit Ständen"/>'
                    "<figcaption>Der Markt im Mai · Bild: © Musterstadt</figcaption></figure>")
    both = make_asset(competition, "beide.png", alternative_text=Localized({"de": "Ein Markt", "en": "A market"}))
    assert [f'alt="{words}"' in rendered(f"![]({both.name})", competition, language)
            for language, words in (("de", "Ein Markt"), ("en", "A market"))] == [True, True]
    assert 'alt="Blick von oben"' in rendered("![Blick von oben](markt.png)", competition, "de")


def test_links_lead_to_pages_documents_and_places_of_the_house():
    competition = make_competition()
    asset = make_asset(competition)
    make_page(competition, "privacy", title="Datenschutz")

    html = rendered("[Datenschutz](privacy) [Bild](markt.png) [bewerben](apply) [Amt](https://example.org/a?b=1&c=2) "
                    "[Post](mailto:a@example.org)", competition, "de")

    for url in (reverse("website:page_show", args=[competition.code, "privacy"]), files.address_of(asset.file),
                reverse("intake:entry_start", args=[competition.code]), "https://example.org/a?b=1&amp;c=2", "mailto:a@example.org"):
        assert f'<a href="{url}">' in html


def test_headings_follow_the_title_without_gaps():
    competition = make_competition()
    assert rendered("#### Tief\n\nText\n\n###### Tiefer", competition, "de") == "<h2>Tief</h2><p>Text</p><h3>Tiefer</h3>"


@pytest.mark.parametrize(("text", "word"), [
    ("{{ dates.entris.end }}", "dates.entries.end"), ("{{ nichts }}", "nichts"), ("Hier: {{ calendar }}", "eigenen Zeile"),
    ("![](fehlt.png)", "fehlt.png"), ("[Merkblatt](merkblatt.pdf)", "führt nirgendwohin"), ("Text ![](markt.png) Text", "allein"),
    ("[](https://example.org)", "keine Wörter"),
])
def test_what_leads_nowhere_stands_in_the_way_of_publishing(text, word):
    competition = make_competition(closes=END)
    make_asset(competition)
    page = make_page(competition, text=text, published=False)

    assert [word in one for one in faults(text, competition)] == [True]
    with pytest.raises(services.Refused, match="Nicht veröffentlicht"):
        services.publish_page(page, revision=1, by=None)
    page.refresh_from_db()
    assert page.published is None


@pytest.mark.parametrize(("facts", "language", "lacking"), [
    ({}, "de", []), ({"credit": ""}, "de", ["Nachweis"]), ({"alternative_text": Localized()}, "de", ["Alternativtext"]),
    ({}, "en", ["Alternativtext"]),                                      # a German one is no help on an English page
])
def test_a_picture_needs_words_in_the_language_of_the_page_and_a_credit(facts, language, lacking):
    competition = make_competition(languages=["de", "en"])
    make_asset(competition, **facts)

    found = faults("![](markt.png)", competition, language)

    assert [word in one for word, one in zip(lacking, found, strict=True)] == [True] * len(lacking)


@pytest.mark.parametrize(("text", "word"), [
    ("[hier](https://example.org)", "wohin"), ("[Mehr …](https://example.org)", "wohin"), ("## A\n\n#### B", "überspringt"), ("# Titel", "##"),
    ("**Fristen**", "Überschrift"), ("![Bild von einem Markt](markt.png)", "zu sehen"), ("![markt.png](markt.png)", "zu sehen"),
    ("JETZT SOFORT BEWERBEN", "Großbuchstaben"), ("Bis 31.12.2017!", "dates.entries.end"), ("Bis zum 31. Dezember 2017.", "dates.entries.end"),
    ("until 31 December 2017", "dates.entries.end"), ("Preise zu 25.000 Euro", "prizes.main"), ("€25,000", "prizes.main"),
    ("25000€", "prizes.main"),
    # What the call does not say, beside a word for what it says.
    ("Einsendeschluss ist der 30. November 2017.", "({{ dates.entries.end }})"),
    ("Die Frist endet am 30.11.2017", "dates.entries.end"),
    ("The deadline is 30 November 2017.", "dates.entries.end"), ("Die Preise sind mit je 30.000 € dotiert.", "({{ prizes.main }})"),
    ("Als Preisgelder stehen 2.000.000 Euro bereit.", "awards.cap"),
])
def test_what_hinders_readers_or_is_typed_twice_is_advice(text, word):
    competition = make_competition(closes=END)
    make_asset(competition)

    found = advice(text, competition)

    assert [word in one for one in found] == [True]
    assert faults(text, competition) == []


@pytest.mark.parametrize("text", [
    "[Merkblatt für Kommunen](https://example.org)", "## A\n\n### B\n\n## C", "Wir **fördern** viel.",
    "Am 30.12.2017 und 24.000 Euro",
    "Die Frist ist lang. Am 30.12.2017 wird gefeiert.", "Der Preis kommt. Der Saal kostet 30.000 Euro.",
    "Im BMI und im BMF",
    "{{ dates.entries.end }}", "31.13.2017", "99999999999999999999 Euro",
])
def test_what_is_well_written_is_left_alone(text):
    assert lint.findings("Titel", text, make_competition(closes=END), "de") == []


def test_plain_language_has_short_sentences():
    short, long = "Das ist ein Wettbewerb.", "Das ist ein Wettbewerb, " + "und ".join(["viele machen mit "] * 5) + "."
    assert lint.long_sentences("leichte-sprache", short, "de") == []
    assert len(lint.long_sentences("leichte-sprache", f"{short} {long}", "de")) == 1
    assert lint.long_sentences("theme", long, "de") == []


def test_published_figures_can_be_named_once_an_edition_is_out():
    from lorbeer.editions.services import publish
    from lorbeer.editions.tests.factories import make_call, make_edition, make_entry

    competition = make_call()
    make_entry(competition)
    text = "{{ numbers.admitted }} Beiträge"
    assert len(faults(text, competition)) == 1
    publish(make_edition(competition), by=None)
    assert rendered(text, competition, "de") == "<p>1 Beiträge</p>"


@pytest.mark.once
def test_a_page_costs_the_same_queries_however_much_it_names():
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    competition = make_competition(closes=END)
    for number in range(4):
        make_asset(competition, name=f"bild-{number}.png")

    def queries(text):
        with CaptureQueriesContext(connection) as found:
            composed(text, Reading(competition, "de"))
        return len(found)

    one = "![](bild-0.png)\n\n[bewerben](apply)\n\n{{ dates.entries.end }}"
    assert queries(one) == queries("\n\n".join([one, *(f"![](bild-{number}.png)" for number in range(4)), "{{ prizes.main }}"] * 5))
