"""The entries on a map of Germany, with the list beside it, and on a tile map of the Länder. Filters are those of the list."""

from typing import Any

import numpy as np
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override
from django.views.decorators.http import require_safe

from lorbeer.call.models import Competition
from lorbeer.catalogue import maps, searches
from lorbeer.catalogue.maps import Frame, Spot, Spots
from lorbeer.catalogue.queries import Catalogue, catalogue_of
from lorbeer.catalogue.search.view import Found
from lorbeer.catalogue.searches import address
from lorbeer.people.access import competition_for
from lorbeer.shared.lands import NAMES
from lorbeer.shared.text import house_language, written_in

PER_PAGE = 24
AS_A_WHOLE = ("page", "spot")                                           # what an address leaves out to show the whole map again


@require_safe
def entry_map(request: HttpRequest, competition: str) -> HttpResponse:
    """The map of what the address asks for. One Land chosen fills the map; `spot` narrows the list to one place on it."""
    place = competition_for(request, competition)
    catalogue = catalogue_of(place)
    query = request.GET
    if catalogue.edition and not catalogue.has_places:                  # people and clubs have no Land: there is nothing to draw
        return redirect(reverse("catalogue:entry_list", args=[place.code]) + address(query, drop=("page", "spot", "view")).rstrip("?"))
    search = searches.of_address(catalogue, query)
    result = search.result(catalogue)
    lands = [code for code in search.chosen.get("land", []) if code in NAMES]
    frame = Frame(lands[0] if len(lands) == 1 else "")
    found: Any = result.entries                                         # of an edition: Found; without one there are none
    drawn = maps.spots(found.points(), frame) if isinstance(found, Found) else Spots([], np.zeros(0), 0)
    spot = next((one for one in drawn.shown if one.code == query.get("spot")), None)
    page = Paginator(found.at(drawn.at(spot)) if spot else found, PER_PAGE).get_page(query.get("page"))
    list_url = reverse("catalogue:entry_list", args=[place.code])
    # As in the facet: also with one Land chosen, how many there would be in the others.
    by_land = {choice.code: choice.count for facet in result.facets if facet.name == "land" for choice in facet.choices}
    germany = address(query, drop=("page", "spot", "land"))
    narrowed = address(query, drop=("page", "spot", "view"))
    return render(request, "catalogue/entry_map.html", {
        "catalogue": catalogue, "edition": catalogue.edition, "result": result, "q": search.text, "page": page,
        "frame": frame, "land": NAMES.get(frame.land, ""), "width": maps.WIDTH, "reach": maps.APART // 2, "spot": spot,
        "spots": [{"spot": one, **_link(place, one, found, query), "is_chosen": one is spot,
                   "number": one.count if one.count > 1 else ""} for one in drawn.shown],
        "unplaced": len(found) - drawn.placed,
        "tiles": [tile | {"url": germany if tile["code"] in lands else address(query, {"land": tile["code"]}, drop=("page", "spot", "land")),
                          "is_chosen": tile["code"] in lands, "label": _counted(tile["name"], tile["count"])}
                  for tile in maps.tiles(by_land)],
        "facets": searches.narrowing(query, result.facets, AS_A_WHOLE),
        "removals": [{"label": label, "facet": facet, "url": address(query, {name: value}, AS_A_WHOLE)}
                     for name, facet, value, label in search.chips(catalogue)],
        "kept": [(name, value) for name, values in query.lists() if name not in ("q", "page", "spot", "view") for value in values],
        "list_url": list_url + (narrowed if narrowed != "?" else ""), "all_url": address(query, drop=AS_A_WHOLE),
        "germany_url": germany,
        "suggestion_url": address(query, {"q": result.suggestion}, drop=("page", "q")) if result.suggestion else "",
        "rows": [_row(catalogue, entry) for entry in page.object_list],
        "breadcrumb": [(_("Entries"), list_url), (_("Map"), "")],
    })


def _row(catalogue: Catalogue, entry: dict[str, Any]) -> dict[str, Any]:
    return {"entry": entry, "url": reverse("catalogue:entry_detail", args=[catalogue.code, entry["code"]]),
            "is_awarded": entry["code"] in catalogue.awards}


def _link(place: Competition, spot: Spot, found: Found, query: QueryDict) -> dict[str, Any]:
    """To the entry where there is only one (it is read: the map has no room for many such), else to the list of this place beside the
    map; `label` says the same to those who do not see it, of a single entry in the language in which that is written: an attribute has one.
    """
    if spot.count == 1:
        (entry,) = found.at(np.array([spot.point]))
        with override(house_language(place.first_language)):
            label = f"{entry['applicant']}: {entry['title']}" + (_(" (awarded)") if spot.is_awarded else "")
        return {"url": reverse("catalogue:entry_detail", args=[place.code, entry["code"]]), "label": written_in(place, label)}
    kept = query.copy()
    kept.pop("page", None)
    kept["spot"] = spot.code
    names = ", ".join(spot.places) + (" …" if spot.has_more_places else "")
    return {"url": f"?{kept.urlencode()}#entries",
            "label": _counted(names, spot.count) + (_(" (awarded ones among them)") if spot.is_awarded else "")}


def _counted(name: str, count: int) -> str:
    return ngettext("%(name)s: %(count)d entry", "%(name)s: %(count)d entries", count) % {"name": name, "count": count}
