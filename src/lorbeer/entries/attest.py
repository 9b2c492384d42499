"""The history of every entry against the log: each step has one row and one event."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import zip_longest

from lorbeer.entries.models import Entry, Move
from lorbeer.entries.transitions import TRANSITIONS
from lorbeer.shared import log


def history() -> Iterator[log.Fault]:
    said: dict[str, list[dict[str, str]]] = defaultdict(list)
    for event in log.told(*(f"entry.{name}" for name in TRANSITIONS)):
        step = {"name": event.verb.removeprefix("entry."), "by": event.actor}
        said[event.subject.removeprefix("entry:")].append(step | {key: event.detail.get(key) for key in ("source", "target")})
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    moves = Move.objects.order_by("pk").values_list("entry__code", "name", "by__code", "source", "target")
    for code, name, by, source, target in moves.iterator(2000):
        found[code].append({"name": name, "by": by or "", "source": source, "target": target})
    for code in sorted(said.keys() | found.keys()):
        for place, (told, step) in enumerate(zip_longest(said[code], found[code]), start=1):
            yield from log.compare("entries_move", f"{code}/{place}", told, step)
    for code, state in Entry.objects.order_by("pk").values_list("code", "state").iterator(2000):
        if found[code]:
            yield from log.compare("entries_entry", code, {"state": found[code][-1]["target"]}, {"state": state})


log.attest("entries", history)
