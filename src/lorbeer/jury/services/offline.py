"""Entering afterwards what was decided while the network was away: each decision under the rules of the desk, or none of them."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from django.db import transaction
from django.utils.translation import gettext as _

from lorbeer.jury.models import Item, Meeting, Member
from lorbeer.jury.offline import Decision
from lorbeer.jury.services.common import _locked_open, _subject
from lorbeer.jury.services.decisions import decide
from lorbeer.jury.services.meeting import arrive, call_item, leave
from lorbeer.people.models import Person
from lorbeer.shared import log
from lorbeer.shared.errors import BadInput, Refused


@transaction.atomic
def enter_offline(meeting: Meeting, decisions: Iterable[Decision], *, by: Person) -> list[Item]:
    """Enter a record: presence as it was noted, then each decision, in its order. Raises BadInput that names the item; then nothing stands.

    Quorum, bias, cap and votes are judged as at the desk. The minutes say of each item that it was entered afterwards.
    """
    meeting = _locked_open(meeting)
    decisions = list(decisions)
    members = {member.person.code: member for member in Member.objects.filter(competition=meeting.competition).select_related(
        "person", "competition", "deputy_for")}
    log.record("jury.offline", subject=_subject(meeting), scope=meeting.competition.code, actor=by,
               decisions=[[one.position, log.moment(one.at)] for one in decisions])
    entered = []
    for one in decisions:
        try:
            entered.append(_enter(meeting, one, members, by))
        except (Refused, BadInput) as error:
            why = {"item": one.position, "why": error.sentence}
            raise BadInput(_("Item %(item)s: %(why)s Nothing of the record has been entered.") % why) from error
    return entered


def _enter(meeting: Meeting, decision: Decision, members: dict[str, Member], by: Person) -> Item:
    item = meeting.items.select_related("entry", "group", "project").filter(position=decision.position).first()
    if item is None:
        raise BadInput(_("There is no such item on the agenda."))
    item.meeting = meeting
    here = {presence.member.person.code for presence in meeting.presences.filter(left_at=None).select_related("member__person")}
    if strangers := [code for code in decision.present if code not in members]:
        raise BadInput(_("Somebody is noted as present who does not belong to this jury (%(code)s).") % {"code": strangers[0]})
    for code in sorted(here - set(decision.present)):
        leave(meeting, members[code], by=by)
    for code in sorted(set(decision.present) - here):
        arrive(meeting, members[code], by=by)
    prize = item.group.prizes.filter(code=decision.prize).first() if decision.prize else None
    if decision.prize and prize is None:
        raise BadInput(_("This prize belongs to another group."))
    won = decision.result == Item.Result.AWARDED
    call_item(item, by=by)
    return decide(
        item, decision.result, mode=decision.mode, prize=prize if won else None, amount_cents=_cents(decision.amount) if won else None,
        yes=decision.yes, no=decision.no, abstained=decision.abstained, dissent=decision.dissent, offline=True, by=by,
    )


def _cents(text: str) -> int | None:
    if not text.strip():
        return None
    try:
        amount = Decimal(text.strip().replace(",", "."))
    except InvalidOperation as error:
        raise BadInput(_("“%(amount)s” is no amount in euro.") % {"amount": text[:20]}) from error
    if not amount.is_finite() or not 0 < amount < 10**10:
        raise BadInput(_("“%(amount)s” is no amount in euro.") % {"amount": text[:20]})
    return int(amount.scaleb(2).to_integral_value())
