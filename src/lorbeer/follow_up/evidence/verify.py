"""Check the evidence of a whole competition without Lorbeer: python3 verify.py

1. Every seal is computed anew: SHA-256 of the canonical JSON of {number, previous, sealed_at, event}. From the first to the
   last none is missing; where a seal is of another competition, or of a vote in a ballot of the jury that was not closed, "links" has
   its number and digest and nothing more.
2. The last event says by digests what was written here: every field of competition.json, every file, every event before it.
   Where rounds are left out because votes are open, the log is whole up to where these votes were begun. What happened later in
   the other rounds stands under "later" without numbers, and that last event is not here, for its number would count what happened
   to the open votes; the digest that stands in it, and covers the later events, too, is printed.
3. The competition is played again from its events: assignments, joint sessions, who had declared their bias and was in the
   room, every ballot of the jury and what it came to, every decision, every motion that took one up again or gave a ballot on a group
   up, the prize money.
   What comes out must be what competition.json says.
4. Every entry's own evidence (entries/*/verify.py) and every file's checksum.

Whoever writes all of it anew has another newest seal than the one that is printed at the end. So ask whoever runs the
installation, or read in minutes and receipts that were printed later: lorbeer audit verify --witness DIGEST

Needs Python 3.11 and nothing else. counting.py beside this file is Lorbeer's own arithmetic of ballots; sealed.py holds what the
programs of the entries check in the same way.
"""

# ruff: noqa: UP031, S603, T201  a program for other people's machines, which prints

import hashlib
import json
import pathlib
import subprocess
import sys
from collections import defaultdict

import counting
from sealed import decided, digest, done, expect, faults, fits, meeting_of, motions, reasons, words

here = pathlib.Path(__file__).resolve().parent
facts = json.loads((here / "competition.json").read_text(encoding="utf-8"))
lines = facts["log"] + facts["later"]                                     # later ones stand without numbers: see 2
elsewhere = set(facts["left_out"]["subjects"])                            # assignments, sessions, meetings of rounds that are left out


def seals():
    chain = [(number, found, None) for number, found in facts["links"]]
    for line in facts["log"]:
        if fits(line, facts["competition"]["code"]):
            seal = line["seal"]
            chain.append((seal["number"], seal["digest"], seal["previous"]))
    chain.sort(key=lambda link: link[0])
    for (number, found, _previous), (after, _found, previous) in zip(chain, chain[1:], strict=False):
        expect(after == number + 1, "between seal %s and seal %s something is missing or double" % (number, after))
        if after == number + 1 and previous is not None:
            expect(previous == found, "seal %s does not follow seal %s" % (after, number))


def taken():
    """What was written here is what the last event says that was."""
    if facts["left_out"]["rounds"]:                                     # that event is not here: its digest is printed at the end
        return
    said = facts["log"][-1]["event"] if facts["log"] else {"verb": "", "detail": {}}
    if said["verb"] != "evidence.export_whole":
        faults.append("the end is missing: the last event is not that this evidence was taken away")
        return
    before = [line["seal"]["digest"] if line["seal"] else "" for line in facts["log"][:-1]]
    expect(len(before) == said["detail"]["events"] and digest(before) == said["detail"]["events_sha256"],
           "the log that was taken away had %s events before the last, other ones than are here" % said["detail"]["events"])
    expect(digest(beside_the_log()) == said["detail"]["facts_sha256"], "competition.json holds something else than was taken away")


def beside_the_log():
    """What stands in competition.json beside the log."""
    return {name: value for name, value in facts.items() if name not in ("log", "links")}


