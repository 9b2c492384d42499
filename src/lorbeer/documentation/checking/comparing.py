"""What a text claims without a number of its own, held against the series that it speaks of: places, orders, ratios, differences.

It accuses only where the sentence names the things that are compared, and where every series that it may mean says otherwise.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from lorbeer.documentation.checking.claims import Claim
from lorbeer.documentation.checking.context import Context
from lorbeer.documentation.checking.facts import WORD, Fact, Knowledge, stem
from lorbeer.documentation.checking.mentions import Mention
from lorbeer.documentation.checking.places import AND, place_of
from lorbeer.documentation.checking.series import BESIDE, Item, Series, distinct, most_spoken_of, series_meant, series_of
from lorbeer.documentation.checking.vocabulary import (
    ELSEWHERE,
    ENTRY_WORDS,
    PRIZE_WORDS,
    REPRESENTED,
    SHARE_WORDS,
    TAKING_PART,
    TOGETHER,
    TOOK_PART,
    UNIT_OF,
)
from lorbeer.documentation.dataset import number_text, percent_text, said

LONGEST_STEP = 70                                                       # characters from “als” to what is compared, from a claim to its thing
# Between two things of a list; what is compared with all of them; to which part of them a sentence limits itself, and to which it does not.
LISTED = re.compile(r"[\w-]*[\s\u00a0]*(?:\w[\w-]*[\s\u00a0]*)?(?:\([^)]*\)[\s\u00a0]*)?(?:,|und|sowie|and)[\s\u00a0]+"
                    r"(?:(?:den|die|der|das|dem|the|aus|in|an|from|bei|nach|of|auf|mit)[\s\u00a0]+)*(?:[\w-]+[\s\u00a0]+)?\Z")
ON_AVERAGE = re.compile(r"[\s\u00a0]*(?:(?:im|der|dem|den|the|in|on)[\s\u00a0]+)?(?:Durchschnitt\w*|insgesamt|Mittel|average)\b")
SCOPE = re.compile(r"\b(?:[Uu]nter|[Vv]on|[Bb]ei|[Ii]nnerhalb)[\s\u00a0]+(?:den|der|allen)[\s\u00a0]+"
                   r"(?P<how>[a-zäöüß]+[\s\u00a0]+)?(?P<noun>[A-ZÄÖÜ][\w-]+)"
                   r"|\b(?:[Aa]mong|[Oo]f)[\s\u00a0]+(?:the|all)[\s\u00a0]+(?P<english>\w+)")
ANY = re.compile(r"(?:Partner\w*|Akteur\w*|Stellen?|Orten?|Zielgruppen?|Gruppen?|Länder\w*|Bundesländer\w*|Kommunen|Beitr\w+|Antworten|Quellen"
                 r"|Geldquellen|Befragten|Bewerbungen|Angebote\w*|partners|actors|places|groups|states|municipalities|entries|sources)\Z")
APART_FROM = re.compile(r"\b(?:abgesehen von|außer|neben|nach (?:den|dem|der)|apart from|except|besides|after)\b", re.I)
# How far a ratio may be from what it is called, and from where on it contradicts: without a word, and on the side of “fast” or “gut”.
NEAR_RATIO, FAR_RATIO, BESIDE_RATIO, BEYOND_RATIO = Decimal("0.1"), Decimal("0.25"), Decimal("0.2"), Decimal("0.35")
EXACT, NEARLY = Decimal("0.05"), Decimal("0.1")                         # on the wrong side of “fast”; apart, and still “ebenso viele”
# Which claims hold one thing against another, and which are right by chance more seldom than an order is.
BESIDES = ("order", "alike", "ratio", "difference")
EXACTLY = ("difference", "apart", "ratio")
# Words that tell whether what is compared is how many.
BY_RATE = re.compile(r"\b(?:häufig\w*|oft|öft\w+|selten\w*|often|frequent\w*|rare\w*)\b", re.I)
SIZED = re.compile(r"hoch|höch|höh|niedrig|gering|größ|klein|high|low|larg|big|small", re.I)
ABSENT = re.compile(r"nicht|fehl|not", re.I)
CAME = re.compile(r"\b(?:kam|kamen|kommt|stammt|ging|gingen|gab|gibt|came|comes?|there|received|submitted)\b", re.I)
OF_THERE = re.compile(r"[\s\u00a0]+(?:aus|from|in)\b")
IN_ANOTHER = re.compile(r"\bbei(?:m|[\s\u00a0]+(?:der|den|dem))[\s\u00a0]+(?P<noun>[A-ZÄÖÜ]\w+)")
FROM_IT = re.compile(r"\b(?:Abstand|Vorsprung|Rückstand|Unterschied)[\s\u00a0]+(?:zu[mr]?|auf|gegenüber|vor)\b"
                     r"|\b(?:gap|lead)[\s\u00a0](?:to|over)\b")
ADVERB = re.compile(r"häufig|öfter|selten|often|frequent|common", re.I)
PLAINLY = re.compile(r"[\s\u00a0]+(?:als|than|wie|as)\b")
AT_ONCE = re.compile(r"[\s\u00a0]+(?:als|than)[\s\u00a0]+(?:(?:aus|in|from|bei)[\s\u00a0]+)?(?:(?:den|der|dem|die|das|the)[\s\u00a0]+)?"
                     r"(?!ein|one\b|a\b)[\w-]+")
MANY = re.compile(r"\b(?:mehr|weniger|viele\w*|more|fewer|less|many)\b", re.I)
NUMBERED = re.compile(r"\b(?:Zahl|number|Gruppe|group|Beitr\w+|Bewerbung\w*|entries)\b")
COUNTED = ("count", "percent", "share")
FROM_THERE = re.compile(r"[\s\u00a0]+(?:Beiträge|Bewerbungen|Einsendungen|entries|applications)[\s\u00a0]+(?:aus|from|in)\b")
SPOKEN_OF = 0.3                                                         # of what a table is about, where no such word stands
AFTER_MORE = re.compile(r"[\s\u00a0]+(?P<noun>[\w-]+)")


@dataclass(frozen=True)
class Judged:
    """Whether a claim is true, the facts that say so, and what would be right in its place, if that can be said."""

    is_true: bool
    facts: tuple[Fact, ...]
    right: str = ""
    start: int | None = None                                            # of the thing that is named right before the claim
    end: int = 0                                                        # of the one right behind it


Holds = Callable[[Claim, Decimal, Decimal], bool | None]                # whether two values stand to each other as is claimed
Judge = Callable[[Claim, Series, str, Context, Sequence[Mention], Sequence[Claim]], Judged | None]


def judged(claim: Claim, context: Context, known: Knowledge, numbers: Sequence[Mention], others: Sequence[Claim], proved: dict[int, Fact],
           ) -> Judged | None:
    """What the edition says of a claim; None where it cannot be told what is compared.

    `others`: the claims of the paragraph; `proved`: what its numbers say, by where they begin. They tell which table is meant.
    """
    place = place_of(claim.mention, context)
    if ELSEWHERE.search(place.sentence) or not _can_be_told(claim, place.sentence, context, numbers, others):
        return None
    clause = place.sentence if claim.kind == "follows" else place.clause
    found: list[Judged | None] = []
    meant = most_spoken_of(series_meant(claim.mention, place.sentence, clause, context, known), context)
    first, last = _sentence(claim, context)
    topics = {fact.topic for start, fact in proved.items() if first <= start < last} & {series.topic for series in meant}
    for series in meant:
        if topics and series.topic not in topics:
            continue
        if series.topic == "awards.groups" and BY_RATE.search(place.sentence) or not _is_spoken_of(series, claim, context, known, numbers):
            continue                                                    # how many won is not how often one wins
        says = [JUDGES[claim.kind](claim, series, measure, context, numbers, others) for measure in _measures(claim, series, place.sentence)]
        if any(one is not None for one in says):
            found.append(says[0] if len({one and one.is_true for one in says}) == 1 else None)
    told = [one for one in found if one is not None]
    if claim.kind in EXACTLY and (true := next((one for one in told if one.is_true), None)):
        return true
    return told[0] if told and len(told) == len(found) and len({one.is_true for one in told}) == 1 else None


def _measures(claim: Claim, series: Series, sentence: str) -> tuple[str, ...]:
    if claim.mention.kind == "points":
        return ("percent",)
    if series.rows != "groups" or series.whole is None or claim.mention.kind == "count":
        return ("count",)
    return ("percent",) if SHARE_WORDS.search(sentence) else ("count", "percent")


def _can_be_told(claim: Claim, sentence: str, context: Context, numbers: Sequence[Mention], others: Sequence[Claim]) -> bool:
    """Whether what is compared is how many: “höher” is said of much else, and “mehr Mitglieder” counts no entries."""
    word, after = claim.mention.raw, context.text[claim.end:]
    first, last = _sentence(claim, context)
    if claim.kind == "follows" or word.lower() in ("vor", "hinter", "ahead of", "behind"):
        before = context.span_of(context.sentence_at(first) - 1)[0] if first else 0
        return any(before <= number.start < last and number.kind in COUNTED for number in numbers) or any(
            before <= other.start < claim.start and other.kind == "place" for other in others)
    if SIZED.search(word):
        return bool(SHARE_WORDS.search(sentence) or NUMBERED.search(sentence))
    if claim.kind in ("difference", "apart"):
        return claim.mention.kind == "points" or context.unit_of(claim.mention) in ("", "entries", "awards")
    if claim.kind == "none":
        return True
    if PLAINLY.match(after):
        return claim.kind != "order" or ADVERB.search(word) is not None or AT_ONCE.match(after) is not None
    noun = AFTER_MORE.match(after)
    if not MANY.search(word.split()[-1]) or noun is None:
        return True
    return any(UNIT_OF[unit].match(noun["noun"]) for unit in ("entries", "awards")) or bool(
        context.weights.tables.get(stem(noun["noun"]))) or bool(ADVERB.match(noun["noun"]))


def _is_spoken_of(series: Series, claim: Claim, context: Context, known: Knowledge, numbers: Sequence[Mention]) -> bool:
    """Whether the sentence speaks of how many took part, and of no part of them: “in Bayern”, “in den Landkreisen”."""
    first, last = _sentence(claim, context)
    if any((other.topic in ("numbers.land", "numbers.groups") or other.rows == "options" and series.topic in BESIDE)
           and other.rows != series.rows and other.named_in(context, first, last) for other in series_of(known)):
        return False
    before = context.span_of(context.sentence_at(claim.start) - 1)[0] if first else 0
    text = context.text[first:last]
    if series.topic in BESIDE:
        near = text if SIZED.search(claim.mention.raw) else context.text[before:last]
        return any(words.search(near) for words in (ENTRY_WORDS, PRIZE_WORDS, TOOK_PART, REPRESENTED)) and not (
            series.rows == "lands" and FROM_THERE.match(context.text, claim.end))
    if claim.kind == "apart" and claim.mention.kind == "points" and series.topic in context.tables_of(claim.mention):
        other = IN_ANOTHER.search(text)
        return other is None or stem(other["noun"]) in context.weights.tables
    about = series.items[0].fact("count").about
    return bool(TAKING_PART.search(text)) or context.about(about, claim.mention) >= SPOKEN_OF or any(
        first <= number.start < last and number.kind in COUNTED for number in numbers)


# --- a place ----------------------------------------------------------------------------------------------------------


def _place(claim: Claim, series: Series, measure: str, context: Context, _numbers: Sequence[Mention], others: Sequence[Claim]) -> Judged | None:
    items = _with_its_list(claim, series, context, others)
    if not items or any(item.value(measure) is None for item in items):
        return None
    scoped = _scoped(claim, series, items, context)
    among = scoped or series
    count, wanted = len(among.items), range(1, len(items) + 1)
    if claim.place < 0:
        wanted = range(count - len(items) + 2 + claim.place, count + 2 + claim.place)
    elif len(items) == 1 or claim.place > 1:
        items, wanted = items[:1], range(claim.place, claim.place + 1)
    places = [among.place_of(item, measure) for item in items]
    is_true = all(found is not None and any(found[0] <= place <= found[1] for place in wanted) for found in places)
    if not is_true and (scoped is None or APART_FROM.search(place_of(claim.mention, context).sentence)):
        return None
    ranked = sorted(among.items, key=lambda item: item.value(measure) or Decimal(0), reverse=True)
    right = [item.fact(measure) for number, item in enumerate(ranked, 1) if number in wanted and item.value(measure) is not None]
    first, last = _sentence(claim, context)
    end = _end_of(series.named_in(context, claim.end, last), items, claim, context)
    return Judged(is_true, tuple(dict.fromkeys([*(item.fact(measure) for item in items), *([] if is_true else right)])),
                  start=None if end else _start_of(series.named_in(context, first, claim.start), items, claim, context), end=end)


def _with_its_list(claim: Claim, series: Series, context: Context, others: Sequence[Claim]) -> list[Item]:
    """The things of which a place is said: the one in its clause, with those that are listed with it."""
    place = place_of(claim.mention, context)
    start, end = claim.start - len(place.before), claim.end + len(place.after)
    first, last = _sentence(claim, context)
    until = min((other.start for other in others if claim.start < other.start < last), default=last)
    begun = max((other.end for other in others if first <= other.end <= claim.start), default=first)
    hits = series.named_in(context, max(start, begun), min(end, until))
    if not hits:
        hits = series.named_in(context, begun, until)                   # “am häufigsten (79,6 %) sind die Kirchen”
        between = sorted((claim.start, hits[0][0])) if hits else [0, 0]
        if len(distinct(hits)) != 1 or re.search(r"[,;:–]", re.sub(r"\([^)]*\)", "", context.text[slice(*between)])):
            return []
    listed = [*_list_from(hits[0][0], series.named_in(context, max(start, begun), until), context)]
    return distinct(listed) if len(distinct(hits)) <= len(distinct(listed)) else []


def _list_from(start: int, hits: Iterable[tuple[int, Item]], context: Context) -> Iterable[tuple[int, Item]]:
    """What is listed from a place on: “Kirchen, Sportvereine und Stiftungen”."""
    before = -1
    for place, item in hits:
        if place < start:
            continue
        if before >= 0 and not LISTED.match(context.text, before, place):
            return
        yield place, item
        before = place


def _last_list(hits: Sequence[tuple[int, Item]], context: Context) -> list[Item]:
    """The last of them, with those before it that an “und” joins to it."""
    if len(hits) > 1 and AND.search(context.text[hits[-2][0]:hits[-1][0]]):
        begun = min(place for place, _item in hits if list(_list_from(place, hits, context))[-1] == hits[-1])
        return distinct(_list_from(begun, hits, context))
    return [hits[-1][1]]


def _scoped(claim: Claim, series: Series, items: list[Item], context: Context) -> Series | None:
    """The series, or those of it that the sentence limits itself to: “unter den Vereinen”. None where it cannot be told which."""
    for match in SCOPE.finditer(context.text, *_sentence(claim, context)):
        noun = match["noun"] or match["english"]
        if series.named_in(context, *match.span()) or ANY.match(noun) and not match["how"]:
            continue                                                    # a thing of the series itself, or all of them
        word = stem(noun)
        part = tuple(item for item in series.items if any(stem(one).endswith(word) for one in WORD.findall(item.label.replace("-", " "))))
        if match["how"] or len(part) < 2 or not all(item in part for item in items):
            return None
        series = replace(series, items=part)
    return series


# --- one beside another -----------------------------------------------------------------------------------------------


def _sentence(claim: Claim, context: Context) -> tuple[int, int]:
    """Where its sentence begins and ends; what stands before a colon is of it."""
    start, end = context.span_of(context.sentence_at(claim.start))
    while start and context.text[:start].rstrip().endswith(":"):
        start = context.span_of(context.sentence_at(start) - 1)[0]
    return start, end


def _sides(claim: Claim, series: Series, context: Context, numbers: Sequence[Mention], others: Sequence[Claim]
           ) -> tuple[list[Item], list[Item]] | None:
    """What is compared with what: the last named before it, and what stands behind “als”."""
    start, end = _sentence(claim, context)
    beside = [other for other in others if start <= other.start < end and other.kind in BESIDES]
    until = min((other.start for other in beside if other.start > claim.start), default=end)
    behind = series.named_in(context, claim.than, min(end, claim.than + LONGEST_STEP))
    if series.whole is not None and ON_AVERAGE.match(context.text, claim.than):
        right = [series.whole]
    elif not behind or any(claim.than <= number.start < behind[0][0] for number in numbers) or re.search(
            r"[;:!?,–]", context.text[claim.than:behind[0][0]]):
        return None
    else:
        listed = [hit for hit in _list_from(behind[0][0], behind, context) if hit[0] < until]
        if until < end and len(listed) > 1:
            listed.pop()                                                # the last is what the next claim is about
        right = distinct(listed if len(listed) > 1 and AND.search(context.text[listed[-2][0]:listed[-1][0]]) else listed[:1])
    if len(right) > 1 and TOGETHER.search(context.text[claim.than:end]):
        return None
    between = series.named_in(context, claim.end, claim.than)
    before = series.named_in(context, start, claim.start)
    earlier = [other for other in beside if other.start < claim.start]
    if earlier and not between:
        taken = series.named_in(context, earlier[-1].than, claim.start)
        before = [hit for hit in before if taken and hit[0] > taken[0][0]]
        if not before:
            found = _sides(earlier[-1], series, context, numbers, others)
            return (found[0], right) if found and not any(item in right for item in found[0]) else None
    if between:
        left = distinct(between)
    elif before:
        left = _last_list(before, context)
    else:
        rest = [item for item in distinct(series.named_in(context, claim.than, end)) if item not in right]
        left = rest if not re.search(r"\w", context.text[start:claim.mention.start]) and len(rest) == 1 else []
    if not left or any(item in right for item in left):
        return None
    return left, right


def _beside(holds: Holds) -> Judge:
    def judge(claim: Claim, series: Series, measure: str, context: Context, numbers: Sequence[Mention], others: Sequence[Claim],
              ) -> Judged | None:
        sides = _sides(claim, series, context, numbers, others)
        if sides is None:
            return None
        pairs = [(one.value(measure), other.value(measure)) for one in sides[0] for other in sides[1]]
        if any(one is None or other is None for one, other in pairs):
            return None
        told = {holds(claim, one or Decimal(0), other or Decimal(0)) for one, other in pairs}
        if len(told) != 1 or None in told:
            return None
        facts = tuple(item.fact(measure) for side in sides for item in side)
        is_wordy = claim.mention.is_word and claim.kind != "difference"
        hits = series.named_in(context, claim.than, _sentence(claim, context)[1]) if is_wordy else []
        return Judged(bool(told.pop()), facts, _gap(claim, *pairs[0]) if len(pairs) == 1 else "",
                      end=_end_of(hits, sides[1], claim, context))

    return judge


def _gap(claim: Claim, one: Decimal | None, other: Decimal | None) -> str:
    if claim.kind != "difference" or one is None or other is None:
        return ""
    return _difference_text(claim, abs(_rounded(claim, one) - _rounded(claim, other)))


def _difference_text(claim: Claim, gap: Decimal) -> str:
    if claim.mention.kind == "points":
        return percent_text(gap).replace("\u00a0%", said("\u00a0Prozentpunkte", " percentage points")).replace("%", "")
    return number_text(int(gap))


def _rounded(claim: Claim, value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1")) if claim.mention.kind == "points" else value


def _is_in_order(claim: Claim, one: Decimal, other: Decimal) -> bool | None:
    return one > other if claim.upward else one < other


def _is_alike(_claim: Claim, one: Decimal, other: Decimal) -> bool | None:
    if one == other:
        return True
    return False if abs(one - other) > NEARLY * max(one, other) else None


def _is_as_many_times(claim: Claim, one: Decimal, other: Decimal) -> bool | None:
    if not other:
        return None
    away = one / other / claim.factor - 1
    match claim.mention.modifier:
        case "over" | "least":
            return True if away > 0 or away == 0 and claim.mention.modifier == "least" else False if away < 0 else None
        case "under" | "most":
            return True if away < 0 or away == 0 and claim.mention.modifier == "most" else False if away > 0 else None
        case "below":
            away = -away
            return True if 0 <= away <= BESIDE_RATIO else False if away > BEYOND_RATIO or away < -EXACT else None
        case "above":
            return True if 0 <= away <= BESIDE_RATIO else False if away > BEYOND_RATIO or away < -EXACT else None
    return True if abs(away) <= NEAR_RATIO else False if abs(away) > FAR_RATIO else None


def _is_apart(claim: Claim, one: Decimal, other: Decimal) -> bool | None:
    gaps = {one - other, _rounded(claim, one) - _rounded(claim, other)}
    return any(claim.mention.allows(gap if claim.upward else -gap) for gap in gaps)


def _apart(claim: Claim, series: Series, measure: str, context: Context, _numbers: Sequence[Mention], _others: Sequence[Claim],
           ) -> Judged | None:
    """“Der Abstand zwischen A und B beträgt 19”: of the two that the sentence names."""
    first, last = _sentence(claim, context)
    both = distinct(series.named_in(context, first, last))
    if len(both) == 1 and first and FROM_IT.search(context.text, first, claim.start):          # “der Abstand zu den Städten”
        both = [*both, *(item for item in distinct(series.named_in(context, context.span_of(context.sentence_at(first) - 1)[0], first))
                         if item not in both)]
    if len(both) != 2 or (one := both[0].value(measure)) is None or (other := both[1].value(measure)) is None:
        return None
    gaps = {abs(one - other), abs(_rounded(claim, one) - _rounded(claim, other))}
    return Judged(any(map(claim.mention.allows, gaps)), tuple(item.fact(measure) for item in both),
                  _difference_text(claim, abs(_rounded(claim, one) - _rounded(claim, other))))


def _follows(claim: Claim, series: Series, measure: str, context: Context, _numbers: Sequence[Mention], others: Sequence[Claim],
             ) -> Judged | None:
    """“Gefolgt von B und C”: none is more than the one before it, or less where the first was said to be the least."""
    start, end = _sentence(claim, context)
    before = series.named_in(context, start, claim.start)
    if not before and context.sentence_at(claim.start) > 1:
        start, _end = context.span_of(context.sentence_at(claim.start) - 1)
        before = series.named_in(context, start, claim.start)
    until = min((other.start for other in others if claim.start < other.start), default=end)
    behind = series.named_in(context, claim.end, min(end, until))
    if not before or not behind or behind[0][0] - claim.end > LONGEST_STEP:
        return None
    listed = [before[-1][1], *distinct(_list_from(behind[0][0], behind, context))]
    values = [value for item in listed if (value := item.value(measure)) is not None]
    if len(values) < len(listed) or len({item.key for item in listed}) < len(listed):
        return None
    firsts = [other for other in others if start <= other.start < claim.start and other.kind == "place"]
    falls = not (firsts and firsts[-1].place < 0)
    is_true = values == sorted(values, reverse=falls) or values == sorted(values, reverse=not falls) and bool(firsts) and not _is_true(
        firsts[-1], series, measure, context, others)                   # then it is the first that is wrong
    steps = list(zip(listed[1:], pairwise(values), strict=True))
    wrong = [item for item, (before_it, its) in steps if (its > before_it) is falls and its != before_it]
    if is_true and re.match(r"gefolgt|es|followed", claim.mention.raw, re.I) and firsts:
        rest = [value for item in series.items if item not in listed and (value := item.value(measure)) is not None]
        wrong = [item for item, step in steps if any(min(step) < value < max(step) for value in rest)]      # one was left out before it
        is_true = not wrong
    end = _end_of(behind, listed, claim, context)
    if not is_true and wrong and wrong[0] is not listed[1]:              # “gefolgt von A und C”: C is wrong
        place = next(place for place, item in behind if item is wrong[0])
        word = WORD.match(context.text, place)
        start = behind[0][0] if _is_free(context, behind[0][0], place) else place
        return Judged(is_true, tuple(item.fact(measure) for item in listed), start=start, end=word.end() if word else place)
    return Judged(is_true, tuple(item.fact(measure) for item in listed), end=end)


def _is_true(claim: Claim, series: Series, measure: str, context: Context, others: Sequence[Claim]) -> bool:
    told = _place(claim, series, measure, context, (), others)
    return told is not None and told.is_true


def _end_of(hits: Sequence[tuple[int, Item]], items: Sequence[Item], claim: Claim, context: Context) -> int:
    """Where the word ends that names the first of the items right behind the claim; 0 where none stands there."""
    begun = max(claim.end, claim.than)
    if not hits or hits[0][1] not in items or not _is_free(context, claim.end, hits[0][0]):
        return 0
    word = WORD.match(context.text, hits[0][0])
    return word.end() if word and hits[0][0] - begun <= LONGEST_STEP else 0


def _is_free(context: Context, start: int, end: int) -> bool:
    """Whether neither a number nor the end of a clause stands there."""
    return not re.search(r"[.,;:!?()–]", context.text[start:end]) and not any(start <= number < end for number in context.numbers)


def _start_of(hits: Sequence[tuple[int, Item]], items: Sequence[Item], claim: Claim, context: Context) -> int | None:
    """Where the last of the items begins that stands right before the claim."""
    if not hits or hits[-1][1] not in items or not _is_free(context, hits[-1][0], claim.start):
        return None
    return hits[-1][0] if claim.start - hits[-1][0] <= LONGEST_STEP else None


def _none(claim: Claim, series: Series, measure: str, context: Context, _numbers: Sequence[Mention], others: Sequence[Claim]) -> Judged | None:
    """“Aus Thüringen kam keine Bewerbung”."""
    place = place_of(claim.mention, context)
    start, end = claim.start - len(place.before), claim.end + len(place.after)
    items = distinct(series.named_in(context, start, end))
    if series.rows != "lands" or len(items) != 1 or items[0].value(measure) is None or not (
            ABSENT.search(claim.mention.raw) or CAME.search(place.before if OF_THERE.match(context.text, claim.end) else place.clause)):
        return None                                                     # “kein Beitrag aus Bayern war kürzer” says nothing of how many
    return Judged(items[0].value(measure) == 0, (items[0].fact(measure),),
                  start=_start_of(series.named_in(context, start, claim.start), items, claim, context),
                  end=_end_of(series.named_in(context, claim.end, end), items, claim, context))


JUDGES: dict[str, Judge] = {"place": _place, "none": _none, "follows": _follows, "order": _beside(_is_in_order), "alike": _beside(_is_alike),
          "ratio": _beside(_is_as_many_times), "difference": _beside(_is_apart), "apart": _apart}
