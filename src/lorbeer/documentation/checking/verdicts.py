"""Each number of a text held against what a dataset knows: proved, contradicted (with the right value), or unknown."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from lorbeer.documentation.checking.claims import claims
from lorbeer.documentation.checking.comparing import judged
from lorbeer.documentation.checking.context import (
    Context,
    Paragraph,
    Weights,
    kind_fits,
)
from lorbeer.documentation.checking.counting import announced, wrong_bases, wrong_share
from lorbeer.documentation.checking.cues import group_whole, is_within, meant, named, phase_meant, says_average
from lorbeer.documentation.checking.durations import duration_meant
from lorbeer.documentation.checking.facts import Aspect, Fact, Knowledge, knowledge
from lorbeer.documentation.checking.frames import MOST_CELLS, SPOKEN_OF, cells_meant
from lorbeer.documentation.checking.judgement import (
    CONTRADICTED,
    PROVED,
    TELLING,
    UNKNOWN,
    Verdict,
    is_near,
    is_plausible,
    says,
)
from lorbeer.documentation.checking.mentions import Mention, mentions
from lorbeer.documentation.checking.options import is_right_before, option_meant
from lorbeer.documentation.checking.pairs import CERTAIN, CLOSE, Scores, decide_together, pairs, reworded
from lorbeer.documentation.checking.places import place_of, tables_named
from lorbeer.documentation.checking.sparing import (
    CLEARLY,
    NAMED,
    NAMED_ROW,
    has_its_own_number,
    is_called_a_sum,
    is_named_here,
    is_of_another_table,
    spare_the_other,
    spare_what_is_said_already,
    unless_of_others,
)
from lorbeer.documentation.checking.sums import sum_meant
from lorbeer.documentation.checking.tables import blocks_of, held
from lorbeer.documentation.checking.vocabulary import (
    APPLICANTS,
    PARTAKEN,
    POINTS_BACK,
    PRIZES_OF,
    SPREAD,
    THE_LANDS,
    WON_SAID,
)
from lorbeer.documentation.dataset import Dataset, number_text, writing

ENOUGH = 0.35                                                           # a score to believe; CERTAIN is one to contradict
AS_GOOD = 0.15                                                          # a fact so near to the best may as well be meant
APART = 0.5                                                             # from a rival that is out of the question
SPOKEN = 0.12                                                           # how much of a topic must be heard for a number to be its
SURE = 0.9                                                              # a score from which on a number's meaning is not in doubt
CARRIED = (0.5, 0.4, 0.2, 0.1)                                          # what it tells of numbers in its sentence, the next, …
MOST_RANGES = 2                                                         # tables that may be meant by a range
NARROW = 10                                                             # from end to end of a range that says something of one value
RIVAL = 0.45                                                            # likewise, for words: they fit more cells by chance
OUTSPOKEN = 0.7                                                         # so much less a fact may be spoken of, and still be meant
LANDS = ("numbers.land.", "awards.land.")                               # counted among those that are named, of which a text may say all
WHOLES = frozenset(["numbers.admitted", "numbers.listed", "numbers.applicants"])      # of any text: they prove what is called a whole
OPEN = ("over", "under", "least", "most")                               # “nicht einmal jedes dritte” is true of half the cells
WHOLE_SAID = re.compile(
    r"(?:\b(?:alle[nr]?|der|die|den|diese[nr]?|von|insgesamt|bezogen auf|Basis:?|all|the|these|of|in all)|\bn[\s\u00a0]*=)[\s\u00a0]*\Z", re.I)
SMALL = 12                                                              # numbers in words up to here are prose where nothing speaks of them


def check(paragraphs: Sequence[Paragraph], data: Dataset) -> list[Verdict]:
    """The verdicts on all numbers of a text, in its order. The text is in the language of the data, see `reading.language_of`."""
    with writing(data.language):
        return _check(paragraphs, data)


def _check(paragraphs: Sequence[Paragraph], data: Dataset) -> list[Verdict]:
    known = knowledge(data)
    weights = Weights(known)
    result: list[Verdict] = []
    counted = {(id(paragraph), fault[0].start): fault for paragraph, fault in announced(paragraphs)}
    cells = {place: found for rows, around in blocks_of(paragraphs) for place, found in held(rows, around, known).items()}
    headings: list[str] = []
    previous = lead = ""                                                # what stands before it, and before the list that it is an item of
    for paragraph in paragraphs:
        faults = {mention.start: (mention, expected, why) for mention, expected, why in wrong_bases(paragraph, known)}
        faults |= {start: fault for (place, start), fault in counted.items() if place == id(paragraph)}
        found = {verdict.mention.start: verdict for verdict in _paragraph(
            paragraph, headings[-2:], lead if paragraph.kind == "item" else previous, known, weights)}
        for start, (mention, expected, why) in faults.items():
            if expected:
                found[start] = Verdict(CONTRADICTED, paragraph, mention, reason=why, expected=expected)
            elif start in found and found[start].status == CONTRADICTED:    # of those that are listed, not of all
                found[start] = Verdict(UNKNOWN, paragraph, mention)
        if id(paragraph) in cells:
            found = {start: verdict for start, verdict in found.items() if not any(
                mention.start < verdict.mention.end and verdict.mention.start < mention.end for mention, _fact, _ok in cells[id(paragraph)])}
            found |= {mention.start: Verdict(PROVED if is_right else CONTRADICTED, paragraph, mention, fact, SURE)
                      for mention, fact, is_right in cells[id(paragraph)]}
        result += (found[start] for start in sorted(found))
        if paragraph.kind == "heading":
            headings = [*headings[-1:], paragraph.text]
        else:
            previous = paragraph.text
            lead = lead if paragraph.kind == "item" else previous
    return result


def _paragraph(paragraph: Paragraph, headings: Iterable[str], previous: str, known: Knowledge, weights: Weights) -> list[Verdict]:
    found = mentions(paragraph.text)
    claimed = claims(paragraph.text, found) if paragraph.kind != "row" else []
    if not found and not claimed:
        return []
    context = Context(paragraph, found, headings, previous, weights)
    verdicts, scored = _round(found, paragraph, context, known, {})
    # What one number surely means tells what its neighbours are about, and is not meant by them.
    surely = {start: verdict.fact for start, verdict in verdicts.items()
              if verdict and verdict.fact and verdict.status == PROVED and verdict.score >= SURE and verdict.mention.number is not None}
    if surely:
        verdicts, scored = _round(found, paragraph, context, known, surely)
    shared = {part.start for part, _share in pairs(found, paragraph.text)}
    for part in found:
        if whole := part.whole or part.among:
            verdicts[whole.start] = _whole(part, whole, verdicts, scored[whole.start], is_share=part.kind != "count" or part.start in shared)
    wholes = {whole.start for mention in found if (whole := mention.whole or mention.among)}
    for mention in found:
        verdict = verdicts[mention.start]
        if paragraph.kind != "row" and mention.start not in wholes and (fact := named(mention, context, known)):
            is_slip = is_plausible(mention, fact) and mention.number not in (known.whole, known.most)
            status = PROVED if says(mention, fact) else CONTRADICTED if is_slip else UNKNOWN
            verdicts[mention.start] = Verdict(status, paragraph, mention, fact, CERTAIN)
        elif (
            paragraph.kind != "row"
            and (verdict is None or verdict.status == UNKNOWN and not verdict.reason
                 or verdict.status == CONTRADICTED and not verdict.reason and verdict.fact and not verdict.fact.is_cell)
            and mention.start not in wholes
            and (facts := meant(mention, context, known, surely))
            and any(is_plausible(mention, fact) for fact in facts)
        ):
            verdicts[mention.start] = _contradicted(paragraph, mention, facts, CERTAIN)
    for mention in found:
        if fact := sum_meant(mention, context, known):
            verdicts[mention.start] = Verdict(PROVED if says(mention, fact) else CONTRADICTED, paragraph, mention, fact, CERTAIN)
            continue
        if duration := duration_meant(mention, context, known):
            status = UNKNOWN if duration.is_true is None else PROVED if duration.is_true else CONTRADICTED
            verdicts[mention.start] = Verdict(status, paragraph, mention, duration.fact, CERTAIN)
            continue
        if mention.kind == "month":
            phase = phase_meant(mention, context, known)
            verdicts[mention.start] = None
            if phase:
                status = PROVED if says(mention, phase) else UNKNOWN if is_within(mention, phase, context, known) else CONTRADICTED
                verdicts[mention.start] = Verdict(status, paragraph, mention, phase, CERTAIN)
            continue
        if mention.lowest is not None and mention.kind in ("percent", "count"):
            verdicts[mention.start] = _range(mention, paragraph, context, known)
            continue
        verdict = verdicts[mention.start]
        if mention.start in wholes and (verdict is None or verdict.status == UNKNOWN) and (fact := group_whole(mention, context, known)) and (
                is_plausible(mention, fact)):
            verdicts[mention.start] = Verdict(CONTRADICTED, paragraph, mention, fact, CERTAIN)
        if paragraph.kind != "row" and mention.start not in wholes and (option := option_meant(mention, context, known, found)):
            verdicts[mention.start] = verdict = _of_option(mention, paragraph, option, verdict, context)
            if verdict is not None and verdict.fact == option and is_right_before(option, mention, context):
                continue
        if paragraph.kind == "row" or mention.start in wholes or verdict is not None and (verdict.status == PROVED or verdict.reason):
            continue
        if verdict is not None and verdict.status == CONTRADICTED and not (verdict.fact and verdict.fact.is_cell):
            continue
        if facts := cells_meant(mention, context, known):
            verdicts[mention.start] = _framed(mention, paragraph, facts, verdict, context, known)
    proved = {start: verdict.fact for start, verdict in verdicts.items() if verdict and verdict.fact and verdict.status == PROVED}
    compared = {}
    for claim in claimed:
        if told := judged(claim, context, known, found, claimed, proved):
            start, end = told.start or claim.start, max(claim.end, told.end)
            mention = replace(claim.mention, start=start, end=end, raw=paragraph.text[start:end])
            compared[claim.start] = Verdict(PROVED if told.is_true else CONTRADICTED, paragraph, mention, told.facts[0], CERTAIN, "compared",
                                            told.right, told.facts)
    classes = [match.span() for match in known.classes.finditer(paragraph.text)] if known.classes else []
    spare_what_is_said_already(verdicts, context)
    spare_the_other(claimed, verdicts, context, known)
    return [*compared.values(), *(unless_of_others(verdict, context, known) for mention in found
                                  if (verdict := verdicts[mention.start]) is not None and not _overlaps(mention, compared.values())
                                  and not any(start <= mention.start < end for start, end in classes))]


def _overlaps(mention: Mention, verdicts: Iterable[Verdict]) -> bool:
    return any(mention.start < one.mention.end and one.mention.start < mention.end for one in verdicts)


def _of_option(mention: Mention, paragraph: Paragraph, option: Fact, verdict: Verdict | None, context: Context) -> Verdict | None:
    """What the option says that a clause names: it decides over a cell that the clause does not name and that has the number by chance."""
    if verdict is not None and verdict.reason:
        return verdict
    if says(mention, option):
        return Verdict(PROVED, paragraph, mention, option, CERTAIN)
    if not is_plausible(mention, option) or mention.kind == "share" and is_near(mention, option):
        return verdict
    is_beside = is_right_before(option, mention, context)
    if verdict is not None and verdict.status == PROVED and verdict.fact is not None and not is_beside and (
            verdict.fact.topic == option.topic or any(
            context.near(name, mention, only_here=True) >= NAMED_ROW for aspect in verdict.fact.aspects for name in aspect.names)):
        return verdict
    return Verdict(CONTRADICTED, paragraph, mention, option, CERTAIN)


def _framed(mention: Mention, paragraph: Paragraph, facts: Sequence[Fact], verdict: Verdict | None, context: Context,
            known: Knowledge) -> Verdict | None:
    """What the cells say that the clause can mean: it is right where one says it, and wrong where none does and no other of their tables."""
    right = next((fact for fact in facts if says(mention, fact)), None)
    if right and mention.modifier in OPEN and not all(says(mention, fact) for fact in facts):
        return verdict if verdict is None or verdict.status != PROVED else replace(verdict, status=UNKNOWN, candidates=())
    if right:
        if len({fact.topic for fact in facts}) == 1 and len({fact.aspects[-1].key for fact in facts}) == 1:
            return Verdict(PROVED, paragraph, mention, right, CERTAIN)
        return verdict if verdict is None or verdict.fact in facts else replace(verdict, status=UNKNOWN, candidates=())
    topics, rows = {fact.topic for fact in facts}, {fact.aspects[0].key for fact in facts}
    heard, is_open = context.tables_heard(), len({fact.aspects[-1].key for fact in facts}) > 1
    near = [fact for fact in facts if is_plausible(mention, fact)]
    if (not near or mention.modifier and mention.kind != "share" or mention.kind == "share" and any(is_near(mention, fact) for fact in facts)
            or mention.kind == "share" and mention.modifier not in OPEN and any(
                fact.is_cell and not fact.alone and fact.topic not in topics and kind_fits(mention, fact) and says(mention, fact)
                and fact.aspects[0].key in rows and fact.aspects[-1].names and is_named_here(mention, fact, context) for fact in known.facts)
            or mention.kind == "count" and any(fact.path.endswith(".base") and fact.number == mention.number for fact in known.facts
                                               if fact.topic in context.tables_of(mention))
            or mention.kind != "share" and any(
                kind_fits(mention, fact) and says(mention, fact)
                and (fact.topic in topics or fact.is_cell and (
                    fact.topic in heard and not is_of_another_table(mention, fact, context) or is_open) and fact.aspects[0].key in rows)
                and (not fact.alone or any(context.near(name, mention, only_here=True) >= NAMED_ROW for name in fact.aspects[0].names))
                for fact in known.facts)):
        return replace(verdict, status=UNKNOWN, candidates=()) if verdict is not None and verdict.status == CONTRADICTED else verdict
    return _contradicted(paragraph, mention, near, CERTAIN)


def _range(mention: Mention, paragraph: Paragraph, context: Context, known: Knowledge) -> Verdict:
    """“Zwischen 63 und 89 Prozent”: the least and the most of the groups, or of the options, of a table that is spoken of.

    A range within which one value lies says little: it is unknown, unless it is narrow.
    """
    tables = context.tables_of(mention)
    said = [fact for fact in known.facts if fact.topic in tables and kind_fits(mention, fact) and not fact.path.endswith(".base")]
    columns: dict[tuple[str, str], list[Fact]] = {}
    for fact in said:
        if fact.aspects and fact.aspects[0].key:
            columns.setdefault((fact.topic, fact.aspects[-1].key if len(fact.aspects) > 1 else ""), []).append(fact)
    ends = [(min(facts, key=_number), max(facts, key=_number)) for facts in columns.values() if len(facts) > 1]
    low, high = replace(mention, number=mention.lowest), replace(mention, number=mention.highest)
    for least, most in ends:
        if says(low, least) and says(high, most):
            return Verdict(PROVED, paragraph, mention, least, CERTAIN)
    is_spread = bool(SPREAD.search(place_of(mention, context).sentence))
    near = [fact for fact in said if fact.number is not None and mention.allows(fact.number)]
    if near and not is_spread and (mention.highest or 0) - (mention.lowest or 0) <= NARROW:
        return Verdict(PROVED, paragraph, mention, near[0], ENOUGH)
    yes = [(least, most) for least, most in ends if len(least.aspects) > 1 and not least.aspects[-1].names]
    if any(abs(_number(least) - (mention.lowest or 0)) < 1 and abs(_number(most) - (mention.highest or 0)) < 1 for least, most in ends):
        return Verdict(UNKNOWN, paragraph, mention)                     # not as they are rounded, but nearly
    if 1 <= len(yes) <= MOST_RANGES and is_spread:
        return Verdict(CONTRADICTED, paragraph, mention, yes[0][0], CERTAIN, candidates=tuple(end for pair in yes for end in pair))
    return Verdict(UNKNOWN, paragraph, mention)


def _number(fact: Fact) -> Decimal:
    return fact.number or Decimal(0)


def _contradicted(paragraph: Paragraph, mention: Mention, facts: Sequence[Fact], score: float) -> Verdict:
    """By one fact, or by each of several of which the text does not say for certain which it means."""
    others = {fact.text: fact for fact in reversed(facts)}
    return Verdict(CONTRADICTED, paragraph, mention, facts[0], score, candidates=tuple(reversed(others.values())) if len(others) > 1 else ())


def _round(found: list[Mention], paragraph: Paragraph, context: Context, known: Knowledge, surely: dict[int, Fact],
           ) -> tuple[dict[int, Verdict | None], Scores]:
    scored = {mention.start: _scores(mention, context, known, surely) for mention in found}
    verdicts = {mention.start: _decide(mention, paragraph, scored[mention.start], context, surely) for mention in found}
    for part, share in pairs(found, paragraph.text):
        decide_together(part, share, paragraph, scored, verdicts)
        decided = verdicts[share.start]
        if (right := wrong_share(part, share)) and (decided is None or decided.status == UNKNOWN):
            verdicts[share.start] = Verdict(CONTRADICTED, paragraph, share, reason="share", expected=right)
    for figure, words in reworded(found, paragraph.text):
        if (known_by := verdicts[figure.start]) and known_by.fact and known_by.status != UNKNOWN:
            status = PROVED if says(words, known_by.fact) or is_near(words, known_by.fact) else CONTRADICTED
            verdicts[words.start] = Verdict(status, paragraph, words, known_by.fact, known_by.score)
        elif figure.number is not None:
            status = UNKNOWN if words.allows(figure.number) or is_near(words, figure) else CONTRADICTED
            verdicts[words.start] = Verdict(status, paragraph, words, reason="" if status == UNKNOWN else "words")
    return verdicts, scored


# --- one number -------------------------------------------------------------------------------------------------------


def _scores(mention: Mention, context: Context, known: Knowledge, surely: dict[int, Fact]) -> list[tuple[float, Fact]]:
    """The facts that the mention may mean, best first."""
    if mention.kind in ("label", "year", "points"):
        return []
    unit = context.unit_of(mention) if mention.kind == "count" else ""
    if unit == "other":
        return []
    if mention.kind == "count" and mention.number is not None and mention.number > 3 * known.most:
        unit = unit or "inhabitants"
    carried = _carried(mention, context, surely)
    nearness: dict[Aspect, float] = {}
    strengths: dict[frozenset[str], float] = {}
    strongest: dict[str, float] = {}
    candidates = [fact for fact in known.facts if kind_fits(mention, fact) and (not unit or not fact.unit or fact.unit == unit)
                  and not (mention.whole is not None and fact.path.endswith(".base"))
                  and (fact.path != "numbers.applicants" or APPLICANTS.search(place_of(mention, context).sentence))]
    if mention.kind in ("percent", "share"):
        place = place_of(mention, context)
        if max(context.spoken_here(mention).values(), default=0.0) >= SPOKEN_OF and not PARTAKEN.search(place.clause):
            candidates = [fact for fact in candidates if fact.topic != "numbers"]
        won, of_prizes = bool(WON_SAID.search(place.sentence)), bool(PRIZES_OF.search(place.clause))
        if of_prizes:
            candidates = [fact for fact in candidates if fact.topic != "numbers"]
        candidates = [fact for fact in candidates if not (fact.topic == "awards" and fact.aspects) or (
            won and not of_prizes if fact.path.endswith(".rate") else of_prizes)]
    if mention.kind in ("euro", "count"):
        is_average = says_average(mention, context)
        candidates = [fact for fact in candidates if fact.path.endswith(".average") == is_average]
    if mention.kind != "euro" and (tables := tables_named(place_of(mention, context), known)):
        candidates = [fact for fact in candidates if fact.topic in tables or fact.topic in ("numbers", "awards") and fact.kind == "count"]
    for fact in candidates:
        if fact.about not in strengths:
            strengths[fact.about] = max(context.about(fact.about, mention), carried.get(fact.topic, 0.0))
        for aspect in fact.aspects:
            if aspect not in nearness:
                here = aspect.rivals.startswith("answer:") or aspect.rivals in ("land", "place")
                nearness[aspect] = max((context.near(name, mention, only_here=here) for name in aspect.names), default=0.0)
                strongest[aspect.rivals] = max(strongest.get(aspect.rivals, 0.0), nearness[aspect])
    result = []
    for fact in candidates:
        score = strengths[fact.about] * (0.5 if fact.alone else 1.0)
        score += (0.35 if unit and fact.unit == unit else 0.0) + (0.25 if fact.kind == "euro" else 0.0)
        for number, aspect in enumerate(fact.aspects):
            near, best = nearness[aspect], strongest[aspect.rivals]
            if not aspect.names:
                score += 0.1 - 0.7 * best
            elif near < 0.08:
                score -= 1.0
            else:
                score += (1.0 if number == 0 else 0.8) * (near + near / best) / 2 - (0.5 if near < 0.85 * best else 0)
        if mention.whole is not None and mention.whole.number is not None and fact.base is not None:
            score += 0.3 if mention.whole.number == fact.base else -0.4
        result.append((score, fact))
    return sorted(result, key=lambda pair: -pair[0])


def _carried(mention: Mention, context: Context, surely: dict[int, Fact]) -> dict[str, float]:
    """How strongly each topic is carried over from numbers whose meaning is sure: most in the same sentence."""
    sentence = context.place_of(mention)[0]
    result: dict[str, float] = {}
    for start, fact in surely.items():
        if start != mention.start:
            distance = abs(context.sentence_at(start) - sentence)
            result[fact.topic] = max(result.get(fact.topic, 0.0), CARRIED[min(distance, len(CARRIED) - 1)])
    return result


def _decide(mention: Mention, paragraph: Paragraph, scored: list[tuple[float, Fact]], context: Context,
            surely: dict[int, Fact]) -> Verdict | None:
    if mention.kind in ("label", "year", "month"):
        return None
    best = scored[0][0] if scored else 0.0
    carried = _carried(mention, context, surely)
    said_whole = bool(WHOLE_SAID.search(context.text[:mention.start]))
    score, fact = next(((score, fact) for score, fact in scored if says(mention, fact) and _is_spoken_of(mention, fact, context, carried)
                        and (mention.number is not None or not fact.is_cell or fact.topic in context.tables_of(mention))
                        and (said_whole or not fact.path.endswith(".base")) and not _is_all_of_less(mention, fact)
                        and not is_of_another_table(mention, fact, context) and not has_its_own_number(mention, fact, context)
                        and not is_called_a_sum(mention, fact, context)
                        and (paragraph.kind != "row" or fact.aspects or context.about(fact.about, mention, only_near=True) >= NAMED)),
                       (-9.0, None))
    enough = 0.0 if mention.kind in ("euro", "day") else ENOUGH
    is_open = mention.kind in ("percent", "share") and mention.modifier in OPEN
    is_open = is_open and not (fact is not None and is_named_here(mention, fact, context))
    if fact is not None and score >= enough and score >= best - CLOSE and not is_open:
        return Verdict(PROVED, paragraph, mention, fact, score)
    taken = {fact.path for start, fact in surely.items() if start != mention.start}
    meant = None if paragraph.kind == "row" or _may_be_right(mention, scored, best, context) else next(
        (pair for pair in scored if pair[0] >= max(CERTAIN, score + APART) and pair[1].path not in taken
         and _is_named(mention, pair[1], context, carried) and not (mention.kind == "share" and is_near(mention, pair[1]))), None)
    if meant is not None and meant[0] >= best - CLOSE and is_plausible(mention, meant[1]):
        others = [fact for score, fact in scored if score >= meant[0] - AS_GOOD and fact.path != meant[1].path and is_plausible(mention, fact)
                  and _is_named(mention, fact, context, carried)]
        if len(others) < MOST_CELLS:
            return _contradicted(paragraph, mention, [meant[1], *others], meant[0])
    if fact is not None and score >= enough and not is_open and (said_whole or fact.path not in WHOLES):
        return Verdict(PROVED, paragraph, mention, fact, score)
    if paragraph.kind == "row":                                         # a row that was torn from its table has lost its columns
        return None
    if mention.is_word and (mention.number is None or mention.kind == "count" and mention.number <= SMALL and mention.among is None and (
            context.unit_of(mention) in ("", "other"))):                # “zwei Personen”: prose; “zwei Preise”: a figure
        return None
    guess = scored[0][1] if best >= ENOUGH and is_plausible(mention, scored[0][1]) else None
    return Verdict(UNKNOWN, paragraph, mention, guess, best)


def _is_all_of_less(mention: Mention, fact: Fact) -> bool:
    """“44 von 44”: that there are 44 among 142 does not prove it."""
    whole = mention.whole
    return whole is not None and whole.number == mention.number and fact.base is not None and fact.base != whole.number


def _may_be_right(mention: Mention, scored: list[tuple[float, Fact]], best: float, context: Context) -> bool:
    """Whether it is a fact's very value, if not of the one that the words name best: then it is no slip of a finger."""
    if mention.kind == "count" and mention.places or mention.modifier and mention.kind != "share":
        return mention.places > 0
    asked = (fact for _score, fact in scored if fact.path.endswith(".base") and fact.number == mention.number)
    if mention.kind == "count" and any(fact.topic in context.tables_of(mention) for fact in asked):
        return True                                                     # how many were asked
    if mention.kind == "share" and mention.modifier not in OPEN and any(
            says(mention, fact) and score >= max(ENOUGH, best - RIVAL) and context.spoken_here(mention).get(fact.topic, 0.0) >= NAMED_ROW
            for score, fact in scored):
        return True                                                     # “dauerhaft angelegt”, where another table has “dauerhaft gesichert”
    is_telling = mention.kind == "day" or mention.kind == "percent" and mention.places > 0 or (
        mention.kind in ("count", "euro") and (mention.number or 0) >= 5 * TELLING)
    return is_telling and any(says(mention, fact) and not is_of_another_table(mention, fact, context)
                              and (mention.kind == "day" or pair_score >= best - OUTSPOKEN) for pair_score, fact in scored)


