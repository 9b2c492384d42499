"""Texts follow their project: whoever writes on an older page, with an older form, or chooses between two texts, means the same one."""

import re
from datetime import timedelta

import pytest

from lorbeer.call.tests.factories import make_competition
from lorbeer.intake import places, queries, services
from lorbeer.intake.models import DraftAnswer, UnreadText
from lorbeer.intake.tests.factories import OPEN, make_contributor, make_draft, make_person
from lorbeer.intake.tests.test_views import at, signed_in
from lorbeer.intake.views.filling_in import _labels_in
from lorbeer.questionnaire.definition import Form, Question, Repeat, Section, Type
from lorbeer.questionnaire.evaluation import GONE
from lorbeer.questionnaire.forms import field_name
from lorbeer.questionnaire.pdfform import Filled
from lorbeer.questionnaire.services import add_version, publish
from lorbeer.shared import clock
from lorbeer.shared.tests.built_once import built_once
from lorbeer.shared.text import Localized

pytestmark = pytest.mark.django_db
PROJECTS = Form(title=Localized(de="Bogen"), code="entry", sections=(
    Section("basics", Localized(de="Angaben"), items=(Question("title", Type.TEXT, Localized(de="Titel des Beitrags"), role="title"),)),
    Section("projects", Localized(de="Einzelprojekte"), items=(
        Repeat("project", Localized(de="Projekt"), max_count=4, items=(
            Question("name", Type.TEXT, Localized(de="Titel")), Question("text", Type.LONG_TEXT, Localized(de="Text")),
            Question("cost", Type.INTEGER, Localized(de="Kosten")))),)),))


@pytest.fixture(autouse=True)
def while_open():
    with clock.at(OPEN):
        yield


@built_once
def make_projects(number):
    """A draft with so many projects, A, B, C …, each with a text; Anna writes it with Bob."""
    competition = make_competition()
    publish(add_version(competition, PROJECTS))
    said = {("project", 0): number}
    for place, letter in enumerate("ABCD"[:number], 1):
        said |= {("name", place): letter, ("text", place): f"Text von {letter}"}
    anna = make_person()
    draft = make_draft(competition, anna, said)
    return draft, anna, make_contributor(draft.entry, make_person()).person


def page_of(draft, person):
    """What the browser of somebody who has the section open would send."""
    page = signed_in(person).get(at("section_edit", draft.entry, "projects")).content.decode()
    fields = dict(re.findall(r'<input[^>]* name="(name__\d|_places)" value="([^"]*)"', page))
    texts = {name: text.strip() for name, text in re.findall(r'<textarea[^>]*name="(text__\d)"[^>]*>([^<]*)<', page)}
    return fields | texts | {"_asked": re.findall(r'name="_asked" value="([^"]+)"', page)}


def told(draft):
    """Title → text of the projects, in their order."""
    said = queries.draft_answers(draft)
    return {said.get(("name", place)): said.get(("text", place)) for place in range(1, said["project", 0] + 1)}


@pytest.mark.parametrize("address", ["section_edit", "section_keep"])
def test_what_an_older_page_says_of_the_second_project_reaches_it_when_the_first_is_gone(address):
    draft, anna, bob = make_projects(3)
    page = page_of(draft, bob)
    services.change_places(draft, "project", by=anna, remove=1)

    sent = signed_in(bob).post(at(address, draft.entry, "projects"), page | {"text__2": "B, von Bob"})

    assert told(draft) == {"B": "B, von Bob", "C": "Text von C"}
    assert queries.refused_texts(draft) == []
    if address == "section_keep":                                       # by the numbers of the page that waits for it
        [kept] = sent.json()["kept"]
        assert (kept["place"], kept["marker"].split(":")[:2]) == (2, ["text", "2"])
        assert "q-text__3" in sent.json()["faults"]


def test_fields_follow_their_place_and_have_their_label_whatever_their_question_is_called():
    form = Form(title=Localized(de="Bogen"), code="entry", sections=(Section("s", Localized(de="Teil"), items=(
        Repeat("r", Localized(de="Projekt"), max_count=4, items=tuple(
            Question(name, Type.TEXT, Localized(de=name)) for name in ("text", "_text", "text--old", "text__old"))),)),))
    for name in form.placed:
        for part in ("", "--city"):
            field = f"{field_name(name, 3)}{part}"
            assert places.renamed(form, field, lambda _repeat, place: place - 1) == f"{field_name(name, 2)}{part}"
            assert list(_labels_in(form, [field]).values()) == [name]
    for field in ("_text__3", "q:text__3", "text__" + "9" * 5000, "text__x", "q:", "--"):
        assert places.place_in(form, field) is None


