"""Choosing between two texts."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lorbeer.entries import rules as entry_rules
from lorbeer.intake import queries
from lorbeer.intake.models import Draft, DraftAnswer, DraftAnswerRevision
from lorbeer.intake.services.answers import Saved, save_answers
from lorbeer.intake.services.changes import Change, lock_draft
from lorbeer.intake.services.repeats import put_back
from lorbeer.people.models import Person
from lorbeer.questionnaire.evaluation import GONE, Evaluation
from lorbeer.questionnaire.forms import digest_of
from lorbeer.questionnaire.queries import form_of
from lorbeer.questionnaire.values import in_language
from lorbeer.shared import clock
from lorbeer.shared.errors import Refused
from lorbeer.shared.keeping import NoRoom
from lorbeer.shared.verdicts import require


@transaction.atomic
def settle_conflict(
    refused: DraftAnswerRevision, *, by: Person, keep_mine: bool, revision: int | None = None, shown: str | None = None, value: Any = None
) -> Saved:
    """End a collision: keep the text that is there, or put `value` (else the refused text) in its place.

    `revision`: of the text that was shown as the one in the entry; `shown`: digest of the refused one, whose page may have gone on. Where
    either is another by now, nothing is chosen (Refused); a `value` that somebody wrote out of both is kept: as the next collision where
    the entry says something else by now, and beside the refused text where that does. Raises Refused for what is settled, and NoRoom.
    """
    draft = Draft.objects.select_related("entry__competition", "version__questionnaire").get(pk=refused.answer.draft_id)
    require(entry_rules.can_edit_draft(by, draft.entry))
    lock_draft(draft)
    refused = DraftAnswerRevision.objects.select_related("answer").get(pk=refused.pk)
    if refused.settled_at is not None:
        raise Refused(_("Somebody has chosen between these two texts already. What holds now stands in the entry."))
    answer, saved = refused.answer, Saved()
    if revision is not None and revision != answer.revision and value is None:
        raise Refused(_("The text in the entry has been changed meanwhile, so nothing has been chosen. Look at both texts as they are now."))
    is_as_shown = shown in (None, digest_of(refused.value))
    if not is_as_shown and value is None:
        raise Refused(_("The text that was sent later has been changed meanwhile, so nothing has been chosen. Look at both texts as they are"
                        " now."))
    if is_as_shown:
        refused.settled_at = clock.now()
        refused.save(update_fields=["settled_at"])
    if keep_mine:
        chosen = refused.value if value is None else value
        place = _place_again(draft, answer, by)
        saved = save_answers(draft, [Change(answer.question, chosen, place, revision)], by=by)
        if saved.unkept:
            raise NoRoom([in_language(form_of(draft.version).question(answer.question).label) or answer.question])
    return saved


def _place_again(draft: Draft, answer: DraftAnswer, by: Person) -> int:
    """The place of an answer, brought back where it was taken out of its repeat. Raises Refused where there is no room for it."""
    form = form_of(draft.version)
    repeat = form.placed[answer.question].repeat if answer.question in form.placed else None
    evaluation = Evaluation(form, queries.draft_answers(draft))
    if repeat is None or answer.place <= evaluation.count(repeat):
        return answer.place
    if repeat.count or not evaluation.has_room(repeat):
        raise Refused(_("There is no place for this text any more. Copy it to where it belongs, then keep the text that is there."))
    if answer.place > GONE:
        return put_back(draft, repeat.name, answer.place, by, but=answer.question)
    save_answers(draft, [Change(repeat.name, answer.place)], by=by)
    return answer.place
