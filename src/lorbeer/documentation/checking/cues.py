"""Numbers that their clause itself names, whatever else the paragraph speaks of: “wurden 132 zugelassen”, “bleiben 553.000 Euro übrig”.

`meant` is asked only where `verdicts` came to no verdict, `named` before it: it decides. Each rule names one fact or none. It keeps
silent where the clause speaks of a part (“davon”, “aus kreisfreien Städten”), where the number says another fact of the same kind,
or where more than one rule would do.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from lorbeer.documentation.checking.context import Context
from lorbeer.documentation.checking.counting import TABLE
from lorbeer.documentation.checking.facts import WORD, Fact, Knowledge, terms
from lorbeer.documentation.checking.mentions import Mention
from lorbeer.documentation.checking.vocabulary import (
    AMONG,
    AVERAGE,
    AWARDED,
    CLOSING,
    CUES,
    ELSEWHERE,
    ENTRY_WORDS,
    LEFT_OUT,
    MAIN_PRIZE,
    MONEY,
    OF_THEM,
    PART_OF,
    PARTAKERS,
    PHASES,
    PRIZE_WORDS,
    PRIZES_OF,
    REPRESENTED,
    TOGETHER,
    TOGETHER_BEFORE,
    TOOK_PART,
    UNIT_OF,
    WON_SAID,
)
from lorbeer.documentation.dataset import number_text
from lorbeer.documentation.numerals import number_of

CLAUSE = re.compile(
    r"[;:()–]|,(?!\d)|\b(?:und|sowie|während|wobei|and)\b(?=[^.;,]*\b(?:wurden?|werden|sind|waren|haben|hatten|kamen|gingen|lagen|blieben|erhalten|were|was)\b)"
)
BRACKET = re.compile(r"(?P<words>(?:[\w-]+[\s\u00a0]+){0,3}?[A-ZÄÖÜ][\w-]+)(?:[\s\u00a0]+mit)?[\s\u00a0]*\([\s\u00a0]*\Z")

BACK_TO_LANDS = re.compile(r"\b(?:die|diese|the|these)[\s\u00a0]+(?P<many>[a-zäöüß]+)[\s\u00a0]+(?:Länder|Bundesländer|states)\b", re.I)
SMALL_COUNT, HALF = 12, 0.5
LONGEST_NOUN = 60                                                       # characters behind a number that may name what it counts
SPOKEN_OF, AHEAD = 0.5, 0.2                                             # how clearly a sentence must speak of one table, and of no other
NO_WORD = re.compile(r"\b(?:nicht|kein\w*|nein|ohne|verneinen|verneint\w*|fehlt|not|no|without)\b", re.I)


@dataclass(frozen=True)
class Place:
    """A mention with the sentence and the clause that it stands in."""

    mention: Mention
    sentence: str
    clause: str
    before: str                                                         # of the clause
    after: str


def place_of(mention: Mention, context: Context) -> Place:
    starts = [0, *(start for start in context.sentences if not context.text[:start].rstrip().endswith(":")), len(context.text)]
    first = max(start for start in starts if start <= mention.start)
    last = min(start for start in starts if start > mention.start)
    cuts = [first, *(match.end() for match in CLAUSE.finditer(context.text, first, last)
                     if not mention.start <= match.start() < mention.end), last]
    begin = max(cut for cut in cuts if cut <= mention.start)
    end = min(cut for cut in cuts if cut > mention.start)
    return Place(mention, context.text[first:last], context.text[begin:end], context.text[begin:mention.start], context.text[mention.end:end])


def meant(mention: Mention, context: Context, known: Knowledge, surely: dict[int, Fact]) -> tuple[Fact, ...]:
    """The fact that the clause names, where the mention does not say it; several, where what each is worth differs."""
    place = place_of(mention, context)
    if PART_OF.search(place.before[-24:]) or PART_OF.search(place.after[:24]):
        return ()
    rules = {"day": (_day,), "euro": (_euro,), "percent": (_rate, _bracket, _option, _cell), "share": (_rate, _cell),
             "count": (_land, _count, _option, _cell)}
    found: list[Fact] = []
    for rule in rules.get(mention.kind, ()):
        found = found or list(rule(place, context, known, surely))
    facts = {fact.path: fact for fact in found}
    if not facts or len(facts) > 1 and not (mention.kind == "euro" or all(path.startswith("awards.") for path in facts)) or any(
            _says_any(mention, fact, known) for fact in facts.values()):
        return ()
    bound = tables_named(place, known)
    return tuple(facts.values()) if not bound or found[0].topic in bound else ()


def phase_meant(mention: Mention, context: Context, known: Knowledge) -> Fact | None:
    """The first or last day of the phase that the clause names: for months, which say a day of it or not."""
    return next(_day(place_of(mention, context), context, known, {}), None)


def sum_meant(mention: Mention, context: Context, known: Knowledge) -> Fact | None:
    """What those that the sentence names are together, where the number is said to be that: groups, Länder, or options of one table."""
    place = place_of(mention, context)
    if mention.kind != "count" or mention.whole is not None or context.unit_of(mention) not in ("", "entries", "awards"):
        return None
    if not (TOGETHER_BEFORE.search(place.before) and TOGETHER.search(place.before)):
        return None
    before = context.text[:mention.start]
    sentence = context.text[context.span_of(context.sentence_at(mention.start))[0]:mention.start]
    lands = _lands(sentence, known)
    if not lands and (match := BACK_TO_LANDS.search(sentence)) and len(named := _lands(before, known)) == number_of(match["many"]):
        lands = named
    facts = _by_path(known)
    won = PRIZE_WORDS.search(sentence) and not ENTRY_WORDS.search(place.sentence)
    parts = [facts[f"{'awards' if won else 'numbers'}.land.{land}"] for land in sorted(lands)]
    if not parts and not context.tables_of(mention):
        of_all = "awards.groups" if won else "numbers.groups"
        parts = [facts[path] for group in sorted(_groups(sentence, known)) if (path := f"{of_all}.{group}") in facts]
    if not parts:
        said = terms(sentence)
        options: dict[str, list[Fact]] = {}
        for fact in known.facts:
            if fact.is_cell and fact.alone and fact.kind == "count" and any(name <= said for name in fact.aspects[0].names):
                options.setdefault(fact.topic, []).append(fact)
        parts = next(iter(options.values())) if len(options) == 1 else []
    if len(parts) < 2 or any(part.number is None for part in parts):
        return None
    total = sum((part.number or Decimal(0) for part in parts), Decimal(0))
    return replace(parts[0], path=" + ".join(part.path for part in parts), label=" + ".join(part.label for part in parts),
                   text=number_text(int(total)), number=total, exact=None)


def says_average(mention: Mention, context: Context) -> bool:
    """Whether the number is said to be an average: then it is no single prize, and no sum."""
    return bool(AVERAGE.search(place_of(mention, context).clause))


def tables_named(place: Place, known: Knowledge) -> set[str]:
    """The codes of the tables that the clause, or its bracket, names by their number (“in Tabelle 4”): a share there is one of theirs."""
    start, end = place.sentence.find(place.clause), place.sentence.find(")", place.sentence.find(place.clause))
    rest = place.sentence[start + len(place.clause):end] if end > 0 else ""
    rest = rest if place.before.rfind("(") > place.before.rfind(")") or place.sentence[:start].rstrip().endswith("(") else ""
    text = place.clause if "(" in rest else f"{place.clause} {rest}"
    return {known.tables[number]["code"] for match in TABLE.finditer(text) if (number := int(match["number"])) in known.tables}


def named(mention: Mention, context: Context, known: Knowledge) -> Fact | None:
    """The fact that a clause names so plainly that no other can be meant: winners of a group, municipalities that took part.

    Of money only what is right: what each prize is worth.
    """
    place, facts = place_of(mention, context), _by_path(known)
    if mention.kind == "euro" and MAIN_PRIZE.search(place.clause) and "prizes.main" in facts and facts["prizes.main"].number == mention.number:
        return facts["prizes.main"]
    if mention.kind == "euro" and MONEY["each"].search(place.clause) and PRIZE_WORDS.search(place.clause):
        groups = _groups(place.clause, known)
        return next((fact for path, fact in facts.items() if path.startswith("prizes.") and fact.number == mention.number
                     and (not groups or fact.aspects and fact.aspects[0].key in groups)), None)
    if mention.kind != "count" or mention.number is None or mention.whole is not None or mention.modifier:
        return None
    if not ELSEWHERE.search(place.sentence) and max(context.spoken_here(mention).values(), default=0.0) < HALF and not (
            PART_OF.search(place.before[-24:]) or PART_OF.search(place.after[:24])) and (
            of_land := next(_land(place, context, known, {}), None)):
        return of_land
    if ELSEWHERE.search(place.sentence) or _lands(place.sentence, known) or AMONG.search(place.before):
        return None
    after = re.split(r"[,;:.()]|\b(?:und|sowie|and)\b", context.text[mention.end:mention.end + LONGEST_NOUN], maxsplit=1)[0]
    groups = _groups(after, known)
    if AWARDED.search(place.sentence) and not ENTRY_WORDS.search(after):
        if context.unit_of(mention) not in ("entries", "projects", "awards"):
            return None
        groups = groups or {code for code in _groups(place.sentence, known) if f"awards.groups.{code}" in facts} if context.unit_of(
            mention) == "projects" else groups
        return facts.get(f"awards.groups.{next(iter(groups))}") if len(groups) == 1 else None
    if LEFT_OUT.match(place.after) and not groups:
        return facts.get("numbers.excluded")
    if PARTAKERS.match(place.after) and TOOK_PART.search(place.clause) and not _groups(place.clause, known):
        return facts.get("numbers.applicants")
    if OF_THEM.match(place.after) and re.search(r"\b(?:aus|from)[\s\u00a0]+\Z", place.before) and any(
            UNIT_OF["lands"].match(word) for word in re.findall(r"\w+", place.sentence)):
        return facts.get("awards.lands" if PRIZE_WORDS.search(place.clause) else "numbers.lands" if ENTRY_WORDS.search(place.clause) else "")
    return None


def _says_any(mention: Mention, fact: Fact, known: Knowledge) -> bool:
    """Whether the mention says another fact that the clause could be about as well: then it is no error."""
    family = fact.path.partition(".")[0]
    if fact.path.endswith(".average"):
        return fact.number is not None and mention.allows(fact.number)
    if fact.path.endswith(".rate") or fact.path.startswith("awards.groups.") and fact.kind == "percent":
        return any(one.exact is not None and mention.allows(one.exact) or one.number is not None and mention.allows(one.number)
                   for one in known.facts if one.aspects == fact.aspects and one.kind == "percent" and one.topic in ("awards", "numbers"))
    if fact.kind == "day":
        return any(one.day is not None and mention.day is not None and one.day[1:] == mention.day[1:] and mention.day[0] in (0, one.day[0])
                   for one in known.facts if one.kind == "day")
    return any(
        one.number is not None and mention.allows(one.number)
        for one in known.facts
        if one.kind == fact.kind
        and (
            one.path.partition(".")[0] == family or fact.kind == "euro" and one.path.startswith(("awards", "prizes", "award."))
        )
    )


def _by_path(known: Knowledge) -> dict[str, Fact]:
    if not known.by_path:
        known.by_path = {fact.path: fact for fact in known.facts}
    return known.by_path


def _groups(text: str, known: Knowledge) -> set[str]:
    """Groups that a stretch of text names."""
    said = terms(text)
    return {aspect.key for fact in known.facts if fact.path.startswith(("numbers.groups.", "awards.groups.")) for aspect in fact.aspects
            if aspect.rivals == "group" and any(name <= said for name in aspect.names)}


def _lands(text: str, known: Knowledge) -> set[str]:
    said = terms(text)
    return {aspect.key for fact in known.facts if fact.path.startswith("numbers.land.") for aspect in fact.aspects
            if any(name <= said for name in aspect.names)}


def _day(place: Place, _context: Context, known: Knowledge, _surely: dict[int, Fact]) -> Iterator[Fact]:
    """The phase that the clause names, or else the sentence if it names one only."""
    for text in (place.clause, place.sentence):
        phases = {kind for kind, pattern in PHASES.items() if pattern.search(text)}
        if len(phases) != 1:
            if phases:
                return
            continue
        kind = phases.pop()
        facts = [fact for fact in known.facts if fact.path.startswith(f"dates.{kind}.")]
        end = CLOSING.search(f"{place.before[-40:]} {place.after[:30]}")
        wanted = [fact for fact in facts if fact.path.endswith(".end" if end else ".start")] or facts
        yield from wanted[:1]
        return


def _rate(place: Place, _context: Context, known: Knowledge, _surely: dict[int, Fact]) -> Iterator[Fact]:
    """How many of a group won, or how many of those who won are of it, where the clause says that somebody won."""
    if not WON_SAID.search(place.clause) or place.mention.number is None:
        return
    groups = _groups(place.clause, known) or (set() if ENTRY_WORDS.search(place.clause) else _groups(place.sentence, known))
    facts = _by_path(known)
    if len(groups) == 1 and (rate := facts.get(f"awards.groups.{(group := groups.pop())}.rate")):
        yield rate
        if PRIZES_OF.search(place.clause) and (part := facts.get(f"awards.groups.{group}.percent")):
            yield part
    elif not groups and ENTRY_WORDS.search(place.clause) and not _lands(place.clause, known) and "awards.rate" in facts:
        yield facts["awards.rate"]


def _land(place: Place, context: Context, known: Knowledge, _surely: dict[int, Fact]) -> Iterator[Fact]:
    """How many entries, or prizes, the one Land has that the clause names."""
    mention, lands = place.mention, _lands(place.clause, known)
    unit = context.unit_of(mention)
    if len(lands) != 1 or mention.number is None or mention.modifier or mention.whole or _groups(place.sentence, known):
        return
    if mention.is_word and not unit and not mention.raw.lower().endswith("mal") or unit not in ("", "entries", "awards"):
        return
    facts, land = _by_path(known), lands.pop()
    won = unit == "awards" or not ENTRY_WORDS.search(place.sentence) and unit != "entries" and PRIZE_WORDS.search(place.sentence)
    if won or ENTRY_WORDS.search(place.sentence) or unit == "entries" and TOOK_PART.search(place.sentence) or REPRESENTED.search(place.clause):
        yield facts[f"awards.land.{land}" if won else f"numbers.land.{land}"]


def _euro(place: Place, context: Context, known: Knowledge, _surely: dict[int, Fact]) -> Iterator[Fact]:
    facts = _by_path(known)
    if AVERAGE.search(place.clause):
        yield from [facts["awards.average"]] if PRIZE_WORDS.search(place.clause) and "awards.average" in facts else []
        return
    roles = {role for role, pattern in MONEY.items() if pattern.search(place.clause)}
    for role in ("left", "each", "sum"):                                # “von den bereitgestellten Mitteln blieb … übrig”
        roles = {role} if role in roles else roles
    if not PRIZE_WORDS.search(context.text) or len(roles) != 1 or place.mention.modifier in ("over", "under", "least"):
        return
    groups = _groups(place.clause, known) or ("each" not in roles and _groups(place.sentence, known) or set())
    match roles.pop():
        case "left":
            path = "awards.left"
        case "cap":
            path = "awards.cap"
        case "each":
            if MAIN_PRIZE.search(place.clause) and "prizes.main" in facts:
                yield facts["prizes.main"]
                return
            prizes = {fact.number: fact for fact in known.facts if fact.path.startswith("prizes.") and fact.path != "prizes.main"
                      and (not groups or fact.aspects and fact.aspects[0].key in groups)}
            yield from prizes.values()
            return
        case role:
            if len(groups) > 1 or role == "part" and not groups:
                return
            path = f"awards.groups.{next(iter(groups))}.sum" if groups else "awards.sum"
    if path in facts:
        yield facts[path]


def _count(place: Place, context: Context, known: Knowledge, surely: dict[int, Fact]) -> Iterator[Fact]:
    mention = place.mention
    unit = context.unit_of(mention)
    if mention.modifier or mention.number is None or mention.whole is not None or unit == "other":
        return
    facts = _by_path(known)
    lands, groups = _lands(place.clause, known), _groups(place.clause, known)
    if unit == "lands" and PRIZE_WORDS.search(context.text) and not ENTRY_WORDS.search(place.sentence):
        yield facts["awards.lands"]
    if lands or groups or mention.is_word and not unit and mention.among is None:
        return
    for path, (units, pattern) in CUES.items():
        if unit in units and path in facts and pattern.search(place.clause):
            yield facts[path]
    yield from _bracket(place, context, known, surely)


def _bracket(place: Place, context: Context, known: Knowledge, surely: dict[int, Fact]) -> Iterator[Fact]:
    """`Wohlfahrtsverbände (56,5 Prozent)`: the option before the bracket, in a text that speaks of the table it belongs to."""
    match = BRACKET.search(context.text[:place.mention.start])
    if not match or place.mention.modifier:
        return
    said = terms(" ".join(WORD.findall(match["words"])[-2:]))
    kind = place.mention.kind
    options = [fact for fact in known.facts if fact.alone and fact.kind == kind and fact.path.startswith("tab") and fact.aspects
               and any(name and name <= said for name in fact.aspects[0].names)]
    spoken = {fact.topic for fact in surely.values()}
    yield from _only(options, spoken)


def _is_open(place: Place, context: Context) -> bool:
    """Whether a cell of a table can be looked for: the number counts entries or is a share, and is from nowhere else."""
    mention = place.mention
    unit = context.unit_of(mention) if mention.kind == "count" else ""
    return not (mention.modifier or mention.whole is not None or mention.places > 1 or unit not in ("", "entries") or mention.is_word
                or mention.kind == "count" and (mention.places or (mention.number or 0) <= SMALL_COUNT) or ELSEWHERE.search(place.sentence))


def _option(place: Place, context: Context, known: Knowledge, surely: dict[int, Fact]) -> Iterator[Fact]:
    """The one option that the clause names, in a text that surely speaks of its table."""
    spoken = {fact.topic for fact in surely.values()}
    if not spoken or not _is_open(place, context) or _groups(place.clause, known):
        return
    start = place.mention.start - len(place.before)
    end = place.mention.end + len(place.after)
    said = {term for term, found in context.here.items() if any(start <= word.start < end and share >= HALF for word, share in found)}
    options = {
        fact.path: fact
        for fact in known.facts
        if fact.alone
        and fact.kind == place.mention.kind
        and fact.topic in spoken
        and fact.aspects
        and any(name and name <= said for name in fact.aspects[0].names)
    }
    yield from options.values()


def _cell(place: Place, context: Context, known: Knowledge, _surely: dict[int, Fact]) -> Iterator[Fact]:
    """The cell of the one table that the sentence speaks of, where the number stands in none of its cells."""
    mention = place.mention
    if not _is_open(place, context):
        return
    strengths: dict[str, float] = {}
    tables: dict[str, list[Fact]] = {}
    for fact in known.facts:
        if (
            fact.kind == mention.kind
            and fact.aspects
            and not fact.alone
            and any(aspect.rivals.startswith("answer:") for aspect in fact.aspects)
        ):
            tables.setdefault(fact.topic, []).append(fact)
            if fact.topic not in strengths:
                strengths[fact.topic] = context.about(fact.about, mention, only_near=True)
    ranked = sorted(strengths.items(), key=lambda pair: -pair[1])
    if not ranked or ranked[0][1] < SPOKEN_OF or len(ranked) > 1 and ranked[1][1] > ranked[0][1] - AHEAD:
        return
    cells = tables[ranked[0][0]]
    if any(fact.number is not None and mention.allows(fact.number) for fact in cells):
        return
    groups = _groups(place.clause, known) or _groups(place.sentence, known)
    if len(groups) > 1:
        return
    key = next(iter(groups), "")
    mine = [fact for fact in cells if fact.aspects[0].key == key and not fact.aspects[-1].names]
    yield from mine if len(mine) == 1 and not NO_WORD.search(place.clause) else []


def _only(options: Iterable[Fact], spoken: set[str]) -> Iterator[Fact]:
    options = list(options)
    yield from [fact for fact in options if fact.topic in spoken] or (options if len(options) == 1 and spoken else [])

