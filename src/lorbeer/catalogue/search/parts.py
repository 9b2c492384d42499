"""A word as a part of longer ones: Garten in Gemeinschaftsgarten, Gartenbau and Kleingärten, but not in Stuttgart.

A part is looked for as it was typed, and in forms of which its stem says that they are the same word; never by the stem alone (`gart`).
Where a part may begin and end is told by the letters around it, as far as they tell: what stands before it must be able to end, and
what stands behind it to begin, a German word. There is no dictionary.
"""

import re
from dataclasses import replace
from os.path import commonprefix

from lorbeer.catalogue.search.question import Word
from lorbeer.catalogue.search.words import fold, fold_word, terms, with_umlauts

SHORTEST = 3                                                            # letters of a part
_SHORTEST_FORM = 4                                                      # … where it is not as typed
# Typed ending → ending of another form. Those that leave less than the nominative (Garten → Gart) need a word that is clearly a plural.
_OTHERS = (("n", ""), ("e", ""), ("s", ""), ("es", ""), ("innen", "in"), ("innen", ""), ("um", "en"), ("a", "en"), ("us", "en"),
           ("en", "um"), ("en", "a"), ("en", "us"), ("um", "a"), ("sse", "s"), ("sen", ""))
_EN_IS_PLURAL = re.compile(r".*(?:ung|schaft|heit|keit|ion|tat|anz|enz|au|ur|.{6})en")
_ER_IS_PLURAL = re.compile(r".*(?:kind|bild|feld|lied|glied|kleid|schild)ern?")
# What may stand before a part: a word of three letters with a vowel that does not end as only a beginning does (Transp-ort, Fr-anken).
_BEFORE = re.compile(r"(?:um|an|ab)|(?=.*[aeiouyäöü]).{3,}(?<![bcdfgkpt][lr])(?<![fgks]n)(?<!sp)(?<!schw)(?<!q)")
# … and behind it: an ending, or (after s, n or the like between two words) a word of three letters with a vowel and a beginning, and none
# of the endings that make another word of a part (Bild-ung, Integ-rat-ion).
_ENDING = "e|en|er|ern|es|em|n|s|ns|in|innen|sen|ses|se"
_ONSET = ("bl|br|ch|chr|cl|cr|dr|fl|fr|gl|gn|gr|kl|kn|kr|pf|pfl|pfr|ph|pl|pr|ps|qu|rh|sch|schl|schm|schn|schr|schw|sk|sp|spr|spl|st|str|th|tr"
          "|tsch|wr|zw|[bcdfghjklmnprstvwxz]")
_ANOTHER = "ung|ion|iv|isch|ier|ik|itat|ling|lich(?!t)"
_BEHIND = re.compile(rf"(?:{_ENDING})?|(?!{_ANOTHER})(?:s|es|n|en|er|e|ns|ens)?(?=.{{3}})(?!{_ANOTHER})(?:{_ONSET})?[aeiouyäöü].*")


class Part:
    """A word that is looked for within longer ones; false where it is too short for that."""

    def __init__(self, word: Word) -> None:
        written = dict.fromkeys((word.folded, fold_word(with_umlauts(word.folded))))     # Muenchen
        several = [_forms(replace(word, folded=one)) for one in written]
        self.forms = {beginning: forms for forms in several if len(beginning := commonprefix(forms)) >= SHORTEST}    # by what all begin with

    def __bool__(self) -> bool:
        return bool(self.forms)

    def stands_in(self, longer: str) -> bool:
        """Whether the part is one of the words that `longer` (folded) is made of."""
        return any(self._stands_in(longer, beginning, forms) for beginning, forms in self.forms.items())

    def _stands_in(self, longer: str, beginning: str, forms: list[str]) -> bool:
        at = longer.find(beginning)
        while at >= 0:
            if not at or _BEFORE.fullmatch(longer, 0, at):
                for form in forms:
                    if longer.startswith(form, at) and _BEHIND.fullmatch(longer, at + len(form)):
                        return True
            at = longer.find(beginning, at + 1)
        return False


def _forms(word: Word) -> list[str]:
    """The word as typed and its other forms, folded, the longest first."""
    typed = word.folded
    others = {typed[:-len(old)] + new for old, new in _OTHERS if typed.endswith(old)}
    if _EN_IS_PLURAL.fullmatch(typed):
        others.add(typed[:-2])
    if _ER_IS_PLURAL.fullmatch(typed) or (fold(word.typed) != word.typed.casefold().replace("ß", "ss") and typed.endswith(("er", "ern"))):
        others.add(re.sub("ern?$", "", typed))
    same = {other for other in others if len(other) >= _SHORTEST_FORM and not set(terms(other)).isdisjoint(word.terms)}
    if typed.endswith("sse"):                                           # Straße, Klasse, Messe are never shortened so
        same.discard(typed[:-1])
    return sorted({typed, *same}, key=lambda form: (-len(form), form))
