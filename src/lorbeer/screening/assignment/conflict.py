"""Why nothing works: a smallest set of rules that contradict each other. Without any one of them the others can be kept.

The rules are: an entry needs its places; a screener takes at most, or at least, so many; somebody may not read an entry; a pair is
pinned. Two flows decide: where every entry finds its places within the upper loads, and every screener the lower load, there is an
assignment that does both (Mendelsohn and Dulmage). A flow that falls short leaves a cut, and the cut names entries and screeners. It is
then trimmed until it falls short by exactly one place: in such a set every rule is needed, because lifting any one lets the last place
find its way.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from lorbeer.screening.assignment.problem import Pair, Problem
from lorbeer.screening.assignment.tables import Tables, limits_of, tables_of

TRIMMED_PAIRS = 3_000_000  # up to so many pairs the cut is trimmed


@dataclass
class Conflict:
    """What contradicts what.

    "places": `entries` need `needed` places; people without a limit here can take `elsewhere` of them, `screeners` have `room`.
    "floors": `screeners` would have to take `needed` places; `entries` have `room`, others that they may read `elsewhere`.
    "pin_excluded", "pin_gone", "pin_seats", "pin_load": `pins` against an exclusion, a role that is gone, the places of the entry, the
    load of the person. `excluded`: {pair: kind} of the exclusions that belong to the set; `limits`: {screener: (load, "balance" or
    "capacity")}. `minimal` is false where the case was too large to trim.
    """

    kind: str
    entries: list[str] = field(default_factory=list)
    screeners: list[str] = field(default_factory=list)
    needed: int = 0
    elsewhere: int = 0
    room: int = 0
    excluded: dict[Pair, str] = field(default_factory=dict)
    pins: list[Pair] = field(default_factory=list)
    limits: dict[str, tuple[int, str]] = field(default_factory=dict)
    minimal: bool = True

    def kinds(self) -> dict[str, int]:
        """{kind of exclusion: pairs}."""
        return dict(sorted(Counter(self.excluded.values()).items()))


class Impossible(Exception):  # noqa: N818 an answer rather than an error
    """No assignment keeps all rules; `conflict` says why."""

    def __init__(self, conflict: Conflict) -> None:
        super().__init__(conflict.kind)
        self.conflict = conflict


def limit_of(problem: Problem, limits: dict[str, tuple[int, int, float]], screener: str, side: int) -> tuple[int, str]:
    """(least or most load, what it comes from)."""
    capacity = next(one.capacity for one in problem.screeners if one.code == screener)
    load = int(limits[screener][side])
    return load, "capacity" if side and capacity is not None and capacity <= load else "balance"


def pins_at_odds(problem: Problem) -> Conflict | None:
    """What pinned pairs contradict by themselves."""
    fixed = set(problem.fixed)
    pins = [pair for pair in problem.pinned if pair not in fixed]
    if not pins:
        return None
    entries = {one.code: one for one in problem.entries}
    people = {one.code: one for one in problem.screeners}
    limits = limits_of(problem)
    for entry, screener in pins:
        if screener not in people:
            return Conflict("pin_gone", [entry], [screener], pins=[(entry, screener)])
        if kind := problem.reason(entries[entry], people[screener]):
            return Conflict("pin_excluded", [entry], [screener], pins=[(entry, screener)], excluded={(entry, screener): kind})
    taken = Counter(entry for entry, _screener in fixed)
    for entry in sorted({entry for entry, _screener in pins}):
        own = [pair for pair in pins if pair[0] == entry]
        free = problem.seats - taken[entry]
        if len(own) > free:
            return Conflict("pin_seats", [entry], [], needed=free + 1, room=free, pins=own[: free + 1])
    held = Counter(screener for _entry, screener in fixed)
    for screener in sorted({screener for _entry, screener in pins}):
        own = [pair for pair in pins if pair[1] == screener]
        free = max(0, limits[screener][1] - held[screener])
        if len(own) > free:
            return Conflict("pin_load", [], [screener], needed=free + 1, room=free, pins=own[: free + 1],
                            limits={screener: limit_of(problem, limits, screener, 1)})
    return None


def is_feasible(problem: Problem) -> bool:
    problem = problem.sorted()
    return pins_at_odds(problem) is None and _short(tables_of(problem)) is None


def conflict_of(problem: Problem, tables: Tables | None = None) -> Conflict:
    """Of a problem that has no solution."""
    problem = problem.sorted()
    if odds := pins_at_odds(problem):
        return odds
    tables = tables or tables_of(problem)
    if problem.pinned and not is_feasible(problem.without("pinned")):
        problem = problem.without("pinned")
        tables = tables_of(problem)
    short = _short(tables)
    if short is None:
        raise ValueError("there is an assignment")
    kind, stuck = short
    return _places(problem, tables, stuck) if kind == "places" else _floors(problem, tables, stuck)


# --- flows ------------------------------------------------------------------------------------------------------------


@dataclass
class Cut:
    missing: int  # places that find no way
    left: Any  # numbers of those that can still send
    right: Any  # numbers of those that are full


def cut_of(need: Any, room: Any, is_open: Any, width: Any) -> Cut:
    """Send `need` of the left through open pairs (each as wide as `width` says) into `room` on the right."""
    import numpy as np
    from ortools.graph.python import max_flow

    count, others = len(need), len(room)
    tails, heads = np.nonzero(is_open)
    source, sink = count + others, count + others + 1
    flow = max_flow.SimpleMaxFlow()
    flow.add_arcs_with_capacity(
        np.concatenate([np.full(count, source), tails, count + np.arange(others)]),
        np.concatenate([np.arange(count), count + heads, np.full(others, sink)]),
        np.concatenate([need, width[tails, heads], room]).astype(np.int64),
    )
    flow.solve(source, sink)
    side = np.array(sorted(flow.get_source_side_min_cut()), dtype=np.int64)
    return Cut(int(need.sum()) - flow.optimal_flow(), side[side < count], side[(side >= count) & (side < source)] - count)


def _short(tables: Tables) -> tuple[str, Any] | None:
    """Which side falls short, and which of its nodes are stuck."""
    import numpy as np

    width = np.broadcast_to(tables.size[:, None], tables.admissible.shape)
    supply = tables.need * tables.size
    cut = cut_of(supply, tables.most, tables.admissible, width)
    if cut.missing:
        return "places", cut.left[supply[cut.left] > 0]
    least = tables.least
    cut = cut_of(least, supply, tables.admissible.T, width.T)
    if cut.missing:
        return "floors", cut.left[least[cut.left] > 0]
    return None


# --- trimming ---------------------------------------------------------------------------------------------------------


@dataclass
class Trimmed:
    """Numbers of the left that stay, of the right whose room counts, and the exclusions that are needed (bool, left × right)."""

    left: Any
    right: Any
    apart: Any
    needed: int
    elsewhere: int
    room: int
    taken: int = 0  # of the pins, how many must stay


def trim(need: Any, room: Any, apart: Any, closed: Any, pinned: Any) -> Trimmed:
    """Cut down to where exactly one place is missing. `apart`: exclusions; `closed`: pairs that are closed anyway (taken already);
    `pinned`: places of `room` that pins take away on the right."""
    import numpy as np

    endless = int(need.sum()) + 1
    left, counts = np.arange(len(need)), np.ones(len(room), dtype=bool)
    apart, pinned = apart.copy(), pinned.copy()
    while True:
        limited = np.where(counts, room - pinned, endless)
        is_open = ~(apart[left] | closed[left])
        cut = cut_of(need[left], limited, is_open, np.ones(is_open.shape, dtype=np.int64))
        inside = np.zeros(len(room), dtype=bool)
        inside[cut.right] = True
        left, before = left[cut.left], (len(left), int(counts.sum()), int(apart.sum()), int(pinned.sum()))
        counts &= inside
        apart[:, inside] = False
        kept = np.zeros(len(need), dtype=bool)
        kept[left] = True
        apart[~kept] = False
        pinned[~counts] = 0
        missing = cut.missing
        for s in np.nonzero(pinned)[0]:  # a pin that is not needed goes first
            dropped = min(int(pinned[s]), missing - 1)
            pinned[s] -= dropped
            missing -= dropped
        reach = need[left] - (~(apart[left] | closed[left]))[:, ~counts].sum(axis=1)
        drop = []
        for number in np.argsort(reach, kind="stable"):
            if reach[number] < missing:
                missing -= int(reach[number])
                drop.append(number)
        left = np.delete(left, drop)
        for row in left if missing > 1 else ():
            columns = np.nonzero(apart[row])[0][: missing - 1]
            apart[row, columns] = False
            missing -= len(columns)
        if before == (len(left), int(counts.sum()), int(apart.sum()), int(pinned.sum())):
            spare = _spare_limit(need[left], room - pinned, ~(apart[left] | closed[left]), counts) if cut.missing > 1 else None
            if spare is None:
                break
            counts[spare] = False
    elsewhere = int((~(apart[left] | closed[left]))[:, ~counts].sum())
    return Trimmed(left, np.nonzero(counts)[0], apart, int(need[left].sum()), elsewhere, int((room - pinned)[counts].sum()),
                   int(pinned.sum()))


def _spare_limit(need: Any, room: Any, is_open: Any, counts: Any) -> int | None:
    """Somebody on the right without whose limit the places still do not suffice."""
    import numpy as np

    for number in np.nonzero(counts)[0]:
        limited = np.where(counts & (np.arange(len(room)) != number), room, int(need.sum()) + 1)
        if cut_of(need, limited, is_open, np.ones(is_open.shape, dtype=np.int64)).missing:
            return int(number)
    return None


def _places(problem: Problem, tables: Tables, stuck: Any) -> Conflict:
    """Entries that do not find their places."""
    import numpy as np

    codes, people = tables.codes, len(tables.codes)
    limits = tables.limits
    entries = [code for number in stuck for code in tables.members[number]]
    if len(entries) * people > TRIMMED_PAIRS:
        readers = np.nonzero(tables.admissible[stuck].any(axis=0))[0]
        return Conflict("places", sorted(entries), [codes[s] for s in readers], len(entries) * problem.seats, 0,
                        int(tables.most[readers].sum()), minimal=False)
    need, apart, closed, reasons = _single(problem, entries, codes)
    room = np.array([limits[code][1] for code in codes]) - _loads(problem.fixed, codes)
    pins = [pair for pair in problem.pinned if pair not in set(problem.fixed)]
    pinned = _loads(pins, codes)
    found = trim(need, room, apart, closed, pinned)
    chosen, full = [entries[n] for n in found.left], [codes[s] for s in found.right]
    return Conflict(
        "places", sorted(chosen), full, found.needed, found.elsewhere, found.room,
        {(entries[e], codes[s]): reasons[entries[e], codes[s]] for e, s in np.argwhere(found.apart)},
        [pair for pair in pins if pair[1] in full and pair[0] not in chosen][: found.taken],
        {code: limit_of(problem, limits, code, 1) for code in full},
    )


def _floors(problem: Problem, tables: Tables, stuck: Any) -> Conflict:
    """Screeners that do not find as many entries as the balance of loads asks of them."""
    import numpy as np

    codes = [tables.codes[s] for s in stuck]
    limits = tables.limits
    entries = [one.code for one in problem.entries]
    if len(entries) * len(codes) > TRIMMED_PAIRS:
        return Conflict("floors", [], codes, int(tables.least[stuck].sum()), minimal=False)
    need, apart, closed, reasons = _single(problem, entries, codes)
    least = np.array([limits[code][0] for code in codes]) - _loads(problem.fixed, codes)
    pins = [pair for pair in problem.pinned if pair not in set(problem.fixed)]
    others = [(entry, screener) for entry, screener in pins if screener not in codes]
    pinned = np.array([Counter(entry for entry, _screener in others)[code] for code in entries], dtype=np.int64)
    found = trim(np.maximum(least, 0), need, apart.T, closed.T, pinned)
    chosen, full = [codes[s] for s in found.left], [entries[e] for e in found.right]
    return Conflict(
        "floors", sorted(full), chosen, found.needed, found.elsewhere, found.room,
        {(entries[e], codes[s]): reasons[entries[e], codes[s]] for s, e in np.argwhere(found.apart)},
        [pair for pair in others if pair[0] in full][: found.taken],
        {code: limit_of(problem, limits, code, 0) for code in chosen},
    )


def _loads(pairs: Any, codes: list[str]) -> Any:
    import numpy as np

    loads = Counter(screener for _entry, screener in pairs)
    return np.array([loads[code] for code in codes], dtype=np.int64)


def _single(problem: Problem, entries: list[str], codes: list[str]) -> tuple[Any, Any, Any, dict[Pair, str]]:
    """(open places without regard to pins, exclusions, pairs that are taken, {pair: kind}) of these entries and people."""
    import numpy as np

    facts = {one.code: one for one in problem.entries}
    people = {one.code: one for one in problem.screeners}
    fixed = set(problem.fixed)
    taken = Counter(entry for entry, _screener in fixed)
    reasons: dict[Pair, str] = {}
    apart, closed = np.zeros((len(entries), len(codes)), dtype=bool), np.zeros((len(entries), len(codes)), dtype=bool)
    for e, entry in enumerate(entries):
        for s, screener in enumerate(codes):
            if (entry, screener) in fixed:
                closed[e, s] = True
            elif kind := problem.reason(facts[entry], people[screener]):
                apart[e, s], reasons[entry, screener] = True, kind
    need = np.array([problem.seats - taken[entry] for entry in entries], dtype=np.int64)
    return need, apart, closed, reasons
