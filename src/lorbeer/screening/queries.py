"""Reads of the screening that are worth a name. What a person may see of a vote is in rules.py."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, F, Max, OuterRef, Prefetch, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils.translation import ngettext

from lorbeer.call.models import AwardGroup
from lorbeer.call.rulebook import ScreeningRules, VoteOption
from lorbeer.entries.models import Bias, Contributor, Entry, State
from lorbeer.entries.queries import biased_people, biased_sets
from lorbeer.entries.transitions import before_jury
from lorbeer.formal_check.unfinished import Unfinished, only_some, unfinished_before_screening
from lorbeer.intake.queries import document_of
from lorbeer.people.access import OFFICE, roles_of
from lorbeer.people.models import Person, Role
from lorbeer.screening.models import (
    Abstention,
    Attendance,
    ExpertOpinion,
    JointSession,
    ProjectVote,
    Proposal,
    Rating,
    SessionItem,
    Vote,
)
from lorbeer.screening.quotations import Quotation, looked_up
from lorbeer.screening.rules import TAKES_PART, THROUGH, judges_now
from lorbeer.shared.log import digest, moment
from lorbeer.shared.models import LogEvent

if TYPE_CHECKING:
    from lorbeer.call.models import Competition

OF_PLACES = (
    "assignment.fill", "assignment.change", "assignment.withdraw", "assignment.pin", "assignment.forbid", "assignment.lift",
    "vote.give_back", "vote.abstain", "screening.remind",
)
AGENDA_ORDER = ("group__position", "reference", "applicant", "code")


def rules_of(competition: "Competition") -> ScreeningRules:
    return ScreeningRules.from_json(competition.screening)


def options_of(competition: "Competition") -> dict[str, VoteOption]:
    """{code: option} in the order of the call."""
    return {option.code: option for option in rules_of(competition).options}


def screeners_of(competition: "Competition") -> QuerySet[Person]:
    return Person.objects.filter(
        is_active=True, roles__competition=competition, roles__kind=Role.Kind.SCREENER
    ).order_by("name", "code")


def taking_part(competition: "Competition") -> QuerySet[Person]:
    """Screeners and the office, with an account, by name: who can be in a joint session and take opinions."""
    return Person.objects.filter(
        is_active=True, roles__competition=competition, roles__kind__in=TAKES_PART).distinct().order_by("name")


def rounds_of(competition: "Competition") -> list[int]:
    """The rounds with anything in the screening, in order."""
    found = Entry.objects.filter(competition=competition, state__in=(State.ADMITTED, *THROUGH))
    return sorted(set(found.order_by().values_list("round", flat=True)))


def open_rounds(competition: "Competition") -> list[int]:
    """The rounds in which the screening has something undone, the latest first.

    That is a session that is not closed, an entry without all its votes (assigned or not), or one that no session has
    decided. A later round that has moved on to the jury does not hide an earlier one that still sits here.
    """
    undone = Entry.objects.filter(competition=competition, state__in=(State.ADMITTED, State.SCREENED))
    sessions = JointSession.objects.filter(competition=competition, closed_at=None)
    return sorted({*undone.order_by().values_list("round", flat=True), *sessions.values_list("round", flat=True)}, reverse=True)


def current_round(competition: "Competition") -> int:
    """The round that is going on: one with a session that has begun, else the latest with something undone, else the newest."""
    running = JointSession.objects.filter(competition=competition, closed_at=None, opened_at__isnull=False)
    if session := running.order_by("-round").first():
        return session.round
    return next(iter((*open_rounds(competition), *reversed(rounds_of(competition)))), 1)


def abstentions_of(competition: "Competition", round: int) -> QuerySet[Abstention]:
    """Who gave which entry back, the newest first, with how many of its places are `taken` now. For those who may assign."""
    return (
        Abstention.objects.filter(entry__competition=competition, entry__round=round)
        .select_related("entry", "entry__competition", "person").annotate(taken=Count("entry__votes")).order_by("-abstained_at", "-pk")
    )


# --- votes ------------------------------------------------------------------------------------------------------------


def votes_of(person: Person, competition: "Competition") -> QuerySet[Vote]:
    """A screener's own pile: what is still to be done first, then in an order that depends on the entries alone."""
    return (
        Vote.objects.filter(screener=person, entry__competition=competition)
        .select_related("entry", "entry__group", "entry__municipality", "submission")
        .annotate(is_sealed=Q(sealed_at__isnull=False))
        .order_by("is_sealed", "entry__round", *(f"entry__{name}" for name in AGENDA_ORDER))
    )


