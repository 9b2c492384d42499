"""The log for those who check: is it whole, what does it say, and the evidence of one entry's decision to take away.

The evidence is a zip that can be read without Lorbeer: `index.html` for people, JSON for machines, minutes as PDF, and
`verify.py` (nothing but Python) that computes every seal and every checksum anew and plays what is stated again from the log.
"""

import hashlib
import html
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.cache import cache
from django.db import models
from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from lorbeer.awards.queries import facts_of as award_facts
from lorbeer.call.models import Competition
from lorbeer.entries import embargo
from lorbeer.entries.history import LABELS
from lorbeer.entries.models import Entry, State
from lorbeer.follow_up import words
from lorbeer.follow_up.attest import facts_of as payment_facts
from lorbeer.follow_up.verbs import title_of
from lorbeer.formal_check.models import Check
from lorbeer.intake.queries import arrivals_of_entry
from lorbeer.jury.models import Item, Meeting, Poll, Reopening
from lorbeer.jury.queries import GROUP_MODES, decision_of, reopening_of, unclosed_polls, votes_in
from lorbeer.people.models import Person
from lorbeer.screening import queries as screening
from lorbeer.screening.models import Proposal, SessionItem, Vote
from lorbeer.screening.queries import finding_of, options_of, sheet_of, with_sheets
from lorbeer.screening.rules import votes_readable_by
from lorbeer.shared import clock, files, log, proof
from lorbeer.shared.models import LogEvent, LogSeal, StoredFile
from lorbeer.shared.money import format_euro
from lorbeer.shared.templatetags.formats import moment, moment_exact, number, time_of_day

PROGRAMS = {"verify.py": "verify_entry.py", "sealed.py": "sealed.py"}     # in an entry's evidence: from the folder evidence/
OPERATOR = "system:audit_export"
KEPT_SECONDS = 60
CACHE_KEY = "follow_up.audit.standing"


# --- is it whole ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """How the log stands, for a page: a sentence, what it rests on, and the newest seal."""

    title: str
    text: str
    tone: str
    newest: str = ""

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()


def standing(competition: Competition, *, counted: bool = True) -> Standing:
    """`verified up to 14:03, no gap`: by the last walk along the whole, and a look at what came since; see shared/proof.py.

    The look is taken anew after a minute at the earliest. `counted`: say how many events there are, and the newest digest; for a reader
    from whom some are kept both would tell of them. The chain is one for all competitions. What is wrong with another one is not told
    here, only that something is.
    """
    key = f"{CACHE_KEY}.{get_language()}"
    found: proof.Look | None = cache.get(key)
    if found is None:
        found = proof.look()
        cache.set(key, found, KEPT_SECONDS)
    newest, last = found.newest, found.proof
    elsewhere = _("It is about something outside this competition. Whoever runs this installation sees what, with “lorbeer audit verify”.")
    broken = ([] if found.report else [(found.report.scope, str(found.report))]) + (last.chain if last else [])
    differing = last.tables if last else []
    here = [text for scope, text in differing if scope == competition.code]
    if broken:
        scope, text = broken[0]
        text = text if scope in (None, competition.code) else elsewhere
        return Standing(_("The log is not as it was sealed."), "\n".join([text, *here]), "danger", newest)
    if differing:
        return Standing(_("The log is whole, but not everything is as it says."), "\n".join(here) or elsewhere, "danger", newest)
    if found.unprotected:
        return Standing(_("The log is whole, but not protected."), "\n".join(found.unprotected), "danger", newest)
    title, tone = _("Verified up to %(time)s, no gap.") % {"time": time_of_day(found.at)}, "success"
    if last is None:
        title, tone = _("The log has not been verified as a whole yet."), "warning"
    elif last.is_stale:
        title, tone = _("The log has not been verified as a whole for too long."), "warning"
    return Standing(title, "\n".join(_grounds(found, counted=counted)), tone, newest if counted else "")


