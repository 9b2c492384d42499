"""The last walk along the whole log, kept for pages, and the short look from there to the end.

Verifying the whole (`log.verify`, and `log.attested` for the tables) takes as long as the log is long, so no page does it. Whoever walks
(`lorbeer audit verify`: the operator, and the worker by itself, again and again) keeps what was found in one row, with a mark that only a
holder of the secret key can make. A page believes that row where its mark fits, and verifies itself what was sealed since (`look`).

What a page says is therefore worth: everything up to the seal that the row names was as it should be **when the row says so**; what came
since is so now, and so are the end of the log and its triggers. Somebody with the database alone can alter older rows unseen by pages until
the next walk, put an older row of ours back, delete it, or keep the worker from walking; they cannot make a row. So a page names the moment
and says when it lies back too far.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connections, transaction
from django.utils import translation
from django.utils.crypto import constant_time_compare, salted_hmac

from lorbeer.shared import clock, log, triggers
from lorbeer.shared.models import LogProof, LogSeal

MOST = 2000                                                             # seals, and waiting events, at which a page looks itself
LEAST_PAUSE = timedelta(minutes=10)                                     # between two walks of the worker
SHARE = 50                                                              # so many times as long as a walk took, it rests
ASKED_EVERY = 30.0                                                      # seconds between two looks whether a walk is due
LEAST_LEASE = timedelta(minutes=30)                                     # a walk that takes longer, and thrice the last, has died
logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Walk:
    """What a walk along everything has found."""

    report: log.Report
    unprotected: list[str] = field(default_factory=list)
    differing: list[log.Fault] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.report) and not self.unprotected and not self.differing

    @property
    def faults(self) -> list[str]:
        return ([] if self.report else [str(self.report)]) + self.unprotected + [str(fault) for fault in self.differing]


def walk(scope: str | None = None, witness: list[str] | None = None) -> Walk:
    """Chain, triggers and tables, in the reader's language."""
    return Walk(log.verify(scope, witness), triggers.faults(), log.attested())


def walk_and_keep(scope: str | None = None, *, by: str) -> Walk:
    """Walk, and keep what was found for pages; `by`: "worker" or "command"."""
    begun = clock.now()
    found = walk(scope)
    ended, last = clock.now(), LogSeal.objects.filter(number=found.report.seals).first()
    facts = {
        "begun": log.moment(begun), "ended": log.moment(ended), "by": by,
        "number": last.number if last else 0, "digest": last.digest if last else "", "event": last.event_id if last else 0,
        "said": dict(_in_every_language(found)),
    }
    kept = {"facts": facts, "mark": mark_of(facts, settings.SECRET_KEY), "due_at": ended + pause_after(ended - begun)}
    try:
        with transaction.atomic():
            LogProof.objects.update_or_create(pk=1, defaults=kept)
    except DatabaseError as error:                                      # a copy that can be read only is verified all the same
        logger.warning("what the walk along the log has found could not be kept", error=type(error).__name__)
    return found


def pause_after(duration: timedelta) -> timedelta:
    """How long the worker rests after a walk: on a long log it walks seldom, and never takes more than a fiftieth of the time."""
    return max(LEAST_PAUSE, SHARE * duration)


def _in_every_language(found: Walk) -> Iterator[tuple[str, dict[str, Any]]]:
    """Sentences are made where something is found; so the walk is repeated for each language where there is one to say."""
    spoken = translation.get_language() or settings.LANGUAGE_CODE
    yield spoken, _said(found)
    for code, _name in settings.LANGUAGES if not found else ():
        if code != spoken:
            with translation.override(code):
                yield code, _said(walk())


def _said(found: Walk) -> dict[str, Any]:
    chain = [] if found.report else [[found.report.scope, str(found.report)]]
    return {"chain": chain, "tables": [[fault.scope, str(fault)] for fault in found.differing]}


def mark_of(facts: dict[str, Any], secret: str) -> str:
    """What stands beside the row: its hash under the secret key."""
    return salted_hmac("lorbeer.log.proof", log.canonical(facts), secret=secret, algorithm="sha256").hexdigest()


