"""`lorbeer data erase COMPETITION`: erase the personal data whose time is over."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from lorbeer.call.queries import competition_called
from lorbeer.follow_up import retention


class Command(BaseCommand):
    help = "Erase the personal data of a competition that is due by its call. Safe to repeat; statistics stay as they are."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("competition", metavar="COMPETITION", help="its word in addresses, for example zusammenleben2017")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be erased")

    def handle(self, *, competition: str, dry_run: bool, **options: Any) -> None:
        found = competition_called(competition)
        for sentence in retention.erase(found, by=None, dry_run=dry_run).sentences():
            self.stdout.write(sentence)
        if dry_run:
            self.stdout.write("Nothing was changed.")
