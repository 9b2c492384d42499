"""One way to fold and stem words, for what is searched and for what is asked."""

import re
import threading
import unicodedata
from functools import lru_cache

import Stemmer

from lorbeer.shared.codes import ALPHABET, is_code

LONGEST_WORD = 48                                                       # letters; what is longer is compared by its beginning
STOP_WORDS = frozenset({
    "aber", "als", "am", "an", "auf", "aus", "bei", "beim", "bis", "da", "das", "dass", "dem", "den", "der", "des",
    "die", "dies", "diese", "durch", "ein", "eine", "einem", "einen", "einer", "eines", "er", "es", "fur", "hat",
    "ich", "ihr", "im", "in", "ist", "kein", "mit", "nach", "nicht", "noch", "nur", "ob", "oder", "sich", "sie",
    "sind", "so", "uber", "um", "und", "uns", "unter", "vom", "von", "vor", "wie", "wir", "wird", "zu", "zum", "zur",
    "a", "and", "for", "of", "on", "or", "the", "to", "with",
})
WORD = re.compile(r"[^\W_]+")
# A code's check character (K7QD4X-M) is no word: it follows from the others, and one entry in twenty has the same.
_CODE = re.compile(rf"(?<![^\W_])([{ALPHABET}]{{2,21}})-[{ALPHABET}](?![^\W_])", re.IGNORECASE)
# Hyphens that only show at the end of a line, joiners, and marks of direction: nobody sees them, so no word is parted by them.
_UNSEEN = dict.fromkeys([0xAD, 0x34F, 0x61C, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF])
_UNSEEN_SIGNS = tuple(map(chr, _UNSEEN))
_COMMON = str.maketrans("äöü", "aou")                                 # what most words need no more than
_own = threading.local()                                                # a stemmer serves one thread at a time


def seen(text: str) -> str:
    """The text as its words are looked for: letters with their accents in one, nothing that cannot be seen."""
    if text.isascii():
        return text
    if any(sign in text for sign in _UNSEEN_SIGNS):                     # rare, and replacing takes fifty times as long as looking
        text = text.translate(_UNSEEN)
    return unicodedata.normalize("NFC", text)


def without_check(text: str) -> str:
    """The text with codes as they are looked for: by what stands before the check character."""
    return _CODE.sub(lambda found: found[1] if is_code(found[0]) else found[0], text)


def fold(text: str) -> str:
    """Lower case, ß as ss, no accents or umlaut dots: `Großstädte` → `grossstadte`."""
    text = text.casefold()
    if text.isascii():
        return text
    text = text.translate(_COMMON)
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text.translate(_UNSEEN)) if not unicodedata.combining(c))


def fold_word(word: str) -> str:
    """A word as it stands in the text, folded; "" where nothing of it is left."""
    folded = fold(word)
    return (folded if folded.isalnum() else "".join(WORD.findall(folded)))[:LONGEST_WORD]


def words(text: str) -> list[str]:
    """The folded words of a text, in order."""
    return [folded for word in WORD.findall(seen(text)) if (folded := fold_word(word))]


def stem(word: str) -> str:
    """The stem of a folded word."""
    try:
        stemmer = _own.german
    except AttributeError:
        stemmer = _own.german = Stemmer.Stemmer("german")
    return stemmer.stemWord(word)


def terms_of(word: str) -> tuple[str, ...]:
    """What a folded word is found by: its stem, and the stem as written with one letter for ae, oe and ue (Muenchen)."""
    plain = stem(word)
    if "e" not in word:
        return (plain,)
    short = word.replace("ae", "a").replace("oe", "o").replace("ue", "u")
    return (plain,) if short == word or (other := stem(short)) == plain else (plain, other)


@lru_cache(maxsize=50_000)
def terms(word: str) -> tuple[str, ...]:
    """`terms_of`, remembered."""
    return terms_of(word)
