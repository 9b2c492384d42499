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

Whoever has the database can compute digests. So an event that waits and every seal carry a mark, too, that only a
holder of the installation's secret key can make; a key that was changed stays among FORMER_SECRET_KEYS. The newest seal
also stands in a file beside the database (`witness.py`), which tells when the end was cut off. What the log says is
compared with the tables by functions that the apps register (`attest`), and the chain with the digests that the tables
hold (`witnessed`).
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from lorbeer.shared import clock
from lorbeer.shared import witness as beside
from lorbeer.shared.models import LogEvent, LogSeal, UnsealedEvent
from lorbeer.shared.prepared import insert, prepared
from lorbeer.shared.registry import Registry
from lorbeer.shared.unreadable import strange_rows, tolerant

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
        insert(new)                                                     # this runs often
        insert(UnsealedEvent(event_id=new.pk, mark=mark_of(new)))
    return new


def record_many(events: Iterable[LogEvent]) -> list[LogEvent]:
    """Note events made by `event`, in their order; two statements for every few hundred of them."""
    events = list(events)
    with transaction.atomic(savepoint=False):
        written = LogEvent.objects.bulk_create(events, batch_size=BATCH)
        waiting = [UnsealedEvent(event_id=one.pk, mark=mark_of(one)) for one in written]
        UnsealedEvent.objects.bulk_create(waiting, batch_size=BATCH)
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


def canonical(facts: Any) -> str:
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(facts: Any) -> str:
    """The SHA-256 of canonical JSON."""
    return hashlib.sha256(canonical(facts).encode()).hexdigest()


def facts_of(event: LogEvent) -> dict[str, Any]:
    return {
        "id": event.pk, "at": moment(event.at), "scope": event.scope, "actor": event.actor, "verb": event.verb,
        "subject": event.subject, "detail": event.detail,
    }


def digest_of(number: int, previous: str, sealed_at: datetime, event: LogEvent) -> str:
    """The digest of seal `number` over `event`; see the head of this file."""
    return digest({"number": number, "previous": previous, "sealed_at": moment(sealed_at), "event": facts_of(event)})


def mark_of(event: LogEvent) -> str:
    """What stands beside a waiting event: its hash under the installation's secret key."""
    return salted_hmac("lorbeer.log", canonical(facts_of(event)), algorithm="sha256").hexdigest()


def is_marked(event: LogEvent) -> bool:
    """Whether the waiting event is as this installation wrote it."""
    return constant_time_compare(event.waiting.mark, mark_of(event))


def mark_of_seal(digest: str, secret: str = "") -> str:
    """What stands beside a seal: its digest under the installation's secret key (or a former one)."""
    return hmac.digest(_key(secret or settings.SECRET_KEY), digest.encode(), "sha256").hex()


@lru_cache(maxsize=16)
def _key(secret: str) -> bytes:
    return hashlib.sha256(f"lorbeer.log.seal:{secret}".encode()).digest()


def unsealed() -> QuerySet[UnsealedEvent]:
    """What waits for its seal, with its event, in order. Asked from this side, for it is little: the sealer looks twice a second."""
    return UnsealedEvent.objects.select_related("event").order_by("pk")


def seal_log() -> int:
    """Chain every event that waits; the number of seals made. Safe to call from anywhere at any time.

    One without this installation's mark is left where it is: `verify` names it.
    """
    made, after = 0, 0
    while True:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ADVISORY_LOCK])
            # SQLite: `atomic` begins IMMEDIATE, so there is one sealer already.
            found = [one.event for one in unsealed().filter(pk__gt=after)[:BATCH]]
            if not found:
                return made
            after, waiting = found[-1].pk, [one for one in found if is_marked(one)]
            number, previous = before = newest_seal()
            sealed_at, seals = clock.now(), []
            for one in waiting:
                number += 1
                previous = digest_of(number, previous or NOTHING_BEFORE, sealed_at, one)
                seals.append(LogSeal(number=number, event=one, digest=previous, mark=mark_of_seal(previous), sealed_at=sealed_at))
            LogSeal.objects.bulk_create(seals)
            UnsealedEvent.objects.filter(event__in=[one.pk for one in waiting]).delete()
            made += len(seals)
            if seals:
                transaction.on_commit(partial(keep_witness, number, previous, before))
        if len(found) < BATCH:
            return made


