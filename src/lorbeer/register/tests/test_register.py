import io
import time
from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lorbeer.call.tests.factories import make_competition
from lorbeer.register.changes import changes_between
from lorbeer.register.folding import fold
from lorbeer.register.models import Municipality, RegisterEdition
from lorbeer.register.queries import municipalities_named, newest_edition
from lorbeer.register.readers import read_records, read_register
from lorbeer.register.services import Incomplete, import_register, remove_edition
from lorbeer.register.tests.official import SMALL, as_gv100ad, as_workbook, rows_of
from lorbeer.shared.errors import BadInput, Refused

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


@pytest.mark.once
@pytest.mark.django_db
def test_the_same_file_is_not_taken_for_another_day():
    bring()
    with pytest.raises(BadInput, match=r"Stand vom 31. Dezember 2019.*Ist der 31. Dezember 2020 richtig"):
        bring(as_of=date(2020, 12, 31))
    assert bring(as_of=None).as_of == date(2019, 12, 31)
    assert RegisterEdition.objects.count() == 1


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


def told(old, new):
    """The changes as (kind, old key, new key)."""
    return [(change.kind.value, change.old.key if change.old else "", change.new.key if change.new else "")
            for change in changes_between(old, new)]


def editions(*texts):
    """An edition a year from official rows without keys that repeat: key, name, km², people, latitude."""
    head = "satzart,textkennzeichen,land,rb,kreis,vb,gemeinde,gemeindename,flaeche,bevoelkerung,postleitzahl,laengengrad,breitengrad"
    made = []
    for year, text in enumerate(texts, 2025):
        rows = [line.split("|") for line in text.split()]
        lines = [f"60,64,{key[:2]},{key[2]},{key[3:5]},0000,{key[5:]},{name},{area},{people},,\"10,0\",\"{latitude}\""
                 for key, name, area, people, latitude in rows]
        made.append(import_register("\n".join([head, *lines]).encode(), as_of=date(year, 9, 30), source="Muster", confirmed=True))
    return made


@pytest.mark.django_db
def test_merged_moved_dissolved_and_new_bodies_are_told_apart():
    old, new = editions(
        "01051001|Alt|10|500|54,0 01051002|Gross|20|900|54,1 01051003|Fern|20|900|50,1 01054009|Umzug|7|70|54,5 01054010|Aufgeteilt|9|90|54,6"
        " 01054011|Einer|4|40|54,7 01054012|Anderer|5|50|54,71",
        "01051002|Gross|30|1380|54,1 01051003|Fern|31|1500|50,1 01055009|Umzug|7|71|54,5 01054077|Beide|9|91|54,7 01054078|Neuland|1|5|54,9")
    assert told(old, new) == [
        ("merged", "01051001", "01051002"),                             # not the other that grew as much, 400 km away
        ("merged", "01054011", "01054077"), ("merged", "01054012", "01054077"),
        ("moved", "01054009", "01055009"), ("dissolved", "01054010", ""), ("new", "", "01054077"), ("new", "", "01054078")]


@pytest.mark.django_db
def test_two_bodies_of_one_name_are_not_taken_for_a_move():
    old, new = editions("01051001|Neukirchen|10|500|54,0 01054002|Neukirchen|20|900|54,1", "01061001|Neukirchen|10|500|54,0")
    assert {kind for kind, _old, _new in told(old, new)} == {"dissolved", "merged", "new"}


@pytest.mark.django_db
def test_a_name_that_the_fixed_width_file_cuts_is_not_another_name():
    name = "Oelsnitz/Vogtl., Bösenbrunn, Eichigt und Triebel/Vogtl."
    rows = rows_of(SMALL.replace('"Buchholz, Stadt"', f'"{name}"'))
    old = import_register(as_workbook(rows), as_of=None, source="Muster")
    new = import_register(as_gv100ad(rows, "20261231"), as_of=None, source="Muster")
    assert new.municipalities.get(key="01051016").name == name[:50]
    assert told(old, new) == []


