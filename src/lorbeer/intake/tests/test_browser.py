"""The form in a real browser: autosave, collisions and the keyboard at the desk."""

import pytest
from django.urls import reverse

from lorbeer.intake import queries, services
from lorbeer.intake.models import Arrival, DraftAnswer
from lorbeer.intake.tests.factories import make_call, make_draft, make_office
from lorbeer.shared import clock

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
    page.get_by_role("link", name="Jemand anderes hat dieselbe Antwort geändert").click()

    page.get_by_text("Kommt zu spät").first.wait_for()
    assert DraftAnswer.objects.get().value == "Von anderswo"
    assert axe(page) == []


def test_what_is_wrong_with_an_answer_is_said_beside_it_as_soon_as_it_is_kept(new_page, axe):
    draft = make_open_draft()
    page = new_page(draft.entry.contributors.get().person)
    page.goto(section(draft, "rest"))

    amount = page.get_by_label("Beantragt in Euro")
    amount.fill("viel Geld")
    page.keyboard.press("Tab")
    page.get_by_text("Gespeichert, aber etwas stimmt noch nicht").wait_for()
    said = page.locator("#" + amount.get_attribute("id") + "_error")
    assert "Zahl" in said.inner_text()
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


def test_when_saving_by_itself_fails_the_text_stays_and_the_page_says_so(new_page):
    draft = make_open_draft()
    page = new_page(draft.entry.contributors.get().person)
    page.goto(section(draft, "basics"))
    page.context.clear_cookies()

    page.get_by_label("Titel").fill("Nicht verloren")
    page.keyboard.press("Tab")

    page.get_by_text("Das selbsttätige Speichern ist misslungen").wait_for()
    assert page.get_by_label("Titel").input_value() == "Nicht verloren"


def test_a_letter_is_registered_by_keyboard_alone(new_page):
    competition = make_call()
    page = new_page(make_office(competition))
    page.goto(reverse("intake:arrival_register", args=[competition.code]))

    page.get_by_label("Absender").focus()
    page.keyboard.type("Stadt Muster")
    page.keyboard.press("Tab")
    page.keyboard.type("Bewerbung")
    page.keyboard.press("Enter")

    page.wait_for_url("**/apply/**")
    assert (Arrival.objects.get().sender, Arrival.objects.get().subject) == ("Stadt Muster", "Bewerbung")
