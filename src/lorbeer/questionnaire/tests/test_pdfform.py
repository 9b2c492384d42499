"""The entry form as a PDF: what is written can be filled in with other people's programs, and is read back as it was meant."""

import io
import json
import re
import subprocess
import time
from dataclasses import replace
from datetime import UTC, datetime

import pikepdf
import pypdf
import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lorbeer.call.models import Competition
from lorbeer.call.tests.factories import make_competition
from lorbeer.questionnaire import pdfform
from lorbeer.questionnaire.cleaning import clean_value
from lorbeer.questionnaire.conditions import in_words
from lorbeer.questionnaire.definition import Choice, Group, Limits, Repeat, Type
from lorbeer.questionnaire.evaluation import Evaluation
from lorbeer.questionnaire.paper import paper_sections
from lorbeer.questionnaire.pdfform import reading
from lorbeer.questionnaire.pdfform.fields import (
    IDENTITY,
    Identity,
    every_field,
    fields_of,
    filled_in,
    names_field,
    photo_fields,
)
from lorbeer.questionnaire.pdfform.harvest import harvest
from lorbeer.questionnaire.pdfform.layout import Layout
from lorbeer.questionnaire.pdfform.reading import interpret
from lorbeer.questionnaire.pdfform.writing import pdf_of
from lorbeer.questionnaire.services import import_workbook, publish
from lorbeer.questionnaire.tests.factories import LISTS, make_form, make_question, make_section, make_version
from lorbeer.register.tests.factories import make_municipality
from lorbeer.shared.documents import render_pdf
from lorbeer.shared.errors import BadInput, Busy, Refused
from lorbeer.shared.tests.pdf import assert_accessible_pdf, tags, verapdf_class_path, verapdf_failures
from lorbeer.shared.text import Localized

MANY = tuple(Choice(f"land.{number}", Localized({"de": f"Land Nr. {number}"})) for number in range(16))
LAENDER = {"list_name": "laender", "choices": MANY}
ROWS = {"list_name": "ja_nein"}
EVERYTHING = replace(make_form(), lists=LISTS | {"laender": MANY}, sections=(
    make_section(
        make_question("titel", required="yes", limits=Limits(characters=120), role="title"),
        make_question("kurz.text", Type.LONG_TEXT, limits=Limits(characters=1500)),
        make_question("lang", Type.LONG_TEXT, limits=Limits(pages=5)),
        make_question("mail", Type.EMAIL), make_question("telefon", Type.PHONE), make_question("netz", Type.URL),
        make_question("anzahl", Type.INTEGER, limits=Limits(min="1", max="5000000")),
        make_question("kosten", Type.DECIMAL), make_question("tag", Type.DATE), make_question("uhr", Type.TIME),
        make_question("hinweis", Type.NOTE, label=Localized({"de": "Bitte beachten Sie die Auslobung."})),
        name="eins", label=Localized({"de": "Angaben"}), hint=Localized({"de": "Zuerst das Einfache."})),
    make_section(
        make_question("konzept", Type.YES_NO, list_name="ja_nein", required="yes"),
        make_question("farbe", Type.SINGLE, list_name="farben", or_other=True),
        make_question("farbe_other", relevant="selected(${farbe}, 'other')", required="yes", derived_from="farbe"),
        make_question("farben", Type.MULTI, list_name="farben", relevant="${konzept} = 'ja'", limits=Limits(max="2")),
        make_question("land", Type.SINGLE, **LAENDER), make_question("kurzliste", Type.SINGLE, list_name="farben", appearance="minimal"),
        Group("matrix", Localized({"de": "Wie sehr?"}), appearance="table-list", items=(
            make_question("zeile_a", Type.SINGLE, required="yes", **ROWS), make_question("zeile_b", Type.SINGLE, **ROWS))),
        make_question("einverstanden", Type.ACKNOWLEDGE, required="yes"),
        name="zwei", label=Localized({"de": "Auswahl"})),
    make_section(
        make_question("anschrift", Type.ADDRESS), make_question("ort", Type.MUNICIPALITY),
        Repeat("projekt", Localized({"de": "Projekt"}), max_count=2, items=(
            make_question("projekt_titel", required="yes"), make_question("projekt_text", Type.LONG_TEXT),
            make_question("projekt_farben", Type.MULTI, list_name="farben"))),
        make_question("anlage", Type.FILE, limits=Limits(files=2, file_types=("pdf",))), make_question("foto", Type.PHOTO),
        make_question("summe", Type.CALCULATE, calculation="${anzahl} + 1"),
        name="drei", label=Localized({"de": "Rest"})),
))
ANSWERS = {
    "titel": "Bäckerei Größmann & Söhne „Süß“ – Łódź €", "kurz.text": "Erster Absatz.\n\nZweiter: 🌳 und שלום, مرحبا.\n– Ende",
    "lang": "Wort " * 900 + "Ende", "mail": "a@example.org", "telefon": "030 123-45", "netz": "https://example.org", "anzahl": 1234,
    "kosten": "1234.5", "tag": "2017-12-31", "uhr": "14:30", "konzept": "ja", "farbe": "other", "farbe_other": "Türkis",
    "farben": ["rot", "gruen"], "land": "land.7", "kurzliste": "blau", "zeile_a": "nein", "zeile_b": "ja", "einverstanden": True,
    "anschrift": {"street": "Am Hang 1", "postcode": "01234", "town": "Görlitz"},
    ("projekt_titel", 1): "Garten", ("projekt_text", 2): "Zeile 1\nZeile 2", ("projekt_farben", 2): ["blau"],
}
HEAD = Competition(code="w", title=Localized({"de": "Wettbewerb der Dörfer"}), office_email="buero@example.org")


