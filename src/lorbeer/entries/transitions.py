"""An entry moves only along this table, and only through `move`."""

from django.db import transaction
from django.utils.translation import gettext as _

from lorbeer.entries.models import Entry, Move, State
from lorbeer.people.models import Person
from lorbeer.shared import log
from lorbeer.shared.errors import Refused

TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    # name         from                                                to
    "submit":      (frozenset({State.DRAFT}),                          State.SUBMITTED),
    "resubmit":    (frozenset({State.SUBMITTED}),                      State.SUBMITTED),
    "withdraw":    (frozenset({State.DRAFT, State.SUBMITTED}),         State.WITHDRAWN),
    "resume":      (frozenset({State.WITHDRAWN}),                      State.DRAFT),
    "admit":       (frozenset({State.SUBMITTED}),                      State.ADMITTED),
    "exclude":     (frozenset({State.SUBMITTED}),                      State.INADMISSIBLE),
    "reopen":      (frozenset({State.ADMITTED, State.INADMISSIBLE}),   State.SUBMITTED),
    "screen":      (frozenset({State.ADMITTED}),                       State.SCREENED),
    "propose":     (frozenset({State.SCREENED}),                       State.PROPOSED),
    "pass_over":   (frozenset({State.SCREENED}),                       State.NOT_PROPOSED),
    "award":       (frozenset({State.PROPOSED, State.NOT_PROPOSED}),   State.AWARDED),
    "decline":     (frozenset({State.PROPOSED, State.NOT_PROPOSED}),   State.NOT_AWARDED),
}


@transaction.atomic
def move(entry: Entry, name: str, *, by: Person | None, reason: str = "") -> Entry:
    """Move `entry` along transition `name` and record who did it; raise Refused if it cannot."""
    sources, target = TRANSITIONS[name]
    # Of two clicks, the second is refused.
    entry = Entry.objects.select_for_update(of=("self",)).select_related("competition").get(pk=entry.pk)
    if entry.state not in sources:
        raise Refused(
            _("%(entry)s is now “%(state)s”, so this step is not possible any more. Reload the page to see where it stands.")
            % {"entry": entry, "state": State(entry.state).label}
        )
    Move.objects.create(entry=entry, name=name, source=entry.state, target=target, by=by, reason=reason)
    log.record(
        f"entry.{name}", subject=f"entry:{entry.code}", scope=entry.competition.code, actor=by,
        source=entry.state, target=target,
    )
    entry.state = target
    entry.save(update_fields=["state"])
    return entry
