"""Two worlds that differ only in what the jury decided on one entry look the same to whoever is biased for it, until the announcement."""

import contextlib
import io
import zipfile
from datetime import timedelta

import pytest
from django.db import transaction

from lorbeer.awards import services as awards
from lorbeer.awards.models import Award
from lorbeer.awards.rules import can_approve
from lorbeer.entries import queries as entries
from lorbeer.entries.services import record_bias
from lorbeer.follow_up import audit
from lorbeer.jury import board, services
from lorbeer.jury.services.closing import _end
from lorbeer.jury.tests import factories as make
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.shared import clock, log
from tests.test_twins import AT, answered, browser, difference, messages_of, places, seen

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.usefixtures("bare_errors")]


@contextlib.contextmanager
def world(meeting, result, stage):
    """The jury decides on three items, and on the first of them as `result` says; then back."""
    point = transaction.savepoint()
    with clock.at(AT - timedelta(hours=2)):
        for item in meeting.items.order_by("position"):
            make.decide(item, result if item.position == 1 else ("awarded", "not_awarded")[item.position % 2])
        if stage != "open":
            _end(meeting, None)                                         # without the minutes' PDF
        if stage == "approved":
            awards.approve_results(meeting.competition, by=meeting.sponsor)
            awards.announce(meeting.competition, at=AT + timedelta(days=1), by=None)
        log.seal_log()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)


def looked_at(person, entry, skip):
    found = seen(person, entry, skip, group="main", tab="award", award=next(iter(
        Award.objects.filter(entry=entry).values_list("code", flat=True)), entry.code))
    return {name: renamed(answer) for name, answer in found.items()}


def renamed(answer):
    """What stands in an archive, without its times; awards get their codes by chance."""
    if answer[2:] and str(answer[2]).startswith("PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(answer[2].encode("latin-1"))) as archive:
            answer = (*answer[:2], str({name: archive.read(name) for name in archive.namelist()}), answer[3])
    for award in Award.objects.select_related("item"):
        answer = [part.replace(award.code, f"AWARD-{award.item.position}") if isinstance(part, str) else part for part in answer]
    return answer


def house(competition=None):
    """A meeting on three entries, and the lead of the office, who is biased for the first."""
    with clock.at(AT - timedelta(hours=3)):
        meeting = make.make_meeting(competition, entries=3)
        entry, lead = meeting.items.get(position=1).entry, make_person(name="L. Leitung")
        entry.contributors.create(person=make_person(), is_contact=True)
        make_role(meeting.competition, "office_lead", lead)
        record_bias(entry, lead, by=None, reason="Schwager")
        meeting.sponsor = make_role(meeting.competition, "sponsor").person
    return meeting, entry, lead


@pytest.mark.parametrize(("stage", "apps"), [("open", {"jury", "awards", "follow_up"}), ("approved", None)])    # entries move at the end
def test_no_address_tells_whoever_is_biased_for_an_entry_what_the_jury_decided_on_it(stage, apps):
    meeting, entry, lead = house()
    skip = [name for name, _url in places(entry) if apps and name.partition(":")[0] not in apps]
    views = {}
    for result in ("awarded", "not_awarded"):
        with world(meeting, result, stage):
            views[result] = looked_at(lead, entry, skip)

    assert ("awards:result_list", "csv") in views["awarded"] or stage == "open"
    assert difference(views["awarded"], views["not_awarded"], counts=False) == {}


@contextlib.contextmanager
def shortlist(meeting, kept, then):
    """A shortlist on which the second item stays, the third does not, and the first does where it is `kept`; `then`, what goes on with it."""
    point, group = transaction.savepoint(), meeting.competition.groups.get(code="main")
    with clock.at(AT - timedelta(hours=2)):
        first, second, third = meeting.items.order_by("position")
        poll = services.open_poll(meeting, group, mode="approval", keep=2 if kept else 1, by=None)
        for presence in meeting.presences.select_related("member__person"):
            mine = entries.without_biased(meeting.items.all(), presence.member.person, "entry")
            approved = [item for item in ((first, second) if kept else (second,)) if item in mine]
            services.cast_approval(meeting, group, presence.member, approved, by=presence.member.person)
        make.decide_group(poll)
        if then == "balloted":
            services.open_poll(meeting, group, mode="ranking", by=None)
        if then == "decided":
            make.decide(second, "awarded")
        log.seal_log()
    board.forget()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)
        board.forget()


