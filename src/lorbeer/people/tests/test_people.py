import re
from datetime import timedelta

import pytest
from allauth.mfa.adapter import get_adapter as mfa_adapter
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client
from django.urls import reverse
from django.utils import translation

from lorbeer.call.tests.factories import make_competition
from lorbeer.people.access import competitions_visible_to, roles_of
from lorbeer.people.forms import InvitationForm
from lorbeer.people.models import Invitation, Person, Role
from lorbeer.people.services import accept_invitation, grant_role, invite, open_invitation, take_role
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.shared import clock
from lorbeer.shared.errors import Refused
from lorbeer.shared.models import LogEvent, Message

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


def token_in(message: Message) -> str:
    return message.body.split("/account/invitation/")[1].split("/")[0]


@pytest.fixture
def lead():
    return make_role(make_competition(), Role.Kind.OFFICE_LEAD)


def test_roles_belong_to_one_competition(lead):
    other = make_competition()

    assert roles_of(lead.person, lead.competition) == {"office_lead"}
    assert roles_of(lead.person, other) == frozenset()


def test_an_unpublished_competition_exists_only_for_those_with_a_role_in_it(lead, client):
    lead.competition.is_public = False
    lead.competition.save()

    assert list(competitions_visible_to(lead.person)) == [lead.competition]
    assert not competitions_visible_to(make_person()).exists()
    assert client.get(reverse("website:competition_home", args=[lead.competition.code])).status_code == 404


def test_the_mail_of_an_invitation_is_the_only_place_with_its_token(lead):
    invitation = invite(lead.competition, email="Neu@Example.org", name="N. Muster", kind="screener", by=lead.person, land_code="NW")

    token = token_in(Message.objects.get(kind="invitation"))
    assert open_invitation(token) == invitation
    assert token not in invitation.token_digest
    assert not LogEvent.objects.filter(detail__icontains=token).exists()


@pytest.mark.parametrize(("languages", "spoken", "account", "greeting"), [
    (["en"], "de", "", "Hello N. Muster"), (["de", "en"], "en", "", "Hello N. Muster"), (["de", "en"], "de", "", "Guten Tag N. Muster"),
    (["fr", "en"], "de", "", "Hello N. Muster"), (["en"], "en", "de", "Guten Tag N. Muster"),
])
def test_an_invitation_is_written_in_a_language_of_the_call_or_of_the_account(lead, languages, spoken, account, greeting):
    lead.competition.languages = languages
    if account:
        make_person(email="neu@example.org", language=account)

    with translation.override(spoken):
        invite(lead.competition, email="neu@example.org", name="N. Muster", kind="screener", by=lead.person)

    assert Message.objects.get(kind="invitation").body.startswith(greeting)


def test_who_accepts_an_invitation_stays_in_the_languages_of_the_call(lead, client):
    type(lead.competition).objects.filter(pk=lead.competition.pk).update(languages=["en"])
    invite(lead.competition, email="neu@example.org", name="N. Muster", kind="screener", by=lead.person)
    path = reverse("invitation_accept", args=[token_in(Message.objects.get(kind="invitation"))])

    assert "Take up a role" in client.get(path, headers={"accept-language": "de"}).content.decode()
    done = client.post(path, {"name": "N. Muster", "password": "lorbeer-im-garten-7"}, headers={"accept-language": "de"}, follow=True)

    assert "Welcome. This is your start page." in done.content.decode()
    assert Person.objects.get(email="neu@example.org").language == "en"


def test_an_invitation_gives_its_role_once(lead):
    invitation = invite(lead.competition, email="neu@example.org", name="N. Muster", kind="screener", by=lead.person,
                        land_code="NW", employer="Stadt Musterstadt")
    token = token_in(Message.objects.get(kind="invitation"))

    person = accept_invitation(invitation, name="N. Muster", password=PASSWORD)

    role = person.roles.get()
    assert (role.kind, role.land_code, role.employer) == ("screener", "NW", "Stadt Musterstadt")
    assert open_invitation(token) is None
    with pytest.raises(Refused):
        accept_invitation(invitation, name="Somebody else", password=PASSWORD)
    assert Person.objects.filter(email="neu@example.org").count() == 1


