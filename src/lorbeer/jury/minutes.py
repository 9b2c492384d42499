"""The minutes: what was decided, by whom it was heard, what it costs. One content for the growing page and for the PDF."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from lorbeer.call.models import AwardGroup, Competition
from lorbeer.entries.models import Bias
from lorbeer.jury import biases, queries
from lorbeer.jury.models import DeclarationNote, Item, Meeting, Member, Poll, Presence
from lorbeer.jury.ranking import fixed_text, late_votes, rule_text, score_texts
from lorbeer.people.models import Person, Role
from lorbeer.shared import clock, log
from lorbeer.shared.blocks import text_blocks
from lorbeer.shared.documents import long_date, render_pdf
from lorbeer.shared.files import store
from lorbeer.shared.models import LogEvent
from lorbeer.shared.money import format_column, format_euro
from lorbeer.shared.templatetags.formats import long_day, short_day
from lorbeer.shared.text import house_language, in_sentence, listed, nested_quotes, quoted, written_in


def _time(moment: datetime | None, meeting: Meeting) -> str:
    """The time of day where the meeting is held, with its day where that is another one."""
    if moment is None:
        return ""
    day = clock.day(moment, meeting.competition.time_zone)
    return _hour(moment, meeting) if day == meeting.held_on else f"{short_day(day)}, {_hour(moment, meeting)}"


def _hour(moment: datetime, meeting: Meeting) -> str:
    return f"{moment.astimezone(ZoneInfo(meeting.competition.time_zone)):%H:%M}"


def role_text(member: Member, place: Competition | None = None) -> str:
    """`Mitglied, kommunale Spitzenverbände` or `Vertretung von A. Beispiel`; for a page of `place` with its languages marked."""
    if member.deputy_for:
        role = _("deputy of %(member)s") % {"member": member.deputy_for.person}
    else:
        role = str(Member.Kind(member.kind).label)
    parts = [role, written_in(place, member.constituency), "" if member.votes else _("without a vote")]
    return listed([part for part in parts if part])


def votes_text(item: Item) -> str:
    """`einstimmig`, `im Konsens, mit abweichender Meinung`, `Ja 7, Nein 2, Enthaltung 1`, or the place in the ranking.

    Nothing is unanimous that somebody has had a dissent recorded against, whatever the numbers are.
    """
    if not item.mode:
        return _("taken off the agenda, for bias left no quorum")
    if item.place_is_kept and item.mode in queries.GROUP_MODES:
        return _("by a ballot on the group")
    if item.mode == Item.Mode.RANKING:
        return _("place %(place)s in the ranking") % {"place": item.place}
    if item.mode == Item.Mode.STV:
        return _("place %(place)s in the single transferable vote") % {"place": item.place}
    if item.mode == Item.Mode.APPROVAL:
        return _("place %(place)s, approved on %(yes)s of %(ballots)s ballots") % {
            "place": item.place, "yes": item.yes, "ballots": item.ballots_counted}
    agreeing = item.yes if item.result == Item.Result.AWARDED else item.no
    if agreeing == item.entitled:
        if not item.dissent:
            return _("unanimous")
        if item.mode == Item.Mode.CONSENSUS:
            return _("by consensus, with a dissenting opinion")
    return _("yes %(yes)s, no %(no)s, abstentions %(abstained)s") % {
        "yes": item.yes,
        "no": item.no,
        "abstained": item.abstained,
    }


def keep_places(meeting: Meeting, items: Iterable[Item], closed: Collection[int]) -> None:
    """Let none of `items` tell its place in a ballot on a group where that would tell the place of another one: of an entry (ids:
    `closed`) whose result is kept from the reader.
    """
    groups = set(meeting.items.filter(entry__in=closed).values_list("group", flat=True)) if closed else set()
    for item in items:
        item.place_is_kept = item.group_id in groups


def result_text(item: Item) -> str:
    """The decision in one line; empty while there is none."""
    if item.result == Item.Result.AWARDED and item.prize:
        worth = f", {format_euro(item.amount_cents)}" if item.amount_cents else ""
        return in_sentence("%(prize)s%(worth)s (%(votes)s)", prize=item.prize.label, worth=worth, votes=votes_text(item))
    if item.result == Item.Result.NOT_AWARDED:
        return _("no prize (%(votes)s)") % {"votes": votes_text(item)}
    return _("deferred") if item.result == Item.Result.DEFERRED else ""


def subject_text(item: Item) -> str:
    """What the item is about: applicant and title, or the project by itself; nameless where the entry is unlisted."""
    if item.entry.is_unlisted:
        return in_sentence(_("Entry without a name (%(code)s)"), code=item.entry.code)
    title = _("project “%(title)s”") % {"title": item.project.title} if item.project else quoted(item.entry.title)
    return f"{item.entry.applicant}: {nested_quotes(title)}"


def _presence(meeting: Meeting) -> list[dict[str, str]]:
    rows = []
    by_person: dict[int, list[Presence]] = {}
    for stay in meeting.presences.select_related("member"):
        by_person.setdefault(stay.member.person_id, []).append(stay)
    for member in queries.jury_of(meeting):
        if stays := _joined(by_person.get(member.person_id, ())):
            present = ", ".join(f"{_time(came, meeting)}–{_time(left, meeting)}" for came, left in stays)
        elif member.kind == Member.Kind.DEPUTY:
            continue  # a deputy who was not needed
        else:
            present = _("absent")
        rows.append({"name": member.person.name, "role": role_text(member, meeting.competition), "present": present})
    return rows


def _joined(stays: Iterable[Presence]) -> list[tuple[datetime, datetime | None]]:
    """Stays in order, those that follow on each other as one: what a record adds to one is another row, see `services.presence`."""
    found: list[tuple[datetime, datetime | None]] = []
    for stay in sorted(stays, key=lambda one: (one.came_at, one.pk)):
        if found and found[-1][1] == stay.came_at:
            found[-1] = (found[-1][0], stay.left_at)
        elif stay.came_at != stay.left_at:
            found.append((stay.came_at, stay.left_at))
    return found


def note_text(note: DeclarationNote) -> str:
    """Who noted a declaration of bias, when, and from what, and who took that back, in one sentence."""
    meeting, zone = note.meeting, note.meeting.competition.time_zone
    noted_on = clock.day(note.noted_at, zone)
    facts = {"person": note.noted_by, "day": long_day(note.said_on), "noted": long_day(noted_on), "time": _hour(note.noted_at, meeting)}
    if note.source == DeclarationNote.Source.PAPER:
        told = _("noted by the office from a paper of %(day)s (%(person)s, %(noted)s, %(time)s)") % facts
    else:
        told = _("noted by the office as said in the meeting (%(person)s, %(noted)s, %(time)s)") % facts
    if note.taken_back_at is None:
        return told
    return _("%(told)s; noted by mistake, taken back by %(person)s, %(day)s, %(time)s") % {
        "told": told, "person": note.taken_back_by, "day": long_day(clock.day(note.taken_back_at, zone)),
        "time": _hour(note.taken_back_at, meeting)}


def note_sentence(note: DeclarationNote) -> str:
    return _("Declaration of bias of %(member)s: %(noted)s.") % {"member": note.member, "noted": note_text(note)}


def _changes_of_jury(meeting: Meeting) -> list[str]:
    """Who joined the jury while the meeting was open, who of them left it again, and whose grounds of bias were noted anew, a sentence each:
    quorum and votes are counted from it."""
    if not meeting.opened_at:
        return []
    until = {"at__lte": meeting.closed_at} if meeting.closed_at else {}
    events = list(LogEvent.objects.filter(
        Q(verb__in=["jury.appoint", "jury.dismiss"]) | Q(verb="role.change", detail__kind=Role.Kind.JUROR),
        scope=meeting.competition.code, at__gte=meeting.opened_at, **until).order_by("pk"))
    codes = {event.subject.removeprefix("person:") for event in events}
    names = {person.code: person.name for person in Person.objects.filter(code__in=codes)} if codes else {}
    told = {
        "jury.appoint": _("%(person)s was appointed at %(time)s, while the meeting was open; what was decided before had its quorum without"
                          " them."),
        "jury.dismiss": _("%(person)s was taken off the jury again at %(time)s."),
        "role.change": _("By what Lorbeer computes biases of %(person)s was noted anew at %(time)s, while the meeting was open."),
    }
    return [told[event.verb] % {"person": names.get(event.subject.removeprefix("person:"), "–"), "time": _time(event.at, meeting)}
            for event in events]


def _noted(meeting: Meeting, without: Collection[int]) -> list[str]:
    """The declarations of bias that did not come from the members' own pages, and the biases that the office recorded, a sentence each."""
    notes = [note for notes in queries.notes_of(meeting).values() for note in notes]
    recordings = [one for one in biases.recordings_of(meeting, notes) if one.entry.pk not in without]
    codes = {event.actor for one in recordings for event in (one.recorded, one.lifted) if event}
    names = {person.code: person.name for person in Person.objects.filter(code__in=codes)} if codes else {}
    positions: dict[int, list[str]] = {}
    for entry, position in meeting.items.order_by("position").values_list("entry", "position") if recordings else ():
        positions.setdefault(entry, []).append(str(position))
    return [note_sentence(note) for note in notes] + [_recorded(one, ", ".join(positions[one.entry.pk]), names, meeting) for one in recordings]


