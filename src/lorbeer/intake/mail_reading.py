"""Reading a mail: what it says, and whether a program wrote it. Pure computation; no bytes make it raise.

A mail is the same as another one when its bytes are, or when Message-ID, sender, subject, date, kind and body are: the second
copy of a mail that went to two of our addresses has other lines at its head, where servers note its way.
"""

import codecs
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import getaddresses, parsedate_to_datetime
from html import unescape
from itertools import islice
from typing import Any
from urllib.parse import unquote

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from lorbeer.shared import log
from lorbeer.shared.text import readable

MOST_HEAD = 256 * 1024                   # bytes; nobody writes more, and reading it takes ever longer
MOST_ATTACHMENTS = 100
MOST_PDFS_BEHIND = 20                    # behind these, as one of them may be the form
DEEPEST = 3                              # mails that were attached to an attached mail are opened; deeper ones stay files
LONGEST_TEXT = 50_000
LONG_TEXT = 1000                         # characters; who is away or has received something says it in fewer
DELIVERED = ("delivered-to", "x-original-to", "envelope-to")            # by our server: to which of several this copy came
IDENTITY = ("message-id", "from", "subject", "date", "content-type", "content-transfer-encoding")
RECIPIENTS = ("to", "cc", "resent-to")
ROBOTS = re.compile(r"(mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)\b", re.IGNORECASE)
LARGEST_LOGO = 100 * 1024                # bytes; a scanned page has more
# What belongs to the mail and is no file that somebody sent: appointments, visiting cards, signatures, reports on delivery.
OWN_PARTS = frozenset({
    "text/calendar", "application/ics", "text/vcard", "text/x-vcard", "application/pgp-signature", "application/pgp-keys",
    "application/pkcs7-signature", "application/x-pkcs7-signature", "message/delivery-status", "message/global-delivery-status",
    "message/disposition-notification", "message/global-disposition-notification", "text/rfc822-headers", "message/global-headers",
})
RETURNED = frozenset({"message/rfc822", "message/global"})              # in a report: the mail that it is about
LINE_ENDS = re.compile(r"<(?:br|/p|/div|/tr|/li|/h\d|/blockquote)\b[^>]*>", re.IGNORECASE)


@dataclass(frozen=True)
class Attachment:
    name: str                                                           # as the sender wrote it; may be ""
    data: bytes
    media_type: str                                                     # what the sender says it is
    is_inline: bool = False                                             # it stands in the text, such as the logo of a signature
    is_own: bool = False                                                # it belongs to the mail: see OWN_PARTS; or a logo
    inside: str | None = None                                           # the sender of the attached mail in which it came; None: of none


@dataclass(frozen=True)
class Mail:
    """What one mail says. `kind`: message, auto_reply or bounce."""

    sha256: str
    fingerprint: str
    is_readable: bool = True
    kind: str = "message"
    is_automatic: bool = False                                          # a program sent it: never answered
    sender: str = ""                                                    # for people: name and address
    address: str = ""                                                   # the one address in From; "" where there are none or several
    delivered_to: frozenset[str] = frozenset()                          # in small letters, as the next
    recipients: frozenset[str] = frozenset()
    subject: str = ""
    message_id: str = ""
    sent_at: datetime | None = None                                     # by the sender's clock
    received_at: datetime | None = None                                 # as the server noted that took it in last
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    left_out: int = 0                                                   # further attachments, which only the bytes of the mail hold
    undelivered: str = ""                                               # of a report: the Message-ID of the mail that came back


def read(raw: bytes) -> Mail:
    """What the bytes say; `is_readable` is False where they cannot be understood as a mail."""
    sha256 = hashlib.sha256(raw).hexdigest()
    raw = raw.removeprefix(codecs.BOM_UTF8)                             # an editor left it there, or who exported the mail
    head, body = _halves(raw)
    try:
        if len(head) > MOST_HEAD:
            raise ValueError("no mail has such a head")
        return _read(raw, body, sha256)
    except Exception:  # Python's parser raises nearly anything for a broken mail, and RecursionError for a nested one
        return _by_head(head[:MOST_HEAD], sha256)


def _by_head(head: bytes, sha256: str) -> Mail:
    """Of a mail whose body nobody can read: to whom it went, so that its office looks at it, and who sent it, who is not answered."""
    found = re.search(rb"^From:[ \t]*([^\r\n]{1,300})", head, re.IGNORECASE | re.MULTILINE)
    sender = plain(found[1].decode("utf-8", "replace"), 300) if found else ""
    try:
        message = BytesHeaderParser(policy=policy.default).parsebytes(head)
        return Mail(
            sha256, sha256, is_readable=False, sender=sender, delivered_to=_everybody(message, DELIVERED),
            recipients=_everybody(message, RECIPIENTS), subject=plain(_head(message, "subject"), 500),
            sent_at=_moment(_said(message, "date")), received_at=_moment(_said(message, "received").rpartition(";")[2]))
    except Exception:  # as in `read`
        return Mail(sha256, sha256, is_readable=False, sender=sender)


