"""The first page of the installation, of a competition, of a role; public pages and their editing."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from lorbeer.awards.queries import announced_results
from lorbeer.catalogue.queries import catalogue_of
from lorbeer.documentation.queries import published_book
from lorbeer.editions.naming import nameable
from lorbeer.entries.queries import entries_of
from lorbeer.intake.queries import waiting_mails
from lorbeer.people.access import competition_for, competitions_visible_to, require_role
from lorbeer.people.models import Role
from lorbeer.questionnaire.grouping import applicant_of, groups_for
from lorbeer.register.queries import municipalities_named
from lorbeer.shared import desk as desks
from lorbeer.shared.context import active_role, held_roles
from lorbeer.shared.errors import Busy
from lorbeer.shared.text import call_language
from lorbeer.website import queries
from lorbeer.website.forms import GroupCheckForm, NewPageForm, PageForm
from lorbeer.website.models import Page
from lorbeer.website.services import delete_page, save_page

EDITORS = (Role.Kind.OFFICE_LEAD, Role.Kind.OFFICE, Role.Kind.EDITOR)


def home(request: HttpRequest) -> HttpResponse:
    """All competitions that the reader may see."""
    competitions = [
        {"competition": competition, "deadline": queries.deadline(competition), "now": queries.going_on(competition)}
        for competition in competitions_visible_to(request.user).prefetch_related("phases")
    ]
    return render(request, "website/home.html", {"competitions": competitions})


@login_required
def desk_list(request: HttpRequest) -> HttpResponse:
    """Where the person has something to do; straight on where there is only one place. Operators find all competitions."""
    places = list(queries.competitions_of(request.user))
    operated = queries.competitions_run_by(request.user)
    if len(places) == 1 and operated is None:
        return redirect("website:desk", competition=places[0].code)
    rows = [{"competition": place, "tasks": desks.tasks_for(request.user, place)} for place in places]
    return render(request, "website/desk_list.html", {
        "rows": rows, "operated": operated, "waiting_mails": 0 if operated is None else waiting_mails().count()})


@login_required
def desk(request: HttpRequest, competition: str) -> HttpResponse:
    """What is mine to do now, and until when; below it the state of the whole as pictures."""
    place = competition_for(request, competition)
    if not held_roles(request):
        raise Http404
    role = active_role(request)
    return render(request, "website/desk.html", {
        "tasks": desks.tasks_for(request.user, place, role), "pictures": desks.pictures_for(request.user, place, role),
        "figures": queries.key_figures(place, role),
        # Applicants stand where their newest entry stands.
        "round": entries_of(request.user, place).values_list("round", flat=True).first() if role == "applicant" else None,
    })


def competition_home(request: HttpRequest, competition: str) -> HttpResponse:
    """The poster of a competition; after the announcement the winners come first."""
    place = competition_for(request, competition)
    form = GroupCheckForm(request.GET if "place" in request.GET else None)
    checked = []
    if form.is_bound and form.is_valid() and place.register_edition:
        found = municipalities_named(place.register_edition, form.cleaned_data["place"], limit=5)
        checked = [{"municipality": body, "groups": groups_for(place, applicant_of(body))} for body in found]
    results = list(announced_results(place))
    try:
        listed = catalogue_of(place).by_code if results else {}
    except Busy:                                                        # made ready for a large new edition: nothing to link to yet
        listed = {}
    named = set(nameable(place.pk).values_list("code", flat=True)) if results else set()
    groups = list(place.groups.prefetch_related("prizes"))
    return render(request, "website/competition_home.html", {
        "deadline": queries.deadline(place), "dates": queries.dates(place), "menu": queries.menu(place, call_language()),
        "groups": groups, "prizes": queries.prize_figures(groups), "honours": queries.honours(groups),
        "criteria": place.criteria.all(), "purses": place.purses.order_by("round"),
        "results": results, "listed": listed, "named": named, "results_by_round": queries.results_by_round(place, results),
        "check_form": form, "checked": checked, "book": published_book(place),
    })


def page_show(request: HttpRequest, competition: str, page: str) -> HttpResponse:
    place = competition_for(request, competition)
    found = queries.page(place, page, call_language())
    if found is None:
        raise Http404
    return render(request, "website/page_show.html", {"page": found, "menu": queries.menu(place, call_language())})


def site_page(request: HttpRequest, page: str) -> HttpResponse:
    """Imprint, privacy, accessibility of the installation."""
    return render(request, f"website/site_{page}.html")


def page_list(request: HttpRequest, competition: str) -> HttpResponse:
    place = competition_for(request, competition)
    require_role(request, *EDITORS)
    return render(request, "website/page_list.html", {"pages": place.pages.all()})


def page_new(request: HttpRequest, competition: str) -> HttpResponse:
    place = competition_for(request, competition)
    require_role(request, *EDITORS)
    form = NewPageForm(request.POST if request.method == "POST" else None, instance=Page(competition=place))
    if request.method == "POST" and form.is_valid():
        if place.pages.filter(code=form.instance.code, language=form.instance.language).exists():
            form.add_error("code", _("There is a page with this name in this language already. Edit that one."))
        else:
            page = save_page(form.instance, by=request.user)
            messages.success(request, _("“%(title)s” is saved.") % {"title": page.title})
            return redirect("website:page_list", competition=place.code)
    return render(request, "website/page_edit.html", {"form": form, "page": None}, status=422 if form.errors else 200)


def page_edit(request: HttpRequest, competition: str, page: str, language: str) -> HttpResponse:
    """Text left, the finished page right; “preview” shows without saving."""
    place = competition_for(request, competition)
    require_role(request, *EDITORS)
    found = get_object_or_404(place.pages, code=page, language=language)
    form = PageForm(request.POST if request.method == "POST" else None, instance=found)
    if request.method == "POST" and form.is_valid() and "_preview" not in request.POST:
        save_page(form.instance, by=request.user)
        messages.success(request, _("“%(title)s” is saved.") % {"title": found.title})
        return redirect("website:page_edit", competition=place.code, page=page, language=language)
    facts = {"form": form, "page": found, "text": form["text"].value()}
    return render(request, "website/page_edit.html", facts, status=422 if form.errors else 200)


def page_delete(request: HttpRequest, competition: str, page: str, language: str) -> HttpResponse:
    place = competition_for(request, competition)
    require_role(request, *EDITORS)
    found = get_object_or_404(place.pages, code=page, language=language)
    if request.method == "POST":
        delete_page(found, by=request.user)
        messages.success(request, _("“%(title)s” is deleted.") % {"title": found.title})
        return redirect("website:page_list", competition=place.code)
    return render(request, "confirm.html", {
        "title": _("Delete the page “%(title)s”?") % {"title": found.title}, "danger": True,
        "consequences": [_("Its address answers “not found” from now on."), _("The text is gone; the log keeps that it was deleted.")],
        "button_label": _("Delete the page"), "cancel_url": redirect("website:page_list", competition=place.code).url,
    })
