"""The public database shows what is released, and nothing else; it can be narrowed, and it stays fast."""

import csv
import io
import json
import re

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from lorbeer.catalogue.dataset_views import KIND_OF, SUMS
from lorbeer.catalogue.queries import catalogue_of, search
from lorbeer.editions import services
from lorbeer.editions.models import Release
from lorbeer.editions.queries import spoken
from lorbeer.editions.tests.factories import announce, make_call, make_edition, make_entry, make_person, make_role
from lorbeer.editions.tests.test_editions import make_award
from lorbeer.people.models import Role
from lorbeer.shared import files
from lorbeer.shared.models import StoredFile
from lorbeer.shared.tests import databases

pytestmark = pytest.mark.django_db
ALL = list(Release.Part.values)
WORD = "Xylophonquartier"


def make_shown():
    """A call with one entry in its published edition."""
    competition = make_call()
    entry = make_entry(competition, title="Sichtbarer Beitrag", applicant="Sichtbare Stadt")
    make_edition(competition)
    return [competition, entry]


shown_database = databases.scene("shown", make_shown)


@pytest.fixture
def shown(shown_database, db):
    """(competition, entry) of `make_shown`; whatever the test does is undone."""
    with databases.seen(shown_database) as made:
        yield made


def page(client, competition, path="", **query):
    return client.get(f"/{competition.code}/catalogue/{path}", query)


def everything_public(client, competition, code=""):
    """The text of every public address of the three apps, with and without a search for WORD."""
    kinds = [("", {}), ("", {"q": WORD}), ("map/", {}), ("map/", {"q": WORD}), ("map/", {"land": "NW"}), ("entries.csv", {}),
             ("entries.json", {}), ("entries.json", {"q": WORD}), ("entries.xlsx", {}), ("entries.geojson", {}),
             ("entries.parquet", {}), ("codebook.csv", {}), ("dataset.rdf", {}), ("feed.atom", {}), ("editions/", {})]
    kinds += [(f"editions/{number}/{name}", {}) for number in range(1, 4) for name in (*KIND_OF, SUMS)]
    found = [page(client, competition, path, **query) for path, query in kinds]
    found.append(client.get(f"/{competition.code}/statistics/"))
    others = [page(client, competition, f"{one['code']}/") for one in catalogue_of(competition).entries]
    text = "".join(response.content.decode("utf-8", "ignore") for response in [*found, *others] if response.status_code == 200)
    said = (f'value="{WORD}"', f"q={WORD}", f"q%3D{WORD}", f"In keinem Beitrag steht: {WORD}.",    # what was asked, told to who asked it
            f'"words": "{WORD}"', f"„{WORD}“")
    for one in said:
        text = text.replace(one, "")
    return text


@pytest.mark.parametrize("hide", ["never released", "unlisted", "revoked", "unlisted later", "not announced"])
def test_nothing_of_a_withheld_entry_is_in_any_public_address(client, hide, shown):
    competition, _other = shown
    entry = make_entry(
        competition, title=f"{WORD} Titel", applicant=f"Stadt {WORD}", answers={"kurztext": f"Im {WORD}."},
        released=hide != "never released", is_unlisted=hide == "unlisted", round=2 if hide == "not announced" else 1)
    entry.projects.create(position=1, title=f"Projekt {WORD}")
    make_edition(competition)
    if hide == "revoked":
        assert WORD in everything_public(client, competition)           # the test can see it while it is there
        services.revoke(entry, ALL, by=None)
    if hide == "unlisted later":
        entry.is_unlisted = True
        entry.save()
    text = everything_public(client, competition)
    assert "Sichtbarer Beitrag" in text
    assert WORD not in text
    assert entry.code not in text
    assert page(client, competition, f"{entry.code}/").status_code == 404
    assert page(client, competition, f"{entry.code}/picture/small/0").status_code == 404
    assert "1 Beitrag gefunden" not in page(client, competition, q=WORD).content.decode()


def test_a_revoked_abstract_is_neither_shown_nor_found(client, shown):
    competition, entry = shown
    assert "Sichtbarer Beitrag" in page(client, competition, q="graben").content.decode()
    assert "Wir graben" in page(client, competition, f"{entry.code}/").content.decode()
    services.revoke(entry, [Release.Part.ABSTRACT], by=None)
    assert "Sichtbarer Beitrag" not in page(client, competition, q="graben").content.decode()
    assert "Sichtbarer Beitrag" in page(client, competition).content.decode()
    assert "graben" not in page(client, competition, f"{entry.code}/").content.decode()


