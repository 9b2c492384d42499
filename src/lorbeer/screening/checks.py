"""A database without the triggers that keep sealed votes is refused at the start."""

from typing import Any

from django.core.checks import Error, Tags, register
from django.db import connections

from lorbeer.screening import triggers


@register(Tags.database)
def sealed_votes_are_kept(app_configs: Any, databases: list[str] | None = None, **kwargs: Any) -> list[Error]:
    errors = []
    for alias in databases or []:
        connection = connections[alias]
        if "screening_vote" in connection.introspection.table_names() and (
            missing := triggers.missing_triggers(connection)
        ):
            errors.append(
                Error(
                    f"Sealed votes can be altered: these triggers are missing: {', '.join(missing)}.",
                    hint="Run `lorbeer migrate`, which makes them again.",
                    id="lorbeer.E041",
                )
            )
    return errors
