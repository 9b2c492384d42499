"""From texts to postings: tokens are gathered in blocks, each block is sorted, and all are laid into one file per kind.

Two fields are kept apart: the `head` (title, then applicant) and the `text` (all else). An entry has a number; numbers rise as
entries are added, so that the postings of a term are in order by themselves.
"""

from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lorbeer.catalogue.search import pairs
from lorbeer.catalogue.search.words import WORD, fold_word, seen, terms_of

FIELDS = ("head", "text")
MOST_ENTRIES = 1 << 24
BLOCK = 4_000_000                                                       # tokens that are sorted at once: some 250 MB meanwhile
LAST_PLACE = (1 << 16) - 1
STEP = 32                                                               # postings between two that say how many places lie before
NONE = 0xFFFFFFFF
Array = NDArray[Any]


class Forms(dict[str, int]):
    """Words as written → number, counted from 1 as they come; 0 parts texts, so that no phrase reaches from one into another."""

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self) + 1
        return number


class Gatherer:
    """Takes in entries and gives arrays. `folder`: where large arrays lie; without one they are in memory."""

    def __init__(self, size: int, folder: Path | None = None) -> None:
        """`size`: how many entries there are, of which numbers below it are added."""
        if size > MOST_ENTRIES:
            raise ValueError(f"An index holds {MOST_ENTRIES:,} entries at most.")
        self.size, self.folder = size, folder
        self.forms = Forms()
        self.terms: dict[str, int] = {}
        self.by_form = [array("I", [NONE]), array("I", [NONE])]          # first and second term of a form
        self.form_counts = np.zeros(1, np.int64)
        self.tokens = {field: array("I") for field in FIELDS}
        self.lengths = {field: array("I") for field in FIELDS}
        self.numbers: array[int] = array("I")
        self.blocks: dict[str, list[dict[str, Array]]] = {field: [] for field in FIELDS}
        self.norms = {field: np.zeros(size, np.uint16) for field in FIELDS}
        self.titles = np.zeros(size, np.uint16)
        self.codes: set[str] = set()
        self._named = 0

    def add(self, number: int, title: str, applicant: str, texts: Iterable[str], code: str = "") -> None:
        """`code`: found like a word, but never suggested, so that nobody is told the code of another entry."""
        form = self.forms.__getitem__
        head, text = self.tokens["head"], self.tokens["text"]
        before_head, before_text = len(head), len(text)
        head.extend(map(form, WORD.findall(seen(title))))
        self.titles[number] = min(len(head) - before_head, LAST_PLACE)
        head.append(0)
        head.extend(map(form, WORD.findall(seen(applicant))))
        for one in texts:
            if one:
                text.extend(map(form, WORD.findall(seen(one))))
                text.append(0)
        if code:
            text.extend(map(form, WORD.findall(code)))
            text.append(0)
            self.codes.add(code)
        self.lengths["head"].append(len(head) - before_head)
        self.lengths["text"].append(len(text) - before_text)
        self.numbers.append(number)
        if len(text) + len(head) > BLOCK:
            self._close_block()

    def arrays(self) -> dict[str, Array]:
        """Everything by name, ready to be saved. Called once, at the end."""
        self._close_block()
        known = sorted(self.terms)
        rank = np.empty(len(known) + 1, np.uint32)
        rank[[self.terms[term] for term in known]] = np.arange(len(known), dtype=np.uint32)
        found = strings("terms", known)
        for field in FIELDS:
            found |= self._laid(field, rank[:len(known)])
            if field == pairs.FIELD:
                found |= pairs.gather(self.blocks[field], rank[:len(known)], found[f"{field}.starts"], self._room, self._kept)
            found[f"{field}.lengths"] = self.norms[field]
        found["titles"] = self.titles
        return found | self._words(rank)

    # --- blocks -------------------------------------------------------------------------------------------------------

    def _close_block(self) -> None:
        self._name_forms()
        numbers = np.frombuffer(self.numbers, np.uint32)
        for field in FIELDS:
            forms, lengths = np.frombuffer(self.tokens[field], np.uint32), np.frombuffer(self.lengths[field], np.uint32)
            if len(numbers):
                self.norms[field][numbers] = np.minimum(lengths, LAST_PLACE)
                self.form_counts += np.bincount(forms, minlength=len(self.form_counts))
                self.blocks[field].append(self._sorted(field, forms, lengths, numbers))
            del forms, lengths                                          # an array that is looked at cannot be emptied
            self.tokens[field], self.lengths[field] = array("I"), array("I")
        del numbers
        self.numbers = array("I")

    def _name_forms(self) -> None:
        """The terms of the forms that are new since the last block."""
        new = list(self.forms)[self._named:] if self._named < len(self.forms) else []
        for word in new:
            folded = fold_word(word)
            both = terms_of(folded) if folded else ()
            for at, kept in enumerate(self.by_form):
                kept.append(self.terms.setdefault(both[at], len(self.terms)) if at < len(both) else NONE)
        self._named = len(self.forms)
        self.form_counts = np.concatenate([self.form_counts, np.zeros(len(new), np.int64)])

    def _sorted(self, field: str, forms: Array, lengths: Array, numbers: Array) -> dict[str, Array]:
        """A block's postings, sorted by term, entry and place."""
        ends = np.cumsum(lengths)
        places = np.arange(len(forms), dtype=np.int64) - np.repeat(ends - lengths, lengths)
        low = (np.repeat(numbers, lengths).astype(np.uint64) << np.uint64(16)) | places.astype(np.uint64)
        fits = places <= LAST_PLACE
        keys = []
        for kept in self.by_form:
            by_term = np.frombuffer(kept, np.uint32)[forms]
            there = fits & (by_term != NONE)
            keys.append((by_term[there].astype(np.uint64) << np.uint64(40)) | low[there])
            del by_term
        tokens = np.concatenate(keys)
        tokens.sort()
        postings = tokens >> np.uint64(16)
        starts = np.flatnonzero(np.concatenate([[True], postings[1:] != postings[:-1]])) if len(postings) else np.zeros(0, np.int64)
        often = np.diff(np.append(starts, len(postings)))
        postings = postings[starts]
        if often.size and often.max() > 255:                            # a word that stands more often counts as 255 times
            order = np.arange(len(tokens)) - np.repeat(starts, often)
            tokens, often = tokens[order < 255], np.minimum(often, 255)
        return {
            "term": self._kept(field, (postings >> np.uint64(24)).astype(np.uint32)),
            "entry": self._kept(field, (postings & np.uint64(MOST_ENTRIES - 1)).astype(np.uint32)),
            "often": self._kept(field, often.astype(np.uint8)),
            "place": self._kept(field, (tokens & np.uint64(LAST_PLACE)).astype(np.uint16)),
        }

    def _kept(self, field: str, part: Array) -> Array:
        if self.folder is None or len(part) < 500_000:
            return part
        file = self.folder / f"block-{field}-{len(list(self.folder.glob('block-*')))}.npy"
        np.save(file, part)
        return np.load(file, mmap_mode="r")

    # --- all blocks together ------------------------------------------------------------------------------------------

    def _laid(self, field: str, rank: Array) -> dict[str, Array]:
        """The postings of all blocks: those of a term beside each other, the terms in alphabetical order."""
        blocks = [block for block in self.blocks[field] if len(block["term"])]
        counts, token_counts = np.zeros(len(rank), np.int64), np.zeros(len(rank), np.int64)
        runs = []
        for block in blocks:
            firsts = np.flatnonzero(np.concatenate([[True], block["term"][1:] != block["term"][:-1]]))
            terms = rank[block["term"][firsts]]
            entries = np.diff(np.append(firsts, len(block["term"])))
            tokens = np.add.reduceat(np.asarray(block["often"], np.int64), firsts)
            counts[terms] += entries
            token_counts[terms] += tokens
            runs.append((terms, entries, tokens))
        starts, token_starts = np.concatenate([[0], np.cumsum(counts)]), np.concatenate([[0], np.cumsum(token_counts)])
        result = {
            f"{field}.starts": starts, f"{field}.token_starts": token_starts,
            f"{field}.entries": self._room(f"{field}.entries", int(starts[-1]), np.uint32),
            f"{field}.often": self._room(f"{field}.often", int(starts[-1]), np.uint8),
            f"{field}.places": self._room(f"{field}.places", int(token_starts[-1]), np.uint16),
        }
        free, free_tokens = starts[:-1].copy(), token_starts[:-1].copy()
        for block, (terms, entries, tokens) in zip(blocks, runs, strict=True):
            at = _targets(free[terms], entries)
            result[f"{field}.entries"][at], result[f"{field}.often"][at] = block["entry"], block["often"]
            free[terms] += entries
            result[f"{field}.places"][_targets(free_tokens[terms], tokens)] = block["place"]
            free_tokens[terms] += tokens
        result[f"{field}.steps"] = _steps(result[f"{field}.often"])
        return result

    def _room(self, name: str, length: int, kind: type) -> Array:
        if self.folder is None or not length:
            return np.empty(length, kind)
        return np.lib.format.open_memmap(self.folder / f"{name}.npy", mode="w+", dtype=kind, shape=(length,))

    def _words(self, rank: Array) -> dict[str, Array]:
        """All words for suggestions and parts: folded, as most often written, how often, and the (first) term by which each is found."""
        best: dict[str, tuple[int, str]] = {}                           # the most common; of those as common the plainest
        total: dict[str, int] = {}
        term: dict[str, int] = {}
        for word, count, first in zip(self.forms, self.form_counts[1:].tolist(), self.by_form[0][1:], strict=True):
            folded = fold_word(word)
            if folded and word not in self.codes and not any(letter.isdigit() for letter in folded):   # no code, no file number
                total[folded] = total.get(folded, 0) + count
                best[folded] = min(best.get(folded, (1, "")), (-count, word))
                term[folded] = first
        known = sorted(total)
        return (strings("words", known) | strings("written", [best[word][1] for word in known])
                | {"words.often": np.array([total[word] for word in known], np.int64),
                   "words.term": rank[[term[word] for word in known]].astype(np.uint32)})