def _recorded(one: biases.Recording, items: str, names: dict[str, str], meeting: Meeting) -> str:
    """Who recorded a bias, and who took that back; the reasons stay with the office."""
    def facts(event: LogEvent) -> dict[str, str]:
        day = clock.day(event.at, meeting.competition.time_zone)
        return {"person": names.get(event.actor, _("the office")), "day": long_day(day), "time": _hour(event.at, meeting)}

    told = _("Bias of %(member)s for item %(items)s: recorded by the office (%(person)s, %(day)s, %(time)s)") % (
        facts(one.recorded) | {"member": str(one.member), "items": items})
    if one.lifted:
        told = _("%(told)s; noted by mistake, taken back by %(person)s, %(day)s, %(time)s") % (facts(one.lifted) | {"told": told})
    return f"{told}."


def decided_items(meeting: Meeting) -> list[Item]:
    """The items with a result in the order in which they were decided, with what the minutes say about them."""
    return list(
        queries.items_of(meeting)
        .exclude(result="")
        .prefetch_related("out__person", "reopenings")
        .order_by("decided_at", "position")
    )


def items_in_minutes(meeting: Meeting) -> list[Item]:
    """The decided items, and after them those whose decision was taken up again and stands open: the motion is in the minutes."""
    decided = decided_items(meeting)
    open_again = queries.items_of(meeting).filter(result="", reopenings__isnull=False).distinct()
    return decided + list(open_again.prefetch_related("out__person", "reopenings"))


