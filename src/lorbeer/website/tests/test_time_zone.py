"""Whatever a competition shows or gives out stands in its own time zone."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from lorbeer.intake.tests.factories import make_arrival, make_call, make_office, make_submission
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_role
from lorbeer.shared import clock, log

pytestmark = pytest.mark.django_db
ARRIVED = datetime(2017, 7, 14, 22, 30, tzinfo=UTC)                     # 23:30 in London; in Berlin it is the day after


@pytest.fixture
def place():
    with clock.at(ARRIVED):
        return make_call(time_zone="Europe/London", closes=datetime(2017, 7, 31, 22, 59, 59, tzinfo=UTC))


@pytest.fixture(autouse=True)
def zone_of_the_house():
    with timezone.override(None):
        yield


def text(client, name, *args, **query):
    with clock.at(ARRIVED):
        response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return b"".join(response).decode()


@pytest.mark.parametrize("name", ["entries:entry_list", "intake:arrival_list"])
def test_lists_are_downloaded_in_the_zone_of_the_competition(client, place, name):
    make_submission(place, at=ARRIVED)
    client.force_login(make_office(place))

    found = text(client, name, place.code, format="csv")

    assert "14.07.2017 23:30:00" in found
    assert "15.07.2017" not in found


def test_the_log_is_downloaded_in_the_zone_of_the_competition(client, place):
    make_submission(place, at=ARRIVED)
    log.seal_log()
    client.force_login(make_role(place, Role.Kind.AUDITOR).person)

    found = text(client, "follow_up:event_list", place.code, format="csv")

    assert "14.07.2017 23:30:00" in found
    assert "15.07.2017" not in found


def test_the_page_of_an_arrival_is_in_the_zone_of_the_competition(client, place):
    arrival = make_arrival(place, at=ARRIVED, by=make_office(place), sender="Stadt Beispiel")
    client.force_login(make_office(place))

    found = text(client, "intake:arrival_show", place.code, arrival.number)

    assert found.count("23:30") >= 2
    assert "00:30" not in found


def test_the_list_of_all_competitions_names_each_deadline_in_its_zone(client, place):
    make_call(closes=datetime(2017, 8, 31, 21, 59, 59, tzinfo=UTC))

    found = " ".join(text(client, "home").replace("\N{NO-BREAK SPACE}", " ").split())

    assert "Mo, 31. Juli 2017 BST</strong>" in found
    assert "Do, 31. Aug. 2017 MESZ</strong>" in found


def test_the_poster_of_a_competition_names_the_zone_of_its_deadline(client, place):
    assert "24:00 BST</strong>" in text(client, "website:competition_home", place.code)
