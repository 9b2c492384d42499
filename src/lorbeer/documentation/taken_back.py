"""What the published book may show no longer: parts of entries that were taken back, or are not to be named, since it was built.

The website of the book leaves them out at once; a page that names them in its own words is held back, and so are the files to
download, which cannot be changed, until the book is built anew. Copies that somebody has printed or downloaded stay what they are.

The same holds for tables that hide small counts: which answers are public decides what they hide, and their cells in a book that
was built before would tell what the table of today hides.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypedDict
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

from django.utils import translation
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.documentation import web
from lorbeer.documentation.book import TABLE, TITLE, Book
from lorbeer.documentation.dataset import table_label, table_values, writing
from lorbeer.documentation.directives import contact_lines, table_block
from lorbeer.documentation.models import BookBuild
from lorbeer.editions.fields import without
from lorbeer.editions.models import Release, part_of
from lorbeer.editions.queries import closed_parts, frozen_facts_of
from lorbeer.shared import files
from lorbeer.shared.blocks import to_html
from lorbeer.shared.text import house_language, localized
from lorbeer.statistics.definitions import TableSpec
from lorbeer.statistics.queries import compute_tables

Part = tuple[str, str]                                                  # code of an entry, name of a part or a field
SHOWN = frozenset({Release.Part.ENTRY, Release.Part.PICTURES, Release.Part.CONTACT})     # what a book prints of an entry
ANSWERING = frozenset({Release.Part.ENTRY, Release.Part.ANSWERS})       # without either, nobody can take the answers off a table
XHTML = "http://www.w3.org/1999/xhtml"
HEADINGS = frozenset(f"{{{XHTML}}}h{level}" for level in range(2, 6))
A_TITLE = 3                                                             # words, from which a title is known again in a text


@dataclass(frozen=True)
class Changed:
    """Files of the book's website that are not as they were built; None: held back."""

    pages: dict[str, bytes | None]

    def __bool__(self) -> bool:
        return bool(self.pages)


class Guarded(TypedDict):
    """A table that hides small counts, as a book prints it, and where: page of the website → what of it stands there (`Book.told`)."""

    definition: dict[str, Any]
    table: dict[str, Any]
    pages: dict[str, list[str]]


def guarded_in(competition: Competition, book: Book, tables: list[dict[str, Any]]) -> list[Guarded]:
    """What a book that is about to be kept prints of tables that hide small counts; `tables`: those it was made from."""
    definitions = {one.code: one.definition for one in competition.tables.all() if one.definition.get("least")}
    found: list[Guarded] = []
    for table in tables:
        pages = {web.page_name(number): told[table["code"]] for number, told in enumerate(book.told, 1) if table["code"] in told}
        if pages and table["code"] in definitions:
            found.append({"definition": definitions[table["code"]], "table": table, "pages": pages})
    return found


def changed_since(build: BookBuild) -> Changed:
    """What the book shows of the parts that are closed since it was built, by the files of its website. Two queries."""
    closed, then = closed_parts(build.competition_id), {(code, part) for code, part in build.closed}
    since = frozenset(one for one in closed - then if part_of(one[1]) in SHOWN)
    # Answers that were opened since matter, too: the fewer are left, the more a table hides.
    others = {one for one in closed ^ then if part_of(one[1]) in ANSWERING} if build.guarded else set()
    if not since and not others:
        return Changed({})
    if build.site is None:                                              # nothing to look in: it may show all of them
        return Changed({"index.html": None})
    return _changed(build.pk, build.site.blob_id, since, frozenset(others))


def is_held_back(build: BookBuild) -> bool:
    """Whether the files to download show something that was taken back."""
    return bool(changed_since(build))