def test_a_text_that_waits_for_a_choice_stays_with_its_project():
    draft, anna, bob = make_projects(3)
    services.save_answer(draft, "text", 2, "B, von Anna", by=anna)
    with pytest.raises(services.Conflict):
        services.save_answer(draft, "text", 2, "B, von Bob", by=bob, revision=1)
    services.change_places(draft, "project", by=anna, remove=1)

    [refused] = queries.refused_texts(draft)
    page = signed_in(bob).get(at("conflict_list", draft.entry)).content.decode()
    assert ("(Projekt 1)" in page, "B, von Anna" in page, "Es wurde entfernt" in page) == (True, True, False)
    services.settle_conflict(refused, by=bob, keep_mine=True, revision=refused.answer.revision)
    assert told(draft) == {"B": "B, von Bob", "C": "Text von C"}


def test_what_is_written_for_a_project_that_is_gone_brings_it_back_whole_or_leaves_it_gone():
    draft, anna, bob = make_projects(3)
    page, client = page_of(draft, bob), signed_in(bob)
    services.change_places(draft, "project", by=anna, remove=1)

    said = client.post(at("section_keep", draft.entry, "projects"), page | {"text__1": "A, von Bob"}).json()
    assert "q-text__1" in said["collisions"]
    late = client.post(at("section_edit", draft.entry, "projects"), page | {"text__1": "A, von Bob"})

    assert late.url == at("conflict_list", draft.entry)
    [refused] = queries.refused_texts(draft)                            # the same text twice is one
    shown = client.get(late.url).content.decode()
    assert "Text (Projekt 1, entfernt)" in shown
    assert told(draft) == {"B": "Text von B", "C": "Text von C"}
    token = shown.split('name="token" value="')[1].split('"')[0]
    client.post(at("conflict_settle", draft.entry), {"token": token, "choice": "refused"})
    assert told(draft) == {"B": "Text von B", "C": "Text von C", "A": "A, von Bob"}
    client.post(at("section_edit", draft.entry, "projects"), page | {"name__1": "A neu"})       # the page is two moves behind
    assert [(one.value, one.answer.value, one.answer.place) for one in queries.refused_texts(draft)] == [("A neu", "A", 3)]


def test_what_was_empty_in_a_project_that_is_brought_back_stays_empty():
    draft, anna, bob = make_projects(2)
    services.save_answer(draft, "name", 2, None, by=anna)
    services.change_places(draft, "project", by=anna, remove=2)
    saved = services.save_answers(draft, [services.Change("text", "B, von Bob", GONE + 1, 1, is_gone=True)], by=bob)
    services.settle_conflict(saved.conflicts[0].refused, by=bob, keep_mine=True)
    assert told(draft) == {"A": "Text von A", None: "B, von Bob"}


def test_a_button_of_an_older_page_removes_the_project_that_it_stood_at_or_none():
    draft, anna, bob = make_projects(3)
    page, client = page_of(draft, bob), signed_in(bob)
    services.change_places(draft, "project", by=anna, remove=1)

    asked = client.post(at("section_edit", draft.entry, "projects"), page | {"_remove_place": "project:2"})
    assert asked.url.endswith("?remove=project:1")
    question = client.get(asked.url).content.decode()
    sure = {name: re.findall(rf'name="{name}" value="([^"]+)"', question) for name in ("_remove_place", "_confirmed", "_asked", "_places")}
    for _click in range(2):
        answer = client.post(at("section_edit", draft.entry, "projects"), sure)
    assert told(draft) == {"C": "Text von C"}
    assert answer.url == f"{at('section_edit', draft.entry, 'projects')}#b-project"
    assert "Es ist schon entfernt." in client.get(answer.url).content.decode()


def test_after_the_button_of_a_repeat_the_page_is_made_anew_whatever_else_cannot_be_read():
    draft, anna, _bob = make_projects(3)
    services.fill_draft(draft, {("name", 1): None, ("text", 1): None}, by=anna)
    page, client = page_of(draft, anna), signed_in(anna)

    sent = client.post(at("section_edit", draft.entry, "projects"), page | {"cost__2": "zwölf", "_remove_place": "project:1"})
    assert (sent.status_code, told(draft)) == (302, {"B": "Text von B", "C": "Text von C"})
    anew = client.get(sent.url).content.decode()
    assert re.search(r'name="cost__1"[^>]* value="zwölf"', anew)        # beside the project for which it was typed
    client.post(at("section_edit", draft.entry, "projects"), page_of(draft, anna) | {"text__1": "B, neu"})
    assert told(draft) == {"B": "B, neu", "C": "Text von C"}

    services.change_places(draft, "project", by=anna, remove=2)
    [button] = re.findall(r'name="_bring_back" value="([^"]+)"', client.get(sent.url).content.decode())
    back = client.post(at("section_edit", draft.entry, "projects"), page_of(draft, anna) | {"cost__1": "elf", "_bring_back": button})
    assert (back.status_code, told(draft)) == (302, {"B": "B, neu", "C": "Text von C"})