def test_a_link_alone_opens_no_existing_account(lead, client):
    victim = make_person(email="alt@example.org", password=PASSWORD)
    invite(lead.competition, email=victim.email, name="A. Muster", kind="juror", by=lead.person)
    address = reverse("invitation_accept", args=[token_in(Message.objects.get(kind="invitation"))])

    answer = client.post(address, {"name": "Thief", "password": "another long password"})

    assert answer.status_code == 403
    assert "_auth_user_id" not in client.session
    victim.refresh_from_db()
    assert victim.check_password(PASSWORD)


def test_a_role_goes_to_another_account_only_after_it_says_that_it_is_meant(client):
    competition = make_competition()
    invite(competition, email="neu@example.org", name="N. Muster", kind="juror", by=make_role(competition, Role.Kind.OFFICE_LEAD).person)
    address = reverse("invitation_accept", args=[token_in(Message.objects.get(kind="invitation"))])
    other = make_person(email="anders@example.org")
    client.force_login(other, backend="lorbeer.people.backends.AccountBackend")
    assert "anders@example.org" in client.get(address).content.decode()

    assert client.post(address).status_code == 422
    assert not other.roles.exists()

    assert client.post(address, {"is_meant": "on"}).status_code == 302
    assert other.roles.get().kind == "juror"


def test_an_invitation_ends_after_fourteen_days(lead, client):
    invite(lead.competition, email="neu@example.org", name="N. Muster", kind="screener", by=lead.person)
    token = token_in(Message.objects.get(kind="invitation"))

    with clock.at(clock.now() + timedelta(days=15)):
        assert client.get(reverse("invitation_accept", args=[token])).status_code == 410
    assert client.get(reverse("invitation_accept", args=["guessed"])).status_code == 410


def test_a_new_invitation_ends_the_earlier_one_and_no_link_outlives_its_role(lead, client):
    def invited():
        invite(lead.competition, email="Neu@example.org", name="Neu", kind="office", by=lead.person)
        return reverse("invitation_accept", args=[token_in(Message.objects.order_by("-pk").first())])

    first, second = invited(), invited()
    assert client.get(first).status_code == 410
    client.post(second, {"name": "Neu Muster", "password": "ein langes Kennwort 7"})
    role = Role.objects.get(person__email="neu@example.org")
    third = invited()                                                   # nobody needs it: the role is there
    take_role(role, by=lead.person)
    assert client.get(third).status_code == 410


def test_whoever_invites_withdraws_what_nobody_has_taken_up(lead, client):
    invite(lead.competition, email="falsch@example.org", name="Falsch", kind="office", by=lead.person)
    link = reverse("invitation_accept", args=[token_in(Message.objects.get())])
    here, which = reverse("people:invitation_withdraw", args=[lead.competition.code]), {"_email": "falsch@example.org", "_kind": "office"}
    other = make_role(lead.competition, Role.Kind.OFFICE).person
    client.force_login(other, backend="lorbeer.people.backends.AccountBackend")
    assert client.post(here, which).status_code == 403
    client.force_login(lead.person, backend="lorbeer.people.backends.AccountBackend")
    team = reverse("people:team_list", args=[lead.competition.code])
    assert here in client.get(team).content.decode()

    assert client.post(here, which).status_code == 302

    assert here not in client.get(team).content.decode()
    assert client.get(link).status_code == 410
    assert client.post(here, which).status_code == 403                  # there is none any more
    assert client.post(here, which | {"_email": "a\0@example.org"}).status_code == 404
    assert LogEvent.objects.filter(verb="role.uninvite").count() == 1


@pytest.mark.parametrize("kind", ["office", "screener", "juror", "editor", "auditor", "sponsor"])
def test_only_the_lead_gives_roles(lead, kind, client):
    person = make_role(lead.competition, kind).person
    client.force_login(person, backend="lorbeer.people.backends.AccountBackend")

    answer = client.post(reverse("people:team_invite", args=[lead.competition.code]),
                         {"name": "X", "email": "x@example.org", "kind": "office_lead"})

    assert answer.status_code == 403
    assert not Invitation.objects.exists()


