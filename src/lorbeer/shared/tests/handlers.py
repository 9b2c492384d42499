"""Jobs for the tests, also for the worker process that a test kills."""

import os
import time
from pathlib import Path

from lorbeer.shared import jobs, log
from lorbeer.shared.errors import LorbeerError
from lorbeer.shared.models import LogEvent


@jobs.job("test.count", title="Zählen")
def count(task, *, to):
    for number in range(to):
        task.step(number + 1, to, f"Schritt {number + 1}")
        log.record("test.counted", n=number)
    return {"url": "/ziel/", "label": "Ansehen"}


@jobs.job("test.fail")
def fail(task, *, sentence=""):
    log.record("test.half")
    if sentence:
        raise LorbeerError(sentence)
    raise RuntimeError("unforeseen")


@jobs.job("test.slow", atomic=False)
def slow(task, *, flag, seconds):
    """Writes its process id to `flag`, takes its time, and then its whole result."""
    with Path(flag).open("a") as file:
        file.write(f"{os.getpid()}\n")
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        task.step(int(10 * (time.monotonic() - started)), int(10 * seconds), "langsam")
        time.sleep(0.05)
    with task.finish({"runs": LogEvent.objects.filter(verb="test.slow").count() + 1}):
        log.record("test.slow")


@jobs.job("test.slow_atomic")
def slow_atomic(task, *, seconds):
    log.record("test.half")
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        task.step(int(10 * (time.monotonic() - started)), int(10 * seconds), "langsam")
        time.sleep(0.05)
