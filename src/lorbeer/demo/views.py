"""One click signs in as any sample person. This app is installed in demo mode only, and opens nobody but sample people."""

from collections import Counter
from typing import Any

from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from lorbeer.call.models import Competition
from lorbeer.entries.models import Contributor
from lorbeer.people.models import Person, Role
from lorbeer.shared import log

BACKEND = "lorbeer.people.backends.AccountBackend"
MOST_OF_A_STATE = 2


def persona_list(request: HttpRequest) -> HttpResponse:
    """Who one can be, by competition and role; applicants in every state that their entries are in."""
    places = []
    for competition in Competition.objects.order_by("pk"):
        kinds: dict[str, list[dict[str, Any]]] = {}
        for role in competition.roles.filter(person__is_sample=True).select_related("person").order_by("pk"):
            kinds.setdefault(str(Role.Kind(role.kind).label), []).append({"person": role.person, "note": ""})
        places.append({
            "competition": competition, "kinds": [{"label": label, "people": people} for label, people in kinds.items()],
            "applicants": applicants(competition), "has_people": competition.roles.exists(),
        })
    operators = Person.objects.filter(is_sample=True, is_operator=True).order_by("pk")
    return render(request, "demo/persona_list.html", {"places": places, "operators": operators})


def applicants(competition: Competition) -> list[dict[str, Any]]:
    """Sample applicants, some for each state of an entry in each round, the newest round first."""
    found: list[dict[str, Any]] = []
    seen: Counter[tuple[int, str]] = Counter()
    people: set[int] = set()
    contributions = Contributor.objects.filter(entry__competition=competition, person__is_sample=True)
    for one in contributions.select_related("person", "entry").order_by("-entry__round", "entry__reference", "pk"):
        key = (one.entry.round, one.entry.state)
        if one.person_id not in people and seen[key] < MOST_OF_A_STATE:
            people.add(one.person_id)
            seen[key] += 1
            found.append({"person": one.person, "note": one.entry.get_state_display()})
    return found


@require_POST
def persona_sign_in(request: HttpRequest) -> HttpResponse:
    person = get_object_or_404(Person, code=request.POST.get("person", ""), is_sample=True)
    competition = Competition.objects.filter(code=request.POST.get("competition", "")).first()
    if competition is None and not person.is_operator:
        raise Http404
    login(request, person, backend=BACKEND)
    log.record("demo.sign_in", subject=f"person:{person.code}", scope=competition.code if competition else "", actor=person)
    return redirect("website:desk", competition=competition.code) if competition else redirect("desk_list")
