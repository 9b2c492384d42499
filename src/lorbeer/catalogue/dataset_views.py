"""Datasets that can be cited: every published edition with its files and checksums; and the feed."""

import base64
import hashlib
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lorbeer.call.models import Competition
from lorbeer.catalogue import asking, datasets, feed, open_data
from lorbeer.catalogue.datasets import CODEBOOK, Dataset
from lorbeer.catalogue.queries import catalogue_of
from lorbeer.people.access import competition_for

SUMS = "SHA256SUMS"
KIND_OF = {datasets.name_of(kind): kind for kind in (*open_data.KINDS, CODEBOOK)}


@require_safe
def dataset_list(request: HttpRequest, competition: str) -> HttpResponse:
    """The editions; the files with their checksums of the one that is asked for, else of the current one."""
    place = competition_for(request, competition)
    found = datasets.datasets(place)
    number = request.GET.get("edition", "")
    if number and number not in {str(one.edition.number) for one in found}:
        raise Http404
    shown = next((one for one in found if str(one.edition.number) == number), None) or next((one for one in found if one.is_current), None)
    return render(request, "catalogue/dataset_list.html", {
        "datasets": [{"dataset": one, "url": f"?edition={one.edition.number}", "is_shown": one is shown} for one in found], "shown": shown,
        "files": [{"sum": one, "url": reverse("catalogue:dataset_file", args=[place.code, shown.edition.number, one.name])}
                  for one in shown.sums] if shown else [],
        "sums_url": reverse("catalogue:dataset_file", args=[place.code, shown.edition.number, SUMS]) if shown else "",
        "licence": open_data.LICENCE, "licence_url": open_data.LICENCE_URL, "api_url": reverse("api_reference"),
        "breadcrumb": [(_("Entries"), reverse("catalogue:entry_list", args=[place.code])), (_("Datasets"), "")],
    })


@require_safe
def dataset_file(request: HttpRequest, competition: str, number: int, name: str) -> HttpResponse:
    """A file of an edition, for everybody the same bytes; or the checksums of all."""
    found = _dataset(competition_for(request, competition), number)
    if name != SUMS and name not in KIND_OF:
        raise Http404
    response = HttpResponse(found.checksums, content_type="text/plain; charset=utf-8") if name == SUMS else found.file(KIND_OF[name])
    return _cited(request, response)


@require_safe
def entry_feed(request: HttpRequest, competition: str) -> HttpResponse:
    """The entries that the address asks for as an Atom feed (RFC 4287), so that a search can be subscribed to."""
    place = competition_for(request, competition)
    catalogue = catalogue_of(place)
    if catalogue.edition is None:
        raise Http404
    entries = asking.entries_of_address(catalogue, request.GET)[:feed.MOST]
    return _cited(request, HttpResponse(feed.atom(place, catalogue, entries, request.GET.urlencode()), content_type=feed.MEDIA_TYPE))


def _dataset(place: Competition, number: int) -> Dataset:
    found = datasets.dataset(place, number)
    if found is None:
        raise Http404
    return found


def _cited(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """With its digest (RFC 9530); asked for anew each time, so that what was taken back is gone, and sent only where it has changed."""
    digest = hashlib.sha256(response.content)
    etag = f'"{digest.hexdigest()[:32]}"'
    headers: dict[str, Any] = {"ETag": etag, "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff",
                               "Link": f'<{open_data.LICENCE_URL}>; rel="license"', "Access-Control-Allow-Origin": "*"}
    if request.headers.get("If-None-Match", "").removeprefix("W/") == etag:
        return HttpResponse(status=304, headers=headers)
    response.headers["Repr-Digest"] = f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    for header, value in headers.items():
        response.headers[header] = value
    return response