def kept(answers):
    """Answers by (name, place), as a draft has them."""
    return {key if isinstance(key, tuple) else (key, 0): value for key, value in answers.items()}


def made(form=EVERYTHING, answers=None, **facts):
    return pdf_of(form, Identity("w", "entry", 1, "de", **facts), HEAD, kept(answers or {}))


def fields_for(form, answers):
    """Field name → what a person would enter for these answers."""
    found = {}
    with translation.override("de"):
        for (name, place), value in kept(answers).items():
            question = form.question(name)
            found |= filled_in(question, fields_of(question, place), value)
    return found


def names_of(content):
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return {str(one.T): {key: str(one[key]) for key in ("/FT", "/TU", "/Ff", "/MaxLen") if key in one}
                for one in pdf.Root.AcroForm.Fields}


def filled_by_pikepdf(content, values):
    with pikepdf.open(io.BytesIO(content)) as pdf:
        for field in pdf.Root.AcroForm.Fields:
            text = values.get(str(field.T))
            if text is not None:
                is_button = str(field.FT) == "/Btn"
                field.V = pikepdf.Name(f"/{text}") if is_button else pikepdf.String(text.replace("\n", "\r\n"))
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


def filled_by_pypdf(content, values):
    reader = pypdf.PdfReader(io.BytesIO(content))
    writer = pypdf.PdfWriter()
    writer.append(reader)
    buttons = {name for name, one in reader.get_fields().items() if one.get("/FT") == "/Btn"}
    given = {name: f"/{text}" if name in buttons else text for name, text in values.items()}
    for page in writer.pages:
        writer.update_page_form_field_values(page, given, auto_regenerate=False)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def answers_in(content, form=EVERYTHING, edition=None):
    found = harvest(content)
    assert "refused" not in found, found
    with translation.override("de"):
        return interpret(form, found["fields"], edition)


