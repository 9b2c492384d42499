"""Papers to print: the empty form for everybody, the cover sheet for those who write a draft; and what came by post for it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lorbeer.entries.models import Entry
from lorbeer.intake import paper_sheets, rules, services
from lorbeer.intake.models import Arrival
from lorbeer.intake.views.finding import address_of, crumbs_of, draft_of, own_entry, pdf_response
from lorbeer.people.access import competition_for
from lorbeer.questionnaire.queries import current_version
from lorbeer.shared.verdicts import require


@require_safe
def paper_form(request: HttpRequest, competition: str) -> HttpResponse:
    """The published form, to be filled in by hand, as long as the one for computers; 404 before there is one."""
    place = competition_for(request, competition)
    require(rules.can_download_form(request.user, place))
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


def _letter(request: HttpRequest, competition: str, code: str, number: str) -> tuple[Entry, Arrival]:
    entry = own_entry(request, competition, code)
    letter = get_object_or_404(Arrival.objects.filter(Q(added_to=entry) | Q(entry=entry)), number=number)
    letter.competition = entry.competition
    return entry, letter


@login_required
@never_cache
def letter_hand_over(request: HttpRequest, competition: str, code: str, number: str) -> HttpResponse:
    """Let the office key in what came for this draft, after one question: it opens the draft to the office."""
    entry, letter = _letter(request, competition, code, number)
    if request.method == "POST":
        services.hand_over(letter, entry, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("The office keys in what came. It counts from the moment it arrived."))
        return redirect(address_of("entry_show", entry))
    require(rules.can_hand_over(request.user, letter, entry))
    return render(request, "confirm.html", {
        "title": _("Let the office key in arrival %(number)s?") % {"number": letter.number},
        "consequences": [
            _("What counts is what came by post or e-mail, from the moment it arrived: the office keys it in and hands it in for you."),
            _("This draft is opened to the office. From then on only the office writes in it; you can read it."),
            _("Until the office has begun, and until the deadline, you can take this back on the page of your entry."),
            *([_("The others who write it are told by mail.")] if entry.contributors.count() > 1 else []),
        ],
        "button_label": _("Let the office key it in"), "cancel_url": address_of("entry_show", entry),
        "breadcrumb": crumbs_of(entry, (_("By post or e-mail"), "")),
    })


@login_required
@require_POST
def letter_take_back(request: HttpRequest, competition: str, code: str, number: str) -> HttpResponse:
    entry, letter = _letter(request, competition, code, number)
    services.take_back(letter, entry, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("The draft is yours alone again. What counts is what you submit here."))
    return redirect(address_of("entry_show", entry))
