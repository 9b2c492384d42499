"""A ballot on a whole group: opening it with its terms, closing it, what would come of it, and deciding by it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.call.models import AwardGroup, Prize
from lorbeer.jury import queries
from lorbeer.jury.counting import SCALE
from lorbeer.jury.minutes import subject_text
from lorbeer.jury.models import Ballot, Item, Meeting, Member, Poll, Urn
from lorbeer.jury.ranking import (
    Ranked,
    Ranking,
    items_in,
    items_to_rank,
    kinds_of,
    late_text,
    late_votes,
    missing_text,
    ranking_of,
)
from lorbeer.jury.services.common import AWARDED, NOT_AWARDED, _locked_item, _locked_open, _require_no_voices, _subject, _touch
from lorbeer.jury.services.decisions import _amount, _require_quorum, _settle
from lorbeer.jury.services.secret import urn_of
from lorbeer.people.models import Person
from lorbeer.shared import clock, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.money import format_euro
from lorbeer.shared.reasons import reason_digest

MANY = 9999


@dataclass(frozen=True)
class Outcome:
    """What the ballots come to for one item: a prize with its cents, a place on the shortlist, or None."""

    ranked: Ranked
    room: queries.Room
    prize: Prize | None
    cents: int
    was_tied: bool                                                      # and the jury gave it its place among the tied
    kept: bool = False                                                  # on the shortlist: not decided yet


@dataclass(frozen=True)
class Plan:
    poll: Poll
    ranking: Ranking
    outcomes: list[Outcome]


def payable(prizes: Iterable[Prize], budget: queries.Budget, items: Iterable[Item] = (), *, at_best: bool = False) -> int:
    """How many prizes, one after the other as the call names them, the purse and their numbers allow, whichever of `items` come first.

    A prize "up to" an amount costs what is asked for, so the dearest of `items` count first. One place is always left where there
    is any money for such a prize: the jury may say how much of it. `at_best`: if the cheapest come first, and the jury gives a cent
    where an entry names no amount: more can never be paid.
    """
    entries, left, found = list(items), budget.left, 0
    given = {count.prize.pk: count.awarded for count in budget.prizes}
    for prize in prizes:
        places = MANY if prize.max_count is None else max(0, prize.max_count - given.get(prize.pk, 0))
        if prize.up_to and entries:
            unsaid = 1 if at_best else prize.amount_cents
            asked = [cents if (cents := queries.asked_cents(item, prize)) is not None else unsaid for item in entries]
            costs = sorted(asked)[:max(0, len(asked) - found)][:places] if at_best else sorted(asked, reverse=True)[found:][:places]
            affordable = sum(spent <= left for spent in accumulate(costs))
            if costs and not affordable and not found and left > 0:
                return 1
            found, left = found + affordable, left - sum(costs[:affordable])
            if affordable < min(places, len(costs)):
                break
            continue
        affordable = min(places, left // prize.amount_cents) if prize.amount_cents else places
        found, left = found + affordable, left - affordable * prize.amount_cents
        if affordable < places:
            break
    return found


def plan_ranking(
    poll: Poll, *, tie_order: Iterable[Item] = (), tie_reason: str = "", amounts: Mapping[int, int] | None = None
) -> Plan:
    """What `decide_ranking` would decide, best first. Changes nothing; raises what it would raise."""
    if poll.closed_at is None:
        raise Refused(_("This ballot is still open. Close it first: then no ballot changes any more, and the count shows."))
    if told := late_text(late_votes(poll)):
        raise Refused(told)
    meeting, prizes = poll.meeting, [poll.prize] if poll.prize else list(poll.group.prizes.all())
    budget = queries.budget_of(meeting.competition, meeting.round)
    broken_items = list(tie_order)
    ranking = ranking_of(poll, broken_items)
    if ranking.equal:
        raise _tie(ranking.equal, is_shortlist=bool(poll.keep))
    broken = [item.pk for item in broken_items]
    worthy = {row.item.pk for row in ranking.rows if row.approvals >= (poll.least or 0)}
    _require_tied(ranking, worthy, broken_items)
    if broken and not tie_reason.strip():
        raise BadInput(_("Say how the jury broke the tie."), where="tie_reason")
    rows = sorted(
        ranking.rows, key=lambda row: (row.place, broken.index(row.item.pk) if row.item.pk in broken else -1, row.item.position)
    )
    kept: set[int] = set()
    winners: dict[int, tuple[Prize, int]] = {}
    if poll.keep is not None:
        kept = _kept([row for row in rows if row.item.pk in worthy], poll.keep, broken)
    else:
        winners = _winners([row for row in rows if row.item.pk in worthy], prizes, budget, broken, amounts or {}, poll.seats)
        if poll.mode == Item.Mode.STV and poll.seats and len(winners) < min(poll.seats, len(rows)):
            raise Refused(_("The prize money is not enough for all who were elected. Give this ballot up on a motion, and open one with"
                            " fewer places."))
    voters = list(queries.members_of(meeting.competition).filter(pk__in=ranking.counted))
    biased = queries.biased_for([row.item for row in rows], meeting)
    rooms = queries.rooms_for([row.item for row in rows], meeting, biased)
    outcomes = []
    for row in rows:
        won, cents = winners.get(row.item.pk, (None, 0))
        room = _room_then(rooms[row.item.pk], row.item, ranking, voters, biased[row.item.entry_id])
        outcomes.append(Outcome(row, room, won, cents, row.item.pk in broken, row.item.pk in kept))
    return Plan(poll, ranking, outcomes)


def preview_ranking(
    poll: Poll, *, tie_order: Iterable[Item] = (), tie_reason: str = "", amounts: Mapping[int, int] | None = None, by: Person,
) -> Plan:
    """`plan_ranking` for a page that asks. The log keeps who looked, at which order among the tied and which amounts, and whether it was
    refused: a look tells who would get the prize, and nobody tries orders unseen."""
    broken, refused = list(tie_order), True
    try:
        plan = plan_ranking(poll, tie_order=broken, tie_reason=tie_reason, amounts=amounts)
        refused = False
    finally:
        log.record("jury.poll_preview", subject=_subject(poll.meeting), scope=poll.meeting.competition.code, actor=by, group=poll.group.code,
                   number=poll.number, broken=[item.position for item in broken], refused=refused,
                   amounts=[[position, cents] for position, cents in sorted((amounts or {}).items())])
    return plan


def _room_then(room: queries.Room, item: Item, ranking: Ranking, voters: list[Member], biased: Collection[int]) -> queries.Room:
    """The room as the ballots were closed, whoever has come or gone since: who voted on the item, and who voted without it."""
    entitled = [member for member in voters if item.pk in ranking.counted[member.pk]]
    out = {member.pk: member for member in [*room.out, *voters] if member not in entitled and member.person_id in biased}
    return replace(room, entitled=entitled, out=list(out.values()))


def _require_tied(ranking: Ranking, worthy: set[int], broken: list[Item]) -> None:
    """The order that the jury gives is one of items that are tied with each other, each named once; of a tie all or none. Raises BadInput.

    In a transferable vote the count itself says among which items it needed that order.
    """
    given = [item.pk for item in broken]
    if twice := sorted({item.position for item in broken if given.count(item.pk) > 1}):
        raise BadInput(_("Name each item once: %(items)s stands in the order twice.") % {"items": ", ".join(map(str, twice))},
                       where="tie_order")
    places = {row.item.pk: row.place for row in ranking.rows}
    for item in broken:
        if ranking.stv:
            is_tied = item.pk in ranking.stv.broken
        else:
            others = {one for one in worthy if places[one] == places[item.pk]}
            is_tied = item.pk in others and len(others) > 1 and others <= set(given)
        if not is_tied:
            raise BadInput(
                _("Item %(item)s is not tied with the others that you named, or one that is tied with it is missing. Name only items that"
                  " share a place, and all of them; without a tie leave the order empty.") % {"item": item.position}, where="tie_order")


def _tie(items: Iterable[Item], *, is_shortlist: bool = False) -> Refused:
    told = (_("Items %(items)s are tied where the shortlist ends. Let the jury break the tie and enter the order.") if is_shortlist
            else _("Items %(items)s are tied where the money or a prize ends. Let the jury break the tie and enter the order."))
    return Refused(told % {"items": ", ".join(str(item.position) for item in items)})


def _kept(rows: list[Ranked], keep: int, broken: list[int]) -> set[int]:
    """Items of the shortlist; Refused where its border runs through a tie."""
    if len(rows) > keep and rows[keep].place == (border := rows[keep - 1].place):
        tied = [row.item for row in rows if row.place == border]
        if any(item.pk not in broken for item in tied):
            raise _tie(tied, is_shortlist=True)
    return {row.item.pk for row in rows[:keep]}


def _no_shortlist(items: int) -> BadInput:
    return BadInput(
        _("A shortlist holds at least one entry and leaves at least one out: choose a number from 1 to %(most)s.")
        % {"most": items - 1}, where="keep")


def fingerprint(plan: Plan) -> str:
    """What a page that asks carries along, so that nothing else is decided than what it showed."""
    return log.digest([plan.poll.group.code, plan.poll.number, [
        [one.ranked.item.position, one.ranked.place, one.prize.code if one.prize else "", one.cents, one.kept] for one in plan.outcomes]])


def result_of(plan: Plan) -> dict[str, Any]:
    """The count as it is kept: order with places, and the stages of a transferable vote. Items by their position, votes as text."""
    position = {one.ranked.item.pk: one.ranked.item.position for one in plan.outcomes}
    count = plan.ranking.stv

    def votes(amount: int) -> str:
        return f"{amount // SCALE}.{amount % SCALE:05d}"

    return {
        "order": [{"item": one.ranked.item.position, "place": one.ranked.place, "kept": one.kept} for one in plan.outcomes],
        "quota": votes(count.quota) if count else "",
        "stages": [
            {"kind": stage.kind, "of": position[stage.of] if stage.of is not None else None,
             "votes": {str(position[item]): votes(amount) for item, amount in sorted(stage.votes.items())},
             "elected": [position[item] for item in stage.elected]}
            for stage in (count.stages if count else [])
        ],
    }


@transaction.atomic
def decide_ranking(
    poll: Poll,
    *,
    tie_order: Iterable[Item] = (),
    tie_reason: str = "",
    amounts: Mapping[int, int] | None = None,
    shown: str = "",
    by: Person | None,
) -> list[Item]:
    """Decide the open items of a group by its closed ballot: prizes from the top until the purse (or their number) is empty.

    How, for what and for how many was fixed when the poll was opened. Of a shortlist the others get no prize, and the next ballot
    begins anew. The first item that cannot be paid in full ends the awards; it and all below get none. Where that border, or one
    between two prizes, runs through a tie, the jury breaks it: `tie_order` are the tied items in the order it found,
    `tie_reason` says how. `shown`: the fingerprint of the plan that was looked at; another one is refused.
    A prize "up to" an amount pays what `amounts` says ({item position: cents}), else what was asked for, at most that
    amount. Raises Refused, BadInput.
    """
    meeting = _locked_open(poll.meeting)
    poll = _going_on(poll, meeting)
    mode, broken = poll.mode, list(tie_order)
    plan = plan_ranking(poll, tie_order=broken, tie_reason=tie_reason, amounts=amounts)
    if shown and shown != fingerprint(plan):
        raise Refused(_("The result of the ballot or the prize money has changed meanwhile. Nothing has been decided; look at the result once"
                        " more."))
    if Urn.objects.filter(item__meeting=meeting).exists():
        raise Refused(_("A secret ballot is going on for the item on the table. Count it or give it up; then call the next item."))
    poll.ballots, poll.result, poll.counted_at, poll.counted_by = plan.ranking.ballots, result_of(plan), clock.now(), by
    poll.save(update_fields=["ballots", "result", "counted_at", "counted_by"])
    kept = [one.ranked.item for one in plan.outcomes if one.kept]
    Ballot.objects.filter(item__in=kept, choice__in=queries.GROUP_CHOICES).delete()
    log.record("jury.count", subject=f"meeting:{meeting.code}", scope=meeting.competition.code, actor=by,
               dropped_all=[item.position for item in kept], broken=[item.position for item in broken],
               counted=_counted(plan.ranking), **queries.terms_of(poll), ballots=poll.ballots,
               order=[[one["item"], one["place"], one["kept"]] for one in poll.result["order"]],
               sha256=log.digest(poll.result), at=log.moment(poll.counted_at))
    decided = [
        _settle(
            _locked_item(one.ranked.item, meeting),
            meeting,
            AWARDED if one.prize else NOT_AWARDED,
            mode,
            one.prize,
            one.cents if one.prize else None,
            one.room,
            (one.ranked.approvals, one.ranked.ballots - one.ranked.approvals, 0) if mode == Item.Mode.APPROVAL else (0, 0, 0),
            tie_reason if one.was_tied else "",
            by,
            ranked=one.ranked,
        )
        for one in plan.outcomes if not one.kept
    ]
    meeting.current = None
    meeting.save(update_fields=["current"])
    _touch(meeting)
    return decided


def _counted(ranking: Ranking) -> dict[str, list[int]]:
    """{code of a person: positions of the items on their ballot}, for the log."""
    people = dict(Member.objects.filter(pk__in=ranking.counted).values_list("pk", "person__code"))
    position = {row.item.pk: row.item.position for row in ranking.rows}
    return {people[member]: sorted(position[item] for item in held) for member, held in ranking.counted.items()}


def _going_on(poll: Poll, meeting: Meeting) -> Poll:
    """The poll as it is now. Raises Refused where it has ended."""
    poll = Poll.objects.select_related("group", "prize").get(pk=poll.pk)
    poll.meeting = meeting
    if poll.counted_at or poll.given_up_at:
        raise Refused(_("This ballot is over. Look at the group once more: what came of it stands there."))
    return poll


def require_no_other(meeting: Meeting, group: AwardGroup) -> None:
    if queries.poll_of(meeting, group):
        raise Refused(_("A ballot on this group is going on. Decide by it, or give it up on a recorded motion; then open another."))


@transaction.atomic
def open_poll(
    meeting: Meeting, group: AwardGroup, *, mode: str = Item.Mode.RANKING, keep: int | None = None, seats: int | None = None,
    least: int | None = None, prize: Prize | None = None, by: Person | None,
) -> Poll:
    """Begin a ballot on the undecided items of `group`, and fix them, how it is counted and for what; nothing of it changes afterwards.

    What comes onto the agenda later is for the next ballot.
    `mode`: ranking (Borda), approval, or single transferable vote. `seats`: so many prizes at most (else as many as can be paid).
    `keep`: a shortlist of so many; the others get no prize. `least`: an entry that fewer approve gets nothing (one, if nothing is
    said). `prize`: this one alone; else those of the group one after the other, as the call names them (first, second, third).
    Raises Refused, BadInput.
    """
    meeting = _locked_open(meeting)
    if mode not in queries.group_modes(meeting.competition):
        raise Refused(_("This jury does not decide in this way; the call names the ways."))
    require_no_other(meeting, group)
    items = list(items_to_rank(meeting, group))
    if not items:
        raise Refused(_("There is nothing left to decide in this group."))
    if prize is not None and prize.group_id != group.pk:
        raise BadInput(_("This prize belongs to another group."), where="prize")
    if keep is not None and not 0 < keep < len(items):
        raise _no_shortlist(len(items))
    _require_no_contradiction(meeting, mode, keep, seats, least, prize)
    rooms = queries.rooms_for(items, meeting)
    for item in items:
        _require_free(item, rooms[item.pk])
    _leave_the_table(meeting, group)
    for item in meeting.items.filter(pk__in=[one.pk for one in items], ballots__choice__in=queries.VOICES).order_by("position")[:1]:
        _require_no_voices(item)
    if mode == Item.Mode.STV:
        prizes, budget = [prize] if prize else list(group.prizes.all()), queries.budget_of(meeting.competition, meeting.round)
        if seats:
            _require_places(seats, min(len(items), payable(prizes, budget, items, at_best=True)))
        seats = keep or seats or payable(prizes, budget, items)
        if not seats:
            raise Refused(_("Nothing is left of the prize money or of the prizes of this group, so no place is to be filled."))
    poll = Poll.objects.create(
        meeting=meeting, group=group, number=meeting.polls.filter(group=group).count() + 1,
        items=[item.position for item in items], mode=mode, keep=keep, seats=seats,
        least=(least or 1) if mode == Item.Mode.APPROVAL else None, prize=prize, opened_by=by,
    )
    log.record("jury.poll", subject=_subject(meeting), scope=meeting.competition.code, actor=by, **queries.terms_of(poll),
               at=log.moment(poll.opened_at))
    _touch(meeting)
    return poll


def _require_free(item: Item, room: queries.Room) -> None:
    """Where bias leaves no quorum for an item the ballot could never be closed: that is said before anybody votes."""
    if room.is_broken_by_bias:
        _require_quorum(room, item)


def _require_no_contradiction(
    meeting: Meeting, mode: str, keep: int | None, seats: int | None, least: int | None, prize: Prize | None
) -> None:
    """What was entered holds, or is refused beside its field: nothing of it is dropped without a word. Raises BadInput."""
    if keep and seats:
        raise BadInput(_("A shortlist has as many places as entries stay on it. Leave one of the two numbers empty."), where="seats")
    if keep and prize:
        raise BadInput(_("A shortlist gives no prize away. Leave the prize open, or leave the number of those who stay empty."), where="prize")
    if least and mode != Item.Mode.APPROVAL:
        raise BadInput(_("Approvals are counted only in an approval vote. Leave this number empty, or choose that way."), where="least")
    if least and least > (votes := queries.seats(meeting.competition)):
        raise BadInput(_("The jury has %(votes)s votes, so no entry could have so many approvals. Choose a smaller number.")
                       % {"votes": votes}, where="least")


def _require_places(seats: int, most: int) -> None:
    """In a transferable vote every place is filled and paid: one too many would be refused only after everybody has voted."""
    if seats > most:
        raise BadInput(
            ngettext("At most %(most)s place can be filled and paid: so much the items, the prizes and the prize money allow. Choose a smaller"
                     " number, or leave it empty.",
                     "At most %(most)s places can be filled and paid: so much the items, the prizes and the prize money allow. Choose a smaller"
                     " number, or leave it empty.", most) % {"most": most} if most else
            _("Nothing is left of the prize money or of the prizes of this group, so no place is to be filled."), where="seats")


def _leave_the_table(meeting: Meeting, group: AwardGroup) -> None:
    """An item of the group that is on the table leaves it, unless a vote on it has begun: that is ended first. Raises Refused."""
    item = meeting.current
    if item is None or item.group_id != group.pk:
        return
    if urn_of(item) or item.ballots.filter(choice__in=queries.VOICES).exists():
        raise Refused(_("Item %(item)s of this group is on the table, and a vote on it has begun. Decide or defer it first; then open the"
                        " ballot on the group.") % {"item": item.position})
    meeting.current = None
    meeting.save(update_fields=["current"])


@transaction.atomic
def close_poll(poll: Poll, *, by: Person | None) -> Poll:
    """End the voting when everybody who acts has a complete ballot; who has not declared their bias yet does so or leaves first.

    From now on no ballot changes, and the count shows. Raises Refused.
    """
    meeting = _locked_open(poll.meeting)
    poll = _going_on(poll, meeting)
    if poll.closed_at:
        raise Refused(_("This ballot is closed already."))
    ranking = ranking_of(poll)
    if not ranking.rows:
        raise Refused(_("There is nothing left to decide in this group."))
    if not ranking.is_complete:
        raise Refused(
            _("%(cast)s of %(all)s ballots have been cast. The ballot can be closed when all are there; who has left has none.")
            % {"cast": ranking.ballots, "all": ranking.expected} + " " + missing_text(ranking)
        )
    rooms = queries.rooms_for([row.item for row in ranking.rows], meeting)
    for row in ranking.rows:
        _require_quorum(rooms[row.item.pk], row.item)
    lying = Ballot.objects.filter(item__in=[row.item for row in ranking.rows], choice__in=kinds_of(poll.mode))
    stale = [ballot.pk for ballot in lying if ballot.item_id not in ranking.counted.get(ballot.member_id, ())]
    lying.filter(pk__in=stale).delete()                                 # of who does not act, and on what is closed to its author by now
    poll.closed_at, poll.closed_by, poll.ballots = clock.now(), by, ranking.ballots
    poll.save(update_fields=["closed_at", "closed_by", "ballots"])
    log.record("jury.poll_close", subject=_subject(meeting), scope=meeting.competition.code, actor=by, group=poll.group.code,
               number=poll.number, mode=str(poll.mode), items=sorted(row.item.position for row in ranking.rows),
               counted=_counted(ranking), at=log.moment(poll.closed_at))
    _touch(meeting)
    return poll


@transaction.atomic
def give_up_poll(poll: Poll, motion: str, *, by: Person | None) -> Poll:
    """End a ballot uncounted on a recorded motion: its ballots are void, and another can be opened on other terms. Raises Refused."""
    meeting = _locked_open(poll.meeting)
    poll = _going_on(poll, meeting)
    if not motion.strip():
        raise BadInput(_("Please record the motion: who wants the ballot given up, and why."), where="motion")
    items = list(items_in(poll))
    poll.late = [[member.person.code, item.position] for member, item in late_votes(poll)]
    Ballot.objects.filter(item__in=items, choice__in=queries.GROUP_CHOICES).delete()
    poll.motion, poll.given_up_at, poll.given_up_by = motion.strip(), clock.now(), by
    poll.save(update_fields=["motion", "late", "given_up_at", "given_up_by"])
    log.record("jury.poll_void", subject=_subject(meeting), scope=meeting.competition.code, actor=by, group=poll.group.code,
               number=poll.number, motion_sha256=reason_digest(poll.secret, poll.motion), dropped_all=[item.position for item in items],
               late=poll.late, at=log.moment(poll.given_up_at))
    _touch(meeting)
    return poll


def _winners(
    rows: list[Ranked], prizes: list[Prize], budget: queries.Budget, broken: list[int], amounts: Mapping[int, int], seats: int | None
) -> dict[int, tuple[Prize, int]]:
    """{item: (prize, cents)} from the top down, until the purse or the prizes end; Refused where a tie is on a border."""
    left = budget.left
    given = {count.prize.pk: count.awarded for count in budget.prizes}
    places = [
        prize
        for prize in prizes
        for _one in range(len(rows) if prize.max_count is None else max(0, prize.max_count - given.get(prize.pk, 0)))
    ][:seats]
    winners: dict[int, tuple[Prize, int]] = {}
    for row, prize in zip(rows, places, strict=False):
        amount = _worth(row.item, prize, amounts)
        if amount and amount > left:
            break
        winners[row.item.pk] = (prize, amount)
        left -= amount
    border = rows[len(winners)].place if len(winners) < min(len(rows), len(places)) else 0     # where the money ends
    for place in sorted({row.place for row in rows}):
        tied = [row.item for row in rows if row.place == place]
        if len(tied) < 2 or all(item.pk in broken for item in tied):
            continue
        won = {winners[item.pk][0].pk if item.pk in winners else None for item in tied}
        if len(won) > 1 or (place == border and len({_worth(item, places[len(winners)], amounts) <= left for item in tied}) > 1):
            raise _tie(tied)
    return winners


def _worth(item: Item, prize: Prize, amounts: Mapping[int, int]) -> int:
    """In cents: the prize, or what the jury says or was applied for up to it; BadInput where nobody says how much, or too much."""
    where = f"amount_{item.position}"
    if prize.up_to and item.position in amounts:
        return _amount(item, prize, amounts[item.position], where=where)
    cents = queries.asked_cents(item, prize)
    if cents is None:
        raise BadInput(
            _("By this ballot a prize of up to %(amount)s falls to item %(position)s (%(subject)s), but the entry names no"
              " amount. Nothing has been decided yet. Enter how much is awarded.")
            % {"position": item.position, "subject": subject_text(item), "amount": format_euro(prize.amount_cents)}, where=where)
    return cents
