"""A secret ballot on the item on the table: setting up the urn, casting, counting it, giving up. `decide` counts, then decides."""

from collections import Counter
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.entries.models import Bias
from lorbeer.jury import queries, rules, secrecy
from lorbeer.jury.models import Envelope, Item, Meeting, Member, Urn
from lorbeer.jury.services.common import (
    _beat,
    _give_up_voices,
    _locked,
    _locked_item,
    _locked_open,
    _require_no_poll,
    _require_shown,
    _touch,
)
from lorbeer.people.models import Person
from lorbeer.shared import clock, log, reasons
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.verdicts import require

FEWEST = 3                                                              # of two, each would know what the other voted


def urn_of(item: Item) -> Urn | None:
    return Urn.objects.filter(item=item).first()


@transaction.atomic
def set_up_urn(item: Item, *, by: Person | None) -> tuple[Urn, str]:
    """Begin a secret ballot on the item on the table; the urn and the key that opens it, which is kept nowhere. Raises Refused."""
    meeting = _locked_open(item.meeting)
    item = _locked_item(item, meeting)
    if Item.Mode.SECRET not in queries.rules_of(meeting.competition).modes:
        raise Refused(_("This jury does not decide in this way; the call names the ways."))
    if meeting.current_id != item.pk:
        raise Refused(_("This item is not on the table now. Wait until it is called."))
    if urn_of(item):
        raise Refused(_("A secret ballot on this item is going on. Count it, or give it up and begin another."))
    _require_no_poll(item)
    room = queries.room_for(item, meeting)
    if by is not None and any(member.person_id == by.pk for member in room.out):
        raise Refused(str(rules.BIASED.reason))
    require_secrecy(len(room.entitled))
    urn = Urn(item=item)
    urn.public_key, key = secrecy.new_urn(urn.code)
    urn.save()
    _give_up_voices(item, by, mode=Item.Mode.SECRET)                    # named in the minutes: a ballot that is given up hides no vote
    log.record("jury.urn", subject=f"entry:{item.entry.code}", scope=meeting.competition.code, actor=by, meeting=meeting.code,
               position=item.position, urn=urn.code)
    _touch(meeting)
    return urn, key


def missing_votes(missing: int, entitled: int) -> Refused:
    return Refused(ngettext("%(missing)s of %(all)s votes is still missing.", "%(missing)s of %(all)s votes are still missing.", missing)
                   % {"missing": missing, "all": entitled})


def require_secrecy(voices: int) -> None:
    if voices < FEWEST:
        raise Refused(
            _("Only %(count)s can vote on this item. A secret ballot of fewer than %(fewest)s would tell who voted how; take another way.")
            % {"count": voices, "fewest": FEWEST}
        )


@transaction.atomic
def cast_secretly(item: Item, member: Member, choice: str, *, by: Person | None) -> None:
    """Put `member`'s voice into the urn, or exchange it; nobody does so for somebody else. Raises Refused, BadInput.

    The log says that they have voted. What they voted is in the envelope and nowhere else.
    """
    meeting = _locked_open(item.meeting)
    item = _locked_item(item, meeting)
    if choice not in queries.VOICES:
        raise BadInput(_("Please vote yes, no or abstain."), where="choice")
    if by is not None and by.pk != member.person_id:
        raise Refused(_("A secret vote is cast by the member alone."))
    urn = urn_of(item)
    if urn is None or meeting.current_id != item.pk:
        raise Refused(_("No secret ballot is going on for this item. Wait until the chair begins it."))
    _require_uncounted(urn)
    require(rules.can_vote(member, item))
    _envelope, is_new = Envelope.objects.update_or_create(
        urn=urn, member=member, defaults={"sealed": secrecy.close(urn.public_key, urn.code, str(choice))}
    )
    if is_new:
        log.record("jury.envelope", subject=f"entry:{item.entry.code}", scope=meeting.competition.code, actor=by,
                   meeting=meeting.code, position=item.position, member=member.person.code)
    _beat(meeting)


def late_voters(urn: Urn) -> list[Member]:
    """Whose voice is in the sums of a counted urn although a bias of theirs for the item has become known since: nothing follows from these."""
    if urn.counted_at is None:
        return []
    biased = queries.biased_person_ids(urn.item.entry)
    voters = urn.envelopes.values("member")
    return [member for member in queries.members_of(urn.item.meeting.competition).filter(pk__in=voters) if member.person_id in biased]


