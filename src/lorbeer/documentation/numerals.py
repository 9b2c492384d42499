"""Numbers in words, German and English: `einhundertzweiundvierzig`, `one hundred and forty-two`, `zwei Drittel`, `four in five`."""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache

ONES = ["null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf",
        "dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn"]
TENS = ["", "", "zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"]
SPACE = r"[\s\u00a0\u202f]"


def number_words(number: int) -> str:
    """`einundzwanzig`; up to 999, beyond that digits."""
    if number < 0 or number > 999:
        return str(number)
    if number < 20:
        return ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return (("ein" if ones == 1 else ONES[ones]) + "und" if ones else "") + TENS[tens]
    hundreds, rest = divmod(number, 100)
    return ("ein" if hundreds == 1 else ONES[hundreds]) + "hundert" + (number_words(rest) if rest else "")


# --- numbers ----------------------------------------------------------------------------------------------------------

SMALL_GERMAN = {number_words(number): number for number in range(2, 100)} | {"ein": 1, "eine": 1, "eins": 1, "zwo": 2}
ENGLISH_ONES = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
                "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
ENGLISH_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
ENGLISH = {word: number for number, word in enumerate(ENGLISH_ONES, 1)} | {word: 10 * number for number, word in enumerate(ENGLISH_TENS, 2)}
_ENGLISH_SMALL = "(?:" + "|".join(sorted(ENGLISH, key=len, reverse=True)) + ")"
_ENGLISH_PART = rf"{_ENGLISH_SMALL}(?:-{_ENGLISH_SMALL})?"
NUMBER_WORD = re.compile(
    r"\b(?:ein|zwei|zwo|drei|vier|fünf|sechs?|sieb(?:en)?|acht|neun|zehn|elf|zwölf|und|zwanzig|drei(?:ß|ss)ig|vierzig|fünfzig|sechzig|siebzig"
    r"|achtzig|neunzig|hundert|tausend)+(?:er|en)?\b"
    rf"|\b(?:(?:{_ENGLISH_PART}|an?){SPACE}(?:hundred|thousand)(?:{SPACE}(?:and{SPACE})?{_ENGLISH_PART})*"
    rf"(?:{SPACE}hundred(?:{SPACE}(?:and{SPACE})?{_ENGLISH_PART})*)?|{_ENGLISH_PART})\b", re.I)


@cache
def number_of(words: str) -> int | None:
    """`einundzwanzig`, `zweier`, `elftausend`, `one hundred and five` as a number; None where it is none."""
    plain = re.sub(r"^(zwei|drei)er$", r"\1", re.sub(r"\s+", " ", words.lower().replace("dreiss", "dreiß")))
    return _german(plain) or _english(plain)


def _german(word: str) -> int | None:
    for name, size in (("tausend", 1000), ("hundert", 100)):
        before, found, after = word.partition(name)
        if found:
            times = _german(before) if before else 1
            rest = _german(after.removeprefix("und")) if after else 0
            return None if times is None or rest is None or rest >= size else times * size + rest
    return SMALL_GERMAN.get(word)


def _english(words: str) -> int | None:
    whole, part = 0, 0
    for word in re.split(r"[ -]", words):
        if word in ("a", "an"):
            part = 1
        elif word == "hundred":
            part *= 100
        elif word == "thousand":
            whole, part = whole + 1000 * part, 0
        elif word in ENGLISH:
            part += ENGLISH[word]
        elif word != "and":
            return None
    return whole + part or None


# --- shares -----------------------------------------------------------------------------------------------------------

