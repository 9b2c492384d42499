"""Submissions and arrivals against the log, and the digests of the log that their receipts printed."""

import hashlib
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from lorbeer.intake.models import Arrival, Channel, Enclosure, IncomingMail, Keying, Merger, Submission
from lorbeer.shared import files, log
from lorbeer.shared.models import LogEvent
from lorbeer.shared.reasons import ERASED, reason_digest


def submissions() -> Iterator[log.Fault]:
    """Each document as it was received or, where the law took something out of it, as the erasure left it."""
    said, left, counts = {}, {}, {}
    for event in log.told("submission.accept", "entry.withdraw", "entry.merge", "duplicate.undo", "data.erase"):
        if event.verb in ("entry.withdraw", "entry.merge"):
            counts.pop(event.subject, None)
        elif event.verb == "duplicate.undo":
            if event.detail.get("number"):
                counts[f"entry:{event.detail.get('other')}"] = event.detail["number"]
        elif event.verb == "data.erase":
            left |= {(event.subject, one.get("sha256")): one.get("erased_sha256") for one in event.detail.get("documents", ())}
        else:
            said[event.subject, event.detail.get("number")] = event.detail | {"scope": event.scope}
            counts[event.subject] = event.detail.get("number")
    rows = Submission.objects.select_related("entry__competition", "arrival").order_by("pk").iterator(200)
    for row in rows:
        subject = f"entry:{row.entry.code}"
        facts = said.pop((subject, row.number), None)
        told = facts and facts | {"is_accepted": counts.get(subject) == row.number}
        scope, code = row.entry.competition.code, f"{row.entry.code}/{row.number}"
        yield from log.compare("intake_submission", scope, code, told, {
            "sha256": row.sha256, "receipt": row.receipt_number, "arrival": row.arrival.number, "channel": row.arrival.channel,
            "submitted_at": log.moment(row.submitted_at), "seal": row.log_digest,
            "is_accepted": row.is_accepted,
        })
        if facts:
            document = left.get((subject, facts.get("sha256")), facts.get("sha256"))
            now = hashlib.sha256(row.document.encode()).hexdigest()
            name = _("SHA-256 of the document")
            yield from log.compare("intake_submission", scope, code, {name: document}, {name: now})
    for (subject, number), facts in said.items():
        yield from log.compare("intake_submission", facts["scope"], f"{subject.removeprefix('entry:')}/{number}", facts, None)


def line_of(arrival: Arrival) -> dict[str, Any]:
    """What a line of the register says of time and lateness, and whether it counts; of the reason only its hash with a secret of the row."""
    return {
        "channel": arrival.channel, "arrived_at": log.moment(arrival.arrived_at), "round": arrival.round, "timeliness": arrival.timeliness,
        "postmarked_on": arrival.postmarked_on.isoformat() if arrival.postmarked_on else "",
        "reason_sha256": reason_digest(arrival.secret, arrival.late_reason), "is_closed": arrival.closed_at is not None,
    }


