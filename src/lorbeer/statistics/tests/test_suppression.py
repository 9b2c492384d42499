"""What is hidden cannot be computed from what is shown."""

from dataclasses import replace
from itertools import product

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
from lorbeer.statistics.suppression import hidden, hidden_mentions

pytestmark = pytest.mark.once
LEAST = 3


def with_margins(cells):
    """The rows with their bases, and the total below."""
    lines = [*cells, [sum(column) for column in zip(*cells, strict=True)]]
    return [[*line, sum(line)] for line in lines]


def solved(counts, places, *, known_bases=False):
    """The hidden places that somebody with paper and patience finds out from what is shown (and the bases, if they know them).

    A place is safe when another table, with other numbers there, shows the same; it is enough to look one up and one down.
    """
    rows, columns = range(len(counts) - 1), range(len(counts[0]) - 1)
    unknown = [(row, column) for row in rows for column in columns if (row, column) in places]
    shown = [(row, column) for row, line in enumerate(counts) for column in range(len(line))
             if (row, column) not in places or (known_bases and column == len(columns))]
    open_places = set(places)
    for steps in product((-1, 0, 1), repeat=len(unknown)):
        cells = [line[:-1].copy() for line in counts[:-1]]
        for (row, column), step in zip(unknown, steps, strict=True):
            cells[row][column] += step
        if min(min(line) for line in cells) < 0:
            continue
        other = with_margins(cells)
        if all(other[row][column] == counts[row][column] for row, column in shown):
            open_places -= {(row, column) for row, column in places if other[row][column] != counts[row][column]}
        if not open_places:
            break
    return open_places


tables = st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=3), min_size=1, max_size=4).filter(
    lambda rows: len({len(row) for row in rows}) == 1 and sum(map(len, rows)) <= 6)


def unasked(counts):
    """The rows whose entries, few as they are, were not asked; the total with them where nobody was."""
    return {row for row, line in enumerate(counts) if not line[-1]}


@settings(max_examples=80, deadline=None)
@given(tables)
def test_nothing_hidden_in_a_table_can_be_computed(cells):
    counts = with_margins(cells)
    places = hidden(counts, LEAST, unasked(counts))
    assert solved(counts, places) == set()
    if len(cells[0]) > 1:                                               # one column alone is its base
        answers = {(row, column) for row, column in places if column < len(cells[0]) and counts[row][-1]}
        assert solved(counts, answers, known_bases=True) == set()


@settings(max_examples=80, deadline=None)
@given(tables)
def test_what_is_small_is_hidden_with_the_whole_row_where_the_base_is(cells):
    counts = with_margins(cells)
    places = hidden(counts, LEAST, unasked(counts))
    for row, line in enumerate(counts):
        small = line[-1] < LEAST
        assert {column for column, count in enumerate(line[:-1]) if 0 < count < LEAST or small} <= {
            column for at, column in places if at == row}
        assert (row, len(line) - 1) in places or not small


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 7).flatmap(lambda base: st.tuples(st.just(base), st.lists(st.integers(0, base), min_size=1, max_size=3))),
       st.booleans())
def test_nothing_hidden_among_several_answers_can_be_computed(asked, everybody_answered):
    """Whoever answered gave one answer at least: then the numbers add up to the base or more."""
    base, mentions = asked
    everybody_answered = everybody_answered and sum(mentions) >= base
    places = hidden_mentions(base, mentions, LEAST)
    assert {at for at, count in enumerate(mentions) if 0 < count < LEAST or 0 < base - count < LEAST} <= places
    fitting = [
        other for other in product(*(range(base + 1) if at in places else [count] for at, count in enumerate(mentions)))
        if not everybody_answered or sum(other) >= base
    ]
    assert all(len({other[at] for other in fitting}) > 1 for at in places if base >= LEAST or len(mentions) > 1)


def test_a_row_of_few_is_hidden_with_its_noughts():
    counts = with_margins([[2, 0, 0], [20, 10, 3], [30, 8, 7], [9, 9, 9]])
    places = hidden(counts, LEAST)
    assert {(0, 0), (0, 1), (0, 2), (0, 3)} <= places
    assert {row for row, _column in places} == {0, 3}                   # and one more, so that no column gives it away


