"""Keeping a table under a number, and dropping it."""

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.people.models import Person
from lorbeer.shared import log
from lorbeer.shared.errors import BadInput
from lorbeer.shared.models import LogEvent
from lorbeer.statistics.models import TableDefinition


@transaction.atomic
def keep_table(competition: Competition, *, title: dict[str, str], definition: dict[str, Any], by: Person | None) -> TableDefinition:
    """Keep a table under the next number; its code (`tab10`) is the name in the book's references.

    A number that was given once is never given again: a chapter, or a reader, may still mean the table that was dropped.
    """
    if not any(text.strip() for text in title.values()):
        raise BadInput(_("Please give the table a title."))
    Competition.objects.select_for_update().get(pk=competition.pk)
    told = LogEvent.objects.filter(scope=competition.code, subject__startswith="table:tab").values_list("subject", flat=True)
    given = [int(name) for subject in told if (name := subject.removeprefix("table:tab")).isdecimal()]
    number = max([competition.tables.aggregate(highest=Max("number"))["highest"] or 0, *given]) + 1
    while competition.tables.filter(code=f"tab{number}").exists():
        number += 1
    table = TableDefinition.objects.create(
        competition=competition, code=f"tab{number}", number=number, title=title, definition=definition)
    log.record("table.keep", subject=f"table:{table.code}", scope=competition.code, actor=by, definition=definition)
    return table


@transaction.atomic
def drop_table(table: TableDefinition, *, by: Person | None) -> None:
    """Drop a kept table; chapters that name it show it as missing."""
    log.record("table.drop", subject=f"table:{table.code}", scope=table.competition.code, actor=by, definition=table.definition)
    table.delete()