PARTS = {"drittel": 3, "viertel": 4, "fünftel": 5, "sechstel": 6, "siebtel": 7, "achtel": 8, "neuntel": 9, "zehntel": 10, "zwölftel": 12,
         "half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10}
EACH = {"zweite": 2, "dritte": 3, "vierte": 4, "fünfte": 5, "sechste": 6, "siebte": 7, "achte": 8, "neunte": 9, "zehnte": 10,
        "elfte": 11, "zwölfte": 12, "zwanzigste": 20,
        "second": 2, "other": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
SIGNS = {"½": Decimal(50), "⅓": Decimal(100) / 3, "⅔": Decimal(200) / 3, "¼": Decimal(25), "¾": Decimal(75), "⅕": Decimal(20), "⅖": Decimal(40),
         "⅗": Decimal(60), "⅘": Decimal(80)}
_FEW = "zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn"
_FEW_ENGLISH = "two|three|four|five|six|seven|eight|nine|ten"
_SMALL_GERMAN_COUNT = f"eine?[mnrs]?|{_FEW}|[1-9]"
SHARE = re.compile(
    rf"\b(?P<many>eine?[mns]?|{_FEW}){SPACE}+(?P<part>{'|'.join(word for word in PARTS if word.endswith('tel'))})[ns]?\b"
    rf"|\b(?P<one>drei)(?P<joined>viertel)\b|\b(?P<half>Hälfte)n?\b"
    rf"|\bjede[rsnm]?{SPACE}+(?P<each>{'|'.join(word for word in EACH if word.endswith('te'))})[nrs]?\b"
    rf"|\b(?P<some>{_SMALL_GERMAN_COUNT}){SPACE}+von{SPACE}+(?P<whole>{_FEW})\b(?!{SPACE}*(?:hundert|tausend|Prozent|%|€|Euro|\d))"
    rf"|\b(?P<few>an?|one|{_FEW_ENGLISH})[\s\u00a0-](?P<english>third|quarter|fourth|fifth|sixth|seventh|eighth|ninth|tenth)s?\b"
    rf"|\b(?P<halved>half)(?={SPACE}(?:of|the|all)\b)"
    rf"|\b(?P<out>one|{_FEW_ENGLISH}|[1-9]){SPACE}+(?:in|out{SPACE}of){SPACE}+(?P<among>{_FEW_ENGLISH})\b(?!{SPACE}*(?:per|%|\d))"
    rf"|\bevery{SPACE}+(?P<every>second|other|third|fourth|fifth|sixth|eighth|tenth)\b"
    rf"|(?<![\w/.,])(?P<upper>[1-9])/(?P<lower>[2-9]|10)(?={SPACE}+(?:der|aller|von|of)\b)|(?<!\d)(?P<sign>[{''.join(SIGNS)}])", re.I)


def share_of(match: re.Match[str]) -> Decimal | None:
    """Per cent of what SHARE found; None where it is none (`drei von zwei`)."""
    if match["half"] or match["halved"]:
        return Decimal(50)
    if match["sign"]:
        return SIGNS[match["sign"]]
    above, below = 1, 0
    if match["each"] or match["every"]:
        below = EACH[(match["each"] or match["every"]).lower()]
    else:
        over = match["many"] or match["one"] or match["some"] or match["few"] or match["out"] or match["upper"]
        under = match["part"] or match["joined"] or match["whole"] or match["english"] or match["among"] or match["lower"]
        above, below = _little(over), PARTS.get(under.lower()) or _little(under)
    return Decimal(100 * above) / below if 0 < above < below else None


def _little(word: str) -> int:
    if word.isdigit():
        return int(word)
    return 1 if re.fullmatch(r"eine?[mnrs]?|an?|one", word, re.I) else number_of(word) or 0


# --- shares in a text -------------------------------------------------------------------------------------------------

MODIFIERS = {                                                           # before a number, longest first
    "etwas mehr als": "above", "etwas über": "above", "ein wenig mehr als": "above", "gut": "above", "leicht über": "above",
    "kaum mehr als": "above", "a little over": "above", "just over": "above", "slightly over": "above", "slightly more than": "above",
    "well over": "over", "weit über": "over",
    "etwas weniger als": "below", "nicht ganz": "below", "knapp": "below", "fast": "below", "beinahe": "below", "nahezu": "below",
    "annähernd": "below", "just under": "below", "slightly less than": "below", "almost": "below", "nearly": "below", "close to": "below",
    "rund": "around", "etwa": "around", "ungefähr": "around", "circa": "around", "ca.": "around", "zirka": "around",
    "schätzungsweise": "around", "approximately": "around", "about": "around", "around": "around", "roughly": "around", "some": "around",
    "mehr als": "over", "über": "over", "more than": "over", "over": "over",
    "nicht einmal": "under", "not even": "under", "weniger als": "under", "unter": "under", "less than": "under", "fewer than": "under",
    "nicht weniger als": "least", "no fewer than": "least", "no less than": "least", "nicht mehr als": "most", "no more than": "most",
    "mindestens": "least", "wenigstens": "least", "at least": "least",
    "höchstens": "most", "maximal": "most", "bis zu": "most", "at most": "most", "up to": "most",
}
MODIFIER = re.compile(r"(?<!\w)(?P<word>" + "|".join(re.escape(word) for word in sorted(MODIFIERS, key=len, reverse=True))
                       + r")\s+(?:(?:ein(?:em|er|es|e)?|die|der|den|dem|the|a)\s+)?\Z", re.I)
LONGEST_MODIFIER = 40                                                   # characters, with an article behind it


def modifier_of(text: str, at: int) -> str:
    """What MODIFIERS says of the words that end at `at`: `above` for “gut ”; "" where none stands there."""
    match = modifier_at(text, at)
    return MODIFIERS[match["word"].lower()] if match else ""


def modifier_at(text: str, at: int) -> re.Match[str] | None:
    return MODIFIER.search(text, max(0, at - LONGEST_MODIFIER), at)


def modifier_allows(modifier: str, distance: Decimal, *, near: Decimal, around: Decimal) -> bool | None:
    """Whether what lies `distance` above the named amount may be called so; None where no modifier stands there.

    `near`: how far “gut” and “knapp” reach, the amount itself included; `around`: how far “rund” does.
    """
    match modifier:
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
    return None


# Words for a share without a number: from, to (per cent).
MOSTLY: list[tuple[re.Pattern[str], Decimal, Decimal]] = [
    (re.compile(r"\b(?:fast|nahezu|beinahe|so gut wie|annähernd)\s+all(?:e[nr]?|en)\b"
                r"|\b(?:almost|nearly) all\b", re.I), Decimal(90), Decimal("99.99")),
    (re.compile(r"\b(?:gro(?:ß|ss)en?|deutlichen?|weit überwiegenden?|überwältigenden?|überwiegenden?|großer|überwiegender|deutlicher)\s+"
                r"(?:Mehrheit|Mehrzahl)\b|\b(?:large|great|vast) majority\b", re.I), Decimal("66.6"), Decimal(100)),
    (re.compile(r"\b(?:Mehrheit|Mehrzahl|majority)\b"), Decimal("50.01"), Decimal(100)),
    (re.compile(r"\b(?:Minderheit|minority)\b"), Decimal(0), Decimal("49.99")),
]
_TIMES = (r"Wochen?|Monate?|Jahre?|Tage?|Stunden?|Minuten?|Mal|Wochenende|Quartal|Semester|Abend|Morgen|(?:Vor|Nach)mittag"
          r"|(?:Mon|Diens|Donners|Frei|Sams|Sonn)tag|Mittwoch|Sonnabend|weeks?|months?|years?|days?|hours?|time|weekend|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day")
_OFTEN = re.compile(rf"{SPACE}+(?:{_TIMES})\b")                          # “jede zweite Woche”
_ONE_OF_TWO = re.compile(rf"(?:erste|zweite|andere|obere|untere|linke|rechte|beide|first|second|other)[nrs]?{SPACE}+\Z", re.I)
_IN_TOWN = re.compile(rf"{SPACE}*,?{SPACE}*(?:mit|in|am|an|ohne|das|dem|wo|wie|nahe|neben|jenseits|außerhalb)\b")    # “ein Viertel am Hafen”
_NO_ORDINAL = re.compile(rf"{SPACE}+(?:of|more|less|fewer|as)\b|{SPACE}*[.,;:!?)\]]|{SPACE}*\Z")             # else “a third party”
_VOTES = re.compile(rf"{SPACE}+(?:der|ihrer|aller|of{SPACE}(?:the|all)){SPACE}+(?:\w+{SPACE}+){{0,2}}"
                    r"(?:Stimm\w+|Mitglied\w*|Anwesend\w*|votes|members)"
                    rf"|{SPACE}+(?:vote|entschieden|beschlossen|gewählt)\b", re.I)
_VOTED = re.compile(rf"\b(?:(?:mit|durch|by){SPACE}+(?:\w+{SPACE}+){{0,2}}|(?:einfache|absolute|relative|qualifizierte)[nr]?{SPACE}+"
                    rf"|(?:simple|absolute){SPACE}+)\Z", re.I)


def shares_in(text: str) -> Iterator[re.Match[str]]:
    """What SHARE finds and means a share: not a rhythm, one of two halves, a quarter of a town, a third party."""
    for match in SHARE.finditer(text):
        if (match["each"] or match["every"]) and _OFTEN.match(text, match.end()):
            continue
        if match["half"] and _ONE_OF_TWO.search(text, max(0, match.start() - LONGEST_MODIFIER), match.start()):
            continue
        if match["part"] and match["part"].lower() == "viertel" and match["many"].lower().startswith("ein") and (
                _IN_TOWN.match(text, match.end()) and not modifier_at(text, match.start())):
            continue
        if match["few"] and match["few"].lower() in ("a", "an") and not _NO_ORDINAL.match(text, match.end()):
            continue
        yield match


def mostly_in(text: str) -> Iterator[tuple[re.Match[str], Decimal, Decimal]]:
    """Words of MOSTLY with the least and the most that they allow; a majority of votes is none."""
    for pattern, lowest, highest in MOSTLY:
        for match in pattern.finditer(text):
            if not _VOTES.match(text, match.end()) and not _VOTED.search(text, max(0, match.start() - LONGEST_MODIFIER), match.start()):
                yield match, lowest, highest


_TIMES_MORE = f"(?:{_FEW}|hundert|anderthalb|zweieinhalb|dreieinhalb|viereinhalb)mal"
RATIO = re.compile(
    rf"\b(?:doppelt|halb|{_TIMES_MORE}){SPACE}+so{SPACE}+"
    rf"(?:viele?[nrs]?|häufige?[nrs]?|oft|hohe?[nrs]?|hoch|große?[nrs]?|groß|starke?[nrs]?|stark|wenige?[nrs]?)\b|\b(?:twice|half|(?:{_FEW_ENGLISH}){SPACE}times){SPACE}+as{SPACE}+(?:many|much|often|high|large)\b"
    rf"|\b(?:double|twice){SPACE}the{SPACE}number\b", re.I)


def wordy_spans(text: str) -> list[tuple[int, int]]:
    """Where `text` says a share or a ratio in words, each with what stands before it (“gut zwei Drittel”, “fast alle”, “doppelt so viele”).

    Not where the words themselves are quoted: Wörter wie „gut drei Viertel“.
    """
    spans = []
    shares = (match for match in shares_in(text) if not match["sign"])
    for match in (*shares, *(match for match, _lowest, _highest in mostly_in(text)), *RATIO.finditer(text)):
        before = modifier_at(text, match.start())
        start = before.start() if before else match.start()
        if not (text[start - 1:start] in tuple("„“»\"") and text[match.end():match.end() + 1] in tuple("“”«\"")):
            spans.append((start, match.end()))
    return spans
