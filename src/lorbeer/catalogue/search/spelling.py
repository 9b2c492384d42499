"""Words near a word, and words that hold a part; over all words of an index at once."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
MOST_NEAR = 4_000                                                       # words that are compared letter by letter
MOST_IN_PARTS = 1_000                                                   # words whose beginnings and ends are compared so
SHORTEST_NEAR_PART, SHORTEST_REST = 5, 3                                # letters of a mistyped part, and of what is left of its compound
_ALIKE = str.maketrans("cyväöü", "kifaou")
# Who types no umlaut where one makes another word (burger) has made no slip of two bytes.
_UMLAUTS, _LEAD = bytes.maketrans("äöü".encode()[1::2], b"aou"), b"\xc3"
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


class Strings:
    """Many strings in alphabetical order, a line each, in one piece of bytes."""

    def __init__(self, lines: Array, at: Array) -> None:
        self.bytes, self.at = lines.tobytes(), at

    def __len__(self) -> int:
        return len(self.at) - 1

    def __getitem__(self, number: int) -> str:
        return self.bytes[self.at[number]:self.at[number + 1] - 1].decode()

    def number(self, string: str) -> int | None:
        """The place of the string in the order; None where it is not among them."""
        sought, low, high = string.encode(), 0, len(self)
        while low < high:
            middle = (low + high) // 2
            if self.bytes[self.at[middle]:self.at[middle + 1] - 1] < sought:
                low = middle + 1
            else:
                high = middle
        return low if low < len(self) and self.bytes[self.at[low]:self.at[low + 1] - 1] == sought else None

    def holding(self, part: str) -> Array:
        """The numbers of the strings in which `part` stands."""
        sought = part.encode()
        found: list[int] = []
        at = self.bytes.find(sought)
        while at >= 0:
            found.append(at)
            at = self.bytes.find(b"\n", at)                             # once in a line is enough
            at = self.bytes.find(sought, at)
        return np.searchsorted(self.at, found, "right") - 1 if found else np.zeros(0, np.int64)


class Spelling:
    """The words of an index as people wrote them, to be suggested."""

    def __init__(self, arrays: Mapping[str, Array], words: Strings) -> None:
        self.words = words
        self.written = Strings(arrays["written"], arrays["written.at"])
        self.often, self.at = arrays["words.often"], arrays["words.at"]
        letters = np.frombuffer(self.words.bytes, np.uint8)
        leads = np.add.reduceat((letters == _LEAD[0]).astype(np.int16), self.at[:-1]) if len(self.at) > 1 else 0
        self.lengths = (np.diff(self.at) - 1 - leads).astype(np.int16)
        self.masks = self._masks(letters)

    def _masks(self, letters: Array) -> Array:
        """Which letters a word has, as bits: words that differ in many letters need not be compared."""
        bits = np.zeros(256, np.uint64)
        for number, letter in enumerate(LETTERS):
            bits[ord(letter)] = np.uint64(1 << number)
        bits[128:] = np.uint64(1 << len(LETTERS))
        bits = bits[list(_UMLAUTS)]
        bits[_LEAD[0]] = np.uint64(0)
        return np.bitwise_or.reduceat(bits[letters], self.at[:-1]) if len(self.lengths) else np.zeros(0, np.uint64)

    def near(self, word: str) -> list[list[int]]:
        """Numbers of the words that one or two slips make of `word` (one, up to five letters), in groups as likely, the likeliest first.

        A slip is a letter too many, missing, wrong or changed with its neighbour. Which of a group is the more common is for others to
        say: here words are counted of which some may not be read any more.
        """
        slips = 1 if len(word) <= 5 else 2
        sought = _plain(word.encode())
        if len(word) < 3 or not len(self.lengths):
            return []
        own = _mask(sought)
        close = np.flatnonzero((np.abs(self.lengths - len(sought)) <= slips) & (np.bitwise_count(self.masks ^ own) <= 2 * slips))
        if len(close) > MOST_NEAR:
            close = close[np.argpartition(-self.often[close], MOST_NEAR)[:MOST_NEAR]]
        others = [_plain(self.words.bytes[self.at[one]:self.at[one + 1] - 1]) for one in close.tolist()]
        far = distances(sought, others, slips)
        there = np.array([one for one in np.flatnonzero(far <= slips).tolist() if far[one] or self.words[close[one]] != word], np.int64)
        # Who mistypes has mostly got the beginning right.
        begins = np.array([others[one][0] == sought[0] for one in there.tolist()], bool)
        alike = np.array([_sound(self.words[one]) == _sound(word) for one in close[there].tolist()], bool)
        groups: dict[tuple[int, bool, bool], list[int]] = {}
        for one, slipped, sounds, starts in zip(close[there].tolist(), far[there].tolist(), alike.tolist(), begins.tolist(), strict=True):
            groups.setdefault((slipped, not sounds, not starts), []).append(one)
        return [groups[likely] for likely in sorted(groups)]


    def near_parts(self, word: str) -> list[tuple[str, list[int]]]:
        """What longer words begin or end with that is one slip (two, from eight letters on) from `word`, the likeliest first, each with the
        numbers of such words: `garten` for “gartn” where only Gemeinschaftsgarten stands. How many have it says nothing here, as in `near`."""
        slips, sought = 1 if len(word) < 8 else 2, _plain(word.encode())
        if len(word) < SHORTEST_NEAR_PART or not len(self.lengths):
            return []
        close = np.flatnonzero((self.lengths >= len(sought) + SHORTEST_REST) & (np.bitwise_count(_mask(sought) & ~self.masks) <= slips))
        if len(close) > MOST_IN_PARTS:
            close = close[np.argpartition(-self.often[close], MOST_IN_PARTS)[:MOST_IN_PARTS]]
        having: dict[str, list[int]] = {}
        for number in close.tolist():
            longer = self.words[number]
            for length in range(len(word) - slips, min(len(word) + slips, len(longer) - SHORTEST_REST) + 1):
                # Where a part ends within a word its last letter must tell, where it begins there its first: Strasskirchen has no “Strassk”.
                for part in {one for one, at in ((longer[:length], -1), (longer[-length:], 0)) if one[at] == word[at]}:
                    having.setdefault(part, []).append(number)
        parts = list(having)
        far = distances(sought, [_plain(part.encode()) for part in parts], slips).tolist()
        likely = sorted(((slipped, part[0] != word[0], part[-1] != word[-1], abs(len(part) - len(word)), part)
                         for part, slipped in zip(parts, far, strict=True) if slipped <= slips and part != word))
        return [(part, having[part]) for *_rank, part in likely]


def _plain(word: bytes) -> bytes:
    """A folded word without the umlauts that it kept."""
    return word if word.isascii() else word.translate(_UMLAUTS, _LEAD)


def _mask(word: bytes) -> Any:
    """Which letters a word has, as bits."""
    own = np.uint64(0)
    for letter in word:
        own |= np.uint64(1 << (LETTERS.index(chr(letter)) if letter < 128 and chr(letter) in LETTERS else len(LETTERS)))
    return own


def _sound(word: str) -> str:
    """A folded word with one letter for what sounds alike: Cöln is no slip for Cola, but the old Köln."""
    return word.replace("ph", "f").translate(_ALIKE)


def distances(word: bytes, others: list[bytes], most: int) -> Array:
    """How many slips lie between `word` and each of the `others`, counted up to `most`; what is farther is some larger number.

    Optimal string alignment, along the diagonals that matter, for all others at once.
    """
    if not others:
        return np.zeros(0, np.int16)
    width = max(map(len, others))
    table = np.frombuffer(b"".join(other.ljust(width, b"\0") for other in others), np.uint8).reshape(len(others), width).T
    lengths = np.fromiter(map(len, others), np.int64, len(others))
    far = np.int16(most + 1)
    rows = [np.full((width + 1, len(others)), far, np.int16) for _row in range(3)]
    before, last, now = rows
    last[:most + 1] = np.arange(most + 1, dtype=np.int16)[:width + 1, None]
    for i, letter in enumerate(word, 1):
        now[:] = far
        if i <= most:
            now[0] = i
        for j in range(max(1, i - most), min(width, i + most) + 1):
            best = np.minimum(last[j], now[j - 1]) + np.int16(1)
            np.minimum(best, last[j - 1] + (table[j - 1] != letter), out=best)
            if i > 1 and j > 1:
                swapped = (table[j - 2] == letter) & (table[j - 1] == word[i - 2])
                np.minimum(best, np.where(swapped, before[j - 2] + np.int16(1), far), out=best)
            now[j] = best
        before, last, now = last, now, before
    return last[np.minimum(lengths, width), np.arange(len(others))]