# --- what pages read --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Proof:
    """The last walk, as this installation has kept it."""

    begun: datetime
    ended: datetime
    by: str
    number: int
    digest: str
    event: int
    chain: list[tuple[str | None, str]]                                 # (competition or none, what is wrong), the first of the chain
    tables: list[tuple[str, str]]

    @property
    def pause(self) -> timedelta:
        return pause_after(self.ended - self.begun)

    @property
    def next_at(self) -> datetime:
        """When the worker walks again, if nothing keeps it."""
        return self.ended + self.pause

    @property
    def is_stale(self) -> bool:
        """Whether a walk that should have been is missing."""
        return clock.now() > self.next_at + self.pause + 2 * (self.ended - self.begun)


def proof() -> Proof | None:
    """None where nobody has walked yet, or the row is not one that this installation has kept."""
    row = LogProof.objects.filter(pk=1).first()
    keys = [settings.SECRET_KEY, *settings.FORMER_SECRET_KEYS]
    if row is None or not any(constant_time_compare(row.mark, mark_of(row.facts, key)) for key in keys):
        return None
    facts = row.facts
    said = facts["said"].get(translation.get_language()) or next(iter(facts["said"].values()))
    return Proof(
        datetime.fromisoformat(facts["begun"]), datetime.fromisoformat(facts["ended"]), facts["by"], facts["number"], facts["digest"],
        facts["event"], [(scope, text) for scope, text in said["chain"]], [(scope, text) for scope, text in said["tables"]],
    )


@dataclass(frozen=True)
class Look:
    """What a page knows: the last walk, and what came since, looked at just now."""

    at: datetime
    proof: Proof | None
    report: log.Report                                                  # of what came since; its seals are counted from the beginning
    newest: str                                                         # digest of the newest seal
    looked: int                                                         # seals verified just now
    left: int                                                           # later ones, too many for a page
    unprotected: list[str]


def look() -> Look:
    """As dear as what came since the last walk, and never dearer than `MOST` of it."""
    known = proof()
    begin = (known.number, known.digest, known.event) if known and not known.chain else (0, "", 0)
    report = log.verify_since(*begin, most=MOST)
    number, newest = log.newest_seal()
    return Look(clock.now(), known, report, newest, report.seals - begin[0], max(number - report.seals, 0), triggers.faults())


# --- the worker -------------------------------------------------------------------------------------------------------


def is_due() -> bool:
    """Whether somebody has to walk now; of several who ask, one is told so."""
    row, _is_new = LogProof.objects.get_or_create(pk=1)
    if row.due_at > clock.now():
        return False
    known = proof()
    lease = max(LEAST_LEASE, 3 * (known.ended - known.begun)) if known else LEAST_LEASE
    return bool(LogProof.objects.filter(pk=1, due_at=row.due_at).update(due_at=clock.now() + lease))


def walk_soon() -> None:
    """Let the worker walk as soon as it looks: what it has found last does not hold any more."""
    LogProof.objects.filter(pk=1).update(due_at=clock.now())


def walk_again_and_again(over: threading.Event) -> None:
    """Walk whenever it is due, in a process of its own that lets all others go first: an hour's computing must not slow a page."""
    try:
        while not over.is_set():
            try:
                close_old_connections()
                if is_due():
                    with _walking() as process:
                        while process.poll() is None and not over.wait(1):
                            pass
                        if process.poll() is None:
                            walk_soon()                                 # the worker ends: the next one begins anew
            except DatabaseError as error:
                logger.warning("the walk along the log must wait", error=type(error).__name__)
                connections.close_all()
            except Exception:                                           # nothing that goes wrong here may end the worker
                logger.exception("the walk along the log could not begin")
            over.wait(ASKED_EVERY)
    finally:
        connections.close_all()


@contextmanager
def _walking() -> Iterator[subprocess.Popen[bytes]]:
    path = os.pathsep.join([str(settings.PACKAGE_DIR.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    process = subprocess.Popen(                                         # noqa: S603 - our own command
        [sys.executable, "-m", "lorbeer", "audit", "verify", "--by", "worker"], env=os.environ | {"PYTHONPATH": path},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )
    try:
        os.setpriority(os.PRIO_PROCESS, process.pid, 19)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
