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
PUBLIC = ("q1", "q2", "qd", "dm")                                       # of which each can be closed by itself; the others are not published
DEPENDENT = ("qd", "ud", "dm")                                          # put to those alone who said yes to q1
SINGLE = ("q1", "q2", "qd", "u", "ud")
SEVERAL = {"um": "u", "dm": "qd"}                                       # several answers: each is answered as another question was
NAMES = ("land", *SINGLE, *SEVERAL)
FORM = make_form(*(make_question(name, type=Type.MULTI if name in SEVERAL else Type.SINGLE, choices=LISTS["ja_nein"], list_name="ja_nein",
                                 publishable=name in PUBLIC, relevant="${q1} = 'ja'" if name in DEPENDENT else "") for name in NAMES[1:]))
CODEBOOK = [
    *({"name": name, "question": name, "choice": "", "no_answer": [], "values": {"ja": {"de": "ja"}, "nein": {"de": "nein"}}}
      for name in SINGLE),
    *({"name": f"{name}_{one}", "question": name, "choice": one, "choice_label": {"de": one}, "no_answer": [], "values": {}}
      for name in SEVERAL for one in "ab")]
ASKED, UNASKED = 0, 3


def answered(land, q1, qd, u, ud, q2="ja"):
    """An entry as everybody would know it to whom nothing is closed; what was not asked is None."""
    return {"land": land, "q1": q1, "q2": q2, "qd": qd if q1 == "ja" else None, "u": u, "ud": ud if q1 == "ja" else None}


def variable(entry, name):
    several, _, option = name.partition("_")
    if not option:
        return entry[name]
    return None if entry[SEVERAL[several]] is None else int((entry[SEVERAL[several]] == "ja") == (option == "a"))


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
        options = [code for code in "ab" if variable(entry, f"{spec.question}_{code}")] if spec.question in SEVERAL else [entry[spec.question]]
        rows = ["total"] if spec.kind == "choices" else [entry[spec.rows], "total"]
        for place in product(rows, ["base", *options]):
            found[place] = found.get(place, 0) + 1
    return found


def known_to_all(entries, public):
    return opened_rows({"awards": [], "entries": [{"code": str(at), "land": one["land"]} | known for at, (one, known) in
                                                  enumerate(zip(entries, public, strict=True))]}, CODEBOOK, questionnaire=lambda: FORM)


def shown(spec, entries, public, connection):
    """(row, column or "base") → what the table shows of entries, of which `public` is known; a row that it does not have is missing."""
    names = [one["name"] for one in CODEBOOK]
    connection.execute("CREATE OR REPLACE TEMP TABLE answers (land VARCHAR, " + ", ".join(
        f"{name} {'VARCHAR' if name in SINGLE else 'INT'}, {name}__state INT" for name in names) + ")")
    connection.executemany("INSERT INTO answers VALUES (?" + 2 * len(names) * ", ?" + ")", [
        [one["land"], *(cell for name in names for cell in (variable(one, name), UNASKED if variable(one, name) is None else ASKED))]
        for one in entries])
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
    said = {name: ["ab"[entry[SEVERAL[name]] == "nein"]] if name in SEVERAL else entry[name] for name in PUBLIC
            if entry[SEVERAL.get(name, name)] and name not in closed}
    return {"answers": said, "untold": [*closed]} if closed else {"answers": said}


yes_no = st.sampled_from(["ja", "nein"])
each = st.builds(answered, st.sampled_from(["A", "B"]), *5 * [yes_no])
WHOLE, CLOSED, DEPENDING = None, ("q1", "qd", "dm"), ("qd", "dm")       # the part, or answers: one closes those that tell it, too


@st.composite
def tables(draw):
    question, rows = draw(st.sampled_from(NAMES[1:])), draw(st.sampled_from(("land", *SINGLE)))
    kind = draw(st.sampled_from(["cross", "choices"])) if question in SEVERAL else "cross"
    chosen = draw(st.lists(st.sampled_from([*SINGLE, "um_a", "dm_a"]), max_size=2, unique=True))
    return TableSpec("x", 1, localized("x"), question, kind=kind, rows=rows, least=LEAST, no_answer=True, filter={
        name: ["1"] if name.endswith("_a") else [draw(yes_no)] for name in chosen})


