"""Search engines are led to what everybody may read, and to nothing else."""

from datetime import date
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lorbeer.editions import services
from lorbeer.editions.models import Release
from lorbeer.editions.tests.factories import make_call, make_edition, make_entry, make_role
from lorbeer.people.models import Role
from lorbeer.statistics.models import TableDefinition
from lorbeer.website import sitemap
from lorbeer.website.tests.factories import make_page

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(db):
    competition = make_call()
    make_entry(competition, title="Garten")
    make_entry(competition, released=False)
    TableDefinition.objects.create(competition=competition, code="tab1", number=1, title={"de": "Konzept"},
                                   definition={"question": "q1", "kind": "cross", "rows": "group"})
    make_edition(competition)
    return competition


def found(client, address, settings):
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/xml"
    return [one.text.removeprefix(settings.BASE_URL) for one in ElementTree.fromstring(answer.content).iter() if one.tag.endswith("}loc")]


def test_robots_are_led_to_the_sitemap_and_away_from_every_combination_of_filters(client, settings):
    text = client.get("/robots.txt").content.decode()
    assert f"Sitemap: {settings.BASE_URL}/sitemap.xml" in text
    assert "Disallow: /*/catalogue/?\n" in text
    assert "Disallow: /*/catalogue/\n" not in text                      # the entries themselves are to be found


def test_every_address_in_it_can_be_read_by_everybody(client, settings, place):
    make_call(is_public=False)
    assert found(client, "/sitemap.xml", settings) == [f"/{place.code}/sitemap.xml"]
    addresses = found(client, f"/{place.code}/sitemap.xml", settings)
    entry = place.entries.get(title="Garten")
    assert f"/{place.code}/catalogue/{entry.code}/" in addresses
    assert f"/{place.code}/statistics/tab1/" in addresses
    assert [address for address in addresses if client.get(address).status_code != 200] == []


def test_what_is_withheld_or_taken_back_is_not_in_it(client, settings, place):
    entry, withheld = place.entries.get(title="Garten"), place.entries.exclude(title="Garten").get()
    text = "".join(found(client, f"/{place.code}/sitemap.xml", settings))
    assert entry.code in text
    assert withheld.code not in text
    services.revoke(entry, list(Release.Part.values), by=None)
    assert entry.code not in "".join(found(client, f"/{place.code}/sitemap.xml", settings))


def test_pages_and_news_are_in_it_when_the_public_can_read_them(client, settings, place):
    make_page(place, "theme")
    make_page(place, "opening", kind="news", shown_on=date(2018, 1, 1))
    make_page(place, "draft", published=False)
    make_page(place, "ahead", kind="news", shown_on=date(2999, 1, 1))
    addresses = found(client, f"/{place.code}/sitemap.xml", settings)
    assert {f"/{place.code}/pages/theme/", f"/{place.code}/news/opening/"} <= set(addresses)
    assert not [address for address in addresses if "draft" in address or "ahead" in address]
    assert [address for address in addresses if client.get(address).status_code != 200] == []


def test_before_the_announcement_no_entry_is_in_it(client, settings):
    competition = make_call(announced=False)
    entry = make_entry(competition)
    make_edition(competition)
    assert entry.code not in "".join(found(client, f"/{competition.code}/sitemap.xml", settings))


def test_a_call_in_preparation_has_none_not_even_for_its_office(client):
    hidden = make_call(is_public=False)
    client.force_login(make_role(hidden, Role.Kind.OFFICE_LEAD).person)
    assert client.get(f"/{hidden.code}/sitemap.xml").status_code == 404
    assert hidden.code.encode() not in client.get("/sitemap.xml").content


def test_a_large_one_comes_in_parts(client, settings, place, monkeypatch):
    for _number in range(4):
        make_entry(place)
    make_edition(place)
    whole = found(client, f"/{place.code}/sitemap.xml", settings)
    monkeypatch.setattr(sitemap, "MOST", 2)
    parts = found(client, "/sitemap.xml", settings)
    assert len(parts) == 3                                              # of five entries, the pages with the first
    assert [address for part in parts for address in found(client, part, settings)] == whole
    for page in ("0", "4", "99", "x", "-1"):
        assert client.get(f"/{place.code}/sitemap.xml", {"page": page}).status_code == 404


@pytest.mark.once
def test_how_many_parts_there_are_costs_the_same_queries_for_one_competition_and_for_four(client, place):
    def cost():
        client.get("/sitemap.xml")                                      # indexes are made once
        with CaptureQueriesContext(connection) as asked:
            client.get("/sitemap.xml")
        return len(asked)

    one = cost()
    for _number in range(3):
        other = make_call()
        make_entry(other)
        make_edition(other)
    assert cost() == one


def test_no_other_document_decides_how_its_namespace_is_spelled(client, place):
    ElementTree.register_namespace("zz", sitemap.SITEMAPS)
    assert client.get("/sitemap.xml").content.splitlines()[1].startswith(b'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">')
    assert b"zz" not in client.get(f"/{place.code}/sitemap.xml").content
