
import pytest

from lorbeer.questionnaire.definition import Choice, Form, Limits, Repeat, Section, Type, other_question
from lorbeer.questionnaire.evaluation import Evaluation, add_place, relevant_questions, remove_place
from lorbeer.questionnaire.expressions import MAX_TEXT
from lorbeer.questionnaire.faults import faults
from lorbeer.questionnaire.paper import paper_sections
from lorbeer.questionnaire.tests.factories import dependent_form, make_form, make_question, make_section
from lorbeer.shared.errors import BadInput
from lorbeer.shared.text import Localized


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


@pytest.mark.parametrize(("facts", "answers", "filled_in"), [
    ({}, {}, True),                                                     # nobody has added a place yet
    ({"max_count": 2}, {("projekt", 0): 2}, True),
    ({"count": "${zahl}"}, {}, False),                                  # how many there are says another answer
    ({"count": "${zahl}"}, {("zahl", 0): 1}, True),
    ({"relevant": "${zahl} > 3"}, {("zahl", 0): 3}, False),
    ({"relevant": "${zahl} > 3"}, {("zahl", 0): 4}, True),
])
def test_a_page_with_only_a_repeat_can_be_filled_in_before_it_has_a_place(facts, answers, filled_in):
    repeat = Repeat("projekt", Localized({"de": "Projekt"}), items=(make_question("titel"),), **facts)
    pages = (make_section(make_question("zahl", Type.INTEGER), name="eins"), make_section(repeat, name="zwei"))
    hint = make_section(make_question("hinweis", Type.NOTE), name="drei")
    evaluation = Evaluation(Form(sections=(*pages, hint)), answers)

    assert [evaluation.can_be_filled_in(page) for page in (*pages, hint)] == [True, filled_in, False]


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
        ({"type": "photo"}, [{"code": "x"}], ["limit"] * 4),
        ({"type": "photo"}, [{"code": "x", "alternative_text": "Hof", "credit": "A. Beispiel", "rights": "Stadt Muster"}], ["limit"]),
        ({"type": "photo"}, [{"code": "x", "alternative_text": "Hof", "credit": "A. Beispiel", "rights": "CC BY 4.0", "printable": True}],
         []),
        ({"type": "file", "limits": Limits(files=1)}, [{"code": "x"}, {"code": "y"}], ["limit"]),
    ],
)
def test_limits_and_constraints_are_judged(facts, value, kinds):
    form = make_form(make_question("frage", **{"type": facts.pop("type"), **facts}))
    assert [fault.kind for fault in faults(form, {("frage", 0): value})] == kinds


@pytest.mark.parametrize(("constraint", "answers", "kinds"), [
    (". <= ${kosten}", {}, []),
    (". <= ${kosten}", {("kosten", 0): 4}, ["constraint"]),
    (". <= ${kosten}", {("kosten", 0): 5}, []),
    (". <= ${kosten} or ${kosten} = ''", {("kosten", 0): 4}, ["constraint"]),
    ("${kosten} != ''", {}, ["constraint"]),
    (". <= coalesce(${kosten}, 3)", {}, ["constraint"]),
    (". <= sum(${preis})", {("posten", 0): 2}, []),
    (". <= sum(${preis})", {("posten", 0): 2, ("preis", 2): 4}, ["constraint"]),
])
def test_a_constraint_is_not_held_against_an_answer_that_is_missing(constraint, answers, kinds):
    form = make_form(make_question("kosten", Type.INTEGER), Repeat("posten", items=(make_question("preis", Type.INTEGER),)),
                     make_question("summe", Type.INTEGER, constraint=constraint))
    assert [fault.kind for fault in faults(form, {("summe", 0): 5, **answers})] == kinds


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


