"""Where a number stands: its sentence and its clause, and what these name: groups, Länder, a table by its number."""

import re
from dataclasses import dataclass

from lorbeer.documentation.checking.context import Context
from lorbeer.documentation.checking.counting import TABLE
from lorbeer.documentation.checking.facts import WORD, Fact, Knowledge, Names, stem, terms
from lorbeer.documentation.checking.mentions import Mention
from lorbeer.documentation.checking.vocabulary import LEFT_ASIDE
from lorbeer.documentation.dataset import said

CLAUSE = re.compile(
    r"[;:()–]|,(?!\d)|\b(?:und|sowie|während|wobei|and)\b(?=[^.;,]*\b(?:wurden?|werden|sind|waren|haben|hatten|kamen|gingen|lagen|blieben|erhalten|were|was)\b)"
)
_BRACKETS = {language: re.compile(rf"(?P<words>(?:[\w-]+[\s\u00a0]+){{0,3}}{noun}[\w-]+)(?:[\s\u00a0]+mit)?[\s\u00a0]*\([\s\u00a0]*\Z")
             for language, noun in (("de", "?[A-ZÄÖÜ]"), ("en", ""))}
AND = re.compile(r"\b(?:und|sowie|and)[\s\u00a0]")
NO_WORD = re.compile(r"\b(?:nicht(?! einmal\b)|kein\w*|nein|ohne|verneinen|verneint\w*|fehlt|not|no|without)\b", re.I)
SMALL_COUNT, HALF = 12, 0.5
SHORT_CLAUSE = 5                                                        # words beside the number
LONGEST_NOUN = 60                                                       # characters behind a number that may name what it counts


@dataclass(frozen=True)
class Place:
    """A mention with the sentence and the clause that it stands in."""

    mention: Mention
    sentence: str
    clause: str
    before: str                                                         # of the clause
    after: str

    @property
    def said(self) -> str:
        """What is said of the number: a clause that has but a thing and a number (“von den Landkreisen 12,5 Prozent”) has its verb before."""
        return self.sentence if len(re.findall(r"[^\W\d_]+", self.clause.replace(self.mention.raw, " "))) <= SHORT_CLAUSE else self.clause


def place_of(mention: Mention, context: Context) -> Place:
    """Where a mention stands; found once for each, since many rules ask for it."""
    if mention not in context.places:
        context.places[mention] = _place_of(mention, context)
    return context.places[mention]


def _place_of(mention: Mention, context: Context) -> Place:
    starts = [0, *(start for start in context.sentences if not context.text[:start].rstrip().endswith(":")), len(context.text)]
    first = max(start for start in starts if start <= mention.start)
    last = min(start for start in starts if start > mention.start)
    cuts = [first, *(match.end() for match in CLAUSE.finditer(context.text, first, last)
                     if not mention.start <= match.start() < mention.end), last]
    begin = max(cut for cut in cuts if cut <= mention.start)
    end = min(cut for cut in cuts if cut > mention.start)
    return Place(mention, context.text[first:last], context.text[begin:end], context.text[begin:mention.start], context.text[mention.end:end])


def before_bracket(text: str) -> re.Match[str] | None:
    """The words before the bracket that has just opened."""
    return _BRACKETS[said("de", "en")].search(text, max(0, len(text) - LONGEST_NOUN))


def tables_named(place: Place, known: Knowledge) -> set[str]:
    """The codes of the tables that the clause, or its bracket, names by their number (“in Tabelle 4”): a share there is one of theirs."""
    start, end = place.sentence.find(place.clause), place.sentence.find(")", place.sentence.find(place.clause))
    rest = place.sentence[start + len(place.clause):end] if end > 0 else ""
    rest = rest if place.before.rfind("(") > place.before.rfind(")") or place.sentence[:start].rstrip().endswith("(") else ""
    text = place.clause if "(" in rest else f"{place.clause} {rest}"
    return {known.tables[number]["code"] for match in TABLE.finditer(text) if (number := int(match["number"])) in known.tables}


def by_path(known: Knowledge) -> dict[str, Fact]:
    if not known.by_path:
        known.by_path = {fact.path: fact for fact in known.facts}
    return known.by_path


def groups_in(text: str, known: Knowledge) -> set[str]:
    """Groups that a stretch of text names. “Municipalities within a district” are no districts."""
    spoken = terms(text)
    found: dict[str, tuple[Names, frozenset[str]]] = {}
    for fact in known.facts:
        if fact.path.startswith(("numbers.groups.", "awards.groups.")):
            for aspect in fact.aspects:
                if aspect.rivals == "group" and any(name <= spoken for name in aspect.names):
                    found.setdefault(aspect.key, (aspect.names, terms(fact.label)))
    words = [stem(word) for word in WORD.findall(text)] if len(found) > 1 else []
    return {key for key, (names, _label) in found.items() if not any(
        other != key and any(name <= label and max(map(words.count, name), default=0) < 2 for name in names) and not any(
            name <= found[key][1] for name in others) for other, (others, label) in found.items())}


def lands_in(text: str, known: Knowledge) -> set[str]:
    """Länder that a stretch of text names. “Lower Saxony” is no Saxony."""
    spoken = terms(text)
    found = {(aspect.key, name) for fact in known.facts if fact.path.startswith("numbers.land.") for aspect in fact.aspects
             for name in aspect.names if name <= spoken}
    return {key for key, name in found if not any(name < longer for _other, longer in found)}


def is_left_aside(place: Place, fact: Fact) -> bool:
    """Whether what a fact is about is named in the sentence as what is not counted: “im Osten, Berlin nicht mitgerechnet”."""
    names = fact.aspects[0].names if fact.aspects else ()
    return any(terms(word[0]) in names and (LEFT_ASIDE.search(place.sentence[:word.start()]) or LEFT_ASIDE.match(place.sentence[word.end():]))
               for word in WORD.finditer(place.sentence))
