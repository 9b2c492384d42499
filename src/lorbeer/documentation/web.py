"""The book as pages of a website: the same chapters as the PDF, from the same blocks. `epub` makes a book to carry of them.

`files_of` makes the site: `index.html` (title, contents, imprint), a page per chapter, `book.css`, pictures. Everything in it is
ours or escaped; no scripts, nothing from elsewhere.
"""

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.html import escape
from django.utils.translation import gettext as _

from lorbeer.documentation.book import Book
from lorbeer.shared.blocks import Block, text_inlines, to_html

TYPE = """\
body { font: 1.05rem/1.6 Georgia, "Source Serif 4", serif; hyphens: auto; overflow-wrap: anywhere; }
h1, h2, h3, h4, h5, nav, caption, figcaption, table, dt { font-family: "Fira Sans", system-ui, sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.2; } h2 { font-size: 1.4rem; margin-top: 2.2rem; } h3 { font-size: 1.15rem; margin-top: 1.8rem; }
img { max-width: 100%; height: auto; background: #fff; } figure { margin: 1.4rem 0; }
figcaption, caption { font-size: .92rem; text-align: start; }
table { border-collapse: collapse; font-size: .92rem; line-height: 1.35; margin: 1rem 0; }
th, td { padding: .35rem .5rem; border-top: 1px solid #b9c2bd; text-align: start; vertical-align: top; }
tbody th { font-weight: 400; } .total > * { font-weight: 600; }
.number { text-align: end; font-variant-numeric: tabular-nums; white-space: nowrap; }
blockquote { margin: 1rem 0; padding-inline-start: 1rem; border-inline-start: 3px solid #17513f; }
.footnotes { font-size: .9rem; border-top: 1px solid #b9c2bd; padding-top: .6rem; }
.portrait, .participant { border-top: 2px solid #17513f; margin-top: 2rem; padding-top: .5rem; }
.participant { border-top-width: 1px; margin-top: 1rem; }
dd { margin: 0; white-space: pre-line; }
.credit, .note, .place { font-size: .92rem; } .place { white-space: pre-line; margin: .2rem 0; }
"""
SCREEN = """\
:root { color-scheme: light dark; }
body { margin: 0; background: #fff; color: #1c1c1c; }
main, header, nav, footer { max-width: 46rem; margin: 0 auto; padding: .5rem 1rem; }
a { color: #17513f; } a:focus-visible { outline: 3px solid #17513f; outline-offset: 2px; }
.skip { position: absolute; left: -99rem; } .skip:focus { position: static; }
nav.ways { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; justify-content: space-between; }
.scroll { overflow-x: auto; } table { overflow-wrap: normal; } :is(tbody th, td):not(.number) { min-width: 7.5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; }
@media (max-width: 30rem) { dl { display: block; } dd { margin: 0 0 .5rem; } }
@media (prefers-color-scheme: dark) { body { background: #14201b; color: #eceeed; } a { color: #8fd0b3; } }
@media print { nav, .skip { display: none; } }
"""
MEDIA = {"svg": "image/svg+xml", "jpg": "image/jpeg", "png": "image/png"}
EARLIEST = (1980, 1, 1, 0, 0, 0)                                        # of files in archives: the same book gives the same bytes


@dataclass(frozen=True)
class Page:
    """The title page or a chapter; `body` is well-formed XML."""

    name: str
    title: str
    body: str


def page_name(number: int, ending: str = "html") -> str:
    """Of the chapter with this number, from 1 on."""
    return f"chapter-{number:02}.{ending}"


def pages_of(book: Book, ending: str) -> list[Page]:
    """The title page and the chapters, as files that end so and lead to each other."""
    chapters = book.data["chapters"]
    names = [page_name(number, ending) for number in range(1, len(chapters) + 1)]
    places = _places(chapters, names)
    pages = [Page(f"index.{ending}", book.data["title"], _title_page(book, names))]
    for chapter, name in zip(chapters, names, strict=True):
        blocks = [with_inlines(block) for block in chapter["blocks"]]
        body = to_html(blocks, file_url=lambda file: f"pictures/{file}", special=_special(book, places))
        pages.append(Page(name, chapter["title"], f"<h1>{escape(chapter['title'])}</h1>{body}"))
    return pages


