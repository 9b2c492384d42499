"""What was typed on a page that went before the server had it: sent by the next page of the same person, and shown to nobody else."""

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import expect

from lorbeer.entries.tests.factories import make_contributor
from lorbeer.intake import queries, services
from lorbeer.intake.models import Arrival
from lorbeer.intake.tests.factories import make_call, make_office
from lorbeer.intake.tests.test_browser import make_open_draft, saved, section
from lorbeer.intake.tests.test_views import signed_in

pytestmark = pytest.mark.django_db(transaction=True)


def become(page, person, live_server):
    """Somebody signs in in this very window, which gets a new seal, too; or the session ends."""
    page.context.clear_cookies(**({"name": settings.SESSION_COOKIE_NAME} if person is None else {}))
    if person is not None:
        page.context.add_cookies([{"name": "sessionid", "value": signed_in(person).cookies["sessionid"].value, "url": live_server.url}])


def typed_as_the_session_ended(new_page, draft, text, live_server):
    """The page, left at once for the overview, which asks for a sign-in."""
    page = new_page(draft.entry.contributors.first().person)
    page.on("dialog", lambda one: one.accept())                         # whoever is asked leaves all the same
    page.goto(section(draft, "basics"))
    become(page, None, live_server)
    page.get_by_label("Titel").fill(text)
    page.get_by_role("link", name="Zur Übersicht").click()
    page.locator("input[type=password]").first.wait_for()
    return page


def test_what_was_typed_as_the_session_ended_is_saved_as_soon_as_its_writer_has_signed_in_again(new_page, live_server, axe):
    draft = make_open_draft(answers={"title": "Anfang"})
    page = typed_as_the_session_ended(new_page, draft, "Im letzten Augenblick", live_server)
    page.get_by_role("status").get_by_text("ist noch nicht gespeichert").wait_for()
    assert axe(page) == []
    assert queries.draft_answers(draft)["title", 0] == "Anfang"

    become(page, draft.entry.contributors.get().person, live_server)
    page.goto("/")
    page.get_by_role("status").get_by_text("Was Sie zuletzt in „Angaben“ geschrieben hatten").wait_for()
    assert queries.draft_answers(draft)["title", 0] == "Im letzten Augenblick"
    assert page.evaluate("sessionStorage.length") == 0


def test_the_page_itself_opened_anew_shows_it_too(new_page, live_server):
    draft = make_open_draft(answers={"title": "Anfang"})
    page = typed_as_the_session_ended(new_page, draft, "Im letzten Augenblick", live_server)

    become(page, draft.entry.contributors.get().person, live_server)
    page.goto(section(draft, "basics"))
    page.get_by_role("status").get_by_text("Jetzt ist es gespeichert").wait_for()
    expect(page.get_by_label("Titel")).to_have_value("Im letzten Augenblick")
    page.get_by_label("Titel").fill("Und weiter")
    page.keyboard.press("Tab")
    saved(page).wait_for()
    assert queries.draft_answers(draft)["title", 0] == "Und weiter"
    assert not queries.refused_texts(draft)


def test_a_form_sent_as_the_session_ended_is_saved_without_being_sent_again_and_the_page_that_says_so_counts_it(new_page, live_server):
    draft = make_open_draft()
    writer = draft.entry.contributors.get().person
    page = new_page(writer)
    page.goto(section(draft, "basics"))
    become(page, None, live_server)
    page.get_by_label("Titel").fill("Mit dem Knopf")
    page.get_by_role("button", name="Speichern und weiter").click()
    page.get_by_role("link", name="In einem neuen Fenster anmelden").wait_for()

    check = reverse("intake:entry_check", args=[draft.entry.competition.code, draft.entry.code])
    assert "#b-title" in signed_in(writer).get(check).content.decode()
    become(page, writer, live_server)
    page.goto(check)
    page.get_by_role("status").get_by_text("Jetzt ist es gespeichert").wait_for()
    assert queries.draft_answers(draft)["title", 0] == "Mit dem Knopf"
    assert page.locator("[href$='#b-title']").count() == 0              # it is not among what is missing any more


