"""Taking in one mail: all of it or nothing, whatever it is.

When it arrived is what *our* server noted: the time at which the account's server got it (INTERNALDATE), of a file the
topmost `Received`; the sender's own `Date` is kept and judges nothing. Without either it arrived when it was read.
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parseaddr
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.call.models import Competition
from lorbeer.intake import letters, mail_reading, pdf_forms, places, rules
from lorbeer.intake.models import QUARANTINE, Arrival, Channel, Draft, IncomingMail
from lorbeer.intake.services.arrivals import enter_arrival, keep_files, sender_of, start_key_in
from lorbeer.intake.services.corrections import close_arrival
from lorbeer.intake.services.enclosing import enclose
from lorbeer.intake.services.filling import fill_from_form
from lorbeer.people.models import Person
from lorbeer.questionnaire.models import Version
from lorbeer.questionnaire.queries import versions_of
from lorbeer.shared import clock, files, filetypes, limits, log, virus
from lorbeer.shared.errors import BadInput, LorbeerError, Refused
from lorbeer.shared.models import Message, StoredFile
from lorbeer.shared.text import in_each_language, language_for

ACTOR = "system:mail"
MOST_ANSWERS = 5                         # acknowledgements to one sender in a day
MOST_IN_DOMAIN = 300                     # and to one domain in an hour; half of a call may write from the same large provider
Answer, Outcome, Trouble = IncomingMail.Answer, IncomingMail.Outcome, IncomingMail.Trouble


class Unplaced(Refused):
    """Nobody can tell for which competition a mail is; `mail` is what it says."""

    def __init__(self, sentence: str, mail: mail_reading.Mail) -> None:
        super().__init__(sentence)
        self.mail = mail


@dataclass(frozen=True)
class Taken:
    """What became of a mail; `is_new` is False where it had been taken in before."""

    arrival: Arrival
    is_new: bool

    def __str__(self) -> str:
        about = {"number": self.arrival.number, "competition": self.arrival.competition.code}
        if not self.is_new:
            return _("known already as arrival %(number)s in %(competition)s") % about
        mail = self.arrival.mail
        about["outcome"] = mail.get_trouble_display() if mail.trouble else mail.get_outcome_display()
        return _("arrival %(number)s in %(competition)s: %(outcome)s") % about


@dataclass
class _Case:
    """One mail on its way into the register."""

    raw: bytes
    mail: mail_reading.Mail
    found: str                                                          # what the scanner found in the mail as a whole
    infected: list[str]                                                 # and in each of its attachments
    media_types: list[str]                                              # of the attachments, as they open
    forms: pdf_forms.Forms = field(default_factory=pdf_forms.Forms)
    kept: list[StoredFile] = field(default_factory=list)                # the attachments, once they are stored

    @property
    def is_infected(self) -> bool:
        return bool(self.found or any(self.infected))


def take_in(raw: bytes, *, arrived_at: datetime | None = None, competition: Competition | None = None) -> Taken:
    """Register a mail as it came. `competition`: for what names none by itself.

    Raises NotScanned where the virus scanner does not answer, and Unplaced where nobody can tell which competition it is for:
    then nothing of it is kept, and it stays where it is.
    """
    mail = mail_reading.read(raw)
    known = IncomingMail.objects.filter(sha256=mail.sha256).select_related("arrival__competition").first()
    if known is not None:
        return Taken(known.arrival, is_new=False)
    case = _Case(raw, mail, virus.scan([raw]), [virus.scan([one.data]) for one in mail.attachments],
                 [_media_type(one.data, one.name) for one in mail.attachments])
    if mail.kind == "message" and not case.is_infected:
        with translation.override(settings.LANGUAGE_CODE):
            case.forms = pdf_forms.forms_among(one.data for one in mail.attachments)
    now = clock.now()
    moment = min(arrived_at or mail.received_at or now, now)
    place = _place_of(case, moment, competition)
    same = Arrival.objects.filter(competition=place, mail__fingerprint=mail.fingerprint).select_related("competition", "mail").first()
    if same is not None and mail.is_readable:
        return Taken(same, is_new=False)
    with transaction.atomic(), translation.override(language_for(place.first_language)):
        return Taken(_entered(case, place, moment), is_new=True)


# --- for which competition --------------------------------------------------------------------------------------------


def _place_of(case: _Case, moment: datetime, given: Competition | None) -> Competition:
    """By the mail that came back, the form, the address it went to, what the caller says, or because there is only one."""
    mail = case.mail
    codes = {returned.scope for returned in _returned(mail)} | {str(form.competition) for _place, form in case.forms.found}
    everywhere = list(Competition.objects.all())
    public = [one for one in everywhere if one.is_public]
    named = ([one for one in public if one.code in codes] or _addressed(everywhere, mail.delivered_to)
             or _addressed(everywhere, mail.recipients))
    if len(named) == 1:
        return named[0]
    if given is not None:
        return given
    possible = named or public
    for several in ([one for one in possible if rules.open_round(one, moment) is not None], possible):
        if len(several) == 1:
            return several[0]
    if not mail.is_readable:
        raise Unplaced(_("it cannot be read as a mail, not even to whom it went. An operator says for which competition it is"), mail)
    raise Unplaced(_("nobody can tell for which competition it is: neither its addresses nor a form say so. An operator says it"), mail)


def _addressed(among: Iterable[Competition], recipients: frozenset[str]) -> list[Competition]:
    """Those whose office has one of the addresses, or whose code stands in one: `entries+CODE@example.org`."""
    codes = {one.rpartition("@")[0].rpartition("+")[2] for one in recipients if "+" in one}
    return [one for one in among if one.office_email.casefold() in recipients or one.code.casefold() in codes]


def _returned(mail: mail_reading.Mail) -> list[Message]:
    return list(Message.objects.filter(message_id=mail.undelivered)) if mail.undelivered else []


# --- the row ----------------------------------------------------------------------------------------------------------


def _entered(case: _Case, competition: Competition, moment: datetime) -> Arrival:
    mail = case.mail
    arrival = enter_arrival(
        competition, channel=Channel.EMAIL, by=None, actor=ACTOR, arrived_at=moment, sender=mail.sender, subject=mail.subject,
    )
    kept = _stored(arrival, case)
    case.kept = kept[1:]
    keep_files(arrival, kept)
    judged = _judged(arrival, case)
    if mail.left_out:
        judged["details"] = [*judged.get("details", ()), in_each_language(partial(_left_out, arrival, mail))]
    row = IncomingMail(
        arrival=arrival, sha256=mail.sha256, fingerprint=mail.fingerprint, message_id=mail.message_id, sent_at=mail.sent_at,
        text=mail.text, **judged,
    )
    row.answer = _answered(row, mail)
    row.save()
    arrival.mail = row
    log.record("mail.take_in", subject=f"arrival:{arrival.number}", scope=competition.code, actor=ACTOR, outcome=row.outcome,
               trouble=row.trouble, answer=row.answer, sha256=row.sha256, files=sorted(one.blob_id for one in kept))
    if row.outcome in (Outcome.AUTO_REPLY, Outcome.BOUNCE):
        arrival = close_arrival(arrival, by=None, actor=ACTOR, reason=row.outcome)       # a code: read in the reader's words
        arrival.mail = row
    _note_bounce(mail)
    if row.answer == Answer.SENT:
        letters.queue_acknowledgement(arrival, mail.address)
    return arrival


def _stored(arrival: Arrival, case: _Case) -> list[StoredFile]:
    """The mail as it came, and what was attached to it, unaltered. What the scanner found, and the mail around it, is locked away."""
    scope, open_to, locked = arrival.competition.code, f"arrival:{arrival.number}", f"{QUARANTINE}{arrival.number}"
    kept = [files.store(case.raw, name=f"{arrival.number}.eml", media_type="message/rfc822", kind="mail", stored_by=ACTOR, scope=scope,
                        subject=locked if case.is_infected else open_to)]
    came = zip(case.mail.attachments, case.infected, case.media_types, strict=True)
    for number, (one, found, media_type) in enumerate(came, 1):
        name = files.clean_name(one.name or _("attachment %(number)d") % {"number": number})
        all_locked = case.found and not any(case.infected)              # something is in it, and nobody knows where
        kept.append(files.store(
            one.data, name=name, media_type=media_type, kind=files.UPLOAD, stored_by=ACTOR, scope=scope,
            subject=locked if found or all_locked else open_to,
        ))
    return kept


def _media_type(data: bytes, name: str) -> str:
    """What a file is, where it opens as such; anything else is only bytes."""
    try:
        return filetypes.check(io.BytesIO(data), name, ("image", "pdf", "document"))
    except BadInput:
        return "application/octet-stream"


def _judged(arrival: Arrival, case: _Case) -> dict[str, Any]:
    """The outcome; a form is read into a draft at once."""
    mail = case.mail
    if case.is_infected:
        return _for_the_office(Trouble.INFECTED, sorted({case.found, *case.infected} - {""}))
    if not mail.is_readable:
        return _for_the_office(Trouble.UNREADABLE)
    if mail.kind == "auto_reply":
        return {"outcome": Outcome.AUTO_REPLY}
    if mail.kind == "bounce":
        return {"outcome": Outcome.BOUNCE}
    if not case.forms.found:
        return _for_the_office(Trouble.NO_FORM, case.forms.refusals([one.name for one in mail.attachments]))
    if len(case.forms.found) > 1:
        return _for_the_office(Trouble.SEVERAL_FORMS)
    ((place, form),) = case.forms.found
    if form.entry:                                                      # who knows a code may not write into its draft
        return _for_the_office(Trouble.NAMES_ENTRY, [str(form.entry)[:40]])
    if (sender := mail.attachments[place].inside) is not None:          # who forwards a form need not be the one who applies
        told = in_each_language(lambda: _("The attached mail says that it is from %(sender)s. Nobody has checked that.") % {
            "sender": mail_reading.plain(sender, 300) or "–"})
        return {"outcome": Outcome.OFFICE, "trouble": Trouble.FORWARDED, "details": [told]}
    if not rules.can_submit_arrival(arrival):
        return _for_the_office(Trouble.LATE)
    try:
        with transaction.atomic():
            draft, faults = _read_into_draft(arrival, case.kept[place], form, by=None)
    except LorbeerError as error:
        return _for_the_office(Trouble.FORM_REFUSED, [str(error)])
    arrival.entry = draft.entry
    return {"outcome": Outcome.DRAFT, "details": faults}


def _for_the_office(trouble: IncomingMail.Trouble, details: Iterable[str] = ()) -> dict[str, Any]:
    return {"outcome": Outcome.OFFICE, "trouble": trouble, "details": [mail_reading.plain(one, 500) for one in details]}


def _left_out(arrival: Arrival, mail: mail_reading.Mail) -> str:
    return ngettext(
        "%(n)s more attachment is not listed here and was not looked at. It lies in the mail as it came: please open %(name)s to see it.",
        "%(n)s more attachments are not listed here and were not looked at. They lie in the mail as it came: please open %(name)s to see them.",
        mail.left_out) % {"n": mail.left_out, "name": f"{arrival.number}.eml"}


def _note_bounce(mail: mail_reading.Mail) -> None:
    for message in _returned(mail):
        if message.bounced_at is None:
            Message.objects.filter(pk=message.pk).update(bounced_at=clock.now())
            log.record("mail.bounce", subject=message.subject, scope=message.scope, actor=ACTOR, message=message.pk)


def _answered(row: IncomingMail, mail: mail_reading.Mail) -> str:
    """Whether the sender is told. Programs are not, nor is one of our own addresses: two of them would never stop."""
    if mail.is_automatic or row.outcome in (Outcome.AUTO_REPLY, Outcome.BOUNCE):
        return Answer.AUTOMATIC
    if row.trouble == Trouble.INFECTED:
        return Answer.WITHHELD
    address = mail.address.casefold()
    if not address or _is_ours(address):
        return Answer.NO_ADDRESS
    if limits.count(f"acknowledgement {_plain_address(address)}", timedelta(days=1)).count > MOST_ANSWERS:
        return Answer.TOO_MANY
    if limits.count(f"acknowledgement @{address.rpartition('@')[2]}", timedelta(hours=1)).count > MOST_IN_DOMAIN:
        return Answer.TOO_MANY
    return Answer.SENT


def _is_ours(address: str) -> bool:
    """Whether mails to it come to us: with or without a plus part the sender of our mails, an office's address, that of the account that
    is read, or any address in a domain of these with the code of a competition behind a plus."""
    competitions = Competition.objects.values_list("office_email", "code")
    own = {_plain_address(one) for one in (parseaddr(settings.MAIL_FROM)[1], *(email for email, _code in competitions)) if one}
    account = unquote(urlsplit(settings.IMAP_ACCOUNT).username or "").casefold()
    own |= {_plain_address(account)} if "@" in account else {f"{account}@{one.rpartition('@')[2]}" for one in own if account}
    local, _at, domain = address.rpartition("@")
    codes = {code.casefold() for _email, code in competitions}
    named = "+" in local and local.rpartition("+")[2] in codes and domain in {one.rpartition("@")[2] for one in own}
    return _plain_address(address) in own or named


def _plain_address(address: str) -> str:
    """In small letters and without what stands behind a plus: mails to all of these reach the same person."""
    local, _at, domain = address.casefold().rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


# --- forms ------------------------------------------------------------------------------------------------------------


def start_from_mail(arrival: Arrival, *, by: Person) -> tuple[Draft, list[str]]:
    """The office begins a draft from a mail: with what its only form says, else empty. Also what could not be read."""
    if arrival.entry_id is None and not arrival.files.filter(subject__startswith=QUARANTINE).exists():
        try:
            form, stored, _forms = pdf_forms.form_of(arrival)
        except BadInput:                                                # the mail's page has said why
            pass
        else:
            return _read_into_draft(arrival, stored, form, by=by)
    return start_key_in(arrival, by=by, applicant=_name_of(arrival), take_over=False), []


def _name_of(arrival: Arrival) -> str | None:
    """Who sent it, without the address: it will stand in lists as the applicant until the form says better. "" of a forwarded form."""
    if sender_of(arrival) != arrival.sender:
        return ""
    name, address = parseaddr(arrival.sender)
    return name or (arrival.sender if "@" not in arrival.sender else address) or None


@transaction.atomic
def _read_into_draft(arrival: Arrival, stored: StoredFile, form: Any, *, by: Person | None) -> tuple[Draft, list[str]]:
    """A draft with the answers of a form and the files beside it, and sentences on those that have no meaning. Raises Refused, BadInput."""
    if form.competition != arrival.competition.code:
        raise Refused(_("The form is one of another competition: %(code)s.") % {"code": form.competition})
    version = _version_of(arrival.competition, form)
    draft = start_key_in(arrival, by=by, actor=ACTOR, applicant=_name_of(arrival), take_over=False, version=version)
    faults = fill_from_form(draft, form, by=by).faults
    faults += enclose(arrival, draft, places.placed_as_now(draft, form), beside=[stored], by=by)
    faults = [mail_reading.plain(str(fault), 500) for fault in faults]
    draft.entry.refresh_from_db()
    return draft, faults


def _version_of(competition: Competition, form: Any) -> Version:
    found = versions_of(competition).filter(number=form.version, published_at__isnull=False).first() if form.form == "entry" else None
    if found is None:
        raise Refused(_("The form is not one that this competition has published."))
    return found
