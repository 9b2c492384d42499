"""One click signs in as any sample person. This app is installed in demo mode only, and opens nobody but sample people."""

from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from lorbeer.call.models import Competition
from lorbeer.people.models import Person, Role
from lorbeer.shared import log

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
MOST_OF_A_KIND = 4


def persona_list(request: HttpRequest) -> HttpResponse:
    """Who one can be, by competition and role."""
    places = []
    for competition in Competition.objects.order_by("pk"):
        kinds: dict[str, list[Person]] = {}
        for role in competition.roles.filter(person__is_sample=True).select_related("person").order_by("pk"):
            kinds.setdefault(str(Role.Kind(role.kind).label), []).append(role.person)
        applicants = Person.objects.filter(is_sample=True, contributions__entry__competition=competition)
        places.append({
            "competition": competition,
            "kinds": [{"label": label, "people": people[:MOST_OF_A_KIND]} for label, people in kinds.items()],
            "applicants": applicants.order_by("-contributions__entry__pk")[:MOST_OF_A_KIND],
        })
    return render(request, "demo/persona_list.html", {"places": places})


@require_POST
def persona_sign_in(request: HttpRequest) -> HttpResponse:
    person = get_object_or_404(Person, code=request.POST.get("person", ""), is_sample=True)
    competition = Competition.objects.filter(code=request.POST.get("competition", "")).first()
    if competition is None:
        raise Http404
    login(request, person, backend=BACKEND)
    log.record("demo.sign_in", subject=f"person:{person.code}", scope=competition.code, actor=person)
    return redirect("website:desk", competition=competition.code)
