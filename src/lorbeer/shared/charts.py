"""Pictures of numbers as SVG files: for the book, for downloads, and beside a table. Drawn by hand: the same bytes every time.

Nobody needs colour to read one: parts differ in their hatching and are outlined, tones rise in one hue, and every number is written.
Colours are attributes, never styles, so that a page with a strict content security policy can show the same picture.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from lorbeer.shared.lands import TILES

INK, QUIET, ACCENT, HAIRLINE, PAPER = "#1c1f1e", "#555d5a", "#17513f", "#b9c2be", "#ffffff"
FONT = "Fira Sans, DejaVu Sans, sans-serif"
WIDTH = 520.0


@dataclass(frozen=True)
class Hatch:
    """Lines on a tile of `size` pixels, as the path of an SVG; `cover`: how much of the tile they take, 0 to 1."""

    size: int
    lines: str
    cover: float


# Eight parts that differ without any colour, and beside each other in tone, too: dark and light take turns.
STROKE = 1.1
HATCHES = (
    Hatch(8, "", 0), Hatch(8, "M0 8L8 0M-2 2L2 -2M6 10L10 6", 0.19), Hatch(6, "M0 3H6", 0.18), Hatch(8, "M0 0L8 8M-2 6L2 10M6 -2L10 2", 0.19),
    Hatch(6, "M3 0V6", 0.18), Hatch(8, "M0 4H8M4 0V8", 0.26), Hatch(10, "M0 10L10 0M0 0L10 10", 0.29), Hatch(10, "M3 5H7M5 3V7", 0.08),
)
# The ground under each; lines are drawn in paper on dark ground and in ink on light ground.
GROUNDS = ("#123f31", "#f0e2b8", "#1b4f66", "#f6e6ee", "#2c3656", "#cfe8d8", "#6b2f21", "#eef0ee")
# From none to most. The writing on a tile has at least 4.5 to 1 against it.
SHADES = ("#eef4f1", "#cfe2d9", "#a3c8b7", "#3d7d65", "#17513f")


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`, 0 to 1. Source: WCAG 2.2."""
    parts = [int(colour[at:at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast of two colours, 1 to 21. Source: WCAG 2.2."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def ink_on(ground: str) -> str:
    """Black or white, whichever is read better on `ground`."""
    return INK if contrast(INK, ground) >= contrast(PAPER, ground) else PAPER


def _svg(width: float, height: float, body: Iterable[str], title: str, description: str = "") -> bytes:
    told = f"<desc>{escape(description)}</desc>" if description else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}" '
        f'role="img" font-family="{FONT}"><title>{escape(title)}</title>{told}{"".join(body)}</svg>'
    ).encode()


def _text(x: float, y: float, text: str, *, size: float = 11, anchor: str = "start", fill: str = INK, bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" text-anchor="{anchor}" fill="{fill}"{weight}>'
            f"{escape(text)}</text>")


def bars(rows: Sequence[tuple[str, float, str]], title: str, *, label_width: float = 190, description: str = "") -> bytes:
    """Horizontal bars: (label, length, what stands at the end). Long labels take two lines."""
    return _bars(rows, title, label_width, description, centred=False)


def funnel(rows: Sequence[tuple[str, float, str]], title: str, *, label_width: float = 150, description: str = "") -> bytes:
    """The same, each bar centred below the one before it: from many to few."""
    return _bars(rows, title, label_width, description, centred=True)


def _bars(rows: Sequence[tuple[str, float, str]], title: str, left: float, description: str, *, centred: bool) -> bytes:
    step, room = 30.0, WIDTH - left - 96
    most = max((length for _label, length, _end in rows), default=1) or 1
    body = []
    for number, (label, length, end) in enumerate(rows):
        y, size = 6 + number * step, room * length / most
        lines = wrapped(label, int(left / 5.6))
        for place, line in enumerate(lines):
            body.append(_text(left - 10, y + 15 + (place - (len(lines) - 1) / 2) * 11.5, line, size=10.5, anchor="end"))
        x = left + (room - size) / 2 if centred else left
        body.append(f'<rect x="{x:g}" y="{y + 1:g}" width="{max(size, 0.8):.1f}" height="20" fill="{ACCENT}"/>')
        body.append(_text(left + (room if centred else size) + 7, y + 15, end, size=10.5, bold=True))
    bottom = 6 + len(rows) * step
    if not centred:
        body.append(f'<line x1="{left:g}" y1="2" x2="{left:g}" y2="{bottom:g}" stroke="{INK}" stroke-width="0.8"/>')
    return _svg(WIDTH, bottom + 4, body, title, description)


def stacked(rows: Sequence[tuple[str, Sequence[tuple[str, float, str]]]], title: str, *, description: str = "") -> bytes:
    """A bar of parts per row, each as long as the others: (label, [(part, length, what is written)]). The legend names the parts.

    Every row has the same parts in the same order. What is written stands within its part where it fits, else it is left to the table.
    """
    left, top, height, step = 130.0, 6.0, 26.0, 36.0
    room = WIDTH - left - 6
    names = [part for part, _length, _text_ in rows[0][1]] if rows else []
    body = ["<defs>", *(_pattern(number) for number in range(min(len(names), len(HATCHES)))), "</defs>"]
    for number, (label, parts) in enumerate(rows):
        y, x = top + number * step, left
        total = sum(length for _part, length, _text_ in parts) or 1
        lines = wrapped(label, int(left / 5.6))
        for place, line in enumerate(lines):
            body.append(_text(left - 8, y + 17 + (place - (len(lines) - 1) / 2) * 11.5, line, size=10.5, anchor="end"))
        for at, (_part, length, written) in enumerate(parts):
            size = room * length / total
            body.append(_part_rect(at, x, y, size, height))
            wide = 6.2 * len(written) + 8
            if size >= wide:                                            # on a plate of paper, whatever is hatched below
                body.append(f'<rect x="{x + (size - wide) / 2:.1f}" y="{y + 5:g}" width="{wide:.1f}" height="16" rx="2" fill="{PAPER}"/>')
                body.append(_text(x + size / 2, y + 17, written, size=10.5, anchor="middle"))
            x += size
    y = top + len(rows) * step + 6
    for at, name in enumerate(names):
        body.append(_part_rect(at, left, y, 22, 14))
        body.append(_text(left + 30, y + 11, name, size=10.5))
        y += 20
    return _svg(WIDTH, y + 4, body, title, description)


def _pattern(number: int) -> str:
    hatch, ground = HATCHES[number], GROUNDS[number]
    lines = f'<path d="{hatch.lines}" stroke="{ink_on(ground)}" stroke-width="{STROKE}" fill="none"/>' if hatch.lines else ""
    return (f'<pattern id="part-{number}" width="{hatch.size}" height="{hatch.size}" patternUnits="userSpaceOnUse">'
            f'<rect width="{hatch.size}" height="{hatch.size}" fill="{ground}"/>{lines}</pattern>')


def _part_rect(number: int, x: float, y: float, width: float, height: float) -> str:
    return (f'<rect x="{x:.1f}" y="{y:g}" width="{width:.1f}" height="{height:g}" fill="url(#part-{number % len(HATCHES)})" '
            f'stroke="{INK}" stroke-width="1"/>')


def tile_map(counts: Mapping[str, int | None], title: str, *, description: str = "") -> bytes:
    """One tile per Land with its code and count; the shade rises with the count, the count is always written.

    None: not to be shown; a dot stands for it.
    """
    size, gap = 64.0, 5.0
    most = max((count or 0 for count in counts.values()), default=1) or 1
    body = []
    for code, (column, row) in TILES.items():
        count = counts.get(code, 0)
        fill = SHADES[0 if not count else min(4, 1 + int(3.999 * count / most))]
        ink = ink_on(fill)
        x, y = 2 + column * (size + gap), 2 + row * (size + gap)
        body.append(f'<rect x="{x:g}" y="{y:g}" width="{size:g}" height="{size:g}" rx="3" fill="{fill}" stroke="{HAIRLINE}"/>')
        body.append(_text(x + 7, y + 17, code, size=11, fill=ink))
        body.append(_text(x + size / 2, y + 45, "·" if count is None else str(count), size=21, anchor="middle", fill=ink, bold=True))
    columns = max(column for column, _row in TILES.values()) + 1
    rows = max(row for _column, row in TILES.values()) + 1
    return _svg(4 + columns * (size + gap) - gap, 4 + rows * (size + gap) - gap, body, title, description)


def wrapped(label: str, width: int) -> list[str]:
    """`label` in one or two lines of at most `width` characters; what is longer ends with an ellipsis."""
    lines = [""]
    for word in label.replace("/", "/\u200b").replace("\u200b", " ").split(" "):
        glue = "" if not lines[-1] or lines[-1].endswith("/") else " "
        if lines[-1] and len(lines[-1]) + len(word) + 1 > width:
            lines.append(word)
        else:
            lines[-1] += glue + word
    if len(lines) > 2:
        lines = [lines[0], lines[1][: width - 1].rstrip() + "…"]
    return lines
