"""Check the evidence of a whole competition without Lorbeer: python3 verify.py

1. Every seal is computed anew: SHA-256 of the canonical JSON of {number, previous, sealed_at, event}; where two follow
   each other, the second must name the first.
2. The competition is played again from its events: assignments, joint sessions, every ballot of the jury and what it came
   to, every decision, every motion that took one up again, the prize money. What comes out must be what competition.json says.
3. Every entry's own evidence (entries/*/verify.py) and every file's checksum.

Needs Python 3.11 and nothing else. counting.py beside this file is Lorbeer's own arithmetic of ballots.
"""

# ruff: noqa: UP031, S603, T201  a program for other people's machines, which prints

import hashlib
import json
import pathlib
import subprocess
import sys
from collections import defaultdict

import counting

here = pathlib.Path(__file__).resolve().parent
facts = json.loads((here / "competition.json").read_text(encoding="utf-8"))
faults: list[str] = []
done: dict[str, int] = defaultdict(int)


def digest(value):
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def expect(holds, sentence):
    if not holds:
        faults.append(sentence)


def seals():
    before = None
    for line in facts["log"]:
        seal = line["seal"]
        if seal is None:
            faults.append("event %s is not sealed" % line["event"]["id"])
            continue
        content = {"number": seal["number"], "previous": seal["previous"], "sealed_at": seal["sealed_at"], "event": line["event"]}
        expect(digest(content) == seal["digest"], "seal %s does not fit its event" % seal["number"])
        if before and before["number"] + 1 == seal["number"]:
            expect(before["digest"] == seal["previous"], "seal %s does not follow seal %s" % (seal["number"], before["number"]))
        before = seal
        done["seals"] += 1


def words(secret, text):
    """What the log holds of somebody's words: a hash with a secret, so that they can be erased."""
    return digest([secret, text]) if text else ""


def reasons():
    for line in facts["log"]:
        reason, event = line["reason"], line["event"]
        if reason and reason["secret"]:                                 # without one it was erased
            expect(words(reason["secret"], reason["words"]) == event["detail"].get("why_sha256"),
                   "the reason of event %s is not the one that was given" % event["id"])
            done["reasons"] += 1


def assignments():
    told = {line["event"]["subject"]: line["event"]["detail"] for line in facts["log"] if line["event"]["verb"] == "assignment.propose"}
    for run in facts["assignments"]:
        event = told.pop("assignment:" + run["code"], {})
        expect(digest(run["input"]) == run["input_sha256"] == event.get("input_sha256"), "the input of assignment %s was altered" % run["code"])
        expect(digest(run["result"]) == run["result_sha256"] == event.get("result_sha256"),
               "the result of assignment %s was altered" % run["code"])
        expect(event.get("seed") == run["seed"], "assignment %s was computed from another seed" % run["code"])
        done["assignments"] += 1
    expect(not told, "assignments are missing: %s" % sorted(told))


def sessions():
    told = {}
    for line in facts["log"]:
        event = line["event"]
        if event["verb"] == "session.decide":
            told[event["detail"]["session"], event["subject"].removeprefix("entry:")] = event["detail"]["outcome"]
    for row in facts["sessions"]:
        said = told.pop((row["session"], row["entry"]), None)
        if row["outcome"] or said:
            expect(said == row["outcome"], "the session's outcome on %s is not that of the log" % row["entry"])
            done["session decisions"] += 1
    expect(not told, "session decisions are missing: %s" % sorted(told))


def meeting_of(event):
    return event["detail"].get("meeting") or event["subject"].removeprefix("meeting:")


def jury():
    """Ballots, counts, decisions and money, event by event."""
    said = defaultdict(dict)                                            # meeting, item -> member -> (choice, rank)
    urns = {}                                                           # meeting, item -> who has voted secretly
    state = {}                                                          # meeting, item -> the decision that stands
    caps = {purse["round"]: purse for purse in facts["purses"]}
    rounds = {meeting["code"]: meeting["round"] for meeting in facts["meetings"]}
    spent = defaultdict(int)
    for line in facts["log"]:
        event = line["event"]
        verb, detail = event["verb"], event["detail"]
        if not verb.startswith("jury."):
            continue
        meeting, item, member = meeting_of(event), detail.get("position"), detail.get("member", "")
        key = (meeting, item)
        if verb == "jury.count":
            expect(counted(said, meeting, detail) == sorted([one, place] for one, place, _kept in detail["order"]),
                   "ballot %s of group %s gives another order than was counted" % (detail["number"], detail["group"]))
            done["ballots on groups counted anew"] += 1
        for dropped in detail.get("dropped", ()):
            said[meeting, dropped].pop(member, None)
        for dropped in detail.get("dropped_all", ()):
            said.pop((meeting, dropped), None)
        if verb == "jury.ballot":
            said[key][member] = (detail["choice"], None)
            done["votes"] += 1
        elif verb == "jury.rank":
            for rank, one in enumerate(detail["order"], start=1):
                said[meeting, one][member] = ("rank", rank)
            done["votes"] += 1
        elif verb == "jury.approve":
            for choice, name in (("approve", "approved"), ("pass", "passed")):
                for one in detail[name]:
                    said[meeting, one][member] = (choice, None)
            done["votes"] += 1
        elif verb == "jury.urn":
            urns[key] = set()
            said[key] = {one: voice for one, voice in said[key].items() if voice[0] in ("rank", "approve", "pass")}
        elif verb == "jury.envelope":
            urns[key].add(member)
            done["secret votes (that, not what)"] += 1
        elif verb == "jury.leave":
            for place, voters in urns.items():
                if place[0] == meeting:
                    voters.discard(member)
        elif verb in ("jury.void", "jury.defer"):
            urns.pop(key, None)
            if verb == "jury.defer":
                said.pop(key, None)
                state[key] = {"result": "deferred", "amount_cents": 0}
        elif verb == "jury.reopen":
            spent[rounds[meeting]] -= state.pop(key, {}).get("amount_cents", 0)
            said.pop(key, None)
        elif verb == "jury.decide":
            judge(key, detail, said[key], urns.pop(key, None))
            spent[rounds[meeting]] += detail["amount_cents"]
            state[key] = detail
            cap = caps.get(rounds[meeting], {"cap_cents": 0})["cap_cents"]
            expect(spent[rounds[meeting]] <= cap, "item %s of %s went beyond the cap" % (item, meeting))
    for row in facts["decisions"]:
        stands = state.pop((row["meeting"], row["position"]), {"result": "", "amount_cents": 0})
        for name in ("result", "mode", "prize", "amount_cents", "yes", "no", "abstained", "place"):
            expect(name not in stands or stands[name] == row[name],
                   "item %s of %s: %s is %s, and the log says %s" % (row["position"], row["meeting"], name, row[name], stands.get(name)))
        done["decisions"] += bool(row["result"])
    expect(not state, "decisions are missing: %s" % sorted(state))
    for purse in facts["purses"]:
        expect(spent[purse["round"]] == purse["spent_cents"], "the purse of round %s says another sum than the decisions" % purse["round"])


