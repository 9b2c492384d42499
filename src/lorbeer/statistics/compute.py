"""Counting. Percentages have one decimal, rounded half up, on the base that the table states."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from lorbeer.shared.errors import BadInput
from lorbeer.shared.text import localized
from lorbeer.statistics import suppression
from lorbeer.statistics.definitions import NOT_GIVEN, NOT_STATED, ROW_VARIABLES, SHARES, TOTAL_ROW, TableSpec, base_of
from lorbeer.statistics.opened import NO_ANSWER as NO_ANSWER_COLUMN
from lorbeer.statistics.opened import TOTAL, Counts, Opened, text_of

if TYPE_CHECKING:
    import duckdb

ANSWERED, NO_ANSWER, MISSING, NOT_ASKED = range(4)
_NOT_ASKED = "\0not_asked"                                              # columns that no table shows, and no choice is called
_OUTSIDE = "\0outside"                                                  # of entries with another answer than the filter asks for
_NO_ROW = " "                                                           # a row that no table shows: its question was not put to them
NOT_ANSWERED = {"de": "keine Antwort", "en": "no answer"}
MENTIONS = "mentions"                                                   # a code beside those of groups and choices, as TOTAL is
EVERYTHING_CLOSED = Opened()
Kind = tuple[str, ...]


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
    variables = _checked(spec, codebook)
    told = _told_by_asking(spec, answers, codebook, variables, opened)
    if spec.kind == "choices":
        return _choices(spec, answers, variables, opened, told)
    if variables[0]["choice"]:
        return _options(replace(spec, shares=SHARES[0]), answers, variables, row_labels.get(spec.rows, {}), opened, told)
    return _cross(spec, answers, variables, row_labels.get(spec.rows, {}), opened, told)


def _checked(spec: TableSpec, codebook: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The variables of the question."""
    variables = [entry for entry in codebook if entry["question"] == spec.question]
    if not variables:
        raise BadInput(_("The question “%(name)s” is not in this edition.") % {"name": spec.question}, where=spec.code)
    known = {entry["name"] for entry in codebook} | set(ROW_VARIABLES)
    for name in [spec.rows, *spec.filter]:
        if name not in known:
            raise BadInput(_("The variable “%(name)s” is not in this edition.") % {"name": name}, where=spec.code)
    return variables


def told_by_rest(spec: TableSpec, answers: "duckdb.DuckDBPyConnection", codebook: list[dict[str, Any]], opened: Opened,
                 least: int) -> dict[str, int]:
    """Row (or `total`) → how many of its entries are closed, where the public answers, taken off, tell of them: these are fewer than
    `least`, or answered the same, or who is in the table tells what they answered, see _membership."""
    variables = _checked(spec, codebook)
    told = _membership(spec, answers, codebook, variables, opened, least)
    found = {} if told is None else {code: number for code, number in told.closed.items() if code in told.rows}
    public = opened.about(_asked_of(spec, variables))
    if public is None or not public.rows:
        return found
    options = {one["name"]: one["choice"] for one in variables if one["choice"]} or {variables[0]["name"]: ""}
    what = ", ".join(f'SUM("{name}")' if option else f'CAST("{name}" AS VARCHAR)' for name, option in options.items())
    entries: Counter[str] = Counter()
    counts: Counts = Counter()
    for row, is_inside, (number, *said) in _counted(spec, answers, f"COUNT(*), {what}"):
        for at in dict.fromkeys((row, TOTAL)) if is_inside and row != _NO_ROW else ():
            entries[at] += number
            for option, value in zip(options.values(), said, strict=True):
                counts[at, option or text_of(value)] += int(value or 0) if option else number
    known, singly = public.counted(spec, options)
    closed = entries - known
    few = {code for code, number in closed.items() if number < least + public.half_known}
    alike = {code for (code, option), number in counts.items() if option and _is_told_of_all(number - singly[code, option], closed[code],
                                                                                             public.half_known)}
    return found | {code: number for code, number in closed.items() if number and code in few | alike}


def _asked_of(spec: TableSpec, variables: list[dict[str, Any]]) -> list[str]:
    """Every variable that a table asks for."""
    return [*spec.filter, *(() if spec.kind == "choices" else (spec.rows,)), *(variable["name"] for variable in variables)]


