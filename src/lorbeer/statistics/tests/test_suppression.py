"""What is hidden cannot be computed from what is shown."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lorbeer.statistics.suppression import hidden

pytestmark = pytest.mark.once


def with_margins(cells):
    """The rows with their bases, and the total below."""
    lines = [*cells, [sum(column) for column in zip(*cells, strict=True)]]
    return [[*line, sum(line)] for line in lines]


def told(counts, places):
    """The hidden cells that somebody with paper and patience finds out: all tables that fit what is shown give one number."""
    inner = [(row, column) for row in range(len(counts) - 1) for column in range(len(counts[0]) - 1)]
    unknown = [place for place in inner if place in places]
    values = {place: set() for place in places}
    highest = max([counts[row][column] for row, column in unknown], default=0) + 1
    for guess in product(range(1, highest + 1), repeat=len(unknown)):
        cells = [line[:-1].copy() for line in counts[:-1]]
        for (row, column), value in zip(unknown, guess, strict=True):
            cells[row][column] = value
        other = with_margins(cells)
        if all(other[row][column] == counts[row][column] for row in range(len(counts)) for column in range(len(counts[0]))
               if (row, column) not in places):
            for row, column in places:
                values[row, column].add(other[row][column])
    return {place for place, seen in values.items() if len(seen) < 2}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 4), min_size=2, max_size=3), min_size=1, max_size=3).filter(
    lambda rows: len({len(row) for row in rows}) == 1 and sum(map(len, rows)) <= 6))
def test_no_hidden_number_can_be_computed(cells):
    counts = with_margins(cells)
    places = hidden(counts, 3)
    small = {(row, column) for row, line in enumerate(counts) for column, count in enumerate(line[:-1]) if 0 < count < 3}
    assert small <= places
    assert told(counts, places) == set()
    assert all(counts[row][column] for row, column in places)           # a nought tells nobody who it was


def test_a_second_cell_is_hidden_in_the_row_and_in_the_column():
    counts = with_margins([[2, 10, 20], [9, 11, 12], [30, 8, 31]])
    assert hidden(counts, 3) == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_a_base_that_is_the_hidden_count_is_hidden_too():
    counts = with_margins([[2, 0], [9, 11], [30, 8]])
    places = hidden(counts, 3)
    assert (0, 2) in places
    assert told(counts, places) == set()


def test_nothing_is_hidden_where_nothing_is_small():
    assert hidden(with_margins([[3, 0], [4, 5]]), 3) == set()
    assert hidden(with_margins([[1, 2], [4, 5]]), 0) == set()
