"""What decides over deadlines and money in a call, against the log: the dates of phases, caps and prizes."""

from collections.abc import Iterator
from typing import Any

from lorbeer.call.models import Competition
from lorbeer.shared import log


def terms_of(competition: Competition) -> dict[str, dict[str, Any]]:
    """The dates, caps and prizes as they stand in the log, by a code within the competition."""
    return {
        "call_phase": {f"{one.kind}/{one.round}": span(one.starts_at, one.ends_at) for one in competition.phases.all()},
        "call_purse": {f"cap/{one.round}": one.cap_cents for one in competition.purses.all()},
        "call_prize": {one.code: [one.amount_cents, one.up_to, one.max_count] for one in competition.prizes.all()},
    }


def span(starts_at: Any, ends_at: Any) -> list[str]:
    return [log.moment(at) if at else "" for at in (starts_at, ends_at)]


def terms() -> Iterator[log.Fault]:
    """As the last import of the package left them, and what was changed on screen since."""
    said: dict[str, dict[str, dict[str, Any]]] = {}
    for event in log.told("competition.import", "phase.change"):
        if event.verb == "competition.import":
            said[event.scope] = event.detail.get("terms", {})
        else:
            phase = f"{event.detail.get('phase')}/{event.detail.get('round')}"
            said.setdefault(event.scope, {}).setdefault("call_phase", {})[phase] = event.detail.get("after")
    for competition in Competition.objects.prefetch_related("phases", "purses", "prizes").order_by("pk"):
        told = said.get(competition.code, {})
        for table, found in terms_of(competition).items():
            expected = told.get(table, {})
            for code in sorted(expected.keys() | found.keys()):
                yield from log.compare(
                    table, competition.code, f"{competition.code}/{code}", *({"value": rows[code]} if code in rows else None
                                                                              for rows in (expected, found)))


log.attest("call", terms)
