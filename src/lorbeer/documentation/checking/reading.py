"""A text of any origin as paragraphs: Markdown, plain text, Word or OpenDocument, PDF.

Nothing in a file is obeyed: of documents only the text between the marks is taken, of PDFs what PDFium reads as text.
"""

import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from html import unescape
from pathlib import Path

from django.utils.translation import gettext as _

from lorbeer.documentation.checking.context import Paragraph, in_pieces
from lorbeer.documentation.dataset import Dataset, writing
from lorbeer.documentation.references import printed, scan
from lorbeer.shared import scans
from lorbeer.shared.errors import BadInput

LARGEST, LARGEST_PART = 50_000_000, 40_000_000                          # bytes: of a file, of the text in a document
MOST_PAGES = 2_000
HEADING, ITEM, ROW = re.compile(r"#{1,6}\s+"), re.compile(r"(?:[-*+•–]|\d{1,2}[.)]|[a-z]\))\s+"), re.compile(r"\|.*\|\s*\Z")
CAPTION = re.compile(r"(?:Tab(?:elle|\.)?|Abb(?:ildung|\.)?|Table|Figure|Fig\.)[\s\u00a0]*\d")
LITTLE_WORDS = (
    ["der", "die", "das", "und", "von", "ist", "sind", "den", "dem", "mit", "für", "auf", "nicht", "ein", "eine", "haben", "wurde", "wurden"],
    ["the", "and", "of", "is", "are", "to", "with", "for", "on", "not", "a", "an", "have", "has", "had", "were", "by", "from"],
)
BODIES = ("word/document.xml", "content.xml")
BLOCK = re.compile(r"</(?P<end>w:p|text:p|text:h|w:tr|table:table-row)>|<(?P<style>w:pStyle)\b[^>]*w:val=\"(?P<name>[^\"]*)\""
                   r"|<(?P<heading>text:h)\b|<(?P<item>w:numPr|text:list-item)\b|<(?P<tab>w:tab|w:br|text:tab|text:line-break"
                   r"|w:noBreakHyphen)\b")
TAG = re.compile(r"<[^>]*>")
LEADERS = re.compile(r"(?:\.[ \u00a0]?){5,}")                              # a line of the contents
NUMBER = re.compile(r"\d+(?:[.,]\d+)*|·")
INDEXED = re.compile(r"\D{3,45}\d{1,3}(?:,\s*\d{1,3})*")              # “Aachen 14, 59”: a line of an index
LETTERS_PER_NUMBER = 14                                                 # fewer are a row of a table, not a sentence
SHORT_LINE = 0.7                                                        # of the usual length: a line that ends a paragraph
SENTENCE_ENDS = (".", "!", "?", ":", "…", "“", "”", ")")


def language_of(paragraphs: Sequence[Paragraph]) -> str:
    """`de` or `en`: what the little words of a text are in."""
    words = Counter(re.findall(r"[a-zäöüß]+", " ".join(paragraph.text for paragraph in paragraphs).lower()))
    german, english = (sum(words[word] for word in little) for little in LITTLE_WORDS)
    return "en" if english > german else "de"


def paragraphs_of(path: Path, data: Dataset) -> list[Paragraph]:
    """The paragraphs of a file. Raises BadInput in a sentence where it is no text that can be read."""
    return paragraphs_from(path.read_bytes() if path.stat().st_size <= LARGEST else b"", path.name, data)


def paragraphs_from(content: bytes, name: str, data: Dataset) -> list[Paragraph]:
    """The paragraphs of the bytes of a file called `name`. Raises BadInput like `paragraphs_of`."""
    if not content:
        raise BadInput(_("%(file)s is empty or larger than 50 MB.") % {"file": name})
    if content.startswith(b"%PDF-"):
        return list(in_pieces(_of_pdf(content, name)))
    if content.startswith(b"PK"):
        return list(in_pieces(_of_document(content, name)))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    if "\0" in text:
        raise BadInput(_("%(file)s is no text. Markdown, plain text, Word, OpenDocument and PDF can be read.") % {"file": name})
    return paragraphs_in(text, data)


def paragraphs_in(text: str, data: Dataset) -> list[Paragraph]:
    """Markdown or plain text. References (`{{ … }}`) are read as they are printed, which proves them."""
    if "{{" in text:
        with writing(data.language):
            text = printed(scan(text, data))
    return list(in_pieces(_blocks(text.replace("\r\n", "\n").split("\n"))))


def _line(number: int) -> str:
    return _("line %(number)d") % {"number": number}


def _blocks(lines: list[str]) -> Iterator[Paragraph]:
    gathered: list[str] = []
    begun = 0
    for number, raw in enumerate([*lines, ""], 1):
        line = raw.strip()
        alone = HEADING.match(line) or ITEM.match(line) or ROW.match(line) or CAPTION.match(line)
        if gathered and (not line or alone):
            yield Paragraph(" ".join(gathered), _line(begun))
            gathered = []
        if not line or re.fullmatch(r"[-=|: ]+", line):
            continue
        if alone:
            kind = "heading" if HEADING.match(line) else "row" if ROW.match(line) else "caption" if CAPTION.match(line) else "item"
            plain = HEADING.sub("", line, count=1) if kind == "heading" else ITEM.sub("", line, count=1) if kind == "item" else line
            yield Paragraph(plain.strip(), _line(number), kind)
        else:
            begun = begun if gathered else number
            gathered.append(line)


