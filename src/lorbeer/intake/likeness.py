"""When are two entries of a competition perhaps one, sent twice through different doors? The measure, and finding what it fits.

Two entries of one round are pointed out when
* the same body applies (same municipality, or the same name but for idle words) and the titles share at least 0.6 of their letters in
  threes (twice those in common, divided by all), or
* their long texts share at least half of a sketch: of all runs of five words the 16 with the smallest hashes. A third or more of all
  runs are then the same, as when a letter was typed in again with some slips; texts below 25 words are not compared.

Titles of one body are not compared each with each: see alike_titles.py. After MOST_COMPARISONS the page names the bodies left out.
The sketch is a row per number, written when an entry is handed in, so that the database finds texts alike by an index and nobody compares
each with each: see docs/architecture.md for what it costs. Whether two are one, only a person says.
"""

import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations, islice

from django.db.models import Count, Q

from lorbeer.call.models import Competition
from lorbeer.entries.models import Entry, State
from lorbeer.intake.alike_titles import alike, share, threes
from lorbeer.intake.models import Merger, TextMark
from lorbeer.questionnaire.definition import Type
from lorbeer.questionnaire.frozen import Document

RUN = 5                                                                 # words
SKETCH = 16                                                             # numbers
LEAST_WORDS = 25
ALIKE_TEXT = 0.5
ALIKE_TITLE = 0.6
COMPARED = (State.SUBMITTED, State.ADMITTED)
MOST_COMPARISONS = 100_000                                              # of titles of one body, in a competition: a quarter of a second
MOST_HOLDERS = 100                                                      # entries that share a passage, until it is taken for a template
MOST_NAMED = 100                                                        # entries that are named beside the one that they are like
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Likeness:
    """How alike two entries are, in shares from 0 to 1."""

    same_body: bool
    title: float
    text: float

    @property
    def is_suspicious(self) -> bool:
        return (self.same_body and self.title >= ALIKE_TITLE) or self.text >= ALIKE_TEXT


def _words(document: Document) -> list[str]:
    texts = (document.text(name, place) for (name, place), value in document.answers.items()
             if isinstance(value, str) and document.form.question(name).type == Type.LONG_TEXT)
    return _WORD.findall(" ".join(texts).casefold())


def sketch(document: Document) -> list[int]:
    """Up to 16 numbers that stand for the long texts of an entry; none where they are short."""
    words = _words(document)
    if len(words) < LEAST_WORDS:
        return []
    runs = {zlib.crc32(" ".join(words[place:place + RUN]).encode()) for place in range(len(words) - RUN + 1)}
    return sorted(runs)[:SKETCH]


def text_share(one: Document, other: Document) -> float | None:
    """How alike the long texts of two entries are, word by word: for texts too short for a sketch. None where neither has any."""
    words, others = (_words(document)[:20 * LEAST_WORDS] for document in (one, other))
    return SequenceMatcher(None, words, others, autojunk=False).ratio() if words or others else None


def too_short(entries: Collection[Entry]) -> set[int]:
    """The entries whose texts are too short for a sketch, by id; one query."""
    asked = {entry.pk for entry in entries}
    return asked - set(TextMark.objects.filter(entry__in={0, *asked}).order_by().values_list("entry", flat=True))    # 0: also for none


def title_share(one: str, other: str) -> float:
    """Dice's coefficient of the letters in threes, from 0 to 1."""
    return share(threes(one), threes(other))


def is_same_body(one: Entry, other: Entry) -> bool:
    if one.municipality_id is not None and one.municipality_id == other.municipality_id:
        return True
    return bool(one.applicant_key) and one.applicant_key == other.applicant_key


def likeness(one: Entry, other: Entry, shared: int | None = None) -> Likeness:
    """`shared`: how many numbers of their sketches they have in common, else looked up."""
    if shared is None:
        own = set(one.text_marks.values_list("value", flat=True))
        shared = len(own & set(other.text_marks.values_list("value", flat=True)))
    return Likeness(is_same_body(one, other), title_share(one.title, other.title), shared / SKETCH)


@dataclass(frozen=True)
class Comparison:
    """`pairs`: (entry, other, measure), the likest first. `left_out`: (applicant, entries) of bodies whose titles were not all compared."""

    pairs: list[tuple[Entry, Entry, Likeness]]
    left_out: list[tuple[str, int]]


def duplicates(competition: Competition) -> list[tuple[Entry, Entry, Likeness]]:
    """The pairs of `compare`."""
    return compare(competition).pairs


