"""What the parts of this package share."""

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.entries.models import Entry
from lorbeer.people.access import OFFICE, competition_for, require_role
from lorbeer.people.models import Person, Role
from lorbeer.screening import documents, queries
from lorbeer.shared.fields import whole_number

INSIDE = (*OFFICE, Role.Kind.SCREENER, Role.Kind.AUDITOR)


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


def applicant_of(entry: Entry) -> str:
    return documents.name_of(entry) if entry.is_unlisted else entry.applicant or entry.title or entry.code


def entry_in(competition: Competition, code: str) -> Entry:
    return get_object_or_404(Entry.objects.select_related("group", "competition"), competition=competition, code=code)


def screener_in(competition: Competition, code: str) -> Person:
    return get_object_or_404(queries.screeners_of(competition), code=code)
