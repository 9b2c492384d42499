"""A secret ballot: begun and given up at the desk, cast on the own page. Counting it is a decision like others."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lorbeer.jury import forms, minutes, services
from lorbeer.jury.models import Item, Meeting, Urn
from lorbeer.jury.views.finding import _desk, _item_to_run, _said, _url
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.text import written_in

KEPT_SECONDS = 12 * 3600


def _path(meeting: Meeting) -> str:
    return reverse("jury:desk_show", args=[meeting.competition.code, meeting.round])


def _name(urn: Urn) -> str:
    return f"urn-{urn.code}"


def key_of(request: HttpRequest, urn: Urn | None) -> str:
    """The urn's key as this browser holds it; empty where another one does."""
    return request.COOKIES.get(_name(urn), "") if urn else ""


def forget_key(response: HttpResponse, urn: Urn | None, meeting: Meeting) -> HttpResponse:
    if urn:
        response.delete_cookie(_name(urn), path=_path(meeting), samesite="Strict")
    return response


@login_required
@require_POST
def urn_begin(request: HttpRequest, competition: str, round: int, position: int) -> HttpResponse:
    """The key of the new urn goes to this browser as a cookie, and nowhere else."""
    meeting, item = _item_to_run(request, competition, round, position)
    response = _desk(meeting, "table")
    try:
        urn, key = services.set_up_urn(item, by=request.user)  # type: ignore[arg-type]
    except (Refused, BadInput) as error:
        messages.error(request, error.sentence)
        return response
    response.set_cookie(
        _name(urn), key, max_age=KEPT_SECONDS, path=_path(meeting), secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Strict")
    messages.success(request, _("The secret ballot has begun: the members vote on their own pages. Only this browser can count it."))
    return response


@login_required
@require_http_methods(["GET", "POST"])
def urn_void(request: HttpRequest, competition: str, round: int, position: int) -> HttpResponse:
    meeting, item = _item_to_run(request, competition, round, position)
    urn = services.urn_of(item)
    counted = bool(urn and urn.counted_at)
    kind = forms.VoteGiveUpForm if counted else forms.Shown
    form = kind(request.POST if request.method == "POST" else None, initial={"shown": urn.code if urn else ""})
    if request.method == "POST" and form.is_valid():
        if _said(request, lambda: services.give_up_urn(item, **form.cleaned_data, by=request.user)):
            messages.success(request, _("The secret ballot has been given up. Its sums count for nothing.") if counted
                             else _("The secret ballot has been given up. Its envelopes are destroyed, unopened."))
        return forget_key(_desk(meeting, "table"), urn, meeting)
    return render(request, "confirm.html", {
        "title": _("Give the secret ballot on item %(position)s up?") % {"position": item.position},
        "text": written_in(meeting.competition, minutes.subject_text(item)), "form": form,
        "consequences": [
            _("Its sums count for nothing. The minutes name them, whose bias became known, and the motion.") if counted
            else _("All votes that lie in the urn are destroyed without being opened."),
            _("If the others vote secretly again and as before, the difference of the sums tells how the one voted who votes no more. Let the"
              " jury choose whether it votes in another way.") if counted else _("You can begin another ballot at once."),
        ],
        "button_label": _("Record the motion and give it up") if counted else _("Give it up"), "cancel_url": _url("desk_show", meeting),
        "danger": True,
    }, status=400 if form.is_bound else 200)


def urn_facts(request: HttpRequest, item: Item, entitled: int) -> dict[str, object] | None:
    """For the desk: how many votes lie in the urn, and the key where this browser has it."""
    urn = services.urn_of(item)
    if urn is None:
        return None
    return {"cast": urn.envelopes.count(), "entitled": entitled, "key": key_of(request, urn), "counted": urn if urn.counted_at else None,
            "late": services.late_text(services.late_voters(urn))}
