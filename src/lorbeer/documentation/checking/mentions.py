"""The numbers that a text of any origin says: digits, words, shares, sums of money, days, and what stands before them.

German and English words are read in any text; whether a comma parts thousands says the language that is written in (`dataset.writing`).

A mention is read, not judged: `allows(value)` says whether a true value may be called so. The tolerances:

    77,5 %, 142, 465.000 Euro       the value, rounded as written
    vier von fünf, jede dritte      two points of a share (up to four: neither proved nor contradicted); two thirds, half: one point
    rund, etwa, ungefähr, circa     two points of a share; five per cent of anything else, at least one
    jede sechste, jede elfte        the share of one in so many, the count rounded
    gut, etwas mehr als             above, by at most four points of a share, or a tenth
    knapp, fast, beinahe            below, likewise
    mehr als, über / weniger als, unter / mindestens / höchstens, bis zu
                                    above or below, however far
    44 bis 50, 60–70 %              within
    fast alle, so gut wie alle      from 90 per cent on; eine Mehrheit: more than half; eine große Mehrheit: two thirds
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from lorbeer.documentation.dataset import said
from lorbeer.documentation.numerals import (
    NUMBER_WORD,
    SMALL_GERMAN,
    modifier_allows,
    modifier_of,
    mostly_in,
    number_of,
    share_of,
    shares_in,
)

NEAR_SHARE, AROUND_SHARE, EXACT_FRACTION = Decimal(4), Decimal(2), Decimal("1")
NEAR_PART, AROUND_PART = Decimal("0.1"), Decimal("0.05")

MONTHS = {name.lower(): number for names in (
    ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"],
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"])
    for number, name in enumerate(names, 1)}
_MONTHS = "|".join(sorted((name.capitalize() for name in MONTHS), key=len, reverse=True))
_SPACE = r"[\s\u00a0\u202f]"
_GERMAN = r"\d{1,3}(?:[.\u202f\u00a0' ]\d{3})+(?:,\d+)?|\d+(?:[.,]\d+)?"
_ENGLISH = r"\d{1,3}(?:[,\u202f\u00a0' ]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_SCALE = (rf"(?:{_SPACE}*(?P<scale>Millionen|Million|Mio\.?|Milliarden|Milliarde|Mrd\.?|Tausend|Tsd\.?|million|billion|thousand|[Tk](?=EUR|€))"
          rf"(?!\w)|{_SPACE}*(?P<short>[Tk])(?={_SPACE}?(?:EUR|€|Euro)))?")
_UNIT = (rf"(?:{_SPACE}*(?P<unit>%|‰|Promille|Prozentpunkte?n?|percentage points|v\.{_SPACE}?H\.|vom{_SPACE}Hundert|Prozent(?!\w)"
         rf"|per{_SPACE}?cent(?!\w)|€|Euro(?!\w)|euros?(?!\w)|EUR(?!\w))|-(?P<adjective>prozentig)\w*)?")
_LABEL = re.compile(
    r"(?:\b(?:Tab(?:elle)?n?|Abb(?:ildung)?(?:en)?|Abs(?:atz)?|Art(?:ikel)?|Nr|Nummer|Kap(?:itel)?s?|Seiten?|S|Figure|Fig|Table|Chapter"
    r"|page|pp?|Fachbereich|Amt|Abteilung|Referat|Sachgebiet|Dezernat|Zimmer|Raum|Haus|Postfach|Telefon|Tel|Fax|Anlage|Anhang|Ziffer|Frage|Phase"
    r"|Schritt|Teil|Band|Heft|Fn|Fußnote|Q|ISBN|DIN|A|Version|Artikel|Runde|Platz|Rang)\.?"
    r"|§§?)[\s\u00a0]*\Z", re.I)
_YEARS = r"(?:1[89]|20)\d\d"
_DAY = re.compile(rf"(?<![\d.])(?:(?P<first>[0-3]?\d)\.?{_SPACE}*(?:/|–|-|bis|und|to|and){_SPACE}*)?(?P<day>[0-3]?\d)"
                  rf"(?:\.{_SPACE}*(?P<number>[01]?\d)\.(?:{_SPACE}*(?P<short>{_YEARS}|\d\d(?!\d|\.\d)))?"
                  rf"|(?:\.|st|nd|rd|th)?{_SPACE}*(?:of{_SPACE})?(?P<month>{_MONTHS})\b(?:,?{_SPACE}*(?P<year>{_YEARS}))?)(?!\d)"
                  rf"|\b(?P<before>{_MONTHS}){_SPACE}(?P<behind>[0-3]?\d)(?:st|nd|rd|th)?\b(?!\.\d)(?:,?{_SPACE}+(?P<last>{_YEARS}))?"
                  rf"|(?<![\w-])(?P<iso>{_YEARS})-(?P<iso_month>[01]\d)-(?P<iso_day>[0-3]\d)(?![\w-])")
_MONTH = re.compile(rf"\b(?:(?:Anfang|Mitte|Ende){_SPACE}+)?(?P<month>{_MONTHS})(?:{_SPACE}+(?P<year>{_YEARS}))?(?![\w-])")
_NUMBERS = {language: re.compile(rf"(?<![\w.,/%-])(?:(?P<money>€|EUR){_SPACE}*)?(?P<number>{digits})(?!\d)(?:,[-–—]+)?{_SCALE}{_UNIT}")
            for language, digits in (("de", _GERMAN), ("en", _ENGLISH))}
_RANGE = re.compile(rf"{_SPACE}*(?:–|-|bis|to){_SPACE}*")
_BETWEEN = re.compile(rf"\b(?:zwischen|between){_SPACE}+\Z", re.I)
_FROM = re.compile(rf"\b(?:von|from){_SPACE}+\Z", re.I)                  # then both ends are numbers by themselves
_AND = re.compile(rf"{_SPACE}+(?:und|and){_SPACE}+")
_OF = re.compile(rf"{_SPACE}+(?:von|der|of|out{_SPACE}of|aus)(?:{_SPACE}+(?:insgesamt|den|all(?:en|er)|zusammen|the|all)){{0,2}}{_SPACE}+\Z")
_AMONG = re.compile(rf"(?:\A|[.;:!?–(]{_SPACE}*|,{_SPACE})(?:auf{_SPACE}(?:der{_SPACE})?(?:Basis|Grundlage){_SPACE}"
                    rf"von|bezogen{_SPACE}auf|gemessen{_SPACE}an|based{_SPACE}on|von|unter|of|among)(?:{_SPACE}+(?:insgesamt|den|die|diesen"
                    rf"|all(?:en)?|zusammen|the|these))"
                    rf"{{0,2}}{_SPACE}+\Z", re.I)
_BASE = re.compile(rf"[^.;!?]{{0,40}}\b(?:n{_SPACE}*=|bezogen auf|Basis:?){_SPACE}*\Z", re.I)
SMALL_SHARE = Decimal(17)                                               # every sixth, and what is less
REACH = 80                                                              # characters
_SENTENCE_ENDS = re.compile(r"[.!?;](?=\s)")
LEAST_MONEY = 1000
_EACH = re.compile(rf"{_SPACE}+(?:im{_SPACE}(?:Schnitt|Mittel|Durchschnitt)|durchschnittlich|je|pro|on{_SPACE}average|each|per)\b")
_POSTCODE = re.compile(r"\d{5}[\s\u00a0]+[A-ZÄÖÜ][a-zäöüß]")
_HOUSE = re.compile(r"[a-z]?,?[\s\u00a0]+(?:D-)?\d{5}[\s\u00a0]+[A-ZÄÖÜ]")
_STREET = re.compile(r"(?:[Ss]tra(?:ß|ss)e|[Ss]tr\.|[Ww]eg|[Pp]latz|[Aa]llee|[Rr]ing|[Gg]asse|[Dd]amm|[Uu]fer|[Mm]arkt|[Hh]of|[Ww]all"
                     r"|(?<!Württem)[Bb]erg|[Tt]or|Am|Postfach)[\s\u00a0]+\Z")
_NOT_EVEN = re.compile(rf"\b(?:nicht{_SPACE}+(?:die|ein|einmal)|not{_SPACE}+(?:a|one)?){_SPACE}+\Z", re.I)       # “erreicht nicht die Hälfte”
_BUT = re.compile(r"[^.;:!?]*\b(?:sondern|but)\b")
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_DOZENS = re.compile(rf"\b(?:(?P<many>ein(?:em)?|a|zwei|drei|vier|two|three|four){_SPACE}+)(?:Dutzend|dozen)\b", re.I)
_MILLIONS = re.compile(rf"\b(?P<many>(?:einer?{_SPACE}+)?halben?|(?:andert|ein(?:und)?ein|zweiein|dreiein)halb|eine[r]?"
                       rf"|half{_SPACE}an?|an?|one)"
                       rf"{_SPACE}+million(?:en)?\b(?:{_SPACE}+(?P<money>euros?|EUR)\b)?",
                       re.I)
_TIMES = re.compile(rf"\b(?P<many>{'|'.join(SMALL_GERMAN)})mal\b(?!{_SPACE}+(?:so|mehr|pro|im|in|je|jährlich|wöchentlich)\b)", re.I)
_ONLY_ONE = re.compile(rf"\b(?:nur|genau|lediglich|only|just|exactly){_SPACE}+(?P<one>eine?[mnrs]?|one)\b"
                       rf"(?!{_SPACE}+(?:Teil|Drittel|Viertel|Bruchteil|Million|part|third|quarter|million|half))")


@dataclass(frozen=True)
class Mention:
    """One number of a paragraph. `kind`: count, percent, share (in words), euro, day, month, year, points, label.

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
    among: "Mention | None" = None                                      # the 142 of “Von den 142 Beiträgen haben 83,8 %”, of “83,8 % (n=142)”
    is_word: bool = False

    @property
    def is_coarse(self) -> bool:
        """“Vier von fünf”, “jede dritte”: nobody takes it for more than about so many."""
        return self.kind == "share" and bool(re.search(r"\b(?:von|jede|in|out|every)", self.raw, re.I))

    @property
    def is_each(self) -> bool:
        """“Jede elfte”: of small shares two points would be every second as well as every thirteenth; there the count is rounded."""
        return self.kind == "share" and bool(re.match(r"jede|every", self.raw, re.I))

    def allows(self, value: Decimal) -> bool:
        """Whether the true `value` may be called so (a share in per cent, money in euro)."""
        if self.number is None:
            return self.lowest is not None and self.highest is not None and self.lowest <= value <= self.highest
        distance, is_share = value - self.number, self.kind in ("percent", "share")
        near = NEAR_SHARE if is_share else max(Decimal(1), NEAR_PART * self.number)
        around = AROUND_SHARE if is_share else max(Decimal(1), AROUND_PART * self.number)
        allowed = modifier_allows(self.modifier, distance, near=near, around=around)
        if allowed is not None and not (self.places and self.modifier == "most"):           # “bis zu 86,4 Prozent” is how high it goes
            return allowed
        if self.kind == "share" and self.is_each and self.number <= SMALL_SHARE:
            return abs(100 / value - 100 / self.number) <= Decimal("0.5") if value else False
        if self.kind == "share":
            return abs(distance) <= (AROUND_SHARE if self.is_coarse else EXACT_FRACTION)
        step = Decimal(1).scaleb(-self.places)
        return value.quantize(step, ROUND_HALF_UP) == self.number or abs(distance) <= step / 2 and self.places > 0


