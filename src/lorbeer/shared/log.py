"""The log: written in the transaction of the change, chained afterwards, in order and without gaps, by one sealer.

A change writes its event (`record`) and a note that the event waits for its seal. The sealer (`seal_log`) takes all
that wait, in the order of their ids, and gives each the next number and a digest:

    digest(n) = SHA-256 of the UTF-8 bytes of the canonical JSON of
                {"number": n, "previous": digest(n-1), "sealed_at": …, "event": {"id": …, "at": …, "scope": …,
                 "actor": …, "verb": …, "subject": …, "detail": …}}

`previous` of the first is 64 zeros. Canonical JSON: keys sorted by code point, no blanks, nothing escaped that need not
be, times as `YYYY-MM-DDTHH:MM:SS.ffffffZ`. `detail` holds only text, whole numbers, yes/no, null, lists and objects, so
that it reads the same from every database. Somebody who holds one digest (it is printed in receipts and minutes) can
tell whether everything up to it is as it was.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from lorbeer.shared import clock
from lorbeer.shared.models import LogEvent, LogSeal, UnsealedEvent

NOTHING_BEFORE = "0" * 64
ADVISORY_LOCK = 4_127_018_022          # any number of our own; PostgreSQL's sealers meet at it
BATCH = 500


# --- writing ----------------------------------------------------------------------------------------------------------


def event(verb: str, *, subject: str = "", scope: str = "", actor: object = None, **detail: object) -> LogEvent:
    """An event that is not yet in the log, for `record_many`. Raises ValueError for a word that is too long."""
    code = actor if isinstance(actor, str) else getattr(actor, "code", "")
    new = LogEvent(verb=verb, subject=subject, scope=scope, actor=code, detail=plain(detail))
    for field in ("verb", "subject", "scope", "actor"):
        longest = LogEvent._meta.get_field(field).max_length
        if len(getattr(new, field)) > (longest or 0):
            raise ValueError(f"A log event's {field} has at most {longest} characters: {getattr(new, field)!r}")
    return new


def record(verb: str, *, subject: str = "", scope: str = "", actor: object = None, **detail: object) -> LogEvent:
    """Note in the caller's transaction that `actor` did `verb` to `subject` in competition `scope`.

    `actor` is a person (anything with a `code`), "system:<name>" or None. `detail` holds no personal data in clear;
    what is not text, whole number, yes/no, list or mapping is kept as its text.
    """
    return record_many([event(verb, subject=subject, scope=scope, actor=actor, **detail)])[0]


def record_many(events: Iterable[LogEvent]) -> list[LogEvent]:
    """Note events made by `event`, in their order; two statements for every few hundred of them."""
    events = list(events)
    with transaction.atomic():
        written = LogEvent.objects.bulk_create(events, batch_size=BATCH)
        UnsealedEvent.objects.bulk_create([UnsealedEvent(event_id=one.pk) for one in written], batch_size=BATCH)
    return written


def plain(value: Any) -> Any:
    """`value` as JSON that every database gives back unchanged (no fractions, no characters that one of them refuses)."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return "".join("\N{REPLACEMENT CHARACTER}" if c == "\0" or 0xD800 <= ord(c) <= 0xDFFF else c for c in value)
    if isinstance(value, Mapping):
        return {str(plain(str(key))): plain(content) for key, content in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=str)
    return plain(str(value))


# --- sealing ----------------------------------------------------------------------------------------------------------


def moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def digest_of(number: int, previous: str, sealed_at: datetime, event: LogEvent) -> str:
    """The digest of seal `number` over `event`; see the head of this file."""
    facts = {
        "number": number, "previous": previous, "sealed_at": moment(sealed_at),
        "event": {
            "id": event.pk, "at": moment(event.at), "scope": event.scope, "actor": event.actor, "verb": event.verb,
            "subject": event.subject, "detail": event.detail,
        },
    }
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def seal_log() -> int:
    """Chain every event that waits; the number of seals made. Safe to call from anywhere at any time."""
    made = 0
    while True:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ADVISORY_LOCK])
            # SQLite: `atomic` begins IMMEDIATE, so there is one sealer already.
            waiting = list(LogEvent.objects.filter(waiting__isnull=False).order_by("pk")[:BATCH])
            if not waiting:
                return made
            number, previous = newest_seal()
            sealed_at, seals = clock.now(), []
            for one in waiting:
                number += 1
                previous = digest_of(number, previous or NOTHING_BEFORE, sealed_at, one)
                seals.append(LogSeal(number=number, event=one, digest=previous, sealed_at=sealed_at))
            LogSeal.objects.bulk_create(seals)
            UnsealedEvent.objects.filter(event__in=[one.pk for one in waiting]).delete()
            made += len(seals)
        if len(waiting) < BATCH:
            return made


def seal_now() -> tuple[int, str]:
    """Seal what waits and give the newest seal: call after the commit whose receipt will print it."""
    seal_log()
    return newest_seal()


def newest_seal() -> tuple[int, str]:
    """Number and digest of the newest seal, to be printed in receipts and minutes; (0, "") in an empty log."""
    newest = LogSeal.objects.order_by("-number").values_list("number", "digest").first()
    return newest or (0, "")
