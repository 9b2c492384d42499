"""A proposal as a file, one row for each place, out and in again."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.call.models import Competition
from lorbeer.entries.models import Entry
from lorbeer.people.models import Person
from lorbeer.screening.models import AssignmentRun
from lorbeer.shared.errors import BadInput
from lorbeer.shared.tables import csv_rows

LARGEST, MOST_ROWS, MOST_FAULTS = 10_000_000, 250_000, 50
# What a column may be called, in both languages; the first is what is written.
COLUMNS = {"entry": ("Beitrag", "Entry"), "person": ("Personenkennung", "Person code")}


def rows_of(run: AssignmentRun) -> Iterator[list[str]]:
    """Entry, applicant, person, code of the person; sorted by entry. Names are for those who read, codes for the way back."""
    people = {person.code: str(person) for person in Person.objects.filter(code__in={person for _entry, person in run.result})}
    names = dict(Entry.objects.filter(competition=run.competition, round=run.round, is_unlisted=False).values_list("code", "applicant"))
    for entry, person in run.result:
        yield [entry, names.get(entry, ""), people.get(person, ""), person]


def header(competition: Competition) -> list[str]:
    return [_("Entry"), competition.applicant_word, _("Screener"), _("Person code")]


def pairs_in(data: bytes, run: AssignmentRun) -> list[tuple[str, str]]:
    """The places that a file names. Raises BadInput with a sentence for each row that cannot be read."""
    lines = csv_rows(data, largest=LARGEST, most=MOST_ROWS)
    columns: dict[str, int] = {}
    for number, cell in enumerate(lines[0]):
        for name, words in COLUMNS.items():
            if cell.strip().casefold() in {word.casefold() for word in (*words, _(words[1]))}:
                if name in columns:
                    raise BadInput(_("A column stands there twice."))
                columns[name] = number
    if set(columns) != set(COLUMNS):
        raise BadInput(_("The first row must name the columns “%(entry)s” and “%(person)s”, as in the file that was exported.") % {
            "entry": _("Entry"), "person": _("Person code")})
    entries = {one[0] for one in run.input["entries"]}
    people = {one[0] for one in run.input["screeners"]}
    found: dict[tuple[str, str], int] = {}
    faults: list[str] = []
    for number, cells in enumerate(lines[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        entry, person = (_cell(cells, columns[name]) for name in ("entry", "person"))
        if entry not in entries:
            fault = _("“%(code)s” is no entry of this proposal") % {"code": entry[:20]}
        elif person not in people:
            fault = _("“%(code)s” is the code of no screener of this proposal") % {"code": person[:20]}
        elif (entry, person) in found:
            fault = _("the same place stands in row %(number)d already") % {"number": found[entry, person]}
        else:
            found[entry, person] = number
            continue
        faults.append(_("Row %(number)d: %(fault)s.") % {"number": number, "fault": fault})
    if faults:
        shown = faults[:MOST_FAULTS]
        if len(faults) > MOST_FAULTS:
            shown.append(_("… and %(count)d more") % {"count": len(faults) - MOST_FAULTS})
        raise BadInput(ngettext("One row cannot be read. Nothing was imported.",
                                "%(count)d rows cannot be read. Nothing was imported.", len(faults)) % {"count": len(faults)}, faults=shown)
    return sorted(found)


def _cell(cells: list[str], number: int) -> str:
    return cells[number].strip().removeprefix("'") if number < len(cells) else ""


