"""One search over the public databases of all competitions: each is asked as it may be read now, and the answers are laid together.

What competitions share can be narrowed: competition, year, award, group (by its name), Land and size. Questions differ from call to
call; by those one narrows in the database of the competition.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.utils.translation import gettext_lazy as _

from lorbeer.awards.queries import announcements_of
from lorbeer.call.models import Competition
from lorbeer.catalogue.queries import SIZE_LABELS, Catalogue, Choice, Entry, Facet, catalogues_of, nearest
from lorbeer.catalogue.search.question import ask
from lorbeer.catalogue.search.view import Array, Hits, View, packed
from lorbeer.people.access import competitions_visible_to
from lorbeer.shared.lands import NAMES, land_name
from lorbeer.shared.text import said

MOST = 64                                                               # competitions that are asked at once, the newest
FACETS = {"competition": _("Competition"), "year": _("Year of the announcement"), "award": _("Award"), "group": _("Award group"),
          "land": _("Land"), "size_class": _("Size")}
ORDERS = ("best", "newest", "population")


@dataclass(frozen=True)
class Place:
    """A competition, what of its database may be read, and the year in which the results of each round were announced."""

    competition: Competition
    catalogue: Catalogue
    view: View
    years: Mapping[int, int]

    @cached_property
    def values(self) -> dict[str, dict[str, Array]]:
        """{facet: {value: its entries as bits}}; values are such as all competitions share."""
        view = self.view
        groups: dict[str, list[str]] = {}
        for code, label in self.catalogue.groups.items():
            groups.setdefault(label, []).append(code)
        rounds: dict[str, list[str]] = {}
        for round, year in self.years.items():
            rounds.setdefault(str(year), []).append(str(round))
        return {
            "competition": {self.competition.code: view.open_bits},
            "year": {year: view.chosen("round", several) for year, several in rounds.items()},
            "group": {label: view.chosen("group", codes) for label, codes in groups.items()},
        } | {name: {value: view.chosen(name, [value]) for value in view.rows.get(name, {}) if value}
             for name in ("award", "land", "size_class")}

    def chosen(self, facet: str, values: Sequence[str]) -> Array:
        found = np.zeros_like(self.view.open_bits)
        for value in values:
            if value in self.values[facet]:
                found |= self.values[facet][value]
        return found


@dataclass(frozen=True)
class Found:
    """An entry that was found, of which database, and the words that are marked in it."""

    place: Place
    entry: Entry
    terms: frozenset[str]


@dataclass
class Result:
    entries: "Merged"
    facets: list[Facet]
    suggestion: str = ""
    missing: tuple[str, ...] = ()
    is_cut: bool = False
    order: str = "newest"
    is_widened: bool = False


@dataclass(frozen=True)
class Places:
    """The databases that can be searched, the newest first; `left_out`: competitions beyond the newest MOST; `waiting`: databases that
    are being made ready."""

    shown: list[Place]
    left_out: int
    waiting: int


def places() -> Places:
    """What everybody may read, whoever asks. Five queries, however many competitions there are."""
    visible = list(competitions_visible_to(None))
    announced = announcements_of([one.pk for one in visible])
    public = [one for one in visible if one.pk in announced]
    rounds = {one.pk: set(announced[one.pk]) for one in public[:MOST]}
    found, waiting = catalogues_of(public[:MOST], rounds)
    shown = []
    for competition, catalogue in found:
        if catalogue.view is not None and catalogue.view.total:
            zone = ZoneInfo(competition.time_zone)
            years = {round: at.astimezone(zone).year for round, at in announced[competition.pk].items()}
            shown.append(Place(competition, catalogue, catalogue.view, years))
    return Places(shown, len(public[MOST:]), waiting)


def search(asked: Sequence[Place], query: str, chosen: Mapping[str, Sequence[str]], *, order: str = "", within_words: bool = False) -> Result:
    """As `queries.search` in one database. Where words stand in none of them, the nearest words of the database that has the most."""
    hits, suggestion, missing, is_widened = _matching(asked, query, within_words)
    wanted = {name: list(values) for name, values in chosen.items() if name in FACETS and values}
    counts: dict[str, dict[str, int]] = {name: {} for name in FACETS}
    bits = []
    for place, found in zip(asked, hits, strict=True):
        among = place.view.open_bits if found is None else packed(found.there)
        fitting = {name: place.chosen(name, values) for name, values in wanted.items()}
        bits.append(_all(among, list(fitting.values())))
        for name in FACETS:
            fit = _all(among, [one for other, one in fitting.items() if other != name]) if name in wanted else bits[-1]
            for value, own in place.values[name].items():
                counts[name][value] = counts[name].get(value, 0) + int(np.bitwise_count(own & fit).sum())
    is_asked = any(one is not None for one in hits)
    order = order if order in ORDERS and (order != "best" or is_asked) else "best" if is_asked else "newest"
    return Result(Merged(asked, hits, bits, order), _facets(asked, counts, wanted), suggestion, missing,
                  any(one is not None and one.is_cut for one in hits), order, is_widened)


def _matching(asked: Sequence[Place], query: str, within_words: bool) -> tuple[list[Hits | None], str, tuple[str, ...], bool]:
    """As `queries.matching` in each, but step by step in all: where one has the words, as typed or within longer ones, no other is asked
    for words that are like them."""
    question = ask(query)
    if not question.was_given:
        return [None] * len(asked), "", (), False
    if not question:
        return [place.view.find(question).none() for place in asked], "", (), False
    hits = [place.view.find(question, within_words=within_words) for place in asked]
    if any(one.there.any() for one in hits):
        return list(hits), "", (), False
    if not within_words:
        wider = [place.view.find(question, within_words=True) for place in asked]
        if any(one.there.any() for one in wider):
            return list(wider), "", (), True
    several = [nearest(place.view, query, none, within_words=within_words) for place, none in zip(asked, hits, strict=True)]
    best = max(several, key=lambda one: int(np.count_nonzero(one.hits.there)) if one.hits is not None else 0, default=None)
    if best is not None and best.suggestion:
        return _matching(asked, best.suggestion, within_words)[0], best.suggestion, (), False
    return list(hits), "", tuple(dict.fromkeys(word for one in several for word in one.missing)), False


def _all(among: Array, several: Sequence[Array]) -> Array:
    for one in several:
        among = among & one
    return among


def _facets(asked: Sequence[Place], counts: dict[str, dict[str, int]], wanted: dict[str, list[str]]) -> list[Facet]:
    labels: dict[str, dict[str, Any]] = {
        "competition": {place.competition.code: str(place.competition) for place in asked},      # with its language
        "year": {year: year for year in sorted(counts["year"], reverse=True)},
        "award": {"any": _("awarded"), "none": _("not awarded")}, "group": {label: label for label in sorted(counts["group"])},
        # All of them, as in facets_of: which ones the indexes know would tell of what was taken back.
        "land": {code: land_name(code) for code in sorted({*NAMES, *(one for one, count in counts["land"].items() if count)}, key=land_name)},
        "size_class": dict(SIZE_LABELS),
    }
    found = []
    for name, label in FACETS.items():
        codes = [code for code in labels[name] if counts[name].get(code) or code in wanted.get(name, ())]
        if any(counts[name].get(code) for code in codes):
            found.append(Facet(name, label, [Choice(code, said(labels[name][code]), counts[name].get(code, 0), code in wanted.get(name, ()))
                                             for code in codes]))
    return found


class Merged(Sequence[Found]):
    """Entries of several databases in one order, read when they are asked for.

    The key of an entry: by what it is ordered, then 6 bits for the database and 24 for its number there.
    """

    def __init__(self, asked: Sequence[Place], hits: Sequence[Hits | None], bits: Sequence[Array], order: str) -> None:
        self.places, self.hits = asked, hits
        self.keys = np.concatenate([np.zeros(0, np.uint64), *(
            self._keys(at, place.view, found, own, order) for at, (place, found, own) in enumerate(zip(asked, hits, bits, strict=True)))])

    def _keys(self, at: int, view: View, hits: Hits | None, bits: Array, order: str) -> Array:
        if order == "best":
            ordered = view.found(bits, hits, "best").keys
            first, numbers = ordered >> np.uint64(24 + 4), ordered & np.uint64((1 << 24) - 1)
        else:
            numbers = view.numbers(bits).astype(np.uint64)
            people = view.index.arrays["population"][numbers.astype(np.int64)].astype(np.uint64)
            first = np.uint64((1 << 32) - 1) - people if order == "population" else np.zeros(len(numbers), np.uint64)
        return first << np.uint64(30) | np.uint64(at << 24) | numbers

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, at: Any) -> Any:
        if not isinstance(at, slice):
            return self[at:at + 1][0]
        start, stop, _stride = at.indices(len(self))
        first = np.partition(self.keys, stop)[:stop] if 4 * stop < len(self.keys) else self.keys
        return [self._read(key) for key in np.sort(first)[start:stop].tolist()]

    def __iter__(self) -> Iterator[Found]:
        return (self._read(key) for key in np.sort(self.keys).tolist())

    def _read(self, key: int) -> Found:
        at = key >> 24 & 63
        place, hits = self.places[at], self.hits[at]
        return Found(place, place.view.entry(key & ((1 << 24) - 1)), hits.terms if hits else frozenset())
