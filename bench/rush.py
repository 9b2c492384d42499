"""The last hour before a deadline: applicants who type, autosave, attach a file and submit, over HTTP on loopback.

    python bench/rush.py [--postgresql] [--new-accounts] [--people 200] [--at-once 1 4 20 200] [--entries 0] [--processes 1] [--pause 0]

Each person begins an entry, opens the form, autosaves, sends sections and a file, checks, submits and reads the receipt:
eleven requests, eight of them as the peer in RESULTS.md needs them. Says complete submissions per second, milliseconds of CPU that the
server (and PostgreSQL) took for each, mails and seals included, and p50, p95, p99 of a request and of the whole; at one at once also
the CPU of each request. On the first line, how fast the machine is.
Without a pause each sends the next request as soon as the last is answered: what the server can do at most. `--pause 2`: they read
and type two seconds before each, as people do.
SQLite in a temporary folder, or a PostgreSQL of its own. `--entries`: so many entries are there already. `--new-accounts`:
each makes an account first and confirms the address; what that takes is told apart.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from applicant import COMPARABLE, PROJECT, Applicant, a_pdf, prepare

DATABASES: list[str] = []                                               # folders of the PostgreSQL servers that are ours
TICKS = os.sysconf("SC_CLK_TCK")
NEW_DATABASE = """
import sys
import psycopg
with psycopg.connect(sys.argv[1].replace("/lorbeer?", "/postgres?"), autocommit=True) as line:
    line.execute("CREATE DATABASE lorbeer")
