"""Taking work from a table: one taker at a time, taken again when its taker dies."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q

from lorbeer.shared import clock
from lorbeer.shared.models import Leased

Work = TypeVar("Work", bound=Leased)


def claim(model: type[Work], *, lease: timedelta, limit: int = 1, only: Q | None = None) -> list[Work]:
    """Take up to `limit` rows that are due, oldest first, or whose taker has not been heard of for its lease.

    Each gets `attempts` + 1, which is its fence: `finish` writes only while that number still stands.
    """
    rows = model._default_manager.filter(only or Q())
    if not rows.filter(waiting() | abandoned()).exists():     # the usual answer costs no write lock
        return []
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    with transaction.atomic():
        left = list(rows.filter(abandoned()).order_by("run_at", "pk")[:limit])
        fresh = list(rows.filter(waiting()).order_by("run_at", "pk")[: limit - len(left)])
        until = clock.machine_now() + lease
        for part, interruptions in ((left, 1), (fresh, 0)):
            model._default_manager.filter(pk__in=[row.pk for row in part]).update(
                state=Leased.State.RUNNING, lease_until=until, attempts=F("attempts") + 1,
                interruptions=F("interruptions") + interruptions,
            )
            for row in part:
                row.state, row.lease_until = Leased.State.RUNNING, until
                row.attempts += 1
                row.interruptions += interruptions
    return sorted(left + fresh, key=lambda row: (row.run_at, row.pk))


def waiting() -> Q:
    return Q(state=Leased.State.WAITING, run_at__lte=clock.now())


def abandoned() -> Q:
    return Q(state=Leased.State.RUNNING, lease_until__lt=clock.machine_now())


def mine(row: Work) -> Any:
    """The row as a queryset, empty once somebody else has taken it."""
    return type(row)._default_manager.filter(pk=row.pk, state=Leased.State.RUNNING, attempts=row.attempts)


def finish(row: Work, state: str, **facts: object) -> bool:
    """End the taking of `row`; False where it is no longer ours. WAITING gives it back (with `run_at`)."""
    if state != Leased.State.WAITING:
        facts["finished_at"] = clock.now()
    facts |= {"state": state, "lease_until": None}
    done = bool(mine(row).update(**facts))
    if done:
        for name, value in facts.items():
            setattr(row, name, value)
    return done


@contextmanager
def alone_here(name: str) -> Iterator[str]:
    """Hold `name` on this machine while the block runs; the lock dies with the process, however that ends.

    Gives what this place is called (the machine and its `var`): whoever holds the lock knows that everybody else who noted the
    same place is dead. "" where somebody alive holds it, and the block must not work.
    """
    path = settings.VAR_DIR / f"{name}.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield ""
            return
        itself = os.fstat(descriptor)
        yield f"{socket.gethostname()}:{itself.st_dev}:{itself.st_ino}"[:100]
    finally:
        os.close(descriptor)
