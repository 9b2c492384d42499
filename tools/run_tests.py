"""Run all tests on SQLite and on a real PostgreSQL, side by side, and end with one summary: `./lorbeer test`.

Everything that the tests need beside Python is looked for first; as root on Debian and Ubuntu it is installed, elsewhere
the missing command is named. `--sqlite` or `--postgresql` runs one engine; all other arguments go to pytest.
Browser tests, and those marked `once`, run on SQLite only. Four processes share the machine; the first takes half of what
SQLite runs and the browser, whose own processes work beside it. PostgreSQL is a private cluster in a temporary folder,
reachable by socket only.
"""

import json
import os
import platform
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

PROJECT = Path(__file__).resolve().parent.parent
WORDS = ["failed", "passed", "skipped", "deselected", "xfailed", "xpassed", "warning", "error"]
# The browser without its window first: the same engine for two thirds of the work.
CHROMIUM_NAMES = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
NO_TESTS = 5                                                            # pytest's exit code


def say(sentence: str) -> None:
    print(sentence, flush=True)


def is_root() -> bool:
    return os.geteuid() == 0


# --- what the tests need beside Python --------------------------------------------------------------------------------


def postgresql_programs() -> Path | None:
    """The folder of initdb and pg_ctl: the newest one where a distribution keeps several."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    for folder in [*folders, *([Path(on_path).parent] if on_path else []), *Path("/opt/homebrew/opt").glob("postgresql*/bin")]:
        if all((folder / name).exists() for name in ("initdb", "pg_ctl", "postgres")):
            return folder
    return None


def playwright_drives() -> bool:
    """Whether Playwright's own program starts: a minimal system lacks a library that it needs."""
    return subprocess.run([sys.executable, "-m", "playwright", "--version"], capture_output=True).returncode == 0


