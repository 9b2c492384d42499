from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lorbeer.register.folding import fold
from lorbeer.register.models import Municipality, RegisterEdition
from lorbeer.register.queries import changes_between, municipalities_named, newest_edition
from lorbeer.register.readers import read_records
from lorbeer.register.services import import_register
from lorbeer.shared.errors import BadInput

OFFICIAL = Path(__file__).parents[5] / "shared" / "data" / "register" / "gv-auszug.csv"
HEADER = "key,name,legal_status,land,population,postcode,latitude,longitude\n"
EXTRACT = HEADER + (
    "05913000,Dortmund,kreisfrei,NW,588250,44135,51.5,7.46\n"
    "08136019,Ellwangen (Jagst),kreisangehoerig,BW,24549,73479,48.96,10.13\n"
    "11000000,Berlin,stadtstaat,BE,3669491,10178,52.5,13.4\n"
)


def bring(text=EXTRACT, as_of=date(2019, 12, 31), **facts):
    return import_register(text.encode(), as_of=as_of, source="Muster", **facts)


@pytest.mark.django_db
def test_the_same_file_twice_is_one_edition():
    assert bring() == bring()
    assert RegisterEdition.objects.count() == 1
    assert Municipality.objects.count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize(("text", "names"), [
    ("dortmund", ["Dortmund"]), ("ELLWANGEN", ["Ellwangen (Jagst)"]), ("05913", ["Dortmund"]), ("", []), ("  ", []),
    ("'; drop table", []), ("%", []),
])
def test_municipalities_are_found_by_name_and_key(text, names):
    assert [body.name for body in municipalities_named(bring(), text)] == names


@pytest.mark.parametrize(("one", "other"), [("Häuser", "HAUSER"), ("Gießen", "giessen"), ("Nienburg/Weser", "nienburg  weser")])
def test_names_are_compared_without_accents_and_signs(one, other):
    assert fold(one) == fold(other)


@pytest.mark.django_db
def test_next_years_file_is_another_edition_and_its_changes_are_listed():
    old = bring()
    new = bring(
        EXTRACT.replace("Ellwangen (Jagst)", "Ellwangen").replace("Dortmund,kreisfrei", "Dortmund,kreisangehoerig")
        .replace("11000000,Berlin,stadtstaat,BE", "12061000,Neudorf,kreisangehoerig,BB"), as_of=date(2020, 12, 31))

    changes = changes_between(old, new)

    assert [body.name for body in changes.added] == ["Neudorf"]
    assert [body.name for body in changes.gone] == ["Berlin"]
    assert [(was.name, now.name) for was, now in changes.renamed] == [("Ellwangen (Jagst)", "Ellwangen")]
    assert [now.name for _was, now in changes.other_status] == ["Dortmund"]
    assert old.municipalities.get(key="08136019").name == "Ellwangen (Jagst)"


@pytest.mark.django_db
def test_the_full_register_goes_before_a_package_extract():
    bring(is_extract=True)
    full = bring(EXTRACT + "01001000,Flensburg,kreisfrei,SH,90164,24937,54.7,9.4\n", as_of=date(2018, 12, 31))

    assert newest_edition() == full


@pytest.mark.django_db
@pytest.mark.parametrize("row", [
    "05913000,Dortmund,nothing,NW,1,,,\n", "05913000,Dortmund,kreisfrei,XX,1,,,\n", "05913000,Dortmund,kreisfrei,NW,many,,,\n",
    "05913000,Dortmund,kreisfrei,NW,1,,north,\n", ",Dortmund,kreisfrei,NW,1,,,\n",
    "05913000,Dortmund,kreisfrei,NW,²,,,\n",
])
def test_a_wrong_line_is_named_and_nothing_stays(row):
    with pytest.raises(BadInput, match="2"):
        bring(HEADER + row)
    assert not RegisterEdition.objects.exists()


@pytest.mark.django_db
def test_a_key_twice_is_refused():
    with pytest.raises(BadInput, match="05913000"):
        bring(EXTRACT + "05913000,Dortmund,kreisfrei,NW,588250,44135,51.5,7.46\n")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: (HEADER + text).encode())
       | st.text(max_size=200).map(lambda text: ("satzart,land,gemeindename\n60," + text).encode())
       | st.text(alphabet="0123456789 ", max_size=220).map(lambda text: ("60" + text).encode()))
def test_any_bytes_are_read_or_refused_with_a_sentence(data):
    try:
        records = read_records(data)
    except BadInput as refusal:
        assert str(refusal)
    else:
        assert records


@pytest.mark.skipif(not OFFICIAL.exists(), reason="the official register is not beside this checkout")
def test_the_official_extract_is_read_as_published():
    records = {record.key: record for record in read_records(OFFICIAL.read_bytes())}

    assert sum(record.population or 0 for record in records.values() if len(record.key) == 8) == 83_166_711
    assert sum(1 for record in records.values() if record.legal_status == "landkreis") == 294
    assert records["05913000"].legal_status == "kreisfrei"
    assert records["05334"].population == 557_026
    assert records["031585407"].legal_status == "verband"