# --- writing ------------------------------------------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize("answers", [{}, ANSWERS], ids=["empty", "filled"])
def test_the_form_is_accessible_and_every_field_has_its_name_and_what_a_reader_hears(answers):
    content = made(answers=answers)

    assert_accessible_pdf_with_fields(content)
    found = names_of(content)
    names = {names_field(one).name for one in EVERYTHING.questions() if one.type == "file"}
    names |= {field.name for one in EVERYTHING.questions() if one.type == "photo" for row in photo_fields(one) for field in row.values()}
    assert {"foto:file", "foto:caption", "foto:credit", "foto:rights", "foto:alternative_text", "foto:printable"} <= names
    assert {one.name for _q, _p, fields in every_field(EVERYTHING, set(found)) for one in fields} | names | {IDENTITY} == set(found)
    assert all(one["/TU"].strip() for one in found.values())
    with pikepdf.open(io.BytesIO(content)) as pdf:
        widgets = sum(note.Subtype == pikepdf.Name.Widget for page in pdf.pages for note in page.Annots)
        assert tags(content).count("Form") == widgets
        assert "/JavaScript" not in pdf.Root.get("/Names", {})
        assert not pdf.Root.AcroForm.NeedAppearances
    assert found["projekt_titel[2]"]["/TU"] == "Projekt 2: Frage projekt_titel?"
    assert int(found["titel"]["/MaxLen"]) == 120
    assert int(found["lang"]["/MaxLen"]) >= 5 * 46 * 92
    assert int(found["titel"]["/Ff"]) == 2
    assert int(found["farbe_other"]["/Ff"]) == 0                             # asked only sometimes
    assert int(found["kurz·text"]["/Ff"]) == 1 << 12


