"""The only door through which the public sees results."""

from django.db.models import QuerySet

from lorbeer.awards.models import Award
from lorbeer.call.models import Competition
from lorbeer.shared import clock


def announced_results(competition: Competition, round: int | None = None) -> "QuerySet[Award]":
    """The awards of the rounds that have been announced (of `round` alone where given), in the order of the groups."""
    announced = competition.announcements.filter(announced_at__lte=clock.now())
    if round is not None:
        announced = announced.filter(round=round)
    return (
        competition.awards.filter(entry__round__in=announced.values("round"))
        .select_related("entry", "project", "group", "prize").order_by("group__position", "-amount_cents", "entry__applicant")
    )
