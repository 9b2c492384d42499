"""`lorbeer work`: the worker alone."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from lorbeer.shared import jobs, log, outbox


class Command(BaseCommand):
    help = "Send mails, run jobs and seal the log until stopped. Any number of workers can run at once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what waits now, and end")

    def handle(self, *, once: bool, **options: Any) -> None:
        if once:
            log.seal_log()
            sent, ran = outbox.deliver_waiting(), jobs.run_waiting()
            sent += outbox.deliver_waiting()
            log.seal_log()
            self.stdout.write(f"{sent} mails, {ran} jobs")
            return
        over = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: over.set())
        self.stdout.write("Working. Stop with Ctrl-C.")
        jobs.work_forever(over)
