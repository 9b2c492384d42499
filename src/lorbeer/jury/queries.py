"""Who sits in the room and may vote, what is on the agenda, what is left in the purse."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.call.models import AwardGroup, Competition, Prize, Purse
from lorbeer.call.rulebook import JuryRules
from lorbeer.entries import queries as entries
from lorbeer.entries.models import Entry, State
from lorbeer.entries.transitions import before_jury
from lorbeer.formal_check.unfinished import Unfinished, only_some
from lorbeer.jury.models import Ballot, Item, Meeting, Member, Presence
from lorbeer.people.models import Person, Role
from lorbeer.screening import queries as screening
from lorbeer.screening.models import Proposal
from lorbeer.shared import log
from lorbeer.shared.templatetags.formats import percent


def rules_of(competition: Competition) -> JuryRules:
    return JuryRules.from_json(competition.jury)


HOLDS_ROLE = Exists(
    Role.objects.filter(
        competition=OuterRef("competition"), person=OuterRef("person"), kind=Role.Kind.JUROR, person__is_active=True
    )
)


def members_of(competition: Competition) -> QuerySet[Member]:
    """Chair, members, deputies, in this order, with their persons. `holds_role`: without it a member has no seat any more."""
    return (
        competition.jury_members.select_related("person", "deputy_for__person")
        .annotate(holds_role=HOLDS_ROLE)
        .annotate(is_chair=Exists(Member.objects.filter(pk=OuterRef("pk"), kind=Member.Kind.CHAIR)))
        .order_by("-is_chair", "-kind", "person__name", "pk")  # "member" comes before "deputy" backwards
    )


def member_of(person: object, competition: Competition) -> Member | None:
    if not isinstance(person, Person):
        return None
    return competition.jury_members.filter(person=person).select_related("person", "deputy_for").first()


def seats(competition: Competition) -> int:
    """How many votes the jury has when everybody is there; a deputy has no seat of their own.

    A seat goes with the juror's role, unless a deputy fills it. Whoever has sat in a meeting that is still open leaves an empty
    one: nobody makes a jury quorate by taking roles away.
    """
    deputy = Member.objects.filter(HOLDS_ROLE, deputy_for=OuterRef("pk"), votes=True)
    sat = Presence.objects.filter(member=OuterRef("pk"), meeting__closed_at=None)
    voting = competition.jury_members.filter(votes=True).exclude(kind=Member.Kind.DEPUTY)
    return voting.filter(Q(HOLDS_ROLE) | Q(Exists(deputy)) | Q(Exists(sat))).count()


def decides_by_item(competition: Competition) -> bool:
    """Whether the jury can decide on one item at a time; where it only ranks, a whole group is decided at once."""
    return set(rules_of(competition).modes) != {Item.Mode.RANKING}


# --- in the room ------------------------------------------------------------------------------------------------------


def present_members(meeting: Meeting) -> list[Member]:
    """Everybody who is in the room now and holds the juror's role, deputies included, whether or not they act."""
    here = Presence.objects.filter(meeting=meeting, left_at=None, member=OuterRef("pk"))
    return list(members_of(meeting.competition).filter(Exists(here), holds_role=True))


def acting_members(meeting: Meeting, present: Iterable[Member] | None = None) -> list[Member]:
    """Those in the room who fill a voting seat: members with a vote, and one deputy for each of them who is away.

    A deputy acts only in the member's absence: bias is no absence, then the seat stays empty for the item.
    """
    here = list(present_members(meeting) if present is None else present)
    taken = {member.pk for member in here if member.kind != Member.Kind.DEPUTY}
    acting = [member for member in here if member.kind != Member.Kind.DEPUTY and member.votes]
    for member in sorted((one for one in here if one.kind == Member.Kind.DEPUTY), key=lambda one: one.pk):
        principal = member.deputy_for
        if principal and principal.votes and member.votes and principal.pk not in taken:
            taken.add(principal.pk)  # of two deputies for one seat, the first appointed
            acting.append(member)
    return acting


