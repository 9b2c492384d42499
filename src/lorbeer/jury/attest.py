"""The jury's members, presence, decisions and minutes, and the prize money against the log."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from django.utils.translation import gettext as _

from lorbeer.call.models import Purse
from lorbeer.jury.models import Declaration, DeclarationNote, Item, Meeting, Member, Presence, Reopening
from lorbeer.jury.queries import decision_of, note_of, reopening_of
from lorbeer.jury.recount import ballots, polls, urns
from lorbeer.shared import files, log


def decisions() -> Iterator[log.Fault]:
    """Each item as its last event left it: decided, deferred, or taken up again and open."""
    said = {}
    for event in log.told("jury.decide", "jury.defer", "jury.reopen"):
        facts = event.detail if event.verb == "jury.decide" else {"result": Item.Result.DEFERRED if event.verb == "jury.defer" else ""}
        said[event.scope, event.detail.get("meeting"), event.detail.get("position")] = facts
    items = Item.objects.select_related("meeting__competition", "entry", "project", "group", "prize").prefetch_related("out__person")
    for item in items.order_by("pk").iterator(500):
        key = (item.meeting.competition.code, item.meeting.code, item.position)
        facts, found = said.pop(key, None), decision_of(item)
        if item.result or facts:
            code = f"{item.entry.code} ({item.meeting.code}/{item.position})"
            yield from log.compare("jury_item", key[0], code, facts, found | {"sha256": log.digest(found), "batch": item.batch})
    for (scope, meeting, position), facts in said.items():
        yield from log.compare("jury_item", scope, f"{meeting}/{position}", facts, None)


def reopenings() -> Iterator[log.Fault]:
    """Each motion with what it made void, as it was recorded: none changed, none missing, none added."""
    names = ("motion_sha256", "at", "before", "by")
    said: dict[tuple[str, str, int], list[dict[str, Any]]] = defaultdict(list)
    for event in log.told("jury.reopen"):
        key = (event.scope, event.detail.get("meeting", ""), event.detail.get("position", 0))
        said[key].append({name: (event.detail | {"by": event.actor}).get(name) for name in names})
    found: dict[tuple[str, str, int], list[dict[str, Any]]] = defaultdict(list)
    for row in Reopening.objects.select_related("item__meeting__competition", "by").order_by("pk"):
        meeting = row.item.meeting
        found[meeting.competition.code, meeting.code, row.item.position].append(reopening_of(row) | {"by": row.by.code if row.by else ""})
    for key in sorted(said.keys() | found.keys()):
        for told, there in zip_longest(said.get(key, []), found.get(key, [])):
            yield from log.compare("jury_reopening", key[0], f"{key[1]}/{key[2]}", told, there)


def meetings() -> Iterator[log.Fault]:
    """For which round and day each meeting was called, when it was opened, by which rules, and when closed."""
    said: dict[tuple[str, str], dict[str, Any]] = {}
    for event in log.told("jury.plan", "jury.move", "jury.open", "jury.close"):
        key = (event.scope, event.subject.removeprefix("meeting:"))
        if event.verb == "jury.plan":
            said[key] = {name: event.detail.get(name) for name in ("round", "held_on")} | {"opened_at": "", "closed_at": "", "rules": {}}
        elif key in said and event.verb == "jury.move":
            said[key]["held_on"] = event.detail.get("held_on")
        elif key in said:
            said[key]["rules"] = event.detail.get("rules", said[key]["rules"])
            if event.verb == "jury.open":                               # it is held on that day
                said[key]["held_on"] = event.detail.get("held_on")
            said[key]["opened_at" if event.verb == "jury.open" else "closed_at"] = event.detail.get("at")
    for meeting in Meeting.objects.select_related("competition").order_by("pk"):
        key = (meeting.competition.code, meeting.code)
        yield from log.compare("jury_meeting", *key, said.pop(key, None), {
            "round": meeting.round, "held_on": meeting.held_on.isoformat(),
            "opened_at": log.moment(meeting.opened_at) if meeting.opened_at else "",
            "closed_at": log.moment(meeting.closed_at) if meeting.closed_at else "", "rules": log.plain(meeting.rules),
        })
    for key, facts in said.items():
        yield from log.compare("jury_meeting", *key, facts, None)


def minutes() -> Iterator[log.Fault]:
    """The minutes' checksum, the file that the meeting points to, and its bytes."""
    said = {(event.scope, event.subject.removeprefix("meeting:")): event.detail for event in log.told("jury.minutes")}
    for meeting in Meeting.objects.exclude(minutes_sha256="").select_related("competition", "minutes").order_by("pk"):
        key = (meeting.competition.code, meeting.code)
        facts = said.pop(key, None)
        name = _("SHA-256 of the file")
        told = facts and facts | {name: facts.get("sha256")}
        found = {"sha256": meeting.minutes_sha256, name: meeting.minutes.blob_id if meeting.minutes else ""}
        yield from log.compare("jury_meeting", *key, told, found)
        if meeting.minutes:
            yield from files.compare_bytes("jury_meeting", *key, meeting.minutes)
    for key, facts in said.items():
        yield from log.compare("jury_meeting", *key, facts, None)


