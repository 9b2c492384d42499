"""Queries whose SQL is written once: for what nearly every page asks, writing the text costs four times what the answer does.

    @prepared
    def held_roles(person: int, competition: int) -> QuerySet[Role]:
        return Role.objects.filter(person=person, competition=competition)

    held_roles(7, 3)                                                    # [<Role>, <Role>]

The function is called once per kind of database, with stand-ins of the annotated types; from then on its statement is sent with
the arguments of each call. So it may only hand its arguments to the query; one that looks at them or changes them is refused.
"""

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache, wraps
from inspect import signature
from typing import Any, ParamSpec, TypeVar, cast

from django.db import connections
from django.db.models import AutoField, Field, Model, QuerySet
from django.db.models.sql.compiler import SQLCompiler

Asked = ParamSpec("Asked")
Row = TypeVar("Row")

_STAND_INS: dict[type, Callable[[int], Any]] = {
    int: lambda number: 1_871_000_001 + number,
    str: lambda number: f"stand-in {number}",
    datetime: lambda number: datetime(1871, 1, 18, tzinfo=UTC) + timedelta(days=number),
}


class _Statement:
    """A compiled query: its text, and for each of its parameters either a value or the place of the argument that it takes."""

    def __init__(self, question: Callable[..., QuerySet[Any]]) -> None:
        kinds = [parameter.annotation for parameter in signature(question).parameters.values()]
        if not set(kinds) <= set(_STAND_INS):
            raise TypeError(f"{question.__qualname__}: only {', '.join(kind.__name__ for kind in _STAND_INS)} can be arguments")
        stand_ins = [_STAND_INS[kind](number) for number, kind in enumerate(kinds)]
        self.kinds = kinds
        self.asked = question(*stand_ins)
        if self.asked.query.select_for_update or self.asked._prefetch_related_lookups:  # type: ignore[attr-defined]
            raise TypeError(f"{question.__qualname__}: what locks rows, or fetches others after them, is not prepared")
        self.compiler = cast(SQLCompiler, self.asked.query.get_compiler(self.asked.db))
        self.sql, values = self.compiler.as_sql()
        self.converters: Any = None                                     # from columns to values; looked up once as well
        sent = [self._sent(stand_in) for stand_in in stand_ins]
        self.parameters = [(sent.index(value), None) if value in sent else (None, value) for value in values]
        if {place for place, _value in self.parameters if place is not None} != set(range(len(sent))):
            raise TypeError(f"{question.__qualname__}: an argument does not reach the query as it is")

    def _sent(self, value: Any) -> Any:
        return connections[self.asked.db].ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value

    def _converters(self, expressions: Any) -> Any:
        if self.converters is None:
            self.converters = self.compiler.get_converters(expressions)
        return self.converters

    def rows(self, arguments: tuple[Any, ...]) -> list[Any]:
        if [type(argument) for argument in arguments] != self.kinds:
            raise TypeError(f"expected {self.kinds}, not {arguments!r}")
        sent = [self._sent(argument) for argument in arguments]
        parameters = tuple(value if place is None else sent[place] for place, value in self.parameters)
        compiler = copy.copy(self.compiler)
        compiler.connection = connections[self.asked.db]                # each thread has its own
        compiler.as_sql = lambda *_options, **_named: (self.sql, parameters)  # type: ignore[method-assign]
        compiler.get_converters = self._converters  # type: ignore[method-assign]
        query = copy.copy(self.asked.query)
        query.get_compiler = lambda *_options, **_named: compiler  # type: ignore[method-assign]
        bound = self.asked.__class__(self.asked.model, query=query, using=self.asked.db)
        bound._iterable_class = self.asked._iterable_class  # type: ignore[attr-defined]
        return list(bound)


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
def _insertion(model: type[Model]) -> "tuple[str, list[Field[Any, Any]]]":
    quoted = connections["default"].ops.quote_name
    fields = [field for field in model._meta.local_concrete_fields if not isinstance(field, AutoField)]
    columns, places = ", ".join(quoted(field.column) for field in fields), ", ".join(["%s"] * len(fields))
    key = quoted(model._meta.pk.column)
    return f"INSERT INTO {quoted(model._meta.db_table)} ({columns}) VALUES ({places}) RETURNING {key}", fields  # noqa: S608


def insert(row: Model) -> None:
    """`row.save(force_insert=True)` at a quarter of its price, for rows that are written often and that nobody listens to."""
    sql, fields = _insertion(type(row))
    connection = connections["default"]
    with connection.cursor() as cursor:
        cursor.execute(sql, [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields])
        row.pk = cursor.fetchone()[0]
    row._state.adding, row._state.db = False, "default"
