"""A frozen edition, built once for all tests of what is done with it."""

from collections.abc import Iterator
from typing import Any

import pytest

from lorbeer.editions.tests import factories
from lorbeer.shared.tests import databases

frozen_database = databases.scene("frozen", factories.make_frozen)


@pytest.fixture
def frozen(frozen_database: Any, db: None) -> Iterator[tuple[Any, ...]]:
    """(competition, entry, edition) of `make_frozen`; whatever the test does is undone."""
    with databases.seen(frozen_database) as made:
        yield made
