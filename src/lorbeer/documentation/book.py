"""Chapters and a dataset become a book: blocks with every reference resolved, ready for the Typst template `book`.

Nothing here reads the database: `queries.dataset_of` does, and tests make datasets of their own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from lorbeer.documentation.asked import gettext, ngettext
from lorbeer.documentation.broken import broken
from lorbeer.documentation.dataset import CHAPTERS, Dataset, Value, date_text, number_text, said, writing
from lorbeer.documentation.directives import Press, set_directive
from lorbeer.documentation.references import (
    DIRECTIVE_BASE,
    FINDING_BASE,
    TITLE_LINE,
    Directive,
    Finding,
    Scan,
    printed,
    resolve,
    scan,
    scan_title,
)
from lorbeer.shared.blocks import Block, Inline, blocks_of, mapped, plain_text, text_inlines, tokens_of
from lorbeer.shared.errors import BadInput
from lorbeer.shared.text import together

__all__ = ["Book", "BookFault", "ChapterText", "compile_book", "compile_chapter", "resolve"]


TABLE, TITLE = "table", "title"


class BookFault(BadInput):
    """The book cannot be built; `faults` name chapter and line."""


@dataclass(frozen=True)
class ChapterText:
    """A chapter as it is edited: `text` is Markdown with references."""

    code: str
    title: str
    text: str


@dataclass
class CompiledChapter:
    code: str
    title: str
    blocks: list[Block]
    findings: tuple[Finding, ...]
    faults: list[str] = field(default_factory=list)                     # with their lines
    told: dict[str, list[str]] = field(default_factory=dict)            # table → where its numbers stand, see `Book.told`


@dataclass
class Book:
    """Data and files for the template, and how many computed numbers the chapters have."""

    data: dict[str, Any]
    files: dict[str, bytes]
    references: int
    notes: list[str] = field(default_factory=list)                      # what whoever builds it should know; no faults
    # Of each chapter: table → where its numbers stand, as paths in the text, file of a figure, TABLE for itself, or TITLE of the chapter.
    told: list[dict[str, list[str]]] = field(default_factory=list)


def compile_chapter(chapter: ChapterText, data: Dataset, press: Press | None = None) -> CompiledChapter:
    """One chapter with its references resolved. Faults are collected, not raised: the editor shows them all."""
    with writing(data.language):
        return _compile_chapter(chapter, data, press or Press(data))


def title_of(title: str, data: Dataset) -> str:
    """The title of a chapter as it is printed, its references resolved."""
    with writing(data.language):
        return printed(scan_title(title, data))


def _compile_chapter(chapter: ChapterText, data: Dataset, press: Press) -> CompiledChapter:
    title, found = scan_title(chapter.title, data), scan(chapter.text, data)
    faults = [fault_text(finding) for finding in (*title.faults, *found.faults)]
    tokens = tokens_of(found.text, data.language)
    faults += [gettext("line %(line)s: %(fault)s") % {"line": line, "fault": fault} for line, fault in broken(found.text, tokens)]
    tree = mapped(blocks_of(tokens), _filler(found))
    result: list[Block] = []
    told: dict[str, list[str]] = {}
    for path, place in [*((one.path, TITLE) for one in title.findings), *((one.path, one.path) for one in found.findings)]:
        if data.table(code := path.partition(".")[0]):
            told.setdefault(code, []).append(place)
    for block in tree:
        directive = _directive_of(block, found)
        if block["kind"] == "code" and block.get("language") == "literature":
            result.append(_literature(block["text"]))
            continue
        if directive is None:
            result += [block] if block["kind"] != "figure" else []      # pictures have been refused
            continue
        before = set(press.files)
        made = set_directive(directive, press)
        if directive.name in ("table", "figure") and data.table(directive.argument):
            told.setdefault(directive.argument, []).extend([TABLE] if directive.name == "table" else sorted(set(press.files) - before))
        if isinstance(made, str):
            faults.append(gettext("line %(line)s: %(fault)s") % {"line": directive.line, "fault": made})
        else:
            result += made
    return CompiledChapter(chapter.code, printed(title), _levelled(result), found.findings, faults, told)


def _literature(text: str) -> Block:
    """Works, one a line, in the order of the alphabet: their years and pages are theirs, and no numbers of the book."""
    works = sorted({line.strip() for line in text.split("\n") if line.strip()}, key=str.casefold)
    return {"kind": "list", "ordered": False, "start": 1, "items": [[{"kind": "paragraph", "children": text_inlines(work)}] for work in works]}


def fault_text(finding: Finding) -> str:
    """`line 12: “83” – This number was typed by hand. … Instead: {{ tab1.total.ja }}`"""
    facts = {"line": finding.line, "raw": finding.raw, "note": finding.note}
    text = (gettext("title: “%(raw)s” – %(note)s") if finding.line == TITLE_LINE else gettext("line %(line)s: “%(raw)s” – %(note)s")) % facts
    if finding.suggestions:
        text += " " + gettext("Instead: %(suggestions)s") % {"suggestions": gettext(" or ").join(finding.suggestions[:3])}
    return text


def _levelled(items: list[Block]) -> list[Block]:
    """Chapter titles are level 1; what stands in a chapter begins at 2 and skips none."""
    result = []
    previous = 1
    for item in items:
        if item["kind"] == "heading":
            previous = min(max(2, item["level"]), previous + 1)
            item = {**item, "level": previous}
        result.append(item)
    return result


def _filler(found: Scan) -> Callable[[str], list[Inline]]:
    """Puts findings in the place of their private characters."""
    cited: set[str] = set()

    def change(text: str) -> list[Inline]:
        result: list[Inline] = []
        plain = ""
        for character in text:
            number = ord(character) - FINDING_BASE
            if not 0 <= number < len(found.findings):
                plain += character
                continue
            finding = found.findings[number]
            if plain:
                result.append({"kind": "text", "text": plain})
                plain = ""
            said_there: Inline = {"kind": "text", "text": finding.text, "mark": f"mark-{finding.status}", "title": finding.note}
            if finding.path.startswith(CHAPTERS):                       # in print with its page
                page = said(" (Seite\N{NO-BREAK SPACE}%)", " (page\N{NO-BREAK SPACE}%)")
                said_there |= {"to": finding.path.removeprefix(CHAPTERS), "page": page}
            result.append(said_there)
            if finding.status == "source" and finding.source not in cited:
                cited.add(finding.source)
                note = [{"kind": "paragraph", "children": [{"kind": "text", "text": finding.source}]}]
                result.append({"kind": "footnote", "blocks": note})
        if plain:
            result.append({"kind": "text", "text": plain})
        return result

    return change


def _directive_of(block: Block, found: Scan) -> Directive | None:
    if block["kind"] != "paragraph" or len(block["children"]) != 1:
        return None
    text = block["children"][0].get("text", "")
    number = ord(text) - DIRECTIVE_BASE if len(text) == 1 else -1
    return found.directives[number] if 0 <= number < len(found.directives) else None


# --- the whole book --------------------------------------------------------------------------------------------------


def compile_book(
    chapters: list[ChapterText], data: Dataset, *, progress: Callable[[int, int, str], None] = lambda *_facts: None
) -> Book:
    """The book's data for the template, every number resolved. Raises BookFault with chapter and line of every fault."""
    if not chapters:
        raise BookFault(gettext("The book has no chapters yet."))
    press = Press(data)
    compiled: list[CompiledChapter] = []
    faults: list[str] = []
    for number, chapter in enumerate(chapters):
        progress(number, len(chapters), chapter.title)
        one = compile_chapter(chapter, data, press)
        faults += [gettext("%(chapter)s, %(fault)s") % {"chapter": f"{one.title} ({chapter.code})", "fault": fault} for fault in one.faults]
        compiled.append(one)
    if faults:
        raise BookFault(
            ngettext("The book was not built: %(count)d place needs an answer first.",
                     "The book was not built: %(count)d places need an answer first.", len(faults)) % {"count": len(faults)}
            + "\n" + "\n".join(faults),
            faults=faults,
        )
    sources = list(dict.fromkeys(
        (finding.text, finding.source) for one in compiled for finding in one.findings if finding.status == "source"
    ))
    for one in compiled:
        one.blocks = [
            part for block in one.blocks
            for part in (_source_list(sources) if block["kind"] == "sources" else [block])
        ]
    references = sum(finding.status == "computed" for one in compiled for finding in one.findings)
    competition = data.competition
    return Book(
        {
            "title": plain_text(text_inlines(str(competition.get("book_title") or competition["title"]))),
            "cover": {
                "kind": str(competition.get("kind", "")), "title": together(str(competition["title"])),
                "subtitle": str(competition.get("book_subtitle") or _("Documentation")),
                "period": str(competition.get("period", "")), "sponsor": str(competition.get("sponsor", "")),
                "office": str(competition.get("office", "")),
            },
            "imprint": imprint(data, references, len(sources)),
            "contents_title": _("Contents"), "tables_title": _("Tables and figures"), "imprint_title": _("Imprint"),
            "description_title": _("What it is about"), "reasons_title": _("Why the jury chose it"),
            "columns": [_("Municipality and address"), _("Entry and projects")],
            "fact_head": [_("Overview"), ""],
            "chapters": [{"code": one.code, "title": one.title, "blocks": one.blocks} for one in compiled],
        },
        press.files, references, press.notes, [one.told for one in compiled],
    )


