"""The number check on what a text says without a number of its own: places, orders, ratios, differences, sums, lists."""

import pytest

from lorbeer.documentation.checking.claims import claims
from lorbeer.documentation.checking.judgement import CONTRADICTED, PROVED, UNKNOWN
from lorbeer.documentation.checking.mentions import mentions
from lorbeer.documentation.checking.reading import paragraphs_in
from lorbeer.documentation.checking.verdicts import check
from lorbeer.documentation.dataset import Dataset
from lorbeer.documentation.tests.factories import make_dataset

PARTNERS = {"churches": ("Kirchen", 60), "clubs": ("Sportvereine", 45), "gardens": ("Kleingartenvereine", 30), "others": ("Weitere", 28),
            "foundations": ("Stiftungen", 15), "sponsors": ("Sponsoren", 15)}
FUNDS = {"state": ("Landesmittel", 50), "federal": ("Bundesmittel", 26), "gifts": ("Spenden", 40)}


def options(number: int, title: str, rows: dict[str, tuple[str, int]]) -> dict:
    return {"code": f"tab{number}", "number": number, "title": title, "note": "", "base": 100, "kind": "choices",
            "columns": [{"code": "mentions", "label": "Nennungen"}], "rows": [
                {"code": code, "label": label, "base": 100, "cells": {"mentions": {"count": count, "percent": f"{count}.0"}}}
                for code, (label, count) in rows.items()]}


def dataset() -> Dataset:
    known = make_dataset()
    return make_dataset(tables=[*known.tables, options(2, "Welche Partner beteiligen sich?", PARTNERS),
                                options(3, "Wie wird das Angebot finanziert?", FUNDS)])


def found(text: str) -> list[tuple[str, str]]:
    """Status and words of everything that is said, without what is unknown."""
    data = dataset()
    return [(one.status, one.mention.raw) for one in check(paragraphs_in(text, data), data) if one.status != UNKNOWN]


@pytest.mark.parametrize(("text", "true", "false"), [
    # A place in the series, counted from above or from below; ties share theirs.
    ("{} am häufigsten beteiligt.", "Kirchen sind", "Sportvereine sind"),
    ("Am seltensten sind {} beteiligt.", "Sponsoren", "Kirchen"),
    ("An {} Stelle stehen die Sportvereine mit 45 Nennungen.", "zweiter", "dritter"),
    ("Die {} Nennungen haben Kirchen.", "meisten", "wenigsten"),
    ("Am {} werden Sportvereine genannt.", "zweithäufigsten", "dritthäufigsten"),
    # Who follows has no more; each that is listed counts.
    ("Kirchen sind am häufigsten beteiligt, gefolgt von {}.", "Sportvereinen", "Kleingartenvereinen"),
    # One beside another.
    ("Kirchen sind {} beteiligt als Sportvereine.", "häufiger", "seltener"),
    ("Stiftungen werden ebenso oft genannt wie {}.", "Sponsoren", "Kirchen"),
    ("Kirchen werden {} so oft genannt wie Kleingartenvereine.", "doppelt", "viermal"),
    ("Landesmittel werden {} doppelt so häufig genannt wie Bundesmittel.", "fast", "mehr als"),
    ("Kirchen kommen auf {} Nennungen mehr als Sportvereine.", "15", "25"),
    ("Der Abstand zwischen Kirchen und Sportvereinen beträgt {} Nennungen.", "15", "25"),
    ("Sportvereine werden um {} Prozentpunkte seltener genannt als Kirchen.", "15", "18"),
    # Of the groups, and of the Länder.
    ("Ein Konzept gibt es mit 71,4 Prozent in den Städten {} als in den Landkreisen.", "seltener", "häufiger"),
    ("Der Anteil mit einem Konzept liegt in den Landkreisen {} Prozentpunkte höher als in den Städten.", "28,6", "18,6"),
    ("Die meisten Beiträge kamen aus {}.", "Nordrhein-Westfalen", "Bayern"),
    ("Aus Nordrhein-Westfalen kamen {} so viele Beiträge wie aus Bayern.", "doppelt", "viermal"),
    ("Aus {} kam kein Beitrag.", "Hessen", "Bayern"),
    # Sums of what was just named, of words that are cut short, and lists whose length is said.
    ("Kirchen haben 60 Nennungen, Sportvereine 45. Zusammen sind das {} Nennungen.", "105", "115"),
    ("Bundes- und Landesmittel werden zusammen {} Mal genannt.", "76", "86"),
    ("Aus {} Orten – Musterort, Musterstadt und Musterdorf – kamen Gäste.", "drei", "vier"),
    ("Die {} Orte Musterort, Musterstadt und Musterdorf sind dabei.", "drei", "vier"),
    # A number beside the one option that its clause names.
    ("Kirchen wirken in {} Beiträgen mit.", "60", "80"),
    ("Beteiligt sind Kirchen ({} Prozent) und Stiftungen.", "60,0", "80,0"), ("Kirchen werden {}-mal genannt.", "60", "80"),
    # Numbers that their sentence names, though their clause has but a thing and a number, or a day with points of its own.
    ("Es gingen Bewerbungen ein; nur {} wurden nicht zugelassen.", "zwei", "fünf"),
    ("Vergeben wurden 35.000 Euro, das sind {} Prozent des Geldes.", "35,0", "53,0"),
    ("Es gab 2 Auszeichnungen, {} Euro kostete das.", "35.000", "53.000"),
    ("Die Jury hat am {}. März 2018 getagt.", "22", "23"),
    ("Die Preise gingen an beide Gruppen: Städte gewannen {} Preise.", "1", "3"),
    ("Von den {} Landkreisen kamen Beiträge mit Konzept zu 100,0 Prozent.", "3", "9"),
])
def test_a_claim_is_proved_where_it_is_true_and_contradicted_where_it_is_not(text, true, false):
    assert [status for status, _raw in found(text.format(true)) if status == CONTRADICTED] == []
    wrong = [raw for status, raw in found(text.format(false)) if status == CONTRADICTED]
    assert len(wrong) == 1
    assert wrong[0] in text.format(false)


