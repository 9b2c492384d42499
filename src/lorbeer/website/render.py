"""A page's Markdown as HTML: data through and through. What people write is never a tag, a script or an address that does something.

    {{ dates.entries.end }}          a value of the call, see values.py
    {{ calendar }}                   on a line of its own: what the call says, see parts.py
    ![words for those who do not see it](market.jpg "caption")       a picture of the website, alone on its line
    [leaflet](leaflet.pdf)  [privacy](privacy)  [apply now](apply)   a document, another page, a place of the house
"""

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.shared import files
from lorbeer.shared.blocks import Block, Inline, blocks, mapped, outside_only, text_inlines, to_html
from lorbeer.shared.text import language_for
from lorbeer.website import parts
from lorbeer.website.models import Asset
from lorbeer.website.values import Value, call_values, edition_values

MARK = re.compile(r"\{\{\s*(?P<path>[^{}\n]*?)\s*\}\}")
VALUE, PART = 0xF0000, 0x100000                                         # two planes of characters that no text uses
PLACES = {                                                              # what a link can lead to beside pages and files
    "home": "website:competition_home", "apply": "intake:entry_start", "announce": "outreach:intent_new",
    "catalogue": "catalogue:entry_list", "figures": "statistics:table_list", "news": "website:news_list",
}


@dataclass(frozen=True)
class Finding:
    """Something about a text, with its line (0: the title). A fault stands in the way of publishing; the rest is advice."""

    line: int
    text: str
    is_fault: bool = False

    @property
    def sentence(self) -> str:
        return _("Line %(line)d: %(text)s") % {"line": self.line, "text": self.text} if self.line else self.text


@dataclass
class Reading:
    """A text read for one competition in one language: what it names, and what of that there is not."""

    competition: Competition
    language: str
    findings: list[Finding] = field(default_factory=list)

    @cached_property
    def values(self) -> dict[str, Value]:
        return call_values(self.competition, self.language)

    @cached_property
    def published(self) -> dict[str, Value]:
        return edition_values(self.competition, self.language)

    @cached_property
    def assets(self) -> dict[str, Asset]:
        return {asset.name: asset for asset in self.competition.assets.select_related("file__blob")}

    @cached_property
    def codes(self) -> set[str]:
        return set(self.competition.pages.filter(kind="page").values_list("code", flat=True))

    def fault(self, line: int, text: str) -> None:
        self.findings.append(Finding(line, text, is_fault=True))

    def value(self, path: str) -> Value | None:
        return self.values.get(path) or self.published.get(path)

    def link(self, url: str) -> str:
        """The address behind `url`; "" where there is none."""
        if found := outside_only(url):
            return found
        if url in self.assets:
            return files.address_of(self.assets[url].file)
        if url in self.codes:
            return reverse("website:page_show", args=[self.competition.code, url])
        try:
            return reverse(PLACES[url], args=[self.competition.code]) if url in PLACES else ""
        except NoReverseMatch:
            return ""


def rendered(text: str, competition: Competition, language: str) -> SafeString:
    """The text as HTML; what it names and is not there stands as it was typed."""
    return composed(text, Reading(competition, language))


def part(name: str, competition: Competition, language: str) -> SafeString:
    """A part by itself, where a page of the house has it; "" where there is nothing in it."""
    with translation.override(language_for(language)), timezone.override(competition.time_zone):
        reading = Reading(competition, language)
        return to_html(parts.PARTS[name](competition, reading.assets), file_url=lambda file: files.address_of(reading.assets[file].file))


def composed(text: str, reading: Reading) -> SafeString:
    """The same, with what was found in `reading.findings`."""
    with translation.override(language_for(reading.language)), timezone.override(reading.competition.time_zone):
        plain, marks = _marked(text, reading)
        items = blocks(plain, language=reading.language, top=2, links=reading.link)
        made = _restored(_placed(mapped(items, lambda words: _with_values(words, marks)), reading, marks), marks)
        return to_html(made, file_url=lambda name: files.address_of(reading.assets[name].file))


def _marked(text: str, reading: Reading) -> tuple[str, list[Any]]:
    """The text with a private character for each value and part that is there, and what they are."""
    marks: list[Any] = []
    lines, in_code = [], False
    for at, line in enumerate("".join(one for one in text if ord(one) < VALUE).split("\n"), 1):
        in_code ^= line.lstrip().startswith("```")
        if in_code:
            lines.append(line)
            continue
        alone = MARK.fullmatch(line.strip())
        if alone and alone["path"] in parts.PARTS:
            marks.append(alone["path"])
            lines.append(f"\n{chr(PART + len(marks) - 1)}\n")
            continue
        lines.append(MARK.sub(lambda mark, at=at: _mark(mark, at, reading, marks), line))
    return "\n".join(lines), marks


def _mark(mark: re.Match[str], line: int, reading: Reading, marks: list[Any]) -> str:
    if mark["path"] in parts.PARTS:
        reading.fault(line, _("{{ %(path)s }} must stand on a line of its own.") % {"path": mark["path"]})
        return mark[0]
    value = reading.value(mark["path"])
    if value is None:
        near = _near(mark["path"], [*reading.values, *parts.PARTS])
        reading.fault(line, _("There is no value “%(path)s”.") % {"path": mark["path"]} + (
            " " + _("Is “%(near)s” meant?") % {"near": near} if near else ""))
        return mark[0]
    marks.append(value)
    return chr(VALUE + len(marks) - 1)


def _near(path: str, known: list[str]) -> str:
    from difflib import get_close_matches

    return next(iter(get_close_matches(path, known, 1, 0.7)), "")


def _with_values(words: str, marks: list[Any]) -> list[Inline]:
    found, plain = [], ""
    for one in words:
        if VALUE <= ord(one) < PART:
            found += [*text_inlines(plain), *text_inlines(marks[ord(one) - VALUE].text)]
            plain = ""
        else:
            plain += one
    return [*found, *text_inlines(plain)]


def _placed(items: list[Block], reading: Reading, marks: list[Any]) -> list[Block]:
    """Parts and pictures put where they were named."""
    made: list[Block] = []
    for item in items:
        if "blocks" in item:
            item = {**item, "blocks": _placed(item["blocks"], reading, marks)}
        if "items" in item:
            item = {**item, "items": [_placed(inner, reading, marks) for inner in item["items"]]}
        if name := _part_of(item, marks):
            made += parts.PARTS[name](reading.competition, reading.assets)
        elif item["kind"] == "figure":
            made += _picture(item, reading)
        else:
            made.append(item)
    return made


def _restored(found: Any, marks: list[Any]) -> Any:
    """Where a value stands in something that is no running text (an alternative text, a piece of code), its words."""
    if isinstance(found, str):
        return "".join(marks[ord(one) - VALUE].text if VALUE <= ord(one) < PART else one for one in found)
    if isinstance(found, dict):
        return {key: _restored(value, marks) for key, value in found.items()}
    return [_restored(one, marks) for one in found] if isinstance(found, list) else found


def _part_of(item: Block, marks: list[Any]) -> str:
    children = item.get("children") or []
    words = children[0].get("text", "").strip() if item["kind"] == "paragraph" and len(children) == 1 else ""
    return marks[ord(words) - PART] if len(words) == 1 and ord(words) >= PART else ""


def _picture(item: Block, reading: Reading) -> list[Block]:
    asset = reading.assets.get(item["file"])
    if asset is None or not asset.is_picture:
        return [{"kind": "paragraph", "children": text_inlines(item["alt"] or item["file"])}]
    return [parts.figure(asset, reading.language, alt=item["alt"], caption=item["caption"])]


