"""Numbers that their clause itself names, whatever else the paragraph speaks of: “wurden 132 zugelassen”, “bleiben 553.000 Euro übrig”.

`meant` is asked only where `verdicts` came to no verdict, `named` before it: it decides. Each rule names one fact or none. It keeps
silent where the clause speaks of a part (“davon”, “aus kreisfreien Städten”), where the number says another fact of the same kind,
or where more than one rule would do.
"""

import re
from collections.abc import Iterable, Iterator

from lorbeer.documentation.checking.context import Context
from lorbeer.documentation.checking.facts import MAIN_PRIZE_PATH, WORD, Fact, Knowledge, terms
from lorbeer.documentation.checking.mentions import Mention
from lorbeer.documentation.checking.places import (
    AND,
    HALF,
    LONGEST_NOUN,
    NO_WORD,
    SMALL_COUNT,
    Place,
    before_bracket,
    by_path,
    groups_in,
    lands_in,
    place_of,
    tables_named,
)
from lorbeer.documentation.checking.vocabulary import (
    AMONG,
    AVERAGE,
    AWARDED,
    CLOSING,
    CUES,
    ELSEWHERE,
    ENTERED_SAID,
    ENTRY_WORDS,
    EXCLUDED,
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
    SPECIAL,
    SPENT,
    THE_REST,
    TOOK_PART,
    UNIT_OF,
    VERBS,
    WON_SAID,
)

WORTH_TOGETHER = re.compile(r"\b(?:Preisen?|Auszeichnungen|prizes|awards)"
                            r"(?:,|[\s\u00a0]+(?:und|and)|[\s\u00a0]+worth|[\s\u00a0]+im[\s\u00a0](?:Gesamtw|W)ert[\s\u00a0]von)[\s\u00a0]*\Z")
GIVEN = re.compile(r"\b(?:gewann|gewannen|erhielt|erhielten|bekamen|gingen|gehen|went|won|received)\b[^.;]*"
                   r"\b(?:\w*[Pp]reise?n?|prizes?|awards?)\b"
                   r"|\b(?:\w*[Pp]reise?n?|prizes?|awards?)\b[^.;]*(?:;[^.;]*)?\b(?:gingen|gehen|went)\b")
WITH = re.compile(r"\b[A-ZÄÖÜ][\w-]+[\s\u00a0]+(?:mit|with)[\s\u00a0]+\Z")
WON_TOO = re.compile(r"\b(?:holten?|gewann(?:en)?|errang(?:en)?|bekam(?:en)?|erhielt(?:en)?|sicherten?)\b[^.;]*"
                     r"\b(?:ebenfalls|auch|je|jeweils)[\s\u00a0]+(?:einen|welche)\b"
                     r"|\b(?:won|received)[\s\u00a0]one[\s\u00a0](?:too|each|as well)\b")
EXCLUSION_RATE = re.compile(r"\b(?:Ausschluss|Ablehnungs)quote\W+(?:\w+\W+){0,3}\Z|\bexclusion rate\W+(?:\w+\W+){0,3}\Z")
TITLE = re.compile(r"(?:\w*[Ww]ettbewerbs?|[Cc]ompetition|Preis(?:es)?)[\s\u00a0]+[„“»\"](?P<title>[^„“”«\"]{3,80})[“”«\"]")
TO_WHOM = re.compile(r"\b(?:ging|gingen|geht|gehen|floss|flossen|fließt|fließen|entf[aäi]\w+|went|goes|go)\b[^.;]*\b(?:an|to)\b")
AN_END = re.compile(r"\b(?:bis|ab|seit|startete\w*|begann\w*|Start\w*|Beginn|Ende|endete\w*|until|by|from|since|start\w*|began|end(?:ed)?)\b"
                    r"|schluss|frist|deadline", re.I)
COME_TO = re.compile(r"\b(?:auf|mit|to|with)[\s\u00a0]+\d")
OF_MONEY = re.compile(r"ausgeschöpft|\bdes (?:Preisg|G)eld(?:e?s)\b|\bof the (?:\w+ )?(?:money|million)\b", re.I)
AWARDED_SAID = re.compile(rf"{PRIZE_WORDS.pattern}|\bvergeben\b|ausgeschöpft", re.I)
OF_ALL_MONEY = re.compile(r"\bGesamt(?:volumen|summe|betrag|preisgeld)\b(?![\s\u00a0]+(?:der|des)\b)|\bin total\b")
PRIZES = re.compile(r"\b\w*[Pp]reise[ns]?\b|\bAuszeichnungen\b|\b(?:prizes|awards)\b")
TWICE = 2                                                               # as far as a sum of money may be from what it is taken for
MONEY_SAID = re.compile(r"\b(?:Euro|Geld\w*|Preisgeld\w*|Preissumme|Obergrenze|euros?|money)\b|€")
SPOKEN_OF, AHEAD = 0.5, 0.2                                             # how clearly a sentence must speak of one table, and of no other


