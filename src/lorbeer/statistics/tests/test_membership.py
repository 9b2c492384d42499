"""Who is in a table tells no closed answer: not by a filter, by the question of its rows, nor by whom it was put to.

Each test plays somebody who computes. They know the questionnaire, the public database and some unpublished answers, and read tables that
hide what is small; a closed answer is safe when another one shows the same.
"""

from collections import Counter
from itertools import combinations_with_replacement, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lorbeer.editions import columns
from lorbeer.questionnaire.definition import Type
from lorbeer.questionnaire.tests.factories import LISTS, make_form, make_question
from lorbeer.shared.text import localized
from lorbeer.statistics.compute import compute, told_by_rest
from lorbeer.statistics.definitions import TableSpec
from lorbeer.statistics.opened import TOTAL, opened_rows

pytestmark = pytest.mark.once
LEAST = 3
PUBLIC = ("q1", "qd")                                                   # of which each can be closed by itself; the others are not published
DEPENDENT = ("qd", "ud")                                                # put to those alone who said yes to q1
SINGLE = ("q1", "qd", "u", "ud")
NAMES = ("land", *SINGLE, "um")                                         # um: several answers, put to all, not published
FORM = make_form(*(make_question(name, type=Type.MULTI if name == "um" else Type.SINGLE, choices=LISTS["ja_nein"], list_name="ja_nein",
                                 publishable=name in PUBLIC, relevant="${q1} = 'ja'" if name in DEPENDENT else "") for name in NAMES[1:]))
CODEBOOK = [
    *({"name": name, "question": name, "choice": "", "no_answer": [], "values": {"ja": {"de": "ja"}, "nein": {"de": "nein"}}}
      for name in SINGLE),
    *({"name": f"um_{one}", "question": "um", "choice": one, "choice_label": {"de": one}, "no_answer": [], "values": {}} for one in "ab")]
ASKED, UNASKED = 0, 3


def answered(land, q1, qd, u, ud):
    """An entry as everybody would know it to whom nothing is closed; what was not asked is None."""
    return {"land": land, "q1": q1, "qd": qd if q1 == "ja" else None, "u": u, "ud": ud if q1 == "ja" else None}


def variable(entry, name):
    return int((entry["u"] == "ja") == (name == "um_a")) if name.startswith("um_") else entry[name]


def is_in(spec, entry):
    """In the table, and then in its base, where the question was put to it."""
    return all(str(variable(entry, name)) in allowed for name, allowed in spec.filter.items()) and (
        spec.kind == "choices" or spec.rows not in DEPENDENT or entry["q1"] == "ja")


def counted(spec, entries):
    """(row, column or "base") → what the table would show if it hid nothing, counted by hand."""
    found = {}
    for entry in (one for one in entries if is_in(spec, one)):
        if spec.question in DEPENDENT and entry["q1"] != "ja":
            continue
        options = [code for code in "ab" if variable(entry, f"um_{code}")] if spec.question == "um" else [entry[spec.question]]
        rows = ["total"] if spec.kind == "choices" else [entry[spec.rows], "total"]
        for place in product(rows, ["base", *options]):
            found[place] = found.get(place, 0) + 1
    return found


def known_to_all(entries, public):
    return opened_rows({"awards": [], "entries": [{"code": str(at), "land": one["land"]} | known for at, (one, known) in
                                                  enumerate(zip(entries, public, strict=True))]}, CODEBOOK, questionnaire=lambda: FORM)


def shown(spec, entries, public, connection):
    """(row, column or "base") → what the table shows of entries, of which `public` is known; a row that it does not have is missing."""
    connection.execute("CREATE OR REPLACE TEMP TABLE answers (land VARCHAR, " + ", ".join(
        f"{name} {kind}, {name}__state INT" for name, kind in (*((one, "VARCHAR") for one in SINGLE), ("um_a", "INT"), ("um_b", "INT"))) + ")")
    connection.executemany("INSERT INTO answers VALUES (" + ", ".join(13 * "?") + ")", [
        [one["land"], *(cell for name in (*SINGLE, "um_a", "um_b")
                        for cell in (variable(one, name), UNASKED if variable(one, name) is None else ASKED))] for one in entries])
    table = compute(spec, connection, CODEBOOK, {name: dict.fromkeys(("ja", "nein"), {}) for name in SINGLE}, known_to_all(entries, public))
    if spec.kind == "choices":
        return {("total", "base"): table["base"]} | {("total", row["code"]): row["cells"]["mentions"]["count"] for row in table["rows"]}
    return {(row["code"], column): count for row in table["rows"]
            for column, count in [("base", row["base"]), *((code, cell["count"]) for code, cell in row["cells"].items())]}