def test_the_team_of_another_competition_is_not_found(lead, client):
    stranger = make_role(make_competition(), Role.Kind.OFFICE_LEAD).person
    client.force_login(stranger, backend="lorbeer.people.backends.AccountBackend")

    assert client.get(reverse("people:team_list", args=[lead.competition.code])).status_code == 404


def test_an_office_never_loses_its_last_lead(lead):
    with pytest.raises(Refused):
        take_role(lead, by=lead.person)

    grant_role(lead.competition, make_person(), Role.Kind.OFFICE_LEAD, by=lead.person)
    take_role(lead, by=lead.person)
    assert roles_of(lead.person, lead.competition) == frozenset()
    assert LogEvent.objects.filter(verb="role.take", scope=lead.competition.code).count() == 1


@pytest.mark.once
def test_the_team_page_costs_the_same_for_three_and_for_thirty(lead, client, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(lead.person, backend="lorbeer.people.backends.AccountBackend")
    address = reverse("people:team_list", args=[lead.competition.code])
    for _number in range(3):
        make_role(lead.competition, "screener")
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for _number in range(27):
        make_role(lead.competition, "screener")
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(few) == len(many)


def test_signing_in_and_out_with_a_password(client):
    from allauth.account.models import EmailAddress

    person = make_person(email="a@example.org", password=PASSWORD)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)

    answer = client.post(reverse("account_login"), {"login": "a@example.org", "password": PASSWORD})

    assert (answer.status_code, answer.url) == (302, reverse("desk_list"))
    client.post(reverse("account_logout"))
    assert "_auth_user_id" not in client.session


def test_ten_wrong_passwords_close_the_door_for_an_hour(client):
    make_person(email="a@example.org", password=PASSWORD)
    for _attempt in range(10):
        client.post(reverse("account_login"), {"login": "a@example.org", "password": "wrong"})

    answer = client.post(reverse("account_login"), {"login": "a@example.org", "password": PASSWORD})

    assert answer.status_code == 429
    assert "_auth_user_id" not in client.session


def test_the_secret_of_a_second_factor_is_not_stored_in_clear():
    secret = mfa_adapter().encrypt("JBSWY3DPEHPK3PXP")

    assert "JBSWY3DPEHPK3PXP" not in secret
    assert mfa_adapter().decrypt(secret) == "JBSWY3DPEHPK3PXP"


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password"])
def test_sign_in_pages_speak_german_formally(client, name):
    text = client.get(reverse(name)).content.decode()

    for word in ("Du ", "dein", "Dein", " dir", "Sign In", "Password"):
        assert word not in text, word


@pytest.mark.parametrize(("language", "greeting", "word"), [("de", "Guten Tag,", "Konto"), ("en", "Good day,", "account")])
def test_mails_about_accounts_say_which_house_writes_and_what_to_do(client, settings, language, greeting, word):
    settings.BASE_URL = "https://wettbewerb.example.org"
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    make_person(email="alt@example.org", language=language)
    facts = {"name": "N. Muster", "password1": PASSWORD, "password2": PASSWORD}
    prize = make_competition(title={"de": "Preis", "en": "Prize"})
    client.post(reverse("account_signup"), facts | {"email": "neu@example.org", "next": f"/{prize.code}/apply/"})
    client.post(reverse("account_signup"), facts | {"email": "alt@example.org"})
    client.post(reverse("account_reset_password"), {"email": "alt@example.org"})
    client.post(reverse("account_reset_password"), {"email": "niemand@example.org"})

    mails = list(Message.objects.filter(kind="account").order_by("pk"))
    assert [mail.recipient.partition("@")[0] for mail in mails] == ["neu", "alt", "alt", "niemand"]
    for mail in mails:
        assert mail.title.endswith(str(prize.title[language]) if mail.recipient == "neu@example.org" else "Lorbeer")
        assert "wettbewerb.example.org" not in mail.title
        assert mail.body.startswith(greeting)
        assert word in mail.body
        assert mail.body.count("https://wettbewerb.example.org/") == 1   # one link, and to us
        assert "  " not in mail.body
        assert "&" not in mail.body
        other = {"de": "Good day", "en": "Guten Tag"}[language]
        assert other not in mail.body


