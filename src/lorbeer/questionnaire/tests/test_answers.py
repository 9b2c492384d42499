import hashlib
import json
from datetime import date
from types import SimpleNamespace

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from lorbeer.questionnaire.answers import (
    Document,
    Evaluation,
    add_place,
    canonical_document,
    clean_value,
    columns,
    faults,
    pages_of,
    relevant_questions,
    remove_place,
)
from lorbeer.questionnaire.definition import Choice, Form, Limits, Repeat, Type, other_question
from lorbeer.questionnaire.tests.factories import check_sentences, make_form, make_question, make_section
from lorbeer.shared.errors import BadInput
from lorbeer.shared.text import Localized

VERSION = SimpleNamespace(questionnaire=SimpleNamespace(code="entry"), number=3, sha256="f" * 64)


def question(type_, **facts):
    if type_ in ("single", "multi", "yes_no"):
        facts.setdefault("list_name", "farben")
    return make_question("frage", type_, **facts)


@pytest.mark.parametrize(
    ("type_", "raw", "value"),
    [
        ("text", "  ein \n Titel ", "ein Titel"),
        ("long_text", "a\r\n\r\nb  ", "a\n\nb"),
        ("text", "a\x00b\ud800", "ab"),
        ("integer", "23.410", 23410),
        ("integer", "23 410", 23410),
        ("integer", 7, 7),
        ("integer", "-3", -3),
        ("decimal", "1.234,50", "1234.5"),
        ("decimal", "1,234.50", "1234.5"),
        ("decimal", "12,5", "12.5"),
        ("decimal", "5.000 €", "5000"),
        ("date", "31.12.2017", "2017-12-31"),
        ("date", "2017-12-31", "2017-12-31"),
        ("date", date(2017, 1, 2), "2017-01-02"),
        ("time", "9:05", "09:05"),
        ("single", "rot", "rot"),
        ("single", ["rot"], "rot"),
        ("multi", ["gruen", "rot"], ["rot", "gruen"]),
        ("multi", "gruen rot", ["rot", "gruen"]),
        ("multi", [], None),
        ("email", "a.beispiel@example.org", "a.beispiel@example.org"),
        ("url", "www.example.org/x", "https://www.example.org/x"),
        ("phone", "+49 30 123-45", "+49 30 123-45"),
        ("acknowledge", "on", True),
        ("acknowledge", False, None),
        (
            "address",
            {"street": "Weg 1", "postcode": "10115", "town": " Berlin ", "recipient": ""},
            {"street": "Weg 1", "postcode": "10115", "town": "Berlin"},
        ),
        ("municipality", "05 315 000", {"key": "05315000"}),
        ("municipality", {"key": "05315000", "name": "Köln"}, {"key": "05315000", "name": "Köln"}),
        ("file", {"code": "K7-M", "name": "a.pdf", "size": 3}, [{"code": "K7-M", "name": "a.pdf", "size": 3}]),
        ("text", "   ", None),
        ("integer", "", None),
    ],
)
def test_what_comes_in_is_kept_in_one_form(type_, raw, value):
    assert clean_value(question(type_), raw) == value
    assert clean_value(question(type_), value) == value                 # clean again: nothing changes


@pytest.mark.parametrize(
    ("type_", "raw"),
    [
        ("integer", "sieben"),
        ("integer", "1,5"),
        ("integer", "1" * 60),
        ("integer", True),
        ("decimal", "1.2.3"),
        ("decimal", "NaN"),
        ("decimal", "1e5"),
        ("date", "31.02.2017"),
        ("date", "gestern"),
        ("time", "25:00"),
        ("single", "lila"),
        ("single", ["rot", "blau"]),
        ("multi", ["rot", "lila"]),
        ("multi", [1]),
        ("multi", {"rot": 1}),
        ("email", "a@b"),
        ("url", "javascript:alert(1)"),
        ("phone", "ruf an"),
        ("acknowledge", "vielleicht"),
        ("address", {"planet": "Erde"}),
        ("address", {"postcode": "?"}),
        ("municipality", "Köln"),
        ("file", "../../etc/passwd"),
        ("file", [{"name": "a"}]),
        ("text", ["a"]),
        ("text", {"a": 1}),
        ("note", "x"),
        ("calculate", "1"),
        ("text", "a" * 100_001),
    ],
)
def test_what_does_not_fit_gets_a_sentence(type_, raw):
    with pytest.raises(BadInput) as caught:
        clean_value(question(type_), raw)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(("language", "expected"), [("de", 5000), ("en", 5000)])
def test_thousands_are_read_in_both_languages(language, expected):
    with translation.override(language):
        assert clean_value(question("integer"), "5.000" if language == "de" else "5,000") == expected


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
                    max_leaves=6)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([str(one) for one in Type]), JSON | st.sampled_from(["rot", "1.000,5", "2017-01-01", {"key": "05"}]))
