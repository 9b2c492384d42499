"""The problem as arrays: entries that are alike in everything form one class, so that 100,000 entries need not be 100,000 nodes."""

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from lorbeer.screening.assignment.problem import FULL_POINTS, EntryFacts, Pair, Problem, bounds, knows

ALONE = 400_000  # with up to so many pairs each entry is a class of its own: the draw then mixes who reads together
ROWS = 4_096  # classes that are compared at once


@dataclass
class Tables:
    """`members[c]`: codes of class c's entries; `need[c]`: places each of them still needs."""

    problem: Problem
    members: list[list[str]]
    facts: list[EntryFacts]
    need: Any
    size: Any
    group: Any  # number of the group
    groups: list[str]
    admissible: Any  # bool, class × screener
    points: Any  # int8, class × screener: missed points of expertise
    least: Any  # load that each screener still has to take, and may still take
    most: Any
    limits: dict[str, tuple[int, int, float]]
    share: dict[Pair, int]  # (screener, group): fair share, see `fair_shares`
    taken: Counter[Pair]  # (screener, group): places that are taken or pinned
    places: int  # to be given, without the pinned ones
    knows: Any  # bool, class × screener: who knows a field of the entries; empty where the call does not ask
    guarded: Any  # bool: classes each of whose entries still needs a reader who knows a field of it, and can have one

    @property
    def codes(self) -> list[str]:
        return [one.code for one in self.problem.screeners]


def limits_of(problem: Problem) -> dict[str, tuple[int, int, float]]:
    """(least, most, fair) load of each screener, fixed and pinned places included."""
    codes = {one.code for one in problem.screeners}
    held = Counter(screener for _entry, screener in problem.fixed if screener in codes)
    elsewhere = sum(screener not in codes for _entry, screener in problem.fixed)
    total = len(problem.entries) * problem.seats - elsewhere
    return bounds(total, held, sorted(codes), problem.spread, {one.code: one.capacity for one in problem.screeners})


def fair_shares(problem: Problem, limits: dict[str, tuple[int, int, float]]) -> dict[Pair, int]:
    """(screener, group) → so many entries of the group are a fair share of their load."""
    counts = Counter(one.group for one in problem.entries)
    return {
        (screener, group): math.ceil(fair * count / max(1, len(problem.entries)) - 1e-9)
        for screener, (_least, _most, fair) in limits.items() for group, count in counts.items()
    }


def tables_of(problem: Problem) -> Tables:
    """`problem` must be sorted, and its pins keep the rules: see conflict.pins_at_odds."""
    import numpy as np

    column = {one.code: number for number, one in enumerate(problem.screeners)}
    held: dict[str, list[str]] = defaultdict(list)
    for entry, screener in {*problem.fixed, *problem.pinned}:
        held[entry].append(screener)
    apart: dict[str, list[int]] = defaultdict(list)
    for entry, screener in problem.excluded:
        if screener in column:
            apart[entry].append(column[screener])
    for entry, people in held.items():
        apart[entry] += [column[screener] for screener in people if screener in column]

    alone = len(problem.entries) * len(problem.screeners) <= ALONE
    classes: dict[Any, int] = {}
    members: list[list[str]] = []
    facts: list[EntryFacts] = []
    need: list[int] = []
    closed: list[list[int]] = []
    waiting: list[bool] = []
    fields_of = {one.code: one.fields for one in problem.screeners}
    for one in problem.entries:
        missing = problem.seats - len(held.get(one.code, ()))
        kept = sorted(set(apart.get(one.code, ())))
        met = problem.expert and any(knows(one.fields, fields_of.get(screener, ())) for screener in held.get(one.code, ()))
        key = one if alone else (one[1:], missing, tuple(kept), met)
        number = classes.setdefault(key, len(members))
        if number == len(members):
            members.append([])
            facts.append(one)
            need.append(missing)
            closed.append(kept)
            waiting.append(bool(problem.expert and one.fields and missing > 0 and not met))
        members[number].append(one.code)

    groups = sorted({one.group for one in problem.entries})
    place = {group: number for number, group in enumerate(groups)}
    of_group = {one.code: one.group for one in problem.entries}
    taken: Counter[Pair] = Counter()
    for entry, people in held.items():
        for screener in people:
            if screener in column and entry in of_group:
                taken[screener, of_group[entry]] += 1
    loads: Counter[str] = Counter()
    for (screener, _group), count in taken.items():
        loads[screener] += count
    places = sum(count * len(members[number]) for number, count in enumerate(need))
    limits = limits_of(problem)
    admissible, (missed, known) = _admissible(problem, facts, closed), _missed_points(problem, facts)
    return Tables(
        problem, members, facts, np.array(need, dtype=np.int64), np.array([len(one) for one in members], dtype=np.int64),
        np.array([place[one.group] for one in facts], dtype=np.int64), groups, admissible, missed,
        np.array([max(0, limits[code][0] - loads[code]) for code in column], dtype=np.int64),
        np.array([max(0, limits[code][1] - loads[code]) for code in column], dtype=np.int64),
        limits, fair_shares(problem, limits), taken, places, known,
        np.array(waiting, dtype=bool) & (known & admissible).any(axis=1) if problem.expert else np.zeros(len(facts), dtype=bool),
    )


