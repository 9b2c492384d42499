"""What a window of the sheet sends, kept so that of several windows none overwrites another unseen, and no text is lost."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from django.db import transaction

from lorbeer.people.models import Person
from lorbeer.questionnaire.forms import digest_of
from lorbeer.screening import queries, windows
from lorbeer.screening.models import Vote
from lorbeer.screening.services.votes import locked_own_vote, save_sheet
from lorbeer.screening.windows import SentText
from lorbeer.shared import clock
from lorbeer.shared.keeping import MOST_WAITING, NOBODYS, Page


@dataclass
class Kept:
    """What became of a page of the sheet, by the names of its fields."""

    vote: Vote
    changed: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)                       # the text waits for a choice beside the one that is there
    unkept: list[str] = field(default_factory=list)                     # there was no room for one more: its writer has to know
    is_chosen: bool = True                                              # False: the two texts are not any more what its writer was shown


@dataclass(frozen=True)
class Choice:
    """A button beside a text of a field that waits: take that text, or keep what stands there. `value`: its digest."""

    name: str
    value: str
    takes: bool


class Outcome(Enum):
    STANDS = "stands"
    WAITS = "waits"
    UNKEPT = "unkept"


@transaction.atomic
def keep_sheet(
    vote: Vote,
    written: Mapping[str, str],
    as_sheet: Callable[[Mapping[str, str]], dict[str, Any]],
    *,
    page: Page = NOBODYS,
    seen: Mapping[str, str] | None = None,
    choice: Choice | None = None,
    by: Person,
    arrived_at: datetime | None = None,
) -> Kept:
    """Keep what one page holds of the sheet.

    `written`: {field of `queries.sheet_fields`: text}; `as_sheet` turns some of them into arguments of `save_sheet`. `page`: that of
    `by`; `seen`: {field: digest of what stood there when it was made}, None takes whatever is there. A text that another
    window has changed meanwhile stays; the later one waits beside it until its writer has made a `choice`, which they can between the
    two that they were shown. What a page sent before or without touching it is no text of its own.
    """
    locked = locked_own_vote(vote, by)
    vote = queries.with_sheets(Vote.objects.filter(pk=locked.pk)).get()
    there, sent, kept = queries.sheet_fields(vote), windows.sent_in(vote), Kept(vote)
    heard, stands = dict(written), {}
    is_late = windows.is_late(sent, page)

    def seen_of(name: str) -> str | None:
        return None if seen is None else seen.get(name, "")

    if choice:
        texts = sent.get(choice.name, [])
        chosen = None if is_late else _settle(texts, choice, there.get(choice.name, ""), page, seen_of(choice.name))
        kept.is_chosen = chosen is not None
        if chosen is not None and choice.takes:
            above = heard.pop(choice.name, None)
            if chosen != there.get(choice.name, ""):
                stands[choice.name] = chosen
                _note(texts, page, above)
    outcome_of = {Outcome.WAITS: kept.lost, Outcome.UNKEPT: kept.unkept}
    for name, text in heard.items():
        outcome = _hear(sent.setdefault(name, []), text, there.get(name, ""), page, seen_of(name), is_late)
        if outcome is Outcome.STANDS:
            stands[name] = text
        elif outcome is not None:
            outcome_of[outcome].append(name)
    kept.changed = [*stands]
    if not kept.unkept:
        windows.note_page(sent, page)
    vote.sent = windows.as_stored(sent)
    vote.save(update_fields=["sent"])
    moment = max(arrived_at, vote.saved_at) if arrived_at and vote.saved_at else arrived_at
    kept.vote = save_sheet(vote, **as_sheet(stands), by=by, arrived_at=moment)
    return kept


def _has_seen(texts: list[SentText], there: str, page: Page, seen: str | None) -> bool:
    """Whether a page knows what stands in a field: it has brought that, or showed it from the first and said nothing else since."""
    said_nothing = not any(page.wrote(one) for one in texts)
    return seen is None or page.wrote(windows.standing_among(texts, there)) or said_nothing and seen == digest_of(there)


def _hear(texts: list[SentText], text: str, there: str, page: Page, seen: str | None, is_late: bool) -> Outcome | None:
    """What becomes of a text of a field, noted among the `texts` that were sent of it; None where it is nothing new. `seen`: see above.
    `is_late`: its page has said something newer of all fields since.
    """
    digest, standing = digest_of(text), windows.standing_among(texts, there)
    own = [one for one in texts if page.wrote(one)]
    if is_late and not any(one.waits for one in own):
        return None
    if text == there:
        if page.wrote(standing) and not is_late:
            standing.turn = page.turn                                   # type: ignore[union-attr]
        return None
    if not is_late and _has_seen(texts, there, page, seen):
        _note(texts, page, text)
        return Outcome.STANDS
    if not own and seen == digest or page.only_repeats(digest, [one for one in texts if one is not standing]):
        return None
    waiting = [one for one in texts if one.waits]
    found = page.text_among(waiting, digest)
    if found is None and len(waiting) >= MOST_WAITING:
        return Outcome.UNKEPT
    if found is None:
        texts.append(SentText(page.code, page.turn, digest, text, was_refused=True))
    elif page.wrote(found) and page.turn >= found.turn:
        found.turn, found.value, found.text = page.turn, digest, text
    return Outcome.WAITS


def _note(texts: list[SentText], page: Page, text: str | None) -> None:
    """Note a text of a page that is done with: it stands there, or a choice took its place. That one is no page's: no page shows it."""
    if page.code and text is not None:
        texts[:] = [one for one in texts if one.was_refused or not page.wrote(one)]
        texts.append(SentText(page.code, page.turn, digest_of(text)))


def _settle(texts: list[SentText], choice: Choice, there: str, page: Page, seen: str | None) -> str | None:
    """The text that was chosen or dropped, done with now; None where it waits no more, or another than its page knows stands beside it."""
    found = next((one for one in texts if one.waits and one.value == choice.value), None)
    if found is None or not _has_seen(texts, there, page, seen):
        return None
    text, found.text, found.settled_at = found.text, "", clock.now().isoformat()
    return text