def mentions(text: str) -> list[Mention]:
    """All numbers of a paragraph in their order, none within another."""
    found: list[Mention] = []
    taken = [False] * (len(text) + 1)
    for reader in (_days, _months, _shares, _digits, _words, _majorities):
        for mention in reader(text):
            if not any(taken[mention.start:mention.end]):
                taken[mention.start:mention.end] = [True] * (mention.end - mention.start)
                found.append(mention)
    return _with_wholes(text, _with_ranges(text, _with_money(text, sorted(found, key=lambda mention: mention.start))))


def _before(pattern: re.Pattern[str], text: str, at: int) -> re.Match[str] | None:
    """What a pattern finds that ends at `at`; it looks no further back than such words go, however long the paragraph is."""
    return pattern.search(text, max(0, at - REACH), at)


def _days(text: str) -> Iterator[Mention]:
    for match in _DAY.finditer(text):
        name = match["month"] or match["before"]
        month = MONTHS[name.lower()] if name else int(match["number"] or match["iso_month"])
        year = int(match["year"] or match["short"] or match["last"] or match["iso"] or 0)
        year += 2000 if 0 < year < 100 else 0
        day = int(match["day"] or match["behind"] or match["iso_day"])
        if 1 <= day <= 31 and 1 <= month <= 12:
            start = match.start()
            if match["first"] and 1 <= int(match["first"]) < day:
                yield Mention("day", *match.span("first"), match["first"], day=(year, month, int(match["first"])))
                start = match.start("day")
            yield Mention("day", start, match.end(), text[start:match.end()], day=(year, month, day))