def arrivals() -> Iterator[log.Fault]:
    """When each arrived and whether it was late: of online entries by their submission, else by the register as corrected."""
    said: dict[tuple[str, str], dict[str, Any]] = {}
    verbs = ("arrival.register", "arrival.admit_late", "arrival.correct", "arrival.close", "arrival.reopen", "arrival.add", "arrival.link",
             "arrival.unlink", "draft.start", "submission.accept", "data.erase", "data.erase_beside")
    for event in log.told(*verbs):
        if event.verb.startswith("data."):
            _erased(said, event)
            continue
        if event.verb in ("draft.start", "submission.accept"):
            key, entry = (event.scope, str(event.detail.get("arrival"))), event.subject.removeprefix("entry:")
            if event.verb == "draft.start":
                if key in said:                                         # keyed in
                    said[key]["entry"] = entry
            elif event.detail.get("channel") == Channel.ONLINE:
                names = ("channel", "arrived_at", "timeliness", "round")
                said[key] = {name: event.detail.get(name) for name in names} | {"entry": entry, "is_closed": False, "added_to": ""}
            continue
        key = (event.scope, event.subject.removeprefix("arrival:"))
        if event.verb == "arrival.register":
            names = ("channel", "arrived_at", "postmarked_on", "round", "timeliness")
            said[key] = {name: event.detail.get(name) for name in names} | {"entry": "", "is_closed": False, "added_to": ""}
        elif key in said and event.verb in ("arrival.link", "arrival.unlink"):
            said[key]["entry"] = event.detail.get("entry") if event.verb == "arrival.link" else ""
        elif key in said and event.verb == "arrival.admit_late":
            said[key] |= {"timeliness": Arrival.Timeliness.ADMITTED_LATE.value, "reason_sha256": event.detail.get("reason_sha256")}
        elif key in said and event.verb == "arrival.add":
            said[key]["added_to"] = event.detail.get("entry")
        elif key in said:
            said[key] |= event.detail.get("line") or {}
    for row in Arrival.objects.select_related("competition", "entry", "added_to").order_by("pk").iterator(2000):
        key = (row.competition.code, row.number)
        yield from log.compare("intake_arrival", *key, said.pop(key, None), line_of(row) | {
            "entry": row.entry.code if row.entry else "", "added_to": row.added_to.code if row.added_to else ""})
    for key, facts in said.items():
        yield from log.compare("intake_arrival", *key, facts, None)


def _erased(said: dict[tuple[str, str], dict[str, Any]], event: LogEvent) -> None:
    """Of a late arrival the reason goes with the contact data of its entry, or with itself where it belongs to none."""
    entry = event.subject.removeprefix("entry:") if event.detail.get("personal_class") == "contact" else None
    alone = {(event.scope, number) for number in event.detail.get("arrivals", ())}
    for key, facts in said.items():
        if facts.get("reason_sha256") and (key in alone or entry and entry in (facts.get("entry"), facts.get("added_to"))):
            facts["reason_sha256"] = reason_digest("", ERASED)


def keyings() -> Iterator[log.Fault]:
    """Who keyed in an entry on paper first and second, how far they came, and who decided each difference how."""
    said: dict[tuple[str, str], dict[str, Any]] = {}
    for event in log.told("keying.begin", "keying.take_over", "keying.finish_first", "keying.begin_second", "keying.finish_second",
                          "keying.decide", "keying.open", "keying.settle"):
        key = (event.scope, f"{event.subject.removeprefix('entry:')}/{event.detail.get('number')}")
        facts = said.setdefault(key, {"first_by": "", "second_by": "", "state": "begun", "differences": {}})
        step = event.verb.removeprefix("keying.")
        if step in ("begin", "take_over"):
            facts["first_by"] = event.actor
        elif step == "begin_second":
            facts["second_by"] = event.actor
        elif step == "decide":
            facts["differences"][f"{event.detail.get('question')}/{event.detail.get('place')}"] = [event.detail.get("choice"), event.actor]
        elif step == "open":                                            # by a decision more is asked, or less
            facts["differences"] |= {f"{name}/{place}": ["", ""] for name, place in event.detail.get("opened", ())}
            for name, place in event.detail.get("closed", ()):
                facts["differences"].pop(f"{name}/{place}", None)
        else:
            facts["state"] = step
            if step == "finish_second":
                facts["differences"] = {f"{name}/{place}": ["", ""] for name, place in event.detail.get("differences", ())}
    rows = Keying.objects.select_related("draft__entry__competition", "first_by", "second_by").prefetch_related("differences__decided_by")
    for row in rows.order_by("pk").iterator(500):
        key = (row.draft.entry.competition.code, f"{row.draft.entry.code}/{row.number}")
        state = "settle" if row.settled_at else "finish_second" if row.second_done_at else "finish_first" if row.first_done_at else "begun"
        yield from log.compare("intake_keying", *key, said.pop(key, None), {
            "first_by": row.first_by.code if row.first_by else "", "second_by": row.second_by.code if row.second_by else "", "state": state,
            "differences": {f"{one.question}/{one.place}": [one.choice, one.decided_by.code if one.decided_by else ""]
                            for one in row.differences.all()},
        })
    for key, facts in said.items():
        yield from log.compare("intake_keying", *key, facts, None)


