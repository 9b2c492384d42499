import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from lorbeer.call.models import Competition
from lorbeer.call.package import Package
from lorbeer.call.tests.factories import make_competition
from lorbeer.call.toml import Table
from lorbeer.documentation.book import ChapterText
from lorbeer.documentation.package import read_book, write_book
from lorbeer.documentation.possible import faults_in, names_of
from lorbeer.documentation.queries import dataset_of
from lorbeer.documentation.references import scan
from lorbeer.documentation.tests.factories import make_chapter, make_dataset, make_edition
from lorbeer.editions.tests import factories as editions
from lorbeer.shared.documents import unprintable
from lorbeer.shared.errors import BadInput
from lorbeer.statistics.services import keep_table

BOOK = Path(__file__).parents[4] / "competitions" / "zusammenleben2017" / "book"


def package_in(folder: Path) -> Package:
    faults: list[str] = []
    return Package(folder, Table({}, "", faults), faults)


def chapters(competition: Competition) -> list[tuple[str, int, str, str]]:
    return list(competition.chapters.values_list("code", "position", "title", "text"))


@pytest.mark.django_db
def test_chapters_survive_export_and_import(tmp_path):
    competition = make_competition()
    make_chapter(competition, "Text {{ numbers.admitted }}\n\n- a", code="eins", title="Erstes – „Kapitel“")
    make_chapter(competition, "", code="zwei", title="Zweites")
    write_book(competition, tmp_path, {})
    other = make_competition()
    package = package_in(tmp_path)
    read_book(package, other)

    assert package.faults == []
    assert chapters(other) == chapters(competition)


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["Ende.\n", "Ende.\n\n", "\nAnfang.", "\n", "Eins\n\n  \n"])
def test_blank_lines_at_the_ends_of_a_chapter_survive_export_and_import(tmp_path, text):
    competition, other = make_competition(), make_competition()
    make_chapter(competition, text, code="eins", title="Erstes")
    write_book(competition, tmp_path, {})
    read_book(package_in(tmp_path), other)

    assert chapters(other) == chapters(competition)


@pytest.mark.django_db
def test_importing_again_replaces_chapters_and_raises_their_revision_only_where_they_differ(tmp_path):
    competition = make_competition()
    same, changed, gone = (make_chapter(competition, "x", code=code, title=code) for code in ("same", "changed", "gone"))
    write_book(competition, tmp_path, {})
    (tmp_path / "book" / "03-gone.md").unlink()
    (tmp_path / "book" / "02-changed.md").write_text("# changed\n\ny\n")
    read_book(package_in(tmp_path), competition)

    assert dict(competition.chapters.values_list("code", "revision")) == {"same": 1, "changed": 2}


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "text"), [("Ä.md", "# T\n"), ("01-a.md", "kein Titel"), ("01-a.md", "# \n")])
def test_a_bad_chapter_file_is_a_fault_with_its_name(tmp_path, name, text):
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / name).write_text(text)
    package = package_in(tmp_path)
    read_book(package, make_competition())

    assert len(package.faults) == 1
    assert name in package.faults[0]


@pytest.mark.django_db(transaction=True)
def test_the_command_writes_the_book(tmp_path, capsys):
    competition = make_competition()
    make_edition(competition)
    make_chapter(competition)
    call_command("book_build", competition.code, output=tmp_path / "book.pdf")

    assert (tmp_path / "book.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.django_db
@pytest.mark.parametrize("arguments", [["nowhere"], ["{code}"], ["{code}", "--edition", "7"]])
def test_the_command_says_what_is_missing(arguments):
    competition = make_competition()
    with pytest.raises(CommandError, match=r"There is no|Es gibt|hat noch keine Ausgabe"):
        call_command("book_build", *[argument.format(code=competition.code) for argument in arguments])


@pytest.mark.django_db
@pytest.mark.parametrize(("place", "said"), [
    ("", "Das ist ein Ordner."), ("none/x.pdf", "Diesen Ordner gibt es nicht."), ("file/x.pdf", "Das ist eine Datei"),
])
def test_a_book_without_a_place_is_refused_before_it_is_set(tmp_path, monkeypatch, place, said):
    (tmp_path / "file").write_text("x")
    competition = make_competition()
    make_edition(competition)
    monkeypatch.setattr("lorbeer.documentation.management.commands.book_build.build_book", None)

    with translation.override("de"), pytest.raises(BadInput, match=said):
        call_command("book_build", competition.code, output=tmp_path / place)


@pytest.mark.django_db
def test_the_command_names_chapter_and_line():
    competition = make_competition()
    make_edition(competition)
    make_chapter(competition, "a\n\n83", code="zahlen")
    with pytest.raises(CommandError, match=r"Ein Kapitel \(zahlen\), .* 3: „83“"):
        call_command("book_build", competition.code)


@pytest.mark.django_db
def test_who_has_the_book_built_is_told_in_their_language_and_the_book_keeps_its_own(capsys):
    competition = make_competition(languages=["de"])
    make_edition(competition)
    make_chapter(competition, "Gut.\n\n83 {{ x.y }} {{ numbers.admitted | nonsense }}\n\n{{ table tab99 }}", code="zahlen")

    with translation.override("en"), pytest.raises(CommandError) as refused:
        call_command("book_build", competition.code)

    assert "line 3: “83” – This number was typed by hand." in str(refused.value)
    assert "There is no value “x.y” in this edition." in str(refused.value)
    assert not re.search("Zeile|Wert|gibt es", str(refused.value))
    assert "Reading the dataset" in capsys.readouterr().err


@pytest.mark.parametrize("path", sorted(BOOK.glob("*.md")), ids=lambda path: path.stem)
def test_the_chapters_of_2017_have_no_number_of_their_own(path):
    first, _newline, text = path.read_text("utf-8").partition("\n")
    findings = scan(text, make_dataset()).findings

    assert first.startswith("# ")
    assert [finding.raw for finding in findings if finding.status == "by_hand"] == []
    assert unprintable(ChapterText(path.stem, first, text).text) == []


def test_the_row_of_which_nothing_is_stated_has_a_name_before_and_after_there_is_an_edition(db):
    competition = editions.make_call()
    for land, answer in (("NW", "ja"), ("", "nein")):
        editions.make_entry(competition, land_code=land, answers={"q1": answer})
    edition = editions.make_edition(competition)
    keep_table(competition, title={"de": "Konzept"}, definition={"question": "q1", "rows": "land"}, by=None)
    path = "tab1.not_stated.nein"
    assert (dataset_of(competition, edition).values[path].text, path in names_of(competition)) == ("1", True)
    assert faults_in("Konzept", "Ohne Angabe: {{ tab1.not_stated.nein }}.", competition) == []
    (fault,) = faults_in("Konzept", "Ohne Angabe: {{ tab1..nein }}.", competition)
    assert "{{ tab1.not_stated.nein }}" in fault