def _months(text: str) -> Iterator[Mention]:
    """“Im Juni 2017”, “Ende März”: a month without a day; a year alone stands in too many sentences."""
    for match in _MONTH.finditer(text):
        yield Mention("month", *match.span(), match[0], day=(int(match["year"] or 0), MONTHS[match["month"].lower()], 0))


def decimal_of(written: str) -> tuple[Decimal, int]:
    """`1.234,5` as 1234.5 with one place, in English `1,234.5`. A point before three digits parts thousands; before others it is a comma."""
    plain = re.sub(r"[\s\u00a0\u202f']", "", written)
    thousands, comma = said(".", ","), said(",", ".")
    if re.fullmatch(rf"\d{{1,3}}([{thousands}]\d{{3}})+([{comma}]\d+)?", plain):
        plain = plain.replace(thousands, "")
    whole, _comma, part = plain.replace(",", ".").partition(".")
    return Decimal(f"{whole}.{part or 0}"), len(part)


SCALES = {"tausend": 1000, "tsd": 1000, "thousand": 1000, "t": 1000, "k": 1000, "milliard": 10**9, "mio": 10**6, "mill": 10**6, "mrd": 10**9,
          "bill": 10**9}


HALVES = {"andert": 1_500_000, "einein": 1_500_000, "einundein": 1_500_000, "zweiein": 2_500_000, "dreiein": 3_500_000}


