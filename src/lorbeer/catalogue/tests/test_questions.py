"""What readers ask: phrases, parts of words, typing errors, order, marks. Both databases run these tests and must find the same."""

import csv
import io
import re
from dataclasses import replace

import pytest
from django.http import QueryDict

from lorbeer.catalogue import queries, searches
from lorbeer.catalogue import views as pages
from lorbeer.catalogue.queries import catalogue_of, search
from lorbeer.catalogue.search import view as views
from lorbeer.catalogue.search.marking import excerpt, marked
from lorbeer.catalogue.search.question import ask
from lorbeer.editions import services
from lorbeer.editions.models import Release
from lorbeer.editions.tests.factories import FORM, make_call, make_edition, make_entry
from lorbeer.questionnaire.definition import Choice, Question, Section, Type
from lorbeer.questionnaire.services import add_version, publish
from lorbeer.shared.codes import check_character
from lorbeer.shared.tests import databases
from lorbeer.shared.text import Localized

pytestmark = pytest.mark.django_db


def make_house():
    competition = make_call()
    make_entry(competition, title="Bürgerhaus am Markt", applicant="Stadt Adorf", population=9_000)
    make_entry(competition, title="Haus der Jugend", applicant="Stadt Bedorf", population=40_000, land_code="BY",
               answers={"kurztext": "Die Jugend im Dorf kocht Äpfel ein.", "felder": ["kultur"]})
    make_entry(competition, title="Kunst im Dorf", applicant="Stadt Cedorf", population=900,
               answers={"kurztext": "Im neuen Gemeinschaftshaus: Kunst, Dorf und Jugend."})
    make_edition(competition)
    return [competition]


house_database = databases.scene("house", make_house)


@pytest.fixture
def house(house_database, db):
    with databases.seen(house_database) as (competition,):
        yield competition


def titles(competition, query, chosen=None, **how):
    return [entry["title"] for entry in search(catalogue_of(competition), query, chosen or {}, **how).entries]


def shown(client, competition, **query):
    return client.get(f"/{competition.code}/catalogue/", query).content.decode()


@pytest.mark.parametrize("query", ['"Kunst im Dorf"', "„Kunst im Dorf“", "“Kunst im Dorf”", "«kunst im dorf»", "»Künste im Dorfe«"])
def test_words_in_quotation_marks_must_stand_beside_each_other(house, query):
    assert titles(house, query) == ["Kunst im Dorf"]


def test_without_quotation_marks_the_words_may_stand_anywhere(house):
    assert titles(house, "Jugend Dorf") == ["Haus der Jugend", "Kunst im Dorf"]
    assert titles(house, "„Jugend Dorf“") == []
    assert titles(house, "„Jugend im Dorf“") == ["Haus der Jugend"]


def test_small_words_count_within_a_phrase(house):
    assert titles(house, "„Haus der Jugend“") == ["Haus der Jugend"]
    assert titles(house, "„Haus die Jugend“") == []


def test_a_phrase_does_not_reach_from_one_text_into_another(house):
    assert titles(house, "„Dorf Stadt Cedorf“") == []                   # title and applicant
    assert titles(house, "„Markt Stadt“") == []


def test_a_longer_word_is_found_by_its_part_only_where_that_is_asked(house):
    assert titles(house, "Haus") == ["Haus der Jugend"]
    assert titles(house, "Haus", within_words=True) == ["Haus der Jugend", "Bürgerhaus am Markt", "Kunst im Dorf"]
    assert titles(house, "Häuser", within_words=True) == titles(house, "haus", within_words=True)


def test_a_word_that_stands_only_within_longer_ones_is_found_there_and_not_mistaken_for_one_like_it(client, house):
    """“Haren” is spelled like “Garten”, but a garden is what was asked for; the files of the result hold it, too."""
    make_entry(house, title="Gemeinschaftsgarten")
    make_entry(house, title="Nähcafé Haren")
    make_edition(house)
    result = search(catalogue_of(house), "Garten", {})
    assert (result.is_widened, result.suggestion, result.missing) == (True, "", ())
    assert [one["title"] for one in result.entries] == ["Gemeinschaftsgarten"]
    text = shown(client, house, q="Garten")
    assert "steht in keinem Beitrag als eigenes Wort" in text
    assert "entries.csv?q=Garten&amp;within=1" in text
    assert len(search(catalogue_of(house), "Garten", {}, mend=False).entries) == 0
    assert search(catalogue_of(house), "Hären", {}).is_widened is False


