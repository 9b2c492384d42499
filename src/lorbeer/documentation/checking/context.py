"""How strongly a paragraph speaks of something at one of its numbers: words, their distance, sentences, headings."""

import math
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from os.path import commonprefix
from typing import Any

from lorbeer.documentation.checking.facts import CUT_SHORT, WORD, Fact, Knowledge, completions, generic, stem
from lorbeer.documentation.checking.mentions import MONTHS, Mention
from lorbeer.documentation.checking.vocabulary import HOW_LONG, NEGATIONS, NO_ANSWER, UNIT_OF, VERBS
from lorbeer.documentation.dataset import said

SENTENCE_END = re.compile(r"(?<=[.!?…:])[“”»«\"’)]*\s+(?=[„“»«\"‚(]*[A-ZÄÖÜ0-9])")
ABBREVIATED = re.compile(r"(?:\b(?:[^\W\d]|(?:am|vom|zum|bis|der|die|das|dem|den|ab|im)[\s\u00a0]+\d\d?"
                         r"|bzw|vgl|inkl|einschl|insg|mind|max|Nr|Abs|Art|Abb|Tab|Kap|Mio|Mrd|St|Dr|ca)\.)\s*\Z")
MONTH = re.compile(rf"[“”»«\"’)]*\s+(?:{'|'.join(name.capitalize() for name in MONTHS)})\b")
BRACKET = re.compile(r"[()]")
CLAUSE_END = re.compile(r"[;()–]|,(?!\d)|\b(?:und|sowie|während|and|while|but)\b")
NO_NEGATION = re.compile(r"nicht(?= (?:einmal|ganz|nur|zuletzt|mehr als|alle|auf)\b)"
                         r"|no(?:t|ne)?(?= (?:quite|only|more than|fewer than|less than|all|least)\b)", re.I)
ENGLISH_NOUN = re.compile(r"[\s\u00a0]+(?P<words>[A-Za-z][\w-]*(?:[\s\u00a0]+[A-Za-z][\w-]*){0,3})")
ENGLISH_STOP = frozenset(["of", "that", "who", "which", "in", "from", "to", "for", "by", "at", "and", "or", "with", "on", "than", "out", "as",
                          "more", "less", "further", "others", "across", "among"])
COUNTED_NOUN = re.compile(
    r"(?:[\s\u00a0]+(?:(?:[a-zäöüß]+(?:e|en|er|es)|der|von|den|dieser)[\s\u00a0]+){0,3})?[\s\u00a0]*„?(?P<noun>[A-ZÄÖÜ][\w-]*)")
TIMES = re.compile(r"[\s\u00a0]*-?[Mm]al\b|[\s\u00a0]+times\b")
NAMED_SO_OFTEN = re.compile(r"\b(?:genannt|Nennung\w*|nenn(?:en|t)|vertreten|vor|named|mentioned|represented)\b")
SHARED_NOUN = re.compile(r"[\s\u00a0]+(?:der|aller)[\s\u00a0]+(?:[a-zäöüß]+en[\s\u00a0]+)*(?P<noun>[A-ZÄÖÜ][\w-]+)"
                         r"|[\s\u00a0]+of(?:[\s\u00a0](?:the|all))?[\s\u00a0]+(?P<english>[\w-]+)(?=[\s\u00a0]+(?:in|are|is|have|come|there)\b|[.,;)])")
PEOPLE = re.compile(r"[\s\u00a0]+(?:[a-zäöüß]+[\s\u00a0]+)?(?:Personen|Menschen|Gäste\w*|Befragte\w*|Mitglieder\w*|Besucher\w*"
                    r"|Kinder\w*|people|guests|members"
                    r"|visitors|children)\b")
