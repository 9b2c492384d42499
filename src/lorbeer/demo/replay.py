"""A whole competition, played through the same services that the screens call, at the times at which it happened."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from lorbeer.awards import services as awards
from lorbeer.awards.models import Award
from lorbeer.awards.pictures import alternative_text, sample_picture
from lorbeer.call.letters import letter_of
from lorbeer.call.models import Competition
from lorbeer.call.package import import_package
from lorbeer.call.rulebook import ScreeningRules
from lorbeer.demo import texts
from lorbeer.demo.story import SampleEntry, Story, read_story
from lorbeer.documentation.services import build_book, publish_book
from lorbeer.editions import services as editions
from lorbeer.entries.models import Entry, State
from lorbeer.follow_up import services as follow_up
from lorbeer.formal_check import services as formal_check
from lorbeer.intake import services as intake
from lorbeer.jury import services as jury
from lorbeer.jury.models import Item, Meeting, Member
from lorbeer.outreach import services as outreach
from lorbeer.outreach.models import Wave
from lorbeer.people.models import Person, Role
from lorbeer.people.services import grant_role
from lorbeer.questionnaire.definition import Form, Type
from lorbeer.questionnaire.queries import current_version, form_of
from lorbeer.register.models import Municipality
from lorbeer.screening import services as screening
from lorbeer.screening.models import ExpertOpinion, SessionItem, Vote
from lorbeer.shared import clock, files, log

Report = Callable[[str, int, int], None]                                # step, done, of how many


def silent(_step: str, _done: int, _total: int) -> None:
    """A report to nobody."""


def afternoon_before(moment: datetime, zone: ZoneInfo) -> datetime:
    """Three o'clock on the last working day that was not after `moment`: people do not meet at midnight."""
    found = moment.astimezone(zone).replace(hour=15, minute=0, second=0, microsecond=0)
    if found > moment:
        found -= timedelta(days=1)
    return found - timedelta(days=max(0, found.weekday() - 4))


