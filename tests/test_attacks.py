"""What an attacker tries first at the door: host, redirect, session, and what a mail may say."""

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.test import Client
from django.urls import reverse

from lorbeer.people.tests.factories import make_person
from lorbeer.shared.models import Message

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PASSWORD = "ein-langes-passwort-1"


@pytest.fixture
def person():
    person = make_person(email="jemand@example.org")
    person.set_password(PASSWORD)
    person.save()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


def sign_in(client, person, **more):
    return client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD} | more)


@pytest.mark.parametrize("host", ["localhost:6666", "127.0.0.1:6666"])
def test_the_link_in_a_mail_leads_here_whatever_host_was_asked(client, person, host):
    client.post(reverse("account_reset_password"), {"email": person.email}, headers={"host": host})
    body = Message.objects.get(recipient=person.email).body
    assert f"{settings.BASE_URL}/account/password/reset/key/" in body
    assert "6666" not in body


def test_a_host_that_is_not_ours_is_refused(client):
    answer = client.get("/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert "evil.example" not in answer.content.decode()


@pytest.mark.parametrize("target", [
    "https://evil.example/", "//evil.example/", "/\\\\evil.example", "javascript:alert(1)", "http:evil.example",
])
def test_nobody_is_sent_to_another_house(client, person, target):
    places = [
        sign_in(client, person, next=target),
        client.post(reverse("site:language_set"), {"language": "en", "next": target}),
        client.post(reverse("site:theme_set"), {"theme": "dark", "next": target}),
    ]
    for answer in places:
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/")
        assert "evil" not in answer.headers["Location"]


def test_a_session_that_was_there_before_is_not_the_one_after(client, person):
    client.get(reverse("account_login"))
    session = client.session
    session["planted"] = True
    session.save()
    before = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = before
    assert sign_in(client, person).status_code == 302
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != before
    stale = Client()
    stale.cookies[settings.SESSION_COOKIE_NAME] = before
    assert stale.get(reverse("profile")).status_code == 302             # to the sign-in


def test_an_unknown_address_and_a_wrong_password_answer_alike(client, person):
    def said(email):
        answer = client.post(reverse("account_login"), {"login": email, "password": "falsch-falsch-1"})
        text = answer.content.decode().replace(email, "…")
        return answer.status_code, [line for line in text.splitlines() if "csrf" not in line]

    assert said("jemand@example.org") == said("niemand@example.org")


def test_an_unknown_address_costs_as_much_hashing_as_a_known_one(client, person, monkeypatch):
    """Else the time of the answer would tell who has an account. Counted, not timed."""
    from django.contrib.auth.hashers import MD5PasswordHasher

    hashed = []
    plain = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda self, *words, **more: hashed.append(1) or plain(self, *words, **more))
    counts = []
    for email in ("jemand@example.org", "niemand@example.org"):
        hashed.clear()
        client.post(reverse("account_login"), {"login": email, "password": "falsch-falsch-1"})
        counts.append(len(hashed))
    assert counts[0] == counts[1] >= 1