def _grounds(found: proof.Look, *, counted: bool) -> Iterator[str]:
    """What the sentence rests on: who walked when, what has been looked at since, and when older changes are found."""
    last = found.proof
    if counted:
        yield _("%(seals)s events are chained, %(waiting)s wait for their seal. Newest seal: %(newest)s") % {
            "seals": number(found.report.seals + found.left), "waiting": number(found.report.waiting), "newest": found.newest or "–",
        }
    else:
        yield _("How long the whole log is, and the seals of its events, are not shown to you while there are votes or results that you must"
                " not know yet. Below stand, and are counted, the events that you may know.")
    if last is None:
        yield _("No walk along the whole log and the tables is on record. The worker begins one by itself; “lorbeer audit verify” does it at"
                " once.")
        return
    walked = {"moment": moment(last.ended), "next": moment(last.next_at)}
    if last.by == "worker":
        yield _("Lorbeer itself has verified the whole log, and compared the tables with it, on %(moment)s.") % walked
    else:
        yield _("Whoever runs this installation has verified the whole log, and compared the tables with it, on %(moment)s.") % walked
    if not counted:
        yield _("What was sealed since has been verified just now.")
    elif found.left:
        yield _("Of what was sealed since, %(looked)s events have been verified just now; %(left)s newer ones wait for the next walk.") % {
            "looked": number(found.looked), "left": number(found.left)}
    else:
        yield _("What was sealed since (events: %(looked)s) has been verified just now.") % {"looked": number(found.looked)}
    if last.is_stale:
        yield _("The next walk was due on %(next)s. Whoever runs this installation should see whether its worker runs, and verify the log with"
                " “lorbeer audit verify”.") % walked
    else:
        text = _("If somebody altered something older since then, the next walk finds it, about %(next)s, or “lorbeer audit verify” at once.")
        yield text % walked


def counts(person: Person, competition: Competition) -> dict[str, int]:
    """How many events there are that the reader may know of."""
    events = events_for(person, competition).order_by()
    return {
        "events": events.count(), "week": events.filter(at__gte=clock.now() - timedelta(days=7)).count(),
        "entries": events.filter(subject__startswith="entry:").values("subject").distinct().count(),
    }


# --- searching --------------------------------------------------------------------------------------------------------


def events_for(person: Person, competition: Competition) -> "QuerySet[LogEvent]":
    """The log of a competition, the newest first; without what the reader must not know yet, and without votes in ballots of the jury
    that were not closed, which nobody reads."""
    events = LogEvent.objects.filter(scope=competition.code).select_related("seal", "reason").order_by("-pk")
    events = events.exclude(votes_in(unclosed_polls(competition)))
    return _without_secrets(events, person, competition)


def _without_secrets(events: "QuerySet[LogEvent]", person: Person, competition: Competition) -> "QuerySet[LogEvent]":
    """`events` without what others did with votes while the reader judges here, and without results that bias keeps from them."""
    return log_without_kept(screening.log_without_sealed(events, person, competition), person, competition)


TELL_NO_RESULT = ("jury.plan", "jury.move", "jury.agenda", "jury.declare", "jury.note_declaration", "jury.correct_declaration", "jury.open",
                  "jury.arrive")


def meetings_with_kept(person: Person, competition: Competition) -> dict[Meeting, set[int]]:
    """The jury's meetings that were opened, with the ids of those entries on their agenda whose results are kept from `person`."""
    kept = embargo.kept_in(person, competition)
    found: dict[Meeting, set[int]] = {}
    on_agenda = Item.objects.filter(entry__in=kept, meeting__opened_at__isnull=False).select_related("meeting") if kept else ()
    for item in on_agenda:
        found.setdefault(item.meeting, set()).add(item.entry_id)
    return found


def leaves_out(person: Person, competition: Competition) -> bool:
    """Whether anything is left out of the log for this reader; then the gaps in a gapless number would tell of it."""
    return screening.leaves_out(person, competition) or bool(meetings_with_kept(person, competition))


