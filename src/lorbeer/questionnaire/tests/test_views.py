from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from playwright.sync_api import expect

from lorbeer.call.tests.factories import make_competition
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.questionnaire.evaluation import relevant_questions
from lorbeer.questionnaire.queries import current_version, form_of, versions_of
from lorbeer.questionnaire.services import import_workbook, publish
from lorbeer.questionnaire.tests.factories import make_workbook
from lorbeer.questionnaire.xlsform import import_form

PACKAGES = Path(__file__).resolve().parents[4] / "competitions"
GOOD = make_workbook(
    [["type", "name", "label", "relevant", "x_max_count", "x_role"], ["begin group", "eins", "Abschnitt eins"],
     ["text", "titel", "Titel?", None, None, "title"],
     ["select_one ja_nein", "konzept", "Gibt es ein Konzept?"], ["text", "welches", "Welches Konzept?", "${konzept} = 'ja'"],
     ["end group"], ["begin group", "zwei", "Abschnitt zwei"], ["begin repeat", "projekt", "Projekt", None, 2],
     ["text", "name", "Name?"], ["end repeat"], ["end group"]],
    [["list_name", "name", "label"], ["ja_nein", "ja", "Ja"], ["ja_nein", "nein", "Nein"]])
BROKEN = make_workbook([["type", "name", "label"], ["geopoint", "wo", "Wo?"], ["text", "a", "A ${b}"]])


def address(name, competition, *rest):
    return reverse(f"questionnaire:{name}", args=[competition.code, *rest])


@pytest.fixture
def office(db, client):
    competition = make_competition()
    role = make_role(competition)
    client.force_login(role.person, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return competition, role.person


def test_a_workbook_is_imported_previewed_and_published(office, client):
    competition, person = office
    answer = client.post(address("version_import", competition), {"workbook": SimpleUploadedFile("bogen.xlsx", GOOD)})
    assert answer.headers["Location"] == address("version_show", competition, 1)
    assert "Gibt es ein Konzept?" in client.get(address("version_show", competition, 1)).content.decode()

    assert current_version(competition) is None
    assert client.get(address("version_publish", competition, 1)).status_code == 200
    assert current_version(competition) is None                         # looking at the question publishes nothing
    client.post(address("version_publish", competition, 1))
    assert current_version(competition).number == 1
    assert client.post(address("version_publish", competition, 1)).status_code == 403


def test_a_text_that_stays_public_and_tells_of_a_closed_answer_is_named_before_it_is_published(office, client):
    """Who keeps an answer closed closes those that depend on it, not the abstract or the titles of projects: they are parts of their own."""
    competition, person = office

    def workbook(decided_by):
        return make_workbook(
            [["type", "name", "label", "relevant", "x_role", "x_publishable"], ["text", "titel", "Titel?", None, "title"],
             ["select_one ja_nein", "konzept", "Gibt es ein Konzept?", None, None, "yes"],
             ["select_one ja_nein", "geheim", "Kostet es etwas?"],
             ["text", "kurz", "Worum geht es?", f"${{{decided_by}}} = 'ja'", "abstract"],
             ["begin repeat", "projekt", "Projekt", f"${{{decided_by}}} = 'ja'"], ["text", "name", "Wie heißt es?", None, "project_title"],
             ["end repeat"]],
            [["list_name", "name", "label"], ["ja_nein", "ja", "Ja"], ["ja_nein", "nein", "Nein"]])

    for number, decided_by in enumerate(("konzept", "geheim"), 1):
        import_workbook(competition, workbook(decided_by), name="bogen.xlsx", by=person)
        for name in ("version_show", "version_publish"):
            page = client.get(address(name, competition, number)).content.decode()
            for text in ("Worum geht es?", "Wie heißt es?"):
                sentence = f"Ob und wie „{text}“ gefragt wird, hängt von der Antwort auf „Gibt es ein Konzept?“ ab."
                assert (sentence in page) == (decided_by == "konzept")
    assert client.post(address("version_publish", competition, 1)).status_code == 302     # it is their call: they are warned


def test_who_publishes_is_warned_that_the_name_of_who_applies_is_read_by_all(office, client):
    competition, person = office
    for number, kind in enumerate(("contact", None), 1):
        import_workbook(competition, make_workbook(
            [["type", "name", "label", "x_role", "x_personal_data"], ["text", "titel", "Titel?", "title"],
             ["text", "wer", "Wie heißen Sie?", "applicant_name", kind]], []), name="bogen.xlsx", by=person)
        page = client.get(address("version_publish", competition, number)).content.decode()
        assert ("„Wie heißen Sie?“ ist als personenbezogen gekennzeichnet" in page) == bool(kind)


def test_faults_of_a_workbook_are_listed_on_the_page(office, client):
    competition, _person = office
    answer = client.post(address("version_import", competition), {"workbook": SimpleUploadedFile("<b>.xlsx", BROKEN)})
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "Blatt survey, Zeile 2" in page
    assert "Blatt survey, Zeile 3, Spalte label" in page
    assert "<b>.xlsx" not in page
    assert not versions_of(competition).exists()


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"MZ" * 500])
def test_what_is_no_workbook_is_refused_with_a_page(office, client, data):
    competition, _person = office
    answer = client.post(address("version_import", competition), {"workbook": SimpleUploadedFile("x.xlsx", data)})
    assert answer.status_code == 400
    assert not versions_of(competition).exists()


