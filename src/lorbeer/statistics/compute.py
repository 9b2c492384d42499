"""Counting. Percentages have one decimal, rounded half up, on the base that the table states."""

from collections import Counter
from collections.abc import Collection
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
_NOT_ASKED = "\0not_asked"                                              # a column that no table shows, and no choice is called
NOT_ANSWERED = {"de": "keine Antwort", "en": "no answer"}
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
    told = _told_by_asking(spec, answers, codebook, variables, opened)
    if spec.kind == "choices":
        return _choices(spec, answers, variables, where, values, opened, told)
    if variables[0]["choice"]:
        return _options(replace(spec, shares=SHARES[0]), answers, variables, where, values, row_labels.get(spec.rows, {}), opened, told)
    return _cross(spec, answers, variables, where, values, row_labels.get(spec.rows, {}), opened, told)


def _checked(spec: TableSpec, codebook: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], str, list[str]]:
    """The variables of the question, and which entries are in the table, as SQL."""
    variables = [entry for entry in codebook if entry["question"] == spec.question]
    if not variables:
        raise BadInput(_("The question “%(name)s” is not in this edition.") % {"name": spec.question}, where=spec.code)
    known = {entry["name"] for entry in codebook} | set(ROW_VARIABLES)
    for name in [spec.rows, *spec.filter]:
        if name not in known:
            raise BadInput(_("The variable “%(name)s” is not in this edition.") % {"name": name}, where=spec.code)
    return variables, *counted_in(spec)


def told_by_rest(spec: TableSpec, answers: "duckdb.DuckDBPyConnection", codebook: list[dict[str, Any]], opened: Opened,
                 least: int) -> dict[str, int]:
    """Row (or `total`) → how many of its entries are closed, where these are so few that the public answers, taken off, tell of them."""
    variables, where, values = _checked(spec, codebook)
    public = opened.about(_asked_of(spec, variables))
    if public is None or not public.rows:
        return {}
    row = "NULL" if spec.kind == "choices" else f'CAST("{spec.rows}" AS VARCHAR)'
    found = answers.execute(f"SELECT {row}, COUNT(*) FROM answers WHERE {where} GROUP BY ALL", values).fetchall()  # noqa: S608 (see _cross)
    entries: Counter[str] = Counter()
    for given, number in found:
        if spec.kind != "choices":
            entries[NO_ANSWER_COLUMN if given is None else given] += number
        entries[TOTAL] += number
    closed = entries - public.counted(spec, {})[0]
    return {code: number for code, number in closed.items() if number < least + public.half_known}


def _asked_of(spec: TableSpec, variables: list[dict[str, Any]]) -> list[str]:
    """Every variable that a table asks for."""
    return [*spec.filter, *(() if spec.kind == "choices" else (spec.rows,)), *(variable["name"] for variable in variables)]


def _told_by_asking(spec: TableSpec, answers: "duckdb.DuckDBPyConnection", codebook: list[dict[str, Any]], variables: list[dict[str, Any]],
                    opened: Opened) -> set[str]:
    """The rows (and `total`) of which nothing is to be shown, because to how many the question was put tells of a closed answer.

    Nobody reads singly what was answered to this question, but to the one that decides whom it is put to: a base of six, of whom five
    are public with the yes that leads here, is the yes of one who keeps theirs closed.
    """
    if not (least := max(spec.least, opened.least)):
        return set()
    subjects = [next((one for one in variables if one["choice"]), variables[0])]
    if spec.kind == "cross" and spec.rows not in ROW_VARIABLES:
        subjects.append(next(one for one in codebook if one["name"] == spec.rows))
    told: set[str] = set()
    for subject in subjects:
        if subject["name"] not in opened.releasable and (deciding := opened.deciding(subject["question"])):     # else see _hidden_rest
            told |= _told_by_base(spec, answers, subject["name"], sorted(deciding), opened, least)
    return told


