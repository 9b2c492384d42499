"""On a telephone nothing is cut off and nothing scrolls sideways, whatever the words are."""

from dataclasses import replace
from datetime import date

import pytest
from django.urls import reverse

from lorbeer.call.tests.factories import make_competition
from lorbeer.editions.tests import factories as releases
from lorbeer.entries.tests.factories import make_entry
from lorbeer.intake.tests.factories import make_draft
from lorbeer.outreach.tests.factories import make_office
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_role
from lorbeer.questionnaire.definition import Choice, Form, Group, Question, Section, Type
from lorbeer.questionnaire.services import add_version, publish
from lorbeer.register.tests.factories import make_edition, make_municipality
from lorbeer.shared import clock
from lorbeer.shared.text import Localized
from lorbeer.website import services as website
from lorbeer.website.tests.factories import make_page

pytestmark = pytest.mark.django_db(transaction=True)
# What is wider than its place, though it may be scrolled within, and what begins or ends beside the screen.
WIDE = """() => [...document.querySelectorAll("html, .l-table-wrap, .l-field, .l-main *")]
    .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth && !one.closest(".kern-sr-only, thead"))
    .map((one) => `${one.tagName}.${one.className} ${one.scrollWidth} > ${one.clientWidth}`)"""
ADDRESS = "https://www.example.org/" + "einsehrlangerpfad" * 6


def test_the_menu_of_somebody_with_two_roles_opens_within_the_screen(new_page):
    competition = make_competition()
    person = make_office(competition)
    make_role(competition, Role.Kind.AUDITOR, person=person)
    page = new_page(person)
    for width in (360, 540, 760):
        page.set_viewport_size({"width": width, "height": 740})
        page.goto(reverse("outreach:register_show", args=[competition.code]))
        for menu in page.locator(".l-bar__content .l-menu").all():
            menu.locator("summary").click()
            box = menu.locator(".l-menu__panel").bounding_box()
            assert (box["x"] >= 0, box["x"] + box["width"] <= width) == (True, True), (width, box)


def test_the_changes_of_the_register_are_read_without_scrolling_sideways(new_page):
    old, new = make_edition(as_of=date(2025, 9, 30)), make_edition(as_of=date(2026, 9, 30))
    town = make_municipality(old, key="05111000", name="Verbandsgemeinde Altstadt-Unterstadt")
    make_municipality(new, key="05111000", name="Verbandsgemeinde Neustadt-Unterstadt")
    competition = make_competition(register_edition=old)
    make_entry(competition=competition, municipality=town, title="Ein Garten für alle Generationen")
    page = new_page(make_office(competition), width=360)
    page.goto(reverse("outreach:register_show", args=[competition.code]))

    page.get_by_role("link", name="Ein Garten").wait_for()
    assert page.evaluate(WIDE) == []


def test_a_long_address_in_a_hint_keeps_the_form_on_the_screen(new_page):
    def asked(name, kind, **facts):
        return Question(name, kind, Localized(de=name.title()), hint=Localized(de=f"Siehe {ADDRESS}"), **facts)

    choices = {"list_name": "yes", "choices": (Choice("a", Localized(de="Ja")),)}
    competition = make_competition()
    publish(add_version(competition, Form(title=Localized(de="Bogen"), code="entry", lists={"yes": choices["choices"]}, sections=(
        Section("all", Localized(de="Alles"), hint=Localized(de=ADDRESS), items=(
            asked("title", Type.TEXT, role="title"), asked("body", Type.LONG_TEXT), asked("sole", Type.SINGLE, **choices),
            asked("some", Type.MULTI, **choices), asked("told", Type.NOTE), asked("plan", Type.FILE), asked("photo", Type.PHOTO),
            Group("block", Localized(de="Block"), hint=Localized(de=ADDRESS), items=(asked("place", Type.ADDRESS),)),
        )),))))
    draft = make_draft(competition, at=clock.now())
    page = new_page(draft.entry.contributors.get().person, width=360)
    page.goto(reverse("intake:section_edit", args=[competition.code, draft.entry.code, "all"]))
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_what_can_be_kept_closed_is_read_with_what_would_be_shown(new_page):
    competition = releases.make_call()
    section = releases.FORM.sections[0]
    website = Question("web", Type.TEXT, Localized(de="Website"), role="website")
    publish(add_version(competition, replace(releases.FORM, sections=(replace(section, items=(*section.items, website)),))))
    person = releases.make_person()
    entry = releases.make_entry(competition, by=person, answers={"web": ADDRESS})
    page = new_page(person, width=360)
    page.goto(reverse("entries:entry_tab", args=[competition.code, entry.code, "publication"]))
    for folded in page.locator("form details summary").all():
        folded.click()
    page.get_by_label(ADDRESS).wait_for()
    assert page.evaluate(WIDE) == []


def test_the_prizes_of_a_page_and_the_list_of_pages_are_read_without_scrolling_sideways(new_page):
    competition = make_competition(languages=["de", "en"])
    competition.groups.filter(is_special=True).update(label={"de": "bemerkenswerte Einzelprojekte"},
                                                      heading={"de": "Bemerkenswerte Einzelprojekte"})
    office = make_office(competition)
    pages = make_page(competition, text="{{ prizes }}", by=office)
    website.save_page(pages, title="Thema", text="Neuer Entwurf.\n\n{{ prizes }}", revision=1, by=office)
    page = new_page(office, width=360)
    for address in (reverse("website:page_edit", args=[competition.code, "theme", "de"]),
                    reverse("website:page_list", args=[competition.code])):
        page.goto(address)
        page.get_by_text("veröffentlicht, neuerer Entwurf").first.wait_for()
        assert page.evaluate(WIDE) == [], address
