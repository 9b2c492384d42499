"""What the parts of this package share."""

from collections import Counter

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.call.models import AwardGroup, Competition
from lorbeer.jury import queries, rules
from lorbeer.jury.models import Ballot, Item, Meeting, Member, Urn
from lorbeer.people.models import Person
from lorbeer.shared import log, reasons
from lorbeer.shared.errors import Refused
from lorbeer.shared.registry import Registry

AWARDED, NOT_AWARDED, DEFERRED = Item.Result.AWARDED, Item.Result.NOT_AWARDED, Item.Result.DEFERRED
# What a later stage does in the transaction that closes a meeting (the awards come into being there).
at_close = Registry[[Meeting, Person | None], None]()


def _subject(meeting: Meeting) -> str:
    return f"meeting:{meeting.code}"


def _locked(meeting: Meeting) -> Meeting:
    """The meeting as it is now, locked until the transaction ends."""
    return Meeting.objects.select_for_update(of=("self",)).select_related("competition").get(pk=meeting.pk)


def _lock_jury(competition: Competition) -> list[Meeting]:
    """Let nobody else change who belongs to the jury until the transaction ends; its meetings that are not closed, locked.

    First the meetings, then the competition, as whoever opens one does; rows that point to the competition can still be added.
    """
    meetings = [_locked(meeting) for meeting in competition.jury_meetings.filter(closed_at=None).order_by("pk")]
    Competition.objects.select_for_update(no_key=True).get(pk=competition.pk)
    return meetings


def _require_member(member: Member) -> None:
    """The meeting is locked: whoever has been dismissed a moment ago is in nothing that happens in it."""
    if not Member.objects.filter(pk=member.pk).exists():
        raise Refused(_("%(person)s no longer belongs to the jury.") % {"person": member.person})


def _locked_open(meeting: Meeting) -> Meeting:
    meeting = _locked(meeting)
    if meeting.closed_at:
        raise Refused(str(rules.ENDED))
    if not meeting.opened_at:
        raise Refused(str(rules.NOT_BEGUN))
    return meeting


def _locked_item(item: Item, meeting: Meeting) -> Item:
    found = Item.objects.select_related("entry", "group", "prize", "project").get(pk=item.pk, meeting=meeting)
    found.meeting = meeting
    return found


def _require_no_urn(meeting: Meeting) -> None:
    """Who votes stays the same while a secret ballot is on: the difference of two sums would be somebody's voice."""
    if Urn.objects.filter(item__meeting=meeting).exists():
        raise Refused(
            _("A secret ballot is going on, and until it is decided nobody comes, goes or joins the jury. Count the ballot or give it up"
              " first; then try again.")
        )


def _require_no_poll(item: Item) -> None:
    """While a ballot on its group is going on no item is called or decided past it: another way needs a motion that the minutes name."""
    poll = queries.poll_of(item.meeting, item.group)
    if poll:
        raise Refused(str((rules.WAITS if poll.closed_at else rules.GOING_ON) % {"group": item.group}))


def _require_no_closed_poll(meeting: Meeting, group: AwardGroup) -> None:
    """What was closed is decided as it was closed: the group gets no item more or less."""
    poll = queries.poll_of(meeting, group)
    if poll and poll.closed_at:
        raise Refused(str(rules.WAITS % {"group": group}))


def voices_of(item: Item) -> QuerySet[Ballot]:
    """The votes that lie on the item in an open vote that has not been counted."""
    return item.ballots.filter(choice__in=queries.VOICES)


def _require_no_voices(item: Item) -> None:
    """What members have voted openly is counted or given up on a recorded motion: no other way of deciding goes past it."""
    if lying := voices_of(item).count():
        raise Refused(
            ngettext("On item %(item)s %(count)s open vote has been cast, and nothing is decided past it. Record the decision as an open vote,"
                     " or give the vote up on a recorded motion; then decide in another way.",
                     "On item %(item)s %(count)s open votes have been cast, and nothing is decided past them. Record the decision as an open"
                     " vote, or give the votes up on a recorded motion; then decide in another way.", lying)
            % {"item": item.position, "count": lying})


def sums_of(item: Item) -> list[int]:
    """How many of the open votes that lie on the item say yes, no, and abstain."""
    sums = Counter(voices_of(item).values_list("choice", flat=True))
    return [sums[choice] for choice in queries.VOICES]


def voices_digest(item: Item) -> str:
    """Which open votes lie on the item, as a page that asks about them carries it along: of two votes with equal sums another one."""
    return log.digest([list(vote) for vote in voices_of(item).order_by("pk").values_list("pk", "choice")])


def _give_up_voices(item: Item, by: Person | None, motion: str = "", **why: str) -> None:
    """End an open vote, where there is one, without a decision; the log keeps its sums, and the minutes name it."""
    if any(sums := sums_of(item)):
        voices_of(item).delete()
        reasons.record("jury.vote_void", why=motion, subject=f"entry:{item.entry.code}", scope=item.meeting.competition.code, actor=by,
                       meeting=item.meeting.code, position=item.position, counted=sums, **why)


def _require_shown(shown: str | None, now: str) -> None:
    """What a page asked about is what is there now; an old page undoes nothing that has taken its place. None: no page asked."""
    if shown not in (None, now):
        raise Refused(_("Meanwhile this item has gone on: your page showed another decision or other votes than there are now, so nothing has"
                        " been done. Look at it again; then go on."))


def _touch(meeting: Meeting) -> None:
    """Let every view of the meeting know that something changed."""
    Meeting.objects.filter(pk=meeting.pk).update(revision=F("revision") + 1)


def _beat(meeting: Meeting) -> None:
    """Let the views that count votes know that one came in; the pages of those who vote are the same as before."""
    Meeting.objects.filter(pk=meeting.pk).update(pulse=F("pulse") + 1)
