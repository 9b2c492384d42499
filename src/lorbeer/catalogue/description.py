"""What the open data are, for those who collect such descriptions: DCAT-AP.de 3.0 (RDF/XML) and schema.org (JSON-LD)."""

import json
from typing import Any
from xml.etree import ElementTree

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.catalogue import changes, datasets, open_data
from lorbeer.catalogue.queries import Catalogue
from lorbeer.shared import clock
from lorbeer.shared.text import localized

RDF, RDFS = "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "http://www.w3.org/2000/01/rdf-schema#"
NAMESPACES = {
    "rdf": RDF, "rdfs": RDFS, "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "dcatde": "http://dcat-ap.de/def/dcatde/",
    "foaf": "http://xmlns.com/foaf/0.1/", "vcard": "http://www.w3.org/2006/vcard/ns#", "xsd": "http://www.w3.org/2001/XMLSchema#",
    "spdx": "http://spdx.org/rdf/terms#",
}
EU = "http://publications.europa.eu/resource/authority/"
LANGUAGES = {"de": "DEU", "en": "ENG"}
THEMES = ("GOVE", "SOCI")
AUTHORS = {Competition.ApplicantKind.MUNICIPALITY: "GovernmentOrganization", Competition.ApplicantKind.ORGANISATION: "Organization",
           Competition.ApplicantKind.PERSON: "Person"}                  # schema.org
DCAT_LICENCE = "http://dcat-ap.de/def/licenses/dl-by-de/2.0"
for _prefix, _uri in NAMESPACES.items():
    ElementTree.register_namespace(_prefix, _uri)


def _name(short: str) -> str:
    prefix, _colon, tag = short.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{tag}"


def _add(parent: ElementTree.Element, tag: str, text: str = "", *, about: str = "", to: str = "", language: str = "", type: str = "",  # noqa: A002
         ) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, _name(tag))
    if about:
        child.set(f"{{{RDF}}}about", about)
    if to:
        child.set(f"{{{RDF}}}resource", to)
    if language:
        child.set("{http://www.w3.org/XML/1998/namespace}lang", language)
    if type:
        child.set(f"{{{RDF}}}datatype", NAMESPACES["xsd"] + type)
    if text:
        child.text = text
    return child


def dcat(place: Competition, catalogue: Catalogue) -> bytes:
    """The dataset with a distribution for each format; it has an edition."""
    edition = catalogue.edition
    assert edition is not None
    base = settings.BASE_URL
    page = base + reverse("catalogue:entry_list", args=[place.code])
    root = ElementTree.Element(_name("rdf:RDF"))
    identity = f"{page}#dataset"
    dataset = _add(root, "dcat:Dataset", about=identity)
    for language, text in localized(place.title).items():
        _add(dataset, "dct:title", _title(text, language), language=language)
    for language, text in (localized(place.aim) or localized(place.title)).items():
        _add(dataset, "dct:description", text, language=language)
    _add(dataset, "dct:identifier", identity)
    _add(dataset, "dcat:version", str(edition.number))
    zone = place.time_zone
    day = clock.day(edition.published_at or edition.frozen_at, zone).isoformat()
    _add(dataset, "dct:issued", day, type="date")
    _add(dataset, "dct:modified", _changed(catalogue, zone), type="date")
    _add(dataset, "dcat:landingPage", to=page)
    for language in place.languages:
        if language in LANGUAGES:
            _add(dataset, "dct:language", to=f"{EU}language/{LANGUAGES[language]}")
    for theme in THEMES:
        _add(dataset, "dcat:theme", to=f"{EU}data-theme/{theme}")
    for word in (str(place.kind), str(place.title)):
        if word:
            _add(dataset, "dcat:keyword", word, language=place.first_language)
    publisher = str(place.sponsor) or str(place.office_name) or str(place.title)
    agent = _add(_add(dataset, "dct:publisher"), "foaf:Agent", about=f"{page}#publisher")
    _add(agent, "foaf:name", publisher)
    contact = _add(_add(dataset, "dcat:contactPoint"), "vcard:Organization", about=f"{page}#contact")
    _add(contact, "vcard:fn", str(place.office_name) or publisher)
    _add(contact, "vcard:hasURL", to=base + reverse("website:competition_home", args=[place.code]))
    sums = {one.kind: one for one in datasets.Dataset(place, edition).sums}
    for kind, one in open_data.KINDS.items():
        file = base + reverse("catalogue:dataset_file", args=[place.code, edition.number, datasets.name_of(kind)])
        distribution = _add(_add(dataset, "dcat:distribution"), "dcat:Distribution", about=f"{page}#{kind}")
        _add(distribution, "dct:title", _("Entries as %(format)s") % {"format": one.label}, language=place.first_language)
        _add(distribution, "dcat:accessURL", to=page)
        _add(distribution, "dcat:downloadURL", to=file)
        _add(distribution, "dct:format", to=f"{EU}file-type/{one.file_type}")
        _add(distribution, "dcat:mediaType", to=f"https://www.iana.org/assignments/media-types/{one.media_type}")
        _add(distribution, "dct:license", to=DCAT_LICENCE)
        _add(distribution, "dcatde:licenseAttributionByText", _attribution(place, publisher))
        _add(distribution, "dct:issued", day, type="date")
        if told := sums.get(kind):                                      # of a large edition they are made aside
            _add(distribution, "dcat:byteSize", str(told.size), type="nonNegativeInteger")
            checksum = _add(_add(distribution, "spdx:checksum"), "spdx:Checksum")
            _add(checksum, "spdx:algorithm", to=f"{NAMESPACES['spdx']}checksumAlgorithm_sha256")
            _add(checksum, "spdx:checksumValue", told.sha256, type="hexBinary")
        if kind not in ("json", "geojson"):
            _add(distribution, "foaf:page", to=base + reverse("catalogue:dataset_codebook", args=[place.code]))
    ElementTree.indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="utf-8")


