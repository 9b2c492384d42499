"""Pages of the screening in a call that has no formal check do not wait for one."""

import pytest
from django.urls import reverse

from lorbeer.call.tests.factories import make_competition
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_role

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("has_check", [True, False])
@pytest.mark.parametrize(("name", "kind"), [("assignment_show", Role.Kind.OFFICE_LEAD), ("vote_list", Role.Kind.SCREENER)])
def test_what_fills_an_empty_page_is_what_the_call_has(client, name, kind, has_check):
    competition = make_competition()
    if not has_check:
        competition.clauses.all().delete()
    make_role(competition, Role.Kind.SCREENER)
    client.force_login(make_role(competition, kind).person)

    page = client.get(reverse(f"screening:{name}", args=[competition.code])).content.decode()

    assert ("formale" in page) == has_check
    assert ("sobald sie zugelassen sind" in page) == (not has_check)
