"""Into which award group an entry comes: legal statuses, conditions, and what is not known yet."""

import pytest

from lorbeer.call.models import AwardGroup
from lorbeer.call.tests.factories import make_competition, make_group
from lorbeer.questionnaire.definition import Type
from lorbeer.questionnaire.frozen import Document, canonical_document
from lorbeer.questionnaire.grouping import Applicant, applicant_of, faults_of, group_for, groups_for
from lorbeer.questionnaire.tests.factories import make_form, make_question, make_version
from lorbeer.register.tests.factories import make_municipality

pytestmark = pytest.mark.django_db
FORM = make_form(make_question("alter", Type.INTEGER), make_question("farbe", Type.SINGLE, list_name="farben"))


def competition_with(*rules):
    """Groups a, b, c … with (legal statuses, condition) each."""
    competition = make_competition()
    AwardGroup.objects.filter(competition=competition).delete()
    for number, (statuses, condition) in enumerate(rules):
        make_group(competition, code="abcdef"[number], position=number, legal_statuses=statuses, condition=condition)
    return competition


def handed_in(competition, **answers):
    data, _sha256 = canonical_document(FORM, make_version(competition, FORM), {(name, 0): value for name, value in answers.items()})
    return Document.read(FORM, data)


def codes(competition, applicant):
    return "".join(group.code for group in groups_for(competition, applicant))


@pytest.mark.parametrize(("age", "code"), [(8, "a"), (13, "a"), (14, "b"), (19, "c"), (None, "c")])
def test_an_answer_decides_on_the_group(age, code):
    competition = competition_with(([], "${alter} < 14"), ([], "${alter} < 19"), ([], ""))

    assert codes(competition, Applicant({}, handed_in(competition, alter=age))) == code


def test_a_group_with_a_rule_comes_before_one_without_wherever_it_stands():
    competition = competition_with(([], ""), ([], "${farbe} = 'rot'"))

    assert codes(competition, Applicant({}, handed_in(competition, farbe="rot"))) == "b"
    assert codes(competition, Applicant({}, handed_in(competition, farbe="blau"))) == "a"


def test_legal_status_and_condition_must_both_hold():
    competition = competition_with((["kreisfrei"], "${register.population} < 100000 and ${alter} > 1"), ([], ""))
    small = make_municipality(legal_status="kreisfrei", population=50_000)
    large = make_municipality(legal_status="kreisfrei", population=500_000)
    other = make_municipality(legal_status="landkreis", population=50_000)
    document = handed_in(competition, alter=2)

    assert [codes(competition, applicant_of(body, document)) for body in (small, large, other)] == ["a", "b", "b"]


def test_what_is_not_known_yet_leaves_every_possible_group():
    competition = competition_with(
        (["kreisfrei"], ""), ([], "${register.population} < 20000 and ${alter} > 5"), ([], "${register.land} = 'BY'"), ([], ""))
    small = make_municipality(population=10_000)
    bavarian = make_municipality(population=90_000, land_code="BY")

    assert codes(competition, applicant_of(make_municipality(legal_status="kreisfrei"))) == "a"
    assert codes(competition, applicant_of(small)) == "bd"
    assert codes(competition, applicant_of(bavarian)) == "c"
    assert group_for(competition, applicant_of(small)) is None
    assert codes(competition, applicant_of(small, handed_in(competition, alter=6))) == "b"
    assert codes(competition, applicant_of(small, handed_in(competition, alter=5))) == "d"
    assert codes(competition, applicant_of(None)) == "abcd"             # nobody knows who it will be
    assert codes(competition, Applicant({}, handed_in(competition))) == "d"        # and this one is not in the register


def test_where_no_rule_takes_an_entry_there_is_no_group():
    competition = competition_with((["kreisfrei"], ""), ([], "${alter} > 5"))

    assert codes(competition, Applicant({}, handed_in(competition, alter=3))) == ""


@pytest.mark.parametrize(("condition", "word"), [
    ("${alter} <", "column"), ("${alter", "reference"), ("${age} < 3", "age"), ("${register.size} < 3", "register.size"),
    ("${alter} < 3 and today() > '2026-01-01'", "today"), ("${farbe} = 'lila'", "lila"), ("selected(${farbe}, 'lila')", "lila"),
    ("${register.legal_status} = 'dorf'", "dorf"),
])
def test_a_condition_that_cannot_be_right_is_refused_with_a_sentence(condition, word, settings):
    from django.utils import translation

    with translation.override("en"):
        faults = faults_of(condition, FORM)

    assert len(faults) == 1
    assert word in faults[0]


def test_a_condition_over_answers_and_register_is_accepted():
    assert faults_of("(${alter} > 5 or ${farbe} = 'rot') and ${register.land} = 'NW' and ${register.population} > 1", FORM) == []
