"""Every entry against the log: its beginning, and its history, of which each step has one row and one event."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import zip_longest

from lorbeer.entries.models import Bias, Entry, Move, State
from lorbeer.entries.transitions import TRANSITIONS
from lorbeer.shared import log


def history() -> Iterator[log.Fault]:
    said: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for event in log.told(*(f"entry.{name}" for name in TRANSITIONS)):
        step = {"name": event.verb.removeprefix("entry."), "by": event.actor}
        said[event.scope, event.subject.removeprefix("entry:")].append(step | {key: event.detail.get(key) for key in ("source", "target")})
    found: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    moves = Move.objects.order_by("pk").values_list("entry__competition__code", "entry__code", "name", "by__code", "source", "target")
    for scope, code, name, by, source, target in moves.iterator(2000):
        found[scope, code].append({"name": name, "by": by or "", "source": source, "target": target})
    for key in sorted(said.keys() | found.keys()):
        for place, (told, step) in enumerate(zip_longest(said[key], found[key]), start=1):
            yield from log.compare("entries_move", key[0], f"{key[1]}/{place}", told, step)
    begun = {(event.scope, event.subject.removeprefix("entry:")): {"round": event.detail.get("round")} for event in log.told("draft.start")}
    for scope, code, state, round in Entry.objects.order_by("pk").values_list("competition__code", "code", "state", "round").iterator(2000):
        start = begun.pop((scope, code), None)
        steps = found.get((scope, code))
        told = None if start is None else start | {"state": steps[-1]["target"] if steps else State.DRAFT.value}
        yield from log.compare("entries_entry", scope, code, told, {"state": state, "round": round})
    for scope, code in begun:
        yield from log.compare("entries_entry", scope, code, {}, None)


def biases() -> Iterator[log.Fault]:
    """Who was kept from which entry by a declaration or by the office."""
    kinds = {"bias.declare": Bias.Kind.DECLARED, "bias.record": Bias.Kind.OFFICE}
    said = {(event.scope, event.subject.removeprefix("entry:"), event.detail.get("person", ""), kinds[event.verb].value): {}
            for event in log.told(*kinds)}
    rows = Bias.objects.filter(kind__in=kinds.values()).order_by("pk")
    for key in rows.values_list("entry__competition__code", "entry__code", "person__code", "kind").iterator(2000):
        yield from log.compare("entries_bias", key[0], "/".join(key[1:]), said.pop(key, None), {})
    for key in said:
        yield from log.compare("entries_bias", key[0], "/".join(key[1:]), {}, None)


for attestor in (history, biases):
    log.attest("entries", attestor)
