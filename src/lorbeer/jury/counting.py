"""How ballots on a whole group are counted: Borda, approval, single transferable vote. Numbers in, numbers out.

Nothing here knows of members or entries: a ballot is who → {item: rank} or who → {item: approved}, an item is any number.
So the same functions count in the room, when the log is verified, and in the tests against published counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

SCALE = 100_000                                                         # Scottish votes have five decimal places


def borda(ballots: Mapping[Any, Mapping[int, int]]) -> dict[int, tuple[Fraction, int]]:
    """{item: (mean score, ballots)} from {who: {item: rank}}: on a ballot of m items the first gets 1, the last 0.

    A single item on a ballot scores 1. Ranks count by their order, so gaps do no harm.
    """
    points: dict[int, list[Fraction]] = {}
    for ranks in ballots.values():
        order = sorted(ranks, key=lambda item: ranks[item])
        for place, item in enumerate(order):
            score = Fraction(len(order) - 1 - place, len(order) - 1) if len(order) > 1 else Fraction(1)
            points.setdefault(item, []).append(score)
    return {item: (sum(scores, Fraction()) / len(scores), len(scores)) for item, scores in points.items()}


def approval(ballots: Mapping[Any, Mapping[int, bool]]) -> dict[int, tuple[Fraction, int]]:
    """{item: (share that approves, ballots)} from {who: {item: approved}}; who could not judge an item is not in its base."""
    points: dict[int, list[bool]] = {}
    for marks in ballots.values():
        for item, approved in marks.items():
            points.setdefault(item, []).append(approved)
    return {item: (Fraction(sum(marks), len(marks)), len(marks)) for item, marks in points.items()}


# --- single transferable vote -----------------------------------------------------------------------------------------


class Tied(Exception):
    """Two or more items were equal at every stage so far; a lot, or the jury, must say which comes before the other."""

    def __init__(self, items: Iterable[int]) -> None:
        self.items = sorted(items)
        super().__init__(str(self.items))


@dataclass(frozen=True)
class Stage:
    """One stage of a count. `votes` in hundred-thousandths, after the stage; `of`: whose papers were transferred."""

    kind: str                                                           # first, surplus, excluded
    votes: dict[int, int]
    of: int | None = None
    elected: list[int] = field(default_factory=list)                    # at this stage, the most votes first


@dataclass(frozen=True)
class Count:
    quota: int                                                          # in hundred-thousandths
    stages: list[Stage]
    places: dict[int, int]                                              # 1 to the number of seats: elected; equal ones share a place
    elected: list[int]
    broken: set[int] = field(default_factory=set)                       # items among which the jury's order was needed, or gave a place


def scottish(ballots: Sequence[Sequence[int]], items: Iterable[int], seats: int, broken: Sequence[int] = ()) -> Count:
    """Count by the Scottish rules: Weighted Inclusive Gregory, five decimal places cut off, one transfer at a time.

    `ballots`: items, best first; what stands on none of them continues with no vote. `broken`: the order in which the
    jury put items that are equal at every stage, the best first; without it such a tie raises Tied.
    Source: The Scottish Local Government Elections Order 2007 (SSI 2007/42), Schedule 1, rules 45 to 52.
    """
    continuing = sorted(set(items))
    papers: dict[int, list[tuple[int, Sequence[int]]]] = {item: [] for item in continuing}
    votes = dict.fromkeys(continuing, 0)
    valid = [ballot for ballot in ballots if ballot]
    for ballot in valid:
        papers[ballot[0]].append((SCALE, ballot))
        votes[ballot[0]] += SCALE                                       # rule 45
    quota = (len(valid) // (seats + 1) + 1) * SCALE                     # rule 46
    elected: list[int] = []
    excluded: list[int] = []
    asked: set[int] = set()
    waiting: list[int] = []                                             # elected, with a surplus not yet transferred
    places: dict[int, int] = {}

    def furthest(among: list[int], best: bool) -> int:
        """Who has most (or fewest) votes now; else at the latest stage before at which they differed (rules 49, 51)."""
        for standing in [votes, *(stage.votes for stage in reversed(stages[:-1]))]:
            limit = (max if best else min)(standing[item] for item in among)
            among = [item for item in among if standing[item] == limit]
            if len(among) == 1:
                return among[0]
        if any(item not in broken for item in among):
            raise Tied(among)
        asked.update(among)
        return sorted(among, key=broken.index)[0 if best else -1]

    def elect(those: list[int]) -> list[int]:
        those = sorted(those, key=lambda item: (-votes[item], broken.index(item) if item in broken else -1, item))
        base = len(elected)
        for number, item in enumerate(those):
            before = those[number - 1] if number else None
            tied = before is not None and votes[before] == votes[item]
            equal = tied and not {before, item} <= set(broken)
            if tied and not equal and before is not None:
                asked.update((before, item))
            places[item] = places[before] if equal and before is not None else base + number + 1
        elected.extend(those)
        for item in those:
            continuing.remove(item)
        return those

    stages = [Stage("first", dict(votes))]
    while True:
        stage = stages[-1]
        stage.elected.extend(elect([item for item in continuing if votes[item] >= quota]))         # rule 47
        waiting += [item for item in stage.elected if votes[item] > quota]
        if len(continuing) <= seats - len(elected):                     # rule 52
            stage.elected.extend(elect(list(continuing)))
        if len(elected) >= seats or not continuing:
            break
        if waiting:                                                     # rules 48, 49
            giving = furthest(list(waiting), best=True)
            waiting.remove(giving)
            surplus, credited, kind = votes[giving] - quota, votes[giving], "surplus"
            moving = [(surplus * value // credited, paper) for value, paper in papers[giving]]
            votes[giving] = quota
        else:                                                           # rules 50, 51
            giving, kind = furthest(list(continuing), best=False), "excluded"
            continuing.remove(giving)
            excluded.append(giving)
            moving, votes[giving] = papers[giving], 0
        papers[giving] = []
        for value, paper in moving:
            receiver = next((item for item in paper[paper.index(giving) + 1:] if item in continuing), None)
            if receiver is not None:
                papers[receiver].append((value, paper))
                votes[receiver] += value
        stages.append(Stage(kind, dict(votes), giving))
    for item in continuing:                                             # came as far as nobody else who was not elected
        places[item] = len(elected) + 1
    for number, item in enumerate(reversed(excluded), start=len(elected) + len(continuing) + 1):
        places[item] = number
    return Count(quota, stages, places, elected, asked)
