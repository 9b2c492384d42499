"""The log for those who check: is it whole, what does it say, and the evidence of one entry's decision to take away.

The evidence is a zip that can be read without Lorbeer: `index.html` for people, JSON for machines, minutes as PDF, and
`verify.py` (nothing but Python) that computes every seal and every checksum anew.
"""

import hashlib
import html
import io
import json
import zipfile
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from lorbeer.call.models import Competition
from lorbeer.entries import embargo
from lorbeer.entries.history import LABELS
from lorbeer.entries.models import Entry, State
from lorbeer.follow_up.verbs import title_of
from lorbeer.formal_check.models import Check
from lorbeer.intake.queries import arrivals_of_entry
from lorbeer.jury.models import Item, Meeting, Poll
from lorbeer.jury.queries import GROUP_MODES, unclosed_polls, votes_in
from lorbeer.people.models import Person
from lorbeer.screening import queries as screening
from lorbeer.screening.models import SessionItem, Vote
from lorbeer.screening.queries import options_of, sheet_of, with_sheets
from lorbeer.screening.rules import votes_readable_by
from lorbeer.shared import clock, files, log, triggers
from lorbeer.shared.models import LogEvent, LogSeal, StoredFile
from lorbeer.shared.money import format_euro
from lorbeer.shared.templatetags.formats import moment_exact, time_of_day

KEPT_SECONDS = 60
CACHE_KEY = "follow_up.audit.standing"


# --- is it whole ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """What the last walk along the whole chain found."""

    title: str
    text: str
    tone: str
    newest: str = ""


def standing(competition: Competition, *, counted: bool = True) -> Standing:
    """`verified up to 14:03, no gap`; the walk is done anew after a minute at the earliest.

    `counted`: say how many events there are, and the newest digest; for a reader from whom some are kept both would tell of them.
    The chain is one for all competitions. What is wrong with another one is not told here, only that something is.
    """
    facts = cache.get(CACHE_KEY)
    if facts is None:
        report = log.verify()
        facts = (report, clock.now(), triggers.faults(), log.attested())
        cache.set(CACHE_KEY, facts, KEPT_SECONDS)
    report, at, unprotected, differing = facts
    elsewhere = _("It is about something outside this competition. Whoever runs this installation sees what, with “lorbeer audit verify”.")
    here = [str(fault) for fault in differing if fault.scope == competition.code]
    if not report:
        text = str(report) if report.scope in (None, competition.code) else elsewhere
        return Standing(_("The log is not as it was sealed."), "\n".join([text, *here]), "danger", report.newest)
    if differing:
        return Standing(_("The log is whole, but not everything is as it says."), "\n".join(here) or elsewhere, "danger", report.newest)
    if unprotected:
        return Standing(_("The log is whole, but not protected."), "\n".join(unprotected), "danger", report.newest)
    if not counted:
        text = _("How long the whole log is, and the seals of its events, are not shown to you while there are votes or results that you must"
                 " not know yet. Below stand, and are counted, the events that you may know.")
        return Standing(_("Verified up to %(time)s, no gap.") % {"time": time_of_day(at)}, text, "success")
    text = _("%(seals)s events are chained, %(waiting)s wait for their seal. Newest seal: %(newest)s") % {
        "seals": report.seals, "waiting": report.waiting, "newest": report.newest or "–",
    }
    return Standing(_("Verified up to %(time)s, no gap.") % {"time": time_of_day(at)}, text, "success", report.newest)


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


TELL_NO_RESULT = ("jury.plan", "jury.agenda", "jury.declare", "jury.note_declaration", "jury.correct_declaration", "jury.open", "jury.arrive")


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


def names_of(codes: set[str]) -> dict[str, str]:
    """Names of people by their code; one query."""
    return {one.code: str(one) for one in Person.objects.filter(code__in=codes)}


# --- the evidence of one decision -------------------------------------------------------------------------------------


def evidence(person: Person, entry: Entry) -> bytes:
    """Everything on record about the decision on `entry` that `person` may read, as a zip. Notes the export in the log.

    Votes are in it once all seats of the entry are sealed, and not where the reader is biased.
    """
    log.seal_log()
    content = _files(person, entry)
    log.record("evidence.export", subject=f"entry:{entry.code}", scope=entry.competition.code, actor=person, files=len(content))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(f"{entry.code}/{name}", data)
    return packed.getvalue()