def with_sheets(votes: QuerySet[Vote]) -> QuerySet[Vote]:
    """`votes` with what their sheets need, in a fixed number of queries."""
    return votes.select_related("screener", "submission", "entry", "entry__competition").prefetch_related(
        Prefetch(
            "ratings", Rating.objects.select_related("criterion", "project").order_by("criterion__number", "project")
        ),
        Prefetch("project_votes", ProjectVote.objects.select_related("project").order_by("project__position")),
    )


def sheet_fields(vote: Vote) -> dict[str, str]:
    """The sheet as its page has it: field → text, of those that hold one; works on votes from `with_sheets` without a query."""
    found = {"option": vote.option, "reason": vote.reason}
    for rating in vote.ratings.all():
        sheet = f"project_{rating.project.position}_" if rating.project else ""
        found[f"{sheet}points_{rating.criterion.code}"] = "" if rating.points is None else str(rating.points)
        found[f"{sheet}reason_{rating.criterion.code}"] = rating.reason
    for one in vote.project_votes.all():
        found[f"option_of_{one.project.position}"], found[f"reason_of_{one.project.position}"] = one.option, one.reason
    return found


def sheet_of(vote: Vote) -> dict[str, Any]:
    """The sheet as plain data, as it is hashed when it is sealed; works on votes from `with_sheets` without a query."""
    return {
        "vote": vote.code,
        "secret": vote.secret,
        "entry": vote.entry.code,
        "screener": vote.screener.code,
        "submission": vote.submission.sha256 if vote.submission else None,
        "option": vote.option,
        "reason": vote.reason,
        "ratings": sorted(
            (
                {
                    "criterion": rating.criterion.code,
                    "project": rating.project.position if rating.project else None,
                    "points": rating.points,
                    "reason": rating.reason,
                }
                for rating in vote.ratings.all()
            ),
            key=lambda line: (line["project"] or 0, line["criterion"]),
        ),
        "projects": [
            {"project": one.project.position, "option": one.option, "reason": one.reason}
            for one in sorted(vote.project_votes.all(), key=lambda one: one.project.position)
        ],
        "sealed_at": vote.sealed_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if vote.sealed_at else None,
    }


FEW_PEOPLE = 12                                                         # more of them are folded on a page, and cut short on the desk


@dataclass(frozen=True)
class Progress:
    """How far one screener is: entries sealed of entries assigned, never which."""

    person: Person
    assigned: int
    sealed: int
    due_on: Any = None                                                  # the last day of all their places, sealed ones too
    is_out: bool = False                                                # without the role or an account: what is open goes to others

    @property
    def open(self) -> int:
        return self.assigned - self.sealed


def progress_of(competition: "Competition", round: int) -> list[Progress]:
    """Per screener, for those whom `rules.can_see_progress` lets see it.

    The day is that of all places: one that left out what is sealed would tell which that is, where days differ.
    """
    rows = (
        Vote.objects.filter(entry__competition=competition, entry__round=round)
        .values("screener")
        .annotate(assigned=Count("pk"), sealed=Count("sealed_at"), due_on=Max("due_on"))
    )
    people, here = Person.objects.in_bulk([row["screener"] for row in rows]), set(screeners_of(competition).values_list("pk", flat=True))
    found = [Progress(people[row["screener"]], row["assigned"], row["sealed"], row["due_on"], row["screener"] not in here) for row in rows]
    return sorted(found, key=lambda one: (one.person.name, one.person.code))


