import re
from decimal import Decimal
from pathlib import Path

import pytest

from lorbeer.documentation import references
from lorbeer.documentation.references import MARK, fraction_words, number_words, phrase_is_true, scan, typed_numbers
from lorbeer.documentation.tests.factories import make_dataset

DATA = make_dataset()


def found(text):
    return [(finding.status, finding.text) for finding in scan(text, DATA).findings]


@pytest.mark.parametrize(("text", "printed"), [
    ("{{ numbers.admitted }}", "10"),
    ("{{numbers.admitted}}", "10"),
    ("{{ numbers.admitted = 10 }}", "10"),
    ("etwa {{ numbers.admitted | written = zehn }}", "zehn"),
    ("etwa {{ numbers.admitted = 10 | written }}", "zehn"),
    ("{{ tab1.total.yes }}", "8"),
    ("{{ tab1.total.yes.count }}", "8"),
    ("{{ tab1.total.yes.percent }}", "80,0\u00a0%"),
    ("{{ tab1.total.yes.percent | rounded }}", "80\u00a0%"),
    ("{{ tab1.total.yes.percent | number }}", "80,0"),
    ("also {{ tab1.town.yes.percent | words }}", "gut sieben Zehntel"),
    ('{{ tab1.town.yes.percent | says: "mehr als zwei Drittel" }}', "mehr als zwei Drittel"),
    ("{{ tab1.town.base }}", "7"),
    ("{{ tab1.label }}", "Tab.\u00a01"),
    ("{{ awards.sum }}", "35.000\u00a0Euro"),
    ("{{ awards.sum = 35.000 Euro }}", "35.000\u00a0Euro"),
    ("{{ awards.left }}", "65.000\u00a0Euro"),
    ("davon {{ awards.groups.special.count | written }}", "eins"),
    ("{{ numbers.groups.district.percent }}", "30,0\u00a0%"),
    ("{{ numbers.unlisted }}", "1"),
    ("{{ numbers.land.BY }}", "3"),
    ("{{ dates.jury.start }}", "22.\u00a0März 2018"),
    ("{{ dates.jury.start | year }}", "2018"),
])
def test_a_reference_prints_the_value_of_the_edition(text, printed):
    assert found(text) == [("computed", printed)]


@pytest.mark.parametrize("before", [
    "", "Erster Absatz.\n\n", "Das gehört dazu. ", "Und jetzt?\n", "(Siehe dort.) ", "Sie sagte: „Gut.“ ", "## ", "## Zahlen\n",
    "- ", "1. ", "> ", "- Punkt\n- ", "Es waren {{ numbers.admitted }}. ", "Schluss.\n\n**", "Schluss. „",
])
def test_a_number_in_words_begins_a_sentence_with_a_capital(before):
    *_others, (_status, printed) = found(before + "{{ numbers.admitted | written }} Beiträge")

    assert printed == "Zehn"


@pytest.mark.parametrize("before", [
    "Es waren ", "Es waren\n", "Es gab Preise: ", "ca. ", "z. B. ", "alle, ", "| Preise | ", "Es waren (", "- Punkt\n  mit ",
])
def test_a_number_in_words_within_a_sentence_stays_small(before):
    assert found(before + "{{ numbers.admitted | written }} Beiträge") == [("computed", "zehn")]


def test_the_words_an_author_chose_are_printed_as_written():
    assert found('{{ tab1.total.yes.percent | says: "drei von vier" }}')[0][1] == "drei von vier"


