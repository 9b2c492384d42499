"""The outbox: a mail is written in the transaction of its reason, and sent afterwards by the worker.

What is promised: a mail whose transaction rolled back is never sent. One whose transaction was committed is sent, in
order, again after a crash. A mail is sent twice only if the machine died between the server's "accepted" and our note of
it, then at most once more and under the same Message-ID; after a second such death it is left to a person.
"""

import os
import re
import smtplib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import formataddr, formatdate
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from lorbeer.shared import clock, files, leases, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.models import Message, StoredFile
from lorbeer.shared.prepared import insert_once
from lorbeer.shared.registry import Registry
from lorbeer.shared.text import nested_quotes

LEASE = timedelta(seconds=120)
MOST_ATTEMPTS = 24                     # with the pauses below: about a day
LONGEST_PAUSE = timedelta(hours=1)
STALE_AFTER = timedelta(days=7)        # a worker that runs has sent it or given it up long before
MOST_INTERRUPTIONS = 1
LONGEST_TITLE, LONGEST_NAME, LONGEST_ADDRESS = 300, 200, 254    # characters
NOWHERE = "erased.invalid"             # RFC 2606: nobody ever receives mail there
KEPT_UNTIL_SENT = frozenset({"account", "invitation", "co_editor", "enquiry_link", "intent_link"})    # texts with links that open something
PASSED_ON = frozenset({"enquiry"})      # written by others: text and address are nothing to us once the mail has left
logger = structlog.get_logger(__name__)


# --- writing ----------------------------------------------------------------------------------------------------------


@dataclass
class Mail:
    """One mail of many; the fields mean what they mean in `queue_mail`."""

    recipient: str
    title: str
    body: str
    kind: str = ""
    key: str | None = None
    scope: str = ""
    subject: str = ""
    recipient_name: str = ""
    reply_to: str = ""
    attachments: list[StoredFile] = field(default_factory=list)
    send_at: datetime | None = None


def queue_mail(
    *,
    recipient: str,
    title: str,
    body: str,
    kind: str = "",
    key: str | None = None,
    scope: str = "",
    subject: str = "",
    attachments: Iterable[StoredFile] = (),
    recipient_name: str = "",
    reply_to: str = "",
    send_at: datetime | None = None,
) -> Message:
    """Write a mail into the outbox, in the caller's transaction; a second call with the same `key` gives the first.

    `kind` is a word for lists ("receipt", "wave"), `subject` what it is about ("entry:K7QD4X-M"), `title` the line that
    the recipient sees; on one line. Raises BadInput where the address is none or the title is empty; a `reply_to` that is no
    address is left out.
    """
    mail = Mail(recipient, title, body, kind, key, scope, subject, recipient_name, reply_to, list(attachments), send_at)
    message = checked(mail)
    with transaction.atomic():
        if not insert_once(message):
            return Message.objects.get(key=key)
        if mail.attachments:
            message.attachments.add(*mail.attachments)
        log.record("mail.queue", subject=subject, scope=scope, actor="system:outbox", message=message.pk, kind=kind)
    return message


def queue_mails(mails: Iterable[Mail]) -> int:
    """Write many mails, some statements for each thousand; those whose key is already there are left alone.

    The number of mails that are new; they stand in the log as one event for each scope and kind. All or none.
    """
    new: list[tuple[Message, Mail]] = []
    with transaction.atomic():
        mails = list(mails)
        keys = [mail.key for mail in mails if mail.key is not None]
        present: set[str | None] = set()
        for start in range(0, len(keys), 900):
            part = keys[start : start + 900]
            present |= set(Message.objects.filter(key__in=part).values_list("key", flat=True))
        for mail in mails:
            if mail.key is not None and mail.key in present:
                continue
            present.add(mail.key)
            new.append((checked(mail), mail))
        before = {message.message_id for message, _mail in new}
        Message.objects.bulk_create([message for message, _mail in new], batch_size=500, ignore_conflicts=True)
        # Whoever queued the same key at the same moment has won: look which of ours are in.
        written: dict[str, int] = {}
        ids = sorted(before)
        for start in range(0, len(ids), 900):
            written |= dict(Message.objects.filter(message_id__in=ids[start : start + 900]).values_list("message_id", "pk"))
        through = Message.attachments.through
        through.objects.bulk_create(
            [
                through(message_id=written[message.message_id], storedfile_id=stored.pk)
                for message, mail in new
                if message.message_id in written
                for stored in mail.attachments
            ],
            batch_size=500,
        )
        counts: dict[tuple[str, str], int] = {}
        for message, mail in new:
            if message.message_id in written:
                counts[mail.scope, mail.kind] = counts.get((mail.scope, mail.kind), 0) + 1
        log.record_many(
            log.event("mail.queue_many", scope=scope, actor="system:outbox", kind=kind, count=count)
            for (scope, kind), count in counts.items()
        )
    return len(written)


