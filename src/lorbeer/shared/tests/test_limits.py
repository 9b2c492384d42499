"""Forms that everybody may use can be sent often, but not without end; what applicants write is not counted."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import translation

from lorbeer.intake.tests.factories import COMPLETE, make_call, make_draft
from lorbeer.people.tests.factories import make_person
from lorbeer.shared import clock
from lorbeer.shared.limits import LIMITS, Limit, count, network_of
from lorbeer.shared.models import Message, Tally

pytestmark = pytest.mark.django_db


@pytest.fixture
def few(monkeypatch):
    """`few(name, **limit)`: another limit for one page, so that a test need not send hundreds of forms."""
    return lambda name, **limit: monkeypatch.setitem(LIMITS, name, Limit(**limit))


def reset(client, email="jemand@example.org", **facts):
    return client.post(reverse("account_reset_password"), {"email": email}, headers={"origin": "http://testserver"}, **facts)


def test_mails_to_one_address_end_with_a_page_that_says_when_to_try_again(client):
    make_person(email="jemand@example.org")
    answers = [reset(client) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [302] * 5 + [429]
    assert Message.objects.filter(recipient="jemand@example.org").count() == 5
    page = answers[-1].content.decode()
    assert 3500 < int(answers[-1].headers["Retry-After"]) <= 3600
    assert "Warten Sie 60 Minuten" in page
    assert "jemand@example.org" in page                                  # what was typed is kept
    assert "l-header" in page
    assert reset(client, "andere@example.org").status_code == 302         # others get through


def test_the_same_address_written_otherwise_is_the_same_target(client):
    make_person(email="jemand@example.org")
    for text in ("jemand@example.org", "JEMAND@example.org", " jemand@example.org "):
        reset(client, text)
        reset(client, text)
    assert Message.objects.count() == 5


def test_an_address_that_has_no_account_is_limited_alike(client):
    """Else the limit would tell who has an account."""
    assert [reset(client, "niemand@example.org").status_code for _ in range(6)] == [302] * 5 + [429]


def test_one_connection_is_limited_and_others_are_not(client, few):
    few("account_reset_password", per_address=3)
    said = [reset(client, f"person-{number}@example.org").status_code for number in range(5)]
    assert said == [302] * 3 + [429] * 2
    assert reset(client, "andere@example.org", REMOTE_ADDR="192.0.2.77").status_code == 302


def test_a_window_ends(client):
    with clock.at(clock.now() - timedelta(minutes=61)):
        assert [reset(client).status_code for _ in range(6)][-1] == 429
    assert reset(client).status_code == 302


def test_only_hashes_are_kept_and_not_longer_than_needed(client):
    with clock.at(clock.now() - timedelta(minutes=61)):
        reset(client)
        old = set(Tally.objects.values_list("key", flat=True))
    assert len(old) == 2
    assert all(len(key) == 64 and set(key) <= set("0123456789abcdef") for key in old)
    reset(client, "andere@example.org", REMOTE_ADDR="192.0.2.77")
    assert not old & set(Tally.objects.values_list("key", flat=True))


def test_a_code_of_the_second_factor_cannot_be_tried_without_end(client):
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    person = make_person(email="faktor@example.org")
    person.set_password("ein-langes-passwort-1")
    person.save()
    from allauth.account.models import EmailAddress

    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    TOTP.activate(person, generate_totp_secret())
    client.post(reverse("account_login"), {"login": person.email, "password": "ein-langes-passwort-1"})
    tries = [client.post(reverse("mfa_authenticate"), {"code": f"{number:06}"}).status_code for number in range(12)]
    assert tries == [200] * 10 + [429] * 2
    other = Client()                                                    # another browser, the same account
    other.post(reverse("account_login"), {"login": person.email, "password": "ein-langes-passwort-1"})
    answer = other.post(reverse("mfa_authenticate"), {"code": "123456"})
    assert answer.status_code == 429
    assert "123456" not in answer.content.decode()


def test_looking_is_never_limited(client, few):
    few("account_reset_password", per_address=1)
    assert {client.get(reverse("account_reset_password")).status_code for _ in range(5)} == {200}


@pytest.mark.once
def test_fifty_people_behind_one_address_sign_in_write_and_submit_in_the_last_minute():
    call = make_call()
    before = Tally.objects.count()
    drafts = [make_draft(call, make_person(), COMPLETE, at=clock.now()) for _number in range(50)]
    for number, draft in enumerate(drafts):
        client = Client(REMOTE_ADDR="192.0.2.1")
        client.force_login(draft.entry.contributors.get().person, backend="lorbeer.people.backends.AccountBackend")
        for _again in range(3):
            page = client.get(reverse("intake:entry_submit", args=[call.code, draft.entry.code]))
        answer = client.post(reverse("intake:entry_submit", args=[call.code, draft.entry.code]),
                             {"number": page.context["number"]})
        assert answer.status_code == 302, number
    assert call.entries.filter(state="submitted").count() == 50
    assert Tally.objects.count() == before
    for name in ("account_login", "account_signup", "account_reset_password", "outreach:intent_new"):
        assert LIMITS[name].per_address >= 50 * 4                       # and each of them may sign in and mistype three times


def test_the_network_of_ipv6_counts_and_not_the_machine(rf):
    def network(address):
        return network_of(rf.get("/", REMOTE_ADDR=address))

    assert network("2001:db8:1:2:3:4:5:6") == network("2001:db8:1:2::9") != network("2001:db8:1:3::9")
    assert network("::ffff:192.0.2.1") == network("192.0.2.1") != network("192.0.2.2")
    assert network("") == network("unix:") == ""


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_all_counted():
    def one(_number):
        try:
            return count("the same thing", timedelta(minutes=5)).count
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(12)))
    assert Tally.objects.get().count == 12


def test_every_limited_page_exists():
    def names(resolver, start=""):
        for pattern in resolver.url_patterns:
            if hasattr(pattern, "url_patterns"):
                yield from names(pattern, f"{start}{pattern.namespace}:" if pattern.namespace else start)
            elif pattern.name:
                yield start + pattern.name

    assert set(LIMITS) - set(names(get_resolver())) == set()


def test_the_sentence_exists_in_english_too(client):
    with translation.override("en"):
        client.cookies["django_language"] = "en"
        for _ in range(6):
            answer = reset(client)
        assert "Wait 60 minutes" in answer.content.decode()