def test_of_too_many_longer_words_the_most_common_are_taken_and_the_page_says_so(client, house, monkeypatch):
    assert "die häufigsten" not in shown(client, house, q="haus", within="1")
    monkeypatch.setattr(views, "MOST_PARTS", 1)
    assert "die häufigsten" in shown(client, house, q="haus", within="1")


@pytest.mark.parametrize(("typed", "found"), [
    ("Bürgehraus", "Bürgerhaus"), ("Apfl", "Äpfel"), ("gemeinschaftshaüs", ""), ("Jugedn kochd", "Jugend kocht")])
def test_for_a_typing_error_the_entries_of_the_right_word_are_shown_and_the_page_says_so(client, house, typed, found):
    result = search(catalogue_of(house), typed, {})
    assert result.suggestion == found
    assert len(result.entries) == 1
    text = shown(client, house, q=typed)
    assert ("steht in keinem Beitrag" in text) is bool(found)


@pytest.mark.once
def test_a_typing_error_within_a_part_of_a_longer_word_is_mended_and_tells_nothing_of_what_is_closed(client, house):
    entry = make_entry(house, title="Quartiersgarten")
    make_entry(house, title="Gartenbau")
    make_edition(house)

    def found(typed):
        result = search(catalogue_of(house), typed, {})
        return result.suggestion, sorted(one["title"] for one in result.entries)

    assert found("Gartn") == ("Garten", ["Gartenbau", "Quartiersgarten"])
    assert found("quartirs Dorf") == ("", [])                           # the other word stands elsewhere
    assert found("Quartirs") == ("Quartiers", ["Quartiersgarten"])
    assert "steht in keinem Beitrag" in shown(client, house, q="Gartn")
    services.revoke(entry, list(Release.Part.values), by=None)
    assert found("Quartirs") == ("", [])
    assert found("Gartn") == ("Garten", ["Gartenbau"])


def test_a_typing_error_in_a_phrase_is_mended_within_its_quotation_marks(house):
    result = search(catalogue_of(house), "„Kunst im Dorv“", {})
    assert (result.suggestion, len(result.entries)) == ("„Kunst im Dorf“", 1)


def test_where_nothing_helps_the_page_names_the_words_that_stand_nowhere_and_offers_nothing_that_finds_nothing(client, house):
    result = search(catalogue_of(house), "Jugedn Xylophon", {})
    assert (result.suggestion, result.missing, len(result.entries)) == ("", ("Jugedn", "Xylophon"), 0)
    assert "In keinem Beitrag steht: Jugedn, Xylophon." in shown(client, house, q="Jugedn Xylophon")
    assert search(catalogue_of(house), "Jugend Markt", {}).missing == ()


def test_nobody_is_told_a_word_that_stands_in_a_withdrawn_entry_only(client, house):
    entry = house.entries.get(title="Bürgerhaus am Markt")
    services.revoke(entry, list(Release.Part.values), by=None)
    assert search(catalogue_of(house), "Bürgehraus", {}).suggestion == ""
    assert "ürgerhaus" not in shown(client, house, q="Bürgehraus")


def test_nobody_is_told_how_only_a_withdrawn_entry_writes_a_word(house):
    """Another form of a word that stands elsewhere (Häusern: Haus), another spelling of it, or that it is the more common one."""
    gone = [make_entry(house, title=f"Jugenden {'JUGEND ' * 6}", applicant="Rothaus"), make_entry(house, title="Rothaus")]
    make_entry(house, title="Rathaus")
    make_edition(house)

    def suggested():
        return [search(catalogue_of(house), word, {}).suggestion for word in ("Jugxnden", "Jugned", "Rxthaus")]

    assert suggested() == ["Jugenden", "JUGEND", "Rothaus"]             # while they may be read
    for entry in gone:
        services.revoke(entry, list(Release.Part.values), by=None)
    assert suggested() == ["", "Jugend", "Rathaus"]


