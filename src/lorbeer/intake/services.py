"""How entries come in: drafts answer by answer, arrivals through three doors, submissions frozen for good."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.base import File as DjangoFile
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.call.models import Competition
from lorbeer.entries import rules as entry_rules
from lorbeer.entries.models import Entry, State
from lorbeer.entries.services import add_contributor, set_projects
from lorbeer.entries.transitions import move
from lorbeer.intake import letters, queries, rules
from lorbeer.intake.models import Arrival, Channel, Draft, DraftAnswer, DraftAnswerRevision, Submission
from lorbeer.outreach.services import link_intents
from lorbeer.people.models import Person
from lorbeer.questionnaire.cleaning import clean_value
from lorbeer.questionnaire.definition import UPLOADED, Form, Type
from lorbeer.questionnaire.evaluation import add_place, remove_place
from lorbeer.questionnaire.faults import Fault
from lorbeer.questionnaire.frozen import Document, canonical_document
from lorbeer.questionnaire.queries import current_version, form_of
from lorbeer.questionnaire.values import in_language
from lorbeer.register.models import Municipality
from lorbeer.shared import clock, codes, files, log
from lorbeer.shared.errors import BadInput, LorbeerError, Refused
from lorbeer.shared.lands import NAMES as LANDS
from lorbeer.shared.models import StoredFile
from lorbeer.shared.verdicts import require

Key = tuple[str, int]
Timeliness = Arrival.Timeliness


class Conflict(LorbeerError):  # noqa: N818 - a sentence for people, like the others
    """Somebody else changed the answer first. `current` holds their text, `refused` the one that came too late."""

    def __init__(self, current: DraftAnswer, refused: DraftAnswerRevision) -> None:
        super().__init__(
            _("Somebody else changed this answer while you were writing. Both texts are kept; please choose.")
        )
        self.current = current
        self.refused = refused


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


# --- drafts -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def start_draft(
    competition: Competition, *, by: Person, applicant: str = "", municipality: Municipality | None = None
) -> Draft:
    """Begin an entry in the open round with `by` as its contact person. Raises Refused outside the dates.

    A second call before anything was written gives the same draft: a double click starts one entry.
    """
    Person.objects.select_for_update().get(pk=by.pk)                    # of two clicks, the second waits here
    untouched = (
        Draft.objects.filter(entry__competition=competition, entry__state=State.DRAFT, answers=None,
                             entry__contributors__person=by, entry__contributors__is_contact=True,
                             entry__municipality=municipality, entry__applicant=_applicant(applicant, municipality))
        .select_related("entry__competition", "version__questionnaire").first()
    )
    if untouched is not None:
        return untouched
    require(rules.can_start_entry(by, competition))
    round = rules.open_round(competition) or 1
    draft = _new_draft(competition, round, applicant, municipality)
    add_contributor(draft.entry, by, is_contact=True)
    log.record("draft.start", subject=_subject(draft.entry), scope=competition.code, actor=by, channel=Channel.ONLINE)
    return draft


def _applicant(applicant: str, municipality: Municipality | None) -> str:
    return (applicant.strip() or (municipality.name if municipality else ""))[:300]


def _new_draft(competition: Competition, round: int, applicant: str, municipality: Municipality | None) -> Draft:
    version = current_version(competition)
    if version is None:
        raise Refused(_("The entry form has not been published yet. Please come back later."))
    entry = Entry(competition=competition, code=codes.free_code(Entry.objects), round=round, applicant=_applicant(applicant, municipality))
    _take_over_municipality(entry, municipality)
    entry.save()
    return Draft.objects.create(entry=entry, version=version)


def _take_over_municipality(entry: Entry, municipality: Municipality | None) -> None:
    if municipality is None:
        return
    entry.municipality = municipality
    entry.land_code, entry.legal_status = municipality.land_code, municipality.legal_status
    entry.population = municipality.population


@dataclass(frozen=True)
class Change:
    """One answer as somebody sends it. `revision`: the one they saw; 0 for none; None takes whatever is there."""

    question: str
    value: Any
    place: int = 0
    revision: int | None = None


@dataclass
class Saved:
    """What became of several changes: all that could be saved was, what collided is kept beside it."""

    answers: dict[Key, DraftAnswer] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    changed: int = 0


def save_answers(draft: Draft, changes: Iterable[Change], *, by: Person | None) -> Saved:
    """Save some answers at once; a handful of queries, however many.

    Values are cleaned (raises BadInput for one that has no meaning; then nothing is saved). Limits are not judged here:
    what was typed is kept, and the check says what is wrong. Each change of an answer keeps what was there before in
    its revisions, with person and time, so the append-only log, which never forgets, is spared every keystroke.
    """
    wanted = _cleaned(draft, changes)
    if not wanted:
        return Saved()
    with transaction.atomic():
        Draft.objects.select_for_update().get(pk=draft.pk)              # two people: one after the other
        entry = Entry.objects.select_related("competition").get(pk=draft.entry_id)
        if by is not None:
            require(entry_rules.can_edit_draft(by, entry))
        _require_own_files(entry, form_of(draft.version), wanted)
        return _store(draft, entry, wanted, by)


def save_answer(
    draft: Draft, question: str, place: int, value: Any, *, by: Person | None, revision: int | None = None
) -> DraftAnswer:
    """Save one answer and give it back. Raises Conflict where `revision` is not the newest; both texts are then kept."""
    saved = save_answers(draft, [Change(question, value, place, revision)], by=by)
    if saved.conflicts:
        raise saved.conflicts[0]
    return saved.answers[question, place]


def _cleaned(draft: Draft, changes: Iterable[Change]) -> dict[Key, Change]:
    form, wanted = form_of(draft.version), {}
    for change in changes:
        if change.question in form.repeats and change.place == 0:       # how many places a repeat has
            if not isinstance(change.value, int) or not 0 <= change.value <= 50:
                raise BadInput(_("This is not a number of places."), where=change.question)
            wanted[change.question, 0] = change
            continue
        placed = form.placed.get(change.question)
        if placed is None or not placed.question.is_answered:
            raise BadInput(_("The form has no question “%(name)s”.") % {"name": change.question})
        if (change.place == 0) != (placed.repeat is None) or not 0 <= change.place <= 50:
            raise BadInput(_("The question “%(name)s” is not asked there.") % {"name": change.question})
        try:
            value = clean_value(placed.question, change.value)
        except BadInput as error:
            raise BadInput(str(error), where=in_language(placed.question.label) or change.question) from error
        wanted[change.question, change.place] = Change(change.question, value, change.place, change.revision)
    return wanted


def _require_own_files(entry: Entry, form: Form, wanted: Mapping[Key, Change]) -> None:
    """An answer can only name files that were uploaded to this entry: else it would open other people's."""
    codes = {
        item["code"] for (question, _place), change in wanted.items()
        if question in form.placed and form.question(question).type in UPLOADED for item in change.value or ()
    }
    if codes:
        own = StoredFile.objects.filter(code__in=codes, scope=entry.competition.code, subject=_subject(entry))
        if set(own.values_list("code", flat=True)) != codes:
            raise BadInput(_("This file does not belong to this entry. Please upload it again."))


