"""What was typed of a project reaches that project, whatever number it has by the time the text arrives."""

import pytest
from playwright.sync_api import expect

from lorbeer.call.tests.factories import make_competition
from lorbeer.intake import queries, services
from lorbeer.intake.keying import second_answers
from lorbeer.intake.tests.factories import make_contributor, make_draft, make_person
from lorbeer.intake.tests.test_browser import saved, section
from lorbeer.intake.tests.test_held import become
from lorbeer.intake.tests.test_keying import TYPED, Desk
from lorbeer.intake.tests.test_places import PROJECTS, told
from lorbeer.questionnaire.services import add_version, publish
from lorbeer.shared import clock

pytestmark = pytest.mark.django_db(transaction=True)


def make_open_projects(letters):
    competition = make_competition(is_public=True)
    publish(add_version(competition, PROJECTS))
    answers = {("project", 0): len(letters)}
    for place, letter in enumerate(letters, 1):
        answers |= {("name", place): letter, ("text", place): f"Text von {letter}"}
    draft = make_draft(competition, make_person(), answers, at=clock.now())
    return draft, draft.entry.contributors.get().person, make_contributor(draft.entry, make_person()).person


def text_of(page, place):
    return page.locator(f"[data-question=text][data-place='{place}'] textarea")


def type_and_save(page, field, text):
    field.fill(text)
    page.keyboard.press("Tab")
    saved(page).wait_for()


def held_of(new_page, live_server, draft, anna, bob, field, text):
    """What Bob typed as his session ended; meanwhile Anna takes the first project out, and then he has signed in again."""
    page = new_page(bob)
    page.on("dialog", lambda one: one.accept())
    page.goto(section(draft, "projects"))
    become(page, None, live_server)
    page.locator(field).fill(text)
    page.get_by_role("link", name="Zur Übersicht").click()
    page.locator("input[type=password]").first.wait_for()
    services.change_places(draft, "project", by=anna, remove=1)
    become(page, bob, live_server)
    return page


@pytest.mark.parametrize("letters", ["AB", "ABC"])
def test_a_held_text_reaches_its_project_though_another_was_taken_out_before_it(new_page, live_server, letters):
    draft, anna, bob = make_open_projects(letters)
    page = held_of(new_page, live_server, draft, anna, bob, "#q-text__2", "B, von Bob")

    page.goto(section(draft, "projects"))
    page.get_by_role("status").get_by_text("Jetzt ist es gespeichert").wait_for()
    assert told(draft) == {"B": "B, von Bob"} | {one: f"Text von {one}" for one in letters[2:]}
    assert not queries.refused_texts(draft)
    expect(text_of(page, 1)).to_have_value("B, von Bob")
    type_and_save(page, text_of(page, 1), "B, von Bob, weiter")
    assert told(draft)["B"] == "B, von Bob, weiter"


def test_a_held_text_of_a_project_that_was_taken_out_waits_with_it_and_is_put_into_no_other(new_page, live_server):
    draft, anna, bob = make_open_projects("ABC")
    page = held_of(new_page, live_server, draft, anna, bob, "#q-text__1", "A, von Bob")

    page.goto("/")
    page.get_by_role("status").get_by_role("link", name="Bitte wählen").click()
    page.get_by_text("Text (Projekt 1, entfernt)").first.wait_for()
    assert told(draft) == {"B": "Text von B", "C": "Text von C"}
    assert [one.value for one in queries.refused_texts(draft)] == ["A, von Bob"]


def test_what_nobody_can_read_of_a_held_page_is_shown_again_with_its_project(new_page, live_server):
    draft, anna, bob = make_open_projects("ABC")
    page = held_of(new_page, live_server, draft, anna, bob, "#q-cost__2", "viel")

    page.goto(section(draft, "projects"))
    page.get_by_role("status").get_by_text("Jetzt ist es gespeichert").wait_for()
    assert queries.unread_texts(draft, bob) == {"cost__1": "viel"}
    expect(page.locator("#q-cost__1")).to_have_value("viel")
    expect(page.locator("#q-cost__2")).to_have_value("")


def test_a_page_that_was_drawn_before_a_held_text_had_come_is_drawn_anew_though_its_project_has_another_number(new_page):
    draft, anna, bob = make_open_projects("AB")
    page, sent = new_page(bob), []

    def on_its_way(route):
        sent.append(route)
        if len(sent) == 2:                                              # while the next page sends it once more, it comes in
            sent[0].fetch()
            route.continue_()

    page.on("dialog", lambda one: one.accept())
    page.goto(section(draft, "projects"))
    page.route("**/keep/", on_its_way)
    with page.expect_request("**/keep/"):
        text_of(page, 2).fill("B, von Bob")
        page.keyboard.press("Tab")
    services.change_places(draft, "project", by=anna, remove=1)

    page.goto(section(draft, "projects"))
    expect(text_of(page, 1)).to_have_value("B, von Bob")
    assert told(draft) == {"B": "B, von Bob"}


@pytest.mark.parametrize("back", [lambda page: (page.goto("/"), page.go_back()), lambda page: page.reload()], ids=["back", "reload"])
def test_what_a_browser_puts_back_into_a_page_that_is_opened_anew_is_put_into_no_other_project(new_page, back):
    draft, anna, bob = make_open_projects("ABC")
    page = new_page(bob)
    page.goto(section(draft, "projects"))
    type_and_save(page, text_of(page, 2), "B, von Bob")
    services.change_places(draft, "project", by=anna, remove=1)

    back(page)
    expect(text_of(page, 2)).to_have_value("Text von C")
    type_and_save(page, page.locator("#q-cost__1"), "5")
    assert told(draft) == {"B": "B, von Bob", "C": "Text von C"}
    assert not queries.refused_texts(draft)


def test_nor_does_it_overwrite_what_somebody_else_has_written_since(new_page):
    draft, anna, bob = make_open_projects("A")
    page = new_page(bob)
    page.goto(section(draft, "projects"))
    type_and_save(page, text_of(page, 1), "Von Bob")
    page.goto("/")
    services.save_answer(draft, "text", 1, "Von Anna", by=anna)

    page.go_back()
    expect(text_of(page, 1)).to_have_value("Von Anna")
    type_and_save(page, page.locator("#q-cost__1"), "5")
    assert told(draft) == {"A": "Von Anna"}


@pytest.mark.parametrize("is_removed", [True, False])
def test_nor_into_another_project_of_a_second_keying_and_what_was_saved_nowhere_stays_where_nothing_moved(new_page, live_server, is_removed):
    desk = Desk().key_first(TYPED)
    services.begin_second_keying(desk.keying, by=desk.second)
    services.save_second_keying(desk.keying, services.as_changes(
        {("project", 0): 2, ("project_title", 1): "A", ("project_title", 2): "B"}), by=desk.second)
    page = new_page(desk.second)
    page.goto(desk.address("keying_section", "projects"))
    page.locator("#q-project_title__1").fill("A neu")
    if is_removed:
        page.get_by_role("button", name="Projekt 1 entfernen").click()
        page.get_by_role("button", name="entfernen").click()
        expect(page.locator("#q-project_title__1")).to_have_value("B")
        page.go_back()
        page.go_back()
    else:
        page.goto("/")
        page.go_back()
    expect(page.locator("#q-project_title__1")).to_have_value("B" if is_removed else "A neu")
    page.get_by_role("button", name="Speichern", exact=True).click()
    page.wait_for_load_state()
    texts = [value for (name, _place), value in second_answers(desk.keying).items() if name == "project_title"]
    assert texts == (["B"] if is_removed else ["A neu", "B"])
