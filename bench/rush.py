"""The last hour before a deadline: applicants who type, autosave, attach a file and submit, over HTTP on loopback.

    python bench/rush.py [--people 200] [--at-once 4 20 200] [--entries 0]

Each person begins an entry, opens the form, autosaves twice, sends the section with a file, checks, submits and reads the
receipt: ten requests, eight of them as the peer in RESULTS.md needs them. Says complete submissions per second, milliseconds
of CPU that the server took for each (its mails and seals included), and p50, p95, p99 of a request and of the whole.
SQLite in a temporary folder, or the empty database of LORBEER_DATABASE. `--entries`: so many entries are there already.
"""

import argparse
import http.client
import io
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT / "src"))
TEXT = "Die Stadt verbindet Sprache, Nachbarschaft und Arbeit; Ehrenamtliche begleiten Familien. " * 2
TICKS = os.sysconf("SC_CLK_TCK")

# Runs in a process of its own, so that the one that measures holds no database: a call that takes entries, and its people.
FILL = """
import json, sys
import django
django.setup()
from datetime import timedelta
from django.test import Client
from lorbeer.intake.tests.factories import make_call
from lorbeer.entries.models import Entry
from lorbeer.people.models import Person
from lorbeer.shared import clock, codes
people, entries = int(sys.argv[1]), int(sys.argv[2])
call = make_call(code="eile", is_public=True)
call.phases.filter(kind="entries").update(starts_at=clock.now() - timedelta(days=1), ends_at=clock.now() + timedelta(days=1))
Entry.objects.bulk_create([Entry(competition=call, code=codes.new_code(), state="submitted", title=f"Beitrag {n}") for n in range(entries)],
                          batch_size=2000)
Person.objects.bulk_create([Person(email=f"person-{n}@example.org", name=f"Person {n}", password="!") for n in range(people)])
sessions = []
for person in Person.objects.filter(email__startswith="person-"):
    client = Client()
    client.force_login(person, backend="lorbeer.people.backends.AccountBackend")
    sessions.append(client.cookies["sessionid"].value)
print(json.dumps(sessions))
"""


def a_pdf() -> bytes:
    import pikepdf

    document, written = pikepdf.new(), io.BytesIO()
    document.add_blank_page()
    document.Root.Ballast = document.make_stream(os.urandom(150_000))
    document.save(written)
    return written.getvalue()


class Applicant:
    """One person with a browser that keeps its connection."""

    def __init__(self, port: int, session: str, attachment: bytes) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.cookies, self.attachment = {"sessionid": session}, attachment
        self.times: list[tuple[str, float]] = []

    def ask(self, name: str, method: str, path: str, body: bytes | str | None = None, kind: str = "") -> tuple[int, str, str]:
        headers = {"Cookie": "; ".join(f"{key}={value}" for key, value in self.cookies.items()), "Accept-Encoding": "identity"}
        if kind:
            headers["Content-Type"] = kind
        started = time.perf_counter()
        self.line.request(method, path, body, headers)
        answer = self.line.getresponse()
        text = answer.read().decode("utf-8", "replace")
        self.times.append((name, time.perf_counter() - started))
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
        status, _place, page = self.ask("section", "GET", f"{entry}/sections/basics/")
        status, place, text = self.send("save", f"{entry}/sections/basics/", page, {"title": "Gemeinsam", "agreed": "no"})
        if status != 302:
            return f"save {status}"
        status, _place, page = self.ask("section", "GET", f"{entry}/sections/text/")
        status, _place, _text = self.send("autosave", f"{entry}/sections/text/keep/", page, {"abstract": TEXT[:150]})
        if status != 200:
            return f"autosave {status}"
        status, _place, page = self.ask("section", "GET", f"{entry}/sections/rest/")
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
        status, _place, text = self.ask("receipt", "GET", place)
        return "" if status == 200 and "Prüfsumme" in text else f"receipt {status}"


