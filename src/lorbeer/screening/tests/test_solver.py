"""The solver by itself: every rule kept, the optimum proven, the same again from the same input, a smallest contradiction if not."""

import itertools
import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lorbeer.screening.assignment import (
    Conflict,
    EntryFacts,
    Impossible,
    Problem,
    ScreenerFacts,
    bounds,
    digest,
    field_points,
    is_feasible,
    network,
    price_of_rules,
    remedies_of,
    result_of,
    solve,
)
from lorbeer.screening.assignment.tables import limits_of

pytestmark = pytest.mark.once
QUICK = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
FIELDS = ("art", "sport", "work")


@st.composite
def problems(draw, most_entries=12, most_people=6, most_seats=3):
    """Problems of every kind, feasible or not."""
    some_fields = st.lists(st.sampled_from(FIELDS), max_size=3, unique=True).map(lambda found: tuple(sorted(found)))
    land = st.sampled_from(["NW", "BY", "HE", "SN"])
    entries = tuple(
        EntryFacts(f"E{n:02}", draw(st.sampled_from("abc")), (draw(land),), draw(some_fields), draw(st.sampled_from(["", "de", "en"])))
        for n in range(draw(st.integers(1, most_entries))))
    people = tuple(
        ScreenerFacts(f"S{n}", draw(st.sampled_from(["", "", "", "NW", "BY"])), draw(st.sampled_from([None, None, None, 1, 3])),
                      draw(some_fields), draw(st.sampled_from([(), (), ("de",), ("de", "en")])))
        for n in range(draw(st.integers(1, most_people))))
    pairs = [(entry.code, person.code) for entry in entries for person in people]
    excluded = {pair: draw(st.sampled_from(["declared", "employer"])) for pair in draw(st.lists(st.sampled_from(pairs), max_size=6))}
    free = [pair for pair in pairs if pair not in excluded]
    seats = draw(st.integers(1, most_seats))
    fixed: dict[str, list[str]] = {}
    for entry, person in draw(st.lists(st.sampled_from(free), max_size=4, unique=True)) if free else []:
        if len(fixed.setdefault(entry, [])) < seats:
            fixed[entry].append(person)
    return Problem(
        entries, people, excluded, seats, draw(st.integers(0, 9)), draw(st.integers(1, 3)),
        tuple((entry, person) for entry, several in fixed.items() for person in several),
        tuple(draw(st.lists(st.sampled_from(pairs), max_size=2, unique=True))) if draw(st.booleans()) else (),
        own_land=draw(st.booleans()), languages=draw(st.booleans()), priority=draw(st.sampled_from(["mix", "even", "fields"])),
        expert=draw(st.booleans()),
    )


def faults_of(problem, pairs):
    """What is wrong with an assignment, judged without any of the solver's code but the loads that are allowed."""
    entries = {one.code: one for one in problem.entries}
    people = {one.code: one for one in problem.screeners}
    both = [*problem.fixed, *pairs]
    found = [] if len(set(both)) == len(both) else ["somebody reads an entry twice"]
    counts = Counter(entry for entry, _person in both)
    found += [f"{code} has {counts[code]} people" for code in entries if counts[code] != problem.seats]
    for code, name in pairs:
        entry, person = entries[code], people[name]
        if ((code, name) in problem.excluded or (problem.own_land and person.land and person.land in entry.lands)
                or (problem.languages and entry.language and person.languages and entry.language not in person.languages)):
            found.append(f"{name} may not read {code}")
    found += [f"{pair} is pinned" for pair in problem.pinned if pair not in both]
    loads, held = Counter(name for _code, name in both), Counter(name for _code, name in problem.fixed)
    for name, person in people.items():
        if person.capacity is not None and loads[name] > max(person.capacity, held[name]):
            found.append(f"{name} has no room")
    least, most, _fair = zip(*(limits_of(problem)[name] for name in people), strict=True)
    found += [f"{name} reads {loads[name]}" for name, low, high in zip(people, least, most, strict=True) if not low <= loads[name] <= high]
    even = [loads[name] for name, person in people.items() if person.capacity is None]
    if not problem.fixed and even and max(even) - min(even) > problem.spread:
        found.append("loads are uneven")
    return found


