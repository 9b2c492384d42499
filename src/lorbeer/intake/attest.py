"""Submissions against the log, and the digests of the log that their receipts printed."""

import hashlib
from collections.abc import Iterator

from django.utils.translation import gettext as _

from lorbeer.intake.models import Submission
from lorbeer.shared import log


def submissions() -> Iterator[log.Fault]:
    """Each document as it was received or, where the law took something out of it, as the erasure left it."""
    said, left = {}, {}
    for event in log.told("submission.accept", "data.erase"):
        if event.verb == "data.erase":
            left |= {(event.subject, one.get("sha256")): one.get("erased_sha256") for one in event.detail.get("documents", ())}
        else:
            said[event.subject, event.detail.get("number")] = event.detail
    rows = Submission.objects.select_related("entry", "arrival").order_by("pk").iterator(200)
    for row in rows:
        subject = f"entry:{row.entry.code}"
        facts = said.pop((subject, row.number), None)
        code = f"{row.entry.code}/{row.number}"
        yield from log.compare("intake_submission", code, facts, {
            "sha256": row.sha256, "receipt": row.receipt_number, "arrival": row.arrival.number, "channel": row.arrival.channel,
            "submitted_at": log.moment(row.submitted_at), "seal": row.log_digest,
        })
        if facts:
            document = left.get((subject, facts.get("sha256")), facts.get("sha256"))
            now = hashlib.sha256(row.document.encode()).hexdigest()
            name = _("SHA-256 of the document")
            yield from log.compare("intake_submission", code, {name: document}, {name: now})
    for (subject, number), facts in said.items():
        yield from log.compare("intake_submission", f"{subject.removeprefix('entry:')}/{number}", facts, None)


def printed() -> Iterator[tuple[str, str]]:
    rows = Submission.objects.exclude(log_digest="").order_by("pk").values_list("entry__code", "number", "log_digest")
    for code, number, digest in rows.iterator(2000):
        yield f"intake_submission {code}/{number}", digest


log.attest("intake", submissions)
log.witnessed(printed)
