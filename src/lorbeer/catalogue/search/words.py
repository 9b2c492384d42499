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
_DIGRAPHS = (("ae", "ä"), ("oe", "ö"), ("ue", "ü"))
# An umlaut mostly marks a form of the word (Garten, Gärten) and is folded. Here it makes another word: Burg, fordern, Kuchen, Losung.
_ANOTHER_WORD = re.compile(
    r"(bürger|schüler|förder|zähl|schön|(?<![bfgkh])lös(?!s)|küche|blüt|würd|spür|träger|töpfer|schäfer|gründ(?:er|ung))")
# Snowball's German stemmer cuts the endings of verbs and those of German plurals. What it leaves apart is brought together here. Each rule
# cuts something off; one that would join words of another meaning is left out. tests/word_forms.py says how many are found, and how many
# are joined wrongly.
_OWN_S = re.compile(r"(.*(?:kurs|bus|krebs|puls))(?:s?e[ns]?)?")       # no plural: of Kur, say
_FEMALE = re.compile(
    r"(?!.*(?:gew|beg|bes|ger|rr|ntr|sp)innen$|konstantin|valentin)"
    r"(?:(.{3,}[^aeiou]|pat)innen"
    r"|(.{3,}(?:[ao]r|eur|nt|ist|at|kt|og)|.*(?:eund|kund|pert|noss|nwalt|arzt|kolleg|graf|nom|slim|beamt|chef|wirt|koch|held|enkel|pat))in)")
_LEFT = {
    "m": re.compile(r"(?!(?:war|dar|her|wor|wieder)um$)(.{3,}(?:[^aeoutd]|e)|for|vis)um|(.*tand)em"),    # Zentrum, Zentren
    "a": re.compile(r"(?!.*trauma)(.{2,}[^m]m|.+tik)a"),               # Thema, Themen; Praktika
    "n": re.compile(r"(.{3,}ar)n"),                                     # Nachbarn
    # Rhythmus, Rhythmen; Themas; Kitas, Fotos, Partys, Workshops
    "s": re.compile(r"(.{2,}(?:ism|thm|kl))us|(?!.*trauma)(.{2,}[^m]m)as|(.*[aeiouy].*(?:[^aeiou][ay]|[^aeioul]o|[ie]o)|.{2,}[cpw])s"),
}
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
    """A word as it stands in the text, folded; "" where nothing of it is left. An umlaut that makes another word of it is kept:
    `Förderung` → `förderung`."""
    folded = fold(word)
    if not word.isascii() and len(parts := _ANOTHER_WORD.split(word.casefold())) > 1:
        folded = "".join(part if at % 2 else fold(part) for at, part in enumerate(parts))
    return (folded if folded.isalnum() else "".join(WORD.findall(folded)))[:LONGEST_WORD]


def words(text: str) -> list[str]:
    """The folded words of a text, in order."""
    return [folded for word in WORD.findall(seen(text)) if (folded := fold_word(word))]


def stem(word: str) -> str:
    """The stem of a folded word: what its forms begin with."""
    plain = word.translate(_COMMON)
    if found := _OWN_S.fullmatch(plain):
        return word[:found.end(1)]
    if plain.endswith(("in", "innen")) and (found := _FEMALE.fullmatch(plain)):
        plain = plain[:found.end(found.lastindex or 0)]
    try:
        stemmer = _own.german
    except AttributeError:
        stemmer = _own.german = Stemmer.Stemmer("german")
    left: str = stemmer.stemWord(plain)
    if (rule := _LEFT.get(left[-1:])) and (found := rule.fullmatch(left)):
        left = left[:found.end(found.lastindex or 0)]
    return word[:len(left)] if not word.isascii() and plain.startswith(left) else left


def with_umlauts(word: str) -> str:
    """A word with ä, ö and ü for ae, oe and ue."""
    for two, one in _DIGRAPHS:
        word = word.replace(two, one)
    return word


def terms_of(word: str) -> tuple[str, ...]:
    """What a folded word is found by: its stem, and the stem as written with one letter for ae, oe and ue (Muenchen)."""
    plain = stem(word)
    if "e" not in word:
        return (plain,)
    if (short := with_umlauts(word)) == word:
        return (plain,)
    other = stem(folded := fold_word(short))
    # Snowball reads oe as ö itself, and would make Forderung of Foerderung.
    return (other,) if other == plain or not folded.isascii() else (plain, other)


@lru_cache(maxsize=50_000)
def terms(word: str) -> tuple[str, ...]:
    """`terms_of`, remembered."""
    return terms_of(word)
