"""Workbooks as other people and other tools write them: understood, passed over with a remark, or refused. All are made here."""

import io
import time
import zipfile
from datetime import date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.utils.exceptions import IllegalCharacterError

from lorbeer.questionnaire.definition import Type
from lorbeer.questionnaire.evaluation import Evaluation
from lorbeer.questionnaire.faults import faults as faults_in
from lorbeer.questionnaire.tests.factories import check_sentences, make_workbook
from lorbeer.questionnaire.xlsform import export_workbook, import_form, read_form
from lorbeer.shared.errors import BadInput

pytestmark = pytest.mark.once

LISTS = [["list_name", "name", "label"], ["l", "a", "A"], ["l", "b", "B"]]
SENTENCE = r"(Blatt|Sheet) \w+(, (Zeilen?|rows?) \d+.*)?: .+"


def read(rows, choices=LISTS, **sheets):
    """The reading of a survey; whatever is read survives the way out and in again, and pyxform makes a form of it."""
    reading = read_form(make_workbook(rows, choices, **sheets))
    again = export_workbook(reading.form)
    assert import_form(again) == reading.form
    takes_it(again)
    return reading


def takes_it(workbook):
    """Let the reference reader turn the workbook into an XForm; it raises where it does not take it."""
    from pyxform.xls2xform import convert

    assert convert(xlsform=io.BytesIO(workbook), file_type=".xlsx", validate=False).xform


def refused(rows, choices=LISTS, **sheets):
    with pytest.raises(BadInput) as caught:
        import_form(make_workbook(rows, choices, **sheets))
    check_sentences(caught.value, SENTENCE)
    return caught.value.faults


def one(type_, name="q", label="Frage?", **columns):
    """A survey of one question beside another one, `n`."""
    return [["type", "name", "label", *columns], ["integer", "n", "Zahl?"], [type_, name, label, *columns.values()]]


# --- question types ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("written", "type_"), [
    ("text", Type.TEXT), ("string", Type.TEXT), ("Text", Type.TEXT), ("add text prompt", Type.TEXT), ("q string", Type.TEXT),
    ("integer", Type.INTEGER), ("int", Type.INTEGER), ("add integer prompt", Type.INTEGER), ("percentage", Type.INTEGER),
    ("decimal", Type.DECIMAL), ("date", Type.DATE), ("time", Type.TIME), ("note", Type.NOTE), ("acknowledge", Type.ACKNOWLEDGE),
    ("trigger", Type.ACKNOWLEDGE), ("file", Type.FILE), ("image", Type.PHOTO), ("photo", Type.PHOTO), ("phone number", Type.PHONE),
    ("select_one l", Type.SINGLE), ("select one l", Type.SINGLE), ("select one from l", Type.SINGLE), ("select1 l", Type.SINGLE),
    ("add select one prompt using l", Type.SINGLE), ("select_one\N{NO-BREAK SPACE}l ", Type.SINGLE), ("select_one l or_other", Type.SINGLE),
    ("select_multiple l", Type.MULTI), ("select all that apply from l", Type.MULTI), ("select multiple from l", Type.MULTI),
    ("add select multiple prompt using l", Type.MULTI), ("select_multiple l or_other", Type.MULTI),
])
def test_question_types_old_and_new_become_the_same_question(written, type_):
    assert read(one(written)).form.question("q").type == type_


@pytest.mark.parametrize("written", [
    "geopoint", "geotrace", "geoshape", "location", "dateTime", "barcode", "audio", "video", "hidden", "rank l", "osm l", "csv-external",
    "xml-external", "select_one_external l", "select_one_from_file a.csv", "select_multiple_from_file a.geojson", "select_one ${n}",
    "cascading_select l", "begin loop over l", "email", "username", "phonenumber", "select_one", "begin_kobomatrix", "teleport",
])
def test_question_types_that_ask_otherwise_are_refused_at_their_row(written):
    fault, *_others = refused(one(written))
    assert fault.startswith("Blatt survey, Zeile 3")


