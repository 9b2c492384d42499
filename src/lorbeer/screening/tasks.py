"""What the screening asks of whom, for the desks."""

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Min, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.call.models import Competition
from lorbeer.call.queries import to_prepare
from lorbeer.entries.models import Entry, State
from lorbeer.entries.queries import without_biased
from lorbeer.people.access import OFFICE, expected_in, roles_of
from lorbeer.people.models import Person, Role
from lorbeer.screening import queries, rules
from lorbeer.screening.models import ExpertOpinion, Vote
from lorbeer.shared import clock
from lorbeer.shared.desk import Picture, Task, pictures, tasks
from lorbeer.shared.templatetags.figures import figure_bars


def end_of(day: date | None, competition: Competition) -> datetime | None:
    """The last second of `day` in the competition's zone."""
    return datetime.combine(day, time(23, 59, 59), ZoneInfo(competition.time_zone)) if day else None


@tasks
def tasks_for(person: Any, competition: Any) -> Iterator[Task]:
    if not isinstance(person, Person) or not competition.has_screening:
        return
    roles = roles_of(person, competition)
    if Role.Kind.SCREENER in roles:
        yield from screener_tasks(person, competition)
    if roles & rules.TAKES_PART:
        yield from opinion_tasks(person, competition, Role.Kind.SCREENER if Role.Kind.SCREENER in roles else "")
    if roles & OFFICE:
        yield from office_tasks(person, competition)
    if Role.Kind.OFFICE_LEAD in roles:
        yield from invitation_tasks(competition)


def invitation_tasks(competition: Competition) -> Iterator[Task]:
    """Until there are, or are invited, as many screeners as one entry needs."""
    phase, seats = to_prepare(competition, "screening"), queries.rules_of(competition).seats
    if phase and (there := expected_in(competition, Role.Kind.SCREENER)) < seats:
        yield Task(
            _("Invite screeners"), reverse("people:team_list", args=[competition.code]) + "#invite", phase.starts_at,
            _("Here or invited: %(there)d. Each entry needs %(seats)d.") % {"there": there, "seats": seats}, role=Role.Kind.OFFICE_LEAD)


def page(name: str, competition: Competition, round: int | None = None) -> str:
    address = reverse(f"screening:{name}", kwargs={"competition": competition.code})
    return f"{address}?round={round}" if round else address


def screener_tasks(person: Person, competition: Competition) -> Iterator[Task]:
    mine = without_biased(Vote.objects.filter(screener=person, entry__competition=competition, sealed_at=None), person, "entry")
    count = mine.count()
    if count:
        yield Task(
            ngettext("Write %(count)d vote", "Write %(count)d votes", count) % {"count": count}, page("vote_list", competition),
            end_of(mine.aggregate(due=Min("due_on"))["due"], competition) or end_of_phase(competition),
            _("Read, rate, give reasons, seal"), count,
            Role.Kind.SCREENER,
        )


def end_of_phase(competition: Competition) -> datetime | None:
    """Until when a screening that is not over goes, for votes to which the office has given no date of their own."""
    ends = [phase.ends_at for phase in competition.schedule if phase.kind == "screening" and phase.ends_at]
    return min((end for end in ends if end >= clock.now()), default=None)


def per_round(rows: QuerySet[Any], field: str) -> dict[int, int]:
    """{round: how many of `rows`}; `field` leads to the round of the entry."""
    return dict(sorted(rows.order_by().values_list(field).annotate(Count("pk"))))


def opinion_tasks(person: Person, competition: Competition, role: str) -> Iterator[Task]:
    opinions = queries.opinions_awaited(competition)
    field = "proposal__entry__round"
    for round, writing in per_round(opinions.filter(state=ExpertOpinion.State.WRITING, author=person), field).items():
        yield Task(ngettext("Finish %(count)d expert opinion", "Finish %(count)d expert opinions", writing) % {"count": writing},
                   page("opinion_list", competition, round), count=writing, role=role)
    for round, reading in per_round(opinions.filter(state=ExpertOpinion.State.READING, second_reader=person), field).items():
        yield Task(
            ngettext("Read %(count)d expert opinion as second reader", "Read %(count)d expert opinions as second reader", reading)
            % {"count": reading}, page("opinion_list", competition, round), count=reading, role=role)