def late_text(bias: Bias, item: Item) -> str:
    """That somebody's bias became known after the decision, in a sentence; the reason stays with the office."""
    if bias.declared_at is None:
        return (_("A bias of %(person)s, whose vote was counted, became known after the decision: Lorbeer computes it.")
                if item.mode in queries.GROUP_MODES else
                _("A bias of %(person)s, who was in the room, became known after the decision: Lorbeer computes it.")) % {"person": bias.person}
    told = (_("A bias of %(person)s, whose vote was counted, became known after the decision (%(day)s, %(time)s).")
            if item.mode in queries.GROUP_MODES else
            _("A bias of %(person)s, who was in the room, became known after the decision (%(day)s, %(time)s)."))
    return told % _known(bias, item.meeting)


def late_in_count_text(item: Item, bias: Bias, poll: Poll) -> str:
    """The same of a ballot on a group that was counted, a shortlist, too."""
    if bias.declared_at is None:
        return _("Ballot %(number)s: a bias of %(person)s, whose vote was counted in it, became known for item %(item)s after that: Lorbeer"
                 " computes it.") % {"number": poll.number, "person": bias.person, "item": item.position}
    return _("Ballot %(number)s: a bias of %(person)s, whose vote was counted in it, became known for item %(item)s after that (%(day)s,"
             " %(time)s).") % (_known(bias, poll.meeting) | {"number": poll.number, "item": item.position})


def _known(bias: Bias, meeting: Meeting) -> dict[str, Any]:
    """Whose bias became known and when."""
    day = clock.day(bias.declared_at, meeting.competition.time_zone)
    return {"person": bias.person, "day": long_day(day), "time": _hour(bias.declared_at, meeting)}


