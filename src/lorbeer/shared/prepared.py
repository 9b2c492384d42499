"""Queries whose SQL is written once: for what nearly every page asks, writing the text costs four times what the answer does.

    @prepared
    def held_roles(person: int, competition: int) -> QuerySet[Role]:
        return Role.objects.filter(person=person, competition=competition)

    held_roles(7, 3)                                                    # [<Role>, <Role>]

The function is called once per kind of database, with stand-ins of the annotated types; from then on its statement is sent with
the arguments of each call. So it may only hand its arguments to the query; one that looks at them or changes them is refused.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache, wraps
from inspect import signature
from typing import Any, ParamSpec, TypeVar, cast

from django.db import connections, transaction
from django.db.models import AutoField, Field, Model, QuerySet
from django.db.models.query import FlatValuesListIterable, ModelIterable, ValuesListIterable, get_related_populators
from django.db.models.sql.compiler import SQLCompiler

Asked = ParamSpec("Asked")
Row = TypeVar("Row")

_STAND_INS: dict[type, Callable[[int], Any]] = {
    int: lambda number: 1_871_000_001 + number,
    str: lambda number: f"stand-in {number}",
    datetime: lambda number: datetime(1871, 1, 18, tzinfo=UTC) + timedelta(days=number),
}


class _Statement:
    """A compiled query: its text, for each of its parameters a value or the place of the argument that it takes, and how rows are read."""

    def __init__(self, question: Callable[..., QuerySet[Any]]) -> None:
        kinds = [parameter.annotation for parameter in signature(question).parameters.values()]
        if not set(kinds) <= set(_STAND_INS):
            raise TypeError(f"{question.__qualname__}: only {', '.join(kind.__name__ for kind in _STAND_INS)} can be arguments")
        stand_ins = [_STAND_INS[kind](number) for number, kind in enumerate(kinds)]
        self.kinds = kinds
        asked: Any = question(*stand_ins)
        if asked._prefetch_related_lookups:
            raise TypeError(f"{question.__qualname__}: what fetches other rows after these is not prepared")
        self.database, self.locks = asked.db, asked.query.select_for_update
        compiler = cast(SQLCompiler, asked.query.get_compiler(self.database))
        self.sql, values = compiler.as_sql()
        sent = [self._sent(stand_in) for stand_in in stand_ins]
        self.parameters = [(sent.index(value), None) if value in sent else (None, value) for value in values]
        if {place for place, _value in self.parameters if place is not None} != set(range(len(sent))):
            raise TypeError(f"{question.__qualname__}: an argument does not reach the query as it is")
        columns = [column for column, _text, _alias in compiler.select[:compiler.col_count]]  # type: ignore[index]
        if compiler.has_composite_fields(columns):                      # type: ignore[attr-defined]
            raise TypeError(f"{question.__qualname__}: keys of several columns are not prepared")
        self.converters = [(place, found, column) for place, (found, column) in compiler.get_converters(columns).items()]  # type: ignore[attr-defined]
        self.read = self._reader(question.__qualname__, asked, compiler)

    def _sent(self, value: Any) -> Any:
        return connections[self.database].ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value

    def _reader(self, name: str, asked: Any, compiler: Any) -> Callable[[Any], Any]:
        """From a row of values to what the query is asked for: an object with those selected beside it, a value, or several."""
        if asked._iterable_class is FlatValuesListIterable:
            return lambda row: row[0]
        if asked._iterable_class is ValuesListIterable and tuple(asked.query.selected or ()) == asked._fields:
            return tuple
        if asked._iterable_class is not ModelIterable or asked._known_related_objects:
            raise TypeError(f"{name}: only objects and lists of values are prepared")
        facts = compiler.klass_info
        model, first, last = facts["model"], facts["select_fields"][0], facts["select_fields"][-1] + 1
        names = [column.target.attname for column, _text, _alias in compiler.select[first:last]]
        beside = get_related_populators(facts, compiler.select, self.database)  # type: ignore[call-arg]
        counted = tuple((compiler.annotation_col_map or {}).items())

        def one(row: Any) -> Any:
            made = model.from_db(self.database, names, row[first:last])
            for related in beside:
                related.populate(row, made)
            for attribute, place in counted:
                setattr(made, attribute, row[place])
            return made

        return one

    def _converted(self, rows: list[Any], connection: Any) -> Iterator[list[Any]]:
        for row in map(list, rows):
            for place, converters, column in self.converters:
                for converter in converters:
                    row[place] = converter(row[place], column, connection)
            yield row

    def rows(self, arguments: tuple[Any, ...]) -> list[Any]:
        if [type(argument) for argument in arguments] != self.kinds:
            raise TypeError(f"expected {self.kinds}, not {arguments!r}")
        sent = [self._sent(argument) for argument in arguments]
        connection = connections[self.database]                         # each thread has its own
        if self.locks and not connection.in_atomic_block:
            raise transaction.TransactionManagementError("Rows can be locked in a transaction only.")
        with connection.cursor() as cursor:
            cursor.execute(self.sql, [value if place is None else sent[place] for place, value in self.parameters])
            rows = cursor.fetchall()
        return [self.read(row) for row in self._converted(rows, connection)]


def prepared(question: Callable[Asked, QuerySet[Any, Row]]) -> Callable[Asked, list[Row]]:
    """The rows that `question` asks for, as a list; arguments by place, never None.

    Raises TypeError for arguments of other types than annotated, and at the first call for a question that cannot be prepared.
    """
    statements: dict[str, _Statement] = {}

    @wraps(question)
    def rows(*arguments: Asked.args, **_named: Asked.kwargs) -> list[Row]:
        vendor = connections["default"].vendor
        if vendor not in statements:
            statements[vendor] = _Statement(question)
        return cast("list[Row]", statements[vendor].rows(arguments))

    return rows


@lru_cache
def _insertion(model: type[Model], is_once: bool) -> "tuple[str, list[Field[Any, Any]]]":
    quoted = connections["default"].ops.quote_name
    fields = [field for field in model._meta.local_concrete_fields if not isinstance(field, AutoField)]
    columns, places = ", ".join(quoted(field.column) for field in fields), ", ".join(["%s"] * len(fields))
    key = quoted(model._meta.pk.column)
    once = "ON CONFLICT DO NOTHING " if is_once else ""
    return f"INSERT INTO {quoted(model._meta.db_table)} ({columns}) VALUES ({places}) {once}RETURNING {key}", fields  # noqa: S608


def insert(row: Model) -> None:
    """`row.save(force_insert=True)` at a quarter of its price, for rows that are written often and that nobody listens to."""
    _inserted(row, is_once=False)


def insert_once(row: Model) -> bool:
    """The same, unless a row is there that it must not stand beside: then nothing is written, and the answer is False."""
    return _inserted(row, is_once=True)


def _inserted(row: Model, *, is_once: bool) -> bool:
    sql, fields = _insertion(type(row), is_once)
    connection = connections["default"]
    with connection.cursor() as cursor:
        cursor.execute(sql, [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields])
        made = cursor.fetchone()
    if made is not None:
        row.pk = made[0]
        row._state.adding, row._state.db = False, "default"
    return made is not None


@lru_cache
def _change(model: type[Model], names: tuple[str, ...]) -> "tuple[str, list[Field[Any, Any]]]":
    quoted = connections["default"].ops.quote_name
    fields = [cast("Field[Any, Any]", model._meta.get_field(name)) for name in names]
    columns = ", ".join(f"{quoted(field.column)} = %s" for field in fields)
    return f"UPDATE {quoted(model._meta.db_table)} SET {columns} WHERE {quoted(model._meta.pk.column)} = %s", fields  # noqa: S608


def update(row: Model, *names: str) -> None:
    """`row.save(update_fields=names)` at a quarter of its price, as `insert`; of a row that is gone nothing is said."""
    sql, fields = _change(type(row), names)
    connection = connections["default"]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*(field.get_db_prep_save(field.pre_save(row, add=False), connection) for field in fields), row.pk])
