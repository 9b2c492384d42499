"""An import does not move the dates by which people act."""

import re
from datetime import timedelta

import pytest

from lorbeer.call.models import Phase
from lorbeer.call.package import export_package, import_package
from lorbeer.call.services import PhaseChange, change_phases
from lorbeer.call.tests.factories import make_competition
from lorbeer.entries.tests.factories import make_entry
from lorbeer.people.tests.factories import make_person
from lorbeer.shared import clock
from lorbeer.shared.errors import BadInput

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(tmp_path):
    competition = make_competition()
    competition.phases.all().delete()
    now = clock.now().replace(second=0, microsecond=0)
    competition.phases.create(kind=Phase.Kind.ENTRIES, starts_at=now - timedelta(days=5), ends_at=now + timedelta(days=5))
    competition.phases.create(kind=Phase.Kind.JURY, starts_at=now + timedelta(days=20), ends_at=now + timedelta(days=21))
    export_package(competition, tmp_path / "call")
    return competition, tmp_path / "call"


def move(competition, kind):
    phase = competition.phases.get(kind=kind)
    end = phase.ends_at + timedelta(days=4)
    change_phases(competition, [PhaseChange(phase, phase.starts_at, end)], reason="Mehr Zeit.", by=make_person())
    return end


def test_a_deadline_that_the_office_has_moved_is_not_moved_back_by_the_package(call):
    competition, folder = call
    make_entry(competition=competition)
    end = move(competition, Phase.Kind.ENTRIES)

    with pytest.raises(BadInput) as refused:
        import_package(folder)

    (fault,) = refused.value.faults
    assert "phases.entries.1" in fault
    assert re.search(r"\d{4}-\d\d-\d\dT\d\d:\d\d, \d{4}", fault)
    assert competition.phases.get(kind=Phase.Kind.ENTRIES).ends_at == end


def test_what_lies_ahead_and_what_nobody_has_entered_yet_follows_the_package(call):
    competition, folder = call
    before = {phase.kind: phase.ends_at for phase in competition.phases.all()}
    move(competition, Phase.Kind.ENTRIES)
    import_package(folder)
    make_entry(competition=competition)
    move(competition, Phase.Kind.JURY)
    import_package(folder)

    assert {phase.kind: phase.ends_at for phase in competition.phases.all()} == before
