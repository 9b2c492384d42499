"""The public database as a feed: Atom (RFC 4287)."""

from typing import Any
from xml.etree import ElementTree

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.catalogue.changes import changed_entries, last_change
from lorbeer.catalogue.open_data import LICENCE_URL
from lorbeer.catalogue.queries import Catalogue
from lorbeer.catalogue.searches import Search
from lorbeer.shared.text import house_language

ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml; charset=utf-8"
MOST = 200                                                              # entries; the database has them all
SUMMARY = 500                                                           # characters


def _add(parent: ElementTree.Element, tag: str, text: str = "", **facts: str) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, tag, facts)
    if text:
        child.text = text
    return child


def atom(place: Competition, catalogue: Catalogue, entries: list[dict[str, Any]], search: Search) -> bytes:
    """`entries` of the catalogue, which has an edition: what `search` finds."""
    assert catalogue.edition is not None
    edition = catalogue.edition
    published_at = edition.published_at or edition.frozen_at            # when the public could read it for the first time
    page = settings.BASE_URL + reverse("catalogue:entry_list", args=[place.code])
    own = settings.BASE_URL + reverse("catalogue:entry_feed", args=[place.code])
    # Said in the document itself: how a prefix is spelled for the whole process, whoever registers it last decides.
    root = ElementTree.Element("feed", {"xmlns": ATOM, "xml:lang": house_language(get_language() or "de")})
    query = search.query
    _add(root, "id", f"{own}?{query}" if query else own)
    _add(root, "title", _("Entries: %(title)s") % {"title": place})
    if search.narrows:
        _add(root, "subtitle", search.in_words(catalogue))
    changed = changed_entries(edition, catalogue.view) if catalogue.view else {}
    _add(root, "updated", last_change(edition, changed).isoformat(timespec="seconds"))
    _add(root, "link", rel="self", type="application/atom+xml", href=f"{own}?{query}" if query else own)
    _add(root, "link", rel="alternate", type="text/html", href=f"{page}?{query}" if query else page)
    _add(root, "rights", LICENCE_URL)
    _add(_add(root, "author"), "name", str(place.office_name) or str(place.sponsor) or str(place))
    for entry in entries:
        one = _add(root, "entry")
        at = settings.BASE_URL + reverse("catalogue:entry_detail", args=[place.code, entry["code"]])
        _add(one, "id", at)
        _add(one, "title", entry["title"] or entry["code"])
        _add(one, "updated", changed.get(entry["code"], published_at).isoformat(timespec="seconds"))
        _add(one, "link", rel="alternate", type="text/html", href=at)
        _add(_add(one, "author"), "name", entry["applicant"] or str(place))
        if abstract := entry.get("abstract"):
            _add(one, "summary", abstract if len(abstract) <= SUMMARY else f"{abstract[:SUMMARY].rsplit(' ', 1)[0]} …", type="text")
        for award in catalogue.awards.get(entry["code"], []):
            _add(one, "category", term=award["group"], label=_("Awarded: %(group)s") % {
                "group": catalogue.headings.get(award["group"], "") or award["group"]})
    ElementTree.indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="utf-8")
