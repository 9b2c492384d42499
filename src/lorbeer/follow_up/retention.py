"""Personal data that is due to be erased, by the call's RetentionRules, and its erasure.

Months count from the announcement of the entry's round. `contact`, `person` and `sensitive` are the classes of personal
data that a questionnaire gives to its questions; `not_awarded` shortens all of them for entries without a prize. With
its answers go the files that were uploaded as one. With the class `contact` also go: accounts that have nothing else,
invitations, letters of intent, mails with what was attached to them, result letters, and scans of what came by post or
e-mail. What belongs to no entry goes when it is as old as `contact` of an entry without a prize, and such a time of a
round is over.

A frozen document is immutable by design. What is erased in it becomes null, and its `meta.erased` names the questions and
the day; `Submission.sha256` stays the hash of what was received, the hash of what is left stands in `Erasure.documents`.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
from django.db import transaction
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat, Lower
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.call.models import Competition
from lorbeer.editions.models import Release
from lorbeer.enquiries.services import forget_expired
from lorbeer.entries.models import Entry, Move
from lorbeer.follow_up import applicants, rules
from lorbeer.follow_up.models import Erasure
from lorbeer.follow_up.queries import months_after
from lorbeer.follow_up.retention_schedule import CONTACT, Due, entries_of_round, months_of, schedule
from lorbeer.formal_check.attest import head_of
from lorbeer.intake.models import (
    Arrival,
    ArrivalChange,
    DraftAnswer,
    DraftAnswerRevision,
    IncomingMail,
    KeyingDifference,
    ScanPart,
    Submission,
)
from lorbeer.intake.queries import compared_keys, document_or_none
from lorbeer.outreach.models import Address, LetterOfIntent
from lorbeer.people.models import Invitation, Person
from lorbeer.questionnaire.definition import UPLOADED
from lorbeer.questionnaire.models import Version
from lorbeer.questionnaire.queries import form_of
from lorbeer.screening.models import Abstention, PairRule
from lorbeer.shared import clock, files, log, outbox, reasons
from lorbeer.shared.models import LogEvent, Message, StoredFile
from lorbeer.shared.outbox import NOWHERE
from lorbeer.shared.reasons import ERASED
from lorbeer.shared.verdicts import require


@dataclass
class Erased:
    """What was erased, or would be."""

    entries: int = 0
    documents: int = 0
    answers: int = 0
    accounts: int = 0
    letters: int = 0
    addresses: int = 0
    invitations: int = 0
    mails: set[int] = field(default_factory=set)                        # their keys: one can be met twice
    files: int = 0
    reasons: int = 0
    late: list[str] = field(default_factory=list)                       # numbers of arrivals that lost why they were admitted late
    dry_run: bool = False

    def counts(self) -> dict[str, int]:
        """What can belong to no entry."""
        return {"letters": self.letters, "addresses": self.addresses, "invitations": self.invitations,
                "mails": len(self.mails), "accounts": self.accounts, "files": self.files, "reasons": self.reasons}

    def sentences(self) -> list[str]:
        rows: Iterable[tuple[int, str]] = (
            (self.entries, ngettext("%(n)s entry is concerned.", "%(n)s entries are concerned.", self.entries)),
            (self.documents, ngettext("%(n)s frozen submission loses its personal answers; its checksum stays.",
                                      "%(n)s frozen submissions lose their personal answers; their checksums stay.",
                                      self.documents)),
            (self.answers, ngettext("%(n)s answer of a draft is erased.", "%(n)s answers of drafts are erased.", self.answers)),
            (self.accounts, ngettext("%(n)s account that has nothing else is emptied and closed.",
                                     "%(n)s accounts that have nothing else are emptied and closed.", self.accounts)),
            (self.letters, ngettext("%(n)s letter of intent loses its contact.", "%(n)s letters of intent lose their contact.",
                                    self.letters)),
            (self.addresses, ngettext("%(n)s address of the distribution list loses name and mail address.",
                                      "%(n)s addresses of the distribution list lose name and mail address.", self.addresses)),
            (self.invitations, ngettext("%(n)s invitation to a role is deleted.", "%(n)s invitations to a role are deleted.",
                                        self.invitations)),
            (len(self.mails), ngettext("%(n)s mail loses recipient and text.", "%(n)s mails lose recipient and text.",
                                       len(self.mails))),
            (self.reasons, ngettext("%(n)s reason beside the log is erased; its checksum stays.",
                                    "%(n)s reasons beside the log are erased; their checksums stay.", self.reasons)),
            (self.files, ngettext("%(n)s file (receipt, letter, scan, upload) is deleted.",
                                  "%(n)s files (receipts, letters, scans, uploads) are deleted.", self.files)),
        )
        return [words % {"n": count} for count, words in rows if count] or [_("Nothing is due to be erased.")]

    def __str__(self) -> str:
        return " ".join(self.sentences())


def erase(competition: Competition, *, by: Person | None, dry_run: bool = False) -> Erased:
    """Erase what is due today; with `dry_run` only count. Each entry in a transaction of its own; safe to repeat."""
    if by is not None:
        require(rules.can_erase(by, competition))
    done = Erased(dry_run=dry_run)
    touched: set[int] = set()
    for row in schedule(competition):
        if not row.is_due:
            continue
        waiting = entries_of_round(competition, row.round, awarded=row.awarded).exclude(erasures__personal_class=row.personal_class)
        for pk in list(waiting.order_by("pk").values_list("pk", flat=True)):
            with transaction.atomic():
                entry = Entry.objects.select_for_update(of=("self",)).get(pk=pk)
                entry.competition = competition
                if Erasure.objects.filter(entry=entry, personal_class=row.personal_class).exists():
                    continue                                            # somebody else was quicker
                _erase_entry(entry, row, done, by)
            touched.add(pk)
    with transaction.atomic():
        _erase_beside(competition, done, by)
    done.entries = len(touched)
    return done


def due_beside(competition: Competition) -> list[str]:
    """Sentences on what is due and belongs to no entry."""
    found = Erased(dry_run=True)
    _erase_beside(competition, found, None)
    return found.sentences() if any(found.counts().values()) else []


def _erase_entry(entry: Entry, row: Due, done: Erased, by: Person | None) -> None:
    name = applicants.name_left(entry, row.personal_class)
    _erase_uploads(entry, row.personal_class, done)
    documents = []
    for submission in entry.submissions.select_related("version").order_by("number"):
        document = _erase_document(submission, row.personal_class, done)
        if document:
            documents.append(document)
    _erase_draft(entry, row.personal_class, done)
    _erase_receipts(entry, done)
    if row.personal_class == CONTACT:
        _erase_contact(entry, done)
    if done.dry_run:
        return
    head = {}
    if document := document_or_none(entry):                             # what was made of answers that are gone now
        keys = compared_keys(entry, document)
        if keys != (entry.address_key, entry.partner_keys):
            entry.address_key, entry.partner_keys = keys
            entry.save(update_fields=["address_key", "partner_keys"])
            head = {"head": head_of(entry)}
    if name != entry.applicant:
        entry.applicant = name
        entry.save(update_fields=["applicant"])
        head = {"head": head_of(entry)}
    Erasure.objects.create(
        entry=entry, personal_class=row.personal_class, due_on=row.due_on, erased_by=by, documents=documents,
    )
    log.record(
        "data.erase", subject=f"entry:{entry.code}", scope=entry.competition.code, actor=by or "system:data_erase",
        personal_class=row.personal_class, due_on=row.due_on.isoformat(),
        documents=[{"sha256": one["sha256"], "erased_sha256": one["erased_sha256"]} for one in documents], **head,
    )


def personal_questions(version: Version, personal_class: str) -> set[str]:
    return {name for name, placed in form_of(version).placed.items() if placed.question.personal_data == personal_class}


def _erase_document(submission: Submission, personal_class: str, done: Erased) -> dict[str, Any] | None:
    """Blank the personal answers of a frozen document; what was done, or None where there was nothing."""
    names = personal_questions(submission.version, personal_class)
    data = json.loads(submission.document)
    gone = sorted({name for name, _place, value in data["answers"] if name in names and value is not None})
    if not gone:
        return None
    done.documents += 1
    data["answers"] = [[name, place, None if name in names else value] for name, place, value in data["answers"]]
    erased = data.setdefault("meta", {}).setdefault("erased", {})
    erased |= dict.fromkeys(gone, clock.now().strftime("%Y-%m-%d"))
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    if not done.dry_run:
        Submission.objects.filter(pk=submission.pk).update(document=text)
    return {"submission": submission.number, "sha256": submission.sha256, "questions": gone,
            "erased_sha256": hashlib.sha256(text.encode()).hexdigest()}


def _erase_draft(entry: Entry, personal_class: str, done: Erased) -> None:
    draft = getattr(entry, "draft", None)
    if draft is None:
        return
    names = personal_questions(draft.version, personal_class)
    answers = DraftAnswer.objects.filter(draft=draft, question__in=names)
    done.answers += answers.exclude(value=None).count()
    if not done.dry_run:
        KeyingDifference.objects.filter(keying__draft=draft, question__in=names).update(first=None, second=None)
        for keying in draft.keyings.all():
            keying.answers = [one for one in keying.answers if one[0] not in names]
            keying.save(update_fields=["answers"])
        draft.unknown_body = ""
        draft.save(update_fields=["unknown_body"])
        for kept in draft.removed_places.all():
            kept.answers = [one for one in kept.answers if one[0] not in names]
            kept.save(update_fields=["answers"])
        draft.unread.all().delete()                                     # of no class, because nobody can read it
        DraftAnswerRevision.objects.filter(answer__in=answers).delete()
        answers.update(value=None)


def _erase_uploads(entry: Entry, personal_class: str, done: Erased) -> None:
    """Files that were given as an answer, also those that an earlier submission or revision holds."""
    values: list[Any] = []
    for submission in entry.submissions.select_related("version"):
        names = _uploaded_questions(submission.version, personal_class)
        values += [value for name, _place, value in json.loads(submission.document)["answers"] if name in names]
    if draft := getattr(entry, "draft", None):
        uploads = _uploaded_questions(draft.version, personal_class)
        answers = DraftAnswer.objects.filter(draft=draft, question__in=uploads)
        values += answers.values_list("value", flat=True)
        values += DraftAnswerRevision.objects.filter(answer__in=answers).values_list("value", flat=True)
        values += [value for kept in draft.removed_places.all() for name, value in kept.answers if name in uploads]
    codes = {item["code"] for value in values for item in value or ()}
    for stored in _files(entry.competition, f"entry:{entry.code}").filter(code__in=codes):
        _forget_file(stored, done)


def _uploaded_questions(version: Version, personal_class: str) -> set[str]:
    placed = form_of(version).placed
    return {name for name in personal_questions(version, personal_class) if placed[name].question.type in UPLOADED}


def _files(competition: Competition, subject: str) -> "QuerySet[StoredFile]":
    return StoredFile.objects.filter(scope=competition.code, subject=subject, original=None)


def _erase_receipts(entry: Entry, done: Erased) -> None:
    """A receipt repeats every answer; asked for again, it is made anew from what is left."""
    for submission in entry.submissions.filter(receipt_file__isnull=False).select_related("receipt_file"):
        if submission.receipt_file:
            _forget_file(submission.receipt_file, done)


def _erase_contact(entry: Entry, done: Erased) -> None:
    """Accounts that have nothing else, invitations, mails, letters and scans of one entry."""
    letters = LetterOfIntent.objects.filter(entry=entry).filter(_HAS_CONTACT)
    done.letters += letters.count()
    if not done.dry_run:
        letters.update(contact_name="", contact_email="", person=None)
    for contributor in entry.contributors.select_related("person"):
        if not _has_something_else(contributor.person, entry):
            _empty_account(contributor.person, done)
    for stored in _files(entry.competition, f"result:{entry.code}"):
        _forget_file(stored, done)
    scans = StoredFile.objects.filter(Q(arrivals__entry=entry) | Q(arrivals__added_to=entry)).exclude(submissions__entry=entry).distinct()
    for stored in scans:
        _forget_file(stored, done)
    if not done.dry_run:
        entry.enquiries.filter(passed_on_at=None).delete()              # nobody is left to whom they could go
    mails = Message.objects.filter(scope=entry.competition.code, subject=f"entry:{entry.code}")
    done.mails |= {*outbox.forget(mails, dry_run=done.dry_run)}
    if not done.dry_run:
        entry.invitations.all().delete()
        entry.history.filter(name="withdraw").exclude(reason="").update(reason=Move.ERASED, secret="")
        entry.releases.exclude(written_consent="").update(written_consent=Release.ERASED)
        came = Arrival.objects.filter(Q(entry=entry) | Q(added_to=entry))
        came.exclude(late_reason="").update(late_reason=ERASED, secret="")
        came = came.exclude(channel="online")
        came.update(sender="", subject="", note="")
        _erase_mails(came)
        ArrivalChange.objects.filter(arrival__in=came).update(before={}, reason="–")


_HAS_CONTACT = ~Q(contact_name="") | ~Q(contact_email="") | Q(person__isnull=False)


def _erase_beside(competition: Competition, done: Erased, by: Person | None) -> None:
    """What belongs to no entry: as entries without a prize, once the time of a round is over.

    A letter of intent from before that round's announcement, as it may have meant that round; the distribution list when
    nothing is to come; all else by its own age.
    """
    if not done.dry_run:
        forget_expired()
    months = months_of(competition).get((CONTACT, False))
    if months is None:
        return
    zone, today = ZoneInfo(competition.time_zone), clock.today(competition.time_zone)
    announced = competition.announcements.filter(announced_at__lte=clock.now()).values_list("round", "announced_at")
    passed = {round: at for round, at in announced if months_after(clock.day(at, zone), months) <= today}
    if not passed:
        return
    old = datetime.combine(months_after(today, -months), time.max, zone)
    before = done.counts()
    letters = competition.letters_of_intent.filter(entry=None, received_at__lte=max(passed.values())).filter(_HAS_CONTACT)
    done.letters += letters.count()
    if not done.dry_run:
        letters.update(contact_name="", contact_email="", person=None)
    if not _goes_on(competition, set(passed)):
        _erase_addresses(competition, done)
    _erase_arrivals(competition, old, done)
    _erase_stacks(competition, old, done)
    done.reasons += reasons.forget(LogEvent.objects.filter(scope=competition.code, at__lte=old), dry_run=done.dry_run)
    if not done.dry_run:                                                # the same words, where they stand beside what they are about
        Abstention.objects.filter(entry__competition=competition, abstained_at__lte=old).update(reason=ERASED)
        PairRule.objects.filter(entry__competition=competition, made_at__lte=old).update(reason=ERASED)
    invitations = Invitation.objects.filter(competition=competition, created_at__lte=old)
    done.invitations += invitations.count()
    if not done.dry_run:
        invitations.delete()
    mails = Message.objects.filter(scope__in=(competition.code, ""), created_at__lte=old).exclude(subject__startswith="entry:")
    done.mails |= {*outbox.forget(mails, dry_run=done.dry_run)}
    idle = Person.objects.filter(is_operator=False, roles=None, joined_at__lte=old).exclude(last_login__gt=old)
    for person in idle.exclude(email__endswith=f"@{NOWHERE}").order_by("pk"):
        if not _has_something_else(person):
            _empty_account(person, done)
    found: dict[str, Any] = {name: count - before[name] for name, count in done.counts().items() if count > before[name]}
    if done.late:
        found["arrivals"] = sorted(done.late)
    if found and not done.dry_run:
        log.record("data.erase_beside", subject=f"competition:{competition.code}", scope=competition.code,
                   actor=by or "system:data_erase", **found)


def _goes_on(competition: Competition, passed: set[int]) -> bool:
    """Whether the office may still write to its distribution list: a round, a phase or a wave is to come."""
    return (
        competition.entries.exclude(round__in=passed).exists()
        or competition.phases.exclude(round__in=passed).filter(Q(ends_at=None) | Q(ends_at__gt=clock.now())).exists()
        or competition.waves.filter(queued_at=None, planned_on__gte=clock.today(competition.time_zone)).exists()
    )


def _erase_addresses(competition: Competition, done: Erased) -> None:
    """The lines stay, so that the funnel counts what it counted."""
    addresses = Address.objects.filter(competition=competition).exclude(email__endswith=f"@{NOWHERE}").exclude(email="", name="–")
    done.addresses += addresses.count()
    if not done.dry_run:
        addresses.filter(email="").update(name="–")
        addresses.update(name="–", email=Concat(Lower("code"), Value(f"@{NOWHERE}")))


def _erase_arrivals(competition: Competition, old: datetime, done: Erased) -> None:
    """What came by post or e-mail and never became an entry."""
    stray = Arrival.objects.filter(competition=competition, entry=None, added_to=None, arrived_at__lte=old)
    for stored in StoredFile.objects.filter(arrivals__in=stray).distinct():
        _forget_file(stored, done)
    late = stray.exclude(late_reason="").exclude(late_reason=ERASED)
    done.late += late.values_list("number", flat=True)
    if not done.dry_run:
        stray.filter(number__in=done.late).update(late_reason=ERASED, secret="")
        stray.update(sender="", subject="", note="")
        _erase_mails(stray)
        ArrivalChange.objects.filter(arrival__in=stray).update(before={}, reason="–")


def _erase_stacks(competition: Competition, old: datetime, done: Erased) -> None:
    """Stacks of scans as they came from the scanner; what was made arrivals of them goes with those."""
    for scan in competition.scans.filter(arrival=None, scanned_at__lte=old).exclude(file=None).select_related("file"):
        _forget_file(scan.file, done)
    if not done.dry_run:
        ScanPart.objects.filter(scan__competition=competition, scan__scanned_at__lte=old).exclude(left_out_because="").update(
            left_out_because=ERASED)


def _erase_mails(arrivals: "QuerySet[Arrival]") -> None:
    """What became of a mail stays, and its checksum, by which it is known again."""
    IncomingMail.objects.filter(arrival__in=arrivals).update(text="", message_id="", details=[])


def _has_something_else(person: Person, entry: Entry | None = None) -> bool:
    """Whether the account is needed beyond `entry`: a role, a letter of intent, other entries that are not erased, or it
    runs the house. One that is emptied needs nothing more."""
    if person.is_operator or person.email.endswith(f"@{NOWHERE}") or person.roles.exists() or person.letters_of_intent.exists():
        return True
    others = person.contributions.exclude(entry=entry) if entry else person.contributions
    return others.exclude(entry__erasures__personal_class=CONTACT).exists()


def _empty_account(person: Person, done: Erased) -> None:
    """Nothing is left of the person but the code that the log knows."""
    done.accounts += 1
    done.mails |= {*outbox.forget(Message.objects.filter(scope="", recipient__iexact=person.email), dry_run=done.dry_run)}
    if done.dry_run:
        return
    for label in ("account.EmailAddress", "mfa.Authenticator"):
        apps.get_model(label).objects.filter(user=person).delete()
    person.name, person.email, person.is_active = "", f"{person.code.lower()}@{NOWHERE}", False
    person.set_unusable_password()
    person.save()


def _forget_file(stored: StoredFile, done: Erased) -> None:
    """Delete a file with what is derived from it; its bytes too, once nothing else has them."""
    done.files += 1
    if done.dry_run:
        return
    files.forget(stored)
