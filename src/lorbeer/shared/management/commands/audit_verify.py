"""`lorbeer audit verify`: is the log as it was written, and are the tables as it says?"""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lorbeer.shared import proof
from lorbeer.shared.models import LogEvent


class Command(BaseCommand):
    help = (
        "Walk along the log's hash chain, and compare with it what stands in the tables: votes, submissions, decisions, awards. "
        "Ends with 1 and names the first row of each table that is not as it was written. Pages show what it has found."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--witness", action="append", default=[], metavar="DIGEST",
                            help="a digest from a receipt or minutes that must be in the chain; may be repeated")
        parser.add_argument("--by", choices=("command", "worker"), default="command", help=argparse.SUPPRESS)
        parser.add_argument("--scope", metavar="COMPETITION", help="count the events of this competition only")

    def handle(self, *, witness: list[str], scope: str | None, by: str, **options: Any) -> None:
        if scope and not LogEvent.objects.filter(scope=scope).exists():
            known = LogEvent.objects.exclude(scope="").order_by("scope").values_list("scope", flat=True).distinct()
            raise CommandError(f"There is no competition “{scope}” in the log. "
                               + (f"There are: {', '.join(known)}." if known else "It holds none yet."), returncode=1)
        found = proof.walk(scope, witness) if witness else proof.walk_and_keep(scope, by=by)
        report = found.report
        if not found:
            raise CommandError("\n".join(found.faults), returncode=1)
        self.stdout.write(str(report))
        if scope:
            self.stdout.write(f"{scope}: {report.events}")
        if report.waiting:
            self.stdout.write(f"Waiting for a seal: {report.waiting}")
        if report.unaccounted:
            self.stdout.write(f"Numbers given out after the last event (rolled back, or cut off): {report.unaccounted}")
