"""What those are together that a text names: in the sentence of the number, or the one before it (“zusammen sind das 59”)."""

import re
from dataclasses import replace
from decimal import Decimal
from itertools import combinations

from lorbeer.documentation.checking.context import Context
from lorbeer.documentation.checking.facts import WORD, Fact, Knowledge, terms
from lorbeer.documentation.checking.mentions import Mention
from lorbeer.documentation.checking.places import Place, by_path, groups_in, lands_in, place_of
from lorbeer.documentation.checking.vocabulary import (
    ELSEWHERE,
    ENTRY_WORDS,
    PARTAKEN,
    PRIZE_WORDS,
    REGIONS,
    SUMS_UP,
    TOGETHER,
    TOGETHER_BEFORE,
)
from lorbeer.documentation.dataset import number_text
from lorbeer.documentation.numerals import number_of

BACK_TO_LANDS = re.compile(r"\b(?:die|diese|the|these)[\s\u00a0]+(?P<many>[a-zäöüß]+)[\s\u00a0]+(?:Länder|Bundesländer|states)\b", re.I)


def sum_meant(mention: Mention, context: Context, known: Knowledge) -> Fact | None:
    """What those that the sentence names are together, where the number is said to be that: groups, Länder, or options of one table."""
    place = place_of(mention, context)
    if mention.kind == "count" and mention.whole is None and (region := _region(mention, place, context, known)):
        return region
    if mention.kind != "count" or mention.whole is not None or context.unit_of(mention) not in ("", "entries", "awards"):
        return None
    number = context.sentence_at(mention.start)
    sentence = context.text[context.span_of(number)[0]:mention.start]
    is_back = bool(SUMS_UP.search(place.before)) and number > 1
    if is_back and not _parts(sentence, place, context, known):
        sentence = context.sentence_before(mention)                      # “Zusammen sind das 59”: of those that were just named
    elif not (TOGETHER_BEFORE.search(place.before) and TOGETHER.search(place.before)):
        return None
    parts = _parts(place.before, place, context, known)                  # of its clause, else of its sentence
    parts = parts if len(parts) > 1 else _parts(sentence, place, context, known)
    if len(parts) < 2 or any(part.number is None for part in parts):
        return None
    total = sum((part.number or Decimal(0) for part in parts), Decimal(0))
    if is_back and mention.number != total and any(mention.number == sum((part.number or Decimal(0) for part in some), Decimal(0))
                                                   for size in range(2, len(parts)) for some in combinations(parts, size)):
        return None                                                     # of some of them
    return _together(parts)


def _region(mention: Mention, place: Place, context: Context, known: Knowledge) -> Fact | None:
    """What the Länder of a region are together: “die ostdeutschen Flächenländer mit elf Beiträgen”."""
    noun = WORD.search(context.text, mention.end)
    codes = next((codes for pattern, codes in REGIONS if pattern.search(place.clause)), ())
    is_other = mention.modifier or lands_in(place.clause, known) or ELSEWHERE.search(place.sentence) or not PARTAKEN.search(place.clause)
    if is_other or not codes or not noun or context.text[mention.end:noun.start()].strip():
        return None
    topic = "numbers" if ENTRY_WORDS.search(noun[0]) else "awards" if PRIZE_WORDS.search(noun[0]) else ""
    parts = [fact for code in codes if (fact := by_path(known).get(f"{topic}.land.{code}"))]
    return _together(parts) if len(parts) == len(codes) else None


def _together(parts: list[Fact]) -> Fact:
    total = sum((part.number or Decimal(0) for part in parts), Decimal(0))
    return replace(parts[0], path=" + ".join(part.path for part in parts), label=" + ".join(part.label for part in parts),
                   text=number_text(int(total)), number=total, exact=None)


def _parts(sentence: str, place: Place, context: Context, known: Knowledge) -> list[Fact]:
    """Those that a sentence names: Länder, or groups, or options of one table; how many entries each has, or prizes."""
    lands = lands_in(sentence, known)
    if not lands and (match := BACK_TO_LANDS.search(sentence)):         # “die fünf Länder”: those that were named before
        before = lands_in(context.text[:place.mention.start], known)
        lands = before if len(before) == number_of(match["many"]) else lands
    facts = by_path(known)
    won = PRIZE_WORDS.search(sentence) and not ENTRY_WORDS.search(place.sentence)
    parts = [facts[f"{'awards' if won else 'numbers'}.land.{land}"] for land in sorted(lands)]
    if not parts and not context.tables_of(place.mention):
        of_all = "awards.groups" if won else "numbers.groups"
        parts = [facts[path] for group in sorted(groups_in(sentence, known)) if (path := f"{of_all}.{group}") in facts]
    if not parts:
        spoken = terms(sentence)
        options: dict[str, list[Fact]] = {}
        for fact in known.facts:
            if fact.is_cell and fact.alone and fact.kind == "count" and any(name <= spoken for name in fact.aspects[0].names):
                options.setdefault(fact.topic, []).append(fact)
        parts = next(iter(options.values())) if len(options) == 1 else []
    return parts