def log_without_kept(events: "QuerySet[LogEvent]", person: Person, competition: Competition) -> "QuerySet[LogEvent]":
    """`events` without what tells the result of an entry for which `person` is biased, until it is announced.

    Of the entry that is all since its jury's meeting was opened; of the meeting, its round's results and what is printed, sent and
    signed of them, all that sums up or counts; of other entries only their places in a ballot on the same group.
    """
    for meeting, entries in meetings_with_kept(person, competition).items():
        own = {f"entry:{code}" for code in Entry.objects.filter(pk__in=entries).values_list("code", flat=True)}
        groups = meeting.items.filter(entry__in=entries).values("group")
        beside = {f"entry:{code}" for code in meeting.items.filter(group__in=groups).values_list("entry__code", flat=True)}
        events = events.exclude(
            Q(subject__in=own, at__gte=meeting.opened_at)
            | (Q(subject=f"meeting:{meeting.code}") & ~Q(verb__in=TELL_NO_RESULT))
            | Q(subject=f"results:{meeting.round}")
            | Q(subject__in=beside, verb="jury.decide", detail__mode__in=GROUP_MODES)
            | Q(subject__in=beside, verb="jury.reopen", detail__before__mode__in=GROUP_MODES)
        )
    return events


def about_entry(person: Person, entry: Entry) -> Q:
    """The condition "the event is about this entry": itself, its arrivals, meetings, and its votes once they are open."""
    subjects = [f"entry:{entry.code}"]
    subjects += [f"arrival:{number}" for number in arrivals_of_entry(entry)]
    votes = votes_readable_by(person, entry.competition).filter(entry=entry, sealed_at__isnull=False)
    subjects += [subject for vote in votes for subject in (f"vote:{vote.code}", vote.sheet_name)]
    subjects += [f"session:{code}" for code in set(entry.session_items.values_list("session__code", flat=True))]
    subjects += [f"meeting:{code}" for code in set(entry.jury_items.values_list("meeting__code", flat=True))]
    return Q(subject__in=subjects)


# --- the evidence of one decision -------------------------------------------------------------------------------------


def evidence(person: Person, entry: Entry) -> bytes:
    """Everything on record about the decision on `entry` that `person` may read, as a zip. Notes the export in the log.

    Votes are in it once all seats of the entry are sealed, and not where the reader is biased.
    """
    content, _seal = _taken(person, entry)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(f"{entry.code}/{name}", data)
    return packed.getvalue()


def write_evidence(entry: Entry, folder: Any) -> tuple[list[str], LogSeal]:
    """The same files into a folder, for the operator's command, who reads as the auditor does; the names written, and the seal of the event
    that holds what was taken away."""
    content, seal = _taken(None, entry)
    for name, data in content.items():
        path = folder / entry.code / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return list(content), seal


def files_of(entry: Entry, until: LogSeal | None = None) -> dict[str, bytes]:
    """Name → content of the entry's evidence as a part of a whole competition's, which holds their hashes; events after `until` without
    their numbers."""
    content, facts = _files(None, entry, until)
    return content | {"evidence.json": _json(facts | {"taken": None})}


def _taken(person: Person | None, entry: Entry) -> tuple[dict[str, bytes], LogSeal]:
    """Name → content, and the seal of the event that it was taken away: its digest of all facts, and through them of all files, stands
    in the log, so that nothing of it can be changed afterwards unseen."""
    log.seal_log()
    content, facts = _files(person, entry)
    taken = log.record("evidence.export", subject=f"entry:{entry.code}", scope=entry.competition.code, actor=person or OPERATOR,
                       files=len(content) + 1, facts_sha256=log.digest(facts))
    log.seal_log()
    line = log_lines([LogEvent.objects.select_related("seal").get(pk=taken.pk)])[0]
    del line["reason"]
    return content | {"evidence.json": _json(facts | {"taken": line})}, LogSeal.objects.get(event=taken.pk)