def _told_by_asking(spec: TableSpec, answers: "duckdb.DuckDBPyConnection", codebook: list[dict[str, Any]], variables: list[dict[str, Any]],
                    opened: Opened) -> set[str]:
    """The rows (and `total`) of which nothing is to be shown, because who is in the table tells, see _membership."""
    least = max(spec.least, opened.least)
    told = _membership(spec, answers, codebook, variables, opened, least) if least else None
    return set(told.rows) if told else set()


@dataclass(frozen=True)
class _Told:
    """What who is in a table tells: in which of its `rows`, and of how many entries by row, or of all (`total`)."""

    rows: Collection[str]
    closed: Mapping[str, int]


def _membership(spec: TableSpec, answers: "duckdb.DuckDBPyConnection", codebook: list[dict[str, Any]], variables: list[dict[str, Any]],
                opened: Opened, least: int) -> _Told | None:
    """Where it tells of a closed answer who is in a table, or which of its rows they are in; None where it tells of nobody.

    Whether somebody is counted depends on what they answered to the questions of the filter and of the rows, and on the answers that
    decide whom these, and the one that is counted, are put to. Of a base of six five are public with the answer that leads here: the
    sixth gave it too, and where there is no sixth, they did not. A question that is not public hides none of that: of all that a table
    counts of a public answer there are so many at least. So what is not public of the public questions is held to the same measure, as
    if the others were not asked for. So is whether those who closed that were asked what is counted, public or not: where all of them
    were, each gave the answer that leads there.

    What they answered then is looked at with the cells, see _hidden_rest. This here hides whole rows, and all of them where the public does
    not know for itself which row an entry is in, but for the rows in which few were asked, or all.
    """
    by_fact = spec.rows in ROW_VARIABLES
    subjects = [one["name"] for one in variables if one["choice"]] or [variables[0]["name"]]
    of_rows = [spec.rows] if spec.kind == "cross" and not by_fact else []
    filters = {name: allowed for name, allowed in spec.filter.items() if name not in ROW_VARIABLES}
    question = {one["name"]: one["question"] for one in codebook}
    shut = [name for name in dict.fromkeys((*filters, *of_rows, subjects[0])) if name not in opened.releasable]
    decided = {name: set(opened.deciding(question[name])) for name in {*shut, *of_rows, subjects[0]}}
    is_linked = any({name, *decided[name]} & {*subjects, *decided[subjects[0]]} for name in of_rows)
    looked_at = {*filters, *of_rows, *(subjects if shut or is_linked else ())} & opened.releasable
    known = sorted(looked_at.union(*(decided[name] for name in {*shut, *of_rows, subjects[0]})))
    public = opened.about(known) if known else None
    if public is None:
        return None
    flags = [name for name in dict.fromkeys((*shut, subjects[0])) if decided[name]]
    telling = [name for name in subjects[:1] if name in flags and name not in (*shut, *known)]      # who answered it was asked
    facts = replace(spec, filter={name: allowed for name, allowed in spec.filter.items() if name in ROW_VARIABLES},
                    kind=spec.kind if by_fact else "choices")
    entries, alike, rows = _kinds(spec, facts, answers, known, telling, flags, filters)
    closed = Counter({at: kinds.total() for at, kinds in entries.items()})
    left = {at: kinds.copy() for at, kinds in entries.items()}
    unclear = public.half_known
    for at, row in public.places(facts):
        closed[at] -= 1
        names = [*known, *telling] if row.keys() >= set(telling) else known
        kinds = alike.get(tuple(text_of(row[name]) for name in names), set())
        if len(kinds) == 1 and at in left:                              # else something decides with these that is not public
            left[at].subtract(kinds)
        elif telling:                                                   # then whoever else answered is known all the same
            unclear += 1
    can_be_out = not looked_at.isdisjoint(filters) or any(decided[name] for name in of_rows)
    place = {name: at for at, name in enumerate(known, 1 + len(flags)) if name in looked_at and name in (*of_rows, *subjects)}
    views = [(at,) for at in (*range(not can_be_out, 1 + len(flags)), *place.values())]
    views += [(place[row], place[name]) for row in of_rows if row in place for name in subjects if name in place]
    # Who of many is in which row, of a question that all were asked, is looked at with the cells, see _hidden_rest: some rows stay.
    by_cells = set() if shut or is_linked or any(decided[name] for name in of_rows) else {(place[name],) for name in of_rows}
    hidden = set().union(*(_telling_rows(left, closed, view, least + unclear, unclear, with_small=view not in by_cells) for view in views))
    if hidden and facts.kind != "cross":
        hidden = rows.union(*(one["values"] for one in codebook if one["name"] in of_rows), {TOTAL})
    elif subjects[0] in flags and not is_linked:
        for name in place.keys() & {*of_rows}:
            in_rows = _by_row(left, place[name])
            closed = Counter({row: kinds.total() for row, kinds in in_rows.items()})
            hidden |= _telling_rows(in_rows, closed, (1 + flags.index(subjects[0]),), least + unclear, unclear, with_small=True)
    return _Told(hidden, +closed | Counter({TOTAL: sum((+closed).values())})) if hidden else None


