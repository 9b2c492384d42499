"""What stands in the fields of a PDF that somebody sent: nothing is run, nothing is believed, nothing else is looked at.

Runs in a process of its own (see `reading.py`), with little memory and time, because a PDF can be made to take all there is.
Imports neither Django nor Lorbeer: PDF on standard input, one line of JSON on standard output. A `refused` file carries one
of the words that `reading.SENTENCES` explains.
"""

import contextlib
import io
import json
import resource
import sys
from collections.abc import Iterator
from typing import Any

import pikepdf

MOST_FIELDS = 10_000
MOST_VISITS = 40_000                                                    # fields, their kids and values, each as often as it is named
MOST_TEXT = 5_000_000                                                   # characters of all fields together
MEMORY, SECONDS = 800_000_000, 8                                        # of the process: address space, computing time
MARK = "/LorbeerForm"


class RefusedFile(Exception):
    """`args[0]`: why."""


def harvest(content: bytes) -> dict[str, Any]:
    """{"fields": {name: text or list of texts}, "twice": names that differ, "damaged": bool, "mark": text} or {"refused": word}."""
    mark = ""
    try:
        with pikepdf.open(io.BytesIO(content), suppress_warnings=True) as pdf:
            mark = _mark(pdf)
            found = _fields(pdf)
            return {**found, "damaged": bool(pdf.get_warnings()), "mark": mark}
    except RefusedFile as refused:
        return {"refused": refused.args[0], "mark": mark}
    except pikepdf.PasswordError:
        return {"refused": "password"}
    except (MemoryError, RecursionError):
        return {"refused": "too_large"}
    except Exception:                                                   # a broken file makes pikepdf raise nearly anything
        return {"refused": "broken"}


def _mark(pdf: pikepdf.Pdf) -> str:
    """Which form it was, where its properties still say so: even when the fields are gone."""
    with contextlib.suppress(Exception):
        return _text(pdf.trailer.Info.get(MARK)) or ""
    return ""


def _fields(pdf: pikepdf.Pdf) -> dict[str, Any]:
    root = pdf.Root
    form = root.get("/AcroForm")
    if not isinstance(form, pikepdf.Dictionary):
        raise RefusedFile("no_fields")
    if "/XFA" in form:
        raise RefusedFile("xfa")
    names = root.get("/Names")
    if _acts(root, "/OpenAction") or (isinstance(names, pikepdf.Dictionary) and "/JavaScript" in names) or any(
            "/AA" in page.obj for page in pdf.pages):
        raise RefusedFile("scripts")
    found: dict[str, Any] = {}
    twice: list[str] = []
    length = 0
    for name, value in _ends(form, Visits()):
        length += sum(map(len, value)) if isinstance(value, list) else len(value or "")
        if length > MOST_TEXT:
            raise RefusedFile("too_large")
        if name in found and found[name] != value:
            if _says(found[name]) and _says(value):
                twice.append(name)
            elif not _says(value):
                continue
        found[name] = value
    if not found:
        raise RefusedFile("no_fields")
    return {"fields": found, "twice": twice}


def _says(value: Any) -> bool:
    return value not in (None, "", "Off", [])


def _acts(node: Any, key: str = "/A") -> bool:
    """Whether something would happen by itself, or at a click."""
    action = node.get(key)
    return "/AA" in node or isinstance(action, pikepdf.Dictionary) and str(action.get("/S", "")) != "/GoTo"


class Visits:
    """How much of the file was looked at: what many places share counts each time, because looking takes its time each time."""

    def __init__(self) -> None:
        self.count = 0

    def listed(self, node: Any) -> list[Any]:
        """What an array holds, [] of anything else; counted before it is listed. Raises RefusedFile."""
        if not isinstance(node, pikepdf.Array):
            return []
        self.count += len(node)
        if self.count > MOST_VISITS:
            raise RefusedFile("too_many")
        return list(node)


def _ends(form: pikepdf.Dictionary, visits: Visits) -> Iterator[tuple[str, Any]]:
    """(full name, value) of every field that holds one; a tree that bites its own tail ends all the same."""
    stack: list[tuple[Any, str, str, Any]] = [(node, "", "", None) for node in visits.listed(form.get("/Fields"))]
    seen: set[tuple[int, int]] = set()
    count = 0
    while stack:
        node, before, kind, value = stack.pop()
        count += 1
        if count > MOST_FIELDS or len(stack) > MOST_FIELDS:
            raise RefusedFile("too_many")
        if not isinstance(node, pikepdf.Dictionary) or (node.is_indirect and node.objgen in seen):
            continue
        if node.is_indirect:
            seen.add(node.objgen)
        if _acts(node):
            raise RefusedFile("scripts")
        own = _text(node.get("/T")) or ""
        name = ".".join(filter(None, [before, own]))
        if len(name) > 1000:
            raise RefusedFile("broken")
        kind, value = str(node.get("/FT", kind)), node.get("/V", value)
        kids = visits.listed(node.get("/Kids"))
        if any(isinstance(kid, pikepdf.Dictionary) and "/T" in kid for kid in kids):
            stack += [(kid, name, kind, value) for kid in kids]
        elif name:
            yield name, _value(value, kind, [node, *kids], visits)


def _value(value: Any, kind: str, places: list[Any], visits: Visits) -> Any:
    if kind == "/Btn" and value is None:                                # some programs set only what is seen
        for place in places:
            state = place.get("/AS") if isinstance(place, pikepdf.Dictionary) else None
            if isinstance(state, pikepdf.Name) and state != pikepdf.Name.Off:
                return _text(state)
    if isinstance(value, pikepdf.Array):
        return [text for one in visits.listed(value)[:1000] if (text := _text(one))]
    text = _text(value)
    return text.removeprefix("/") if text and kind == "/Btn" else text     # some programs write a name as a text


def _text(value: Any) -> str | None:
    """A string, a name without its slash, a number or the text of a stream; None for anything else."""
    if value is None or isinstance(value, bool | pikepdf.Dictionary | pikepdf.Array) and not isinstance(value, pikepdf.Stream):
        return None
    if isinstance(value, pikepdf.Stream):
        value = pikepdf.String(value.read_bytes())
    if isinstance(value, pikepdf.String):
        data = bytes(value)
        if data[:2] in (b"\xfe\xff", b"\xff\xfe"):
            return data.decode("utf-16", "replace")
        if data[:3] == b"\xef\xbb\xbf":
            return data[3:].decode("utf-8", "replace")
        return data.decode("pdfdoc", "replace")
    if isinstance(value, pikepdf.Name):
        return str(value)[1:]
    return str(value)


def main() -> None:
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.write(json.dumps(harvest(sys.stdin.buffer.read())))


if __name__ == "__main__":
    main()
