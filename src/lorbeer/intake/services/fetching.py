"""Fetching mails: one after the other, each in a transaction of its own, by one fetch at a time.

A mail is put aside in its mailbox only after its arrival has been committed. What dies in between finds it again and knows
it by its SHA-256. What cannot be taken in waits where it is, and the fetch says so.
"""

from collections.abc import Callable
from datetime import timedelta

import structlog
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.intake.mailbox import Mailbox, Waiting
from lorbeer.intake.models import MailFetch
from lorbeer.intake.services.mails import take_in
from lorbeer.shared import clock
from lorbeer.shared.errors import LorbeerError, Refused

LEASE = timedelta(minutes=10)            # longer than one mail takes, with a slow scanner
MOST_MEGABYTES = 100
logger = structlog.get_logger(__name__)


def fetch_mails(
    mailbox: Mailbox, *, competition: Competition | None = None, tell: Callable[[str], None] = lambda line: None
) -> MailFetch:
    """Take in all that waits in `mailbox`, telling of each mail what became of it. Raises Refused while another fetch runs.

    `competition`: for mails that name none by themselves.
    """
    turn = _begun()
    error = _("The fetch was interrupted.")
    try:
        with mailbox:
            for one in mailbox.waiting():
                _keep_turn(turn)
                _one(turn, mailbox, one, competition, tell)
        error = ""
    except LorbeerError as refused:
        error = str(refused)
        raise
    finally:
        _ended(turn, error)
    return turn


def _one(turn: MailFetch, mailbox: Mailbox, one: Waiting, competition: Competition | None, tell: Callable[[str], None]) -> None:
    try:
        if one.size > MOST_MEGABYTES * 1024 * 1024:
            raise Refused(_("it is larger than %(limit)s MB; somebody has to look at it in the mailbox") % {"limit": MOST_MEGABYTES})
        raw = one.read()
        if raw is None:                                                 # somebody moved it meanwhile
            return
        taken = take_in(raw, arrived_at=one.arrived_at, competition=competition)
    except LorbeerError as error:
        turn.waiting += 1
        tell(_("%(mail)s waits: %(reason)s") % {"mail": one.name, "reason": error})
        return
    except Exception as error:  # one mail must not stop those behind it
        logger.exception("mail could not be taken in", mail=one.name)
        turn.waiting += 1
        tell(_("%(mail)s waits: something unforeseen happened (%(error)s)") % {"mail": one.name, "error": type(error).__name__})
        return
    turn.received += taken.is_new
    tell(f"{one.name}: {taken}")
    mailbox.settle(one)


def _begun() -> MailFetch:
    """The turn; Refused while somebody else has it and has been heard of within its lease."""
    now = clock.machine_now()
    with transaction.atomic():
        MailFetch.objects.filter(key=MailFetch.RUNNING, lease_until__lt=now).update(key=None, ended_at=clock.now())
        try:
            with transaction.atomic():
                return MailFetch.objects.create(key=MailFetch.RUNNING, lease_until=now + LEASE)
        except IntegrityError:
            raise Refused(_("Mails are being fetched already. Wait until that is done.")) from None


def _keep_turn(turn: MailFetch) -> None:
    """Say that we are alive. Raises Refused where somebody has taken over: two at once would only get in each other's way."""
    mine = MailFetch.objects.filter(pk=turn.pk, key=MailFetch.RUNNING)
    if not mine.update(lease_until=clock.machine_now() + LEASE, received=turn.received, waiting=turn.waiting):
        raise Refused(_("Another fetch has taken over, because this one was not heard of for too long."))


def _ended(turn: MailFetch, error: str) -> None:
    turn.key, turn.ended_at, turn.error = None, clock.now(), error
    turn.save()
    MailFetch.objects.filter(key=None).exclude(pk=turn.pk).delete()     # the last one is enough
