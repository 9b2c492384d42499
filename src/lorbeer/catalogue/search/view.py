"""An index without what was taken back since: what is searched, counted, put in order and shown.

Entries that are closed as a whole are blotted out. Of those of which a part is closed what is left is indexed anew, in memory, and
laid over the index. Requests share a view; nothing in it is ever changed.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from lorbeer.catalogue.search.gathering import FIELDS, Gatherer, Values
from lorbeer.catalogue.search.index import Entry, Index, gather, texts_of
from lorbeer.catalogue.search.parts import Part
from lorbeer.catalogue.search.postings import Segment
from lorbeer.catalogue.search.question import Question, Word
from lorbeer.catalogue.search.spelling import Strings
from lorbeer.catalogue.search.words import WORD, fold_word, seen, terms

Array = NDArray[Any]
MOST_PARTS = 200                                                        # words within which a part is looked for, the most common first
MOST_LIKELY = 64                                                        # words as likely that are looked at to suggest one of them
FEW = 64                                                                # so many times fewer than there are entries: sorted, not flagged
MOST_READ = 50                                                          # entries that are read to see how a word is written
ORDERS = ("best", "applicant", "title", "population")
_NUMBER = np.uint64((1 << 24) - 1)


@dataclass
class Hits:
    """Which entries have all words: `there` by number. `scores` and `tiers` (0: is the title … 4) put them in order."""

    there: Array
    scores: Array
    tiers: Array
    terms: frozenset[str]                                               # as they stand in entries, for what is marked
    is_cut: bool = False                                                # more words hold a part than are looked for

    def none(self) -> "Hits":
        """The same without any entry."""
        return replace(self, there=np.zeros_like(self.there))


@dataclass(frozen=True)
class Points:
    """Where entries come from: degrees (not a number where nobody knows), whether they have an award, and the place by its number."""

    longitudes: Array
    latitudes: Array
    awarded: Array
    places: Array
    names: Sequence[str] | Strings                                      # of the places


class View:
    def __init__(self, index: Index, rounds: frozenset[int], closed: Mapping[str, set[str]],
                 without: Callable[[Entry, set[str]], Entry]) -> None:
        """`closed`: code → parts and fields of the entry that are closed; `without(entry, them)` gives what is left, without code: nothing."""
        self.index, self.rounds = index, rounds
        self.patched: dict[int, Entry] = {}
        open_rounds = np.isin(index.arrays["rounds"], np.array(sorted(rounds), np.uint16))
        keep = open_rounds.copy()
        self.withheld = sum(count for round, count in index.withheld.items() if round in rounds)
        self.hidden_pictures: set[str] = set()
        for code, parts in closed.items():
            number = index.number(code)
            if number is None or not open_rounds[number]:
                continue
            if "pictures" in parts:
                self.hidden_pictures.add(code)
            frozen = index.entry(number)
            left = without(frozen, set(parts))
            if not left["code"]:
                keep[number] = False
                self.withheld += 1
            elif left != frozen:
                self.patched[number] = left
        self.open = keep
        self.kept = keep if not self.patched else keep & ~_flags(sorted(self.patched), index.size)
        self.total = int(np.count_nonzero(keep))
        self._bits: dict[int, Array] = {}
        self.rows = {facet: dict(values) for facet, values in index.rows.items()}
        self.segments: list[tuple[Segment, Array | None]] = [(index.segment, None)]
        if self.patched:
            self._lay_over()
        self.open_bits = packed(keep)

    def _lay_over(self) -> None:
        index, changed = self.index, sorted(self.patched)
        gatherer, values = Gatherer(index.size), Values(index.size)
        for number in changed:
            code = index.code(number)
            gather(gatherer, values, number, self.patched[number], index.awards.get(code, ()), index.portraits.get(code, ()), index.questions)
        self.segments.append((Segment(gatherer.arrays(), index.size), None))
        self.segments[0] = (index.segment, self.kept)
        known, matrix = values.bits()
        without = ~packed(_flags(changed, index.size))
        over = {one: matrix[at] for at, one in enumerate(known)}
        for facet, rows in self.rows.items():
            for value, row in rows.items():
                before = self.index.arrays["facets"][row]
                after = before & without
                if (facet, value) in over:
                    after = after | over[facet, value]
                if not np.array_equal(before, after):
                    self._bits[row] = after

    def bits(self, facet: str, value: str) -> Array | None:
        """The entries with that value as a row of bits; None where no entry ever had it."""
        row = self.rows.get(facet, {}).get(value)
        if row is None:
            return None
        return self._bits[row] if row in self._bits else self.index.arrays["facets"][row]

    # --- entries ------------------------------------------------------------------------------------------------------

    def entry(self, number: int) -> Entry:
        return self.patched[number] if number in self.patched else self.index.entry(number)

    def codes(self, start: int, stop: int) -> list[str]:
        """The codes of the entries that may be read, from place `start` up to `stop`, by applicant; no entry is read for them."""
        return self.index.codes(np.flatnonzero(self.open)[start:stop])

    def number(self, code: str) -> int | None:
        """The number of an entry that may be read."""
        number = self.index.number(code)
        return number if number is not None and self.open[number] else None

    @cached_property
    def everything(self) -> "Found":
        return Found(self, np.flatnonzero(self.open).astype(np.uint64))

    # --- words --------------------------------------------------------------------------------------------------------

    def find(self, question: Question, *, within_words: bool = False) -> Hits:
        """The entries that have what is asked for. `within_words`: also where a longer word holds it (Bürgerhaus, Haus)."""
        size = self.index.size
        scores, terms, is_cut = np.zeros(size, np.float32), set(question.terms), False
        there: Array | None = None
        heads: Array | None = None
        # A phrase says more than its words: with its few entries, of the words only what stands in them is looked at.
        phrased = self._standing(question.phrases) if question.phrases else None
        few = phrased if phrased is not None and len(phrased) * 4 < size else None
        said = frozenset(word for phrase in question.phrases for word in phrase)
        for word in question.words:
            own = [segment.numbers(word.terms) for segment, _keep in self.segments]
            asked = own
            if within_words and (part := Part(word)):
                holding = [self._holding(segment, part) for segment, _keep in self.segments]
                asked = [list(dict.fromkeys(numbers + longer)) for numbers, (longer, _cut) in zip(own, holding, strict=True)]
                is_cut = is_cut or any(cut for _longer, cut in holding)
            in_head, anywhere = np.zeros(size, bool), np.zeros(size, bool)
            for (segment, keep), numbers in zip(self.segments, asked, strict=True):
                head, text = np.zeros(size, bool), np.zeros(size, bool)
                segment.mark(head, "head", numbers)
                if phrased is None or word not in said:                 # else it stands in them by the phrase
                    segment.mark(text, "text", numbers)
                if keep is not None:
                    head &= keep
                    text &= keep
                in_head |= head
                anywhere |= text
                if within_words:
                    terms.update(segment.terms[number] for number in numbers)
            if phrased is None or word not in said:
                anywhere |= in_head
                there = anywhere if there is None else there & anywhere
            heads = in_head if heads is None else heads & in_head
            self._score(scores, own, few)                               # a longer word that holds it brings an entry in, not forward
        there = self.open.copy() if there is None else there & self.open
        if phrased is not None:
            there &= _flags(phrased, size)
        tiers = np.full(size, 4, np.uint8)
        if heads is not None:
            tiers[heads] = 3
            self._nearest(tiers, question.sequence)
        return Hits(there, scores, tiers, frozenset(terms), is_cut)

    def _holding(self, segment: Segment, part: Part) -> tuple[list[int], bool]:
        """The terms of the words that hold the part, the most common first, and whether there are more than are taken."""
        words, often = segment.words, segment.arrays["words.often"]
        numbers = np.unique(np.concatenate([words.holding(beginning) for beginning in part.forms]))
        found: dict[int, None] = {}
        for number in numbers[np.argsort(-often[numbers], kind="stable")].tolist():
            if part.stands_in(words[number]):
                if len(found) == MOST_PARTS:
                    return list(found), True
                found[int(segment.arrays["words.term"][number])] = None
        return list(found), False

    def _score(self, scores: Array, asked: list[list[int]], among: Array | None) -> None:
        size = max(1, self.index.size)
        for (segment, keep), numbers in zip(self.segments, asked, strict=True):
            own = scores if keep is None and len(self.segments) == 1 else np.zeros(self.index.size, np.float32)
            for number in numbers:
                common = min(size, int(self.index.segment.common[number]) if segment is self.index.segment else 1)
                for field in FIELDS:
                    segment.score(own, field, number, math.log(1 + (size - common + 0.5) / (common + 0.5)), among)
            if own is not scores:
                scores += own if keep is None else own * keep

    def _standing(self, phrases: Sequence[Sequence[Word]]) -> Array:
        """The entries in which all phrases stand, sorted."""
        found: Array | None = None
        for phrase in phrases:
            several = []
            for segment, keep in self.segments:
                terms = [segment.numbers(word.terms) for word in phrase]
                for field in FIELDS:
                    entries = segment.standing(field, terms, found)
                    several.append(entries if keep is None else entries[keep[entries]])
            found = _union(several, self.index.size)
        return np.zeros(0, np.uint32) if found is None else found

    def _nearest(self, tiers: Array, sequence: Sequence[Word]) -> None:
        """0: the words are the title itself, 1: how it begins, 2: they stand so in it."""
        for segment, keep in self.segments:
            keys = segment.sequences("head", [segment.numbers(word.terms) for word in sequence])
            if keep is not None:
                keys = keys[keep[(keys >> np.uint64(16)).astype(np.int64)]]
            entries, places = (keys >> np.uint64(16)).astype(np.int64), (keys & np.uint64(0xFFFF)).astype(np.int64)
            lengths = segment.titles[entries].astype(np.int64)
            in_title = places + len(sequence) <= lengths
            tiers[entries[in_title]] = np.minimum(tiers[entries[in_title]], 2)
            begins = in_title & (places == 0)
            tiers[entries[begins]] = np.minimum(tiers[entries[begins]], 1)
            tiers[entries[begins & (lengths == len(sequence))]] = 0

    def nearest_word(self, word: Word) -> str:
        """A word as people wrote it that is near `word` and stands in an entry that may be read; "" where there is none. What is closed
        says neither that there is a word, nor how it is written, nor which one is more common."""
        for group in self.index.spelling.near(word.folded):
            having = {number: self._having_one_of(terms(self.index.spelling.words[number])) for number in group[:MOST_LIKELY]}
            for number in sorted(having, key=lambda one: (-len(having[one]), one)):
                if len(having[number]) and (written := self._as_written(number, having[number])):
                    return written
        return ""

    def nearest_part(self, word: Word) -> str:
        """What a longer word begins or ends with that is near `word`, under the same rule; with a capital where one was typed."""
        spelling = self.index.spelling
        for part, numbers in spelling.near_parts(word.folded)[:MOST_LIKELY]:
            having = {number: self._having_one_of(terms(spelling.words[number])) for number in numbers[:MOST_LIKELY]}
            if any(len(entries) and self._as_written(number, entries) for number, entries in having.items()):
                return part.capitalize() if word.typed[:1].isupper() else part
        return ""

    def _as_written(self, word: int, having: Array) -> str:
        """A word of the index as it is written most often in some of the entries (`having` its stem, which is not yet the word)."""
        spelling = self.index.spelling
        if self.is_whole:
            return spelling.written[word]
        folded, forms = spelling.words[word], Counter[str]()
        for number in having[:MOST_READ].tolist():
            entry = self.entry(number)
            for text in (entry["title"], entry["applicant"], *texts_of(entry, self.index.portraits.get(entry["code"], ()))):
                forms.update(form for form in WORD.findall(seen(text or "")) if fold_word(form) == folded)
        return min(forms, key=lambda form: (-forms[form], form), default="")

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the index is closed."""
        return not self.patched and self.total == self.index.size

    def _having_one_of(self, several: Sequence[str]) -> Array:
        return _union([self.having(term) for term in several], self.index.size)

    def having(self, term: str, most: int | None = None) -> Array:
        """The numbers of the entries in which the term stands, sorted. `most`: of more than so many only as many as show that."""
        several = []
        for segment, keep in self.segments:
            for number in segment.numbers([term]):
                for field in FIELDS:
                    entries = segment.entries(field, number)
                    several.append(entries[(self.open if keep is None else keep)[entries]])
                    if most is not None and len(several[-1]) > most:
                        return several[-1]
        return _union(several, self.index.size)

    def has(self, word: Word, *, within_words: bool = False) -> bool:
        """Whether the word stands in any entry that may be read."""
        return bool(self.find(Question((word,)), within_words=within_words).there.any())

    # --- counts -------------------------------------------------------------------------------------------------------

    def chosen(self, facet: str, values: Sequence[str]) -> Array:
        """The entries with one of the values, as bits."""
        found = np.zeros_like(self.open_bits)
        for value in values:
            bits = self.bits(facet, value)
            if bits is not None:
                found |= bits
        return found

    def counts(self, facet: str, among: Array) -> dict[str, int]:
        """How many of the entries `among` (bits) have each value."""
        return {value: int(np.bitwise_count((self._bits[row] if row in self._bits else self.index.arrays["facets"][row]) & among).sum())
                for value, row in self.rows.get(facet, {}).items()}

    def numbers(self, bits: Array) -> Array:
        """The numbers of the entries of `bits`."""
        return np.flatnonzero(np.unpackbits(bits.view(np.uint8), bitorder="little"))

    def found(self, bits: Array, hits: Hits | None, order: str) -> "Found":
        """The entries of `bits` in order: ties are broken by the applicants' names."""
        numbers = self.numbers(bits).astype(np.uint64)
        if order == "best" and hits is not None:
            at = numbers.astype(np.int64)
            scores = np.minimum(hits.scores[at] * 65_536, 2**31).astype(np.uint64)
            first = (hits.tiers[at].astype(np.uint64) << np.uint64(32)) + (np.uint64(2**32 - 1) - scores)
            return Found(self, (first << np.uint64(24)) | numbers)
        if order in ("title", "population"):
            rank = self.index.arrays[f"by_{order}"][numbers.astype(np.int64)].astype(np.uint64)
            return Found(self, (rank << np.uint64(24)) | numbers)
        return Found(self, numbers)


