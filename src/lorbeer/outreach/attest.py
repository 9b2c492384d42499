"""Letters of intent against the log: who announced an entry when and how, and which entry came of it."""

from collections.abc import Iterator
from typing import Any

from lorbeer.outreach.models import LetterOfIntent
from lorbeer.shared import log

FACTS = ("channel", "received_at", "land", "is_confirmed", "sha256")


def facts_of(intent: LetterOfIntent) -> dict[str, Any]:
    """What no erasure takes, as it stands in the log; of applicant and subject only their hash."""
    return {"channel": intent.channel, "received_at": log.moment(intent.received_at), "land": intent.land_code,
            "is_confirmed": intent.confirmed_at is not None, "sha256": log.digest([intent.applicant, intent.subject])}


def intents() -> Iterator[log.Fault]:
    said: dict[tuple[str, str], dict[str, Any]] = {}
    for event in log.told("intent.record", "intent.confirm", "intent.link"):
        key = (event.scope, event.subject.removeprefix("intent:"))
        if event.verb == "intent.record":
            said[key] = {name: event.detail.get(name) for name in FACTS} | {"entry": ""}
        elif event.verb == "intent.confirm" and key in said:
            said[key]["is_confirmed"] = True
        elif key in said:
            said[key]["entry"] = event.detail.get("entry")
    for intent in LetterOfIntent.objects.select_related("competition", "entry").order_by("pk").iterator(2000):
        key = (intent.competition.code, intent.code)
        found = facts_of(intent) | {"entry": intent.entry.code if intent.entry else ""}
        yield from log.compare("outreach_letterofintent", *key, said.pop(key, None), found)
    for key, facts in said.items():
        yield from log.compare("outreach_letterofintent", *key, facts, None)


log.attest("outreach", intents)
