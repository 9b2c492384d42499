"""Editions and releases against the log: an edition's digest, which one is public, its bytes; what applicants opened and closed."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from lorbeer.editions.models import Edition, Release, field_of, name_of
from lorbeer.shared import files, log


def facts_of(edition: Edition) -> dict[str, Any]:
    """The edition as plain data, as it stands in the log."""
    return {"sha256": edition.sha256, "frozen_at": log.moment(edition.frozen_at),
            "files": [one.blob_id for one in (edition.answers, edition.codebook, edition.facts)]}


def editions() -> Iterator[log.Fault]:
    said: dict[tuple[str, str], dict[str, Any]] = {}
    public: dict[str, str] = {}
    first: dict[tuple[str, str], str] = {}
    for event in log.told("edition.freeze", "edition.publish"):
        number = event.subject.removeprefix("edition:")
        if event.verb == "edition.publish":
            public[event.scope] = number
            first.setdefault((event.scope, number), event.detail.get("first_at", ""))
        else:
            said[event.scope, number] = {name: event.detail.get(name) for name in ("sha256", "frozen_at", "files")}
    rows = Edition.objects.select_related("competition", "answers", "codebook", "facts").order_by("pk")
    for edition in rows:
        scope, number = key = (edition.competition.code, str(edition.number))
        told = said.pop(key, None)
        found = facts_of(edition) | {
            "is_published": edition.is_published, "published_at": log.moment(edition.published_at) if edition.published_at else ""}
        if told is not None:
            told |= {"is_published": public.get(scope) == number, "published_at": first.get(key, "")}
        yield from log.compare("editions_edition", scope, "/".join(key), told, found)
        for stored in (edition.answers, edition.codebook, edition.facts):
            yield from files.compare_bytes("editions_edition", scope, "/".join(key), stored)
    for key, facts in said.items():
        yield from log.compare("editions_edition", key[0], "/".join(key), facts, None)


def releases() -> Iterator[log.Fault]:
    """Which parts and fields of an entry were opened and taken back, when and by whom; of a written consent only its hash."""
    said: dict[tuple[str, str], dict[str, list[dict[str, str]]]] = defaultdict(lambda: defaultdict(list))
    for event in log.told("entry.release", "entry.revoke", "entry.consent_withdraw", "data.erase"):
        named, at = said[event.scope, event.subject.removeprefix("entry:")], event.detail.get("at", "")
        taken_back = {"revoked_at": at, "revoked_by": event.actor}
        never_opened = {"released_at": at, "released_by": "", "consent_sha256": ""} | taken_back
        name = name_of(event.detail.get("part", ""), event.detail.get("field", ""))
        if event.verb == "entry.release":
            named[name].append({
                "released_at": at, "released_by": event.actor, "consent_sha256": event.detail.get("consent_sha256", ""),
                "revoked_at": "", "revoked_by": "",
            })
        elif event.verb == "entry.revoke":
            if field_of(name) and not any(one["revoked_at"] == "" for one in named[name]):
                named[name].append(never_opened)
            else:
                for one in named[name][-1:]:
                    one.update(taken_back)
        elif event.verb == "entry.consent_withdraw":
            for part in event.detail.get("parts", ()):
                named[part].append(never_opened)
        elif event.detail.get("personal_class") == "contact":           # it names who agreed
            for one in (one for rows in named.values() for one in rows if one["consent_sha256"]):
                one["consent_sha256"] = log.digest(Release.ERASED)
    found: dict[tuple[str, str], dict[str, list[dict[str, str]]]] = defaultdict(lambda: defaultdict(list))
    rows = Release.objects.select_related("entry__competition", "released_by", "revoked_by").order_by("pk")
    for row in rows.iterator(2000):
        found[row.entry.competition.code, row.entry.code][row.name].append({
            "released_at": log.moment(row.released_at), "released_by": row.released_by.code if row.released_by else "",
            "consent_sha256": log.digest(row.written_consent) if row.written_consent else "",
            "revoked_at": log.moment(row.revoked_at) if row.revoked_at else "",
            "revoked_by": row.revoked_by.code if row.revoked_by else "",
        })
    for key in sorted(said.keys() | found.keys()):
        for name in sorted(said[key].keys() | found[key].keys()):
            for told, now in zip_longest(said[key][name], found[key][name]):
                yield from log.compare("editions_release", key[0], f"{key[1]}/{name}", told, now)


for attestor in (editions, releases):
    log.attest("editions", attestor)
