"""The jury's day, act by act. Every act locks its meeting first, so that of two clicks the second sees the first."""

from collections.abc import Callable, Iterable
from datetime import date

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from lorbeer.call.models import AwardGroup, Competition, Prize, Purse
from lorbeer.entries import services as entry_services
from lorbeer.entries.models import Entry, Project, State
from lorbeer.entries.transitions import move
from lorbeer.jury import queries, rules
from lorbeer.jury.models import Ballot, Declaration, Item, Meeting, Member, Presence, Reopening
from lorbeer.people.models import Person, Role
from lorbeer.people.services import grant_role
from lorbeer.screening.models import Proposal
from lorbeer.shared import clock, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.money import format_euro
from lorbeer.shared.verdicts import require

AWARDED, NOT_AWARDED, DEFERRED = Item.Result.AWARDED, Item.Result.NOT_AWARDED, Item.Result.DEFERRED
AtClose = Callable[[Meeting, Person | None], None]
_at_close: list[AtClose] = []


def at_close(act: AtClose) -> AtClose:
    """Register what a later stage does in the transaction that closes a meeting (the awards come into being there)."""
    if act not in _at_close:
        _at_close.append(act)
    return act


def _subject(meeting: Meeting) -> str:
    return f"meeting:{meeting.code}"


def _locked(meeting: Meeting) -> Meeting:
    """The meeting as it is now, locked until the transaction ends."""
    return Meeting.objects.select_for_update(of=("self",)).select_related("competition").get(pk=meeting.pk)


def _locked_open(meeting: Meeting) -> Meeting:
    meeting = _locked(meeting)
    if meeting.closed_at:
        raise Refused(_("The meeting has been closed, so nothing in it can change any more."))
    if not meeting.opened_at:
        raise Refused(_("The meeting has not been opened yet. Open it first."))
    return meeting


def _locked_item(item: Item, meeting: Meeting) -> Item:
    found = Item.objects.select_related("entry", "group", "prize", "project").get(pk=item.pk, meeting=meeting)
    found.meeting = meeting
    return found


def _touch(meeting: Meeting) -> None:
    """Let every view of the meeting know that something changed."""
    Meeting.objects.filter(pk=meeting.pk).update(revision=F("revision") + 1)


# --- the jury ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def appoint(
    competition: Competition,
    person: Person,
    *,
    kind: str = Member.Kind.MEMBER,
    constituency: str = "",
    deputy_for: Member | None = None,
    votes: bool = True,
    appointed_on: date | None = None,
    by: Person | None,
) -> Member:
    """Make `person` a member of the jury and give them the juror's role. Raises Refused, BadInput."""
    if kind == Member.Kind.DEPUTY and deputy_for is None:
        raise BadInput(_("A deputy stands in for somebody: choose the member."), where="deputy_for")
    if kind != Member.Kind.DEPUTY and deputy_for is not None:
        raise BadInput(_("Only a deputy stands in for somebody else."), where="deputy_for")
    if deputy_for and (deputy_for.competition_id != competition.pk or deputy_for.kind == Member.Kind.DEPUTY):
        raise BadInput(_("A deputy stands in for a member of the same jury."), where="deputy_for")
    if kind == Member.Kind.CHAIR and competition.jury_members.filter(kind=Member.Kind.CHAIR).exists():
        raise Refused(_("This jury already has a chair. Let that person step down first."))
    if competition.jury_members.filter(person=person).exists():
        raise Refused(_("%(person)s already belongs to this jury.") % {"person": person})
    member = Member.objects.create(
        competition=competition,
        person=person,
        kind=kind,
        constituency=constituency.strip(),
        deputy_for=deputy_for,
        votes=votes,
        appointed_on=appointed_on or clock.today(competition.time_zone),
    )
    if not person.roles.filter(competition=competition, kind=Role.Kind.JUROR).exists():
        grant_role(competition, person, Role.Kind.JUROR, by=by)
    log.record(
        "jury.appoint",
        subject=f"person:{person.code}",
        scope=competition.code,
        actor=by,
        kind=str(kind),
        votes=votes,
        deputy_for=deputy_for.person.code if deputy_for else "",
    )
    for meeting in competition.jury_meetings.filter(closed_at=None):
        _touch(meeting)
    return member