def test_a_second_cell_is_hidden_in_the_row_and_in_the_column():
    counts = with_margins([[2, 10, 20], [9, 11, 12], [30, 8, 31]])
    assert hidden(counts, LEAST) == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_of_rows_that_protect_as_well_the_first_one_goes():
    """So the same table hides the same wherever and however often it is computed."""
    assert {row for row, _column in hidden(with_margins([[1, 0], [7, 7], [5, 5], [5, 5]]), LEAST)} == {0, 2}
    assert {row for row, _column in hidden(with_margins([[1, 0], [5, 5], [5, 5], [7, 7]]), LEAST)} == {0, 1}
    assert {row for row, _column in hidden(with_margins([[1, 0], [0, 0], [7, 7]]), LEAST)} == {0, 2}        # noughts protect least


def test_noughts_are_hidden_only_where_nothing_else_protects():
    assert hidden(with_margins([[2, 0, 20], [9, 6, 12], [30, 8, 31]]), LEAST) == {(0, 0), (0, 2), (1, 0), (1, 2)}
    assert (0, 1) in hidden(with_margins([[0, 0, 2], [9, 6, 12], [30, 8, 31]]), LEAST)


def test_nothing_is_hidden_where_nothing_is_small():
    assert hidden(with_margins([[3, 0], [4, 5]]), LEAST) == set()
    assert hidden(with_margins([[1, 2], [4, 5]]), 0) == set()
    assert hidden_mentions(1, [1, 0], 0) == set()


def test_bases_alone_are_hidden_together():
    assert hidden([[2], [9], [11]], LEAST) == {(0, 0), (1, 0), (2, 0)}
    assert hidden([[3], [9], [12]], LEAST) == set()


@pytest.mark.parametrize(("base", "mentions", "places"), [
    (1, [0, 1, 0], {0, 1, 2}), (9, [0, 9, 5], set()), (9, [8, 5, 2], {0, 2})])
def test_several_answers_hide_small_numbers_small_rests_and_all_of_a_small_base(base, mentions, places):
    assert hidden_mentions(base, mentions, LEAST) == places


def test_whom_the_question_of_the_rows_was_not_put_to_stands_in_no_row(tmp_path):
    from lorbeer.documentation.tests.factories import parquet

    plain = {"choice": "", "no_answer": [], "values": {"ja": {"de": "ja"}, "nein": {"de": "nein"}}}
    codebook = [plain | {"name": name, "question": name} for name in ("q1", "q2")]
    answers = [("ja", 0, "ja", 0), ("ja", 0, "nein", 0), ("nein", 0, None, 1), ("ja", 0, None, 3)]
    file = tmp_path / "answers.parquet"
    file.write_bytes(parquet([{"group": "a", "q1": q1, "q1__state": one, "q2": q2, "q2__state": other} for q1, one, q2, other in answers]))
    with columns.connect() as connection:
        connection.execute(f"CREATE TEMP VIEW answers AS SELECT * FROM read_parquet('{file}')")
        spec = TableSpec("x", 1, localized("x"), "q1", rows="q2")
        table = compute(spec, connection, codebook, {"q2": plain["values"]})

    assert [(row["code"], row["base"], row["cells"]["ja"]["count"]) for row in table["rows"]] == [
        ("ja", 1, 1), ("nein", 1, 1), ("no_answer", 1, 0), ("total", 3, 2)]
    assert table["base"] == 3


