"""The first person of an installation is made on the command line."""

import io

import pytest
from django.core.management import call_command
from django.urls import reverse

from lorbeer.call.tests.factories import make_competition
from lorbeer.people.models import Person
from lorbeer.people.services import make_operator
from lorbeer.people.tests.factories import make_person
from lorbeer.shared import log
from lorbeer.shared.errors import BadInput
from lorbeer.shared.models import LogEvent

pytestmark = pytest.mark.django_db
PASSWORD = "langer Satz mit Lorbeer"


def test_an_operator_is_made_and_can_sign_in_and_form_a_team(client):
    person = make_operator("Erste@Example.org ", name="A. Beispiel", password=PASSWORD)
    competition = make_competition()

    answer = client.post(reverse("account_login"), {"login": "erste@example.org", "password": PASSWORD})

    assert answer.status_code == 302
    assert client.get(reverse("people:team_list", args=[competition.code])).status_code == 200
    assert person.emailaddress_set.get().verified


def test_an_account_that_exists_keeps_its_password_and_becomes_operator_once():
    person = make_person(email="b.beispiel@example.org", password=PASSWORD)

    make_operator("B.Beispiel@example.org")
    make_operator("b.beispiel@example.org", password="another one, never used")

    person.refresh_from_db()
    assert person.is_operator
    assert person.check_password(PASSWORD)
    assert LogEvent.objects.filter(verb="operator.make").count() == 1


def test_somebody_who_made_themselves_operator_in_the_database_is_named():
    make_operator("b.beispiel@example.org", name="B. Beispiel", password=PASSWORD)
    assert log.attested("people") == []
    forged = make_person(is_operator=True)
    assert [(fault.table, fault.code) for fault in log.attested("people")] == [("people_person", forged.code)]


@pytest.mark.parametrize(("email", "password"), [("no address", PASSWORD), ("c@example.org", "kurz"), ("c@example.org", "")])
def test_a_wrong_address_or_a_weak_password_makes_nobody(email, password):
    with pytest.raises(BadInput):
        make_operator(email, password=password)

    assert not Person.objects.exists()


def test_the_command_reads_the_password_from_a_pipe(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))

    call_command("operator_make", "d@example.org", name="D. Beispiel")

    assert "d@example.org is an operator" in capsys.readouterr().out
    assert Person.objects.get().check_password(PASSWORD)