def test_who_confirms_the_address_is_signed_in_where_they_signed_up_and_nowhere_else(client, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    prize = make_competition(is_public=True)
    back = f"/{prize.code}/"
    client.post(f"{reverse('account_signup')}?next={back}", {
        "name": "N. Muster", "email": "neu@example.org", "password1": PASSWORD, "password2": PASSWORD, "next": back})
    link = re.search(r"https?://[^/]+(/\S+)", Message.objects.get().body)[1]
    elsewhere = Client()
    elsewhere.get(link)
    assert "_auth_user_id" not in elsewhere.session                     # the mail's scanner only looked
    answer = client.post(link)
    assert client.session["_auth_user_id"] == str(Person.objects.get(email="neu@example.org").pk)
    assert answer.url == back
    assert elsewhere.post(link).status_code != 500
    assert "_auth_user_id" not in elsewhere.session


def test_a_mail_about_an_account_speaks_the_language_of_its_owner(client):
    make_person(email="reader@example.org", language="en")
    client.cookies["django_language"] = "de"
    client.post(reverse("account_reset_password"), {"email": "reader@example.org"})
    assert Message.objects.get().title.startswith("A new password")


def test_a_signed_in_person_finds_the_second_factor_page(client):
    client.force_login(make_person(), backend="lorbeer.people.backends.AccountBackend")

    assert client.get(reverse("mfa_index")).status_code == 200
    assert client.get(reverse("profile")).status_code == 200


ADDRESSES = ["Büro https://evil.example/login", "Büro evil.example/x", "a@evil.example", "Anna www.evil.de", "Anna\nBetreff", "bit.ly/x"]
NAMES = ["Dr. Ada Meyer", "A. Beispiel", "A.B. Meyer", "Jean-Luc O'Neill (Bauamt)", "Meyer, Ada"]


@pytest.mark.parametrize(("name", "is_taken"), [*((one, False) for one in ADDRESSES), *((one, True) for one in NAMES)])
def test_a_name_with_an_address_in_it_is_refused_wherever_names_are_given(client, name, is_taken):
    person = make_person(name="Vorher")
    facts = {"email": "neu@example.org", "password1": PASSWORD, "password2": PASSWORD}
    client.post(reverse("account_signup"), facts | {"name": name})
    assert Person.objects.filter(email="neu@example.org").exists() is is_taken
    client.force_login(person, backend="lorbeer.people.backends.AccountBackend")
    client.post(reverse("profile"), {"name": name, "language": "de"})
    person.refresh_from_db()
    assert person.name == (name if is_taken else "Vorher")
    assert ("name" not in InvitationForm({"name": name, "email": "a@example.org", "kind": "juror"}, kinds=["juror"]).errors) is is_taken


def test_signing_up_hashes_a_password_whether_or_not_the_address_is_known(client, settings, monkeypatch):
    """Else the clock would tell who has an account."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    make_person(email="alt@example.org")
    hashed = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda self, *a: hashed.append(1) or encode(self, *a))
    cost = []
    for email in ("alt@example.org", "neu@example.org"):
        hashed.clear()
        answer = client.post(reverse("account_signup"), {"name": "N. Muster", "email": email, "password1": PASSWORD,
                                                         "password2": PASSWORD})
        cost.append((answer.status_code, answer.url, len(hashed)))
    assert cost == [(302, reverse("account_email_verification_sent"), 1)] * 2


def test_a_name_turns_no_page_round(client):
    person = make_person()
    client.force_login(person, backend="lorbeer.people.backends.AccountBackend")

    client.post(reverse("profile"), {"name": "Ada \u202eecalevoL", "language": "de"})

    person.refresh_from_db()
    assert person.name == "Ada ecalevoL"
