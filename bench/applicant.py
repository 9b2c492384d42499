"""A person who applies over HTTP, with a browser that keeps its connection: for the rush that is measured, and for the one that is killed."""

import http.client
import io
import json
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PASSWORD = "ein langes Kennwort fuer alle 7"
TEXT = "Die Stadt verbindet Sprache, Nachbarschaft und Arbeit; Ehrenamtliche begleiten Familien. " * 2

# Runs in a process of its own, so that the one that measures holds no database: a call that takes entries, and its people.
FILL = """
import json, sys
import django
django.setup()
from datetime import timedelta
from django.test import Client
from lorbeer.intake.models import Arrival, Draft, DraftAnswer, Submission
from lorbeer.intake.tests.factories import COMPLETE, make_call, make_submission
from lorbeer.entries.models import Entry
from lorbeer.people.models import Person
from lorbeer.shared import clock, codes, log
people, entries = int(sys.argv[1]), int(sys.argv[2])
call = make_call(code="eile", is_public=True)
call.phases.filter(kind="entries").update(starts_at=clock.now() - timedelta(days=1), ends_at=clock.now() + timedelta(days=1))
if entries:
    pattern = make_submission(call, Person.objects.create(email="muster@example.org", name="Muster"), at=clock.now())
    # Of so many random codes some are alike.
    several = list({codes.new_code() for _number in range(entries + entries // 50 + 100)} - {pattern.entry.code})
    entered = Entry.objects.bulk_create([Entry(competition=call, code=code, state="submitted", title=f"Beitrag {code}")
                                         for code in several[:entries]], batch_size=2000)
    drafts = Draft.objects.bulk_create([Draft(entry=one, version=pattern.version) for one in entered], batch_size=2000)
    DraftAnswer.objects.bulk_create([DraftAnswer(draft=draft, question=name, value=value) for draft in drafts
                                     for name, value in COMPLETE.items()], batch_size=2000)
    arrived = Arrival.objects.bulk_create([Arrival(competition=call, number=f"A{one.code}", channel="online", entry=one)
                                           for one in entered], batch_size=2000)
    Submission.objects.bulk_create([
        Submission(entry=arrival.entry, number=1, receipt_number=f"R{arrival.number}", version=pattern.version, arrival=arrival,
                   document=pattern.document, sha256=pattern.sha256) for arrival in arrived], batch_size=2000)
    log.record_many(log.event("submission.accept", subject=f"entry:{one.code}", scope=call.code) for one in entered)
    log.seal_log()
Person.objects.bulk_create([Person(email=f"person-{n}@example.org", name=f"Person {n}", password="!") for n in range(people)])
sessions = []
for person in Person.objects.filter(email__startswith="person-"):
    client = Client()
    client.force_login(person, backend="lorbeer.people.backends.AccountBackend")
    sessions.append(client.cookies["sessionid"].value)
print(json.dumps(sessions))
"""


def prepare(environment: dict[str, str], people: int, entries: int = 0) -> list[str]:
    """A call that takes entries, in a database that has its tables; the sessions of `people` who are signed in."""
    filled = subprocess.run([sys.executable, "-c", FILL, str(people), str(entries)], env=environment, capture_output=True, text=True)
    if filled.returncode:
        raise RuntimeError(filled.stderr)
    return json.loads(filled.stdout.splitlines()[-1])


def a_pdf() -> bytes:
    import pikepdf

    document, written = pikepdf.new(), io.BytesIO()
    document.add_blank_page()
    document.Root.Ballast = document.make_stream(os.urandom(150_000))
    document.save(written)
    return written.getvalue()


# As the peer in RESULTS.md needs them: without saving in between, the page for it, and the receipt.
COMPARABLE = ("begin: page", "begin", "section basics", "save", "section rest", "save with file", "submit: page", "submit")


