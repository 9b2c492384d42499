"""Maps without foreign tiles and without scripts: a tile per Land, and Germany with a spot where entries come from.

The outline is Natural Earth's (public domain), see tools/outline.py; places are those of the official register. Lengths are in
the units of the drawing, WIDTH wide; numbers that go into SVG are text, because German writes commas.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import cos, radians, sqrt
from pathlib import Path
from typing import Any

from lorbeer.shared.lands import NAMES, TILES, land_name

SIDE = 60
WIDTH, MARGIN = 400, 12
CELL = 16                                                               # entries nearer than this share a spot
ONE, SEVERAL, LARGEST = 4.5, 8.0, 15.0                                  # radius of a spot with one entry, with a few, with the most
Point = tuple[float, float]
Entry = dict[str, Any]


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

    def place(self, longitude: float, latitude: float) -> Point:
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
    """A place on the map with the entries from there. `code` names it in the address, for this frame."""

    code: str
    x: str
    y: str
    radius: str
    entries: tuple[Entry, ...]
    is_awarded: bool

    @property
    def places(self) -> list[str]:
        return list(dict.fromkeys(entry["municipality"] or entry["applicant"] for entry in self.entries))


def spots(entries: Sequence[Entry], awarded: set[str], frame: Frame) -> list[Spot]:
    """Entries whose place is known, near ones together, so that none is hidden by another; the small and the awarded ones on top."""
    cells: dict[tuple[int, int], list[tuple[Point, Entry]]] = {}
    for entry in entries:
        if entry.get("latitude") is None or entry.get("longitude") is None:
            continue
        point = frame.place(entry["longitude"], entry["latitude"])
        if frame.holds(point):
            cells.setdefault((int(point[0] // CELL), int(point[1] // CELL)), []).append((point, entry))
    most = max((len(some) for some in cells.values()), default=1)
    found = []
    for (column, row), some in cells.items():
        share = sqrt((len(some) - 2) / max(most - 2, 1)) if len(some) > 1 else 0.0
        widest = min(LARGEST, SEVERAL + most / 4)
        found.append(Spot(
            f"{column}-{row}", f"{sum(x for (x, _y), _e in some) / len(some):.1f}", f"{sum(y for (_x, y), _e in some) / len(some):.1f}",
            f"{SEVERAL + (widest - SEVERAL) * share if len(some) > 1 else ONE:.1f}", tuple(entry for _point, entry in some),
            any(entry["code"] in awarded for _point, entry in some)))
    return sorted(found, key=lambda spot: (-len(spot.entries), spot.is_awarded, spot.code))
