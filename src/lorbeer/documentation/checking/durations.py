"""How long something took between two dates of the call: “zwölf Wochen nach Einsendeschluss”, “29 Wochen zur Ausarbeitung”.

A number of days is right exactly, one of weeks or months where it is less than one away; it is wrong where it is more than two away,
and more than a twentieth.
"""

import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from lorbeer.documentation.checking.context import Context
from lorbeer.documentation.checking.facts import Fact, Knowledge
from lorbeer.documentation.checking.mentions import Mention
from lorbeer.documentation.checking.places import by_path, place_of
from lorbeer.documentation.checking.vocabulary import CLOSING, ENTRY_WORDS, PHASES
from lorbeer.documentation.dataset import said

UNIT = re.compile(r"[\s\u00a0]+(?P<unit>Tagen?|Wochen?|Monaten?|days?|weeks?|months?)\b", re.I)
DAYS = {"tag": Decimal(1), "day": Decimal(1), "woc": Decimal(7), "wee": Decimal(7), "mon": Decimal("30.44")}
NAMES = {"tag": ("Tage", "days"), "woc": ("Wochen", "weeks"), "mon": ("Monate", "months")}
AFTER = re.compile(r"[\s\u00a0]+(?:nach|after)[\s\u00a0]+(?P<what>[^.;!?]{3,60})")
TO_APPLY = re.compile(r"\b(?:Ausarbeitung|Bewerbung|Bewerbungs(?:frist|zeit|phase)|Vorbereitung der Beiträge)\b[^.;]*"
                      r"\b(?:zur Verfügung|Zeit|dauerte|betrug)\b|\bZeit\b[^.;]*\b(?:Ausarbeitung|Bewerbung)\b"
                      r"|\b(?:time|weeks|months) to (?:apply|enter)\b", re.I)
SURELY, PART = Decimal(2), Decimal("0.05")                              # so far, and so large a part of it, away from what is right


@dataclass(frozen=True)
class Duration:
    """`is_true` is None where the number is neither right nor surely wrong."""

    fact: Fact
    is_true: bool | None


def duration_meant(mention: Mention, context: Context, known: Knowledge) -> Duration | None:
    """From when to when the sentence says that it took so long, and how long that was; None where it says no two dates of the call."""
    unit = UNIT.match(context.text, mention.end)
    if mention.kind != "count" or mention.number is None or unit is None:
        return None
    sentence = place_of(mention, context).sentence
    ends = _ends(sentence, AFTER.match(context.text, unit.end()), known)
    if ends is None or ends[0].day is None or ends[1].day is None:
        return None
    name = unit["unit"][:3].lower()
    days = Decimal(_ordinal(ends[1]) - _ordinal(ends[0]))
    value = days / DAYS[name]
    kind = next(one for one in NAMES if DAYS[one] == DAYS[name])
    rounded = value.quantize(Decimal("0.1"))
    number = f"{rounded}".replace(".", said(",", ".")).removesuffix(said(",0", ".0"))
    fact = replace(ends[0], kind="count", number=value, day=None, text=f"{number}\u00a0{said(*NAMES[kind])}",
                   path=f"{ends[0].path} – {ends[1].path}", label=f"{ends[0].label} – {ends[1].label}")
    away = abs(value - mention.number)
    if mention.allows(value) or not mention.modifier and DAYS[name] > 1 and away < 1:
        return Duration(fact, True)
    return Duration(fact, False if away > max(SURELY, PART * value) else None)


def _ends(sentence: str, after: re.Match[str] | None, known: Knowledge) -> tuple[Fact, Fact] | None:
    facts = by_path(known)
    if after is None:
        first, last = facts.get("dates.call.start"), facts.get("dates.entries.end")
        is_of_entries = any(PHASES[kind].search(sentence) for kind in ("letters", "entries")) or ENTRY_WORDS.search(sentence)
        return (first, last) if is_of_entries and TO_APPLY.search(sentence) and first and last else None
    what, rest = after["what"], sentence.replace(after["what"], " ")
    begun, ended = _phase(what), _phase(rest)
    if not begun or not ended or begun == ended:
        return None
    first = facts.get(f"dates.{begun}.{'end' if CLOSING.search(what) else 'start'}")
    last = facts.get(f"dates.{ended}.start")
    return (first, last) if first and last else None


def _phase(text: str) -> str:
    found = [kind for kind, pattern in PHASES.items() if pattern.search(text)]
    return found[0] if len(found) == 1 else ""


def _ordinal(fact: Fact) -> int:
    assert fact.day is not None
    return date(*fact.day).toordinal()
