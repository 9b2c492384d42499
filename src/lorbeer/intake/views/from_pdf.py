"""The entry form as a PDF: to download, empty or with one's answers, and to take over what was filled in."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lorbeer.call.models import Competition
from lorbeer.entries import rules as entry_rules
from lorbeer.entries.models import Entry
from lorbeer.intake import documents, queries, rules, services
from lorbeer.intake.forms import FilledForm
from lorbeer.intake.views.finding import address_of, crumbs_of, deadline_of, draft_of, own_entry
from lorbeer.people.access import competition_for
from lorbeer.questionnaire import pdfform
from lorbeer.questionnaire.queries import current_version
from lorbeer.shared.errors import BadInput, Busy
from lorbeer.shared.text import call_language
from lorbeer.shared.verdicts import require


def _language(competition: Competition) -> str:
    """The reader's, where the call is written in it."""
    return call_language() if call_language() in competition.languages else competition.first_language


def _download(data: bytes, name: str) -> HttpResponse:
    return HttpResponse(data, content_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@require_safe
def form_pdf(request: HttpRequest, competition: str) -> HttpResponse:
    """The empty form, for whoever would rather fill it in offline; without an account, too."""
    place = competition_for(request, competition)
    require(rules.can_download_form(request.user, place))
    version = current_version(place)
    if version is None:
        raise Http404
    return _download(documents.empty_form(place, version, _language(place)), _("entry-form-%(code)s.pdf") % {"code": place.code})


@login_required
@never_cache
@require_safe
def draft_form_pdf(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """The form with what the draft holds by now."""
    entry = own_entry(request, competition, code)
    data = documents.form_with_answers(draft_of(entry), _language(entry.competition))
    return _download(data, _("entry-form-%(code)s.pdf") % {"code": entry.code})


@login_required
@never_cache
def draft_fill(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """Take over a filled form. What is there already stays; where both say something, the applicant chooses."""
    entry = own_entry(request, competition, code)
    require(entry_rules.can_edit_draft(request.user, entry))
    form = FilledForm(request.POST or None, request.FILES or None)
    status = 422 if form.is_bound or request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            filled = pdfform.read(form.cleaned_data["form"], spoken=get_language() or "")
            filling = services.fill_online(draft_of(entry), filled, by=request.user)  # type: ignore[arg-type]
        except (BadInput, Busy) as error:
            form.add_error("form", str(error))
            status = 503 if isinstance(error, Busy) else status
        else:
            return show_filling(request, entry, filling)
    return _page(request, entry, form, status=status)


def show_filling(request: HttpRequest, entry: Entry, filling: services.Filling) -> HttpResponse:
    """The same page with what became of the form: taken over, to choose, not taken over."""
    entry.refresh_from_db(fields=["title", "applicant"])
    return _page(request, entry, FilledForm(), filling=filling)


def _page(request: HttpRequest, entry: Entry, form: FilledForm, *, status: int = 200, **shown: Any) -> HttpResponse:
    return render(request, "intake/draft_fill.html", {
        "entry": entry, "form": form, "fill_url": address_of("draft_fill", entry), "conflicts": len(queries.refused_texts(draft_of(entry))),
        "breadcrumb": crumbs_of(entry, (_("Fill in as PDF"), "")), **deadline_of(entry), **shown,
    }, status=status)