def _whole(part: Mention, whole: Mention, verdicts: dict[int, Verdict | None], scored: list[tuple[float, Fact]], *, is_share: bool,
           ) -> Verdict | None:
    """The 142 of “119 von 142”: it is the base of what the 119 is, or it is not believed; by itself it is held against bases only.

    `is_share`: a share stands there as well, so that there is one base only that fits.
    """
    decided, alone = verdicts[part.start], verdicts[whole.start]
    if decided is None:
        return alone
    fact = decided.fact
    if fact is None or decided.status != PROVED:                        # then nothing says what it is the whole of
        return Verdict(UNKNOWN, decided.paragraph, whole)
    if fact.base is None:
        fits = next((pair for pair in scored if says(whole, pair[1])), None)
        if fits and fits[0] > 0:
            return Verdict(PROVED, decided.paragraph, whole, fits[1], fits[0])
        return Verdict(UNKNOWN, decided.paragraph, whole)
    if whole.number in (fact.base, fact.column):
        base = replace(fact, label=f"{fact.label}: n", text=number_text(int(whole.number or 0)))
        return Verdict(PROVED, decided.paragraph, whole, base, decided.score)
    if fact.path.startswith(LANDS) and alone is not None and alone.status == PROVED:
        return Verdict(PROVED, decided.paragraph, whole, alone.fact, decided.score)
    is_certain = decided.score >= CERTAIN and (part.whole is not None or is_share)
    if is_share or is_certain:
        return Verdict(CONTRADICTED, decided.paragraph, whole, fact, decided.score, reason="base", expected=number_text(int(fact.base)))
    return Verdict(UNKNOWN, decided.paragraph, whole)


