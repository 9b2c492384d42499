"""Processes side by side: begun anew, ended together, and honest where they cannot run."""

import os
import signal
import subprocess
import sys
import time

import pytest

PROGRAM = """
import logging, os, signal, sys, time
from lorbeer.shared import processes
signal.signal(signal.SIGINT, signal.default_int_handler)             # a shell that began the tests in the background has it ignored
logging.basicConfig(level=logging.ERROR)
processes.PAUSE, processes.PATIENCE = 0.01, 2.0

def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())        # a line at once: others write into the same pipe

def good(ready):
    say("child", os.getpid())
    ready()
    time.sleep(60)

def deaf(ready):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    good(ready)

def bad(ready):
    raise RuntimeError("the real cause")

try:
    processes.keep_running([globals()[name] for name in sys.argv[1:]], lambda: say("begun"))
except processes.CannotRun:
    say("cannot run")
finally:
    say("end of", os.getpid())
"""


@pytest.fixture
def start():
    begun = []

    def run(*names):
        begun.append(subprocess.Popen([sys.executable, "-c", PROGRAM, *names], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return begun[-1]

    yield run
    for one in begun:
        one.kill()
        one.communicate()


def lines_until(program, last):
    found = []
    while not found or not found[-1].startswith(last):
        line = program.stdout.readline()
        assert line, found
        found.append(line.strip())
    return found


def is_there(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def children(lines):
    return [int(line.split()[1]) for line in lines if line.startswith("child")]


@pytest.mark.once
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("wait", [0, 0.3])
def test_whenever_it_is_stopped_all_end_and_only_the_parent_cleans_up(start, how, wait):
    program = start("good", "good")
    lines = lines_until(program, "begun")
    time.sleep(wait)
    program.send_signal(how)
    rest, faults = program.communicate(timeout=20)
    lines += rest.splitlines()
    assert not [pid for pid in children(lines) if is_there(pid)]
    assert [line for line in lines if line.startswith("end of")] == [f"end of {program.pid}"]
    assert "ChildProcessError" not in faults


@pytest.mark.once
def test_one_that_does_not_listen_is_ended_all_the_same(start):
    program = start("deaf", "good")
    lines = lines_until(program, "begun")
    time.sleep(0.3)
    program.send_signal(signal.SIGTERM)
    rest, _faults = program.communicate(timeout=20)
    assert not [pid for pid in children(lines + rest.splitlines()) if is_there(pid)]


@pytest.mark.once
def test_one_that_was_killed_is_begun_anew(start):
    program = start("good", "good")
    first = children(lines_until(program, "begun"))
    while len(first) < 2:
        first += children(lines_until(program, "child"))
    os.kill(first[0], signal.SIGKILL)
    [another] = children(lines_until(program, "child"))
    assert another not in first
    assert is_there(another)


@pytest.mark.once
def test_where_none_gets_ready_it_gives_up_and_the_cause_stands_in_the_log(start):
    program = start("bad", "bad")
    said, faults = program.communicate(timeout=20)
    assert "begun" not in said
    assert said.splitlines()[0] == "cannot run"
    assert "the real cause" in faults
