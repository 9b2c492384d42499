"""A password can be mistyped, but not guessed; and no stranger locks anybody out for long."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.test import Client
from django.urls import reverse

from lorbeer.people.hashers import Argon2
from lorbeer.people.passwords import FROM_ANYWHERE, FROM_ONE_PLACE
from lorbeer.people.tests.factories import make_person
from lorbeer.shared import clock
from lorbeer.shared.models import Message, Tally
from lorbeer.shared.outbox import deliver_waiting

pytestmark = pytest.mark.django_db
RIGHT, WRONG = "ein-langes-passwort-1", "ein-anderes-passwort"


@pytest.fixture
def person():
    person = make_person(email="person@example.org", password=RIGHT)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


@pytest.fixture(autouse=True)
def fast(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def sign_in(password, email="person@example.org", *, client=None, at="192.0.2.1"):
    return (client or Client()).post(reverse("account_login"), {"login": email, "password": password}, REMOTE_ADDR=at)


def guess_from_everywhere(times=FROM_ANYWHERE.per_target):
    for number in range(times):
        sign_in(WRONG, at=f"198.51.{number}.1")


def test_after_ten_wrong_passwords_the_account_is_closed_for_this_connection(person):
    assert [sign_in(WRONG).status_code for _ in range(11)] == [200] * 10 + [429]
    answer = sign_in(RIGHT)
    assert answer.status_code == 429
    assert "60 Minuten" in answer.content.decode()
    assert 3500 < int(answer.headers["Retry-After"]) <= 3600
    assert sign_in(RIGHT, at="192.0.2.2").status_code == 302             # at home its owner is not in the way


def test_one_persons_wrong_passwords_lock_out_nobody_else_of_the_town_hall(person):
    other = make_person(email="kollegin@example.org", password=RIGHT)
    EmailAddress.objects.create(user=other, email=other.email, verified=True, primary=True)
    for _ in range(11):
        sign_in(WRONG)
    assert sign_in(RIGHT, other.email).status_code == 302


def test_it_is_the_same_account_however_the_address_is_written(person):
    for text in ("person@example.org", "PERSON@example.org", " person@example.org "):
        for _ in range(4):
            sign_in(WRONG, text)
    assert sign_in(RIGHT).status_code == 429


def test_the_machines_of_one_ipv6_network_count_together(person):
    for number in range(10):
        sign_in(WRONG, at=f"2001:db8:1:2::{number}")
    assert sign_in(RIGHT, at="2001:db8:1:2:ffff::1").status_code == 429
    assert sign_in(RIGHT, at="2001:db8:1:3::1").status_code == 302


def test_an_hour_later_it_is_open_again(person):
    with clock.at(clock.now() - timedelta(minutes=61)):
        assert [sign_in(WRONG).status_code for _ in range(11)][-1] == 429
    assert sign_in(RIGHT).status_code == 302


def test_the_right_password_begins_the_count_anew(person):
    for _ in range(2):
        for _again in range(9):
            sign_in(WRONG)
        assert sign_in(RIGHT).status_code == 302


def test_guesses_at_one_account_from_many_connections_are_slowed_down(person):
    with clock.at(clock.now() - timedelta(minutes=16)):
        guess_from_everywhere()
        answer = sign_in(RIGHT, at="203.0.113.9")
        assert answer.status_code == 429
        assert "15 Minuten" in answer.content.decode()
    assert sign_in(RIGHT, at="203.0.113.9").status_code == 302


def test_a_stranger_who_guesses_does_not_lock_out_the_browser_of_the_owner(person):
    own = Client()
    assert sign_in(RIGHT, client=own, at="203.0.113.9").status_code == 302
    own.post(reverse("account_logout"))
    guess_from_everywhere()
    assert sign_in(RIGHT, client=own, at="203.0.113.9").status_code == 302
    assert sign_in(RIGHT, at="203.0.113.9").status_code == 429


def test_a_known_browser_cannot_guess_without_end_either(person):
    own = Client()
    sign_in(RIGHT, client=own)
    own.post(reverse("account_logout"))
    said = [sign_in(WRONG, client=own, at=f"198.51.{number}.1").status_code for number in range(11)]
    assert said == [200] * FROM_ONE_PLACE.per_target + [429]


def test_a_browser_is_known_for_its_own_account_only(person):
    thief = make_person(email="dieb@example.org", password=RIGHT)
    EmailAddress.objects.create(user=thief, email=thief.email, verified=True, primary=True)
    browser = Client()
    sign_in(RIGHT, thief.email, client=browser)
    browser.post(reverse("account_logout"))
    guess_from_everywhere()
    assert sign_in(RIGHT, client=browser, at="203.0.113.9").status_code == 429


def test_a_new_password_by_mail_opens_the_account_again(person, client):
    guess_from_everywhere()
    client.post(reverse("account_reset_password"), {"email": person.email})
    link = Message.objects.get(kind="account").body.split("http://127.0.0.1:8000")[1].split()[0]
    form = client.get(link, follow=True)
    client.post(form.request["PATH_INFO"], {"password1": "noch-ein-langes-1", "password2": "noch-ein-langes-1"})
    assert sign_in("noch-ein-langes-1", at="203.0.113.9").status_code == 302


def test_what_is_typed_into_the_form_is_kept_nowhere(person):
    typed = "mein-passwort-im-falschen-feld"
    sign_in(WRONG, typed)
    sign_in(WRONG)
    deliver_waiting()
    assert Tally.objects.count()
    for model in apps.get_models():
        if model._meta.label in ("people.Person", "account.EmailAddress", "shared.Message"):
            continue
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            rows = str(cursor.fetchall())
        assert typed not in rows
        assert person.email not in rows
        assert WRONG not in rows


def test_passwords_are_stored_at_the_cost_that_owasp_asks_for_and_others_are_made_anew():
    stored = Argon2().encode(RIGHT, Argon2().salt())
    assert stored.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert not Argon2().must_update(stored)
    costly = Argon2PasswordHasher().encode(RIGHT, Argon2().salt())
    assert Argon2().verify(RIGHT, costly)
    assert Argon2().must_update(costly)
