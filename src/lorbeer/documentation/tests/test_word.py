"""Chapters go out as Word documents, and what editors changed comes back: prose, never a computed number."""

import io
import re
import zipfile

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as some

from lorbeer.documentation.book import ChapterText
from lorbeer.documentation.tests.factories import make_dataset
from lorbeer.documentation.word.comparing import applied, compare
from lorbeer.documentation.word.manuscript import Run, joined, manuscript, to_markdown
from lorbeer.documentation.word.reading import read
from lorbeer.documentation.word.writing import document
from lorbeer.shared.errors import BadInput

DATA = make_dataset()
TEXT = """\
Von {{ numbers.admitted = 10 }} *schönen* Beiträgen sagen {{ tab1.total.yes.percent | says: "vier Fünftel" }} ja[^a], also **viele**.

[^a]: Gefragt wurde im Herbst; {{ awards.count | written }} Preise gab es.

## Was es gab

- eine Liste
  mit zwei Zeilen [[5.000|Merkblatt]]
- ein [Verweis](https://example.org/a_b)
  1. tiefer

> Ein Zitat.

{{ table tab1 }}

{{ figure tab1 }}

Zum Schluss: `code` und \\*Sterne\\*.

{{ portraits }}

{{ participants }}
"""


def out(text=TEXT, title="Ein Kapitel", code="eins"):
    given = manuscript(ChapterText(code, title, text), DATA, 3)
    return given, document([given], DATA, handout="ABCDEF", title="Buch", guidance="So geht es.")


def edited(content, *changes, part="word/document.xml", **more):
    """The document with each (old, new) changed in `part`, and other parts put in its place."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            text = source.read(name)
            if name == part:
                for old, new in changes:
                    assert old.encode() in text, old
                    text = text.replace(old.encode(), new.encode(), 1)
            target.writestr(name, text)
        for name, text in more.items():
            target.writestr(name, text)
    return result.getvalue()


def back(given, content, present=None):
    """What came back against the chapter as it stands: changes, notices, and title and text with all changes in them."""
    printed = read(document([given], DATA, handout="x", title="x", guidance="x")).chapters[0].blocks
    chapter = read(content).chapters[0]
    found = compare(given, chapter.units, chapter.blocks, printed, present or given, DATA)
    return found, *applied(present or given, found.changes)


def test_a_document_that_nobody_changed_changes_nothing():
    given, content = out()

    found, title, text = back(given, content)

    assert (found.changes, found.notices) == ([], [])
    assert (title, text) == ("Ein Kapitel", TEXT)
    assert read(content).handout == "ABCDEF"


def test_the_document_has_the_numbers_the_notes_the_tables_and_the_figures_of_the_chapter():
    _given, content = out()
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        body, notes = package.read("word/document.xml").decode(), package.read("word/footnotes.xml").decode()
        assert [name for name in package.namelist() if name.startswith("word/media/")] == ["word/media/picture1.png", "word/media/picture2.jpg"]

    assert body.count('<w:lock w:val="contentLocked"/>') == 3           # 10, vier Fünftel, 5.000
    assert body.count('<w:lock w:val="sdtContentLocked"/>') == 5        # the guidance, table, figure, portraits, participants
    assert "Gefragt wurde im Herbst" in notes
    assert "Merkblatt" in notes
    assert "Balkendiagramm" in body
    assert "tblHeader" in body


def test_prose_comes_back_and_references_stay_references():
    given, content = out()

    found, _title, text = back(given, edited(content, (" Beiträgen sagen ", " Einsendungen im ganzen Land sagten ")))

    assert [(change.kind, change.notices) for change in found.changes] == [("edit", ())]
    assert text == TEXT.replace(" Beiträgen sagen ", " Einsendungen im ganzen Land sagten ")


def test_a_changed_number_is_put_back_with_the_right_value_in_a_sentence():
    given, content = out()

    found, _title, text = back(given, edited(content, (">10</w:t>", ">11</w:t>"), (" Beiträgen", " Arbeiten")))

    assert text == TEXT.replace(" Beiträgen", " Arbeiten")
    assert found.changes[0].notices == (
        "„11“ wurde an die Stelle von „10“ gesetzt. Diese Zahl ist berechnet ({{ numbers.admitted = 10 }}) und bleibt „10“.",)


def without_controls(content):
    """The document as a program saves it that knows no content controls."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        body = package.read("word/document.xml").decode()
    plain = re.sub(r"<w:sdt>(?:(?!<w:sdt>).)*?<w:sdtContent>((?:(?!<w:sdt>|<w:p>).)*?)</w:sdtContent></w:sdt>", r"\1", body)
    assert plain != body
    return edited(content, (body, plain))


