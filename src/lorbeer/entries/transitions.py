"""An entry moves only along this table, and only through `move`."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.entries.embargo import state_in_words
from lorbeer.entries.models import Entry, Move, State
from lorbeer.people.models import Person
from lorbeer.shared import log
from lorbeer.shared.errors import Refused
from lorbeer.shared.prepared import insert, prepared, update
from lorbeer.shared.reasons import reason_digest

TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    # name         from                                                to
    "submit":      (frozenset({State.DRAFT}),                          State.SUBMITTED),
    "resubmit":    (frozenset({State.SUBMITTED}),                      State.SUBMITTED),
    "withdraw":    (frozenset({State.DRAFT, State.SUBMITTED}),         State.WITHDRAWN),
    "resume":      (frozenset({State.WITHDRAWN}),                      State.DRAFT),
    "merge":       (frozenset({State.SUBMITTED}),                      State.WITHDRAWN),    # into another entry, which counts
    "part":        (frozenset({State.WITHDRAWN}),                      State.SUBMITTED),
    "admit":       (frozenset({State.SUBMITTED}),                      State.ADMITTED),
    "exclude":     (frozenset({State.SUBMITTED}),                      State.INADMISSIBLE),
    "reopen":      (frozenset({State.ADMITTED, State.INADMISSIBLE}),   State.SUBMITTED),
    "screen":      (frozenset({State.ADMITTED}),                       State.SCREENED),
    "propose":     (frozenset({State.SCREENED}),                       State.PROPOSED),
    "pass_over":   (frozenset({State.SCREENED}),                       State.NOT_PROPOSED),
    "award":       (frozenset({State.PROPOSED, State.NOT_PROPOSED, State.ADMITTED}), State.AWARDED),
    "decline":     (frozenset({State.PROPOSED, State.NOT_PROPOSED, State.ADMITTED}), State.NOT_AWARDED),
}


def before_jury(competition: Competition) -> tuple[str, ...]:
    """The states in which an entry waits for the jury: after the screening, or once admitted where the call has none."""
    return (State.PROPOSED, State.NOT_PROPOSED) if competition.has_screening else (State.ADMITTED,)


def sources_of(name: str, competition: Competition) -> frozenset[str]:
    """From which states transition `name` starts in this competition."""
    sources = TRANSITIONS[name][0]
    if name in ("award", "decline"):
        return sources & set(before_jury(competition))
    return sources if name != "screen" or competition.has_screening else frozenset()


def facts_of(step: Move) -> dict[str, str]:
    """From where to where, when, and a hash of why, as it stands in the log; by whom is the event's own."""
    return {"source": step.source, "target": step.target, "at": log.moment(step.at),
            "reason_sha256": reason_digest(step.secret, step.reason)}


@prepared
def _locked(pk: int) -> QuerySet[Entry]:
    return Entry.objects.select_for_update(of=("self",)).filter(pk=pk).select_related("competition")


def lock_entry(pk: int) -> Entry:
    """The entry with its competition as they are now, held until the transaction ends. Raises Entry.DoesNotExist."""
    for entry in _locked(pk):
        return entry
    raise Entry.DoesNotExist


@transaction.atomic
def move(entry: Entry, name: str, *, by: Person | None, reason: str = "") -> Entry:
    """Move `entry` along transition `name` and record who did it; raise Refused if it cannot."""
    target = TRANSITIONS[name][1]
    # Of two clicks, the second is refused.
    entry = lock_entry(entry.pk)
    if entry.state not in sources_of(name, entry.competition):
        raise Refused(
            _("%(entry)s is now “%(state)s”, so this step is not possible any more. Reload the page to see where it stands.")
            % {"entry": entry, "state": state_in_words(entry)}
        )
    step = Move(entry=entry, name=name, source=entry.state, target=target, by=by, reason=reason)
    insert(step)
    log.record(f"entry.{name}", subject=f"entry:{entry.code}", scope=entry.competition.code, actor=by, **facts_of(step))
    entry.state = target
    update(entry, "state")
    return entry
