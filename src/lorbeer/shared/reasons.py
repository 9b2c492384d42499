"""Why somebody did something, in their own words: kept beside the log, so that an erasure reaches it.

The log never forgets, and such words may tell of people. So an event holds only `why_sha256`, the hash of a secret and the
words; both lie in a row of their own. With the row emptied nobody finds the words by trying, and the event stays as it was sealed.
Rows that have a place for the reason themselves (a step of an entry, a late arrival) keep secret and words there.
"""

import secrets
from collections.abc import Iterator

from django.db import transaction
from django.db.models import Max, QuerySet

from lorbeer.shared import log
from lorbeer.shared.models import LogEvent, LogReason
from lorbeer.shared.prepared import insert

ERASED = LogReason.ERASED


def new_secret() -> str:
    return secrets.token_hex(16)


def reason_digest(secret: str, words: str) -> str:
    """What the log holds of a reason; blank where nobody gave one."""
    return log.digest([secret, words]) if words else ""


def record(verb: str, *, why: str, subject: str = "", scope: str = "", actor: object = None, **detail: object) -> LogEvent:
    """`log.record` with a reason in somebody's own words; blank: none was given."""
    why, secret = str(log.plain(why.strip())), new_secret()
    with transaction.atomic(savepoint=False):
        event = log.record(verb, subject=subject, scope=scope, actor=actor, **detail,
                           **({"why_sha256": reason_digest(secret, why)} if why else {}))
        if why:
            insert(LogReason(event_id=event.pk, words=why, secret=secret))
    return event


def forget(events: "QuerySet[LogEvent]", *, dry_run: bool = False) -> int:
    """Empty the reasons of these events; how many there were."""
    rows = LogReason.objects.filter(event__in=events).exclude(words=ERASED)
    return rows.count() if dry_run else rows.update(words=ERASED, secret="")


def reasons() -> Iterator[log.Fault]:
    """Each reason as the log has its hash; emptied only where an erasure of its competition says so afterwards."""
    emptied = dict(LogEvent.objects.filter(verb="data.erase_beside", detail__has_key="reasons").order_by().values_list("scope").annotate(
        Max("pk")))
    rows = {row.event_id: row for row in LogReason.objects.iterator(2000)}
    for event in LogEvent.objects.filter(detail__has_key="why_sha256").order_by("pk").iterator(2000):
        row, said = rows.pop(event.pk, None), event.detail["why_sha256"]
        if row and row.words == ERASED and not row.secret and emptied.get(event.scope, 0) > event.pk:
            continue
        yield from log.compare("shared_logreason", event.scope, event.subject, {"why_sha256": said},
                               {"why_sha256": reason_digest(row.secret, row.words)} if row else None)
    for pk in rows:
        yield from log.compare("shared_logreason", "", str(pk), None, {})


log.attest("shared", reasons)
