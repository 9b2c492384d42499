"""The cells that a clause can mean: of the tables that are spoken of, the rows and the answers that it names.

Where it names no group, all entries are meant, or the group that its sentence names; where it names no answer, the answer that
the sentence names, the one before it, or Yes. A number that says one of these cells is right; one that says none is wrong, and
which of them was meant is said only where there is one.
"""

from collections.abc import Iterable

from lorbeer.documentation.checking.context import Context, kind_fits
from lorbeer.documentation.checking.facts import Aspect, Fact, Knowledge, stem
from lorbeer.documentation.checking.mentions import Mention
from lorbeer.documentation.checking.places import HALF, NO_WORD, SMALL_COUNT, Place, place_of, tables_named
from lorbeer.documentation.checking.vocabulary import ELSEWHERE, IT, NEGATIONS, NO_ANSWER, PART_OF

MOST_CELLS = 4                                                          # more that may be meant are no guide
MOST_TABLES = 3
SPOKEN_OF = 0.5                                                         # how clearly, where neither row nor answer is named
OF_SHARES = 0.6                                                         # and more than half a word for “ein Sechstel”, which many things are
Said = frozenset[str]


def cells_meant(mention: Mention, context: Context, known: Knowledge) -> list[Fact]:
    """The cells that the clause of the mention can mean; none where it cannot be told, or where the number is of something else."""
    place = place_of(mention, context)
    unit = context.unit_of(mention) if mention.kind == "count" else ""
    if mention.kind not in ("count", "percent", "share") or mention.number is None or unit not in ("", "entries"):
        return []
    is_prose = mention.is_word and not unit and mention.number <= SMALL_COUNT
    if mention.kind == "count" and (mention.places or is_prose) or ELSEWHERE.search(place.sentence):
        return []
    start = mention.start - len(place.before)
    span = (start, mention.end + len(place.after))
    named = tables_named(place, known)
    tables = named or context.tables_in_clause(mention, span)
    if named and (spoken := context.spoken_here(mention)) and not named & spoken.keys():
        return []                                                       # a table of one thing, a sentence on another
    if not tables or len(tables) > MOST_TABLES:
        return []
    said = _said(context, *span)
    sentences = [_said(context, *context.span_of(one)) for one in range(context.sentence_at(mention.start), 0, -1)]
    found: list[Fact] = []
    enough = OF_SHARES if mention.kind == "share" else SPOKEN_OF
    for table in sorted(tables):
        cells = [fact for fact in known.facts if fact.topic == table and kind_fits(mention, fact) and not fact.path.endswith(".base")]
        found += _of_table(cells, place, said, sentences, is_clear=bool(named) or context.spoken_here(mention).get(table, 0.0) >= enough)
    if whole := mention.whole or mention.among:
        found = [fact for fact in found if fact.base == whole.number]
    return found if len(found) <= MOST_CELLS else []


def _of_table(cells: list[Fact], place: Place, said: Said, sentences: list[Said], *, is_clear: bool) -> list[Fact]:
    mention = place.mention
    rows = _named((fact.aspects[0] for fact in cells), said)
    if not rows and all(fact.alone for fact in cells):
        return []
    around = set[str]()
    if not rows:
        around = _named((fact.aspects[0] for fact in cells), sentences[0])
        rows = {"", *around}
    answers = {fact.aspects[-1] for fact in cells if fact.aspects[-1].rivals.startswith("answer:")}
    chosen = _named(answers, said)
    idle = frozenset(map(stem, NEGATIONS | NO_ANSWER))                  # “ohne Angabe” is said of many a thing
    is_named = any(answer.key in chosen and any(not name <= idle for name in answer.names) for answer in answers)
    has_yes = any(not answer.names for answer in answers)
    if answers and not chosen:
        if has_yes:
            in_clause, in_sentence = bool(NO_WORD.search(place.clause)), bool(NO_WORD.search(place.sentence))
            chosen = {answer.key for answer in answers if (in_sentence if answer.key in ("nein", "no") else not in_clause and not answer.names)}
        else:
            chosen = next(filter(None, (_named(answers, words - idle) for words in sentences[1:])), set())
            if not chosen and rows != {""} and not around:              # of a group that is named, each answer may be meant
                chosen = {answer.key for answer in answers}
    if mention.kind == "count" and mention.number <= SMALL_COUNT and answers and not is_named and not mention.whole:
        return []
    if not is_named and not is_clear and not IT.search(place.clause):
        return []
    if (rows == {""} or around) and not is_named and (not is_clear or mention.kind == "count" and not mention.whole and PART_OF.search(
            place.before[-24:])):
        return []
    return [fact for fact in cells if fact.aspects[0].key in rows and (not answers or fact.aspects[-1].key in chosen)]


def _named(aspects: Iterable[Aspect], said: Said) -> set[str]:
    return {aspect.key for aspect in aspects if any(name and name <= said for name in aspect.names)}


def _said(context: Context, start: int, end: int) -> Said:
    """The terms that are said there; “Verbände” does not say “Wohlfahrtsverbände”."""
    return frozenset(term for term, found in context.here.items() if any(
        start <= word.start < end and share >= HALF and (term == word.stem or not term.endswith(word.stem)) for word, share in found))