def _store(draft: Draft, entry: Entry, wanted: dict[Key, Change], by: Person | None) -> Saved:
    now, saved = clock.now(), Saved()
    names = {question for question, _place in wanted}
    present = {
        (answer.question, answer.place): answer
        for answer in DraftAnswer.objects.filter(draft=draft, question__in=names).select_related("changed_by")
    }
    created, changed, revisions, refused = [], [], [], []
    for key, change in wanted.items():
        answer = present.get(key)
        if answer is None:
            if change.value is not None:
                created.append(DraftAnswer(draft=draft, question=key[0], place=key[1], value=change.value,
                                           changed_by=by, changed_at=now))
            continue
        saved.answers[key] = answer
        if answer.value == change.value:                                # the same text twice is no collision
            continue
        if change.revision is not None and change.revision != answer.revision:
            text = DraftAnswerRevision(answer=answer, revision=change.revision, value=change.value, changed_by=by,
                                       changed_at=now, was_refused=True)
            refused.append(text)
            saved.conflicts.append(Conflict(answer, text))
            continue
        revisions.append(DraftAnswerRevision(answer=answer, revision=answer.revision, value=answer.value,
                                             changed_by_id=answer.changed_by_id, changed_at=answer.changed_at))
        answer.value, answer.revision, answer.changed_by, answer.changed_at = change.value, answer.revision + 1, by, now
        changed.append(answer)
    if created:
        DraftAnswer.objects.bulk_create(created)
        saved.answers.update({(answer.question, answer.place): answer for answer in created})
    if revisions or refused:
        DraftAnswerRevision.objects.bulk_create([*revisions, *refused])
    if changed:
        DraftAnswer.objects.bulk_update(changed, ["value", "revision", "changed_by", "changed_at"])
    saved.changed = len(created) + len(changed)
    if saved.changed:
        Draft.objects.filter(pk=draft.pk).update(changed_at=now)
        draft.changed_at = now
        if entry.state == State.DRAFT:
            _show_in_head(draft, entry, {key: answer.value for key, answer in saved.answers.items()})
    return saved


