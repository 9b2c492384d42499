"""A search of one public database: the one way in which list, map, files, API and feed ask, so that all of them find the same.

A search is known by what it asks for, and can say it: as an address, in words, and as part of a file's name.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from lorbeer.catalogue import queries
from lorbeer.catalogue.queries import Catalogue, Facet, Result
from lorbeer.catalogue.search.index import FIELDS
from lorbeer.catalogue.search.question import LONGEST_QUERY
from lorbeer.catalogue.search.words import fold
from lorbeer.shared.text import said

MOST_VALUES = 40
LONGEST_LABEL = 60                                                      # signs of a value that nobody knows
LONGEST_NAME = 60                                                       # signs that a search adds to the name of a file


@dataclass(frozen=True)
class Search:
    """What is asked for: words, choices (facet → values), the order, and whether words may be parts of longer ones."""

    text: str = ""
    chosen: Mapping[str, Sequence[str]] = field(default_factory=dict)
    order: str = ""
    within_words: bool = False

    @property
    def narrows(self) -> bool:
        """Whether it may find less than everything."""
        return bool(self.text or self.chosen)

    def result(self, catalogue: Catalogue, *, mend: bool = True) -> Result:
        return queries.search(catalogue, self.text, self.chosen, order=self.order, within_words=self.within_words, mend=mend)

    def entries(self, catalogue: Catalogue) -> Any:
        """What a file holds. A file cannot say that something else was looked for, so nothing else is."""
        return self.result(catalogue, mend=False).entries

    def chips(self, catalogue: Catalogue) -> list[tuple[str, str, str, str]]:
        """What narrows the result: (facet, its label, value, its label); also values that no entry has or that do not exist."""
        known = {name: (label, labels) for name, label, labels, _from_answers in queries.facets_of(catalogue)} if self.chosen else {}
        found = []
        for name, values in self.chosen.items():
            label, labels = known.get(name, (name, {}))
            found += [(name, said(label), value, said(labels.get(value, value[:LONGEST_LABEL]))) for value in dict.fromkeys(values)]
        return found

    def in_words(self, catalogue: Catalogue) -> str:
        """For people who read a file: “Garten”, also within longer words; Land: Bayern."""
        asked = [_("“%(words)s”, also within longer words") % {"words": self.text} if self.within_words
                 else _("“%(words)s”") % {"words": self.text}] if self.text else []
        return "; ".join([*asked, *(f"{label}: {words}" for _name, label, _value, words in self.chips(catalogue))])

    def facts(self, catalogue: Catalogue) -> dict[str, Any] | None:
        """For programs that read a file or an answer; None where nothing is narrowed. `address`: the page that shows the same."""
        if not self.narrows:
            return None
        page = settings.BASE_URL + reverse("catalogue:entry_list", args=[catalogue.code])
        return {"words": self.text, "within_words": self.within_words and bool(self.text),
                "choices": {name: list(several) for name, several in self.chosen.items()},
                "in_words": self.in_words(catalogue), "address": f"{page}?{self.query}"}

    @property
    def query(self) -> str:
        """As it stands in an address: the same search is the same text."""
        return urlencode([*self._asked(), *([("sort", self.order)] if self.order else [])])

    def _asked(self) -> Iterator[tuple[str, str]]:
        if self.text:
            yield "q", self.text
            if self.within_words:
                yield "within", "1"
        for name in sorted(self.chosen):
            yield from ((name, value) for value in sorted(set(self.chosen[name])))

    @property
    def name(self) -> str:
        """Part of a file's name: q-garten-land-by. Where that leaves out or cuts something it ends with a digest."""
        whole = "-".join(part for pair in self._asked() for part in pair)
        plain = re.sub("[^a-z0-9_]+", "-", fold(whole)).strip("-")
        if len(plain) <= LONGEST_NAME and re.fullmatch(r"[\w -]*", whole):
            return plain
        return f"{plain[:LONGEST_NAME].strip('-')}-{hashlib.sha256(whole.encode()).hexdigest()[:6]}"


def of_address(catalogue: Catalogue, query: QueryDict) -> Search:
    """The search that an address asks for."""
    names = [*FIELDS, *(question["name"] for question in catalogue.questions)]
    chosen = {name: query.getlist(name)[:MOST_VALUES] for name in names if name in query}
    return Search(query.get("q", "")[:LONGEST_QUERY].replace("\0", "").strip(), chosen, query.get("sort", ""), "within" in query)


def address(query: QueryDict, changes: Mapping[str, str] | None = None, drop: tuple[str, ...] = ("page",)) -> str:
    """The query string with `changes` (a value is switched on or off) and without `drop`."""
    kept = {name: values for name, values in query.lists() if name not in drop}
    for name, value in (changes or {}).items():
        values = kept.get(name, [])
        kept[name] = [one for one in values if one != value] if value in values else [*values, value]
    return f"?{urlencode(kept, doseq=True)}"


def narrowing(query: QueryDict, facets: Sequence[Facet], drop: tuple[str, ...] = ("page",)) -> list[dict[str, Any]]:
    """The facets of a result, each choice with the address that takes it or takes it away again."""
    return [{"facet": facet, "choices": [{"choice": one, "url": address(query, {facet.name: one.code}, drop)} for one in facet.choices]}
            for facet in facets]
