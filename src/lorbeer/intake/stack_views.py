"""A stack of letters at the desk: divided, joined, and each letter registered or left out."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lorbeer.intake import findings, queries, rules, services
from lorbeer.intake.forms import ReasonForm
from lorbeer.intake.models import Arrival, Scan, ScanPart
from lorbeer.intake.office_views import find_place
from lorbeer.intake.scan_forms import DivideForm, PartForm, PartOfArrivalForm, StackForm
from lorbeer.shared import files
from lorbeer.shared.errors import BadInput
from lorbeer.shared.verdicts import require


def _stack(request: HttpRequest, competition: str, stack: str) -> Scan:
    place = find_place(request, competition)
    found = get_object_or_404(Scan.objects.select_related("file__blob", "scanned_by"), competition=place, number=stack, arrival=None)
    found.competition = place
    return found


def _part(request: HttpRequest, competition: str, stack: str, position: int) -> ScanPart:
    scan = _stack(request, competition, stack)
    part = get_object_or_404(ScanPart.objects.select_related("arrival"), scan=scan, position=position)
    part.scan = scan
    require(rules.can_decide_part(request.user, part))
    return part


def _crumbs(scan: Scan, *rest: tuple[str, str]) -> list[tuple[str, str]]:
    code = scan.competition.code
    return [(_("Arrivals"), reverse("intake:arrival_list", args=[code])), (_("Stacks"), reverse("intake:stack_list", args=[code])),
            (scan.number, reverse("intake:stack_show", args=[code, scan.number]) if rest else ""), *rest]


def _stack_address(scan: Scan) -> str:
    return reverse("intake:stack_show", args=[scan.competition.code, scan.number])


@login_required
def stack_list(request: HttpRequest, competition: str) -> HttpResponse:
    """The stacks that have been scanned, and a new one."""
    place = find_place(request, competition)
    allowed = rules.can_use_arrival_desk(request.user, place)
    form = StackForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        require(allowed)
        if form.is_valid():
            try:
                scan = services.receive_stack(place, form.cleaned_data["scan"], by=request.user)  # type: ignore[arg-type]
            except BadInput as error:
                form.add_error("scan", str(error))
            else:
                return redirect(_stack_address(scan))
    return render(request, "intake/stack_list.html", {
        "form": form, "allowed": allowed, "stacks": queries.stacks_of(place),
        "breadcrumb": [(_("Arrivals"), reverse("intake:arrival_list", args=[place.code])), (_("Stacks"), "")],
    }, status=422 if form.is_bound and form.errors else 200)


@login_required
@require_safe
def stack_show(request: HttpRequest, competition: str, stack: str) -> HttpResponse:
    """The letters that were found in a stack, each with what its code says and what was decided."""
    scan = _stack(request, competition, stack)
    rows = []
    for part in scan.parts.select_related("arrival", "decided_by"):
        part.scan = scan
        can_decide = rules.can_decide_part(request.user, part)
        rows.append({"part": part, "finding": findings.of_part(part), "can_decide": can_decide, "page_url": _page_url(part),
                     "divide": DivideForm(part=part) if can_decide and part.decided_at is None and part.pages > 1 else None})
    is_stuck = queries.is_stuck(scan)
    return render(request, "intake/stack_show.html", {
        "scan": scan, "problem": findings.problem_of(scan), "rows": rows,
        "listed": next(iter(files.listed(request.user, [scan.file])), None) if scan.file else None,
        "breadcrumb": _crumbs(scan), "job": queries.reading_of(scan) if scan.read_at is None and not is_stuck else None,
        "is_stuck": is_stuck, "can_use": rules.can_use_arrival_desk(request.user, scan.competition),
    })


def _page_url(part: ScanPart) -> str:
    """The way to the first page of a part; empty where there is none, or the file does not open."""
    if part.scan.file is None or part.is_whole:
        return ""
    return f"{files.address_of(part.scan.file)}#page={part.first_page}"


def pages_of(part: ScanPart) -> str:
    """A part as pages call it."""
    if part.is_whole:
        return _("The whole file")
    return _("Pages %(first)d to %(last)d") % {"first": part.first_page, "last": part.last_page}


@login_required
@require_POST
def stack_go_on(request: HttpRequest, competition: str, stack: str) -> HttpResponse:
    """The machine did not read it: the office goes on by hand."""
    scan = _stack(request, competition, stack)
    services.go_on_unread(scan, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("Divide the stack by hand, and register what is in it."))
    return redirect(_stack_address(scan))


@login_required
@require_POST
def part_divide(request: HttpRequest, competition: str, stack: str, position: int) -> HttpResponse:
    """Where no cover sheet divides the letters, the office says where they begin."""
    part = _part(request, competition, stack, position)
    form = DivideForm(request.POST, part=part)
    if form.is_valid():
        pieces = services.divide_part(part, form.cleaned_data["begins"], by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("Divided into %(count)d letters.") % {"count": len(pieces)})
    else:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect(_stack_address(part.scan))


@login_required
def part_accept(request: HttpRequest, competition: str, stack: str, position: int) -> HttpResponse:
    """Pages of a stack become a line of the register."""
    part = _part(request, competition, stack, position)
    finding = findings.of_part(part)
    form = PartForm(request.POST or None, competition=part.scan.competition, finding=finding)
    if request.method == "POST" and form.is_valid():
        facts = {key: form.cleaned_data[key] for key in ("arrived_at", "postmarked_on", "sender", "subject")}
        arrival = services.accept_part(part, by=request.user, entry=form.entry, **facts)  # type: ignore[arg-type]
        return _done(request, part, arrival)
    return _asked(request, part, finding, form, PartOfArrivalForm(competition=part.scan.competition))


@login_required
@require_POST
def part_attach(request: HttpRequest, competition: str, stack: str, position: int) -> HttpResponse:
    """Pages of a stack go to a letter that has been registered already."""
    part = _part(request, competition, stack, position)
    form = PartOfArrivalForm(request.POST, competition=part.scan.competition)
    if form.is_valid():
        return _done(request, part, services.attach_part(part, form.cleaned_data["arrival"], by=request.user))  # type: ignore[arg-type]
    finding = findings.of_part(part)
    return _asked(request, part, finding, PartForm(competition=part.scan.competition, finding=finding), form)


def _done(request: HttpRequest, part: ScanPart, arrival: Arrival) -> HttpResponse:
    messages.success(request, _("%(pages)s: arrival %(number)s.") % {"pages": pages_of(part), "number": arrival.number})
    return redirect(_stack_address(part.scan))


def _asked(request: HttpRequest, part: ScanPart, finding: findings.Finding, form: Any, beside: Any) -> HttpResponse:
    pages = pages_of(part)
    return render(request, "intake/part_accept.html", {
        "part": part, "scan": part.scan, "finding": finding, "form": form, "beside": beside, "pages": pages,
        "has_registered": beside.fields["arrival"].queryset.exists(),
        "page_url": _page_url(part),
        "breadcrumb": _crumbs(part.scan, (pages, "")),
    }, status=422 if form.errors or beside.errors else 200)


@login_required
def part_leave_out(request: HttpRequest, competition: str, stack: str, position: int) -> HttpResponse:
    part = _part(request, competition, stack, position)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.leave_out_part(part, by=request.user, reason=form.cleaned_data["reason"])  # type: ignore[arg-type]
        messages.success(request, _("Left out. The pages stay in the stack."))
        return redirect(_stack_address(part.scan))
    return render(request, "confirm.html", {
        "form": form, "title": _("Leave this out: %(pages)s?") % {"pages": pages_of(part)},
        "consequences": [_("They become no arrival. The stack keeps them, and you can still register them later.")],
        "button_label": _("Leave out"), "cancel_url": _stack_address(part.scan), "breadcrumb": _crumbs(part.scan, (_("Leave out"), "")),
    }, status=422 if form.is_bound else 200)
