"""Processes that open foreign files, one for each file: forked by a nurse that has read the libraries already (scan_worker.py)."""

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

from lorbeer.shared.scan_worker import FINISHED

CHUNK = 1 << 18


class Nurse:
    """The process that forks the others, and the line to her. She ends when the line closes: with this process, however that ends."""

    def __init__(self) -> None:
        environment = {name: os.environ[name] for name in ("PATH", "TMPDIR", "LANG") if name in os.environ}
        environment |= {"MALLOC_ARENA_MAX": "2", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        self.owner, self.sending = os.getpid(), threading.Lock()
        # Packets, not a stream: what one thread tells is never torn by what another does.
        self.line, hers = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with hers:
            self.process = subprocess.Popen(  # noqa: S603 our own file with our own interpreter
                [sys.executable, "-I", str(Path(__file__).with_name("scan_worker.py"))], stdin=hers.fileno(),
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, start_new_session=True,
            )

    def begin(self, words: list[str], seconds: float) -> socket.socket:
        """A line to a new process that does the task. Raises OSError where the nurse is gone."""
        ours, its = socket.socketpair()
        with its, self.sending:
            try:
                socket.send_fds(self.line, [json.dumps([seconds, *words]).encode()], [its.fileno()])
            except OSError:
                ours.close()
                raise
        return ours

    def end(self) -> None:
        self.line.close()
        if self.owner == os.getpid():                                   # after a fork she is the parent's
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(2)


_nurse: Nurse | None = None
_lock = threading.Lock()


def _current(not_her: Nurse | None = None) -> Nurse:
    """The nurse of this process, called when first needed, and anew where `not_her` did not answer."""
    global _nurse
    with _lock:
        if _nurse is not None and (_nurse.owner != os.getpid() or _nurse is not_her):
            _nurse.end()
            _nurse = None
        _nurse = _nurse or Nurse()
        return _nurse


@atexit.register
def close() -> None:
    """End the nurse. She also ends by herself when this process does."""
    if _nurse is not None:
        _nurse.end()


def run(words: list[str], data: bytes, seconds: float) -> tuple[bytes, bool]:
    """What a process of its own answers to the task about `data`, and whether it came to its end within `seconds`."""
    until = time.monotonic() + seconds
    nurse = _current()
    try:
        line = nurse.begin(words, seconds)
    except OSError:                                                     # killed, perhaps for want of memory: another one
        line = _current(not_her=nurse).begin(words, seconds)
    answer: list[bytes] = []
    with line, contextlib.suppress(OSError):                            # it ended early, or its time is over: what is there counts
        line.settimeout(seconds)
        line.sendall(data)
        line.shutdown(socket.SHUT_WR)
        while (left := until - time.monotonic()) > 0:
            line.settimeout(left)
            if not (part := line.recv(CHUNK)):
                break
            answer.append(part)
    output = b"".join(answer)
    return (output.removesuffix(FINISHED), True) if output.endswith(FINISHED) else (output, False)