def test_answers_taken_back_are_not_what_is_left_of_a_row_when_the_public_ones_are_taken_off():
    """Of ten entries of a Land one is closed: the nine others' answers stand in the public database."""
    entries = [(land, q1, q5) for land in ("NW", "HE") for q1, q5 in (("ja", ["sport"]), ("nein", ["kultur"])) for _times in range(5)]
    codebook = [
        {"name": "q1", "question": "q1", "choice": "", "no_answer": [], "values": {"ja": {"de": "ja"}, "nein": {"de": "nein"}}},
        *({"name": f"q5_{one}", "question": "q5", "choice": one, "choice_label": {"de": one}, "no_answer": [], "values": {}}
          for one in ("sport", "kultur"))]
    rows = [{"land": land, "q1": q1, "q1__state": 0, **{f"q5_{one}": int(one in q5) for one in ("sport", "kultur")}, "q5_sport__state": 0}
            for land, q1, q5 in entries]

    def opened(closed):
        return opened_rows({"awards": [], "entries": [
            {"code": str(at), "land": land} | ({} if at in closed else {"answers": {"q1": q1, "q5": q5}})
            for at, (land, q1, q5) in enumerate(entries)]}, codebook)

    def table(closed, **asked):
        return compute(TableSpec("x", 1, localized("x"), **{"question": "q1", "rows": "land", "least": 3} | asked), connection, codebook, {},
                       opened(closed))

    with columns.connect() as connection:
        connection.execute("CREATE TEMP TABLE answers AS SELECT * FROM (VALUES " + ", ".join(
            str(tuple(row.values())) for row in rows) + f") AS t({', '.join(rows[0])})")
        several = {"question": "q5", "kind": "choices"}
        assert {cell["count"] for row in table(set())["rows"] for cell in row["cells"].values()} == {5, 10}      # nothing is small
        one = {row["code"]: [row["base"], *(cell["count"] for cell in row["cells"].values())] for row in table({0})["rows"]}
        assert one["NW"] == one["total"] == [None, None, None]          # the total less all that is public tells as much
        three = {row["code"]: [cell["count"] for cell in row["cells"].values()] for row in table({0, 5, 6})["rows"]}
        assert three["NW"] == [None, None]                              # each of the answers is of one or two of them
        six = {0, 1, 2, 5, 6, 7}
        assert {cell["count"] for row in table(six, **several)["rows"] for cell in row["cells"].values()} == {10}
        assert {cell["count"] for row in table(six)["rows"] for cell in row["cells"].values()} == {5, 10}
        assert [cell["count"] for cell in table({0, 1, 2})["rows"][0]["cells"].values()] == [5, 5]      # in Hessen all are public
        assert [cell["count"] for cell in table({0, 1, 2})["rows"][1]["cells"].values()] == [None, None]     # all three said the same
        assert {row["cells"]["mentions"]["count"] for row in table({0}, **several)["rows"]} == {None}
        assert table({0}, least=0) == table(set(), least=0)             # what is printed stays
        spec = TableSpec("x", 1, localized("x"), "q1", rows="land")
        assert told_by_rest(spec, connection, codebook, opened({0}), 3) == {"NW": 1, TOTAL: 1}
        assert told_by_rest(spec, connection, codebook, opened({0, 1, 2}), 3) == {"NW": 3, TOTAL: 3}     # all three said the same
        assert told_by_rest(spec, connection, codebook, opened({0, 1, 2, 5, 6, 7}), 3) == {}
        choices = replace(spec, question="q5", kind="choices")
        assert told_by_rest(choices, connection, codebook, opened({0, 1, 2}), 3) == {TOTAL: 3}
        assert told_by_rest(choices, connection, codebook, opened({0, 1, 2, 5, 6, 7}), 3) == {}


