"""The joint session: agenda, items, minutes."""

from collections import Counter
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, npgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lorbeer.call.models import Competition
from lorbeer.formal_check.unfinished import with_links
from lorbeer.people.access import OFFICE
from lorbeer.people.models import Person
from lorbeer.screening import documents, forms, queries, rules, services
from lorbeer.screening.models import JointSession, SessionItem
from lorbeer.screening.views.common import INSIDE, address, chosen_round, find, round_tabs
from lorbeer.screening.views.votes import comparison
from lorbeer.shared import files, lists
from lorbeer.shared.errors import BadInput
from lorbeer.shared.templatetags.formats import long_day
from lorbeer.shared.text import listed
from lorbeer.shared.verdicts import require

MOST_PEOPLE = 40                                                        # in the matrix: more can be neither read nor drawn


@login_required
@require_GET
def session_list(request: HttpRequest, competition: str) -> HttpResponse:
    """How the votes meet, and the sessions."""
    found = find(request, competition, *INSIDE)
    round = chosen_round(request, found)
    readable = rules.votes_readable_by(request.user, found).filter(entry__round=round)
    matrix = queries.divergence_matrix(readable)
    options = queries.options_of(found)
    ordered = [code for code in options if code in matrix.options]
    note = _("Diverging of jointly read entries. Only entries with all votes are counted.")
    if len(matrix.people) > MOST_PEOPLE:
        differing: Counter[int] = Counter()
        for (one, _other), cell in matrix.pairs.items():
            differing[one] += cell.diverging
        chosen = {pk for pk, _count in differing.most_common(MOST_PEOPLE)}
        matrix.people = [person for person in matrix.people if person.pk in chosen]
        note += " " + _("Shown are the %(count)d screeners who differ most often.") % {"count": len(matrix.people)}
    through, admitted = queries.entries_through(found, round)
    sessions = list(
        JointSession.objects.filter(competition=found, round=round).select_related("chaired_by", "minutes")
        .annotate(count=Count("items"), decided=Count("items", filter=Q(items__decided_at__isnull=False)))
    )
    return render(request, "screening/session_list.html", {
        "round_tabs": round_tabs(request, found, round),
        "matrix": matrix, "note": note, "sessions": sessions, "through": through, "admitted": admitted, "round": round,
        "seats": queries.rules_of(found).seats,
        "people_columns": [initials(person) for person in matrix.people],
        "people_rows": [
            (str(person), [
                None if cell is None or not cell.together else {
                    "value": cell.diverging, "text": f"{cell.diverging}/{cell.together}"} for cell in cells
            ]) for person, cells in matrix.rows()
        ],
        "option_columns": [str(options[code].label) for code in ordered],
        "option_rows": [
            (str(options[one].label), [matrix.meetings.get((one, other), 0) for other in ordered]) for one in ordered
        ],
        "can_plan": rules.can_plan_session(request.user, found), "form": forms.PlanForm(),
        "undecided": round in queries.open_rounds(found),
        "figures": [
            {"value": matrix.entries, "label": ngettext(
                "entry read together and open to you", "entries read together and open to you", matrix.entries)},
            {"value": matrix.entries - matrix.diverging, "label": npgettext("figure", "agrees", "agree", matrix.entries - matrix.diverging)},
            {"value": matrix.diverging, "label": npgettext("figure", "differs", "differ", matrix.diverging)},
        ],
        "can_see_agreement": rules.can_see_agreement(request.user, found) if matrix.entries else False,
        "planned": any(session.closed_at is None for session in sessions),
    })


def initials(person: Person) -> str:
    return str(person)


@login_required
@require_POST
def session_plan(request: HttpRequest, competition: str) -> HttpResponse:
    found = find(request, competition, *OFFICE)
    form = forms.PlanForm(request.POST)
    if not form.is_valid():
        raise BadInput(_("Please give the day of the session as a date."))
    session = services.plan_session(found, chosen_round(request, found), form.cleaned_data["held_on"], request.user)
    messages.success(request, _("The agenda is made. Diverging entries come first."))
    return redirect(address("session_show", found, session=session.code))


