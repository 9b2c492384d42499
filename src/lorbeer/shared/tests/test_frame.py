"""The frame of a page is kept, and nothing in it that belongs to one reader alone."""

import re

import pytest
from django.urls import reverse
from django.utils import translation

from lorbeer.call.tests.factories import make_competition
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.shared.templatetags import frame

pytestmark = pytest.mark.django_db
PAGE = "desk_list"


@pytest.fixture(autouse=True)
def nothing_kept():
    frame._drawn.cache_clear()


def page_of(client, address="", **headers):
    return client.get(address or reverse(PAGE), headers=headers).content.decode()


def test_two_readers_share_the_frame_and_each_finds_their_own_in_it(client):
    tokens = []
    for name in ("Ada <b>Muster</b>", "Bo Beispiel"):
        client.force_login(make_person(name=name))
        drawn = frame._drawn.cache_info().misses
        text = page_of(client, reverse(PAGE) + "?q=a%26b")
        header, footer = (text[text.index(f"<{part} "):text.index(f"</{part}>")] for part in ("header", "footer"))
        assert name.replace("<", "&lt;").replace(">", "&gt;") in header
        assert f'name="next" value="{reverse(PAGE)}?q=a%26b"' in header
        assert not any(place in text for place in frame._PLACES.values())
        found = re.findall(r'name="csrfmiddlewaretoken" value="([A-Za-z0-9]{64})"', header + footer)
        assert len(found) >= 3
        tokens.append(set(found))
    assert frame._drawn.cache_info().misses == drawn                    # for the second nothing was drawn anew
    assert "Ada" not in header
    assert not tokens[0] & tokens[1]


def test_the_token_in_the_frame_is_taken(client):
    client.handler.enforce_csrf_checks = True
    client.force_login(make_person())
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page_of(client))[1]
    assert client.post(reverse("site:theme_set"), {"theme": "dark", "next": "/", "csrfmiddlewaretoken": token}).status_code == 302
    assert 'data-kern-theme="dark"' in page_of(client)
    assert re.search(r'value="dark" aria-pressed="true"', page_of(client))


def test_who_is_not_signed_in_is_asked_to_and_comes_back(client):
    header = page_of(client, "/?a=1&b=2", **{"accept-language": "de"})
    assert "?next=/%3Fa%3D1%26b%3D2" in header
    assert "Anmelden" in header
    assert "Sign in" in page_of(client, "/", **{"accept-language": "en"})


def test_only_what_is_written_down_reaches_a_part():
    with translation.override("de"):
        facts = '{"house": {"version": "1"}, "legal_links": [{"url": "/x/", "label": "<Recht>"}], "fills": []}'
        text = frame._drawn("base_footer.html", "de", facts)
    assert '<a href="/x/">&lt;Recht&gt;</a>' in text
    assert "csrfmiddlewaretoken" not in text


def test_who_has_several_roles_chooses_among_them_in_the_frame(client):
    person = make_person()
    place = make_competition(is_public=True)
    for kind in ("office", "juror"):
        make_role(place, kind, person)
    place.refresh_from_db()
    client.force_login(person)
    header = page_of(client, f"/{place.code}/")
    assert re.findall(r'name="role" value="(\w+)"', header) == ["office", "juror"]
    assert str(place) in header