@pytest.mark.django_db
def test_the_three_official_forms_say_the_same():
    editions = [import_register(data, as_of=as_of, source="Muster") for data, as_of in (
        (SMALL.encode(), date(2026, 9, 30)), (as_workbook(rows_of(SMALL)), None), (as_gv100ad(rows_of(SMALL)), None))]
    facts = [list(one.municipalities.order_by("key").values_list("key", "name", "legal_status", "population", "postcode", "hectares"))
             for one in editions]
    assert facts[0] == facts[1] == facts[2]
    assert facts[0] == [
        ("01", "Schleswig-Holstein", "land", None, "", None), ("01001000", "Flensburg, Stadt", "kreisfrei", 90164, "24937", 5302),
        ("01051", "Dithmarschen", "landkreis", 1612, "", None), ("01051003", "Averlak", "kreisangehoerig", 579, "25715", 906),
        ("01051016", "Buchholz, Stadt", "kreisangehoerig", 1033, "25712", 1397),
        ("010515163", "Burg-St. Michaelisdonn", "verband", None, "", None)]
    assert [one.as_of for one in editions] == [date(2026, 9, 30)] * 3
    assert editions[1].municipalities.get(key="01001000").latitude == 54.78252


def test_a_table_that_a_german_spreadsheet_saved_says_the_same():
    assert read_records(EXTRACT.replace(",", ";").encode()) == read_records(EXTRACT.encode())


@pytest.mark.django_db
def test_the_day_comes_from_the_file_or_must_be_given_and_never_contradicts_it():
    with pytest.raises(BadInput, match="2026"):
        import_register(as_workbook(rows_of(SMALL)), as_of=date(2025, 9, 30), source="Muster")
    with pytest.raises(BadInput):
        import_register(EXTRACT.encode(), as_of=None, source="Muster")
    assert not RegisterEdition.objects.exists()
    assert read_register(as_workbook(rows_of(SMALL), "31.12.19")).as_of == date(2019, 12, 31)


@pytest.mark.django_db
def test_the_command_lists_what_changed_and_names_what_is_wrong(tmp_path):
    (tmp_path / "alt.xlsx").write_bytes(as_workbook(rows_of(SMALL)))
    (tmp_path / "neu.txt").write_bytes(as_gv100ad(rows_of(SMALL.replace("Averlak", "Averlak an der Au")), "20271231"))
    (tmp_path / "kaputt.txt").write_bytes(as_gv100ad(rows_of(SMALL)).replace(b"00000090164", b"0000009x164"))
    call_command("register_import", str(tmp_path / "alt.xlsx"))
    output = io.StringIO()
    call_command("register_import", str(tmp_path / "neu.txt"), stdout=output)
    assert "1 renamed" in output.getvalue()
    assert "01051003 Averlak → Averlak an der Au" in output.getvalue()
    with pytest.raises(BadInput, match=r"4|vier"):
        call_command("register_import", str(tmp_path / "kaputt.txt"), as_of=date(2028, 1, 1))
    assert RegisterEdition.objects.count() == 2


def test_rubbish_that_is_called_a_workbook_is_told_what_a_register_is():
    with pytest.raises(BadInput) as caught:
        read_register(b"\x00\x01rubbish")
    assert "Destatis" in str(caught.value) or "GV100AD" in str(caught.value)


@pytest.mark.parametrize("change", [
    lambda text: text.replace("Averlak", "A" * 201), lambda text: text.replace("90 164", "99 999 999"),
    lambda text: text.replace(",003,", ",3,"),
    lambda text: text.replace("60,64,01", "60,64,99"), lambda text: text.replace("Averlak", ""), lambda text: text.replace("90 164", "-5"),
    lambda text: text.replace('"54,78252"', "nan"), lambda text: text.replace('"54,78252"', "1e99"),
])
def test_what_no_database_could_keep_is_refused(change):
    with pytest.raises(BadInput):
        read_records(change(SMALL).encode())