def meant(mention: Mention, context: Context, known: Knowledge, surely: dict[int, Fact]) -> tuple[Fact, ...]:
    """The fact that the clause names, where the mention does not say it; several, where what each is worth differs."""
    place = place_of(mention, context)
    if (title := TITLE.search(place.sentence)) and known.title and not terms(title["title"]) & known.title:
        return ()                                                       # of another competition
    is_modified = mention.kind == "share" and (bool(mention.modifier) or mention.is_each)     # “etwa jeder siebte”, “nur jeder siebte”
    if not is_modified and PART_OF.search(place.before[-24:]) or PART_OF.search(place.after[:24]):
        return ()
    rules = {"day": (_day,), "euro": (_euro,), "percent": (_rate, _spent, _bracket, _option, _cell), "share": (_rate, _spent, _cell),
             "count": (_land, _count, _option, _cell)}
    found: list[Fact] = []
    for rule in rules.get(mention.kind, ()):
        found = found or list(rule(place, context, known, surely))
    facts = {fact.path: fact for fact in found}
    if not facts or len(facts) > 1 and not (mention.kind == "euro" or all(path.startswith("awards.") for path in facts)) or any(
            _says_any(mention, fact, known, place) for fact in facts.values()):
        return ()
    bound = tables_named(place, known)
    return tuple(facts.values()) if not bound or found[0].topic in bound else ()


def phase_meant(mention: Mention, context: Context, known: Knowledge) -> Fact | None:
    """The first or last day of the phase that the clause names: for months, which say a day of it or not."""
    return next(_day(place_of(mention, context), context, known, {}), None)


def is_within(month: Mention, phase: Fact, context: Context, known: Knowledge) -> bool:
    """Whether a month lies in a phase of which neither end is said: “im September lagen die Absichtserklärungen vor”."""
    if AN_END.search(place_of(month, context).sentence):
        return False
    days = [fact.day for fact in known.facts if fact.day and fact.path.rpartition(".")[0] == phase.path.rpartition(".")[0]]
    return month.day is not None and bool(days) and any(
        min(days)[:2] <= (month.day[0] or year, month.day[1]) <= max(days)[:2] for year in {day[0] for day in days})


def says_average(mention: Mention, context: Context) -> bool:
    """Whether the number is said to be an average: then it is no single prize, and no sum."""
    return bool(AVERAGE.search(place_of(mention, context).clause))


