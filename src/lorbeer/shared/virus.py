"""A virus scanner beside the house: ClamAV, over its socket (LORBEER_CLAMD). Without one, nothing is scanned.

Spoken is INSTREAM: each chunk with its length before it in four bytes, an empty one at the end; one line comes back.
"""

import socket
import struct
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

from lorbeer.shared.errors import LorbeerError

SECONDS = 30


class NotScanned(LorbeerError):
    """There is a scanner, but it did not look: what it should have looked at waits."""


def checked_address(chosen: str) -> tuple[int, Any]:
    """Family and address of the socket that LORBEER_CLAMD names; ImproperlyConfigured where it names none."""
    kind, _colon, place = chosen.partition(":")
    host, _colon, port = place.rpartition(":")
    if kind == "unix" and place.startswith("/"):
        return socket.AF_UNIX, place
    if kind == "tcp" and host and port.isdecimal() and 0 < int(port) < 65536:
        return socket.AF_INET, (host.strip("[]"), int(port))
    raise ImproperlyConfigured("LORBEER_CLAMD must be unix:/path/of/clamd.ctl or tcp:host:port.")


def scan(chunks: Iterable[bytes]) -> str:
    """The name of what the scanner finds in the pieces of a file, "" for nothing (or without a scanner). Raises NotScanned."""
    if not settings.CLAMD:
        return ""
    answer = _asked(chunks).strip("\0\n ").removeprefix("stream: ")
    if answer == "OK":
        return ""
    if answer.endswith(" FOUND"):
        return answer.removesuffix(" FOUND")
    raise NotScanned(_("The virus scanner did not look at it: %(answer)s") % {"answer": answer or _("it said nothing")})


def _asked(chunks: Iterable[bytes]) -> str:
    family, address = checked_address(settings.CLAMD)
    try:
        with _connected(family, address) as clamd:
            try:
                clamd.sendall(b"zINSTREAM\0")
                for chunk in filter(None, chunks):                      # an empty one would be the end
                    clamd.sendall(struct.pack("!L", len(chunk)) + chunk)
                clamd.sendall(struct.pack("!L", 0))
            except (BrokenPipeError, ConnectionResetError):
                pass                                                    # it says why before it hangs up: too large, for example
            return _answer_of(clamd)
    except OSError as error:
        raise NotScanned(
            _("The virus scanner cannot be reached: %(error)s") % {"error": error.strerror or type(error).__name__}
        ) from error


def _connected(family: int, address: Any) -> socket.socket:
    if family == socket.AF_INET:
        return socket.create_connection(address, timeout=SECONDS)
    clamd = socket.socket(family)
    clamd.settimeout(SECONDS)
    try:
        clamd.connect(address)
    except OSError:
        clamd.close()
        raise
    return clamd


def _answer_of(clamd: socket.socket) -> str:
    said = b""
    while not said.endswith(b"\0") and len(said) < 4096 and (part := clamd.recv(1024)):
        said += part
    return said.decode("utf-8", "replace")