@pytest.mark.django_db
def test_next_years_file_is_another_edition_and_its_changes_are_listed():
    old = bring()
    new = bring(
        EXTRACT.replace("Ellwangen (Jagst)", "Ellwangen").replace("Dortmund,kreisfrei", "Dortmund,kreisangehoerig")
        .replace("11000000,Berlin,stadtstaat,BE", "12061000,Neudorf,kreisangehoerig,BB"), as_of=date(2020, 12, 31), confirmed=True)

    assert told(old, new) == [("dissolved", "11000000", ""), ("new", "", "12061000"), ("renamed", "08136019", "08136019"),
                              ("status", "05913000", "05913000")]
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


@pytest.mark.parametrize("change", [
    lambda text: text.replace("60,64,01", "6?,64,01", 1), lambda text: text.replace("60,64,01", "60,64,01,", 1),
    lambda text: text.replace(",Averlak,", "Averlak,", 1), lambda text: text.replace("60,64,01", ",64,", 1),
])
def test_a_corrupted_row_of_the_extract_is_refused_with_its_line(change):
    assert change(SMALL) != SMALL
    with pytest.raises(BadInput, match=r"(line|Zeile) \d"):
        read_records(change(SMALL).encode())


def test_what_the_reader_of_the_fixed_width_file_says_is_told_in_words():
    data = as_gv100ad(rows_of(SMALL))
    lines = data.split(b"\n")
    lines[2] = lines[2][:2] + b"kaputt  " + lines[2][10:]
    with pytest.raises(BadInput) as refused:
        read_records(b"\n".join(lines))
    assert "format" not in str(refused.value)
    assert "GV100AD" in str(refused.value)
    assert "3" in str(refused.value)


def test_a_status_that_is_the_title_too_is_said_once():
    with translation.override("de"):
        told = [Municipality(legal_status=status, text_code=code).status_in_words
                for status, code in (("kreisfrei", "61"), ("kreisfrei", "62"))]
    assert told == ["kreisfreie Stadt", "kreisfreie Stadt (Stadtkreis)"]


WORKBOOK = as_workbook(rows_of(SMALL))


def damaged(change):
    place, piece = change
    place %= len(WORKBOOK)
    return WORKBOOK[:place] + piece + WORKBOOK[place + len(piece):]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: (HEADER + text).encode())
       | st.text(max_size=200).map(lambda text: ("satzart,land,gemeindename\n60," + text).encode())
       | st.text(alphabet="0123456789 ", max_size=220).map(lambda text: ("60" + text).encode())
       | st.binary(max_size=300).map(lambda rest: b"PK\x03\x04" + rest)
       | st.tuples(st.integers(0, 7_000), st.binary(min_size=1, max_size=9)).map(damaged))
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
    assert sum(record.hectares or 0 for record in records.values()) == 35_374_189
    assert sum(1 for record in records.values() if record.legal_status == "landkreis") == 294
    assert records["05913000"].legal_status == "kreisfrei"
    assert records["05334"].population == 557_026
    assert records["031585407"].legal_status == "verband"


@pytest.mark.skipif(not OFFICIAL.exists(), reason="the official register is not beside this checkout")
@pytest.mark.django_db
def test_the_whole_register_is_imported_and_compared_in_seconds():
    text = OFFICIAL.read_text("utf-8-sig")
    began = time.process_time()
    old = import_register(text.encode(), as_of=date(2019, 12, 31), source="Muster")
    new = import_register(text.replace("Dortmund, Stadt", "Dortmund").encode(), as_of=date(2020, 12, 31), source="Muster")
    assert told(old, new) == [("renamed", "05913000", "05913000")]
    assert time.process_time() - began < 20