def test_nobody_else_who_signs_in_there_sees_it_or_saves_it_as_theirs(new_page, live_server):
    draft = make_open_draft(answers={"title": "Anfang"})
    writer = draft.entry.contributors.get().person
    bob = make_contributor(draft.entry).person
    page = typed_as_the_session_ended(new_page, draft, "Nur von Anna", live_server)

    become(page, bob, live_server)
    for address in ("/", section(draft, "basics")):
        with page.expect_response("**/keep/") as answer:
            page.goto(address)
        assert answer.value.status == 403
        assert "Nur von Anna" not in page.content()
    assert queries.draft_answers(draft)["title", 0] == "Anfang"

    become(page, writer, live_server)
    page.goto("/")
    page.get_by_role("status").get_by_text("Jetzt ist es gespeichert").wait_for()
    assert queries.draft_answers(draft)["title", 0] == "Nur von Anna"


def test_where_somebody_changed_the_same_meanwhile_both_texts_are_kept_and_it_is_said(new_page, live_server):
    draft = make_open_draft(answers={"title": "Anfang"})
    page = typed_as_the_session_ended(new_page, draft, "Von Anna", live_server)
    services.save_answer(draft, "title", 0, "Von Bob", by=make_contributor(draft.entry).person)

    become(page, draft.entry.contributors.first().person, live_server)
    page.goto("/")
    page.get_by_role("status").get_by_role("link", name="Bitte wählen").click()
    page.wait_for_url("**/conflicts/")
    assert "Von Anna" in page.content()
    assert queries.draft_answers(draft)["title", 0] == "Von Bob"


def test_who_was_taken_off_the_entry_meanwhile_can_copy_what_they_typed(new_page, live_server, axe):
    draft = make_open_draft(answers={"title": "Anfang"})
    writer = make_contributor(draft.entry).person
    page = new_page(writer)
    page.goto(section(draft, "basics"))
    draft.entry.contributors.filter(person=writer).delete()
    page.on("dialog", lambda one: one.accept())
    page.get_by_label("Titel").fill("Zum Mitnehmen")
    page.goto("/")

    said = page.get_by_role("status")
    said.get_by_text("Zum Mitnehmen").wait_for()
    said.get_by_text("Titel", exact=True).wait_for()
    assert axe(page) == []
    page.reload()
    said.get_by_role("button", name="Ich habe es kopiert").click()
    assert (said.get_by_text("Zum Mitnehmen").count(), page.evaluate("sessionStorage.length")) == (0, 0)


def test_the_page_that_kept_a_form_is_not_left_without_a_question_unless_it_is_sent_again(new_page, live_server):
    competition = make_call()
    office = make_office(competition)
    page, asked = new_page(office), []
    page.on("dialog", lambda one: (asked.append(one.type), one.dismiss()))
    page.goto(reverse("intake:arrival_register", args=[competition.code]))
    page.evaluate("""() => sessionStorage.setItem("held /elsewhere/keep/ x", '{"at": 0, "of": "", "to": "/elsewhere/keep/", "typed": []}')""")
    become(page, None, live_server)
    page.get_by_label("Absender").fill("Stadt Muster")
    page.get_by_label("Absender").press("Enter")
    kept = page.locator(".l-kept input[value='Stadt Muster']")
    kept.wait_for()
    page.locator("a.l-brand").click()
    assert (asked, kept.count()) == (["beforeunload"], 1)

    token = page.context.cookies()
    become(page, office, live_server)
    page.context.add_cookies([one for one in token if one["name"] == "csrftoken"])
    page.get_by_role("button", name="Noch einmal senden").click()
    page.wait_for_url("**/arrivals/*-*/")
    assert (asked, Arrival.objects.get().sender) == (["beforeunload"], "Stadt Muster")


