"""Who reads what, through services and pages: never biased, the same again from the same input, and a sentence if not."""

import pytest

from lorbeer.entries.models import Bias
from lorbeer.people.models import Role
from lorbeer.screening import assignment, queries, services
from lorbeer.screening.models import Vote
from lorbeer.screening.tests import factories as make
from lorbeer.shared import clock
from lorbeer.shared.errors import BadInput, Refused


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