def _by_row(left: dict[str, Counter[Kind]], place: int) -> dict[str, Counter[Kind]]:
    """Those who are `left` and in the table, by their row, which stands at `place` of their kind."""
    found: dict[str, Counter[Kind]] = {}
    for of_row in left.values():
        for kind, number in of_row.items():
            if kind[0] != "out":
                found.setdefault(kind[place] or NO_ANSWER_COLUMN, Counter())[kind] += max(0, number)
    return found


def _kinds(spec: TableSpec, facts: TableSpec, answers: "duckdb.DuckDBPyConnection", known: list[str], telling: list[str],
           flags: list[str], filters: Mapping[str, list[str]]) -> tuple[dict[str, Counter[Kind]], dict[Kind, set[Kind]], set[str]]:
    """By row, or together where the public does not sort them: how many are of which kind. Then what can be `known` of one, also with what is
    `telling` → of what kinds those are of whom it is. Then the rows.

    A kind: "out", or "in" with whether the questions of `flags` were not put to them and what they answered to those that can be known.
    """
    crossed = spec.kind == "cross"
    where, values = _of_facts(facts)
    asked = [_row_of(spec) if crossed else f"'{TOTAL}'", "COUNT(*)", *(f'"{name}__state" = {NOT_ASKED}' for name in flags),
             *(f'"{name}"' for name in (*known, *telling))]
    entries: dict[str, Counter[Kind]] = {}
    alike: dict[Kind, set[Kind]] = {}
    rows = set()
    found = answers.execute(f"SELECT {', '.join(asked)} FROM answers WHERE {where} GROUP BY ALL", values).fetchall()   # noqa: S608 (see _counted)
    for given, number, *cells in found:
        row = NO_ANSWER_COLUMN if given is None else given
        rows.add(row)
        said = tuple(map(text_of, cells[len(flags):]))
        told = dict(zip(known, said, strict=False))
        is_out = (row == _NO_ROW and spec.rows in told) or any(name in told and told[name] not in allowed for name, allowed in filters.items())
        kind = ("out",) * (1 + len(flags) + len(known)) if is_out else ("in", *map(str, cells[:len(flags)]), *told.values())
        entries.setdefault(row if facts.kind == "cross" else TOTAL, Counter())[kind] += number
        for key in {said, said[:len(known)]}:
            alike.setdefault(key, set()).add(kind)
    return entries, alike, rows - {_NO_ROW}


def _telling_rows(left: dict[str, Counter[Kind]], closed: Counter[str], view: tuple[int, ...], least: int, half_known: int, *,
                  with_small: bool) -> set[str]:
    """The rows (and `total`) that are not to be shown, as those who are `left`, of whom some are `closed`, are few of a kind or all of one.

    `view`: what of a kind is looked at. `with_small`: also whether any of these are few.
    """
    kinds = sorted({tuple(kind[at] for at in view) for of_row in left.values() for kind in of_row})
    rows = sorted(left)                                                 # so that of rows that protect as well the same one always goes
    lines = []
    for row in rows:
        line = dict.fromkeys(kinds, 0)
        for kind, number in left[row].items():
            line[tuple(kind[at] for at in view)] += max(0, number)
        lines.append(list(line.values()))
    rests = [max(0, closed[row]) for row in rows]
    lines.append([sum(column) for column in zip(*lines, strict=True)])
    rests.append(sum(rests))
    telling = {(number, at) for number, (line, rest) in enumerate(zip(lines, rests, strict=True)) for at, count in enumerate(line)
               if rest and ((with_small and 0 < count < least) or _is_told_of_all(count, sum(line), half_known))}
    few = {number for number, rest in enumerate(rests) if 0 < rest < least}
    hidden = {number for number, _column in suppression.hidden([[*line, sum(line)] for line in lines], 0, few, telling)}
    return {code for number, code in enumerate([*rows, TOTAL]) if number in hidden}