def mergers() -> Iterator[log.Fault]:
    """Which entries were put together or kept apart, and whether that was taken back."""
    said: dict[tuple[str, str], list[Any]] = {}
    for event in log.told("duplicate.merged", "duplicate.apart", "duplicate.undo"):
        key = (event.scope, f"{event.subject.removeprefix('entry:')}/{event.detail.get('other')}")
        if event.verb == "duplicate.undo":
            said.setdefault(key, []).append(["undone", event.actor])
        else:
            said.setdefault(key, []).append([event.verb.removeprefix("duplicate."), event.actor])
    found: dict[tuple[str, str], list[Any]] = {}
    for row in Merger.objects.select_related("entry__competition", "other", "by", "undone_by").order_by("pk"):
        steps = found.setdefault((row.entry.competition.code, f"{row.entry.code}/{row.other.code}"), [])
        steps.append([row.kind, row.by.code])
        if row.undone_at:
            steps.append(["undone", row.undone_by.code])  # type: ignore[union-attr]
    for key in sorted(said.keys() | found.keys()):
        yield from log.compare("intake_merger", *key, {"steps": said.get(key)}, {"steps": found.get(key)})


def mails() -> Iterator[log.Fault]:
    """What became of each mail, and its bytes, where an erasure has not taken them."""
    names = ("outcome", "trouble", "answer", "sha256")
    said = {(event.scope, event.subject.removeprefix("arrival:")): {name: event.detail.get(name) for name in names}
            for event in log.told("mail.take_in")}
    rows = IncomingMail.objects.select_related("arrival__competition").prefetch_related("arrival__files").order_by("pk")
    for row in rows.iterator(200):
        key = (row.arrival.competition.code, row.arrival.number)
        yield from log.compare("intake_incomingmail", *key, said.pop(key, None), {name: getattr(row, name) for name in names})
        for stored in row.arrival.files.all():
            if stored.blob_id == row.sha256:
                yield from files.compare_bytes("intake_incomingmail", *key, stored)
    for key, facts in said.items():
        yield from log.compare("intake_incomingmail", *key, facts, None)


def printed() -> Iterator[tuple[str, str, str]]:
    rows = Submission.objects.exclude(log_digest="").order_by("pk").values_list(
        "entry__competition__code", "entry__code", "number", "log_digest")
    for scope, code, number, digest in rows.iterator(2000):
        yield scope, f"intake_submission {code}/{number}", digest


def enclosures() -> Iterator[log.Fault]:
    """Which question a file answers that came beside a mailed form, and who said so; a file that was erased has no row any more."""
    said = {(event.scope, f"{event.subject.removeprefix('arrival:')}/{event.detail.get('file')}"):
            {name: event.detail.get(name) for name in ("question", "place", "reason")} | {"by": event.actor}
            for event in log.told("arrival.enclose")}
    rows = Enclosure.objects.exclude(reason="").select_related("arrival__competition", "file", "by").order_by("pk")
    for row in rows.iterator(500):
        key = (row.arrival.competition.code, f"{row.arrival.number}/{row.file.code}")
        yield from log.compare("intake_enclosure", *key, said.get(key), {
            "question": row.question, "place": row.place, "reason": row.reason, "by": row.by.code if row.by else "system:mail"})


for attestor in (submissions, arrivals, mails, keyings, mergers, enclosures):
    log.attest("intake", attestor)
log.witnessed(printed)