def test_what_a_workbook_holds_beyond_the_form_is_said_after_the_import_and_stays_there(office, client):
    competition, _person = office
    data = make_workbook([["type", "name", "label", "kürzel"], ["start", "start"], ["text", "a", "Frage?", "<i>x</i>"]])
    client.post(address("version_import", competition), {"workbook": SimpleUploadedFile("fremd.xlsx", data)})
    for _time in range(2):
        page = client.get(address("version_show", competition, 1)).content.decode()
        assert "2 Anmerkungen zum Import" in page
        assert "Blatt survey, Zeile 2, Spalte type" in page
        assert "„kürzel“" in page
        assert "<i>x" not in page


def test_the_exported_workbook_is_the_imported_form(office, client):
    competition, _person = office
    import_workbook(competition, GOOD)
    answer = client.get(address("version_export", competition, 1))
    assert import_form(answer.content) == import_form(GOOD)
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_the_preview_follows_conditions_and_repeats_by_plain_posts(office, client):
    competition, _person = office
    import_workbook(competition, GOOD)
    url = address("section_preview", competition, 1, "eins")
    assert client.get(address("version_preview", competition, 1)).headers["Location"] == url
    assert 'id="b-welches" data-question="welches" data-place="0" data-type="text" data-label="Welches Konzept?" hidden' in \
        client.get(url).content.decode()

    answer = client.post(url, {"konzept": "ja", "_continue": "yes"})
    assert answer.headers["Location"] == url                            # a question appeared: the page is shown again
    assert 'data-label="Welches Konzept?">' in client.get(url).content.decode()
    second = address("section_preview", competition, 1, "zwei")
    assert client.post(url, {"konzept": "ja", "welches": "Leitbild", "_continue": "yes"}).headers["Location"] == second

    client.post(second, {"_add_place": "projekt"})
    client.post(second, {"name__1": "Garten", "_add_place": "projekt"})
    client.post(second, {"name__1": "Garten", "name__2": "Chor", "_remove_place": "projekt:1"})
    page = client.get(second).content.decode()
    assert 'value="Chor"' in page
    assert 'value="Garten"' not in page
    client.post(second, {"_forget": "yes"})
    assert 'value="Chor"' not in client.get(second).content.decode()


ADDRESSES = [("version_list",), ("version_import",), ("version_show", 1), ("version_publish", 1), ("version_export", 1),
             ("version_preview", 1), ("section_preview", 1, "eins")]


@pytest.mark.parametrize("name", ADDRESSES, ids=lambda name: name[0])
@pytest.mark.parametrize("who", ["nobody", "stranger", "other office"])
def test_strangers_find_nothing(db, client, name, who):
    competition = make_competition()
    publish(import_workbook(competition, GOOD))
    if who != "nobody":
        person = make_person() if who == "stranger" else make_role(make_competition()).person
        client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[-1])
    assert client.get(address(name[0], competition, *name[1:])).status_code == 404


