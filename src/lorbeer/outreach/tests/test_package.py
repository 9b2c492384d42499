import pytest

from lorbeer.call.models import Competition
from lorbeer.call.package import export_package, import_package
from lorbeer.call.tests.test_package import SMALL
from lorbeer.outreach.services import send_wave
from lorbeer.outreach.tests.factories import make_address
from lorbeer.shared.errors import BadInput

pytestmark = pytest.mark.django_db
WAVES = """
[[waves]]
code = "first"
title = "Einladung"
letter = "wave_1"
categories = ["kommunen"]
planned_on = 2026-01-15
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in" / "letters").mkdir(parents=True)
    (tmp_path / "in" / "competition.toml").write_text(SMALL)
    (tmp_path / "in" / "waves.toml").write_text(WAVES)
    (tmp_path / "in" / "letters" / "wave_1.de.md").write_text("Subject: Einladung\n\nGuten Tag {{ address.name }}\n")
    return tmp_path / "in"


def test_waves_come_back_from_an_export(folder, tmp_path):
    competition = import_package(folder)
    export_package(competition, tmp_path / "first")
    Competition.objects.get(pk=competition.pk).delete()

    again = import_package(tmp_path / "first")
    export_package(again, tmp_path / "second")

    assert (tmp_path / "first" / "waves.toml").read_text() == (tmp_path / "second" / "waves.toml").read_text()
    wave = again.waves.get()
    assert (wave.title, wave.letter.code, wave.categories, str(wave.planned_on)) == (
        "Einladung", "wave_1", ["kommunen"], "2026-01-15")


def test_a_wave_that_was_sent_stays_as_it_was(folder):
    competition = import_package(folder)
    make_address(competition)
    send_wave(competition.waves.get(), by=None)
    (folder / "waves.toml").write_text(WAVES.replace("Einladung", "Anders"))

    import_package(folder)
    assert competition.waves.get().title == "Einladung"

    (folder / "waves.toml").unlink()
    import_package(folder)
    assert competition.waves.exists()


@pytest.mark.parametrize(("old", "new"), [
    ('letter = "wave_1"', 'letter = "wave_2"'), ('title = "Einladung"', ""), ("categories", "kategorien"),
    ('code = "first"', 'code = "First Wave"'), ("planned_on = 2026-01-15", 'planned_on = "bald"'),
    ('code = "first"', 'code = "new"'),
])
def test_faults_are_named_with_their_place(folder, old, new):
    (folder / "waves.toml").write_text(WAVES.replace(old, new))
    with pytest.raises(BadInput) as caught:
        import_package(folder)
    assert any(fault.startswith("waves.toml: waves[1].") for fault in caught.value.faults), caught.value.faults
    assert not Competition.objects.exists()


def test_a_letter_in_use_cannot_be_taken_out_of_the_package(folder):
    competition = import_package(folder)
    make_address(competition)
    send_wave(competition.waves.get(), by=None)
    (folder / "letters" / "wave_1.de.md").unlink()
    (folder / "waves.toml").unlink()

    with pytest.raises(BadInput, match=r"wave_1\.de\.md|faults|Fehler"):
        import_package(folder)
    assert competition.letters.exists()


def test_an_unknown_placeholder_in_a_letter_of_the_package_is_a_fault(folder):
    (folder / "letters" / "wave_1.de.md").write_text("Subject: {{ entry.title }}\n\nText\n")
    with pytest.raises(BadInput) as caught:
        import_package(folder)
    assert any(fault.startswith("letters/wave_1.de.md") and "entry.title" in fault for fault in caught.value.faults)