def assignments():
    told = {line["event"]["subject"]: line["event"]["detail"] for line in lines
            if line["event"]["verb"] in ("assignment.propose", "assignment.adjust") and line["event"]["subject"] not in elsewhere}
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
    for line in lines:
        event = line["event"]
        if event["verb"] == "session.decide" and "session:" + event["detail"]["session"] not in elsewhere:
            told[event["detail"]["session"], event["subject"].removeprefix("entry:")] = event["detail"]["outcome"]
    for row in facts["sessions"]:
        said = told.pop((row["session"], row["entry"]), None)
        if row["outcome"] or said:
            expect(said == row["outcome"], "the session's outcome on %s is not that of the log" % row["entry"])
            done["session decisions"] += 1
    expect(not told, "session decisions are missing: %s" % sorted(told))


def jury():
    """Ballots, counts, decisions and money, event by event."""
    said = defaultdict(dict)                                            # meeting, item -> member, kind of ballot -> (choice, rank)
    polls = {}                                                          # meeting, group -> the terms of the ballot that is going on
    unclosed = []                                                       # meeting, group, number of ballots that were given up while open
    approved = {}                                                       # meeting, item -> approvals by the last count, and how many it needed
    entries = {(one["decision"]["meeting"], one["decision"]["position"]): "entry:" + one["decision"]["entry"] for one in facts["decisions"]}
    urns = {}                                                           # meeting, item -> who has voted secretly
    state = {}                                                          # meeting, item -> the decision that stands
    rounds = {meeting["code"]: meeting["round"] for meeting in facts["meetings"]}
    caps = {purse["round"]: purse["cap_cents"] for purse in facts["purses"]}        # until the log says what the call says
    spent = defaultdict(int)
    sat = {}                                                            # entry -> who decided on it in the joint session
    room = Room()
    for line in lines:
        event = line["event"]
        verb, detail = event["verb"], event["detail"]
        room.follow(event)
        if verb == "competition.import":
            caps = {int(name.removeprefix("cap/")): cents for name, cents in detail["terms"]["call_purse"].items()}
        if verb == "session.decide":
            sat[event["subject"]] = detail["deciders"]
        if verb == "bias.lift" and detail.get("why_sha256"):
            room.lift(event, state)
            expect(detail["person"] not in sat.get(event["subject"], ()), "%s: %s decided in the joint session, and a bias that the office"
                   " had recorded was taken back afterwards" % (event["subject"], detail["person"]))
        if not verb.startswith("jury.") or "meeting:" + meeting_of(event) in elsewhere:
            continue
        meeting, item, member = meeting_of(event), detail.get("position"), detail.get("member", "")
        key = (meeting, item)
        poll = polls.get((meeting, detail.get("group")))
        if verb == "jury.poll":
            expect(poll is None, "group %s of %s: a ballot was opened while another was going on" % (detail["group"], meeting))
            polls[meeting, detail["group"]] = detail | {"closed": False}
        elif verb in ("jury.rank", "jury.approve"):
            expect(poll and not poll["closed"] and poll.get("number") == detail["number"],
                   "group %s of %s: somebody voted on it while no ballot was open" % (detail["group"], meeting))
            voted = {*detail.get("order", ()), *detail.get("approved", ()), *detail.get("passed", ())}
            expect(voted and voted <= set((poll or detail | {"items": voted})["items"]),
                   "group %s of %s: a vote holds nothing, or something else than its ballot was opened for" % (detail["group"], meeting))
        elif verb == "jury.poll_close":
            expect(poll is not None, "group %s of %s: a ballot was closed that was not open" % (detail["group"], meeting))
            polls[meeting, detail["group"]] = (poll or {}) | {"closed": True}
            expect(poll is None or sorted(poll["items"]) == sorted(detail["items"]),
                   "group %s of %s: a ballot was closed on something else than it was opened for" % (detail["group"], meeting))
            kind = "approval" if detail["mode"] == "approval" else "rank"
            for one in detail["items"]:                                   # what is not counted goes
                said[meeting, one] = {who: voice for who, voice in said[meeting, one].items()
                                      if who[1] != kind or one in detail["counted"].get(who[0], ())}
        elif verb == "jury.close":
            expect(not any(place[0] == meeting for place in polls), "a ballot on a group was going on when meeting %s was closed" % meeting)
        elif verb == "jury.poll_void":
            if not (polls.pop((meeting, detail["group"]), None) or {"closed": True})["closed"]:
                unclosed.append((meeting, detail["group"], detail["number"]))
        elif verb == "jury.count":
            terms = polls.pop((meeting, detail["group"]), None) or {}
            for who, held in detail["counted"].items():
                for one in held:
                    expect(who not in room.biased_for(entries.get((meeting, one))),
                           "ballot %s of group %s: by then %s was known to be biased for item %s" % (
                               detail["number"], detail["group"], who, one))
            fixed = ("number", "items", "mode", "keep", "seats", "least", "prize")
            expect(terms.get("closed") and all(terms.get(name) == detail[name] for name in fixed)
                   and sorted(detail["items"]) == sorted(one for one, _place, _kept in detail["order"]),
                   "ballot %s of group %s was counted in another way than it was opened, or before it was closed"
                   % (detail["number"], detail["group"]))
            expect(counted(said, meeting, detail) == sorted([one, place] for one, place, _kept in detail["order"]),
                   "ballot %s of group %s gives another order than was counted" % (detail["number"], detail["group"]))
            if detail["mode"] == "approval":
                for one, _place, kept in detail["order"]:
                    votes = sum(one in held and said[meeting, one].get((who, "approval")) == ("approve", None)
                                for who, held in detail["counted"].items())
                    approved[meeting, one] = votes, detail["least"]
                    expect(not kept or votes >= detail["least"], "item %s of %s stays with fewer approvals than were fixed" % (one, meeting))
            done["ballots on groups counted anew"] += 1
        for dropped in detail.get("dropped", ()):
            said[meeting, dropped].pop((member, {"jury.rank": "rank", "jury.approve": "approval"}.get(verb, "voice")), None)
        for dropped in detail.get("dropped_ballots", ()):
            for kind in ("rank", "approval"):
                said[meeting, dropped].pop((member, kind), None)
        for dropped in detail.get("dropped_all", ()):
            said[meeting, dropped] = {one: voice for one, voice in said[meeting, dropped].items() if one[1] == "voice"}
        if verb == "jury.ballot":
            said[key][member, "voice"] = (detail["choice"], None)
            done["votes"] += 1
        elif verb == "jury.rank":
            for rank, one in enumerate(detail["order"], start=1):
                said[meeting, one][member, "rank"] = ("rank", rank)
            done["votes"] += 1
        elif verb == "jury.approve":
            for choice, name in (("approve", "approved"), ("pass", "passed")):
                for one in detail[name]:
                    said[meeting, one][member, "approval"] = (choice, None)
            done["votes"] += 1
        elif verb == "jury.urn":
            urns[key] = set()
            said[key] = {one: voice for one, voice in said[key].items() if one[1] != "voice"}
        elif verb == "jury.envelope":
            urns[key].add(member)
            done["secret votes (that, not what)"] += 1
        elif verb == "jury.leave":
            for place, voters in urns.items():
                if place[0] == meeting:
                    voters.discard(member)
        elif verb == "jury.vote_void":
            said[key] = {one: voice for one, voice in said[key].items() if one[1] != "voice"}
        elif verb in ("jury.void", "jury.defer"):
            urns.pop(key, None)
            if verb == "jury.defer":
                said[key] = {one: voice for one, voice in said[key].items() if one[1] != "voice"}
                state[key] = {"result": "deferred", "amount_cents": 0}
        elif verb == "jury.reopen":
            spent[rounds[meeting]] -= state.pop(key, {}).get("amount_cents", 0)
            said.pop(key, None)
        elif verb == "jury.correct_declaration":
            room.correct(event, state)
        elif verb == "jury.decide":
            if detail["mode"] == "approval":
                votes, needed = approved.get(key, (0, 1))
                expect(votes == detail["yes"] and (detail["result"] != "awarded" or votes >= needed),
                       "item %s of %s: other approvals than the ballots give, or won with fewer than were fixed" % (item, meeting))
            judge(key, detail, said[key], urns.pop(key, None))
            room.judge(key, event)
            spent[rounds[meeting]] += detail["amount_cents"]
            state[key] = detail | {"subject": event["subject"]}
            expect(spent[rounds[meeting]] <= caps.get(rounds[meeting], 0), "item %s of %s went beyond the cap" % (item, meeting))
    left_out = [(one["meeting"], one["group"], one["number"]) for one in facts["left_out"]["ballots"]]
    unclosed += [(*key, poll["number"]) for key, poll in polls.items() if not poll["closed"]]
    expect(sorted(unclosed) == sorted(one for one in left_out if "meeting:" + one[0] not in elsewhere),
           "by the log other ballots on groups were not closed than those whose votes are left out")
    for row in facts["decisions"]:
        decision = row["decision"]
        decided(decision, state.pop((decision["meeting"], decision["position"]), {}))
    expect(not state, "decisions are missing: %s" % sorted(state))
    caps = {one: cents for one, cents in caps.items() if one not in facts["left_out"]["rounds"]}
    expect({purse["round"]: purse["cap_cents"] for purse in facts["purses"]} == caps, "the caps are not those of the call")
    for purse in facts["purses"]:
        expect(spent[purse["round"]] == purse["spent_cents"], "the purse of round %s says another sum than the decisions" % purse["round"])


