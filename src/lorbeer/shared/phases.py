"""Where a competition stands in time: the phase bar, computed from its phases and the clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lorbeer.shared import clock

# The nine stretches in order, with the word that stands in the bar.
BAR = {
    "call": _("Call"),
    "letters": pgettext_lazy("phase", "Letters of intent"),
    "entries": _("Entries"),
    "check": _("Check"),
    "screening": _("Screening"),
    "jury": _("Jury"),
    "announced": _("Announced"),
    "book": _("Book"),
    "follow_up": _("Follow-up"),
}


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
    """The steps of `round` (else of the current one) in order. `phases`: anything with kind, round, starts_at, ends_at.

    A phase without dates lies in the past when a later one has begun.
    """
    now = now or clock.now()
    phases = list(phases)
    round = round or current_round(phases, now)
    of_round = {phase.kind: phase for phase in phases if phase.round == round}
    kinds = [kind for kind in BAR if kind in of_round]
    begun = [i for i, kind in enumerate(kinds) if of_round[kind].starts_at and of_round[kind].starts_at <= now]
    found = []
    for i, kind in enumerate(kinds):
        phase = of_round[kind]
        if phase.ends_at and phase.ends_at < now:
            place = "past"
        elif phase.starts_at:
            later = any(j > i and not phase.ends_at for j in begun)
            place = "ahead" if phase.starts_at > now else "past" if later else "now"
        elif phase.ends_at:
            place = "now"
        else:
            place = "past" if begun and max(begun) > i else "ahead"
        found.append(Step(kind, BAR[kind], place, phase.starts_at, phase.ends_at))
    if found and not any(step.place == "now" for step in found):
        # Between two phases the last one that is over still names where we are.
        past = [i for i, step in enumerate(found) if step.place == "past"]
        if past:
            last = found[past[-1]]
            found[past[-1]] = Step(last.kind, last.label, "now", last.starts_at, last.ends_at)
    return found


def current_step(phases: Iterable[Any], now: datetime | None = None) -> Step | None:
    """The latest step that is going on, for the line "competition · phase · role"."""
    going_on = [step for step in steps(phases, now) if step.place == "now"]
    return going_on[-1] if going_on else None
