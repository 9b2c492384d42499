"""What can be compared with each other: the options of a table, the groups in one of its columns, its answers, the Länder.

A series is told by the words of its items: “häufiger als Sportvereine” compares the options of the table that has sports clubs.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from lorbeer.documentation.checking.context import Context
from lorbeer.documentation.checking.facts import Fact, Knowledge, Names, stem, terms
from lorbeer.documentation.checking.mentions import Mention
from lorbeer.documentation.checking.places import NO_WORD
from lorbeer.documentation.checking.vocabulary import ENTRY_WORDS, NEGATIONS, NO_ANSWER, PARTAKEN, PRIZE_WORDS, WON_SAID
from lorbeer.documentation.dataset import said

BESIDE = ("numbers.groups", "awards.groups", "numbers.land", "awards.land")
BELONGS = re.compile(r"\b(?:belong\w*[\s\u00a0]to|within|part[\s\u00a0]of|innerhalb)[\s\u00a0]+(?:a|the|eines|des)[\s\u00a0]+\Z", re.I)
SEVERAL = 2                                                             # options of one table: then a paragraph speaks of that table
FROM = re.compile(r"\b(?:Beiträge|Bewerbungen|entries|applications)\b[^.;]*\b(?:aus|von|from)\b")
ONE_NAME = 40                                                           # characters within which the words of one name stand


@dataclass(frozen=True)
class Item:
    """One of a series: how many, and what share."""

    key: str
    label: str
    names: Names
    words: frozenset[str]                                               # of its whole label
    count: Fact | None
    percent: Fact | None

    def value(self, measure: str) -> Decimal | None:
        """Its `count`, or its `percent` before it was rounded."""
        if measure == "count":
            return self.count.number if self.count else None
        return (self.percent.exact or self.percent.number) if self.percent else None

    def fact(self, measure: str) -> Fact:
        fact = self.percent if measure == "percent" else self.count
        assert fact is not None
        return fact


@dataclass(frozen=True, eq=False)
class Series:
    """`topic` is a table's code or one of BESIDE, `column` the answer that is compared; `whole` is what all items are of."""

    topic: str
    column: str
    is_yes: bool
    answer: Names
    items: tuple[Item, ...]
    whole: Item | None = None
    rows: str = "options"                                               # options, groups, answers, lands
    unnamed: tuple[Decimal, ...] = ()                                   # how many rows count that no text can name: “Weitere”

    def place_of(self, item: Item, measure: str) -> tuple[int, int] | None:
        """The first and the last place that the item has; they differ where others have as much, or an unnamed row more."""
        mine = item.value(measure)
        if mine is None:
            return None
        values = [value for one in self.items if (value := one.value(measure)) is not None]
        better = sum(value > mine for value in values)
        return better + 1, better + values.count(mine) + sum(more > mine for more in self.unnamed)

    def named_in(self, context: Context, start: int, end: int) -> list[tuple[int, Item]]:
        """The items that a stretch of the paragraph names, each with its place, in their order."""
        key = (self.topic, self.column, start, end)
        if key not in context.named:
            context.named[key] = self._named_in(context, start, end)
        return context.named[key]

    def _named_in(self, context: Context, start: int, end: int) -> list[tuple[int, Item]]:
        hits: list[tuple[int, Item, frozenset[str]]] = []
        for item in self.items:
            hits += [(place, item, name) for name in item.names for place in _places(name, context, start, end)
                     if not _is_cut(item) or terms(context.text[max(0, place - ONE_NAME):place + ONE_NAME]) & (item.words - name)]
        found: dict[int, Item] = {}
        for place, item, name in sorted(hits, key=lambda hit: (hit[0], -len(hit[1].words))):
            longer = [other for at, other, its_name in hits if other is not item and abs(at - place) <= ONE_NAME and (
                name < its_name or item.words < other.words and all(
                    _places(frozenset({word}), context, min(at, place) - 1, max(at, place) + ONE_NAME) for word in other.words))]
            if not longer:                                              # “junge Erwachsene” are not “Erwachsene”, nor is Sachsen-Anhalt Sachsen
                found.setdefault(place, item)
        return sorted(found.items())


def _is_cut(item: Item) -> bool:
    """Whether its name is but one word of several, as in English: “neighbourhood” of “neighbourhood associations” names centres as well."""
    return said("de", "en") == "en" and len(item.names) == 1 and len(item.names[0]) == 1 < len(item.words)


def _places(name: frozenset[str], context: Context, start: int, end: int) -> list[int]:
    """Where all words of a name stand together; a word that is a table's own names nothing else by its parts."""
    heard = [[word.start for word, share in context.here.get(term, ()) if start <= word.start < end
              and (term == word.stem or share >= 0.5 and not term.endswith(word.stem) and word.stem not in context.weights.tables)]
             for term in name]
    if not heard or not all(heard):
        return []
    return [place for place in heard[0] if all(any(abs(place - other) <= ONE_NAME for other in others) for others in heard[1:])
            and not BELONGS.search(context.text, max(0, place - ONE_NAME), place)]


def series_of(known: Knowledge) -> list[Series]:
    """All series of an edition; made when first asked for."""
    if not known.series:
        known.series = [replace(series, items=tuple(_with_own_names(item, series) for item in series.items))
                        if series.rows == "options" else series for series in _series(known) if len(series.items) > 1]
    return known.series