def own_progress(person: Person, competition: "Competition") -> tuple[int, int]:
    """(sealed, assigned) of one's own pile."""
    counts = Vote.objects.filter(screener=person, entry__competition=competition).aggregate(
        sealed=Count("sealed_at"), assigned=Count("pk")
    )
    return counts["sealed"], counts["assigned"]


def entries_through(competition: "Competition", round: int) -> tuple[int, int]:
    """(entries with all seats sealed, entries admitted to the screening): a count of entries, open to all insiders."""
    states = Counter(
        Entry.objects.filter(competition=competition, round=round, state__in=(State.ADMITTED, *THROUGH)).values_list(
            "state", flat=True
        )
    )
    return sum(states[state] for state in THROUGH), states.total()


def entries_short_of_screeners(competition: "Competition", round: int) -> QuerySet[Entry]:
    """Admitted entries with fewer votes assigned than the call has seats. For those who may assign."""
    return (
        Entry.objects.filter(competition=competition, round=round, state=State.ADMITTED)
        .annotate(taken=Count("votes"))
        .filter(taken__lt=rules_of(competition).seats)
        .order_by(*AGENDA_ORDER)
    )


def quotations_of(opinion: ExpertOpinion) -> tuple[Any, list[Quotation]]:
    """(the submission that counts now, what description and then reasons quote, looked up in it)."""
    submission = opinion.proposal.entry.submissions.filter(is_accepted=True).select_related("version__questionnaire").first()
    document = document_of(submission) if submission else None
    return submission, [*looked_up(opinion.description, document), *looked_up(opinion.reasons, document)]


def text_digest(opinion: ExpertOpinion) -> str:
    """The hash of an opinion's text, as it stands in the log when it is released; its page is drawn from this text alone."""
    return digest([opinion.description, opinion.reasons])


def leaves_out(person: Person, competition: "Competition") -> bool:
    """Whether `log_without_sealed` leaves anything out for this reader; then the gaps in a gapless number would tell of it."""
    if judges_now(person, competition):
        return True
    open_votes = Vote.objects.filter(entry__competition=competition).exclude(entry__state__in=THROUGH)
    return not roles_of(person, competition) & OFFICE and open_votes.exists()


def log_without_sealed(events: QuerySet[LogEvent], person: Person, competition: "Competition") -> QuerySet[LogEvent]:
    """`events` without what tells of single votes and places to somebody who must not know yet.

    Who judges sees nothing of what others did with votes. Who does not assign (they or the auditor) sees no change of a
    single place, nor the mail about it, while votes are open: the declaration of bias beside it would tell who reads what.
    Afterwards nothing is left out.
    """
    if not leaves_out(person, competition):
        return events
    if judges_now(person, competition):
        events = events.exclude(Q(verb__startswith="vote.") & ~Q(actor=person.code))
    votes = Vote.objects.filter(entry__competition=competition)
    known = votes.filter(entry__state__in=THROUGH).annotate(named=Concat(Value("vote:"), "code")).values("named")
    of_places = Q(verb__in=OF_PLACES) & ~Q(subject__in=known)
    of_mails = Q(verb__startswith="mail.", detail__kind="assignment")
    return events.exclude((of_places | of_mails) & ~Q(actor=person.code))


def mails_without_sealed(person: Any, competition: "Competition") -> Q | None:
    """Mails that the outbox keeps from whom the log keeps them: who was given something to read or is reminded, but for one's own."""
    if not leaves_out(person, competition):
        return None
    return Q(kind="assignment") & ~Q(recipient__iexact=person.email)


# --- agreement --------------------------------------------------------------------------------------------------------


def judgement(vote: Vote) -> tuple[Any, ...]:
    """What a vote comes down to: its option, and the options for the projects."""
    return (vote.option, *sorted((one.project_id, one.option) for one in vote.project_votes.all() if one.option))


def votes_agree(votes: Iterable[Vote]) -> bool:
    return len({judgement(vote) for vote in votes}) <= 1


def diverging(entry: Entry) -> bool:
    """Whether the sealed votes on the entry come to different results. False while any is open."""
    votes = list(entry.votes.prefetch_related("project_votes"))
    return entry.state in THROUGH and all(vote.sealed_at for vote in votes) and not votes_agree(votes)


