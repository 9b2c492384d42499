"""`lorbeer audit verify`: is the log as it was written?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lorbeer.shared import log, triggers


class Command(BaseCommand):
    help = "Walk along the log's hash chain. Ends with 1 and names the first row that is not as it was sealed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--witness", action="append", default=[], metavar="DIGEST",
                            help="a digest from a receipt or minutes that must be in the chain; may be repeated")
        parser.add_argument("--scope", metavar="COMPETITION", help="count the events of this competition only")

    def handle(self, *, witness: list[str], scope: str | None, **options: Any) -> None:
        report = log.verify(scope, witness)
        if not report:
            raise CommandError(str(report), returncode=1)
        if absent := triggers.missing():
            raise CommandError(triggers.sentence(absent), returncode=1)
        self.stdout.write(str(report))
        if scope:
            self.stdout.write(f"{scope}: {report.events}")
        if report.waiting:
            self.stdout.write(f"Waiting for a seal: {report.waiting}")