def _with_own_names(item: Item, series: Series) -> Item:
    """An item without those of its names that are words of another as well, if it has others."""
    own = tuple(name for name in item.names if not any(name <= other.words for other in series.items if other is not item))
    return replace(item, names=own or item.names)


def _series(known: Knowledge) -> Iterator[Series]:
    facts = {fact.path: fact for fact in known.facts}
    for table in known.tables.values():
        code = table["code"]
        rows = [row for row in table["rows"] if not row.get("is_total")]
        cells = {(row["code"], column["code"]): _item(
            row["code"], str(row["label"]), facts.get(f"{code}.{row['code']}.{column['code']}"), facts)
            for row in table["rows"] for column in table["columns"]}
        total = next((row["code"] for row in table["rows"] if row.get("is_total")), None)
        for column in table["columns"]:
            items = tuple(item for row in rows if (item := cells[row["code"], column["code"]]) is not None)
            answer = next((item.count.aspects[-1] for item in items
                           if item.count and item.count.aspects[-1].rivals.startswith("answer:")), None)
            kind = "options" if answer is None else "groups"
            yield Series(code, column["code"], answer is not None and not answer.names, answer.names if answer else (), items,
                         cells.get((total, column["code"])) if total else None, kind, _unnamed(rows, column["code"], cells))
        if total and len(table["columns"]) > 1:
            answers = (_item(column["code"], str(column["label"]), facts.get(f"{code}.{total}.{column['code']}"), facts, aspect=-1)
                       for column in table["columns"])
            yield Series(code, "", False, (), tuple(item for item in answers if item is not None), None, "answers")
    for topic in BESIDE:
        found = [fact for path, fact in facts.items() if path.startswith(f"{topic}.") and "." not in path.removeprefix(f"{topic}.")]
        items = tuple(item for fact in found if (item := _item(fact.aspects[0].key, fact.label, fact, facts)) is not None)
        yield Series(topic, "", True, (), items, None, "lands" if topic.endswith("land") else "groups")


def _unnamed(rows: list[dict], column: str, cells: dict[tuple[str, str], Item | None]) -> tuple[Decimal, ...]:
    return tuple(Decimal(count) for row in rows if cells[row["code"], column] is None
                 if (count := (row["cells"].get(column) or {}).get("count")) is not None)


def _item(key: str, label: str, fact: Fact | None, facts: dict[str, Fact], *, aspect: int = 0) -> Item | None:
    if fact is None or not fact.aspects:
        return None
    return Item(key, label, fact.aspects[aspect].names, terms(label), fact, facts.get(f"{fact.path}.percent"))


def series_meant(claim: Mention, sentence: str, clause: str, context: Context, known: Knowledge) -> list[Series]:
    """The series that a sentence may compare, by what it speaks of. Of the groups in a table the column is meant that it names, or Yes."""
    here, tables = set(context.spoken_here(claim)), context.tables_in_clause(claim, context.span_of(context.sentence_at(claim.start)))
    is_entered, is_won = bool(ENTRY_WORDS.search(sentence)), bool(PRIZE_WORDS.search(sentence) or WON_SAID.search(sentence))
    is_of_all = not tables & here and (is_won and not is_entered or is_entered and bool(PARTAKEN.search(sentence) or FROM.search(sentence)))
    found = []
    for series in series_of(known):
        if series.topic in BESIDE:
            of_awards = series.topic.startswith("awards")
            is_meant = is_won and not is_entered if of_awards else is_entered or not is_won
            if is_meant and (series.rows == "lands" or not tables or is_of_all):
                found.append(series)
        elif series.rows == "groups":
            if series.topic in tables and not is_of_all and _is_column(series, context, claim, clause, known):
                found.append(series)
        elif series.topic in tables or not tables and series.rows == "options" and len(
                distinct(series.named_in(context, 0, len(context.text)))) >= SEVERAL:
            found.append(series)
    return found


def _is_column(series: Series, context: Context, claim: Mention, clause: str, known: Knowledge) -> bool:
    """Whether this is the column that the sentence speaks of."""
    spoken = terms(clause)
    sentence = terms(context.text[slice(*context.span_of(context.sentence_at(claim.start)))])
    mine = [one for one in series_of(known) if one.topic == series.topic and one.rows == "groups"]
    idle = frozenset(map(stem, NEGATIONS | NO_ANSWER))
    for words in (spoken, sentence):
        named = [one for one in mine if any(name and name <= words and not name <= idle for name in one.answer)]
        if named:
            return series in named
    return any(name <= frozenset(map(stem, NEGATIONS)) for name in series.answer) if NO_WORD.search(clause) else series.is_yes


def most_spoken_of(found: list[Series], context: Context) -> list[Series]:
    """Of several tables with options those of which the paragraph names most: “Jugend” is an office here, and a target group there."""
    named = {series: len(distinct(series.named_in(context, 0, len(context.text)))) for series in found if series.rows == "options"}
    return [series for series in found if series not in named or named[series] == max(named.values())]


def distinct(hits: Iterable[tuple[int, Item]]) -> list[Item]:
    """The items, each once, in the order in which they are named."""
    return list({item.key: item for _place, item in hits}.values())
