"""Who may prepare, lead, follow and vote in the jury's meeting, and why not."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lorbeer.call.in_use import Change
from lorbeer.call.models import Competition
from lorbeer.entries import embargo
from lorbeer.entries import queries as entries
from lorbeer.entries.models import Entry
from lorbeer.jury import biases, queries, signing
from lorbeer.jury.models import DeclarationNote, Item, Meeting, Member, Presence, Urn
from lorbeer.people.access import OFFICE, roles_of
from lorbeer.people.models import Person, Role
from lorbeer.screening import rules as screening
from lorbeer.shared.verdicts import ALLOWED, Verdict

BIASED = Verdict(
    _("You are biased for this item, so it is closed to you until it has been decided. You will be called back in.")
)
UNDECLARED = Verdict(
    _("Please declare first whether you are biased for all that is on the agenda now, this item included; then you can vote.")
)
NOT_ONESELF = Verdict(_("You declare your own bias on your own page of the meeting. Nobody notes it for themselves."))
VOTES_TOO = Verdict(_("You vote in this jury yourself, so somebody else of the office notes who else may vote on what."))
ENDED = _("The meeting has been closed, so nothing in it can change any more.")
NOT_BEGUN = _("The meeting has not been opened yet. Open it first.")
BROKEN_BY_BIAS = _(
    "Bias takes it. Further members can be appointed, and where a member who is biased has left, a deputy of theirs who is not votes instead."
    " Or call the item and take it off the agenda on a recorded motion: then it gets no prize, and the minutes say why."
)
GOING_ON = _(
    "A ballot on the group “%(group)s” is going on, and meanwhile none of its items is called or decided in another way. Decide by the ballot,"
    " or give it up on a recorded motion first."
)
WAITS = _(
    "The ballot on the group “%(group)s” is closed and waits for its decision; until then its items stay as they are. Decide by it"
    " first, or give it up on a recorded motion."
)
URN_STANDS = _(
    "A secret ballot is going on, and until it is decided those who vote stay the same. Count the ballot or give it up first; then record"
    " the bias, or take it back."
)
TOO_LATE = _("The meeting has been closed, so a bias changes nothing in it any more. If there was one, please tell the competition office.")
SEES_ALL = OFFICE | {Role.Kind.AUDITOR}


def keeps_verdicts(entry: Entry) -> Verdict:
    """Once the jury of a round has met, no entry joins or leaves that round."""
    if Meeting.objects.filter(competition=entry.competition_id, round=entry.round, opened_at__isnull=False).exists():
        return Verdict(_("The jury of this round has met. The verdict of the formal check stays as it is."))
    return ALLOWED


def keeps_rules(competition: Competition, changes: list[Change]) -> Iterator[tuple[str, str]]:
    """What an import of the call must not change: rules and prizes while a meeting is open, afterwards what awards and minutes contradict."""
    meetings = list(competition.jury_meetings.exclude(opened_at=None).order_by("round"))
    going = next((meeting for meeting in meetings if meeting.is_open), None)
    closed = {str(meeting.round) for meeting in meetings if meeting.closed_at}
    for change in changes:
        if going and change.concerns("jury", "prizes"):
            yield change.place, _("cannot change while the jury's meeting of round %(round)s is open: everybody votes by what it was opened"
                                  " with. Close the meeting first, or write this as it was (%(was)s)") % {
                                      "round": going.round, "was": change.was}
        elif change.concerns("prizes") and _contradicts_awards(competition, change):
            yield change.place, _("cannot change like this: the jury has awarded this prize as it was (%(was)s). Give what is to be won from"
                                  " now on another code") % {"was": change.was}
        elif change.concerns("purses") and change.code in closed:
            yield change.place, _("cannot change any more: the jury of round %(round)s has closed its meeting, and the minutes name this cap."
                                  " Write it as it was (%(was)s)") % {"round": change.code, "was": change.was}


def _contradicts_awards(competition: Competition, change: Change) -> bool:
    """Whether something was won of the prize that could not be won of it as it would be."""
    prize = competition.prizes.filter(code=change.code).first()
    won = Item.objects.filter(meeting__competition=competition, prize=prize, result=Item.Result.AWARDED)
    if prize is None or change.before is None:
        return False
    if change.place.endswith(".group"):
        return won.exists()
    if change.place.endswith(".max_count"):
        return any(count > (prize.max_count or count) for count in Counter(won.values_list("meeting", flat=True)).values())
    return (won.filter(amount_cents__gt=prize.amount_cents) if prize.up_to else won.exclude(amount_cents=prize.amount_cents)).exists()


def still_judges(entry: Entry) -> Verdict:
    """Once the jury of a round has closed its meeting, nothing can be admitted to the round any more."""
    if Meeting.objects.filter(competition=entry.competition_id, round=entry.round, closed_at__isnull=False).exists():
        return Verdict(
            _("The jury of this round has closed its meeting, so an entry admitted now would never get a result."
              " Exclude it, or let the applicant enter the next round.")
        )
    return ALLOWED


def keeps_roles(competition: Competition, roles: Iterable[Role]) -> dict[int, Verdict]:
    """Nobody loses the juror's role, and with it the seat, while they sit in the jury's open meeting."""
    jurors = {role.person_id: role for role in roles if role.kind == Role.Kind.JUROR}
    here = Presence.objects.filter(
        left_at=None, member__person__in=jurors, meeting__competition=competition, meeting__opened_at__isnull=False,
        meeting__closed_at=None,
    ).select_related("member__person")
    return {
        jurors[one.member.person_id].pk: Verdict(
            _("%(person)s is noted as present in the jury’s open meeting. Note there first that they have left; then the role can"
              " be taken, and the seat stays empty.") % {"person": one.member.person}
        )
        for one in here
    }


def can_close(meeting: Meeting, person: object = None) -> Verdict:
    """An open meeting closes when no ballot is going on, every item is decided and no entry of its round would be left without a result.

    `person`: who asks; of what is closed to them they learn no number.
    """
    if not meeting.is_open:
        return Verdict(ENDED if meeting.closed_at else NOT_BEGUN)
    if poll := meeting.polls.filter(counted_at=None, given_up_at=None).select_related("group").first():
        return Verdict(_("A ballot on the group “%(group)s” is going on. Decide by it, or give it up on a recorded motion.")
                       % {"group": poll.group})
    if waiting := undecided_shown_to(person, meeting).count():
        return Verdict(
            ngettext(
                "%(count)s item of the agenda has not been decided yet.", "%(count)s items of the agenda have not been decided yet.", waiting
            )
            % {"count": waiting}
        )
    if queries.undecided_items(meeting).exists():
        return Verdict(_("Something on the agenda that is closed to you has not been decided yet. Somebody else leads it; then the meeting"
                         " can be closed."))
    if unfinished := queries.unfinished(meeting):
        return Verdict(
            _("The meeting cannot be closed yet, for entries of its round would be left without a result. %(what)s"
              " The meeting stays open until then.") % {"what": " ".join(kind.sentence for kind in unfinished)}
        )
    return ALLOWED


def can_prepare(person: object, competition: Competition) -> Verdict:
    """Appoint members, plan the meeting, put entries on the agenda."""
    if roles_of(person, competition) & OFFICE:
        return ALLOWED
    return Verdict(_("Only the competition office prepares the jury’s meeting."))


def can_move(person: object, meeting: Meeting) -> Verdict:
    """Plan a meeting for another day, until it is opened: it is held on the day on which that is."""
    if (preparing := can_prepare(person, meeting.competition)) and meeting.opened_at:
        return Verdict(_("The meeting has been opened. It is held on the day on which that was."))
    return preparing


def can_run(person: object, competition: Competition) -> Verdict:
    """Note who is present, call items, record decisions: the chair and the office."""
    if roles_of(person, competition) & OFFICE:
        return ALLOWED
    if Role.Kind.JUROR in roles_of(person, competition) and competition.jury_members.filter(
        person=person, kind=Member.Kind.CHAIR
    ).exists():
        return ALLOWED
    return Verdict(_("The chair and the competition office lead the meeting. You can follow it on your own page."))


def can_run_item(person: object, item: Item) -> Verdict:
    """Whoever leads the meeting hands over where they are biased themselves."""
    competition = item.meeting.competition
    leading = can_run(person, competition)
    if not leading:
        return leading
    if isinstance(person, Person) and entries.is_biased(person, item.entry):
        return BIASED
    return ALLOWED


def can_follow(person: object, competition: Competition) -> Verdict:
    """See the wall and the list of members: the jury, the office, the auditor. Nothing of it is public."""
    roles = roles_of(person, competition)
    if roles & SEES_ALL or Role.Kind.JUROR in roles:
        return ALLOWED
    return Verdict(_("What happens in the jury is secret until the results are announced."))


def can_write_minutes(person: object, meeting: Meeting) -> Verdict:
    """Who leads a meeting writes its minutes once it is closed, should they not have been written then."""
    leading = can_run(person, meeting.competition)
    if not leading:
        return leading
    if not meeting.closed_at:
        return Verdict(_("The minutes are written when the meeting is closed."))
    if meeting.minutes_sha256:
        return Verdict(_("The minutes have been written already."))
    return ALLOWED


def can_sign(person: object, meeting: Meeting) -> Verdict:
    """The chair signs the minutes of a closed meeting, once, with a certificate."""
    if not isinstance(person, Person) or not meeting.competition.jury_members.filter(person=person, kind=Member.Kind.CHAIR).exists():
        return Verdict(_("Only the chair signs the minutes."))
    if not meeting.minutes_id:
        return Verdict(_("There are no minutes yet: they are written when the meeting is closed."))
    if meeting.signed_id:
        return Verdict(_("The minutes are signed already."))
    reading = can_read_minutes_file(person, meeting)
    if not reading:
        return reading
    if not signing.is_possible():
        return Verdict(_("This installation cannot sign PDF files. Print the minutes and sign them on paper."))
    return ALLOWED


def can_see_item(person: object, item: Item) -> Verdict:
    """The twin of `queries.items_open_to`."""
    following = can_follow(person, item.meeting.competition)
    if not following:
        return following
    if isinstance(person, Person) and entries.is_biased(person, item.entry):
        return BIASED
    return ALLOWED


def can_declare(meeting: Meeting) -> Verdict:
    """Until the meeting is closed: whoever was biased then has left the room or has not."""
    return Verdict(TOO_LATE) if meeting.closed_at else ALLOWED


def has_vote(person: object, competition: Competition) -> bool:
    """Whether `person` has a vote in the jury, or stands in for one who has."""
    return isinstance(person, Person) and competition.jury_members.filter(person=person, votes=True).exists()


def can_note_grounds(person: object, member: Person, competition: Competition) -> Verdict:
    """The office notes by what a member is kept away: nobody who votes in the jury, and nobody for themselves, for it decides who votes."""
    preparing = can_prepare(person, competition)
    if not preparing:
        return preparing
    if not isinstance(person, Person) or member.pk == person.pk:
        return NOT_ONESELF
    return VOTES_TOO if has_vote(person, competition) else ALLOWED


def keeps_grounds(by: object, person: Person, competition: Competition) -> Verdict:
    """The same where the grounds stand with another role of a member: who votes stays the same while secret votes lie in an urn, too."""
    if not competition.jury_members.filter(person=person).exists():
        return ALLOWED
    noting = can_note_grounds(by, person, competition)
    if noting and Urn.objects.filter(item__meeting__competition=competition).exists():
        return Verdict(URN_STANDS)
    return noting


def can_note_declaration(person: object, member: Member, meeting: Meeting) -> Verdict:
    """The office notes what a member declared on paper or by word: nobody who votes here or is biased here, and nobody for themselves."""
    preparing = can_prepare(person, meeting.competition)
    if not preparing:
        return preparing
    if meeting.closed_at:
        return Verdict(TOO_LATE)
    if not isinstance(person, Person) or member.person_id == person.pk:
        return NOT_ONESELF
    if has_vote(person, meeting.competition):
        return VOTES_TOO
    if Entry.objects.filter(entries.biased(person), jury_items__meeting=meeting).exists():
        return Verdict(
            _("You are biased for an item of this agenda yourself, so somebody else of the office notes who may vote on it.")
        )
    return ALLOWED


def can_take_back(person: object, note: DeclarationNote) -> Verdict:
    """Who may note a declaration takes a wrong one back, as long as no vote of the member rests on it."""
    noting = can_note_declaration(person, note.member, note.meeting)
    if not noting:
        return noting
    if note.taken_back_at:
        return Verdict(_("This has been taken back already. It stays on record and counts no more."))
    if Urn.objects.filter(item__meeting=note.meeting).exists():
        return Verdict(_("A secret ballot is going on, and until it is decided nobody is taken from those who vote. Count the ballot or give it"
                         " up first; then take the declaration back."))
    if positions := queries.votes_resting_on(note):
        for poll in queries.polls_waiting(note.meeting):
            if set(positions) & set(poll.items):                        # nobody takes their vote along out of a closed ballot
                return Verdict(WAITS % {"group": poll.group})
        return Verdict(
            ngettext(
                "%(member)s has voted on item %(items)s and had declared for it nowhere else, so this cannot be taken back while that vote"
                " stands. If the item is decided, take the decision up again by a motion; a vote on an open item goes when you note that"
                " %(member)s has left. If the declaration was right all the same, nothing is to be done.",
                "%(member)s has voted on items %(items)s and had declared for them nowhere else, so this cannot be taken back while those"
                " votes stand. Take decisions on them up again by a motion; votes on open items go when you note that %(member)s has left."
                " If the declaration was right all the same, nothing is to be done.", len(positions),
            ) % {"member": note.member, "items": ", ".join(map(str, positions))}
        )
    return ALLOWED


def can_record_bias(person: object, member: Member, meeting: Meeting) -> Verdict:
    """Who may note a declaration records a bias that they know of otherwise; not while secret votes lie in an urn."""
    noting = can_note_declaration(person, member, meeting)
    if noting and Urn.objects.filter(item__meeting=meeting).exists():
        return Verdict(URN_STANDS)
    return noting


def can_lift_bias(person: object, member: Member, item: Item) -> Verdict:
    """Who may record a bias takes back one that was recorded by mistake, as long as no vote of the member stands against it."""
    recording = can_record_bias(person, member, item.meeting)
    if not recording:
        return recording
    if (member.person_id, item.entry_id) not in biases.recorded_biases(item.meeting):
        return Verdict(screening.NOTHING_RECORDED)
    if Role.Kind.SCREENER in roles_of(member.person, item.meeting.competition):
        assigning = screening.can_assign(person, item.meeting.competition, item.entry.round)  # type: ignore[arg-type]
        if not assigning:                                               # what stands there is not theirs to learn
            return assigning
    judged = screening.keeps_bias(item.entry, member.person)
    return keeps_bias(person, item.entry, member.person, lifting=True) if judged else judged


def keeps_bias(by: object, entry: Entry, person: Person, *, lifting: bool) -> Verdict:
    """Refused where the jury's day stands against recording a bias of one of its members, or against lifting one that was recorded."""
    for item in Item.objects.filter(entry=entry, meeting__competition__jury_members__person=person).select_related("meeting__competition"):
        member = queries.member_of(person, item.meeting.competition)
        verdict = ALLOWED if not member else VOTES_TOO if has_vote(by, item.meeting.competition) else _keeps_bias(member, item, lifting)
        if not verdict:
            return verdict
    return ALLOWED