def named(mention: Mention, context: Context, known: Knowledge) -> Fact | None:
    """The fact that a clause names so plainly that no other can be meant: winners of a group, municipalities that took part.

    Of money only what is right: what each prize is worth.
    """
    place, facts = place_of(mention, context), by_path(known)
    if mention.kind == "euro" and MAIN_PRIZE.search(place.clause) and (main := facts.get(MAIN_PRIZE_PATH)) and main.number == mention.number:
        return main
    if mention.kind == "euro" and MONEY["each"].search(place.clause) and PRIZE_WORDS.search(place.clause):
        groups = groups_in(place.clause, known)
        return next((fact for path, fact in facts.items() if path.startswith("prizes.") and fact.number == mention.number
                     and (not groups or fact.aspects and fact.aspects[0].key in groups)), None)
    if mention.kind == "euro" and OF_ALL_MONEY.search(place.clause) and PRIZES.search(place.sentence) and not groups_in(place.clause, known):
        return facts.get("awards.sum")                                  # whatever group its sentence names
    if mention.kind in ("percent", "share") and mention.number is not None and (spent := next(_spent(place, context, known, {}), None)):
        return spent
    if mention.kind == "percent" and EXCLUSION_RATE.search(context.text, 0, mention.start):
        return facts.get("numbers.excluded.percent")
    if mention.kind == "percent":
        return _entered(place, context, known)
    if mention.kind == "count" and mention.whole is not None and REPRESENTED.search(place.clause) and context.unit_of(mention.whole) == "lands":
        return facts.get("awards.lands" if PRIZE_WORDS.search(place.sentence) else "numbers.lands")
    if mention.kind != "count" or mention.number is None or mention.whole is not None or mention.modifier:
        return None
    if not ELSEWHERE.search(place.sentence) and max(context.spoken_here(mention).values(), default=0.0) < HALF and not (
            PART_OF.search(place.before[-24:]) or PART_OF.search(place.after[:24])) and (
            of_land := next(_land(place, context, known, {}), None)):
        return of_land
    before = context.sentence_before(mention)
    if THE_REST.search(place.before) and EXCLUDED.search(before) and context.unit_of(mention) in ("", "entries") and not (
            groups_in(place.clause, known) or lands_in(place.clause, known)):
        return facts.get("numbers.admitted")
    if ELSEWHERE.search(place.sentence) or lands_in(place.sentence, known) or AMONG.search(place.before):
        return None
    if won := _won(place, context, known):
        return won
    after = _noun_behind(mention, context)
    groups = groups_in(after, known)
    if context.unit_of(mention) == "projects" and AWARDED.search(place.sentence):
        groups = groups or groups_in(SPECIAL[0], known)
    if (AWARDED.search(place.sentence) or context.unit_of(mention) == "awards" and groups) and not ENTRY_WORDS.search(after):
        if context.unit_of(mention) not in ("entries", "projects", "awards"):
            return None
        return facts.get(f"awards.groups.{next(iter(groups))}") if len(groups) == 1 else None
    if (LEFT_OUT.match(place.after) or EXCLUDED.search(place.clause) and context.unit_of(mention) in ("", "entries")) and not groups:
        return facts.get("numbers.excluded")
    if entered := _entered(place, context, known):
        return entered
    if PARTAKERS.match(place.after) and TOOK_PART.search(place.clause) and not groups_in(place.clause, known):
        return facts.get("numbers.applicants")
    if OF_THEM.match(place.after) and re.search(r"\b(?:aus|from)[\s\u00a0]+\Z", place.before) and any(
            UNIT_OF["lands"].match(word) for word in re.findall(r"\w+", place.sentence)):
        return facts.get("awards.lands" if PRIZE_WORDS.search(place.clause) else "numbers.lands" if ENTRY_WORDS.search(place.clause) else "")
    return None


def _noun_behind(mention: Mention, context: Context) -> str:
    return re.split(r"[,;:.()]|\b(?:und|sowie|and)\b", context.text[mention.end:mention.end + LONGEST_NOUN], maxsplit=1)[0]


def _entered(place: Place, context: Context, known: Knowledge) -> Fact | None:
    """How many of a group took part, or what share they are, where the group stands behind the number and the sentence says so."""
    groups = groups_in(_noun_behind(place.mention, context), known)
    before = context.sentence_before(place.mention)
    is_next = bool(ENTRY_WORDS.search(before) and groups_in(before, known)) and context.unit_of(place.mention) in ("", "entries")
    if not groups and is_next and COME_TO.search(place.clause):
        groups = groups_in(place.before, known)                         # “Kreisfreie Städte kommen auf 44, Landkreise auf 24”
    is_of_a_table = max(context.spoken_here(place.mention).values(), default=0.0) >= HALF
    is_of_others = any(words.search(place.sentence) for words in (PRIZE_WORDS, NO_WORD, ELSEWHERE))
    if len(groups) != 1 or is_of_a_table or is_of_others or not (is_next or ENTERED_SAID.search(place.sentence)):
        return None
    if (place.mention.number or 0) <= SMALL_COUNT:
        return None
    return by_path(known).get(f"numbers.groups.{next(iter(groups))}{'' if place.mention.kind == 'count' else '.percent'}")


def _won(place: Place, context: Context, known: Knowledge) -> Fact | None:
    """How many prizes went to the one group that a clause names, in a sentence that counts prizes: “kreisfreie Städte vier”."""
    groups = groups_in(place.clause, known)
    if len(groups) > 1:                                                 # “six to independent towns and five to districts”
        groups = groups_in(AND.split(place.before)[-1] + AND.split(place.after)[0], known)
    has_won_too = WON_TOO.search(place.sentence) and GIVEN.search(context.sentence_before(place.mention))
    units = ("", "awards", "entries") if has_won_too else ("", "awards")
    if len(groups) != 1 or context.unit_of(place.mention) not in units or not (has_won_too or GIVEN.search(place.sentence)):
        return None
    return None if ENTRY_WORDS.search(place.sentence) else by_path(known).get(f"awards.groups.{next(iter(groups))}")