def chromium() -> str | None:
    """A Chromium that Playwright can drive: named by LORBEER_CHROMIUM, the system's, or Playwright's own."""
    found = os.environ.get("LORBEER_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found and "snap" not in Path(found).resolve().parts:             # a snap cannot be driven from outside
        return found
    if not playwright_drives():
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def dovecot() -> str | None:
    """Daemons stand in a folder that a person's PATH often leaves out."""
    return shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin")


NEEDS = {                                                               # what, how to see it, package, why
    "initdb (PostgreSQL 15 or newer)": (postgresql_programs, "postgresql", "the tests run on PostgreSQL too"),
    "libatomic": (playwright_drives, "libatomic1", "what drives the browser does not start without it"),
    "chromium": (chromium, "chromium-headless-shell", "the pages are tried in a real browser"),
    "pdftoppm": (lambda: shutil.which("pdftoppm"), "poppler-utils", "the PDF documents are looked at"),
    "dovecot": (dovecot, "dovecot-imapd", "mails are fetched from a real server"),
    "msgfmt (gettext)": (lambda: shutil.which("msgfmt"), "gettext", "the translations are checked"),
}


def install_what_is_missing(needs: list[str]) -> list[str]:
    """Install what we may; return what is missing afterwards, a sentence each."""
    missing = [name for name in needs if not NEEDS[name][0]()]
    if missing and is_root() and shutil.which("apt-get"):
        packages = [NEEDS[name][1] for name in missing]
        if "chromium" in missing and "ubuntu" in platform.freedesktop_os_release().get("ID", ""):
            packages.remove(NEEDS["chromium"][1])                       # there it is a snap: Playwright's own, below
        say(f"Installing {', '.join(packages)} …")
        quiet = {"env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}, "stdin": subprocess.DEVNULL}
        log = Path(tempfile.gettempdir()) / f"lorbeer-apt-{os.getpid()}.log"
        install = ["apt-get", "install", "-y", "--no-install-recommends"]
        with log.open("w") as output:
            subprocess.run(["apt-get", "update"], stdout=output, stderr=output, **quiet)
            for package in packages:
                subprocess.run([*install, package], stdout=output, stderr=output, **quiet)
            if NEEDS["chromium"][1] in packages and not chromium():     # an older Debian has it with its window only
                subprocess.run([*install, "chromium"], stdout=output, stderr=output, **quiet)
        missing = [name for name in missing if not NEEDS[name][0]()]
        if missing:
            say(f"The messages of apt-get are in {log}.")
        else:
            log.unlink()
    if "chromium" in missing:
        say("Fetching Playwright's own Chromium …")
        subprocess.run([sys.executable, "-m", "playwright", "install", *(["--with-deps"] if is_root() else []), "chromium"],
                       stdin=subprocess.DEVNULL)
        missing = [name for name in missing if not NEEDS[name][0]()]
    otherwise = {"chromium": ", or name a Chromium that is no snap by LORBEER_CHROMIUM"}
    return [f"{name} is missing, and {NEEDS[name][2]}: install your system's package {NEEDS[name][1]}{otherwise.get(name, '')}."
            for name in missing]


# --- a private PostgreSQL ---------------------------------------------------------------------------------------------


class Cluster:
    """A PostgreSQL of our own in a temporary folder; gone when the `with` block ends."""

    def __init__(self, programs: Path, *, durable: bool = False) -> None:
        self.programs, self.durable = programs, durable
        self.folder = Path(tempfile.mkdtemp(prefix="lorbeer-pg-"))
        self.account: dict[str, object] = {}
        if is_root():                                                   # PostgreSQL refuses to run as root
            names = {entry.pw_name for entry in pwd.getpwall()}
            account = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            self.account = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}

    def run(self, program: str, *arguments: str) -> None:
        subprocess.run([str(self.programs / program), *arguments], check=True, cwd=self.folder,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC"}, **self.account)

    def __enter__(self) -> str:
        data = str(self.folder / "data")
        self.run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        options = f"-k {self.folder} -c listen_addresses='' -c max_connections=60 -c jit=off"
        if not self.durable:
            options += (" -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off -c max_wal_size=8GB"
                        # Tables of a few rows: to search for the best order of a join takes longer than the worst one.
                        " -c join_collapse_limit=1 -c from_collapse_limit=1")
        self.run("pg_ctl", "-D", data, "-w", "-l", str(self.folder / "log"), "-o", options, "start")
        return f"postgresql://postgres@/lorbeer?host={quote(str(self.folder), safe='')}"

    def __exit__(self, *_error: object) -> None:
        subprocess.run([str(self.programs / "pg_ctl"), "-D", str(self.folder / "data"), "-m", "immediate", "stop"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **self.account)
        shutil.rmtree(self.folder, ignore_errors=True)


# --- several runs, one summary ----------------------------------------------------------------------------------------


class Run:
    """One pytest process on one engine, with a folder, a report and (when not shown as it goes) a log of its own."""

    def __init__(self, engine: str, arguments: list[str], *, database: str | None, shown: bool) -> None:
        self.engine = engine
        self.folder = Path(tempfile.mkdtemp(prefix=f"lorbeer-{engine}-"))
        self.report = self.folder / "report.json"
        self.log = None if shown else self.folder / "log"
        # Compiled modules are kept, whatever the shell says: the tests start this program some hundred times.
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith("LORBEER_") and name != "PYTHONDONTWRITEBYTECODE"}
        # LORBEER_DEMO: the demo's pages and replay are tested too; tests/test_demo.py looks at an installation without it.
        environment = kept | {"LORBEER_TESTING": "yes", "LORBEER_DEMO": "yes", "LORBEER_VAR": str(self.folder / "var"),
                              "LORBEER_TEST_REPORT": str(self.report), "PYTHONUNBUFFERED": "1",
                              # No test takes the power away, so none has to wait for the disk; PostgreSQL does not either.
                              "LORBEER_SQLITE_SYNCHRONOUS": "OFF"}
        found = chromium()
        if found:
            environment["LORBEER_CHROMIUM"] = found
        if database:
            environment["LORBEER_DATABASE"] = database
        command = [sys.executable, "-m", "pytest", *arguments]
        output = None if shown else self.log.open("w")
        self.process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=output,
                                        stderr=subprocess.STDOUT if output else None,
                                        stdin=None if shown else subprocess.DEVNULL)

    def counts(self) -> Counter:
        """How many tests ended how; an error where the process died before it could tell."""
        try:
            return Counter(json.loads(self.report.read_text()))
        except FileNotFoundError:
            return Counter() if self.process.returncode in {0, NO_TESTS} else Counter(error=1)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)


