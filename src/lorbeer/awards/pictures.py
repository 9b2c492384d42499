"""Sample pictures: drawn by a program from the code of an entry, always the same, always marked as samples.

They stand where a municipality's photograph would be. Nothing in them is a place or a person.
"""

import hashlib
import math
import random
from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from lorbeer.shared.typst_worker import TEMPLATES

WIDTH, HEIGHT = 1200, 800  # pixels
SKY = 185  # pixels above the sun: a page may cut the picture to a band of 5 : 2 and still shows it whole
WORD = "Beispielbild"

# Three colours and a paper each: laurel, slate, brick, ochre, plum, sea.
PALETTES = [
    ("#f3f1e7", "#2f5d50", "#7fa086", "#d9a441"),
    ("#eef1f4", "#2d3e55", "#7f94ad", "#e0a458"),
    ("#f6efe9", "#8a3d2e", "#c98b6b", "#3f5f6b"),
    ("#f7f2e2", "#8a6a1f", "#d0b15e", "#4d6a58"),
    ("#f3eef3", "#563a5c", "#a487a8", "#c9a24b"),
    ("#eaf2f2", "#1f5a66", "#78a7ab", "#d98f5a"),
]


def sample_picture(seed: str) -> bytes:
    """A JPEG of 1200 × 800 pixels: abstract roofs, hills and a sun, with the word “Beispielbild” on it."""
    dice = random.Random(hashlib.sha256(seed.encode()).digest())  # noqa: S311 a drawing, not a secret
    paper, dark, middle, light = dice.choice(PALETTES)
    scale = 2  # drawn large and scaled down: smooth edges
    image = Image.new("RGB", (WIDTH * scale, HEIGHT * scale), paper)
    draw = ImageDraw.Draw(image)
    _sun(draw, dice, light, scale)
    _hills(draw, dice, _mixed(middle, paper, 0.55), HEIGHT * 0.62, scale)
    _hills(draw, dice, _mixed(middle, paper, 0.25), HEIGHT * 0.72, scale)
    _roofs(draw, dice, [dark, middle, _mixed(dark, light, 0.35), _mixed(dark, paper, 0.3)], paper, scale)
    image = image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    _mark(image, paper, dark)
    result = BytesIO()
    image.save(result, "JPEG", quality=86, optimize=True)
    return result.getvalue()


def alternative_text() -> str:
    """What the picture shows, for those who cannot see it."""
    return "Gezeichnetes Beispielbild: Dächer, Hügel und eine Sonne in wenigen Farben"


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _mixed(one: str, other: str, share: float) -> str:
    """`one` with `share` (0 to 1) of `other`."""
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(_rgb(one), _rgb(other), strict=True))


def _sun(draw: ImageDraw.ImageDraw, dice: random.Random, colour: str, scale: int) -> None:
    radius = dice.randint(60, 95)
    x, y = dice.randint(180, WIDTH - 180), radius + dice.randint(SKY, SKY + 25)
    radius, x, y = radius * scale, x * scale, y * scale
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def _hills(draw: ImageDraw.ImageDraw, dice: random.Random, colour: str, base: float, scale: int) -> None:
    waves = [(dice.uniform(20, 55), dice.uniform(0.002, 0.006), dice.uniform(0, math.tau)) for _number in range(3)]
    line = [
        (x * scale, (base + sum(height * math.sin(x * length + start) for height, length, start in waves)) * scale)
        for x in range(0, WIDTH + 8, 8)
    ]
    draw.polygon([*line, (WIDTH * scale, HEIGHT * scale), (0, HEIGHT * scale)], fill=colour)


def _roofs(draw: ImageDraw.ImageDraw, dice: random.Random, colours: list[str], paper: str, scale: int) -> None:
    x = -dice.randint(0, 60)
    while x < WIDTH:
        width, height = dice.randint(80, 170), dice.randint(130, 330)
        top, colour = HEIGHT - height, dice.choice(colours)
        left, right = x * scale, (x + width) * scale
        draw.rectangle((left, top * scale, right, HEIGHT * scale), fill=colour)
        kind = dice.choice(["gable", "gable", "flat", "half"])
        if kind == "gable":
            draw.polygon(
                [(left, top * scale), ((left + right) / 2, (top - width * 0.45) * scale), (right, top * scale)], fill=colour
            )
        elif kind == "half":
            draw.polygon([(left, top * scale), (left, (top - width * 0.3) * scale), (right, top * scale)], fill=colour)
        for row in range(top + 28, HEIGHT - 40, 52):
            for column in range(x + 18, x + width - 26, 36):
                if dice.random() < 0.7:
                    draw.rectangle(
                        (column * scale, row * scale, (column + 14) * scale, (row + 24) * scale),
                        fill=_mixed(colour, paper, 0.6),
                    )
        x += width + dice.choice([0, 0, 6, 18])


@lru_cache(maxsize=1)
def _font() -> ImageFont.FreeTypeFont:
    path = next(iter(sorted((TEMPLATES / "fonts").rglob("FiraSans-SemiBold.ttf"))), None) or next(
        iter(sorted((TEMPLATES / "fonts").rglob("*.ttf")))
    )
    return ImageFont.truetype(str(path), 40)


def _mark(image: Image.Image, paper: str, dark: str) -> None:
    draw = ImageDraw.Draw(image)
    left, top, right, bottom = draw.textbbox((0, 0), WORD, font=_font())
    width, height = right - left, bottom - top
    draw.rectangle((40, 40, 40 + width + 40, 40 + height + 32), fill=paper, outline=dark, width=3)
    draw.text((60 - left, 56 - top), WORD, font=_font(), fill=dark)
