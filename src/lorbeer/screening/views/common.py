"""What the parts of this package share."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy

from lorbeer.call.models import Competition
from lorbeer.entries.models import Bias
from lorbeer.people.access import OFFICE, competition_for, require_role
from lorbeer.people.models import Role
from lorbeer.screening import queries

INSIDE = (*OFFICE, Role.Kind.SCREENER, Role.Kind.AUDITOR)
NOT_ADMISSIBLE = {
    Bias.Kind.LAND: gettext_lazy("own Land"),
    Bias.Kind.EMPLOYER: gettext_lazy("own employer"),
    Bias.Kind.CONTRIBUTOR: gettext_lazy("works on the entry"),
    Bias.Kind.DECLARED: gettext_lazy("declared a bias"),
    Bias.Kind.OFFICE: gettext_lazy("bias recorded by the office"),
}


def find(request: HttpRequest, code: str, *kinds: str) -> Competition:
    competition = competition_for(request, code)
    require_role(request, *kinds)
    return competition


def chosen_round(request: HttpRequest, competition: Competition) -> int:
    """The round in the address, else the one that is going on."""
    asked = request.GET.get("round", "")
    return int(asked) if asked.isdigit() and int(asked) < 1000 else queries.newest_round(competition)


def address(name: str, competition: Competition, **parts: Any) -> str:
    return reverse(f"screening:{name}", kwargs={"competition": competition.code, **parts})