def late_text(late: list[Member]) -> str:
    """The refusal to decide by such sums; blank where nobody is late."""
    return _("Since this secret ballot was counted a bias of %(names)s has become known, whose vote is in its sums. So nothing is decided by"
             " it. Give it up on a recorded motion; then begin another.") % {"names": ", ".join(map(str, late))} if late else ""


@transaction.atomic
def give_up_urn(item: Item, motion: str = "", *, shown: str | None = None, by: Person | None) -> None:
    """End a secret ballot uncounted (its key was lost, somebody must be called in): all envelopes are destroyed unopened.

    One that has been counted is given up only for a bias that has become known since, and on a recorded motion. `shown`: the code of the
    urn that somebody has looked at. Raises Refused, BadInput.
    """
    meeting = _locked_open(item.meeting)
    item = _locked_item(item, meeting)
    urn = urn_of(item)
    if urn is None:
        raise Refused(_("No secret ballot is going on for this item. Wait until the chair begins it."))
    _require_shown(shown, urn.code)
    urn.item = item
    late = late_voters(urn)
    if not late:
        _require_uncounted(urn)
    elif not motion.strip():
        raise BadInput(_("Please record the motion: who wants the ballot given up, and why."), where="motion")
    destroy_urn(urn, by, motion, late)


def destroy_urn(urn: Urn, by: Person | None, motion: str = "", late: Iterable[Member] = ()) -> None:
    """End a secret ballot without a decision; the log keeps that there was one, its sums where it had been counted, and the motion then.
    The minutes name it."""
    item, meeting = urn.item, urn.item.meeting
    counted = {"counted": [urn.yes, urn.no, urn.abstained], "late": [member.person.code for member in late]} if urn.counted_at else {}
    urn.delete()
    reasons.record("jury.void", why=motion, subject=f"entry:{item.entry.code}", scope=meeting.competition.code, actor=by,
                   meeting=meeting.code, position=item.position, **counted)
    _touch(meeting)


def _require_uncounted(urn: Urn) -> None:
    if urn.counted_at:
        raise Refused(_("This secret ballot has been counted, and its sums stand. Record the decision that follows from them."))


def give_up_for_bias(bias: Bias) -> None:
    """Whoever declares a bias during a secret ballot ends it: one voice less, counted, would tell what that voice said."""
    entry = bias.entry
    if not Member.objects.filter(competition=entry.competition_id, person=bias.person_id).exists():
        return
    for meeting in Meeting.objects.filter(items__entry=entry, items__urn__isnull=False):
        meeting = _locked(meeting)
        for urn in Urn.objects.filter(item__meeting=meeting, item__entry=entry, counted_at=None).select_related(
                "item__entry", "item__meeting__competition"):
            destroy_urn(urn, bias.person)


def count_urn(urn: Urn, entitled: list[Member], key: str, *, by: Person | None) -> Urn:
    """Open the urn, once and for all: its sums are kept, its envelopes emptied. Raises Refused, BadInput, and then it is unopened.

    One envelope of each entitled member, no more and no less. What is asked before the opening must be asked before this is called.
    """
    envelopes = dict(urn.envelopes.values_list("member", "sealed"))
    voters = {member.pk for member in entitled}
    require_secrecy(len(entitled))
    if missing := len(voters - set(envelopes)):
        raise missing_votes(missing, len(entitled))
    if set(envelopes) - voters:
        raise Refused(_("Somebody whose vote lies in the urn cannot vote on this item any more. Give this ballot up and begin another."))
    try:
        voices = Counter(secrecy.open_all(key, urn.code, envelopes.values()))
    except secrecy.WrongKey as error:
        raise BadInput(
            _("The urn opens only with its key, which is in the browser that began the ballot. Count it there, or enter the key here. If it"
              " is lost, give this ballot up and begin another."), where="urn_key",
        ) from error
    urn.yes, urn.no, urn.abstained = (voices[choice] for choice in queries.VOICES)
    if urn.yes + urn.no + urn.abstained != len(entitled):
        raise Refused(_("The urn holds something that is no vote. Give this ballot up and begin another."))
    urn.counted_at = clock.now()
    urn.save(update_fields=["yes", "no", "abstained", "counted_at"])
    urn.envelopes.update(sealed="")
    item, meeting = urn.item, urn.item.meeting
    log.record("jury.tally", subject=f"entry:{item.entry.code}", scope=meeting.competition.code, actor=by, meeting=meeting.code,
               position=item.position, urn=urn.code, yes=urn.yes, no=urn.no, abstained=urn.abstained)
    _touch(meeting)
    return urn
