from django.core.management.base import BaseCommand

from lorbeer.register.management.commands.register_import import day
from lorbeer.register.models import RegisterEdition
from lorbeer.register.services import remove_edition
from lorbeer.shared.errors import BadInput


class Command(BaseCommand):
    help = "Remove an edition of the register that no competition uses, such as one imported by mistake."

    def add_arguments(self, parser):
        parser.add_argument("as_of", type=day, help="the day it describes: 2019-12-31")

    def handle(self, *, as_of, **options):
        edition = RegisterEdition.objects.filter(as_of=as_of, is_extract=False).order_by("pk").last()
        if edition is None:
            raise BadInput(f"There is no edition as of {as_of}.")
        remove_edition(edition)
        self.stdout.write(f"The edition as of {as_of} is removed.")
