"""What else must be hidden, so that a hidden count cannot be computed from what stands beside it.

The counts of a table with its bases and totals are a circulation: what flows from its row into its column flows back by
the column's total and the row's base. A hidden count is safe when it lies on a ring of hidden ones: along it each could be one
more or one less, and every sum that is shown would stay. Nobody thinks a hidden count to be 0, so none shrinks below 1.
"""

import heapq
from collections.abc import Iterator

Place = tuple[int, int]                                                 # row, column; the last of each are the total and the base
Node = tuple[str, int]

MARGIN, EVERYTHING = 10**6, 10**9                                       # a base is missed more than a cell, the base of all most


def hidden(counts: list[list[int]], least: int) -> set[Place]:
    """The places of `counts` not to be shown: counts from 1 to below `least`, and others so that none can be computed.

    `counts`: rows of cells, each followed by its base; the last row is the total. The bases themselves may be small:
    they are hidden only where a count could be computed from them.
    """
    last = len(counts[0]) - 1
    small = [(row, column) for row, cells in enumerate(counts) for column, count in enumerate(cells[:last]) if 0 < count < least]
    found = set(small)
    for place in small:
        found |= _ring(counts, place, found)
    return found


def _ring(counts: list[list[int]], place: Place, found: set[Place]) -> set[Place]:
    """The places of the ring through `place` that hides least besides `found`. There always is one: over base, all and total."""
    ways = []
    for grows in (True, False):
        if grows or counts[place[0]][place[1]] > 1:
            start, end = _direction(counts, place, grows=grows)
            ways.append(_way(counts, end, start, place, found))
    return set(min((way for way in ways if way), key=lambda way: way[0])[1])


def _direction(counts: list[list[int]], place: Place, *, grows: bool) -> tuple[Node, Node]:
    """From where to where the count at `place` flows when it grows (or shrinks)."""
    row, column = place
    is_margin = (row == len(counts) - 1) != (column == len(counts[0]) - 1)
    ends: tuple[Node, Node] = (("row", row), ("column", column))
    return ends if grows != is_margin else (ends[1], ends[0])


def _way(counts: list[list[int]], start: Node, end: Node, without: Place, found: set[Place]) -> tuple[int, list[Place]] | None:
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
        for place in _at(counts, node):
            count = counts[place[0]][place[1]]
            for grows in (True, False):
                tail, head = _direction(counts, place, grows=grows)
                if place != without and tail == node and head not in done and (count > 0 if grows else count > 1):
                    heapq.heappush(waiting, (cost + _cost(counts, place, found), head, [*places, place]))
    return None


def _at(counts: list[list[int]], node: Node) -> Iterator[Place]:
    kind, number = node
    if kind == "row":
        return ((number, column) for column in range(len(counts[0])))
    return ((row, number) for row in range(len(counts)))


def _cost(counts: list[list[int]], place: Place, found: set[Place]) -> int:
    if place in found:
        return 0
    margins = (place[0] == len(counts) - 1) + (place[1] == len(counts[0]) - 1)
    return counts[place[0]][place[1]] + (0, MARGIN, EVERYTHING)[margins]
