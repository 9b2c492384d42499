"""Codes on scans, as they come out of scanners and out of hands that mean harm."""

import io

import pikepdf
import pytest
import segno
from PIL import Image, ImageFilter

from lorbeer.shared import scans
from lorbeer.shared.errors import BadInput

pytestmark = pytest.mark.once
TEXT = "LORBEER1:zusammenleben2017:3:K7QD4X-Y:DOKAME"


def sheet(*texts, turn=0, blur=0.0):
    """A page of A4 at 200 dpi with codes of 30 mm, as a scanner sees it."""
    page = Image.new("L", (1654, 2339), 245)
    for place, text in enumerate(texts):
        code, written = segno.make(text, error="q", boost_error=False, micro=False), io.BytesIO()
        code.save(written, kind="png", border=4, scale=5)
        page.paste(Image.open(written).convert("L"), (150, 200 + 500 * place))
    return page.rotate(turn, fillcolor=245, expand=True).filter(ImageFilter.GaussianBlur(blur))


def as_pdf(*pages):
    written = io.BytesIO()
    pages[0].save(written, "PDF", save_all=True, append_images=pages[1:], resolution=200)
    return written.getvalue()


def as_picture(page, kind="JPEG"):
    written = io.BytesIO()
    page.save(written, kind)
    return written.getvalue()


def test_codes_are_found_page_by_page_and_those_of_others_left_alone():
    data = as_pdf(sheet(TEXT), sheet(), sheet("https://example.org/parcel", TEXT + "X", turn=3))

    assert scans.read_codes(data, "LORBEER") == scans.Reading(3, ((1, TEXT), (3, TEXT + "X")), read=3, ended=True)


@pytest.mark.parametrize("seen", [{"turn": 180}, {"turn": 90}, {"turn": -4, "blur": 1.5}])
def test_a_picture_may_be_turned_and_a_little_blurred(seen):
    assert scans.read_codes(as_picture(sheet(TEXT, **seen)), "LORBEER").codes == ((1, TEXT),)


def test_what_takes_too_long_is_left_where_it_is_with_what_was_found():
    data = as_pdf(sheet(TEXT), *[sheet()] * 3)

    assert scans.read_codes(data, "LORBEER", most=2) == scans.Reading(4, ((1, TEXT),), read=2, ended=True)
    assert scans.read_codes(data, "LORBEER", seconds=0).codes == ((1, TEXT),)


@pytest.mark.parametrize("make", [
    lambda: b"", lambda: b"%PDF-1.7 nothing", lambda: b"\x89PNG\r\n\x1a\nnothing", lambda: b"LORBEER",
    lambda: as_pdf(sheet(TEXT))[:3000], lambda: as_picture(Image.new("1", (30_000, 30_000)), "PNG"),
], ids=["nothing", "no PDF", "no PNG", "a word", "half a PDF", "a picture as large as a house"])
def test_what_cannot_be_opened_is_a_sentence(make):
    found = scans.read_codes(make(), "LORBEER")
    assert (found.pages, found.codes, found.read, found.is_whole) == (0, (), 0, False)


def test_a_page_as_large_as_a_house_is_looked_at_in_small():
    document, written = pikepdf.new(), io.BytesIO()
    document.add_blank_page(page_size=(14_400, 14_400))
    document.save(written)

    assert scans.read_codes(written.getvalue(), "LORBEER") == scans.Reading(1, (), read=1, ended=True)


def test_pages_are_cut_out_or_it_says_why_not():
    data = as_pdf(*[sheet()] * 4)

    with pikepdf.open(io.BytesIO(scans.cut_pages(data, 2, 3))) as part:
        assert len(part.pages) == 2
    with pytest.raises(BadInput):
        scans.cut_pages(b"%PDF-1.7 nothing", 1, 1)