def _source_list(sources: list[tuple[str, str]]) -> list[Block]:
    if not sources:
        return [{"kind": "paragraph", "children": text_inlines(_("The chapters use no figures from outside."))}]
    return [{"kind": "table", "header": [[_("Statement"), _("Source")]], "align": ["left", "left"], "widths": [1, 3],
             "rows": [list(pair) for pair in sources]}]


def imprint(data: Dataset, references: int, sources: int) -> dict[str, Any]:
    """What the imprint says: who, when, and from which dataset, so that anybody can compute it again."""
    with writing(data.language):
        return _imprint(data, references, sources)


def _imprint(data: Dataset, references: int, sources: int) -> dict[str, Any]:
    competition, edition = data.competition, data.edition
    facts = [[_("Published by"), str(competition.get("sponsor", ""))], [_("Edited by"), str(competition.get("office", ""))]]
    facts += [[str(label), str(value)] for label, value in competition.get("imprint", [])]
    if edition:
        facts.append([_("Dataset"), _("Edition %(number)s of %(day)s") % {
            "number": edition["number"], "day": date_text(edition["frozen_on"])}])
    if competition.get("licence"):
        facts.append([_("Licence"), str(competition["licence"])])
    notes = [
        _("Every number in the text, in the tables and in the figures was computed from this dataset. "
          "The chapters name %(references)s values by reference; %(sources)s statements come from outside and name "
          "their source.") % {"references": number_text(references), "sources": number_text(sources)},
    ]
    if note := str(competition.get("sample_note", "")):
        notes.append(note)
    return {
        "facts": [[label, value] for label, value in facts if value], "notes": notes,
        "digest": edition.get("sha256", ""), "digest_label": _("Digest of the dataset (SHA-256)"),
    }


def values_shown(data: Dataset, query: str = "", limit: int = 60) -> list[Value]:
    """Values whose path, label or text has all words of `query`: for the editor's list."""
    words = query.lower().split()
    found = [
        value for value in data.values.values()
        if all(word in f"{value.path} {value.label} {value.text}".lower() for word in words)
    ]
    return found[:limit]
