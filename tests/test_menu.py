"""The main menu in a browser: one row at a desk, folded on a telephone, with keys alone, and it says where one is."""

from playwright.sync_api import expect

from tests.world import ROLES

# Pages of several corners of the house, and the words that are marked there: in the row, and in the group below it.
PLACES = {
    "desk/": ["Heute"],
    "entries/": ["Beiträge", "Alle Beiträge"],
    "outreach/addresses/": ["Ansprache", "Aussendungen"],
    "call/letters/": ["Auslobung", "Regeln und Termine"],
    "jury/": ["Jury"],
    "money/retention/": ["Nachbereitung", "Löschfristen"],
}
MARKED = "() => [...document.querySelectorAll('.l-nav [aria-current]')].map(one => one.textContent)"
ROWS = "() => new Set([...document.querySelectorAll('.l-nav .l-nav__list > li')].map(one => one.offsetTop)).size"


def test_the_menu_of_every_role_is_one_row_on_a_wide_screen(served_world, new_page):
    for who in [*ROLES, "applicant", "nobody"]:
        page = new_page(served_world.person(who), width=1440)
        page.goto(f"/{served_world.home.code}/{'desk/' if who != 'nobody' else ''}")
        assert page.evaluate(ROWS) == 1, who
        page.context.close()


def test_the_menu_marks_where_one_is_also_on_pages_that_it_does_not_list(served_world, new_page):
    page = new_page(served_world.person("office_lead"))
    for place, words in PLACES.items():
        page.goto(f"/{served_world.home.code}/{place}")
        assert page.evaluate(MARKED) == words, place


def test_a_group_opens_and_closes_with_keys_and_only_one_is_open(served_world, new_page):
    page = new_page(served_world.person("office_lead"))
    page.goto(f"/{served_world.home.code}/desk/")
    inside = page.locator(".l-nav a", has_text="Formale Prüfung")
    expect(inside).to_be_hidden()

    page.locator(".l-nav summary", has_text="Beiträge").press("Enter")
    expect(inside).to_be_visible()
    page.locator(".l-nav summary", has_text="Vorprüfung").press("Enter")
    expect(inside).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator(".l-nav details[open]")).to_have_count(0)


def test_on_a_telephone_the_menu_is_folded_and_needs_no_script(served_world, new_page):
    page = new_page(served_world.person("office_lead"), width=360, java_script_enabled=False)
    page.goto(f"/{served_world.home.code}/arrivals/")
    expect(page.locator(".l-nav")).to_be_hidden()
    expect(page.locator(".l-nav-small__here")).to_have_text("Beiträge · Eingänge")

    page.locator(".l-nav-small__summary").click()
    expect(page.locator(".l-nav-small a", has_text="Eingänge")).to_be_visible()  # one's own group is open already
    expect(page.locator(".l-nav-small a", has_text="Fragebogen")).to_be_hidden()
    page.locator(".l-nav-small summary", has_text="Auslobung").click()
    expect(page.locator(".l-nav-small a", has_text="Fragebogen")).to_be_visible()
