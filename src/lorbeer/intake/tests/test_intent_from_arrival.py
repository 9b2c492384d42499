import re

import pytest
from django.urls import reverse

from lorbeer.call.models import Phase
from lorbeer.intake.tests.factories import OPEN, make_arrival, make_call, make_draft, make_office, make_submission
from lorbeer.shared import clock

pytestmark = pytest.mark.django_db


def at(name, arrival):
    return reverse(f"intake:{name}", args=[arrival.competition.code, arrival.number])


@pytest.fixture
def desk(client):
    competition = make_call()
    client.force_login(make_office(competition))
    return competition, client


def test_a_mail_that_announces_an_entry_becomes_a_letter_of_intent_of_its_day_and_its_line_is_closed(desk):
    competition, client = desk
    arrival = make_arrival(competition, channel="email", sender="Stadt A <a@example.org>", subject="Wir wollen mitmachen")
    with clock.at(OPEN):
        assert at("arrival_intent", arrival) in client.get(at("arrival_show", arrival)).content.decode()
        page = client.get(at("arrival_intent", arrival)).content.decode()
        assert 'value="a@example.org"' in page
        assert re.findall(r'name="(\w+)" value="Stadt A"', page) == ["contact_name"]       # who writes is not yet who enters
        facts = {"applicant": "Stadt A", "contact_email": "a@example.org", "subject": "Wir wollen mitmachen"}
        assert client.post(at("arrival_intent", arrival), facts).status_code == 302
    intent = competition.letters_of_intent.get()
    arrival.refresh_from_db()
    assert (intent.channel, intent.received_at) == ("email", arrival.arrived_at)
    assert arrival.closed_at
    with clock.at(OPEN):
        closed = client.get(at("arrival_show", arrival)).content.decode()
        assert intent.code in closed
        assert ("als Absichtserklärung vermerkt" in closed, "gehört nicht hierher" in closed) == (True, False)
        assert client.post(at("arrival_intent", arrival), facts).status_code == 403
    assert competition.letters_of_intent.count() == 1


def test_what_says_nobody_is_not_noted_and_stays_open(desk):
    competition, client = desk
    arrival = make_arrival(competition, channel="post", sender="")
    with clock.at(OPEN):
        assert client.post(at("arrival_intent", arrival), {"applicant": " "}).status_code == 422
    arrival.refresh_from_db()
    assert not arrival.closed_at
    assert not competition.letters_of_intent.exists()


def test_an_entry_and_a_call_without_letters_have_no_such_way(desk):
    competition, client = desk
    online = make_submission(competition).arrival
    with clock.at(OPEN):
        assert client.get(at("arrival_intent", online)).status_code == 403
        arrival = make_arrival(competition, channel="post")
        competition.phases.filter(kind=Phase.Kind.LETTERS).delete()
        assert client.get(at("arrival_intent", arrival)).status_code == 403
        assert at("arrival_intent", arrival) not in client.get(at("arrival_show", arrival)).content.decode()


def test_applicants_and_strangers_find_nothing(client):
    competition = make_call()
    arrival = make_arrival(competition, channel="post")
    draft = make_draft(competition)
    client.force_login(draft.entry.contributors.first().person)
    assert client.get(at("arrival_intent", arrival)).status_code in (403, 404)
