"""Words that were found, marked in what is shown. What people wrote is escaped here, once; nothing of it becomes markup."""

from collections.abc import Set
from functools import lru_cache
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from lorbeer.catalogue.search.words import WORD, fold_word, seen, terms_of

BEFORE, LONGEST = 60, 240                                               # signs of an excerpt before its first word, and in all


@lru_cache(maxsize=50_000)                                              # folding a word anew takes as long as all the rest of an excerpt
def _terms(word: str) -> tuple[str, ...]:
    return terms_of(fold_word(word))


def _hits(text: str, sought: Set[str]) -> list[tuple[int, int]]:
    """Where the words stand that have one of the terms: begin and end."""
    return [found.span() for found in WORD.finditer(text) if not sought.isdisjoint(_terms(found[0]))]


def _with_marks(text: str, hits: list[tuple[int, int]]) -> SafeString:
    parts, at = [], 0
    for start, end in hits:
        parts += [escape(text[at:start]), "<mark>", escape(text[start:end]), "</mark>"]
        at = end
    return mark_safe("".join([*parts, escape(text[at:])]))  # noqa: S308 (every part is escaped above)


def marked(text: Any, sought: Set[str]) -> SafeString:
    """The whole text."""
    text = seen(str(text))
    return _with_marks(text, _hits(text, sought) if sought else [])


def excerpt(text: str, sought: Set[str]) -> SafeString:
    """The part of a long text in which the most of the words stand; "" where none does."""
    text = " ".join(seen(text).split())
    hits = _hits(text, sought) if sought else []
    if not hits:
        return SafeString("")
    best = max(range(len(hits)), key=lambda at: (sum(hits[at][0] <= start < hits[at][0] + LONGEST - BEFORE for start, _end in hits), -at))
    start = hits[best][0] - BEFORE
    start = 0 if start <= 0 else text.rfind(" ", 0, start + 1) + 1
    stop = len(text) if start + LONGEST >= len(text) else max(text.rfind(" ", start, start + LONGEST), hits[best][1])
    inside = [(first - start, last - start) for first, last in hits if first >= start and last <= stop]
    found = _with_marks(text[start:stop], inside)
    return mark_safe(("… " if start else "") + found + (" …" if stop < len(text) else ""))  # noqa: S308 (escaped above)