def _told_by_base(spec: TableSpec, answers: "duckdb.DuckDBPyConnection", subject: str, deciding: list[str], opened: Opened, least: int
                  ) -> set[str]:
    crossed, is_sorted = spec.kind == "cross", spec.kind == "cross" and spec.rows in opened.releasable
    public = opened.about([*spec.filter, *([spec.rows] if is_sorted else []), *deciding])
    if public is None:
        return set()
    least += public.half_known
    row = f'CAST("{spec.rows}" AS VARCHAR)' if crossed else "NULL"
    decided = ", ".join(f'"{name}"' for name in deciding)
    where, values = counted_in(spec if is_sorted else replace(spec, rows=ROW_VARIABLES[0]))
    found = answers.execute(
        f'SELECT {row}, COUNT(*), COUNT(*) FILTER ("{subject}__state" = {NOT_ASKED}), {decided} FROM answers WHERE {where} '       # noqa: S608
        "GROUP BY ALL", values).fetchall()                              # see _cross
    rows = {TOTAL, *(NO_ANSWER_COLUMN if given is None else given for given, *_counts in found if crossed)}
    entries: Counter[str] = Counter()                                   # by row; in one where the public cannot sort them into rows
    unasked: Counter[str] = Counter()
    alike: dict[tuple[str, ...], tuple[int, int]] = {}                  # answers that decide → how many gave them, and were not asked
    for given, number, without, *answered in found:
        at = TOTAL if not is_sorted else NO_ANSWER_COLUMN if given is None else given
        entries[at] += number
        unasked[at] += without
        before = alike.get(key := tuple(str(one or "") for one in answered), (0, 0))
        alike[key] = before[0] + number, before[1] + without
    closed, left = entries.copy(), entries.copy()                       # left: of whom it is not public whether they were asked
    for at, known in public.places(spec if is_sorted else replace(spec, kind="choices")):
        closed[at] -= 1
        number, without = alike.get(tuple(str(known[name] or "") for name in deciding), (0, 1))
        if without in (0, number):                                      # else something decides with them that is not public
            left[at] -= 1
            unasked[at] -= bool(without)
    lines = [[max(0, left[at] - unasked[at]), max(0, unasked[at])] for at in entries]
    rests = [max(0, closed[at]) for at in entries]
    lines.append([sum(column) for column in zip(*lines, strict=True)])
    rests.append(sum(rests))
    telling = {(number, at) for number, (line, rest) in enumerate(zip(lines, rests, strict=True)) for at, count in enumerate(line)
               if rest and (0 < count < least or _is_told_of_all(count, sum(line), public.half_known))}
    few = {number for number, rest in enumerate(rests) if 0 < rest < least}
    hidden = {number for number, _column in suppression.hidden([[*line, sum(line)] for line in lines], 0, few, telling)}
    if not is_sorted:
        return rows if hidden else set()
    return {code for number, code in enumerate([*entries, TOTAL]) if number in hidden}


def _whole(rows: list[str], told: set[str], last: int) -> set[suppression.Place]:
    """The places of the rows that are `told`, with their bases."""
    return {(number, column) for number, row in enumerate(rows) if row in told for column in range(last + 1)}


def left_out(spec: TableSpec, answers: "duckdb.DuckDBPyConnection", codebook: list[dict[str, Any]]) -> dict[str, int]:
    """Row (or `total`) → how many of its entries are not in its base: not asked, or (where the table leaves these out) without an answer."""
    variables, where, values = _checked(spec, codebook)
    crossed = spec.kind == "cross"
    name = next((one["name"] for one in variables if one["choice"] or crossed), variables[0]["name"])
    row = f'CAST("{spec.rows}" AS VARCHAR)' if crossed else "NULL"
    states = (NOT_ASKED,) if spec.no_answer else (NO_ANSWER, MISSING, NOT_ASKED)
    found = answers.execute(f'SELECT {row}, COUNT(*) FROM answers WHERE {where} AND "{name}__state" IN {(*states, -1)} GROUP BY ALL',  # noqa: S608 (see _cross)
                            values).fetchall()
    left = Counter({NO_ANSWER_COLUMN if given is None else given: number for given, number in found} if crossed else {})
    return left | Counter({TOTAL: sum(number for _given, number in found)})


