from pathlib import Path

from django.core.management.base import BaseCommand

from lorbeer.call.package import export_package
from lorbeer.call.queries import competition_called


class Command(BaseCommand):
    help = "Write a competition as a package folder, which can be kept in git and imported again."

    def add_arguments(self, parser):
        parser.add_argument("code", help="the competition's code, as in its address")
        parser.add_argument("folder", type=Path, help="a new or empty folder")

    def handle(self, *, code, folder, **options):
        export_package(competition_called(code), folder)
        self.stdout.write(f"{folder}: written")
