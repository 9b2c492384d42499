from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lorbeer.questionnaire import expressions
from lorbeer.questionnaire.definition import Repeat, Type
from lorbeer.questionnaire.evaluation import Evaluation, _Scope
from lorbeer.questionnaire.tests.factories import check_sentences, make_form, make_question
from lorbeer.shared.errors import BadInput

NOW = datetime(2017, 12, 31, 23, 30, tzinfo=ZoneInfo("Europe/Berlin"))
QUESTIONS = (
    make_question("text"), make_question("zahl", Type.INTEGER), make_question("komma", Type.DECIMAL),
    make_question("tag", Type.DATE), make_question("ende", Type.DATE), make_question("wahl", Type.SINGLE, list_name="farben"),
    make_question("viele", Type.MULTI, list_name="farben"), make_question("haken", Type.ACKNOWLEDGE), make_question("leer"),
    Repeat("projekt", items=(make_question("titel"), make_question("geld", Type.INTEGER)), max_count=5),
)
ANSWERS = {
    ("text", 0): "Guten Tag", ("zahl", 0): 7, ("komma", 0): "2.50", ("tag", 0): "2017-06-12", ("ende", 0): "2017-12-31",
    ("wahl", 0): "rot", ("viele", 0): ["rot", "gruen"], ("haken", 0): True,
    ("titel", 1): "A", ("titel", 2): "B", ("geld", 1): 100, ("geld", 3): 50, ("projekt", 0): 3,
}


def value_of(text, *, place=0, own=None):
    """The value of an expression in a calculation that stands outside (place 0) or inside the repeat."""
    calculation = make_question("ergebnis", Type.CALCULATE, calculation=text)
    questions = list(QUESTIONS)
    if place:
        questions[-1] = Repeat("projekt", items=(*QUESTIONS[-1].items, calculation), max_count=5)
    else:
        questions.append(calculation)
    form = make_form(*questions)
    return Evaluation(form, {**ANSWERS, ("ergebnis", place): own}, now=NOW).value("ergebnis", place)


@pytest.mark.parametrize(("text", "expected"), [
    # a blank is '' for = and not a number for <
    ("${leer} = ''", "true"), ("${leer} = 0", "false"), ("${leer} < 1", "false"), ("${leer} >= 0", "false"),
    ("${leer} != 'a'", "true"),
    # numbers
    ("1 + 2 * 3", "7"), ("(1 + 2) * 3", "9"), ("7 div 2", "3.5"), ("-7 mod 2", "-1"), ("2 - -1", "3"), ("1 div 0", "Infinity"),
    ("${zahl} = '7'", "true"), ("${komma} * 2", "5"), ("0.1 + 0.2 = 0.3", "true"),
    ("round(2.5)", "3"), ("round(-2.5)", "-3"), ("round(1.005, 2)", "1.01"), ("int(-1.7)", "-1"), ("number('x') = 1", "false"),
    ("floor(1.9) + ceiling(1.1)", "3"), ("abs(-2)", "2"),
    # dates compare as days
    ("${tag} < ${ende}", "true"), ("${tag} > date('2017-06-11')", "true"), ("${ende} - ${tag}", "202"),
    ("today()", "2017-12-31"), ("date(today() + 1)", "2018-01-01"), ("${ende} <= today()", "true"),
    ("format-date(${tag}, '%e.%n.%Y')", "12.6.2017"), ("now()", "2017-12-31T22:30:00Z"), ("${tag} < '2017-13-40'", "false"),
    # choices
    ("selected(${viele}, 'rot')", "true"), ("selected(${viele}, 'ro')", "false"), ("selected(${wahl}, 'rot')", "true"),
    ("count-selected(${viele})", "2"), ("selected-at(${viele}, 1)", "gruen"), ("selected-at(${viele}, 9)", None),
    ("jr:choice-name(${wahl}, '${wahl}')", "Rot"), ("jr:choice-name(${wahl}, ${wahl})", "Rot"), ("${haken} = 'OK'", "true"),
    # text
    ("string-length(${text})", "9"), ("contains(${text}, 'Tag')", "true"), ("starts-with(${text}, 'Guten')", "true"),
    ("ends-with(${text}, 'Tag')", "true"), ("concat(${text}, ' ', ${zahl})", "Guten Tag 7"), ("substr('abcdef', 1, 3)", "bc"),
    ("substring('12345', 2, 3)", "234"), ("translate('bar','abc','AB')", "BAr"), ("normalize-space('  a  b ')", "a b"),
    ("regex(${text}, '[A-Z].*')", "true"), ("regex(${text}, 'Tag')", "false"), ("upper-case('ä')", "Ä"),
    ("substring-before('a-b','-')", "a"), ("substring-after('a-b','-')", "b"),
    # logic: only what is needed is evaluated
    ("if(${zahl} > 5, 'viel', 'wenig')", "viel"), ("if(true(), 1, foo)", BadInput), ("coalesce(${leer}, ${text})", "Guten Tag"),
    ("not(${zahl} > 5)", "false"), ("true() and false() or true()", "true"), ("boolean-from-string('1')", "true"),
    # repeats
    ("sum(${geld})", "150"), ("count(${projekt})", "3"), ("count-non-empty(${titel})", "2"), ("max(${geld})", "100"),
    ("min(${geld})", "50"), ("join(', ', ${titel})", "A, B, "), ("indexed-repeat(${titel}, ${projekt}, 2)", "B"),
    ("sum(${leer})", "0"), ("max(${leer})", None), ("${titel} = 'B'", "true"), ("../zahl + 1", "8"),
])
def test_expressions_mean_what_odk_makes_of_them(text, expected):
    if expected is BadInput:
        with pytest.raises(BadInput):
            expressions.parse(text)
        return
    assert value_of(text) == expected


