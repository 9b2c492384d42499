"""What is meant for one person is kept by no cache on the way."""

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.urls import ResolverMatch, reverse

from lorbeer.call.tests.factories import make_competition
from lorbeer.people.models import Role
from lorbeer.people.services import invite
from lorbeer.people.tests.factories import make_role
from lorbeer.shared.middleware import private_answers
from lorbeer.shared.models import Message

PAGE, TABLE = "text/html; charset=utf-8", "text/csv"


@pytest.mark.parametrize(("has_session", "kwargs", "kind", "said"), [
    (False, {}, PAGE, None), (False, {}, TABLE, None), (True, {}, PAGE, "private, no-cache"), (True, {}, TABLE, "private, no-store"),
    (False, {"token": "x"}, PAGE, "private, no-store"), (False, {"key": "x"}, PAGE, "private, no-store"),
])
def test_pages_are_asked_for_anew_and_files_and_secrets_kept_nowhere(rf, has_session, kwargs, kind, said):
    request = rf.get("/")
    request.resolver_match = ResolverMatch(None, (), kwargs)
    if has_session:
        request.COOKIES[settings.SESSION_COOKIE_NAME] = "x"
    assert private_answers(lambda _request: HttpResponse(content_type=kind))(request).get("Cache-Control") == said
    own = private_answers(lambda _request: HttpResponse(headers={"Cache-Control": "public"}))(request)
    assert own["Cache-Control"] == "public"


@pytest.mark.django_db
def test_personal_pages_and_secret_links_are_private_and_the_poster_is_not(client):
    lead = make_role(make_competition(is_public=True), Role.Kind.OFFICE_LEAD)
    invite(lead.competition, email="neu@example.org", name="Neu", kind="juror", by=lead.person)
    link = Message.objects.get().body.split("http", 1)[1].split()[0].split("/", 3)[3]
    poster = reverse("website:competition_home", args=[lead.competition.code])
    assert client.get(f"/{link}")["Cache-Control"] == "private, no-store"
    assert "Cache-Control" not in client.get(poster)
    client.force_login(lead.person, backend=settings.AUTHENTICATION_BACKENDS[-1])
    for address in (reverse("people:team_list", args=[lead.competition.code]), reverse("profile"), poster):
        assert client.get(address)["Cache-Control"] == "private, no-cache"
