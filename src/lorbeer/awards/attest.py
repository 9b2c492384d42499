"""Awards and announcements against the log."""

from collections.abc import Iterator

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
        facts = {"approved_by": event.actor} if event.verb == "results.approve" else {"announced_at": event.detail.get("at")}
        said.setdefault((event.scope, event.subject.removeprefix("results:")), {}).update(facts)
    rows = Announcement.objects.select_related("competition", "approved_by").order_by("pk")
    for row in rows:
        key = (row.competition.code, str(row.round))
        found = {"approved_by": row.approved_by.code if row.approved_by else "",
                 "announced_at": log.moment(row.announced_at) if row.announced_at else ""}
        told = {"announced_at": ""} | said.pop(key) if key in said else None
        yield from log.compare("awards_announcement", key[0], "/".join(key), told, found)
    for key, facts in said.items():
        yield from log.compare("awards_announcement", key[0], "/".join(key), facts, None)


def portraits() -> Iterator[log.Fault]:
    """The texts on winners as they were written last."""
    said = {(event.scope, event.detail.get("award", "")): {"sha256": event.detail.get("sha256")} for event in log.told("portrait.write")}
    for portrait in Portrait.objects.select_related("award__competition").order_by("pk").iterator(500):
        key = (portrait.award.competition.code, portrait.award.code)
        yield from log.compare("awards_portrait", key[0], key[1], said.pop(key, None), {"sha256": text_digest(portrait)})
    for key, facts in said.items():
        yield from log.compare("awards_portrait", key[0], key[1], facts, None)


for attestor in (awards, announcements, portraits):
    log.attest("awards", attestor)
