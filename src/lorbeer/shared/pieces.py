"""Two versions of a text, cut where they differ: word by word."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile

WORD = re.compile(r"\w+|[^\w\s]|\s+")
MOST_WORDS = 30_000                                                     # of both texts together, signs and spaces included


@dataclass(frozen=True)
class Piece:
    """A stretch of a text. `is_other`: it stands in this version only."""

    text: str
    is_other: bool


def pieces(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Both texts, cut where they differ: word by word, very long ones line by line."""
    old, new = WORD.findall(before), WORD.findall(after)
    if len(old) + len(new) > MOST_WORDS:
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    head = sum(1 for _pair in takewhile(_equal, zip(old, new, strict=False)))
    tail = sum(1 for _pair in takewhile(_equal, zip(reversed(old[head:]), reversed(new[head:]), strict=False)))
    inner = SequenceMatcher(None, old[head: len(old) - tail], new[head: len(new) - tail]).get_opcodes()
    cuts = [(0, head, 0, head, False), *((head + i, head + j, head + k, head + m, kind != "equal") for kind, i, j, k, m in inner),
            (len(old) - tail, len(old), len(new) - tail, len(new), False)]
    return (_joined([("".join(old[i:j]), is_other) for i, j, _k, _m, is_other in cuts]),
            _joined([("".join(new[k:m]), is_other) for _i, _j, k, m, is_other in cuts]))


def _joined(cuts: list[tuple[str, bool]]) -> tuple[Piece, ...]:
    """The stretches as pieces; a mere space between two that differ belongs to them."""
    found: list[Piece] = []
    for number, (text, is_other) in enumerate(cuts):
        is_other = is_other or (not text.strip() and 0 < number < len(cuts) - 1 and cuts[number - 1][1] and cuts[number + 1][1])
        if found and found[-1].is_other == is_other:
            found[-1] = Piece(found[-1].text + text, is_other)
        elif text:
            found.append(Piece(text, is_other))
    return tuple(found)


def _equal(pair: tuple[str, str]) -> bool:
    return pair[0] == pair[1]
