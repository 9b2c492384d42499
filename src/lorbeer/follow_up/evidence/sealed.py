"""What the programs that check evidence share: seals, words, findings, and what the log says of decisions and motions.

It goes with each verify.py and needs Python 3.11 and nothing else.
"""

# ruff: noqa: UP031  a program for other people's machines, like those beside it

import hashlib
import json
from collections import defaultdict

ERASED = "–"                                                            # what an erasure leaves of somebody's words
faults: list[str] = []
done: dict[str, int] = defaultdict(int)


def digest(value):
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def expect(holds, sentence):
    if not holds:
        faults.append(sentence)


def words(secret, text):
    """What the log holds of somebody's words: a hash with a secret, so that they can be erased."""
    return digest([secret, text]) if text else ""


def fits(line, scope):
    """Whether the line has a seal. It is told where the seal is not that of its event, or the event of another competition."""
    seal, event = line["seal"], line["event"]
    if seal is None:
        faults.append("event %s is not sealed" % event["id"])
        return False
    content = {"number": seal["number"], "previous": seal["previous"], "sealed_at": seal["sealed_at"], "event": event}
    expect(digest(content) == seal["digest"], "seal %s does not fit its event" % seal["number"])
    expect(event["scope"] == scope, "event %s is of another competition" % event["id"])
    done["seals"] += 1
    return True


def reasons(lines):
    """Each reason that somebody gave: as the log has its hash, or emptied by an erasure."""
    for line in lines:
        reason, event = line["reason"], line["event"]
        name = "the reason of event %s" % event.get("id", event["at"])
        said = event["detail"].get("why_sha256")
        expect(bool(reason) == bool(said), "%s is missing, or is not in the log" % name)
        if reason and not reason["secret"]:
            expect(reason["words"] == ERASED, "%s is not the one that was given" % name)
        elif reason:
            expect(words(reason["secret"], reason["words"]) == said, "%s is not the one that was given" % name)
            done["reasons"] += 1


def meeting_of(event):
    return event["detail"].get("meeting") or event["subject"].removeprefix("meeting:")


def decided(decision, stands):
    """The decision on an item of the jury is what the last event on it says; `stands`: its details and subject, {} where there is none."""
    place = "item %s of %s" % (decision["position"], decision["meeting"])
    for name, value in (stands or {"result": "", "amount_cents": 0}).items():
        expect(name not in decision or decision[name] == value,
               "%s: %s is %s, and the log says %s" % (place, name, decision.get(name), value))
    if "sha256" in stands:
        expect(stands["subject"] == "entry:" + decision["entry"], "%s: it was decided on another entry" % place)
        expect(digest(decision) == stands["sha256"], "%s: the decision is not as it was recorded" % place)
    done["decisions"] += bool(decision["result"])


def motions(rows, events):
    """Each motion with what it made void: as it was recorded, none changed, none missing, none added, and void is what had been decided."""
    found = defaultdict(list)
    for row in rows:
        found[row["meeting"], row["position"]].append(row)
    stood = {}
    for event in events:
        detail = event["detail"]
        if event["verb"] not in ("jury.decide", "jury.reopen"):
            continue
        key = (meeting_of(event), detail["position"])
        place = "item %s of %s" % (key[1], key[0])
        if event["verb"] == "jury.decide":
            stood[key] = detail
            continue
        before, void = detail["before"], stood.pop(key, {})
        for name in ("result", "mode", "prize", "amount_cents", "yes", "no", "abstained", "place"):
            expect(before[name] == void.get(name), "%s: the motion voids another %s than was decided" % (place, name))
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
