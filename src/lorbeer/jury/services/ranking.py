"""Deciding a whole group by its ranking: what would come of it, and doing it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lorbeer.call.models import AwardGroup, Prize
from lorbeer.jury import queries
from lorbeer.jury.counting import SCALE
from lorbeer.jury.minutes import subject_text
from lorbeer.jury.models import Ballot, Count, Item, Meeting, Member, Urn
from lorbeer.jury.ranking import Ranked, Ranking, items_to_rank, ranking_of
from lorbeer.jury.services.common import AWARDED, NOT_AWARDED, _locked_item, _locked_open, _touch
from lorbeer.jury.services.decisions import _amount, _require_quorum, _settle
from lorbeer.people.models import Person
from lorbeer.shared import log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.money import format_euro

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
    ranking: Ranking
    outcomes: list[Outcome]
    seats: int | None                                                   # in a transferable vote


def payable(prizes: Iterable[Prize], budget: queries.Budget, items: Iterable[Item] = ()) -> int:
    """How many prizes, one after the other as the call names them, the purse and their numbers allow, whichever of `items` come first.

    A prize "up to" an amount costs what is asked for, so the dearest of `items` count first. One place is always left where there
    is any money for such a prize: the jury may say how much of it.
    """
    entries, left, found = list(items), budget.left, 0
    given = {count.prize.pk: count.awarded for count in budget.prizes}
    for prize in prizes:
        places = MANY if prize.max_count is None else max(0, prize.max_count - given.get(prize.pk, 0))
        if prize.up_to and entries:
            asked = [cents if (cents := queries.asked_cents(item, prize)) is not None else prize.amount_cents for item in entries]
            costs = sorted(asked, reverse=True)[found:][:places]
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
    meeting: Meeting, group: AwardGroup, *, mode: str = Item.Mode.RANKING, keep: int | None = None, seats: int | None = None,
    prize: Prize | None = None, tie_order: Iterable[Item] = (), tie_reason: str = "", amounts: Mapping[int, int] | None = None,
) -> Plan:
    """What `decide_ranking` would decide now, best first. Changes nothing; raises what it would raise."""
    if mode not in queries.group_modes(meeting.competition):
        raise Refused(_("This jury does not decide in this way; the call names the ways."))
    prizes = [prize] if prize else list(group.prizes.all())
    budget = queries.budget_of(meeting.competition, meeting.round)
    broken_items = list(tie_order)
    if mode == Item.Mode.STV:
        seats = keep or seats or payable(prizes, budget, items_to_rank(meeting, group))
        if not seats:
            raise Refused(_("Nothing is left of the prize money or of the prizes of this group, so no place is to be filled."))
    else:
        seats = None
    ranking = ranking_of(meeting, group, mode, seats=seats or 1, broken=broken_items)
    if not ranking.rows:
        raise Refused(_("There is nothing left to decide in this group."))
    if not ranking.is_complete:
        raise Refused(
            _("%(cast)s of %(all)s ballots have been cast. Which of them come first shows when all are there.")
            % {"cast": ranking.ballots, "all": ranking.expected}
        )
    if ranking.equal:
        raise _tie(ranking.equal)
    broken = [item.pk for item in broken_items]
    if broken and not tie_reason.strip():
        raise BadInput(_("Say how the jury broke the tie."), where="tie_reason")
    rows = sorted(
        ranking.rows, key=lambda row: (row.place, broken.index(row.item.pk) if row.item.pk in broken else -1, row.item.position)
    )
    kept: set[int] = set()
    winners: dict[int, tuple[Prize, int]] = {}
    if keep is not None:
        kept = _kept(rows, keep, broken)
    else:
        winners = _winners(rows, prizes, budget, broken, amounts or {}, seats)
        if seats and len(winners) < min(seats, len(rows)):
            raise Refused(_("The prize money is not enough for all who were elected. Count again with fewer places."))
    outcomes = []
    for row in rows:
        room = queries.room_for(row.item, meeting)
        _require_quorum(room)
        won, cents = winners.get(row.item.pk, (None, 0))
        outcomes.append(Outcome(row, room, won, cents, row.item.pk in broken, row.item.pk in kept))
    return Plan(ranking, outcomes, seats)


def _tie(items: Iterable[Item]) -> Refused:
    return Refused(
        _("Items %(items)s are tied where the money or a prize ends. Let the jury break the tie and enter the order.")
        % {"items": ", ".join(str(item.position) for item in items)}
    )


def _kept(rows: list[Ranked], keep: int, broken: list[int]) -> set[int]:
    """Items of the shortlist; Refused where its border runs through a tie."""
    if not 0 < keep < len(rows):
        raise BadInput(
            _("A shortlist holds at least one entry and leaves at least one out: choose a number from 1 to %(most)s.")
            % {"most": len(rows) - 1}, where="keep")
    border = rows[keep - 1].place
    if rows[keep].place == border:
        tied = [row.item for row in rows if row.place == border]
        if any(item.pk not in broken for item in tied):
            raise _tie(tied)
    return {row.item.pk for row in rows[:keep]}


def fingerprint(plan: Plan) -> str:
    """What a page that asks carries along, so that nothing else is decided than what it showed."""
    return log.digest([plan.seats, [[one.ranked.item.position, one.ranked.place, one.prize.code if one.prize else "", one.cents, one.kept]
                                    for one in plan.outcomes]])


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
    meeting: Meeting,
    group: AwardGroup,
    *,
    mode: str = Item.Mode.RANKING,
    keep: int | None = None,
    seats: int | None = None,
    prize: Prize | None = None,
    tie_order: Iterable[Item] = (),
    tie_reason: str = "",
    amounts: Mapping[int, int] | None = None,
    shown: str = "",
    by: Person | None,
) -> list[Item]:
    """Decide the open items of `group` by its ballots: prizes from the top until the purse (or their number) is empty.

    `mode`: ranking (Borda), approval, or single transferable vote, which fills `seats` places (else as many as can be paid).
    `keep`: a shortlist of so many; the others get no prize, and the ballots begin anew for those that are left.
    `prize`: this one alone; else those of the group one after the other, as the call names them (first, second, third).
    The first item that cannot be paid in full ends the awards; it and all below get none. Where that border, or one
    between two prizes, runs through a tie, the jury breaks it: `tie_order` are the tied items in the order it found,
    `tie_reason` says how. `shown`: the fingerprint of the plan that was looked at; another one is refused.
    A prize "up to" an amount pays what `amounts` says ({item position: cents}), else what was asked for, at most that
    amount. Raises Refused, BadInput.
    """
    meeting = _locked_open(meeting)
    broken = list(tie_order)
    plan = plan_ranking(meeting, group, mode=mode, keep=keep, seats=seats, prize=prize, tie_order=broken, tie_reason=tie_reason,
                        amounts=amounts)
    if shown and shown != fingerprint(plan):
        raise Refused(_("The ranking or the prize money has changed meanwhile. Nothing has been decided; look at the result once more."))
    if Urn.objects.filter(item__meeting=meeting).exists():
        raise Refused(_("A secret ballot is going on for the item on the table. Count it or give it up; then call the next item."))
    count = Count.objects.create(
        meeting=meeting, group=group, number=meeting.counts.filter(group=group).count() + 1, mode=mode, keep=keep, seats=plan.seats,
        ballots=plan.ranking.ballots, result=result_of(plan), by=by,
    )
    kept = [one.ranked.item for one in plan.outcomes if one.kept]
    position = {one.ranked.item.pk: one.ranked.item.position for one in plan.outcomes}
    people = dict(Member.objects.filter(pk__in=plan.ranking.counted).values_list("pk", "person__code"))
    counted = {people[member]: sorted(position[item] for item in held) for member, held in plan.ranking.counted.items()}
    Ballot.objects.filter(item__in=kept, choice__in=queries.GROUP_CHOICES).delete()
    log.record("jury.count", subject=f"meeting:{meeting.code}", scope=meeting.competition.code, actor=by,
               dropped_all=[item.position for item in kept], broken=[item.position for item in broken], counted=counted,
               **facts_of(count), sha256=log.digest(count.result), at=log.moment(count.counted_at))
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


def facts_of(count: Count) -> dict[str, Any]:
    """A count as the log names it."""
    return {"group": count.group.code, "number": count.number, "mode": str(count.mode), "keep": count.keep, "seats": count.seats,
            "ballots": count.ballots, "order": [[one["item"], one["place"], one["kept"]] for one in count.result["order"]]}


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
            _("By the ranking a prize of up to %(amount)s falls to item %(position)s (%(subject)s), but the entry names no"
              " amount. Nothing has been decided yet. Enter how much is awarded.")
            % {"position": item.position, "subject": subject_text(item), "amount": format_euro(prize.amount_cents)}, where=where)
    return cents