def test_numbers_are_known_again_where_a_program_lost_their_marks():
    given, content = out()

    assert back(given, without_controls(content))[0].changes == []
    found, _title, text = back(given, edited(without_controls(content), (">10<", ">12<"), (">, also <", ">, das sind <")))

    assert text == TEXT.replace(", also ", ", das sind ")
    assert [notice[:40] for notice in found.changes[0].notices] == ["„12“ wurde an die Stelle von „10“ gesetz"]


def without_any_control(content):
    """The document as LibreOffice saves it: no controls at all, whatever is in them."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        body = package.read("word/document.xml").decode()
    return edited(content, (body, re.sub(r"<w:sdtPr>.*?</w:sdtPr>|</?w:sdt(?:Content)?>", "", body)))


def test_what_is_computed_is_known_by_its_styles_where_a_program_drops_all_controls():
    given, content = out()

    found, _title, text = back(given, without_any_control(content))
    assert (found.changes, found.notices, text) == ([], [], TEXT)

    found, _title, text = back(given, without_any_control(edited(content, (">Landkreise<", ">Kreise<"))))
    assert (found.changes, len(found.notices), text) == ([], 1, TEXT)


def test_other_words_for_a_share_are_taken_only_where_they_are_true():
    given, content = out()

    found, _title, text = back(given, edited(content, (">vier Fünftel<", ">gut drei Viertel<")))
    assert found.changes == [] or found.changes[0].notices              # 80.0 % is more than four points above? it is five
    assert text == TEXT

    found, _title, text = back(given, edited(content, (">vier Fünftel<", ">mehr als drei Viertel<")))
    assert text == TEXT.replace('says: "vier Fünftel"', 'says: "mehr als drei Viertel"')


def test_a_number_that_an_editor_types_is_marked_as_typed_by_hand():
    given, content = out()

    found, _title, text = back(given, edited(content, (">Ein Zitat.<", ">Ein Zitat aus 83 Orten.<")))

    assert "> Ein Zitat aus 83 Orten." in text
    assert "„83“ ist neu und wurde von Hand geschrieben" in found.changes[0].notices[0]


def test_what_stands_in_tables_and_figures_is_not_read_back_and_that_is_said():
    given, content = out()

    found, _title, text = back(given, edited(content, (">Landkreise<", ">Kreise<")))

    assert (found.changes, text) == ([], TEXT)
    assert found.notices == ["„{{ table tab1 }}“ wurde im Dokument geändert. Was berechnet ist, bleibt, wie es ist: Es ändert sich mit dem "
                             "Datenbestand oder dort, wo es gepflegt wird."]


PARAGRAPH = '<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>'


@pytest.mark.parametrize(("style", "behind", "line"), [
    ("Normal", "> Ein Zitat.\n", "\nNeu * hier.\n"), ("Heading3", "> Ein Zitat.\n", "\n### Neu \\* hier.\n"),
    ("ListBullet", "> Ein Zitat.\n", "\n- Neu \\* hier.\n"), ("Quote", "> Ein Zitat.\n", "\n> Neu \\* hier.\n"),
])
def test_new_paragraphs_come_where_they_stand(style, behind, line):
    given, content = out()
    quote = re.search(r'<w:p><w:pPr><w:pStyle w:val="Quote"/></w:pPr>.*?</w:p>', zipfile.ZipFile(io.BytesIO(content)).read(
        "word/document.xml").decode())[0]

    found, _title, text = back(given, edited(content, (quote, quote + PARAGRAPH.format(style=style, text="Neu * hier."))))

    assert [change.kind for change in found.changes] == ["insert"]
    assert text == TEXT.replace(behind, behind + line.replace("Neu * hier", "Neu \\* hier"))


def test_a_paragraph_that_was_taken_out_goes_with_its_empty_line_and_its_number_is_named():
    given, content = out("Eins.\n\nZwei {{ numbers.admitted }}.\n\nDrei.")
    gone = re.search(r"<w:p><w:pPr><w:pStyle w:val=\"Normal\"/></w:pPr><w:r><w:t xml:space=\"preserve\">Zwei.*?</w:p>",
                     zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml").decode())[0]

    found, _title, text = back(given, edited(content, (gone, "")))

    assert text == "Eins.\n\nDrei."
    assert found.changes[0].notices == ("Die berechnete Zahl „10“ ({{ numbers.admitted }}) fällt damit weg.",)


def test_a_moved_paragraph_is_one_change():
    given, content = out("Eins ist der erste.\n\nZwei {{ numbers.admitted }}.\n\nDrei ist der letzte.")
    paragraphs = re.findall(r"<w:p><w:pPr><w:pStyle w:val=\"Normal\"/></w:pPr>.*?</w:p>", zipfile.ZipFile(io.BytesIO(content)).read(
        "word/document.xml").decode())

    found, _title, text = back(given, edited(content, ("".join(paragraphs), paragraphs[1] + paragraphs[2] + paragraphs[0])))

    assert [change.kind for change in found.changes] == ["move"]
    assert text == "Zwei {{ numbers.admitted }}.\n\nDrei ist der letzte.\n\nEins ist der erste."


def test_title_and_footnotes_come_back():
    given, content = out()
    content = edited(content, (">Ein Kapitel<", ">Ein anderes Kapitel<"))
    content = edited(content, ("im Herbst", "im Winter"), part="word/footnotes.xml")

    found, title, text = back(given, content)

    assert title == "Ein anderes Kapitel"
    assert text == TEXT.replace("im Herbst", "im Winter")
    assert [change.kind for change in found.changes] == ["title", "note"]


def test_a_new_footnote_gets_its_definition_at_the_end():
    given, content = out()
    note = '<w:footnote w:id="77"><w:p><w:r><w:footnoteRef/></w:r><w:r><w:t>Neue Note.</w:t></w:r></w:p></w:footnote></w:footnotes>'
    content = edited(content, ("</w:footnotes>", note), part="word/footnotes.xml")
    content = edited(content, (">Ein Zitat.</w:t></w:r>", '>Ein Zitat.</w:t></w:r><w:r><w:footnoteReference w:id="77"/></w:r>'))

    _found, _title, text = back(given, content)

    assert "> Ein Zitat.[^word-2]\n" in text
    assert text.endswith("\n\n[^word-2]: Neue Note.")


def test_what_word_tracked_is_read_as_accepted():
    given, content = out("Ein alter Satz steht hier.")
    content = edited(
        content,
        (
            '<w:r><w:t xml:space="preserve">Ein alter Satz',
            '<w:r><w:t xml:space="preserve">Ein </w:t></w:r><w:del w:id="9">'
            '<w:r><w:delText>alter</w:delText></w:r></w:del><w:ins w:id="8"><w:r><w:t>neuer</w:t></w:r></w:ins><w:r>'
            '<w:t xml:space="preserve"> Satz',
        ),
    )

    assert back(given, content)[2] == "Ein neuer Satz steht hier."


def present(text, title="Ein Kapitel"):
    return manuscript(ChapterText("eins", title, text), DATA, 4)


def test_a_chapter_edited_meanwhile_keeps_what_was_written_there():
    given, content = out()
    now = TEXT.replace("> Ein Zitat.", "> Ein längeres Zitat.").replace("## Was es gab", "Neuer Absatz.\n\n## Was es gab")

    found, _title, text = back(given, edited(content, (">Zum Schluss: <", ">Am Ende: <")), present(now))

    assert text == now.replace("Zum Schluss: ", "Am Ende: ")
    assert [change.is_conflict for change in found.changes] == [False]


def test_the_same_paragraph_edited_on_both_sides_is_a_conflict_with_all_three_texts():
    given, content = out()
    now = TEXT.replace("> Ein Zitat.", "> Ein längeres Zitat.")

    found, _title, _text = back(given, edited(content, (">Ein Zitat.<", ">Ein kurzes Zitat.<")), present(now))

    change, = found.changes
    assert change.is_conflict
    assert (change.before.text, change.after.text, change.now.text) == ("Ein Zitat.", "Ein kurzes Zitat.", "Ein längeres Zitat.")


def test_what_was_taken_in_is_not_offered_again():
    given, content = out()
    content = edited(content, (" Beiträgen sagen ", " Arbeiten sagen "), (">Ein Zitat.<", ">Kein Zitat.<"))
    found, _title, text = back(given, content)
    assert len(found.changes) == 2

    assert back(given, content, present(text))[0].changes == []
    half = applied(given, found.changes[:1])[1]
    assert [change.key for change in back(given, content, present(half))[0].changes] == [found.changes[1].key]


@pytest.mark.parametrize("typed", [
    "{{ portraits }}", "Davon {{ numbers.admitted }} Beiträge.", "Rund [[99|erfunden]] Leute kamen."])
def test_a_reference_or_a_source_that_somebody_typed_is_named_and_offered_once(typed):
    given, content = out()
    quote = re.search(r'<w:p><w:pPr><w:pStyle w:val="Quote"/></w:pPr>.*?</w:p>', zipfile.ZipFile(io.BytesIO(content)).read(
        "word/document.xml").decode())[0]
    content = edited(content, (quote, quote + PARAGRAPH.format(style="Normal", text=typed)))

    found, _title, text = back(given, content)

    [change] = found.changes
    assert typed in text
    assert any(re.search(r"[{\[]{2}.*[}\]]{2}", notice) for notice in change.notices)     # with a notice it is not ticked in advance
    assert back(given, content, present(text))[0].changes == []


@pytest.mark.once
def test_a_share_in_words_that_somebody_typed_is_named():
    given, content = out()
    content = edited(content, (" Beiträgen sagen ", " Beiträgen, also fast allen, sagen "))

    [change] = back(given, content)[0].changes
    assert any("„fast allen“" in notice for notice in change.notices)


# --- hostile documents ----------------------------------------------------------------------------------------------------

ENTITY = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><w:document xmlns:w="w">&a;</w:document>'


@pytest.mark.parametrize(("content", "said"), [
    (b"no package", "kann nicht geöffnet werden"),
    (edited(out()[1], **{"word/vbaProject.bin": "x"}), "Makros"),
    (edited(out()[1], ("<?xml version=", "<!DOCTYPE x><?xml version=")), "DTD"),
    (edited(out()[1], ('standalone="yes"?>', 'standalone="yes"?><!DOCTYPE x [<!ENTITY a "b">]>')), "DTD"),
    (edited(out()[1], ("<w:body>", "<w:body>" + "<w:p>" * 200 + "</w:p>" * 200)), "verschachtelt"),
    (edited(out()[1], ("<w:body>", "<w:body>" + " " * 31_000_000)), "mehr Text"),
    (edited(out()[1], ("<w:body>", "<w:body>" + "<w:p/>" * 20_100)), "mehr Absätze"),
])
def test_hostile_and_broken_documents_are_refused_in_a_sentence(content, said):
    with pytest.raises(BadInput, match=said):
        read(content, "x.docx")


def test_marks_that_were_never_given_out_are_plain_text():
    given, content = out("Es sind {{ numbers.admitted }}.")

    found, _title, text = back(given, edited(content, ('"lorbeer:0:0"', '"lorbeer:0:999999"')))
    assert (found.changes, text) == ([], "Es sind {{ numbers.admitted }}.")


# --- Markdown -------------------------------------------------------------------------------------------------------------

PIECES = some.text(some.sampled_from("ab ä*_`[]<>&#-+1.)\\|~!\"'{}^\n:"), max_size=12)
RUNS = some.lists(some.builds(Run, PIECES, some.booleans(), some.just(False), some.just(False)), max_size=4)


@settings(max_examples=400, deadline=None)
@for_all(PIECES)
def test_any_text_is_written_so_that_it_reads_the_same(text):
    runs = joined([Run("x " + text.replace("\n", " ") + " x")])
    if "{{" in text or "[[" in text or re.search(r"\.\.|--|\+-|\(\w\)|['\"]|[?!]{4}|,,", text):     # references; typographic replacements
        return
    written = manuscript(ChapterText("x", "", to_markdown(runs)), DATA)

    assert [run.text for run in written.units[1].runs] == [runs[0].text]
    assert len(written.units) == 2
