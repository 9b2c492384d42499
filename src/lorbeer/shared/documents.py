"""PDF documents: letters, receipts, minutes, the book. Tagged (PDF/UA-1) and archivable (PDF/A-2a), or not made at all.

`render_pdf(template, data)` compiles one of the Typst templates in `shared/typst/` (their data shapes: README.md there).
What people wrote travels as JSON and never becomes source. Typst runs in processes of its own (typst_worker.py):
without network, 2 GB at most, 60 s at most, started anew after some hundred documents because Typst never frees its cache.
"""

import atexit
import contextlib
import json
import os
import re
import select
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import segno
from django.utils.translation import gettext as _

from lorbeer.shared import clock
from lorbeer.shared.blocks import blocks, plain_text
from lorbeer.shared.errors import BadInput, LorbeerError
from lorbeer.shared.text import house_language
from lorbeer.shared.typst_worker import TEMPLATES, read_frame, write_frame

__all__ = [
    "DocumentError", "blocks", "plain_text", "printable", "qr_svg", "render_many", "render_pdf",
    "require_printable", "unprintable",
]

TIMEOUT = 60.0                      # seconds for one document
JOBS_PER_WORKER = 300               # then a fresh process, because Typst keeps everything it has ever set
RESIDENT_LIMIT = 450 * 1024**2      # bytes; a worker above this is replaced at once
WORKERS = 2
FILE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,80}\.(svg|png|jpg)")


class DocumentError(LorbeerError):
    """A document could not be made; `str()` is fit to show, `diagnostic` is for the log."""

    def __init__(self, message: str, diagnostic: str = "") -> None:
        super().__init__(message)
        self.diagnostic = diagnostic


# --- text ------------------------------------------------------------------------------------------------------------


def cmap_ranges(font: bytes) -> list[tuple[int, int]]:
    """First and last code point of each run that the TrueType or OpenType `font` has glyphs for (cmap formats 4, 12)."""
    def u16(at: int) -> int:
        return int.from_bytes(font[at:at + 2], "big")

    def u32(at: int) -> int:
        return int.from_bytes(font[at:at + 4], "big")

    tables = {font[12 + 16 * i:16 + 16 * i]: u32(20 + 16 * i) for i in range(u16(4))}
    cmap = tables[b"cmap"]
    ranges: list[tuple[int, int]] = []
    for i in range(u16(cmap + 2)):
        at = cmap + u32(cmap + 8 + 8 * i)
        if u16(at) == 12:
            ranges += [(u32(at + 16 + 12 * j), u32(at + 20 + 12 * j)) for j in range(u32(at + 12))]
        elif u16(at) == 4:
            count = u16(at + 6)                                 # twice the number of segments
            for j in range(0, count, 2):
                end, start = u16(at + 14 + j), u16(at + 16 + count + j)
                delta, offset_at = u16(at + 16 + 2 * count + j), at + 16 + 3 * count + j
                for code in range(start, min(end, 0xFFFE) + 1):
                    offset = u16(offset_at)
                    glyph = u16(offset_at + offset + 2 * (code - start)) if offset else (code + delta) & 0xFFFF
                    if glyph:
                        ranges.append((code, code))
    return ranges


@lru_cache(maxsize=1)
def _glyphs() -> frozenset[str]:
    codes: set[int] = set()
    for path in sorted((TEMPLATES / "fonts").rglob("*.ttf")):
        for first, last in cmap_ranges(path.read_bytes()):
            codes.update(range(first, last + 1))
    return frozenset(chr(code) for code in codes if not 0xD800 <= code <= 0xDFFF)


INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
KEPT = {"\n", "\N{SOFT HYPHEN}"}
VARIATION_SELECTORS = {chr(code) for code in range(0xFE00, 0xFE10)}