def plain(text: str, longest: int, *, lines: bool = False) -> str:
    """`readable` text, cut; on one line unless `lines`."""
    text = readable(text)
    return (text.strip() if lines else " ".join(text.split()))[:longest]


def _halves(raw: bytes) -> tuple[bytes, bytes]:
    end = re.search(rb"\r?\n\r?\n", raw)
    return (raw[: end.start()], raw[end.end():]) if end else (raw, b"")


def _read(raw: bytes, body: bytes, sha256: str) -> Mail:
    message = message_from_bytes(raw, policy=policy.default)
    if not isinstance(message, EmailMessage) or not any(_said(message, name) for name in ("from", "date", "message-id", "received")):
        raise ValueError("this is no mail")
    kind, is_automatic = _written_by(message)
    is_report = kind == "bounce" or message.get_content_type() == "multipart/report"
    attachments, left_out = _counted(_attachments(message, DEEPEST if not is_report else 0))
    text = plain(_text(message), LONGEST_TEXT, lines=True)
    brings_files = any(not one.is_own and not (is_report and one.media_type in RETURNED) for one in attachments)
    if brings_files or (kind in {"doubtful", "auto_reply"} and not is_report and len(text) > LONG_TEXT):
        kind = "message"                                                # somebody has to look at it, whatever wrote it
    elif kind == "doubtful":
        kind = "auto_reply"
    if kind == "bounce":
        attachments, left_out = (), 0
    sender, address = _sender(message)
    identity = [_said(message, name) for name in IDENTITY]
    content = hashlib.sha256(body.replace(b"\r\n", b"\n").rstrip()).hexdigest()
    return Mail(
        sha256, log.digest([*(plain(one, 2000) for one in identity), content]), kind=kind,
        is_automatic=is_automatic or bool(ROBOTS.match(address)), sender=sender, address=address,
        delivered_to=_everybody(message, DELIVERED), recipients=_everybody(message, RECIPIENTS),
        subject=plain(_head(message, "subject"), 500), message_id=plain(_said(message, "message-id"), 300),
        sent_at=_moment(_said(message, "date")), received_at=_moment(_said(message, "received").rpartition(";")[2]),
        text=text, attachments=attachments, left_out=left_out,
        undelivered=plain(_undelivered(message), 300) if is_report else "",
    )


# --- the head ---------------------------------------------------------------------------------------------------------


def _said(message: Any, name: str) -> str:
    """The first line of the head with that name as it stands there, nothing decoded; "" where there is none."""
    return next((str(value) for key, value in message.raw_items() if key.lower() == name), "").strip()


def _head(message: Any, name: str) -> str:
    """The same decoded; as it stands there where that cannot be done."""
    try:
        return str(message[name] or "")
    except Exception:  # as in `read`
        return _said(message, name)


def _addresses(message: Any, name: str) -> list[tuple[str, str]]:
    """(name, address) of all lines of the head with that name."""
    try:
        return [(one.display_name, one.addr_spec) for line in message.get_all(name, []) for one in line.addresses if one.domain]
    except Exception:  # as in `read`
        return [pair for pair in getaddresses([_said(message, name)]) if "@" in pair[1]]


def _everybody(message: Any, names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(one.casefold() for name in names for _name, one in _addresses(message, name))


def _sender(message: Any) -> tuple[str, str]:
    """The sender for people, and the address to which an answer may go."""
    found = _addresses(message, "from")
    shown = ", ".join(f"{name} <{address}>" if name else address for name, address in found) or _head(message, "from")
    lines = [key for key, _value in message.raw_items() if key.lower() == "from"]
    address = found[0][1] if len(found) == 1 and len(lines) == 1 else ""
    try:
        validate_email(address)
    except ValidationError:
        address = ""
    return plain(shown, 300), address if len(address) <= 254 else ""


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text.strip())
        found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return found if 1970 < found.year < 2200 else None


def _written_by(message: Any) -> tuple[str, bool]:
    """(kind, whether a program sent it), by RFC 3834 and what is usual beside it. "doubtful": it may only want no answer.

    Scanners and ticket systems send real entries with such marks. So what brings a file is a message whatever its head says,
    and one with a long text, too, unless it is a report on another mail.
    """
    def word(name: str) -> str:
        return re.split(r"[;\s(]", _said(message, name).casefold(), maxsplit=1)[0]

    submitted, precedence = word("auto-submitted"), word("precedence")
    if message.get_content_type() == "multipart/report":
        is_receipt = "disposition-notification" in _said(message, "content-type").casefold()
        return ("auto_reply" if is_receipt else "bounce"), True
    if submitted in {"auto-replied", "auto-notified"} or precedence == "auto_reply" or _said(message, "x-autoreply") or _said(
            message, "x-autorespond"):
        return "auto_reply", True
    is_bare = _said(message, "return-path").replace(" ", "") == "<>"
    if is_bare and re.match(r"(mailer-daemon|postmaster)@", _sender(message)[1], re.IGNORECASE):
        return "bounce", True
    if (is_bare or submitted not in {"", "no"} or precedence in {"bulk", "junk", "list"}
            or word("x-auto-response-suppress") not in {"", "none"} or _said(message, "list-id")):
        return "doubtful", True
    return "message", False


