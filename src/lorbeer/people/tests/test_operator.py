"""The first person of an installation is made on the command line."""

import io
import re

import pytest
from django.core.management import call_command
from django.urls import reverse

from lorbeer.call.tests.factories import make_competition
from lorbeer.people.models import Person, Role
from lorbeer.people.services import invite, make_operator
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.shared import log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.models import LogEvent, Message

pytestmark = pytest.mark.django_db
PASSWORD = "langer Satz mit Lorbeer"
BACKEND = "lorbeer.people.backends.AccountBackend"


def test_an_operator_is_made_and_can_sign_in_and_form_a_team(client):
    person = make_operator("Erste@Example.org ", name="A. Beispiel", password=PASSWORD)
    competition = make_competition()

    answer = client.post(reverse("account_login"), {"login": "erste@example.org", "password": PASSWORD})

    assert answer.status_code == 302
    assert client.get(reverse("people:team_list", args=[competition.code])).status_code == 200
    assert person.emailaddress_set.get().verified


@pytest.mark.parametrize("kind", [kind for kind in Role.Kind.values if kind != "office_lead"])
def test_an_operator_gives_no_role_but_that_of_a_lead_and_takes_none(client, kind):
    competition, operator = make_competition(), make_person(is_operator=True)
    other = make_role(competition, kind)
    client.force_login(operator, backend=BACKEND)
    invitation = {"email": operator.email, "name": "O. Beispiel", "kind": kind}

    assert client.post(reverse("people:team_invite", args=[competition.code]), invitation).status_code == 422
    with pytest.raises(Refused, match="Leitung"):
        invite(competition, by=operator, **invitation)
    assert client.post(reverse("people:role_take", args=[competition.code, other.person.code, kind])).status_code == 403

    page = client.get(reverse("people:team_list", args=[competition.code])).text
    assert re.findall(r'<option value="(\w+)"', page) == ["office_lead"]
    assert "Rolle entziehen" not in page
    assert not competition.invitations.exists()
    assert list(competition.roles.all()) == [other]


@pytest.mark.parametrize("has_lead", [False, True])
def test_an_operator_invites_a_lead_and_a_lead_that_is_there_hears_of_it(client, has_lead):
    competition, operator = make_competition(), make_person(is_operator=True)
    told = [make_role(competition, Role.Kind.OFFICE_LEAD).person.email] if has_lead else []
    client.force_login(operator, backend=BACKEND)

    answer = client.post(reverse("people:team_invite", args=[competition.code]), {
        "email": "neu@example.org", "name": "N. Muster", "kind": "office_lead"})

    assert answer.status_code == 302
    assert competition.invitations.get().kind == "office_lead"
    assert LogEvent.objects.get(verb="role.invite").detail["by_operator"] is True
    assert list(Message.objects.filter(kind="team").values_list("recipient", flat=True)) == told
    assert all("neu@example.org" in mail.body and operator.name in mail.body for mail in Message.objects.filter(kind="team"))


def test_a_lead_who_invites_tells_nobody_else():
    competition = make_competition()
    lead = make_role(competition, Role.Kind.OFFICE_LEAD).person

    invite(competition, email="neu@example.org", name="N. Muster", kind=Role.Kind.OFFICE_LEAD, by=lead)

    assert [mail.kind for mail in Message.objects.all()] == ["invitation"]


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
