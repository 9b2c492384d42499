"""What the jury's stage puts on the desks."""

from collections.abc import Iterable
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.call.models import Competition
from lorbeer.call.queries import to_prepare
from lorbeer.jury import biases, queries, rules
from lorbeer.jury.models import Item, Meeting, Member
from lorbeer.people.access import OFFICE, expected_in, roles_of
from lorbeer.people.models import Person, Role
from lorbeer.shared.desk import Picture, Task, pictures, tasks
from lorbeer.shared.templatetags.figures import figure_budget


def _day(meeting: Meeting) -> datetime:
    """The end of the meeting's day: on the day itself nothing is late."""
    return datetime.combine(meeting.held_on, time(23, 59, 59), ZoneInfo(meeting.competition.time_zone))


@tasks
def jury_tasks(person: Person, competition: Competition) -> Iterable[Task]:
    roles = roles_of(person, competition)
    meetings = list(competition.jury_meetings.filter(closed_at=None)) if roles & (OFFICE | {Role.Kind.JUROR}) else []
    for meeting in meetings:
        meeting.competition = competition
    leading = sorted(roles & OFFICE)
    if Role.Kind.JUROR in roles:
        yield from _member_tasks(person, competition, meetings)
        if any(competition.jury_members.filter(person=person, kind=Member.Kind.CHAIR)):
            leading.append(Role.Kind.JUROR)
            yield from _late_tasks(person, competition, meetings, Role.Kind.JUROR)
    if Role.Kind.OFFICE_LEAD in roles:
        yield from _late_tasks(person, competition, meetings, Role.Kind.OFFICE_LEAD)
    if roles & OFFICE:
        for role in sorted(roles & OFFICE):
            yield from _office_tasks(person, competition, meetings, role)
    if leading:
        yield from _minutes_tasks(competition, leading)
    if leading and meetings:
        yield from _poll_tasks(person, competition, meetings, leading)


def _member_tasks(person: Person, competition: Competition, meetings: list[Meeting]) -> Iterable[Task]:
    member = queries.member_of(person, competition)
    if member is None:
        return
    for meeting in meetings:
        url = reverse("jury:mine_show", args=[competition.code, meeting.round])
        note = _("Meeting of round %(round)s") % {"round": meeting.round}
        if not queries.has_declared(member, meeting):
            yield Task(_("Declare bias and open the dossier"), url, due_at=_day(meeting), note=note, role=Role.Kind.JUROR)
        elif member.kind == Member.Kind.CHAIR:
            desk = reverse("jury:desk_show", args=[competition.code, meeting.round])
            yield Task(_("Lead the jury’s meeting"), desk, due_at=_day(meeting), note=note, role=Role.Kind.JUROR)
        elif meeting.opened_at:
            yield Task(
                _("Follow the jury’s meeting: it is open"), url, due_at=_day(meeting), note=note, role=Role.Kind.JUROR
            )
        else:
            yield Task(_("Prepare for the jury’s meeting"), url, due_at=_day(meeting), note=note, role=Role.Kind.JUROR)


def _late_tasks(person: Person, competition: Competition, meetings: list[Meeting], role: str) -> Iterable[Task]:
    """Decisions and shortlists in an open meeting in which somebody took part whose bias is known only since."""
    for meeting in meetings:
        late, hidden = biases.late_biases(meeting), rules.hidden_entries(person, meeting)
        items = [item for item in meeting.items.exclude(entry__in=hidden).order_by("position") if item.pk in late]
        if items:
            yield Task(
                ngettext("A bias became known after %(count)s decision", "Biases became known after %(count)s decisions", len(items))
                % {"count": len(items)},
                reverse("jury:desk_show", args=[competition.code, meeting.round]), due_at=_day(meeting), count=len(items), role=role,
                note=_("Items: %(items)s. Let the jury decide whether it takes them up again.")
                % {"items": ", ".join(str(item.position) for item in items)})
        hidden_groups = set(meeting.items.filter(entry__in=hidden).values_list("group", flat=True)) if hidden else set()
        for poll, held in biases.late_shortlists(meeting).items():
            if poll.group_id not in hidden_groups:                      # the desk tells of it on the same terms
                yield Task(
                    _("“%(group)s”: a bias became known after the shortlist") % {"group": poll.group},
                    reverse("jury:desk_show", args=[competition.code, meeting.round]), due_at=_day(meeting), role=role,
                    note=_("Ballot %(number)s, items: %(items)s. Let the jury decide whether it takes items of the group up again.")
                    % {"number": poll.number, "items": ", ".join(str(item.position) for item in held)})


