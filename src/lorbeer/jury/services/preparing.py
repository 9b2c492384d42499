"""Meeting and agenda, before the day."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from lorbeer.call.models import AwardGroup, Competition
from lorbeer.entries.embargo import state_in_words
from lorbeer.entries.models import Entry, Project
from lorbeer.entries.transitions import before_jury
from lorbeer.jury import queries, rules
from lorbeer.jury.models import Item, Meeting
from lorbeer.jury.services.common import _locked, _require_no_closed_poll, _subject, _touch
from lorbeer.people.models import Person
from lorbeer.screening.models import Proposal
from lorbeer.shared import clock, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.templatetags.formats import long_day
from lorbeer.shared.verdicts import require

LATELY, SOON = timedelta(days=90), timedelta(days=3 * 366)              # a day beyond was mistyped: usually it is the year


def _require_day(competition: Competition, held_on: date) -> None:
    """A day on which a meeting can be meant to be held; one that was led on paper may be planned afterwards. Raises BadInput."""
    today = clock.today(competition.time_zone)
    if not today - LATELY <= held_on <= today + SOON:
        raise BadInput(_("No meeting of this jury can be meant to be held on %(day)s: that is too far from today. Please look at the year.")
                       % {"day": long_day(held_on)}, where="held_on")


@transaction.atomic
def plan_meeting(competition: Competition, round: int = 1, *, held_on: date, by: Person | None) -> Meeting:
    """A meeting with an agenda of all that comes before it in the round, by group, then by applicant. Raises Refused, BadInput."""
    _require_day(competition, held_on)
    if round not in competition.rounds and not competition.entries.filter(round=round).exists():
        raise BadInput(_("This competition has no round %(round)s. Choose one of those that its call names: %(rounds)s.")
                       % {"round": round, "rounds": ", ".join(map(str, competition.rounds))}, where="round")
    meeting, is_new = Meeting.objects.get_or_create(competition=competition, round=round, defaults={"held_on": held_on})
    if not is_new:                                                      # another click may have planned it a moment ago
        raise Refused(_("There is already a meeting for this round. Until it is opened, its desk plans it for another day."))
    log.record(
        "jury.plan", subject=_subject(meeting), scope=competition.code, actor=by, round=round, held_on=held_on.isoformat()
    )
    take_in_proposals(meeting, by=by)
    return meeting


@transaction.atomic
def move_meeting(meeting: Meeting, held_on: date, *, by: Person) -> Meeting:
    """Plan a meeting that has not been opened for another day. Raises Refused, BadInput."""
    meeting = _locked(meeting)
    require(rules.can_move(by, meeting))
    _require_day(meeting.competition, held_on)
    if meeting.held_on != held_on:
        meeting.held_on = held_on
        meeting.save(update_fields=["held_on"])
        log.record("jury.move", subject=_subject(meeting), scope=meeting.competition.code, actor=by, held_on=held_on.isoformat())
        _touch(meeting)
    return meeting


@transaction.atomic
def take_in_proposals(meeting: Meeting, *, by: Person | None) -> int:
    """Put proposals (without a screening: admitted entries) on the agenda that are not there yet; how many there were.

    Before the meeting is opened the whole agenda is put in order again.
    """
    meeting = _locked(meeting)
    if meeting.closed_at:
        raise Refused(_("The meeting has been closed, so nothing in it can change any more."))
    new = queries.items_to_come(meeting)
    for group in {one.group_id: one.group for one in new}.values():
        _require_no_closed_poll(meeting, group)
    last = meeting.items.aggregate(last=Max("position"))["last"] or 0
    batch, added_at = queries.newest_batch(meeting) + 1, clock.now()
    for number, one in enumerate(new, start=last + 1):
        one.position, one.batch, one.added_at = number, batch, added_at
    Item.objects.bulk_create(new)
    if new:
        if not meeting.opened_at:
            _order_agenda(meeting)
        log.record(
            "jury.agenda",
            subject=_subject(meeting),
            scope=meeting.competition.code,
            actor=by,
            added=[one.entry.code for one in new],
            batch=batch,
            at=log.moment(added_at),
        )
        _touch(meeting)
    return len(new)


def _order_agenda(meeting: Meeting) -> None:
    """Number the agenda anew: by group (special ones last), reference, applicant, code; the dossier has the same order."""
    items = list(meeting.items.select_related("entry", "group", "project"))
    items.sort(
        key=lambda item: (
            item.group.is_special,
            item.group.position,
            item.entry.reference,
            item.entry.applicant,
            item.entry.code,
            item.project.position if item.project else 0,
        )
    )
    far = len(items) + max((item.position for item in items), default=0) + 1
    meeting.items.update(position=F("position") + far)  # positions are unique: first out of the way
    for number, item in enumerate(items, start=1):
        item.position = number
    Item.objects.bulk_update(items, ["position"])


@transaction.atomic
def add_item(
    meeting: Meeting,
    entry: Entry,
    *,
    project: Project | None = None,
    group: AwardGroup | None = None,
    by: Person | None,
) -> Item:
    """Call up an entry (or one of its projects) that was not proposed. Raises Refused where the call does not allow it."""
    meeting = _locked(meeting)
    group = group or entry.group
    if meeting.closed_at:
        raise Refused(_("The meeting has been closed, so nothing in it can change any more."))
    if entry.competition_id != meeting.competition_id or entry.round != meeting.round:
        raise Refused(_("This entry belongs to another competition or round."))
    if group is None or group.competition_id != meeting.competition_id:
        raise BadInput(_("Choose the group in which the entry is to be decided."), where="group")
    if not group.is_special and entry.group_id != group.pk:
        raise Refused(_("This entry competes in the group “%(group)s”.") % {"group": entry.group})
    if project is not None and project.entry_id != entry.pk:
        raise Refused(_("This project belongs to another entry."))
    if project is not None and not group.is_special:
        raise Refused(_("A project by itself can only win in a special category."))
    if (
        queries.rules_of(meeting.competition).proposals_only
        and not Proposal.objects.filter(entry=entry, project=project, group=group).exists()
    ):
        raise Refused(_("By its call this jury decides on proposals alone; this entry has not been proposed."))
    if entry.state not in before_jury(meeting.competition):
        raise Refused(
            (
                _("Only an entry whose screening is complete can be called up. This one is “%(state)s”.")
                if meeting.competition.has_screening
                else _("Only an admitted entry can be called up. This one is “%(state)s”.")
            )
            % {"state": state_in_words(entry)}
        )
    if meeting.items.filter(entry=entry, project=project, group=group).exists():
        raise Refused(_("This item is already on the agenda."))
    _require_no_closed_poll(meeting, group)
    last = meeting.items.aggregate(last=Max("position"))["last"] or 0
    item = Item.objects.create(meeting=meeting, position=last + 1, entry=entry, project=project, group=group,
                               batch=queries.newest_batch(meeting) + 1)
    log.record(
        "jury.add_item",
        subject=f"entry:{entry.code}",
        scope=meeting.competition.code,
        actor=by,
        meeting=meeting.code,
        group=group.code,
        project=project.position if project else 0,
        batch=item.batch,
        at=log.moment(item.added_at),
    )
    _touch(meeting)
    return item
