"""Reading editions."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import duckdb

from lorbeer.call.models import Competition
from lorbeer.editions.models import Edition, Release
from lorbeer.shared import files


def published_edition(competition: Competition) -> Edition | None:
    """The edition that the public reads."""
    return competition.editions.filter(is_published=True).first()


def facts_of(edition: Edition) -> dict[str, Any]:
    """The facts of an edition, see editions/dataset.py; what has been revoked since is left out."""
    facts = json.loads(_content(edition.facts_id, edition.sha256))
    revoked = set(
        Release.objects.filter(entry__competition=edition.competition_id, revoked_at__isnull=False)
        .values_list("entry__code", "part")
    ) - set(
        Release.objects.filter(entry__competition=edition.competition_id, revoked_at=None).values_list("entry__code", "part")
    )
    if revoked:
        facts["entries"] = [_without(entry, revoked) for entry in facts["entries"]]
    return facts


def frozen_facts_of(edition: Edition) -> dict[str, Any]:
    """The facts exactly as frozen: for figures that must never change, whatever is revoked or erased later."""
    return json.loads(_content(edition.facts_id, edition.sha256))


def codebook_of(edition: Edition) -> list[dict[str, Any]]:
    return json.loads(_content(edition.codebook_id, edition.sha256))


@contextmanager
def answers_of(edition: Edition) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in which the edition's answers are the table `answers`."""
    with NamedTemporaryFile(suffix=".parquet") as file, duckdb.connect() as connection:
        Path(file.name).write_bytes(_content(edition.answers_id, edition.sha256))
        connection.execute(f"CREATE VIEW answers AS SELECT * FROM read_parquet('{file.name}')")  # noqa: S608 (our own temporary file)
        yield connection


@lru_cache(maxsize=24)
def _content(file_id: int, _edition_sha256: str) -> bytes:
    """The bytes of a frozen file; they never change, so they are kept."""
    from lorbeer.shared.models import StoredFile

    return files.read(StoredFile.objects.select_related("blob").get(pk=file_id))


def _without(entry: dict[str, Any], revoked: set[tuple[str, str]]) -> dict[str, Any]:
    parts = {part for code, part in revoked if code == entry["code"]}
    if not entry["code"] or not parts:
        return entry
    if Release.Part.ENTRY in parts:
        return {"code": "", "group": entry["group"], "is_unlisted": True, "projects": []}
    hidden = set()
    if Release.Part.ABSTRACT in parts:
        hidden |= {"abstract"}
    if Release.Part.CONTACT in parts:
        hidden |= {"office", "street", "postcode", "town", "website"}
    if Release.Part.ANSWERS in parts:
        hidden |= {"answers"}
    return {key: value for key, value in entry.items() if key not in hidden}