"""


def cpu_of(pid: int) -> tuple[float, float]:
    """Seconds of CPU of a process and all that it began, ended ones included; and those of our PostgreSQL."""
    used: dict[int, float] = {}
    parents: dict[int, int] = {}
    database = 0.0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = path.read_text().rpartition(")")
        except OSError:
            continue
        facts, number = rest.split(), int(path.parent.name)
        used[number], parents[number] = sum(map(int, facts[11:15])) / TICKS, int(facts[1])
        if DATABASES and name.endswith("(postgres"):
            with suppress(OSError):                                     # ended, or another person's
                if os.readlink(path.with_name("cwd")).startswith(tuple(DATABASES)):
                    database += used[number]
    server, found = 0.0, [pid]
    while found:
        server += used.get(one := found.pop(), 0)
        found += [child for child, parent in parents.items() if parent == one]
    return server, database


def exact_cpu_of(pid: int) -> float:
    """Seconds of CPU of a process and its children, to the nanosecond, with threads that have ended, without processes that have."""
    used = 0.0
    several = [pid]
    for one in several:
        with suppress(OSError):                                         # ended meanwhile
            several += [int(child) for path in Path(f"/proc/{one}/task").glob("*/children") for child in path.read_text().split()]
            used += time.clock_gettime(~one << 3 | 2)                   # Linux's clock of another process
    return used


HELLO = """
import django
from django.conf import settings
settings.configure(SECRET_KEY="x", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"])
django.setup()
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
from waitress import create_server
urlpatterns = [path("", lambda request: HttpResponse("hello"))]
server = create_server(get_wsgi_application(), host="127.0.0.1", port=0, threads=8)
print(f"http://127.0.0.1:{server.effective_port}", flush=True)
server.run()
"""


def pace() -> str:
    """How fast the machine is just now: a loop of five million steps, and an empty Django view behind the same server."""
    started, total = time.process_time(), 0
    for number in range(5_000_000):
        total += number * number
    loop = time.process_time() - started
    server = subprocess.Popen([sys.executable, "-c", HELLO], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        applicant = Applicant(int(server.stdout.readline().rpartition(":")[2]), b"", meter=lambda: exact_cpu_of(server.pid))
        for _turn in range(400):
            applicant.ask("hello", "GET", "/")
        applicant.line.close()
    finally:
        server.terminate()
        server.wait(30)
    hello = 1000 * statistics.median(used for _name, used in applicant.counted)
    return f"five million steps of Python {1000 * loop:.0f} ms, an empty Django view {hello:.2f} CPU ms"


def share(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


class Rush:
    """Many applicants, so many at once, each the whole way."""

    comparable = COMPARABLE

    def __init__(self, port: int, server: int, mails: Path, is_new: bool, pause: float) -> None:
        self.port, self.server, self.mails, self.is_new, self.attachment, self.pause = port, server, mails, is_new, a_pdf(), pause

    def run(self, people: list[str], at_once: int) -> None:
        """`people`: their sessions, or with new accounts their addresses."""
        if self.is_new:
            people = self._all("new accounts", people, at_once, self._sign_up)
        self._all("submissions", people, at_once, self._apply)

    def _sign_up(self, email: str) -> tuple[Applicant, str]:
        applicant = Applicant(self.port, self.attachment, pause=self.pause)
        return applicant, applicant.sign_up(email, self.mails)

    def _apply(self, session: str) -> tuple[Applicant, str]:
        applicant = Applicant(self.port, self.attachment, session, self.meter, self.pause)
        return applicant, applicant.apply()

    def each(self, counted: list[tuple[str, float]], used: float) -> tuple[float, float, float]:
        """Says what each request took, and how much of it is what the peer's requests do. `used`: milliseconds of CPU of one submission.

        The comparable ones, all requests, and `used`."""
        names = list(dict.fromkeys(name for name, _used in counted))
        each = {name: 1000 * statistics.median(used for one, used in counted if one == name) for name in names}
        eight, all_requests = sum(each[name] for name in self.comparable or each if name in each), sum(each.values())
        part = f", of it the {len(self.comparable)} comparable ones {eight:.0f}" if self.comparable else ""
        print(f"      CPU ms: {', '.join(f'{name} {taken:.1f}' for name, taken in each.items())}; together {all_requests:.0f}{part}; "
              f"mails, seals and processes for files {used - all_requests:.0f} more", flush=True)
        return eight, all_requests, used

    def _all(self, what: str, people: list[str], at_once: int, way: Callable[[str], tuple[Applicant, str]]) -> list[str]:
        """The sessions of those who came through."""
        waiting, lock, faults = iter(people), threading.Lock(), Counter()
        whole: list[float] = []
        times: list[tuple[str, float]] = []
        counted: list[tuple[str, float]] = []
        self.meter = (lambda: exact_cpu_of(self.server)) if at_once == 1 else None   # of several nobody could tell whose it was
        sessions: list[str] = []

        def work() -> None:
            while True:
                with lock:
                    person = next(waiting, None)
                if person is None:
                    return
                started = time.perf_counter()
                try:
                    applicant, fault = way(person)
                except Exception as error:  # counted and said
                    with lock:
                        faults[f"{type(error).__name__}: {error}"] += 1
                    continue
                applicant.line.close()
                with lock:
                    times.extend(applicant.times)
                    counted.extend(applicant.counted)
                    if fault:
                        faults[fault] += 1
                    else:
                        whole.append(time.perf_counter() - started)
                        sessions.append(applicant.cookies[applicant.COOKIE])

        before, started = cpu_of(self.server), time.perf_counter()
        threads = [threading.Thread(target=work) for _number in range(at_once)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - started
        time.sleep(2)                                                   # mails and seals that follow
        used = [1000 * (after - first) / max(1, len(whole)) for first, after in zip(before, cpu_of(self.server), strict=True)]
        if not whole:
            print(f"{at_once:>4} at once: no {what}; {dict(faults)}")
            return sessions
        each = [taken for _name, taken in times]
        print(f"{at_once:>4} at once: {len(whole):,} {what}, {len(whole) / seconds:.1f}/s, {used[0]:.0f} CPU ms each"
              f"{f' and {used[1]:.0f} in PostgreSQL' if used[1] else ''}, "
              f"request p50 {1000 * statistics.median(each):.0f} p95 {1000 * share(each, .95):.0f} p99 {1000 * share(each, .99):.0f} ms, "
              f"whole p50 {statistics.median(whole):.2f} p99 {share(whole, .99):.2f} s, errors {dict(faults) or 'none'}", flush=True)
        slow = {name: share([taken for one, taken in times if one == name], .5) for name in dict.fromkeys(name for name, _taken in times)}
        print("      median ms: " + ", ".join(f"{name} {1000 * taken:.0f}" for name, taken in slow.items()), flush=True)
        if counted:
            self.each(counted, used[0])
        return sessions


def postgresql(stack: ExitStack) -> str:
    """The address of an empty database in a PostgreSQL that keeps what it has acknowledged, gone with `stack`."""
    sys.path.insert(0, str(PROJECT / "tools"))
    from run_tests import Cluster, postgresql_programs

    programs = postgresql_programs()
    if programs is None:
        raise SystemExit("PostgreSQL is not installed here: `./lorbeer test --postgresql` says what is missing.")
    cluster = Cluster(programs, durable=True)
    DATABASES.append(str(cluster.folder))
    return stack.enter_context(cluster)


def installation(stack: ExitStack, on_postgresql: bool) -> dict[str, str]:
    """The environment of an installation in a temporary folder, its database migrated and empty, gone with `stack`."""
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    database = postgresql(stack) if on_postgresql else f"sqlite:///{folder}/bench.sqlite3"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LORBEER_")} | {
        "PYTHONPATH": str(PROJECT / "src"), "DJANGO_SETTINGS_MODULE": "lorbeer.settings",
        "LORBEER_VAR": folder, "LORBEER_SECRET_KEY": "x" * 50, "LORBEER_DATABASE": database}
    if on_postgresql:
        subprocess.run([sys.executable, "-c", NEW_DATABASE, database], check=True)
    subprocess.run([sys.executable, "-m", "lorbeer", "migrate", "--verbosity", "0"], env=environment, check=True)
    return environment


@contextmanager
def serving(environment: dict[str, str], *words: str) -> Iterator[tuple[subprocess.Popen, int]]:
    """The server of an installation and its port, stopped afterwards."""
    server = subprocess.Popen([sys.executable, "-m", "lorbeer", "serve", "--address", "127.0.0.1:0", *words], env=environment,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for line in server.stdout:
        if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
            break
    threading.Thread(target=lambda: [None for _line in server.stdout], daemon=True).start()
    try:
        yield server, int(found[1])
    finally:
        server.terminate()
        server.wait(30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=200, help="for each number at once")
    parser.add_argument("--at-once", type=int, nargs="+", default=[1, 4, 20, 200])
    parser.add_argument("--entries", type=int, default=0)
    parser.add_argument("--processes", type=int, default=1, help="of the server")
    parser.add_argument("--threads", type=int, default=8, help="of each of them")
    parser.add_argument("--pause", type=float, default=0, help="seconds before each request of a person")
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--new-accounts", action="store_true")
    asked = parser.parse_args()
    with ExitStack() as stack:
        environment = installation(stack, asked.postgresql)
        wanted = asked.people * len(asked.at_once)
        sessions = prepare(environment, 1 if asked.new_accounts else wanted, asked.entries)
        people = [f"neu-{number}@example.org" for number in range(wanted)] if asked.new_accounts else sessions
        server, port = stack.enter_context(serving(environment, "--processes", str(asked.processes), "--threads", str(asked.threads)))
        engine = environment["LORBEER_DATABASE"].partition(":")[0]
        print(f"{engine}, {asked.entries:,} entries before, {asked.processes} processes, load average {os.getloadavg()[0]:.1f}; "
              f"{pace()}", flush=True)
        rush = Rush(port, server.pid, Path(environment["LORBEER_VAR"]) / "mail", asked.new_accounts, asked.pause)
        for number, at_once in enumerate(asked.at_once):
            rush.run(people[number * asked.people: (number + 1) * asked.people], at_once)


if __name__ == "__main__":
    main()
