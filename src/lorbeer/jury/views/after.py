"""Distributions compared, and the minutes."""


from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lorbeer.jury import distributions, forms, minutes, queries, rules, services

# --- finding ----------------------------------------------------------------------------------------------------------
from lorbeer.jury.views.finding import _insider, _meeting, _url
from lorbeer.people.access import competition_for
from lorbeer.shared.files import address_of
from lorbeer.shared.verdicts import Verdict, require


@login_required
@require_GET
def simulator_show(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    """Three ways to spend the purse, side by side. Nothing is stored: the scenarios are in the address."""
    meeting = _meeting(_insider(request, competition), round)
    hidden = rules.hidden_entries(request.user, meeting)
    budget = queries.budget_of(meeting.competition, meeting.round)
    prizes = [count.prize for count in budget.prizes]
    awarded = {count.prize.code: count.awarded for count in budget.prizes}
    proposed = dict.fromkeys(awarded, 0)
    for item in queries.items_of(meeting).exclude(entry__in=hidden):
        prize = next((one for one in prizes if one.group_id == item.group_id), None)
        if prize:
            proposed[prize.code] += 1
    starts = dict(zip(forms.SCENARIOS, distributions.starts(budget, None if hidden else awarded, proposed), strict=True))
    form = forms.SimulatorForm(request.GET if request.GET else None, prizes=prizes, starts=starts)
    form.is_valid()
    worth = distributions.worths(meeting, prizes, without=hidden)
    scenarios = [
        (name.upper(), distributions.distribution(prizes, form.counts(name), budget.cap, worth, form.amounts(name)))
        for name in forms.SCENARIOS]
    return render(
        request,
        "jury/simulator_show.html",
        {
            "meeting": meeting,
            "form": form,
            "budget": budget,
            "scenarios": scenarios,
            "goes_up_to": bool(worth),
            "bars": [{"label": name, "value": scenario.total // 100, "text": scenario.total} for name, scenario in scenarios],
            "maximum": max([budget.cap, *(scenario.total for _name, scenario in scenarios)]) // 100,
        },
    )


@login_required
@require_GET
def minutes_show(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    """The minutes as they grow; after the meeting with the PDF and its checksum."""
    found = competition_for(request, competition)
    if not request.roles:  # type: ignore[attr-defined]
        raise Http404
    meeting = _meeting(found, round)
    verdict: Verdict = rules.can_read_minutes(request.user, meeting)
    if not verdict and not rules.can_run(request.user, found):
        require(verdict)
    closed = rules.hidden_entries(request.user, meeting)
    return render(
        request,
        "jury/minutes_show.html",
        {
            "meeting": meeting,
            "content": minutes.content(meeting, without=closed),
            "hidden": meeting.items.filter(entry__in=closed).count(),
            "pdf": rules.can_read_minutes_file(request.user, meeting),
            "pdf_url": address_of(meeting.minutes) if meeting.minutes else "",
            "signed_url": address_of(meeting.signed) if meeting.signed else "",
            "can_sign": rules.can_sign(request.user, meeting),
            "is_missing": bool(meeting.closed_at and not meeting.minutes_sha256),
            "can_write": rules.can_write_minutes(request.user, meeting),
        },
    )


@login_required
@require_POST
def minutes_write(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    """Write the minutes of a closed meeting that could not be written when it was closed."""
    meeting = _meeting(_insider(request, competition, rules.can_run), round)
    require(rules.can_write_minutes(request.user, meeting))
    meeting = services.make_minutes(meeting, by=request.user)  # type: ignore[arg-type]
    if meeting.minutes_sha256:
        messages.success(request, _("The minutes are written, and their checksum is kept in the log."))
    else:
        tell_missing(request)
    return redirect(_url("minutes_show", meeting))


def tell_missing(request: HttpRequest) -> None:
    """What somebody reads whose meeting is closed while its minutes could not be written."""
    messages.warning(request, _("The minutes could not be written just now. The meeting is closed and all its decisions are kept. Write the"
                                " minutes later, with the button on this page; if it fails again, please tell the operator."))
