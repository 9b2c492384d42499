"""The people of the invented round and what they do, stage by stage. All chance comes from one seed."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from lorbeer.call.models import Competition, Phase
from lorbeer.formal_check import services as formal_check
from lorbeer.intake import services as intake
from lorbeer.jury import queries, ranking, services
from lorbeer.jury.models import Item, Meeting, Member, Poll
from lorbeer.jury.simulation.call import GROUPS, QUORUM, make_call
from lorbeer.jury.simulation.watch import Watch
from lorbeer.people.models import Person, Role
from lorbeer.people.services import grant_role
from lorbeer.screening import services as screening
from lorbeer.screening.models import SessionItem, Vote
from lorbeer.shared import clock, codes
from lorbeer.shared.errors import BadInput, Refused

Report = Callable[[str, int, int], None]


@dataclass
class Figures:
    """What a simulation comes to."""

    counts: Counter[str] = field(default_factory=Counter)
    modes: Counter[str] = field(default_factory=Counter)                # way of deciding → items
    refused: Counter[str] = field(default_factory=Counter)              # what the services refused, and rightly so
    seconds: dict[str, float] = field(default_factory=dict)             # stage → time


@contextmanager
def repeatable_codes(seed: int) -> Iterator[None]:
    """Codes from the seed: much is put in order by them, the assignment first of all. For a process that does nothing else."""
    dice, real = random.Random(f"codes {seed}"), codes.secrets          # noqa: S311
    codes.secrets = SimpleNamespace(choice=dice.choice)  # type: ignore[assignment]
    try:
        yield
    finally:
        codes.secrets = real


class Play:
    """One round. `play` goes through all of it and raises `Broken` at the first thing that must not be."""

    def __init__(self, seed: int, *, entries: int = 500, screeners: int = 20, jurors: int = 15, report: Report | None = None) -> None:
        self.dice, self.seed = random.Random(seed), seed                # noqa: S311  chance that can be repeated
        self.size, self.screener_count, self.juror_count = entries, screeners, jurors
        self.report = report or (lambda _stage, _done, _total: None)
        self.figures = Figures()
        self.people: list[Person] = []

    def play(self) -> Figures:
        with repeatable_codes(self.seed):
            for stage in (self.set_up, self.take_in, self.check, self.screen, self.meet, self.prepare, self.hold, self.close):
                started = time.perf_counter()
                stage()
                self.figures.seconds[stage.__name__] = time.perf_counter() - started
        return self.figures

    # --- the stages ---

    def set_up(self) -> None:
        self.competition: Competition = make_call(f"simulation-{self.seed}", prizes=max(3, self.size // 24))
        self.watch = Watch(self.competition, QUORUM)
        self.lead = self._person("Leitung", Role.Kind.OFFICE_LEAD)
        self.screeners = [self._person(f"Vorprüfung {number}", Role.Kind.SCREENER, f"Verein {number * 3}")
                          for number in range(1, self.screener_count + 1)]
        self.members: list[Member] = []
        for number in range(1, self.juror_count + 1):
            person = self._person(f"Jury {number}", Role.Kind.JUROR, f"Verein {number * 5}")
            kind = Member.Kind.CHAIR if number == 1 else Member.Kind.MEMBER
            self.members.append(services.appoint(self.competition, person, kind=kind, constituency=f"Verband {number}", by=self.lead))
        for number, principal in enumerate(self.members[1: 1 + self.juror_count // 4], start=1):
            person = self._person(f"Vertretung {number}", Role.Kind.JUROR)
            self.members.append(services.appoint(
                self.competition, person, kind=Member.Kind.DEPUTY, deputy_for=principal, by=self.lead))

    def take_in(self) -> None:
        ends = self.competition.phases.get(kind=Phase.Kind.ENTRIES).ends_at
        assert ends is not None
        for number in range(1, self.size + 1):
            applicant = Person.objects.create(email=f"{self.competition.code}-{number}@example.org", name=f"Kontakt {number}", password="!")  # noqa: S106
            with clock.at(ends - timedelta(minutes=self.size + 60 - number)):
                draft = intake.start_draft(self.competition, by=applicant, applicant=f"Verein {number}")
                intake.fill_draft(draft, {
                    "titel": f"Beitrag {number}", "wer": f"Verein {number}", "gruppe": self.dice.choice(GROUPS),
                    "kurz": "Ein erfundener Beitrag.", "email": applicant.email}, by=applicant)
                intake.submit(draft.entry, by=applicant)
            self.report("entries", number, self.size)
        self.figures.counts["entries"] = self.size

    def check(self) -> None:
        clause = self.competition.clauses.get()
        with self._later(hours=1):
            for entry in self.competition.entries.order_by("pk"):
                if self.dice.random() < 0.03:
                    formal_check.exclude(entry, clause, by=self.lead)
                    self.figures.counts["excluded"] += 1
                else:
                    formal_check.admit(entry, by=self.lead)
        for role in self.competition.roles.exclude(employer="").select_related("person"):       # computed bias, in words of our own
            for key in self.competition.entries.filter(applicant=role.employer).values_list("pk", flat=True):
                self.watch.biased.add((role.person_id, key))

    def screen(self) -> None:
        with self._later(hours=2):
            run = screening.propose_assignment(self.competition, 1, self.seed, self.lead)
            screening.accept_assignment(run, self.lead, None)
            votes = list(Vote.objects.filter(entry__competition=self.competition).order_by("pk").select_related("entry", "screener"))
            self.dice.shuffle(votes)
            for number, vote in enumerate(votes, start=1):
                while self.dice.random() < 0.02:                        # and whoever stands in may be biased, too
                    vote = self._biased_screener(vote)
                self._vote(vote)
                self.report("votes", number, len(votes))
        self.watch.after_screening()

    def _biased_screener(self, vote: Vote) -> Vote:
        entry = vote.entry
        screening.declare_bias(vote, vote.screener, "Zufall")
        self.watch.biased.add((vote.screener_id, entry.pk))
        self.figures.counts["biases of screeners"] += 1
        self.watch.after_screening_step(entry.pk)
        people = list(self.screeners)
        self.dice.shuffle(people)
        for person in people:
            try:
                found = screening.fill_seat(entry, person, self.lead, "Befangenheit")
            except BadInput:                                            # biased, or the other seat is theirs
                self.figures.refused["a place for somebody biased or twice"] += 1
                continue
            self.watch.after_screening_step(entry.pk)
            return found
        raise AssertionError(f"Nobody is left to read {entry}.")

    def _vote(self, vote: Vote) -> None:
        person = vote.screener
        option = "ja" if self.dice.random() < 0.3 else "nein"
        screening.open_vote(vote, person)
        ratings = {code: {"points": self.dice.randint(0, 4), "reason": "Zufall."} for code in ("wirkung", "mut")}
        screening.save_sheet(vote, ratings, option, "Zufall.", None, by=person)
        screening.seal_vote(vote, person)
        self.watch.note_sealed(vote.pk)
        self.watch.after_screening_step(vote.entry_id)
        self.figures.counts["sealed votes"] += 1

    def meet(self) -> None:
        with self._later(hours=3):
            session = screening.plan_session(self.competition, 1, clock.today(self.competition.time_zone), self.lead)
            screening.open_session(session, self.lead, chaired_by=self.lead)
            for item in SessionItem.objects.filter(session=session, diverging=True).select_related("entry__group", "session"):
                propose = self.dice.random() < 0.4
                screening.decide_item(item, "propose" if propose else "pass_over", "Abgewogen.", "",
                                      [(None, item.entry.group)] if propose else None, self.lead)
                self.figures.counts["diverging pairs"] += 1
            screening.confirm_agreeing(session, self.lead)
            screening.close_session(session, self.lead)
        self.watch.after_screening()

    def prepare(self) -> None:
        with self._later(hours=4):
            self.meeting: Meeting = services.plan_meeting(self.competition, held_on=clock.today(self.competition.time_zone), by=self.lead)
            passed = list(queries.callable_entries(self.meeting).filter(jury_items=None).order_by("pk"))
            for entry in self.dice.sample(passed, min(len(passed), 1 + self.size // 60)):
                services.add_item(self.meeting, entry, by=self.lead)
            special = self.competition.groups.get(code="sonder")
            for item in list(self.meeting.items.order_by("pk")[: self.size // 100]):
                services.add_item(self.meeting, item.entry, group=special, by=self.lead)
            agenda = list({item.entry_id: item.entry for item in self.meeting.items.select_related("entry")}.values())
            for member in self.members:
                mine = [(entry, "Zufall") for entry in agenda if self.dice.random() < 0.04]
                services.declare(self.meeting, member, mine, by=member.person)
                self.watch.biased |= {(member.person_id, entry.pk) for entry, _reason in mine}
                self.figures.counts["biases of jurors"] += len(mine)
                self.watch.read(member.person_id, set(queries.items_open_to(member.person, self.meeting).values_list("entry", flat=True)))
        self.figures.counts["items"] = self.meeting.items.count()

    def hold(self) -> None:
        with self._later(hours=5):
            services.open_meeting(self.meeting, by=self.lead)
            for member in self.members:
                if self.dice.random() < 0.85:
                    self._come(member)
            for group in self.competition.groups.order_by("is_special", "position"):
                self._decide_group(group)
            self._reopen_some()

    def close(self) -> None:
        with self._later(hours=6):
            self.meeting = services.close_meeting(self.meeting, by=self.lead)
        won = self.meeting.items.filter(result=Item.Result.AWARDED)
        budget = queries.budget_of(self.competition, 1)
        self.figures.counts.update({"awards": won.count(), "cents awarded": budget.spent, "cents left": budget.left})
        self.figures.modes.update(self.meeting.items.values_list("mode", flat=True))
        self.watch.after_all(self.meeting)
        self.figures.counts["checks"] = sum(self.watch.checks.values())

    # --- in the room ---

    def _come(self, member: Member) -> None:
        services.arrive(self.meeting, member, by=self.lead)
        self.watch.present.add(member.pk)
        self.watch.after_meeting_step(self.meeting)

    def _go(self, member: Member) -> None:
        services.leave(self.meeting, member, by=self.lead)
        self.watch.present.discard(member.pk)
        self.figures.counts["absences"] += 1
        self.watch.after_meeting_step(self.meeting)

    def _stir(self) -> None:
        """Somebody goes out for a while, somebody comes in."""
        for member in self.members:
            if member.pk in self.watch.present:
                if self.dice.random() < 0.02:
                    self._go(member)
            elif self.dice.random() < 0.25:
                self._come(member)

    def _decide_group(self, group: Any) -> None:
        for _round in range(3):                                         # shortlists, then the rest one by one or by a ballot
            self._fill_room([item.entry_id for item in ranking.items_to_rank(self.meeting, group)])
            items = list(ranking.items_to_rank(self.meeting, group))
            if len(items) > 12:
                self._count(group, Item.Mode.APPROVAL, keep=len(items) // 2)
            elif len(items) > 6:
                self._count(group, self.dice.choice([Item.Mode.RANKING, Item.Mode.STV]), keep=6)
        while item := ranking.items_to_rank(self.meeting, group).first():
            self._stir()
            if group.code == GROUPS[-1] and self.dice.random() < 0.5:
                self._fill_room([one.entry_id for one in ranking.items_to_rank(self.meeting, group)])
                if self._count(group, self.dice.choice([Item.Mode.RANKING, Item.Mode.APPROVAL, Item.Mode.STV])):
                    continue
            self._decide(item)

    def _fill_room(self, entries: list[int]) -> None:
        """Call people in until there is a quorum for each of these entries."""
        for member in self.members:
            if all(there >= QUORUM * seats for there, seats in map(self.watch.sat, entries)):
                return
            if member.pk not in self.watch.present:
                self._come(member)

    def _decide(self, item: Item) -> None:
        services.call_item(item, by=self.lead)
        self.watch.after_meeting_step(self.meeting)
        mode = self.dice.choice([Item.Mode.CONSENSUS, Item.Mode.OPEN, Item.Mode.SECRET])
        prize = item.group.prizes.first()
        for attempt in range(2):
            try:
                decided = self._by(mode, item, prize, rich=attempt == 0)
            except Refused as refused:                                  # no quorum, or no money
                self.figures.refused[type(refused).__name__ + ": " + str(refused)[:40]] += 1
                if services.urn_of(item):
                    services.give_up_urn(item, by=self.lead)
                if services.voices_of(item).exists():
                    services.give_up_vote(item, "Antrag: ohne Abstimmung", by=self.lead)
                self._fill_room([item.entry_id])
                mode = Item.Mode.CONSENSUS
                self.watch.after_meeting_step(self.meeting)
                continue
            self._noted([decided])
            return
        decided = services.decide(item, Item.Result.NOT_AWARDED, by=self.lead)
        self._noted([decided])

    def _by(self, mode: str, item: Item, prize: Any, *, rich: bool) -> Item:
        likes = self.dice.random() < 0.5 and rich
        if mode == Item.Mode.CONSENSUS:
            return services.decide(item, "awarded" if likes else "not_awarded", prize=prize if likes else None, by=self.lead)
        key = services.set_up_urn(item, by=self.lead)[1] if mode == Item.Mode.SECRET else ""
        for member in self.members:
            choice = self.dice.choice(["yes", "yes", "no"] if likes else ["yes", "no", "no", "abstain"])
            act = services.cast_secretly if mode == Item.Mode.SECRET else services.cast_ballot
            try:
                act(item, member, choice, by=member.person)
            except Refused:                                             # not there, a deputy of somebody who is, biased
                self.figures.refused["a vote of somebody who has none"] += 1
            self.watch.after_meeting_step(self.meeting)
        return services.decide(item, mode=mode, prize=prize, urn_key=key, by=self.lead)

    def _count(self, group: Any, mode: str, keep: int | None = None) -> bool:
        """A ballot on the group by all who can; whether it was decided."""
        try:
            poll = services.open_poll(self.meeting, group, mode=mode, keep=keep, by=self.lead)
        except Refused as refused:                                      # no money is left
            self.figures.refused[type(refused).__name__ + ": " + str(refused)[:40]] += 1
            return False
        for member in self.members:
            mine = list(queries.items_open_to(member.person, self.meeting).filter(
                pk__in=ranking.items_to_rank(self.meeting, group).values("pk")))
            self.watch.read(member.person_id, {item.entry_id for item in mine})
            self.dice.shuffle(mine)
            try:
                if mode == Item.Mode.APPROVAL:
                    services.cast_approval(self.meeting, group, member, mine[: len(mine) // 2], by=member.person)
                else:
                    services.cast_ranking(self.meeting, group, member, mine, by=member.person)
            except Refused:
                self.figures.refused["a vote of somebody who has none"] += 1
            self.watch.after_meeting_step(self.meeting)
        try:
            poll = services.close_poll(poll, by=self.lead)
            broken = self._break_ties(poll)
            decided = services.decide_ranking(poll, tie_order=broken, tie_reason="Los" if broken else "", by=self.lead)
        except Refused as refused:
            self.figures.refused[type(refused).__name__ + ": " + str(refused)[:40]] += 1
            services.give_up_poll(poll, "Antrag: anders entscheiden", by=self.lead)
            return False
        self.figures.counts["ballots on groups"] += 1
        self._noted(decided)
        return True

    def _break_ties(self, poll: Poll) -> list[Item]:
        """All tied items in an order by lot; of a transferable vote those for which the count asks."""
        broken: list[Item] = []
        if poll.mode == Item.Mode.STV:
            while equal := ranking.ranking_of(poll, broken).equal:
                more = [item for item in equal if item not in broken]
                self.dice.shuffle(more)
                broken += more
            return broken
        rows = [row for row in ranking.ranking_of(poll).rows if row.approvals >= (poll.least or 0)]
        places = [row.place for row in rows]
        broken = [row.item for row in rows if places.count(row.place) > 1]
        self.dice.shuffle(broken)
        return broken

    def _noted(self, decided: list[Item]) -> None:
        self.watch.note_decided(decided)
        self.watch.after_meeting_step(self.meeting)
        self.report("items", self.meeting.items.exclude(result="").count(), self.figures.counts["items"])

    def _reopen_some(self) -> None:
        """A few decisions are taken up again, and decided anew."""
        items = list(self.meeting.items.filter(result__in=["awarded", "not_awarded"]).select_related("entry", "group").order_by("pk"))
        for item in self.dice.sample(items, min(len(items), 1 + len(items) // 25)):
            self._fill_room([item.entry_id])
            services.reopen(item, "Antrag: noch einmal", by=self.lead)
            self.watch.note_reopened(item)
            self.figures.counts["reopened"] += 1
            self.watch.after_meeting_step(self.meeting)
            item.refresh_from_db()
            self._decide(item)

    # --- people and time ---

    def _person(self, name: str, kind: str, employer: str = "") -> Person:
        number = len(self.people) + 1
        person = Person.objects.create(email=f"{self.competition.code}-p{number}@example.org", name=name, password="!")  # noqa: S106
        self.people.append(person)
        grant_role(self.competition, person, kind, employer=employer)
        return person

    @contextmanager
    def _later(self, *, hours: int) -> Iterator[None]:
        """So many hours after the deadline; the hands of the clock stand still within a stage."""
        ends = self.competition.phases.get(kind=Phase.Kind.ENTRIES).ends_at
        assert ends is not None
        with clock.at(ends + timedelta(hours=hours)):
            yield

