"""For which entries a member is biased: declared on their own page, or noted by the office from paper or from their word."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from lorbeer.entries import services as entry_services
from lorbeer.entries.models import Bias, Entry
from lorbeer.jury import queries, rules
from lorbeer.jury.models import Declaration, DeclarationNote, Item, Meeting, Member, Presence, Urn
from lorbeer.jury.services.common import _locked, _require_member, _subject, _touch
from lorbeer.people.models import Person
from lorbeer.shared import clock, files, log, reasons
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.templatetags.formats import long_day
from lorbeer.shared.verdicts import require


@transaction.atomic
def declare(meeting: Meeting, member: Member, biased: Iterable[tuple[Entry, str]], *, up_to: int | None = None, by: Person) -> Declaration:
    """`member` has gone through the agenda; `biased` are entries and reasons. Their dossier opens without these.

    `up_to`: the newest batch of items that they have seen; without it, all that is on the agenda now. What comes later asks anew.
    """
    meeting = _locked(meeting)
    require(rules.can_declare(meeting))
    _require_member(member)
    for entry, reason in _of_this(meeting, biased):
        entry_services.declare_bias(entry, by=member.person, reason=reason)
    declaration, is_new, _covered = _cover(meeting, member, up_to, own=True)
    log.record(
        "jury.declare",
        subject=_subject(meeting),
        scope=meeting.competition.code,
        actor=by,
        member=member.person.code,
        again=not is_new,
        up_to=declaration.up_to,
        at=log.moment(declaration.declared_at),
    )
    _touch(meeting)
    return declaration


@transaction.atomic
def note_declaration(
    meeting: Meeting, member: Member, biased: Iterable[tuple[Entry, str]], *, source: str, said_on: date | None = None,
    scan: File | None = None, up_to: int | None = None, by: Person,
) -> DeclarationNote:
    """The office notes what `member` declared on paper (`said_on`: its date) or by word in the open meeting. Raises Refused, BadInput.

    It counts as their declaration for the items up to `up_to`; from paper for those that
    stood on the agenda on its day. What they declared before stays; what is noted as biased is recorded by
    the office, and they can add to it on their own page.
    """
    meeting = _locked(meeting)
    require(rules.can_note_declaration(by, member, meeting))
    _require_member(member)
    today = clock.today(meeting.competition.time_zone)
    if source == DeclarationNote.Source.WORD:
        if not meeting.is_open:
            raise Refused(_("The meeting is not open, so nobody can have declared in it by word. Note a declaration on paper, or open it"
                            " first."))
        if not Presence.objects.filter(meeting=meeting, member=member, left_at=None).exists():
            raise Refused(_("%(member)s is not noted as present, so they cannot have declared by word just now. Note first that they are there,"
                            " or note a declaration on paper.") % {"member": member})
        said_on = today
    if said_on is None:
        raise BadInput(_("Please enter the day that stands on the paper."), where="said_on")
    if said_on > today:
        raise BadInput(_("This day is still to come. Please enter the day that stands on the paper."), where="said_on")
    if Urn.objects.filter(item__meeting=meeting, counted_at=None).exists():
        raise Refused(_("A secret ballot is going on, and until it is decided nobody is added to those who vote. Count the ballot or give it up"
                        " first; then note the declaration."))
    if source == DeclarationNote.Source.PAPER:
        up_to = _until(meeting, said_on, up_to)
    found = _of_this(meeting, biased)
    known = set(Bias.objects.filter(person=member.person, kind=Bias.Kind.OFFICE).values_list("entry", flat=True))
    for entry, reason in found:
        entry_services.record_bias(entry, member.person, by=by, reason=reason)
    declaration, is_new, covered = _cover(meeting, member, up_to)
    kept = None if scan is None else files.accept_upload(
        scan, ("image", "pdf"), stored_by=by, scope=meeting.competition.code, subject=f"declaration:{meeting.code}/{member.person.code}")
    note = DeclarationNote.objects.create(
        meeting=meeting, member=member, number=meeting.declaration_notes.filter(member=member).count() + 1, source=source, said_on=said_on,
        up_to=covered, scan=kept, noted_by=by)
    note.entries.set(entry for entry, _reason in found if entry.pk not in known)
    log.record(
        "jury.note_declaration", subject=_subject(meeting), scope=meeting.competition.code, actor=by, member=member.person.code,
        again=not is_new, up_to=declaration.up_to, at=log.moment(declaration.declared_at), note=queries.note_of(note),
    )
    _touch(meeting)
    return note


@transaction.atomic
def take_back_note(note: DeclarationNote, why: str, *, by: Person) -> DeclarationNote:
    """The office takes back what it noted for the wrong member, or wrongly: it stays on record and counts no more. Raises Refused, BadInput.

    What the member declared themselves and what else was noted stays; what is covered by nothing else has to be declared anew, and
    until then they have no vote on it, though they are in the room. A bias that this note alone had brought is lifted. Where
    their vote stands on nothing but this note, it is refused: nobody's vote loses its ground afterwards.
    """
    meeting = _locked(note.meeting)
    note = DeclarationNote.objects.select_related("member__person").get(pk=note.pk, meeting=meeting)
    note.meeting, member = meeting, note.member
    require(rules.can_take_back(by, note))
    if not why.strip():
        raise BadInput(_("Please say why it is taken back, for example: the paper was somebody else’s."), where="why")
    for entry in note.entries.select_related("competition"):
        entry_services.lift_bias(entry, member.person, by=by)
    note.taken_back_by, note.taken_back_at = by, clock.now()
    stands = queries.standing_without(note)
    note.save(update_fields=["taken_back_by", "taken_back_at"])
    rows = Declaration.objects.filter(meeting=meeting, member=member)
    if stands is None:
        rows.delete()
    else:
        rows.update(up_to=stands[0], declared_at=stands[1])
    reasons.record(
        "jury.correct_declaration", subject=_subject(meeting), scope=meeting.competition.code, actor=by, why=why, member=member.person.code,
        number=note.number, taken_back_at=log.moment(note.taken_back_at), up_to=stands[0] if stands else 0,
        at=log.moment(stands[1]) if stands else "",
    )
    _touch(meeting)
    return note


@transaction.atomic
def record_bias(meeting: Meeting, member: Member, entry: Entry, reason: str, *, by: Person) -> Bias:
    """The office records a bias that it knows of otherwise than by a declaration: the entry closes to the member. Raises Refused, BadInput."""
    meeting = _locked(meeting)
    require(rules.can_record_bias(by, member, meeting))
    if not meeting.items.filter(entry=entry).exists():
        raise Refused(_("This entry does not stand on the agenda."))
    bias = entry_services.record_bias(entry, member.person, by=by, reason=reason)
    _touch(meeting)
    return bias


@transaction.atomic
def lift_bias(item: Item, member: Member, why: str, *, by: Person) -> None:
    """The office takes back a bias that it recorded by mistake and by itself, not with a declaration. Raises Refused, BadInput.

    What was decided while the member was out for it stays as it is.
    """
    meeting = _locked(item.meeting)
    item.meeting = meeting
    require(rules.can_lift_bias(by, member, item))
    if not why.strip():
        raise BadInput(_("Please say why it is taken back, for example: it was meant for somebody else."), where="why")
    entry_services.lift_bias(item.entry, member.person, by=by, why=why)
    _touch(meeting)


def _of_this(meeting: Meeting, biased: Iterable[tuple[Entry, str]]) -> list[tuple[Entry, str]]:
    found = list(biased)
    if any(entry.competition_id != meeting.competition_id for entry, _reason in found):
        raise Refused(_("This entry belongs to another competition or round."))
    return found


def _until(meeting: Meeting, said_on: date, up_to: int | None) -> int:
    """The newest batch of items that somebody could have had before them on the day of a paper. Raises BadInput where there was none."""
    midnight = datetime.combine(said_on + timedelta(days=1), time(), ZoneInfo(meeting.competition.time_zone))
    newest = queries.newest_batch(meeting, midnight)
    if not newest and queries.newest_batch(meeting):
        raise BadInput(_("On %(day)s nothing stood on the agenda yet, so this paper covers no item. Please check the day; if it is right, the"
                         " member declares anew.") % {"day": long_day(said_on)}, where="said_on")
    return newest if up_to is None else min(up_to, newest)


def _cover(meeting: Meeting, member: Member, up_to: int | None, *, own: bool = False) -> tuple[Declaration, bool, int]:
    """The member's declaration, now for the items up to `up_to`, too; whether it is new; up to where it was said now."""
    declaration, is_new = Declaration.objects.get_or_create(meeting=meeting, member=member)
    newest, now = queries.newest_batch(meeting), clock.now()
    said = newest if up_to is None else min(up_to, newest)
    if said > declaration.up_to:
        declaration.up_to, declaration.declared_at = said, now          # from when on it counts as it does now
    if own and (declaration.own_up_to is None or said > declaration.own_up_to):
        declaration.own_up_to, declaration.own_at = said, now
    declaration.save(update_fields=["up_to", "declared_at", "own_up_to", "own_at"])
    return declaration, is_new, said