def _admissible(problem: Problem, facts: list[EntryFacts], closed: list[list[int]]) -> Any:
    import numpy as np

    found = np.ones((len(facts), len(problem.screeners)), dtype=bool)
    if problem.own_land:
        homes = np.array([one.land for one in problem.screeners])
        rows = defaultdict(list)
        for number, one in enumerate(facts):
            for land in one.lands:
                rows[land].append(number)
        for land, numbers in rows.items():
            if land:
                found[np.ix_(np.array(numbers), np.nonzero(homes == land)[0])] = False
    if problem.languages:
        spoken = defaultdict(list)
        for number, one in enumerate(facts):
            if one.language:
                spoken[one.language].append(number)
        for language, numbers in spoken.items():
            out = [number for number, one in enumerate(problem.screeners) if one.languages and language not in one.languages]
            found[np.ix_(np.array(numbers), np.array(out, dtype=np.int64))] = False
    for number, columns in enumerate(closed):
        found[number, columns] = False
    return found


def _missed_points(problem: Problem, facts: list[EntryFacts]) -> tuple[Any, Any]:
    """int8, class × screener: how far each is from knowing all that the entry is about, 0 where it names nothing; and bool, who knows
    at least one of its fields (empty where the call asks for nobody who does)."""
    import numpy as np

    words = sorted({word for one in problem.screeners for word in one.fields})
    missed = np.zeros((len(facts), len(problem.screeners)), dtype=np.int8)
    knowing = np.zeros(missed.shape if problem.expert else (0, 0), dtype=bool)
    if not words:
        return missed, knowing
    place = {word: number for number, word in enumerate(words)}
    known = np.zeros((len(words), len(problem.screeners)), dtype=np.float32)
    for number, one in enumerate(problem.screeners):
        for word in one.fields:
            known[place[word], number] = 1
    for start in range(0, len(facts), ROWS):
        part = facts[start : start + ROWS]
        about = np.zeros((len(part), len(words)), dtype=np.float32)
        count = np.zeros((len(part), 1), dtype=np.int32)
        for number, entry in enumerate(part):
            count[number] = len(set(entry.fields))
            for word in set(entry.fields):
                if word in place:
                    about[number, place[word]] = 1
        shared = (about @ known).astype(np.int32)
        one_at_least = np.maximum(count, 1)
        points = (2 * FULL_POINTS * shared + one_at_least) // (2 * one_at_least)
        missed[start : start + ROWS] = np.where(count > 0, FULL_POINTS - points, 0)
        if problem.expert:
            knowing[start : start + ROWS] = shared > 0
    return missed, knowing
