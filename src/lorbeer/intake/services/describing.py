"""What a form in a PDF says of photos comes to the photos: caption, who took them, rights, and whether they may be printed.

A description and its photo are looked for among everything that came with the form and everything that is there, so that the order in
which photos are put to their questions changes nothing. They belong together by the name of the file, by a name that begins as the
question is called and goes on with the number of the description, in a form that was made with the photos by that number alone, and
where nothing else is left. What is not certain is quoted, and nothing is written. What is there already stays unless the form was made
with it: else the form's words are quoted, and somebody chooses.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from lorbeer.intake.models import Draft, DraftAnswer
from lorbeer.intake.services.answers import save_answers
from lorbeer.intake.services.changes import Change
from lorbeer.people.models import Person
from lorbeer.questionnaire.definition import Type
from lorbeer.questionnaire.forms import LONGEST_FACT, PHOTO_LABELS, PRINTABLE, may_be_printed
from lorbeer.questionnaire.pdfform import Beside, Filled
from lorbeer.questionnaire.queries import form_of
from lorbeer.questionnaire.values import Key
from lorbeer.shared import files
from lorbeer.shared.models import StoredFile


def folded(name: str) -> str:
    """A name of a file as names are compared."""
    return files.clean_name(name).casefold()


def names_in(filled: Filled, key: Key) -> set[str]:
    """How the files are called that the form names at a question."""
    return {folded(name) for one in filled.files.get(key, ()) for name in one.names}


@dataclass(eq=False)
class _Photo:
    """A photo that may be meant: how it is called, and its place in the answer, None while it only came with the form."""

    names: set[str]
    at: int | None


@transaction.atomic
def describe_photos(
    draft: Draft, filled: Filled, *, by: Person | None, came: Mapping[Key, Sequence[StoredFile]] | None = None,
    new: Collection[str] = (), only: str | None = None,
) -> list[str]:
    """Write what the form says to the photos that are there; a sentence for each thing it says that found no place.

    `came`: the files that came with the form and may belong to a question, put there or not. `new` (SHA-256): those that the form
    brought into the draft just now, of which nobody has said yet whether they may be printed. `only`: the one photo to be described.
    """
    form, said, changes = form_of(draft.version), [], []
    Draft.objects.select_for_update().get(pk=draft.pk)
    present = {(one.question, one.place): one for one in draft.answers.all()}
    for key, rows in filled.files.items():
        placed = form.placed.get(key[0])
        if placed is None or placed.question.type != Type.PHOTO:
            continue
        answer = present.get(key)
        photos = [dict(one) for one in (answer.value if answer and isinstance(answer.value, list) else [])]
        meant = _photos(photos, (came or {}).get(key, ()))
        own = _made_with(draft, filled, answer)
        paired = _paired(rows, meant, key, by_number=own, alone=placed.question.most_files == 1)
        for row, photo in paired:
            if photo is not None and photo.at is not None and (only is None or photos[photo.at].get("sha256") == only):
                said += _described(photos[photo.at], row, may_replace=own, is_new=photos[photo.at].get("sha256") in new,
                                   knows=filled.entry == draft.entry.code)
            elif any(row.facts.values()):
                said.append(_without_place(row, photo, meant))
        if answer is not None and photos != answer.value:
            changes.append(Change(key[0], photos, key[1], answer.revision))
    if changes:
        save_answers(draft, changes, by=by)
    return said


def _made_with(draft: Draft, filled: Filled, answer: DraftAnswer | None) -> bool:
    """Whether the form showed what stands there now: then what it says instead was changed in it."""
    return (filled.entry == draft.entry.code and filled.made_at is not None and answer is not None
            and answer.changed_at < filled.made_at)


def _photos(there: Sequence[Mapping[str, Any]], came: Sequence[StoredFile]) -> list[_Photo]:
    """Everything that may be meant, each picture once: those in the answer in their order, then what only came."""
    by_content: dict[str, _Photo] = {}
    found = [_Photo({folded(str(one.get("name", "")))}, at) for at, one in enumerate(there)]
    for photo, one in zip(found, there, strict=True):
        by_content.setdefault(str(one.get("sha256")), photo)
    for stored in came:
        known = by_content.get(stored.blob_id)
        if known is None:
            by_content[stored.blob_id] = known = _Photo(set(), None)
            found.append(known)
        known.names.add(folded(stored.name))
    return found


def _paired(rows: list[Beside], photos: list[_Photo], key: Key, *, by_number: bool, alone: bool) -> list[tuple[Beside, _Photo | None]]:
    """Each description with its photo, None where none is certain. `by_number`: the form was made with these photos, in this order."""
    found: dict[int, _Photo] = {}
    if by_number:
        for row in rows:
            photo = next((one for one in photos if one.at == row.number - 1), None)
            if photo is not None and (not row.names or {folded(name) for name in row.names} & photo.names):
                found[row.number] = photo
    left = [one for one in photos if one not in found.values()]
    named = {row.number: [one for one in left if {folded(name) for name in row.names} & one.names]
             for row in rows if row.names and row.number not in found}
    _keep_certain(named, found)
    left = [one for one in left if one not in found.values()]
    bare = [row for row in rows if not row.names and row.number not in found]
    _keep_certain({row.number: [one for one in left if row.number in _numbers(one, key)] for row in bare}, found)
    left = [one for one in left if one not in found.values()]
    bare = [row for row in bare if row.number not in found]
    if len(left) == len(bare) == 1 and all(number in found for number in named) and (alone or not _numbers(left[0], key)):
        found[bare[0].number] = left[0]
    return [(row, found.get(row.number)) for row in rows]


def _keep_certain(fitting: Mapping[int, list[_Photo]], found: dict[int, _Photo]) -> None:
    """Of the photos that fit a description those that fit no other one, where it is the only one that fits."""
    claims = [one for several in fitting.values() for one in several]
    found |= {number: several[0] for number, several in fitting.items() if len(several) == 1 and claims.count(several[0]) == 1}


def _numbers(photo: _Photo, key: Key) -> set[int]:
    """Of which description of its question the name speaks: 2 in `photo_2.jpg`, in the third place of a repeat `photo_3_2.jpg`."""
    question, place = key
    begin = re.escape(question.casefold()) + (rf"[\s_.-]*0*{place}[\s_.-]+" if place else r"[\s_.-]*")
    return {int(match[1]) for name in photo.names if (match := re.match(begin + r"0*([0-9]{1,2})(?![0-9])", name))}


def _described(photo: dict[str, Any], row: Beside, *, may_replace: bool, is_new: bool, knows: bool) -> list[str]:
    """Note on one photo what the form says; sentences for what is too long, or differs from what is there.

    `knows`: the form was made with answers of this draft, so that an empty box says no; in any other form it says nothing.
    """
    said = []
    name = photo.get("name") or photo.get("code")
    for part, text in row.facts.items():
        if part == PRINTABLE:
            said += _permitted(photo, bool(text), name, may_write=may_replace or is_new, knows=knows)
            continue
        facts = {"name": name, "label": PHOTO_LABELS[part], "text": Truncator(text).chars(LONGEST_FACT)}
        if len(text) > LONGEST_FACT:
            said.append(_("“%(name)s”, %(label)s: this is too long, at most %(most)d characters can be kept. The form says: “%(text)s”")
                        % {**facts, "most": LONGEST_FACT})
        elif not photo.get(part) or may_replace:
            photo[part] = text
        elif photo[part] != text:
            said.append(_("“%(name)s”, %(label)s: something else stands there already, and it was kept. The form says: “%(text)s”") % facts)
    return said


def _permitted(photo: dict[str, Any], ticked: bool, name: object, *, may_write: bool, knows: bool) -> list[str]:
    """Whether the photo may be printed, both ways; a sentence where the form says something else than what somebody has said before."""
    if bool(photo.get(PRINTABLE)) == ticked or not (ticked or knows):
        return []
    if may_write:
        photo.pop(PRINTABLE, None)
        photo |= {PRINTABLE: True} if ticked else {}
        return []
    if ticked:
        return [_("“%(name)s”: the form says that this photo may be printed and published; so far that was not confirmed, and it was left "
                  "so. Please confirm it with the photo.") % {"name": name}]
    return [_("“%(name)s”: in the form it is no longer ticked that this photo may be printed and published; so far it stands confirmed. "
              "Please take it back with the photo if that is meant.") % {"name": name}]


def _without_place(row: Beside, photo: _Photo | None, photos: Sequence[_Photo]) -> str:
    """What the form says of a photo to which it cannot be written now."""
    words = {"words": _in_words(row)}
    if photo is not None:
        return _("The form describes a photo that does not stand at its question yet: %(words)s. This comes with the photo when it is put "
                 "there.") % words
    if any(not row.names or {folded(name) for name in row.names} & one.names for one in photos):
        return _("The form describes a photo, and it is not certain which one: %(words)s. Nothing of it was taken over; please add it with "
                 "the right photo.") % words
    return _("The form describes a photo that is not there: %(words)s. Please add it with the photo.") % words


def _in_words(row: Beside) -> str:
    facts: Mapping[str, Any] = row.facts
    words = [may_be_printed() if part == PRINTABLE else
             _("%(label)s “%(text)s”") % {"label": PHOTO_LABELS[part], "text": Truncator(text).chars(160)}
             for part, text in facts.items() if text]
    return "; ".join([*row.names, *words])
