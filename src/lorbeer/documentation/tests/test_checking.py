"""The number check: what a text by anybody says is held against the edition."""

import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import translation

from lorbeer.documentation.checking import mentions as reading_numbers
from lorbeer.documentation.checking.context import LONGEST, Context, Paragraph, in_pieces
from lorbeer.documentation.checking.judgement import CONTRADICTED, PROVED, UNKNOWN
from lorbeer.documentation.checking.mentions import mentions
from lorbeer.documentation.checking.reading import language_of, paragraphs_in, paragraphs_of
from lorbeer.documentation.checking.verdicts import check
from lorbeer.documentation.tests.factories import cells, make_dataset
from lorbeer.shared.errors import BadInput

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def verdicts(text: str) -> list[tuple[str, str, str]]:
    """Status, number as written and right value of each number."""
    data = make_dataset()
    return [(verdict.status, verdict.mention.raw.replace("\u00a0", " "), verdict.right().replace("\u00a0", " "))
            for verdict in check(paragraphs_in(text, data), data)]


def said(text: str, status: str) -> list[tuple[str, str]]:
    return [(raw, right) for found, raw, right in verdicts(text) if found == status]


@pytest.mark.parametrize(("text", "kind", "number"), [
    ("119 Beiträge", "count", "119"), ("1.234 Beiträge", "count", "1234"), ("77,5 %", "percent", "77.5"), ("31 Prozent", "percent", "31"),
    ("77.5%", "percent", "77.5"), ("465.000 Euro", "euro", "465000"), ("€ 25.000", "euro", "25000"), ("1 Million Euro", "euro", "1000000"),
    ("0,5 Mio. Euro", "euro", "500000"), ("einundzwanzig Preise", "count", "21"), ("twenty-one prizes", "count", "21"),
    ("gut drei Viertel", "share", "75"), ("jede zweite Kommune", "share", "50"), ("neun von zehn Städten", "share", "90"),
    ("Tab. 4", "label", "4"), ("2018", "year", "2018"), ("12345 Musterort", "label", "12345"), ("Musterweg 12, 12345 Musterort", "label", "12"),
    ("12 Prozentpunkte", "points", "12"), ("2017/18", "label", "2017"), ("465 T€", "euro", "465000"), ("465.000,– Euro", "euro", "465000"),
    ("eine halbe Million Euro", "euro", "500000"), ("EUR 25.000", "euro", "25000"), ("ein Dutzend Preise", "count", "12"),
    ("elftausend Gemeinden", "count", "11000"), ("83,8 vom Hundert", "percent", "83.8"), ("77,5-prozentig", "percent", "77.5"),
    ("drei Achtel", "share", "37.5"), ("1/4 der Beiträge", "share", "25"), ("½ der Beiträge", "share", "50"),
    ("four in five", "share", "80"), ("three-quarters", "share", "75"), ("one hundred and forty-two entries", "count", "142"),
])
def test_a_number_is_read_as_what_it_is(text, kind, number):
    first = mentions(text)[0]
    assert (first.kind in (kind, "year") if kind == "label" else first.kind == kind, first.number) == (True, Decimal(number))


@pytest.mark.parametrize(("words", "true_of", "false_of"), [
    ("gut drei Viertel", ["75.1", "79"], ["74.9", "79.1"]), ("knapp die Hälfte", ["46", "49.9"], ["45.9", "50.1"]),
    ("mehr als die Hälfte", ["50.1", "99"], ["50", "12"]), ("rund ein Drittel", ["31.5", "35.3"], ["31", "36"]),
    ("ein Fünftel", ["19.2", "20.9"], ["18", "22"]), ("fast alle Kommunen", ["90", "99.9"], ["89", "100"]),
    ("die große Mehrheit", ["66.6", "100"], ["60"]), ("eine Mehrheit", ["50.1"], ["50"]), ("78 %", ["77.5", "78.4"], ["77.4", "78.5"]),
    ("77,5 %", ["77.5"], ["77.6"]), ("mindestens 60 %", ["60", "99"], ["59.9"]), ("höchstens 60 %", ["60", "1"], ["60.1"]),
    ("60–70 %", ["60", "70"], ["59.9", "70.1"]), ("nicht mehr als 60 %", ["60", "1"], ["60.1"]),
    ("bis zu 60,3 %", ["60.3"], ["60.2", "40"]), ("just over half of them", ["51"], ["49.9"]),
])
def test_words_are_true_within_declared_tolerances(words, true_of, false_of):
    first = mentions(words)[0]
    assert [value for value in true_of if not first.allows(Decimal(value))] == []
    assert [value for value in false_of if first.allows(Decimal(value))] == []