@pytest.mark.parametrize("written", ["start", "end", "today", "deviceid", "audit", "get phone number", "uri:deviceid", "start-geopoint"])
def test_what_notes_time_and_device_is_passed_over_and_said(written):
    reading = read(one(written, "audit", ""))
    assert list(reading.form.placed) == ["n"]
    assert [remark.partition(":")[0] for remark in reading.remarks] == ["Blatt survey, Zeile 3, Spalte type"]


def test_what_refers_to_a_row_that_was_passed_over_is_a_fault():
    (fault,) = refused([["type", "name", "label", "relevant"], ["today", "heute"], ["text", "a", "A", "${heute} > '2020-01-01'"]])
    assert fault.startswith("Blatt survey, Zeile 3, Spalte relevant")
    assert "Zeile 2" in fault


def test_a_range_keeps_its_limits_and_steps():
    form = read(one("range", parameters="start = 0 end=100 step=5")).form
    question = form.question("q")
    assert (question.type, question.limits.min, question.limits.max) == (Type.INTEGER, "0", "100")
    assert [fault.question for fault in faults_in(form, {("q", 0): 51})] == ["q"]
    assert not faults_in(form, {("q", 0): 55})
    assert read(one("range", parameters="start=-0.5 end=0.5 step=0.25")).form.question("q").type == Type.DECIMAL
    assert len(refused(one("range", parameters="start=5 end=1"))) == 1
    assert len(refused(one("range", parameters="start=a"))) == 1


# --- columns ----------------------------------------------------------------------------------------------------------


def test_columns_may_be_called_as_they_were_called_at_any_time():
    question = read([
        ["Command", "TAG", "Caption:Deutsch", "label::English", "bind:relevant", "bind::jr:constraintMsg::English", "constraint",
         "bind:required", "requiredMsg::English", "body::appearance", "Read Only", "hint : Deutsch"],
        ["text", "a", "Frage", "Question", "yes", "No", ". != ''", "TRUE", "Must", "multiline", "no", "Hilfe"],
    ]).form.question("a")
    assert (question.label, question.hint) == ({"de": "Frage", "en": "Question"}, {"de": "Hilfe"})
    assert (question.relevant, question.constraint, question.constraint_message) == ("true()", ". != ''", {"en": "No"})
    assert (question.required, question.required_message, question.type) == ("yes", {"en": "Must"}, Type.LONG_TEXT)


@pytest.mark.parametrize(("column", "value"), [
    ("media::image::English", "a.png"), ("image", "a.png"), ("audio", "a.mp3"), ("big-image", "a.png"), ("trigger", "${n}"),
    ("save_to", "x"), ("bind::odk:length", "5"), ("bind::jr:preload", "x"), ("body::accept", ".pdf"), ("instance::a", "x"),
    ("control::rows", "3"), ("relevant::English", "true()"), ("calculation", "1 + 1"), ("readonly", "${n} > 1"),
    ("parameters", "randomize=true"), ("choice_filter", "true()"), ("repeat_count", "2"), ("default", "uuid()"),
])
def test_columns_that_change_what_is_asked_are_refused(column, value):
    (fault,) = refused(one("text", **{column: value}))
    assert fault.startswith("Blatt survey, Zeile 3")
    assert column.partition(":")[0].replace("media", "image") in fault


@pytest.mark.parametrize("column", ["$kuid", "relevent", "notes for us", "sms_field", "intent", "short"])
def test_columns_that_nobody_knows_are_kept_and_named(column):
    reading = read(one("text", **{column: "x"}))
    assert any(f"„{column}“" in remark for remark in reading.remarks)
    assert "x" in reading.form.question("q").extra.values()