def group_whole(mention: Mention, context: Context, known: Knowledge) -> Fact | None:
    """How many of a group there are, where a whole is called so (“von den 44 kreisfreien Städten”) and nothing of the group is as many."""
    words = WORD.findall(re.split(r"\d", _noun_behind(mention, context), maxsplit=1)[0])
    verb = next((place for place, word in enumerate(words) if word in VERBS), len(words))
    groups = groups_in(" ".join(words[:verb]), known)
    fact = by_path(known).get(f"numbers.groups.{next(iter(groups))}") if len(groups) == 1 else None
    if fact is None or any(one.kind == "count" and one.number == mention.number and one.aspects and one.aspects[0] in fact.aspects
                           for one in known.facts):
        return None
    return fact


def _says_any(mention: Mention, fact: Fact, known: Knowledge, place: Place) -> bool:
    """Whether the mention says another fact that the clause could be about as well: then it is no error."""
    family = fact.path.partition(".")[0]
    if fact.path.endswith(".average"):
        return fact.number is not None and mention.allows(fact.number)
    if fact.path.endswith(".rate") or fact.path.startswith("awards.groups.") and fact.kind == "percent":
        return any(one.exact is not None and mention.allows(one.exact) or one.number is not None and mention.allows(one.number)
                   for one in known.facts if one.aspects == fact.aspects and one.kind == "percent" and one.topic in ("awards", "numbers")
                   and (one == fact or PRIZES_OF.search(place.said) or not fact.path.endswith(".rate")))
    if fact.kind == "day":
        return any(one.day is not None and mention.day is not None and one.day[1:] == mention.day[1:] and mention.day[0] in (0, one.day[0])
                   for one in known.facts if one.kind == "day")
    return any(
        one.number is not None and mention.allows(one.number)
        for one in known.facts
        if one.kind == fact.kind
        and (fact.unit != "lands" or one.unit == "lands")
        and (
            one.path.partition(".")[0] == family or fact.kind == "euro" and one.path.startswith(("awards", "prizes", "award."))
        )
    )


def _day(place: Place, _context: Context, known: Knowledge, _surely: dict[int, Fact]) -> Iterator[Fact]:
    """The phase that the clause names, or else the sentence if it names one only."""
    for text in (place.clause, place.sentence):
        text = text.replace(place.mention.raw, " ")                     # its own points end no sentence
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
    if not WON_SAID.search(place.said) or place.mention.number is None:
        return
    groups = groups_in(place.clause, known) or (set() if ENTRY_WORDS.search(place.clause) else groups_in(place.sentence, known))
    facts = by_path(known)
    if len(groups) > 1:                                                 # “nur jeder achte Landkreis und nur jede elfte Stadt”
        groups = groups_in(AND.split(place.before)[-1] + AND.split(place.after)[0], known)
        if not groups:
            return
    if len(groups) == 1 and (rate := facts.get(f"awards.groups.{(group := groups.pop())}.rate")):
        yield rate
        if PRIZES_OF.search(place.clause) and (part := facts.get(f"awards.groups.{group}.percent")):
            yield part
    elif not groups and ENTRY_WORDS.search(place.clause) and not lands_in(place.clause, known) and "awards.rate" in facts:
        yield facts["awards.rate"]


def _spent(place: Place, context: Context, known: Knowledge, _surely: dict[int, Fact]) -> Iterator[Fact]:
    """How much of the money was awarded: a share beside a sum of money, or said to be of it."""
    sums = [fact.number for path in ("awards.sum", "awards.cap", "awards.left") if (fact := by_path(known).get(path)) and fact.number]
    sentence = context.sentence_at(place.mention.start)
    paid = [number.number for number in context.mentions
            if number.kind == "euro" and number.number and context.sentence_at(number.start) == sentence]
    if not AWARDED_SAID.search(context.text) or any(not any(one <= TWICE * other and other <= TWICE * one for other in sums) for one in paid):
        return                                                          # of another sum
    is_of_money = MONEY_SAID.search(place.sentence) and SPENT.search(place.clause) or OF_MONEY.search(place.said)
    is_part = MONEY["left"].search(place.clause) or TO_WHOM.search(place.sentence) or groups_in(place.sentence, known)
    if is_of_money and not is_part and "awards.percent" in by_path(known):
        yield by_path(known)["awards.percent"]


