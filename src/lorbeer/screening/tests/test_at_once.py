"""Two people at the same moment: of two last seals one opens the pair, of two clicks one counts."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from lorbeer.entries.models import Entry, Move
from lorbeer.people.models import Role
from lorbeer.screening import documents, queries, services
from lorbeer.screening.models import JointSession, Proposal, SessionItem, Vote
from lorbeer.screening.services import sessions
from lorbeer.screening.tests import factories as make
from lorbeer.shared import clock
from lorbeer.shared.errors import LorbeerError, Refused
from lorbeer.shared.models import LogEvent

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run all at the same moment, each in a thread of its own; results, or the errors they raised."""
    gate = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        try:
            gate.wait(timeout=30)
            results[number] = act()
        except Exception as error:  # noqa: BLE001 the test looks at it
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number, act)) for number, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def test_two_last_seals_at_once_open_the_pair_exactly_once():
    competition = make.make_competition()
    for _time in range(5):
        entry = make.make_entry(competition)
        first, second = make.fill(make.make_vote(entry)), make.fill(make.make_vote(entry))

        results = at_once(
            lambda one=first: services.seal_vote(one, one.screener), lambda one=second: services.seal_vote(one, one.screener)
        )

        assert [type(result) for result in results] == [Vote, Vote], results
        assert Entry.objects.get(pk=entry.pk).state == "screened"
        assert Move.objects.filter(entry=entry, name="screen").count() == 1
        assert LogEvent.objects.filter(verb="votes.open", subject=f"entry:{entry.code}").count() == 1


def test_of_two_clicks_on_seal_the_second_is_refused():
    vote = make.fill(make.make_vote())

    results = at_once(*[lambda: services.seal_vote(vote, vote.screener)] * 2)

    assert sorted(isinstance(result, LorbeerError) for result in results) == [False, True], results
    assert LogEvent.objects.filter(verb="vote.seal").count() == 1


def test_saving_while_sealing_never_changes_the_sealed_sheet():
    vote = make.fill(make.make_vote())

    at_once(
        lambda: services.seal_vote(vote, vote.screener), lambda: services.save_sheet(vote, reason="später", by=vote.screener)
    )

    sealed = queries.with_sheets(Vote.objects.filter(pk=vote.pk)).get()
    assert services.is_intact(sealed)


def test_of_two_decisions_on_one_item_one_counts():
    competition = make.make_competition()
    make.make_screened(competition)
    office = make.make_role(competition, Role.Kind.OFFICE)
    item = make.make_session(competition, office).items.get()

    results = at_once(*[lambda: services.decide_item(item, "propose", by=office)] * 2)

    assert sorted(isinstance(result, LorbeerError) for result in results) == [False, True], results
    assert Proposal.objects.count() == 1


def test_one_proposal_accepted_twice_at_once_assigns_everybody_once():
    competition = make.make_competition()
    for _number in range(3):
        make.make_role(competition)
        make.make_entry(competition)
    run = services.propose_assignment(competition, 1, 1, None)

    results = at_once(*[lambda: services.accept_assignment(run, None, None)] * 2)

    assert sorted(isinstance(result, LorbeerError) for result in results) == [False, True], results
    assert Vote.objects.count() == 6


def test_two_clicks_at_once_plan_one_session_and_the_second_is_told_of_it():
    competition = make.make_competition()
    make.make_screened(competition)
    office = make.make_role(competition, Role.Kind.OFFICE)

    results = at_once(*[lambda: services.plan_session(competition, 1, clock.today(), office)] * 2)

    assert sorted(type(result) for result in results if isinstance(result, Exception)) == [Refused], results
    assert JointSession.objects.count() == SessionItem.objects.count() == 1


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one write at a time")
def test_nothing_is_decided_in_a_session_that_somebody_closes_meanwhile(monkeypatch):
    competition = make.make_competition()
    make.make_screened(competition)
    office = make.make_role(competition, Role.Kind.OFFICE)
    session = make.make_session(competition, office)
    monkeypatch.setattr(documents, "minutes_pdf", lambda *_facts, **_named: b"%PDF-1.7")
    check, closing = sessions.check_proposals, list[threading.Thread]()

    def closes_meanwhile(*facts):                                       # between the check and the decision
        closing.append(threading.Thread(target=at_once, args=[lambda: services.close_session(session, office)]))
        closing[0].start()
        closing[0].join(timeout=0.3)
        return check(*facts)

    monkeypatch.setattr(sessions, "check_proposals", closes_meanwhile)
    services.decide_item(session.items.get(), "propose", by=office)
    closing[0].join(timeout=60)

    session.refresh_from_db()
    assert session.closed_at is None                                    # else its minutes would lack the decision


@pytest.mark.parametrize("what", ["agenda", "presence", "chair"])
def test_no_minutes_are_sealed_that_miss_what_happened_while_they_were_written(monkeypatch, what):
    competition = make.make_competition()
    office, other = make.make_role(competition, Role.Kind.OFFICE), make.make_role(competition)
    make.make_screened(competition)
    session = make.make_session(competition, office, [office, other])
    if what == "agenda":
        make.make_screened(competition, ("suitable", "not_suitable"))

    def happens_meanwhile(*_facts, **_named):
        if what == "agenda":
            services.refresh_agenda(session, office)
        else:
            services.open_session(session, office, chaired_by=other if what == "chair" else office,
                                  present=[office, other] if what == "chair" else [office])
        return b"%PDF-1.7"

    monkeypatch.setattr(documents, "minutes_pdf", happens_meanwhile)
    with pytest.raises(Refused):
        services.close_session(session, office)
    session.refresh_from_db()
    assert session.closed_at is None
    monkeypatch.setattr(documents, "minutes_pdf", lambda *_facts, **_named: b"%PDF-1.7")
    assert services.close_session(session, office).closed_at