@pytest.mark.parametrize("then", ["looked at", "balloted", "decided"])
def test_no_address_tells_whoever_is_biased_for_an_entry_whether_it_stayed_on_a_shortlist(then):
    with clock.at(AT - timedelta(hours=3)):
        competition = make.make_jury_competition(jury={"modes": ["consensus", "approval", "ranking"], "quorum": 0.5})
    meeting, entry, lead = house(competition)
    juror = meeting.competition.jury_members.exclude(kind="chair").order_by("pk").last()
    auditor = make_role(competition, "auditor").person
    with clock.at(AT - timedelta(hours=3)):
        services.declare(meeting, juror, [(entry, "Schwager")], by=juror.person)
        record_bias(entry, auditor, by=None, reason="Schwager")
    # When all that they see is decided, whether the meeting can be closed tells if the item is: see docs/rules.md, 4.
    at_the_end = {"jury:meeting_close"} if then == "decided" else set()
    skip = [name for name, _url in places(entry) if name.partition(":")[0] not in ("jury", "awards", "follow_up") or name in at_the_end]
    views, answers = {}, {}
    for kept in (True, False):
        with shortlist(meeting, kept, then):
            views[kept] = {person: looked_at(person, entry, skip) for person in (lead, juror.person, auditor)}
            answers[kept] = told(lead, meeting, () if at_the_end else ("close/",))

    for person in (lead, juror.person, auditor):
        assert difference(views[True][person], views[False][person], counts=False) == {}, person
    assert answers[True] == answers[False]


def told(person, meeting, closing):
    """What whoever leads the meeting is told when they try what the item's buttons would do, and to close."""
    found, url = {}, f"/{meeting.competition.code}/jury/1/"
    for act in ("items/1/call/", "items/1/reopen/", "items/1/decide/", "items/1/urn/", "items/1/urn/void/", *closing):
        point = transaction.savepoint()
        with clock.at(AT):
            answer = browser(person).post(url + act, {"motion": "Antrag", "result": "not_awarded", "mode": "consensus"})
        found[act] = (answer.status_code, answer.get("Location", ""), [str(one) for one in messages_of(answer)])
        transaction.savepoint_rollback(point)
    return found


def test_the_same_pages_tell_the_lead_who_is_not_biased_and_all_once_it_is_announced():
    meeting, entry, lead = house()
    other = make_role(meeting.competition, "office_lead").person
    pages, views = ("audit/?format=csv", "awards/", f"entries/{entry.code}/award/"), []
    for result in ("awarded", "not_awarded"):
        with world(meeting, result, "approved"):
            for person, at in ((other, AT), (lead, AT + timedelta(days=2))):
                with clock.at(at):
                    views.append([renamed(answered(browser(person), f"/{entry.competition.code}/{page}"))[2] for page in pages])

    told_now, told_later, otherwise_now, otherwise_later = views
    assert not {*told_now} & {*otherwise_now}
    assert not {*told_later} & {*otherwise_later}


def test_nothing_that_bias_keeps_can_be_approved_or_taken_away():
    meeting, entry, lead = house()
    with world(meeting, "awarded", "closed"), clock.at(AT):
        record_bias(entry, meeting.sponsor, by=None, reason="Schwager")

        evidence = browser(lead).post(f"/{entry.competition.code}/audit/entries/{entry.code}/")
        assert (evidence.status_code, "Schwager" in evidence.content.decode()) == (403, False)
        assert not can_approve(meeting.sponsor, meeting.competition, 1)
        assert browser(lead).get(f"/{entry.competition.code}/awards/certificates/{Award.objects.get(entry=entry).code}/").status_code == 404


def test_a_ballot_on_a_group_stays_closed_after_it_has_decided_to_whoever_is_biased_for_one_of_its_items():
    meeting, entry, lead = house()
    poll, order = services.open_poll(meeting, meeting.competition.groups.get(code="main"), by=None), list(meeting.items.order_by("position"))
    for presence in meeting.presences.select_related("member__person"):
        services.cast_ranking(meeting, poll.group, presence.member, order, by=presence.member.person)
    make.decide_group(poll)
    url = f"/{entry.competition.code}/jury/1/ranking/main/"
    other = make_role(meeting.competition, "office_lead").person

    assert browser(lead).get(url).status_code == 403
    beside = order[1].entry.code
    for page in ("jury/1/", "jury/1/minutes/", "jury/1/wall/", f"entries/{beside}/jury/"):
        told = [browser(one).get(f"/{entry.competition.code}/{page}").content.decode() for one in (lead, other)]
        assert ["der Rangfolge" in one for one in told] == [False, True], page
    assert "Platz" in browser(other).get(url).content.decode()
    positions = [event.detail.get("position") for event in audit.events_for(lead, meeting.competition).filter(verb="jury.decide")]
    assert (positions, audit.events_for(other, meeting.competition).filter(verb="jury.decide").count()) == ([], 3)
