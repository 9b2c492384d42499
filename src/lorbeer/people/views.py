"""The own account, the team of a competition, invitations."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lorbeer.people.access import competition_for, require_role, speak_as
from lorbeer.people.forms import LAND_NAMES, AcceptanceForm, InvitationForm, OtherAccountForm, ProfileForm, WithdrawalForm
from lorbeer.people.models import Role
from lorbeer.people.rules import can_manage_team, can_take_role, kinds_to_offer, roles_to_take
from lorbeer.people.services import accept_invitation, invite, open_invitation, take_role, withdraw_invitation
from lorbeer.shared import clock, log
from lorbeer.shared.verdicts import require


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        log.record("person.change", subject=f"person:{request.user.code}", actor=request.user)
        messages.success(request, _("Your details are saved."))
        return redirect("profile")
    roles = request.user.roles.select_related("competition")
    return render(request, "people/profile.html", {"form": form, "roles": roles})


def _team_of(request: HttpRequest, competition: str) -> Any:
    """The competition, for those who may see who has which role in it."""
    place = competition_for(request, competition)
    if not request.user.is_authenticated:
        raise Http404
    if not request.user.is_operator:
        require_role(request, Role.Kind.OFFICE_LEAD, Role.Kind.OFFICE, Role.Kind.AUDITOR)
    return place


def team_list(request: HttpRequest, competition: str) -> HttpResponse:
    place = _team_of(request, competition)
    roles = list(place.roles.select_related("person").order_by("kind", "person__name"))
    rows = [
        {"role": role, "land": LAND_NAMES.get(role.land_code, ""), "may_take": verdict}
        for role, verdict in zip(roles, roles_to_take(request.user, place, roles), strict=True)
    ]
    waiting = place.invitations.filter(accepted_at=None, expires_at__gt=clock.now()).order_by("-created_at")
    return render(request, "people/team_list.html", {
        "roles": rows, "waiting": waiting, "may_manage": can_manage_team(request.user, place),
        "form": InvitationForm(kinds=kinds) if (kinds := kinds_to_offer(request.user, place)) else None, "kinds": kinds,
    })


@require_POST
def team_invite(request: HttpRequest, competition: str) -> HttpResponse:
    place = competition_for(request, competition)
    if not request.user.is_authenticated or not (request.roles or request.user.is_operator):
        raise Http404
    kinds = kinds_to_offer(request.user, place)
    if not kinds:                                                       # before the form answers anything
        require(can_manage_team(request.user, place))
    form = InvitationForm(request.POST, kinds=kinds)
    if not form.is_valid():
        return render(request, "people/team_invite.html", {"form": form}, status=422)
    invite(place, by=request.user, **form.cleaned_data)
    messages.success(request, _("The invitation to %(email)s is in the outbox.") % {"email": form.cleaned_data["email"]})
    return redirect("people:team_list", competition=place.code)


@require_POST
def invitation_withdraw(request: HttpRequest, competition: str) -> HttpResponse:
    place = competition_for(request, competition)
    if not request.user.is_authenticated or not (request.roles or request.user.is_operator):
        raise Http404
    form = WithdrawalForm({name: request.POST.get(f"_{name}") for name in ("email", "kind")})
    if not form.is_valid():
        raise Http404
    withdraw_invitation(place, by=request.user, **form.cleaned_data)
    messages.success(request, _("The invitation of %(email)s is withdrawn: its link opens nothing any more.")
                     % {"email": form.cleaned_data["email"]})
    return redirect("people:team_list", competition=place.code)


def role_take(request: HttpRequest, competition: str, person: str, kind: str) -> HttpResponse:
    place = _team_of(request, competition)
    role = get_object_or_404(place.roles.select_related("person", "competition"), person__code=person, kind=kind)
    if request.method == "POST":
        take_role(role, by=request.user)
        messages.success(request, _("%(person)s does not hold this role any more.") % {"person": role.person})
        return redirect("people:team_list", competition=place.code)
    return render(request, "people/role_take.html", {"role": role, "verdict": can_take_role(request.user, role)})


def invitation_accept(request: HttpRequest, token: str) -> HttpResponse:
    """The link names the invitation by a secret; it works once."""
    invitation = open_invitation(token)
    if invitation is None:
        return render(request, "people/invitation_gone.html", status=410)
    speak_as(invitation.competition, request)                           # as its pages do, to which one comes from here
    signed_in = request.user if request.user.is_authenticated else None
    form: AcceptanceForm | OtherAccountForm | None
    if signed_in is None:
        form = AcceptanceForm(request.POST or None, initial={"name": invitation.name})
    elif signed_in.email.casefold() != invitation.email.casefold():
        form = OtherAccountForm(request.POST if request.method == "POST" else None, account=signed_in.email)
    else:
        form = None
    if request.method == "POST" and (form is None or form.is_valid()):
        facts = {"person": signed_in} if signed_in else form.cleaned_data
        person = accept_invitation(invitation, **facts)
        if not signed_in:
            login(request, person, backend="lorbeer.people.backends.AccountBackend")
        messages.success(request, _("Welcome. This is your start page."))
        return redirect("website:desk", competition=invitation.competition.code)
    return render(request, "people/invitation_accept.html", {
        "form": form, "invitation": invitation, "role": Role.Kind(invitation.kind).label, "signed_in": signed_in,
    }, status=422 if form is not None and form.is_bound else 200)