def _json(facts: dict[str, Any]) -> bytes:
    return json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _files(person: Person | None, entry: Entry, until: LogSeal | None = None) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Name → content of all files but evidence.json, and the facts that it holds."""
    facts: dict[str, Any] = {
        "entry": {
            "code": entry.code, "reference": entry.reference, "title": entry.title, "applicant": entry.applicant,
            "round": entry.round, "state": entry.state, "group": entry.group.code if entry.group else "",
            "group_label": str(entry.group or ""), "competition": entry.competition.code,
        },
        "made_at": log.moment(clock.now()), "made_by": person.code if person else OPERATOR,
        "history": _history(entry), "submissions": _submissions(entry), "checks": _checks(entry), "votes": _votes(person, entry),
        "session": _session(entry), "jury": _jury(entry), "awards": _awards(entry),
    }
    content: dict[str, bytes] = {}
    for submission in entry.submissions.order_by("number"):
        content[f"submissions/{submission.number}.json"] = submission.document.encode()
    for name, stored in _minutes(person, entry):
        content[f"minutes/{name}"] = files.read(stored)
    polls = list(unclosed_polls(entry.competition).filter(meeting__in=entry.jury_items.values("meeting")))
    condition = about_entry(person, entry) if person else Q(subject=f"entry:{entry.code}") | _subjects_for_operator(entry)
    events = LogEvent.objects.filter(scope=entry.competition.code).filter(condition).select_related("seal", "reason").order_by("pk")
    facts["left_out"] = left_out(polls, events)
    events = events.exclude(votes_in(polls))
    if person:
        events = _without_secrets(events, person, entry.competition)
    facts["later"] = [] if until is None else later_lines(events.filter(seal__number__gt=until.number))
    facts["log"] = log_lines(list(events if until is None else events.filter(seal__number__lte=until.number)))
    for name, program in PROGRAMS.items():
        content[name] = program_named(program)
    facts["files"] = {name: hashlib.sha256(data).hexdigest() for name, data in content.items()}
    with timezone.override(entry.competition.time_zone):
        content["index.html"] = _page(entry, facts).encode()
    facts["files"]["index.html"] = hashlib.sha256(content["index.html"]).hexdigest()
    return content, facts


def program_named(name: str) -> bytes:
    """A program that goes with evidence."""
    return (Path(__file__).parent / "evidence" / name).read_bytes()


def _subjects_for_operator(entry: Entry) -> Q:
    """As `about_entry`, for a reader without an account: votes only of sealed pairs."""
    subjects = [subject for vote in _sealed_votes(entry) for subject in (f"vote:{vote.code}", vote.sheet_name)]
    subjects += [f"arrival:{number}" for number in arrivals_of_entry(entry)]
    subjects += [f"session:{code}" for code in set(entry.session_items.values_list("session__code", flat=True))]
    subjects += [f"meeting:{code}" for code in set(entry.jury_items.values_list("meeting__code", flat=True))]
    return Q(subject__in=subjects)


def _by(person: Person | None) -> dict[str, str]:
    """Who did it, by code, as in the log, and by name."""
    return {"by": person.code if person else "", "by_name": str(person) if person else ""}


def _at(moment: Any) -> str | None:
    return log.moment(moment) if moment else None


def _history(entry: Entry) -> list[dict[str, Any]]:
    return [
        {"at": _at(move.at), "move": move.name, "from": move.source, "to": move.target, "reason": move.reason,
         "secret": move.secret if move.reason else ""} | _by(move.by)
        for move in entry.history.select_related("by").order_by("pk")
    ]


def _submissions(entry: Entry) -> list[dict[str, Any]]:
    erased: dict[int, list[dict[str, Any]]] = {}
    for erasure in entry.erasures.order_by("erased_at"):
        for one in erasure.documents:
            erased.setdefault(one["submission"], []).append(
                {"erased_at": _at(erasure.erased_at), "questions": one["questions"], "sha256": one["erased_sha256"]}
            )
    return [
        {"number": one.number, "receipt": one.receipt_number, "submitted_at": _at(one.submitted_at), "accepted": one.is_accepted,
         "channel": one.arrival.channel, "sha256_as_received": one.sha256, "file": f"submissions/{one.number}.json",
         "sha256_now": hashlib.sha256(one.document.encode()).hexdigest(), "log_digest_on_receipt": one.log_digest,
         "erased": erased.get(one.number, [])}
        for one in entry.submissions.select_related("arrival").order_by("number")
    ]


def _checks(entry: Entry) -> list[dict[str, Any]]:
    return [
        {"at": _at(one.checked_at), "verdict": one.verdict, "reason": one.reason, "group": one.group.code if one.group else "",
         "clause": one.clause.code if one.clause else "", "clause_label": str(one.clause or ""), "submission": one.submission.number,
         "complete_until": _at(one.complete_until) or "",
         "points": [{"point": point.point.code, "label": str(point.point.label), "fulfilled": point.fulfilled, "note": point.note}
                    for point in one.points.select_related("point").order_by("point__position", "pk")]} | _by(one.checked_by)
        for one in entry.checks.select_related("clause", "group", "submission", "checked_by").order_by("pk")
    ]


def _sealed_votes(entry: Entry) -> list[Vote]:
    """All votes of the entry once every seat is sealed, else none: half a pair would tell what the other must not know."""
    found = list(with_sheets(entry.votes.order_by("seat")))
    from lorbeer.screening.rules import is_through

    return found if found and is_through(entry) else []


def _votes(person: Person | None, entry: Entry) -> list[dict[str, Any]]:
    found = _sealed_votes(entry)
    if person is not None:
        readable = set(votes_readable_by(person, entry.competition).filter(entry=entry).values_list("pk", flat=True))
        found = [vote for vote in found if vote.pk in readable] if len(readable) >= len(found) else []
    return [{"seat": vote.seat, "sha256": vote.sha256, "sheet": sheet_of(vote)} | _by(vote.screener) for vote in found]


def _session(entry: Entry) -> list[dict[str, Any]]:
    """What the joint session found, as its hash stands in the log; of what it has not decided yet no more than that."""
    if not _sealed_votes(entry):
        return []
    found = entry.session_items.select_related("session", "entry").prefetch_related(
        Prefetch("proposals", Proposal.objects.select_related("group", "project")), "deciders")
    return [
        {"session": item.session.code, "held_on": item.session.held_on.isoformat(), "position": item.position,
         "finding": finding_of(item) if item.decided_at else {"session": item.session.code, "outcome": item.outcome},
         "minutes_sha256": item.session.minutes_sha256}
        for item in found.order_by("session__held_on", "pk")
    ]


def _jury(entry: Entry) -> list[dict[str, Any]]:
    """Each of its items on an agenda of the jury: the decision as its hash stands in the log, and the motions that took one up again."""
    found = entry.jury_items.select_related("meeting", "entry", "group", "project", "prize").prefetch_related("out__person", "reopenings")
    return [
        {"decision": decision_of(item), "held_on": item.meeting.held_on.isoformat(), "group_label": str(item.group),
         "project_title": str(item.project or ""), "prize_label": str(item.prize.label) if item.prize else "",
         "motions": [motion_of(item, one) for one in sorted(item.reopenings.all(), key=lambda row: row.pk)],
         "minutes_sha256": item.meeting.minutes_sha256}
        for item in found.order_by("meeting__held_on", "position")
    ]


def motion_of(item: Item, row: Reopening) -> dict[str, Any]:
    """A motion that took a decision up again, with the words of which the log holds hashes."""
    said = reopening_of(row)
    return {"meeting": item.meeting.code, "position": item.position, "motion": row.motion, "secret": row.secret,
            "dissent": row.before.get("dissent", ""), "at": said["at"], "before": said["before"]}


def _awards(entry: Entry) -> list[dict[str, Any]]:
    return [
        {"award": award_facts(one), "prize_label": str(one.prize.label), "group_label": str(one.group),
         "paid": [payment_facts(paid) | {"by": paid.recorded_by.code if paid.recorded_by else ""}
                  for paid in one.payments.select_related("recorded_by").order_by("pk")]}
        for one in entry.awards.select_related("entry", "project", "prize", "group", "item__meeting").order_by("pk")
    ]


def _minutes(person: Person | None, entry: Entry) -> list[tuple[str, StoredFile]]:
    """Minutes of the session and the jury's meeting in which the entry was decided, those that the reader may read."""
    found = []
    for item in entry.session_items.select_related("session__minutes__blob"):
        found.append((f"session-{item.session.held_on}-{item.session.code}.pdf", item.session.minutes))
    for jury_item in entry.jury_items.select_related("meeting__minutes__blob"):
        found.append((f"jury-{jury_item.meeting.held_on}-{jury_item.meeting.code}.pdf", jury_item.meeting.minutes))
    return [(name, stored) for name, stored in dict(found).items() if stored and (person is None or files.may_read(person, stored))]


