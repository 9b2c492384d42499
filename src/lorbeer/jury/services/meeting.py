"""Opening, presence, calling up, ballots."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lorbeer.call.models import AwardGroup, Competition
from lorbeer.entries import queries as entries
from lorbeer.jury import queries, ranking, rules
from lorbeer.jury.models import Ballot, Item, Meeting, Member, Poll, Presence, Urn
from lorbeer.jury.services.common import (
    _beat,
    _give_up_voices,
    _locked,
    _locked_item,
    _locked_open,
    _require_member,
    _require_no_poll,
    _require_no_urn,
    _require_shown,
    _subject,
    _touch,
    voices_digest,
    voices_of,
)
from lorbeer.people.access import roles_of
from lorbeer.people.models import Person, Role
from lorbeer.shared import clock, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.reasons import new_secret
from lorbeer.shared.verdicts import require


@transaction.atomic
def open_meeting(meeting: Meeting, *, by: Person | None) -> Meeting:
    """Begin the day. It is held on the day on which it is opened, whatever was planned."""
    meeting = _locked(meeting)
    if meeting.opened_at:
        raise Refused(_("The meeting has already been opened."))
    # Lock: an import that changes the rules is over, or finds the meeting open.
    meeting.competition = Competition.objects.select_for_update(no_key=True).get(pk=meeting.competition_id)
    meeting.opened_at, meeting.rules = clock.now(), meeting.competition.jury
    meeting.held_on = clock.today(meeting.competition.time_zone)
    meeting.save(update_fields=["opened_at", "held_on", "rules"])
    log.record("jury.open", subject=_subject(meeting), scope=meeting.competition.code, actor=by,
               held_on=meeting.held_on.isoformat(), at=log.moment(meeting.opened_at), rules=meeting.rules)
    _touch(meeting)
    return meeting


@transaction.atomic
def arrive(meeting: Meeting, member: Member, *, at: datetime | None = None, offline: bool = False, by: Person | None) -> Presence:
    """Note that `member` is in the room, now or since `at`, but not before they last left. Safe to repeat.

    `offline`: by a record that was kept without the network.
    """
    meeting = _locked(meeting)
    if meeting.closed_at:
        raise Refused(str(rules.ENDED))
    if member.competition_id != meeting.competition_id:
        raise Refused(_("This person does not belong to this jury."))
    _require_member(member)
    if Role.Kind.JUROR not in roles_of(member.person, meeting.competition):
        raise Refused(
            _("%(person)s does not hold the role “juror” any more and has no seat. The lead of the office can give it again under Team.")
            % {"person": member.person}
        )
    if not Presence.objects.filter(meeting=meeting, member=member, left_at=None).exists():
        _require_no_urn(meeting)
    stays = Presence.objects.filter(meeting=meeting, member=member)
    came_at = max([at or clock.now(), *stays.exclude(left_at=None).values_list("left_at", flat=True)])
    presence, is_new = stays.get_or_create(meeting=meeting, member=member, left_at=None, defaults={"came_at": came_at})
    if is_new:
        log.record(
            "jury.arrive", subject=_subject(meeting), scope=meeting.competition.code, actor=by, member=member.person.code,
            at=log.moment(presence.came_at), **_marked(offline),
        )
        _touch(meeting)
    return presence


@transaction.atomic
def leave(meeting: Meeting, member: Member, *, at: datetime | None = None, offline: bool = False, by: Person | None) -> None:
    """Note that `member` has left, now or at `at`, but not before they came; their open ballots go with them. Safe to repeat.

    `offline`: by a record that was kept without the network.
    """
    meeting = _locked(meeting)
    if meeting.closed_at:
        raise Refused(str(rules.ENDED))
    if Presence.objects.filter(meeting=meeting, member=member, left_at=None).exists():
        _require_no_urn(meeting)
    stay = Presence.objects.filter(meeting=meeting, member=member, left_at=None).first()
    if stay:
        stay.left_at = max(at or clock.now(), stay.came_at)
        stay.save(update_fields=["left_at"])
        own = Ballot.objects.filter(item__in=queries.undecided_items(meeting), member=member)
        closed = meeting.polls.filter(counted_at=None, given_up_at=None).exclude(closed_at=None).values("group")
        dropped = _drop(own.filter(choice__in=queries.VOICES))
        dropped_ballots = _drop(own.filter(choice__in=queries.GROUP_CHOICES).exclude(item__group__in=closed))   # a closed ballot stands
        log.record("jury.leave", subject=_subject(meeting), scope=meeting.competition.code, actor=by, member=member.person.code,
                   at=log.moment(stay.left_at), dropped=dropped, dropped_ballots=dropped_ballots, **_marked(offline))
        _touch(meeting)


def _marked(offline: bool) -> dict[str, bool]:
    return {"offline": True} if offline else {}


def _drop(ballots: QuerySet[Ballot]) -> list[int]:
    """Delete `ballots`; on which items they were, for the log."""
    positions = sorted(set(ballots.values_list("item__position", flat=True)))
    ballots.delete()
    return positions


@transaction.atomic
def call_item(item: Item, *, by: Person | None) -> Item:
    """Put `item` on the table: every screen shows it; who is biased for it leaves the room."""
    meeting = _locked_open(item.meeting)
    item = _locked_item(item, meeting)
    if item.is_decided:
        raise Refused(_("This item has been decided. To take it up again, record the motion."))
    _require_no_poll(item)
    if Urn.objects.filter(item__meeting=meeting).exclude(item=item).exists():
        raise Refused(_("A secret ballot is going on for the item on the table. Count it or give it up; then call the next item."))
    item.called_at = clock.now()
    item.save(update_fields=["called_at"])
    meeting.current = item
    meeting.save(update_fields=["current"])
    log.record(
        "jury.call",
        subject=f"entry:{item.entry.code}",
        scope=meeting.competition.code,
        actor=by,
        meeting=meeting.code,
        position=item.position,
    )
    _touch(meeting)
    return item


@transaction.atomic
def cast_ballot(item: Item, member: Member, choice: str, *, by: Person | None) -> Ballot:
    """One voice in an open vote; it can be changed until the item is decided. Raises Refused.

    The desk (`by` is somebody else) notes raised hands of those who have not voted on their own screen, and no others.
    """
    meeting = _locked_open(item.meeting)
    item = _locked_item(item, meeting)
    if choice not in queries.VOICES:
        raise BadInput(_("Please vote yes, no or abstain."), where="choice")
    if Item.Mode.OPEN not in queries.rules_of(meeting.competition).modes:
        raise Refused(_("This jury does not decide in this way; the call names the ways."))
    if meeting.current_id != item.pk:
        raise Refused(_("This item is not on the table now. Wait until it is called."))
    if Urn.objects.filter(item=item).exists():
        raise Refused(_("A secret ballot on this item is going on; a vote that can be seen would spoil it."))
    require(rules.can_vote(member, item))
    noted_by = by if by is not None and by.pk != member.person_id else None
    if noted_by and item.ballots.filter(member=member, noted_by=None).filter(choice__in=queries.VOICES).exists():
        raise Refused(
            _("%(person)s has voted on their own screen, so the desk notes no other vote for them. They can change it there"
              " themselves until the item is decided.") % {"person": member.person}
        )
    ballot, _is_new = Ballot.objects.update_or_create(                  # the rank that they gave it stays
        item=item, member=member, choice__in=queries.VOICES,
        defaults={"choice": choice, "rank": None, "cast_at": clock.now(), "noted_by": noted_by},
    )
    log.record(
        "jury.ballot",
        subject=f"entry:{item.entry.code}",
        scope=meeting.competition.code,
        actor=by,
        meeting=meeting.code,
        position=item.position,
        member=member.person.code,
        choice=str(choice),
    )
    _beat(meeting)
    return ballot


@transaction.atomic
def give_up_vote(item: Item, motion: str, *, shown: str | None = None, by: Person | None) -> None:
    """End an open vote uncounted, on a recorded motion, for its votes could be seen: they are void, and another way can be taken.

    `shown`: the digest of the votes that somebody has looked at (`voices_digest`). Raises Refused, BadInput.
    """
    meeting = _locked_open(item.meeting)
    item = _locked_item(item, meeting)
    if item.is_decided:
        raise Refused(_("This item has been decided. To take it up again, record the motion."))
    if not motion.strip():
        raise BadInput(_("Please record the motion: who wants the vote given up, and why."), where="motion")
    if not voices_of(item).exists():
        raise Refused(_("No open vote on this item has begun, so there is nothing to give up."))
    _require_shown(shown, voices_digest(item))
    _give_up_voices(item, by, motion)
    _touch(meeting)


@transaction.atomic
def cast_ranking(
    meeting: Meeting, group: AwardGroup, member: Member, order: Iterable[Item], *, shown: Poll | None = None, by: Person | None
) -> None:
    """`member` ranks the items of the open ballot, best first; all but those for which they are biased. Replaces an earlier vote.

    `shown`: the ballot whose terms the member has read; another one that has taken its place refuses the vote.
    """
    meeting = _locked_open(meeting)
    poll = _require_open_poll(meeting, group, Ballot.Choice.RANK, shown)
    ranked = list(order)
    if sorted(item.pk for item in ranked) != _open_to(poll, member):
        raise BadInput(_("Please give every entry that is listed one rank, and each rank once."), where="order")
    dropped = _drop(Ballot.objects.filter(item__in=ranking.items_in(poll), member=member, choice=Ballot.Choice.RANK))
    Ballot.objects.bulk_create(
        Ballot(item=item, member=member, choice=Ballot.Choice.RANK, rank=rank) for rank, item in enumerate(ranked, start=1)
    )
    log.record(
        "jury.rank",
        subject=_subject(meeting),
        scope=meeting.competition.code,
        actor=by,
        group=group.code,
        number=poll.number,
        member=member.person.code,
        order=[item.position for item in ranked],
        dropped=dropped,
        secret=new_secret(),
    )
    _beat(meeting)


def _require_open_poll(meeting: Meeting, group: AwardGroup, choice: str, shown: Poll | None) -> Poll:
    """The ballot on `group` in which such votes can be cast now. The log keeps each vote with a secret, so that until the ballot is closed
    nobody finds from its seal, by trying, what it says."""
    poll = queries.poll_of(meeting, group)
    if poll and shown and poll.pk != shown.pk:
        raise Refused(_("Meanwhile another ballot on this group has been opened, and your vote is not in it. Read its terms; then vote."))
    if poll and poll.closed_at:
        raise Refused(_("The ballot on this group is closed, so no ballot changes any more."))
    if poll is None or choice not in ranking.kinds_of(poll.mode):
        raise Refused(_("No such ballot on this group is open. Wait until the chair or the office opens it; then vote."))
    poll.meeting = meeting
    return poll


def _open_to(poll: Poll, member: Member) -> list[int]:
    """Keys of the items that a vote of `member` in the ballot must hold. Raises Refused."""
    if all(one.pk != member.pk for one in queries.acting_members(poll.meeting)):
        raise Refused(_("Only those who are present and have a vote take part in this ballot."))
    items = ranking.items_in(poll)
    if any(item.batch > queries.declared_up_to(poll.meeting).get(member.pk, -1) for item in items):
        require(rules.UNDECLARED)
    mine = sorted(entries.without_biased(items, member.person, "entry").values_list("pk", flat=True))
    if not mine:
        raise Refused(_("You are biased for all that this ballot is about, so there is nothing for you to vote on."))
    return mine


@transaction.atomic
def cast_approval(
    meeting: Meeting, group: AwardGroup, member: Member, approved: Iterable[Item], *, shown: Poll | None = None, by: Person | None
) -> None:
    """`member` approves of some of the items of the open ballot (or of none). Replaces an earlier vote. `shown`: see `cast_ranking`."""
    meeting = _locked_open(meeting)
    poll = _require_open_poll(meeting, group, Ballot.Choice.APPROVE, shown)
    open_to = _open_to(poll, member)
    marked = {item.pk: item.position for item in approved}
    if set(marked) - set(open_to):
        raise BadInput(_("Please mark only entries that are listed."), where="approved")
    dropped = _drop(Ballot.objects.filter(item__in=ranking.items_in(poll), member=member, choice__in=queries.APPROVALS))
    choices = {True: Ballot.Choice.APPROVE, False: Ballot.Choice.PASS}
    Ballot.objects.bulk_create(Ballot(item_id=item, member=member, choice=choices[item in marked]) for item in open_to)
    log.record(
        "jury.approve", subject=_subject(meeting), scope=meeting.competition.code, actor=by, group=group.code,
        number=poll.number, member=member.person.code, secret=new_secret(), approved=sorted(marked.values()), dropped=dropped,
        passed=sorted(Item.objects.filter(pk__in=set(open_to) - set(marked)).values_list("position", flat=True)),
    )
    _beat(meeting)
