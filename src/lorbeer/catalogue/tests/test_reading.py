"""Only downloads walk over all entries: everything else reads what it shows, whether there are forty or a million."""

import json

import pytest

from lorbeer.catalogue import datasets, open_data, sums
from lorbeer.catalogue.search import shelf
from lorbeer.catalogue.search.index import Index
from lorbeer.editions.tests.factories import make_call, make_edition, make_entry, make_place

pytestmark = [pytest.mark.django_db, pytest.mark.once]                 # what is read is no database but the index of an edition
MANY = 40


@pytest.fixture
def place(db):
    competition = make_call()
    munich, kiel = make_place("München", latitude=48.14, longitude=11.57), make_place("Kiel", latitude=54.32, longitude=10.13)
    for number in range(MANY):
        make_entry(competition, title=f"Garten {number}", land_code="BY" if number else "SH", municipality=munich if number else kiel)
    make_edition(competition)
    return competition


@pytest.fixture
def read(monkeypatch):
    """The numbers of the entries that are read from the file."""
    found, entry = [], Index.entry
    monkeypatch.setattr(Index, "entry", lambda index, number: found.append(number) or entry(index, number))
    return found


PLACES = {                                                              # how many entries each of them reads
    "/{code}/catalogue/": 24, "/{code}/catalogue/?q=garten&page=2": MANY - 24, "/{code}/catalogue/?q=nirgends": 0,
    "/{code}/catalogue/map/": 24 + 1,                                   # and the one spot with a single entry
    "/{code}/catalogue/map/?land=BY&page=2": MANY - 1 - 24, "/{code}/catalogue/map/?q=nirgends": 0,
    "/{code}/sitemap.xml": 0, "/sitemap.xml": 0, "/{code}/": 0, "/{code}/catalogue/editions/": 0, "/{code}/catalogue/dataset.rdf": 0,
    "/{code}/catalogue/editions/1/SHA256SUMS": 0, "/{code}/catalogue/codebook.csv": 0,
    "/api/v1/competitions/{code}/entries?per_page=3": 3, "/api/v1/competitions/{code}/facets?q=garten": 0,
    "/api/v1/competitions/{code}/editions/1": 0, "/api/v1/competitions/{code}": 0}


def test_a_page_reads_only_the_entries_that_it_shows(client, place, read):
    assert datasets.dataset(place, 1).sums                              # made once for all
    found = {}
    for path in PLACES:
        read.clear()
        status = client.get(path.format(code=place.code)).status_code
        found[path] = len(read) if status == 200 else status
        assert len(set(read)) == len(read) or "map" in path, path
    assert found == PLACES


def test_a_feed_reads_no_more_than_it_holds(client, place, read, monkeypatch):
    monkeypatch.setattr("lorbeer.catalogue.feed.MOST", 7)
    assert client.get(f"/{place.code}/catalogue/feed.atom").status_code == 200
    assert len(read) == 7


@pytest.mark.parametrize("kind", list(open_data.KINDS))
def test_a_large_download_is_sent_as_it_is_read_and_holds_what_a_small_one_does(client, place, monkeypatch, kind):
    address = f"/{place.code}/catalogue/entries.{kind}?q=garten"
    small = client.get(address)
    monkeypatch.setattr(open_data, "AT_ONCE", 1)
    monkeypatch.setattr(open_data, "PIECE", 1_000)
    large = client.get(address)
    pieces = list(large.streaming_content)
    assert (small.streaming, large.streaming) == (False, True)
    assert {name: large[name] for name in ("Content-Type", "Content-Disposition")} == {
        name: small[name] for name in ("Content-Type", "Content-Disposition")}
    if kind == "xlsx":
        import io

        import openpyxl

        def rows(content):
            return list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))

        assert rows(b"".join(pieces)) == rows(small.content)
    elif kind != "parquet":                                             # written by several hands at once: the same rows in other bytes
        assert b"".join(pieces) == small.content
        assert len(pieces) > 5
    if kind == "json":
        assert len(json.loads(small.content)["entries"]) == MANY


def test_of_a_large_edition_checksums_are_made_aside_and_pages_say_so(client, place, read, monkeypatch):
    aside = []
    shelf.index_of(datasets.dataset(place, 1).edition)
    monkeypatch.setattr(shelf, "AT_ONCE", 0)
    monkeypatch.setattr(sums, "make_aside", lambda edition, state, sum_up: aside.append((edition, state, sum_up)))
    text = client.get(f"/{place.code}/catalogue/editions/").content.decode()
    assert "Prüfsummen dieser Dateien werden" in text
    assert "entries.csv" in text
    assert client.get(f"/{place.code}/catalogue/editions/1/SHA256SUMS").status_code == 503
    assert client.get(f"/api/v1/competitions/{place.code}/editions/1").status_code == 503
    assert b"dcat:Distribution" in client.get(f"/{place.code}/catalogue/dataset.rdf").content
    assert read == []
    told = sums.make(*aside[0])
    assert {one.kind for one in told} == {*open_data.KINDS, "codebook"}
    text = client.get(f"/{place.code}/catalogue/editions/").content.decode()
    assert all(one.sha256 in text for one in told)


def test_the_checksum_of_a_large_file_comes_with_it(client, place, monkeypatch):
    monkeypatch.setattr(open_data, "AT_ONCE", 1)
    answer = client.get(f"/{place.code}/catalogue/editions/1/entries.csv")
    import base64
    import hashlib

    digest = base64.b64encode(hashlib.sha256(b"".join(answer.streaming_content)).digest()).decode()
    assert answer["Repr-Digest"] == f"sha-256=:{digest}:"
    again = client.get(f"/{place.code}/catalogue/editions/1/entries.csv", headers={"if-none-match": answer["ETag"]})
    assert again.status_code == 304
