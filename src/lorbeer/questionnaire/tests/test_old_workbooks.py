"""The old .xls: read as any other workbook, and whatever its bytes say, neither a thread nor the memory of the server is held."""

import struct
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lorbeer.questionnaire import workbooks
from lorbeer.questionnaire.workbooks import read_workbook
from lorbeer.shared.errors import BadInput, Busy

pytestmark = pytest.mark.once
END, FREE, TABLE = -2, -1, -3
ROWS = (("type", "name", "label"), ("text", "titel", "Wie heißt es?"), ("integer", "n", 3))


def record(kind, data):
    return struct.pack("<HH", kind, len(data)) + data


def text_of(text):
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")


def book_of(name, rows):
    """A BIFF8 stream with one sheet."""
    def begin(kind):
        return record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 1997, 0, 0))

    def bound(offset):
        return record(0x0085, struct.pack("<IBB", offset, 0, 0) + struct.pack("<BB", len(name), 1) + name.encode("utf-16-le"))

    cells = b"".join(
        record(0x0204, struct.pack("<HHH", row, column, 0) + text_of(cell)) if isinstance(cell, str)
        else record(0x0203, struct.pack("<HHHd", row, column, 0, cell))
        for row, line in enumerate(rows) for column, cell in enumerate(line)
    )
    end = record(0x000A, b"")
    head = begin(0x0005)
    return head + bound(len(head + bound(0) + end)) + end + begin(0x0010) + cells + end


def entry_of(name, kind, first, size, child=-1):
    label = (name + "\0").encode("utf-16-le") if name else b""
    return struct.pack("<64sHBBiii16x4x16xiii", label, len(label), kind, 1, -1, -1, child, first, size, 0)


def xls_of(stream, *, after=None):
    """A compound document with `stream` among its short sectors. `after`: {short sector: the one said to follow it}."""
    follow = [*range(1, -(-len(stream) // 64)), END]
    for place, other in (after or {}).items():
        follow[place] = other
    held = stream.ljust(-(-len(stream) // 512) * 512, b"\0")
    count = len(held) // 512
    table = [TABLE, END, END, *range(4, 3 + count), END]
    words = [*table, *[FREE] * (128 - len(table))]
    folder = entry_of("Root Entry", 5, 3, len(held), 1) + entry_of("Workbook", 2, 0, len(stream)) + entry_of("", 0, -1, 0) * 2
    head = struct.pack("<8s16xHHHHH10xiiiiiiii", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 1, 1, 0, 4096, 2, 1, END, 0)
    head += struct.pack("<109i", 0, *[FREE] * 108)
    return b"".join((head, struct.pack("<128i", *words), folder, struct.pack("<128i", *follow, *[FREE] * (128 - len(follow))), held))


GOOD = xls_of(book_of("survey", ROWS))


def test_an_old_workbook_is_read_as_any_other():
    sheet = read_workbook(GOOD)["survey"]
    assert sheet.header == ["type", "name", "label"]
    assert sheet.rows == [(2, {0: "text", 1: "titel", 2: "Wie heißt es?"}), (3, {0: "integer", 1: "n", 2: "3"})]
    assert not read_workbook(GOOD, frozenset({"choices"}))["survey"].is_read


def test_a_table_of_sectors_that_bites_its_own_tail_is_refused_in_time(monkeypatch):
    monkeypatch.setattr(workbooks, "XLS_SECONDS", 1)
    began = time.monotonic()
    with pytest.raises(BadInput):
        read_workbook(xls_of(book_of("survey", ROWS), after={1: 0}))
    assert time.monotonic() - began < workbooks.XLS_SECONDS + 5


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.sampled_from([0, 1, 2, 3, 0x7F, 0x80, 0xFE, 0xFF])), min_size=1, max_size=4))
def test_whatever_its_bytes_say_there_is_an_answer_in_time(changes):
    data = bytearray(GOOD)
    for place, value in changes:
        data[place] = value
    began = time.monotonic()
    try:
        read_workbook(bytes(data))
    except BadInput as refused:
        assert str(refused)
    assert time.monotonic() - began < workbooks.XLS_SECONDS + 5


def test_who_comes_while_others_are_read_is_asked_to_come_again():
    with workbooks.XLS_AT_ONCE, workbooks.XLS_AT_ONCE:
        began = time.monotonic()
        with pytest.raises(Busy):
            read_workbook(GOOD)
        assert time.monotonic() - began < 5
    assert read_workbook(GOOD)
