"""The limit in pages is held against the real file, whatever it calls itself."""

import io
import zipfile
from decimal import Decimal

import pikepdf
import pytest
from django.core.files.base import ContentFile

from lorbeer.call.tests.factories import make_competition
from lorbeer.intake import queries, services
from lorbeer.intake.tests.factories import make_draft
from lorbeer.questionnaire.definition import Form, Limits, Question, Section, Type
from lorbeer.questionnaire.forms import section_form
from lorbeer.questionnaire.pages import _sheets
from lorbeer.questionnaire.services import add_version, publish
from lorbeer.questionnaire.values import pages_of
from lorbeer.shared.errors import BadInput
from lorbeer.shared.models import StoredFile
from lorbeer.shared.text import Localized

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def form_of(pages):
    return Form(title=Localized(de="Bogen"), code="entry", sections=(Section("text", Localized(de="Text"), items=(
        Question("paper", Type.FILE, Localized(de="Ihr Text"), limits=Limits(pages=pages, file_types=("pdf", "docx", "odt"))),
        Question("name", Type.TEXT, Localized(de="Titel"), role="title"))),))


@pytest.fixture
def draft(db):
    """An entry whose text may have two pages."""
    competition = make_competition()
    publish(add_version(competition, form_of(2)))
    return make_draft(competition)


def pdf(pages, size=(595, 842)):
    document, out = pikepdf.new(), io.BytesIO()
    for _number in range(pages):
        document.add_blank_page(page_size=size)
    document.save(out)
    return out.getvalue()


def package(parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


def docx(body, pages=None):
    """A Word file of that body, whose properties name so many pages."""
    facts = {"docProps/app.xml": f"<Properties><Pages>{pages}</Pages></Properties>"} if pages else {}
    return package({"[Content_Types].xml": "<Types/>", "word/document.xml": f'<w:document xmlns:w="{WORD}">{body}</w:document>'} | facts)


def odt(body, pages):
    return package({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": body,
                    "meta.xml": f'<meta:document-statistic meta:page-count="{pages}"/>'})


LINE = "<w:p><w:r><w:t>Ein Satz.</w:t></w:r></w:p>"
LAID_OUT = "<w:p><w:r><w:lastRenderedPageBreak/></w:r></w:p>"
NEW_PAGE = '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'


@pytest.mark.parametrize(("name", "data"), [
    ("a.pdf", pdf(3)), ("a.pdf", pdf(1, (200, 7500))), ("a.docx", docx("<w:p>" + "\N{CJK UNIFIED IDEOGRAPH-56ED}" * 7300, 1)),
    ("a.docx", docx(LINE, 3)), ("a.docx", docx(LAID_OUT * 2)), ("a.docx", docx(NEW_PAGE * 2)),
    ("a.docx", docx(LINE * 152, 1)), ("a.odt", odt("<text:p/>", 3)), ("a.odt", odt("<text:soft-page-break/>" * 2, 1)),
])
def test_too_many_pages_are_refused_with_a_sentence_and_nothing_is_kept(draft, name, data):
    with pytest.raises(BadInput, match="has 3 A4 pages and was not stored: at most 2 pages are allowed here|hat 3 A4-Seiten"):
        services.attach_file(draft, "paper", 0, ContentFile(data, name), by=draft.entry.contributors.get().person)
    assert not StoredFile.objects.exists()
    assert queries.draft_answers(draft) == {}


@pytest.mark.parametrize(("name", "data"), [
    ("a.pdf", pdf(2)), ("a.pdf", pdf(1, (842, 1190))), ("a.pdf", pdf(2, (612, 1008))),
    ("a.docx", docx(LINE, 2)), ("a.docx", docx(LAID_OUT, 9)), ("a.docx", docx(LINE * 95, 2)),
    ("a.odt", odt("<text:p/>", 2)),
])
def test_as_many_as_allowed_are_kept(draft, name, data):
    services.attach_file(draft, "paper", 0, ContentFile(data, name), by=draft.entry.contributors.get().person)
    assert queries.draft_answers(draft)["paper", 0][0]["name"] == name


def test_what_no_font_has_is_counted_as_it_is_printed():
    assert pages_of("\N{CJK UNIFIED IDEOGRAPH-56ED}" * 14_300) == 23.8     # printed: 24 pages, each character by its number
    assert pages_of("Wir graben zusammen im Garten. " * 480) == pages_of("Мы копаем вместе в саду. Бя зь " * 480) == 3.2


@pytest.mark.parametrize(("pages", "words"), [(1, "höchstens 1\u00a0Seite."), (5, "höchstens 5\u00a0Seiten.")])
def test_the_limit_stands_beside_the_field(pages, words):
    form = form_of(pages)
    assert section_form(form, "text", {})._file_hint(form.question("paper")).endswith(words)


@pytest.mark.once
def test_what_a_page_says_of_its_size_makes_no_strip_shorter_and_no_sheet_longer():
    strip, sheet, huge = (595, 8420), (595, 842), pikepdf.Object.parse(b"1" + b"0" * 200 + b".0")
    name, box = pikepdf.Name("/a"), pikepdf.Array
    for pages, size, facts in (
        (10, strip, {"CropBox": box([0, 0, 0, 0])}), (10, strip, {"CropBox": box([name] * 4)}),
        (10, strip, {"CropBox": pikepdf.String("abcd")}), (10, strip, {"CropBox": box([900, 0, 999, 99])}),
        (10, strip, {"UserUnit": 0}), (10, strip, {"UserUnit": Decimal("0.1")}),
        (10, strip, {"UserUnit": name}), (40, strip, {"UserUnit": 2}), (1_000_000, strip, {"UserUnit": huge}),
        (2, strip, {"CropBox": box([595, 1684, 0, 0])}), (1, sheet, {"CropBox": box([0, 0, 1190, 1684])}),
        (1, sheet, {"CropBox": box([0, 0, 9])}),
    ):
        document = pikepdf.new()
        page = document.add_blank_page(page_size=size)
        for key, value in facts.items():
            page.obj[f"/{key}"] = value
        assert _sheets(page) == pages, (size, facts)
