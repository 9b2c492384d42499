"""How far screeners agree, against published figures, and on pages for those who may see it."""

import csv
import io
from fractions import Fraction

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lorbeer.people.models import Role
from lorbeer.screening.agreement import LEAST, agreement, kappa, linear, table_of
from lorbeer.screening.tests import factories as make
from lorbeer.screening.tests.test_walls import VOLATILE

# J. Cohen, Weighted kappa, Psychological Bulletin 70 (1968), table 1: N = 200, two judges, three diagnoses; he reports .492 and .348, and
# .353 with weights that are not symmetric.
COHEN = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]
# J. Fleiss, B. Levin, M. Paik, Statistical Methods for Rates and Proportions, 3rd ed. (2003), table 18.1: kappa .68.
FLEISS = [[75, 1, 4], [5, 4, 1], [0, 0, 10]]
# M. Hout et al. (1987) in A. Agresti, Categorical Data Analysis (1990); R package vcd, Kappa(SexualFun): .1293, equal spacing .2374.
HOUT = [[7, 7, 2, 3], [2, 8, 3, 7], [1, 5, 4, 9], [2, 8, 9, 14]]


@pytest.mark.once
@pytest.mark.parametrize(("table", "distance", "published", "places"), [
    (COHEN, None, 0.492, 3),
    (COHEN, [[0, 1, 3], [1, 0, 6], [3, 6, 0]], 0.348, 3),
    (COHEN, [[0, 1, 4], [1, 0, 6], [2, 2, 0]], 0.353, 3),
    (FLEISS, None, 0.68, 2),
    (HOUT, None, 0.1293, 4),
    (HOUT, linear, 0.2374, 4),
])
def test_kappa_is_as_published(table, distance, published, places):
    if distance is None:
        found = kappa(table)
    else:
        found = kappa(table, distance if callable(distance) else lambda i, j: distance[i][j])

    assert round(float(found), places) == published


@pytest.mark.once
def test_counting_both_ways_gives_scotts_pi_and_does_not_depend_on_who_is_called_the_first():
    pairs = [("ja", "ja")] * 6 + [("ja", "nein")] * 3 + [("nein", "nein")] * 3
    swapped = [pair[::-1] if number % 2 else pair for number, pair in enumerate(pairs)]

    one, other = (agreement(some, ["ja", "nein"], both_ways=True) for some in (pairs, swapped))

    assert one == other
    yes = Fraction(15, 24)                                              # W. Scott (1955): chance is the sum of the squared shares
    chance = yes**2 + (1 - yes)**2
    assert one.kappa == (Fraction(9, 12) - chance) / (1 - chance)


@pytest.mark.once
@pytest.mark.parametrize(("pairs", "share", "why"), [
    ([], None, "few"),
    ([(1, 1)], 1, "few"),
    ([(1, 2)] * (LEAST - 1), 0, "few"),
    ([(3, 3)] * LEAST, 1, "alike"),
    ([(1, 2)] * LEAST, 0, ""),
    ([(0, 4), (9, 9)] * 5, Fraction(1, 2), ""),                         # nine is outside the scale of the call by now
])
def test_small_numbers_and_votes_that_are_all_alike_get_a_word_and_no_kappa(pairs, share, why):
    found = agreement(pairs, range(5), ordered=True)

    assert (found.share, found.why) == (share, why)
    assert (found.kappa is None) == bool(why)


@pytest.mark.once
def test_points_are_near_within_one_step_and_their_distance_is_a_mean():
    found = agreement([(0, 0), (1, 2), (4, 1), (2, 2)], range(5), ordered=True)

    assert (found.pairs, found.same, found.near, found.apart) == (4, 2, 3, Fraction(4, 4))


@pytest.mark.once
def test_a_table_counts_each_pair_in_its_cell():
    assert table_of([("a", "b"), ("a", "b"), ("b", "a")], ["a", "b"]) == [[0, 2], [1, 0]]


# --- pages ------------------------------------------------------------------------------------------------------------


def browser(person):
    client = Client(headers={"accept-language": "de"})
    client.force_login(person, backend="lorbeer.people.backends.AccountBackend")
    return client


def scene(entries=12):
    competition = make.make_competition()
    people = [make.make_role(competition, person=make.make_person(name)) for name in ("A. Eins", "B. Zwei")]
    for number in range(entries):
        entry = make.make_entry(competition, projects=1)
        options = ("suitable", "suitable" if number % 3 else "not_suitable")
        for person, option in zip(people, options, strict=True):
            make.seal(make.make_vote(entry, person), option, project_votes={1: make.project_sheet(competition)})
    return competition, people


@pytest.mark.django_db
def test_the_office_sees_agreement_by_criterion_and_by_pair_and_can_download_it():
    competition, _people = scene()
    client = browser(make.make_role(competition, Role.Kind.OFFICE))

    lines = client.get(reverse("screening:agreement_show", args=[competition.code]) + "?format=csv")
    pairs = client.get(reverse("screening:agreement_pairs", args=[competition.code]))

    rows = list(csv.reader(io.StringIO(lines.content.decode("utf-8-sig")), delimiter=";"))
    assert [row[0] for row in rows[1:]] == ["Gesamtvotum", "Voten zu Einzelprojekten", "1 Kriterium 1", "2 Kriterium 2"]
    assert [row[1] for row in rows[1:]] == ["12"] * 4
    assert "A. Eins · B. Zwei" in pairs.text
    assert "67\N{NO-BREAK SPACE}%" in pairs.text                        # 8 of 12
    assert "immer dieselbe Wahl" in pairs.text                          # all points are 3


@pytest.mark.django_db
def test_a_vote_that_is_not_open_counts_nowhere_and_costs_nothing():
    competition, people = scene(2)
    office = browser(make.make_role(competition, Role.Kind.OFFICE))
    urls = [reverse(f"screening:{name}", args=[competition.code]) for name in ("agreement_show", "agreement_pairs")]
    for url in urls:
        office.get(url)

    def seen():
        with CaptureQueriesContext(connection) as captured:
            pages = [VOLATILE.sub("", office.get(url + part).text) for url in urls for part in ("", "?format=csv")]
        return pages, len(captured)

    before = seen()
    entry = make.make_entry(competition)
    make.seal(make.make_vote(entry, people[0]), "not_suitable")
    make.fill(make.make_vote(entry, people[1]), "suitable")

    assert seen() == before


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "status"), [
    ("office", 200), ("office_lead", 200), ("auditor", 200), ("screener", 403), ("sponsor", 403), ("juror", 403), ("editor", 403), (None, 404)])
def test_agreement_is_for_the_office_and_the_auditor(kind, status):
    competition, people = scene(1)
    person = people[0] if kind == "screener" else make.make_role(competition, kind) if kind else make.make_person()

    for name in ("agreement_show", "agreement_pairs"):
        assert browser(person).get(reverse(f"screening:{name}", args=[competition.code])).status_code == status