class Applicant:
    """Somebody signed in (`session`), or who still has to make an account (`sign_up`). `entry`, `receipt`: codes, once there are any.

    `meter` gives what is counted beside the time of each request, such as seconds of CPU of a server that nobody else asks.
    `pause`: so many seconds they read and type before each request, half as many or half as many again.
    """

    COOKIE = "sessionid"

    def __init__(self, port: int, attachment: bytes, session: str = "", meter: Callable[[], float] | None = None,
                 pause: float = 0) -> None:
        self.meter, self.counted, self.pause = meter, [], pause
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.cookies, self.attachment = {self.COOKIE: session} if session else {}, attachment
        self.times: list[tuple[str, float]] = []
        self.receipt = self.entry = ""

    def ask(self, name: str, method: str, path: str, body: bytes | str | None = None, kind: str = "") -> tuple[int, str, str]:
        headers = {"Cookie": "; ".join(f"{key}={value}" for key, value in self.cookies.items()), "Accept-Encoding": "identity"}
        if kind:
            headers["Content-Type"] = kind
        if self.pause:
            time.sleep(self.pause * random.uniform(.5, 1.5))
        before = self.meter() if self.meter else 0
        started = time.perf_counter()
        self.line.request(method, path, body, headers)
        answer = self.line.getresponse()
        text = answer.read().decode("utf-8", "replace")
        self.times.append((name, time.perf_counter() - started))
        if self.meter:
            self.counted.append((name, self.meter() - before))
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            key, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[key] = value
        return answer.status, answer.headers.get("Location", ""), text

    def send(self, name: str, path: str, page: str, fields: dict[str, str], file: tuple[str, bytes] | None = None,
             only: str = "") -> tuple[int, str, str]:
        """The form of `page` with its hidden fields (`only`: those whose name begins so) and what was typed."""
        hidden = [(key, value) for key, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
                  if key == "csrfmiddlewaretoken" or not only or key.startswith(only)]
        seen = {key for key, _value in hidden}
        pairs = [*hidden, *((key, value) for key, value in fields.items() if key not in seen)]
        # The markers of the questions come many times, all else once: what was typed does not replace what is hidden.
        once = {key: value for key, value in pairs if key != "_asked"}
        fields_of_form = [*once.items(), *((key, value) for key, value in hidden if key == "_asked")]
        parts = [f'--grenze\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode() for key, value in fields_of_form]
        if file:
            parts.append(f'--grenze\r\nContent-Disposition: form-data; name="{file[0]}"; filename="Anlage.pdf"\r\n'
                         "Content-Type: application/pdf\r\n\r\n".encode() + file[1] + b"\r\n")
        return self.ask(name, "POST", path, b"".join(parts) + b"--grenze--\r\n", "multipart/form-data; boundary=grenze")

    def apply(self) -> str:
        """The whole way; "" or what went wrong."""
        status, _place, page = self.ask("begin: page", "GET", "/eile/apply/")
        status, place, _text = self.send("begin", "/eile/apply/", page, {"applicant": "Stadt Beispiel"})
        if status != 302:
            return f"begin {status}"
        entry = place.rstrip("/")
        self.entry = entry.rpartition("/")[2]
        status, _place, page = self.ask("section basics", "GET", f"{entry}/sections/basics/")
        status, place, text = self.send("save", f"{entry}/sections/basics/", page, {"title": "Gemeinsam", "agreed": "no"})
        if status != 302:
            return f"save {status}"
        status, _place, page = self.ask("section text", "GET", f"{entry}/sections/text/")
        status, _place, _text = self.send("autosave", f"{entry}/sections/text/keep/", page, {"abstract": TEXT[:150]})
        if status != 200:
            return f"autosave {status}"
        status, _place, page = self.ask("section rest", "GET", f"{entry}/sections/rest/")
        status, _place, text = self.send("save with file", f"{entry}/sections/rest/", page, {"amount": "25000", "contact_email": ""},
                                         ("attachment", self.attachment))
        if status != 302:
            return f"file {status}"
        status, _place, page = self.ask("submit: page", "GET", f"{entry}/submit/")
        if status != 200:
            return f"submit page {status} {_place}"
        status, place, text = self.send("submit", f"{entry}/submit/", page, {})
        if status != 302 or "/receipts/" not in place:
            return f"submit {status} {place}"
        self.receipt = place.rstrip("/").rpartition("/")[2]
        status, _place, text = self.ask("receipt", "GET", place)
        return "" if status == 200 and "Prüfsumme" in text else f"receipt {status}"

    def sign_up(self, email: str, mails: Path) -> str:
        """An account and its address confirmed, which signs in; "" or what went wrong. `mails`: where the server files what it sends."""
        status, _place, page = self.ask("sign up: page", "GET", "/account/signup/")
        status, _place, text = self.send("sign up", "/account/signup/", page, {
            "name": "Muster Beispiel", "email": email, "password1": PASSWORD, "password2": PASSWORD}, only="csrf")
        if status != 302:
            return f"sign up {status}"
        link = self._link_to(email, mails)
        status, _place, page = self.ask("confirm: page", "GET", link)
        status, place, text = self.send("confirm", link, page, {}, only="csrf")
        if status != 302:
            return f"confirm {status}"
        if "/login/" in place:
            status, _place, page = self.ask("sign in: page", "GET", place)
            status, place, text = self.send("sign in", "/account/login/", page, {"login": email, "password": PASSWORD}, only="csrf")
        return "" if status == 302 else f"sign in {status}"

    def _link_to(self, email: str, mails: Path) -> str:
        until = time.monotonic() + 120
        while time.monotonic() < until:
            for path in mails.glob("*.eml"):
                mail = message_from_bytes(path.read_bytes())
                if mail["To"] and email in mail["To"]:
                    body = mail.get_payload(decode=True) if not mail.is_multipart() else mail.get_payload(0).get_payload(decode=True)
                    return re.search(rb"https?://[^/]+(/account/confirm-email/\S+)", body)[1].decode()
            time.sleep(0.1)
        raise TimeoutError(f"no mail to {email}")
