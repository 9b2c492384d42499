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
    """How many A4 pages one page of a PDF holds: one up to half as much again (Letter, Legal), two of A3, six of a strip five metres long."""
    try:
        left, bottom, right, top = (float(number) for number in page.cropbox)
        unit = float(page.obj.get("/UserUnit", 1))
        return max(1, round(abs((right - left) * (top - bottom)) * unit**2 / A4))
    except (ArithmeticError, TypeError, ValueError):
        return 1


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
