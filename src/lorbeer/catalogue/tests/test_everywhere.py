"""One search over all competitions: it tells what each database tells, and nothing more."""

import re
from datetime import UTC, datetime

import pytest

from lorbeer.awards.models import Announcement
from lorbeer.catalogue import everywhere
from lorbeer.catalogue.queries import catalogue_of, search
from lorbeer.catalogue.search import shelf
from lorbeer.catalogue.search.view import View
from lorbeer.editions import services
from lorbeer.editions.models import Release
from lorbeer.editions.tests.factories import make_call, make_edition, make_entry, make_role
from lorbeer.editions.tests.test_editions import make_award
from lorbeer.people.models import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def several(db):
    """Two databases: 2018 with two gardens, of which one won, and 2021 with a garden and a harbour."""
    older, newer = make_call(title={"de": "Grüne Orte"}), make_call(title={"de": "Starke Orte"})
    make_award(older, make_entry(older, title="Ein Garten", land_code="BY", population=900))
    make_entry(older, title="Noch ein Garten am Rathaus", land_code="NW", population=80_000)
    make_entry(newer, title="Garten", land_code="BY", population=30_000)
    make_entry(newer, title="Am Hafen", land_code="SH", population=250_000)
    for competition, year in ((older, 2018), (newer, 2021)):
        Announcement.objects.filter(competition=competition).update(announced_at=datetime(year, 5, 1, tzinfo=UTC))
        make_edition(competition)
    return older, newer


def ask(query="", chosen=None, **more):
    return everywhere.search(everywhere.places().shown, query, chosen or {}, **more)


def titles(query="", chosen=None, **more):
    return [one.entry["title"] for one in ask(query, chosen, **more).entries]


def counts(result):
    return {facet.name: {choice.label: choice.count for choice in facet.choices} for facet in result.facets}


def test_what_is_found_is_what_each_database_finds(several):
    for query in ("", "Garten", "Gärten", "„noch ein“", "Hafen Garten", "nirgends"):
        found = sorted((one.place.competition.code, one.entry["code"]) for one in ask(query).entries)
        assert found == sorted((place.code, entry["code"]) for place in several for entry in search(catalogue_of(place), query, {}).entries
                               if not search(catalogue_of(place), query, {}).suggestion), query


def test_facets_are_counted_over_all_and_combined(several):
    older, newer = several
    whole = counts(ask("Garten"))
    assert whole["competition"] == {"Starke Orte": 1, "Grüne Orte": 2}
    assert whole["year"] == {"2021": 1, "2018": 2}
    assert whole["land"] == {"Bayern": 2, "Nordrhein-Westfalen": 1}
    assert whole["award"] == {"prämiert": 1, "nicht prämiert": 2}
    narrowed = counts(ask("Garten", {"land": ["BY"]}))
    assert (narrowed["competition"], narrowed["land"]) == ({"Starke Orte": 1, "Grüne Orte": 1}, {"Bayern": 2, "Nordrhein-Westfalen": 1})
    assert titles("Garten", {"year": ["2018"], "land": ["BY"]}) == ["Ein Garten"]
    assert titles("", {"competition": [newer.code]}) == [entry["title"] for entry in catalogue_of(newer).entries]
    assert sum(whole["group"].values()) == 3                            # groups of the same name are one
    assert len(whole["group"]) == 1


def test_they_are_put_in_one_order(several):
    assert titles("Garten")[0] == "Garten"                              # the words are the title itself
    assert titles("", order="population") == ["Am Hafen", "Noch ein Garten am Rathaus", "Garten", "Ein Garten"]
    assert [one.place.competition for one in ask().entries] == [several[1]] * 2 + [several[0]] * 2
    whole = ask("Garten").entries
    assert [one.entry["code"] for at in range(3) for one in whole[at:at + 1]] == [one.entry["code"] for one in whole]


def test_a_typing_error_is_mended_only_where_the_words_stand_nowhere(several):
    assert ask("Rathuas").suggestion == "Rathaus"
    assert titles("Rathuas") == ["Noch ein Garten am Rathaus"]
    make_entry(several[1], title="Rathuas, so geschrieben")
    make_edition(several[1])
    assert ask("Rathuas").suggestion == ""
    assert titles("Rathuas") == ["Rathuas, so geschrieben"]
    assert ask("Xylophon").missing == ("Xylophon",)


def test_where_one_holds_the_word_within_a_longer_one_no_other_is_asked_for_words_like_it(several, monkeypatch):
    monkeypatch.setattr(View, "nearest_word", lambda *asked: pytest.fail("asked for words like it"))
    found = ask("Häuser")
    assert (found.is_widened, [one.entry["title"] for one in found.entries]) == (True, ["Noch ein Garten am Rathaus"])


