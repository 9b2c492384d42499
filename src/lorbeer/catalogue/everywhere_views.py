"""The public page that searches the databases of all competitions of the installation."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from lorbeer.catalogue import everywhere
from lorbeer.catalogue.search.marking import marked
from lorbeer.catalogue.search.question import LONGEST_QUERY
from lorbeer.catalogue.searches import MOST_VALUES, address, narrowing
from lorbeer.catalogue.views import PER_PAGE, card
from lorbeer.shared.lands import land_name

ORDERS = {"best": gettext_lazy("best match"), "newest": gettext_lazy("newest competition"),
          "population": gettext_lazy("inhabitants, most first")}


@require_safe
def entry_search(request: HttpRequest) -> HttpResponse:
    """Whoever asks is nobody here: the page shows what everybody may read."""
    query = request.GET.copy()
    text = query.get("q", "")[:LONGEST_QUERY].replace("\0", "").strip()
    chosen = {name: query.getlist(name)[:MOST_VALUES] for name in everywhere.FACETS if name in query}
    places = everywhere.places()
    result = everywhere.search(places.shown, text, chosen, order=query.get("sort", ""), within_words="within" in query)
    page = Paginator(result.entries, PER_PAGE).get_page(query.get("page"))
    return render(request, "catalogue/entry_search.html", {
        "places": places, "result": result, "q": text, "page": page, "within": "within" in query,
        "cards": [_card(one) for one in page.object_list],
        "facets": narrowing(query, result.facets),
        "removals": [{"label": choice.label, "facet": facet.label, "url": address(query, {facet.name: choice.code})}
                     for facet in result.facets for choice in facet.choices if choice.chosen],
        "kept": [(name, value) for name, values in chosen.items() for value in values],
        "order": query.get("sort", "") if query.get("sort") in ORDERS else "",
        "orders": [{"label": label, "url": address(query, {"sort": name}, drop=("page", "sort")), "is_chosen": name == result.order}
                   for name, label in ORDERS.items() if name != "best" or text],
        "suggestion_url": address(query, {"q": result.suggestion}, drop=("page", "q")) if result.suggestion else "",
        "samples": [one for one in dict.fromkeys(found.place.competition for found in page.object_list) if one.is_sample],
    })


def _card(found: everywhere.Found) -> dict[str, Any]:
    place, entry = found.place, found.entry
    year = place.years.get(entry.get("round", 1), "")
    several = [marked(entry["applicant"], found.terms), land_name(entry["land"]), str(place.competition), year,
               _("Round %(number)d") % {"number": entry.get("round", 1)} if place.catalogue.has_rounds else ""]
    return card(place.competition, place.catalogue, entry, found.terms) | {
        "meta": format_html_join(" · ", "{}", ((one,) for one in several if one))}
