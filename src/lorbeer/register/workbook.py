"""The official extract of the register as the Statistisches Bundesamt publishes it: an Excel workbook of several sheets.

The sheet with the bodies is called `Onlineprodukt_Gemeinden` and the day (`30092026`); above them stand a title and headings of
several rows, whose wording changes, so that columns are known by their place: record type, mark of the legal status, Land,
Regierungsbezirk, Kreis, association, municipality, name, area in km², inhabitants (all, male, female, per km²), postcode,
longitude, latitude. Numbers are numbers or text, keys mostly text.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from lorbeer.shared.errors import BadInput
from lorbeer.shared.spreadsheets import open_workbook, unreadable

MOST_BYTES, MOST_TAGS = 120 * 1024 * 1024, 4_000_000                    # the real one unpacks to about 12 MB and 1.3 million
MOST_ROWS = 40_000
COLUMNS = ("satzart", "textkennzeichen", "land", "rb", "kreis", "vb", "gemeinde", "gemeindename", "flaeche", "bevoelkerung",
           "maennlich", "weiblich", "jekm2", "postleitzahl", "laengengrad", "breitengrad")
DIGITS = {"satzart": 2, "land": 2, "rb": 1, "kreis": 2, "vb": 4, "gemeinde": 3, "postleitzahl": 5}
_DAY = re.compile(r"(\d{2})\.?(\d{2})\.?(\d{4}|\d{2})")


def rows_of_workbook(data: bytes) -> tuple[date | None, Iterator[tuple[int, dict[str, str]]]]:
    """The day that the workbook describes, if it says one, and its rows with their numbers; BadInput where it is another."""
    book = open_workbook(data, most_bytes=MOST_BYTES, most_tags=MOST_TAGS)
    try:
        sheets = {str(sheet.title): sheet for sheet in book.worksheets}
        name = next((name for name in sheets if "gemeinden" in name.lower()), None) or (
            next(iter(sheets)) if len(sheets) == 1 else None)
        if name is None:
            raise _other()
        sheet = sheets[name]
        sheet.reset_dimensions()
        rows = [list(row) for row in sheet.iter_rows(max_row=MOST_ROWS, max_col=len(COLUMNS), values_only=True)]
    except BadInput:
        raise
    except Exception as error:      # a parser of foreign bytes fails in a hundred ways, all of which mean the same
        raise unreadable() from error
    start = next((place for place, row in enumerate(rows[:40]) if row and _text(row[0], "satzart") == "10"), None)
    if start is None or not any("satzart" in str(cell or "").lower() for row in rows[:start] for cell in row):
        raise _other()
    title = " ".join(str(cell) for row in rows[:start] for cell in row if cell)
    as_of = _day(name.lower().partition("gemeinden")[2]) or next(
        (day for match in re.finditer(r"(?:am|stand:?)\s+(\d{2}\.\d{2}\.\d{4})", title, re.IGNORECASE) if (day := _day(match[1]))), None)
    return as_of, _rows(rows, start)


def _other() -> BadInput:
    return BadInput(_("This workbook is not the official extract of the register: there is no sheet whose first column is called"
                      " Satzart. Bring the file that the Statistisches Bundesamt publishes every quarter."))


def _rows(rows: list[list[Any]], start: int) -> Iterator[tuple[int, dict[str, str]]]:
    for number, row in enumerate(rows[start:], start + 1):
        yield number, {name: _text(cell, name) for name, cell in zip(COLUMNS, row, strict=False)}


def _text(cell: Any, column: str) -> str:
    if cell is None or isinstance(cell, bool):
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        cell = int(cell)
    text = " ".join(str(cell).split())
    if column in DIGITS and text.isascii() and text.isdigit():
        return text.zfill(DIGITS[column])
    return text[:1_000]


def _day(text: str) -> date | None:
    if match := _DAY.search(text):
        try:
            return date(int(match[3]) if len(match[3]) == 4 else 2000 + int(match[3]), int(match[2]), int(match[1]))
        except ValueError:
            return None
    return None
