"""What is printed for those who apply on paper, and the code that leads it back."""

import io
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from lorbeer.intake import paper_sheets
from lorbeer.intake.covers import Cover, read_cover
from lorbeer.intake.tests.factories import FORM, make_call, make_draft, make_person
from lorbeer.questionnaire.definition import Choice, Form, Group, Limits, Question, Section, Type
from lorbeer.questionnaire.paper import paper_sections
from lorbeer.questionnaire.queries import current_version
from lorbeer.shared.codes import check_character
from lorbeer.shared.tests.pdf import assert_accessible_pdf
from lorbeer.shared.text import Localized

pytestmark = [pytest.mark.django_db, pytest.mark.once]
CODE = f"K7QD4X-{check_character('K7QD4X')}"
COVER = Cover("zusammenleben2017", 3, CODE)


def codes_of(pdf: bytes) -> list[str]:
    import pypdfium2
    import zxingcpp

    page = pypdfium2.PdfDocument(io.BytesIO(pdf))[0].render(scale=200 / 72, grayscale=True)
    return [one.text for one in zxingcpp.read_barcodes(page.to_numpy().squeeze())]


def words_of(pdf: bytes) -> str:
    from pypdf import PdfReader

    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_a_code_says_competition_version_and_draft_and_nothing_else():
    assert COVER.payload == f"LORBEER1:zusammenleben2017:3:{CODE}:{COVER.word}"
    assert read_cover(COVER.payload) == COVER
    assert read_cover(COVER._replace(entry="").payload) == COVER._replace(entry="")


def test_the_check_word_is_known_to_this_installation_alone_and_outlives_its_key(settings):
    before, settings.SECRET_KEY_FALLBACKS = COVER.payload, [settings.SECRET_KEY]
    assert read_cover(before) == COVER
    settings.SECRET_KEY = "another key"
    assert COVER.payload != before
    assert read_cover(before) == read_cover(COVER.payload) == COVER

    settings.SECRET_KEY_FALLBACKS = []
    assert read_cover(before) is None


def test_a_code_with_any_one_character_misread_is_not_taken_for_another():
    for place in range(len(COVER.payload)):
        for wrong in "A4:-":
            text = COVER.payload[:place] + wrong + COVER.payload[place + 1:]
            assert text == COVER.payload or read_cover(text) is None


@pytest.mark.parametrize("text", ["", "LORBEER1", "LORBEER2:a:1:-:DADADA", "LORBEER1:a:²:-:DADADA", "https://example.org", "::::"])
def test_what_is_no_code_of_ours_is_none(text):
    assert read_cover(text) is None


def test_the_empty_form_is_for_everybody_and_its_code_names_competition_and_version():
    competition = make_call(office_address="Musterweg 1\n10000 Berlin")
    address = reverse("intake:paper_form", args=[competition.code])

    answer = Client().get(address)

    assert answer.headers["Content-Type"] == "application/pdf"
    assert codes_of(answer.content) == [Cover(competition.code, 1, "").payload]
    assert_accessible_pdf(answer.content)
    text = words_of(answer.content)
    assert "Musterweg 1" in text
    assert "Mit wem?" in text
    assert "die Antwort auf „1.3“ „ja“ ist" in text


def test_there_is_no_form_to_print_before_it_is_published():
    from lorbeer.call.tests.factories import make_competition

    assert Client().get(reverse("intake:paper_form", args=[make_competition().code])).status_code == 404


def test_the_cover_sheet_of_a_draft_names_its_code_and_nobody():
    writer = make_person(name="Frieda Geheim")
    draft = make_draft(by=writer, applicant="Verein Geheim", answers={"title": "Ein geheimer Garten"})
    client = Client()
    client.force_login(writer)

    data = client.get(reverse("intake:entry_cover", args=[draft.entry.competition.code, draft.entry.code])).content

    assert codes_of(data) == [Cover(draft.entry.competition.code, 1, draft.entry.code).payload]
    assert draft.entry.code in words_of(data)
    assert not re.search("geheim", words_of(data), re.IGNORECASE)
    assert paper_sheets.cover_pdf(draft) != paper_sheets.paper_form_pdf(draft.entry.competition, draft.version)


def test_strangers_get_no_cover_sheet():
    draft = make_draft()
    client = Client()
    client.force_login(make_person())

    assert client.get(reverse("intake:entry_cover", args=[draft.entry.competition.code, draft.entry.code])).status_code == 404


def test_every_question_stands_on_paper_with_room_for_its_answer():
    sections = paper_sections(FORM)
    title, _applicant, agreed, partner = sections[0]["items"]

    assert [section["title"] for section in sections] == ["1 Angaben", "2 Kurzfassung", "3 Einzelprojekte", "4 Anlagen"]
    assert (title["number"], title["required"], title["lines"]) == ("1.1", True, 1)
    assert agreed["boxes"] == ["ja", "nein"]
    assert partner["hint"] == "Nur wenn die Antwort auf „1.3“ „ja“ ist."
    assert sections[1]["items"][0]["lines"] == 4                        # 200 characters
    assert [place["label"] for place in sections[2]["items"]] == ["Projekt 1", "Projekt 2"]


def test_long_texts_go_on_sheets_of_ones_own_and_a_matrix_stays_one():
    scale = (Choice("a", Localized(de="oft")), Choice("b", Localized(de="nie")))
    form = Form(sections=(Section("one", Localized(de="Eins"), items=(
        Question("text", Type.LONG_TEXT, Localized(de="Text"), limits=Limits(pages=5)),
        Group("grid", Localized(de="Wie oft?"), appearance="table-list", items=(
            Question("row", Type.SINGLE, Localized(de="Treffen"), list_name="s", choices=scale),)),
        Question("when", Type.DATE, Localized(de="Wann?"), relevant="${text} != '' and ${row} = 'a'"),
        Question("odd", Type.TEXT, Localized(de="Sonst?"), relevant="count-selected(${row}) > 1"),
    )),), lists={"s": scale})

    text, grid, when, odd = paper_sections(form)[0]["items"]

    assert (text["lines"], text["hint"]) == (3, "Höchstens 5 Seiten DIN A4, auf eigenen Blättern.")
    assert grid["items"] == [{"kind": "matrix", "header": ["oft", "nie"], "label": "Wie oft?", "rows": ["1.2 Treffen"]}]
    assert when["hint"] == "Nur wenn „1.1“ beantwortet ist und die Antwort auf „1.2“ „oft“ ist."
    assert odd["hint"] == "Nur wenn Ihre Antworten auf diese Fragen es ergeben: „1.2“"


def test_the_form_costs_one_typesetting():
    competition = make_call()
    version = current_version(competition)

    assert paper_sheets.paper_form_pdf(competition, version) is paper_sheets.paper_form_pdf(competition, version)


def test_the_printed_form_asks_of_each_photo_what_the_form_online_asks():
    photo = Question("foto", Type.PHOTO, Localized(de="Fotos"), limits=Limits(files=5))
    with translation.override("de"):
        (item,) = paper_sections(Form(code="entry", sections=(Section("a", Localized(de="A"), items=(photo,)),)))[0]["items"]

    assert [part["label"] for part in item["parts"]] == ["Foto 1", "Foto 2", "Foto 3"]
    assert item["parts"][0]["boxes"][1] == "Das Foto darf unentgeltlich gedruckt und veröffentlicht werden"
    assert len(item["parts"][0]["fields"]) == 5
    assert "auf ein eigenes Blatt" in item["hint"]
