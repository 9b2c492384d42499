"""The one way in which list, map, files, API and feed ask the public database, so that all of them find the same."""

from typing import Any

from django.http import QueryDict

from lorbeer.catalogue import queries
from lorbeer.catalogue.queries import Catalogue, Result
from lorbeer.catalogue.search.asking import LONGEST_QUERY
from lorbeer.catalogue.search.index import FIELDS

MOST_VALUES = 40


def chosen_in(catalogue: Catalogue, query: QueryDict) -> dict[str, list[str]]:
    """The values of facets that an address asks for: {facet: values}."""
    names = [*FIELDS, *(question["name"] for question in catalogue.questions)]
    return {name: query.getlist(name)[:MOST_VALUES] for name in names if name in query}


def chips(catalogue: Catalogue, query: QueryDict) -> list[tuple[str, str, str, str]]:
    """What narrows the result, to be taken away: (facet, its label, value, its label); also values that no entry has or that do not exist."""
    known = {name: (label, labels) for name, label, labels, _from_answers in queries.facets_of(catalogue)}
    found = []
    for name, values in chosen_in(catalogue, query).items():
        label, labels = known.get(name, (name, {}))
        found += [(name, str(label), value, str(labels.get(value, value[:60]))) for value in dict.fromkeys(values)]
    return found


def ask(catalogue: Catalogue, text: str, chosen: dict[str, list[str]], *, order: str = "", within_words: bool = False,
        mend: bool = True) -> Result:
    return queries.search(catalogue, text[:LONGEST_QUERY], chosen, order=order, within_words=within_words, mend=mend)


def ask_as_address(catalogue: Catalogue, query: QueryDict, *, mend: bool = True) -> Result:
    """What an address asks for: words, whether they may be parts of longer ones, choices, order."""
    return ask(catalogue, query.get("q", ""), chosen_in(catalogue, query), order=query.get("sort", ""), within_words="within" in query,
               mend=mend)


def entries_of_address(catalogue: Catalogue, query: QueryDict) -> Any:
    """The entries that an address asks for, in its order. A file cannot say that something else was looked for, so nothing else is."""
    return ask_as_address(catalogue, query, mend=False).entries
