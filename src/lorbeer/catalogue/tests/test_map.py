"""The map is understood without script, without a foreign server, by keyboard, and by those who do not see it."""

import re
from dataclasses import replace

import numpy as np
import pytest

from lorbeer.catalogue import maps
from lorbeer.catalogue.maps import Frame, spots
from lorbeer.catalogue.search.view import Points
from lorbeer.editions.tests.factories import make_call, make_edition, make_entry, make_place
from lorbeer.editions.tests.test_editions import make_award
from lorbeer.shared.lands import NAMES

pytestmark = pytest.mark.django_db
MUNICH, AUGSBURG, KIEL = (48.14, 11.57), (48.37, 10.90), (54.32, 10.13)


def page(client, competition, **query):
    answer = client.get(f"/{competition.code}/catalogue/map/", query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def place(db):
    competition = make_call()
    one = make_entry(competition, title="Garten", land_code="BY", municipality=make_place("München", latitude=MUNICH[0], longitude=MUNICH[1]))
    make_award(competition, one)
    make_entry(competition, title="Hafen", land_code="SH", municipality=make_place("Kiel", latitude=KIEL[0], longitude=KIEL[1]))
    make_entry(competition, title="Ohne Ort", land_code="BY")
    make_edition(competition)
    return competition


def test_every_land_has_an_outline_in_which_its_towns_lie():
    outline = {one["code"]: one["path"] for one in Frame().outline}
    assert set(outline) == set(NAMES)

    def holds(code, point):
        """Whether a ray from the point crosses the outline an odd number of times."""
        x, y = point
        inside = False
        for ring in re.findall(r"M([^Z]+)Z", outline[code]):
            points = [tuple(map(float, one.split())) for one in ring.split("L")]
            for (x1, y1), (x2, y2) in zip(points, points[1:] + points[:1], strict=True):
                if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                    inside = not inside
        return inside

    towns = {"BY": MUNICH, "SH": KIEL, "BE": (52.52, 13.40), "SN": (51.05, 13.74), "NW": (50.94, 6.96), "SL": (49.23, 7.00),
             "HH": (53.55, 10.0), "HB": (53.08, 8.81), "BB": (52.39, 13.06), "MV": (54.09, 12.13), "TH": (50.98, 11.03),
             "ST": (52.12, 11.63), "HE": (50.11, 8.68), "RP": (50.0, 8.26), "BW": (48.78, 9.18), "NI": (52.37, 9.73)}
    frame = Frame()
    for code, (latitude, longitude) in towns.items():
        assert [one for one in NAMES if holds(one, frame.place(longitude, latitude))] == [code], code


def points(several, awarded=()):
    """Points at (latitude, longitude), each a place of its own."""
    nowhere = float("nan")
    degrees = np.array([(nowhere, nowhere) if one is None else one for one in several], float)
    return Points(degrees[:, 1], degrees[:, 0], np.isin(np.arange(len(several)), list(awarded)), np.arange(len(several)),
                  [f"Ort {number}" for number in range(len(several))])


def test_entries_that_are_near_share_a_spot_and_part_when_their_land_fills_the_map():
    several = points([MUNICH, MUNICH, AUGSBURG, KIEL, None], awarded=[1])
    whole, land = spots(several, Frame()), spots(several, Frame("BY"))
    assert sorted(one.count for one in whole.shown) in ([1, 1, 2], [1, 3])
    assert whole.placed == sum(one.count for one in whole.shown) == 4   # no entry is hidden by another
    assert [(one.count, one.is_awarded, one.places) for one in land.shown] == [
        (2, True, ("Ort 0", "Ort 1")), (1, False, ("Ort 2",))]          # Kiel is out of the frame, Augsburg by itself
    assert [land.at(one).tolist() for one in land.shown] == [[True, True, False, False, False], [False, False, True, False, False]]


def test_a_spot_names_the_places_with_the_most_entries():
    several = points([MUNICH] * 9)
    (spot,) = spots(replace(several, places=np.array([3, 1, 2, 2, 0, 4, 4, 4, 3])), Frame()).shown
    assert (spot.places, spot.has_more_places) == (("Ort 4", "Ort 2", "Ort 3"), True)


def test_a_map_of_a_hundred_thousand_entries_stays_small():
    found = spots(points([(47.5 + number % 700 / 100, 6 + number % 830 / 100) for number in range(100_000)]), Frame())
    assert found.placed == sum(one.count for one in found.shown) == 100_000
    assert len(found.shown) < 200
    assert max(float(one.radius) for one in found.shown) <= maps.LARGEST


def test_no_two_spots_are_nearer_than_a_finger_is_wide():
    chance = np.random.default_rng(5)
    several = list(zip(chance.uniform(47.5, 54.5, 600).tolist(), chance.uniform(6, 14.5, 600).tolist(), strict=True))
    for frame in (Frame(), Frame("NW"), Frame("HB")):
        found = spots(points(several), frame)
        at = np.array([(float(one.x), float(one.y)) for one in found.shown])
        far = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)) + np.eye(len(at)) * 1_000
        assert far.min() > maps.APART - .2                              # a tenth is rounded away at each end
        assert max(float(one.radius) for one in found.shown) <= maps.APART / 2
        assert found.placed == sum(one.count for one in found.shown) == sum(int(found.at(one).sum()) for one in found.shown)


