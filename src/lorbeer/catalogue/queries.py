"""What the public may read: released entries of announced rounds in the published edition, and nothing else.

The frozen facts of an edition never change, so each process keeps them parsed, with what is worked out from them; what
was taken back since is asked at every request (two queries), and with it another catalogue is read, in which it is
neither counted nor searched nor shown.
"""

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import chain
from typing import Any

from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lorbeer.awards.queries import announced_rounds
from lorbeer.call.models import Competition
from lorbeer.catalogue.models import SearchText
from lorbeer.catalogue.search import STOP_WORDS, asked, suggest, terms, words
from lorbeer.editions.models import Edition
from lorbeer.editions.queries import closed_in, closed_parts, codebook_of, frozen_facts_of, published_edition, without_closed
from lorbeer.shared.lands import land_name
from lorbeer.shared.text import localized

FIELDS = ("round", "land", "group", "size_class", "award")
# Questions become facets by the role that the entry form gives them.
ANSWER_FACETS = ("field_of_action", "target_group")
SIZE_LABELS = {
    "under_5000": _("below 5,000 inhabitants"), "5000_19999": _("5,000 to 19,999"), "20000_49999": _("20,000 to 49,999"),
    "50000_99999": _("50,000 to 99,999"), "100000_499999": _("100,000 to 499,999"), "from_500000": _("500,000 and more"),
}


@dataclass
class Catalogue:
    """The readable part of an edition. `entries` by applicant; `awards` and `portraits` by code of the entry.

    Requests share it: nothing in it is ever changed.
    """

    code: str                                                           # of the competition
    is_sample: bool = False
    edition: Edition | None = None
    entries: list[dict[str, Any]] = field(default_factory=list)
    withheld: int = 0
    awards: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    portraits: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    headings: dict[str, str] = field(default_factory=dict)
    prizes: dict[str, str] = field(default_factory=dict)                # only those whose name says more than the group

    @property
    def total(self) -> int:
        return len(self.entries) + self.withheld

    @property
    def has_rounds(self) -> bool:
        """Whether there are entries of several rounds, so that each must say of which it is."""
        return len(self.counts["round"]) > 1

    @cached_property
    def by_code(self) -> dict[str, dict[str, Any]]:
        return {entry["code"]: entry for entry in self.entries}

    @cached_property
    def questions(self) -> list[dict[str, Any]]:
        """Questions by which one can narrow: those of the roles in ANSWER_FACETS, with the labels of their choices."""
        if self.edition is None:
            return []
        found: dict[str, dict[str, Any]] = {}
        for variable in codebook_of(self.edition):
            if variable.get("role") in ANSWER_FACETS:
                one = found.setdefault(variable["question"], {
                    "name": variable["question"], "label": str(localized(variable["label"])), "choices": {}})
                if variable["choice"]:
                    one["choices"][variable["choice"]] = str(localized(variable["choice_label"]))
                else:
                    one["choices"] |= {code: str(localized(label)) for code, label in variable["values"].items()}
        return list(found.values())

    @cached_property
    def values(self) -> dict[str, dict[str, frozenset[str]]]:
        """{facet: {code of the entry: what it has there}}."""
        names = [*FIELDS, *(question["name"] for question in self.questions)]
        return {name: {entry["code"]: _values(self, entry, name) for entry in self.entries} for name in names}

    @cached_property
    def counts(self) -> dict[str, Counter[str]]:
        """{facet: {value: how many entries have it}}, while nothing is asked for or chosen."""
        return {name: Counter(chain.from_iterable(values.values())) for name, values in self.values.items()}

    @cached_property
    def words(self) -> frozenset[str]:
        """Folded words of what can be found, for suggestions."""
        return frozenset(
            word for entry in self.entries
            for text in (entry["title"], entry["applicant"], entry["municipality"], *entry["projects"], entry.get("abstract", ""))
            for word in words(text))

    @cached_property
    def stems(self) -> dict[str, frozenset[str]]:
        """{code of the entry: the stems of its telling words}."""
        return {entry["code"]: _stems(" ".join([entry["title"], *entry["projects"], entry.get("abstract", "")]))
                for entry in self.entries}

    @cached_property
    def having(self) -> dict[str, set[str]]:
        """{stem: codes of the entries in which it stands}."""
        found: dict[str, set[str]] = {}
        for code, stems in self.stems.items():
            for stem in stems:
                found.setdefault(stem, set()).add(code)
        return found


@lru_cache(maxsize=8)
def _parsed(edition_id: int, sha256: str, _language: str) -> dict[str, Any]:
    facts = frozen_facts_of(Edition.objects.get(pk=edition_id))
    facts["entries"].sort(key=lambda entry: (entry.get("applicant", ""), entry.get("title", ""), entry["code"]))
    return facts


def catalogue_of(competition: Competition) -> Catalogue:
    """The public database of `competition` as it may be read now; empty before the announcement or without an edition."""
    edition = published_edition(competition)
    rounds = set(announced_rounds(competition))
    if edition is None or not rounds:
        return Catalogue(competition.code, competition.is_sample)
    return _catalogue(edition.pk, edition.sha256, competition.code, competition.is_sample, frozenset(rounds),
                      closed_parts(competition.pk), get_language() or "de")


def catalogue_at(competition: Competition, edition: Edition) -> Catalogue:
    """A former edition as it may be read now: what was taken back since it was frozen stays out of it for good."""
    rounds = frozenset(announced_rounds(competition))
    # Not kept: whoever walks through old editions must not push the current one out of memory.
    return _catalogue.__wrapped__(edition.pk, edition.sha256, competition.code, competition.is_sample, rounds, closed_in(edition),
                                  get_language() or "de")


