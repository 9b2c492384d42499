"""`lorbeer audit seal`: seal what waits, and print the newest digest."""

from typing import Any

from django.core.management.base import BaseCommand

from lorbeer.shared import log


class Command(BaseCommand):
    help = "Seal every event that waits and print number and digest of the newest seal, to be kept outside as a witness."

    def handle(self, **options: Any) -> None:
        made = log.seal_log()
        number, digest = log.newest_seal()
        self.stdout.write(f"{made} sealed; newest: {number} {digest}")