@transaction.atomic
def dismiss(member: Member, *, by: Person | None) -> None:
    """Take somebody off the jury who has not yet sat in a meeting. Raises Refused."""
    if member.presences.exists() or member.ballots.exists() or member.items_out.exists():
        raise Refused(_("%(person)s has already taken part in a meeting and stays in its minutes.") % {"person": member.person})
    if member.deputies.exists():
        raise Refused(_("%(person)s has a deputy. Take the deputy off the jury first.") % {"person": member.person})
    log.record("jury.dismiss", subject=f"person:{member.person.code}", scope=member.competition.code, actor=by)
    Declaration.objects.filter(member=member).delete()
    member.person.roles.filter(competition=member.competition, kind=Role.Kind.JUROR).delete()
    member.delete()


# --- before the day ---------------------------------------------------------------------------------------------------


@transaction.atomic
def plan_meeting(competition: Competition, round: int = 1, *, held_on: date, by: Person | None) -> Meeting:
    """A meeting with an agenda of all proposals of the round, by group, then by applicant. Raises Refused."""
    if competition.jury_meetings.filter(round=round).exists():
        raise Refused(_("There is already a meeting for this round. Change that one."))
    meeting = Meeting.objects.create(competition=competition, round=round, held_on=held_on)
    log.record(
        "jury.plan", subject=_subject(meeting), scope=competition.code, actor=by, round=round, held_on=held_on.isoformat()
    )
    take_in_proposals(meeting, by=by)
    return meeting