def _whole(rows: list[str], told: set[str], last: int) -> set[suppression.Place]:
    """The places of the rows that are `told`, with their bases."""
    return {(number, column) for number, row in enumerate(rows) if row in told for column in range(last + 1)}


def left_out(spec: TableSpec, answers: "duckdb.DuckDBPyConnection", codebook: list[dict[str, Any]]) -> dict[str, int]:
    """Row (or `total`) → how many of its entries are not in its base: not asked, or (where the table leaves these out) without an answer."""
    variables, (where, values) = _checked(spec, codebook), counted_in(spec)
    crossed = spec.kind == "cross"
    name = next((one["name"] for one in variables if one["choice"] or crossed), variables[0]["name"])
    row = f'CAST("{spec.rows}" AS VARCHAR)' if crossed else "NULL"
    states = (NOT_ASKED,) if spec.no_answer else (NO_ANSWER, MISSING, NOT_ASKED)
    found = answers.execute(f'SELECT {row}, COUNT(*) FROM answers WHERE {where} AND "{name}__state" IN {(*states, -1)} GROUP BY ALL',  # noqa: S608 (see _counted)
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
        f"SELECT COUNT(*) FILTER (({one}) IS TRUE AND ({other}) IS NOT TRUE), COUNT(*) FILTER (({other}) IS TRUE AND ({one}) IS NOT TRUE) "  # noqa: S608 (see _counted)
        f"FROM answers GROUP BY {row}", [*ones, *others, *others, *ones]).fetchall()
    return [(sum(only for only, _other in found), sum(only for _one, only in found)), *found]


def counted_in(spec: TableSpec) -> tuple[str, list[str]]:
    """Which entries are in the table: a condition and its values, as SQL."""
    (facts, values), (given, more) = _of_facts(spec), _of_answers(spec)
    if spec.kind == "cross" and spec.rows not in ROW_VARIABLES:         # whom the question of the rows was not put to is in none of them
        given += f' AND "{spec.rows}__state" <> {NOT_ASKED}'
    return f"{facts} AND {given}", [*values, *more]


def _of_facts(spec: TableSpec) -> tuple[str, list[str]]:
    """The part of the filter that asks what an entry is: everybody can tell of each whether it is among them."""
    return _one_of({name: allowed for name, allowed in spec.filter.items() if name in ROW_VARIABLES})


def _of_answers(spec: TableSpec) -> tuple[str, list[str]]:
    """The part of the filter that asks what an entry answered."""
    return _one_of({name: allowed for name, allowed in spec.filter.items() if name not in ROW_VARIABLES})


def _one_of(condition: Mapping[str, list[str]]) -> tuple[str, list[str]]:
    parts, values = ["TRUE"], []
    for name, allowed in sorted(condition.items()):
        parts.append(f'CAST("{name}" AS VARCHAR) IN ({", ".join("?" * len(allowed))})')
        values += allowed
    return " AND ".join(parts), values


def _row_of(spec: TableSpec) -> str:
    """The row that an entry is in, as SQL: NULL where it did not answer, _NO_ROW where it was not asked."""
    row = f'CAST("{spec.rows}" AS VARCHAR)'
    return row if spec.rows in ROW_VARIABLES else f"CASE WHEN \"{spec.rows}__state\" = {NOT_ASKED} THEN '{_NO_ROW}' ELSE {row} END"


def _counted(spec: TableSpec, answers: "duckdb.DuckDBPyConnection", what: str) -> Iterator[tuple[str, bool, tuple[Any, ...]]]:
    """The row of entries, whether their answers are those of the filter, and `what` is asked of them (SQL), for each that is alike in it."""
    (facts, values), (given, more) = _of_facts(spec), _of_answers(spec)
    row = _row_of(spec) if spec.kind == "cross" else f"'{TOTAL}'"
    # Names come from the codebook, which was checked; values are parameters.
    for at, inside, *rest in answers.execute(f"SELECT {row}, ({given}) IS TRUE, {what} FROM answers WHERE {facts} GROUP BY ALL",  # noqa: S608
                                             [*more, *values]).fetchall():
        yield NO_ANSWER_COLUMN if at is None else at, inside, tuple(rest)


