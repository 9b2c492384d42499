"""The tables of an edition."""

from typing import Any

from lorbeer.editions.models import Edition
from lorbeer.editions.queries import answers_of, codebook_of, frozen_facts_of
from lorbeer.people.forms import LAND_NAMES
from lorbeer.register.models import LegalStatus
from lorbeer.statistics.compute import compute, left_out
from lorbeer.statistics.definitions import TableSpec
from lorbeer.statistics.models import TableDefinition

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


def compute_tables(edition: Edition, specs: list[TableSpec]) -> list[dict[str, Any]]:
    """The tables of `specs` in their order, from one reading of the edition."""
    codebook = codebook_of(edition)
    labels = row_labels(edition) | {one["name"]: one["values"] for one in codebook if one["values"]}
    with answers_of(edition) as answers:
        return [compute(spec, answers, codebook, labels) for spec in specs]


def tells_by_difference(edition: Edition, spec: TableSpec) -> bool:
    """Whether the filter leaves out so few that the same table without it, beside this one, would tell of them."""
    if not spec.filter or not spec.least:
        return False
    with answers_of(edition) as answers:
        return 0 < left_out(spec, answers) < spec.least


def row_labels(edition: Edition) -> dict[str, dict[str, Any]]:
    """For each variable that can stand in rows: value → label, in the order in which they are printed."""
    groups = frozen_facts_of(edition)["groups"]
    return {
        "group": {group["code"]: group["heading"] for group in groups},
        "land": dict(LAND_NAMES),
        "legal_status": {value: str(label) for value, label in LegalStatus.choices},
        "size_class": dict(SIZE_CLASSES),
        "awarded": {"1": {"de": "ausgezeichnet", "en": "awarded"}, "0": {"de": "nicht ausgezeichnet", "en": "not awarded"}},
    }
