"""Who reads what: exactly so many, balanced, never biased, the same again from the same input, and a sentence if not."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lorbeer.entries.models import Bias
from lorbeer.people.models import Role
from lorbeer.screening import assignment, queries, services
from lorbeer.screening.models import Vote
from lorbeer.screening.tests import factories as make
from lorbeer.shared import clock
from lorbeer.shared.errors import BadInput, Refused


@st.composite
def problems(draw):
    """Problems of every kind, feasible or not."""
    entries = tuple((f"E{n:02}", draw(st.sampled_from("abc"))) for n in range(draw(st.integers(1, 14))))
    screeners = tuple(f"S{n}" for n in range(draw(st.integers(1, 6))))
    pairs = [(entry, screener) for entry, _group in entries for screener in screeners]
    excluded = dict.fromkeys(draw(st.lists(st.sampled_from(pairs), max_size=20)), "land")
    free = [pair for pair in pairs if pair not in excluded]
    seats = draw(st.integers(1, 3))
    fixed = {}
    for entry, screener in draw(st.lists(st.sampled_from(free), max_size=6, unique=True)) if free else []:
        if len(fixed.setdefault(entry, [])) < seats:
            fixed[entry].append(screener)
    return assignment.Problem(
        entries, screeners, excluded, seats, draw(st.integers(0, 9)), draw(st.integers(1, 3)),
        tuple((entry, screener) for entry, several in fixed.items() for screener in several),
    )


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_every_assignment_keeps_all_rules_and_every_refusal_names_a_real_shortage(problem):
    try:
        solution = assignment.solve(problem)
    except assignment.Impossible as reason:
        assert reason.needed > reason.room
        return
    both = [*problem.fixed, *solution.pairs]
    assert len(set(both)) == len(both)
    for entry, _group in problem.entries:
        assert sum(one == entry for one, _screener in both) == problem.seats
    assert not set(solution.pairs) & set(problem.excluded)
    fixed = {screener: sum(one == screener for _entry, one in problem.fixed) for screener in problem.screeners}
    limits = assignment.bounds(len(both), fixed, problem.screeners, problem.spread)
    for screener, load in solution.loads.items():
        assert limits[screener][0] <= load <= limits[screener][1]
    if not problem.fixed:
        assert max(solution.loads.values()) - min(solution.loads.values()) <= problem.spread


@settings(max_examples=50, deadline=None)
@given(problems(), st.randoms())
def test_the_order_of_the_input_does_not_matter(problem, shuffler):
    def mixed(items):
        return tuple(shuffler.sample(list(items), len(items)))

    other = assignment.Problem(
        mixed(problem.entries), mixed(problem.screeners), dict(mixed(problem.excluded.items())), problem.seats, problem.seed,
        problem.spread, mixed(problem.fixed),
    )
    assert assignment.digest(problem.as_json()) == assignment.digest(other.as_json())
    try:
        assert assignment.solve(problem) == assignment.solve(other)
    except assignment.Impossible:
        with pytest.raises(assignment.Impossible):
            assignment.solve(other)


def test_groups_are_mixed_as_evenly_as_possible():
    entries = tuple((f"E{number:03}", "abc"[number % 3]) for number in range(60))
    solution = assignment.solve(assignment.Problem(entries, tuple("PQRST"), {}, 2, 1))

    assert {count for loads in solution.group_loads.values() for count in loads.values()} == {8}
    assert solution.excess == 0


def test_another_seed_gives_another_assignment_of_equal_balance():
    entries = tuple((f"E{number:03}", "a") for number in range(30))
    one, other = (assignment.solve(assignment.Problem(entries, tuple("PQRSTU"), {}, 2, seed)) for seed in (1, 2))

    assert one.pairs != other.pairs
    assert sorted(one.loads.values()) == sorted(other.loads.values()) == [10] * 6


def test_a_case_of_the_size_of_2017_is_solved_with_equal_loads():
    dice = random.Random(2017)
    entries = tuple((f"E{number:03}", "kal"[min(2, number // 60)]) for number in range(142))
    lands = {code: dice.choice(["NW", "BW", "NI", "HE", "BY"]) for code, _group in entries}
    homes = dict(zip("ABCDEFGH", ["NW", "BW", "NI", "HE", "BY", "NW", "BE", "HH"], strict=True))
    excluded = {(code, who): "land" for code, land in lands.items() for who, home in homes.items() if land == home}
    solution = assignment.solve(assignment.Problem(entries, tuple(homes), excluded, 2, 7))

    assert sorted(set(solution.loads.values())) == [35, 36]
    assert all(lands[entry] != homes[who] for entry, who in solution.pairs)


# --- through the services ---------------------------------------------------------------------------------------------


def with_people(entries: int, *homes: str):
    competition = make.make_competition()
    people = [make.make_role(competition, land_code=home) for home in homes]
    return competition, people, [make.make_entry(competition, land_code="NW") for _number in range(entries)]


@pytest.mark.django_db
def test_nobody_reads_an_entry_of_the_own_land_employer_or_declared_bias():
    competition, people, entries = with_people(6, "NW", "BY", "", "", "", "")
    home, _far, employed, declared, office, _free = people
    Role.objects.filter(person=employed).update(employer=entries[0].applicant)
    type(entries[0]).objects.filter(pk=entries[0].pk).update(applicant="Stadt Beispielhausen", applicant_key="beispielhausen")
    Role.objects.filter(person=employed).update(employer="Beispielhausen, Stadt")
    Bias.objects.create(entry=entries[1], person=declared, kind=Bias.Kind.DECLARED, reason="x")
    Bias.objects.create(entry=entries[2], person=office, kind=Bias.Kind.OFFICE, reason="x")

    with pytest.raises(BadInput):                           # the one from NW may read nothing, so loads cannot be equal
        services.propose_assignment(competition, 1, 3, None)
    Role.objects.filter(person=home).delete()
    run = services.propose_assignment(competition, 1, 3, None)

    pairs = {tuple(pair) for pair in run.result}
    assert len(pairs) == 12
    for entry, person in ((entries[0], employed), (entries[1], declared), (entries[2], office)):
        assert (entry.code, person.code) not in pairs
    assert set(run.explanation["excluded"]) == {"employer", "declared", "office"}


@pytest.mark.django_db
def test_own_land_counts_only_where_the_call_says_so():
    competition, _people, _entries = with_people(3, "NW", "NW")
    with pytest.raises(BadInput):
        services.propose_assignment(competition, 1, 3, None)
    competition.screening = make.SCREENING | {"exclude_own_land": False}
    competition.save()

    assert len(services.propose_assignment(competition, 1, 3, None).result) == 6


@pytest.mark.django_db
def test_what_cannot_be_is_said_with_names_and_numbers():
    competition, people, entries = with_people(3, "NW", "NW", "BY")

    with pytest.raises(BadInput) as caught:
        services.propose_assignment(competition, 1, 3, None, spread=10)

    sentence = str(caught.value)
    assert str(people[2]) in sentence
    assert str(people[0]) not in sentence
    assert all(entry.code in sentence for entry in entries)
    assert "6" in sentence
    assert "3" in sentence                                  # six places are needed, there are three


@pytest.mark.django_db
def test_a_proposal_assigns_nothing_and_is_the_same_again_from_its_recorded_input():
    competition, _people, _entries = with_people(5, "BY", "BY", "HE")
    run = services.propose_assignment(competition, 1, 11, None)

    assert not Vote.objects.exists()
    again = assignment.solve(assignment.Problem.from_json(run.input))
    assert [list(pair) for pair in again.pairs] == run.result
    assert assignment.digest(run.input) == run.input_sha256
    assert assignment.digest(run.result) == run.result_sha256


@pytest.mark.django_db
def test_accepting_assigns_exactly_the_result_and_only_once():
    competition, _people, entries = with_people(5, "BY", "BY", "HE")
    run = services.propose_assignment(competition, 1, 11, None)

    services.accept_assignment(run, None, clock.today())

    assert sorted(Vote.objects.values_list("entry__code", "screener__code")) == sorted(map(tuple, run.result))
    assert all(sorted(entry.votes.values_list("seat", flat=True)) == [1, 2] for entry in entries)
    with pytest.raises(Refused):
        services.accept_assignment(run, None, clock.today())


@pytest.mark.django_db
def test_a_proposal_is_stale_when_somebody_declared_a_bias_since():
    competition, people, entries = with_people(5, "BY", "BY", "HE", "HE")
    run = services.propose_assignment(competition, 1, 11, None)
    Bias.objects.create(entry=entries[0], person=people[0], kind=Bias.Kind.DECLARED, reason="x")

    with pytest.raises(Refused):
        services.accept_assignment(run, None, clock.today())
    assert not Vote.objects.exists()


@pytest.mark.django_db
def test_a_second_run_fills_what_is_free_and_moves_nothing():
    competition, people, entries = with_people(4, "BY", "BY", "HE", "HE")
    services.accept_assignment(services.propose_assignment(competition, 1, 1, None), None, None)
    given_back = Vote.objects.first()
    services.declare_bias(given_back, given_back.screener, "verwandt")
    make.make_entry(competition)
    before = set(Vote.objects.values_list("entry", "screener"))

    run = services.propose_assignment(competition, 1, 2, None)
    services.accept_assignment(run, None, None)

    assert before < set(Vote.objects.values_list("entry", "screener"))
    assert len(run.result) == 3
    assert not queries.entries_short_of_screeners(competition, 1).exists()
    assert not Vote.objects.filter(entry=given_back.entry, screener=given_back.screener).exists()
