import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.datastructures import MultiValueDict
from hypothesis import given, settings
from hypothesis import strategies as st

from lorbeer.questionnaire.definition import Group, Limits, Repeat, Type, other_question
from lorbeer.questionnaire.forms import ADD, MARKER, REMOVE, section_form
from lorbeer.questionnaire.tests.factories import make_form, make_question, make_section
from lorbeer.register.folding import fold
from lorbeer.register.models import Municipality, RegisterEdition
from lorbeer.shared.text import Localized

MULTI = make_question("farben", Type.MULTI, list_name="farben", or_other=True)
FORM = make_form(
    make_question("titel", limits=Limits(characters=20), required="yes"), make_question("konzept", Type.SINGLE, list_name="ja_nein"),
    make_question("welches", relevant="${konzept} = 'ja'"), MULTI, other_question(MULTI), make_question("zahl", Type.INTEGER),
    make_question("anschrift", Type.ADDRESS), make_question("datei", Type.FILE, limits=Limits(files=2)),
    make_question("bild", Type.PHOTO), make_question("ok", Type.ACKNOWLEDGE),
    Group("matrix", Localized({"de": "Tabelle"}), appearance="table-list", items=(
        make_question("m1", Type.SINGLE, list_name="farben"), make_question("m2", Type.SINGLE, list_name="farben"))),
    Repeat("projekt", Localized({"de": "Projekt"}), items=(make_question("name"), make_question("text", Type.LONG_TEXT)), max_count=2),
)


def html_of(form):
    return render_to_string("questionnaire/section.html", {"form": form})


def markers_of(html):
    return re.findall(rf'name="{MARKER}" value="([^"]+)"', html)


def post(data, answers=(), *, files=None, only=None, **options):
    """What a browser sends that shows FORM with `answers` and in which `data` was typed."""
    shown = section_form(FORM, "teil", dict(answers))
    sent = QueryDict(mutable=True)
    markers = markers_of(html_of(shown))
    sent.setlist(MARKER, [marker for marker in markers if only is None or marker.split(":")[0] in only])
    for name, bound in ((name, shown[name]) for name in shown.fields):
        initial = bound.value()
        if initial not in (None, "", False, []):
            sent.setlist(name, initial if isinstance(initial, list) else ["on" if initial is True else str(initial)])
    for name, value in data.items():
        sent.setlist(name, value if isinstance(value, list) else [value])
    return section_form(FORM, "teil", dict(answers), data=sent, files=files, **options)


def changed(form):
    return {change.key: change.value for change in form.changes()}


def test_a_question_may_be_called_like_a_field_of_the_page_itself():
    names = ["csrfmiddlewaretoken", MARKER, ADD, "_stay", "f--0-remove", "a__1"]
    form = make_form(*(make_question(name) for name in names), make_question("f", Type.FILE),
                     Repeat("mehrere", Localized({"de": "Mehrere"}), items=(make_question("a"),), max_count=2))
    shown = section_form(form, "teil", {})
    assert len(set(shown.fields)) >= len(names)
    assert not set(names) & set(shown.fields)
    sent = QueryDict(mutable=True)
    sent.setlist(MARKER, markers_of(html_of(shown)))
    sent["csrfmiddlewaretoken"] = "geheim"
    for number, name in enumerate(names):
        sent[shown[next(field for field in shown.fields if field.endswith(name))].html_name] = f"Antwort {number}"
    found = section_form(form, "teil", {}, data=sent)
    assert found.is_valid(), found.errors
    assert changed(found) == {(name, 0): f"Antwort {number}" for number, name in enumerate(names)}


def test_a_wrong_postcode_is_told_beside_the_postcode():
    assert set(post({"anschrift--street": "Weg 1", "anschrift--postcode": "Berlin"}).errors) == {"anschrift--postcode"}


def test_what_cannot_be_read_is_no_answer_that_another_is_held_against():
    form = make_form(make_question("kosten", Type.INTEGER), make_question("summe", Type.INTEGER, constraint=". <= ${kosten}"))
    answers = {("kosten", 0): 4, ("summe", 0): 3}
    sent = QueryDict(mutable=True)
    sent.update({"kosten": "viel", "summe": "5"})

    assert set(section_form(form, "teil", answers, data=sent).errors) == {"kosten"}


