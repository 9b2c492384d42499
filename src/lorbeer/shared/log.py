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
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

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
    new = event(verb, subject=subject, scope=scope, actor=actor, **detail)
    with transaction.atomic(savepoint=False):
        new.save(force_insert=True)
        with connection.cursor() as cursor:               # the model's own way costs twice as much, and this runs often
            cursor.execute(f"INSERT INTO {UnsealedEvent._meta.db_table} (event_id) VALUES (%s)", [new.pk])  # noqa: S608
    return new


def record_many(events: Iterable[LogEvent]) -> list[LogEvent]:
    """Note events made by `event`, in their order; two statements for every few hundred of them."""
    events = list(events)
    with transaction.atomic(savepoint=False):
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


# --- verifying --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Report:
    """What a look through the whole chain found."""

    fault: str = ""                     # the first thing that is not as it was sealed; a sentence
    number: int | None = None           # the seal at which it is
    event: int | None = None            # the event at which it is
    seals: int = 0                      # verified before the fault
    events: int = 0                     # of them in the scope asked for
    waiting: int = 0                    # events that wait for their seal
    until: datetime | None = None       # everything sealed up to here is as it was
    newest: str = ""                    # digest of the last seal that was verified

    def __bool__(self) -> bool:
        return not self.fault

    def __str__(self) -> str:
        if self.fault:
            return self.fault
        if not self.seals:
            return _("The log is empty.")
        return _("Verified up to %(until)s: %(seals)s events, no gap. Newest seal: %(newest)s") % {
            "until": moment(self.until) if self.until else "", "seals": self.seals, "newest": self.newest,
        }


@dataclass
class Walk:
    """Where the verification stands."""

    scope: str | None
    witnesses: set[str]
    number: int = 0
    previous: str = NOTHING_BEFORE
    until: datetime | None = None
    events: int = 0

    def report(self, fault: str, number: int | None = None, event: int | None = None) -> Report:
        newest = self.previous if self.number else ""
        return Report(fault, number, event, self.number, self.events, 0, self.until, newest)


def verify(scope: str | None = None, witness: str | Iterable[str] | None = None) -> Report:
    """Walk along the whole chain; the report names the first row that is not as it was sealed.

    `witness`: digests held outside (from receipts, minutes): each must be in the chain, which finds a chain that was
    written anew or cut short. `scope` only counts that competition's events: the chain is one.
    """
    given = [witness] if isinstance(witness, str) else list(witness or [])
    walk = Walk(scope, {digest.strip().lower() for digest in given if digest.strip()})
    # No transaction: the log only grows, each step below is one statement, and nobody has to wait for an audit.
    for seals, events in pages():
        fault = check_page(walk, seals, events)
        if fault is not None:
            return fault
    fault = check_unsealed(walk)
    if fault is not None:
        return fault
    if walk.witnesses:
        return walk.report(
            _("No seal has the digest %(witness)s: the log was cut short or written anew after that digest was given out.")
            % {"witness": sorted(walk.witnesses)[0]}
        )
    newest = walk.previous if walk.number else ""
    waiting = UnsealedEvent.objects.count()
    return Report("", None, None, walk.number, walk.events, waiting, walk.until, newest)


def pages(size: int = 2000) -> Iterator[tuple[list[LogSeal], dict[int, LogEvent]]]:
    """The seals in order with the events they name, some thousand at a time."""
    last: int | None = None
    while True:
        later = LogSeal.objects.order_by("number")
        seals = list((later if last is None else later.filter(number__gt=last))[:size])
        if not seals:
            return
        yield seals, LogEvent.objects.in_bulk([seal.event_id for seal in seals])
        last = seals[-1].number


def check_page(walk: Walk, seals: list[LogSeal], events: dict[int, LogEvent]) -> Report | None:
    for place, seal in enumerate(seals):
        if seal.number != walk.number + 1:
            if seal.number <= walk.number:
                fault = _("Seal %(number)s is not a number that a sealer gives.") % {"number": seal.number}
                return walk.report(fault, seal.number)
            return walk.report(_("Seal %(number)s is missing: it was deleted.") % {"number": walk.number + 1}, walk.number + 1)
        event = events.get(seal.event_id)
        if event is None:
            return walk.report(
                _("Event %(event)s (seal %(number)s) is missing: it was deleted.")
                % {"event": seal.event_id, "number": seal.number}, seal.number, seal.event_id,
            )
        if digest_of(seal.number, walk.previous, seal.sealed_at, event) != seal.digest:
            return walk.report(explain(walk, seals, place, events), seal.number, event.pk)
        walk.number, walk.previous, walk.until = seal.number, seal.digest, seal.sealed_at
        walk.witnesses.discard(seal.digest)
        walk.events += walk.scope is None or event.scope == walk.scope
    return None


def explain(walk: Walk, seals: list[LogSeal], place: int, events: dict[int, LogEvent]) -> str:
    """Why the seal at `place` does not fit: exchanged, its digest altered, or (mostly) its event altered."""
    seal, event = seals[place], events[seals[place].event_id]
    facts = {"number": seal.number, "event": event.pk, "verb": event.verb, "at": moment(event.at)}
    for other in events.values():
        if other.pk != event.pk and digest_of(seal.number, walk.previous, seal.sealed_at, other) == seal.digest:
            return _("Seal %(number)s was given for event %(other)s and now names event %(event)s: the order was changed.") % (
                facts | {"other": other.pk}
            )
    following = seals[place + 1] if place + 1 < len(seals) else None
    if following and following.number == seal.number + 1 and following.event_id in events:
        computed = digest_of(seal.number, walk.previous, seal.sealed_at, event)
        if digest_of(following.number, computed, following.sealed_at, events[following.event_id]) == following.digest:
            return _("The digest of seal %(number)s (event %(event)s) was altered.") % facts
    return _("Event %(event)s (%(verb)s, %(at)s, seal %(number)s) was altered after it was sealed.") % facts


def check_unsealed(walk: Walk) -> Report | None:
    """Events that neither wait nor have a seal: added past the log, or robbed of their seal."""
    stray = LogEvent.objects.filter(seal__isnull=True, waiting__isnull=True).order_by("pk").first()
    if stray is None:
        return None
    return walk.report(
        _("Event %(event)s (%(verb)s, %(at)s) has no seal and does not wait for one: its seal was deleted, "
          "or it was added past the log.")
        % {"event": stray.pk, "verb": stray.verb, "at": moment(stray.at)},
        None, stray.pk,
    )
