import pytest
from hypothesis import given
from hypothesis import strategies as st

from lorbeer.questionnaire import expressions
from lorbeer.questionnaire.definition import Type
from lorbeer.questionnaire.editor.conditions import MOST_ROWS, SELF, Row, fitting, meant, rows_of, shown, signs_of, text_of
from lorbeer.questionnaire.tests.factories import make_form, make_question
from lorbeer.shared.errors import BadInput

pytestmark = pytest.mark.once
FORM = make_form(make_question("konzept", Type.SINGLE, list_name="ja_nein"), make_question("farbe", Type.MULTI, list_name="farben"),
                 make_question("alter", Type.INTEGER), make_question("wort"), make_question("tag", Type.DATE))


@pytest.mark.parametrize(("text", "joiner", "rows"), [
    ("${konzept} = 'ja'", "and", [Row("konzept", "=", "ja")]),
    ("selected(${farbe}, 'rot') or not(selected(${farbe}, 'blau'))", "or", [Row("farbe", "has", "rot"), Row("farbe", "lacks", "blau")]),
    ("${alter} >= 18 and ${alter} < -5 and ${wort} != ''", "and", [Row("alter", ">=", "18"), Row("alter", "<", "-5"), Row("wort", "answered")]),
    (". > 17", "and", [Row(SELF, ">", "17")]), ("${tag} > '2017-01-01'", "and", [Row("tag", ">", "2017-01-01")]), ("", "and", []),
])
def test_what_menus_can_say_is_read_back_as_the_same_rows(text, joiner, rows):
    assert rows_of(FORM, text) == (joiner, rows)
    assert not text or expressions.parse(text_of(FORM, joiner, rows)) == expressions.parse(text)


@pytest.mark.parametrize("text", [
    "${konzept} = 'ja' and (${alter} > 3 or ${alter} < 1)", "count-selected(${farbe}) > 1", "${alter} > ${wort}", "${konzept} = ", "nein(",
    "${alter} = '5'", "'ja' = ${konzept}", "${fremd} = 'ja'", " and ".join(["${alter} > 1"] * (MOST_ROWS + 1)), "not(${alter} = 3)",
])
def test_what_menus_cannot_say_stays_an_expression(text):
    assert rows_of(FORM, text) is None


def test_an_option_is_called_by_its_words_in_any_language_or_by_its_code():
    konzept = FORM.question("konzept")
    assert [meant(FORM, konzept, "=", word) for word in ("Ja", "yes", " NEIN ", "nein")] == ["ja", "ja", "nein", "nein"]
    assert shown(FORM, konzept, "ja") in ("Ja", "Yes")
    with pytest.raises(BadInput, match="vielleicht"):
        meant(FORM, konzept, "=", "vielleicht")
    assert meant(FORM, FORM.question("alter"), ">", "2,5") == "2.5"


@pytest.mark.parametrize("row", [
    Row("alter", ">", "viel"), Row("wort", "=", ""), Row("weg", "=", "1"), Row("wort", "=", "'\""), Row("wort", "~", "a"),
])
def test_a_row_that_says_nothing_is_refused_with_a_sentence(row):
    with pytest.raises(BadInput, match=r"\w+ .+"):
        text_of(FORM, "and", [row])


@given(st.sampled_from(["and", "or"]), st.lists(st.tuples(
    st.sampled_from(["konzept", "farbe", "alter", "wort", "tag", SELF]),
    st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "has", "lacks", "answered", "blank"]),
    st.text(st.sampled_from("ab’“”'\" 1-.ä"), max_size=8)),
    min_size=1, max_size=6))
def test_whatever_the_menus_write_can_be_read(joiner, cells):
    rows = [Row(*cell) for cell in cells]
    try:
        text = text_of(FORM, joiner, rows)
    except BadInput:
        return
    assert expressions.parse(text)
    assert rows_of(FORM, text) is not None


def test_of_several_options_is_means_that_the_option_is_among_them():
    assert text_of(FORM, "and", [Row("farbe", "=", "rot")]) == "selected(${farbe}, 'rot')"
    assert text_of(FORM, "and", [Row("farbe", "!=", "rot")]) == "not(selected(${farbe}, 'rot'))"
    assert rows_of(FORM, "${farbe} = 'rot'") is None                    # somebody wrote it: it is shown as written


@pytest.mark.parametrize("row", [Row("farbe", "<", "rot"), Row("konzept", ">=", "ja"), Row("alter", "has", "3")])
def test_a_sign_that_makes_no_sense_for_the_question_is_refused(row):
    with pytest.raises(BadInput, match=r"„.+“"):
        text_of(FORM, "and", [row])


@pytest.mark.parametrize(("question", "offered"), [
    ("konzept", ["=", "!=", "answered", "blank"]), ("farbe", ["has", "lacks", "answered", "blank"]),
    ("alter", ["=", "!=", "answered", "blank", "<", "<=", ">", ">="]), ("wort", ["=", "!=", "answered", "blank"]),
    ("tag", ["=", "!=", "answered", "blank", "<", "<=", ">", ">="]),
])
def test_only_the_signs_that_fit_the_question_are_offered_and_each_of_them_can_be_said(question, offered):
    asked = FORM.question(question)
    assert signs_of(asked) == offered
    assert [fitting(asked, sign) for sign in offered] == offered
    assert len(signs_of(None)) == 10