def test_only_what_was_changed_is_saved():
    answers = {("titel", 0): "Alt", ("konzept", 0): "ja", ("farben", 0): ["rot"], ("zahl", 0): 12345, ("ok", 0): True,
               ("anschrift", 0): {"street": "Weg 1", "town": "Berlin"}, ("projekt", 0): 2, ("name", 2): "Zwei", ("m1", 0): "rot"}

    assert changed(post({}, answers)) == {}
    form = post({"titel": "Neu", "farben": ["blau", "rot"], "name__2": "", "anschrift--town": "Bonn", "m2": "blau"}, answers)
    assert form.is_valid()
    assert changed(form) == {
        ("titel", 0): "Neu", ("farben", 0): ["rot", "blau"], ("name", 2): None,
        ("anschrift", 0): {"street": "Weg 1", "town": "Bonn"}, ("m2", 0): "blau"}


def test_an_old_tab_does_not_undo_what_another_one_saved():
    shown = html_of(section_form(FORM, "teil", {("titel", 0): "Alt", ("konzept", 0): "ja"}, revisions={("titel", 0): 4}))
    sent = QueryDict(mutable=True)
    sent.setlist(MARKER, markers_of(shown))
    sent.update({"titel": "Alt", "konzept": "nein"})

    form = section_form(FORM, "teil", {("titel", 0): "Vom andern Tab", ("konzept", 0): "ja"}, data=sent, revisions={("titel", 0): 5})
    assert changed(form) == {("konzept", 0): "nein"}
    sent["titel"] = "Von mir"
    form = section_form(FORM, "teil", {("titel", 0): "Vom andern Tab"}, data=sent, revisions={("titel", 0): 5})
    assert [(change.key, change.value, change.revision) for change in form.changes()][0] == (("titel", 0), "Von mir", 4)


def test_a_page_that_shows_one_question_changes_only_that_one():
    answers = {("titel", 0): "Alt", ("konzept", 0): "ja"}
    sent = QueryDict(mutable=True)
    sent.setlist(MARKER, [marker for marker in markers_of(html_of(section_form(FORM, "teil", answers))) if marker.startswith("titel:")])
    sent["titel"] = "Neu"
    assert changed(section_form(FORM, "teil", answers, data=sent)) == {("titel", 0): "Neu"}


def test_what_cannot_be_read_is_said_beside_the_field_and_the_rest_is_kept():
    form = post({"zahl": "sieben", "titel": "Neu"})
    assert not form.is_valid()
    assert list(form.errors) == ["zahl"]
    assert changed(form) == {("titel", 0): "Neu"}
    html = html_of(form)
    assert 'value="sieben"' in html
    assert 'value="Neu"' in html


def test_a_text_that_is_too_long_is_kept_and_its_excess_named():
    form = post({"titel": "x" * 25})
    assert not form.is_valid()
    assert changed(form) == {("titel", 0): "x" * 25}
    assert "25" in form.errors["titel"][0]


def test_a_gap_does_not_stop_a_draft_but_the_check_names_it():
    assert post({"zahl": "7"}).is_valid()
    assert not post({"zahl": "7"}).errors
    html = html_of(section_form(FORM, "teil", {}, check=True))
    assert 'href="#q-titel"' in html


def test_a_question_appears_when_its_condition_was_saved():
    form = post({"konzept": "ja"})
    assert form.is_valid()
    assert [question.name for question in form.appeared()] == ["welches"]
    form = post({"konzept": "nein"})
    assert form.is_valid()
    assert form.appeared() == []


def test_a_question_that_the_page_showed_by_itself_and_that_is_answered_does_not_appear_once_more():
    form = post({"konzept": "ja", "welches": "Leitbild"})
    assert form.is_valid()
    assert form.appeared() == []


def test_cents_are_shown_with_two_places_where_money_is_typed():
    form = make_form(make_question("betrag", Type.DECIMAL, role="amount"), make_question("faktor", Type.DECIMAL))
    page = section_form(form, "teil", {("betrag", 0): "2500.5", ("faktor", 0): "2500.5"})

    assert [page[name].value() for name in ("betrag", "faktor")] == ["2500,50", "2500,5"]


def test_without_scripts_the_server_hides_what_is_not_asked():
    def hidden(answers):
        return "hidden" in re.search(r'<div class="q-question" id="b-welches"[^>]*>', html_of(section_form(FORM, "teil", answers)))[0]

    assert hidden({})
    assert not hidden({("konzept", 0): "ja"})
    assert hidden({("konzept", 0): "nein"})
    assert "<noscript>" in html_of(section_form(FORM, "teil", {}))


