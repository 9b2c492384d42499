"""The code on a cover sheet: which competition, which version of its form, which draft; nothing about a person.

`LORBEER1:zusammenleben2017:3:K7QD4X-Y:DOKAME`. The last word is computed from what stands before it: a reader that took one
character for another, or a code of somebody else's, does not get it right. It is no secret and proves nothing; a person confirms.
"""

import hashlib
from typing import NamedTuple

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


def _body(cover: Cover) -> str:
    return f"{MARK}:{cover.competition}:{cover.version}:{cover.entry or NO_DRAFT}"


def check_word(body: str) -> str:
    """Three syllables for `body`, such as DOKAME: 166,375 of them."""
    number = int.from_bytes(hashlib.sha256(body.encode()).digest()[:8])
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
    if cover.payload != text.strip() or (cover.entry and not is_code(cover.entry)):
        return None
    return cover