def apart(first: TableSpec, second: TableSpec, answers: "duckdb.DuckDBPyConnection") -> list[tuple[int, int]]:
    """How many entries only the first of two tables (checked by `compute`) counts, and how many only the second.

    First of all, then, where their rows are the same, of each row: rows are read beside each other as tables are.
    """
    (one, ones), (other, others) = counted_in(first), counted_in(second)
    row = f'CAST("{first.rows}" AS VARCHAR)' if first.kind == second.kind == "cross" and first.rows == second.rows else "NULL"
    found = answers.execute(
        f"SELECT COUNT(*) FILTER (({one}) IS TRUE AND ({other}) IS NOT TRUE), COUNT(*) FILTER (({other}) IS TRUE AND ({one}) IS NOT TRUE) "  # noqa: S608 (see _cross)
        f"FROM answers GROUP BY {row}", [*ones, *others, *others, *ones]).fetchall()
    return [(sum(only for only, _other in found), sum(only for _one, only in found)), *found]


def counted_in(spec: TableSpec) -> tuple[str, list[str]]:
    """Which entries are in the table: a condition and its values, as SQL."""
    parts, values = ["TRUE"], []
    for name, allowed in sorted(spec.filter.items()):
        parts.append(f'CAST("{name}" AS VARCHAR) IN ({", ".join("?" * len(allowed))})')
        values += allowed
    if spec.kind == "cross" and spec.rows not in ROW_VARIABLES:         # whom the question of the rows was not put to is in none of them
        parts.append(f'"{spec.rows}__state" <> {NOT_ASKED}')
    return " AND ".join(parts), values


def _cross(spec: TableSpec, answers: "duckdb.DuckDBPyConnection", variables: list[dict[str, Any]], where: str, values: list[str],
           labels: dict[str, Any], opened: Opened, told: set[str]) -> dict[str, Any]:
    # Names come from the codebook, which was checked above; values are parameters.
    variable = variables[0]
    name = variable["name"]
    found = answers.execute(
        f'SELECT CAST("{spec.rows}" AS VARCHAR), CAST("{name}" AS VARCHAR), "{name}__state", COUNT(*) '        # noqa: S608
        f"FROM answers WHERE {where} GROUP BY ALL", values,
    ).fetchall()
    counts: Counts = Counter()
    entries: Counter[str] = Counter()                                   # asked or not
    known = [code for code in variable["values"] if spec.no_answer or code not in variable["no_answer"]]
    for given, value, state, number in found:
        row = NO_ANSWER_COLUMN if given is None else given
        column = _NOT_ASKED if state == NOT_ASKED else NO_ANSWER_COLUMN if value is None else value
        if not spec.no_answer and state in (NO_ANSWER, MISSING) and column in known:
            column = NO_ANSWER_COLUMN
        for at in (row, TOTAL):
            entries[at] += number
            counts[at, column] += number
    shown = [*known, *([NO_ANSWER_COLUMN] if spec.no_answer and counts[TOTAL, NO_ANSWER_COLUMN] else [])]
    few = {row for row, number in entries.items() if number < spec.least}
    rows = _in_order(set(entries), labels)
    hidden = _hidden_cells(spec, variable, counts, entries, opened, rows, shown) | _whole(rows, told, len(shown))
    based = {row for row in rows if row in few or any(counts[row, column] for column in shown)}
    based |= {rows[at] for at, _column in hidden} | {TOTAL}             # where it is hidden whether anybody was asked, the row stands there
    places = {row: at for at, row in enumerate(row for row in rows if row in based)}
    lines = [[counts[row, column] for column in shown] for row in places]
    columns = [{"code": code, "label": str(localized(variable["values"].get(code) or NOT_ANSWERED))} for code in shown]
    return _crossed(spec, columns, list(places), lines, [sum(line) for line in lines],
                    {(places[rows[at]], column) for at, column in hidden}, labels)