def _show_in_head(draft: Draft, entry: Entry, values: Mapping[Key, Any]) -> None:
    """Let the head of a draft follow what is typed, so that its writers recognise it in lists."""
    form, facts = form_of(draft.version), {}
    for (name, _place), value in values.items():
        role = form.question(name).role if name in form.placed else ""
        if role == "title":
            facts["title"] = str(value or "")[:500]
        elif role == "applicant_name" and value:
            facts["applicant"] = str(value)[:300]
        elif role == "municipality" and value:
            body = queries.find_municipality(entry.competition, value.get("key", ""))
            if body is not None:
                _take_over_municipality(entry, body)
                facts.update(municipality=body, land_code=body.land_code, legal_status=body.legal_status,
                             population=body.population)
                facts.setdefault("applicant", body.name[:300])
    if facts:
        for name, value in facts.items():
            setattr(entry, name, value)
        entry.save(update_fields=list(facts))


@transaction.atomic
def settle_conflict(refused: DraftAnswerRevision, *, by: Person, keep_mine: bool, value: Any = None) -> DraftAnswer:
    """End a collision: keep the text that is there, or put `value` (else the refused text) in its place."""
    answer = refused.answer
    require(entry_rules.can_edit_draft(by, answer.draft.entry))
    if keep_mine:
        chosen = refused.value if value is None else value
        answer = save_answer(answer.draft, answer.question, answer.place, chosen, by=by)
    DraftAnswerRevision.objects.filter(answer=answer, was_refused=True, settled_at=None).filter(
        pk=refused.pk
    ).update(settled_at=clock.now())
    return answer


def change_places(draft: Draft, repeat: str, *, by: Person, remove: int | None = None) -> None:
    """Add a place to a repeat, or take place `remove` out of it; those behind it move up. Raises BadInput."""
    form = form_of(draft.version)
    if repeat not in form.repeats:
        raise BadInput(_("The form has no part “%(name)s”.") % {"name": repeat})
    with transaction.atomic():
        Draft.objects.select_for_update().get(pk=draft.pk)
        before = queries.draft_answers(draft)
        if remove is None:
            after = add_place(form, before, repeat)
        else:
            after = remove_place(form, before, repeat, remove)
        keys = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        save_answers(draft, [Change(name, after.get((name, place)), place) for name, place in sorted(keys)], by=by)


KINDS_OF_FILES = {Type.PHOTO: ("image",), Type.FILE: ("image", "pdf", "document")}
TYPES_OF_KIND = {"pdf": "pdf", "docx": "document", "odt": "document", "doc": "document", "rtf": "document",
                 "jpg": "image", "jpeg": "image", "png": "image", "webp": "image"}


