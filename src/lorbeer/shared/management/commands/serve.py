"""`lorbeer serve`: web server and worker in one process."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from lorbeer.shared import server
from lorbeer.shared.arguments import number_from


def worker_count(text: str) -> int:
    """`none`, or how many."""
    if text == "none":
        return 0
    if not text.isdecimal() or int(text) > 16:
        raise argparse.ArgumentTypeError(f"{text!r} is neither none nor a number up to 16")
    return int(text)


class Command(BaseCommand):
    help = "Serve the pages, send the mails and do the long work, until stopped. Makes the tables of an empty database."
    requires_system_checks = []                                         # made after the database is there: see server.prepare

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--address", default="127.0.0.1:8000", metavar="HOST:PORT",
                            help="where to listen (127.0.0.1:8000; port 0: any free one)")
        parser.add_argument("--threads", type=number_from(1, 64), default=8, metavar="N", help="requests at once (8)")
        parser.add_argument("--processes", type=number_from(1, 32), default=1, metavar="N",
                            help="processes that answer, each with so many threads (1); as many as there are cores for a large call")
        parser.add_argument("--workers", type=worker_count, default=1, metavar="N",
                            help="threads for mails and long work (1); none where `lorbeer work` runs beside it")

    def handle(self, *, address: str, threads: int, workers: int, processes: int, **options: Any) -> None:
        def say(sentence: str) -> None:
            self.stdout.write(sentence)
            self.stdout.flush()

        server.serve(address, threads=threads, workers=workers, processes=processes, say=say)
