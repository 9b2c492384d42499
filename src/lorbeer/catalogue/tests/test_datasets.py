"""An edition that was published can be cited for good: its files are the same bytes for everybody, and say when they changed."""

import hashlib
import json
import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest

from lorbeer.catalogue import datasets, sums
from lorbeer.catalogue.dataset_views import KIND_OF, SUMS
from lorbeer.editions import services
from lorbeer.editions.models import Release
from lorbeer.editions.tests.factories import make_call, make_edition, make_entry
from lorbeer.editions.tests.test_editions import make_award
from lorbeer.shared import clock

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def place(db):
    """A call with two published editions; the second has one entry more."""
    competition = make_call(languages=["de", "en"], title={"de": "Wettbewerb", "en": "Competition"})
    make_award(competition, make_entry(competition, title="Erster Garten"))
    make_edition(competition)
    make_entry(competition, title="Zweiter Garten")
    make_edition(competition)
    return competition


def get(client, place, path, status=200, **headers):
    answer = client.get(f"/{place.code}/catalogue/{path}", headers=headers)
    assert answer.status_code == status
    return answer


def files(client, place, number):
    return {name: get(client, place, f"editions/{number}/{name}").content for name in KIND_OF}


def test_the_checksums_are_those_of_the_files_and_everybody_gets_the_same_bytes(client, place):
    lines = get(client, place, f"editions/2/{SUMS}").content.decode().splitlines()
    told = dict(reversed(line.split("  ")) for line in lines)
    got = files(client, place, 2)
    assert told == {name: hashlib.sha256(content).hexdigest() for name, content in got.items()}
    sums._place(datasets.dataset(place, 2).edition, datasets.dataset(place, 2).state).unlink()
    sums._read.cache_clear()                                             # as another process, an hour later, for a reader of English
    with clock.at(clock.now() + timedelta(hours=1)):
        for name, content in got.items():
            assert get(client, place, f"editions/2/{name}", **{"accept-language": "en"}).content == content, name
    page = get(client, place, "editions/").content.decode()
    assert all(digest in page for digest in told.values())


def test_a_former_edition_stays_where_it_is(client, place):
    first, second = files(client, place, 1), files(client, place, 2)
    assert [one["title"] for one in json.loads(first["entries.json"])["entries"]] == ["Erster Garten"]
    assert len(json.loads(second["entries.json"])["entries"]) == 2
    make_entry(place, title="Dritter Garten")
    make_edition(place)
    assert files(client, place, 1) == first
    assert files(client, place, 2) == second


def test_an_edition_that_was_never_published_is_not_there(client, place):
    make_entry(place, title="Dritter Garten")
    edition = make_edition(place, published=False)
    get(client, place, f"editions/{edition.number}/entries.json", status=404)
    assert edition.sha256 not in get(client, place, "editions/").content.decode()
    get(client, place, "editions/?edition=3", status=404)
    for path in ("editions/9/entries.json", "editions/1/entries.exe", "editions/1/codebook.xlsx"):
        get(client, place, path, status=404)


def test_before_the_announcement_there_is_none(client):
    competition = make_call(announced=False)
    make_entry(competition)
    make_edition(competition)
    assert "noch nichts veröffentlicht" in get(client, competition, "editions/").content.decode()
    get(client, competition, "editions/1/entries.json", status=404)
    get(client, competition, "feed.atom", status=404)


def test_what_is_taken_back_leaves_the_files_of_every_edition_and_the_page_says_so(client, place):
    entry = place.entries.get(title="Erster Garten")
    before = {number: get(client, place, f"editions/{number}/entries.csv") for number in (1, 2)}
    assert "Nichts ist seitdem zurückgenommen worden" in get(client, place, "editions/").content.decode()
    services.revoke(entry, list(Release.Part.values), by=None)
    for number in (1, 2):
        after = get(client, place, f"editions/{number}/entries.csv")
        assert "Erster Garten" in before[number].content.decode()
        assert "Erster Garten" not in after.content.decode()
        assert after["ETag"] != before[number]["ETag"]
        assert hashlib.sha256(after.content).hexdigest() in get(client, place, f"editions/{number}/{SUMS}").content.decode()
    text = get(client, place, "editions/").content.decode()
    assert "haben Bewerber etwas zurückgenommen" in re.sub(r"\s+", " ", text)