def attach_file(
    draft: Draft, question: str, place: int, uploaded: DjangoFile, *, by: Person | None, alternative_text: str = "",
    caption: str = "", credit: str = "",
) -> StoredFile:
    """Keep an uploaded file and add it to an answer. Raises BadInput: wrong kind, too large, broken, one too many."""
    placed = form_of(draft.version).placed.get(question)
    if placed is None or placed.question.type not in UPLOADED:
        raise BadInput(_("Nothing can be attached to “%(name)s”.") % {"name": question})
    if by is not None:
        require(entry_rules.can_edit_draft(by, draft.entry))
    limits = placed.question.limits
    kinds = KINDS_OF_FILES[placed.question.type]
    if limits.file_types:
        named = {TYPES_OF_KIND.get(kind.lower().lstrip("."), "") for kind in limits.file_types}
        kinds = tuple(kind for kind in kinds if kind in named) or kinds
        ending = files.suffix_of(files.clean_name(uploaded.name or "")).lstrip(".")
        if ending not in {kind.lower().lstrip(".") for kind in limits.file_types} | (
            {"jpg", "jpeg"} if {"jpg", "jpeg"} & set(limits.file_types) else set()
        ):
            raise BadInput(
                _("“%(name)s” is not of a kind that is asked for here: %(kinds)s.")
                % {"name": files.clean_name(uploaded.name or ""), "kinds": ", ".join(limits.file_types)}
            )
    stored = files.accept_upload(
        uploaded, kinds, limit_mb=limits.megabytes, stored_by=by, scope=draft.entry.competition.code,
        subject=_subject(draft.entry), alternative_text=alternative_text, caption=caption, credit=credit,
    )
    with transaction.atomic():
        Draft.objects.select_for_update().get(pk=draft.pk)
        present = DraftAnswer.objects.filter(draft=draft, question=question, place=place).first()
        items = [*((present.value if present else None) or [])]
        if limits.files and len(items) >= limits.files and limits.files == 1:
            items = []                                                  # a single file is replaced by a new one
        items.append(file_reference(stored))
        save_answers(draft, [Change(question, items, place)], by=by)
        log.record("draft.attach", subject=_subject(draft.entry), scope=draft.entry.competition.code, actor=by,
                   file=stored.code, sha256=stored.blob_id)
    return stored


def file_reference(stored: StoredFile) -> dict[str, Any]:
    """A stored file as an answer holds it."""
    reference: dict[str, Any] = {"code": stored.code, "name": stored.name, "sha256": stored.blob_id,
                                 "size": stored.blob.size}
    for name in ("alternative_text", "caption", "credit"):
        if text := getattr(stored, name):
            reference[name] = text
    return reference


def remove_file(draft: Draft, question: str, place: int, code: str, *, by: Person) -> None:
    """Take a file out of an answer. The bytes stay for revisions and earlier submissions."""
    with transaction.atomic():
        Draft.objects.select_for_update().get(pk=draft.pk)
        answer = DraftAnswer.objects.filter(draft=draft, question=question, place=place).first()
        items = [item for item in ((answer.value if answer else None) or []) if item.get("code") != code]
        save_answers(draft, [Change(question, items, place)], by=by)


# --- submission -------------------------------------------------------------------------------------------------------


