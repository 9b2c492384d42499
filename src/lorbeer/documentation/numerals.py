"""Numbers in words, German and English: `einhundertzweiundvierzig`, `one hundred and forty-two`, `zwei Drittel`, `four in five`."""

import re
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