def has_quorum(competition: Competition, voting: int, of: int | None = None) -> bool:
    """Whether `voting` people are at least the share of the voting seats that the call asks for, and one at least."""
    total = seats(competition) if of is None else of
    return voting > 0 and voting >= rules_of(competition).quorum * total - 1e-9


def biased_person_ids(entry: Entry) -> set[int]:
    """Ids of the persons of this competition who must leave the room for `entry`."""
    return {finding.person.pk for finding in entries.biased_people(entry)}


@dataclass(frozen=True)
class Room:
    """Who is there for one item, and who of them votes. Lists of members."""

    present: list[Member]
    acting: list[Member]
    out: list[Member]  # in the house, but out of the room for bias
    entitled: list[Member]  # acting and not biased
    seats: int
    is_quorate: bool


def room_for(item: Item | None, meeting: Meeting) -> Room:
    """The room as it is now for `item` (or for no item: nobody is out)."""
    here = present_members(meeting)
    acting = acting_members(meeting, here)
    biased = biased_person_ids(item.entry) if item else set()
    entitled = [member for member in acting if member.person_id not in biased]
    total = seats(meeting.competition)
    return Room(
        present=here,
        acting=acting,
        out=[member for member in here if member.person_id in biased],
        entitled=entitled,
        seats=total,
        is_quorate=has_quorum(meeting.competition, len(entitled), total),
    )


# --- agenda -----------------------------------------------------------------------------------------------------------


def items_of(meeting: Meeting) -> QuerySet[Item]:
    """The agenda in its order, with all that a list of it shows."""
    return meeting.items.select_related(
        "entry__group", "entry__municipality", "project", "group", "prize", "meeting__competition"
    ).order_by("position")


def items_open_to(person: Person, meeting: Meeting) -> QuerySet[Item]:
    """The agenda without the items for which `person` is biased: what their dossier holds."""
    return entries.without_biased(items_of(meeting), person, "entry")


def callable_entries(meeting: Meeting) -> QuerySet[Entry]:
    """The entries of the round that this jury can decide upon."""
    return Entry.objects.filter(
        competition=meeting.competition, round=meeting.round, state__in=before_jury(meeting.competition)
    )


def items_to_come(meeting: Meeting) -> list[Item]:
    """What comes before this jury and is not on its agenda yet, as items without a position: the proposals of the
    screening, or every admitted entry where the call has none."""
    present = set(meeting.items.values_list("entry_id", "project_id", "group_id"))
    entries = callable_entries(meeting)
    if meeting.competition.has_screening:
        proposals = (
            Proposal.objects.filter(entry__in=entries)
            .select_related("entry", "group", "project")
            .order_by("group__is_special", "group__position", "entry__reference", "entry__applicant", "entry__code")
        )
        found = [Item(meeting=meeting, entry=one.entry, project=one.project, group=one.group) for one in proposals]
    else:
        admitted = entries.exclude(group=None).select_related("group").order_by(
            "group__position", "reference", "applicant", "code")
        found = [Item(meeting=meeting, entry=one, group=one.group) for one in admitted]
    return [one for one in found if (one.entry_id, one.project_id, one.group_id) not in present]


def unfinished(meeting: Meeting) -> list[Unfinished]:
    """Entries and arrivals of the round that would be left without a result if its jury closed now."""
    to_call = list({item.entry_id: item.entry for item in items_to_come(meeting)}.values())
    return [
        *screening.unfinished_before_jury(meeting.competition, meeting.round),
        *only_some(Unfinished(ngettext(
            "%(count)s entry comes before the jury and is not on the agenda yet. The competition office takes it in, with the"
            " button below the agenda:",
            "%(count)s entries come before the jury and are not on the agenda yet. The competition office takes them in, with the"
            " button below the agenda:", len(to_call)) % {"count": len(to_call)}, to_call)),
    ]