@pytest.mark.parametrize("text", [
    # What is compared is nothing that the edition counts.
    "Kirchen haben mehr Mitglieder als Sportvereine.", "In Bayern leben mehr Menschen als in Nordrhein-Westfalen.",
    "Die Landkreise sind größer als die Städte.", "Sportvereine bekamen dreimal so viel Geld wie Kirchen.",
    "Der Anteil der Älteren ist in Bayern höher als in Nordrhein-Westfalen.", "Auf dem ersten Platz im Turnier landete Bayern.",
    "Der Abstand zwischen Kirche und Sportverein beträgt 20 Meter.", "Kirchen kommen vor den Sportvereinen auf die Bühne.",
    "Es folgen die Stiftungen und die Kirchen mit ihren Grußworten.", "Höher als in Nordrhein-Westfalen sind die Mieten in Bayern.",
    # It is compared only in part, or beside what it is named.
    "In Bayern sind Sportvereine am häufigsten beteiligt.", "In den Landkreisen werden Stiftungen am häufigsten genannt.",
    "Nach den Kirchen werden Kleingartenvereine am häufigsten genannt.", "Zu den am häufigsten genannten Partnern gehören Stiftungen.",
    "Abgesehen von den Kirchen sind Stiftungen am häufigsten beteiligt.", "Die meisten Beiträge aus Bayern kamen aus Franken.",
    "Unter den kleinen Vereinen sind Kleingartenvereine am häufigsten beteiligt.", "Laut einer Studie sind Stiftungen am häufigsten beteiligt.",
    "Kein Beitrag aus Bayern war kürzer.", "Keine Bewerbung aus Bayern kam zu spät.",
    "Aus Bayern kamen Beiträge. Nicht dabei war Bayern im Saal.",
    # A number of guests, of a sum, or of the parts of something.
    "Kirchen und Sportvereine trafen sich zusammen 12 Mal.", "Am Wettbewerb mit seinen Beiträgen: Aus Bayern kamen 40 Gäste, aus Hessen 25.",
    "Landesmittel decken dort 60 Prozent der Kosten.", "Die Kirchen (35 Gemeinden) luden ein.",
    "Die Preise waren schön. Von den 5 Millionen Euro des Bundes sind 40 Prozent des Geldes ausgegeben.",
    # No claim at all.
    "Mehr als zwei Kirchen und weniger als drei Sportvereine sind beteiligt.", "Je mehr Stiftungen mitmachen, desto besser als zuvor läuft es.",
    "Häufiger als erwartet kamen Stiftungen.", "Für junge Leute sind die Stiftungen nicht am häufigsten wichtig.",
])
def test_what_cannot_be_told_is_not_accused(text):
    assert [one for one in found(text) if one[0] == CONTRADICTED] == []


def test_among_the_clubs_only_clubs_are_compared():
    assert found("Unter den Vereinen sind Sportvereine am häufigsten beteiligt.") == [(PROVED, "Sportvereine am häufigsten")]
    assert found("Unter den Vereinen sind Kleingartenvereine am häufigsten beteiligt.") == [(CONTRADICTED, "Kleingartenvereine am häufigsten")]


def test_a_row_that_no_text_can_name_has_a_place_all_the_same():
    """“Weitere” have more mentions than foundations: these may be called fourth or fifth, but not sixth."""
    told = {nth: [status for status, _raw in found(f"An {nth} Stelle stehen Stiftungen mit 15 Nennungen.")]
            for nth in ("vierter", "sechster", "siebter")}
    assert told == {"vierter": [PROVED, PROVED], "sechster": [PROVED, PROVED], "siebter": [CONTRADICTED, PROVED]}


def test_of_a_list_the_one_that_is_out_of_order_is_marked():
    text = "Kirchen sind am häufigsten beteiligt, gefolgt von Sportvereinen (45 Nennungen) und Stiftungen. Kleingartenvereine fehlen."
    wrong = text.replace("(45 Nennungen) und Stiftungen", "(45 Nennungen), Stiftungen und Kleingartenvereinen")
    assert [raw for status, raw in found(wrong) if status == CONTRADICTED] == ["Kleingartenvereinen"]