@settings(max_examples=400, deadline=None)
@given(tables(), st.lists(each, min_size=1, max_size=16), each, st.sampled_from([CLOSED, DEPENDING, WHOLE]))
def test_whoever_knows_all_but_one_closed_answer_learns_it_from_no_table_and_its_like_with_one_filter_less(spec, others, own, closed):
    """Even the answers that are not published are known of all others; `closed`: None is the whole part."""
    entries = [own, *others]
    public = [known_of(own, closed) if closed else {}, *(known_of(one, ()) for one in others)]
    pair = [spec, *(TableSpec(**vars(spec) | {"filter": {name: kept for name, kept in spec.filter.items() if name != left}})
                    for left in spec.filter)]
    with columns.connect() as connection:
        made = [shown(one, entries, public, connection) for one in pair]
    secret = "qd" if closed == DEPENDING else "q1"
    if own[secret] is None:
        return                                                          # was not asked, as q1 says in public
    possible = {other[secret] for q1, qd, u, ud, q2 in product(["ja", "nein"], repeat=5) for other in [answered(own["land"], q1, qd, u, ud, q2)]
                if (q2 == own["q2"] or closed is WHOLE) and (secret == "q1" or q1 == own["q1"]) and all(
                    shows_the_same(one, table, [other, *others]) for one, table in zip(pair, made, strict=True))}
    assert possible == {"ja", "nein"}


def is_closed(name, closed):
    """Whether an answer cannot be read in public."""
    return name not in PUBLIC or closed is WHOLE or name in closed


def asked_of(spec):
    """Every answer that a table looks at."""
    named = {name.partition("_")[0] for name in (spec.question, *([spec.rows] if spec.kind == "cross" else []), *spec.filter)}
    return {"q1", *(SEVERAL.get(name, name) for name in named)}


def like(known, closed, looked_at):
    """All that an entry may be to whoever reads the public database; of what no table looks at one answer will do."""
    may_be = [("ja", "nein") if name in looked_at and is_closed(name, closed) else (known.get(name) or "ja",)
              for name in ("q1", "qd", "u", "ud", "q2")]
    return sorted({tuple(answered(known["land"], *one).items()) for one in product(*may_be)}, key=str)


def worlds(entries, looked_at):
    """Everything that the entries together may be, each with what of it is closed; who is alike to the public stands for one another."""
    kinds = Counter((closed, ("land", entry["land"]), *((name, entry[name]) for name in ("q1", "q2", "qd") if not is_closed(name, closed)))
                    for entry, closed in entries)
    each_kind = [combinations_with_replacement(like(dict(known), closed, looked_at), number) for (closed, *known), number in kinds.items()]
    those = [closed for (closed, *_known), number in kinds.items() for _time in range(number)]
    for world in product(*each_kind):
        yield [(dict(one), closed) for one, closed in zip((one for of_kind in world for one in of_kind), those, strict=True)]


def secrets(entries, looked_at):
    """(Land, question) → what those answered who closed it; who said in public that the question was not put to them has no secret."""
    found = {}
    for entry, closed in entries:
        for name in looked_at & {"q1", "q2", "qd"}:
            if is_closed(name, closed) and (name != "qd" or is_closed("q1", closed) or entry["q1"] == "ja"):
                found.setdefault((entry["land"], name), set()).add(entry[name])
    return found


@settings(max_examples=300, deadline=None)
@given(tables(), st.lists(st.tuples(each, st.sampled_from([WHOLE, WHOLE, CLOSED, CLOSED, DEPENDING, (), ()])), min_size=1, max_size=8))
def test_what_all_have_in_common_who_are_closed_is_told_by_no_table(spec, entries):
    """Whoever knows the public database only: of each Land, not all who closed an answer may be known to have given the same."""
    with columns.connect() as connection:
        table = shown(spec, [entry for entry, _closed in entries], [{} if closed is WHOLE else known_of(entry, closed) for entry, closed in
                                                                    entries], connection)
    looked_at = asked_of(spec)
    possible = {one: set() for one in secrets(entries, looked_at)}
    for world in worlds(entries, looked_at):
        if all(len(answers) > 1 for answers in possible.values()):
            break
        if shows_the_same(spec, table, [entry for entry, _closed in world]):
            for one, answers in secrets(world, looked_at).items():
                possible[one] |= answers
    assert {one: answers for one, answers in possible.items() if len(answers) == 1} == {}


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


def asked_and_not(yes, no, q2="ja", land="B"):
    """So many who were asked qd, half of whom said yes to it, and so many who were not."""
    return [answered(land, "ja", ("ja", "nein")[at % 2], "ja", "ja", q2) for at in range(yes)] + [
        answered(land, "nein", "ja", "ja", "ja", q2) for _time in range(no)]


@pytest.mark.parametrize("closed", [WHOLE, CLOSED])
@pytest.mark.parametrize("question", ["qd", "dm", "ud"])
@pytest.mark.parametrize(("yes", "no", "tells"), [
    (6, 0, "all were asked"), (2, 6, "two were"), (0, 6, "none was"), (6, 2, "all but two"), (6, 6, "")])
