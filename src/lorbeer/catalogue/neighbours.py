"""Entries that go with an entry, each with the reason why: about the same, and from municipalities like this one.

Computed from the index that the page has anyway; nothing is asked of the database.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lorbeer.catalogue.queries import Catalogue
from lorbeer.catalogue.search.view import Array
from lorbeer.catalogue.search.words import STOP_WORDS, fold_word, terms, words
from lorbeer.editions.queries import codebook_of
from lorbeer.shared.lands import land_name

Entry = dict[str, Any]
MOST = 4
MOST_ALIKE = 5_000                                                      # entries that may share what tells them alike
MOST_READ = 200                                                         # entries that are looked at for those of the same status
MOST_WORDS = 3                                                          # that are named as a reason
# A word or a choice that more than this share of all entries have tells nothing of any of them.
COMMON_WORD, COMMON_CHOICE = 8, 3                                       # one in eight, one in three
LAND_COUNTS = 0.25                                                      # the same Land outweighs a fifth more or fewer inhabitants
FARTHEST = 1.0                                                          # half to twice as many inhabitants
# Folded. One looks for “alle” and finds it, but it is no reason why two entries are alike.
EMPTY_WORDS = STOP_WORDS | {
    "about", "alle", "allem", "allen", "aller", "alles", "auch", "dabei", "dafur", "damit", "dann", "denn", "diesem", "diesen", "dieser",
    "dieses", "doch", "dort", "eigene", "eigenen", "etwa", "euch", "from", "ganz", "gegen", "habe", "haben", "have", "hier", "ihre",
    "ihrem", "ihren", "ihrer", "immer", "jede", "jedem", "jeden", "jeder", "jedes", "kann", "keine", "keinen", "konnen", "mehr", "more",
    "muss", "ohne", "sehr", "sein", "seine", "seinen", "selbst", "sowie", "statt", "that", "their", "this", "unser", "unsere", "unserem",
    "unseren", "unserer", "viel", "viele", "vielen", "weil", "wenn", "werden", "wieder", "wurde", "wurden", "würde", "würden",
    "your", "zwischen",
}
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
    view = catalogue.view
    own = view.number(entry["code"]) if view else None
    if view is None or own is None:
        return []
    scores = np.zeros(view.index.size)
    telling_words: dict[str, int] = {}                                  # those that tell something: how many entries have them
    most = max(2, min(view.total // COMMON_WORD, MOST_ALIKE))
    for stem in sorted(_stems(entry)):
        having = view.having(stem, most)
        if _count(scores, having, most):
            telling_words[stem] = len(having)
    telling = []
    for name, choice in _choices(catalogue, entry):
        having = view.numbers(view.chosen(name, [choice]) & view.open_bits)
        if _count(scores, having, max(2, min(view.total // COMMON_CHOICE, MOST_ALIKE))):
            telling.append((name, choice))
    scores[own] = 0
    return [_with_reasons(catalogue, view.entry(number), telling_words, telling) for number in _best(scores, limit)]


def _count(scores: Array, having: Array, most: int) -> bool:
    """The rarer something is among the entries, the more it brings those together that have it; False where it is too common."""
    if not 1 < len(having) <= most:
        return False
    scores[having] += 1 / len(having)
    return True


def _best(scores: Array, limit: int) -> list[int]:
    """The entries with the highest scores, of equal ones the first; none that has no score."""
    found = np.flatnonzero(scores)
    rounded = np.round(scores[found], 9)                                # added up in another order they are still equal
    if len(found) > limit:
        near = rounded >= np.partition(rounded, -limit)[-limit]
        found, rounded = found[near], rounded[near]
    return found[np.lexsort((found, -rounded))][:limit].tolist()


def _text(entry: Entry) -> str:
    return " ".join([entry["title"], *entry["projects"], entry.get("abstract", "")])


def _stems(entry: Entry) -> set[str]:
    return {terms(word)[0] for word in words(_text(entry)) if len(word) > 3 and word not in EMPTY_WORDS}


def _answer(entry: Entry, question: str) -> list[str]:
    given = (entry.get("answers") or {}).get(question)
    return sorted(given) if isinstance(given, list) else [str(given)] if given else []


def _choices(catalogue: Catalogue, entry: Entry) -> list[tuple[str, str]]:
    """(question, choice) of the entry; choices such as "none of these" bring nobody together."""
    if catalogue.edition is None or not catalogue.questions:
        return []
    empty = {(one["question"], code) for one in codebook_of(catalogue.edition) for code in one.get("no_answer", ())}
    found = [(question["name"], choice) for question in catalogue.questions for choice in _answer(entry, question["name"])]
    return [one for one in found if one not in empty]


def _with_reasons(catalogue: Catalogue, other: Entry, telling_words: dict[str, int], telling: list[tuple[str, str]]) -> Neighbour:
    shared = sorted(_stems(other) & telling_words.keys(), key=lambda stem: (telling_words[stem], stem))
    found = Neighbour(other, words=_as_written(other, shared[:MOST_WORDS]))
    labels = {question["name"]: (question["label"], question["choices"]) for question in catalogue.questions}
    for name, choice in telling:
        if choice in _answer(other, name):
            label, names = labels[name]
            found.choices.setdefault(label, []).append(names.get(choice, choice))
    return found


def _as_written(entry: Entry, stems: list[str]) -> list[str]:
    """The stems as words that stand in the entry."""
    written: dict[str, str] = {}
    for word in _WORD.findall(_text(entry)):
        folded = fold_word(word)
        if folded not in EMPTY_WORDS:
            written.setdefault(terms(folded)[0], word)
    return [written[stem] for stem in stems if stem in written]


def like_this(catalogue: Catalogue, entry: Entry, limit: int = MOST) -> list[Neighbour]:
    """Entries of municipalities of the same legal status with half to twice as many inhabitants: the nearest, those of the same Land before."""
    population, status, view = entry.get("population"), entry.get("legal_status"), catalogue.view
    if not population or not status or view is None:
        return []
    numbers = view.numbers(view.open_bits)
    inhabitants = view.index.arrays["population"][numbers].astype(np.float64)
    numbers, inhabitants = numbers[inhabitants > 0], inhabitants[inhabitants > 0]
    apart = np.abs(np.log2(inhabitants / population))
    near = apart <= FARTHEST
    numbers, apart = numbers[near], apart[near]
    if entry["land"]:
        here = view.numbers(view.chosen("land", [entry["land"]]) & view.open_bits)
        apart = apart - np.where(np.isin(numbers, here), LAND_COUNTS, 0)
    found = []
    for number in numbers[np.lexsort((numbers, apart))[:MOST_READ]].tolist():
        one = view.entry(number)
        # The same municipality is no other one.
        if one["code"] != entry["code"] and one.get("legal_status") == status and not (entry.get("key") and one.get("key") == entry["key"]):
            found.append(Neighbour(one, land=land_name(one["land"]) if one["land"] and one["land"] == entry["land"] else ""))
            if len(found) == limit:
                break
    return found
