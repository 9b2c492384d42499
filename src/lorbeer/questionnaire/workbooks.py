"""Reading spreadsheets from strangers as plain text cells: .xlsx and the old .xls, bounded in every direction.

Any bytes give either a Workbook or BadInput with a sentence.
"""

import io
import re
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

import xlrd
from django.utils.translation import gettext as _

from lorbeer.shared.errors import BadInput

LARGEST_FILE = 10 * 1024 * 1024                                         # bytes as sent
LARGEST_UNPACKED = 60 * 1024 * 1024                                     # bytes of all members together
MOST_MEMBERS = 500
MOST_ROWS, MOST_COLUMNS = 10_000, 300
MOST_CELLS = 200_000                                                    # of one sheet that hold something: reading more takes long
MOST_TEXT = 4 * 1024 * 1024                                             # characters of all cells together

_XLSX, _XLS = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass
class Sheet:
    """A sheet: its headings and its rows as (number as the spreadsheet shows it, {place of the column: text})."""

    name: str
    header: list[str] = field(default_factory=list)
    rows: list[tuple[int, dict[int, str]]] = field(default_factory=list)


def read_workbook(data: bytes) -> dict[str, Sheet]:
    """The sheets of a workbook by name in lower case; BadInput for what cannot be read or is too large."""
    if len(data) > LARGEST_FILE:
        raise BadInput(
            _("The file is larger than %(most)d MB. A questionnaire is much smaller; please check which file it is.")
            % {"most": LARGEST_FILE // 1024 // 1024}
        )
    if data.startswith(_XLSX):
        return _bounded(_read_xlsx(data))
    if data.startswith(_XLS):
        return _bounded(_read_xls(data))
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
        raise BadInput(_("The workbook holds too much text for a questionnaire."))
    return found


def _unreadable() -> BadInput:
    return BadInput(
        _(
            "The workbook is damaged or protected and cannot be read. Please open it in a spreadsheet program,"
            " save it as .xlsx without a password, and try again."
        )
    )


def _check_archive(data: bytes) -> None:
    """Refuse zip bombs and XML with entities before anything is unpacked by a library."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        # Python reads no member beyond its declared size, so that the declared sizes are a bound.
        if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > LARGEST_UNPACKED:
            raise BadInput(_("The workbook is far too large when unpacked. Please check which file it is."))
        for member in members:
            if member.filename.lower().endswith((".xml", ".rels", ".vml")):
                with archive.open(member) as file:
                    if re.search(rb"<!(?:DOCTYPE|ENTITY)", file.read(4096), re.IGNORECASE):
                        raise BadInput(_("The workbook contains XML definitions that no spreadsheet program writes."))


def _read_xlsx(data: bytes) -> list[Sheet]:
    try:
        _check_archive(data)
        import openpyxl  # takes a third of a second

        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheets = []
        for worksheet in book.worksheets:
            worksheet.reset_dimensions()  # what the file claims about its size can be wrong
            rows = worksheet.iter_rows(max_row=MOST_ROWS + 1, max_col=MOST_COLUMNS, values_only=True)
            sheets.append(_sheet(worksheet.title, ([_text(cell) for cell in row] for row in rows)))
        return sheets
    except BadInput:
        raise
    except Exception as error:      # a parser of foreign bytes fails in a hundred ways, all of which mean the same
        raise _unreadable() from error


def _read_xls(data: bytes) -> list[Sheet]:
    try:
        book = xlrd.open_workbook(file_contents=data, on_demand=True, logfile=io.StringIO())
        sheets = []
        for name in book.sheet_names():
            sheet = book.sheet_by_name(name)

            def rows(sheet: Any = sheet) -> Any:
                for number in range(min(sheet.nrows, MOST_ROWS + 1)):
                    yield [_xls_text(cell, book.datemode) for cell in sheet.row(number)[:MOST_COLUMNS]]

            sheets.append(_sheet(name, rows()))
        return sheets
    except BadInput:
        raise
    except Exception as error:      # as above
        raise _unreadable() from error


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
    return sheet


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true()" if value else "false()"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    text = str(value).replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", "")
    text = "".join(character for character in text if character in "\n\t" or character >= " ")
    return text.encode("utf-8", "ignore").decode().strip()


def _xls_text(cell: Any, datemode: int) -> str:
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return _text(bool(cell.value))
    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            return _text(datetime(*xlrd.xldate_as_tuple(cell.value, datemode)))
        except (ValueError, xlrd.xldate.XLDateError):
            return _text(cell.value)
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return "#ERROR"
    return _text(cell.value)
