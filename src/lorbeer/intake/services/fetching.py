"""Fetching mails: one after the other, each in a transaction of its own, by one fetch at a time.

A mail is put aside in its mailbox only after its arrival has been committed. What dies in between finds it again and knows
it by its SHA-256. What cannot be taken in waits where it is, and the fetch says so.

Who fetches holds a lock of the machine, which dies with the process: after a crash the next fetch there begins at once. A fetch on
another machine is known by its lease alone, which is renewed while it works.
"""

import hashlib
import threading
from collections.abc import Callable
from datetime import timedelta

import structlog
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.intake.mail_reading import read
from lorbeer.intake.mailbox import Mailbox, Waiting
from lorbeer.intake.models import MailFetch, WaitingMail
from lorbeer.intake.services.mails import Unplaced, take_in
from lorbeer.people.models import Person
from lorbeer.shared import clock, files, leases, log
from lorbeer.shared.errors import LorbeerError, Refused

LEASE = timedelta(minutes=2)             # renewed four times as often
MOST_MEGABYTES = 100
LONGEST_BEGINNING = 5_000                # characters: enough to see what it is about
logger = structlog.get_logger(__name__)


def fetch_mails(
    mailbox: Mailbox, *, competition: Competition | None = None, tell: Callable[[str], None] = lambda line: None
) -> MailFetch:
    """Take in all that waits in `mailbox`, telling of each mail what became of it. Raises Refused while another fetch runs.

    `competition`: for mails that name none by themselves. What nobody can place is told once, and waits for an operator (WaitingMail).
    """
    with leases.alone_here("mail-fetch") as place:
        turn = _begun(place)
        turn.unheard = 0                                                # mails that wait and were not told of before
        error = _("The fetch was interrupted.")
        try:
            with mailbox, _Pulse(turn):
                for one in mailbox.waiting():
                    _keep_turn(turn)
                    _one(turn, mailbox, one, competition, tell)
            WaitingMail.objects.filter(mailbox=mailbox.name, seen_at__lt=turn.started_at).delete()      # somebody took them out there
            error = ""
        except LorbeerError as refused:
            error = str(refused)
            raise
        finally:
            _ended(turn, error)
        return turn


def _one(turn: MailFetch, mailbox: Mailbox, one: Waiting, competition: Competition | None, tell: Callable[[str], None]) -> None:
    raw: bytes | None = None
    try:
        if one.size > MOST_MEGABYTES * 1024 * 1024:
            raise Refused(_("it is larger than %(limit)s MB; somebody has to look at it in the mailbox") % {"limit": MOST_MEGABYTES})
        raw = one.read()
        if raw is None:                                                 # somebody moved it meanwhile
            return
        here = WaitingMail.objects.filter(mailbox=mailbox.name, sha256=hashlib.sha256(raw).hexdigest())
        here.update(seen_at=clock.now())
        if _put_aside(mailbox, one, here):
            return
        known = here.select_related("competition").first()
        taken = take_in(raw, arrived_at=one.arrived_at, competition=known.competition if known and known.competition else competition)
    except Unplaced as error:
        turn.waiting += 1
        if _is_news(error, mailbox, one):
            turn.unheard += 1
            tell(_("%(mail)s waits: %(reason)s") % {"mail": one.name, "reason": error})
        return
    except Exception as error:  # one mail must not stop those behind it
        reason = str(error)
        if not isinstance(error, LorbeerError):
            logger.exception("mail could not be taken in", mail=one.name)
            reason = _("something unforeseen happened (%(error)s)") % {"error": type(error).__name__}
        turn.waiting += 1
        turn.unheard += 1
        _hold(mailbox, one, raw, reason)
        tell(_("%(mail)s waits: %(reason)s") % {"mail": one.name, "reason": reason})
        return
    turn.received += taken.is_new
    tell(f"{one.name}: {taken}")
    mailbox.settle(one)
    WaitingMail.objects.filter(sha256=hashlib.sha256(raw).hexdigest()).delete()


@transaction.atomic
def _put_aside(mailbox: Mailbox, one: Waiting, here: QuerySet[WaitingMail]) -> bool:
    """Put a mail aside that an operator says is for no competition. Then nobody can decide anew, unless it still lies there."""
    dropped = here.select_for_update().filter(is_dropped=True)
    if not (dropped.exists() if mailbox.keeps else dropped.delete()[0]):
        return False
    mailbox.settle(one)
    return True


