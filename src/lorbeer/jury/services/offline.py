"""Entering afterwards what was decided while the network was away: each decision under the rules of the desk, or none of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.entries.models import Bias
from lorbeer.jury import biases, queries
from lorbeer.jury.models import Ballot, Item, Meeting, Member, Reopening
from lorbeer.jury.offline import Decision
from lorbeer.jury.services.common import _locked_open, _require_no_urn, _subject
from lorbeer.jury.services.decisions import decide
from lorbeer.jury.services.presence import Correction, correct, corrections, on_screen
from lorbeer.people.models import Person
from lorbeer.shared import clock, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.fields import EuroField, euro_cents
from lorbeer.shared.templatetags.formats import long_day

FAST = timedelta(minutes=5)                                             # so much may the clock of the room be ahead of the server's
NIGHT = timedelta(hours=6)                                              # a meeting can end after midnight


@dataclass(frozen=True)
class Preview:
    """What a record comes to, found out by entering it and taking all of it back. Money in cents."""

    items: list[Item]                                                   # as they would be decided, in the order of the record
    late: dict[int, list[Bias]]                                         # item → see biases.late_biases
    corrections: list[Correction]                                       # of who was noted as present on screen
    resumed_at: datetime | None                                         # when the meeting went on on screen after the record; None: it did not
    dropped: list[Ballot]                                               # open votes of those who are gone by the record
    left_before: int
    left_after: int
    cap: int
    shown: str                                                          # digest of all that: what is entered is what was shown

    @property
    def given(self) -> int:
        return self.left_before - self.left_after


class NotAsShown(Refused):
    """The record comes to something else now than what was shown."""


def preview_offline(meeting: Meeting, decisions: Iterable[Decision], *, by: Person) -> Preview:
    """Enter the record, look, and take it back: what is refused is refused here, with the sentence that entering would give.

    The log keeps who looked and what came of it: a look tells of the purse, and nobody tries amounts unseen.
    """
    decisions, refused = list(decisions), True
    try:
        with transaction.atomic():
            before = _before(meeting)
            preview = _preview(meeting, decisions, _entered(meeting, decisions, by), before)
            refused = False
            transaction.set_rollback(True)
    finally:
        log.record("jury.offline_preview", subject=_subject(meeting), scope=meeting.competition.code, actor=by, refused=refused,
                   decisions=[[one.position, one.result, one.prize, one.amount] for one in decisions])
    return preview


@dataclass(frozen=True)
class _Entered:
    items: list[Item]
    corrections: list[Correction]
    resumed_at: datetime | None


def _before(meeting: Meeting) -> tuple[int, list[Ballot]]:
    """What is left of the money, and the votes on what is undecided."""
    votes = Ballot.objects.filter(item__in=queries.undecided_items(meeting)).select_related("item", "member__person").order_by("pk")
    return queries.budget_of(meeting.competition, meeting.round).left, list(votes)


def _preview(meeting: Meeting, decisions: list[Decision], entered: _Entered, before: tuple[int, list[Ballot]]) -> Preview:
    found = queries.items_of(meeting).prefetch_related("out__person").in_bulk([item.pk for item in entered.items])
    items, (left, votes) = [found[item.pk] for item in entered.items], before
    budget, known = queries.budget_of(meeting.competition, meeting.round), biases.late_biases(meeting)
    late = {item.pk: known[item.pk] for item in items if item.pk in known}
    kept = set(Ballot.objects.filter(item__meeting=meeting).values_list("pk", flat=True))
    dropped = [vote for vote in votes if vote.pk not in kept]
    facts = [[(name, fact) for name, fact in queries.decision_of(item).items() if name != "decided_at"] for item in items]
    shown = log.digest([
        facts, [sorted(one.present) for one in decisions], left, budget.left, budget.cap,
        [[one.member.person.code, one.was_there, log.moment(one.since), one.until and log.moment(one.until)] for one in entered.corrections],
        [[pk, bias.person.code] for pk, biases in late.items() for bias in biases],
        [[vote.item.position, vote.member.person.code] for vote in dropped], entered.resumed_at is None,
    ])
    return Preview(items, late, entered.corrections, entered.resumed_at, dropped, left, budget.left, budget.cap, shown)


@transaction.atomic
def enter_offline(meeting: Meeting, decisions: Iterable[Decision], *, shown: str = "", by: Person) -> list[Item]:
    """Enter a record: presence as it was noted, then each decision, in its order. Raises BadInput that names the item; then nothing stands.

    Quorum, bias, cap and votes are judged as at the desk, with those who were there by the record, and what was known of their bias then.
    What went on on screen meanwhile stays: see `services.presence`, and what lies on the table. The minutes say of each item that it was
    entered afterwards. `shown`: the digest of the preview that somebody has looked at; raises NotAsShown where it would come to something
    else by now.
    """
    before, decisions = _before(meeting), list(decisions)
    entered = _entered(meeting, decisions, by)
    if shown and _preview(meeting, decisions, entered, before).shown != shown:
        raise NotAsShown(_("Something has changed in the meeting since this was shown, so nothing has been entered. Look at it again, please."))
    return entered.items


def _entered(meeting: Meeting, decisions: list[Decision], by: Person) -> _Entered:
    meeting = _locked_open(meeting)
    _require_no_urn(meeting)
    _require_times(meeting, decisions)
    members = {member.person.code: member for member in Member.objects.filter(competition=meeting.competition).select_related(
        "person", "competition", "deputy_for")}
    log.record("jury.offline", subject=_subject(meeting), scope=meeting.competition.code, actor=by,
               decisions=[[one.position, log.moment(one.at)] for one in decisions])
    screen = on_screen(meeting)
    if not screen.led:                                                  # it was held without the network, and opened on screen afterwards
        _hold_on(meeting, _day_of(decisions[0], meeting), by)
    corrected = corrections(meeting, members.values(), [(one.at, one.present) for one in decisions], screen)
    correct(meeting, corrected, by=by)
    entered = []
    for one in decisions:
        try:
            entered.append(_enter(meeting, one, members, by))
        except (Refused, BadInput) as error:
            why = {"item": one.position, "why": error.sentence}
            raise BadInput(_("Item %(item)s: %(why)s Nothing of the record has been entered.") % why) from error
    return _Entered(entered, corrected, screen.led_after(decisions[-1].at))


def _days(meeting: Meeting) -> set[date]:
    """The days that can be its: without a network it was opened on screen the day after, perhaps."""
    return {meeting.held_on, queries.planned_for(meeting)}


def _day_of(decision: Decision, meeting: Meeting) -> date:
    """The day of the meeting to which a decision belongs; the night counts to the day before."""
    local = decision.at.astimezone(ZoneInfo(meeting.competition.time_zone))
    return local.date() if local.date() in _days(meeting) else (local - NIGHT).date()


def _hold_on(meeting: Meeting, day: date, by: Person) -> None:
    if day < meeting.held_on:
        meeting.held_on = day
        meeting.save(update_fields=["held_on"])
        log.record("jury.move", subject=_subject(meeting), scope=meeting.competition.code, actor=by, held_on=day.isoformat())


def _require_times(meeting: Meeting, decisions: list[Decision]) -> None:
    """Each on the day of the meeting (or in the night after it), none later than now, each no earlier than the one before."""
    zone = ZoneInfo(meeting.competition.time_zone)
    days = _days(meeting)
    # A meeting can be opened on screen after the network is back. Where it has been led on screen, nothing was decided before that.
    opened = meeting.opened_at if meeting.items.filter(called_at__isnull=False, offline=False).exists() else None
    motions = Reopening.objects.filter(item__meeting=meeting).order_by("at")
    voided = {(entry, project, group): at for entry, project, group, at in motions.values_list(
        "item__entry__code", "item__project__position", "item__group__code", "at")}
    before: datetime | None = None
    for one in decisions:
        local = one.at.astimezone(zone)
        facts = {"item": one.position, "time": f"{local:%H:%M}", "day": long_day(local.date()), "held_on": long_day(meeting.held_on)}
        if (local - NIGHT).date() not in days and local.date() not in days:
            raise _wrong_time(_("Item %(item)s: it is noted for %(day)s, %(time)s, and the meeting was on %(held_on)s.") % facts)
        if one.at > clock.now() + FAST:
            raise _wrong_time(_("Item %(item)s: it is noted for %(day)s, %(time)s, which is still to come.") % facts)
        if opened and one.at < opened - FAST:
            facts["opened"] = f"{opened.astimezone(zone):%H:%M}"
            raise _wrong_time(_("Item %(item)s: it is noted for %(time)s, and the meeting was opened at %(opened)s.") % facts)
        if one.about in voided and one.at < voided[one.about]:
            raise BadInput(_("Item %(item)s: what was decided at %(time)s has been taken up again on a motion since, so it does not stand."
                             " Nothing of the record has been entered. Decide the item anew at the desk.") % facts)
        if before and one.at < before:
            raise _wrong_time(_("Item %(item)s: it is noted for %(time)s, earlier than the item before it in the record.") % facts)
        before = one.at


def _wrong_time(sentence: str) -> BadInput:
    return BadInput(
        f"{sentence} " + _("Perhaps the clock of that computer was wrong. Nothing of the record has been entered. Enter these decisions at the"
                           " desk, with the mark “Decided while the network was away”.")
    )


def _enter(meeting: Meeting, decision: Decision, members: dict[str, Member], by: Person) -> Item:
    item = _item(meeting, decision)
    if strangers := [code for code in decision.present if code not in members]:
        raise BadInput(_("Somebody is noted as present who does not belong to this jury (%(code)s).") % {"code": strangers[0]})
    prize = item.group.prizes.filter(code=decision.prize).first() if decision.prize else None
    if decision.prize and prize is None:
        raise BadInput(_("This prize belongs to another group."))
    won = decision.result == Item.Result.AWARDED
    return decide(
        item, decision.result, mode=decision.mode, prize=prize if won else None, amount_cents=_cents(decision.amount) if won else None,
        yes=decision.yes, no=decision.no, abstained=decision.abstained, dissent=decision.dissent, offline=True,
        noted_at=decision.at, room=_room(item, decision, members), by=by,
    )


def _item(meeting: Meeting, decision: Decision) -> Item:
    """The item that was decided, by what it is about: under its number another may stand by now."""
    item = meeting.items.select_related("entry", "group", "project").filter(
        entry__code=decision.entry, project__position=decision.project, group__code=decision.group).first()
    if item is None:
        raise BadInput(_("What was decided under this number (entry %(code)s) does not stand on the agenda. Take it up there first; then enter"
                         " the record again.") % {"code": decision.entry})
    if item.position != decision.position:
        raise BadInput(_("What was decided under this number (entry %(code)s) is item %(now)s by now: the agenda has been put in order since"
                         " the package was taken. Take the package anew and open it in the same browser: what was noted stands in it under"
                         " the new numbers. Compare it with your papers, and save the file again. If nothing stands in it, enter these"
                         " decisions at the desk, with the mark “Decided while the network was away”.")
                       % {"code": decision.entry, "now": item.position})
    if not item.is_decided and (votes := item.ballots.filter(choice__in=queries.VOICES).count()):
        raise BadInput(ngettext(
            "%(count)s open vote on it has been cast on screen. If the record is right, give the vote up at the desk on a recorded motion"
            " and enter the record again; if the vote on screen is, set the item to “not decided yet” in the page of the package and save the"
            " file again.",
            "%(count)s open votes on it have been cast on screen. If the record is right, give the votes up at the desk on a recorded"
            " motion and enter the record again; if the votes on screen are, set the item to “not decided yet” in the page of the package and"
            " save the file again.", votes) % {"count": votes})
    item.meeting = meeting
    return item


def _room(item: Item, decision: Decision, members: dict[str, Member]) -> queries.Room:
    """Who was there by the record, without those who left for bias by it. Of whoever left a bias must be noted: the entry is closed to them."""
    if decision.out:
        known = queries.biased_person_ids(item.entry)
        if unknown := sorted(str(members[code]) for code in decision.out if members[code].person_id not in known):
            raise BadInput(_("By the record %(names)s left the room for bias, and no bias is noted of them for this entry. Note it at the desk"
                             " first; then enter the record again. If there is none, take that mark away in the page of the package and save"
                             " the file again.") % {"names": ", ".join(unknown)})
    return queries.room_at(item, decision.at, decision.present, decision.out)


def _cents(text: str) -> int | None:
    """As the desk reads it, and as the page of the package does (`cents` in offline.js)."""
    try:
        return euro_cents(EuroField(required=False, least=Decimal("0.01")).clean(text))
    except ValidationError as error:
        raise BadInput(_("“%(amount)s” is no amount in euro. Enter it as 3500 or 3.500,50.") % {"amount": text[:20]}) from error
