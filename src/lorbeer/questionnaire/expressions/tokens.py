"""The words of an expression: names, numbers, texts, signs, each with its column."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from lorbeer.shared.errors import BadInput

Tree = list[Any]
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<ref>\$\{\s*(?P<name>[A-Za-z_][\w.\-]*)\s*\})
    | (?P<badref>\$\{?[^}]*\}?)
    | (?P<number>\d+(?:\.\d*)?|\.\d+)
    | (?P<string>"[^"]*"|'[^']*')
    | (?P<path>(?:current\(\)/)?(?:\.\./)+[A-Za-z_][\w.\-]*)
    | (?P<up>\.\.(?:/\.\.)*)
    | (?P<dot>(?:current\(\)/)?\.)
    | (?P<word>[A-Za-z_][\w.\-]*(?::[A-Za-z_][\w.\-]*)?)
    | (?P<operator><=|>=|!=|[=<>+\-*|(),])
    )""",
    re.VERBOSE,
)
QUOTES = str.maketrans({"\N{LEFT SINGLE QUOTATION MARK}": "'", "\N{RIGHT SINGLE QUOTATION MARK}": "'",
                         "\N{LEFT DOUBLE QUOTATION MARK}": '"', "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
                         "\N{NO-BREAK SPACE}": " "})


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    column: int                                                         # from 1, as people count


def tokens_of(text: str) -> Iterator[Token]:
    position = 0
    text = text.translate(QUOTES).rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            column = position + len(text[position:]) - len(text[position:].lstrip()) + 1
            if text[column - 1] in "/[@":
                raise BadInput(_("“%(text)s” at column %(column)d begins a path of XPath, which is not supported; write ${name} for the"
                                 " answer to a question.") % {"text": text[column - 1], "column": column})
            raise BadInput(
                _("“%(text)s” is not understood at column %(column)d.") % {"text": text[column - 1], "column": column}
            )
        kind = next(name for name, part in match.groupdict().items() if part is not None and name != "name")
        column = match.start(kind) + 1
        if kind == "badref":
            raise BadInput(_("“%(text)s” at column %(column)d is not a reference; write ${name}.")
                           % {"text": match["badref"][:60], "column": column})
        yield Token(kind, match["name"] if kind == "ref" else match[kind], column)
        position = match.end()
    yield Token("end", "", len(text) + 1)