def test_pictures_of_options_are_refused_where_the_list_is_used_and_named_where_it_is_not():
    choices = [["list_name", "name", "label", "media::image"], ["l", "a", "A", "a.png"], ["m", "b", "B"]]
    assert refused(one("select_one l"), choices)[0].startswith("Blatt choices, Zeile 2, Spalte media::image")
    assert [remark.partition(":")[0] for remark in read(one("select_one m"), choices).remarks] == ["Blatt choices, Zeile 2, Spalte media"]


def test_choice_filters_know_columns_whatever_their_case_and_name():
    form = read([["type", "name", "label", "choice_filter"], ["select_one land", "l", "Land?"],
                 ["select_one stadt", "s", "Stadt?", "State = ${l} and count > 1"]],
                [["list name", "value", "caption", "State", "count"], ["land", 1, "Eins"], ["land", 2, "Zwei"],
                 ["stadt", "x", "X", 1, 5], ["stadt", "y", "Y", 2, 5], ["stadt", "z", "Z", 1, 0]]).form
    assert [one.code for one in Evaluation(form, {("l", 0): "1"}).choices(form.question("s"))] == ["x"]


@pytest.mark.parametrize(("word", "is_refused"), [
    ("minimal", None), ("field-list", None), ("Minimal", False),
    ("horizontal", False), ("columns-2", False), ("likert", False), ("w3", False), ("numbers", False),
    ("signature", True), ("draw", True), ("annotate", True), ("month-year", True), ("year", True), ("ethiopian", True), ("map", True),
    ("label", True), ("list-nolabel", True), ("image-map", True), ("search('a.csv')", True), ("ex:org.example(a=1)", True),
])
def test_appearances_are_followed_named_or_refused(word, is_refused):
    rows = one("select_one l", appearance=word)
    if is_refused:
        assert refused(rows)[0].startswith("Blatt survey, Zeile 3, Spalte appearance")
    else:
        assert len(read(rows).remarks) == (is_refused is False)


def test_a_matrix_is_written_as_table_list():
    head = ["type", "name", "label", "appearance"]
    rows = [["select_one l", "a", "A"], ["select_one l", "b", "B"], ["end group"]]
    section = read([head, ["begin group", "s", "S"], ["begin group", "g", "G", "table-list"], *rows, ["end group"]]).form.sections[0]
    assert section.items[0].is_matrix


# --- settings and sheets ----------------------------------------------------------------------------------------------


def test_settings_without_effect_are_kept_and_named():
    reading = read(one("text"), settings=[
        ["form_title", "id_string", "version", "style", "instance_name", "default_language"],
        ["T", "f1", 2021, "theme-grid pages", "'x'", "Deutsch (de)"]])
    assert (reading.form.title, reading.form.code) == ({"de": "T"}, "f1")
    assert reading.form.settings == {"version": "2021", "style": "theme-grid pages", "instance_name": "'x'"}
    assert [remark.partition(": ")[0].split()[-1] for remark in reading.remarks] == ["version", "style", "instance_name"]


@pytest.mark.parametrize(("sheet", "rows"), [
    ("settings", [["public_key"], ["abc"]]), ("settings", [["submission_url"], ["https://example.org"]]),
    ("settings", [["form_title"], ["A"], ["B"]]), ("entities", [["dataset", "label"], ["trees", "x"]]),
    ("external_choices", [["list_name", "name"], ["l", "x"]]), ("osm", [["list_name", "name"], ["l", "x"]]),
])
def test_sheets_and_settings_that_send_answers_elsewhere_are_refused(sheet, rows):
    assert refused(one("text"), **{sheet: rows})[0].startswith(f"Blatt {sheet}, Zeile {len(rows)}")


def test_other_sheets_are_named_but_those_set_aside():
    remarks = read(one("text"), setting=[["form_title"], ["T"]], _intern=[["x"]]).remarks
    assert len(remarks) == 1
    assert remarks[0].endswith("setting.")


def test_sheets_may_stand_in_any_order_and_be_called_in_capitals():
    data = make_workbook(None, None, **{"Notes": [["x"]], "SETTINGS": [["form_title"], ["T"]], "Choices ": LISTS,
                                        "Survey": one("select_one l")})
    assert import_form(data).question("q").choices[1].code == "b"


