"""The evidence of a whole competition: its log, what was assigned, voted and decided, each entry's own evidence, and a program
that plays it again from the log. Readable without Lorbeer."""

import hashlib
import inspect
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db.models import Q
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.entries.models import State
from lorbeer.follow_up import audit
from lorbeer.jury import counting, minutes
from lorbeer.jury.models import Item, Poll, Reopening
from lorbeer.jury.queries import decision_of, terms_of, unclosed_polls, votes_in
from lorbeer.screening.models import SessionItem, Vote
from lorbeer.shared import clock, log
from lorbeer.shared.errors import Refused
from lorbeer.shared.models import LogEvent, LogSeal


@dataclass(frozen=True)
class Scope:
    """What of a competition can be taken away now: its rounds, and the log up to a seal."""

    rounds: list[int]
    left_out: list[int]  # rounds that are not closed
    until: LogSeal | None = None  # up to here the log is whole; None: to its end


def scope_of(competition: Competition) -> Scope:
    """All, where no vote is open; else the rounds whose jury has closed its meeting.

    Every event has the next number, so each would count what the screeners of an open round have done before it. Up to where
    somebody was first given something to read there, the log is whole; of later events what concerns the closed rounds is
    given without number. Raises Refused where no round is closed.
    """
    rounds = sorted(set(competition.entries.exclude(state=State.DRAFT).order_by().values_list("round", flat=True)))
    votes = Vote.objects.filter(entry__competition=competition, entry__round__in=set(
        Vote.objects.filter(entry__competition=competition, sealed_at=None).order_by().values_list("entry__round", flat=True)))
    if not votes:
        return Scope(rounds, [])
    open_rounds = {vote.entry.round for vote in votes.select_related("entry")}
    subjects = [subject for vote in votes for subject in (f"vote:{vote.code}", vote.sheet_name)]
    subjects += [f"assignment:{run.code}" for run in competition.assignment_runs.filter(round__in=open_rounds)]
    seals = LogSeal.objects.filter(event__scope=competition.code).select_related("event").order_by("number")
    first = seals.filter(event__subject__in=subjects).first()
    until = seals.filter(number__lt=first.number).last() if first else None
    closed = list(competition.jury_meetings.exclude(round__in=open_rounds).exclude(closed_at=None).order_by("round").values_list(
        "round", flat=True))
    if until is None or not closed:
        raise Refused(_("Votes of this competition are still open, and the jury of no round has closed its meeting, so there is nothing that"
                        " could be taken away without telling how far they are. Take the evidence away when all are sealed."))
    return Scope(closed, [round for round in rounds if round not in closed], until)


def write_whole(competition: Competition, folder: Path) -> tuple[int, list[int]]:
    """What can be taken away into `folder`, for the operator's command: the number of files, and the rounds left out. Raises Refused.

    The last event of the log that is written says by digests what was taken away: every field, every file, every event
    before it. So nothing of it can be changed or left out by somebody who does not write that event anew; its seal, which
    `verify.py` prints, would then be none that this installation knows. Where rounds are left out, that event is in the log of the
    installation alone, for its number would count what they have done; `verify.py` prints the digest that stands in it.
    """
    log.seal_log()
    scope, polls = scope_of(competition), list(unclosed_polls(competition))
    entries = list(competition.entries.exclude(state=State.DRAFT).filter(round__in=scope.rounds).select_related("group").order_by("code"))
    sums: dict[str, str] = {}

    def write(name: str, content: bytes) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        sums[name] = hashlib.sha256(content).hexdigest()

    for entry in entries:
        entry.competition = competition
        for name, content in audit.files_of(entry, scope.until).items():
            write(f"entries/{entry.code}/{name}", content)
    write("counting.py", inspect.getsource(counting).encode())
    for name in ("verify.py", "sealed.py"):
        write(name, audit.program_named(name))
    facts = facts_of(competition, scope, polls)
    write("index.html", _page(competition, scope, polls, facts, [entry.code for entry in entries]).encode())
    facts["files"] = dict(sums)
    before = events_of(competition, scope.until.number if scope.until else log.newest_seal()[0], polls)
    taken = log.record(
        "evidence.export_whole", scope=competition.code, actor=audit.OPERATOR, files=len(sums), facts_sha256=log.digest(facts),
        events=len(before), events_sha256=log.digest([event.seal.digest if hasattr(event, "seal") else "" for event in before]))
    log.seal_log()
    last = [] if scope.until else [LogEvent.objects.select_related("seal").get(pk=taken.pk)]
    facts["log"] = audit.log_lines([*before, *last])
    facts["links"] = links_between(facts["log"])
    write("competition.json", json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True).encode())
    return len(sums), scope.left_out


