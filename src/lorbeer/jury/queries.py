"""Who sits in the room and may vote, what is on the agenda, what is left in the purse."""

from collections.abc import Collection, Iterable, Mapping, Sized
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce, Concat
from django.utils.translation import ngettext

from lorbeer.call.models import AwardGroup, Competition, Prize, Purse
from lorbeer.call.rulebook import JuryRules
from lorbeer.entries import queries as entries
from lorbeer.entries.models import Bias, Entry, State
from lorbeer.entries.transitions import before_jury
from lorbeer.formal_check.unfinished import Unfinished, only_some
from lorbeer.jury.models import Ballot, Declaration, DeclarationNote, Item, Meeting, Member, Poll, Presence, Reopening
from lorbeer.people.models import Person, Role
from lorbeer.screening import queries as screening
from lorbeer.screening.models import Proposal
from lorbeer.shared import log
from lorbeer.shared.models import LogEvent
from lorbeer.shared.reasons import reason_digest


def rules_of(competition: Competition) -> JuryRules:
    """How the call says now that the jury decides; no import changes it while a meeting is open."""
    return JuryRules.from_json(competition.jury)


def rules_of_meeting(meeting: Meeting) -> JuryRules:
    """By what a meeting is or was held, whatever the call says of a later one."""
    return JuryRules.from_json(meeting.rules or meeting.competition.jury)


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
    one, and so does whoever lost the role while it was: nobody makes a jury quorate by taking roles away.
    """
    deputy = Member.objects.filter(HOLDS_ROLE, deputy_for=OuterRef("pk"), votes=True)
    sat = Presence.objects.filter(member=OuterRef("pk"), meeting__closed_at=None)
    going = Meeting.objects.filter(competition=competition, opened_at__lte=OuterRef("at"), closed_at=None)
    taken = LogEvent.objects.filter(Exists(going), scope=competition.code, verb="role.take", detail__kind=Role.Kind.JUROR,
                                    subject=Concat(Value("person:"), OuterRef("person__code")))
    voting = competition.jury_members.filter(votes=True).exclude(kind=Member.Kind.DEPUTY)
    return voting.filter(Q(HOLDS_ROLE) | Q(Exists(deputy)) | Q(Exists(sat)) | Q(Exists(taken))).count()


def jury_of(meeting: Meeting) -> list[Member]:
    """Who belongs to the jury; of a closed meeting who belonged to it then, by the log: whoever joins later was not absent, and whoever
    leaves later was. Those are no rows any more, but say the same. Three queries at most."""
    competition = meeting.competition
    events = LogEvent.objects.filter(scope=competition.code, verb__in=["jury.appoint", "jury.dismiss", "jury.close"]).order_by("pk")
    told: dict[str, dict[str, Any]] = {}
    for event in events if meeting.closed_at else ():
        code = event.subject.removeprefix("person:")
        if event.verb == "jury.appoint":
            told[code] = event.detail
        elif event.verb == "jury.dismiss":
            told.pop(code, None)
        elif event.subject == f"meeting:{meeting.code}":
            break
    else:
        return list(members_of(competition))
    people = {person.code: person for person in Person.objects.filter(code__in=told)}
    found = {code: Member(competition=competition, person=people[code], kind=facts["kind"], votes=facts["votes"],
                          constituency=facts["constituency"]) for code, facts in told.items() if code in people}
    for code, member in found.items():
        member.deputy_for = found.get(told[code]["deputy_for"])
    order = [Member.Kind.CHAIR, Member.Kind.MEMBER, Member.Kind.DEPUTY]
    return sorted(found.values(), key=lambda member: (order.index(Member.Kind(member.kind)), member.person.name, member.person.pk))


def seats_of(meeting: Meeting) -> int:
    """How many votes its jury has when everybody is there (`seats`); of a closed meeting as it was when it was closed."""
    closed = LogEvent.objects.filter(scope=meeting.competition.code, verb="jury.close", subject=f"meeting:{meeting.code}")
    event = closed.first() if meeting.closed_at else None
    return event.detail["seats"] if event else seats(meeting.competition)


UNDECIDED = ~Q(result__in=[Item.Result.AWARDED, Item.Result.NOT_AWARDED])
GROUP_MODES = (Item.Mode.RANKING, Item.Mode.APPROVAL, Item.Mode.STV)
VOICES = (Ballot.Choice.YES, Ballot.Choice.NO, Ballot.Choice.ABSTAIN)
APPROVALS = (Ballot.Choice.APPROVE, Ballot.Choice.PASS)
GROUP_CHOICES = (Ballot.Choice.RANK, *APPROVALS)


def poll_of(meeting: Meeting, group: AwardGroup) -> Poll | None:
    """The ballot on `group` that is going on: open, or closed and not decided by yet."""
    return meeting.polls.filter(group=group, counted_at=None, given_up_at=None).select_related("group", "prize").first()


def polls_waiting(meeting: Meeting) -> QuerySet[Poll]:
    """The ballots that are closed, and nothing was decided by them yet."""
    return meeting.polls.filter(closed_at__isnull=False, counted_at=None, given_up_at=None).select_related("group")


CAST_ON_GROUPS = ("jury.rank", "jury.approve")


def unclosed_polls(competition: Competition) -> QuerySet[Poll]:
    """The ballots on groups that are open, or were given up while they were: what stands in them nobody needs to know, now or later."""
    return Poll.objects.filter(meeting__competition=competition, closed_at=None).select_related("meeting", "group")


def votes_in(polls: Iterable[Poll]) -> Q:
    """The condition "this event of the log is a vote in one of `polls`". Of one that was never closed nobody reads what it says."""
    condition = Q(pk__in=())
    for poll in polls:
        condition |= Q(verb__in=CAST_ON_GROUPS, subject=f"meeting:{poll.meeting.code}", detail__group=poll.group.code,
                       detail__number=poll.number)
    return condition


def polls_to_decide(person: Person, meetings: Iterable[Meeting]) -> QuerySet[Poll]:
    """Closed ballots in `meetings` that no decision was taken by yet, of groups that hold nothing undecided that is closed to `person`."""
    biased = Item.objects.filter(UNDECIDED, entries.biased(person, "entry"), meeting=OuterRef("meeting"), group=OuterRef("group"))
    waiting = Poll.objects.filter(meeting__in=meetings, closed_at__isnull=False, counted_at=None, given_up_at=None)
    return waiting.exclude(Exists(biased)).select_related("meeting__competition", "group").order_by("closed_at", "pk")


def decides_by_item(competition: Competition) -> bool:
    """Whether the jury can decide on one item at a time; else whole groups are decided at once."""
    return not set(rules_of(competition).modes) <= set(GROUP_MODES)


def group_modes(competition: Competition) -> list[str]:
    """The ways in which this jury may decide a whole group at once, in the order of the call."""
    return [mode for mode in rules_of(competition).modes if mode in GROUP_MODES]


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
    entitled: list[Member]  # acting, not biased, and covered by a declaration of their own
    seats: int
    is_quorate: bool
    undeclared: list[Member] = field(default_factory=list)  # acting, not biased as far as is known, but they have not declared
    is_broken_by_bias: bool = False  # those who act would be a quorum, and without whoever is biased they are none


def room_for(item: Item | None, meeting: Meeting, biased: Collection[int] | None = None) -> Room:
    """The room as it is now for `item` (or for no item: nobody is out). `biased`: `biased_person_ids`, where they are known already."""
    biased = biased if biased is not None else biased_person_ids(item.entry) if item else set()
    return _House(meeting, present_members(meeting)).room(item, biased)


def rooms_for(items: Iterable[Item], meeting: Meeting, biased: Mapping[int, Collection[int]] | None = None) -> dict[int, Room]:
    """Item id → the room as it is now for it; the same queries for any number of items. `biased`: from `biased_for`, where it is known."""
    items = list(items)
    house, biased = _House(meeting, present_members(meeting)), biased_for(items, meeting) if biased is None else biased
    return {item.pk: house.room(item, biased[item.entry_id]) for item in items}


def biased_for(items: Iterable[Item], meeting: Meeting) -> dict[int, set[int]]:
    """Entry id → `biased_person_ids`, for the entries of all `items`; eight queries."""
    found: dict[int, set[int]] = {item.entry_id: set() for item in items}
    for person, entry in entries.biased_pairs(meeting.competition, list(found)):
        found[entry].add(person)
    return found


def room_at(item: Item, at: datetime, present: Collection[str], out: Collection[str] = ()) -> Room:
    """The room as it was for `item` at `at`, by who was there then and who of them left for bias (codes of persons).

    A bias that was known then sent them out, whether the record says so or not; one that became known later did not.
    Declarations count whenever they were noted: what is declared in a room without a network comes in afterwards, on paper.
    """
    later = set(Bias.objects.filter(entry=item.entry_id, declared_at__gt=at).values_list("person", "kind"))
    biased = {finding.person.pk for finding in entries.biased_people(item.entry)
              if finding.person.code in out or any((finding.person.pk, kind) not in later for kind in finding.kinds)}
    here = list(members_of(item.meeting.competition).filter(person__code__in=present, holds_role=True))
    return _House(item.meeting, here).room(item, biased)


class _House:
    """Those who are there: what is the same for every item is asked once."""

    def __init__(self, meeting: Meeting, here: list[Member]) -> None:
        self.meeting, self.here = meeting, here
        self.acting, self.seats = acting_members(meeting, here), seats(meeting.competition)

    @cached_property
    def covered(self) -> dict[int, int]:
        return declared_up_to(self.meeting)

    def has_quorum(self, members: Sized) -> bool:
        return has_quorum(self.meeting.competition, len(members), self.seats)

    def room(self, item: Item | None, biased: Collection[int]) -> Room:
        free = [member for member in self.acting if member.person_id not in biased]
        entitled = [member for member in free if item is None or self.covered.get(member.pk, -1) >= item.batch]
        return Room(
            present=self.here,
            acting=self.acting,
            out=[member for member in self.here if member.person_id in biased],
            entitled=entitled,
            seats=self.seats,
            is_quorate=self.has_quorum(entitled),
            undeclared=[member for member in free if member not in entitled],
            is_broken_by_bias=self.has_quorum(self.acting) and not self.has_quorum(free),
        )


# --- agenda -----------------------------------------------------------------------------------------------------------


def planned_for(meeting: Meeting) -> date:
    """The day for which it was planned last; it may have been opened on another. One query."""
    events = LogEvent.objects.filter(verb__in=["jury.plan", "jury.move"], scope=meeting.competition.code, subject=f"meeting:{meeting.code}")
    event = events.order_by("-pk").first()
    return date.fromisoformat(event.detail["held_on"]) if event else meeting.held_on


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
    return meeting.items.filter(UNDECIDED)


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
        "offline": item.offline,
        "noted_at": log.moment(item.noted_at) if item.noted_at else None,
        "decided_at": log.moment(item.decided_at) if item.decided_at else None,
    }


def digest_of(item: Item) -> str:
    """The decision as the log holds it, and as a page that asks about it carries it along."""
    return log.digest(decision_of(item))


def reopening_of(reopening: Reopening) -> dict[str, Any]:
    """As the log holds it: words only as hashes with a secret, for the log never forgets."""
    before = {key: value for key, value in reopening.before.items() if key not in ("dissent", "decided_at")}
    return {
        "motion_sha256": reason_digest(reopening.secret, reopening.motion), "at": log.moment(reopening.at),
        "before": before | {"dissent_sha256": reason_digest(reopening.secret, reopening.before.get("dissent", ""))},
    }


def terms_of(poll: Poll) -> dict[str, Any]:
    """A poll as the log names it: what was fixed when it was opened."""
    return {"group": poll.group.code, "number": poll.number, "items": poll.items, "mode": str(poll.mode), "keep": poll.keep,
            "seats": poll.seats, "least": poll.least, "prize": poll.prize.code if poll.prize else ""}


def note_of(note: DeclarationNote) -> dict[str, Any]:
    """As the log holds it."""
    return {
        "source": note.source, "said_on": note.said_on.isoformat(), "up_to": note.up_to, "at": log.moment(note.noted_at),
        "by": note.noted_by.code, "biased": sorted(entry.code for entry in note.entries.all()),
        "scan_sha256": note.scan.blob_id if note.scan else "",
        "taken_back": {"at": log.moment(note.taken_back_at), "by": note.taken_back_by.code}
        if note.taken_back_at and note.taken_back_by else None,
    }


def notes_of(meeting: Meeting) -> dict[int, list[DeclarationNote]]:
    """Member → what the office has noted of their declarations, in order, with what it took back; two queries."""
    found: dict[int, list[DeclarationNote]] = {}
    notes = meeting.declaration_notes.select_related("member__person", "meeting__competition", "noted_by", "taken_back_by", "scan")
    for note in notes.prefetch_related("entries"):
        found.setdefault(note.member_id, []).append(note)
    return found


def standing_without(note: DeclarationNote) -> tuple[int, datetime] | None:
    """Up to which batch of items the member would have declared without `note`, and since when; None: not at all."""
    own = Declaration.objects.filter(meeting=note.meeting, member=note.member, own_at__isnull=False).values_list("own_up_to", "own_at")
    others = note.meeting.declaration_notes.filter(member=note.member, taken_back_at=None).exclude(pk=note.pk)
    said = [*own, *others.values_list("up_to", "noted_at")]
    return max(said, key=lambda one: (one[0], -one[1].timestamp()), default=None)


def votes_resting_on(note: DeclarationNote) -> list[int]:
    """Items on which the member has a vote that stands, and had declared for nowhere but in `note`; their positions."""
    stands = standing_without(note)
    return votes_standing(note.member, note.meeting.items.filter(batch__gt=stands[0] if stands else 0), note.meeting)


def votes_standing(member: Member, items: QuerySet[Item], meeting: Meeting) -> list[int]:
    """Those of `items` on which the member has voted, or was one of those who decided; their positions.

    Who decided an item is in the log alone. Three queries.
    """
    cast = set(items.filter(ballots__member=member).values_list("position", flat=True))
    decided = set(items.exclude(UNDECIDED).values_list("position", flat=True))
    voters = deciders_of(meeting)
    return sorted(cast | {one for one in decided if member.person.code in voters.get(one, ())})


def deciders_of(meeting: Meeting) -> dict[int, list[str]]:
    """Position of an item → codes of those by whom it was decided last. One query."""
    events = LogEvent.objects.filter(verb="jury.decide", scope=meeting.competition.code, detail__meeting=meeting.code)
    return {event.detail["position"]: event.detail["entitled"] for event in events.order_by("pk")}


def newest_batch(meeting: Meeting, until: datetime | None = None) -> int:
    """The number of the batch of items that came onto the agenda last (before `until`); 0 where there is none."""
    items = meeting.items.all() if until is None else meeting.items.filter(added_at__lt=until)
    return items.aggregate(newest=Max("batch"))["newest"] or 0


def has_declared(member: Member, meeting: Meeting) -> bool:
    """Whether `member` has declared for the agenda as it is now; whoever did so before an item was added has not."""
    return meeting.declarations.filter(member=member, up_to__gte=newest_batch(meeting)).exists()


def opened_to_juror(person: Person, competition: Competition) -> Q:
    """Which entries, with their opinions, a juror may read: those on an agenda for all of which they have declared (`has_declared`), for
    what is not on it nobody has asked them about; and all of a round whose meeting is closed. One query, and the condition.
    """
    own = Q(declarations__member__person=person)
    meetings = list(Meeting.objects.filter(competition=competition).annotate(
        newest=Coalesce(Max("items__batch"), 0), said=Max("declarations__up_to", filter=own)))
    covered = [one.pk for one in meetings if one.said is not None and one.said >= one.newest]
    closed = [one.round for one in meetings if one.closed_at]
    return Q(round__in=closed) | Q(Exists(Item.objects.filter(entry=OuterRef("pk"), meeting__in=covered)))


def declared_up_to(meeting: Meeting) -> dict[int, int]:
    """Member → the newest batch of items that their declaration covers."""
    return dict(meeting.declarations.values_list("member", "up_to"))


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
