"""The optimum over all admissible pairs, and its proof.

Classes of entries supply the places they need, screeners take between their lower and upper load, and a pair carries as many places as
the class has entries. A step between screener and award group makes every place beyond a fair share dearer than the one before. Such a
network has an integral optimum. A seeded draw decides among equals: it is so small that it never outweighs one unit of the objective.

Where the call asks for one reader who knows the field, a gate stands between a class and those who know nothing of it: through it go all
places of an entry but one. So the network stays one, and its optimum integral. Where not every entry can have such a reader, as few as
possible go without (found first, with costs on nothing else), and the optimum is that of all assignments with these exceptions.

Where there are more pairs than fit into memory the solver works on lists. Prices tell which other pairs could improve the result, and
the bound that they give holds over all pairs (Lagrange): where it is reached, the result is the optimum.
"""

import random
from dataclasses import dataclass
from typing import Any

from lorbeer.screening.assignment.conflict import Impossible, conflict_of, pins_at_odds
from lorbeer.screening.assignment.outcome import STEPS, result_of, steep
from lorbeer.screening.assignment.problem import FULL_POINTS, PRIORITIES, Pair, Problem, Solution, field_points
from lorbeer.screening.assignment.tables import Tables, tables_of

TIES = 10  # the draw among equals, per place
ALL_PAIRS = 8_000_000  # up to so many the solver gets all of them
NEAREST, RANDOM = 40, 20  # else per class the nearest, and some at random: without these a feasible case can become infeasible
ROUNDS = 12  # of lists made longer
ROWS = 1_024  # classes that are priced at once


def solve(problem: Problem) -> Solution:
    """The optimal assignment; the same problem always gives the same one. Raises Impossible, with what contradicts what."""
    problem = problem.sorted()
    if odds := pins_at_odds(problem):
        raise Impossible(odds)
    network = Network(tables_of(problem))
    if not network.solve():
        raise Impossible(conflict_of(problem, network.tables))
    fixed = set(problem.fixed)
    pins = [pair for pair in problem.pinned if pair not in fixed]
    return result_of(problem, [*network.places(), *pins], bound=network.bound, unknown_least=network.spared_least)


def draws(seed: int, rows: Any, columns: Any) -> Any:
    """Numbers from 0 to TIES - 1 that look random, and are the same everywhere and always (the finaliser of MurmurHash3)."""
    import numpy as np

    mixed = (
        rows.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) ^ columns.astype(np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F)
        ^ np.uint64((seed + 1) * 0x165667B19E3779F9 % 2**64)
    )
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        mixed ^= mixed >> np.uint64(33)
        mixed *= np.uint64(factor)
    mixed ^= mixed >> np.uint64(33)
    return (mixed % np.uint64(TIES)).astype(np.int64)


@dataclass
class Arcs:
    """Between classes and screeners, by class and then by screener."""

    rows: Any
    columns: Any
    costs: Any  # scaled, with the draw


