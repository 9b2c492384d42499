"""The process that runs Typst: no network, bounded memory, nothing but the templates and one job at a time.

Started by lorbeer.shared.documents; imports neither Django nor Lorbeer, so that it starts quickly and holds no secret.
Reads frames from standard input, writes one frame per job: 4 bytes of length, a JSON header, then the bytes it announces.
"""

import contextlib
import ctypes
import json
import os
import resource
import shutil
import struct
import sys
import tempfile
from pathlib import Path
from typing import IO, Any, BinaryIO

MEMORY_LIMIT = 2 * 1024**3          # bytes of address space; a book of 150 pages needs 0.6 GB
TEMPLATES = Path(__file__).parent / "typst"
STANDARDS: list[Any] = ["ua-1", "a-2a"]


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next frame, or None where the other side has closed."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    (length,) = struct.unpack(">I", head)
    body = stream.read(length)
    return body if len(body) == length else None


def write_frame(stream: IO[bytes], body: bytes) -> None:
    stream.write(struct.pack(">I", len(body)) + body)


def confine() -> None:
    """Give up what a template never needs. Where the system refuses a fence, the others still stand."""
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).unshare(0x10000000 | 0x40000000)      # CLONE_NEWUSER | CLONE_NEWNET: a network of its own, empty
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        os.environ[name] = "http://127.0.0.1:9"                 # Typst asks packages.typst.org for @preview packages


def resident_bytes() -> int:
    """Memory that is really held; 0 where the system does not tell (the job count still recycles the process)."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * resource.getpagesize()


def main() -> None:
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)                                               # whatever Typst prints must not end up in an answer
    requests = sys.stdin.buffer
    import typst

    root = Path(tempfile.mkdtemp(prefix="lorbeer-typst-"))
    try:
        for source in TEMPLATES.glob("*.typ"):
            shutil.copy(source, root / source.name)
        (root / "packages").mkdir()
        (root / "job").mkdir()
        confine()
        fonts = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(TEMPLATES / "fonts")]
        )
        compiler = typst.Compiler(
            root=str(root), font_paths=fonts, ignore_system_fonts=True,
            package_path=str(root / "packages"), package_cache_path=str(root / "packages"),
        )
        while (frame := read_frame(requests)) is not None:
            job = json.loads(frame)
            data = read_frame(requests)
            if data is None:
                return
            (root / "job" / "data.json").write_bytes(data)
            for name in job["files"]:
                content = read_frame(requests)
                if content is None:
                    return
                (root / "job" / name).write_bytes(content)
            answer: dict = {}
            document = b""
            try:
                document = compiler.compile(
                    input=str(root / f"{job['template']}.typ"), format="pdf", pdf_standards=STANDARDS,
                    timestamp=job["timestamp"], sys_inputs={"data": "/job/data.json"},
                )
            except typst.TypstError as error:
                answer["error"] = str(error.message)
                answer["hints"] = [str(hint) for hint in error.hints]
                answer["diagnostic"] = str(error.diagnostic)[:4000]
            for name in ["data.json", *job["files"]]:
                (root / "job" / name).unlink()
            answer["resident"] = resident_bytes()
            write_frame(answers, json.dumps(answer).encode())
            write_frame(answers, document)
            answers.flush()
    finally:
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