@pytest.mark.skipif(not OFFICIAL.exists(), reason="the official register is not beside this checkout")
@pytest.mark.parametrize("form", [as_workbook, as_gv100ad])
def test_the_whole_register_says_the_same_in_every_form(form):
    text = OFFICIAL.read_text("utf-8-sig")
    day = "20191231" if form is as_gv100ad else "31.12.2019"
    read = read_register(form(rows_of(text), day))
    assert read.as_of == date(2019, 12, 31)
    assert {(one.key, one.name[:50], one.legal_status, one.population, one.hectares) for one in read.records} == {
        (one.key, one.name[:50], one.legal_status, one.population, one.hectares) for one in read_records(text.encode())}


@pytest.mark.django_db
@pytest.mark.parametrize("data", [
    EXTRACT.rstrip("\n")[:-10].encode(), SMALL[:SMALL.index("chholz")].encode(), as_gv100ad(rows_of(SMALL))[:-60].rstrip(),
])
def test_a_file_that_breaks_off_in_its_last_row_is_refused(data):
    with pytest.raises(BadInput, match=r"last row|letzten Zeile"):
        import_register(data, as_of=date(2026, 9, 30), source="Muster", confirmed=True)
    assert not RegisterEdition.objects.exists()


def villages(number):
    return "".join(f"0591{place:04d},Ort {place},kreisangehoerig,NW,1,,,\n" for place in range(4000, 4000 + number))


@pytest.mark.django_db
def test_a_file_without_a_land_or_a_tenth_of_the_records_must_be_confirmed():
    bring()
    short = EXTRACT.replace("11000000,Berlin,stadtstaat,BE,3669491,10178,52.5,13.4\n", "")
    with pytest.raises(Incomplete, match=r"2 .*BE.*3"):
        bring(short, as_of=date(2020, 12, 31))
    bring(EXTRACT + villages(20), as_of=date(2020, 12, 31))
    with pytest.raises(Incomplete):
        bring(as_of=date(2021, 12, 31), text=EXTRACT + "05915001,Neu,kreisangehoerig,NW,1,,,\n")
    assert RegisterEdition.objects.count() == 2
    assert bring(short, as_of=date(2022, 12, 31), confirmed=True).municipalities.count() == 2


@pytest.mark.django_db
def test_an_edition_goes_unless_something_hangs_on_it():
    bring()
    call_command("register_remove", "2019-12-31")
    assert not RegisterEdition.objects.exists()
    competition = make_competition(register_edition=bring())
    with pytest.raises(Refused):
        remove_edition(competition.register_edition)
    assert Municipality.objects.count() == 3


@pytest.mark.django_db
def test_the_command_shortens_long_lists_and_takes_what_is_confirmed(tmp_path):
    (tmp_path / "alt.csv").write_text(EXTRACT)
    (tmp_path / "neu.csv").write_text(EXTRACT + villages(30))
    output = io.StringIO()
    for name, year in (("alt", 2019), ("neu", 2020)):
        call_command("register_import", str(tmp_path / f"{name}.csv"), as_of=date(year, 1, 1), stdout=output)
    assert "30 new" in output.getvalue()
    assert "and 10 more" in output.getvalue()
    (tmp_path / "kurz.csv").write_text(EXTRACT + "\n")
    with pytest.raises(BadInput, match="--force"):
        call_command("register_import", str(tmp_path / "kurz.csv"), as_of=date(2021, 1, 1))
    call_command("register_import", str(tmp_path / "kurz.csv"), as_of=date(2021, 1, 1), force=True, stdout=output)
    assert RegisterEdition.objects.count() == 3


@pytest.mark.django_db
def test_a_municipality_that_became_a_town_is_listed():
    rows = rows_of(SMALL)
    old = import_register(as_workbook(rows), as_of=None, source="Muster")
    later = as_gv100ad(rows_of(SMALL.replace("60,64,01,0,51,5163,003", "60,63,01,0,51,5163,003")), "20271231")
    new = import_register(later, as_of=None, source="Muster")
    assert told(old, new) == [("status", "01051003", "01051003")]
    assert "Stadt" in new.municipalities.get(key="01051003").status_in_words
