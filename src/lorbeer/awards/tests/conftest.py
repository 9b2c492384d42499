"""A jury that has closed, built once for all tests of results."""

from collections.abc import Iterator
from typing import Any

import pytest

from lorbeer.awards.tests import factories
from lorbeer.shared.tests import databases

decided_database = databases.scene("decided", factories.make_decided_competition)


@pytest.fixture
def decided(decided_database: Any, db: None) -> Iterator[tuple[Any, ...]]:
    """(competition, winner, loser, sponsor) of `make_decided_competition`; whatever the test does is undone."""
    with databases.seen(decided_database) as made:
        yield made
