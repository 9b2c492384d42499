"""What the public may read: released entries of announced rounds in the published edition, and nothing else.

The frozen facts of an edition never change, so its index (`search/`) lies beside the database; what was taken back since is asked
at every request (two queries), and with it another view of the index is read, in which it is neither counted nor searched nor shown.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lorbeer.awards.queries import announced_rounds
from lorbeer.call.models import Competition
from lorbeer.catalogue.search import shelf
from lorbeer.catalogue.search.index import Entry, Index
from lorbeer.catalogue.search.question import Question, ask, with_others
from lorbeer.catalogue.search.view import ORDERS, Array, Hits, View, packed
from lorbeer.editions.models import Edition
from lorbeer.editions.queries import (
    closed_in,
    closed_parts,
    closed_parts_of,
    codebook_of,
    published_edition,
    spoken,
    without_closed,
)
from lorbeer.shared.errors import Busy
from lorbeer.shared.lands import NAMES, land_name
from lorbeer.shared.text import localized, said

SIZE_LABELS = {
    "under_5000": _("below 5,000 inhabitants"), "5000_19999": _("5,000 to 19,999"), "20000_49999": _("20,000 to 49,999"),
    "50000_99999": _("50,000 to 99,999"), "100000_499999": _("100,000 to 499,999"), "from_500000": _("500,000 and more"),
}


@dataclass
class Catalogue:
    """The readable part of an edition. `entries` by applicant; `awards` and `portraits` by code of the entry.

    Requests share it: nothing in it is ever changed. Entries are read when somebody asks for them; there may be a million.
    """

    code: str                                                           # of the competition
    is_sample: bool = False
    edition: Edition | None = None
    view: View | None = None
    withheld: int = 0
    awards: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    portraits: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    headings: dict[str, str] = field(default_factory=dict)
    prizes: dict[str, str] = field(default_factory=dict)                # only those whose name says more than the group
    prize_labels: dict[str, str] = field(default_factory=dict)          # all of them

    @property
    def entries(self) -> Sequence[Entry]:
        return self.view.everything if self.view else []

    @property
    def total(self) -> int:
        return len(self.entries) + self.withheld

    @property
    def has_rounds(self) -> bool:
        """Whether there are entries of several rounds, so that each must say of which it is."""
        return sum(count > 0 for count in self.counts("round").values()) > 1

    @property
    def has_places(self) -> bool:
        """Whether entries have a Land, so that there is something for a map."""
        return any(count for code, count in self.counts("land").items() if code)

    @cached_property
    def by_code(self) -> Mapping[str, Entry]:
        return ByCode(self.view) if self.view else {}

    @property
    def questions(self) -> list[dict[str, Any]]:
        """Questions by which one can narrow, as the entry form says by their roles."""
        return [self.asked[name] for name in self.view.index.questions] if self.view else []

    @cached_property
    def asked(self) -> dict[str, dict[str, Any]]:
        """All questions of which the edition has answers, by name, with the labels of their choices: {name, label, choices}."""
        found: dict[str, dict[str, Any]] = {}
        for variable in codebook_of(self.edition) if self.edition else ():
            one = found.setdefault(variable["question"], {"name": variable["question"], "label": "", "choices": {}})
            one["label"] = one["label"] or str(localized(variable["label"]))
            if variable["choice"]:
                one["choices"][variable["choice"]] = str(localized(variable["choice_label"]))
            else:
                one["choices"] |= {code: str(localized(label)) for code, label in variable["values"].items()}
        return found

    def counts(self, facet: str) -> dict[str, int]:
        """{value: how many entries have it}, while nothing is asked for or chosen."""
        if self.view is None:
            return {}
        if facet not in self._counts:
            self._counts[facet] = self.view.counts(facet, self.view.open_bits)
        return self._counts[facet]

    @cached_property
    def _counts(self) -> dict[str, dict[str, int]]:
        return {}


class ByCode(Mapping[str, Entry]):
    """The entries that may be read, by code."""

    def __init__(self, view: View) -> None:
        self.view = view

    def __getitem__(self, code: str) -> Entry:
        number = self.view.number(code)
        if number is None:
            raise KeyError(code)
        return self.view.entry(number)

    def __contains__(self, code: object) -> bool:
        return isinstance(code, str) and self.view.number(code) is not None

    def __len__(self) -> int:
        return self.view.total

    def __iter__(self) -> Iterator[str]:
        return (self.view.index.code(number) for number in np.flatnonzero(self.view.open).tolist())


def catalogue_of(competition: Competition) -> Catalogue:
    """The public database of `competition` as it may be read now; empty before the announcement or without an edition.

    While the index of a large new edition is not there yet, the edition before it answers; shelf.BeingBuilt where there was none.
    """
    try:
        return catalogue_of_published(competition)
    except shelf.BeingBuilt:
        edition = published_edition(competition)
        former = stand_in(edition) if edition else None
        if former is None:
            raise
        return catalogue_at(competition, former)


def stand_in(edition: Edition) -> Edition | None:
    """The edition that the public read before this one, if it can be read at once."""
    former = Edition.objects.filter(competition=edition.competition_id, number__lt=edition.number, published_at__isnull=False)
    return next((one for one in former.select_related("facts__blob").order_by("-number") if shelf.is_ready(one)), None)


def catalogue_of_published(competition: Competition) -> Catalogue:
    """The same from the published edition and no other. Raises shelf.BeingBuilt while the index of a large one is not there yet."""
    edition = published_edition(competition)
    rounds = set(announced_rounds(competition))
    if edition is None or not rounds:
        return Catalogue(competition.code, competition.is_sample)
    return _catalogue(edition.pk, edition.sha256, competition.code, competition.is_sample, frozenset(rounds),
                      closed_parts(competition.pk), get_language() or "de")


def catalogues_of(competitions: Sequence[Competition], rounds: Mapping[int, Collection[int]],
                  ) -> tuple[list[tuple[Competition, Catalogue]], int]:
    """`catalogue_of` of several competitions at once, in three queries (and some for each whose new edition is being made ready), and how
    many are not there yet. `rounds`: those that are announced, by competition."""
    ids = [one.pk for one in competitions]
    editions = {one.competition_id: one for one in Edition.objects.filter(competition__in=ids, is_published=True)}
    closed, language, found, waiting = closed_parts_of(ids), get_language() or "de", [], 0
    for one in competitions:
        edition = editions.get(one.pk)
        if edition is None or not rounds.get(one.pk):
            continue
        catalogue = None
        try:
            catalogue = _catalogue(edition.pk, edition.sha256, one.code, one.is_sample, frozenset(rounds[one.pk]), closed[one.pk], language)
        except Busy:
            if former := stand_in(edition):
                with suppress(Busy):                                    # its index is damaged and being built again
                    catalogue = catalogue_at(one, former)
        if catalogue:
            found.append((one, catalogue))
        else:
            waiting += 1
    return found, waiting


def catalogue_if_ready(competition: Competition) -> Catalogue:
    """`catalogue_of`, empty while the index of a large new edition is not there yet: for pages that only link to it."""
    try:
        return catalogue_of(competition)
    except Busy:
        return Catalogue(competition.code, competition.is_sample)


def catalogue_at(competition: Competition, edition: Edition) -> Catalogue:
    """A former edition as it may be read now: what was taken back since it was frozen stays out of it for good."""
    rounds = frozenset(announced_rounds(competition))
    # Not kept: whoever walks through old editions must not push the current one out of memory.
    return _catalogue.__wrapped__(edition.pk, edition.sha256, competition.code, competition.is_sample, rounds, closed_in(edition),
                                  get_language() or "de")


@lru_cache(maxsize=256)                                                 # each but names and awards of a view that is kept anyway
def _catalogue(edition_id: int, sha256: str, code: str, is_sample: bool, rounds: frozenset[int],
               closed: frozenset[tuple[str, str]], language: str) -> Catalogue:
    edition = Edition.objects.select_related("facts__blob").get(pk=edition_id)
    view = _view(edition, rounds, closed)
    facts = spoken(view.index.rest)
    return Catalogue(
        code, is_sample, edition, view, view.withheld,
        {code: awards for code, awards in view.index.awards.items() if view.number(code) is not None},
        {code: shown for code, several in view.index.portraits.items()
         if view.number(code) is not None and (shown := _approved(several, code in view.hidden_pictures))},
        groups={group["code"]: group["label"] for group in facts["groups"]},
        headings={group["code"]: group["heading"] for group in facts["groups"]}, prizes=_telling_prizes(facts),
        prize_labels={prize["code"]: prize["label"] for prize in facts.get("prizes", [])},
    )


def _view(edition: Edition, rounds: frozenset[int], closed: frozenset[tuple[str, str]]) -> View:
    index = shelf.index_of(edition)
    # A round that was announced after the edition was frozen has no awards in it: its winners would look like losers.
    return _views(edition.sha256, rounds & set(index.rest.get("announced", rounds)), closed, index)


@lru_cache(maxsize=80)                                                  # one search over all competitions needs them all
def _views(_sha256: str, rounds: frozenset[int], closed: frozenset[tuple[str, str]], index: Index) -> View:
    names: dict[str, set[str]] = {}
    for code, name in closed:
        names.setdefault(code, set()).add(name)
    return View(index, rounds, names, _what_is_left)


def _what_is_left(entry: Entry, names: set[str]) -> Entry:
    facts = {"entries": [entry], "awards": [], "portraits": []}
    return without_closed(facts, frozenset((entry["code"], name) for name in names))["entries"][0]


def _approved(portraits: list[dict[str, Any]], without_pictures: bool) -> list[dict[str, Any]]:
    return [portrait | {"picture": None} if without_pictures else portrait for portrait in portraits if portrait["approved"]]


def _telling_prizes(facts: dict[str, Any]) -> dict[str, str]:
    """Code → label of prizes that must be named: a group has several of them, or there is no amount to name."""
    prizes = facts.get("prizes", [])
    several = Counter(prize["group"] for prize in prizes)
    return {prize["code"]: prize["label"] for prize in prizes if several[prize["group"]] > 1 or not prize["amount_cents"]}


# --- search and facets ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """One value of a facet: how many entries there are with it, given everything else that is chosen."""

    code: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Facet:
    name: str
    label: Any
    choices: list[Choice]
    from_answers: bool = False

    @property
    def is_narrowed(self) -> bool:
        return any(choice.chosen for choice in self.choices)


@dataclass
class Result:
    """What a search finds: entries in order, and facets. `suggestion`: the query with words that stand somewhere, where those asked
    for do not; then its entries are the ones that are shown."""

    entries: Sequence[Entry]
    facets: list[Facet]
    suggestion: str = ""
    missing: tuple[str, ...] = ()                                       # words that stand nowhere, where nothing is found
    lands: dict[str, int] = field(default_factory=dict)                 # entries by Land
    terms: frozenset[str] = frozenset()                                 # what is marked in them
    is_cut: bool = False                                                # parts of words stand in more words than are looked for
    order: str = "applicant"
    is_widened: bool = False                                            # nowhere by itself, so also where a longer word holds it


class Matched(NamedTuple):
    """What has the words and phrases that are asked for; see Result for the rest. Nothing to look for: no hits."""

    hits: Hits | None
    suggestion: str = ""
    missing: tuple[str, ...] = ()
    is_widened: bool = False


def matching(catalogue: Catalogue, query: str, *, within_words: bool = False, mend: bool = True) -> Matched:
    """What has the words and phrases of `query`. `mend`: where nothing has them, what holds them within longer words (Gemeinschaftsgarten:
    Garten), else what has words that are like those that stand nowhere.
    """
    question, view = ask(query), catalogue.view
    if view is None or not question.was_given:
        return Matched(None)
    if not question:
        return Matched(view.find(Question()).none())
    hits = view.find(question, within_words=within_words)
    if hits.there.any():
        return Matched(hits)
    if mend and not within_words and (wider := view.find(question, within_words=True)).there.any():
        return Matched(wider, is_widened=True)
    return nearest(view, query, hits, within_words=within_words, mend=mend)


def nearest(view: View, query: str, hits: Hits, *, within_words: bool, mend: bool = True) -> Matched:
    """Of a `query` whose `hits` are none: the words that stand nowhere, or (`mend`) what has words that are like those."""
    missing = [word for word in ask(query).words if not view.has(word, within_words=within_words)]
    others = {word.folded: near for word in missing if (near := view.nearest_word(word))} if mend else {}
    if others:
        mended = with_others(query, others)
        better = view.find(ask(mended), within_words=within_words)
        if better.there.any():
            return Matched(better, mended)
    parts = {word.folded: near for word in missing if (near := others.get(word.folded) or view.nearest_part(word))} if mend else {}
    if parts != others:                                                 # a slip within a part of a longer word
        mended = with_others(query, parts)
        better = view.find(ask(mended), within_words=True)
        if better.there.any():
            return Matched(better, mended)
    return Matched(hits, missing=tuple(word.typed for word in missing))


def search(catalogue: Catalogue, query: str, chosen: Mapping[str, Sequence[str]], *, order: str = "", within_words: bool = False,
           mend: bool = True) -> Result:
    """Entries with the words of `query` and the values `chosen` (facet → values: one of them suffices).

    `order`: best (where something is asked for), applicant, title, population. `within_words`: also where a longer word holds a word.
    `mend`: where nothing has them, what is nearest to it; see `matching`.
    """
    view = catalogue.view
    if view is None:
        return Result([], [])
    hits, suggestion, missing, is_widened = matching(catalogue, query, within_words=within_words, mend=mend)
    among = view.open_bits if hits is None else packed(hits.there)
    wanted = {name: set(codes) for name, codes in chosen.items() if name in view.rows and codes}
    fitting = {name: view.chosen(name, sorted(codes)) for name, codes in wanted.items()}

    def fit(besides: str = "") -> Array:
        found = among
        for name, bits in fitting.items():
            if name != besides:
                found = found & bits
        return found

    facets, all_chosen = [], fit()
    for name, label, labels, from_answers in facets_of(catalogue):
        plain = hits is None and not set(wanted) - {name}
        counts = catalogue.counts(name) if plain else view.counts(name, fit(besides=name) if name in wanted else all_chosen)
        codes = [code for code in labels if counts.get(code) or code in wanted.get(name, ())]
        if any(counts.get(code) for code in codes):
            facets.append(Facet(name, label, [
                Choice(code, said(labels[code]), counts.get(code, 0), code in wanted.get(name, ())) for code in codes], from_answers))
    order = order if order in ORDERS and (order != "best" or hits) else "best" if hits else "applicant"
    entries = view.everything if among is all_chosen and hits is None and order == "applicant" else view.found(all_chosen, hits, order)
    return Result(entries, facets, suggestion, missing, view.counts("land", all_chosen), hits.terms if hits else frozenset(),
                  bool(hits and hits.is_cut), order, is_widened)


def only_within_words(catalogue: Catalogue, query: str, chosen: Mapping[str, Sequence[str]]) -> int:
    """How many entries more than by `query` are found where words may be parts of longer ones (Flüchtlingspaten: Paten)."""
    question, view = ask(query), catalogue.view
    if view is None or not question:
        return 0
    more = packed(view.find(question, within_words=True).there & ~view.find(question).there)
    for name, codes in chosen.items():
        if name in view.rows and codes:
            more = more & view.chosen(name, sorted(set(codes)))
    return int(np.bitwise_count(more).sum())


def facets_of(catalogue: Catalogue) -> list[tuple[str, Any, dict[str, Any], bool]]:
    # All of them: which ones the index knows would tell the Land of an entry that was taken back.
    lands = {*NAMES, *(code for code, count in catalogue.counts("land").items() if code and count)}
    rounds = sorted((number for number, count in catalogue.counts("round").items() if count), key=int)
    found: list[tuple[str, Any, dict[str, Any], bool]] = [
        *([("round", _("Round"), {number: number for number in rounds}, False)] if len(rounds) > 1 else []),
        ("award", _("Award"), {"any": _("awarded"), "none": _("not awarded")}, False),
        ("group", _("Award group"), catalogue.groups, False),
        ("land", _("Land"), {code: land_name(code) for code in sorted(lands, key=land_name)}, False),
        ("size_class", _("Size"), dict(SIZE_LABELS), False),
    ]
    return found + [(question["name"], question["label"], question["choices"], True) for question in catalogue.questions]
