"""Term → entries and places in them, read from the arrays that `gathering` has made."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lorbeer.catalogue.search.gathering import FIELDS
from lorbeer.catalogue.search.spelling import Strings

Array = NDArray[Any]
K1, B = 1.2, 0.75                                                       # of BM25, as everybody has them
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
    def common(self) -> Array:
        """In how many heads and texts each term stands."""
        return sum((np.diff(starts) for starts in self.starts.values()), np.zeros(len(self.terms), np.int64))

    def mark(self, hits: Array, field: str, numbers: Sequence[int]) -> None:
        """Set the flag of each entry in whose `field` one of the terms stands."""
        if len(numbers) == 1:
            hits[self.entries(field, numbers[0])] = True
        elif numbers:
            hits[np.concatenate([self.entries(field, number) for number in numbers])] = True

    def score(self, scores: Array, field: str, number: int, weight: float) -> None:
        """Add to the scores of the entries in whose `field` the term stands."""
        span = self._span(field, number)
        if span.start == span.stop:
            return
        entries = self.arrays[f"{field}.entries"][span]
        kinds = self.classes[field][entries].astype(np.uint16) << np.uint16(8) | self.arrays[f"{field}.often"][span]
        scores[entries] += np.take(self.weights[field] * np.float32(weight), kinds)

    def keys(self, field: str, numbers: Iterable[int]) -> Array:
        """The places of several terms in the `field` as sorted keys."""
        found = []
        token_starts = self.arrays[f"{field}.token_starts"]
        for number in numbers:
            span = self._span(field, number)
            entries, often = self.arrays[f"{field}.entries"][span], self.arrays[f"{field}.often"][span]
            places = self.arrays[f"{field}.places"][token_starts[number]:token_starts[number + 1]]
            if len(entries):
                found.append((np.repeat(entries.astype(np.uint64), often) << np.uint64(16)) | places)
        if not found:
            return np.zeros(0, np.uint64)
        return found[0] if len(found) == 1 else np.unique(np.concatenate(found))

    def sequences(self, field: str, several: list[list[int]]) -> Array:
        """Keys of the places at which the words stand one after the other; each word is given as numbers of terms."""
        tokens = self.arrays[f"{field}.token_starts"]
        order = sorted(range(len(several)), key=lambda at: sum(int(tokens[one + 1] - tokens[one]) for one in several[at]))
        firsts = None                                                   # where the first word stands, as far as it is still possible
        for at in order:
            keys = self.keys(field, several[at])
            if firsts is None:
                firsts = keys[(keys & np.uint64(0xFFFF)) >= at] - np.uint64(at)
            elif len(keys):
                sought = firsts + np.uint64(at)
                firsts = firsts[keys[np.minimum(np.searchsorted(keys, sought), len(keys) - 1)] == sought]
            else:
                firsts = keys
            if not len(firsts):
                break
        return np.zeros(0, np.uint64) if firsts is None else firsts
