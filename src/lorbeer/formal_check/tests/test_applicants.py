"""People of the same name are not one applicant; accounts and addresses tell them apart."""

import pytest
from django.urls import reverse

from lorbeer.formal_check import applicants
from lorbeer.formal_check.tests.factories import CLOSES, make_desk, make_submission
from lorbeer.intake import services as intake
from lorbeer.intake.tests.factories import COMPLETE, OPEN, make_arrival
from lorbeer.people.tests.factories import make_person
from lorbeer.shared import clock

pytestmark = pytest.mark.django_db


def on_paper(competition, office, email="", name="Max Muster"):
    arrival = make_arrival(competition, by=office)
    with clock.at(OPEN):
        answers = COMPLETE | {"applicant": name} | ({"contact_email": email} if email else {})
        return intake.key_in(arrival, answers, by=office, applicant=name).entry


@pytest.fixture
def call():
    competition, office, entry = make_desk(applicant_kind="person", max_entries_per_applicant=1, closes=CLOSES)
    intake.withdraw(entry, by=None)
    return competition, office


def test_people_of_one_name_with_accounts_of_their_own_are_as_many_applicants(call, client):
    competition, office = call
    entries = [make_submission(competition, by=make_person(), applicant="Max").entry for _ in range(3)]

    assert applicants.counts(competition) == applicants.Counts(entries=3, applicants=3, several=0, above=0)
    assert applicants.same_applicant(entries[0]) == []
    assert applicants.same_name(entries[0]) == entries[1:]
    client.force_login(office)
    page = client.get(reverse("formal_check:check_show", args=[competition.code, entries[0].code]))
    assert not page.context["above_limit"]
    assert entries[1].code in page.content.decode()


def test_an_account_is_one_applicant_under_whatever_name(call):
    competition, _office = call
    competition.max_entries_per_applicant = None
    competition.save()
    person = make_person()
    one, other = (make_submission(competition, by=person, applicant=name).entry for name in ("Max Muster", "Muster"))

    assert applicants.counts(competition) == applicants.Counts(entries=2, applicants=1, several=1, above=0)
    assert (applicants.same_applicant(one), applicants.same_name(one)) == ([other], [])


def test_on_paper_name_and_mail_address_together_tell_who_it_is(call):
    competition, office = call
    addresses = ("a@example.org", "A@example.org", "b@example.org", "")
    first, again, namesake, unknown = (on_paper(competition, office, email) for email in addresses)
    relative = on_paper(competition, office, "a@example.org", name="Moritz Muster")

    assert applicants.counts(competition) == applicants.Counts(entries=5, applicants=4, several=1, above=1)
    assert applicants.same_applicant(first) == [again]
    assert applicants.same_name(first) == [namesake, unknown]
    assert applicants.same_applicant(unknown) == applicants.same_applicant(relative) == []


def test_one_person_online_and_on_paper_is_asked_about_and_not_taken_for_granted(call):
    competition, office = call
    person = make_person(email="a@example.org")
    online = make_submission(competition, by=person, applicant="Max Muster").entry
    paper = on_paper(competition, office, "a@example.org")

    assert applicants.counts(competition).applicants == 2
    assert (applicants.same_applicant(online), applicants.same_name(online)) == ([], [paper])


@pytest.mark.parametrize("number", [3, 12])
def test_counting_people_costs_the_same_for_few_and_many(call, django_assert_num_queries, number):
    competition, office = call
    for place in range(number):
        make_submission(competition, by=make_person(), applicant="Max")
        on_paper(competition, office, f"{place}@example.org")

    with django_assert_num_queries(4):
        assert applicants.counts(competition).applicants == 2 * number
