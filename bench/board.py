"""The live board: people who follow one meeting at once over HTTP, while items are called and votes are cast.

    python bench/board.py [--postgresql] [--people 30] [--items 142] [--calls 15] [--every SECONDS]

Half of them have their own page of the meeting open, half the wall; each asks as often as the page says (`--every`: as often as
that). The office calls one item after the other, and after each call every juror votes within two seconds, so that all
pages change all the time. Says how long it takes from the office's click until the new item stands on each screen, how
long a question takes, and what the server's CPU has to do. SQLite in a temporary folder, or a PostgreSQL of its own.
"""

import argparse
import http.client
import json
import os
import random
import re
import statistics
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from urllib.parse import urlencode

from rush import cpu_of, installation, serving, share

FILL = """
import json, sys
import django
django.setup()
from django.test import Client
from lorbeer.entries.models import Entry
from lorbeer.jury import services
from lorbeer.jury.tests.factories import make_jury_competition, make_meeting
from lorbeer.people.models import Person
from lorbeer.people.services import grant_role
people, items = int(sys.argv[1]), int(sys.argv[2])
meeting = make_meeting(make_jury_competition(code="tafel", jury={"modes": ["open", "consensus"], "quorum": 0.5}), entries=items,
                       members=people // 2, opened=False)
office = Person.objects.create(email="buero@example.org", name="Büro", password="!")
grant_role(meeting.competition, office, "office")
members = list(meeting.competition.jury_members.select_related("person"))
for member in members:
    services.declare(meeting, member, [], by=member.person)
services.open_meeting(meeting, by=office)
for member in members:
    services.arrive(meeting, member, by=office)
watching = [office.pk]
for number in range(people - len(members)):
    person = Person.objects.create(email=f"gast-{number}@example.org", name=f"Gast {number}", password="!")
    grant_role(meeting.competition, person, "auditor")
    watching.append(person.pk)
found = []
for person in [*Person.objects.filter(pk__in=watching).order_by("pk"), *(member.person for member in members)]:
    client = Client()
    client.force_login(person, backend="lorbeer.people.backends.AccountBackend")
    found.append(client.cookies["sessionid"].value)
print(json.dumps(found))
"""
START = "/tafel/jury/1/"


class Browser:
    """One person with a page open, whose connection stays."""

    def __init__(self, port: int, session: str) -> None:
        self.line, self.session, self.csrf = http.client.HTTPConnection("127.0.0.1", port, timeout=60), session, ""

    def ask(self, method: str, address: str, form: dict[str, str] | None = None, etag: str = "") -> tuple[int, str, str]:
        """Status, body, ETag."""
        cookies = f"sessionid={self.session}" + (f"; csrftoken={self.csrf}" if self.csrf else "")
        headers = {"Cookie": cookies, "Accept-Language": "de"}
        if etag:
            headers |= {"If-None-Match": etag, "HX-Request": "true"}
        body = None
        if form is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded"}
            body = urlencode(form | {"csrfmiddlewaretoken": self.csrf})
        self.line.request(method, address, body, headers)
        answer = self.line.getresponse()
        text = answer.read().decode()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie" and value.startswith("csrftoken="):
                self.csrf = value.partition("=")[2].partition(";")[0]
        return answer.status, text, answer.headers.get("ETag", "")