def test_an_old_text_does_not_come_back_when_a_new_one_is_released(client, place):
    """Somebody takes an abstract back because of a mistake in it, and releases the mended one: the mistake stays out of former editions."""
    entry = place.entries.get(title="Erster Garten")
    services.revoke(entry, [Release.Part.ABSTRACT], by=None)
    services.release(entry, [Release.Part.ABSTRACT], by=None)
    make_entry(place, title="Dritter Garten")
    make_edition(place)
    for number in (1, 2):
        (found,) = [one for one in json.loads(files(client, place, number)["entries.json"])["entries"] if one["title"] == "Erster Garten"]
        assert "abstract" not in found
    (now,) = [one for one in json.loads(files(client, place, 3)["entries.json"])["entries"] if one["title"] == "Erster Garten"]
    assert now["abstract"] == "Wir graben gemeinsam um."


def test_a_file_that_has_not_changed_is_not_sent_again(client, place):
    answer = get(client, place, "editions/1/entries.json")
    assert answer["Cache-Control"] == "no-cache"
    again = get(client, place, "editions/1/entries.json", status=304, **{"if-none-match": answer["ETag"]})
    assert again.content == b""
    services.revoke(place.entries.get(title="Erster Garten"), [Release.Part.ABSTRACT], by=None)
    get(client, place, "editions/1/entries.json", **{"if-none-match": answer["ETag"]})


def test_a_search_can_be_subscribed_to(client, place):
    feed = ElementTree.fromstring(get(client, place, "feed.atom").content)
    assert [one.findtext(f"{ATOM}title") for one in feed.findall(f"{ATOM}entry")] == ["Erster Garten", "Zweiter Garten"]
    for tag in ("id", "title", "updated"):
        assert feed.findtext(f"{ATOM}{tag}")
        assert all(one.findtext(f"{ATOM}{tag}") for one in feed.findall(f"{ATOM}entry"))
    answer = client.get(f"/{place.code}/catalogue/feed.atom", {"award": "any"})
    assert answer["Content-Type"].startswith("application/atom+xml")
    narrowed = ElementTree.fromstring(answer.content)
    assert [one.findtext(f"{ATOM}title") for one in narrowed.findall(f"{ATOM}entry")] == ["Erster Garten"]
    assert narrowed.findtext(f"{ATOM}id").endswith("?award=any")
    assert narrowed.findtext(f"{ATOM}subtitle") == "Auszeichnung: prämiert"
    ElementTree.register_namespace("", "https://example.org/another")   # what others do to the process
    assert b'<feed xmlns="http://www.w3.org/2005/Atom"' in get(client, place, "feed.atom").content
    services.revoke(place.entries.get(title="Erster Garten"), list(Release.Part.values), by=None)
    assert b"Erster Garten" not in get(client, place, "feed.atom").content


def test_an_entry_tells_search_engines_what_is_released_and_no_word_ends_the_block(client, place):
    entry = make_entry(place, title="Ende </script><img src=x>", applicant="Stadt & Land")
    make_award(place, entry)
    make_edition(place)

    def told():
        html = get(client, place, f"{entry.code}/").content.decode()
        assert "<img src=x>" not in html
        assert f'<link rel="canonical" href="http://127.0.0.1:8000/{place.code}/catalogue/{entry.code}/">' in html
        return json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.S)[1])

    found = told()
    assert (found["@type"], found["name"], found["author"]["name"]) == ("CreativeWork", "Ende </script><img src=x>", "Stadt & Land")
    assert found["abstract"] == "Wir graben gemeinsam um."
    assert len(found["award"]) == 1
    services.revoke(entry, [Release.Part.ABSTRACT], by=None)
    assert "abstract" not in told()


# --- who collects learns what was taken back --------------------------------------------------------------------------


def updated(client, place):
    """(of the feed, {title: of its entry}), to the second."""
    root = ElementTree.fromstring(get(client, place, "feed.atom").content)
    return root.findtext(f"{ATOM}updated"), {one.findtext(f"{ATOM}title"): one.findtext(f"{ATOM}updated") for one in root.iter(f"{ATOM}entry")}


def modified(client, place):
    return ElementTree.fromstring(get(client, place, "dataset.rdf").content).findtext(".//{http://purl.org/dc/terms/}modified")


def last_modified(client, place):
    """{address: lastmod} of the sitemap."""
    root = ElementTree.fromstring(client.get(f"/{place.code}/sitemap.xml").content)
    return {one[0].text: one[1].text for one in root if len(one) > 1}