def test_the_browser_gets_the_conditions_and_the_answers_they_need():
    data = section_form(FORM, "teil", {("konzept", 0): "ja", ("farben", 0): ["rot"]}).script_data()
    assert data["conditions"][0] == {"block": "b-welches", "tree": ["=", ["ref", "konzept"], ["str", "ja"]], "place": 0}
    assert data["values"] == {"konzept": {"0": "ja"}, "farben": {"0": "rot"}}
    assert section_form(FORM, "teil", {("titel", 0): "</script><b>"}).script_data()


def test_places_are_added_and_removed_by_buttons():
    assert post({ADD: "projekt"}).place_action() == ("add", "projekt", 0)
    assert post({REMOVE: "projekt:2"}, {("projekt", 0): 2}).place_action() == ("remove", "projekt", 2)
    assert post({}).place_action() is None
    assert post({ADD: "evil", }).place_action() is None
    full = html_of(section_form(FORM, "teil", {("projekt", 0): 2}))
    assert ADD not in full
    assert full.count(REMOVE) == 2


def test_uploads_wait_for_the_caller_and_are_judged_at_once():
    files = MultiValueDict({"datei": [SimpleUploadedFile("a.pdf", b"a"), SimpleUploadedFile("b.pdf", b"b")],
                            "bild": [SimpleUploadedFile("c.png", b"c")]})
    form = post({"bild--new-credit": "A. Beispiel", "bild--new-alternative_text": "Ein Hof", "bild--new-rights": "Stadt Muster",
                 "bild--new-printable": "on"}, files=files)
    assert form.is_valid(), form.errors
    uploads = {change.question.name: [(one.name, facts) for one, facts in change.uploads] for change in form.changes()}
    assert uploads == {"datei": [("a.pdf", {}), ("b.pdf", {})],
                       "bild": [("c.png", {"alternative_text": "Ein Hof", "caption": "", "credit": "A. Beispiel",
                                            "rights": "Stadt Muster", "printable": True})]}
    assert not post({}, files=files).is_valid()                         # nobody said what the photo shows


def test_files_are_removed_and_described_without_being_sent_again():
    stored = {("datei", 0): [{"code": "A-1", "name": "a.pdf"}, {"code": "B-2", "name": "b.pdf"}],
              ("bild", 0): [{"code": "C-3", "name": "c.png", "credit": "A. Beispiel", "alternative_text": "Hof",
                                    "rights": "CC BY 4.0", "printable": True}]}
    assert changed(post({}, stored)) == {}
    assert changed(post({"datei--0-remove": "on", "bild--0-caption": "Der Hof"}, stored)) == {
        ("datei", 0): [{"code": "B-2", "name": "b.pdf"}],
        ("bild", 0): [{"code": "C-3", "name": "c.png", "credit": "A. Beispiel", "alternative_text": "Hof", "caption": "Der Hof",
                        "rights": "CC BY 4.0", "printable": True}]}
    assert "printable" not in changed(post({"bild--0-printable": "false"}, stored))["bild", 0][0]


def test_readonly_questions_are_not_taken_from_the_browser():
    form = make_form(make_question("fest", readonly=True, default="so"))
    sent = QueryDict("fest=anders&_asked=fest:0:0:000000000000")
    assert section_form(form, "teil", {}, data=sent).changes() == []


def test_defaults_are_shown_and_saved_with_the_page():
    form = make_form(make_question("tag", Type.DATE, default="today()"), make_question("a", default="b"))
    shown = section_form(form, "teil", {})
    assert shown["a"].value() == "b"
    sent = QueryDict(mutable=True)
    sent.setlist(MARKER, markers_of(html_of(shown)))
    sent.update({"a": "b", "tag": "2017-01-01"})
    assert changed(section_form(form, "teil", {}, data=sent)) == {("a", 0): "b", ("tag", 0): "2017-01-01"}


def test_labels_show_other_answers():
    form = make_form(
        make_question("name"),
        make_question("rolle", label=Localized({"de": "Was macht ${name}?", "en": "What does ${name} do?"})),
    )
    assert section_form(form, "teil", {("name", 0): "<b>A</b>"})["rolle"].label == "Was macht <b>A</b>?"
    assert "<b>A</b>" not in html_of(section_form(form, "teil", {("name", 0): "<b>A</b>"}))
    assert section_form(form, "teil", {}, "en")["rolle"].label == "What does … do?"


