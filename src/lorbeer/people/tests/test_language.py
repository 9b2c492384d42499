"""The language of an account is what its holder chose last, on the pages and in mails, in whichever browser."""

import pytest
from django.test import Client
from django.urls import reverse

from lorbeer.call.tests.factories import make_competition
from lorbeer.people.models import Person
from lorbeer.people.tests.factories import make_person

pytestmark = pytest.mark.django_db


def signed_in(person, **cookies):
    client = Client()
    client.force_login(person, backend="lorbeer.people.backends.AccountBackend")
    for name, value in cookies.items():
        client.cookies[name] = value
    return client


def spoken(client):
    content = client.get(reverse("profile")).content.decode()
    return content.partition('<html lang="')[2][:2]


def test_what_somebody_chose_is_spoken_in_another_browser_too():
    person = make_person()
    signed_in(person).post(reverse("site:language_set"), {"language": "en"})

    assert spoken(signed_in(person)) == "en"
    assert spoken(signed_in(person, django_language="de")) == "en"      # left there by somebody else
    person.refresh_from_db()
    assert person.language == "en"                                      # so do the mails

    client = signed_in(person, django_language="en")
    client.post(reverse("profile"), {"name": "Erika", "language": "de"})
    assert spoken(client) == "de"


def test_before_anything_is_chosen_pages_follow_the_browser():
    assert spoken(signed_in(make_person(), django_language="en")) == "en"


def test_what_was_chosen_before_signing_in_stays_with_the_account(client):
    person = make_person(email="leser@example.org", password="Ein-langes-Passwort-7")
    client.cookies["django_language"] = "en"
    client.post(reverse("account_login"), {"login": person.email, "password": "Ein-langes-Passwort-7"})
    person.refresh_from_db()
    assert (person.language, person.language_chosen) == ("en", True)


def language_of(answer):
    return answer.content.decode().partition('<html lang="')[2][:2]


def test_operators_keep_their_language_on_the_pages_of_a_call_in_another_one():
    address = reverse("call:call_show", args=[make_competition(languages=["en"]).code])
    operator = signed_in(make_person(is_operator=True))

    assert language_of(operator.get(address)) == "de"
    assert language_of(operator.get(address, headers={"accept-language": "de-AT, en;q=0.5"})) == "de"
    assert language_of(operator.get(address, headers={"accept-language": "en"})) == "en"


def test_who_reads_a_call_in_french_signs_in_in_the_houses_language_for_french(client):
    competition = make_competition(languages=["de", "fr"], title={"de": "Preis", "fr": "Prix"})
    back = f"?next=/{competition.code}/"
    french = {"accept-language": "fr-CH, fr;q=0.9"}
    for name in ("account_login", "account_signup"):
        assert language_of(client.get(reverse(name) + back, headers=french)) == "en"
        assert language_of(client.get(reverse(name) + back)) == "de"

    client.post(reverse("account_signup") + back, {
        "name": "Zoé", "email": "zoe@example.org", "password1": "Ein-langes-Passwort-7", "password2": "Ein-langes-Passwort-7",
    }, headers=french)
    assert Person.objects.get(email="zoe@example.org").language == "en"  # in which mails are written

    chosen = Client()
    chosen.cookies["django_language"] = "fr"
    assert language_of(chosen.get(reverse("account_login"))) == "en"


def test_a_way_back_that_no_database_can_look_for_leads_nowhere(client):
    assert client.post(reverse("account_login"), {"login": "a@example.org", "password": "x", "next": "/a\0b/"}).status_code == 200


@pytest.mark.parametrize(("language", "spoken"), [("en", "en"), ("en-x-fr", "en")])
def test_the_words_of_signing_in_are_those_of_the_house_in_english_too(client, language, spoken):
    competition = make_competition(languages=["fr", "en"])
    accept = "fr" if language == "en-x-fr" else "en"
    for name in ("account_login", "account_signup", "account_reset_password"):
        page = client.get(reverse(name), {"next": f"/{competition.code}/"}, headers={"accept-language": accept}).content.decode()

        assert f'<html lang="{spoken}"' in page
        for word in ("Sign In", "Sign Up", "Remember Me", "Password Reset", "Reset My", ">Email", " email"):
            assert word not in page, (name, word)