def test_before_announcement_and_without_edition_the_page_says_that_it_is_empty(client):
    competition = make_call(announced=False)
    make_entry(competition, title=WORD)
    assert "noch nichts veröffentlicht" in page(client, competition).content.decode()
    make_edition(competition)
    text = page(client, competition).content.decode()
    assert "noch nichts veröffentlicht" in text
    assert WORD not in text
    assert page(client, competition, "entries.json").status_code == 404
    announce(competition)
    assert WORD not in page(client, competition).content.decode()       # that edition knows no awards
    make_edition(competition)
    assert WORD in page(client, competition).content.decode()


def test_a_round_announced_after_the_edition_waits_for_the_next_one_so_that_no_winner_stands_among_the_others(client):
    competition = make_call()
    make_award(competition, make_entry(competition, title="Sieger der ersten Runde", state="awarded"))
    second = make_entry(competition, title=WORD, round=2, state="awarded")
    make_edition(competition)
    make_award(competition, second)
    announce(competition, round=2)

    early = page(client, competition, award="none").content.decode()
    assert WORD not in early
    assert "Sieger der ersten Runde" in page(client, competition, award="any").content.decode()

    make_edition(competition)
    assert WORD in page(client, competition, award="any").content.decode()
    assert WORD not in page(client, competition, award="none").content.decode()


def test_an_unpublished_edition_is_not_read(client):
    competition = make_call()
    make_entry(competition, title=WORD)
    make_edition(competition, published=False)
    assert WORD not in page(client, competition).content.decode()


def test_withheld_entries_are_counted(client, shown):
    competition, _entry = shown
    for _number in range(2):
        make_entry(competition)
    make_entry(competition, released=False)
    make_edition(competition)
    text = " ".join(page(client, competition).content.decode().split())
    assert "4 Beiträge, davon 1 nicht aufgeführt" in text


def test_facets_combine_and_count_what_the_others_leave():
    competition = make_call()
    make_entry(competition, land_code="NW", answers={"felder": ["sport"]})
    make_entry(competition, land_code="NW", answers={"felder": ["sport", "kultur"]})
    make_entry(competition, land_code="BY", answers={"felder": ["kultur"]})
    make_edition(competition)
    catalogue = catalogue_of(competition)
    result = search(catalogue, "", {"felder": ["kultur"]})
    counts = {facet.name: {choice.code: choice.count for choice in facet.choices} for facet in result.facets}
    assert len(result.entries) == 2
    assert counts["land"] == {"NW": 1, "BY": 1}
    assert counts["felder"] == {"sport": 2, "kultur": 2}                # its own choice does not narrow a facet
    assert len(search(catalogue, "", {"felder": ["kultur"], "land": ["BY"]}).entries) == 1
    assert len(search(catalogue, "", {"land": ["BY", "NW"]}).entries) == 3
    assert len(search(catalogue, "", {"land": ["XX"]}).entries) == 0


def test_answers_taken_back_leave_the_facets(shown):
    competition, entry = shown
    assert "felder" in {facet.name for facet in search(catalogue_of(competition), "", {}).facets}
    services.revoke(entry, [Release.Part.ANSWERS], by=None)
    assert "felder" not in {facet.name for facet in search(catalogue_of(competition), "", {}).facets}