def test_what_is_withheld_taken_back_or_not_announced_is_in_none_of_it(client, several):
    older, _newer = several
    make_entry(older, title="Geheimgarten", released=False)
    make_edition(older)
    quiet, hidden = make_call(announced=False), make_call(is_public=False)
    for place in (quiet, hidden):
        make_entry(place, title="Geheimgarten")
        make_edition(place)
    client.force_login(make_role(hidden, Role.Kind.OFFICE_LEAD).person)  # who may see more sees no more here
    assert "Geheimgarten" not in client.get("/search/").content.decode()
    assert len(ask().entries) == 4
    services.revoke(older.entries.get(title="Ein Garten"), list(Release.Part.values), by=None)
    assert counts(ask("Garten"))["competition"] == {"Starke Orte": 1, "Grüne Orte": 1}
    assert "Ein Garten" not in client.get("/search/?q=Garten").content.decode()


def test_the_page_links_into_each_database_and_is_linked_from_there(client, several):
    older, newer = several
    text = client.get("/search/", {"q": "Garten", "land": "BY"}).content.decode()
    for place, title in ((older, "Ein Garten"), (newer, "Garten")):
        assert f'href="/{place.code}/catalogue/{place.entries.get(title=title).code}/"' in text
    assert "?q=Garten&amp;land=BY&amp;year=2018" in text
    assert 'href="/search/"' in client.get("/").content.decode()
    assert 'href="/search/?q=Garten"' in client.get(f"/{older.code}/catalogue/", {"q": "Garten"}).content.decode()


def test_only_the_samples_among_what_is_shown_say_that_they_are_invented(client, several):
    older, newer = several
    type(older).objects.filter(pk=older.pk).update(is_sample=True, sample_note={"de": "Alles erfunden."})
    assert "Alles erfunden." in client.get("/search/", {"q": "Rathaus"}).content.decode()
    assert "Alles erfunden." not in client.get("/search/", {"q": "Hafen"}).content.decode()
    told = {one["competition"]["code"]: one["is_sample"] for one in client.get("/api/v1/entries").json()["entries"]}
    assert told == {older.code: True, newer.code: False}


def test_before_there_is_an_edition_nothing_leads_there_and_it_says_so(client):
    quiet = make_call(announced=False)
    make_entry(quiet)
    make_edition(quiet)
    assert "/search/" not in client.get("/").content.decode().split("<main")[1]
    assert "noch nichts veröffentlicht" in client.get("/search/").content.decode()


@pytest.mark.parametrize("query", [
    "q=" + "x" * 10_000, "q=%22%22%25_*", "competition=nirgends&year=x&land=%00", "sort=x&page=999999", "q=%E2%80%AE"])
def test_hostile_addresses_get_a_page(client, several, query):
    assert client.get(f"/search/?{query}").status_code in (200, 400)


def test_it_costs_the_same_queries_for_two_and_for_six_competitions(client, several, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost():
        client.get("/search/?q=Garten")                                 # indexes are made once
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/search/?q=Garten").status_code == 200
        return len(asked)

    two = cost()
    for _number in range(4):
        place = make_call()
        make_entry(place, title="Garten")
        make_edition(place)
    assert cost() == two


def test_it_reads_only_what_it_shows_and_asks_the_newest_only(client, several, monkeypatch):
    from lorbeer.catalogue.search.index import Index

    read, entry = [], Index.entry
    monkeypatch.setattr(Index, "entry", lambda index, number: read.append(number) or entry(index, number))
    monkeypatch.setattr("lorbeer.catalogue.everywhere_views.PER_PAGE", 2)
    client.get("/search/")
    assert len(read) == 2
    monkeypatch.setattr(everywhere, "MOST", 1)
    assert "Ein älterer Wettbewerb wird hier nicht durchsucht" in client.get("/search/").content.decode()
    assert counts(ask())["competition"] == {"Starke Orte": 2}


def test_while_a_new_edition_is_made_ready_the_one_before_it_is_searched_and_without_one_the_others(client, several, monkeypatch):
    older, newer = several
    make_entry(newer, title="Zuwachs")
    everywhere.places()
    monkeypatch.setattr(shelf, "_start", lambda *facts: None)
    monkeypatch.setattr(shelf, "AT_ONCE", 0)
    make_edition(newer)
    assert "wird gerade vorbereitet" not in client.get("/search/").content.decode()
    assert len(ask().entries) == 4
    assert titles("Zuwachs") == []
    services.revoke(newer.entries.get(title="Am Hafen"), list(Release.Part.values), by=None)
    assert titles("Hafen") == []                                        # also while it stands in
    third = make_call()
    make_entry(third)
    make_edition(third)
    text = client.get("/search/").content.decode()
    assert "Die Datenbank eines Wettbewerbs wird gerade vorbereitet" in text
    assert re.findall(r"(\d+) Beiträge gefunden", text) == ["3"]
    assert client.get("/api/v1/entries").json()["waiting"] == 1
