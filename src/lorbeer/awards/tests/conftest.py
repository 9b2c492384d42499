"""A jury that has closed, built once for all tests of results."""

from collections.abc import Iterator
from typing import Any

import pytest

from lorbeer.awards.tests import factories
from lorbeer.shared.tests import databases


@pytest.fixture(scope="session")
def decided_database(django_db_setup: Any, django_db_blocker: Any) -> Iterator[tuple[str, list[Any]]]:
    made: list[Any] = []
    with django_db_blocker.unblock(), databases.built("decided", lambda: made.extend(factories.make_decided_competition())) as name:
        yield name, made


@pytest.fixture
def decided(decided_database: tuple[str, list[Any]], db: None) -> Iterator[tuple[Any, ...]]:
    """(competition, winner, loser, sponsor) of `make_decided_competition`; whatever the test does is undone."""
    name, made = decided_database
    with databases.visited(name):
        yield databases.fresh(made)
