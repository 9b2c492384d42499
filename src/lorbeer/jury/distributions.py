"""Ways to spend the purse, compared side by side. Nothing of it is stored."""

from collections.abc import Iterable
from dataclasses import dataclass

from lorbeer.call.models import Prize
from lorbeer.jury.models import Meeting
from lorbeer.jury.queries import Budget, asked_cents, items_of


@dataclass(frozen=True)
class Share:
    prize: Prize
    count: int
    cents: int


@dataclass(frozen=True)
class Distribution:
    """One way to spend the purse: how often each prize, what it sums to, what it leaves (negative: too much)."""

    shares: list[Share]
    cap: int

    @property
    def total(self) -> int:
        return sum(share.cents for share in self.shares)

    @property
    def left(self) -> int:
        return self.cap - self.total

    @property
    def missing(self) -> int:
        return max(0, -self.left)

    @property
    def count(self) -> int:
        return sum(share.count for share in self.shares)

    @property
    def over_the_limit(self) -> list[Share]:
        """Prizes that would go out more often than the call allows."""
        return [share for share in self.shares if share.prize.max_count is not None and share.count > share.prize.max_count]


def worths(meeting: Meeting, prizes: Iterable[Prize], without: Iterable[int] = ()) -> dict[str, list[int]]:
    """Prize that goes "up to" an amount → what it comes to for one item after the other, in cents.

    First what has been awarded, then what the undecided items apply for, then the others; the highest first, so that a
    distribution never counts less than it may come to. Where nobody says how much, the most counts. `without`: ids of entries
    that the reader may not see.
    """
    items = list(items_of(meeting).exclude(entry__in=without))
    found = {}
    for prize in prizes:
        if prize.up_to:
            own = [item for item in items if item.group_id == prize.group_id]
            won = [item.amount_cents for item in own if item.prize_id == prize.pk]
            asked = [(item.is_decided, -(asked_cents(item, prize) or prize.amount_cents)) for item in own if item.prize_id != prize.pk]
            found[prize.code] = [*sorted(won, reverse=True), *(-cents for _decided, cents in sorted(asked))]
    return found


def starts(budget: Budget, awarded: dict[str, int] | None, proposed: dict[str, int]) -> list[dict[str, int]]:
    """Three ways to begin with, no two alike: what has been awarded (or half of what is proposed), what is proposed, and another.

    Counts by the prizes' codes. `awarded`: None where the reader may not see it.
    """
    half = {code: (count + 1) // 2 for code, count in proposed.items()}
    paid = {count.prize.code: budget.cap // count.prize.amount_cents if count.prize.amount_cents else 0 for count in budget.prizes}
    ways = [awarded if awarded and budget.awards else half, proposed]
    others = [half, {code: min(proposed[code], paid[code]) for code in proposed}]
    return [*ways, next((one for one in others if one not in ways), {code: count + 1 for code, count in proposed.items()})]


def distribution(
    prizes: Iterable[Prize], counts: dict[str, int], cap: int, worth: dict[str, list[int]], amounts: dict[str, int] | None = None
) -> Distribution:
    """`counts`: how often each prize, by its code; `worth`: see `worths`; `amounts`: cents to try instead of the call's."""
    def cents(prize: Prize, count: int) -> int:
        if amounts and prize.code in amounts:
            return count * amounts[prize.code]
        known = worth.get(prize.code, [])[:count]
        return sum(known) + (count - len(known)) * prize.amount_cents

    return Distribution([Share(one, counts.get(one.code, 0), cents(one, counts.get(one.code, 0))) for one in prizes], cap)
