"""What keeps a number from being accused, or a cell from proving it: it is of something else, or of another cell that is named as well."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from os.path import commonprefix

from lorbeer.documentation.checking.claims import Claim, is_difference
from lorbeer.documentation.checking.context import Context, goes_on_with_others, is_share_of_others, kind_fits
from lorbeer.documentation.checking.facts import WORD, Fact, Knowledge, terms
from lorbeer.documentation.checking.judgement import CONTRADICTED, PROVED, TELLING, UNKNOWN, Verdict, says
from lorbeer.documentation.checking.mentions import Mention
from lorbeer.documentation.checking.places import groups_in, is_left_aside, place_of
from lorbeer.documentation.checking.vocabulary import ENTRIES, OTHERS, PRIZE_WORDS, TAKING_PART, TOGETHER

CLEARLY = 0.75                                                          # an option that is named so clearly needs no question beside it
PLAINLY = 0.5                                                           # a table that a sentence names: then no other proves its numbers
NAMED, NAMED_ROW = 0.25, 0.3                                             # how clearly a text must name what it is said to contradict
ALIKE = 5                                                               # letters with which two words begin that may name one thing
FROM = re.compile(r"[\s\u00a0]+(?:aus|bei|von|from|among)(?:[\s\u00a0]+(?:den|the))?[\s\u00a0]+(?P<words>[\w-]+(?:[\s\u00a0]+[\w-]+)?)")
LABELLED = re.compile(r"[^:]+:[\s\u00a0]*")


def spare_what_is_said_already(verdicts: dict[int, Verdict | None], context: Context) -> None:
    """A cell that its sentence gives rightly already is not what another number there was meant to say."""
    proved = {(context.sentence_at(start), verdict.fact.path, verdict.mention.kind) for start, verdict in verdicts.items()
              if verdict and verdict.fact and verdict.status == PROVED}
    for start, verdict in verdicts.items():
        if verdict and verdict.fact and verdict.status == CONTRADICTED and not verdict.reason and (
                context.sentence_at(start), verdict.fact.path, verdict.mention.kind) in proved:
            verdicts[start] = replace(verdict, status=UNKNOWN, candidates=())


def spare_the_other(claimed: Sequence[Claim], verdicts: dict[int, Verdict | None], context: Context, known: Knowledge) -> None:
    """“Doppelt so viele wie Bayern, nämlich 32”: a number may be of each that its sentence names, where things are compared, or its
    clause names neither.
    """
    compared = {context.sentence_at(claim.start) for claim in claimed if claim.kind != "apart"}
    for start, verdict in verdicts.items():
        fact = verdict.fact if verdict and verdict.status == CONTRADICTED and not verdict.reason else None
        if verdict is None or fact is None or not fact.aspects:
            continue
        clause = terms(place_of(verdict.mention, context).clause)
        is_in_brackets = context.text[:start].rstrip().endswith("(")
        if context.sentence_at(start) not in compared and (is_in_brackets or any(name <= clause for name in fact.aspects[0].names)):
            continue
        if any(kind_fits(verdict.mention, one) and one.path != fact.path and one.topic == fact.topic and says(verdict.mention, one)
               and one.aspects and one.aspects[0].rivals == fact.aspects[0].rivals
               and any(context.near(name, verdict.mention, only_here=True) >= NAMED_ROW for name in one.aspects[0].names)
               for one in known.facts):
            verdicts[start] = replace(verdict, status=UNKNOWN, candidates=())


def unless_of_others(verdict: Verdict, context: Context, known: Knowledge) -> Verdict:
    """A study has numbers of its own on the same questions: they contradict nothing. Nor does what a row of another table says right,
    or a cell that is no part of what the number is said to be a part of.
    """
    whole = verdict.mention.whole or verdict.mention.among
    mention = verdict.mention
    if not verdict.reason and is_difference(mention, context.text) or verdict.status == CONTRADICTED and not verdict.reason and (
            is_share_of_others(mention, context.text) or goes_on_with_others(mention, context)):
        return Verdict(UNKNOWN, verdict.paragraph, mention)
    if verdict.status == CONTRADICTED and verdict.fact and not verdict.reason and (
            OTHERS.search(place_of(verdict.mention, context).sentence) or is_left_aside(place_of(verdict.mention, context), verdict.fact)
            or _is_label_of_others(verdict.mention, verdict.fact, context) or _is_another(verdict.mention, verdict.fact, context, known)
            or whole is not None and verdict.mention.kind == "count" and verdict.fact.base is not None
            and whole.number not in (verdict.fact.base, verdict.fact.column)):
        return Verdict(UNKNOWN, verdict.paragraph, verdict.mention, verdict.fact, verdict.score)
    if verdict.status == PROVED and verdict.fact and not verdict.reason and _is_said_of_another_group(mention, verdict.fact, context, known):
        return Verdict(UNKNOWN, verdict.paragraph, mention)
    return verdict


def _is_said_of_another_group(mention: Mention, fact: Fact, context: Context, known: Knowledge) -> bool:
    """“Elf aus Landkreisen” is not the eleven of the towns, nor of all; nor is what names no group that of a sentence before."""
    if not (fact.is_cell and fact.aspects and fact.aspects[0].rivals == "group") or mention.lowest is not None:
        return False
    match, mine = FROM.match(context.text, mention.end), fact.aspects[0]
    groups = groups_in(match["words"], known) if match else set()
    return len(groups) == 1 and mine.key not in groups or bool(mine.names) and not any(
        context.near(name, mention, only_here=True) > 0 for name in mine.names)


def _is_label_of_others(mention: Mention, fact: Fact, context: Context) -> bool:
    """Whether a label and a bare number are of something that nothing says is counted here: “Bayern: 27” in a list of guests."""
    if not fact.alone or mention.kind not in ("count", "euro") or not LABELLED.fullmatch(context.text[:mention.start]):
        return False
    if mention.kind == "euro":
        return not PRIZE_WORDS.search(f"{context.lead} {context.text}")
    introduced = TAKING_PART if fact.is_cell else PRIZE_WORDS if fact.topic == "awards" else ENTRIES
    return not context.unit_of(mention) and not introduced.search(context.lead)


def _is_another(mention: Mention, accused: Fact, context: Context, known: Knowledge) -> bool:
    """Whether the number is the very value of another fact that the sentence names: a cell of a Land, how many are listed by name."""
    if mention.modifier or mention.kind not in ("count", "percent"):
        return False
    if mention.kind == "percent" and mention.places and not _is_plainly_meant(accused, mention, context):
        said = {word.casefold() for word in WORD.findall(place_of(mention, context).sentence)}
        if any(fact.topic != accused.topic and kind_fits(mention, fact) and says(mention, fact) and _is_like(fact, said)
               for fact in known.facts):
            return True                                                 # so exact a figure is no cell's of a like name by chance
    return any(
        kind_fits(mention, fact) and says(mention, fact)
        and (any(context.near(name, mention, only_here=True) >= CLEARLY for name in fact.aspects[0].names)
             if fact.is_cell and fact.aspects and fact.aspects[0].rivals.startswith("row:") and not fact.alone
             else not fact.is_cell and not fact.aspects and (mention.number or 0) >= TELLING
             and context.about(fact.about, mention, only_near=True) >= NAMED)
        for fact in known.facts)


def _is_plainly_meant(fact: Fact, mention: Mention, context: Context) -> bool:
    """Whether the sentence says what the cell's table is about, and names its row and its answer."""
    return context.about(fact.about, mention, only_near=True) >= NAMED and is_named_here(mention, fact, context)