def voided_votes(items: Iterable[Item]) -> dict[tuple[str, int], list[LogEvent]]:
    """Meeting and item → how secret ballots and open votes on it were given up, and who left with an open vote on it. Of what is gone only
    the log knows. One query."""
    items = list(items)
    found: dict[tuple[str, int], list[LogEvent]] = {}
    if items:
        subjects = {f"entry:{item.entry.code}" for item in items} | {f"meeting:{item.meeting.code}" for item in items}
        told = LogEvent.objects.filter(scope=items[0].meeting.competition.code, subject__in=subjects,
                                       verb__in=["jury.void", "jury.vote_void", "jury.leave"]).order_by("pk")
        for event in told.select_related("reason"):
            meeting = event.detail.get("meeting") or event.subject.removeprefix("meeting:")
            for position in event.detail.get("dropped", ()) if event.verb == "jury.leave" else [event.detail["position"]]:
                found.setdefault((meeting, position), []).append(event)
    return found


def _voided(event: LogEvent, meeting: Meeting) -> str:
    time = _time(event.at, meeting)
    if "counted" not in event.detail:
        return _("A secret ballot on it was given up at %(time)s, uncounted; its votes were destroyed, unopened.") % {"time": time}
    yes, no, abstained = event.detail["counted"]
    if event.verb == "jury.vote_void":
        facts = {"yes": yes, "no": no, "abstained": abstained, "time": time}
        if event.detail.get("mode") == Item.Mode.SECRET:
            return _("An open vote on it (by then yes %(yes)s, no %(no)s, abstentions %(abstained)s) was ended at %(time)s, when a secret"
                     " ballot on it was begun.") % facts
        if not hasattr(event, "reason"):
            return _("An open vote on it (by then yes %(yes)s, no %(no)s, abstentions %(abstained)s) was ended at %(time)s, when the item was"
                     " deferred.") % facts
        return _("An open vote on it (by then yes %(yes)s, no %(no)s, abstentions %(abstained)s) was given up at %(time)s on a motion:"
                 " %(motion)s") % (facts | {"motion": event.reason.words})
    late = [str(member) for member in queries.members_of(meeting.competition) if member.person.code in event.detail["late"]]
    return _("A secret ballot on it (yes %(yes)s, no %(no)s, abstentions %(abstained)s) was given up at %(time)s after it had been counted,"
             " because a bias of %(names)s had become known, on a motion: %(motion)s") % {
        "yes": yes, "no": no, "abstained": abstained, "time": time, "names": ", ".join(late),
        "motion": event.reason.words if hasattr(event, "reason") else ""}


def before_text(before: dict[str, Any], *, place_is_kept: bool = False) -> str:
    """The decision that a motion made void, in one line with its way and its votes."""
    given = before["yes"] + before["no"] + before["abstained"]
    was = Item(result=before["result"], mode=before["mode"], yes=before["yes"], no=before["no"], abstained=before["abstained"],
               entitled=given, ballots_counted=before["yes"] + before["no"], place=before["place"], dissent=before["dissent"])
    was.place_is_kept = place_is_kept
    parts = [Item.Result(before["result"]).label, format_euro(before["amount_cents"]) if before["amount_cents"] else ""]
    way = f"{Item.Mode(before['mode']).label}: {votes_text(was)}" if was.mode else votes_text(was)
    if before["offline"]:
        way += ", " + _("entered afterwards, decided while the network was away")
    return _("Decided before: %(result)s (%(way)s).") % {"result": ", ".join(str(part) for part in parts if part), "way": way}


