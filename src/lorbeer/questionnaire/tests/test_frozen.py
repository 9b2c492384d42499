import hashlib
import json
from types import SimpleNamespace

import pytest
from django.utils import translation

from lorbeer.questionnaire.cleaning import clean_value
from lorbeer.questionnaire.definition import Choice, Limits, Repeat, Type
from lorbeer.questionnaire.faults import faults
from lorbeer.questionnaire.frozen import Document, canonical_document, columns
from lorbeer.questionnaire.tests.factories import dependent_form, make_form, make_question
from lorbeer.questionnaire.values import pages_of
from lorbeer.shared.errors import BadInput
from lorbeer.shared.text import Localized

VERSION = SimpleNamespace(questionnaire=SimpleNamespace(code="entry"), number=3, sha256="f" * 64)


def frozen(form, answers, **meta):
    data, sha256 = canonical_document(form, VERSION, answers, meta)
    assert hashlib.sha256(data).hexdigest() == sha256
    return data


def test_the_same_answers_give_the_same_bytes_whatever_their_order():
    form = dependent_form()
    answers = {("konzept", 0): "ja", ("welches", 0): "Ökö – „Konzept“", ("titel", 1): "A"}
    backwards = dict(reversed(list(answers.items())))

    assert frozen(form, answers, entry="K7") == frozen(form, backwards, entry="K7")
    assert frozen(form, answers, entry="K7") != frozen(form, {**answers, ("titel", 1): "B"}, entry="K7")


@pytest.mark.parametrize(("type", "role", "value", "german", "english"), [
    (Type.DECIMAL, "amount", "2500.5", "2.500,50\N{NO-BREAK SPACE}€", "€2,500.50"),
    (Type.INTEGER, "costs", 3000, "3.000\N{NO-BREAK SPACE}€", "€3,000"),
    (Type.DECIMAL, "amount", "0.125", "0,125", "0.125"),                # no whole cents: as it was typed
    (Type.INTEGER, "population", 3000, "3000", "3000"),
    (Type.LONG_TEXT, "costs", "Miete 300", "Miete 300", "Miete 300"),
])
def test_numbers_that_are_money_are_read_as_money(type, role, value, german, english):
    form = make_form(make_question("q", type, role=role))
    document = Document.read(form, frozen(form, {("q", 0): value}))

    with translation.override("de"):
        assert document.sections()[0].items[0].text == german
    with translation.override("en"):
        assert document.sections()[0].items[0].text == english


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_decimal_with_three_places_is_frozen_as_it_was_kept(language):
    form = make_form(make_question("q", Type.DECIMAL, limits=Limits(max="10")))
    with translation.override(language):
        kept = clean_value(form.question("q"), "1,125" if language == "de" else "1.125")
        assert faults(form, {("q", 0): kept}) == []
        assert Document.read(form, frozen(form, {("q", 0): kept})).value("q") == "1.125"


def test_what_is_not_asked_is_not_in_the_document():
    document = Document.read(dependent_form(), frozen(dependent_form(), {("konzept", 0): "nein", ("welches", 0): "geheim"}))

    assert document.answers == {("konzept", 0): "nein"}
    assert document.was_asked("konzept")
    assert not document.was_asked("welches")
    assert "geheim" not in json.dumps(document.data)