def _rows_of(spec: TableSpec, around: Counter[str], labels: dict[str, Any]) -> set[str]:
    """The rows that a table can have: of the answers to a question also those that nobody gave, or the one that is left tells of all."""
    return {*around, *(() if spec.rows in ROW_VARIABLES else labels)} - {_NO_ROW}


def _few(around: Counter[str], inside: Counter[str], least: int) -> set[str]:
    """The rows of so few entries that nothing of them is shown; `around`: with those whose answers are not those of the filter."""
    return {row for row, number in around.items() if number < least or 0 < inside[row] < least}


def _beside_no_row(around: Counter[str], inside: Counter[str], rows: list[str], least: int) -> set[str]:
    """What not to show because few were not asked the question of the rows: the total tells how many, and with it the smallest row does."""
    if not 0 < around[_NO_ROW] < least:
        return set()
    return {TOTAL, min(rows, key=lambda row: (row == TOTAL, not inside[row], inside[row]))}


def _cross(spec: TableSpec, answers: "duckdb.DuckDBPyConnection", variables: list[dict[str, Any]], labels: dict[str, Any], opened: Opened,
           told: set[str]) -> dict[str, Any]:
    variable = variables[0]
    name = variable["name"]
    counts: Counts = Counter()
    around: Counter[str] = Counter()                                    # asked or not, and whatever the filter asks for
    inside: Counter[str] = Counter()
    known = [code for code in variable["values"] if spec.no_answer or code not in variable["no_answer"]]
    for row, is_inside, (value, state, number) in _counted(spec, answers, f'CAST("{name}" AS VARCHAR), "{name}__state", COUNT(*)'):
        column = _NOT_ASKED if state == NOT_ASKED else NO_ANSWER_COLUMN if value is None else value
        if not spec.no_answer and state in (NO_ANSWER, MISSING) and column in known:
            column = NO_ANSWER_COLUMN
        for at in (row, TOTAL) if row != _NO_ROW else (row,):
            around[at] += number
            inside[at] += number if is_inside else 0
            counts[at, column if is_inside else _OUTSIDE] += number
    shown = [*known, *([NO_ANSWER_COLUMN] if spec.no_answer and counts[TOTAL, NO_ANSWER_COLUMN] and NO_ANSWER_COLUMN not in known
                        else [])]
    rows = _in_order(_rows_of(spec, around, labels), labels)
    few = _few(around, inside, spec.least) & set(rows)
    told = told | _beside_no_row(around, inside, rows, spec.least)
    hidden = _hidden_cells(spec, variable, counts, inside, few, opened, rows, shown) | _whole(rows, told, len(shown))
    lines = [[counts[row, column] for column in shown] for row in rows]
    columns = [{"code": code, "label": str(localized(variable["values"].get(code) or NOT_ANSWERED))} for code in shown]
    return _crossed(spec, columns, rows, lines, [sum(line) for line in lines], hidden, labels)