def office_tasks(person: Person, competition: Competition) -> Iterator[Task]:
    rounds = queries.open_rounds(competition)
    several = len(queries.rounds_of(competition)) > 1
    for round in rounds:
        yield from round_tasks(person, competition, round, _("Round %(round)s") % {"round": round} if several else "")
    nobody = queries.opinions_awaited(competition).filter(state=ExpertOpinion.State.WRITING, author=None)
    for round, count in per_round(nobody, "proposal__entry__round").items():
        yield Task(
            ngettext("%(count)d expert opinion has no author", "%(count)d expert opinions have no author", count)
            % {"count": count}, page("opinion_list", competition, round), count=count)
    for round, count in per_round(queries.opinions_held_up(competition), "proposal__entry__round").items():
        yield Task(
            ngettext("Give %(count)d expert opinion to somebody else", "Give %(count)d expert opinions to somebody else", count)
            % {"count": count}, page("opinion_list", competition, round),
            note=_("Whoever writes or reads it cannot go on: without a role here, or biased."), count=count)


def round_tasks(person: Person, competition: Competition, round: int, note: str) -> Iterator[Task]:
    """What one round asks of the office; `note` names the round where there are several."""
    if rules.can_assign(person, competition, round):
        short = queries.entries_short_of_screeners(competition, round).count()
        if short:
            yield Task(
                ngettext("Find screeners for %(count)d entry", "Find screeners for %(count)d entries", short) % {"count": short},
                page("assignment_show", competition, round), note=note, count=short)
        given_back = queries.abstentions_of(competition, round).filter(
            taken__lt=queries.rules_of(competition).seats, entry__state=State.ADMITTED).values("entry").distinct().count()
        if given_back:
            yield Task(
                ngettext("Replace who abstained: %(count)d entry", "Replace who abstained: %(count)d entries", given_back)
                % {"count": given_back}, page("abstention_list", competition, round), note=note, count=given_back)
        progress = queries.progress_of(competition, round)
        out = sum(bool(one.open and one.is_out) for one in progress)
        if out:
            yield Task(
                ngettext("Give what %(count)d person who dropped out has not sealed to others",
                         "Give what %(count)d people who dropped out have not sealed to others", out) % {"count": out},
                page("assignment_show", competition, round), note=note, count=out)
        late = behind(progress, competition)
        if late:
            yield Task(
                ngettext("Remind %(count)d screener: votes are overdue", "Remind %(count)d screeners: votes are overdue", late)
                % {"count": late}, page("assignment_show", competition, round), note=note, count=late)
    elif rules.nobody_assigns(competition) and Entry.objects.filter(competition=competition, round=round, state=State.ADMITTED).exists():
        yield Task(
            _("Find somebody for the assignment who does not screen"), reverse("people:team_list", args=[competition.code]),
            note=_("All who belong to the office hold the role of screener, and who might judge must not see who reads what. The lead invites"
                   " somebody to the office, or takes the role of screener from one of you."))
    waiting = queries.ready_for_session(competition, round).count()
    session = queries.session_to_hold(competition, round)
    if session:
        yield Task(
            _("Hold the joint session"),
            reverse("screening:session_show", kwargs={"competition": competition.code, "session": session.code}),
            end_of(session.held_on, competition), note)
    elif waiting:
        through, all_of_them = queries.entries_through(competition, round)
        so_far = _("Entries that have all their votes: %(done)d of %(total)d") % {"done": through, "total": all_of_them}
        yield Task(
            ngettext("Plan the joint session: %(count)d entry", "Plan the joint session: %(count)d entries", waiting)
            % {"count": waiting}, page("session_list", competition, round), note=": ".join(filter(None, (note, so_far))), count=waiting)


def behind(progress: list[queries.Progress], competition: Competition) -> int:
    """Screeners with something open when the last of their days has passed; the day of a single place would tell of its seal."""
    today = clock.today(competition.time_zone)
    return sum(bool(one.open and not one.is_out and one.due_on and one.due_on < today) for one in progress)


@pictures
def pictures_for(person: Any, competition: Any) -> Iterator[Picture]:
    """Per screener for those who may see it; else nothing."""
    if not isinstance(person, Person) or not competition.has_screening or not roles_of(person, competition) & OFFICE:
        return
    round = queries.current_round(competition)
    if not rules.can_see_progress(person, competition, round):
        return
    progress = queries.progress_of(competition, round)
    shown = sorted(progress, key=lambda one: -one.open)[:queries.FEW_PEOPLE] if len(progress) > queries.FEW_PEOPLE else progress
    rows = [
        {"label": str(one.person), "value": one.sealed, "of": one.assigned,
         "text": _("%(sealed)d of %(assigned)d") % {"sealed": one.sealed, "assigned": one.assigned}}
        for one in shown
    ]
    if any(one.open for one in progress):                               # done is done: the desk is about what goes on
        title = _("Votes sealed per screener")
        note = "" if len(shown) == len(progress) else _("The %(shown)d of %(all)d people with the most open votes.") % {
            "shown": len(shown), "all": len(progress)}
        yield Picture(title, figure_bars(rows, title, note=note), page("assignment_show", competition, round), round=round)