def events_of(competition: Competition, number: int, polls: list[Poll]) -> list[LogEvent]:
    """The competition's events up to seal `number` in the order of their seals, without votes in `polls`, which were not closed; one without
    a seal stands last, to be told."""
    newest = LogSeal.objects.filter(number=number).values_list("event", flat=True).first() or 0
    events = LogEvent.objects.filter(scope=competition.code).filter(Q(seal__number__lte=number) | Q(seal=None, pk__lte=newest))
    events = events.exclude(votes_in(polls))
    found = list(events.select_related("seal", "reason"))
    return sorted(found, key=lambda one: (not hasattr(one, "seal"), one.seal.number if hasattr(one, "seal") else one.pk))


def links_between(lines: list[dict[str, Any]]) -> list[list[Any]]:
    """[number, digest] of every seal between the first and the last of `lines` whose event is of elsewhere or left out: the chain without
    its content."""
    own = [line["seal"]["number"] for line in lines if line["seal"]]
    mine = set(own)
    between = LogSeal.objects.filter(number__gt=own[0], number__lt=own[-1]).order_by("number")
    return [[number, digest] for number, digest in between.values_list("number", "digest").iterator(2000) if number not in mine]


def facts_of(competition: Competition, scope: Scope, polls: list[Poll]) -> dict[str, Any]:
    """What the tables say, to be compared with the events beside it. Codes of people, as in the log; money in cents."""
    rounds = {"round__in": scope.rounds} if scope.left_out else {}
    meetings = competition.jury_meetings.filter(**rounds)
    items = Item.objects.filter(meeting__in=meetings).select_related(
        "meeting", "entry", "project", "group", "prize").prefetch_related("out__person").order_by("meeting__round", "position")
    return {
        "competition": {"code": competition.code, "title": str(competition.title)}, "made_at": log.moment(clock.now()),
        "later": _later(competition, scope),
        "left_out": {"rounds": scope.left_out, "subjects": sorted(_named_by_log(competition, scope)),
                     "ballots": audit.left_out(polls, LogEvent.objects.filter(scope=competition.code))},
        "assignments": [
            {"code": run.code, "seed": run.seed, "input": run.input, "input_sha256": run.input_sha256, "result": run.result,
             "result_sha256": run.result_sha256, "accepted": bool(run.accepted_at)}
            for run in competition.assignment_runs.filter(**rounds).order_by("pk")
        ],
        "sessions": [
            {"session": item.session.code, "entry": item.entry.code, "outcome": item.outcome, "diverging": item.diverging}
            for item in SessionItem.objects.filter(
                session__in=competition.joint_sessions.filter(**rounds)).select_related("session", "entry").order_by("pk")
        ],
        "meetings": [{"code": meeting.code, "round": meeting.round, "held_on": meeting.held_on.isoformat(),
                      "minutes_sha256": meeting.minutes_sha256} for meeting in meetings.order_by("round")],
        "purses": [{"round": purse.round, "cap_cents": purse.cap_cents, "spent_cents": purse.spent_cents}
                   for purse in competition.purses.filter(**rounds).order_by("round")],
        "decisions": [
            {"decision": decision_of(item), "subject": minutes.subject_text(item), "told": minutes.result_text(item)} for item in items
        ],
        "motions": [
            audit.motion_of(row.item, row)
            for row in Reopening.objects.filter(item__meeting__in=meetings).select_related("item__meeting").order_by("pk")
        ],
        "polls": [
            terms_of(poll) | {"meeting": poll.meeting.code, "ballots": poll.ballots, "motion": poll.motion, "secret": poll.secret,
                              "late": poll.late} | {name: log.moment(at) if at else None for name, at in (
                                  ("opened_at", poll.opened_at), ("closed_at", poll.closed_at), ("counted_at", poll.counted_at),
                                  ("given_up_at", poll.given_up_at))}
            for poll in Poll.objects.filter(meeting__in=meetings).select_related("meeting", "group", "prize").order_by("pk")
        ],
    }