def test_what_is_right_is_proved_and_what_is_wrong_is_told_with_the_right_value():
    right = "# Konzept\n\nEin Konzept gibt es in 8 Beiträgen (80,0 %). In den Landkreisen haben 3 von 3 ein Konzept, in den Städten 71,4 %."
    assert [raw for raw, _right in said(right, PROVED)] == ["8", "80,0 %", "3", "3", "71,4 %"]
    assert said(right, CONTRADICTED) == []
    wrong = right.replace("80,0", "85,0").replace("71,4", "74,1")
    assert said(wrong, CONTRADICTED) == [("85,0 %", "80,0 %"), ("74,1 %", "71,4 %")]


@pytest.mark.parametrize(("true", "false", "value"), [
    ("Aus Bayern kamen 3 Beiträge.", "Aus Bayern kamen 5 Beiträge.", ("5", "3")),
    ("Vergeben wurden 35.000 Euro Preisgeld.", "Vergeben wurden 53.000 Euro Preisgeld.", ("53.000 Euro", "35.000 Euro")),
    ("Ein Konzept haben vier Fünftel (80,0 %).", "Ein Konzept haben gut zwei Drittel (80,0 %).", ("zwei Drittel", "80,0 %")),
    ("Tab. 1: Gibt es ein Konzept? (n=10)", "Tab. 1: Gibt es ein Konzept? (n=12)", ("12", "10")),
    ("Es gab drei Orte: Musterort, Musterstadt und Musterdorf.", "Es gab vier Orte: Musterort, Musterstadt und Musterdorf.", ("vier", "3")),
    ("Das waren zwei Gründe:\n\n- Geld\n- Zeit", "Das waren drei Gründe:\n\n- Geld\n- Zeit", ("drei", "2")),
    ("30 von 60 Vereinen (50 %) sagten zu.", "30 von 60 Vereinen (40 %) sagten zu.", ("40 %", "50,0 %")),
])
def test_a_planted_error_is_found_and_the_true_sentence_raises_no_alarm(true, false, value):
    assert said(true, CONTRADICTED) == []
    assert said(false, CONTRADICTED) == [value]


@pytest.mark.parametrize("text", ["Es sind 8 Beiträge mit Konzept. " * 400, "12 mal " * 2000, "1" * 9000, "kurz 8", "Nr. 8. " * 900])
def test_a_paragraph_of_any_length_is_read_in_pieces_and_loses_nothing(text):
    pieces = list(in_pieces([Paragraph(text, "line 1", "item")]))
    assert "".join(piece.text for piece in pieces) == text
    assert max(len(piece.text) for piece in pieces) <= LONGEST
    assert {(piece.place, piece.kind) for piece in pieces} == {("line 1", "item")}
    assert not any(before.text[-1].isdigit() and after.text[0].isdigit() for before, after in pairwise(pieces)) or text.isdigit()


def test_a_long_line_is_never_weighed_as_a_whole(monkeypatch):
    lengths = []
    begin = Context.__init__
    monkeypatch.setattr(Context, "__init__", lambda self, paragraph, *facts: lengths.append(len(paragraph.text)) or begin(
        self, paragraph, *facts))
    found = verdicts("Die Antwort steht in Tabelle 1, und es gibt 10 Beiträge. " * 100)
    assert len(found) == 100
    assert len(lengths) > 1
    assert max(lengths) <= LONGEST


@pytest.mark.once
def test_a_number_is_read_by_what_stands_near_it_however_long_the_paragraph_is(monkeypatch):
    class Counting:
        def __init__(self, pattern):
            self.pattern = pattern

        def search(self, text, start, end):
            seen.append(end - start)
            return self.pattern.search(text, start, end)

    seen = []
    for name in ("_LABEL", "_STREET", "_FROM", "_BETWEEN", "_AMONG"):
        monkeypatch.setattr(reading_numbers, name, Counting(getattr(reading_numbers, name)))
    assert len(mentions("In Tabelle 1 stehen 8 Orte und zwei Preise. " * 400)) == 1200
    assert max(seen) <= reading_numbers.REACH