def test_to_how_many_of_the_closed_a_question_was_put_is_not_told_by_its_base(closed, question, yes, no, tells):
    """Whoever was asked said yes to q1: that is an answer to it, also where the question that is counted is public itself."""
    everybody = [one for land in "AB" for one in asked_and_not(12, 12, land=land)]
    entries = [*asked_and_not(yes, no), *everybody]
    public = [*(known_of(one, closed) if closed else {} for one in entries[:yes + no]), *(known_of(one, ()) for one in everybody)]
    by_land = TableSpec("x", 1, localized("x"), question, rows="land", least=LEAST)
    with columns.connect() as connection:
        made = [by_land, *([TableSpec(**vars(by_land) | {"kind": "choices"})] if question == "dm" else [])]
        for spec in made:
            table = shown(spec, entries, public, connection)
            noticed = told_by_rest(TableSpec(**vars(spec) | {"least": 0}), connection, CODEBOOK, known_to_all(entries, public), LEAST)
            rows = {"B", "total"} if spec.kind == "cross" else {"total"}
            assert {row for row, column in table if column == "base" and table[row, column] is None} == (rows if tells else set())
            assert not tells or {count for (row, _column), count in table.items() if row in rows} == {None}
            assert noticed == (dict.fromkeys([TOTAL if row == "total" else row for row in rows], yes + no) if tells else {})


@pytest.mark.parametrize("question", ["qd", "dm", "ud"])
@pytest.mark.parametrize(("yes", "no", "tells"), [(6, 0, "all were asked"), (2, 6, "two were"), (6, 6, "")])
def test_nor_is_it_told_by_the_base_of_a_row_of_answers(question, yes, no, tells):
    """Of those who closed everything and gave one answer of the rows; the others tell nothing, nor do all together."""
    everybody = [one for q2 in ("ja", "nein") for one in asked_and_not(12, 12, q2)]
    entries = [*asked_and_not(yes, no), *asked_and_not(6, 6, "nein"), *everybody]
    public = [*({} for _one in entries[:yes + no + 12]), *(known_of(one, ()) for one in everybody)]
    spec = TableSpec("x", 1, localized("x"), question, rows="q2", least=LEAST)
    with columns.connect() as connection:
        table = shown(spec, entries, public, connection)
        noticed = told_by_rest(TableSpec(**vars(spec) | {"least": 0}), connection, CODEBOOK, known_to_all(entries, public), LEAST)
    assert {row: table[row, "base"] for row in ("ja", "nein", "total")} == {
        "ja": None if tells else 12 + yes, "nein": None if tells else 18, "total": 30 + yes}
    assert noticed == ({"ja": yes + no, "nein": 12} if tells else {})


def test_where_something_that_is_not_public_decides_too_who_answered_is_known_to_have_been_asked():
    """Whom q1 leads to qd is not certain, as u decides with it: but of those who answered it anybody knows, and so of the others."""
    form = make_form(*(make_question(name, type=Type.SINGLE, choices=LISTS["ja_nein"], list_name="ja_nein", publishable=name != "u",
                                     relevant="${q1} = 'ja' and ${u} = 'ja'" if name == "qd" else "") for name in ("q1", "u", "qd")))
    codebook = [one for one in CODEBOOK if one["name"] in ("q1", "u", "qd")]
    others = [(q1, u, answer if q1 == u == "ja" else None) for q1 in ("ja", "nein") for u in ("ja", "nein") for answer in ("ja", "nein")] * 4
    closed = [("ja", "ja", answer) for answer in ("ja", "nein")] * 3
    public = [*({"code": str(at)} for at in range(6)), *({"code": f"x{at}", "answers": {"q1": q1} | ({"qd": qd} if qd else {})}
                                                         for at, (q1, _u, qd) in enumerate(others))]
    with columns.connect() as connection:
        connection.execute("CREATE TEMP TABLE answers (land VARCHAR, q1 VARCHAR, q1__state INT, u VARCHAR, u__state INT, qd VARCHAR, "
                           "qd__state INT)")
        connection.executemany("INSERT INTO answers VALUES ('A', ?, 0, ?, 0, ?, ?)", [
            (q1, u, qd, ASKED if qd else UNASKED) for q1, u, qd in (*closed, *others)])
        table = compute(TableSpec("x", 1, localized("x"), "qd", rows="land", least=LEAST), connection, codebook, {},
                        opened_rows({"awards": [], "entries": [one | {"land": "A"} for one in public]}, codebook, questionnaire=lambda: form))
    assert table["base"] is None
