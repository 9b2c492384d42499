"""The desk errs, too: correcting a line of the arrival register, and closing one that does not belong there. Nothing is lost."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lorbeer.entries.models import State
from lorbeer.entries.transitions import move
from lorbeer.intake import queries, rules
from lorbeer.intake.attest import line_of
from lorbeer.intake.models import Arrival, ArrivalChange
from lorbeer.intake.services.scanning import unlink
from lorbeer.intake.services.submitting import withdraw
from lorbeer.people.models import Person
from lorbeer.shared import clock, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.verdicts import Verdict, require

Kind, Timeliness = ArrivalChange.Kind, Arrival.Timeliness
VERBS = {Kind.CORRECTED: "arrival.correct", Kind.CLOSED: "arrival.close", Kind.INTENT: "arrival.close", Kind.REOPENED: "arrival.reopen"}


@transaction.atomic
def correct_arrival(
    arrival: Arrival, *, by: Person, reason: str, channel: str, arrived_at: datetime, postmarked_on: date | None, sender: str, subject: str,
    seen: str = "",
) -> Arrival:
    """Put right what was registered, and judge anew whether it was in time. `seen`: the line (`line_seen`) that was looked at.

    Raises Refused, also where another stands there by now; BadInput.
    """
    arrival = _locked(arrival, by, rules.can_correct_arrival)
    if seen and seen != queries.line_seen(arrival):
        raise Refused(_("Somebody has corrected this line at the same moment, so nothing of yours has been saved. Please look at it again."))
    facts = {"channel": channel, "arrived_at": arrived_at, "postmarked_on": postmarked_on, "sender": sender.strip()[:300],
             "subject": subject.strip()[:500]}
    if channel != arrival.channel and arrival.submissions.exists():
        raise BadInput(_("Its answers have been handed in, and the receipt names the channel, so that stays."), where="channel")
    for field, sentence in rules.implausible(arrival.competition, arrived_at, postmarked_on):
        raise BadInput(sentence, where=field)
    before = {name: getattr(arrival, name) for name in (*queries.CORRECTED, "round", "timeliness", "late_reason")}
    for name, value in facts.items():
        setattr(arrival, name, value)
    if arrival.entry is None:
        arrival.round = rules.round_at(arrival.competition, arrived_at)
    arrival.timeliness = _judged(arrival)
    if arrival.timeliness != Timeliness.ADMITTED_LATE:
        arrival.late_reason = ""
    changed = {name: value for name, value in before.items() if getattr(arrival, name) != value}
    if not changed:
        raise BadInput(_("Nothing has been changed."))
    arrival.save(update_fields=[*queries.CORRECTED, "round", "timeliness", "late_reason"])
    _keep(arrival, Kind.CORRECTED, reason, by, before=changed)
    return arrival


def _judged(arrival: Arrival) -> str:
    """What was admitted late with a reason stays so while it is late."""
    judged = rules.timeliness(arrival.competition, arrival.round, arrival.channel, arrival.arrived_at, arrival.postmarked_on)
    admitted = judged == Timeliness.LATE and arrival.timeliness == Timeliness.ADMITTED_LATE
    return Timeliness.ADMITTED_LATE if admitted else judged


@transaction.atomic
def close_arrival(arrival: Arrival, *, by: Person | None, reason: str, actor: str = "", kind: ArrivalChange.Kind = Kind.CLOSED) -> Arrival:
    """It does not belong here, is there twice, or is noted elsewhere (`kind`): nothing waits for it any more. A draft begun from it
    is withdrawn.

    `by` None: a program has seen so, which the log calls `actor`.
    """
    arrival = _locked(arrival, by, rules.can_close_arrival)
    entry, goes = arrival.entry, rules.is_withdrawn_with(arrival)
    arrival.closed_at = clock.now()
    arrival.save(update_fields=["closed_at"])
    if arrival.linked_at is not None:                                   # the draft was there before, and is its writers'
        unlink(arrival, by=by)
    elif entry is not None and goes:
        withdraw(entry, by=by, reason=reason)
    _keep(arrival, kind, reason, by, actor=actor)
    return arrival


@transaction.atomic
def reopen_arrival(arrival: Arrival, *, by: Person, reason: str) -> Arrival:
    """It does belong here after all. A draft that closing withdrew is taken up again."""
    arrival = _locked(arrival, by, rules.can_reopen_arrival)
    arrival.closed_at = None
    arrival.save(update_fields=["closed_at"])
    entry = arrival.entry
    if entry is not None and entry.state == State.WITHDRAWN and not entry.submissions.exists():
        move(entry, "resume", by=by)
    _keep(arrival, Kind.REOPENED, reason, by)
    return arrival


def _locked(arrival: Arrival, by: Person | None, rule: Any) -> Arrival:
    arrival = Arrival.objects.select_for_update(of=("self",)).select_related("competition", "entry").get(pk=arrival.pk)
    if by is not None:
        verdict: Verdict = rule(by, arrival)
        require(verdict)
    return arrival


def _keep(
    arrival: Arrival, kind: ArrivalChange.Kind, reason: str, by: Person | None, before: dict[str, Any] | None = None, actor: str = "",
) -> None:
    if not reason.strip():
        raise BadInput(_("Please say why; the reason is recorded."), where="reason")
    told = {name: log.moment(value) if isinstance(value, datetime) else value.isoformat() if isinstance(value, date) else value
            for name, value in (before or {}).items()}
    ArrivalChange.objects.create(arrival=arrival, kind=kind, reason=reason.strip(), before=told, by=by)
    # The log never forgets, so it holds no names: of sender and title only that they changed.
    public = {name: value for name, value in told.items() if name not in ("sender", "subject", "late_reason")}
    log.record(VERBS[kind], subject=f"arrival:{arrival.number}", scope=arrival.competition.code, actor=by or actor,
               line=line_of(arrival), **({"before": public, "changed": sorted(told)} if told else {}))
