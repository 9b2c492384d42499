"""From the decision to the announcement, its letters, certificates and portraits."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from lorbeer.awards import letters, pictures, queries, rules
from lorbeer.awards.models import Announcement, Award, Portrait
from lorbeer.awards.result_letters import write_result_letters
from lorbeer.call.models import Competition
from lorbeer.entries.models import Entry
from lorbeer.intake.readers import readers_of
from lorbeer.jury.models import Item, Meeting
from lorbeer.jury.services import at_close
from lorbeer.people.models import Person
from lorbeer.shared import clock, jobs, log
from lorbeer.shared.documents import long_date, render_pdf
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.files import store
from lorbeer.shared.filetypes import print_picture
from lorbeer.shared.models import StoredFile
from lorbeer.shared.money import format_euro
from lorbeer.shared.outbox import queue_mail
from lorbeer.shared.registry import Registry
from lorbeer.shared.text import house_language
from lorbeer.shared.verdicts import require

LATEST = timedelta(days=366)                                            # a moment beyond was mistyped, and no moment can be changed


@at_close
def create_awards(meeting: Meeting, by: Person | None) -> None:
    """The awards of a meeting that is being closed; in its transaction."""
    items = meeting.items.filter(result=Item.Result.AWARDED).select_related("entry", "project", "group", "prize").order_by("position")
    made = Award.objects.bulk_create(
        Award(
            competition=meeting.competition,
            entry=item.entry,
            project=item.project,
            group=item.group,
            prize=item.prize,
            amount_cents=item.amount_cents,
            item=item,
            decided_at=item.decided_at,
        )
        for item in items
    )
    log.record(
        "awards.create",
        subject=f"meeting:{meeting.code}",
        scope=meeting.competition.code,
        actor=by,
        count=len(items),
        cents=sum(item.amount_cents for item in items),
        awards=[queries.facts_of(award) for award in made],
    )


# What later stages do at the moment from which the results of a round are public.
at_announcement = Registry[[Announcement], object]()


# --- approval and announcement ----------------------------------------------------------------------------------------


def _subject(competition: Competition, round: int) -> str:
    return f"results:{round}"


@transaction.atomic
def approve_results(competition: Competition, round: int = 1, *, by: Person) -> Announcement:
    """The sponsor agrees to what the jury decided. Nothing becomes public by it. Raises Refused."""
    announcement, _new = Announcement.objects.select_for_update().get_or_create(competition=competition, round=round)
    require(rules.can_approve(by, competition, round))                  # under its lock: of two clicks the second is refused
    announcement.approved_by, announcement.approved_at = by, clock.now()
    announcement.save(update_fields=["approved_by", "approved_at"])
    awards = queries.results(competition, round)
    log.record(
        "results.approve",
        subject=_subject(competition, round),
        scope=competition.code,
        actor=by,
        count=awards.count(),
        cents=sum(award.amount_cents for award in awards),
        at=log.moment(announcement.approved_at),
    )
    return announcement


@transaction.atomic
def announce(
    competition: Competition,
    round: int = 1,
    *,
    at: datetime | None = None,
    by: Person | None,
    with_letters: bool = True,
) -> Announcement:
    """From `at` (default: now) on the results of the round are public; letters to all leave then, not before. Raises Refused."""
    if by is not None:
        require(rules.can_announce(by, competition, round))
    announcement = Announcement.objects.select_for_update().filter(competition=competition, round=round).first()
    if announcement is None or announcement.approved_at is None:
        raise Refused(str(rules.not_approved(competition).reason))
    if announcement.announced_at is not None:
        raise Refused(_("The announcement has been set already."))
    at = at or clock.now()
    if at < announcement.approved_at:
        raise BadInput(_("The announcement cannot lie before the approval."), where="at")
    if at > clock.now() + LATEST:
        raise BadInput(_("Results are hardly meant to be kept back for more than a year. Please check the year."), where="at")
    announcement.announced_at, announcement.decided_by = at, by
    announcement.save(update_fields=["announced_at", "decided_by"])
    sent = write_result_letters(announcement, by=by) if with_letters else 0
    log.record(
        "results.announce",
        subject=_subject(competition, round),
        scope=competition.code,
        actor=by,
        at=log.moment(at),
        letters=sent,
    )
    queries.forget_announcements()
    if at <= clock.now():
        _act_on(announcement)
    else:
        jobs.start("awards.announced", scope=competition.code, subject=_subject(competition, round), started_by=by, at=at,
                   announcement=announcement.pk)
    return announcement


def _act_on(announcement: Announcement) -> None:
    at_announcement.tell(announcement)


@jobs.job("awards.announced")
def announced(task: jobs.Task, *, announcement: int) -> None:
    """What later stages do when the moment of an announcement has come that was set before."""
    _act_on(Announcement.objects.select_related("competition", "decided_by").get(pk=announcement))


# --- certificates -----------------------------------------------------------------------------------------------------


def certificate(award: Award) -> bytes:
    """The certificate as PDF, dated on the day of the announcement (or today, while there is none)."""
    competition, entry = award.competition, award.entry
    language = house_language(competition.first_language)
    on = queries.announced_at(competition.pk, entry.round) or clock.now()
    with translation.override(language):
        return render_pdf(
            "certificate",
            {
                "title": _("Certificate"),
                "kind": str(competition.kind) or _("Competition"),
                "competition": str(competition.title),
                "heading": _("Certificate"),
                "lead": _("The jury awards"),
                "recipient": entry.applicant or entry.code,
                "work": award.project.title if award.project else entry.title,
                "award": f"{award.prize.label} · {award.group}",
                "amount": format_euro(award.amount_cents) if award.amount_cents else "",
                "place_date": long_date(on, language, competition.time_zone),
                "signatures": [str(competition.sponsor)] if str(competition.sponsor) else [_("Chair of the jury")],
                "reference": award.code,
            },
            language=language,
        )


# --- portraits --------------------------------------------------------------------------------------------------------


@transaction.atomic
def write_portrait(
    award: Award,
    *,
    description: str,
    reasons: str,
    picture: StoredFile | None = None,
    by: Person | None,
) -> Portrait:
    """Write or change the text on a winner. A change takes an approval back: what is printed was read as it is."""
    if not description.strip():
        raise BadInput(_("Please describe the entry in a few sentences."), where="description")
    portrait, _new = Portrait.objects.select_for_update().get_or_create(award=award)
    description, reasons = description.strip(), reasons.strip()
    changed = (portrait.description, portrait.reasons) != (description, reasons) or (
        picture is not None and picture.pk != portrait.picture_id
    )
    portrait.description, portrait.reasons, portrait.written_by = description, reasons, by
    if picture is not None:
        portrait.picture = picture
    if changed:
        portrait.sent_for_proof_at = portrait.approved_at = portrait.approved_by = None
    portrait.save()
    log.record("portrait.write", subject=f"entry:{award.entry.code}", scope=award.competition.code, actor=by, award=award.code,
               sha256=queries.text_digest(portrait), changed=changed)
    return portrait


@transaction.atomic
def send_portrait_for_proof(portrait: Portrait, *, by: Person | None) -> Portrait:
    """Ask the winner to read the portrait. Raises Refused before the announcement: the mail would tell the result."""
    award = portrait.award
    entry = Entry.objects.select_related("competition", "group").get(pk=award.entry_id)
    if not queries.is_entry_announced(entry):
        raise Refused(str(rules.EMBARGO.reason))
    reader = next((one for one in readers_of(entry) if one.person), None)
    if reader is None:
        raise Refused(_("Nobody has an account with which to read and approve this text. Invite a contact person of the applicant, or note"
                        " the approval on paper."))
    portrait = Portrait.objects.select_for_update(of=("self",)).get(pk=portrait.pk)
    if portrait.approved_at:
        raise Refused(_("This text has been approved."))
    portrait.sent_for_proof_at = clock.now()
    portrait.save(update_fields=["sent_for_proof_at"])
    title, body = letters.write(letters.PROOF, entry, reader, [award])
    queue_mail(
        recipient=reader.email,
        recipient_name=reader.name,
        title=title,
        body=body,
        kind="portrait_proof",
        scope=entry.competition.code,
        subject=f"entry:{entry.code}",
        reply_to=entry.competition.office_email,
        key=f"portrait_proof:{award.code}:{portrait.sent_for_proof_at.isoformat()}",
    )
    log.record("portrait.send", subject=f"entry:{entry.code}", scope=entry.competition.code, actor=by, award=award.code)
    return portrait


@transaction.atomic
def approve_portrait(portrait: Portrait, *, by: Person, remarks: str = "") -> Portrait:
    """Somebody who works on the entry agrees to the text as it stands. Raises Refused."""
    portrait = Portrait.objects.select_for_update(of=("self",)).select_related("award__entry__competition").get(pk=portrait.pk)
    require(rules.can_approve_portrait(by, portrait))
    portrait.approved_at, portrait.approved_by, portrait.remarks = clock.now(), by, remarks.strip()
    portrait.save(update_fields=["approved_at", "approved_by", "remarks"])
    entry = portrait.award.entry
    log.record(
        "portrait.approve", subject=f"entry:{entry.code}", scope=entry.competition.code, actor=by, award=portrait.award.code,
        at=log.moment(portrait.approved_at),
    )
    return portrait


@transaction.atomic
def note_paper_approval(portrait: Portrait, *, by: Person, ground: str) -> Portrait:
    """The office notes that the applicant has approved the text as it stands, on paper or by mail. Raises Refused, BadInput."""
    portrait = Portrait.objects.select_for_update(of=("self",)).select_related("award__entry__competition").get(pk=portrait.pk)
    require(rules.can_note_approval(by, portrait))
    if not ground.strip():
        raise BadInput(_("Please say who approved it, when and how."), where="ground")
    portrait.approved_at, portrait.approved_by, portrait.remarks = clock.now(), by, ground.strip()
    portrait.save(update_fields=["approved_at", "approved_by", "remarks"])
    entry = portrait.award.entry
    log.record("portrait.approve", subject=f"entry:{entry.code}", scope=entry.competition.code, actor=by, award=portrait.award.code,
               at=log.moment(portrait.approved_at), on_paper=True)
    return portrait


@transaction.atomic
def object_to_portrait(portrait: Portrait, *, by: Person, remarks: str) -> Portrait:
    """Somebody who works on the entry wants something changed; the office finds it among its tasks. Raises Refused."""
    portrait = Portrait.objects.select_for_update(of=("self",)).select_related("award__entry__competition").get(pk=portrait.pk)
    require(rules.can_approve_portrait(by, portrait))
    if not remarks.strip():
        raise BadInput(_("Please say what should be changed."), where="remarks")
    portrait.objected_at, portrait.remarks = clock.now(), remarks.strip()
    portrait.save(update_fields=["objected_at", "remarks"])
    entry = portrait.award.entry
    log.record(
        "portrait.object", subject=f"entry:{entry.code}", scope=entry.competition.code, actor=by, award=portrait.award.code
    )
    return portrait


def set_portrait_picture(
    portrait: Portrait, content: bytes, *, credit: str, alternative_text: str, caption: str = "", by: Person | None,
    is_sample: bool = False,
) -> StoredFile:
    """Keep a picture for the portrait (scaled, without metadata). Raises BadInput for what is no picture."""
    if not alternative_text.strip():
        raise BadInput(
            _("Please say in a few words what the picture shows, for those who cannot see it."), where="alternative_text"
        )
    entry = portrait.award.entry
    file = store(
        print_picture(content)[0],
        name=f"{entry.code}.jpg",
        stored_by=by,
        scope=portrait.award.competition.code,
        subject=f"portrait:{portrait.award.code}",
        media_type="image/jpeg",
        is_sample=is_sample,
        credit=credit.strip(),
        alternative_text=alternative_text.strip(),
        caption=caption.strip(),
    )
    Portrait.objects.filter(pk=portrait.pk).update(picture=file)
    portrait.picture = file
    return file


def draw_sample_picture(portrait: Portrait, *, by: Person | None) -> StoredFile:
    """A picture drawn from the entry's code, marked as a sample, where there is no photograph."""
    return set_portrait_picture(
        portrait,
        pictures.sample_picture(portrait.award.entry.code),
        credit=_("drawn by a program"),
        alternative_text=pictures.alternative_text(),
        by=by,
        is_sample=True,
    )
