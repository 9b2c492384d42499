"""Reading spreadsheets from strangers as plain text cells: .xlsx, .xlsm and the old .xls, bounded in every direction.

Any bytes give either the sheets or BadInput with a sentence. What stands in a sheet and is no text (a formula without its
result, an error, cells that were joined) is told as an `Oddity` with its place, because a reader would take it for an empty
cell.
"""

import io
import json
import re
import subprocess
import sys
import threading
import warnings
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from lorbeer.shared.errors import BadInput, Busy
from lorbeer.shared.spreadsheets import ZIP, open_workbook, unreadable
from lorbeer.shared.text import readable

LARGEST_FILE = 10 * 1024 * 1024                                         # bytes as sent
LARGEST_UNPACKED = 60 * 1024 * 1024                                     # bytes of all members together
MOST_ROWS, MOST_COLUMNS = 10_000, 300
MOST_CELLS = 200_000                                                    # of one sheet that hold something: reading more takes long
MOST_TEXT = 4 * 1024 * 1024                                             # characters of all cells together
MOST_TAGS = 800_000                                                     # of all XML: what reading takes grows with them
XLS_SECONDS = 10                                                        # for an old .xls, by the clock
XLS_AT_ONCE, XLS_PATIENCE = threading.Semaphore(2), 2                   # being read, and seconds until one's turn

_XLS = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


NO_RESULT, ERROR, JOINED = "no result", "error", "joined"


@dataclass(frozen=True)
class Oddity:
    """A cell that is not what it seems. `text` of an error: the error; of joined cells: their range, such as “B2:B4”."""

    kind: str                                                           # NO_RESULT, ERROR or JOINED
    row: int
    column: int = 0                                                     # place, from 0
    text: str = ""


@dataclass
class Sheet:
    """A sheet: its headings and its rows as (number as the spreadsheet shows it, {place of the column: text})."""

    name: str
    header: list[str] = field(default_factory=list)
    rows: list[tuple[int, dict[int, str]]] = field(default_factory=list)
    oddities: list[Oddity] = field(default_factory=list)
    is_read: bool = True                                                # False: nobody asked for what stands in it