def _keeps_bias(member: Member, item: Item, lifting: bool) -> Verdict:
    if item.meeting.closed_at:
        return Verdict(ENDED)
    if Urn.objects.filter(item__meeting=item.meeting).exists():
        return Verdict(URN_STANDS)
    if not lifting:
        return ALLOWED
    if biases.recorded_biases(item.meeting).get((member.person_id, item.entry_id)):
        return Verdict(_("This bias came with a declaration that the office noted. Take that declaration back; then the bias is lifted"
                         " with it."))
    items = item.meeting.items.filter(entry=item.entry_id)
    if closed := queries.polls_waiting(item.meeting).filter(group__in=items.values("group")).first():
        return Verdict(WAITS % {"group": closed.group})
    if positions := queries.votes_standing(member, items, item.meeting):
        return Verdict(
            ngettext(
                "%(member)s has voted on item %(items)s before the bias was recorded, so it cannot be taken back while that vote stands. If the"
                " item is decided, take the decision up again by a motion; a vote on an open item goes when you note that %(member)s has left.",
                "%(member)s has voted on items %(items)s before the bias was recorded, so it cannot be taken back while those votes stand. Take"
                " decisions on them up again by a motion; votes on open items go when you note that %(member)s has left.", len(positions),
            ) % {"member": member, "items": ", ".join(map(str, positions))}
        )
    return ALLOWED