@pytest.mark.parametrize(("text", "status"), [
    ("{{ numbers.admitted = 11 }}", "contradicted"),
    ("{{ tab1.total.yes.percent = 80,1 % }}", "contradicted"),
    ('{{ tab1.total.yes.percent | says: "knapp drei Viertel" }}', "contradicted"),
    ('{{ tab1.total.yes.percent | says: "sehr viele" }}', "contradicted"),
    ("{{ numbers.admitted | words }}", "contradicted"),
    ("{{ numbers.admited }}", "unknown"),
    ("{{ tab9.total.yes }}", "unknown"),
    ("{{ }}", "unknown"),
    ("{{ numbers.admitted; import os }}", "unknown"),
    ("[[5.000|]]", "unknown"),
])
def test_what_is_not_true_or_not_there_is_a_fault(text, status):
    (finding,) = scan(text, DATA).findings

    assert finding.status == status
    assert finding.is_fault
    assert finding.note


@pytest.mark.parametrize(("text", "raw"), [
    ("Es waren 10 Beiträge.", "10"), ("rund 80 % aller", "80 %"), ("83,8 Prozent", "83,8"), ("1.000.000 Euro", "1.000.000"),
    ("im Jahr 2018", "2018"), ("einundzwanzig Preise", "einundzwanzig"), ("**7** davon", "7"), ("| a | 12 |", "12"),
    ("fünfzehn Menschen", "fünfzehn"), ("ein Dutzend Orte", "Dutzend"), ("hundertfünf Orte", "hundertfünf"), ("eine Million", "Million"),
    ("twenty-one places", "twenty-one"), ("a dozen of them", "dozen"),
    ("Es gab zwölf Preise.", "zwölf"), ("aus drei\nLändern", "drei"), ("**elf** weitere *Beiträge*", "elf"), ("Sechs Jurymitglieder", "Sechs"),
    ("zehn Prozent", "zehn"), ("drei Millionen", "drei"), ("There were twelve prizes.", "twelve"), ("two admitted entries", "two"),
    ("fast ½ aller", "½"), ("3½ Jahre", "3½"), ("⅔\u00a0% davon", "⅔\u00a0%"), ("10² Orte", "10²"), ("je ² davon", "²"),
    ("Zwei Drittel der Kommunen haben ein Konzept.", "Zwei Drittel"), ("Gut ein Viertel aller Beiträge", "Gut ein Viertel"),
    ("Jede zweite Kommune hat eines.", "Jede zweite"), ("Jeder Dritte sagt ja.", "Jeder Dritte"),
    ("mehr als die Hälfte der Orte", "mehr als die Hälfte"),
    ("Neun von zehn Kommunen", "Neun von zehn"), ("**Zwei** *Drittel* der Orte", "Zwei** *Drittel"), ("also fast\nalle Orte", "fast"),
    ("Fast alle Kommunen", "Fast alle"), ("Die Mehrheit der Beiträge", "Mehrheit"), ("in der großen Mehrzahl", "großen Mehrzahl"),
    ("Doppelt so viele Städte wie Kreise", "Doppelt so viele"), ("dreimal so häufig", "dreimal so häufig"), ("halb so viele", "halb so viele"),
    ("a third of all", "a third"), ("almost all of them", "almost all"), ("twice as many", "twice as many"),
    ("every second town", "every second"),
])
def test_a_number_typed_by_hand_is_found_with_its_place(text, raw):
    (finding,) = scan("Zeile eins\n" + text, DATA).findings

    assert (finding.status, finding.raw, finding.line, finding.column) == ("by_hand", raw, 2, text.index(raw))


@pytest.mark.parametrize("text", [
    "Zwei Personen lesen jeden Beitrag.", "zehn Niederländer", "ein Preis", "Es sind zwei, drei: Preise", "Dutzende von Orten",
    "Jede zweite Woche tagte der Rat, in der ersten Hälfte des Jahres jeden dritten Montag.", "in einem Viertel am Hafen, das viele kennen",
    "Die Jury entscheidet mit einfacher Mehrheit.", "die Mehrheit der abgegebenen Stimmen", "ein Angebot für Minderheiten", "a third party",
    "Wörter wie „gut drei Viertel“ oder „fast alle“", "die meisten Kommunen, fast immer und überall", "every other week", "by majority vote",
    "höchstens fünf Seiten im Format A4", "1. erstens\n2. zweitens",
    "Wort[^1]\n\n[^1]: Note",
    "[Seite](https://example.org/2018/x)", "<https://example.org/1>", "seit Jahrhunderten", "viele m² Wiese", "`code 12`", "```\n12\n```",
])
def test_what_is_no_figure_is_left_alone(text):
    assert found(text) == []


