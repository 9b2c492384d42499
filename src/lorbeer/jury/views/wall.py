"""What everybody in the room sees."""

import hashlib
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from lorbeer.entries.models import Bias
from lorbeer.jury import minutes, queries, rules, services
from lorbeer.jury.models import Item, Meeting

# --- finding ----------------------------------------------------------------------------------------------------------
from lorbeer.jury.views.desk import _fragment, _not_modified
from lorbeer.jury.views.finding import _insider, _meeting


@login_required
@require_GET
def wall_show(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    meeting = _meeting(_insider(request, competition), round)
    return render(request, "jury/wall_show.html", _wall(request, meeting))


@login_required
@require_GET
def wall_now(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    """What the wall shows now; asked for every two seconds, answered with 304 while nothing changes."""
    meeting = _meeting(_insider(request, competition), round)
    etag = _wall_etag(request, meeting)
    if request.headers.get("If-None-Match") == etag:
        return _not_modified(etag)
    return _fragment(render(request, "jury/_wall_now.html", _wall(request, meeting)), etag)


def _wall_etag(request: HttpRequest, meeting: Meeting) -> str:
    facts = [meeting.code, meeting.revision, get_language(), request.user.pk, sorted(rules.hidden_entries(request.user, meeting))]
    if meeting.current:
        facts += [
            Bias.objects.filter(entry=meeting.current.entry_id).count(),
            bool(rules.can_see_item(request.user, meeting.current)),
        ]
    return f'"{hashlib.sha256(repr(facts).encode()).hexdigest()[:24]}"'


def _wall(request: HttpRequest, meeting: Meeting) -> dict[str, Any]:
    """What the whole room may read: nothing about single votes, dissent or the ground of a bias."""
    current = meeting.current
    is_out = bool(current and not rules.can_see_item(request.user, current))
    room = queries.room_for(current, meeting)
    last = (
        None
        if is_out
        else (
            queries.items_of(meeting)
            .filter(result__in=[Item.Result.AWARDED, Item.Result.NOT_AWARDED])
            .exclude(entry__in=rules.hidden_entries(request.user, meeting))
            .order_by("-decided_at")
            .first()
        )
    )
    prizes = list(current.group.prizes.all()) if current and not is_out else []
    return {
        "meeting": meeting,
        "current": None if is_out else current,
        "is_out": is_out,
        "room": room,
        "prizes": prizes,
        "subject": minutes.subject_text(current) if current and not is_out else "",
        "items_count": meeting.items.count(),
        "budget": rules.budget_shown_to(request.user, meeting),
        "etag": _wall_etag(request, meeting),
        "cast": _cast(current) if current and not is_out else 0,
        "last": last,
        "last_text": f"{minutes.subject_text(last)}, {minutes.result_text(last)}" if last else "",
    }


def _cast(item: Item) -> int:
    """How many have voted on the item, openly or secretly; of a ballot on its group this says nothing."""
    urn = services.urn_of(item)
    return urn.envelopes.count() if urn else item.ballots.exclude(choice__in=queries.GROUP_CHOICES).count()
