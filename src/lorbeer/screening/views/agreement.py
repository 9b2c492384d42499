"""How far the screeners agree, for the office, once the votes are open."""

from fractions import Fraction
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from lorbeer.screening import rules
from lorbeer.screening.agreement import LEAST, Agreement
from lorbeer.screening.agreement_queries import AgreementLine, agreement_of
from lorbeer.screening.views.common import INSIDE, address, chosen_round, find, round_tabs
from lorbeer.shared import lists
from lorbeer.shared.lists import Column
from lorbeer.shared.templatetags.formats import number
from lorbeer.shared.text import listed
from lorbeer.shared.verdicts import require

KINDS = {"overall": gettext_lazy("Overall vote"), "project": gettext_lazy("Votes on projects")}
WHY = {"few": gettext_lazy("too few"), "alike": gettext_lazy("always the same choice")}


def in_words(found: Agreement | None) -> str:
    """Kappa with two decimals, or why there is none."""
    if found is None:
        return ""
    return str(WHY[found.why]) if found.kappa is None else str(number(rounded(found.kappa), 2))


def rounded(value: Fraction | None) -> float | None:
    """To four decimals, for cells and downloads."""
    return None if value is None else round(float(value), 4)


def exported(found: Agreement | None) -> Any:
    return None if found is None else rounded(found.kappa)


def label_of(line: AgreementLine) -> str:
    return listed([line.criterion.number, line.criterion], " ") if line.criterion else str(KINDS[line.kind])


@login_required
@require_GET
def agreement_show(request: HttpRequest, competition: str) -> HttpResponse:
    """By what was judged: the overall vote, projects, each criterion."""
    return _page(request, competition, pairs=False)


@login_required
@require_GET
def agreement_pairs(request: HttpRequest, competition: str) -> HttpResponse:
    """By pairs of screeners."""
    return _page(request, competition, pairs=True)


def _page(request: HttpRequest, code: str, *, pairs: bool) -> HttpResponse:
    competition = find(request, code, *INSIDE)
    require(rules.can_see_agreement(request.user, competition))         # type: ignore[arg-type]
    round = chosen_round(request, competition)
    readable = rules.votes_readable_by(request.user, competition).filter(entry__round=round)  # type: ignore[arg-type]
    lines, of_two = agreement_of(competition, readable)
    shares = [
        Column("pairs", _("Pairs of votes"), kind="number", value=lambda line: line.found.pairs),
        Column("same", _("Agree"), kind="percent", value=lambda line: rounded(line.found.share)),
    ]
    if pairs:
        listing = lists.build(request, of_two, [
            Column("people", _("Screeners"), value=lambda line: " · ".join(map(str, line.people))), *shares,
            Column("kappa", _("Cohen’s kappa"), value=lambda line: in_words(line.found), export=lambda line: exported(line.found)),
            Column("rated", _("Points compared"), kind="number", value=lambda line: line.rated.pairs),
            Column("near", _("Points at most one apart"), kind="percent", value=lambda line: rounded(line.rated.share_near)),
            Column("weighted", _("Weighted kappa of the points"), value=lambda line: in_words(line.rated),
                   export=lambda line: exported(line.rated)),
        ], name="uebereinstimmung-paare", per_page=200)
    else:
        listing = lists.build(request, lines, [
            Column("what", _("Judged"), value=label_of), *shares,
            Column("near", _("At most one point apart"), kind="percent", value=lambda line: rounded(line.found.share_near)),
            Column("apart", _("Mean distance in points"), value=lambda line: number(rounded(line.found.apart), 2) if line.criterion else "",
                   export=lambda line: rounded(line.found.apart)),
            Column("kappa", _("Kappa"), value=lambda line: in_words(line.found), export=lambda line: exported(line.found)),
        ], name="uebereinstimmung", per_page=200)
    if file := listing.download():
        return file
    part = f"?round={round}"
    return render(request, "screening/agreement_show.html", {
        "listing": listing, "round": round, "round_tabs": round_tabs(request, competition, round), "overall": lines[0].found, "by_pairs": pairs,
        "least": LEAST,
        "tabs": [
            {"label": _("By criterion"), "url": address("agreement_show", competition) + part, "current": not pairs},
            {"label": _("By pair of screeners"), "url": address("agreement_pairs", competition) + part, "current": pairs},
        ],
    })
