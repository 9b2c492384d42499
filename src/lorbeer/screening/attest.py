"""Sealed votes, decisions of the joint session and assignments against the log."""

from collections.abc import Iterator

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from lorbeer.screening.assignment import digest
from lorbeer.screening.models import AssignmentRun, JointSession, Proposal, SessionItem, Vote
from lorbeer.screening.queries import finding_of, sheet_of, with_sheets
from lorbeer.shared import log


def votes() -> Iterator[log.Fault]:
    """Every sheet is computed anew. Only digests are named: nobody learns from a fault what somebody voted."""
    said = {event.subject: {"sha256": event.detail.get("sha256")} for event in log.told("vote.seal")}
    for vote in with_sheets(Vote.objects.filter(sealed_at__isnull=False).order_by("pk")).iterator(500):
        facts = said.pop(vote.sheet_name, None)
        yield from log.compare("screening_vote", vote.sheet_name, facts, {"sha256": vote.sha256})
        if facts:
            name = _("SHA-256 of the sheet")
            yield from log.compare("screening_vote", vote.sheet_name, {name: facts.get("sha256")}, {name: digest(sheet_of(vote))})
    for code, facts in said.items():
        yield from log.compare("screening_vote", code, facts, None)


def findings() -> Iterator[log.Fault]:
    """What the joint session decided, and the minutes of it."""
    said = {(event.detail.get("session"), event.subject.removeprefix("entry:")): event.detail for event in log.told("session.decide")}
    proposals = Prefetch("proposals", Proposal.objects.select_related("group", "project"))
    items = SessionItem.objects.exclude(decided_at=None).select_related("session", "entry").prefetch_related(proposals)
    for item in items.order_by("pk").iterator(500):
        key = (item.session.code, item.entry.code)
        found = finding_of(item)
        yield from log.compare("screening_sessionitem", "/".join(key), said.pop(key, None), found | {"sha256": digest(found)})
    for key, facts in said.items():
        yield from log.compare("screening_sessionitem", "/".join(map(str, key)), facts, None)
    closed = {event.subject.removeprefix("session:"): event.detail for event in log.told("session.close")}
    for session in JointSession.objects.exclude(closed_at=None).order_by("pk"):
        found = {"minutes_sha256": session.minutes_sha256}
        yield from log.compare("screening_jointsession", session.code, closed.pop(session.code, None), found)
    for code, facts in closed.items():
        yield from log.compare("screening_jointsession", code, facts, None)


def assignments() -> Iterator[log.Fault]:
    said = {event.subject.removeprefix("assignment:"): event.detail for event in log.told("assignment.propose")}
    for run in AssignmentRun.objects.order_by("pk").iterator(20):
        found = {"seed": run.seed, "input_sha256": digest(run.input), "result_sha256": digest(run.result)}
        yield from log.compare("screening_assignmentrun", run.code, said.pop(run.code, None), found)
    for code, facts in said.items():
        yield from log.compare("screening_assignmentrun", code, facts, None)


for attestor in (votes, findings, assignments):
    log.attest("screening", attestor)
