"""Open data in every format say the same, and what describes them is what others collect."""

import csv
import io
import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from lorbeer.catalogue.open_data import KINDS
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


def test_the_codebook_explains_every_column(client, place):
    rows = table(client, place, "codebook.csv")
    assert list(dict.fromkeys(row["column"] for row in rows)) == list(table(client, place, "entries.csv")[0])
    assert all(row["meaning"] for row in rows)
    assert {row["value"] for row in rows if row["column"] == "group"} > {""}


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


def test_without_a_published_edition_there_are_none(client):
    place = make_call()
    for path in ("dataset.rdf", "codebook.csv", "entries.geojson"):
        assert client.get(f"/{place.code}/catalogue/{path}").status_code == 404
