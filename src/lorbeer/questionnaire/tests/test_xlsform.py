import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils.exceptions import IllegalCharacterError

from lorbeer.questionnaire.definition import Choice, Form, Group, Limits, Repeat, Type
from lorbeer.questionnaire.frozen import columns
from lorbeer.questionnaire.tests.factories import YES_NO, check_sentences, make_form, make_question, make_section, make_workbook
from lorbeer.questionnaire.workbooks import LARGEST_FILE, cell_text, read_workbook
from lorbeer.questionnaire.xlsform import export_workbook, import_form
from lorbeer.shared.errors import BadInput
from lorbeer.shared.text import Localized

# Workbooks that others wrote lie beside the project where there are any; they are not part of it.
FOREIGN = next(
    filter(Path.is_dir, (parent / "shared" / "xlsforms" for parent in Path(__file__).resolve().parents)), Path("none")
)
PACKAGES = Path(__file__).resolve().parents[4] / "competitions"


def faults_of(*sheets, **others):
    with pytest.raises(BadInput) as caught:
        import_form(make_workbook(*sheets, **others))
    return caught.value.faults


# --- what other people wrote ------------------------------------------------------------------------------------------


SURVEY = [
    ["type", "name", "label::Deutsch (de)", "label::English (en)", "required", "relevant", "x_role", "tutorial notes"],
    ["begin group", "wer", "Wer Sie sind", "Who you are"],
    ["text", "titel", "Titel", "Title", "yes", None, "title", "a remark"],
    ["select one from ja_nein", "dauer", "Auf Dauer?", "Permanent?", True],
    ["select_multiple farben or_other", "farben", "Farben", None, None, "${dauer} = 'ja'"],
    ["end group"],
    ["begin_repeat", "projekt", "Projekt"],
    ["int", "geld", "Wie viel?"],
    ["end_repeat"],
    [None, None, None, None, None, None, None, "only a remark"],
]
CHOICES = [["list name", "name", "label::Deutsch (de)"], ["ja_nein", "ja", "Ja"], ["ja_nein", "nein", "Nein"], [],
           ["farben", "rot", "Rot"], ["farben", 2, "Zwei"]]


def test_limits_that_exclude_each_other_and_contact_data_to_be_published_are_refused():
    assert [(fault.partition(":")[0], fault.endswith(end)) for fault, end in zip(faults_of([
        ["type", "name", "label", "x_min", "x_max", "x_personal_data", "x_publishable", "x_role"],
        ["integer", "a", "A", "10", "9"],
        ["date", "b", "B", "2026-02-01", "2026-01-31"],
        ["text", "c", "C", None, None, "contact", "yes"],
        ["integer", "d", "D", "9", "10"],
        ["text", "e", "E", None, None, "person", "yes"],
        ["select_multiple farben", "f", "F", "3"],
    ], CHOICES), ["x_max.", "x_max.", "x_publishable.", "."], strict=True)] == [
        ("Blatt survey, Zeile 2, Spalte x_min", True), ("Blatt survey, Zeile 3, Spalte x_min", True),
        ("Blatt survey, Zeile 4, Spalte x_publishable", True), ("Blatt survey, Zeile 7, Spalte x_min", True)]


def test_an_ordinary_workbook_becomes_a_form():
    form = import_form(
        make_workbook(SURVEY, CHOICES, [["form_title", "form_id", "default_language"], ["Bogen", "b1", "Deutsch (de)"]])
    )

    assert [(placed.question.name, placed.question.type, placed.section.name) for placed in form.placed.values()] == [
        ("titel", "text", "wer"), ("dauer", "single", "wer"), ("farben", "multi", "wer"), ("farben_other", "text", "wer"),
        ("geld", "integer", "")]
    assert form.question("titel").label == {"de": "Titel", "en": "Title"}
    assert form.question("titel").role == "title"
    assert form.question("dauer").required == "yes"
    assert [choice.code for choice in form.question("farben").choices] == ["rot", "2", "other"]
    assert (form.title, form.code, form.languages) == ({"de": "Bogen"}, "b1", {"de": "Deutsch", "en": "English"})
    assert form.question("titel").extra == {"tutorial_notes": "a remark"}


@pytest.mark.skipif(not FOREIGN.is_dir(), reason="the workbooks of others are not on this machine")
@pytest.mark.parametrize("path", sorted(FOREIGN.glob("*.xls*")), ids=lambda path: path.name)
def test_workbooks_of_others_are_imported_without_loss_or_refused_with_sheet_and_row(path):
    try:
        form = import_form(path.read_bytes())
    except BadInput as refused:
        check_sentences(refused, r"(Blatt|Sheet) \w+(, (Zeile|row) \d+.*)?: .+")
    else:
        assert import_form(export_workbook(form)) == form


