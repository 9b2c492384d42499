"""The world that the tests of the whole house share; see tests/world.py."""

from collections.abc import Iterator
from typing import Any

import pytest

from lorbeer.shared.tests import databases
from tests import pages as reading
from tests import world as worlds


@pytest.fixture(scope="session")
def world_database(django_db_setup: Any, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[str]:
    """The name of a database in which both competitions have been played; nobody writes into it."""
    with django_db_blocker.unblock(), databases.built("world", lambda: worlds.play(tmp_path_factory.mktemp("packages"))) as name:
        yield name


@pytest.fixture
def world(world_database: str, db: None) -> Iterator[worlds.World]:
    """The world; whatever the test does to it is undone."""
    with databases.visited(world_database):
        yield worlds.World.load()


@pytest.fixture
def served_world(world_database: str, live_server: Any, tmp_path: Any) -> Iterator[worlds.World]:
    """A copy of the world behind the live server, for browsers; SQLite only, as browser tests are."""
    copy = str(tmp_path / "served.sqlite3")
    with databases.using_database(world_database):
        databases.copy_database(world_database, copy)
    with databases.using_database(copy):
        yield worlds.World.load()


@pytest.fixture(scope="session")
def kept_answers() -> dict[tuple[str, str], reading.Answer]:
    """What the tests have read in the world so far."""
    return {}


@pytest.fixture
def pages(world: worlds.World, bare_errors: None, kept_answers: dict[tuple[str, str], reading.Answer]) -> reading.Pages:
    """The answers of the world, for tests that only read: those of a page are shared, error pages say no more than they must."""
    return reading.Pages(world, kept_answers)
