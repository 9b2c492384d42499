"""Long work: it says how far it is, can be stopped, and leaves its whole result or none.

    @job("book.build")
    def build_book(task, *, competition):
        for number, chapter in enumerate(chapters, 1):
            task.step(number, len(chapters), _("Setting the chapters"))
            ...
        return {"url": …, "label": …, "note": …}   # a link and a sentence on the job's page, all optional

By default the handler runs in one transaction: whole or not at all. On SQLite nobody else can write meanwhile, so work of
more than a few seconds is registered with `atomic=False`: it computes first and then writes inside
`with task.finish():`, which is one transaction with the note that the job is done.

A job runs at least once: when its worker dies, it runs again as soon as its lease has ended. A handler must therefore
bear being run again from its beginning.
"""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection, connections, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from lorbeer.shared import clock, leases, log, outbox, proof
from lorbeer.shared.errors import LorbeerError
from lorbeer.shared.models import Job

LEASE = timedelta(seconds=30)
MOST_ATTEMPTS = 3
PAUSES = (timedelta(seconds=10), timedelta(seconds=60))
SHOWN_EVERY = 0.3                      # seconds between two notes of progress
logger = structlog.get_logger(__name__)


class Stopped(LorbeerError):  # noqa: N818
    """Somebody asked the job to stop; raised by `task.step` inside the handler."""


class Lost(Exception):  # noqa: N818
    """Another worker has taken the job over; what this one did is rolled back."""


@dataclass(frozen=True)
class Handler:
    run: Callable[..., Any]
    atomic: bool
    title: Any


_handlers: dict[str, Handler] = {}


