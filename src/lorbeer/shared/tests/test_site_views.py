import pytest
from django.conf import settings
from django.urls import reverse

from lorbeer import __version__


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_nobody_is_led_away_after_changing_the_language(client, db, target):
    response = client.post(reverse("site:language_set"), {"language": "en", "next": target})
    assert response.headers["Location"] == "/"


def test_the_language_is_remembered(client, db):
    assert client.get("/nirgends/da/").content.count(b'lang="de"') == 1
    response = client.post(reverse("site:language_set"), {"language": "en", "next": "/nirgends/"})
    assert response.headers["Location"] == "/nirgends/"
    assert b'<html lang="en"' in client.get("/nirgends/da/").content


@pytest.mark.parametrize("language", ["no language", "en-x-zz", "de\r\nSet-Cookie: a=b"])
def test_an_unknown_language_or_display_changes_nothing(client, db, language):
    client.post(reverse("site:language_set"), {"language": language})
    assert settings.LANGUAGE_COOKIE_NAME not in client.cookies
    client.post(reverse("site:theme_set"), {"theme": "pink"})
    assert client.cookies.get("theme") is None or not client.cookies["theme"].value
    assert b'<html lang="de">' in client.get("/nirgends/da/").content


def test_somebody_signed_out_has_no_role_to_change(client, db):
    assert client.post(reverse("site:role_switch"), {"competition": "x", "role": "office"}).status_code == 404


def test_a_role_one_does_not_hold_stays_without_effect(rf):
    from lorbeer.shared.context import active_role

    class Nobody:
        is_authenticated = False

    class Competition:
        code = "muster"

    request = rf.get("/")
    request.user, request.competition, request.roles = Nobody(), Competition(), frozenset({"juror"})
    request.session = {"active_roles": {"muster": "office"}}
    assert active_role(request) == "juror"
    request.roles = frozenset({"juror", "office"})
    assert active_role(request) == "office"


def test_the_sign_in_page_has_the_same_foot_as_every_other(client, db):
    html = client.get(reverse("account_login")).content.decode()
    assert reverse("imprint") in html
    assert f"Lorbeer {__version__}" in html


def test_the_foot_leads_to_the_competitions_own_imprint_only_where_it_has_one(client, db):
    from lorbeer.call.models import Competition
    from lorbeer.website.tests.factories import make_page

    competition = Competition.objects.create(code="muster", title={"de": "Muster"}, is_public=True)
    own, general = f'"{reverse("website:page_show", kwargs={"competition": "muster", "page": "imprint"})}"', f'"{reverse("imprint")}"'
    before = client.get("/muster/").content.decode()
    make_page(competition, "imprint", title="Impressum", in_menu=False)
    after = client.get("/muster/").content.decode()

    assert (own in before, general in before) == (False, True)
    assert (own in after, general in after) == (True, False)
