"""`lorbeer mail fetch`: what came by e-mail, into the register."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lorbeer.call.queries import competition_called
from lorbeer.intake import mailbox, services


class Command(BaseCommand):
    help = (
        "Take in the mails of the account (LORBEER_IMAP_ACCOUNT), or of a folder of .eml files. Safe to repeat: the same mail is"
        " one arrival. Ends with 1 when a mail waits that was not told of before, or the account does not answer."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--folder", type=Path, help="read the files ending in .eml in this folder instead of the account")
        parser.add_argument("--competition", metavar="CODE", help="for mails that name no competition by address or form")

    def handle(self, *, folder: Path | None, competition: str | None, **options: Any) -> None:
        place = competition_called(competition) if competition else None
        source: mailbox.Mailbox = mailbox.Folder(folder) if folder else mailbox.account()
        done = services.fetch_mails(source, competition=place, tell=self.stdout.write)
        self.stdout.write(f"{done.received} new, {done.waiting} waiting")
        if done.unheard:
            raise CommandError("Some mails could not be taken in and wait where they are: see above.")
