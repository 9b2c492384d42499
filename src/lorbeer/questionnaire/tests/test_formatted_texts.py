"""Long texts with simple formatting: in the form, in limits, and wherever they are read."""

import io
import subprocess

import pikepdf
import pytest
from django.template.loader import render_to_string
from django.utils import translation

from lorbeer.questionnaire.comparison import compare
from lorbeer.questionnaire.definition import Group, Limits, Type
from lorbeer.questionnaire.faults import limit_faults
from lorbeer.questionnaire.forms import measure, section_form
from lorbeer.questionnaire.frozen import Document, canonical_document
from lorbeer.questionnaire.tests.factories import check_sentences, make_form, make_question, make_workbook
from lorbeer.questionnaire.values import measured, pages_of_blocks
from lorbeer.questionnaire.xlsform.reading import import_form, read_form
from lorbeer.questionnaire.xlsform.writing import export_workbook
from lorbeer.shared.documents import render_pdf
from lorbeer.shared.errors import BadInput
from lorbeer.shared.formatted import formatted_blocks
from lorbeer.shared.text import Localized

pytestmark = pytest.mark.once
TEXT = "# Ziel\n\nEin **Garten** für *alle*.\n\n## Schritte\n- graben\n- säen\n\n[Plan](https://example.org) & <b>mehr</b>"
SENTENCE = "Die Stadt lädt jedes Jahr alle Nachbarinnen und Nachbarn zu einem Fest ein, bei dem gemeinsam gekocht und gespielt wird. "


def text_question(name="text", **facts):
    return make_question(name, Type.LONG_TEXT, appearance="multiline formatted", **facts)


def document(value=TEXT, form=None, name="text"):
    class Version:
        questionnaire, number, sha256 = type("Q", (), {"code": "bogen"}), 1, "0" * 64

    form = form or make_form(text_question())
    return Document.read(form, canonical_document(form, Version, {(name, 0): value})[0], "de")


def test_a_workbook_says_which_texts_are_formatted_and_keeps_it():
    rows = [["type", "name", "label::Deutsch (de)", "appearance"], ["text", "a", "A", "multiline formatted"], ["text", "b", "B", "multiline"]]
    form = import_form(make_workbook(rows))

    assert [question.is_formatted for question in form.questions()] == [True, False]
    assert import_form(export_workbook(form)).sha256 == form.sha256
    assert read_form(make_workbook(rows)).remarks == []
    with pytest.raises(BadInput) as refused:
        import_form(make_workbook([*rows, ["text", "c", "C", "formatted"]]))
    check_sentences(refused.value, r".*multiline formatted.*")


def test_limits_count_what_is_read():
    assert measured(text_question(), TEXT).characters == len("Ziel\n\nEin Garten für alle.\n\nSchritte\n\n• graben\n• säen\n\n"
                                                             "Plan (https://example.org) & <b>mehr</b>")
    assert measured(text_question(), "- a\n- b").words == 2
    assert limit_faults(text_question(limits=Limits(characters=4)), "**abcd**") == []
    assert len(limit_faults(text_question(limits=Limits(characters=3)), "**abcd**")) == 1
    assert len(limit_faults(make_question("t", Type.LONG_TEXT, limits=Limits(characters=4)), "**abcd**")) == 1
    with translation.override("de"):
        assert measure(text_question(limits=Limits(words=9, pages=5)), "# a\n\nb") == "2 von 9 Wörtern · 0,1 von 5 Seiten"


@pytest.mark.parametrize("unit", [
    SENTENCE * 4 + "\n\n", "Kurzer Satz.\n\n", f"# Titel\n\n{SENTENCE * 3}\n\n## Zwei\n\n{SENTENCE}\n\n",
    f"- {SENTENCE}\n- kurz\n- kurz\n\nDanach\n\n",
], ids=["paragraphs", "short", "headings", "lists"])
def test_pages_are_counted_as_they_print(unit):
    def printed(text):
        data = {"title": "t", "code": "", "competition": "", "facts": [["a", "b"]],
                "sections": [{"title": "S", "answers": [{"label": "L", "value": "", "blocks": formatted_blocks(text)}]}]}
        return len(pikepdf.open(io.BytesIO(render_pdf("entry", data, language="de"))).pages)

    number = int(500 / pages_of_blocks(formatted_blocks(unit * 100)))   # what we call five pages

    assert printed(unit * number) in (4, 5)
    assert printed(unit * round(number * 1.25)) >= 6


