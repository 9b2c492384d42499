"""What would be lost or printed as it was typed, without anybody being told: notes, pictures and links of a chapter that lead nowhere."""

import re
from collections.abc import Iterator

from markdown_it.token import Token

from lorbeer.documentation.asked import gettext
from lorbeer.shared.blocks import outside_only

_CALL = re.compile(r"\[\^([^\]\s]+)\]")
_NOTE = re.compile(r" {0,3}\[\^([^\]\s]+)\]:")
_LINK = re.compile(r"\[([^\[\]]+)\]\[([^\[\]]*)\]")


def broken(text: str, tokens: list[Token]) -> Iterator[tuple[int, str]]:
    """(line, what is wrong and what to do) of a chapter in Markdown; `tokens`: what the parser reads of it."""
    called: set[str] = set()
    found: list[tuple[int, str]] = []
    code: set[int] = set()
    line = 1
    for token in tokens:
        line = token.map[0] + 1 if token.map else line
        if token.type in {"fence", "code_block"} and token.map:
            code.update(range(*token.map))
        at = line
        for child in token.children or ():
            if child.type in {"softbreak", "hardbreak"}:
                at += 1
            elif child.type == "footnote_ref":
                called.add(child.meta.get("label", ""))
            else:
                found += [(at, sentence) for sentence in _wrong(child)]
    yield from sorted([*found, *_notes(text, called, code)])


def _wrong(child: Token) -> Iterator[str]:
    if child.type == "image":
        yield gettext("Pictures come from portraits and figures, not from addresses.")
    elif child.type == "link_open" and not outside_only(address := str(child.attrs.get("href", ""))):
        yield gettext("The link to “%(address)s” leads nowhere, and would be printed as mere words. Give a full address (https://…), or refer "
                      "to a chapter by its reference.") % {"address": address}
    elif child.type == "text":
        for match in _CALL.finditer(child.content):
            yield gettext("The footnote “%(name)s” has no text. Write it on a line of its own: [^%(name)s]: …") % {"name": match[1]}
        for match in _LINK.finditer(child.content):
            yield gettext("The link “%(words)s” leads nowhere: no address is given for it. Write [%(words)s](https://…).") % {"words": match[1]}


def _notes(text: str, called: set[str], code: set[int]) -> Iterator[tuple[int, str]]:
    seen: set[str] = set()
    for number, line in enumerate(text.split("\n")):
        if number in code or not (match := _NOTE.match(line)):
            continue
        if match[1] not in called:
            yield number + 1, gettext("The footnote “%(name)s” is called nowhere, and would not be printed. Put [^%(name)s] where it belongs, "
                                      "or take its text out.") % {"name": match[1]}
        elif match[1] in seen:
            yield number + 1, gettext("There are two footnotes “%(name)s”, and only one of them would be printed. Give the other a name of its "
                                      "own.") % {"name": match[1]}
        seen.add(match[1])
