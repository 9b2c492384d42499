"""Where a competition stands in time: which phase has begun and which is over, to the second, and what it is called."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.utils import timezone
from django.utils.translation import pgettext_lazy

from lorbeer.shared import clock
from lorbeer.shared.registry import Registry

# The nine stretches in order, with the name that stands in the bar, in the call and in print.
BAR = {
    "call": pgettext_lazy("phase", "Call"),
    "letters": pgettext_lazy("phase", "Letters of intent"),
    "entries": pgettext_lazy("phase", "Entries"),
    "check": pgettext_lazy("phase", "Formal check"),
    "screening": pgettext_lazy("phase", "Screening"),
    "jury": pgettext_lazy("phase", "Jury"),
    "announced": pgettext_lazy("phase", "Announcement"),
    "book": pgettext_lazy("phase", "Documentation"),
    "follow_up": pgettext_lazy("phase", "Follow-up"),
}
OF_ONE_DAY = ("jury", "announced")
# Who knows, of a phase, since when it has been true before its date: the results of a round may be announced early. None: it is not.
came_early = Registry[[Any], datetime | None]()
AFTER_ENTRIES = tuple(BAR)[list(BAR).index("entries") + 1:]


def has_begun(phase: Any, moment: datetime) -> bool:
    return phase.starts_at is None or moment >= phase.starts_at


def is_over(phase: Any, moment: datetime) -> bool:
    """An end names a second, and that second still counts: 23:59:59.999 is in time for 23:59:59."""
    return phase.ends_at is not None and moment >= phase.ends_at.replace(microsecond=0) + timedelta(seconds=1)


def lies_in(phase: Any, moment: datetime) -> bool:
    return has_begun(phase, moment) and not is_over(phase, moment)


def begins_at(phase: Any, now: datetime | None = None) -> datetime | None:
    """When it begins; for an announcement that was made before its date, the moment of that."""
    if phase.kind == "announced" and phase.starts_at and phase.starts_at > (now or clock.now()):
        return next((moment for moment in came_early.answers(phase) if moment), phase.starts_at)
    return cast("datetime | None", phase.starts_at)


def place_in_time(phase: Any, of_round: Iterable[Any], now: datetime | None = None) -> str:
    """`past`, `now` or `ahead`: the one rule for the bar, the call and public pages. `of_round`: the phases of its round in order.

    What has no end is past when a later phase has begun; the jury's meeting and the announcement are of one day, and past on the
    next one in the zone of the page. The formal check, and whatever comes after the entries and names no start, begins when no more
    entries are taken in.
    """
    now, of_round = now or clock.now(), list(of_round)
    if is_over(phase, now):
        return "past"
    starts_at = begins_at(phase, now)
    if starts_at and starts_at > now:
        return "ahead"
    if phase.kind in AFTER_ENTRIES and (phase.starts_at is None or phase.kind == "check") and any(
            other.kind == "entries" and place_in_time(other, of_round, now) != "past" for other in of_round):
        return "ahead"
    if phase.ends_at:
        return "now"
    if starts_at and phase.kind in OF_ONE_DAY:
        return "past" if timezone.localtime(starts_at).date() < timezone.localtime(now).date() else "now"
    order = list(BAR)
    later = any(other.starts_at and other.starts_at <= now and order.index(other.kind) > order.index(phase.kind) for other in of_round)
    return "past" if later else "now" if phase.starts_at else "ahead"


@dataclass(frozen=True)
class Step:
    """One stretch of the bar. `place`: past, now or ahead; several can be going on at once."""

    kind: str
    label: Any
    place: str
    starts_at: datetime | None
    ends_at: datetime | None


def current_round(phases: Iterable[Any], now: datetime | None = None) -> int:
    """The latest round that has begun, else the first there is."""
    now = now or clock.now()
    phases = list(phases)
    begun = [phase.round for phase in phases if phase.starts_at and phase.starts_at <= now]
    return max(begun) if begun else min((phase.round for phase in phases), default=1)


def running_rounds(phases: Iterable[Any], now: datetime | None = None) -> list[int]:
    """The rounds that have begun and are on their way to the announcement, in order; else the current one alone.

    A fund may take in entries of one round on the day on which the jury decides another.
    """
    now = now or clock.now()
    phases = list(phases)
    until = list(BAR)[: list(BAR).index("announced") + 1]
    begun = {phase.round for phase in phases if phase.starts_at and phase.starts_at <= now}
    to_come = {phase.round for phase in phases if phase.kind in until and (last := phase.ends_at or phase.starts_at) and last >= now}
    return sorted(begun & to_come) or [current_round(phases, now)]


def steps(phases: Iterable[Any], now: datetime | None = None, round: int | None = None) -> list[Step]:
    """The steps of `round` (else of the current one) in order. `phases`: anything with kind, round, starts_at, ends_at."""
    now = now or clock.now()
    phases = list(phases)
    round = round or current_round(phases, now)
    of_round = {phase.kind: phase for phase in phases if phase.round == round}
    found = [of_round[kind] for kind in BAR if kind in of_round]
    return [Step(phase.kind, BAR[phase.kind], place_in_time(phase, found, now), begins_at(phase, now), phase.ends_at) for phase in found]


def current_step(phases: Iterable[Any], now: datetime | None = None) -> Step | None:
    """The latest step that is going on, else the latest that is over, for the line "competition · phase · role"."""
    found = steps(phases, now)
    return next((step for place in ("now", "past") for step in reversed(found) if step.place == place), None)