def _digits(text: str) -> Iterator[Mention]:
    for match in _NUMBERS[said("de", "en")].finditer(text):
        number, places = decimal_of(match["number"])
        before, unit = text[:match.start()], re.sub(r"\s", "", match["unit"] or match["adjective"] or "").lower()
        if scale := (match["scale"] or match["short"] or "").lower():
            factor = next(size for word, size in SCALES.items() if scale.startswith(word))
            places = max(0, places - len(str(factor)) + 1)
            number *= factor
        kind = "count"
        if unit in ("‰", "promille"):
            kind, number, places = "percent", number / 10, places + 1
        elif unit in ("prozentpunkt", "prozentpunkte", "prozentpunkten", "percentagepoints"):
            kind = "points"
        elif unit.startswith(("%", "v", "prozent", "percent")):
            kind = "percent"
        elif unit or match["money"]:
            kind = "euro"
        elif (_POSTCODE.match(text, match.start()) or _HOUSE.match(text, match.end()) or _before(_STREET, text, match.start())
              or _before(_LABEL, text, match.start()) or re.match(r"[.)]\s|:\d|[./]\d", text[match.end():]) and not before.strip()):
            kind = "label"
        elif _YEAR.fullmatch(match["number"]) and not re.match(rf"{_SPACE}+(?:Beitr|Kommun|Städt|Projekt|Euro)", text[match.end():]):
            kind = "year"
        elif re.match(r"[\w/-]", text[match.end():]) and not re.match(rf"-\d|-mal\b(?!{_SPACE}+so\b)", text[match.end():]):
            kind = "label"                                              # 2017/18, 24h
        yield Mention(kind, *match.span(), match[0].strip(), number, places, modifier_of(text, match.start()))


def _shares(text: str) -> Iterator[Mention]:
    for match in shares_in(text):
        if (share := share_of(match)) is not None:
            below = "under" if _before(_NOT_EVEN, text, match.start()) and not _BUT.match(text, match.end()) else ""
            yield Mention("share", *match.span(), match[0], share, 0, modifier_of(text, match.start()) or below, is_word=True)