def can_open_dossier(member: Member | None, meeting: Meeting, declared: bool | None = None) -> Verdict:
    """`declared`: `queries.has_declared`, where it is known already."""
    if member is None:
        return Verdict(_("The dossier is for the members of the jury."))
    if not (queries.has_declared(member, meeting) if declared is None else declared):
        return Verdict(_("Please declare first for which entries you are biased; then your dossier opens without them."))
    return ALLOWED


def can_vote(
    member: Member | None, item: Item, room: queries.Room | None = None, out: Collection[int] | None = None
) -> Verdict:
    """Whether `member` has a voice on `item` now. `room`, `out` (persons biased for it): where they are known already."""
    meeting = item.meeting
    if member is None:
        return Verdict(_("You are not a member of this jury."))
    if not meeting.is_open:
        return Verdict(_("Votes are cast while the meeting is open."))
    if item.is_decided:
        return Verdict(_("This item has been decided. A vote would need a motion to take it up again."))
    room = room or queries.room_for(item, meeting)
    if any(one.pk == member.pk for one in room.out) or member.person_id in (queries.biased_person_ids(item.entry) if out is None else out):
        return BIASED
    if any(one.pk == member.pk for one in room.entitled):
        return ALLOWED
    if any(one.pk == member.pk for one in room.undeclared):
        return UNDECLARED
    if all(one.pk != member.pk for one in room.present):
        return Verdict(_("You are not noted as present. Please tell the chair or the office."))
    if member.kind == Member.Kind.DEPUTY:
        return Verdict(_("A deputy votes only while the member is away."))
    return Verdict(_("You take part in this jury without a vote."))