def _hidden_cells(spec: TableSpec, variable: dict[str, Any], counts: Counts, entries: Counter[str], opened: Opened, rows: list[str],
                  shown: list[str]) -> set[suppression.Place]:
    """What to hide of a cross table: numbers of `rows` and of `shown` columns, after the last of which the base stands.

    All that the question was answered with is looked at, and whether it was put, however much of it the table leaves out. So two tables
    of which one leaves out what the other counts hide the same, and neither tells what is hidden in the other.
    """
    beside = [code for code in variable["values"] if code in variable["no_answer"]]
    beside += [code for code in (NO_ANSWER_COLUMN, _NOT_ASKED) if counts[TOTAL, code]]
    columns = [*(code for code in variable["values"] if code not in beside), *beside]
    lines = [[counts[row, column] for column in columns] for row in rows]
    few = {at for at, row in enumerate(rows) if entries[row] < spec.least}
    answered, asked = len(columns) - len(beside), len(columns) - (_NOT_ASKED in beside)
    telling = {(at, column) for at, line in enumerate(lines) for column in range(len(columns))
               if 0 < sum(line[:answered]) < spec.least or 0 < sum(line[:asked]) < spec.least}
    found = suppression.hidden([[*line, sum(line)] for line in lines], spec.least, few, telling)
    if len(beside) > 1:                                                 # all of these together may be few, and hide in each other's favour
        whole = [[*line[:answered], sum(line[answered:]), sum(line)] for line in lines]
        for row, column in suppression.hidden(whole, spec.least, few):
            found |= {(row, at) for at in range(answered, len(columns))} if column == answered else {
                (row, column if column < answered else len(columns))}
    if (least := max(spec.least, opened.least)) and (public := opened.about(_asked_of(spec, [variable]))):
        found |= _hidden_rest(least + public.half_known, counts, entries, public.counted(spec, {variable["name"]: ""}), rows, columns,
                              public.half_known)
    place = {at: shown.index(code) if code in shown else len(shown) for at, code in enumerate(columns)}
    return {(row, place.get(column, len(shown))) for row, column in found}


def _options(spec: TableSpec, answers: "duckdb.DuckDBPyConnection", variables: list[dict[str, Any]], where: str, values: list[str],
             labels: dict[str, Any], opened: Opened, told: set[str]) -> dict[str, Any]:
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
    rows = _in_order(set(bases) | few | told & set(entries), labels)
    lines = [[counts[row, option] for option in options.values()] for row in rows]
    hidden = _hidden_options(lines, [bases[row] for row in rows], [entries[row] - bases[row] for row in rows], spec.least,
                             {at for at, row in enumerate(rows) if row in few}) | _whole(rows, told, len(options))
    if (least := max(spec.least, opened.least)) and (public := opened.about(_asked_of(spec, variables))):
        least += public.half_known
        here, singly = public.counted(spec, options)
        closed = [entries[row] - here[row] for row in rows]
        rest = [[max(0, counts[row, option] - singly[row, option]) for option in options.values()] for row in rows[:-1]]
        rest_bases = [max(min(bases[row], number), *line) for row, number, line in zip(rows[:-1], closed[:-1], rest, strict=True)]
        rest.append([sum(column) for column in zip(*rest, strict=True)])
        rest_bases.append(sum(rest_bases))
        hidden |= _hidden_options(rest, rest_bases, [max(0, number - base) for number, base in zip(closed, rest_bases, strict=True)], least,
                                  {at for at, number in enumerate(closed) if 0 < number < least},
                                  {(at, option) for at, line in enumerate(rest) for option, count in enumerate(line)
                                   if _is_told_of_all(count, closed[at], public.half_known)})
    columns = [{"code": variable["choice"], "label": str(localized(variable["choice_label"]))} for variable in variables if variable["choice"]]
    return _crossed(spec, columns, rows, lines, [bases[row] for row in rows], hidden, labels) | {"several": True}


def _hidden_options(lines: list[list[int]], bases: list[int], rests: list[int], least: int, few: set[int],
                    telling: Collection[suppression.Place] = ()) -> set[suppression.Place]:
    """Each option is a table of its own: chosen, not chosen, and the `rests` of the rows that are not in their bases."""
    found = set()
    for at in range(len(lines[0])):
        counts = [[line[at], base - line[at], *([rest] if any(rests) else []), base + rest]
                  for line, base, rest in zip(lines, bases, rests, strict=True)]
        small = {(row, column) for row, base in enumerate(bases) if 0 < base < least for column in range(len(counts[0]) - 1)}
        small |= {(row, 0) for row, option in telling if option == at}
        found |= {(row, at if column < 2 else len(lines[0])) for row, column in suppression.hidden(counts, least, few, small)}
    return found


