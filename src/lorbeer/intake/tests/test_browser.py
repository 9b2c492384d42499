"""The form in a real browser: autosave, collisions and the keyboard at the desk."""

import re
import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation
from playwright.sync_api import expect

from lorbeer.call.tests.factories import make_competition
from lorbeer.intake import queries, services
from lorbeer.intake.models import Arrival, DraftAnswer, Submission
from lorbeer.intake.tests.factories import COMPLETE, make_call, make_draft, make_office
from lorbeer.intake.tests.test_views import signed_in
from lorbeer.questionnaire.definition import Choice, Form, Limits, Question, Section, Type
from lorbeer.questionnaire.forms import measure
from lorbeer.questionnaire.services import add_version, publish
from lorbeer.shared import clock
from lorbeer.shared.text import Localized

pytestmark = pytest.mark.django_db(transaction=True)


def make_open_draft(**facts):
    return make_draft(make_call(), at=clock.now(), **facts)


def section(draft, key):
    return reverse("intake:section_edit", args=[draft.entry.competition.code, draft.entry.code, key])


def test_what_is_typed_is_kept_without_a_click_and_a_collision_says_so(new_page, axe):
    draft = make_open_draft(answers={"title": "Anfang"})
    page = new_page(draft.entry.contributors.get().person)
    page.goto(section(draft, "basics"))

    page.get_by_label("Titel").fill("Aus dem Browser")
    page.keyboard.press("Tab")
    page.get_by_text("Alles ist gespeichert.").wait_for()
    assert queries.draft_answers(draft)["title", 0] == "Aus dem Browser"
    page.get_by_label("Titel").fill("Noch einmal")
    page.keyboard.press("Tab")
    page.locator("[name=_asked][value^='title:0:3:']").wait_for(state="attached")
    services.save_answer(draft, "title", 0, "Von anderswo", by=None)
    page.get_by_label("Titel").fill("Kommt zu spät")
    page.keyboard.press("Tab")
    page.get_by_role("link", name="Jemand anderes hat „Titel“ geändert").click()

    page.get_by_text("Kommt zu spät").first.wait_for()
    assert DraftAnswer.objects.get().value == "Von anderswo"
    assert axe(page) == []


@pytest.mark.parametrize("leave", [
    lambda page: page.get_by_role("link", name="Zur Übersicht").click(),
    lambda page: page.reload(),                                         # without leaving the field first
    lambda page: page.goto("about:blank"),
])
def test_what_was_typed_last_is_kept_when_the_page_is_left_at_once(new_page, leave):
    draft = make_open_draft(answers={"title": "Anfang"})
    page = new_page(draft.entry.contributors.get().person)
    page.goto(section(draft, "basics"))

    page.get_by_label("Titel").fill("Zuletzt getippt")
    leave(page)
    page.wait_for_load_state("networkidle")
    until = time.monotonic() + 5
    while queries.draft_answers(draft)["title", 0] != "Zuletzt getippt" and time.monotonic() < until:
        page.wait_for_timeout(50)
    assert queries.draft_answers(draft)["title", 0] == "Zuletzt getippt"
    assert not queries.refused_texts(draft)


def test_what_is_wrong_with_an_answer_is_said_beside_it_as_soon_as_it_is_kept(new_page, axe):
    draft = make_open_draft()
    page = new_page(draft.entry.contributors.get().person)
    page.goto(section(draft, "rest"))

    amount = page.get_by_label("Beantragt in Euro")
    amount.fill("viel Geld")
    page.keyboard.press("Tab")
    page.get_by_text("Gespeichert, aber etwas stimmt noch nicht").wait_for()
    said = page.locator("#" + amount.get_attribute("id") + "_error")
    expect(said).to_contain_text("Zahl")
    assert said.get_attribute("id") in amount.get_attribute("aria-describedby")
    assert axe(page) == []
    amount.fill("400")
    page.keyboard.press("Tab")
    page.get_by_text("Alles ist gespeichert.").wait_for()
    assert (said.count(), amount.get_attribute("aria-invalid")) == (0, None)

    page.goto(section(draft, "text"))
    page.get_by_label("Kurzfassung").fill("x" * 1300)
    page.keyboard.press("Tab")
    page.get_by_text("Der Text hat 1.300 Zeichen; erlaubt sind höchstens 200.").wait_for()
    assert queries.draft_answers(draft)["abstract", 0] == "x" * 1300


