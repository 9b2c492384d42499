"""The book as website and EPUB: the same text as the PDF, well-formed, whole, with nothing from elsewhere."""

import io
import re
import zipfile
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from django.urls import reverse

from lorbeer.call.tests.factories import make_competition
from lorbeer.documentation import epub, services, web
from lorbeer.documentation.book import ChapterText, compile_book
from lorbeer.documentation.tests.factories import make_chapter, make_dataset, make_edition
from lorbeer.shared import log

CHAPTERS = [
    ChapterText("one", "Erstes <Kapitel>", "Es sind {{ numbers.admitted }} Beiträge.[^1]\n\n{{ table tab1 }}\n\n"
                "{{ figure entries_by_group }}\n\n[^1]: Eine Anmerkung."),
    ChapterText("two", "Porträts", "{{ portraits }}"),
    ChapterText("three", "Alle & jeder", "{{ participants }}\n\n{{ index }}\n\n{{ jury }}"),
]


@pytest.fixture(scope="module")
def book():
    return compile_book(CHAPTERS, make_dataset())


@pytest.fixture(scope="module")
def files(book):
    return web.files_of(book, language="de")


def test_every_page_is_well_formed_and_says_its_language(files):
    for name, content in files.items():
        if name.endswith(".html"):
            page = ElementTree.fromstring(content)
            assert page.get("lang") == "de"
            assert len(page.findall(".//{*}h1")) == 1, name


def test_rows_have_headings_sums_are_told_apart_and_what_scrolls_has_a_name(files):
    page = ElementTree.fromstring(files["chapter-01.html"])
    table = page.find(".//{*}table")
    rows = table.findall("{*}tbody/{*}tr")
    assert [(row.get("class"), row[0].tag.rpartition("}")[2], row[0].get("scope"), row[0].text) for row in rows] == [
        (None, "th", "row", "Städte"), (None, "th", "row", "Landkreise"), ("total", "th", "row", "Gesamt")]
    assert all(cell.tag.endswith("}td") for row in rows for cell in row[1:])
    assert page.find(".//{*}div[@class='scroll']").get("aria-label") == "".join(table.find("{*}caption").itertext())


def test_every_link_leads_somewhere_and_nothing_comes_from_elsewhere(files):
    for name, content in files.items():
        text = content.decode() if name.endswith((".html", ".css")) else ""
        for address in re.findall(r'(?:href|src)="([^"]+)"', text):
            file, _sharp, anchor = address.partition("#")
            assert (file or name) in files, (name, address)
            assert not anchor or f'id="{anchor}"' in files[file or name].decode(), (name, address)
        assert "<script" not in text
        assert "url(" not in text


def test_what_people_wrote_is_text_and_portraits_participants_and_index_are_there(files):
    assert "Erstes &lt;Kapitel&gt;" in files["chapter-01.html"].decode()
    assert "Eine Anmerkung." in files["chapter-01.html"].decode()
    assert "Worum es geht." in files["chapter-02.html"].decode()
    assert 'alt="Ein Platz"' in files["chapter-02.html"].decode()
    people = files["chapter-03.html"].decode()
    assert "Stadt Musterort T-1" in people
    assert 'href="chapter-02.html#portrait-t-1"' in people


def test_a_link_of_the_index_says_where_it_leads(files):
    index = files["chapter-03.html"].decode()
    assert re.findall(r'>([^<]*)</a>', index.partition("<li>Musterort T-1: ")[2].partition("</li>")[0]) == ["Porträts", "Alle &amp; jeder"]


def test_the_epub_begins_with_its_type_and_names_every_file_once(book):
    packed = epub.epub(book, language="de", day=datetime(2018, 6, 1, tzinfo=UTC), cover=b"a picture")
    assert packed == epub.epub(book, language="de", day=datetime(2018, 6, 1, tzinfo=UTC), cover=b"a picture")
    with zipfile.ZipFile(io.BytesIO(packed)) as package:
        first = package.infolist()[0]
        assert (first.filename, first.compress_type, package.read(first)) == ("mimetype", zipfile.ZIP_STORED, b"application/epub+zip")
        opf = ElementTree.fromstring(package.read("book/package.opf"))
        named = [item.get("href") for item in opf.findall(".//{*}item")]
        inside = [name.removeprefix("book/") for name in package.namelist() if name.startswith("book/") and not name.endswith(".opf")]
        assert sorted(named) == sorted(inside)
        for name in inside:
            if name.endswith(".xhtml"):
                ElementTree.fromstring(package.read(f"book/{name}"))
        assert opf.findtext(".//{*}meta[@property='dcterms:modified']") == "2018-06-01T00:00:00Z"


@pytest.mark.django_db
def test_a_published_book_is_read_here_and_only_then(client):
    competition = make_competition()
    edition = make_edition(competition)
    make_chapter(competition, "Es sind {{ numbers.admitted }} Beiträge.", title="Anfang")
    build = services.build_book(competition, edition, by=None)
    assert [file.name.rpartition(".")[2] for file in build.files] == ["pdf", "epub", "zip"]
    pages = [reverse("documentation:book_page", args=[competition.code, name]) for name in ("index.html", "chapter-01.html", "book.css")]
    assert [client.get(page).status_code for page in pages] == [404] * 3
    services.publish_book(build, by=None)
    assert [client.get(page).status_code for page in pages] == [200] * 3
    assert "Es sind" in client.get(pages[1]).text
    assert client.get(pages[0])["Content-Type"] == "text/html; charset=utf-8"
    for name in ("../secret", "chapter-99.html", "book.css/", "x" * 300):
        assert client.get(f"/{competition.code}/book/read/{name}").status_code == 404
    assert [str(fault) for fault in log.attested("documentation")] == []
    later = services.build_book(competition, edition, by=None)
    services.publish_book(later, by=None)
    build.refresh_from_db()
    assert {file.access for file in build.files} == {"restricted"}
    assert [str(fault) for fault in log.attested("documentation")] == []


def test_the_contents_of_the_epub_lead_to_sections_and_portraits_and_its_notes_open_where_they_are_called(book):
    packed = epub.epub(book, language="de", day=datetime(2018, 6, 1, tzinfo=UTC), cover=b"a picture")
    files = web.unpacked(packed)
    links = re.findall(r'href="([^"]+)">([^<]+)<', files["book/nav.xhtml"].decode())
    assert ("chapter-02.xhtml#portrait-t-1", "Stadt Musterort T-1") in links
    for address, _title in links:
        name, _hash, anchor = address.partition("#")
        assert not anchor or f'id="{anchor}"' in files[f"book/{name}"].decode()
    first = files["book/chapter-01.xhtml"].decode()
    assert (first.count('epub:type="noteref"'), first.count('epub:type="footnote"')) == (1, 1)
    assert "<nav" not in first
    assert files["book/cover.jpg"] == b"a picture"
