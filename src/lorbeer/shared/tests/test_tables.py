import csv
import io
from datetime import UTC, date, datetime

import openpyxl
import pytest
from django.utils import timezone, translation

from lorbeer.shared import tables
from lorbeer.shared.errors import BadInput

POISON = ["=1+1", "+49 30 1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1+1", "＝1+1"]
COLUMNS = [("Titel", lambda row: row["title"]), ("Betrag", lambda row: row["amount"]), ("Tag", lambda row: row["on"])]


def row(title="Ankommen; „Haus“", amount=1234.5, on=date(2017, 12, 31)):
    return {"title": title, "amount": amount, "on": on}


def read_csv(content):
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


@pytest.mark.parametrize("text", POISON)
def test_no_spreadsheet_runs_what_somebody_typed(text):
    read = read_csv(tables.download([row(text)], COLUMNS, "liste", "csv").content)
    assert read[1][0] == f"'{text}"

    book = openpyxl.load_workbook(io.BytesIO(tables.download([row(text)], COLUMNS, "liste", "xlsx").content))
    cell = book.active["A2"]
    assert cell.data_type == "s"
    assert cell.value == text.replace("\r", "_x000D_")                 # as workbooks write a carriage return
    assert cell.quotePrefix


@pytest.mark.once
def test_a_day_before_the_calendar_of_workbooks_stands_there_as_words():
    with translation.override("de"):
        book = openpyxl.load_workbook(io.BytesIO(tables.xlsx_bytes(["t"], [[date(1143, 5, 1)], [date(1901, 1, 1)]])))
    assert [cell.value for cell in book.active["A"]] == ["t", "01.05.1143", datetime(1901, 1, 1)]


def test_a_heading_from_a_user_is_not_run_either():
    assert read_csv(tables.csv_bytes(["=evil()"], []))[0] == ["'=evil()"]


def test_numbers_stay_numbers_even_below_zero():
    book = openpyxl.load_workbook(io.BytesIO(tables.xlsx_bytes(["n"], [[-5], [2.5]])))
    assert [cell.value for cell in book.active["A"]] == ["n", -5, 2.5]


def test_german_excel_opens_the_csv_as_a_table():
    with translation.override("de"):
        read = read_csv(tables.download([row()], COLUMNS, "liste", "csv").content)
    assert read == [["Titel", "Betrag", "Tag"], ["Ankommen; „Haus“", "1234,5", "31.12.2017"]]


def test_moments_leave_in_the_zone_of_the_page():
    moment = datetime(2017, 12, 31, 22, 59, 59, tzinfo=UTC)
    with timezone.override("Europe/Berlin"):
        assert read_csv(tables.csv_bytes(["t"], [[moment]]))[1] == ["31.12.2017 23:59:59"]


def test_an_unknown_format_gets_a_sentence():
    with pytest.raises(BadInput, match="ods"):
        tables.download([], COLUMNS, "liste", "ods")