def log_lines(events: list[LogEvent]) -> list[dict[str, Any]]:
    """Events with their seals and the digest before each, so that every seal can be computed anew by itself."""
    numbers = [event.seal.number for event in events if hasattr(event, "seal")]
    before = dict(LogSeal.objects.filter(number__in=[number - 1 for number in numbers]).values_list("number", "digest"))
    lines = []
    for event in events:
        seal = getattr(event, "seal", None)
        lines.append({
            "event": {"id": event.pk, "at": log.moment(event.at), "scope": event.scope, "actor": event.actor, "verb": event.verb,
                      "subject": event.subject, "detail": event.detail},
            "reason": {"secret": event.reason.secret, "words": event.reason.words} if hasattr(event, "reason") else None,
            "seal": {"number": seal.number, "digest": seal.digest, "sealed_at": log.moment(seal.sealed_at),
                     "previous": before.get(seal.number - 1, log.NOTHING_BEFORE)} if seal else None,
        })
    return lines


def left_out(polls: list[Poll], events: "QuerySet[LogEvent]") -> list[dict[str, Any]]:
    """The ballots of the jury that were not closed, with how many of `events` are votes in each: these stand in no evidence."""
    return [{"meeting": poll.meeting.code, "group": poll.group.code, "number": poll.number, "votes": events.filter(votes_in([poll])).count()}
            for poll in polls]


