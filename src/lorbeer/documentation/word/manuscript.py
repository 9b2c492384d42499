"""A chapter as an editor of its prose reads it: paragraphs of runs, each with the lines of the source that it stands in.

What is computed is no prose: a reference is one run that keeps how it was written, a directive or a table is a unit of the kind
`block` that nobody edits outside of Lorbeer.
"""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from markdown_it.token import Token

from lorbeer.documentation.book import ChapterText
from lorbeer.documentation.dataset import Dataset, writing
from lorbeer.documentation.references import DIRECTIVE_BASE, FINDING_BASE, scan, scan_title
from lorbeer.shared.blocks import SAFE_SCHEMES, tokens_of

ITEMS = ("item", "numbered")


@dataclass(frozen=True)
class Run:
    """A stretch of text of one form. `raw`: the reference it is printed from; `mark`: the number of that finding in its
    manuscript. `note`: the label of the footnote that is called here, then there is no text. A line break is `\\n`."""

    text: str = ""
    strong: bool = False
    emph: bool = False
    code: bool = False
    url: str = ""
    note: str = ""
    raw: str = ""
    mark: int = -1

    @property
    def form(self) -> tuple[bool, bool, bool, str]:
        return self.strong, self.emph, self.code, self.url


@dataclass(frozen=True)
class Unit:
    """A paragraph. `kind`: title, heading, paragraph, item, numbered, continue (of an item), quote, note (a footnote), block.

    `first`, `last`: its lines in the source, counted from 0, the last not included; -1 where it stands in no source.
    """

    kind: str
    runs: tuple[Run, ...] = ()
    level: int = 0                                                      # of a heading; of an item how deep it lies
    first: int = -1
    last: int = -1
    prefix: str = ""                                                    # what stands before the text in the source: “- ”
    label: str = ""                                                     # of a footnote
    number: int = -1                                                    # of a block in its manuscript

    @property
    def key(self) -> tuple[Any, ...]:
        """What makes two paragraphs the same."""
        runs = tuple((run.text, *run.form, run.note, run.raw) for run in self.runs)
        return self.kind, self.level, self.label, self.number, runs

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True)
class Manuscript:
    """A chapter as it was given out: `findings` are [how it is written, as it is printed, its path, its status]."""

    code: str
    title: str
    text: str
    revision: int
    scanned_title: str
    scanned: str
    findings: list[list[str]] = field(default_factory=list)

    @property
    def units(self) -> list[Unit]:
        title = Unit("title", joined(self._runs(self.scanned_title)))
        return [title, *_units(self)]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def _runs(self, text: str, **form: Any) -> list[Run]:
        """`text` with its findings as runs of their own; a number that was typed by hand is prose like any other."""
        runs, plain = [], ""
        for character in text:
            number = ord(character) - FINDING_BASE
            if not 0 <= number < len(self.findings):
                plain += character
                continue
            raw, said, _path, status = self.findings[number]
            if status == "by_hand":
                plain += raw
                continue
            runs += [Run(plain, **form), Run(said, **form, raw=raw, mark=number)]
            plain = ""
        return [run for run in [*runs, Run(plain, **form)] if run.text]


def manuscript(chapter: ChapterText, data: Dataset, revision: int = 0) -> Manuscript:
    """The chapter with every reference as it is printed from `data`."""
    with writing(data.language):
        title, body = scan_title(chapter.title, data), scan(chapter.text, data)
    moved = {FINDING_BASE + number: FINDING_BASE + number + len(title.findings) for number in range(len(body.findings))}
    findings = [[one.raw, one.text, one.path, one.status] for one in (*title.findings, *body.findings)]
    return Manuscript(chapter.code, chapter.title, chapter.text.replace("\r\n", "\n"), revision, title.text, body.text.translate(moved),
                      findings)


# --- Markdown to units ------------------------------------------------------------------------------------------------


