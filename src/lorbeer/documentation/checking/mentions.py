"""The numbers that a text of any origin says: digits, words, shares, sums of money, days, and what stands before them.

A mention is read, not judged: `allows(value)` says whether a true value may be called so. The tolerances:

    77,5 %, 142, 465.000 Euro       the value, rounded as written
    vier von fünf, jede dritte      four points of a share; two thirds, half: one point
    rund, etwa, ungefähr, circa     two points of a share; five per cent of anything else, at least one
    gut, etwas mehr als             above, by at most four points of a share, or a tenth
    knapp, fast, beinahe            below, likewise
    mehr als, über / weniger als, unter / mindestens / höchstens, bis zu
                                    above or below, however far
    fast alle, so gut wie alle      from 90 per cent on; eine Mehrheit: more than half; eine große Mehrheit: two thirds
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from lorbeer.documentation.references import STEMS

NEAR_SHARE, AROUND_SHARE, EXACT_FRACTION = Decimal(4), Decimal(2), Decimal("1")
NEAR_PART, AROUND_PART = Decimal("0.1"), Decimal("0.05")

MODIFIERS = {                                                           # before a number, longest first
    "etwas mehr als": "above", "etwas über": "above", "ein wenig mehr als": "above", "gut": "above", "leicht über": "above",
    "a little over": "above", "just over": "above",
    "etwas weniger als": "below", "nicht ganz": "below", "knapp": "below", "fast": "below", "beinahe": "below", "nahezu": "below",
    "annähernd": "below", "just under": "below", "almost": "below", "nearly": "below",
    "rund": "around", "etwa": "around", "ungefähr": "around", "circa": "around", "ca.": "around", "zirka": "around",
    "schätzungsweise": "around", "about": "around", "around": "around", "roughly": "around", "some": "around",
    "mehr als": "over", "über": "over", "more than": "over", "over": "over",
    "weniger als": "under", "unter": "under", "less than": "under", "fewer than": "under",
    "mindestens": "least", "wenigstens": "least", "at least": "least",
    "höchstens": "most", "maximal": "most", "bis zu": "most", "at most": "most", "up to": "most",
}
_MODIFIER = re.compile(r"(?<!\w)(?P<word>" + "|".join(re.escape(word) for word in sorted(MODIFIERS, key=len, reverse=True))
                       + r")\s+(?:(?:ein(?:em|er|es|e)?|die|der|den|dem|the|a)\s+)?\Z", re.I)
_MONTHS = ("Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember|January|February|March|May|June|July|"
           "October|December")
MONTHS = {name.lower(): number for names in (
    ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"],
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"])
    for number, name in enumerate(names, 1)}
_DIGITS = r"\d{1,3}(?:[.\u202f\u00a0' ]\d{3})+(?:,\d+)?|\d+(?:[.,]\d+)?"
_SPACE = r"[\s\u00a0\u202f]"
_SCALE = rf"(?:{_SPACE}*(?P<scale>Millionen|Million|Mio\.?|Milliarden|Milliarde|Mrd\.?|Tausend|million|billion|thousand)(?!\w))?"
_UNIT = (rf"(?:{_SPACE}*(?P<unit>%|Prozentpunkte?n?|percentage points|v\.{_SPACE}?H\.|Prozent(?!\w)|per{_SPACE}?cent(?!\w)|€"
         rf"|Euro(?!\w)|euros?(?!\w)|EUR(?!\w)))?")
_LABEL = re.compile(
    r"(?:\b(?:Tab(?:elle)?n?|Abb(?:ildung)?(?:en)?|Abs(?:atz)?|Art(?:ikel)?|Nr|Nummer|Kap(?:itel)?s?|Seiten?|S|Figure|Fig|Table|Chapter|page|pp?"
    r"|Fachbereich|Amt|Abteilung|Referat|Sachgebiet|Dezernat|Zimmer|Raum|Haus|Postfach|Telefon|Tel|Fax|Anlage|Anhang|Ziffer|Frage|Phase|Schritt|Teil|Band|Heft|Fn|Fußnote|Q|ISBN|DIN|A|Version|Artikel|Runde|Platz|Rang)\.?"
    r"|§§?)[\s\u00a0]*\Z", re.I)
_DAY = re.compile(rf"(?<!\d)(?P<day>[0-3]?\d)\.{_SPACE}*(?:(?P<month>{_MONTHS})|(?P<number>[01]?\d)\.)"
                  rf"(?:{_SPACE}*(?P<year>(?:1[89]|20)\d\d))?(?!\d)")
_NUMBER = re.compile(rf"(?<![\w.,/-])(?:€{_SPACE}*)?(?P<number>{_DIGITS})(?![\d]){_SCALE}{_UNIT}")
_OF = re.compile(rf"{_SPACE}+(?:von|der|of|aus)(?:{_SPACE}+(?:insgesamt|den|all(?:en|er)|zusammen|the|all)){{0,2}}{_SPACE}+\Z")
_POSTCODE = re.compile(r"\d{5}[\s\u00a0]+[A-ZÄÖÜ][a-zäöüß]")
_HOUSE = re.compile(r"[a-z]?,?[\s\u00a0]+(?:D-)?\d{5}[\s\u00a0]+[A-ZÄÖÜ]")
_STREET = re.compile(r"(?:[Ss]tra(?:ß|ss)e|[Ss]tr\.|[Ww]eg|[Pp]latz|[Aa]llee|[Rr]ing|[Gg]asse|[Dd]amm|[Uu]fer|[Mm]arkt|[Hh]of|[Ww]all"
                     r"|[Bb]erg|[Tt]or|Am|Postfach)[\s\u00a0]+\Z")
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_COUNTING = re.compile(
    r"\b(?:ein|zwei|zwo|drei|vier|fünf|sechs?|sieb(?:en)?|acht|neun|zehn|elf|zwölf|und|zwanzig|dreißig|dreissig|vierzig|fünfzig|sechzig|siebzig"
    r"|achtzig|neunzig|hundert|tausend)+(?:er|en)?\b"
    r"|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
    r"|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:-(?:one|two|three|four|five|six|seven|eight|nine))?)\b", re.I)
_SHARES = re.compile(
    r"\b(?:" + "|".join(re.escape(stem).replace(r"\ ", r"\s+") + r"[nsr]?" for stem, _share in sorted(STEMS, key=lambda pair: -len(pair[0]))
                         if stem != "alle") + r")\b", re.I)
# Words for a share without a number: from, to (per cent).
_MOSTLY: list[tuple[re.Pattern[str], Decimal, Decimal]] = [
    (re.compile(r"\b(?:fast|nahezu|beinahe|so gut wie|annähernd)\s+all(?:e[nr]?|en)\b"
                r"|\b(?:almost|nearly) all\b", re.I), Decimal(90), Decimal("99.99")),
    (re.compile(r"\b(?:gro(?:ß|ss)en?|deutlichen?|weit überwiegenden?|überwältigenden?|überwiegenden?|großer|überwiegender|deutlicher)\s+"
                r"(?:Mehrheit|Mehrzahl)\b|\b(?:large|great|vast) majority\b", re.I), Decimal("66.6"), Decimal(100)),
    (re.compile(r"\b(?:Mehrheit|Mehrzahl|majority)\b"), Decimal("50.01"), Decimal(100)),
    (re.compile(r"\b(?:Minderheit|minority)\b"), Decimal(0), Decimal("49.99")),
]


@dataclass(frozen=True)
class Mention:
    """One number of a paragraph. `kind`: count, percent, share (in words), euro, day, year, points, label.

    `start`, `end` are places in the paragraph; `number` is None for a majority and for days, which have `day` (year, month, day).
    """

    kind: str
    start: int
    end: int
    raw: str
    number: Decimal | None = None
    places: int = 0                                                     # digits after the comma, as written
    modifier: str = ""
    lowest: Decimal | None = None
    highest: Decimal | None = None
    day: tuple[int, int, int] | None = None                             # year 0: not written
    whole: "Mention | None" = None                                      # the 142 of “119 von 142”
    is_word: bool = False

    def allows(self, value: Decimal) -> bool:
        """Whether the true `value` may be called so (a share in per cent, money in euro)."""
        if self.number is None:
            return self.lowest is not None and self.highest is not None and self.lowest <= value <= self.highest
        distance, is_share = value - self.number, self.kind in ("percent", "share")
        near = NEAR_SHARE if is_share else max(Decimal(1), NEAR_PART * self.number)
        around = AROUND_SHARE if is_share else max(Decimal(1), AROUND_PART * self.number)
        match self.modifier:
            case "above":
                return 0 <= distance <= near
            case "below":
                return -near <= distance <= 0
            case "around":
                return abs(distance) <= around
            case "over":
                return distance > 0
            case "under":
                return distance < 0
            case "least":
                return distance >= 0
            case "most":
                return distance <= 0
        if self.kind == "share":
            return abs(distance) <= (NEAR_SHARE if re.search(r"\bvon\b|\bjede", self.raw, re.I) else EXACT_FRACTION)
        step = Decimal(1).scaleb(-self.places)
        return value.quantize(step, ROUND_HALF_UP) == self.number or abs(distance) <= step / 2 and self.places > 0


def mentions(text: str) -> list[Mention]:
    """All numbers of a paragraph in their order, none within another."""
    found: list[Mention] = []
    taken = [False] * (len(text) + 1)
    for reader in (_days, _digits, _shares, _words, _majorities):
        for mention in reader(text):
            if not any(taken[mention.start:mention.end]):
                taken[mention.start:mention.end] = [True] * (mention.end - mention.start)
                found.append(mention)
    return _with_wholes(text, sorted(found, key=lambda mention: mention.start))


def _days(text: str) -> Iterator[Mention]:
    for match in _DAY.finditer(text):
        month = MONTHS[match["month"].lower()] if match["month"] else int(match["number"])
        if 1 <= int(match["day"]) <= 31 and 1 <= month <= 12:
            yield Mention("day", *match.span(), match[0], day=(int(match["year"] or 0), month, int(match["day"])))


def decimal_of(written: str) -> tuple[Decimal, int]:
    """`1.234,5` as 1234.5 with one place. A point before three digits parts thousands; before others it is a comma."""
    plain = re.sub(r"[\s\u00a0\u202f']", "", written)
    if re.fullmatch(r"\d{1,3}(\.\d{3})+(,\d+)?", plain):
        plain = plain.replace(".", "")
    whole, _comma, part = plain.replace(",", ".").partition(".")
    return Decimal(f"{whole}.{part or 0}"), len(part)


SCALES = {"tausend": 1000, "thousand": 1000, "mio": 10**6, "mill": 10**6, "mrd": 10**9, "bill": 10**9}


def _digits(text: str) -> Iterator[Mention]:
    for match in _NUMBER.finditer(text):
        number, places = decimal_of(match["number"])
        before, unit = text[:match.start()], (match["unit"] or "").lower()
        scale = (match["scale"] or "").lower()
        if scale:
            factor = 10**9 if scale.startswith("milliard") else next(size for word, size in SCALES.items() if scale.startswith(word))
            places = max(0, places - len(str(factor)) + 1)
            number *= factor
        kind = "count"
        if unit.startswith(("%", "v.")) or unit in ("prozent",) or re.fullmatch(rf"per{_SPACE}?cent", unit):
            kind = "percent"
        elif unit.startswith(("prozentpunkt", "percentage")):
            kind = "points"
        elif unit or match[0].startswith("€"):
            kind = "euro"
        elif (_POSTCODE.match(text, match.start()) or _HOUSE.match(text, match.end()) or _STREET.search(before)
              or _LABEL.search(before) or re.match(r"[.)]\s|:\d|[./]\d", text[match.end():]) and not before.strip()):
            kind = "label"
        elif _YEAR.fullmatch(match["number"]) and not re.match(rf"{_SPACE}+(?:Beitr|Kommun|Städt|Projekt|Euro)", text[match.end():]):
            kind = "year"
        elif re.match(r"[\w/-]", text[match.end():]):
            kind = "label"                                              # 2017/18, 3-mal, 24h
        yield Mention(kind, *match.span(), match[0].strip(), number, places, _modifier(before))


def _modifier(before: str) -> str:
    match = _MODIFIER.search(before)
    return MODIFIERS[match["word"].lower()] if match else ""


def _shares(text: str) -> Iterator[Mention]:
    for match in _SHARES.finditer(text):
        plain = re.sub(r"\s+", " ", match[0].lower())
        stem, share = max(((stem, share) for stem, share in STEMS if plain.startswith(stem)), key=lambda pair: len(pair[0]))
        exact = Decimal(100) / 3 if share == "33.33" else Decimal(200) / 3 if share == "66.67" else Decimal(str(share))
        yield Mention("share", *match.span(), match[0], exact, 0, _modifier(text[:match.start()]), is_word=True)


@cache
def number_of(word: str) -> int | None:
    """`einundzwanzig` (also `zweier`, `twenty-one`) as 21; None where it is no number word."""
    plain = re.sub(r"^(zwei|drei)er$", r"\1", word.lower().replace("ss", "ß") if "dreiss" in word.lower() else word.lower())
    return _NUMBER_WORDS.get(plain)


def _number_words() -> dict[str, int]:
    from lorbeer.documentation.references import number_words

    words = {number_words(number): number for number in range(1, 1000)} | {"zwo": 2, "hundert": 100, "tausend": 1000}
    ones = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    words |= {word: number for number, word in enumerate(ones, 1)}
    words |= {f"{stem}teen": 13 + number for number, stem in enumerate(["thir", "four", "fif", "six", "seven", "eigh", "nine"])}
    for number, tens in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2):
        words |= {tens: 10 * number} | {f"{tens}-{one}": 10 * number + value for value, one in enumerate(ones[:9], 1)}
    return words


_NUMBER_WORDS = _number_words()


def _words(text: str) -> Iterator[Mention]:
    for match in _COUNTING.finditer(text):
        number = number_of(match[0])
        if number is None or number == 1:
            continue
        after = re.match(rf"{_SPACE}+(?:(?P<percent>Prozent|percent|per cent)|(?P<euro>Euro|euros?)|(?P<scale>Millionen|million){_SPACE}+"
                         rf"(?P<money>Euro|euros?)?)(?!\w)", text[match.end():])
        kind, size, end = "count", number, match.end()
        if after:
            end += after.end()
            kind = "percent" if after["percent"] else "euro" if after["euro"] or after["money"] else "count"
            size = number * 10**6 if after["scale"] else number
        kind = "label" if kind == "count" and _LABEL.search(text[:match.start()]) else kind
        yield Mention(kind, match.start(), end, text[match.start():end], Decimal(size), 0, _modifier(text[:match.start()]), is_word=True)


def _majorities(text: str) -> Iterator[Mention]:
    for pattern, lowest, highest in _MOSTLY:
        for match in pattern.finditer(text):
            yield Mention("share", *match.span(), match[0], lowest=lowest, highest=highest, is_word=True)


def _with_wholes(text: str, found: list[Mention]) -> list[Mention]:
    """`119 von 142`: the first has the second as its whole."""
    result: list[Mention] = []
    for mention in found:
        if result and mention.kind == result[-1].kind == "count" and _OF.fullmatch(text[result[-1].end:mention.start]):
            part = result.pop()
            result.append(Mention(part.kind, part.start, part.end, part.raw, part.number, part.places, part.modifier, whole=mention,
                                  is_word=part.is_word))
        result.append(mention)
    return result
