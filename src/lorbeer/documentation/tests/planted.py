"""Texts with planted errors: `{119|191}` is right on the left and wrong on the right."""

import re
from dataclasses import dataclass

from lorbeer.documentation.checking.judgement import CONTRADICTED, Verdict
from lorbeer.documentation.checking.reading import HEADING, ITEM, paragraphs_in
from lorbeer.documentation.checking.verdicts import check
from lorbeer.documentation.dataset import Dataset

PLANTED = re.compile(r"\{([^|{}]*)\|([^|{}]*)\}")
REACH = 12                                                              # characters: “{knapp|gut} drei Viertel” is found at its share


@dataclass
class Found:
    """What the check says of a text: numbers in it, alarms where all is right, planted errors, those it found, those it believed."""

    numbers: int
    alarms: list[str]
    planted: int
    found: int
    believed: int
    others: list[str]                                                   # alarms beside the planted errors


def _of(text: str, data: Dataset) -> list[Verdict]:
    return check(paragraphs_in(text, data), data)


def held(text: str, data: Dataset) -> Found:
    """The check of a text with planted errors, once as it is right and once as it is wrong."""
    right = _of(PLANTED.sub(r"\1", text), data)
    wrong = _of(PLANTED.sub(r"\2", text), data)
    places: dict[str, list[tuple[int, int]]] = {}
    for line in text.split("\n"):
        at, plain, spans = 0, "", []
        for match in PLANTED.finditer(line):
            plain += line[at:match.start()]
            spans.append((len(plain), len(plain) + len(match[2])))
            plain += match[2]
            at = match.end()
        whole = (plain + line[at:]).rstrip()
        bare = whole.lstrip()
        for shown in (bare, ITEM.sub("", bare, count=1), HEADING.sub("", bare, count=1)):      # as `reading` leaves their marks out
            places[shown] = [(start - len(whole) + len(shown), end - len(whole) + len(shown)) for start, end in spans]
    hit: dict[tuple[str, int], str] = {}
    others = []
    for verdict in wrong:
        spans = places.get(verdict.paragraph.text, [])
        place = next((start for start, end in spans
                      if verdict.mention.end > start and verdict.mention.start <= end + REACH * plainly_a_word(verdict, start, end)), None)
        if place is not None:
            hit.setdefault((verdict.paragraph.text, place), verdict.status)
        elif verdict.status == CONTRADICTED:
            others.append(verdict.sentence())
    return Found(len(right), [verdict.sentence() for verdict in right if verdict.status == CONTRADICTED], len(PLANTED.findall(text)),
                 sum(status == CONTRADICTED for status in hit.values()), sum(status == "proved" for status in hit.values()), others)


def plainly_a_word(verdict: Verdict, start: int, end: int) -> bool:
    """`knapp`: what is planted is no number, but what stands before one."""
    return verdict.paragraph.text[start:end].lower() in ("knapp", "gut", "rund", "mehr als", "mehr", "weniger")
