"""What the jury decides on one item, and the money that goes with it. How a ranking decides is in ranking.py."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.call.models import Competition, Prize, Purse
from lorbeer.jury import queries, rules
from lorbeer.jury.models import Ballot, Item, Meeting, Reopening, Urn
from lorbeer.jury.ranking import Ranked
from lorbeer.jury.services.common import (
    AWARDED,
    DEFERRED,
    NOT_AWARDED,
    _give_up_voices,
    _locked_item,
    _locked_open,
    _require_no_closed_poll,
    _require_no_poll,
    _require_no_voices,
    _require_shown,
    _touch,
)
from lorbeer.jury.services.secret import count_urn, destroy_urn, late_text, late_voters, missing_votes, require_secrecy, urn_of
from lorbeer.people.models import Person
from lorbeer.shared import clock, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.money import format_euro


def spend(competition: Competition, round: int, cents: int, *, by: Person | None = None) -> None:
    """Take `cents` out of the purse, or raise Refused, which tells `by` what is left only where they may see sums.

    One conditional statement: two at once cannot overdraw it.

    Honours and prizes in kind take nothing, and need no purse.
    """
    if not cents:
        return
    taken = Purse.objects.filter(competition=competition, round=round, spent_cents__lte=F("cap_cents") - cents).update(
        spent_cents=F("spent_cents") + cents
    )
    if not taken:
        raise _too_much(competition, round, cents, by)


def _too_much(competition: Competition, round: int, cents: int, by: Person | None) -> Refused:
    meeting = competition.jury_meetings.filter(round=round).first()
    if by is not None and meeting and not rules.can_see_totals(by, meeting):
        return Refused(_("%(amount)s are more than is left of the prize money. Choose a smaller prize, or reopen another decision. How much is"
                         " left is not shown to you: you are biased for an item of this meeting.") % {"amount": format_euro(cents)})
    left = queries.budget_of(competition, round).left
    return Refused(
        _("%(amount)s are more than is left of the prize money (%(left)s). Choose a smaller prize, or reopen another decision.")
        % {"amount": format_euro(cents), "left": format_euro(left)}
    )


def give_back(competition: Competition, round: int, cents: int) -> None:
    """Put `cents` back into the purse."""
    if cents:
        Purse.objects.filter(competition=competition, round=round).update(spent_cents=F("spent_cents") - cents)


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
    urn_key: str = "",
    offline: bool = False,
    noted_at: datetime | None = None,
    room: queries.Room | None = None,
    by: Person | None,
) -> Item:
    """Record what the jury decided on the item on the table.

    `yes` and `no` are for and against an award. Consensus: without numbers, all who are entitled agree; whoever does
    not is counted against it and `dissent` says why. Open vote: counted from the ballots (one of each entitled member),
    or from the numbers where hands were raised; awarded when more say yes than no, and `result` may be left empty.
    Secret ballot: from the urn, which `urn_key` opens, or from the numbers where slips of paper were counted; then as open.
    An urn is opened once: its sums are kept before anything is made of them, and stand even if this decision is refused.
    `offline`: it was decided while the network was away and is entered afterwards, as such; `noted_at`: when, by the record; `room`: who
    was there then, and what lies on the table now has nothing to do with it.
    `prize`: of the item's group; `amount_cents`: needed only for a prize that goes "up to" an amount.
    Raises Refused (quorum, bias, money, not called), BadInput (numbers that do not fit).
    """
    numbers = (yes, no, abstained)
    if mode == Item.Mode.SECRET and result != DEFERRED:
        _count_once(item, prize, amount_cents, numbers, urn_key, by, room)
    return _decide(item, result, mode, prize, amount_cents, numbers, dissent, offline, by, noted_at, room)


@transaction.atomic
def _count_once(
    item: Item, prize: Prize | None, amount_cents: int | None, numbers: tuple[int | None, ...], urn_key: str, by: Person | None,
    then: queries.Room | None,
) -> None:
    """Open the urn, where there is one that is still closed, after all that could speak against a decision has been asked.

    The prize must be there and payable before anybody knows whether it is won: after the opening nothing is refused that the
    office cannot mend without a second ballot.
    """
    meeting, item, room = _at_the_table(item, Item.Mode.SECRET, by, then)
    urn = urn_of(item)
    if urn is None or urn.counted_at:
        return
    if any(count is not None for count in numbers):
        raise BadInput(_("The votes are in the urn. Leave the numbers empty."), where="yes")
    prize = prize or _only_prize(item)
    amount = _amount(item, prize, amount_cents)
    _require_left(item, meeting, prize)
    if amount > queries.budget_of(meeting.competition, meeting.round).left:
        raise _too_much(meeting.competition, meeting.round, amount, by)
    urn.item = item
    count_urn(urn, room.entitled, urn_key, by=by)


def _at_the_table(item: Item, mode: str, by: Person | None, then: queries.Room | None) -> tuple[Meeting, Item, queries.Room]:
    """Meeting (locked), item and room, where the item can be decided in this way by `by`. Raises Refused.

    `then`: the room in which it was decided, where that was not at this table.
    """
    meeting = _locked_open(item.meeting)
    item = _locked_item(item, meeting)
    if item.is_decided:
        raise Refused(_("This item has been decided. To take it up again, record the motion."))
    if mode in queries.GROUP_MODES:
        raise Refused(_("A ballot on a group decides on all of it at once, not on one item."))
    if mode not in queries.rules_of(meeting.competition).modes:
        raise Refused(_("This jury does not decide in this way; the call names the ways."))
    if then is None and meeting.current_id != item.pk:
        raise Refused(_("This item is not on the table now. Wait until it is called."))
    _require_no_poll(item)
    room = then or queries.room_for(item, meeting)
    urn = urn_of(item)
    if urn and urn.counted_at:                                          # the room of the count, whatever has come out about it since
        urn.item = item
        if told := late_text(late_voters(urn)):
            raise Refused(told)
        voters = set(urn.envelopes.values_list("member", flat=True))
        entitled = [member for member in queries.members_of(meeting.competition) if member.pk in voters]
        room = replace(room, entitled=entitled, is_quorate=True)
    _require_quorum(room)
    if by is not None and by.pk in queries.biased_person_ids(item.entry):
        raise Refused(str(rules.BIASED.reason))
    return meeting, item, room


@transaction.atomic
def _decide(
    item: Item, result: str, mode: str, prize: Prize | None, amount_cents: int | None, numbers: tuple[int | None, int | None, int | None],
    dissent: str, offline: bool, by: Person | None, noted_at: datetime | None, then: queries.Room | None,
) -> Item:
    meeting, item, room = _at_the_table(item, mode, by, then)
    urn, (yes, no, abstained) = urn_of(item), numbers
    if urn and urn.counted_at and (mode != Item.Mode.SECRET or result == DEFERRED):
        raise Refused(_("This secret ballot has been counted, and its sums stand. Record the decision that follows from them."))
    if result == DEFERRED:
        return _defer(item, meeting, by)
    if mode != Item.Mode.SECRET and urn:
        raise Refused(_("A secret ballot on this item is going on. Count it, or give it up and begin another."))
    if mode != Item.Mode.OPEN:
        _require_no_voices(item)
    if mode in (Item.Mode.OPEN, Item.Mode.SECRET):
        if urn:
            yes, no, abstained = urn.yes, urn.no, urn.abstained
        else:
            yes, no, abstained = (_counted if mode == Item.Mode.OPEN else _counted_by_hand)(item, room, yes, no, abstained)
        majority = AWARDED if yes > no else NOT_AWARDED
        if urn and majority == NOT_AWARDED:
            prize = amount_cents = None
        if result and result != majority:
            raise BadInput(_("%(yes)s yes and %(no)s no do not give this result.") % {"yes": yes, "no": no}, where="result")
        if not result and majority == NOT_AWARDED:
            prize = amount_cents = None                                 # it was named for the case that the votes say yes
        result = majority
    else:
        yes, no, abstained = _agreed(result, len(room.entitled), yes, no, abstained, dissent)
    item = _settle(item, meeting, result, mode, prize, amount_cents, room, (yes, no, abstained), dissent, by,
                   offline=offline, noted_at=noted_at)
    Urn.objects.filter(item=item).delete()
    if meeting.current_id == item.pk:
        meeting.current = None
        meeting.save(update_fields=["current"])
    _touch(meeting)
    return item


def _require_quorum(room: queries.Room, named: Item | None = None) -> None:
    """Raises Refused. `named`: the item, where the refusal must say which of several it is."""
    if not room.is_quorate:
        raise Refused(
            (_("Item %(item)s:") % {"item": named.position} + " " if named else "")
            + ngettext("%(there)s of %(seats)s votes is in the room for this item: that is no quorum.",
                     "%(there)s of %(seats)s votes are in the room for this item: that is no quorum.", len(room.entitled))
            % {"there": len(room.entitled), "seats": room.seats}
            + (" " + _("Nobody votes who has not declared their bias for this item yet: %(names)s.")
               % {"names": ", ".join(str(member) for member in room.undeclared)} if room.undeclared else "")
            + (f" {rules.BROKEN_BY_BIAS}" if room.is_broken_by_bias else "")
        )


def _defer(item: Item, meeting: Meeting, by: Person | None) -> Item:
    item.result, item.mode = DEFERRED, ""
    item.save(update_fields=["result", "mode"])
    _give_up_voices(item, by)
    if urn := urn_of(item):
        destroy_urn(urn, by)
    meeting.current = None
    meeting.save(update_fields=["current"])
    log.record("jury.defer", subject=f"entry:{item.entry.code}", scope=meeting.competition.code, actor=by, meeting=meeting.code,
               position=item.position)
    _touch(meeting)
    return item


@transaction.atomic
def take_off(item: Item, motion: str, *, by: Person | None) -> Item:
    """Take the item on the table off the agenda on a recorded motion, undecided, because bias leaves no quorum for it.

    It gets no prize, and the minutes say why; until the meeting is closed it can be taken up again as a decision can. Raises Refused,
    BadInput.
    """
    meeting = _locked_open(item.meeting)
    item = _locked_item(item, meeting)
    if not motion.strip():
        raise BadInput(_("Please record the motion: who wants the item taken off the agenda, and why."), where="motion")
    if item.is_decided:
        raise Refused(_("This item has been decided. To take it up again, record the motion."))
    if meeting.current_id != item.pk:
        raise Refused(_("This item is not on the table now. Wait until it is called."))
    if by is not None and by.pk in queries.biased_person_ids(item.entry):
        raise Refused(str(rules.BIASED.reason))
    if urn_of(item):
        raise Refused(_("A secret ballot on this item is going on. Count it, or give it up and begin another."))
    _require_no_voices(item)
    room = queries.room_for(item, meeting)
    if not room.is_broken_by_bias:
        raise Refused(_("The jury can decide on this item: bias does not take the quorum from those who are in the room. So it stays on the"
                        " agenda."))
    item = _settle(item, meeting, NOT_AWARDED, "", None, None, room, (0, 0, 0), motion, by)
    meeting.current = None
    meeting.save(update_fields=["current"])
    _touch(meeting)
    return item


def _counted(item: Item, room: queries.Room, yes: int | None, no: int | None, abstained: int | None) -> tuple[int, int, int]:
    """The numbers of an open vote: from the ballots, or as counted in the room where there are no ballots."""
    entitled = {member.pk for member in room.entitled}
    choices = [ballot.choice for ballot in item.ballots.filter(choice__in=queries.VOICES)
               if ballot.member_id in entitled]
    by_hand = [count for count in (yes, no, abstained) if count is not None]
    if choices or not by_hand:
        missing = len(entitled) - len(choices)
        if missing:
            raise missing_votes(missing, len(entitled))
        counted = tuple(choices.count(choice) for choice in (Ballot.Choice.YES, Ballot.Choice.NO, Ballot.Choice.ABSTAIN))
        if by_hand and (yes or 0, no or 0, abstained or 0) != counted:
            raise BadInput(_("The ballots give other numbers than you entered. Leave the numbers empty."), where="yes")
        return counted[0], counted[1], counted[2]
    return _checked_sum(len(entitled), yes or 0, no or 0, abstained or 0)


def _counted_by_hand(item: Item, room: queries.Room, yes: int | None, no: int | None, abstained: int | None) -> tuple[int, int, int]:
    """The numbers of a secret ballot as slips of paper were counted."""
    require_secrecy(len(room.entitled))
    if all(count is None for count in (yes, no, abstained)):
        raise Refused(_("No secret ballot is going on for this item. Begin it, or enter the numbers of slips of paper."))
    return _checked_sum(len(room.entitled), yes or 0, no or 0, abstained or 0)


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
    ranked: Ranked | None = None,
    offline: bool = False,
    noted_at: datetime | None = None,
) -> Item:
    """Write the decision and take its money out of the purse; the meeting is locked, quorum and votes are checked."""
    amount = 0
    if result == AWARDED:
        prize = prize or _only_prize(item)
        amount = _amount(item, prize, amount_cents)
        spend(meeting.competition, meeting.round, amount, by=by)
        _require_left(item, meeting, prize)
    elif prize is not None or amount_cents:
        raise BadInput(_("A prize goes only with an award."), where="prize")
    item.result, item.mode, item.prize, item.amount_cents = result, mode, prize, amount
    item.yes, item.no, item.abstained = votes
    item.entitled, item.out_for_bias = len(room.entitled), len(room.out)
    if ranked:
        item.place, item.score, item.ballots_counted = ranked.place, ranked.share, ranked.ballots
    item.dissent, item.decided_at, item.offline, item.noted_at = dissent.strip(), clock.now(), offline, noted_at
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
            "score",
            "ballots_counted",
            "dissent",
            "decided_at",
            "offline",
            "noted_at",
        ]
    )
    item.out.set(room.out)
    decided = queries.decision_of(item)
    log.record(
        "jury.decide",
        subject=f"entry:{item.entry.code}",
        scope=meeting.competition.code,
        actor=by,
        meeting=meeting.code,
        position=item.position,
        batch=item.batch,
        result=str(result),
        mode=str(mode),
        prize=prize.code if prize else "",
        amount_cents=amount,
        yes=item.yes,
        no=item.no,
        abstained=item.abstained,
        place=item.place,
        score=decided["score"],
        ballots=decided["ballots"],
        offline=offline,
        noted_at=decided["noted_at"],
        entitled=[member.person.code for member in room.entitled],
        out=decided["out"],
        sha256=queries.digest_of(item),
    )
    return item


def _require_left(item: Item, meeting: Meeting, prize: Prize) -> None:
    given = Item.objects.filter(prize=prize, result=AWARDED, meeting__round=meeting.round).exclude(pk=item.pk).count()
    if prize.max_count is not None and given >= prize.max_count:
        raise Refused(_("This prize has already been awarded %(count)s times, which is all the call provides.") % {"count": given})


def _only_prize(item: Item) -> Prize:
    prizes = list(item.group.prizes.all()[:2])
    if len(prizes) != 1:
        raise BadInput(_("Choose the prize."), where="prize")
    return prizes[0]


def _amount(item: Item, prize: Prize, amount_cents: int | None, where: str = "amount") -> int:
    """What the award is worth in cents; raise BadInput where the call does not allow it."""
    if prize.group_id != item.group_id:
        raise BadInput(_("This prize belongs to another group."), where="prize")
    if not prize.up_to:
        if amount_cents not in (None, prize.amount_cents):
            raise BadInput(_("This prize is exactly %(amount)s.") % {"amount": format_euro(prize.amount_cents)}, where="amount")
        return prize.amount_cents
    amount = _asked(item, prize) if amount_cents is None else amount_cents
    if not 0 < amount <= prize.amount_cents:
        raise BadInput(_("This prize is at most %(amount)s.") % {"amount": format_euro(prize.amount_cents)}, where=where)
    return amount


def _asked(item: Item, prize: Prize) -> int:
    """In cents: the prize, or what was applied for up to it; BadInput where neither says how much it is."""
    amount = queries.asked_cents(item, prize)
    if amount is None:
        raise BadInput(
            _("The entry names no amount, and this prize goes up to %(amount)s: enter how much is awarded.")
            % {"amount": format_euro(prize.amount_cents)},
            where="amount",
        )
    return amount


@transaction.atomic
def reopen(item: Item, motion: str, *, shown: str | None = None, by: Person | None) -> Item:
    """Take a decision up again on a recorded motion: its money goes back, its ballots are void. `shown`: the digest of the decision that
    somebody has looked at (`queries.digest_of`). Raises Refused."""
    meeting = _locked_open(item.meeting)
    item = _locked_item(item, meeting)
    if not motion.strip():
        raise BadInput(_("Please record the motion: who wants the decision taken up again, and why."), where="motion")
    if not item.is_decided:
        raise Refused(_("This item has not been decided, so there is nothing to take up again."))
    _require_shown(shown, queries.digest_of(item))
    _require_no_closed_poll(meeting, item.group)
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
        "offline": item.offline,
        "decided_at": item.decided_at.isoformat() if item.decided_at else "",
    }
    reopening = Reopening.objects.create(item=item, motion=motion.strip(), before=before, by=by)
    give_back(meeting.competition, meeting.round, item.amount_cents)
    item.result, item.mode, item.prize, item.amount_cents, item.dissent, item.decided_at = "", "", None, 0, "", None
    item.yes = item.no = item.abstained = item.entitled = item.out_for_bias = 0
    item.place = item.score = None
    item.ballots_counted, item.offline, item.noted_at = 0, False, None
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
        **queries.reopening_of(reopening),
    )
    _touch(meeting)
    return item