def test_a_survey_without_its_columns_says_so_once():
    assert refused([["", "", ""], ["type", "name", "label"], ["text", "a", "A"]]) == [
        "Blatt survey, Zeile 1: Es gibt keine Spalte „type“. Die Überschriften stehen in der ersten Zeile."]
    assert len(refused(one("select_one l"), [["list", "names"], ["l", "a"]])) == 3


def test_rows_switched_off_empty_or_under_no_heading_do_not_vanish_silently():
    reading = read([["type", "name", "label", "disabled"], ["text", "a", "A", "yes"], [], ["text", "b", "B", None, "Bitte pruefen"]])
    assert list(reading.form.placed) == ["b"]
    assert [remark.partition(":")[0] for remark in reading.remarks] == [
        "Blatt survey, Zeile 2, Spalte disabled", "Blatt survey, Zeile 4"]


def test_a_language_with_gaps_and_marks_of_formatting_are_named():
    remarks = read([["type", "name", "label::Deutsch (de)", "label::English (en)"], ["text", "a", "**Fett**", "Bold"],
                    ["text", "b", "B"], ["text", "c", "C"]]).remarks
    assert sorted(remark.partition(":")[0] for remark in remarks) == [
        "Blatt survey, Zeile 2, Spalte label", "Blatt survey, Zeilen 3, 4, Spalte label"]


# --- cells ------------------------------------------------------------------------------------------------------------


def made(change, *, first=("type", "name", "label", "relevant", "default")):
    """A workbook whose survey is what `change` makes of a sheet that has its headings."""
    book = Workbook()
    book.active.title = "survey"
    book.active.append(first)
    change(book.active)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def test_numbers_dates_truths_and_blanks_in_cells_are_read_as_they_look():
    form = import_form(made(lambda sheet: [sheet.append(row) for row in (
        ["date", "a\N{NO-BREAK SPACE}", "\N{ZERO WIDTH SPACE}Tag? ", True, datetime(2026, 3, 1)], ["integer", "b", 2026.0, None, 7.0],
        ["decimal", "c", "C", None, 0.1], ["text", "d", date(2026, 1, 2), False, True])]))
    assert [(q.name, q.label["de"], q.relevant, q.default) for q in form.questions()] == [
        ("a", "Tag?", "true()", "2026-03-01"), ("b", "2026", "", "7"), ("c", "C", "", "0.1"), ("d", "2026-01-02", "false()", "TRUE")]


def test_a_formula_without_its_result_is_no_empty_cell():
    with pytest.raises(BadInput) as caught:
        import_form(made(lambda sheet: sheet.append(["text", "a", "A", '=IF(1=1,"true()","")'])))
    assert caught.value.faults[0].startswith("Blatt survey, Zeile 2, Spalte relevant: In der Zelle steht eine Formel")


def test_an_error_of_the_spreadsheet_is_no_text():
    with pytest.raises(BadInput) as caught:
        import_form(made(lambda sheet: sheet.append(["text", "a", "#REF!"])))
    assert caught.value.faults[0].startswith("Blatt survey, Zeile 2, Spalte label")


def test_joined_cells_are_named():
    def join(sheet):
        for name in "abc":
            sheet.append(["text", name, "Frage?", "1 = 1"])
        sheet.merge_cells("D2:D4")

    (remark,) = read_form(made(join)).remarks
    assert "D2:D4" in remark