SHARED_UNITS = ("entries", "awards", "projects", "applicants")
OF_ALL = re.compile(r"them|these|those|all|half|Preis|Geld|Million|Summe|Mittel|Gruppe|money|million|sum")
SAME_CLAUSE, BEFORE, HEADED, EARLIER = 1.0, 0.45, 0.45, 0.15           # what a word counts where it stands
REST = 0.2                                                              # of what the rest of a sentence tells of a clause
NAMES_TABLE, AS_CLEARLY, AS_CLEARLY_HERE = 0.3, 0.6, 0.7                # what words must tell of a table to name it; another as well
LABEL = 4                                                               # words before a colon that say what its sentence is about
DIGITS = 9                                                              # of a strength: its words are added in any order
LONGEST = 2_000                                                         # characters of a paragraph; a longer one is read in pieces
SHORTEST_PART = 5                                                       # letters of a word that may stand within a compound


@dataclass(frozen=True)
class Paragraph:
    """`place` as a reader finds it: `line 12`, `page 3`. `kind`: text, heading, item, caption, row (of a table)."""

    text: str
    place: str = ""
    kind: str = "text"


def in_pieces(paragraphs: Iterable[Paragraph]) -> Iterator[Paragraph]:
    """Paragraphs of which none is longer than LONGEST: the time for one grows with the square of its length, that for all does not.

    A longer one is parted behind a sentence, else between two words, else anywhere.
    """
    for paragraph in paragraphs:
        text = paragraph.text
        while len(text) > LONGEST:
            ends = [match.end() for match in SENTENCE_END.finditer(text, 0, LONGEST) if not ABBREVIATED.search(text, 0, match.start())]
            end = (ends or [text.rfind(" ", 0, LONGEST) + 1])[-1] or LONGEST
            yield replace(paragraph, text=text[:end])
            text = text[end:]
        yield replace(paragraph, text=text)


@dataclass(frozen=True)
class Word:
    stem: str
    start: int
    sentence: int
    clause: int
    place: int                                                          # counted in words


class Weights:
    """How telling each term is: what few facts share tells most."""

    def __init__(self, known: Knowledge) -> None:
        bags = {fact.about for fact in known.facts} | {name for fact in known.facts for aspect in fact.aspects for name in aspect.names}
        counted = Counter(term for bag in bags for term in bag)
        self.telling = {term: 1 + math.log(len(bags) / number) for term, number in counted.items()}
        self.parts = {term for term in counted if len(term) >= SHORTEST_PART}
        self.generic = generic()
        self.known: dict[str, dict[str, float]] = {}
        self.tables = _distinct_words(known)

    def tables_in(self, words: Iterable[str]) -> dict[str, float]:
        """How clearly words name each table: a word that is one table's alone names it, one of three tables a third as much.

        A word that is a table's own does not name others by its parts: “Integrationskonzept” is no “Konzept”.
        """
        strengths: dict[str, float] = {}
        found: dict[str, float] = {}
        for word in words:
            for term, share in ((word, 1.0),) if word in self.tables else self.terms_in(word).items():
                found[term] = max(found.get(term, 0.0), share)
        for term, share in found.items():
            for topic, weight in self.tables.get(term, {}).items():
                strengths[topic] = strengths.get(topic, 0.0) + share * weight
        return {topic: round(strength, DIGITS) for topic, strength in strengths.items()}

    def terms_in(self, word: str) -> dict[str, float]:
        """The terms that a word stands for: itself, or with half the weight what a compound begins or ends with."""
        if word not in self.known:
            found = {word: 1.0} if word in self.telling else {}
            for term in self.parts if len(word) >= SHORTEST_PART and word not in self.generic else ():
                if term != word and term not in self.generic and _are_akin(word, term):
                    found[term] = 0.5
            self.known[word] = found
        return self.known[word]


