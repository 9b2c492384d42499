"""When what an edition shows last changed: for those who collect the public database, and for the page of the datasets.

Told is only what the public could have noticed: parts that the edition holds, of entries that it names, after it was published.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from lorbeer.catalogue.search.view import View
from lorbeer.editions.models import Edition, Release
from lorbeer.editions.queries import FIELDS, ever_revoked, steps_out
from lorbeer.entries.queries import ADMITTED


@dataclass(frozen=True)
class Change:
    """Something of the entry `code` was taken back (or was opened again) at a moment."""

    code: str
    at: datetime
    took_back: bool


def changes(edition: Edition, view: View) -> list[Change]:
    """All changes of what `view` shows of a published `edition`, in two queries; they are few."""
    since = edition.published_at or edition.frozen_at
    return list(dict.fromkeys(one for one in (*_parts(edition, view), *_steps(edition, view, since)) if one.at > since))


def changed_entries(edition: Edition, view: View) -> dict[str, datetime]:
    """{code of an entry: when something of it was last taken back or opened again}, of those that changed since the publication."""
    found: dict[str, datetime] = {}
    for one in changes(edition, view):
        found[one.code] = max(one.at, found.get(one.code, one.at))
    return found


def last_change(edition: Edition, changed: dict[str, datetime]) -> datetime:
    """When what can be read of the edition last changed: by its publication, or since (`changed`: see changed_entries)."""
    return max(changed.values(), default=edition.published_at or edition.frozen_at)


def _parts(edition: Edition, view: View) -> Iterator[Change]:
    """Releases that were taken back since; in the current edition what is released again shows again, in a former one it does not.

    What the edition holds was released when it was frozen: whoever released it since had taken it back before.
    """
    for one in ever_revoked(edition.competition_id):
        if held(view, one.code, one.part):
            yield Change(one.code, one.revoked_at, took_back=True)
            if edition.is_published:
                yield Change(one.code, one.released_at, took_back=False)
                if one.again_at:
                    yield Change(one.code, one.again_at, took_back=False)


def _steps(edition: Edition, view: View, since: datetime) -> Iterator[Change]:
    """Entries that were moved out of the admitted since, or back in."""
    for code, target, at in steps_out(edition.competition_id, since):
        if held(view, code, Release.Part.ENTRY):
            yield Change(code, at, took_back=target not in ADMITTED)


def held(view: View, code: str, part: str) -> bool:
    """Whether the edition as it was frozen shows that part of an entry of an announced round."""
    index = view.index
    number = index.number(code)
    if number is None or int(index.arrays["rounds"][number]) not in view.rounds:
        return False
    if part == Release.Part.PICTURES:
        return any(portrait["picture"] and portrait["approved"] for portrait in index.portraits.get(code, ()))
    return part == Release.Part.ENTRY or bool(FIELDS.get(part, frozenset()) & set(index.entry(number)))