@pytest.mark.parametrize(("text", "day"), [
    ("am 22.3.18", (2018, 3, 22)), ("2018-03-22", (2018, 3, 22)), ("March 22, 2018", (2018, 3, 22)), ("22nd of March 2018", (2018, 3, 22)),
    ("am 22./23. März 2018", (2018, 3, 22)),
])
def test_a_day_is_read_in_each_of_its_spellings(text, day):
    assert mentions(text)[0].day == day


@pytest.mark.parametrize("text", [
    "8 von {10|12} Beiträgen haben ein Konzept (80,0 %).", "Von den {10|12} Beiträgen haben 80,0 % ein Konzept.",
    "Ein Konzept haben 80,0 % der {10|12} Kommunen.", "Ein Konzept haben 8 Beiträge (80,0 %, n = {10|12}).",
    "Auf der Basis von {10|12} Kommunen haben 80,0 % ein Konzept.",
])
def test_a_wrong_base_is_never_believed(text):
    right, wrong = re.sub(r"\{(\d+)\|\d+\}", r"\1", text), re.sub(r"\{\d+\|(\d+)\}", r"\1", text)
    assert ("10", PROVED) in [(raw, status) for status, raw, _right in verdicts(right)]
    assert said(wrong, CONTRADICTED) == [("12", "10")]


def test_all_of_a_group_is_not_proved_by_how_many_it_has():
    found = verdicts("Von den Beiträgen kamen 7 aus Städten. Bei den Städten sind es 7 von 7.")
    assert [status for status, _raw, _right in found] == [PROVED, UNKNOWN, UNKNOWN]


def test_a_verb_and_its_participle_are_one_word():
    """“40 Kommunen planen” is the column “geplant” of the question whether entries are evaluated, not the row of self-evaluation."""
    def table(number, title, **counts):
        cells = {code: {"count": count, "percent": f"{100 * count / 142:.1f}"} for code, count in counts.items()}
        total = {"code": "total", "label": "Gesamt", "base": 142, "is_total": True, "cells": cells}
        return {"code": f"tab{number}", "number": number, "title": title, "note": "", "base": 142, "kind": "cross",
                "columns": [{"code": code, "label": code} for code in counts], "rows": [total]}

    data = make_dataset(tables=[table(1, "Wie wird der Beitrag bewertet?", selbstevaluation=108, fremdevaluation=34),
                                table(2, "Wird der Beitrag evaluiert?", ja=98, geplant=40, nein=4)])
    found = [check(paragraphs_in(f"{count} Kommunen planen eine Evaluation.", data), data) for count in (40, 51)]
    assert [(one.status, one.fact.path) for (one,) in found] == [(PROVED, "tab2.total.geplant"), (CONTRADICTED, "tab2.total.geplant")]


def test_an_english_text_is_read_with_its_own_words_and_thousands():
    german = make_dataset()
    english = replace(german, language="en", tables=[german.tables[0] | {"title": "Is there a concept?"}, *german.tables[1:]])
    text = "A concept exists in 8 of the 10 entries, that is 85.0%. The jury awarded €35,000, and 1,234 children took part."
    paragraphs = paragraphs_in(text, english)
    assert (language_of(paragraphs), language_of(paragraphs_in("Ein Konzept ist in 8 von 10 Beiträgen.", german))) == ("en", "de")
    assert [(verdict.status, verdict.mention.raw, verdict.mention.number) for verdict in check(paragraphs, english)] == [
        (PROVED, "8", 8), (PROVED, "10", 10), (CONTRADICTED, "85.0%", 85), (PROVED, "€35,000", 35_000), (UNKNOWN, "1,234", 1234)]


def test_what_the_edition_does_not_know_is_unknown_and_small_words_of_prose_are_not_numbers():
    text = "Die Geschäftsstelle verschickte 11.000 Briefe. Zwei Personen lasen jeden davon, und das Projekt erreicht 350 Kinder seit 2015."
    assert [(status, raw) for status, raw, _right in verdicts(text)] == [(UNKNOWN, "11.000"), (UNKNOWN, "350")]


def test_a_number_of_another_thing_contradicts_nothing():
    assert said("In 8 Beiträgen gibt es ein Konzept. Ein Konzept hat 20 Seiten, und 400 Menschen haben es gelesen.", CONTRADICTED) == []


