"""`lorbeer proofs remind`: remind of reports on prize money that are due. For a timer, once a day."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from lorbeer.call.models import Competition
from lorbeer.call.queries import competition_called
from lorbeer.follow_up import services
from lorbeer.shared.arguments import number_from


class Command(BaseCommand):
    help = "Remind of reports on prize money that are overdue or due soon. Safe to repeat: one mail a week at most."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("competition", metavar="COMPETITION", nargs="?", help="only this competition")
        parser.add_argument("--ahead", type=number_from(0), default=14, metavar="DAYS", help="remind so many days before it is due (14)")
        parser.add_argument("--every", type=number_from(1), default=7, metavar="DAYS", help="days between two reminders (7; at least 1)")
        parser.add_argument("--dry-run", action="store_true", help="only say who would be reminded")

    def handle(self, *, competition: str | None, ahead: int, every: int, dry_run: bool, **options: Any) -> None:
        places = [competition_called(competition)] if competition else Competition.objects.order_by("pk")
        sent = 0
        for place in places:
            for proof in services.reminders_due(place, ahead_days=ahead, every_days=every):
                line = f"{place.code} {proof.award.entry.code} due {proof.due_on.isoformat()}"
                if dry_run:
                    self.stdout.write(line)
                elif services.remind(proof):
                    sent += 1
                    self.stdout.write(line)
                else:
                    self.stdout.write(f"{line}: nobody to write to")
        self.stdout.write("Nothing was sent." if dry_run else f"Reminders queued: {sent}")