class Room:
    """Who was there, had declared and was biased, as the log tells it."""

    def __init__(self):
        self.times = defaultdict(lambda: defaultdict(list))             # meeting -> member -> when they came and went
        self.declared = {}                                              # meeting, member -> the newest batch of items that is covered
        self.biased = defaultdict(dict)                                 # entry -> persons with who said so (themselves, the office) -> when
        self.counted = {}                                               # meeting, item -> the three as they were when voting ended
        self.closed = {}                                                # the same for ballots on groups, with the bias of all entries

    def follow(self, event):
        verb, detail, subject = event["verb"], event["detail"], event["subject"]
        member, meeting = detail.get("member", ""), meeting_of(event)
        if verb in ("bias.declare", "bias.record"):
            self.biased[subject].setdefault((detail["person"], verb), event["at"])
        elif verb == "bias.lift":                                       # what somebody declared themselves stays
            self.biased[subject].pop((detail["person"], "bias.record"), None)
        elif verb in ("jury.arrive", "jury.leave"):
            self.times[meeting][member].append(detail["at"])
        elif verb in ("jury.declare", "jury.note_declaration", "jury.correct_declaration"):
            self.declared[meeting, member] = detail["up_to"]
        elif verb == "jury.dismiss":
            gone = subject.removeprefix("person:")
            self.declared = {key: batch for key, batch in self.declared.items() if key[1] != gone}
        elif verb == "jury.tally":
            self.counted[meeting, detail["position"]] = self.now(meeting, subject)
        elif verb == "jury.poll_close":
            biased = {entry: {person for person, _who in said} for entry, said in self.biased.items()}
            self.closed.update({(meeting, one): (self.here(meeting), dict(self.declared), biased) for one in detail["items"]})
        elif verb in ("jury.reopen", "jury.void"):
            self.counted.pop((meeting, detail["position"]), None)

    def now(self, meeting, subject):
        return self.here(meeting), dict(self.declared), self.biased_for(subject)

    def at(self, meeting, subject, moment):
        """The same as it was at an earlier moment; a declaration from such a room is noted afterwards, and counts."""
        return self.here(meeting, moment), dict(self.declared), self.biased_for(subject, moment)

    def here(self, meeting, moment="9"):
        """Who came and did not go again until then: each time is a coming or a going, in turn."""
        return {member for member, times in self.times[meeting].items() if sum(at <= moment for at in times) % 2}

    def biased_for(self, subject, moment="9"):
        return {person for (person, _who), at in self.biased[subject].items() if at <= moment}

    def correct(self, event, state):
        """A declaration that was noted wrongly was taken back: had no decision been taken on the strength of it?"""
        member, meeting, covers = event["detail"]["member"], meeting_of(event), event["detail"]["up_to"]
        done["declarations taken back"] += 1
        for (where, item), decision in state.items():
            expect(where != meeting or decision.get("batch", 0) <= covers or member not in decision.get("entitled", ()),
                   "item %s of %s: %s voted, and their declaration was taken back afterwards" % (item, where, member))

    def lift(self, event, state):
        """A bias that the office had recorded was taken back by itself: does no vote of that person stand against it?"""
        person = event["detail"]["person"]
        done["biases taken back"] += 1
        for (where, item), decision in state.items():
            expect(decision.get("subject") != event["subject"] or person not in decision.get("entitled", ()),
                   "item %s of %s: %s voted, and a bias that the office had recorded was taken back afterwards" % (item, where, person))

    def judge(self, key, event):
        """Was everybody whose vote counted in the room, declared for what was on the table, and not biased as far as the log knows?"""
        place, detail = "item %s of %s" % (key[1], key[0]), event["detail"]
        here, declared, biased = self.counted.get(key) or self.now(key[0], event["subject"])
        if detail.get("noted_at"):                                      # by a record that was kept without the network
            here, declared, biased = self.at(key[0], event["subject"], detail["noted_at"])
        if detail["mode"] == "secret" and key in self.counted:
            for member in detail["entitled"]:
                expect(member not in self.biased_for(event["subject"]), "%s: by then %s was known to be biased" % (place, member))
        if detail["mode"] in ("ranking", "approval", "stv") and key in self.closed:
            here, declared, biased = self.closed[key][0], self.closed[key][1], self.closed[key][2].get(event["subject"], ())
        for member in detail["entitled"]:
            expect(member in here, "%s: %s voted and was not in the room" % (place, member))
            expect(declared.get((key[0], member), 0) >= detail["batch"], "%s: %s voted and had not declared their bias" % (place, member))
            expect(member not in biased, "%s: %s voted and was biased" % (place, member))


