"""Tables whose columns say what they count: entries, prizes and money of each group, or of each Land, beside each other.

`tables` knows the tables of the edition by their values; here the heading says which value stands in which column, in any order.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from lorbeer.documentation.checking.context import Paragraph
from lorbeer.documentation.checking.facts import Fact, Knowledge, terms
from lorbeer.documentation.checking.places import by_path
from lorbeer.documentation.dataset import euro_text, number_text, percent_text, share

_ENTRIES = r"(?:Beiträge|Bewerbungen|Einsendungen|Wettbewerbsbeiträge|entries|applications|submissions)"
_PRIZES = r"(?:\w*preise|Auszeichnungen|Prämierungen|Preisträger|(?:main )?(?:awards|prizes)|winners)"
_UNIT = r"(?:[\s\u00a0]*(?:in|\(in|\()[\s\u00a0]*(?:Prozent|%|v\.[\s\u00a0]?H\.|Euro|€|EUR|per cent|euros?)\)?)?"
HEADS = {name: re.compile(rf"(?:{words}){_UNIT}", re.I) for name, words in {
    "rate": rf"{_PRIZES}[\s\u00a0](?:je|pro|per)[\s\u00a0](?:100|hundert|hundred)[\s\u00a0]{_ENTRIES}|(?:Erfolgs|Gewinn)quote|success rate",
    "sum": r"Preisgeld(?:er)?|Preissumme|Summe der Preisgelder|prize money",
    "prizes": rf"(?:(?:An)?[Zz]ahl der[\s\u00a0])?{_PRIZES}",
    "entries": rf"(?:(?:An)?[Zz]ahl der[\s\u00a0]|zugelassene[\s\u00a0]|admitted[\s\u00a0])?{_ENTRIES}",
    "share": r"Anteil|share|Prozent|%|v\.[\s\u00a0]?H\.",
}.items()}
PATHS = {"entries": ("numbers.{}", ""), "prizes": ("awards.{}", ""), "sum": ("awards.{}", ".sum"), "rate": ("awards.{}", ".rate")}
TOTAL = re.compile(r"Gesamt|Insgesamt|Zusammen|Summe|Alle|Total|All", re.I)
NUMBER = re.compile(r"\d(?!\d*[\s\u00a0]+[^\W\d])")                    # but no “je 100 Beiträge”
LEAST_COLUMNS, LEAST_ROWS = 2, 2

Column = tuple[str, str]                                                # how the path of its facts begins and ends


def columns_of(header: Paragraph) -> list[Column | None]:
    """What each column behind the first counts; None where its heading says nothing that is known. A share is of the column before it."""
    found: list[Column | None] = []
    for cell in _cells(header)[1:]:
        text = header.text[slice(*cell)].strip()
        name = next((name for name, pattern in HEADS.items() if pattern.fullmatch(text)), "")
        before = found[-1] if found else None
        if name == "share":
            found.append((before[0], ".percent") if before and not before[1] else None)
        else:
            found.append(PATHS.get(name))
    return found


def headed(rows: Sequence[Paragraph], known: Knowledge) -> dict[int, list[tuple[tuple[int, int], Fact]]]:
    """By the id of a row: where each cell stands that its heading and its row name, and what it should say."""
    header = next((number for number, row in enumerate(rows) if not NUMBER.search(row.text) and len(_cells(row)) > LEAST_COLUMNS), None)
    columns = columns_of(rows[header]) if header is not None else []
    if header is None or sum(column is not None for column in columns) < LEAST_COLUMNS:
        return {}
    facts = by_path(known)
    found: dict[int, list[tuple[tuple[int, int], Fact]]] = {}
    named: list[str] = []
    for row in rows[header + 1:]:
        cells = _cells(row)
        keys = _keys(row.text[slice(*cells[0])], facts) if len(cells) == len(columns) + 1 else []
        if len(keys) == 1:
            named.append(keys[0])
        whole = TOTAL.fullmatch(row.text[slice(*cells[0])].strip(" *")) if len(cells) == len(columns) + 1 and len(named) >= LEAST_ROWS else None
        if len(keys) != 1 and not whole:
            continue
        told = [(cell, _total(named, column, facts) if whole else facts.get(_path(keys[0], column)))
                for cell, column in zip(cells[1:], columns, strict=True) if column is not None]
        found[id(row)] = [(cell, fact) for cell, fact in told if fact is not None]
    return found if len(named) >= LEAST_ROWS else {}


def _cells(row: Paragraph) -> list[tuple[int, int]]:
    """Where the cells of a row begin and end."""
    text = row.text
    edges = [place for place, character in enumerate(text) if character == "|"]
    begin = edges.pop(0) + 1 if text.lstrip().startswith("|") and edges else 0
    if text.rstrip().endswith("|") and edges:
        ends = edges
    else:
        ends = [*edges, len(text)]
    return list(zip([begin, *(end + 1 for end in ends[:-1])], ends, strict=True))


def _path(key: str, column: Column) -> str:
    return column[0].format(key) + column[1]


def _keys(label: str, facts: dict[str, Fact]) -> list[str]:
    """`groups.…` or `land.…` of the one that a label names."""
    said = terms(label)
    found = [(path.removeprefix("numbers."), fact) for path, fact in facts.items()
             if path.startswith(("numbers.groups.", "numbers.land.")) and path.count(".") == 2]
    return [key for key, fact in found if any(name and name <= said for name in fact.aspects[0].names)]


def _total(keys: Sequence[str], column: Column, facts: dict[str, Fact]) -> Fact | None:
    """What the rows above it are together; a rate is of all of them."""
    if column[1] == ".percent":
        return None
    if column[1] == ".rate":
        won, entered = (_total(keys, PATHS[name], facts) for name in ("prizes", "entries"))
        first = facts.get(_path(keys[0], column))
        if won is None or entered is None or first is None or not won.number or not entered.number:
            return None
        number = share(int(won.number), int(entered.number))
        return replace(first, text=percent_text(number), number=number, exact=100 * won.number / entered.number,
                       path=f"{won.path} / {entered.path}", label=f"{won.label} / {entered.label}")
    parts = [facts.get(_path(key, column)) for key in keys]
    if any(part is None or part.number is None for part in parts):
        return None
    told = [part for part in parts if part is not None]
    number = sum((part.number or Decimal(0) for part in told), Decimal(0))
    text = euro_text(int(number * 100)) if told[0].kind == "euro" else number_text(int(number))
    return replace(told[0], path=" + ".join(part.path for part in told), label=" + ".join(part.label for part in told), text=text,
                   number=number, exact=None)