def cascading_draft(**answers):
    """A Land, and a town and signs whose options depend on it."""
    def choices(*codes):
        return tuple(Choice(code, Localized(de=code.title()), attributes={"land": land}) for land, code in codes)

    lists = {"land": (Choice("ni", Localized(de="Niedersachsen")), Choice("nw", Localized(de="Nordrhein"))),
             "town": choices(("ni", "celle"), ("ni", "peine"), ("nw", "bonn"), ("nw", "unna")),
             "sign": choices(*((land, f"{land}{number}") for land in ("ni", "nw") for number in range(1, 10)))}
    questions = [Question(name, kind, Localized(de=label), list_name=name, choices=lists[name], choice_filter=test, role=role)
                 for name, kind, label, test, role in (
                     ("land", Type.SINGLE, "Land", "", ""), ("town", Type.SINGLE, "Stadt", "land = ${land}", ""),
                     ("sign", Type.SINGLE, "Kennzeichen", "land = ${land}", ""))]
    competition = make_competition(is_public=True)
    publish(add_version(competition, Form(title=Localized(de="Bogen"), code="entry", lists=lists, sections=(
        Section("all", Localized(de="Alles"), items=(Question("title", Type.TEXT, Localized(de="Titel"), role="title"), *questions)),))))
    return make_draft(competition, at=clock.now(), answers=answers)


def test_options_follow_another_answer_at_once_and_what_was_chosen_comes_back_with_them(new_page, axe):
    draft = cascading_draft(land="ni", town="celle", sign="ni3")
    page = new_page(draft.entry.contributors.get().person)
    page.goto(section(draft, "all"))
    sign = page.get_by_label("Kennzeichen")
    expect(page.get_by_label("Celle")).to_be_checked()
    expect(page.get_by_label("Bonn")).to_be_hidden()
    expect(sign).to_have_value("ni3")

    page.get_by_label("Nordrhein").check()
    page.get_by_label("Bonn").wait_for()
    expect(page.get_by_label("Celle")).to_be_hidden()
    expect(sign).to_have_value("")
    assert sign.locator("option:not([disabled])").all_inner_texts() == ["Bitte wählen", *(f"Nw{number}" for number in range(1, 10))]
    expect(page.locator("[data-announce]")).to_contain_text("passt nicht zu Ihren anderen Antworten")
    assert axe(page) == []
    page.get_by_text("Alles ist gespeichert.").wait_for()
    assert queries.draft_answers(draft) == {("land", 0): "nw"}

    page.get_by_label("Niedersachsen").check()
    page.get_by_label("Celle").wait_for()
    expect(page.get_by_label("Celle")).to_be_checked()
    expect(sign).to_have_value("ni3")
    page.get_by_label("Nordrhein").check()
    page.get_by_label("Unna").check()
    page.get_by_text("Alles ist gespeichert.").wait_for()
    page.wait_for_load_state("networkidle")
    page.reload()
    expect(page.get_by_label("Unna")).to_be_checked()


def test_half_a_word_that_is_kept_beside_another_answer_never_stands_against_the_whole_one(new_page):
    """The form, sent with the whole word just after it, does not collide with what its own page had sent."""
    draft = cascading_draft()
    page = new_page(draft.entry.contributors.get().person)
    page.goto(section(draft, "all"))
    page.get_by_label("Titel").press_sequentially("Ein Gar")
    held = []
    page.route("**/keep/", lambda route: held.append(route))
    page.evaluate("() => { const one = document.querySelector('input[value=nw]'); one.checked = true;"
                  " one.dispatchEvent(new Event('change', {bubbles: true})); }")
    page.get_by_label("Titel").press_sequentially("ten")
    page.get_by_role("button", name="Speichern", exact=True).click()
    page.get_by_text("Gespeichert.").wait_for()
    page.unroute("**/keep/")
    assert held                                                         # the half word never arrived, or arrives too late
    assert queries.draft_answers(draft) == {("land", 0): "nw", ("title", 0): "Ein Garten"}
    assert not queries.refused_texts(draft)