def _distinct_words(known: Knowledge) -> dict[str, dict[str, float]]:
    """Each word of a table's title, answers and options, with the tables it is of. Tables of one question are one here."""
    idle = generic() | frozenset(map(stem, NEGATIONS | NO_ANSWER | HOW_LONG))
    words: dict[str, set[str]] = {}
    questions: dict[str, frozenset[str]] = {}
    for fact in known.facts:
        if fact.is_cell:
            said = frozenset[str]().union(*(name for aspect in fact.aspects if aspect.rivals.startswith(("answer:", "row:"))
                                            for name in aspect.names), frozenset()) - idle
            words.setdefault(fact.topic, set()).update(said | fact.about - idle)
            if any(aspect.rivals.startswith("answer:") for aspect in fact.aspects):
                questions[fact.topic] = questions.get(fact.topic, frozenset()) | said
    asked = {topic: answers if len(answers := questions.get(topic, frozenset())) > 1 else frozenset([topic]) for topic in words}
    found: dict[str, dict[str, float]] = {}
    for term in frozenset[str]().union(*words.values(), frozenset()):
        topics = [topic for topic, own in words.items() if term in own]
        for topic in topics:
            found.setdefault(term, {})[topic] = 1 / len({asked[one] for one in topics})
    return found


def _are_akin(word: str, term: str) -> bool:
    """`wohnheim` and `wohn`, `selbst` and `selbstevaluation`, `analysiert` and `analys`."""
    if word.endswith(term) or word.startswith(term) or len(word) > SHORTEST_PART and (term.startswith(word) or term.endswith(word)):
        return True
    return len(commonprefix((word, term))) >= max(SHORTEST_PART + 1, 0.7 * min(len(word), len(term)))


