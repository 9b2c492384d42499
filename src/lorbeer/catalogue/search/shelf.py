"""Where the indexes lie, and who builds one. Each machine has its own, under the checksum of the edition; all may be deleted.

A small index is built where it is first asked for. A large one is built once per machine, aside, by the worker after the publication
or by whoever misses it; until it is whole, readers learn how far it is. Nobody sees half an index.
"""

import json
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.utils.translation import gettext as _

from lorbeer.catalogue.search.index import FORMAT, Index, Step, make
from lorbeer.editions.models import Edition
from lorbeer.editions.queries import codebook_of
from lorbeer.shared import files
from lorbeer.shared.errors import Busy
from lorbeer.shared.leases import alone_here
from lorbeer.shared.templatetags.formats import percent

AT_ONCE = 4_000_000                                                     # bytes of facts that are indexed while somebody waits: half a second
SAID_EVERY = 0.5                                                        # seconds
TAKEN_UP_AGAIN = 60                                                     # seconds before another attempt at what could not be built
logger = structlog.get_logger(__name__)
_opening = threading.Lock()
_failed: dict[str, float] = {}


class BeingBuilt(Busy):
    """The index is not there yet; says how far it is."""

    def __init__(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        far = _(" %(percent)s are done.") % {"percent": percent(done / total)} if total else ""
        super().__init__(_("The public database is being made ready for a new edition.%(far)s Reload this page in a moment.") % {"far": far})


def folder() -> Path:
    found = Path(settings.VAR_DIR) / "catalogue"
    found.mkdir(parents=True, exist_ok=True)
    return found


def _place(edition: Edition) -> Path:
    return folder() / f"{edition.sha256}-{FORMAT}"


def is_ready(edition: Edition) -> bool:
    """Whether its index can be read without waiting."""
    return _place(edition).exists() or edition.facts.blob.size <= AT_ONCE


def index_of(edition: Edition) -> Index:
    """The index of a frozen edition. Raises BeingBuilt where that takes longer than a reader should wait."""
    place = _place(edition)
    if not place.exists():
        if edition.facts.blob.size > AT_ONCE:
            _build_aside(edition)
        with _opening:
            if not place.exists():
                build(edition)
    try:
        return _opened(place)
    except (OSError, EOFError, ValueError, LookupError, TypeError) as error:
        logger.warning("index is damaged", edition=edition.sha256, error=type(error).__name__)
        shutil.rmtree(place, ignore_errors=True)
        if edition.facts.blob.size > AT_ONCE:
            _build_aside(edition)
        build(edition)
        return _opened(place)


@lru_cache(maxsize=80)
def _opened(place: Path) -> Index:
    return Index(place)


def build(edition: Edition, step: Step = lambda done, total: None) -> None:
    """Build the index of an edition, whole or not at all."""
    _build(_place(edition), lambda: files.open_file(edition.facts), codebook_of(edition), step)


def _build(place: Path, facts: Callable[[], Any], codebook: list[dict[str, Any]], step: Step) -> None:
    with tempfile.TemporaryDirectory(dir=folder(), prefix="unfinished-") as aside:
        target = Path(aside) / "index"
        target.mkdir()
        with facts() as source:
            make(target, source, codebook, step)
        for written in (*target.iterdir(), target):                     # else a power cut may leave the name without what is in it
            _force_to_disk(written)
        try:
            os.rename(target, place)
        except OSError:
            if not place.exists():                                      # else somebody was quicker; it is the same
                raise


def _force_to_disk(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


# --- large ones -------------------------------------------------------------------------------------------------------


def _build_aside(edition: Edition) -> None:
    """Always raises BeingBuilt; sees to it that somebody on this machine is at work."""
    sha256 = edition.sha256
    if _failed.get(sha256, 0) < time.monotonic() - TAKEN_UP_AGAIN or sha256 not in _failed:
        place, codebook, facts = _place(edition), codebook_of(edition), edition.facts
        _start(sha256, place, lambda: files.open_file(facts), codebook)
    try:
        done, total = json.loads(_progress(sha256).read_text())
    except (OSError, ValueError):
        done, total = 0, 0
    raise BeingBuilt(done, total)


def _start(sha256: str, place: Path, facts: Callable[[], Any], codebook: list[dict[str, Any]]) -> None:
    """Build it in a thread of this process, which asks no database."""
    threading.Thread(target=_work, args=(sha256, place, facts, codebook), daemon=True, name=f"index-{sha256[:12]}").start()


def _work(sha256: str, place: Path, facts: Callable[[], Any], codebook: list[dict[str, Any]]) -> None:
    try:
        build_alone(sha256, place, facts, codebook, lambda done, total: None)
    except Exception:
        _failed[sha256] = time.monotonic()
        logger.exception("index could not be built", edition=sha256)


def build_edition(edition: Edition, step: Step) -> bool:
    """Build a large index here, unless somebody does already; whether it was us."""
    return build_alone(edition.sha256, _place(edition), lambda: files.open_file(edition.facts), codebook_of(edition), step)


def build_alone(sha256: str, place: Path, facts: Callable[[], Any], codebook: list[dict[str, Any]], step: Step) -> bool:
    with alone_here(f"catalogue-{sha256[:16]}") as mine:
        if not mine or place.exists():
            return False
        said = 0.0

        def say(done: int, total: int) -> None:
            nonlocal said
            step(done, total)
            if time.monotonic() - said > SAID_EVERY:
                said = time.monotonic()
                _progress(sha256).write_text(json.dumps([done, total]))

        try:
            _build(place, facts, codebook, say)
        finally:
            _progress(sha256).unlink(missing_ok=True)
        return True


def _progress(sha256: str) -> Path:
    return folder() / f"{sha256}.progress"


def forget(editions: Iterable[str]) -> None:
    """Delete the indexes of editions, by checksum, and what was left unfinished a day ago. Who reads one keeps it open."""
    for sha256 in editions:
        for place in folder().glob(f"{sha256}-*"):
            shutil.rmtree(place, ignore_errors=True)
    for left in folder().glob("unfinished-*"):
        if left.stat().st_mtime < time.time() - 86_400:
            shutil.rmtree(left, ignore_errors=True)
