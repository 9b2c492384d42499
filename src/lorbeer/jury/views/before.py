"""Members and meetings."""


from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lorbeer.call.models import Competition
from lorbeer.jury import forms, minutes, queries, rules, services

# --- finding ----------------------------------------------------------------------------------------------------------
from lorbeer.jury.views.finding import _insider, _said
from lorbeer.people.forms import GroundsForm
from lorbeer.people.models import Role
from lorbeer.shared.context import address
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.verdicts import require


@login_required
@require_GET
def meeting_list(request: HttpRequest, competition: str) -> HttpResponse:
    """Every meeting with what the reader can do there, and the way to plan one."""
    found = _insider(request, competition)
    member = queries.member_of(request.user, found)
    meetings = list(found.jury_meetings.order_by("-round"))
    rows = []
    for meeting in meetings:
        meeting.competition = found
        rows.append(
            {
                "meeting": meeting,
                "items": meeting.items.count(),
                "waiting": rules.undecided_shown_to(request.user, meeting).count(),
                "declared": bool(member and queries.has_declared(member, meeting)),
                "budget": rules.budget_shown_to(request.user, meeting),
                "minutes": rules.can_read_minutes(request.user, meeting),
            }
        )
    return render(
        request,
        "jury/meeting_list.html",
        {
            "rows": rows,
            "member": member,
            "can_run": rules.can_run(request.user, found),
            "can_prepare": rules.can_prepare(request.user, found),
            "form": forms.PlanForm(initial={"round": _next_round(found)}),
            "members": queries.members_of(found).count(),
        },
    )


def _next_round(competition: Competition) -> int:
    return (competition.jury_meetings.order_by("-round").values_list("round", flat=True).first() or 0) + 1


@login_required
@require_POST
def meeting_plan(request: HttpRequest, competition: str) -> HttpResponse:
    found = _insider(request, competition, rules.can_prepare)
    form = forms.PlanForm(request.POST)
    if form.is_valid():
        facts = form.cleaned_data
        try:
            services.plan_meeting(found, facts["round"], held_on=facts["held_on"], by=request.user)  # type: ignore[arg-type]
        except (BadInput, Refused) as error:
            form.add_error(error.where if isinstance(error, BadInput) else None, error.sentence)
        else:
            messages.success(request, _("The meeting is planned. All that comes before it is on its agenda."))
            return redirect("jury:desk_show", found.code, facts["round"])
    return render(request, "jury/meeting_plan.html", {"form": form}, status=400)


@login_required
@require_http_methods(["GET", "POST"])
def member_list(request: HttpRequest, competition: str) -> HttpResponse:
    found = _insider(request, competition)
    preparing = rules.can_prepare(request.user, found)
    form = forms.AppointForm(request.POST if request.method == "POST" else None, competition=found)
    if request.method == "POST":
        require(preparing)
        if form.is_valid() and _said(request, lambda: services.appoint(found, by=request.user, **form.cleaned_data)):
            messages.success(request, _("%(person)s belongs to the jury now.") % {"person": form.cleaned_data["person"]})
            return redirect("jury:member_list", found.code)
    members = list(queries.members_of(found))
    return render(
        request,
        "jury/member_list.html",
        {
            "members": [(member, minutes.role_text(member, found)) for member in members],
            "form": form,
            "preparing": preparing,
            "seats": queries.seats(found),
            "quorum": round(queries.rules_of(found).quorum * 100),
            "nobody_left": not form.fields["person"].queryset.exists(),  # type: ignore[attr-defined]
            "team_url": address("people:team_list", competition=found.code),
        },
        status=400 if form.is_bound else 200,
    )


@login_required
@require_http_methods(["GET", "POST"])
def member_grounds(request: HttpRequest, competition: str, person: str) -> HttpResponse:
    """By what bias is computed for a member: Land, employer, addresses, earlier relations. They stand with the juror's role."""
    found = _insider(request, competition, rules.can_prepare)
    role = get_object_or_404(
        Role.objects.select_related("person"), competition=found, kind=Role.Kind.JUROR, person__code=person,
        person__jury_memberships__competition=found)
    require(rules.can_note_grounds(request.user, role.person, found))
    names = ("land_code", "employer", "addresses", "earlier_bodies")
    form = GroundsForm(request.POST if request.method == "POST" else None, initial={name: getattr(role, name) for name in names})
    sent = request.method == "POST" and form.is_valid()
    if sent and _said(request, lambda: services.note_grounds(role, by=request.user, **form.cleaned_data)):
        messages.success(request, _("Saved. What it closes for %(person)s is closed from now on.") % {"person": role.person})
        return redirect("jury:member_list", found.code)
    return render(request, "jury/member_grounds.html", {"form": form, "person": role.person}, status=400 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def member_dismiss(request: HttpRequest, competition: str, person: str) -> HttpResponse:
    found = _insider(request, competition, rules.can_prepare)
    member = get_object_or_404(found.jury_members.select_related("person", "competition"), person__code=person)
    if request.method == "POST":
        if _said(request, lambda: services.dismiss(member, by=request.user)):
            messages.success(request, _("%(person)s no longer belongs to the jury.") % {"person": member})
        return redirect("jury:member_list", found.code)
    return render(
        request,
        "confirm.html",
        {
            "title": _("Take %(person)s off the jury?") % {"person": member},
            "consequences": [
                _("The dossier closes for this person."),
                _("The role “juror” ends. The appointment stays in the log."),
            ],
            "button_label": _("Take off the jury"),
            "cancel_url": reverse("jury:member_list", args=[found.code]),
            "danger": True,
        },
    )
