"""tables.toml of the competition package."""

import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

import tomli_w
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.call.package import Package, Part, register_part, replace_rows
from lorbeer.call.package_core import in_order
from lorbeer.call.toml import Table
from lorbeer.editions.queries import published_edition
from lorbeer.questionnaire.definition import Type
from lorbeer.questionnaire.frozen import Column, columns
from lorbeer.questionnaire.queries import current_version, form_of
from lorbeer.shared.addresses import is_taken
from lorbeer.statistics.definitions import LEAST, NAMES_OF_VALUES, NOUGHTS, ROW_VARIABLES, SHARES
from lorbeer.statistics.models import TableDefinition
from lorbeer.statistics.queries import numbers_of, rows_that_tell

KINDS = ("cross", "choices")
COUNTABLE = (Type.INTEGER, Type.DECIMAL, Type.CALCULATE, Type.ACKNOWLEDGE)
ORDERS = ("questionnaire", "count")


def read_tables(package: Package, competition: Competition) -> None:
    path = package.folder / "tables.toml"
    if not path.exists():
        competition.tables.all().delete()
        return
    try:
        data = tomllib.loads(package.text(path))
    except (ValueError, RecursionError) as error:                       # also a number of thousands of digits
        package.fault(path, str(error))
        return
    file = Table(data, path.name, package.faults, package.manifest.languages)
    rows = []
    version = current_version(competition)
    questions = form_of(version).placed if version else {}
    answers = {column.name: _options(column) for column in columns(form_of(version))} if version else {}
    countable = {column.name for column in columns(form_of(version)) if column.question.type in COUNTABLE} if version else set()
    # Without a questionnaire nobody knows which names it has: that it cannot be read is said already.
    asked = (name for name, options in answers.items() if options and options != ["0", "1"])
    rows_of = (*ROW_VARIABLES, *asked) if version else ()
    for number, table in enumerate(file.tables("tables"), 1):
        definition: dict[str, Any] = {
            "question": table.text("question", required=True), "kind": table.text("kind", "cross", choices=KINDS),
            "rows": table.text("rows", "group", choices=rows_of), "no_answer": table.flag("no_answer", True),
            "order": table.text("order", "questionnaire", choices=ORDERS), "least": table.number("least", 0),
            "nought": table.text("nought", NOUGHTS[0], choices=NOUGHTS),
            "shares": table.text("shares", SHARES[0], choices=SHARES),
            "note": dict(table.words("note")),
        }
        if version and definition["question"] not in questions:
            table.fault("question", _("the questionnaire has no question “%(name)s”") % {"name": definition["question"]})
        condition = table.table("filter")
        definition["filter"] = {name: condition.codes(name) for name in list(condition.data)}
        if version:
            _check_filter(condition, definition["filter"], answers, countable)
        code = table.code()
        if is_taken("statistics:table_show", competition.code, code):
            table.fault("code", _("“%(value)s” is an address of Lorbeer itself; choose another one") % {"value": code})
        if code in NAMES_OF_VALUES:
            table.fault("code", _("“%(value)s” is what other values of the book begin with (“%(value)s.…”); choose another one")
                        % {"value": code})
        rows.append({"code": code, "number": table.number("number", number), "definition": definition,
                     "title": table.words("title", required=True)})
        table.done()
    file.done()
    replace_rows(TableDefinition, competition.tables, rows, file, place="tables")
    if len({row["number"] for row in rows}) < len(rows):
        package.fault(path, _("two tables have the same number"))


def _options(column: Column) -> list[str]:
    """What can stand in a column of the answers; [] where it is anything."""
    return ["0", "1"] if column.choice else [choice.code for choice in column.question.choices]


def _check_filter(table: Table, condition: dict[str, list[str]], answers: dict[str, list[str]], countable: Collection[str]) -> None:
    """`countable`: what can be counted although no list says what it may be. What somebody wrote would stand above the table."""
    for name, values in condition.items():
        if name not in answers and name not in ROW_VARIABLES:
            table.fault(name, _("the questionnaire has no question “%(name)s”") % {"name": name})
        elif name in answers and not answers[name] and name not in countable:
            table.fault(name, _("“%(name)s” has no list of answers; a table can be limited only to answers from a list") % {"name": name})
        for value in values:
            if answers.get(name) and value not in answers[name]:
                table.fault(name, _("“%(value)s” is not possible; choose one of: %(choices)s")
                            % {"value": value, "choices": ", ".join(answers[name])})


def write_tables(competition: Competition, folder: Path, manifest: dict[str, Any]) -> None:
    tables = []
    for table in competition.tables.all():
        kept = {key: value for key, value in in_order(table.definition).items()
                if value not in ("", [], {}, None) and (key, value) not in (("nought", NOUGHTS[0]), ("shares", SHARES[0]))}
        tables.append({"code": table.code, "number": table.number, "title": in_order(dict(table.title))} | kept)
    if tables:
        (folder / "tables.toml").write_text(tomli_w.dumps({"tables": tables}), "utf-8")


def telling_tables(competition: Competition) -> str:
    """What the page of the tables tells those who make them, for whoever imported these: which rows of them tell of single entries."""
    edition = published_edition(competition) or competition.editions.first()
    if not (found := rows_that_tell(edition, list(competition.tables.all())) if edition else []):
        return ""
    return _("tables.toml: these tables hide too little (“least”), so that whoever takes off the answers that stand in the public database "
             "learns what others answered who are closed: %(rows)s. They are imported; give them least = %(least)d where that is not to "
             "be.") % {"rows": "; ".join(f"{label} ({numbers_of(those)})" for label, those in found), "least": LEAST}


register_part(Part("tables", read_tables, write_tables, telling_tables))
