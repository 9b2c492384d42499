"""Who was in the room, put together by time: what was noted on screen, and what a record says that was kept without the network.

The later word counts. What the record says of a room holds until its next decision, or until the meeting went on on screen: from then on
whoever was noted as present there was present.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from lorbeer.jury.models import Meeting, Member, Presence
from lorbeer.jury.services.common import _subject, _touch
from lorbeer.jury.services.meeting import arrive, leave
from lorbeer.people.models import Person
from lorbeer.shared import log
from lorbeer.shared.models import LogEvent

# Somebody leads the meeting, or votes in it.
LEADS = ("jury.call", "jury.ballot", "jury.vote_void", "jury.decide", "jury.defer", "jury.reopen", "jury.urn", "jury.void", "jury.tally",
         "jury.poll", "jury.rank", "jury.approve", "jury.poll_close", "jury.poll_void", "jury.count")
NEVER = datetime.max.replace(tzinfo=UTC)
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Correction:
    """That `member` was in the room (or was not) from `since` to `until`, other than was noted on screen."""

    member: Member
    was_there: bool
    since: datetime
    until: datetime | None                                              # None: they are (or are not) there now


@dataclass(frozen=True)
class OnScreen:
    """When the meeting was led on screen, and when somebody came or went there."""

    led: list[datetime]
    noted: dict[str, list[datetime]]                                    # code of a person → moments

    def led_after(self, moment: datetime) -> datetime | None:
        return min((at for at in self.led if at > moment), default=None)


def on_screen(meeting: Meeting) -> OnScreen:
    """What the log tells of it; what an earlier record brought in is none of it. One query."""
    found = OnScreen([], {})
    for event in LogEvent.objects.filter(scope=meeting.competition.code, verb__in=(*LEADS, "jury.arrive", "jury.leave")).order_by("pk"):
        of = event.detail.get("meeting") or event.subject.removeprefix("meeting:")
        if of != meeting.code or event.detail.get("offline"):
            continue
        if event.verb in LEADS:
            found.led.append(event.at)
        else:
            found.noted.setdefault(event.detail["member"], []).append(datetime.fromisoformat(event.detail["at"]))
    return found


def corrections(meeting: Meeting, members: Iterable[Member], rooms: list[tuple[datetime, Iterable[str]]], screen: OnScreen) -> list[Correction]:
    """What `rooms` (moment and codes of those who were there, in order) say otherwise than was noted on screen. One query."""
    stays: dict[int, list[Span]] = {}
    for stay in Presence.objects.filter(meeting=meeting).order_by("came_at"):
        stays.setdefault(stay.member_id, []).append((stay.came_at, stay.left_at or NEVER))
    found = []
    for member in members:
        code, noted = member.person.code, stays.get(member.pk, [])
        words = sorted([*screen.led, *screen.noted.get(code, ())])
        spans: list[tuple[bool, Span]] = []
        for (since, room), following in zip(rooms, [*(at for at, _room in rooms[1:]), NEVER], strict=True):
            until = min([following, *(at for at in words if at > since)])
            there = code in room
            spans += [(there, span) for span in (_without if there else _within)((since, until), noted)]
        for there, (since, until) in _joined(spans):
            found.append(Correction(member, there, since, None if until == NEVER else until))
    return found


def _within(span: Span, stays: list[Span]) -> list[Span]:
    """The parts of `span` that lie in `stays`, each in one."""
    cut = [(max(span[0], came), min(span[1], left)) for came, left in stays]
    return [(since, until) for since, until in cut if since < until]


def _without(span: Span, stays: list[Span]) -> list[Span]:
    """The parts of `span` that lie in none of `stays`."""
    edges = [span[0], *(moment for part in _within(span, stays) for moment in part), span[1]]
    return [(since, until) for since, until in zip(edges[::2], edges[1::2], strict=True) if since < until]


def _joined(spans: list[tuple[bool, Span]]) -> list[tuple[bool, Span]]:
    """Spans of the same kind that follow on each other, as one."""
    found: list[tuple[bool, Span]] = []
    for there, (since, until) in spans:
        if found and found[-1][0] == there and found[-1][1][1] == since:
            found[-1] = (there, (found[-1][1][0], until))
        else:
            found.append((there, (since, until)))
    return found


def correct(meeting: Meeting, corrections: Iterable[Correction], *, by: Person | None) -> None:
    """Put them into the meeting (locked) and the log. Who is there now changes only where a correction has no end."""
    for one in corrections:
        if one.was_there and one.until is None:
            arrive(meeting, one.member, at=one.since, offline=True, by=by)
        elif one.was_there:
            Presence.objects.create(meeting=meeting, member=one.member, came_at=one.since, left_at=one.until)
            _record("jury.arrive", meeting, one.member, one.since, by)
            _record("jury.leave", meeting, one.member, one.until, by)
        elif one.until is None:
            _leave_out(meeting, one, by)
            leave(meeting, one.member, at=one.since, offline=True, by=by)
        else:
            _leave_out(meeting, one, by)
    _touch(meeting)


def _leave_out(meeting: Meeting, one: Correction, by: Person | None) -> None:
    """Take a while out of the stays in which it lies: usually one, or several that follow on each other. Where it has no end, the stay
    that has none is left to `leave`."""
    within = Presence.objects.filter(meeting=meeting, member=one.member, came_at__lt=one.until or NEVER).exclude(left_at__lte=one.since)
    for stay in within.order_by("came_at"):
        since, until, left_at = max(one.since, stay.came_at), min(one.until or NEVER, stay.left_at or NEVER), stay.left_at
        if until == NEVER:
            continue
        stay.left_at = since
        stay.save(update_fields=["left_at"])
        Presence.objects.create(meeting=meeting, member=one.member, came_at=until, left_at=left_at)
        _record("jury.leave", meeting, one.member, since, by)
        _record("jury.arrive", meeting, one.member, until, by)


def _record(verb: str, meeting: Meeting, member: Member, at: datetime, by: Person | None) -> None:
    log.record(verb, subject=_subject(meeting), scope=meeting.competition.code, actor=by, member=member.person.code, at=log.moment(at),
               offline=True)