def test_the_form_explains_the_signs_and_shows_how_it_will_be_read():
    with translation.override("de"):
        html = render_to_string("questionnaire/section.html", {"form": section_form(make_form(text_question()), "teil", {("text", 0): TEXT})})

    assert "**fett**" in html
    assert "data-formatted" in html
    assert "<h2>Ziel</h2><p>Ein <strong>Garten</strong> für <em>alle</em>.</p><h3>Schritte</h3><ul><li>graben</li>" in html
    assert "<b>mehr" not in html
    assert "data-formatted" not in render_to_string("questionnaire/section.html", {
        "form": section_form(make_form(make_question("t", Type.LONG_TEXT)), "teil", {})})


def test_what_is_handed_in_stays_as_it_was_typed_and_is_read_without_signs():
    found = document()

    assert found.value("text") == TEXT
    assert found.text("text").startswith("Ziel\n\nEin Garten für alle.")
    assert document(form=make_form(text_question(role="abstract"))).said("abstract").startswith("Ziel\n\nEin Garten")


@pytest.mark.parametrize(("template", "first"), [("questionnaire/document.html", 3), ("screening/_content.html", 4)])
def test_headings_of_a_text_stand_below_those_of_the_page(template, first):
    form = make_form(text_question("oben"), Group("gruppe", Localized({"de": "Gruppe"}), items=(text_question("innen"),)))
    for name, level in (("oben", first), ("innen", first + 1)):
        html = render_to_string(template, {"competition": None, "sections": document(form=form, name=name).sections()})
        assert f"<h{level}>Ziel</h{level}>" in html
        assert f"<h{level + 1}>Schritte</h{level + 1}>" in html
        assert "<li>graben</li>" in html
        assert "**" not in html
        assert "&lt;b&gt;mehr" in html


def test_the_jury_reads_tagged_headings_and_lists(tmp_path):
    from lorbeer.intake.documents import pdf_sections

    data = {"title": "Ein Titel", "code": "", "competition": "", "facts": [["a", "b"]],
            "sections": pdf_sections(document("3. drei\n5. fünf\n\n" + TEXT))}
    path = tmp_path / "entry.pdf"
    path.write_bytes(render_pdf("entry", data, language="de"))
    with pikepdf.open(path) as pdf:
        found, stack = [], [pdf.Root.StructTreeRoot]
        while stack:
            node = stack.pop()
            if isinstance(node, pikepdf.Dictionary):
                found.append(str(node.get("/S", "")))
                children = node.get("/K", [])
                stack += list(children) if isinstance(children, pikepdf.Array) else [children]
        marks = pdf.Root.get("/Outlines")
        titles = str(marks.First.Title) if marks is not None else ""

    text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
    assert {"/H3", "/H4", "/L", "/LI"} <= set(found)
    assert found.count("/L") == 2
    assert "**" not in text
    assert "graben" in text
    assert "5. fünf" in text
    assert "<b>mehr</b>" in text
    assert titles != "Ziel"


@pytest.mark.parametrize("text", [
    "# \u200b", "# **\ufe0f**\n\n# x", "# \ue000", "# \u0301", "# 🌳", "# 漢", "1. \n2. ", "- \n\n  - ", "0. a\n999999999. b",
    "# #panic()\n\n$x$ \\u{41}",
    "**a " * 40 + "b** " * 40, "#" * 500, "*" * 2_000,
])
def test_no_text_keeps_the_document_from_being_made(text):
    receipt = {"number": "1", "received_at": "x", "sha256": "ab" * 32, "files": []}
    for template, facts in (("entry", {"facts": [["a", "b"]]}), ("receipt", receipt)):
        data = {"title": "t", "code": "", "competition": "", **facts,
                "sections": [{"title": "S", "answers": [{"label": "L", "value": "", "blocks": formatted_blocks(text)}]}]}
        assert render_pdf(template, data, language="de").startswith(b"%PDF")


def test_a_comparison_tells_when_only_the_formatting_differs():
    (change,) = compare(document("Ziel\n\nText"), document("# Ziel\n\n**Text**")).changes
    assert change.is_format
    assert not any(piece.is_other for piece in (*change.before, *change.after))
    assert compare(document("# Ziel"), document("# Ziel")).changes == []
    (other,) = compare(document("# Ziel"), document("# Ziele")).changes
    assert not other.is_format
