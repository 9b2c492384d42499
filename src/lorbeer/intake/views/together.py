"""People who work on one entry together."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
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
from lorbeer.intake.views.finding import address_of, crumbs_of, own_entry, sealed_numbers, token_of
from lorbeer.people.access import competition_for
from lorbeer.people.forms import OtherAccountForm
from lorbeer.shared import clock
from lorbeer.shared.text import name_in_mail
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
        {"invitation": one, "token": token_of(SALT, one.pk)}
        for one in entry.invitations.filter(accepted_at=None, revoked_at=None, expires_at__gte=clock.now()).order_by("pk")
    ]
    contributors = list(entry.contributors.select_related("person").order_by("-is_contact", "pk"))
    is_contact = any(one.is_contact and one.person == request.user for one in contributors)
    return render(request, "intake/contributor_list.html", {
        "entry": entry, "is_contact": is_contact, "form": form, "allowed": allowed, "waiting": waiting,
        "contributors": contributors,
        "breadcrumb": crumbs_of(entry, (_("Working together"), "")),
    }, status=422 if form.is_bound and not form.is_valid() else 200)


@login_required
@never_cache
def contributor_remove(request: HttpRequest, competition: str, code: str, person: str) -> HttpResponse:
    """The contact person takes somebody out, after being asked once."""
    entry = own_entry(request, competition, code)
    contributor = get_object_or_404(entry.contributors.select_related("person", "entry__competition"), person__code=person)
    require(entry_rules.can_remove_contributor(request.user, contributor))
    if request.method == "POST":
        with transaction.atomic():
            entry_services.remove_contributor(contributor, by=request.user)  # type: ignore[arg-type]
            letters.queue_removal(entry, contributor.person)
        messages.success(request, _("%(name)s does not work on this entry any more.") % {"name": contributor.person})
        return redirect(address_of("contributor_list", entry))
    return render(request, "confirm.html", {
        "title": _("Take %(name)s out of the entry?") % {"name": contributor.person}, "danger": True,
        "consequences": [
            _("%(name)s cannot read or change the entry any more, and hears of it by mail.") % {"name": contributor.person},
            _("What %(name)s wrote stays. Invitations that %(name)s sent and nobody has taken up end.") % {"name": contributor.person},
        ],
        "button_label": _("Take out"), "cancel_url": address_of("contributor_list", entry),
        "breadcrumb": crumbs_of(entry, (_("Working together"), address_of("contributor_list", entry)), (_("Take out"), "")),
    })


@login_required
@require_POST
def invitation_revoke(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    entry = own_entry(request, competition, code)
    (number,) = sealed_numbers(request, SALT)
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
    is_other = invitation.email.casefold() != request.user.email.casefold()  # type: ignore[union-attr]
    sent = request.POST if request.method == "POST" else None
    form = OtherAccountForm(sent, account=request.user.email) if is_other else None  # type: ignore[union-attr]
    if request.method == "POST" and (form is None or form.is_valid()):
        entry = entry_services.accept_invitation(token, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("You now work on this entry."))
        return redirect(address_of("entry_show", entry))
    return render(request, "confirm.html", {
        "title": _("Work on an entry together?"),
        "text": _("%(name)s invites you to work on an entry for “%(competition)s”.")
        % {"name": name_in_mail(invitation.invited_by.name), "competition": place},
        "form": form,
        "consequences": [
            _("You can read and change everything in the entry, submit it and withdraw it."),
            _("The others see your name and what you changed."),
            *([_("If you screen or judge in this competition, this entry stays closed to you there.")] if request.roles else []),  # type: ignore[attr-defined]
        ],
        "button_label": _("Join in"), "cancel_url": reverse("website:competition_home", args=[place.code]),
    }, status=422 if form is not None and form.is_bound else 200)
