"""Every entry against the log: its beginning, and its history, of which each step has one row and one event."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from lorbeer.entries.models import Bias, Contributor, Entry, Move, State
from lorbeer.entries.transitions import TRANSITIONS, facts_of
from lorbeer.shared import log
from lorbeer.shared.reasons import reason_digest


def history() -> Iterator[log.Fault]:
    said: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for event in log.told("data.erase", *(f"entry.{name}" for name in TRANSITIONS)):
        taken = said[event.scope, event.subject.removeprefix("entry:")]
        if event.verb != "data.erase":
            facts = {key: event.detail.get(key) for key in ("source", "target", "at", "reason_sha256")}
            taken.append(facts | {"name": event.verb.removeprefix("entry."), "by": event.actor})
        elif event.detail.get("personal_class") == "contact":           # why somebody withdrew says much of them
            for one in taken:
                if one["name"] == "withdraw" and one["reason_sha256"]:
                    one["reason_sha256"] = reason_digest("", Move.ERASED)
    found: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    rows = Move.objects.select_related("entry__competition", "by").only(
        "name", "source", "target", "at", "reason", "secret", "by__code", "entry__code", "entry__competition__code")
    for row in rows.order_by("pk").iterator(2000):
        found[row.entry.competition.code, row.entry.code].append(facts_of(row) | {"name": row.name, "by": row.by.code if row.by else ""})
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
    """Who is kept from which entry by a declaration or by the office."""
    kinds = {"bias.declare": Bias.Kind.DECLARED, "bias.record": Bias.Kind.OFFICE, "bias.lift": Bias.Kind.OFFICE}
    said: dict[tuple[str, str, str, str], dict[str, Any]] = {}
    for event in log.told(*kinds):
        key = (event.scope, event.subject.removeprefix("entry:"), event.detail.get("person", ""), kinds[event.verb].value)
        if event.verb == "bias.lift":
            said.pop(key, None)
        else:
            said[key] = {}
    rows = Bias.objects.filter(kind__in=kinds.values()).order_by("pk")
    for key in rows.values_list("entry__competition__code", "entry__code", "person__code", "kind").iterator(2000):
        yield from log.compare("entries_bias", key[0], "/".join(key[1:]), said.pop(key, None), {})
    for key in said:
        yield from log.compare("entries_bias", key[0], "/".join(key[1:]), {}, None)


def contributors() -> Iterator[log.Fault]:
    """Who works on an entry, and who of them is the contact person."""
    said: dict[tuple[str, str, str], bool] = {}
    for event in log.told("entry.join", "entry.remove_contributor"):
        code = event.subject.removeprefix("entry:")
        if event.verb == "entry.join":
            said[event.scope, code, event.actor] = event.detail.get("contact", False)
        else:
            said.pop((event.scope, code, event.detail.get("person", "")), None)
    rows = Contributor.objects.order_by("pk").values_list("entry__competition__code", "entry__code", "person__code", "is_contact")
    for *words, is_contact in rows.iterator(2000):
        key = (words[0], words[1], words[2])
        told = {"is_contact": said.pop(key)} if key in said else None
        yield from log.compare("entries_contributor", key[0], "/".join(key[1:]), told, {"is_contact": is_contact})
    for key in said:
        yield from log.compare("entries_contributor", key[0], "/".join(key[1:]), {}, None)


for attestor in (history, biases, contributors):
    log.attest("entries", attestor)
