"""Every count and percentage in Tab. 1–9 of the printed documentation, from the sample answers of the 2017 package."""

import csv
import json
import tomllib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from lorbeer.shared.errors import BadInput
from lorbeer.shared.templatetags.formats import number
from lorbeer.shared.text import localized
from lorbeer.statistics.compute import apart, compute, percent
from lorbeer.statistics.definitions import TableSpec, base_of, is_bare_nought
from lorbeer.statistics.pictures import shown, strips

PACKAGE = Path(__file__).parents[4] / "competitions" / "zusammenleben2017"
PRINTED = {table["id"]: table for table in json.loads((PACKAGE / "sample" / "printed_tables.json").read_text())["tables"]}
SPECS = {
    table["code"]: TableSpec.from_json(table["code"], number, localized(table["title"]), table)
    for number, table in enumerate(tomllib.loads((PACKAGE / "tables.toml").read_text())["tables"], 1)
}
MULTIPLE = {"q5", "q6", "q9", "q11", "q12"}
GROUPS = {"kreisfrei": "Kreisfreie Städte", "kreisangehoerig": "Kreisangehörige Kommunen", "landkreis": "Landkreise"}


@pytest.fixture(scope="module")
def dataset():
    """The sample answers as an edition has them: a connection with the table `answers`, and the codebook."""
    with (PACKAGE / "sample" / "entries.csv").open() as file:
        entries = {row["reference"]: row for row in csv.DictReader(file)}
    legal = {}
    with (PACKAGE / "register.csv").open() as file:
        for row in csv.DictReader(file):
            legal[row["key"]] = {"stadtstaat": "kreisfrei", "verband": "kreisangehoerig"}.get(row["legal_status"], row["legal_status"])
    rows = []
    with (PACKAGE / "sample" / "answers.csv").open() as file:
        for answer in csv.DictReader(file):
            entry = entries[answer.pop("reference")]
            row = {"group": entry["group"] or legal[entry["municipality_key"]]}
            for name, value in answer.items():
                several = name.split("_")[0] in MULTIPLE
                row[name] = int(value) if several else value or None
                row[f"{name}__state"] = 3 if value == "" else 1 if value == "keine_antwort" else 0
            rows.append(row)
    connection = duckdb.connect()
    names = list(rows[0])
    connection.execute("CREATE TABLE answers (" + ", ".join(
        f'"{name}" {"BIGINT" if isinstance(rows[0][name], int) else "VARCHAR"}' for name in names) + ")")
    connection.executemany(f"INSERT INTO answers VALUES ({', '.join('?' * len(names))})", [list(row.values()) for row in rows])
    return connection, codebook(names)


def codebook(names):
    found = []
    for name in names:
        question, _, choice = name.partition("_")
        if question in MULTIPLE and choice and not choice.endswith("_state"):
            found.append({"name": name, "question": question, "choice": choice, "choice_label": {"de": choice}, "values": {},
                          "no_answer": []})
        elif question.startswith("q") and not choice:
            printed = next((t for t in PRINTED.values() if t["question_id"].lower() == question), None)
            values = {c["code"]: {"de": c["label"]} for c in printed["columns"]} if printed else {"ja": "ja", "nein": "nein"}
            found.append({"name": name, "question": question, "choice": "", "choice_label": {}, "values": values,
                          "no_answer": ["keine_antwort"]})
    return found


@pytest.mark.parametrize("code", sorted(PRINTED))
def test_every_cell_is_as_printed(code, dataset):
    connection, variables = dataset
    table = compute(SPECS[code], connection, variables, {"group": GROUPS})
    printed = PRINTED[code]

    ours = {(row["code"], column): (cell["count"], cell["percent"].replace(".", ","))
            for row in table["rows"] for column, cell in row["cells"].items()}
    theirs = {(row.get("group") or row["code"], cell["code"]): (cell["abs"], f"{cell['pct']:.1f}".replace(".", ","))
              for row in printed["rows"] for cell in row["cells"]}
    assert ours == theirs
    assert [row["base"] for row in table["rows"]] == [row["base"] for row in printed["rows"]]
    assert table["base"] == printed.get("n_header", printed["n"])


def test_every_cell_is_written_as_in_print_also_where_nothing_was_counted(dataset):
    """Tab. 1 prints a bare 0 where Tab. 4 and 8 print 0,0: the table says which."""
    connection, variables = dataset
    written, noughts = {}, set()
    for code, printed in PRINTED.items():
        table = shown(compute(SPECS[code], connection, variables, {"group": GROUPS}))
        with translation.override("de"):
            cells = {(row["code"], column["code"]): (number(cell["count"]), number(cell["percent"], cell["places"]))
                     for row in table["rows"] for column, cell in zip(table["columns"], row["shown"], strict=True)}
        theirs = {(row.get("group") or row["code"], cell["code"]): (cell["abs_printed"], cell["pct_printed"])
                  for row in printed["rows"] for cell in row["cells"]}
        written[code] = {place for place in theirs if cells[place] != theirs[place]}
        noughts |= {(code, theirs[place][1]) for place in theirs if theirs[place][0] == "0"}
    assert written == {code: set() for code in PRINTED}
    assert noughts == {("tab1", "0"), ("tab4", "0,0"), ("tab8", "0,0")}


