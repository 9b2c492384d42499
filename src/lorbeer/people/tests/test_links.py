"""Nothing in a mail tells how many accounts there are."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse

from lorbeer.people.models import Person
from lorbeer.people.sealed import seal, unseal
from lorbeer.people.tests.factories import make_person
from lorbeer.shared.models import Message

pytestmark = pytest.mark.django_db
PASSWORD = "lorbeer-im-garten-7"


def link(kind):
    message = Message.objects.filter(kind="account").order_by("-pk").first()
    [found] = re.findall(rf"/account/{kind}/\S+", message.body)
    return found


def test_the_link_that_confirms_an_address_holds_no_running_number_and_works(client):
    client.post(reverse("account_signup"), {"name": "N. Muster", "email": "neu@example.org", "password1": PASSWORD, "password2": PASSWORD})
    found = link("confirm-email")

    number = found.removeprefix("/account/confirm-email/").partition(":")[0]
    assert re.fullmatch("[0-9a-f]{34,}", number)
    client.post(found)
    assert EmailAddress.objects.get(email="neu@example.org").verified


def test_the_link_for_a_new_password_holds_no_running_number_and_works(client):
    person = make_person(email="alt@example.org")
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    client.post(reverse("account_reset_password"), {"email": person.email})
    found = link("password/reset/key")

    number = found.removeprefix("/account/password/reset/key/").partition("-")[0]
    assert re.fullmatch("[0-9a-f]{34,}", number)
    page = client.get(found, follow=True)
    client.post(page.request["PATH_INFO"], {"password1": PASSWORD, "password2": PASSWORD})
    assert Person.objects.get(pk=person.pk).check_password(PASSWORD)


@pytest.mark.parametrize("path", ["confirm-email/Nw:1abc:def", "confirm-email/" + "ab" * 20 + ":1abc:def", "password/reset/key/7-abc",
                                  "password/reset/key/" + "0" * 35 + "-abc"])
def test_a_link_that_was_not_made_here_leads_nowhere(client, path):
    assert client.get(f"/account/{path}/").status_code == 404


def test_a_number_is_read_after_the_key_of_the_house_has_changed(settings):
    sealed = seal("7")
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-key-of-the-house-that-is-long-enough"

    assert (unseal(sealed), seal("7") == sealed) == ("7", False)
