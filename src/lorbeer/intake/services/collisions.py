"""Two texts for one question: the later one is kept beside the one that is there, until somebody chooses."""

from typing import Any

from django.utils.translation import gettext as _

from lorbeer.intake.models import DraftAnswer, DraftAnswerRevision
from lorbeer.intake.services.changes import Change
from lorbeer.people.models import Person
from lorbeer.shared import clock
from lorbeer.shared.errors import LorbeerError
from lorbeer.shared.keeping import MOST_WAITING, Page


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


def only_comes_again(answer: DraftAnswer, value: Any, page: Page) -> bool:
    return bool(page.code) and page.only_repeats(value, answer.revisions.filter(page=page.code).order_by("pk"))


def put_aside(answer: DraftAnswer, change: Change, by: Person | None, page: Page) -> DraftAnswerRevision | None:
    """Let a text wait beside the answer, where it does not wait already; None where there is no room for one more of this person."""
    waiting = list(answer.revisions.filter(was_refused=True, settled_at=None, changed_by=by).order_by("pk"))
    found = page.text_among(waiting, change.value)
    if found is None:
        return None if len(waiting) >= MOST_WAITING else answer.revisions.create(
            revision=change.revision or 0, value=change.value, changed_by=by, changed_at=clock.now(), was_refused=True,
            page=page.code, turn=page.turn)
    if page.wrote(found) and page.turn >= found.turn:
        found.value, found.turn, found.changed_at = change.value, page.turn, clock.now()
        found.save(update_fields=["value", "turn", "changed_at"])
    return found
