"""A stack of letters at the desk: divided, joined, and each letter registered or left out."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
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
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.verdicts import require


def _stack(request: HttpRequest, competition: str, stack: str) -> Scan:
    place = find_place(request, competition)
    found = get_object_or_404(Scan.objects.select_related("file__blob", "scanned_by"), competition=place, number=stack, arrival=None)
    found.competition = place
    return found


def _part(request: HttpRequest, competition: str, stack: str, first: int, last: int) -> ScanPart:
    """The part with exactly these pages: who comes from an older page never decides on others than were seen there."""
    scan = _stack(request, competition, stack)
    part = ScanPart.objects.select_related("arrival").filter(scan=scan, first_page=first, last_page=last).first()
    if part is None:
        if not scan.parts.filter(first_page__lte=max(first, 1), last_page__gte=max(first, 1)).exists():
            raise Http404
        raise Refused(_("These pages have been divided or joined otherwise meanwhile. Please look at the stack as it is now."))
    part.scan = scan
    require(rules.can_decide_part(request.user, part))
    return part


def _crumbs(scan: Scan, *rest: tuple[str, str]) -> list[tuple[str, str]]:
    code = scan.competition.code
    return [(_("Arrivals"), reverse("intake:arrival_list", args=[code])), (_("Stacks"), reverse("intake:stack_list", args=[code])),
            (scan.number, reverse("intake:stack_show", args=[code, scan.number]) if rest else ""), *rest]


def _stack_address(scan: Scan) -> str:
    return reverse("intake:stack_show", args=[scan.competition.code, scan.number])


def _anchor(part: ScanPart) -> str:
    return f"page-{part.first_page}"


def _part_address(part: ScanPart) -> str:
    """Its place on the page of the stack."""
    return f"{_stack_address(part.scan)}#{_anchor(part)}"


def _next_address(part: ScanPart) -> str:
    """The place of the next part that waits for a decision; the top of the page where none does."""
    waiting = part.scan.parts.filter(decided_at=None)
    following = waiting.filter(first_page__gt=part.first_page).first() or waiting.first()
    if following is None:
        return _stack_address(part.scan)
    following.scan = part.scan
    return _part_address(following)


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
    return _shown(request, _stack(request, competition, stack))


def _shown(request: HttpRequest, scan: Scan, sent: DivideForm | None = None) -> HttpResponse:
    """`sent`: where somebody wanted to divide, and what they typed cannot be used."""
    rows: list[dict[str, Any]] = []
    for part in scan.parts.select_related("arrival", "decided_by"):
        part.scan = scan
        can_decide = rules.can_decide_part(request.user, part)
        rows.append({"part": part, "anchor": _anchor(part), "page_url": _page_url(part),
                     "finding": findings.of_part(part), "can_decide": can_decide,
                     "can_join": bool(rows and rules.can_join_parts(request.user, rows[-1]["part"], part)),
                     "is_sent": sent is not None and sent.part.pk == part.pk, "pages": pages_of(part), "divide": None})
        if can_decide and part.decided_at is None and part.pages > 1:
            rows[-1]["divide"] = sent if rows[-1]["is_sent"] else DivideForm(part=part)
    is_stuck = queries.is_stuck(scan)
    return render(request, "intake/stack_show.html", {
        "scan": scan, "problem": findings.problem_of(scan), "rows": rows,
        "listed": next(iter(files.listed(request.user, [scan.file])), None) if scan.file else None,
        "breadcrumb": _crumbs(scan), "job": queries.reading_of(scan) if scan.read_at is None and not is_stuck else None,
        "is_stuck": is_stuck, "can_use": rules.can_use_arrival_desk(request.user, scan.competition),
    }, status=422 if sent is not None else 200)


def _page_url(part: ScanPart) -> str:
    """The way to the first page of a part; empty where there is none, or the file does not open."""
    if part.scan.file is None or part.is_whole:
        return ""
    return f"{files.address_of(part.scan.file)}#page={part.first_page}"


def pages_of(part: ScanPart) -> str:
    """A part as pages call it."""
    if part.is_whole:
        return _("The whole file")
    if part.pages == 1:
        return _("Page %(number)d") % {"number": part.first_page}
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
def part_divide(request: HttpRequest, competition: str, stack: str, first: int, last: int) -> HttpResponse:
    """Where no cover sheet divides the letters, the office says where they begin."""
    part = _part(request, competition, stack, first, last)
    form = DivideForm(request.POST, part=part)
    if not form.is_valid():
        return _shown(request, part.scan, form)
    pieces = services.divide_part(part, form.cleaned_data["begins"], by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("Divided into %(count)d letters.") % {"count": len(pieces)})
    return redirect(_part_address(part))


@login_required
@require_POST
def part_join(request: HttpRequest, competition: str, stack: str, first: int, last: int) -> HttpResponse:
    """What was divided wrongly, by the machine or by hand, is one letter again."""
    part = _part(request, competition, stack, first, last)
    joined = services.join_part(part, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("%(pages)s are one letter now.") % {"pages": pages_of(joined)})
    return redirect(_part_address(joined))


@login_required
def part_accept(request: HttpRequest, competition: str, stack: str, first: int, last: int) -> HttpResponse:
    """Pages of a stack become a line of the register."""
    part = _part(request, competition, stack, first, last)
    finding = findings.of_part(part)
    form = PartForm(request.POST or None, competition=part.scan.competition, finding=finding)
    if request.method == "POST" and form.is_valid():
        facts = {key: form.cleaned_data[key] for key in ("arrived_at", "postmarked_on", "sender", "subject")}
        arrival = services.accept_part(part, by=request.user, entry=form.entry, **facts)  # type: ignore[arg-type]
        return _done(request, part, arrival)
    return _asked(request, part, finding, form, PartOfArrivalForm(competition=part.scan.competition))


@login_required
@require_POST
def part_attach(request: HttpRequest, competition: str, stack: str, first: int, last: int) -> HttpResponse:
    """Pages of a stack go to a letter that has been registered already."""
    part = _part(request, competition, stack, first, last)
    form = PartOfArrivalForm(request.POST, competition=part.scan.competition)
    if form.is_valid():
        return _done(request, part, services.attach_part(part, form.cleaned_data["arrival"], by=request.user))  # type: ignore[arg-type]
    finding = findings.of_part(part)
    return _asked(request, part, finding, PartForm(competition=part.scan.competition, finding=finding), form)


def _done(request: HttpRequest, part: ScanPart, arrival: Arrival) -> HttpResponse:
    messages.success(request, _("%(pages)s: arrival %(number)s.") % {"pages": pages_of(part), "number": arrival.number})
    return redirect(_next_address(part))


def _asked(request: HttpRequest, part: ScanPart, finding: findings.Finding, form: Any, beside: Any) -> HttpResponse:
    pages = pages_of(part)
    return render(request, "intake/part_accept.html", {
        "part": part, "scan": part.scan, "finding": finding, "form": form, "beside": beside, "pages": pages,
        "has_registered": beside.fields["arrival"].queryset.exists(),
        "page_url": _page_url(part), "back": _part_address(part),
        "breadcrumb": _crumbs(part.scan, (pages, "")),
    }, status=422 if form.errors or beside.errors else 200)


@login_required
def part_leave_out(request: HttpRequest, competition: str, stack: str, first: int, last: int) -> HttpResponse:
    part = _part(request, competition, stack, first, last)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.leave_out_part(part, by=request.user, reason=form.cleaned_data["reason"])  # type: ignore[arg-type]
        messages.success(request, _("Left out. The pages stay in the stack."))
        return redirect(_next_address(part))
    return render(request, "confirm.html", {
        "form": form, "title": _("Leave this out: %(pages)s?") % {"pages": pages_of(part)},
        "consequences": [_("They become no arrival. The stack keeps them, and you can still register them later.")],
        "button_label": _("Leave out"), "cancel_url": _part_address(part), "breadcrumb": _crumbs(part.scan, (_("Leave out"), "")),
    }, status=422 if form.is_bound else 200)
