"""The process that opens scans: no network, bounded memory and time, one file and then it ends.

Started by lorbeer.shared.scan_pool; imports neither Django nor Lorbeer, so that it starts quickly and holds no secret. The first of
them, the fork server, opens no file: it has read the libraries and forks a process for each, which is there in some milliseconds
instead of a hundred. It gets the words of a task and the end of a line over the socket that is its standard input; the file comes by
that line, the answer goes back by it, begins with BEGUN and ends with FINISHED. It ends those whose time is over, and itself when its
socket closes.

`read MARK SECONDS PAGES` writes one line of JSON per page: its number, how many there are, and the QR codes on it that begin with
MARK. `cut FIRST LAST` writes these pages as a PDF. `count SECONDS` writes how many pages a PDF has, or "password" where it wants
one. `text SECONDS PAGES` writes one line of JSON per page: its text. `clean SECONDS` writes it without scripts, embedded files and
actions.
"""

import contextlib
import ctypes
import io
import json
import os
import re
import resource
import select
import signal
import socket
import sys
import time
from collections.abc import Iterator
from typing import Any

BEGUN = b"begun: 5d1c07a3e94b\n"         # before an answer: the file is in the hands of a process
FINISHED = b"\nfinished: 5d1c07a3e94b\n"  # behind an answer that is whole
LENGTH_OF_TASK = 1024                   # bytes of the words of a task, blanks behind them
MEMORY_LIMIT = 2 * 1024**3              # bytes of address space
COUNTING_LIMIT = 1024**3                # the same where nothing is drawn, and many may come at once
DOTS_PER_INCH = 200
LONGEST_SIDE = 3_000                    # pixels of a page as it is looked at; A4 at 200 dpi has 2,339
MOST_PIXELS = 60_000_000                # of a picture that is sent as one
MOST_CODES = 8                          # on one page
LONGEST_CODE = 200                      # characters; ours have about fifty
ACTIVE = {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToE", "/GoToR", "/Rendition", "/Movie", "/Sound", "/Hide",
          "/RichMediaExecute", "/SetOCGState", "/Trans", "/GoTo3DView", "/Thread"}
WEB = re.compile(r"(https?://|mailto:)", re.IGNORECASE)
CARRIERS = {"/FileAttachment", "/RichMedia", "/Movie", "/Sound", "/Screen", "/3D"}
STREAM_FACTS = {"/Length", "/Filter", "/DecodeParms"}
MOST_NESTED = 60


def confine(seconds: int, memory: int = MEMORY_LIMIT) -> None:
    """Give up what reading never needs. Where the system refuses a fence, the others still stand."""
    for kind, limit in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0),
                        (resource.RLIMIT_FSIZE, 0)):
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (limit, limit))
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).unshare(0x10000000 | 0x40000000)      # CLONE_NEWUSER | CLONE_NEWNET: a network of its own, empty


def pages_of(data: bytes, most: int) -> Iterator[tuple[int, Any]]:
    """(how many there are, the page in shades of grey), page by page."""
    if b"%PDF-" in data[:1024]:
        import pypdfium2

        document = pypdfium2.PdfDocument(data)
        count = len(document)
        for number in range(min(count, most)):
            page = document[number]
            scale = min(DOTS_PER_INCH / 72, LONGEST_SIDE / max(*page.get_size(), 1))
            picture = page.render(scale=scale, grayscale=True, may_draw_forms=False)
            yield count, picture.to_numpy().squeeze()
            picture.close()
            page.close()
    else:
        import numpy
        from PIL import Image

        Image.MAX_IMAGE_PIXELS = MOST_PIXELS
        picture = Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "WEBP", "TIFF"])
        if picture.width * picture.height > MOST_PIXELS:
            raise ValueError("too many pixels")
        picture.draft("L", (LONGEST_SIDE, LONGEST_SIDE))
        picture = picture.convert("L")
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        yield 1, numpy.asarray(picture)


def read(data: bytes, mark: str, seconds: float, most: int) -> None:
    import zxingcpp

    until = time.monotonic() + seconds
    for number, (count, picture) in enumerate(pages_of(data, most), 1):
        found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
        codes = [one.text for one in found if one.text.startswith(mark) and len(one.text) <= LONGEST_CODE][:MOST_CODES]
        sys.stdout.write(json.dumps({"page": number, "of": count, "codes": codes}) + "\n")
        sys.stdout.flush()
        if time.monotonic() > until:
            return


def text(data: bytes, most: int) -> None:
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    for number in range(min(len(document), most)):
        page = document[number]
        sys.stdout.write(json.dumps(page.get_textpage().get_text_range()) + "\n")
        page.close()


def cut(data: bytes, first: int, last: int) -> None:
    import pikepdf

    with pikepdf.open(io.BytesIO(data)) as whole, pikepdf.new() as part:
        part.pages.extend(whole.pages[first - 1:last])
        out = io.BytesIO()
        part.save(out, deterministic_id=True)
    sys.stdout.buffer.write(out.getvalue())


