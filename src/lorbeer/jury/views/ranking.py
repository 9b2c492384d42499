"""The ballots on a group at the desk: opened with their terms, closed, looked at, and decided by."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from lorbeer.call.models import AwardGroup
from lorbeer.jury import forms, minutes, queries, ranking, rules, services
from lorbeer.jury.models import Item, Meeting, Poll
from lorbeer.jury.views.finding import _desk, _insider, _is_shown, _meeting, _said, _url
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.money import format_euro


def _group(request: HttpRequest, competition: str, round: int, group: str) -> tuple[Meeting, AwardGroup]:
    """The meeting and a group that it decides as a whole; refused to whoever is biased for one of its items, decided or not: the places
    of the others tell its own."""
    meeting = _meeting(_insider(request, competition, rules.can_run), round)
    found = get_object_or_404(meeting.competition.groups, code=group)
    if not queries.group_modes(meeting.competition):
        raise Http404
    if meeting.items.filter(group=found, entry__in=rules.hidden_entries(request.user, meeting)).exists():
        raise Refused(_("You are biased for an item of this group, decided or not, and the places of the others would tell its own. Somebody"
                        " else leads its ballots; what came of them is shown to you when the results are announced."))
    return meeting, found


def _going_on(meeting: Meeting, group: AwardGroup) -> Poll:
    poll = queries.poll_of(meeting, group)
    if poll is None:
        raise Refused(_("No ballot on this group is going on. Open one first."))
    poll.meeting = meeting
    return poll


@login_required
@require_http_methods(["GET", "POST"])
def ranking_show(request: HttpRequest, competition: str, round: int, group: str) -> HttpResponse:
    """The ballots on a group. Deciding by a closed one first shows who would get what; what was shown is decided."""
    meeting, found = _group(request, competition, round, group)
    if request.method == "GET":
        return _render(request, meeting, found)
    poll = _going_on(meeting, found)
    if not _is_shown(request, poll):
        return redirect(_url("ranking_show", meeting, found.code))
    form = forms.RankingDecideForm(request.POST, poll=poll, items=list(ranking.items_in(poll)))
    if form.is_valid():
        facts = form.facts()
        try:
            if shown := request.POST.get("shown"):
                decided = services.decide_ranking(poll, by=request.user, shown=shown, **facts)  # type: ignore[arg-type]
                _say(request, decided)
                return _desk(meeting, "agenda")
            return _asked(request, poll, form, services.preview_ranking(poll, by=request.user, **facts))  # type: ignore[arg-type]
        except (BadInput, Refused) as error:
            _beside(form, error)
    return _render(request, meeting, found, form=form)


@login_required
@require_POST
def poll_open(request: HttpRequest, competition: str, round: int, group: str) -> HttpResponse:
    meeting, found = _group(request, competition, round, group)
    form = _poll_form(meeting, found, request.POST)
    if not _said(request, lambda: services.require_no_other(meeting, found)):     # two windows: the page shows the one that was faster
        return redirect(_url("ranking_show", meeting, found.code))
    if form.is_valid():
        try:
            services.open_poll(meeting, found, by=request.user, **form.facts())  # type: ignore[arg-type]
        except (BadInput, Refused) as error:
            _beside(form, error)
        else:
            messages.success(request, _("The ballot is open: the members vote on their own pages. How it is counted and for what is fixed."))
            return redirect(_url("ranking_show", meeting, found.code))
    return _render(request, meeting, found, poll_form=form)


@login_required
@require_POST
def poll_close(request: HttpRequest, competition: str, round: int, group: str) -> HttpResponse:
    meeting, found = _group(request, competition, round, group)
    poll = _going_on(meeting, found)
    if _is_shown(request, poll) and _said(request, lambda: services.close_poll(poll, by=request.user)):
        messages.success(request, _("The ballot is closed, and no vote in it changes any more. Below stands what came of it."))
    return redirect(_url("ranking_show", meeting, found.code))


@login_required
@require_http_methods(["GET", "POST"])
def poll_give_up(request: HttpRequest, competition: str, round: int, group: str) -> HttpResponse:
    meeting, found = _group(request, competition, round, group)
    poll = _going_on(meeting, found)
    if request.method == "POST" and not _is_shown(request, poll):
        return redirect(_url("ranking_show", meeting, found.code))
    form = forms.PollGiveUpForm(request.POST if request.method == "POST" else None, poll=poll)
    if request.method == "POST" and form.is_valid():
        if _said(request, lambda: services.give_up_poll(poll, form.cleaned_data["motion"], by=request.user)):
            messages.success(request, _("The ballot has been given up, and its votes are void. You can open another."))
        return redirect(_url("ranking_show", meeting, found.code))
    return render(request, "confirm.html", {
        "title": _("Give the ballot on “%(group)s” up?") % {"group": found},
        "text": minutes.poll_lines(poll)[0],
        "form": form,
        "consequences": [
            _("All its votes are void, and nothing is decided by it."),
            _("The minutes name the ballot, its terms and the motion, and whether its count could be seen already."),
            _("Another ballot can be opened on other terms; everybody votes anew."),
        ],
        "button_label": _("Record the motion and give it up"), "cancel_url": _url("ranking_show", meeting, found.code), "danger": True,
    }, status=400 if form.is_bound else 200)


def _beside(form: Any, error: BadInput | Refused) -> None:
    """What a service refuses, beside its field."""
    where = error.where if isinstance(error, BadInput) else ""
    form.add_error(where if where in form.fields else None, error.sentence)


def _poll_form(meeting: Meeting, group: AwardGroup, data: Any = None) -> forms.PollForm:
    items, modes = ranking.items_to_rank(meeting, group).count(), queries.group_modes(meeting.competition)
    return forms.PollForm(data, group=group, items=items, modes=modes)


def _render(
    request: HttpRequest, meeting: Meeting, group: AwardGroup, *, form: forms.RankingDecideForm | None = None,
    poll_form: forms.PollForm | None = None,
) -> HttpResponse:
    poll = queries.poll_of(meeting, group)
    standing = None
    items = list(ranking.items_to_rank(meeting, group))
    if poll:
        poll.meeting = meeting
        items = list(ranking.items_in(poll))
        standing = ranking.ranking_of(poll)
        form = form or forms.RankingDecideForm(poll=poll, items=items)
    scores = ranking.score_texts(row.share for row in standing.rows if row.ballots) if standing else {}
    modes = [poll.mode] if poll else queries.group_modes(meeting.competition)
    return render(
        request,
        "jury/ranking_show.html",
        {
            "meeting": meeting,
            "group": group,
            "poll": poll,
            "has_items": bool(items),
            "ranking": standing,
            "late": ranking.late_text(ranking.late_votes(poll)) if poll else "",
            "missing": ranking.missing_text(standing) if standing else "",
            "beside": [item.position for item in ranking.items_beside(poll)] if poll else [],
            "shows_order": bool(poll and poll.closed_at and poll.mode != Item.Mode.STV),
            "polls": minutes.polls_of(meeting, group),
            "form": form,
            "poll_form": poll_form or _poll_form(meeting, group),
            "rules": [ranking.rule_text(mode) for mode in modes],
            "budget": rules.budget_shown_to(request.user, meeting),
            "rows": [(row, minutes.subject_text(row.item), scores.get(row.share, "") if row.ballots else "") for row in standing.rows]
            if standing and poll and poll.closed_at else [],
        },
        status=400 if (form and form.is_bound) or (poll_form and poll_form.is_bound) else 200,
    )


def _asked(request: HttpRequest, poll: Poll, form: forms.RankingDecideForm, plan: services.Plan) -> HttpResponse:
    """Who gets how much, who stays and who gets nothing, before it is decided."""
    meeting, group = poll.meeting, poll.group
    outcomes = plan.outcomes
    kept = sum(one.kept for one in outcomes)
    won = [one for one in outcomes if one.prize]
    total = sum(one.cents for one in won)
    budget = rules.budget_shown_to(request.user, meeting)
    money: dict[str, Any] = {"total": format_euro(total), "left": format_euro(budget.left - total)}
    empty = len(outcomes) - len(won) - kept
    least = poll.least or 0
    short = sum(one.ranked.approvals < least for one in outcomes)
    return render(
        request,
        "jury/ranking_confirm.html",
        {
            "title": _("Decide “%(group)s” by this ballot?") % {"group": group},
            "consequences": [
                ngettext("%(count)s item stays on the shortlist; its ballots begin anew.",
                         "%(count)s items stay on the shortlist; their ballots begin anew.", kept) % {"count": kept}
                if kept else ngettext("%(count)s prize goes out.", "%(count)s prizes go out.", len(won)) % {"count": len(won)},
                *([_("They come to %(total)s; %(left)s are left of the prize money.") % money] if budget.cap and not kept else []),
                *([ngettext("%(count)s item gets no prize.", "%(count)s items get no prize.", empty) % {"count": empty}] if empty else []),
                *([ngettext("%(count)s of them has fewer approvals than were fixed (%(least)s).",
                            "%(count)s of them have fewer approvals than were fixed (%(least)s).", short) % {"count": short, "least": least}]
                  if short else []),
                _("A decision can be taken up again on a recorded motion until the meeting is closed."),
            ],
            "form": form.unseen(services.fingerprint(plan)),
            "button_label": ngettext("Decide %(count)s item", "Decide %(count)s items", len(outcomes) - kept)
            % {"count": len(outcomes) - kept},
            "cancel_url": _url("ranking_show", meeting, group.code),
            "group": group,
            "has_money": meeting.competition.has_money,
            "rows": [(one, minutes.subject_text(one.ranked.item)) for one in outcomes],
            "stages": minutes.stages_of(services.result_of(plan)["stages"]),
        },
    )


def _say(request: HttpRequest, decided: list[Item]) -> None:
    won = sum(item.result == Item.Result.AWARDED for item in decided)
    messages.success(
        request,
        ngettext(
            "%(count)s item has been decided by the ballot.",
            "%(count)s items have been decided by the ballot.",
            len(decided),
        )
        % {"count": len(decided)}
        + " "
        + ngettext("%(count)s prize is awarded.", "%(count)s prizes are awarded.", won) % {"count": won},
    )