def item_notes(item: Item, late: Iterable[Bias] = (), voids: Iterable[LogEvent] = ()) -> list[str]:
    """Votes given up or lapsed, motions by which it was taken up again, biases known too late, dissent, how a tie was broken: a sentence each.

    `voids`: see `voided_votes`.
    """
    gone = [event for event in voids if event.verb == "jury.leave"]
    notes = [_voided(event, item.meeting) for event in voids if event.verb != "jury.leave"]
    if gone:
        times = dict.fromkeys(_time(datetime.fromisoformat(event.detail["at"]), item.meeting) for event in gone)
        notes.append(ngettext("%(count)s open vote on it lapsed, for the member who had cast it left the room (%(times)s).",
                              "%(count)s open votes on it lapsed, for the members who had cast them left the room (%(times)s).", len(gone))
                     % {"count": len(gone), "times": ", ".join(times)})
    notes += [late_text(bias, item) for bias in late]
    for reopening in item.reopenings.all():
        notes.append(in_sentence(_("Taken up again on a motion: %(motion)s"), motion=written_in(item.meeting.competition, reopening.motion)))
        notes.append(before_text(reopening.before, place_is_kept=item.place_is_kept))
        if reopening.before["dissent"] and reopening.before["mode"] not in queries.GROUP_MODES:
            label = _("Dissent then: %(text)s") if reopening.before["mode"] else _("Motion then: %(text)s")
            notes.append(in_sentence(label, text=written_in(item.meeting.competition, reopening.before["dissent"])))
    if item.dissent and not (item.place_is_kept and item.mode in queries.GROUP_MODES):
        label = (_("How the tie was broken: %(text)s") if item.mode in queries.GROUP_MODES else _("Dissent: %(text)s") if item.mode
                 else _("Taken off the agenda on a motion: %(text)s"))
        notes.append(in_sentence(label, text=written_in(item.meeting.competition, item.dissent)))
    return notes


def _scores(items: list[Item]) -> dict[int, str]:
    """Item → its score in its group's ranking, in words that differ where the scores do."""
    by_group: dict[int, list[Item]] = {}
    for item in items:
        if item.score is not None:
            by_group.setdefault(item.group_id, []).append(item)
    return {
        item.pk: texts[item.score]
        for group in by_group.values()
        for texts in [score_texts(item.score for item in group)]
        for item in group
    }


def _item(item: Item, score: str, late: Iterable[Bias], voids: Iterable[LogEvent]) -> dict[str, Any]:
    facts = [[_("Group"), str(item.group)]]
    if item.mode:
        facts.append([_("Way of deciding"), str(Item.Mode(item.mode).label)])
        facts.append([_("Entitled to vote"), str(item.entitled)])
    if item.offline:
        when = {"time": _time(item.noted_at, item.meeting)}
        facts.append([_("Entered"), _("afterwards: decided at %(time)s by the record, while the network was away") % when if item.noted_at
                      else _("afterwards: decided while the network was away")])
    out = sorted(member.person.name for member in item.out.all())
    if item.mode in queries.GROUP_MODES and not item.place_is_kept:
        if score:
            facts.append([_("Score"), score])
        facts.append([_("Ballots"), str(item.ballots_counted)])
    if out:  # a ballot on a group calls nothing up, so nobody leaves: who is biased has the entry left off the ballot
        label = _("Biased, without a vote on it") if item.mode in queries.GROUP_MODES else _("Left the room for bias")
        facts.append([label, ", ".join(out)])
    notes = item_notes(item, late, voids)
    return {
        "number": str(item.position),
        "title": subject_text(item),
        "facts": facts,
        "notes": notes,
        "blocks": [block for note in notes for block in text_blocks(note)],
        "result": result_text(item) or _("taken up again, not decided yet"),
    }


def polls_of(meeting: Meeting, group: AwardGroup | None = None) -> list[dict[str, Any]]:
    """The ballots on whole groups, each in lines: what was fixed when it was opened, what came of it, and its stages."""
    polls = meeting.polls.select_related("group", "prize", "meeting__competition")
    late = biases.late_in_counts(meeting)
    return [{"mode": poll.mode, "lines": [*poll_lines(poll), *(late_in_count_text(item, bias, poll) for item, bias in late.get(poll.pk, ()))]}
            for poll in (polls if group is None else polls.filter(group=group))]


