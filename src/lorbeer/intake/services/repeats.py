"""Places of a repeat: added, taken out with all that hangs on them, and brought back."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lorbeer.intake import places, queries
from lorbeer.intake.models import Draft, DraftAnswer, DraftAnswerRevision, RemovedPlace
from lorbeer.intake.services.answers import answers_of, save_answers
from lorbeer.intake.services.changes import Change, lock_draft
from lorbeer.intake.services.unread import renumber_unread
from lorbeer.people.models import Person
from lorbeer.questionnaire.evaluation import GONE, Evaluation, add_place, answers_at, remove_place
from lorbeer.questionnaire.queries import form_of
from lorbeer.questionnaire.values import Key
from lorbeer.shared import clock
from lorbeer.shared.errors import BadInput, Refused


class PlaceChanged(Refused):
    """What is to be removed holds something that who removes it has not seen."""


def changed_elsewhere() -> PlaceChanged:
    return PlaceChanged(_("Nothing has been removed: what stands there was changed in another window meanwhile. It is shown as it is now; "
                          "press Remove again if it is to go all the same."))


def change_places(
    draft: Draft, repeat: str, *, by: Person, remove: int | None = None, seen: Mapping[Key, int] | None = None
) -> None:
    """Add a place to a repeat, or take place `remove` out of it; those behind it move up. What stood there is kept. Raises BadInput.

    `seen`: the revisions of the answers there on the page of who removes it; PlaceChanged where there are others by now.
    """
    form = form_of(draft.version)
    if repeat not in form.repeats:
        raise BadInput(_("The form has no part “%(name)s”.") % {"name": repeat})
    names = [name for name, placed in form.placed.items() if placed.repeat and placed.repeat.name == repeat and placed.question.is_answered]
    with transaction.atomic():
        moved = lock_draft(draft)
        if remove is not None and moved:                                # of two at once, the second means the same place
            seen = seen and {(name, places.place_now(moved, repeat, place)): revision for (name, place), revision in seen.items()}
            remove = places.place_now(moved, repeat, remove)
        before = queries.draft_answers(draft)
        if remove is None:
            after = add_place(form, before, repeat)
        else:
            after = remove_place(form, before, repeat, remove)
            _require_seen(draft, names, remove, seen, by)
        save_answers(draft, [Change(repeat, after[repeat, 0])], by=by)
        if remove is not None:
            _take_out(draft, repeat, remove, names, answers_at(form, before, repeat, remove), by)


def _require_seen(draft: Draft, names: Collection[str], place: int, seen: Mapping[Key, int] | None, by: Person) -> None:
    for answer in answers_of(draft.pk) if seen is not None else ():
        known = seen.get((answer.question, place)) if seen is not None else None
        if answer.place != place or answer.question not in names or answer.revision == (known or 0) or (known is None and answer.value is None):
            continue
        if answer.changed_by is None or answer.changed_by == by:
            raise changed_elsewhere()
        raise PlaceChanged(_("Nothing has been removed: %(name)s changed something there meanwhile. It is shown as it is now; press Remove "
                             "again if it is to go all the same.") % {"name": answer.changed_by})


def _take_out(draft: Draft, repeat: str, place: int, names: Collection[str], answers: Collection[tuple[str, Any]], by: Person) -> None:
    """Put the `answers` of a place away, with all that hangs on them, and let those behind it move up."""
    away, now = _note_move(draft, repeat, place), clock.now()
    if answers or (repeat, place) in queries.unread_at_places(draft):
        RemovedPlace.objects.create(draft=draft, repeat=repeat, place=away, answers=answers, removed_by=by)
    rows = list(draft.answers.filter(question__in=names, place=place))
    kept = [DraftAnswerRevision(answer=row, revision=row.revision, value=row.value, changed_by_id=row.changed_by_id,
                                changed_at=row.changed_at) for row in rows if row.value is not None]
    for row in rows:
        row.place, row.value, row.revision, row.changed_by, row.changed_at = away, None, row.revision + 1, by, now
    DraftAnswerRevision.objects.bulk_create(kept)
    DraftAnswer.objects.bulk_update(rows, ["place", "value", "revision", "changed_by", "changed_at"])
    behind = draft.answers.filter(question__in=names, place__gt=place, place__lt=GONE)
    for one in sorted(set(behind.values_list("place", flat=True))):
        draft.answers.filter(question__in=names, place=one).update(place=one - 1)
    moved: list[places.Moved] = [(repeat, place, away, "")]
    renumber_unread(draft, lambda name, number: places.place_now(moved, name, number))


def _note_move(draft: Draft, repeat: str, place: int, target: int | None = None) -> int:
    """Write down where a place goes, else that it goes out of its repeat; gives back its number from then on. The draft is locked."""
    target = target or places.gone_number(draft)
    draft.moved_places = places.moves_with(draft, repeat, place, target)
    draft.save(update_fields=["moved_places"])
    return target


@transaction.atomic
def bring_back(removed: RemovedPlace, *, by: Person) -> None:
    """Put what was taken out of a repeat behind what is there now. Raises BadInput where there is no room."""
    draft = Draft.objects.select_related("entry__competition", "version__questionnaire").get(pk=removed.draft_id)
    lock_draft(draft)
    form = form_of(draft.version)
    if removed.repeat not in form.repeats or not RemovedPlace.objects.filter(pk=removed.pk).exists():
        raise BadInput(_("It has been put back already."))
    if not Evaluation(form, queries.draft_answers(draft)).has_room(form.repeats[removed.repeat]):
        raise BadInput(_("There is no room for it now. Remove another one first; that one is kept, too."))
    put_back(draft, removed.repeat, removed.place, by)


def put_back(draft: Draft, repeat: str, place: int, by: Person, *, but: str = "") -> int:
    """Give a place that was taken out the next number, with everything that stood in it, `but` one answer. The draft is locked."""
    form = form_of(draft.version)
    names = [name for name, placed in form.placed.items() if placed.repeat and placed.repeat.name == repeat]
    number = add_place(form, queries.draft_answers(draft), repeat)[repeat, 0]
    _note_move(draft, repeat, place, number)
    for source, target in ((number, 2 * GONE), (place, number), (2 * GONE, place)):     # what was emptied there makes room
        draft.answers.filter(question__in=names, place=source).update(place=target)
    renumber_unread(draft, lambda name, at: {place: number, number: place}.get(at, at) if name == repeat else at)
    kept = draft.removed_places.filter(repeat=repeat, place=place).first()
    save_answers(draft, [Change(repeat, number), *(
        Change(name, value, number) for name, value in (kept.answers if kept else ()) if name != but)], by=by)
    if kept:
        kept.delete()
    return number