@lru_cache(maxsize=8)
def _catalogue(edition_id: int, sha256: str, code: str, is_sample: bool, rounds: frozenset[int],
               closed: frozenset[tuple[str, str]], language: str) -> Catalogue:
    edition = Edition.objects.get(pk=edition_id)
    facts = without_closed(_parsed(edition_id, sha256, language), closed)
    # A round that was announced after the edition was frozen has no awards in it: its winners would look like losers.
    rounds = rounds & set(facts.get("announced", rounds))
    entries = [entry for entry in facts["entries"] if entry.get("round", 1) in rounds]
    listed = [entry for entry in entries if entry["code"]]
    codes = {entry["code"] for entry in listed}
    result = Catalogue(
        code, is_sample, edition, listed, len(entries) - len(listed),
        groups={group["code"]: group["label"] for group in facts["groups"]},
        headings={group["code"]: group["heading"] for group in facts["groups"]}, prizes=_telling_prizes(facts),
    )
    for award in facts["awards"]:
        if award["entry"] in codes:
            result.awards.setdefault(award["entry"], []).append(award)
    for portrait in facts["portraits"]:
        if portrait["entry"] in codes and portrait["approved"]:
            result.portraits.setdefault(portrait["entry"], []).append(portrait)
    return result


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
    """What a search finds: entries in order, facets, and where nothing is found a suggestion."""

    entries: list[dict[str, Any]]
    facets: list[Facet]
    suggestion: str = ""


def matching(catalogue: Catalogue, query: str) -> dict[str, bool] | None:
    """Codes of the entries in which every word of `query` stands → whether all stand in title or name. None: no words."""
    asked_for = asked(query)
    if not asked_for:
        return None if not query.strip() else {}
    in_text, in_title = Q(), Q()
    for alternatives in asked_for:
        text, title = Q(), Q()
        for term in alternatives:
            text |= Q(text__contains=f" {term} ")
            title |= Q(title__contains=f" {term} ")
        in_text &= text
        in_title &= title
    rows = SearchText.objects.filter(edition=catalogue.edition)
    best = set(rows.filter(in_title).values_list("entry__code", flat=True))
    return {code: code in best for code in rows.filter(in_text | in_title).values_list("entry__code", flat=True)}


def search(catalogue: Catalogue, query: str, chosen: dict[str, list[str]]) -> Result:
    """Entries with the words of `query` and the values `chosen` (facet → values: one of them suffices)."""
    entries = catalogue.entries
    hits = matching(catalogue, query) if catalogue.edition else None
    if hits is not None:
        entries = sorted((entry for entry in entries if entry["code"] in hits), key=lambda entry: _nearness(entry, query, hits[entry["code"]]))
    values = catalogue.values
    wanted = {name: set(codes) for name, codes in chosen.items() if name in values and codes}
    fitting = {name: {entry["code"] for entry in entries if codes & values[name][entry["code"]]} for name, codes in wanted.items()}

    def fit(besides: str = "") -> list[dict[str, Any]]:
        others = [codes for name, codes in fitting.items() if name != besides]
        return [entry for entry in entries if all(entry["code"] in codes for codes in others)] if others else entries

    facets = []
    for name, label, labels, from_answers in _facets(catalogue):
        own, among = values[name], fit(besides=name)
        counts = (catalogue.counts[name] if among is catalogue.entries
                  else Counter(chain.from_iterable(own[entry["code"]] for entry in among)))
        codes = [code for code in labels if counts[code] or code in wanted.get(name, ())]
        if any(counts[code] for code in codes):
            facets.append(Facet(name, label, [
                Choice(code, str(labels[code]), counts[code], code in wanted.get(name, ())) for code in codes], from_answers))
    suggestion = suggest(query, catalogue.words) if hits is not None and not hits else ""
    return Result(fit(), facets, suggestion)


def _nearness(entry: dict[str, Any], query: str, is_in_title: bool) -> int:
    """The lower the nearer: the title itself, how it begins, what it holds word by word, words of title or name, of the text."""
    title, sought = f" {' '.join(words(entry['title']))} ", f" {' '.join(words(query))} "
    if title == sought:
        return 0
    if title.startswith(sought):
        return 1
    return 2 if sought in title else 3 if is_in_title else 4


def _values(catalogue: Catalogue, entry: dict[str, Any], name: str) -> frozenset[str]:
    if name == "award":
        return frozenset({"any" if catalogue.awards.get(entry["code"]) else "none"})
    if name == "round":
        return frozenset({str(entry.get("round", 1))})
    if name in FIELDS:
        return frozenset({entry.get(name) or ""})
    answer = (entry.get("answers") or {}).get(name)
    return frozenset(answer) if isinstance(answer, list) else frozenset({str(answer)} if answer else ())


def _facets(catalogue: Catalogue) -> list[tuple[str, Any, dict[str, Any], bool]]:
    lands, rounds = set(catalogue.counts["land"]) - {""}, sorted(catalogue.counts["round"], key=int)
    found: list[tuple[str, Any, dict[str, Any], bool]] = [
        *([("round", _("Round"), {number: number for number in rounds}, False)] if len(rounds) > 1 else []),
        ("award", _("Award"), {"any": _("awarded"), "none": _("not awarded")}, False),
        ("group", _("Award group"), catalogue.groups, False),
        ("land", _("Land"), {code: land_name(code) for code in sorted(lands, key=land_name)}, False),
        ("size_class", _("Size"), dict(SIZE_LABELS), False),
    ]
    return found + [(question["name"], question["label"], question["choices"], True) for question in catalogue.questions]


@lru_cache(maxsize=20_000)
def _stems(text: str) -> frozenset[str]:
    return frozenset(terms(word)[0] for word in words(text) if len(word) > 3 and word not in STOP_WORDS)