def _units(source: Manuscript) -> Iterator[Unit]:
    """The units of a text in the order of its lines, footnotes where they are written."""
    tokens = tokens_of(source.scanned)
    lines = source.scanned.split("\n")
    found: list[Unit] = []
    inside: list[str] = []                                              # what the paragraph stands in, outermost first
    label = ""
    fresh = False                                                       # whether an item has had no paragraph yet
    for at, token in enumerate(tokens):
        kind = token.type
        if kind in ("bullet_list_open", "ordered_list_open"):
            inside.append("item" if kind.startswith("bullet") else "numbered")
        elif kind == "blockquote_open":
            inside.append("quote")
        elif kind in ("bullet_list_close", "ordered_list_close", "blockquote_close"):
            inside.pop()
        elif kind == "list_item_open":
            fresh = True
        elif kind == "footnote_open":
            label = str(token.meta.get("label") or "")
        elif kind == "footnote_close":
            label = ""
        elif kind in ("fence", "code_block", "hr", "table_open") and token.map:
            found.append(Unit("block", first=token.map[0], last=_trimmed(lines, *token.map)))
        elif kind in ("paragraph_open", "heading_open") and token.map:
            unit = _paragraph(source, tokens[at + 1], token, inside, label, lines, fresh=fresh)
            fresh = False
            found.append(unit)
    number = 0
    for unit in sorted(found, key=lambda unit: (unit.first, unit.kind != "block")):
        if unit.kind == "block":
            yield replace(unit, number=number)
            number += 1
        else:
            yield unit


def _trimmed(lines: list[str], first: int, last: int) -> int:
    while last > first + 1 and not lines[last - 1].strip():
        last -= 1
    return last


def _paragraph(source: Manuscript, inline: Token, opened: Token, inside: list[str], label: str, lines: list[str], *, fresh: bool) -> Unit:
    assert opened.map
    first, last = opened.map[0], _trimmed(lines, *opened.map)
    children = inline.children or []
    is_odd = any(child.type == "image" or child.type == "footnote_ref" and not child.meta.get("label") for child in children)
    is_directive = len(inline.content) == 1 and ord(inline.content) >= DIRECTIVE_BASE
    if is_odd or is_directive or opened.type == "heading_open" and (inside or opened.markup in ("=", "-")):
        return Unit("block", first=first, last=last)
    beginning = inline.content.split("\n")[0]
    prefix = lines[first][:max(0, lines[first].find(beginning))]
    runs = joined(list(_inline(source, children)))
    if opened.type == "heading_open":
        return Unit("heading", runs, int(opened.tag[1]), first, last, prefix)
    if label:
        return Unit("note", runs, 0, first, last, prefix, label)
    if not inside:
        return Unit("paragraph", runs, 0, first, last, prefix)
    kind = inside[-1] if inside[-1] == "quote" or fresh else "continue"
    depth = sum(one in ITEMS for one in inside) - 1
    return Unit(kind, runs, max(0, depth), first, last, prefix)


def _inline(source: Manuscript, children: list[Token]) -> Iterator[Run]:
    strong = emph = 0
    url = ""
    for child in children:
        form: dict[str, Any] = {"strong": strong > 0, "emph": emph > 0, "url": url}
        match child.type:
            case "text":
                yield from source._runs(child.content, **form)
            case "code_inline":
                yield from source._runs(child.content, **form, code=True)
            case "softbreak":
                yield Run(" ", **form)
            case "hardbreak":
                yield Run("\n", **form)
            case "strong_open" | "strong_close":
                strong += 1 if child.nesting > 0 else -1
            case "em_open" | "em_close":
                emph += 1 if child.nesting > 0 else -1
            case "link_open":
                target = str(child.attrs.get("href", ""))
                url = target if target.startswith(SAFE_SCHEMES) else ""
            case "link_close":
                url = ""
            case "footnote_ref":
                yield Run(note=str(child.meta["label"]))


