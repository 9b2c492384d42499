"""Where mails wait: an account on a mail server, or a folder of `.eml` files.

Both are read by `services.fetch_mails`. A mailbox gives what waits, and moves a mail aside when it is told that its arrival
has been committed, never before.
"""

import imaplib
import os
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

from lorbeer.shared.errors import BadInput, Refused

SECONDS = 60
INTERNALDATE = re.compile(rb'INTERNALDATE "([^"]+)"')
SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
FOLDER = re.compile(r"[A-Za-z0-9_.,/ -]+\Z")


@dataclass(frozen=True)
class Waiting:
    """A mail that has not been taken in. `arrived_at`: when the server got it, where it says so."""

    name: str
    size: int
    arrived_at: datetime | None
    read: Callable[[], bytes | None]                                    # None: it is not there any more


class Mailbox(Protocol):
    """`name`: what tells one mailbox from another. `keeps`: what is settled stays where it is, and can be read again."""

    name: str
    keeps: bool

    def __enter__(self) -> "Mailbox": ...

    def __exit__(self, *_error: object) -> None: ...

    def waiting(self) -> Iterator[Waiting]: ...

    def settle(self, one: Waiting) -> None:
        """Put a mail aside whose arrival has been committed."""


# --- a folder ---------------------------------------------------------------------------------------------------------


class Folder:
    """Files that end in `.eml`. They stay where they are: read again, they are known."""

    keeps = True

    def __init__(self, path: Path) -> None:
        """Raises BadInput where there is no such folder: before a fetch begins, which it would leave as a broken one."""
        if not path.is_dir():
            raise BadInput(_("There is no folder %(path)s.") % {"path": path})
        self.path, self.name = path, str(path.resolve())[-500:]

    def __enter__(self) -> "Folder":
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def waiting(self) -> Iterator[Waiting]:
        for path in sorted(self.path.iterdir()):
            if path.suffix.lower() == ".eml" and path.is_file():
                name = os.fsencode(path.name).decode(errors="replace")  # it is told and kept: no database takes half a letter
                yield Waiting(name, path.stat().st_size, None, partial(_read, path))

    def settle(self, one: Waiting) -> None:
        pass