def test_a_winner_has_award_portrait_and_picture_until_it_is_taken_back(client):
    from io import BytesIO

    from PIL import Image

    from lorbeer.awards.models import Portrait

    competition = make_call()
    entry = make_entry(competition, title="Gewinnerin")
    award = make_award(competition, entry)
    memory = BytesIO()
    Image.new("RGB", (60, 40), "#17513f").save(memory, "PNG")
    picture = files.store(memory.getvalue(), name="bild.png", scope=competition.code, subject=f"portrait:{award.code}",
                          alternative_text="Ein Platz", caption="Der Platz im Mai", credit="A. Beispiel", is_sample=True)
    Portrait.objects.create(award=award, description="So war es.", picture=picture, approved_at=award.decided_at)
    make_edition(competition)
    text = page(client, competition, f"{entry.code}/").content.decode()
    for words in ("1.000", "So war es.", 'alt="Ein Platz"', "A. Beispiel", "Der Platz im Mai"):
        assert words in text
    cards = page(client, competition).content.decode()
    assert 'alt="Ein Platz"' in cards
    assert "lang=" not in cards.partition("<main")[2]
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    for path in ("", f"{entry.code}/"):                                 # a reader of English is told that it is German
        assert 'alt="Ein Platz" lang="de"' in page(client, competition, path).content.decode()
    client.cookies.clear()
    assert "Bild: A. Beispiel" in cards
    address = reverse("catalogue:entry_picture", args=[competition.code, entry.code, "large", 0])
    assert client.get(address)["Content-Type"] == "image/webp"
    assert client.get(files.address_of(StoredFile.objects.get(pk=picture.pk))).status_code == 404
    services.revoke(entry, [Release.Part.PICTURES], by=None)
    assert client.get(address).status_code == 404


def test_an_unapproved_portrait_is_not_shown(client, shown):
    from lorbeer.awards.models import Portrait

    competition, entry = shown
    Portrait.objects.create(award=make_award(competition, entry), description=WORD)
    make_edition(competition)
    assert WORD not in everything_public(client, competition)


def test_sample_answers_are_marked(client):
    competition = make_call(is_sample=True, sample_note={"de": "Diese Antworten sind erfunden."})
    entry, own = make_entry(competition, by=make_person(is_sample=True)), make_entry(competition)
    make_edition(competition)
    assert "Diese Antworten sind erfunden." in page(client, competition).content.decode()
    assert "Diese Antworten sind erfunden." in page(client, competition, f"{entry.code}/").content.decode()
    assert "Diese Antworten sind erfunden." not in page(client, competition, f"{own.code}/").content.decode()


def test_prize_money_in_open_data_is_exact_and_written_alike(client):
    competition = make_call()
    for cents in (150_050, 50_000):
        award = make_award(competition, make_entry(competition))
        type(award).objects.filter(pk=award.pk).update(amount_cents=cents)
    make_edition(competition)
    rows = csv.DictReader(io.StringIO(page(client, competition, "entries.csv").content.decode("utf-8-sig")), delimiter=";")
    assert sorted(row["prize_euro"] for row in rows) == ["1500,50", "500,00"]


def test_open_data_name_licence_and_edition_and_hold_no_formula(client):
    competition = make_call()
    make_entry(competition, title="=HYPERLINK(1)")
    edition = make_edition(competition)
    response = page(client, competition, "entries.csv")
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0]["title"] == "'=HYPERLINK(1)"
    assert (rows[0]["edition_sha256"], rows[0]["licence"]) == (edition.sha256, "dl-de/by-2-0")
    data = json.loads(page(client, competition, "entries.json").content)
    assert (data["sha256"], len(data["entries"])) == (edition.sha256, 1)
    assert page(client, competition, "entries.xlsx").content[:2] == b"PK"
    assert page(client, competition, "entries.pdf").status_code == 400


def costs(client, addresses):
    """{address with codes left out: queries} with three entries and with thirty; `addresses(competition, code of an entry)`."""
    found = []
    for number in (3, 30):
        competition = make_call()
        for _one in range(number):
            make_entry(competition)
        make_edition(competition)
        code = catalogue_of(competition).entries[0]["code"]
        counted = {}
        for address in addresses(competition, code):
            client.get(address)                                         # the index is made once
            with CaptureQueriesContext(connection) as captured:
                assert client.get(address).status_code in (200, 404), address
            counted[address.replace(competition.code, "").replace(code, "")] = len(captured)
        found.append(counted)
    return found


@pytest.mark.once
def test_lists_cost_the_same_queries_with_three_entries_and_thirty(client):
    paths = ("", "?q=Beitrag", "map/", "CODE/", "entries.json", "feed.atom", "editions/")
    few, many = costs(client, lambda place, code: [f"/{place.code}/catalogue/{path.replace('CODE', code)}" for path in paths])
    assert few == many


