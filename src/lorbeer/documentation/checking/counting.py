"""What a text says of itself: how many things it lists, the n below a caption, that so many of so many are so much per cent."""

import re
from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal

from lorbeer.documentation.checking.context import Paragraph
from lorbeer.documentation.checking.facts import Knowledge
from lorbeer.documentation.checking.mentions import Mention, mentions
from lorbeer.documentation.dataset import number_text, percent_text, said

MOST_LISTED = 60
ANNOUNCED = re.compile(r"[\s\u00a0]+(?:(?:[a-zäöüß]+(?:e|en|er))[\s\u00a0]+){0,2}„?[A-ZÄÖÜ][\w-]+(?:[\s\u00a0]+\w+){0,6}:")
_NOUN = r"[\s\u00a0]+(?:(?:[a-zäöüß]+(?:e|en|er))[\s\u00a0]+)?%s[\w-]+"
_NAME = r"[A-ZÄÖÜ][\w-]*(?:[\s\u00a0][A-ZÄÖÜ][\w-]*)?"
_LISTS = (
    r":[\s\u00a0]+(?P<list>[^.:;!?()]+)(?=[.!?]|\Z)", r"[\s\u00a0]*\((?P<bracket>[^.:;!?()]+)\)",
    r"[\s\u00a0]+–[\s\u00a0]+(?P<dash>[^.:;!?()–]+)(?:[\s\u00a0]–|[.!?])",
    rf"[\s\u00a0]+(?P<names>{_NAME}(?:,[\s\u00a0]{_NAME})+[\s\u00a0](?:und|sowie|and)[\s\u00a0]{_NAME})(?![\w-])",
)
INLINE = {language: re.compile(_NOUN % noun + f"(?:{'|'.join(_LISTS)})") for language, noun in (("de", "[A-ZÄÖÜ]"), ("en", "[A-Za-z]"))}
NO_LIST = re.compile(r"\b(?:etwa|darunter|vor allem|z\.|u\.|zum Beispiel|beispielsweise|unter anderem|insbesondere|among"
                     r"|such as|including|for example|namentlich|usw|etc)\b|\.\.\.|…|\d", re.I)
LONGEST_ITEM = 60                                                       # characters of one thing that a sentence lists
AND = re.compile(r"\b(?:und|sowie|and)\b")
TABLE = re.compile(r"(?:Tab(?:elle|\.)?|Table)[\s\u00a0]*(?P<number>\d+)")
BASE = re.compile(r"\bn[\s\u00a0]*=[\s\u00a0]*\Z", re.I)

Fault = tuple[Mention, str, str]                                        # the number, what it should be, and why: list, base, share


def announced(paragraphs: Sequence[Paragraph]) -> Iterator[tuple[Paragraph, Fault]]:
    """Numbers that announce a list, with its length if it is another: “vier Kriterien:” before five points, “vier Länder (A, B und C)”."""
    for number, paragraph in enumerate(paragraphs):
        listed = 0
        while number + listed + 1 < len(paragraphs) and paragraphs[number + listed + 1].kind == "item":
            listed += 1
        found = [mention for mention in mentions(paragraph.text) if mention.kind == "count" and not mention.modifier and not mention.whole]
        for mention in found:
            after = paragraph.text[mention.end:]
            if paragraph.kind != "item" and listed > 1 and ANNOUNCED.fullmatch(after):
                if mention.number is not None and mention.number <= MOST_LISTED:
                    yield paragraph, (mention, "" if mention.number == listed else number_text(listed), "list")
            elif match := INLINE[said("de", "en")].match(after):
                listing = match["list"] or match["bracket"] or match["dash"] or match["names"]
                if not match["list"] and NO_LIST.search(listing):
                    continue
                parts = [part for part in re.split(r",[\s\u00a0]+", listing) if part.strip()]
                least = len(parts) + bool(AND.search(parts[-1]))
                most = len(parts) + len(AND.findall(listing))           # “Städte und Gemeinden” may be one thing or two
                if least > len(parts) > 1 and max(map(len, parts)) <= LONGEST_ITEM and mention.number is not None:
                    yield paragraph, (mention, "" if least <= mention.number <= most else number_text(least), "list")


def wrong_bases(paragraph: Paragraph, known: Knowledge) -> Iterator[Fault]:
    """`Tab. 4: … (n=142)` where the table has another base."""
    match = TABLE.match(paragraph.text)
    table = known.tables.get(int(match["number"])) if match else None
    if table and table["base"]:
        for mention in mentions(paragraph.text):
            if BASE.search(paragraph.text[:mention.start]) and mention.number != table["base"]:
                yield mention, number_text(table["base"]), "base"


def wrong_share(part: Mention, share: Mention) -> str:
    """`41 von 44 (95,2 %)`: the right share, or "" where it is right or cannot be told."""
    if part.whole is None or not part.whole.number or part.number is None or part.modifier:
        return ""
    exact = 100 * part.number / part.whole.number
    rounded = exact.quantize(Decimal("0.1"), ROUND_HALF_UP)
    return "" if share.allows(exact) or share.allows(rounded) else percent_text(rounded)
