"""What is asked of the solver, and what an answer is."""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

FULL_POINTS = 10  # somebody who knows all fields of an entry
# What a place beyond somebody's fair share of a group weighs, in points of expertise; the next weighs 3, then 6 times as much.
PRIORITIES = {"mix": 100, "even": 10, "fields": 1}
BY_RULE = ("land", "language")  # exclusions that follow from facts of both; all others are listed pair by pair


class EntryFacts(NamedTuple):
    """`lands`: its own and those of its partners; `fields`: what it is about; `language`: "" where nobody was asked."""

    code: str
    group: str = ""
    lands: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    language: str = ""


class ScreenerFacts(NamedTuple):
    """`capacity`: most entries, None where there is no limit; without `languages` the person reads all of them."""

    code: str
    land: str = ""
    capacity: int | None = None
    fields: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


Pair = tuple[str, str]  # entry, screener


@dataclass(frozen=True)
class Problem:
    """Everything that the result depends on. `excluded`: {(entry, screener): kind of reason}, one by one."""

    entries: tuple[EntryFacts, ...]
    screeners: tuple[ScreenerFacts, ...]
    excluded: Mapping[Pair, str]
    seats: int
    seed: int
    spread: int = 1  # loads may differ by so many entries
    fixed: tuple[Pair, ...] = ()  # places already taken; they stay
    pinned: tuple[Pair, ...] = ()  # places that somebody must take
    own_land: bool = True  # nobody reads an entry of their Land
    languages: bool = True  # nobody reads a language they do not know
    priority: str = "even"
    expert: bool = False  # of an entry's readers one at least knows a field of it, where that can be

    def sorted(self) -> "Problem":
        """The same in stable order: every solver gives another optimum for another order of its input."""
        return replace(
            self, entries=tuple(sorted(self.entries)), screeners=tuple(sorted(self.screeners, key=lambda one: one.code)),
            excluded=dict(sorted(self.excluded.items())), fixed=tuple(sorted(self.fixed)), pinned=tuple(sorted(self.pinned)),
        )

    @property
    def is_full(self) -> bool:
        """Whether nobody can be given anything."""
        return all(count <= 0 for count in self.free_seats().values())

    def free_seats(self) -> dict[str, int]:
        """Entry → places that nobody holds."""
        taken = Counter(entry for entry, _screener in self.fixed)
        return {one.code: self.seats - taken[one.code] for one in self.entries}

    def as_json(self) -> dict[str, Any]:
        plain = self.sorted()
        return {
            "entries": [[one.code, one.group, [*one.lands], [*one.fields], one.language] for one in plain.entries],
            "screeners": [[one.code, one.land, one.capacity, [*one.fields], [*one.languages]] for one in plain.screeners],
            "excluded": [[*pair, kind] for pair, kind in plain.excluded.items()],
            "fixed": [list(pair) for pair in plain.fixed],
            "pinned": [list(pair) for pair in plain.pinned],
            "seats": self.seats,
            "seed": self.seed,
            "spread": self.spread,
            "own_land": self.own_land,
            "languages": self.languages,
            "priority": self.priority,
            "expert": self.expert,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Problem":
        return cls(
            tuple(EntryFacts(code, group, tuple(lands), tuple(fields), language)
                  for code, group, lands, fields, language in data["entries"]),
            tuple(ScreenerFacts(code, land, capacity, tuple(fields), tuple(languages))
                  for code, land, capacity, fields, languages in data["screeners"]),
            {(entry, screener): kind for entry, screener, kind in data["excluded"]},
            data["seats"], data["seed"], data["spread"],
            tuple((entry, screener) for entry, screener in data["fixed"]),
            tuple((entry, screener) for entry, screener in data["pinned"]),
            data["own_land"], data["languages"], data["priority"], data["expert"],
        )

    def reason(self, entry: EntryFacts, screener: ScreenerFacts) -> str:
        """The kind of reason that keeps the two apart, "" where nothing does. A listed one is named before a rule."""
        if kind := self.excluded.get((entry.code, screener.code)):
            return kind
        if self.own_land and screener.land and screener.land in entry.lands:
            return "land"
        if self.languages and entry.language and screener.languages and entry.language not in screener.languages:
            return "language"
        return ""

    def without(self, kind: str) -> "Problem":
        """The same without one rule: a kind of exclusion, "balance", "capacity", "expert" or "pinned"."""
        match kind:
            case "land":
                return replace(self, own_land=False, excluded=self._listed_without(kind))
            case "language":
                return replace(self, languages=False)
            case "balance":
                return replace(self, spread=len(self.entries) * self.seats + 1)
            case "capacity":
                return replace(self, screeners=tuple(one._replace(capacity=None) for one in self.screeners))
            case "pinned":
                return replace(self, pinned=())
            case "expert":
                return replace(self, expert=False)
        return replace(self, excluded=self._listed_without(kind))

    def _listed_without(self, kind: str) -> dict[Pair, str]:
        return {pair: reason for pair, reason in self.excluded.items() if reason != kind}

    def rules(self) -> list[str]:
        """The rules that can bind here, in a stable order."""
        found = set(self.excluded.values())
        lands = {one.land for one in self.screeners} - {""}
        if self.own_land and any(lands.intersection(one.lands) for one in self.entries):
            found.add("land")
        if self.languages and any(one.languages for one in self.screeners) and any(one.language for one in self.entries):
            found.add("language")
        if any(one.capacity is not None for one in self.screeners):
            found.add("capacity")
        if self.pinned:
            found.add("pinned")
        if self.expert and any(one.fields for one in self.screeners) and any(one.fields for one in self.entries):
            found.add("expert")
        return [*sorted(found), "balance"]


@dataclass(frozen=True)
class Solution:
    """`objective`: weighed places beyond fair shares, and points of expertise that were missed. It is never below `bound`, which
    was computed over all admissible pairs; where both are equal nothing better exists."""

    pairs: tuple[Pair, ...]  # new places, sorted
    objective: int
    bound: int
    loads: dict[str, int]  # with the fixed places
    group_loads: dict[str, dict[str, int]]  # {screener: {group: places}}
    excess: int  # places beyond somebody's fair share of a group
    points: dict[str, int]  # {screener: points of expertise over all their places}
    unknown: tuple[str, ...] = ()  # entries none of whose readers knows a field of theirs, where the call asks for one who does
    unknown_least: bool = True  # whether fewer such entries are not possible


def digest(data: Any) -> str:
    """SHA-256 of the canonical JSON of `data`."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def knows(entry: Iterable[str], screener: Iterable[str]) -> bool:
    """Whether somebody knows at least one of the fields that the entry is about."""
    return not set(entry).isdisjoint(screener)


def field_points(entry: Iterable[str], screener: Iterable[str]) -> int:
    """How much of what the entry is about somebody knows, from 0 to FULL_POINTS, half up."""
    about = set(entry)
    return (2 * FULL_POINTS * len(about & set(screener)) + len(about)) // (2 * len(about)) if about else 0


def bounds(
    total: int, fixed: Mapping[str, int], screeners: Iterable[str], spread: int, capacities: Mapping[str, int | None] | None = None
) -> dict[str, tuple[int, int, float]]:
    """(least, most, fair) load of each screener, fixed places included, so that loads differ by at most `spread`.

    Somebody who already holds more than a fair share keeps it and takes nothing more; somebody whose capacity is smaller takes
    what it allows, and the others share the rest evenly.
    """
    free = list(screeners)
    room = {code: math.inf if limit is None else limit for code, limit in (capacities or {}).items()}
    result: dict[str, tuple[int, int, float]] = {}
    while free:
        mean = total / len(free)
        over = [code for code in free if fixed.get(code, 0) > math.ceil(mean)]
        full = [] if over else [code for code in free if room.get(code, math.inf) < math.floor(mean)]
        if not over and not full:
            least = max(0, math.floor(mean - (spread - 1) / 2))
            most = max(math.ceil(mean), least + spread)
            for code in free:
                limit = max(room.get(code, math.inf), fixed.get(code, 0))
                result[code] = (int(min(least, limit)), int(min(most, limit)), min(mean, limit))
            break
        for code in over or full:
            held = fixed.get(code, 0)
            load = held if over else max(held, int(room[code]))
            least = load if over else max(held, load - (spread - 1))
            result[code] = (least, load, load)
            total -= load
            free.remove(code)
    return result
