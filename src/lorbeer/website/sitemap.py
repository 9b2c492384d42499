"""What search engines find: robots.txt, and a sitemap (sitemaps.org) of what everybody may read, and nothing else."""

from collections.abc import Iterator
from datetime import datetime
from xml.etree import ElementTree

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from lorbeer.awards.queries import announcements_of
from lorbeer.call.models import Competition
from lorbeer.catalogue.changes import changed_entries, last_change
from lorbeer.catalogue.queries import Catalogue, catalogue_if_ready, catalogues_of
from lorbeer.documentation.queries import published_book
from lorbeer.editions.queries import published_edition
from lorbeer.people.access import competitions_visible_to
from lorbeer.shared.fields import whole_number
from lorbeer.website.models import Page
from lorbeer.website.queries import public_pages

SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"
MOST = 20_000                                                           # entries in a file; the protocol takes 50,000 addresses
# Every combination of filters is an address: the entries themselves stand in the sitemap.
CLOSED = ("/account/", "/search/?", "/*/catalogue/?", "/*/catalogue/map/?", "/*/catalogue/feed.atom?", "/*/catalogue/entries.",
          "/*/catalogue/*/message/", "/*/catalogue/editions/*/")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", *(f"Disallow: {one}" for one in CLOSED), "", f"Sitemap: {settings.BASE_URL}{reverse('sitemap')}", ""]
    return _kept(HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8"))


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """The sitemaps of all published competitions; how many there are of each says the number of its entries."""
    root = ElementTree.Element("sitemapindex", {"xmlns": SITEMAPS})
    visible = list(competitions_visible_to(None))
    announced = announcements_of([one.pk for one in visible])
    found, _waiting = catalogues_of(visible, announced)
    entries = {place.pk: len(catalogue.entries) for place, catalogue in found}
    for place in visible:
        own = reverse("website:sitemap", args=[place.code])
        for number in range(1, _parts(entries.get(place.pk, 0)) + 1):
            _add(root, "sitemap", f"{own}?page={number}" if number > 1 else own)
    return _xml(root)


def _parts(entries: int) -> int:
    """How many files a competition has: the first begins with its pages, which are few, and there is always one."""
    return max(1, -(-entries // MOST))


@require_safe
def competition_sitemap(request: HttpRequest, competition: str) -> HttpResponse:
    """The public pages of a competition. Whoever asks is nobody here: a robot that is signed in learns no more."""
    place = competitions_visible_to(None).filter(code=competition).first()
    number = whole_number(request.GET.get("page", "1"), 10_000)
    here = _addresses(place, number) if place and number else []
    if not here:
        raise Http404
    root = ElementTree.Element("urlset", {"xmlns": SITEMAPS})
    for address, changed_at in here:
        _add(root, "url", address, changed_at)
    return _xml(root)


def _addresses(place: Competition, number: int) -> list[tuple[str, datetime | None]]:
    """(address, when it last changed where that is known) of the file with that number: what everybody may read, pages first, then entries
    by their codes alone, for there may be a million."""
    catalogue = catalogue_if_ready(place)
    edition, view = catalogue.edition, catalogue.view
    changed = changed_entries(edition, view) if edition and view else {}
    pages = list(_pages(place, catalogue, changed)) if number == 1 else []
    at = (edition.published_at or edition.frozen_at) if edition else None
    codes = view.codes((number - 1) * MOST, number * MOST) if view else []
    return pages + [(reverse("catalogue:entry_detail", args=[place.code, code]), changed.get(code, at)) for code in codes]


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
        for name in ("entry_list", *(["entry_map"] if catalogue.has_places else []), "dataset_list"):
            yield reverse(f"catalogue:{name}", args=[place.code]), last
    if published_book(place) is not None:
        yield reverse("documentation:book_page", args=[place.code, "index.html"]), None


def _add(root: ElementTree.Element, tag: str, address: str, changed_at: datetime | None = None) -> None:
    one = ElementTree.SubElement(root, tag)
    ElementTree.SubElement(one, "loc").text = settings.BASE_URL + address
    if changed_at:
        ElementTree.SubElement(one, "lastmod").text = changed_at.isoformat(timespec="seconds")


def _xml(root: ElementTree.Element) -> HttpResponse:
    content = b'<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="utf-8")
    return _kept(HttpResponse(content, content_type="application/xml"))


def _kept(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "public, no-cache"              # what was taken back is gone at once
    return response
