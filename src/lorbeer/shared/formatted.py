"""Texts with simple formatting: kept as the plain text that was typed, read by a few signs, shown as blocks.

The signs are a subset of CommonMark and nothing else: an empty line parts paragraphs, a line break is one; `#` a heading, `##` one below
it; `- ` (or `* `, `+ `) a list, `1. ` (or `1) `) a numbered one, further in for a list within; `**bold**`, `*italic*`; a backslash before a
sign takes it as written. `[words](https://…)` is shown as “words (https://…)”: no link, whoever reads sees where it would lead.
All else is text: HTML, pictures, tables, code, quotations, entities. No word is ever dropped.
"""

import re
import unicodedata
from functools import cache
from itertools import pairwise

from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.token import Token

from lorbeer.shared.blocks import Block, Inline, blocks_of, renumbered, text_blocks, to_html

LISTS = 6                                                               # within each other; what is deeper is shown as it was typed
MARKED = 4                                                              # bold and italic within each other; more makes no difference
NESTING = 2 * LISTS + 2
LINK = re.compile(r"\[([^\[\]\n]{1,300})\]\((https?://[^\s()]{1,500}|mailto:[^\s()]{1,200})\)")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
BULLET = "\N{BULLET}"


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("zero", {"html": False, "maxNesting": NESTING})
    return parser.enable(["heading", "list", "newline", "escape", "emphasis", "balance_pairs", "fragments_join", "text_join"])


def formatted_blocks(text: str, *, top: int = 1) -> list[Block]:
    """The blocks of a formatted text (see `shared/blocks.py`): headings of the levels `top` and `top + 1`, paragraphs and lists."""
    text = CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    tokens = _parser().parse(text)
    if any(token.level >= NESTING - 2 for token in tokens):             # here the parser begins to leave out
        return text_blocks(text)
    for token in tokens:
        if token.children:
            token.children = _plainer(token.children)
    return renumbered(_tidy(blocks_of(tokens)), top)


def _plainer(tokens: list[Token]) -> list[Token]:
    """Line breaks as they were typed, and bold and italic nested so far as somebody can see it."""
    depth, kept = 0, []
    for token in tokens:
        if token.type == "softbreak":
            token.type = "hardbreak"
        depth += token.nesting > 0
        if not token.nesting or depth <= MARKED:
            kept.append(token)
        depth -= token.nesting < 0
    return kept


def formatted_html(text: str, *, top: int = 3) -> SafeString:
    """The same as HTML: every text in it escaped, the tags h2–h6, p, br, strong, em, ul, ol and li, no attribute but numbers."""
    return to_html(formatted_blocks(text, top=top))


def readable(items: list[Block]) -> str:
    """A formatted text as it is read, without the signs: for counting, comparing, searching, and where nothing can be formatted."""
    return "\n\n".join(_lines(items))


def _tidy(items: list[Block], depth: int = 0) -> list[Block]:
    """Two levels of headings, none within lists, links as words, and numbers as they were typed where they go up."""
    found: list[Block] = []
    for item in items:
        if item["kind"] == "list":
            item = {**item, "items": [_tidy(inner, depth + 1) for inner in item["items"]]}
            numbers = item.pop("typed", [])
            if all(one < other for one, other in pairwise(numbers)) and numbers and numbers[-1] != item["start"] + len(numbers) - 1:
                item["numbers"] = numbers
        elif item["kind"] in ("heading", "paragraph"):
            children = _with_links(item["children"])
            if item["kind"] == "heading" and not _is_visible(said(children)):
                continue                                                # a lone #, or nothing that can be seen: no document takes that
            item = {**item, "children": children}
            if item["kind"] == "heading":
                item |= {"level": min(item["level"], 2)} if not depth else {
                    "kind": "paragraph", "children": [{"kind": "strong", "children": children}]}
        found.append(item)
    return found


def _is_visible(text: str) -> bool:
    return any(unicodedata.category(character)[0] in "LNPS" for character in text)


def _with_links(inlines: list[Inline]) -> list[Inline]:
    return [
        {**one, "text": LINK.sub(r"\1 (\2)", one["text"])} if one["kind"] == "text"
        else {**one, "children": _with_links(one["children"])} if "children" in one else one
        for one in inlines
    ]


def _lines(items: list[Block], indent: str = "") -> list[str]:
    found = []
    for item in items:
        if item["kind"] != "list":
            found.append(said(item["children"]))
            continue
        lines = []
        for place, entry in enumerate(item["items"]):
            mark = f"{number_of(item, place)}." if item["ordered"] else BULLET
            inner = _lines(entry, indent + "  ")
            lines.append(f"{indent}{mark} " + "\n".join(inner).lstrip())
        found.append("\n".join(lines))
    return found


def number_of(item: Block, place: int) -> int:
    """The number that stands before an entry of a numbered list."""
    return int(item["numbers"][place]) if item.get("numbers") else int(item["start"]) + place


def said(inlines: list[Inline]) -> str:
    """The words of a paragraph, with its line breaks."""
    return "".join("\n" if one["kind"] == "break" else one.get("text") or said(one.get("children", [])) for one in inlines)