def days():
    """Each meeting: for which round and day it was called, and the minutes' checksum."""
    found, printed = {}, {}
    for line in lines:
        event = line["event"]
        if "meeting:" + meeting_of(event) in elsewhere:
            continue
        if event["verb"] == "jury.plan":
            found[meeting_of(event)] = {name: event["detail"][name] for name in ("round", "held_on")}
        elif event["verb"] in ("jury.move", "jury.open"):                 # it is held on the day on which it is opened
            found[meeting_of(event)]["held_on"] = event["detail"]["held_on"]
        elif event["verb"] == "jury.minutes":
            printed[meeting_of(event)] = event["detail"]["sha256"]
    for meeting in facts["meetings"]:
        said = {"code": meeting["code"], **found.pop(meeting["code"], {}), "minutes_sha256": printed.get(meeting["code"], "")}
        for name, value in said.items():
            expect(meeting[name] == value, "meeting %s: %s is %s, and the log says %s" % (meeting["code"], name, meeting[name], value))
        done["meetings"] += 1
    expect(not found, "meetings are missing: %s" % sorted(found))


def ballots_on_groups():
    """Each ballot on a group with its terms, times, number of votes, and the motion that gave it up: as recorded, none missing, none added."""
    found = {(row["meeting"], row["group"], row["number"]): row for row in facts["polls"]}
    verbs = {"jury.poll": "opened_at", "jury.poll_close": "closed_at", "jury.count": "counted_at", "jury.poll_void": "given_up_at"}
    told = defaultdict(dict)
    for line in lines:
        event, detail = line["event"], line["event"]["detail"]
        if event["verb"] in verbs and "meeting:" + meeting_of(event) not in elsewhere:
            told[meeting_of(event), detail["group"], detail["number"]][event["verb"]] = detail
    for key, said in told.items():
        place, row = "ballot %s of group %s in %s" % (key[2], key[1], key[0]), found.pop(key, None)
        if row is None or "jury.poll" not in said:
            faults.append("%s is missing" % place)
            continue
        for name in ("items", "mode", "keep", "seats", "least", "prize"):
            expect(row[name] == said["jury.poll"][name], "%s: %s is not what was fixed when it was opened" % (place, name))
        for verb, name in verbs.items():
            expect(row[name] == said.get(verb, {}).get("at"), "%s: %s is not what the log says" % (place, name))
        closed, void = said.get("jury.poll_close"), said.get("jury.poll_void")
        expect(row["ballots"] == len(closed["counted"] if closed else ()), "%s was closed with another number of votes" % place)
        expect(words(row["secret"], row["motion"]) == (void["motion_sha256"] if void else ""), "%s: the motion was altered" % place)
        expect(row["late"] == (void["late"] if void else []), "%s: whose bias became known too late was altered" % place)
        done["motions"] += bool(void)
    expect(not found, "ballots on groups are there that the log does not know: %s" % sorted(found))


