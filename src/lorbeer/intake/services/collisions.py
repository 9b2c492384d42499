"""Two texts for one question: the later one is kept beside the one that is there, until somebody chooses."""

from typing import Any

from django.utils.translation import gettext as _

from lorbeer.intake.models import DraftAnswer, DraftAnswerRevision
from lorbeer.intake.services.changes import Page
from lorbeer.people.models import Person
from lorbeer.shared import clock
from lorbeer.shared.errors import LorbeerError


class Conflict(LorbeerError):  # noqa: N818 - a sentence for people, like the others
    """The answer was changed first by somebody else, or in another window. `current` holds that text, `refused` the late one."""

    def __init__(self, current: DraftAnswer, refused: DraftAnswerRevision) -> None:
        self.is_own = refused.changed_by_id is not None and refused.changed_by_id == current.changed_by_id
        super().__init__(
            _("You changed this answer in another window meanwhile. Both texts are kept; please choose.") if self.is_own else
            _("Somebody else changed this answer while you were writing. Both texts are kept; please choose.")
        )
        self.current = current
        self.refused = refused


def is_settled(answer: DraftAnswer, value: Any, by: Person | None, page: Page) -> bool:
    """Whether a text only comes once more: a later one of its page was saved before another window changed the answer; or it is the last that
    its page sent, and was saved, or somebody has chosen between the two."""
    own = [one for one in answer.revisions.filter(page=page.code) if page.wrote(one, by)] if page.code else []
    last = max(own, key=lambda one: one.turn, default=None)
    return any(one.turn >= page.turn for one in own if not one.was_refused) or (
        last is not None and last.value == value and (not last.was_refused or last.settled_at is not None))


def waiting_text(answer: DraftAnswer, value: Any, by: Person | None, page: Page) -> DraftAnswerRevision | None:
    """The same text of the same person, where it waits to be chosen already, or what its page sent of it so far: that is its latest now.

    Else a page that sends by itself would fill the choice with each stage of one text.
    """
    waiting = list(answer.revisions.filter(was_refused=True, settled_at=None, changed_by=by))
    if same := next((one for one in waiting if one.value == value), None):
        return same
    before = next((one for one in waiting if page.wrote(one, by)), None)
    if before is not None and page.turn >= before.turn:
        before.value, before.turn, before.changed_at = value, page.turn, clock.now()
        before.save(update_fields=["value", "turn", "changed_at"])
    return before
