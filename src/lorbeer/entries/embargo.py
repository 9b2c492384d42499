"""What a state tells to whom: *decided* and *announced* are two facts.

Results exist from the screening and the jury's day on, and outsiders learn them with the announcement. The app that
knows about announcements sits further down and registers its answer here; until it does, nothing is announced.

Whoever is biased for an entry is an outsider for it, whatever their role: `kept_from` says which results are kept from whom, and
every page, list, file, mail and line of the log that tells results of single entries or their sums asks it.
"""

from collections.abc import Callable, Collection
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.entries import queries
from lorbeer.entries.models import Entry, Move, State
from lorbeer.people.access import roles_of
from lorbeer.people.models import Person, Role
from lorbeer.shared.registry import Registry
from lorbeer.shared.remembered import once_per_page
from lorbeer.shared.templatetags.components import tells_states

# Who knows whether the result of an entry has been announced.
answer_announced = Registry[[Entry], bool]()

AFTER_ADMISSION = frozenset({State.SCREENED, State.PROPOSED, State.NOT_PROPOSED, State.AWARDED, State.NOT_AWARDED})
_ALL_ADMITTED: dict[str, str] = dict.fromkeys(AFTER_ADMISSION, State.ADMITTED)
_PROPOSALS: dict[str, str] = {State.PROPOSED: State.SCREENED, State.NOT_PROPOSED: State.SCREENED}
BEFORE = ""                                                            # shown as it stood before the jury decided
_DECISIONS: dict[str, str] = {State.AWARDED: BEFORE, State.NOT_AWARDED: BEFORE}
UNMASKED = frozenset({Role.Kind.OFFICE_LEAD, Role.Kind.OFFICE, Role.Kind.AUDITOR, Role.Kind.JUROR})


def is_announced(entry: Entry) -> bool:
    return any(answer_announced.answers(entry))


# --- bias -------------------------------------------------------------------------------------------------------------


def kept_from(person: object, entries: QuerySet[Entry]) -> set[int]:
    """Ids of those of `entries` whose results are kept from `person` for bias until everybody knows them.

    Whether there is a result yet makes no difference.
    """
    if not isinstance(person, Person):
        return set()
    announced: dict[tuple[int, int], bool] = {}
    closed = list(entries.filter(queries.biased(person)).distinct())
    for entry in closed:
        if (place := (entry.competition_id, entry.round)) not in announced:
            announced[place] = is_announced(entry)
    return {entry.pk for entry in closed if not announced[entry.competition_id, entry.round]}


@once_per_page
def kept_in(person: object, competition: Competition) -> frozenset[int]:
    """The same of all admitted entries of a competition; nobody without a role there is asked about."""
    if not roles_of(person, competition):
        return frozenset()
    return frozenset(kept_from(person, Entry.objects.filter(competition=competition, state__in=queries.ADMITTED)))


def is_kept_from(person: object, entry: Entry) -> bool:
    """The same of one entry."""
    return isinstance(person, Person) and not is_announced(entry) and queries.is_biased(person, entry)


# --- states -----------------------------------------------------------------------------------------------------------


def mask_for(roles: Collection[str], *, kept: bool = False) -> dict[str, str]:
    """Which states look like which (or BEFORE) to holders of `roles` before the announcement; {} for those who see all.

    `kept`: for an entry whose result is kept from the reader.
    """
    if kept:
        return _DECISIONS | mask_for(roles)
    if UNMASKED & set(roles):
        return {}
    if Role.Kind.SCREENER in roles:                                     # they know what was proposed: nothing may change when the jury closes
        return dict(_DECISIONS)
    if Role.Kind.SPONSOR in roles:                                      # votes stay unknown until the jury has met
        return dict(_PROPOSALS)
    return dict(_ALL_ADMITTED)


def state_shown(entry: Entry, roles: Collection[str], person: object = None) -> str:
    """The state of `entry` as holders of `roles` may know it today, and `person` among them."""
    mask = mask_for(roles, kept=entry.state in _DECISIONS and is_kept_from(person, entry))
    if entry.state not in mask or is_announced(entry):
        return entry.state
    if mask[entry.state] != BEFORE:
        return mask[entry.state]
    before = _before(entry=entry).get(entry.pk, State.SCREENED)
    return mask.get(before, before)


def state_in_words(entry: Entry) -> str:
    """The state of `entry` in a sentence that does not know who reads it: before the announcement none tells what the jury decided."""
    if entry.state in _DECISIONS and not is_announced(entry):
        return _("decided by the jury")
    return str(State(entry.state).label)


def _before(**of: Any) -> dict[int, str]:
    """Entry id → the state from which the jury's decision moved it."""
    return dict(Move.objects.filter(target__in=_DECISIONS, **of).values_list("entry", "source"))


@tells_states
def state_told(entry: Entry, request: HttpRequest | None) -> str:
    """`state_shown` to the reader of a page: what the head of an entry's file shows, on whichever page it stands.

    What is no entry but looks like one (a head made by hand, an example of the style guide) has no secret to keep.
    """
    return state_shown(entry, getattr(request, "roles", ()), getattr(request, "user", None)) if isinstance(entry, Entry) else entry.state


def state_reader(roles: Collection[str], kept: Collection[int] = ()) -> Callable[[Entry], str]:
    """`state_shown` for many entries, `kept` from `kept_in`: asks about each round's announcement, and what was before its jury, once."""
    masks, announced = {False: mask_for(roles), True: mask_for(roles, kept=True)}, {}
    before: dict[tuple[int, int], dict[int, str]] = {}

    def read(entry: Entry) -> str:
        mask = masks[entry.pk in kept]
        if entry.state not in mask:
            return entry.state
        key = (entry.competition_id, entry.round)
        if key not in announced:
            announced[key] = is_announced(entry)
        if announced[key]:
            return entry.state
        if mask[entry.state] == BEFORE and key not in before:
            before[key] = _before(entry__competition=entry.competition_id, entry__round=entry.round)
        was = mask[entry.state] or before[key].get(entry.pk, State.SCREENED)
        return mask.get(was, was)

    return read


def looking_like(shown: str, roles: Collection[str], kept: Collection[int] = ()) -> Q:
    """The entries whose state looks like `shown` to holders of `roles`: what a filter must look for. `kept`: from `kept_in`."""
    found = _looking_like(shown, mask_for(roles))
    return (~Q(pk__in=kept) & found) | (Q(pk__in=kept) & _looking_like(shown, mask_for(roles, kept=True))) if kept else found


def _looking_like(shown: str, mask: dict[str, str]) -> Q:
    alike = [state for state in State.values if mask.get(state, state) == shown]
    found = Q(state__in=alike)
    if hidden := [state for state, looks in mask.items() if looks == BEFORE]:
        found |= Q(state__in=hidden) & Q(Exists(Move.objects.filter(entry=OuterRef("pk"), target__in=hidden, source__in=alike)))
    return found