@transaction.atomic
def submit(
    entry: Entry, *, by: Person | None, channel: str = Channel.ONLINE, arrived_at: datetime | None = None,
    arrival: Arrival | None = None, number: int | None = None,
) -> Submission:
    """Freeze the draft's answers as a submission, give the receipt, move the entry: all of it or nothing.

    Idempotent: with `number` (the submission that the page was about to make) a second click gives the first receipt,
    and so does submitting again what has already been submitted unchanged. Online entries must be complete and in
    time (Incomplete, Refused); what the office keys in is judged by its arrival and may have gaps, which the formal
    check will find.
    """
    locked = Entry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
    # One competition for all entries that refer to the same object saves the replay reading it again and again.
    locked.competition = entry.competition if entry.competition_id == locked.competition_id else locked.competition
    entry, competition = locked, locked.competition
    accepted = queries.accepted_submission(entry)
    if accepted is not None and number is not None and accepted.number >= number:
        return accepted
    if by is not None:
        require(entry_rules.can_submit(by, entry))
    draft = Draft.objects.select_for_update(of=("self",)).select_related("version__questionnaire").get(entry=entry)
    draft.entry = entry
    form, answers = form_of(draft.version), queries.draft_answers(draft)
    data, sha256 = _frozen(draft, answers)
    if accepted is not None and accepted.sha256 == sha256:
        return accepted
    moment = arrived_at or clock.now()
    if arrival is not None:
        require(rules.can_submit_arrival(arrival))
    else:
        require(rules.can_submit_entry_now(entry, moment))
    if channel == Channel.ONLINE:
        gaps = queries.completeness_of(queries.evaluation_of(draft, answers)).faults
        if gaps:
            raise Incomplete(gaps)
    document = Document.read(form, data)
    _take_over_head(entry, document)
    if arrival is None:
        arrival = Arrival.objects.create(
            competition=competition, number=codes.free_code(Arrival.objects, "number"), round=entry.round, channel=channel,
            arrived_at=moment, sender=entry.applicant, subject=entry.title, sha256=sha256, entry=entry, registered_by=by,
            registered_at=clock.now(),
        )
    entry.submissions.filter(is_accepted=True).update(is_accepted=False)
    submission = Submission.objects.create(
        entry=entry, number=entry.submissions.count() + 1, version=draft.version, arrival=arrival,
        document=data.decode(), sha256=sha256, log_digest=log.newest_seal()[1], submitted_by=by, submitted_at=moment,
        receipt_number=codes.free_code(Submission.objects, "receipt_number"),
    )
    attached = _files_of(form, document)
    if attached:
        submission.files.set(StoredFile.objects.filter(code__in=attached, subject=_subject(entry)))
    submission.entry = move(entry, "submit" if entry.state == State.DRAFT else "resubmit", by=by)
    log.record(
        "submission.accept", subject=_subject(entry), scope=competition.code, actor=by, number=submission.number,
        receipt=submission.receipt_number, sha256=sha256, channel=arrival.channel, arrival=arrival.number,
    )
    link_intents(entry)
    letters.queue_receipt(submission, document)
    return submission


def _frozen(draft: Draft, answers: Mapping[Key, Any]) -> tuple[bytes, str]:
    """The canonical document and its hash. No time stands in it: the same answers give the same hash."""
    entry = draft.entry
    meta = {"competition": entry.competition.code, "entry": entry.code, "round": entry.round}
    return canonical_document(form_of(draft.version), draft.version, answers, meta)


def is_unchanged(draft: Draft, submission: Submission) -> bool:
    """Whether submitting the draft now would hand in exactly what `submission` holds."""
    return _frozen(draft, queries.draft_answers(draft))[1] == submission.sha256


def _files_of(form: Form, document: Document) -> set[str]:
    return {
        item["code"] for (name, _place), value in document.answers.items()
        if form.question(name).type in UPLOADED and value for item in value
    }


def _take_over_head(entry: Entry, document: Document) -> None:
    """Copy the head facts from what is handed in, propose the group, and name the projects."""
    competition = entry.competition
    entry.title = str(_first(document.by_role("title")) or entry.title)[:500]
    picked = _first(document.by_role("municipality"))
    body = queries.find_municipality(competition, picked.get("key", "")) if isinstance(picked, dict) else entry.municipality
    _take_over_municipality(entry, body)
    applicant = _first(document.by_role("applicant_name"))
    entry.applicant = str(applicant or entry.applicant or (body.name if body else ""))[:300]
    land = _first(document.by_role("land"))
    if body is None and isinstance(land, str) and land.upper() in LANDS:
        entry.land_code = land.upper()
    population = _first(document.by_role("population"))
    if isinstance(population, int) and population > 0 and entry.population is None:
        entry.population = population
    entry.amount_cents = _cents(_first(document.by_role("amount")))
    if not entry.group_reason:                                          # the office has not decided otherwise
        entry.group = queries.propose_group(entry, document)
    entry.save(update_fields=["title", "applicant", "municipality", "land_code", "legal_status", "population",
                              "amount_cents", "group"])
    _take_over_partners(entry, document)
    set_projects(entry, [_project_title(project) for project in document.projects()])


def _project_title(project: Mapping[str, Any]) -> str:
    return str(project.get("title") or _("Project %(number)d") % {"number": project["place"]})


