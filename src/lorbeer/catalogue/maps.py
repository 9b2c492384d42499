"""Maps without foreign tiles: one square per Land, and one point per municipality. Lengths are text for SVG."""

from collections import Counter
from collections.abc import Mapping
from math import cos, radians
from typing import Any

from lorbeer.shared.lands import NAMES, TILES, land_name

SIDE = 60
WEST, EAST, SOUTH, NORTH = 5.7, 15.2, 47.1, 55.2                        # degrees; where Germany lies
WIDTH = 400
SCALE = WIDTH / ((EAST - WEST) * cos(radians((SOUTH + NORTH) / 2)))
HEIGHT = round((NORTH - SOUTH) * SCALE)


def tiles(lands: Mapping[str, int]) -> list[dict[str, Any]]:
    """One tile per Land: place, number of entries, shade 0 (none) to 5 (the most). `lands`: entries by Land."""
    counts = Counter(lands)
    most = max((counts[code] for code in NAMES), default=0) or 1
    return [
        {"code": code, "name": land_name(code), "count": counts[code], "x": column * SIDE, "y": row * SIDE,
         "middle": column * SIDE + 28, "shade": -(-5 * counts[code] // most)}
        for code, (column, row) in TILES.items()
    ]


def points(entries: list[dict[str, Any]], awarded: set[str]) -> list[dict[str, Any]]:
    """One point per entry whose place is known; awarded ones last, so that they lie on top."""
    found = []
    for entry in entries:
        latitude, longitude = entry.get("latitude"), entry.get("longitude")
        if latitude is None or longitude is None:
            continue
        x = (longitude - WEST) * cos(radians((SOUTH + NORTH) / 2)) * SCALE
        y = (NORTH - latitude) * SCALE
        if 0 <= x <= WIDTH and 0 <= y <= HEIGHT:
            found.append({"x": f"{x:.1f}", "y": f"{y:.1f}", "entry": entry, "is_awarded": entry["code"] in awarded})
    return sorted(found, key=lambda point: point["is_awarded"])
