"""The screeners meet: agenda, decisions, minutes."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.text import slugify
from django.utils.translation import gettext as _

from lorbeer.call.models import AwardGroup
from lorbeer.entries.models import Entry, Project
from lorbeer.entries.queries import is_biased
from lorbeer.entries.transitions import move
from lorbeer.people.models import Person, Role
from lorbeer.screening import assignment, queries, rules
from lorbeer.screening.models import (
    Attendance,
    ExpertOpinion,
    JointSession,
    Proposal,
    SessionItem,
)
from lorbeer.shared import clock, files, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.verdicts import require

if TYPE_CHECKING:
    from lorbeer.call.models import Competition
from lorbeer.screening.services.votes import clean_text


class NobodyDecides(Refused):
    """Of those present each is biased for the entry."""


@transaction.atomic
def plan_session(competition: "Competition", round: int, held_on: date, by: Person | None) -> JointSession:
    """A session with its agenda: entries that are through and undecided, diverging ones first, each part by group."""
    if by is not None:
        require(rules.can_plan_session(by, competition))
    try:
        with transaction.atomic():
            session = JointSession.objects.create(competition=competition, round=round, held_on=held_on)
    except IntegrityError as error:  # the one of before, or of a second click at the same moment
        raise Refused(_("A joint session of this round is planned already. Close it before you plan another.")) from error
    added = extend_agenda(session)
    if not added:
        raise BadInput(
            _("There is nothing to discuss yet: no entry has all its votes. The agenda is made of entries that have.")
        )
    log.record(
        "session.plan",
        subject=f"session:{session.code}",
        scope=competition.code,
        actor=by,
        held_on=held_on,
        items=added,
    )
    return session


@transaction.atomic
def move_session(session: JointSession, held_on: date, by: Person) -> JointSession:
    """Plan a session that has not been opened for another day."""
    session = locked_session(session)
    require(rules.can_move_session(by, session))
    if session.held_on != held_on:
        session.held_on = held_on
        session.save(update_fields=["held_on"])
        log.record("session.move", subject=f"session:{session.code}", scope=session.competition.code, actor=by, held_on=held_on)
    return session


def extend_agenda(session: JointSession) -> int:
    """Put entries that got their last vote since then on the agenda: at its end once the session is open, else where they belong. How many."""
    before = 0 if session.opened_at else session.items.all().delete()[1].get("screening.SessionItem", 0)
    entries = (
        queries.ready_for_session(session.competition, session.round)
        .prefetch_related("votes__project_votes")
        .order_by(*queries.AGENDA_ORDER)
    )
    found = [(not queries.votes_agree(entry.votes.all()), entry) for entry in entries]
    found.sort(key=lambda pair: not pair[0])  # stable: the order by group stays
    last = session.items.count()
    SessionItem.objects.bulk_create(
        SessionItem(session=session, entry=entry, position=last + number, diverging=differ)
        for number, (differ, entry) in enumerate(found, start=1)
    )
    return len(found) - before


@transaction.atomic
def refresh_agenda(session: JointSession, by: Person | None) -> int:
    """Add what is through since the agenda was made; how many items were added."""
    session = locked_session(session)
    if by is not None:
        require(rules.can_plan_session(by, session.competition))
    if session.closed_at:
        raise Refused(_("The session is closed and its minutes are written."))
    added = extend_agenda(session)
    if added:
        log.record(
            "session.extend", subject=f"session:{session.code}", scope=session.competition.code, actor=by, items=added
        )
    return added


def locked_session(session: JointSession) -> JointSession:
    return JointSession.objects.select_for_update(of=("self",)).select_related("competition").get(pk=session.pk)


@transaction.atomic
def open_session(
    session: JointSession,
    by: Person | None,
    *,
    chaired_by: Person | None = None,
    present: Iterable[Person] | None = None,
) -> JointSession:
    """Begin: from now on those present see the votes on all items they are not biased for.

    `present`: screeners and office members, whoever chairs among them; all screeners and the chair where it is not given. It is held on
    the day on which it is opened, whatever was planned. Called again when somebody comes or goes: the minutes tell from when to when each
    was there.
    """
    session = locked_session(session)
    competition = session.competition
    if by is not None:
        require(rules.can_plan_session(by, competition))
    if session.closed_at:
        raise Refused(_("The session is closed and its minutes are written."))
    people = list(queries.screeners_of(competition) if present is None else present)
    chair = chaired_by or session.chaired_by or (by if present is None or by in people else None)
    if present is None and chair and chair not in people:
        people.append(chair)
    if not people:
        raise BadInput(_("A session needs somebody who is present."))
    if chair and chair not in people:
        raise BadInput(_("%(person)s chairs the session and is not among those present. Tick them too, or choose another chair.")
                       % {"person": chair}, where=_("Present"))
    allowed = set(
        Role.objects.filter(competition=competition, kind__in=rules.TAKES_PART).values_list("person", flat=True)
    )
    if strangers := [person for person in people if person.pk not in allowed]:
        raise BadInput(_("%(person)s is neither a screener nor in the competition office.") % {"person": strangers[0]})
    now = clock.now()
    if not session.opened_at:
        session.opened_at, session.held_on = now, clock.today(competition.time_zone)
    session.chaired_by = chair
    session.save(update_fields=["opened_at", "held_on", "chaired_by"])
    here = {person.pk for person in people}
    session.stays.filter(left_at=None).exclude(person__in=here).update(left_at=now)
    stayed = set(session.stays.filter(left_at=None).values_list("person", flat=True))
    Attendance.objects.bulk_create(Attendance(session=session, person_id=pk, came_at=now) for pk in sorted(here - stayed))
    log.record(
        "session.open",
        subject=f"session:{session.code}",
        scope=competition.code,
        actor=by,
        present=sorted(person.code for person in people),
        chair=getattr(session.chaired_by, "code", ""),
        held_on=session.held_on,
        at=log.moment(now),
    )
    return session


@transaction.atomic
def decide_item(
    item: SessionItem,
    outcome: str,
    arguments: str = "",
    dissent: str = "",
    proposals: Iterable[tuple[Project | None, AwardGroup]] | None = None,
    by: Person | None = None,
) -> SessionItem:
    """Record what the session found; the votes stay as they were. The entry moves, its proposals are made.

    `proposals`: (None, group) puts the entry before the jury in that group, (project, special group) one of its
    projects,
    also where the entry itself is passed over. Left out, they follow from agreeing votes; a diverging entry that is
    proposed goes into its own group. Raises BadInput, Refused.
    """
    session = locked_session(item.session)  # first: nothing is decided while somebody closes it
    item = (
        SessionItem.objects.select_for_update(of=("self",)).select_related("entry__competition", "entry__group").get(pk=item.pk)
    )
    item.session = session
    competition, entry = session.competition, item.entry
    if by is not None:
        require(rules.can_decide_item(by, item))
    if item.decided_at:
        raise Refused(_("This item has been decided. The decision stands in the minutes."))
    if not item.session.opened_at or item.session.closed_at:
        raise Refused(_("Decisions are taken while the session is open."))
    if outcome not in SessionItem.Outcome.values:
        raise BadInput(_("Please choose whether the entry is proposed or not."))
    if item.diverging and not arguments.strip():
        raise BadInput(
            _("The votes differ on this entry. Please note the arguments that decided."), where=_("Arguments")
        )
    groups = {group.code: group for group in AwardGroup.objects.filter(competition=competition)}
    if proposals is None:
        votes = list(entry.votes.prefetch_related("project_votes__project"))
        found = queries.proposed_by_votes(entry, votes, competition, groups)
        if outcome == SessionItem.Outcome.PROPOSE and not any(project is None for project, _group in found):
            own = queries.proposing_group(entry, "group", groups)
            found = [*([(None, own)] if own else []), *found]
        if outcome == SessionItem.Outcome.PASS_OVER:
            found = [(project, group) for project, group in found if project is not None]
    else:
        found = list(dict.fromkeys(proposals))
    check_proposals(entry, outcome, found, groups)
    deciders = queries.free_to_decide(item)
    if not deciders:
        raise NobodyDecides(_("Nobody who is present may decide on this entry: each of them is biased for it. Nothing was recorded. Note under"
                              " “Present” who joins for it, or leave the item to another session."))
    item.outcome = outcome
    item.arguments, item.dissent = clean_text(arguments), clean_text(dissent)
    item.decided_at, item.decided_by = clock.now(), by
    item.save(update_fields=["outcome", "arguments", "dissent", "decided_at", "decided_by"])
    item.deciders.set(deciders)
    made = Proposal.objects.bulk_create(
        [Proposal(entry=entry, project=project, group=group, item=item) for project, group in found]
    )
    if queries.rules_of(competition).opinions:
        ExpertOpinion.objects.bulk_create([ExpertOpinion(proposal=proposal) for proposal in made])
    decided = queries.finding_of(item)
    log.record(
        "session.decide",
        subject=f"entry:{entry.code}",
        scope=competition.code,
        actor=by,
        session=item.session.code,
        outcome=outcome,
        diverging=item.diverging,
        deciders=decided["deciders"],
        proposals=decided["proposals"],
        sha256=assignment.digest(decided),
    )
    move(entry, outcome, by=by)
    return item


def check_proposals(
    entry: Entry, outcome: str, proposals: Sequence[tuple[Project | None, AwardGroup]], groups: Mapping[str, AwardGroup]
) -> None:
    """Raise BadInput for proposals that contradict the outcome or do not belong to the entry."""
    whole = [group for project, group in proposals if project is None]
    if outcome == SessionItem.Outcome.PROPOSE and not whole:
        raise BadInput(_("Please choose the group in which the entry is proposed."))
    if outcome == SessionItem.Outcome.PASS_OVER and whole:
        raise BadInput(_("An entry that is passed over cannot be proposed in a group. Its projects can."))
    for project, group in proposals:
        if groups.get(group.code) != group:
            raise BadInput(_("This group does not belong to the competition."))
        if project is None and not group.is_special and entry.group_id not in (None, group.pk):
            raise BadInput(_("The entry competes in the group “%(group)s”.") % {"group": entry.group})
        if project is not None and project.entry_id != entry.pk:
            raise BadInput(_("This project does not belong to the entry."))
        if project is not None and not group.is_special:
            raise BadInput(_("A project by itself can only be proposed in a special category."))


@transaction.atomic
def confirm_agreeing(session: JointSession, by: Person | None, items: Iterable[SessionItem] | None = None) -> int:
    """Decide in one step what the votes agree on, as they agree; how many items.

    Diverging ones are left alone, and those on which nobody who is present may decide.
    """
    session = locked_session(session)
    if by is not None:
        require(rules.can_plan_session(by, session.competition))
    open_items = session.items.filter(decided_at=None, diverging=False)
    if items is not None:
        open_items = open_items.filter(pk__in=[item.pk for item in items])
    options = queries.options_of(session.competition)
    decided = 0
    for item in open_items.select_related("entry").prefetch_related("entry__votes"):
        if by is not None and is_biased(by, item.entry):
            continue
        votes = list(item.entry.votes.all())
        option = options.get(votes[0].option) if votes else None
        propose = bool(option and option.proposes)
        outcome = SessionItem.Outcome.PROPOSE if propose else SessionItem.Outcome.PASS_OVER
        with suppress(NobodyDecides):
            decide_item(item, outcome, by=by)
            decided += 1
    return decided


def told_in_minutes(session: JointSession) -> tuple[object, ...]:
    """What the minutes tell and what can change while they are being written: who chairs, who is there, what is on the agenda and decided."""
    return (
        session.chaired_by_id, list(session.stays.order_by("pk").values_list("pk", "left_at")),
        list(session.items.order_by("pk").values_list("pk", "position", "decided_at")),
    )


def close_session(session: JointSession, by: Person | None) -> JointSession:
    """End the session and write its minutes as PDF; what is undecided waits for the next one."""
    from lorbeer.screening import documents

    if by is not None:
        require(rules.can_plan_session(by, session.competition))
    session.refresh_from_db()
    if not session.opened_at:
        raise Refused(_("The session has not been opened yet. Open it and note who is present."))
    if session.closed_at:
        raise Refused(_("The session is closed and its minutes are written."))
    closed_at = clock.now()
    with translation.override(documents.language_of(session.competition)):
        said = slugify(_("Joint session"))
    told = told_in_minutes(session)
    content = documents.minutes_pdf(session, closed_at=closed_at)  # before the transaction: it takes a while
    with transaction.atomic():
        session = locked_session(session)
        if session.closed_at:
            raise Refused(_("The session is closed and its minutes are written."))
        if told_in_minutes(session) != told:
            raise Refused(_("Something was decided, somebody came or left, or the agenda grew while the minutes were being written. Nothing was"
                            " closed. Please close the session again."))
        decided = session.items.exclude(decided_at=None).count()
        stored = files.store(
            content,
            name=f"{session.competition.code}-{slugify(said)}-{session.held_on:%Y-%m-%d}.pdf",
            stored_by="system:minutes",
            scope=session.competition.code,
            subject=f"session:{session.code}",
            media_type="application/pdf",
        )
        session.closed_at, session.minutes, session.minutes_sha256 = closed_at, stored, stored.blob_id
        session.save(update_fields=["closed_at", "minutes", "minutes_sha256"])
        log.record(
            "session.close",
            subject=f"session:{session.code}",
            scope=session.competition.code,
            actor=by,
            minutes_sha256=stored.blob_id,
            decided=decided,
        )
    return session
