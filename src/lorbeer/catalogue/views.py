"""The public database: search, facets, list and map, entry, open data. Everything comes from `catalogue_of`."""

from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lorbeer.call.models import Competition
from lorbeer.catalogue import description, neighbours, open_data, queries, searches
from lorbeer.catalogue.hooks import contact_address
from lorbeer.catalogue.queries import Catalogue
from lorbeer.catalogue.search.marking import excerpt, marked
from lorbeer.catalogue.searches import address
from lorbeer.people.access import competition_for
from lorbeer.register.models import LegalStatus
from lorbeer.shared import files, tables
from lorbeer.shared.errors import BadInput
from lorbeer.shared.lands import land_name
from lorbeer.shared.models import StoredFile
from lorbeer.shared.templatetags.formats import day, money
from lorbeer.shared.text import in_sentence, written_in

PER_PAGE = 24
FEW = 5                                                                 # with so few hits longer words are offered
ORDERS = {"best": gettext_lazy("best match"), "applicant": gettext_lazy("applicant"), "title": gettext_lazy("title"),
          "population": gettext_lazy("inhabitants, most first")}


@lru_cache(maxsize=4_096)                                               # of each entry on a page one is needed, and they are dear to make
def entry_address(competition: str, code: str) -> str:
    return reverse("catalogue:entry_detail", args=[competition, code])


def card(place: Competition, catalogue: Catalogue, entry: dict[str, Any], terms: frozenset[str] = frozenset()) -> dict[str, Any]:
    """What a card says of an entry of `place`; `terms` are marked in it."""
    code = entry["code"]
    awards = catalogue.awards.get(code, [])
    picture = next((one["picture"] for one in catalogue.portraits.get(code, []) if one["picture"]), None)
    return {
        "entry": entry, "place": place, "url": entry_address(catalogue.code, code),
        "title": marked(entry["title"], terms), "excerpt": _excerpt(entry, terms) or _elsewhere(catalogue, entry, terms) if terms else "",
        "land": land_name(entry["land"]), "group": catalogue.groups.get(entry["group"], ""), "awards": [
            {"group": catalogue.headings.get(award["group"], ""), "project": award["project"],
             "is_own_group": award["group"] == entry["group"]} for award in awards],
        "image": reverse("catalogue:entry_picture", args=[catalogue.code, code, "small", 0]) if picture else "",
        "alt": picture["alt"] if picture else "", "credit": picture["credit"] if picture else "",
        "meta": format_html_join(" · ", "{}", ((one,) for one in [
            marked(entry["applicant"], terms), marked(land_name(entry["land"]), terms),
            _("Round %(number)d") % {"number": entry.get("round", 1)} if catalogue.has_rounds else ""] if one)),
    }


def _excerpt(entry: dict[str, Any], terms: frozenset[str]) -> str:
    """Where what was asked for stands, when not in the title: in the abstract, else in the title of a project."""
    return excerpt(entry.get("abstract", ""), terms) or next((found for one in entry["projects"] if (found := excerpt(one, terms))), "")


def _elsewhere(catalogue: Catalogue, entry: dict[str, Any], terms: frozenset[str]) -> str:
    """Where what was asked for stands, when nowhere on the card: “Portrait: … in the town hall …”; "" where it stands there."""
    if any("<mark>" in marked(text, terms) for text in (entry["title"], entry["applicant"], land_name(entry["land"]))):
        return ""
    places = [(_("Municipality"), entry["municipality"]), (_("File number"), entry["reference"]), (_("Code"), entry["code"]),
              (_("Contact"), entry.get("office", "")), (_("Contact"), entry.get("town", "")),
              *((_("Portrait"), text) for one in catalogue.portraits.get(entry["code"], []) for text in (one["description"], one["reasons"]))]
    return next((format_html("{}: {}", label, found) for label, text in places if (found := excerpt(text or "", terms))), "")


