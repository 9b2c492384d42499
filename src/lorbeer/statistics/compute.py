"""Counting. Percentages have one decimal, rounded half up, on the base that the table states."""

from collections import Counter
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from lorbeer.shared.errors import BadInput
from lorbeer.shared.text import localized
from lorbeer.statistics import suppression
from lorbeer.statistics.definitions import NOT_GIVEN, ROW_VARIABLES, SHARES, TableSpec, base_of
from lorbeer.statistics.opened import NO_ANSWER as NO_ANSWER_COLUMN
from lorbeer.statistics.opened import TOTAL, Counts, Opened

if TYPE_CHECKING:
    import duckdb

ANSWERED, NO_ANSWER, MISSING, NOT_ASKED = range(4)
MENTIONS = "mentions"                                                   # a code beside those of groups and choices, as TOTAL is
EVERYTHING_CLOSED = Opened()


def percent(part: int, whole: int) -> Decimal:
    """`part` of `whole` in percent: one decimal, half up; 0 of nothing."""
    if not whole:
        return Decimal("0.0")
    return (Decimal(100 * part) / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)


def compute(spec: TableSpec, answers: "duckdb.DuckDBPyConnection", codebook: list[dict[str, Any]],
            row_labels: dict[str, dict[str, Any]], opened: Opened = EVERYTHING_CLOSED) -> dict[str, Any]:
    """The table as plain data.

    {code, number, title, base, note, kind, nought, shares, several, columns [{code, label}], rows [{code, label, base, is_total,
    cells {column: {count, percent}}}]}; `row_labels`: variable → value → label. What is too small to be published is None,
    and so is what would give it away: counts, percentages, bases; so, too, what is small when the answers that anybody can read
    singly (`opened`) are taken off. Raise BadInput for unknown variables.
    """
    variables, where, values = _checked(spec, codebook)
    if spec.kind == "choices":
        return _choices(spec, answers, variables, where, values, opened)
    if variables[0]["choice"]:
        return _options(replace(spec, shares=SHARES[0]), answers, variables, where, values, row_labels.get(spec.rows, {}), opened)
    return _cross(spec, answers, variables, where, values, row_labels.get(spec.rows, {}), opened)


def _checked(spec: TableSpec, codebook: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], str, list[str]]:
    """The variables of the question, and which entries are in the table, as SQL."""
    variables = [entry for entry in codebook if entry["question"] == spec.question]
    if not variables:
        raise BadInput(_("The question “%(name)s” is not in this edition.") % {"name": spec.question}, where=spec.code)
    known = {entry["name"] for entry in codebook} | set(ROW_VARIABLES)
    for name in [spec.rows, *spec.filter]:
        if name not in known:
            raise BadInput(_("The variable “%(name)s” is not in this edition.") % {"name": name}, where=spec.code)
    where, values = _condition(spec)
    if spec.rows not in ROW_VARIABLES:                                  # whom the question of the rows was not put to is in none of them
        where += f' AND "{spec.rows}__state" <> {NOT_ASKED}'
    return variables, where, values


def told_by_rest(spec: TableSpec, answers: "duckdb.DuckDBPyConnection", codebook: list[dict[str, Any]], opened: Opened,
                 least: int) -> dict[str, int]:
    """Row (or `total`) → how many of its entries are closed, where these are so few that the public answers, taken off, tell of them."""
    variables, where, values = _checked(spec, codebook)
    if not opened.knows(_asked_of(spec, variables)):
        return {}
    row = "NULL" if spec.kind == "choices" else f'CAST("{spec.rows}" AS VARCHAR)'
    found = answers.execute(f"SELECT {row}, COUNT(*) FROM answers WHERE {where} GROUP BY ALL", values).fetchall()  # noqa: S608 (see _cross)
    entries: Counter[str] = Counter()
    for given, number in found:
        if spec.kind != "choices":
            entries[NO_ANSWER_COLUMN if given is None else given] += number
        entries[TOTAL] += number
    closed = entries - opened.counted(spec, {})[0]
    return {code: number for code, number in closed.items() if number < least}


