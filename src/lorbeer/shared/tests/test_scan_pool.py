"""Foreign files are opened by processes of their own, one each."""

import io
import os
import signal
import subprocess
import sys
import time

import pikepdf
import pytest

from lorbeer.shared import scan_pool
from lorbeer.shared.scan_worker import FINISHED

pytestmark = pytest.mark.once
COUNT = ["count", "8"]
DIES = """
import os, signal
from lorbeer.shared import scan_pool
print(scan_pool.run(["count", "8"], b"no pdf", 8)[1], scan_pool._nurse.process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
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
    nurse = scan_pool._current()
    with nurse.begin(COUNT, 8) as waiting:                              # whose file has not come yet
        assert scan_pool.run(COUNT, made_pdf(), 8) == (b"1", True)
        assert scan_pool.run(COUNT, b"no pdf", 8) == (b"", False)
        waiting.sendall(made_pdf())
        waiting.shutdown(1)
        assert waiting.makefile("rb").read() == b"1" + FINISHED
    assert scan_pool._current() is nurse


def test_a_process_whose_time_is_over_is_ended():
    with scan_pool._current().begin(COUNT, 0.2) as line:                # its file never comes
        line.settimeout(20)
        assert line.recv(1) == b""


def test_an_answer_that_breaks_off_is_no_answer():
    started = time.monotonic()
    assert scan_pool.run(COUNT, made_pdf(), 0) == (b"", False)
    assert time.monotonic() - started < 5


def test_where_the_nurse_was_killed_another_one_is_called():
    first = scan_pool._current()
    scan_pool.run(COUNT, b"", 8)
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()
    assert scan_pool.run(COUNT, made_pdf(), 8) == (b"1", True)
    assert scan_pool._current() is not first


def test_the_nurse_ends_with_the_server_that_called_her_however_it_ends():
    known = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", DIES], capture_output=True, text=True, env=known)
    ended, pid = done.stdout.split()
    assert ended == "False"
    for _turn in range(200):
        if not is_there(pid):
            break
        time.sleep(0.1)
    assert not is_there(pid)