def test_a_hidden_sheet_and_a_workbook_with_macros_are_read_like_others():
    data = made(lambda sheet: sheet.append(["text", "a", "A"]))
    output = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(output, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "[Content_Types].xml":
                text = text.replace(b"openxmlformats-officedocument.spreadsheetml.sheet.main", b"ms-excel.sheet.macroEnabled.main")
            new.writestr(name, text.replace(b'state="visible"', b'state="hidden"'))
    assert list(import_form(output.getvalue()).placed) == ["a"]


def test_a_spreadsheet_of_another_format_is_named_as_such():
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<office:document/>")
    with pytest.raises(BadInput, match="ods"):
        import_form(output.getvalue())


# --- conditions -------------------------------------------------------------------------------------------------------

INSIDE = [["type", "name", "label", "relevant"], ["integer", "n", "N"], ["select_multiple l", "m", "M"], ["date", "d", "D"],
          ["begin repeat", "r", "R"], ["begin group", "g", "G"], ["integer", "x", "X"]]


@pytest.mark.parametrize("written", [
    "../../n > 1", "current()/../x > 1", "position(..) = 1", "position(../..) = 1", "count(${r}) > 2", "sum(${x}) > 2", "yes", "TRUE",
    "indexed-repeat(${x}, ${r}, position(..) - 1) = 1", "jr:choice-name(selected-at(${m}, 0), '${m}') = 'A'", "not(selected(${m}, 'a'))",
    "once(today()) > '2020-01-01'", "${d} > today() - 30", "format-date(${d}, '%Y-%m') = '2026-01'", "coalesce(${n}, 3) mod 2 = 0",
    "if(${n} > 1, 'a', 'b') = 'a'", "regex(string(${n}), '[0-9]{5}')", "${n} = “1”", "count-selected(${m}) &gt; 1".replace("&gt;", ">"),
    "decimal-date-time(${d}) > 1", "join(', ', ${x}) != ''", "max(${x}) <= 10", "substr(string(${n}), 0, 1) = '1'",
])
def test_conditions_as_they_are_written_elsewhere_are_understood(written):
    form = read([*INSIDE, ["text", "q", "Q", written], ["end group"], ["end repeat"]]).form
    Evaluation(form, {("n", 0): 2, ("r", 0): 2, ("x", 1): 3})


def test_the_place_in_a_repeat_is_known_from_any_depth():
    form = read([*INSIDE, ["text", "q", "Q", "position(../..) = 2"], ["end group"], ["end repeat"]]).form
    evaluation = Evaluation(form, {("r", 0): 2})
    assert [evaluation.is_relevant("q", place) for place in (1, 2)] == [False, True]


@pytest.mark.parametrize("written", [
    "pulldata('f', 'a', 'b', ${n}) = 1", "instance('x')/liste/item = 1", "/data/n = 1", "${x}[1] = 1", "uuid() = 'a'", "random() > 0.5",
    "distance(${n}) > 1", "${n} == 1", "${n} <> 1", "$ {n} = 1", "${N} = 1", "n = 1", "${n} = yes", "${last-saved#n} = 1", "${g} = 1",
    "format-date(${d}, '%b') = 'Jan'", "thousandsep(${n})", "self::node() > 1", "null", "${n} = '", "not ${n}", "${n} >", "((((${n})",
])
def test_conditions_that_nobody_could_follow_are_refused_with_row_and_column(written):
    fault = refused([*INSIDE, ["text", "q", "Q", written], ["end group"], ["end repeat"]])[0]
    assert fault.startswith("Blatt survey, Zeile 8, Spalte relevant")


@pytest.mark.parametrize(("written", "shown"), [("today() + 1", "2026-01-02"), ("today()", "2026-01-01"), ("${n} + 1", "3"),
                                                ("Haus (EG)", "Haus (EG)"), ("a - b", "a - b")])
def test_defaults_are_computed_where_they_are_calculations(written, shown):
    form = read(one("date" if "today" in written else "text", default=written)).form
    now = datetime.fromisoformat("2026-01-01T12:00:00+00:00")
    assert Evaluation(form, {("n", 0): 2}, now=now).default(form.question("q")) == shown


# --- bounds -----------------------------------------------------------------------------------------------------------


def with_sheet(xml):
    """A workbook whose survey is this XML."""
    output = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(make_workbook(one("text")))) as old, zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, xml if name == "xl/worksheets/sheet1.xml" else old.read(name))
    return output.getvalue()


