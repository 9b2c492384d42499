"""The jury's ballots against the log, and every count done anew from the ballots that the log holds."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from lorbeer.jury import counting, queries
from lorbeer.jury.models import Ballot, Envelope, Item, Poll, Urn
from lorbeer.people.models import Person
from lorbeer.shared import log
from lorbeer.shared.models import LogEvent
from lorbeer.shared.reasons import reason_digest

VERBS = ("jury.ballot", "jury.rank", "jury.approve", "jury.leave", "jury.defer", "jury.reopen", "jury.urn", "jury.vote_void", "jury.count",
         "jury.poll", "jury.poll_close", "jury.poll_void", "jury.decide", "jury.close")
VOICE, RANK, APPROVAL = ("voice", "rank", "approval")             # kinds of ballot: none takes the place of another
Voices = dict[tuple[str, str, int], dict[tuple[str, str], dict[str, Any]]]  # competition, meeting, item → member, kind → what they said


def kind_of(choice: str) -> str:
    return RANK if choice == Ballot.Choice.RANK else APPROVAL if choice in (Ballot.Choice.APPROVE, Ballot.Choice.PASS) else VOICE


def meeting_of(event: LogEvent) -> str:
    return event.detail.get("meeting") or event.subject.removeprefix("meeting:")


def follow(said: Voices, event: LogEvent) -> None:
    """What `event` does to the ballots that lie there."""
    detail, meeting = event.detail, meeting_of(event)
    member, position = detail.get("member", ""), detail.get("position", 0)
    for dropped in detail.get("dropped", ()):
        said[event.scope, meeting, dropped].pop((member, {"jury.rank": RANK, "jury.approve": APPROVAL}.get(event.verb, VOICE)), None)
    for dropped in detail.get("dropped_ballots", ()):
        for kind in (RANK, APPROVAL):
            said[event.scope, meeting, dropped].pop((member, kind), None)
    for dropped in detail.get("dropped_all", ()):                       # of a shortlist: the next ballot begins anew
        _keep(said, (event.scope, meeting, dropped), lambda _member, kind: kind == VOICE)
    if event.verb == "jury.ballot":
        noted_by = "" if event.actor == member else event.actor
        said[event.scope, meeting, position][member, VOICE] = {"choice": detail.get("choice"), "rank": None, "noted_by": noted_by}
    elif event.verb == "jury.rank":
        for rank, item in enumerate(detail.get("order", ()), start=1):
            said[event.scope, meeting, item][member, RANK] = {"choice": Ballot.Choice.RANK.value, "rank": rank, "noted_by": ""}
    elif event.verb == "jury.approve":
        for choice, name in ((Ballot.Choice.APPROVE, "approved"), (Ballot.Choice.PASS, "passed")):
            for item in detail.get(name, ()):
                said[event.scope, meeting, item][member, APPROVAL] = {"choice": choice.value, "rank": None, "noted_by": ""}
    elif event.verb in ("jury.urn", "jury.defer", "jury.vote_void"):
        _keep(said, (event.scope, meeting, position), lambda _member, kind: kind != VOICE)
    elif event.verb == "jury.poll_close":                               # what is not counted goes
        kind = APPROVAL if detail["mode"] == Item.Mode.APPROVAL else RANK
        for item in detail["items"]:
            _keep(said, (event.scope, meeting, item), lambda one, of, item=item: of != kind or item in detail["counted"].get(one, ()))  # type: ignore[misc]
    elif event.verb == "jury.reopen":
        said.pop((event.scope, meeting, position), None)


def _keep(said: Voices, place: tuple[str, str, int], wanted: Callable[[str, str], bool]) -> None:
    said[place] = {one: facts for one, facts in said[place].items() if wanted(*one)}


def ballots() -> Iterator[log.Fault]:
    """Each voice as it was cast last. A deferred or reopened item has none, and who leaves takes those along that are not closed. No other
    way of deciding went past an open vote that was not given up."""
    said: Voices = defaultdict(dict)
    for event in log.told(*VERBS):
        if event.verb == "jury.decide" and event.detail.get("mode") != Item.Mode.OPEN:
            meeting, position = meeting_of(event), event.detail["position"]
            if any(kind == VOICE for _member, kind in said[event.scope, meeting, position]):
                yield log.Fault("jury_item", event.scope, f"{meeting}/{position}",
                                _("it was decided in another way while open votes on it lay there"))
        follow(said, event)
    rows = Ballot.objects.order_by("pk").values_list(
        "item__meeting__competition__code", "item__meeting__code", "item__position", "member__person__code", "choice", "rank", "noted_by__code")
    for scope, meeting, position, member, choice, rank, noted_by in rows.iterator(2000):
        code, told = f"{meeting}/{position}", said[scope, meeting, position].pop((member, kind_of(choice)), None)
        found = {"choice": choice, "rank": rank, "noted_by": noted_by or ""}
        if told and told != found:                                      # from a fault nobody learns how somebody voted
            yield log.Fault("jury_ballot", scope, code, _("a ballot is not as it was cast"))
        else:
            yield from log.compare("jury_ballot", scope, code, told, found)
    for (scope, meeting, position), left in said.items():
        for facts in left.values():
            yield from log.compare("jury_ballot", scope, f"{meeting}/{position}", facts, None)


def counted(said: Voices, event: LogEvent) -> list[list[Any]] | None:
    """The order that the ballots in the log give: items with their places; None where a transferable vote was tied."""
    detail, meeting = event.detail, meeting_of(event)
    items = [item for item, _place, _kept in detail["order"]]
    cast: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
    kind = APPROVAL if detail["mode"] == Item.Mode.APPROVAL else RANK
    for member, held in detail.get("counted", {}).items():              # without those who did not act, and what was closed to them
        for item in held:
            if facts := said[event.scope, meeting, item].get((member, kind)):
                cast[member][item] = facts
    if detail["mode"] == Item.Mode.STV:
        papers = [sorted(given, key=lambda item, given=given: given[item]["rank"] or 0) for given in cast.values()]  # type: ignore[misc]
        try:
            places = counting.scottish(papers, items, min(detail["seats"], len(items)), detail.get("broken", ())).places
        except counting.Tied:
            return None
        return sorted([item, places[item]] for item in items)
    if detail["mode"] == Item.Mode.APPROVAL:
        scores = counting.approval({one: {item: facts["choice"] == "approve" for item, facts in given.items()} for one, given in cast.items()})
    else:
        scores = counting.borda({one: {item: facts["rank"] or 0 for item, facts in given.items()} for one, given in cast.items()})
    values = {item: scores[item][0] if item in scores else 0 for item in items}
    return sorted([item, 1 + sum(other > values[item] for other in values.values())] for item in items)


def approvals(said: Voices, event: LogEvent) -> dict[int, int]:
    """Item → how many of the counted ballots in the log approve of it; of an approval vote."""
    detail, meeting = event.detail, meeting_of(event)
    if detail["mode"] != Item.Mode.APPROVAL:
        return {}
    return {item: sum(said[event.scope, meeting, item].get((member, APPROVAL), {}).get("choice") == Ballot.Choice.APPROVE
                      for member, held in detail.get("counted", {}).items() if item in held) for item, _place, _kept in detail["order"]}


TERMS = ("items", "mode", "keep", "seats", "least", "prize")


def polls() -> Iterator[log.Fault]:
    """Every ballot on a group with its terms and what became of it; and the order that its count names against the ballots before it."""
    said: Voices = defaultdict(dict)
    told: dict[tuple[Any, ...], dict[str, Any]] = {}
    approved: dict[tuple[str, str, int], tuple[int, int]] = {}          # by the last count: approvals, and how many were needed
    for event in log.told(*VERBS):
        detail, key = event.detail, (event.scope, meeting_of(event), event.detail.get("group"), event.detail.get("number"))
        code = "/".join(str(part) for part in key[1:])
        if event.verb == "jury.poll":
            told[key] = {"terms": [detail.get(name) for name in TERMS], "opened": [detail.get("at"), event.actor], "closed": None,
                         "counted": None, "given_up": None}
        elif event.verb == "jury.poll_close":
            told.get(key, {})["closed"] = [detail.get("at"), event.actor, len(detail.get("counted", ()))]
            if not _is_about(told.get(key), detail.get("items", ())):
                yield log.Fault("jury_poll", event.scope, code, _("it holds something else than it was opened for"))
        elif event.verb in queries.CAST_ON_GROUPS:
            if not _is_about(told.get(key), voted := _voted(detail), every=False) or not voted:
                yield log.Fault("jury_poll", event.scope, code, _("a vote in it holds nothing, or something else than it was opened for"))
        elif event.verb == "jury.poll_void":
            told.get(key, {})["given_up"] = [detail.get("at"), event.actor, detail.get("motion_sha256"), detail.get("late")]
        elif event.verb == "jury.count":
            poll = told.get(key, {})
            if not poll.get("closed") or poll.get("terms") != [detail.get(name) for name in TERMS]:
                yield log.Fault("jury_poll", event.scope, code, _("it was counted in another way than it was opened, or before it was closed"))
            poll["counted"] = [detail.get("at"), event.actor, detail.get("ballots"), detail.get("order"), detail.get("sha256")]
            if not _is_about(poll, [item for item, _place, _kept in detail.get("order", ())]):
                yield log.Fault("jury_poll", event.scope, code, _("it holds something else than it was opened for"))
            if counted(said, event) != sorted([item, place] for item, place, _kept in detail.get("order", ())):
                yield log.Fault("jury_poll", event.scope, code, _("the ballots in the log give another order than was counted"))
            for item, votes in approvals(said, event).items():
                approved[event.scope, key[1], item] = votes, detail.get("least") or 0
            if any(votes < needed for item, _place, kept in detail.get("order", ()) if kept
                   for votes, needed in [approved.get((event.scope, key[1], item), (0, 0))]):
                yield log.Fault("jury_poll", event.scope, code, _("something stays on the shortlist with fewer approvals than were fixed"))
        elif event.verb == "jury.close":
            for place, poll in told.items():
                if place[:2] == key[:2] and not (poll["counted"] or poll["given_up"]):
                    where = "/".join(str(part) for part in place[1:])
                    yield log.Fault("jury_poll", event.scope, where, _("it was going on when the meeting was closed"))
        elif event.verb == "jury.decide" and detail.get("mode") == Item.Mode.APPROVAL:
            votes, needed = approved.get((event.scope, key[1], detail["position"]), (0, 1))
            if votes != detail.get("yes") or (detail.get("result") == Item.Result.AWARDED and votes < needed):
                yield log.Fault("jury_item", event.scope, f"{key[1]}/{detail['position']}",
                                _("it has other approvals than the ballots in the log give, or won with fewer than were fixed"))
        follow(said, event)
    found = {}
    rows = Poll.objects.select_related("meeting__competition", "group", "prize", "opened_by", "closed_by", "counted_by", "given_up_by")
    for row in rows.order_by("pk"):
        found[row.meeting.competition.code, row.meeting.code, row.group.code, row.number] = {
            "terms": [queries.terms_of(row)[name] for name in TERMS],
            "opened": _when(row.opened_at, row.opened_by), "closed": _when(row.closed_at, row.closed_by, row.ballots),
            "counted": _when(row.counted_at, row.counted_by, row.ballots, [[one["item"], one["place"], one["kept"]] for one in
                                                                           row.result.get("order", ())], log.digest(row.result)),
            "given_up": _when(row.given_up_at, row.given_up_by, reason_digest(row.secret, row.motion), row.late),
        }
    for key in sorted(told.keys() | found.keys()):
        yield from log.compare("jury_poll", key[0], "/".join(str(part) for part in key[1:]), told.get(key), found.get(key))


def _is_about(poll: dict[str, Any] | None, items: Iterable[int], *, every: bool = True) -> bool:
    """Whether `items` are those for which the ballot was opened, or (not `every`) some of them."""
    fixed = set(poll["terms"][0] or ()) if poll and "terms" in poll else set()
    return fixed == set(items) if every else fixed >= set(items)


def _voted(detail: dict[str, Any]) -> list[int]:
    return [*detail.get("order", ()), *detail.get("approved", ()), *detail.get("passed", ())]


def _when(at: datetime | None, by: Person | None, *more: Any) -> list[Any] | None:
    return [log.moment(at), by.code if by else "", *more] if at else None


def urns() -> Iterator[log.Fault]:
    """Who has cast a secret vote that is not counted yet; what they voted nobody can compare."""
    said: dict[tuple[str, str, int], set[str]] = {}
    sums: dict[tuple[str, str, int], dict[str, Any]] = {}               # of urns that have been opened and not decided yet
    names = ("yes", "no", "abstained")
    for event in log.told("jury.urn", "jury.envelope", "jury.void", "jury.tally", "jury.decide", "jury.defer", "jury.leave"):
        key = (event.scope, meeting_of(event), event.detail.get("position", 0))
        if event.verb == "jury.urn":
            said[key] = set()
        elif event.verb == "jury.envelope":
            said.setdefault(key, set()).add(event.detail.get("member", ""))
        elif event.verb == "jury.leave":
            for one, members in said.items():
                if one[:2] == key[:2]:
                    members.discard(event.detail.get("member", ""))
        elif event.verb == "jury.tally":
            sums[key] = {name: event.detail.get(name) for name in names}
        else:
            told_sums = sums.pop(key, None)
            end = event.detail | dict(zip(names, event.detail.get("counted", ()), strict=False))
            if told_sums and (event.verb not in ("jury.decide", "jury.void") or told_sums != {name: end.get(name) for name in names}):
                yield log.Fault("jury_urn", key[0], f"{key[1]}/{key[2]}", _("it was decided by other sums than the urn held"))
            said.pop(key, None)
    opened = {}
    for urn in Urn.objects.exclude(counted_at=None).select_related("item__meeting__competition"):
        opened[urn.item.meeting.competition.code, urn.item.meeting.code, urn.item.position] = {name: getattr(urn, name) for name in names}
    for place in sorted(sums.keys() | opened.keys()):
        yield from log.compare("jury_urn", place[0], f"{place[1]}/{place[2]}", sums.get(place), opened.get(place))
    found: dict[tuple[str, str, int], set[str]] = defaultdict(set)
    for *key, member in Envelope.objects.values_list(
            "urn__item__meeting__competition__code", "urn__item__meeting__code", "urn__item__position", "member__person__code"):
        found[key[0], key[1], key[2]].add(member)
    for place in sorted(said.keys() | found.keys()):
        told, there = ({"voted": sorted(one.get(place, ()))} for one in (said, found))
        yield from log.compare("jury_urn", place[0], f"{place[1]}/{place[2]}", told, there)
