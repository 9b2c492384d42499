"""Deciding a whole group by its ranking: what would come of it, and doing it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from lorbeer.call.models import AwardGroup, Prize
from lorbeer.jury import queries
from lorbeer.jury.minutes import subject_text
from lorbeer.jury.models import Item, Meeting
from lorbeer.jury.services.common import AWARDED, NOT_AWARDED, _locked_item, _locked_open, _touch
from lorbeer.jury.services.decisions import _amount, _require_quorum, _settle
from lorbeer.people.models import Person
from lorbeer.shared import log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.money import format_euro


@dataclass(frozen=True)
class Outcome:
    """What a ranking comes to for one item: a prize with its cents, or None."""

    ranked: queries.Ranked
    room: queries.Room
    prize: Prize | None
    cents: int
    was_tied: bool                                                      # and the jury gave it its place among the tied


def plan_ranking(
    meeting: Meeting, group: AwardGroup, *, prize: Prize | None = None, tie_order: Iterable[Item] = (), tie_reason: str = "",
    amounts: Mapping[int, int] | None = None,
) -> list[Outcome]:
    """What `decide_ranking` would decide now, best first. Changes nothing; raises what it would raise."""
    if Item.Mode.RANKING not in queries.rules_of(meeting.competition).modes:
        raise Refused(_("This jury does not decide in this way; the call names the ways."))
    ranking = queries.ranking_of(meeting, group)
    if not ranking.rows:
        raise Refused(_("There is nothing left to decide in this group."))
    if not ranking.is_complete:
        raise Refused(
            _("%(cast)s of %(all)s rankings have been cast. Which of them come first shows when all are there.")
            % {"cast": ranking.ballots, "all": ranking.expected}
        )
    broken = [item.pk for item in tie_order]
    if broken and not tie_reason.strip():
        raise BadInput(_("Say how the jury broke the tie."), where="tie_reason")
    rows = sorted(
        ranking.rows, key=lambda row: (row.place, broken.index(row.item.pk) if row.item.pk in broken else -1, row.item.position)
    )
    prizes = [prize] if prize else list(group.prizes.all())
    winners = _winners(rows, prizes, queries.budget_of(meeting.competition, meeting.round), broken, amounts or {})
    outcomes = []
    for row in rows:
        room = queries.room_for(row.item, meeting)
        _require_quorum(room)
        won, cents = winners.get(row.item.pk, (None, 0))
        outcomes.append(Outcome(row, room, won, cents, row.item.pk in broken))
    return outcomes


def fingerprint(outcomes: Iterable[Outcome]) -> str:
    """What a page that asks carries along, so that nothing else is decided than what it showed."""
    return log.digest([[one.ranked.item.position, one.ranked.place, one.prize.code if one.prize else "", one.cents] for one in outcomes])


@transaction.atomic
def decide_ranking(
    meeting: Meeting,
    group: AwardGroup,
    *,
    prize: Prize | None = None,
    tie_order: Iterable[Item] = (),
    tie_reason: str = "",
    amounts: Mapping[int, int] | None = None,
    shown: str = "",
    by: Person | None,
) -> list[Item]:
    """Decide all open items of `group` by the ranking: prizes from the top until the purse (or their number) is empty.

    `prize`: this one alone; else those of the group one after the other, as the call names them (first, second, third).
    The first item that cannot be paid in full ends the awards; it and all below get none. Where that border, or one
    between two prizes, runs through a tie, the jury breaks it: `tie_order` are the tied items in the order it found,
    `tie_reason` says how. `shown`: the fingerprint of the plan that was looked at; another one is refused.
    A prize "up to" an amount pays what `amounts` says ({item position: cents}), else what was asked for, at most that
    amount. Raises Refused, BadInput.
    """
    meeting = _locked_open(meeting)
    outcomes = plan_ranking(meeting, group, prize=prize, tie_order=tie_order, tie_reason=tie_reason, amounts=amounts)
    if shown and shown != fingerprint(outcomes):
        raise Refused(_("The ranking or the prize money has changed meanwhile. Nothing has been decided; look at the result once more."))
    decided = [
        _settle(
            _locked_item(one.ranked.item, meeting),
            meeting,
            AWARDED if one.prize else NOT_AWARDED,
            Item.Mode.RANKING,
            one.prize,
            one.cents if one.prize else None,
            one.room,
            (0, 0, 0),
            tie_reason if one.was_tied else "",
            by,
            ranked=one.ranked,
        )
        for one in outcomes
    ]
    meeting.current = None
    meeting.save(update_fields=["current"])
    _touch(meeting)
    return decided


def _winners(
    rows: list[queries.Ranked], prizes: list[Prize], budget: queries.Budget, broken: list[int], amounts: Mapping[int, int]
) -> dict[int, tuple[Prize, int]]:
    """{item: (prize, cents)} from the top down, until the purse or the prizes end; Refused where a tie is on a border."""
    left = budget.left
    given = {count.prize.pk: count.awarded for count in budget.prizes}
    places = [
        prize
        for prize in prizes
        for _one in range(len(rows) if prize.max_count is None else max(0, prize.max_count - given.get(prize.pk, 0)))
    ]
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
            raise Refused(
                _("Items %(items)s are tied where the money or a prize ends. Let the jury break the tie and enter the order.")
                % {"items": ", ".join(str(item.position) for item in tied)}
            )
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
