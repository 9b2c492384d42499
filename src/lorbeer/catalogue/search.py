"""One way to fold and stem words, for what is searched and for what is asked: every database then finds the same."""

import re
import unicodedata
from collections.abc import Set
from difflib import get_close_matches
from functools import lru_cache

import Stemmer

LONGEST_QUERY, MOST_WORDS = 200, 12
STOP_WORDS = frozenset({
    "aber", "als", "am", "an", "auf", "aus", "bei", "beim", "bis", "da", "das", "dass", "dem", "den", "der", "des",
    "die", "dies", "diese", "durch", "ein", "eine", "einem", "einen", "einer", "eines", "er", "es", "fur", "hat",
    "ich", "ihr", "im", "in", "ist", "kein", "mit", "nach", "nicht", "noch", "nur", "ob", "oder", "sich", "sie",
    "sind", "so", "uber", "um", "und", "uns", "unter", "vom", "von", "vor", "wie", "wir", "wird", "zu", "zum", "zur",
    "a", "and", "for", "of", "on", "or", "the", "to", "with",
})
_WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """Lower case, ß as ss, no accents or umlaut dots: `Großstädte` → `grossstadte`."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def words(text: str) -> list[str]:
    return _WORD.findall(fold(text))


@lru_cache(maxsize=20_000)
def terms(word: str) -> tuple[str, ...]:
    """What a folded word is found by: its stem, and the stem as written with one letter for ae, oe and ue (Muenchen)."""
    stem = Stemmer.Stemmer("german").stemWord
    plain = stem(word)
    short = stem(word.replace("ae", "a").replace("oe", "o").replace("ue", "u"))
    return (plain,) if short == plain else (plain, short)


def shadow(text: str) -> str:
    """The text as it is searched: terms between blanks, a blank at both ends."""
    found = [term for word in words(text) for term in terms(word)]
    return f" {' '.join(found)} " if found else ""


def asked(query: str) -> list[tuple[str, ...]]:
    """The words of a query as alternatives of terms; words without meaning left out unless there are no others."""
    found = list(dict.fromkeys(words(query[:LONGEST_QUERY])))
    telling = [word for word in found if word not in STOP_WORDS]
    return [terms(word) for word in (telling or found)[:MOST_WORDS]]


def suggest(query: str, known: Set[str]) -> str:
    """The query with words that are not among the `known` (folded) ones replaced by near ones, or ""."""
    better, changed = [], False
    for word in words(query[:LONGEST_QUERY])[:MOST_WORDS]:
        near = [word] if word in known or len(word) < 3 else get_close_matches(word, known, n=1, cutoff=0.75)
        changed = changed or near[:1] not in ([word], [])
        better.append(near[0] if near else word)
    return " ".join(better) if changed else ""
