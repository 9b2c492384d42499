"""Payments and proofs of use against the log."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from lorbeer.follow_up.models import Payment, ProofOfUse
from lorbeer.shared import log

State = ProofOfUse.State
LEFT_BY = {"proof.send": State.SENT, "proof.return": State.RETURNED, "proof.accept": State.ACCEPTED, "proof.reopen": State.SENT}


def facts_of(payment: Payment) -> dict[str, Any]:
    """What was paid when; of the note only its hash."""
    return {"cents": payment.amount_cents, "paid_on": payment.paid_on.isoformat(),
            "note_sha256": log.digest(payment.note) if payment.note else ""}


def report_of(proof: ProofOfUse) -> dict[str, Any]:
    """What was reported, with how many files; of the text only its hash."""
    return {"cents": proof.spent_cents, "report_sha256": log.digest(proof.report), "files": proof.documents}


def payments() -> Iterator[log.Fault]:
    said: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for event in log.told("payment.record", "payment.cancel"):
        said[event.scope, event.detail.get("award", "")].append(event.detail | {"by": event.actor})
    found: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for payment in Payment.objects.select_related("award__competition", "recorded_by").order_by("pk").iterator(500):
        by = {"by": payment.recorded_by.code if payment.recorded_by else ""}
        found[payment.award.competition.code, payment.award.code].append(facts_of(payment) | by)
    for key in sorted(said.keys() | found.keys()):
        for place, (told, row) in enumerate(zip_longest(said[key], found[key]), start=1):
            yield from log.compare("follow_up_payment", key[0], f"{key[1]}/{place}", told, row)


def proofs() -> Iterator[log.Fault]:
    said: dict[tuple[str, str], dict[str, Any]] = {}
    for event in log.told(*LEFT_BY):
        facts = said.setdefault((event.scope, event.detail.get("award", "")), {})
        facts |= {"state": LEFT_BY[event.verb]} | ({name: event.detail.get(name) for name in ("cents", "report_sha256", "files")}
                                                   if event.verb == "proof.send" else {})
    for proof in ProofOfUse.objects.select_related("award__competition").order_by("pk").iterator(500):
        key = (proof.award.competition.code, proof.award.code)
        told = said.pop(key, {"state": State.OPEN})
        yield from log.compare("follow_up_proofofuse", key[0], key[1], told, report_of(proof) | {"state": proof.state})
    for key, facts in said.items():
        yield from log.compare("follow_up_proofofuse", key[0], key[1], facts, None)


for attestor in (payments, proofs):
    log.attest("follow_up", attestor)