def test_references_are_read_as_they_are_printed():
    text = "Ein Konzept gibt es in {{ tab1.total.yes }} Beiträgen ({{ tab1.total.yes.percent }})."
    assert said(text, PROVED) == [("8", "8"), ("80,0 %", "80,0 %")]


# --- files ------------------------------------------------------------------------------------------------------------


def docx(*paragraphs: str) -> bytes:
    body = "".join(f"<w:p>{paragraph}</w:p>" for paragraph in paragraphs)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("word/document.xml", f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>')
    return packed.getvalue()


def run(text: str) -> str:
    return "".join(f"<w:r><w:t>{text[start:start + 3]}</w:t></w:r>" for start in range(0, len(text), 3))


def test_a_document_of_word_is_read_though_it_cuts_numbers_in_pieces(tmp_path):
    heading = '<w:pPr><w:pStyle w:val="berschrift1"/></w:pPr>' + run("Konzept")
    item = "<w:pPr><w:numPr/></w:pPr>" + run("ein Punkt")
    (tmp_path / "a.docx").write_bytes(docx(heading, run("In 9 Beiträgen gibt es ein Konzept (80,0 %)."), item))
    read = paragraphs_of(tmp_path / "a.docx", make_dataset())
    assert [(paragraph.kind, paragraph.text) for paragraph in read] == [
        ("heading", "Konzept"), ("text", "In 9 Beiträgen gibt es ein Konzept (80,0 %)."), ("item", "ein Punkt")]
    assert [verdict.mention.raw for verdict in check(read, make_dataset()) if verdict.status == CONTRADICTED] == ["9"]


def test_a_pdf_is_read_page_by_page(tmp_path):
    from lorbeer.shared.blocks import text_blocks
    from lorbeer.shared.documents import render_pdf

    blocks = text_blocks("In 9 Beiträgen gibt es ein Konzept (80,0 %). Das ist nicht wenig und steht in einer Zeile, die umbrochen wird.")
    (tmp_path / "a.pdf").write_bytes(render_pdf("report", {"title": "Bericht", "blocks": blocks}))
    found = [verdict for verdict in check(paragraphs_of(tmp_path / "a.pdf", make_dataset()), make_dataset()) if verdict.status == CONTRADICTED]
    assert [(verdict.mention.raw, verdict.paragraph.place) for verdict in found] == [("9", "Seite 1")]


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 nothing", b"PK\x03\x04 broken", docx()[:-30], b"\x00\x01\x02\x03", b"PK"])
def test_what_cannot_be_read_is_refused_in_a_sentence(content, tmp_path):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(BadInput, match="a "):
        paragraphs_of(tmp_path / "a", make_dataset())


@pytest.mark.django_db
def test_the_command_lists_what_is_wrong_and_fails(tmp_path, capsys):
    from lorbeer.call.tests.factories import make_competition
    from lorbeer.documentation.tests.factories import make_edition

    competition = make_competition()
    make_edition(competition)
    (tmp_path / "text.md").write_text("Ein Konzept gibt es in 9 Beiträgen (80,0 %).")
    with translation.override("en"), pytest.raises(CommandError, match="1 number is contradicted"):
        call_command("book_check", str(tmp_path / "text.md"), report=tmp_path / "report.json")
    shown = capsys.readouterr().out
    assert "line 1: “9” is contradicted" in shown
    assert json.loads((tmp_path / "report.json").read_text())["files"][str(tmp_path / "text.md")][0]["status"] == CONTRADICTED
    with pytest.raises(CommandError):
        call_command("book_check", str(Path(tmp_path / "none.md")))


# --- tables, and numbers that their clause names ------------------------------------------------------------------------

TABLE = """\
Tab. 1: Gibt es ein Konzept? (n=10)

| | Ja | % | Nein | % |
| --- | ---: | ---: | ---: | ---: |
| Städte | 5 | 71,4 | 2 | 28,6 |
| Landkreise | 3 | 100,0 | 0 | 0,0 |
| Gesamt | 8 | 80,0 | 2 | 20,0 |
"""


@pytest.mark.parametrize("table", [
    TABLE, TABLE.replace("Tab. 1: Gibt es ein Konzept? (n=10)\n", "Ohne Titel.\n"),
    "Konzepte\n\n| Gruppe | Nein | Ja |\n|---|---|---|\n".replace("Nein | Ja", "ja, in % | nein, in %")
    + "| Städte | 71,4 % | 28,6 % |\n| Landkreise | 100,0 % | 0,0 % |\n| insgesamt | 80,0 % | 20,0 % |\n",
])
def test_rows_of_a_table_are_proved_and_a_wrong_cell_is_contradicted(table):
    assert said(table, CONTRADICTED) == []
    assert len(said(table, PROVED)) >= 6

    assert said(table.replace("71,4", "74,1"), CONTRADICTED)[0] == ("74,1" + " %" * ("71,4 %" in table), "71,4 %")


def test_a_table_of_something_else_contradicts_nothing():
    other = TABLE.replace("Tab. 1: Gibt es ein Konzept? (n=10)", "Fahrräder").replace("5 | 71,4 | 2 | 28,6", "15 | 31,4 | 12 | 48,6").replace(
        "3 | 100,0 | 0 | 0,0", "13 | 40,0 | 10 | 10,0").replace("8 | 80,0 | 2 | 20,0", "28 | 35,0 | 22 | 30,0")
    assert said(other, CONTRADICTED) == []


def test_a_column_that_agrees_nowhere_is_of_another_thing():
    table = "| Gruppe | Beiträge | Vereine |\n|---|---|---|\n| Städte | 7 | 23 |\n| Landkreise | 3 | 41 |\n| Gesamt | 10 | 64 |"
    assert said(table, CONTRADICTED) == []


def test_rows_of_a_document_of_word_are_held_against_the_table(tmp_path):
    def row(*cells):
        return "<w:tr>" + "".join(f"<w:tc><w:p>{run(cell)}</w:p></w:tc>" for cell in cells) + "</w:tr>"

    rows = row("", "Ja", "Nein") + row("Städte", "5", "2") + row("Landkreise", "4", "0") + row("Gesamt", "8", "2")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("word/document.xml", f'<w:document xmlns:w="{WORD}"><w:body><w:p>{run("Tab. 1: Konzepte")}</w:p>'
                         f"<w:tbl>{rows}</w:tbl></w:body></w:document>")
    (tmp_path / "a.docx").write_bytes(packed.getvalue())
    found = check(paragraphs_of(tmp_path / "a.docx", make_dataset()), make_dataset())
    assert [(one.mention.raw, one.right()) for one in found if one.status == CONTRADICTED] == [("4", "3")]


@pytest.mark.parametrize(("true", "wrong", "value"), [
    ("Es gingen 12 Bewerbungen ein.", "Es gingen 21 Bewerbungen ein.", ("21", "12")),
    ("Von den Preisgeldern blieben 65.000 Euro übrig.", "Von den Preisgeldern blieben 56.000 Euro übrig.", ("56.000 Euro", "65.000 Euro")),
    ("Die Jury tagte am 22. März 2018.", "Die Jury tagte am 23. März 2018.", ("23. März 2018", "22. März 2018")),
])
def test_a_clause_that_names_its_number_contradicts_another(true, wrong, value):
    assert said(true, CONTRADICTED) == []
    assert said(wrong, CONTRADICTED) == [value]


@pytest.mark.parametrize("text", [
    "Es gingen 12 Bewerbungen ein, davon 7 elektronisch.",
    "Preisgelder gab es. Die Stadt gab insgesamt 1.200 Euro für Blumen aus.",
    "Laut einer Studie haben 55,3 Prozent der Kommunen ein Konzept.",
    "Die Jury tagte im Hotel; es kostete 89 Euro je Nacht.",
    "Am 3. Mai 2019 fand ein Fest statt.",
    "Aus Bayern kamen Beiträge. Zusammen stellten diese sieben Länder die meisten Beiträge.",
])
def test_what_a_clause_says_of_other_things_raises_no_alarm(text):
    assert said(text, CONTRADICTED) == []


AWARDED = [{"entry": f"T-{number}", "group": "town" if number < 4 else "district", "prize": "main", "amount_cents": 2_500_000, "project": "",
            "title": "x", "applicant": "x", "land": "NW", "municipality": f"Musterort T-{number}", "population": 1} for number in range(1, 6)]
CALL = {"kind": "entries", "label": "Bewerbung", "starts_on": date(2017, 6, 12), "ends_on": date(2017, 12, 31)}
SECOND = {"code": "tab2", "number": 2, "title": "Wird das Angebot bewertet?", "note": "", "base": 10, "kind": "cross", "columns": [
    {"code": "yes", "label": "Ja"}, {"code": "no", "label": "Nein"}], "rows": [
    {"code": "total", "label": "Gesamt", "base": 10, "is_total": True, "cells": cells(4, 10)}]}


@pytest.mark.once
@pytest.mark.parametrize(("text", "expected"), [
    # Every number word before a counted thing is listed, and held where the thing is named.
    ("Ausgezeichnet wurden drei Städte und zwei Landkreise.", [("proved", "drei", "3"), ("proved", "zwei", "2")]),
    ("Ausgezeichnet wurden vier Städte und fünf Landkreise.", [("contradicted", "vier", "3"), ("contradicted", "fünf", "2")]),
    ("Danach wurden zwei Kommunen besucht.", [("unknown", "zwei", "")]),
    ("Das Fest wurde von zwei Personen besucht.", []),
    # A place in another sentence decides nothing.
    ("Das Fest war in Bayern. Von den 12 eingegangenen Beiträgen wurden fünf ausgeschlossen.",
     [("unknown", "12", ""), ("contradicted", "fünf", "2")]),
    ("Das Fest war in Bayern. Das sind rund 33 Prozent.", [("unknown", "33 Prozent", "")]),
    # Municipalities that took part are not entries.
    ("8 Kommunen haben sich beteiligt.", [("contradicted", "8", "9")]), ("10 Kommunen haben sich beteiligt.", [("unknown", "10", "9")]),
    ("9 Kommunen haben sich beteiligt.", [("proved", "9", "9")]),
    # A table that is named binds.
    ("In Tabelle 1 haben 80 Prozent ein Konzept.", [("proved", "80 Prozent", "80,0 %")]),
    ("In Tabelle 2 haben 80 Prozent ein Konzept.", [("unknown", "80 Prozent", "")]),
    # Sums and days where the text names them; a year ends a sentence.
    ("Die Preise haben einen Gesamtwert von 152.000 Euro.", [("contradicted", "152.000 Euro", "125.000 Euro")]),
    ("Einsendeschluss war der 30. November 2017. Die Jury tagte am 22. März 2018.",
     [("contradicted", "30. November 2017", "31. Dezember 2017"), ("proved", "22. März 2018", "22. März 2018")]),
    ("Es gibt 16 Länder, und aus 3 davon gingen Beiträge ein.", [("unknown", "16", ""), ("contradicted", "3", "2")]),
    ("Jeder Preis ist mit 25.000 Euro dotiert.", [("proved", "25.000 Euro", "25.000 Euro")]),
])
def test_the_thing_that_is_named_decides(text, expected):
    known = make_dataset()
    data = make_dataset(awards=AWARDED, phases=[*known.phases, CALL], tables=[*known.tables, SECOND])

    found = [(one.status, one.mention.raw, one.right().replace("\u00a0", " ")) for one in check(paragraphs_in(text, data), data)]
    wanted = [right for _status, _raw, right in expected]
    assert [(status, raw, right if want else "") for (status, raw, right), want in zip(found, wanted, strict=True)] == expected


@pytest.mark.once
def test_a_few_of_few_is_proved_within_two_points_and_contradicted_beyond_four():
    def told(yes):
        table = {**SECOND, "base": 1000, "rows": [{**SECOND["rows"][0], "base": 1000, "cells": cells(yes, 1000)}]}
        data = make_dataset(tables=[table])
        return [one.status for one in check(paragraphs_in("Neun von zehn Angeboten werden bewertet.", data), data)]

    assert [told(yes) for yes in (900, 881, 864, 700)] == [["proved"], ["proved"], ["unknown"], ["contradicted"]]


@pytest.mark.once
def test_the_whole_of_a_part_is_named_as_a_whole():
    data = make_dataset()
    found = check(paragraphs_in("In 8 von 10 Beiträgen gibt es ein Konzept.", data), data)

    assert [(one.status, one.mention.raw, one.right()) for one in found] == [("proved", "8", "8"), ("proved", "10", "10")]


def test_a_chapter_with_directives_can_be_checked():
    assert said("Ein Konzept gibt es in {{ tab1.total.yes }} Beiträgen.\n\n{{ table tab1 }}", PROVED) == [("8", "8")]


# --- what is meant, and what is not certain ------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "expected"), [
    # What is said to be an average is one, and neither a prize nor a sum.
    ("Im Durchschnitt erhielten die Preisträger 17.500 Euro.", [("proved", "17.500 Euro", "17.500 Euro")]),
    ("Im Durchschnitt erhielten die Preisträger 25.000 Euro.", [("contradicted", "25.000 Euro", "17.500 Euro")]),
    # How many of a group won is another share than how many of the prizes went to it.
    ("Von den Städten wurden 14,3 Prozent ausgezeichnet.", [("proved", "14,3 Prozent", "14,3 %")]),
    ("Von den Städten wurden 50,0 Prozent ausgezeichnet.", [("contradicted", "50,0 Prozent", "14,3 %")]),
    # A range of groups has two ends.
    ("In den Gruppen haben zwischen 71 und 100 Prozent ein Konzept.", [("proved", "71 und 100 Prozent", "71,4 %")]),
    ("In den Gruppen haben zwischen 60 und 99 Prozent ein Konzept.", [("contradicted", "60 und 99 Prozent", "")]),
    # What two are together.
    ("Aus Nordrhein-Westfalen und Bayern kamen zusammen 9 Beiträge.", [("proved", "9", "9")]),
    ("Aus Nordrhein-Westfalen und Bayern kamen zusammen 8 Beiträge.", [("contradicted", "8", "9")]),
    # A month is held against the phase that its clause names; one of anything else is no number.
    ("Die Jury tagte im März 2018.", [("proved", "März 2018", "22. März 2018")]),
    ("Die Jury tagte im Mai 2018.", [("contradicted", "Mai 2018", "22. März 2018")]),
    ("Im Mai 2018 blühten die Bäume.", []),
])
def test_averages_rates_ranges_sums_and_months_are_held_against_their_own_values(text, expected):
    assert verdicts(text) == expected


