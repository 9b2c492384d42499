"""People who work on one entry together."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from lorbeer.entries import rules as entry_rules
from lorbeer.entries import services as entry_services
from lorbeer.entries.models import CoEditorInvitation
from lorbeer.intake import letters
from lorbeer.intake.forms import InviteForm
from lorbeer.intake.views.finding import address_of, crumbs_of, own_entry, signed_number
from lorbeer.people.access import competition_for
from lorbeer.shared import clock
from lorbeer.shared.verdicts import require

SALT = "intake.invitation"


@login_required
@never_cache
def contributor_list(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """Who works on the entry, and an invitation by link."""
    entry = own_entry(request, competition, code)
    allowed = entry_rules.can_invite(request.user, entry)
    form = InviteForm(request.POST or None)
    if request.method == "POST":
        require(allowed)
        if form.is_valid():
            with transaction.atomic():
                invitation, token = entry_services.invite_co_editor(entry, form.cleaned_data["email"], by=request.user)  # type: ignore[arg-type]
                letters.queue_co_editor_invitation(invitation, token)
            messages.success(request, _("The invitation to %(email)s is on its way.") % {"email": invitation.email})
            return redirect(address_of("contributor_list", entry))
    waiting = [
        {"invitation": one, "token": signing.dumps(one.pk, salt=SALT)}
        for one in entry.invitations.filter(accepted_at=None, revoked_at=None, expires_at__gte=clock.now()).order_by("pk")
    ]
    return render(request, "intake/contributor_list.html", {
        "entry": entry, "form": form, "allowed": allowed, "waiting": waiting,
        "contributors": entry.contributors.select_related("person").order_by("-is_contact", "pk"),
        "breadcrumb": crumbs_of(entry, (_("Working together"), "")),
    }, status=422 if form.is_bound and not form.is_valid() else 200)


@login_required
@require_POST
def invitation_revoke(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    entry = own_entry(request, competition, code)
    number = signed_number(request, SALT)
    invitation = get_object_or_404(CoEditorInvitation.objects.select_related("entry__competition"), pk=number, entry=entry)
    entry_services.revoke_invitation(invitation, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("The invitation is not valid any more."))
    return redirect(address_of("contributor_list", entry))


@login_required
@never_cache
def invitation_accept(request: HttpRequest, competition: str, token: str) -> HttpResponse:
    """The link of an invitation: says what it is, and lets the reader in on a click."""
    place = competition_for(request, competition)
    invitation = entry_services.find_invitation(token)
    if invitation.entry.competition_id != place.pk:
        raise Http404
    if request.method == "POST":
        entry = entry_services.accept_invitation(token, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("You now work on this entry."))
        return redirect(address_of("entry_show", entry))
    return render(request, "confirm.html", {
        "title": _("Work on an entry together?"),
        "text": _("%(name)s invites you to work on an entry for “%(competition)s”.")
        % {"name": invitation.invited_by, "competition": place},
        "consequences": [
            _("You can read and change everything in the entry, submit it and withdraw it."),
            _("The others see your name and what you changed."),
        ],
        "button_label": _("Join in"), "cancel_url": reverse("website:competition_home", args=[place.code]),
    })
