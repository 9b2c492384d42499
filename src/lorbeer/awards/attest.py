"""Awards and announcements against the log."""

from collections.abc import Iterator
from typing import Any

from lorbeer.awards.models import Announcement, Award, Portrait
from lorbeer.awards.queries import facts_of, text_digest
from lorbeer.shared import log


def awards() -> Iterator[log.Fault]:
    said = {(event.scope, one.get("award")): one for event in log.told("awards.create") for one in event.detail.get("awards", ())}
    rows = Award.objects.select_related("competition", "entry", "project", "group", "prize", "item__meeting").order_by("pk")
    for award in rows.iterator(500):
        scope = award.competition.code
        told = said.pop((scope, award.code), None)
        yield from log.compare("awards_award", scope, f"{award.code} ({award.entry.code})", told, facts_of(award))
    for (scope, code), facts in said.items():
        yield from log.compare("awards_award", scope, f"{code} ({facts.get('entry')})", facts, None)


def announcements() -> Iterator[log.Fault]:
    said: dict[tuple[str, str], dict[str, str]] = {}
    for event in log.told("results.approve", "results.announce"):
        at, by = ("approved_at", "approved_by") if event.verb == "results.approve" else ("announced_at", "decided_by")
        facts = {at: event.detail.get("at", ""), by: event.actor}
        said.setdefault((event.scope, event.subject.removeprefix("results:")), {}).update(facts)
    rows = Announcement.objects.select_related("competition", "approved_by", "decided_by").order_by("pk")
    for row in rows:
        key = (row.competition.code, str(row.round))
        found = {"approved_by": row.approved_by.code if row.approved_by else "",
                 "approved_at": log.moment(row.approved_at) if row.approved_at else "",
                 "decided_by": row.decided_by.code if row.decided_by else "",
                 "announced_at": log.moment(row.announced_at) if row.announced_at else ""}
        told = {"announced_at": "", "decided_by": ""} | said.pop(key) if key in said else None
        yield from log.compare("awards_announcement", key[0], "/".join(key), told, found)
    for key, facts in said.items():
        yield from log.compare("awards_announcement", key[0], "/".join(key), facts, None)


def portraits() -> Iterator[log.Fault]:
    """The texts on winners as they were written last, and who approved them so."""
    said: dict[tuple[str, str], dict[str, Any]] = {}
    for event in log.told("portrait.write", "portrait.approve"):
        facts = said.setdefault((event.scope, event.detail.get("award", "")), {})
        if event.verb == "portrait.approve":
            facts |= {"approved_at": event.detail.get("at"), "approved_by": event.actor}
            continue
        facts["sha256"] = event.detail.get("sha256")
        if event.detail.get("changed"):
            facts |= {"approved_at": "", "approved_by": ""}
    for portrait in Portrait.objects.select_related("award__competition", "approved_by").order_by("pk").iterator(500):
        key = (portrait.award.competition.code, portrait.award.code)
        yield from log.compare("awards_portrait", key[0], key[1], said.pop(key, None), {
            "sha256": text_digest(portrait), "approved_at": log.moment(portrait.approved_at) if portrait.approved_at else "",
            "approved_by": portrait.approved_by.code if portrait.approved_by else "",
        })
    for key, facts in said.items():
        yield from log.compare("awards_portrait", key[0], key[1], facts, None)


for attestor in (awards, announcements, portraits):
    log.attest("awards", attestor)
