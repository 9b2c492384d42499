"""What is known of members' biases for the items of a meeting: recorded by the office, computed, and known only after a decision."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from lorbeer.entries import queries as entries
from lorbeer.entries.models import Bias, Entry
from lorbeer.jury import queries
from lorbeer.jury.models import DeclarationNote, Item, Meeting, Member, Poll, Presence, Reopening
from lorbeer.people.models import Person
from lorbeer.shared.models import LogEvent


def recorded_biases(meeting: Meeting) -> dict[tuple[int, int], list[DeclarationNote]]:
    """(person, entry) that the office has recorded as biased → the notes of a declaration that still say so; two queries."""
    found: dict[tuple[int, int], list[DeclarationNote]] = {
        pair: [] for pair in Bias.objects.filter(kind=Bias.Kind.OFFICE, entry__jury_items__meeting=meeting).values_list("person", "entry")}
    notes = meeting.declaration_notes.filter(taken_back_at=None).select_related("member").prefetch_related("entries")
    for note in notes:
        for entry in note.entries.all():
            found.setdefault((note.member.person_id, entry.pk), []).append(note)
    return found


def _known_biases(meeting: Meeting, persons: Iterable[int]) -> dict[int, list[Bias]]:
    """Entry on the agenda → the biases of `persons`: declared or recorded, in order of time, then those that Lorbeer computes (without a
    `declared_at`: of a ground nobody notes since when). Twelve queries at most.

    What is computed changes with its grounds. So of a closed meeting it stays as it was when it was closed; that is in the log.
    """
    found: dict[int, list[Bias]] = {}
    persons = set(persons)
    known = Bias.objects.filter(
        kind__in=[Bias.Kind.DECLARED, Bias.Kind.OFFICE], person__in=persons, entry__jury_items__meeting=meeting,
    ).select_related("person").order_by("declared_at", "pk").distinct()
    for bias in known:
        found.setdefault(bias.entry_id, []).append(bias)
    said = {(bias.person_id, entry) for entry, biases in found.items() for bias in biases}
    computed = _computed_at_close(meeting) if meeting.closed_at else _computed_now(meeting, persons)
    for person, entry in computed:
        if person.pk in persons and (person.pk, entry) not in said:
            found.setdefault(entry, []).append(Bias(entry_id=entry, person=person, declared_at=None))
    return found


def _computed_now(meeting: Meeting, persons: Collection[int]) -> list[tuple[Person, int]]:
    """Persons, by name, each with an entry of the agenda for which they are biased on any ground. Nine queries."""
    if not persons:
        return []
    on_agenda = list(meeting.items.order_by().values_list("entry", flat=True).distinct())
    pairs = entries.biased_pairs(meeting.competition, on_agenda)
    return sorted(((finding.person, entry) for (person, entry), finding in pairs.items() if person in persons),
                  key=lambda one: (one[0].name, one[0].pk, one[1]))


def _computed_at_close(meeting: Meeting) -> list[tuple[Person, int]]:
    """The same as it was told when the meeting was closed. Three queries at most."""
    event = LogEvent.objects.filter(verb="jury.close", scope=meeting.competition.code, subject=f"meeting:{meeting.code}").first()
    told = event.detail.get("late", []) if event else []
    people = {person.code: person for person in Person.objects.filter(code__in=[code for code, _position in told])} if told else {}
    on_agenda = dict(meeting.items.values_list("position", "entry")) if told else {}
    return [(people[code], on_agenda[position]) for code, position in told if code in people and position in on_agenda]


def computed_late(meeting: Meeting) -> list[list[Any]]:
    """What closing a meeting notes: [code of a person, position of an item] of each computed bias that became known only after the item was
    decided, or a vote on it counted."""
    position = dict(meeting.items.order_by("-position").values_list("entry", "position"))   # of several items of an entry, the first
    late = [bias for biases in late_biases(meeting).values() for bias in biases]
    late += [bias for counts in late_in_counts(meeting).values() for _item, bias in counts]
    return sorted(map(list, {(bias.person.code, position[bias.entry_id]) for bias in late if bias.declared_at is None}))


@dataclass
class Recording:
    """A bias of a member for an entry of the agenda that the office recorded by itself, not with a declaration, and whether it took it back."""

    member: Member
    entry: Entry
    recorded: LogEvent
    lifted: LogEvent | None = None


def recordings_of(meeting: Meeting, notes: Iterable[DeclarationNote]) -> list[Recording]:
    """Whom the office has recorded as biased, in order; by the log, for a bias that was taken back stands in no table. Three queries.

    `notes`: what came with one of them is told with it.
    """
    by_code = {item.entry.code: item.entry for item in meeting.items.select_related("entry")}
    members = {member.person.code: member for member in queries.members_of(meeting.competition)}
    noted = [(note.member_id, entry.pk, note.noted_at) for note in notes for entry in note.entries.all()]
    found: list[Recording] = []
    standing: dict[tuple[int, int], Recording] = {}
    events = LogEvent.objects.filter(verb__in=["bias.record", "bias.lift"], scope=meeting.competition.code,
                                     subject__in=[f"entry:{code}" for code in by_code])
    for event in events.order_by("pk"):
        entry, member = by_code[event.subject.removeprefix("entry:")], members.get(event.detail["person"])
        if member is None:
            continue
        if event.verb == "bias.record":
            standing[member.pk, entry.pk] = one = Recording(member, entry, event)
            found.append(one)
        elif (member.pk, entry.pk) in standing:
            standing.pop((member.pk, entry.pk)).lifted = event
    return [one for one in found if not any(
        (one.member.pk, one.entry.pk) == (of, entry) and one.recorded.at <= at and (one.lifted is None or at < one.lifted.at)
        for of, entry, at in noted)]


def late_biases(meeting: Meeting) -> dict[int, list[Bias]]:
    """Item → biases, declared, recorded or computed, of members who were in the room when it was decided, and known only since. Of a ballot
    on a group: of those whose votes were counted, wherever they were when it was decided by. The same queries for any number.
    """
    there: dict[int, list[Presence]] = {}
    for stay in Presence.objects.filter(meeting=meeting).select_related("member"):
        there.setdefault(stay.member.person_id, []).append(stay)
    by_entry = _known_biases(meeting, list(there))
    items = list(meeting.items.filter(decided_at__isnull=False))
    sent_out = set(Item.out.through.objects.filter(item__meeting=meeting).values_list("item", "member__person"))
    voters = queries.deciders_of(meeting) if any(item.mode in queries.GROUP_MODES for item in items) else {}
    found: dict[int, list[Bias]] = {}
    for item in items:
        at = item.noted_at or item.decided_at
        for bias in by_entry.get(item.entry_id, ()):
            took_part = bias.person.code in voters.get(item.position, ()) if item.mode in queries.GROUP_MODES else any(
                stay.came_at <= at and (stay.left_at is None or stay.left_at > at) for stay in there[bias.person_id])
            is_new = bias.declared_at is None or bias.declared_at > at  # known before, it would have sent them out
            if is_new and (item.pk, bias.person_id) not in sent_out and took_part:
                found.setdefault(item.pk, []).append(bias)
    return found


def late_in_counts(meeting: Meeting) -> dict[int, list[tuple[Item, Bias]]]:
    """Ballot on a group by which was decided → biases of those whose votes were counted in it, known only since, each with its item.

    Of a shortlist, too: who stayed on it has no decision to which that could be put. Whose votes they were is in the log alone.
    The same queries for any number.
    """
    counted = list(meeting.polls.filter(counted_at__isnull=False).select_related("group"))
    by_entry = _known_biases(meeting, Presence.objects.filter(meeting=meeting).values_list("member__person", flat=True)) if counted else {}
    if not by_entry:
        return {}
    items = {item.position: item for item in meeting.items.filter(entry__in=list(by_entry))}
    voters = {(event.detail["group"], event.detail["number"]): event.detail["counted"] for event in LogEvent.objects.filter(
        verb="jury.count", scope=meeting.competition.code, subject=f"meeting:{meeting.code}")}
    found: dict[int, list[tuple[Item, Bias]]] = {}
    for poll in counted:
        held = voters.get((poll.group.code, poll.number), {})
        for item in (items[position] for position in poll.items if position in items):
            for bias in by_entry[item.entry_id]:
                if item.position in held.get(bias.person.code, ()):     # before, they would have had no vote on it
                    found.setdefault(poll.pk, []).append((item, bias))
    return found


def late_shortlists(meeting: Meeting) -> dict[Poll, list[Item]]:
    """Shortlists that stand, with the items for which a bias of somebody became known whose vote was counted in them.

    One that the jury has taken up again whole, by motions on all that it left out, stands no more. Two queries more than `late_in_counts`.
    """
    late = late_in_counts(meeting)
    polls = list(meeting.polls.filter(pk__in=late, keep__isnull=False).select_related("group")) if late else []
    again = list(Reopening.objects.filter(item__meeting=meeting).values_list("item__position", "at")) if polls else []
    found = {}
    for poll in polls:
        left_out = {one["item"] for one in poll.result["order"] if not one["kept"]}
        if left_out - {position for position, at in again if at > poll.counted_at}:
            found[poll] = list({item.pk: item for item, _bias in late[poll.pk]}.values())
    return found