def compare(competition: Competition) -> Comparison:
    """Pairs of entries that may be one and about which nobody has said anything; a few queries in all, and MOST_COMPARISONS titles.

    One of the two may be admitted already: letters with a timely postmark arrive while the check is under way.
    """
    shared = _shared_marks(competition)
    alike_texts = {pair for pair, number in shared.items() if number >= ALIKE_TEXT * SKETCH}
    there = Entry.objects.filter(competition=competition, state__in=COMPARED).order_by()
    twice = [there.exclude(**{name: empty}).values(name).annotate(number=Count("pk")).filter(number__gt=1).values(name)
             for name, empty in (("municipality", None), ("applicant_key", ""))]
    rows = {entry.pk: entry for entry in there.filter(
        Q(municipality__in=twice[0]) | Q(applicant_key__in=twice[1]) | Q(pk__in={pk for pair in alike_texts for pk in pair}))}
    of_bodies, left_out = _of_one_body(list(rows.values()))
    pairs = {pair for pair in alike_texts if rows.keys() >= set(pair)} | of_bodies
    settled = {frozenset(pair) for pair in Merger.objects.filter(entry__competition=competition, undone_at=None).values_list("entry", "other")}
    found = []
    for pair in pairs:
        one, other = (rows[pk] for pk in pair)
        measure = likeness(one, other, shared.get(pair, 0))
        is_open = State.SUBMITTED in (one.state, other.state) and frozenset(pair) not in settled
        if is_open and measure.is_suspicious and one.round == other.round:
            found.append((one, other, measure))
    return Comparison(sorted(found, key=lambda row: (-row[2].text, -row[2].title, row[0].pk, row[1].pk)), left_out)


def duplicates_of(entry: Entry) -> list[Entry]:
    """The entries that may be the same as this one, at most MOST_NAMED; three queries."""
    own = list(entry.text_marks.values_list("value", flat=True))
    alike_texts = TextMark.objects.filter(competition_id=entry.competition_id, value__in=own).exclude(entry=entry).values("entry").annotate(
        shared=Count("pk")).filter(shared__gte=ALIKE_TEXT * SKETCH)
    body = Q(applicant_key=entry.applicant_key) if entry.applicant_key else Q(pk=None)
    if entry.municipality_id:
        body |= Q(municipality=entry.municipality_id)
    shared = {row["entry"]: row["shared"] for row in alike_texts}
    rows = Entry.objects.filter(competition=entry.competition_id, round=entry.round, state__in=COMPARED).exclude(pk=entry.pk).filter(
        body | Q(pk__in=shared))
    found = (other for other in rows if State.SUBMITTED in (entry.state, other.state)
             and likeness(entry, other, shared.get(other.pk, 0)).is_suspicious)
    return list(islice(found, MOST_NAMED))


def _shared_marks(competition: Competition) -> Counter[tuple[int, int]]:
    """(entry, entry) → how many numbers of their sketches they share, for those that share any."""
    holders = defaultdict(list)
    marks = TextMark.objects.filter(competition=competition).order_by()
    several = marks.values("value").annotate(number=Count("pk")).filter(number__gt=1, number__lte=MOST_HOLDERS)
    for entry, value in marks.filter(value__in=several.values("value")).values_list("entry", "value"):
        holders[value].append(entry)
    return Counter(pair for entries in holders.values() for pair in combinations(sorted(entries), 2))


def _of_one_body(entries: Collection[Entry]) -> tuple[set[tuple[int, int]], list[tuple[str, int]]]:
    """Pairs of one body and one round whose titles are alike; and of bodies that were not compared to the end, their name and number."""
    by_body: dict[object, dict[int, Entry]] = defaultdict(dict)
    for entry in entries:
        if entry.municipality_id:
            by_body[entry.municipality_id, entry.round][entry.pk] = entry
        if entry.applicant_key:
            by_body[entry.applicant_key, entry.round][entry.pk] = entry
    pairs, left_out, left = set(), [], MOST_COMPARISONS
    titles = {entry.pk: threes(entry.title) for entry in entries}
    groups = {frozenset(several): several for several in by_body.values() if len(several) > 1}
    for several in sorted(groups.values(), key=len):                    # so that a large one is given up, not many small ones
        found, compared = alike({pk: titles[pk] for pk in several}, ALIKE_TITLE, left)
        pairs.update(found)
        if compared > left:
            left_out.append((next(iter(several.values())).applicant, len(several)))
        left = max(0, left - compared)
    return pairs, left_out


def common_passages(competition: Competition) -> int:
    """How many passages stand in so many entries that they tell nothing, such as those of a template; they are not compared."""
    return TextMark.objects.filter(competition=competition).order_by().values("value").annotate(number=Count("pk")).filter(
        number__gt=MOST_HOLDERS).count()


def remember(entry: Entry, document: Document) -> None:
    """Keep the sketch of what is handed in, in place of the one before."""
    TextMark.objects.filter(entry=entry).delete()
    TextMark.objects.bulk_create(
        TextMark(competition_id=entry.competition_id, entry=entry, value=value) for value in sketch(document))
