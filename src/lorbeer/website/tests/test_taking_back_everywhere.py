"""What an applicant takes back vanishes at once from everything that the public can ask for; figures stay what they were."""

import io
import re
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from PIL import Image

from lorbeer.api.endpoints import ENDPOINTS
from lorbeer.awards.models import Portrait
from lorbeer.catalogue.dataset_views import KIND_OF, SUMS
from lorbeer.catalogue.open_data import KINDS
from lorbeer.editions import services
from lorbeer.editions.models import Release
from lorbeer.editions.tests.factories import FORM, make_call, make_edition, make_entry, make_place
from lorbeer.editions.tests.test_editions import make_award
from lorbeer.questionnaire.definition import Question, Type
from lorbeer.questionnaire.services import add_version, publish
from lorbeer.shared import files
from lorbeer.shared.text import Localized
from lorbeer.statistics.models import TableDefinition

pytestmark = [pytest.mark.django_db, pytest.mark.once]
Part = Release.Part
# A word for each part that stands nowhere else. Of answers the choice is looked for where only this entry has it.
WORDS = {Part.ENTRY: "Xylophongarten", Part.ABSTRACT: "Kurzfassungswort", Part.PICTURES: "Bildnachweiswort", Part.CONTACT: "Adressenweg",
         Part.ANSWERS: "sport"}
FIELDS = {"contact/office": "Ämterwort", "contact/address": WORDS[Part.CONTACT], "contact/website": "www.netzwort.example"}


@pytest.fixture
def winner(db):
    """A winner with everything released, beside another entry; two editions."""
    place = make_call()
    (section,) = FORM.sections
    questions = [Question(name, Type.TEXT, Localized(de=name), role=name) for name in ("street", "postcode", "town", "office", "website")]
    publish(add_version(place, replace(FORM, sections=(replace(section, items=(*section.items, *questions)),))))
    town = make_place(latitude=51, longitude=10)
    entry = make_entry(place, title=WORDS[Part.ENTRY], applicant=f"Stadt {WORDS[Part.ENTRY]}", municipality=town,
                       answers={"kurztext": f"Mit {WORDS[Part.ABSTRACT]}.", "street": WORDS[Part.CONTACT], "felder": ["sport"],
                                "office": FIELDS["contact/office"], "website": FIELDS["contact/website"]})
    award = make_award(place, entry)
    memory = io.BytesIO()
    Image.new("RGB", (60, 40), "#17513f").save(memory, "PNG")
    picture = files.store(memory.getvalue(), name="bild.png", scope=place.code, subject=f"portrait:{award.code}",
                          alternative_text=f"Ein Platz, {WORDS[Part.PICTURES]}", credit=WORDS[Part.PICTURES])
    Portrait.objects.create(award=award, description=f"So war es in {WORDS[Part.ENTRY]}.", picture=picture, approved_at=award.decided_at)
    make_entry(place, title="Ein anderer Beitrag", answers={"felder": ["kultur"]})
    TableDefinition.objects.create(competition=place, code="tab1", number=1, title={"de": "Felder"},
                                   definition={"question": "felder", "kind": "choices"})
    make_edition(place)
    make_entry(place, title="Noch ein Beitrag", answers={"felder": ["kultur"]})
    make_edition(place)
    return entry


def public_addresses(place, code):
    """Everything that can be asked about the competition without signing in, this entry and the words themselves included."""
    base, catalogue = f"/{place.code}/", f"/{place.code}/catalogue/"
    found = [base, f"{base}sitemap.xml", "/sitemap.xml", "/search/", catalogue, f"{catalogue}map/", f"{catalogue}feed.atom",
             f"{catalogue}dataset.rdf", f"{catalogue}codebook.csv", f"{catalogue}editions/", f"{catalogue}editions/?edition=1"]
    found += [f"{catalogue}entries.{kind}" for kind in KINDS]
    found += [f"{catalogue}editions/{number}/{name}" for number in (1, 2) for name in (*KIND_OF, SUMS)]
    found += [f"{path}?q={word}" for path in (catalogue, "/search/", f"{catalogue}map/", f"{catalogue}feed.atom", f"{catalogue}entries.json",
                                              f"/api/v1/competitions/{place.code}/entries") for word in WORDS.values()]
    found += [f"{path}?felder=sport" for path in (catalogue, f"{catalogue}map/", f"{catalogue}entries.json")]
    for one in ENDPOINTS:
        path = f"/api/v1/{one.path}".replace("{competition}", place.code)
        for name in (code, "tab1") if "{code}" in path else ("",):
            found += [path.replace("{code}", name).replace("{number}", number) for number in (("1", "2") if "{number}" in path else ("",))]
    for entry in place.entries.all():
        found += [f"{catalogue}{entry.code}/", f"{catalogue}{entry.code}/message/"]
    found += [f"{catalogue}{code}/picture/{size}/0" for size in ("small", "large")]
    return found


