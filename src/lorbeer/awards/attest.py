"""Awards and announcements against the log."""

from collections.abc import Iterator

from lorbeer.awards.models import Announcement, Award
from lorbeer.awards.queries import facts_of
from lorbeer.shared import log


def awards() -> Iterator[log.Fault]:
    said = {one.get("award"): one for event in log.told("awards.create") for one in event.detail.get("awards", ())}
    rows = Award.objects.select_related("entry", "project", "group", "prize", "item__meeting").order_by("pk")
    for award in rows.iterator(500):
        yield from log.compare("awards_award", f"{award.code} ({award.entry.code})", said.pop(award.code, None), facts_of(award))
    for code, facts in said.items():
        yield from log.compare("awards_award", f"{code} ({facts.get('entry')})", facts, None)


def announcements() -> Iterator[log.Fault]:
    said: dict[tuple[str, str], dict[str, str]] = {}
    for event in log.told("results.approve", "results.announce"):
        facts = {"approved_by": event.actor} if event.verb == "results.approve" else {"announced_at": event.detail.get("at")}
        said.setdefault((event.scope, event.subject.removeprefix("results:")), {}).update(facts)
    rows = Announcement.objects.select_related("competition", "approved_by").order_by("pk")
    for row in rows:
        key = (row.competition.code, str(row.round))
        found = {"approved_by": row.approved_by.code if row.approved_by else "",
                 "announced_at": log.moment(row.announced_at) if row.announced_at else ""}
        yield from log.compare("awards_announcement", "/".join(key), {"announced_at": ""} | said.pop(key) if key in said else None, found)
    for key, facts in said.items():
        yield from log.compare("awards_announcement", "/".join(key), facts, None)


log.attest("awards", awards)
log.attest("awards", announcements)
