"""Forms that were switched off against the log: which, when and by whom."""

from collections.abc import Iterator
from typing import Any

from lorbeer.enquiries.models import Closing
from lorbeer.shared import log


def closings() -> Iterator[log.Fault]:
    said: dict[tuple[str, str], dict[str, Any]] = {}
    for event in log.told("enquiry.switch_off", "enquiry.switch_on"):
        key = (event.scope, event.subject.removeprefix("entry:"))
        if event.verb == "enquiry.switch_off":
            said[key] = {"closed_at": event.detail.get("at"), "closed_by": event.actor}
        else:
            said.pop(key, None)
    for one in Closing.objects.select_related("entry__competition", "closed_by").order_by("pk"):
        key = (one.entry.competition.code, one.entry.code)
        found = {"closed_at": log.moment(one.closed_at), "closed_by": one.closed_by.code if one.closed_by else ""}
        yield from log.compare("enquiries_closing", *key, said.pop(key, None), found)
    for key, facts in said.items():
        yield from log.compare("enquiries_closing", *key, facts, None)


log.attest("enquiries", closings)