def test_what_a_sentence_speaks_of_decides_and_not_the_sentence_before_it():
    table = {**SECOND, "base": 10}
    data = make_dataset(tables=[*make_dataset().tables, table])
    text = "In den Landkreisen gibt es immer ein Konzept. Bewertet wird das Angebot in 40,0 Prozent der Fälle."
    assert [(one.status, one.fact.path) for one in check(paragraphs_in(text, data), data)] == [(PROVED, "tab2.total.yes.percent")]
    assert [one.right() for one in check(paragraphs_in(text.replace("40,0", "44,0"), data), data)] == ["40,0\u00a0%"]


def test_not_even_is_no_answer():
    """“Nicht einmal die Hälfte” is said of those who said Yes, and is not proved by how few said No."""
    assert said("Nicht einmal die Hälfte der Landkreise hat ein Konzept.", PROVED) == []
    assert said("Ein Konzept hat nicht einmal die Hälfte der Landkreise.", PROVED) == []


def test_deputies_are_no_voting_members_and_a_chair_who_does_not_vote_is_a_member():
    member = {"function": "Wissenschaft", "name": "A. Beispiel", "role": "", "is_sample": True, "votes": True}
    data = make_dataset(jury=[*[member] * 3, member | {"votes": False}, member | {"is_deputy": True}, member | {"is_deputy": True}])
    for text, status in (("Der Jury gehörten drei stimmberechtigte Mitglieder an.", PROVED), ("Der Jury gehörten vier Mitglieder an.", PROVED),
                         ("Der Jury gehörten fünf stimmberechtigte Mitglieder an.", CONTRADICTED)):
        assert [one.status for one in check(paragraphs_in(text, data), data)] == [status], text


