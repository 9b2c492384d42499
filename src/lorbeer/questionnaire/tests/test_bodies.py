import pytest

from lorbeer.questionnaire.municipalities import bodies_in, key_named
from lorbeer.register.tests.factories import make_edition, make_municipality
from lorbeer.shared.errors import BadInput

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    edition = make_edition()
    for key, name, land, status in (
        ("09663000", "Würzburg, Stadt", "BY", "kreisfrei"), ("09679", "Landkreis Würzburg", "BY", "landkreis"),
        ("09679136", "Gerbrunn", "BY", "kreisangehoerig"), ("09572", "Neustadt", "BY", "kreisangehoerig"),
        ("05111000", "Neustadt", "NW", "kreisangehoerig"), ("05", "Nordrhein-Westfalen", "NW", "land"),
    ):
        make_municipality(edition, key=key, name=name, land_code=land, legal_status=status)
    return edition


@pytest.mark.parametrize(("text", "keys", "unknown"), [
    ("Stadt Würzburg", ["09663000"], []), ("Würzburg, Gerbrunn", ["09663000", "09679136"], []),
    ("Landkreis Würzburg und die Gemeinde Gerbrunn.", ["09679", "09679136"], []), ("09679136; 09663000", ["09679136", "09663000"], []),
    ("Neustadt", ["09572"], []), ("Gerbrunn\nGerbrunn", ["09679136"], []), ("Verein der Freunde e. V.", [], ["Verein der Freunde e. V"]),
    ("Nordrhein-Westfalen", [], ["Nordrhein-Westfalen"]), ("", [], []), (" ,;., ", [], []),
])
def test_bodies_are_found_in_a_text_as_people_write_them(edition, text, keys, unknown):
    found, names = bodies_in(edition, text, "BY")
    assert ([one.key for one in found], names) == (keys, unknown)


def test_a_name_that_several_bear_is_not_guessed(edition):
    assert bodies_in(edition, "Neustadt") == ([], ["Neustadt"])
    assert bodies_in(None, "Würzburg, Gerbrunn") == ([], ["Würzburg", "Gerbrunn"])


def test_a_long_text_costs_one_query_and_an_end(edition, django_assert_num_queries):
    with django_assert_num_queries(1):
        found, unknown = bodies_in(edition, ", ".join(f"Ort {number}" for number in range(5_000)))
    assert (found, len(unknown)) == ([], 60)


def test_a_name_that_city_and_kreis_bear_is_asked_back_and_never_guessed():
    edition = make_edition()
    make_municipality(edition, key="09162000", name="München, Landeshauptstadt", legal_status="kreisfrei", population=1_500_000)
    make_municipality(edition, key="09184", name="München", legal_status="landkreis")
    make_municipality(edition, key="11000000", name="Berlin, Stadt", legal_status="stadtstaat")

    assert [key_named(edition, text) for text in ("berlin", "München, Landeshauptstadt (09162000)", "09184")] == [
        "11000000", "09162000", "09184"]
    for text in ("München", "Berl"):
        with pytest.raises(BadInput, match="Berlin, Stadt" if text == "Berl" else "München, Landeshauptstadt .09162000.; München .09184."):
            key_named(edition, text)
