"""What the parts of this package share."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lorbeer.call.models import Competition
from lorbeer.entries.models import Bias
from lorbeer.people.access import OFFICE, competition_for, require_role
from lorbeer.people.models import Role
from lorbeer.screening import queries
from lorbeer.shared.fields import whole_number

INSIDE = (*OFFICE, Role.Kind.SCREENER, Role.Kind.AUDITOR)
NOT_ADMISSIBLE = {
    Bias.Kind.LAND: gettext_lazy("own Land"),
    Bias.Kind.EMPLOYER: gettext_lazy("own employer"),
    Bias.Kind.CONTRIBUTOR: gettext_lazy("works on the entry"),
    Bias.Kind.DECLARED: gettext_lazy("declared a bias"),
    Bias.Kind.OFFICE: gettext_lazy("bias recorded by the office"),
    queries.ABSTAINED: gettext_lazy("has abstained"),
}


def find(request: HttpRequest, code: str, *kinds: str) -> Competition:
    competition = competition_for(request, code)
    require_role(request, *kinds)
    return competition


def chosen_round(request: HttpRequest, competition: Competition) -> int:
    """The round in the address, else the one that is going on."""
    asked = whole_number(request.GET.get("round"), 999)
    return queries.current_round(competition) if asked is None else asked


def round_tabs(request: HttpRequest, competition: Competition, chosen: int) -> list[dict[str, Any]]:
    """Links to the same page of each round; none where there is but one."""
    rounds = sorted({*queries.rounds_of(competition), chosen})
    if len(rounds) < 2:
        return []
    return [
        {"label": _("Round %(round)s") % {"round": one}, "url": f"{request.path}?round={one}", "current": one == chosen}
        for one in rounds
    ]


def address(name: str, competition: Competition, **parts: Any) -> str:
    return reverse(f"screening:{name}", kwargs={"competition": competition.code, **parts})
