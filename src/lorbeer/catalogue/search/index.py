"""The index of an edition: made from its facts and codebook, saved as files, mapped into memory. It never changes.

Entries are numbered in the order of their applicants (title and code after that). Without the codes of other entries, an entry's
number says nothing; nobody outside sees it.
"""

import json
import math
import mmap
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from lorbeer.catalogue.search.gathering import Gatherer, Values, strings
from lorbeer.catalogue.search.pieces import pieces
from lorbeer.catalogue.search.postings import Segment
from lorbeer.catalogue.search.spelling import Spelling, Strings
from lorbeer.catalogue.search.words import fold, without_check
from lorbeer.shared.lands import land_name

Array = NDArray[Any]
Entry = dict[str, Any]
FORMAT = 4                                                              # raise it when the files change, or the stems in them
FIELDS = ("round", "land", "group", "size_class", "award")
# Questions become facets by the role that the entry form gives them, in this order.
ANSWER_FACETS = ("field_of_action", "target_group", "place", "duration", "financing")
Step = Callable[[int, int], None]                                       # (entries done, entries in all)


# --- what of an entry is searched, and by what it is narrowed --------------------------------------------------------


def texts_of(entry: Entry, portraits: Iterable[dict[str, Any]]) -> list[str]:
    """All that is searched besides title, applicant and code."""
    return [
        entry["municipality"], entry["reference"], land_name(entry["land"]), *entry["projects"], entry.get("abstract", ""),
        entry.get("town", ""), entry.get("office", ""),
        *(text for one in portraits if one["approved"] for text in (one["description"], one["reasons"])),
    ]


def values_of(entry: Entry, awards: Sequence[Any], questions: Iterable[str]) -> Iterator[tuple[str, Iterable[str]]]:
    """(facet, values) of an entry."""
    yield "award", ("any" if awards else "none",)
    yield "round", (str(entry.get("round", 1)),)
    for name in ("group", "land", "size_class"):
        yield name, (entry.get(name) or "",)
    answers = entry.get("answers") or {}
    for name in questions:
        answer = answers.get(name)
        yield name, sorted(set(answer)) if isinstance(answer, list) else (str(answer),) if answer else ()


def facet_questions(codebook: Iterable[dict[str, Any]]) -> list[str]:
    """The questions by which entries can be narrowed, as the call's entry form says by their roles."""
    found: dict[str, int] = {}
    for variable in codebook:
        if variable.get("role") in ANSWER_FACETS and (variable["choice"] or variable["values"]):
            found.setdefault(variable["question"], ANSWER_FACETS.index(variable["role"]))
    return sorted(found, key=lambda name: found[name])


def gather(gatherer: Gatherer, values: Values, number: int, entry: Entry, awards: Sequence[Any], portraits: Iterable[dict[str, Any]],
           questions: Iterable[str]) -> None:
    gatherer.add(number, entry["title"], entry["applicant"], texts_of(entry, portraits), code=without_check(entry["code"]))
    for facet, several in values_of(entry, awards, questions):
        values.add(number, facet, several)


# --- making -----------------------------------------------------------------------------------------------------------


def make(folder: Path, facts: IO[bytes], codebook: list[dict[str, Any]], step: Step) -> None:
    """Write the index of an edition into the empty `folder`. `step` may raise, to stop it."""
    with (folder / "entries").open("wb") as file:
        arrays, rest, withheld = _put_in_order(facts, file, step)
    size, questions = len(arrays["codes"]), facet_questions(codebook)
    awards, portraits = by_code(rest["awards"]), by_code(rest["portraits"])
    gatherer, values = Gatherer(size, folder), Values(size)
    with (folder / "entries").open("rb") as file:
        for number, (start, end) in enumerate(arrays["spans"].tolist()):
            file.seek(start)
            entry = json.loads(file.read(end - start))
            code = entry["code"]
            gather(gatherer, values, number, entry, awards.get(code, ()), portraits.get(code, ()), questions)
            if number % 1_000 == 0:
                step(number, size)
    known, matrix = values.bits()
    step(size, size)
    for name, part in (arrays | {"facets": matrix} | gatherer.arrays()).items():
        if not (folder / f"{name}.npy").exists():                       # else it lies there already
            np.save(folder / f"{name}.npy", part)
    for block in folder.glob("block-*"):
        block.unlink()
    (folder / "rest.json").write_text(json.dumps({key: value for key, value in rest.items() if key != "jury"}, ensure_ascii=False))
    (folder / "index.json").write_text(json.dumps({
        "format": FORMAT, "size": size, "questions": questions, "values": known, "withheld": sorted(withheld.items())}))