def later_lines(events: "QuerySet[LogEvent]") -> list[dict[str, Any]]:
    """Events without number, id and digest: from these somebody could count, or try out, what else has happened meanwhile."""
    return [
        {"event": {name: value for name, value in line["event"].items() if name != "id"}, "reason": line["reason"]}
        for line in log_lines(list(events.order_by("seal__number").select_related("seal", "reason")))
    ]


# --- the page of the evidence -----------------------------------------------------------------------------------------

STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0 2rem}th,td{border:1px solid #999;padding:.3rem .5rem;"
    "text-align:left;vertical-align:top;overflow-wrap:anywhere}code{font-size:.8rem;overflow-wrap:anywhere}"
)


def html_table(title: str, heads: list[str], rows: list[list[Any]], empty: str) -> str:
    def cell(value: Any) -> str:
        return html.escape("" if value is None else str(value)).replace("\n", "<br>")

    if not rows:
        return f"<h2>{cell(title)}</h2><p>{cell(empty)}</p>"
    head = "".join(f'<th scope="col">{cell(word)}</th>' for word in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell(value)}</td>" for value in row) + "</tr>" for row in rows)
    return f"<h2>{cell(title)}</h2><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def word(kind: type[models.TextChoices], code: str) -> str:
    """What people call a value that is kept as a code."""
    return str(kind(code).label) if code in kind.values else code


def _named(row: dict[str, Any]) -> str:
    return f"{row['by_name']} ({row['by']})" if row["by"] else ""


