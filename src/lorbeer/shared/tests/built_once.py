"""What a test begins with is built once, and tests that begin alike find it there.

    @built_once
    def make_call(**facts): ...

Tests spend a third of their time on making the same rows again. As long as a test has written nothing but what such factories
made, a call that has become dear (`DEAR` statements in all the tests before) is answered from a copy of the database in which it has
been made already; what the test does to it is undone. Result and arguments are as if the factory had run: new objects, the same
ones where they were handed in. Tests that lead the factories by other means than arguments (see `LED`) get none of this.
"""

import io
import pickle
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from django.conf import Settings, settings
from django.db import connections, models, transaction
from django.utils.translation import get_language

from lorbeer.shared import clock
from lorbeer.shared.tests import databases

Asked = ParamSpec("Asked")
Made = TypeVar("Made")

DEAR = 150                                                              # statements; to copy a database costs as much
LED = {"monkeypatch", "mocker", "django_capture_on_commit_callbacks"}   # fixtures by which a test changes what a factory does
_READING = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA", "SET CONSTRAINTS")


@dataclass
class _Call:
    """A factory with its arguments, after the calls before it: what it has cost, and where its rows are kept."""

    statements: int = 0
    database: str = ""
    frozen: bytes = b""


@dataclass
class _Place:
    """Where a test stands: the database that it sees, the calls that led there, whether it has written anything else."""

    plain: Any
    empty: str
    connection: Any = None
    database: str = ""                                                  # "" is the tests' own, as empty as `empty`
    key: bytes = b""
    depth: int = 0                                                      # of blocks of `atomic` around the test
    touched: bool = False
    statements: int = 0
    left: ExitStack = field(default_factory=ExitStack)

    def watch(self, execute: Any, sql: Any, *facts: Any) -> Any:
        self.statements += 1
        self.touched = self.touched or not str(sql).startswith(_READING)
        return execute(sql, *facts)

    def stand(self, connection: Any) -> None:
        self.connection, self.depth = connection, len(connection.atomic_blocks)
        connection.execute_wrappers.append(self.watch)
        self.left.callback(connection.execute_wrappers.remove, self.watch)

    def go_to(self, database: str, key: bytes) -> None:
        self.left.close()
        if database:
            self.stand(self.left.enter_context(_visited(database)))
        else:
            self.stand(self.plain)
        self.database, self.key = database, key


_calls: dict[bytes, _Call] = {}
_place: _Place | None = None


@contextmanager
def _visited(name: str) -> Iterator[Any]:
    with databases.visited(name):
        yield connections["default"]
        databases.check()


@contextmanager
def beginning(empty: str) -> Iterator[None]:
    """Around a test that stands in a transaction of the tests' own database; `empty`: the name of an untouched copy of it."""
    global _place
    before = _place
    place = _place = _Place(connections["default"], empty)
    try:
        with place.left:
            place.go_to("", b"")
            yield
    finally:
        _place = before


def forget() -> None:
    """At the end of all tests: drop what was kept."""
    for call in _calls.values():
        if call.database:
            databases.drop_database(call.database)


class _Freezer(pickle.Pickler):
    """Writes objects that were handed in as their number."""

    def __init__(self, file: Any, known: list[Any]) -> None:
        super().__init__(file)
        self.known = {id(one): number for number, one in enumerate(known)}

    def persistent_id(self, one: Any) -> int | None:
        return self.known.get(id(one))


class _Thawer(pickle.Unpickler):
    def __init__(self, file: Any, known: list[Any]) -> None:
        super().__init__(file)
        self.known = known

    def persistent_load(self, number: int) -> Any:
        return self.known[number]


def _rows_in(facts: Any) -> list[models.Model]:
    if isinstance(facts, models.Model):
        return [facts]
    if isinstance(facts, dict):
        facts = facts.values()
    elif not isinstance(facts, list | tuple):
        return []
    return [row for fact in facts for row in _rows_in(fact)]


def _restore(rows: list[models.Model], states: list[dict[str, Any]]) -> None:
    for row, state in zip(rows, states, strict=True):
        vars(row).clear()
        vars(row).update(state)


def _build(call: _Call, place: _Place, make: Callable[[], Any], known: list[models.Model]) -> None:
    """Make a copy of the database where `place` is, and in it what `make` makes. The test stands where it stood, rows and all."""
    global _place
    database, key, source = place.database, place.key, place.database or place.empty
    name = databases.beside(str(place.plain.settings_dict["NAME"]), f"call{sum(bool(one.database) for one in _calls.values())}")
    states = [dict(vars(row)) for row in known]
    place.go_to("", b"")
    _place = None                                                       # what `make` calls in turn is made
    try:
        with databases.using_database(source):
            databases.copy_database(source, name)
        with databases.using_database(name), transaction.atomic():
            made = make()
            connections["default"].run_on_commit.clear()                # a test does not commit either
            written = io.BytesIO()
            _Freezer(written, known).dump(([vars(row) for row in known], made))
        call.database, call.frozen = name, written.getvalue()
    finally:
        _restore(known, states)
        _place = place
        place.go_to(database, key)


def built_once(factory: Callable[Asked, Made]) -> Callable[Asked, Made]:
    """For factories of rows whose result depends on arguments, language and time alone."""
    @wraps(factory)
    def made(*facts: Asked.args, **named: Asked.kwargs) -> Made:
        place = _place
        if (place is None or place.touched or connections["default"] is not place.connection
                or len(place.connection.atomic_blocks) != place.depth or not isinstance(settings._wrapped, Settings)):
            return factory(*facts, **named)
        try:
            key = pickle.dumps((place.key, factory.__module__, factory.__qualname__, facts, sorted(named.items()),
                                get_language(), clock._fixed.get()))
        except (pickle.PicklingError, AttributeError, TypeError):
            return factory(*facts, **named)
        call = _calls.setdefault(key, _Call())
        if not call.database and call.statements < DEAR:
            before = place.statements
            try:
                return factory(*facts, **named)
            finally:
                call.statements += place.statements - before
        known = _rows_in([facts, named])
        if not call.database:
            try:
                _build(call, place, lambda: factory(*facts, **named), known)
            except Exception:                                           # it may be what the test wants to see
                return factory(*facts, **named)
        place.go_to(call.database, key)
        states, result = _Thawer(io.BytesIO(call.frozen), known).load()
        _restore(known, states)
        return cast(Made, result)

    return made
