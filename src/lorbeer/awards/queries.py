"""Results. `announced_results` is the only door through which the public sees them."""

from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.signals import request_finished, request_started
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat

from lorbeer.awards.models import Announcement, Award, Portrait
from lorbeer.call.models import Competition, Phase
from lorbeer.entries import embargo
from lorbeer.entries.models import Entry, State
from lorbeer.intake.readers import readers_of_all, unreached
from lorbeer.jury.models import Meeting
from lorbeer.people.access import roles_of
from lorbeer.people.models import Person
from lorbeer.shared import clock, log
from lorbeer.shared.models import Message

DECIDED = (State.AWARDED, State.NOT_AWARDED)

# --- announced --------------------------------------------------------------------------------------------------------


def announced_rounds(competition: Competition) -> "QuerySet[Announcement, int]":
    """The rounds of `competition` whose results are public by now, as numbers."""
    return Announcement.objects.filter(
        competition=competition, approved_at__isnull=False, announced_at__lte=clock.now()
    ).values_list("round", flat=True)


def announcements_of(competitions: Iterable[int]) -> dict[int, dict[int, datetime]]:
    """{competition: {round: when its results became public}} of several competitions at once, as far as they are public by now."""
    found: dict[int, dict[int, datetime]] = {}
    public = Announcement.objects.filter(competition__in=competitions, approved_at__isnull=False, announced_at__lte=clock.now())
    for place, round, at in public.values_list("competition", "round", "announced_at"):
        found.setdefault(place, {})[round] = at
    return found


def announced_competitions() -> "QuerySet[Announcement, int]":
    """The competitions of which the results of a round are public by now, for a condition."""
    return Announcement.objects.filter(approved_at__isnull=False, announced_at__lte=clock.now()).values_list("competition", flat=True)


def is_announced(competition: Competition, round: int) -> bool:
    return announced_rounds(competition).filter(round=round).exists()


def announced_results(competition: Competition, round: int | None = None) -> QuerySet[Award]:
    """Awards that everybody may know now, by group, then applicant. Nothing before the announcement, not even a count."""
    rounds = announced_rounds(competition)
    if round is not None:
        rounds = rounds.filter(round=round)
    return _awards(competition).filter(entry__round__in=rounds)


def results(competition: Competition, round: int | None = None) -> QuerySet[Award]:
    """All awards, announced or not: for the office, the sponsor, the jury and the auditor alone (rules.can_see_results)."""
    awards = _awards(competition)
    return awards if round is None else awards.filter(entry__round=round)


def results_open_to(person: object, competition: Competition, round: int | None = None) -> QuerySet[Award]:
    """`results` without what is kept from `person`, who is biased for it, until it is announced: what pages and lists start from."""
    return results(competition, round).exclude(entry__in=embargo.kept_in(person, competition))


def mails_of_kept_results(person: Any, competition: Competition) -> Q | None:
    """Letters with a result that wait for the announcement: the outbox keeps them from whoever is biased for the entry."""
    kept = embargo.kept_in(person, competition)
    codes = Entry.objects.filter(pk__in=kept).values(named=Concat(Value("entry:"), "code"))
    return Q(kind="result", subject__in=codes) if kept else None


def _awards(competition: Competition) -> QuerySet[Award]:
    return (
        Award.objects.filter(competition=competition)
        .select_related("entry__group", "entry__municipality", "project", "group", "prize", "item")
        .order_by("group__position", "group__pk", "entry__applicant", "entry__code", "project__position")
    )


_known: ContextVar[dict[tuple[int, int], datetime | None] | None] = ContextVar("known_announcements", default=None)


def _start_request(**_facts: Any) -> None:
    _known.set({})


def forget_announcements(**_facts: Any) -> None:
    """Ask the database again: after an announcement has been made, and when a request ends."""
    _known.set(None)


request_started.connect(_start_request, dispatch_uid="awards.known_announcements")
request_finished.connect(forget_announcements, dispatch_uid="awards.known_announcements")


def announced_at(competition_id: int, round: int) -> datetime | None:
    """When the results of the round become (became) public; None while that is not settled. One query per request."""
    known = _known.get()
    key = (competition_id, round)
    if known is not None and key in known:
        return known[key]
    moment = (
        Announcement.objects.filter(competition=competition_id, round=round, approved_at__isnull=False)
        .values_list("announced_at", flat=True)
        .first()
    )
    if known is not None:
        known[key] = moment
    return moment


def is_entry_announced(entry: Entry) -> bool:
    moment = announced_at(entry.competition_id, entry.round)
    return moment is not None and moment <= clock.now()


