"""`lorbeer jury simulate`: a whole invented round through the services, with every invariant checked at every step."""

import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from lorbeer.jury.simulation import Broken, Figures, Play

INSIDE = "LORBEER_SIMULATION"                                           # set in the process that has a database of its own


class Command(BaseCommand):
    help = ("Play a whole invented round (entries, votes, joint session, jury's day) through the services and check after each step what must "
            "always hold. In a database of its own, which is gone afterwards: nothing here is touched.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="the same seed plays the same round (default: 1)")
        parser.add_argument("--entries", type=int, default=500)
        parser.add_argument("--screeners", type=int, default=20)
        parser.add_argument("--jurors", type=int, default=15, help="seats; every fourth member has a deputy besides")

    def handle(self, *, seed: int, entries: int, screeners: int, jurors: int, **options: Any) -> None:
        if entries < 10 or screeners < 4 or jurors < 5:
            raise CommandError("A round has at least 10 entries, 4 screeners and 5 jurors.", returncode=2)
        if os.environ.get(INSIDE) == "yes":
            self._play(seed, entries, screeners, jurors)
            return
        with tempfile.TemporaryDirectory(prefix="lorbeer-simulation-") as folder:
            kept = {name: value for name, value in os.environ.items() if not name.startswith("LORBEER_")}
            environment = kept | {
                INSIDE: "yes", "LORBEER_VAR": folder, "LORBEER_SECRET_KEY": secrets.token_urlsafe(50),
                "LORBEER_DATABASE": f"sqlite:///{Path(folder) / 'simulation.sqlite3'}",
                "PYTHONPATH": os.pathsep.join([str(settings.PACKAGE_DIR.parent), *filter(None, [kept.get("PYTHONPATH")])]),
            }
            words = ["jury", "simulate", "--seed", seed, "--entries", entries, "--screeners", screeners, "--jurors", jurors]
            for command in (["migrate", "--verbosity", "0"], words):
                done = subprocess.run([sys.executable, "-m", "lorbeer", *map(str, command)], env=environment, check=False)  # noqa: S603
                if done.returncode:
                    raise CommandError("The simulation ended early.", returncode=done.returncode)

    def _play(self, seed: int, entries: int, screeners: int, jurors: int) -> None:
        self.stdout.write(f"Seed {seed}: {entries} entries, {screeners} screeners, a jury of {jurors}, three groups.")
        last = ""

        def report(stage: str, done: int, total: int) -> None:
            nonlocal last
            if stage != last or done == total or done % 100 == 0:
                self.stderr.write(f"  {stage}: {done} of {total}")
                last = stage

        try:
            figures = Play(seed, entries=entries, screeners=screeners, jurors=jurors, report=report).play()
        except Broken as broken:
            raise CommandError(f"An invariant does not hold. {broken} (seed {seed})", returncode=1) from broken
        self._tell(figures)

    def _tell(self, figures: Figures) -> None:
        for title, lines in (
            ("Figures", figures.counts), ("Ways of deciding (items)", figures.modes), ("Refused, and rightly so", figures.refused),
            ("Seconds", {stage: f"{taken:.1f}" for stage, taken in figures.seconds.items()}),
        ):
            self.stdout.write(f"\n{title}")
            for name, value in lines.items():
                self.stdout.write(f"  {name:<44} {value:>12,}" if isinstance(value, int) else f"  {name:<44} {value:>12}")
        self.stdout.write(
            "\nHeld at every step: two sealed votes of two people for each entry, nobody reads or votes where biased, the cap and the number of"
            " each prize, the quorum of every decision, sealed votes and decisions unchanged, the log whole and as the tables."
        )
