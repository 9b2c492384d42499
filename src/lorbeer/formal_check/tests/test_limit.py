"""How many entries of one applicant a call admits, whichever way they came."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection
from django.urls import reverse

from lorbeer.formal_check import applicants, services
from lorbeer.formal_check.tasks import check_tasks
from lorbeer.formal_check.tests.factories import make_desk, make_municipality, make_submission
from lorbeer.shared.errors import BadInput

pytestmark = pytest.mark.django_db


def make_twins(most=1, count=2, **facts):
    """A competition that allows `most` entries per applicant, its office, and `count` entries of one municipality."""
    competition, office, first = make_desk()
    competition.max_entries_per_applicant = most
    competition.save()
    town = make_municipality()
    entries = [first, *(make_submission(competition, **facts).entry for _number in range(count - 1))]
    for entry in entries:
        entry.municipality, entry.competition = town, competition
        entry.save()
    return competition, office, entries


def test_more_than_the_call_allows_is_admitted_only_with_a_reason():
    _competition, office, (one, two) = make_twins()
    services.admit(one, by=office)
    with pytest.raises(BadInput, match="1 Beitrag"):
        services.admit(two, by=office)
    two.refresh_from_db()
    assert two.state == "submitted"
    services.admit(two, by=office, reason="Zwei Ämter, zwei Vorhaben.")
    assert applicants.has_no_room(one)


def test_an_excluded_entry_leaves_its_room_to_another():
    competition, office, (one, two) = make_twins()
    services.exclude(one, competition.clauses.get(), by=office, reason="Falsches Formular.")
    services.admit(two, by=office)
    assert two.state == "admitted"


def test_a_call_without_a_limit_and_one_with_room_ask_for_no_reason():
    for most in (None, 2):
        _competition, office, (one, two) = make_twins(most)
        services.admit(one, by=office)
        services.admit(two, by=office)


def test_the_form_asks_for_the_reason_beside_its_field(client):
    competition, office, (one, two) = make_twins()
    services.admit(one, by=office)
    client.force_login(office)
    page = reverse("formal_check:check_show", args=[competition.code, two.code])
    answer = client.post(page, {"decision": "admitted", "seen": 1, "group": competition.groups.first().pk, "point_form": "yes"})
    assert answer.status_code == 422
    assert "Die Auslobung erlaubt 1 Beitrag" in answer.content.decode()


def test_an_exclusion_on_screen_names_a_reason(client):
    competition, office, entry = make_desk()
    client.force_login(office)
    page = reverse("formal_check:check_show", args=[competition.code, entry.code])
    answer = client.post(page, {"decision": "excluded", "seen": 1, "clause": competition.clauses.get().pk})
    assert answer.status_code == 422
    assert "Bitte begründen Sie, warum" in answer.content.decode()


def test_the_office_is_told_how_many_applicants_are_above_the_limit():
    competition, office, entries = make_twins(count=3)
    tasks = [str(task.label) for task in check_tasks(office, competition)]
    assert any("1 Bewerber" in label or "1 bewerbende" in label.lower() for label in tasks), tasks
    for entry in entries[1:]:
        services.exclude(entry, competition.clauses.get(), by=office, reason="Eine genügt.")
    assert applicants.counts(competition).above == 0
    assert (applicants.counts(competition).entries, applicants.counts(competition).applicants) == (3, 1)


@pytest.mark.django_db(transaction=True)
def test_two_who_admit_two_entries_of_one_town_at_once_admit_one():
    _competition, office, entries = make_twins()

    def admit(entry):
        try:
            return bool(services.admit(type(entry).objects.get(pk=entry.pk), by=office))
        except (BadInput, OperationalError):
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(admit, entries)) == [False, True]
