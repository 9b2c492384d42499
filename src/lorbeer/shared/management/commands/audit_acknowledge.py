"""`lorbeer audit acknowledge`: the database is older than the file beside it, or the file is missing, and that was meant."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from lorbeer.shared import log, proof, witness
from lorbeer.shared.models import LogEvent


class Command(BaseCommand):
    help = (
        "Say that a backup was restored, or this machine set up, on purpose: the seal that the data folder's log-witness knows is gone for "
        "good, or the file is missing. "
        "Notes it with the reason in the log of every competition, and lets the file begin anew."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reason", required=True, help="why the database is older than the file, or the file missing")

    def handle(self, *, reason: str, **options: Any) -> None:
        if not reason.strip():
            raise CommandError("Give the reason: it stands in the log.")
        report, known = log.verify(), witness.read() or (0, "")
        if report:
            raise CommandError("There is nothing to acknowledge: the log goes at least as far as the file beside the database.")
        if not report.cut:
            raise CommandError(f"Something else is wrong first, and nothing was changed. {report}")
        scopes = {"", *LogEvent.objects.order_by().values_list("scope", flat=True).distinct()}
        with transaction.atomic():
            log.record_many(
                log.event("log.acknowledge", scope=scope, actor="system:command", lost=known[0], digest=known[1], reason=reason.strip())
                for scope in sorted(scopes)
            )
        number, digest = log.seal_now()
        witness.write(number, digest)
        proof.walk_soon()
        self.stdout.write(f"Noted in the log. The file beside the database begins anew with seal {number} {digest}")