@pytest.mark.parametrize("kind", [kind for kind in Role.Kind if kind not in (Role.Kind.OFFICE, Role.Kind.OFFICE_LEAD)])
def test_other_roles_read_but_do_not_change(db, client, kind):
    competition = make_competition()
    import_workbook(competition, GOOD)
    client.force_login(make_role(competition, kind).person, backend=settings.AUTHENTICATION_BACKENDS[-1])

    assert client.get(address("version_show", competition, 1)).status_code == 200
    assert client.post(address("version_publish", competition, 1)).status_code == 403
    assert client.post(address("version_import", competition), {"workbook": SimpleUploadedFile("x.xlsx", GOOD)}).status_code == 403
    assert current_version(competition) is None


def test_a_version_of_another_competition_is_not_found_here(office, client):
    competition, _person = office
    other = make_competition()
    import_workbook(other, GOOD)
    assert client.get(address("version_show", competition, 1)).status_code == 404


@pytest.mark.once
def test_the_list_costs_the_same_with_one_version_as_with_twelve(office, client):
    competition, _person = office

    def queries():
        client.get(address("version_list", competition))                # forms are kept in memory from here on
        with CaptureQueriesContext(connection) as context:
            assert client.get(address("version_list", competition)).status_code == 200
        return len(context)

    import_workbook(competition, GOOD)
    one = queries()
    for number in range(11):
        import_workbook(competition, make_workbook([["type", "name", "label"], ["text", f"q{number}", "Frage?"]]))
    assert queries() == one


@pytest.mark.parametrize("language", ["de", "en"])
def test_pages_speak_the_language_of_the_reader(office, client, language):
    competition, _person = office
    import_workbook(competition, GOOD)
    client.cookies["django_language"] = language
    with translation.override(language):
        page = client.get(address("version_list", competition)).content.decode()
    assert ("Fragebogen" in page) is (language == "de")
    assert ("Import a workbook" in page) is (language == "en")


# --- in a browser -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["zusammenleben2017", "quartiersfonds"])
def test_the_forms_of_the_packages_have_no_barrier_and_stay_on_the_screen(transactional_db, new_page, barriers, code):
    competition = make_competition(languages=["de", "en"])
    person = make_role(competition).person
    version = import_workbook(competition, PACKAGES / code / "questionnaire.xlsx", person)
    page = new_page(person)
    paths = [address("version_list", competition), address("version_import", competition), address("version_show", competition, 1),
             address("version_publish", competition, 1)]
    paths += [address("section_preview", competition, 1, key) for key, _section in form_of(version).keyed_sections()]
    assert [fault for path in paths for fault in barriers(page, path)] == []


def test_scripts_show_a_question_at_once_and_say_so(transactional_db, new_page):
    competition = make_competition()
    person = make_role(competition).person
    import_workbook(competition, GOOD, person)
    page = new_page(person)
    page.goto(address("section_preview", competition, 1, "eins"))

    asked = page.locator("#b-welches")
    expect(asked).to_be_hidden()
    page.get_by_label("Ja").check()
    expect(asked).to_be_visible()
    expect(page.locator("[data-announce]")).to_contain_text("Welches Konzept?")
    page.get_by_label("Nein").check()
    expect(asked).to_be_hidden()


