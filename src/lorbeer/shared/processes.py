"""Several processes that do one thing side by side: forked, begun anew where one ends, and ended together."""

import contextlib
import ctypes
import logging
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable

from django.db import connections

ENDING = {signal.SIGINT, signal.SIGTERM}
PATIENCE = 10.0                         # seconds that a process has to end by itself
PAUSE = 1.0                             # seconds before one is begun anew: what cannot run at all must not spin
MOST_FAILURES = 5                       # so many ends in a row, with none that was ready between them, mean that it cannot run
Work = Callable[[Callable[[], object]], None]       # does its work; calls what it is given when it is ready

logger = logging.getLogger("lorbeer.server")


class CannotRun(Exception):  # noqa: N818
    """Every process ended before it was ready; the log says why."""


def keep_running(several: list[Work], begun: Callable[[], object]) -> None:
    """A process for each of `several`, and a new one where it ended; all end with this one, however that ends.

    `begun` is called when the first of them is ready. Raises CannotRun where none gets that far.
    """
    connections.close_all()                                             # a child must not write into its parent's
    ready, tell = os.pipe()
    waiting, running, failures, is_told = list(range(len(several))), dict[int, int](), 0, False
    try:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        while True:
            for number in waiting:
                running[_forked(several[number], lambda: os.write(tell, b"."))] = number
            waiting = []
            if select.select([ready], [], [], 0.5)[0]:
                os.read(ready, len(several))
                failures = 0
                if not is_told:
                    begun()
                    is_told = True
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid in running:
                waiting, failures = [running.pop(pid)], failures + 1
                if failures >= MOST_FAILURES:
                    raise CannotRun
                logger.error("A process ended by itself (%d) and is begun anew.", status)
                time.sleep(PAUSE)
    finally:
        _end(set(running))
        os.close(ready)
        os.close(tell)


def _forked(work: Work, is_ready: Callable[[], object]) -> int:
    """The number of a new process that does `work` and ends with it: nothing of its parent's is left to it, no `finally` either."""
    parent, code = os.getpid(), 1
    # A signal between the fork and the first line of the child would be lost, or end in the parent's code.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        pid = os.fork()
        if pid:
            return pid
        try:
            die_with(parent)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
            work(is_ready)
            code = 0
        except (KeyboardInterrupt, SystemExit):
            code = 0
        except BaseException:
            logger.exception("A process could not go on.")
        finally:
            os._exit(code)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)


def _end(running: set[int]) -> None:
    """Ask these processes to end, and end those that do not in time."""
    until = time.monotonic() + PATIENCE
    for how in (signal.SIGTERM, signal.SIGKILL):
        for pid in running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how)
        while running and (how is signal.SIGKILL or time.monotonic() < until):
            running -= {pid for pid in running if _is_over(pid)}
            time.sleep(0.02)


def _is_over(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return True


def die_with(parent: int) -> None:
    """Let the system end this process when its parent ends, also by SIGKILL (Linux; elsewhere only where it ends in order)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)                      # PR_SET_PDEATHSIG
    if os.getppid() != parent:                                          # it has ended meanwhile
        os._exit(0)