def test_who_collects_the_database_learns_what_was_taken_back_and_opened_again(client, place):
    entry, other = place.entries.get(title="Erster Garten"), place.entries.get(title="Zweiter Garten")
    published = place.editions.get(is_published=True).published_at
    told = published.isoformat(timespec="seconds")
    assert updated(client, place) == (told, {"Erster Garten": told, "Zweiter Garten": told})
    for days, act in ((3, services.revoke), (5, services.release)):     # again the same is closed as before: nothing may be kept
        at = published + timedelta(days=days)
        with clock.at(at):
            act(entry, [Release.Part.ABSTRACT], by=None)
            now = at.isoformat(timespec="seconds")
            assert updated(client, place) == (now, {"Erster Garten": now, "Zweiter Garten": told})
            assert modified(client, place) == clock.day(at, place.time_zone).isoformat()
            found = {address.split("catalogue/")[1]: when for address, when in last_modified(client, place).items() if "catalogue/" in address}
            assert found == {"": now, "map/": now, "editions/": now, f"{entry.code}/": now, f"{other.code}/": told}


def test_an_entry_that_is_taken_back_whole_moves_the_feed_and_leaves_it(client, place):
    at = clock.now() + timedelta(days=3)
    with clock.at(at):
        services.revoke(place.entries.get(title="Erster Garten"), list(Release.Part.values), by=None)
        when, entries = updated(client, place)
    assert (when, list(entries)) == (at.isoformat(timespec="seconds"), ["Zweiter Garten"])


def test_what_the_public_never_read_changes_nothing_of_an_edition(client, place):
    """Neither a running round nor what was closed before the publication nor a part that the edition does not hold is told of."""
    running = make_entry(place, title="Laufende Runde", round=2)

    def told():
        page = get(client, place, "editions/").content.decode()
        others = [get(client, place, path).content for path in ("feed.atom", "dataset.rdf")]
        return [page[page.index("<table"):page.index('<section class="l-panel')], *others]

    before = told()
    state = datasets.dataset(place, 2).state
    with clock.at(clock.now() + timedelta(days=3)):
        services.revoke(running, list(Release.Part.values), by=None)
        services.revoke(place.entries.get(title="Erster Garten"), [Release.Part.PICTURES], by=None)
        assert told() == before
        found = client.get(f"/api/v1/competitions/{place.code}/editions/2").json()
    assert (found["changed_on"], found["state"]) == (None, state)


def test_the_day_of_the_last_taking_back_is_told_and_no_more(client, place):
    at = clock.now() + timedelta(days=3)
    with clock.at(at):
        services.revoke(place.entries.get(title="Erster Garten"), [Release.Part.ABSTRACT], by=None)
        found = client.get(f"/api/v1/competitions/{place.code}/editions/2").json()
    assert found["changed_on"] == clock.day(at, place.time_zone).isoformat()


def test_what_is_closed_within_a_closed_part_changes_nothing_and_within_an_open_one_at_once(client, place):
    """The public cannot have noticed the one; of the other it is told as of a part."""
    entry, other = place.entries.get(title="Erster Garten"), place.entries.get(title="Zweiter Garten")
    one, two, three = (clock.now() + timedelta(days=days) for days in (3, 5, 7))

    def state():
        return datasets.dataset(place, 2).state

    with clock.at(one):
        services.revoke(entry, [Release.Part.ANSWERS], by=None)
    closed = state()
    with clock.at(two):
        services.revoke(entry, ["answers/felder"], by=None)
        services.release(entry, ["answers/felder"], by=None)
        services.revoke(entry, ["answers/q1"], by=None)
        assert (state(), updated(client, place)[0]) == (closed, one.isoformat(timespec="seconds"))
    with clock.at(three):
        services.revoke(other, ["answers/q1"], by=None)
        assert state() != closed
        assert updated(client, place)[1]["Zweiter Garten"] == three.isoformat(timespec="seconds")
        services.release(entry, [Release.Part.ANSWERS], by=None)        # but for what was closed in it
        assert updated(client, place)[1]["Erster Garten"] == three.isoformat(timespec="seconds")
        kept = json.loads(get(client, place, "entries.json").content)["entries"]
    assert [sorted(one["answers"]) for one in kept] == [["felder"], ["felder"]]