def rounds_waiting(competition: Competition) -> set[int]:
    """Rounds in which something comes before a jury: proposals, or admitted entries where the call has no screening."""
    entries = Entry.objects.filter(competition=competition)
    if competition.has_screening:
        entries = entries.filter(state=State.PROPOSED, proposals__isnull=False)
    else:
        entries = entries.filter(state=State.ADMITTED)
    return set(entries.order_by().values_list("round", flat=True))


def undecided_items(meeting: Meeting) -> QuerySet[Item]:
    return meeting.items.exclude(result__in=[Item.Result.AWARDED, Item.Result.NOT_AWARDED])


def decision_of(item: Item) -> dict[str, Any]:
    """The decision as plain data, as it is hashed for the log."""
    return {
        "meeting": item.meeting.code,
        "position": item.position,
        "entry": item.entry.code,
        "project": item.project.position if item.project else None,
        "group": item.group.code,
        "result": item.result,
        "mode": item.mode,
        "prize": item.prize.code if item.prize else "",
        "amount_cents": item.amount_cents,
        "yes": item.yes,
        "no": item.no,
        "abstained": item.abstained,
        "place": item.place,
        "score": f"{item.score:.8f}" if item.score is not None else None,
        "ballots": item.ballots_counted,
        "voters": item.entitled,
        "left": item.out_for_bias,
        "out": sorted(member.person.code for member in item.out.all()),
        "dissent": item.dissent,
        "decided_at": log.moment(item.decided_at) if item.decided_at else None,
    }


def has_declared(member: Member, meeting: Meeting) -> bool:
    return meeting.declarations.filter(member=member).exists()


# --- money ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PrizeCount:
    prize: Prize
    awarded: int
    cents: int


@dataclass(frozen=True)
class Budget:
    """The purse of a round, in cents, and how often each prize went out."""

    cap: int
    spent: int
    prizes: list[PrizeCount] = field(default_factory=list)

    @property
    def left(self) -> int:
        return self.cap - self.spent

    @property
    def awards(self) -> int:
        return sum(prize.awarded for prize in self.prizes)

    @property
    def percent(self) -> int:
        return self.spent * 100 // self.cap if self.cap else 0


def asked_cents(item: Item, prize: Prize) -> int | None:
    """What `prize` comes to for the item if nobody says otherwise; None where it goes "up to" and nothing was asked for."""
    if not prize.up_to:
        return prize.amount_cents
    return min(item.entry.amount_cents, prize.amount_cents) if item.entry.amount_cents else None


def budget_of(competition: Competition, round: int) -> Budget:
    """What the jury has given away in `round` and what is left. Two queries."""
    purse = Purse.objects.filter(competition=competition, round=round).first()
    won = Q(jury_items__result=Item.Result.AWARDED, jury_items__meeting__round=round)
    prizes = (
        Prize.objects.filter(competition=competition)
        .select_related("group")
        .annotate(awarded=Count("jury_items", filter=won), cents=Sum("jury_items__amount_cents", filter=won))
        .order_by("group__position", "-amount_cents", "pk")
    )
    counts = [PrizeCount(prize, prize.awarded, prize.cents or 0) for prize in prizes]
    return Budget(purse.cap_cents if purse else 0, purse.spent_cents if purse else 0, counts)


# --- ranking ----------------------------------------------------------------------------------------------------------

RANKING_RULE = "Borda"


def ranking_rule_text() -> str:
    """The rule by which rankings are counted, as the minutes state it."""
    return _(
        "Borda count: on a ballot that ranks m entries the first gets 1, the last 0, the others evenly spaced between; an"
        " entry’s score is the mean over all ballots that could rank it, so that a juror who is biased for an entry neither"
        " helps nor harms it. Equal scores share a place."
    )


@dataclass(frozen=True)
class Ranked:
    """One item in the result of a ranking. `score` is between 0 and 1, `place` is shared by ties."""

    item: Item
    score: Fraction
    place: int
    is_tied: bool
    ballots: int

    @property
    def share(self) -> Decimal:
        """The score as it is kept."""
        return (Decimal(self.score.numerator) / self.score.denominator).quantize(Decimal("1e-8"))


