import re
from dataclasses import replace

import pytest
from django.conf import settings
from django.test import Client

from lorbeer.call.tests.factories import make_competition
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.questionnaire.definition import Section, Type
from lorbeer.questionnaire.editor import services
from lorbeer.questionnaire.editor.references import keyed_nodes
from lorbeer.questionnaire.queries import current_version, form_of, versions_of, working_copy_of
from lorbeer.questionnaire.services import import_workbook
from lorbeer.questionnaire.tests.editing import (
    FOREIGN,
    PACKAGES,
    add,
    address,
    begin,
    edit,
    fields_of,
    form_now,
    release,
)
from lorbeer.questionnaire.tests.factories import make_form, make_question
from lorbeer.questionnaire.xlsform import export_workbook, import_form
from lorbeer.shared.errors import BadInput

XLSFORMS = sorted(FOREIGN.glob("*.xls*"))


@pytest.fixture
def office(db, client):
    competition = make_competition()
    role = make_role(competition)
    client.force_login(role.person, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return competition, role.person


# --- the whole way --------------------------------------------------------------------------------------------------------


def test_from_nothing_to_a_published_questionnaire(office, client):
    competition, _person = office
    assert "Leer" not in client.get(address("editor_show", competition)).content.decode()
    begin(client, competition)
    first = add(client, competition, "single", "Gibt es ein Konzept?", options="Ja\nNein\nweiß nicht")
    second = add(client, competition, "long_text", "Welches Konzept ist es?", place=f"after:{first}")
    third = add(client, competition, "integer", "Seit wie vielen Jahren?", place=f"after:{second}")
    assert [first, second, third] == ["gibt_es_ein_konzept", "welches_konzept_ist_es", "seit_wie_vielen_jahren"]
    answer = edit(client, competition, second, relevant_mode="menu", relevant_0_question=first, relevant_0_sign="=",
                  relevant_0_value="Ja", characters="500", required_mode="yes", role="title")
    assert answer.status_code == 302
    assert edit(client, competition, third, constraint_mode="menu", constraint_0_question=".", constraint_0_sign=">=",
                constraint_0_value="1", constraint_message__de="Mindestens ein Jahr.").status_code == 302
    question = form_now(competition).question(second)
    assert (question.relevant, question.required, question.limits.characters) == ("${gibt_es_ein_konzept} = 'ja'", "yes", 500)
    assert form_now(competition).question(third).constraint == ". >= 1"

    assert not versions_of(competition).exists()
    answer = release(client, competition)
    assert answer.headers["Location"] == address("version_show", competition, 1)
    version = versions_of(competition).get()
    assert not version.is_published
    assert import_form(client.get(address("version_export", competition, 1)).content) == form_of(version)
    client.post(address("version_publish", competition, 1))
    assert current_version(competition) == version
    assert release(client, competition).headers["Location"] == address("version_show", competition, 1)
    assert versions_of(competition).count() == 1                        # the same again adds nothing


def test_the_menu_of_signs_is_that_of_the_question_also_without_a_script(office, client):
    competition, _person = office
    begin(client, competition)
    colours = add(client, competition, "multi", "Welche Farben?", options="Rot\nBlau")
    other = add(client, competition, "text", "Warum?", place=f"after:{colours}")

    def menu(page):
        inside = re.search(r'<select name="relevant_0_sign".*?</select>', page, re.DOTALL)[0]
        return re.findall(r'<option value="([^"]*)"', inside), re.findall(r'<option value="([^"]*)" selected', inside)

    assert len(menu(client.get(address("item_edit", competition, other)).content.decode())[0]) == 10
    chosen = {"relevant_mode": "menu", "relevant_0_question": colours, "relevant_0_sign": "!=", "relevant_0_value": "Grün"}
    refused = edit(client, competition, other, **chosen)                # no such option: the page comes again, and says what is meant
    assert menu(refused.content.decode()) == (["has", "lacks", "answered", "blank"], ["lacks"])
    edit(client, competition, other, **chosen | {"relevant_0_value": "Rot"})
    assert form_now(competition).question(other).relevant == "not(selected(${welche_farben}, 'rot'))"
    assert menu(client.get(address("item_edit", competition, other)).content.decode())[1] == ["lacks"]


@pytest.mark.once                                                       # what forms show and take hangs on no database
@pytest.mark.parametrize("path", [*PACKAGES, *XLSFORMS], ids=lambda path: f"{path.parent.name}-{path.name}")
def test_every_questionnaire_can_be_opened_and_saving_it_untouched_adds_nothing(office, client, path):
    competition, _person = office
    try:
        import_workbook(competition, path.read_bytes(), name=path.name)
    except BadInput:
        pytest.skip("this workbook cannot be imported")
    begin(client, competition, "1")
    form = form_now(competition)
    for key, _node in keyed_nodes(form):
        page = client.get(address("item_edit", competition, key))
        assert page.status_code == 200
        answer = client.post(address("item_edit", competition, key), fields_of(page))
        assert answer.status_code == 302, (key, answer.context["page"].errors)
    for name in form.lists:
        page = client.get(address("options_edit", competition, name))
        assert client.post(address("options_edit", competition, name), fields_of(page, "options-form")).status_code == 302
    page = client.get(address("heading_edit", competition))
    assert client.post(address("heading_edit", competition), fields_of(page, "heading-form")).status_code == 302
    assert working_copy_of(competition).revision == 1
    assert release(client, competition).headers["Location"] == address("version_show", competition, 1)
    assert versions_of(competition).count() == 1


# --- unfinished, wrong, gone ----------------------------------------------------------------------------------------------


def test_an_unfinished_questionnaire_is_kept_and_makes_no_version_but_a_list_of_links(office, client):
    competition, _person = office
    begin(client, competition)
    key = add(client, competition, "calculate", "Summe")
    answer = release(client, competition)
    assert answer.status_code == 400
    assert f'href="{address("item_edit", competition, key)}"' in answer.content.decode()
    assert not versions_of(competition).exists()
    assert key in form_now(competition).placed


@pytest.mark.once
@pytest.mark.parametrize(("facts", "field"), [
    ({"relevant_mode": "text", "relevant_text": "${wort} = "}, "relevant_text"),
    ({"relevant_mode": "text", "relevant_text": "${fremd} = 1"}, "relevant_text"),
    ({"relevant_mode": "menu", "relevant_0_question": "wahl", "relevant_0_sign": "=", "relevant_0_value": "grün"}, "relevant_0_value"),
    ({"relevant_mode": "menu"}, "relevant_0_question"), ({"name": "1 falsch"}, "name"), ({"name": "wahl"}, "name"),
    ({"characters": "viele"}, "characters"), ({"publishable": "on", "personal_data": "contact"}, "publishable"),
    ({"releases": ["entry"]}, "releases"),
])
def test_what_makes_no_sense_is_said_beside_the_field_and_nothing_else_is_lost(office, client, facts, field):
    competition, _person = office
    begin(client, competition)
    add(client, competition, "single", "Wahl", options="rot\nblau")
    add(client, competition, "text", "Wort")
    revision = working_copy_of(competition).revision
    answer = edit(client, competition, "wort", label__de="Ein langes Wort", **facts)
    assert answer.status_code == 400
    assert field in answer.context["page"].errors
    assert "Ein langes Wort" in answer.content.decode()
    assert working_copy_of(competition).revision == revision


def test_what_is_asked_for_elsewhere_is_not_deleted_and_the_page_leads_there(office, client):
    competition, _person = office
    begin(client, competition)
    add(client, competition, "text", "Eins")
    add(client, competition, "text", "Zwei", place="after:eins")
    edit(client, competition, "zwei", relevant_mode="menu", relevant_0_question="eins", relevant_0_sign="answered")
    page = client.get(address("item_delete", competition, "eins")).content.decode()
    assert address("item_edit", competition, "zwei") in page
    client.post(address("item_delete", competition, "eins"))
    assert "eins" in form_now(competition).placed
    client.post(address("item_delete", competition, "zwei"))
    client.post(address("item_delete", competition, "eins"))
    assert not form_now(competition).placed


def test_a_rename_on_screen_is_followed_by_conditions(office, client):
    competition, _person = office
    begin(client, competition)
    add(client, competition, "text", "Eins")
    add(client, competition, "text", "Zwei", place="after:eins")
    edit(client, competition, "zwei", relevant_mode="menu", relevant_0_question="eins", relevant_0_sign="answered")
    answer = edit(client, competition, "eins", name="erste")
    assert answer.headers["Location"] == address("item_edit", competition, "erste")
    assert form_now(competition).question("zwei").relevant == "${erste} != ''"


# --- steps ----------------------------------------------------------------------------------------------------------------


def test_each_save_is_a_step_that_can_be_undone_and_done_again(office, client):
    competition, _person = office
    begin(client, competition)
    states = [form_now(competition)]
    for label in ("Eins", "Zwei", "Drei"):
        add(client, competition, "text", label)
        states.append(form_now(competition))

    def travel(name):
        client.post(address(name, competition), {"revision": working_copy_of(competition).revision})
        return form_now(competition)

    assert travel("editor_undo") == states[2]
    assert travel("editor_undo") == states[1]
    assert travel("editor_redo") == states[2]
    add(client, competition, "text", "Vier")
    assert travel("editor_redo") == form_now(competition)                # on another ground nothing is done again
    assert {"vier", "zwei", "eins"} == set(form_now(competition).placed)
    for _more in range(5):
        travel("editor_undo")
    assert form_now(competition) == states[0]


def test_only_so_many_steps_are_kept(office, client, monkeypatch):
    competition, person = office
    working = begin(client, competition)
    monkeypatch.setattr(services, "MOST_STEPS", 3)
    for number in range(6):
        services.change(working, lambda form, number=number: replace(form, code=f"f{number}"), act="heading", what="", by=person)
    assert list(working.steps.values_list("number", flat=True)) == [3, 4, 5, 6]


# --- two people -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def colleague(office):
    other = Client()
    other.force_login(make_role(office[0]).person, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return other


def test_two_people_at_different_questions_do_not_disturb_each_other(office, client, colleague):
    competition, _person = office
    begin(client, competition)
    add(client, competition, "text", "Eins")
    add(client, competition, "text", "Zwei")
    mine = fields_of(client.get(address("item_edit", competition, "eins")))
    assert edit(colleague, competition, "zwei", label__de="Zwei anders").status_code == 302
    assert client.post(address("item_edit", competition, "eins"), mine | {"label__de": "Eins anders"}).status_code == 302
    form = form_now(competition)
    assert (form.question("eins").label["de"], form.question("zwei").label["de"]) == ("Eins anders", "Zwei anders")


def test_two_people_at_the_same_question_lose_neither_text(office, client, colleague):
    competition, _person = office
    begin(client, competition)
    add(client, competition, "text", "Eins")
    mine = fields_of(client.get(address("item_edit", competition, "eins"))) | {"label__de": "Meine Frage"}
    edit(colleague, competition, "eins", label__de="Die Frage der Kollegin")
    answer = client.post(address("item_edit", competition, "eins"), mine)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Die Frage der Kollegin" in page
    assert "Meine Frage" in page
    assert answer.context["differences"] == [("Frage", "Die Frage der Kollegin")]
    assert form_now(competition).question("eins").label["de"] == "Die Frage der Kollegin"
    assert client.post(address("item_edit", competition, "eins"), fields_of(answer)).status_code == 302     # seen, and meant so
    assert form_now(competition).question("eins").label["de"] == "Meine Frage"
    client.post(address("editor_undo", competition), {"revision": working_copy_of(competition).revision})
    assert form_now(competition).question("eins").label["de"] == "Die Frage der Kollegin"


def test_who_writes_what_another_has_deleted_gets_the_text_back(office, client, colleague):
    competition, _person = office
    begin(client, competition)
    add(client, competition, "text", "Eins")
    mine = fields_of(client.get(address("item_edit", competition, "eins"))) | {"label__de": "Lange überlegt"}
    colleague.post(address("item_delete", competition, "eins"))
    answer = client.post(address("item_edit", competition, "eins"), mine)
    assert answer.status_code == 409
    assert "Lange überlegt" in answer.content.decode()


def test_nobody_deletes_what_another_has_changed_since_they_looked(office, client, colleague):
    competition, _person = office
    begin(client, competition)
    add(client, competition, "text", "Eins")
    seen = fields_of(client.get(address("item_delete", competition, "seite_1")), None)
    edit(colleague, competition, "eins", label__de="Eins, nach langem Nachdenken")
    client.post(address("item_delete", competition, "seite_1"), seen)
    assert "eins" in form_now(competition).placed
    client.post(address("item_delete", competition, "seite_1"), fields_of(client.get(address("item_delete", competition, "seite_1")), None))
    assert not form_now(competition).sections


def test_nobody_undoes_or_throws_away_what_they_have_not_seen(office, client, colleague):
    competition, _person = office
    seen = begin(client, competition).revision
    add(colleague, competition, "text", "Eins")
    for name in ("editor_undo", "editor_discard", "editor_release"):
        client.post(address(name, competition), {"revision": seen})
        assert "eins" in form_now(competition).placed
    assert not versions_of(competition).exists()


def test_two_lists_at_once_are_told_apart_as_well(office, client, colleague):
    competition, _person = office
    begin(client, competition)
    add(client, competition, "single", "Wahl", options="rot\nblau")
    mine = fields_of(client.get(address("options_edit", competition, "wahl_2" if "wahl_2" in form_now(competition).lists else "wahl")),
                     "options-form") | {"o0_label__de": "Rot!"}
    colleague.post(address("options_edit", competition, "wahl"), fields_of(
        colleague.get(address("options_edit", competition, "wahl")), "options-form") | {"o1_label__de": "Blau!"})
    answer = client.post(address("options_edit", competition, "wahl"), mine)
    assert answer.status_code == 409
    assert "Rot!" in answer.content.decode()
    assert "Blau!" in answer.content.decode()


# --- lists, languages, order ------------------------------------------------------------------------------------------------


def test_options_are_added_ordered_renamed_and_taken_out(office, client):
    competition, _person = office
    begin(client, competition)
    key = add(client, competition, "single", "Wahl", options="rot\nblau\ngrün")
    add(client, competition, "text", "Warum", place=f"after:{key}")
    edit(client, competition, "warum", relevant_mode="menu", relevant_0_question=key, relevant_0_sign="=", relevant_0_value="rot")
    sent = fields_of(client.get(address("options_edit", competition, "wahl")), "options-form")
    answer = client.post(address("options_edit", competition, "wahl"), sent | {
        "o0_code": "r", "o0_place": "9", "o1_delete": "on", "o3_label__de": "gelb", "o2_exclusive": "on", "name": "farben"})
    assert answer.headers["Location"] == address("options_edit", competition, "farben")
    choices = form_now(competition).lists["farben"]
    assert [(choice.code, choice.exclusive) for choice in choices] == [("gruen", True), ("gelb", False), ("r", False)]
    assert form_now(competition).question("warum").relevant == "${wahl} = 'r'"
    sent = fields_of(client.get(address("options_edit", competition, "farben")), "options-form")
    answer = client.post(address("options_edit", competition, "farben"), sent | {"o2_delete": "on"})
    assert answer.status_code == 400                                    # asked for by “warum”
    assert len(form_now(competition).lists["farben"]) == 3


def test_own_columns_of_a_list_serve_choice_filters(office, client):
    competition, _person = office
    begin(client, competition)
    add(client, competition, "single", "Land", options="NRW\nBayern")
    add(client, competition, "single", "Stadt", options="Köln\nMünchen", place="after:land")
    sent = fields_of(client.get(address("options_edit", competition, "stadt")), "options-form")
    answer = client.post(address("options_edit", competition, "stadt"), sent | {"new_column": "land", "_more": "column"})
    sent = fields_of(answer, "options-form")
    client.post(address("options_edit", competition, "stadt"), sent | {"o0_a_land": "nrw", "o1_a_land": "bayern"})
    edit(client, competition, "stadt", choice_filter="land = ${land}")
    assert form_now(competition).lists["stadt"][0].attributes == {"land": "nrw"}
    assert release(client, competition).status_code == 302


def test_a_list_that_is_too_long_for_one_page_is_edited_in_parts_and_stays_whole(office, client):
    competition, _person = office
    begin(client, competition)
    add(client, competition, "single", "Ort", options="\n".join(f"Ort {number}" for number in range(1, 501)))
    place = address("options_edit", competition, "ort") + "?start=60"
    sent = fields_of(client.get(place), "options-form")
    assert len(sent) < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    answer = client.post(place, sent | {"o60_label__de": "Anders", "o61_place": "1", "o62_place": "500", "o63_delete": "on"})
    assert answer.headers["Location"] == place
    labels = [choice.label["de"] for choice in form_now(competition).lists["ort"]]
    assert (len(labels), labels[0], labels[1], labels[61], labels[62], labels[-1]) == (499, "Ort 62", "Ort 1", "Anders", "Ort 65", "Ort 63")


def test_each_language_has_its_field_and_what_was_written_in_it_is_kept(office, client):
    competition, _person = office
    begin(client, competition)
    sent = fields_of(client.get(address("heading_edit", competition)), "heading-form")
    client.post(address("heading_edit", competition), sent | {"l1_name": "English", "l1_code": "en", "title__de": "Bogen"})
    add(client, competition, "text", "Wort", label__en="Word")
    edit(client, competition, "wort", hint__en="One word")
    assert form_now(competition).question("wort").label == {"de": "Wort", "en": "Word"}
    assert form_now(competition).question("wort").hint == {"en": "One word"}
    assert release(client, competition).status_code == 302
    sent = fields_of(client.get(address("heading_edit", competition)), "heading-form")
    client.post(address("heading_edit", competition), sent | {"l1_delete": "on"})
    assert form_now(competition).question("wort").label == {"de": "Wort"}


def test_texts_that_are_missing_in_a_language_are_listed(office, client):
    competition, _person = office
    begin(client, competition)
    sent = fields_of(client.get(address("heading_edit", competition)), "heading-form")
    client.post(address("heading_edit", competition), sent | {"l1_name": "English", "l1_code": "en"})
    add(client, competition, "text", "Wort", label__en="Word")
    add(client, competition, "text", "Satz")
    (missing,) = client.get(address("editor_show", competition)).context["untranslated"]
    assert [words for words, _url in missing["rows"]] == ["Seite 1", "Satz"]


def test_a_page_that_gets_words_gets_a_name(office, client):
    competition, _person = office
    import_workbook(competition, export_workbook(make_form(sections=(Section("", items=(make_question(),)),))), name="x.xlsx")
    begin(client, competition, "1")
    assert edit(client, competition, "part-1", label__de="Über Sie").headers["Location"] == address("item_edit", competition, "ueber_sie")
    assert release(client, competition).headers["Location"] == address("version_show", competition, 2)


def test_questions_go_up_down_elsewhere_and_are_copied(office, client):
    competition, _person = office
    begin(client, competition)
    add(client, competition, "text", "Eins")
    add(client, competition, "text", "Zwei", place="after:eins")
    client.post(address("item_add", competition) + "?kind=page", {"label__de": "Noch eine", "place": "after:seite_1"})
    client.post(address("item_shift", competition, "zwei"), {"direction": "up"})
    assert list(form_now(competition).placed) == ["zwei", "eins"]
    client.post(address("item_shift", competition, "eins"), {"direction": "down"})
    assert form_now(competition).placed["eins"].section.name == "noch_eine"
    client.post(address("item_move", competition, "eins"), {"place": "first:seite_1"})
    client.post(address("item_copy", competition, "eins"))
    assert list(form_now(competition).placed) == ["eins", "eins_2", "zwei"]


def test_groups_repeats_and_matrices_are_made_on_screen(office, client):
    competition, _person = office
    begin(client, competition)
    add(client, competition, "matrix", "Wie zufrieden?", options="sehr\nwenig", rows="Ort\nZeit")
    add(client, competition, "repeat", "Projekt")
    add(client, competition, "text", "Titel", place="first:projekt")
    edit(client, competition, "projekt", max_count="2", role="project")
    edit(client, competition, "wie_zufrieden", hint__de="Bitte alle")
    form = form_now(competition)
    assert form.repeats["projekt"].max_count == 2
    assert release(client, competition).status_code == 302
    page = client.get(address("editor_section", competition, "seite_1")).content.decode()
    assert "q-matrix" in page


@pytest.mark.once
@pytest.mark.parametrize("kind", list(Type))
def test_every_kind_of_question_can_be_added_shown_and_saved(office, client, kind):
    competition, _person = office
    begin(client, competition)
    add(client, competition, "text", "Anderes")
    key = add(client, competition, str(kind), "Neu", options="a\nb")
    answer = edit(client, competition, key, **({"calculation": "1 + 1"} if kind == Type.CALCULATE else {}))
    assert answer.status_code == 302
    assert client.post(address("item_preview", competition, key), fields_of(
        client.get(address("item_edit", competition, key)))).status_code == 200
    assert release(client, competition).status_code == 302, services.faults_of(form_now(competition))


def test_another_kind_leaves_behind_what_does_not_fit_it(office, client):
    competition, _person = office
    begin(client, competition)
    add(client, competition, "text", "Wort")
    edit(client, competition, "wort", characters="30")
    edit(client, competition, "wort", type="date")
    question = form_now(competition).question("wort")
    assert (question.type, question.limits.characters) == (Type.DATE, None)
    assert release(client, competition).status_code == 302


# --- preview ----------------------------------------------------------------------------------------------------------------


def test_the_preview_is_the_real_form_of_what_stands_in_the_fields_and_saves_nothing(office, client):
    competition, _person = office
    begin(client, competition)
    add(client, competition, "single", "Wahl", options="rot\nblau")
    sent = fields_of(client.get(address("item_edit", competition, "wahl"))) | {
        "label__de": "Welche <b>Farbe</b>?", "new_options": "grün", "or_other": "on"}
    for answer in (client.post(address("item_preview", competition, "wahl"), sent),
                   client.post(address("item_edit", competition, "wahl"), sent | {"_preview": "yes"})):
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "Welche &lt;b&gt;Farbe&lt;/b&gt;?" in page
        assert page.count('type="radio" id="q-wahl') == 4
    assert working_copy_of(competition).revision == 2


def test_what_is_shown_only_sometimes_is_shown_in_its_preview(office, client):
    competition, _person = office
    begin(client, competition)
    add(client, competition, "text", "Eins")
    add(client, competition, "text", "Zwei")
    edit(client, competition, "zwei", relevant_mode="menu", relevant_0_question="eins", relevant_0_sign="answered")
    answer = client.get(address("item_edit", competition, "zwei"))
    assert [block.hidden for block in answer.context["preview_blocks"]] == [False]
    assert "Nur wenn" in answer.context["preview_condition"]


def test_what_was_tried_out_is_forgotten_when_the_form_is_another(office, client):
    competition, _person = office
    begin(client, competition)
    add(client, competition, "text", "Eins")
    place = address("editor_section", competition, "seite_1")
    client.post(place, fields_of(client.get(place), None) | {"eins": "Hallo"})
    assert "Hallo" in client.get(place).content.decode()
    edit(client, competition, "eins", type="multi", new_options="a\nb")
    edit(client, competition, "eins", list_name="+", new_options="a\nb")
    assert client.get(place).status_code == 200
    assert "Hallo" not in client.get(place).content.decode()


# --- who may ----------------------------------------------------------------------------------------------------------------


def test_only_the_office_writes_and_strangers_find_nothing(office, client):
    competition, _person = office
    begin(client, competition)
    add(client, competition, "text", "Eins")
    places = [address("editor_show", competition), address("item_edit", competition, "eins"), address("options_list", competition)]
    for kind, status in ((Role.Kind.AUDITOR, 403), (None, 404)):
        other = Client()
        person = make_role(competition, kind=kind).person if kind else make_person()
        other.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[-1])
        assert {other.get(place).status_code for place in places} == {status}
        for name, rest in (("editor_undo", ()), ("item_delete", ("eins",)), ("item_copy", ("eins",)), ("editor_release", ())):
            assert other.post(address(name, competition, *rest), {"revision": 2}).status_code == status
    assert "eins" in form_now(competition).placed


@pytest.mark.parametrize("sent", [
    {"relevant_rows": "٣"}, {"relevant_rows": "999999999"}, {"relevant_mode": "nichts"}, {"seen": "x"}, {"type": "geopoint"},
    {"label__de": "\x00\x0b"}, {"_more": "nirgends"}, {"relevant_mode": "menu", "relevant_0_question": "niemand"}, {"shown_in": "xx"},
])
def test_nonsense_that_is_sent_is_no_error_of_ours(office, client, sent):
    competition, _person = office
    begin(client, competition)
    add(client, competition, "text", "Eins")
    before = fields_of(client.get(address("item_edit", competition, "eins")))
    for name in ("item_edit", "item_preview"):
        assert client.post(address(name, competition, "eins"), before | sent).status_code < 500


def test_simple_formatting_is_a_box_to_tick_and_the_other_words_of_the_appearance_stay(office, client):
    competition, _person = office
    begin(client, competition)
    key = add(client, competition, "long_text", "Ihr Konzept auf fünf Seiten")
    edit(client, competition, key, appearance="multiline w3", formatted="on")
    assert form_now(competition).question(key).appearance == "multiline w3 formatted"
    assert form_now(competition).question(key).is_formatted
    edit(client, competition, key, formatted="")
    assert form_now(competition).question(key).appearance == "multiline w3"
