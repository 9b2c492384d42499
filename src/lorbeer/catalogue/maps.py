"""Maps without foreign tiles and without scripts: a tile per Land, and Germany with a spot where entries come from.

The outline is Natural Earth's (public domain), see tools/outline.py; places are those of the official register. Lengths are in
the units of the drawing, WIDTH wide; numbers that go into SVG are text, because German writes commas.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import cos, radians, sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lorbeer.catalogue.search.view import Points
from lorbeer.shared.lands import NAMES, TILES, land_name

SIDE = 60
WIDTH, MARGIN = 400, 12
CELL = 8                                                                # side of the squares in which entries are counted
APART = 36                                                              # spots lie so far apart at least: 24 px on a map 270 px wide
ONE, SEVERAL, LARGEST = 6.0, 11.0, 17.0                                 # radius of a spot with one entry, with a few, with the most
MOST_NAMED = 3                                                          # places that a spot names
Point = tuple[float, float]
Array = NDArray[Any]


def tiles(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """One tile per Land, `counts` by code: place, number of entries, shade 0 (none) to 5 (the most)."""
    most = max((counts.get(code, 0) for code in NAMES), default=0) or 1
    return [
        {"code": code, "name": land_name(code), "count": counts.get(code, 0), "x": column * SIDE, "y": row * SIDE,
         "middle": column * SIDE + 28, "shade": -(-5 * counts.get(code, 0) // most)}
        for code, (column, row) in TILES.items()
    ]


@lru_cache(maxsize=1)
def _rings() -> dict[str, list[list[Point]]]:
    """{Land: its outlines as (longitude, latitude)}."""
    found = json.loads((Path(__file__).parent / "vendor" / "natural-earth" / "laender.json").read_text("utf-8"))
    arcs = [[(x, y) for x, y in arc] for arc in found["arcs"]]
    return {code: [[point for n in ring for point in (arcs[n] if n >= 0 else arcs[~n][::-1])[:-1]] for ring in rings]
            for code, rings in found["lands"].items()}


@dataclass(frozen=True)
class Frame:
    """What the map shows: Germany, or one Land. Plate carrée, true to scale on its middle latitude."""

    land: str = ""

    @cached_property
    def _box(self) -> tuple[float, float, float, float]:
        points = [point for code, rings in _rings().items() if self.land in ("", code) for ring in rings for point in ring]
        longitudes, latitudes = [x for x, _y in points], [y for _x, y in points]
        return min(longitudes), max(longitudes), min(latitudes), max(latitudes)

    @cached_property
    def _narrow(self) -> float:
        """How much shorter a degree of longitude is than one of latitude."""
        return cos(radians((self._box[2] + self._box[3]) / 2))

    @cached_property
    def _scale(self) -> float:
        return (WIDTH - 2 * MARGIN) / ((self._box[1] - self._box[0]) * self._narrow)

    @property
    def height(self) -> int:
        return round((self._box[3] - self._box[2]) * self._scale + 2 * MARGIN)

    def place(self, longitude: Any, latitude: Any) -> Any:
        """(x, y) of a point, or of arrays of them."""
        return (longitude - self._box[0]) * self._narrow * self._scale + MARGIN, (self._box[3] - latitude) * self._scale + MARGIN

    def holds(self, point: Point) -> bool:
        return 0 <= point[0] <= WIDTH and 0 <= point[1] <= self.height

    @property
    def outline(self) -> list[dict[str, Any]]:
        """The Länder as paths; of a single Land also its neighbours, as far as the frame reaches."""
        return _outline(self)


@lru_cache(maxsize=32)
def _outline(frame: Frame) -> list[dict[str, Any]]:
    found = []
    for code, rings in _rings().items():
        drawn = [[frame.place(*point) for point in ring] for ring in rings]
        if any(frame.holds(point) for ring in drawn for point in ring):
            path = "".join(f"M{'L'.join(f'{x:.1f} {y:.1f}' for x, y in ring)}Z" for ring in drawn)
            found.append({"code": code, "name": land_name(code), "path": path, "is_beside": frame.land not in ("", code)})
    return sorted(found, key=lambda one: not one["is_beside"])


@dataclass(frozen=True)
class Spot:
    """A place on the map from which entries come. `code` names it in the address, for this frame; `point`: one of its points."""

    code: str
    x: str
    y: str
    radius: str
    count: int
    is_awarded: bool
    point: int
    places: tuple[str, ...]                                             # MOST_NAMED at most, those with the most entries first
    has_more_places: bool


@dataclass(frozen=True)
class Spots:
    """`shown`: the awarded ones on top. `cells`: of each point, at which spot it is, by cell; `placed`: how many are on the map."""

    shown: list[Spot]
    cells: Array
    placed: int

    def at(self, spot: Spot) -> Array:
        """Flags of the points that share the spot."""
        return self.cells == self.cells[spot.point]


def spots(points: Points, frame: Frame) -> Spots:
    """Entries whose place is known, near ones together, so that none is hidden by another and a finger hits the one it means. No entry is
    read for it."""
    x, y = frame.place(points.longitudes, points.latitudes)
    known = (x >= 0) & (x <= WIDTH) & (y >= 0) & (y <= frame.height)    # what is not a number is not within
    rows = frame.height // CELL + 1
    cells = np.full(len(x), -1, np.int64)
    cells[known] = (x[known] // CELL).astype(np.int64) * rows + (y[known] // CELL).astype(np.int64)
    here, all_cells = cells[known], rows * (WIDTH // CELL + 1)
    alone = np.bincount(here, minlength=all_cells)
    filled = np.maximum(alone, 1)
    across, down = np.bincount(here, x[known], all_cells) / filled, np.bincount(here, y[known], all_cells) / filled
    cells[known] = here = _gathered(alone, across, down)[here]
    counts, won = np.bincount(here, minlength=all_cells), np.bincount(cells[known & points.awarded], minlength=all_cells)
    point = np.zeros(all_cells, np.int64)
    point[here] = np.flatnonzero(known)
    names = _names(here, points.places[known], points.names)
    most = int(counts.max(initial=1))
    widest = min(LARGEST, SEVERAL + most / 4)
    found = []
    for cell in np.flatnonzero(counts).tolist():
        count = int(counts[cell])
        radius = SEVERAL + (widest - SEVERAL) * sqrt((count - 2) / max(most - 2, 1)) if count > 1 else ONE
        found.append(Spot(
            f"{cell // rows}-{cell % rows}", f"{across[cell]:.1f}", f"{down[cell]:.1f}", f"{radius:.1f}", count,
            bool(won[cell]), int(point[cell]), tuple(names[cell][:MOST_NAMED]), len(names[cell]) > MOST_NAMED))
    return Spots(sorted(found, key=lambda spot: (-spot.count, spot.is_awarded, spot.code)), cells, len(here))


def _gathered(counts: Array, across: Array, down: Array) -> Array:
    """{cell: the cell whose spot it joins}: the fullest cells are spots, APART from each other; all others join the nearest one."""
    joins, spots_at = np.arange(len(counts)), np.zeros((0, 2))
    leading: list[int] = []
    filled = np.flatnonzero(counts)
    for cell in filled[np.argsort(-counts[filled], kind="stable")].tolist():
        far = np.hypot(spots_at[:, 0] - across[cell], spots_at[:, 1] - down[cell])
        if len(far) and far.min() < APART:
            joins[cell] = leading[int(far.argmin())]
        else:
            leading.append(cell)
            spots_at = np.vstack([spots_at, (across[cell], down[cell])])
    return joins


def _names(cells: Array, places: Array, names: Any) -> dict[int, list[str]]:
    """{cell: names of its places}, one more than are named, those with the most entries first."""
    pairs = np.sort(cells << 32 | places)
    starts = np.flatnonzero(np.concatenate([[True], pairs[1:] != pairs[:-1]])) if len(pairs) else np.zeros(0, np.int64)
    often, pairs = np.diff(np.append(starts, len(pairs))), pairs[starts]
    order = np.lexsort((-often, pairs >> 32))
    of = pairs[order] >> 32
    place = np.arange(len(of)) - np.searchsorted(of, of)                # of the name among those of its cell
    found: dict[int, list[str]] = {}
    for pair in pairs[order[place <= MOST_NAMED]].tolist():
        found.setdefault(pair >> 32, []).append(names[pair & 0xFFFFFFFF])
    return found