def _minutes_tasks(competition: Competition, roles: list[str]) -> Iterable[Task]:
    """Closed meetings whose minutes could not be written: a button on their page does it."""
    for meeting in competition.jury_meetings.filter(closed_at__isnull=False, minutes_sha256=""):
        for role in roles:
            yield Task(
                _("Write the minutes of the jury’s meeting"), reverse("jury:minutes_show", args=[competition.code, meeting.round]), role=role,
                note=_("Meeting of round %(round)s: it is closed, and its minutes could not be written then.") % {"round": meeting.round})


def _poll_tasks(person: Person, competition: Competition, meetings: list[Meeting], roles: list[str]) -> Iterable[Task]:
    """Groups whose ballot is closed and waits for its decision: until then their items stay as they are, and the meeting stays open."""
    for poll in queries.polls_to_decide(person, meetings):
        for role in roles:
            yield Task(
                _("“%(group)s”: decide by the closed ballot") % {"group": poll.group},
                reverse("jury:ranking_show", args=[competition.code, poll.meeting.round, poll.group.code]),
                due_at=_day(poll.meeting), role=role,
                note=_("The votes are in and nothing has been decided by them yet. Look at the result and decide, or give the ballot up on a"
                       " recorded motion."))


def _office_tasks(person: Person, competition: Competition, meetings: list[Meeting], role: str) -> Iterable[Task]:
    planned = set(competition.jury_meetings.values_list("round", flat=True))
    waiting = queries.rounds_waiting(competition) - planned
    for round in sorted(waiting):
        phase = competition.phases.filter(kind="jury", round=round).first()
        yield Task(
            _("Plan the jury’s meeting"),
            reverse("jury:meeting_list", args=[competition.code]),
            due_at=(phase.ends_at or phase.starts_at) if phase else None,   # a phase of days begins without being late
            note=(_("Round %(round)s has proposals.") if competition.has_screening else _("Round %(round)s has admitted entries."))
            % {"round": round},
            role=role,
        )
    if not competition.jury_members.exists():
        yield from _jury_tasks(competition, role, is_needed=bool(planned or waiting))
    for meeting in meetings:
        url = reverse("jury:desk_show", args=[competition.code, meeting.round])
        open_items = rules.undecided_shown_to(person, meeting).count()
        if meeting.opened_at:
            label = (
                ngettext("Jury’s meeting: %(count)s item to decide", "Jury’s meeting: %(count)s items to decide", open_items)
                % {"count": open_items}
                if open_items
                else _("Go on with the jury’s meeting")
                if rules.hidden_entries(person, meeting)
                else _("Close the jury’s meeting")
            )
            yield Task(label, url, due_at=_day(meeting), count=max(1, open_items), role=role)
            continue
        votes, declared = queries.seats(competition), meeting.declarations.count()
        yield Task(
            _("Hold the jury’s meeting"),
            url,
            due_at=_day(meeting),
            role=role,
            note=_("Items: %(items)s. Votes: %(votes)s. Declarations of bias that are in: %(declared)s.")
            % {"items": open_items, "votes": votes, "declared": declared},
        )


def _jury_tasks(competition: Competition, role: str, *, is_needed: bool) -> Iterable[Task]:
    """Where nobody has been appointed: first somebody is invited, then appointed."""
    phase = to_prepare(competition, "jury")
    if role == Role.Kind.OFFICE_LEAD and phase and not expected_in(competition, Role.Kind.JUROR):
        yield Task(_("Invite the jury"), reverse("people:team_list", args=[competition.code]) + "#invite", role=role,
                   due_at=phase.ends_at or phase.starts_at, note=_("Whoever has taken up the invitation can be appointed as a member."))
    elif is_needed or phase and competition.roles.filter(kind=Role.Kind.JUROR).exists():
        yield Task(_("Appoint the jury"), reverse("jury:member_list", args=[competition.code]), role=role)


@pictures
def budget_picture(person: Person, competition: Competition) -> Iterable[Picture]:
    """The purse of the newest meeting; for the sponsor only after the jury has closed it."""
    roles = roles_of(person, competition)
    meeting = competition.jury_meetings.order_by("-round").first()
    if meeting is None or not competition.has_money:
        return
    kinds = roles & (OFFICE | {Role.Kind.JUROR, Role.Kind.AUDITOR} | ({Role.Kind.SPONSOR} if meeting.closed_at else set()))
    if not kinds:
        return
    if not rules.can_see_totals(person, meeting):
        return
    budget = queries.budget_of(competition, meeting.round)
    decided = meeting.items.filter(result__in=[Item.Result.AWARDED, Item.Result.NOT_AWARDED]).count()
    note = _("Items decided: %(decided)s of %(all)s.") % {"decided": decided, "all": meeting.items.count()}
    for kind in sorted(kinds):
        name = "awards:result_list" if kind == Role.Kind.SPONSOR else "jury:meeting_list"
        yield Picture(
            title=_("Prize money"),
            html=figure_budget(budget.spent, budget.cap, note=note),
            url=reverse(name, args=[competition.code]),
            role=kind,
            round=meeting.round,
        )
