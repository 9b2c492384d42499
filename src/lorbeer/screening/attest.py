"""Sealed votes, decisions and minutes of the joint session, released opinions and assignments against the log."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from lorbeer.screening.assignment import digest
from lorbeer.screening.models import AssignmentRun, ExpertOpinion, JointSession, Proposal, SessionItem, Vote
from lorbeer.screening.queries import finding_of, sheet_of, text_digest, with_sheets
from lorbeer.shared import files, log


def votes() -> Iterator[log.Fault]:
    """Every sheet is computed anew. Only digests are named: nobody learns from a fault what somebody voted."""
    said = {(event.scope, event.subject): {"sha256": event.detail.get("sha256")} for event in log.told("vote.seal")}
    for vote in with_sheets(Vote.objects.filter(sealed_at__isnull=False).order_by("pk")).iterator(500):
        scope = vote.entry.competition.code
        facts = said.pop((scope, vote.sheet_name), None)
        yield from log.compare("screening_vote", scope, vote.sheet_name, facts, {"sha256": vote.sha256})
        if facts:
            name = _("SHA-256 of the sheet")
            yield from log.compare("screening_vote", scope, vote.sheet_name, {name: facts.get("sha256")}, {name: digest(sheet_of(vote))})
    for (scope, sheet), facts in said.items():
        yield from log.compare("screening_vote", scope, sheet, facts, None)


def findings() -> Iterator[log.Fault]:
    """What the joint session decided."""
    said = {(event.scope, event.detail.get("session"), event.subject.removeprefix("entry:")): event.detail
            for event in log.told("session.decide")}
    proposals = Prefetch("proposals", Proposal.objects.select_related("group", "project"))
    items = SessionItem.objects.exclude(decided_at=None).select_related("session__competition", "entry").prefetch_related(proposals, "deciders")
    for item in items.order_by("pk").iterator(500):
        key = (item.session.competition.code, item.session.code, item.entry.code)
        found = finding_of(item)
        yield from log.compare("screening_sessionitem", key[0], "/".join(key[1:]), said.pop(key, None), found | {"sha256": digest(found)})
    for key, facts in said.items():
        yield from log.compare("screening_sessionitem", key[0], "/".join(map(str, key[1:])), facts, None)
    stray = Proposal.objects.filter(item=None).order_by("pk").values_list("entry__competition__code", "entry__code")
    for scope, code in stray:
        yield from log.compare("screening_proposal", scope, code, None, {})


def minutes() -> Iterator[log.Fault]:
    """The minutes' checksum, the file that the session points to, and its bytes."""
    closed = {(event.scope, event.subject.removeprefix("session:")): event.detail for event in log.told("session.close")}
    sessions = JointSession.objects.exclude(closed_at=None).select_related("competition", "minutes")
    for session in sessions.order_by("pk"):
        key = (session.competition.code, session.code)
        facts = closed.pop(key, None)
        name = _("SHA-256 of the file")
        told = facts and facts | {name: facts.get("minutes_sha256")}
        found = {"minutes_sha256": session.minutes_sha256, name: session.minutes.blob_id if session.minutes else ""}
        yield from log.compare("screening_jointsession", *key, told, found)
        if session.minutes:
            yield from files.compare_bytes("screening_jointsession", *key, session.minutes)
    for key, facts in closed.items():
        yield from log.compare("screening_jointsession", *key, facts, None)


def sessions() -> Iterator[log.Fault]:
    """On which day each session is held, who chaired it, and who was there from when to when, and so saw the votes of others."""
    said: dict[tuple[str, str], dict[str, Any]] = {}
    for event in log.told("session.plan", "session.move", "session.open"):
        key = (event.scope, event.subject.removeprefix("session:"))
        if event.verb == "session.plan":
            said[key] = {"held_on": event.detail.get("held_on"), "chair": "", "stays": []}
        elif key in said and event.verb == "session.move":
            said[key]["held_on"] = event.detail.get("held_on")
        elif key in said:
            said[key]["held_on"] = event.detail.get("held_on")
            said[key]["chair"], present, at = event.detail.get("chair"), event.detail.get("present", []), event.detail.get("at")
            for stay in said[key]["stays"]:
                if not stay[2] and stay[0] not in present:
                    stay[2] = at
            here = {stay[0] for stay in said[key]["stays"] if not stay[2]}
            said[key]["stays"] += [[code, at, ""] for code in present if code not in here]
    for session in JointSession.objects.select_related("competition", "chaired_by").prefetch_related("stays__person").order_by("pk"):
        key = (session.competition.code, session.code)
        facts = said.pop(key, None)
        yield from log.compare("screening_jointsession", *key, facts and {name: facts[name] for name in ("held_on", "chair")}, {
            "held_on": session.held_on.isoformat(), "chair": session.chaired_by.code if session.chaired_by else "",
        })
        if facts:
            stays = sorted([one.person.code, log.moment(one.came_at), log.moment(one.left_at) if one.left_at else ""]
                           for one in session.stays.all())
            yield from log.compare("screening_attendance", *key, {"stays": sorted(facts["stays"])}, {"stays": stays})
    for key, facts in said.items():
        yield from log.compare("screening_jointsession", *key, facts, None)


def opinions() -> Iterator[log.Fault]:
    """What the second reader released to the jury."""
    said = {(event.scope, event.detail.get("opinion")): {"sha256": event.detail.get("sha256")} for event in log.told("opinion.release")}
    rows = ExpertOpinion.objects.filter(state=ExpertOpinion.State.RELEASED).select_related("proposal__entry__competition")
    for opinion in rows.order_by("pk").iterator(500):
        entry = opinion.proposal.entry
        facts = said.pop((entry.competition.code, opinion.pk), None)
        yield from log.compare("screening_expertopinion", entry.competition.code, entry.code, facts, {"sha256": text_digest(opinion)})
    for (scope, pk), facts in said.items():
        yield from log.compare("screening_expertopinion", scope, str(pk), facts, None)


def places() -> Iterator[log.Fault]:
    """Since when each place is given: it decides who may take the one beside it."""
    said, given = {}, defaultdict(set)
    for event in log.told("assignment.fill", "assignment.change", "assignment.accept"):
        if event.verb == "assignment.accept":
            given[event.scope].add(event.detail.get("at"))
        else:
            said[event.subject] = event.detail.get("at")
    rows = Vote.objects.order_by("pk").values_list("entry__competition__code", "code", "assigned_at")
    for scope, code, assigned_at in rows.iterator(2000):
        at, by_hand = log.moment(assigned_at), said.get(f"vote:{code}")
        if by_hand or given[scope]:                                     # accepted together, all have the same
            told = by_hand or (at if at in given[scope] else sorted(given[scope])[-1])
            yield from log.compare("screening_vote", scope, code, {"assigned_at": told}, {"assigned_at": at})


def assignments() -> Iterator[log.Fault]:
    said = {(event.scope, event.subject.removeprefix("assignment:")): event.detail
            for event in log.told("assignment.propose", "assignment.adjust")}
    for run in AssignmentRun.objects.select_related("competition").order_by("pk").iterator(20):
        found = {"seed": run.seed, "input_sha256": digest(run.input), "result_sha256": digest(run.result)}
        key = (run.competition.code, run.code)
        yield from log.compare("screening_assignmentrun", *key, said.pop(key, None), found)
    for key, facts in said.items():
        yield from log.compare("screening_assignmentrun", *key, facts, None)


for attestor in (votes, places, findings, sessions, minutes, opinions, assignments):
    log.attest("screening", attestor)
