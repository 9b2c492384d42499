"""What the rows of a table are called, whatever the choices of its questions are."""

import pytest

from lorbeer.editions import columns
from lorbeer.statistics.compute import compute
from lorbeer.statistics.definitions import TableSpec

pytestmark = pytest.mark.once


def test_a_choice_named_as_the_total_or_as_those_who_stated_nothing_keeps_a_row_of_its_own():
    codebook = [{"name": name, "question": name, "choice": "", "no_answer": [], "values": dict.fromkeys(values, {"de": "x"})}
                for name, values in (("asked", ["ja", "nein"]), ("part", ["total", "not_stated", "some"]))]
    answers = [("total", "ja"), ("total", "nein"), ("some", "ja"), ("not_stated", "ja")]
    with columns.connect() as connection:
        connection.execute("CREATE TEMP TABLE answers (asked VARCHAR, asked__state INT, part VARCHAR, part__state INT)")
        connection.executemany("INSERT INTO answers VALUES (?, 0, ?, 0)", [(asked, part) for part, asked in answers])
        table = compute(TableSpec("tab", 1, {}, question="asked", rows="part", least=0), connection, codebook,
                        {"part": dict.fromkeys(["total", "not_stated", "some"], {})})

    assert {row["code"]: (row["base"], row["is_total"], row["cells"]["ja"]["count"]) for row in table["rows"]} == {
        "total_": (2, False, 1), "not_stated_": (1, False, 1), "some": (1, False, 1), "total": (4, True, 3)}