def _of_document(content: bytes, name: str) -> Iterator[Paragraph]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            body = next((part for part in BODIES if part in package.namelist()), "")
            if not body or package.getinfo(body).file_size > LARGEST_PART:
                raise BadInput(_("%(file)s is no document of Word or OpenDocument, or it is too long.") % {"file": name})
            with package.open(body) as opened:                          # whatever size the package claims
                raw = opened.read(LARGEST_PART + 1)
            if len(raw) > LARGEST_PART:
                raise BadInput(_("%(file)s is no document of Word or OpenDocument, or it is too long.") % {"file": name})
            text = raw.decode("utf-8", "replace")
    except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, NotImplementedError, EOFError) as error:
        raise BadInput(_("%(file)s cannot be opened: it is damaged or locked by a password.") % {"file": name}) from error
    number, at, kind, cells = 0, 0, "text", list[str]()
    plain = ""
    for mark in BLOCK.finditer(text):
        plain += text[at:mark.start()]
        at = mark.start()
        if mark["style"]:
            kind = "heading" if re.match(r"(?:Heading|berschrift|Überschrift|Titel|Title)", mark["name"]) else (
                "caption" if re.match(r"(?:Caption|Beschriftung)", mark["name"]) else kind)
        elif mark["heading"]:
            kind = "heading"
        elif mark["item"]:
            kind = "item" if kind == "text" else kind
        elif mark["tab"]:
            plain += " "
        elif mark["end"]:
            said = re.sub(r"\s+", " ", unescape(TAG.sub("", plain))).strip()
            plain = ""
            if mark["end"] in ("w:tr", "table:table-row"):
                number += 1
                yield Paragraph(" | ".join([*cells, *filter(None, [said])]), _("paragraph %(number)d") % {"number": number}, "row")
                cells = []
                continue
            if _in_row(text, mark.start()):
                cells.append(said)
            elif said:
                number += 1
                kind = "caption" if CAPTION.match(said) else kind
                yield Paragraph(said, _("paragraph %(number)d") % {"number": number}, kind)
            kind = "text"


def _in_row(text: str, place: int) -> bool:
    """Whether a paragraph stands in a row of a table: the last row that began before it has not ended."""
    begun = max(text.rfind("<w:tr ", 0, place), text.rfind("<w:tr>", 0, place), text.rfind("<table:table-row", 0, place))
    ended = max(text.rfind("</w:tr>", 0, place), text.rfind("</table:table-row>", 0, place))
    return begun > ended


def _of_pdf(content: bytes, name: str) -> Iterator[Paragraph]:
    try:
        pages = scans.read_text(content, most=MOST_PAGES)
    except ValueError as error:
        raise BadInput(_("%(file)s cannot be opened: it is damaged or locked by a password.") % {"file": name}) from error
    found = False
    for number, page in enumerate(pages, 1):
        text = re.sub(r"[\u00ad\ufffe\x02]\r?\n?", "", page)
        text = re.sub(r"\s+\d{1,4}\s*\Z|\A\s*\d{1,4}\s*\n", "", text)         # its number, above or below
        place = _("page %(number)d") % {"number": number}
        for paragraph in _rejoined(text.replace("\r\n", "\n").split("\n"), place):
            found = True
            yield paragraph
    if not found:
        raise BadInput(_("%(file)s has no text that can be read, only pictures of pages.") % {"file": name})


def _rejoined(lines: list[str], place: str) -> Iterator[Paragraph]:
    """Lines of a page as paragraphs: one ends where a line ends early after the end of a sentence, or a heading begins."""
    lines = [line for line in map(str.strip, lines) if not LEADERS.search(line)]
    usual = sorted(len(line) for line in lines if line)
    length = usual[3 * len(usual) // 4] if usual else 0
    gathered = ""
    for line in lines:
        row = len(NUMBER.findall(line)) > 1 and len(re.findall(r"[^\W\d]", line)) < LETTERS_PER_NUMBER * len(NUMBER.findall(line))
        row = row or bool(INDEXED.fullmatch(line))
        starts_anew = not line or ITEM.match(line) or CAPTION.match(line) or row
        if gathered and starts_anew:
            yield _paragraph(gathered, place, length)
            gathered = ""
        if row:
            yield Paragraph(line, place, "row")
            continue
        if not line:
            continue
        if re.search(r"[a-zäöüß]-\Z", gathered) and re.match(r"[a-zäöüß]", line):
            gathered = gathered[:-1] + line
        else:
            gathered = f"{gathered} {line}".strip()
        if len(line) < SHORT_LINE * length and (line.endswith(SENTENCE_ENDS) or len(gathered) == len(line)):
            yield _paragraph(gathered, place, length)
            gathered = ""
    if gathered:
        yield _paragraph(gathered, place, length)


def _paragraph(text: str, place: str, length: int) -> Paragraph:
    kind = "caption" if CAPTION.match(text) else "item" if ITEM.match(text) else "text"
    if kind == "text" and len(text) < SHORT_LINE * length and not text.endswith((".", ":", ",", ";")):
        kind = "heading"
    if len(re.findall(r"\d", text)) > len(re.findall(r"[^\W\d]", text)):
        kind = "row"
    return Paragraph(ITEM.sub("", text, count=1) if kind == "item" else text, place, kind)
