import pytest
from django.urls import reverse
from playwright.sync_api import expect

from lorbeer.call.tests.factories import make_competition
from lorbeer.documentation.services import build_book
from lorbeer.documentation.tests.factories import make_chapter, make_edition
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_role

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TEXT = """## Ein Abschnitt

Es sind {{ numbers.admitted }} Beiträge, mehr als [[5|Merkblatt]], genau 10 und {{ awards.count = 9 }}.

{{ table tab1 }}

{{ figure entries_by_land }}
"""


@pytest.fixture
def place():
    competition = make_competition(is_sample=True, sample_note={"de": "Musterantworten."})
    edition = make_edition(competition)
    make_chapter(competition, "Es sind {{ numbers.admitted }}.")
    editor = make_role(competition, Role.Kind.EDITOR).person
    build_book(competition, edition, by=editor)
    make_chapter(competition, TEXT, code="zahlen")
    return competition, editor


def test_no_page_of_the_book_has_a_barrier_or_leaves_the_screen(place, new_page, barriers):
    competition, editor = place
    page = new_page(editor)
    for name, facts in (
        ("chapter_list", {}), ("chapter_edit", {"code": "zahlen"}), ("chapter_delete", {"code": "zahlen"}), ("value_list", {}),
        ("portrait_list", {}), ("build_list", {}),
    ):
        assert barriers(page, reverse(f"documentation:{name}", kwargs={"competition": competition.code, **facts})) == []


def test_the_preview_follows_the_typing(place, new_page):
    competition, editor = place
    page = new_page(editor)
    page.goto(reverse("documentation:chapter_edit", args=[competition.code, "zahlen"]))
    page.fill("#id_text", "Es sind {{ tab1.total.yes.percent }} und 83.")

    page.wait_for_selector(".mark-computed:has-text('80,0')")
    expect(page.locator(".mark-by_hand")).to_have_text("83")
    assert competition.chapters.get(code="zahlen").text == TEXT


def test_a_number_typed_by_hand_is_mended_with_the_keyboard_alone_and_without_scripts(place, new_page):
    competition, editor = place
    page = new_page(editor, java_script_enabled=False)
    page.goto(reverse("documentation:chapter_edit", args=[competition.code, "zahlen"]))
    page.get_by_role("button", name="Dafür einsetzen: {{ numbers.admitted }}").first.focus()
    page.keyboard.press("Enter")

    page.wait_for_selector("text=Eingesetzt")
    assert "genau {{ numbers.admitted }} und" in competition.chapters.get(code="zahlen").text