def _cleaned(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    text = text.replace("\N{LINE SEPARATOR}", "\n").replace("\N{PARAGRAPH SEPARATOR}", "\n")
    return "".join(
        character for character in text
        if character in KEPT or (unicodedata.category(character) not in INVISIBLE and character not in VARIATION_SELECTORS)
    )


def unprintable(text: str) -> list[str]:
    """Characters of `text` that none of the shipped fonts can draw, each once, in order (an emoji, Chinese)."""
    glyphs = _glyphs()
    return list(dict.fromkeys(c for c in _cleaned(text) if c not in glyphs and c not in KEPT))


def _in_words(character: str) -> str:
    """A character that no font has: a symbol by its name, “[deciduous tree]”, a letter by its number, “[U+6F22]”."""
    if "\N{REGIONAL INDICATOR SYMBOL LETTER A}" <= character <= "\N{REGIONAL INDICATOR SYMBOL LETTER Z}":
        return chr(ord("A") + ord(character) - ord("\N{REGIONAL INDICATOR SYMBOL LETTER A}"))     # two of them make a flag
    category, name = unicodedata.category(character), unicodedata.name(character, "")
    if category == "Sk" and name.startswith("EMOJI MODIFIER"):          # the colour of a skin
        return ""
    return f"[{name.lower()}]" if category == "So" and name else f"[U+{ord(character):04X}]"


def printable(text: str) -> str:
    """`text` as a document can print it: NFC, no control characters, what no font has in words. One emoji stops no book."""
    cleaned = _cleaned(text)
    if cleaned.isascii():
        return cleaned
    glyphs = _glyphs()
    return "".join(c if c in glyphs or c in KEPT else _in_words(c) for c in cleaned)


def require_printable(text: str, *, where: str = "") -> str:
    """`text` cleaned, or BadInput that names the characters: for forms whose text will be printed."""
    missing = unprintable(text)
    if missing:
        shown = ", ".join(f"{c} (U+{ord(c):04X})" for c in missing[:5])
        raise BadInput(
            _("These characters cannot be printed: %(characters)s. Please remove or replace them.") % {"characters": shown},
            where=where,
        )
    return _cleaned(text)


def _printable_data(value: Any) -> Any:
    """`value` (JSON-like) with every text made printable; localized texts become the active language's."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {key: _printable_data(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_printable_data(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return printable(str(value))                                # Localized promises, Decimals, codes


def qr_svg(payload: str) -> bytes:
    """A QR code (level Q, four modules of quiet zone) as SVG; print it 25 mm wide or wider."""
    code = segno.make(payload, error="q", boost_error=False, micro=False)
    result = BytesIO()
    code.save(result, kind="svg", border=4, scale=4, xmldecl=False, svgns=True)
    return result.getvalue()


# --- workers ---------------------------------------------------------------------------------------------------------


class _Worker:
    """One Typst process with its pipes. Used by one thread at a time."""

    def __init__(self) -> None:
        environment = {name: os.environ[name] for name in ("PATH", "TMPDIR", "LANG") if name in os.environ}
        environment |= {"MALLOC_ARENA_MAX": "2", "RAYON_NUM_THREADS": "2", "PYTHONDONTWRITEBYTECODE": "1"}
        self.process = subprocess.Popen(  # noqa: S603 our own file with our own interpreter
            [sys.executable, "-I", str(Path(__file__).with_name("typst_worker.py"))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
        )
        self.jobs = 0
        self.resident = 0

    @property
    def is_worn(self) -> bool:
        return self.process.poll() is not None or self.jobs >= JOBS_PER_WORKER or self.resident > RESIDENT_LIMIT

    def run(self, job: dict, data: bytes, files: dict[str, bytes], timeout: float) -> tuple[dict, bytes]:
        """Answer header and document. Raises EOFError where the process died, TimeoutError where it took too long."""
        self.jobs += 1
        assert self.process.stdin
        with contextlib.suppress(BrokenPipeError):              # it died: the missing answer below says so
            for frame in (json.dumps(job).encode(), data, *(files[name] for name in job["files"])):
                write_frame(self.process.stdin, frame)
            self.process.stdin.flush()
        deadline = time.monotonic() + timeout
        header = self._read(deadline)
        document = self._read(deadline)
        answer = json.loads(header)
        self.resident = answer["resident"]
        return answer, document

    def _read(self, deadline: float) -> bytes:
        assert self.process.stdout
        stream = _Patient(self.process.stdout.fileno(), deadline)
        frame = read_frame(stream)  # type: ignore[arg-type]
        if frame is None:
            raise EOFError
        return frame

    def close(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                if pipe:
                    pipe.close()
        try:
            self.process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class _Patient:
    """A stream that reads exactly as much as asked and gives up at the deadline."""

    def __init__(self, descriptor: int, deadline: float) -> None:
        self.descriptor = descriptor
        self.deadline = deadline

    def read(self, length: int) -> bytes:
        parts: list[bytes] = []
        while length:
            ready, _w, _x = select.select([self.descriptor], [], [], max(0, self.deadline - time.monotonic()))
            if not ready:
                raise TimeoutError
            part = os.read(self.descriptor, min(length, 1 << 20))
            if not part:
                break
            parts.append(part)
            length -= len(part)
        return b"".join(parts)


class _Pool:
    """At most WORKERS Typst processes, started when first needed and kept warm."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.slots = threading.Semaphore(WORKERS)
        self.lock = threading.Lock()
        self.idle: list[_Worker] = []

    @contextlib.contextmanager
    def worker(self) -> Iterator[_Worker]:
        with self.slots:
            with self.lock:
                worker = self.idle.pop() if self.idle else None
            if worker is None or worker.is_worn:
                if worker:
                    worker.close()
                worker = _Worker()
            try:
                yield worker
            except BaseException:
                worker.process.kill()                           # mid-job: nobody knows what it would answer next
                worker.close()
                raise
            if worker.is_worn:
                worker.close()
            else:
                with self.lock:
                    self.idle.append(worker)

    def close(self) -> None:
        with self.lock:
            idle, self.idle = self.idle, []
        if self.owner == os.getpid():
            for worker in idle:
                worker.close()


_pool = _Pool()
_pool_lock = threading.Lock()


def _current_pool() -> _Pool:
    global _pool
    with _pool_lock:
        if _pool.owner != os.getpid():                          # after a fork the pipes belong to the parent
            _pool = _Pool()
        return _pool


@atexit.register
def close_workers() -> None:
    """End the warm Typst processes. They also end by themselves when this process does."""
    _pool.close()


# --- documents -------------------------------------------------------------------------------------------------------

MONTHS = {
    "de": ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
           "Dezember"],
    "en": ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December"],
}