def echo_removed(text, address):
    """Without what a page repeats of its own address."""
    query = urlsplit(address).query
    if not query:
        return text
    name, _equals, value = query.partition("=")
    said = rf'"(asked|answered|words)": ?"{value}"|„{value}“|In keinem Beitrag steht: {value}\.'
    return re.sub(rf'({name}=|value="|%3D){value}|{said}|<link>?{value}|<h1.*?</h1>', "", text)


def told(client, addresses, *words):
    """Which of the addresses tell one of `words`: pairs of an address and what it tells."""
    found = []
    for address in addresses:
        answer = client.get(address)
        if answer.status_code == 200 and not answer["Content-Type"].startswith("image/"):
            text = echo_removed(answer.content.decode("utf-8", "ignore"), address)
            found += [(address, word) for word in words if word in text]
    return found


def figures(client, place):
    """What the tables say, as text."""
    pages = [client.get(f"/{place.code}/statistics/{path}").content.decode().split("<main")[1].split("</main>")[0] for path in ("", "tab1/")]
    return [re.sub(r"<[^>]+>", " ", page) for page in pages] + [client.get(f"/api/v1/competitions/{place.code}/tables/tab1").content]


@pytest.mark.parametrize("part", [Part.ENTRY, Part.ABSTRACT, Part.PICTURES, Part.CONTACT])
def test_a_part_that_is_taken_back_is_told_nowhere_any_more_and_its_figures_stay(client, winner, part):
    place, word = winner.competition, WORDS[part]
    everywhere, detail = public_addresses(place, winner.code), f"/{place.code}/catalogue/{winner.code}/"
    before, counted = told(client, everywhere, word), figures(client, place)
    assert len(before) > 3, "the test can see it while it is there"
    pictures = [client.get(f"{detail}picture/{size}/0").status_code for size in ("small", "large")]
    assert pictures == [200, 200]

    services.revoke(winner, [part], by=None)

    gone = told(client, everywhere, word, winner.code)
    assert [one for one in gone if one[1] == word] == []
    assert figures(client, place) == counted
    if part in (Part.ENTRY, Part.PICTURES):
        assert [client.get(f"{detail}picture/{size}/0").status_code for size in ("small", "large")] == [404, 404]
    if part == Part.ENTRY:                                              # not even its code, but where it was asked for
        assert [address for address, _code in gone if winner.code not in address] == []
    else:                                                               # the rest of it stays
        assert WORDS[Part.ENTRY] in client.get(detail).content.decode()

    services.release(winner, [part], by=None)
    former = [address for address in everywhere if "editions/1/" in address or "edition=1" in address]
    assert [one for one in told(client, former, word) if "editions/1/" in one[0]] == []     # a former edition does not get it back
    now = [one for one in before if one[0] not in former]
    assert told(client, [address for address, _word in now], word) == now


@pytest.mark.parametrize("name", FIELDS)
def test_a_line_of_the_address_that_is_closed_by_itself_is_told_nowhere_and_the_others_stay(client, winner, name):
    place, word = winner.competition, FIELDS[name]
    everywhere = [*public_addresses(place, winner.code), f"/{place.code}/catalogue/?q={word}", f"/search/?q={word}",
                  f"/api/v1/competitions/{place.code}/entries?q={word}"]
    former = [address for address in everywhere if "editions/1/" in address or "edition=1" in address]
    before = told(client, everywhere, *FIELDS.values())
    assert {found for _address, found in before} == set(FIELDS.values())

    services.revoke(winner, [name], by=None)

    after = told(client, everywhere, *FIELDS.values())
    assert [one for one in after if one[1] == word] == []
    assert after == [one for one in before if one[1] != word]
    services.release(winner, [name], by=None)
    assert [one for one in told(client, former, word) if "editions/1/" in one[0]] == []
    now = [one for one in before if one[0] not in former]
    assert told(client, [address for address in everywhere if address not in former], *FIELDS.values()) == now