def test_the_check_character_of_a_code_is_no_word_and_the_code_is_found_but_never_suggested(house):
    body = "KQDXYH"                                                     # without a digit, by which a code would show
    entry = house.entries.get(title="Haus der Jugend")
    type(entry).objects.filter(pk=entry.pk).update(code=f"{body}-{check_character(body)}")
    make_edition(house)
    for typed in (f"{body}-{check_character(body)}", f"{body}-{check_character(body)}".lower(), body):
        assert titles(house, typed) == ["Haus der Jugend"]
    assert titles(house, check_character(body)) == []
    assert search(catalogue_of(house), "KQDXXH", {}).suggestion == ""


def test_a_land_of_which_all_entries_were_withdrawn_looks_like_one_that_never_had_any(client, house):
    services.revoke(house.entries.get(land_code="BY"), list(Release.Part.values), by=None)

    def told(code, name):
        pages = [client.get(path, {"land": code}).content.decode() for path in (
            f"/{house.code}/catalogue/", f"/{house.code}/catalogue/map/", "/search/")]
        facets = [client.get(path, {"land": code}).json()["facets"] for path in (
            f"/api/v1/competitions/{house.code}/facets", "/api/v1/facets")]
        chips = [re.findall(r'class="cat-removal" href="[^"]*"><span>([^<]*)</span>', page) for page in pages]
        return str((chips, facets)).replace(f"'{code}'", "''").replace(name, "")

    assert "Land: " in told("BY", "Bayern")
    assert told("BY", "Bayern") == told("BE", "Berlin")


def test_what_an_entry_has_left_is_found_when_a_part_is_taken_back(house):
    entry = house.entries.get(title="Haus der Jugend")
    services.revoke(entry, [Release.Part.ABSTRACT, Release.Part.ANSWERS], by=None)
    assert titles(house, "„Jugend im Dorf“") == []
    assert titles(house, "Äpfel") == []
    assert titles(house, "pfel", within_words=True) == []
    assert search(catalogue_of(house), "Apfl", {}).suggestion == ""
    assert titles(house, "„Haus der Jugend“") == ["Haus der Jugend"]
    assert titles(house, "Jugend", {"felder": ["kultur"]}) == []
    assert titles(house, "Jugend", {"land": ["BY"]}) == ["Haus der Jugend"]
    services.release(entry, [Release.Part.ABSTRACT], by=None)
    assert titles(house, "„Jugend im Dorf“") == ["Haus der Jugend"]


def test_an_entry_that_is_opened_anew_leaves_the_database_at_once(house):
    from lorbeer.entries.transitions import move

    entry = house.entries.get(title="Kunst im Dorf")
    move(entry, "reopen", by=None)
    assert titles(house, "") == ["Bürgerhaus am Markt", "Haus der Jugend"]
    assert search(catalogue_of(house), "Kunst", {}).facets == []


@pytest.mark.parametrize("order", ["", "applicant", "title", "best", "nonsense"])
def test_entries_come_by_name_or_title_where_nothing_else_is_asked(house, order):
    assert titles(house, "", order=order) == ["Bürgerhaus am Markt", "Haus der Jugend", "Kunst im Dorf"]


def test_entries_come_by_inhabitants_where_that_is_asked(house):
    assert titles(house, "", order="population") == ["Haus der Jugend", "Bürgerhaus am Markt", "Kunst im Dorf"]


def test_with_words_the_best_come_first_unless_another_order_is_chosen(house):
    assert titles(house, "Dorf")[0] == "Kunst im Dorf"
    assert titles(house, "Dorf", order="population")[0] == "Haus der Jugend"


def test_words_choices_order_and_parts_stand_in_the_address_and_in_the_download(client, house):
    query = {"q": "haus", "within": "1", "sort": "population", "felder": "sport"}
    text = shown(client, house, **query)
    assert 'name="sort" value="population"' in text
    assert re.search(r'name="within" value="1" checked', text)
    assert "q=haus&amp;within=1&amp;sort=population&amp;felder=sport" in text
    file = client.get(f"/{house.code}/catalogue/entries.csv", query).content.decode("utf-8-sig")
    rows = csv.DictReader(io.StringIO(file), delimiter=";")
    assert [row["title"] for row in rows] == ["Bürgerhaus am Markt", "Kunst im Dorf"]


