"""The tables of an edition."""

from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

from django.utils.translation import gettext as _

from lorbeer.editions.models import Edition
from lorbeer.editions.queries import answers_of, codebook_of, facts_of, frozen_facts_of
from lorbeer.people.forms import LAND_NAMES
from lorbeer.questionnaire.definition import Form
from lorbeer.questionnaire.queries import current_version, form_of
from lorbeer.register.models import LegalStatus
from lorbeer.shared.errors import BadInput
from lorbeer.shared.text import in_each_language, localized
from lorbeer.statistics.compute import EVERYTHING_CLOSED, apart, compute, counted_in, left_out, told_by_rest
from lorbeer.statistics.definitions import LEAST, NOT_GIVEN, ROW_VARIABLES, TOTAL_ROW, TableSpec
from lorbeer.statistics.models import TableDefinition
from lorbeer.statistics.opened import TOTAL, Opened, opened_rows

SIZE_CLASSES = {
    "under_5000": {"de": "unter 5.000", "en": "below 5,000"}, "5000_19999": {"de": "5.000 bis 19.999", "en": "5,000 to 19,999"},
    "20000_49999": {"de": "20.000 bis 49.999", "en": "20,000 to 49,999"},
    "50000_99999": {"de": "50.000 bis 99.999", "en": "50,000 to 99,999"},
    "100000_499999": {"de": "100.000 bis 499.999", "en": "100,000 to 499,999"},
    "from_500000": {"de": "ab 500.000", "en": "500,000 and more"},
}


def spec_of(definition: TableDefinition) -> TableSpec:
    return TableSpec.from_json(definition.code, definition.number, definition.title, definition.definition)


def tables_of(edition: Edition) -> list[dict[str, Any]]:
    """All tables of the competition, computed from `edition`; see compute.compute for their form."""
    definitions = list(edition.competition.tables.all())
    return compute_tables(edition, [spec_of(definition) for definition in definitions])


def compute_tables(edition: Edition, specs: list[TableSpec], guard: int = 0) -> list[dict[str, Any]]:
    """The tables of `specs` in their order, from one reading of the edition.

    Those that hide what is small hide it also where the answers that are public now leave too few; the others stay what they were,
    unless `guard` says how many must be left.
    """
    codebook = codebook_of(edition)
    labels = _labels(edition, codebook)
    opened = _opened(edition, codebook, guard) if guard or any(spec.least for spec in specs) else EVERYTHING_CLOSED
    with answers_of(edition) as answers:
        return [compute(spec, answers, codebook, labels, opened) for spec in specs]


def rows_that_tell(edition: Edition, definitions: list[TableDefinition]) -> list[tuple[str, list[TableDefinition]]]:
    """The rows of kept tables, with these, that tell of closed answers when the public ones are taken off: of less is hidden than LEAST."""
    codebook = codebook_of(edition)
    opened = _opened(edition, codebook)
    labels = _labels(edition, codebook)
    found: dict[str, list[TableDefinition]] = {}
    with answers_of(edition) as answers:
        for definition in definitions:
            spec = spec_of(definition)
            try:
                for code in _told(spec, answers, codebook, opened):
                    found.setdefault(_row_label(spec, code, labels), []).append(definition)
            except BadInput:                                            # of a later questionnaire than this edition knows
                continue
    return list(found.items())


def numbers_of(tables: list[TableDefinition]) -> str:
    """How tables are named in print: “Tab. 1, Tab. 4”."""
    return ", ".join(f"Tab.\u00a0{one.number}" for one in tables)


def _told(spec: TableSpec, answers: Any, codebook: list[dict[str, Any]], opened: Opened) -> list[str]:
    """The rows of which a table tells because it hides nothing, or only what is smaller than LEAST."""
    if spec.least >= LEAST:
        return []
    hidden = told_by_rest(spec, answers, codebook, opened, spec.least) if spec.least else {}
    return [code for code in told_by_rest(spec, answers, codebook, opened, LEAST) if code not in hidden]


def _opened(edition: Edition, codebook: list[dict[str, Any]], least: int = 0) -> Opened:
    """What everybody can take off the tables of the edition now."""
    return opened_rows(facts_of(edition), codebook, least, cache(partial(_form, edition)))


def _form(edition: Edition) -> Form | None:
    """The questionnaire in force."""
    version = current_version(edition.competition)
    return form_of(version) if version else None


