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
from lorbeer.jury import forms, minutes, queries, rules, services
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
    if Item.Mode.RANKING not in queries.rules_of(meeting.competition).modes:
        raise Http404
    ranking = queries.ranking_of(meeting, found)
    if any(entries.is_biased(request.user, row.item.entry) for row in ranking.rows):  # type: ignore[arg-type]
        raise Refused(str(rules.BIASED.reason))
    items = [row.item for row in ranking.rows]
    form = forms.RankingDecideForm(request.POST if request.method == "POST" else None, group=found, items=items)
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
    scores = queries.score_texts(row.share for row in ranking.rows if row.ballots)
    return render(
        request,
        "jury/ranking_show.html",
        {
            "meeting": meeting,
            "group": found,
            "ranking": ranking,
            "form": form,
            "rule": queries.ranking_rule_text(),
            "budget": queries.budget_of(meeting.competition, meeting.round),
            "rows": [(row, minutes.subject_text(row.item), scores.get(row.share, "") if row.ballots else "") for row in ranking.rows],
        },
        status=400 if form.is_bound else 200,
    )


def _asked(
    request: HttpRequest, meeting: Meeting, group: AwardGroup, form: forms.RankingDecideForm, outcomes: list[services.Outcome]
) -> HttpResponse:
    """Who gets how much and who gets nothing, before it is decided."""
    won = [one for one in outcomes if one.prize]
    total = sum(one.cents for one in won)
    budget = queries.budget_of(meeting.competition, meeting.round)
    money: dict[str, Any] = {"total": format_euro(total), "left": format_euro(budget.left - total)}
    empty = len(outcomes) - len(won)
    return render(
        request,
        "jury/ranking_confirm.html",
        {
            "title": _("Decide “%(group)s” by this ranking?") % {"group": group},
            "consequences": [
                ngettext("%(count)s prize goes out.", "%(count)s prizes go out.", len(won)) % {"count": len(won)},
                *([_("They come to %(total)s; %(left)s are left of the prize money.") % money] if budget.cap else []),
                *([ngettext("%(count)s item gets no prize.", "%(count)s items get no prize.", empty) % {"count": empty}] if empty else []),
                _("A decision can be taken up again on a recorded motion until the meeting is closed."),
            ],
            "form": form.unseen(services.fingerprint(outcomes)),
            "button_label": ngettext("Decide %(count)s item", "Decide %(count)s items", len(outcomes)) % {"count": len(outcomes)},
            "cancel_url": _url("ranking_show", meeting, group.code),
            "group": group,
            "has_money": bool(budget.cap),
            "rows": [(one, minutes.subject_text(one.ranked.item)) for one in outcomes],
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
