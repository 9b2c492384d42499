"""Two people click at once: real threads, real transactions, on whichever database the tests run."""

import contextlib
import threading
from functools import partial

import pytest
from django.db import connection

from lorbeer.call.models import Prize, Purse
from lorbeer.jury import services
from lorbeer.jury.models import Declaration, Item, Meeting, Presence
from lorbeer.jury.tests.factories import make_entry, make_jury_competition, make_meeting, make_member
from lorbeer.people.tests.factories import make_person
from lorbeer.shared import clock, log
from lorbeer.shared.errors import Refused

pytestmark = pytest.mark.django_db(transaction=True)


def together(*acts):
    """Run all acts at the same moment, each in a thread with a connection of its own; what each gave or raised."""
    start = threading.Barrier(len(acts))
    results = [None] * len(acts)

    def run(number, act):
        try:
            start.wait(timeout=20)
            results[number] = act()
        except Exception as error:  # noqa: BLE001 handed to the test
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number, act)) for number, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def test_of_many_who_reach_into_the_purse_at_once_only_those_are_served_whom_it_can_pay():
    competition = make_jury_competition(cap_cents=7_500_000)

    results = together(*[lambda: services.spend(competition, 1, 2_500_000)] * 6)

    assert sum(result is None for result in results) == 3
    assert sum(isinstance(result, Refused) for result in results) == 3
    assert Purse.objects.get().spent_cents == 7_500_000


def test_one_item_decided_twice_at_once_is_paid_once():
    competition = make_jury_competition(cap_cents=7_500_000)
    meeting = make_meeting(competition, entries=1)
    item = services.call_item(meeting.items.get(), by=None)

    results = together(*[lambda: services.decide(item, "awarded", by=None)] * 4)

    assert sum(isinstance(result, Item) for result in results) == 1
    assert sum(isinstance(result, Refused) for result in results) == 3
    assert Purse.objects.get().spent_cents == 2_500_000


def test_two_rounds_of_clicks_never_award_a_prize_more_often_than_the_call_provides():
    competition = make_jury_competition(cap_cents=50_000_000)
    Prize.objects.filter(code="main").update(max_count=1)
    meeting = make_meeting(competition, entries=2)
    first, second = meeting.items.order_by("position")

    def decide(item):
        services.call_item(item, by=None)
        return services.decide(item, "awarded", by=None)

    together(lambda: decide(first), lambda: decide(second))
    for item in (first, second):  # whoever was called away tries again
        with contextlib.suppress(Refused):
            decide(item)

    assert Item.objects.filter(result="awarded").count() == 1
    assert Purse.objects.get().spent_cents == 2_500_000


def test_a_decision_and_its_reopening_at_once_leave_the_purse_right():
    competition = make_jury_competition(cap_cents=5_000_000)
    meeting = make_meeting(competition, entries=2)
    first, second = meeting.items.order_by("position")
    services.call_item(first, by=None)
    services.decide(first, "awarded", by=None)
    services.call_item(second, by=None)

    together(
        lambda: services.reopen(first, "Antrag", by=None),
        lambda: services.reopen(first, "Antrag", by=None),
        lambda: services.decide(second, "awarded", by=None),
    )

    awarded = Item.objects.filter(result="awarded")
    assert Purse.objects.get().spent_cents == sum(item.amount_cents for item in awarded) == 2_500_000


def test_a_round_planned_by_several_at_once_gets_one_meeting_and_the_others_a_sentence():
    competition = make_jury_competition()
    make_entry(competition)

    results = together(*[lambda: services.plan_meeting(competition, held_on=clock.today(), by=None)] * 4)

    assert [isinstance(result, Meeting) for result in results].count(True) == 1
    assert [str(result) for result in results if not isinstance(result, Meeting)] == [
        "Für diese Runde gibt es bereits eine Sitzung. Bis sie eröffnet ist, kann sie an ihrem Sitzungstisch auf einen anderen Tag gelegt"
        " werden."] * 3
    assert (Meeting.objects.count(), Item.objects.count()) == (1, 1)


def test_of_two_who_appoint_the_same_person_or_two_chairs_at_once_the_second_reads_a_sentence():
    competition, person = make_jury_competition(), make_person()
    same = together(*[lambda: services.appoint(competition, person, by=None)] * 3)
    chairs = together(*[lambda one=one: services.appoint(competition, one, kind="chair", by=None) for one in (make_person(), make_person())])

    assert sorted(type(result).__name__ for result in same) == ["Member", "Refused", "Refused"]
    assert sorted(type(result).__name__ for result in chairs) == ["Member", "Refused"]
    assert log.attested("jury") == []


def test_whoever_is_dismissed_at_the_moment_when_they_arrive_is_either_there_or_gone():
    meeting = make_meeting(entries=1)
    for _time in range(3):
        member = make_member(meeting.competition)
        dismissed, came, declared = together(
            partial(services.dismiss, member, by=None), partial(services.arrive, meeting, member, by=None),
            partial(services.declare, meeting, member, [], by=member.person))

        assert {type(dismissed), type(came)} == {type(None) if not isinstance(dismissed, Refused) else Presence, Refused}
        assert isinstance(declared, Refused | Declaration)
        assert log.attested("jury") == []
    twice = make_member(meeting.competition)
    results = together(*[lambda: services.dismiss(twice, by=None)] * 2)
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "Refused"]
    assert log.attested("jury") == []
