"""At the arrival desk: which question the files answer that came beside a mailed form."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lorbeer.entries.models import State
from lorbeer.intake import rules, services
from lorbeer.intake.enclosures import pictures_of_letter
from lorbeer.intake.models import Arrival, Enclosure
from lorbeer.intake.office_views import arrival_address, of_arrival
from lorbeer.shared.errors import BadInput
from lorbeer.shared.fields import whole_number


def _found(arrival: Arrival, file: str) -> Enclosure:
    scanned = next((one for one in pictures_of_letter(arrival) if one.file.code == file), None)
    if scanned is not None and not arrival.enclosures.filter(file=scanned.file).exists():
        return scanned
    return get_object_or_404(Enclosure.objects.select_related("file"), arrival=arrival, file__code=file)


@of_arrival(rules.can_handle_arrival)
@require_POST
def enclosure_assign(request: HttpRequest, arrival: Arrival, file: str) -> HttpResponse:
    row = _found(arrival, file)
    question, _colon, place = request.POST.get("_question", "").rpartition(":")
    number = whole_number(place, 999)
    try:
        services.assign_enclosure(row, question, -1 if number is None else number, by=request.user)  # type: ignore[arg-type]
    except BadInput as error:
        messages.warning(request, str(error))
    else:
        is_handed_in = arrival.entry is not None and arrival.entry.state == State.SUBMITTED
        done = _("“%(name)s” stands in the draft now.")
        if is_handed_in:
            done = _("“%(name)s” stands in the draft now. The entry has been handed in: it counts when you hand it in again.")
        messages.success(request, done % {"name": row.file.name})
    return redirect(f"{arrival_address(arrival)}#enclosures")


@of_arrival(rules.can_handle_arrival)
@require_POST
def enclosure_set_aside(request: HttpRequest, arrival: Arrival, file: str) -> HttpResponse:
    row = _found(arrival, file)
    services.set_aside_enclosure(row, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("“%(name)s” answers no question. It stays with the arrival.") % {"name": row.file.name})
    return redirect(f"{arrival_address(arrival)}#enclosures")