def test_the_citation_names_our_address_whatever_host_was_asked(client, settings, shown):
    settings.BASE_URL = "https://wettbewerb.example.org"
    competition, entry = shown
    path = f"/{competition.code}/catalogue/{entry.code}/"
    text = client.get(path, headers={"host": "localhost:6666"}).content.decode()
    assert f"https://wettbewerb.example.org{path}" in text
    assert "6666" not in text


def test_a_further_edition_is_searched_anew(client, shown):
    competition, _entry = shown
    make_entry(competition, title=WORD)
    assert WORD not in everything_public(client, competition)
    make_edition(competition)
    assert WORD in page(client, competition, q=WORD).content.decode().replace(f'value="{WORD}"', "")


def test_competitions_do_not_mix(client, shown):
    one, other = make_call(), shown[0]
    entry = make_entry(one, title=WORD)
    make_edition(one)
    assert page(client, other, f"{entry.code}/").status_code == 404
    assert "Kein aufgeführter Beitrag" in page(client, other, q=WORD).content.decode()


def test_an_unpublished_competition_has_no_database(client, shown):
    competition, _entry = shown
    competition.is_public = False
    competition.save()
    assert page(client, competition).status_code == 404
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)
    assert page(client, competition).status_code == 200
    client.force_login(make_person())
    assert page(client, competition).status_code == 404


def test_an_english_reader_finds_english_groups_whoever_froze_the_edition(client):
    competition = make_call(languages=["de", "en"])
    group = competition.groups.first()
    type(group).objects.filter(pk=group.pk).update(
        label={"de": "kreisfreie Städte", "en": "independent towns"}, heading={"de": "Kreisfreie Städte", "en": "Independent towns"})
    entry = make_entry(competition, group=group)
    make_award(competition, entry)
    with translation.override("en"):
        frozen = make_edition(competition)
    with translation.override("de"):
        assert make_edition(competition) == frozen                      # the same content in whatever language it was frozen

    def read(language):
        headers = {"accept-language": language}
        return "".join(client.get(f"/{competition.code}/catalogue/{path}", headers=headers).content.decode()
                       for path in ("", f"{entry.code}/"))

    assert "independent towns" in read("en")
    assert "Independent towns" in read("en")
    assert "reisfreie" not in read("en")
    assert "kreisfreie Städte" in read("de")
    assert "ndependent" not in read("de")


def test_an_edition_of_former_times_is_still_read():
    facts = {"competition": {"title": "Titel"}, "groups": [{"code": "a", "label": "Städte"}], "phases": []}
    assert spoken(facts)["groups"] == facts["groups"]
    assert spoken(facts)["competition"] == facts["competition"]


def test_a_fund_with_several_rounds_is_narrowed_by_round_and_others_do_not_name_rounds(client, shown):
    competition, _first = shown
    assert "Runde" not in page(client, competition).content.decode().split("<main")[1]

    announce_round = competition.announcements.get()
    competition.announcements.create(round=2, approved_at=announce_round.approved_at, announced_at=announce_round.announced_at)
    make_entry(competition, title="Zweiter Garten", round=2)
    make_edition(competition)

    both = page(client, competition)
    facet = next(row["facet"] for row in both.context["facets"] if row["facet"].name == "round")
    assert [(choice.code, choice.count) for choice in facet.choices] == [("1", 1), ("2", 1)]
    assert "Runde 2" in both.content.decode()
    second = page(client, competition, round="2").content.decode()
    assert "Zweiter Garten" in second
    assert "Sichtbarer Beitrag" not in second


def test_a_prize_for_a_project_is_not_shown_as_one_for_its_entry_nor_in_the_group_of_the_entry(client):
    """A project can win in the special category while its entry does not."""
    competition = make_call()
    special = competition.groups.get(is_special=True)
    entry = make_entry(competition, title="Das neue Wir")
    award = make_award(competition, entry)
    award.group, award.project = special, entry.projects.create(position=1, title="Sprachcafé")
    award.save()
    make_edition(competition)

    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page(client, competition).content.decode()))
    assert f"★ Projekt prämiert {special.heading}: Sprachcafé {entry.group.label}" in text
    assert "★ prämiert" not in text
    assert "★ prämiert" not in re.sub(r"<[^>]+>", " ", page(client, competition, f"{entry.code}/").content.decode())