def test_any_input_is_a_value_that_can_be_stored_or_a_sentence(type_, raw):
    one = question(type_)
    try:
        value = clean_value(one, raw)
    except BadInput as refused:
        check_sentences(refused)
        return
    json.dumps(value, allow_nan=False).encode("utf-8")
    assert clean_value(one, value) == value


# --- what is asked ----------------------------------------------------------------------------------------------------


def dependent_form():
    return make_form(
        make_question("konzept", Type.SINGLE, list_name="ja_nein", required="yes"),
        make_question("welches", relevant="${konzept} = 'ja'", required="yes"),
        make_question("seite", Type.INTEGER, relevant="${welches} != ''", limits=Limits(min="1", max="9")),
        Repeat("projekt", Localized({"de": "Projekt"}), items=(
            make_question("titel", required="yes"),
            make_question("kosten", Type.INTEGER, relevant="${titel} != 'umsonst'"),
        ), max_count=2, role="project"),
    )


def test_an_answer_that_is_not_asked_any_more_counts_as_blank():
    form = dependent_form()
    answers = {("konzept", 0): "nein", ("welches", 0): "Leitbild", ("seite", 0): 3}

    assert relevant_questions(form, answers) == [("konzept", 0)]
    assert relevant_questions(form, {**answers, ("konzept", 0): "ja"}) == [("konzept", 0), ("welches", 0), ("seite", 0)]


def test_a_hidden_section_hides_what_is_in_it():
    form = Form(sections=(
        make_section(make_question("a"), name="eins"),
        make_section(make_question("b", required="yes"), name="zwei", relevant="${a} = 'x'"),
    ))
    assert relevant_questions(form, {}) == [("a", 0)]
    assert faults(form, {}) == []
    assert [fault.question for fault in faults(form, {("a", 0): "x"})] == ["b"]


def test_conditions_may_refer_forward():
    form = make_form(make_question("a", relevant="${b} = 'x'"), make_question("b"))
    assert relevant_questions(form, {("b", 0): "x"}) == [("a", 0), ("b", 0)]


def test_a_long_chain_of_conditions_is_no_recursion():
    count = 3000
    items = [make_question(f"q{n}", relevant=f"${{q{n + 1}}} = 'x'" if n < count else "") for n in range(count + 1)]
    form = make_form(*items)
    assert len(relevant_questions(form, {(f"q{n}", 0): "x" for n in range(count + 1)})) == count + 1


def test_conditions_in_a_circle_are_refused():
    form = make_form(make_question("a", relevant="${b} = ''"), make_question("b", relevant="${a} = ''"))
    with pytest.raises(BadInput):
        Evaluation(form, {})


def test_faults_name_each_gap_with_its_place_and_section():
    form = dependent_form()
    answers = {("konzept", 0): "ja", ("seite", 0): 12, ("projekt", 0): 2, ("titel", 1): "A"}

    assert [(fault.question, fault.place, fault.kind, fault.section) for fault in faults(form, answers)] == [
        ("welches", 0, "missing", "teil"), ("titel", 2, "missing", "teil")]
    answers |= {("welches", 0): "Leitbild", ("titel", 2): "B"}
    assert [(fault.question, fault.kind) for fault in faults(form, answers)] == [("seite", "limit")]
    assert faults(form, {**answers, ("seite", 0): 9}) == []


@pytest.mark.parametrize(
    ("facts", "value", "kinds"),
    [
        ({"type": "text", "limits": Limits(characters=3)}, "abcd", ["limit"]),
        ({"type": "text", "limits": Limits(characters=3)}, "abc", []),
        ({"type": "long_text", "limits": Limits(words=2)}, "a b c", ["limit"]),
        ({"type": "long_text", "limits": Limits(pages=1)}, "Zeile\n" * 60, ["limit"]),
        ({"type": "long_text", "limits": Limits(pages=1)}, "Zeile\n" * 40, []),
        ({"type": "date", "limits": Limits(max="2017-12-31")}, "2018-01-01", ["limit"]),
        ({"type": "decimal", "limits": Limits(min="100", max="5000")}, "5000.01", ["limit"]),
        ({"type": "decimal", "limits": Limits(min="100", max="5000")}, "5000", []),
        ({"type": "multi", "list_name": "farben", "limits": Limits(max="1")}, ["rot", "blau"], ["limit"]),
        ({"type": "text", "constraint": "regex(., '[0-9]{5}')"}, "1234", ["constraint"]),
        ({"type": "text", "constraint": "regex(., '[0-9]{5}')"}, "12345", []),
        ({"type": "integer", "constraint": ". mod 2 = 0"}, 3, ["constraint"]),
        ({"type": "integer"}, "drei", ["form"]),
        ({"type": "photo"}, [{"code": "x"}], ["limit", "limit"]),
        ({"type": "photo"}, [{"code": "x", "alternative_text": "Hof", "credit": "A. Beispiel"}], []),
        ({"type": "file", "limits": Limits(files=1)}, [{"code": "x"}, {"code": "y"}], ["limit"]),
    ],
)
def test_limits_and_constraints_are_judged(facts, value, kinds):
    form = make_form(make_question("frage", **{"type": facts.pop("type"), **facts}))
    assert [fault.kind for fault in faults(form, {("frage", 0): value})] == kinds