def can_read_minutes(person: object, meeting: Meeting) -> Verdict:
    """The jury, the office and the auditor; the sponsor as soon as the meeting is closed."""
    roles = roles_of(person, meeting.competition)
    if roles & SEES_ALL:
        return ALLOWED
    if Role.Kind.SPONSOR in roles and meeting.closed_at:
        return ALLOWED
    if Role.Kind.JUROR in roles:
        if meeting.closed_at:
            return ALLOWED
        return Verdict(_("The minutes can be read when the meeting has been closed."))
    return Verdict(_("The minutes are for the jury, the office, the sponsor and the auditor."))


def hidden_entries(person: object, meeting: Meeting) -> set[int]:
    """Ids of entries on the agenda whose results are kept from `person` for bias until everybody knows them."""
    return embargo.kept_from(person, Entry.objects.filter(jury_items__meeting=meeting))


def undecided_shown_to(person: object, meeting: Meeting) -> QuerySet[Item]:
    """What is still to be decided, as `person` may see it. Whether anything else is would tell what a shortlist left out: that has been
    decided, and what stayed on it has not."""
    return queries.undecided_items(meeting).exclude(entry__in=hidden_entries(person, meeting))


def can_see_totals(person: object, meeting: Meeting) -> Verdict:
    """Sums and numbers of prizes: what is missing in the items is what a hidden one got. Whether it has been decided makes no difference."""
    if hidden_entries(person, meeting):
        return Verdict(
            _("You are biased for an item of this meeting, and the sums would tell what it got. They are shown when the results"
              " are announced.")
        )
    return ALLOWED


def budget_shown_to(person: object, meeting: Meeting) -> queries.Budget:
    """The purse as `person` may see it; an empty one where the sums would tell what is hidden."""
    return queries.budget_of(meeting.competition, meeting.round) if can_see_totals(person, meeting) else queries.Budget(0, 0)


def can_read_minutes_file(person: object, meeting: Meeting) -> Verdict:
    """The PDF tells every item, so whoever was biased for one reads the page without it until all is announced."""
    reading = can_read_minutes(person, meeting)
    if not reading or not hidden_entries(person, meeting):
        return reading
    return Verdict(
        _("You were biased for an item of this meeting. Read the minutes here, without that item, until the announcement.")
    )
