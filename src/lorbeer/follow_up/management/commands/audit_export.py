"""`lorbeer audit export COMPETITION [ENTRY] DIR`: the evidence of one entry's decision, or of the whole competition."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from lorbeer.call.models import Competition
from lorbeer.call.queries import competition_called
from lorbeer.entries.models import Entry
from lorbeer.follow_up import audit, audit_whole
from lorbeer.shared.text import house_language


class Command(BaseCommand):
    help = ("Write the evidence of one entry's decision into a folder: history, log with seals, votes, minutes, submissions. Without ENTRY of "
            "the whole competition, with a program that plays it again from the log.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("competition", metavar="COMPETITION")
        parser.add_argument("entry", metavar="ENTRY", nargs="?", help="code of the entry; without it the whole competition")
        parser.add_argument("folder", metavar="DIR", type=Path, help="a folder of the entry's (or the competition's) code is made in it")

    def handle(self, *, competition: str, entry: str | None, folder: Path, **options: Any) -> None:
        whole = competition_called(competition)
        if entry is None:
            self._whole(whole, folder)
            return
        found = Entry.objects.filter(competition=whole, code__iexact=entry).select_related("competition", "group").first()
        if found is None:
            raise CommandError(f"There is no entry “{entry}” in “{competition}”.", returncode=1)
        if (folder / found.code).exists():
            raise CommandError(f"{folder / found.code} is there already. Name another folder.", returncode=1)
        try:
            with translation.override(house_language(found.competition.first_language)):
                names, seal = audit.write_evidence(found, folder)
        except OSError as error:
            raise CommandError(f"{folder} cannot be written: {error.strerror}.", returncode=1) from error
        self.stdout.write(f"{len(names)} files in {folder / found.code}. Check them with: python3 verify.py")
        self.stdout.write(f"It ends with the seal of what was taken away, which must be: {seal.number} {seal.digest}")

    def _whole(self, competition: Competition, folder: Path) -> None:
        target = folder / competition.code
        if target.exists():
            raise CommandError(f"{target} is there already. Name another folder.", returncode=1)
        try:
            with translation.override(house_language(competition.first_language)):
                number, left_out = audit_whole.write_whole(competition, target)
        except OSError as error:
            raise CommandError(f"{folder} cannot be written: {error.strerror}.", returncode=1) from error
        self.stdout.write(f"{number} files in {target}. Check them with: python3 verify.py")
        if left_out:
            rounds = ", ".join(f"round {round}" for round in left_out)
            self.stdout.write(f"Left out, because votes are open: {rounds}. Take the evidence away anew when all are sealed.")
