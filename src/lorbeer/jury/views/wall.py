"""What everybody in the room sees."""

import hashlib
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.html import escapejs
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from lorbeer.jury import board, minutes, queries, ranking, rules, services
from lorbeer.jury.models import Item, Meeting

# --- finding ----------------------------------------------------------------------------------------------------------
from lorbeer.jury.views.desk import _fragment, _not_modified
from lorbeer.jury.views.finding import _insider, _meeting
from lorbeer.shared.text import in_sentence, written_in


@login_required
@require_GET
def wall_show(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    meeting = _meeting(_insider(request, competition), round)
    seen = _seen_by(request, meeting)
    return render(request, "jury/wall_show.html", _wall(request, meeting, seen) | {"etag": seen.etag})


@login_required
@require_GET
def wall_now(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    """What the wall shows now; asked for all the time, answered with 304 while nothing changes."""
    meeting = _meeting(_insider(request, competition), round)
    seen = _seen_by(request, meeting)
    if request.headers.get("If-None-Match") == seen.etag:
        return _not_modified(seen.etag)
    if seen.hidden or seen.is_out:                                      # a page of their own
        return _fragment(HttpResponse(_drawn(_wall(request, meeting, seen))), seen.etag)
    pages = board.board_of(meeting, seen.biases).pages
    if meeting.pulse not in pages:
        pages[meeting.pulse] = _drawn(_wall(request, meeting, seen))
    return _fragment(HttpResponse(pages[meeting.pulse].replace(OWN, escapejs(seen.etag))), seen.etag)


@dataclass(frozen=True)
class Seen:
    """What a reader may see of the meeting now."""

    hidden: tuple[int, ...]                                             # entries whose results are kept from them
    is_out: bool
    biases: int
    etag: str


def _seen_by(request: HttpRequest, meeting: Meeting) -> Seen:
    biases = board.biases_of(meeting)
    hidden, is_out = board.seen_by(request.user, meeting, biases)
    facts = (meeting.code, meeting.revision, meeting.pulse, get_language(), request.user.pk, hidden, biases, is_out)
    return Seen(hidden, is_out, biases, f'"{hashlib.sha256(repr(facts).encode()).hexdigest()[:24]}"')


OWN = "etag-of-the-reader"                                              # in the fragment that many share, where each has their own


def _drawn(context: dict[str, Any]) -> str:
    return render_to_string("jury/_wall_now.html", context)


def _wall(request: HttpRequest, meeting: Meeting, seen: Seen) -> dict[str, Any]:
    """What the whole room may read: nothing about single votes, dissent or the ground of a bias."""
    current, is_out = meeting.current, seen.is_out
    now = board.board_of(meeting, seen.biases)
    last = (
        None
        if is_out
        else (
            queries.items_of(meeting)
            .filter(result__in=[Item.Result.AWARDED, Item.Result.NOT_AWARDED])
            .exclude(entry__in=seen.hidden)
            .order_by("-decided_at")
            .first()
        )
    )
    if last:
        minutes.keep_places(meeting, [last], seen.hidden)
    prizes = list(current.group.prizes.all()) if current and not is_out else []
    return {
        "meeting": meeting,
        "current": None if is_out else current,
        "is_out": is_out,
        "room": now.room,
        "prizes": prizes,
        "subject": now.subject if current and not is_out else "",
        "items_count": now.items,
        "budget": rules.budget_shown_to(request.user, meeting),
        "etag": seen.etag if seen.hidden or is_out else OWN,
        "cast": _cast(current, now.room) if current and not is_out else 0,
        "polls": _polls(meeting) if meeting.is_open and not is_out else [],
        "last": last,
        "last_text": in_sentence(
            "%(subject)s, %(result)s", subject=written_in(meeting.competition, minutes.subject_text(last)), result=minutes.result_text(last),
        ) if last else "",
    }


def _polls(meeting: Meeting) -> list[dict[str, Any]]:
    """The ballots on groups that are going on: on what, in which way, and how many of how many have voted; never more."""
    found = []
    for poll in meeting.polls.filter(counted_at=None, given_up_at=None).select_related("group"):
        poll.meeting = meeting
        standing = ranking.ranking_of(poll) if poll.closed_at is None else None
        found.append({"group": poll.group, "mode": Item.Mode(poll.mode).label, "is_closed": standing is None,
                      "cast": standing.ballots if standing else poll.ballots, "all": standing.expected if standing else poll.ballots})
    return found


def _cast(item: Item, room: queries.Room) -> int:
    """How many of those entitled have voted on the item, openly or secretly; of a ballot on its group this says nothing.

    The voice of a deputy whose member has come back meanwhile counts no more.
    """
    urn = services.urn_of(item)
    return urn.envelopes.count() if urn else item.ballots.filter(choice__in=queries.VOICES, member__in=room.entitled).count()
