"""`lorbeer demo`: two sample competitions, replayed once, and every role one click away."""

import sys
import time
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from lorbeer.call.models import Competition
from lorbeer.demo.replay import Replay
from lorbeer.demo.summary import summary_of
from lorbeer.shared import log

PACKAGES = settings.PROJECT_DIR / "competitions"
DEMO_COMPETITIONS = ("zusammenleben2017", "quartiersfonds")


class Command(BaseCommand):
    help = "Play two sample competitions into an empty database (once) and serve them with one-click sign-in."

    def add_arguments(self, parser):
        parser.add_argument("--address", default="127.0.0.1:8000", help="host:port to serve on")
        parser.add_argument("--no-serve", action="store_true", help="only play and report")
        parser.add_argument("--no-book", action="store_true", help="leave the book out")

    def handle(self, *, address, no_serve, no_book, **options):
        call_command("migrate", verbosity=0)
        started = time.monotonic()
        for code in DEMO_COMPETITIONS:
            if self._is_finished(code):
                continue
            replay = Replay(PACKAGES / code, report=self._report, with_book=not no_book)
            replay.play()
            self._finish(code)
        log.seal_now()
        self._line("")
        for code in DEMO_COMPETITIONS:
            for line in summary_of(Competition.objects.get(code=code), settings.VAR_DIR):
                self.stdout.write(line)
        self.stdout.write(f"Ready after {time.monotonic() - started:.1f} s.")
        if not no_serve:
            self.stdout.write(f"Open http://{address}/demo/ and choose who you are. Stop with Ctrl-C.")
            self.stdout.flush()
            call_command("serve", address=address)

    def _mark(self, code: str) -> Path:
        return settings.VAR_DIR / f"demo-{code}.finished"

    def _is_finished(self, code: str) -> bool:
        """Played to the end before; what an interrupted start has left is thrown away first."""
        return Competition.objects.filter(code=code).exists() and self._mark(code).exists()

    def _finish(self, code: str) -> None:
        self._mark(code).write_text("played to the end\n")

    def _report(self, step: str, done: int, total: int) -> None:
        self._line(f"{step}: {done} / {total}")

    def _line(self, text: str) -> None:
        if sys.stdout.isatty():
            self.stdout.write(f"\r\033[K{text}", ending="")
            self.stdout.flush()