def page_count(data: bytes) -> int | None:
    """How many pages a PDF has; None where it wants a password. Raises whatever pikepdf raises for a broken one."""
    import pikepdf

    try:
        with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as pdf:
            return len(pdf.pages)
    except pikepdf.PasswordError:
        return None


def clean(data: bytes) -> bytes:
    """The PDF without scripts, embedded files and actions; links to web pages stay."""
    import pikepdf

    with pikepdf.open(io.BytesIO(data)) as pdf:
        root = pdf.Root
        for key in ("/OpenAction", "/AA", "/AF", "/Collection"):
            if key in root:
                del root[key]
        if "/Names" in root:
            for key in ("/JavaScript", "/EmbeddedFiles"):
                if key in root.Names:
                    del root.Names[key]
        if "/AcroForm" in root and "/XFA" in root.AcroForm:
            del root.AcroForm["/XFA"]
        for thing in pdf.objects:
            disarm(thing)
        for page in pdf.pages:
            kept = [note for note in page.get("/Annots", []) if note.get("/Subtype") not in CARRIERS]
            if "/Annots" in page and len(kept) != len(page.Annots):
                page.Annots = pdf.make_indirect(pikepdf.Array(kept))
        out = io.BytesIO()
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    return out.getvalue()


def disarm(thing: Any, depth: int = 0) -> None:
    """Take what acts by itself out of a PDF dictionary or array and the direct ones within."""
    import pikepdf

    if depth > MOST_NESTED:
        raise ValueError("nested too deeply")
    if isinstance(thing, pikepdf.Array):
        for item in thing:
            if isinstance(item, pikepdf.Array | pikepdf.Dictionary) and not item.is_indirect:
                disarm(item, depth + 1)
    elif isinstance(thing, pikepdf.Stream | pikepdf.Dictionary):
        action = str(thing.get("/S", ""))
        if action in ACTIVE and thing.get("/Type") != "/StructElem" or action == "/URI" and not WEB.match(str(thing.get("/URI", ""))):
            for key in list(thing.keys()):
                if key not in STREAM_FACTS:
                    del thing[key]
        for key in ("/AA", "/JS", "/EF", *(("/F", "/FFilter") if isinstance(thing, pikepdf.Stream) else ())):
            if key in thing:
                del thing[key]
        for key in list(thing.keys()):
            value = thing[key]
            if isinstance(value, pikepdf.Array | pikepdf.Dictionary) and not value.is_indirect:
                disarm(value, depth + 1)


def do(words: list[str]) -> None:
    """One task: a file from standard input, its answer to standard output."""
    task, *words = words
    data = sys.stdin.buffer.read()
    if task == "count":
        confine(int(words[0]), COUNTING_LIMIT)
        pages = page_count(data)
        sys.stdout.write("password" if pages is None else str(pages))
    elif task == "try":
        confine(int(words[0]), COUNTING_LIMIT)
        pages = page_count(data)
        sys.stdout.write("password" if pages is None else str(pages))
        sys.stdout.flush()                                              # known, whatever becomes of the rest
        if pages is not None and pages <= int(words[1]):
            clean(data)
    elif task == "clean":
        confine(int(words[0]), COUNTING_LIMIT)
        sys.stdout.buffer.write(clean(data))
    elif task == "text":
        confine(int(words[0]), COUNTING_LIMIT)
        text(data, int(words[1]))
    elif task == "read":
        confine(int(words[1]) + 10)
        read(data, words[0], float(words[1]), int(words[2]))
    else:
        confine(60)
        cut(data, int(words[0]), int(words[1]))


def serve(line: socket.socket) -> None:
    """Fork a process for each task that comes by `line`, until it closes; end those whose time is over."""
    import pikepdf  # noqa: F401 read once, for all of them

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ends: dict[int, float] = {}                                         # process → when its time is over
    while True:
        ready, _w, _x = select.select([line], [], [], 0.2 if ends else None)
        for pid, until in list(ends.items()):
            if has_ended(pid):
                del ends[pid]
            elif time.monotonic() > until:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        if not ready:
            continue
        told, handed, _flags, _from = socket.recv_fds(line, LENGTH_OF_TASK, 1)
        while told and len(told) < LENGTH_OF_TASK and (more := line.recv(LENGTH_OF_TASK - len(told))):
            told += more
        if len(told) < LENGTH_OF_TASK or not handed:
            return
        seconds, *words = json.loads(told)
        try:
            pid = os.fork()
        except OSError:                                                 # no room for another process: who asked sees the line closed
            os.close(handed[0])
            continue
        if pid:
            ends[pid] = time.monotonic() + seconds
            os.close(handed[0])
            continue
        os.dup2(handed[0], 0)                                           # which closes the server's line here
        os.dup2(handed[0], 1)
        os.close(handed[0])
        line.detach()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        try:
            os.write(1, BEGUN)
            do(words)
            sys.stdout.flush()
            os.write(1, FINISHED)
        finally:
            os._exit(0)                                                 # nothing that was begun for the server is ended here


def has_ended(pid: int) -> bool:
    """Whether a process that was forked here is over; also where the system does not know it any more."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return True


if __name__ == "__main__":
    serve(socket.socket(fileno=0))
