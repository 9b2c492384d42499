"""Rows of a table held against the tables of the edition: which one is meant is told by what most of its cells say.

A table is known by its rows and its values together: as the table of the edition (and the choice of its columns) with which most
cells agree. Only then do the others contradict it. A caption that names the table lets fewer be enough.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from lorbeer.documentation.checking.context import Paragraph
from lorbeer.documentation.checking.facts import BESIDE, Fact, Knowledge, Names, terms
from lorbeer.documentation.checking.headed import headed
from lorbeer.documentation.checking.mentions import Mention, decimal_of

AGREE, AGREE_NAMED = Decimal("0.5"), Decimal("0.34")                    # share of cells, without and with a caption
LEAST, LEAST_NAMED = 4, 2                                               # cells that can be compared
ALIKE = 0.5                                                             # of the words of two labels
NAMED = 0.6                                                             # of the words of a title that a caption has
NUMBER = re.compile(
    r"(?<![\w.,])(?P<number>\d{1,3}(?:[.\u202f\u00a0]\d{3})+(?:,\d+)?|\d+(?:[.,]\d+)?)(?![\w,]|\.\d)(?:[\s\u00a0]*(?P<unit>%|€|Euro|EUR))?"
    r"|(?<=[|\s])(?P<none>·|–|—|-|/)(?=[|\s]|\Z)"
)
WHOLE = frozenset(["gesamt", "insgesamt", "zusammen", "summe", "alle", "total", "all"])
TABLE = re.compile(r"(?:Tab(?:elle|\.)?|Table)[\s\u00a0]*(?P<number>\d+)")


@dataclass(frozen=True)
class Token:
    """A number in a row, or a sign that there is none."""

    start: int
    end: int
    raw: str
    number: Decimal | None
    places: int = 0
    unit: str = ""

    def says(self, fact: Fact) -> bool:
        if self.number is None or fact.number is None:
            return self.number is None
        exact = fact.exact if fact.exact is not None and fact.kind == "percent" else fact.number
        step = Decimal(1).scaleb(-self.places)
        return any(value.quantize(step, ROUND_HALF_UP) == self.number for value in (fact.number, exact))

    def can_be(self, fact: Fact) -> bool:
        if self.unit == "%":
            return fact.kind == "percent"
        if self.unit:
            return fact.kind == "euro"
        return fact.kind != "count" or self.places == 0


@dataclass(frozen=True)
class Row:
    label: str
    tokens: tuple[Token, ...]
    paragraph: Paragraph

    def cells(self) -> list[list[Token]]:
        """The numbers by the cells that they stand in; empty where the row has no marks between its cells."""
        text = self.paragraph.text
        edges = [place for place, character in enumerate(text) if character == "|" and place >= self.tokens[0].start] + [len(text)]
        first = text.rfind("|", 0, self.tokens[0].start)
        found = [[token for token in self.tokens if begin < token.start < end] for begin, end in pairwise([first, *edges])] if first >= 0 or (
            len(edges) > 1) else []
        return found[:-1] if found and not found[-1] else found


@dataclass(frozen=True)
class Line:
    """A row of a table of the edition: what it is called, and the facts of each column: count, share or sum."""

    names: Names
    words: frozenset[str]
    is_whole: bool
    cells: tuple[tuple[Fact | None, Fact | None], ...]
    base: Fact | None = None


@dataclass
class Table:
    number: int | None
    title: frozenset[str]
    lines: list[Line] = field(default_factory=list)


Cell = tuple[Token, Fact]


def held(rows: Sequence[Paragraph], around: Sequence[str], known: Knowledge) -> dict[int, list[tuple[Mention, Fact, bool]]]:
    """By the id of a row: its numbers, what each should say, and whether it does. Empty where no table is known for them.

    `around`: captions and headings before and behind the rows.
    """
    read = [row for paragraph in rows if (row := _row(paragraph, known)) is not None]
    best: tuple[int, int, list[tuple[Row, list[Cell]]]] = (0, 0, [])
    named_by_heading = _headed(rows, read, known)
    for table in tables_of(known):
        if table.number is None and named_by_heading:                   # made of entries and prizes: its columns say of what
            continue
        is_named = _is_named(table, around)
        lines = [(row, line) for row in read if (line := _line(row, table)) is not None]
        for cells in _patterns(lines):
            compared = [(token, fact) for _row_of, pairs in cells for token, fact in pairs
                        if token.number is not None and not fact.path.endswith(".base")]
            agreeing = sum(token.says(fact) for token, fact in compared) if _each_column_agrees(cells) else 0
            least, share = (LEAST_NAMED, AGREE_NAMED) if is_named else (LEAST, AGREE)
            if len(compared) >= least and agreeing >= share * len(compared) and agreeing and (agreeing, -len(compared)) > (best[0], -best[1]):
                best = (agreeing, len(compared), cells)
    compared = [(token, fact) for _row_of, pairs in named_by_heading for token, fact in pairs]
    agreeing = sum(token.says(fact) for token, fact in compared) if _each_column_agrees(named_by_heading) else 0
    if len(compared) >= LEAST and agreeing >= AGREE_NAMED * len(compared) and agreeing > best[0]:
        best = (agreeing, len(compared), named_by_heading)
    found: dict[int, list[tuple[Mention, Fact, bool]]] = {}
    for row, pairs in best[2]:
        found[id(row.paragraph)] = [
            (Mention(fact.kind, token.start, token.end, token.raw, token.number, token.places), fact, token.says(fact))
            for token, fact in pairs if token.number is not None]
    return found


def _headed(rows: Sequence[Paragraph], read: Sequence[Row], known: Knowledge) -> list[tuple[Row, list[Cell]]]:
    """The numbers of rows whose columns say what they count."""
    told = headed(rows, known)
    found = []
    for row in read:
        cells = [(token, fact) for (begin, end), fact in told.get(id(row.paragraph), ())
                 if len(tokens := [one for one in row.tokens if begin <= one.start < end]) == 1
                 and (token := tokens[0]).number is not None and token.can_be(fact)]
        if cells:
            found.append((row, cells))
    return found


def _each_column_agrees(cells: list[tuple[Row, list[Cell]]]) -> bool:
    """Whether no column says something else in every row: then it is another thing's column."""
    columns: dict[str, list[bool]] = {}
    for _row_of, pairs in cells:
        for token, fact in pairs:
            if token.number is not None:
                columns.setdefault(_column_of(fact), []).append(token.says(fact))
    return all(any(agreed) or len(agreed) < LEAST_NAMED for agreed in columns.values())


