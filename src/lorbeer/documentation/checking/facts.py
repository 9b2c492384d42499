"""What a dataset knows, each fact with the words by which a text speaks of it.

A fact has aspects: what it is about, of which row (a group, a Land, an option, a winner), which answer. A text that names
“Landkreise” and “evaluiert” means the cell where both meet.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

import Stemmer
from django.utils.translation import gettext as _

from lorbeer.documentation.checking.vocabulary import (
    ABOUT,
    ASKED,
    ENTERED,
    GENERIC,
    IDLE,
    INHABITED,
    LANDS,
    NEEDED,
    NEGATIONS,
    NO_ANSWER,
    RECEIVED,
    SPECIAL,
    STEPS,
    SUMMED,
    WON,
    WORTH,
)
from lorbeer.documentation.dataset import (
    Dataset,
    date_text,
    euro_text,
    number_text,
    percent_text,
    said,
    share,
    table_label,
    writing,
)
from lorbeer.shared.lands import NAMES, land_name
from lorbeer.statistics.definitions import base_of

Names = tuple[frozenset[str], ...]                                      # each alone is enough to name something
PARTICIPLE = re.compile(r"ge(?P<verb>\w{3,}(?<!am))t")                    # but no “Gesundheitsamt”
FOREIGN = re.compile(r"(?<=\w{4})(?:iert?|ation)\Z")
NO_PARTICIPLES = frozenset(["gesamt", "geburt", "gehalt", "gewalt", "gesicht", "gericht", "gestalt", "gewicht", "gebiet", "gedicht", "gerat"])
MAIN_PRIZE_PATH = "prizes.main.each"                                     # no code of a prize has a dot: a prize may be called `main`
BESIDE = frozenset(["numbers", "awards", "award", "prizes", "entry", "dates"])
CUT_SHORT = re.compile(r"\b(?P<cut>[^\W\d_]{3,})-(?:,[\s\u00a0][^\W\d_]+-)*[\s\u00a0]+(?:und|oder|bzw\.|sowie)[\s\u00a0]+"
                       r"(?P<whole>[^\W\d_]{6,})")
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")

@dataclass(frozen=True)
class Aspect:
    """One side of a fact. `rivals` share it (the groups of a table); the whole needs no name and has no `names`."""

    rivals: str
    key: str
    names: Names = ()                              # each alone is enough: “Unternehmen/Wirtschaft”


@dataclass(frozen=True)
class Fact:
    """One true value. `kind`: count, percent, euro, day; `exact` is a share before it was rounded."""

    path: str
    kind: str
    text: str
    number: Decimal | None
    label: str
    unit: str = ""
    about: frozenset[str] = frozenset()
    aspects: tuple[Aspect, ...] = ()
    exact: Decimal | None = None
    base: Decimal | None = None
    day: tuple[int, int, int] | None = None
    cell: str = ""                                                      # count and percent of one cell share it
    column: Decimal | None = None                                       # of all rows of a table together: another whole it is a part of
    alone: bool = False                                                 # its row names it (an option, a Land), its topic need not

    @property
    def topic(self) -> str:
        """What it is about: its table, or `numbers`, `awards`, …"""
        return self.path.partition(".")[0]

    @property
    def is_cell(self) -> bool:
        """Of a table of the edition, not a number beside them."""
        return self.topic not in BESIDE


def stem(word: str) -> str:
    """A verb, its participle and its noun have one stem: `plan` for “planen” and “geplant”, `evalu` for “evaluiert” and “Evaluation”.

    In the language that is written in, see `dataset.writing`.
    """
    return _stem(word, said("german", "english"))


@lru_cache(maxsize=50_000)
def _stem(word: str, language: str) -> str:
    if language == "english":
        return Stemmer.Stemmer(language).stemWord(word.casefold())
    german = Stemmer.Stemmer(language)
    found = german.stemWord(word.casefold())
    if (match := PARTICIPLE.fullmatch(found)) and found not in NO_PARTICIPLES:
        found = german.stemWord(f"{match['verb']}en")
    return FOREIGN.sub("", found)


def terms(text: str) -> frozenset[str]:
    """What a text speaks of: the stems of its words, without those that every text has."""
    return _terms(text, said("de", "en"))


@lru_cache(maxsize=20_000)
def _terms(text: str, _language: str) -> frozenset[str]:
    completed = (word for match in CUT_SHORT.finditer(text) for word in completions(match))
    return frozenset(stem(part) for word in (*WORD.findall(text), *completed) for part in {word, *word.split("-")}
                     if part.casefold() not in IDLE and len(part) > 1)


def completions(match: re.Match[str]) -> Iterator[str]:
    """What CUT_SHORT can stand for: “Bundes- und Landesmittel” for “Bundesmittel”, among others that are no words."""
    for start in range(2, len(match["whole"]) - 3):
        yield match["cut"] + match["whole"][start:]


def generic() -> frozenset[str]:
    """The stems of what is too common to be recognised by itself."""
    return frozenset(map(stem, GENERIC))


def names_of(label: str) -> Names:
    """The names in a label that gives several: “Unternehmen/Wirtschaft”, “Bürgermeister bzw. Landrat”."""
    whole = " ".join(re.findall(r"\w+\(-\w+\)", label))                 # “Grün(-planung)”
    parts = (terms(part) for part in (*re.split(r"/(?=[A-ZÄÖÜ])|,|;|\bbzw\.|\bund\b|\boder\b|\band\b|\bor\b|[()]", label),
                                      re.sub(r"[()-]", "", whole)))
    return tuple(dict.fromkeys(part for part in parts if part))


@dataclass
class Knowledge:
    """All facts of a dataset, and what may be the whole of a share."""

    facts: list[Fact] = field(default_factory=list)
    bases: set[Decimal] = field(default_factory=set)
    tables: dict[int, dict] = field(default_factory=dict)
    most: Decimal = Decimal(0)                                          # entries, received or admitted
    whole: Decimal = Decimal(0)                                         # entries that tables are made of
    title: frozenset[str] = frozenset()                                 # the words of the competition's name
    classes: re.Pattern[str] | None = None                              # the labels of rows that are numbers: “5.000 bis 19.999”
    by_path: dict[str, Fact] = field(default_factory=dict)              # made when first asked for, as is `held`
    held: list[Any] = field(default_factory=list)                       # the tables of `checking.tables`, made when first asked for
    series: list[Any] = field(default_factory=list)                     # those of `checking.series`, likewise


def knowledge(data: Dataset) -> Knowledge:
    with writing(data.language):
        found = Knowledge(tables={table["number"]: table for table in data.tables})
        found.title = terms(str(data.competition.get("title", "")))
        for table in data.tables:
            found.facts += _cells(table, data)
            found.bases |= {Decimal(base) for base in (table["base"], *(row.get("base") for row in table["rows"])) if base}
        found.facts += _numbers(data)
        found.facts += _winners(data)
        found.facts += _days(data)
        found.most = max(Decimal(len(data.counted_entries)), Decimal(data.numbers.get("received", 0)))
        found.whole = Decimal(len(data.counted_entries))
        found.bases.add(found.whole)
        labels = {str(row["label"]) for table in data.tables for row in table["rows"] if re.search(r"\d", str(row["label"]))}
        if labels:
            longest_first = sorted(labels, key=len, reverse=True)
            found.classes = re.compile("|".join(rf"(?<![\w.,]){re.escape(label)}(?!\w|[.,]\d)" for label in longest_first))
    return found


def _group_names(data: Dataset, code: str, label: str) -> Names:
    """`Kreisangehörige Städte und Gemeinden` is known by what no other group is called."""
    group = next((one for one in data.groups if one["code"] == code), {})
    mine = terms(f"{label} {group.get('label', '')}")
    others = frozenset[str]().union(*(terms(str(one["label"])) for one in data.groups if one["code"] != code), frozenset())
    special = tuple(map(terms, SPECIAL)) if group.get("is_special") else ()
    return (mine - others - generic() or mine - others or mine, *special)


def _option_names(data: Dataset, label: str, others: list[str]) -> Names:
    """An option's names, without those that are a group's, and each without what the other options have as well.

    “Stadt” in “Gemeinde-, Stadt- bzw. Kreisrat” names a town; “Mittel” names neither “Kommunale Mittel” nor “Landesmittel”.
    """
    groups = frozenset[str]().union(*(terms(str(group["label"])) for group in data.groups), frozenset())
    shared = frozenset[str]().union(*(terms(other) for other in others), frozenset())
    names = names_of(label)
    names = tuple(name for name in names if not name <= groups) or names
    own = (frozenset(term for term in name if not any(other.endswith(term) for other in shared)) for name in names)
    return tuple(mine if mine - generic() else name for mine, name in zip(own, names, strict=True))


def _cells(table: dict, data: Dataset) -> Iterator[Fact]:
    title = terms(f"{table['title']} {table.get('note') or ''}")
    title = title - frozenset(map(stem, ASKED)) or title
    name, code = table_label(table), table["code"]
    answers = table["columns"]
    totals = next((row["cells"] for row in table["rows"] if row.get("is_total")), {})
    for row in table["rows"]:
        is_total = bool(row.get("is_total"))
        is_group = row["code"] in {group["code"] for group in data.groups}
        row_names: Names = ()
        if not is_total:
            row_names = _group_names(data, row["code"], str(row["label"])) if is_group else _option_names(
                data, str(row["label"]), [str(other["label"]) for other in table["rows"] if other is not row])
        if not is_total and not row_names:                              # “Weitere”: no text can name it
            continue
        rivals = "group" if is_group or is_total and len(answers) > 1 else f"row:{code}"
        row_aspect = Aspect(rivals, "" if is_total else row["code"], row_names)
        base = Decimal(row["base"]) if row.get("base") else None
        if base is not None and not (len(answers) == 1 and not is_total):
            yield Fact(f"{code}.{row['code']}.base", "count", number_text(int(base)), base, f"{name}, {row['label']}: n", "entries", title,
                       (row_aspect,), cell=f"{code}.{row['code']}.base")
        for column in answers:
            cell = row["cells"].get(column["code"]) or {}
            alone = len(answers) == 1
            answer = () if alone else (Aspect(f"answer:{code}", column["code"], _answer_names(column)),)
            label = f"{name}, " + ", ".join(part for part in (str(row["label"]), str(column["label"])) if part)
            path = f"{code}.{row['code']}.{column['code']}"
            count, percent = cell.get("count"), cell.get("percent")
            own = base_of(table, row, column["code"])
            base = Decimal(own) if own else None
            exact = Decimal(100 * count) / base if count is not None and base else None
            column_total = (totals.get(column["code"]) or {}).get("count")
            plain = Fact(path, "count", "", None, label, "entries", title, (row_aspect, *answer), exact, base, cell=path, alone=alone,
                         column=None if column_total is None else Decimal(column_total))
            if count is not None:
                yield replace(plain, text=number_text(count), number=Decimal(count))
            if percent is not None:
                number = Decimal(str(percent))
                yield replace(plain, path=f"{path}.percent", kind="percent", text=percent_text(number), number=number)


def _answer_names(column: dict) -> Names:
    """The words of an answer; a bare Yes is the whole, for a text says simply that it is so."""
    label = str(column["label"]).casefold()
    if label in ("ja", "yes"):
        return ()
    if label in ("nein", "no"):
        return tuple(frozenset({stem(word)}) for word in NEGATIONS)
    if "antwort" in label or "answer" in label:
        return tuple(frozenset({stem(word)}) for word in NO_ANSWER)
    return names_of(str(column["label"]))


def _numbers(data: Dataset) -> Iterator[Fact]:
    for path, value in data.values.items():
        if path in ABOUT and value.number is not None:
            unit, words = ABOUT[path]
            names = tuple(frozenset({stem(word)}) for word in NEEDED.get(path, "").split())
            aspects = (Aspect("extreme" if unit == "inhabitants" else path, path, names),) if names else ()
            if path == "awards.rate":
                aspects = (Aspect("group", "", ()),)                    # of all groups
            wholes = {"numbers.lands": (len(NAMES), None), "awards.lands": (len(NAMES), data.values["numbers.lands"].number)} if (
                "numbers.lands" in data.values) else {}
            base, other = wholes.get(path, (None, None))                # “10 von 16 Ländern”, “10 der 15 Länder”
            yield Fact(path, value.kind, value.text, value.number, value.label, unit, terms(words), aspects, cell=path,
                       base=None if base is None else Decimal(base), column=other)
    received, excluded = data.numbers.get("received"), data.numbers.get("excluded")
    if received and excluded:
        rate = share(excluded, received)
        yield Fact("numbers.excluded.percent", "percent", percent_text(rate), rate, _("share of the entries received that were excluded"), "",
                   frozenset({stem("Ausschlussquote")}), (Aspect("excluded", "excluded", (frozenset({stem("Ausschlussquote")}),)),),
                   Decimal(100 * excluded) / received, Decimal(received), cell="numbers.excluded.percent")
    total = len(data.counted_entries)
    entered = terms(ENTERED)
    for group in data.groups:
        aspect = (Aspect("group", group["code"], _group_names(data, group["code"], str(group["label"]))),)
        count = sum(entry["group"] == group["code"] for entry in data.counted_entries)
        if count:
            yield from _counted(f"numbers.groups.{group['code']}", count, total, str(group["label"]), "entries", entered, aspect)
        won = [award for award in data.counted_awards if award["group"] == group["code"]]
        prized = terms(WON)
        yield from _counted(f"awards.groups.{group['code']}", len(won), len(data.counted_awards), f"{group['label']}: Preise", "awards",
                            prized, aspect)
        if count:
            exact = Decimal(100 * len(won)) / count
            rate = share(len(won), count)
            yield Fact(f"awards.groups.{group['code']}.rate", "percent", percent_text(rate), rate,
                       _("share of the entries that won: %(group)s") % {"group": group["label"]}, "awards", prized, aspect, exact,
                       Decimal(count), cell=f"awards.groups.{group['code']}.rate")
        if money := sum(award["amount_cents"] for award in won):
            yield Fact(f"awards.groups.{group['code']}.sum", "euro", euro_text(money), Decimal(money) / 100, str(group["label"]),
                       "", terms(SUMMED), aspect)
    listed = data.named_entries
    for code in NAMES:
        aspect = (Aspect("land", code, tuple(terms(name) for name in (land_name(code), LANDS.get(code, "")) if name)),)
        count, won = sum(entry.get("land") == code for entry in listed), sum(award.get("land") == code for award in data.counted_awards)
        yield from _counted(f"numbers.land.{code}", count, len(listed), land_name(code), "entries", entered, aspect, alone=True)
        yield from _counted(f"awards.land.{code}", won, len(data.counted_awards), f"{land_name(code)}: Preise", "awards",
                            terms(WON), aspect, alone=True)
    special = {group["code"] for group in data.groups if group.get("is_special")}
    main = {prize["amount_cents"]: str(prize["label"]) for prize in reversed(data.prizes) if prize["group"] not in special}
    if len(main) == 1 and (cents := next(iter(main))):
        yield Fact(MAIN_PRIZE_PATH, "euro", euro_text(cents), Decimal(cents) / 100, main[cents], "",
                   terms(f"hauptpreise hauptpreis preise {WORTH}"))
    for prize in data.prizes:
        if prize["amount_cents"]:
            name = next((str(one["label"]) for one in data.groups if one["code"] == prize["group"]), "")
            yield Fact(f"prizes.{prize['code']}", "euro", euro_text(prize["amount_cents"]), Decimal(prize["amount_cents"]) / 100,
                       ", ".join(filter(None, (str(prize["label"]), name))), "", terms(WORTH),
                       (Aspect("group", prize["group"], _group_names(data, prize["group"], name)),) if name else ())


def _counted(path: str, count: int, whole: int, label: str, unit: str, about: frozenset[str], aspects: tuple[Aspect, ...], *,
             alone: bool = False) -> Iterator[Fact]:
    exact = Decimal(100 * count) / whole if whole else None
    yield Fact(path, "count", number_text(count), Decimal(count), label, unit, about, aspects, exact, cell=path, alone=alone,
               base=Decimal(whole))
    if exact is not None:
        rounded = share(count, whole)
        yield Fact(f"{path}.percent", "percent", percent_text(rounded), rounded, label, unit, about, aspects, exact, cell=path, alone=alone,
                   base=Decimal(whole))


def _winners(data: Dataset) -> Iterator[Fact]:
    """What a winner got, and how many people live where an entry comes from."""
    places: dict[str, list[dict]] = {}
    for entry in data.entries:
        if entry.get("municipality"):
            places.setdefault(str(entry["municipality"]), []).append(entry)
    for name, entries in places.items():
        aspect = (Aspect("place", name, (terms(name),)),)
        if people := entries[0].get("population"):
            yield Fact(f"entry.{entries[0]['code']}.population", "count", number_text(people), Decimal(people), name, "inhabitants",
                       terms(INHABITED), aspect, alone=True)
        won = sum(award["amount_cents"] for award in data.awards if award["entry"] in {entry["code"] for entry in entries})
        if won:
            yield Fact(f"award.{entries[0]['code']}", "euro", euro_text(won), Decimal(won) / 100, name, "",
                       terms(RECEIVED), aspect, alone=True)



def _days(data: Dataset) -> Iterator[Fact]:
    for phase in data.phases:
        for end in ("starts_on", "ends_on"):
            if day := phase.get(end):
                name = "start" if end == "starts_on" else "end"
                about = terms(f"{phase['label']} {STEPS.get(phase['kind'], '')}")
                yield Fact(f"dates.{phase['kind']}.{name}", "day", date_text(day), None, str(phase["label"]), about=about,
                           day=(day.year, day.month, day.day))