def summary(counts: Counter, seconds: float) -> str:
    """As pytest writes it: `==== 1 failed, 41 passed in 210.10s (0:03:30) ====`."""
    plural = {"error": "errors", "warning": "warnings"}
    said = [f"{counts[word]} {word if counts[word] == 1 else plural.get(word, word)}" for word in WORDS if counts[word]]
    took = f"{seconds:.2f}s" + (f" (0:{int(seconds // 60):02}:{int(seconds % 60):02})" if seconds >= 60 else "")
    return f" {', '.join(said) or 'no tests ran'} in {took} ".center(100, "=")


def main(words: list[str]) -> int:
    started = time.monotonic()
    engines = [name for name in ("sqlite", "postgresql") if f"--{name}" in words] or ["sqlite", "postgresql"]
    arguments = [word for word in words if word not in {"--sqlite", "--postgresql"}]
    if {"-h", "--help"} & set(arguments):
        say(__doc__)
        return subprocess.run([sys.executable, "-m", "pytest", "--version"], cwd=PROJECT).returncode
    needs = [name for name in NEEDS if "postgresql" in engines or "initdb" not in name]
    faults = install_what_is_missing(needs)
    if faults:
        say("\n".join(faults))
        return 2
    # What each process runs: its title, its engine, which tests.
    parts = [("", name, []) for name in engines]
    if len(engines) == 2:
        common = [] if "-m" in arguments else ["-m", "not browser and not once"]
        parts = [("the same tests on PostgreSQL", "postgresql", common),
                 ("", "sqlite", ["-m", "browser or not once"] if common else [])]
        if common:
            alone = ["-m", "once and not browser"]
            parts[1:1] = [("what needs no second engine", "sqlite", alone)]
            if not any(Path(word.partition("::")[0]).exists() for word in arguments):
                # All of it is long, and half of that is tests of the whole house, which share one world.
                parts[1:2] = [("what needs no second engine: the apps", "sqlite", [*alone, "src"]),
                              ("what needs no second engine: the house", "sqlite", [*alone, "tests"])]
    runs: list[tuple[str, Run]] = []
    with ExitStack() as stack:
        # What ends us ends the cluster and the other processes as well.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        url = stack.enter_context(Cluster(postgresql_programs())) if "postgresql" in engines else None
        for title, engine, which in parts:
            run = Run(engine, [*which, *arguments], database=url if engine == "postgresql" else None, shown=not title)
            stack.callback(run.end)
            runs.append((title, run))
        codes = [run.process.wait() for _title, run in reversed(runs)]
        if len(runs) == 1:
            return codes[0]
        for title, run in runs:
            if run.log:
                say(f"\n{f' {title} '.center(100, '=')}")
                say(run.log.read_text(errors="replace").rstrip())
        counts = sum((run.counts() for _title, run in runs), Counter())
        counts["deselected"] = 0                                        # each is run by one of the others
        say(f"\nSQLite and PostgreSQL together:\n{summary(counts, time.monotonic() - started)}")
        if set(codes) == {NO_TESTS}:
            return NO_TESTS
        return max((code for code in codes if code not in {0, NO_TESTS}), default=0, key=abs)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
