"""When what an edition shows last changed: for those who collect the public database, and for the page of the datasets.

Told is only what the public could have noticed: parts that the edition holds, of entries that it names, after it was published.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from lorbeer.catalogue.search.view import View
from lorbeer.editions.fields import is_in
from lorbeer.editions.models import Edition, Release, part_of
from lorbeer.editions.queries import ever_revoked, steps_out
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
    revoked = ever_revoked(edition.competition_id)
    periods: dict[tuple[str, str], list[tuple[datetime, datetime | None]]] = {}
    for one in revoked:
        periods.setdefault((one.code, one.name), []).append((one.released_at, one.revoked_at))
        if one.again_at:
            periods[one.code, one.name].append((one.again_at, None))

    def could_be_seen(code: str, name: str, at: datetime) -> bool:
        """Whether that, around which `name` is, was open then: the entry, and of a field its part. Never taken back, it always was."""
        around = {str(Release.Part.ENTRY), part_of(name)} - {name}
        return all(any(start <= at and (end is None or at < end) for start, end in periods[code, one])
                   for one in around if (code, one) in periods)

    for one in revoked:
        if held(view, one.code, one.name):
            told = [(one.revoked_at, True)]
            if edition.is_published:
                told += [(at, False) for at in (one.released_at, one.again_at) if at and at != one.revoked_at]
            yield from (Change(one.code, at, took_back) for at, took_back in told if could_be_seen(one.code, one.name, at))


def _steps(edition: Edition, view: View, since: datetime) -> Iterator[Change]:
    """Entries that were moved out of the admitted since, or back in."""
    for code, target, at in steps_out(edition.competition_id, since):
        if held(view, code, Release.Part.ENTRY):
            yield Change(code, at, took_back=target not in ADMITTED)


def held(view: View, code: str, name: str) -> bool:
    """Whether the edition as it was frozen shows that part, or field, of an entry of an announced round."""
    index = view.index
    number = index.number(code)
    if number is None or int(index.arrays["rounds"][number]) not in view.rounds:
        return False
    if name == Release.Part.PICTURES:
        return any(portrait["picture"] and portrait["approved"] for portrait in index.portraits.get(code, ()))
    return is_in(index.entry(number), name)
