"""Entries that go with an entry, each with the reason why: about the same, and from municipalities like this one.

Computed from the catalogue that the page has anyway; nothing is asked of the database.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from math import log2
from typing import Any

from lorbeer.catalogue.queries import Catalogue
from lorbeer.catalogue.search import STOP_WORDS, fold, terms
from lorbeer.editions.queries import codebook_of
from lorbeer.shared.lands import land_name

Entry = dict[str, Any]
MOST = 4
MOST_WORDS = 3                                                          # that are named as a reason
# A word or a choice that more than this share of all entries have tells nothing of any of them.
COMMON_WORD, COMMON_CHOICE = 8, 3                                       # one in eight, one in three
LAND_COUNTS = 0.25                                                      # the same Land outweighs a fifth more or fewer inhabitants
FARTHEST = 1.0                                                          # half to twice as many inhabitants
_WORD = re.compile(r"[^\W\d_]{4,}")


@dataclass
class Neighbour:
    """An entry beside another one. `words`: that both use, as they stand here; `choices`: {question: labels} that both have."""

    entry: Entry
    words: list[str] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)
    land: str = ""                                                      # of both, where it is the same


def similar_entries(catalogue: Catalogue, entry: Entry, limit: int = MOST) -> list[Neighbour]:
    """Those that share the rarest words (of title, projects and abstract) and choices (fields of action, target groups), the closest first."""
    total = len(catalogue.entries)
    scores: Counter[str] = Counter()
    for stem in catalogue.stems.get(entry["code"], ()):
        _count(scores, catalogue.having[stem], max(2, total // COMMON_WORD))
    telling = []
    for name, choice in _choices(catalogue, entry):
        having = {code for code, values in catalogue.values[name].items() if choice in values}
        if _count(scores, having, max(2, total // COMMON_CHOICE)):
            telling.append((name, choice))
    del scores[entry["code"]]
    best = sorted(scores, key=lambda code: (-round(scores[code], 9), code))[:limit]
    return [_with_reasons(catalogue, entry, catalogue.by_code[code], telling) for code in best]


def _count(scores: Counter[str], having: set[str], most: int) -> bool:
    """The rarer something is among the entries, the more it brings those together that have it; False where it is too common."""
    if not 1 < len(having) <= most:
        return False
    for code in having:
        scores[code] += 1 / len(having)                                 # type: ignore[assignment]
    return True


def _choices(catalogue: Catalogue, entry: Entry) -> list[tuple[str, str]]:
    """(question, choice) of the entry; choices such as "none of these" bring nobody together."""
    if catalogue.edition is None or not catalogue.questions:
        return []
    empty = {(one["question"], code) for one in codebook_of(catalogue.edition) for code in one.get("no_answer", ())}
    found = [(question["name"], choice) for question in catalogue.questions
             for choice in sorted(catalogue.values[question["name"]].get(entry["code"], ()))]
    return [one for one in found if one not in empty]


def _with_reasons(catalogue: Catalogue, entry: Entry, other: Entry, telling: list[tuple[str, str]]) -> Neighbour:
    shared = catalogue.stems[entry["code"]] & catalogue.stems[other["code"]]
    rare = sorted((stem for stem in shared if len(catalogue.having[stem]) <= max(2, len(catalogue.entries) // COMMON_WORD)),
                  key=lambda stem: (len(catalogue.having[stem]), stem))
    found = Neighbour(other, words=_as_written(other, rare[:MOST_WORDS]))
    labels = {question["name"]: (question["label"], question["choices"]) for question in catalogue.questions}
    for name, choice in telling:
        if choice in catalogue.values[name].get(other["code"], ()):
            label, names = labels[name]
            found.choices.setdefault(label, []).append(names.get(choice, choice))
    return found


def _as_written(entry: Entry, stems: list[str]) -> list[str]:
    """The stems as words that stand in the entry."""
    text = " ".join([entry["title"], *entry["projects"], entry.get("abstract", "")])
    written: dict[str, str] = {}
    for word in _WORD.findall(text):
        folded = fold(word)
        if folded not in STOP_WORDS:
            written.setdefault(terms(folded)[0], word)
    return [written[stem] for stem in stems if stem in written]


def like_this(catalogue: Catalogue, entry: Entry, limit: int = MOST) -> list[Neighbour]:
    """Entries of municipalities of the same legal status with half to twice as many inhabitants: the nearest, those of the same Land before."""
    population, status = entry.get("population"), entry.get("legal_status")
    if not population or not status:
        return []
    found: list[tuple[float, str]] = []
    for one in catalogue.entries:
        if one["code"] == entry["code"] or one.get("legal_status") != status or not one.get("population"):
            continue
        if entry.get("key") and one.get("key") == entry["key"]:         # the same municipality is no other one
            continue
        apart = abs(log2(one["population"] / population))
        if apart <= FARTHEST:
            found.append((apart - (LAND_COUNTS if one["land"] and one["land"] == entry["land"] else 0), one["code"]))
    return [Neighbour(catalogue.by_code[code], land=land_name(entry["land"]) if catalogue.by_code[code]["land"] == entry["land"] else "")
            for _apart, code in sorted(found)[:limit]]