class Context:
    """A paragraph with what stands before it; `strength` is asked for one mention at a time."""

    def __init__(self, paragraph: Paragraph, found: Iterable[Mention], headings: Iterable[str], previous: str, weights: Weights) -> None:
        self.text, self.weights = paragraph.text, weights
        self.lead = " ".join((*headings, previous))
        self.places: dict[Mention, Any] = {}                            # what `places` found of each mention
        self.named: dict[tuple[str, str, int, int], list] = {}          # what `series` found named in a stretch of it
        self.mentions = sorted(found, key=lambda mention: mention.start)
        self.numbers = [mention.start for mention in self.mentions]
        self.opened = [match.start() for match in BRACKET.finditer(self.text)]
        self.words = self._words()
        self.starts = [word.start for word in self.words]
        self.here: dict[str, list[tuple[Word, float]]] = {}
        for word in self.words:
            for term, share in weights.terms_in(word.stem).items():
                self.here.setdefault(term, []).append((word, share))
        self.spoken = {sentence: weights.tables_in(word.stem for word in self.words if word.sentence == sentence)
                       for sentence in range(1, len(self.sentences) + 1)}           # how clearly each sentence names each table
        self.spoken_before = weights.tables_in(stem(match[0]) for text in (previous, *headings) for match in WORD.finditer(text))
        self.outside: dict[str, float] = {}
        for text, weight in ((previous, EARLIER), *((heading, HEADED) for heading in headings)):
            for match in WORD.finditer(text):
                for term, share in weights.terms_in(stem(match[0])).items():
                    self.outside[term] = max(self.outside.get(term, 0), weight * share)

    def _words(self) -> list[Word]:
        sentences = [0]
        for match in SENTENCE_END.finditer(self.text):
            label = self.text[sentences[-1]:match.start()]
            if label.endswith(":") and len(label.split()) <= LABEL and not any(
                    sentences[-1] <= number < match.start() for number in self.numbers):
                continue                                                # “Integrationskonzept: 105 Kommunen haben eines”
            if not ABBREVIATED.search(self.text[:match.start()]) and not (
                    self.text[:match.start()][-2:-1].isdigit() and MONTH.match(self.text, match.start())):
                sentences.append(match.end())
        clauses = [match.start() for match in CLAUSE_END.finditer(self.text)]
        found = []
        for match in WORD.finditer(self.text):
            if NO_NEGATION.match(self.text, match.start()):
                continue
            sentence = bisect_right(sentences, match.start())
            clause = bisect_right(clauses, match.start())
            cut = CUT_SHORT.match(self.text, match.start())
            completed = [word for word in completions(cut) if stem(word) in self.weights.telling] if cut else []
            for part in dict.fromkeys((match[0], *match[0].split("-"), *completed)):
                found.append(Word(stem(part), match.start(), sentence, clause, len(found)))
        self.sentences, self.clauses = sentences, clauses
        return found

    def sentence_at(self, place: int) -> int:
        return bisect_right(self.sentences, place)

    def place_of(self, mention: Mention) -> tuple[int, int, int]:
        """Sentence, clause and word where the mention stands."""
        return (self.sentence_at(mention.start), bisect_right(self.clauses, mention.start), bisect_left(self.starts, mention.start))

    def tables_of(self, mention: Mention) -> set[str]:
        """The codes of the tables that are spoken of: by the sentence itself, or else by the nearest before it, or the headings."""
        sentence = self.sentence_at(mention.start)
        for strengths in (*(self.spoken[one] for one in range(sentence, 0, -1)), self.spoken_before):
            best = max(strengths.values(), default=0.0)
            if best >= NAMES_TABLE:
                return {topic for topic, strength in strengths.items() if strength >= AS_CLEARLY * best}
        return set()

    def tables_heard(self) -> set[str]:
        """The tables that any sentence here names, or what stands before it."""
        return {topic for strengths in (*self.spoken.values(), self.spoken_before)
                for topic, strength in strengths.items() if strength >= NAMES_TABLE}

    def spoken_here(self, mention: Mention) -> dict[str, float]:
        """How clearly the sentence of the mention names each table."""
        return self.spoken[self.sentence_at(mention.start)]

    def tables_in_clause(self, mention: Mention, span: tuple[int, int]) -> set[str]:
        """The tables that a clause names: the rest of its sentence decides between equals."""
        clause = self.weights.tables_in(word.stem for word in self.words if span[0] <= word.start < span[1])
        sentence = self.spoken_here(mention)
        if max(clause.values(), default=0.0) < NAMES_TABLE:
            return self.tables_of(mention)
        both = {topic: strength + REST * sentence.get(topic, 0.0) for topic, strength in clause.items()}
        return {topic for topic, strength in both.items() if strength >= AS_CLEARLY_HERE * max(both.values())}

    def span_of(self, sentence: int) -> tuple[int, int]:
        """Where a sentence begins and ends."""
        return self.sentences[sentence - 1], self.sentences[sentence] if sentence < len(self.sentences) else len(self.text)

    def sentence_before(self, mention: Mention) -> str:
        """The sentence before that of the mention; "" where its paragraph begins with it."""
        number = self.sentence_at(mention.start)
        return self.text[slice(*self.span_of(number - 1))] if number > 1 else ""

    def about(self, terms: frozenset[str], mention: Mention, *, only_near: bool = False) -> float:
        """0 to 1: how much of what the terms tell is said in this sentence, the ones before it, the heading (`only_near`: not there)."""
        if not terms:
            return 0
        sentence, _clause, _place = self.place_of(mention)
        ranked = sorted((self.weights.telling.get(term, 1) for term in terms), reverse=True)[:3]
        got = 0.0
        for term in terms:
            weight = 0 if only_near else self.outside.get(term, 0)
            for word, share in self.here.get(term, ()):
                distance = sentence - word.sentence
                weight = max(weight, share * (SAME_CLAUSE if distance == 0 else BEFORE if distance == 1 else 0.3 if distance > 1 else 0.1))
            got += weight * self.weights.telling.get(term, 1)
        return min(1.0, round(got / sum(ranked), DIGITS))

    def near(self, terms: frozenset[str], mention: Mention, *, only_here: bool = False) -> float:
        """0 to 1: how near the thing that the terms name stands to the mention. The number in brackets belongs to what is before it."""
        sentence, clause, place = self.place_of(mention)
        before = bisect_left(self.opened, mention.start)
        in_brackets = before > 0 and self.text[self.opened[before - 1]] == "("
        needed = sum(sorted((self.weights.telling.get(term, 1) for term in terms), reverse=True)[:2])
        got = 0.0
        for term in terms:
            best = 0.0 if only_here else 0.5 * self.outside.get(term, 0)
            for word, share in self.here.get(term, ()):
                if word.sentence != sentence and only_here:
                    continue
                if word.sentence != sentence:
                    best = max(best, share * (0.3 if word.sentence == sentence - 1 else 0.1 if word.sentence < sentence else 0))
                    continue
                steps = word.place - place if word.place >= place else place - word.place - 1
                follows = word.place >= place
                factor = 1 / (1 + steps / 8)
                factor *= 0.4 if follows and in_brackets else 1 if not follows or steps <= 3 else 0.75
                factor *= 1 if word.clause == clause else 0.7
                first, last = sorted((word.start, mention.start))
                if bisect_right(self.numbers, first) < bisect_left(self.numbers, last):
                    factor *= 0.3 if follows else 0.7                   # another number stands nearer to it
                best = max(best, share * factor)
            got += best * self.weights.telling.get(term, 1)
        return min(1.0, round(got / needed, DIGITS)) if needed else 0

    def unit_of(self, mention: Mention) -> str:
        """What is counted: a name of UNITS, `other`, or "" where no noun follows."""
        after = self.text[mention.end:]
        if TIMES.match(after):                                          # “trafen sich zwölf Mal” counts no mentions
            return "" if NAMED_SO_OFTEN.search(self.text[slice(*self.span_of(self.sentence_at(mention.start)))]) else "other"
        if said("de", "en") == "en":
            return _english_unit(after)
        match = COUNTED_NOUN.match(after)
        if not match:
            return ""
        between = set(re.findall(r"\w+", after[:match.start("noun")]))
        if between & VERBS or re.search(r"\b(?:der|den|dieser|von)\b", after[:match.start("noun")]):
            return ""
        return next((name for name, pattern in UNIT_OF.items() if pattern.match(match["noun"])), "other")