HEAD_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


def _line(text: str) -> str:
    """`text` as it can stand in the head of a mail: on one line."""
    return " ".join(HEAD_BREAKS.sub(" ", text).split())


def is_address(text: str) -> bool:
    """Whether mail can be sent to `text`, and its column holds it."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= LONGEST_ADDRESS and not HEAD_BREAKS.search(text)


def checked(mail: Mail) -> Message:
    """The mail as a row: title and name on one line and cut where too long, a `reply_to` that is no address left out.

    Raises BadInput where the recipient's address is none, or nothing is left of the title.
    """
    if mail.recipient and not is_address(mail.recipient):
        raise BadInput(_("“%(address)s” is not an e-mail address. Please check it.") % {"address": mail.recipient})
    title = _line(mail.title)
    if not mail.recipient or not title:
        raise BadInput(_("A mail needs an address and a title."))
    # What an entry or the call brings along (a long title, a broken one, a misspelt address of the office) must not keep the
    # entry from being received: the mail is the receipt for it.
    reply_to = mail.reply_to if is_address(mail.reply_to) else ""
    if mail.reply_to and not reply_to:
        logger.warning("outbox.reply_to_left_out", kind=mail.kind, scope=mail.scope)
    mail = replace(mail, title=Truncator(title).chars(LONGEST_TITLE), recipient_name=_line(mail.recipient_name)[:LONGEST_NAME],
                   reply_to=reply_to)
    now = clock.now()
    return Message(
        recipient=mail.recipient, recipient_name=mail.recipient_name, reply_to=mail.reply_to, title=nested_quotes(mail.title),
        body=nested_quotes(mail.body), kind=mail.kind, key=mail.key, scope=mail.scope, subject=mail.subject,
        message_id=f"<{uuid.uuid4().hex}@{urlsplit(settings.BASE_URL).hostname or 'localhost'}>",
        run_at=mail.send_at or now, created_at=now,
    )


# --- sending ----------------------------------------------------------------------------------------------------------


def as_email(message: Message) -> EmailMessage:
    """The message as it leaves: RFC 5322, plain text, with the same Message-ID however often it is sent."""
    name = message.recipient_name
    headers = {
        "Message-ID": message.message_id,
        "Date": formatdate(message.created_at.timestamp(), localtime=False),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
    }
    email = EmailMessage(
        subject=message.title, body=message.body, from_email=settings.MAIL_FROM,
        to=[formataddr((name, message.recipient)) if name else message.recipient], headers=headers,
        reply_to=[message.reply_to] if message.reply_to else None,
    )
    for stored in message.attachments.select_related("blob").order_by("pk"):
        email.attach(stored.name, files.read(stored), stored.blob.media_type)
    return email


class Transport(Protocol):
    batch: int

    def send(self, message: Message) -> None: ...

    def close(self) -> None: ...


def kept_folder() -> Path:
    return Path(settings.VAR_DIR) / "mail"


def kept_name(number: int) -> str:
    return f"{number:08d}.eml"


class Keep:
    """Files every mail under `var/mail` and sends nothing: for the demo, and for trying things out."""

    batch = 200          # writing the same file twice does no harm, so many are noted at once

    def __init__(self) -> None:
        self.folder = kept_folder()
        self.folder.mkdir(parents=True, exist_ok=True)

    def send(self, message: Message) -> None:
        path = self.folder / kept_name(message.pk)
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(as_email(message).message().as_bytes(linesep="\r\n"))  # type: ignore[call-arg]
        os.replace(unfinished, path)

    def close(self) -> None:
        pass


class Smtp:
    """Hands mails to the server of `smtp://[user:password@]host:port[?tls=yes]` (`smtps://` speaks TLS from the start)."""

    batch = 1

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.backend = EmailBackend(
            host=parts.hostname, port=parts.port or (465 if parts.scheme == "smtps" else 25),
            username=unquote(parts.username or ""), password=unquote(parts.password or ""),
            use_tls=parse_qs(parts.query).get("tls") == ["yes"], use_ssl=parts.scheme == "smtps", timeout=30,
        )

    def send(self, message: Message) -> None:
        try:
            self.backend.open()
            self.backend.send_messages([as_email(message)])
        except Exception:
            self.close()
            raise

    def close(self) -> None:
        try:
            self.backend.close()
        except OSError:
            self.backend.connection = None


def checked_transport(chosen: str) -> str:
    """The transport's word or address; ImproperlyConfigured where it names none."""
    parts = urlsplit(chosen)
    if chosen == "keep" or (parts.scheme in {"smtp", "smtps"} and parts.hostname and parts.port != 0):
        return chosen
    raise ImproperlyConfigured("LORBEER_MAIL_TRANSPORT must be keep or smtp://[user:password@]host:port[?tls=yes].")