def _changed(catalogue: Catalogue, zone: str) -> str:
    """The day on which what can be read last changed, so that whoever has collected it collects it again."""
    assert catalogue.edition is not None
    assert catalogue.view is not None
    changed = changes.changed_entries(catalogue.edition, catalogue.view)
    return clock.day(changes.last_change(catalogue.edition, changed), zone).isoformat()


def _title(text: str, language: str = "") -> str:
    with translation.override(language or translation.get_language()):
        return _("Entries: %(title)s") % {"title": text}


def _attribution(place: Competition, publisher: str) -> str:
    return _("%(publisher)s, “%(title)s”; register of municipalities: Statistical Offices of the Federation and the Länder") % {
        "publisher": publisher, "title": str(place.title)}


IN_SCRIPT = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def in_page(place: Competition, catalogue: Catalogue) -> SafeString:
    """`schema_org` as the block of data in a page; no word of it can end the block."""
    return mark_safe(json.dumps(schema_org(place, catalogue), ensure_ascii=False).translate(IN_SCRIPT))  # noqa: S308 (escaped here)


def schema_org(place: Competition, catalogue: Catalogue) -> dict[str, Any]:
    """The same as search engines read it."""
    edition = catalogue.edition
    assert edition is not None
    base = settings.BASE_URL
    page = base + reverse("catalogue:entry_list", args=[place.code])
    publisher = str(place.sponsor) or str(place.office_name) or str(place.title)
    zone = place.time_zone
    published = clock.day(edition.published_at or edition.frozen_at, zone)
    return {
        "@context": "https://schema.org", "@type": "Dataset", "@id": f"{page}#dataset", "url": page, "name": _title(str(place.title)),
        "description": str(place.aim) or str(place.title), "version": str(edition.number), "license": open_data.LICENCE_URL,
        "datePublished": published.isoformat(), "dateModified": _changed(catalogue, zone),
        "inLanguage": list(place.languages), "isAccessibleForFree": True,
        "creator": {"@type": "Organization", "name": publisher}, "measurementTechnique": _("Entry forms of a public competition"),
        "variableMeasured": [column.name for column in open_data.columns(catalogue)],
        "distribution": [{"@type": "DataDownload", "name": one.label, "encodingFormat": one.media_type,
                          "contentUrl": base + reverse("catalogue:entry_export", args=[place.code, kind])}
                         for kind, one in open_data.KINDS.items()],
    }


def entry_in_page(place: Competition, catalogue: Catalogue, entry: dict[str, Any]) -> SafeString:
    return mark_safe(json.dumps(entry_as_work(place, catalogue, entry), ensure_ascii=False).translate(IN_SCRIPT))  # noqa: S308 (as above)


def entry_as_work(place: Competition, catalogue: Catalogue, entry: dict[str, Any]) -> dict[str, Any]:
    """An entry as search engines read it: a work of whoever applied, with awards and pictures, part of the dataset. Released facts only."""
    base, code = settings.BASE_URL, entry["code"]
    page = base + reverse("catalogue:entry_detail", args=[place.code, code])
    author: dict[str, Any] = {"@type": AUTHORS[place.applicant_kind], "name": entry["applicant"]}
    if str(entry.get("website", "")).startswith(("http://", "https://")):
        author["url"] = entry["website"]
    found: dict[str, Any] = {
        "@context": "https://schema.org", "@type": "CreativeWork", "@id": page, "url": page, "identifier": code, "name": entry["title"],
        "author": author, "inLanguage": place.first_language, "isAccessibleForFree": True, "license": open_data.LICENCE_URL,
        "isPartOf": {"@type": "Dataset", "@id": base + reverse("catalogue:entry_list", args=[place.code]) + "#dataset",
                     "name": _title(str(place.title))},
    }
    if entry.get("abstract"):
        found["abstract"] = entry["abstract"]
    if catalogue.edition:
        found["version"] = str(catalogue.edition.number)
    if entry["projects"]:
        found["hasPart"] = [{"@type": "CreativeWork", "name": project} for project in entry["projects"]]
    if awards := [f"{place}: {catalogue.headings.get(award['group'], award['group'])}" for award in catalogue.awards.get(code, [])]:
        found["award"] = awards
    if entry["municipality"]:
        found["locationCreated"] = {"@type": "Place", "name": entry["municipality"], "address": {
            "@type": "PostalAddress", "addressCountry": "DE", "addressRegion": entry["land"]}}
        if entry["latitude"] is not None:
            found["locationCreated"]["geo"] = {"@type": "GeoCoordinates", "latitude": entry["latitude"], "longitude": entry["longitude"]}
    images = []
    for number, portrait in enumerate(catalogue.portraits.get(code, [])):
        if picture := portrait["picture"]:
            images.append({"@type": "ImageObject", "creditText": picture["credit"], "caption": picture["caption"] or picture["alt"],
                           "contentUrl": base + reverse("catalogue:entry_picture", args=[place.code, code, "large", number])})
    if images:
        found["image"] = images
    return found