CONDITIONS = [
    "${zahl} > 5", "${zahl} + 1 = 8", "${zahl} div 2 = 3.5", "-7 mod 2 = -1", "round(2.5) = 3", "round(-2.5) = -3", "int(-1.7) = -1",
    "${leer} = ''", "${leer} = 0", "${leer} < 1", "${leer} != 'a'", "${tag} < '2017-12-31'", "${tag} > today()", "date(${tag}) = ${tag}",
    "${tag} - date('2017-06-10') = 2", "selected(${viele}, 'rot')", "selected(${viele}, 'ro')", "count-selected(${viele}) = 2",
    "selected-at(${viele}, 1) = 'blau'", "if(${zahl} > 5, ${leer} = '', false())", "coalesce(${leer}, 'x') = 'x'", "not(${leer})",
    "string-length(${text}) = 4", "contains(${text}, 'rü')", "starts-with(${text}, 'g')", "ends-with(${text}, 'n')",
    "concat(${text}, ${zahl}) = 'grün7'", "sum(${geld}) = 150", "count(${projekt}) = 2", "max(${geld}) = 100", "min(${geld}) = 100",
    "${geld} = 50", "${geld} != 50", "count-non-empty(${geld}) = 2", "number('x') = number('x')", "true() and (false() or true())",
    "upper-case(${text}) = 'GRÜN'", "abs(-2) + floor(1.9) + ceiling(1.1) = 5", "0.1 + 0.2 > 0.3", "'7' = ${zahl}", "${haken} = 'OK'",
    "${summe} = 157", "${doppelt} > 313.9 and ${doppelt} < 314.1", "${summe} - 156.9 = 0.1",
]


def test_the_browser_decides_every_condition_as_the_server_does(transactional_db, new_page):
    rows = [["integer", "zahl", "Zahl"], ["text", "leer", "Leer"], ["date", "tag", "Tag"], ["text", "text", "Text"],
            ["select_multiple farben", "viele", "Viele"], ["acknowledge", "haken", "Haken"], ["begin repeat", "projekt", "Projekt"],
            ["integer", "geld", "Geld"], ["end repeat"], ["calculate", "summe", "", "", "sum(${geld}) + ${zahl}"],
            ["calculate", "doppelt", "", "", "${summe} * 2"]]
    rows += [["note", f"n{number}", "Ja", text] for number, text in enumerate(CONDITIONS)]
    workbook = make_workbook([["type", "name", "label", "relevant", "calculation"], *rows], [
        ["list_name", "name", "label"], ["farben", "rot", "Rot"], ["farben", "blau", "Blau"]])
    competition = make_competition()
    person = make_role(competition).person
    version = import_workbook(competition, workbook, person)
    answers = {("zahl", 0): 7, ("tag", 0): "2017-06-12", ("text", 0): "grün", ("viele", 0): ["rot", "blau"], ("haken", 0): True,
               ("projekt", 0): 2, ("geld", 1): 100, ("geld", 2): 50}
    relevant = {name for name, _place in relevant_questions(form_of(version), answers)}
    expected = [f"n{number}" in relevant for number in range(len(CONDITIONS))]
    assert True in expected
    assert False in expected

    page = new_page(person)
    page.goto(address("section_preview", competition, 1, "part-1"))
    for _place in (1, 2):
        page.locator("[name=_add_place]").click()
    page.get_by_label("Zahl").fill("7")
    page.get_by_label("Tag").fill("2017-06-12")
    page.get_by_label("Text").fill("grün")
    page.get_by_label("Rot").check()
    page.get_by_label("Blau").check()
    page.get_by_label("Haken").check()
    page.get_by_label("Geld").nth(0).fill("100")
    page.get_by_label("Geld").nth(1).fill("50")
    page.get_by_label("Geld").nth(1).blur()
    shown = [page.locator(f"#b-n{number}").is_visible() for number in range(len(CONDITIONS))]
    assert [text for text, server, browser in zip(CONDITIONS, expected, shown, strict=True) if server != browser] == []


def test_without_scripts_the_form_can_be_filled_in(transactional_db, new_page):
    competition = make_competition()
    person = make_role(competition).person
    import_workbook(competition, GOOD, person)
    page = new_page(person, java_script_enabled=False)
    page.goto(address("section_preview", competition, 1, "eins"))

    page.get_by_label("Ja").check()
    page.get_by_role("button", name="Speichern und weiter").click()
    page.get_by_label("Welches Konzept?").fill("Leitbild")
    page.get_by_role("button", name="Speichern und weiter").click()
    page.get_by_role("button", name="Hinzufügen: Projekt").click()
    page.get_by_label("Name?").fill("Garten")
    page.get_by_role("button", name="Weiteres hinzufügen: Projekt").click()
    expect(page.get_by_label("Name?").first).to_have_value("Garten")