def signatures() -> Iterator[log.Fault]:
    """The signed copy of the minutes: its checksum, its file and the bytes."""
    said = {(event.scope, event.subject.removeprefix("meeting:")): event.detail for event in log.told("jury.sign")}
    for meeting in Meeting.objects.exclude(signed_sha256="").select_related("competition", "signed").order_by("pk"):
        key = (meeting.competition.code, meeting.code)
        facts = said.pop(key, None)
        found = {"sha256": meeting.signed_sha256 if meeting.signed and meeting.signed.blob_id == meeting.signed_sha256 else ""}
        yield from log.compare("jury_meeting", *key, facts, found)
        if meeting.signed:
            yield from files.compare_bytes("jury_meeting", *key, meeting.signed)
    for key, facts in said.items():
        yield from log.compare("jury_meeting", *key, facts, None)


def members() -> Iterator[log.Fault]:
    """Who belongs to the jury, as what, and with a vote."""
    said: dict[tuple[str, str], dict[str, Any]] = {}
    for event in log.told("jury.appoint", "jury.dismiss"):
        key = (event.scope, event.subject.removeprefix("person:"))
        if event.verb == "jury.appoint":
            said[key] = event.detail
        else:
            said.pop(key, None)
    for member in Member.objects.select_related("competition", "person", "deputy_for__person").order_by("pk"):
        key = (member.competition.code, member.person.code)
        yield from log.compare("jury_member", *key, said.pop(key, None), {
            "kind": member.kind, "votes": member.votes, "constituency": member.constituency,
            "deputy_for": member.deputy_for.person.code if member.deputy_for else "",
        })
    for key, facts in said.items():
        yield from log.compare("jury_member", *key, facts, None)


