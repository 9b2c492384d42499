"""Reading editions."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef

from lorbeer.call.models import Competition
from lorbeer.editions.dataset import withheld
from lorbeer.editions.models import Edition, Release
from lorbeer.entries.models import Entry
from lorbeer.shared import files

FIELDS: dict[str, frozenset[str]] = {
    Release.Part.ABSTRACT: frozenset({"abstract"}), Release.Part.ANSWERS: frozenset({"answers"}),
    Release.Part.CONTACT: frozenset({"office", "street", "postcode", "town", "website"}),
}

if TYPE_CHECKING:
    import duckdb


def published_edition(competition: Competition) -> Edition | None:
    """The edition that the public reads."""
    return competition.editions.filter(is_published=True).first()


def facts_of(edition: Edition) -> dict[str, Any]:
    """The facts of an edition, see editions/dataset.py; what has been revoked since is left out."""
    return without_closed(json.loads(_content(edition.facts_id, edition.sha256)), closed_parts(edition.competition_id))


def closed_parts(competition_id: int) -> frozenset[tuple[str, str]]:
    """(code of an entry, part) that may not be shown any more: revoked, or the whole entry made unlisted. Two queries."""
    released_again = Release.objects.filter(entry=OuterRef("entry"), part=OuterRef("part"), revoked_at=None)
    revoked = Release.objects.filter(entry__competition=competition_id, revoked_at__isnull=False).exclude(Exists(released_again))
    unlisted = Entry.objects.filter(competition=competition_id, is_unlisted=True).values_list("code", flat=True)
    return frozenset(revoked.values_list("entry__code", "part")) | {(code, Release.Part.ENTRY) for code in unlisted}


def without_closed(facts: dict[str, Any], closed: frozenset[tuple[str, str]]) -> dict[str, Any]:
    """`facts` without the parts of entries that are closed: entries, their awards and their portraits."""
    if not closed:
        return facts
    by_code: dict[str, set[str]] = {}
    for code, part in closed:
        by_code.setdefault(code, set()).add(part)
    return facts | {
        "entries": [_without(entry, by_code.get(entry["code"], set())) for entry in facts["entries"]],
        "awards": [
            _award_without(award) if Release.Part.ENTRY in by_code.get(award["entry"], ()) else award for award in facts["awards"]
        ],
        "portraits": [
            portrait | {"picture": None} if Release.Part.PICTURES in by_code.get(portrait["entry"], ()) else portrait
            for portrait in facts["portraits"] if Release.Part.ENTRY not in by_code.get(portrait["entry"], ())
        ],
    }


def frozen_facts_of(edition: Edition) -> dict[str, Any]:
    """The facts exactly as frozen: for figures that must never change, whatever is revoked or erased later."""
    return json.loads(_content(edition.facts_id, edition.sha256))


def codebook_of(edition: Edition) -> list[dict[str, Any]]:
    return json.loads(_content(edition.codebook_id, edition.sha256))


@contextmanager
def answers_of(edition: Edition) -> "Iterator[duckdb.DuckDBPyConnection]":
    """A connection in which the edition's answers are the table `answers`."""
    import duckdb  # takes half a second, only needed here

    with NamedTemporaryFile(suffix=".parquet") as file, duckdb.connect() as connection:
        Path(file.name).write_bytes(_content(edition.answers_id, edition.sha256))
        connection.execute(f"CREATE VIEW answers AS SELECT * FROM read_parquet('{file.name}')")  # noqa: S608 (our own temporary file)
        yield connection


@lru_cache(maxsize=24)
def _content(file_id: int, _edition_sha256: str) -> bytes:
    """The bytes of a frozen file; they never change, so they are kept."""
    from lorbeer.shared.models import StoredFile

    return files.read(StoredFile.objects.select_related("blob").get(pk=file_id))


def _award_without(award: dict[str, Any]) -> dict[str, Any]:
    """An award whose winner has taken the release back: group, prize and amount still count."""
    kept = {key: award[key] for key in ("group", "prize", "amount_cents")}
    return {key: "" if isinstance(value, str) else None for key, value in award.items()} | kept


def _without(entry: dict[str, Any], parts: set[str]) -> dict[str, Any]:
    if not entry["code"] or not parts:
        return entry
    if Release.Part.ENTRY in parts:
        return withheld(entry["group"], entry.get("round", 1))
    hidden = set().union(*(FIELDS.get(part, frozenset()) for part in parts))
    return {key: value for key, value in entry.items() if key not in hidden}
