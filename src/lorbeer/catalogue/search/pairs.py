"""Neighbours: for two words that stand in very many entries, in which of them the one follows the other.

Where a rare word is part of a phrase, its few places are looked through. Where all are common, that would be every place of every
one of them; so for the most common terms each pair has its own entries. Made from the sorted blocks of `gathering`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
FIELD = "text"                                                          # heads are short: their places are soon looked through
COMMON, MOST = 2_000, 256                                               # entries in which a term must stand; how many terms at most


def gather(blocks: Sequence[dict[str, Array]], rank: Array, starts: Array, room: Callable[[str, int, type], Array],
           keep: Callable[[str, Array], Array]) -> dict[str, Array]:
    """`pairs.terms`: those that are common enough, in order; `pairs.starts`: where the entries of (first, second) begin, by
    first × terms + second; `pairs.entries`. `rank`: of the terms as in `blocks`; `starts`: of the postings of each rank; `room` and
    `keep` lay large arrays on disk.
    """
    often = np.diff(starts)
    common = np.flatnonzero(often >= COMMON)
    terms = np.sort(common[np.argsort(-often[common], kind="stable")[:MOST]]).astype(np.uint32)
    of_rank = np.full(len(often), -1, np.int32)
    of_rank[terms] = np.arange(len(terms), dtype=np.int32)
    place = of_rank[rank]                                               # among `terms`, of each term as numbered in blocks
    counts, made = np.zeros(len(terms) ** 2 + 1, np.int64), []
    for block in blocks if len(terms) else ():
        pairs, found = _pairs(block, place, len(terms))
        counts[1:] += np.bincount(pairs, minlength=len(terms) ** 2)
        made.append((keep(FIELD, pairs), keep(FIELD, found)))
    begin = np.cumsum(counts)
    entries = room("pairs.entries", int(begin[-1]), np.uint32)
    free = begin[:-1].copy()
    for pairs, found in made:
        at = np.flatnonzero(np.concatenate([[True], pairs[1:] != pairs[:-1]])) if len(pairs) else np.zeros(0, np.int64)
        lengths, here = np.diff(np.append(at, len(pairs))), pairs[at]
        entries[np.repeat(free[here] - at, lengths) + np.arange(len(pairs))] = found
        free[here] += lengths
    return {"pairs.terms": terms, "pairs.starts": begin, "pairs.entries": entries}


def _pairs(block: dict[str, Array], place: Array, size: int) -> tuple[Array, Array]:
    """(pair, entry) of a block, each once, sorted."""
    at = place[block["term"]]
    common = np.repeat(at >= 0, block["often"])
    often = block["often"][at >= 0]
    where = np.repeat(block["entry"][at >= 0].astype(np.uint64), often) << np.uint64(16) | block["place"][common]
    what = np.repeat(at[at >= 0].astype(np.uint64), often)
    keys = where << np.uint64(24) | what                                # entry 24, place 16, term 24 bits: terms of one word lie together
    del where, what, common, often
    keys.sort()
    found = []
    for step in (1, 2, 3):                                              # a word has two terms at most, so the next word's are near
        follows = np.flatnonzero(keys[step:] >> np.uint64(24) == (keys[:-step] >> np.uint64(24)) + np.uint64(1))
        first, second = keys[follows], keys[follows + step] & np.uint64(0xFFFFFF)
        found.append(((first & np.uint64(0xFFFFFF)) * np.uint64(size) + second) << np.uint64(24) | first >> np.uint64(40))
    several = np.concatenate(found)
    several.sort()
    if len(several):
        several = several[np.concatenate([[True], several[1:] != several[:-1]])]
    return (several >> np.uint64(24)).astype(np.uint32), (several & np.uint64(0xFFFFFF)).astype(np.uint32)


class Pairs:
    def __init__(self, terms: Array, starts: Array, entries: Array) -> None:
        self.places = {term: place for place, term in enumerate(terms.tolist())}
        self.starts, self.entries = starts, entries

    def having(self, first: Iterable[int], second: Iterable[int]) -> Array | None:
        """Exactly the entries in which one of the terms `first` is followed by one of `second`, sorted; None where that is not known."""
        try:
            rows = [self.places[one] * len(self.places) + self.places[other] for one in first for other in second]
        except KeyError:
            return None
        found = [self.entries[int(self.starts[row]):int(self.starts[row + 1])] for row in rows]
        return np.zeros(0, np.uint32) if not found else found[0] if len(found) == 1 else np.unique(np.concatenate(found))