class Board:
    def __init__(self, port: int, sessions: list[str], every: float | None) -> None:
        self.port, self.sessions, self.every = port, sessions, every
        self.jurors = (len(sessions) - 1) // 2
        self.clicked: dict[int, float] = {}                             # item → when the office clicked
        self.lags: list[float] = []
        self.times: list[tuple[int, float]] = []                        # status, seconds
        self.over = threading.Event()
        self.lock = threading.Lock()

    def follow(self, session: str, page: str, part: str) -> None:
        """As htmx does: ask as often as the page says, and show what is new."""
        browser = Browser(self.port, session)
        _status, text, _etag = browser.ask("GET", START + page)
        found = re.search(r'hx-trigger="every (\d+)(m?s)"', text)
        every = self.every or (int(found[1]) / (1000 if found[2] == "ms" else 1))
        self.told = every
        etag = re.search(r'If-None-Match": "([^}]+)"', text)[1].encode().decode("unicode_escape")
        seen = 0
        time.sleep(random.random() * every)                             # noqa: S311  they did not open it at the same moment
        while not self.over.is_set():
            started = time.perf_counter()
            status, text, new = browser.ask("GET", START + part, etag=etag)
            ended = time.perf_counter()
            with self.lock:
                self.times.append((status, ended - started))
                if status == 200:
                    etag = new or etag
                    shown = re.search(r"Punkt (\d+)", text)
                    if shown and int(shown[1]) != seen and int(shown[1]) in self.clicked:
                        seen = int(shown[1])
                        self.lags.append(ended - self.clicked[seen])
            time.sleep(max(0.0, every - (ended - started)))

    def vote(self, browser: Browser, item: int) -> None:
        time.sleep(random.random() * 2)                                 # noqa: S311
        status, text, _etag = browser.ask("POST", f"{START}mine/items/{item}/vote/", {"choice": "yes"}, etag="none")
        if status != 200 or f"Punkt {item}" not in text:
            raise SystemExit(f"The vote was not taken: {status}")

    def run(self, calls: int, server: int) -> None:
        office, guests, jurors = self.sessions[0], self.sessions[1:-self.jurors], self.sessions[-self.jurors:]
        pages = [(one, "wall/", "wall/now/") for one in guests] + [(one, "mine/", "mine/table/") for one in jurors]
        followers = [threading.Thread(target=self.follow, args=page, daemon=True) for page in pages]
        for one in followers:
            one.start()
        time.sleep(3)
        hands = [Browser(self.port, one) for one in jurors]
        for hand in hands:
            hand.ask("GET", START + "mine/")
        desk = Browser(self.port, office)
        desk.ask("GET", START)
        self.times.clear()
        before, began = cpu_of(server), time.perf_counter()
        for item in range(1, calls + 1):
            with self.lock:
                self.clicked[item] = time.perf_counter()
            status, _text, _etag = desk.ask("POST", f"{START}items/{item}/call/", {})
            if status != 302:
                raise SystemExit(f"The item was not called: {status}")
            voters = [threading.Thread(target=self.vote, args=(one, item), daemon=True) for one in hands]
            for one in voters:
                one.start()
            for one in voters:
                one.join(10)
            time.sleep(max(0.0, 4 - (time.perf_counter() - self.clicked[item])))
        seconds = time.perf_counter() - began
        used = [after - first for first, after in zip(before, cpu_of(server), strict=True)]
        self.over.set()
        for one in followers:
            one.join(10)
        expected = calls * len(pages)
        asked = [taken for _status, taken in self.times]
        fresh = [taken for status, taken in self.times if status == 200]
        milliseconds = [1000 * lag for lag in self.lags]
        print(f"{len(pages)} people ask every {self.told:g} s; {calls} items called, {len(self.lags)} of {expected} updates seen")
        print(f"  from the click to the screen: p50 {statistics.median(milliseconds):.0f}  p95 {share(milliseconds, .95):.0f}  "
              f"p99 {share(milliseconds, .99):.0f}  most {max(milliseconds):.0f} ms")
        print(f"  one question: p50 {1000 * statistics.median(asked):.0f}  p95 {1000 * share(asked, .95):.0f} ms; {len(asked) / seconds:.0f}/s,"
              f" of them {len(fresh) / seconds:.0f}/s with something new (p50 {1000 * statistics.median(fresh):.0f} ms)")
        database = f", PostgreSQL {100 * used[1] / seconds:.0f} %" if used[1] > 0.1 else ""
        print(f"  server: {100 * used[0] / seconds:.0f} % of one core{database}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--items", type=int, default=142)
    parser.add_argument("--calls", type=int, default=15)
    parser.add_argument("--every", type=float)
    parser.add_argument("--postgresql", action="store_true")
    asked = parser.parse_args()
    with ExitStack() as stack:
        environment = installation(stack, asked.postgresql)
        filled = subprocess.run([sys.executable, "-c", FILL, str(asked.people), str(asked.items)], env=environment,
                                capture_output=True, text=True)
        if filled.returncode:
            raise SystemExit(filled.stderr)
        sessions = json.loads(filled.stdout.splitlines()[-1])
        server, port = stack.enter_context(serving(environment))
        print(f"{environment['LORBEER_DATABASE'].partition(':')[0]}, {asked.items} items, load average {os.getloadavg()[0]:.1f}")
        Board(port, sessions, asked.every).run(asked.calls, server.pid)


if __name__ == "__main__":
    main()