def judge(key, detail, voices, voters):
    """Do the votes that the log holds give the numbers of this decision?"""
    place = "item %s of %s" % (key[1], key[0])
    entitled = set(detail["entitled"])
    numbers = [detail["yes"], detail["no"], detail["abstained"]]
    if detail["mode"] in ("consensus", "open", "secret"):
        expect(sum(numbers) == len(entitled), "%s: votes and voters differ" % place)
    expect(not entitled & set(detail["out"]), "%s: somebody voted who was out for bias" % place)
    if detail["mode"] != "open":
        expect(not any(kind == "voice" for _member, kind in voices), "%s: it was decided in another way while open votes lay there" % place)
    if detail["mode"] == "open":
        choices = [choice for (member, kind), (choice, _rank) in voices.items() if member in entitled and kind == "voice"]
        if choices:                                                     # else hands were counted
            expect([choices.count(one) for one in ("yes", "no", "abstain")] == numbers, "%s: the ballots give other numbers" % place)
    if detail["mode"] == "secret" and voters is not None:
        expect(entitled <= voters, "%s: more votes were counted than lay in the urn" % place)
    if detail["mode"] in ("open", "secret"):
        expect((detail["result"] == "awarded") == (detail["yes"] > detail["no"]), "%s: the votes give another result" % place)