def is_named_here(mention: Mention, fact: Fact, context: Context) -> bool:
    """Whether its own sentence names the row and the answer of a fact, as far as they have names."""
    return all(any(context.near(name, mention, only_here=True) >= NAMED_ROW for name in aspect.names)
               for aspect in fact.aspects if aspect.names)


def _is_like(fact: Fact, said: Iterable[str]) -> bool:
    """Whether words name a cell or begin as its names do: “Stiftungsgelder” for “Stiftungsmittel”, “auf Dauer” for “Dauerangebot”."""
    named = [aspect.names for aspect in fact.aspects if aspect.names] if fact.is_cell else []
    return bool(named) and all(any(all(any(len(commonprefix((term, word))) >= ALIKE for word in said) for term in name) for name in names)
                               for names in named)


def is_of_another_table(mention: Mention, fact: Fact, context: Context) -> bool:
    """Whether the sentence names a table and the cell is of another: “Integrationskonzept: 108” is not the 108 with a written concept."""
    if not fact.is_cell or max(context.spoken_here(mention).values(), default=0.0) < PLAINLY or fact.topic in context.tables_of(mention):
        return False
    if context.text[:mention.start].rstrip().endswith("(") and context.spoken_here(mention).get(fact.topic, 0.0) >= NAMED_ROW:
        return False                                                    # a bracket has no words of its own
    place = place_of(mention, context)
    if fact.topic in context.tables_in_clause(mention, (mention.start - len(place.before), mention.end + len(place.after))):
        return False
    return not (fact.alone and any(context.near(name, mention, only_here=True) >= NAMED_ROW for name in fact.aspects[0].names))


def is_called_a_sum(mention: Mention, fact: Fact, context: Context) -> bool:
    """“Zusammen sind das 65”: of what was named before, and not by chance a cell of a table that the sentence does not speak of."""
    return bool(fact.is_cell and mention.kind == "count" and TOGETHER.search(place_of(mention, context).before)
                and context.spoken_here(mention).get(fact.topic, 0.0) < NAMED_ROW)


def has_its_own_number(mention: Mention, fact: Fact, context: Context) -> bool:
    """“Schulen wirken in 93 Beiträgen mit, Verbände in 66”: what another clause names beside a number is not what this one is of."""
    if not (fact.alone and fact.is_cell) or _names(fact, place_of(mention, context).clause):
        return False
    sentence = context.sentence_at(mention.start)
    return any(context.sentence_at(number.start) == sentence and number.kind == mention.kind and number is not mention
               and _names(fact, place_of(number, context).clause) for number in context.mentions)


def _names(fact: Fact, text: str) -> bool:
    said = terms(text)
    return any(name <= said for name in fact.aspects[0].names)
