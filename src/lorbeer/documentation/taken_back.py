"""What the published book may show no longer: parts of entries that were taken back, or are not to be named, since it was built.

The website of the book leaves them out at once; a page that names them in its own words is held back, and so are the files to
download, which cannot be changed, until the book is built anew. Copies that somebody has printed or downloaded stay what they are.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import Element, fromstring, tostring

from django.utils import translation
from django.utils.translation import gettext as _

from lorbeer.documentation import web
from lorbeer.documentation.models import BookBuild
from lorbeer.editions.models import Release
from lorbeer.editions.queries import closed_parts, frozen_facts_of
from lorbeer.shared import files
from lorbeer.shared.text import house_language

Part = tuple[str, str]                                                  # code of an entry, Release.Part
SHOWN = frozenset({Release.Part.ENTRY, Release.Part.PICTURES, Release.Part.CONTACT})     # what a book prints of an entry
XHTML = "http://www.w3.org/1999/xhtml"
A_TITLE = 3                                                             # words, from which a title is known again in a text


@dataclass(frozen=True)
class Changed:
    """Files of the book's website that are not as they were built; None: held back."""

    pages: dict[str, bytes | None]

    def __bool__(self) -> bool:
        return bool(self.pages)


def closed_since(build: BookBuild) -> frozenset[Part]:
    """Parts that were open when the book was built and are closed now. Two queries."""
    now = closed_parts(build.competition_id) - {(code, part) for code, part in build.closed}
    return frozenset((code, part) for code, part in now if part in SHOWN)


def changed_since(build: BookBuild) -> Changed:
    """What the book shows of the parts that are closed since, by the files of its website."""
    since = closed_since(build)
    if not since:
        return Changed({})
    if build.site is None:                                              # nothing to look in: it may show all of them
        return Changed({"index.html": None})
    return _changed(build.pk, build.site.blob_id, since)


def is_held_back(build: BookBuild) -> bool:
    """Whether the files to download show something that was taken back."""
    return bool(changed_since(build))


@lru_cache(maxsize=8)
def _changed(build_id: int, _site_sha256: str, since: frozenset[Part]) -> Changed:
    build = BookBuild.objects.select_related("competition", "edition", "site__blob").get(pk=build_id)
    assert build.site
    language = house_language(build.competition.first_language)
    with translation.override(language):
        entries = frozen_facts_of(build.edition)["entries"]
        closed = {code for code, part in since if part == Release.Part.ENTRY}
        still = {entry["applicant"] for entry in entries if entry["code"] and entry["code"] not in closed}
        known = {entry["code"]: entry for entry in entries if entry["code"]}
        found: dict[str, bytes | None] = {}
        for name, content in web.unpacked(files.read(build.site)).items():
            if name.startswith("pictures/"):
                if any(name.startswith(f"pictures/portrait-{code.lower()}-") for code, part in since if part != Release.Part.CONTACT):
                    found[name] = None
            elif name.endswith(".html"):
                page = fromstring(content)                              # noqa: S314 (our own page)
                cuts = sum(_cut(page, known[code], part) for code, part in sorted(since) if code in known)
                if any(_names(page, known[code], still) for code in closed & set(known)):
                    found[name] = None
                elif cuts:
                    found[name] = _written(page, language)
    return Changed(found)


def _cut(page: Element, entry: dict[str, Any], part: str) -> int:
    """Take `part` of the entry out of the page; how often it stood there."""
    ids = [web.anchor(kind, entry["code"]) for kind in ("portrait", "participants")]
    cuts = 0
    for parent in list(page.iter()):
        for child in list(parent):
            if child.get("id") in ids:
                if part == Release.Part.ENTRY:
                    parent.remove(child)
                    cuts += 1
                else:
                    cuts += _cut_pictures(child) if part == Release.Part.PICTURES else _cut_contact(child)
    if part == Release.Part.ENTRY:
        cuts += _cut_links(page, {f"#{one}" for one in ids}) + sum(_cut_row(row, entry) for row in page.iter(f"{{{XHTML}}}tr"))
    return cuts


def _cut_pictures(place: Element) -> int:
    figures = place.findall(f"{{{XHTML}}}figure")
    for figure in figures:
        place.remove(figure)
    return len(figures)


def _cut_contact(place: Element) -> int:
    cuts = 0
    for address in place.findall(f"{{{XHTML}}}p[@class='place']"):
        cuts += bool(_text(address))
        place.remove(address)
    for facts in place.findall(f"{{{XHTML}}}dl"):
        for term, value in list(_facts(facts)):
            if _text(term) == _("Contact"):
                facts.remove(term)
                facts.remove(value)
                cuts += 1
    return cuts


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