def motions():
    """Each motion with what it made void: as it was recorded, none changed, none missing, none added, and void is what had been decided."""
    found = defaultdict(list)
    for row in facts["motions"]:
        found[row["meeting"], row["position"]].append(row)
    stood = {}
    for line in facts["log"]:
        event, detail = line["event"], line["event"]["detail"]
        if event["verb"] not in ("jury.decide", "jury.reopen"):
            continue
        key = (meeting_of(event), detail["position"])
        place = "item %s of %s" % (key[1], key[0])
        if event["verb"] == "jury.decide":
            stood[key] = detail
            continue
        before, decided = detail["before"], stood.pop(key, {})
        for name in ("result", "mode", "prize", "amount_cents", "yes", "no", "abstained", "place"):
            expect(before[name] == decided.get(name), "%s: the motion voids another %s than was decided" % (place, name))
        row = found[key].pop(0) if found[key] else None
        if row is None:
            faults.append("%s: a motion is missing" % place)
            continue
        expect(words(row["secret"], row["motion"]) == detail["motion_sha256"], "%s: the motion was altered" % place)
        expect(words(row["secret"], row["dissent"]) == before["dissent_sha256"], "%s: the dissent that the motion voids was altered" % place)
        expect(row["before"] == before and row["at"] == detail["at"], "%s: what the motion voids was altered" % place)
        done["motions"] += 1
    for key, left in found.items():
        expect(not left, "item %s of %s: a motion is there that the log does not know" % (key[1], key[0]))


def judge(key, detail, voices, voters):
    """Do the votes that the log holds give the numbers of this decision?"""
    place = "item %s of %s" % (key[1], key[0])
    entitled = set(detail["entitled"])
    numbers = [detail["yes"], detail["no"], detail["abstained"]]
    if detail["mode"] in ("consensus", "open", "secret"):
        expect(sum(numbers) == len(entitled), "%s: votes and voters differ" % place)
    expect(not entitled & set(detail["out"]), "%s: somebody voted who was out for bias" % place)
    if detail["mode"] == "open":
        choices = [choice for member, (choice, _rank) in voices.items() if member in entitled and choice in ("yes", "no", "abstain")]
        if choices:                                                     # else hands were counted
            expect([choices.count(one) for one in ("yes", "no", "abstain")] == numbers, "%s: the ballots give other numbers" % place)
    if detail["mode"] == "secret" and voters is not None:
        expect(entitled <= voters, "%s: more votes were counted than lay in the urn" % place)
    if detail["mode"] in ("open", "secret"):
        expect((detail["result"] == "awarded") == (detail["yes"] > detail["no"]), "%s: the votes give another result" % place)


def counted(said, meeting, detail):
    items = [one for one, _place, _kept in detail["order"]]
    cast = defaultdict(dict)
    for member, held in detail["counted"].items():
        for one in held:
            if member in said[meeting, one]:
                cast[member][one] = said[meeting, one][member]
    if detail["mode"] == "stv":
        papers = [sorted(given, key=lambda one, given=given: given[one][1] or 0) for given in cast.values()]
        places = counting.scottish(papers, items, min(detail["seats"], len(items)), detail.get("broken", ())).places
        return sorted([one, places[one]] for one in items)
    if detail["mode"] == "approval":
        scores = counting.approval({who: {one: voice[0] == "approve" for one, voice in given.items()} for who, given in cast.items()})
    else:
        scores = counting.borda({who: {one: voice[1] or 0 for one, voice in given.items()} for who, given in cast.items()})
    values = {one: scores[one][0] if one in scores else 0 for one in items}
    return sorted([one, 1 + sum(other > values[one] for other in values.values())] for one in items)


def files():
    for name, expected in facts["files"].items():
        path = here / name
        expect(path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == expected, "%s was altered or is gone" % name)
    for script in sorted(here.glob("entries/*/verify.py")):
        run = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
        expect(run.returncode == 0, "entry %s: %s" % (script.parent.name, run.stdout.strip()))
        done["entries"] += 1


for check in (seals, reasons, assignments, sessions, jury, motions, files):
    check()
print("\n".join(faults) if faults else "All as it was: %s." % ", ".join("%s %s" % (number, what) for what, number in done.items()))
sys.exit(1 if faults else 0)
