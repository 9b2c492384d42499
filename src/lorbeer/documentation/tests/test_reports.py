"""The number check on what reports and articles are made of: labels and lists, tables with named columns, dates, sums of money."""

import pytest

from lorbeer.documentation.checking.judgement import CONTRADICTED, PROVED, UNKNOWN
from lorbeer.documentation.checking.mentions import mentions
from lorbeer.documentation.checking.reading import paragraphs_in
from lorbeer.documentation.checking.verdicts import check
from lorbeer.documentation.tests.factories import make_dataset
from lorbeer.documentation.tests.test_claims import dataset, found, options


@pytest.mark.parametrize(("text", "true", "false"), [
    # A label before a colon says what its sentence is about; a list, what it was introduced with.
    ("Konzept: Insgesamt liegt es in {} Prozent der Fälle vor.", "80,0", "90,0"), ("Kirchen: {} Nennungen", "60", "80"),
    ("Die Beiträge verteilen sich auf die Länder so:\n\n- Bayern: {}\n- Nordrhein-Westfalen: 6", "3", "5"),
    # What stands right before a number is meant, though another of the series has that number.
    ("Genannt werden Spenden (40 Prozent), Bundesmittel ({} Prozent) und Landesmittel.", "26,0", "50,0"),
    ("Beteiligt sind auch die Sportvereine, die {} Kommunen nennen.", "45", "54"),
    # Distances in a table that was spoken of before.
    ("Ein Konzept haben 8 Beiträge. Der Vorsprung der Landkreise vor den Städten beträgt {} Prozentpunkte.", "28,6", "18,6"),
    ("Ein Konzept haben alle Landkreise. Der Abstand zu den Städten beträgt {} Prozentpunkte.", "28,6", "18,6"),
    # Who is left, what is left, and what all prizes are worth.
    ("2 Beiträge wurden zurückgewiesen. Die übrigen {} wurden vorgeprüft.", "10", "14"),
    ("Hinzu kommt ein Preis für Städte, sodass sich das Gesamtvolumen auf {} Euro beläuft.", "35.000", "53.000"),
    ("Preise gab es genug, {} Euro blieben liegen.", "65.000", "56.000"),
])
def test_a_report_is_proved_where_it_is_true_and_contradicted_where_it_is_not(text, true, false):
    assert [raw for status, raw in found(text.format(true)) if status == CONTRADICTED] == []
    assert [raw for status, raw in found(text.format(false)) if status == CONTRADICTED][:1] == [
        next(one.raw for one in mentions(text.format(false)) if false in one.raw)]


@pytest.mark.parametrize("text", [
    "Unsere Gäste kamen von weit her:\n\n- Bayern: 27\n- Nordrhein-Westfalen: 12", "Bayern: 27",
    "Der Süden, Bayern nicht mitgerechnet, schickte 9 Beiträge.", "Ohne Bayern waren es 9 Beiträge.",
    "Danach folgen mit einem Abstand von 12 Nennungen die Sportvereine.", "Sportvereine folgen mit 12 Nennungen Abstand.",
    "Ein Konzept: In den Städten erreicht es nicht die Hälfte der Kosten.",
])
def test_what_a_report_says_of_something_else_is_not_accused(text):
    assert [one for one in found(text) if one[0] == CONTRADICTED] == []


HEADED = """| Gruppe | Beiträge | Anteil in v. H. | Preise | Preise je 100 Beiträge | Preisgeld in Euro |
| --- | ---: | ---: | ---: | ---: | ---: |
| Städte | 7 | 70,0 | 1 | 14,3 | 25.000 |
| Landkreise | 3 | 30,0 | 0 | 0,0 | 0 |
| Summe | 10 | 100,0 | 1 | 10,0 | 25.000 |"""


@pytest.mark.parametrize(("true", "false"), [("| 7 |", "| 6 |"), ("70,0", "71,0"), ("14,3", "13,4"), ("Städte | 7 | 70,0 | 1", "Städte | 7 | 70,0 | 2"),
                                             ("14,3 | 25.000", "14,3 | 52.000"), ("10,0 | 25.000", "11,0 | 25.000")])
def test_columns_that_say_what_they_count_are_held_against_it(true, false):
    assert {status for status, _raw in found(HEADED)} == {PROVED}
    assert len([raw for status, raw in found(HEADED.replace(true, false)) if status == CONTRADICTED]) == 1


def test_columns_of_something_else_are_not_held_against_the_edition():
    others = HEADED.replace("Beiträge |", "Beiträge mit Gästen |", 1).replace("| Preise |", "| Preise im Vorjahr |").replace("| 7 |", "| 9 |")
    assert [one for one in found(others) if one[0] == CONTRADICTED] == []


def test_a_table_of_the_same_answer_proves_nothing_where_the_sentence_names_another():
    """“Schriftliches Konzept” is not the “Verkehrskonzept” that 6 have."""
    known = make_dataset()
    other = {**known.tables[0], "code": "tab9", "number": 9, "title": "Gibt es ein Verkehrskonzept?"}
    other["rows"] = [{**row, "cells": {code: {"count": 1, "percent": "10.0"} for code in row["cells"]}} for row in other["rows"]]
    data = make_dataset(tables=[*known.tables, other])
    assert [one.status for one in check(paragraphs_in("Verkehrskonzept: 8 Beiträge haben eines.", data), data)] != [PROVED]


@pytest.mark.parametrize(("words", "true_of", "false_of"), [
    ("jede elfte Stadt", ["9.1", "8.8"], ["11.1", "8.1"]), ("jeder sechste Landkreis", ["16.7", "17.5"], ["12.5", "20"]),
    ("erreicht nicht die Hälfte", ["47.7"], ["50.1"]), ("nicht die Hälfte, sondern alle", ["50"], ["47.7"]),
])
def test_small_shares_and_what_is_not_reached_have_their_own_tolerance(words, true_of, false_of):
    from decimal import Decimal

    first = mentions(words)[0]
    assert [value for value in true_of if not first.allows(Decimal(value))] == []
    assert [value for value in false_of if first.allows(Decimal(value))] == []


@pytest.mark.parametrize(("words", "kind", "number"), [
    ("anderthalb Millionen Euro", "euro", 1_500_000), ("zweieinhalb Millionen", "count", 2_500_000), ("zwei Prozentpunkte", "points", 2)])
def test_halves_of_millions_and_points_in_words_are_read(words, kind, number):
    assert [(one.kind, one.number) for one in mentions(words)] == [(kind, number)]
