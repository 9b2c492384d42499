"""What must hold after every step of a simulation, asked of the tables with plain queries and a book of its own.

Nothing here uses the rules or queries that the services use: who is biased, who sits in the room and what was sealed the
simulation notes itself, so that a broken rule cannot hide behind itself.
"""

import json
from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Count, F, Q, Sum

from lorbeer.call.models import Competition, Prize, Purse
from lorbeer.entries.models import Entry, State
from lorbeer.jury.models import Ballot, Envelope, Item, Meeting, Member
from lorbeer.screening.models import ProjectVote, Rating, Vote
from lorbeer.shared import log

DECIDED = (Item.Result.AWARDED, Item.Result.NOT_AWARDED)
SEATS = 2


class Broken(AssertionError):
    """An invariant does not hold. The text says which, and where."""


@dataclass
class Watch:
    """The book that is kept beside the services, and what is asked of the tables."""

    competition: Competition
    quorum: float
    biased: set[tuple[int, int]] = field(default_factory=set)           # person, entry: declared, or by employer
    present: set[int] = field(default_factory=set)                      # members in the room
    sealed: dict[int, str] = field(default_factory=dict)                # vote → digest of its whole sheet when it was sealed
    decided: dict[int, str] = field(default_factory=dict)               # item → digest of its decision
    checks: Counter[str] = field(default_factory=Counter)

    # --- the book ---

    def sat(self, entry: int) -> tuple[int, int]:
        """How many votes are in the room for the entry, and how many the jury has: by the rules of procedure, computed here."""
        members = list(Member.objects.filter(competition=self.competition))
        principals = [one for one in members if one.kind != Member.Kind.DEPUTY and one.votes]
        acting: list[Member] = []
        for one in principals:
            if one.pk in self.present:
                acting.append(one)
            else:
                standing_in = [deputy for deputy in members if deputy.deputy_for_id == one.pk and deputy.pk in self.present and deputy.votes]
                acting += sorted(standing_in, key=lambda deputy: deputy.pk)[:1]
        return sum((one.person_id, entry) not in self.biased for one in acting), len(principals)

    def note_sealed(self, vote: int) -> None:
        self.sealed[vote] = self._sheets([vote])[vote]

    def note_decided(self, items: list[Item]) -> None:
        """Of items that were just decided: was it a quorum, and what does the decision say."""
        for item in items:
            there, seats = self.sat(item.entry_id)
            self._hold("quorum", there > 0 and there >= self.quorum * seats - 1e-9,
                       f"item {item.position} was decided by {there} of {seats} votes")
            self._hold("quorum", item.entitled == there, f"item {item.position} counts {item.entitled} entitled, and {there} were there")
            if item.mode in (Item.Mode.CONSENSUS, Item.Mode.OPEN, Item.Mode.SECRET):
                self._hold("votes", item.yes + item.no + item.abstained == there, f"item {item.position}: votes and voters differ")
        self.decided |= self._decisions([item.pk for item in items])

    def note_reopened(self, item: Item) -> None:
        self.decided.pop(item.pk, None)

    # --- what must hold ---

    def after_screening_step(self, entry: int) -> None:
        """After each act on one entry."""
        votes = list(Vote.objects.filter(entry=entry).values_list("pk", "screener", "opened_at", "sealed_at"))
        self._hold("two votes", len(votes) <= SEATS and len({screener for _pk, screener, *_rest in votes}) == len(votes),
                   f"entry {entry} has the votes {votes}")
        through = Entry.objects.filter(pk=entry).exclude(state=State.ADMITTED).exists()
        self._hold("two votes", not through or sum(sealed is not None for *_rest, sealed in votes) == SEATS,
                   f"entry {entry} went on without {SEATS} sealed votes")
        for _pk, screener, opened, _sealed in votes:
            self._hold("no biased read", not opened or (screener, entry) not in self.biased, f"{screener} reads {entry} although biased")

    def after_screening(self) -> None:
        """After a stage: the same of all entries, and every sealed sheet as it was sealed."""
        wrong = (
            Entry.objects.filter(competition=self.competition, state__in=[State.SCREENED, State.PROPOSED, State.NOT_PROPOSED,
                                                                          State.AWARDED, State.NOT_AWARDED])
            .annotate(sealed=Count("votes", filter=Q(votes__sealed_at__isnull=False)), all=Count("votes"))
            .exclude(sealed=SEATS, all=SEATS).values_list("code", flat=True)
        )
        self._hold("two votes", not wrong, f"without {SEATS} sealed votes: {list(wrong)}")
        read = set(Vote.objects.filter(entry__competition=self.competition, opened_at__isnull=False).values_list("screener", "entry"))
        self._hold("no biased read", not read & self.biased, f"read although biased: {sorted(read & self.biased)}")
        self._unchanged("a sealed vote", self.sealed, self._sheets(list(self.sealed)))

    def after_meeting_step(self, meeting: Meeting) -> None:
        """After each act of the jury's day."""
        self._money(meeting)
        self._unchanged("a decision", self.decided, self._decisions(list(self.decided)))
        voiced = set(Ballot.objects.filter(item__meeting=meeting, item__result="").values_list("member__person", "item__entry"))
        closed = set(Envelope.objects.filter(urn__item__meeting=meeting).values_list("member__person", "urn__item__entry"))
        both = (voiced | closed) & self.biased
        self._hold("no biased vote", not both, f"voted although biased: {sorted(both)}")

    def after_all(self, meeting: Meeting) -> None:
        self.after_screening()
        self.after_meeting_step(meeting)
        open_items = meeting.items.exclude(result__in=DECIDED).count()
        self._hold("closed", meeting.closed_at is not None and not open_items, f"{open_items} items are open after the meeting")
        won = set(meeting.items.filter(result=Item.Result.AWARDED, project=None).values_list("entry", flat=True))
        states = dict(Entry.objects.filter(competition=self.competition).values_list("pk", "state"))
        wrong = {entry for entry, state in states.items()
                 if state in (State.AWARDED, State.NOT_AWARDED) and (state == State.AWARDED) != (entry in won)}
        self._hold("closed", not wrong, f"entries whose state is not their result: {sorted(wrong)}")
        log.seal_log()
        report = log.verify()
        self._hold("log", bool(report), str(report))
        faults = log.attested()
        self._hold("log", not faults, "; ".join(str(fault) for fault in faults))

    def read(self, person: int, entries: set[int]) -> None:
        """What a juror's dossier held."""
        both = {(person, entry) for entry in entries} & self.biased
        self._hold("no biased read", not both, f"in a dossier although biased: {sorted(both)}")

    def _money(self, meeting: Meeting) -> None:
        purse = Purse.objects.get(competition=self.competition, round=meeting.round)
        awarded = Item.objects.filter(meeting=meeting, result=Item.Result.AWARDED).aggregate(sum=Sum("amount_cents"))["sum"] or 0
        self._hold("cap", awarded <= purse.cap_cents, f"{awarded} cents awarded of {purse.cap_cents}")
        self._hold("cap", awarded == purse.spent_cents, f"{awarded} cents awarded, {purse.spent_cents} taken out of the purse")
        often = Prize.objects.filter(competition=self.competition).annotate(
            given=Count("jury_items", filter=Q(jury_items__result=Item.Result.AWARDED))).filter(given__gt=F("max_count"))
        self._hold("cap", not often, f"awarded too often: {list(often)}")

    def _hold(self, name: str, holds: object, what: str) -> None:
        self.checks[name] += 1
        if not holds:
            raise Broken(f"{name}: {what}")

    def _unchanged(self, what: str, before: dict[int, str], now: dict[int, str]) -> None:
        changed = [key for key, digest in before.items() if now.get(key) != digest]
        self._hold("immutability", not changed, f"{what} changed or is gone: {changed}")

    def _sheets(self, votes: list[int]) -> dict[int, str]:
        """Vote → digest of every column that says what was voted."""
        found = {pk: [list(map(str, facts))] for pk, *facts in Vote.objects.filter(pk__in=votes).values_list(
            "pk", "screener", "entry", "seat", "submission", "option", "reason", "sealed_at", "sha256")}
        for model, columns in ((Rating, ("criterion", "project", "points", "reason")), (ProjectVote, ("project", "option", "reason"))):
            for pk, *facts in model.objects.filter(vote__in=votes).order_by("pk").values_list("vote", *columns):  # type: ignore[attr-defined]
                found[pk].append(list(map(str, facts)))
        return {pk: log.digest(facts) for pk, facts in found.items()}

    def _decisions(self, items: list[int]) -> dict[int, str]:
        rows = Item.objects.filter(pk__in=items).values_list(
            "pk", "entry", "group", "result", "mode", "prize", "amount_cents", "yes", "no", "abstained", "entitled", "place", "score",
            "ballots_counted", "dissent", "decided_at")
        return {pk: log.digest(json.loads(json.dumps(facts, default=str))) for pk, *facts in rows}