def _read(path: Path) -> bytes | None:
    """A link is not followed: whoever may write into the folder would read with it what the service may."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Refused(_("it cannot be opened, or is a link to somewhere else, which is not followed")) from error
    with open(descriptor, "rb") as file:
        return file.read()


# --- an account -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Account:
    """What LORBEER_IMAP_ACCOUNT says: `imaps://user@host[:port][/folder]`, or `imap://…?tls=yes` (STARTTLS)."""

    host: str
    port: int
    user: str
    folder: str
    security: str                                                       # tls, starttls, none


def checked_account(url: str) -> Account:
    """Raises ImproperlyConfigured for what names no account, and for a password in the address or in clear on the wire."""
    parts = urlsplit(url)
    folder = unquote(parts.path.strip("/")) or "INBOX"
    if parts.scheme not in {"imap", "imaps"} or not parts.hostname or not parts.username or not FOLDER.match(folder):
        raise ImproperlyConfigured("LORBEER_IMAP_ACCOUNT must be imaps://user@host[:port][/folder], the folder in plain letters.")
    if parts.password is not None:
        raise ImproperlyConfigured("The password does not stand in LORBEER_IMAP_ACCOUNT: name its file in LORBEER_IMAP_PASSWORD_FILE.")
    starttls = parse_qs(parts.query).get("tls") == ["yes"]
    security = "tls" if parts.scheme == "imaps" else "starttls" if starttls else "none"
    if security == "none" and not _is_this_machine(parts.hostname):
        raise ImproperlyConfigured("LORBEER_IMAP_ACCOUNT would send the password in clear: use imaps://, or imap://…?tls=yes.")
    if not FOLDER.match(settings.IMAP_DONE) or folder == settings.IMAP_DONE:
        raise ImproperlyConfigured("LORBEER_IMAP_DONE must be another folder than the one that is read, in plain letters.")
    port = parts.port or (993 if parts.scheme == "imaps" else 143)
    return Account(parts.hostname, port, unquote(parts.username), folder, security)


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def password() -> str:
    """The first line of LORBEER_IMAP_PASSWORD_FILE."""
    path = Path(settings.IMAP_PASSWORD_FILE)
    try:
        return path.read_text("utf-8").split("\n", 1)[0].strip("\r")
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(f"LORBEER_IMAP_PASSWORD_FILE cannot be read: {path}.") from error


class Server:
    """The mails in one folder of an IMAP account; those that are taken in move to LORBEER_IMAP_DONE.

    Mails are read without being marked as read. What is deleted there, or moved away, by somebody else is not ours.
    """

    keeps = False

    def __init__(self, account: Account, secret: str) -> None:
        self.account, self.secret = account, secret
        self.name = f"{account.user}@{account.host}/{account.folder}"[-500:]
        self.imap: Any = None
        self.can: set[str] = set()

    def __enter__(self) -> "Server":
        try:
            self.imap = self._connected()
            if "AUTH=PLAIN" in self.imap.capabilities:                  # unlike LOGIN it takes every letter
                words = f"\0{self.account.user}\0{self.secret}".encode()
                self.imap.authenticate("PLAIN", lambda _asked: words)
            else:
                self.imap.login(self.account.user, self.secret)
            # A server tells what it can once it knows who asks; imaplib has only asked before.
            self.can = set(self._ask("CAPABILITY", self.imap.capability())[0].decode().upper().split())
            self.imap.create(_quoted(settings.IMAP_DONE))               # answers NO where it is there already
            self._ask("SELECT", self.imap.select(_quoted(self.account.folder)))
        except (imaplib.IMAP4.error, OSError, UnicodeError) as error:
            self._leave()
            raise unreachable(error) from error
        return self

    def __exit__(self, *_error: object) -> None:
        self._leave()

    def _leave(self) -> None:
        if self.imap is not None:
            with suppress(imaplib.IMAP4.error, OSError):
                self.imap.logout()
            self.imap = None

    def _connected(self) -> Any:
        trusted = ssl.create_default_context()
        if self.account.security == "tls":
            return imaplib.IMAP4_SSL(self.account.host, self.account.port, ssl_context=trusted, timeout=SECONDS)
        imap = imaplib.IMAP4(self.account.host, self.account.port, timeout=SECONDS)
        if self.account.security == "starttls":
            imap.starttls(trusted)
        return imap

    def _ask(self, what: str, answer: tuple[str, list[Any]]) -> list[Any]:
        state, data = answer
        if state != "OK":
            said = data[0].decode("utf-8", "replace") if data and isinstance(data[0], bytes) else ""
            raise imaplib.IMAP4.error(f"{what}: {said}")
        return data

    def waiting(self) -> Iterator[Waiting]:
        try:
            numbers = (self._ask("SEARCH", self.imap.uid("SEARCH", "UNDELETED"))[0] or b"").decode().split()
        except (imaplib.IMAP4.error, OSError) as error:
            raise unreachable(error) from error
        for number in sorted(numbers, key=int):
            try:
                told = self._ask("FETCH", self.imap.uid("FETCH", number, "(RFC822.SIZE INTERNALDATE)"))
            except (imaplib.IMAP4.error, OSError) as error:
                raise unreachable(error) from error
            line = b" ".join(part for item in told if item for part in (item if isinstance(item, tuple) else (item,)))
            size = SIZE.search(line)
            if size:
                yield Waiting(number, int(size[1]), _arrived(line), lambda number=number: self._read(number))

    def _read(self, number: str) -> bytes | None:
        try:
            told = self._ask("FETCH", self.imap.uid("FETCH", number, "(BODY.PEEK[])"))
        except (imaplib.IMAP4.error, OSError) as error:
            raise unreachable(error) from error
        return next((item[1] for item in told if isinstance(item, tuple)), None)

    def settle(self, one: Waiting) -> None:
        done = _quoted(settings.IMAP_DONE)
        try:
            if "MOVE" in self.can:
                self._ask("MOVE", self.imap.uid("MOVE", one.name, done))
                return
            self._ask("COPY", self.imap.uid("COPY", one.name, done))
            self._ask("STORE", self.imap.uid("STORE", one.name, "+FLAGS.SILENT", r"(\Deleted)"))
            if "UIDPLUS" in self.can:                     # else it goes when somebody clears the folder
                self.imap.uid("EXPUNGE", one.name)
        except (imaplib.IMAP4.error, OSError) as error:
            raise unreachable(error) from error


def _quoted(folder: str) -> str:
    return f'"{folder}"'


def _arrived(line: bytes) -> datetime | None:
    found = INTERNALDATE.search(line)
    try:
        return datetime.strptime(found[1].decode().strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC) if found else None
    except (ValueError, OverflowError):
        return None


def unreachable(error: Exception) -> Refused:
    text = str(error) or type(error).__name__
    return Refused(_("The mail account does not answer as it should: %(error)s. Nothing is lost; what was not fetched waits there.")
                   % {"error": text[:300].rstrip(".")})


def account() -> Server:
    """The account of the settings; raises Refused where none is named."""
    if not settings.IMAP_ACCOUNT:
        raise Refused(_("No mail account is named: set LORBEER_IMAP_ACCOUNT, or give a folder with --folder."))
    return Server(checked_account(settings.IMAP_ACCOUNT), password())
