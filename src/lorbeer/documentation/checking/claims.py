"""What a text says without a number of its own: which is the most, which comes second, how many times as many, which is more.

A claim is read, not judged; `comparing` holds it against the series of the edition that it speaks of. Its words, and their tolerances:

    am häufigsten, an zweiter Stelle, drittgrößte   the place, ties on any of theirs; of several named together, the first so many
    gefolgt von, danach kommen                      not more than the one before
    häufiger als, mehr Kirchen als, seltener als    more, or less, and not as many
    ebenso viele wie                                as many; up to a tenth more or less is neither proved nor contradicted
    doppelt so viele wie, halb so oft               a tenth more or less (up to a quarter: neither proved nor contradicted)
    fast, knapp doppelt so viele                    at most as many, down to a fifth less; gut: likewise above; mehr als: above
    kein Beitrag aus, war nicht vertreten           none
    19 mehr als, 15 Prozentpunkte höher als         the difference, rounded as written
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from lorbeer.documentation.checking.mentions import Mention
from lorbeer.documentation.numerals import modifier_at, modifier_of, number_of

_S = r"[\s\u00a0]+"
_REST = r"(?:[^.,;:!?]|[.,](?=\d)){0,90}?"                               # of its clause, up to “als”
_ORDINALS = {"erst": 1, "zweit": 2, "dritt": 3, "viert": 4, "fünft": 5, "sechst": 6, "siebt": 7, "acht": 8, "neunt": 9, "zehnt": 10,
             "letzt": -1, "vorletzt": -2,
             "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "last": -1}
_NTH = "|".join(sorted((word for word in _ORDINALS if word.endswith("t")), key=len, reverse=True))
_NTH_ENGLISH = "first|second|third|fourth|fifth|sixth|seventh|eighth|last"
_MANY = r"Beiträge\w*|Angebote\w*|Vorhaben|Bewerbung\w*|Einsendung\w*|Preise\w*|Preisträger\w*|Auszeichnung\w*|Nennung\w*"
_OF_ALL = rf"{_S}(?:(?:{_MANY})\b|kamen|kommen|stammen|aus\b|gingen{_S}(?:an|nach)\b)"
_MANY_ENGLISH = "entries|applications|submissions|awards|prizes|winners|mentions"
_MEASURES = r"Anteile?s?n?|Quoten?|Werte?s?|Zahle?n?|Gruppen?"

PLACE = re.compile(
    rf"\ban{_S}(?:der{_S})?(?P<at>{_NTH})er(?:{_S}Stelle\b|(?P<short>(?=[.,;]|{_S}(?:und|vor)\b)))"
    rf"|\bauf(?:{_S}dem)?{_S}(?P<on>{_NTH})en{_S}(?:Platz|Rang)\b"
    rf"|\b(?:Platz|Rang){_S}(?P<number>\d\d?|eins|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn)\b"
    rf"|\b(?:(?:am|die|der|das|den|dem){_S})?(?P<nth>{_NTH})"
    rf"(?P<way>häufigst|meist|höchst|größt|seltenst|wenigst|niedrigst|geringst|kleinst)e?[nrms]?\b"
    rf"|\bin{_S}(?P<in>{_NTH_ENGLISH}){_S}place\b|\b(?:come|came|rank|ranked)s?{_S}(?P<comes>{_NTH_ENGLISH})\b"
    rf"|\b(?:the{_S})?(?P<english>{_NTH_ENGLISH})[ -](?P<most>most|highest|largest|biggest|fewest|lowest|smallest|least)"
    rf"(?:{_S}(?:often|frequent(?:ly)?|common(?:ly)?))?\b", re.I)
MOST = re.compile(
    rf"\bam{_S}(?:häufigsten|öftesten|höchsten)\b|\bam{_S}stärksten(?={_S}(?:eingebunden|beteiligt|vertreten))"
    rf"|\bam{_S}weitesten{_S}verbreitet\b|\bam{_S}meisten(?={_S}(?:genannt|beteiligt|vertreten|genutzt))"
    rf"|\b(?:die|das|der|den){_S}(?:mit{_S}Abstand{_S}|weitaus{_S})?(?:meisten(?={_OF_ALL})"
    rf"|häufigste[nrs]?\b|(?:größte|höchste)[nrs]?(?={_S}(?:{_MEASURES})\b))"
    rf"|\ban{_S}der{_S}Spitze\b|\bSpitzenreiter\w*"
    rf"|\bmost{_S}(?:often|frequent(?:ly)?|common(?:ly)?)\b|\bthe{_S}(?:highest|largest|biggest)(?={_S}(?:share|number|proportion|group)\b)"
    rf"|\b(?:the{_S})?most(?={_S}(?:{_MANY_ENGLISH})\b{_S}(?:came|come|went|go)\b)|\b(?:is|are|was|were){_S}(?P<highest>highest)\b", re.I)
LEAST = re.compile(
    rf"\bam{_S}(?:seltensten|wenigsten(?!{_S}als)|niedrigsten|geringsten)\b"
    rf"|\b(?:die|das|der|den){_S}(?:wenigsten(?={_OF_ALL})"
    rf"|seltenste[nrs]?\b|(?:niedrigste|geringste|kleinste)[nrs]?(?={_S}(?:{_MEASURES})\b))"
    rf"|\bSchlusslicht\w*|\bam{_S}Ende{_S}der{_S}(?:Liste|Rangfolge|Skala)\b"
    rf"|\bleast{_S}(?:often|frequent(?:ly)?|common(?:ly)?)\b|\bthe{_S}(?:lowest|smallest)(?={_S}(?:share|number|proportion|group)\b)"
    rf"|\bthe{_S}fewest(?={_S}(?:{_MANY_ENGLISH})\b)|\b(?:is|are|was|were){_S}(?P<lowest>lowest)\b", re.I)
NO_PLACE = re.compile(rf"\b(?:zu|zu{_S}den|nicht|kaum|eine[rs]?{_S}der|mit|von{_S}den|unter{_S}den|among|one{_S}of|not|einst|früher)"
                      rf"(?:{_S}die)?{_S}\Z", re.I)
NONE = re.compile(rf"\b(?:kein|keine|no){_S}(?:einzige[rs]?{_S}|single{_S})?"
                  r"(?:Beitrag|Bewerbung|Einsendung|entry|entries|application)\w*"
                  rf"|\bnicht{_S}(?:vertreten|dabei)(?=[\s\u00a0]*[.,;!)]|\Z)|\bfehl(?:t|te|en|ten)(?=[.,;!]|\Z)|\bnot{_S}represented\b", re.I)
FOLLOWS = re.compile(rf"\bgefolgt{_S}vo[nm]\b|\bes{_S}folg(?:en|t)\b|\bdanach{_S}(?:kommen|kommt|folgen|folgt)\b"
                     rf"|\bdann{_S}(?:kommen|kommt|folgen|folgt)\b|\bfollowed{_S}by\b", re.I)
AHEAD = re.compile(rf"\b(?:lieg|steh|rangier)(?:en|t|e){_S}[^.;:!?]{{0,40}}?\b(?P<side>vor|hinter)(?={_S}(?:den|der|dem|[A-ZÄÖÜ]))"
                   rf"|\b(?P<english>ahead{_S}of|behind)\b", re.I)
_COMPARED = ("häufiger|öfter|höher(?:e[nrs]?)?|größer(?:e[nrs]?)?|mehr"
             "|seltener|weniger|niedriger(?:e[nrs]?)?|geringer(?:e[nrs]?)?|kleiner(?:e[nrs]?)?")
_COMPARED_ENGLISH = r"more|fewer|less|higher|lower|larger|smaller"
LESS = re.compile(r"(?:seltener|weniger|niedriger|geringer|kleiner|fewer|less|lower|smaller)", re.I)
COMPARED = re.compile(rf"\b(?P<word>(?:{_COMPARED})(?=[\s\u00a0]{_REST}\bals\b)|(?:{_COMPARED_ENGLISH})(?=[\s\u00a0]{_REST}\bthan\b))", re.I)
ALIKE = re.compile(rf"\b(?:genauso|ebenso|gleich){_S}(?:viele|häufig|oft|hoch)(?=[\s\u00a0]{_REST}\bwie\b)"
                   rf"|\b(?:just|exactly){_S}as{_S}(?:many|often)(?=[\s\u00a0]{_REST}\bas\b)", re.I)
_FACTORS = {"doppelt": Decimal(2), "halb": Decimal("0.5"), "anderthalbmal": Decimal("1.5"), "twice": Decimal(2), "half": Decimal("0.5"),
          "double": Decimal(2)}
RATIO = re.compile(
    rf"\b(?P<times>doppelt|halb|anderthalbmal|(?P<many>zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn)(?:mal|{_S}Mal))"
    rf"{_S}so{_S}(?:vielen?|häufig\w*|oft|hoch|hohe[nrs]?|groß\w*)\b(?=[\s\u00a0]{_REST}\bwie\b)"
    rf"|\b(?P<english>twice|half|(?P<few>three|four|five|six|seven|eight|nine|ten){_S}times){_S}as{_S}"
    rf"(?:many|often|high|frequent(?:ly)?|common(?:ly)?)\b(?=[\s\u00a0]{_REST}\bas\b)"
    rf"|\b(?P<double>double|twice){_S}the{_S}number\b(?={_S}of\b)", re.I)
THAN = re.compile(r"\b(?:als|than|wie|as)\b")
_COUNTED = r"Prozentpunkte|Beiträge|Bewerbungen|Kommunen|Nennungen|Preise|entries|mentions|awards|prizes|municipalities"
MORE_BY = re.compile(rf"{_S}(?:(?:{_COUNTED}){_S})?(?:(?P<word>{_COMPARED}|{_COMPARED_ENGLISH})\b(?=[\s\u00a0]{_REST}\b(?:als|than)\b)"
                     rf"|(?P<side>vor|hinter|über|unter)(?={_S}(?:den|dem|der)\b|{_S}(?-i:[A-ZÄÖÜ])))", re.I)
DIFFERENCE = re.compile(rf"{_S}(?:[\w-]+{_S})?(?:(?:{_COMPARED})\b"
                        rf"|(?:{_COMPARED_ENGLISH}){_S}(?:\w+{_S}){{0,3}}?than\b"
                        rf"|(?P<side>vor|hinter|über|unter){_S}(?:den|dem|der)\b)")
WITH = re.compile(rf"\b(?:mit|bei|with){_S}\Z")                           # “mit 86 Nennungen vor den Kirchen”: no difference
APART = re.compile(r"\b(?:trenn\w+|Abstand|Unterschied|Differenz|Vorsprung|difference|gap)\b[^.;:!?]*\Z")
APART_BEHIND = re.compile(rf"{_S}(?:(?:{_COUNTED}n?){_S})?(?:Abstand|Vorsprung|Rückstand|Unterschied)\b")
FEW = re.compile(r"seltenst|wenigst|niedrigst|geringst|kleinst|fewest|lowest|smallest|least", re.I)
ONE_WORD = re.compile(rf"(?:{_S}[\w-]+)?{_S}")                           # “19 Mitglieder mehr”: not how many of what is compared
LONGEST_BEFORE, APART_REACH = 30, 120                                   # characters before a claim that may turn it, or tell it


@dataclass(frozen=True)
class Claim:
    """`kind`: place, none, follows, order, alike, ratio, difference, apart. `mention` is where it stands, and its number if it has one."""

    kind: str
    mention: Mention
    upward: bool = True                                                 # more is meant, or the first from above; else less
    place: int = 1                                                      # from above; negative from below
    factor: Decimal = Decimal(1)
    than: int = 0                                                       # where “als” ends, behind which stands with what it is compared

    @property
    def start(self) -> int:
        return self.mention.start

    @property
    def end(self) -> int:
        return self.mention.end


def claims(text: str, numbers: list[Mention]) -> list[Claim]:
    """All claims of a paragraph in their order; `numbers` are its mentions, of which some are differences."""
    found: list[Claim] = []
    taken: list[tuple[int, int]] = []
    for reader in (_differences, _ratios, _places, _orders):
        for claim, end in reader(text, numbers):
            if not any(claim.start < until and begun < end for begun, until in taken):
                found.append(claim)
                taken.append((claim.start, end))
    return sorted(found, key=lambda claim: claim.start)


Read = Iterator[tuple[Claim, int]]                                      # a claim, and where its words end


def _wordy(kind: str, text: str, start: int, end: int, modifier: str = "") -> Mention:
    return Mention(kind, start, end, text[start:end], modifier=modifier, is_word=True)


def _than(text: str, at: int) -> int:
    match = THAN.search(text, at)
    return match.end() if match else at


def _differences(text: str, numbers: list[Mention]) -> Read:
    for mention in numbers:
        if mention.kind not in ("count", "points") or not mention.number:
            continue
        match = MORE_BY.match(text, mention.end)
        if match and not (match["side"] and WITH.search(text, max(0, mention.start - LONGEST_BEFORE), mention.start)):
            is_more = match["side"].lower() in ("vor", "über") if match["side"] else not LESS.match(match["word"])
            yield Claim("difference", mention, is_more, than=match.end() if match["side"] else _than(text, match.end())), match.end()
        elif _is_apart(mention, text):
            yield Claim("apart", mention), mention.end


def _is_apart(mention: Mention, text: str) -> bool:
    return bool(APART.search(text, max(0, mention.start - APART_REACH), mention.start) or APART_BEHIND.match(text, mention.end))


def is_difference(mention: Mention, text: str) -> bool:
    """Whether the number says by how much something is more: then no cell has it."""
    if mention.kind == "count" and _is_apart(mention, text):            # “mit einem Abstand von 22 Nennungen”
        return True
    match = DIFFERENCE.match(text, mention.end) if mention.kind in ("count", "percent") else None
    return match is not None and not (match["side"] and WITH.search(text, max(0, mention.start - LONGEST_BEFORE), mention.start))


def _ratios(text: str, _numbers: list[Mention]) -> Read:
    for match in RATIO.finditer(text):
        many = match["many"] or match["few"]
        factor = Decimal(number_of(many) or 0) if many else _FACTORS[(match["times"] or match["english"] or match["double"]).lower()]
        before = modifier_at(text, match.start())
        mention = _wordy("ratio", text, before.start() if before else match.start(), match.end(), modifier_of(text, match.start()))
        yield Claim("ratio", mention, factor=factor, than=match.end() if match["double"] else _than(text, match.end())), match.end()
    for match in ALIKE.finditer(text):
        yield Claim("alike", _wordy("alike", text, *match.span()), than=_than(text, match.end())), match.end()


def _places(text: str, _numbers: list[Mention]) -> Read:
    for match in PLACE.finditer(text):
        word = match["at"] or match["on"] or match["nth"] or match["in"] or match["comes"] or match["english"]
        place = _ORDINALS[word.lower()] if word else number_of(match["number"]) or int(match["number"])
        way = match["way"] or match["most"] or ""
        is_place = match["short"] is None or "Stelle" in text[:match.start()]
        if is_place and not (way and place == 1):
            yield Claim("place", _wordy("place", text, *match.span()), place=-place if FEW.match(way) else place), match.end()
    for pattern, place in ((MOST, 1), (LEAST, -1)):
        for match in pattern.finditer(text):
            if not NO_PLACE.search(text, max(0, match.start() - LONGEST_BEFORE), match.start()):
                yield Claim("place", _wordy("place", text, *match.span()), place=place), match.end()


def _orders(text: str, numbers: list[Mention]) -> Read:
    for match in NONE.finditer(text):
        yield Claim("none", _wordy("none", text, *match.span())), match.end()
    for match in FOLLOWS.finditer(text):
        yield Claim("follows", _wordy("follows", text, *match.span()), than=match.end()), match.end()
    for match in AHEAD.finditer(text):
        start, end = match.span("side" if match["side"] else "english")
        is_before = match[0].lower().endswith(("vor", "of"))
        yield Claim("order", _wordy("order", text, start, end), is_before, than=end), end
    for match in COMPARED.finditer(text):
        by_number = any(ONE_WORD.fullmatch(text, number.end, match.start()) for number in numbers if number.end <= match.start())
        if not by_number and not NO_PLACE.search(text, max(0, match.start() - LONGEST_BEFORE), match.start()):
            yield Claim("order", _wordy("order", text, *match.span()), not LESS.match(match[0]), than=_than(text, match.end())), match.end()