def test_an_answer_that_is_closed_by_itself_is_not_what_is_left_of_the_tables_of_its_question():
    """Nine of ten answers to q1 stand in the public database, and all to q5: the tables of q5 stay."""
    codebook = [{"name": name, "question": name, "choice": "", "no_answer": [], "values": {"ja": {"de": "ja"}, "nein": {"de": "nein"}}}
                for name in ("q1", "q5")]
    answers = [(land, answer) for land in ("NW", "HE") for answer in ("ja", "nein") for _times in range(5)]
    public = [{"code": str(at), "land": land, "answers": {"q1": answer, "q5": answer}} for at, (land, answer) in enumerate(answers)]
    public[0] |= {"answers": {"q5": "ja"}, "untold": ["q1"]}

    def table(question, **asked):
        spec = TableSpec("x", 1, localized("x"), question, **{"rows": "land", "least": 3} | asked)
        made = compute(spec, connection, codebook, {}, opened_rows({"awards": [], "entries": public}, codebook))
        return {row["code"]: [cell["count"] for cell in row["cells"].values()] for row in made["rows"]}

    with columns.connect() as connection:
        connection.execute("CREATE TEMP TABLE answers (land VARCHAR, q1 VARCHAR, q1__state INT, q5 VARCHAR, q5__state INT)")
        connection.executemany("INSERT INTO answers VALUES (?, ?, 0, ?, 0)", [(land, answer, answer) for land, answer in answers])
        assert table("q1") == {"NW": [None, None], "HE": [5, 5], "total": [None, None]}
        assert table("q5") == {"NW": [5, 5], "HE": [5, 5], "total": [10, 10]}
        assert table("q1", rows="q5")["ja"] == [None, None]
        for one in public[1:3]:
            one |= {"answers": {}, "untold": ["q1", "q5"]}
        # Three are left, of one of whom everybody knows one of the two answers: the other two are few.
        spec = TableSpec("x", 1, localized("x"), "q1", rows="q5")
        assert told_by_rest(spec, connection, codebook, opened_rows({"awards": [], "entries": public}, codebook), 3) == {"ja": 3, TOTAL: 3}
        public[0] |= {"answers": {}, "untold": ["q1", "q5"]}
        # Of those that are left nobody knows anything; but all three said yes to both: so did each.
        assert told_by_rest(spec, connection, codebook, opened_rows({"awards": [], "entries": public}, codebook), 3) == {"ja": 3, TOTAL: 3}
        for one in public[5:8]:
            one |= {"answers": {}, "untold": ["q1", "q5"]}
        by_land = replace(spec, rows="land")
        assert told_by_rest(by_land, connection, codebook, opened_rows({"awards": [], "entries": public}, codebook), 3) == {}


def test_those_of_whom_everybody_knows_that_they_were_not_asked_hide_nobody():
    """Of six answers to q4a that are not public three were never given: who says no to q4 is not asked. So the other three are few."""
    def form(**depends):
        return make_form(make_question("q4", type=Type.SINGLE, choices=LISTS["ja_nein"], list_name="ja_nein"),
                         make_question("q4a", type=Type.SINGLE, choices=LISTS["ja_nein"], list_name="ja_nein", **depends))

    public = [{"code": f"{q4}{q4a}{at}", "land": "NW", "answers": {"q4": q4, "q4a": q4a}} for at in range(10)
              for q4, q4a in (("ja", "dauernd"), ("ja", "einmal"), ("nein", None))]
    public += [{"code": f"x{at}", "land": "", "answers": {"q4": "nein"}, "untold": ["q4a"]} for at in range(3)]

    def row(questionnaire):
        opened = opened_rows({"awards": [], "entries": public}, CODEBOOK, questionnaire=questionnaire)
        table = compute(TableSpec("x", 1, localized("x"), "q4a", rows="land", least=3), connection, CODEBOOK, {}, opened)
        return next([cell["count"] for cell in one["cells"].values()] for one in table["rows"] if one["code"] == "not_stated")

    with columns.connect() as connection:
        lying_on(connection, {"NW": (10, 10, 0, 10), "": (3, 0, 0, 3)})
        assert row(lambda: None) == [3, 0]
        assert row(form) == [3, 0]
        # Nor is the nought shown, nor the base: all three were asked, so each of them said yes to q4.
        assert row(lambda: form(relevant="${q4} = 'ja'")) == [None, None]
        assert row(lambda: form(choice_filter="${q4} = 'ja'")) == [None, 0]     # or had nothing to choose from