def counted(said, meeting, detail):
    items = [one for one, _place, _kept in detail["order"]]
    cast = defaultdict(dict)
    kind = "approval" if detail["mode"] == "approval" else "rank"
    for member, held in detail["counted"].items():
        for one in held:
            if (member, kind) in said[meeting, one]:
                cast[member][one] = said[meeting, one][member, kind]
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


for check in (seals, taken, assignments, sessions, days, jury, ballots_on_groups, files):
    check()
reasons(lines)
motions(facts["motions"], [line["event"] for line in lines if "meeting:" + meeting_of(line["event"]) not in elsewhere])
print("\n".join(faults) if faults else "All as it was: %s." % ", ".join("%s %s" % (number, what) for what, number in done.items()))
if facts["left_out"]["rounds"]:
    print("Left out, because votes were open when this was written: round %s. The log is whole up to where these votes were begun;\n"
          "%s later events of the other rounds stand here without numbers, so no seal speaks for them.\n"
          "Compare with the event evidence.export_whole in the log of the installation: facts_sha256 %s" % (
              ", ".join(str(one) for one in facts["left_out"]["rounds"]), len(facts["later"]), digest(beside_the_log())))
for one in facts["left_out"]["ballots"]:
    print("Left out, because ballot %s on group %s was not closed when this was written: %s votes in it." % (
        one["number"], one["group"], one["votes"]))
newest = facts["log"][-1]["seal"] if facts["log"] else None
if newest:
    print("Newest seal: %s %s. Ask for it where the log is: lorbeer audit verify --witness %s" % (
        newest["number"], newest["digest"], newest["digest"]))
sys.exit(1 if faults else 0)
