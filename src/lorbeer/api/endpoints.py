"""The addresses of the API, each declared once: routes, description and readable page all come from here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lorbeer.api import answers
from lorbeer.api.parameters import FILTERS, FILTERS_EVERYWHERE, PAGING, SORT, SORT_EVERYWHERE, Parameter


@dataclass(frozen=True)
class Endpoint:
    """`name`: of the route. `path`: below /api/v1/, with {parameters}. `answer`: the schema of what it tells. `example`: a query."""

    name: str
    path: str
    summary: str | Promise
    meaning: str | Promise
    tell: Callable[..., dict[str, Any]]
    answer: str
    query: tuple[Parameter, ...] = ()
    example: str = ""

    @property
    def route(self) -> str:
        return self.path.replace("{number}", "<int:number>").replace("{competition}", "<str:competition>").replace("{code}", "<str:code>")

    @property
    def in_path(self) -> list[str]:
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]


PATH_PARAMETERS: dict[str, tuple[str | Promise, dict[str, Any]]] = {
    "competition": (_("Code of the competition, as in the addresses of its pages"), {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,60}$"}),
    "code": (_("Code, as in the list"), {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,40}$"}),
    "number": (_("Number of the edition"), {"type": "integer", "minimum": 1, "maximum": 32767}),
}
ENDPOINTS = (
    Endpoint("api_competition_list", "competitions", _("Competitions"), _("All competitions that have been published, the newest first."),
             answers.competition_list, "CompetitionPage", PAGING),
    Endpoint("api_found_list", "entries", _("Entries of all competitions"),
             _("One search over the public databases of the installation, each as it may be read now. “left_out”: older competitions that are "
               "not searched here; “waiting”: databases that are being made ready."),
             answers.found_list, "FoundPage", (*FILTERS_EVERYWHERE, SORT_EVERYWHERE, *PAGING), "award=any&per_page=5"),
    Endpoint("api_found_facet_list", "facets", _("Facets of all competitions"),
             _("By what these entries can be filtered, and how many there are, given everything else that is asked for."),
             answers.found_facet_list, "FoundFacetList", FILTERS_EVERYWHERE),
    Endpoint("api_competition", "competitions/{competition}", _("A competition"),
             _("What its call says: phases, award groups, criteria, prizes; and which edition of the public database is read now."),
             answers.competition, "Competition"),
    Endpoint("api_edition_list", "competitions/{competition}/editions", _("Editions"),
             _("The frozen datasets that have been published, the newest first. A former edition stays where it is."),
             answers.edition_list, "EditionList"),
    Endpoint("api_edition", "competitions/{competition}/editions/{number}", _("An edition"),
             _("Its files with size and SHA-256. What applicants take back leaves the files of every edition at once; the checksums hold "
               "for the “state”, and “changed_on” says on which day something was last taken back."),
             answers.edition, "Edition"),
    Endpoint("api_entry_list", "competitions/{competition}/entries", _("Entries"),
             _("Entries that their applicants released, searched and filtered as in the public database. “withheld” counts the others. "
               "Beside each code its words stand as “label_…”; “search” says in words what was asked for, null: everything. "
               "“is_sample”: what the entry says is invented."),
             answers.entry_list, "EntryPage", (*FILTERS, SORT, *PAGING), "award=any&per_page=5"),
    Endpoint("api_facet_list", "competitions/{competition}/facets", _("Facets"),
             _("By what entries can be filtered, and how many there are, given everything else that is asked for."),
             answers.facet_list, "FacetList", FILTERS),
    Endpoint("api_entry", "competitions/{competition}/entries/{code}", _("An entry"),
             _("All that its applicant released. Null: this part was not released. An answer that is missing, or an empty line of the "
               "address, may be kept closed."), answers.entry, "Entry"),
    Endpoint("api_table_list", "competitions/{competition}/tables", _("Tables"), _("The tables of the statistics."),
             answers.table_list, "TableList"),
    Endpoint("api_table", "competitions/{competition}/tables/{code}", _("A table"),
             _("Counts and percentages (one decimal, half up) with their base. Null: too small to be published, or it would tell such a "
               "number."),
             answers.table, "Table"),
)
