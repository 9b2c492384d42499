from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand
from django.urls import reverse

from lorbeer.call.package import import_package, lacking


class Command(BaseCommand):
    help = "Make a competition from a package folder, or bring an existing one up to date. Safe to repeat."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, help="the folder with competition.toml; see docs/package.md")

    def handle(self, *, folder, **options):
        competition = import_package(folder)
        self.stdout.write(f"{competition.code}: {competition.title.get(competition.first_language) or competition.title}")
        pages, team = (settings.BASE_URL + reverse(name, args=[competition.code]) for name in ("website:competition_home", "people:team_list"))
        self.stdout.write(f"Its pages: {pages}")
        if not competition.roles.exists():
            self.stdout.write(f"Nobody has a role in it yet: as an operator, invite the lead of the office at {team}.")
        for sentence in lacking(competition):
            self.stdout.write(sentence)
        edition = competition.register_edition
        if competition.of_register and edition and edition.is_extract and not competition.brings_register:
            self.stdout.write(f"There is no full register, so it uses the extract as of {edition.as_of} that another package brought along. "
                              "Import the full one (lorbeer register import FILE); then the office can take it on its page “Official "
                              "register” until the first entry is begun.")