def _words(text: str) -> Iterator[Mention]:
    for match in _DOZENS.finditer(text):
        many = 1 if match["many"].lower() in ("ein", "einem", "a") else number_of(match["many"]) or 1
        yield Mention("count", *match.span(), match[0], Decimal(12 * many), 0, modifier_of(text, match.start()) or "around", is_word=True)
    for match in _MILLIONS.finditer(text):
        words = match["many"].lower()
        size = next((half for word, half in HALVES.items() if words.startswith(word)), 500_000 if "hal" in words else 10**6)
        yield Mention("euro" if match["money"] else "count", *match.span(), match[0], Decimal(size), 0, modifier_of(text, match.start()),
                      is_word=True)
    for match in NUMBER_WORD.finditer(text):
        number = number_of(match[0])
        if number is None or number == 1:
            continue
        after = re.match(rf"{_SPACE}+(?:(?P<points>Prozentpunkte?n?|percentage points)"
                         rf"|(?P<percent>Prozent|percent|per cent)|(?P<euro>Euro|euros?)|(?P<scale>Millionen|million){_SPACE}+"
                         rf"(?P<money>Euro|euros?)?)(?!\w)", text[match.end():])
        kind, size, end = "count", number, match.end()
        if after:
            end += after.end()
            kind = "points" if after["points"] else "percent" if after["percent"] else "euro" if after["euro"] or after["money"] else "count"
            size = number * 10**6 if after["scale"] else number
        kind = "label" if kind == "count" and _before(_LABEL, text, match.start()) else kind
        yield Mention(kind, match.start(), end, text[match.start():end], Decimal(size), 0, modifier_of(text, match.start()), is_word=True)
    for match in _TIMES.finditer(text):
        if number := number_of(match["many"]):
            yield Mention("count", *match.span(), match[0], Decimal(number), 0, modifier_of(text, match.start()), is_word=True)
    for match in _ONLY_ONE.finditer(text):
        yield Mention("count", *match.span("one"), match["one"], Decimal(1), is_word=True)


def _majorities(text: str) -> Iterator[Mention]:
    for match, lowest, highest in mostly_in(text):
        yield Mention("share", *match.span(), match[0], lowest=lowest, highest=highest, is_word=True)


def _with_money(text: str, found: list[Mention]) -> list[Mention]:
    """“465.000 Euro, rund 22.000 im Schnitt”: the second is money as well."""
    result: list[Mention] = []
    for mention in found:
        before = result[-1] if result else None
        is_money = (before is not None and before.kind == "euro" and mention.kind == "count" and (mention.number or 0) >= LEAST_MONEY
                    and _EACH.match(text, mention.end) and not _SENTENCE_ENDS.search(text, before.end, mention.start))
        result.append(replace(mention, kind="euro") if is_money else mention)
    return result


def _with_ranges(text: str, found: list[Mention]) -> list[Mention]:
    """`60–70 %`, `zwischen 44 und 50 Kommunen`: one mention, true of all between."""
    result: list[Mention] = []
    for mention in found:
        before = result[-1] if result else None
        if (before is not None and before.kind in ("count", mention.kind) and mention.kind in ("count", "percent", "euro")
                and before.number is not None and mention.number is not None and before.number < mention.number
                and not (before.is_word and mention.is_word) and not _before(_FROM, text, before.start)
                and (_RANGE.fullmatch(text[before.end:mention.start]) or _AND.fullmatch(text[before.end:mention.start])
                     and _before(_BETWEEN, text, before.start))):
            result[-1] = Mention(mention.kind, before.start, mention.end, text[before.start:mention.end],
                                 places=max(before.places, mention.places), lowest=before.number, highest=mention.number)
        else:
            result.append(mention)
    return result


def _with_wholes(text: str, found: list[Mention]) -> list[Mention]:
    """`119 von 142`: the first has the second as its whole; so have a share and what it is a share of."""
    result = list(found)
    for place, (first, second) in enumerate(pairwise(found)):
        between = text[first.end:second.start]
        if second.kind == "count" and first.kind == "count" and _OF.fullmatch(between):
            result[place] = replace(result[place], whole=second)
        elif second.kind == "count" and first.kind in ("percent", "share") and (_OF.fullmatch(between) or _BASE.fullmatch(between)):
            result[place] = replace(result[place], among=second)
        elif (first.kind == "count" and second.kind in ("count", "percent", "share") and _before(_AMONG, text, first.start)
                and not _SENTENCE_ENDS.search(between)):
            result[place + 1] = replace(result[place + 1], among=first)
    return result
