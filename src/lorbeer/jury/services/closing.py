"""Closing the meeting: results come into being, minutes are written."""

from datetime import timedelta

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from lorbeer.entries.transitions import move
from lorbeer.jury import biases, queries, rules
from lorbeer.jury.models import Meeting, Presence
from lorbeer.jury.services.common import AWARDED, _locked_open, _subject, _touch, at_close
from lorbeer.people.models import Person
from lorbeer.shared import clock, jobs, log
from lorbeer.shared.errors import Refused
from lorbeer.shared.verdicts import require

MINUTES = "jury.minutes"
SOON = timedelta(minutes=1)                                             # by then they are there, unless their making was cut off
logger = structlog.get_logger(__name__)


def close_meeting(meeting: Meeting, *, shown: str | None = None, by: Person | None) -> Meeting:
    """End the day: every entry of the round is awarded or declined, the awards come into being, the minutes are written.

    Raises Refused while an item is undecided or an earlier stage has not finished with an entry of the round: a round has
    one meeting, and what it left over would never get a result. `shown`: the revision of the meeting that somebody has looked at, as text,
    for no decision can be taken up again afterwards.
    Results stay inside until they are announced. The minutes are made after the commit, because they print the newest
    seal of the log; should that fail, the meeting is closed all the same: see `make_minutes`.
    """
    return make_minutes(_end(meeting, by, shown), by=by)


def make_minutes(meeting: Meeting, *, by: Person | None) -> Meeting:
    """Write the minutes of a closed meeting that has none yet. Where that fails `minutes_sha256` stays empty, and nothing is raised.

    A job of the closing tries once more, and whoever leads the meeting can at any time (`rules.can_write_minutes`).
    """
    from lorbeer.jury.minutes import write_minutes

    try:
        return write_minutes(meeting, by=by)
    except Exception:                                                   # whatever it was: the closing has been committed, and is not denied
        logger.exception("minutes not written", meeting=meeting.code)
        return meeting


@transaction.atomic
def _end(meeting: Meeting, by: Person | None, shown: str | None = None) -> Meeting:
    meeting = _locked_open(meeting)
    if shown not in (None, str(meeting.revision)):
        raise Refused(_("Meanwhile the meeting has gone on, so it has not been closed by your page, which showed it as it was before. Look at"
                        " it; then close it."))
    require(rules.can_close(meeting, by))
    now, late, seats = clock.now(), biases.computed_late(meeting), queries.seats(meeting.competition)
    meeting.closed_at, meeting.current = now, None
    meeting.save(update_fields=["closed_at", "current"])
    Presence.objects.filter(meeting=meeting, left_at=None).update(left_at=now)
    # A project can win while its entry does not: the entry moves to "awarded" for an award of its own alone.
    won = set(meeting.items.filter(result=AWARDED, project=None).values_list("entry_id", flat=True))
    moved = {"award": 0, "decline": 0}
    for entry in queries.callable_entries(meeting).order_by("pk"):
        name = "award" if entry.pk in won else "decline"
        move(entry, name, by=by)
        moved[name] += 1
    log.record("jury.close", subject=_subject(meeting), scope=meeting.competition.code, actor=by, at=log.moment(now), late=late,
               seats=seats, **moved)
    at_close.tell(meeting, by)
    jobs.start(MINUTES, scope=meeting.competition.code, subject=_subject(meeting), started_by=by, at=now + SOON, meeting=meeting.code,
               by=by.code if by else "")
    _touch(meeting)
    meeting.refresh_from_db()
    return meeting