def test_a_number_typed_by_hand_gets_the_references_that_would_print_it():
    (finding,) = scan("Es waren 35.000 Euro.", DATA).findings

    assert "{{ awards.sum }}" in finding.suggestions


def test_a_share_in_words_is_offered_with_the_values_that_bear_it_out():
    (finding,) = scan("Gut sieben Zehntel der Städte haben ein Konzept.", DATA).findings

    assert '{{ tab1.town.yes.percent | says: "Gut sieben Zehntel" }}' in finding.suggestions
    assert [(one.status, one.text) for choice in finding.suggestions for one in scan(choice, DATA).findings] == [
        ("computed", "Gut sieben Zehntel")] * len(finding.suggestions)
    assert re.search(r"says: .*\[\[Gut sieben Zehntel\|", finding.note)


@pytest.mark.once
def test_the_shipped_chapters_say_no_share_by_hand():
    chapters = sorted((Path(__file__).parents[4] / "competitions").glob("*/book/*.md"))

    assert len(chapters) == 12
    assert [(path.name, match[0]) for path in chapters for match in typed_numbers(MARK.sub("", path.read_text()))
            if not match[0][0].isdigit()] == []


@pytest.mark.once
def test_what_is_typed_again_and_again_is_looked_up_once(monkeypatch):
    asked = []
    look_up = references.by_hand
    monkeypatch.setattr(references, "by_hand", lambda raw, *facts: asked.append(raw) or look_up(raw, *facts))
    found = scan("Zwei Drittel sind 99 Orte. " * 300 + "[^1]" * 300, DATA).findings

    assert asked == ["Zwei Drittel", "99"]
    assert (len(found), found[-2].column, found[-2].raw, found[-1].raw) == (600, 27 * 299, "Zwei Drittel", "99")


def test_a_misspelt_reference_gets_its_neighbour():
    (finding,) = scan("{{ numbers.admited }}", DATA).findings

    assert finding.suggestions[0] == "{{ numbers.admitted }}"


def test_a_contradicted_expectation_gets_the_right_one():
    (finding,) = scan("{{ numbers.admitted = 11 }}", DATA).findings

    assert finding.suggestions[0] == "{{ numbers.admitted = 10 }}"
    assert found(finding.suggestions[0]) == [("computed", "10")]


def test_a_fact_from_outside_keeps_its_source():
    (finding,) = scan("mehr als [[5.000|Merkblatt 2017]] Einwohner", DATA).findings

    assert (finding.status, finding.text, finding.source) == ("source", "5.000", "Merkblatt 2017")


def test_directives_stand_alone_on_their_line():
    result = scan("{{ table tab1 }}\n\nText {{ table tab1 }} im Satz\n\n  {{ portraits }}  ", DATA)

    assert [(one.line, one.name, one.argument) for one in result.directives] == [(1, "table", "tab1"), (5, "portraits", "")]
    assert [finding.status for finding in result.findings] == ["unknown"]


def test_private_characters_in_the_text_cannot_pose_as_findings():
    assert scan("\U000f0000 \U00100000 Text", DATA).text == "  Text"