@pytest.mark.parametrize("path", sorted(PACKAGES.glob("*/questionnaire.xlsx")), ids=lambda path: path.parent.name)
def test_the_questionnaires_of_the_packages_survive_export_and_import(path):
    form = import_form(path.read_bytes())
    assert import_form(export_workbook(form)) == form
    assert export_workbook(form) == path.read_bytes()
    assert Form.from_json(form.to_json()) == form
    assert all(set(question.label) == {"de", "en"} for question in form.questions() if question.type != Type.CALCULATE
               and not question.derived_from)


def test_the_questionnaire_of_2017_has_the_columns_of_the_published_answers():
    form = import_form((PACKAGES / "zusammenleben2017" / "questionnaire.xlsx").read_bytes())
    names = {column.name for column in columns(form)}
    sample = PACKAGES.parent / "competitions" / "zusammenleben2017" / "sample" / "answers.csv"
    if sample.exists():
        header = set(sample.read_text("utf-8").splitlines()[0].split(",")) - {"reference", "entry_id", "synthetic"}
        assert header - names == set()
    assert {"q1", "q3a", "q5_soziales", "q6_kirchen", "q9_spenden", "q12_erwachsene", "projekt_titel__2"} <= names
    assert [section.name for section in form.sections] == [
        "kommune", "standardfragen", "kurzfassung", "darstellung", "einzelprojekte", "einverstaendnisse"]
    assert form.repeats["projekt"].max_count == 2
    assert form.question("darstellung_text").limits.pages == 5


# --- faults -----------------------------------------------------------------------------------------------------------


HEAD = ["type", "name", "label", "relevant", "constraint", "calculation", "choice_filter", "required", "default"]


@pytest.mark.parametrize(
    ("rows", "row", "word"),
    [
        ([["geopoint", "a", "A"]], 2, "geopoint"),
        ([["teleport", "a", "A"]], 2, "teleport"),
        ([["select_one", "a", "A"]], 2, "select_one"),
        ([["select_one weg", "a", "A"]], 2, "weg"),
        ([["text", "a b", "A"]], 2, "a b"),
        ([["text", None, "A"]], 2, "Name"),
        ([["text", "ä", "A"]], 2, "ä"),
        ([["text", "a", "A"], ["text", "a", "B"]], 3, "a"),
        ([["text", "a"]], 2, "label"),
        ([["text", "a", "A", "${b} = 1"]], 2, "b"),
        ([["text", "a", "A", "foo() = 1"]], 2, "foo"),
        ([["text", "a", "A", None, ". > ("]], 2, "6"),
        ([["text", "a", "Hallo ${nix}"]], 2, "nix"),
        ([["begin group", "g", "G"], ["text", "a", "A"]], 2, "g"),
        ([["text", "a", "A"], ["end group"]], 3, "end group"),
        ([["begin group", "g", "G"], ["text", "a", "A"], ["end repeat"]], 4, "g"),
        (
            [["begin repeat", "r", "R"], ["begin repeat", "s", "S"], ["text", "a", "A"], ["end repeat"], ["end repeat"]],
            3,
            "Wiederholung",
        ),
        ([["calculate", "c", "C"]], 2, "calculation"),
        ([["text", "a", "A", None, None, "1+1"]], 2, "calculate"),
        ([["text", "a", "A", None, None, None, "1 = 1"]], 2, "choice_filter"),
        ([["integer", "a", "A", *[None] * 5, "drei"]], 2, "default"),
        ([["text", "a", "A", "${g} = 1"], ["begin group", "g", "G"], ["text", "b", "B"], ["end group"]], 2, "Gruppe"),
        ([["text", "a", "A", "${b} = 1"], ["text", "b", "B", "${a} = 1"]], 3, "Kreis"),
        ([["note", "n", "N", None, None, None, None, "yes"]], 2, "Pflicht"),
        ([[None, "a", "A"]], 2, "Typ"),
        ([["username", "wer", "Ihr Name"]], 2, "username"),
        ([["select_one ${a}", "b", "B"], ["text", "a", "A"]], 2, "choices"),
        ([["rank farben", "a", "A"]], 2, "rank"),
    ],
)
def test_every_fault_is_named_with_sheet_and_row(rows, row, word):
    (fault,) = faults_of([HEAD, *rows])
    assert fault.startswith(f"Blatt survey, Zeile {row}")
    assert word in fault


