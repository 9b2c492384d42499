"""The last hour before a deadline: applicants who type, autosave, attach a file and submit, over HTTP on loopback.

    python bench/rush.py [--postgresql] [--new-accounts] [--people 200] [--at-once 1 4 20 200] [--entries 0]

Each person begins an entry, opens the form, autosaves, sends sections and a file, checks, submits and reads the receipt:
eleven requests, eight of them as the peer in RESULTS.md needs them. Says complete submissions per second, milliseconds of CPU that the
server (and PostgreSQL) took for each, mails and seals included, and p50, p95, p99 of a request and of the whole.
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
from contextlib import ExitStack, contextmanager
from pathlib import Path

from applicant import PROJECT, Applicant, a_pdf, prepare

TICKS = os.sysconf("SC_CLK_TCK")
NEW_DATABASE = """
import sys
import psycopg
with psycopg.connect(sys.argv[1].replace("/lorbeer?", "/postgres?"), autocommit=True) as line:
    line.execute("CREATE DATABASE lorbeer")
"""


def cpu_of(pid: int) -> tuple[float, float]:
    """Seconds of CPU of a process and its children, ended ones included; and those of all PostgreSQL servers."""
    server = database = 0.0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = path.read_text().rpartition(")")
        except OSError:
            continue
        facts = rest.split()
        own = sum(map(int, facts[11:15])) / TICKS
        if int(path.parent.name) == pid or int(facts[1]) == pid:
            server += own
        elif name.endswith("(postgres"):
            database += sum(map(int, facts[11:13])) / TICKS
    return server, database


def share(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


class Rush:
    """Many applicants, so many at once, each the whole way."""

    def __init__(self, port: int, server: int, mails: Path, is_new: bool) -> None:
        self.port, self.server, self.mails, self.is_new, self.attachment = port, server, mails, is_new, a_pdf()

    def run(self, people: list[str], at_once: int) -> None:
        """`people`: their sessions, or with new accounts their addresses."""
        if self.is_new:
            people = self._all("new accounts", people, at_once, self._sign_up)
        self._all("submissions", people, at_once, self._apply)

    def _sign_up(self, email: str) -> tuple[Applicant, str]:
        applicant = Applicant(self.port, self.attachment)
        return applicant, applicant.sign_up(email, self.mails)

    def _apply(self, session: str) -> tuple[Applicant, str]:
        applicant = Applicant(self.port, self.attachment, session)
        return applicant, applicant.apply()

    def _all(self, what: str, people: list[str], at_once: int, way: Callable[[str], tuple[Applicant, str]]) -> list[str]:
        """The sessions of those who came through."""
        waiting, lock, faults = iter(people), threading.Lock(), Counter()
        whole: list[float] = []
        times: list[tuple[str, float]] = []
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
                    if fault:
                        faults[fault] += 1
                    else:
                        whole.append(time.perf_counter() - started)
                        sessions.append(applicant.cookies["sessionid"])

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
        return sessions


def postgresql(stack: ExitStack) -> str:
    """The address of an empty database in a PostgreSQL that keeps what it has acknowledged, gone with `stack`."""
    sys.path.insert(0, str(PROJECT / "tools"))
    from run_tests import Cluster, postgresql_programs

    programs = postgresql_programs()
    if programs is None:
        raise SystemExit("PostgreSQL is not installed here: `./lorbeer test --postgresql` says what is missing.")
    return stack.enter_context(Cluster(programs, durable=True))


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
def serving(environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen, int]]:
    """The server of an installation and its port, stopped afterwards."""
    server = subprocess.Popen([sys.executable, "-m", "lorbeer", "serve", "--address", "127.0.0.1:0"], env=environment,
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
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--new-accounts", action="store_true")
    asked = parser.parse_args()
    with ExitStack() as stack:
        environment = installation(stack, asked.postgresql)
        wanted = asked.people * len(asked.at_once)
        sessions = prepare(environment, 1 if asked.new_accounts else wanted, asked.entries)
        people = [f"neu-{number}@example.org" for number in range(wanted)] if asked.new_accounts else sessions
        server, port = stack.enter_context(serving(environment))
        print(f"{environment['LORBEER_DATABASE'].partition(':')[0]}, {asked.entries:,} entries before, load average {os.getloadavg()[0]:.1f}")
        rush = Rush(port, server.pid, Path(environment["LORBEER_VAR"]) / "mail", asked.new_accounts)
        for number, at_once in enumerate(asked.at_once):
            rush.run(people[number * asked.people: (number + 1) * asked.people], at_once)


if __name__ == "__main__":
    main()