def test_a_single_answer_that_is_closed_narrows_nothing_brings_nobody_together_and_stands_nowhere(client, winner):
    place = winner.competition
    other = make_entry(place, title="Noch ein sportlicher", answers={"felder": ["sport"]})
    make_edition(place)
    entry, page = f"/api/v1/competitions/{place.code}/entries/{winner.code}", f"/{place.code}/catalogue/{winner.code}/"
    beside = f"/{place.code}/catalogue/{other.code}/"
    assert [client.get(entry).json()["answers"][name] for name in ("q1", "felder")] == [["ja"], ["sport"]]
    assert "Gemeinsam gewählt: Sport" in re.sub(r"<[^>]+>", "", client.get(beside).content.decode())
    counted = figures(client, place)

    services.revoke(winner, ["answers/felder"], by=None)

    assert client.get(entry).json()["answers"] == {"q1": ["ja"]}
    assert set(client.get(entry).json()["label_answers"]) == {"q1"}
    assert [one["title"] for one in client.get(f"/{place.code}/catalogue/entries.json?felder=sport").json()["entries"]] == [other.title]
    facets = client.get(f"/api/v1/competitions/{place.code}/facets").json()["facets"]
    choices = next(facet["choices"] for facet in facets if facet["name"] == "felder")
    assert {one["value"]: one["count"] for one in choices} == {"felder:kultur": 2, "felder:sport": 1}
    for kind in ("json", "geojson", "csv"):
        for number in (1, 2, 3):
            file = client.get(f"/{place.code}/catalogue/editions/{number}/entries.{kind}").content.decode()
            (line,) = [line for line in file.splitlines() if winner.code in line]
            assert ["sport" in line.lower(), "untold" in line, WORDS[Part.CONTACT] in line or kind == "csv"] == [False, False, True]
    assert "Sport" not in client.get(page).content.decode().split("<main")[1].split("</main>")[0]
    assert "Gemeinsam gewählt" not in client.get(beside).content.decode()
    assert figures(client, place) == counted


def test_answers_that_are_taken_back_narrow_nothing_and_stand_nowhere(client, winner):
    place = winner.competition
    entry = f"/api/v1/competitions/{place.code}/entries/{winner.code}"
    sport = f"/{place.code}/catalogue/entries.json?felder=sport"
    assert client.get(entry).json()["answers"]["felder"] == ["sport"]
    assert len(client.get(sport).json()["entries"]) == 1
    counted = figures(client, place)

    services.revoke(winner, [Part.ANSWERS], by=None)

    assert client.get(entry).json()["answers"] is None
    assert client.get(sport).json()["entries"] == []
    facets = client.get(f"/api/v1/competitions/{place.code}/facets").json()["facets"]
    assert [one["value"] for facet in facets if facet["name"] == "felder" for one in facet["choices"]] == ["felder:kultur"]
    for number in (1, 2):
        kept = client.get(f"/{place.code}/catalogue/editions/{number}/entries.json").json()["entries"]
        assert [one["title"] for one in kept if "answers" in one and one["code"] == winner.code] == []
    assert "Sport" not in client.get(f"/{place.code}/catalogue/{winner.code}/").content.decode()
    assert figures(client, place) == counted


def test_no_file_of_an_edition_can_be_read_past_the_pages(client, winner):
    """The frozen files hold what was taken back since: nobody outside reads them, whatever they know."""
    services.revoke(winner, list(Part.values), by=None)
    for edition in winner.competition.editions.all():
        for stored in (edition.facts, edition.answers, edition.codebook):
            assert client.get(files.address_of(stored)).status_code in (302, 404)
