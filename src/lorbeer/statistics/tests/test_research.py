"""What researchers get of an edition is what it holds, read back by the programs' own libraries."""

import csv
import hashlib
import io
import json
import shutil
import subprocess
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import translation
from lxml import etree

from lorbeer.call.tests.factories import make_competition
from lorbeer.documentation.tests.factories import parquet
from lorbeer.editions.models import Edition
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_person
from lorbeer.shared import files
from lorbeer.statistics.research.files import FORMATS, shortened
from lorbeer.statistics.research.variables import LONGEST_NAME, Study, study_of

SCHEMA = Path(__file__).parents[5] / "shared" / "schemas" / "ddi-codebook-2.5" / "codebook.xsd"
LONG = "q6_zusammenarbeit_mit_migrantenselbstorganisationen"
QUESTION = {"place": 0, "role": "", "choice": "", "choice_label": {}, "values": {}, "no_answer": []}
CODEBOOK = [
    {**QUESTION, "name": "q1", "question": "q1", "type": "single", "label": {"de": "Gibt es ein Konzept?", "en": "Is there a concept?"},
     "values": {"ja": {"de": "Ja"}, "nein": {"de": "Nein – „noch“ nicht & <nie>"}, "ka": {"de": "keine Angabe"}}, "no_answer": ["ka"]},
    {**QUESTION, "name": LONG, "question": "q6", "type": "multi", "label": {"de": "Wer wirkt mit?"}, "choice": "a",
     "choice_label": {"de": "=Größe(1)"}},
    {**QUESTION, "name": LONG + "_2", "question": "q6", "type": "multi", "label": {"de": "Wer wirkt mit?"}, "choice": "b",
     "choice_label": {"de": "Vereine"}},
    {**QUESTION, "name": "q7", "question": "q7", "type": "decimal", "label": {"de": "Veränderung " * 30}},
    {**QUESTION, "name": "q8", "question": "q8", "type": "date", "label": {"de": "Beginn"}},
]
ROWS = [
    {"group": "town", "awarded": 1, "q1": "ja", "q1__state": 0, LONG: 1, f"{LONG}__state": 0, f"{LONG}_2": 0, f"{LONG}_2__state": 0,
     "q7": -7.5, "q7__state": 0, "q8": "2017-06-12", "q8__state": 0},
    {"group": "town", "awarded": 0, "q1": "ka", "q1__state": 1, LONG: 0, f"{LONG}__state": 0, f"{LONG}_2": 1, f"{LONG}_2__state": 0,
     "q7": -9.0, "q7__state": 0, "q8": None, "q8__state": 2},
    {"group": "district", "awarded": 0, "q1": "nein", "q1__state": 0, LONG: None, f"{LONG}__state": 3, f"{LONG}_2": None,
     f"{LONG}_2__state": 3, "q7": None, "q7__state": 2, "q8": None, "q8__state": 2},
]


@pytest.fixture
def edition(db) -> Edition:
    competition = make_competition()
    facts = {"competition": {"code": competition.code, "title": {"de": "Ein Wettbewerb & mehr"}, "office": {"de": "Büro"},
                             "is_sample": True, "sample_note": {"de": "Musterantworten."}},
             "groups": [{"code": "town", "label": {"de": "Städte"}, "heading": {"de": "Städte"}}],
             "phases": [{"kind": "entries", "label": {"de": "Bewerbung"}, "starts_on": "2017-06-12", "ends_on": "2017-12-31"}]}
    kept = {"scope": competition.code, "subject": "edition:1"}
    digest = hashlib.sha256(competition.code.encode()).hexdigest()      # what is read of an edition is kept by it
    # The first of June where the competition is.
    return Edition.objects.create(
        competition=competition, number=1, sha256=digest, frozen_at=datetime(2018, 5, 31, 22, 30, tzinfo=UTC),
        answers=files.store(parquet(ROWS), name="answers.parquet", **kept),
        codebook=files.store(json.dumps(CODEBOOK).encode(), name="codebook.json", **kept),
        facts=files.store(json.dumps(facts).encode(), name="facts.json", **kept))


@pytest.fixture
def study(edition) -> Study:
    return study_of(edition)


def by_label(study: Study) -> dict[str, str]:
    """Name of each variable by the beginning of its label."""
    return {variable.label[:12]: variable.name for variable in study.variables}


def test_spss_reads_back_values_labels_and_why_something_is_missing(study, tmp_path):
    import pyreadstat

    (tmp_path / "a.sav").write_bytes(FORMATS["spss"].write(study))
    frame, known = pyreadstat.read_sav(str(tmp_path / "a.sav"), user_missing=True)
    assert list(frame["q1"]) == [1, -9, 2]
    assert known.variable_value_labels["q1"] == {
        1: "Ja", 2: "Nein – „noch“ nicht & <nie>", -9: "keine Antwort", -8: "fehlt", -7: "nicht gefragt"}
    assert known.missing_ranges["q1"] == [{"lo": -9, "hi": -7}]
    assert list(frame["q7"]) == [-7.5, -9, -8_000_000]                  # its own −9 is no missing one
    assert known.missing_ranges["q7"] == [{"lo": -9_000_000, "hi": -7_000_000}]
    assert known.column_names_to_labels["q1"] == "Gibt es ein Konzept?"
    assert str(frame["q8"][0])[:10] == "2017-06-12"
    assert frame["q8"].isna().tolist() == [False, True, True]
    assert known.variable_measure["q7"] == "scale"
    plain, _known = pyreadstat.read_sav(str(tmp_path / "a.sav"))
    assert plain["q1"].isna().tolist() == [False, True, False]