def test_the_page_of_two_texts_counts_what_was_put_back_as_it_stands_now():
    draft, anna, bob = make_projects(2)
    services.change_places(draft, "project", by=anna, remove=1)
    services.bring_back(draft.removed_places.get(), by=anna)
    services.save_answer(draft, "text", 2, "A, von Anna", by=anna)
    with pytest.raises(services.Conflict):
        services.save_answer(draft, "text", 2, "A, von Bob", by=bob, revision=1)
    assert "Text (Projekt 2)" in signed_in(bob).get(at("conflict_list", draft.entry)).content.decode()


def test_of_two_at_once_the_second_means_the_project_that_it_saw():
    draft, anna, bob = make_projects(3)
    other = type(draft).objects.get(pk=draft.pk)                        # read before Anna's click, written after it
    services.change_places(draft, "project", by=anna, remove=1)
    services.save_answer(other, "text", 2, "B, von Bob", by=bob, revision=1)
    assert told(draft) == {"B": "B, von Bob", "C": "Text von C"}


def test_what_nobody_can_read_moves_goes_and_comes_back_with_its_project():
    draft, anna, bob = make_projects(3)
    for field in ("cost__3", "cost__2", "cost__1"):                     # the newest first: none is in the way of another
        UnreadText.objects.create(draft=draft, person=bob, field=field, text=f"viel {field}")
    services.keep_unread(draft, by=anna, judged=(), typed={"cost__1": "wenig"})

    services.change_places(draft, "project", by=anna, remove=1)
    assert queries.unread_texts(draft, bob) == {"cost__1": "viel cost__2", "cost__2": "viel cost__3"}
    assert queries.unread_texts(draft, anna) == {}
    services.bring_back(draft.removed_places.get(), by=anna)
    assert (queries.unread_texts(draft, bob)["cost__3"], queries.unread_texts(draft, anna)) == ("viel cost__1", {"cost__3": "wenig"})


def test_a_project_of_which_nobody_can_read_anything_is_asked_about_and_kept():
    draft, anna, bob = make_projects(2)
    services.change_places(draft, "project", by=anna)
    services.keep_unread(draft, by=bob, judged=(), typed={"cost__3": "etwa zwölftausend Euro"})
    client, section = signed_in(anna), at("section_edit", draft.entry, "projects")

    asked = client.post(section, page_of(draft, anna) | {"_remove_place": "project:3"})
    assert asked.url.endswith("?remove=project:3")
    question = client.get(asked.url).content.decode()
    assert "etwa zwölftausend Euro" in question
    assert f"getippt von {bob}" in question
    sure = {name: re.findall(rf'name="{name}" value="([^"]+)"', question) for name in ("_remove_place", "_confirmed", "_asked", "_places")}
    page = client.get(client.post(section, sure).url).content.decode()

    assert list(told(draft)) == ["A", "B"]
    assert "etwa zwölftausend Euro" in page                             # beside the button that puts it back
    services.bring_back(draft.removed_places.get(), by=anna)
    assert queries.unread_texts(draft, bob) == {"cost__3": "etwa zwölftausend Euro"}


# --- the draft's own PDF form -------------------------------------------------------------------------------------------


def own_form(draft, **changed):
    """What reading the draft's own form gives, as it was downloaded an hour ago."""
    said = {key: value for key, value in queries.draft_answers(draft).items() if key[1]} | {
        (name[:-1], int(name[-1])): value for name, value in changed.items()}
    return Filled(draft.entry.competition.code, "entry", 1, draft.entry.code, said, made_at=clock.now())


def test_an_own_form_does_not_bring_back_what_was_taken_out_or_emptied_since():
    draft, anna, _bob = make_projects(2)
    with clock.at(OPEN + timedelta(hours=1)):
        filled = own_form(draft)
    with clock.at(OPEN + timedelta(hours=2)):
        services.change_places(draft, "project", by=anna, remove=1)
        services.save_answer(draft, "name", 1, None, by=anna)
        filling = services.fill_from_form(draft, filled, by=anna)

    assert told(draft) == {None: "Text von B"}
    assert (filling.taken, filling.conflicts, filling.faults) == ([], [], [])


def test_what_an_own_form_changes_reaches_its_project_and_of_one_that_is_gone_it_is_put_to_the_choice():
    draft, anna, _bob = make_projects(3)
    with clock.at(OPEN + timedelta(hours=1)):
        filled = own_form(draft, text1="A, aus dem PDF", text3="C, aus dem PDF", name4="D")
    with clock.at(OPEN + timedelta(hours=2)):
        services.change_places(draft, "project", by=anna, remove=1)
        filling = services.fill_from_form(draft, filled, by=anna)

    assert told(draft) == {"B": "Text von B", "C": "C, aus dem PDF", "D": None}
    assert (filling.taken, filling.conflicts) == (["Text (2)", "Titel (3)"], ["Text (inzwischen entfernt)"])
    [refused] = queries.refused_texts(draft)
    assert (refused.value, places.former_number(draft, refused.answer.place)) == ("A, aus dem PDF", 1)
    assert DraftAnswer.objects.filter(draft=draft, question="name").count() == 4
