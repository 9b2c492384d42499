"""The invented call: three groups and a special category, a form of five questions, a jury that knows all ways of deciding."""

import tempfile
from pathlib import Path

from openpyxl import Workbook

from lorbeer.call.models import Competition
from lorbeer.call.package import import_package

GROUPS = ("gross", "mittel", "klein")
PRIZE_CENTS, SPECIAL_CENTS = 2_500_000, 1_000_000
QUORUM = 0.6
MANIFEST = """
[competition]
code = "{code}"
title = "Simulation"
aim = "Eine erfundene Runde, mit der Lorbeer sich selbst prüft."
applicants = "organisation"
languages = ["de"]

[office]
name = "Büro der Simulation"
email = "buero@example.org"

[[phases]]
kind = "entries"
starts = "today-10d"
ends = "today"

[[phases]]
kind = "screening"

[[phases]]
kind = "jury"

{groups}
[[groups]]
code = "sonder"
label = "Sonderkategorie"
special = true

[[criteria]]
code = "wirkung"
label = "Wirkung"

[[criteria]]
code = "mut"
label = "Mut"

{prizes}
[[prizes]]
code = "sonder"
group = "sonder"
label = "Sonderpreis"
amount = {special}
max_count = 4

[[purses]]
cap = {cap}

[[clauses]]
code = "fremd"
number = "1"
label = "nicht teilnahmeberechtigt"

[screening]
seats = 2
scale = 4
exclude_own_land = false
opinions = false

[[screening.options]]
code = "ja"
label = "vorschlagen"
proposes = "group"

[[screening.options]]
code = "nein"
label = "nicht vorschlagen"

[jury]
modes = ["consensus", "open", "secret", "approval", "ranking", "stv"]
quorum = {quorum}
"""
GROUP = """
[[groups]]
code = "{code}"
label = "Gruppe {code}"
condition = "${{gruppe}} = '{code}'"
"""
PRIZE = """
[[prizes]]
code = "preis_{code}"
group = "{code}"
label = "Preis"
amount = {amount}
"""
SURVEY = [
    ["type", "name", "label", "required", "x_type", "x_role"],
    ["begin group", "angaben", "Angaben", "", "", ""],
    ["text", "titel", "Titel", "yes", "", "title"],
    ["text", "wer", "Wer bewirbt sich?", "yes", "", "applicant_name"],
    ["select_one gruppe", "gruppe", "Gruppe", "yes", "", ""],
    ["text", "kurz", "Kurzfassung", "yes", "long_text", "abstract"],
    ["text", "email", "E-Mail", "yes", "email", "contact_email"],
    ["end group", "", "", "", "", ""],
]
CHOICES = [["list_name", "name", "label"], *(["gruppe", code, code] for code in GROUPS)]
SETTINGS = [["form_title", "form_id"], ["Bewerbung", "simulation"]]


def make_call(code: str, *, prizes: int) -> Competition:
    """The call with money for about `prizes` prizes: import what a package says, as an operator does."""
    text = MANIFEST.format(
        code=code, cap=prizes * PRIZE_CENTS // 100, special=SPECIAL_CENTS // 100, quorum=QUORUM,
        groups="".join(GROUP.format(code=group) for group in GROUPS),
        prizes="".join(PRIZE.format(code=group, amount=PRIZE_CENTS // 100) for group in GROUPS),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        (path / "competition.toml").write_text(text, "utf-8")
        book = Workbook()
        book.remove(book.active)
        for name, rows in (("survey", SURVEY), ("choices", CHOICES), ("settings", SETTINGS)):
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        book.save(path / "questionnaire.xlsx")
        return import_package(path)
