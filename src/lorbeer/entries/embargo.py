"""What a state tells to whom: *decided* and *announced* are two facts.

Results exist from the screening and the jury's day on, and outsiders learn them with the announcement. The app that
knows about announcements sits further down and registers its answer here; until it does, nothing is announced.
"""

from collections.abc import Callable, Collection
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest

from lorbeer.entries.models import Entry, Move, State
from lorbeer.people.models import Role
from lorbeer.shared.templatetags.components import tells_states

Announced = Callable[[Entry], bool]
_announced: list[Announced] = []

AFTER_ADMISSION = frozenset({State.SCREENED, State.PROPOSED, State.NOT_PROPOSED, State.AWARDED, State.NOT_AWARDED})
_ALL_ADMITTED: dict[str, str] = dict.fromkeys(AFTER_ADMISSION, State.ADMITTED)
_PROPOSALS: dict[str, str] = {State.PROPOSED: State.SCREENED, State.NOT_PROPOSED: State.SCREENED}
BEFORE = ""                                                            # shown as it stood before the jury decided
_DECISIONS: dict[str, str] = {State.AWARDED: BEFORE, State.NOT_AWARDED: BEFORE}
UNMASKED = frozenset({Role.Kind.OFFICE_LEAD, Role.Kind.OFFICE, Role.Kind.AUDITOR, Role.Kind.JUROR})


def answer_announced(answer: Announced) -> Announced:
    """Register who knows whether the result of an entry has been announced."""
    _announced.append(answer)
    return answer


def is_announced(entry: Entry) -> bool:
    return any(answer(entry) for answer in _announced)


def mask_for(roles: Collection[str]) -> dict[str, str]:
    """Which states look like which (or BEFORE) to holders of `roles` before the announcement; {} for those who see all."""
    if UNMASKED & set(roles):
        return {}
    if Role.Kind.SCREENER in roles:                                     # they know what was proposed: nothing may change when the jury closes
        return dict(_DECISIONS)
    if Role.Kind.SPONSOR in roles:                                      # votes stay unknown until the jury has met
        return dict(_PROPOSALS)
    return dict(_ALL_ADMITTED)


def state_shown(entry: Entry, roles: Collection[str]) -> str:
    """The state of `entry` as holders of `roles` may know it today."""
    mask = mask_for(roles)
    if entry.state not in mask or is_announced(entry):
        return entry.state
    return mask[entry.state] or _before(entry=entry).get(entry.pk, State.SCREENED)


def _before(**of: Any) -> dict[int, str]:
    """Entry id → the state from which the jury's decision moved it."""
    return dict(Move.objects.filter(target__in=_DECISIONS, **of).values_list("entry", "source"))


@tells_states
def state_told(entry: Entry, request: HttpRequest | None) -> str:
    """`state_shown` to the reader of a page: what the head of an entry's file shows, on whichever page it stands.

    What is no entry but looks like one (a head made by hand, an example of the style guide) has no secret to keep.
    """
    return state_shown(entry, getattr(request, "roles", ())) if isinstance(entry, Entry) else entry.state


def state_reader(roles: Collection[str]) -> Callable[[Entry], str]:
    """`state_shown` for many entries: asks about each round's announcement, and what was before its jury, once."""
    mask, announced = mask_for(roles), {}
    before: dict[tuple[int, int], dict[int, str]] = {}

    def read(entry: Entry) -> str:
        if entry.state not in mask:
            return entry.state
        key = (entry.competition_id, entry.round)
        if key not in announced:
            announced[key] = is_announced(entry)
        if announced[key]:
            return entry.state
        if mask[entry.state] == BEFORE and key not in before:
            before[key] = _before(entry__competition=entry.competition_id, entry__round=entry.round)
        return mask[entry.state] or before[key].get(entry.pk, State.SCREENED)

    return read


def looking_like(shown: str, roles: Collection[str]) -> Q:
    """The entries whose state looks like `shown` to holders of `roles`: what a filter must look for."""
    mask = mask_for(roles)
    found = Q(state__in=[state for state in State.values if mask.get(state, state) == shown])
    if hidden := [state for state, looks in mask.items() if looks == BEFORE]:
        found |= Q(state__in=hidden) & Q(Exists(Move.objects.filter(entry=OuterRef("pk"), target__in=hidden, source=shown)))
    return found
