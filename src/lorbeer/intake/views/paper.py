"""Papers to print: the empty form for everybody, the cover sheet for those who write a draft; and what came by post for it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lorbeer.intake import paper_sheets, services
from lorbeer.intake.models import Arrival
from lorbeer.intake.views.finding import address_of, draft_of, own_entry, pdf_response
from lorbeer.people.access import competition_for
from lorbeer.questionnaire.queries import current_version


@require_safe
def paper_form(request: HttpRequest, competition: str) -> HttpResponse:
    """The published form, to be filled in by hand; 404 before there is one."""
    place = competition_for(request, competition)
    version = current_version(place)
    if version is None:
        raise Http404
    return pdf_response(paper_sheets.paper_form_pdf(place, version, get_language() or "de"), f"{place.code}-{version.number}.pdf")


@login_required
@never_cache
@require_safe
def entry_cover(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    entry = own_entry(request, competition, code)
    return pdf_response(paper_sheets.cover_pdf(draft_of(entry), get_language() or "de"), f"{entry.code}-cover.pdf")


@login_required
@require_POST
def letter_hand_over(request: HttpRequest, competition: str, code: str, number: str) -> HttpResponse:
    """Let the office key in a letter that came for this draft."""
    entry = own_entry(request, competition, code)
    letter = get_object_or_404(Arrival.objects.filter(Q(added_to=entry) | Q(entry=entry)), number=number)
    services.hand_over(letter, entry, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("The office keys the letter in. It counts from the moment it arrived."))
    return redirect(address_of("entry_show", entry))
