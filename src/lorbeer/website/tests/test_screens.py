import pytest
from django.urls import reverse
from playwright.sync_api import expect

from lorbeer.call.tests.factories import make_competition
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_role
from lorbeer.website import services
from lorbeer.website.tests.factories import make_page
from lorbeer.website.tests.test_render import make_asset

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TEXT = "## Fristen\n\n{{ calendar }}\n\n![](markt.png)\n\n[bewerben](apply)\n\n{{ press }}\n\n{{ contact }}\n"


@pytest.fixture
def place():
    competition = make_competition(languages=["de", "en"])
    make_asset(competition, in_press_kit=True, is_download=True)
    office = make_role(competition, Role.Kind.OFFICE).person
    page = make_page(competition, text=TEXT, by=office)
    services.save_page(page, title="Thema", text=TEXT + "\n#### Zu tief\n\n{{ nichts }}", revision=1, by=office)
    return competition, office


def test_no_page_of_the_website_has_a_barrier_or_leaves_the_screen(place, new_page, barriers):
    competition, office = place
    page = new_page(office)
    here = {"page": "theme", "language": "de"}
    for name, facts in (
        ("page_list", {}), ("page_new", {}), ("page_edit", here), ("page_versions", here), ("page_delete", here), ("file_list", {}),
        ("file_new", {}), ("file_edit", {"file": "markt.png"}), ("page_show", {"page": "theme"}), ("news_list", {}),
    ):
        assert barriers(page, reverse(f"website:{name}", kwargs={"competition": competition.code, **facts})) == []


def test_the_preview_follows_the_typing_and_says_what_is_wrong(place, new_page):
    competition, office = place
    page = new_page(office)
    page.goto(reverse("website:page_edit", args=[competition.code, "theme", "de"]))
    page.fill("#id_text", "Preise: {{ prizes.main }} und {{ prizes.falsch }}")

    page.wait_for_selector("#page-preview .w-page:has-text('25.000')")
    expect(page.locator("#page-preview .kern-alert")).to_contain_text("prizes.falsch")
    assert competition.pages.get().newest.number == 2


def test_a_page_is_written_and_published_with_the_keyboard_alone_and_without_scripts(place, new_page):
    competition, office = place
    page = new_page(office, java_script_enabled=False)
    page.goto(reverse("website:page_edit", args=[competition.code, "theme", "de"]))
    page.focus("#id_text")
    page.keyboard.press("Control+A")
    page.keyboard.type("Neuer Text")
    page.get_by_role("button", name="Speichern und veröffentlichen").focus()
    page.keyboard.press("Enter")

    page.wait_for_selector("text=ist veröffentlicht")
    assert competition.pages.get().published.text == "Neuer Text"
