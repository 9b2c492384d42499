"""What the commands of bench/ measure is still there to be measured."""

import runpy
from pathlib import Path

import pytest

from lorbeer.documentation.book import compile_book

BENCH = Path(__file__).resolve().parent.parent / "bench"


@pytest.mark.once
def test_the_book_that_is_measured_can_be_built():
    chapters, dataset = runpy.run_path(str(BENCH / "book.py"))["invented"](12, 2, untouched=False)

    assert len(compile_book(chapters, dataset).files) >= 2