def shows_the_same(spec, table, entries):
    """Whether the table could be of these entries."""
    would = counted(spec, entries)
    return all(count == would.get(place, 0) for place, count in table.items() if count is not None) and all(
        place in table for place in would)


def known_of(entry, closed):
    """What the public database says of an entry, of whose questions some are `closed`."""
    return {"answers": {name: entry[name] for name in PUBLIC if entry[name] and name not in closed}, "untold": [*closed]} if closed else {
        "answers": {name: entry[name] for name in PUBLIC if entry[name]}}


yes_no = st.sampled_from(["ja", "nein"])
each = st.builds(answered, st.sampled_from(["A", "B"]), *4 * [yes_no])


@st.composite
def tables(draw):
    question, rows = draw(st.sampled_from(NAMES[1:])), draw(st.sampled_from(NAMES[:-1]))
    kind = draw(st.sampled_from(["cross", "choices"])) if question == "um" else "cross"
    chosen = draw(st.lists(st.sampled_from([*SINGLE, "um_a"]), max_size=2, unique=True))
    return TableSpec("x", 1, localized("x"), question, kind=kind, rows=rows, least=LEAST, no_answer=True, filter={
        name: ["1"] if name == "um_a" else [draw(yes_no)] for name in chosen})


@settings(max_examples=400, deadline=None)
@given(tables(), st.lists(each, min_size=1, max_size=16), each, st.sampled_from([("q1", "qd"), ("qd",), None]))
def test_whoever_knows_all_but_one_closed_answer_learns_it_from_no_table_and_its_like_with_one_filter_less(spec, others, own, closed):
    """Even the answers that are not published are known of all others; `closed`: None is the whole part."""
    entries = [own, *others]
    public = [known_of(own, closed) if closed else {}, *(known_of(one, ()) for one in others)]
    pair = [spec, *(TableSpec(**vars(spec) | {"filter": {name: kept for name, kept in spec.filter.items() if name != left}})
                    for left in spec.filter)]
    with columns.connect() as connection:
        made = [shown(one, entries, public, connection) for one in pair]
    secret = "qd" if closed == ("qd",) else "q1"
    if own[secret] is None:
        return                                                          # was not asked, as q1 says in public
    possible = {other[secret] for q1, qd, u, ud in product(["ja", "nein"], repeat=4) for other in [answered(own["land"], q1, qd, u, ud)]
                if (secret == "q1" or q1 == own["q1"]) and all(
                    shows_the_same(one, table, [other, *others]) for one, table in zip(pair, made, strict=True))}
    assert possible == {"ja", "nein"}


def like(entry, *, is_closed):
    """All that an entry may be to whoever knows its Land, and its public answers if it is not closed."""
    return sorted({tuple(other.items()) for q1, u, ud in product(["ja", "nein"], repeat=3) if is_closed or q1 == entry["q1"]
                   for other in [answered(entry["land"], q1, "ja", u, ud)]}, key=str)


def worlds(known):
    """Everything that the entries together may be; who is alike to the public stands for one another."""
    kinds = Counter((entry["land"], is_closed, "" if is_closed else entry["q1"]) for entry, is_closed in known)
    each_kind = [combinations_with_replacement(like({"land": land, "q1": q1}, is_closed=is_closed), number)
                 for (land, is_closed, q1), number in kinds.items()]
    closed = [is_closed for (_land, is_closed, _q1), number in kinds.items() for _time in range(number)]
    for world in product(*each_kind):
        yield [(dict(one), is_closed) for one, is_closed in zip((one for of_kind in world for one in of_kind), closed, strict=True)]


