"""Size and checksum of the files of an edition in a state: made once per machine, kept beside the index, thrown away and made again at will.

The files themselves are not kept: they hold what an applicant may take back.
"""

import hashlib
import json
import os
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO

import structlog
from django.db import connections

from lorbeer.catalogue.search import shelf
from lorbeer.editions.models import Edition
from lorbeer.shared.errors import Busy
from lorbeer.shared.leases import alone_here

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Sum:
    """A file of a dataset: its name, its kind (a key of open_data.KINDS, or "codebook"), size in bytes, SHA-256."""

    name: str
    kind: str
    size: int
    sha256: str


def of_file(file: IO[bytes]) -> tuple[int, str]:
    """(size, SHA-256) of an open file."""
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256")  # type: ignore[arg-type]
    return file.tell(), digest.hexdigest()


def _place(edition: Edition, state: str) -> Path:
    return shelf.folder() / f"{edition.sha256}-{state}.sums"


def known(edition: Edition, state: str) -> tuple[Sum, ...] | None:
    """As somebody has made them."""
    try:
        return _read(_place(edition, state))
    except (OSError, ValueError, TypeError):
        return None


@lru_cache(maxsize=64)
def _read(place: Path) -> tuple[Sum, ...]:
    return tuple(Sum(**one) for one in json.loads(place.read_text()))


def make(edition: Edition, state: str, sum_up: Callable[[], list[Sum]]) -> tuple[Sum, ...]:
    found, place = sum_up(), _place(edition, state)
    aside = place.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    aside.write_text(json.dumps([asdict(one) for one in found]))
    for former in place.parent.glob(f"{edition.sha256}-*.sums"):        # of another state
        former.unlink(missing_ok=True)
    aside.rename(place)
    return tuple(found)


def make_aside(edition: Edition, state: str, sum_up: Callable[[], list[Sum]]) -> None:
    """In a thread of this process, unless somebody on this machine is at it."""
    threading.Thread(target=_work, args=(edition, state, sum_up), daemon=True, name=f"sums-{state}").start()


def _work(edition: Edition, state: str, sum_up: Callable[[], list[Sum]]) -> None:
    try:
        with alone_here(f"sums-{edition.sha256[:16]}") as mine:
            if mine and known(edition, state) is None:
                make(edition, state, sum_up)
    except Busy:                                                        # the index comes first
        pass
    except Exception:
        logger.exception("checksums could not be made", edition=edition.sha256)
    finally:
        connections.close_all()
