"""Who reads what, as a proposal: computed, changed by hand or by a file, accepted. Nothing is assigned before it is accepted."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from lorbeer.entries.models import Entry, State
from lorbeer.people.models import Person, Role
from lorbeer.people.rules import can_take_role
from lorbeer.people.services import take_role
from lorbeer.screening import assignment, pairing, rules, wording
from lorbeer.screening.assignment import EntryFacts, Problem, Solution
from lorbeer.screening.models import AssignmentRun, Vote
from lorbeer.screening.services.assignment import has_begun, take_back, tell_of_dropping_out, tell_screener
from lorbeer.shared import clock, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.verdicts import require

if TYPE_CHECKING:
    from lorbeer.call.models import Competition

Change = tuple[str, str, str]  # entry, from, to


class NoAssignment(BadInput):
    """No assignment keeps all rules. `told`: which contradict each other; `remedies`: what would do, None where it was not tried."""

    def __init__(self, told: list[str], remedies: list[str] | None) -> None:
        super().__init__(" ".join(told))
        self.told, self.remedies = told, remedies


def propose_assignment(
    competition: "Competition", round: int, seed: int, by: Person | None, *, spread: int = 1, priority: str = "even",
    without: Person | None = None,
) -> AssignmentRun:
    """Compute who reads what, for every seat of an admitted entry that nobody holds yet. Nothing is assigned by it.

    Loads and capacities are those of the whole round, entries that have all their votes included.
    The same seed and the same facts give the same result. Loads differ by at most `spread`; `priority` see assignment.PRIORITIES;
    `without` gets nothing. Raises NoAssignment with a smallest set of rules that contradict each other.
    """
    if by is not None:
        require(rules.can_assign(by, competition, round))
    problem = pairing.problem_of(competition, round, seed=seed, spread=spread, priority=priority, without=without)
    if not Entry.objects.filter(competition=competition, round=round, state=State.ADMITTED).exists():
        raise BadInput(_("There are no admitted entries to assign. Entries are admitted first."))
    if not problem.screeners:
        raise BadInput(_("Nobody is a screener yet. Invite screeners first, then compute the assignment."))
    if problem.is_full:
        raise BadInput(_("Every entry has its screeners already. There is nothing left to assign."))
    try:
        solution = assignment.solve(problem)
    except assignment.Impossible as reason:
        remedies = wording.remedies_in_words(assignment.remedies_of(problem))
        raise NoAssignment(wording.sentences_of(reason.conflict, problem), remedies) from reason
    except ValueError as reason:  # lists were too short, and all pairs too many
        raise BadInput(_("No assignment was found in what can be searched. Allow a larger difference of loads.")) from reason
    return _keep(competition, round, problem, solution, by, stands_in_for=without)


def _keep(
    competition: "Competition", round: int, problem: Problem, solution: Solution, by: Person | None, *,
    stands_in_for: Person | None = None, based_on: AssignmentRun | None = None, changes: Iterable[Change] = (),
) -> AssignmentRun:
    told = based_on.input if based_on else problem.as_json()
    pairs = [list(pair) for pair in solution.pairs]
    with transaction.atomic():
        run = AssignmentRun.objects.create(
            competition=competition, round=round, seed=problem.seed, input=told,
            input_sha256=based_on.input_sha256 if based_on else assignment.digest(told),
            result=pairs, result_sha256=assignment.digest(pairs), objective=solution.objective, created_by=by,
            stands_in_for=stands_in_for, based_on=based_on,
            changes=[*(based_on.changes if based_on else ()), *([*change] for change in changes)],
            explanation=explanation_of(problem, solution, based_on),
        )
        log.record(
            "assignment.adjust" if based_on else "assignment.propose", subject=f"assignment:{run.code}", scope=competition.code,
            actor=by, seed=run.seed, input_sha256=run.input_sha256, result_sha256=run.result_sha256, places=len(pairs),
            **({"based_on": based_on.code} if based_on else {}),
        )
    return run


def explanation_of(problem: Problem, solution: Solution, based_on: AssignmentRun | None = None) -> dict[str, Any]:
    """What the page tells. Of a proposal that was changed by hand, prices and bound are those of the one that was computed."""
    entries = {one.code: one for one in problem.entries}
    people = {one.code: one for one in problem.screeners}
    known: Counter[str] = Counter()
    for entry, person in (*problem.fixed, *solution.pairs):
        if entry in entries and person in people and set(entries[entry].fields) & set(people[person].fields):
            known[entry] += 1
    computed = based_on.explanation if based_on else {
        "prices": {rule: [price.objective, price.excess, price.points]
                   for rule, price in assignment.price_of_rules(problem, solution).items()},
        "bound": solution.bound, "excluded": excluded_by_kind(problem), "best_points": best_points(problem),
    }
    return {name: computed[name] for name in ("prices", "bound", "excluded", "best_points")} | {
        "loads": solution.loads, "group_loads": solution.group_loads, "excess": solution.excess, "points": solution.points,
        "unknown": {code: "busy" if somebody_knows(problem, entries[code]) else "nobody" for code in solution.unknown},
        "unknown_least": solution.unknown_least and not based_on,
        "known_places": known.total(), "known_entries": len(known), "about": sum(bool(one.fields) for one in problem.entries),
    }


def somebody_knows(problem: Problem, entry: EntryFacts) -> bool:
    """Whether somebody who may read the entry knows a field of it."""
    return any(assignment.knows(entry.fields, one.fields) and not problem.reason(entry, one) for one in problem.screeners)


def excluded_by_kind(problem: Problem) -> dict[str, int]:
    """Pairs that are kept apart, by kind; a pair with two reasons counts under both."""
    found = Counter(problem.excluded.values())
    if problem.own_land:
        homes = Counter(one.land for one in problem.screeners if one.land)
        found["land"] += sum(homes[land] for one in problem.entries for land in one.lands)
    if problem.languages:
        for language, count in Counter(one.language for one in problem.entries if one.language).items():
            found["language"] += count * sum(bool(one.languages) and language not in one.languages for one in problem.screeners)
    return {kind: count for kind, count in sorted(found.items()) if count}


def best_points(problem: Problem) -> int | None:
    """Points of expertise if every entry could have those who know it best, without any other rule; None where that is too much."""
    if len(problem.entries) * len(problem.screeners) > assignment.EXPLAINED_PAIRS:
        return None
    fields = [one.fields for one in problem.screeners]
    return sum(
        sum(sorted((assignment.field_points(entry.fields, known) for known in fields), reverse=True)[: problem.seats])
        for entry in problem.entries
    )


# --- by hand ----------------------------------------------------------------------------------------------------------


def problem_in(run: AssignmentRun) -> Problem:
    return Problem.from_json(run.input)


def faults_in(problem: Problem, pairs: list[tuple[str, str]], names: dict[str, str]) -> list[str]:
    """Which hard rules `pairs` (all new places) break, a sentence each. Loads that differ are no fault: whoever sees them decides."""
    entries = {one.code: one for one in problem.entries}
    people = {one.code: one for one in problem.screeners}
    found = []
    both = [*problem.fixed, *pairs]
    for (entry, person), count in sorted(Counter(both).items()):
        if count > 1:
            found.append(_("%(person)s would read %(entry)s twice.") % {"person": names.get(person, person), "entry": entry})
    for entry, person in pairs:
        facts = {"person": names.get(person, person), "entry": entry}
        if entry not in entries:
            found.append(_("%(entry)s is not among the entries of this proposal.") % facts)
        elif person not in people:
            found.append(_("%(person)s is not among the screeners of this proposal.") % facts)
        elif kind := problem.reason(entries[entry], people[person]):
            found.append(_("%(person)s may not read %(entry)s: %(reason)s.") % (facts | {"reason": wording.REASONS[kind]}))
    seats = Counter(entry for entry, _person in both)
    for entry in entries:
        if seats[entry] != problem.seats:
            found.append(_("%(entry)s would have %(count)d screeners, not %(seats)d.") % {
                "entry": entry, "count": seats[entry], "seats": problem.seats})
    loads, held = Counter(person for _entry, person in both), Counter(person for _entry, person in problem.fixed)
    for one in problem.screeners:
        if one.capacity is not None and loads[one.code] > max(one.capacity, held[one.code]):
            found.append(_("%(person)s takes at most %(capacity)d entries and would have %(count)d.") % {
                "person": names.get(one.code, one.code), "capacity": one.capacity, "count": loads[one.code]})
    for entry, person in problem.pinned:
        if (entry, person) not in both:
            found.append(_("%(person)s is pinned to %(entry)s.") % {"person": names.get(person, person), "entry": entry})
    return found


def names_in(problem: Problem) -> dict[str, str]:
    return {person.code: str(person) for person in Person.objects.filter(code__in=[one.code for one in problem.screeners])}


def change_by_hand(run: AssignmentRun, changes: list[Change], by: Person | None) -> AssignmentRun:
    """A new proposal that differs from `run` by `changes`; every hard rule is checked at once. Raises BadInput with what breaks."""
    if by is not None:
        require(rules.can_assign(by, run.competition, run.round))
    if run.accepted_at:
        raise Refused(_("This assignment has been accepted already. Move single places under the entry."))
    problem = problem_in(run)
    pairs = {(entry, person) for entry, person in run.result}
    for entry, giver, taker in changes:
        if giver == taker:
            raise BadInput(_("Please choose who gives the place and who takes it."))
        if (entry, giver) not in pairs:
            raise BadInput(_("This place has been moved meanwhile, or it was taken before this proposal. Reload the page."))
        pairs.remove((entry, giver))
    added = [(entry, taker) for entry, _giver, taker in changes]
    everything = [*sorted(pairs), *added]
    if faults := faults_in(problem, everything, names_in(problem)):
        raise BadInput(_("This would break a rule, so nothing has been changed."), faults=faults)
    return _replace(run, problem, everything, changes, by)


def _replace(
    run: AssignmentRun, problem: Problem, pairs: list[tuple[str, str]], changes: Iterable[Change], by: Person | None
) -> AssignmentRun:
    solution = assignment.result_of(problem, sorted(pairs), run.explanation["bound"])
    return _keep(run.competition, run.round, problem, solution, by, stands_in_for=run.stands_in_for, based_on=run, changes=changes)


def take_in(run: AssignmentRun, pairs: list[tuple[str, str]], by: Person | None) -> AssignmentRun:
    """A new proposal with exactly these new places, as a file says. Raises BadInput with everything that breaks a rule."""
    if by is not None:
        require(rules.can_assign(by, run.competition, run.round))
    if run.accepted_at:
        raise Refused(_("This assignment has been accepted already. Move single places under the entry."))
    problem = problem_in(run)
    if faults := faults_in(problem, pairs, names_in(problem)):
        raise BadInput(_("The file breaks rules. Nothing was imported."), faults=faults[:50])
    before = {(entry, person) for entry, person in run.result}
    gone: dict[str, list[str]] = {}
    for entry, person in sorted(before - set(pairs)):
        gone.setdefault(entry, []).append(person)
    changes = [(entry, gone[entry].pop(0), person) for entry, person in sorted(set(pairs) - before)]
    if not changes:
        raise BadInput(_("The file says the same as this proposal. Nothing was changed."))
    return _replace(run, problem, pairs, changes, by)


# --- accepting --------------------------------------------------------------------------------------------------------


@transaction.atomic
def accept_assignment(run: AssignmentRun, by: Person | None, due_on: date | None) -> list[Vote]:
    """Give every screener their entries as the run says, to be voted on until the end of `due_on`; tell them by mail.

    Raises Refused when the run was accepted before, or when entries, screeners or rules have changed since.
    """
    run = AssignmentRun.objects.select_for_update(of=("self",)).select_related("competition", "stands_in_for").get(pk=run.pk)
    competition = run.competition
    if by is not None:
        require(rules.can_assign(by, competition, run.round))
    if run.accepted_at:
        raise Refused(_("This assignment has been accepted already. Everybody has their entries."))
    # Lock first: none of them may go back into the formal check meanwhile.
    codes = {code for code, _person in run.result}
    entries = {entry.code: entry for entry in Entry.objects.select_for_update(of=("self",)).filter(
        competition=competition, round=run.round).order_by("pk") if entry.code in codes}
    told = pairing.problem_of(
        competition, run.round, seed=run.seed, spread=run.input["spread"], priority=run.input["priority"], without=run.stands_in_for
    ).as_json()
    if assignment.digest(told) != run.input_sha256:
        raise Refused(_(
            "Entries, screeners or declarations of bias have changed since this proposal was computed. "
            "Please compute it anew; nothing has been assigned."
        ))
    people = {person.code: person for person in Person.objects.filter(code__in={code for _entry, code in run.result})}
    taken: dict[int, set[int]] = {}
    for entry_id, seat in Vote.objects.filter(entry__competition=competition, entry__round=run.round).values_list("entry", "seat"):
        taken.setdefault(entry_id, set()).add(seat)
    votes, run.accepted_at = [], clock.now()
    for entry_code, person_code in run.result:
        entry = entries[entry_code]
        seats = taken.setdefault(entry.pk, set())
        seat = next(number for number in range(1, 100) if number not in seats)
        seats.add(seat)
        votes.append(Vote(entry=entry, screener=people[person_code], seat=seat, due_on=due_on, assigned_at=run.accepted_at))
    votes = Vote.objects.bulk_create(votes, batch_size=500)
    run.save(update_fields=["accepted_at"])
    log.record(
        "assignment.accept", subject=f"assignment:{run.code}", scope=competition.code, actor=by,
        result_sha256=run.result_sha256, places=len(votes), due_on=due_on, at=log.moment(run.accepted_at),
    )
    counts = Counter(person for _entry, person in run.result)
    for person_code, count in sorted(counts.items()):
        tell_screener(people[person_code], competition, count, due_on, key=f"assignment:{run.code}:{person_code}")
    return votes


# --- somebody drops out -----------------------------------------------------------------------------------------------


@transaction.atomic
def free_rest(person: Person, competition: "Competition", round: int, by: Person, reason: str) -> int:
    """Free what `person` has not sealed in the round, so that others can take it; nobody else's place moves. Gives the number.

    Who has begun nothing keeps the role. Who has begun loses it in the same act: what stays is final, and no answer told which that is.
    """
    require(rules.can_assign(by, competition, round))
    if not reason.strip():
        raise BadInput(_("Please give the reason for the change; it is recorded."), where=_("Reason"))
    left = Vote.objects.filter(screener=person, entry__competition=competition, entry__round=round, sealed_at=None)
    # Lock the entries first, as whoever counts seats does; then look again.
    list(Entry.objects.select_for_update(of=("self",)).filter(
        votes__screener=person, competition=competition, round=round).order_by("pk"))
    any_place = Vote.objects.filter(screener=person, entry__competition=competition, entry__round=round).select_related("entry").first()
    if any_place is None:
        raise Refused(_("%(person)s has no entries in this round.") % {"person": person})
    if not rules.is_out(person, competition) and has_begun(any_place):
        role = Role.objects.select_related("competition", "person").get(competition=competition, person=person, kind=Role.Kind.SCREENER)
        require(can_take_role(by, role))
        take_role(role, by=by)
    taken = list(left.select_for_update(of=("self",)).select_related("entry__competition", "screener").order_by("entry__code"))
    if not taken:
        raise Refused(_("%(person)s has nothing left to give away in this round.") % {"person": person})
    tell_of_dropping_out(taken)
    return len(take_back(taken, by, reason))