def test_an_answer_that_everybody_closed_is_hidden_as_where_one_left_it_open():
    """The names of the three entries of a Land stand in the public database, and all of them said yes: so did each."""
    answers = [("NW", "ja")] * 3 + [("HE", "ja")] * 4 + [("HE", "nein")] * 4
    codebook = [{"name": name, "question": name, "choice": "", "no_answer": [], "values": {"ja": {"de": "ja"}, "nein": {"de": "nein"}}}
                for name in ("q1", "q2")]
    form = make_form(*(make_question(name, type=Type.SINGLE, choices=LISTS["ja_nein"], list_name="ja_nein", publishable=name == "q1")
                       for name in ("q1", "q2")))

    def table(question, public, **asked):
        entries = [{"code": str(at), "land": land} | ({} if public is None else public(at, answer))
                   for at, (land, answer) in enumerate(answers)]
        spec = TableSpec("x", 1, localized("x"), question, **{"rows": "land", "least": 3} | asked)
        made = compute(spec, connection, codebook, {}, opened_rows({"awards": [], "entries": entries}, codebook, questionnaire=lambda: form))
        return {row["code"]: [cell["count"] for cell in row["cells"].values()] for row in made["rows"]}

    def closed_by_itself(_at, _answer):
        return {"answers": {}, "untold": ["q1"]}

    def but_one(at, answer):
        return {"answers": {"q1": answer}} if at == 3 else closed_by_itself(at, answer)

    with columns.connect() as connection:
        connection.execute("CREATE TEMP TABLE answers (land VARCHAR, q1 VARCHAR, q1__state INT, q2 VARCHAR, q2__state INT)")
        connection.executemany("INSERT INTO answers VALUES (?, ?, 0, ?, 0)", [(land, answer, answer) for land, answer in answers])
        assert table("q1", but_one)["NW"] == [None, None]
        assert table("q1", closed_by_itself)["NW"] == table("q1", None)["NW"] == [None, None]
        assert table("q1", None, least=0)["NW"] == [3, 0]               # what is printed stays
        assert table("q2", None)["NW"] == [3, 0]                        # an answer that is nobody's to open or to close
        spec = TableSpec("x", 1, localized("x"), "q1", rows="land")
        nobody = opened_rows({"awards": [], "entries": []}, codebook, questionnaire=lambda: form)
        assert told_by_rest(spec, connection, codebook, nobody, 9) == {}


def test_to_how_many_a_question_was_put_does_not_tell_a_closed_answer_that_decides_it():
    """Nine of ten answers to q1 stand in the public database, five yes: a sixth who was asked qx is the one who keeps theirs closed."""
    lands = [(land, *(("ja", "ja" if at % 2 else "nein") if at < 6 else ("nein", None))) for land in ("NW", "HE", "BY") for at in range(10)]
    plain = {"choice": "", "no_answer": [], "values": {"ja": {"de": "ja"}, "nein": {"de": "nein"}}}
    codebook = [
        *(plain | {"name": name, "question": name} for name in ("q1", "qx", "qz")),
        {"name": "qm_a", "question": "qm", "choice": "a", "choice_label": {"de": "a"}, "no_answer": [], "values": {}}]
    form = make_form(
        *(make_question(name, type=Type.SINGLE, choices=LISTS["ja_nein"], list_name="ja_nein", publishable=name == "q1",
                        relevant="${q1} = 'ja'" if name == "qx" else "") for name in ("q1", "qx", "qz")),
        make_question("qm", type=Type.MULTI, choices=LISTS["ja_nein"], list_name="ja_nein", relevant="${qx} != ''"))

    def table(question, closed, **asked):
        public = [{"code": str(at), "land": land} | closed.get(at, {"answers": {"q1": q1}}) for at, (land, q1, _qx) in enumerate(lands)]
        spec = TableSpec("x", 1, localized("x"), question, **{"rows": "land", "least": 3} | asked)
        made = compute(spec, connection, codebook, {}, opened_rows({"awards": [], "entries": public}, codebook, questionnaire=lambda: form))
        return {row["code"]: (row["base"], *(cell["count"] for cell in row["cells"].values())) for row in made["rows"]}

    untouched = {"qx": {"BY": (6, 3, 3), "HE": (6, 3, 3), "NW": (6, 3, 3), "total": (18, 9, 9)},
                 "qm": {"BY": (6, 3), "HE": (6, 3), "NW": (6, 3), "total": (18, 9)}}
    with columns.connect() as connection:
        connection.execute("CREATE TEMP TABLE answers (land VARCHAR, q1 VARCHAR, q1__state INT, qx VARCHAR, qx__state INT, qz VARCHAR, "
                           "qz__state INT, qm_a INT, qm_a__state INT)")
        connection.executemany("INSERT INTO answers VALUES (?, ?, 0, ?, ?, 'ja', 0, ?, ?)", [
            (land, q1, qx, 0 if qx else 3, int(qx == "ja") if qx else None, 0 if qx else 3) for land, q1, qx in lands])
        for question in ("qx", "qm"):                                   # qm only by way of qx
            assert table(question, {}) == untouched[question]             # every answer that decides is public: it tells of nobody
            for one in ({"answers": {}, "untold": ["q1"]}, {}):         # this answer closed, or the whole part
                hidden = table(question, {0: one})
                assert {row: set(cells) for row, cells in hidden.items() if row in ("NW", "total")} == {"NW": {None}, "total": {None}}
                assert hidden["HE"] == untouched[question]["HE"]
            assert table(question, {0: {}}, least=0) == untouched[question]
            assert table(question, {at: {} for at in range(3, 9)}) == untouched[question]        # three asked of six, and three not
            assert table(question, {at: {} for at in range(2, 7)})["NW"][0] is None             # one of five was not asked: four said yes
            assert table(question, {at: {} for at in range(6)})["NW"][0] is None                # all of them were
            assert set(table(question, dict.fromkeys(range(30), {})).values()) == set(untouched[question].values())     # none is public
        assert {cell for row in table("qz", {0: {}}, rows="qx").values() for cell in row} == {None}     # its base are those who were asked
        assert {cell for row in table("qx", {0: {}}, rows="qz").values() for cell in row} == {None}
        assert table("qz", {0: {}})["NW"] == (10, 10, 0)                # is put to everybody
        assert {cell for row in table("qm", {0: {}}, kind="choices").values() for cell in row} == {None}
        assert table("qm", {}, kind="choices") == {"a": (18, 9)}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 4), st.integers(0, 4)).filter(any), min_size=1, max_size=3))