@settings(max_examples=150, deadline=None)
@given(tables(), st.lists(st.tuples(each, st.sampled_from([True, True, False])), min_size=1, max_size=9))
def test_what_all_have_in_common_who_are_closed_is_told_by_no_table(spec, known):
    """Whoever knows the public database only: of each Land, not all who closed q1 may be known to have said the same."""
    entries = [entry | ({"qd": "ja"} if entry["q1"] == "ja" else {}) for entry, _is_closed in known]
    with columns.connect() as connection:
        table = shown(spec, entries, [{} if is_closed else known_of(entry, ()) for entry, (_entry, is_closed) in
                                      zip(entries, known, strict=True)], connection)
    missing = {(entry["land"], answer) for entry, is_closed in known if is_closed for answer in ("ja", "nein")}
    for world in worlds(list(zip(entries, [is_closed for _entry, is_closed in known], strict=True))):
        if not missing:
            break
        said = {(entry["land"], entry["q1"]) for entry, is_closed in world if is_closed}
        if said & missing and shows_the_same(spec, table, [entry for entry, _is_closed in world]):
            missing -= said
    assert missing == set()


@pytest.mark.parametrize(("asked", "who"), [
    ({"question": "u", "filter": {"q1": ["ja"]}}, "the base counts who said yes"),
    ({"question": "u", "rows": "q1"}, "so do the rows"),
    ({"question": "u", "filter": {"ud": ["ja"]}}, "only who said yes was asked ud"),
    ({"question": "u", "filter": {"qd": ["nein"]}}, "and qd"),
    ({"question": "u", "rows": "qd"}, "a row of those whom qd was put to"),
    ({"question": "q1", "filter": {"u": ["ja"]}}, "more with u have said yes than is public"),
    ({"question": "q1", "rows": "u"}, "the same, in rows"),
    ({"question": "um", "kind": "choices", "filter": {"q1": ["nein"]}}, "also who is not counted"),
])
@pytest.mark.parametrize("rows", ["land", "u"])
def test_a_closed_answer_is_not_told_by_who_is_in_a_table(asked, who, rows):
    """One entry of A keeps closed that it said yes to q1. Of B, and until then of A, the tables tell."""
    entries = [answered(land, q1, qd, u, "ja") for land in ("A", "B") for q1 in ("ja", "nein") for qd in ("ja", "nein") for u in ("ja", "nein")
               for _time in range(LEAST)]
    spec = TableSpec("x", 1, localized("x"), **{"rows": rows, "least": LEAST} | asked)
    with columns.connect() as connection:
        before = shown(spec, entries, [known_of(one, ()) for one in entries], connection)
        public = [{}, *(known_of(one, ()) for one in entries[1:])]
        now = shown(spec, entries, public, connection)
        noticed = told_by_rest(TableSpec(**vars(spec) | {"least": 0}), connection, CODEBOOK, known_to_all(entries, public), LEAST)
    assert None not in before.values()
    assert now["total", "base"] is None, who
    assert noticed == ({"A": 1, TOTAL: 1} if (spec.rows, spec.kind) == ("land", "cross") else {TOTAL: 1})
    hidden = {"A", "total"} if (spec.rows, spec.kind) == ("land", "cross") else {row for row, _column in now}
    assert {place: now[place] for place in before} == {place: None if place[0] in hidden else count for place, count in before.items()}


def test_of_many_who_are_closed_the_rows_of_a_question_stay_but_for_the_few():
    """Of those who closed both answers two gave the first one of the rows: with that row another one goes, and not the table."""
    codebook = [{"name": name, "question": name, "choice": "", "no_answer": [], "values": {code: {"de": code} for code in "abcd"}}
                for name in ("rows", "told")]
    entries = [(row, answer) for row in "abcd" for answer in "abcd" for _time in range(5)]
    closed = {0, 5, *range(20, 23), *range(25, 28), *range(40, 44), *range(50, 55)}
    public = [{"code": str(at)} | ({} if at in closed else {"answers": {"rows": row, "told": answer}})
              for at, (row, answer) in enumerate(entries)]
    with columns.connect() as connection:
        connection.execute("CREATE TEMP TABLE answers (rows VARCHAR, rows__state INT, told VARCHAR, told__state INT)")
        connection.executemany("INSERT INTO answers VALUES (?, 0, ?, 0)", entries)
        table = compute(TableSpec("x", 1, localized("x"), "told", rows="rows", least=LEAST), connection, codebook, {},
                        opened_rows({"awards": [], "entries": public}, codebook))
    assert {row["code"] for row in table["rows"] if row["base"] is None} == {"a", "b"}
    assert [cell["count"] for cell in table["rows"][3]["cells"].values()] == [5, 5, 5, 5]
