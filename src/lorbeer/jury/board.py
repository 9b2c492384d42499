"""What all who follow a meeting see alike, found out once per change and not once per person.

Thirty people ask every moment whether something is new. Whether the meeting has changed says its revision; who is in the
room, what is on the table, what is left of the money is the same for all until then. It is kept in this process for a
second and a half at most, because roles can be taken without a trace at the meeting. Whether somebody may follow at all
is asked anew each time.
"""

import threading
import time
from dataclasses import dataclass, field

from django.utils.translation import get_language

from lorbeer.entries import embargo
from lorbeer.entries import queries as entries
from lorbeer.entries.models import Bias, Entry
from lorbeer.jury import minutes, queries
from lorbeer.jury.models import Item, Meeting, Urn
from lorbeer.screening.models import ExpertOpinion

KEPT_SECONDS = 1.5
_kept: dict[tuple[str, str | None], tuple[tuple[int, int], float, "Board"]] = {}
_finding_out = threading.Lock()


@dataclass(frozen=True)
class Board:
    """One state of a meeting in one language. `pages`: fragments made of it that are the same for many readers, by the votes cast."""

    room: queries.Room
    out: frozenset[int]                                                 # persons biased for the item on the table
    subject: str
    items: int
    undecided: frozenset[int]                                           # entries with an item that is still to be decided
    closed: dict[int, frozenset[int]]                                   # person → entries of the agenda for which they are biased
    is_announced: bool                                                  # then results are hidden from nobody any more
    declared: frozenset[int]                                            # members who have declared for the agenda as it is
    urn: Urn | None
    opinion: ExpertOpinion | None                                       # the released one on what is on the table
    pages: dict[int, str] = field(default_factory=dict)


def biases_of(meeting: Meeting) -> int:
    """How many biases are on record for the item on the table: it may grow without the meeting's doing."""
    return Bias.objects.filter(entry=meeting.current.entry_id).count() if meeting.current else 0


def board_of(meeting: Meeting, biases: int | None = None) -> Board:
    """The meeting as it is now. `biases`: from `biases_of`, where it is known already."""
    state = (meeting.revision, biases_of(meeting) if biases is None else biases)
    key = (meeting.code, get_language())
    if board := _fresh(key, state):
        return board
    with _finding_out:                                                  # of thirty who ask at once one finds out
        return _fresh(key, state) or _found_out(meeting, key, state)


def _fresh(key: tuple[str, str | None], state: tuple[int, int]) -> Board | None:
    found = _kept.get(key)
    return found[2] if found and found[0] == state and time.monotonic() - found[1] < KEPT_SECONDS else None


def _found_out(meeting: Meeting, key: tuple[str, str | None], state: tuple[int, int]) -> Board:
    current = meeting.current
    out = frozenset(queries.biased_person_ids(current.entry)) if current else frozenset()
    closed = entries.biased_sets(meeting.competition, list(meeting.items.values_list("entry", flat=True).distinct()))
    one = next((entry for some in closed.values() for entry in some), None)
    newest = queries.newest_batch(meeting)
    board = Board(
        room=queries.room_for(current, meeting, out),
        out=out,
        closed=closed,
        is_announced=one is not None and embargo.is_announced(Entry.objects.get(pk=one)),
        declared=frozenset(member for member, up_to in queries.declared_up_to(meeting).items() if up_to >= newest),
        urn=Urn.objects.filter(item=current).first() if current else None,
        opinion=opinion_on(current) if current else None,
        subject=minutes.subject_text(current) if current else "",
        items=meeting.items.count(),
        undecided=frozenset(queries.undecided_items(meeting).values_list("entry", flat=True)),
    )
    if len(_kept) > 50:                                                 # meetings of long ago
        _kept.clear()
    _kept[key] = (state, time.monotonic(), board)
    return board


def seen_by(person: object, meeting: Meeting, biases: int) -> tuple[tuple[int, ...], bool]:
    """Which entries' results are kept from `person` for bias, and whether they are out for the item on the table.

    A bias for that item counts at once, for it is part of what the board is kept by; one for another item in a moment.
    """
    now = board_of(meeting, biases)
    closed = now.closed.get(getattr(person, "pk", 0) or 0, frozenset())
    return () if now.is_announced else tuple(sorted(closed)), bool(meeting.current and meeting.current.entry_id in closed)


def opinion_on(item: Item) -> ExpertOpinion | None:
    """The released opinion on what the item is about."""
    return ExpertOpinion.objects.filter(
        state=ExpertOpinion.State.RELEASED, proposal__entry=item.entry_id, proposal__project=item.project_id,
        proposal__group=item.group_id,
    ).first()


def forget() -> None:
    """For tests, whose meetings are rolled back."""
    _kept.clear()