def _asked_of(spec: TableSpec, variables: list[dict[str, Any]]) -> list[str]:
    """Every variable that a table asks for."""
    return [*spec.filter, *(() if spec.kind == "choices" else (spec.rows,)), *(variable["name"] for variable in variables)]


def apart(first: TableSpec, second: TableSpec, answers: "duckdb.DuckDBPyConnection") -> tuple[int, int]:
    """How many entries only the first of two tables (checked by `compute`) counts, and how many only the second."""
    (one, ones), (other, others) = _condition(first), _condition(second)
    found = answers.execute(
        f"SELECT COUNT(*) FILTER (({one}) IS TRUE AND ({other}) IS NOT TRUE), COUNT(*) FILTER (({other}) IS TRUE AND ({one}) IS NOT TRUE) "  # noqa: S608 (see _cross)
        "FROM answers", [*ones, *others, *others, *ones]).fetchone()
    return found or (0, 0)


def _condition(spec: TableSpec) -> tuple[str, list[str]]:
    parts, values = ["TRUE"], []
    for name, allowed in sorted(spec.filter.items()):
        parts.append(f'CAST("{name}" AS VARCHAR) IN ({", ".join("?" * len(allowed))})')
        values += allowed
    return " AND ".join(parts), values


def _cross(spec: TableSpec, answers: "duckdb.DuckDBPyConnection", variables: list[dict[str, Any]], where: str, values: list[str],
           labels: dict[str, Any], opened: Opened) -> dict[str, Any]:
    # Names come from the codebook, which was checked above; values are parameters.
    variable = variables[0]
    name = variable["name"]
    found = answers.execute(
        f'SELECT CAST("{spec.rows}" AS VARCHAR), CAST("{name}" AS VARCHAR), "{name}__state", COUNT(*) '        # noqa: S608
        f"FROM answers WHERE {where} GROUP BY ALL", values,
    ).fetchall()
    counts: Counter[tuple[str, str]] = Counter()
    entries: Counter[str] = Counter()                                   # asked or not
    for given, value, state, number in found:
        row = NO_ANSWER_COLUMN if given is None else given
        entries[row] += number
        entries[TOTAL] += number
        if state == NOT_ASKED or (state in (NO_ANSWER, MISSING) and not spec.no_answer):
            continue
        column = value if value is not None else NO_ANSWER_COLUMN
        counts[row, column] += number
        counts[TOTAL, column] += number
    columns = [{"code": code, "label": str(localized(label))} for code, label in variable["values"].items()
               if spec.no_answer or code not in variable["no_answer"]]
    if any(column == NO_ANSWER_COLUMN for _row, column in counts):
        columns.append({"code": NO_ANSWER_COLUMN, "label": str(localized({"de": "keine Antwort", "en": "no answer"}))})
    few = {row for row, number in entries.items() if number < spec.least}
    rows = _in_order({row for row, _column in counts} | few, labels)
    lines = [[counts[row, column["code"]] for column in columns] for row in rows]
    hidden = suppression.hidden([[*line, sum(line)] for line in lines], spec.least, {at for at, row in enumerate(rows) if row in few})
    if (least := max(spec.least, opened.least)) and opened.knows(_asked_of(spec, [variable])):
        hidden |= _hidden_rest(least, counts, entries, opened.counted(spec, {name: ""}), rows, [one["code"] for one in columns])
    return _crossed(spec, columns, rows, lines, [sum(line) for line in lines], hidden, labels)


