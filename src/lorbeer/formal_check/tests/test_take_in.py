"""Calls without a formal check: what arrived in time takes part, after one click."""

from datetime import timedelta

import pytest

from lorbeer.call.models import Competition
from lorbeer.call.tests.factories import make_group
from lorbeer.entries.models import State
from lorbeer.entries.transitions import move
from lorbeer.formal_check import queries, services
from lorbeer.formal_check.tasks import check_tasks
from lorbeer.intake.models import Arrival
from lorbeer.intake.tests.factories import make_call, make_office, make_submission
from lorbeer.shared import clock
from lorbeer.shared.errors import Refused
from lorbeer.shared.models import Message

pytestmark = pytest.mark.django_db


def after_the_deadline(competition):
    return clock.at(competition.phases.get(kind="entries").ends_at + timedelta(days=1))


def make_unchecked():
    """A call without ground for exclusion, check point or phase of the check."""
    competition = make_call()
    competition.clauses.all().delete()
    competition.check_points.all().delete()
    competition.phases.filter(kind="check").delete()
    return competition


def test_entries_are_taken_in_after_the_deadline_and_late_or_unsortable_ones_stay_back():
    competition = make_unchecked()
    office, fine, late, other = make_office(competition), *[make_submission(competition).entry for _number in range(3)]
    Arrival.objects.filter(entry=late).update(timeliness="late")
    with clock.at(competition.phases.get(kind="entries").ends_at):
        assert queries.to_take_in(competition) == []
        assert list(check_tasks(office, competition)) == []
    mails = Message.objects.count()
    with after_the_deadline(competition):
        assert [task.count for task in check_tasks(office, competition)] == [2]
        competition.groups.filter(is_special=False).update(condition="${nothing} = 'x'")
        assert services.take_in(competition, by=office) == (0, 3)       # no rule takes any of them
        competition.groups.filter(is_special=False).update(condition="")
        assert services.take_in(competition, by=office) == (2, 1)

    assert sorted(competition.entries.values_list("state", flat=True)) == [State.ADMITTED, State.ADMITTED, State.SUBMITTED]
    assert Message.objects.count() == mails                             # nobody is told of a check that there was not
    assert fine.checks.get().checked_by == other.checks.get().checked_by == office


def test_a_call_with_a_formal_check_takes_nothing_in_unchecked():
    competition = make_call()
    make_submission(competition)

    with after_the_deadline(competition), pytest.raises(Refused):
        services.take_in(competition, by=make_office(competition))


@pytest.mark.parametrize(("seats", "name", "moves"), [(2, "award", False), (0, "award", True), (0, "screen", False), (2, "screen", True)])
def test_only_without_a_screening_goes_an_admitted_entry_straight_to_its_result(seats, name, moves):
    competition = make_call()
    Competition.objects.filter(pk=competition.pk).update(screening={**competition.screening, "seats": seats})
    entry = make_submission(competition).entry
    move(entry, "admit", by=None)

    if moves:
        assert move(entry, name, by=None).state in (State.AWARDED, State.SCREENED)
    else:
        with pytest.raises(Refused):
            move(entry, name, by=None)


def test_groups_that_a_package_added_later_are_asked_too():
    competition = make_unchecked()
    make_group(competition, code="all-of-nw", position=9, condition="${register.land} = 'NW'")
    entry = make_submission(competition).entry
    assert queries.proposal(entry).group.code == "main"
    entry.land_code = "NW"

    assert queries.proposal(entry).group.code == "all-of-nw"
