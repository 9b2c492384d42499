"""References in chapters: found, looked up, checked. A number in a chapter is one of these, or it is refused.

    {{ tab2.kreisfrei.ja.percent }}         the value, as the edition has it
    {{ numbers.admitted = 142 }}            the value, and a check that it still is what the author had in mind
    {{ awards.count | written }}            in letters: einundzwanzig
    {{ tab1.total.ja.percent | words }}     gut vier Fünftel, where that is true
    {{ tab1.total.ja.percent | says: "mehr als acht von zehn" }}    the author's words, where they are true
    {{ dates.jury.start | year }}           2018
    [[1.000|Gesetz vom 1. Januar]]          a figure from outside, with its source
    {{ table tab1 }}, {{ figure entries_by_group }}, {{ portraits }} …      on a line of their own

Refused are digits, number words from thirteen on, a dozen, two to twelve in words before what a competition counts
(“zwölf Preise”), and shares and ratios in words (“zwei Drittel”, “jede zweite Kommune”, “fast alle”, “die Mehrheit”, “doppelt so
viele”). Other small numbers in words (“zwei Personen lesen”) are prose, and so are words that no value could bear out (“die meisten”).
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from lorbeer.documentation.asked import gettext
from lorbeer.documentation.dataset import NBSP, Dataset, Value, said
from lorbeer.documentation.numerals import (
    RATIO,
    modifier_allows,
    modifier_of,
    mostly_in,
    number_words,
    share_of,
    shares_in,
    wordy_spans,
)
from lorbeer.statistics.definitions import NOT_STATED

MARK = re.compile(r"\{\{(?P<inside>[^{}\n]*)\}\}|\[\[(?P<fact>[^\[\]|\n]*)\|(?P<source>[^\[\]\n]*)\]\]")
REFERENCE = re.compile(
    r"\s*(?P<path>[a-zA-Z][\w.-]*)"
    r"(?:\s*=\s*(?P<early>[^|=]+?))?"
    r"(?:\s*\|\s*(?P<filter>[a-z]+)(?:\s*:\s*[\"„“](?P<argument>[^\"„“”]*)[\"“”])?)?"
    r"(?:\s*=\s*(?P<expected>[^|=]+?))?\s*"
)
DIRECTIVE = re.compile(r"\s*(?P<name>[a-z_]+)(?:\s+(?P<argument>[a-zA-Z0-9_.-]+))?\s*")
DIRECTIVES = {
    "table": True, "figure": True, "portraits": False, "participants": False, "jury": False, "criteria": False,
    "calendar": False, "prizes": False, "awards": False, "index": False, "sources": False,
}
# What Markdown itself writes in digits: list numbers, footnote marks, addresses of links.
NOT_PROSE = re.compile(r"^\s*\d+[.)]\s|\[\^[^\]]*\]|\]\([^)]*\)|<https?://[^>]*>|https?://\S+|`[^`]*`")
DRAWN = r"[\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2079\u2080-\u2089\u2150-\u2189\u2460-\u249b]"    # ² ½ ₂ Ⅻ ①: numbers in one character
BY_HAND = re.compile(rf"(?<![A-Za-zÄÖÜäöüß])(?:\d+(?:[.,]\d+)*{DRAWN}*|{DRAWN}+)(?:[\s\u00a0]?%)?")
WORD = re.compile(r"[^\W\d_]+")
GERMAN_NUMBER = re.compile(
    r"(?:eine?|zwei|zwo|drei|vier|fünf|sech|sechs|sieb|sieben|acht|neun|zehn|elf|zwölf|und|zwanzig|drei(?:ß|ss)ig|vierzig|fünfzig|sechzig|"
    r"siebzig|achtzig|neunzig|hundert|tausend)+", re.I)
FROM_THIRTEEN = re.compile(r"\wzehn|zig|(?:ß|ss)ig|hundert|tausend", re.I)
ENGLISH_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
LARGE_WORDS = re.compile(
    rf"\b(?:Dutzend|dozen|million|(?:thir|four|fif|six|seven|eigh|nine)teen|(?:{ENGLISH_TENS})(?:-(?:one|two|three|four|five|six|seven|eight|"
    r"nine))?|hundred|thousand|(?<=eine )Million|(?<=einer )Million|(?<=eine )Milliarde|(?<=einer )Milliarde)\b", re.I)
# What a competition counts: before it small numbers in words are figures, too. One word may stand between (“zwölf weitere Preise”).
GERMAN_COUNTED = (
    r"\w*[Pp]reise[ns]?|\w*[Bb]eiträgen?|(?:Bundes)?[Ll]ändern?|\w*[Pp]rojekten?|Jury-?[Mm]itglieder[n]?|Juror(?:en|innen)|Kommunen|\w*[Ss]tädten?|"
    r"Gemeinden|(?:Land)?[Kk]reisen?|\w*[Bb]ewerbungen|Einsendungen|Einreichungen|Auszeichnungen|Prämierungen|Preisträger(?:n|innen)?|"
    r"Teilnehmer(?:n|innen)?|Teilnehmenden?|Absichtserklärungen|Prozent|Euro|Millionen|Milliarden")
ENGLISH_COUNTED = (
    r"(?:prizes|awards|winners|entries|applications|submissions|projects|municipalities|cities|towns|districts|states|Länder|jurors|"
    r"jury members|members of the jury|letters of intent|per ?cent|euros?|million|billion)")
SMALL_COUNTS = re.compile(
    r"\b(?:(?i:zwei|zwo|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|zweier|dreier)"
    rf"(?=[*_]*[\s\u00a0]+(?:[a-zäöüß-]+(?:e|en|er)[\s\u00a0]+)?[*_(\[„]*(?=[A-ZÄÖÜ])(?:{GERMAN_COUNTED})\b)"
    r"|(?i:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
    rf"(?=[*_]*[\s\u00a0]+(?:[a-z-]+(?:ed|al|er)[\s\u00a0]+)?[*_(\[“]*{ENGLISH_COUNTED}\b))")
# What a value brings with it, by how its text ends: typed behind its reference it would stand there twice.
SIGNS = {"%": re.compile(r"[\s\u00a0]*(?:%|Prozent\b|per ?cent\b)"), "Euro": re.compile(r"[\s\u00a0]*(?:€|Euro\b)"),
         "euro": re.compile(r"[\s\u00a0]*(?:€|euros?\b)")}
EMPHASIS = str.maketrans("*_", "  ")
SPAN = re.compile(r".+", re.S)
WORDED = re.compile(r"\|\s*(?:written|words)\b")
# What may stand before the first word of a sentence: nothing, an empty line and the mark of a heading, an item, a quotation or
# a note; or the end of the sentence before it. Then opening quotes, brackets and emphasis.
SENTENCE_START = re.compile(
    r"(?:(?:\A|\n[ \t]*\n|\n(?=[ \t]*(?:[-*+>]|\d+[.)]|#+|\[\^)))[ \t]*(?:(?:[-*+>]|\d+[.)]|#+|\[\^[^\]]*\]:)[ \t]+)*"
    r"|\A#+[^\n]*\n\s*|\n#+[^\n]*\n\s*"
    r"|[.!?…][“”»«\"’)*_]*\s+)[„“»«\"‚(*_]*\Z"
)
LOOKED_BACK = 400                                                       # characters before a number: a heading and its blank lines
ABBREVIATION = re.compile(r"(?:\b(?:[^\W\d_]|ca|bzw|vgl|inkl|einschl|insg|mind|max|Nr|Abs|Art|Abb|Tab|Kap|Mio|Mrd|St|Dr)\.)\s+[„“»«\"‚(*_]*\Z")


@dataclass(frozen=True)
class Finding:
    """One number of a chapter and where it comes from. `status`: computed, source, contradicted, by_hand, unknown."""

    status: str
    line: int                                                           # counted from 1
    column: int                                                         # of its first character, counted from 0
    raw: str                                                            # as it stands in the chapter
    text: str                                                           # as it is printed
    note: str = ""                                                      # what it is, or what is wrong
    path: str = ""
    source: str = ""
    suggestions: tuple[str, ...] = ()                                   # what could stand there instead

    @property
    def is_fault(self) -> bool:
        return self.status in {"contradicted", "by_hand", "unknown"}


@dataclass(frozen=True)
class Directive:
    line: int
    name: str
    argument: str


@dataclass(frozen=True)
class Scan:
    """A chapter taken apart: `text` has one private character for each finding and directive, in order."""

    text: str
    findings: tuple[Finding, ...]
    directives: tuple[Directive, ...]

    @property
    def faults(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.is_fault]


FINDING_BASE, DIRECTIVE_BASE = 0xF0000, 0x100000                        # two planes that no text uses


def scan(text: str, dataset: Dataset) -> Scan:
    """Find every number of `text` and say where it comes from."""
    findings: list[Finding] = []
    directives: list[Directive] = []
    lines = []
    written = _own_characters(text).split("\n")
    in_code = False
    offers: dict[str, Finding] = {}
    for number, line in enumerate(written, 1):
        if line.lstrip().startswith("```"):
            in_code = not in_code
        if in_code:
            lines.append(line)
            continue
        directive = _directive(line, number)
        if directive:
            lines.append(chr(DIRECTIVE_BASE + len(directives)))
            directives.append(directive)
            continue
        following = written[number] if number < len(written) else ""
        lines.append(_scan_line(line, number, dataset, findings, following=following, offers=offers))
    scanned = "\n".join(lines)
    return Scan(scanned, tuple(_capitalised(scanned, findings)), tuple(directives))


def scan_title(title: str, dataset: Dataset) -> Scan:
    """The same of a title: one line outside the text (line 0) in which nothing is a list number."""
    findings: list[Finding] = []
    scanned = _scan_line(_own_characters(title), TITLE_LINE, dataset, findings)
    return Scan(scanned, tuple(_capitalised(scanned, findings)), ())


TITLE_LINE = 0


def printed(found: Scan) -> str:
    """What was scanned as plain text, its findings as they are printed, its directives left out."""
    return "".join(
        "" if ord(character) >= DIRECTIVE_BASE else found.findings[ord(character) - FINDING_BASE].text if ord(character) >= FINDING_BASE
        else character for character in found.text)


def _own_characters(text: str) -> str:
    return "".join(character for character in text.replace("\r\n", "\n") if ord(character) < FINDING_BASE)


def typed_numbers(text: str, following: str = "") -> list[re.Match[str]]:
    """The figures of `text` in digits and in words, as the head of this file tells; `following` is the line after it."""
    words = (match for match in WORD.finditer(text) if FROM_THIRTEEN.search(match[0]) and GERMAN_NUMBER.fullmatch(match[0]))
    small = (match for match in SMALL_COUNTS.finditer(f"{text} {following.lstrip()}") if match.end() <= len(text))
    plain = f"{text} {following.lstrip()}".translate(EMPHASIS)
    shares = (found for start, end in wordy_spans(plain) if start < len(text) if (found := SPAN.match(text, start, min(end, len(text)))))
    return sorted([*BY_HAND.finditer(text), *words, *LARGE_WORDS.finditer(text), *small, *shares],
                  key=lambda match: (match.start(), -match.end()))


def _capitalised(scanned: str, findings: list[Finding]) -> Iterator[Finding]:
    """`findings`, those in words with a capital where they begin a sentence: “Vier Beiträge …”.

    Not after a colon: what follows it is mostly no sentence of its own (“21 Preise vergeben: achtzehn in …”).
    """
    places = {character: at for at, character in enumerate(scanned) if FINDING_BASE <= ord(character) < DIRECTIVE_BASE}
    for number, finding in enumerate(findings):
        if finding.status == "computed" and WORDED.search(finding.raw):
            at = places[chr(FINDING_BASE + number)]
            if SENTENCE_START.search(scanned, max(0, at - LOOKED_BACK), at) and not ABBREVIATION.search(scanned, max(0, at - LOOKED_BACK), at):
                finding = replace(finding, text=finding.text[:1].upper() + finding.text[1:])
        yield finding


def _directive(line: str, number: int) -> Directive | None:
    mark = MARK.fullmatch(line.strip())
    if not mark or mark["inside"] is None:
        return None
    words = DIRECTIVE.fullmatch(mark["inside"])
    if words and words["name"] in DIRECTIVES:
        return Directive(number, words["name"], words["argument"] or "")
    return None


def _scan_line(line: str, number: int, dataset: Dataset, findings: list[Finding], *, following: str = "",
               offers: dict[str, Finding] | None = None) -> str:
    """`line` with a private character for each finding. `offers`: what is said of a number that was typed before, by its words."""
    not_prose = [match.span() for match in NOT_PROSE.finditer(line) if number != TITLE_LINE]
    parts: list[str] = []
    offers = {} if offers is None else offers

    def put(finding: Finding) -> None:
        parts.append(chr(FINDING_BASE + len(findings)))
        findings.append(finding)

    def prose(text: str, offset: int, following: str = "") -> None:
        at = 0
        for match in typed_numbers(text, following):
            column = offset + match.start()
            within = bisect_right(not_prose, (column, len(line)))
            if match.start() < at or within and column < not_prose[within - 1][1]:
                continue
            parts.append(text[at:match.start()])
            if match[0] not in offers:
                offers[match[0]] = by_hand(match[0], number, column, dataset)
            put(replace(offers[match[0]], line=number, column=column))
            at = match.end()
        parts.append(text[at:])

    at = 0
    for mark in MARK.finditer(line):
        prose(line[at:mark.start()], at)
        if mark["inside"] is not None:
            finding = resolve(mark[0], mark["inside"], number, mark.start(), dataset)
            sign = _typed_sign(finding, line, mark.end())
            put(_with_its_sign_twice(finding, sign) if sign else finding)
            at = mark.end() + len(sign)
        else:
            put(_outside_fact(mark, number))
            at = mark.end()
    prose(line[at:], at, following)
    return "".join(parts)


def _typed_sign(finding: Finding, line: str, end: int) -> str:
    """The sign that stands in `line` behind a reference, though what the reference prints has it already; "" where none does."""
    if finding.status != "computed":
        return ""
    typed = next((match for ending, sign in SIGNS.items() if finding.text.endswith(ending) and (match := sign.match(line, end))), None)
    return typed[0] if typed else ""


def _with_its_sign_twice(finding: Finding, sign: str) -> Finding:
    return replace(
        finding, status="contradicted", raw=finding.raw + sign, text=finding.text + sign, suggestions=(finding.raw,),
        note=gettext("The value brings its sign with it, so that “%(text)s” would be printed. Leave out what you typed behind the reference.")
        % {"text": finding.text + sign})


def _outside_fact(mark: re.Match[str], line: int) -> Finding:
    fact, source = mark["fact"].strip(), mark["source"].strip()
    if fact and source:
        return Finding("source", line, mark.start(), mark[0], fact, source, source=source)
    return Finding("unknown", line, mark.start(), mark[0], fact or mark[0],
                   gettext("A figure from outside needs its source: [[figure|source]]."))


def by_hand(raw: str, line: int, column: int, dataset: Dataset) -> Finding:
    """A number typed by hand, with the references that would print the same."""
    plain = _squeezed(raw)
    suggestions = []
    for value in dataset.values.values():
        same = _squeezed(value.text) == plain
        if value.kind != "text" and (same or (value.kind == "euro" and value.text.split("\u00a0")[0] == raw)):
            suggestions.append("{{ " + value.path + " }}")
        elif value.kind == "count" and value.number is not None and number_words(int(value.number)) == raw.lower():
            suggestions.append("{{ " + value.path + " | written }}")
    note = gettext("This number was typed by hand. Name its value, or mark it as a fact from outside: [[%(number)s|source]].") % {"number": raw}
    if RATIO.search(raw):
        note = gettext("This comparison was typed by hand, and no value bears it out. Give the two values instead, as references, or mark it "
                       "as a fact from outside: [[%(number)s|source]].") % {"number": raw}
    elif not BY_HAND.match(raw) and phrase_is_true(raw, Decimal(0)) is not None:
        note = gettext("This share was typed by hand. Name the value that bears it out: {{ … | says: \"%(number)s\" }}, or mark it as a "
                       "fact from outside: [[%(number)s|source]].") % {"number": raw}
        suggestions = ["{{ " + value.path + f' | says: "{raw}" }}}}' for value in dataset.values.values()
                       if value.kind == "percent" and value.number is not None and phrase_is_true(raw, value.number)]
    return Finding("by_hand", line, column, raw, raw, note, suggestions=tuple(dict.fromkeys(suggestions))[:6])


def resolve(raw: str, inside: str, line: int, column: int, dataset: Dataset) -> Finding:
    """The finding for `{{ inside }}`."""
    match = REFERENCE.fullmatch(inside)
    if not match:
        return Finding("unknown", line, column, raw, raw, gettext("This reference cannot be read. Example: {{ numbers.admitted }}."))
    value = dataset.values.get(match["path"])
    if value is None:
        near = _near(match["path"], dataset)
        return Finding("unknown", line, column, raw, raw,
                       gettext("There is no value “%(path)s” in this edition.") % {"path": match["path"]},
                       suggestions=tuple("{{ " + path + " }}" for path in near))
    text, wrong = value.text, ""
    if match["filter"]:
        text, wrong = apply_filter(value, match["filter"], match["argument"])
    suggestions: tuple[str, ...] = ()
    expected = (match["early"] or match["expected"] or "").strip()
    if not wrong and expected:
        plain, bare = _squeezed(expected.strip('"')), _squeezed(value.text)
        if plain not in {_squeezed(text), bare, bare.removesuffix("Euro"), bare.removesuffix("euro"), bare.removesuffix("%")}:
            wrong = gettext("The chapter expects %(expected)s, but the value is %(value)s.") % {
                "expected": expected, "value": value.text}
            suggestions = (raw.replace(expected, value.text), "{{ " + value.path + " }}")
    if wrong:
        if not suggestions:
            suggestions = tuple(_true_words(value))
        return Finding("contradicted", line, column, raw, text, wrong, value.path, suggestions=suggestions)
    return Finding("computed", line, column, raw, text, f"{value.label}: {value.text}", value.path)


def _squeezed(text: str) -> str:
    return re.sub(r"[\s\u00a0]", "", text)


def _near(path: str, dataset: Dataset) -> list[str]:
    from difflib import get_close_matches

    plain: dict[str, list[str]] = {}                                    # codes of Länder are written large
    for known in dataset.values:
        plain.setdefault(known.casefold(), []).append(known)
    sought = path.casefold().rstrip(".").replace("..", f".{NOT_STATED}.")       # the row of those who stated nothing, as the data has it
    begins = [name for name in plain if f"{name}.".startswith(f"{sought}.")]
    return [known for name in (begins or get_close_matches(sought, plain, n=3, cutoff=0.7)) for known in plain[name]][:3]


# --- words -----------------------------------------------------------------------------------------------------------

FRACTIONS = {                                                           # stem as inflected forms share it: share in percent
    "ein Zehntel": Decimal(10), "ein Achtel": Decimal("12.5"), "ein Fünftel": Decimal(20), "ein Viertel": Decimal(25),
    "drei Zehntel": Decimal(30), "ein Drittel": Decimal(100) / 3, "zwei Fünftel": Decimal(40), "die Hälfte": Decimal(50),
    "drei Fünftel": Decimal(60), "zwei Drittel": Decimal(200) / 3, "sieben Zehntel": Decimal(70),
    "drei Viertel": Decimal(75), "vier Fünftel": Decimal(80), "neun Zehntel": Decimal(90),
}
NEAR = Decimal(4)                                                       # points within which "gut" and "knapp" are fair


def phrase_is_true(phrase: str, percent: Decimal) -> bool | None:
    """Whether `phrase` ("gut drei Viertel", "mehr als die Hälfte", "eine Mehrheit") is true of `percent`; None: not understood.

    gut, knapp, fast: at most four points away. rund: two. mehr als, weniger als: any distance. Without either: half a point.
    fast alle, a majority: as `numerals.MOSTLY` says.
    """
    words = re.sub(r"[\s\u00a0]+", " ", phrase).strip()
    if mostly := next(mostly_in(words), None):
        return mostly[1] <= percent <= mostly[2]
    match = next(shares_in(words), None) or re.search(r"\b(?:alle[nr]?|all)\b", words, re.I)
    if match is None:
        return None
    amount = share_of(match) if match.re.groups else Decimal(100)
    if amount is None:
        return None
    distance = percent - amount
    modifier = modifier_of(words, match.start())
    if modifier in ("above", "below") and not distance:                 # who writes knows the value: exactly three quarters are not “gut”
        return False
    allowed = modifier_allows(modifier, distance, near=NEAR, around=Decimal(2))
    return abs(distance) <= Decimal("0.5") if allowed is None else allowed


def fraction_words(percent: Decimal) -> str | None:
    """`gut drei Viertel` for 77.5; None where no simple fraction lies within four points."""
    name, amount = min(FRACTIONS.items(), key=lambda item: abs(item[1] - percent))
    distance = percent - amount
    if abs(distance) <= Decimal("0.5"):
        return name
    if abs(distance) > NEAR:
        return None
    return ("gut " if distance > 0 else "knapp ") + name


def apply_filter(value: Value, name: str, argument: str | None) -> tuple[str, str]:
    """The text that the filter makes, and what is wrong with it ("" if nothing)."""
    if name in ("written", "words") and said("de", "en") != "de":
        return value.text, gettext("“%(filter)s” writes German words, and this book is not German. Give the figure itself.") % {"filter": name}
    if name == "written" and value.kind == "count" and value.number is not None:
        return number_words(int(value.number)), ""
    if name == "rounded" and value.kind == "percent" and value.number is not None:
        return f"{value.number.quantize(Decimal(1), ROUND_HALF_UP)}{said(NBSP, '')}%", ""
    if name == "year" and value.kind == "date":
        return value.text[-4:], ""
    if name == "number" and value.number is not None:
        return value.text.split(NBSP)[0].removesuffix("%"), ""
    if name == "words" and value.kind == "percent" and value.number is not None:
        words = fraction_words(value.number)
        if words:
            return words, ""
        return value.text, gettext("No simple fraction is near %(value)s. Give the figure itself.") % {"value": value.text}
    if name == "says" and argument and value.kind == "percent" and value.number is not None:
        verdict = phrase_is_true(argument, value.number)
        if verdict:
            return argument, ""
        if verdict is None:
            return argument, gettext("“%(words)s” cannot be checked. Use a fraction such as “gut drei Viertel”.") % {
                "words": argument}
        return argument, gettext("“%(words)s” is not true: the value is %(value)s.") % {"words": argument, "value": value.text}
    return value.text, gettext("“%(filter)s” cannot be used here.") % {"filter": name}


def _true_words(value: Value) -> list[str]:
    result = ["{{ " + value.path + " }}"]
    if value.kind == "percent" and value.number is not None and (words := fraction_words(value.number)):
        result.insert(0, "{{ " + value.path + ' | says: "' + words + '" }}')
    return result