@dataclass
class Replay:
    """The competition of one package while it is being played."""

    package: Path
    report: Report = silent
    with_book: bool = True
    competition: Competition = field(init=False)
    story: Story = field(init=False)
    people: dict[str, Person] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)             # by reference
    samples: dict[str, SampleEntry] = field(default_factory=dict)

    def play(self) -> Competition:
        """Everything, in order; what has been played stays when a later step fails."""
        self.competition = import_package(self.package)
        self.zone = ZoneInfo(self.competition.time_zone)
        self.story = read_story(self.package, self.zone)
        self.samples = {entry.reference: entry for entry in self.story.entries}
        self.opened = self.story.moments.get("opened") or clock.now()
        for step in (self.invite_people, self.write_to_the_world, self.take_in, self.check, self.screen, self.meet,
                     self.write_opinions, self.hold_jury_day, self.announce, self.publish, self.follow_up):
            step()
        return self.competition

    # --- helpers ---

    def at(self, name: str) -> Any:
        """The moment of the story, as a clock to work under; now where the story does not name it."""
        return clock.at(self.story.moments.get(name) or clock.now())

    def holder(self, kind: str) -> Person:
        """Somebody with this role."""
        roles = self.competition.roles.filter(kind=kind).select_related("person").order_by("pk")
        return roles[0].person

    @contextmanager
    def together(self) -> Iterator[None]:
        """One commit for many small steps: the disk is asked once."""
        with transaction.atomic():
            yield

    def steps(self, name: str, things: list[Any], size: int = 40) -> Iterator[Any]:
        """The things one by one, reported, committed in portions."""
        for start in range(0, len(things), size):
            with self.together():
                for number, thing in enumerate(things[start:start + size], start + 1):
                    yield thing
                    self.report(name, number, len(things))

    # --- the stages ---

    def invite_people(self) -> None:
        with clock.at(self.opened), self.together():
            for sample in self.story.people:
                person, _created = Person.objects.get_or_create(
                    email=sample.email, defaults={"name": sample.name, "is_sample": True, "password": "!"})
                self.people[sample.email] = person
                for role in sample.roles:
                    grant_role(self.competition, person, **{key: value for key, value in role.items() if key != "knows"})
            lead = self.holder(Role.Kind.OFFICE_LEAD)
            for sample in self.story.people:
                for role in sample.roles:
                    if role.get("knows"):
                        screening.save_profile(
                            self.people[sample.email], self.competition, lead, capacity=None, fields=role["knows"], languages=[],
                            land_code=role.get("land_code", ""), employer=role.get("employer", ""), earlier_bodies="")
            members: dict[str, Member] = {}
            for sample in self.story.people:
                if sample.jury:
                    seat = dict(sample.jury)
                    deputy_for = members.get(seat.pop("deputy_for", ""))
                    members[sample.email] = jury.appoint(
                        self.competition, self.people[sample.email], deputy_for=deputy_for, by=lead, **seat)
            self.report("people", len(self.people), len(self.people))

    def write_to_the_world(self) -> None:
        """The distribution list, the waves, and letters of intent between them."""
        office = self.holder(Role.Kind.OFFICE_LEAD)
        listed = [entry for entry in self.story.entries if entry.municipality_key]
        if self.story.waves:
            with clock.at(self.opened):
                outreach.add_addresses(self.competition, [
                    {"category": "kommunen", "name": entry.facts.get("applicant_name", ""),
                     "email": f"post-{entry.reference.lower()}@example.net", "municipality_key": entry.municipality_key}
                    for entry in listed
                ], by=office)
        happenings = [(wave["at"], "wave", wave) for wave in self.story.waves]
        happenings += [(self.opened + self._share(entry, "intent", 90), "intent", entry) for entry in listed if entry.has_intent]
        for moment, kind, thing in self.steps("letters", sorted(happenings, key=lambda one: one[0])):
            with clock.at(moment):
                if kind == "wave":
                    letter = letter_of(self.competition, thing["letter"])
                    wave = Wave.objects.create(competition=self.competition, code=thing["code"], title=thing["title"],
                                               letter=letter, categories=thing["categories"])
                    outreach.send_wave(wave, by=office)
                else:
                    body = self._municipality(thing)
                    outreach.confirm_intent(outreach.record_intent(
                        self.competition, applicant=thing.facts.get("applicant_name", ""), municipality=body,
                        contact_email=f"{thing.reference.lower()}@example.net", subject=thing.facts.get("title", "")), by=None)

    def take_in(self) -> None:
        """Drafts and submissions online, arrivals by e-mail and post, keyed in by the office."""
        version = current_version(self.competition)
        if version is None:
            return
        form = form_of(version)
        office = self.holder(Role.Kind.OFFICE)
        for sample in self.steps("entries", self.story.entries):
            log.seal_log()                                              # as the worker does all the time: receipts print the newest seal
            if sample.channel == "online":
                self._enter_online(sample, form)
            else:
                self._enter_through_office(sample, form, office)

    def _enter_online(self, sample: SampleEntry, form: Form) -> None:
        person, _created = Person.objects.get_or_create(
            email=f"{sample.reference.lower()}@example.net",
            defaults={"name": f"Kontakt {sample.reference} (Muster)", "is_sample": True, "password": "!"})
        self.people[person.email] = person
        started = sample.arrived_at - timedelta(hours=2 + self.story.dice("started", sample.reference, sides=200))
        with clock.at(max(started, sample.arrived_at - timedelta(days=2))):
            draft = intake.start_draft(self.competition, by=person, applicant=sample.facts.get("applicant_name", ""),
                                       municipality=self._municipality(sample))
            answers = self._answers(sample, form, person)
            if not sample.reaches("submitted"):
                answers = dict(list(answers.items())[: len(answers) * 2 // 3])
            intake.fill_draft(draft, answers, by=person)
        entry = draft.entry
        self._keep(entry, sample)
        if sample.reaches("submitted"):
            with clock.at(sample.arrived_at):
                intake.submit(entry, by=person)
                entry.refresh_from_db()

    def _enter_through_office(self, sample: SampleEntry, form: Form, office: Person) -> None:
        with clock.at(sample.arrived_at):
            arrival = intake.register_arrival(
                self.competition, channel=sample.channel, by=office, sender=sample.facts.get("applicant_name", ""),
                postmarked_on=clock.day(sample.arrived_at - timedelta(days=2), self.zone)
                if sample.channel == "post" else None,
                subject=sample.facts.get("title", sample.facts.get("titel", "")),
                files=[(f"{sample.reference}.pdf", texts.sample_scan(sample.reference))],
            )
        if not sample.reaches("submitted"):
            return
        with clock.at(sample.arrived_at + timedelta(hours=3)):
            submission = intake.key_in(
                arrival, self._answers(sample, form, None), by=office, applicant=sample.facts.get("applicant_name", ""),
                municipality=self._municipality(sample))
            self._keep(submission.entry, sample)

    def _keep(self, entry: Entry, sample: SampleEntry) -> None:
        """The office's own file number, and whether the entry may be named."""
        Entry.objects.filter(pk=entry.pk).update(reference=sample.reference, is_unlisted=sample.is_unlisted)
        entry.refresh_from_db()
        self.entries[sample.reference] = entry

    def _answers(self, sample: SampleEntry, form: Form, person: Person | None) -> dict[Any, Any]:
        """The sample's columns as answers; what a complete form needs besides is filled with marked sample text."""
        seed = self.story.dice("text", sample.reference, sides=10_000)
        given = dict(sample.facts) | sample.answers
        answers: dict[Any, Any] = {}
        for name, placed in form.placed.items():
            question = placed.question
            if not question.is_answered or question.type in (Type.FILE, Type.PHOTO):
                continue
            if placed.repeat is not None:
                for place, title in enumerate(sample.projects, 1):
                    answers[name, place] = title if question.role == "project_title" else texts.paragraph(seed + place)
                continue
            value = self._value(question, given, sample, person, seed)
            if value not in (None, "", []):
                answers[name] = value
        return answers

    def _value(self, question: Any, given: dict[str, str], sample: SampleEntry, person: Person | None, seed: int) -> Any:
        raw = given.get(question.name) or given.get(question.role or question.name, "")
        if question.type == Type.MUNICIPALITY:
            body = self._municipality(sample)
            return {"key": body.key, "name": body.name, "land": body.land_code,
                    "edition": body.edition.as_of.isoformat()} if body else None
        if question.type == Type.MULTI:
            if raw:
                return raw.split()
            ticked = [choice.code for choice in question.choices if given.get(f"{question.name}_{choice.code}") == "1"]
            return ticked or ([question.choices[seed % 3].code] if question.role == "field_of_action" else [])
        if question.type == Type.ADDRESS:
            street, postcode, town = (raw.split("|") + ["", "", ""])[:3]
            return {"street": street, "postcode": postcode, "town": town} if raw else None
        if question.type == Type.DATE and raw.startswith("today"):
            days = int(raw.removeprefix("today").removesuffix("d") or 0)
            return (clock.today(self.zone) + timedelta(days=days)).isoformat()
        if question.type == Type.ACKNOWLEDGE:
            return True
        if raw:
            return raw
        if question.role == "contact_name":
            return person.name if person else f"Kontakt {sample.reference} (Muster)"
        if question.role == "contact_email":
            return person.email if person else f"{sample.reference.lower()}@example.net"
        if question.role == "consent_publication":
            return question.choices[0].code
        if question.type == Type.LONG_TEXT:
            if question.role == "description":
                return texts.formatted_text(seed) if question.is_formatted else texts.long_text(seed)
            return texts.paragraph(seed)
        if question.type == Type.TEXT and question.required and not sample.is_unlisted:
            return {"postcode": "00000"}.get(question.role, "ohne Angabe (Muster)")
        return None

    def _municipality(self, sample: SampleEntry) -> Municipality | None:
        edition = self.competition.register_edition
        if edition is None or not sample.municipality_key:
            return None
        return edition.municipalities.filter(key=sample.municipality_key).select_related("edition").first()

    def _share(self, entry: SampleEntry, name: str, days: int) -> timedelta:
        return timedelta(minutes=self.story.dice(name, entry.reference, sides=days * 24 * 60))

    def check(self) -> None:
        office = self.holder(Role.Kind.OFFICE)
        groups = {group.code: group for group in self.competition.groups.all()}
        clauses = {clause.code: clause for clause in self.competition.clauses.all()}
        points = list(self.competition.check_points.select_related("clause"))
        wanted = [sample for sample in self.story.entries if sample.reference in self.entries
                  and (sample.reaches("admitted") or sample.until == "excluded")]
        moment = self.story.moments.get("check") or clock.now()
        screening = self.competition.phases.filter(kind="screening").exclude(starts_at=None)
        before = {phase.round: phase.starts_at - timedelta(hours=14) for phase in screening}       # rounds without a check phase
        for number, sample in enumerate(self.steps("check", wanted)):
            entry = self.entries[sample.reference]
            came_in = max(sample.arrived_at, *entry.history.values_list("at", flat=True))
            with clock.at(max(min(moment, before.get(entry.round, moment)), came_in) + timedelta(minutes=7 * number)):
                if sample.until == "excluded":
                    clause = clauses[sample.clause]
                    findings = {point.code: (point.clause != clause, "") for point in points}
                    formal_check.exclude(entry, clause, by=office, findings=findings)
                else:
                    formal_check.admit(entry, by=office, group=groups.get(sample.group), reason=sample.group_reason,
                                       findings={point.code: (True, "") for point in points})

    # --- screening ---

    def rounds(self) -> list[int]:
        return sorted(set(self.competition.entries.exclude(state=State.DRAFT).values_list("round", flat=True)))

    def _samples(self, stage: str, round: int) -> list[tuple[SampleEntry, Entry]]:
        found = []
        for reference, entry in self.entries.items():
            sample = self.samples[reference]
            if sample.until != "excluded" and sample.reaches(stage) and entry.round == round:
                entry.refresh_from_db()
                found.append((sample, entry))
        return sorted(found, key=lambda pair: pair[0].reference)

    def screen(self) -> None:
        lead = self.holder(Role.Kind.OFFICE_LEAD)
        for round in self.rounds():
            if not self._samples("assigned", round):
                continue
            started = self._moment("assignment", round)
            with clock.at(started):
                run = screening.propose_assignment(self.competition, round, seed=2017 + round, by=lead)
                due = self.story.moments.get("due")
                screening.accept_assignment(run, lead, clock.day(due, self.zone) if due else None)
            self._vote(round, started)

    def _moment(self, name: str, round: int) -> datetime:
        """The story tells the newest round's dates; earlier rounds took their phases' dates."""
        phases = {phase.kind: phase for phase in self.competition.phases.filter(round=round)}
        if len(self.rounds()) > 1:
            phase = {"assignment": "screening", "session": "screening", "jury": "jury"}.get(name, name)
            if phase in phases and phases[phase].starts_at:
                start = phases[phase].starts_at
                end = phases[phase].ends_at or start
                if name == "session":
                    return afternoon_before(min(end - timedelta(days=1), clock.now()), self.zone)
                return min(start + timedelta(hours=10), clock.now())
        return self.story.moments.get(name) or clock.now()

    def _vote(self, round: int, started: datetime) -> None:
        options = ScreeningRules.from_json(self.competition.screening).options
        yes = next(option.code for option in options if option.proposes == "group")
        no = next((option.code for option in options if not option.proposes), yes)
        special = next((option.code for option in options if option.proposes not in ("", "group")), yes)
        won = {decision.reference: decision for decision in self.story.decisions}
        votes = list(
            Vote.objects.filter(entry__competition=self.competition, entry__round=round, sealed_at=None)
            .select_related("entry__competition", "screener").prefetch_related("entry__projects").order_by("entry__reference", "seat")
        )
        for number, vote in enumerate(self.steps("votes", votes)):
            sample = self.samples[vote.entry.reference]
            if not sample.reaches("one_vote") or (sample.until == "one_vote" and vote.seat > 1):
                continue
            decision = won.get(sample.reference)
            dice = self.story.dice("vote", sample.reference)
            if sample.until == "diverging":
                option = yes if vote.seat == 1 else no
            elif decision:
                option = yes if decision.group == vote.entry.group.code else special
            elif sample.until in ("proposed", "decided", "not_awarded"):
                option = yes
            elif sample.until == "not_proposed" or not self.story.settings.get("proposed"):
                option = no
            elif dice < int(self.story.settings["proposed"]):
                option = yes
            elif dice < int(self.story.settings["proposed"]) + int(self.story.settings["diverging"]):
                option = yes if vote.seat == 1 + dice % 2 else no
            else:
                option = no
            with clock.at(min(started + timedelta(minutes=40 * (number + 1)), clock.now())):
                self._seal(vote, option, option != no, sample)

    def _seal(self, vote: Vote, option: str, favourable: bool, sample: SampleEntry) -> None:
        scale = ScreeningRules.from_json(self.competition.screening).scale
        ratings: dict[str, dict[str, Any]] = {}
        for criterion in self.criteria:
            dice = self.story.dice("points", sample.reference, vote.seat, criterion.code, sides=10_000)
            points = scale - dice % 2 if favourable else max(0, scale - 1 - dice % 3)
            ratings[criterion.code] = {"points": points, "reason": texts.reason(dice)}
        projects = {
            project.position: {"option": option, "reason": texts.VERDICTS[favourable], "ratings": ratings}
            for project in vote.entry.projects.all()
        }
        screening.open_vote(vote, vote.screener)
        screening.save_sheet(vote, ratings, option, texts.VERDICTS[favourable], projects or None, by=vote.screener)
        screening.seal_vote(vote, vote.screener)

    @property
    def criteria(self) -> list[Any]:
        if not hasattr(self, "_criteria"):
            self._criteria = list(self.competition.criteria.all())
        return self._criteria

    def meet(self) -> None:
        """The joint session of each round that has come so far; diverging pairs of the story stay on its agenda."""
        lead = self.holder(Role.Kind.OFFICE_LEAD)
        groups = {group.code: group for group in self.competition.groups.all()}
        won = {decision.reference: decision for decision in self.story.decisions}
        for round in self.rounds():
            if not self._samples("diverging", round):
                continue
            moment = self._moment("session", round)
            with clock.at(moment):
                session = screening.plan_session(self.competition, round, clock.day(moment, self.zone), lead)
                screening.open_session(session, lead, chaired_by=lead)
            items = list(SessionItem.objects.filter(session=session).select_related("entry__group", "session"))
            waiting = [item for item in items if self.samples[item.entry.reference].until == "diverging"]
            decided = [item for item in items if item not in waiting]
            for number, item in enumerate(self.steps("session", decided)):
                sample = self.samples[item.entry.reference]
                decision = won.get(sample.reference)
                with clock.at(moment + timedelta(minutes=2 * number)):
                    self._decide_item(item, sample, decision, groups, lead)
            if not waiting:
                with clock.at(moment + timedelta(minutes=2 * len(decided) + 5)):
                    screening.close_session(session, lead)

    def _decide_item(self, item: SessionItem, sample: SampleEntry, decision: Any, groups: dict[str, Any], lead: Person) -> None:
        proposed = bool(decision) or sample.until in ("proposed", "not_awarded", "decided")
        if not proposed and sample.until != "not_proposed":
            proposed = self.story.dice("vote", sample.reference) < int(self.story.settings.get("proposed", 0))
            if item.diverging:
                proposed = self.story.dice("session", sample.reference) < 25
        proposals: list[tuple[Any, Any]] | None = [(None, item.entry.group)] if item.diverging else None
        if decision:
            project = item.entry.projects.filter(position=decision.project).first() if decision.project else None
            proposals = [(project, groups[decision.group])]
            proposed = project is None                                  # a project can be proposed while its entry is not
        outcome = SessionItem.Outcome.PROPOSE if proposed else SessionItem.Outcome.PASS_OVER
        arguments = "Beide Voten wurden verlesen und abgewogen (Muster)." if item.diverging else ""
        screening.decide_item(item, outcome, arguments, "", proposals if proposed or decision else None, lead)

    def write_opinions(self) -> None:
        if not ScreeningRules.from_json(self.competition.screening).opinions:
            return
        screeners = [role.person for role in self.competition.roles.filter(kind=Role.Kind.SCREENER).select_related("person")]
        proposals = list(
            self.competition.entries.filter(proposals__isnull=False).values_list("proposals", flat=True).order_by("reference"))
        from lorbeer.screening.models import Proposal

        rows = list(Proposal.objects.filter(pk__in=proposals).select_related("entry__competition", "project", "group"))
        moment = self.story.moments.get("opinions") or clock.now()
        for proposal in self.steps("opinions", rows):
            seed = self.story.dice("opinion", proposal.entry.reference, sides=10_000)
            readers = [vote.screener for vote in proposal.entry.votes.select_related("screener").order_by("seat")]
            author, second = (readers + screeners)[:2]
            with clock.at(moment):
                opinion: ExpertOpinion = screening.draft_opinion(
                    proposal, author, description=texts.paragraph(seed, 6), reasons=texts.paragraph(seed + 3, 5))
                screening.hand_to_second_reader(opinion, second, author, with_pdf=False)
                screening.release_opinion(opinion, second, with_pdf=False)

    # --- jury ---

    def hold_jury_day(self) -> None:
        """Rounds whose decisions the story knows are held and closed; a later one is prepared and left open."""
        lead = self.holder(Role.Kind.OFFICE_LEAD)
        decided = {self.entries[decision.reference].round for decision in self.story.decisions}
        for round in self.rounds():
            if not self._samples("proposed", round):
                continue
            moment = self._moment("jury", round)
            with clock.at(min(moment, clock.now()) - timedelta(days=3)):
                meeting = jury.plan_meeting(self.competition, round, held_on=clock.day(moment, self.zone), by=lead)
                self._declare(meeting)
            if round in decided:
                self._hold(meeting, moment, lead)

    def _declare(self, meeting: Meeting) -> None:
        """Every member has gone through the agenda; one is biased for the entry of their employer anyway."""
        for member in Member.objects.filter(competition=self.competition).select_related("person"):
            jury.declare(meeting, member, [], by=member.person)

    def _hold(self, meeting: Meeting, moment: datetime, lead: Person) -> None:
        members = list(Member.objects.filter(competition=self.competition).exclude(kind=Member.Kind.DEPUTY).select_related("person"))
        prizes = {prize.code: prize for prize in self.competition.prizes.all()}
        wanted = {(decision.reference, decision.project, decision.group): decision for decision in self.story.decisions}
        with clock.at(moment), self.together():
            jury.open_meeting(meeting, by=lead)
            for member in members:
                jury.arrive(meeting, member, by=lead)
        items = list(Item.objects.filter(meeting=meeting).select_related("entry", "project", "group").order_by("position"))
        for number, item in enumerate(self.steps("jury", items)):
            key = (item.entry.reference, item.project.position if item.project else None, item.group.code)
            decision = wanted.get(key)
            with clock.at(moment + timedelta(minutes=30 + 8 * number)):
                jury.call_item(item, by=lead)
                if decision:
                    jury.decide(item, Item.Result.AWARDED, prize=prizes[decision.prize], amount_cents=decision.amount_cents, by=lead)
                else:
                    jury.decide(item, Item.Result.NOT_AWARDED, by=lead)
        with clock.at(moment + timedelta(minutes=60 + 8 * len(items))):
            meeting.refresh_from_db()
            jury.close_meeting(meeting, by=lead)

    def announce(self) -> None:
        lead, sponsor = self.holder(Role.Kind.OFFICE_LEAD), self.holder(Role.Kind.SPONSOR)
        for round in sorted({self.entries[decision.reference].round for decision in self.story.decisions}):
            with self.at("approved"):
                awards.approve_results(self.competition, round, by=sponsor)
            with self.at("announced"):
                awards.announce(self.competition, round, by=lead)
                self.report("announcement", 1, 1)
        for sample in self.story.entries:                               # what its applicant keeps for themselves of what opened with it
            if sample.closed:
                entry = self.entries[sample.reference]
                with self.at("announced"):
                    editions.change(entry, (), sample.closed, by=entry.contributors.select_related("person")[0].person)

    def publish(self) -> None:
        """Portraits, the frozen edition, the book; what applicants agreed to was released with the announcement."""
        won = list(Award.objects.filter(competition=self.competition).select_related("entry__competition", "project", "group", "prize"))
        if not won:
            return
        editor = self.holder(Role.Kind.EDITOR)
        for award in self.steps("portraits", won):
            seed = self.story.dice("portrait", award.entry.reference, sides=10_000)
            with self.at("announced"):
                portrait = awards.write_portrait(award, description=texts.long_text(seed, 3), reasons=texts.long_text(seed + 5, 2), by=editor)
                awards.set_portrait_picture(
                    portrait, sample_picture(award.entry.reference), credit="Beispielbild, von einem Programm gezeichnet",
                    alternative_text=alternative_text(), by=editor, is_sample=True)
            contact = award.entry.contributors.select_related("person").first()
            if contact:
                with self.at("proofed"):
                    awards.send_portrait_for_proof(portrait, by=editor)
                    awards.approve_portrait(portrait, by=contact.person)
        with self.at("edition"):
            edition = editions.freeze(self.competition, by=editor, note="")
            editions.publish(edition, by=editor)
            self.report("edition", 1, 1)
            if self.with_book and self.competition.chapters.exists():
                publish_book(build_book(self.competition, edition, by=editor), by=editor)
                self.report("book", 1, 1)

    def follow_up(self) -> None:
        lead, colleague = self.holder(Role.Kind.OFFICE_LEAD), self.holder(Role.Kind.OFFICE)
        won = list(Award.objects.filter(competition=self.competition).select_related("entry__competition", "group"))
        receipt = sample_picture("receipt") if won else b""
        for award in self.steps("money", won):
            sample = self.samples[award.entry.reference]
            contact = award.entry.contributors.select_related("person").first()
            if not sample.reaches("paid"):
                continue
            with self.at("paid"):
                follow_up.record_payment(award, amount_cents=award.amount_cents, paid_on=clock.today(self.zone), by=lead)
            if sample.reaches("reported"):
                with self.at("reported"):
                    proofs = []
                    if contact and self.story.dice("receipt", sample.reference, sides=5):
                        proofs = [files.store(
                            receipt, name="beleg.jpg", stored_by=contact.person, scope=self.competition.code,
                            subject=f"proof:{award.code}", is_sample=True, alternative_text=alternative_text())]
                    proof = follow_up.send_proof(
                        award, report=texts.paragraph(self.story.dice("report", sample.reference, sides=1_000)),
                        spent_cents=award.amount_cents, files=proofs, by=contact.person if contact else lead)
                    if sample.reaches("closed"):
                        follow_up.accept_proof(proof, by=colleague)