@pytest.mark.parametrize("text", [
    # What stands behind the number says whose it is; a sentence without a group speaks of all.
    "Ein Konzept haben 8 Beiträge, darunter 5 aus Landkreisen.", "Auch die Städte haben Ziele. Ein Konzept gibt es bei 71,4 Prozent.",
])
def test_a_group_proves_no_number_that_is_said_of_another_or_of_all(text):
    assert [status for status, raw, _right in verdicts(text) if raw in ("5", "71,4 Prozent")] == [UNKNOWN]
    assert said("Ein Konzept haben 8 Beiträge, darunter 5 aus Städten und 3 aus Landkreisen.", PROVED) == [("8", "8"), ("5", "5"), ("3", "3")]


def test_an_exact_figure_is_not_accused_where_a_row_of_a_like_name_has_it():
    def options(number: int, title: str, rows: dict[str, str]) -> dict:
        return {"code": f"tab{number}", "number": number, "title": title, "note": "", "base": 142, "kind": "choices",
                "columns": [{"code": "mentions", "label": "Nennungen"}], "rows": [
                    {"code": str(place), "label": label, "base": 142,
                     "cells": {"mentions": {"count": round(float(percent) * 1.42), "percent": percent}}}
                    for place, (label, percent) in enumerate(rows.items())]}

    data = make_dataset(tables=[*make_dataset().tables, options(6, "Welche Partner wirken mit?", {"Stiftungen": "31.7", "Sponsoren": "30.3"}),
                                options(9, "Wie wird es finanziert?", {"Stiftungsmittel": "24.6", "Sponsorengelder": "19.0"})])
    text = "Stiftungsgelder ({} Prozent) rangieren noch vor denen von Sponsoren ({} Prozent)."
    assert CONTRADICTED not in [one.status for one in check(paragraphs_in(text.format("24,6", "19,0"), data), data)]
    assert CONTRADICTED in [one.status for one in check(paragraphs_in(text.format("26,4", "19,6"), data), data)]