def find_session(request: HttpRequest, competition: Competition, code: str) -> JointSession:
    session = get_object_or_404(
        JointSession.objects.select_related("competition", "chaired_by", "minutes"), competition=competition, code=code
    )
    require(rules.can_see_session(request.user, session))
    return session


@login_required
@require_GET
def session_show(request: HttpRequest, competition: str, session: str) -> HttpResponse:
    """The agenda with what was decided so far."""
    found = find(request, competition, *INSIDE)
    shown = find_session(request, found, session)
    options = queries.options_of(found)
    items = list(queries.with_votes(rules.items_readable_by(request.user, shown)).order_by("position"))
    for item in items:
        item.shown_name = documents.name_of(item.entry)
        item.shown_votes = documents.votes_text(item, options)
        item.shown_proposals = listed([documents.proposal_text(one.project, one.group) for one in item.proposals.all()], "; ")
    decided = sum(bool(item.decided_at) for item in items)
    can_plan = rules.can_plan_session(request.user, found)
    can_move = rules.can_move_session(request.user, shown)
    following = next((item for item in items if not item.decided_at), None)
    return render(request, "screening/session_show.html", {
        "session": shown, "diverging": [item for item in items if item.diverging],
        "agreeing": [item for item in items if not item.diverging], "decided": decided, "count": len(items),
        "hidden": shown.items.count() - len(items), "can_plan": can_plan, "following": following,
        "move_form": forms.PlanForm(initial={"held_on": shown.held_on}) if can_move else None,
        "open_agreeing": sum(not item.diverging and not item.decided_at for item in items),
        "attendance": list(queries.attendance_of(shown).items()),
        "minutes_url": files.address_of(shown.minutes) if shown.minutes and files.may_read(request.user, shown.minutes) else "",
        "figure": [
            {"label": _("proposed"), "value": sum(item.outcome == "propose" for item in items), "tone": "accent"},
            {"label": _("not proposed"), "value": sum(item.outcome == "pass_over" for item in items), "tone": "quiet"},
            {"label": _("not decided"), "value": len(items) - decided, "tone": "warning"},
        ],
    })


@login_required
@require_POST
def session_move(request: HttpRequest, competition: str, session: str) -> HttpResponse:
    found = find(request, competition, *OFFICE)
    shown = find_session(request, found, session)
    form = forms.PlanForm(request.POST)
    if not form.is_valid():
        raise BadInput(_("Please give the day of the session as a date."))
    moved = services.move_session(shown, form.cleaned_data["held_on"], request.user)  # type: ignore[arg-type]
    messages.success(request, _("The session is planned for %(day)s now.") % {"day": long_day(moved.held_on)})
    return redirect(address("session_show", found, session=shown.code))


@login_required
@require_http_methods(["GET", "POST"])
def session_open(request: HttpRequest, competition: str, session: str) -> HttpResponse:
    found = find(request, competition, *OFFICE)
    shown = find_session(request, found, session)
    people = queries.taking_part(found)
    form = forms.OpenForm(request.POST or None, people=people, initial={
        "present": queries.present_in(shown) if shown.opened_at else queries.screeners_of(found),
        "chaired_by": shown.chaired_by_id or request.user.pk,
    })
    if request.method == "POST" and form.is_valid():
        try:
            services.open_session(
                shown, request.user, chaired_by=form.cleaned_data["chaired_by"], present=form.cleaned_data["present"])
        except BadInput as fault:
            form.add_error("present", fault.sentence)
        else:
            return redirect(address("session_show", found, session=shown.code))
    return render(request, "confirm.html", {
        "title": _("Who is present") if shown.opened_at else _("Open the joint session"), "form": form,
        "button_label": _("Keep presence") if shown.opened_at else _("Open the session"),
        "cancel_url": address("session_show", found, session=shown.code),
    }, status=400 if form.errors else 200)