def _put_in_order(facts: IO[bytes], entries: IO[bytes], step: Step) -> tuple[dict[str, Array], dict[str, Any], Counter[int]]:
    """Write the entries into a file; where each lies and what they are ordered by, the other facts, and how many are withheld by round."""
    rest: dict[str, Any] = {"awards": [], "portraits": []}
    withheld: Counter[int] = Counter()
    keys: list[tuple[str, str, str]] = []
    ends, population, rounds = [0], [], []
    places: dict[str, int] = {}
    at_place, degrees = array("I"), array("f")
    for key, value in pieces(facts, "entries"):
        if key != "entries":
            rest[key] = value
        elif not value["code"]:
            withheld[value.get("round", 1)] += 1
        else:
            ends.append(ends[-1] + entries.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"))
            keys.append((fold(value["applicant"]), fold(value["title"]), value["code"]))
            population.append(value.get("population") or 0)
            rounds.append(value.get("round", 1))
            at_place.append(places.setdefault(place_of(value), len(places)))
            degrees.extend(_degrees(value))
            if len(keys) % 1_000 == 0:
                step(0, 0)
    order = np.array(sorted(range(len(keys)), key=keys.__getitem__), np.int64)
    at, codes = np.array(ends, np.int64), np.array([keys[one][2] for one in order.tolist()], "S")
    inhabitants = np.array(population, np.uint32)[order]
    titles = [keys[one][1] for one in order.tolist()]
    return {
        "spans": np.stack([at[:-1][order], at[1:][order]], axis=1), "codes": codes, "codes.order": np.argsort(codes).astype(np.uint32),
        "by_title": _rank(sorted(range(len(titles)), key=titles.__getitem__)),
        "by_population": _rank(np.argsort(-inhabitants.astype(np.int64), kind="stable")),
        "population": inhabitants, "rounds": np.array(rounds, np.uint16)[order],
        "degrees": np.array(degrees, np.float32).reshape(-1, 2)[order], "places": np.array(at_place, np.uint32)[order],
        **strings("place_names", list(places)),
    }, rest, withheld


def place_of(entry: Entry) -> str:
    """What the place of an entry is called on a map."""
    return entry.get("municipality") or entry["applicant"]


def _degrees(entry: Entry) -> tuple[float, float]:
    """(longitude, latitude) of an entry, not a number where they are not known."""
    longitude, latitude = entry.get("longitude"), entry.get("latitude")
    return (math.nan, math.nan) if longitude is None or latitude is None else (longitude, latitude)


def by_code(rows: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["entry"], []).append(row)
    return found


def _rank(order: Any) -> Array:
    """The place of each entry, from the entries in order."""
    order = np.asarray(order, np.int64)
    rank = np.empty(len(order), np.uint32)
    rank[order] = np.arange(len(order), dtype=np.uint32)
    return rank


# --- reading ----------------------------------------------------------------------------------------------------------


class Index:
    """The files of an index. Raises OSError or ValueError where they are not whole."""

    def __init__(self, folder: Path) -> None:
        about = json.loads((folder / "index.json").read_text())
        if about["format"] != FORMAT:
            raise ValueError("The index is of another version.")
        self.folder = folder
        self.size: int = about["size"]
        self.questions: list[str] = about["questions"]
        self.withheld: dict[int, int] = dict(about["withheld"])
        # As plain arrays: those of memmap's own kind take ten times as long for each look.
        self.arrays = {file.stem: np.asarray(np.load(file, mmap_mode="r" if file.stat().st_size > 4096 else None))
                       for file in folder.glob("*.npy")}
        self.rows: dict[str, dict[str, int]] = {}                       # facet → value → row of bits
        for row, (facet, value) in enumerate(about["values"]):
            self.rows.setdefault(facet, {})[value] = row
        self.rest: dict[str, Any] = json.loads((folder / "rest.json").read_text())
        self.awards, self.portraits = by_code(self.rest.pop("awards")), by_code(self.rest.pop("portraits"))
        self.segment = Segment(self.arrays, self.size)
        self._codes, self._order = self.arrays["codes"], self.arrays["codes.order"]
        self._sorted = self._codes[self._order]
        with (folder / "entries").open("rb") as file:
            self._entries = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if self.size else b""
        self._require_whole(len(about["values"]))

    def _require_whole(self, rows: int) -> None:
        """What is cut short or missing is found here, not on somebody's page."""
        arrays = self.arrays
        lengths = {name: len(arrays[name]) for name in ("codes", "codes.order", "spans", "by_title", "by_population", "population", "rounds")}
        if set(lengths.values()) != {self.size} or len(arrays["facets"]) != rows:
            raise ValueError("Parts of the index do not fit each other.")
        if self.size and int(arrays["spans"].max()) != len(self._entries):
            raise ValueError("The entries of the index are cut short.")
        if missing := {"words", "words.at", "words.often", "words.term", "written", "written.at"} - set(arrays):
            raise ValueError(f"The index lacks {sorted(missing)}.")

    @cached_property
    def spelling(self) -> Spelling:
        return Spelling(self.arrays, self.segment.words)

    @cached_property
    def place_names(self) -> Strings:
        return Strings(self.arrays["place_names"], self.arrays["place_names.at"])

    def number(self, code: str) -> int | None:
        """The number of the entry with that code."""
        if not self.size or not code or not code.isascii() or len(code) > self._codes.dtype.itemsize:
            return None
        at = int(np.searchsorted(self._sorted, code.encode()))
        return int(self._order[at]) if at < self.size and self._sorted[at] == code.encode() else None

    def code(self, number: int) -> str:
        return self._codes[number].decode()

    def codes(self, numbers: Array) -> list[str]:
        return [code.decode() for code in self._codes[numbers].tolist()]

    def entry(self, number: int) -> Entry:
        """What was frozen of the entry."""
        start, end = self.arrays["spans"][number]
        return json.loads(self._entries[start:end])
