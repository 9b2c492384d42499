"""The ranking of a group at the desk: as it stands, what would come of it, and deciding by it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from lorbeer.call.models import AwardGroup
from lorbeer.entries import queries as entries
from lorbeer.jury import forms, minutes, queries, ranking, rules, services
from lorbeer.jury.models import Item, Meeting
from lorbeer.jury.views.finding import _desk, _insider, _meeting, _url
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.money import format_euro


@login_required
@require_http_methods(["GET", "POST"])
def ranking_show(request: HttpRequest, competition: str, round: int, group: str) -> HttpResponse:
    """The ranking of a group as it stands. Deciding by it first shows who would get what; what was shown is decided."""
    meeting = _meeting(_insider(request, competition, rules.can_run), round)
    found = get_object_or_404(meeting.competition.groups, code=group)
    modes = queries.group_modes(meeting.competition)
    if not modes:
        raise Http404
    asked = request.POST.get("mode") or request.GET.get("mode")
    mode = asked if asked in modes else modes[0]
    standing = ranking.ranking_of(meeting, found, mode)
    if any(entries.is_biased(request.user, row.item.entry) for row in standing.rows):  # type: ignore[arg-type]
        raise Refused(str(rules.BIASED.reason))
    items = [row.item for row in standing.rows]
    form = forms.RankingDecideForm(request.POST if request.method == "POST" else None, group=found, items=items, mode=mode)
    if request.method == "POST" and form.is_valid():
        facts = form.facts()
        try:
            if shown := request.POST.get("shown"):
                decided = services.decide_ranking(meeting, found, by=request.user, shown=shown, **facts)  # type: ignore[arg-type]
                _say(request, decided)
                return _desk(meeting, "agenda")
            return _asked(request, meeting, found, form, services.plan_ranking(meeting, found, **facts))
        except (BadInput, Refused) as error:
            where = error.where if isinstance(error, BadInput) else ""
            form.add_error(where if where in form.fields else None, str(error).removeprefix(f"{where}: "))
    scores = ranking.score_texts(row.share for row in standing.rows if row.ballots)
    others = [(one, Item.Mode(one).label) for one in modes if one != mode]
    return render(
        request,
        "jury/ranking_show.html",
        {
            "meeting": meeting,
            "group": found,
            "ranking": standing,
            "mode": Item.Mode(mode).label,
            "shows_order": mode != Item.Mode.STV,
            "others": others,
            "counts": minutes.counts_of(meeting, found),
            "form": form,
            "rule": ranking.rule_text(mode),
            "budget": rules.budget_shown_to(request.user, meeting),
            "rows": [(row, minutes.subject_text(row.item), scores.get(row.share, "") if row.ballots else "") for row in standing.rows],
        },
        status=400 if form.is_bound else 200,
    )


def _asked(
    request: HttpRequest, meeting: Meeting, group: AwardGroup, form: forms.RankingDecideForm, plan: services.Plan
) -> HttpResponse:
    """Who gets how much, who stays and who gets nothing, before it is decided."""
    outcomes = plan.outcomes
    kept = sum(one.kept for one in outcomes)
    won = [one for one in outcomes if one.prize]
    total = sum(one.cents for one in won)
    budget = rules.budget_shown_to(request.user, meeting)
    money: dict[str, Any] = {"total": format_euro(total), "left": format_euro(budget.left - total)}
    empty = len(outcomes) - len(won) - kept
    return render(
        request,
        "jury/ranking_confirm.html",
        {
            "title": _("Decide “%(group)s” by this ranking?") % {"group": group},
            "consequences": [
                ngettext("%(count)s item stays on the shortlist; its ballots begin anew.",
                         "%(count)s items stay on the shortlist; their ballots begin anew.", kept) % {"count": kept}
                if kept else ngettext("%(count)s prize goes out.", "%(count)s prizes go out.", len(won)) % {"count": len(won)},
                *([_("They come to %(total)s; %(left)s are left of the prize money.") % money] if budget.cap and not kept else []),
                *([ngettext("%(count)s item gets no prize.", "%(count)s items get no prize.", empty) % {"count": empty}] if empty else []),
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
            "%(count)s item has been decided by the ranking.",
            "%(count)s items have been decided by the ranking.",
            len(decided),
        )
        % {"count": len(decided)}
        + " "
        + ngettext("%(count)s prize is awarded.", "%(count)s prizes are awarded.", won) % {"count": won},
    )
