"""`lorbeer demo`: two sample competitions, replayed once, and every role one click away."""

import fcntl
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from lorbeer.call.models import Competition
from lorbeer.demo.replay import Replay
from lorbeer.demo.summary import summary_of
from lorbeer.people.models import Person
from lorbeer.people.services import make_operator
from lorbeer.shared import log
from lorbeer.shared.server import bind, prepare_static_files

PACKAGES = settings.PROJECT_DIR / "competitions"
DEMO_COMPETITIONS = ("zusammenleben2017", "quartiersfonds")


def make_sample_operator() -> Person:
    """Somebody who runs the installation, for the page where one chooses who to be."""
    person, _is_new = Person.objects.get_or_create(
        email="betrieb@example.net",
        defaults={"name": "Betrieb (Muster)", "is_sample": True, "password": "!"})
    return make_operator(person.email)


class Command(BaseCommand):
    help = "Play two sample competitions into an empty database (once) and serve them with one-click sign-in."

    def add_arguments(self, parser):
        parser.add_argument("--address", default="127.0.0.1:8000", help="host:port to serve on")
        parser.add_argument("--no-serve", action="store_true", help="only play and report")
        parser.add_argument("--no-book", action="store_true", help="leave the book out")
        parser.add_argument("--only", choices=DEMO_COMPETITIONS, help="play only this one")

    def handle(self, *, address, no_serve, no_book, only, **options):
        codes = [only] if only else list(DEMO_COMPETITIONS)
        if not no_serve:
            bind(address).close()                                       # better now than after a minute of playing
        started = time.monotonic()
        with self._alone():
            self._throw_away_half_a_replay()
            call_command("migrate", verbosity=0)
            make_sample_operator()
            for code in codes:
                if not self._is_finished(code):
                    Replay(PACKAGES / code, report=self._report, with_book=not no_book).play()
                    self._finish(code)
            log.seal_now()
        self._line("")
        for code in codes:
            for line in summary_of(Competition.objects.get(code=code), settings.VAR_DIR):
                self.stdout.write(line)
        if not no_serve:
            prepare_static_files(self.stdout.write)                     # else the address below would be named before it answers
        self.stdout.write(f"Ready after {time.monotonic() - started:.1f} s.")
        if not no_serve:
            self.stdout.write(f"Open http://{address}/demo/ and choose who you are. Stop with Ctrl-C.")
            self.stdout.flush()
            call_command("serve", address=address)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Of two starts at once, the second waits until the first has played to the end, and then finds it played.

        The lock is the operating system's: it ends with the process, however that ends.
        """
        with (settings.VAR_DIR / "demo.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.stdout.write("Another start is playing the sample competitions. This one waits until it has finished.")
                self.stdout.flush()
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _mark(self, code: str) -> Path:
        return settings.VAR_DIR / f"demo-{code}.finished"

    def _is_finished(self, code: str) -> bool:
        return Competition.objects.filter(code=code).exists() and self._mark(code).exists()

    def _throw_away_half_a_replay(self) -> None:
        """Half a competition is no use: what an interrupted start has left goes, so that this one begins anew.

        Only the demo's own folder is touched, which holds sample data and nothing else.
        """
        if connection.introspection.table_names() and not self._is_half_played():
            return
        if connection.vendor != "sqlite":
            if connection.introspection.table_names():
                raise CommandError(
                    "An earlier start was interrupted while it was playing, and half a competition is no use. "
                    "Empty the database (it holds sample data only) and start again."
                )
            return
        database = Path(connection.settings_dict["NAME"])
        connection.close()
        for path in (settings.VAR_DIR / "log-witness", database, *database.parent.glob(f"{database.name}-*")):
            path.unlink(missing_ok=True)
        for path in (settings.VAR_DIR / "files", settings.VAR_DIR / "mail"):
            shutil.rmtree(path, ignore_errors=True)
        for code in DEMO_COMPETITIONS:
            self._mark(code).unlink(missing_ok=True)

    def _is_half_played(self) -> bool:
        if Competition._meta.db_table not in connection.introspection.table_names():
            return True
        known = Competition.objects.filter(code__in=DEMO_COMPETITIONS).values_list("code", flat=True)
        return any(not self._mark(code).exists() for code in known)

    def _finish(self, code: str) -> None:
        self._mark(code).write_text("played to the end\n")

    _step = ""

    def _report(self, step: str, done: int, total: int) -> None:
        """One running line for people; in a file a line for each step."""
        self._line(f"{step}: {done} / {total}")
        if step != self._step and not sys.stdout.isatty():
            self.stdout.write(f"playing: {step}")
            self.stdout.flush()
        self._step = step

    def _line(self, text: str) -> None:
        if sys.stdout.isatty():
            self.stdout.write(f"\r\033[K{text}", ending="")
            self.stdout.flush()
