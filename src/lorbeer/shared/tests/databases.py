"""Databases beside the one that all tests use: for what takes long to build, is built once, and is seen by each test as it was."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connections, models, transaction

KEPT = 4
_kept: dict[str, Any] = {}                                              # connections to the databases visited last, by name


def let_go(name: str) -> None:
    """Close the connection to a database that has been visited."""
    if name in _kept:
        _kept.pop(name).close()


def copy_database(source: str, target: str) -> None:
    """A copy of a whole database; nobody may be connected to `source` through this process but who has visited it."""
    let_go(source)
    connection = connections["default"]
    connection.close()
    if connection.vendor == "sqlite":
        import sqlite3

        Path(target).unlink(missing_ok=True)
        with sqlite3.connect(source) as old:
            old.execute("VACUUM INTO ?", [target])
        old.close()
        return
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{target}"')
        cursor.execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')


def drop_database(name: str) -> None:
    let_go(name)
    connection = connections["default"]
    if connection.vendor == "sqlite":
        for path in Path(name).parent.glob(Path(name).name + "*"):
            path.unlink()
        return
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')     # servers that were killed may linger


@contextmanager
def using_database(name: str, connection: Any = None) -> Iterator[None]:
    """Every connection opened meanwhile, in whatever thread, goes to the database `name`; that of this thread is closed at the end.

    The connection that was there before stays open aside: a test's own transaction may be waiting in it. `connection`: one
    to `name`, to be used in this thread and left open.
    """
    before = connections["default"]
    plain = before.settings_dict["NAME"]
    connections.settings["default"]["NAME"] = before.settings_dict["NAME"] = name
    connections["default"] = connection or connections.create_connection("default")
    try:
        yield
    finally:
        if connection is None:
            connections["default"].close()
        connections["default"] = before
        connections.settings["default"]["NAME"] = before.settings_dict["NAME"] = plain


def beside(name: str, word: str) -> str:
    """The name of a database beside the one called `name`."""
    return str(Path(name).with_name(f"{word}-{Path(name).name}")) if "/" in name else f"{name}_{word}"


@contextmanager
def built(word: str, build: Callable[[], None]) -> Iterator[str]:
    """The name of a copy of the tests' database in which `build` has worked; gone at the end."""
    plain = str(connections["default"].settings_dict["NAME"])
    name = beside(plain, word)
    copy_database(plain, name)
    with using_database(name):
        build()
    yield name
    drop_database(name)


@contextmanager
def visited(name: str) -> Iterator[None]:
    """In the database `name` meanwhile; what is written there is undone. The connection is kept: the next test is near."""
    connection = _kept.pop(name, None) or connections.create_connection("default")
    try:
        with using_database(name, connection), transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        _kept[name] = connection
        while len(_kept) > KEPT:
            let_go(next(iter(_kept)))


def scene(word: str, build: Callable[[], Iterable[models.Model]]) -> Any:
    """A fixture of the session: a database in which `build` has made a scene, for `seen`. Each module names its own `word`."""

    @pytest.fixture(scope="session")
    def database(django_db_setup: Any, django_db_blocker: Any) -> Iterator[tuple[str, list[models.Model]]]:
        made: list[models.Model] = []
        with (
            django_db_blocker.unblock(),
            built(word, lambda: made.extend(build())) as name,
            django_db_blocker.block(),                                  # tests that ask for no database have none meanwhile
        ):
            yield name, made

    return database


@contextmanager
def seen(scene: tuple[str, list[models.Model]]) -> Iterator[tuple[Any, ...]]:
    """The rows of a `scene` as they stand in its database now: whatever the test does is undone, to the objects too."""
    name, made = scene
    with visited(name):
        yield tuple(type(row)._default_manager.get(pk=row.pk) for row in made)
        check()


def check() -> None:
    """As at the end of every test with a database: do all rows lead somewhere?"""
    if not connections["default"].needs_rollback:
        connections["default"].check_constraints()