def keep_witness(number: int, digest: str, before: tuple[int, str]) -> None:
    """Let the file beside the database name this seal; `before` is the one that was the newest when it was made.

    A witness that is not in the log stays: it is the only one who knows what was cut off. So does the gap where one is
    missing although something was sealed before: whoever cuts the log would only have to delete it.
    """
    known = beside.read()
    if known is None:
        if not before[0]:
            beside.write(number, digest)
    elif known == before or (
        known[0] < number and LogSeal.objects.filter(number=known[0], digest=known[1]).exists()
    ):
        beside.write(number, digest)


def seal_now() -> tuple[int, str]:
    """Seal what waits and give the newest seal: call after the commit whose receipt will print it."""
    seal_log()
    return newest_seal()


def newest_seal() -> tuple[int, str]:
    """Number and digest of the newest seal, to be printed in receipts and minutes; (0, "") in an empty log."""
    return next(iter(_newest()), (0, ""))


@prepared
def _newest() -> QuerySet[LogSeal, tuple[int, str]]:
    return LogSeal.objects.order_by("-number").values_list("number", "digest")[:1]


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
    unaccounted: int = 0                # numbers given out after the last event (PostgreSQL: also by what was rolled back)
    scope: str | None = None            # the competition that the fault is about; None: the chain as such
    cut: bool = False                   # the fault is that the file beside the database knows more than the log, or is missing

    def __bool__(self) -> bool:
        return not self.fault

    def __str__(self) -> str:
        if self.fault:
            return self.fault
        if not self.seals:
            return _("Nothing is sealed yet.") if self.waiting else _("The log is empty.")
        return _("Verified up to %(until)s: %(seals)s events, no gap. Newest seal: %(newest)s") % {
            "until": moment(self.until) if self.until else "", "seals": self.seals, "newest": self.newest,
        }


@dataclass
class Walk:
    """Where the verification stands."""

    scope: str | None
    witnesses: dict[str, tuple[str | None, str]]    # digest → competition, and where it stands ("": given by the caller)
    keys: list[str]                     # the secret key and the former ones, the newest first
    key: int = 0                        # the one whose marks have been met last: an older one does not come after it
    number: int = 0
    previous: str = NOTHING_BEFORE
    until: datetime | None = None
    events: int = 0

    def report(self, fault: str, number: int | None = None, event: int | None = None, scope: str | None = None) -> Report:
        newest = self.previous if self.number else ""
        return Report(fault, number, event, self.number, self.events, 0, self.until, newest, 0, scope)

    def is_marked(self, seal: LogSeal) -> bool:
        for place in range(self.key, -1, -1):
            if constant_time_compare(seal.mark, mark_of_seal(seal.digest, self.keys[place])):
                self.key = place
                return True
        return False


@tolerant()
def verify(scope: str | None = None, witness: str | Iterable[str] | None = None) -> Report:
    """Walk along the whole chain; the report names the first row that is not as it was sealed.

    `witness`: digests held outside (from receipts, minutes): each must be in the chain, which finds a chain that was
    written anew or cut short; so must those that the tables hold. `scope` only counts that competition's events: the
    chain is one.
    """
    given = [witness] if isinstance(witness, str) else list(witness or [])
    # Before the walk: their seals exist.
    held: dict[str, tuple[str | None, str]] = {one: (of, where) for several in witnessed.answers() for of, where, one in several}
    outside, keys = beside.read(), [settings.SECRET_KEY, *settings.FORMER_SECRET_KEYS]
    walk = Walk(scope, held | {one.strip().lower(): (None, "") for one in given if one.strip()}, keys, len(keys) - 1)
    # No transaction: the log only grows, each step below is one statement, and nobody has to wait for an audit.
    for seals, events in pages():
        fault = check_page(walk, seals, events)
        if fault is not None:
            return fault
    fault = first_fault(lambda: check_unsealed(walk, LogEvent.objects.all()), lambda: check_waiting(walk))
    if fault is not None:
        return fault
    for one, (of, where) in sorted(walk.witnesses.items(), key=lambda pair: (pair[1][1], pair[0])):
        return walk.report(
            _("No seal has the digest %(witness)s: the log was cut short or written anew after that digest was given out.")
            % {"witness": f"{one} ({where})" if where else one}, scope=of,
        )
    fault = check_end(walk, outside)
    return at_end(walk) if fault is None else fault


