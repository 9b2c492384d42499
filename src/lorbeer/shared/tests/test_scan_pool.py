"""Foreign files are opened by processes of their own, one each."""

import contextlib
import io
import os
import signal
import socket
import subprocess
import sys
import time

import pikepdf
import pytest

from lorbeer.shared import scan_pool, scans
from lorbeer.shared.errors import Busy
from lorbeer.shared.scan_worker import BEGUN, FINISHED, LENGTH_OF_TASK, has_ended

pytestmark = pytest.mark.once
COUNT = ["count", "8"]
DIES = """
import os, signal
from lorbeer.shared import scan_pool
print(scan_pool.run(["count", "8"], b"no pdf", 8)[1], scan_pool._server.process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
NO_ROOM_AT_FIRST = """
import errno, os, socket
from lorbeer.shared import scan_worker
fork, refused = os.fork, []
def first_refused():
    if not refused:
        refused.append(1)
        raise BlockingIOError(errno.EAGAIN, "no room")
    return fork()
os.fork = first_refused
scan_worker.serve(socket.socket(fileno=0))
"""


def made_pdf():
    made, written = pikepdf.new(), io.BytesIO()
    made.add_blank_page()
    made.save(written)
    return written.getvalue()


def is_there(pid):
    try:
        with open(f"/proc/{pid}/stat") as told:
            return told.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_each_file_is_opened_by_a_process_of_its_own_while_others_work():
    server = scan_pool._current()
    with server.begin(COUNT, 8) as waiting:                             # whose file has not come yet
        assert scan_pool.run(COUNT, made_pdf(), 8) == (b"1", True)
        assert scan_pool.run(COUNT, b"no pdf", 8) == (b"", False)
        waiting.sendall(made_pdf())
        waiting.shutdown(1)
        assert waiting.makefile("rb").read() == BEGUN + b"1" + FINISHED
    assert scan_pool._current() is server


def test_a_process_whose_time_is_over_is_ended():
    with scan_pool._current().begin(COUNT, 0.2) as line:                # its file never comes
        line.settimeout(20)
        assert line.makefile("rb").read() == BEGUN


def test_an_answer_that_breaks_off_is_no_answer():
    started = time.monotonic()
    assert scan_pool.run(COUNT, made_pdf(), 0) == (b"", False)
    assert time.monotonic() - started < 5


def test_where_the_fork_server_was_killed_another_one_is_started():
    first = scan_pool._current()
    scan_pool.run(COUNT, b"", 8)
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()
    assert scan_pool.run(COUNT, made_pdf(), 8) == (b"1", True)
    assert scan_pool._current() is not first


def dies_after_each_task(monkeypatch, most):
    """The first `most` fork servers are killed with a task that they have not taken up."""
    begin, killed = scan_pool.ForkServer.begin, []

    def begun(self, words, seconds):
        if len(killed) >= most:
            return begin(self, words, seconds)
        os.kill(self.process.pid, signal.SIGSTOP)
        line = begin(self, words, seconds)
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        killed.append(self)
        return line

    monkeypatch.setattr(scan_pool.ForkServer, "begin", begun)


def test_a_good_file_whose_fork_server_died_before_it_was_begun_is_tried_once_more(monkeypatch):
    dies_after_each_task(monkeypatch, 1)
    assert scan_pool.run(COUNT, made_pdf(), 8) == (b"1", True)


def test_a_file_that_nobody_could_look_at_is_never_called_damaged(monkeypatch):
    dies_after_each_task(monkeypatch, 2)
    with pytest.raises(Busy):
        scans.count_pages(made_pdf() + b"%" * scans.SMALL)


def test_a_fork_server_that_has_no_room_for_a_process_goes_on():
    ours, its = socket.socketpair()
    known = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", NO_ROOM_AT_FIRST], stdin=its.fileno(), env=known) as server, ours:
        its.close()
        answers = []
        for _turn in range(2):
            one, other = socket.socketpair()
            with one:
                with other:
                    socket.send_fds(ours, [b'[8, "count", "8"]'.ljust(LENGTH_OF_TASK)], [other.fileno()])
                answers.append(b"")
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    one.sendall(made_pdf())
                    one.shutdown(socket.SHUT_WR)
                    answers[-1] = one.makefile("rb").read()
        ours.close()
        assert answers == [b"", BEGUN + b"1" + FINISHED]
        assert server.wait(20) == 0


def test_a_process_that_the_system_does_not_know_any_more_has_ended():
    assert has_ended(os.getpid())


def test_the_fork_server_ends_with_the_server_that_started_it_however_that_ends():
    known = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", DIES], capture_output=True, text=True, env=known)
    ended, pid = done.stdout.split()
    assert ended == "False"
    for _turn in range(200):
        if not is_there(pid):
            break
        time.sleep(0.1)
    assert not is_there(pid)