def files_of(book: Book, *, language: str) -> dict[str, bytes]:
    """Name → bytes of every file of the website; the first is the title page."""
    first, *chapters = pages_of(book, "html")
    files = {first.name: _framed(first.title, first.body, [(one.name, "next", one.title) for one in chapters[:1]], language)}
    contents = (first.name, "contents", _("Contents"))
    for number, page in enumerate(chapters):
        ways = [(chapters[number - 1].name, "prev", chapters[number - 1].title), contents] if number else [contents]
        ways += [(one.name, "next", one.title) for one in chapters[number + 1:number + 2]]
        files[page.name] = _framed(f"{page.title} – {first.title}", scrolling(page.body), ways, language)
    return files | {"book.css": (TYPE + SCREEN).encode()} | pictures_of(book)


def pictures_of(book: Book) -> dict[str, bytes]:
    return {f"pictures/{name}": content for name, content in book.files.items()}


def with_inlines(block: Block) -> Block:
    """Cells and captions may be plain text; HTML wants inlines."""
    if block["kind"] != "table":
        return block

    def cell(value: Any) -> Any:
        if isinstance(value, str):
            return text_inlines(value)
        if isinstance(value, dict) and isinstance(value["children"], str):
            return {**value, "children": text_inlines(value["children"])}
        return value

    shown = {**block, "header": [[cell(value) for value in row] for row in block["header"]],
             "rows": [[cell(value) for value in row] for row in block["rows"]]}
    if isinstance(block.get("caption"), str):
        shown["caption"] = text_inlines(block["caption"])
    return shown


def _framed(title: str, body: str, ways: list[tuple[str, str, str]], language: str) -> bytes:
    links = "".join(
        f'<a href="{escape(name)}" rel="{kind}">{"← " if kind == "prev" else ""}{escape(words)}{" →" if kind == "next" else ""}</a>'
        for name, kind, words in ways)
    nav = f'<nav class="ways" aria-label="{escape(_("Chapters"))}">{links}</nav>' if ways else ""
    return (
        f'<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml" lang="{language}" xml:lang="{language}">'
        f'<head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/><title>{escape(title)}</title>'
        f'<link rel="stylesheet" href="book.css"/></head><body><a class="skip" href="#text">{escape(_("To the text"))}</a>'
        f'{nav}<main id="text">{body}</main>{nav.replace(escape(_("Chapters")), escape(_("Chapters, below")), 1)}</body></html>\n').encode()