def _options(spec: TableSpec, answers: "duckdb.DuckDBPyConnection", variables: list[dict[str, Any]], where: str, values: list[str],
             labels: dict[str, Any], opened: Opened) -> dict[str, Any]:
    """The options of a question with several answers, crossed: the base of a row is its entries, each of which can have chosen several."""
    options = {variable["name"]: variable["choice"] for variable in variables if variable["choice"]}
    first, taken = next(iter(options)), (ANSWERED, NO_ANSWER, MISSING) if spec.no_answer else (ANSWERED,)
    sums = ", ".join(f'SUM("{name}")' for name in options)
    found = answers.execute(
        f'SELECT CAST("{spec.rows}" AS VARCHAR), "{first}__state", COUNT(*), {sums} FROM answers WHERE {where} GROUP BY ALL',  # noqa: S608
        values).fetchall()
    counts: Counts = Counter()
    bases: Counter[str] = Counter()
    entries: Counter[str] = Counter()                                   # asked or not
    for given, state, number, *chosen in found:
        for row in (NO_ANSWER_COLUMN if given is None else given, TOTAL):
            entries[row] += number
            if state in taken:
                bases[row] += number
                for option, count in zip(options.values(), chosen, strict=True):
                    counts[row, option] += int(count or 0)
    few = {row for row, number in entries.items() if number < spec.least}
    rows = _in_order(set(bases) | few, labels)
    lines = [[counts[row, option] for option in options.values()] for row in rows]
    hidden = _hidden_options(lines, [bases[row] for row in rows], spec.least, {at for at, row in enumerate(rows) if row in few})
    if (least := max(spec.least, opened.least)) and opened.knows(_asked_of(spec, variables)):
        here, told = opened.counted(spec, options)
        closed = [entries[row] - here[row] for row in rows]
        rest = [[max(0, counts[row, option] - told[row, option]) for option in options.values()] for row in rows[:-1]]
        rest_bases = [max(min(bases[row], number), *line) for row, number, line in zip(rows[:-1], closed[:-1], rest, strict=True)]
        hidden |= _hidden_options([*rest, [sum(column) for column in zip(*rest, strict=True)]], [*rest_bases, sum(rest_bases)], least,
                                  {at for at, number in enumerate(closed) if 0 < number < least})
    columns = [{"code": variable["choice"], "label": str(localized(variable["choice_label"]))} for variable in variables if variable["choice"]]
    return _crossed(spec, columns, rows, lines, [bases[row] for row in rows], hidden, labels) | {"several": True}


def _hidden_options(lines: list[list[int]], bases: list[int], least: int, few: set[int]) -> set[suppression.Place]:
    """Each option is a table of its own: chosen, not chosen, base."""
    found = set()
    for at in range(len(lines[0])):
        counts = [[line[at], base - line[at], base] for line, base in zip(lines, bases, strict=True)]
        found |= {(row, at if column < 2 else len(lines[0])) for row, column in suppression.hidden(counts, least, few)}
    return found


def _in_order(rows: set[str], labels: dict[str, Any]) -> list[str]:
    """The rows as they are printed: what is known, what is not, the total."""
    last = [code for code in ("", NO_ANSWER_COLUMN) if code in rows]
    return [*(code for code in labels if code in rows and code not in last), *sorted(rows - set(labels) - {TOTAL, *last}), *last, TOTAL]


def _crossed(spec: TableSpec, columns: list[dict[str, Any]], rows: list[str], lines: list[list[int]], bases: list[int],
             hidden: set[suppression.Place], labels: dict[str, Any]) -> dict[str, Any]:
    said = labels | {"": NOT_GIVEN, NO_ANSWER_COLUMN: {"de": "keine Antwort", "en": "no answer"}, TOTAL: {"de": "Gesamt", "en": "Total"}}
    made: list[dict[str, Any]] = [{
        "code": code, "label": str(localized(said.get(code, code))), "base": None if (number, len(columns)) in hidden else base,
        "is_total": code == TOTAL,
        "cells": {column["code"]: {"count": None if (number, at) in hidden else line[at]} for at, column in enumerate(columns)},
    } for number, (code, line, base) in enumerate(zip(rows, lines, bases, strict=True))]
    if spec.order == "count":
        said_of_all = made[-1]["cells"]
        columns = sorted(columns, key=lambda one: (one["code"] == NO_ANSWER_COLUMN, -(said_of_all[one["code"]]["count"] or 0)))
    table = _table(spec, made[-1]["base"], columns, made)
    for row in made:
        for code, cell in row["cells"].items():
            cell |= _cell(cell["count"], base_of(table, row, code))
    return table