def _column_of(fact: Fact) -> str:
    """What all cells below each other share of their paths."""
    topic, second, *rest = fact.path.split(".")
    return f"{topic} {second} {rest[1:]} {fact.kind}" if topic in BESIDE else f"{topic} {rest} {fact.kind}"


def _row(paragraph: Paragraph, known: Knowledge) -> Row | None:
    tokens = []
    name = known.classes.match(paragraph.text.lstrip("| ")) if known.classes else None
    begin = len(paragraph.text) - len(paragraph.text.lstrip("| ")) + name.end() if name else 0
    for match in NUMBER.finditer(paragraph.text, begin):
        if match["none"]:
            tokens.append(Token(match.start(), match.end(), match[0], None))
        else:
            number, places = decimal_of(match["number"])
            tokens.append(Token(match.start(), match.end(), match[0].strip(), number, places, match["unit"] or ""))
    if not tokens:
        return None
    first = paragraph.text.strip("| ").split("|")[0] if "|" in paragraph.text else paragraph.text[:tokens[0].start]
    start = paragraph.text.find(first) + len(first)
    numbers = tuple(token for token in tokens if token.start >= start) if re.search(r"[^\W\d]", first) else ()
    return Row(first.strip(), numbers, paragraph) if numbers and any(token.number is not None for token in numbers) else None


def _line(row: Row, table: Table) -> Line | None:
    """The row of the edition's table that a row means."""
    words = terms(row.label)
    plain = set(re.findall(r"\w+", row.label.casefold()))
    if plain & WHOLE and not any(name <= words for line in table.lines if not line.is_whole for name in line.names):
        return next((line for line in table.lines if line.is_whole), None)
    ranked = sorted(((_likeness(words, line), number) for number, line in enumerate(table.lines) if not line.is_whole), reverse=True)
    if not ranked or ranked[0][0] < ALIKE or any(one == other for (one, _n), (other, _m) in pairwise(ranked[:2])):
        return None
    return table.lines[ranked[0][1]]


def _likeness(words: frozenset[str], line: Line) -> float:
    alike = len(words & line.words) / max(1, len(words | line.words))
    return max(alike, 0.6 if any(name <= words for name in line.names) else 0.0)


def _patterns(lines: list[tuple[Row, Line]]) -> Iterator[list[tuple[Row, list[Cell]]]]:
    """Each way in which the columns of a table can stand in the rows: all or some, counts or shares or both, with a base or not."""
    if not lines:
        return
    count = len(lines[0][1].cells)
    chosen = [tuple(range(count))] + ([tuple(range(count - 1))] if count > 1 else []) + ([(one,) for one in range(count)] if count > 1 else [])
    for columns in chosen:
        for parts in ((0, 1), (0,), (1,), (1, 0)):
            for base in ("", "first", "last"):
                found = []
                for row, line in lines:
                    facts = [line.cells[column][part] for column in columns for part in parts]
                    if base:
                        facts = [line.base, *facts] if base == "first" else [*facts, line.base]
                    if len(facts) != len(row.tokens) or any(fact is not None and not token.can_be(fact) for token, fact in
                                                            zip(row.tokens, facts, strict=True)):
                        continue
                    found.append((row, [(token, fact) for token, fact in zip(row.tokens, facts, strict=True) if fact is not None]))
                if found:
                    yield found
        if found := [(row, cells) for row, line in lines if (cells := _by_cells(row, line, columns))]:
            yield found