def _title_page(book: Book, names: list[str]) -> str:
    data = book.data
    cover, imprint = data["cover"], data["imprint"]
    entries = "".join(f'<li><a href="{name}">{escape(chapter["title"])}</a></li>'
                      for name, chapter in zip(names, data["chapters"], strict=True))
    facts = "".join(f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>" for label, value in imprint["facts"])
    notes = "".join(f"<p>{escape(note)}</p>" for note in imprint["notes"])
    digest = f'<p>{escape(imprint["digest_label"])}: <code>{escape(imprint["digest"])}</code></p>' if imprint.get("digest") else ""
    return (
        f'<p>{escape(cover["kind"])}</p><h1>{escape(cover["title"])}</h1><p>{escape(cover["subtitle"])}</p>'
        f'<p>{escape(", ".join(filter(None, [cover["sponsor"], cover["office"], cover["period"]])))}</p>'
        f'<h2 id="contents">{escape(data["contents_title"])}</h2><nav aria-labelledby="contents"><ol>{entries}</ol></nav>'
        f'<h2>{escape(data["imprint_title"])}</h2><dl>{facts}</dl>{notes}{digest}')


def scrolling(body: str) -> str:
    """Wide tables move within themselves, not the page."""
    def opened(match: re.Match[str]) -> str:
        name = re.sub(r"<[^>]*>", "", match["caption"] or "") or escape(_("Table"))
        return f'<div class="scroll" tabindex="0" role="group" aria-label="{name}">{match[0]}'

    return re.sub(r"<table>(?:<caption>(?P<caption>.*?)</caption>)?", opened, body).replace("</table>", "</table></div>")


def _places(chapters: list[dict[str, Any]], names: list[str]) -> dict[str, list[tuple[str, str]]]:
    """Place → where it is spoken of, for the index: address, and the chapter's title."""
    found: dict[str, list[tuple[str, str]]] = {}
    for chapter, name in zip(chapters, names, strict=True):
        for block in chapter["blocks"]:
            for one in [block] if block["kind"] == "portrait" else block["entries"] if block["kind"] == "participants" else []:
                found.setdefault(one["place"], []).append((f"{name}#{anchor(block['kind'], one['key'])}", chapter["title"]))
    return found


def anchor(kind: str, key: str) -> str:
    return f"{kind}-{re.sub('[^a-z0-9-]', '-', key.lower())}"


def _special(book: Book, places: dict[str, list[tuple[str, str]]]) -> Callable[[Block], str]:
    def write(block: Block) -> str:
        if block["kind"] == "portrait":
            return _portrait(block, book.data)
        if block["kind"] == "participants":
            return "".join(map(_participant, block["entries"]))
        if block["kind"] == "index":
            rows = "".join(
                f"<li>{escape(place)}: " + ", ".join(f'<a href="{link}">{escape(title)}</a>' for link, title in links) + "</li>"
                for place, links in sorted(places.items(), key=lambda item: item[0].casefold()))
            return f"<ul>{rows}</ul>"
        return ""
    return write


def _portrait(block: Block, data: dict[str, Any]) -> str:
    facts = "".join(f"<dt>{escape(label)}</dt><dd>{_inline(value)}</dd>" for label, value in block["facts"])
    picture = ""
    if block["picture"]:
        said = " · ".join(filter(None, [block["picture"].get("caption", ""), block["picture"].get("credit", "")]))
        credit = f'<figcaption class="credit">{escape(said)}</figcaption>' if said else ""
        picture = f'<figure><img src="pictures/{escape(block["picture"]["file"])}" alt="{escape(block["picture"]["alt"])}"/>{credit}</figure>'
    note = f'<p class="note">{escape(block["note"])}</p>' if block.get("note") else ""
    return (
        f'<section class="portrait" id="{anchor("portrait", block["key"])}"><h3>{escape(block["name"])}</h3>'
        f'<p>{escape(block["title"])}</p>{picture}<dl>{facts}</dl>{note}<h4>{escape(data["description_title"])}</h4>{to_html(block["description"])}'
        f'<h4>{escape(data["reasons_title"])}</h4>{to_html(block["reasons"])}</section>')


def _inline(children: list[dict[str, Any]]) -> str:
    return to_html([{"kind": "paragraph", "children": children}]).removeprefix("<p>").removesuffix("</p>")


def _participant(entry: dict[str, Any]) -> str:
    def titled(title: str, awarded: str) -> str:
        return escape(title) + (f" ({escape(awarded)})" if awarded else "")

    projects = "".join(f"<li>{titled(one['title'], one['awarded'])}</li>" for one in entry["projects"])
    return (
        f'<div class="participant" id="{anchor("participants", entry["key"])}"><p><strong>{escape(entry["name"])}</strong></p>'
        f'<p class="place">{escape(entry["address"])}</p><p>{titled(entry["title"], entry["awarded"])}</p>'
        f'{f"<ul>{projects}</ul>" if projects else ""}</div>')


# --- archives ---------------------------------------------------------------------------------------------------------


def site(book: Book, *, language: str) -> bytes:
    """The website as ZIP."""
    return pack(files_of(book, language=language))


def file_in(packed: bytes, name: str) -> bytes | None:
    """A file of a website that `site` packed; None where there is none of this name."""
    with zipfile.ZipFile(io.BytesIO(packed)) as package:
        return package.read(name) if name in package.namelist() else None


def unpacked(packed: bytes) -> dict[str, bytes]:
    """All files of a website that `site` packed."""
    with zipfile.ZipFile(io.BytesIO(packed)) as package:
        return {name: package.read(name) for name in package.namelist()}


def media_type(name: str) -> str:
    kind = name.rpartition(".")[2]
    return {"html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8"}.get(kind) or MEDIA[kind]


def pack(files: dict[str, bytes], first: dict[str, bytes] | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, content in (first or {}).items():
            package.writestr(zipfile.ZipInfo(name, EARLIEST), content, zipfile.ZIP_STORED)
        for name, content in files.items():
            package.writestr(zipfile.ZipInfo(name, EARLIEST), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
