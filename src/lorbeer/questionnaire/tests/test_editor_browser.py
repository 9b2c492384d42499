"""The editor in a real browser: by keys alone, without scripts, at both widths."""


from playwright.sync_api import expect

from lorbeer.call.tests.factories import make_competition
from lorbeer.people.tests.factories import make_role
from lorbeer.questionnaire.editor import operations, services
from lorbeer.questionnaire.editor.operations import Place
from lorbeer.questionnaire.editor.references import keyed_nodes
from lorbeer.questionnaire.queries import current_version, versions_of, working_copy_of
from lorbeer.questionnaire.services import import_workbook
from lorbeer.questionnaire.tests.editing import PACKAGES, address
from lorbeer.questionnaire.tests.factories import make_question


def test_a_small_questionnaire_is_written_with_keys_alone_seen_while_it_is_typed_and_published(transactional_db, new_page, axe):
    competition = make_competition()
    page = new_page(make_role(competition).person)

    def key(role, name):
        """Focus by its name, as a screen reader finds it, and press; no click."""
        page.get_by_role(role, name=name, exact=True).first.focus()
        with page.expect_navigation():
            page.keyboard.press("Enter")

    def write(label, text):
        page.get_by_label(label, exact=True).first.focus()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type(text)

    page.goto(address("version_list", competition))
    key("link", "Am Bildschirm schreiben")
    key("button", "Beginnen")
    for kind, words in (("einzelne", "Gibt es ein Konzept?"), ("Text", "Welches Konzept?"), ("ganze", "Seit wie vielen Jahren?")):
        key("link", "Frage oder Block hinzufügen")
        page.get_by_label("Was soll es werden?").select_option({"einzelne": "single", "Text": "text", "ganze": "integer"}[kind])
        write("Frage oder Überschrift", words)
        if kind == "einzelne":
            write("Optionen, eine je Zeile", "Ja\nNein")
        key("button", "Hinzufügen")
        key("link", "Überblick")
    assert axe(page) == []

    key("link", "Welches Konzept?")
    preview = page.locator("#item-preview")
    expect(preview.get_by_label("Welches Konzept?")).to_be_visible()
    write("Hinweis (freiwillig)", "Nennen Sie es beim Namen.")
    preview.get_by_text("Nennen Sie es beim Namen.").wait_for()
    preview.get_by_text("noch nicht gespeichert").wait_for()
    page.get_by_label("nur wenn …", exact=True).focus()
    page.keyboard.press("Space")
    rows = page.locator("[name=relevant_0_question]")
    rows.select_option("gibt_es_ein_konzept")
    signs = page.locator("[name=relevant_0_sign] option").evaluate_all("all => all.map(one => one.value)")
    assert signs == ["=", "!=", "answered", "blank"]
    page.locator("[name=relevant_0_value]").focus()
    assert page.locator("[name=relevant_0_value]").get_attribute("list") == "options-gibt_es_ein_konzept"
    page.keyboard.type("Ja")
    page.locator("details:has([name=role]) > summary").press("Enter")
    page.locator("[name=role]").select_option("title")
    assert axe(page) == []
    key("button", "Speichern und zum Überblick")
    assert services.form_in(working_copy_of(competition)).question("welches_konzept").relevant == "${gibt_es_ein_konzept} = 'ja'"

    key("button", "Fassung daraus machen")
    key("link", "Vorschau")
    expect(page.get_by_label("Welches Konzept?")).to_be_hidden()
    page.get_by_label("Ja", exact=True).focus()
    page.keyboard.press("Space")
    expect(page.get_by_label("Welches Konzept?")).to_be_visible()
    page.goto(address("version_show", competition, 1))
    key("link", "Veröffentlichen …")
    key("button", "Fassung 1 veröffentlichen")
    page.get_by_text("veröffentlicht").first.wait_for()
    assert current_version(competition).number == 1


def test_without_scripts_a_button_shows_the_preview_and_conditions_get_further_rows(transactional_db, new_page):
    competition = make_competition()
    person = make_role(competition).person
    working = services.begin(competition, person)
    services.change(working, lambda form: operations.add(form, make_question("eins"), Place("seite_1", 0)), act="add", what="", by=person)
    services.change(working, lambda form: operations.add(form, make_question("zwei"), Place("seite_1", 1)), act="add", what="", by=person)
    page = new_page(person, java_script_enabled=False)
    page.goto(address("item_edit", competition, "zwei"))
    page.get_by_label("Frage", exact=True).first.fill("Ohne Skript?")
    page.get_by_role("button", name="Vorschau").click()
    expect(page.locator("#item-preview").get_by_label("Ohne Skript?")).to_be_visible()
    page.get_by_label("nur wenn …", exact=True).check()
    page.get_by_role("button", name="Weitere Zeile").first.click()
    expect(page.locator("[name=relevant_1_question]")).to_be_visible()
    for number, sign in ((0, "answered"), (1, "!=")):
        page.locator(f"[name=relevant_{number}_question]").select_option("eins")
        page.locator(f"[name=relevant_{number}_sign]").select_option(sign)
    page.locator("[name=relevant_1_value]").fill("nichts")
    with page.expect_navigation():
        page.get_by_role("button", name="Speichern", exact=True).click()
    assert services.form_in(working_copy_of(competition)).question("zwei").relevant == "${eins} != '' and ${eins} != 'nichts'"


def test_the_pages_of_the_editor_fit_and_are_accessible(transactional_db, new_page, axe):
    competition = make_competition()
    person = make_role(competition).person
    import_workbook(competition, PACKAGES[-1].read_bytes(), person, name="bogen.xlsx")
    services.begin(competition, person, version=versions_of(competition).get())
    form = services.form_in(working_copy_of(competition))
    page = new_page(person)
    places = [address(name, competition) for name in ("editor_show", "item_add", "heading_edit", "options_list", "editor_discard")]
    places += [address("options_edit", competition, next(iter(form.lists)))]
    seen = {}
    for key, node in keyed_nodes(form):
        seen.setdefault(getattr(node, "type", type(node)), key)
    places += [address(name, competition, key) for key in seen.values() for name in ("item_edit",)]
    places += [address(name, competition, next(iter(form.placed))) for name in ("item_move", "item_delete")]
    faults = []
    for place in places:
        page.goto(place)
        page.evaluate("document.querySelectorAll('main details:not(.l-menu)').forEach(one => { one.open = true })")
        faults += axe(page)
        for width in (1440, 360):
            page.set_viewport_size({"width": width, "height": 900})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                faults.append(f"{place} is wider than {width} px")
        page.set_viewport_size({"width": 1440, "height": 900})
    assert faults == []
