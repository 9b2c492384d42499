"""Which titles of many are alike, without comparing each with each.

Titles are sets of their letters in threes; alike are two that share `least` of them (Dice: twice those in common, divided by all). Two sets
that share so much have one of their rarest letters in common: of a set of n all but n · least / (2 − least) of the commonest have to be
looked at (the prefix filter of Chaudhuri, Ganti and Kaushik, 2006). So only titles that share a rare one are compared, and none is missed.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

_WORD = re.compile(r"\w+")


def threes(title: str) -> frozenset[str]:
    """The letters in threes of a title, blanks at both ends included; none of a title without letters."""
    text = f" {' '.join(_WORD.findall(title.casefold()))} "
    return frozenset(text[place:place + 3] for place in range(len(text) - 2)) if text.strip() else frozenset()


def share(one: frozenset[str], other: frozenset[str]) -> float:
    """Dice's coefficient, from 0 to 1."""
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0


def alike(titles: Mapping[int, frozenset[str]], least: float, most: int) -> tuple[list[tuple[int, int]], int]:
    """Pairs of keys (the smaller first) whose titles are alike; how many comparisons it took, above `most` where it was given up."""
    numbers = Counter(three for found in titles.values() for three in found)
    holders: dict[str, list[int]] = defaultdict(list)
    pairs, compared = [], 0
    for key, own in titles.items():
        met: set[int] = set()
        for three in _rarest(own, numbers, least):
            met.update(holders[three])
            holders[three].append(key)
        compared += len(met)
        if compared > most:
            return pairs, compared
        pairs += [(min(key, other), max(key, other)) for other in met if share(own, titles[other]) >= least]
    return pairs, compared


def _rarest(own: frozenset[str], numbers: Mapping[str, int], least: float) -> Iterable[str]:
    needed = math.ceil(len(own) * least / (2 - least) - 1e-9)
    return sorted(own, key=lambda three: (numbers[three], three))[:len(own) - needed + 1]
