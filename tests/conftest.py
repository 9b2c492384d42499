"""The world that the tests of the whole house share; see tests/world.py."""

from collections.abc import Iterator
from typing import Any

import pytest

from lorbeer.shared.tests import databases
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