@settings(QUICK, max_examples=150)
@given(problems())
def test_every_assignment_keeps_all_rules_and_is_proven(problem):
    try:
        solution = solve(problem)
    except Impossible:
        assert not is_feasible(problem)
        return
    assert faults_of(problem, solution.pairs) == []
    assert solution.objective == solution.bound == result_of(problem, list(solution.pairs), 0).objective
    assert is_feasible(problem)


@settings(QUICK, max_examples=60)
@given(problems(most_entries=4, most_people=4, most_seats=2))
def test_nothing_better_exists_and_nothing_possible_is_missed(problem):
    """Against all assignments there are, one by one."""
    plain = problem.sorted()
    options = []
    for entry in plain.entries:
        held = [person for code, person in plain.fixed if code == entry.code]
        free = [one.code for one in plain.screeners if one.code not in held]
        options.append([[(entry.code, name) for name in chosen] for chosen in itertools.combinations(free, plain.seats - len(held))])
    values = [
        (len(result.unknown), result.objective)
        for combination in itertools.product(*options)
        if not faults_of(plain, pairs := [pair for part in combination for pair in part])
        for result in [result_of(plain, pairs, 0)]
    ]
    try:
        solution = solve(problem)
        fewest, least = min(values, default=(None, None))
        assert len(solution.unknown) == fewest == len(without_expert(plain, solution.pairs))
        assert solution.unknown_least
        if not fewest:                                                  # else the optimum is that with the same exceptions
            assert solution.objective == least
    except Impossible:
        assert values == []


def without_expert(problem, pairs):
    """Entries without a reader who knows a field of theirs, judged without the solver's code; none where nobody is asked for."""
    known = {one.code: set(one.fields) for one in problem.screeners}
    readers = {}
    for entry, person in (*problem.fixed, *pairs):
        readers.setdefault(entry, set()).update(known.get(person, ()))
    return [one.code for one in problem.entries if problem.expert and one.fields and not set(one.fields) & readers.get(one.code, set())]


@settings(QUICK, max_examples=60)
@given(problems())
def test_lists_instead_of_all_pairs_never_claim_more_than_is_true(problem):
    """As for cases that do not fit into memory; here both can be compared."""
    try:
        best = solve(problem)
    except Impossible:
        return
    kept = network.ALL_PAIRS, network.NEAREST, network.RANDOM
    network.ALL_PAIRS, network.NEAREST, network.RANDOM = 0, 1, 2
    try:
        solution = solve(problem)
    except (Impossible, ValueError):
        return
    finally:
        network.ALL_PAIRS, network.NEAREST, network.RANDOM = kept
    assert faults_of(problem, solution.pairs) == []
    assert len(best.unknown) <= len(solution.unknown)
    if solution.unknown:
        assert solution.bound <= solution.objective
    else:
        assert solution.bound == best.objective == solution.objective  # the lists grow until the bound is reached


@settings(QUICK, max_examples=40)
@given(problems(), st.randoms())
def test_the_order_of_the_input_does_not_matter(problem, shuffler):
    def mixed(items):
        return tuple(shuffler.sample(list(items), len(items)))

    other = Problem(
        mixed(problem.entries), mixed(problem.screeners), dict(mixed(problem.excluded.items())), problem.seats, problem.seed,
        problem.spread, mixed(problem.fixed), mixed(problem.pinned), problem.own_land, problem.languages, problem.priority, problem.expert,
    )
    assert digest(problem.as_json()) == digest(other.as_json())
    assert Problem.from_json(problem.as_json()) == problem.sorted()
    try:
        assert solve(problem) == solve(other)
    except Impossible as one:
        with pytest.raises(Impossible) as caught:
            solve(other)
        assert caught.value.conflict == one.conflict


# --- contradictions ---------------------------------------------------------------------------------------------------


