"""Where the prize money is: awarded, paid, proved, left; and what is overdue."""

from datetime import date

from django.db.models import Case, F, OuterRef, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from lorbeer.awards.models import Award
from lorbeer.awards.queries import announced_results
from lorbeer.call.models import Competition
from lorbeer.call.rulebook import RetentionRules
from lorbeer.follow_up.models import Payment, ProofOfUse
from lorbeer.shared import clock


def paid_cents(award: Award) -> int:
    return award.payments.aggregate(sum=Sum("amount_cents"))["sum"] or 0


def due_date(award: Award) -> date:
    """When the proof of use is due: so many months after the announcement as the call says."""
    rules = RetentionRules.from_json(award.competition.retention)
    announced = award.competition.announcements.filter(round=award.entry.round).values_list("announced_at", flat=True).first()
    start = (announced or clock.now()).date()
    month = start.month - 1 + rules.proof_due_months
    year, month = start.year + month // 12, month % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - date.resolution).day
    return date(year, month, min(start.day, last))


def awards_with_money(competition: Competition, round: int | None = None) -> "QuerySet[Award]":
    """Announced awards, each with paid, spent, and the proof's state and due date; overdue ones first."""
    paid = Payment.objects.filter(award=OuterRef("pk")).values("award").annotate(sum=Sum("amount_cents")).values("sum")
    today = clock.today(competition.time_zone)
    return (
        announced_results(competition, round).select_related("proof", "entry")
        .annotate(paid=Coalesce(Subquery(paid), Value(0)), due_on=F("proof__due_on"), proof_state=F("proof__state"))
        .annotate(overdue=Case(
            When(proof__state__in=(ProofOfUse.State.OPEN, ProofOfUse.State.RETURNED), proof__due_on__lt=today, then=Value(0)),
            default=Value(1),
        ))
        .order_by("overdue", "due_on", "entry__reference", "pk")
    )


def sums(competition: Competition, round: int | None = None) -> dict[str, int]:
    """Cents awarded, paid, and accounted for in accepted proofs."""
    found = announced_results(competition, round)
    return {
        "awarded": found.aggregate(sum=Sum("amount_cents"))["sum"] or 0,
        "paid": Payment.objects.filter(award__in=found).aggregate(sum=Sum("amount_cents"))["sum"] or 0,
        "proved": ProofOfUse.objects.filter(award__in=found, state=ProofOfUse.State.ACCEPTED).aggregate(sum=Sum("spent_cents"))["sum"] or 0,
    }
