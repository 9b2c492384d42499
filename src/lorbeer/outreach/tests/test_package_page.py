"""docs/package.md must be enough to write a competition: what stands there is imported and used."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import xlsxwriter

from lorbeer.call import letters
from lorbeer.call.models import Competition, Phase
from lorbeer.call.package import export_package, import_package
from lorbeer.call.rulebook import JuryRules
from lorbeer.formal_check import services as formal_check
from lorbeer.intake import services as intake
from lorbeer.outreach import services as outreach
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.questionnaire.definition import ROLES
from lorbeer.register.models import LegalStatus
from lorbeer.shared import clock
from lorbeer.shared.models import Message

PAGE = Path(__file__).parents[4] / "docs" / "package.md"
FILE = re.compile(r"^`(?P<name>[^`\n]+\.\w+)`\n\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
SHEET = re.compile(r"^`(?P<name>survey|choices|settings)`\n\n(?P<rows>(?:^\|.*\n)+)", re.MULTILINE)


@pytest.fixture
def folder(tmp_path):
    """The package that stands on the page."""
    text = PAGE.read_text("utf-8")
    folder = tmp_path / "package"
    for found in FILE.finditer(text):
        path = folder / found["name"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found["text"], "utf-8")
    with xlsxwriter.Workbook(folder / "questionnaire.xlsx") as book:
        for found in SHEET.finditer(text):
            page = book.add_worksheet(found["name"])
            lines = [line for line in found["rows"].splitlines() if not line.startswith("| ---")]
            for number, line in enumerate(lines):
                page.write_row(number, 0, [cell.strip() for cell in line.strip("|").split(" |")])
    return folder


@pytest.mark.django_db
def test_the_example_is_imported_mailed_entered_and_checked(folder):
    competition = import_package(folder)

    assert {path.name for path in folder.iterdir()} == {
        "competition.toml", "questionnaire.xlsx", "letters", "waves.toml", "tables.toml", "pages", "book"}
    office = make_role(competition, Role.Kind.OFFICE).person
    outreach.add_addresses(competition, [{"category": "schulen", "name": "Schule A", "email": "a@example.org"}], by=office)
    assert outreach.send_wave(competition.waves.get(), by=office) == 1
    assert "{{" not in Message.objects.get(kind="wave").body
    outreach.record_intent(competition, applicant="Schule A")
    person = make_person()
    draft = intake.start_draft(competition, by=person)
    intake.fill_draft(draft, {"titel": "Lupe", "schule": "Schule A", "turnus": "sonst", "sonst": "wöchentlich",
                              "warum": "Weil sie fragt.", "email": "a@example.org"}, by=person)
    entry = intake.submit(draft.entry, by=person).entry
    entry.refresh_from_db()
    assert (entry.title, entry.applicant) == ("Lupe", "Schule A")
    with clock.at(competition.phases.get(kind=Phase.Kind.ENTRIES).ends_at + timedelta(seconds=1)):
        formal_check.admit(entry, by=office, findings={"schule": (True, "")})
    entry.refresh_from_db()
    assert (entry.state, entry.group.code) == ("admitted", "gedruckt")
    assert competition.tables.get().definition["question"] == "turnus"
    assert competition.pages.get().published.title == "Worum es geht"
    assert competition.chapters.get().title == "Vorwort"
    assert competition.phases.get(kind=Phase.Kind.CHECK).ends_at > clock.now() + timedelta(days=39)


@pytest.mark.django_db
def test_the_example_survives_export_and_import(folder, tmp_path):
    competition = import_package(folder)
    export_package(competition, tmp_path / "first")
    Competition.objects.get(pk=competition.pk).delete()
    export_package(import_package(tmp_path / "first"), tmp_path / "second")
    for path in (tmp_path / "first").rglob("*"):
        if path.is_file() and path.suffix != ".xlsx":
            assert path.read_bytes() == (tmp_path / "second" / path.relative_to(tmp_path / "first")).read_bytes(), path


def test_the_page_names_every_word_that_the_package_knows():
    text = PAGE.read_text("utf-8")
    core = (PAGE.parents[1] / "src" / "lorbeer" / "call" / "package_core.py").read_text("utf-8")
    keys = set(re.findall(r'\.(?:text|words|flag|number|moment|codes|cents|get|table|tables)\(\s*"(\w+)"', core))
    words = keys | set(ROLES) | set(LegalStatus.values) | set(Phase.Kind.values) | set(JuryRules().modes)
    words |= {kind.code for kind in letters.KINDS}
    missing = {word for word in words if not re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z0-9])", text)}
    assert len(keys) > 40
    assert not missing