def test_where_more_than_one_fact_may_be_meant_none_is_called_the_right_one():
    known = make_dataset()
    first = {**known.prizes[0], "code": "first"}
    prizes = [first, {**first, "code": "second", "group": "district", "amount_cents": 1_500_000}]
    data = make_dataset(prizes=prizes)
    (found,) = check(paragraphs_in("Jeder Preis ist mit 20.000 Euro dotiert.", data), data)
    assert (found.status, found.right(), {fact.number for fact in found.candidates}) == (CONTRADICTED, "", {25_000, 15_000})
    assert "25.000" in found.sentence()
    assert "15.000" in found.sentence()


@pytest.mark.parametrize("code", ["main", "sonder"])
def test_a_prize_that_is_called_main_is_not_what_a_main_prize_is_worth(code):
    """The prizes of the groups are worth the same, and are meant by “Hauptpreis”, whatever code another one has."""
    known = make_dataset()
    prizes = [{**known.prizes[0], "code": code, "group": "special", "label": "Sonderpreis", "amount_cents": 1_000_000},
              {**known.prizes[0], "code": "gross"}]
    for order in (prizes, prizes[::-1]):
        data = make_dataset(prizes=order)
        (found,) = check(paragraphs_in("Der Hauptpreis ist mit 25.000 Euro dotiert.", data), data)
        assert (found.status, found.fact.label) == (PROVED, "Preis")
        (wrong,) = check(paragraphs_in("Der Hauptpreis ist mit 20.000 Euro dotiert.", data), data)
        assert (wrong.status, wrong.right().replace("\u00a0", " ")) == (CONTRADICTED, "25.000 Euro")