def test_a_page_on_which_somebody_types_by_then_is_not_opened_anew(new_page, live_server):
    draft = make_open_draft(answers={"title": "Anfang"})
    page = typed_as_the_session_ended(new_page, draft, "Im letzten Augenblick", live_server)
    become(page, draft.entry.contributors.get().person, live_server)
    slow = []
    page.route("**/keep/", lambda route: slow.append(route))
    page.goto("/account/email/")
    field = page.locator("main input[type=email]")
    field.fill("anna@example.org")
    slow[0].continue_()
    page.get_by_role("status").get_by_text("Jetzt ist es gespeichert").wait_for()
    page.wait_for_load_state("networkidle")
    expect(field).to_have_value("anna@example.org")


def test_what_is_typed_while_a_line_hangs_is_held_too(new_page):
    draft = make_open_draft(answers={"title": "Anfang"})
    page = new_page(draft.entry.contributors.get().person)
    page.goto(section(draft, "basics"))
    page.route("**/keep/", lambda route: None)
    for text in ("Ein Gar", "Ein Garten"):                              # and then a phone takes the page away, without a word
        page.get_by_label("Titel").fill(text)
        page.keyboard.press("Tab")
    page.wait_for_function("() => Object.values(sessionStorage).join().includes('Ein Garten')", timeout=5000)


def test_what_a_form_brings_is_held_until_it_is_heard_whatever_is_heard_of_an_older_text(new_page):
    draft = make_open_draft(answers={"title": "Anfang"})
    page, slow = new_page(draft.entry.contributors.get().person), []
    page.goto(section(draft, "basics"))
    page.route("**/keep/", lambda route: slow.append(route))
    page.evaluate("document.querySelector('form[data-keep]').addEventListener('submit', (event) => event.preventDefault())")  # it never arrives
    with page.expect_request("**/keep/"):
        page.get_by_label("Titel").fill("Ein Gar")
        page.keyboard.press("Tab")
    page.get_by_label("Titel").fill("Ein Garten")
    page.get_by_role("button", name="Speichern", exact=True).click()
    slow[0].fallback()
    page.locator("[name=_asked][value^='title:0:2:']").wait_for(state="attached")
    assert "Ein Garten" in page.evaluate("() => Object.values(sessionStorage).join()")


def test_an_answer_that_was_lost_on_the_way_makes_no_second_text(new_page):
    draft = make_open_draft(answers={"title": "Anfang"})
    page = new_page(draft.entry.contributors.get().person)
    page.goto(section(draft, "basics"))
    page.route("**/keep/", lambda route: (route.fetch(), route.abort()))
    page.get_by_label("Titel").fill("Ein Gar")
    page.keyboard.press("Tab")
    page.locator("[data-keep-status]").get_by_text("steht nur auf dieser Seite").wait_for()
    assert queries.draft_answers(draft)["title", 0] == "Ein Gar"

    page.unroute("**/keep/")
    page.get_by_label("Titel").fill("Ein Garten")
    page.keyboard.press("Tab")
    saved(page).wait_for()
    assert queries.draft_answers(draft)["title", 0] == "Ein Garten"
    assert not queries.refused_texts(draft)


def test_a_page_left_while_its_text_is_on_a_slow_way_makes_no_second_text(new_page):
    draft = make_open_draft(answers={"title": "Anfang"})
    page = new_page(draft.entry.contributors.get().person)
    page.goto(section(draft, "basics"))
    held = []
    page.route("**/keep/", lambda route: held.append(route) if not held else route.fallback())
    page.get_by_label("Titel").fill("Ein Gar")
    page.keyboard.press("Tab")
    page.wait_for_function("() => Object.keys(sessionStorage).length")
    page.get_by_label("Titel").fill("Ein Garten")
    with page.expect_response("**/keep/"):
        page.evaluate("() => dispatchEvent(new PageTransitionEvent('pagehide'))")
    held[0].fallback()                                                  # the older one arrives now
    saved(page).or_(page.get_by_text("Ein Garten")).first.wait_for(state="attached")
    page.wait_for_load_state("networkidle")
    page.reload()
    expect(page.get_by_label("Titel")).to_have_value("Ein Garten")
    assert not queries.refused_texts(draft)