def test_all_faults_are_listed_not_only_the_first():
    faults = faults_of(
        [
            HEAD,
            ["geopoint", "wo", "Wo"],
            ["text", "a", "A", "${weg} = 1"],
            ["select_one l", "b", "B"],
            ["text", "c", "C", "x ="],
        ],
        [
            ["list_name", "name", "label"],
            ["l", "1", "Eins"],
            ["l", "1", "Eins"],
            ["l", None, "Ohne"],
            [None, "x", "Ohne Liste"],
        ],
        [["form_title", "public_key"], ["T", "abc"]],
    )
    assert [fault.split(":")[0] for fault in faults] == [
        "Blatt survey, Zeile 2", "Blatt survey, Zeile 3, Spalte relevant", "Blatt survey, Zeile 5, Spalte relevant",
        "Blatt choices, Zeile 3", "Blatt choices, Zeile 4", "Blatt choices, Zeile 5", "Blatt settings, Zeile 2, Spalte public_key"]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("x_role", "king"),
        ("x_releases", "photos"),
        ("x_releases", "entry"),                                        # of a question that is no consent
        ("x_max_pages", "five"),
        ("x_max_files", "3"),
        ("x_personal_data", "secret"),
        ("x_publishable", "maybe"),
        ("x_type", "yes_no"),
        ("x_min", "3"),
        ("image", "a.png"),
        ("parameters", "seed=3"),
        ("repeat_count", "3"),
        ("bind::oc:itemgroup", "x"),
        ("trigger", "${a}"),
    ],
)
def test_columns_that_cannot_be_kept_are_refused(column, value):
    (fault,) = faults_of([["type", "name", "label", column], ["text", "a", "A", value]])
    assert column in fault


def test_a_column_that_appears_twice_is_refused():
    assert faults_of([["type", "name", "label", "label"], ["text", "a", "A", "B"]]) == [
        "Blatt survey, Zeile 1: Die Spalte „label“ kommt zweimal vor."]


def test_a_workbook_without_questions_is_refused():
    assert len(faults_of([HEAD])) == 1
    assert len(faults_of([["a"]], foo=[["b"]])) == 1
    assert "survey" in faults_of(None, [["list_name", "name"], ["l", "x"]])[0]


# --- round trip -------------------------------------------------------------------------------------------------------


TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=30).map(cell_text).filter(
    lambda text: text and "${" not in text and not text.startswith("_x"))
LABEL = st.fixed_dictionaries({"de": TEXT}, optional={"en": TEXT, "fr": TEXT}).map(Localized)
NAMES = st.lists(st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True), min_size=9, max_size=9, unique=True)


@st.composite
def forms(draw):
    names = draw(NAMES)

    def question(name):
        type_ = draw(st.sampled_from([one for one in Type if one != Type.CALCULATE]))
        facts = {"label": draw(LABEL)}
        if type_ in (Type.SINGLE, Type.MULTI, Type.YES_NO):
            facts["list_name"] = "ja_nein" if type_ == Type.YES_NO else draw(st.sampled_from(["ja_nein", "farben"]))
        if type_ != Type.NOTE:
            facts |= {
                "required": draw(st.sampled_from(["", "yes", "1 = 1"])),
                "constraint": draw(st.sampled_from(["", ". != ''"])),
                "constraint_message": draw(LABEL | st.just(Localized())),
            }
        if type_ in (Type.TEXT, Type.LONG_TEXT):
            facts["limits"] = draw(
                st.builds(Limits, characters=st.none() | st.integers(1, 9000), pages=st.none() | st.integers(1, 9))
            )
        if type_ == Type.LONG_TEXT:
            facts["appearance"] = draw(st.sampled_from(["", "multiline"]))
        if type_ in (Type.FILE, Type.PHOTO):
            facts["limits"] = Limits(files=draw(st.integers(1, 5)), file_types=("pdf", "png"))
        facts |= {"hint": draw(LABEL | st.just(Localized())), "guidance": draw(LABEL | st.just(Localized())),
                  "example": draw(LABEL | st.just(Localized())), "note": draw(st.just("") | TEXT),
                  "role": draw(st.sampled_from(["", "title", "photo"])),
                  "relevant": draw(st.sampled_from(["", "1 < 2"]))}
        facts["personal_data"], facts["publishable"] = draw(st.sampled_from([("", False), ("", True), ("contact", False), ("person", True)]))
        return make_question(name, type_, **facts)

    repeat = Repeat(names[0], draw(LABEL), items=(question(names[1]),), max_count=draw(st.none() | st.integers(2, 9)),
                    role=draw(st.sampled_from(["", "project"])), min_count=draw(st.integers(0, 2)))
    group = Group(
        names[2], draw(LABEL), items=(question(names[3]), question(names[4])), relevant=draw(st.sampled_from(["", "true()"]))
    )
    sections = (make_section(question(names[5]), repeat, name="", label=Localized()),
                make_section(group, question(names[6]), name=names[7], label=draw(LABEL)))
    lists = {
        "ja_nein": YES_NO,
        "farben": (
            Choice("rot", draw(LABEL), no_answer=draw(st.booleans()), attributes={"land": "x"}),
            Choice("blau", draw(LABEL), exclusive=True),
            Choice("gruen", draw(LABEL)),
        ),
    }
    languages = {"de": "Deutsch", "en": "English", "fr": "Français"}
    return Form.from_json(Form(Localized({"de": draw(TEXT)}), "bogen", languages, "de", sections, lists).to_json())


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(forms())
def test_a_form_survives_the_way_through_a_workbook_without_loss(form):
    again = import_form(export_workbook(form))
    # Languages that no label uses are not written; read back they stand in the order of the columns.
    assert {**again.to_json(), "languages": None} == {**form.to_json(), "languages": None}
    assert export_workbook(again) == export_workbook(form) or list(again.languages) != list(form.languages)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(forms())
