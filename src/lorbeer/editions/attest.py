"""Frozen editions against the log: their digest, which one is public, and the bytes of their files."""

from collections.abc import Iterator
from typing import Any

from lorbeer.editions.models import Edition
from lorbeer.shared import files, log


def facts_of(edition: Edition) -> dict[str, Any]:
    """The edition as plain data, as it stands in the log."""
    return {"sha256": edition.sha256, "files": [one.blob_id for one in (edition.answers, edition.codebook, edition.facts)]}


def editions() -> Iterator[log.Fault]:
    said: dict[tuple[str, str], dict[str, Any]] = {}
    public: dict[str, str] = {}
    for event in log.told("edition.freeze", "edition.publish"):
        number = event.subject.removeprefix("edition:")
        if event.verb == "edition.publish":
            public[event.scope] = number
        else:
            said[event.scope, number] = {name: event.detail.get(name) for name in ("sha256", "files")}
    rows = Edition.objects.select_related("competition", "answers", "codebook", "facts").order_by("pk")
    for edition in rows:
        scope, number = key = (edition.competition.code, str(edition.number))
        told = said.pop(key, None)
        found = facts_of(edition) | {"is_published": edition.is_published}
        if told is not None:
            told |= {"is_published": public.get(scope) == number}
        yield from log.compare("editions_edition", scope, "/".join(key), told, found)
        for stored in (edition.answers, edition.codebook, edition.facts):
            yield from files.compare_bytes("editions_edition", scope, "/".join(key), stored)
    for key, facts in said.items():
        yield from log.compare("editions_edition", key[0], "/".join(key), facts, None)


log.attest("editions", editions)