def _is_news(error: Unplaced, mailbox: Mailbox, one: Waiting) -> bool:
    """Note a mail that nobody can place; whether it is the first time."""
    mail = error.mail
    here = WaitingMail.objects.filter(mailbox=mailbox.name, sha256=mail.sha256)
    here.filter(reason=WaitingMail.Reason.HELD).delete()                # what held it up is mended: now somebody can say where it goes
    here.update(held_by="")
    reason = WaitingMail.Reason.UNPLACED if mail.is_readable else WaitingMail.Reason.UNREADABLE
    return WaitingMail.objects.get_or_create(mailbox=mailbox.name, sha256=mail.sha256, defaults={
        "sender": mail.sender[:300], "subject": mail.subject[:500], "reason": reason, "arrived_at": one.arrived_at or mail.received_at,
        "text": Truncator(mail.text).chars(LONGEST_BEGINNING, " […]"),
        "attached": [files.clean_name(part.name) for part in mail.attachments if part.name]})[1]


def _hold(mailbox: Mailbox, one: Waiting, raw: bytes | None, reason: str) -> None:
    """Note a mail that could not be taken in, with what its head says, so that operators find it on their page."""
    mail = read(raw or b"")
    WaitingMail.objects.update_or_create(
        mailbox=mailbox.name, sha256=hashlib.sha256(one.name.encode() if raw is None else raw).hexdigest(),
        defaults={"held_by": reason, "seen_at": clock.now()}, create_defaults={
            "reason": WaitingMail.Reason.HELD, "held_by": reason, "arrived_at": one.arrived_at,
            "sender": mail.sender[:300], "subject": (mail.subject or one.name)[:500]})


def _begun(place: str) -> MailFetch:
    """The turn; Refused while somebody alive has it: here, or on another machine where it has been heard of within its lease."""
    now = clock.machine_now()
    dead = Q(lease_until__lt=now) | Q(place=place)
    with transaction.atomic():
        if place:
            MailFetch.objects.filter(dead, key=MailFetch.RUNNING).update(key=None, ended_at=clock.now())
        try:
            with transaction.atomic():
                if place:
                    return MailFetch.objects.create(key=MailFetch.RUNNING, place=place, lease_until=now + LEASE)
        except IntegrityError:
            pass
    raise Refused(_("Mails are being fetched already. Wait until that is done."))


class _Pulse:
    """Renews the lease while one mail takes long: a slow scanner, large forms."""

    def __init__(self, turn: MailFetch) -> None:
        self.turn, self.done = turn, threading.Event()
        self.thread = threading.Thread(target=self._beat, name="mail-fetch-lease", daemon=True)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_error: object) -> None:
        self.done.set()
        self.thread.join()

    def _beat(self) -> None:
        try:
            while not self.done.wait(LEASE.total_seconds() / 4):
                try:
                    MailFetch.objects.filter(pk=self.turn.pk, key=MailFetch.RUNNING).update(lease_until=clock.machine_now() + LEASE)
                except DatabaseError:                                   # busy: the next beat, or the next mail, will do
                    logger.warning("lease not renewed")
        finally:
            connection.close()


def _keep_turn(turn: MailFetch) -> None:
    """Say that we are alive. Raises Refused where somebody has taken over: two at once would only get in each other's way."""
    mine = MailFetch.objects.filter(pk=turn.pk, key=MailFetch.RUNNING)
    if not mine.update(lease_until=clock.machine_now() + LEASE, received=turn.received, waiting=turn.waiting):
        raise Refused(_("Another fetch has taken over, because this one was not heard of for too long."))


def _ended(turn: MailFetch, error: str) -> None:
    turn.key, turn.ended_at, turn.error = None, clock.now(), error
    turn.save()
    MailFetch.objects.filter(key=None).exclude(pk=turn.pk).delete()     # the last one is enough


@transaction.atomic
def decide_waiting_mail(row: WaitingMail, competition: Competition | None, *, by: Person) -> WaitingMail:
    """An operator says for which competition a mail is that waits; None: for none, so that it is put aside. The next fetch does it."""
    if not by.is_operator:
        raise Refused(_("Only operators decide for which competition a mail is."))
    row.competition, row.is_dropped = competition, competition is None
    row.save(update_fields=["competition", "is_dropped"])
    log.record("mail.place", subject=f"mail:{row.sha256[:16]}", scope=competition.code if competition else "", actor=by, sha256=row.sha256)
    return row