def test_spots_and_tiles_are_links_with_words_for_keyboard_and_screen_reader(client, place):
    text = page(client, place)
    links = re.findall(r'<a class="cat-spot[^"]*" href="([^"]+)" aria-label="([^"]+)"', text)
    garden = place.entries.get(title="Garten")
    assert (f"/{place.code}/catalogue/{garden.code}/", f"{garden.applicant}: Garten (prämiert)") in links
    assert ("?land=BY", "Bayern: 2 Beiträge") in links
    narrowed = re.findall(r'<a class="cat-spot[^"]*" href="([^"]+)" aria-label="([^"]+)"', page(client, place, land="BY"))
    assert ("?land=SH", "Schleswig-Holstein: 1 Beitrag") in narrowed    # from one Land to the next
    assert ("?", "Bayern: 2 Beiträge") in narrowed                      # and back to all of them
    assert "tabindex" not in text.split("<svg class=\"cat-points\"")[1].split("</svg>")[0]
    assert re.search(r'cx="\d+\.\d" cy="\d+\.\d"', text)                # points, not commas, in German too
    assert "Von 1 Beitrag ist der Ort nicht bekannt" in text
    svg = text.split('<svg class="cat-points"')[1].split("</svg>")[0]
    assert "http" not in svg                                            # no foreign server draws it
    for title in ("Garten", "Hafen", "Ohne Ort"):
        assert f">{title}</a>" in text                                  # the list beside it has them all


def test_a_spot_with_several_entries_narrows_the_list_beside_it(client, place):
    for number in (1, 2):
        make_entry(place, title=f"Am selben Ort {number}", land_code="SH",
                   municipality=make_place(f"Kiel {number}", latitude=KIEL[0], longitude=KIEL[1]))
    make_edition(place)
    text = page(client, place, land="SH")
    (spot,) = re.findall(r'href="\?([^"#]*spot=(\d+-\d+))#entries"', text)
    narrowed = page(client, place, land="SH", spot=spot[1])
    assert 'aria-current="true"><title>' in narrowed
    assert "Am selben Ort 1" in narrowed
    rows = re.compile(r'<ul class="cat-rows">.*?</ul>', re.S)
    whole = rows.search(text)[0]
    for other in ("99-99", "unsinn"):
        assert rows.search(page(client, place, land="SH", spot=other))[0] == whole


def test_filters_of_the_list_hold_on_the_map_and_the_way_back_keeps_them(client, place):
    text = page(client, place, award="any")
    assert ">Garten</a>" in text
    assert ">Hafen</a>" not in text
    assert f'href="/{place.code}/catalogue/?award=any"' in text
    answer = client.get(f"/{place.code}/catalogue/", {"view": "map", "award": "any"})
    assert (answer.status_code, answer["Location"]) == (302, f"/{place.code}/catalogue/map/?award=any")
    assert client.get(f"/{place.code}/catalogue/map/", {"q": "Nirgendwort"}).status_code == 200


def test_where_nobody_has_a_land_the_list_is_shown_instead_and_no_sitemap_leads_to_the_map(client):
    competition = make_call()
    make_entry(competition, land_code="")
    make_edition(competition)
    answer = client.get(f"/{competition.code}/catalogue/map/", {"award": "none", "page": "2"})
    assert (answer.status_code, answer["Location"]) == (302, f"/{competition.code}/catalogue/?award=none")
    assert "/catalogue/map/" not in client.get(f"/{competition.code}/sitemap.xml").content.decode()


def test_before_the_announcement_the_map_is_empty(client):
    competition = make_call(announced=False)
    make_entry(competition, title="Geheimer Garten", municipality=make_place(latitude=48.1, longitude=11.5))
    make_edition(competition)
    text = page(client, competition)
    assert "noch nichts veröffentlicht" in text
    assert "<svg class=\"cat-points\"" not in text