@pytest.mark.parametrize(("text", "expected"), [
    ("${titel}", "B"), ("position(..)", "2"), ("${geld} = ''", "true"), ("count(${projekt})", "3"), ("${zahl}", "7"),
])
def test_inside_a_repeat_a_reference_means_the_same_place(text, expected):
    assert value_of(text, place=2) == expected


def test_once_keeps_what_was_computed_first():
    assert value_of("once(today())", own="2017-01-01") == "2017-01-01"
    assert value_of("once(today())") == "2017-12-31"


@pytest.mark.parametrize(("text", "column"), [
    ("foo(1)", 1), ("1 + bar(2)", 5), ("(1 + 2", 1), ("1 2", 3), ("${a", 1), ("a = 1", 1), ("1 +", 4), ("selected(${x})", 1),
    ("'abc", 1), ("1 , 2", 3), ("regex(., '[')", 1), ("", None), ("a[1]", 2), ("/data/x = 1", 1), ("not)", 1), ("#", 1),
])
def test_a_broken_expression_is_refused_and_the_place_named(text, column):
    with pytest.raises(BadInput) as caught:
        expressions.parse(text)
    if column is not None:
        assert str(column) in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100 + "1" + ")" * 100,
        "1" + "+1" * 1500,
        "not(" * 60 + "1" + ")" * 60,
        "-" * 3000 + "1",
        "a" * 5000,
        "if(1," * 45 + "1" + ",2)" * 45,
    ],
)
def test_an_expression_as_deep_or_long_as_an_attack_is_refused(text):
    with pytest.raises(BadInput):
        expressions.parse(text)


def test_a_pattern_that_never_ends_is_given_up():
    assert value_of("regex('" + "a" * 40 + "!', '(a+)+$')") == "false"


ATOMS = st.sampled_from([*"().,+-*=<>'\"|", "${zahl}", "${text}", "${geld}", "${projekt}", ".", "..", "and", "or", "div", "mod",
                         "1", "2.5", "''", "'a'", "selected(", "if(", "sum(", "date(", "today()", "round(", "int(", "!=", "<=",
                         "-", " ", "substr(", "selected-at(", "format-date(", "9" * 70, "1e5", "position(", "${tag}", "max("])


@settings(max_examples=400, deadline=None)
@given(st.lists(ATOMS, max_size=14).map("".join) | st.text(max_size=60))
def test_any_text_is_an_expression_with_a_value_or_refused_with_a_sentence(text):
    try:
        tree = expressions.parse(text)
    except BadInput as refused:
        check_sentences(refused)
        return
    form = make_form(*QUESTIONS)
    evaluation = Evaluation(form, ANSWERS, now=NOW)
    value = expressions.first(expressions.evaluate(tree, _Scope(evaluation, 0, "text")))
    assert isinstance(value, str | Decimal | bool)
    assert isinstance(expressions.as_text(value), str)
