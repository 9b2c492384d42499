"""The search index: built when an edition is published, mended when an entry releases or takes back something."""

from typing import Any

from django.db import transaction

from lorbeer.catalogue.models import SearchText
from lorbeer.catalogue.search import shadow
from lorbeer.editions.models import Edition
from lorbeer.editions.queries import facts_of, published_edition
from lorbeer.entries.models import Entry
from lorbeer.shared.lands import land_name


@transaction.atomic
def build_index(edition: Edition) -> int:
    """Index all released entries of `edition`, and forget those of former editions; the number of entries indexed."""
    SearchText.objects.filter(edition__competition=edition.competition_id).delete()
    return _add(edition, facts_of(edition))


@transaction.atomic
def index_entry(entry: Entry) -> None:
    """Index one entry anew in the published edition: what it took back is found no more from this moment on."""
    edition = published_edition(entry.competition)
    if edition is None:
        return
    SearchText.objects.filter(edition=edition, entry=entry).delete()
    _add(edition, facts_of(edition), only=entry.code)


def _add(edition: Edition, facts: dict[str, Any], only: str = "") -> int:
    listed = [one for one in facts["entries"] if one["code"] and only in ("", one["code"])]
    ids = dict(Entry.objects.filter(competition=edition.competition_id).values_list("code", "pk")) if listed else {}
    portraits: dict[str, list[str]] = {}
    for one in facts["portraits"]:
        if one["approved"]:
            portraits.setdefault(one["entry"], []).extend([one["description"], one["reasons"]])
    rows = [
        SearchText(edition=edition, entry_id=ids[one["code"]], title=shadow(f"{one['title']} {one['applicant']}"),
                   text=shadow(" ".join(_texts(one, portraits.get(one["code"], [])))))
        for one in listed if one["code"] in ids
    ]
    SearchText.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def _texts(entry: dict[str, Any], more: list[str]) -> list[str]:
    return [
        entry["title"], entry["applicant"], entry["municipality"], entry["reference"], entry["code"], land_name(entry["land"]),
        *entry["projects"], entry.get("abstract", ""), entry.get("town", ""), entry.get("office", ""), *more,
    ]
