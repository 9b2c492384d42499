from pathlib import Path

from django.core.management.base import BaseCommand

from lorbeer.call.models import Competition
from lorbeer.call.package import export_package
from lorbeer.shared.errors import BadInput


class Command(BaseCommand):
    help = "Write a competition as a package folder, which can be kept in git and imported again."

    def add_arguments(self, parser):
        parser.add_argument("code", help="the competition's code, as in its address")
        parser.add_argument("folder", type=Path, help="a new or empty folder")

    def handle(self, *, code, folder, **options):
        competition = Competition.objects.filter(code=code).first()
        if competition is None:
            known = ", ".join(Competition.objects.values_list("code", flat=True)) or "none"
            raise BadInput(f"There is no competition “{code}”. There are: {known}.")
        export_package(competition, folder)
        self.stdout.write(f"{folder}: written")