@pytest.mark.django_db
def test_a_municipality_is_picked_from_the_register():
    edition = RegisterEdition.objects.create(as_of=date(2017, 12, 31), source="Probe")
    for key, name in (("05315000", "Köln"), ("07316000", "Neustadt an der Weinstraße"), ("06534014", "Neustadt (Hessen)")):
        Municipality.objects.create(edition=edition, key=key, name=name, search_name=fold(name),
                                    legal_status="kreisfrei", land_code="NW")
    form = make_form(make_question("kommune", Type.MUNICIPALITY))

    def typed(text):
        return section_form(form, "teil", {}, data={"kommune": text}, edition=edition)

    found = {"key": "05315000", "name": "Köln", "land": "NW", "edition": "2017-12-31"}
    assert changed(typed("Köln (05315000)")) == changed(typed("05315000")) == changed(typed("köln")) == {("kommune", 0): found}
    assert section_form(form, "teil", {("kommune", 0): found})["kommune"].value() == "Köln (05315000)"
    for text in ("Neustadt", "Entenhausen", "(99999999)"):
        refused = typed(text)
        assert not refused.is_valid()
        assert refused.changes() == []


@pytest.mark.django_db
def test_of_municipalities_of_one_name_one_is_chosen_from_a_list_without_a_script():
    edition = RegisterEdition.objects.create(as_of=date(2017, 12, 31), source="Probe")
    for key, name, status in (("09162000", "München, Landeshauptstadt", "kreisfrei"), ("09184", "München", "landkreis"),
                              ("09184119", "Garching bei München", "kreisangehoerig"), ("05315000", "Köln", "kreisfrei")):
        Municipality.objects.create(edition=edition, key=key, name=name, search_name=fold(name), legal_status=status, land_code="BY")
    form = make_form(make_question("kommune", Type.MUNICIPALITY))

    def typed(text, **more):
        return section_form(form, "teil", {}, data={"kommune": text, **more}, edition=edition)

    def page_of(sent):
        sent.is_valid()
        return render_to_string("questionnaire/section.html", {"form": sent})

    page = page_of(typed("München"))
    assert re.findall(r'type="radio"[^>]*value="(\d+)"', page) == ["09184", "09162000", "09184119"]
    assert "Garching bei München (kreisangehörige Stadt oder Gemeinde, Kreis München, Bayern, Schlüssel 09184119)" in page
    assert 'type="radio"' not in page_of(typed("Köln"))
    assert [changed(typed("München", **{"kommune--which": key}))["kommune", 0]["key"] for key in ("09184", "09162000")] == ["09184", "09162000"]
    other = typed("Köln", **{"kommune--which": "09184"})                # chosen for another name, which was typed over
    assert changed(other)["kommune", 0]["key"] == "05315000"
    refused = typed("München", **{"kommune--which": "05315000"})        # none of those
    assert not refused.is_valid()
    assert refused.changes() == []
    anew = section_form(form, "teil", {}, edition=edition)              # opened again later: what was typed is kept beside
    refused.is_valid()
    anew.show_unread(refused)
    assert len(re.findall(r'name="kommune--which"', page_of(anew))) == 3


NAMES = ["titel", "konzept", "farben", "zahl", "anschrift--town", "datei", "bild--0-credit", "ok", "m1", "name__1", "name__99",
         MARKER, ADD, REMOVE, "projekt"]


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=10), st.lists(st.text(max_size=12) | st.sampled_from(
    ["titel:0:0:000000000000", "name:99:0:000000000000", "projekt:1", "rot", "ja", "on", "1.5"]), max_size=3), max_size=8))
def test_any_post_is_answered(fields):
    sent = QueryDict(mutable=True)
    for name, values in fields.items():
        sent.setlist(name, values)
    form = section_form(FORM, "teil", {("projekt", 0): 1}, data=sent)
    form.is_valid()
    form.changes()
    form.place_action()
    assert html_of(form)


def test_a_section_is_found_by_name_and_by_number():
    form = make_form(sections=(make_section(make_question("a"), name=""), make_section(make_question("b"), name="zwei")))
    assert [key for key, _section in form.keyed_sections()] == ["part-1", "zwei"]
    assert list(section_form(form, "part-1", {}).fields) == ["a"]
    assert list(section_form(form, "zwei", {}).fields) == ["b"]
    with pytest.raises(KeyError):
        section_form(form, "drei", {})


def test_a_choice_that_depends_on_an_answer_of_its_section_says_when_it_appears():
    filtered = make_question("art", Type.SINGLE, list_name="farben", choice_filter="${a} = 'x'")
    for form, said in ((make_form(make_question("a"), filtered), True), (make_form(sections=(
            make_section(make_question("a"), name="eins"), make_section(filtered))), False)):
        page = render_to_string("questionnaire/section.html", {"form": section_form(form, "teil", {})})
        assert ("Diese Auswahl erscheint nach „Speichern“." in page) is said