def test_found_words_are_marked_and_everything_is_escaped(client):
    competition = make_call()
    make_entry(competition, title="<b>Gärten</b> & Höfe", applicant="Stadt <i>Garten</i>",
               answers={"kurztext": "Vorher. " * 40 + "Ein <script>alert(1)</script> Garten."})
    make_edition(competition)
    text = shown(client, competition, q="Garten")
    assert "&lt;b&gt;<mark>Gärten</mark>&lt;/b&gt; &amp; Höfe" in text
    assert "Stadt &lt;i&gt;<mark>Garten</mark>&lt;/i&gt;" in text
    assert "Ein &lt;script&gt;alert(1)&lt;/script&gt; <mark>Garten</mark>." in text
    assert "<script>alert" not in text


def test_an_excerpt_shows_where_the_most_words_stand():
    text = "Garten. " + "Anderes und mehr. " * 30 + "Der Garten und die Schule. " + "Weiter. " * 40
    shown = excerpt(text, {"gart", "schul"})
    assert "<mark>Garten</mark> und die <mark>Schule</mark>" in shown
    assert (shown[:2], shown[-2:]) == ("… ", " …")
    assert excerpt(text, {"fehlt"}) == ""
    assert marked("a < b", set()) == "a &lt; b"


def test_facets_are_those_questions_whose_roles_say_so_whatever_they_are_called(client):
    def choices(*words):
        return tuple(Choice(word, Localized(de=word.title())) for word in words)

    lists = {"wo": choices("halle", "wiese"), "lang": choices("kurz", "ewig"), "geld": choices("eigen", "spende")}
    more = Section("more", Localized(de="Mehr"), items=(
        Question("q_wo", Type.MULTI, Localized(de="Wo denn?"), list_name="wo", choices=lists["wo"], publishable=True, role="place"),
        Question("q_lang", Type.SINGLE, Localized(de="Wie lange?"), list_name="lang", choices=lists["lang"], publishable=True,
                 role="duration"),
        Question("q_geld", Type.MULTI, Localized(de="Wovon?"), list_name="geld", choices=lists["geld"], publishable=True, role="financing")))
    competition = make_call()
    publish(add_version(competition, replace(FORM, sections=(*FORM.sections, more), lists=FORM.lists | lists)))
    make_entry(competition, answers={"q_wo": ["halle", "wiese"], "q_lang": "kurz", "q_geld": ["eigen"]})
    make_entry(competition, answers={"q_wo": ["wiese"], "q_lang": "ewig", "q_geld": ["eigen", "spende"]})
    make_edition(competition)

    result = search(catalogue_of(competition), "", {"q_geld": ["spende"]})
    found = {facet.name: {choice.code: choice.count for choice in facet.choices} for facet in result.facets if facet.from_answers}
    assert found == {"felder": {"sport": 1}, "q_wo": {"wiese": 1}, "q_lang": {"ewig": 1}, "q_geld": {"eigen": 2, "spende": 1}}
    text = shown(client, competition)
    assert "Wo denn?" in text
    assert "Wovon?" in text


def test_where_little_is_found_the_page_says_how_many_entries_hold_it_within_a_longer_word(client, house):
    """“Paten” stands in no entry, but “Flüchtlingspaten” does: the link says how many it finds, given what is chosen besides."""
    text = shown(client, house, q="Hof")
    assert "Teil eines längeren" not in text                            # neither a word nor a part of one
    text = shown(client, house, q="Haus")
    found = len(search(catalogue_of(house), "Haus", {}, within_words=True).entries) - len(search(catalogue_of(house), "Haus", {}).entries)
    assert found == 2
    assert "2 Beiträge, in denen das Gesuchte Teil eines längeren Wortes ist" in text
    assert "?q=Haus&amp;within=1" in text
    assert "Teil eines längeren" not in shown(client, house, q="Haus", within="1")
    chosen = {"award": ["any"]}
    assert queries.only_within_words(catalogue_of(house), "Haus", chosen) == len(
        search(catalogue_of(house), "Haus", chosen, within_words=True).entries) - len(search(catalogue_of(house), "Haus", chosen).entries)