def test_whoever_takes_off_those_known_to_be_asked_finds_out_no_closed_answer(rows):
    """Of each Land: how many said yes and no to q1 in public, and closed. Who said yes was asked qx, and said yes to it or no."""
    plain = {"choice": "", "no_answer": [], "values": {"ja": {"de": "ja"}, "nein": {"de": "nein"}}}
    form = make_form(*(make_question(name, type=Type.SINGLE, choices=LISTS["ja_nein"], list_name="ja_nein", publishable=name == "q1",
                                     relevant="${q1} = 'ja'" if name == "qx" else "") for name in ("q1", "qx")))
    codebook = [plain | {"name": name, "question": name} for name in ("q1", "qx")]
    entries = [(f"L{at}", q1, {"answers": {"q1": q1}} if kind < 2 else {}, "ja" if number % 2 else "nein") for at, row in enumerate(rows)
               for kind, times in enumerate(row) for q1 in [("ja", "nein")[kind % 2]] for number in range(times)]
    opened = opened_rows({"awards": [], "entries": [{"code": str(at), "land": land} | public for at, (land, _q1, public, _qx) in
                                                    enumerate(entries)]}, codebook, questionnaire=lambda: form)
    with columns.connect() as connection:
        connection.execute("CREATE TEMP TABLE answers (land VARCHAR, q1 VARCHAR, q1__state INT, qx VARCHAR, qx__state INT)")
        connection.executemany("INSERT INTO answers VALUES (?, ?, 0, ?, ?)", [
            (land, q1, qx if q1 == "ja" else None, 0 if q1 == "ja" else 3) for land, q1, _public, qx in entries])
        table = compute(TableSpec("x", 1, localized("x"), "qx", rows="land", least=LEAST), connection, codebook, {}, opened)
    shown = {row["code"]: {row["base"], *(cell["count"] for cell in row["cells"].values())} != {None} for row in table["rows"]}
    yes, closed = [row[2] for row in rows], [row[2] + row[3] for row in rows]
    # A Land of which nothing is shown may have any number of yes among those who closed theirs, as far as the total allows it.
    fitting = [other for other in product(*(range(most + 1) for most in closed)) if all(
        other[at] == number for at, number in enumerate(yes) if shown.get(f"L{at}", True)) and (
        not shown["total"] or sum(other) == sum(yes))]
    for at, most in enumerate(closed):
        possible = {other[at] for other in fitting}
        assert not most or len(possible) > 1 or (most >= LEAST and all(LEAST <= number <= most - LEAST for number in possible))
    possible = {sum(other) for other in fitting}
    assert not sum(closed) or len(possible) > 1 or LEAST <= sum(yes) <= sum(closed) - LEAST