@tolerant()
def verify_since(number: int, digest: str, event: int, *, most: int) -> Report:
    """Verify what was sealed after seal `number` (0: from the beginning) with its `digest` and `event`, and the end of the log.

    At most `most` seals and as many events that wait or have no seal: the report's `seals` says how far it came. What lies before is
    believed.
    """
    outside, keys = beside.read(), [settings.SECRET_KEY, *settings.FORMER_SECRET_KEYS]
    walk = Walk(None, {}, keys, len(keys) - 1, number=number, previous=digest or NOTHING_BEFORE)
    if number and not LogSeal.objects.filter(number=number, digest=digest, event=event).exists():
        return walk.report(
            _("Seal %(number)s (%(digest)s), up to which the whole log was verified, is not there any more: the log was cut short or "
              "written anew since.") % {"number": number, "digest": digest}, number,
        )
    seals = list(LogSeal.objects.filter(number__gt=number).order_by("number")[:most])
    fault = first_fault(
        lambda: check_page(walk, seals, LogEvent.objects.in_bulk([seal.event_id for seal in seals])),
        lambda: check_unsealed(walk, LogEvent.objects.filter(pk__gt=event, pk__lte=event + most)),
        lambda: check_waiting(walk, most), lambda: check_end(walk, outside),
    )
    return at_end(walk) if fault is None else fault


def first_fault(*looks: Callable[[], Report | None]) -> Report | None:
    """What the first of `looks` reports that finds something; a report of a fault counts as false."""
    return next((fault for look in looks if (fault := look()) is not None), None)


def check_end(walk: Walk, outside: tuple[int, str] | None) -> Report | None:
    """Whether something is missing behind what was verified: by the numbers that the database gave out, and by the file beside it."""
    last, counter = numbers_given()
    if counter < last or (counter > last and connection.vendor == "sqlite"):
        return walk.report(
            _("The last event is %(last)s, but the database counts %(counter)s: the newest were deleted, or some were added "
              "past the log.") % {"last": last, "counter": counter}, None, last,
        )
    if outside and not LogSeal.objects.filter(number=outside[0], digest=outside[1]).exists():
        return replace(walk.report(
            _("The file log-witness in the data folder of this machine knows seal %(number)s (%(digest)s), and the log does not have "
              "it: its end was cut off or written anew, or the database is a backup that is older than the file. If you restored it "
              "on purpose, say so: lorbeer audit acknowledge --reason \"…\"")
            % {"number": outside[0], "digest": outside[1]},
        ), cut=True)
    if walk.number and beside.is_kept() and not (outside or beside.read()):                 # again: the first seal may be new
        return replace(walk.report(
            _("The file log-witness is missing in the data folder of this machine, or empty. It knows the newest seal, so nobody can tell "
              "now whether the end of the log was cut off. If this machine is new, or its data folder was restored or set up anew, compare "
              "with a printed receipt (lorbeer audit verify --witness DIGEST) and say so: lorbeer audit acknowledge --reason \"…\". If not, "
              "somebody has deleted it: compare the log with a backup first."),
        ), cut=True)
    return None


def at_end(walk: Walk) -> Report:
    """The report of a walk that has found nothing."""
    last, counter = numbers_given()
    newest = walk.previous if walk.number else ""
    waiting = UnsealedEvent.objects.count()
    return Report("", None, None, walk.number, walk.events, waiting, walk.until, newest, counter - last)


def numbers_given() -> tuple[int, int]:
    """(the id of the last event, the last id that the database gave out).

    On SQLite a rolled-back event gives its id back, so both are the same; PostgreSQL never takes one back.
    """
    table = LogEvent._meta.db_table
    if connection.vendor == "sqlite":
        counter = f"COALESCE((SELECT seq FROM sqlite_sequence WHERE name = '{table}'), 0)"             # noqa: S608
    else:
        counter = f"(SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {table}_id_seq)"       # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COALESCE((SELECT max(id) FROM {table}), 0), {counter}")                # noqa: S608
        return cursor.fetchone()


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
            return walk.report(explain(walk, seals, place, events), seal.number, event.pk, event.scope)
        if not walk.is_marked(seal):
            return walk.report(
                _("Seal %(number)s (event %(event)s, %(verb)s, %(at)s) does not carry the mark of this installation: it was made without "
                  "the secret key, or the key was changed and the former one is not kept.")
                % {"number": seal.number, "event": event.pk, "verb": event.verb, "at": moment(event.at)},
                seal.number, event.pk, event.scope,
            )
        walk.number, walk.previous, walk.until = seal.number, seal.digest, seal.sealed_at
        walk.witnesses.pop(seal.digest, None)
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


