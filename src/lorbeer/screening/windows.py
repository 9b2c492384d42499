"""The windows in which a screener writes one sheet: what each has sent of a field (`Vote.sent`), and which texts wait for a choice.

The rule by which two texts are judged is that of `shared/keeping.py`, as for the answers of an entry.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from lorbeer.questionnaire.forms import digest_of
from lorbeer.screening.models import Vote
from lorbeer.shared.keeping import Page

REMEMBERED = 20                                                         # so many windows of which a field knows what they had sent
PAGES = ""                                                              # in `Vote.sent`, beside the fields: how often each page had sent


@dataclass
class SentText:
    """What a window sent of a field. `value`: its digest; the `text` itself only while it waits for a choice."""

    page: str
    turn: int
    value: str
    text: str = ""
    was_refused: bool = False
    settled_at: str | None = None

    @property
    def waits(self) -> bool:
        return self.was_refused and self.settled_at is None


def sent_in(vote: Vote) -> dict[str, list[SentText]]:
    """Field of the sheet → what its windows sent of it, the oldest first."""
    return {name: [SentText(**one) for one in texts] for name, texts in vote.sent.items()}


def waiting_in(vote: Vote) -> dict[str, list[SentText]]:
    """Field of the sheet → the texts of it that wait for a choice beside the one that is there."""
    found = {name: [one for one in texts if one.waits] for name, texts in sent_in(vote).items()}
    return {name: texts for name, texts in found.items() if texts}


def is_late(sent: dict[str, list[SentText]], page: Page) -> bool:
    """Whether a later request of the page was heard before: each says all fields, so that what this one says is older."""
    return any(page.was_overtaken(one) for one in sent.get(PAGES, ()))


def note_page(sent: dict[str, list[SentText]], page: Page) -> None:
    if page.turn and not is_late(sent, page):
        others = [one for one in sent.get(PAGES, ()) if not page.wrote(one)]
        sent[PAGES] = [*others, SentText(page.code, page.turn, "")]


def standing_among(texts: Iterable[SentText], there: str) -> SentText | None:
    """The one that stands `there`; None where no window has written that."""
    last = next((one for one in reversed([*texts]) if not one.was_refused), None)
    return last if last is not None and last.value == digest_of(there) else None


def as_stored(sent: dict[str, list[SentText]]) -> dict[str, list[dict[str, object]]]:
    """For `Vote.sent`: all that waits, and of the rest the newest."""
    found = {}
    for name, texts in sent.items():
        rest = [one for one in texts if not one.waits]
        forgotten = rest[:-REMEMBERED]
        found[name] = [asdict(one) for one in texts if one not in forgotten]
    return {name: texts for name, texts in found.items() if texts}
