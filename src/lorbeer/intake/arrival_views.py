"""What the desk does with one line of the register: correct it, close it, lead it to an entry, attach a scan, key it in."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lorbeer.intake import rules, services
from lorbeer.intake.forms import AddForm, CorrectionForm, LateForm, ReasonForm, ReopenForm, ScanForm
from lorbeer.intake.models import Arrival, Channel
from lorbeer.intake.office_views import arrival_address, of_arrival, reasoned, rule_in_words, show_arrival
from lorbeer.intake.scan_forms import CodeForm
from lorbeer.intake.views.from_pdf import show_filling
from lorbeer.shared.errors import BadInput, Busy
from lorbeer.shared.verdicts import require


@of_arrival(rules.can_correct_arrival)
def arrival_correct(request: HttpRequest, arrival: Arrival) -> HttpResponse:
    """What was registered wrongly, put right with a reason."""
    form = CorrectionForm(request.POST or None, arrival=arrival)
    return reasoned(
        request, arrival, form, services.correct_arrival, _("Corrected. What stood there before is kept."),
        title=_("Correct the arrival"), button_label=_("Correct it"), text=rule_in_words(arrival.competition, arrival.round),
        consequences=[_("Whether it was in time is judged anew."), _("A receipt that was sent stays as it is.")],
    )


@of_arrival(rules.can_close_arrival)
def arrival_close(request: HttpRequest, arrival: Arrival) -> HttpResponse:
    return reasoned(
        request, arrival, ReasonForm(request.POST or None), services.close_arrival, _("Closed. Nothing waits for it any more."),
        title=_("Close the arrival?"), button_label=_("Close it"),
        consequences=[_("For what does not belong here or was registered twice. The line stays in the register, with your reason."),
                      _("Nobody is asked any more to key it in or to decide on it."),
                      *([_("What has been keyed in is withdrawn.")] if rules.is_withdrawn_with(arrival) else [])],
    )


@of_arrival(rules.can_reopen_arrival)
def arrival_reopen(request: HttpRequest, arrival: Arrival) -> HttpResponse:
    return reasoned(
        request, arrival, ReopenForm(request.POST or None), services.reopen_arrival, _("The arrival is open again."),
        title=_("Open the arrival again?"), button_label=_("Open it again"),
        consequences=[_("It waits again to be keyed in, or for a decision where it was late.")],
    )


@of_arrival(rules.can_add_arrival)
def arrival_add(request: HttpRequest, arrival: Arrival) -> HttpResponse:
    """What came in addition to an entry that is there already: a missing attachment, the same once more on paper."""
    form = AddForm(request.POST or None, arrival=arrival)
    return reasoned(
        request, arrival, form, services.add_arrival, _("Done. The entry's file shows what came."),
        title=_("Put it to an entry"), button_label=_("Put it there"),
        consequences=[_("Its files stand among the attachments of the entry. What was handed in stays as it is."),
                      _("Nobody is asked any more to key it in or to decide on it.")],
    )


@of_arrival(rules.can_add_arrival)
@require_POST
def arrival_take_up(request: HttpRequest, arrival: Arrival) -> HttpResponse:
    """What came for a draft that was never submitted becomes an entry of its own; a second click finds it done."""
    arrival = services.take_up(arrival, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("It stands for itself now. Those who write the draft are told by mail."))
    return redirect(arrival_address(arrival))


@of_arrival(rules.can_attach_scan)
@require_POST
def arrival_link(request: HttpRequest, arrival: Arrival) -> HttpResponse:
    """Lead a letter to the entry whose cover sheet lies in it."""
    form = CodeForm(request.POST, competition=arrival.competition)
    if form.is_valid() and form.entry is not None:
        arrival = services.link_arrival(arrival, form.entry, by=request.user)  # type: ignore[arg-type]
        messages.success(request, (
            _("The arrival has been added to entry %(code)s, which its applicant writes online; it opens nothing.") if arrival.added_to_id else
            _("The arrival belongs to entry %(code)s now.")) % {"code": form.entry.code})
    else:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect(arrival_address(arrival))


@of_arrival(rules.can_unlink_arrival)
def arrival_unlink(request: HttpRequest, arrival: Arrival) -> HttpResponse:
    return reasoned(
        request, arrival, ReasonForm(request.POST or None), services.unlink_arrival, _("The arrival belongs to no entry now."),
        title=_("Take the arrival from its entry?"), button_label=_("Take it from the entry"),
        consequences=[_("The entry stays as it is; the arrival waits again to be keyed in or led elsewhere."),
                      _("The office cannot open the draft any more, unless another letter belongs to it.")],
    )


@of_arrival(rules.can_attach_scan)
@require_POST
def arrival_scan(request: HttpRequest, arrival: Arrival) -> HttpResponse:
    form = ScanForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            stored = services.attach_scan(arrival, form.cleaned_data["scan"], by=request.user)  # type: ignore[arg-type]
        except BadInput as error:
            form.add_error("scan", str(error))
        else:
            services.read_scan(arrival, stored, by=request.user)  # type: ignore[arg-type]
            messages.success(request, _("The scan is attached."))
            return redirect(arrival_address(arrival))
    return show_arrival(request, arrival, LateForm(), form, 422)


@of_arrival(rules.can_decide_late)
@require_POST
def arrival_admit_late(request: HttpRequest, arrival: Arrival) -> HttpResponse:
    form = LateForm(request.POST)
    if form.is_valid():
        services.admit_late(arrival, reason=form.cleaned_data["reason"], by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("Admitted late. The reason is recorded."))
        return redirect(arrival_address(arrival))
    return show_arrival(request, arrival, form, ScanForm(), 422)


@of_arrival(rules.can_handle_arrival)
@require_POST
def arrival_key_in(request: HttpRequest, arrival: Arrival) -> HttpResponse:
    """Open the draft of a paper entry; the sections are the applicant's own."""
    if arrival.channel == Channel.ONLINE:
        raise Http404
    require(rules.can_submit_arrival(arrival))
    faults: list[str] = []
    if hasattr(arrival, "mail"):
        draft, faults = services.start_from_mail(arrival, by=request.user)  # type: ignore[arg-type]
    else:
        draft = services.start_key_in(arrival, by=request.user)  # type: ignore[arg-type]
    if faults:
        for fault in [_("Not everything in the form could be read."), *faults[:5]]:
            messages.warning(request, fault)
    return redirect("intake:entry_show", competition=arrival.competition.code, code=draft.entry.code)


@of_arrival(rules.can_handle_arrival)
@require_POST
def arrival_fill(request: HttpRequest, arrival: Arrival) -> HttpResponse:
    """Read a filled form among the files of an arrival into its draft, and show what became of it."""
    if arrival.channel == Channel.ONLINE:
        raise Http404
    try:
        draft, filling = services.fill_from_arrival(arrival, by=request.user, code=request.POST.get("_file", ""))  # type: ignore[arg-type]
    except (BadInput, Busy) as error:
        for fault in error.faults if isinstance(error, BadInput) else [str(error)]:
            messages.warning(request, fault)
        return redirect(arrival_address(arrival))
    return show_filling(request, draft.entry, filling)
