"""Freezing a dataset, and what an applicant releases for it."""

import json
import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from lorbeer.awards.models import Announcement
from lorbeer.awards.services import at_announcement
from lorbeer.call.models import Competition
from lorbeer.editions import columns, hooks, letters, rules
from lorbeer.editions.attest import facts_of
from lorbeer.editions.dataset import Dataset, collect
from lorbeer.editions.fields import closed_fields, fields_of, open_parts, with_telling
from lorbeer.editions.models import Edition, Release, field_of, part_of
from lorbeer.editions.queries import consented_parts, parts_for_office, taken_back, waiting_for_release
from lorbeer.entries.models import Entry
from lorbeer.intake.queries import accepted_documents, document_or_none
from lorbeer.people.models import Person
from lorbeer.questionnaire.frozen import Document
from lorbeer.shared import clock, files, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.verdicts import require


@transaction.atomic
def freeze(competition: Competition, *, by: Person | None, note: str = "") -> Edition:
    """Freeze the dataset as it stands now into the next edition; the same content again is the same edition."""
    Competition.objects.select_for_update().get(pk=competition.pk)
    dataset = collect(competition)
    newest = competition.editions.first()
    if newest and newest.sha256 == dataset.sha256:
        return newest
    number = (competition.editions.aggregate(highest=Max("number"))["highest"] or 0) + 1
    facts: dict[str, Any] = {"scope": competition.code, "stored_by": by, "subject": f"edition:{number}"}
    name = f"{competition.code}-{number}"
    edition = Edition.objects.create(
        competition=competition, number=number, frozen_by=by, sha256=dataset.sha256, note=note,
        answers=files.store(parquet(dataset), name=f"{name}.parquet", media_type="application/vnd.apache.parquet", **facts),
        codebook=files.store(_json(dataset.variables), name=f"{name}-codebook.json", media_type="application/json", **facts),
        facts=files.store(_json(dataset.facts), name=f"{name}.json", media_type="application/json", **facts),
    )
    log.record("edition.freeze", subject=f"edition:{number}", scope=competition.code, actor=by, rows=len(dataset.rows),
               **facts_of(edition))
    return edition


@transaction.atomic
def publish(edition: Edition, *, by: Person | None) -> Edition:
    """Let the public read this edition from now on, in place of the former one."""
    edition.refresh_from_db(fields=["published_at"])
    edition.competition.editions.filter(is_published=True).update(is_published=False)
    edition.is_published, edition.published_at = True, edition.published_at or clock.now()
    edition.save(update_fields=["is_published", "published_at"])
    log.record("edition.publish", subject=f"edition:{edition.number}", scope=edition.competition.code, actor=by,
               first_at=log.moment(edition.published_at))
    hooks.on_publish.tell(edition)
    return edition


def parquet(dataset: Dataset) -> bytes:
    """The rows as a Parquet file: a column per variable, and its state (0 answered … 3 not asked) beside it."""
    names = list(dataset.rows[0]) if dataset.rows else ["group"]
    with tempfile.TemporaryDirectory() as folder, columns.connect() as connection:
        source, target = Path(folder, "rows.json"), Path(folder, "rows.parquet")
        source.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in dataset.rows), "utf-8")
        kinds = {name: _column_type(dataset.rows, name) for name in names}
        described = ", ".join(f"'{name}': '{kind}'" for name, kind in kinds.items())
        connection.execute(
            f"COPY (SELECT * FROM read_json('{source}', format = 'newline_delimited', columns = {{{described}}}))"  # noqa: S608
            f" TO '{target}' (FORMAT parquet)"
        )
        return target.read_bytes()


def _column_type(rows: list[dict[str, Any]], name: str) -> str:
    values = {type(row[name]) for row in rows if row[name] is not None}
    return "BIGINT" if values and values <= {int} else "VARCHAR"


def _json(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=1).encode()


@transaction.atomic
def release(entry: Entry, names: Iterable[str], *, by: Person | None, written_consent: str = "") -> None:
    """Open these parts of an entry to the public, and fields that were closed by themselves. `written_consent`: who agreed outside the
    house, and when."""
    now = clock.now()
    releases = list(entry.releases.all())
    opened, closed = open_parts(releases), closed_fields(releases)
    for name in names:
        part, field = part_of(name), field_of(name)
        if part not in Release.Part.values:
            raise Refused(_("“%(part)s” cannot be released.") % {"part": name})
        if name in closed if field else name not in opened:
            Release.objects.create(
                entry=entry, part=part, field=field, released_at=now, released_by=by, written_consent=written_consent)
            log.record("entry.release", subject=f"entry:{entry.code}", scope=entry.competition.code, actor=by, **told(name),
                       at=log.moment(now), **({"consent_sha256": log.digest(written_consent)} if written_consent else {}))
    hooks.on_change.tell(entry)


