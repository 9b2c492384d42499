"""A number and its share, and a share that is said twice: both mean the same cell."""

import re
from collections.abc import Iterable
from itertools import pairwise

from lorbeer.documentation.checking.context import Paragraph
from lorbeer.documentation.checking.facts import Fact
from lorbeer.documentation.checking.judgement import CONTRADICTED, PROVED, TELLING, Verdict, is_near, says
from lorbeer.documentation.checking.mentions import Mention

CERTAIN, CLOSE = 0.7, 0.3                                               # a score to contradict; a rival as good
Scores = dict[int, list[tuple[float, Fact]]]                            # by where the mention begins
JOINED = re.compile(
    r"[^.;()%]{0,120}?(?:\(|, also|, nämlich|, und zwar|, oder|oder|, that is|, or|beziehungsweise|bzw\.|entspricht|–)[\s\u00a0]*"
    r"(?:(?:das sind|also|mehr als|weniger als|die|rund|gut|knapp|etwa|oder|more than|less than|the|a|about|just"
    r"|over|under|=|mithin|entspricht|n[\s\u00a0]?=|[\w-]{1,40}[,:])[\s\u00a0]+)*\Z"
    r"|[^.;()%]{0,220}?, (?:das sind|das entspricht|das ist|was)[\s\u00a0]+(?:\w+[\s\u00a0]+){0,2}\Z")
REWORDED = re.compile(
    r"[\s\u00a0]*(?:(?:der|of(?: the)?) \w+[\s\u00a0]*)?"
    r"(?:\(|, also|, mithin|und damit|, das (?:sind|ist)|, oder|, or|, that is,?)[\s\u00a0]*"
    r"(?:(?:nicht ganz|etwas mehr als|mehr als|weniger als|rund|gut|knapp|etwa|fast|die|der|den|immerhin|nur|about|more than|less than|just"
    r"|under|over|almost)[\s\u00a0]+)*\Z")


def pairs(found: list[Mention], text: str) -> Iterable[tuple[Mention, Mention]]:
    """`119 Beiträge (83,8 %)` and `83,8 % (119)`: count and share of one cell."""
    wholes = {mention.whole.start for mention in found if mention.whole}
    row = [mention for mention in found if mention.start not in wholes]
    for first, second in pairwise(row):
        kinds = {first.kind, second.kind}
        if kinds in ({"count", "percent"}, {"count", "share"}) and JOINED.fullmatch(text[first.end:second.start]):
            yield (first, second) if first.kind == "count" else (second, first)


def reworded(found: list[Mention], text: str) -> Iterable[tuple[Mention, Mention]]:
    """`83,8 % und damit mehr als vier Fünftel`, `knapp die Hälfte (48,6 %)`: one share, said twice."""
    for first, second in pairwise(found):
        if {first.kind, second.kind} == {"percent", "share"} and REWORDED.fullmatch(text[first.end:second.start]):
            yield (first, second) if first.kind == "percent" else (second, first)


def decide_together(part: Mention, share: Mention, paragraph: Paragraph, scored: Scores, verdicts: dict[int, Verdict | None]) -> None:
    """Both numbers mean the same cell: the one that fits both best, or the one that its context and one of them name."""
    shares = {fact.cell: (score, fact) for score, fact in reversed(scored[share.start])}
    cells = [(score + shares[fact.cell][0], fact, shares[fact.cell][1]) for score, fact in scored[part.start] if fact.cell in shares]
    if not cells:
        return
    best = max(cells, key=_score)
    both = [cell for cell in cells if says(part, cell[1]) and says(share, cell[2])]
    if both and (chosen := max(both, key=_score))[0] >= min(0.0, best[0] - 2 * CLOSE):
        verdicts[part.start] = Verdict(PROVED, paragraph, part, chosen[1], chosen[0] / 2)
        verdicts[share.start] = Verdict(PROVED, paragraph, share, chosen[2], chosen[0] / 2)
        return
    # A large count that is exactly a cell's is hardly so by chance: then its share is meant, though others are spoken of more.
    one = [cell for cell in cells if says(part, cell[1]) and not says(share, cell[2]) and (part.number or 0) >= TELLING and not part.modifier
           and cell[1].topic == best[1].topic and cell[0] >= 0]
    one = one or [cell for cell in cells if says(part, cell[1]) != says(share, cell[2]) and cell[0] >= max(best[0] - 2 * CLOSE, CERTAIN)]
    if one:
        # Of a small count and a share with a decimal the share is right by chance more seldom.
        exact = [cell for cell in cells if share.places and (part.number or 0) < TELLING and says(share, cell[2]) and cell[0] >= CERTAIN]
        chosen = max(exact or one, key=_score)
        for mention, fact in ((part, chosen[1]), (share, chosen[2])):
            is_right = says(mention, fact) or mention.kind == "share" and is_near(mention, fact)
            verdicts[mention.start] = Verdict(PROVED if is_right else CONTRADICTED, paragraph, mention, fact, chosen[0] / 2)


def _score(cell: tuple[float, Fact, Fact]) -> float:
    return cell[0]
