"""When are two entries of a competition perhaps one, sent twice through different doors? The measure, and finding what it fits.

Two entries of one round are pointed out when
* the same body applies (same municipality, or the same name but for idle words) and the titles share at least 0.6 of their letters in
  threes (twice those in common, divided by all), or
* their long texts share at least half of a sketch: of all runs of five words the 16 with the smallest hashes. A third or more of all
  runs are then the same, as when a letter was typed in again with some slips; texts below 25 words are not compared.

The sketch is a row per number, written when an entry is handed in, so that the database finds texts alike by an index and nobody compares
each with each: see docs/architecture.md for what it costs. Whether two are one, only a person says.
"""

import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from django.db.models import Count, Q

from lorbeer.call.models import Competition
from lorbeer.entries.models import Entry, State
from lorbeer.intake.models import Merger, TextMark
from lorbeer.questionnaire.definition import Type
from lorbeer.questionnaire.frozen import Document

RUN = 5                                                                 # words
SKETCH = 16                                                             # numbers
LEAST_WORDS = 25
ALIKE_TEXT = 0.5
ALIKE_TITLE = 0.6
COMPARED = (State.SUBMITTED, State.ADMITTED)
MOST_OF_ONE_BODY = 100                                                  # entries whose titles are compared with each other
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


def sketch(document: Document) -> list[int]:
    """Up to 16 numbers that stand for the long texts of an entry; none where they are short."""
    texts = (document.text(name, place) for (name, place), value in document.answers.items()
             if isinstance(value, str) and document.form.question(name).type == Type.LONG_TEXT)
    words = _WORD.findall(" ".join(texts).casefold())
    if len(words) < LEAST_WORDS:
        return []
    runs = {zlib.crc32(" ".join(words[place:place + RUN]).encode()) for place in range(len(words) - RUN + 1)}
    return sorted(runs)[:SKETCH]


def title_share(one: str, other: str) -> float:
    """Dice's coefficient of the letters in threes, from 0 to 1."""
    first, second = _threes(one), _threes(other)
    return 2 * len(first & second) / (len(first) + len(second)) if first and second else 0.0


def _threes(title: str) -> set[str]:
    text = f" {' '.join(_WORD.findall(title.casefold()))} "
    return {text[place:place + 3] for place in range(len(text) - 2)} if text.strip() else set()


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


def duplicates(competition: Competition) -> list[tuple[Entry, Entry, Likeness]]:
    """Pairs of entries that may be one and about which nobody has said anything, the likest first; a few queries in all.

    One of the two may be admitted already: letters with a timely postmark arrive while the check is under way.
    """
    shared = _shared_marks(competition)
    alike = {pair for pair, number in shared.items() if number >= ALIKE_TEXT * SKETCH}
    there = Entry.objects.filter(competition=competition, state__in=COMPARED).order_by()
    twice = [there.exclude(**{name: empty}).values(name).annotate(number=Count("pk")).filter(number__gt=1).values(name)
             for name, empty in (("municipality", None), ("applicant_key", ""))]
    rows = {entry.pk: entry for entry in there.filter(
        Q(municipality__in=twice[0]) | Q(applicant_key__in=twice[1]) | Q(pk__in={pk for pair in alike for pk in pair}))}
    pairs = {pair for pair in alike if rows.keys() >= set(pair)} | set(_of_one_body(rows.values()))
    settled = {frozenset(pair) for pair in Merger.objects.filter(entry__competition=competition, undone_at=None).values_list("entry", "other")}
    found = []
    for pair in pairs:
        one, other = (rows[pk] for pk in pair)
        measure = likeness(one, other, shared.get(pair, 0))
        is_open = State.SUBMITTED in (one.state, other.state) and frozenset(pair) not in settled
        if is_open and measure.is_suspicious and one.round == other.round:
            found.append((one, other, measure))
    return sorted(found, key=lambda row: (-row[2].text, -row[2].title, row[0].pk, row[1].pk))


def duplicates_of(entry: Entry) -> list[Entry]:
    """The entries that may be the same as this one; two queries for finding them."""
    own = list(entry.text_marks.values_list("value", flat=True))
    alike = TextMark.objects.filter(competition_id=entry.competition_id, value__in=own).exclude(entry=entry).values("entry").annotate(
        shared=Count("pk")).filter(shared__gte=ALIKE_TEXT * SKETCH)
    body = Q(applicant_key=entry.applicant_key) if entry.applicant_key else Q(pk=None)
    if entry.municipality_id:
        body |= Q(municipality=entry.municipality_id)
    rows = Entry.objects.filter(competition=entry.competition_id, round=entry.round, state__in=COMPARED).exclude(pk=entry.pk).filter(
        body | Q(pk__in=[row["entry"] for row in alike]))
    return [other for other in rows[:MOST_OF_ONE_BODY]
            if State.SUBMITTED in (entry.state, other.state) and likeness(entry, other).is_suspicious]


def _shared_marks(competition: Competition) -> Counter[tuple[int, int]]:
    """(entry, entry) → how many numbers of their sketches they share, for those that share any."""
    holders = defaultdict(list)
    marks = TextMark.objects.filter(competition=competition).order_by()
    several = marks.values("value").annotate(number=Count("pk")).filter(number__gt=1, number__lte=MOST_OF_ONE_BODY)
    for entry, value in marks.filter(value__in=several.values("value")).values_list("entry", "value"):
        holders[value].append(entry)
    return Counter(pair for entries in holders.values() for pair in combinations(sorted(entries), 2))


def _of_one_body(entries: Iterable[Entry]) -> Iterator[tuple[int, int]]:
    by_body: dict[object, set[int]] = defaultdict(set)
    for entry in entries:
        if entry.municipality_id:
            by_body[entry.municipality_id].add(entry.pk)
        if entry.applicant_key:
            by_body[entry.applicant_key].add(entry.pk)
    for several in by_body.values():
        if 1 < len(several) <= MOST_OF_ONE_BODY:
            yield from combinations(sorted(several), 2)


def remember(entry: Entry, document: Document) -> None:
    """Keep the sketch of what is handed in, in place of the one before."""
    TextMark.objects.filter(entry=entry).delete()
    TextMark.objects.bulk_create(
        TextMark(competition_id=entry.competition_id, entry=entry, value=value) for value in sketch(document))
