"""Markdown as a tree of blocks: one model that PDF and HTML are made of. Nothing in it is ever source of either.

Blocks (every one may carry `line`, counted from 1):
  {"kind": "heading", "level": 1…6, "children": [inline]}
  {"kind": "paragraph", "children": [inline]}
  {"kind": "list", "ordered": bool, "start": 1, "items": [[block]]}, "typed": the numbers that stood there,
    "numbers": those that are shown, where they do not just go on from `start`
  {"kind": "quote", "blocks": [block]}
  {"kind": "table", "header": [[cell]], "rows": [[cell]], "align": ["left" | "right" | "center"], …}
    "row_headings": whether the first cell of a row is its heading (else `has_row_headings` sees), "strong_rows": numbers of rows of sums,
    "note": a sentence beneath it
  {"kind": "figure", "file": str, "alt": str, "caption": [inline], …}
  {"kind": "code", "text": str} ("language": what stands behind the fence, if anything)    {"kind": "rule"}
Inlines:
  {"kind": "text", "text": str}    {"kind": "strong" | "emph", "children": [inline]}
  {"kind": "link", "url": str, "children": [inline]}    {"kind": "code", "text": str}
  {"kind": "footnote", "blocks": [block]}    {"kind": "break"}
A cell is a list of inlines, or {"children": [inline], "colspan": n, "rowspan": n}.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

Block = dict[str, Any]
Inline = dict[str, Any]

QUOTES = {"de": "„“‚‘", "en": "“”‘’"}
SAFE_SCHEMES = ("https://", "http://", "mailto:", "tel:")
Links = Callable[[str], str]


def outside_only(url: str) -> str:
    """The address of a link as it is written; "" for whatever is none that leads out of the house."""
    return url if url.startswith(SAFE_SCHEMES) else ""


@lru_cache(maxsize=4)
def _parser(language: str) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "typographer": True, "quotes": QUOTES.get(language, QUOTES["en"])})
    return parser.enable(["table", "replacements", "smartquotes"]).use(footnote_plugin)


def blocks(markdown: str, *, language: str = "de", top: int | None = None, links: Links = outside_only) -> list[Block]:
    """The blocks of `markdown` (CommonMark, tables, footnotes; HTML is text). Quotes and dashes become typographic.

    `top`: level of the highest heading in the result; deeper ones follow without gaps, as PDF/UA-1 asks. None: as written.
    `links` gives the address behind what stands in a link; "" makes plain words of it.
    """
    result = blocks_of(tokens_of(markdown, language), links)
    return renumbered(result, top) if top else result


def tokens_of(markdown: str, language: str = "de") -> list[Token]:
    """What the parser reads, with the lines of each block: for who writes Markdown back."""
    return _parser(language).parse(markdown)


def blocks_of(tokens: list[Token], links: Links = outside_only) -> list[Block]:
    """The blocks of what a parser of markdown-it has read; takes the footnotes out of `tokens`."""
    notes = _footnotes(tokens)
    return _Reader(tokens, notes, links).blocks()


def renumbered(items: list[Block], top: int) -> list[Block]:
    """`items` with heading levels that begin at `top` and never skip one."""
    levels = sorted({item["level"] for item in items if item["kind"] == "heading"})
    place = {level: top + number for number, level in enumerate(levels)}
    previous = top - 1
    result = []
    for item in items:
        if item["kind"] == "heading":
            previous = min(place[item["level"]], previous + 1)
            item = {**item, "level": previous}
        result.append(item)
    return result


def text_inlines(text: str) -> list[Inline]:
    """Plain text as inlines: newlines become line breaks, nothing is interpreted."""
    result: list[Inline] = []
    for number, line in enumerate(text.split("\n")):
        if number:
            result.append({"kind": "break"})
        if line:
            result.append({"kind": "text", "text": line})
    return result


def text_blocks(text: str) -> list[Block]:
    """Plain text as paragraphs (parted by empty lines): what applicants write is never read as Markdown."""
    parts = [part.strip("\n") for part in text.replace("\r\n", "\n").split("\n\n")]
    return [{"kind": "paragraph", "children": text_inlines(part)} for part in parts if part.strip()]


def plain_text(inlines: list[Inline]) -> str:
    """What `inlines` say, without marks and footnotes."""
    parts = []
    for inline in inlines:
        if inline["kind"] == "footnote":
            continue
        parts.append(" " if inline["kind"] == "break" else inline.get("text") or plain_text(inline.get("children", [])))
    return "".join(parts)


def walk_inlines(items: list[Block]) -> Iterator[tuple[Block, list[Inline]]]:
    """Every list of inlines in `items` with the block it stands in, footnotes included."""
    for item in items:
        lists: list[list[Inline]] = [item[key] for key in ("children", "caption") if isinstance(item.get(key), list)]
        for row in [*item.get("header", []), *item.get("rows", [])]:
            lists += [cell["children"] if isinstance(cell, dict) else cell for cell in row]
        for inlines in lists:
            yield item, inlines
            yield from _walk_notes(item, inlines)
        for inner in item.get("items", []):
            yield from walk_inlines(inner)
        if "blocks" in item:
            yield from walk_inlines(item["blocks"])


def _walk_notes(item: Block, inlines: list[Inline]) -> Iterator[tuple[Block, list[Inline]]]:
    for inline in inlines:
        if inline["kind"] == "footnote":
            for inner, found in walk_inlines(inline["blocks"]):
                yield ({**inner, "line": inner.get("line", item.get("line"))}, found)
        elif "children" in inline:
            yield from _walk_notes(item, inline["children"])


def mapped(items: list[Block], change: Callable[[str], list[Inline]]) -> list[Block]:
    """`items` with every text replaced by what `change` makes of it: values put in the place of their marks."""
    def inlines(children: list[Inline]) -> list[Inline]:
        result: list[Inline] = []
        for child in children:
            if child["kind"] == "text":
                result += change(child["text"])
            elif child["kind"] == "footnote":
                result.append({**child, "blocks": mapped(child["blocks"], change)})
            elif "children" in child:
                result.append({**child, "children": inlines(child["children"])})
            else:
                result.append(child)
        return result

    def cell(value: Any) -> Any:
        return {**value, "children": inlines(value["children"])} if isinstance(value, dict) else inlines(value)

    result = []
    for item in items:
        item = dict(item)
        for key in ("children", "caption"):
            if isinstance(item.get(key), list):
                item[key] = inlines(item[key])
        for key in ("header", "rows"):
            if key in item:
                item[key] = [[cell(value) for value in row] for row in item[key]]
        if "items" in item:
            item["items"] = [mapped(inner, change) for inner in item["items"]]
        if "blocks" in item:
            item["blocks"] = mapped(item["blocks"], change)
        result.append(item)
    return result


def _footnotes(tokens: list[Token]) -> dict[int, list[Token]]:
    """Tokens of each footnote by its id; takes the footnote block out of `tokens`."""
    notes: dict[int, list[Token]] = {}
    start = next((i for i, token in enumerate(tokens) if token.type == "footnote_block_open"), None)
    if start is None:
        return notes
    current: list[Token] = []
    for token in tokens[start:]:
        if token.type == "footnote_open":
            current = notes.setdefault(token.meta["id"], [])
        elif token.type not in {"footnote_close", "footnote_anchor", "footnote_block_open", "footnote_block_close"}:
            current.append(token)
    del tokens[start:]
    return notes


class _Reader:
    def __init__(self, tokens: list[Token], notes: dict[int, list[Token]], links: Links) -> None:
        self.tokens = tokens
        self.notes = notes
        self.links = links
        self.at = 0

    def blocks(self, end: str = "") -> list[Block]:
        result: list[Block] = []
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            if token.type == end:
                break
            block = self.block(token)
            if block:
                block["line"] = token.map[0] + 1 if token.map else None
                result.append(block)
        return result

    def block(self, token: Token) -> Block | None:
        kind = token.type
        if kind == "heading_open":
            return {"kind": "heading", "level": int(token.tag[1]), "children": self.content("heading_close")}
        if kind == "paragraph_open":
            children = self.content("paragraph_close")
            figures = [child for child in children if child["kind"] == "figure"]
            if len(figures) == 1 and len(children) == 1:
                return dict(figures[0])
            return {"kind": "paragraph", "children": [_as_text(child) for child in children]}
        if kind in {"bullet_list_open", "ordered_list_open"}:
            close = kind.replace("open", "close")
            items, numbers = [], []
            while self.tokens[self.at].type != close:
                numbers.append(self.tokens[self.at].info)
                self.at += 1                                    # list_item_open
                items.append(self.blocks("list_item_close"))
            self.at += 1
            ordered = kind.startswith("ordered")
            found = {"kind": "list", "ordered": ordered, "start": int(token.attrs.get("start", 1)), "items": items}
            return found | ({"typed": [int(one or 1) for one in numbers]} if ordered else {})
        if kind == "blockquote_open":
            return {"kind": "quote", "blocks": self.blocks("blockquote_close")}
        if kind in {"fence", "code_block"}:
            found = {"kind": "code", "text": token.content.rstrip("\n")}
            return found | ({"language": token.info.strip()} if token.info.strip() else {})
        if kind == "hr":
            return {"kind": "rule"}
        if kind == "table_open":
            return self.table()
        return None

    def table(self) -> Block:
        header: list[list] = []
        rows: list[list] = []
        align: list[str] = []
        row: list = []
        while (token := self.tokens[self.at]).type != "table_close":
            self.at += 1
            if token.type == "tr_open":
                row = []
            elif token.type in {"th_open", "td_open"}:
                if token.type == "th_open":
                    style = str(token.attrs.get("style", ""))
                    align.append(style.removeprefix("text-align:") or "left")
                row.append([_as_text(child) for child in self.content(token.type.replace("open", "close"))])
            elif token.type == "tr_close":
                (rows if header else header).append(row)
        self.at += 1
        return {"kind": "table", "header": header, "rows": rows, "align": align}

    def content(self, end: str) -> list[Inline]:
        result: list[Inline] = []
        while self.tokens[self.at].type != end:
            token = self.tokens[self.at]
            if token.type == "inline":
                result += self.inlines(iter(token.children or []))
            self.at += 1
        self.at += 1
        return result

    def inlines(self, tokens: Iterator[Token], end: str = "") -> list[Inline]:
        result: list[Inline] = []
        for token in tokens:
            if token.type == end:
                break
            if token.type == "text":
                if token.content:
                    result.append({"kind": "text", "text": token.content})
            elif token.type == "softbreak":
                result.append({"kind": "text", "text": " "})
            elif token.type == "hardbreak":
                result.append({"kind": "break"})
            elif token.type in {"strong_open", "em_open"}:
                kind = "strong" if token.type == "strong_open" else "emph"
                result.append({"kind": kind, "children": self.inlines(tokens, token.type.replace("open", "close"))})
            elif token.type == "link_open":
                children = self.inlines(tokens, "link_close")
                if url := self.links(str(token.attrs.get("href", ""))):
                    result.append({"kind": "link", "url": url, "children": children})
                else:
                    result += children
            elif token.type == "code_inline":
                result.append({"kind": "code", "text": token.content})
            elif token.type == "image":
                caption = str(token.attrs.get("title", ""))
                result.append({"kind": "figure", "file": str(token.attrs.get("src", "")), "alt": token.content,
                               "caption": text_inlines(caption)})
            elif token.type == "footnote_ref":
                note = _Reader(list(self.notes.get(token.meta["id"], [])), self.notes, self.links)
                result.append({"kind": "footnote", "blocks": note.blocks()})
        return _joined(result)


def _joined(inlines: list[Inline]) -> list[Inline]:
    """Neighbouring texts as one, so that a mark is never cut in two."""
    result: list[Inline] = []
    for inline in inlines:
        if result and inline["kind"] == result[-1]["kind"] == "text":
            result[-1] = {"kind": "text", "text": result[-1]["text"] + inline["text"]}
        else:
            result.append(inline)
    return result


def _as_text(inline: Inline) -> Inline:
    return {"kind": "text", "text": inline["alt"]} if inline["kind"] == "figure" else inline


# --- HTML ------------------------------------------------------------------------------------------------------------


@dataclass
class _Page:
    """What is gathered while a page is written, and what its caller knows."""

    file_url: Callable[[str], str]
    special: Callable[[Block], str]
    notes: list[str] = field(default_factory=list)


def to_html(
    items: list[Block], *, file_url: Callable[[str], str] = lambda name: name, special: Callable[[Block], str] = lambda _block: ""
) -> SafeString:
    """`items` as HTML that is well-formed XML as well, every text escaped. Footnotes stand at the end, numbered.

    `file_url` gives a picture's address; `special` writes the blocks of kinds that are not named above.
    """
    page = _Page(file_url, special)
    notes = page.notes
    body = _html_blocks(items, page)
    if notes:
        entries = "".join(f'<li id="note-{number}">{_with_way_back(note, number)}</li>' for number, note in enumerate(notes, 1))
        body += f'<ol class="footnotes">{entries}</ol>'
    return mark_safe(body)  # noqa: S308 every text in it went through escape()


def _with_way_back(note: str, number: int) -> str:
    """A note, at its end a link to where it was called."""
    back = f' <a href="#call-{number}" role="doc-backlink" aria-label="{escape(_("Back to the text"))}">↩</a>'
    return note.removesuffix("</p>") + back + "</p>" if note.endswith("</p>") else note + back


def _html_blocks(items: list[Block], page: _Page) -> str:
    return "".join(_html_block(item, page) for item in items)


def _html_block(item: Block, page: _Page) -> str:
    def run(children: list[Inline]) -> str:
        return _html_inlines(children, page)

    kind = item["kind"]
    if kind == "heading":
        level = min(item["level"], 6)
        return f"<h{level}>{run(item['children'])}</h{level}>"
    if kind == "paragraph":
        return f"<p>{run(item['children'])}</p>"
    if kind == "list":
        tag = "ol" if item["ordered"] else "ul"
        start = f' start="{item["start"]}"' if item["ordered"] and item.get("start", 1) != 1 else ""
        entries = []
        for place, entry in enumerate(item["items"]):
            tight = len(entry) == 1 and entry[0]["kind"] == "paragraph"
            value = f' value="{int(item["numbers"][place])}"' if item.get("numbers") else ""
            entries.append(f"<li{value}>{run(entry[0]['children']) if tight else _html_blocks(entry, page)}</li>")
        return f"<{tag}{start}>{''.join(entries)}</{tag}>"
    if kind == "quote":
        return f"<blockquote>{_html_blocks(item['blocks'], page)}</blockquote>"
    if kind == "code":
        return f"<pre><code>{escape(item['text'])}</code></pre>"
    if kind == "rule":
        return "<hr/>"
    if kind == "table":
        return _html_table(item, run)
    if kind == "figure":
        caption = f"<figcaption>{run(item['caption'])}</figcaption>" if item.get("caption") else ""
        return f'<figure><img src="{escape(page.file_url(item["file"]))}" alt="{escape(item["alt"])}"/>{caption}</figure>'
    return page.special(item)


TOTAL_ROW = '<tr class="total">'


def _html_table(item: Block, run: Callable[[list[Inline]], str]) -> str:
    align = item.get("align", [])

    headed = has_row_headings(item)

    def row(cells: list, tag: str) -> str:
        parts = []
        for number, cell in enumerate(cells):
            facts = cell if isinstance(cell, dict) else {"children": cell}
            attributes = "".join(
                f' {name}="{int(facts[name])}"' for name in ("colspan", "rowspan") if facts.get(name, 1) != 1
            )
            attributes += ' class="number"' if number < len(align) and align[number] == "right" else ""
            heads = tag == "td" and headed and number == 0
            name = "th" if heads else tag
            scope = ' scope="row"' if heads else ' scope="col"' if tag == "th" else ""
            parts.append(f"<{name}{scope}{attributes}>{run(facts['children'])}</{name}>")
        return "".join(parts)

    sums = item.get("strong_rows", ())
    body = "".join(f"{TOTAL_ROW if number in sums else '<tr>'}{row(cells, 'td')}</tr>" for number, cells in enumerate(item["rows"]))
    caption = f"<caption>{run(item['caption'])}</caption>" if item.get("caption") else ""
    head = "".join(f"<tr>{row(cells, 'th')}</tr>" for cells in item["header"])
    note = f'<tfoot><tr><td colspan="{max(1, len(align))}">{escape(item["note"])}</td></tr></tfoot>' if item.get("note") else ""
    return f"<table>{caption}<thead>{head}</thead><tbody>{body}</tbody>{note}</table>"


def has_row_headings(item: Block) -> bool:
    """Whether the first cell of each row of a table names the row: as it says itself, or where figures stand beside it."""
    align = item.get("align", [])
    return bool(item.get("row_headings", align[:1] != ["right"] and "right" in align[1:]))


def _html_inlines(children: list[Inline], page: _Page) -> str:
    parts = []
    for child in children:
        kind = child["kind"]
        if kind == "text":
            marked = escape(child["text"])
            title = f' title="{escape(child["title"])}"' if child.get("title") else ""
            parts.append(f'<span class="{escape(child["mark"])}"{title}>{marked}</span>' if child.get("mark") else str(marked))
        elif kind == "break":
            parts.append("<br/>")
        elif kind == "code":
            parts.append(f"<code>{escape(child['text'])}</code>")
        elif kind == "footnote":
            page.notes.append("")
            number = len(page.notes)
            page.notes[number - 1] = _html_blocks(child["blocks"], page)
            parts.append(f'<sup><a id="call-{number}" href="#note-{number}" role="doc-noteref">{number}</a></sup>')
        else:
            inner = _html_inlines(child["children"], page)
            if kind == "link":
                parts.append(f'<a href="{escape(child["url"])}">{inner}</a>')
            else:
                tag = "strong" if kind == "strong" else "em"
                parts.append(f"<{tag}>{inner}</{tag}>")
    return "".join(parts)