@lru_cache(maxsize=8)
def _changed(build_id: int, _site_sha256: str, since: frozenset[Part], others: frozenset[Part]) -> Changed:
    build = BookBuild.objects.select_related("competition", "edition", "site__blob").get(pk=build_id)
    assert build.site
    language = house_language(build.competition.first_language)
    with translation.override(language), writing(language):
        otherwise = _read_otherwise(build) if others else []
        entries = frozen_facts_of(build.edition)["entries"]
        closed = {code for code, part in since if part == Release.Part.ENTRY}
        still = {entry["applicant"] for entry in entries if entry["code"] and entry["code"] not in closed}
        known = {entry["code"]: entry for entry in entries if entry["code"]}
        names: dict[str, set[str]] = {}                                 # of each all that it should not show, also what it never did
        for code, part in [*since, *build.closed]:
            names.setdefault(code, set()).add(part)
        found: dict[str, bytes | None] = {}
        for name, content in web.unpacked(files.read(build.site)).items():
            tables = [now for one, now in otherwise if TABLE in one["pages"].get(name, ())]
            if any(_tells(name, one, now) for one, now in otherwise):
                found[name] = None
            elif name.startswith("pictures/"):
                if any(name.startswith(f"pictures/portrait-{code.lower()}-") for code, part in since if part_of(part) != Release.Part.CONTACT):
                    found[name] = None
            elif name.endswith(".html"):
                page = fromstring(content)                              # noqa: S314 (our own page)
                cuts = sum(_cut(page, known[code], part, names[code]) for code, part in sorted(since) if code in known)
                if any(_names(page, known[code], still) for code in closed & set(known)):
                    found[name] = None
                elif cuts or tables:
                    redrawn = [_redraw(page, now) for now in tables]
                    found[name] = _written(page, language) if all(redrawn) else None
    return Changed(found)


def _read_otherwise(build: BookBuild) -> list[tuple[Guarded, dict[str, Any]]]:
    """The guarded tables of which something is printed that they hide now, and how they read now."""
    guarded: list[Guarded] = build.guarded
    specs = [TableSpec.from_json(one["table"]["code"], one["table"]["number"], localized(one["table"]["title"]), one["definition"])
             for one in guarded]
    tables = json.loads(json.dumps(compute_tables(build.edition, specs), default=str))
    return [(one, now | {key: one["table"][key] for key in ("row_heading",) if key in one["table"]})
            for one, now in zip(guarded, tables, strict=True) if _hidden_in(now) - _hidden_in(one["table"])]


def _hidden_in(table: dict[str, Any]) -> set[tuple[str, str]]:
    hidden = {(row["code"], "") for row in table["rows"] if row["base"] is None} | ({("", "")} if table["base"] is None else set())
    return hidden | {(row["code"], code) for row in table["rows"] for code, cell in row["cells"].items() if None in cell.values()}


def _tells(name: str, printed: Guarded, now: dict[str, Any]) -> bool:
    """Whether a file of the website says outside of the table itself what it hides now: in its words, or as a picture of it."""
    told = {value.path for value in table_values(now)}
    if any(TITLE in said for said in printed["pages"].values()) and name.endswith(".html"):          # titles stand in the contents, and lead on
        return True
    if name.startswith("pictures/"):
        return any(name == f"pictures/{one}" for said in printed["pages"].values() for one in said)
    return any(one != TABLE and one not in told for one in printed["pages"].get(name, ()))


def _redraw(page: Element, table: dict[str, Any]) -> bool:
    """Put the table as it reads now where it stands in the page; whether it was found there."""
    is_found = False
    anew = fromstring(web.scrolling(to_html([web.with_inlines(table_block(table))])))               # noqa: S314 (our own)
    for parent in list(page.iter()):
        for at, child in enumerate(list(parent)):
            caption = child.find(f"{{{XHTML}}}table/{{{XHTML}}}caption")
            if caption is not None and _text(caption).startswith(f"{' '.join(table_label(table).split())}:"):
                parent[at] = anew
                is_found = True
    return is_found


def _cut(page: Element, entry: dict[str, Any], part: str, names: set[str]) -> int:
    """Take `part` (or a field of it) of the entry out of the page; how often it stood there. `names`: all that is closed of the entry."""
    ids = [web.anchor(kind, entry["code"]) for kind in ("portrait", "participants")]
    cuts = 0
    for parent in list(page.iter()):
        for child in list(parent):
            if child.get("id") in ids:
                if part == Release.Part.ENTRY:
                    _cut_place(parent, child)
                    cuts += 1
                else:
                    cuts += _cut_pictures(child) if part == Release.Part.PICTURES else _cut_contact(child, entry, names)
    if part == Release.Part.ENTRY:
        cuts += _cut_links(page, {f"#{one}" for one in ids}) + sum(_cut_rows(body, entry) for body in page.iter(f"{{{XHTML}}}tbody"))
    return cuts


def _cut_place(parent: Element, place: Element) -> None:
    """Take the place of an entry out, and the heading above it when nobody is left below: it would tell of what Land the entry was."""
    around = list(parent)
    at = around.index(place)
    before, after = around[at - 1] if at else None, around[at + 1] if at + 1 < len(around) else None
    parent.remove(place)
    if before is not None and before.tag in HEADINGS and (after is None or after.get("class") != place.get("class")):
        parent.remove(before)


