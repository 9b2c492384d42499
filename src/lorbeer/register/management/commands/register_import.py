from argparse import ArgumentTypeError
from collections import Counter
from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand

from lorbeer.register.changes import Change, Kind, changes_between
from lorbeer.register.models import Municipality
from lorbeer.register.queries import edition_before
from lorbeer.register.services import Incomplete, import_register
from lorbeer.shared.errors import BadInput

TITLES = {
    Kind.MERGED: "merged into another (concluded from area and people)", Kind.MOVED: "have another key", Kind.DISSOLVED: "gone",
    Kind.NEW: "new", Kind.RENAMED: "renamed", Kind.STATUS: "have another legal status",
}


MOST_SHOWN = 20                                                         # changes of a kind


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no day of the calendar. Write year, month and day, such as 2019-12-31.") from None


def named(body: Municipality) -> str:
    return f"{body.legal_status} {body.text_code}".strip()


def line(change: Change) -> str:
    old, new = change.old, change.new
    if old is None or new is None:
        return f"  {change.body.key} {change.body.name}"
    if change.kind == Kind.STATUS:
        return f"  {new.key} {new.name}: {named(old)} → {named(new)}"
    if change.kind == Kind.RENAMED:
        return f"  {new.key} {old.name} → {new.name}"
    return f"  {old.key} {old.name} → {new.key} {new.name}"


class Command(BaseCommand):
    help = "Import the official register of municipalities (.xlsx or CSV extract, GV100AD). The same file twice is one edition."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="the register file")
        parser.add_argument("--as-of", type=day, help="the day it describes, where the file does not say it: 2019-12-31")
        parser.add_argument("--source", default="© Statistisches Bundesamt (Destatis), dl-de/by-2-0", help="publisher, licence")

        parser.add_argument("--force", action="store_true", help="take it though it holds far less than the last edition")

    def handle(self, *, file, as_of, source, force, **options):
        try:
            data = file.read_bytes()
        except OSError as error:
            raise BadInput(f"The file cannot be read: {error.strerror}.", where=str(file)) from error
        try:
            edition = import_register(data, as_of=as_of, source=source, confirmed=force)
        except Incomplete as error:
            raise BadInput(f"{error} (--force)", where=str(file)) from error
        self.stdout.write(f"{edition.municipalities.count()} records as of {edition.as_of}.")
        if before := edition_before(edition):
            changes = changes_between(before, edition)
            counts = Counter(change.kind for change in changes)
            found = ", ".join(f"{counts[kind]} {kind}" for kind in Kind if counts[kind])
            self.stdout.write(f"Against {before.as_of}: {found or 'no change'}.")
            for kind in Kind:
                if counts[kind]:
                    self.stdout.write(f"{counts[kind]} {TITLES[kind]}:")
                    for change in [change for change in changes if change.kind == kind][:MOST_SHOWN]:
                        self.stdout.write(line(change))
                    if counts[kind] > MOST_SHOWN:
                        self.stdout.write(f"  … and {counts[kind] - MOST_SHOWN} more; all are on the page “Official register”.")
        self.stdout.write("Competitions keep the edition with which they began; new ones take this one where it is the newest.")
