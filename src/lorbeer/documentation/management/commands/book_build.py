"""`lorbeer book build COMPETITION [--edition N] [--output FILE]`."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from lorbeer.call.queries import competition_called
from lorbeer.documentation.queries import asked_edition
from lorbeer.documentation.services import BookFault, build_book
from lorbeer.shared import files
from lorbeer.shared.errors import BadInput
from lorbeer.shared.targets import require_file, writing


class Command(BaseCommand):
    help = "Set the book of a competition as PDF. Every fault is named with chapter and line; then nothing is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("competition", help="code of the competition")
        parser.add_argument("--edition", type=int, help="number of the edition (default: the newest)")
        parser.add_argument("--output", type=Path, help="also write the PDF to this file")

    def handle(self, *, competition: str, edition: int | None, output: Path | None, **_options: Any) -> None:
        try:
            place = competition_called(competition)
            chosen = asked_edition(place, edition)
        except BadInput as error:
            raise CommandError(str(error)) from error
        if output:
            require_file(output)
        try:
            build = build_book(place, chosen, by=None, progress=self.show, tell=self.stderr.write)
        except BookFault as error:
            raise CommandError(str(error)) from error
        if output:
            with writing(output):
                output.write_bytes(files.read(build.pdf))
        self.stdout.write(_("The book has %(pages)d pages and %(references)d computed references.") % {
            "pages": build.pages, "references": build.references})
        if output:
            self.stdout.write(str(output))

    def show(self, done: int, total: int, note: str) -> None:
        self.stderr.write(f"{done}/{total} {note}")