def _later(competition: Competition, scope: Scope) -> list[dict[str, Any]]:
    """What happened in the closed rounds after the end of the log that is given whole."""
    if scope.until is None:
        return []
    votes = Vote.objects.filter(entry__competition=competition, entry__round__in=scope.rounds)
    subjects = [subject for vote in votes for subject in (f"vote:{vote.code}", vote.sheet_name)]
    for kind, rows in (("entry", competition.entries), ("assignment", competition.assignment_runs), ("session", competition.joint_sessions),
                       ("meeting", competition.jury_meetings)):
        subjects += [f"{kind}:{code}" for code in rows.filter(round__in=scope.rounds).values_list("code", flat=True)]
    return audit.later_lines(LogEvent.objects.filter(
        scope=competition.code, subject__in=subjects, seal__number__gt=scope.until.number))


def _named_by_log(competition: Competition, scope: Scope) -> set[str]:
    """Assignments, sessions and meetings of rounds that are left out, of which the log tells all the same because they came before its end."""
    if scope.until is None:
        return set()
    rounds = {"round__in": scope.left_out}
    subjects = {f"{kind}:{code}" for kind, rows in (
        ("assignment", competition.assignment_runs), ("session", competition.joint_sessions), ("meeting", competition.jury_meetings),
    ) for code in rows.filter(**rounds).values_list("code", flat=True)}
    told = LogEvent.objects.filter(scope=competition.code, subject__in=subjects, seal__number__lte=scope.until.number)
    return set(told.values_list("subject", flat=True))


def _left_out(scope: Scope, polls: list[Poll]) -> list[str]:
    """What is not here, and why."""
    told = [(_("Not in it: the votes in ballot %(number)s on group %(group)s, which was given up before it was closed. Nobody reads them.")
             if poll.given_up_at else
             _("Not in it: the votes in ballot %(number)s on group %(group)s, which is still open. Take the evidence away anew when it is"
               " closed.")) % {"number": poll.number, "group": poll.group} for poll in polls]
    if scope.until is None:
        return told
    return [*told, _(
        "Not in it: %(rounds)s, whose votes are open or whose jury has not closed its meeting. The log is whole up to seal %(number)s, before"
        " the first of the open votes was given out; later events of the closed rounds stand here without numbers, for these would"
        " count what has happened to open votes. Take the evidence away anew when all votes are sealed.") % {
        "rounds": ", ".join(_("round %(round)s") % {"round": round} for round in scope.left_out), "number": scope.until.number}]


def _page(competition: Competition, scope: Scope, polls: list[Poll], facts: dict[str, Any], codes: list[str]) -> str:
    """`index.html`: no scripts, nothing to fetch; each entry's page is beside it."""
    title = _("Evidence of the competition: %(title)s") % {"title": competition.title}
    how = _("Run “python3 verify.py” in this folder: it computes every seal and checksum anew and plays assignments, sessions, votes,"
            " decisions and prize money again from the log. competition.json holds all of it for machines.")
    left = format_html_join("", "<p><strong>{}</strong></p>", ((one,) for one in _left_out(scope, polls)))
    decisions = audit.html_table(
        _("Decisions of the jury"), [_("Item"), _("Entry"), _("Result")],
        [[one["decision"]["position"], one["subject"], one["told"]] for one in facts["decisions"]], _("Nothing on record."))
    entries = format_html("<h2>{}</h2><ul>{}</ul>", _("Entries"), format_html_join(
        "", '<li><a href="entries/{}/index.html">{}</a></li>', ((code, code) for code in codes)))
    head = format_html('<meta charset="utf-8"><title>{}</title>', title)
    return (f'<!doctype html><html lang="{_("en")}"><head>{head}<style>{audit.STYLE}</style></head><body>'
            + format_html("<h1>{}</h1><p>{}</p>", title, how)
            + left + decisions + entries + "</body></html>\n")
