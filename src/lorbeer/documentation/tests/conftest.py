"""The scene of the pages of the book: a competition, and its editor signed in."""

import pytest

from lorbeer.call.tests.factories import make_competition
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_role


@pytest.fixture
def competition():
    return make_competition()


@pytest.fixture
def editor(competition, client):
    person = make_role(competition, Role.Kind.EDITOR).person
    client.force_login(person)
    return person