def test_a_constraint_answers_with_its_own_message():
    form = make_form(make_question("plz", constraint=". = 'x'", constraint_message=Localized({"de": "Nicht ${plz}, bitte."})))
    assert [fault.sentence for fault in faults(form, {("plz", 0): "y"})] == ["Nicht y, bitte."]


def test_required_can_be_an_expression():
    form = make_form(make_question("datei", Type.FILE), make_question("text", required="${datei} = ''"))
    assert [fault.question for fault in faults(form, {})] == ["text"]
    assert faults(form, {("datei", 0): [{"code": "K7-M", "name": "a.pdf"}]}) == []


def test_no_answer_excludes_other_options():
    nothing = Choice("keine", Localized({"de": "keine Antwort"}), no_answer=True)
    from dataclasses import replace

    one = make_question("frage", Type.MULTI, list_name="farben")
    form = make_form(replace(one, choices=(*one.choices, nothing)))
    assert [fault.kind for fault in faults(form, {("frage", 0): ["rot", "keine"]})] == ["limit"]
    assert faults(form, {("frage", 0): ["keine"]}) == []


def test_options_that_the_filter_leaves_out_cannot_be_kept():
    from dataclasses import replace

    state = make_question("land", Type.SINGLE, list_name="farben")
    city = replace(make_question("stadt", Type.SINGLE, list_name="ja_nein", choice_filter="land = ${land}"), choices=(
        Choice("a", attributes={"land": "rot"}), Choice("b", attributes={"land": "blau"})))
    form = make_form(state, city)
    evaluation = Evaluation(form, {("land", 0): "rot"})

    assert [choice.code for choice in evaluation.choices(form.question("stadt"))] == ["a"]
    assert [fault.question for fault in faults(form, {("land", 0): "blau", ("stadt", 0): "a"})] == ["stadt"]


def test_or_other_asks_for_the_text():
    one = make_question("farbe", Type.MULTI, list_name="farben", or_other=True)
    form = make_form(one, other_question(one))

    assert relevant_questions(form, {("farbe", 0): ["rot"]}) == [("farbe", 0)]
    assert [fault.question for fault in faults(form, {("farbe", 0): ["rot", "other"]})] == ["farbe_other"]


def test_calculations_are_seen_by_conditions():
    form = make_form(
        make_question("gesamt", Type.DECIMAL), make_question("betrag", Type.DECIMAL),
        make_question("rest", Type.CALCULATE, calculation="${gesamt} - ${betrag}"),
        make_question("woher", relevant="${rest} > 0"),
    )
    assert ("woher", 0) in relevant_questions(form, {("gesamt", 0): "1200", ("betrag", 0): "1000.5"})
    assert ("woher", 0) not in relevant_questions(form, {("gesamt", 0): "1000", ("betrag", 0): "1000"})


# --- places -----------------------------------------------------------------------------------------------------------


def test_places_are_added_up_to_the_limit_and_move_up_when_one_is_removed():
    form = dependent_form()
    answers = add_place(form, add_place(form, {}, "projekt"), "projekt")
    with pytest.raises(BadInput):
        add_place(form, answers, "projekt")
    answers |= {("titel", 1): "A", ("kosten", 1): 1, ("titel", 2): "B", ("konzept", 0): "ja"}

    left = remove_place(form, answers, "projekt", 1)
    assert left == {("projekt", 0): 1, ("titel", 1): "B", ("konzept", 0): "ja"}
    with pytest.raises(BadInput):
        remove_place(form, left, "projekt", 2)


def test_a_count_can_follow_from_an_answer():
    form = make_form(make_question("n", Type.INTEGER), Repeat("kind", items=(make_question("name"),), count="${n}"))
    assert relevant_questions(form, {("n", 0): 2}) == [("n", 0), ("name", 1), ("name", 2)]
    assert len(relevant_questions(form, {("n", 0): 10**9})) == 51          # never more than 50 places
    with pytest.raises(BadInput):
        add_place(form, {("n", 0): 2}, "kind")


# --- the frozen document ----------------------------------------------------------------------------------------------


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


def test_an_answer_of_the_wrong_form_is_never_frozen():
    with pytest.raises(BadInput):
        canonical_document(dependent_form(), VERSION, {("konzept", 0): "vielleicht"})


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"schema": "lorbeer.submission/1"}', "{", '{"schema": 5}',
                                  '{"schema": "lorbeer.submission/1", "answers": [1]}'])
def test_what_is_no_document_is_refused(text):
    with pytest.raises(BadInput):
        Document.read(dependent_form(), text)


def test_pages_are_counted_as_they_print():
    assert pages_of("Wort " * 46 * 18) == 1.0                           # 18 words of 5 characters fill a line of 92
    assert pages_of("a") == 0.0
    assert pages_of("\n" * 91) == 2.0