def _by_cells(row: Row, line: Line, columns: tuple[int, ...]) -> list[Cell]:
    """Each number by the cell that it stands in: “3 (6,8 %)” beside “0”, where only some cells have a share."""
    cells = row.cells()
    if len(cells) == len(columns) + 1 and line.base is not None:
        cells = cells[1:] if cells[0] and cells[0][0].says(line.base) else cells[:-1]
    if len(cells) != len(columns) or not any(len(cell) > 1 for cell in cells):
        return []
    found = []
    for cell, column in zip(cells, columns, strict=True):
        for token in cell:
            is_share = token.unit == "%" or token.places > 0
            if (fact := line.cells[column][is_share]) is not None and token.can_be(fact):
                found.append((token, fact))
    return found


def _is_named(table: Table, around: Sequence[str]) -> bool:
    for text in around:
        match = TABLE.search(text)
        words = terms(text)
        if match and table.number == int(match["number"]) or table.title and len(words & table.title) >= NAMED * len(table.title):
            return True
    return False


def tables_of(known: Knowledge) -> list[Table]:
    """The tables of the edition, and those that can be made of its entries and awards: by group, by Land."""
    if not known.held:
        known.held = list(_tables(known))
    return known.held


def _tables(known: Knowledge) -> Iterator[Table]:
    facts = {fact.path: fact for fact in known.facts}
    for table in known.tables.values():
        found = Table(table["number"], terms(str(table["title"])))
        for row in table["rows"]:
            cells = tuple((facts.get(path), facts.get(f"{path}.percent")) for path in (
                f"{table['code']}.{row['code']}.{column['code']}" for column in table["columns"]))
            names = next((fact.aspects[0].names for pair in cells for fact in pair if fact is not None), ())
            found.lines.append(
                Line(
                    names,
                    terms(str(row["label"])),
                    bool(row.get("is_total")),
                    cells,
                    facts.get(f"{table['code']}.{row['code']}.base"),
                )
            )
        yield found
    groups = [fact for name, fact in facts.items() if name.startswith("numbers.groups.") and name.count(".") == 2]
    both = Table(None, frozenset())                                     # entries and prizes beside each other
    for fact in groups:
        won = f"awards.groups.{fact.path.removeprefix('numbers.groups.')}"
        both.lines.append(Line(fact.aspects[0].names, terms(fact.label), False,
                               ((fact, facts.get(f"{fact.path}.percent")), (facts.get(won), facts.get(f"{won}.sum")))))
    yield both
    for path, total, parts in (
        ("numbers.groups.", "numbers.admitted", ("", ".percent")), ("numbers.land.", "numbers.listed", ("", ".percent")),
        ("awards.groups.", "awards.count", ("", ".percent")), ("awards.groups.", "awards.count", ("", ".sum")),
        ("awards.land.", "awards.count", ("", ".percent")),
    ):
        rows = [fact for name, fact in facts.items() if name.startswith(path) and "." not in name.removeprefix(path)]
        found = Table(None, frozenset())
        for fact in rows:
            found.lines.append(
                Line(
                    fact.aspects[0].names,
                    terms(fact.label),
                    False,
                    ((facts.get(fact.path + parts[0]), facts.get(fact.path + parts[1])),),
                )
            )
        if whole := facts.get(total):
            summed = facts.get("awards.sum") if parts[1] == ".sum" else None
            found.lines.append(Line((), frozenset(), True, ((whole, summed),)))
        yield found


def blocks_of(paragraphs: Iterable[Paragraph]) -> Iterator[tuple[list[Paragraph], list[str]]]:
    """Rows that stand together, with the captions and headings around them."""
    gathered: list[Paragraph] = []
    before: list[str] = []
    pending: tuple[list[Paragraph], list[str]] | None = None
    for paragraph in paragraphs:
        if paragraph.kind == "row":
            if pending:
                yield pending
                pending = None
            gathered.append(paragraph)
            continue
        if gathered:
            pending = (gathered, before[-2:])
            gathered = []
        if pending:
            yield pending[0], [*pending[1], *([paragraph.text] if paragraph.kind == "caption" else [])]
            pending = None
        before.append(paragraph.text if paragraph.kind in ("caption", "heading") or len(paragraph.text) < 160 else "")
    if gathered:
        yield gathered, before[-2:]
    if pending:
        yield pending
