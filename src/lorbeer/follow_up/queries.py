"""Where the prize money is: awarded, paid, proved, left; and what is overdue."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, F, OuterRef, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from lorbeer.awards.models import Award
from lorbeer.awards.queries import announced_at, announced_results
from lorbeer.call.models import Competition
from lorbeer.call.rulebook import RetentionRules
from lorbeer.follow_up.models import Payment, ProofOfUse
from lorbeer.shared import clock
from lorbeer.shared.money import format_euro

WAITING = (ProofOfUse.State.OPEN, ProofOfUse.State.RETURNED)


def paid_cents(award: Award) -> int:
    return award.payments.aggregate(sum=Sum("amount_cents"))["sum"] or 0


def months_after(day: date, months: int) -> date:
    """The same day `months` later; the last day of the month where there is no such day."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - date.resolution).day
    return date(year, month, min(day.day, last))


def due_date(award: Award) -> date:
    """When the proof of use is due: so many months after the announcement as the call says."""
    competition = award.competition
    start = announced_at(competition.pk, award.entry.round) or clock.now()
    rules = RetentionRules.from_json(competition.retention)
    return months_after(clock.day(start, competition.time_zone), rules.proof_due_months)


def earmarked_for(competition: Competition) -> str:
    """What the call says the money must be used for."""
    return str(RetentionRules.from_json(competition.retention).earmarked_for)


def awards_with_money(competition: Competition, round: int | None = None) -> "QuerySet[Award]":
    """Announced awards, each with paid, spent, left, and the proof's state and due date; overdue ones first."""
    paid = Payment.objects.filter(award=OuterRef("pk")).order_by().values("award").annotate(sum=Sum("amount_cents")).values("sum")
    today = clock.today(competition.time_zone)
    accepted = When(proof__state=ProofOfUse.State.ACCEPTED, then=F("proof__spent_cents"))
    return (
        announced_results(competition, round).filter(amount_cents__gt=0).select_related("proof", "entry", "competition")
        .annotate(paid=Coalesce(Subquery(paid), Value(0)), due_on=F("proof__due_on"), proof_state=F("proof__state"),
                  proved=Case(accepted, default=Value(0)))
        .annotate(
            left=F("amount_cents") - F("proved"), unpaid=F("amount_cents") - F("paid"),
            overdue=Case(When(proof__state__in=WAITING, proof__due_on__lt=today, then=Value(0)), default=Value(1)),
        )
        .order_by("overdue", F("due_on").asc(nulls_last=True), "entry__reference", "pk")
    )


@dataclass(frozen=True)
class Sums:
    """Cents, and how many awards stand where. What was paid is spent, unspent, in review or unreported."""

    awarded: int = 0
    paid: int = 0
    spent: int = 0                                                      # as accepted reports with files say
    stated: int = 0                                                     # as accepted reports without files say, and nothing else
    unspent: int = 0                                                    # paid, but not spent according to the accepted report
    in_review: int = 0                                                  # paid, with a report that the office has to decide on
    awards: int = 0
    overdue: int = 0
    to_decide: int = 0

    @property
    def proved(self) -> int:
        """Spent as accepted reports say, with files or without."""
        return self.spent + self.stated

    @property
    def unpaid(self) -> int:
        return self.awarded - self.paid

    @property
    def unreported(self) -> int:
        """Paid, with a report still to come."""
        return self.paid - self.spent - self.stated - self.unspent - self.in_review


def sums(competition: Competition, round: int | None = None) -> Sums:
    """Two queries: the sums of the announced awards with money."""
    found = announced_results(competition, round).filter(amount_cents__gt=0).order_by().select_related("proof", "competition")
    paid = dict(Payment.objects.filter(award__in=found.select_related(None)).order_by().values_list("award").annotate(Sum("amount_cents")))
    return sums_of((award, getattr(award, "proof", None), paid.get(award.pk, 0)) for award in found)


def sums_of(rows: Iterable[tuple[Award, ProofOfUse | None, int]]) -> Sums:
    """The sums of awards, each with its proof of use and the cents paid."""
    found: Counter[str] = Counter()
    for award, proof, paid in rows:
        found["awards"] += 1
        found["awarded"] += award.amount_cents
        found["paid"] += paid
        if proof is None:
            continue
        if proof.state == ProofOfUse.State.ACCEPTED:
            spent = min(paid, proof.spent_cents)
            found.update({"spent" if proof.documents else "stated": spent, "unspent": paid - spent})
        elif proof.state == ProofOfUse.State.SENT:
            found.update(in_review=paid, to_decide=1)
        elif proof.due_on < clock.today(award.competition.time_zone):
            found["overdue"] += 1
    return Sums(**found)


def parts_of(sums: Sums) -> list[dict[str, Any]]:
    """What became of the prize money, as parts of a figure; empty parts are left out."""
    rows = (
        (_("spent, with proof"), sums.spent), (_("spent, as reported, without proof"), sums.stated),
        (_("paid, not spent"), sums.unspent), (_("paid, report to be checked"), sums.in_review),
        (_("paid, report to come"), sums.unreported), (_("not paid yet"), sums.unpaid),
    )
    return [{"label": label, "value": cents, "text": format_euro(cents)} for label, cents in rows if cents]


def open_proofs(competition: Competition) -> "QuerySet[ProofOfUse]":
    """Reports that somebody still owes, the oldest first."""
    return (
        ProofOfUse.objects.filter(award__in=announced_results(competition).order_by().select_related(None), state__in=WAITING)
        .select_related("award__entry__competition", "award__competition", "award__prize")
        .order_by("due_on", "pk")
    )
