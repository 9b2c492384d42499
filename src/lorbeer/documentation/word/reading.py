"""A Word document that comes back from an editor, read as paragraphs. The document is hostile until shown otherwise.

Only the text, its footnotes, styles, links and one property are read; nothing in it is obeyed, fetched or kept. Macros and
declarations of types (from which entities are made) refuse the whole document. Changes that Word tracked are read as accepted,
comments are left out and counted.
"""

import io
import lzma
import re
import zipfile
import zlib
from base64 import b32decode
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.documentation.word.manuscript import Run, Unit, joined
from lorbeer.documentation.word.parts import COMPUTED, R, W
from lorbeer.documentation.word.writing import TAG
from lorbeer.shared.errors import BadInput

LARGEST, LARGEST_PART = 50_000_000, 30_000_000                          # bytes: of the file, of one part unpacked
MOST_PARTS, DEEPEST, MOST_PARAGRAPHS = 3_000, 120, 20_000
MOST_TEXT, LONGEST_PARAGRAPH = 3_000_000, 20_000                        # characters
W_, R_ = f"{{{W}}}", f"{{{R}}}"
PART = "word/"
KINDS = {                                                               # by the name of a style, whatever its id is in which language
    "list bullet": "item", "list number": "numbered", "list continue": "continue", "quote": "quote", "intense quote": "quote",
}
CHAPTER, NOTE = re.compile(r"_lbc(\d{1,4})"), re.compile(r"_lbn\d{1,4}_([A-Z2-7]*)")
MARK = re.compile(rf"{TAG}:(\d{{1,4}}):(\d{{1,6}})")
BLOCK = re.compile(rf"{TAG}:(\d{{1,4}}):block:(\d{{1,6}})")
LOOSE = -1                                                              # number of what is computed and has lost its control
GONE = {f"{W_}{name}" for name in ("del", "moveFrom", "instrText", "delText", "delInstrText", "pPr", "rPr", "sdtPr")}


@dataclass
class ReturnedChapter:
    """`number`: which one of the handout; None where the document does not say. `blocks`: number of a block → its text."""

    number: int | None
    units: list[Unit] = field(default_factory=list)
    blocks: dict[int, str] = field(default_factory=dict)


@dataclass
class Returned:
    """What came back. `handout`: the code it was given out under, "" where it has none; `left_out`: what was not read, a sentence each."""

    handout: str
    chapters: list[ReturnedChapter]
    left_out: list[str] = field(default_factory=list)


def read(content: bytes, name: str = "") -> Returned:
    """The paragraphs of a .docx. Raises BadInput in a sentence where it cannot or must not be read."""
    parts = _parts(content, name)
    if f"{PART}document.xml" not in parts:
        raise BadInput(_("“%(name)s” is no Word document. Please save it as .docx and choose it again.") % {"name": name})
    trees = {part: _tree(raw, name) for part, raw in parts.items()}
    reader = _Reader(trees, name)
    chapters = list(reader.chapters())
    return Returned(_handout(trees), chapters, reader.left_out())


def _parts(content: bytes, name: str) -> dict[str, bytes]:
    wanted = {f"{PART}{part}.xml" for part in ("document", "footnotes", "styles", "comments")} | {
        f"{PART}_rels/document.xml.rels", "docProps/custom.xml"}
    if len(content) > LARGEST:
        raise BadInput(_("“%(name)s” is larger than 50 MB. Please take pictures out of it and choose it again.") % {"name": name})
    found = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            members = package.infolist()
            names = {member.filename for member in members}
            if len(members) > MOST_PARTS or len(names) != len(members):
                raise BadInput(_("“%(name)s” is not built like a Word document. Please save it anew with Word and choose it again.")
                               % {"name": name})
            if any(part.lower().endswith(("vbaproject.bin", "vbadata.xml")) for part in names):
                raise BadInput(_("“%(name)s” contains macros and was not read. Please save it as .docx without macros.") % {"name": name})
            for member in members:
                if member.filename in wanted:
                    with package.open(member) as opened:
                        raw = opened.read(LARGEST_PART + 1)             # whatever size the package claims
                    if len(raw) > LARGEST_PART:
                        raise BadInput(_("“%(name)s” unpacks to more text than a book has, and was not read.") % {"name": name})
                    found[member.filename] = raw
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, OSError, NotImplementedError, EOFError, ValueError) as error:
        raise BadInput(_("“%(name)s” cannot be opened: it is damaged or locked by a password.") % {"name": name}) from error
    return found


