"""One clock. Nothing in Lorbeer asks the operating system for the time; tests and the replay can set this one."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_fixed: ContextVar[datetime | None] = ContextVar("fixed_time", default=None)


def now() -> datetime:
    """The present moment in UTC, or the one that `at` has set."""
    return _fixed.get() or datetime.now(UTC)


def machine_now() -> datetime:
    """The machine's own time in UTC: for leases between processes, which no replay may bend."""
    return datetime.now(UTC)


def day(moment: datetime, zone: ZoneInfo | str = "Europe/Berlin") -> date:
    """The day that it is in `zone` at `moment` (aware)."""
    return moment.astimezone(ZoneInfo(str(zone))).date()


def today(zone: ZoneInfo | str = "Europe/Berlin") -> date:
    """The present day in `zone`."""
    return day(now(), zone)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let it be `moment` (aware) inside the block, in this thread only."""
    if moment.tzinfo is None:
        raise ValueError("A moment needs a time zone.")
    token = _fixed.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)
