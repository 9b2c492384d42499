"""The first page of the installation, of a competition, of a role; public pages and news."""

import re
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _

from lorbeer.awards.queries import announced_results
from lorbeer.call.models import Competition
from lorbeer.call.queries import register_of
from lorbeer.call.rules import is_operator
from lorbeer.catalogue.queries import catalogue_if_ready
from lorbeer.documentation.queries import published_book
from lorbeer.documentation.taken_back import is_held_back
from lorbeer.editions.naming import nameable
from lorbeer.editions.queries import any_is_published
from lorbeer.entries.queries import entries_of
from lorbeer.intake.queries import waiting_mails
from lorbeer.people.access import competition_for, competitions_visible_to
from lorbeer.questionnaire.grouping import applicant_of, groups_for
from lorbeer.register.queries import municipalities_named
from lorbeer.shared import desk as desks
from lorbeer.shared.context import active_role, held_roles
from lorbeer.shared.text import call_language, language_name, spoken_in
from lorbeer.website import queries
from lorbeer.website.forms import GroupCheckForm
from lorbeer.website.models import Page
from lorbeer.website.render import part, rendered

NEWEST = 3                                                              # news on the start page
LATEST = 30                                                             # in the feed


def home(request: HttpRequest) -> HttpResponse:
    """All competitions that the reader may see."""
    competitions = [
        {"competition": competition, "deadline": queries.deadline(competition), "now": queries.going_on(competition)}
        for competition in competitions_visible_to(request.user).prefetch_related("phases")
    ]
    return render(request, "website/home.html", {"competitions": competitions, "has_entries": any_is_published()})


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
def operator_home(request: HttpRequest) -> HttpResponse:
    """Above the addresses of operators' pages: the desks, which lead them to each."""
    if not is_operator(request.user):
        raise Http404
    return redirect("desk_list")


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
    if form.is_bound and form.is_valid() and place.of_register and (edition := register_of(place)):
        found = municipalities_named(edition, form.cleaned_data["place"], limit=5)
        checked = [{"municipality": body, "groups": groups_for(place, applicant_of(body))} for body in found]
    results = list(announced_results(place))
    listed = catalogue_if_ready(place).by_code if results else {}
    named = set(nameable(place.pk).values_list("code", flat=True)) if results else set()
    groups = list(place.groups.prefetch_related("prizes"))
    book = published_book(place)
    return render(request, "website/competition_home.html", {
        "deadline": queries.deadline(place), "dates": queries.dates(place), "menu": queries.menu(place, call_language()),
        "who": queries.who_may_apply(place, groups), "prizes": queries.prize_figures(groups), "honours": queries.honours(groups),
        "criteria": place.criteria.all(), "purses": place.purses.order_by("round"),
        "results": results, "listed": listed, "named": named, "results_by_round": queries.results_by_round(place, results, named),
        "check_form": form, "checked": checked, "book": book,
        "book_is_held": book is not None and is_held_back(book), "news": queries.news_of(place, call_language())[:NEWEST],
        "downloads": part("downloads", place, call_language()),
    })


def page_show(request: HttpRequest, competition: str, page: str) -> HttpResponse:
    place = competition_for(request, competition)
    return _read(request, place, queries.page(place, page, call_language()))


def _read(request: HttpRequest, place: Competition, found: Page | None) -> HttpResponse:
    if found is None or found.published is None:
        raise Http404
    is_news = found.kind == Page.Kind.NEWS
    return render(request, "website/page_show.html", {
        "page": found, "version": found.published, "text": rendered(found.published.text, place, found.language),
        "menu": queries.menu(place, call_language()), "is_news": is_news,
        "has_news": queries.public_pages(place).filter(kind=Page.Kind.NEWS).exists(),
        "is_missing": found.language != call_language(), "written_in": language_name(found.language), "read_in": language_name(call_language()),
        "breadcrumb": [(_("News"), reverse("website:news_list", args=[place.code])),
                       (spoken_in(found.published.title, found.language), "")] if is_news else [],
    })


def news_list(request: HttpRequest, competition: str) -> HttpResponse:
    place = competition_for(request, competition)
    return render(request, "website/news_list.html", {"news": queries.news_of(place, call_language())})


def news_show(request: HttpRequest, competition: str, page: str) -> HttpResponse:
    place = competition_for(request, competition)
    return _read(request, place, queries.page(place, page, call_language(), kind=Page.Kind.NEWS))


class _Feed(Atom1Feed):
    """A feed that has changed when its news did: without any it is as old as the call, and not new at every look."""

    def __init__(self, place: Competition, **facts: Any) -> None:
        super().__init__(**facts)
        self.begins = min((phase.starts_at for phase in place.schedule if phase.starts_at), default=datetime(2000, 1, 1, tzinfo=UTC))

    def latest_post_date(self) -> datetime:
        return max((item["updateddate"] for item in self.items), default=self.begins)


def news_feed(request: HttpRequest, competition: str) -> HttpResponse:
    """The news as Atom (RFC 4287), each with its whole text."""
    place = competition_for(request, competition)
    feed = _Feed(
        place, title=str(place.title), description=str(place.aim),
        link=request.build_absolute_uri(reverse("website:news_list", args=[place.code])),
        language=call_language(), feed_url=request.build_absolute_uri(), author_name=str(place.office_name))
    for one in queries.news_of(place, call_language())[:LATEST]:
        assert one.published
        feed.add_item(
            title=one.published.title, link=request.build_absolute_uri(reverse("website:news_show", args=[place.code, one.code])),
            description=_absolute(rendered(one.published.text, place, one.language), request), updateddate=one.published_at,
            pubdate=datetime.combine(one.shown_on, time(), ZoneInfo(place.time_zone)) if one.shown_on else one.published_at)
    return HttpResponse(feed.writeString("utf-8"), content_type=f"{feed.content_type.partition(';')[0]}; charset=utf-8")


def _absolute(html: str, request: HttpRequest) -> str:
    """A reader of feeds does not know which house an address without one belongs to."""
    return re.sub(r' (href|src)="/', rf' \1="{request.build_absolute_uri("/")}', html)


def site_page(request: HttpRequest, page: str) -> HttpResponse:
    """Imprint, privacy, accessibility of the installation."""
    return render(request, f"website/site_{page}.html")