HEAD = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
CELL = '<c t="inlineStr"><is><t>%s</t></is></c>'
TOP = "<row>" + "".join(CELL % text for text in ("type", "name", "label")) + "</row>"


@pytest.mark.parametrize("data", [
    lambda: with_sheet(HEAD + TOP + "<row>" + CELL % ("A" * 10_000_000) + "</row></sheetData></worksheet>"),
    lambda: with_sheet(HEAD + TOP + ("<row>" + CELL % "text" + "</row>") * 1_000_000 + "</sheetData></worksheet>"),
    lambda: with_sheet(HEAD + TOP + '<row r="1048576">' + CELL % "text" + "</row></sheetData></worksheet>"),
    lambda: with_sheet(HEAD + TOP + ("<row>" + "<c><v>1</v></c>" * 300 + "</row>") * 9_000 + "</sheetData></worksheet>"),
    lambda: with_sheet(HEAD + "<row>" * 2_000_000),
    lambda: make_workbook([["type", "name", "label"], *[["begin group", f"g{n}", "G"] for n in range(2_000)], ["text", "a", "A"],
                           *[["end group"]] * 2_000]),
    lambda: make_workbook([["type", "name", "label", "relevant"], ["text", "q0", "A", "${q1999} = ''"],
                           *[["text", f"q{n}", "A", f"${{q{n - 1}}} = ''"] for n in range(1, 2_000)]]),
    lambda: make_workbook([["type", "name", "label", "relevant"], ["text", "a", "A", "(" * 3_000 + "1" + ")" * 3_000]]),
], ids=["10 MB cell", "1,000,000 rows", "last row", "2,700,000 cells", "nested rows", "nested groups", "circle", "nested brackets"])
def test_what_is_too_much_is_refused_in_seconds(data):
    workbook = data()
    began = time.process_time()
    with pytest.raises(BadInput) as caught:
        import_form(workbook)
    assert caught.value.faults
    assert time.process_time() - began < 10


WORDS = st.sampled_from([
    "", "text", "range", "select_one l", "select_multiple l or_other", "begin group", "end group", "begin repeat", "end repeat", "start",
    "audit", "calculate", "note", "a", "b", "l", "yes", "TRUE", "no", "${a}", "${a} = 1", "position(../..)", "today()", "today() + 1", "uuid()",
    "start=1 end=3 step=0.5", "table-list", "label", "search('x')", "1", "0.5", "#REF!", "=1+1", "**x**", "meta", "${b}", "count(${a})", "x y",
]) | st.text(max_size=6)
COLUMNS = st.sampled_from([
    "relevant", "constraint", "required", "default", "appearance", "parameters", "calculation", "choice_filter", "repeat_count", "disabled",
    "label::de", "label:en", "hint", "image", "bind::relevant", "bind:jr:constraintMsg::de", "body::appearance", "x_type", "x_min", "notes", "",
    "readonly", "trigger", "guidance_hint", "required_message::en",
])


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(COLUMNS, max_size=6), st.lists(st.lists(WORDS, min_size=2, max_size=8), max_size=8),
       st.lists(st.lists(WORDS, max_size=5), max_size=4), st.lists(WORDS, max_size=5))
def test_any_workbook_of_these_words_is_read_whole_or_refused_with_its_places(columns, survey, choices, setting):
    try:
        data = make_workbook([["type", "name", "label", *columns], *survey], [["list_name", "name", "label", "State", "image"], *choices],
                             [["form_title", "form_id", "style", "default_language", "version"], setting])
    except IllegalCharacterError:
        return
    try:
        reading = read_form(data)
    except BadInput as error:
        check_sentences(error)
    else:
        assert all(remark for remark in reading.remarks)
        again = export_workbook(reading.form)
        assert import_form(again) == reading.form
        takes_it(again)