def _in_order(rows: set[str], labels: dict[str, Any]) -> list[str]:
    """The rows as they are printed: what is known, what is not, the total."""
    last = [code for code in ("", NO_ANSWER_COLUMN) if code in rows]
    return [*(code for code in labels if code in rows and code not in last), *sorted(rows - set(labels) - {TOTAL, *last}), *last, TOTAL]


def _crossed(spec: TableSpec, columns: list[dict[str, Any]], rows: list[str], lines: list[list[int]], bases: list[int],
             hidden: set[suppression.Place], labels: dict[str, Any]) -> dict[str, Any]:
    said = labels | {"": NOT_GIVEN, NO_ANSWER_COLUMN: NOT_ANSWERED, TOTAL: {"de": "Gesamt", "en": "Total"}}
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
                 columns: list[str], half_known: int) -> set[suppression.Place]:
    """What to hide of a cross table because, without the answers that are public, it would be too small, or all of one kind.

    Those that are left are known: they are whoever is not public. What all of them answered, each of them has; of so many as are
    `half_known` somebody may know already what they answered.
    """
    closed = {row: entries[row] - public[0][row] for row in rows}
    blank = [at for at, column in enumerate(columns) if column in (NO_ANSWER_COLUMN, _NOT_ASKED)]
    lines: list[list[int]] = []
    telling: set[suppression.Place] = set()
    for number, row in enumerate(rows[:-1]):
        line = [max(0, counts[row, column] - public[1][row, column]) for column in columns]
        for at in blank:                                                # who was not asked is public as "no answer": together they are the rest
            line[at] = 0
        left = max(0, closed[row] - sum(line))
        for at in blank:
            line[at] = min(counts[row, columns[at]], left)
            left -= line[at]
        if public[0][row] and len(blank) == 2 and sum(line[at] for at in blank) and all(counts[row, columns[at]] for at in blank):
            telling |= {(number, at) for at in blank}                   # how many of which kind is left is not known: each may be few
        lines.append(line)
    lines.append([sum(line[at] for line in lines) for at in range(len(columns))])
    telling |= {(number, at) for number, line in enumerate(lines) for at, count in enumerate(line)
                if len(line) > 1 and _is_told_of_all(count, sum(line), half_known)}
    few = {number for number, row in enumerate(rows) if 0 < closed[row] < least}
    return suppression.hidden([[*line, sum(line)] for line in lines], least, few, telling)


def _is_told_of_all(count: int, left: int, half_known: int) -> bool:
    """Whether `count` of those that are `left` tells what each of them answered, to whoever knows some of them."""
    return count > 0 and left - count <= half_known


def _choices(spec: TableSpec, answers: "duckdb.DuckDBPyConnection", variables: list[dict[str, Any]], where: str,
             values: list[str], opened: Opened, told: set[str]) -> dict[str, Any]:
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
    is_small = 0 < base < spec.least or 0 < entries < spec.least or TOTAL in told
    tells_rest = 0 < entries - base < spec.least                        # the base tells how many were not asked, or did not answer
    hidden = suppression.hidden_mentions(base, counted, spec.least)
    if (least := max(spec.least, opened.least)) and (public := opened.about(_asked_of(spec, variables))):
        least += public.half_known
        here, singly = public.counted(spec, {name: name for name in names})
        closed = entries - here[TOTAL]
        is_small = is_small or 0 < closed < least
        rest = [count - singly[TOTAL, name] for name, count in zip(names, counted, strict=True)]
        hidden |= suppression.hidden_mentions(min(base, closed), rest, least)
        hidden |= {at for at, count in enumerate(rest) if _is_told_of_all(count, closed, public.half_known)}     # then each of them chose it
    if is_small:
        hidden = set(range(len(names)))
    shown = None if is_small or tells_rest else base
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
