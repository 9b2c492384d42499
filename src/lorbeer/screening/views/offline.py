"""Reading and voting without a network: one PDF of what one has opened, a sheet to fill in, and the way back."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lorbeer.call.models import Competition
from lorbeer.entries.models import State
from lorbeer.entries.queries import without_biased
from lorbeer.people.models import Role
from lorbeer.screening import documents, forms, offline, queries, rules, services
from lorbeer.screening.models import Vote
from lorbeer.screening.views.common import address, find
from lorbeer.screening.views.votes import TWO_TEXTS, own_vote
from lorbeer.shared import keeping
from lorbeer.shared.errors import BadInput, Busy
from lorbeer.shared.text import call_language
from lorbeer.shared.verdicts import require


def open_to(request: HttpRequest, competition: Competition) -> QuerySet[Vote]:
    """The reader's own pile without what bias closes."""
    return without_biased(queries.votes_of(request.user, competition), request.user, "entry")


def download(data: bytes, name: str) -> HttpResponse:
    return HttpResponse(data, content_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@login_required
@never_cache
@require_GET
def offline_show(request: HttpRequest, competition: str) -> HttpResponse:
    """What can be downloaded, what is to be opened first, and where a sheet is read back."""
    return offline_page(request, find(request, competition, Role.Kind.SCREENER), forms.SheetFileForm())


def offline_page(request: HttpRequest, competition: Competition, form: forms.SheetFileForm, status: int = 200) -> HttpResponse:
    votes = list(open_to(request, competition))
    for vote in votes:
        vote.shown_name = documents.name_of(vote.entry)                 # type: ignore[attr-defined]
    return render(request, "screening/offline_show.html", {
        "form": form, "opened": [vote for vote in votes if vote.submission_id],
        "to_fill": [vote for vote in votes if vote.submission_id and not vote.sealed_at],
        "unopened": [vote for vote in votes if not vote.submission_id and vote.entry.state == State.ADMITTED],
    }, status=status)


@login_required
@require_POST
def offline_open(request: HttpRequest, competition: str) -> HttpResponse:
    """Open several entries at once: for each that is marked the reader says that they are free to judge it."""
    found = find(request, competition, Role.Kind.SCREENER)
    chosen = list(open_to(request, found).filter(entry__code__in=request.POST.getlist("entry"), submission=None))
    for vote in chosen:
        services.open_vote(vote, request.user)                          # type: ignore[arg-type]
    if chosen:
        messages.success(request, ngettext(
            "%(count)d entry is open to you now.", "%(count)d entries are open to you now.", len(chosen)) % {"count": len(chosen)})
    else:
        messages.info(request, _("No entry was marked, so none was opened."))
    return redirect(address("offline_show", found))


@login_required
@never_cache
@require_GET
def reading_pdf(request: HttpRequest, competition: str) -> HttpResponse:
    """One PDF of all that the reader has opened."""
    found = find(request, competition, Role.Kind.SCREENER)
    votes = list(
        open_to(request, found).exclude(submission=None).select_related("submission__version__questionnaire", "entry__competition")
        .prefetch_related("submission__files", "entry__partners")
    )
    if not votes:
        raise BadInput(_("You have not opened any entry yet, so there is nothing to read. Open those that you are free to judge first."))
    return download(documents.reading_pdf(found, request.user, votes), _("entries-%(code)s.pdf") % {"code": found.code})


@login_required
@never_cache
@require_GET
def sheet_pdf(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """The reader's own sheet as a PDF to fill in."""
    found = find(request, competition, Role.Kind.SCREENER)
    vote = own_vote(request, found, code)
    require(rules.can_write_vote(request.user, vote))
    language = call_language() if call_language() in found.languages else found.first_language
    return download(offline.write_sheet(vote, language), _("vote-%(code)s.pdf") % {"code": vote.entry.code})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def sheet_read(request: HttpRequest, competition: str) -> HttpResponse:
    """Read a filled sheet and show what it says otherwise than the draft; nothing is saved yet."""
    found = find(request, competition, Role.Kind.SCREENER)
    if request.method == "GET":                                         # the address of the page after the upload, opened again
        return redirect(address("offline_show", found))
    form = forms.SheetFileForm(request.POST, request.FILES)
    status = 422
    if form.is_valid():
        try:
            back = offline.read_sheet(form.cleaned_data["form"], found, request.user)  # type: ignore[arg-type]
            require(rules.can_write_vote(request.user, back.vote))
        except (BadInput, Busy) as fault:
            form.add_error("form", str(fault))
            status = 503 if isinstance(fault, Busy) else status
        else:
            sheet = forms.SheetForm(vote=back.vote)
            return render(request, "screening/sheet_read.html", {
                "vote": back.vote, "entry": back.vote.entry, "name": documents.name_of(back.vote.entry), "back": back, "sheet": sheet,
            })
    return offline_page(request, found, form, status)


@login_required
@require_POST
def sheet_take(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """Take over what was chosen of a file, as if it had been typed."""
    found = find(request, competition, Role.Kind.SCREENER)
    vote = own_vote(request, found, code)
    require(rules.can_write_vote(request.user, vote))
    sent = request.POST
    data: dict[str, Any] = {name: sent[name] for name in sent.getlist("take") if name in sent}
    form = forms.SheetForm(data | {"seen": sent.get("seen", "")}, vote=vote)
    if not form.is_valid():
        raise BadInput(" ".join(str(one) for errors in form.errors.values() for one in errors))
    kept = services.keep_sheet(vote, form.written(), form.sheet, page=keeping.page_of(request), seen=form.seen(), by=request.user,  # type: ignore[arg-type]
                               arrived_at=request.arrived_at)           # type: ignore[attr-defined]
    form.require_room(kept.unkept)
    taken = len(form.written()) - len(kept.lost)
    if kept.lost:
        messages.warning(request, TWO_TEXTS)
    messages.success(request, ngettext(
        "%(count)d field was taken over. The sheet stays a draft until you seal it.",
        "%(count)d fields were taken over. The sheet stays a draft until you seal it.", taken) % {"count": taken})
    return redirect(address("vote_write", found, code=code))