@require_safe
def entry_list(request: HttpRequest, competition: str) -> HttpResponse:
    place = competition_for(request, competition)
    catalogue = queries.catalogue_of(place)
    query = request.GET.copy()
    search = searches.of_address(catalogue, query)
    text, result = search.text, search.result(catalogue)
    has_map = catalogue.has_places
    map_url = reverse("catalogue:entry_map", args=[place.code]) + address(query, drop=("page", "view", "sort")).rstrip("?")
    if query.get("view") == "map" and has_map:                          # where the map used to be
        return redirect(map_url)
    answered = query.copy()                                             # what the files and the feed of this result are asked for
    if result.suggestion:
        answered["q"] = result.suggestion
    if result.is_widened:
        answered["within"] = "1"
    is_told = search.within_words or result.is_widened or len(result.entries) > FEW
    longer = 0 if not text or is_told else queries.only_within_words(catalogue, text, search.chosen)
    page = Paginator(result.entries, PER_PAGE).get_page(query.get("page"))
    return render(request, "catalogue/entry_list.html", {
        "catalogue": catalogue, "edition": catalogue.edition, "result": result, "facets": searches.narrowing(query, result.facets), "q": text,
        "has_map": has_map,
        "kept": [(name, value) for name, values in query.lists() if name not in ("q", "page", "sort", "within") for value in values],
        "within": search.within_words, "orders": [
            {"label": label, "url": address(query, {"sort": name}, drop=("page", "sort")), "is_chosen": name == result.order}
            for name, label in ORDERS.items() if name != "best" or text],
        "order": query.get("sort", "") if query.get("sort") in ORDERS else "",
        "removals": [
            {"label": label, "facet": facet, "url": address(query, {name: value})}
            for name, facet, value, label in search.chips(catalogue)
        ],
        "suggestion_url": address(query, {"q": result.suggestion}, drop=("page", "q")) if result.suggestion else "",
        "everywhere_url": reverse("entry_search") + (f"?{urlencode({'q': text})}" if text else ""),
        "map_url": map_url, "longer": longer, "longer_url": address(query, {"within": "1"}, drop=("page", "within")),
        "feed_query": address(answered, drop=("page", "view")) if request.GET else "",
        "address": settings.BASE_URL + request.path + address(query) if query else "",
        "page": page, "cards": [card(place, catalogue, entry, result.terms) for entry in page.object_list],
        "samples": [place] if any(facet.from_answers for facet in result.facets) else [],
        "downloads": _downloads(place.code, answered),
        "licence": open_data.LICENCE, "licence_url": open_data.LICENCE_URL,
        "described": description.in_page(place, catalogue) if catalogue.edition and not request.GET else "",
    })


def _downloads(code: str, query: QueryDict) -> list[tuple[str, str]]:
    kept = address(query, drop=("page", "view"))
    return [(one.label, reverse("catalogue:entry_export", args=[code, kind]) + (kept if kept != "?" else ""))
            for kind, one in open_data.KINDS.items()]


def _find(catalogue: Catalogue, code: str) -> dict[str, Any]:
    entry = catalogue.by_code.get(code)
    if entry is None:
        raise Http404
    return entry