def test_a_comparison_is_told_with_what_is_compared_and_a_difference_with_what_it_is():
    data = dataset()
    told = [one.sentence() for one in check(paragraphs_in("Kirchen kommen auf 25 Nennungen mehr als Sportvereine.", data), data)]
    assert len(told) == 1
    assert all(part in told[0] for part in ("25", "15", "tab2.churches.mentions", "tab2.clubs.mentions"))


def test_by_how_much_something_is_more_is_held_against_no_cell():
    assert found("Offen ist es in 8 Beiträgen mit Konzept; das sind 3 mehr, als erwartet worden waren.")[1:] == []


@pytest.mark.parametrize("text", [
    "Ein Konzept gibt es in 8 Beiträgen. Zwei Drittel der Länder haben eines.", "Laut Satzung entscheiden 60 Prozent der Jurymitglieder."])
def test_a_share_of_something_else_is_held_against_no_cell(text):
    assert [one for one in found(text) if one[0] == CONTRADICTED] == []


def test_sachsen_anhalt_is_not_sachsen_and_lower_saxony_not_saxony():
    known = make_dataset()
    lands = ("ST", "ST", "ST", "SN", "NI", "NI", "BY", "BY", "BY", "")
    entries = [{**entry, "land": land} for entry, land in zip(known.entries, lands, strict=True)]
    data = make_dataset(entries=entries)
    text = "Aus Sachsen-Anhalt kamen 3 Beiträge, aus Niedersachsen 2. Aus Sachsen-Anhalt kamen mehr Beiträge als aus Sachsen."
    assert {one.status for one in check(paragraphs_in(text, data), data)} == {PROVED}


def test_a_number_beside_a_comparison_may_be_of_each_that_is_compared():
    assert [one for one in found("Nordrhein-Westfalen hat doppelt so viele Beiträge wie Bayern, nämlich 6.") if one[0] == CONTRADICTED] == []


def test_a_table_may_give_the_share_in_some_cells_only():
    rows = "| | Ja | Nein |\n| --- | --- | --- |\n| Städte | 5 (71,4 %) | 2 |\n| Landkreise | 3 (100,0 %) | 0 |\n| Gesamt | 8 | 2 (20,0 %) |"
    assert {status for status, _raw in found(rows)} == {PROVED}
    assert [raw for status, raw in found(rows.replace("3 (100,0 %)", "4 (100,0 %)")) if status == CONTRADICTED] == ["4"]


def test_a_digit_that_changed_its_place_is_a_slip_however_far_it_leads():
    table = options(2, "Welche Partner beteiligen sich?", {"churches": ("Kirchen", 81), "clubs": ("Sportvereine", 45)})
    data = make_dataset(tables=[table])
    assert [one.right() for one in check(paragraphs_in("Kirchen wirken in 18 Beiträgen mit.", data), data)] == ["81"]


def test_an_english_text_compares_with_its_own_words():
    rows = {"churches": ("churches", 60), "clubs": ("sports clubs", 45), "gardens": ("allotment gardens", 30)}
    data = make_dataset(language="en", tables=[options(2, "Which partners take part?", rows)])

    def told(text: str) -> list[str]:
        return [one.status for one in check(paragraphs_in(text, data), data)]

    assert told("Churches are named most often, followed by sports clubs.") == [PROVED, PROVED]
    assert told("Churches are named twice as often as allotment gardens, and more often than sports clubs.") == [PROVED, PROVED]
    assert told("Sports clubs are named more often than churches.") == [CONTRADICTED]


@pytest.mark.parametrize(("words", "factor", "true_of", "false_of"), [
    ("doppelt so viele", 2, [(182, 100), (218, 100)], [(140, 100), (260, 100)]),
    ("fast doppelt so viele", 2, [(200, 100), (165, 100)], [(230, 100)]),
    ("gut doppelt so viele", 2, [(230, 100)], [(180, 100)]), ("mehr als doppelt so viele", 2, [(900, 100)], [(200, 101)]),
    ("halb so viele", "0.5", [(52, 100)], [(80, 100)]),
])
def test_a_ratio_is_true_within_declared_tolerances(words, factor, true_of, false_of):
    from decimal import Decimal

    from lorbeer.documentation.checking.comparing import _is_as_many_times

    (claim,) = claims(f"Kirchen haben {words} Nennungen wie Vereine.", mentions(""))
    assert (claim.kind, claim.factor) == ("ratio", Decimal(factor))
    assert {_is_as_many_times(claim, Decimal(one), Decimal(other)) for one, other in true_of} == {True}
    assert {_is_as_many_times(claim, Decimal(one), Decimal(other)) for one, other in false_of} == {False}


def test_claims_are_counted_where_a_text_has_too_much_to_check():
    from lorbeer.documentation.views_check import _has_more_than

    data = dataset()
    paragraphs = paragraphs_in("Kirchen sind am häufigsten beteiligt. " * 20, data)
    assert (_has_more_than(19, paragraphs), _has_more_than(20, paragraphs)) == (True, False)