def fits(need, room, is_open):
    """Whether everybody on the left finds `need` different ones on the right, whose room is bounded; by augmenting paths."""
    given_to = {}

    def place(left, seen):
        for right in room:
            if right in seen or left in given_to.setdefault(right, []) or not is_open(left, right):
                continue
            seen.add(right)
            if len(given_to[right]) < room[right]:
                given_to[right].append(left)
                return True
            for other in list(given_to[right]):
                if place(other, seen):
                    given_to[right].remove(other)
                    given_to[right].append(left)
                    return True
        return False

    return all(place(left, set()) for left, count in need.items() for _place in range(count))


def holds(problem, conflict, without=None):
    """Whether the rules of the conflict, but one, can be kept together. Everything that it does not name is free."""
    endless = 10**6
    fixed = set(problem.fixed)
    pins = [("pin", pair) for pair in conflict.pins]
    apart = set(conflict.excluded) - ({without[1]} if without and without[0] == "pair" else set())
    taken = Counter(pair[0 if conflict.kind == "floors" else 1] for kind, pair in pins if (kind, pair) != without)
    demand = conflict.screeners if conflict.kind == "floors" else conflict.entries
    supply = conflict.entries if conflict.kind == "floors" else conflict.screeners
    held = [Counter(pair[side] for pair in fixed) for side in (0, 1)]
    if conflict.kind == "places":
        need = {code: problem.seats - held[0][code] for code in demand}
        room = {one.code: endless for one in problem.screeners} | {
            code: max(0, conflict.limits[code][0] - held[1][code] - taken[code]) for code in supply}

        def is_open(entry, person):
            return (entry, person) not in apart and (entry, person) not in fixed
    else:
        need = {code: max(0, conflict.limits[code][0] - held[1][code]) for code in demand}
        room = {one.code: endless for one in problem.entries} | {code: problem.seats - held[0][code] - taken[code] for code in supply}

        def is_open(person, entry):
            return (entry, person) not in apart and (entry, person) not in fixed
    if without and without[0] == "need":
        del need[without[1]]
    if without and without[0] == "room":
        room[without[1]] = endless
    return fits(need, room, is_open)


def rules_in(conflict):
    demand, supply = (conflict.screeners, conflict.entries) if conflict.kind == "floors" else (conflict.entries, conflict.screeners)
    yield from (("need", code) for code in demand)
    yield from (("room", code) for code in supply)
    yield from (("pair", pair) for pair in conflict.excluded)
    yield from (("pin", pair) for pair in conflict.pins)


@settings(QUICK, max_examples=250)
@given(problems())
def test_a_contradiction_is_real_and_lifting_any_one_of_its_rules_ends_it(problem):
    try:
        solve(problem)
        return
    except Impossible as reason:
        conflict = reason.conflict
    assert conflict.minimal
    if conflict.kind in ("places", "floors"):
        assert not holds(problem, conflict)
        for rule in rules_in(conflict):
            assert holds(problem, conflict, rule), rule
        assert conflict.needed > conflict.elsewhere + conflict.room
        assert all(problem.reason(*facts_of(problem, pair)) == kind for pair, kind in conflict.excluded.items())
    else:
        assert conflict.pins
        assert set(conflict.pins) <= set(problem.pinned)


def facts_of(problem, pair):
    return (next(one for one in problem.entries if one.code == pair[0]), next(one for one in problem.screeners if one.code == pair[1]))


@settings(QUICK, max_examples=40)
@given(problems())
def test_every_remedy_that_is_named_works(problem):
    if is_feasible(problem):
        return
    remedies = remedies_of(problem)
    for rule in remedies.rules:
        solve(problem.without(rule))
    if remedies.spread:
        solve(Problem(**{**vars(problem), "spread": remedies.spread}))
        with pytest.raises(Impossible):
            solve(Problem(**{**vars(problem), "spread": remedies.spread - 1}))


def test_forty_entries_that_two_people_may_read_are_named_as_many_as_are_too_many():
    entries = tuple(EntryFacts(f"E{n:03}", "a", ("NW",) if n < 40 else ("BY",)) for n in range(142))
    people = tuple(ScreenerFacts(f"S{n}", "NW" if n < 6 else "") for n in range(8))

    with pytest.raises(Impossible) as caught:
        solve(Problem(entries, people, {}, 2, 1))

    found = caught.value.conflict
    assert (found.kind, found.kinds(), set(found.screeners) <= {"S6", "S7"}) == ("places", {"land": 6 * 37 - 1}, True)
    assert (len(found.entries), found.needed - found.elsewhere - found.room) == (37, 1)
    remedies = remedies_of(Problem(entries, people, {}, 2, 1))
    assert (remedies.rules, remedies.spread, remedies.newcomers) == (["land"], 8, 1)