def assert_accessible_pdf_with_fields(content):
    """As every document; fields say by their tooltip what links say by their contents."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        for page in pdf.pages:
            for note in page.get("/Annots", []):
                assert note.Subtype == pikepdf.Name.Widget
                note.Contents = note.TU
        out = io.BytesIO()
        pdf.save(out)
    assert_accessible_pdf(out.getvalue())


@pytest.mark.once
def test_a_question_that_is_longer_than_a_page_runs_off_none():
    many = tuple(Choice(f"c{number}", Localized({"de": f"Eine Möglichkeit mit langem Namen, Nummer {number}"})) for number in range(150))
    words = Localized({"de": "Ein langer Hinweis, der erklärt. " * 200})
    form = replace(make_form(), lists={"viele": many}, sections=(make_section(
        make_question("m", Type.MULTI, list_name="viele", choices=many), make_question("s", Type.SINGLE, list_name="viele", choices=many),
        make_question("t", Type.LONG_TEXT, hint=words, limits=Limits(pages=9)), make_question("a", Type.ACKNOWLEDGE, label=words)),))
    with pikepdf.open(io.BytesIO(made(form))) as pdf:
        rects = [[float(one) for one in note.Rect] for page in pdf.pages for note in page.get("/Annots", [])]
        _left, _bottom, wide, high = (float(one) for one in pdf.pages[0].MediaBox)
    assert len(rects) == 150 + 4
    assert all(30 < left < right < wide - 30 and 50 < bottom < top < high - 50 for left, bottom, right, top in rects)


@pytest.mark.once
@pytest.mark.skipif(verapdf_class_path() is None, reason="the veraPDF engine is not installed")
@pytest.mark.parametrize("flavour", ["ua1", "2a"])
def test_verapdf_finds_nothing_wrong_with_a_filled_form(flavour):
    assert verapdf_failures(made(answers=ANSWERS), flavour) == []


@pytest.mark.once
def test_the_same_form_is_the_same_file_and_prints_its_number():
    from lorbeer.shared import clock

    with clock.at(datetime(2017, 10, 2, tzinfo=UTC)):
        first, second = made(), made()
    assert first == second
    text = pypdf.PdfReader(io.BytesIO(first)).pages[0].extract_text()
    assert "LORBEER w entry 1 de - -" in text
    assert "Wettbewerb der Dörfer" in text


@pytest.mark.once
def test_the_code_on_the_first_page_says_which_form_it_is(tmp_path):
    import zxingcpp
    from PIL import Image

    path = tmp_path / "form.pdf"
    path.write_bytes(made(entry="K7QD4X-M", made_at=datetime(2017, 10, 2, 9, 30, tzinfo=UTC)))
    subprocess.run(["pdftoppm", "-r", "100", "-l", "1", "-png", str(path), str(tmp_path / "page")], check=True)

    (code,) = zxingcpp.read_barcodes(Image.open(next(tmp_path.glob("page*.png"))))

    assert Identity.read(code.text) == Identity("w", "entry", 1, "de", "K7QD4X-M", datetime(2017, 10, 2, 9, 30, tzinfo=UTC))


@pytest.mark.once
def test_what_a_form_says_about_itself_is_read_back():
    for one in (Identity("w-1", "entry", 3, "de"), Identity("w", "b", 1, "en", "K7-M2", datetime(2017, 10, 2, 9, 30, tzinfo=UTC))):
        assert Identity.read(str(one)) == one
    for text in ("", "LORBEER", "LORBEER w entry x de - -", "LORBEER w entry 1 de - 2017-13-45T99:99:99+0000"):
        with pytest.raises(BadInput):
            Identity.read(text)


@pytest.mark.once
def test_that_options_depend_on_another_answer_is_said_where_nothing_goes_by_itself():
    state = make_question("land", Type.SINGLE, list_name="farben")
    city = replace(make_question("stadt", Type.SINGLE, list_name="ja_nein", choice_filter="land = ${land}"), choices=(
        Choice("a", attributes={"land": "rot"}), Choice("b", attributes={"land": "blau"})))
    form = make_form(state, city)
    with translation.override("de"):
        drawn = Layout(form, Evaluation(form, {})).sections[0]["items"]
        printed = paper_sections(form)[0]["items"]

    said = "Nicht jede Option ist möglich; das hängt von Ihren Antworten auf diese Fragen ab: "
    assert [said in one["hint"] for one in drawn] == [said in one["hint"] for one in printed] == [False, True]
    assert "„Frage land?“" in drawn[1]["hint"]
    assert "„1.1“" in printed[1]["hint"]


@pytest.mark.parametrize(("condition", "words"), [
    ("${konzept} = 'ja'", "Nur wenn die Antwort auf „Frage konzept?“ „Ja“ ist."),
    ("${konzept} = 'ja' or ${konzept} = 'nein'", "Nur wenn die Antwort auf „Frage konzept?“ „Ja“ oder „Nein“ ist."),
    ("selected(${farbe}, 'rot') and ${anzahl} < 18",
     "Nur wenn die Antwort auf „Frage farbe?“ „Rot“ ist und die Antwort auf „Frage anzahl?“ kleiner als 18 ist."),
    ("${anlage} != ''", "Nur wenn Sie bei „Frage anlage?“ etwas anfügen."),
    ("${titel} = ''", "Nur wenn „Frage titel?“ nicht beantwortet ist."),
    ("${summe} > 3", "Nur wenn Ihre Antworten auf diese Fragen es ergeben: „Frage anzahl?“"),
    ("not(${konzept} = 'ja')", "Nur wenn Ihre Antworten auf diese Fragen es ergeben: „Frage konzept?“"),
    ("today() > '2017-01-01'", "Nur wenn es auf Sie zutrifft."),
])
def test_a_condition_is_said_in_words(condition, words):
    question = make_question("bedingt", relevant=condition)
    sections = (*EVERYTHING.sections, make_section(question, name="vier"))
    form = make_form(sections=sections)
    with translation.override("de"):
        assert in_words(Evaluation(form, {}), question) == words


# --- there and back -----------------------------------------------------------------------------------------------------


@pytest.mark.once
def test_answers_that_are_filled_in_already_are_read_back_as_they_are():
    answers, faults = answers_in(made(answers=ANSWERS))
    assert (answers, faults) == (ANSWERS, [])


@pytest.mark.once
@pytest.mark.parametrize("fill", [filled_by_pikepdf, filled_by_pypdf])
def test_what_other_programs_fill_in_is_read_as_it_was_meant(fill):
    answers, faults = answers_in(fill(made(), fields_for(EVERYTHING, ANSWERS)))
    assert (answers, faults) == (ANSWERS, [])


@pytest.mark.once
def test_what_does_not_fit_is_said_and_quoted_and_the_rest_is_taken_over():
    wrong = {"anzahl": "zwölf", "tag": "gestern", "mail": "wer?", "titel": "Off", "konzept": "vielleicht", "fremd": "Text"}
    content = filled_by_pikepdf(made(), wrong)
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pdf.Root.AcroForm.Fields.append(pdf.make_indirect(pikepdf.Dictionary(T="fremd", FT=pikepdf.Name.Tx, V="Text")))
        out = io.BytesIO()
        pdf.save(out)

    answers, faults = answers_in(out.getvalue())

    assert answers == {"titel": "Off"}
    assert len(faults) == 5
    for text in ("zwölf", "gestern", "wer?", "vielleicht", "Text"):
        assert sum(f"„{text}“" in fault for fault in faults) == 1, text


@pytest.mark.once
def test_a_longer_repeat_of_a_draft_is_printed_whole():
    form = make_form(Repeat("p", Localized({"de": "Projekt"}), items=(make_question("t"),)))
    answers = {("t", place): f"Nr. {place}" for place in range(1, 6)}
    assert answers_in(made(form, answers), form) == (answers, [])


QUESTIONS = st.one_of(
    st.tuples(st.just(Type.TEXT), st.text(max_size=60)), st.tuples(st.just(Type.LONG_TEXT), st.text(max_size=300)),
    st.tuples(st.just(Type.INTEGER), st.integers(-10**9, 10**9)),
    st.tuples(st.just(Type.DECIMAL), st.decimals(-10**6, 10**6, places=2).map(str)),
    st.tuples(st.just(Type.DATE), st.dates().map(str)), st.tuples(st.just(Type.SINGLE), st.sampled_from(["rot", "blau", None])),
    st.tuples(st.just(Type.MULTI), st.sets(st.sampled_from(["rot", "blau", "gruen"])).map(sorted)),
    st.tuples(st.just(Type.ACKNOWLEDGE), st.booleans()),
    st.tuples(st.just(Type.ADDRESS), st.fixed_dictionaries({"street": st.text(max_size=20), "town": st.text(max_size=20)})),
)


@pytest.mark.once
@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(QUESTIONS, min_size=1, max_size=12), st.integers(0, 3))
def test_random_answers_of_a_random_form_survive(kinds, copies):
    items = [make_question(f"q.{number}-x", kind, **({"list_name": "farben"} if kind in (Type.SINGLE, Type.MULTI) else {}))
             for number, (kind, _value) in enumerate(kinds)]
    form = make_form(Repeat("r", max_count=3, items=tuple(items))) if copies else make_form(*items)
    with translation.override("de"):
        cleaned = [clean_value(item, value, kept=True) for item, (_kind, value) in zip(items, kinds, strict=True)]
    answers = {(item.name, copies) if copies else item.name: value
               for item, value in zip(items, cleaned, strict=True) if value not in (None, False)}

    assert answers_in(made(form, answers), form) == (answers, [])
    assert answers_in(filled_by_pikepdf(made(form), fields_for(form, answers)), form) == (answers, [])


# --- reading ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def handed_out(db):
    """A competition with a published form, and the form with some answers."""
    competition = make_competition()
    competition.refresh_from_db()
    version = publish(make_version(competition, EVERYTHING))
    return competition, version, pdfform.write(version, competition, answers=kept({"titel": "Ein Garten", "anzahl": 3}))


def test_a_form_is_read_by_the_version_that_it_names(handed_out):
    competition, version, content = handed_out
    publish(make_version(competition, make_form(make_question("anders", role="title"))))

    filled = pdfform.read(content)

    assert (filled.competition, filled.form, filled.version, filled.entry) == (competition.code, "entry", version.number, "")
    assert (filled.answers, filled.faults) == ({"titel": "Ein Garten", "anzahl": 3}, [])


def test_a_draft_that_is_not_published_gives_no_form(db):
    competition = make_competition()
    with pytest.raises(Refused):
        pdfform.write(make_version(competition), competition)


def test_a_form_of_a_competition_that_is_not_here_is_refused(handed_out):
    competition, _version, content = handed_out
    competition.questionnaires.all().delete()
    with translation.override("en"), pytest.raises(BadInput, match="not here"):
        pdfform.read(content)


def test_a_municipality_is_found_in_the_register_or_said_to_be_unknown(handed_out):
    competition, version, _content = handed_out
    body = make_municipality(name="Görlitz", key="14626110")
    competition.register_edition = body.edition
    competition.save()
    blank = pdfform.write(version, competition)

    assert pdfform.read(filled_by_pikepdf(blank, {"ort": "Görlitz"})).answers["ort"]["key"] == "14626110"
    unknown = pdfform.read(filled_by_pikepdf(blank, {"ort": "Nirgendwo"}))
    assert unknown.answers == {}
    assert any("Nirgendwo" in fault for fault in unknown.faults)


def test_an_empty_form_says_that_it_is_empty(handed_out):
    competition, version, _content = handed_out
    assert pdfform.read(pdfform.write(version, competition)).faults == ["Es ist nichts ausgefüllt."]


def changed(content, change, **options):
    with pikepdf.open(io.BytesIO(content)) as pdf:
        change(pdf)
        out = io.BytesIO()
        pdf.save(out, **options)
    return out.getvalue()


def flattened(pdf):
    for page in pdf.pages:
        del page.obj.Annots
    del pdf.Root.AcroForm


def with_script(pdf):
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def with_calculation(pdf):
    pdf.Root.AcroForm.Fields[0].AA = pikepdf.Dictionary(C=pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="event.value = 1"))


def with_xfa(pdf):
    pdf.Root.AcroForm.XFA = pdf.make_stream(b"<xdp/>")


def with_thousands(pdf):
    one = pdf.make_indirect(pikepdf.Dictionary(T="x", FT=pikepdf.Name.Tx))
    pdf.Root.AcroForm.Fields = pikepdf.Array([pikepdf.Dictionary(T=f"x{n}", FT=pikepdf.Name.Tx) for n in range(10_000)] + [one])


def with_shared_kids(pdf):
    """100 kB of which each field names the same 30,000 kids: looked at one by one they are millions."""
    kids = pdf.make_indirect(pikepdf.Array([pikepdf.Dictionary()] * 30_000))
    pdf.Root.AcroForm.Fields = pikepdf.Array([pikepdf.Dictionary(T=f"x{n}", FT=pikepdf.Name.Tx, Kids=kids) for n in range(100)])


def with_shared_values(pdf):
    values = pdf.make_indirect(pikepdf.Array([pikepdf.Dictionary()] * 30_000))
    pdf.Root.AcroForm.Fields = pikepdf.Array([pikepdf.Dictionary(T=f"x{n}", FT=pikepdf.Name.Ch, V=values) for n in range(1_000)])


def without_identity(pdf):
    pdf.Root.AcroForm.Fields = pikepdf.Array([one for one in pdf.Root.AcroForm.Fields if str(one.T) != IDENTITY])
    del pdf.docinfo["/LorbeerForm"]


@pytest.mark.once
@pytest.mark.filterwarnings("ignore:This document has")                 # what is broken here on purpose
@pytest.mark.parametrize(("change", "sentence"), [
    (flattened, "flattened.*It was the form of"), (with_script, "scripts"), (with_calculation, "scripts"), (with_xfa, "XFA"),
    (with_thousands, "more fields"), (with_shared_kids, "more fields"), (with_shared_values, "more fields"),
    (without_identity, "not an entry form"),
])
def test_what_is_no_readable_form_is_refused_in_a_sentence(handed_out, change, sentence):
    with translation.override("en"), pytest.raises(BadInput, match=sentence):
        pdfform.read(changed(handed_out[2], change))


@pytest.mark.once
def test_files_of_other_kinds_are_refused_in_a_sentence(handed_out):
    content = handed_out[2]
    locked = changed(content, lambda pdf: None, encryption=pikepdf.Encryption(user="u", owner="o"))
    with translation.override("de"):
        letter = render_pdf("report", {"title": "Anlage"})
    with translation.override("en"):
        for data, sentence in (
            (b"", "cannot be opened"), (b"PK\x03\x04", "cannot be opened"), (b"%PDF-1.7 nonsense", "cannot be opened"),
            (b"%PDF-" + b"0" * 26 * 1024 * 1024, "too large"), (locked, "password"), (letter, "no fields"),
            (content[:len(content) // 20], "damaged"),
        ):
            with pytest.raises(BadInput, match=sentence):
                pdfform.read(data)


@pytest.mark.once
def test_whoever_comes_while_others_are_read_is_asked_to_come_again_and_does_not_wait_long(handed_out):
    with reading.AT_ONCE, reading.AT_ONCE:
        began = time.monotonic()
        with translation.override("en"), pytest.raises(Busy, match="in a moment"):
            pdfform.read(handed_out[2])
        assert time.monotonic() - began < 5
    assert pdfform.read(handed_out[2]).answers["titel"] == "Ein Garten"


@pytest.mark.once
def test_a_file_that_takes_too_long_is_given_up_and_the_next_one_is_read(handed_out, monkeypatch):
    with monkeypatch.context() as hurried:
        hurried.setattr(reading, "SECONDS", 0.01)
        for _file in range(3):
            with translation.override("en"), pytest.raises(BadInput, match="too large"):
                pdfform.read(handed_out[2])
    assert pdfform.read(handed_out[2]).answers["titel"] == "Ein Garten"


@pytest.mark.once
def test_a_damaged_form_is_read_with_a_warning(handed_out):
    filled = pdfform.read(handed_out[2][:-300])
    assert filled.answers["titel"] == "Ein Garten"
    assert "beschädigt" in filled.faults[0]


@pytest.mark.once
def test_a_field_that_stands_twice_is_told(handed_out):
    def twice(pdf):
        pdf.Root.AcroForm.Fields.append(pikepdf.Dictionary(T="titel", FT=pikepdf.Name.Tx, V="Ein anderer"))

    assert any("zweimal" in fault for fault in pdfform.read(changed(handed_out[2], twice)).faults)


@pytest.mark.once
@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_bytes_give_fields_or_a_word_for_why_not(data):
    content = bytearray(blank())
    for _time in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at:at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=40))
    for one in (bytes(content), data.draw(st.binary(max_size=200)), b"%PDF-1.7\n" + data.draw(st.binary(max_size=200))):
        found = harvest(one)
        json.dumps(found)
        assert ("refused" in found) != ("fields" in found)
        if "fields" in found:
            interpret(EVERYTHING, found["fields"], None)


WRONG = st.recursive(
    st.one_of(st.integers(-10**9, 10**9), st.booleans(), st.none(), st.text(max_size=9)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.just("/T"), inner, max_size=1)), max_leaves=5)


@pytest.mark.once
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(["/V", "/Kids", "/FT", "/T", "/AS", "/Opt", "/Parent"]), WRONG, st.integers(0, 30))
def test_values_of_any_kind_in_a_field_give_answers_or_sentences(key, value, number):
    def change(pdf):
        fields = pdf.Root.AcroForm.Fields
        field = fields[number % len(fields)]
        if value is None:
            field[key] = field                                          # a circle
        else:
            field[key] = value

    found = harvest(changed(blank(), change))
    if "fields" in found:
        interpret(EVERYTHING, found["fields"], None)


BLANK = []


def blank():
    if not BLANK:
        BLANK.append(made())
    return BLANK[0]


# --- real forms ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("package", "language"), [
    ("competitions/zusammenleben2017", "de"), ("competitions/quartiersfonds", "en"), ("tests/packages/fairwork", "en"),
    ("tests/packages/forschung", "de"), ("tests/packages/fotopreis", "de"),
])
@pytest.mark.once
def test_the_forms_of_the_house_can_be_filled_in(db, settings, package, language):
    folder = settings.PROJECT_DIR / package
    competition = make_competition(code=folder.name)
    competition.refresh_from_db()
    version = publish(import_workbook(competition, folder / "questionnaire.xlsx"))

    content = pdfform.write(version, competition, language=language)

    assert tags(content).count("Form") > 5
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    assert re.search(rf"LORBEER {folder.name} entry 1 {language}", text)
    names = [name for name, one in names_of(content).items() if one["/FT"] == "/Tx" and name != IDENTITY]
    filled = pdfform.read(filled_by_pikepdf(content, {names[0]: "Musterstadt"}))
    assert "Musterstadt" in f"{filled.answers}{filled.faults}"