def _hidden_rest(least: int, counts: Counts, entries: Counter[str], public: tuple[Counter[str], Counts], rows: list[str],
                 columns: list[str]) -> set[suppression.Place]:
    """What to hide of a cross table because, without the answers that are public, it would be too small."""
    closed = {row: entries[row] - public[0][row] for row in rows}
    lines = []
    for row in rows[:-1]:
        line = [max(0, counts[row, column] - public[1][row, column]) for column in columns]
        if NO_ANSWER_COLUMN in columns:                                 # who was not asked is public as "no answer": at most these
            at = columns.index(NO_ANSWER_COLUMN)
            line[at] = max(0, min(counts[row, NO_ANSWER_COLUMN], closed[row] - sum(line[:at] + line[at + 1:])))
        lines.append([*line, sum(line)])
    lines.append([sum(line[at] for line in lines) for at in range(len(columns) + 1)])
    return suppression.hidden(lines, least, {number for number, row in enumerate(rows) if 0 < closed[row] < least})


def _choices(spec: TableSpec, answers: "duckdb.DuckDBPyConnection", variables: list[dict[str, Any]], where: str,
             values: list[str], opened: Opened) -> dict[str, Any]:
    names = [variable["name"] for variable in variables if variable["choice"]]
    if not names:
        raise BadInput(_("The question “%(name)s” does not allow several answers.") % {"name": spec.question}, where=spec.code)
    taken = (ANSWERED, NO_ANSWER, MISSING) if spec.no_answer else (ANSWERED,)
    sums = ", ".join(f'SUM("{name}")' for name in names)
    found = answers.execute(                                            # by state: a FILTER for each sum would take twice as long
        f'SELECT "{names[0]}__state", COUNT(*), {sums} FROM answers WHERE {where} GROUP BY ALL', values      # noqa: S608
    ).fetchall()
    asked = [line for line in found if line[0] in taken]
    entries, base = sum(line[1] for line in found), sum(line[1] for line in asked)
    counted = [sum(int(line[at] or 0) for line in asked) for at in range(2, 2 + len(names))]
    is_small = 0 < base < spec.least or 0 < entries < spec.least
    hidden = suppression.hidden_mentions(base, counted, spec.least)
    if (least := max(spec.least, opened.least)) and opened.knows(_asked_of(spec, variables)):
        here, told = opened.counted(spec, {name: name for name in names})
        closed = entries - here[TOTAL]
        is_small = is_small or 0 < closed < least
        hidden |= suppression.hidden_mentions(min(base, closed), [
            count - told[TOTAL, name] for name, count in zip(names, counted, strict=True)], least)
    if is_small:
        hidden = set(range(len(names)))
    shown = None if is_small else base
    rows = [
        {"code": variable["choice"], "label": str(localized(variable["choice_label"])), "base": shown, "is_total": False,
         "cells": {MENTIONS: _cell(None if at in hidden else counted[at], shown)}}
        for at, variable in enumerate(one for one in variables if one["choice"])
    ]
    if spec.order == "count":
        rows.sort(key=lambda row: -(row["cells"][MENTIONS]["count"] or 0))
    return _table(spec, shown, [{"code": MENTIONS, "label": str(localized({"de": "Nennungen", "en": "Mentions"}))}], rows)


def _cell(count: int | None, base: int | None) -> dict[str, Any]:
    """Count and percent (as text with one decimal); None where it is hidden, and the percent also where it tells a hidden base."""
    if count is None or (base is None and count):
        return {"count": count, "percent": None}
    return {"count": count, "percent": str(percent(count, base or 0))}


def _table(spec: TableSpec, base: int | None, columns: list[dict[str, Any]], rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"code": spec.code, "number": spec.number, "title": str(spec.title), "note": str(spec.note), "kind": spec.kind,
            "several": spec.kind == "choices", "base": base, "columns": columns, "rows": rows, "nought": spec.nought,
            "shares": spec.shares if spec.kind == "cross" else SHARES[0]}