class Found(Sequence[Entry]):
    """Entries in order, read when they are asked for. Of many only as many are put in order as somebody looks at."""

    def __init__(self, view: View, keys: Array) -> None:
        self.view, self.keys = view, keys                               # what they are ordered by, and in the low 24 bits their number

    def __len__(self) -> int:
        return len(self.keys)

    def points(self) -> Points:
        """Where they come from, in no order."""
        index, numbers = self.view.index, (self.keys & _NUMBER).astype(np.int64)
        won = self.view.bits("award", "any")
        awarded = np.zeros(len(numbers), bool) if won is None else np.unpackbits(won.view(np.uint8), bitorder="little")[numbers].astype(bool)
        degrees = index.arrays["degrees"][numbers].astype(np.float64)
        return Points(degrees[:, 0], degrees[:, 1], awarded, index.arrays["places"][numbers], index.place_names)

    def at(self, points: Array) -> "Found":
        """Those of them that are at some of the `points` (flags or places in them)."""
        return Found(self.view, self.keys[points])

    @cached_property
    def _sorted(self) -> Array:
        return np.sort(self.keys)

    def numbers(self, start: int, stop: int) -> list[int]:
        """The numbers of the entries from place `start` up to `stop`."""
        if "_sorted" not in self.__dict__ and 4 * stop < len(self.keys):
            first = np.sort(np.partition(self.keys, stop)[:stop])[start:]
        else:
            first = self._sorted[start:stop]
        return (first & _NUMBER).astype(np.int64).tolist()

    @overload
    def __getitem__(self, at: int) -> Entry: ...
    @overload
    def __getitem__(self, at: slice) -> list[Entry]: ...
    def __getitem__(self, at: int | slice) -> Entry | list[Entry]:
        if isinstance(at, slice):
            start, stop, stride = at.indices(len(self))
            if stride != 1:
                raise ValueError("Entries are read in order.")
            return [self.view.entry(number) for number in self.numbers(start, max(start, stop))]
        at = at + len(self) if at < 0 else at
        if not 0 <= at < len(self):
            raise IndexError(at)
        return self.view.entry(self.numbers(at, at + 1)[0])

    def __iter__(self) -> Iterator[Entry]:
        for number in (self._sorted & _NUMBER).astype(np.int64).tolist():
            yield self.view.entry(number)


def _flags(numbers: Sequence[int] | Array, size: int) -> Array:
    flags = np.zeros(size, bool)
    flags[numbers] = True
    return flags


def _union(several: Sequence[Array], size: int) -> Array:
    """What stands in one of `several` numbers of entries, sorted; each of them is sorted, too, and has none twice."""
    filled = [one for one in several if len(one)]
    if len(filled) < 2:
        return filled[0] if filled else np.zeros(0, np.uint32)
    if sum(map(len, filled)) * FEW < size:
        return np.unique(np.concatenate(filled))
    return np.flatnonzero(_flags(np.concatenate(filled), size)).astype(np.uint32)


def packed(flags: Array) -> Array:
    """Flags as bits, in words of 64."""
    padded = np.zeros(-(-len(flags) // 64) * 64, bool)
    padded[:len(flags)] = flags
    return np.packbits(padded, bitorder="little").view(np.uint64)
