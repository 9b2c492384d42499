"""Two people changed one text: what both did, brought together line by line, where they do not stand in each other's way."""

from collections.abc import Iterator
from difflib import SequenceMatcher

Change = tuple[int, int, list[str]]                                     # lines [from, to) of the common text become these


def merged(base: str, mine: str, theirs: str) -> str | None:
    """`base` with the changes of both; None where they touch the same lines or stand right beside each other."""
    lines = base.split("\n")
    ours, others = list(_changes(lines, mine.split("\n"))), list(_changes(lines, theirs.split("\n")))
    if any(_meet(one, other) for one in ours for other in others if one != other):
        return None
    for start, end, new in sorted({(start, end, tuple(new)) for start, end, new in [*ours, *others]}, reverse=True):
        lines[start:end] = new
    return "\n".join(lines)


def _changes(base: list[str], changed: list[str]) -> Iterator[Change]:
    for kind, start, end, first, last in SequenceMatcher(None, base, changed, autojunk=False).get_opcodes():
        if kind != "equal":
            yield start, end, changed[first:last]


def _meet(one: Change, other: Change) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]
