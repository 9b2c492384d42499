import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import URLResolver, get_resolver
from django.utils import translation

from lorbeer.call.models import Competition
from lorbeer.call.package import export_package, import_package
from lorbeer.register.tests.factories import make_edition
from lorbeer.shared import clock
from lorbeer.shared.errors import BadInput
from lorbeer.shared.models import LogEvent

PACKAGES = Path(__file__).parents[4] / "competitions"
SMALL = """
[competition]
code = "fonds"
title = "Quartiersfonds"
aim = "Gute Ideen für das Viertel."
applicants = "organisation"

[office]
name = "Stadtbüro"

[[phases]]
kind = "entries"
starts = 2026-01-01
ends = 2026-03-31

[[groups]]
code = "all"
label = "Projekte"

[[prizes]]
code = "grant"
group = "all"
label = "Förderung"
amount = 5000
up_to = true

[[purses]]
cap = "40000.50"

[[clauses]]
code = "late"
label = "verspätet"

[screening]
options = [{ code = "yes", label = "ja", proposes = "group" }, { code = "no", label = "nein" }]
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "competition.toml").write_text(SMALL)
    return tmp_path


def change(folder, old, new):
    path = folder / "competition.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def files_of(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.django_db
def test_a_package_becomes_a_competition_with_all_its_facts(folder):
    competition = import_package(folder)

    assert (str(competition.title), competition.applicant_kind) == ("Quartiersfonds", "organisation")
    phase = competition.phases.get()
    assert (phase.starts_at, phase.ends_at) == (
        datetime(2025, 12, 31, 23, tzinfo=UTC), datetime(2026, 3, 31, 21, 59, 59, tzinfo=UTC))
    prize = competition.prizes.get()
    assert (prize.amount_cents, prize.up_to) == (500_000, True)
    assert competition.purses.get().cap_cents == 4_000_050
    assert LogEvent.objects.filter(verb="competition.import", scope="fonds").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["zusammenleben2017", "quartiersfonds"])
def test_export_and_import_lose_nothing(name, tmp_path):
    if not (PACKAGES / name / "competition.toml").exists():
        pytest.skip("this package is not here")
    competition = import_package(PACKAGES / name)
    export_package(competition, tmp_path / "first")
    Competition.objects.filter(pk=competition.pk).delete()

    again = import_package(tmp_path / "first")
    export_package(again, tmp_path / "second")

    assert files_of(tmp_path / "first").keys() == files_of(tmp_path / "second").keys()
    first, second = files_of(tmp_path / "first"), files_of(tmp_path / "second")
    assert {name: data for name, data in first.items() if not name.endswith(".xlsx")} == {
        name: data for name, data in second.items() if not name.endswith(".xlsx")}


@pytest.mark.django_db
def test_an_export_adds_nothing_that_the_package_did_not_bring(folder, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    (own / "competition.toml").write_text(SMALL.replace('"fonds"', '"other"') + """
[register]
as_of = 2017-12-31
source = "Auszug des einen Wettbewerbs"
""")
    (own / "register.csv").write_text(
        "key,name,legal_status,land,population,postcode,latitude,longitude\n05111000,Düsseldorf,kreisfrei,NW,600000,40213,,\n")
    change(folder, SMALL[SMALL.index("[screening]"):], "[screening]\nseats = 0\n")
    change(folder, 'applicants = "organisation"', 'applicants = "person"')

    export_package(import_package(own), tmp_path / "its-own")
    export_package(import_package(folder), tmp_path / "none")

    assert (tmp_path / "its-own" / "register.csv").read_text() == (own / "register.csv").read_text()
    assert files_of(tmp_path / "none").keys() == {"competition.toml"}
    manifest = tomllib.loads((tmp_path / "none" / "competition.toml").read_text())
    assert manifest["screening"] == {"seats": 0}
    assert "register" not in manifest


@pytest.mark.django_db
def test_importing_twice_changes_nothing_and_keeps_the_rows(folder):
    first = import_package(folder)
    group = first.groups.get()

    second = import_package(folder)

    assert (second.pk, second.groups.get().pk) == (first.pk, group.pk)
    assert Competition.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("old", "new", "sentence"), [
    ('title = "Quartiersfonds"', 'titel = "Quartiersfonds"', "competition.titel"),
    ("amount = 5000", "amount = -1", "prizes[1].amount"),
    ("amount = 5000", 'amount = "fünf"', "prizes[1].amount"),
    ('group = "all"', 'group = "none"', "prizes[1].group"),
    ("ends = 2026-03-31", "ends = 2025-03-31", "phases[1].ends"),
    ("ends = 2026-03-31", 'ends = "bald"', "phases[1].ends"),
    ('kind = "entries"', 'kind = "entires"', "phases[1].kind"),
    ('code = "fonds"', 'code = "static"', "competition.code"),
    ('code = "fonds"', 'code = "../fonds"', "competition.code"),
    ('applicants = "organisation"', "applicants = 3", "competition.applicants"),
    ('aim = "Gute Ideen', 'time_zone = "Mars/Base"\naim = "Gute Ideen', "competition.time_zone"),
    ("[screening]", "[jury]\nquorum = 2\n\n[screening]", "jury.quorum"),
    ("[screening]", '[jury]\nmodes = ["dice"]\n\n[screening]', "jury.modes"),
    ('label = "Projekte"', 'label = "Projekte"\ncondition = "${alter} < 14"', "competition.toml: groups[1].condition"),
    ('label = "Projekte"', 'label = "Projekte"\ncondition = "${register.population} <"', "competition.toml: groups[1].condition"),
    ('label = "Projekte"', 'label = "Projekte"\nspecial = true\nlegal_statuses = ["land"]', "groups[1].special"),
    ('[[purses]]\ncap = "40000.50"', "", "purses: "),
    ("amount = 5000", "amount = 0", "prizes[1].up_to"),
    ("[screening]", '[screening]\nfields = "gibtsnicht"', "screening.fields: "),
    ("[screening]", '[screening]\nlanguage = "titel"', "screening.language: "),
    ("[screening]", "[screening]\nseats = 0\n\n[jury]\nproposals_only = true\n\n[other]", "jury.proposals_only"),
    ('proposes = "group"', 'proposes = "grupe"', "screening.options[1].proposes"),
    ('aim = "Gute Ideen', 'languages = ["deutsch"]\naim = "Gute Ideen', "competition.languages"),
    ('title = "Quartiersfonds"', 'title = { de = "Quartiersfonds", em = "Fund" }', "competition.title.em: "),
    ("[screening]", "[retention.months]\nkontakt = 6\n\n[screening]", "retention.months.kontakt: "),
    ('name = "Stadtbüro"', 'name = "Stadtbüro"\nemail = "prize@example.org\\nBcc: x@y.example"', "office.email: "),
    ('name = "Stadtbüro"', 'name = "Stadtbüro"\nemail = "not an address at all"', "office.email: "),
    ('aim = "Gute Ideen', 'languages = []\naim = "Gute Ideen', "competition.languages: "),
    ('aim = "Gute Ideen', 'languages = ["xx", "en"]\naim = "Gute Ideen', "competition.languages: "),
    ('aim = "Gute Ideen', 'languages = "de"\naim = "Gute Ideen', "competition.languages: "),
    ('name = "Stadtbüro"', f'name = "Stadtbüro"\nphone = "{"1" * 61}"', "office.phone: "),
    ('code = "fonds"', f'code = "{"f" * 61}"', "competition.code: "),
    ('code = "grant"', f'code = "{"g" * 41}"', f"prizes: {'g' * 41}.code "),
    ('label = "verspätet"', f'label = "verspätet"\nnumber = "{"1" * 21}"', "clauses: late.number "),
    ("[screening]", "".join(f'[[criteria]]\ncode = "c{n}"\nlabel = "x"\n' for n in range(41)) + "[screening]", "criteria: "),
    ("[screening]", '[[check_points]]\ncode = "x"\nlabel = "x"\n' * 201 + "[screening]", "check_points: "),
    ("[screening]", "[screning]\nseats = 2\n\n[screening]", "screning: "),
    ("amount = 5000", "amount = 40001", "prizes[1].amount: "),
    ("[[groups]]", '[[phases]]\nkind = "jury"\nround = 2\n\n[[groups]]', "phases: "),
    ('kind = "entries"', 'kind = "entries"\nround = 99999999999999999999', "phases[1].round: "),
    ('kind = "entries"', 'kind = "entries"\nround = 40000', "phases[1].round: "),
    ("starts = 2026-01-01", "starts = 0001-01-01", "phases[1].starts: "),
    ("starts = 2026-01-01", "starts = 1026-01-01", "phases[1].starts: "),
    ("ends = 2026-03-31", "ends = 9999-12-31T23:59:59-12:00", "phases[1].ends: "),
    ("ends = 2026-03-31", 'ends = "today+999999999d"', "phases[1].ends: "),
    ("ends = 2026-03-31", f'ends = "today+{"9" * 5000}d"', "phases[1].ends: "),
    ("ends = 2026-03-31", 'ends = "today 25:00"', "phases[1].ends: "),
    ('cap = "40000.50"', "cap = 1e400", "purses[1].cap: "),
    ('cap = "40000.50"', "cap = nan", "purses[1].cap: "),
    ('cap = "40000.50"', 'cap = "1e999999999"', "purses[1].cap: "),
    ('cap = "40000.50"', 'cap = "sNaN"', "purses[1].cap: "),
    ("amount = 5000", "amount = 99999999999999999999", "prizes[1].amount: "),
    ("amount = 5000", "amount = 1e-400000", "prizes[1].up_to: "),
    ("amount = 5000", 'amount = "1e-999999"', "prizes[1].amount: "),
])
def test_a_fault_is_named_with_its_place_and_nothing_is_imported(folder, old, new, sentence):
    change(folder, old, new)

    with pytest.raises(BadInput) as caught:
        import_package(folder)

    place = sentence.removeprefix("competition.toml: ")
    assert any(fault.startswith(f"competition.toml: {place}") for fault in caught.value.faults), caught.value.faults
    assert not Competition.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("character", ["\\u0000", "\\u0007", "\\u202E", "\\u0085", "\\u2028", "\\r"])
def test_what_nobody_sees_in_the_words_of_a_call_is_named_with_its_place(folder, character):
    change(folder, 'label = "Projekte"', f'label = {{ de = "Pro{character}jekte" }}')
    change(folder, 'aim = "Gute Ideen', f'"{character}aim" = "Gute Ideen')
    for name, head in {"pages/20-theme.de.md": "# Thema", "letters/receipt.de.md": "Subject: Da", "book/01-a.md": "# A"}.items():
        (folder / name).parent.mkdir()
        (folder / name).write_text(f"{head}\n\nWort{character.encode().decode('unicode_escape')}\n", "utf-8", newline="")

    with pytest.raises(BadInput) as caught:
        import_package(folder)

    unseen = "U+000D" if character == "\\r" else f"U+{character[2:].upper()}"
    named = [fault.split(": enthält")[0] for fault in caught.value.faults if unseen in fault]
    in_files = [] if character == "\\r" else ["book/01-a.md: Zeile 3", "letters/receipt.de.md: Zeile 3", "pages/20-theme.de.md: Zeile 3"]
    assert sorted(named) == [*in_files[:1], "competition.toml: competition.aim", "competition.toml: groups[1].label.de", *in_files[1:]]
    assert not Competition.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["letters/receipt.de.md", "pages/20-theme.de.md", "book/01-a.md"])
def test_a_title_that_no_column_holds_is_a_fault_of_its_file(folder, name):
    (folder / name).parent.mkdir()
    (folder / name).write_text({"l": "Subject:", "p": "#", "b": "#"}[name[0]] + f" {'x' * 301}\n\nWort\n")

    with pytest.raises(BadInput) as caught:
        import_package(folder)

    assert [fault.partition(":")[0] for fault in caught.value.faults] == [name]


@pytest.mark.django_db
def test_files_of_a_windows_editor_are_read(folder):
    (folder / "letters").mkdir()
    (folder / "letters" / "receipt.de.md").write_bytes("\ufeffSubject: Da\r\n\r\nIhr Beitrag ist da.\r\n".encode())
    (folder / "competition.toml").write_bytes(("\ufeff" + SMALL.replace("\n", "\r\n")).encode())

    letter = import_package(folder).letters.get()

    assert (letter.subject, letter.body) == ("Da", "Ihr Beitrag ist da.\n")


@pytest.mark.django_db
def test_a_phase_of_the_screening_contradicts_a_call_without_one(folder):
    change(folder, "[[groups]]", '[[phases]]\nkind = "screening"\n\n[[groups]]')
    import_package(folder)
    change(folder, "[screening]\noptions", "[screening]\nseats = 0\noptions")

    with pytest.raises(BadInput) as caught:
        import_package(folder)

    assert [fault.split(":")[:2] for fault in caught.value.faults] == [["competition.toml", " phases"]]


@pytest.mark.django_db
def test_words_in_one_language_are_in_the_first_of_the_call(folder, tmp_path_factory):
    change(folder, 'aim = "Gute Ideen', 'languages = ["fr", "en"]\naim = "Gute Ideen')

    competition = import_package(folder)

    assert (competition.title, competition.groups.get().label) == ({"fr": "Quartiersfonds"}, {"fr": "Projekte"})
    export_package(competition, tmp_path_factory.mktemp("out") / "written")
    export_package(competition, tmp_path_factory.mktemp("out") / "again")


@pytest.mark.django_db
def test_all_faults_are_named_at_once(folder):
    change(folder, "amount = 5000", "amount = -1")
    change(folder, 'label = "Projekte"', "")

    with pytest.raises(BadInput) as caught:
        import_package(folder)

    assert len(caught.value.faults) >= 2


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["Fonds 2026", "account", ""])
def test_a_code_that_cannot_be_does_not_hide_the_other_faults(folder, code):
    change(folder, 'code = "fonds"', f'code = "{code}"')
    change(folder, 'title = "Quartiersfonds"', "")
    change(folder, 'label = "Projekte"', "")

    with pytest.raises(BadInput) as caught:
        import_package(folder)

    assert [fault.split(": ")[1] for fault in caught.value.faults] == ["competition.code", "competition.title", "groups[1].label"]
    assert not Competition.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("content", [
    b"", b"\xff\xfe\x00", b"[competition", b"competition = 3", b"x = 1", b"x = " + b"9" * 5000, b"x = " + b"[" * 9999,
])
def test_a_broken_manifest_gets_a_sentence(folder, content):
    (folder / "competition.toml").write_bytes(content)

    with pytest.raises(BadInput):
        import_package(folder)

    assert not Competition.objects.exists()


@pytest.mark.django_db
def test_a_folder_without_a_manifest_is_no_package(tmp_path):
    with pytest.raises(BadInput, match=r"competition\.toml"):
        import_package(tmp_path)


@pytest.mark.django_db
def test_a_file_instead_of_the_folder_gets_a_sentence(folder):
    with translation.override("en"), pytest.raises(BadInput, match="This is a file. Name the folder"):
        import_package(folder / "competition.toml")


@pytest.mark.django_db
def test_relative_dates_count_from_the_day_of_the_import(folder):
    change(folder, "starts = 2026-01-01", 'starts = "today-10d 08:00"')
    change(folder, "ends = 2026-03-31", 'ends = "today+5d"')

    with clock.at(datetime(2026, 7, 10, 12, tzinfo=UTC)):
        phase = import_package(folder).phases.get()

    assert phase.starts_at == datetime(2026, 6, 30, 6, tzinfo=UTC)
    assert phase.ends_at == datetime(2026, 7, 15, 21, 59, 59, tzinfo=UTC)


@pytest.mark.django_db
def test_a_letter_needs_a_subject_and_a_link_out_of_the_package_is_refused(folder, tmp_path_factory):
    (folder / "letters").mkdir()
    (folder / "letters" / "receipt.de.md").write_text("no subject")
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.de.md"
    secret.write_text("Subject: x\n\nsecret")
    (folder / "letters" / "wave.de.md").symlink_to(secret)

    with pytest.raises(BadInput) as caught:
        import_package(folder)

    assert [fault.split(":")[0] for fault in caught.value.faults] == ["letters/wave.de.md", "letters/receipt.de.md"]


@pytest.mark.django_db
def test_a_cap_below_what_has_been_awarded_is_refused(folder):
    competition = import_package(folder)
    competition.purses.update(spent_cents=3_000_000)
    change(folder, 'cap = "40000.50"', "cap = 20000")

    with pytest.raises(BadInput):
        import_package(folder)

    assert competition.purses.get().cap_cents == 4_000_050


@pytest.mark.django_db
def test_export_refuses_a_folder_with_something_in_it(folder, tmp_path):
    competition = import_package(folder)

    with pytest.raises(BadInput):
        export_package(competition, folder)

    assert (folder / "competition.toml").read_text() == SMALL


@pytest.mark.django_db
@pytest.mark.parametrize("place", ["file", "file/x"])
def test_export_says_where_a_file_stands_in_its_way(folder, tmp_path, place):
    (tmp_path / "file").write_text("x")

    with translation.override("de"), pytest.raises(BadInput, match=f"{tmp_path / 'file'}: Das ist eine Datei"):
        export_package(import_package(folder), tmp_path / place)

    assert (tmp_path / "file").read_text() == "x"


@pytest.mark.django_db
def test_export_into_the_folder_where_one_stands(folder, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    export_package(import_package(folder), Path())

    assert (tmp_path / "here" / "competition.toml").is_file()


def first_words():
    """The first word of every address of the house, as the resolver has them."""
    found = set()

    def walk(patterns, before=""):
        for one in patterns:
            route = before + str(one.pattern)
            if isinstance(one, URLResolver):
                walk(one.url_patterns, route)
            elif not route.startswith("<"):
                found.add(route.strip("^").split("/")[0])

    walk(get_resolver().url_patterns)
    return sorted(found - {""})


@pytest.mark.once
@pytest.mark.django_db
def test_no_package_takes_an_address_of_the_house(tmp_path):
    words = first_words()
    assert {"account", "desks", "files", "imprint", "language", "role"} <= set(words)
    for word in [*words, "demo", "static", "styleguide"]:
        (tmp_path / "competition.toml").write_text(SMALL.replace('code = "fonds"', f'code = "{word}"', 1))
        with pytest.raises(BadInput) as refusal:
            import_package(tmp_path)
        assert "code" in str(refusal.value.faults), word
    assert not Competition.objects.exists()


@pytest.mark.django_db
def test_an_import_says_where_a_call_has_no_questionnaire(folder, capsys):
    """On screen, too: see test_views."""
    workbook = folder / "questionnaire.xlsx"

    def is_told():
        call_command("competition_import", folder)
        return workbook.name in capsys.readouterr().out

    assert is_told()
    workbook.write_bytes((PACKAGES / "quartiersfonds" / workbook.name).read_bytes())
    assert not is_told()
    workbook.unlink()
    assert not is_told()                                                # that of the import before is there


@pytest.mark.django_db
@pytest.mark.parametrize(("applicants", "is_told"), [("municipality", True), ("person", False)])
def test_only_a_call_to_municipalities_hears_that_the_register_is_an_extract(folder, tmp_path_factory, capsys, applicants, is_told):
    make_edition(is_extract=True)
    change(folder, 'applicants = "organisation"', f'applicants = "{applicants}"')

    call_command("competition_import", folder)

    said = capsys.readouterr().out
    assert ("full register" in said) is is_told
    assert "/team/" in said                                             # what to do next