# --- who is not in the base -------------------------------------------------------------------------------------------

CHOICES = {"q4": ("ja", "nein"), "q4a": ("dauernd", "einmal"), "q5": ("sport", "kultur")}
CODEBOOK = [
    *({"name": name, "question": name, "choice": "", "no_answer": [], "values": {code: {"de": code} for code in CHOICES[name]}}
      for name in ("q4", "q4a")),
    *({"name": f"q5_{one}", "question": "q5", "choice": one, "choice_label": {"de": one}, "no_answer": [], "values": {}}
      for one in CHOICES["q5"]),
]
ASKED, UNANSWERED, UNASKED = 0, 1, 3


def lying_on(connection, lands):
    """The table `answers`: Land → how many said yes (dauernd, einmal, nothing) and no. q4a and q5 are put to those with yes alone."""
    rows = []
    for land, (lasting, once, silent, no) in lands.items():
        for q4a, state, number in (("dauernd", ASKED, lasting), ("einmal", ASKED, once), (None, UNANSWERED, silent), (None, UNASKED, no)):
            rows += number * [(land, "nein" if state == UNASKED else "ja", ASKED, q4a, state, int(q4a == "dauernd"), int(q4a == "einmal"),
                               UNASKED if state == UNASKED else ASKED)]
    connection.execute("CREATE TEMP TABLE answers (land VARCHAR, q4 VARCHAR, q4__state INT, q4a VARCHAR, q4a__state INT, q5_sport INT, "
                       "q5_kultur INT, q5_sport__state INT)")
    connection.executemany("INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)


def told(connection, question, **asked):
    """Row → its base and its counts, as the table shows them."""
    table = compute(TableSpec("x", 1, localized("x"), question, **{"rows": "land", "least": LEAST} | asked), connection, CODEBOOK, {})
    return {row["code"]: (row["base"], *(cell["count"] for cell in row["cells"].values())) for row in table["rows"]} | (
        {"": (table["base"],)} if table["kind"] == "choices" else {})


def test_a_base_does_not_tell_how_few_a_question_was_not_put_to():
    """How many entries a Land has is known: its base taken off would be those who said no to the question before."""
    with columns.connect() as connection:
        lying_on(connection, {"BB": (9, 8, 0, 1), "HE": (9, 8, 0, 6), "NW": (20, 20, 0, 5), "SN": (30, 30, 0, 9)})
        crossed = told(connection, "q4a")
        assert crossed["BB"][0] is None                                 # 17 of 18
        assert sum(row[0] is None for row in crossed.values()) == 2     # and one more, so that the total does not give it away
        assert None in crossed["BB"][1:]                                # nor do its cells, which add up to it
        assert crossed["SN"] == (60, 30, 30)
        several = told(connection, "q5")
        assert several["BB"] == (None, None, None)
        assert several["SN"] == (60, 30, 30)
        assert told(connection, "q4a", least=0)["BB"] == (17, 9, 8)      # what is printed stays


def test_of_all_entries_together_too_the_base_goes_and_the_mentions_stay():
    with columns.connect() as connection:
        lying_on(connection, {"BB": (9, 8, 0, 1), "NW": (20, 20, 0, 0)})
        assert told(connection, "q5", kind="choices") == {"sport": (None, 29), "kultur": (None, 28), "": (None,)}


def test_a_table_that_leaves_out_who_did_not_answer_tells_nothing_that_one_hides_which_counts_them():
    lands = {"BB": (9, 2, 1, 3), "HE": (9, 8, 0, 4), "NW": (20, 20, 7, 5), "SN": (30, 30, 9, 9)}
    with columns.connect() as connection:
        lying_on(connection, lands)
        counted, left = told(connection, "q4a"), told(connection, "q4a", no_answer=False)
    assert counted["BB"][2:] == (None, None)                            # two said so, and one said nothing
    for land, (base, *counts) in left.items():
        assert counts == list(counted[land][1:3])                       # each hides what the other does
        assert (base is None) == (counted[land][3] is None or counted[land][0] is None)      # its base would tell who did not answer
    assert sum(base is None for base, *_counts in left.values()) > 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*4 * [st.integers(0, 4)]).filter(lambda row: row[0] + row[1]), min_size=1, max_size=2))
