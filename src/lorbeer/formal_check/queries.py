"""Which entries wait for a check, and what the call's rule says about their group."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from lorbeer.call.models import AwardGroup, Competition, Phase
from lorbeer.entries.models import Entry, State
from lorbeer.entries.queries import RECEIVED
from lorbeer.formal_check.models import Check
from lorbeer.intake.models import Arrival, Submission
from lorbeer.intake.queries import applicant_facts, document_or_none, named_partners
from lorbeer.intake.rules import Completion, changeable_until
from lorbeer.questionnaire.grouping import applicant_of, group_for
from lorbeer.shared import clock
from lorbeer.shared.phases import is_over
from lorbeer.shared.prepared import prepared


def received(competition: Competition) -> "QuerySet[Entry]":
    """Everything that was handed in and not taken back, in the order in which it arrived.

    Adds `submitted_at`, `last_verdict`, `checked_at`, `checker`, `is_returned`, `is_waiting` and `is_late`; one query, and one for the phases.
    """
    newest = Check.objects.filter(entry=OuterRef("pk")).order_by("-checked_at", "-pk")
    accepted = Submission.objects.filter(entry=OuterRef("pk"), is_accepted=True)
    return Entry.objects.filter(competition=competition, state__in=RECEIVED).select_related("group").annotate(
        submitted_at=Subquery(accepted.values("submitted_at")[:1]),
        last_verdict=Subquery(newest.values("verdict")[:1]),
        checked_at=Subquery(newest.values("checked_at")[:1]),
        checker=Subquery(newest.values("checked_by__name")[:1]),
        is_returned=Exists(_completions_running(OuterRef("pk"))),
        is_waiting=Q(state=State.SUBMITTED) & ~Q(round__in=list(changeable_until(competition)))
        & ~Exists(_completions_running(OuterRef("pk"))),
        is_late=Exists(_late(OuterRef("pk"))),
    )


def _late(entry: object) -> "QuerySet[Submission]":
    """The accepted submission, if it came late and nobody has decided whether it is admitted all the same."""
    return Submission.objects.filter(entry=entry, is_accepted=True, arrival__timeliness=Arrival.Timeliness.LATE)


def waiting(competition: Competition) -> "QuerySet[Entry]":
    """Submitted entries to be checked now: the deadline of their round has passed, and no applicant has been asked for something
    and has time left. What came late waits at the arrival desk first."""
    return in_order(received(competition).filter(is_waiting=True, is_late=False))


def in_order(rows: "QuerySet[Entry]") -> "QuerySet[Entry]":
    """Rows of `received` as they came in, round by round."""
    return rows.order_by("round", F("submitted_at").asc(nulls_last=True), "pk")


def to_take_in(competition: Competition) -> "list[Entry]":
    """In a call without a formal check: what was handed in for rounds whose deadline has passed, and is not admitted yet; late ones too."""
    now = clock.now()
    over = [phase.round for phase in competition.schedule if phase.kind == Phase.Kind.ENTRIES and is_over(phase, now)]
    found = list(in_order(received(competition).filter(is_waiting=True, round__in=over).select_related("municipality")))
    for entry in found:
        entry.competition = competition
    return found


def next_waiting(competition: Competition, after: Entry | None = None) -> Entry | None:
    """The entry to check after `after`, in the order of arrival; from the beginning again at the end. None: all done."""
    keys = list(waiting(competition).values_list("pk", "round", "submitted_at"))
    if after is None or not keys:
        chosen = keys[0][0] if keys else None
    else:
        moment = Submission.objects.filter(entry=after, is_accepted=True).values_list("submitted_at", flat=True).first()
        later = [pk for pk, round, at in keys if pk != after.pk and (round, at or clock.now(), pk) > (
            after.round, moment or clock.now(), after.pk)]
        others = [pk for pk, _round, _at in keys if pk != after.pk]
        chosen = later[0] if later else others[0] if others else None
    return Entry.objects.select_related("competition", "group").get(pk=chosen) if chosen else None


def _completions_running(entry: object) -> "QuerySet[Check]":
    """Requests for completion of what is still the accepted submission, whose date has not passed."""
    return Check.objects.filter(
        entry=entry, verdict=Check.Verdict.RETURNED, submission__is_accepted=True, complete_until__gte=clock.now())


def completion_of(entry: Entry) -> Completion | None:
    """What the applicant is asked to complete, whatever the deadline of the call; None if nobody has asked."""
    if entry.state != State.SUBMITTED:
        return None
    check = next(iter(_returned(entry.pk)), None)
    return Completion(check.reason, check.checked_at, check.complete_until) if check else None  # type: ignore[arg-type]


@prepared
def _returned(entry: int) -> QuerySet[Check]:
    return (
        Check.objects.filter(entry=entry, verdict=Check.Verdict.RETURNED, submission__is_accepted=True, complete_until__isnull=False)
        .order_by("-checked_at", "-pk")[:1]
    )


@dataclass(frozen=True)
class Progress:
    """How far the check of a round is."""

    round: int
    done: int
    total: int
    returned: int
    late: int                                                           # nobody has decided whether they are admitted all the same
    deadline: datetime | None                                           # still to come: the check begins after it

    @property
    def waiting(self) -> int:
        """How many can be checked now."""
        return 0 if self.deadline else self.total - self.done - self.returned - self.late


def progress(competition: Competition) -> list[Progress]:
    """One row for each round in which something came in; four queries."""
    entries = Entry.objects.filter(competition=competition, state__in=RECEIVED).order_by()
    returned = entries.filter(Exists(_completions_running(OuterRef("pk"))), state=State.SUBMITTED)
    back = dict(returned.values_list("round").annotate(Count("pk")))
    undecided = entries.filter(Exists(_late(OuterRef("pk"))), ~Exists(_completions_running(OuterRef("pk"))), state=State.SUBMITTED)
    late = dict(undecided.values_list("round").annotate(Count("pk")))
    counts = entries.values_list("round").annotate(done=Count("pk", filter=~Q(state=State.SUBMITTED)), total=Count("pk"))
    open_rounds = changeable_until(competition)
    return [
        Progress(round, done, total, back.get(round, 0), late.get(round, 0), open_rounds.get(round))
        for round, done, total in sorted(counts)
    ]


def check_due(competition: Competition, round: int) -> datetime | None:
    """When the check of a round has to be over; None where the call does not say."""
    return competition.phases.filter(kind=Phase.Kind.CHECK, round=round).values_list("ends_at", flat=True).first()


@dataclass(frozen=True)
class Proposal:
    """What the call's rule says about the group of an entry. `others`: groups into which its partners would come."""

    group: AwardGroup | None
    others: tuple[AwardGroup, ...] = ()

    @property
    def is_clear(self) -> bool:
        return self.group is not None and not self.others


def proposal(entry: Entry) -> Proposal:
    """The group by the rule. Where several bodies enter together and the rule would sort them apart, it is not clear."""
    facts = applicant_facts(entry)
    group = group_for(entry.competition, facts)
    others: list[AwardGroup] = []
    for partner in partners(entry):
        fitting = group_for(entry.competition, applicant_of(partner, facts.document))
        if fitting is not None and fitting != group and fitting not in others:
            others.append(fitting)
    return Proposal(group, tuple(others))


def partners(entry: Entry) -> list:
    """The municipalities that enter together with the applicant, by name."""
    return [body for body in entry.partners.order_by("name", "pk") if body.pk != entry.municipality_id]


def unknown_partners(entry: Entry) -> list[str]:
    """Partners that the entry names and the register does not know, in the words of the applicant."""
    document = document_or_none(entry)
    return named_partners(entry, document)[1] if document else []