def _hidden_cells(spec: TableSpec, variable: dict[str, Any], counts: Counts, inside: Counter[str], few_rows: set[str], opened: Opened,
                  rows: list[str], shown: list[str]) -> set[suppression.Place]:
    """What to hide of a cross table: numbers of `rows` and of `shown` columns, after the last of which the base stands.

    All that the question was answered with is looked at, and whether it was put, and who is not in the table by the answers that its
    filter asks for, however much of it the table leaves out. So two tables of which one leaves out what the other counts hide the same,
    and neither tells what is hidden in the other.
    """
    beside = [code for code in variable["values"] if code in variable["no_answer"]]
    beside += [code for code in (NO_ANSWER_COLUMN, _NOT_ASKED, _OUTSIDE) if counts[TOTAL, code]]
    columns = [*(code for code in variable["values"] if code not in beside), *beside]
    lines = [[counts[row, column] for column in columns] for row in rows]
    few = {at for at, row in enumerate(rows) if row in few_rows}
    answered, here = len(columns) - len(beside), len(columns) - (_OUTSIDE in beside)
    asked = here - (_NOT_ASKED in beside)
    telling = {(at, column) for at, line in enumerate(lines) for column in range(len(columns))
               if any(0 < sum(line[:end]) < spec.least for end in {answered, asked, here})}
    found = suppression.hidden([[*line, sum(line)] for line in lines], spec.least, few, telling)
    for start in {answered, asked}:                                     # what stands behind may be few together, or hide in its favour
        if start < len(columns) - 1:
            whole = [[*line[:start], sum(line[start:]), sum(line)] for line in lines]
            for row, column in suppression.hidden(whole, spec.least, few):
                found |= {(row, at) for at in range(start, len(columns))} if column == start else {
                    (row, column if column < start else len(columns))}
    if (least := max(spec.least, opened.least)) and (public := opened.about(_asked_of(spec, [variable]))):
        found |= _hidden_rest(least + public.half_known, counts, inside, public.counted(spec, {variable["name"]: ""}), rows, columns[:here],
                              public.half_known)
    place = {at: shown.index(code) if code in shown else len(shown) for at, code in enumerate(columns)}
    return {(row, place.get(column, len(shown))) for row, column in found}


def _options(spec: TableSpec, answers: "duckdb.DuckDBPyConnection", variables: list[dict[str, Any]], labels: dict[str, Any], opened: Opened,
             told: set[str]) -> dict[str, Any]:
    """The options of a question with several answers, crossed: the base of a row is its entries, each of which can have chosen several."""
    options = {variable["name"]: variable["choice"] for variable in variables if variable["choice"]}
    first, taken = next(iter(options)), (ANSWERED, NO_ANSWER, MISSING) if spec.no_answer else (ANSWERED,)
    sums = ", ".join(f'SUM("{name}")' for name in options)
    counts: Counts = Counter()
    bases: Counter[str] = Counter()
    inside: Counter[str] = Counter()                                    # asked or not
    around: Counter[str] = Counter()                                    # whatever the filter asks for
    for row, is_inside, (state, number, *chosen) in _counted(spec, answers, f'"{first}__state", COUNT(*), {sums}'):
        for at in (row, TOTAL) if row != _NO_ROW else (row,):
            around[at] += number
            inside[at] += number if is_inside else 0
            if is_inside and state in taken:
                bases[at] += number
                for option, count in zip(options.values(), chosen, strict=True):
                    counts[at, option] += int(count or 0)
    every = _rows_of(spec, around, labels)
    few = _few(around, inside, spec.least) & every
    told = told | _beside_no_row(around, inside, _in_order(every, labels), spec.least)
    rows = _in_order(every, labels)
    lines = [[counts[row, option] for option in options.values()] for row in rows]
    hidden = _hidden_options(lines, [bases[row] for row in rows], [[inside[row] - bases[row], around[row] - inside[row]] for row in rows],
                             spec.least, {at for at, row in enumerate(rows) if row in few}) | _whole(rows, told, len(options))
    if (least := max(spec.least, opened.least)) and (public := opened.about(_asked_of(spec, variables))):
        least += public.half_known
        here, singly = public.counted(spec, options)
        closed = [inside[row] - here[row] for row in rows]
        rest = [[max(0, counts[row, option] - singly[row, option]) for option in options.values()] for row in rows[:-1]]
        rest_bases = [max(min(bases[row], number), *line) for row, number, line in zip(rows[:-1], closed[:-1], rest, strict=True)]
        rest.append([sum(column) for column in zip(*rest, strict=True)])
        rest_bases.append(sum(rest_bases))
        hidden |= _hidden_options(rest, rest_bases, [[max(0, number - base)] for number, base in zip(closed, rest_bases, strict=True)], least,
                                  {at for at, number in enumerate(closed) if 0 < number < least},
                                  {(at, option) for at, line in enumerate(rest) for option, count in enumerate(line)
                                   if _is_told_of_all(count, closed[at], public.half_known)})
    columns = [{"code": variable["choice"], "label": str(localized(variable["choice_label"]))} for variable in variables if variable["choice"]]
    return _crossed(spec, columns, rows, lines, [bases[row] for row in rows], hidden, labels) | {"several": True}