def test_whoever_knows_how_many_entries_a_row_has_computes_not_how_few_are_outside_its_base(rows):
    """Two tables, of which one leaves out who did not answer, are read together. A base is safe when other answers show the same."""
    lands = {f"L{at}": row for at, row in enumerate(rows)}
    with columns.connect() as connection:
        lying_on(connection, lands)
        both = [told(connection, "q4a"), told(connection, "q4a", no_answer=False)]
    cells = [*lands.values(), tuple(map(sum, zip(*lands.values(), strict=True)))]

    def bases(row):
        return sum(row[:3]), sum(row[:2])

    def shows_the_same(others):
        for code, row, other in zip([*lands, "total"], cells, others, strict=True):
            for table, base, its in zip(both, bases(row), bases(other), strict=True):
                for at, count in enumerate(table.get(code, ())):
                    if count is not None and (other[at - 1] != row[at - 1] if at else base != its):
                        return False
        return True

    secret = {(land, at) for land, row in lands.items() for at, outside in enumerate((row[3], row[2] + row[3])) if 0 < outside < LEAST}
    assert {both[at][land][0] for land, at in secret} <= {None}
    for steps in product(*(range(-1, 2) for _cell in range(4 * len(lands)))):
        others = [tuple(count + step for count, step in zip(row, steps[4 * at:], strict=False)) for at, row in enumerate(lands.values())]
        if any(min(other) < 0 or sum(other) != sum(row) for other, row in zip(others, lands.values(), strict=True)):
            continue
        if shows_the_same([*others, tuple(map(sum, zip(*others, strict=True)))]):
            secret -= {(land, at) for at in range(2) for land, row, other in zip(lands, cells, others, strict=False)
                       if bases(row)[at] != bases(other)[at]}
        if not secret:
            break
    assert {one for one in secret if len(lands) > 1 or both[one[1]]["total"][0] is not None} == set()


def test_what_all_answered_who_are_not_public_is_not_told_of_them():
    """Five entries that are not listed stand without a Land, and all of them said yes: so did each."""
    codebook = CODEBOOK[:1]
    lands = {"NW": ("ja",) * 20 + ("nein",) * 10, "": ("ja",) * 5}
    public = [{"code": str(at), "land": "NW", "answers": {"q4": answer}} for at, answer in enumerate(lands["NW"])]

    def row(opened):
        table = compute(TableSpec("x", 1, localized("x"), "q4", rows="land", least=LEAST), connection, codebook, {}, opened)
        return {one["code"]: [cell["count"] for cell in one["cells"].values()] for one in table["rows"]}

    with columns.connect() as connection:
        connection.execute("CREATE TEMP TABLE answers (land VARCHAR, q4 VARCHAR, q4__state INT)")
        connection.executemany("INSERT INTO answers VALUES (?, ?, 0)", [(land, answer) for land, those in lands.items() for answer in those])
        assert row(opened_rows({"awards": [], "entries": public}, codebook)) == {
            "NW": [20, 10], "not_stated": [None, None], "total": [None, None]}
        listed = [*public, *({"code": f"x{at}", "land": "", "answers": {"q4": "ja"}} for at in range(5))]
        assert row(opened_rows({"awards": [], "entries": listed}, codebook))["not_stated"] == [5, 0]       # nothing of these is secret