class Network:
    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.bound = 0  # in units of the objective, over all admissible pairs
        self.scale = tables.places * (TIES - 1) + 1
        self.flows: Any = None
        self.spared_least = True  # no fewer entries can go without a reader who knows their field
        self._steps()
        self._gates()

    def _steps(self) -> None:
        """The arcs behind the pairs: (screener, group) → screener, dearer and dearer, and screener → sink."""
        import numpy as np

        tables, weight = self.tables, PRIORITIES[self.tables.problem.priority] * self.scale
        classes, people, groups = len(tables.members), len(tables.codes), len(tables.groups)
        self.mixed = classes + people * groups  # the first node of the screeners
        self.sink = self.mixed + people
        rows: list[tuple[int, int, int, int]] = []
        self.spent = 0  # what is decided already: fixed and pinned places beyond a fair share, points that pinned ones miss
        for s, screener in enumerate(tables.codes):
            for g, group in enumerate(tables.groups):
                taken, share = tables.taken[screener, group], tables.share[screener, group]
                self.spent += PRIORITIES[tables.problem.priority] * steep(max(0, taken - share))
                for width, cost in ((share, 0), *STEPS):
                    width = tables.places if width is None else width
                    used = min(taken, width)
                    taken -= used
                    if width > used:
                        rows.append((classes + s * groups + g, self.mixed + s, width - used, cost * weight))
            rows.append((self.mixed + s, self.sink, int(tables.most[s] - tables.least[s]), 0))
        self.steps = np.array(rows, dtype=np.int64).reshape(-1, 4)
        entries = {one.code: one for one in tables.problem.entries}
        known = {one.code: one.fields for one in tables.problem.screeners}
        fixed = set(tables.problem.fixed)
        if any(known.values()):
            self.spent += sum(
                FULL_POINTS - field_points(entries[entry].fields, known[screener])
                for entry, screener in tables.problem.pinned if (entry, screener) not in fixed and entries[entry].fields
            )

    def _gates(self) -> None:
        """The node behind each guarded class through which it reaches those who know nothing of it; none for the others."""
        import numpy as np

        tables = self.tables
        self.guarded = np.nonzero(tables.guarded)[0]
        self.gate = np.full(len(tables.members), -1, dtype=np.int64)
        self.gate[self.guarded] = self.sink + 1 + np.arange(len(self.guarded))
        self.nodes = self.sink + 1 + len(self.guarded)
        self.spared = np.zeros(len(tables.members), dtype=np.int64)  # entries of a class that go without
        self.behind = self.steps
        self._set_gates()

    def _set_gates(self) -> None:
        import numpy as np

        tables, own = self.tables, self.guarded
        width = (tables.need[own] - 1) * tables.size[own] + self.spared[own]
        self.steps = np.concatenate([self.behind, np.stack([own, self.gate[own], width, np.zeros_like(width)], axis=1)])

    def _tails(self, rows: Any, columns: Any) -> Any:
        """Where the arc of each pair begins: at the class, or behind its gate."""
        import numpy as np

        if not len(self.guarded):
            return rows
        return np.where(self.tables.guarded[rows] & ~self.tables.knows[rows, columns], self.gate[rows], rows)

    def costs(self, rows: Any, columns: Any) -> Any:
        import numpy as np

        return self.tables.points[rows, columns].astype(np.int64) * self.scale + draws(self.tables.problem.seed, rows, columns)

    # --- solving ---

    def solve(self) -> bool:
        """Find the optimum; False where no assignment keeps all rules."""
        import numpy as np

        tables = self.tables
        if (tables.least > tables.most).any() or int(tables.least.sum()) > tables.places:
            return False
        if int(tables.admissible.sum()) <= ALL_PAIRS:
            rows, columns = np.nonzero(tables.admissible)
            arcs = Arcs(rows, columns, self.costs(rows, columns))
            if not self._run(arcs) and not (self._spare(arcs) and self._run(arcs)):
                return False
            self.bound = self.spent + self.worth // self.scale
            return True
        return self._solve_by_lists()

    def _flow(self, arcs: Arcs, heads: Any, more: Any = None) -> Any:
        """The flow of least cost, or None where there is none. `more`: further arcs; then nothing but these costs anything."""
        import numpy as np
        from ortools.graph.python import min_cost_flow

        tables = self.tables
        parts = [np.stack([self._tails(arcs.rows, arcs.columns), heads, tables.size[arcs.rows], arcs.costs], axis=1), self.steps]
        if more is not None:
            parts = [np.column_stack([part[:, :3], np.zeros(len(part), dtype=np.int64)]) for part in parts] + [more]
        rows = np.concatenate(parts)
        flow = min_cost_flow.SimpleMinCostFlow()
        flow.add_arcs_with_capacity_and_unit_cost(rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3])
        supplies = np.zeros(self.nodes, dtype=np.int64)
        supplies[: len(tables.members)] = tables.need * tables.size
        supplies[self.mixed : self.sink] = -tables.least
        supplies[self.sink] = -(tables.places - int(tables.least.sum()))
        flow.set_nodes_supplies(np.arange(self.nodes), supplies)
        return flow if flow.solve() == flow.OPTIMAL else None

    def _heads(self, arcs: Arcs) -> Any:
        return len(self.tables.members) + arcs.columns * len(self.tables.groups) + self.tables.group[arcs.rows]

    def _spare(self, arcs: Arcs) -> bool:
        """Let as few entries as possible go without a reader who knows their field; False where that does not help."""
        import numpy as np

        own = self.guarded
        if not len(own):
            return False
        wider = np.stack([own, self.gate[own], self.tables.size[own], np.ones(len(own), dtype=np.int64)], axis=1)
        flow = self._flow(arcs, self._heads(arcs), wider)
        if flow is None:
            return False
        start = len(arcs.rows) + len(self.steps)
        self.spared[own] = flow.flows(np.arange(start, start + len(own)))
        self._set_gates()
        return True

    def _run(self, arcs: Arcs) -> bool:
        import numpy as np

        heads = self._heads(arcs)
        flow = self._flow(arcs, heads)
        if flow is None:
            return False
        self.arcs, self.heads = arcs, heads
        every = flow.flows(np.arange(len(arcs.rows) + len(self.steps)))
        self.flows, self.step_flows = every[: len(arcs.rows)], every[len(arcs.rows) :]
        self.worth = int(flow.optimal_cost())
        return True

    def _solve_by_lists(self) -> bool:
        """The same on lists that grow by the pairs the prices ask for, until the bound over all pairs is reached."""
        import numpy as np

        for longer in (1, 4):
            keys = self._lists(NEAREST * longer, RANDOM * longer)
            if solved := self._run(self._arcs(keys)):
                break
        if not solved:
            keys = self._with_all_experts(keys)
            arcs = self._arcs(keys)
            if not self._run(arcs) and not (self._spare(arcs) and self._run(arcs)):
                return False
            self.spared_least = not self.spared.any()  # on lists; whether over all pairs fewer would do is not proven
        for _round in range(ROUNDS):
            prices = self.prices()
            bound, wanted = self.bound_over_all(prices)
            self.bound = max(self.bound, self.spent + max(0, -((self.scale - 1 - bound) // self.scale)))
            if bound >= self.worth or not len(wanted):
                self.bound = self.spent + self.worth // self.scale if bound >= self.worth else self.bound
                break
            longer_keys = np.union1d(keys, wanted)
            if len(longer_keys) == len(keys):
                break
            keys = longer_keys
            self._run(self._arcs(keys))
        return True

    def _with_all_experts(self, keys: Any) -> Any:
        """`keys` with every pair of a guarded class and somebody who knows its field, where that fits into memory."""
        import numpy as np

        own = self.guarded
        if not len(own):
            return keys
        rows, columns = np.nonzero(self.tables.admissible[own] & self.tables.knows[own])
        return np.union1d(keys, own[rows] * len(self.tables.codes) + columns) if len(rows) <= ALL_PAIRS else keys

    def _arcs(self, keys: Any) -> Arcs:
        rows, columns = keys // len(self.tables.codes), keys % len(self.tables.codes)
        return Arcs(rows, columns, self.costs(rows, columns))

    def _lists(self, nearest: int, some: int) -> Any:
        """Keys (class × people + screener) of the pairs to begin with: see NEAREST; and of each screener three loads of their nearest."""
        import numpy as np

        tables, people = self.tables, len(self.tables.codes)
        generator = np.random.Generator(np.random.PCG64(tables.problem.seed))
        found = []
        columns = np.arange(people)
        for start in range(0, len(tables.members), ROWS):
            numbers = np.arange(start, min(start + ROWS, len(tables.members)))
            rows = np.repeat(numbers, people).reshape(-1, people)
            costs = np.where(tables.admissible[numbers], self.costs(rows, np.broadcast_to(columns, rows.shape)), np.iinfo(np.int64).max)
            best = np.argpartition(costs, min(nearest, people) - 1, axis=1)[:, :nearest]
            others = generator.integers(0, people, size=(len(numbers), some))
            keys = np.concatenate([rows[:, :1] * people + best, rows[:, :1] * people + others], axis=1).ravel()
            found.append(keys[tables.admissible.ravel()[keys]])
        loads = int(3 * max(1, tables.places // people))
        for s in range(people):
            order = np.nonzero(tables.admissible[:, s])[0]
            count = min(loads, len(order))
            if count:
                near = np.argpartition(tables.points[order, s] * 16 + draws(tables.problem.seed, order, np.full(len(order), s)), count - 1)
                found.append(order[near[:count]] * people + s)
        return np.unique(np.concatenate(found))

    # --- the proof ---

    def prices(self) -> Any:
        """Of each (screener, group): what one more place there costs. From shortest paths in the network that the flow leaves."""
        import numpy as np

        tails = np.concatenate([self._tails(self.arcs.rows, self.arcs.columns), self.steps[:, 0]])
        heads = np.concatenate([self.heads, self.steps[:, 1]])
        costs = np.concatenate([self.arcs.costs, self.steps[:, 3]])
        room = np.concatenate([self.tables.size[self.arcs.rows], self.steps[:, 2]])
        flows = np.concatenate([self.flows, self.step_flows])
        ahead, back = flows < room, flows > 0
        start = np.concatenate([tails[ahead], heads[back]])
        end = np.concatenate([heads[ahead], tails[back]])
        length = np.concatenate([costs[ahead], -costs[back]])
        order = np.argsort(end, kind="stable")
        start, end, length = start[order], end[order], length[order]
        firsts = np.nonzero(np.diff(end, prepend=-1))[0]
        nodes = end[firsts]
        far = np.zeros(self.nodes, dtype=np.int64)
        for _pass in range(self.nodes):
            nearer = np.minimum(far[nodes], np.minimum.reduceat(far[start] + length, firsts))
            if (nearer == far[nodes]).all():
                break
            far[nodes] = nearer
        # From the sink: a screener who takes neither the least nor the most is then indifferent to a place that costs nothing.
        return (far[self.sink] - far[len(self.tables.members) : self.mixed]).reshape(len(self.tables.codes), len(self.tables.groups))

    def bound_over_all(self, prices: Any) -> tuple[int, Any]:
        """(no assignment costs less, keys of pairs that might make it cheaper), in scaled costs. True for whatever prices."""
        import numpy as np

        tables, people = self.tables, len(self.tables.codes)
        total, wanted = 0, []
        columns = np.arange(people)
        endless = np.iinfo(np.int64).max // 4
        for start in range(0, len(tables.members), ROWS):
            numbers = np.arange(start, min(start + ROWS, len(tables.members)))
            rows = np.repeat(numbers, people).reshape(-1, people)
            costs = self.costs(rows, np.broadcast_to(columns, rows.shape)) + prices.T[tables.group[numbers]]
            costs = np.where(tables.admissible[numbers], costs, endless)
            most = int(tables.need[numbers].max(initial=0))
            if not most:
                continue
            near = min(people, most + NEAREST // 2)
            best = np.argpartition(costs, near - 1, axis=1)[:, :near]
            values = np.take_along_axis(costs, best, axis=1)
            order = np.argsort(values, axis=1, kind="stable")
            best, values = np.take_along_axis(best, order, axis=1), np.take_along_axis(values, order, axis=1)
            chosen = np.arange(near) < tables.need[numbers][:, None]
            cheapest = np.where(chosen, values, 0).sum(axis=1)
            total += int((cheapest * tables.size[numbers]).sum())
            if len(self.guarded) and (guarded := np.nonzero(tables.guarded[numbers])[0]).size:
                dearer, more = self._with_one_who_knows(numbers[guarded], costs[guarded], best[guarded], values[guarded], chosen[guarded])
                total += int((dearer * (tables.size[numbers[guarded]] - self.spared[numbers[guarded]])).sum())
                wanted.append(more)
            keys = numbers[:, None] * people + best
            last = values.max(axis=1, initial=-endless, where=chosen)
            wanted.append(keys[(values < endless) & (chosen | (values <= last[:, None]))])
        return total + self._cheapest_loads(prices), np.unique(np.concatenate(wanted)) if wanted else np.zeros(0, dtype=np.int64)

    def _with_one_who_knows(self, numbers: Any, costs: Any, best: Any, values: Any, chosen: Any) -> tuple[Any, Any]:
        """What each entry of these guarded classes costs more where one of its readers must know its field; pairs with such readers."""
        import numpy as np

        people, endless = len(self.tables.codes), np.iinfo(np.int64).max // 4
        knows = self.tables.knows[numbers]
        of_experts = np.where(knows, costs, endless)
        near = min(people, NEAREST // 2)
        nearest = np.argpartition(of_experts, near - 1, axis=1)[:, :near]
        worth = np.take_along_axis(of_experts, nearest, axis=1)
        has_one = (np.take_along_axis(knows, best, axis=1) & chosen).any(axis=1)
        dearest = values.max(axis=1, initial=-endless, where=chosen)
        keys = numbers[:, None] * people + nearest
        return np.where(has_one, 0, worth.min(axis=1) - dearest), keys[worth < endless]

    def _cheapest_loads(self, prices: Any) -> int:
        """What the screeners' side comes to at least: each takes their cheapest places, as many as they must and no dear ones."""
        classes, groups, tables = len(self.tables.members), len(self.tables.groups), self.tables
        steps: list[list[tuple[int, int]]] = [[] for _code in tables.codes]
        for tail, head, width, cost in self.steps.tolist():
            if head < self.sink:
                s, g = divmod(tail - classes, groups)
                steps[s].append((cost - int(prices[s, g]), width))
        total = 0
        for s, offers in enumerate(steps):
            least, most = int(tables.least[s]), int(tables.most[s])
            for cost, width in sorted(offers):
                take = min(width, least if cost >= 0 else most)
                total, least, most = total + take * cost, max(0, least - take), most - take
        return total

    # --- from classes to entries ---

    def places(self) -> list[Pair]:
        """Each entry's people. Within a class everybody's places follow each other and are dealt out in turn, so nobody gets an entry
        twice; then entries swap at random, so that not always the same people read together."""
        import numpy as np

        tables, codes = self.tables, self.tables.codes
        used = np.nonzero(self.flows > 0)[0]
        of_class: dict[int, list[tuple[int, int]]] = {}
        for row, column, count in zip(
            self.arcs.rows[used].tolist(), self.arcs.columns[used].tolist(), self.flows[used].tolist(), strict=True
        ):
            of_class.setdefault(row, []).append((column, count))
        dice = random.Random(tables.problem.seed)  # noqa: S311 nothing secret
        found: list[Pair] = []
        for row, shares in of_class.items():
            members = tables.members[row]
            experts: set[int] | None = None
            if tables.guarded[row]:  # one who knows the field for each, before anybody gets a second; then only like swaps with like
                experts = {column for column, _count in shares if tables.knows[row, column]}
                shares = sorted(shares, key=lambda share: share[0] not in experts)
            dealt: list[list[int]] = [[] for _entry in members]
            turn = 0
            for column, count in shares:
                for _place in range(count):
                    dealt[turn % len(members)].append(column)
                    turn += 1
            if len(members) > 1:
                shuffle_readers(dealt, dice, experts)
            found += [(entry, codes[column]) for entry, people in zip(members, dealt, strict=True) for column in people]
        return found


def shuffle_readers(dealt: list[list[int]], dice: random.Random, experts: set[int] | None = None) -> None:
    """Let entries swap people, two at a time, where nobody would come to read one twice; `experts` only among themselves."""
    for _swap in range(3 * len(dealt)):
        one, other = dealt[int(dice.random() * len(dealt))], dealt[int(dice.random() * len(dealt))]
        i, j = int(dice.random() * len(one)), int(dice.random() * len(other))
        alike = experts is None or (one[i] in experts) == (other[j] in experts)
        if alike and one[i] not in other and other[j] not in one:
            one[i], other[j] = other[j], one[i]