def test_rows_of_laender_and_of_size_classes_are_contradicted_by_no_other_table():
    """What the office made in the explorer stands in its own book: `{{ tab9.BY.yes }}`, and classes that are numbers themselves."""
    def table(number, rows):
        return {"code": f"tab{number}", "number": number, "title": "Gibt es ein Angebot?", "note": "", "base": 10, "kind": "cross",
                "columns": [{"code": "yes", "label": "Ja"}, {"code": "no", "label": "Nein"}],
                "rows": [{"code": code, "label": label, "base": 9, "is_total": False, "cells": cells(5, 9)} for code, label in rows]}

    data = make_dataset(tables=[*make_dataset().tables, table(8, [("big", "ab 500.000"), ("small", "5.000 bis 19.999")]),
                                table(9, [("BY", "Bayern"), ("NW", "Nordrhein-Westfalen")])])
    text = ("Tab. 8: Gibt es ein Angebot? (n=10)\n\n| ab 500.000 | 5 | 55,6 | 4 | 44,4 |\n| 5.000 bis 19.999 | 5 | 55,6 | 4 | 44,4 |\n\n"
            "Bayern hat 5 Beiträge, siehe Tab. 9.")
    assert [one.sentence() for one in check(paragraphs_in(text, data), data) if one.status == CONTRADICTED] == []
