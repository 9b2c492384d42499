"""Check the evidence of one entry's decision without Lorbeer: python3 verify.py

1. Every seal is the SHA-256 of the canonical JSON of {number, previous, sealed_at, event}; every reason's hash that of [secret, words].
2. What evidence.json says is played again from the events beside it: where the entry stands and by which steps, what was submitted,
   the formal checks, the sealed votes, the joint session, the jury's decisions with result and amount, motions that took one up again,
   awards and payments. What comes out must be what evidence.json says.
3. "taken" is the event that this evidence was taken away. It holds one digest of all that stands in evidence.json, and through that of
   every file here: nothing can be changed, added or left out without writing that event anew. In the evidence of a whole competition
   it is missing; there competition.json holds the digest of every file.

Whoever writes that event anew has another seal than the one that is printed at the end. So ask whoever runs the installation:
lorbeer audit verify --witness DIGEST

That no event is missing between the seals is checked there, too. Events under "later" stand without their numbers, for these would count
what happens to votes that were open when this was written. Votes in a ballot of the jury that was not closed (still open, or given up)
are not here at all; the last lines say how many.

Needs Python 3.11 and nothing else but sealed.py beside this file.
"""

# ruff: noqa: UP031, T201  a program for other people's machines, which prints

import hashlib
import json
import pathlib
import sys

import sealed
from sealed import decided, digest, done, expect, faults, fits, meeting_of, motions, reasons, words

here = pathlib.Path(__file__).resolve().parent

# What no event says: what people call things, and what helps to find something. It is as it was taken away (3), and proved by nothing else.
TOLD = {
    "made_at": "when this was written",
    "entry.title, entry.applicant, entry.reference": "what the entry is called",
    "entry.group_label, checks.clause_label, checks.points.label, jury.group_label, jury.prize_label, jury.project_title, "
    "awards.group_label, awards.prize_label": "what groups, prizes, clauses, check points and projects are called",
    "history.by_name, checks.by_name, votes.by_name": "what people are called",
    "session.position": "the place on the agenda of the session",
    "submissions.erased.erased_at, submissions.erased.questions": "when answers were erased, and of which questions",
    "left_out.votes": "how many votes are left out",
    "later": "what happened after the end of the log",
}


def verify(facts, folder):
    """The sentences on what is wrong with `facts`, the content of evidence.json, and the files beside it."""
    faults.clear()
    done.clear()
    for check in (seals, taken, entry, submissions, checks, votes, session, jury, awards, left_out, files):
        try:
            check(facts, [line["event"] for line in facts["log"] + facts["later"]], folder)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            faults.append("%s: something is missing, or of another kind than was written (%r)" % (check.__name__, error))
    return list(faults)


def seals(facts, _events, _folder):
    for line in facts["log"]:
        fits(line, facts["entry"]["competition"])
    reasons(facts["log"] + facts["later"])


def taken(facts, _events, folder):
    """Nothing was changed, added or left out since this was taken away."""
    line = facts["taken"]
    if line is None:                                                    # a part of the evidence of a whole competition, which has its hash
        whole, name = folder.parent.parent / "competition.json", "entries/%s/evidence.json" % folder.name
        listed = json.loads(whole.read_text(encoding="utf-8"))["files"] if whole.is_file() else {}
        expect(listed.get(name) == hashlib.sha256((folder / "evidence.json").read_bytes()).hexdigest(),
               "no event says what was taken away: this is a part of the evidence of a whole competition, to be checked inside it")
        expect(facts["made_by"] == "system:audit_export", "it was not %s who took this away" % facts["made_by"])
        return
    event = line["event"]
    if fits(line, facts["entry"]["competition"]):
        expect((event["verb"], event["subject"]) == ("evidence.export", "entry:" + facts["entry"]["code"]),
               "the last event is not that this evidence was taken away")
        expect(event["actor"] == facts["made_by"], "it was not %s who took this away" % facts["made_by"])
    beside = {name: value for name, value in facts.items() if name != "taken"}
    expect(digest(beside) == event["detail"].get("facts_sha256"), "evidence.json holds something else than was taken away")


def of_entry(facts, events):
    return [event for event in events if event["subject"] == "entry:" + facts["entry"]["code"]]


def same(place, row, said):
    """Each of what the log says is in the row."""
    for name, value in said.items():
        expect(row[name] == value, "%s: %s is %s, and the log says %s" % (place, name, row[name], value))


def one_each(place, rows, said):
    expect(len(rows) == len(said), "%s: there are %s, and the log knows %s" % (place, len(rows), len(said)))
    return zip(rows, said, strict=False)


