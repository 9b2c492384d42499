"""Open data in every format say the same, and what describes them is what others collect."""

import csv
import io
import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from lorbeer.catalogue.open_data import KINDS
from lorbeer.editions.models import Release
from lorbeer.editions.services import revoke
from lorbeer.editions.tests.factories import make_call, make_edition, make_entry
from lorbeer.editions.tests.test_editions import make_award

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SHAPES = Path(__file__).parents[5] / "shared" / "schemas" / "dcat-ap.de" / "v3.0" / "shapes"


@pytest.fixture
def place(db):
    competition = make_call(title={"de": "Ein Wettbewerb & mehr", "en": "A competition"}, languages=["de", "en"])
    make_entry(competition, title="Erster </script><b>")
    make_award(competition, make_entry(competition, title="Zweiter"))
    make_edition(competition)
    return competition


def get(client, place, path):
    answer = client.get(f"/{place.code}/catalogue/{path}")
    assert answer.status_code == 200
    return answer


def table(client, place, path):
    return list(csv.DictReader(io.StringIO(get(client, place, path).content.decode("utf-8-sig")), delimiter=";"))


def test_every_format_holds_the_same_entries(client, place, tmp_path):
    import duckdb

    titles = {"Erster </script><b>", "Zweiter"}
    assert {row["title"] for row in table(client, place, "entries.csv")} == titles
    assert {entry["title"] for entry in json.loads(get(client, place, "entries.json").content)["entries"]} == titles
    shapes = json.loads(get(client, place, "entries.geojson").content)
    assert shapes["type"] == "FeatureCollection"
    assert {one["properties"]["title"] for one in shapes["features"]} == titles
    assert all(one["geometry"] is None or one["geometry"]["type"] == "Point" for one in shapes["features"])
    (tmp_path / "a.parquet").write_bytes(get(client, place, "entries.parquet").content)
    with duckdb.connect() as connection:
        rows = connection.execute(f"SELECT title, prize_euro, population FROM '{tmp_path}/a.parquet'").fetchall()
    assert {row[0] for row in rows} == titles
    assert [type(row[1]) for row in rows if row[1] is not None] == [Decimal]


def test_what_is_a_code_stands_in_words_beside_it_in_every_format(client, place, tmp_path):
    import duckdb

    group = place.groups.get(is_special=False)
    for row in table(client, place, "entries.csv"):
        assert (row["label_land"], row["label_group"], row["answer_felder"], row["label_answer_felder"]) == (
            "Nordrhein-Westfalen", str(group), "sport", "Sport")
    (tmp_path / "a.parquet").write_bytes(get(client, place, "entries.parquet").content)
    with duckdb.connect() as connection:
        rows = connection.execute(f"SELECT label_awards, label_answer_felder FROM '{tmp_path}/a.parquet' WHERE awards IS NOT NULL").fetchall()
    assert rows == [(str(group.heading), "Sport")]
    for entry in (*json.loads(get(client, place, "entries.json").content)["entries"],
                  *(one["properties"] for one in json.loads(get(client, place, "entries.geojson").content)["features"])):
        assert (entry["label_land"], entry["label_group"]) == ("Nordrhein-Westfalen", str(group))
        assert entry["label_answers"]["felder"] == {"label": "Handlungsfelder", "values": ["Sport"]}


def test_answers_that_were_not_released_stand_neither_as_codes_nor_in_words(client, place):
    revoke(place.entries.get(title="Zweiter"), [Release.Part.ANSWERS], by=None)
    assert {row["title"]: (row["answer_felder"], row["label_answer_felder"]) for row in table(client, place, "entries.csv")} == {
        "Erster </script><b>": ("sport", "Sport"), "Zweiter": ("", "")}
    (entry,) = [one for one in json.loads(get(client, place, "entries.json").content)["entries"] if one["title"] == "Zweiter"]
    assert "label_answers" not in entry


def test_a_file_says_which_search_it_holds(client, place, tmp_path):
    import duckdb
    from openpyxl import load_workbook

    def name(query):
        return re.search(r'filename="([^"]+)"', get(client, place, f"entries.csv{query}")["Content-Disposition"])[1]

    base = f"{place.code}-edition-1"
    assert (name(""), name("?sort=title")) == (f"{base}.csv", f"{base}.csv")
    assert name("?q=Zweiter&land=NW&land=BY") == f"{base}-q-zweiter-land-by-land-nw.csv"
    assert len({name(f"?q=a{'b' * 100}{end}") for end in "xyz"}) == 3    # what was cut is told apart
    assert re.fullmatch(rf"{base}-q-[0-9a-f]{{6}}\.csv", name("?q=%22%0d%0a../"))
    query = "?q=Zweiter+'); DROP&land=NW"
    for path in ("entries.json", "entries.geojson"):
        assert json.loads(get(client, place, path).content)["search"] is None
        told = json.loads(get(client, place, f"{path}{query}").content)
        assert (told["search"]["words"], told["search"]["choices"], told["found"]) == ("Zweiter '); DROP", {"land": ["NW"]}, 0)
        assert told["search"]["in_words"] == "„Zweiter '); DROP“; Land: Nordrhein-Westfalen"
    (tmp_path / "a.parquet").write_bytes(get(client, place, f"entries.parquet{query}").content)
    with duckdb.connect() as connection:
        kept = dict(connection.execute(f"SELECT key, value FROM parquet_kv_metadata('{tmp_path}/a.parquet')").fetchall())
    assert json.loads(kept[b"about"])["search"] == told["search"]
    whole, narrowed = (load_workbook(io.BytesIO(get(client, place, f"entries.xlsx{one}").content)) for one in ("", query))
    assert whole.sheetnames == [base, "Über diese Datei"]
    said = [dict(book["Über diese Datei"].iter_rows(values_only=True)) for book in (whole, narrowed)]
    assert [(one["Gesucht"], one["Beiträge in dieser Datei"]) for one in said] == [
        ("alles, was aufgeführt ist", 2), ("„Zweiter '); DROP“; Land: Nordrhein-Westfalen", 0)]
    assert all(re.fullmatch(r"\d+\.\s\w+ \d{4}, [\d:]{8}\s(Uhr\s)?\(\w+\)", one["Eingefroren am"]) for one in said)