def _page(entry: Entry, facts: dict[str, Any]) -> str:
    """`index.html`: no scripts, no addresses, nothing to fetch. In words; the codes stand in evidence.json."""
    nothing = _("Nothing on record.")
    options = {code: option.label for code, option in options_of(entry.competition).items()}
    people = {one.code: str(one) for one in Person.objects.filter(code__in={line["event"]["actor"] for line in facts["log"] + facts["later"]})}

    def said(event: dict[str, Any]) -> list[str]:
        """When, what, about what and by whom; what has no name but its code keeps that, by which one finds it in Lorbeer."""
        def name(_kind: str, code: str) -> str:
            return people.get(code, code)

        return [event["at"], title_of(event["verb"]), words.about(event["subject"], name), words.acting(event["actor"], name)]

    parts = [
        html_table(_("History"), [_("Time (UTC)"), _("Step"), _("From"), pgettext("state", "To"), _("By"), _("Reason")],
               [[one["at"], LABELS.get(one["move"], one["move"]), word(State, one["from"]), word(State, one["to"]), _named(one),
                 one["reason"]] for one in facts["history"]], nothing),
        html_table(_("Submissions"), [_("Number"), _("Receipt"), _("Received (UTC)"), _("Counts"), _("SHA-256 as received"), _("Erased")],
               [[one["number"], one["receipt"], one["submitted_at"], _("yes") if one["accepted"] else _("no"), one["sha256_as_received"],
                 "; ".join(f"{part['erased_at']}: {', '.join(part['questions'])}" for part in one["erased"])]
                for one in facts["submissions"]], nothing),
        html_table(_("Formal check"), [_("Time (UTC)"), _("Verdict"), _("Clause"), _("Reason"), _("By")],
               [[one["at"], word(Check.Verdict, one["verdict"]), one["clause_label"], one["reason"], _named(one)]
                for one in facts["checks"]], nothing),
        html_table(_("Sealed votes"), [_("Seat"), _("By"), _("Vote"), _("Reason"), "SHA-256"],
               [[one["seat"], _named(one), options.get(one["sheet"]["option"], one["sheet"]["option"]), one["sheet"]["reason"],
                 one["sha256"]] for one in facts["votes"]],
               _("There are none that may be read yet: votes open when all seats of an entry are sealed.")),
        html_table(_("Joint session"), [_("Day"), _("Item"), _("Outcome"), _("Arguments"), _("Dissent")],
               [[one["held_on"], one["position"], word(SessionItem.Outcome, one["finding"]["outcome"]), one["finding"].get("arguments"),
                 one["finding"].get("dissent")] for one in facts["session"]], nothing),
        html_table(_("Jury"), [_("Day"), _("Item"), _("Result"), _("Mode"), _("Yes"), _("No"), _("Abstained"), _("Out for bias"), _("Amount")],
               [[held_on, one["position"], word(Item.Result, one["result"]), word(Item.Mode, one["mode"]), one["yes"], one["no"],
                 one["abstained"], one["left"], format_euro(one["amount_cents"])]
                for held_on, one in ((row["held_on"], row["decision"]) for row in facts["jury"])], nothing),
        html_table(_("Log"), [_("Seal"), _("Time (UTC)"), _("Event"), pgettext("log", "About"), _("By"), _("Digest")],
               [[line["seal"]["number"] if line["seal"] else "–", *said(line["event"]),
                 line["seal"]["digest"] if line["seal"] else _("waits for its seal")] for line in facts["log"]]
               + [["–", *said(line["event"]), "–"] for line in facts["later"]],
               nothing),
        *(html_table(_("Left out: votes in ballots that were not closed"),
                     [pgettext("log", "About"), _("Group"), _("Ballot"), _("Votes in it")],
                     [[f"meeting:{one['meeting']}", one["group"], one["number"], one["votes"]] for one in facts["left_out"]], nothing)
          for _once in facts["left_out"][:1]),
        html_table(_("Files"), [_("Name"), "SHA-256"], [list(pair) for pair in facts["files"].items()], nothing),
    ]
    title = html.escape(_("Evidence: %(entry)s") % {"entry": f"{entry.code} {entry.title}"})
    how = html.escape(_("Everything here is also in evidence.json. To check it, run “python3 verify.py” in this folder: it computes "
                        "every seal and checksum anew, plays what is stated again from the log, and needs nothing else. At its end "
                        "stands the seal of this evidence; compare it with the event in the log that it was taken away."))
    made = html.escape(_("Made on %(time)s.") % {"time": moment_exact(clock.now())})
    return (
        f'<!doctype html><html lang="{_("en")}"><head><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style></head>'
        f"<body><h1>{title}</h1><p>{html.escape(entry.applicant)} · {html.escape(str(entry.competition))}</p><p>{made} {how}</p>"
        f"{''.join(parts)}</body></html>\n"
    )