@pytest.mark.parametrize(("facts", "kind"), [
    ({"pinned": (("E0", "S0"),), "excluded": {("E0", "S0"): "declared"}}, "pin_excluded"),
    ({"pinned": (("E0", "S9"),)}, "pin_gone"),
    ({"pinned": (("E0", "S0"), ("E0", "S1"))}, "pin_seats"),
    ({"pinned": (("E0", "S0"), ("E1", "S0"), ("E2", "S0"), ("E3", "S0"))}, "pin_load"),
])
def test_pinned_pairs_are_told_what_they_contradict(facts, kind):
    entries, people = tuple(EntryFacts(f"E{n}") for n in range(4)), tuple(ScreenerFacts(f"S{n}") for n in range(2))

    with pytest.raises(Impossible) as caught:
        solve(Problem(entries, people, **({"excluded": {}, "seats": 1, "seed": 1} | facts)))

    assert caught.value.conflict.kind == kind


# --- what is aimed at -------------------------------------------------------------------------------------------------


def plain_entries(count, groups="a"):
    return tuple(EntryFacts(f"E{n:03}", groups[n % len(groups)]) for n in range(count))


def plain_people(names):
    return tuple(map(ScreenerFacts, names))


def test_groups_are_mixed_as_evenly_as_possible():
    solution = solve(Problem(plain_entries(60, "abc"), plain_people("PQRST"), {}, 2, 1))

    assert {count for loads in solution.group_loads.values() for count in loads.values()} == {8}
    assert solution.excess == 0


def test_another_seed_gives_another_assignment_of_equal_balance():
    one, other = (solve(Problem(plain_entries(30), plain_people("PQRSTU"), {}, 2, seed)) for seed in (1, 2))

    assert one.pairs != other.pairs
    assert sorted(one.loads.values()) == sorted(other.loads.values()) == [10] * 6


def test_people_read_what_they_know_and_a_whole_entry_counts_more_than_half_of_one():
    entries = tuple(EntryFacts(f"E{n}", fields=(FIELDS[n % 2],)) for n in range(8))
    people = (ScreenerFacts("A", fields=("art",)), ScreenerFacts("B", fields=("sport",)))
    solution = solve(Problem(entries, people, {}, 1, 3))

    assert all(entries[int(entry[1])].fields == dict(zip("AB", (("art",), ("sport",)), strict=True))[who] for entry, who in solution.pairs)
    assert solution.points == {"A": 40, "B": 40}
    assert [field_points(("art", "sport"), known) for known in ((), ("art",), FIELDS)] == [0, 5, 10]


def test_the_priority_decides_between_expertise_and_the_mix_of_groups():
    entries = tuple(EntryFacts(f"E{n}", "ab"[n % 2], fields=(FIELDS[n % 2],)) for n in range(8))
    people = (ScreenerFacts("A", fields=("art",)), ScreenerFacts("B", fields=("sport",)))
    known, mixed = (solve(Problem(entries, people, {}, 1, 3, priority=priority)) for priority in ("fields", "mix"))

    assert (sum(known.points.values()), known.excess) == (80, 4)
    assert (sum(mixed.points.values()), mixed.excess) == (40, 0)


def test_who_has_less_room_reads_less_and_the_others_share_the_rest():
    people = (ScreenerFacts("A", capacity=2), *plain_people("BCD"))
    solution = solve(Problem(plain_entries(16), people, {}, 2, 1))

    assert solution.loads == {"A": 2, "B": 10, "C": 10, "D": 10}
    assert bounds(32, {}, "ABCD", 1, {"A": 2}) == {"A": (2, 2, 2)} | dict.fromkeys("BCD", (10, 11, 10))


