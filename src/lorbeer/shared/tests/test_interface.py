"""The kit in a real browser: keys, focus, themes, print. What axe finds in it is asked in tests/test_accessibility.py."""

from io import BytesIO

from playwright.sync_api import expect
from pypdf import PdfReader


def test_a_forced_theme_wins_over_the_device(new_page):
    page = new_page(color_scheme="light")
    page.goto("/styleguide/")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")

    page.locator("button[name=theme][value=dark]").click()

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    assert page.locator("button[name=theme][value=dark]").get_attribute("aria-pressed") == "true"


def test_focus_is_visible_on_everything_one_can_reach(new_page):
    page = new_page(width=1280)
    page.goto("/styleguide/")
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    unseen = []
    for _step in range(120):
        page.keyboard.press("Tab")
        found = page.evaluate("""() => {
            const one = document.activeElement;
            if (!one || one === document.body) return null;
            // A link that fills its card or row shows the focus on the whole of it.
            const shown = one.closest(".l-card, .l-task") || one;
            const style = getComputedStyle(shown), own = getComputedStyle(one);
            const seen = [style, own].some(s => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2);
            return {seen, html: one.outerHTML.slice(0, 120)};
        }""")
        if found and not found["seen"]:
            unseen.append(found["html"])
    assert unseen == []


def test_a_long_word_keeps_its_line_in_a_table_on_a_telephone(new_page):
    """A browser without a dictionary breaks it anywhere, and without a hyphen."""
    page = new_page(width=360)
    page.goto("/styleguide/")
    first, other = page.evaluate("""() => {
        const row = document.querySelector(".l-table:not(.l-table--dense) tbody tr:has(td.l-num)");
        const first = row.cells[0], other = row.querySelector("td.l-num"), word = document.createRange();
        first.textContent = "Verwaltungszusammenarbeit";
        other.dataset.label = "Prämierungsgruppe";                      // stands beside the number
        word.selectNodeContents(first);
        return [word.getClientRects().length, other.offsetHeight / parseFloat(getComputedStyle(other).lineHeight)];
    }""")
    assert first == 1
    assert other < 2


def test_pages_work_at_twice_the_size(new_page):
    page = new_page(width=720)                                          # 1440 px at 200 % zoom
    page.goto("/styleguide/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 720


def test_tables_become_cards_that_name_their_cells(new_page):
    page = new_page(width=360)
    page.goto("/styleguide/")
    cell = page.locator("tr[data-row] td").nth(1)
    assert cell.evaluate("one => getComputedStyle(one, '::before').content") == '"Titel"'
    assert cell.evaluate("one => getComputedStyle(one.closest('tr')).display") == "block"

    expect(page.locator(".l-filter")).to_be_hidden()                    # the rows come first
    page.keyboard.press("/")
    expect(page.locator(".l-filter")).to_be_visible()
    assert page.evaluate("document.activeElement.name") == "q"


def test_keys_find_the_search_walk_the_rows_and_can_be_switched_off(new_page):
    page = new_page()
    page.goto("/styleguide/")

    expect(page.locator(".l-filter")).to_be_visible()
    expect(page.locator(".l-narrow__summary")).to_be_hidden()           # there is room for it
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("j")                                             # typed, not understood as a key
    assert page.evaluate("document.activeElement.value") == "j"
    page.evaluate("document.activeElement.blur()")

    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate("[...document.querySelectorAll('.l-row-link')].indexOf(document.activeElement)") == 1
    page.keyboard.press("k")
    assert page.evaluate("[...document.querySelectorAll('.l-row-link')].indexOf(document.activeElement)") == 0

    page.keyboard.press("?")
    expect(page.locator("#l-keys")).to_be_visible()
    page.locator("[data-keys-switch]").click()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") != "q"


def test_a_form_with_faults_puts_the_focus_on_what_is_wrong_and_leads_to_the_field(new_page):
    page = new_page()
    page.goto("/styleguide/")
    assert "l-form-errors" in page.evaluate("document.activeElement.className")

    page.locator(".l-form-errors a", has_text="E-Mail").click()

    assert page.evaluate("document.activeElement.id || location.hash.slice(1)") == "id_email"


def test_without_scripts_the_menus_open_and_the_counter_says_the_limit(new_page):
    page = new_page(width=360, java_script_enabled=False)
    page.goto("/styleguide/")
    page.locator(".l-nav-small__summary").click()
    expect(page.locator(".l-nav-small a", has_text="Heute")).to_be_visible()
    expect(page.locator(".l-nav-small a", has_text="Eingang")).to_be_hidden()
    page.locator(".l-nav-small summary", has_text="Beiträge").click()
    expect(page.locator(".l-nav-small a", has_text="Eingang")).to_be_visible()
    page.locator(".l-narrow__summary").press("Enter")
    expect(page.locator(".l-filter")).to_be_visible()
    expect(page.locator("#id_abstract_count")).to_contain_text("1.500")


def test_print_leaves_out_what_paper_cannot_do(new_page):
    page = new_page()
    page.goto("/styleguide/")
    page.emulate_media(media="print")
    for left_out in (".l-nav", ".l-narrow", ".l-theme", ".l-page-head__actions"):
        expect(page.locator(left_out).first, left_out).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("tr[data-row]").first).to_be_visible()
    # What is folded is read on paper; only a form in it stays away.
    assert "Eingeklappt, bis jemand es braucht." in "".join(one.extract_text() for one in PdfReader(BytesIO(page.pdf())).pages)
    # Paper cannot scroll: what a table hides at its edge is lost.
    page.set_viewport_size({"width": 680, "height": 900})
    for wrap in page.locator(".l-table-wrap").all():
        assert wrap.evaluate("one => getComputedStyle(one).overflowX") == "visible"
    # A grid would go to the next page as a whole and leave the one before it empty.
    assert page.locator(".l-split").first.evaluate("one => getComputedStyle(one).display") == "block"
