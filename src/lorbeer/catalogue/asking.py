"""The one way in which map, files, API and feed ask the public database, so that all of them find what its list finds."""

from typing import Any

from django.http import QueryDict

from lorbeer.catalogue import queries
from lorbeer.catalogue.queries import Catalogue, Result

LONGEST, MOST_VALUES = 200, 40


def chosen_in(catalogue: Catalogue, query: QueryDict) -> dict[str, list[str]]:
    """The values of facets that an address asks for: {facet: values}."""
    names = [*queries.FIELDS, *(question["name"] for question in catalogue.questions)]
    return {name: query.getlist(name)[:MOST_VALUES] for name in names if name in query}


def ask(catalogue: Catalogue, text: str, chosen: dict[str, list[str]]) -> Result:
    return queries.search(catalogue, text[:LONGEST].strip(), chosen)


def entries_asked_for(catalogue: Catalogue, text: str, chosen: dict[str, list[str]]) -> list[dict[str, Any]]:
    """The entries that fit, in the order of the list."""
    return ask(catalogue, text, chosen).entries


def entries_of_address(catalogue: Catalogue, query: QueryDict) -> list[dict[str, Any]]:
    """The same for the query of an address, as the pages of the public database write it."""
    return entries_asked_for(catalogue, query.get("q", ""), chosen_in(catalogue, query))
