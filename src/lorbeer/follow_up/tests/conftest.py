"""An award that has been announced, built once for all tests of what comes after it."""

from collections.abc import Iterator
from typing import Any

import pytest

from lorbeer.follow_up.tests import factories
from lorbeer.shared.tests import databases

awarded_database = databases.scene("awarded", factories.make_award)


@pytest.fixture
def awarded(awarded_database: Any, db: None) -> Iterator[tuple[Any, ...]]:
    """(award, office, winner) of `make_award`; whatever the test does is undone."""
    with databases.seen(awarded_database) as made:
        yield made
