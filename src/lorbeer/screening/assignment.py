"""Who reads what: an optimal flow over all admissible pairs. Codes in, codes out; nothing here knows the database.

Entries supply the seats they still need, screeners take between their lower and upper load, and a pair carries one
place. A step between screener and award group makes every place beyond a fair share of the group dearer than the one
before, so the groups are mixed as evenly as the hard rules allow. The linear optimum of such a network is integral.
"""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

GROUP_COST = 1_000  # the first place beyond a person's fair share of a group; the next cost 3, then 6 times as much
TIE_COSTS = 10  # below it, drawn from the seed: which of many equal assignments is taken
EXPLAINED_PAIRS = 200_000  # up to this many pairs the price of each rule is computed by solving without it


@dataclass(frozen=True)
class Problem:
    """Everything that the result depends on. `excluded`: {(entry, screener): kind of reason}."""

    entries: tuple[tuple[str, str], ...]  # (code, group code)
    screeners: tuple[str, ...]
    excluded: dict[tuple[str, str], str]
    seats: int
    seed: int
    spread: int = 1  # loads may differ by so many entries
    fixed: tuple[tuple[str, str], ...] = ()  # places already taken; they stay

    def sorted(self) -> "Problem":
        """The same in stable order: every solver gives another optimum for another order of its input."""
        return Problem(
            tuple(sorted(self.entries)),
            tuple(sorted(self.screeners)),
            dict(sorted(self.excluded.items())),
            self.seats,
            self.seed,
            self.spread,
            tuple(sorted(self.fixed)),
        )

    def as_json(self) -> dict[str, Any]:
        plain = self.sorted()
        return {
            "entries": [list(entry) for entry in plain.entries],
            "screeners": list(plain.screeners),
            "excluded": [[*pair, kind] for pair, kind in plain.excluded.items()],
            "fixed": [list(pair) for pair in plain.fixed],
            "seats": self.seats,
            "seed": self.seed,
            "spread": self.spread,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Problem":
        return cls(
            tuple((code, group) for code, group in data["entries"]),
            tuple(data["screeners"]),
            {(entry, screener): kind for entry, screener, kind in data["excluded"]},
            data["seats"],
            data["seed"],
            data["spread"],
            tuple((entry, screener) for entry, screener in data["fixed"]),
        )


@dataclass(frozen=True)
class Solution:
    pairs: tuple[tuple[str, str], ...]  # new places, sorted
    objective: int
    loads: dict[str, int]  # with the fixed places
    group_loads: dict[str, dict[str, int]]  # {screener: {group: places}}
    excess: int  # places beyond somebody's fair share of a group


@dataclass
class Impossible(Exception):  # noqa: N818 an answer rather than an error
    """No assignment keeps all rules: `entries` need `needed` places, their `screeners` have `room`.

    With `too_little` the other way round: `screeners` would have to read `needed` entries, but there are only `room`.
    """

    entries: list[str] = field(default_factory=list)
    screeners: list[str] = field(default_factory=list)
    needed: int = 0
    room: int = 0
    too_little: bool = False


def digest(data: Any) -> str:
    """SHA-256 of the canonical JSON of `data`."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def bounds(total: int, fixed: dict[str, int], screeners: Iterable[str], spread: int) -> dict[str, tuple[int, int]]:
    """(lower, upper) load of each screener, fixed places included, so that loads differ by at most `spread`.

    Somebody who already holds more than a fair share keeps it and takes nothing more.
    """
    free = list(screeners)
    result: dict[str, tuple[int, int]] = {}
    while free:
        mean = total / len(free)
        over = [code for code in free if fixed.get(code, 0) > math.ceil(mean)]
        if not over:
            lower = max(0, math.floor(mean - (spread - 1) / 2))
            upper = max(math.ceil(mean), lower + spread)
            result |= dict.fromkeys(free, (lower, upper))
            break
        for code in over:
            result[code] = (fixed[code], fixed[code])
            total -= fixed[code]
            free.remove(code)
    return result


def solve(problem: Problem) -> Solution:
    """The optimal assignment; the same problem always gives the same one. Raises Impossible."""
    import numpy as np  # with the solver half a second, and every start of a server or a command would pay it
    from ortools.graph.python import min_cost_flow

    problem = problem.sorted()
    codes = [code for code, _group in problem.entries]
    groups = sorted({group for _code, group in problem.entries})
    row = {code: number for number, code in enumerate(codes)}
    column = {code: number for number, code in enumerate(problem.screeners)}
    rows, columns = len(codes), len(column)

    open_seats = np.full(rows, problem.seats, dtype=np.int64)
    admissible = np.ones((rows, columns), dtype=bool)
    for entry, screener in problem.excluded:
        if entry in row and screener in column:
            admissible[row[entry], column[screener]] = False
    fixed_loads: Counter[str] = Counter()
    fixed_groups: Counter[tuple[str, str]] = Counter()
    group_of = dict(problem.entries)
    for entry, screener in problem.fixed:
        open_seats[row[entry]] -= 1
        if screener in column:
            admissible[row[entry], column[screener]] = False
            fixed_loads[screener] += 1
            fixed_groups[screener, group_of[entry]] += 1
    needed = int(open_seats.sum())
    limits = bounds(needed + fixed_loads.total(), fixed_loads, problem.screeners, problem.spread)
    lower = np.array([max(0, limits[code][0] - fixed_loads[code]) for code in problem.screeners], dtype=np.int64)
    upper = np.array([limits[code][1] - fixed_loads[code] for code in problem.screeners], dtype=np.int64)

    pair_rows, pair_columns = np.nonzero(admissible)
    group_number = np.array([groups.index(group) for _code, group in problem.entries], dtype=np.int64)
    share = {group: number * problem.seats / max(1, columns) for group, number in Counter(group_of.values()).items()}

    # nodes: entries, screener × group, screeners, sink
    mixed = rows + columns * len(groups)
    sink = mixed + columns
    draw = np.random.Generator(np.random.PCG64(problem.seed)).integers(0, TIE_COSTS, size=len(pair_rows))
    tails, heads = [pair_rows], [rows + pair_columns * len(groups) + group_number[pair_rows]]
    capacities, costs = [np.ones(len(pair_rows), dtype=np.int64)], [draw]
    steps: list[tuple[int, int, int, int]] = []
    for s, screener in enumerate(problem.screeners):
        for g, group in enumerate(groups):
            taken = fixed_groups[screener, group]
            for width, cost in ((math.ceil(share[group]), 0), (1, 1), (2, 3), (rows, 6)):
                used = min(taken, width)
                taken -= used
                if width > used:
                    steps.append((rows + s * len(groups) + g, mixed + s, width - used, cost * GROUP_COST))
        steps.append((mixed + s, sink, int(upper[s] - lower[s]), 0))
    extra = np.array(steps, dtype=np.int64).reshape(-1, 4)
    flow = min_cost_flow.SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(
        np.concatenate([*tails, extra[:, 0]]),
        np.concatenate([*heads, extra[:, 1]]),
        np.concatenate([*capacities, extra[:, 2]]),
        np.concatenate([*costs, extra[:, 3]]),
    )
    supplies = np.zeros(sink + 1, dtype=np.int64)
    supplies[:rows] = open_seats
    supplies[mixed:sink] = -lower
    supplies[sink] = -(needed - int(lower.sum()))
    flow.set_nodes_supplies(np.arange(sink + 1), supplies)
    if supplies[sink] > 0 or flow.solve() != flow.OPTIMAL:
        raise explain(problem, admissible, open_seats, lower, upper)

    chosen = flow.flows(np.arange(len(pair_rows))) > 0
    pairs = sorted(
        (codes[r], problem.screeners[s]) for r, s in zip(pair_rows[chosen], pair_columns[chosen], strict=True)
    )
    group_loads: dict[str, dict[str, int]] = {code: dict.fromkeys(groups, 0) for code in problem.screeners}
    for entry, screener in (*problem.fixed, *pairs):
        if screener in column:
            group_loads[screener][group_of[entry]] += 1
    return Solution(
        pairs=tuple(pairs),
        objective=int(flow.optimal_cost()),
        loads={code: sum(by_group.values()) for code, by_group in group_loads.items()},
        group_loads=group_loads,
        excess=sum(
            max(0, count - math.ceil(share[group]))
            for by_group in group_loads.values()
            for group, count in by_group.items()
        ),
    )


def explain(problem: Problem, admissible: Any, open_seats: Any, lower: Any, upper: Any) -> Impossible:
    """Why nothing works: the minimum cut names entries and screeners that cannot come together.

    Two checks suffice: where every entry finds its places within the upper loads, and every screener the lower load,
    there is an assignment that does both (Mendelsohn and Dulmage).
    """
    import numpy as np
    from ortools.graph.python import max_flow

    codes = [code for code, _group in problem.entries]
    pair_rows, pair_columns = np.nonzero(admissible)

    def cut(left: Any, right: Any, tails: Any, heads: Any) -> tuple[list[int], int, int] | None:
        """Left nodes that cannot send all they have, what they have, and the room for it; None where all can."""
        source, sink = len(left) + len(right), len(left) + len(right) + 1
        flow = max_flow.SimpleMaxFlow()
        flow.add_arcs_with_capacity(
            np.concatenate([np.full(len(left), source), tails, len(left) + np.arange(len(right))]),
            np.concatenate([np.arange(len(left)), len(left) + heads, np.full(len(right), sink)]),
            np.concatenate([left, np.ones(len(tails), dtype=np.int64), right]),
        )
        flow.solve(source, sink)
        if flow.optimal_flow() == int(left.sum()):
            return None
        side = set(flow.get_source_side_min_cut())
        stuck = [number for number in range(len(left)) if number in side and left[number]]
        have = int(left[stuck].sum())
        return stuck, have, have - (int(left.sum()) - flow.optimal_flow())

    if found := cut(open_seats, upper, pair_rows, pair_columns):
        stuck, needed, room = found
        readers = np.nonzero(admissible[stuck].any(axis=0))[0]
        return Impossible([codes[n] for n in stuck], [problem.screeners[n] for n in readers], needed, room)
    if found := cut(lower, open_seats, pair_columns, pair_rows):
        stuck, needed, room = found
        readable = np.nonzero(admissible[:, stuck].any(axis=1))[0]
        return Impossible(
            [codes[n] for n in readable], [problem.screeners[n] for n in stuck], needed, room, too_little=True
        )
    return Impossible(codes, list(problem.screeners), int(open_seats.sum()), int(upper.sum()))


def price_of_rules(problem: Problem, solution: Solution) -> dict[str, int]:
    """For each kind of exclusion, and for "balance": places beyond a fair share of a group that the rule costs."""
    if len(problem.entries) * len(problem.screeners) > EXPLAINED_PAIRS:
        return {}
    prices = {}
    for kind in sorted(set(problem.excluded.values())):
        kept = {pair: reason for pair, reason in problem.excluded.items() if reason != kind}
        relaxed = Problem(
            problem.entries, problem.screeners, kept, problem.seats, problem.seed, problem.spread, problem.fixed
        )
        prices[kind] = max(0, solution.excess - solve(relaxed).excess)
    loose = Problem(
        problem.entries,
        problem.screeners,
        problem.excluded,
        problem.seats,
        problem.seed,
        len(problem.entries) * problem.seats,
        problem.fixed,
    )
    prices["balance"] = max(0, solution.excess - solve(loose).excess)
    return prices
