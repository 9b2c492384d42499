"""The process that opens an old .xls: what its reader makes of hostile bytes can neither hold a thread nor take all memory.

Started by workbooks.py; imports neither Django nor Lorbeer. The file comes by standard input; arguments: most rows, columns and
characters, then the names of the wanted sheets in lower case (none: all). One line of JSON on standard output: a list of
{"name": text, "rows": [[cell]] or null where nobody asked for it}, or {"refused": word}. A cell is a text, a number, a truth
value, {"date": [year, month, day, hour, minute, second]} or {"error": text}.
"""

import contextlib
import io
import json
import resource
import sys
from typing import Any

import xlrd

MEMORY, SECONDS = 800_000_000, 5                                        # address space, computing time


def sheets_of(data: bytes, most_rows: int, most_columns: int, most_text: int, wanted: set[str]) -> list[dict[str, Any]]:
    """Every sheet with one row more than `most_rows`, where there are more. Raises ValueError past `most_text`, else what xlrd raises."""
    book = xlrd.open_workbook(file_contents=data, on_demand=True, logfile=io.StringIO())
    sheets: list[dict[str, Any]] = []
    length = 0
    for name in book.sheet_names():
        if wanted and name.strip().lower() not in wanted:
            sheets.append({"name": name, "rows": None})
            continue
        sheet, rows = book.sheet_by_name(name), []
        for number in range(min(sheet.nrows, most_rows + 1)):
            row = [_cell(cell, book.datemode) for cell in sheet.row(number)[:most_columns]]
            length += sum(len(cell) if isinstance(cell, str) else 1 for cell in row if cell != "")
            if length > most_text:
                raise ValueError("too_much")
            rows.append(row)
        sheets.append({"name": name, "rows": rows})
        book.unload_sheet(name)
    return sheets


def _cell(cell: Any, datemode: int) -> Any:
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            return {"date": xlrd.xldate_as_tuple(cell.value, datemode)}
        except (ValueError, xlrd.xldate.XLDateError):
            return cell.value
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return {"error": str(xlrd.error_text_from_code.get(cell.value, "#ERROR"))}
    return cell.value


def main() -> None:
    for kind, limit in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)):
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (limit, limit))
    rows, columns, text = map(int, sys.argv[1:4])
    said: Any
    try:
        said = sheets_of(sys.stdin.buffer.read(), rows, columns, text, set(sys.argv[4:]))
    except Exception as error:                                          # a parser of foreign bytes fails in a hundred ways
        said = {"refused": "too_much" if error.args == ("too_much",) else "unreadable"}
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main()
