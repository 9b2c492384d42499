"""Codes on scans, pages out of them, and how many any PDF has. Strangers sent it: a process of its own opens it (scan_worker.py)."""

import json
import re
import threading
from dataclasses import dataclass

from django.utils.translation import gettext as _

from lorbeer.shared import scan_pool, scan_worker
from lorbeer.shared.errors import BadInput, Busy

SECONDS = 20                            # for a letter that somebody waits for
MOST_PAGES = 60
SMALL = 128 * 1024                      # bytes of a PDF that is counted at once where nothing is packed: half a second at most
COUNTING_SECONDS = 8                    # for any PDF that is sent; a good one takes less than one
CLEANING_SECONDS = 10                   # for a PDF that somebody wants to see; a good one of 100 MB takes two
CLEANING = threading.Semaphore(2)       # PDFs being cleaned at once, each with memory of its own
PATIENCE = 2                            # seconds until its turn: whoever waits holds a thread of the server
TEXT_SECONDS = 30                       # for the text of a PDF of 1,000 pages
STACK_SECONDS = 240                     # for a stack, which is read as long work
STACK_PAGES = 1_000


def _name(letters: str) -> str:
    """A pattern for a PDF's name, each letter of which may stand there as its number."""
    return "/" + "".join(f"(?:{letter}|#{ord(letter):02x})" for letter in letters)


_PACKED = re.compile(f"{_name('ObjStm')}|{_name('XRef')}|{_name('Encrypt')}".encode(), re.IGNORECASE)


@dataclass(frozen=True)
class Reading:
    """What the codes on a scan say: (page, text), in order. `pages`: how many it has, 0 where it could not be opened at all.

    `read`: how many pages from the first on were looked at. `ended`: whether that came to its end.
    """

    pages: int
    codes: tuple[tuple[int, str], ...]
    read: int = 0
    ended: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether every page was looked at."""
        return self.ended and 0 < self.pages <= self.read


def read_codes(data: bytes, mark: str, *, seconds: int = SECONDS, most: int = MOST_PAGES) -> Reading:
    """The QR codes beginning with `mark` on the first `most` pages of a PDF, or on a picture; never longer than `seconds`."""
    output, ended = scan_pool.run(["read", mark, str(seconds), str(most)], data, seconds + 5)
    pages = read = 0
    codes: list[tuple[int, str]] = []
    for line in output.splitlines():
        try:
            said = json.loads(line)
        except ValueError:                                              # broken off in the middle of a line
            break
        read, pages = said["page"], said["of"]
        codes += [(read, text) for text in dict.fromkeys(said["codes"])]
    return Reading(pages, tuple(codes), read, ended)


def cut_pages(data: bytes, first: int, last: int) -> bytes:
    """Pages `first` to `last` (from 1) of a PDF as a PDF. Raises BadInput where it cannot be done."""
    output, ended = scan_pool.run(["cut", str(first), str(last)], data, 60)
    if not ended or not output.startswith(b"%PDF-"):
        raise BadInput(_("The pages could not be taken out of the scan. Please divide the file by hand and attach the part."))
    return output


def count_pages(data: bytes) -> int | None:
    """How many pages a PDF has, None where it wants a password. Raises ValueError where it does not open, or not in time.

    What is small and not packed cannot take long and is counted here: a process of its own costs some times as much. Of packed objects 60 kB
    can hold 60 MB, which takes 17 seconds and 6 GB.
    """
    if not is_suspicious(data):
        try:
            return scan_worker.page_count(data)
        except Exception as error:  # a parser of foreign bytes fails in a hundred ways, all of which mean the same
            raise ValueError("no PDF that opens") from error
    output, ended = scan_pool.run(["count", str(COUNTING_SECONDS)], data, COUNTING_SECONDS)
    if not ended:
        raise ValueError("no PDF that opens")
    return None if output == b"password" else int(output)


def try_pdf(data: bytes, *, most: int) -> tuple[int | None, bool]:
    """How many pages a PDF has, as `count_pages` says it, and whether it can be cleaned in time; looked at where it has `most` at most.

    What needs a process of its own needs one for both. While others are being cleaned it is only counted: whoever opens it first finds out.
    """
    if not is_suspicious(data) or not CLEANING.acquire(timeout=PATIENCE):
        return count_pages(data), True
    try:
        output, ended = scan_pool.run(["try", str(CLEANING_SECONDS), str(most)], data, CLEANING_SECONDS)
    finally:
        CLEANING.release()
    if not output:
        raise ValueError("no PDF that opens")
    return None if output == b"password" else int(output), ended


def read_text(data: bytes, *, most: int) -> list[str]:
    """The text of the first `most` pages of a PDF. Raises ValueError where it does not open, or not in time."""
    output, ended = scan_pool.run(["text", str(TEXT_SECONDS), str(most)], data, TEXT_SECONDS + 5)
    if not ended:
        raise ValueError("no PDF that opens")
    return [json.loads(line) for line in output.splitlines()]


def clean_pdf(data: bytes) -> bytes:
    """The PDF without scripts, embedded files and actions. Raises ValueError where it does not open, or not in time, and Busy."""
    if not CLEANING.acquire(timeout=PATIENCE):
        raise Busy(_("Other files are being prepared just now. Please try again in a moment."))
    try:
        output, ended = scan_pool.run(["clean", str(CLEANING_SECONDS)], data, CLEANING_SECONDS)
    finally:
        CLEANING.release()
    if not ended or not output.startswith(b"%PDF-"):
        raise ValueError("no PDF that opens")
    return output


def is_suspicious(data: bytes) -> bool:
    """Whether a PDF may take long to clean, so that it is tried before it is kept: a large one, or one that is packed."""
    return len(data) > SMALL or bool(_PACKED.search(data))