def test_without_scripts_a_choice_that_no_longer_fits_is_named_and_the_fitting_ones_are_there_after_saving():
    draft = cascading_draft(land="ni", town="celle", title="Ein Garten")
    client, url = signed_in(draft.entry.contributors.get().person), section(draft, "all")
    page = client.get(url).content.decode()
    assert re.search(r'<div class="kern-form-check" hidden><input[^>]*value="bonn" disabled', page)
    assert "hängt von Ihrer Antwort auf „Land“ ab." in page

    answer = client.post(url, {"title": "Ein Park", "land": "nw", "town": "celle"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "„Celle“ passt nicht mehr zu Ihren anderen Antworten." in page
    assert queries.draft_answers(draft) == {("title", 0): "Ein Park", ("land", 0): "nw", ("town", 0): "celle"}
    assert re.search(r'<div class="kern-form-check"><input[^>]*value="bonn"', page)
    assert [fault.question for fault in queries.completeness(draft).faults] == ["town"]
    assert client.post(url, {"land": "nw", "town": "unna"}).status_code == 302


def not_saved(page):
    return page.locator("[data-keep-status]").get_by_text("steht nur auf dieser Seite")


def saved(page):
    return page.locator("[data-keep-status]").get_by_text("Alles ist gespeichert.")


def test_what_could_not_be_saved_as_the_session_had_ended_is_not_left_in_silence_and_saved_after_a_new_sign_in(new_page, live_server, axe):
    draft = make_open_draft()
    writer = draft.entry.contributors.get().person
    page, asked = new_page(writer, width=360), []
    page.on("dialog", lambda one: (asked.append(one.type), one.dismiss()))
    page.goto(section(draft, "basics"))
    page.context.clear_cookies()
    page.get_by_label("Titel").fill("Nicht verloren")
    page.keyboard.press("Tab")
    not_saved(page).get_by_text("Sie sind nicht mehr angemeldet.").wait_for()
    assert axe(page, within="[data-keep-status]") == []

    page.get_by_label("Titel").press("End")                             # the page is left while one answer more waits to be sent
    page.keyboard.type("!")
    leave = page.get_by_role("link", name="Zur Übersicht")
    leave.click()
    assert asked == ["beforeunload"]
    expect(page.get_by_label("Titel")).to_have_value("Nicht verloren!")

    client = signed_in(writer)
    page.context.clear_cookies()                                        # whoever signs in gets a new seal, too
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    saved(page).wait_for()
    assert queries.draft_answers(draft)["title", 0] == "Nicht verloren!"
    leave.click()
    page.wait_for_url("**/apply/*-*/")
    assert asked == ["beforeunload"]


def test_without_a_connection_the_text_stays_whatever_is_pressed_and_is_saved_when_it_is_back(new_page):
    draft = make_open_draft()
    page = new_page(draft.entry.contributors.get().person)
    page.goto(section(draft, "basics"))
    page.context.set_offline(True)
    page.get_by_label("Titel").fill("Im Funkloch")
    page.keyboard.press("Tab")
    not_saved(page).wait_for()

    page.get_by_role("button", name="Speichern", exact=True).click()
    expect(page.get_by_label("Titel")).to_have_value("Im Funkloch")
    page.context.set_offline(False)
    saved(page).wait_for()
    assert queries.draft_answers(draft)["title", 0] == "Im Funkloch"


def test_a_button_works_on_a_machine_without_a_network_whose_own_server_answers(new_page):
    draft = make_open_draft()
    page = new_page(draft.entry.contributors.get().person)
    page.add_init_script("Object.defineProperty(navigator, 'onLine', { get: () => false })")
    page.goto(section(draft, "basics"))
    page.route("**/keep/", lambda route: route.fulfill(status=403, json={"error": "Gerade nicht.", "status": 403}))
    page.get_by_label("Titel").fill("Im Zug gezeigt")
    page.keyboard.press("Tab")
    not_saved(page).wait_for()
    page.get_by_role("button", name="Speichern", exact=True).click()
    page.get_by_text("Gespeichert.").wait_for()
    assert queries.draft_answers(draft)["title", 0] == "Im Zug gezeigt"


def test_why_it_was_not_saved_is_said_it_is_tried_again_by_itself_and_the_button_stays_under_the_finger(new_page):
    draft = make_open_draft()
    page, asked, answers = new_page(draft.entry.contributors.get().person, width=360), [], []
    page.on("dialog", lambda one: (asked.append(one.type), one.dismiss()))
    page.clock.install()
    page.goto(section(draft, "basics"))
    page.route("**/keep/", lambda route: (answers.append(403), route.fulfill(status=403, json={"error": "Gerade nicht.", "status": 403})))
    page.get_by_label("Titel").fill("Mehrmals versucht")
    page.keyboard.press("Tab")
    not_saved(page).get_by_text("Gerade nicht.").wait_for()

    for seconds in (5, 10):                                             # ever longer pauses
        with page.expect_response("**/keep/"):
            page.clock.fast_forward(seconds * 1000)
        page.wait_for_load_state("networkidle")
    assert len(answers) == 3

    page.unroute("**/keep/")
    page.get_by_label("Titel").press("End")
    page.keyboard.type("!")
    page.clock.pause_at(page.evaluate("(Date.now() + 100) / 1000"))
    button = page.get_by_role("button", name="Speichern", exact=True)
    button.scroll_into_view_if_needed()
    before = button.bounding_box()
    page.mouse.move(before["x"] + before["width"] / 2, before["y"] + before["height"] / 2)
    page.mouse.down()                                                   # the field is left and saved, and the long sentence is no longer true
    page.locator("[name=_asked][value^='title:0:1:']").wait_for(state="attached")
    assert button.bounding_box() == before
    page.mouse.up()
    page.get_by_text("Gespeichert.").wait_for()
    assert (asked, queries.draft_answers(draft)["title", 0]) == ([], "Mehrmals versucht!")


def test_a_line_that_hangs_is_given_up_and_what_was_typed_goes_once_more(new_page):
    draft = make_open_draft()
    page = new_page(draft.entry.contributors.get().person)
    page.add_init_script("AbortSignal.timeout = (after) => { const one = new AbortController();"
                         " setTimeout(() => one.abort(), after); return one.signal; }")             # by the clock that the test holds
    page.clock.install()
    page.goto(section(draft, "basics"))
    hanging = []
    page.route("**/keep/", lambda route: hanging.append(route))
    page.get_by_label("Titel").fill("Auf dem Weg")
    with page.expect_request("**/keep/"):
        page.keyboard.press("Tab")
    page.clock.fast_forward(31_000)
    not_saved(page).wait_for()
    page.unroute("**/keep/")
    page.clock.fast_forward(6_000)
    saved(page).wait_for()
    assert queries.draft_answers(draft)["title", 0] == "Auf dem Weg"


def test_a_file_that_was_chosen_is_not_called_saved_and_the_page_is_not_left_with_it_unasked(new_page, tmp_path):
    draft = make_open_draft()
    page, asked = new_page(draft.entry.contributors.get().person), []
    page.on("dialog", lambda one: (asked.append(one.type), one.dismiss()))
    page.goto(section(draft, "rest"))
    plan = tmp_path / "plan.pdf"
    plan.write_bytes(b"%PDF-")
    page.locator("input[type=file]").set_input_files(plan)
    page.get_by_label("Beantragt in Euro").fill("400")
    page.keyboard.press("Tab")
    page.locator("[data-keep-status]").get_by_text("bis auf die Dateien").wait_for()
    leave = page.get_by_role("link", name="Zur Übersicht")
    leave.click()
    assert asked == ["beforeunload"]

    page.locator("input[type=file]").set_input_files([])
    leave.click()
    page.wait_for_url("**/apply/*-*/")
    assert asked == ["beforeunload"]


def test_a_letter_is_registered_by_keyboard_alone(new_page):
    competition = make_call()
    page = new_page(make_office(competition))
    page.goto(reverse("intake:arrival_register", args=[competition.code]))

    page.get_by_label("Absender").focus()
    page.keyboard.type("Stadt Muster")
    page.keyboard.press("Tab")
    page.keyboard.type("Bewerbung")
    page.keyboard.press("Enter")

    page.wait_for_url("**/arrivals/*-*/")                                # Enter registers; to key it in is a button of its own
    arrival = Arrival.objects.get()
    assert (arrival.sender, arrival.subject, arrival.entry) == ("Stadt Muster", "Bewerbung", None)


FORMATTED = Form(title=Localized(de="Bogen"), code="entry", sections=(Section("text", Localized(de="Text"), items=(
    Question("title", Type.TEXT, Localized(de="Titel"), role="title"),
    Question("body", Type.LONG_TEXT, Localized(de="Darstellung"), appearance="multiline formatted",
             limits=Limits(characters=500, words=90, pages=5)),
)),))


def make_formatted_draft(answers=None):
    competition = make_competition()
    publish(add_version(competition, FORMATTED))
    return make_draft(competition, at=clock.now(), answers=answers)


def test_a_text_is_formatted_with_buttons_and_keys_and_shows_how_it_will_be_read(new_page, axe):
    draft = make_formatted_draft()
    page = new_page(draft.entry.contributors.get().person)
    page.goto(section(draft, "text"))
    field = page.get_by_label("Darstellung")

    field.fill("Ziel\nWir pflanzen")
    field.evaluate("one => one.setSelectionRange(1, 1)")
    page.get_by_role("button", name="Überschrift", exact=True).click()
    expect(field).to_have_value("# Ziel\nWir pflanzen")
    field.evaluate("one => one.setSelectionRange(11, 19)")
    page.keyboard.press("Control+b")
    expect(field).to_have_value("# Ziel\nWir **pflanzen**")
    page.keyboard.press("Control+i")
    expect(field).to_have_value("# Ziel\nWir ***pflanzen***")
    page.keyboard.press("Control+i")
    page.keyboard.press("Control+b")
    expect(field).to_have_value("# Ziel\nWir pflanzen")
    page.keyboard.press("Control+z")
    expect(field).to_have_value("# Ziel\nWir **pflanzen**")
    page.keyboard.press("Control+End")
    page.keyboard.type("\n\neins\nzwei")
    field.evaluate("one => one.setSelectionRange(one.value.length - 6, one.value.length)")
    page.keyboard.press("Control+Shift+Digit7")
    expect(field).to_have_value("# Ziel\nWir **pflanzen**\n\n1. eins\n2. zwei")
    page.get_by_role("button", name="Liste", exact=True).click()
    expect(field).to_have_value("# Ziel\nWir **pflanzen**\n\n- eins\n- zwei")

    page.get_by_text("So wird es gelesen").click()
    page.get_by_text("Alles ist gespeichert.").wait_for()
    preview = page.locator("[data-preview]")
    preview.get_by_role("heading", name="Ziel", level=2).wait_for()
    assert preview.locator("li").all_inner_texts() == ["eins", "zwei"]
    assert queries.draft_answers(draft)["body", 0] == "# Ziel\nWir **pflanzen**\n\n- eins\n- zwei"
    assert axe(page) == []


def test_to_look_at_a_preview_is_no_answer_to_what_somebody_else_wrote_meanwhile(new_page):
    draft = make_formatted_draft({"body": "Anfang"})
    page = new_page(draft.entry.contributors.get().person)
    page.goto(section(draft, "text"))
    services.save_answer(draft, "body", 0, "Von anderswo", by=None)
    with page.expect_response("**/keep/") as answer:
        page.get_by_text("So wird es gelesen").click()
    assert answer.value.json()["collisions"] == {}

    page.get_by_label("Titel").press_sequentially("x")                  # what is typed and taken back goes as what it was
    page.keyboard.press("Backspace")
    page.keyboard.press("Tab")
    saved(page).wait_for()
    assert (queries.draft_answers(draft), queries.refused_texts(draft)) == ({("body", 0): "Von anderswo"}, [])


def test_the_page_counts_a_formatted_text_as_the_server_does(new_page):
    draft = make_formatted_draft()
    page = new_page(draft.entry.contributors.get().person)
    page.goto(section(draft, "text"))
    field, note = page.get_by_label("Darstellung"), page.locator("[data-question=body] .l-field__note").first
    question = FORMATTED.question("body")

    for text in (
        "# Titel\n\nEin **fetter** und *schräger* Satz.\n\n## Mehr\n\n- eins\n- zwei\n\n1. drei\n2. vier", "Lang " * 700,
        "Datei_mit_Strich 2 * 3 \\*so\\*", "[hier](https://example.org/a_b)", "ohne alles\nzwei Zeilen",
        "- " + "Wort " * 60 + "\n- kurz\n\n" + "Absatz " * 200,
    ):
        field.fill(text)
        with translation.override("de"):
            assert note.inner_text().split(" · gespeichert")[0] == measure(question, text).strip()
    field.press("Tab")                                                  # and it stays beside the time at which the text was saved
    with translation.override("de"):
        expect(note).to_have_text(re.compile(re.escape(measure(question, text).strip()) + r" · gespeichert \d\d:\d\d"))


def test_a_formatted_text_is_explained_and_previewed_without_script(new_page):
    draft = make_formatted_draft({"body": "# Ziel\n\n- eins"})
    page = new_page(draft.entry.contributors.get().person, java_script_enabled=False)
    page.goto(section(draft, "text"))

    expect(page.get_by_role("button", name="Fett")).to_have_count(0)
    expect(page.locator("#q-body_hint")).to_contain_text("„# “ vor einer Überschrift")
    page.get_by_text("So wird es gelesen").click()
    expect(page.locator("[data-preview] h2")).to_have_text("Ziel")


# --- the last minute, two tabs, twice the button, back, and a session that ends -------------------------------------------


def submit_button(page):
    return page.get_by_role("button", name="Beitrag einreichen")


@pytest.mark.parametrize("script", [True, False])
def test_a_double_click_submits_once_and_going_back_shows_the_receipt_again(new_page, script):
    draft = make_open_draft(answers=COMPLETE)
    page = new_page(draft.entry.contributors.get().person, java_script_enabled=script)
    page.goto(reverse("intake:entry_submit", args=[draft.entry.competition.code, draft.entry.code]))

    submit_button(page).dblclick()
    page.wait_for_url("**/receipts/**")
    receipt = page.url
    page.go_back()
    page.goto(reverse("intake:entry_submit", args=[draft.entry.competition.code, draft.entry.code]))

    assert page.url == receipt
    assert "Seit Ihrer Einreichung hat sich nichts geändert" in page.content() or "Eingangsbestätigung" in page.content()
    assert Submission.objects.count() == 1


def test_when_the_deadline_passes_while_somebody_types_the_text_is_kept_and_the_page_says_what_counts(new_page):
    draft = make_open_draft()
    page = new_page(draft.entry.contributors.get().person)
    page.goto(section(draft, "basics"))
    draft.entry.competition.phases.filter(kind="entries").update(ends_at=clock.now() - timedelta(seconds=1))

    page.get_by_label("Titel").fill("In letzter Minute")
    page.keyboard.press("Tab")

    page.locator("[data-keep-status]").get_by_text("Die Frist").wait_for()
    page.locator("[data-keep-deadline]").get_by_text("Die Frist ist").first.wait_for()
    assert queries.draft_answers(draft)["title", 0] == "In letzter Minute"


def test_a_word_for_a_number_is_said_at_once_and_there_again_on_another_device(new_page):
    draft = make_open_draft()
    writer = draft.entry.contributors.get().person
    page = new_page(writer)
    page.goto(section(draft, "rest"))
    page.get_by_label("Beantragt in Euro").fill("sehr viele")
    page.keyboard.press("Tab")
    page.get_by_text("Das ist keine Zahl").wait_for()
    page.context.clear_cookies()

    other = new_page(writer, java_script_enabled=False)
    other.goto(section(draft, "rest"))
    expect(other.get_by_label("Beantragt in Euro")).to_have_value("sehr viele")


@pytest.mark.parametrize(("part", "label", "typed", "name", "shown"), [
    ("basics", "Titel", "Zuletzt getippt", "entry_check", "Alles ist da."),
    ("basics", "Titel", "Zuletzt getippt", "entry_show", "Zuletzt getippt"),
    ("basics", "Titel", "Zuletzt getippt", "entry_preview", "Zuletzt getippt"),
    ("rest", "Beantragt in Euro", "viel", "entry_check", "lässt sich nicht lesen"),
])
def test_a_page_that_is_asked_for_at_once_shows_what_was_typed_last(new_page, part, label, typed, name, shown):
    """By its address: nothing was left before it, and the text is on its way beside the page. It comes again when the text has come."""
    draft = make_open_draft(answers=COMPLETE | {"title": "" if part == "basics" else "Ein Garten"})
    page = new_page(draft.entry.contributors.get().person)
    page.goto(section(draft, part))
    page.get_by_label(label).fill(typed)

    page.goto(reverse(f"intake:{name}", args=[draft.entry.competition.code, draft.entry.code]))

    page.locator("main").get_by_text(shown).first.wait_for()
    assert not queries.refused_texts(draft)


@pytest.mark.parametrize("script", [True, False])
def test_browser_back_shows_what_was_saved_and_loses_nothing(new_page, script):
    draft = make_open_draft()
    page = new_page(draft.entry.contributors.get().person, java_script_enabled=script)
    page.goto(section(draft, "basics"))
    page.get_by_label("Titel").fill("Erste Fassung")
    page.get_by_role("button", name="Speichern und weiter").click()
    page.wait_for_url("**/sections/text/")
    page.get_by_label("Kurzfassung").fill("Kurz und gut.")
    page.get_by_role("button", name="Speichern", exact=True).click()
    page.get_by_text("Gespeichert.").wait_for()
    page.go_back()
    page.go_back()

    title = page.get_by_label("Titel")
    title.wait_for()
    expect(title).to_have_value("Erste Fassung")
    title.fill("Zweite Fassung")
    page.get_by_role("button", name="Speichern und weiter").click()
    page.wait_for_url("**/sections/text/")
    assert queries.draft_answers(draft) == {("title", 0): "Zweite Fassung", ("abstract", 0): "Kurz und gut."}
    assert not queries.refused_texts(draft)


@pytest.mark.parametrize("script", [True, False])
def test_in_two_tabs_neither_text_is_lost(new_page, script):
    draft = make_open_draft(answers={"title": "Anfang"})
    writer = draft.entry.contributors.get().person
    first = new_page(writer, java_script_enabled=script)
    first.goto(section(draft, "basics"))
    second = first.context.new_page()
    second.goto(section(draft, "basics"))

    for page, text in ((first, "Aus dem ersten"), (second, "Aus dem zweiten")):
        page.get_by_label("Titel").fill(text)
        page.get_by_role("button", name="Speichern und weiter").click()
        page.wait_for_load_state()
    second.wait_for_url("**/conflicts/")

    assert "Aus dem ersten" in second.content()
    assert "Aus dem zweiten" in second.content()


@pytest.mark.parametrize("script", [True, False])
def test_a_session_that_ends_while_somebody_writes_or_submits_loses_nothing(new_page, script):
    draft = make_open_draft(answers=COMPLETE)
    writer = draft.entry.contributors.get().person
    writer.set_password("geheim-und-lang-4711")
    writer.save()
    page = new_page(writer, java_script_enabled=script)
    page.goto(section(draft, "basics"))
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.get_by_label("Titel").fill("Nicht verloren")
    page.get_by_role("button", name="Speichern und weiter").click()
    page.get_by_text("Nicht verloren").or_(page.locator("[value='Nicht verloren']")).first.wait_for(state="attached")

    sign_in(page, writer)
    send_again(page)
    page.wait_for_url("**/sections/text/")
    assert queries.draft_answers(draft)["title", 0] == "Nicht verloren"

    page.goto(reverse("intake:entry_submit", args=[draft.entry.competition.code, draft.entry.code]))
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    submit_button(page).click()
    page.get_by_text("nicht mehr angemeldet").first.wait_for()
    assert not Submission.objects.exists()
    sign_in(page, writer)
    send_again(page)
    page.wait_for_url("**/receipts/**")
    assert Submission.objects.count() == 1


def sign_in(page, person):
    """In a window beside, as the page proposes."""
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="In einem neuen Fenster anmelden").click()
    beside = opened.value
    beside.get_by_label("E-Mail").first.fill(person.email)
    beside.locator("input[type=password]").fill("geheim-und-lang-4711")
    beside.locator("main form [type=submit]").first.click()
    beside.wait_for_load_state()
    beside.close()


def send_again(page):
    """Once, and once more where the new sign-in has changed the seal of the form."""
    page.get_by_role("button", name="Noch einmal senden").click()
    page.wait_for_load_state()
    again = page.get_by_role("button", name="Noch einmal senden")
    if again.count():
        again.click()


def test_a_file_that_is_too_large_is_told_before_it_is_sent(new_page, tmp_path, axe):
    draft = make_open_draft()
    page = new_page(draft.entry.contributors.get().person)
    page.goto(section(draft, "rest"))
    large = tmp_path / "plan.pdf"
    with large.open("wb") as file:
        file.truncate((settings.MAX_UPLOAD_MB + 1) * 1024 * 1024)
    field = page.locator("input[type=file]")

    field.set_input_files(large)
    page.get_by_role("alert").get_by_text(f"ist größer als {settings.MAX_UPLOAD_MB} MB").wait_for()
    assert field.evaluate("one => one.files.length") == 0
    assert axe(page) == []
    small = tmp_path / "klein.pdf"
    small.write_bytes(b"%PDF-")
    field.set_input_files(small)
    expect(page.get_by_role("alert")).to_have_count(0)
    assert field.evaluate("one => one.files.length") == 1


COMPUTING = Form(title=Localized(de="Bogen"), code="entry", sections=(Section("text", Localized(de="Text"), items=(
    Question("title", Type.TEXT, Localized(de="Titel"), role="title"),
    Question("total", Type.INTEGER, Localized(de="Summe")), Question("heads", Type.INTEGER, Localized(de="Köpfe")),
    Question("each", Type.CALCULATE, calculation="round(${total} div ${heads}, 2)"),
    Question("told", Type.NOTE, Localized(de="Aus ${total} sind das ${each} Euro je Kopf")),
    *[Question(f"c{n}", Type.CALCULATE, calculation=f"concat(${{{f'c{n - 1}' if n else 'title'}}}, ${{{f'c{n - 1}' if n else 'title'}}})")
      for n in range(45)],
    Question("endless", Type.NOTE, Localized(de="Ende: ${c44}")),
)),))


def test_what_a_note_computes_is_shown_while_somebody_types_and_a_doubling_text_stops_nothing(new_page):
    competition = make_competition()
    publish(add_version(competition, COMPUTING))
    draft = make_draft(competition, at=clock.now())
    page = new_page(draft.entry.contributors.get().person)
    page.goto(section(draft, "text"))

    page.get_by_text("Aus … sind das … Euro je Kopf").wait_for()
    page.get_by_label("Titel").fill("x")
    page.get_by_label("Summe").fill("10288")
    page.get_by_label("Köpfe").fill("100")
    page.get_by_text("Aus 10.288 sind das 102,88 Euro je Kopf").wait_for()
    page.get_by_label("Köpfe").fill("0")
    page.get_by_text("Aus 10.288 sind das … Euro je Kopf").wait_for()