def transport() -> Transport:
    """The transport of LORBEER_MAIL_TRANSPORT."""
    chosen = checked_transport(settings.MAIL_TRANSPORT)
    return Keep() if chosen == "keep" else Smtp(chosen)


def deliver_waiting(limit: int | None = None) -> int:
    """Send up to `limit` mails that are due (all without); the number of those that left."""
    sent = 0
    sender: Transport | None = None
    try:
        while limit is None or sent < limit:
            sender = sender or transport()
            left = sender.batch if limit is None else min(sender.batch, limit - sent)
            taken = leases.claim(Message, lease=LEASE, limit=left)
            if not taken:
                break
            gone, goes_on = deliver(taken, sender)
            sent += gone
            if not goes_on:
                break
    finally:
        if sender:
            sender.close()
    return sent


def deliver(taken: list[Message], sender: Transport) -> tuple[int, bool]:
    """Send the messages taken and note what became of each; how many left, and whether the server is there at all."""
    gone: list[Message] = []
    reachable = True
    for message in taken:
        if message.interruptions > MOST_INTERRUPTIONS:
            give_up(message, _("The sending was interrupted twice; it is not known whether the mail left. "
                               "Please ask the recipient before sending it again."))
            continue
        if not reachable:
            leases.finish(message, Message.State.WAITING, attempts=message.attempts - 1)
            continue
        try:
            sender.send(message)
        except (smtplib.SMTPException, OSError) as error:
            reachable = note_failure(message, error)
        except Exception as error:  # one broken mail must not stop those behind it
            logger.exception("mail could not be made", message=message.pk)
            give_up(message, _("The mail could not be put together: %(error)s") % {"error": type(error).__name__})
        else:
            gone.append(message)
    note_sent(gone)
    return len(gone), reachable


def note_sent(messages: list[Message]) -> None:
    with transaction.atomic():
        done = [message for message in messages
                if leases.finish(message, Message.State.DONE, error="", **emptied(message), **passed_on(message))]
        log.record_many(
            log.event("mail.send", subject=one.subject, scope=one.scope, actor="system:outbox", message=one.pk, kind=one.kind)
            for one in done
        )


def emptied(message: Message) -> dict[str, str]:
    """What must not stay in the outbox once the mail has left, or never will."""
    return {"body": ""} if message.kind in KEPT_UNTIL_SENT else {}


def passed_on(message: Message) -> dict[str, str]:
    """What goes with a mail that has left; of one that was given up it stays, so that it can be sent again."""
    return {"body": "", "reply_to": ""} if message.kind in PASSED_ON else {}


def note_failure(message: Message, error: Exception) -> bool:
    """Put the message off or give it up; False where the server itself cannot be reached."""
    codes = [error.smtp_code] if isinstance(error, smtplib.SMTPResponseException) else []
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _answer in error.recipients.values()]
    about_message = isinstance(
        error, smtplib.SMTPRecipientsRefused | smtplib.SMTPSenderRefused | smtplib.SMTPDataError
    )
    text = failure_text(error)
    if about_message and codes and all(code >= 500 for code in codes) or message.attempts >= MOST_ATTEMPTS:
        give_up(message, text)
    else:
        pause = min(timedelta(minutes=1) * 2 ** min(message.attempts - 1, 10), LONGEST_PAUSE)
        leases.finish(message, Message.State.WAITING, run_at=clock.now() + pause, error=text)
    return about_message


