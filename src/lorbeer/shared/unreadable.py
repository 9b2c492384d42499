"""Values that no program of ours writes: SQLite takes any text for a time or a number, and who forges may leave nonsense.

`tolerant` lets a look at the tables go on where Django would give up: what cannot be read says so of itself, differs from
what the log says, and its row is named. PostgreSQL refuses such values itself.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from functools import partial
from typing import Any, Self

from django.apps import apps
from django.db import connection, models
from django.utils.translation import gettext as _

from lorbeer.shared.text import quoted

WHOLE = (models.IntegerField, models.AutoField, models.BooleanField)


class Unreadable(datetime):
    """A time or day that is none; printed, it says so."""

    def __new__(cls) -> Self:
        return super().__new__(cls, 1, 1, 1, tzinfo=UTC)

    def astimezone(self, tz: tzinfo | None = None) -> Self:
        return self

    def strftime(self, format: str) -> str:
        return _("unreadable")

    def isoformat(self, *args: Any, **kwargs: Any) -> str:
        return _("unreadable")


@contextmanager
def tolerant() -> Iterator[None]:
    """Read times, days and fractions that are none as such, on this thread's connection, instead of failing."""
    operations: Any = connection.ops
    names = ("convert_datetimefield_value", "convert_datefield_value")
    if connection.vendor != "sqlite" or names[0] in vars(operations):
        yield
        return

    def of_times(convert: Callable[..., Any], value: Any, expression: Any, of: Any) -> Any:
        try:
            read = convert(value, expression, of)
        except (ValueError, TypeError, AttributeError):
            return Unreadable()
        # The driver gives nothing for nonsense. Where something must stand, that is what it was.
        must_be = not getattr(getattr(expression, "target", None), "null", True)
        return Unreadable() if read is None and (must_be or value is not None) else read

    def of_decimals(get: Callable[..., Any], expression: Any) -> Callable[..., Any]:
        convert = get(expression)

        def read(value: Any, *more: Any) -> Any:
            try:
                return convert(value, *more)
            except (ValueError, TypeError, ArithmeticError):
                return Decimal("NaN")

        return read

    vars(operations).update({name: partial(of_times, getattr(operations, name)) for name in names})
    operations.get_decimalfield_converter = partial(of_decimals, operations.get_decimalfield_converter)
    try:
        yield
    finally:
        for name in (*names, "get_decimalfield_converter"):
            del vars(operations)[name]


def strange_rows(app: str) -> Iterator[tuple[str, str, str]]:
    """Of each column of the app that holds numbers, days or times: (table, id, column and value) of the first row that holds none."""
    if connection.vendor != "sqlite":
        return
    for model in apps.get_app_config(app).get_models(include_auto_created=True):
        table, key = model._meta.db_table, model._meta.pk.column                # type: ignore[union-attr]
        for field in model._meta.concrete_fields:
            if isinstance(field, models.DateField):
                is_none = f'datetime("{field.column}") IS NULL'
            elif isinstance(field, WHOLE):
                is_none = f"typeof(\"{field.column}\") <> 'integer'"
            else:
                continue
            with connection.cursor() as cursor:
                cursor.execute(f'SELECT CAST("{key}" AS TEXT), CAST("{field.column}" AS TEXT) FROM "{table}" '  # noqa: S608
                               f'WHERE "{field.column}" IS NOT NULL AND {is_none} ORDER BY "{key}" LIMIT 1')
                if row := cursor.fetchone():
                    yield table, row[0], f"{field.name}: {quoted(row[1])}"
