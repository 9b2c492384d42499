"""What decides over entries, deadlines and money in a call, against the log: settings, rules, dates of phases, caps, prizes, weights."""

import json
from collections.abc import Iterator
from typing import Any

from lorbeer.call.models import Competition
from lorbeer.shared import log

SETTINGS = ("applicant_kind", "time_zone", "max_entries_per_applicant", "max_projects", "paper_counts_by", "paper_keyed_twice",
            "screening", "jury", "retention", "languages", "is_public")


# What of each part of the call can be reworded, and the table in which it stands.
WORDS = {"group": ("label", "heading"), "criterion": ("label", "description"), "prize": ("label",), "clause": ("label",),
         "point": ("label",)}
TABLES = {"group": "call_awardgroup", "criterion": "call_criterion", "prize": "call_prize", "clause": "call_exclusionclause",
          "point": "call_checkpoint"}


def words_of(kind: str, row: Any) -> dict[str, dict[str, str]]:
    """The words of a group, criterion, prize, clause or check point: field → language → text."""
    return {name: dict(getattr(row, name)) for name in WORDS[kind]}


def terms_of(competition: Competition) -> dict[str, dict[str, Any]]:
    """Settings, rules, dates, caps, prizes, words and their order as they stand in the log, by a code within the competition."""
    rows: dict[str, Any] = {"group": competition.groups, "criterion": competition.criteria, "prize": competition.prizes,
                            "clause": competition.clauses, "point": competition.check_points}
    found: dict[str, dict[str, Any]] = {
        "call_competition": {name: json.dumps(getattr(competition, name), sort_keys=True) for name in SETTINGS},
        "call_awardgroup": {one.code: [one.legal_statuses, one.condition, one.is_special] for one in competition.groups.all()},
        "call_phase": {f"{one.kind}/{one.round}": span(one.starts_at, one.ends_at) for one in competition.phases.all()},
        "call_purse": {f"cap/{one.round}": one.cap_cents for one in competition.purses.all()},
        "call_prize": {one.code: [one.amount_cents, one.up_to, one.max_count] for one in competition.prizes.all()},
    }
    for kind, there in rows.items():
        for place, one in enumerate(there.all(), start=1):              # in the order in which sheets, lists and the book name them
            facts = {f"{one.code}/words": words_of(kind, one), f"{one.code}/place": [place, *_rank(kind, one)]}
            found.setdefault(TABLES[kind], {}).update(facts)
    return found


def _rank(kind: str, row: Any) -> list[Any]:
    """What else decides by the place of a row among its kind: how much a criterion counts, where a prize is won, what a point leads to."""
    if kind == "criterion":
        return [row.number, row.weight, row.optional_in_special]
    if kind == "prize":
        return [row.group.code]
    return [row.number] if kind == "clause" else [row.clause.code if row.clause else ""] if kind == "point" else []


def span(starts_at: Any, ends_at: Any) -> list[str]:
    return [log.moment(at) if at else "" for at in (starts_at, ends_at)]


def terms() -> Iterator[log.Fault]:
    """As the last import of the package left them, and what was changed on screen since."""
    said: dict[str, dict[str, dict[str, Any]]] = {}
    for event in log.told("competition.import", "phase.change", "call.rule", "call.reword"):
        if event.verb == "competition.import":
            said[event.scope] = event.detail.get("terms", {})
        elif event.verb == "call.rule":                                 # special groups have none
            groups = said.setdefault(event.scope, {}).setdefault("call_awardgroup", {})
            groups[str(event.detail.get("group"))] = [*event.detail.get("after", ()), False]
        elif event.verb == "call.reword":
            words = said.setdefault(event.scope, {}).setdefault(TABLES.get(event.detail.get("kind", ""), ""), {})
            words[f"{event.detail.get('code')}/words"] = event.detail.get("after")
        else:
            phase = f"{event.detail.get('phase')}/{event.detail.get('round')}"
            said.setdefault(event.scope, {}).setdefault("call_phase", {})[phase] = event.detail.get("after")
    for competition in Competition.objects.prefetch_related(
        "groups", "phases", "purses", "prizes__group", "criteria", "clauses", "check_points__clause"
    ).order_by("pk"):
        told = said.get(competition.code, {})
        for table, found in terms_of(competition).items():
            expected = told.get(table, {})
            for code in sorted(expected.keys() | found.keys()):
                yield from log.compare(
                    table, competition.code, f"{competition.code}/{code}", *({"value": rows[code]} if code in rows else None
                                                                              for rows in (expected, found)))


log.attest("call", terms)
