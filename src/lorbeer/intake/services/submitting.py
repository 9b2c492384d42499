"""Submitting freezes the answers; what the entry's head shows is taken from the frozen document."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.entries import rules as entry_rules
from lorbeer.entries.models import Entry, State
from lorbeer.entries.services import set_projects
from lorbeer.entries.transitions import lock_entry, move
from lorbeer.intake import keying, letters, likeness, queries, rules
from lorbeer.intake.models import Arrival, Channel, Draft, Submission
from lorbeer.intake.services.heads import leave_municipality, show_in_head, subject_of, take_over_municipality
from lorbeer.outreach.services import link_intents
from lorbeer.people.models import Person
from lorbeer.questionnaire.definition import UPLOADED, Form
from lorbeer.questionnaire.faults import Fault
from lorbeer.questionnaire.frozen import Document, canonical_document
from lorbeer.questionnaire.queries import form_of
from lorbeer.questionnaire.values import Key
from lorbeer.shared import clock, codes, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.lands import NAMES as LANDS
from lorbeer.shared.models import StoredFile
from lorbeer.shared.prepared import insert, prepared, update
from lorbeer.shared.verdicts import require


class Incomplete(BadInput):
    """The entry cannot be submitted yet; `gaps` are the faults with their section."""

    def __init__(self, gaps: list[Fault]) -> None:
        super().__init__(
            ngettext(
                "One answer is missing or does not fit. The check shows where.",
                "%(count)d answers are missing or do not fit. The check shows where.",
                len(gaps),
            )
            % {"count": len(gaps)},
            faults=[fault.sentence for fault in gaps],
        )
        self.gaps = gaps


class Overtaken(Refused):
    """The page is older than the receipt, and the answers are others than those it was given for."""

    def __init__(self, newest: Submission) -> None:
        super().__init__((
            _("This entry has been handed in and withdrawn since the page was opened (receipt %(receipt)s). Nothing has been sent. Look "
              "at what is there now and submit it again if it is to take part.") if not newest.is_accepted else
            _("This entry has been handed in meanwhile (receipt %(receipt)s), and its answers have been changed since. The "
              "changes have not been sent. Look at what is there now and submit again if they are to count.")
        ) % {"receipt": newest.receipt_number})


class ShownOtherwise(Refused):
    """What would be frozen, or taken back, is not what the page showed."""


@transaction.atomic
def submit(
    entry: Entry, *, by: Person | None, channel: str = Channel.ONLINE, arrived_at: datetime | None = None,
    arrival: Arrival | None = None, number: int | None = None, shown: str = "",
) -> Submission:
    """Freeze the draft's answers as a submission, give the receipt, move the entry: all of it or nothing.

    Idempotent: submitting again what has already been submitted unchanged gives the receipt that is there. A receipt is given
    for the answers it names alone: a page that was made before them (`number`: the submission it was about to make) is told
    so (Overtaken), and so is one that showed other answers than those that are there now (`shown`: their hash; ShownOtherwise).
    `arrived_at`: when the request came, which is what the deadline is about, not when the database had time
    for it. Online entries must be complete and in time (Incomplete, Refused); what the office keys in is judged by its
    arrival and may have gaps, which the formal check will find.
    """
    locked = lock_entry(entry.pk)
    # One competition for all entries that refer to the same object saves the replay reading it again and again.
    locked.competition = entry.competition if entry.competition_id == locked.competition_id else locked.competition
    entry, competition = locked, locked.competition
    accepted = queries.accepted_submission(entry)
    draft = _locked_draft(entry)
    form, answers = form_of(draft.version), queries.draft_answers(draft)
    data, sha256 = _frozen(draft, answers)
    if accepted is not None and accepted.sha256 == sha256:
        return accepted
    if by is not None:
        require(entry_rules.can_submit(by, entry))
    earlier = queries.count_submissions(entry)
    if number is not None and earlier >= number:
        raise Overtaken(accepted or entry.submissions.get(number=earlier))
    moment = arrived_at or clock.now()
    if arrival is not None:
        require(rules.can_submit_arrival(arrival))
        require(keying.can_hand_in(entry))
    else:
        require(rules.can_submit_entry_now(entry, moment))
    if shown and shown != sha256:
        raise ShownOtherwise(_("The answers have been changed since this page was opened, so nothing has been sent. They are shown as they "
                               "are now; read what has changed and submit again."))
    if channel == Channel.ONLINE:
        gaps = queries.completeness_of(queries.evaluation_of(draft, answers)).faults
        if gaps:
            raise Incomplete(gaps)
    document = Document.read(form, data)
    former = Document.read(form_of(accepted.version), accepted.document.encode()) if accepted is not None else None
    _take_over_head(entry, document, former)
    if arrival is None:
        arrival = Arrival(
            competition=competition, number=codes.free_code(Arrival.objects, "number"), round=entry.round, channel=channel,
            arrived_at=moment, sender=entry.applicant, subject=entry.title, sha256=sha256, entry=entry, registered_by=by,
            registered_at=clock.now(),
        )
        insert(arrival)
    if accepted is not None:
        accepted.is_accepted = False
        update(accepted, "is_accepted")
    submission = Submission(
        entry=entry, number=earlier + 1, version=draft.version, arrival=arrival,
        document=data.decode(), sha256=sha256, log_digest=log.newest_seal()[1], submitted_by=by, submitted_at=moment,
        receipt_number=codes.free_code(Submission.objects, "receipt_number"),
    )
    insert(submission)
    attached = _files_of(form, document)
    if attached:
        submission.files.add(*(pk for pk, code in _files_at(subject_of(entry)) if code in attached))
    submission.entry = move(entry, "submit" if entry.state == State.DRAFT else "resubmit", by=by)
    log.record(
        "submission.accept", subject=subject_of(entry), scope=competition.code, actor=by, number=submission.number,
        receipt=submission.receipt_number, sha256=sha256, channel=arrival.channel, arrival=arrival.number,
        submitted_at=log.moment(moment), seal=submission.log_digest, arrived_at=log.moment(arrival.arrived_at), timeliness=arrival.timeliness,
        round=arrival.round,
    )
    likeness.remember(entry, document)
    link_intents(entry, handed_in=True)
    letters.queue_receipt(submission, document)
    return submission


@prepared
def _draft(entry: int) -> QuerySet[Draft]:
    """Without the form itself, which `form_of` keeps in memory."""
    return (Draft.objects.select_for_update(of=("self",)).filter(entry=entry)
            .select_related("version__questionnaire").defer("version__definition"))


def _locked_draft(entry: Entry) -> Draft:
    [draft] = _draft(entry.pk)
    draft.entry = entry
    return draft


@prepared
def _files_at(subject: str) -> QuerySet[StoredFile, tuple[int, str]]:
    return StoredFile.objects.filter(subject=subject).values_list("pk", "code")


def _frozen(draft: Draft, answers: Mapping[Key, Any]) -> tuple[bytes, str]:
    """The canonical document and its hash. No time stands in it: the same answers give the same hash."""
    entry = draft.entry
    meta = {"competition": entry.competition.code, "entry": entry.code, "round": entry.round}
    return canonical_document(form_of(draft.version), draft.version, answers, meta)


def digest_of_answers(draft: Draft) -> str:
    """The hash of what submitting the draft now would hand in."""
    return _frozen(draft, queries.draft_answers(draft))[1]


def is_unchanged(draft: Draft, submission: Submission) -> bool:
    """Whether submitting the draft now would hand in exactly what `submission` holds."""
    return digest_of_answers(draft) == submission.sha256


def _files_of(form: Form, document: Document) -> set[str]:
    return {
        item["code"] for (name, _place), value in document.answers.items()
        if form.question(name).type in UPLOADED and value for item in value
    }


def _take_over_head(entry: Entry, document: Document, former: Document | None) -> None:
    """Copy the head facts from what is handed in, propose the group, and name the projects.

    What was answered in `former`, the submission before, and is not answered any more leaves the head, too.
    """
    competition = entry.competition
    entry.title = str(_first(document.by_role("title")) or entry.title)[:500]
    picked = _first(document.by_role("municipality"))
    if not picked and former is not None and _first(former.by_role("municipality")):
        leave_municipality(entry)
    body = queries.find_municipality(competition, picked.get("key", "")) if isinstance(picked, dict) else entry.municipality
    take_over_municipality(entry, body)
    applicant = _first(document.by_role("applicant_name"))
    entry.applicant = str(applicant or entry.applicant or (body.name if body else ""))[:300]
    land = _first(document.by_role("land"))
    if body is None and isinstance(land, str) and land.upper() in LANDS:
        entry.land_code = land.upper()
    population = _first(document.by_role("population"))
    if isinstance(population, int) and population > 0:                  # shown as it was said; groups go by the register's
        entry.population = population
    elif document.form.with_role("population") and body is None:
        entry.population = None
    entry.amount_cents = _cents(_first(document.by_role("amount")))
    if not entry.group_reason:                                          # the office has not decided otherwise
        entry.group = queries.propose_group(entry, document)
    entry.address_key, entry.partner_keys = queries.compared_keys(entry, document)
    entry.save(update_fields=["title", "applicant", "address_key", "partner_keys", "municipality", "land_code", "legal_status", "population",
                              "amount_cents", "group"])
    _take_over_partners(entry, document)
    set_projects(entry, [_project_title(project) for project in document.projects()])


def _project_title(project: Mapping[str, Any]) -> str:
    return str(project.get("title") or _("Project %(number)d") % {"number": project["place"]})


def _take_over_partners(entry: Entry, document: Document) -> None:
    if document.form.with_role("partner"):
        entry.partners.set(queries.named_partners(entry, document)[0])


def _first(value: Any) -> Any:
    return next((item for item in value if item), None) if isinstance(value, list) else value


def _cents(value: Any) -> int | None:
    """Euro, as a whole number or "1234.50", in cents; None for nothing or nonsense."""
    if value in (None, ""):
        return None
    try:
        cents = int((Decimal(str(value)) * 100).to_integral_value())
    except (InvalidOperation, ValueError):
        return None
    return cents if 0 <= cents < 10**15 else None


@transaction.atomic
def withdraw(entry: Entry, *, by: Person | None, reason: str = "", receipt: str | None = None) -> Entry:
    """Take an entry back. What was submitted stays on record, but nothing counts until it is submitted again.

    `receipt`: of the submission that counted when the page was opened, "" where none did; of another one nothing is taken back
    (ShownOtherwise).
    """
    if by is not None:
        require(entry_rules.can_withdraw(by, entry))
    if receipt is not None:
        lock_entry(entry.pk)                                            # a submission at this moment comes first, and is looked at
        accepted = queries.accepted_submission(entry)
        if receipt != (accepted.receipt_number if accepted else ""):
            raise ShownOtherwise(
                _("The entry has been submitted since this page was opened (receipt %(receipt)s). Nothing has been withdrawn. Withdraw it "
                  "only if that submission is to be taken back, too.") % {"receipt": accepted.receipt_number} if accepted else
                _("What was submitted does not count any more since this page was opened. Nothing has been withdrawn; look at the entry as "
                  "it is now."))
    entry = move(entry, "withdraw", by=by, reason=reason.strip())
    was_submitted = entry.submissions.filter(is_accepted=True).update(is_accepted=False)
    if was_submitted:
        letters.queue_withdrawal(entry)
    return entry


@transaction.atomic
def resume(entry: Entry, *, by: Person | None) -> Entry:
    """Take up a withdrawn entry again as a draft, with everything that was in it."""
    # As where one begins an entry: of two at once, the second waits here and then meets the limit.
    list(Person.objects.select_for_update().filter(contributions__entry=entry, contributions__is_contact=True).order_by("pk"))
    if by is not None:
        require(rules.can_resume_now(by, entry))
    entry = move(entry, "resume", by=by)
    draft = _locked_draft(entry)
    if not keying.is_keyed_twice(entry):                                # what was changed while it counted shows in the head from now on
        show_in_head(draft, entry, {(one.question, one.place): one for one in draft.answers.all()})
    return entry
