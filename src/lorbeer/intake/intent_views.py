"""A letter or mail that is no entry but a letter of intent: noted as one, its line in the register closed."""

from email.utils import parseaddr

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from lorbeer.intake import rules, services
from lorbeer.intake.models import Arrival, ArrivalChange, Channel
from lorbeer.intake.office_views import arrival_address, of_arrival
from lorbeer.outreach.forms import OfficeIntentForm, is_search
from lorbeer.outreach.models import LetterOfIntent
from lorbeer.outreach.services import record_intent
from lorbeer.people.models import Person


@of_arrival(rules.can_note_intent)
def arrival_intent(request: HttpRequest, arrival: Arrival) -> HttpResponse:
    place = arrival.competition
    searching = is_search(request.POST)
    sent = request.method == "POST" and not searching
    form = OfficeIntentForm(request.POST if sent else None, competition=place,
                            initial=request.POST.dict() if searching else _known(arrival))
    for name in ("channel", "received_on"):                             # the register knows both
        del form.fields[name]
    if sent and form.is_valid():
        intent = note_as_intent(arrival, form, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("The letter of intent of %(name)s is noted, and the arrival is closed.") % {"name": intent.applicant})
        return redirect(arrival_address(arrival))
    return render(request, "intake/arrival_intent.html", {
        "arrival": arrival, "form": form, "searching": searching, "back": arrival_address(arrival),
    }, status=422 if form.is_bound else 200)


def _known(arrival: Arrival) -> dict[str, str]:
    """On an envelope stands who enters; who sends a mail is whom to ask, and mostly not who enters."""
    if "@" not in arrival.sender:
        return {"applicant": arrival.sender, "subject": arrival.subject}
    name, mail = parseaddr(arrival.sender)
    applicant = name if arrival.competition.of_persons else ""
    return {"applicant": applicant, "contact_name": name, "contact_email": mail, "subject": arrival.subject}


@transaction.atomic
def note_as_intent(arrival: Arrival, form: OfficeIntentForm, *, by: Person) -> LetterOfIntent:
    """Both or nothing: the letter of intent of the arrival's channel and day, and the closed line that names it."""
    data = form.cleaned_data
    intent = record_intent(
        arrival.competition, applicant=data["applicant"], municipality=data.get("municipality"), subject=data["subject"],
        contact_name=data["contact_name"], contact_email=data["contact_email"], by=by, received_at=arrival.arrived_at,
        channel=LetterOfIntent.Channel.EMAIL if arrival.channel == Channel.EMAIL else LetterOfIntent.Channel.POST)
    services.close_arrival(arrival, by=by, reason=_("Letter of intent %(code)s") % {"code": intent.code},
                           kind=ArrivalChange.Kind.INTENT)
    return intent