def _targets(firsts: Array, lengths: Array) -> Array:
    """Where the elements of runs go that lie one after the other here, and begin at `firsts` there."""
    return np.repeat(firsts - (np.cumsum(lengths) - lengths), lengths) + np.arange(lengths.sum())


def _steps(often: Array) -> Array:
    """How many places lie before each STEPth posting, so that those of one posting are found without counting all before it."""
    sums = [np.add.reduceat(part, np.arange(0, len(part), STEP), dtype=np.int64)
            for start in range(0, len(often), STEP << 16) if len(part := np.asarray(often[start:start + (STEP << 16)]))]
    return np.concatenate([[0], np.cumsum(np.concatenate(sums))]) if sums else np.zeros(1, np.int64)


def strings(name: str, several: Sequence[str]) -> dict[str, Array]:
    """Strings as one file of bytes, a line each, and where each begins."""
    lines = [one.encode() + b"\n" for one in several]
    lengths = np.fromiter(map(len, lines), np.int64, len(lines))
    return {name: np.frombuffer(b"".join(lines), np.uint8), f"{name}.at": np.concatenate([[0], np.cumsum(lengths)])}


class Values:
    """Facets while they are gathered: which entries have which value."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.rows: dict[tuple[str, str], int] = {}
        self.entries: array[int] = array("I")
        self.row: array[int] = array("I")

    def add(self, number: int, facet: str, values: Iterable[str]) -> None:
        for value in values:
            self.entries.append(number)
            self.row.append(self.rows.setdefault((facet, value), len(self.rows)))

    def bits(self) -> tuple[list[tuple[str, str]], Array]:
        """The values by facet and code, and a row of bits for each; bit n belongs to entry n."""
        known = sorted(self.rows)
        entries, row = np.frombuffer(self.entries, np.uint32), np.frombuffer(self.row, np.uint32)
        order = np.argsort(row, kind="stable")
        ends = np.cumsum(np.bincount(row, minlength=len(self.rows))) if len(row) else np.zeros(len(self.rows), np.int64)
        matrix = np.zeros((len(known), -(-self.size // 64)), np.uint64)
        for at, one in enumerate(known):
            number = self.rows[one]
            flags = np.zeros(matrix.shape[1] * 64, bool)
            flags[entries[order[(ends[number - 1] if number else 0):ends[number]]]] = True
            matrix[at] = np.packbits(flags, bitorder="little").view(np.uint64)
        return known, matrix