def write_evidence(entry: Entry, folder: Any) -> list[str]:
    """The same files into a folder, for the operator's command, who reads as the auditor does; the names written."""
    log.seal_log()
    content = _files(None, entry)
    for name, data in content.items():
        path = folder / entry.code / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    log.record("evidence.export", subject=f"entry:{entry.code}", scope=entry.competition.code, actor="system:audit_export",
               files=len(content))
    return list(content)


def files_of(entry: Entry, until: LogSeal | None = None) -> dict[str, bytes]:
    """Name → content of the entry's evidence, as the operator's command reads it; events after `until` without their numbers."""
    return _files(None, entry, until)


def _files(person: Person | None, entry: Entry, until: LogSeal | None = None) -> dict[str, bytes]:
    facts: dict[str, Any] = {
        "entry": {
            "code": entry.code, "reference": entry.reference, "title": entry.title, "applicant": entry.applicant,
            "round": entry.round, "state": entry.state, "group": str(entry.group or ""), "competition": entry.competition.code,
        },
        "made_at": log.moment(clock.now()), "made_by": person.code if person else "system:audit_export",
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
    facts["files"] = {name: hashlib.sha256(data).hexdigest() for name, data in content.items()}
    content["evidence.json"] = json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True).encode()
    content["verify.py"] = VERIFY.encode()
    with timezone.override(entry.competition.time_zone):
        content["index.html"] = _page(entry, facts).encode()
    return content


def _subjects_for_operator(entry: Entry) -> Q:
    """As `about_entry`, for a reader without an account: votes only of sealed pairs."""
    subjects = [subject for vote in _sealed_votes(entry) for subject in (f"vote:{vote.code}", vote.sheet_name)]
    subjects += [f"arrival:{number}" for number in arrivals_of_entry(entry)]
    subjects += [f"session:{code}" for code in set(entry.session_items.values_list("session__code", flat=True))]
    subjects += [f"meeting:{code}" for code in set(entry.jury_items.values_list("meeting__code", flat=True))]
    return Q(subject__in=subjects)


def _name(person: Person | None) -> str:
    return f"{person} ({person.code})" if person else ""


def _at(moment: Any) -> str | None:
    return log.moment(moment) if moment else None


