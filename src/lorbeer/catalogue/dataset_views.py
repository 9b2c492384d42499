"""Datasets that can be cited: every published edition with its files and checksums; and the feed."""

import base64
import hashlib
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lorbeer.call.models import Competition
from lorbeer.catalogue import datasets, feed, open_data, searches
from lorbeer.catalogue.datasets import CODEBOOK, Dataset
from lorbeer.catalogue.queries import catalogue_of
from lorbeer.people.access import competition_for
from lorbeer.shared.errors import Busy

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
    read = catalogue_of(place).edition if found and not number else None  # not the newest while that is being made ready
    shown = next((one for one in found if str(one.edition.number) == number or one.edition == read), None)
    return render(request, "catalogue/dataset_list.html", {
        "datasets": [{"dataset": one, "url": f"?edition={one.edition.number}", "is_shown": one is shown} for one in found], "shown": shown,
        "files": [{"sum": one, "url": reverse("catalogue:dataset_file", args=[place.code, shown.edition.number, one.name])}
                  for one in shown.sums] if shown else [],
        "sums_url": reverse("catalogue:dataset_file", args=[place.code, shown.edition.number, SUMS]) if shown and shown.sums else "",
        "waiting": [{"name": name, "url": reverse("catalogue:dataset_file", args=[place.code, shown.edition.number, name])}
                    for name in KIND_OF] if shown and not shown.sums else [],
        "licence": open_data.LICENCE, "licence_url": open_data.LICENCE_URL, "api_url": reverse("api_reference"),
        "breadcrumb": [(_("Entries"), reverse("catalogue:entry_list", args=[place.code])), (_("Datasets"), "")],
    })


@require_safe
def dataset_file(request: HttpRequest, competition: str, number: int, name: str) -> HttpResponseBase:
    """A file of an edition, for everybody the same bytes; or the checksums of all."""
    found = _dataset(competition_for(request, competition), number)
    if name != SUMS and name not in KIND_OF:
        raise Http404
    if name == SUMS:
        if not found.sums:
            raise Busy(_("The checksums of this edition are being made. Please try again in a moment."))
        return _cited(request, HttpResponse(found.checksums, content_type="text/plain; charset=utf-8"))
    file = found.file(KIND_OF[name])
    if isinstance(file, HttpResponse):
        return _cited(request, file)
    return _with_digest(request, file, next((bytes.fromhex(one.sha256) for one in found.sums if one.name == name), b""))


@require_safe
def entry_feed(request: HttpRequest, competition: str) -> HttpResponseBase:
    """The entries that the address asks for as an Atom feed (RFC 4287), so that a search can be subscribed to."""
    place = competition_for(request, competition)
    catalogue = catalogue_of(place)
    if catalogue.edition is None:
        raise Http404
    search = searches.of_address(catalogue, request.GET)
    entries = search.entries(catalogue)[:feed.MOST]
    return _cited(request, HttpResponse(feed.atom(place, catalogue, entries, search), content_type=feed.MEDIA_TYPE))


def _dataset(place: Competition, number: int) -> Dataset:
    found = datasets.dataset(place, number)
    if found is None:
        raise Http404
    return found


def _cited(request: HttpRequest, response: HttpResponse) -> HttpResponseBase:
    return _with_digest(request, response, hashlib.sha256(response.content).digest())


def _with_digest(request: HttpRequest, response: HttpResponseBase, digest: bytes) -> HttpResponseBase:
    """With its digest (RFC 9530), where that is known yet; asked for anew each time, so that what was taken back is gone, and sent only
    where it has changed."""
    headers: dict[str, Any] = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff",
                               "Link": f'<{open_data.LICENCE_URL}>; rel="license"', "Access-Control-Allow-Origin": "*"}
    if digest:
        headers["ETag"] = etag = f'"{digest.hex()[:32]}"'
        if request.headers.get("If-None-Match", "").removeprefix("W/") == etag:
            return HttpResponse(status=304, headers=headers)
        response.headers["Repr-Digest"] = f"sha-256=:{base64.b64encode(digest).decode()}:"
    for header, value in headers.items():
        response.headers[header] = value
    return response