def _tree(raw: bytes, name: str) -> ElementTree.Element:
    depth = deepest = 0

    def refuse(*_facts: Any) -> None:
        raise BadInput(_("“%(name)s” declares types of its own (DTD), which no Word document does, and was not read.") % {"name": name})

    def begin(_tag: str, _attributes: Any) -> None:
        nonlocal depth, deepest
        depth += 1
        if depth > DEEPEST:
            raise BadInput(_("“%(name)s” is nested deeper than any Word document, and was not read.") % {"name": name})

    def end(_tag: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = begin, end
    try:
        parser.Parse(raw, True)
        return ElementTree.fromstring(raw)  # noqa: S314 it has no DTD and is not deep: seen above
    except (expat.ExpatError, ElementTree.ParseError, ValueError, LookupError) as error:
        raise BadInput(_("“%(name)s” cannot be read: a part of it is damaged.") % {"name": name}) from error


def _handout(trees: dict[str, ElementTree.Element]) -> str:
    tree = trees.get("docProps/custom.xml")
    for item in tree if tree is not None else ():
        if item.get("name") == "Lorbeer":
            return "".join(item.itertext()).strip()[:40]
    return ""


class _Reader:
    def __init__(self, trees: dict[str, ElementTree.Element], name: str) -> None:
        self.name = name
        self.body = trees[f"{PART}document.xml"].find(f"{W_}body")
        self.styles = dict(_styles(trees.get(f"{PART}styles.xml")))
        self.links = {item.get("Id", ""): item.get("Target", "") for item in trees.get(f"{PART}_rels/document.xml.rels", ())
                      if item.get("TargetMode") == "External"}
        notes = trees.get(f"{PART}footnotes.xml")
        self.footnotes = {note.get(f"{W_}id", ""): note for note in (notes if notes is not None else ()) if not note.get(f"{W_}type")}
        self.comments = len(trees.get(f"{PART}comments.xml", ()))
        self.tables = self.pictures = self.characters = self.paragraphs = 0
        self.calls: dict[str, str] = {}                                 # id of a footnote → label
        self.labels: set[str] = set()

    def left_out(self) -> list[str]:
        said = []
        if self.comments:
            said.append(ngettext("%(count)d comment was not read. What it asks for is yours to write.",
                                 "%(count)d comments were not read. What they ask for is yours to write.", self.comments)
                        % {"count": self.comments})
        if self.tables:
            said.append(ngettext("%(count)d table was added and not read. Tables are written in the chapter itself.",
                                 "%(count)d tables were added and not read. Tables are written in the chapter itself.", self.tables)
                        % {"count": self.tables})
        if self.pictures:
            said.append(ngettext("%(count)d picture was added and not read. Pictures come from portraits and figures.",
                                 "%(count)d pictures were added and not read. Pictures come from portraits and figures.", self.pictures)
                        % {"count": self.pictures})
        return said

    def chapters(self) -> Iterator[ReturnedChapter]:
        chapter: ReturnedChapter | None = None
        self.notes: list[Unit] = []
        for unit, mark in self._blocks(self.body if self.body is not None else ()):
            begins = isinstance(mark, int)
            if chapter is None and not begins and unit is None:             # the guidance, where its control was dropped
                continue
            if begins or unit is not None and unit.kind == "title" and chapter is None:
                if chapter:
                    chapter.units += self._taken_notes()
                    yield chapter
                chapter = ReturnedChapter(mark if isinstance(mark, int) else None)
            elif chapter is None:
                chapter = ReturnedChapter(None)
            if isinstance(mark, tuple) and mark[0] == LOOSE:
                chapter.blocks[LOOSE] = f"{chapter.blocks.get(LOOSE, '')} {mark[1]}".strip()
            elif isinstance(mark, tuple):
                chapter.blocks.setdefault(mark[0], mark[1])
                chapter.units.append(Unit("block", number=mark[0]))
            elif unit is not None:
                is_title = unit.kind == "title" and any(one.kind == "title" for one in chapter.units)
                chapter.units.append(replace(unit, kind="heading", level=2) if is_title else unit)
        if chapter:
            chapter.units += self._taken_notes()
            yield chapter

    def _taken_notes(self) -> list[Unit]:
        """The footnotes called since the last chapter: their labels are its own."""
        notes, self.notes, self.labels = self.notes, [], set()
        return notes

    def _blocks(self, parent: Any) -> Iterator[tuple[Unit | None, int | tuple[int, str] | None]]:
        """Units in their order, with the number of the chapter that begins there or the block that stands there."""
        for item in parent:
            if item.tag in (f"{W_}p", f"{W_}tbl") and self._is_computed(item):
                yield None, (LOOSE, said_in(item))
            elif item.tag == f"{W_}p":
                self.paragraphs += 1
                if self.paragraphs > MOST_PARAGRAPHS:
                    raise BadInput(_("“%(name)s” has more paragraphs than a book, and was not read.") % {"name": self.name})
                begun = next((int(match[1]) for one in item.iter(f"{W_}bookmarkStart")
                              if (match := CHAPTER.fullmatch(one.get(f"{W_}name", "")))), None)
                unit = self._paragraph(item, is_title=begun is not None)
                if unit is not None:
                    yield unit, begun
            elif item.tag == f"{W_}tbl":
                self.tables += 1
            elif item.tag == f"{W_}sdt":
                tag = _value(item, f"{W_}sdtPr/{W_}tag")
                content = item.find(f"{W_}sdtContent")
                if match := BLOCK.fullmatch(tag):
                    yield None, (int(match[2]), said_in(item))
                elif not tag.startswith(f"{TAG}:guidance") and content is not None:
                    yield from self._blocks(content)
            elif item.tag not in GONE:
                yield from self._blocks(item)

    def _is_computed(self, item: ElementTree.Element) -> bool:
        """Whether a paragraph, or the first of a table, has a style of what is computed: a program has dropped its control."""
        first = item if item.tag == f"{W_}p" else next(item.iter(f"{W_}p"), None)
        return self.styles.get(_value(first, f"{W_}pPr/{W_}pStyle"), "").startswith(COMPUTED)

    def _paragraph(self, item: ElementTree.Element, *, is_title: bool) -> Unit | None:
        runs = joined(list(self._runs(item, {})))
        if not runs:
            return None
        if sum(len(run.text) for run in runs) > LONGEST_PARAGRAPH:
            raise BadInput(_("“%(name)s” has a paragraph of more than %(most)d characters, and was not read. Please part it.") % {
                "name": self.name, "most": LONGEST_PARAGRAPH})
        style = self.styles.get(_value(item, f"{W_}pPr/{W_}pStyle"), "")
        listed = item.find(f"{W_}pPr/{W_}numPr")
        depth = _number(_value(listed, f"{W_}ilvl")) if listed is not None else 0
        if is_title:
            return Unit("title", runs)
        if match := re.fullmatch(r"heading (\d)", style):
            return Unit("heading" if match[1] != "1" else "title", runs, int(match[1]) if match[1] != "1" else 0)
        kind = KINDS.get(style, "")
        if kind in ("item", "numbered") or not kind and listed is not None and _value(listed, f"{W_}numId") != "0":
            return Unit(kind or "item", runs, depth)
        if kind == "continue":
            wide = item.find(f"{W_}pPr/{W_}ind")
            indent = _number((wide.get(f"{W_}left") or wide.get(f"{W_}start") or "360") if wide is not None else "360")
            return Unit(kind, runs, max(0, indent // 360 - 1))
        return Unit(kind or "paragraph", runs)

    def _runs(self, parent: ElementTree.Element, form: dict[str, Any], mark: int = -1, chapter: int = -1) -> Iterator[Run]:
        for item in parent:
            if item.tag in GONE:
                continue
            if item.tag == f"{W_}r":
                yield from self._run(item, form, mark)
            elif item.tag == f"{W_}hyperlink":
                url = self.links.get(item.get(f"{R_}id", ""), "")
                yield from self._runs(item, {**form, "url": url if url.startswith(("https://", "http://", "mailto:")) else ""}, mark)
            elif item.tag == f"{W_}sdt" and (match := MARK.fullmatch(_value(item, f"{W_}sdtPr/{W_}tag"))) and mark < 0:
                inside = list(self._runs(item, form, int(match[2]), int(match[1])))
                text = "".join(run.text for run in inside)
                if text:
                    yield replace(inside[0], text=text, mark=int(match[2]), url=form.get("url", ""))
            else:
                yield from self._runs(item, form, mark)

    def _run(self, item: ElementTree.Element, form: dict[str, Any], mark: int) -> Iterator[Run]:
        style = self.styles.get(_value(item, f"{W_}rPr/{W_}rStyle"), "")
        shape = {**form, "strong": _is_on(item, "b"), "emph": _is_on(item, "i"), "code": style == "code"}
        for part in item:
            text = ""
            if part.tag == f"{W_}t":
                text = part.text or ""
            elif part.tag == f"{W_}tab":
                text = " "
            elif part.tag in (f"{W_}br", f"{W_}cr") and part.get(f"{W_}type", "textWrapping") == "textWrapping":
                text = "\n"
            elif part.tag == f"{W_}noBreakHyphen":
                text = "\N{NON-BREAKING HYPHEN}"
            elif part.tag == f"{W_}footnoteReference" and mark < 0:
                if label := self._note(part.get(f"{W_}id", "")):
                    yield Run(note=label)
            elif part.tag in (f"{W_}drawing", f"{W_}pict", f"{W_}object"):
                self.pictures += 1
            self.characters += len(text)
            if self.characters > MOST_TEXT:
                raise BadInput(_("“%(name)s” unpacks to more text than a book has, and was not read.") % {"name": self.name})
            if text:
                yield Run(text, **shape, mark=mark)

    def _note(self, code: str) -> str:
        """The label of a footnote, whose text is read when it is called first."""
        note = self.footnotes.get(code)
        if note is None:
            return ""
        if code not in self.calls:
            named = [match[1] for one in note.iter(f"{W_}bookmarkStart") if (match := NOTE.fullmatch(one.get(f"{W_}name", "")))]
            label = _label(named[0]) if named else ""
            if not label or label in self.labels:
                label = f"word-{len(self.calls) + 1}"
            self.labels.add(label)
            self.calls[code] = label
            runs = [run for paragraph in note.iter(f"{W_}p") for run in self._runs(paragraph, {})]
            self.notes.append(Unit("note", joined(runs), label=label))
        return self.calls[code]


def said_in(item: ElementTree.Element) -> str:
    """All text of a part of a document, for comparing it."""
    words: list[str] = []
    for part in item.iter():
        if part.tag == f"{W_}t":
            words.append(part.text or "")
        elif part.tag in (f"{W_}p", f"{W_}br", f"{W_}tab"):
            words.append(" ")
    return re.sub(r"[\s\u00a0]+", " ", "".join(words)).strip()


def _styles(tree: ElementTree.Element | None) -> Iterator[tuple[str, str]]:
    for style in tree.iter(f"{W_}style") if tree is not None else ():
        yield style.get(f"{W_}styleId", ""), _value(style, f"{W_}name").casefold()


def _value(item: ElementTree.Element | None, path: str) -> str:
    found = item.find(path) if item is not None else None
    return found.get(f"{W_}val", "") if found is not None else ""


def _number(text: str) -> int:
    return min(int(text), 100_000) if re.fullmatch(r"\d{1,9}", text) else 0


def _is_on(item: ElementTree.Element, name: str) -> bool:
    found = item.find(f"{W_}rPr/{W_}{name}")
    return found is not None and found.get(f"{W_}val", "1") not in ("0", "false", "off")


def _label(encoded: str) -> str:
    try:
        return b32decode(encoded + "=" * (-len(encoded) % 8)).decode()
    except ValueError:
        return ""
