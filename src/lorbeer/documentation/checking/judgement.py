"""One verdict: what it holds and how it reads; and when a number says a fact, or can have been meant to say it."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from lorbeer.documentation.checking.context import Paragraph
from lorbeer.documentation.checking.facts import Fact
from lorbeer.documentation.checking.mentions import AROUND_SHARE, NEAR_SHARE, SMALL_SHARE, Mention

PROVED, CONTRADICTED, UNKNOWN = "proved", "contradicted", "unknown"
EXCERPT = 60                                                            # characters on either side of a number
SLIP = 4                                                                # times as much: what nobody writes by mistake
TELLING = 20                                                            # a count from here on is not a cell's by chance


@dataclass(frozen=True)
class Verdict:
    status: str
    paragraph: Paragraph
    mention: Mention
    fact: Fact | None = None                                            # that proves it, or that it should have named
    score: float = 0.0
    reason: str = ""                                                    # why, where no fact says it: list, base, share, words, compared
    expected: str = ""                                                  # what should stand there, then
    candidates: tuple[Fact, ...] = ()                                   # where more than one fact may be meant, or is compared

    def right(self) -> str:
        """What the edition has there, or what the text itself should say; "" where nothing is known, or not for certain."""
        if self.candidates and not self.expected:
            return ""
        return self.expected or (self.fact.text if self.fact else "")

    def sentence(self) -> str:
        """What was found, as a person reads it."""
        facts = {"raw": self.mention.raw, "right": self.right(), "label": self.fact.label if self.fact else "",
                 "path": self.fact.path if self.fact else ""}
        if self.reason == "compared":
            told = {**facts, "facts": _listed(self.candidates)}
            if self.status == PROVED:
                return _("“%(raw)s” is proved: %(facts)s.") % told
            return (_("“%(raw)s” is contradicted, %(right)s would be right: %(facts)s.") if self.expected else _(
                "“%(raw)s” is contradicted: %(facts)s.")) % told
        if self.status == PROVED:
            return _("“%(raw)s” is proved: %(label)s, %(right)s (%(path)s).") % facts
        if self.status == UNKNOWN:
            guess = " " + _("Perhaps this is meant: %(label)s, %(right)s (%(path)s).") % facts if self.fact else ""
            return _("“%(raw)s” is unknown. A fact from outside needs its source.") % facts + guess
        if self.reason == "list":
            return _("“%(raw)s” are announced, %(right)s are listed.") % facts
        if self.reason == "base":
            return _("“%(raw)s” is contradicted: the base of this table is %(right)s.") % facts
        if self.reason == "share":
            return _("“%(raw)s” is contradicted by the two numbers before it: they make %(right)s.") % facts
        if self.candidates:
            return _("“%(raw)s” is contradicted; what may be meant is: %(facts)s.") % {**facts, "facts": _listed(self.candidates)}
        if self.reason == "words":
            return _("“%(raw)s” does not fit the figure beside it.") % facts
        return _("“%(raw)s” is contradicted: %(label)s is %(right)s (%(path)s).") % facts

    def excerpt(self) -> str:
        """The words around it."""
        start, end = max(0, self.mention.start - EXCERPT), self.mention.end + EXCERPT
        text = self.paragraph.text
        return ("…" if start else "") + text[start:end].strip() + ("…" if end < len(text) else "")


def _listed(facts: Iterable[Fact]) -> str:
    return "; ".join(f"{fact.label}: {fact.text} ({fact.path})" for fact in facts)


def says(mention: Mention, fact: Fact) -> bool:
    """Whether the mention is true of the fact."""
    if fact.kind == "day":
        return mention.day is not None and fact.day is not None and mention.day[0] in (0, fact.day[0]) and mention.day[1] == fact.day[1] and (
            mention.kind == "month" or mention.day[2] == fact.day[2])
    if fact.number is None:
        return False
    if fact.path.endswith(".average") and mention.number is not None and not mention.modifier and _is_rounded(fact.number, mention.number):
        return True                                                     # nobody writes “im Schnitt 22.142,86 Euro” in a speech
    if mention.modifier == "over" and mention.kind == "euro" and mention.number == fact.number:
        return True                                                     # “ein Preis über 25.000 Euro”
    return mention.allows(fact.number) or fact.exact is not None and fact.kind == "percent" and mention.allows(fact.exact)


def _is_rounded(value: Decimal, number: Decimal) -> bool:
    """Whether a number is a value rounded to the zeros that it ends with, two digits left: 22.000 for 22.142,86."""
    digits = f"{number.normalize():f}".rstrip("0")
    step = number / Decimal(digits) if digits.isdigit() and len(digits) >= 2 else Decimal(0)
    return step > 1 and abs(value - number) <= step / 2


def is_near(words: Mention, fact: Fact | Mention) -> bool:
    """A bare fraction may be two points away where the figure itself stands beside it (one of few, four); it contradicts nothing so near."""
    near = AROUND_SHARE if not words.is_coarse else NEAR_SHARE
    if words.is_each and words.number is not None and words.number <= SMALL_SHARE:
        near = AROUND_SHARE / 2
    return not words.modifier and words.number is not None and fact.number is not None and abs(fact.number - words.number) <= near


def is_plausible(mention: Mention, fact: Fact) -> bool:
    """Whether one can be taken for the other: a wrong number is of the size of the right one, or has a digit too many or too few."""
    if mention.kind not in ("count", "euro") or mention.number is None or not fact.number:
        return True
    small, large = sorted((mention.number, fact.number))
    few, many = (f"{number.normalize():f}" for number in (small, large))
    is_turned = sorted(few) == sorted(many)                             # “18” for “81”
    return small > 0 and (large <= SLIP * small or is_turned or few in many and small >= TELLING)
