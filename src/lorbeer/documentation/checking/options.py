"""The one option of a table, or the one group, that a clause names beside its number: “Kirchen wirken in 81 Beiträgen mit”.

What is named so plainly is meant, whatever other cell has that number by chance.
"""

import re

from lorbeer.documentation.checking.claims import is_difference
from lorbeer.documentation.checking.context import Context
from lorbeer.documentation.checking.facts import Fact, Knowledge, terms
from lorbeer.documentation.checking.mentions import Mention
from lorbeer.documentation.checking.places import AND, LONGEST_NOUN, NO_WORD, SMALL_COUNT, Place, place_of
from lorbeer.documentation.checking.series import Item, Series, distinct, most_spoken_of, series_of
from lorbeer.documentation.checking.vocabulary import ELSEWHERE, PART_OF, SUMS_UP, TAKING_PART, TOGETHER_BEFORE

OPENED = re.compile(r"\([\s\u00a0]*\Z")
MENTIONED = re.compile(r"[\s\u00a0]*(?:Nennungen|Beiträge|Mal|mentions|entries|times)?[\s\u00a0]*[),;]")
BRACKET_REACH = 35                                                      # characters before a bracket in which its thing is named
BESIDE = re.compile(r"(?P<words>(?:[\w-]+[\s\u00a0]+){0,2}[\w-]+)[\s\u00a0]*[:(]?[\s\u00a0]*\Z")
RELATIVE = re.compile(r"[\s\u00a0]*(?:die|der|das|den|dem|denen|who|which|whom)\b")
ONLY = re.compile(r"\b(?:nur|lediglich|only|just)[\s\u00a0]+\Z")
COUNTED = ("count", "percent", "share")
SPOKEN_OF = 0.3                                                         # of what the table is about
SEVERAL = 3                                                             # options of one table in a sentence: then it speaks of that table


def option_meant(mention: Mention, context: Context, known: Knowledge, numbers: list[Mention]) -> Fact | None:
    """The cell of the one option that the clause of the number names, in a sentence that says that options were chosen."""
    place = place_of(mention, context)
    if mention.kind not in COUNTED or mention.number is None or mention.whole or mention.modifier and mention.kind != "share":
        return None
    if mention.kind == "count" and context.unit_of(mention) not in ("", "entries") or mention.places and mention.kind == "count":
        return None
    if is_difference(mention, context.text) or ELSEWHERE.search(place.sentence) or SUMS_UP.search(place.sentence):
        return None
    if TOGETHER_BEFORE.search(place.before) or NO_WORD.search(place.clause) or PART_OF.search(
            ONLY.sub("", place.before[-24:])) or PART_OF.search(place.after[:24]):
        return None
    first, last = context.span_of(context.sentence_at(mention.start))
    if any(series.topic in ("numbers.groups", "numbers.land") and series.named_in(context, first, last) for series in series_of(known)):
        return None                                                     # of a part of all
    found = [(series, item) for series in series_of(known) if series.rows == "options" and (item := _one(series, place, context, numbers))]
    if len(found) > 1:
        tables = context.tables_of(mention)
        meant = most_spoken_of([series for series, _item in found if series.topic in tables], context)
        found = [pair for pair in found if pair[0] in meant]
    if len(found) != 1:
        return None
    series, item = found[0]
    hits = series.named_in(context, first, last)
    several = len(distinct(hits))
    if several < 2 and any(other.rows == "options" and other.topic != series.topic and {place for place, _item in other.named_in(
            context, first, last)} - {place for place, _item in hits} for other in series_of(known)):
        return None                                                     # the sentence speaks of another table as well
    is_beside = OPENED.search(context.text, 0, mention.start) and (mention.number > SMALL_COUNT or mention.places > 0) and (
        mention.kind != "count" or MENTIONED.match(context.text, mention.end))
    is_told = several >= SEVERAL or TAKING_PART.search(place.sentence) or context.about(item.fact("count").about, mention) >= SPOKEN_OF
    if not is_beside and not is_told:
        return None
    return item.count if mention.kind == "count" else item.percent


def is_right_before(option: Fact, mention: Mention, context: Context) -> bool:
    """Whether the option is the last that is named before the number, with nothing between: “Bundesmittel 38 Nennungen”, “Kirchen: 81”."""
    match = BESIDE.search(context.text, max(0, mention.start - LONGEST_NOUN), mention.start)
    said = terms(match["words"]) if match else frozenset()
    last = terms(match["words"].split()[-1]) if match else frozenset()
    return any(name <= said and name & last for name in option.aspects[0].names)


def _one(series: Series, place: Place, context: Context, numbers: list[Mention]) -> Item | None:
    """The item before the bracket that the number stands in, or the only one in a clause whose only number this is."""
    mention = place.mention
    start, end = mention.start - len(place.before), mention.end + len(place.after)
    if OPENED.search(context.text, start - 1 if start else 0, mention.start):
        first = context.span_of(context.sentence_at(mention.start))[0]
        bracket = context.text.rindex("(", 0, mention.start)
        clause = max(first, *(context.text.rfind(mark, 0, bracket) for mark in ",;:)"))
        named = series.named_in(context, clause, bracket)
        near = [item for place, item in named if bracket - place <= BRACKET_REACH]
        return near[-1] if near else named[0][1] if len(distinct(named)) == 1 else None
    pieces = [start, *(match.end() for match in AND.finditer(context.text, start, end)), end]
    counted = [number for number in numbers if start <= number.start < end and number.kind in COUNTED]
    if len(counted) > 1:                                                # “Kirchen 81 und Sportvereine 67”
        start, end = max(one for one in pieces if one <= mention.start), min(one for one in pieces if one > mention.start)
        counted = [number for number in counted if start <= number.start < end]
    items = distinct(series.named_in(context, start, end))
    if not items and len(counted) == 1 and RELATIVE.match(place.clause) and context.text[:start].endswith(","):
        begun = max(context.text.rfind(mark, 0, start - 1) for mark in ",;:.") + 1          # “die Integrationsbeauftragten, die 113 nennen”
        items = distinct(series.named_in(context, begun, start)) if not any(begun <= number < start for number in context.numbers) else []
    return items[0] if len(items) == 1 and len(counted) == 1 and not re.search(r"\b(?:je|jeweils|each)\b", context.text[start:end]) else None