def check_unsealed(walk: Walk, events: QuerySet[LogEvent]) -> Report | None:
    """Events that neither wait nor have a seal: added past the log, or robbed of their seal."""
    stray = events.filter(seal__isnull=True, waiting__isnull=True).order_by("pk").first()
    if stray is None:
        return None
    return walk.report(
        _("Event %(event)s (%(verb)s, %(at)s) has no seal and does not wait for one: its seal was deleted, "
          "or it was added past the log.")
        % {"event": stray.pk, "verb": stray.verb, "at": moment(stray.at)},
        None, stray.pk, stray.scope,
    )


def check_waiting(walk: Walk, most: int | None = None) -> Report | None:
    """Waiting events (the first `most`) that this installation did not write, or that are not as it wrote them."""
    for one in (row.event for row in unsealed()[:most].iterator(BATCH)):
        if not is_marked(one):
            return walk.report(
                _("Event %(event)s (%(verb)s, %(at)s) waits for its seal without the mark of this installation: it was forged or "
                  "altered, or the secret key was changed before it was sealed.")
                % {"event": one.pk, "verb": one.verb, "at": moment(one.at)},
                None, one.pk, one.scope,
            )
    return None


# --- the tables and the log -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fault:
    """A row that is not as the log says."""

    table: str
    scope: str                          # code of the competition; empty: the installation
    code: str                           # what the log calls it
    what: str                           # the difference, in words

    def __str__(self) -> str:
        return f"{self.table} {self.code}: {self.what}"


Attestor = Callable[[], Iterable[Fault]]
_attestors: dict[str, list[Attestor]] = {}
# What gives the digests of the log that an app's rows hold, as (competition, where it stands, digest).
witnessed = Registry[[], Iterable[tuple[str, str, str]]]()


def attest(app: str, attestor: Attestor) -> None:
    """Register what compares an app's rows with their events: it reads each of both once, and gives what differs."""
    if attestor not in _attestors.setdefault(app, []):
        _attestors[app].append(attestor)


def told(*verbs: str) -> Iterator[LogEvent]:
    """The events of these verbs, in their order; without those that hold no facts any more, which `verify` names."""
    return (event for event in LogEvent.objects.filter(verb__in=verbs).order_by("pk").iterator(2000) if isinstance(event.detail, dict))


def compare(
    table: str, scope: str, code: str, said: Mapping[str, Any] | None, found: Mapping[str, Any] | None
) -> Iterator[Fault]:
    """The fault, if any, between what the log said of a row of competition `scope` and what is found (None: nothing)."""
    if said is None:
        if found is not None:
            yield Fault(table, scope, code, _("the log knows nothing of it: it was added past the log, or its event is gone"))
    elif found is None:
        yield Fault(table, scope, code, _("the log has it, and it is gone"))
    else:
        for name, value in said.items():
            if name in found and found[name] != value:
                yield Fault(table, scope, code, _("%(field)s is %(found)s, and the log says %(said)s")
                            % {"field": name, "found": canonical(found[name]), "said": canonical(value)})
                return


def looked(app: str, attestor: Attestor) -> list[Fault]:
    """What the attestor finds; where it cannot go on, the rows at which it may be, so that the others still have their turn."""
    found: list[Fault] = []
    try:
        for fault in attestor():
            found.append(fault)
    except Exception as error:                              # forged rows hold anything, and no forgery may end the look
        strange = [Fault(table, "", code, _("holds what cannot be read: %(what)s") % {"what": what})
                   for table, code, what in strange_rows(app)]
        what = _("cannot be compared with the log, for something in it cannot be read: %(error)s") % {
            "error": f"{type(error).__name__}: {error}"}
        found += strange or [Fault(app, "", attestor.__name__, what)]
    return found


@tolerant()
def attested(*apps: str) -> list[Fault]:
    """Of each competition the first row of each table that is not as the log says; of all apps, or of these.

    Linear in rows and events.
    """
    first: dict[tuple[str, str], Fault] = {}
    for app in apps or sorted(_attestors):
        for attestor in _attestors.get(app, []):
            if faults := looked(app, attestor):
                still = set(looked(app, attestor))          # what was being written during the first look is complete now
                for fault in faults:
                    if fault in still:
                        first.setdefault((fault.table, fault.scope), fault)
    return list(first.values())
