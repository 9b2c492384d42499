"""The formal checks against the log, and what an admission froze: the entry's head and group."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from lorbeer.entries.models import Entry
from lorbeer.formal_check.models import Check
from lorbeer.shared import log


def facts_of(check: Check) -> dict[str, Any]:
    """The check as plain data, as it stands in the log; of reasons and notes only their hash."""
    return {
        "verdict": check.verdict, "clause": check.clause.code if check.clause else "", "group": check.group.code if check.group else "",
        "submission": check.submission.number, "at": log.moment(check.checked_at),
        "findings_sha256": log.digest({
            "reason": check.reason, "until": log.moment(check.complete_until) if check.complete_until else "",
            "points": sorted([one.point.code, one.fulfilled, one.note] for one in check.points.all()),
        }),
    }


def head_of(entry: Entry) -> str:
    """The hash of what lists, letters and the book say of the entry and its projects, and of the bodies
    and addresses by which somebody is biased.

    From its admission on nobody changes it; a later register gives a body another row and leaves its key.
    """
    return log.digest([entry.title, entry.applicant, entry.land_code, entry.group.code if entry.group else "", entry.is_unlisted,
                       entry.amount_cents, entry.legal_status, entry.population, [project.title for project in entry.projects.all()],
                       entry.municipality.key if entry.municipality else "", sorted(body.key for body in entry.partners.all()),
                       entry.address_key, entry.partner_keys])


def checks() -> Iterator[log.Fault]:
    said: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    heads: dict[tuple[str, str], str] = {}
    for event in log.told("check.record", "check.reopen", "data.erase"):
        key = (event.scope, event.subject.removeprefix("entry:"))
        if event.verb == "data.erase":                                  # it may have taken the applicant's name
            if key in heads:
                heads[key] = event.detail.get("head") or heads[key]
            continue
        facts = event.detail | {"by": event.actor}
        head = facts.pop("head", "")
        said[key].append(facts)
        if head:
            heads[key] = head
        elif event.verb == "check.reopen":
            heads.pop(key, None)
    found: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    rows = Check.objects.select_related("entry__competition", "clause", "group", "submission", "checked_by")
    for check in rows.prefetch_related("points__point").order_by("pk").iterator(500):
        by = {"by": check.checked_by.code if check.checked_by else ""}
        found[check.entry.competition.code, check.entry.code].append(facts_of(check) | by)
    for key in sorted(said.keys() | found.keys()):
        for place, (told, row) in enumerate(zip_longest(said[key], found[key]), start=1):
            yield from log.compare("formal_check_check", key[0], f"{key[1]}/{place}", told, row)
    rows_of = Entry.objects.select_related("competition", "group", "municipality").prefetch_related("projects", "partners")
    for entry in rows_of.order_by("pk").iterator(2000):
        key = (entry.competition.code, entry.code)
        if key in heads:
            told, row = {"head_sha256": heads[key]}, {"head_sha256": head_of(entry)}
            yield from log.compare("entries_entry", key[0], entry.code, told, row)


log.attest("formal_check", checks)
