"""Tables that leave the house: CSV for German Excel and XLSX, in which text of users is text and never a formula."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import IO, Any

from django.http import HttpResponse
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from lorbeer.shared.errors import BadInput

# A cell that begins with one of these is run as a formula by spreadsheet programs (CWE-1236).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
FORMATS = ("csv", "xlsx")
FIRST_YEAR = 1900                                                       # of the calendar of workbooks; earlier days are words there


def harmless(text: str) -> str:
    """`text` so that no spreadsheet program takes it for a formula: an apostrophe stands before it if need be.

    For CSV, which knows no kinds of cells; in a workbook a cell of text is text whatever it begins with, and can be marked to stay it.
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) or text.lstrip(" \u00a0").startswith(FORMULA_STARTS) else text


def plain(value: Any) -> Any:
    """A value as a spreadsheet takes it: numbers and days as such, moments in the zone of the page, words as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return value.astimezone(timezone.get_current_timezone()).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, int | float | Decimal | date):
        return value
    return str(value)


def _csv_text(value: Any, *, english: bool) -> str:
    value = plain(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}" if english else f"{value:%d.%m.%Y %H:%M:%S}"
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}" if english else f"{value:%d.%m.%Y}"
    if isinstance(value, int | float | Decimal):
        return str(value) if english else str(value).replace(".", ",")
    return harmless(str(value))


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[Any]], *, english: bool = False) -> bytes:
    """UTF-8 with a byte order mark and semicolons: what German Excel opens by a double click."""
    return b"".join(csv_lines(header, rows, english=english))


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Any]], *, english: bool = False) -> Iterator[bytes]:
    """The same row by row."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    text.write("\ufeff")
    writer.writerow([harmless(str(word)) for word in header])
    for row in rows:
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
        writer.writerow([_csv_text(value, english=english) for value in row])
    yield text.getvalue().encode()


def xlsx_bytes(header: Sequence[str], rows: Iterable[Sequence[Any]], *, sheet: str = "", made_at: datetime | None = None) -> bytes:
    """`xlsx_to` in memory."""
    memory = io.BytesIO()
    xlsx_to(memory, header, rows, sheet=sheet, made_at=made_at)
    return memory.getvalue()


def xlsx_to(
    target: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[Any]], *, sheet: str = "", made_at: datetime | None = None,
    is_large: bool = False, about: tuple[str, Sequence[tuple[str, Any]]] | None = None,
) -> None:
    """One sheet with a fixed first row and a filter; text is written as text, never as formula or link. `about`: the name of a second
    sheet that says in pairs of cells what the first one is.

    The same rows with the same `made_at` are the same bytes; without it the file says that it was made now. `is_large`: one row at a
    time is in memory.
    """
    import xlsxwriter

    book = xlsxwriter.Workbook(target, {
        ("constant_memory" if is_large else "in_memory"): True, "strings_to_formulas": False,
        "strings_to_urls": False, "strings_to_numbers": False,
    })
    if made_at:
        book.set_properties({"created": made_at.astimezone(UTC).replace(tzinfo=None)})
    page = book.add_worksheet(_sheet_name(sheet or _("List")))
    bold = book.add_format({"bold": True, "bottom": 1})
    day, moment = book.add_format({"num_format": "dd.mm.yyyy"}), book.add_format({"num_format": "dd.mm.yyyy hh:mm:ss"})
    amount = book.add_format({"num_format": "#,##0.00"})
    guarded = book.add_format({"quote_prefix": True})                   # text, too, when somebody edits the cell

    def put(page: Any, row: int, column: int, given: Any) -> int:
        """Write a cell; how long it is."""
        value = plain(given)
        if isinstance(value, datetime):
            page.write_datetime(row, column, value, moment)
        elif isinstance(value, date) and value.year < FIRST_YEAR:
            page.write_string(row, column, formats.date_format(value, "SHORT_DATE_FORMAT"))
        elif isinstance(value, date):
            page.write_datetime(row, column, datetime(value.year, value.month, value.day), day)
        elif isinstance(value, Decimal):
            page.write_number(row, column, float(value), amount)
        elif isinstance(value, int | float):
            page.write_number(row, column, value)
        else:
            text = str(value)[:32767]
            page.write_string(row, column, text, None if harmless(text) == text else guarded)
        return len(str(value))

    widths = [len(str(word)) for word in header]
    for column, word in enumerate(header):
        page.write_string(0, column, str(word), bold)
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007 - the last count is used below
        for column, given in enumerate(row):
            widths[column] = max(widths[column], min(60, put(page, count, column, given)))
    for column, width in enumerate(widths):
        page.set_column(column, column, width + 2)
    page.freeze_panes(1, 0)
    if count:
        page.autofilter(0, 0, count, len(widths) - 1)
    if about:
        second = book.add_worksheet(_sheet_name(about[0]))
        for at, (label, value) in enumerate(about[1]):
            second.write_string(at, 0, label)
            put(second, at, 1, value)
        second.set_column(0, 0, 30)
        second.set_column(1, 1, 80)
    book.close()


def _sheet_name(name: str) -> str:
    return name.translate(str.maketrans("", "", "[]:*?/\\"))[:31] or "1"


def download(
    rows: Iterable[Any], columns: Sequence[tuple[str, Callable[[Any], Any]]], name: str, format: str, *,  # noqa: A002
    english: bool = False, made_at: datetime | None = None,
) -> HttpResponse:
    """A response with `rows` as a file `name.csv` or `name.xlsx`; `columns`: (heading, value of a row).

    Raises BadInput for another format.
    """
    if format not in FORMATS:
        raise BadInput(_("There is no download as “%(format)s”. Choose CSV or XLSX.") % {"format": format})
    header = [str(heading) for heading, _value in columns]
    values = ([value(row) for _heading, value in columns] for row in rows)
    if format == "csv":
        response = HttpResponse(csv_bytes(header, values, english=english), content_type="text/csv; charset=utf-8")
    else:
        response = HttpResponse(
            xlsx_bytes(header, values, sheet=name, made_at=made_at),
            content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        )
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{format}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def csv_rows(data: bytes, *, largest: int, most: int) -> list[list[str]]:
    """The cells of a CSV file that somebody sent: UTF-8 or UTF-16, semicolon, comma or tabulator, the heading first.

    Raises BadInput for what is no such list, is larger than `largest` bytes or longer than `most` rows.
    """
    if len(data) > largest:
        raise BadInput(_("The file is larger than %(megabytes)d MB. Split it.") % {"megabytes": largest // 1_000_000})
    if data[:2] == b"PK" or data[:4] == b"\xd0\xcf\x11\xe0":
        raise BadInput(_("This is a workbook, not a CSV file. Save it as “CSV UTF-8” and try again."))
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(_("The file is not UTF-8 text, so umlauts would be lost. Save it as “CSV UTF-8” and try again.")) from None
    if "\0" in text:
        raise BadInput(_("The file contains characters that no text has. Save it as “CSV UTF-8” and try again."))
    first_line = text.partition("\n")[0]
    delimiter = max(";,\t", key=first_line.count)
    old_limit = csv.field_size_limit(largest)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise BadInput(_("The file cannot be read as CSV (%(error)s). Is a quotation mark missing?") % {"error": error}) from None
    finally:
        csv.field_size_limit(old_limit)
    if not lines:
        raise BadInput(_("The file is empty."))
    if len(lines) > most:
        raise BadInput(_("The file has more than %(most)s rows. Split it.") % {"most": most})
    return lines
