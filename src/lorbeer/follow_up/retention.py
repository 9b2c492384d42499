"""Personal data that is due to be erased, by the call's RetentionRules, and its erasure.

Months count from the announcement of the entry's round. `contact`, `person` and `sensitive` are the classes of personal
data that a questionnaire gives to its questions; `not_awarded` shortens all of them for entries without a prize. With
the class `contact` also go: accounts that have nothing else, invitations, letters of intent, mails and their receipts,
and scans of what came by post or e-mail.

A frozen document is immutable by design. What is erased in it becomes null, and its `meta.erased` names the questions and
the day; `Submission.sha256` stays the hash of what was received, the hash of what is left stands in `Erasure.documents`.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.awards.models import Award
from lorbeer.call.models import Competition
from lorbeer.call.rulebook import RetentionRules
from lorbeer.entries.models import Entry
from lorbeer.follow_up import rules
from lorbeer.follow_up.models import Erasure
from lorbeer.follow_up.queries import months_after
from lorbeer.intake.models import DraftAnswer, DraftAnswerRevision, Submission
from lorbeer.outreach.models import LetterOfIntent
from lorbeer.people.models import Person
from lorbeer.questionnaire.models import Version
from lorbeer.questionnaire.queries import form_of
from lorbeer.shared import clock, files, log
from lorbeer.shared.models import Blob, Message, StoredFile
from lorbeer.shared.verdicts import require

CONTACT, NOT_AWARDED = "contact", "not_awarded"
CLASSES = (CONTACT, "person", "sensitive")
NOWHERE = "erased.invalid"                                              # RFC 2606: nobody ever receives mail there


# --- when -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Due:
    """Entries of one round whose data of one class falls due on one day."""

    round: int
    personal_class: str
    awarded: bool
    months: int
    due_on: date
    is_due: bool
    entries: int
    erased: int

    @property
    def waiting(self) -> int:
        return self.entries - self.erased

    @property
    def label(self) -> str:
        return {CONTACT: _("contact data"), "person": _("data about people"), "sensitive": _("sensitive data")}[self.personal_class]


def months_of(competition: Competition) -> dict[tuple[str, bool], int]:
    """(class, has a prize) → months after the announcement; classes that the call gives no months are not erased."""
    given = RetentionRules.from_json(competition.retention).months
    found: dict[tuple[str, bool], int] = {}
    for name in CLASSES:
        own = given.get(name, given.get(CONTACT))
        shorter = [months for months in (own, given.get(NOT_AWARDED)) if months is not None]
        if own is not None:
            found[name, True] = own
        if shorter:
            found[name, False] = min(shorter)
    return found


def classes_used(competition: Competition) -> tuple[str, ...]:
    """`contact` always (accounts, letters of intent), the others where a question has them."""
    used = {CONTACT}
    for version in Version.objects.filter(questionnaire__competition=competition, published_at__isnull=False):
        used |= {placed.question.personal_data for placed in form_of(version).placed.values()} - {""}
    return tuple(name for name in CLASSES if name in used)


def schedule(competition: Competition) -> list[Due]:
    """What falls due when, the earliest first; one query per line."""
    today, zone = clock.today(competition.time_zone), ZoneInfo(competition.time_zone)
    rows = []
    used = classes_used(competition)
    announced = competition.announcements.filter(announced_at__lte=clock.now()).values_list("round", "announced_at")
    for round, at in announced:
        for (name, awarded), months in months_of(competition).items():
            if name not in used:
                continue
            due_on = months_after(at.astimezone(zone).date(), months)
            found = _entries(competition, round, awarded=awarded)
            rows.append(Due(
                round, name, awarded, months, due_on, due_on <= today, found.count(),
                found.filter(erasures__personal_class=name).count(),
            ))
    return sorted((row for row in rows if row.entries), key=lambda row: (row.due_on, row.round, row.personal_class))


def _entries(competition: Competition, round: int, *, awarded: bool) -> "QuerySet[Entry]":
    return Entry.objects.filter(competition=competition, round=round).filter(
        Exists(Award.objects.filter(entry=OuterRef("pk"))) if awarded else ~Exists(Award.objects.filter(entry=OuterRef("pk")))
    )


def last_erasure(competition: Competition) -> Erasure | None:
    return Erasure.objects.filter(entry__competition=competition).order_by("-erased_at").first()


# --- erasing ----------------------------------------------------------------------------------------------------------


@dataclass
class Erased:
    """What was erased, or would be."""

    entries: int = 0
    documents: int = 0
    answers: int = 0
    accounts: int = 0
    letters: int = 0
    mails: int = 0
    files: int = 0
    dry_run: bool = False

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
            (self.mails, ngettext("%(n)s mail loses recipient and text.", "%(n)s mails lose recipient and text.", self.mails)),
            (self.files, ngettext("%(n)s file (receipt, scan) is deleted.", "%(n)s files (receipts, scans) are deleted.",
                                  self.files)),
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
        waiting = _entries(competition, row.round, awarded=row.awarded).exclude(erasures__personal_class=row.personal_class)
        for pk in list(waiting.order_by("pk").values_list("pk", flat=True)):
            with transaction.atomic():
                entry = Entry.objects.select_for_update(of=("self",)).get(pk=pk)
                entry.competition = competition
                if Erasure.objects.filter(entry=entry, personal_class=row.personal_class).exists():
                    continue                                            # somebody else was quicker
                _erase_entry(entry, row, done, by)
            touched.add(pk)
    _erase_letters(competition, done, by)
    done.entries = len(touched)
    return done


def _erase_entry(entry: Entry, row: Due, done: Erased, by: Person | None) -> None:
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
    Erasure.objects.create(
        entry=entry, personal_class=row.personal_class, due_on=row.due_on, erased_by=by, documents=documents,
    )
    log.record(
        "data.erase", subject=f"entry:{entry.code}", scope=entry.competition.code, actor=by or "system:data_erase",
        personal_class=row.personal_class, due_on=row.due_on.isoformat(),
        documents=[{"sha256": one["sha256"], "erased_sha256": one["erased_sha256"]} for one in documents],
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
    answers = DraftAnswer.objects.filter(draft=draft, question__in=personal_questions(draft.version, personal_class))
    done.answers += answers.exclude(value=None).count()
    if not done.dry_run:
        DraftAnswerRevision.objects.filter(answer__in=answers).delete()
        answers.update(value=None)


def _erase_receipts(entry: Entry, done: Erased) -> None:
    """A receipt repeats every answer; asked for again, it is made anew from what is left."""
    for submission in entry.submissions.filter(receipt_file__isnull=False).select_related("receipt_file"):
        if submission.receipt_file:
            _forget_file(submission.receipt_file, done)


def _erase_contact(entry: Entry, done: Erased) -> None:
    """Accounts that have nothing else, invitations, mails, letters of intent and scans of one entry."""
    for contributor in entry.contributors.select_related("person"):
        if not _has_something_else(contributor.person, entry):
            done.accounts += 1
            if not done.dry_run:
                _empty_account(contributor.person)
    scans = StoredFile.objects.filter(arrivals__entry=entry).exclude(submissions__entry=entry).distinct()
    for stored in scans:
        _forget_file(stored, done)
    mails = Message.objects.filter(scope=entry.competition.code, subject=f"entry:{entry.code}").exclude(
        recipient__endswith=f"@{NOWHERE}"
    ).exclude(state__in=(Message.State.WAITING, Message.State.RUNNING))
    done.mails += mails.count()
    letters = LetterOfIntent.objects.filter(entry=entry).filter(_HAS_CONTACT)
    done.letters += letters.count()
    if not done.dry_run:
        mails.update(recipient=f"mail@{NOWHERE}", recipient_name="", reply_to="", body="")
        letters.update(contact_name="", contact_email="", person=None)
        entry.invitations.all().delete()
        entry.arrivals.exclude(channel="online").update(sender="", note="")


_HAS_CONTACT = ~Q(contact_name="") | ~Q(contact_email="") | Q(person__isnull=False)


def _erase_letters(competition: Competition, done: Erased, by: Person | None) -> None:
    """Contacts of letters of intent that never became an entry: as entries without a prize, announced before the
    newest round whose time is over."""
    months = months_of(competition).get((CONTACT, False))
    if months is None:
        return
    zone, today = ZoneInfo(competition.time_zone), clock.today(competition.time_zone)
    announced = competition.announcements.filter(announced_at__lte=clock.now()).values_list("announced_at", flat=True)
    passed = [at for at in announced if months_after(at.astimezone(zone).date(), months) <= today]
    if not passed:
        return
    letters = competition.letters_of_intent.filter(entry=None, received_at__lte=max(passed)).filter(_HAS_CONTACT)
    count = letters.count()
    done.letters += count
    if count and not done.dry_run:
        with transaction.atomic():
            letters.update(contact_name="", contact_email="", person=None)
            log.record("data.erase_letters", subject=f"competition:{competition.code}", scope=competition.code,
                       actor=by or "system:data_erase", count=count)


def _has_something_else(person: Person, entry: Entry) -> bool:
    """Whether the account is needed beyond `entry`: a role, other entries that are not erased, or it runs the house."""
    if person.is_operator or not person.is_active or person.roles.exists():
        return True
    others = person.contributions.exclude(entry=entry)
    return others.exclude(entry__erasures__personal_class=CONTACT).exists()


def _empty_account(person: Person) -> None:
    """Nothing is left of the person but the code that the log knows."""
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
    digests = {stored.blob_id, *stored.derivatives.values_list("blob_id", flat=True)}
    stored.delete()
    for digest in digests:
        if not StoredFile.objects.filter(blob=digest).exists():
            Blob.objects.filter(pk=digest).delete()
            transaction.on_commit(partial(default_storage.delete, files.key_of(digest)))