def score_texts(scores: Iterable[Decimal]) -> dict[Decimal, str]:
    """Scores in percent, all with so many decimals that two of them look alike only where they are."""
    different = set(scores)
    found = [{score: percent(score, places) for score in different} for places in range(7)]
    return next((texts for texts in found if len(set(texts.values())) == len(different)), found[-1])


@dataclass(frozen=True)
class Ranking:
    rows: list[Ranked]
    missing: list[Member]  # entitled, but without a complete ballot
    ballots: int

    @property
    def expected(self) -> int:
        return self.ballots + len(self.missing)

    @property
    def is_complete(self) -> bool:
        """Before that nobody sees who is ahead: a result of a single ballot would be its juror's own order."""
        return not self.missing and self.ballots > 0


def borda(ballots: dict[int, dict[int, int]]) -> dict[int, tuple[Fraction, int]]:
    """{item: (mean score, ballots)} from {member: {item: rank}}; the rule is in `ranking_rule_text`.

    A single entry on a ballot scores 1. Ranks count by their order, so gaps do no harm.
    """
    points: dict[int, list[Fraction]] = {}
    for ranks in ballots.values():
        order = sorted(ranks, key=lambda item: ranks[item])
        for place, item in enumerate(order):
            score = Fraction(len(order) - 1 - place, len(order) - 1) if len(order) > 1 else Fraction(1)
            points.setdefault(item, []).append(score)
    return {item: (sum(scores, Fraction()) / len(scores), len(scores)) for item, scores in points.items()}


def items_to_rank(meeting: Meeting, group: AwardGroup) -> QuerySet[Item]:
    return items_of(meeting).filter(group=group).exclude(result__in=[Item.Result.AWARDED, Item.Result.NOT_AWARDED])


def ranking_of(meeting: Meeting, group: AwardGroup) -> Ranking:
    """The ranking of the group's undecided items as its ballots say now, best first."""
    items = list(items_to_rank(meeting, group))
    pairs = entries.biased_pairs(meeting.competition)
    acting = acting_members(meeting)
    numbers = {member.pk for member in acting}
    cast: dict[int, dict[int, int]] = {}
    for ballot in Ballot.objects.filter(item__in=items, choice=Ballot.Choice.RANK, member__in=numbers):
        cast.setdefault(ballot.member_id, {})[ballot.item_id] = ballot.rank or 0
    missing = []
    counted: dict[int, dict[int, int]] = {}
    for member in acting:
        own = {item.pk for item in items if (member.person_id, item.entry_id) not in pairs}
        given = {item: rank for item, rank in cast.get(member.pk, {}).items() if item in own}
        if own - set(given):
            missing.append(member)
        elif given:
            counted[member.pk] = given
    scores = borda(counted)
    zero = (Fraction(0), 0)
    order = sorted(items, key=lambda item: (-scores.get(item.pk, zero)[0], item.position))
    rows = []
    for number, item in enumerate(order, start=1):
        score, ballots = scores.get(item.pk, zero)
        equal = [one for one in order if scores.get(one.pk, zero)[0] == score]
        place = rows[-1].place if rows and rows[-1].score == score else number
        rows.append(Ranked(item, score, place, len(equal) > 1, ballots))
    return Ranking(rows, missing, len(counted))


# --- simulator --------------------------------------------------------------------------------------------------------


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


def distribution(prizes: Iterable[Prize], counts: dict[str, int], cap: int, worth: dict[str, list[int]]) -> Distribution:
    """`counts`: how often each prize, by its code; `worth`: see `worths`."""
    def cents(prize: Prize, count: int) -> int:
        known = worth.get(prize.code, [])[:count]
        return sum(known) + (count - len(known)) * prize.amount_cents

    return Distribution([Share(one, counts.get(one.code, 0), cents(one, counts.get(one.code, 0))) for one in prizes], cap)