@require_safe
def entry_detail(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    place = competition_for(request, competition)
    catalogue = queries.catalogue_of(place)
    entry = _find(catalogue, code)
    facts = [
        (place.applicant_word, entry["applicant"]),
        (_("Municipality"), entry["municipality"] if entry["municipality"] != entry["applicant"] else ""),
        (_("Land"), land_name(entry["land"])), (_("Award group"), catalogue.groups.get(entry["group"], "")),
        (_("Round"), entry.get("round", 1) if catalogue.has_rounds else ""),
        (_("Legal status"), LegalStatus(entry["legal_status"]).label if entry["legal_status"] in LegalStatus.values else ""),
        (_("Inhabitants"), entry["population"]), (_("File number"), entry["reference"]),
    ]
    awards = [
        {"award": award, "group": catalogue.headings.get(award["group"], ""), "prize": catalogue.prizes.get(award["prize"], ""),
         "money": money(award["amount_cents"]) if award["amount_cents"] else ""}
        for award in catalogue.awards.get(code, [])
    ]
    portraits = [
        {"portrait": portrait, "image": reverse("catalogue:entry_picture", args=[place.code, code, "large", number])
         if portrait["picture"] else ""}
        for number, portrait in enumerate(catalogue.portraits.get(code, []))
    ]
    answers = _answers(catalogue, entry)
    url = settings.BASE_URL + request.path
    edition = catalogue.edition
    return render(request, "catalogue/entry_detail.html", {
        "entry": entry, "facts": [(label, value) for label, value in facts if value], "awards": awards, "portraits": portraits,
        "answers": answers, "edition": edition, "sample": place.entries.filter(code=code).first() if place.is_sample else None,
        "contact": [written_in(place, entry[part]) for part in ("office", "street") if entry.get(part)]
        + [" ".join(filter(None, [entry.get("postcode"), entry.get("town")]))],
        "website": entry.get("website", "") if str(entry.get("website", "")).startswith(("http://", "https://")) else "",
        "has_contact": any(entry.get(part) for part in ("office", "street", "town", "website")),
        "similar": [{"neighbour": one, **card(place, catalogue, one.entry)} for one in neighbours.similar_entries(catalogue, entry)],
        "like_this": [{"neighbour": one, **card(place, catalogue, one.entry)} for one in neighbours.like_this(catalogue, entry)],
        "described": description.entry_in_page(place, catalogue, entry), "canonical": url,
        "contact_url": contact_address(place, entry["code"]),
        "citation": in_sentence(
            _("%(applicant)s: %(title)s. In: %(competition)s, public database, edition %(number)s of %(day)s. %(url)s"),
            applicant=entry["applicant"], title=written_in(place, entry["title"]), competition=place, url=url,
            number=edition.number if edition else 0, day=day(edition.frozen_at) if edition else ""),
        "breadcrumb": [(_("Entries"), reverse("catalogue:entry_list", args=[place.code])), (entry["applicant"], "")],
    })


def _answers(catalogue: Catalogue, entry: dict[str, Any]) -> list[dict[str, Any]]:
    given = entry.get("answers") or {}
    found = []
    for question in catalogue.questions:
        value = given.get(question["name"])
        codes = value if isinstance(value, list) else [value] if value else []
        labels = [question["choices"].get(str(code), "") for code in codes]
        if any(labels):
            found.append({"label": question["label"], "values": [label for label in labels if label]})
    return found


@require_safe
def entry_picture(request: HttpRequest, competition: str, code: str, size: str, number: int) -> HttpResponse:
    """The picture of a portrait. It is asked for anew each time, so that a picture taken back is gone."""
    place = competition_for(request, competition)
    catalogue = queries.catalogue_of(place)
    _find(catalogue, code)
    portraits = catalogue.portraits.get(code, [])
    picture = next((one["picture"] for one in portraits if one["picture"]), None) if size == "small" else (
        portraits[number]["picture"] if number < len(portraits) else None)
    stored = StoredFile.objects.select_related("blob").filter(code=picture["file"]).first() if picture else None
    if stored is None:
        raise Http404
    shown = files.thumbnail(stored) if size == "small" else files.web_picture(stored)
    etag = f'"{shown.blob_id}"'
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(files.read(shown), content_type=shown.blob.media_type)
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


# --- open data --------------------------------------------------------------------------------------------------------


@require_safe
def entry_export(request: HttpRequest, competition: str, kind: str) -> HttpResponseBase:
    """The released entries that the address asks for, as open data; licence and checksum of the edition go with them."""
    place = competition_for(request, competition)
    catalogue = queries.catalogue_of(place)
    if catalogue.edition is None:
        raise Http404
    if kind not in open_data.KINDS:
        raise BadInput(_("There is no download as “%(format)s”. Choose one of: %(formats)s.") % {
            "format": kind[:20], "formats": ", ".join(one.label for one in open_data.KINDS.values())})
    search = searches.of_address(catalogue, request.GET)
    response = open_data.response(place, catalogue, search.entries(catalogue), kind, search)
    response.headers["Link"] = f'<{open_data.LICENCE_URL}>; rel="license"'
    return response


@require_safe
def dataset_codebook(request: HttpRequest, competition: str) -> HttpResponse:
    """What the columns of the open data mean, as CSV."""
    catalogue = queries.catalogue_of(competition_for(request, competition))
    if catalogue.edition is None:
        raise Http404
    return tables.download(open_data.codebook(catalogue), open_data.CODEBOOK_COLUMNS, f"{catalogue.code}-codebook", "csv",
                           english=(get_language() or "de").startswith("en"))


@require_safe
def dataset_description(request: HttpRequest, competition: str) -> HttpResponse:
    """What the dataset is, for catalogues of open data: DCAT-AP.de 3.0 as RDF/XML."""
    place = competition_for(request, competition)
    catalogue = queries.catalogue_of(place)
    if catalogue.edition is None:
        raise Http404
    return HttpResponse(description.dcat(place, catalogue), content_type="application/rdf+xml")
