"""The newest seal of the log, kept outside the database: one line in the data folder, `NUMBER DIGEST`.

The chain cannot tell that its end was cut off. This file can: the seal that it names must be in the log. The sealer
writes it after its commit (`log.keep_witness`), `lorbeer audit verify` asks it, and nobody else writes it but
`lorbeer audit acknowledge`, after a backup was restored on purpose or a machine was set up. It begins with the first seal of
all; a file that is missing later is a fault.
"""

import logging
import os
import threading

from django.conf import settings

logger = logging.getLogger(__name__)


def is_kept() -> bool:
    """Whether this process keeps a witness; tests do not."""
    return settings.LOG_WITNESS is not None


def read() -> tuple[int, str] | None:
    """Number and digest that the file holds; None without a file, or where a power cut left it empty."""
    if settings.LOG_WITNESS is None:
        return None
    try:
        words = settings.LOG_WITNESS.read_text("utf-8", "replace").split()
    except FileNotFoundError:
        return None
    if not words:
        return None
    return (int(words[0]) if words[0].isdecimal() else 0), "".join(words[1:2])[:64]


def write(number: int, digest: str) -> None:
    """Put another line in its place, whole or not at all. A disk that refuses is told to the operator, and stops nobody."""
    if settings.LOG_WITNESS is None:
        return
    unfinished = settings.LOG_WITNESS.with_name(f"{settings.LOG_WITNESS.name}-{os.getpid()}-{threading.get_ident()}")
    try:
        with unfinished.open("w") as file:
            file.write(f"{number} {digest}\n")
            file.flush()
            os.fsync(file.fileno())                                     # a file that a power cut left empty is a fault
        unfinished.replace(settings.LOG_WITNESS)
    except OSError as error:
        logger.warning("The log's witness cannot be written: %s", error)