def diverging_entries(competition: "Competition", round: int) -> list[Entry]:
    """Entries that are through and whose votes differ, in agenda order."""
    entries = (
        Entry.objects.filter(competition=competition, round=round, state__in=THROUGH)
        .select_related("group")
        .prefetch_related(Prefetch("votes", Vote.objects.prefetch_related("project_votes")))
        .order_by(*AGENDA_ORDER)
    )
    return [entry for entry in entries if not votes_agree(entry.votes.all())]


@dataclass
class MatrixCell:
    """Two people: how many entries both read, and on how many they differ."""

    together: int = 0
    diverging: int = 0


@dataclass
class DivergenceMatrix:
    """Who votes how against whom, and which options met: over the entries that a reader may see."""

    people: list[Person] = field(default_factory=list)
    pairs: dict[tuple[int, int], MatrixCell] = field(default_factory=dict)  # both directions
    options: list[str] = field(default_factory=list)
    meetings: dict[tuple[str, str], int] = field(default_factory=dict)  # both directions
    entries: int = 0
    diverging: int = 0

    def rows(self) -> list[tuple[Person, list[MatrixCell | None]]]:
        return [
            (one, [None if one == other else self.pairs.get((one.pk, other.pk), MatrixCell()) for other in self.people])
            for one in self.people
        ]


def divergence_matrix(votes: QuerySet[Vote]) -> DivergenceMatrix:
    """The matrix over `votes` (from `rules.votes_readable_by`, of entries that are through)."""
    through = votes.filter(entry__state__in=THROUGH)
    on_projects: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for pk, project, option in ProjectVote.objects.filter(vote__in=through).exclude(option="").values_list("vote", "project", "option"):
        on_projects[pk].append((project, option))
    by_entry: dict[int, list[tuple[int, str, tuple[Any, ...]]]] = defaultdict(list)    # screener, option, judgement; by seat
    for pk, entry, screener, option in through.order_by("entry", "seat").values_list("pk", "entry", "screener", "option"):
        by_entry[entry].append((screener, option, (option, *sorted(on_projects[pk]))))
    matrix = DivergenceMatrix()
    people: set[int] = set()
    options: set[str] = set()
    for group in by_entry.values():
        if len(group) < 2:
            continue
        matrix.entries += 1
        matrix.diverging += len({judged for _screener, _option, judged in group}) > 1
        for one, option, judged in group:
            people.add(one)
            options.add(option)
            for other, _option, otherwise in group:
                if one != other:
                    cell = matrix.pairs.setdefault((one, other), MatrixCell())
                    cell.together += 1
                    cell.diverging += judged != otherwise
        first = group[0][1]
        for _screener, other_option, _judged in group[1:]:
            for pair in {(first, other_option), (other_option, first)}:
                matrix.meetings[pair] = matrix.meetings.get(pair, 0) + 1
    matrix.people = sorted(Person.objects.in_bulk(people).values(), key=lambda person: (person.name, person.code))
    matrix.options = sorted(options)
    return matrix


def finding_of(item: SessionItem) -> dict[str, Any]:
    """What the session decided as plain data, as it is hashed for the log."""
    return {
        "session": item.session.code,
        "entry": item.entry.code,
        "outcome": item.outcome,
        "diverging": item.diverging,
        "arguments": item.arguments,
        "dissent": item.dissent,
        "decided_at": moment(item.decided_at) if item.decided_at else None,
        "deciders": sorted(person.code for person in item.deciders.all()),
        "proposals": sorted(
            ({"group": one.group.code, "project": one.project.position if one.project else None, "at": moment(one.proposed_at)}
             for one in item.proposals.all()),
            key=lambda one: (one["group"], one["project"] or 0),
        ),
    }


# --- joint session ----------------------------------------------------------------------------------------------------


def session_to_hold(competition: "Competition", round: int) -> JointSession | None:
    """The session of the round that is not closed yet."""
    return JointSession.objects.filter(competition=competition, round=round, closed_at=None).order_by("held_on").first()


