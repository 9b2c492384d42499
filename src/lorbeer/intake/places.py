"""Where the places of repeats have gone: what an older page, an older form or another window says goes to the project that it means.

A place is a number, and those behind one that is taken out move up. So every draft notes what moved (`Draft.moved_places`; the second
keying its own), and a page says how much of that it knew. A place that is taken out gets a number above `GONE`: its answers, their
revisions, texts that still wait for a choice and what nobody can read stay with it, until somebody brings it back.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from lorbeer.intake.models import Draft, Keying
from lorbeer.questionnaire import pdfform
from lorbeer.questionnaire.definition import Form
from lorbeer.questionnaire.evaluation import GONE, MAX_PLACES
from lorbeer.questionnaire.forms import MARKER, REMOVE, asked_by, field_name
from lorbeer.questionnaire.pdfform import Filled
from lorbeer.questionnaire.queries import form_of
from lorbeer.questionnaire.values import Key, is_blank
from lorbeer.shared import clock

KNOWN = "_places"                                                       # name of the hidden input: how many moves the page knew
Moved = tuple[str, int, int, str]                                       # repeat, place, where it went, when


def moved_since(kept: Draft | Keying, known: object) -> list[Moved]:
    """What moved after the page was made that knew so many moves; a page that does not say it, a program, knows them all."""
    number = int(known) if isinstance(known, str) and re.fullmatch(r"\d{1,5}", known) else len(kept.moved_places)
    return [tuple(one) for one in kept.moved_places[number:]]


def moved_after(draft: Draft, moment: datetime) -> list[Moved]:
    return [tuple(one) for one in draft.moved_places if datetime.fromisoformat(one[3]) > moment]


def gone_number(kept: Draft | Keying) -> int:
    """The number of the next place that is taken out."""
    return GONE + len(kept.moved_places) + 1


def moves_with(kept: Draft | Keying, repeat: str, place: int, target: int) -> list[Any]:
    """What moved so far, and that this place goes there now."""
    return [*kept.moved_places, [repeat, place, target, clock.now().isoformat()]]


def place_now(moved: Iterable[Moved], repeat: str, place: int) -> int:
    """The number that a place has after `moved`."""
    for name, source, target, _at in moved:
        if name != repeat:
            continue
        if place == source:
            place = target
        elif target > GONE and source < place < GONE:
            place -= 1
    return place


def former_number(draft: Draft, place: int) -> int:
    """Which number a place had that was taken out; of one that is there, its own."""
    return place if place < GONE else next((source for _repeat, source, target, _at in reversed(draft.moved_places) if target == place), place)


def place_in(form: Form, field: str) -> tuple[str, str, int] | None:
    """Question, repeat and place of a field, by its name; None outside repeats."""
    question, place = asked_by(form.placed, field) or ("", 0)
    placed = form.placed.get(question)
    return None if placed is None or placed.repeat is None or not place else (question, placed.repeat.name, place)


def renamed(form: Form, field: str, number_of: Callable[[str, int], int]) -> str:
    """The name of a field whose place has the number that `number_of` says of (repeat, place)."""
    there = place_in(form, field)
    if there is None:
        return field
    question, repeat, place = there
    return field_name(question, number_of(repeat, place)) + field.removeprefix(field_name(question, place))


def name_now(form: Form, moved: Sequence[Moved], field: str) -> str:
    """How a field of an older page is called now."""
    return renamed(form, field, lambda repeat, place: place_now(moved, repeat, place))


def name_then(form: Form, moved: Sequence[Moved], field: str) -> str:
    """The opposite: how the older page calls a field of today."""
    return renamed(form, field, lambda repeat, place: place_then(moved, repeat, place))


def place_then(moved: Sequence[Moved], repeat: str, place: int) -> int:
    return next((one for one in range(1, MAX_PLACES + 1) if place_now(moved, repeat, one) == place), place)


def as_named_now(form: Form, moved: Sequence[Moved], data: Any) -> Any:
    """What an older page sent (QueryDict, or its files), by the names of today."""
    if not moved or data is None:
        return data
    sent, after = data, data.copy()
    after.clear()
    for name, values in sent.lists():
        if name == MARKER:
            values = [_marker_now(form, moved, text) for text in values]
        elif name == REMOVE:
            values = [_button_now(moved, text) for text in values]
        after.setlist(name_now(form, moved, name), values)
    return after


def _marker_now(form: Form, moved: Sequence[Moved], text: str) -> str:
    question, _colon, rest = text.partition(":")
    number, colon, seen = rest.partition(":")
    placed = form.placed.get(question)
    if placed is None or placed.repeat is None or not number.isdecimal():
        return text
    return f"{question}:{place_now(moved, placed.repeat.name, int(number))}{colon}{seen}"


def _button_now(moved: Sequence[Moved], text: str) -> str:
    repeat, _colon, number = text.rpartition(":")
    return f"{repeat}:{place_now(moved, repeat, int(number))}" if number.isdecimal() else text


# --- a form that comes back ---------------------------------------------------------------------------------------------


def is_own(draft: Draft, filled: Filled) -> bool:
    """Whether the form was made with the answers of this draft, so that its places are those of the draft."""
    return filled.entry == draft.entry.code and filled.made_at is not None


def placed_as_now(draft: Draft, filled: Filled) -> Filled:
    """The form's answers at the places that they have in the draft; of photos whose place was taken out it says nothing any more."""
    form, closed = form_of(draft.version), closed_up(draft, filled)
    moved = moved_after(draft, filled.made_at) if filled.made_at is not None and is_own(draft, filled) else []
    if not moved and not closed:
        return filled

    def now(name: Any) -> Any:
        if not isinstance(name, tuple) or (placed := form.placed.get(name[0])) is None or placed.repeat is None:
            return name
        return name[0], closed.get((placed.repeat.name, name[1])) or place_now(moved, placed.repeat.name, name[1])

    return replace(filled, answers={now(name): value for name, value in filled.answers.items()},
                   files={at: rows for key, rows in filled.files.items() if (at := now(key))[1] < GONE})


def closed_up(draft: Draft, filled: Filled) -> dict[Key, int]:
    """(repeat, place) in a form that leaves places before it empty → the number in the draft; of the others nothing.

    The first free number, else what was in front would be a project in which everything is missing; one that holds the same already
    is that of the same form, read before. A draft's own form means the places that its draft has, and they are not closed up.
    """
    if is_own(draft, filled):
        return {}
    form, present = form_of(draft.version), {(one.question, one.place): one.value for one in draft.answers.all()}
    written = {*filled.written, *filled.files, *(key for key in filled.answers if isinstance(key, tuple))}
    found: dict[Key, int] = {}
    for repeat in form.repeats.values():
        asked, last = {name for name, placed in form.placed.items() if placed.repeat is repeat}, 0
        for place in sorted({place for name, place in written if name in asked and place}):
            last = next((number for number in range(last + 1, place) if _takes(form, present, asked, filled, place, number)), place)
            if last != place:
                found[repeat.name, place] = last
    return found


def _takes(form: Form, present: dict[Key, Any], asked: set[str], filled: Filled, place: int, number: int) -> bool:
    """Whether a place of the draft is free, or holds what the form says of `place`: most of what both say is the same."""
    there = {name: present[name, number] for name in asked if not is_blank(present.get((name, number)))}
    both = [name for name in there if (name, place) in filled.answers]
    same = [name for name in both if pdfform.look_alike(form.question(name), there[name], filled.answers[name, place])]
    return not there or len(same) * 2 > len(both)