def cpu_of(pid: int) -> float:
    """Seconds of CPU of a process and all that descend from it, ended ones included."""
    total = 0.0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            facts = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        here, own = int(path.parent.name), sum(map(int, facts[11:15])) / TICKS
        parent = int(facts[1])
        if here == pid or parent == pid:
            total += own
    return total


def share(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def rush(port: int, server: int, sessions: list[str], at_once: int, attachment: bytes) -> None:
    waiting, lock, ended, times, faults = iter(sessions), threading.Lock(), [], [], Counter()

    def work() -> None:
        while True:
            with lock:
                session = next(waiting, None)
            if session is None:
                return
            applicant, started = Applicant(port, session, attachment), time.perf_counter()
            try:
                fault = applicant.apply()
            except Exception as error:  # counted and said
                fault = f"{type(error).__name__}: {error}"
            applicant.line.close()
            with lock:
                times.extend(applicant.times)
                if fault:
                    faults[fault] += 1
                else:
                    ended.append(time.perf_counter() - started)

    before, started = cpu_of(server), time.perf_counter()
    threads = [threading.Thread(target=work) for _number in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    time.sleep(2)                                                       # mails and seals that follow
    used = cpu_of(server) - before
    if not ended:
        print(f"{at_once:>4} at once: nothing was submitted; {dict(faults)}")
        return
    each = [taken for _name, taken in times]
    print(f"{at_once:>4} at once: {len(ended):,} submitted, {len(ended) / seconds:.1f}/s, {1000 * used / len(ended):.0f} CPU ms each, "
          f"request p50 {1000 * statistics.median(each):.0f} p95 {1000 * share(each, .95):.0f} p99 {1000 * share(each, .99):.0f} ms, "
          f"whole p50 {statistics.median(ended):.2f} p99 {share(ended, .99):.2f} s, errors {dict(faults) or 'none'}", flush=True)
    slow = {name: share([taken for one, taken in times if one == name], .5) for name in dict.fromkeys(name for name, _taken in times)}
    print("      median ms: " + ", ".join(f"{name} {1000 * taken:.0f}" for name, taken in slow.items()), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=200, help="for each number at once")
    parser.add_argument("--at-once", type=int, nargs="+", default=[1, 4, 20, 200])
    parser.add_argument("--entries", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LORBEER_")} | {
            "PYTHONPATH": str(PROJECT / "src"), "DJANGO_SETTINGS_MODULE": "lorbeer.settings",
            "LORBEER_VAR": folder, "LORBEER_SECRET_KEY": "x" * 50,
            "LORBEER_DATABASE": os.environ.get("LORBEER_DATABASE", f"sqlite:///{folder}/bench.sqlite3")}
        subprocess.run([sys.executable, "-m", "lorbeer", "migrate", "--verbosity", "0"], env=environment, check=True)
        filled = subprocess.run([sys.executable, "-c", FILL, str(asked.people * len(asked.at_once)), str(asked.entries)],
                                env=environment, capture_output=True, text=True)
        if filled.returncode:
            raise SystemExit(filled.stderr)
        sessions = json.loads(filled.stdout.splitlines()[-1])
        server = subprocess.Popen([sys.executable, "-m", "lorbeer", "serve", "--address", "127.0.0.1:0"], env=environment,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in server.stdout:
            if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                break
        threading.Thread(target=lambda: [None for _line in server.stdout], daemon=True).start()
        print(f"{environment['LORBEER_DATABASE'].partition(':')[0]}, {asked.entries:,} entries before, load average {os.getloadavg()[0]:.1f}")
        attachment = a_pdf()
        try:
            for number, at_once in enumerate(asked.at_once):
                rush(int(found[1]), server.pid, sessions[number * asked.people: (number + 1) * asked.people], at_once, attachment)
        finally:
            server.terminate()
            server.wait(30)


if __name__ == "__main__":
    main()
