from argparse import ArgumentTypeError
from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand

from lorbeer.register.models import RegisterEdition
from lorbeer.register.queries import changes_between
from lorbeer.register.services import import_register
from lorbeer.shared.errors import BadInput


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no day of the calendar. Write year, month and day, such as 2019-12-31.") from None


class Command(BaseCommand):
    help = "Import the official register of municipalities (CSV extract or GV100AD). The same file twice is one edition."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="the register file")
        parser.add_argument("--as-of", type=day, required=True, help="the day it describes: 2019-12-31")
        parser.add_argument("--source", default="© Statistisches Bundesamt (Destatis), dl-de/by-2-0", help="publisher, licence")

    def handle(self, *, file, as_of, source, **options):
        try:
            data = file.read_bytes()
        except OSError as error:
            raise BadInput(f"The file cannot be read: {error.strerror}.", where=str(file)) from error
        before = RegisterEdition.objects.filter(is_extract=False).order_by("as_of").last()
        edition = import_register(data, as_of=as_of, source=source)
        self.stdout.write(f"{edition.municipalities.count()} records as of {edition.as_of}.")
        if before and before != edition:
            changes = changes_between(before, edition)
            self.stdout.write(
                f"Against {before.as_of}: {len(changes.added)} new, {len(changes.gone)} gone, "
                f"{len(changes.renamed)} renamed, {len(changes.other_status)} with another legal status."
            )
            for old, new in changes.renamed:
                self.stdout.write(f"  {old.key}: {old.name} → {new.name}")
            for old, new in changes.other_status:
                self.stdout.write(f"  {old.key} {new.name}: {old.legal_status} → {new.legal_status}")