def job(name: str, *, atomic: bool = True, title: Any = "") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a handler `(task, **arguments) -> result or None` under `name`; `title` is what its page is called.

    Put handlers where Django imports them: in an app's `jobs.py` (found by itself) or `services.py`.
    """

    def register(run: Callable[..., Any]) -> Callable[..., Any]:
        _handlers[name] = Handler(run, atomic, title)
        return run

    return register


def title_of(one: Job) -> str:
    """What the job is called on its page."""
    return title_named(one.name)


def title_named(name: str) -> str:
    """What jobs of this name are called."""
    handler = _handlers.get(name)
    return str(handler.title) if handler and handler.title else _("Longer work")


def start(
    name: str, *, key: str | None = None, scope: str = "", subject: str = "", started_by: object = None,
    at: datetime | None = None, **arguments: Any,
) -> Job:
    """Queue the job in the caller's transaction. With a `key`, one that waits or runs under it is given instead.

    `arguments` are JSON. The worker starts it after the commit, or `at` a later moment.
    """
    by = started_by if isinstance(started_by, str) else getattr(started_by, "code", "")
    if name not in _handlers:
        raise LookupError(f"No job is registered as {name!r}.")
    facts = {"name": name, "scope": scope, "subject": subject, "started_by": by, "arguments": arguments,
             "run_at": at or clock.now()}
    with transaction.atomic():
        if key is not None:
            # Freed, so that the same work can be started again once it has ended.
            ended = Job.objects.filter(key=key).exclude(state__in=[Job.State.WAITING, Job.State.RUNNING])
            ended.update(key=None)
            started, is_new = Job.objects.get_or_create(key=key, defaults=facts)
            if not is_new:
                return started
        else:
            started = Job.objects.create(**facts)
        log.record("job.start", subject=subject, scope=scope, actor=by, job=started.code, name=name)
    return started


def request_stop(one: Job, *, by: object = None) -> None:
    """Ask the job to stop: at once while it waits, at its next step when it runs."""
    if connection.vendor == "sqlite":
        Board(one.code).ask_to_stop()          # the running handler may hold the only write lock
    with transaction.atomic():
        now = clock.now()
        stopped = Job.objects.filter(pk=one.pk, state=Job.State.WAITING).update(
            state=Job.State.STOPPED, stop_requested=True, finished_at=now
        )
        asked = stopped or Job.objects.filter(pk=one.pk, state=Job.State.RUNNING).update(stop_requested=True)
        if asked:
            log.record("job.stop", subject=one.subject, scope=one.scope, actor=by, job=one.code)
    if stopped:
        Board(one.code).remove()
    one.refresh_from_db()


# --- progress ---------------------------------------------------------------------------------------------------------


class Board:
    """Progress and the wish to stop in a small file, for SQLite, where a handler's transaction is the only writer."""

    def __init__(self, code: str) -> None:
        folder = Path(settings.VAR_DIR) / "jobs"
        self.path, self.stop = folder / f"{code}.json", folder / f"{code}.stop"

    def write(self, progress: int, total: int, note: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.path.with_suffix(".part")
        unfinished.write_text(json.dumps([progress, total, note]))
        unfinished.replace(self.path)

    def read(self) -> tuple[int, int, str] | None:
        try:
            progress, total, note = json.loads(self.path.read_text())
        except (OSError, ValueError):
            return None
        return progress, total, note

    def ask_to_stop(self) -> None:
        self.stop.parent.mkdir(parents=True, exist_ok=True)
        self.stop.touch()

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
        self.stop.unlink(missing_ok=True)


def progress_of(one: Job) -> tuple[int, int, str]:
    """Steps done, steps in all (0: not known) and what it is at."""
    shown = Board(one.code).read() if one.state == Job.State.RUNNING and connection.vendor == "sqlite" else None
    return shown or (one.progress, one.total, one.note)


class Task:
    """What a handler holds of its job."""

    def __init__(self, one: Job) -> None:
        self.job = one
        self.lost = False
        self.stop_asked = False
        self.finished = False
        self.changed = threading.Event()
        self._shown_at = 0.0
        self._board = Board(one.code) if connection.vendor == "sqlite" else None

    def step(self, done: int, total: int = 0, note: str = "") -> None:
        """Say how far the work is; raises Stopped where somebody asked it to stop. Cheap: call it often."""
        self.job.progress, self.job.total, self.job.note = max(done, 0), max(total, 0), str(note)[:300]
        if time.monotonic() - self._shown_at >= SHOWN_EVERY:
            self._shown_at = time.monotonic()
            self._show()
        if self.lost:
            raise Lost
        if self.stop_asked or (self._board and self._board.stop.exists()):
            raise Stopped(_("The work was stopped. Nothing of it was kept."))

    def _show(self) -> None:
        if self._board:
            self._board.write(self.job.progress, self.job.total, self.job.note)
        if not connection.in_atomic_block:
            self.note_progress()
        elif not self._board:
            self.changed.set()                 # PostgreSQL: the heartbeat's own connection writes it

    def note_progress(self) -> None:
        """Renew the lease, write the progress and learn whether to stop; on whatever connection this thread has."""
        until = clock.machine_now() + LEASE
        ours = leases.mine(self.job).update(
            lease_until=until, progress=self.job.progress, total=self.job.total, note=self.job.note
        )
        row = Job.objects.filter(pk=self.job.pk).values_list("attempts", "stop_requested").first()
        if row is not None:                    # None: this thread does not see the job yet
            self.lost = not ours
            self.stop_asked = row[1]

    @contextlib.contextmanager
    def finish(self, result: Any = None) -> Iterator["Task"]:
        """One transaction for the result and the note that the job is done. Set `task.job.result` or give `result`."""
        with transaction.atomic():
            yield self
            if result is not None:
                self.job.result = result
            self.end(Job.State.DONE)
        self.finished = True

    def end(self, state: str, **facts: Any) -> None:
        facts = {"progress": self.job.progress, "total": self.job.total, "note": self.job.note,
                 "result": self.job.result, **facts}
        if not leases.finish(self.job, state, **facts):
            raise Lost


class Heartbeat(threading.Thread):
    """Renews the lease of a running job, and on PostgreSQL shows its progress, through a connection of its own."""

    def __init__(self, task: Task) -> None:
        super().__init__(name=f"heartbeat-{task.job.code}", daemon=True)
        self.task = task
        self.over = threading.Event()

    def run(self) -> None:
        beat = LEASE.total_seconds() / 3
        try:
            while not self.over.is_set():
                if self.task.changed.wait(beat):
                    self.over.wait(SHOWN_EVERY)
                if self.over.is_set():
                    break
                self.task.changed.clear()
                try:
                    self.task.note_progress()
                except (OperationalError, InterfaceError) as error:   # locked, or the database restarts: try again
                    logger.warning("heartbeat failed", job=self.task.job.code, error=type(error).__name__)
                    connections.close_all()
        finally:
            connections.close_all()

    def stop(self) -> None:
        self.over.set()
        self.task.changed.set()
        self.join(timeout=25)


# --- running ----------------------------------------------------------------------------------------------------------


def run_waiting(limit: int | None = None, *, only: Q | None = None) -> int:
    """Run up to `limit` jobs that are due (all without), in this thread; how many were taken."""
    ran = 0
    while limit is None or ran < limit:
        taken = leases.claim(Job, lease=LEASE, limit=1, only=only)
        if not taken:
            break
        run(taken[0])
        ran += 1
    return ran


def run(one: Job) -> None:
    """Run a job that was taken, and note how it ended."""
    task = Task(one)
    if one.stop_requested:
        return settle(task, Job.State.STOPPED, error=_("The work was stopped. Nothing of it was kept."))
    if one.attempts > MOST_ATTEMPTS:
        return settle(task, Job.State.FAILED, error=_("The work was interrupted several times. Please tell the operator."))
    handler = _handlers.get(one.name)
    if handler is None:
        return settle(task, Job.State.FAILED, error=_("This installation does not know how to do this work."))
    heartbeat = Heartbeat(task)
    heartbeat.start()
    try:
        work(task, handler, heartbeat)
    except Lost:
        logger.warning("job taken over by another worker", job=one.code, name=one.name)
    except Stopped as error:
        settle(task, Job.State.STOPPED, error=str(error))
    except LorbeerError as error:              # foreseen: its sentence helps, trying again does not
        settle(task, Job.State.FAILED, error=str(error))
    except (OperationalError, InterfaceError):
        raise                                  # the database went away: the lease ends, and it runs again
    except Exception as error:
        logger.exception("job failed", job=one.code, name=one.name, attempt=one.attempts)
        if one.attempts < MOST_ATTEMPTS:
            pause = PAUSES[min(one.attempts, len(PAUSES)) - 1]
            settle(task, Job.State.WAITING, run_at=clock.now() + pause, error=type(error).__name__)
        else:
            text = _("Something unforeseen happened (%(error)s). Please tell the operator, and name %(code)s.")
            settle(task, Job.State.FAILED, error=text % {"error": type(error).__name__, "code": one.code})
    finally:
        heartbeat.stop()
        if one.state != Job.State.RUNNING:
            Board(one.code).remove()


def work(task: Task, handler: Handler, heartbeat: Heartbeat) -> None:
    with transaction.atomic() if handler.atomic else contextlib.nullcontext():
        result = handler.run(task, **task.job.arguments)
        if task.finished:
            return
        heartbeat.stop()                       # it must not wait for the row that is now written
        task.job.result = task.job.result if result is None else result
        task.end(Job.State.DONE, error="")


def settle(task: Task, state: str, **facts: Any) -> None:
    one = task.job
    one.result = None
    with contextlib.suppress(Lost), transaction.atomic():
        task.end(state, **facts)
        if state == Job.State.FAILED:
            log.record("job.fail", subject=one.subject, scope=one.scope, actor="system:worker", job=one.code, name=one.name)


def work_forever(stop_event: threading.Event | None = None, *, pause: float = 0.7) -> None:
    """Send mails, run jobs, seal the log and verify it again and again until `stop_event` is set; survives restarts of the database.

    Mails, seals and the walk along the log have threads of their own, so that a long job or a slow mail server does not hold them up.
    """
    over = stop_event or threading.Event()
    beside = [
        threading.Thread(target=repeat, args=(over, pause, act), name=name, daemon=True)
        for name, act in {"sealer": lambda: log.seal_log() and 0, "courier": lambda: outbox.deliver_waiting(limit=200)}.items()
    ]
    if not settings.TESTING:                                            # it verifies what the settings name, which is not what a test sees
        beside.append(threading.Thread(target=proof.walk_again_and_again, args=(over,), name="auditor", daemon=True))
    for thread in beside:
        thread.start()
    repeat(over, pause, lambda: run_waiting(limit=1))
    for thread in beside:
        thread.join(timeout=35)


def repeat(over: threading.Event, pause: float, act: Callable[[], int]) -> None:
    """Call `act` again and again; at once while it finds work, with growing pauses while the database is away."""
    trouble = 0
    try:
        while not over.is_set():
            try:
                close_old_connections()
                found, trouble = act(), 0
            except (OperationalError, InterfaceError) as error:
                trouble += 1
                found = 0
                logger.warning("database does not answer", error=type(error).__name__)
                connections.close_all()
            except Exception:                  # nothing that one mail or job does may end the worker
                trouble += 1
                found = 0
                logger.exception("worker stumbled")
            if not found:
                over.wait(min(pause * 2 ** min(trouble, 5), 20))
    finally:
        connections.close_all()