@login_required
@require_POST
def agenda_refresh(request: HttpRequest, competition: str, session: str) -> HttpResponse:
    found = find(request, competition, *OFFICE)
    added = services.refresh_agenda(find_session(request, found, session), request.user)
    messages.success(request, ngettext(
        "%(count)d entry was added to the agenda.", "%(count)d entries were added to the agenda.", added) % {"count": added})
    return redirect(address("session_show", found, session=session))


@login_required
@require_http_methods(["GET", "POST"])
def agreeing_confirm(request: HttpRequest, competition: str, session: str) -> HttpResponse:
    """Confirm in one step what the votes agree on: the list first, then the button."""
    found = find(request, competition, *OFFICE)
    shown = find_session(request, found, session)
    readable = rules.items_readable_by(request.user, shown).filter(decided_at=None, diverging=False)
    if request.method == "POST":
        chosen = list(readable.filter(entry__code__in=request.POST.getlist("entry")))
        if not chosen:
            messages.warning(request, _("Nothing was ticked, so nothing is decided. Tick the items that are to be decided as the votes say."))
            return redirect(address("agreeing_confirm", found, session=shown.code))
        count = services.confirm_agreeing(shown, request.user, chosen)
        if count:
            messages.success(request, ngettext(
                "%(count)d item is decided as the votes agree.", "%(count)d items are decided as the votes agree.", count
            ) % {"count": count})
        if left := len(chosen) - count:
            messages.warning(request, ngettext(
                "%(count)d item is left undecided: each of those present is biased for it.",
                "%(count)d items are left undecided: each of those present is biased for them.", left) % {"count": left})
        return redirect(address("session_show", found, session=shown.code))
    items = list(queries.with_votes(readable).order_by("position"))
    groups = {group.code: group for group in found.groups.all()}
    options, absent = queries.options_of(found), queries.absent_voters(items)
    for item in items:
        item.shown_absent = absent[item.pk]
        votes = list(item.entry.votes.all())
        proposals = queries.proposed_by_votes(item.entry, votes, found, groups)
        item.shown_name = documents.name_of(item.entry)
        item.shown_vote = options[votes[0].option].label if votes and votes[0].option in options else ""
        item.shown_result = "; ".join(documents.proposal_text(project, group) for project, group in proposals) or _("not proposed")
    return render(request, "screening/agreeing_confirm.html", {"session": shown, "items": items})


@login_required
@require_http_methods(["GET", "POST"])
def session_close(request: HttpRequest, competition: str, session: str) -> HttpResponse:
    found = find(request, competition, *OFFICE)
    shown = find_session(request, found, session)
    if request.method == "POST":
        services.close_session(shown, request.user)
        messages.success(request, _("The session is closed. The minutes are ready."))
        return redirect(address("session_show", found, session=shown.code))
    count = shown.items.filter(decided_at=None).count()
    undecided = list(rules.items_readable_by(request.user, shown).filter(decided_at=None).select_related("entry").order_by("position"))
    for item in undecided:
        item.shown_name = documents.name_of(item.entry)
    return render(request, "screening/session_close.html", {
        "session": shown, "undecided": undecided, "hidden": count - len(undecided),
        "unfinished": with_links(queries.unfinished_before_session(found, shown.round), request.user, found),
        "title": _("Close the session and write the minutes"), "button_label": _("Close and write the minutes"),
        "cancel_url": address("session_show", found, session=shown.code),
        "consequences": [
            _("The minutes are made as PDF and kept with their checksum and the newest link of the log."),
            _("Nothing can be decided in this session afterwards."),
            *([ngettext(
                "%(count)d item is not decided; it waits for the next session.",
                "%(count)d items are not decided; they wait for the next session.", count,
            ) % {"count": count}] if count else []),
        ],
    })