def presences() -> Iterator[log.Fault]:
    """Who was in the room from when to when, and who has declared their bias before the day."""
    said: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    declared: dict[tuple[str, str, str], dict[str, Any]] = {}
    for event in log.told("jury.arrive", "jury.leave", "jury.close", "jury.declare", "jury.note_declaration", "jury.correct_declaration",
                          "jury.dismiss"):
        meeting, member, at = event.subject.removeprefix("meeting:"), event.detail.get("member", ""), event.detail.get("at", "")
        if event.verb in ("jury.declare", "jury.note_declaration"):
            declared[event.scope, meeting, member] = {"declared_at": at, "up_to": event.detail.get("up_to")}
        elif event.verb == "jury.correct_declaration":                  # without a time nothing is left of it
            declared.pop((event.scope, meeting, member), None)
            if at:
                declared[event.scope, meeting, member] = {"declared_at": at, "up_to": event.detail.get("up_to")}
        elif event.verb == "jury.dismiss":
            gone = event.subject.removeprefix("person:")
            declared = {key: facts for key, facts in declared.items() if (key[0], key[2]) != (event.scope, gone)}
        elif event.verb == "jury.close":                                # whoever is still there leaves
            for key, times in said.items():
                if key[:2] == (event.scope, meeting) and len(times) % 2:
                    times.append(at)
        else:
            said[event.scope, meeting, member].append(at)
    found: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for row in Presence.objects.select_related("meeting__competition", "member__person").order_by("came_at", "pk"):
        key = (row.meeting.competition.code, row.meeting.code, row.member.person.code)
        found[key] += [log.moment(at) for at in (row.came_at, row.left_at) if at]
    for key in sorted(said.keys() | found.keys()):
        # A record that was kept without the network comes in later: its times are in order, its events stand behind those of the screen.
        told, in_room = ({"times": sorted(rows[key])} if key in rows else None for rows in (said, found))
        yield from log.compare("jury_presence", key[0], "/".join(key[1:]), told, in_room)
    rows = Declaration.objects.values_list(
        "meeting__competition__code", "meeting__code", "member__person__code", "declared_at", "up_to")
    there = {(scope, meeting, member): {"declared_at": log.moment(at), "up_to": up_to} for scope, meeting, member, at, up_to in rows}
    for key in sorted(declared.keys() | there.keys()):
        yield from log.compare("jury_declaration", key[0], "/".join(key[1:]), declared.get(key), there.get(key))


def notes() -> Iterator[log.Fault]:
    """What the office noted of declarations on paper or by word: source, day, entries, by whom, what it took back, and the scan's bytes."""
    said: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for event in log.told("jury.note_declaration", "jury.correct_declaration", "jury.dismiss"):
        if event.verb == "jury.dismiss":
            gone = event.subject.removeprefix("person:")
            said = defaultdict(list, {key: rows for key, rows in said.items() if (key[0], key[2]) != (event.scope, gone)})
            continue
        of_member = said[event.scope, event.subject.removeprefix("meeting:"), event.detail.get("member", "")]
        if event.verb == "jury.note_declaration":
            of_member.append(event.detail.get("note", {}))
        elif 0 < (number := event.detail.get("number", 0)) <= len(of_member):
            of_member[number - 1] = of_member[number - 1] | {"taken_back": {"at": event.detail.get("taken_back_at"), "by": event.actor}}
    found: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    kept = DeclarationNote.objects.select_related("meeting__competition", "member__person", "noted_by", "taken_back_by", "scan")
    for row in kept.prefetch_related("entries").order_by("pk"):
        meeting, member = row.meeting, row.member.person.code
        key = (meeting.competition.code, meeting.code, member)
        found[key].append(note_of(row))
        if row.scan:
            yield from files.compare_bytes("jury_declarationnote", key[0], "/".join(key[1:]), row.scan)
    for key in sorted(said.keys() | found.keys()):
        for told, there in zip_longest(said.get(key, []), found.get(key, [])):
            yield from log.compare("jury_declarationnote", key[0], "/".join(key[1:]), told, there)


def money() -> Iterator[log.Fault]:
    """What has been taken out of each purse is the sum of what was awarded from it."""
    awarded: Counter[tuple[int, int]] = Counter()
    for competition, round, cents in Item.objects.order_by("pk").values_list("meeting__competition", "meeting__round", "amount_cents"):
        awarded[competition, round] += cents
    for purse in Purse.objects.select_related("competition").order_by("pk"):
        said = {"spent_cents": awarded[purse.competition_id, purse.round]}
        scope = purse.competition.code
        yield from log.compare("call_purse", scope, f"{scope}/{purse.round}", said, {"spent_cents": purse.spent_cents})


def printed() -> Iterator[tuple[str, str, str]]:
    for event in log.told("jury.minutes"):
        if event.detail.get("seal"):
            yield event.scope, event.subject, event.detail.get("seal")


for attestor in (ballots, polls, urns, decisions, reopenings, meetings, minutes, signatures, members, presences, notes, money):
    log.attest("jury", attestor)
log.witnessed(printed)