def _take_over_partners(entry: Entry, document: Document) -> None:
    keys = {value["key"] for _place, value in document.all_by_role("partner") if isinstance(value, dict) and value.get("key")}
    if not keys and not document.form.with_role("partner"):
        return
    edition = entry.competition.register_edition_id or (entry.municipality.edition_id if entry.municipality else None)
    entry.partners.set(Municipality.objects.filter(edition=edition, key__in=keys) if edition else [])


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
def withdraw(entry: Entry, *, by: Person | None, reason: str = "") -> Entry:
    """Take an entry back. What was submitted stays on record, but nothing counts until it is submitted again."""
    if by is not None:
        require(entry_rules.can_withdraw(by, entry))
    entry = move(entry, "withdraw", by=by, reason=reason.strip())
    was_submitted = entry.submissions.filter(is_accepted=True).update(is_accepted=False)
    if was_submitted:
        letters.queue_withdrawal(entry)
    return entry


@transaction.atomic
def resume(entry: Entry, *, by: Person | None) -> Entry:
    """Take up a withdrawn entry again as a draft, with everything that was in it."""
    if by is not None:
        require(rules.can_resume_now(by, entry))
    return move(entry, "resume", by=by)


# --- the arrival register ---------------------------------------------------------------------------------------------


@transaction.atomic
def register_arrival(
    competition: Competition, *, channel: str, by: Person | None, arrived_at: datetime | None = None,
    postmarked_on: date | None = None, sender: str = "", subject: str = "",
    files: Iterable[StoredFile | tuple[str, bytes]] = (), note: str = "", round: int | None = None,
) -> Arrival:
    """One line in the register for something that came in by e-mail or post; judged at once by its channel's rule.

    `files`: stored files, or (name, bytes), which are kept unaltered. `round`: else the one that takes in entries then.
    """
    if by is not None:
        require(rules.can_use_arrival_desk(by, competition))
    moment = arrived_at or clock.now()
    if moment > clock.now():
        raise BadInput(_("The arrival lies in the future. Please check date and time."))
    if postmarked_on is not None and postmarked_on > moment.date():
        raise BadInput(_("The postmark is later than the arrival. Please check both dates."))
    round = round or rules.open_round(competition, moment) or rules.last_round(competition)
    arrival = Arrival.objects.create(
        competition=competition, number=codes.free_code(Arrival.objects, "number"), round=round, channel=channel,
        arrived_at=moment, postmarked_on=postmarked_on, sender=sender.strip()[:300], subject=subject.strip()[:500],
        note=note.strip(), registered_by=by,
        timeliness=rules.timeliness(competition, round, channel, moment, postmarked_on), registered_at=clock.now(),
    )
    kept = [_kept(arrival, item, by) for item in files]
    if kept:
        arrival.files.set(kept)
        _seal_files(arrival)
    log.record(
        "arrival.register", subject=_register_subject(arrival), scope=competition.code, actor=by, channel=channel,
        timeliness=arrival.timeliness, files=[stored.blob_id for stored in kept],
    )
    return arrival


def _kept(arrival: Arrival, item: StoredFile | tuple[str, bytes], by: Person | None) -> StoredFile:
    if isinstance(item, StoredFile):
        return item
    name, data = item
    return files.store(data, name=name, stored_by=by, scope=arrival.competition.code, subject=_register_subject(arrival))


def _seal_files(arrival: Arrival) -> None:
    """The arrival's hash: of its only file, else of the sorted hashes of all of them, one per line."""
    digests = sorted(arrival.files.values_list("blob_id", flat=True))
    arrival.sha256 = digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()
    arrival.save(update_fields=["sha256"])


def attach_scan(arrival: Arrival, uploaded: DjangoFile | bytes, *, by: Person, name: str = "") -> StoredFile:
    """Add a scan to a paper arrival. Raises BadInput for what is neither a PDF nor a picture."""
    require(rules.can_use_arrival_desk(by, arrival.competition))
    if isinstance(uploaded, bytes):
        uploaded = ContentFile(uploaded, name=name or "scan.pdf")
    stored = files.accept_upload(
        uploaded, ("image", "pdf"), stored_by=by, scope=arrival.competition.code, subject=_register_subject(arrival)
    )
    with transaction.atomic():
        arrival.files.add(stored)
        _seal_files(arrival)
        log.record("arrival.attach", subject=_register_subject(arrival), scope=arrival.competition.code, actor=by,
                   file=stored.code, sha256=stored.blob_id)
    return stored