def test_the_map_says_that_it_shows_something_like_what_was_asked(client, house):
    text = client.get(f"/{house.code}/catalogue/map/", {"q": "Bürgehraus"}).content.decode()
    assert "steht in keinem Beitrag" in text
    assert "?q=B%C3%BCrgerhaus" in text


def test_files_and_feed_answer_what_was_asked_and_nothing_like_it(client, house):
    asked = {"q": "Bürgehraus"}
    base = f"/{house.code}/catalogue/"
    assert client.get(f"{base}entries.json", asked).json()["entries"] == []
    assert b"<entry" not in client.get(f"{base}feed.atom", asked).content
    text = shown(client, house, **asked)                                # the page's own files are those of what it shows
    assert "entries.json?q=B%C3%BCrgerhaus" in text
    assert "feed.atom?q=B%C3%BCrgerhaus" in text


def test_the_api_names_what_it_answered(client, house):
    found = client.get(f"/api/v1/competitions/{house.code}/entries", {"q": "Bürgehraus"}).json()
    assert (found["asked"], found["answered"], found["total"]) == ("Bürgehraus", "Bürgerhaus", 1)
    found = client.get(f"/api/v1/competitions/{house.code}/entries", {"q": "haus", "within": "1", "sort": "title"}).json()
    assert (found["asked"], found["answered"]) == ("haus", "haus")
    assert [one["title"] for one in found["entries"]] == ["Bürgerhaus am Markt", "Haus der Jugend", "Kunst im Dorf"]


def test_what_sounds_alike_comes_before_what_looks_alike(client):
    competition = make_call()
    make_entry(competition, title="Cola und Cola für Cola")
    make_entry(competition, title="Treff in Köln")
    make_edition(competition)
    assert search(catalogue_of(competition), "Cöln", {}).suggestion == "Köln"


def test_caches_ask_anew_so_that_what_is_taken_back_is_gone(client, house):
    code = house.entries.first().code
    for page in ("", "map/", f"{code}/", "entries.json", "entries.csv", "codebook.csv", "dataset.rdf", "editions/", "feed.atom"):
        assert client.get(f"/{house.code}/catalogue/{page}")["Cache-Control"] == "no-cache", page


def test_every_choice_in_the_address_can_be_taken_away_also_one_that_nobody_knows(client, house):
    for page in ("", "map/"):
        text = client.get(f"/{house.code}/catalogue/{page}", {"land": ["BY", "XX<b>"], "size_class": "from_500000"}).content.decode()
        chips = re.findall(r'class="cat-removal" href="([^"]*)"><span>([^<]*)</span>', text)
        assert [label for _url, label in chips] == ["Land: Bayern", "Land: XX&lt;b&gt;", "Größe: 500.000 und mehr"]
        assert chips[1][0] == "?land=BY&amp;size_class=from_500000"


@pytest.mark.parametrize(("query", "said"), [
    ("Rathausamt", "Kontakt: <mark>Rathausamt</mark>"), ("Zedorf", "Kommune: <mark>Zedorf</mark>"), ("Bayern", "<mark>Bayern</mark>"),
    ("Garten", "<mark>Garten</mark>")])
def test_every_hit_says_where_it_was_found(client, query, said):
    competition = make_call()
    make_entry(competition, title="Garten", applicant="Verwaltungsgemeinschaft", land_code="BY")
    make_edition(competition)
    catalogue = catalogue_of(competition)
    entry = catalogue.entries[0] | {"office": "Rathausamt", "municipality": "Zedorf"}
    card = pages.card(competition, catalogue, entry, ask(query).terms)
    assert said in f"{card['title']} {card['meta']} {card['excerpt']}"
    assert f"{card['title']} {card['meta']} {card['excerpt']}".count("<mark>") == 1


def test_a_choice_is_taken_and_taken_away_again_whatever_its_question_is_called():
    query = QueryDict("q=Garten&land=BY&land=NW&drop=a&page=3")
    assert searches.address(query, {"land": "NW"}) == "?q=Garten&land=BY&drop=a"
    assert searches.address(query, {"query": "ä"}) == "?q=Garten&land=BY&land=NW&drop=a&query=%C3%A4"
    assert searches.address(query, {"drop": "a"}, drop=("q", "land", "page")) == "?"
