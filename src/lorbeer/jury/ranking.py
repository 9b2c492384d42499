"""A whole group by its ballots: who has cast one, and what order comes of them. The arithmetic is in counting.py."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.call.models import AwardGroup
from lorbeer.entries import queries as entries
from lorbeer.jury import counting, queries
from lorbeer.jury.models import Ballot, Item, Meeting, Member, Poll
from lorbeer.jury.queries import acting_members, declared_up_to, items_of
from lorbeer.shared.templatetags.formats import percent

RANKED = (Item.Mode.RANKING, Item.Mode.STV)                             # counted from the same ballots: an order


def rule_text(mode: str = Item.Mode.RANKING) -> str:
    """The rule by which the ballots are counted, as the minutes state it."""
    if mode == Item.Mode.APPROVAL:
        return _(
            "Approval vote: everybody marks as many entries as they find worthy. The share of the ballots that approve decides;"
            " a juror who is biased for an entry is not in its base. Equal shares share a place. An entry with fewer approvals than were"
            " fixed when the ballot was opened gets no prize and stays on no shortlist."
        )
    if mode == Item.Mode.STV:
        return _(
            "Single transferable vote by the Scottish rules, The Scottish Local Government Elections Order 2007, Schedule 1, rules 45"
            " to 52: quota = ballots divided by places plus one, cut off, plus one; surpluses go on with all papers of the"
            " elected at a fraction of their value, to five decimal places; then the last is excluded and the papers go on at"
            " their value. Of equal ones the stages before decide, then the jury. An entry for which a juror is biased does not"
            " stand on that juror’s ballot. By these rules the paper counts for the quota all the same: it cannot support that"
            " entry, and the entry needs as many votes as if it could. Where a bias is to weigh neither way, the jury takes a"
            " ranking or the approval vote."
        )
    return _(
        "Ranking: on a ballot that ranks m entries the first gets 1, the last 0, the others evenly spaced between; an"
        " entry’s score is the mean over all ballots that could rank it, so that a juror who is biased for an entry neither"
        " helps nor harms it. Equal scores share a place."
    )


@dataclass(frozen=True)
class Ranked:
    """One item in the result. `score` is between 0 and 1 (none in a transferable vote), `place` is shared by ties."""

    item: Item
    score: Fraction | None
    place: int
    is_tied: bool
    ballots: int
    approvals: int = 0

    @property
    def share(self) -> Decimal | None:
        """The score as it is kept."""
        if self.score is None:
            return None
        return (Decimal(self.score.numerator) / self.score.denominator).quantize(Decimal("1e-8"))


@dataclass(frozen=True)
class Ranking:
    mode: str
    rows: list[Ranked]
    missing: list[Member]                                               # could vote, but have no complete ballot
    ballots: int
    stv: counting.Count | None = None
    equal: list[Item] = field(default_factory=list)                     # in a transferable vote: the jury must say who comes first
    counted: dict[int, list[int]] = field(default_factory=dict)         # member → items on the ballot that was counted
    undeclared: list[Member] = field(default_factory=list)              # those of `missing` who must declare their bias first

    @property
    def expected(self) -> int:
        return self.ballots + len(self.missing)

    @property
    def is_complete(self) -> bool:
        """Before that nobody sees who is ahead: a result of a single ballot would be its juror's own order."""
        return not self.missing and self.ballots > 0


def score_texts(scores: Iterable[Decimal | None]) -> dict[Decimal | None, str]:
    """Scores in percent, all with so many decimals that two of them look alike only where they are."""
    different = {score for score in scores if score is not None}
    found = [{score: percent(score, places) for score in different} for places in range(7)]
    texts: dict[Decimal | None, str] = next((one for one in found if len(set(one.values())) == len(different)), found[-1])  # type: ignore[assignment]
    return texts


def items_to_rank(meeting: Meeting, group: AwardGroup) -> QuerySet[Item]:
    return items_of(meeting).filter(queries.UNDECIDED, group=group)


def items_in(poll: Poll) -> QuerySet[Item]:
    """What the ballot is about, as it was fixed when it was opened; nothing of it is decided before."""
    return items_to_rank(poll.meeting, poll.group).filter(position__in=poll.items)


def items_beside(poll: Poll) -> QuerySet[Item]:
    """What has come onto the agenda of the group since, or was taken up again: for the next ballot."""
    return items_to_rank(poll.meeting, poll.group).exclude(position__in=poll.items)


def kinds_of(mode: str) -> tuple[str, ...]:
    """What stands on a ballot that is counted in this way."""
    return (Ballot.Choice.RANK,) if mode in RANKED else queries.APPROVALS


def late_votes(poll: Poll) -> list[tuple[Member, Item]]:
    """Votes in a closed ballot of whose author a bias for the item has become known since: nothing is decided by it then."""
    if poll.closed_at is None or poll.counted_at or poll.given_up_at:
        return []
    pairs = entries.biased_pairs(poll.meeting.competition)
    lying = Ballot.objects.filter(item__in=items_in(poll), choice__in=kinds_of(poll.mode)).select_related("member__person", "item")
    return [(one.member, one.item) for one in lying.order_by("member__person__name", "item__position")
            if (one.member.person_id, one.item.entry_id) in pairs]


def late_text(late: Iterable[tuple[Member, Item]]) -> str:
    """The refusal to decide by such a ballot; blank where there are none."""
    names = ", ".join(_("%(person)s (item %(item)s)") % {"person": member, "item": item.position} for member, item in late)
    return _("Since this ballot was closed a bias has become known of somebody whose vote is in it: %(names)s. So nothing is decided by it."
             " Give it up on a recorded motion; then open another, and everybody votes anew.") % {"names": names} if names else ""