def failure_text(error: Exception) -> str:
    """What the mail server said, fit to show."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = [f"{code} {answer.decode(errors='replace')}" for code, answer in error.recipients.values()]
        return _("The mail server refused the recipient: %(answer)s") % {"answer": "; ".join(answers)}
    if isinstance(error, smtplib.SMTPResponseException):
        answer = error.smtp_error.decode(errors="replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        return _("The mail server answered: %(answer)s") % {"answer": f"{error.smtp_code} {answer}"}
    return _("The mail server cannot be reached: %(error)s") % {"error": str(error) or type(error).__name__}


def give_up(message: Message, text: str) -> None:
    with transaction.atomic():
        if leases.finish(message, Message.State.FAILED, error=text, **emptied(message)):
            log.record("mail.fail", subject=message.subject, scope=message.scope, actor="system:outbox",
                       message=message.pk, kind=message.kind)


def send_again(message: Message, *, by: object = None) -> None:
    """Let a mail that was given up be tried again. Refused where it held a link: that is asked for anew."""
    if not message.body:
        raise Refused(_("The text of this mail is not kept any more: it held a link that opens an account or a role, or its time "
                        "was over. Please write a new one."))
    with transaction.atomic():
        changed = Message.objects.filter(pk=message.pk, state=Message.State.FAILED).update(
            state=Message.State.WAITING, attempts=0, interruptions=0, run_at=clock.now(), finished_at=None
        )
        if changed:
            log.record("mail.send_again", subject=message.subject, scope=message.scope, actor=by, message=message.pk)


def forget(messages: "QuerySet[Message]", *, dry_run: bool = False) -> list[int]:
    """Take recipient, title, text and attachments from mails that have left or were given up, here and in `var/mail`.

    A mail that has been due for STALE_AFTER and was not sent counts as given up: no worker runs, and it must not leave afterwards.
    The keys of those that had any; with `dry_run` only that. The rows stay, for counts and for the log.
    """
    now, waits, runs = clock.now(), Q(state=Message.State.WAITING), Q(state=Message.State.RUNNING)
    is_recent = Q(run_at__gt=now - STALE_AFTER)
    over = messages.exclude(recipient__endswith=f"@{NOWHERE}").exclude(waits & is_recent).exclude(
        runs & (is_recent | Q(lease_until__gte=clock.machine_now())))
    with transaction.atomic():
        numbers = list((over if dry_run else over.select_for_update(of=("self",))).values_list("pk", flat=True))
        if numbers and not dry_run:
            Message.attachments.through.objects.filter(message__in=numbers).delete()
            found = Message.objects.filter(pk__in=numbers)
            found.filter(waits | runs).update(state=Message.State.FAILED, finished_at=now)
            found.update(recipient=f"mail@{NOWHERE}", recipient_name="", reply_to="", title="–", body="", error="")
            transaction.on_commit(partial(forget_kept, numbers))
    return numbers


def forget_kept(numbers: list[int]) -> None:
    for number in numbers:
        (kept_folder() / kept_name(number)).unlink(missing_ok=True)


# Which mails of a competition somebody must not know of now: a condition of (person, competition), None where there are none.
keep_from = Registry[[Any, Any], Q | None]()


def shown_to(person: object, competition: Any) -> "QuerySet[Message]":
    """The mails of the competition that `person`, who may look at its outbox, may know of: what every list and count of them starts from."""
    mails = Message.objects.filter(scope=competition.code)
    for condition in filter(None, keep_from.answers(person, competition)):
        mails = mails.exclude(condition)
    return mails


def counts(messages: "QuerySet[Message]") -> dict[str, int]:
    """How many of them wait, run, are done, have failed."""
    found = dict(messages.order_by().values_list("state").annotate(Count("pk")))
    return {state: found.get(state, 0) for state in Message.State.values}