def _history(entry: Entry) -> list[dict[str, Any]]:
    return [
        {"at": _at(move.at), "move": move.name, "from": move.source, "to": move.target, "by": _name(move.by), "reason": move.reason,
         "secret": move.secret}
        for move in entry.history.select_related("by").order_by("at", "pk")
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
        {"at": _at(one.checked_at), "verdict": one.verdict, "clause": str(one.clause or ""), "reason": one.reason,
         "by": _name(one.checked_by),
         "points": [{"point": str(point.point.label), "fulfilled": point.fulfilled, "note": point.note}
                    for point in one.points.select_related("point").order_by("point__position", "pk")]}
        for one in entry.checks.select_related("clause", "checked_by").order_by("checked_at", "pk")
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
    return [{"seat": vote.seat, "by": _name(vote.screener), "sha256": vote.sha256, "sheet": sheet_of(vote)} for vote in found]


def _session(entry: Entry) -> list[dict[str, Any]]:
    if not _sealed_votes(entry):
        return []
    return [
        {"session": item.session.code, "held_on": item.session.held_on.isoformat(), "position": item.position,
         "diverging": item.diverging, "outcome": item.outcome, "arguments": item.arguments, "dissent": item.dissent,
         "decided_at": _at(item.decided_at), "minutes_sha256": item.session.minutes_sha256}
        for item in entry.session_items.select_related("session").order_by("session__held_on", "pk")
    ]


def _jury(entry: Entry) -> list[dict[str, Any]]:
    return [
        {"meeting": item.meeting.code, "held_on": item.meeting.held_on.isoformat(), "position": item.position,
         "group": str(item.group), "project": str(item.project or ""), "result": item.result, "mode": item.mode,
         "yes": item.yes, "no": item.no, "abstained": item.abstained, "entitled": item.entitled,
         "out_for_bias": item.out_for_bias, "place": item.place, "prize": str(item.prize.label) if item.prize else "",
         "amount_cents": item.amount_cents, "dissent": item.dissent, "decided_at": _at(item.decided_at),
         "reopened": [{"motion": one.motion, "before": one.before, "at": _at(one.at)} for one in item.reopenings.all()],
         "minutes_sha256": item.meeting.minutes_sha256}
        for item in entry.jury_items.select_related("meeting", "group", "project", "prize")
        .prefetch_related("reopenings").order_by("meeting__held_on", "position")
    ]


def _awards(entry: Entry) -> list[dict[str, Any]]:
    return [
        {"code": one.code, "prize": str(one.prize.label), "group": str(one.group), "amount_cents": one.amount_cents,
         "paid": [{"cents": paid.amount_cents, "on": paid.paid_on.isoformat()} for paid in one.payments.order_by("paid_on", "pk")]}
        for one in entry.awards.select_related("prize", "group").order_by("pk")
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


VERIFY = '''"""Check this evidence without Lorbeer: python3 verify.py

Every seal is the SHA-256 of the canonical JSON of {number, previous, sealed_at, event}; every vote that of its sheet;
the reason of every step that of [secret, reason]; every file that of its bytes. That no event is missing between the
seals is checked on the whole log, by
"lorbeer audit verify --witness DIGEST" with any digest from here. Events under "later" stand without their numbers, for
these would count what happens to votes that were open when this was written. Votes in a ballot of the jury that was not closed
(still open, or given up) are not here at all; the last lines say how many.
"""
import hashlib
import json
import pathlib
import sys

here = pathlib.Path(__file__).resolve().parent
facts = json.loads((here / "evidence.json").read_text(encoding="utf-8"))
faults = []


def digest(value):
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


for line in facts["log"]:
    seal = line["seal"]
    if seal is None:
        faults.append("event %s is not sealed" % line["event"]["id"])
        continue
    content = {"number": seal["number"], "previous": seal["previous"], "sealed_at": seal["sealed_at"], "event": line["event"]}
    if digest(content) != seal["digest"]:
        faults.append("seal %s does not fit its event" % seal["number"])
    why = line["reason"]
    if why and why["secret"] and digest([why["secret"], why["words"]]) != line["event"]["detail"].get("why_sha256"):
        faults.append("the reason of event %s is not in the log" % line["event"]["id"])
for vote in facts["votes"]:
    if digest(vote["sheet"]) != vote["sha256"]:
        faults.append("the vote of seat %s was altered" % vote["seat"])
    lines = [line for line in facts["log"] + facts["later"] if line["event"]["verb"] == "vote.seal"]
    if not any(line["event"]["detail"].get("sha256") == vote["sha256"] for line in lines):
        faults.append("the vote of seat %s is not in the log" % vote["seat"])
told = [line["event"]["detail"].get("reason_sha256") for line in facts["log"] + facts["later"]]
for step in facts["history"]:
    if step["secret"] and step["reason"] and digest([step["secret"], step["reason"]]) not in told:
        faults.append("the reason of %s (%s) is not in the log" % (step["move"], step["at"]))
for name, expected in facts["files"].items():
    if hashlib.sha256((here / name).read_bytes()).hexdigest() != expected:
        faults.append("%s was altered" % name)
for one in facts["submissions"]:
    if not one["erased"] and one["sha256_now"] != one["sha256_as_received"]:
        faults.append("submission %s is not as it was received" % one["number"])
    if one["erased"] and one["sha256_now"] != one["erased"][-1]["sha256"]:
        faults.append("submission %s is not as it was left by the erasure" % one["number"])
print("\\n".join(faults) if faults else "%s seals, %s votes, %s files: all as they were." % (
    len(facts["log"]), len(facts["votes"]), len(facts["files"])))
for one in facts["left_out"]:
    print("Left out, because ballot %s on group %s was not closed: %s votes in it." % (one["number"], one["group"], one["votes"]))
sys.exit(1 if faults else 0)
'''


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


def _page(entry: Entry, facts: dict[str, Any]) -> str:
    """`index.html`: no scripts, no addresses, nothing to fetch. In words; the codes stand in evidence.json."""
    nothing = _("Nothing on record.")
    options = {code: option.label for code, option in options_of(entry.competition).items()}
    parts = [
        html_table(_("History"), [_("Time (UTC)"), _("Step"), _("From"), pgettext("state", "To"), _("By"), _("Reason")],
               [[one["at"], LABELS.get(one["move"], one["move"]), word(State, one["from"]), word(State, one["to"]), one["by"],
                 one["reason"]] for one in facts["history"]], nothing),
        html_table(_("Submissions"), [_("Number"), _("Receipt"), _("Received (UTC)"), _("Counts"), _("SHA-256 as received"), _("Erased")],
               [[one["number"], one["receipt"], one["submitted_at"], _("yes") if one["accepted"] else _("no"), one["sha256_as_received"],
                 "; ".join(f"{part['erased_at']}: {', '.join(part['questions'])}" for part in one["erased"])]
                for one in facts["submissions"]], nothing),
        html_table(_("Formal check"), [_("Time (UTC)"), _("Verdict"), _("Clause"), _("Reason"), _("By")],
               [[one["at"], word(Check.Verdict, one["verdict"]), one["clause"], one["reason"], one["by"]]
                for one in facts["checks"]], nothing),
        html_table(_("Sealed votes"), [_("Seat"), _("By"), _("Vote"), _("Reason"), "SHA-256"],
               [[one["seat"], one["by"], options.get(one["sheet"]["option"], one["sheet"]["option"]), one["sheet"]["reason"],
                 one["sha256"]] for one in facts["votes"]],
               _("There are none that may be read yet: votes open when all seats of an entry are sealed.")),
        html_table(_("Joint session"), [_("Day"), _("Item"), _("Outcome"), _("Arguments"), _("Dissent")],
               [[one["held_on"], one["position"], word(SessionItem.Outcome, one["outcome"]), one["arguments"], one["dissent"]]
                for one in facts["session"]], nothing),
        html_table(_("Jury"), [_("Day"), _("Item"), _("Result"), _("Mode"), _("Yes"), _("No"), _("Abstained"), _("Out for bias"), _("Amount")],
               [[one["held_on"], one["position"], word(Item.Result, one["result"]), word(Item.Mode, one["mode"]), one["yes"], one["no"],
                 one["abstained"], one["out_for_bias"], format_euro(one["amount_cents"])] for one in facts["jury"]], nothing),
        html_table(_("Log"), [_("Seal"), _("Time (UTC)"), _("Event"), pgettext("log", "About"), _("By"), _("Digest")],
               [[line["seal"]["number"] if line["seal"] else "–", line["event"]["at"], title_of(line["event"]["verb"]),
                 line["event"]["subject"], line["event"]["actor"], line["seal"]["digest"] if line["seal"] else _("waits for its seal")]
                for line in facts["log"]]
               + [["–", line["event"]["at"], title_of(line["event"]["verb"]), line["event"]["subject"], line["event"]["actor"], "–"]
                  for line in facts["later"]],
               nothing),
        *(html_table(_("Left out: votes in ballots that were not closed"),
                     [pgettext("log", "About"), _("Group"), _("Ballot"), _("Votes in it")],
                     [[f"meeting:{one['meeting']}", one["group"], one["number"], one["votes"]] for one in facts["left_out"]], nothing)
          for _once in facts["left_out"][:1]),
        html_table(_("Files"), [_("Name"), "SHA-256"], [list(pair) for pair in facts["files"].items()], nothing),
    ]
    title = html.escape(_("Evidence: %(entry)s") % {"entry": f"{entry.code} {entry.title}"})
    how = html.escape(_("Everything here is also in evidence.json. To check it, run “python3 verify.py” in this folder: it computes "
                        "every seal and checksum anew and needs nothing else."))
    made = html.escape(_("Made on %(time)s.") % {"time": moment_exact(clock.now())})
    return (
        f'<!doctype html><html lang="{_("en")}"><head><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style></head>'
        f"<body><h1>{title}</h1><p>{html.escape(entry.applicant)} · {html.escape(str(entry.competition))}</p><p>{made} {how}</p>"
        f"{''.join(parts)}</body></html>\n"
    )
