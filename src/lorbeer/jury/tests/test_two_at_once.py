"""Two people click at once: real threads, real transactions, on whichever database the tests run."""

import contextlib
import threading
from datetime import date

import pytest
from django.db import connection

from lorbeer.call.models import Prize, Purse
from lorbeer.jury import services
from lorbeer.jury.models import Item, Meeting
from lorbeer.jury.tests.factories import make_entry, make_jury_competition, make_meeting
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

    results = together(*[lambda: services.plan_meeting(competition, held_on=date(2018, 3, 22), by=None)] * 4)

    assert [isinstance(result, Meeting) for result in results].count(True) == 1
    assert [str(result) for result in results if not isinstance(result, Meeting)] == [
        "Für diese Runde gibt es bereits eine Sitzung. Ändern Sie diese."] * 3
    assert (Meeting.objects.count(), Item.objects.count()) == (1, 1)
