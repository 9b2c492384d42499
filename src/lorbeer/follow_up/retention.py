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
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat, Lower
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.call.models import Competition
from lorbeer.editions.models import Release
from lorbeer.enquiries.services import forget_expired
from lorbeer.entries.models import Contributor, Entry, Move
from lorbeer.follow_up import applicants, rules
from lorbeer.follow_up.models import Erasure
from lorbeer.follow_up.queries import months_after
from lorbeer.follow_up.retention_schedule import CONTACT, Due, entries_of_round, months_of, schedule
from lorbeer.formal_check.attest import head_of
from lorbeer.intake.models import (
    Arrival,
    ArrivalChange,
    Draft,
    DraftAnswer,
    DraftAnswerRevision,
    IncomingMail,
    KeyingDifference,
    RemovedPlace,
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

COUNTED_AT_ONCE = 200                                                   # entries, with their documents in memory


@dataclass
class Erased:
    """What was erased, or would be."""

    entries: int = 0
    documents: int = 0
    answers: int = 0
    letters: int = 0
    addresses: int = 0
    invitations: int = 0
    accounts: set[int] = field(default_factory=set)                     # keys, as of mails and files: one can be met twice
    mails: set[int] = field(default_factory=set)
    files: set[int] = field(default_factory=set)
    reasons: int = 0
    late: list[str] = field(default_factory=list)                       # numbers of arrivals that lost why they were admitted late
    dry_run: bool = False
    going: set[int] = field(default_factory=set)                        # entries that lose their contact with this: they hold nobody

    def counts(self) -> dict[str, int]:
        """What can belong to no entry."""
        return {"letters": self.letters, "addresses": self.addresses, "invitations": self.invitations,
                "mails": len(self.mails), "accounts": len(self.accounts), "files": len(self.files), "reasons": self.reasons}

    def sentences(self) -> list[str]:
        rows: Iterable[tuple[int, str]] = (
            (self.entries, ngettext("%(n)s entry is concerned.", "%(n)s entries are concerned.", self.entries)),
            (self.documents, ngettext("%(n)s frozen submission loses its personal answers; its checksum stays.",
                                      "%(n)s frozen submissions lose their personal answers; their checksums stay.",
                                      self.documents)),
            (self.answers, ngettext("%(n)s answer of a draft is erased.", "%(n)s answers of drafts are erased.", self.answers)),
            (len(self.accounts), ngettext("%(n)s account that has nothing else is emptied and closed.",
                                          "%(n)s accounts that have nothing else are emptied and closed.", len(self.accounts))),
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
            (len(self.files), ngettext("%(n)s file (receipt, letter, scan, upload) is deleted.",
                                       "%(n)s files (receipts, letters, scans, uploads) are deleted.", len(self.files))),
        )
        return [words % {"n": count} for count, words in rows if count] or [_("Nothing is due to be erased.")]

    def __str__(self) -> str:
        return " ".join(self.sentences())


def erase(competition: Competition, *, by: Person | None, dry_run: bool = False) -> Erased:
    """Erase what is due today, each entry in a transaction of its own; safe to repeat. With `dry_run` only count, and many entries at once."""
    if by is not None:
        require(rules.can_erase(by, competition))
    done = Erased(dry_run=dry_run)
    due = [row for row in schedule(competition) if row.is_due]
    if dry_run:
        _count_entries(competition, due, done)
    else:
        _erase_each(competition, due, done, by)
    with transaction.atomic():
        _erase_beside(competition, done, by)
    return done


def _waiting(competition: Competition, row: Due) -> "QuerySet[Entry]":
    return entries_of_round(competition, row.round, awarded=row.awarded).exclude(erasures__personal_class=row.personal_class).order_by("pk")


def _count_entries(competition: Competition, due: list[Due], done: Erased) -> None:
    rows = [(row, list(_waiting(competition, row))) for row in due]
    done.going = {entry.pk for row, waiting in rows if row.personal_class == CONTACT for entry in waiting}
    for row, waiting in rows:
        for first in range(0, len(waiting), COUNTED_AT_ONCE):
            some = waiting[first:first + COUNTED_AT_ONCE]
            for entry in some:
                entry.competition = competition
            _erase_answers(some, row, done)
    done.entries = len({entry.pk for _row, waiting in rows for entry in waiting})


def _erase_each(competition: Competition, due: list[Due], done: Erased, by: Person | None) -> None:
    touched: set[int] = set()
    for row in due:
        for pk in list(_waiting(competition, row).values_list("pk", flat=True)):
            with transaction.atomic():
                entry = Entry.objects.select_for_update(of=("self",)).get(pk=pk)
                entry.competition = competition
                if Erasure.objects.filter(entry=entry, personal_class=row.personal_class).exists():
                    continue                                            # somebody else was quicker
                done.going = {pk}
                _erase_entry(entry, row, done, by)
            touched.add(pk)
    done.going = set()
    done.entries = len(touched)


def due_beside(competition: Competition) -> list[str]:
    """Sentences on what is due and belongs to no entry."""
    found = Erased(dry_run=True)
    _erase_beside(competition, found, None)
    return found.sentences() if any(found.counts().values()) else []


def _erase_answers(entries: list[Entry], row: Due, done: Erased) -> dict[int, list[dict[str, Any]]]:
    """What goes of entries of one competition, as many queries for many as for one; entry → what was done to its documents."""
    _erase_uploads(entries, row.personal_class, done)
    documents: dict[int, list[dict[str, Any]]] = {}
    for submission in Submission.objects.filter(entry__in=entries).select_related("version").defer("version__definition").order_by("number"):
        if document := _erase_document(submission, row.personal_class, done):
            documents.setdefault(submission.entry_id, []).append(document)
    _erase_drafts(entries, row.personal_class, done)
    _erase_receipts(entries, done)
    if row.personal_class == CONTACT:
        _erase_contact(entries, done)
    return documents


def _erase_entry(entry: Entry, row: Due, done: Erased, by: Person | None) -> None:
    name = applicants.name_left(entry, row.personal_class)
    documents = _erase_answers([entry], row, done).get(entry.pk, [])
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
    """Blank the personal answers of a frozen document; what was done, or None where nothing was."""
    names = personal_questions(submission.version, personal_class)
    data = json.loads(submission.document)
    gone = sorted({name for name, _place, value in data["answers"] if name in names and value is not None})
    if not gone:
        return None
    done.documents += 1
    if done.dry_run:
        return None
    data["answers"] = [[name, place, None if name in names else value] for name, place, value in data["answers"]]
    erased = data.setdefault("meta", {}).setdefault("erased", {})
    erased |= dict.fromkeys(gone, clock.now().strftime("%Y-%m-%d"))
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    Submission.objects.filter(pk=submission.pk).update(document=text)
    return {"submission": submission.number, "sha256": submission.sha256, "questions": gone,
            "erased_sha256": hashlib.sha256(text.encode()).hexdigest()}


def _erase_drafts(entries: list[Entry], personal_class: str, done: Erased) -> None:
    for version, drafts in _by_version(entries).items():
        names = personal_questions(version, personal_class)
        done.answers += DraftAnswer.objects.filter(draft__in=drafts, question__in=names).exclude(value=None).count()
        for draft in () if done.dry_run else drafts:
            _erase_draft(draft, names)


def _by_version(entries: list[Entry]) -> dict[Version, list[Draft]]:
    found: dict[Version, list[Draft]] = {}
    for draft in Draft.objects.filter(entry__in=entries).select_related("version").defer("version__definition"):
        found.setdefault(draft.version, []).append(draft)
    return found


def _erase_draft(draft: Draft, names: set[str]) -> None:
    answers = DraftAnswer.objects.filter(draft=draft, question__in=names)
    KeyingDifference.objects.filter(keying__draft=draft, question__in=names).update(first=None, second=None)
    for keying in draft.keyings.all():
        keying.answers = [one for one in keying.answers if one[0] not in names]
        keying.save(update_fields=["answers"])
    draft.unknown_body = ""
    draft.save(update_fields=["unknown_body"])
    for kept in draft.removed_places.all():
        kept.answers = [one for one in kept.answers if one[0] not in names]
        kept.save(update_fields=["answers"])
    draft.unread.all().delete()                                         # of no class, because nobody can read it
    DraftAnswerRevision.objects.filter(answer__in=answers).delete()
    answers.update(value=None)


def _erase_uploads(entries: list[Entry], personal_class: str, done: Erased) -> None:
    """Files that were given as an answer, also those that an earlier submission or revision holds."""
    values: list[Any] = []
    for submission in Submission.objects.filter(entry__in=entries).select_related("version").defer("version__definition"):
        if names := _uploaded_questions(submission.version, personal_class):
            values += [value for name, _place, value in json.loads(submission.document)["answers"] if name in names]
    for version, drafts in _by_version(entries).items():
        if names := _uploaded_questions(version, personal_class):
            answers = DraftAnswer.objects.filter(draft__in=drafts, question__in=names)
            values += answers.values_list("value", flat=True)
            values += DraftAnswerRevision.objects.filter(answer__in=answers).values_list("value", flat=True)
            values += [value for kept in RemovedPlace.objects.filter(draft__in=drafts) for name, value in kept.answers if name in names]
    codes = {item["code"] for value in values for item in value or ()}
    if codes:
        _forget_files([stored for stored in _files("entry", entries) if stored.code in codes], done)


def _uploaded_questions(version: Version, personal_class: str) -> set[str]:
    placed = form_of(version).placed
    return {name for name in personal_questions(version, personal_class) if placed[name].question.type in UPLOADED}


def _files(kind: str, entries: list[Entry]) -> "QuerySet[StoredFile]":
    """The files that stand at these entries as `entry:` or `result:`."""
    scopes = {entry.competition.code for entry in entries}
    return StoredFile.objects.filter(scope__in=scopes, subject__in=[f"{kind}:{entry.code}" for entry in entries], original=None)


def _erase_receipts(entries: list[Entry], done: Erased) -> None:
    """A receipt repeats every answer; asked for again, it is made anew from what is left."""
    _forget_files(StoredFile.objects.filter(pk__in=Submission.objects.filter(entry__in=entries).values("receipt_file")), done)


def _erase_contact(entries: list[Entry], done: Erased) -> None:
    """Accounts that have nothing else, invitations, mails, letters and scans of entries."""
    letters = LetterOfIntent.objects.filter(entry__in=entries).filter(_HAS_CONTACT)
    done.letters += letters.count()
    if not done.dry_run:
        letters.update(contact_name="", contact_email="", person=None)
    _empty_accounts(_without_use(Person.objects.filter(contributions__entry__in=entries), done.going), done)
    _forget_files(_files("result", entries), done)
    came = Arrival.objects.filter(Q(entry__in=entries) | Q(added_to__in=entries))
    scans = StoredFile.objects.filter(arrivals__in=came).exclude(submissions__entry__in=entries)
    _forget_files(scans.distinct(), done)
    scopes = {entry.competition.code for entry in entries}
    mails = Message.objects.filter(scope__in=scopes, subject__in=[f"entry:{entry.code}" for entry in entries])
    done.mails |= {*outbox.forget(mails, dry_run=done.dry_run)}
    if not done.dry_run:
        for entry in entries:
            _erase_words(entry)


def _erase_words(entry: Entry) -> None:
    """What people wrote about and with one entry."""
    entry.enquiries.filter(passed_on_at=None).delete()                  # nobody is left to whom they could go
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
    _empty_accounts(_without_use(idle, done.going), done)
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
    _forget_files(StoredFile.objects.filter(arrivals__in=stray).distinct(), done)
    late = stray.exclude(late_reason="").exclude(late_reason=ERASED)
    done.late += late.values_list("number", flat=True)
    if not done.dry_run:
        stray.filter(number__in=done.late).update(late_reason=ERASED, secret="")
        stray.update(sender="", subject="", note="")
        _erase_mails(stray)
        ArrivalChange.objects.filter(arrival__in=stray).update(before={}, reason="–")


def _erase_stacks(competition: Competition, old: datetime, done: Erased) -> None:
    """Stacks of scans as they came from the scanner; what was made arrivals of them goes with those."""
    scans = competition.scans.filter(arrival=None, scanned_at__lte=old).exclude(file=None).select_related("file")
    _forget_files([scan.file for scan in scans], done)
    if not done.dry_run:
        ScanPart.objects.filter(scan__competition=competition, scan__scanned_at__lte=old).exclude(left_out_because="").update(
            left_out_because=ERASED)


def _erase_mails(arrivals: "QuerySet[Arrival]") -> None:
    """What became of a mail stays, and its checksum, by which it is known again."""
    IncomingMail.objects.filter(arrival__in=arrivals).update(text="", message_id="", details=[])


def _without_use(people: "QuerySet[Person]", going: set[int]) -> "QuerySet[Person]":
    """Those of `people` whose account is needed for nothing but the entries `going`: no role, no letter of intent, no other entry that is
    not erased, and they do not run the house. One that is emptied needs nothing more."""
    entries = Contributor.objects.filter(person=OuterRef("pk")).exclude(entry__in=going).exclude(entry__erasures__personal_class=CONTACT)
    letters = LetterOfIntent.objects.filter(person=OuterRef("pk")).exclude(entry__in=going)
    return people.filter(~Exists(entries), ~Exists(letters), is_operator=False, roles=None).exclude(
        email__endswith=f"@{NOWHERE}").distinct().order_by("pk")


def _empty_accounts(people: "QuerySet[Person]", done: Erased) -> None:
    """Nothing is left of these people but the codes that the log knows."""
    found = list(people)
    done.accounts |= {person.pk for person in found}
    mails = Message.objects.filter(scope="").alias(to=Lower("recipient")).filter(to__in=[person.email.lower() for person in found])
    done.mails |= {*outbox.forget(mails, dry_run=done.dry_run)} if found else set()
    for person in () if done.dry_run else found:
        for label in ("account.EmailAddress", "mfa.Authenticator"):
            apps.get_model(label).objects.filter(user=person).delete()
        person.name, person.email, person.is_active = "", f"{person.code.lower()}@{NOWHERE}", False
        person.set_unusable_password()
        person.save()


def _forget_files(several: Iterable[StoredFile], done: Erased) -> None:
    """Delete files with what is derived from them; their bytes too, once nothing else has them."""
    found = list(several)
    done.files |= {stored.pk for stored in found}
    for stored in () if done.dry_run else found:
        files.forget(stored)
