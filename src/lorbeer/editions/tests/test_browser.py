"""The page of the publication in a real browser: an applicant closes one answer, sees it gone, and opens it again."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from lorbeer.editions.tests.factories import make_call, make_edition, make_entry, make_person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_applicant_closes_an_answer_sees_it_gone_and_opens_it_again(new_page, axe):
    applicant = make_person(name="Erika Muster")
    competition = make_call()
    entry = make_entry(competition, by=applicant, title="Ein Garten für alle")
    make_edition(competition)
    own = reverse("entries:entry_tab", args=[competition.code, entry.code, "publication"])
    public = reverse("catalogue:entry_detail", args=[competition.code, entry.code])
    page, reader = new_page(applicant, width=360, height=800), new_page(width=360, height=800)

    def is_usable(one):
        assert axe(one) == []
        assert one.evaluate("document.documentElement.scrollWidth") <= 360

    def save():
        page.get_by_role("button", name="Veröffentlichung speichern").click()
        expect(page.get_by_role("status").or_(page.get_by_role("alert")).first).to_be_visible()

    reader.goto(public)
    expect(reader.get_by_role("main")).to_contain_text("Handlungsfelder")
    is_usable(reader)

    page.goto(own)
    answers = page.locator("details").filter(has_text="Handlungsfelder")
    field = answers.get_by_label("Handlungsfelder")
    expect(field).not_to_be_visible()                                   # folded while nothing is closed
    answers.locator("summary").click()
    is_usable(page)
    field.uncheck()
    save()
    expect(field).not_to_be_checked()                                   # and unfolded since
    expect(page.locator("table").first).to_contain_text(re.compile("Einzeln geschlossen.*Handlungsfelder"))
    is_usable(page)
    reader.reload()
    expect(reader.get_by_role("main")).to_contain_text("Kurzfassung")
    expect(reader.get_by_role("main")).not_to_contain_text("Handlungsfelder")

    field.check()
    save()
    expect(page.locator("table").first).not_to_contain_text("Einzeln geschlossen")
    reader.reload()
    expect(reader.get_by_role("main")).to_contain_text("Handlungsfelder")
