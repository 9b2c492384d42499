"""Files of a draft."""

from typing import Any

from django.core.files.base import File as DjangoFile
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.entries import rules as entry_rules
from lorbeer.intake.enclosures import taken_by
from lorbeer.intake.models import Draft
from lorbeer.intake.places import place_now
from lorbeer.intake.services.answers import answers_to, save_answers
from lorbeer.intake.services.changes import Change, lock_draft
from lorbeer.intake.services.heads import subject_of
from lorbeer.people.models import Person
from lorbeer.questionnaire.definition import UPLOADED
from lorbeer.questionnaire.evaluation import GONE
from lorbeer.questionnaire.pages import pages_in
from lorbeer.questionnaire.queries import form_of
from lorbeer.shared import files, filetypes, log
from lorbeer.shared.errors import BadInput
from lorbeer.shared.models import StoredFile
from lorbeer.shared.verdicts import require


def attach_file(
    draft: Draft, question: str, place: int, uploaded: DjangoFile, *, by: Person | None, alternative_text: str = "",
    caption: str = "", credit: str = "", rights: str = "", printable: bool = False,
) -> StoredFile:
    """Keep an uploaded file and add it to an answer. Raises BadInput: wrong kind, too large, broken, one too many."""
    placed = form_of(draft.version).placed.get(question)
    if placed is None or placed.question.type not in UPLOADED:
        raise BadInput(_("Nothing can be attached to “%(name)s”.") % {"name": question})
    if by is not None:
        require(entry_rules.can_attach_files(by, draft.entry))
    limits = placed.question.limits
    kinds, endings = taken_by(placed.question)
    name = files.clean_name(uploaded.name or "")
    if endings and files.suffix_of(name).lstrip(".") not in endings:
        raise filetypes.not_accepted(name, set(kinds), endings)
    stored = files.accept_upload(
        uploaded, kinds, endings=endings, limit_mb=limits.megabytes, stored_by=by, scope=draft.entry.competition.code,
        subject=subject_of(draft.entry), alternative_text=alternative_text, caption=caption, credit=credit,
    )
    try:
        _within_pages(stored, limits.pages)
        reference = file_reference(stored) | ({"rights": rights} if rights else {}) | ({"printable": True} if printable else {})
        _name_in_answer(draft, question, place, stored, reference, placed.question.most_files, by)
    except Exception:                                                   # no answer names it, so nobody would ever take it out
        files.forget(stored)
        raise
    return stored


def _within_pages(stored: StoredFile, most: int | None) -> None:
    if most is not None and (pages := pages_in(stored) or 0) > most:
        raise BadInput(ngettext(
            "“%(name)s” has %(pages)s A4 pages and was not stored: at most %(most)s page is allowed here. Please shorten it and send it again.",
            "“%(name)s” has %(pages)s A4 pages and was not stored: at most %(most)s pages are allowed here. Please shorten it and"
            " send it again.",
            most) % {"name": stored.name, "pages": pages, "most": most})


def _name_in_answer(
    draft: Draft, question: str, place: int, stored: StoredFile, reference: dict[str, Any], most: int, by: Person | None
) -> None:
    with transaction.atomic():
        placed = form_of(draft.version).placed[question]
        if (moved := lock_draft(draft)) and placed.repeat and (place := place_now(moved, placed.repeat.name, place)) > GONE:
            raise BadInput(_("“%(name)s” was not stored: where it belongs has been removed meanwhile.") % {"name": stored.name})
        present = next((answer for answer in answers_to(draft.pk, question) if answer.place == place), None)
        items = [*((present.value if present else None) or [])]
        if most == 1:
            items = []                                                  # a single file is replaced by a new one
        elif len(items) >= most:
            raise BadInput(
                _("“%(name)s” was not stored: %(most)s files are asked for here, and they are there. Please remove one first.")
                % {"name": stored.name, "most": most}
            )
        items.append(reference)
        save_answers(draft, [Change(question, items, place)], by=by)
        log.record("draft.attach", subject=subject_of(draft.entry), scope=draft.entry.competition.code, actor=by,
                   file=stored.code, sha256=stored.blob_id)


def file_reference(stored: StoredFile) -> dict[str, Any]:
    """A stored file as an answer holds it."""
    reference: dict[str, Any] = {"code": stored.code, "name": stored.name, "sha256": stored.blob_id,
                                 "size": stored.blob.size}
    for name in ("alternative_text", "caption", "credit"):
        if text := getattr(stored, name):
            reference[name] = text
    return reference