def free_to_decide(item: SessionItem) -> list[Person]:
    """Those present who take part here still and are not biased for the entry: who decides on the item."""
    closed = {finding.person.pk for finding in biased_people(item.entry)}
    closed |= set(Bias.objects.filter(entry=item.entry).values_list("person", flat=True))
    closed |= set(Contributor.objects.filter(entry=item.entry).values_list("person", flat=True))
    here = present_in(item.session).filter(pk__in=taking_part(item.session.competition).values("pk"))
    return [person for person in here if person.pk not in closed]


def present_in(session: JointSession) -> QuerySet[Person]:
    """Who is in the session now, or stayed to its end, by name."""
    return Person.objects.filter(Exists(session.stays.filter(person=OuterRef("pk"), left_at=None))).order_by("name", "code")


def absent_voters(items: Iterable[SessionItem]) -> dict[int, list[Person]]:
    """Item → those who have voted on its entry and are not in the session now, in the order of their places. `items`: from `with_votes`."""
    items = list(items)
    there = set(items[0].session.stays.filter(left_at=None).values_list("person", flat=True)) if items else set()
    return {item.pk: [vote.screener for vote in item.entry.votes.all() if vote.screener_id not in there] for item in items}


def attendance_of(session: JointSession) -> dict[Person, list[Attendance]]:
    """Person → from when to when they were in the session, those who came first above; one query."""
    found: dict[Person, list[Attendance]] = {}
    for stay in session.stays.select_related("person").order_by("came_at", "person__name", "pk"):
        found.setdefault(stay.person, []).append(stay)
    return found


def with_votes(items: QuerySet[SessionItem]) -> QuerySet[SessionItem]:
    """`items` with entry and votes, in a fixed number of queries."""
    votes = Vote.objects.filter(sealed_at__isnull=False).select_related("screener").order_by("seat")
    return items.select_related("entry", "entry__group", "entry__competition").prefetch_related(
        Prefetch("entry__votes", votes),
        "entry__votes__project_votes__project",
        "proposals__group",
        "proposals__project",
        "entry__projects",
        Prefetch("deciders", Person.objects.order_by("name", "code")),
    )


def proposing_group(entry: Entry, proposes: str, groups: dict[str, AwardGroup]) -> AwardGroup | None:
    """The group in which an option's `proposes` puts the entry: "" none, "group" its own, else a special group."""
    if not proposes:
        return None
    if proposes != "group":
        return groups.get(proposes)
    plain = [group for group in groups.values() if not group.is_special]
    return entry.group or (plain[0] if len(plain) == 1 else None)


def proposed_by_votes(
    entry: Entry, votes: Iterable[Vote], competition: "Competition", groups: dict[str, AwardGroup]
) -> list[tuple[Any, AwardGroup]]:
    """[(project or None, group)] that agreeing `votes` come to."""
    votes = list(votes)
    options = options_of(competition)
    if not votes or not votes_agree(votes):
        return []
    found: list[tuple[Any, AwardGroup]] = []
    option = options.get(votes[0].option)
    if option and (group := proposing_group(entry, option.proposes, groups)):
        found.append((None, group))
    for one in votes[0].project_votes.all():
        option = options.get(one.option)
        if option and option.proposes not in ("", "group") and (group := groups.get(option.proposes)):
            found.append((one.project, group))
    return found


def proposals_of(competition: "Competition", round: int) -> QuerySet[Proposal]:
    """What is put before the jury, in the order of its agenda: by group, then by entry."""
    return (
        Proposal.objects.filter(entry__competition=competition, entry__round=round)
        .select_related("entry", "entry__group", "entry__municipality", "project", "group")
        .order_by(
            "group__is_special",
            "group__position",
            "entry__reference",
            "entry__applicant",
            "entry__code",
            "project__position",
        )
    )


def ready_for_session(competition: "Competition", round: int) -> QuerySet[Entry]:
    """What has all its votes, is not decided and is on the agenda of no session that is still to be held or closed."""
    return Entry.objects.filter(competition=competition, round=round, state=State.SCREENED).exclude(
        session_items__session__closed_at=None, session_items__isnull=False)