def find_item(request: HttpRequest, competition: Competition, session: JointSession, code: str) -> SessionItem:
    item = get_object_or_404(
        queries.with_votes(SessionItem.objects.filter(session=session)).select_related(
            "entry__group", "entry__competition", "session__competition", "decided_by"), entry__code=code
    )
    require(rules.can_see_item(request.user, item))
    return item


def item_page(request: HttpRequest, competition: Competition, item: SessionItem, form: Any, status: int = 200) -> HttpResponse:
    votes = list(queries.with_sheets(rules.votes_readable_by(request.user, competition).filter(entry=item.entry)).order_by("seat"))
    order = list(rules.items_readable_by(request.user, item.session).order_by("position").values_list("entry__code", flat=True))
    at = order.index(item.entry.code)
    place = lists.Place(
        at + 1, len(order), address("session_show", competition, session=item.session.code),
        *(address("item_show", competition, session=item.session.code, code=order[n]) if 0 <= n < len(order) else ""
          for n in (at - 1, at + 1)),
    )
    return render(request, "screening/item_show.html", {
        "item": item, "entry": item.entry, "session": item.session, "name": documents.name_of(item.entry), "place": place,
        "absent": [] if item.decided_at else queries.absent_voters([item])[item.pk],
        "comparison": comparison(item.entry, votes), "form": form, "can_decide": rules.can_decide_item(request.user, item),
        "proposals": [documents.proposal_text(one.project, one.group) for one in item.proposals.all()],
        "decided": list(item.session.items.exclude(decided_at=None).filter(
            pk__in=rules.items_readable_by(request.user, item.session).values("pk")).select_related("entry").order_by("-decided_at")[:5]),
    }, status=status)


@login_required
@require_GET
def item_show(request: HttpRequest, competition: str, session: str, code: str) -> HttpResponse:
    """One item: both votes beside each other, and what the session finds."""
    found = find(request, competition, *INSIDE)
    item = find_item(request, found, find_session(request, found, session), code)
    return item_page(request, found, item, forms.ItemForm(item=item))


def item_confirm(request: HttpRequest, competition: Competition, item: SessionItem, form: forms.ItemForm) -> HttpResponse:
    """What would be recorded, once more: it cannot be undone. The page carries what was typed, on to the act or back to the form."""
    given = form.cleaned_data
    return render(request, "screening/item_confirm.html", {
        "entry": item.entry, "name": documents.name_of(item.entry), "outcome": given["outcome"], "arguments": given["arguments"],
        "dissent": given["dissent"], "deciders": queries.free_to_decide(item), "absent": queries.absent_voters([item])[item.pk],
        "proposals": [documents.proposal_text(project, group) for project, group in form.proposals()],
        "kept": [(name, value) for name in form.fields for value in request.POST.getlist(name)],
    })


@login_required
@require_POST
def item_decide(request: HttpRequest, competition: str, session: str, code: str) -> HttpResponse:
    """Shown once more before it is recorded: with `_confirmed` it is, with `_change` the form comes back."""
    found = find(request, competition, *INSIDE)
    item = find_item(request, found, find_session(request, found, session), code)
    require(rules.can_decide_item(request.user, item))
    form = forms.ItemForm(request.POST, item=item)
    if "_change" in request.POST:
        return item_page(request, found, item, form, status=200 if form.is_valid() else 400)
    if form.is_valid():
        try:
            if "_confirmed" not in request.POST:
                services.check_proposals(item.entry, form.cleaned_data["outcome"], form.proposals(), form.groups)
                return item_confirm(request, found, item, form)
            services.decide_item(
                item, form.cleaned_data["outcome"], form.cleaned_data["arguments"], form.cleaned_data["dissent"],
                form.proposals(), request.user,
            )
        except BadInput as fault:
            form.add_error(None, str(fault))
        else:
            following = rules.items_readable_by(request.user, item.session).filter(decided_at=None).order_by("position").first()
            if following:
                return redirect(address("item_show", found, session=session, code=following.entry.code))
            messages.success(request, _("All items are decided."))
            return redirect(address("session_show", found, session=session))
    return item_page(request, found, item, form, status=400)