def _land(place: Place, context: Context, known: Knowledge, _surely: dict[int, Fact]) -> Iterator[Fact]:
    """How many entries, or prizes, the one Land has that the clause names."""
    mention, lands = place.mention, lands_in(place.clause, known)
    if len(lands) > 1 and WITH.search(place.before):                    # “Hessen mit drei und Bayern mit zwei”
        lands = lands_in(AND.split(place.before)[-1], known)
    if not lands and (bracket := before_bracket(context.text[:place.mention.start])):
        lands = lands_in(bracket["words"], known)
    unit = context.unit_of(mention)
    if len(lands) != 1 or mention.number is None or mention.modifier or mention.whole or groups_in(place.sentence, known):
        return
    is_bare = mention.is_word and not unit and not mention.raw.lower().endswith("mal")
    follows = _prizes_before(context, mention, known)
    if is_bare and place.said == place.clause and not (follows and WITH.search(place.before)) or unit not in ("", "entries", "awards"):
        return
    facts, land = by_path(known), lands.pop()
    won = unit == "awards" or not ENTRY_WORDS.search(place.sentence) and unit != "entries" and (PRIZE_WORDS.search(place.sentence) or follows)
    has_entered = ENTRY_WORDS.search(place.sentence) or unit == "entries" and TOOK_PART.search(place.sentence) or REPRESENTED.search(place.said)
    if won or has_entered or _goes_on(context, mention, known):
        yield facts[f"awards.land.{land}" if won else f"numbers.land.{land}"]


def _prizes_before(context: Context, mention: Mention, known: Knowledge) -> bool:
    """Whether the sentence before says of Länder how many prizes they have: “Dahinter liegt Hessen mit drei”."""
    before = context.sentence_before(mention)
    return bool(PRIZE_WORDS.search(before) and not ENTRY_WORDS.search(before) and lands_in(before, known))


def _goes_on(context: Context, mention: Mention, known: Knowledge) -> bool:
    """Whether the sentence before says of Länder how many entries came from them: “Niedersachsen folgt mit 18”."""
    before = context.sentence_before(mention)
    return bool(ENTRY_WORDS.search(before) and lands_in(before, known))


def _euro(place: Place, context: Context, known: Knowledge, _surely: dict[int, Fact]) -> Iterator[Fact]:
    facts = by_path(known)
    if AVERAGE.search(place.clause):
        yield from [facts["awards.average"]] if PRIZE_WORDS.search(place.clause) and "awards.average" in facts else []
        return
    roles = {role for role, pattern in MONEY.items() if pattern.search(place.clause)}
    piece = AND.split(place.before)[-1] + AND.split(place.after)[0]
    if not roles and len(groups_in(piece, known)) == 1:            # “an die Städte flossen 100.000 Euro und an die Kreise 75.000 Euro”
        roles = {role for role, pattern in MONEY.items() if pattern.search(place.sentence)}
    if not roles and WORTH_TOGETHER.search(context.text[:place.mention.start]):               # “21 Auszeichnungen, 465.000 Euro”
        roles = {"sum"}
    for role in ("left", "each", "sum"):                                # “von den bereitgestellten Mitteln blieb … übrig”
        roles = {role} if role in roles else roles
    if not PRIZE_WORDS.search(context.text) or len(roles) != 1 or place.mention.modifier in ("over", "under", "least"):
        return
    groups = groups_in(place.clause, known) or ("each" not in roles and groups_in(place.sentence, known) or set())
    if len(groups) > 1:
        groups = groups_in(piece, known) or groups
    if not groups & {code for path in facts if path.startswith("awards.groups.") for code in (path.split(".")[2],)} and any(
            UNIT_OF["projects"].match(word) for word in WORD.findall(place.clause)):
        groups = groups_in(SPECIAL[0], known)
    match roles.pop():
        case "left":
            path = "awards.left"
        case "cap":
            path = "awards.cap"
        case "each":
            if MAIN_PRIZE.search(place.clause) and MAIN_PRIZE_PATH in facts:
                yield facts[MAIN_PRIZE_PATH]
                return
            prizes = {fact.number: fact for fact in known.facts if fact.path.startswith("prizes.") and fact.path != MAIN_PRIZE_PATH
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
    facts = by_path(known)
    lands, groups = lands_in(place.clause, known), groups_in(place.clause, known)
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
    match = before_bracket(context.text[:place.mention.start])
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
    if not spoken or not _is_open(place, context) or groups_in(place.clause, known):
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
    groups = groups_in(place.clause, known) or groups_in(place.sentence, known)
    if len(groups) > 1:
        return
    key = next(iter(groups), "")
    mine = [fact for fact in cells if fact.aspects[0].key == key and not fact.aspects[-1].names]
    yield from mine if len(mine) == 1 and not NO_WORD.search(place.clause) else []


def _only(options: Iterable[Fact], spoken: set[str]) -> Iterator[Fact]:
    options = list(options)
    yield from [fact for fact in options if fact.topic in spoken] or (options if len(options) == 1 and spoken else [])

