"""What an editor changed in a chapter that was given out, held against the chapter as it stands now; and putting it in.

Three texts meet: the chapter as it was given out, the one that came back, and the present one. A change is what the first two
differ in. Where the present text differs from the first in the same paragraph, the change is a conflict, and a person decides
with all three before their eyes. A computed number never changes on this way: it is put back, and a sentence says so.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import Any

from django.utils.translation import gettext as _

from lorbeer.documentation.dataset import Dataset
from lorbeer.documentation.references import MARK
from lorbeer.documentation.word.manuscript import ITEMS, Manuscript, Unit, joined, to_markdown
from lorbeer.documentation.word.numbers import WORDS, dropped, settle, spaced, squeezed

MOST_PAIRS = 600                                                      # paragraphs compared with each other within one stretch
ALIKE = 0.45                                                            # from here on two paragraphs are one that was changed
LONGEST_COMPARED = 4_000                                                # characters of a paragraph whose likeness is measured


@dataclass(frozen=True)
class Change:
    """One change of an editor. `kind`: edit, insert, delete, move, title, note.

    `before`: the paragraph as it was given out; `after`: as it came back; `now`: as it stands in the chapter, where that is
    neither. `notices`: what becomes of its numbers, a sentence each.
    """

    kind: str
    before: Unit | None = None
    after: Unit | None = None
    now: Unit | None = None
    anchor: Unit | None = None                                          # of the present chapter: what is inserted stands behind it
    target: Unit | None = None                                          # of the present chapter: what is changed or taken out
    notices: tuple[str, ...] = ()
    new_notes: tuple[Unit, ...] = ()
    is_conflict: bool = False

    @property
    def is_put_back(self) -> bool:
        """Whether only computed numbers were changed, so that nothing of it is left to take in."""
        return bool(self.notices and self.before and self.after) and _plain(self.before) == _plain(self.after)

    @property
    def key(self) -> str:
        """The same for the same change, however often it is looked at."""
        parts = [self.kind, *(repr(one.key) + str(one.first) if one else "-" for one in (self.before, self.after))]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:20]


@dataclass(frozen=True)
class Comparison:
    changes: list[Change]
    notices: list[str] = field(default_factory=list)                    # of computed blocks, which are not read back


def compare(given: Manuscript, units: Sequence[Unit], blocks: dict[int, str], printed: dict[int, str], present: Manuscript,
            data: Dataset) -> Comparison:
    """The changes in `units` against `given` that the `present` chapter does not have yet.

    `blocks`: what stands in the computed blocks that came back; `printed`: what was given out in them.
    """
    mine = [unit for unit in given.units if unit.kind != "note"]
    theirs = [unit for unit in units if unit.kind != "note"]
    if theirs and theirs[0].kind != "title":                            # its title was taken out: then it stays
        theirs.insert(0, mine[0])
    known = {unit.label: unit for unit in given.units if unit.kind == "note"}
    returned = {unit.label: unit for unit in units if unit.kind == "note"}
    theirs = _without_sources(theirs, returned, known, given)
    place = _Places(given, present)
    steps = list(_steps(mine, theirs))
    gone = {_plain(mine[step.mine]): step.mine for step in steps if step.theirs is None and step.mine is not None}
    changes: list[Change] = []
    moved: set[int] = set()
    for step in steps:  # what goes here and comes there was moved
        if (
            step.mine is None
            and step.theirs is not None
            and (origin := gone.get(_plain(theirs[step.theirs]))) is not None
            and origin not in moved
        ):
            moved.add(origin)
            step.moved_from = origin
    for step in steps:
        before = mine[step.mine] if step.mine is not None else mine[step.moved_from] if step.moved_from is not None else None
        after = theirs[step.theirs] if step.theirs is not None else None
        if step.mine is not None and step.theirs is None and step.mine in moved:
            continue
        changes += _changes(step, before, after, place, given, data, known, returned)
    for label, note in known.items():
        if label in returned and _plain(returned[label]) != _plain(note):
            settled, notices = settle(returned[label], note, given, data)
            target, is_conflict, now = place.of_note(label, note)
            if target is not None and _plain(target) != _plain(settled):
                changes.append(Change("note", note, settled, now, None, target, tuple(notices), (), is_conflict))
    return Comparison(changes, list(_block_notices(given, units, blocks, printed)))


def _without_sources(units: list[Unit], returned: dict[str, Unit], known: dict[str, Unit], given: Manuscript) -> list[Unit]:
    """Without the footnotes that a figure from outside brings along: they are read as text where a program lost its mark."""
    sources = {spaced(mark["source"]) for finding in given.findings if (mark := MARK.fullmatch(finding[0])) and mark["source"]}
    ours = {label for label, unit in returned.items() if label not in known and spaced(unit.text) in sources}
    return [replace(unit, runs=joined([run for run in unit.runs if run.note not in ours])) if ours else unit for unit in units]


def _block_notices(given: Manuscript, units: Sequence[Unit], blocks: dict[int, str], printed: dict[int, str]) -> Iterator[str]:
    lines = given.text.split("\n")
    loose = blocks.get(-1, "")
    if loose and squeezed(loose) != squeezed(" ".join(printed[number] for number in sorted(printed))):
        yield _(
            "Something was changed in tables, figures or lists, or they were not saved as they were given out. What is computed stays as it is."
        )
    there = {unit.number for unit in units if unit.kind == "block"}
    for unit in given.units:
        if unit.kind != "block":
            continue
        name = lines[unit.first].strip()
        if unit.number in there and unit.number in printed and blocks.get(unit.number) != printed[unit.number]:
            yield _(
                "“%(name)s” was changed in the document. What is computed stays as it is: it changes with the dataset, or where it is kept."
            ) % {"name": name}


@dataclass
class _Step:
    """A paragraph of the one text beside that of the other; None where the other has none. `behind`: the last of mine before it."""

    mine: int | None
    theirs: int | None
    behind: int
    moved_from: int | None = None


def _plain(unit: Unit) -> tuple[Any, ...]:
    """What a reader sees of a paragraph: its kind, and its text with its forms; not what is computed in it."""
    letters: list[tuple[str, Any]] = []
    for run in unit.runs:
        said = run.text or f"[^{run.note}]"
        if letters and letters[-1][1] == run.form and not run.note:
            letters[-1] = (letters[-1][0] + said, run.form)
        else:
            letters.append((said, run.form))
    level = max(2, unit.level) if unit.kind == "heading" else unit.level if unit.kind in ITEMS else 0
    return unit.kind, level, unit.label, unit.number, tuple(letters)


def _steps(mine: list[Unit], theirs: list[Unit]) -> Iterator[_Step]:
    matcher = SequenceMatcher(None, [_plain(unit) for unit in mine], [_plain(unit) for unit in theirs], autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        pairs = _paired(mine[i1:i2], theirs[j1:j2])
        at = i1
        for left, right in pairs:
            if left is not None:
                at = i1 + left + 1
            yield _Step(None if left is None else i1 + left, None if right is None else j1 + right, at - 1)


def _paired(mine: list[Unit], theirs: list[Unit]) -> list[tuple[int | None, int | None]]:
    """Which paragraphs belong together, in order: the pairing with the most likeness."""
    rows, columns = len(mine), len(theirs)
    if rows * columns > MOST_PAIRS:
        pairs: list[tuple[int | None, int | None]] = [(number, number) for number in range(min(rows, columns))]
        return pairs + [(number, None) for number in range(columns, rows)] + [(None, number) for number in range(rows, columns)]
    likeness = [[_likeness(one, other) for other in theirs] for one in mine]
    best = [[0.0] * (columns + 1) for _row in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            together = best[i + 1][j + 1] + likeness[i][j] if likeness[i][j] >= ALIKE else -1.0
            best[i][j] = max(together, best[i + 1][j], best[i][j + 1])
    found: list[tuple[int | None, int | None]] = []
    i = j = 0
    while i < rows or j < columns:
        if i < rows and j < columns and likeness[i][j] >= ALIKE and best[i][j] == best[i + 1][j + 1] + likeness[i][j]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif i < rows and (j == columns or best[i][j] == best[i + 1][j]):
            found.append((i, None))
            i += 1
        else:
            found.append((None, j))
            j += 1
    return found


def _likeness(one: Unit, other: Unit) -> float:
    if "block" in (one.kind, other.kind) or "title" in (one.kind, other.kind):
        return 1.0 if one.kind == other.kind == "title" else 0.0
    a, b = WORDS.findall(one.text[:LONGEST_COMPARED]), WORDS.findall(other.text[:LONGEST_COMPARED])
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= ALIKE else 0.0


# --- against the present chapter ----------------------------------------------------------------------------------------


class _Places:
    """Where the paragraphs that were given out stand in the present chapter."""

    def __init__(self, given: Manuscript, present: Manuscript) -> None:
        self.units = [unit for unit in present.units if unit.kind != "note"]
        self.notes = {unit.label: unit for unit in present.units if unit.kind == "note"}
        mine = [unit for unit in given.units if unit.kind != "note"]
        sources = [self._source(given, unit) for unit in mine], [self._source(present, unit) for unit in self.units]
        self.same: dict[int, int] = {}
        self.changed: dict[int, int] = {}
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, *sources, autojunk=False).get_opcodes():
            if tag == "equal":
                self.same |= dict(zip(range(i1, i2), range(j1, j2), strict=True))
            elif tag == "replace":
                for left, right in _paired(mine[i1:i2], self.units[j1:j2]):
                    if left is not None and right is not None:
                        self.changed[i1 + left] = j1 + right
        new = [unit for number, unit in enumerate(self.units) if number not in set(self.same.values())]
        self.new = {_plain(unit) for unit in new}
        self.written = {to_markdown(unit.runs) for unit in new} | {self._source(present, unit)[1].strip() for unit in new}

    @staticmethod
    def _source(source: Manuscript, unit: Unit) -> tuple[str, str]:
        return unit.kind, source.title if unit.kind == "title" else "\n".join(source.text.split("\n")[unit.first:unit.last])

    def of(self, number: int) -> tuple[Unit | None, bool, Unit | None]:
        """The present paragraph, whether it was changed since, and then what it is now."""
        if number in self.same:
            return self.units[self.same[number]], False, None
        if number in self.changed:
            unit = self.units[self.changed[number]]
            return unit, True, unit
        return None, True, None

    def of_note(self, label: str, note: Unit) -> tuple[Unit | None, bool, Unit | None]:
        now = self.notes.get(label)
        is_conflict = now is not None and _plain(now) != _plain(note)
        return now, is_conflict, now if is_conflict else None

    def has(self, unit: Unit) -> bool:
        """Whether it stands in the present chapter and not in the former: as it reads, or, with references, as it is written."""
        return _plain(unit) in self.new or to_markdown(unit.runs).strip() in self.written

    def behind(self, number: int) -> Unit:
        """The present paragraph behind which something stands that followed `number`."""
        for place in range(number, -1, -1):
            found = self.same.get(place, self.changed.get(place))
            if found is not None:
                return self.units[found]
        return self.units[0]


def _changes(step: _Step, before: Unit | None, after: Unit | None, place: _Places, given: Manuscript, data: Dataset,
             known: dict[str, Unit], returned: dict[str, Unit]) -> Iterator[Change]:
    if before is not None and before.kind == "block" or after is not None and after.kind == "block":
        return                                                          # a table that was moved or taken out stays where it is
    if after is None:
        assert before is not None
        assert step.mine is not None
        target, is_conflict, now = place.of(step.mine)
        if target is not None and before.kind != "title":
            yield Change("delete", before, None, now, None, target, tuple(dropped(before, None)), (), is_conflict)
        return
    settled, notices = settle(after, before, given, data)
    taken = {run.note for run in settled.runs if run.note} - known.keys()
    fresh = tuple(returned[label] for label in sorted(taken) if label in returned)
    if before is not None and _plain(settled) == _plain(before) and not notices and step.moved_from is None:
        return
    if step.mine is None:
        if step.moved_from is not None:
            target, is_conflict, now = place.of(step.moved_from)
            if target is not None:
                yield Change("move", before, settled, now, place.behind(step.behind), target, tuple(notices), fresh, is_conflict)
        elif not place.has(settled):
            yield Change("insert", None, settled, None, place.behind(step.behind), None, tuple(notices), fresh)
        return
    target, is_conflict, now = place.of(step.mine)
    if target is not None and _plain(target) == _plain(settled) and (before is None or _plain(settled) != _plain(before)):
        return                                                          # it stands there already
    if target is None and place.has(settled):
        return
    kind = "title" if settled.kind == "title" else "edit"
    yield Change(kind, before, settled, now, place.behind(step.behind), target, tuple(notices), fresh, is_conflict)


# --- putting it in --------------------------------------------------------------------------------------------------------


def applied(present: Manuscript, changes: Sequence[Change]) -> tuple[str, str]:
    """Title and text of the present chapter with `changes` in it."""
    title, lines = present.title, present.text.split("\n")
    cuts: list[tuple[int, int, int, list[str]]] = []
    notes: dict[str, Unit] = {}
    labels = {unit.label for unit in present.units if unit.kind == "note"}
    for order, change in enumerate(changes):
        after = change.after
        if after is not None:
            names = {}
            for note in change.new_notes:
                name = next(name for name in _names(note.label) if name not in labels)
                labels.add(name)
                names[note.label], notes[name] = name, note
            after = replace(after, runs=tuple(replace(run, note=names.get(run.note, run.note)) for run in after.runs))
        if change.kind == "title" and after is not None:
            title = to_markdown(after.runs).replace("\\\n", " ")
            continue
        if change.target is not None and (after is None or change.kind == "move"):
            cuts.append((*_with_blank(lines, change.target), order, []))
        if after is None:
            continue
        if change.target is not None and change.kind != "move":
            prefix = change.target.prefix if change.target.kind == after.kind and change.target.level == after.level else _prefix(after)
            cuts.append((change.target.first, change.target.last, order, _lines(after, prefix)))
        elif change.anchor is not None:
            place, new = _inserted(lines, change.anchor, after)
            cuts.append((place, place, order, new))
    for first, last, _order, new in sorted(cuts, key=lambda cut: (cut[0], cut[1], cut[2]), reverse=True):
        lines[first:last] = new
    text = "\n".join(lines)
    for name, note in notes.items():
        text = text.rstrip("\n") + f"\n\n[^{name}]: {to_markdown(note.runs)}"
    return title, text


def _names(label: str) -> Iterator[str]:
    yield label
    number = 2
    while True:
        yield f"{label}-{number}"
        number += 1


def _prefix(unit: Unit) -> str:
    match unit.kind:
        case "heading":
            return "#" * max(2, unit.level) + " "
        case "item":
            return "  " * unit.level + "- "
        case "numbered":
            return "   " * unit.level + "1. "
        case "continue":
            return "  " * (unit.level + 1)
        case "quote":
            return "> "
    return ""


def _lines(unit: Unit, prefix: str) -> list[str]:
    rest = "    " if unit.kind == "note" else re.sub(r"[^\s>]", " ", prefix)
    written = to_markdown(unit.runs).split("\n")
    return [prefix + written[0], *(rest + line for line in written[1:])]


def _with_blank(lines: list[str], unit: Unit) -> tuple[int, int]:
    """The lines of a paragraph that goes, with one empty line beside it where it stood between two."""
    first, last = unit.first, unit.last
    before = first == 0 or not lines[first - 1].strip()
    if before and last < len(lines) and not lines[last].strip():
        return first, last + 1
    if last >= len(lines) and first > 0 and before:
        return first - 1, last
    return first, last


def _inserted(lines: list[str], anchor: Unit, unit: Unit) -> tuple[int, list[str]]:
    if anchor.kind == "title":
        place = 0
        return place, [*_lines(unit, _prefix(unit)), *([""] if lines and lines[0].strip() else [])]
    place = max(anchor.last, 0)
    if anchor.kind in ITEMS and unit.kind in ITEMS:
        prefix = anchor.prefix if (anchor.kind, anchor.level) == (unit.kind, unit.level) else _prefix(unit)
        return place, _lines(unit, prefix)
    following = [""] if place < len(lines) and lines[place].strip() else []
    return place, ["", *_lines(unit, _prefix(unit)), *following]