def joined(runs: list[Run]) -> tuple[Run, ...]:
    """Runs in their one normal form: neighbours of one form together, single spaces, none at either end, none bold."""
    cut: list[Run] = []
    for run in runs:
        if run.raw or run.note or run.mark >= 0:
            cut.append(run)
            continue
        text = re.sub(r"[ \t\r\f\v]+", " ", run.text)
        if not (run.strong or run.emph) or run.code:
            cut.append(replace(run, text=text))
            continue
        bare = text.strip(" \n")
        before, after = (text[:len(text) - len(text.lstrip(" \n"))], text[len(text.rstrip(" \n")):]) if bare else (text, "")
        plain = replace(run, strong=False, emph=False)
        cut += [replace(plain, text=before), replace(run, text=bare), replace(plain, text=after)]
    result: list[Run] = []
    for run in cut:
        if not run.text and not run.note:
            continue
        last = result[-1] if result else None
        if last and last.form == run.form and not (last.note or run.note or last.raw or run.raw or last.mark >= 0 or run.mark >= 0):
            result[-1] = replace(last, text=last.text + run.text)
        else:
            result.append(run)
    return tuple(_tidied(result))


def _tidied(runs: list[Run]) -> Iterator[Run]:
    """No space beside a line break, none doubled where two runs meet, none at the ends."""
    before = "\n"
    for place, run in enumerate(runs):
        if run.note or run.raw or run.mark >= 0:
            before = "x" if not run.note else before if before == " " else "x"
            yield run
            continue
        text = re.sub(r" *\n *", "\n", run.text)
        if before in " \n":
            text = text.lstrip(" ")
        if place == len(runs) - 1:
            text = text.rstrip(" \n")
        before = text[-1:] or before
        if text:
            yield replace(run, text=text)


# --- runs to Markdown -------------------------------------------------------------------------------------------------

ESCAPED = re.compile(r"\\(?=[!-/:-@\[-`{-~\n])|[*`]|(?<!\w)_|_(?!\w)|(?<!\[)\[(?!\[)|<(?=[A-Za-z/!?])|&(?=#?\w+;)|~~")
STARTS = re.compile(r"(?:#{1,6}|[-+]|>|=+|-{2,}|(?P<number>\d{1,9})(?P<stop>[.)]))(?=\s|\Z)|>|\|")


def to_markdown(runs: tuple[Run, ...]) -> str:
    """Markdown that says `runs`. What an editor typed as `{{ … }}` or `[[ … | … ]]` stays a reference."""
    parts: list[str] = []
    for run in runs:
        if run.note:
            parts.append(f"[^{run.note}]")
            continue
        text = run.raw or (run.text if run.code else _escaped(run.text))
        if run.code and not run.raw:
            fence = "`" * (1 + max((len(ticks) for ticks in re.findall("`+", text)), default=0))
            space = " " if text[:1] == "`" or text[-1:] == "`" else ""
            text = f"{fence}{space}{text}{space}{fence}"
        text = text.replace("\n", "\\\n")
        if run.emph:
            text = f"*{text}*"
        if run.strong:
            text = f"**{text}**"
        if run.url:
            text = f"[{text}](<{run.url}>)" if re.search(r"[\s()]", run.url) else f"[{text}]({run.url})"
        parts.append(text)
    return _start(_merged("".join(parts)))


def _merged(text: str) -> str:
    """Emphasis that ends and begins anew at the same place goes on: `**a****b**`."""
    return re.sub(r"(?<![\\*])(\*{4}|\*{6})(?!\*)", "", text)


def _escaped(text: str) -> str:
    return ESCAPED.sub(lambda match: "\\" + match[0], text)


def _start(text: str) -> str:
    """`text` so that its beginning is no list, heading or quotation."""
    match = STARTS.match(text)
    if not match:
        return text
    if match["number"]:
        return f"{match['number']}\\{match['stop']}{text[match.end():]}"
    return "\\" + text
