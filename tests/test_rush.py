"""The last hour, and the server is killed in the middle of it: what was acknowledged is there afterwards, complete, once."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.db import connection

from lorbeer.shared.tests import databases

PROJECT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(PROJECT / "bench"), str(PROJECT / "tests")]

from applicant import Applicant, a_pdf, prepare  # noqa: E402
from test_abuse import Server  # noqa: E402

pytestmark = pytest.mark.django_db                                      # on both engines, each in a database of its own
PEOPLE, AT_ONCE, KILLS = 9, 5, 3

# What database and files hold afterwards; the file's bytes are read again.
FOUND = """
import hashlib, json
import django
django.setup()
from lorbeer.intake.models import Arrival, Submission
from lorbeer.intake.queries import document_of
from lorbeer.entries.models import Entry
from lorbeer.shared import files
from lorbeer.shared.models import LogEvent, Message
def sha256(data): return hashlib.sha256(data).hexdigest()
print(json.dumps({"submitted": sorted(Entry.objects.filter(state="submitted").values_list("code", flat=True)), "submissions": [{
    "receipt": one.receipt_number, "entry": one.entry.code, "counts": one.is_accepted,
    "is_as_sealed": sha256(one.document.encode()) == one.sha256, "title": document_of(one).by_role("title"),
    "files": [sha256(files.read(file)) == file.blob_id for file in one.files.all()],
    "arrivals": Arrival.objects.filter(entry=one.entry).count(),
    "events": LogEvent.objects.filter(verb="submission.accept", detail__receipt=one.receipt_number).count(),
    "mails": Message.objects.filter(kind="receipt", subject=f"entry:{one.entry.code}").count(),
} for one in Submission.objects.select_related("entry")]}))
"""


rush_database = databases.scene("rush", list)


@pytest.fixture
def environment(tmp_path, rush_database):
    """The variables of an installation with an empty database of the engine that is tested."""
    url = f"sqlite:///{rush_database[0]}"
    if connection.vendor == "postgresql":
        facts = connection.settings_dict
        url = f"postgresql://{facts['USER']}@/{rush_database[0]}?host={facts['HOST'].replace('/', '%2F')}"
    kept = {key: value for key, value in os.environ.items() if not key.startswith("LORBEER_")}
    return kept | {"PYTHONPATH": str(PROJECT / "src"), "DJANGO_SETTINGS_MODULE": "lorbeer.settings", "LORBEER_VAR": str(tmp_path),
                   "LORBEER_SECRET_KEY": "x" * 50, "LORBEER_DATABASE": url}


def lorbeer(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "lorbeer", *words], env=environment, capture_output=True, text=True, timeout=300)


class Rush:
    """Applicants who begin again, as people do, when the server is gone; `acknowledged`: receipt → entry, as their browsers saw it."""

    def __init__(self, sessions: list[str]) -> None:
        self.waiting, self.lock, self.port = iter(sessions), threading.Lock(), 0
        self.acknowledged: dict[str, str] = {}
        self.faults: list[str] = []
        self.threads = [threading.Thread(target=self._work) for _number in range(AT_ONCE)]
        self.attachment = a_pdf()

    def _work(self) -> None:
        while session := next(self.waiting, None):
            while not self._applied(session):
                time.sleep(0.2)

    def _applied(self, session: str) -> bool:
        applicant = Applicant(self.port, self.attachment, session)
        try:
            fault = applicant.apply()
        except OSError:                                                 # killed; what was acknowledged before stays acknowledged
            fault = ""
        except Exception as error:  # an answer cut short counts as none
            fault = "" if "Incomplete" in type(error).__name__ or "Remote" in type(error).__name__ else repr(error)
        finally:
            applicant.line.close()
        with self.lock:
            if fault:
                self.faults.append(fault)
            if applicant.receipt:
                self.acknowledged[applicant.receipt] = applicant.entry
        return bool(applicant.receipt or fault)


def test_a_server_that_is_killed_in_the_rush_keeps_what_it_acknowledged(environment, tmp_path):
    server = Server(tmp_path, environment)
    rush = Rush(prepare(environment, PEOPLE))
    chance = random.Random(2017)
    try:
        rush.port = server.port
        for thread in rush.threads:
            thread.start()
        for number in range(KILLS):
            until = time.monotonic() + 60
            while len(rush.acknowledged) < number * 2 + 1 and time.monotonic() < until:
                time.sleep(0.01)
            time.sleep(chance.random() / 5)                             # anywhere within a request
            server.end(signal.SIGKILL)
            server.start("--processes", str(1 + number % 2))             # the next to be killed answers alone, or is one of two
            rush.port = server.port
        for thread in rush.threads:
            thread.join(120)
    finally:
        server.end()

    assert rush.faults == []
    assert len(set(rush.acknowledged.values())) >= PEOPLE
    found = json.loads(subprocess.run([sys.executable, "-c", FOUND], env=environment, capture_output=True, text=True, check=True).stdout)
    there = {one["receipt"]: one for one in found["submissions"]}
    assert len(there) == len(found["submissions"])
    assert {receipt: there[receipt]["entry"] for receipt in rush.acknowledged} == rush.acknowledged
    # Also what was written when the server died before it could answer is whole, or not there at all.
    assert [one for one in there.values() if (one["counts"], one["is_as_sealed"], one["title"], one["files"], one["arrivals"],
            one["events"], one["mails"]) != (True, True, "Gemeinsam", [True], 1, 1, 1)] == []
    assert found["submitted"] == sorted(one["entry"] for one in there.values())
    verified = lorbeer(environment, "audit", "verify")
    # The call itself was put there by a program, past the log; nothing else may be named.
    assert [line for line in verified.stderr.splitlines() if not line.startswith("call_")] == []
    assert "call_competition eile" in verified.stderr