def announced_before(phase: Any) -> datetime | None:
    """When the results of the round of `phase` became public, if they are by now."""
    moment = announced_at(phase.competition_id, phase.round) if isinstance(phase, Phase) else None
    return moment if moment and moment <= clock.now() else None


def public_state(entry: Entry, viewer: object) -> str:
    """The state of `entry` as `viewer` may know it today; what applicants and the public are shown."""
    return embargo.state_shown(entry, roles_of(viewer, entry.competition), viewer)


# --- the office's view ------------------------------------------------------------------------------------------------


@dataclass
class GroupResults:
    """The awards of one group, with its sum in cents."""

    group: Any
    awards: list[Award] = field(default_factory=list)

    @property
    def sum_cents(self) -> int:
        return sum(award.amount_cents for award in self.awards)


def facts_of(award: Award) -> dict[str, Any]:
    """The award as plain data, as it stands in the log."""
    return {
        "award": award.code,
        "entry": award.entry.code,
        "project": award.project.position if award.project else None,
        "group": award.group.code,
        "prize": award.prize.code,
        "cents": award.amount_cents,
        "item": f"{award.item.meeting.code}/{award.item.position}",
    }


def text_digest(portrait: Portrait) -> str:
    """The hash of a portrait's text, as it stands in the log."""
    return log.digest([portrait.description, portrait.reasons])


def by_group(awards: Iterable[Award]) -> list[GroupResults]:
    """`awards` (in the order of `results`) group by group."""
    groups: dict[int, GroupResults] = {}
    for award in awards:
        groups.setdefault(award.group_id, GroupResults(award.group)).awards.append(award)
    return list(groups.values())


def closed_meeting(competition: Competition, round: int) -> Meeting | None:
    return competition.jury_meetings.filter(round=round, closed_at__isnull=False).first()


def rounds_of(competition: Competition) -> list[int]:
    """Rounds in which the jury has a meeting, the newest first."""
    return list(competition.jury_meetings.order_by("-round").values_list("round", flat=True))


def announcement_of(competition: Competition, round: int) -> Announcement | None:
    return competition.announcements.filter(round=round).select_related("approved_by", "decided_by").first()


def entries_to_tell(competition: Competition, *rounds: int) -> QuerySet[Entry]:
    """Every decided entry of these rounds, with `has_won`: an award for it or for one of its projects."""
    return (
        Entry.objects.filter(competition=competition, round__in=rounds, state__in=DECIDED)
        .annotate(has_won=Exists(Award.objects.filter(entry=OuterRef("pk"))))
        .select_related("group", "competition")
        .order_by("applicant", "code")
    )


@dataclass(frozen=True)
class LetterCount:
    """What announcing would send, and the entries that no mail reaches."""

    won: int
    not_won: int
    by_post: list[Entry]

    @property
    def total(self) -> int:
        return self.won + self.not_won


def letter_count(competition: Competition, round: int) -> LetterCount:
    entries = list(entries_to_tell(competition, round))
    readers = readers_of_all(entries)
    mailed = [entry.has_won for entry in entries if readers[entry.pk]]  # type: ignore[attr-defined]
    return LetterCount(sum(mailed), len(mailed) - sum(mailed), [entry for entry in entries if not readers[entry.pk]])


def letters_to_post(competition: Competition, round: int | None = None) -> list[Entry]:
    """Decided entries of announced rounds (or of `round`, announced or not) that no mail reaches and no letter was sent to yet."""
    mailed = Message.objects.filter(scope=competition.code, kind="result", subject=Concat(Value("entry:"), OuterRef("code")))
    rounds = announced_rounds(competition) if round is None else [round]
    return unreached(entries_to_tell(competition, *rounds).filter(~Exists(mailed), posted_letter=None))


# --- portraits --------------------------------------------------------------------------------------------------------


def portraits_of(competition: Competition) -> QuerySet[Portrait]:
    return Portrait.objects.filter(award__competition=competition).select_related(
        "award__entry__competition", "award__group", "award__project", "picture"
    )


def portraits_to_proof(person: Person, competition: Competition) -> QuerySet[Portrait]:
    """Portraits sent to the entries that `person` works on, waiting for their word; only after the announcement."""
    return (
        portraits_of(competition)
        .filter(
            award__entry__contributors__person=person,
            sent_for_proof_at__isnull=False,
            approved_at=None,
            award__entry__round__in=announced_rounds(competition),
        )
        .filter(Q(objected_at=None) | Q(objected_at__lt=F("sent_for_proof_at")))
    )
