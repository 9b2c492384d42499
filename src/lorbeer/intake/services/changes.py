"""Answers as somebody sends them: made clean, and led to where their place is now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lorbeer.intake import places
from lorbeer.intake.models import Draft
from lorbeer.questionnaire.cleaning import clean_value
from lorbeer.questionnaire.definition import Form
from lorbeer.questionnaire.evaluation import GONE, MAX_PLACES
from lorbeer.questionnaire.queries import form_of
from lorbeer.questionnaire.values import Key, in_language
from lorbeer.shared.errors import BadInput
from lorbeer.shared.prepared import prepared


@dataclass(frozen=True)
class Change:
    """One answer as somebody sends it. `revision`: the one they saw; 0 for none; None takes whatever is there."""

    question: str
    value: Any
    place: int = 0
    revision: int | None = None
    is_gone: bool = False                                               # its place of a repeat was taken out meanwhile


def as_changes(answers: Mapping[Key | str, Any]) -> list[Change]:
    """Answers by (question, place) or by question as changes that overwrite what is there."""
    return [
        Change(key[0], value, key[1]) if isinstance(key, tuple) else Change(key, value) for key, value in answers.items()
    ]


def clean_changes(draft: Draft, changes: Iterable[Change]) -> dict[Key, Change]:
    form, wanted = form_of(draft.version), {}
    for change in changes:
        if change.question in form.repeats and change.place == 0:       # how many places a repeat has
            if not isinstance(change.value, int) or not 0 <= change.value <= 50:
                raise BadInput(_("This is not a number of places."), where=change.question)
            wanted[change.question, 0] = change
            continue
        placed = form.placed.get(change.question)
        if placed is None or not placed.question.is_answered:
            raise BadInput(_("The form has no question “%(name)s”.") % {"name": change.question})
        if (change.place == 0) != (placed.repeat is None) or not (0 <= change.place <= MAX_PLACES or change.is_gone):
            raise BadInput(_("The question “%(name)s” is not asked there.") % {"name": change.question})
        try:
            value = clean_value(placed.question, change.value, kept=True)
        except BadInput as error:
            raise BadInput(str(error), where=in_language(placed.question.label) or change.question) from error
        wanted[change.question, change.place] = replace(change, value=value)
    return wanted


def lock_draft(draft: Draft) -> list[places.Moved]:
    """Hold the draft until the transaction ends; gives back which places moved since it was read.

    Raises Draft.DoesNotExist where it has been erased meanwhile.
    """
    for moved_places in _locked(draft.pk):
        known, draft.moved_places = len(draft.moved_places), moved_places
        return moved_places[known:]
    raise Draft.DoesNotExist


@prepared
def _locked(pk: int) -> QuerySet[Draft, list[places.Moved]]:
    return Draft.objects.select_for_update().filter(pk=pk).values_list("moved_places", flat=True)


def moved_on(form: Form, moved: list[places.Moved], change: Change) -> Change:
    """The change where its place is now."""
    placed = form.placed.get(change.question)
    place = places.place_now(moved, placed.repeat.name, change.place) if placed and placed.repeat else change.place
    return replace(change, place=place, is_gone=change.is_gone or place > GONE)