def poll_lines(poll: Poll) -> list[str]:
    meeting = poll.meeting
    facts = {"number": poll.number, "items": ", ".join(map(str, poll.items)), "group": poll.group,
             "mode": Item.Mode(poll.mode).label, "fixed": fixed_text(poll),
             "opened": _time(poll.opened_at, meeting), "closed": _time(poll.closed_at, meeting), "ended": _time(poll.given_up_at, meeting)}
    lines = [_("%(group)s, ballot %(number)s on items %(items)s: %(mode)s; %(fixed)s. All this was fixed when it was opened, at %(opened)s.")
             % facts]
    if poll.closed_at:
        votes = ngettext("Closed at %(closed)s with %(count)s ballot; who was ahead showed only then.",
                         "Closed at %(closed)s with %(count)s ballots; who was ahead showed only then.", poll.ballots)
        lines.append(votes % (facts | {"count": poll.ballots}))
    if poll.given_up_at:
        before = _("Given up at %(ended)s, uncounted, on a motion: %(motion)s") if not poll.closed_at else _(
            "Given up at %(ended)s on a motion, after its count could be seen and before anything was decided by it: %(motion)s")
        return [*lines, *_late_lines(poll), before % (facts | {"motion": poll.motion})]
    if not poll.counted_at:
        return [*lines, *_late_lines(poll), _("Nothing has been decided by it yet.")]
    order = poll.result["order"]
    places = ", ".join(_("item %(item)s: place %(place)s") % {"item": one["item"], "place": one["place"]} for one in order)
    lines.append(_("Order: %(places)s.") % {"places": places})
    if poll.keep:
        lines.append(_("Shortlist: items %(items)s. The others are left out and can be taken up again on a recorded motion.") % {
            "items": ", ".join(str(one["item"]) for one in order if one["kept"])})
    if poll.mode == Item.Mode.STV:
        lines.append(_("Places: %(seats)s. Quota: %(quota)s.") % {"seats": poll.seats, "quota": _votes(poll.result["quota"])})
    return lines + stages_of(poll.result["stages"])


def _late_lines(poll: Poll) -> list[str]:
    """Of whom a bias became known after the ballot was closed, a sentence each."""
    late = poll.late if poll.given_up_at else [(member.person.code, item.position) for member, item in late_votes(poll)]
    known = {member.person.code: str(member) for member in queries.members_of(poll.meeting.competition)} if late else {}
    return [_("After that a bias of %(person)s, whose vote was in it, became known for item %(item)s.")
            % {"person": known.get(code, code), "item": item} for code, item in late]


def _votes(text: str) -> str:
    """`6.50000` as one reads it in the active language: `6,5`."""
    whole, _point, rest = text.partition(".")
    rest = rest.rstrip("0")
    return f"{whole}{',' if (translation.get_language() or '').startswith('de') else '.'}{rest}" if rest else whole


def stages_of(stages: list[dict[str, Any]]) -> list[str]:
    """The stages of a single transferable vote, a sentence or two each."""
    return [_stage(number, stage) for number, stage in enumerate(stages, start=1)]


def _stage(number: int, stage: dict[str, Any]) -> str:
    what = {
        "first": _("first preferences"),
        "surplus": _("surplus of item %(item)s transferred") % {"item": stage["of"]},
        "excluded": _("item %(item)s excluded, its papers transferred") % {"item": stage["of"]},
    }[stage["kind"]]
    votes = ", ".join(f"{item}: {_votes(amount)}" for item, amount in stage["votes"].items())
    text = _("Stage %(number)s, %(what)s. Votes by item: %(votes)s.") % {"number": number, "what": what, "votes": votes}
    if stage["elected"]:
        text += " " + _("Elected: %(items)s.") % {"items": ", ".join(map(str, stage["elected"]))}
    return text


