"""The jury's decisions, its minutes and the prize money against the log."""

from collections import Counter
from collections.abc import Iterator

from lorbeer.call.models import Purse
from lorbeer.jury.models import Item, Meeting
from lorbeer.jury.queries import decision_of
from lorbeer.shared import log


def decisions() -> Iterator[log.Fault]:
    """Each item as its last event left it: decided, deferred, or taken up again and open."""
    said = {}
    for event in log.told("jury.decide", "jury.defer", "jury.reopen"):
        facts = event.detail if event.verb == "jury.decide" else {"result": Item.Result.DEFERRED if event.verb == "jury.defer" else ""}
        said[event.detail.get("meeting"), event.detail.get("position")] = facts
    items = Item.objects.select_related("meeting", "entry", "project", "group", "prize").prefetch_related("out__person")
    for item in items.order_by("pk").iterator(500):
        key = (item.meeting.code, item.position)
        facts, found = said.pop(key, None), decision_of(item)
        if item.result or facts:
            code = f"{item.entry.code} ({item.meeting.code}/{item.position})"
            yield from log.compare("jury_item", code, facts, found | {"sha256": log.digest(found)})
    for (meeting, position), facts in said.items():
        yield from log.compare("jury_item", f"{meeting}/{position}", facts, None)


def minutes() -> Iterator[log.Fault]:
    said = {event.subject.removeprefix("meeting:"): event.detail for event in log.told("jury.minutes")}
    for meeting in Meeting.objects.exclude(minutes_sha256="").order_by("pk"):
        found = {"sha256": meeting.minutes_sha256}
        yield from log.compare("jury_meeting", meeting.code, said.pop(meeting.code, None), found)
    for code, facts in said.items():
        yield from log.compare("jury_meeting", code, facts, None)


def money() -> Iterator[log.Fault]:
    """What has been taken out of each purse is the sum of what was awarded from it."""
    awarded: Counter[tuple[int, int]] = Counter()
    for competition, round, cents in Item.objects.order_by("pk").values_list("meeting__competition", "meeting__round", "amount_cents"):
        awarded[competition, round] += cents
    for purse in Purse.objects.select_related("competition").order_by("pk"):
        said = {"spent_cents": awarded[purse.competition_id, purse.round]}
        yield from log.compare("call_purse", f"{purse.competition.code}/{purse.round}", said, {"spent_cents": purse.spent_cents})


def printed() -> Iterator[tuple[str, str]]:
    for event in log.told("jury.minutes"):
        if event.detail.get("seal"):
            yield event.subject, event.detail.get("seal")


for attestor in (decisions, minutes, money):
    log.attest("jury", attestor)
log.witnessed(printed)
