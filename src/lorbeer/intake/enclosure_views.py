"""At the arrival desk: which question the files answer that came beside a mailed form."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lorbeer.entries.models import State
from lorbeer.intake import rules, services
from lorbeer.intake.enclosures import pictures_of_letter
from lorbeer.intake.models import Enclosure
from lorbeer.intake.office_views import arrival_address, find_arrival
from lorbeer.shared.errors import BadInput
from lorbeer.shared.fields import whole_number
from lorbeer.shared.verdicts import require


def _found(request: HttpRequest, competition: str, number: str, file: str) -> Enclosure:
    arrival = find_arrival(request, competition, number)
    require(rules.can_use_arrival_desk(request.user, arrival.competition))
    scanned = next((one for one in pictures_of_letter(arrival) if one.file.code == file), None)
    if scanned is not None and not arrival.enclosures.filter(file=scanned.file).exists():
        return scanned
    return get_object_or_404(Enclosure.objects.select_related("file"), arrival=arrival, file__code=file)


@login_required
@require_POST
def enclosure_assign(request: HttpRequest, competition: str, number: str, file: str) -> HttpResponse:
    row = _found(request, competition, number, file)
    question, _colon, place = request.POST.get("_question", "").rpartition(":")
    number = whole_number(place, 999)
    try:
        services.assign_enclosure(row, question, -1 if number is None else number, by=request.user)  # type: ignore[arg-type]
    except BadInput as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, (
            _("“%(name)s” stands in the draft now. The entry has been handed in: it counts when you hand it in again.")
            if row.arrival.entry.state == State.SUBMITTED else _("“%(name)s” stands in the draft now.")) % {"name": row.file.name})
    return redirect(f"{arrival_address(row.arrival)}#enclosures")


@login_required
@require_POST
def enclosure_set_aside(request: HttpRequest, competition: str, number: str, file: str) -> HttpResponse:
    row = _found(request, competition, number, file)
    services.set_aside_enclosure(row, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("“%(name)s” answers no question. It stays with the arrival.") % {"name": row.file.name})
    return redirect(f"{arrival_address(row.arrival)}#enclosures")