def long_date(moment: datetime, language: str = "de", zone: str = "Europe/Berlin") -> str:
    """`5. Januar 2018` or `5 January 2018`, in `zone`."""
    local = moment.astimezone(ZoneInfo(zone))
    stop = "." if house_language(language) == "de" else ""
    return f"{local.day}{stop}\N{NO-BREAK SPACE}{MONTHS[house_language(language)][local.month - 1]} {local.year}"


def _prepared(data: dict, files: dict[str, bytes] | None, title: str, language: str) -> tuple[bytes, dict[str, bytes]]:
    """The JSON that the template reads, and the files beside it (with drawn QR codes)."""
    files = dict(files or {})
    for name in files:
        if not FILE_NAME.fullmatch(name):
            raise ValueError(f"{name!r} cannot be the name of a file in a document.")
    title = title or str(data.get("title") or data.get("subject") or "")
    if not title:
        raise ValueError("A document needs a title.")
    data = dict(data)
    if qr := data.get("qr"):
        files["qr.svg"] = qr_svg(qr["payload"])
        data["qr"] = {**qr, "file": "qr.svg"}
    now = clock.now()
    data["document"] = {
        "title": title, "language": house_language(language), "date": long_date(now, language, data.get("time_zone", "Europe/Berlin")),
        "year": now.year, "month": now.month, "day": now.day,
    }
    return json.dumps(_printable_data(data), ensure_ascii=False).encode(), files


def render_pdf(
    template: str, data: dict[str, Any], files: dict[str, bytes] | None = None, *,
    title: str = "", language: str = "de", timeout: float = TIMEOUT,
) -> bytes:
    """The document as PDF/UA-1 and PDF/A-2a; the same bytes for the same data at the same clock time.

    `template`: name of a file in shared/typst. `data`: its shape is in README.md there; texts are printed as they are.
    `files`: pictures that `data` names (name: lower case, .jpg from `files.print_picture`, .png or .svg of our own making).
    `title`: for the reader's window; without one, data["title"] or data["subject"].
    Raises DocumentError.
    """
    return _rendered(template, *_prepared(data, files, title, language), timeout)


def render_many(
    template: str, items: list[dict[str, Any]], files: dict[str, bytes] | None = None, *,
    titles: list[str] | None = None, languages: list[str] | None = None, language: str = "de", timeout: float = TIMEOUT,
) -> list[bytes]:
    """One document per item, in order, on all workers at once; about 5 ms per letter. `files` are shared by all;
    `languages`: one per item."""
    prepared = [
        _prepared(item, files, titles[number] if titles else "", languages[number] if languages else language)
        for number, item in enumerate(items)
    ]
    if len(prepared) < 2:
        return [_rendered(template, *pair, timeout) for pair in prepared]
    with ThreadPoolExecutor(WORKERS) as threads:
        now = clock.now()                                       # the clock is set per thread
        return list(threads.map(lambda pair: _rendered(template, pair[0], pair[1], timeout, now), prepared))


def _rendered(
    template: str, data: bytes, files: dict[str, bytes], timeout: float, now: datetime | None = None
) -> bytes:
    if not re.fullmatch(r"[a-z_]+", template) or not (TEMPLATES / f"{template}.typ").is_file():
        raise ValueError(f"There is no document template {template!r}.")
    job = {"template": template, "files": list(files), "timestamp": int((now or clock.now()).timestamp())}
    try:
        with _current_pool().worker() as worker:
            answer, document = worker.run(job, data, files, timeout)
    except TimeoutError as error:
        raise DocumentError(
            _("The document took longer than %(seconds)d seconds and was stopped. Please make it smaller, or try again.")
            % {"seconds": timeout}
        ) from error
    except (EOFError, BrokenPipeError, ValueError) as error:
        raise DocumentError(
            _("The document could not be made: the typesetting ran out of memory or broke off. Please make it smaller.")
        ) from error
    if "error" in answer:
        hints = " ".join(answer["hints"])
        raise DocumentError(
            _("The document could not be made: %(reason)s") % {"reason": f"{answer['error']} {hints}".strip()},
            answer["diagnostic"],
        )
    return document
