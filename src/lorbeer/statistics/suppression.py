"""What must be hidden, so that a small count cannot be computed from what stands beside it.

Hidden first: counts from 1 to below the threshold, and whole rows of so few entries, asked or not (of two entries whose names everybody
knows, a nought tells as much as a two, and a base of nought tells that they were not asked). Then whatever would give these away.

The counts of a table with its bases and totals are a circulation: what flows from its row into its column flows back by
the column's total and the row's base. A hidden count is safe when it lies on a ring of hidden ones: along it each could be one
more or one less, and every sum that is shown would stay. Noughts are hidden where no ring is without them. How many entries
a row has is often known from elsewhere (the public database counts them by Land), so counts are hidden in rings that need no base.
For the same reason those of a row whom the question was not put to, or who did not answer, are a cell like any other also where the
table leaves them out: its base, taken off the entries of the row, tells how many they are.
"""

import heapq
from collections.abc import Collection, Iterator

Place = tuple[int, int]                                                 # row, column; the last of each are the total and the base
Node = tuple[str, int]

# A base is missed more than a cell, the base of all most. A nought protects least: what is hidden with it keeps its sum.
NOUGHT, MARGIN, EVERYTHING = 10**5, 10**6, 10**9


def hidden(counts: list[list[int]], least: int, few: Collection[int] = (), telling: Collection[Place] = ()) -> set[Place]:
    """The places of `counts` not to be shown: what is small, and others so that none of it can be computed.

    `counts`: rows of cells, each followed by its base; the last row is the total. `few`: numbers of rows to hide although their base
    is 0, because there are fewer entries than `least` in them. `telling`: places to hide although they are not small. Places on a ring
    keep it, whatever is added.
    """
    last = len(counts[0]) - 1
    found = {(row, column) for row, cells in enumerate(counts) for column, count in enumerate(cells)
             if row in few or 0 < cells[last] < least or (column < last and 0 < count < least)} | set(telling)
    if not last:                                                        # no columns: nothing but bases, which one sum ties together
        return {(row, 0) for row in range(len(counts))} if found else set()
    if len(counts) == 1:                                                # no rows: the total is all there is
        return {(0, column) for column in range(last + 1)} if found else set()
    waiting = sorted(found)
    while waiting:
        place = waiting.pop()
        # With one column alone a count is its base, and without a base all counts are nought: there the bases must go with them.
        more = _ring(counts, place, found, with_bases=last in (place[1], 1) or not counts[place[0]][last]) - found
        found |= more
        waiting += sorted(more)
    return found


def hidden_mentions(base: int, mentions: list[int], least: int) -> set[int]:
    """Which numbers of `mentions` (several answers were possible, `base` entries) not to show.

    How many did not choose an answer is the base without those who did: it tells as much, so it is hidden where it is small.
    """
    return {number for number, count in enumerate(mentions)
            if 0 < count < least or 0 < base - count < least}


def _ring(counts: list[list[int]], place: Place, found: set[Place], *, with_bases: bool) -> set[Place]:
    """The places of the ring through `place` that hides least besides `found`. There always is one: over all and total."""
    ways = []
    for grows in (True, False):
        if grows or counts[place[0]][place[1]] > 0:
            start, end = _direction(counts, place, grows=grows)
            ways.append(_way(counts, end, start, place, found, with_bases=with_bases))
    return set(min((way for way in ways if way), key=lambda way: way[0])[1])


def _direction(counts: list[list[int]], place: Place, *, grows: bool) -> tuple[Node, Node]:
    """From where to where the count at `place` flows when it grows (or shrinks)."""
    row, column = place
    is_margin = (row == len(counts) - 1) != (column == len(counts[0]) - 1)
    ends: tuple[Node, Node] = (("row", row), ("column", column))
    return ends if grows != is_margin else (ends[1], ends[0])


def _way(counts: list[list[int]], start: Node, end: Node, without: Place, found: set[Place], *, with_bases: bool
         ) -> tuple[int, list[Place]] | None:
    """Cost and places of the cheapest way from `start` to `end` (Dijkstra's)."""
    waiting: list[tuple[int, Node, list[Place]]] = [(0, start, [])]
    done: set[Node] = set()
    while waiting:
        cost, node, places = heapq.heappop(waiting)
        if node == end:
            return cost, places
        if node in done:
            continue
        done.add(node)
        for place in _at(counts, node, with_bases=with_bases):
            count = counts[place[0]][place[1]]
            for grows in (True, False):
                tail, head = _direction(counts, place, grows=grows)
                if place != without and tail == node and head not in done and (grows or count > 0):
                    heapq.heappush(waiting, (cost + _cost(counts, place, found), head, [*places, place]))
    return None


def _at(counts: list[list[int]], node: Node, *, with_bases: bool) -> Iterator[Place]:
    kind, number = node
    if kind == "row":
        return ((number, column) for column in range(len(counts[0]) - (not with_bases)))
    return ((row, number) for row in range(len(counts)))


def _cost(counts: list[list[int]], place: Place, found: set[Place]) -> int:
    if place in found:
        return 0
    margins = (place[0] == len(counts) - 1) + (place[1] == len(counts[0]) - 1)
    return (counts[place[0]][place[1]] or NOUGHT) + (0, MARGIN, EVERYTHING)[margins]
