"""The arrival register: what came by e-mail or on paper, and keying it in."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.base import File as DjangoFile
from django.db import transaction
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.entries import rules as entry_rules
from lorbeer.entries.models import Entry, State
from lorbeer.intake import keying, rules
from lorbeer.intake.models import Arrival, Channel, Draft, IncomingMail, Submission
from lorbeer.intake.services.answers import save_answers
from lorbeer.intake.services.beginning import new_draft
from lorbeer.intake.services.changes import Change, as_changes
from lorbeer.intake.services.heads import subject_of
from lorbeer.intake.services.keying import begin_keying
from lorbeer.intake.services.submitting import submit
from lorbeer.people.models import Person
from lorbeer.questionnaire.definition import Type
from lorbeer.questionnaire.models import Version
from lorbeer.questionnaire.queries import form_of
from lorbeer.questionnaire.values import Key
from lorbeer.register.models import Municipality
from lorbeer.shared import clock, codes, files, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.models import StoredFile
from lorbeer.shared.reasons import new_secret, reason_digest
from lorbeer.shared.verdicts import require

Timeliness = Arrival.Timeliness


@transaction.atomic
def register_arrival(
    competition: Competition, *, channel: str, by: Person | None, arrived_at: datetime | None = None,
    postmarked_on: date | None = None, sender: str = "", subject: str = "",
    files: Iterable[StoredFile | tuple[str, bytes]] = (), note: str = "", round: int | None = None, sent_from: str = "",
) -> Arrival:
    """One line in the register for something that came in by e-mail or post; judged at once by its channel's rule.

    `files`: stored files, or (name, bytes), which are kept unaltered. `round`: else the one that takes in entries then.
    Raises BadInput for bytes that are neither a PDF nor a picture, and for dates that cannot be meant.
    """
    if by is not None:
        require(rules.can_use_arrival_desk(by, competition))
    moment = arrived_at or clock.now()
    for field, sentence in rules.implausible(competition, moment, postmarked_on):
        raise BadInput(sentence, where=field)
    return enter_arrival(
        competition, channel=channel, by=by, arrived_at=moment, postmarked_on=postmarked_on, sender=sender, subject=subject,
        files=files, note=note, round=round, sent_from=sent_from,
    )


def enter_arrival(
    competition: Competition, *, channel: str, by: Person | None, arrived_at: datetime, postmarked_on: date | None = None,
    sender: str = "", subject: str = "", files: Iterable[StoredFile | tuple[str, bytes]] = (), note: str = "",
    round: int | None = None, actor: str = "", sent_from: str = "",
) -> Arrival:
    """The line itself, whatever its dates: a mail is there even where it came before the call. `actor`: a program, for the log."""
    moment, round = arrived_at, round or rules.round_at(competition, arrived_at)
    arrival = Arrival.objects.create(
        competition=competition, number=codes.free_code(Arrival.objects, "number"), round=round, channel=channel,
        arrived_at=moment, postmarked_on=postmarked_on, sender=sender.strip()[:300], subject=subject.strip()[:500],
        note=note.strip(), registered_by=by,
        timeliness=rules.timeliness(competition, round, channel, moment, postmarked_on), registered_at=clock.now(), sent_from=sent_from,
    )
    kept = [_kept(arrival, item, by) for item in files]
    if kept:
        arrival.files.set(kept)
        seal_files(arrival)
    log.record(
        "arrival.register", subject=register_subject(arrival), scope=competition.code, actor=by or actor, channel=channel,
        arrived_at=log.moment(moment), postmarked_on=postmarked_on.isoformat() if postmarked_on else "", round=round,
        timeliness=arrival.timeliness, files=[stored.blob_id for stored in kept],
    )
    return arrival


def _kept(arrival: Arrival, item: StoredFile | tuple[str, bytes], by: Person | None) -> StoredFile:
    if isinstance(item, StoredFile):
        return item
    name, data = item
    return _scan(arrival, ContentFile(data, name=name), by)


def _scan(arrival: Arrival, uploaded: DjangoFile, by: Person | None) -> StoredFile:
    """Whatever way a scan comes, it opens as a PDF or as a picture, or it is refused."""
    return files.accept_upload(uploaded, ("image", "pdf"), stored_by=by, scope=arrival.competition.code,
                               subject=register_subject(arrival))


def keep_files(arrival: Arrival, kept: Iterable[StoredFile]) -> None:
    """Add files that are stored already, and seal the line anew."""
    arrival.files.add(*kept)
    seal_files(arrival)


def seal_files(arrival: Arrival) -> None:
    """The arrival's hash: of its only file, else of the sorted hashes of all of them, one per line."""
    digests = sorted(arrival.files.values_list("blob_id", flat=True))
    arrival.sha256 = digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()
    arrival.save(update_fields=["sha256"])


