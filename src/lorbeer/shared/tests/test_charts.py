"""Pictures of numbers are read without colour, by eyes that see few colours, and by nobody's eyes at all."""

import re
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest

from lorbeer.shared import charts
from lorbeer.shared.charts import GROUNDS, HATCHES, INK, PAPER, SHADES, contrast, ink_on, luminance
from lorbeer.shared.lands import NAMES

pytestmark = pytest.mark.once
SVG = "{http://www.w3.org/2000/svg}"
# How linear red, green and blue reach eyes that lack a kind of cones. Source: Machado, Oliveira, Fernandes 2009, severity 1.0.
EYES = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def seen(colour: str, eyes: str) -> float:
    """The luminance of `colour` for `eyes`."""
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4
              for one in (int(colour[at:at + 2], 16) / 255 for at in (1, 3, 5))]
    red, green, blue = (max(0, min(1, sum(share * part for share, part in zip(row, linear, strict=True)))) for row in EYES[eyes])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def tone(number: int, light) -> float:
    """How light a part is from afar: its ground and the lines on it, mixed."""
    hatch, ground = HATCHES[number], GROUNDS[number]
    return (1 - hatch.cover) * light(ground) + hatch.cover * light(ink_on(ground))


def test_eight_parts_differ_by_their_lines_alone():
    assert len(HATCHES) == len(GROUNDS) == 8
    assert len({(hatch.lines, hatch.size) for hatch in HATCHES}) == 8
    for one, other in combinations(range(8), 2):                        # and nobody needs to tell two plain ones apart by their hue
        assert HATCHES[one].lines or HATCHES[other].lines


@pytest.mark.parametrize("eyes", ["grey", *EYES])
def test_parts_that_touch_differ_in_tone_for_all_eyes_and_in_grey_print(eyes):
    def light(colour):
        return luminance(colour) if eyes == "grey" else seen(colour, eyes)

    for one, other in pairwise(range(8)):
        lighter, darker = sorted((tone(one, light), tone(other, light)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 1.5, (one, other)
    steps = [light(shade) for shade in SHADES]
    assert steps == sorted(steps, reverse=True)                         # more is darker
    assert all((one + 0.05) / (other + 0.05) >= 1.15 for one, other in pairwise(steps))


def test_outlines_and_writing_have_the_contrast_that_wcag_asks_for():
    assert contrast(INK, PAPER) >= 7
    assert contrast(charts.ACCENT, PAPER) >= 3
    for ground in (*SHADES, *GROUNDS):
        assert contrast(ink_on(ground), ground) >= 4.5
    assert all(contrast(INK, ground) >= 3 or contrast(PAPER, ground) >= 3 for ground in GROUNDS)


PARTS = [("ja", 60.0, "60,0 %"), ("nein & <nie>", 39.0, "39,0 %"), ("keine Antwort", 1.0, "1,0 %")]


@pytest.mark.parametrize("made", [
    charts.bars([("eins", 3.0, "3"), ("zwei", 0.0, "0")], "Titel <&>", description="eins 3; zwei 0"),
    charts.funnel([("viele", 9.0, "9"), ("wenige", 1.0, "1")], "Titel <&>", description="viele 9; wenige 1"),
    charts.stacked([("Gesamt", PARTS), ("Städte", PARTS)], "Titel <&>", description="Gesamt: ja 60,0 %"),
    charts.tile_map({"NW": 32, "BY": None}, "Titel <&>", description="NW 32"), charts.bars([], "Titel <&>"), charts.stacked([], "Titel <&>"),
])
def test_a_picture_is_svg_with_a_title_and_does_nothing(made):
    root = ElementTree.fromstring(made)
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == "Titel <&>"
    assert {one.tag.removeprefix(SVG) for one in root.iter()} <= {"svg", "title", "desc", "rect", "text", "line", "defs", "pattern", "path"}
    assert not [name for one in root.iter() for name in one.attrib if name.startswith("on") or name in {"style", "href"}]
    width, height = float(root.get("width")), float(root.get("height"))
    for one in root.iter(f"{SVG}rect"):                                 # nothing lies outside
        assert float(one.get("x", 0)) + float(one.get("width")) <= width + 1
        assert float(one.get("y", 0)) + float(one.get("height")) <= height + 1


def test_the_parts_of_a_bar_fill_it_and_are_as_long_as_their_share():
    root = ElementTree.fromstring(charts.stacked([("Gesamt", PARTS)], "Titel"))
    bar = [one for one in root.iter(f"{SVG}rect") if one.get("fill", "").startswith("url(") and one.get("height") == "26"]
    widths = [float(one.get("width")) for one in bar]
    assert [round(100 * width / sum(widths)) for width in widths] == [60, 39, 1]
    assert [one.get("fill") for one in bar] == [f"url(#part-{number})" for number in range(3)]
    shown = [one.text for one in root.iter(f"{SVG}text")]
    assert "60,0 %" in shown
    assert "1,0 %" not in shown                                          # too narrow to be written in; the table has it
    assert shown[-3:] == ["ja", "nein & <nie>", "keine Antwort"]


def test_every_land_has_its_tile_and_its_number_and_what_is_hidden_is_a_dot():
    root = ElementTree.fromstring(charts.tile_map({"NW": 32, "BY": None}, "Titel"))
    texts = [one.text for one in root.iter(f"{SVG}text")]
    assert set(NAMES) <= set(texts)
    assert (texts[texts.index("NW") + 1], texts[texts.index("BY") + 1], texts[texts.index("HB") + 1]) == ("32", "·", "0")


def test_the_figure_of_a_page_hatches_its_parts_without_any_inline_style():
    from lorbeer.shared.templatetags.figures import figure_stacked

    html = figure_stacked([(f"Teil {number}", number + 1) for number in range(9)], "Titel")
    assert 'style="' not in html
    ids = re.findall(r'<pattern id="([^"]+)"', html)
    assert len(set(ids)) == 8
    assert set(re.findall(r'fill="url\(#([^)]+)\)"', html)) == set(ids)