def test_a_small_share_that_rounds_to_nought_keeps_its_decimal():
    table = {"nought": "0"}
    assert is_bare_nought(table, {"count": 0, "percent": "0.0"})
    assert not is_bare_nought(table, {"count": 1, "percent": "0.0"})
    assert not is_bare_nought(table, {"count": None, "percent": None})
    assert not is_bare_nought({}, {"count": 0, "percent": "0.0"})


def test_rows_of_a_multiple_response_stand_in_the_printed_order(dataset):
    connection, variables = dataset
    for code in ("tab5", "tab6", "tab9"):
        table = compute(SPECS[code], connection, variables, {})
        counts = [row["cells"]["mentions"]["count"] for row in table["rows"]]
        assert counts == sorted(counts, reverse=True)


def test_the_base_follows_the_filter(dataset):
    connection, variables = dataset
    table = compute(SPECS["tab4"], connection, variables, {"group": GROUPS})
    assert table["base"] == 138                                         # not 142: four are not evaluated


def test_small_cells_are_not_published(dataset):
    connection, variables = dataset
    spec = TableSpec("small", 1, localized("x"), "q1", least=5)
    row = compute(spec, connection, variables, {"group": GROUPS})["rows"][0]
    assert row["cells"]["nein"] == {"count": None, "percent": None}
    assert (row["base"], row["cells"]["ja"]["count"]) == (44, None)     # 41 of 44 would tell it


def test_that_a_few_were_not_asked_is_not_told_by_a_base_of_nought(dataset):
    """Whoever has no evaluation was not asked for its kind: a base of 0 would be the answer to the question before."""
    connection, variables = dataset
    spec = TableSpec("few", 1, localized("x"), "q4a", filter={"q4": ["nein"]}, least=5)
    table = compute(spec, connection, variables, {"group": GROUPS})
    assert {value for row in table["rows"] for value in (row["base"], *(cell["count"] for cell in row["cells"].values()))} == {None}
    assert table["base"] is None
    assert apart(replace(spec, filter={}), spec, connection)[0] == (138, 0)
    assert compute(replace(spec, least=0), connection, variables, {"group": GROUPS})["base"] == 0


@pytest.mark.parametrize(("part", "whole", "text"), [(1, 8, "12.5"), (1, 16, "6.3"), (0, 0, "0.0"), (3, 138, "2.2"), (1, 2000, "0.1")])
def test_percentages_round_half_up(part, whole, text):
    assert str(percent(part, whole)) == text


@pytest.mark.parametrize(("shares", "town", "total"), [
    ("row", ("86.4", 44), ("76.1", 142)), ("column", ("35.2", 108), ("100.0", 108)), ("total", ("26.8", 142), ("76.1", 142)),
])
def test_percentages_are_of_the_row_the_column_or_all(dataset, shares, town, total):
    connection, codebook = dataset
    table = compute(replace(SPECS["tab2"], shares=shares), connection, codebook, {"group": GROUPS})
    found = [(row["cells"]["ja"]["percent"], base_of(table, row, "ja")) for row in (table["rows"][0], table["rows"][-1])]
    assert found == [town, total]
    if shares == "column":                                              # then a strip is a column, and its parts are the rows
        assert [(label, base, [str(cell["percent"]) for _part, cell in parts]) for label, base, parts in strips(shown(table))][0] == (
            table["columns"][0]["label"], 108, ["35.2", "47.2", "17.6"])


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_percentage_is_never_further_off_than_its_rounding(part, whole):
    assert abs(percent(part, whole) - Decimal(100 * part) / whole) <= Decimal("0.05")


@pytest.mark.parametrize("spec", [
    TableSpec("x", 1, localized("x"), "q99"),
    TableSpec("x", 1, localized("x"), "q1", rows='group" FROM answers; --'),
    TableSpec("x", 1, localized("x"), "q1", filter={'q2" = 1 OR "q3': ["a"]}),
    TableSpec("x", 1, localized("x"), "q1", kind="choices"),
])
def test_an_unknown_variable_is_refused_and_never_reaches_the_engine(spec, dataset):
    connection, variables = dataset
    with pytest.raises(BadInput):
        compute(spec, connection, variables, {})


def test_a_value_with_quotes_is_only_a_value(dataset):
    connection, variables = dataset
    spec = TableSpec("x", 1, localized("x"), "q1", filter={"q2": ["ja' OR '1'='1"]})
    assert compute(spec, connection, variables, {})["base"] == 0