@transaction.atomic
def take_in_proposals(meeting: Meeting, *, by: Person | None) -> int:
    """Put proposals on the agenda that are not there yet, behind the others of their group; how many there were.

    Before the meeting is opened the whole agenda is put in order again.
    """
    meeting = _locked(meeting)
    if meeting.closed_at:
        raise Refused(_("The meeting has been closed, so nothing in it can change any more."))
    present = set(meeting.items.values_list("entry_id", "project_id", "group_id"))
    proposals = (
        Proposal.objects.filter(
            entry__competition=meeting.competition, entry__round=meeting.round, entry__state__in=queries.CALLABLE
        )
        .select_related("entry", "group", "project")
        .order_by("group__is_special", "group__position", "entry__reference", "entry__applicant", "entry__code")
    )
    new = [one for one in proposals if (one.entry_id, one.project_id, one.group_id) not in present]
    last = meeting.items.aggregate(last=Max("position"))["last"] or 0
    Item.objects.bulk_create(
        Item(meeting=meeting, position=last + number, entry=one.entry, project=one.project, group=one.group)
        for number, one in enumerate(new, start=1)
    )
    if new:
        if not meeting.opened_at:
            _order_agenda(meeting)
        log.record(
            "jury.agenda",
            subject=_subject(meeting),
            scope=meeting.competition.code,
            actor=by,
            added=[one.entry.code for one in new],
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
    if entry.state not in queries.CALLABLE:
        raise Refused(
            _("Only an entry whose screening is complete can be called up. This one is “%(state)s”.")
            % {"state": State(entry.state).label}
        )
    if meeting.items.filter(entry=entry, project=project, group=group).exists():
        raise Refused(_("This item is already on the agenda."))
    last = meeting.items.aggregate(last=Max("position"))["last"] or 0
    item = Item.objects.create(meeting=meeting, position=last + 1, entry=entry, project=project, group=group)
    log.record(
        "jury.add_item",
        subject=f"entry:{entry.code}",
        scope=meeting.competition.code,
        actor=by,
        meeting=meeting.code,
        group=group.code,
        project=project.position if project else 0,
    )
    _touch(meeting)
    return item


@transaction.atomic
def declare(meeting: Meeting, member: Member, biased: Iterable[tuple[Entry, str]], *, by: Person) -> Declaration:
    """`member` has gone through the agenda; `biased` are entries and reasons. Their dossier opens without these."""
    meeting = _locked(meeting)
    for entry, reason in biased:
        if entry.competition_id != meeting.competition_id:
            raise Refused(_("This entry belongs to another competition or round."))
        entry_services.declare_bias(entry, by=member.person, reason=reason)
    declaration, is_new = Declaration.objects.get_or_create(meeting=meeting, member=member)
    log.record(
        "jury.declare",
        subject=_subject(meeting),
        scope=meeting.competition.code,
        actor=by,
        member=member.person.code,
        again=not is_new,
    )
    _touch(meeting)
    return declaration


# --- on the day -------------------------------------------------------------------------------------------------------


@transaction.atomic
def open_meeting(meeting: Meeting, *, by: Person | None) -> Meeting:
    meeting = _locked(meeting)
    if meeting.opened_at:
        raise Refused(_("The meeting has already been opened."))
    meeting.opened_at = clock.now()
    meeting.save(update_fields=["opened_at"])
    log.record("jury.open", subject=_subject(meeting), scope=meeting.competition.code, actor=by)
    _touch(meeting)
    return meeting


@transaction.atomic
def arrive(meeting: Meeting, member: Member, *, by: Person | None) -> Presence:
    """Note that `member` is in the room. Safe to repeat."""
    meeting = _locked(meeting)
    if meeting.closed_at:
        raise Refused(_("The meeting has been closed, so nothing in it can change any more."))
    if member.competition_id != meeting.competition_id:
        raise Refused(_("This person does not belong to this jury."))
    presence, is_new = Presence.objects.get_or_create(meeting=meeting, member=member, left_at=None)
    if is_new:
        log.record(
            "jury.arrive", subject=_subject(meeting), scope=meeting.competition.code, actor=by, member=member.person.code
        )
        _touch(meeting)
    return presence


@transaction.atomic
def leave(meeting: Meeting, member: Member, *, by: Person | None) -> None:
    """Note that `member` has left; their open ballots go with them. Safe to repeat."""
    meeting = _locked(meeting)
    if meeting.closed_at:
        raise Refused(_("The meeting has been closed, so nothing in it can change any more."))
    gone = Presence.objects.filter(meeting=meeting, member=member, left_at=None).update(left_at=clock.now())
    if gone:
        Ballot.objects.filter(item__in=queries.undecided_items(meeting), member=member).delete()
        log.record("jury.leave", subject=_subject(meeting), scope=meeting.competition.code, actor=by, member=member.person.code)
        _touch(meeting)


@transaction.atomic
def call_item(item: Item, *, by: Person | None) -> Item:
    """Put `item` on the table: every screen shows it; who is biased for it leaves the room."""
    meeting = _locked_open(item.meeting)
    item = _locked_item(item, meeting)
    if item.is_decided:
        raise Refused(_("This item has been decided. To take it up again, record the motion."))
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
    """One voice in an open vote; it can be changed until the item is decided. Raises Refused."""
    meeting = _locked_open(item.meeting)
    item = _locked_item(item, meeting)
    if choice not in (Ballot.Choice.YES, Ballot.Choice.NO, Ballot.Choice.ABSTAIN):
        raise BadInput(_("Please vote yes, no or abstain."), where="choice")
    if Item.Mode.OPEN not in queries.rules_of(meeting.competition).modes:
        raise Refused(_("This jury does not decide in this way; the call names the ways."))
    if meeting.current_id != item.pk:
        raise Refused(_("This item is not on the table now. Wait until it is called."))
    require(rules.can_vote(member, item))
    ballot, _is_new = Ballot.objects.update_or_create(
        item=item, member=member, defaults={"choice": choice, "rank": None, "cast_at": clock.now()}
    )
    log.record(
        "jury.ballot",
        subject=f"entry:{item.entry.code}",
        scope=meeting.competition.code,
        actor=by,
        meeting=meeting.code,
        member=member.person.code,
        choice=str(choice),
    )
    _touch(meeting)
    return ballot


@transaction.atomic
def cast_ranking(meeting: Meeting, group: AwardGroup, member: Member, order: Iterable[Item], *, by: Person | None) -> None:
    """`member` ranks the group's undecided items, best first; all but those for which they are biased. Replaces an earlier one."""
    meeting = _locked_open(meeting)
    if Item.Mode.RANKING not in queries.rules_of(meeting.competition).modes:
        raise Refused(_("This jury does not decide in this way; the call names the ways."))
    if all(one.pk != member.pk for one in queries.acting_members(meeting)):
        raise Refused(_("Only those who are present and have a vote can rank."))
    ranked = list(order)
    open_to = list(
        queries.items_open_to(member.person, meeting)
        .filter(group=group)
        .exclude(result__in=[AWARDED, NOT_AWARDED])
        .values_list("pk", flat=True)
    )
    if sorted(item.pk for item in ranked) != sorted(open_to):
        raise BadInput(_("Please give every entry that is listed one rank, and each rank once."), where="order")
    Ballot.objects.filter(item__in=queries.items_to_rank(meeting, group), member=member).delete()
    Ballot.objects.bulk_create(
        Ballot(item=item, member=member, choice=Ballot.Choice.RANK, rank=rank) for rank, item in enumerate(ranked, start=1)
    )
    log.record(
        "jury.rank",
        subject=_subject(meeting),
        scope=meeting.competition.code,
        actor=by,
        group=group.code,
        member=member.person.code,
        order=[item.position for item in ranked],
    )
    _touch(meeting)


# --- decisions --------------------------------------------------------------------------------------------------------


def spend(competition: Competition, round: int, cents: int) -> None:
    """Take `cents` out of the purse, or raise Refused. One conditional statement: two at once cannot overdraw it."""
    taken = Purse.objects.filter(competition=competition, round=round, spent_cents__lte=F("cap_cents") - cents).update(
        spent_cents=F("spent_cents") + cents
    )
    if not taken:
        left = queries.budget_of(competition, round).left
        raise Refused(
            _(
                "%(amount)s are more than is left of the prize money (%(left)s). Choose a smaller prize, or reopen another decision."
            )
            % {"amount": format_euro(cents), "left": format_euro(left)}
        )


def give_back(competition: Competition, round: int, cents: int) -> None:
    """Put `cents` back into the purse."""
    if cents:
        Purse.objects.filter(competition=competition, round=round).update(spent_cents=F("spent_cents") - cents)


@transaction.atomic
def decide(
    item: Item,
    result: str = "",
    *,
    mode: str = Item.Mode.CONSENSUS,
    prize: Prize | None = None,
    amount_cents: int | None = None,
    yes: int | None = None,
    no: int | None = None,
    abstained: int | None = None,
    dissent: str = "",
    by: Person | None,
) -> Item:
    """Record what the jury decided on the item on the table.

    `yes` and `no` are for and against an award. Consensus: without numbers, all who are entitled agree; whoever does
    not is counted against it and `dissent` says why. Open vote: counted from the ballots (one of each entitled member),
    or from the numbers where hands were raised; awarded when more say yes than no, and `result` may be left empty.
    `prize`: of the item's group; `amount_cents`: needed only for a prize that goes "up to" an amount.
    Raises Refused (quorum, bias, money, not called), BadInput (numbers that do not fit).
    """
    meeting = _locked_open(item.meeting)
    item = _locked_item(item, meeting)
    if item.is_decided:
        raise Refused(_("This item has been decided. To take it up again, record the motion."))
    if mode == Item.Mode.RANKING:
        raise Refused(_("A ranking decides the whole group at once, not one item."))
    if mode not in queries.rules_of(meeting.competition).modes:
        raise Refused(_("This jury does not decide in this way; the call names the ways."))
    if meeting.current_id != item.pk:
        raise Refused(_("This item is not on the table now. Wait until it is called."))
    room = queries.room_for(item, meeting)
    _require_quorum(room)
    if by is not None and any(member.person_id == by.pk for member in room.out):
        raise Refused(str(rules.BIASED.reason))
    if result == DEFERRED:
        return _defer(item, meeting, by)
    if mode == Item.Mode.OPEN:
        yes, no, abstained = _counted(item, room, yes, no, abstained)
        majority = AWARDED if yes > no else NOT_AWARDED
        if result and result != majority:
            raise BadInput(_("%(yes)s yes and %(no)s no do not give this result.") % {"yes": yes, "no": no}, where="result")
        result = majority
    else:
        yes, no, abstained = _agreed(result, len(room.entitled), yes, no, abstained, dissent)
    item = _settle(item, meeting, result, mode, prize, amount_cents, room, (yes, no, abstained), dissent, by)
    meeting.current = None
    meeting.save(update_fields=["current"])
    _touch(meeting)
    return item


def _require_quorum(room: queries.Room) -> None:
    if not room.is_quorate:
        raise Refused(
            _("%(there)s of %(seats)s votes are in the room for this item: that is no quorum.")
            % {"there": len(room.entitled), "seats": room.seats}
        )


def _defer(item: Item, meeting: Meeting, by: Person | None) -> Item:
    item.result, item.mode = DEFERRED, ""
    item.save(update_fields=["result", "mode"])
    item.ballots.all().delete()
    meeting.current = None
    meeting.save(update_fields=["current"])
    log.record("jury.defer", subject=f"entry:{item.entry.code}", scope=meeting.competition.code, actor=by, meeting=meeting.code)
    _touch(meeting)
    return item


def _counted(item: Item, room: queries.Room, yes: int | None, no: int | None, abstained: int | None) -> tuple[int, int, int]:
    """The numbers of an open vote: from the ballots, or as counted in the room where there are no ballots."""
    entitled = {member.pk for member in room.entitled}
    choices = [ballot.choice for ballot in item.ballots.exclude(choice=Ballot.Choice.RANK) if ballot.member_id in entitled]
    by_hand = [count for count in (yes, no, abstained) if count is not None]
    if choices or not by_hand:
        missing = len(entitled) - len(choices)
        if missing:
            raise Refused(_("%(missing)s of %(all)s votes are still missing.") % {"missing": missing, "all": len(entitled)})
        counted = tuple(choices.count(choice) for choice in (Ballot.Choice.YES, Ballot.Choice.NO, Ballot.Choice.ABSTAIN))
        if by_hand and (yes or 0, no or 0, abstained or 0) != counted:
            raise BadInput(_("The ballots give other numbers than you entered. Leave the numbers empty."), where="yes")
        return counted[0], counted[1], counted[2]
    return _checked_sum(len(entitled), yes or 0, no or 0, abstained or 0)


def _checked_sum(entitled: int, yes: int, no: int, abstained: int) -> tuple[int, int, int]:
    if min(yes, no, abstained) < 0 or yes + no + abstained != entitled:
        raise BadInput(
            _("Yes, no and abstentions sum to %(sum)s, but %(all)s can vote on this item.")
            % {"sum": yes + no + abstained, "all": entitled},
            where="yes",
        )
    return yes, no, abstained


def _agreed(
    result: str, entitled: int, yes: int | None, no: int | None, abstained: int | None, dissent: str
) -> tuple[int, int, int]:
    """The numbers of a consensus; without any, all agree."""
    if result not in (AWARDED, NOT_AWARDED):
        raise BadInput(_("Choose the result: awarded, not awarded or deferred."), where="result")
    if yes is None and no is None and abstained is None:
        return (entitled, 0, 0) if result == AWARDED else (0, entitled, 0)
    if result == AWARDED and yes is None:
        yes = entitled - (no or 0) - (abstained or 0)
    if result == NOT_AWARDED and no is None:
        no = entitled - (yes or 0) - (abstained or 0)
    yes, no, abstained = _checked_sum(entitled, yes or 0, no or 0, abstained or 0)
    agreeing, against = (yes, no) if result == AWARDED else (no, yes)
    if against and not dissent.strip():
        raise BadInput(_("Somebody does not agree: please record the dissent in a sentence."), where="dissent")
    if agreeing <= against:
        raise BadInput(_("More are against it than for it: that is no consensus. Put it to the vote."), where="yes")
    return yes, no, abstained


def _settle(
    item: Item,
    meeting: Meeting,
    result: str,
    mode: str,
    prize: Prize | None,
    amount_cents: int | None,
    room: queries.Room,
    votes: tuple[int, int, int],
    dissent: str,
    by: Person | None,
    place: int | None = None,
) -> Item:
    """Write the decision and take its money out of the purse; the meeting is locked, quorum and votes are checked."""
    amount = 0
    if result == AWARDED:
        prize = prize or _only_prize(item)
        amount = _amount(item, prize, amount_cents)
        spend(meeting.competition, meeting.round, amount)  # locks the purse: what follows counts alone
        given = Item.objects.filter(prize=prize, result=AWARDED, meeting__round=meeting.round).exclude(pk=item.pk).count()
        if prize.max_count is not None and given >= prize.max_count:
            raise Refused(
                _("This prize has already been awarded %(count)s times, which is all the call provides.") % {"count": given}
            )
    elif prize is not None or amount_cents:
        raise BadInput(_("A prize goes only with an award."), where="prize")
    item.result, item.mode, item.prize, item.amount_cents = result, mode, prize, amount
    item.yes, item.no, item.abstained = votes
    item.entitled, item.out_for_bias, item.place = len(room.entitled), len(room.out), place
    item.dissent, item.decided_at = dissent.strip(), clock.now()
    item.save(
        update_fields=[
            "result",
            "mode",
            "prize",
            "amount_cents",
            "yes",
            "no",
            "abstained",
            "entitled",
            "out_for_bias",
            "place",
            "dissent",
            "decided_at",
        ]
    )
    item.out.set(room.out)
    log.record(
        "jury.decide",
        subject=f"entry:{item.entry.code}",
        scope=meeting.competition.code,
        actor=by,
        meeting=meeting.code,
        position=item.position,
        result=str(result),
        mode=str(mode),
        prize=prize.code if prize else "",
        amount_cents=amount,
        yes=item.yes,
        no=item.no,
        abstained=item.abstained,
        place=place,
        entitled=[member.person.code for member in room.entitled],
        out=[member.person.code for member in room.out],
    )
    return item


def _only_prize(item: Item) -> Prize:
    prizes = list(item.group.prizes.all()[:2])
    if len(prizes) != 1:
        raise BadInput(_("Choose the prize."), where="prize")
    return prizes[0]


def _amount(item: Item, prize: Prize, amount_cents: int | None) -> int:
    """What the award is worth in cents; raise BadInput where the call does not allow it."""
    if prize.group_id != item.group_id:
        raise BadInput(_("This prize belongs to another group."), where="prize")
    if not prize.up_to:
        if amount_cents not in (None, prize.amount_cents):
            raise BadInput(_("This prize is exactly %(amount)s.") % {"amount": format_euro(prize.amount_cents)}, where="amount")
        return prize.amount_cents
    amount = prize.amount_cents if amount_cents is None else amount_cents
    if not 0 < amount <= prize.amount_cents:
        raise BadInput(_("This prize is at most %(amount)s.") % {"amount": format_euro(prize.amount_cents)}, where="amount")
    return amount


@transaction.atomic
def decide_ranking(
    meeting: Meeting,
    group: AwardGroup,
    *,
    prize: Prize | None = None,
    tie_order: Iterable[Item] = (),
    tie_reason: str = "",
    by: Person | None,
) -> list[Item]:
    """Decide all open items of `group` by the ranking: prizes from the top until the purse (or their number) is empty.

    The first item that cannot be paid in full ends the awards; it and all below get none. Where that border runs through
    a tie, the jury breaks it: `tie_order` are the tied items in the order it found, `tie_reason` says how.
    A prize "up to" an amount pays what was asked for, at most that amount. Raises Refused, BadInput.
    """
    meeting = _locked_open(meeting)
    if Item.Mode.RANKING not in queries.rules_of(meeting.competition).modes:
        raise Refused(_("This jury does not decide in this way; the call names the ways."))
    ranking = queries.ranking_of(meeting, group)
    if not ranking.rows:
        raise Refused(_("There is nothing left to decide in this group."))
    if not ranking.is_complete:
        names = ", ".join(str(member) for member in ranking.missing)
        raise Refused(_("These members have not ranked yet: %(names)s.") % {"names": names})
    broken = [item.pk for item in tie_order]
    if broken and not tie_reason.strip():
        raise BadInput(_("Say how the jury broke the tie."), where="tie_reason")
    rows = sorted(
        ranking.rows, key=lambda row: (row.place, broken.index(row.item.pk) if row.item.pk in broken else -1, row.item.position)
    )
    if prize is None:
        prize = _only_prize(rows[0].item)
    winners = _winners(rows, prize, queries.budget_of(meeting.competition, meeting.round), broken)
    decided = []
    for row in rows:
        item = _locked_item(row.item, meeting)
        room = queries.room_for(item, meeting)
        _require_quorum(room)
        amount = winners.get(item.pk)
        note = tie_reason if row.item.pk in broken else ""
        decided.append(
            _settle(
                item,
                meeting,
                AWARDED if amount is not None else NOT_AWARDED,
                Item.Mode.RANKING,
                prize if amount is not None else None,
                amount,
                room,
                (0, 0, 0),
                note,
                by,
                place=row.place,
            )
        )
    meeting.current = None
    meeting.save(update_fields=["current"])
    _touch(meeting)
    return decided


def _asked(item: Item, prize: Prize) -> int:
    if not prize.up_to:
        return prize.amount_cents
    return min(item.entry.amount_cents or prize.amount_cents, prize.amount_cents)


def _winners(rows: list[queries.Ranked], prize: Prize, budget: queries.Budget, broken: list[int]) -> dict[int, int]:
    """{item: cents} from the top down, until the purse or the number of prizes ends; Refused where a tie is on the border."""
    left = budget.left
    given = sum(count.awarded for count in budget.prizes if count.prize.pk == prize.pk)
    most = len(rows) if prize.max_count is None else max(0, prize.max_count - given)
    winners: dict[int, int] = {}
    for row in rows:
        amount = _asked(row.item, prize)
        if len(winners) >= most or amount > left:
            border = [one.item for one in rows if one.place == row.place]
            split = any(item.pk in winners for item in border) or (
                len(winners) < most and len({_asked(item, prize) <= left for item in border}) > 1
            )
            if len(border) > 1 and split and not all(item.pk in broken for item in border):
                numbers = ", ".join(str(item.position) for item in border)
                raise Refused(
                    _("Items %(items)s are tied where the money ends. Let the jury break the tie and enter the order.")
                    % {"items": numbers}
                )
            break
        winners[row.item.pk] = amount
        left -= amount
    return winners


@transaction.atomic
def reopen(item: Item, motion: str, *, by: Person | None) -> Item:
    """Take a decision up again on a recorded motion: its money goes back, its ballots are void. Raises Refused."""
    meeting = _locked_open(item.meeting)
    item = _locked_item(item, meeting)
    if not motion.strip():
        raise BadInput(_("Please record the motion: who wants the decision taken up again, and why."), where="motion")
    if not item.is_decided:
        raise Refused(_("This item has not been decided, so there is nothing to take up again."))
    _require_quorum(queries.room_for(item, meeting))
    before = {
        "result": item.result,
        "mode": item.mode,
        "prize": item.prize.code if item.prize else "",
        "amount_cents": item.amount_cents,
        "yes": item.yes,
        "no": item.no,
        "abstained": item.abstained,
        "dissent": item.dissent,
        "place": item.place,
        "decided_at": item.decided_at.isoformat() if item.decided_at else "",
    }
    Reopening.objects.create(item=item, motion=motion.strip(), before=before, by=by)
    give_back(meeting.competition, meeting.round, item.amount_cents)
    item.result, item.mode, item.prize, item.amount_cents, item.dissent, item.decided_at = "", "", None, 0, "", None
    item.yes = item.no = item.abstained = item.entitled = item.out_for_bias = 0
    item.place = None
    item.save()
    item.out.clear()
    item.ballots.all().delete()
    log.record(
        "jury.reopen",
        subject=f"entry:{item.entry.code}",
        scope=meeting.competition.code,
        actor=by,
        meeting=meeting.code,
        position=item.position,
        before={key: before[key] for key in ("result", "amount_cents", "yes", "no", "abstained")},
    )
    _touch(meeting)
    return item


# --- the end ----------------------------------------------------------------------------------------------------------


def close_meeting(meeting: Meeting, *, by: Person | None) -> Meeting:
    """End the day: every entry of the round is awarded or declined, the awards come into being, the minutes are written.

    Results stay inside until they are announced. The minutes are made after the commit, because they print the newest
    seal of the log; should that fail, `write_minutes` can be called again.
    """
    from lorbeer.jury.minutes import write_minutes

    meeting = _end(meeting, by)
    return write_minutes(meeting, by=by)


@transaction.atomic
def _end(meeting: Meeting, by: Person | None) -> Meeting:
    meeting = _locked_open(meeting)
    waiting = queries.undecided_items(meeting).count()
    if waiting:
        raise Refused(_("%(count)s items of the agenda have not been decided yet.") % {"count": waiting})
    now = clock.now()
    meeting.closed_at, meeting.current = now, None
    meeting.save(update_fields=["closed_at", "current"])
    Presence.objects.filter(meeting=meeting, left_at=None).update(left_at=now)
    # A project can win while its entry does not: the entry moves to "awarded" for an award of its own alone.
    won = set(meeting.items.filter(result=AWARDED, project=None).values_list("entry_id", flat=True))
    entries = Entry.objects.filter(competition=meeting.competition, round=meeting.round, state__in=queries.CALLABLE)
    moved = {"award": 0, "decline": 0}
    for entry in entries.order_by("pk"):
        name = "award" if entry.pk in won else "decline"
        move(entry, name, by=by)
        moved[name] += 1
    log.record("jury.close", subject=_subject(meeting), scope=meeting.competition.code, actor=by, **moved)
    for act in _at_close:
        act(meeting, by)
    _touch(meeting)
    meeting.refresh_from_db()
    return meeting