def test_each_rule_has_its_price():
    entries = tuple(EntryFacts(f"E{n}", "a", ("NW",), ("art",)) for n in range(6)) + tuple(EntryFacts(f"F{n}", "a", ("BY",)) for n in range(6))
    people = (ScreenerFacts("A", "NW", fields=("art",)), *plain_people("BC"))
    problem = Problem(entries, people, {("F0", "B"): "declared"}, 1, 1)
    prices = price_of_rules(problem, solve(problem))

    assert {rule: price.points for rule, price in prices.items()} == {"balance": 0, "declared": 0, "land": 40}


def test_each_entry_gets_a_reader_who_knows_its_field_even_where_the_sum_of_expertise_would_be_higher_without():
    art, both = (EntryFacts("A", "a", fields=("art",)), EntryFacts("B", "a", fields=("sport", "work"))), ("sport", "work")
    people = (ScreenerFacts("S1", fields=both), ScreenerFacts("S2", fields=both), ScreenerFacts("S3", fields=("art",)), ScreenerFacts("S4"))
    problem = Problem(art, people, {("A", "S3"): "declared"}, 2, 1)
    assert solve(problem).unknown == ()                                 # the call asks for nobody
    asked = replace(problem, expert=True)
    assert solve(asked).unknown == ("A",)                               # S3, who knows it, is biased; B has S1 or S2
    free = replace(asked, excluded={}, screeners=(*people[:3], ScreenerFacts("S4", fields=("sport",))))
    assert solve(free).unknown == ()
    assert price_of_rules(asked, solve(asked))["expert"].points == 0


def test_where_experts_are_too_few_as_few_entries_as_possible_go_without():
    entries = tuple(EntryFacts(f"E{n}", "a", fields=("art",)) for n in range(6))
    people = (ScreenerFacts("X", capacity=2, fields=("art",)), *plain_people("ABC"))
    solution = solve(Problem(entries, people, {}, 2, 1, expert=True))
    assert (len(solution.unknown), solution.unknown_least) == (4, True)
    assert solve(Problem(entries[:2], people[:2], {}, 2, 1, expert=True)).unknown == ()
    held = solve(Problem(entries[:2], people[:2], {}, 2, 1, expert=True, fixed=(("E0", "X"),), pinned=(("E1", "X"),)))
    assert held.unknown == ()                                           # who has a place already counts


@pytest.mark.parametrize("expert", [False, True])
def test_large_cases_are_solved_by_classes_and_keep_all_rules(monkeypatch, expert):
    """The same as with an entry each, and people meet more than one other."""
    dice = random.Random(7)
    entries = tuple(
        EntryFacts(f"E{n:04}", dice.choice("abc"), (dice.choice(["NW", "BY"]),), (dice.choice(FIELDS),)) for n in range(600))
    people = tuple(ScreenerFacts(f"S{n:02}", dice.choice(["NW", "BY", ""]), fields=tuple(dice.sample(FIELDS, 1))) for n in range(20))
    problem = Problem(entries, people, {("E0001", "S03"): "declared"}, 2, 5, pinned=(("E0002", people[0].code),), own_land=False,
                      expert=expert)
    single = solve(problem)
    monkeypatch.setattr("lorbeer.screening.assignment.tables.ALONE", 0)
    together = solve(problem)

    assert faults_of(problem, together.pairs) == []
    assert together.objective == single.objective == together.bound
    assert without_expert(problem, together.pairs) == without_expert(problem, single.pairs) == []
    met: dict[str, set[str]] = {}
    for entry, name in together.pairs:
        met.setdefault(entry, set()).add(name)
    assert len({frozenset(two) for two in met.values()}) > 60


def test_a_conflict_that_was_too_large_says_that_it_is_not_trimmed(monkeypatch):
    monkeypatch.setattr("lorbeer.screening.assignment.conflict.TRIMMED_PAIRS", 0)
    with pytest.raises(Impossible) as caught:
        solve(Problem(plain_entries(3), (ScreenerFacts("A", capacity=1), ScreenerFacts("B", capacity=1)), {}, 1, 1))

    assert caught.value.conflict == Conflict("places", ["E000", "E001", "E002"], ["A", "B"], 3, 0, 2, minimal=False)
