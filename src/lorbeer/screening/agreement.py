"""How far screeners agree: shares and Cohen's kappa, computed from pairs of judgements. Pure numbers; no query, no person.

Sources: J. Cohen, A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20 (1960) 37-46;
J. Cohen, Weighted kappa, Psychological Bulletin 70 (1968) 213-220; the linear weights of D. Cicchetti and T. Allison (1971).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

LEAST = 10                                                              # pairs; of fewer a kappa says nothing
Distance = Callable[[int, int], int]
Table = Sequence[Sequence[int]]


def nominal(one: int, other: int) -> int:
    """Different is different."""
    return int(one != other)


def linear(one: int, other: int) -> int:
    """Two steps apart is twice as bad as one."""
    return abs(one - other)


def kappa(table: Table, distance: Distance = nominal) -> Fraction | None:
    """1 minus observed over expected disagreement: 1 is agreement in all, 0 as by chance, below 0 worse than that.

    `table[i][j]`: how often the first person chose category i and the second j. None where nothing is there, or where no disagreement
    could be expected because both always chose the same one.
    """
    size = range(len(table))
    total = sum(map(sum, table))
    rows, columns = [sum(row) for row in table], [sum(row[at] for row in table) for at in size]
    observed = sum(distance(i, j) * table[i][j] for i in size for j in size)
    expected = sum(distance(i, j) * rows[i] * columns[j] for i in size for j in size)
    return 1 - Fraction(observed * total, expected) if expected else None


def table_of(pairs: Iterable[tuple[Any, Any]], categories: Sequence[Any], *, both_ways: bool = False) -> list[list[int]]:
    """Pairs counted. `both_ways`: half of it each way, where it is chance who is called the first (then kappa is Scott's pi)."""
    place = {category: at for at, category in enumerate(categories)}
    table = [[0] * len(categories) for _category in categories]
    for one, other in pairs:
        table[place[one]][place[other]] += 1
        if both_ways:
            table[place[other]][place[one]] += 1
    return table


@dataclass(frozen=True)
class Agreement:
    """What pairs of judgements come to. `kappa` None: too few, or always the same choice (`why`: "few" or "alike").

    `near`: pairs at most one step apart; `apart`: the mean distance in steps. Both only where the categories have an order.
    """

    pairs: int
    same: int
    kappa: Fraction | None
    why: str = ""
    near: int | None = None
    apart: Fraction | None = None

    @property
    def share(self) -> Fraction | None:
        return Fraction(self.same, self.pairs) if self.pairs else None

    @property
    def share_near(self) -> Fraction | None:
        return Fraction(self.near, self.pairs) if self.pairs and self.near is not None else None


def agreement(pairs: Iterable[tuple[Any, Any]], categories: Sequence[Any], *, ordered: bool = False, both_ways: bool = False) -> Agreement:
    """The agreement of `pairs`; a category that a call no longer has counts as one of its own.

    `ordered`: the categories are steps of a scale, and kappa is weighted linearly.
    """
    counted = Counter(pairs)
    known = [*categories, *sorted({one for pair in counted for one in pair} - set(categories), key=str)]
    place = {category: at for at, category in enumerate(known)}
    total = counted.total()
    same = sum(count for (one, other), count in counted.items() if one == other)
    found = kappa(table_of(counted.elements(), known, both_ways=both_ways), linear if ordered else nominal)
    why = "" if total >= LEAST and found is not None else "few" if total < LEAST else "alike"
    if not ordered:
        return Agreement(total, same, None if why else found, why)
    steps = {pair: abs(place[pair[0]] - place[pair[1]]) * count for pair, count in counted.items()}
    near = sum(count for pair, count in counted.items() if abs(place[pair[0]] - place[pair[1]]) <= 1)
    return Agreement(total, same, None if why else found, why, near, Fraction(sum(steps.values()), total) if total else None)
