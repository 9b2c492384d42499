"""What decides over entries, deadlines and money in a call, against the log: settings, rules, dates of phases, caps and prizes."""

import json
from collections.abc import Iterator
from typing import Any

from lorbeer.call.models import Competition
from lorbeer.shared import log

SETTINGS = ("applicant_kind", "time_zone", "max_entries_per_applicant", "max_projects", "paper_counts_by", "paper_keyed_twice",
            "screening", "jury", "retention", "languages", "is_public")


def terms_of(competition: Competition) -> dict[str, dict[str, Any]]:
    """Settings, rules, dates, caps and prizes as they stand in the log, by a code within the competition."""
    return {
        "call_competition": {name: json.dumps(getattr(competition, name), sort_keys=True) for name in SETTINGS},
        "call_awardgroup": {one.code: [one.legal_statuses, one.condition, one.is_special] for one in competition.groups.all()},
        "call_phase": {f"{one.kind}/{one.round}": span(one.starts_at, one.ends_at) for one in competition.phases.all()},
        "call_purse": {f"cap/{one.round}": one.cap_cents for one in competition.purses.all()},
        "call_prize": {one.code: [one.amount_cents, one.up_to, one.max_count] for one in competition.prizes.all()},
    }


def span(starts_at: Any, ends_at: Any) -> list[str]:
    return [log.moment(at) if at else "" for at in (starts_at, ends_at)]


def terms() -> Iterator[log.Fault]:
    """As the last import of the package left them, and what was changed on screen since."""
    said: dict[str, dict[str, dict[str, Any]]] = {}
    for event in log.told("competition.import", "phase.change", "call.rule"):
        if event.verb == "competition.import":
            said[event.scope] = event.detail.get("terms", {})
        elif event.verb == "call.rule":                                 # special groups have none
            groups = said.setdefault(event.scope, {}).setdefault("call_awardgroup", {})
            groups[str(event.detail.get("group"))] = [*event.detail.get("after", ()), False]
        else:
            phase = f"{event.detail.get('phase')}/{event.detail.get('round')}"
            said.setdefault(event.scope, {}).setdefault("call_phase", {})[phase] = event.detail.get("after")
    for competition in Competition.objects.prefetch_related("groups", "phases", "purses", "prizes").order_by("pk"):
        told = said.get(competition.code, {})
        for table, found in terms_of(competition).items():
            expected = told.get(table, {})
            for code in sorted(expected.keys() | found.keys()):
                yield from log.compare(
                    table, competition.code, f"{competition.code}/{code}", *({"value": rows[code]} if code in rows else None
                                                                              for rows in (expected, found)))


log.attest("call", terms)
