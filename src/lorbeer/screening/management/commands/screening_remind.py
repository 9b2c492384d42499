"""`lorbeer screening remind`: remind screeners of votes that are due. For a timer, once a day."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from lorbeer.call.models import Competition
from lorbeer.call.queries import competition_called
from lorbeer.screening import services
from lorbeer.shared.arguments import number_from


class Command(BaseCommand):
    help = "Remind screeners of votes that are overdue or due soon. Safe to repeat: one mail in three days at most."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("competition", metavar="COMPETITION", nargs="?", help="only this competition")
        parser.add_argument("--ahead", type=number_from(0), default=3, metavar="DAYS", help="remind so many days before a vote is due (3)")
        parser.add_argument("--every", type=number_from(1), default=3, metavar="DAYS", help="days between two reminders (3; at least 1)")
        parser.add_argument("--dry-run", action="store_true", help="only say who would be reminded")

    def handle(self, *, competition: str | None, ahead: int, every: int, dry_run: bool, **options: Any) -> None:
        places = [competition_called(competition)] if competition else Competition.objects.order_by("pk")
        act = services.reminders_due if dry_run else services.remind_those_behind
        count = 0
        for place in places:
            for one in act(place, ahead_days=ahead, every_days=every):
                count += 1
                self.stdout.write(f"{place.code} {one.person.code} due {one.due_on.isoformat()}")
        self.stdout.write("Nothing was sent." if dry_run else f"Reminders queued: {count}")
