"""Write to the office of a public entry, confirm the message, and switch the form off."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lorbeer.call.models import Competition
from lorbeer.enquiries import queries, rules, services
from lorbeer.enquiries.forms import MessageForm
from lorbeer.entries.models import Entry
from lorbeer.entries.views import find_entry
from lorbeer.people.access import competition_for
from lorbeer.shared.verdicts import ALLOWED, require


def _public_entry(request: HttpRequest, competition: str, code: str) -> tuple[Competition, Entry]:
    place = competition_for(request, competition)
    entry = queries.public_entry(place, code)
    if entry is None:
        raise Http404
    return place, entry


def _way_here(place: Competition, entry: Entry) -> list[tuple[str, str]]:
    return [(_("Entries"), reverse("catalogue:entry_list", args=[place.code])),
            (entry.applicant, reverse("catalogue:entry_detail", args=[place.code, entry.code])), (_("Write to them"), "")]


def message_write(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """The form. What a machine has filled in is answered like all else and not kept."""
    place, entry = _public_entry(request, competition, code)
    require(rules.can_write_to(entry))
    form = MessageForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not form.is_by_machine:
            services.write(entry, **{name: form.cleaned_data[name] for name in ("name", "email", "text")})
        return redirect("enquiries:message_sent", competition=place.code, code=code)
    return render(request, "enquiries/message_write.html", {
        "form": form, "entry": entry, "hours": services.HOURS_TO_CONFIRM, "breadcrumb": _way_here(place, entry),
    }, status=422 if form.errors else 200)


@require_safe
def message_sent(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """What happens next; says nothing about who wrote what."""
    place, entry = _public_entry(request, competition, code)
    return render(request, "enquiries/message_sent.html", {
        "entry": entry, "hours": services.HOURS_TO_CONFIRM, "breadcrumb": _way_here(place, entry)})


def message_confirm(request: HttpRequest, competition: str, token: str) -> HttpResponse:
    """The link by mail. Opening it sends nothing: mail programs open links by themselves."""
    place = competition_for(request, competition)
    enquiry = queries.waiting(services.digest_of(token)).filter(entry__competition=place).select_related("entry__competition").first()
    if request.method == "POST" and enquiry is not None:
        entry = services.pass_on(token)
        messages.success(request, _("Your message is on its way to %(applicant)s.") % {"applicant": entry.applicant})
        return redirect("catalogue:entry_detail", competition=place.code, code=entry.code)
    allowed = rules.can_pass_on_to(enquiry.entry) if enquiry else ALLOWED
    shown = enquiry if allowed else None                                # what was taken back is not named here either
    return render(request, "enquiries/message_confirm.html", {"enquiry": shown, "reason": allowed.reason}, status=200 if shown else 404)


@require_POST
def messages_switch(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """Off, or on again."""
    entry = find_entry(request, competition, code)
    if queries.is_open(entry):
        services.switch_off(entry, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("The form is switched off. Nobody writes to you about this entry here any more."))
    else:
        services.switch_on(entry, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("The form is switched on. Readers of the public database can write to you; your address is not told."))
    return redirect("entries:entry_tab", competition=entry.competition.code, code=entry.code, tab="messages")