def _hidden_options(lines: list[list[int]], bases: list[int], rests: list[list[int]], least: int, few: set[int],
                    telling: Collection[suppression.Place] = ()) -> set[suppression.Place]:
    """Each option is a table of its own: chosen, not chosen, and the `rests` of the rows that are not in their bases."""
    found = set()
    kept = [at for at, column in enumerate(zip(*rests, strict=True)) if any(column)]
    for at in range(len(lines[0])):
        for beside in ([[rest[one] for one in kept] for rest in rests], [[sum(rest)] for rest in rests])[:max(1, len(kept))]:
            counts = [[line[at], base - line[at], *rest, base + sum(rest)] for line, base, rest in zip(lines, bases, beside, strict=True)]
            small = {(row, column) for row, base in enumerate(bases) if 0 < base < least for column in range(len(counts[0]) - 1)}
            small |= {(row, 0) for row, option in telling if option == at}
            found |= {(row, at if column < 2 else len(lines[0])) for row, column in suppression.hidden(counts, least, few, small)}
    return found


def _in_order(rows: set[str], labels: dict[str, Any]) -> list[str]:
    """The rows as they are printed: what is known, what is not, the total."""
    last = [code for code in ("", NO_ANSWER_COLUMN) if code in rows]
    return [*(code for code in labels if code in rows and code not in last), *sorted(rows - set(labels) - {TOTAL, *last}), *last, TOTAL]


def row_name(code: str) -> str:
    """How books and files call a row; a choice that is called as the total, or as those who stated nothing, is told from them."""
    own = {"": NOT_STATED, TOTAL: TOTAL_ROW}
    return own.get(code) or (f"{code}_" if code in own.values() else code)


def _crossed(spec: TableSpec, columns: list[dict[str, Any]], rows: list[str], lines: list[list[int]], bases: list[int],
             hidden: set[suppression.Place], labels: dict[str, Any]) -> dict[str, Any]:
    said = labels | {"": NOT_GIVEN, NO_ANSWER_COLUMN: NOT_ANSWERED, TOTAL: {"de": "Gesamt", "en": "Total"}}
    made: list[dict[str, Any]] = [{
        "code": row_name(code), "label": str(localized(said.get(code, code))), "base": None if (number, len(columns)) in hidden else base,
        "is_total": code == TOTAL,
        "cells": {column["code"]: {"count": None if (number, at) in hidden else line[at]} for at, column in enumerate(columns)},
    } for number, (code, line, base) in enumerate(zip(rows, lines, bases, strict=True))
        if code == TOTAL or base or any(at == number for at, _column in hidden)]        # where it is hidden whether there is anybody, too
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


def _choices(spec: TableSpec, answers: "duckdb.DuckDBPyConnection", variables: list[dict[str, Any]], opened: Opened, told: set[str]
             ) -> dict[str, Any]:
    names = [variable["name"] for variable in variables if variable["choice"]]
    if not names:
        raise BadInput(_("The question “%(name)s” does not allow several answers.") % {"name": spec.question}, where=spec.code)
    taken = (ANSWERED, NO_ANSWER, MISSING) if spec.no_answer else (ANSWERED,)
    sums = ", ".join(f'SUM("{name}")' for name in names)
    found = list(_counted(spec, answers, f'"{names[0]}__state", COUNT(*), {sums}'))     # by state: a FILTER for each would take twice as long
    around = sum(line[1] for _row, _is_inside, line in found)
    here = [line for _row, is_inside, line in found if is_inside]
    asked = [line for line in here if line[0] in taken]
    entries, base = sum(line[1] for line in here), sum(line[1] for line in asked)
    counted = [sum(int(line[at] or 0) for line in asked) for at in range(2, 2 + len(names))]
    is_small = 0 < base < spec.least or 0 < entries < spec.least or 0 < around < spec.least or TOTAL in told
    # The base tells how many were not asked, or did not answer, or answered otherwise than the filter asks for.
    tells_rest = any(0 < number < spec.least for number in (entries - base, around - entries, around - base))
    is_small = is_small or (tells_rest and not spec.filter.keys().isdisjoint(names))      # then an answer that all gave is the base
    hidden = suppression.hidden_mentions(base, counted, spec.least)
    if (least := max(spec.least, opened.least)) and (public := opened.about(_asked_of(spec, variables))):
        least += public.half_known
        known, singly = public.counted(spec, {name: name for name in names})
        closed = entries - known[TOTAL]
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
