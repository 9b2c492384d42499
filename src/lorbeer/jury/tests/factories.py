from itertools import count

from lorbeer.call.tests.factories import make_competition
from lorbeer.entries.models import Contributor, Entry, State
from lorbeer.jury import queries, services
from lorbeer.jury.models import Meeting, Member
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.screening.models import Proposal
from lorbeer.shared import clock
from lorbeer.shared.tests.built_once import built_once

_numbers = count(1)


@built_once
def make_jury_competition(**facts):
    """A competition whose jury knows all three ways of deciding."""
    facts.setdefault("jury", {"modes": ["consensus", "open", "ranking"], "quorum": 0.5})
    return make_competition(**facts)


@built_once
def make_entry(competition, *, proposed=True, contact=None, **facts) -> Entry:
    """A screened entry in the main group, proposed unless said otherwise."""
    number = next(_numbers)
    facts.setdefault("title", f"Beitrag {number}")
    facts.setdefault("applicant", f"Stadt Nummer {number:04d}")
    facts.setdefault("group", competition.groups.get(code="main"))
    facts.setdefault("state", State.PROPOSED if proposed else State.NOT_PROPOSED)
    entry = Entry.objects.create(competition=competition, **facts)
    if proposed:
        Proposal.objects.create(entry=entry, group=entry.group)
    if contact is not None:
        Contributor.objects.create(entry=entry, person=contact, is_contact=True)
    return entry


@built_once
def make_member(competition, **facts) -> Member:
    employer = facts.pop("employer", "")
    person = facts.pop("person", None) or make_person()
    if employer:
        make_role(competition, Role.Kind.JUROR, person, employer=employer)
    return services.appoint(competition, person, by=None, **facts)


@built_once
def make_meeting(competition=None, *, entries=3, members=3, opened=True) -> Meeting:
    """A meeting with `entries` proposals and `members` voting members, all present; the first is the chair."""
    competition = competition or make_jury_competition()
    for _number in range(entries):
        make_entry(competition)
    jury = [make_member(competition, kind=Member.Kind.MEMBER if number else Member.Kind.CHAIR) for number in range(members)]
    meeting = services.plan_meeting(competition, held_on=clock.today(competition.time_zone), by=None)
    if opened:
        for member in jury:
            services.declare(meeting, member, [], by=member.person)
        services.open_meeting(meeting, by=None)
        for member in jury:
            services.arrive(meeting, member, by=None)
    meeting.refresh_from_db()
    return meeting


def decide(item, result="awarded", **facts):
    """Call and decide by consensus of all; who has not declared for it yet does so first."""
    facts.setdefault("by", None)
    services.call_item(item, by=None)
    for member in queries.room_for(item, item.meeting).undeclared:
        services.declare(item.meeting, member, [], by=member.person)
    return services.decide(item, result, **facts)


def decide_group(poll, **facts):
    """Close a ballot on a group and decide by it."""
    facts.setdefault("by", None)
    return services.decide_ranking(services.close_poll(poll, by=None), **facts)


@built_once
def make_closed_meeting(competition=None, **facts) -> Meeting:
    """A closed meeting in which the first item won and the others did not."""
    meeting = make_meeting(competition, **facts)
    for number, item in enumerate(meeting.items.order_by("position")):
        decide(item, "not_awarded" if number else "awarded")
    return services.close_meeting(meeting, by=None)
