"""Processes that open foreign files, one for each file: forked by a fork server that has read the libraries already (scan_worker.py)."""

import atexit
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from django.utils.translation import gettext as _

from lorbeer.shared.errors import Busy
from lorbeer.shared.scan_worker import BEGUN, FINISHED, LENGTH_OF_TASK

CHUNK = 1 << 18


class ForkServer:
    """The process that forks the others, and the line to it. It ends when the line closes: with this process, however that ends."""

    def __init__(self) -> None:
        environment = {name: os.environ[name] for name in ("PATH", "TMPDIR", "LANG") if name in os.environ}
        environment |= {"MALLOC_ARENA_MAX": "2", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        self.owner, self.sending = os.getpid(), threading.Lock()
        self.line, its = socket.socketpair()                            # a stream: packets that tell of their end are not known everywhere
        with its:
            self.process = subprocess.Popen(  # noqa: S603 our own file with our own interpreter
                [sys.executable, "-I", str(Path(__file__).with_name("scan_worker.py"))], stdin=its.fileno(),
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, start_new_session=True,
            )

    def begin(self, words: list[str], seconds: float) -> socket.socket:
        """A line to a new process that does the task. Raises OSError where the server is gone."""
        ours, its = socket.socketpair()
        with its, self.sending:
            try:
                # All of one length, so that the other side knows where each ends.
                told = json.dumps([seconds, *words]).encode().ljust(LENGTH_OF_TASK)
                sent = socket.send_fds(self.line, [told], [its.fileno()])
                self.line.sendall(told[sent:])
            except OSError:
                ours.close()
                raise
        return ours

    def end(self) -> None:
        self.line.close()
        if self.owner == os.getpid():                                   # after a fork it is the parent's
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(2)


_server: ForkServer | None = None
_lock = threading.Lock()


def _current(not_this: ForkServer | None = None) -> ForkServer:
    """The fork server of this process, started when first needed, and anew where `not_this` did not answer."""
    global _server
    with _lock:
        if _server is not None and (_server.owner != os.getpid() or _server is not_this):
            _server.end()
            _server = None
        _server = _server or ForkServer()
        return _server


@atexit.register
def close() -> None:
    """End the fork server. It also ends by itself when this process does."""
    if _server is not None:
        _server.end()


def run(words: list[str], data: bytes, seconds: float) -> tuple[bytes, bool]:
    """What a process of its own answers to the task about `data`, and whether it came to its end within `seconds`.

    Where no process began, which is nobody's fault, another one is asked for once. Raises Busy where that does not begin either.
    """
    until = time.monotonic() + seconds
    for _turn in range(2):
        output = _answered(words, data, until)
        if output.startswith(BEGUN) or time.monotonic() >= until:
            output = output.removeprefix(BEGUN)
            return (output.removesuffix(FINISHED), True) if output.endswith(FINISHED) else (output, False)
    raise Busy(_("The server is short of memory just now, so the file could not be looked at. Nothing is said about the file itself: "
                 "please try again in a moment."))


def _answered(words: list[str], data: bytes, until: float) -> bytes:
    """What came back until the line closed or the time was over; without BEGUN before it the file was never opened."""
    server, seconds = _current(), until - time.monotonic()
    answer: list[bytes] = []
    with contextlib.suppress(OSError):                                  # it ended early, or its time is over: what is there counts
        try:
            line = server.begin(words, seconds)
        except OSError:                                                 # killed, perhaps for want of memory: another one
            line = _current(not_this=server).begin(words, seconds)
        with line:
            line.settimeout(max(seconds, 0.001))
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):        # it wants no more: perhaps it has answered
                line.sendall(data)
                line.shutdown(socket.SHUT_WR)
            while (left := until - time.monotonic()) > 0:
                line.settimeout(left)
                if not (part := line.recv(CHUNK)):
                    break
                answer.append(part)
    return b"".join(answer)