def test_a_form_survives_json(form):
    assert Form.from_json(form.to_json()) == form
    assert Form.from_json(form.to_json()).sha256 == form.sha256


def test_text_that_looks_like_a_formula_stays_text():
    form = make_form(make_question("a", label=Localized({"de": '=HYPERLINK("http://x","y")'})))
    data = export_workbook(form)
    assert import_form(data).question("a").label == {"de": '=HYPERLINK("http://x","y")'}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


# --- hostile input ----------------------------------------------------------------------------------------------------


GOOD = make_workbook(SURVEY, CHOICES)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400) | st.binary(max_size=200).map(lambda rest: b"PK\x03\x04" + rest)
       | st.binary(max_size=900).map(lambda rest: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + rest))
def test_any_bytes_are_refused_with_a_sentence(data):
    with pytest.raises(BadInput) as caught:
        import_form(data)
    assert str(caught.value)


@settings(max_examples=120, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=8), st.integers(0, 400))
def test_a_damaged_workbook_is_read_or_refused_with_a_sentence(changes, cut):
    data = bytearray(GOOD)
    for place, byte in changes:
        data[place] = byte
    try:
        import_form(bytes(data[: len(data) - cut]))
    except BadInput as refused:
        check_sentences(refused)


CELLS = st.sampled_from(
    [
        "",
        "text",
        "note",
        "select_one l",
        "select_multiple l or_other",
        "begin group",
        "end group",
        "begin repeat",
        "end repeat",
        "a",
        "b",
        "a_other",
        "calculate",
        "${a}",
        "${a} = 1",
        "${b} + 1 > 2",
        "yes",
        "no",
        "l",
        "1",
        "=1+1",
        "table-list",
        "label",
        "select_one",
        "image",
        "x",
        ".",
        "${",
        "other",
        "3.5",
        "2017-01-01",
    ]
) | st.text(max_size=8)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.lists(CELLS, max_size=7), max_size=8),
    st.lists(st.lists(CELLS, max_size=4), max_size=4),
    st.lists(
        st.sampled_from([*HEAD, "appearance", "x_role", "x_max_count", "repeat_count", "label::de", "", "hint", "image"]),
        min_size=1,
        max_size=9,
    ),
)
def test_any_cells_become_a_form_that_survives_or_faults_with_sentences(survey, choices, columns):
    try:
        data = make_workbook([["type", "name", *columns], *survey], [["list_name", "name", "label"], *choices])
    except IllegalCharacterError:
        return
    try:
        form = import_form(data)
    except BadInput as refused:
        check_sentences(refused)
    else:
        assert import_form(export_workbook(form)) == form


def test_a_zip_bomb_is_not_unpacked():
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * (200 * 1024 * 1024))
    assert len(output.getvalue()) < 1024 * 1024
    with pytest.raises(BadInput):
        read_workbook(output.getvalue())


def test_entities_in_a_workbook_are_refused():
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old:
        output = io.BytesIO()
        with zipfile.ZipFile(output, "w") as new:
            for name in old.namelist():
                text = old.read(name)
                if name == "xl/workbook.xml":
                    text = b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">]>' + text
                new.writestr(name, text)
    with pytest.raises(BadInput):
        read_workbook(output.getvalue())


def test_a_file_that_is_too_large_is_refused_before_it_is_read():
    with pytest.raises(BadInput):
        read_workbook(b"PK\x03\x04" + b"0" * LARGEST_FILE)


def test_a_sheet_with_too_many_rows_is_refused():
    rows = [["type", "name", "label"], *[["text", f"q{n}", "Frage"] for n in range(10_050)]]
    with pytest.raises(BadInput):
        import_form(make_workbook(rows))


def test_circles_are_listed_beside_all_other_faults():
    with pytest.raises(BadInput) as refused:
        import_form(make_workbook([["type", "name", "label", "relevant"], ["geopoint", "wo", "Wo?"], ["text", "a", "A", "${b} = '1'"],
                                   ["text", "b", "B", "${a} = '1'"], ["text", "c", "C", "${c} = '1'"], ["text", "d", "D", "${"]]))
    faults = " ".join(refused.value.faults)
    assert len(refused.value.faults) == 4
    assert "Kreis" in faults
    assert "„c“ selbst" in faults