def test_the_document_is_read_by_name_role_and_section():
    form = make_form(
        make_question("titel", role="title", publishable=True, label=Localized({"de": "Titel von ${name}"})),
        make_question("name", role="contact_name"),
        make_question("farbe", Type.MULTI, list_name="farben"),
        Repeat(
            "projekt",
            Localized({"de": "Projekt"}),
            items=(
                make_question("p_titel", role="project_title", publishable=True),
                make_question("p_text", role="project_description"),
            ),
            max_count=2,
            role="project",
        ),
    )
    document = Document.read(form, frozen(form, {
        ("titel", 0): "Hand in Hand", ("name", 0): "A. Beispiel", ("farbe", 0): ["rot", "gruen"], ("projekt", 0): 2,
        ("p_titel", 1): "Garten", ("p_titel", 2): "Chor", ("p_text", 1): "Wir pflanzen."}))

    assert document.value("titel") == document.by_role("title") == "Hand in Hand"
    assert document.by_role("amount") is None
    assert document.value("p_titel") == document.by_role("project_title") == ["Garten", "Chor"]
    assert document.value("p_titel", 2) == "Chor"
    assert document.projects() == [{"place": 1, "title": "Garten", "description": "Wir pflanzen."},
                                   {"place": 2, "title": "Chor", "description": None}]
    (section,) = document.sections()
    assert [item.label for item in section.items] == [
        "Titel von A. Beispiel",
        "Frage name?",
        "Frage farbe?",
        "Projekt",
        "Projekt",
    ]
    assert section.items[2].text == "Rot; Gruen"
    assert section.items[2].lines == ("Rot", "Gruen")
    assert [item.place for item in section.items if item.kind == "place"] == [1, 2]
    (public,) = document.sections(publishable_only=True)
    assert [item.question.name if item.kind == "answer" else item.name for item in public.items] == [
        "titel",
        "projekt",
        "projekt",
    ]


def test_statistics_tell_missing_from_not_asked_and_no_answer():
    nothing = Choice("keine", Localized({"de": "keine Antwort"}), no_answer=True)
    from dataclasses import replace

    one = make_question("q1", Type.SINGLE, list_name="ja_nein")
    form = make_form(replace(one, choices=(*one.choices, nothing)), make_question("q2", relevant="${q1} = 'ja'"),
                     make_question("q5", Type.MULTI, list_name="farben"), make_question("q6", Type.INTEGER))

    row = Document.read(form, frozen(form, {("q1", 0): "keine", ("q5", 0): ["blau"]})).rows_for_statistics()
    assert {name: (cell.value, cell.state) for name, cell in row.items()} == {
        "q1": ("keine", "no_answer"), "q2": (None, "not_asked"), "q5_rot": (0, "answered"), "q5_blau": (1, "answered"),
        "q5_gruen": (0, "answered"), "q6": (None, "missing")}
    assert [column.name for column in columns(form)] == list(row)
    row = Document.read(form, frozen(form, {("q1", 0): "ja", ("q6", 0): 5})).rows_for_statistics()
    assert [(row[name].value, row[name].state) for name in ("q2", "q5_rot", "q6")] == [
        (None, "missing"), (None, "missing"), (5, "answered")]


def test_a_choice_and_a_question_of_the_same_name_have_a_column_each():
    """“Other” of a list, and the words that were typed beside it: two columns, and the words are in none of the list's."""
    from dataclasses import replace

    asked = make_question("q5", Type.MULTI, list_name="farben", or_other=True)
    other = asked.choices[-1]
    form = make_form(replace(asked, choices=(*asked.choices, replace(other, code="blau_rot"))), make_question(f"q5_{other.code}"),
                     make_question("q5_blau", Type.MULTI, list_name="farben"))

    row = Document.read(form, frozen(form, {("q5", 0): [other.code], (f"q5_{other.code}", 0): "geheim"})).rows_for_statistics()
    names = [column.name for column in columns(form)]
    assert len(set(names)) == len(names)
    assert (row[f"q5_{other.code}_"].value, row[f"q5_{other.code}"].value) == (1, "geheim")


def test_an_answer_of_the_wrong_form_is_never_frozen():
    with pytest.raises(BadInput):
        canonical_document(dependent_form(), VERSION, {("konzept", 0): "vielleicht"})


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"schema": "lorbeer.submission/1"}', "{", '{"schema": 5}',
                                  '{"schema": "lorbeer.submission/1", "answers": [1]}'])
def test_what_is_no_document_is_refused(text):
    with pytest.raises(BadInput):
        Document.read(dependent_form(), text)


def test_pages_are_counted_as_they_print():
    assert pages_of("Wort " * 50 * 19) == 1.0                           # 19 words of 5 characters fill a line of 96
    assert pages_of("a") == 0.0
    assert pages_of("\n" * 99) == 2.0
