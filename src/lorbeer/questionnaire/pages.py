"""How many A4 pages a file has that somebody sends: counted in a PDF, taken from the word processor's own marks in a document."""

import io
import math
import re
import zipfile
from html import unescape
from typing import Any

from lorbeer.questionnaire.values import least_pages_of
from lorbeer.shared import files
from lorbeer.shared.models import StoredFile

BODIES = ("word/document.xml", "content.xml")                           # Word, OpenDocument
MARK = re.compile(rb"<(?:w:lastRenderedPageBreak|text:soft-page-break)\b")
NEW_PAGE = re.compile(rb"<w:br\b[^>]*w:type=\"page\"")
MOST_BYTES = 20_000_000                                                 # of a part of a document; what is longer has too many pages anyway
COUNTED = re.compile(rb"<Pages>(\d{1,5})</Pages>|meta:page-count=\"(\d{1,5})\"")
A4 = 595.28 * 841.89                                                    # square points
LARGEST_UNIT, MOST_SHEETS = 75_000.0, 1_000_000
PARAGRAPH, TAG = re.compile(r"</(?:w:p|text:p|text:h)>"), re.compile(r"<[^>]*>")


def pages_in(stored: StoredFile) -> int | None:
    """Pages of a stored file; None where nobody can tell without printing it (plain text, old formats)."""
    kind = stored.blob.media_type
    if kind.startswith("image/"):
        return 1
    if kind == "application/pdf":
        import pikepdf

        with pikepdf.open(io.BytesIO(files.read(stored))) as pdf:
            return sum(_sheets(page) for page in pdf.pages)
    if "wordprocessingml" in kind or "opendocument.text" in kind:
        with files.open_file(stored) as opened:
            return _of_document(opened)
    return None


def _sheets(page: Any) -> int:
    """How many A4 pages one page of a PDF holds: one up to half as much again (Letter, Legal), two of A3, six of a strip five metres long.

    What a reader sees is what of the crop box lies on the sheet; a crop box that makes no sense readers pass over, and so do we.
    """
    sheet = _box(page, "mediabox")
    if sheet is None:
        return 1
    crop = _box(page, "cropbox") or sheet
    seen = [max(sheet[0], crop[0]), max(sheet[1], crop[1]), min(sheet[2], crop[2]), min(sheet[3], crop[3])]
    left, bottom, right, top = seen if seen[0] < seen[2] and seen[1] < seen[3] else sheet
    return max(1, min(round((right - left) * (top - bottom) * _unit(page)**2 / A4), MOST_SHEETS))


def _box(page: Any, name: str) -> list[float] | None:
    """A box with its lower left corner first; None for what is none, or has no area."""
    try:
        one, two, three, four = (float(number) for number in getattr(page, name))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return None
    left, right, bottom, top = *sorted((one, three)), *sorted((two, four))
    area = (right - left) * (top - bottom)
    return [left, bottom, right, top] if 0 < area < math.inf else None


def _unit(page: Any) -> float:
    """By how much the page is larger than its boxes say; never smaller, and no more than programs can show."""
    try:
        unit = float(page.obj.get("/UserUnit", 1))
    except (ArithmeticError, AttributeError, TypeError, ValueError):
        return 1.0
    return min(unit, LARGEST_UNIT) if unit >= 1 else 1.0


def _of_document(opened: Any) -> int:
    """As it was last laid out, where the document says so; never less than its text takes in our type."""
    with zipfile.ZipFile(opened) as package:
        names = set(package.namelist())
        body = next((_part(package, name) for name in BODIES if name in names), b"")
        facts = b"".join(_part(package, name) for name in ("docProps/app.xml", "meta.xml") if name in names)
    said = COUNTED.search(facts)
    laid_out = max(len(MARK.findall(body)), len(NEW_PAGE.findall(body))) + 1
    text = unescape(TAG.sub("", PARAGRAPH.sub("\n", body.decode("utf-8", "replace"))))
    least = math.floor(least_pages_of(text))                                  # smaller type than ours fits more on a page
    return max(laid_out, int(said[1] or said[2]) if said and laid_out == 1 else 0, least, 1)


def _part(package: zipfile.ZipFile, name: str) -> bytes:
    with package.open(name) as part:
        return part.read(MOST_BYTES)
