"""Files that answers name: only one's own can be named, and none is deleted that anything still names."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from lorbeer.entries.models import Entry
from lorbeer.intake.models import Draft, DraftAnswer, DraftAnswerRevision
from lorbeer.intake.services.changes import Change
from lorbeer.intake.services.heads import subject_of
from lorbeer.people.models import Person
from lorbeer.questionnaire.definition import UPLOADED, Form
from lorbeer.questionnaire.queries import form_of
from lorbeer.questionnaire.values import Key
from lorbeer.shared import files, log
from lorbeer.shared.errors import BadInput
from lorbeer.shared.models import StoredFile


def require_own_files(entry: Entry, form: Form, wanted: Mapping[Key, Change]) -> None:
    """An answer can only name files that were uploaded to this entry: else it would open other people's."""
    codes = {
        item["code"] for (question, _place), change in wanted.items()
        if question in form.placed and form.question(question).type in UPLOADED for item in change.value or ()
    }
    if codes:
        own = StoredFile.objects.filter(code__in=codes, scope=entry.competition.code, subject=subject_of(entry))
        if set(own.values_list("code", flat=True)) != codes:
            raise BadInput(_("This file does not belong to this entry. Please upload it again."))


def files_in(form: Form, answers: Iterable[DraftAnswer | DraftAnswerRevision]) -> set[str]:
    """The codes of the files that `answers` name; of a revision, `question` is that of its answer."""
    found = set()
    for one in answers:
        name = one.answer.question if isinstance(one, DraftAnswerRevision) else one.question
        if name in form.placed and form.question(name).type in UPLOADED:
            found |= {item["code"] for item in one.value or ()}
    return found


def forget_files(draft: Draft, entry: Entry, codes: set[str], by: Person | None) -> None:
    """Delete files that were taken out of a draft, unless a submission holds them, another answer, or a text still to choose."""
    form = form_of(draft.version)
    uploads = [name for name, placed in form.placed.items() if placed.question.type in UPLOADED]
    open_texts = DraftAnswerRevision.objects.filter(
        answer__draft=draft, answer__question__in=uploads, was_refused=True, settled_at=None
    ).select_related("answer")
    needed = files_in(form, [*DraftAnswer.objects.filter(draft=draft, question__in=uploads), *open_texts])
    needed |= {item["code"] for kept in draft.removed_places.all() for name, value in kept.answers if name in uploads for item in value}
    gone = StoredFile.objects.filter(code__in=codes - needed, scope=entry.competition.code, subject=subject_of(entry),
                                     submissions=None)
    for stored in gone:
        log.record("draft.detach", subject=subject_of(entry), scope=entry.competition.code, actor=by, file=stored.code,
                   sha256=stored.blob_id)
        files.forget(stored)