def test_stata_reads_back_the_same_with_letters_for_what_is_missing(study, tmp_path):
    import pyreadstat

    (tmp_path / "a.dta").write_bytes(FORMATS["stata"].write(study))
    frame, known = pyreadstat.read_dta(str(tmp_path / "a.dta"), user_missing=True)
    assert list(frame["q1"]) == [1, "a", 2]
    assert list(frame[by_label(study)["=Größe(1)"]]) == [1, 0, "c"]
    assert list(frame["q7"]) == [-7.5, -9, "b"]
    assert known.variable_value_labels["q1"]["a"] == "keine Antwort"


def test_the_codebook_is_valid_ddi_and_counts_what_is_there(study):
    document = etree.fromstring(FORMATS["ddi"].write(study))
    inside = {"d": "ddi:codebook:2_5"}
    counted = document.xpath("//d:var[@name='q1']/d:catgry", namespaces=inside)
    assert [(one.findtext("{*}catValu"), one.findtext("{*}catStat"), one.get("missing", "N")) for one in counted] == [
        ("1", "1", "N"), ("2", "1", "N"), ("-9", "1", "Y"), ("-8", "0", "Y"), ("-7", "0", "Y")]
    assert document.xpath("string(//d:var[@name='q1']/d:sumStat[@type='vald'])", namespaces=inside) == "2"
    assert document.xpath("string(//d:caseQnty)", namespaces=inside) == "3"
    assert document.xpath("string(//d:version/@date)", namespaces=inside) == "2018-06-01"
    with zipfile.ZipFile(io.BytesIO(FORMATS["csv"].write(study))) as package:
        assert document.xpath("string(//d:fileName)", namespaces=inside) in package.namelist()
    if not SCHEMA.exists():
        pytest.skip("The schema of DDI-Codebook is not here.")
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    assert schema.validate(document), schema.error_log


def test_csv_and_codebook_say_the_same_and_no_cell_is_a_formula(study):
    with zipfile.ZipFile(io.BytesIO(FORMATS["csv"].write(study))) as package:
        answers = list(csv.DictReader(io.StringIO(package.read("answers.csv").decode())))
        codebook = list(csv.DictReader(io.StringIO(package.read("codebook.csv").decode())))
        assert "Musterantworten." in package.read("README.txt").decode()
    assert [row["q1"] for row in answers] == ["1", "-9", "2"]
    assert {row["value"]: row["value_label"] for row in codebook if row["variable"] == "q1" and row["missing"] == "0"} == {
        "1": "Ja", "2": "Nein – „noch“ nicht & <nie>"}
    assert [row for row in codebook if row["label"].startswith("=")] == []
    assert FORMATS["csv"].write(study) == FORMATS["csv"].write(study)


@pytest.mark.skipif(not shutil.which("Rscript"), reason="R is not here.")
def test_the_script_reads_the_answers_in_r(study, tmp_path):
    with zipfile.ZipFile(io.BytesIO(FORMATS["csv"].write(study))) as package:
        package.extractall(tmp_path)
    asked = 'source("read.R"); cat(levels(answers$q1)[1], sum(is.na(answers$q1)), sum(is.na(answers$q7)), class(answers$q8), answers$q7[2])'
    said = subprocess.run(["Rscript", "-e", asked], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert said.stdout == "Ja 1 1 Date -9"


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_file_is_written_in_either_language_whatever_languages_the_labels_have(edition, language):
    with translation.override(language):
        found = study_of(edition)
        assert all(FORMATS[name].write(found) for name in FORMATS)


def test_names_are_short_and_none_stands_twice(study):
    names = [variable.name for variable in study.variables]
    assert max(map(len, names)) <= LONGEST_NAME
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("text", "limit", "encoding", "short"), [
    ("kurz", 10, "", "kurz"), ("zu lang für das", 10, "", "zu lang f…"), ("ÄÖÜÄÖÜ", 9, "utf-8", "ÄÖÜ…"), ("a  b\nc", 10, "", "a b c")])
def test_labels_are_cut_within_what_a_program_takes(text, limit, encoding, short):
    assert shortened(text, limit, encoding=encoding) == short


def test_those_who_read_editions_get_the_files_and_others_do_not_learn_of_them(edition, client):
    place = edition.competition
    page = reverse("statistics:research_list", args=[place.code, 1])
    file = reverse("statistics:research_file", args=[place.code, 1, "spss"])
    assert [client.get(address).status_code for address in (page, file)] == [404, 404]
    person = make_person()
    Role.objects.create(person=person, competition=place, kind=Role.Kind.EDITOR)
    client.force_login(person, backend="lorbeer.people.backends.AccountBackend")
    assert LONG[:LONGEST_NAME] in client.get(page).text
    answer = client.get(file)
    assert (answer.content[:4], answer["Content-Disposition"]) == (b"$FL2", f'attachment; filename="{place.code}-1.sav"')
    assert client.get(reverse("statistics:research_file", args=[place.code, 1, "exe"])).status_code == 404
