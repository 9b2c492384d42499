"""The number check on what reports and articles are made of: labels and lists, tables with named columns, dates, sums of money."""

from datetime import date

import pytest

from lorbeer.documentation.checking.judgement import CONTRADICTED, PROVED
from lorbeer.documentation.checking.mentions import mentions
from lorbeer.documentation.checking.reading import paragraphs_in
from lorbeer.documentation.checking.verdicts import check
from lorbeer.documentation.tests.factories import make_dataset
from lorbeer.documentation.tests.test_claims import found


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
    # What one in so many won: of small shares the count is rounded.
    ("Einen Preis errang nur jede {} teilnehmende Stadt.", "siebte", "fünfte"),
    # Who is left, what is left, and what all prizes are worth.
    ("2 Beiträge wurden zurückgewiesen. Die übrigen {} wurden vorgeprüft.", "10", "14"),
    ("Hinzu kommen Preise für Städte, sodass sich das Gesamtvolumen auf {} Euro beläuft.", "35.000", "53.000"),
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


@pytest.mark.parametrize(("true", "false"), [("| 7 |", "| 6 |"), ("70,0", "71,0"), ("14,3", "13,4"), ("70,0 | 1 |", "70,0 | 2 |"),
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


CALL = [("call", "Auslobung", date(2018, 1, 1), date(2018, 1, 1)), ("entries", "Bewerbung", date(2018, 1, 1), date(2018, 1, 29)),
        ("jury", "Jury", date(2018, 3, 22), date(2018, 3, 22))]


def told(text: str, **facts) -> list[tuple[str, str]]:
    """Status and words, in a competition with more dates, prizes and Länder than the smallest one has."""
    known = make_dataset()
    phases = [{"kind": kind, "label": label, "starts_on": begun, "ends_on": ended} for kind, label, begun, ended in CALL]
    lands = ("BB", "BB", "BB", "ST", "SN", "TH", "MV", "BY", "BY", "")
    awards = [{**known.awards[0], "entry": entry, "land": land} for entry, land in (("T-1", "BB"), ("T-2", "BB"), ("T-3", "ST"))]
    entries = [{**entry, "land": land} for entry, land in zip(known.entries, lands, strict=True)]
    data = make_dataset(**{"phases": phases, "entries": entries, "awards": awards} | facts)
    return [(one.status, one.mention.raw) for one in check(paragraphs_in(text, data), data)]


@pytest.mark.parametrize(("text", "true", "false"), [
    # Dates of the call, and how long it was from one to the next: 29 January to 22 March are 52 days.
    ("Der Wettbewerb wurde am {}.01.2018 eröffnet.", "01", "11"), ("Zum Wettbewerb wurde am {}. Januar 2018 aufgerufen.", "1", "11"),
    ("Die Jury kam zusammen, {} Wochen nach Einsendeschluss.", "sieben", "zwölf"),
    ("Die Jury kam zusammen, {} Tage nach Einsendeschluss.", "52", "61"),
    ("Für die Ausarbeitung der Bewerbung standen {} Wochen zur Verfügung.", "vier", "neun"),
    # What several Länder have together, and who is told after another.
    ("Die ostdeutschen Länder sind mit {} Beiträgen vertreten.", "sieben", "neun"),
    ("Brandenburg gewann zwei Preise. Dahinter liegen Sachsen-Anhalt mit einem und Bayern mit {} Preisen.", "null", "drei"),
    # Shares of what was received, and money that is no more called so.
    ("Der Anteil war gering (Ausschlussquote: {} Prozent).", "16,7", "17,6"),
    ("Vergeben wurden 75.000 Euro Preisgeld, {} im Schnitt je Preis.", "25.000", "52.000"),
])
def test_dates_lands_and_prizes_of_an_article_are_held_against_the_edition(text, true, false):
    assert [raw for status, raw in told(text.format(true)) if status == CONTRADICTED] == []
    assert false in " ".join(raw for status, raw in told(text.format(false)) if status == CONTRADICTED)


@pytest.mark.parametrize("text", [
    "Für die Ausarbeitung der Satzung standen 12 Wochen zur Verfügung.", "Drei Monate nach der Bekanntgabe begann der Bau des Hauses.",
    "Das Museum wurde nach dem Wettbewerb am 3. Mai 2019 eröffnet.", "Die ostdeutschen Länder gaben 15 Preise für Ehrenamt aus.",
    "Die Stadt gehört zu den 30 Siegern des Wettbewerbs „Unser Dorf“.",
    "Das Gesamtvolumen der Investitionen liegt bei 60.000 Euro dank Preisen.",
    "Musterort T-1: 45.000 Euro für den Umbau.", "Hinzu kommen zwei Fahrräder, die jeweils 500 Euro kosten.",
    "Ein Konzept gibt es oft. Der Abstand der Landkreise zu den Städten beträgt bei der Arbeitslosigkeit 3 Prozentpunkte.",
])
def test_dates_sums_and_distances_of_something_else_are_not_accused(text):
    assert [one for one in told(text) if one[0] == CONTRADICTED] == []


@pytest.mark.parametrize("text", [
    "In weniger als 90 Prozent der Fälle war das Wetter schlecht.", "Ein Konzept haben viele. Begrenzt sind zusammen 8 Beiträge.",
    "Kirchen wirken in 45 Beiträgen mit, Sportvereine in 15."])
def test_what_many_cells_would_prove_or_another_clause_has_named_is_not_believed(text):
    assert [one for one in found(text) if one[0] == PROVED] == []


def cross(number: int, title: str, answers: dict[str, int]) -> dict:
    """A table of the whole with these answers of ten entries."""
    return {"code": f"tab{number}", "number": number, "title": title, "note": "", "base": 10, "kind": "cross",
            "columns": [{"code": f"a{place}", "label": label} for place, label in enumerate(answers)],
            "rows": [{"code": "total", "label": "Gesamt", "base": 10, "is_total": True, "cells": {
                f"a{place}": {"count": count, "percent": f"{10 * count}.0"} for place, count in enumerate(answers.values())}}]}


def test_words_that_two_tables_have_accuse_nobody_and_an_answer_is_not_carried_over_from_answers():
    tables = [cross(1, "Wie lange ist die Finanzierung gesichert?", {"offen": 5, "dauerhaft": 4, "keine Antwort": 1}),
              cross(2, "Welche Laufzeit hat der Beitrag?", {"bis zu zwei Jahre": 3, "Dauerangebot": 7})]
    assert CONTRADICTED not in [status for status, _raw in told("Sieben von zehn Angeboten sind dauerhaft angelegt.", tables=tables)]
    text = "Wer die Antworten liest, der staunt. Für nicht einmal jedes vierte Angebot ist das Geld gesichert."
    assert PROVED not in [status for status, _raw in told(text, tables=tables)]
    assert (CONTRADICTED, "70,0 Prozent") in told("Die Laufzeit ist meist lang.\n\nDie Finanzierung ist in 70,0 Prozent der Fälle dauerhaft.",
                                                  tables=tables)


def test_more_or_less_than_half_is_held_against_the_two_numbers_before_it():
    text = "40 von 60 Vereinen sagten zu, also {} als die Hälfte."
    assert [one for one in found(text.format("mehr")) if one[0] == CONTRADICTED] == []
    assert found(text.format("weniger")) == [(CONTRADICTED, "Hälfte")]


@pytest.mark.parametrize("text", [
    "Gekommen sind 12 Bewerbungen.", "Im Februar lagen die Absichtserklärungen auf dem Tisch.",
    "In Deutschland gibt es 107 Städte und 294 Landkreise; 10 von ihnen haben mitgemacht.", "Wir wollen das nächste Mal 30 Projekte sehen.",
    "Preise gab es viele. Ein Drittel des Geldes ging an die Großen.", "Vergeben wurden 75.000 Euro, ein Preis brachte im Schnitt 25.000 Euro.",
    "Ein Konzept zu diskutieren kamen 120 Personen, 60 Prozent waren zufrieden.", "Frühere Wettbewerbe hatten 8 und 7 Beiträge.",
    "Zwei Drittel der Preise gingen nach Brandenburg.",
])
def test_a_speech_of_wishes_guests_and_rounded_sums_is_not_accused(text):
    letters = {"kind": "letters", "label": "Absichtserklärung", "starts_on": date(2018, 1, 2), "ends_on": date(2018, 3, 2)}
    phases = [letters, *({"kind": kind, "label": label, "starts_on": begun, "ends_on": ended} for kind, label, begun, ended in CALL)]
    assert [one for one in told(text, phases=phases) if one[0] == CONTRADICTED] == []
