"""Term → entries and places in them, read from the arrays that `gathering` has made."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lorbeer.catalogue.search.gathering import FIELDS, STEP
from lorbeer.catalogue.search.pairs import FIELD, Pairs
from lorbeer.catalogue.search.spelling import Strings

Array = NDArray[Any]
K1, B = 1.2, 0.75                                                       # of BM25, as everybody has them
FEW = 64                                                                # one posting in so many is looked up by itself
HEAD_WEIGHT = 3.0                                                       # a word in title or name tells more than one in the text


class Segment:
    """Postings of some entries. Entries are numbers below `size`; keys of places are `entry << 16 | place`."""

    def __init__(self, arrays: Mapping[str, Array], size: int) -> None:
        self.arrays, self.size = arrays, size
        self.terms = Strings(arrays["terms"], arrays["terms.at"])
        self.titles = arrays["titles"]
        self.starts = {field: arrays[f"{field}.starts"] for field in FIELDS}
        # Lengths as 256 classes: the root of the length, so that short ones are told apart well.
        self.classes = {field: np.minimum(np.sqrt(arrays[f"{field}.lengths"]), 255).astype(np.uint8) for field in FIELDS}
        self.weights = {field: self._weights(field) for field in FIELDS}

    def _weights(self, field: str) -> Array:
        """256 × class of the entry's length + how often a term stands in it → what BM25 makes of it."""
        lengths = self.arrays[f"{field}.lengths"]
        filled = np.count_nonzero(lengths)
        mean = max(1.0, float(lengths.sum(dtype=np.int64)) / max(1, filled))
        often = np.arange(256, dtype=np.float32)[None, :]
        length = (np.arange(256, dtype=np.float32) ** 2)[:, None]
        weight = often * (K1 + 1) / (often + K1 * (1 - B + B * length / mean))
        return (weight * (HEAD_WEIGHT if field == "head" else 1.0)).astype(np.float32).ravel()

    def numbers(self, terms: Iterable[str]) -> list[int]:
        """Of those terms that are known, their numbers."""
        return [number for term in terms if (number := self.terms.number(term)) is not None]

    def _span(self, field: str, number: int) -> slice:
        starts = self.starts[field]
        return slice(int(starts[number]), int(starts[number + 1]))

    def entries(self, field: str, number: int) -> Array:
        """The entries in whose `field` the term stands, in order."""
        return self.arrays[f"{field}.entries"][self._span(field, number)]

    @cached_property
    def words(self) -> Strings:
        """All words as they are folded; `words.term` of the arrays says by which term each is found."""
        return Strings(self.arrays["words"], self.arrays["words.at"])

    @cached_property
    def common(self) -> Array:
        """In how many heads and texts each term stands."""
        return sum((np.diff(starts) for starts in self.starts.values()), np.zeros(len(self.terms), np.int64))

    def mark(self, hits: Array, field: str, numbers: Sequence[int]) -> None:
        """Set the flag of each entry in whose `field` one of the terms stands."""
        if len(numbers) == 1:
            hits[self.entries(field, numbers[0])] = True
        elif numbers:
            hits[np.concatenate([self.entries(field, number) for number in numbers])] = True

    def score(self, scores: Array, field: str, number: int, weight: float, among: Array | None = None) -> None:
        """Add to the scores of the entries in whose `field` the term stands; `among`: only to those of these (sorted)."""
        span = self._span(field, number)
        if span.start == span.stop:
            return
        entries, often = self.arrays[f"{field}.entries"][span], self.arrays[f"{field}.often"][span]
        if among is not None:
            at = _shared(entries, among)
            entries, often = entries[at], often[at]
        kinds = self.classes[field][entries].astype(np.uint16) << np.uint16(8) | often
        scores[entries] += np.take(self.weights[field] * np.float32(weight), kinds)

    @cached_property
    def pairs(self) -> Pairs:
        return Pairs(self.arrays["pairs.terms"], self.arrays["pairs.starts"], self.arrays["pairs.entries"])

    def keys(self, field: str, numbers: Iterable[int], among: Array | None = None) -> Array:
        """The places of several terms in the `field` as sorted keys; `among`: only those in these entries (sorted)."""
        found = [self._keys(field, number, among) for number in numbers]
        found = [one for one in found if len(one)]
        if not found:
            return np.zeros(0, np.uint64)
        return found[0] if len(found) == 1 else np.unique(np.concatenate(found))

    def _keys(self, field: str, number: int, among: Array | None) -> Array:
        span = self._span(field, number)
        entries, often = self.arrays[f"{field}.entries"][span], self.arrays[f"{field}.often"][span]
        start, stop = (int(one) for one in self.arrays[f"{field}.token_starts"][number:number + 2])
        if among is None:
            places = self.arrays[f"{field}.places"][start:stop]
        else:
            at = _shared(entries, among)
            entries, often = entries[at], often[at]
            if FEW * len(at) < span.stop - span.start:
                firsts = self._places_before(field, span.start + at)
            else:
                all_often = self.arrays[f"{field}.often"][span]
                firsts = start + np.cumsum(all_often, dtype=np.int64)[at] - often
            lengths = often.astype(np.int64)
            ends = np.cumsum(lengths)
            places = self.arrays[f"{field}.places"][np.repeat(firsts - (ends - lengths), lengths) + np.arange(ends[-1] if len(ends) else 0)]
        return (np.repeat(entries.astype(np.uint64), often) << np.uint64(16)) | places

    def _places_before(self, field: str, postings: Array) -> Array:
        """How many places lie before each of the postings."""
        often, step = self.arrays[f"{field}.often"], postings // STEP
        around = np.minimum(step[:, None] * STEP + np.arange(STEP), len(often) - 1)
        before = np.arange(STEP) < (postings - step * STEP)[:, None]
        return self.arrays[f"{field}.steps"][step] + (often[around] * before).sum(axis=1, dtype=np.int64)

    def sequences(self, field: str, several: list[list[int]], among: Array | None = None) -> Array:
        """Keys of the places at which the words stand one after the other; each word is given as numbers of terms.

        `among`: entries (sorted) to which the look is confined. The rarest word comes first: of the others only what stands in its entries.
        """
        tokens = self.arrays[f"{field}.token_starts"]
        order = sorted(range(len(several)), key=lambda at: sum(int(tokens[one + 1] - tokens[one]) for one in several[at]))
        firsts: Array | None = None                                     # where the first word stands, as far as it is still possible
        for at in order:
            keys = self.keys(field, several[at], among)
            if firsts is None:
                firsts = keys[(keys & np.uint64(0xFFFF)) >= at] - np.uint64(at)
            elif len(keys):
                sought = firsts + np.uint64(at)
                firsts = firsts[_member(sought, keys)]
            else:
                firsts = keys
            if not len(firsts):
                break
            among = _distinct((firsts >> np.uint64(16)).astype(np.uint32))
        return np.zeros(0, np.uint64) if firsts is None else firsts

    def standing(self, field: str, several: list[list[int]], among: Array | None = None) -> Array:
        """The entries (sorted) in which the words stand one after the other; of common words as the pairs say."""
        if field == FIELD and all(several):
            known = [found for first, second in pairwise(several) if (found := self.pairs.having(first, second)) is not None]
            for found in sorted(known, key=len):
                among = found if among is None else found[_member(found, among)] if len(found) < len(among) else among[_member(among, found)]
            if known and len(several) == 2 or among is not None and not len(among):
                return among if among is not None else np.zeros(0, np.uint32)
        return _distinct((self.sequences(field, several, among) >> np.uint64(16)).astype(np.uint32))


def _member(sought: Array, among: Array) -> Array:
    """Which of `sought` are in `among`, both sorted."""
    if not len(among):
        return np.zeros(len(sought), bool)
    return among[np.minimum(np.searchsorted(among, sought), len(among) - 1)] == sought


def _shared(entries: Array, among: Array) -> Array:
    """Where in `entries` those stand that are also in `among`; both sorted, none twice."""
    if len(among) < len(entries):
        at = np.searchsorted(entries, among)
        at[at == len(entries)] = 0
        return at[entries[at] == among] if len(entries) else at[:0]
    return np.flatnonzero(_member(entries, among))


def _distinct(sorted_ones: Array) -> Array:
    return sorted_ones[np.concatenate([[True], sorted_ones[1:] != sorted_ones[:-1]])] if len(sorted_ones) else sorted_ones