@pytest.mark.parametrize("made", ["concat(${last}, ${last})", "join(${last}, ${last}, ${last})"])
def test_texts_that_double_at_each_step_end_as_blanks(made):
    steps = [make_question(f"c{n}", Type.CALCULATE, calculation=made.replace("last", f"c{n - 1}")) for n in range(1, 45)]
    note = make_question("note", Type.NOTE, label=Localized(de="${c12}" * 1000))
    form = make_form(make_question("c0"), *steps, note)
    evaluation = Evaluation(form, {("c0", 0): "ab"})

    lengths = [len(evaluation.value(step.name) or "") for step in steps]
    assert lengths[2] > 0
    assert lengths[-1] < max(lengths) <= MAX_TEXT
    assert len(evaluation.text(note.label)) <= MAX_TEXT + 1000


def test_computing_ends_where_it_is_too_much():
    evaluation = Evaluation(make_form(make_question("a"), *[
        make_question(f"r{n}", Type.CALCULATE, calculation="upper-case(${a})") for n in range(120)]), {("a", 0): "x" * 90_000})
    assert [len(evaluation.value(name) or "") for name in ("r0", "r119")] == [90_000, 0]


@pytest.mark.parametrize(("total", "heads", "shown"), [
    (None, None, "…"), (100, 0, "…"), (100, None, "…"), (10288, 100, "102,88"), (1, 3, "0,3333333333"), (200, 100, "2"),
])
def test_a_computed_number_stands_in_a_note_as_people_read_it(total, heads, shown):
    form = make_form(make_question("a", Type.INTEGER), make_question("b", Type.INTEGER),
                     make_question("kopf", Type.CALCULATE, calculation="${a} div ${b}"))
    evaluation = Evaluation(form, {("a", 0): total, ("b", 0): heads})
    assert evaluation.text("Das sind ${kopf} je Kopf") == f"Das sind {shown} je Kopf"


def test_a_computed_code_keeps_its_digits():
    form = make_form(make_question("a"), make_question("k", Type.CALCULATE, calculation="string(${a})"))
    assert [Evaluation(form, {("a", 0): code}).text("${k}") for code in ("01067", "12345", "1.10")] == ["01067", "12345", "1.10"]


def test_a_form_knows_which_answers_decide_on_a_question_and_of_which_its_own_may_tell():
    form = make_form(
        make_question("a", Type.SINGLE, list_name="ja_nein"), make_question("b", Type.SINGLE, list_name="ja_nein", relevant="${a} = 'ja'"),
        make_question("sum", Type.CALCULATE, calculation="if(${b} = 'ja', 1, 0)"),
        make_question("c", Type.SINGLE, list_name="ja_nein", relevant="${sum} = 1"),
        make_question("d", Type.SINGLE, list_name="farben", choice_filter="${a} = 'ja'"),
        make_question("e", Type.SINGLE, list_name="ja_nein", constraint="${d} = 'rot'"), make_question("f", Type.SINGLE, list_name="ja_nein"),
        make_question("g", Type.SINGLE, list_name="ja_nein", required="${f} = 'ja'"),
        make_question("h", Type.SINGLE, list_name="ja_nein", default="${f}"))

    assert {name: form.rests_on(name) for name in "abcdefgh"} == {
        "a": set(), "b": {"a"}, "c": {"sum", "b", "a"}, "d": set(), "e": set(), "f": set(), "g": set(), "h": set()}
    assert {name: form.told_by(name) for name in "cdefgh"} == {
        "c": {"sum", "b", "a"}, "d": {"a"}, "e": {"d", "a"}, "f": set(), "g": {"f"}, "h": {"f"}}
    assert form.rests_on("gone") == set()


def test_a_repeat_outside_any_group_gives_its_page_its_label():
    parts = Repeat("teile", Localized({"de": "Teile"}), items=(make_question("wort"),))

    assert Section("", items=(parts,)).title == {"de": "Teile"}
    assert Section("", items=(parts, make_question())).title == {}
    assert make_section(parts).title == {"de": "Teil"}
    assert [one["title"] for one in paper_sections(make_form(sections=(Section("", items=(parts,)),)))] == ["1 Teile"]
