"""Entries beside an entry come with the reason why, and the reason is true."""

import pytest

from lorbeer.catalogue.neighbours import like_this, similar_entries
from lorbeer.catalogue.queries import catalogue_of
from lorbeer.editions import services
from lorbeer.editions.models import Release
from lorbeer.editions.tests.factories import make_call, make_edition, make_entry, make_place

pytestmark = pytest.mark.django_db
PLAIN = {"kurztext": "", "felder": []}


def neighbours(find, competition, entry):
    catalogue = catalogue_of(competition)
    return find(catalogue, catalogue.by_code[entry.code])


def test_similar_entries_share_rare_words_and_say_which():
    competition = make_call()
    one = make_entry(competition, title="Gemeinschaftsgärten für alle am Bahnhof", answers=PLAIN)
    other = make_entry(competition, title="Ein Gemeinschaftsgarten für alle", answers=PLAIN)
    make_entry(competition, title="Sprachkurse", answers=PLAIN)
    make_edition(competition)
    (found,) = neighbours(similar_entries, competition, one)
    assert found.entry["code"] == other.code
    assert found.words == ["Gemeinschaftsgarten"]                       # as it stands in the other entry; “alle” is no reason
    assert found.choices == {}


def test_a_shared_word_whose_umlaut_makes_it_another_one_is_named():
    competition = make_call()
    one = make_entry(competition, title="Sprachförderung am Bahnhof", answers=PLAIN)
    make_entry(competition, title="Alle in der Sprachförderung", answers=PLAIN)
    make_entry(competition, title="Etwas anderes", answers=PLAIN)
    make_edition(competition)
    (found,) = neighbours(similar_entries, competition, one)
    assert found.words == ["Sprachförderung"]


def test_similar_entries_share_choices_that_not_everybody_has():
    competition = make_call()
    one = make_entry(competition, title="Aaaa", answers=PLAIN | {"felder": ["sport", "kultur"]})
    other = make_entry(competition, title="Bbbb", answers=PLAIN | {"felder": ["sport", "kultur"]})
    for title in ("Cccc", "Dddd", "Eeee"):
        make_entry(competition, title=title, answers=PLAIN | {"felder": ["kultur"]})
    make_edition(competition)
    (found,) = neighbours(similar_entries, competition, one)            # all do something with culture: that is no reason
    assert (found.entry["code"], found.words, found.choices) == (other.code, [], {"Handlungsfelder": ["Sport"]})
    services.revoke(other, [Release.Part.ANSWERS], by=None)
    assert neighbours(similar_entries, competition, one) == []          # what was taken back is no reason any more


def test_municipalities_like_this_one_have_its_status_and_about_its_size_and_those_of_the_same_land_come_first():
    competition = make_call()
    town = make_place("Eigene", key="05111111")
    one = make_entry(competition, population=10_000, land_code="NW", municipality=town)
    make_entry(competition, population=10_000, land_code="NW", municipality=town)       # the same municipality is no other one
    near = make_entry(competition, population=11_000, land_code="BY", municipality=make_place())
    here = make_entry(competition, population=12_000, land_code="NW", municipality=make_place())
    far = make_entry(competition, population=19_000, land_code="BY", municipality=make_place())
    make_entry(competition, population=21_000, land_code="NW", municipality=make_place())        # more than twice as many
    make_entry(competition, population=10_000, land_code="NW", legal_status="landkreis", municipality=make_place())
    make_entry(competition, population=None, land_code="NW", municipality=make_place())
    make_edition(competition)
    found = neighbours(like_this, competition, one)
    assert [one.entry["code"] for one in found] == [here.code, near.code, far.code]
    assert [one.land for one in found] == ["Nordrhein-Westfalen", "", ""]


def test_the_page_says_why(client):
    competition = make_call()
    one = make_entry(competition, title="Gemeinschaftsgarten", answers=PLAIN, population=10_000)
    make_entry(competition, title="Neuer Gemeinschaftsgarten", answers=PLAIN, population=12_000)
    make_edition(competition)
    text = " ".join(client.get(f"/{competition.code}/catalogue/{one.code}/").content.decode().split())
    assert "Gemeinsame Wörter: Gemeinschaftsgarten" in text
    assert "12.000 Einwohner, ebenfalls Nordrhein-Westfalen" in text
