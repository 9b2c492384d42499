"""What a form in a PDF says of photos comes to the photos: caption, who took them, rights, and that they may be printed.

A photo is found by the name of its file; where the form names none, and one photo and one description are left, they belong
together. What is there already stays unless the form was made with it: else the form's words are quoted, and somebody chooses.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from lorbeer.intake.models import Draft, DraftAnswer
from lorbeer.intake.services.drafts import Change, Key, save_answers
from lorbeer.people.models import Person
from lorbeer.questionnaire.definition import Type
from lorbeer.questionnaire.forms import LONGEST_FACT, PHOTO_LABELS, PRINTABLE, may_be_printed
from lorbeer.questionnaire.pdfform import Beside, Filled
from lorbeer.questionnaire.queries import form_of
from lorbeer.shared import files


def folded(name: str) -> str:
    """A name of a file as names are compared."""
    return files.clean_name(name).casefold()


def names_in(filled: Filled, key: Key) -> set[str]:
    """How the files are called that the form names at a question."""
    return {folded(name) for one in filled.files.get(key, ()) for name in one.names}


@transaction.atomic
def describe_photos(draft: Draft, filled: Filled, *, by: Person | None) -> list[str]:
    """Write what the form says to the photos that are there; a sentence for each thing it says that found no place."""
    form, said, changes = form_of(draft.version), [], []
    Draft.objects.select_for_update().get(pk=draft.pk)
    present = {(one.question, one.place): one for one in draft.answers.all()}
    for key, rows in filled.files.items():
        placed = form.placed.get(key[0])
        if placed is None or placed.question.type != Type.PHOTO:
            continue
        answer = present.get(key)
        photos = [dict(one) for one in (answer.value if answer and isinstance(answer.value, list) else [])]
        may_replace = _made_with(draft, filled, answer)
        for row, at in _paired([row for row in rows if row.facts], photos):
            if at is None:
                said.append(_("The form describes a photo that is not there: %(words)s. Please add it with the photo.") % {
                    "words": _in_words(row)})
            else:
                said += _described(photos[at], row, may_replace=may_replace)
        if answer is not None and photos != answer.value:
            changes.append(Change(key[0], photos, key[1], answer.revision))
    if changes:
        save_answers(draft, changes, by=by)
    return said


def _made_with(draft: Draft, filled: Filled, answer: DraftAnswer | None) -> bool:
    """Whether the form showed what stands there now: then what it says instead was changed in it."""
    return (filled.entry == draft.entry.code and filled.made_at is not None and answer is not None
            and answer.changed_at < filled.made_at)


def _paired(rows: list[Beside], photos: list[dict[str, Any]]) -> list[tuple[Beside, int | None]]:
    """Each description with the place of its photo, None where there is none."""
    free = list(range(len(photos)))
    found: list[tuple[Beside, int | None]] = []
    for row in sorted(rows, key=lambda one: not one.names):             # names first: they leave the fewer for the rest
        names = {folded(name) for name in row.names}
        fitting = [at for at in free if folded(str(photos[at].get("name", ""))) in names]
        if not row.names and len(free) == 1 and sum(not one.names for one in rows) == 1:
            fitting = free
        at = fitting[0] if len(fitting) == 1 else None
        free = [one for one in free if one != at]
        found.append((row, at))
    return found


def _described(photo: dict[str, Any], row: Beside, *, may_replace: bool) -> list[str]:
    """Note on one photo what the form says; sentences for what is too long, or differs from what is there."""
    said = []
    for part, text in row.facts.items():
        if part == PRINTABLE:
            photo[PRINTABLE] = True
            continue
        facts = {"name": photo.get("name") or photo.get("code"), "label": PHOTO_LABELS[part], "text": Truncator(text).chars(LONGEST_FACT)}
        if len(text) > LONGEST_FACT:
            said.append(_("“%(name)s”, %(label)s: this is too long, at most %(most)d characters can be kept. The form says: “%(text)s”")
                        % {**facts, "most": LONGEST_FACT})
        elif not photo.get(part) or may_replace:
            photo[part] = text
        elif photo[part] != text:
            said.append(_("“%(name)s”, %(label)s: something else stands there already, and it was kept. The form says: “%(text)s”") % facts)
    return said


def _in_words(row: Beside) -> str:
    facts: Mapping[str, Any] = row.facts
    words = [may_be_printed() if part == PRINTABLE else
             _("%(label)s “%(text)s”") % {"label": PHOTO_LABELS[part], "text": Truncator(text).chars(160)} for part, text in facts.items()]
    return "; ".join([*row.names, *words])