def missing_text(ranking: Ranking) -> str:
    """Whose vote in the ballot is missing, and why, in a sentence or two; blank where nobody's is."""
    waiting = [str(member) for member in ranking.missing if member not in ranking.undeclared]
    parts = []
    if waiting:
        parts.append(_("Missing: %(names)s.") % {"names": ", ".join(waiting)})
    if ranking.undeclared:
        parts.append(_("Without a declaration of bias for what the ballot is about, and so without a vote in it yet: %(names)s.")
                     % {"names": ", ".join(map(str, ranking.undeclared))})
    return " ".join(parts)


def fixed_text(poll: Poll) -> str:
    """For what a ballot on a group is held, as it was fixed when it was opened."""
    parts = [_for_what(poll)]
    if poll.least:
        parts.append(ngettext("only with %(count)s approval at least", "only with %(count)s approvals at least", poll.least)
                     % {"count": poll.least})
    return "; ".join(parts)


def _for_what(poll: Poll) -> str:
    if poll.keep:
        return ngettext("shortlist of %(count)s item", "shortlist of %(count)s items", poll.keep) % {"count": poll.keep}
    for_what = _("the prize “%(prize)s”") % {"prize": poll.prize.label} if poll.prize else _("the prizes of the group as the call names them")
    if not poll.seats:
        return for_what
    told = (ngettext("%(count)s place, %(prizes)s", "%(count)s places, %(prizes)s", poll.seats) if poll.mode == Item.Mode.STV
            else ngettext("at most %(count)s prize (%(prizes)s)", "at most %(count)s prizes (%(prizes)s)", poll.seats))
    return told % {"count": poll.seats, "prizes": for_what}


def ranking_of(poll: Poll, broken: Sequence[Item] = ()) -> Ranking:
    """The items of the ballot as its votes say, best first. `broken`: for a transferable vote.

    Once the poll is closed the ballots that lie there count, whoever has come or gone since; before, those of who acts now.
    """
    meeting, mode = poll.meeting, poll.mode
    items = list(items_in(poll))
    cast: dict[int, dict[int, Ballot]] = {}
    for ballot in Ballot.objects.filter(item__in=items, choice__in=kinds_of(mode)):
        cast.setdefault(ballot.member_id, {})[ballot.item_id] = ballot
    missing: list[Member] = []
    undeclared: list[Member] = []
    counted: dict[int, dict[int, Ballot]] = cast
    if poll.closed_at is None:
        counted, pairs, covered = {}, entries.biased_pairs(meeting.competition), declared_up_to(meeting)
        newest = max((item.batch for item in items), default=0)
        for member in acting_members(meeting):
            own = {item.pk for item in items if (member.person_id, item.entry_id) not in pairs}
            given = {item: ballot for item, ballot in cast.get(member.pk, {}).items() if item in own}
            if own and covered.get(member.pk, -1) < newest:             # nobody is passed over who could still declare
                undeclared.append(member)
            elif own - set(given):
                missing.append(member)
            elif given:
                counted[member.pk] = given
    if mode == Item.Mode.STV:
        return replace(_transferred(mode, items, missing + undeclared, counted, poll.seats or 1, broken), undeclared=undeclared)
    held = {member: sorted(given) for member, given in counted.items()}
    if mode == Item.Mode.APPROVAL:
        scores = counting.approval({one: {item: ballot.choice == Ballot.Choice.APPROVE for item, ballot in given.items()}
                                    for one, given in counted.items()})
    else:
        scores = counting.borda({one: {item: ballot.rank or 0 for item, ballot in given.items()} for one, given in counted.items()})
    zero = (Fraction(0), 0)
    order = sorted(items, key=lambda item: (-scores.get(item.pk, zero)[0], item.position))
    rows: list[Ranked] = []
    for number, item in enumerate(order, start=1):
        score, ballots = scores.get(item.pk, zero)
        equal = [one for one in order if scores.get(one.pk, zero)[0] == score]
        place = rows[-1].place if rows and rows[-1].score == score else number
        rows.append(Ranked(item, score, place, len(equal) > 1, ballots, int(score * ballots) if mode == Item.Mode.APPROVAL else 0))
    return Ranking(mode, rows, missing + undeclared, len(counted), counted=held, undeclared=undeclared)


def _transferred(
    mode: str, items: list[Item], missing: list[Member], counted: dict[int, dict[int, Ballot]], seats: int, broken: Sequence[Item]
) -> Ranking:
    held = {member: sorted(given) for member, given in counted.items()}
    papers = [sorted(given, key=lambda item, given=given: given[item].rank or 0) for given in counted.values()]  # type: ignore[misc]
    if missing or not papers:
        return Ranking(mode, [Ranked(item, None, 1, False, 0) for item in items], missing, len(counted))
    by_key = {item.pk: item for item in items}
    try:
        count = counting.scottish(papers, by_key, min(seats, len(items)), [item.pk for item in broken])
    except counting.Tied as tied:
        rows = [Ranked(item, None, 1, item.pk in tied.items, len(papers)) for item in items]
        return Ranking(mode, rows, missing, len(counted), equal=[by_key[key] for key in tied.items], counted=held)
    places = list(count.places.values())
    rows = [Ranked(item, None, count.places[item.pk], places.count(count.places[item.pk]) > 1, len(papers))
            for item in sorted(items, key=lambda item: (count.places[item.pk], item.position))]
    return Ranking(mode, rows, missing, len(counted), count, counted=held)
