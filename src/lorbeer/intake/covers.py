"""The code on a cover sheet: which competition, which version of its form, which draft; nothing about a person.

`LORBEER1:zusammenleben2017:3:K7QD4X-Y:DOKAME`. The last word is computed from what stands before it and the key of the
installation: who knows the code of an entry does not know the word, and a reader that took one character for another does not get
it right. Sheets that were printed under a former key are still read.
"""

from typing import NamedTuple

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from lorbeer.shared.codes import is_code

MARK_OF_ALL = "LORBEER"                                                 # codes that begin otherwise are none of ours
MARK = "LORBEER1"
NO_DRAFT = "-"                                                          # the form was printed empty
CONSONANTS, VOWELS = "DFGKLMNPRST", "AEIOU"                             # what cannot be misheard over the telephone


class Cover(NamedTuple):
    competition: str                                                    # code
    version: int                                                        # of the questionnaire
    entry: str                                                          # code of the draft's entry, "" on an empty form

    @property
    def payload(self) -> str:
        body = _body(self)
        return f"{body}:{check_word(body)}"

    @property
    def word(self) -> str:
        return check_word(_body(self))

    def has_word(self, word: str) -> bool:
        """Whether `word` stands on this sheet, printed now or under a former key."""
        keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        return any(constant_time_compare(check_word(_body(self), key), word) for key in keys)


def _body(cover: Cover) -> str:
    return f"{MARK}:{cover.competition}:{cover.version}:{cover.entry or NO_DRAFT}"


def check_word(body: str, key: str | bytes | None = None) -> str:
    """Three syllables for `body`, such as DOKAME: 166,375 of them. `key`: a former one; else that of the installation."""
    number = int.from_bytes(salted_hmac("lorbeer.cover", body, secret=key, algorithm="sha256").digest()[:8])
    word = ""
    for _place in range(3):
        number, consonant = divmod(number, len(CONSONANTS))
        number, vowel = divmod(number, len(VOWELS))
        word += CONSONANTS[consonant] + VOWELS[vowel]
    return word


def read_cover(text: str) -> Cover | None:
    """What a code says; None where it is damaged, of a kind that we do not know, or was misread."""
    parts = text.strip().split(":")
    if len(parts) != 5 or parts[0] != MARK or not parts[2].isascii() or not parts[2].isdigit() or len(parts[2]) > 6:
        return None
    cover = Cover(parts[1], int(parts[2]), "" if parts[3] == NO_DRAFT else parts[3])
    if _body(cover) != ":".join(parts[:4]) or not cover.has_word(parts[4]) or (cover.entry and not is_code(cover.entry)):
        return None
    return cover