@pytest.mark.parametrize(("phrase", "percent", "true"), [
    ("gut drei Viertel", "76.1", True), ("gut drei Viertel", "74.9", False), ("gut drei Viertel", "79.1", False),
    ("knapp drei Viertel", "73.9", True), ("knapp drei Viertel", "75.1", False), ("knapp die Hälfte", "48.6", True),
    ("mehr als die Hälfte", "50.1", True), ("mehr als die Hälfte", "50.0", False), ("weniger als ein Drittel", "33.0", True),
    ("rund ein Fünftel", "19.6", True), ("rund ein Fünftel", "22.1", False), ("zwei Drittel", "66.7", True),
    ("zwei Drittel", "68.0", False), ("neun von zehn", "90.3", True), ("mehr als neun von zehn", "91.5", True),
    ("eine Mehrheit", "51.0", True), ("eine große Mehrheit", "60.0", False), ("die Minderheit", "12.0", True),
    ("alle", "100.0", True), ("alle", "99.0", False), ("fast alle", "90.0", True), ("fast alle", "89.0", False), ("fast alle", "100.0", False),
    ("a good three quarters", "75.2", True), ("almost two thirds", "66.0", True), ("more than half of", "49.0", False),
])
def test_words_for_a_share_are_true_or_not(phrase, percent, true):
    assert phrase_is_true(phrase, Decimal(percent)) is true


def test_words_that_say_nothing_of_a_share_are_not_understood():
    assert phrase_is_true("ziemlich viele", Decimal(50)) is None


def test_whatever_words_are_chosen_are_true():
    percents = [Decimal(tenth) / 10 for tenth in range(1001)]
    chosen = {percent: words for percent in percents if (words := fraction_words(percent))}

    assert len(chosen) > 500
    assert [percent for percent, words in chosen.items() if not phrase_is_true(words, percent)] == []


@pytest.mark.parametrize(("number", "words"), [
    (0, "null"), (1, "eins"), (12, "zwölf"), (17, "siebzehn"), (21, "einundzwanzig"), (60, "sechzig"),
    (142, "einhundertzweiundvierzig"), (1000, "1000"),
])
def test_numbers_in_words(number, words):
    assert number_words(number) == words


def test_a_path_in_the_wrong_case_is_led_to_the_one_that_is_meant():
    table = DATA.tables[0]
    rows = [{**table["rows"][0], "code": code, "label": code} for code in ("not_stated", "NW", "NI", "BY")]
    data = make_dataset(tables=[{**table, "rows": rows}])

    def offered(path):
        (finding,) = scan("{{ " + path + " }}", data).findings
        return finding.suggestions

    assert offered("tab1.by.yes") == ("{{ tab1.BY.yes }}", "{{ tab1.BY.yes.count }}", "{{ tab1.BY.yes.percent }}")
    assert offered("tab1.by")[0] == "{{ tab1.BY.base }}"
    assert offered("tab1..yes")[0] == "{{ tab1.not_stated.yes }}"        # the row “ohne Angabe”, whose code is empty in the data


@pytest.mark.parametrize(("text", "printed"), [
    ("{{ tab1.total.yes.percent }} % der Kommunen", "80,0\u00a0% %"), ("{{ tab1.total.yes.percent }}%", "80,0\u00a0%%"),
    ("{{ tab1.total.yes.percent }} Prozent", "80,0\u00a0% Prozent"), ("{{ awards.sum }} Euro", "35.000\u00a0Euro Euro"),
    ("{{ awards.sum }}\u00a0€", "35.000\u00a0Euro\u00a0€"),
])
def test_a_sign_typed_behind_a_value_that_has_it_is_a_fault_that_says_what_to_write(text, printed):
    (finding,) = scan(text, DATA).faults

    assert (finding.line, finding.text) == (1, printed)
    assert text.startswith(finding.raw)
    assert finding.suggestions == (text.partition("}}")[0] + "}}",)


@pytest.mark.parametrize("text", ["{{ tab1.total.yes.percent | number }} %", "{{ awards.sum | number }} Euro", "{{ awards.sum }} Eurocent"])
def test_a_sign_typed_behind_a_value_that_does_not_print_it_is_none(text):
    assert scan(text, DATA).faults == []