def entry(facts, events, _folder):
    """Where it stands, by which steps, in which round and group. A log that begins later says no more than it holds."""
    own, round, group, steps, state = of_entry(facts, events), None, None, [], None
    for event in own:
        detail, verb = event["detail"], event["verb"]
        if verb == "draft.start":
            state, round = "draft", detail["round"]
        elif verb == "check.record":
            group = detail["group"] if detail["verdict"] == "admitted" else group
        elif verb == "check.reopen":
            group = None                                                # proposed anew by its rule, which is no decision
        elif verb == "data.erase" and detail["personal_class"] == "contact":
            for step in steps:                                          # why somebody withdrew says much of them
                if step["move"] == "withdraw" and step["why"]:
                    step["why"] = words("", sealed.ERASED)
        elif verb.startswith("entry.") and "reason_sha256" in detail:
            state = detail["target"]
            steps.append({"move": verb.removeprefix("entry."), "from": detail["source"], "to": state, "at": detail["at"],
                          "by": event["actor"], "why": detail["reason_sha256"]})
    for row, step in one_each("history", facts["history"], steps):
        place = "step %s of %s" % (row["move"], row["at"])
        expect(words(row["secret"], row["reason"]) == step.pop("why"), "%s: its reason is not the one that was given" % place)
        expect(row["reason"] or not row["secret"], "%s: a secret without a reason" % place)
        same(place, row, step)
    known = {name: value for name, value in (("round", round), ("state", state), ("group", group)) if value is not None}
    same("entry %s" % facts["entry"]["code"], facts["entry"], known)
    if facts["taken"]:
        expect(facts["taken"]["event"]["subject"] == "entry:" + facts["entry"]["code"], "this is the evidence of another entry")
    for name in ("state", "round", "group"):
        done["%s proved by the log" % name] += name in known


def submissions(facts, events, _folder):
    received, left, counts = {}, {}, None
    for event in of_entry(facts, events):
        detail, verb = event["detail"], event["verb"]
        if verb == "submission.accept":
            received[detail["number"]], counts = detail, detail["number"]
        elif verb in ("entry.withdraw", "entry.merge"):
            counts = None
        elif verb == "entry.part":                                      # the newest counts again
            counts = max(received, default=None)
        elif verb == "data.erase":
            for one in detail["documents"]:
                left.setdefault(one["sha256"], []).append(one["erased_sha256"])
    for row in facts["submissions"]:
        place, said = "submission %s" % row["number"], received.pop(row["number"], None)
        if said is None:
            faults.append("%s is not in the log" % place)
            continue
        same(place, row, {
            "receipt": said["receipt"], "submitted_at": said["submitted_at"], "channel": said["channel"], "accepted": row["number"] == counts,
            "sha256_as_received": said["sha256"], "log_digest_on_receipt": said["seal"], "file": "submissions/%s.json" % row["number"],
        })
        erased = left.get(said["sha256"], [])
        expect([one["sha256"] for one in row["erased"]] == erased, "%s: another erasure than in the log" % place)
        expect(row["sha256_now"] == [said["sha256"], *erased][-1], "%s is not as it was received, or as an erasure left it" % place)
        expect(facts["files"].get(row["file"]) == row["sha256_now"], "%s: its file is another one" % place)
        done["submissions"] += 1
    expect(not received, "submissions are missing: %s" % sorted(received))


def checks(facts, events, _folder):
    said = [event for event in of_entry(facts, events) if event["verb"] in ("check.record", "check.reopen")]
    for row, event in one_each("formal checks", facts["checks"], said):
        detail, place = event["detail"], "formal check of %s" % row["at"]
        same(place, row, {name: detail[name] for name in ("at", "verdict", "clause", "group", "submission")} | {"by": event["actor"]})
        points = sorted([one["point"], one["fulfilled"], one["note"]] for one in row["points"])
        expect(digest({"reason": row["reason"], "until": row["complete_until"], "points": points}) == detail["findings_sha256"],
               "%s: reason, deadline or points are not those of the log" % place)
        done["formal checks"] += 1


def votes(facts, events, _folder):
    sheets = {event["detail"]["sha256"] for event in events if event["verb"] == "vote.seal"}
    opened = [event["detail"]["votes"] for event in of_entry(facts, events) if event["verb"] == "votes.open"]
    for place, row in enumerate(facts["votes"], start=1):
        expect(digest(row["sheet"]) == row["sha256"], "the vote of seat %s was altered" % row["seat"])
        expect(row["sha256"] in sheets, "the vote of seat %s is not in the log" % row["seat"])
        expect((row["sheet"]["screener"], row["sheet"]["entry"], place) == (row["by"], facts["entry"]["code"], row["seat"]),
               "the vote of seat %s is somebody else's, or of another entry" % row["seat"])
        done["votes"] += 1
    if facts["votes"] and opened:
        expect([[one["vote"], one["sha256"]] for one in opened[-1]] == [[row["sheet"]["vote"], row["sha256"]] for row in facts["votes"]],
               "other votes were opened than are here")


def dated(events, subject):
    """For which day a session or meeting was called last, and the checksum of its minutes."""
    held_on, minutes = None, ""
    for event in events:
        if event["subject"] == subject:
            held_on = event["detail"].get("held_on", held_on)
            if event["verb"] in ("jury.minutes", "session.close"):
                minutes = event["detail"].get("sha256") or event["detail"].get("minutes_sha256", "")
    return {"held_on": held_on, "minutes_sha256": minutes}


