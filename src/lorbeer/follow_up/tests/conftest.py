"""An award that has been announced, built once for all tests of what comes after it."""

from collections.abc import Iterator
from typing import Any

import pytest

from lorbeer.follow_up.tests import factories
from lorbeer.shared.tests import databases


@pytest.fixture(scope="session")
def awarded_database(django_db_setup: Any, django_db_blocker: Any) -> Iterator[tuple[str, list[Any]]]:
    made: list[Any] = []
    with django_db_blocker.unblock(), databases.built("awarded", lambda: made.extend(factories.make_award())) as name:
        yield name, made


@pytest.fixture
def awarded(awarded_database: tuple[str, list[Any]], db: None) -> Iterator[tuple[Any, ...]]:
    """(award, office, winner) of `make_award`; whatever the test does is undone."""
    name, made = awarded_database
    with databases.visited(name):
        yield databases.fresh(made)
