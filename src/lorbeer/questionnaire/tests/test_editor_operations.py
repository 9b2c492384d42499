"""Whatever is done to a questionnaire on screen: it passes the checks and survives a workbook, or its faults are listed."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lorbeer.questionnaire import expressions
from lorbeer.questionnaire.definition import (
    MOST_NODES,
    Choice,
    Form,
    Group,
    Limits,
    Question,
    Repeat,
    Section,
    Type,
    expressions_of,
)
from lorbeer.questionnaire.editor import lists, names, operations
from lorbeer.questionnaire.editor.checks import faults_of, readable
from lorbeer.questionnaire.editor.operations import Gone, Place, StillUsed
from lorbeer.questionnaire.editor.references import keyed_nodes, list_users, uses_of
from lorbeer.questionnaire.tests.editing import PACKAGES
from lorbeer.questionnaire.tests.factories import LISTS, dependent_form, make_form, make_question, make_section, make_workbook
from lorbeer.questionnaire.workbooks import cell_text
from lorbeer.questionnaire.xlsform import export_workbook, import_form
from lorbeer.shared.errors import BadInput, LorbeerError
from lorbeer.shared.text import Localized

pytestmark = pytest.mark.once


def rich_form() -> Form:
    """A bit of everything: conditions, a matrix, “other”, a repeat, a page without a name."""
    first = make_section(
        make_question("konzept", Type.SINGLE, list_name="ja_nein", required="yes", or_other=True),
        make_question("welches", relevant="${konzept} = 'ja'", hint=Localized({"de": "Wie ${konzept}?"})),
        Group("raster", Localized({"de": "Raster"}), appearance="table-list", items=(
            make_question("zeile_1", Type.SINGLE, list_name="farben"), make_question("zeile_2", Type.SINGLE, list_name="farben"))),
        name="eins")
    loose = Section("", items=(
        make_question("alter", Type.INTEGER, limits=Limits(min="1", max="120"), constraint=". > 17"),
        Repeat("projekt", Localized({"de": "Projekt"}), items=(
            make_question("titel"), make_question("summe", Type.CALCULATE, calculation="${alter} + count(${projekt})", label=Localized())),
            max_count=2),
    ))
    last = make_section(make_question("farbe", Type.MULTI, list_name="farben"), name="drei")
    return operations.settled(replace(make_form(sections=(first, loose, last)), languages={"de": "Deutsch", "en": "English"}))


def survives(form: Form) -> bool:
    return import_form(export_workbook(form)).sha256 == form.sha256


# --- what is promised of each operation -----------------------------------------------------------------------------------


def test_the_form_of_these_tests_is_sound():
    assert faults_of(rich_form()) == []
    assert survives(rich_form())


@pytest.mark.parametrize("path", PACKAGES, ids=lambda path: path.parent.name)
def test_putting_every_part_of_a_questionnaire_in_its_own_place_changes_nothing(path):
    form = import_form(path.read_bytes())
    assert operations.settled(form) == form
    assert faults_of(form) == []
    for key, node in keyed_nodes(form):
        assert operations.change(form, key, node).sha256 == form.sha256
        assert operations.move(form, key, operations.place_of(form, key)).sha256 == form.sha256
    for name, choices in form.lists.items():
        assert lists.change_list(form, name, name, choices, {choice.code: choice.code for choice in choices}) == form


def test_a_rename_is_written_into_every_condition_calculation_and_text():
    form = rich_form()
    renamed = operations.change(form, "konzept", replace(form.question("konzept"), name="plan"))
    assert renamed.question("welches").relevant == "${plan} = 'ja'"
    assert renamed.question("welches").hint == {"de": "Wie ${plan}?"}
    assert renamed.question("plan_other").derived_from == "plan"
    assert "konzept_other" not in renamed.placed
    assert not uses_of(renamed, {"konzept", "konzept_other"})
    again = operations.change(renamed, "alter", replace(form.question("alter"), name="jahre"))
    assert again.question("summe").calculation == "${jahre} + count(${projekt})"
    assert faults_of(again) == []
    assert survives(again)


@pytest.mark.parametrize(("text", "expected"), [
    ("${ alt } = 'alt'", "${neu} = 'alt'"), ("count-selected(${alt}) > 1 and ${alter} < 3", "count-selected(${neu}) > 1 and ${alter} < 3"),
    ("jr:choice-name(${alt}, '${alt}')", "jr:choice-name(${neu}, '${neu}')"), ("../alt + current()/../alt", "../neu + current()/../neu"),
    ("“${alt}” = ${alt}  ", "“${neu}” = ${neu}  "), ("${alt} = ", "${neu} = "), ("( ${alt}", "( ${neu}"),
])
def test_only_the_name_changes_in_an_expression(text, expected):
    assert expressions.renamed(text, {"alt": "neu"}) == expected


def test_what_is_still_asked_for_is_not_deleted_and_the_places_are_named():
    with pytest.raises(StillUsed) as refused:
        operations.delete(rich_form(), "konzept")
    assert {(use.key, use.attribute) for use in refused.value.uses} == {("welches", "relevant"), ("welches", "hint")}
    with pytest.raises(StillUsed):
        lists.delete_list(rich_form(), "farben")


def test_a_block_goes_with_what_refers_only_within_it():
    form = operations.delete(rich_form(), "eins")
    assert [section.name for section in form.sections] == ["", "drei"]
    assert faults_of(form) == []


def test_an_option_gets_a_new_code_in_every_comparison_and_keeps_its_questions():
    form = rich_form()
    choices = [replace(choice, code={"ja": "gewiss"}.get(choice.code, choice.code)) for choice in form.lists["ja_nein"]]
    changed = lists.change_list(form, "ja_nein", "antworten", choices, {"ja": "gewiss", "nein": "nein"})
    assert changed.question("welches").relevant == "${konzept} = 'gewiss'"
    assert changed.question("konzept").list_name == "antworten"
    assert survives(changed)
    with pytest.raises(StillUsed):
        lists.change_list(form, "ja_nein", "ja_nein", form.lists["ja_nein"][1:], {"nein": "nein"})


def test_a_copy_has_names_of_its_own_and_refers_to_itself():
    form, key = operations.copy(rich_form(), "eins")
    assert key == "eins_2"
    assert form.question("welches_2").relevant == "${konzept_2} = 'ja'"
    assert form.question("welches").relevant == "${konzept} = 'ja'"
    assert faults_of(form) == []
    assert survives(form)


def test_up_and_down_lead_out_of_groups_and_onto_the_neighbouring_page():
    form = rich_form()
    assert operations.place_of(operations.shift(form, "zeile_1", -1), "zeile_1") == Place("eins", 2)
    assert operations.place_of(operations.shift(form, "zeile_2", 1), "zeile_2") == Place("eins", 3)
    assert operations.place_of(operations.shift(form, "farbe", -1), "farbe") == Place("part-2", 2)
    assert operations.place_of(operations.shift(form, "alter", 1), "alter") == Place("part-2", 1)
    with pytest.raises(BadInput):
        operations.shift(form, "konzept", -1)


def test_what_xlsform_does_not_know_is_refused_with_the_reason():
    form = rich_form()
    with pytest.raises(BadInput, match="Repeat|Wiederholung|repeat"):
        operations.add(form, Repeat("noch_einer"), Place("projekt", 0))
    with pytest.raises(BadInput):
        operations.move(form, "raster", Place("part-2", 0))
    with pytest.raises(BadInput):
        operations.move(form, "eins", Place("eins", 0))
    with pytest.raises(BadInput):
        operations.add(form, make_question("projekt"), Place("eins", 0))
    with pytest.raises(BadInput):
        operations.add(form, make_question("konzept_other"), Place("eins", 0))
    with pytest.raises(Gone):
        operations.node_of(form, "niemand")


def test_a_questionnaire_is_as_long_on_screen_as_in_a_workbook_and_no_longer():
    questions = [["text", f"q{number}", "Frage?"] for number in range(MOST_NODES)]
    longest = import_form(make_workbook([["type", "name", "label"], *questions[:-1]]))          # and the page they stand on
    assert sum(1 for _node in longest.nodes()) == MOST_NODES
    with pytest.raises(BadInput, match=str(MOST_NODES)):
        import_form(make_workbook([["type", "name", "label"], *questions]))
    shorter = operations.delete(longest, "q1")
    assert sum(1 for _node in operations.add(shorter, make_question("neu"), Place(next(keyed_nodes(shorter))[0], 0)).nodes()) == MOST_NODES
    with pytest.raises(BadInput, match=str(MOST_NODES)):
        operations.add(shorter, make_section(make_question("neu"), name="seite"), Place("", 1))


def test_pages_without_a_name_are_joined_and_empty_ones_go_away():
    form = operations.delete(rich_form(), "drei")
    form = operations.add(form, make_section(name="ende"), Place("", 2))
    form = operations.move(operations.move(form, "alter", Place("ende", 0)), "projekt", Place("ende", 0))
    assert [section.name for section in form.sections] == ["eins", "ende"]


@pytest.mark.parametrize(("label", "name"), [
    ("Welches Konzept gibt es?", "welches_konzept_gibt_es"), ("Größe in Übersee", "groesse_in_uebersee"), ("2. Frage", "frage"),
    ("???", "frage"), ("Was ist ${alter}?", "was_ist"), ("日本", "frage"),
])
def test_names_are_made_of_the_words(label, name):
    assert names.propose_name(label, ()) == name
    assert names.propose_name(label, {name}) == f"{name}_2"


def test_taking_a_language_out_takes_its_texts_out():
    form = rich_form()
    form = lists.change_heading(form, title=form.title, code=form.code, languages={"de": "Deutsch"}, default_language="de")
    assert all("en" not in choice.label for choices in form.lists.values() for choice in choices)
    assert survives(form)


def test_a_language_without_any_text_is_a_fault_and_so_is_a_list_without_options():
    form = replace(make_form(make_question()), lists={}, languages={"de": "Deutsch", "fr": "Français"})
    assert [fault.kind for fault in faults_of(form)] == ["form"]
    form = replace(make_form(make_question()), lists={"leer": ()})
    assert [(fault.kind, fault.key) for fault in faults_of(form)] == [("list", "leer")]


def test_faults_stand_at_what_they_are_about():
    form = operations.add(rich_form(), Question("offen", Type.SINGLE), Place("eins", 0))
    assert {(fault.kind, fault.key) for fault in faults_of(form)} == {("item", "offen")}
    form = operations.change(rich_form(), "alter", replace(rich_form().question("alter"), relevant="${nirgends} = 1", default="viel"))
    assert {(fault.key, fault.attribute) for fault in faults_of(form)} == {("alter", "relevant"), ("alter", "default")}
    assert readable(form).question("alter").relevant == ""


@pytest.mark.parametrize("text", [
    "a _x0041_ b", "a\tb", "a\n\nb", "=1+1", "'x", "1.0", "true", "&lt;", "\N{GRINNING FACE}", "x" * 32767, "a\x85b",
    "x\N{NO-BREAK SPACE}", "\ufffea\uffff", "\x0ba",
])
def test_any_text_that_a_field_takes_comes_back_from_a_workbook_as_it_is(text):
    form = replace(make_form(make_question(label=Localized({"de": cell_text(text)}))), lists={})
    assert faults_of(form) == []
    assert survives(form)


# --- any sequence -----------------------------------------------------------------------------------------------------------

WORDS = st.text(st.sampled_from("abcäß ?'\"${}=.\n"), max_size=12)
TEXTS = st.dictionaries(st.sampled_from(["de", "en"]), WORDS.map(str.strip).filter(bool), max_size=2).map(Localized)


@st.composite
def deeds(draw):
    return draw(st.lists(st.tuples(
        st.sampled_from(["add", "change", "rename", "move", "shift", "copy", "delete", "list", "recode", "kind", "condition"]),
        st.integers(0, 60), st.integers(0, 60), TEXTS), min_size=1, max_size=12))


def do(form: Form, deed) -> Form:  # noqa: C901 one branch for each operation
    act, first, second, words = deed
    nodes = list(keyed_nodes(form))
    if not nodes:
        return operations.add(form, Section("neu", words), Place("", 0))
    key, node = nodes[first % len(nodes)]
    other, _node = nodes[second % len(nodes)]
    questions = list(form.placed)
    if act == "add":
        new = [Question(names.unused("neu", names.names_of(form)), list(Type)[second % len(Type)], words),
               Group(names.unused("gruppe", names.names_of(form)), words),
               Repeat(names.unused("mal", names.names_of(form)), words),
               Section(names.unused("seite", names.names_of(form)), words)][second % 4]
        return operations.add(form, new, Place("" if isinstance(new, Section) else key, 0))
    if act == "change":
        return operations.change(form, key, replace(node, label=words))
    if act == "rename" and node.name:
        return operations.change(form, key, replace(node, name=names.unused("umbenannt", names.names_of(form))))
    if act == "move":
        place = operations.place_of(form, other)
        return operations.move(form, key, Place(other, 0) if second % 2 else place)
    if act == "shift":
        return operations.shift(form, key, 1 if second % 2 else -1)
    if act == "copy":
        return operations.copy(form, key)[0]
    if act == "delete":
        return operations.delete(form, key)
    if act == "list" and form.lists:
        name = sorted(form.lists)[first % len(form.lists)]
        choices = (*form.lists[name], Choice(names.unused("wahl", {choice.code for choice in form.lists[name]}), words))
        return lists.change_list(form, name, name, choices[1:] if second % 3 == 0 else choices, {})
    if act == "recode" and form.lists:
        name = sorted(form.lists)[first % len(form.lists)]
        codes = {choice.code: f"{choice.code}x"[:90] for choice in form.lists[name]}
        choices = [replace(choice, code=codes[choice.code]) for choice in form.lists[name]]
        return lists.change_list(form, name, name, choices, codes)
    if act == "kind" and isinstance(node, Question):
        return operations.change(form, key, operations.without_unfit(replace(node, type=list(Type)[second % len(Type)])))
    if act == "condition" and questions and isinstance(node, Question):
        return operations.change(form, key, replace(node, relevant=f"${{{questions[second % len(questions)]}}} != ''"))
    return form


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(deeds())
def test_any_sequence_of_operations_leaves_a_sound_form_or_one_whose_faults_are_listed(sequence):
    form = rich_form()
    for deed in sequence:
        try:
            form = do(form, deed)
        except LorbeerError as refused:
            assert str(refused)
    assert operations.settled(form) == form
    assert Form.from_json(form.to_json()) == form
    names = [node.name for node in form.nodes() if node.name]
    assert len(names) == len(set(names))
    known = {*form.placed, *form.repeats}
    for key, node in keyed_nodes(form):
        assert operations.node_of(form, key) is node
        for attribute, text in expressions_of(node):
            if attribute != "default":
                assert expressions.references(expressions.parse(text, columns=attribute == "choice_filter")) <= known
    found = faults_of(form)
    keys = {key for key, _node in keyed_nodes(form)}
    assert all(fault.sentence and (fault.kind != "item" or fault.key in keys) for fault in found)
    if not found:
        assert survives(form)
        for name in form.lists:
            assert all(question.choices for question in list_users(form, name))
    readable(form).order  # noqa: B018 can be shown whatever its state


def test_the_tree_of_a_form_that_depends_on_itself_can_be_shown_all_the_same():
    form = dependent_form()
    circular = operations.change(form, "konzept", replace(form.question("konzept"), relevant="${seite} = 1"))
    assert faults_of(circular)
    assert readable(circular).order
    assert LISTS


def test_circles_and_unwritten_languages_are_listed_beside_all_other_faults():
    form = make_form(make_question("a", relevant="${b} = '1'"), make_question("b", relevant="${a} = '1'"), make_question("c", relevant="${"))
    form = replace(form, languages={**form.languages, "fr": "Français"})
    sentences = [fault.sentence for fault in faults_of(form)]
    assert len(sentences) == 3
    assert sum("Français" in one for one in sentences) == 1
    assert sum("Kreis" in one or "circle" in one for one in sentences) == 1