def content(meeting: Meeting, without: Collection[int] = ()) -> dict[str, Any]:
    """The minutes in the shape of the `minutes` template, in the active language. The meeting may still be going on.

    `without`: ids of entries whose items the reader may not see; then no sums either, for they would tell what is missing.
    """
    competition = meeting.competition
    language = (translation.get_language() or "de").split("-")[0]
    items, late = [item for item in items_in_minutes(meeting) if item.entry_id not in without], biases.late_biases(meeting)
    keep_places(meeting, items, without)
    voids = voided_votes(items)
    decided, scores = [item for item in items if item.mode], _scores(items)   # not what was deferred or taken off the agenda
    budget = queries.budget_of(competition, meeting.round)
    facts = [
        [_("Competition"), str(competition.title)],
        [
            _("Day"),
            long_date(
                datetime(
                    meeting.held_on.year, meeting.held_on.month, meeting.held_on.day, 12, tzinfo=ZoneInfo(competition.time_zone)
                ),
                language,
                competition.time_zone,
            ),
        ],
        [_("Opened"), _time(meeting.opened_at, meeting)],
        [_("Closed"), _time(meeting.closed_at, meeting)],
        [_("Voting members"), str(queries.seats_of(meeting))],
        [
            pgettext("minutes", "Quorum"),
            _("at least %(percent)s %% of the votes, for each item")
            % {"percent": round(queries.rules_of_meeting(meeting).quorum * 100)},
        ],
    ]
    prizes = [count for count in budget.prizes if count.awarded]
    money = [[str(count.prize.group), str(count.prize.label), str(count.awarded)] for count in prizes]
    money.append([_("Sum"), "", str(budget.awards)])
    if budget.cap:
        money.append([_("Left of %(cap)s") % {"cap": format_euro(budget.cap)}, "", ""])
        amounts = format_column([*(count.cents for count in prizes), budget.spent, budget.left])
        money = [[*row, amount] for row, amount in zip(money, amounts, strict=True)]
    counts, noted = [] if without else polls_of(meeting), [*_changes_of_jury(meeting), *_noted(meeting, without)]
    of_groups = [block for one in counts for line in one["lines"] for block in text_blocks(line)]
    for mode in dict.fromkeys([*(item.mode for item in items), *(one["mode"] for one in counts)]):
        if mode in queries.GROUP_MODES:
            of_groups += text_blocks(rule_text(mode))
    awarded = sum(item.result == Item.Result.AWARDED for item in items)
    intro = (
        ngettext("The jury decided on one item.", "The jury decided on %(count)s items.", len(decided)) % {"count": len(decided)}
        + " "
        + ngettext("It awarded one prize.", "It awarded %(count)s prizes.", awarded) % {"count": awarded}
        if decided
        else ""
    )
    return {
        "title": _("Minutes of the jury’s meeting"),
        "competition": str(competition.title),
        "time_zone": competition.time_zone,
        "facts": [fact for fact in facts if fact[1]],
        "presence": _presence(meeting),
        "noted": noted,
        "intro": [block for text in [*noted, intro] if text for block in text_blocks(text)],
        "items": [_item(item, scores.get(item.pk, ""), late.get(item.pk, ()), voids.get((meeting.code, item.position), ())) for item in items],
        "money": None if without else {
            "title": _("Prize money") if budget.cap else _("Prizes"),
            "header": [[_("Group"), _("Prize"), _("Number of prizes"), _("Amount")][: len(money[0])]],
            "rows": money,
            "align": ["left", "left", "right", "right"][: len(money[0])],
            "strong_rows": [len(money) - 2 if budget.cap else len(money) - 1],
        },
        "counts": counts,
        "ballots": {"title": _("Ballots on whole groups"), "blocks": of_groups},
        "signatures": [_("Chair of the jury"), _("For the minutes")],
    }


def write_minutes(meeting: Meeting, *, by: Person | None) -> Meeting:
    """Make the PDF of a closed meeting with the newest seal of the log, keep it and its SHA-256. Once; later calls change nothing."""
    if meeting.minutes_sha256 or not meeting.closed_at:
        return meeting
    _number, digest = log.seal_now()
    with translation.override(_language(meeting)):
        data = content(meeting) | {"seal": digest}
        pdf = render_pdf("minutes", data, language=_language(meeting))
        name = _("Minutes %(day)s.pdf") % {"day": meeting.held_on.isoformat()}
    with transaction.atomic():
        meeting = Meeting.objects.select_for_update(of=("self",)).select_related("competition").get(pk=meeting.pk)
        if meeting.minutes_sha256:
            return meeting
        file = store(
            pdf,
            name=name,
            stored_by=by,
            scope=meeting.competition.code,
            subject=f"meeting:{meeting.code}",
            media_type="application/pdf",
        )
        meeting.minutes, meeting.minutes_sha256 = file, file.blob_id
        meeting.revision += 1
        meeting.save(update_fields=["minutes", "minutes_sha256", "revision"])
        log.record(
            "jury.minutes",
            subject=f"meeting:{meeting.code}",
            scope=meeting.competition.code,
            actor=by,
            sha256=file.blob_id,
            seal=digest,
        )
    return meeting


def _language(meeting: Meeting) -> str:
    return house_language(meeting.competition.first_language)