def _cut_pictures(place: Element) -> int:
    figures = place.findall(f"{{{XHTML}}}figure")
    for figure in figures:
        place.remove(figure)
    return len(figures)


def _cut_contact(place: Element, entry: dict[str, Any], names: set[str]) -> int:
    """Take the lines of the address that are closed by these names out of a place; how often they stood there.

    A line that another field says as well stays, as long as that one is open.
    """
    before, after = contact_lines(entry), contact_lines(without(entry, names))
    gone = [said for line in before if line not in after for said in _lines(line)]
    cuts = 0
    for address in place.findall(f"{{{XHTML}}}p[@class='place']"):
        is_cut, is_empty = _cut_lines(address, gone)
        cuts += is_cut
        if is_empty:
            place.remove(address)
    for facts in place.findall(f"{{{XHTML}}}dl"):
        for term, value in list(_facts(facts)):
            if _text(term) == _("Contact"):
                is_cut, is_empty = _cut_lines(value, gone)
                cuts += is_cut
                if is_empty:
                    facts.remove(term)
                    facts.remove(value)
    return cuts


def _lines(text: str) -> list[str]:
    return [said for line in re.split(r"[\r\n]", text) if (said := " ".join(line.split()))]


def _cut_lines(place: Element, gone: list[str]) -> tuple[bool, bool]:
    """Whether some of the lines `gone` stood in a place of nothing but lines, and whether nothing is left of it."""
    for at in place.iter(f"{{{XHTML}}}br"):
        at.tail = f"\n{at.tail or ''}"
    lines = _lines("".join(place.itertext()))
    left = [line for line in lines if line not in gone]
    if len(left) == len(lines):
        return False, False
    for child in list(place):
        place.remove(child)
    place.text = left[0] if left else ""
    for line in left[1:]:
        SubElement(place, f"{{{XHTML}}}br").tail = line
    return True, not left


def _facts(facts: Element) -> Iterator[tuple[Element, Element]]:
    ones = list(facts)
    return zip(ones[::2], ones[1::2], strict=False)


def _cut_links(page: Element, anchors: set[str]) -> int:
    """Of the index: the links to the entry, and its place where no link is left."""
    cuts = 0
    for parent in list(page.iter()):
        for item in list(parent):
            links = item.findall(f"{{{XHTML}}}a") if item.tag == f"{{{XHTML}}}li" else []
            gone = [link for link in links if "#" + (link.get("href") or "").partition("#")[2] in anchors]
            if gone and len(gone) == len(links):
                parent.remove(item)
            else:
                for link in gone:
                    item.remove(link)
            cuts += len(gone)
    return cuts


def _cut_rows(body: Element, entry: dict[str, Any]) -> int:
    """The rows of a table that name the entry: they name nobody then, and go to the end, for their place tells between whom they were."""
    gone = [row for row in list(body) if _cut_row(row, entry)]
    for row in gone:
        body.remove(row)
    sums = [at for at, row in enumerate(body) if row.get("class") == "total"]
    for row in gone:
        body.insert(sums[0] if sums else len(body), row)
        sums = [at + 1 for at in sums]
    return len(gone)


def _cut_row(row: Element, entry: dict[str, Any]) -> int:
    """Of the table of awards: the names, not the prize."""
    own = {entry["title"], *entry.get("projects", [])}
    texts = [_text(cell) for cell in row]
    if entry["applicant"] not in texts or not own & set(texts):
        return 0
    for cell, text in zip(row, texts, strict=True):
        if text == entry["applicant"] or text in own:
            for child in list(cell):
                cell.remove(child)
            cell.text = _("not named") if text == entry["applicant"] else "–"
    return 1


def _names(page: Element, entry: dict[str, Any], still: set[str]) -> bool:
    """Whether the page's own words name the entry: its applicant, unless another entry of theirs is open, or a title of some length."""
    said = [entry["applicant"]] if entry["applicant"] not in still else []
    said += [title for title in (entry["title"], *entry.get("projects", [])) if len(title.split()) >= A_TITLE]
    text = _text(page)
    return any(re.search(rf"(?<!\w){re.escape(' '.join(one.split()))}(?!\w)", text) for one in said if one.strip())


def _text(place: Element) -> str:
    return " ".join("".join(place.itertext()).split())


def _written(page: Element, language: str) -> bytes:
    for one in page.iter():
        one.tag = one.tag.rpartition("}")[2]
    page.set("lang", language)
    return b"<!DOCTYPE html>\n" + tostring(page, encoding="utf-8", method="html")