def test_the_codebook_explains_every_column(client, place):
    rows = table(client, place, "codebook.csv")
    assert list(dict.fromkeys(row["column"] for row in rows)) == list(table(client, place, "entries.csv")[0])
    assert all(row["meaning"] for row in rows)
    assert {row["value"] for row in rows if row["column"] == "group"} > {""}
    assert {row["value"]: row["value_meaning"] for row in rows if row["column"] == "answer_felder"} == {
        "": "", "sport": "Sport", "kultur": "Kultur"}


def test_the_description_conforms_to_the_german_profile(client, place):
    from pyshacl import validate
    from rdflib import DCTERMS, Graph, URIRef
    from rdflib.namespace import DCAT

    found = Graph().parse(data=get(client, place, "dataset.rdf").content, format="xml")
    dataset = URIRef(f"http://127.0.0.1:8000/{place.code}/catalogue/#dataset")
    assert {(title.language, str(title)) for title in found.objects(dataset, DCTERMS.title)} == {
        ("de", "Beiträge: Ein Wettbewerb & mehr"), ("en", "Entries: A competition")}
    assert len(list(found.objects(dataset, DCAT.distribution))) == len(KINDS)
    if not SHAPES.exists():
        pytest.skip("The shapes of DCAT-AP.de are not here.")
    shapes = Graph()
    for name in ("dcat-ap-SHACL-DE", "dcat-ap-spec-german-additions", "dcat-ap-de-deprecated"):
        shapes.parse(SHAPES / f"{name}.ttl")
    conforms, _graph, said = validate(found, shacl_graph=shapes, advanced=True)
    assert conforms, said


def test_what_it_names_is_there(client, place, settings):
    said = get(client, place, "dataset.rdf").content.decode()
    files = re.findall(rf'downloadURL rdf:resource="{settings.BASE_URL}([^"]+)"', said)
    assert len(files) == len(KINDS)
    assert [client.get(file).status_code for file in files] == [200] * len(files)


def test_search_engines_find_it_in_the_page_and_no_word_ends_the_block(client, place):
    type(place).objects.filter(pk=place.pk).update(title={"de": "Ende </script><img src=x>"})
    html = get(client, place, "").content.decode()
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.S)[1]
    assert json.loads(block)["name"] == "Beiträge: Ende </script><img src=x>"
    assert "<img src=x>" not in html
    assert "ld+json" not in get(client, place, "?q=Zweiter").content.decode()


@pytest.mark.parametrize(("kind", "author", "word"), [
    ("municipality", "GovernmentOrganization", "Bewerbende Stelle"), ("organisation", "Organization", "Bewerbende Stelle"),
    ("person", "Person", "Bewerbende Person")])
def test_an_entry_says_to_readers_and_search_engines_whether_a_body_or_a_person_applied(client, kind, author, word):
    competition = make_call(applicant_kind=kind)
    entry = make_entry(competition, title="Erster")
    make_edition(competition)

    html = get(client, competition, f"{entry.code}/").content.decode()

    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.S)[1]
    assert json.loads(block)["author"]["@type"] == author
    assert word in html


def test_without_a_published_edition_there_are_none(client):
    place = make_call()
    for path in ("dataset.rdf", "codebook.csv", "entries.geojson"):
        assert client.get(f"/{place.code}/catalogue/{path}").status_code == 404


def test_a_download_that_there_is_not_is_refused_in_one_sentence_that_names_all_there_are(client, place):
    text = client.get(f"/{place.code}/catalogue/entries.exe").content.decode()
    lead = text.partition('class="l-lead">')[2].partition("</p>")[0]
    assert lead == "Als „exe“ gibt es keinen Download. Wählen Sie: CSV, XLSX, JSON, GeoJSON, Parquet."


def test_a_workbook_leads_to_its_codebook_from_wherever_it_is_opened(client, place, settings):
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(get(client, place, "entries.xlsx").content))
    cells = [cell.value for row in book["Über diese Datei"] for cell in row]
    assert f"{settings.BASE_URL}/{place.code}/catalogue/codebook.csv" in cells