def unfinished_before_jury(competition: "Competition", round: int) -> list[Unfinished]:
    """What was handed in for the round and is not through: not keyed in, not checked, not decided by a joint session."""
    waiting = list(Entry.objects.filter(competition=competition, round=round, state=State.SCREENED).order_by("code"))
    return [
        *unfinished_before_screening(competition, round),
        *_without_votes(competition, round),
        *only_some(Unfinished(ngettext(
            "%(count)s entry has all its votes and waits for a joint session, which the competition office plans:",
            "%(count)s entries have all their votes and wait for a joint session, which the competition office plans:",
            len(waiting)) % {"count": len(waiting)}, waiting)),
    ]


def unfinished_before_session(competition: "Competition", round: int) -> list[Unfinished]:
    """What no joint session of the round has on its agenda yet: not admitted, without all its votes, or not taken in."""
    ready = list(ready_for_session(competition, round).order_by("code"))
    return [
        *unfinished_before_screening(competition, round),
        *_without_votes(competition, round),
        *only_some(Unfinished(ngettext(
            "%(count)s entry has all its votes and is not on the agenda. “Add what is new” on the page of the session takes it in:",
            "%(count)s entries have all their votes and are not on the agenda. “Add what is new” on the page of the session takes"
            " them in:", len(ready)) % {"count": len(ready)}, ready)),
    ]


def _without_votes(competition: "Competition", round: int) -> list[Unfinished]:
    if not competition.has_screening:
        return []
    entries = list(Entry.objects.filter(competition=competition, round=round, state=State.ADMITTED).order_by("code"))
    return only_some(Unfinished(ngettext(
        "%(count)s entry is still in the screening. Its screeners vote, and a joint session that the competition office plans"
        " decides:",
        "%(count)s entries are still in the screening. Their screeners vote, and a joint session that the competition office plans"
        " decides:", len(entries)) % {"count": len(entries)}, entries))


# --- expert opinions --------------------------------------------------------------------------------------------------


def opinions_awaited(competition: "Competition") -> QuerySet[ExpertOpinion]:
    """Of proposals for which the jury has not closed its meeting; where only a project is proposed, its entry is not."""
    return ExpertOpinion.objects.filter(proposal__entry__competition=competition, proposal__entry__state__in=before_jury(competition))


def opinions_held_up(competition: "Competition") -> QuerySet[ExpertOpinion]:
    """Opinions on what waits for the jury whose turn it is with somebody who has no role here any more, no account, or a bias.

    Eleven queries for any number, one where nothing is being written.
    """
    opinions = opinions_awaited(competition)
    turns = [(pk, entry, author if state == ExpertOpinion.State.WRITING else reader) for pk, entry, state, author, reader in opinions.exclude(
        state=ExpertOpinion.State.RELEASED).values_list("pk", "proposal__entry", "state", "author", "second_reader")]
    turns = [turn for turn in turns if turn[2]]
    if not turns:
        return opinions.none()
    able = set(taking_part(competition).values_list("pk", flat=True))
    closed = biased_sets(competition, sorted({entry for _pk, entry, _person in turns}))
    return opinions.filter(pk__in=[pk for pk, entry, person in turns if person not in able or entry in closed.get(person, ())])


def opinions_of(competition: "Competition", round: int) -> QuerySet[ExpertOpinion]:
    return (
        ExpertOpinion.objects.filter(proposal__entry__competition=competition, proposal__entry__round=round)
        .select_related(
            "proposal",
            "proposal__entry",
            "proposal__entry__competition",
            "proposal__entry__municipality",
            "proposal__entry__group",
            "proposal__group",
            "proposal__project",
            "author",
            "second_reader",
            "pdf",
            "submission__version__questionnaire",
        )
        .order_by(
            "proposal__group__is_special",
            "proposal__group__position",
            "proposal__entry__reference",
            "proposal__entry__applicant",
            "proposal__entry__code",
            F("proposal__project__position").asc(nulls_first=True),
        )
    )
