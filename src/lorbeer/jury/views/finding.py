"""What all pages of the jury look up."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.jury import queries, rules
from lorbeer.jury.models import Item, Meeting, Member, Poll
from lorbeer.people.access import competition_for
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.verdicts import require

# --- finding ----------------------------------------------------------------------------------------------------------


def _insider(request: HttpRequest, code: str, verdict_of: Any = rules.can_follow) -> Competition:
    """The competition, for those whom the rule lets in; strangers to it get 404."""
    competition = competition_for(request, code)
    if not request.roles:  # type: ignore[attr-defined]
        raise Http404
    require(verdict_of(request.user, competition))
    return competition


def _meeting(competition: Competition, round: int) -> Meeting:
    meeting = get_object_or_404(
        Meeting.objects.select_related("current__entry__group", "current__project", "current__group", "minutes", "signed"),
        competition=competition,
        round=round,
    )
    meeting.competition = competition
    competition.round_shown = round  # type: ignore[attr-defined]      # for the line on top
    if meeting.current:
        meeting.current.meeting = meeting
    return meeting


def _item(meeting: Meeting, position: int) -> Item:
    item = get_object_or_404(queries.items_of(meeting), position=position)
    item.meeting = meeting
    return item


def _item_to_run(request: HttpRequest, competition: str, round: int, position: int) -> tuple[Meeting, Item]:
    """The meeting and its item, for whoever leads and is not kept from the item."""
    meeting = _meeting(_insider(request, competition, rules.can_run), round)
    item = _item(meeting, position)
    require(rules.can_run_item(request.user, item))                     # a refusal would tell whether it has been decided
    return meeting, item


def _desk(meeting: Meeting, anchor: str = "") -> HttpResponse:
    return redirect(
        reverse("jury:desk_show", args=[meeting.competition.code, meeting.round]) + (f"#{anchor}" if anchor else "")
    )


def _url(name: str, meeting: Meeting, *more: Any) -> str:
    return reverse(f"jury:{name}", args=[meeting.competition.code, meeting.round, *more])


def _said(request: HttpRequest, act: Any) -> bool:
    """Do `act`; what it refuses is said on the page that follows, where it was tried."""
    try:
        act()
    except (Refused, BadInput) as error:
        messages.error(request, error.sentence)
        return False
    return True


def _is_shown(request: HttpRequest, poll: Poll) -> bool:
    """Whether the page that was sent showed this ballot on a group: an old one does nothing to the ballot that has taken its place.
    Which one it showed `forms.OfPoll` carries along, and the button that closes it.
    """
    if request.POST.get("ballot") == str(poll.number):
        return True
    messages.error(request, _("Your page showed another ballot than the one that is going on now, so nothing has been done. Below stands"
                              " the present one with its terms: look at it, then go on."))
    return False


def _own_seat(request: HttpRequest, competition: str, round: int) -> tuple[Meeting, Member]:
    """The meeting and the reader's membership; 404 for those without one."""
    found = _insider(request, competition)
    meeting = _meeting(found, round)
    member = queries.member_of(request.user, found)
    if member is None:
        raise Refused(_("This page is for the members of the jury."))
    return meeting, member