def attach_scan(arrival: Arrival, uploaded: DjangoFile | bytes, *, by: Person, name: str = "") -> StoredFile:
    """Add a scan to a paper arrival. Raises BadInput for what is neither a PDF nor a picture."""
    require(rules.can_use_arrival_desk(by, arrival.competition))
    if isinstance(uploaded, bytes):
        uploaded = ContentFile(uploaded, name=name or "scan.pdf")
    stored = _scan(arrival, uploaded, by)
    with transaction.atomic():
        arrival.files.add(stored)
        seal_files(arrival)
        log.record("arrival.attach", subject=register_subject(arrival), scope=arrival.competition.code, actor=by,
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
    arrival.timeliness, arrival.late_reason, arrival.secret = Timeliness.ADMITTED_LATE, reason, new_secret()
    arrival.save(update_fields=["timeliness", "late_reason", "secret"])
    log.record("arrival.admit_late", subject=register_subject(arrival), scope=arrival.competition.code, actor=by,
               reason_sha256=reason_digest(arrival.secret, reason))
    return arrival


@transaction.atomic
def add_arrival(arrival: Arrival, entry: Entry | None, *, by: Person) -> Arrival:
    """Put what came to an entry that is there already (None: to none after all). It gives nobody a right to that entry."""
    arrival = Arrival.objects.select_for_update(of=("self",)).select_related("competition", "entry").get(pk=arrival.pk)
    require(rules.can_add_arrival(by, arrival))
    if entry is not None and entry.competition_id != arrival.competition_id:
        raise BadInput(_("There is no entry with this code. Please compare it with the list of entries."), where="code")
    arrival.added_to = entry
    arrival.save(update_fields=["added_to"])
    log.record("arrival.add", subject=register_subject(arrival), scope=arrival.competition.code, actor=by,
               entry=entry.code if entry else "")
    return arrival


@transaction.atomic
def start_key_in(
    arrival: Arrival, *, by: Person | None, applicant: str | None = None, municipality: Municipality | None = None, take_over: bool = True,
    version: Version | None = None, actor: str = "",
) -> Draft:
    """The draft into which the office keys what arrived on paper or by e-mail; a second call gives the same one.

    `take_over`: write sender and title of the register into the questions that ask for them. `version`: of the form that came.
    `applicant`: None is whoever sent it.
    """
    if by is not None:
        require(rules.can_use_arrival_desk(by, arrival.competition))
    arrival = Arrival.objects.select_for_update(of=("self",)).select_related("competition").get(pk=arrival.pk)
    if arrival.channel == Channel.ONLINE:
        raise Refused(_("Online entries are written by their applicants; there is nothing to key in."))
    if arrival.entry_id:
        draft = Draft.objects.select_related("entry__competition", "version__questionnaire").get(entry=arrival.entry_id)
        if arrival.entry.state == State.DRAFT and keying.is_keyed_twice(draft.entry):
            begin_keying(draft, by=by)
        return draft
    if arrival.added_to_id:
        raise Refused(_("This arrival has been put to an entry that is there already. Take it away from that one first."))
    draft = new_draft(arrival.competition, arrival.round, sender_of(arrival) if applicant is None else applicant, municipality, version)
    arrival.entry = draft.entry
    arrival.save(update_fields=["entry"])
    if keying.is_keyed_twice(draft.entry):
        begin_keying(draft, by=by)
    if take_over:
        known = {"applicant_name": draft.entry.applicant, "title": arrival.subject}
        save_answers(draft, [
            Change(placed.question.name, known[placed.question.role]) for placed in form_of(draft.version).placed.values()
            if known.get(placed.question.role) and placed.repeat is None and placed.question.type == Type.TEXT
        ], by=by)
        draft.entry.refresh_from_db(fields=["title", "applicant", "applicant_key"])
    log.record("draft.start", subject=subject_of(draft.entry), scope=arrival.competition.code, actor=by or actor,
               channel=arrival.channel, arrival=arrival.number, round=draft.entry.round)
    return draft


@transaction.atomic
def key_in(
    arrival: Arrival, answers: Mapping[Key | str, Any], *, by: Person | None, applicant: str | None = None,
    municipality: Municipality | None = None,
) -> Submission:
    """Key in all answers of an arrival and submit them at once. Keys: (question, place), or the question alone."""
    require(rules.can_submit_arrival(arrival))
    draft = start_key_in(arrival, by=by, applicant=applicant, municipality=municipality, take_over=False)
    save_answers(draft, as_changes(answers), by=by)
    return submit_keyed(draft.entry, by=by)


@transaction.atomic
def submit_keyed(entry: Entry, *, by: Person | None, number: int | None = None, shown: str = "") -> Submission:
    """Submit what the office has keyed in; it counts from the moment it arrived."""
    arrival = entry.arrivals.exclude(channel=Channel.ONLINE).filter(closed_at=None).order_by("arrived_at").select_related("competition").first()
    if arrival is None or not entry_rules.was_keyed_by_office(entry):
        raise Refused(_("This entry came online; only its applicant can submit it."))
    return submit(entry, by=by, channel=arrival.channel, arrived_at=arrival.arrived_at, arrival=arrival, number=number, shown=shown)


def sender_of(arrival: Arrival) -> str:
    """Who sent it, as far as that says who applies: of a form in a forwarded mail nothing does but the form."""
    is_forwarded = IncomingMail.objects.filter(arrival=arrival, trouble=IncomingMail.Trouble.FORWARDED).exists()
    return "" if is_forwarded else arrival.sender


def register_subject(arrival: Arrival) -> str:
    return f"arrival:{arrival.number}"