def is_share_of_others(mention: Mention, text: str) -> bool:
    """Whether a share is one of something that is no entry: “zwei Drittel der Länder”, “60 Prozent der Kosten”."""
    match = SHARED_NOUN.match(text, mention.end) if mention.kind in ("share", "percent") else None
    noun = (match["noun"] or match["english"]) if match else ""
    return bool(noun) and not any(UNIT_OF[unit].match(noun) for unit in SHARED_UNITS) and not OF_ALL.match(noun)


def goes_on_with_others(mention: Mention, context: Context) -> bool:
    """Whether the number before it in its sentence counted something else: “aus Hessen kamen 40 Gäste, aus Bayern 25”."""
    if mention.kind == "percent" and not SHARED_NOUN.match(context.text, mention.end):
        return _follows_people(mention, context)
    if mention.kind != "count" or context.unit_of(mention):
        return False
    sentence = context.sentence_at(mention.start)
    before = [number for number in context.mentions if number.start < mention.start and not number.is_word
              and context.sentence_at(number.start) == sentence]
    return bool(before) and before[-1].kind == "count" and context.unit_of(before[-1]) == "other"


def _follows_people(mention: Mention, context: Context) -> bool:
    """“120 Personen nahmen teil, 80 Prozent waren zufrieden”: of those people, not of the entries."""
    sentence = context.sentence_at(mention.start)
    return any(number.kind == "count" and number.start < mention.start and context.sentence_at(number.start) == sentence
               and PEOPLE.match(context.text, number.end) for number in context.mentions)


def _english_unit(after: str) -> str:
    """What is counted in English, which does not mark its nouns: the words up to the next verb or preposition end with it."""
    found = ENGLISH_NOUN.match(after)
    words: list[str] = []
    for word in re.split(r"[\s\u00a0]+", found["words"]) if found else ():
        if word in VERBS or word in ENGLISH_STOP or word.endswith("ed"):
            break
        words.append(word)
        if name := next((name for name, pattern in UNIT_OF.items() if pattern.match(word)), ""):
            return name
    return "other" if words and not words[-1].endswith("ly") else ""


def kind_fits(mention: Mention, fact: Fact) -> bool:
    if mention.kind == "share":
        return fact.kind == "percent"
    return mention.kind == fact.kind