def _undelivered(message: Any) -> str:
    """The Message-ID of the mail that a bounce brings back, where it says that it failed for good."""
    failed, original = False, ""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            for block in part.get_payload() if isinstance(part.get_payload(), list) else []:
                failed = failed or _said(block, "action").casefold() == "failed"
        elif part is not message and _said(part, "message-id"):
            original = original or _said(part, "message-id")
        elif part.get_content_type() == "text/rfc822-headers":
            lines = part.get_payload(decode=True) or b""
            found = re.search(rb"^Message-ID:\s*(<[^>\s]{1,200}>)", lines, re.IGNORECASE | re.MULTILINE)
            original = original or (found[1].decode("ascii", "replace") if found else "")
    return original if failed else ""


# --- the body ---------------------------------------------------------------------------------------------------------


def _leaves(message: Any) -> Iterator[Any]:
    """The parts that hold something; a mail that is attached is one of them, whatever is in it."""
    waiting = [message]
    while waiting:
        part = waiting.pop(0)
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting[:0] = part.get_payload()
        else:
            yield part


def _is_text(part: Any) -> bool:
    """Whether it belongs to what the mail says, not to what comes with it."""
    apart = _said(part, "content-disposition").casefold().startswith("attachment")
    return part.get_content_type() in {"text/plain", "text/html"} and not _name(part) and not apart


def _name(part: Any) -> str:
    try:
        return str(part.get_filename() or "")
    except Exception:  # as in `read`
        return ""


def _decoded(part: Any) -> str:
    data = part.get_payload(decode=True) or b""
    try:
        return data.decode(part.get_content_charset() or "utf-8", "replace")
    except Exception:  # a charset that nobody knows, or as in `read`
        return data.decode("utf-8", "replace")


def _text(message: Any) -> str:
    """The plain text, else what is left of the HTML without its marks."""
    parts = [part for part in _leaves(message) if _is_text(part)]
    written = [_decoded(part) for part in parts if part.get_content_type() == "text/plain"]
    if any(text.strip() for text in written):
        return "\n\n".join(written)
    import nh3

    return "\n\n".join(
        unescape(nh3.clean(LINE_ENDS.sub("\n", _decoded(part)[: 20 * LONGEST_TEXT]), tags=set(), clean_content_tags={"script", "style"}))
        for part in parts if part.get_content_type() == "text/html"
    )


def _counted(found: Iterator[Attachment]) -> tuple[tuple[Attachment, ...], int]:
    """The first of the attachments and the first PDFs behind them, in their order; how many others there are."""
    kept, left_out = [*islice(found, MOST_ATTACHMENTS)], 0
    for one in found:
        if len(kept) < MOST_ATTACHMENTS + MOST_PDFS_BEHIND and b"%PDF-" in one.data[:1024]:
            kept.append(one)
        else:
            left_out += 1
    return tuple(kept), left_out


def _attachments(message: Any, depth: int) -> Iterator[Attachment]:
    """What is attached, and behind each attached mail what is attached to that one, `depth` mails deep."""
    shown = _shown(message)
    for part in _leaves(message):
        if _is_text(part):
            continue
        if part.get_content_type() == "message/rfc822" and part.is_multipart():
            name = _name(part) or "mail.eml"
            data = part.get_payload(0).as_bytes(policy=policy.compat32)
        else:
            name, data = _name(part), part.get_payload(decode=True) or b""
        inline = bool(_said(part, "content-id")) or _said(part, "content-disposition").casefold().startswith("inline")
        if data:
            logo = part.get_content_maintype() == "image" and len(data) < LARGEST_LOGO and _said(part, "content-id").strip("<>") in shown
            own = part.get_content_type() in OWN_PARTS or logo
            yield Attachment(name, data, part.get_content_type(), inline, own)
        if depth and (inner := _forwarded(part, name, data)) is not None:
            sender = _sender(inner)[0]
            for one in _attachments(inner, depth - 1):
                yield replace(one, inside=sender if one.inside is None else one.inside)


def _forwarded(part: Any, name: str, data: bytes) -> EmailMessage | None:
    """The mail that somebody attached: as such, or as a file of that name."""
    if part.get_content_type() == "message/rfc822" and part.is_multipart():
        inner = part.get_payload(0)
    elif name.lower().endswith(".eml") and len(_halves(data)[0]) <= MOST_HEAD:
        inner = message_from_bytes(data, policy=policy.default)
    else:
        return None
    return inner if isinstance(inner, EmailMessage) and any(_said(inner, one) for one in ("from", "date", "message-id")) else None


def _shown(message: Any) -> frozenset[str]:
    """The Content-IDs of the pictures that the HTML of the mail shows."""
    parts = [part for part in _leaves(message) if _is_text(part) and part.get_content_type() == "text/html"]
    found = {one for part in parts for one in re.findall(r"cid:([^\s\"'<>)]{1,300})", _decoded(part)[: 20 * LONGEST_TEXT], re.IGNORECASE)}
    return frozenset(unquote(one) for one in found)
