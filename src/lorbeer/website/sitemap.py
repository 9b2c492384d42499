"""What search engines find: robots.txt, and a sitemap (sitemaps.org) of what everybody may read, and nothing else."""

from collections.abc import Iterator
from datetime import datetime
from xml.etree import ElementTree

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from lorbeer.call.models import Competition
from lorbeer.catalogue.changes import changed_entries, last_change
from lorbeer.catalogue.queries import Catalogue, catalogue_if_ready
from lorbeer.documentation.queries import published_book
from lorbeer.editions.queries import published_edition
from lorbeer.people.access import competitions_visible_to
from lorbeer.shared.fields import whole_number
from lorbeer.website.models import Page
from lorbeer.website.queries import public_pages

SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"
MOST = 20_000                                                           # addresses in a file; the protocol takes 50,000
ElementTree.register_namespace("sm", SITEMAPS)
# Every combination of filters is an address: the entries themselves stand in the sitemap.
CLOSED = ("/account/", "/search/?", "/*/catalogue/?", "/*/catalogue/map/?", "/*/catalogue/feed.atom?", "/*/catalogue/entries.",
          "/*/catalogue/*/message/", "/*/catalogue/editions/*/")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", *(f"Disallow: {one}" for one in CLOSED), "", f"Sitemap: {settings.BASE_URL}{reverse('sitemap')}", ""]
    return _kept(HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8"))


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """The sitemaps of all published competitions."""
    root = ElementTree.Element(f"{{{SITEMAPS}}}sitemapindex")
    for place in competitions_visible_to(None):
        own = reverse("website:sitemap", args=[place.code])
        pages = -(-_Addresses(place).count // MOST)
        for number in range(1, pages + 1):
            _add(root, "sitemap", f"{own}?page={number}" if number > 1 else own)
    return _xml(root)


@require_safe
def competition_sitemap(request: HttpRequest, competition: str) -> HttpResponse:
    """The public pages of a competition. Whoever asks is nobody here: a robot that is signed in learns no more."""
    place = competitions_visible_to(None).filter(code=competition).first()
    number = whole_number(request.GET.get("page", "1"), 10_000)
    here = _Addresses(place).part((number - 1) * MOST, number * MOST) if place and number else []
    if not here:
        raise Http404
    root = ElementTree.Element(f"{{{SITEMAPS}}}urlset")
    for address, changed_at in here:
        _add(root, "url", address, changed_at)
    return _xml(root)


class _Addresses:
    """What everybody may read: pages first, then entries by their codes alone, for there may be a million."""

    def __init__(self, place: Competition) -> None:
        self.place = place
        self.catalogue = catalogue_if_ready(place)
        edition, view = self.catalogue.edition, self.catalogue.view
        self.changed = changed_entries(edition, view) if edition and view else {}
        self.pages = list(_pages(place, self.catalogue, self.changed))
        self.count = len(self.pages) + len(self.catalogue.entries)

    def part(self, start: int, stop: int) -> list[tuple[str, datetime | None]]:
        """(address, when it last changed where that is known) from place `start` up to `stop`."""
        before, view, edition = len(self.pages), self.catalogue.view, self.catalogue.edition
        codes = view.codes(max(0, start - before), max(0, stop - before)) if view else []
        at = (edition.published_at or edition.frozen_at) if edition else None
        return self.pages[start:stop] + [
            (reverse("catalogue:entry_detail", args=[self.place.code, code]), self.changed.get(code, at)) for code in codes]


def _pages(place: Competition, catalogue: Catalogue, changed: dict[str, datetime]) -> Iterator[tuple[str, datetime | None]]:
    yield reverse("website:competition_home", args=[place.code]), None
    shown = public_pages(place).order_by("code")
    for kind, code in dict.fromkeys(shown.values_list("kind", "code")):
        yield reverse("website:news_show" if kind == Page.Kind.NEWS else "website:page_show", args=[place.code, code]), None
    edition = published_edition(place)
    if edition is not None:
        at = edition.published_at or edition.frozen_at
        yield reverse("statistics:table_list", args=[place.code]), at
        for code in place.tables.values_list("code", flat=True):  # type: ignore[attr-defined]
            yield reverse("statistics:table_show", args=[place.code, code]), at
    if catalogue.edition is not None:
        last = last_change(catalogue.edition, changed)
        for name in ("entry_list", "entry_map", "dataset_list"):
            yield reverse(f"catalogue:{name}", args=[place.code]), last
    if published_book(place) is not None:
        yield reverse("documentation:book_page", args=[place.code, "index.html"]), None


def _add(root: ElementTree.Element, tag: str, address: str, changed_at: datetime | None = None) -> None:
    one = ElementTree.SubElement(root, f"{{{SITEMAPS}}}{tag}")
    ElementTree.SubElement(one, f"{{{SITEMAPS}}}loc").text = settings.BASE_URL + address
    if changed_at:
        ElementTree.SubElement(one, f"{{{SITEMAPS}}}lastmod").text = changed_at.isoformat(timespec="seconds")


def _xml(root: ElementTree.Element) -> HttpResponse:
    content = b'<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="utf-8")
    return _kept(HttpResponse(content, content_type="application/xml"))


def _kept(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "public, no-cache"              # what was taken back is gone at once
    return response
