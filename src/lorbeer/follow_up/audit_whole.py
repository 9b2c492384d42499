"""The evidence of a whole competition: its log, what was assigned, voted and decided, each entry's own evidence, and a program
that plays it again from the log. Readable without Lorbeer."""

import hashlib
import inspect
import json
from pathlib import Path
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.entries.models import State
from lorbeer.follow_up import audit
from lorbeer.jury import counting, minutes
from lorbeer.jury.models import Item, Reopening
from lorbeer.jury.queries import reopening_of
from lorbeer.screening.models import SessionItem, Vote
from lorbeer.shared import clock, log
from lorbeer.shared.errors import Refused
from lorbeer.shared.models import LogEvent

PROGRAM = Path(__file__).parent / "evidence" / "verify.py"


def write_whole(competition: Competition, folder: Path) -> int:
    """Everything into `folder`, for the operator's command; the number of files. Raises Refused while a vote is open.

    The gaps between the numbers of an open round's events would tell what its screeners must not know of each other.
    """
    if Vote.objects.filter(entry__competition=competition, sealed_at=None).exists():
        raise Refused(_("Votes of this competition are still open. Take its evidence away when all are sealed."))
    log.seal_log()
    entries = list(competition.entries.exclude(state=State.DRAFT).select_related("group").order_by("code"))
    sums: dict[str, str] = {}

    def write(name: str, content: bytes) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        sums[name] = hashlib.sha256(content).hexdigest()

    for entry in entries:
        entry.competition = competition
        for name, content in audit.files_of(entry).items():
            write(f"entries/{entry.code}/{name}", content)
    write("counting.py", inspect.getsource(counting).encode())
    write("verify.py", PROGRAM.read_bytes())
    facts = facts_of(competition)
    write("index.html", _page(competition, facts, [entry.code for entry in entries]).encode())
    facts["files"] = dict(sums)
    write("competition.json", json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True).encode())
    log.record("evidence.export_whole", scope=competition.code, actor="system:audit_export", files=len(sums))
    return len(sums)


def facts_of(competition: Competition) -> dict[str, Any]:
    """What the tables say, to be compared with the events beside it. Codes of people, as in the log; money in cents."""
    events = LogEvent.objects.filter(scope=competition.code).select_related("seal").order_by("pk")
    items = Item.objects.filter(meeting__competition=competition).select_related(
        "meeting", "entry", "project", "group", "prize").prefetch_related("out__person").order_by("meeting__round", "position")
    return {
        "competition": {"code": competition.code, "title": str(competition.title)}, "made_at": log.moment(clock.now()),
        "assignments": [
            {"code": run.code, "seed": run.seed, "input": run.input, "input_sha256": run.input_sha256, "result": run.result,
             "result_sha256": run.result_sha256, "accepted": bool(run.accepted_at)}
            for run in competition.assignment_runs.order_by("pk")
        ],
        "sessions": [
            {"session": item.session.code, "entry": item.entry.code, "outcome": item.outcome, "diverging": item.diverging}
            for item in SessionItem.objects.filter(session__competition=competition).select_related("session", "entry").order_by("pk")
        ],
        "meetings": [{"code": meeting.code, "round": meeting.round, "held_on": meeting.held_on.isoformat(),
                      "minutes_sha256": meeting.minutes_sha256} for meeting in competition.jury_meetings.order_by("round")],
        "purses": [{"round": purse.round, "cap_cents": purse.cap_cents, "spent_cents": purse.spent_cents}
                   for purse in competition.purses.order_by("round")],
        "decisions": [
            {"meeting": item.meeting.code, "position": item.position, "entry": item.entry.code, "subject": minutes.subject_text(item),
             "group": item.group.code, "result": item.result, "mode": item.mode, "prize": item.prize.code if item.prize else "",
             "amount_cents": item.amount_cents, "yes": item.yes, "no": item.no, "abstained": item.abstained, "place": item.place,
             "told": minutes.result_text(item)}
            for item in items
        ],
        "motions": [
            {"meeting": row.item.meeting.code, "position": row.item.position, "motion": row.motion, "secret": row.secret,
             "dissent": row.before.get("dissent", "")} | {name: value for name, value in reopening_of(row).items() if name in ("at", "before")}
            for row in Reopening.objects.filter(item__meeting__competition=competition).select_related("item__meeting").order_by("pk")
        ],
        "log": audit.log_lines(list(events)),
    }


def _page(competition: Competition, facts: dict[str, Any], codes: list[str]) -> str:
    """`index.html`: no scripts, nothing to fetch; each entry's page is beside it."""
    title = _("Evidence of the competition: %(title)s") % {"title": competition.title}
    how = _("Run “python3 verify.py” in this folder: it computes every seal and checksum anew and plays assignments, sessions, votes,"
            " decisions and prize money again from the log. competition.json holds all of it for machines.")
    decisions = audit.html_table(
        _("Decisions of the jury"), [_("Item"), _("Entry"), _("Result")],
        [[one["position"], one["subject"], one["told"]] for one in facts["decisions"]], _("Nothing on record."))
    entries = format_html("<h2>{}</h2><ul>{}</ul>", _("Entries"), format_html_join(
        "", '<li><a href="entries/{}/index.html">{}</a></li>', ((code, code) for code in codes)))
    head = format_html('<meta charset="utf-8"><title>{}</title>', title)
    return (f'<!doctype html><html lang="{_("en")}"><head>{head}<style>{audit.STYLE}</style></head><body>'
            + format_html("<h1>{}</h1><p>{}</p>", title, how) + decisions + entries + "</body></html>\n")