def session(facts, events, _folder):
    said = {event["detail"]["session"]: event["detail"] for event in of_entry(facts, events) if event["verb"] == "session.decide"}
    for row in facts["session"]:
        finding, place = row["finding"], "joint session %s" % row["session"]
        event = said.pop(row["session"], {"outcome": ""})
        expect(finding["session"] == row["session"], "%s: the finding is of another session" % place)
        same(place, finding, {name: value for name, value in event.items() if name != "sha256"})
        expect(digest(finding) == event["sha256"] if "sha256" in event else True, "%s: what it found is not as it was recorded" % place)
        same(place, row, dated(events, "session:" + row["session"]))
        done["findings of a session"] += bool(finding["outcome"])
    expect(not said or not facts["votes"], "findings of a session are missing: %s" % sorted(said))


def standing(facts, events):
    """The jury's decisions on this entry that stand: meeting, item → the details of the last event."""
    found = {}
    for event in of_entry(facts, events):
        key, verb = (meeting_of(event), event["detail"].get("position")), event["verb"]
        if verb == "jury.decide":
            found[key] = event["detail"] | {"subject": event["subject"]}
        elif verb == "jury.defer":
            found[key] = {"result": "deferred", "amount_cents": 0}
        elif verb == "jury.reopen":
            found.pop(key, None)
    return found


def jury(facts, events, _folder):
    stands = standing(facts, events)
    for row in facts["jury"]:
        decision = row["decision"]
        expect(decision["entry"] == facts["entry"]["code"], "item %s is of another entry" % decision["position"])
        decided(decision, stands.pop((decision["meeting"], decision["position"]), {}))
        same("meeting %s" % decision["meeting"], row, dated(events, "meeting:" + decision["meeting"]))
    expect(not stands, "decisions are missing: %s" % sorted(stands))
    motions([motion for row in facts["jury"] for motion in row["motions"]], of_entry(facts, events))


def awards(facts, events, _folder):
    said = {one["award"]: one for event in events if event["verb"] == "awards.create" for one in event["detail"]["awards"]
            if one["entry"] == facts["entry"]["code"]}
    items = {"%s/%s" % key: one for key, one in standing(facts, events).items()}
    for row in facts["awards"]:
        award, place = row["award"], "award %s" % row["award"]["award"]
        expect(award == said.pop(award["award"], None), "%s is not as it was recorded" % place)
        decision = items.get(award["item"], {"result": "", "prize": "", "amount_cents": 0})
        expect((decision["result"], decision["prize"], decision["amount_cents"]) == ("awarded", award["prize"], award["cents"]),
               "%s is not what the jury decided" % place)
        paid = [event for event in of_entry(facts, events)
                if event["verb"] in ("payment.record", "payment.cancel") and event["detail"]["award"] == award["award"]]
        for payment, event in one_each("payments of %s" % place, row["paid"], paid):
            same("payment of %s" % payment["paid_on"], payment | {"award": award["award"]}, event["detail"] | {"by": event["actor"]})
        done["awards"] += 1
    expect(not said, "awards are missing: %s" % sorted(said))


def left_out(facts, events, _folder):
    """Which ballots on groups were not closed: their votes are not here."""
    going, given_up = {}, []
    for event in events:
        key = (meeting_of(event), event["detail"].get("group"), event["detail"].get("number"))
        if event["verb"] == "jury.poll":
            going[key] = True
        elif event["verb"] == "jury.poll_close":
            going.pop(key, None)
        elif event["verb"] == "jury.poll_void" and going.pop(key, False):
            given_up.append(key)
    expect(sorted([*going, *given_up]) == sorted((one["meeting"], one["group"], one["number"]) for one in facts["left_out"]),
           "by the log other ballots on groups were not closed than those whose votes are left out")


def files(facts, events, folder):
    for name, expected in facts["files"].items():
        path = folder / name
        expect(path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == expected, "%s was altered or is gone" % name)
        done["files"] += 1
    printed = {event["detail"].get("sha256") or event["detail"].get("minutes_sha256") for event in events
               if event["verb"] in ("jury.minutes", "session.close")}
    for name, found in facts["files"].items():
        expect(not name.startswith("minutes/") or found in printed, "%s is not what was printed as minutes" % name)


def main():
    facts = json.loads((here / "evidence.json").read_text(encoding="utf-8"))
    found = verify(facts, here)
    print("\n".join(found) if found else "All as it was, and as the log says: %s." % ", ".join(
        "%s %s" % (number, what) for what, number in done.items() if number and not what.endswith("by the log")))
    for name in ("state", "round", "group"):
        if not found and not done["%s proved by the log" % name]:
            print("The log does not say: %s of the entry." % name)
    print("As it was taken away, and proved by no event: %s." % "; ".join(TOLD.values()))
    for one in facts["left_out"]:
        print("Left out, because ballot %s on group %s was not closed: %s votes in it." % (one["number"], one["group"], one["votes"]))
    if facts["taken"]:
        seal = facts["taken"]["seal"]
        print("Seal of this evidence: %s %s. Ask for it where the log is: lorbeer audit verify --witness %s" % (
            seal["number"], seal["digest"], seal["digest"]))
    else:
        print("A part of the evidence of a whole competition, and proved by no seal of its own: run verify.py above entries/, too.")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
