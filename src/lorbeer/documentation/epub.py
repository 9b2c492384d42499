"""The book as EPUB 3.3, from the pages of `web`: for reading programs, which turn pages and bring contents and colours of their own."""

import hashlib
import io
import re
from datetime import UTC, datetime

from django.utils.html import escape
from django.utils.translation import gettext as _

from lorbeer.documentation import web
from lorbeer.documentation.book import Book
from lorbeer.documentation.web import MEDIA, Page

COVER_HEIGHT = 1600                                                     # pixels, as the shelves of reading programs ask for
# A page has no way to move a wide table, and some readers measure its width by two pages: nothing here depends on that.
PAGED = """\
h1, h2, h3, h4, h5, figcaption { break-after: avoid; } h1, h2, h3, h4, h5 { hyphens: none; }
figure, tr, dt { break-inside: avoid; } dt { break-after: avoid; }
.portrait { break-before: page; } h2 + .portrait { break-before: auto; } .portrait > h3 + p { break-after: avoid; }
caption { break-after: avoid; } table { width: 100%; font-size: .8rem; } th, td { padding: .25rem .3rem; }
:is(th, td):not(.number) { min-width: 4.6em; }
dd { margin: 0 0 .5rem; } dt { font-size: .92rem; }
"""
CONTAINER = b"""<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>
"""
PROLOG = '<?xml version="1.0" encoding="UTF-8"?>\n'
SECTION = re.compile(r'<h2 id="(?P<section>[^"]*)">(?P<title>.*?)</h2>|'
                     r'<section class="portrait" id="(?P<portrait>[^"]*)"><h3>(?P<name>.*?)</h3>')


def epub(book: Book, *, language: str, day: datetime, cover: bytes) -> bytes:
    """The book with its contents down to the portraits; `day` is when its edition was frozen, `cover` a JPEG."""
    pages = [Page(one.name, one.title, _with_places(one.body)) for one in web.pages_of(book, "xhtml")]
    inside = {one.name: _framed(escape(one.title), one.body, language) for one in pages}
    inside |= {"book.css": (web.TYPE + PAGED).encode(), "cover.jpg": cover} | web.pictures_of(book)
    title = escape(_("Contents"))
    inside["nav.xhtml"] = _framed(title, f'<nav epub:type="toc"><h1>{title}</h1>{_contents(pages)}</nav>', language)
    inside["package.opf"] = _package(book, inside, [one.name for one in pages], language, day)
    return web.pack({"META-INF/container.xml": CONTAINER} | {f"book/{name}": content for name, content in inside.items()},
                      first={"mimetype": b"application/epub+zip"})


def cover_of(pdf: bytes) -> bytes:
    """The first page of the printed book, for the shelf."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    try:
        page = document[0]
        out = io.BytesIO()
        page.render(scale=COVER_HEIGHT / page.get_height()).to_pil().convert("RGB").save(out, "JPEG", quality=85)
        return out.getvalue()
    finally:
        document.close()


def _framed(title: str, body: str, language: str) -> bytes:
    return (f'{PROLOG}<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" '
            f'lang="{language}" xml:lang="{language}"><head><title>{title}</title><link rel="stylesheet" href="book.css"/></head>'
            f'<body>{body}</body></html>\n').encode()


def _with_places(body: str) -> str:
    """Sections that the contents can name, and notes that readers can open where they are called."""
    numbers = iter(range(1, len(body)))
    body = re.sub("<h2>", lambda _found: f'<h2 id="section-{next(numbers)}">', body)
    body = body.replace(' role="doc-noteref"', ' epub:type="noteref" role="doc-noteref"')
    return body.replace('<li id="note-', '<li epub:type="footnote" id="note-')


def _contents(pages: list[Page]) -> str:
    """The title page and the chapters with their sections, and in these the portraits."""
    lines = ""
    for number, page in enumerate(pages):
        sections: list[tuple[str, list[str]]] = []
        for found in SECTION.finditer(page.body) if number else ():
            link = f'<a href="{page.name}#{found["section"] or found["portrait"]}">{found["title"] or found["name"]}</a>'
            if found["section"] or not sections:
                sections.append((link, []))
            else:
                sections[-1][1].append(link)
        lines += f'<li><a href="{page.name}">{escape(page.title)}</a>{_list([link + _list(under) for link, under in sections])}</li>'
    return f"<ol>{lines}</ol>"


def _list(items: list[str]) -> str:
    return f"<ol>{''.join(f'<li>{one}</li>' for one in items)}</ol>" if items else ""


def _package(book: Book, inside: dict[str, bytes], spine: list[str], language: str, day: datetime) -> bytes:
    identity = hashlib.sha256(b"".join(inside.values())).hexdigest()[:32]
    ids = {name: {"nav.xhtml": "nav", "cover.jpg": "cover"}.get(name, f"f{number}") for number, name in enumerate(inside)}
    told = {"nav.xhtml": ' properties="nav"', "cover.jpg": ' properties="cover-image"'}
    media = {"xhtml": "application/xhtml+xml", "css": "text/css", **MEDIA}
    items = "".join(f'<item id="{ids[name]}" href="{escape(name)}" media-type="{media[name.rpartition(".")[2]]}"{told.get(name, "")}/>'
                    for name in inside)
    order = "".join(f'<itemref idref="{ids[name]}"/>' for name in spine)
    access = "".join(f'<meta property="schema:{name}">{value}</meta>' for name, value in (
        ("accessMode", "textual"), ("accessMode", "visual"), ("accessModeSufficient", "textual"),
        ("accessibilityFeature", "alternativeText"), ("accessibilityFeature", "structuralNavigation"),
        ("accessibilityFeature", "tableOfContents"), ("accessibilityHazard", "none")))
    data, moment = book.data, day.astimezone(UTC)
    return (
        f'{PROLOG}<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="{language}">'
        f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">urn:lorbeer:{identity}</dc:identifier>'
        f'<dc:title>{escape(data["title"])}</dc:title><dc:language>{language}</dc:language>'
        f'<dc:publisher>{escape(data["cover"]["sponsor"] or data["cover"]["office"] or "–")}</dc:publisher><dc:date>{moment:%Y-%m-%d}</dc:date>'
        f'<meta property="dcterms:modified">{moment:%Y-%m-%dT%H:%M:%SZ}</meta><meta name="cover" content="cover"/>{access}</metadata>'
        f'<manifest>{items}</manifest><spine>{order}</spine></package>\n').encode()