@transaction.atomic
def admit_late(arrival: Arrival, *, reason: str, by: Person | None) -> Arrival:
    """Let a late arrival count. The reason is recorded and shown; without one it stays late."""
    reason = reason.strip()
    if not reason:
        raise BadInput(_("A late entry can only be admitted with a reason. Please say why."))
    arrival = Arrival.objects.select_for_update(of=("self",)).select_related("competition").get(pk=arrival.pk)
    if by is not None:
        require(rules.can_decide_late(by, arrival))
    arrival.timeliness, arrival.late_reason = Timeliness.ADMITTED_LATE, reason
    arrival.save(update_fields=["timeliness", "late_reason"])
    log.record("arrival.admit_late", subject=_register_subject(arrival), scope=arrival.competition.code, actor=by,
               reason=reason)
    return arrival


@transaction.atomic
def start_key_in(
    arrival: Arrival, *, by: Person | None, applicant: str = "", municipality: Municipality | None = None
) -> Draft:
    """The draft into which the office keys what arrived on paper or by e-mail; a second call gives the same one."""
    if by is not None:
        require(rules.can_use_arrival_desk(by, arrival.competition))
    arrival = Arrival.objects.select_for_update(of=("self",)).select_related("competition").get(pk=arrival.pk)
    if arrival.channel == Channel.ONLINE:
        raise Refused(_("Online entries are written by their applicants; there is nothing to key in."))
    if arrival.entry_id:
        return Draft.objects.select_related("entry__competition", "version__questionnaire").get(entry=arrival.entry_id)
    draft = _new_draft(arrival.competition, arrival.round, applicant or arrival.sender, municipality)
    arrival.entry = draft.entry
    arrival.save(update_fields=["entry"])
    log.record("draft.start", subject=_subject(draft.entry), scope=arrival.competition.code, actor=by,
               channel=arrival.channel, arrival=arrival.number)
    return draft


@transaction.atomic
def key_in(
    arrival: Arrival, answers: Mapping[Key | str, Any], *, by: Person | None, applicant: str = "",
    municipality: Municipality | None = None,
) -> Submission:
    """Key in all answers of an arrival and submit them at once. Keys: (question, place), or the question alone."""
    require(rules.can_submit_arrival(arrival))
    draft = start_key_in(arrival, by=by, applicant=applicant, municipality=municipality)
    save_answers(draft, as_changes(answers), by=by)
    return submit_keyed(draft.entry, by=by)


@transaction.atomic
def submit_keyed(entry: Entry, *, by: Person | None, number: int | None = None) -> Submission:
    """Submit what the office has keyed in; it counts from the moment it arrived."""
    arrival = entry.arrivals.exclude(channel=Channel.ONLINE).order_by("arrived_at").select_related("competition").first()
    if arrival is None:
        raise Refused(_("This entry came online; only its applicant can submit it."))
    return submit(entry, by=by, channel=arrival.channel, arrived_at=arrival.arrived_at, arrival=arrival, number=number)


def as_changes(answers: Mapping[Key | str, Any]) -> list[Change]:
    """Answers by (question, place) or by question as changes that overwrite what is there."""
    return [
        Change(key[0], value, key[1]) if isinstance(key, tuple) else Change(key, value) for key, value in answers.items()
    ]


def fill_draft(draft: Draft, answers: Mapping[Key | str, Any], *, by: Person | None) -> Saved:
    """All answers of a draft at once, as a program has them (the replay, a PDF form)."""
    return save_answers(draft, as_changes(answers), by=by)


def _subject(entry: Entry) -> str:
    return f"entry:{entry.code}"


def _register_subject(arrival: Arrival) -> str:
    return f"arrival:{arrival.number}"