@transaction.atomic
def revoke(entry: Entry, names: Iterable[str], *, by: Person | None) -> None:
    """Take a release back: pages show the part no longer from this moment on; printed books stay what they are. A field is closed by
    itself then, and stays so when its part opens."""
    now = clock.now()
    releases = list(entry.releases.all())
    opened, closed = {one.name: one for one in releases if one.revoked_at is None}, closed_fields(releases)
    for name in sorted(set(names)):
        if one := opened.get(name):
            one.revoked_at, one.revoked_by = now, by
            one.save(update_fields=["revoked_at", "revoked_by"])
        elif field_of(name) and name not in closed:
            Release.objects.create(entry=entry, part=part_of(name), field=field_of(name), released_at=now, revoked_at=now, revoked_by=by)
        else:
            continue
        log.record("entry.revoke", subject=f"entry:{entry.code}", scope=entry.competition.code, actor=by, **told(name), at=log.moment(now))
    hooks.on_change.tell(entry)


def told(name: str) -> dict[str, str]:
    """A part, or a field of it, as it stands in the log."""
    return {"part": part_of(name)} | ({"field": field} if (field := field_of(name)) else {})


@transaction.atomic
def change(entry: Entry, to_open: Collection[str], to_close: Collection[str], *, by: Person, written_consent: str = "",
           ) -> tuple[list[str], list[str]]:
    """Open and close parts and fields of one entry, by those who work on it or by the office; what was opened and closed.

    With a field go the answers that would tell of it, with the entry itself all its parts; what is not known to the entry form is left
    aside. The office opens what the entry form consents to and nobody has taken back; for everything else it names the written consent
    of the applicant. What it opens or closes is told to those who work on the entry. Raises Refused, BadInput.
    """
    entry = Entry.objects.select_for_update(of=("self",)).select_related("competition").get(pk=entry.pk)
    document = document_or_none(entry)
    releases = list(entry.releases.all())
    parts = open_parts(releases)
    if Release.Part.ENTRY in to_close:
        to_close = {*to_close, *parts}
    to_open, to_close = _with_fields(document, releases, to_open, to_close)
    if any(not field_of(name) for name in to_open) and Release.Part.ENTRY not in parts.union(to_open).difference(to_close):
        raise Refused(_("The entry itself has been taken back meanwhile, so nothing of it was opened. Open the page of the publication anew,"
                        " and choose there."))
    by_office = not rules.is_contributor(by, entry)
    if to_open:
        require(rules.can_release(by, entry))
        if by_office and set(to_open) - parts_for_office(entry, document) and not written_consent:
            raise BadInput(_("The applicant did not agree to this in the entry form, or has taken it back. Only they can release it, or"
                             " the office with their written consent: note here who agreed, and when."), where="written_consent")
        release(entry, to_open, by=by, written_consent=written_consent)
    if to_close:
        require(rules.can_revoke(by, entry))
        revoke(entry, to_close, by=by)
    if by_office:
        letters.tell(entry, to_open, to_close, document, written_consent)
    return to_open, to_close


def _with_fields(document: Document | None, releases: list[Release], to_open: Collection[str], to_close: Collection[str],
                 ) -> tuple[list[str], list[str]]:
    """What there is to open and to close when the answers that tell of others go with them, in the order of the form."""
    known = fields_of(document)
    parts, closed = open_parts(releases), closed_fields(releases)
    wanted = closed - set(to_open) | (set(to_close) & known.keys())
    if document and wanted:
        # What was never answered is on no page to be opened: it was closed for the sake of another one, and opens with it.
        opening = with_telling(set(to_open) & closed, document.form)
        wanted = with_telling({name for name in wanted if name in to_close or name not in opening or name not in known or known[name].value},
                              document.form)
    opened = [name for name in Release.Part.values if name in to_open and name not in parts]
    opened += [name for name in known if name in closed - wanted]
    gone = [name for name in Release.Part.values if name in to_close and name in parts]
    gone += [name for name in known if name in wanted - closed]
    return opened, gone


@transaction.atomic
def release_as_consented(entries: Iterable[Entry], *, by: Person | None) -> int:
    """Release what the applicants agreed to in their entry forms; the number of entries released.

    What somebody has taken back since stays closed, and an entry that is not listed stays so.
    """
    entries = [entry for entry in entries if not entry.is_unlisted]
    documents = accepted_documents(entries)
    closed = taken_back(entries)
    count = 0
    for entry in entries:
        parts = [part for part in consented_parts(documents.get(entry.pk)) if part not in closed.get(entry.pk, ())]
        if Release.Part.ENTRY in parts:
            release(entry, parts, by=by)
            count += 1
    return count


@at_announcement
def release_announced(announcement: Announcement) -> None:
    """With its announcement, the entries of a round open as far as their applicants agreed."""
    waiting = waiting_for_release(announcement.competition, announcement.round)
    release_as_consented(waiting, by=announcement.decided_by)


@transaction.atomic
def withdraw_consent(entry: Entry, *, by: Person | None) -> None:
    """The applicant no longer agrees to what the entry form says: nothing opens with the announcement, what is open closes."""
    now = clock.now()
    revoke(entry, list(Release.Part.values), by=by)
    never_opened = sorted(set(Release.Part.values) - set(entry.releases.filter(field="").values_list("part", flat=True)))
    for part in never_opened:
        Release.objects.create(entry=entry, part=part, released_at=now, revoked_at=now, revoked_by=by)
    log.record("entry.consent_withdraw", subject=f"entry:{entry.code}", scope=entry.competition.code, actor=by, parts=never_opened,
               at=log.moment(now))