def _is_spoken_of(mention: Mention, fact: Fact, context: Context, carried: dict[str, float]) -> bool:
    """Whether the text is about this at all: that a number stands in some cell of some table proves nothing."""
    return fact.alone or fact.kind in ("euro", "day") or max(context.about(fact.about, mention), carried.get(fact.topic, 0.0)) >= SPOKEN


def _is_named(mention: Mention, fact: Fact, context: Context, carried: dict[str, float]) -> bool:
    """Whether the text right here speaks of this fact and of no other: only then can it contradict it."""
    unit = context.unit_of(mention) if mention.kind == "count" else ""
    if unit == "lands" and THE_LANDS.search(context.text[:mention.start][-24:]):
        return False                                                    # those that were named before
    if mention.kind == "count" and (mention.number or 0) <= SMALL and POINTS_BACK.search(context.text[:mention.start][-24:]):
        return False
    if fact.is_cell and fact.topic not in context.tables_of(mention):
        return False
    if mention.kind == "count" and (mention.number or 0) <= SMALL and mention.whole is None and len(fact.aspects) > 1 and (
            not fact.aspects[-1].names):                                # “mit 10 kreisangehörigen Städten” says nothing of a Yes
        return False
    if fact.number == 0 or fact.path.endswith(".base") or mention.number is None and context.about(fact.about, mention, only_near=True) < 0.6:
        return False
    if mention.kind == "count" and mention.is_word and (
            mention.number or 0) <= SMALL and (not unit or unit != fact.unit) and carried.get(fact.topic, 0.0) < CARRIED[0]:
        return False
    nearest = [max(context.near(name, mention, only_here=True) for name in aspect.names) for aspect in fact.aspects if aspect.names]
    if any(near < NAMED_ROW for near in nearest):
        return False
    if fact.unit == "inhabitants" and unit != "inhabitants" and not any(
            context.sentence_at(number.start) == context.sentence_at(mention.start) and number.start < mention.start
            and context.unit_of(number) == "inhabitants" for number in context.mentions):
        return False
    if mention.kind == "count" and not fact.aspects and unit != fact.unit and context.about(fact.about, mention, only_near=True) < CLEARLY:
        return False
    by_itself = unit and fact.topic in ("numbers", "awards", "entry") or nearest and min(nearest) >= CLEARLY
    if fact.alone and unit in ("", fact.unit) and by_itself:
        return True
    return max(context.about(fact.about, mention, only_near=True), carried.get(fact.topic, 0.0)) >= NAMED


