"""Reminders that go out by themselves: to each screener about their own open votes, and about nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db.models import Max

from lorbeer.entries.models import State
from lorbeer.entries.queries import without_biased
from lorbeer.people.models import Person
from lorbeer.screening import queries
from lorbeer.screening.models import Vote
from lorbeer.screening.services.assignment import remind_screener
from lorbeer.shared import clock
from lorbeer.shared.models import LogEvent

if TYPE_CHECKING:
    from lorbeer.call.models import Competition


@dataclass(frozen=True)
class Due:
    """Somebody to remind: of the first round in which something is open and the last day of all their places is near or over.

    Of all places, sealed ones too: the office sees who is reminded, and the day of one place would tell that this one is open.
    """

    person: Person
    round: int
    due_on: date


def reminders_due(competition: "Competition", *, ahead_days: int = 3, every_days: int = 3) -> list[Due]:
    """Screeners who have something open, are due within `ahead_days` or before, and whom nobody has reminded in the last `every_days`.

    Depends on each person's own votes alone, so that neither a reminder nor its time tells of anybody else.
    """
    today = clock.today(competition.time_zone)
    since = clock.now() - timedelta(days=every_days) + timedelta(hours=1)                   # a timer is never on the minute
    reminded = set(
        LogEvent.objects.filter(scope=competition.code, verb="screening.remind", at__gte=since).values_list("subject", flat=True)
    )
    return [one for one in _behind(competition, today + timedelta(days=ahead_days)) if f"person:{one.person.code}" not in reminded]


def _behind(competition: "Competition", until: date) -> Iterator[Due]:
    places = Vote.objects.filter(entry__competition=competition)
    last = {(person, round): day for person, round, day in places.values_list("screener", "entry__round").annotate(Max("due_on"))
            if day and day <= until}
    for person in queries.screeners_of(competition):
        own = places.filter(screener=person, entry__state=State.ADMITTED, sealed_at=None,
                            entry__round__in=[round for one, round in last if one == person.pk])
        found = without_biased(own, person, "entry").order_by("entry__round").values_list("entry__round", flat=True).first()
        if found is not None:
            yield Due(person, found, last[person.pk, found])


def remind_those_behind(competition: "Competition", *, ahead_days: int = 3, every_days: int = 3) -> list[Due]:
    """Queue a mail to each of `reminders_due`; who got one."""
    due = reminders_due(competition, ahead_days=ahead_days, every_days=every_days)
    return [one for one in due if remind_screener(one.person, competition, one.round, None)]
