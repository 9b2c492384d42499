"""Take a message, have its sender confirm the address, pass it on and forget it; switch the form off and on.

Nothing leaves before the sender has opened the link in their own mailbox, so the form sends nobody's words to anybody whose
address somebody else typed: the mail with the link holds neither name nor text. The log says that something happened, never what.
"""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from lorbeer.enquiries import queries, rules
from lorbeer.enquiries.models import Closing, Enquiry
from lorbeer.entries.models import Entry
from lorbeer.people.models import Person
from lorbeer.shared import clock, jobs, log, outbox
from lorbeer.shared.errors import Refused
from lorbeer.shared.models import Message
from lorbeer.shared.text import house_language
from lorbeer.shared.verdicts import require

HOURS_TO_CONFIRM = 48
MOST_A_DAY = 60                                                         # per entry, of those that were confirmed: a link costs nobody anything
CONFIRM, PASS_ON = "enquiry_link", "enquiry"                            # kinds of mails
FORGET = "enquiries.forget"                                             # the job, see jobs.py


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def write(entry: Entry, *, name: str, email: str, text: str) -> Enquiry:
    """Keep the message until its sender confirms it, and send them the link. Raises Refused."""
    forget_expired()
    require(rules.can_write_to(entry))
    now = clock.now()
    _require_room(entry)
    token = secrets.token_urlsafe(24)
    enquiry = Enquiry.objects.create(
        entry=entry, token_digest=digest_of(token), sender_name=name, sender_email=email, text=text, written_at=now,
        erase_at=now + timedelta(hours=HOURS_TO_CONFIRM),
    )
    # One job for all that end within the same hour.
    after = enquiry.erase_at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    jobs.start(FORGET, key=f"{FORGET}-{after:%Y%m%d%H}", started_by="system:enquiries", at=after)
    competition = entry.competition
    link = settings.BASE_URL + reverse("enquiries:message_confirm", args=[competition.code, token])
    lines = [
        _("Good day,"),
        _("somebody, probably you, has written a message to %(applicant)s in the public database of “%(competition)s” and named this address "
          "as the sender’s.") % {"applicant": entry.applicant, "competition": competition},
        _("Open this link to have the message passed on:\n%(link)s") % {"link": link},
        _("It is valid for %(hours)d hours. If you have not written anything, do nothing: the message is then deleted.") % {
            "hours": HOURS_TO_CONFIRM},
        _("With kind regards\n%(office)s") % {"office": competition.office_name},
    ]
    outbox.queue_mail(
        recipient=email, title=_("Please confirm your message"), body="\n\n".join(lines), kind=CONFIRM, scope=competition.code,
        reply_to=competition.office_email, key=_link_key(enquiry),      # no mail of the entry: its file does not tell who reads it
    )
    return enquiry


def _require_room(entry: Entry) -> None:
    """Messages that nobody confirmed fill no day: whoever can open no mailbox closes no form."""
    if queries.passed_on_since(entry, clock.now() - timedelta(days=1)) >= MOST_A_DAY:
        raise Refused(_("So many people have written to this office today that no more is passed on. Please try again tomorrow."))


def _link_key(enquiry: Enquiry) -> str:
    return f"{CONFIRM}:{enquiry.token_digest[:40]}"


@transaction.atomic
def pass_on(token: str) -> Entry:
    """Send the message behind the link to the office, and forget it here. Raises Refused where the link holds no more."""
    enquiry = queries.waiting(digest_of(token)).select_for_update(of=("self",)).select_related("entry__competition").first()
    if enquiry is None:
        raise Refused(_("This link is no longer valid: the message was passed on already, or it was not confirmed in time and has been "
                        "deleted."))
    entry = enquiry.entry
    require(rules.can_pass_on_to(entry))
    _require_room(entry)
    readers = queries.recipients_of(entry)
    page = settings.BASE_URL + reverse("entries:entry_tab", args=[entry.competition.code, entry.code, "messages"])
    for number, reader in enumerate(readers):
        with translation.override(house_language(reader.language)):
            lines = [
                _("Good day,"),
                _("somebody has read about your entry “%(title)s” in the public database and writes to you:") % {"title": entry},
                "\n".join(f"> {line}" for line in enquiry.text.splitlines()),
                _("Name: %(name)s\nE-mail: %(email)s (confirmed by a link that was sent there)") % {
                    "name": enquiry.sender_name, "email": enquiry.sender_email},
                _("If you answer this mail, your answer goes to that address. Yours was not told to the sender."),
                _("You do not want such messages? Switch the form off:\n%(page)s") % {"page": page} if reader.person else
                _("You do not want such messages? Write to us: %(office)s.") % {"office": entry.competition.office_email},
                _("With kind regards\n%(office)s") % {"office": entry.competition.office_name},
            ]
            title = _("A message about “%(title)s”") % {"title": entry}
        outbox.queue_mail(
            recipient=reader.email, recipient_name=reader.name, reply_to=enquiry.sender_email, title=title, body="\n\n".join(lines),
            kind=PASS_ON, scope=entry.competition.code, subject=f"entry:{entry.code}", key=f"{PASS_ON}:{enquiry.token_digest[:40]}:{number}",
        )
    outbox.forget(Message.objects.filter(key=_link_key(enquiry)))
    enquiry.sender_name = enquiry.sender_email = enquiry.text = ""
    enquiry.passed_on_at = clock.now()
    enquiry.save(update_fields=["sender_name", "sender_email", "text", "passed_on_at"])
    log.record("enquiry.pass_on", subject=f"entry:{entry.code}", scope=entry.competition.code, actor="public", recipients=len(readers))
    return entry


@transaction.atomic
def forget_expired() -> int:
    """Delete what nobody confirmed in time, with the mails that held the links; how many messages that were."""
    over = list(Enquiry.objects.filter(passed_on_at=None, erase_at__lte=clock.now()).select_for_update(skip_locked=True)[:500])
    outbox.forget(Message.objects.filter(key__in=[_link_key(one) for one in over]))
    Enquiry.objects.filter(pk__in=[one.pk for one in over]).delete()
    return len(over)


@transaction.atomic
def switch_off(entry: Entry, *, by: Person) -> None:
    """Nobody writes to the office of this entry from now on; what waits to be confirmed is deleted."""
    require(rules.can_switch(by, entry))
    now = clock.now()
    _closing, is_new = Closing.objects.get_or_create(entry=entry, defaults={"closed_at": now, "closed_by": by})
    if not is_new:
        return
    waits = Enquiry.objects.filter(entry=entry, passed_on_at=None)
    outbox.forget(Message.objects.filter(key__in=[_link_key(one) for one in waits]))
    waits.delete()
    log.record("enquiry.switch_off", subject=f"entry:{entry.code}", scope=entry.competition.code, actor=by, at=log.moment(now))


@transaction.atomic
def switch_on(entry: Entry, *, by: Person) -> None:
    require(rules.can_switch(by, entry))
    deleted, _rows = Closing.objects.filter(entry=entry).delete()
    if deleted:
        log.record("enquiry.switch_on", subject=f"entry:{entry.code}", scope=entry.competition.code, actor=by)