def read_workbook(data: bytes, wanted: frozenset[str] | None = None) -> dict[str, Sheet]:
    """The sheets of a workbook by name in lower case, of the others (not `wanted`) the names only.

    BadInput for what cannot be read or is too large, Busy while others' .xls are read.
    """
    if len(data) > LARGEST_FILE:
        raise BadInput(
            _("The file is larger than %(most)d MB. A questionnaire is much smaller; please check which file it is.")
            % {"most": LARGEST_FILE // 1024 // 1024}
        )
    if data.startswith(ZIP):
        return _bounded(_read_xlsx(data, wanted))
    if data.startswith(_XLS):
        return _bounded(_read_xls(data, wanted))
    raise BadInput(_("This is not an Excel workbook. Please save the questionnaire as .xlsx and send that file."))


def _bounded(sheets: list[Sheet]) -> dict[str, Sheet]:
    found: dict[str, Sheet] = {}
    size = 0
    for sheet in sheets:
        key = sheet.name.strip().lower()
        if key in found:
            raise BadInput(_("The workbook has two sheets named “%(name)s”.") % {"name": sheet.name})
        found[key] = sheet
        size += sum(len(text) for _number, cells in sheet.rows for text in cells.values())
    if size > MOST_TEXT:
        raise _too_much_text()
    return found


def _too_much_text() -> BadInput:
    return BadInput(_("The workbook holds too much text for a questionnaire."))


def _read_xlsx(data: bytes, wanted: frozenset[str] | None) -> list[Sheet]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")                             # what a library cannot keep of it is not asked for
            book = open_workbook(data, most_bytes=LARGEST_UNPACKED, most_tags=MOST_TAGS)
            written: Any = None                                         # the formulas, where a sheet has any
            sheets = []
            for worksheet in book.worksheets:
                if wanted is not None and worksheet.title.strip().lower() not in wanted:
                    sheets.append(Sheet(worksheet.title[:60], is_read=False))
                    continue
                rows = [[_text(cell) for cell in row] for row in _bounded_rows(worksheet)]
                sheet = _sheet(worksheet.title, rows)
                joined, has_formulas = _of_xml(data, worksheet)
                sheet.oddities += joined
                if has_formulas:
                    written = written or open_workbook(data, most_bytes=LARGEST_UNPACKED, most_tags=MOST_TAGS, formulas=True)
                    formulas = _bounded_rows(written[worksheet.title])
                    sheet.oddities += [
                        Oddity(NO_RESULT, number, place)
                        for number, (values, row) in enumerate(zip(rows, formulas, strict=False), 1)
                        for place, (text, formula) in enumerate(zip(values, row, strict=False))
                        if not text and formula is not None and _is_formula(formula)
                    ]
                sheets.append(sheet)
            return sheets
    except BadInput:
        raise
    except Exception as error:      # a parser of foreign bytes fails in a hundred ways, all of which mean the same
        raise unreadable() from error


def _bounded_rows(worksheet: Any) -> Any:
    worksheet.reset_dimensions()    # what the file claims about its size can be wrong
    for number, row in enumerate(worksheet.iter_rows(max_row=MOST_ROWS + 1, max_col=MOST_COLUMNS, values_only=True), 1):
        if number > MOST_ROWS:
            raise BadInput(_("The sheet has more than %(most)d rows.") % {"most": MOST_ROWS}, where=worksheet.title)
        yield row


def _is_formula(value: Any) -> bool:
    return not isinstance(value, str | int | float | datetime | date | time) or str(value).startswith("=")


def _of_xml(data: bytes, worksheet: Any) -> tuple[list[Oddity], bool]:
    """What reading row by row does not tell: which cells are joined, and whether there are formulas."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        xml = archive.read(worksheet._worksheet_path.lstrip("/"))
    joined = []
    for match in re.finditer(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"', xml):
        if len(joined) < 100:
            joined.append(Oddity(JOINED, int(match[2]), text=b"".join((match[1], match[2], b":", match[3], match[4])).decode()))
    return joined, bool(re.search(rb"<(?:\w+:)?f[\s>/]", xml))


def _read_xls(data: bytes, wanted: frozenset[str] | None) -> list[Sheet]:
    """As `xls_worker` reads it, in a process of its own. Raises Busy while others are read."""
    if not XLS_AT_ONCE.acquire(timeout=XLS_PATIENCE):
        raise Busy(_("Other workbooks are being read just now. Nothing was taken over yet: please try again in a moment."))
    try:
        done = subprocess.run(  # noqa: S603 our own file with our own interpreter
            [sys.executable, "-I", str(Path(__file__).with_name("xls_worker.py")),
             *map(str, (MOST_ROWS, MOST_COLUMNS, MOST_TEXT)), *sorted(wanted or ())],
            input=data, capture_output=True, timeout=XLS_SECONDS, check=False, env={},
        )
        found = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise unreadable() from error
    except ValueError as error:                                         # it was stopped, or died
        raise unreadable() from error
    finally:
        XLS_AT_ONCE.release()
    if isinstance(found, dict):
        raise _too_much_text() if found["refused"] == "too_much" else unreadable()
    return [
        Sheet(one["name"][:60], is_read=False) if one["rows"] is None
        else _sheet(one["name"], ([_xls_text(cell) for cell in row] for row in one["rows"]))
        for one in found
    ]


def sheets_from(tables: dict[str, list[list[str]]]) -> dict[str, Sheet]:
    """The sheets that a workbook with these rows (headings first) would give; BadInput where they are too large."""
    return _bounded([_sheet(name, ([cell_text(cell) for cell in row] for row in rows)) for name, rows in tables.items()])


def _sheet(name: str, rows: Any) -> Sheet:
    sheet, filled = Sheet(str(name)[:60]), 0
    for number, row in enumerate(rows, 1):
        if number > MOST_ROWS:
            raise BadInput(_("The sheet has more than %(most)d rows.") % {"most": MOST_ROWS}, where=sheet.name)
        if number == 1:
            sheet.header = list(row)
            continue
        cells = {column: text for column, text in enumerate(row) if text}
        filled += len(cells)
        if filled > MOST_CELLS:
            raise BadInput(_("The sheet has more than %(most)d cells with something in them.") % {"most": MOST_CELLS}, where=sheet.name)
        if cells:
            sheet.rows.append((number, cells))
            sheet.oddities += [Oddity(ERROR, number, place, text) for place, text in cells.items() if text in ERRORS]
    return sheet


ERRORS = frozenset({"#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#N/A", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#ERROR"})
# What copying from web pages leaves at the ends of cells and nobody sees: every blank, and marks without any width.
BLANKS = "".join(map(chr, (*range(9, 14), 32, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200C), 0x2028, 0x2029, 0x202F, 0x205F,
                           0x2060, 0x3000, 0xFEFF)))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"                             # as the spreadsheet shows it, and as pyxform reads it
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return cell_text(str(value))


def cell_text(text: str) -> str:
    """`text` as a cell keeps it: nothing unseen, which XML does not know, no blanks around it, lines ended by one character."""
    return readable(text.replace("_x000D_", "")).strip(BLANKS)


def _xls_text(cell: Any) -> str:
    """The text of a cell as `xls_worker` tells it."""
    if not isinstance(cell, dict):
        return _text(cell)
    if "error" in cell:
        return str(cell["error"])
    try:
        return _text(datetime(*cell["date"]))
    except ValueError:                                                  # a time without a day
        return _text(time(*cell["date"][3:]))