def _labels(edition: Edition, codebook: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return row_labels(edition) | {one["name"]: one["values"] for one in codebook if one["values"]}


@dataclass(frozen=True)
class Doubts:
    """Why to think twice before a table is kept, for it is public at once (or with the edition)."""

    cells: list[str]                                                    # that are smaller than LEAST, and shown
    rest: list[str]                                                     # rows that tell of closed answers when the public ones are taken off
    beside: list[str]                                                   # what, read beside it, tells of the few that only one of the two counts

    def __bool__(self) -> bool:
        return bool(self.cells or self.rest or self.beside)


def doubts(edition: Edition, spec: TableSpec) -> Doubts:
    """What a table that is about to be kept would tell of single entries: alone, with the public answers, with the other kept tables.

    Of two tables about one question, or of one filtered and the whole edition, that is looked up where one counts all that the other does:
    how many only one of them counts, and what these answered; of a question and one on which it rests whom it is put to, where one of the
    two hides in a row what the other tells; and of the same table twice, whether small is the same in both.
    """
    kept = [(other, spec_of(other)) for other in edition.competition.tables.all()]
    codebook = codebook_of(edition)
    known = {variable["name"] for variable in codebook} | set(ROW_VARIABLES)
    questions = {variable["question"] for variable in codebook}
    kept = [(other, one) for other, one in kept if one.question in questions and known.issuperset({*one.filter, one.rows})]
    linked = [(other, one) for other, one in kept if counted_in(one) == counted_in(spec) and _are_linked(edition, one.question, spec.question)]
    alike = [(other, one) for other, one in kept if (one.question, one.kind) == (spec.question, spec.kind)
             and (one.kind != "cross" or one.rows == spec.rows) and counted_in(one) != counted_in(spec)]
    table, *tables = compute_tables(edition, [spec, *(one for _other, one in (*linked, *alike))])
    cells = [f"{row['label']}, {column['label']}: {cell['count']}" for row in table["rows"] for column in table["columns"]
             if 0 < ((cell := row["cells"][column["code"]])["count"] or 0) < LEAST]
    labels = _labels(edition, codebook)
    opened = _opened(edition, codebook) if spec.least < LEAST else EVERYTHING_CLOSED
    beside = []
    rest: list[str] = []
    with answers_of(edition) as answers:
        if spec.least < LEAST:
            rest = [_row_label(spec, code, labels) for code in _told(spec, answers, codebook, opened)]
            cells += [_("%(row)s: %(count)d not in the base") % {"row": _row_label(spec, code, labels), "count": number}
                      for code, number in left_out(spec, answers, codebook).items() if 0 < number < LEAST]
        everybody = replace(spec, filter={}, rows=spec.rows if spec.rows in ROW_VARIABLES else "group")
        if counted_in(spec) != counted_in(everybody) and _tells(apart(everybody, spec, answers)):
            beside.append(_("the same table of all entries"))
        telling = {other.pk for (other, one), its in zip(linked, tables[:len(linked)], strict=True)
                   if _undoes(table, its, is_same=one.rows == spec.rows)}
        telling |= {other.pk for (other, one), its in zip(alike, tables[len(linked):], strict=True)
                    if min(apart(one, spec, answers)[0]) == 0 and _differ_by_few(table, its)}
        for other, one in kept:
            is_apart = one.question == spec.question and counted_in(one) != counted_in(spec) and _tells(apart(one, spec, answers))
            if other.pk in telling or is_apart or _hide_differently(one, spec):
                beside.append(_("table %(number)d") % {"number": other.number})
    return Doubts(cells, rest, beside)


def _hide_differently(first: TableSpec, second: TableSpec) -> bool:
    """The same table with another measure of what is small: each may hide something else for the sake of what both hide."""
    return (first.question, first.kind, first.rows, counted_in(first)) == (second.question, second.kind, second.rows, counted_in(second)) and (
        first.least != second.least and bool(first.least and second.least))


def _are_linked(edition: Edition, first: str, second: str) -> bool:
    """Whether one of two questions is put to some only, as the other was answered."""
    form = _form(edition)
    return form is not None and (first in form.rests_on(second) or second in form.rests_on(first))


def _undoes(first: dict[str, Any], second: dict[str, Any], *, is_same: bool) -> bool:
    """Of two tables about linked questions one shows in a row what the other hides there. `is_same`: what their rows are."""
    def hides(table: dict[str, Any]) -> dict[str, bool]:
        of_rows = {row["code"]: row["base"] is None or any(cell["count"] is None for cell in row["cells"].values()) for row in table["rows"]}
        return of_rows if table["kind"] == "cross" else {TOTAL_ROW: any(of_rows.values())}

    one, other = hides(first), hides(second)
    rows = one.keys() & other.keys() if is_same else {TOTAL_ROW}
    return any(one.get(row, False) != other.get(row, False) for row in rows)


def _differ_by_few(first: dict[str, Any], second: dict[str, Any]) -> bool:
    """What two tables show of an answer differs by a few entries: so many only one of them counts gave it."""
    counts = {(row["code"], column): cell["count"] for row in second["rows"] for column, cell in row["cells"].items()}
    return any(0 < abs(cell["count"] - other) < LEAST for row in first["rows"] for column, cell in row["cells"].items()
               if cell["count"] is not None and (other := counts.get((row["code"], column))) is not None)


def _tells(only: list[tuple[int, int]]) -> bool:
    """Of two tables, or of a row in both, one counts all that the other does, and a few more."""
    return any(min(one) == 0 and 0 < max(one) < LEAST for one in only)


def _row_label(spec: TableSpec, code: str, labels: dict[str, dict[str, Any]]) -> str:
    return _("all entries") if code == TOTAL else str(localized(labels.get(spec.rows, {}).get(code) or NOT_GIVEN))


def row_labels(edition: Edition) -> dict[str, dict[str, Any]]:
    """For each variable that can stand in rows: value → label, in the order in which they are printed."""
    groups = frozen_facts_of(edition)["groups"]
    return {
        "group": {group["code"]: group["heading"] for group in groups},
        "land": dict(LAND_NAMES),
        "legal_status": {value: in_each_language(partial(str, label)) for value, label in LegalStatus.choices},
        "size_class": dict(SIZE_CLASSES),
        "awarded": {"1": {"de": "ausgezeichnet", "en": "awarded"}, "0": {"de": "nicht ausgezeichnet", "en": "not awarded"}},
    }
