"""How things stand in the answers. Each key is named here: what a dataset may hold besides never leaves by accident.

The schemas of the same things stand in schemas.py.
"""

from typing import Any

from django.conf import settings
from django.urls import reverse

from lorbeer.call.models import Competition
from lorbeer.catalogue import labels, open_data
from lorbeer.catalogue.datasets import Dataset
from lorbeer.catalogue.everywhere import Found
from lorbeer.catalogue.queries import Catalogue
from lorbeer.editions.models import Edition
from lorbeer.shared.text import localized

Json = dict[str, Any]


def address(name: str, *parts: object) -> str:
    """The whole address of a page of the house."""
    return settings.BASE_URL + reverse(name, args=parts)


def said(text: Any) -> str:
    return str(localized(text))


def competition_line(place: Competition) -> Json:
    return {
        "code": place.code, "title": said(place.title), "kind": said(place.kind), "aim": said(place.aim),
        "url": address("api_competition", place.code), "page": address("website:competition_home", place.code),
    }


def competition(place: Competition, catalogue: Catalogue) -> Json:
    """What the poster of the call says, and where the rest is. `edition`: the one that the public reads, after the announcement."""
    return competition_line(place) | {
        "sponsor": said(place.sponsor), "office": said(place.office_name), "languages": list(place.languages) or ["de"],
        "time_zone": place.time_zone, "applicants": place.applicant_kind, "is_sample": place.is_sample,
        "sample_note": said(place.sample_note) if place.is_sample else "",
        "phases": [{"kind": phase.kind, "label": str(phase.get_kind_display()), "round": phase.round,
                    "starts_at": _moment(phase.starts_at), "ends_at": _moment(phase.ends_at)} for phase in place.schedule],
        "groups": [{"code": group.code, "label": said(group.label), "heading": said(group.heading), "is_special": group.is_special}
                   for group in place.groups.all()],
        "criteria": [{"code": one.code, "number": one.number, "label": said(one.label)} for one in place.criteria.all()],
        "prizes": [{"code": one.code, "group": one.group.code, "label": said(one.label), "amount_cents": one.amount_cents,
                    "up_to": one.up_to} for one in place.prizes.select_related("group")],
        "edition": edition_line(place, catalogue.edition) if catalogue.edition else None,
        "links": {"editions": address("api_edition_list", place.code), "entries": address("api_entry_list", place.code),
                  "facets": address("api_facet_list", place.code), "tables": address("api_table_list", place.code)},
    }


def edition_line(place: Competition, edition: Edition) -> Json:
    return {"number": edition.number, "sha256": edition.sha256, "frozen_at": _moment(edition.frozen_at),
            "published_at": _moment(edition.published_at), "is_current": edition.is_published,
            "url": address("api_edition", place.code, edition.number)}


def edition(found: Dataset) -> Json:
    """With its files. Their checksums hold for the `state`: what is taken back leaves the files of all editions."""
    place, number = found.place, found.edition.number
    return edition_line(place, found.edition) | {
        "state": found.state, "changed_on": found.changed_on.isoformat() if found.changed_on else None,
        "entries": len(found.catalogue.entries), "withheld": found.catalogue.withheld,
        "licence": {"code": open_data.LICENCE, "url": open_data.LICENCE_URL},
        "files": [{"name": one.name, "url": address("catalogue:dataset_file", place.code, number, one.name), "size": one.size,
                   "media_type": open_data.KINDS[one.kind].media_type if one.kind in open_data.KINDS else "text/csv",
                   "sha256": one.sha256} for one in found.sums],
    }


def entry_line(catalogue: Catalogue, one: Json) -> Json:
    """An entry in a list."""
    words = labels.of_entry(catalogue, one)
    municipality = {name: one[name] for name in ("legal_status", "population", "size_class", "latitude", "longitude")} | {
        name: words[name] for name in ("label_legal_status", "label_size_class")}
    return {
        "code": one["code"], "reference": one["reference"], "title": one["title"], "applicant": one["applicant"],
        "round": one.get("round", 1), "group": one["group"], "label_group": words["label_group"],
        "land": one["land"], "label_land": words["label_land"],
        "municipality": {"name": one["municipality"], "official_key": one["key"]} | municipality,
        "projects": list(one["projects"]),
        "awards": [{name: award[name] for name in ("group", "prize", "amount_cents", "project")} | labels.of_award(catalogue, award)
                   for award in catalogue.awards.get(one["code"], [])],
        "is_sample": catalogue.is_sample, "url": address("api_entry", catalogue.code, one["code"]),
        "page": address("catalogue:entry_detail", catalogue.code, one["code"]),
    }


def found_entry(found: Found) -> Json:
    """An entry in a list of several competitions: with its competition, and the year in which its results were announced."""
    place = found.place
    return entry_line(place.catalogue, found.entry) | {
        "competition": competition_line(place.competition), "year": place.years.get(found.entry.get("round", 1))}


CONTACT = ("office", "street", "postcode", "town", "website")


def entry(catalogue: Catalogue, one: Json) -> Json:
    """One entry with all that its applicant released; null is what they did not."""
    portraits = []
    for number, portrait in enumerate(catalogue.portraits.get(one["code"], [])):
        picture = portrait["picture"]
        portraits.append({
            "group": portrait["group"], "project": portrait["project"], "description": portrait["description"], "reasons": portrait["reasons"],
            "picture": {"url": address("catalogue:entry_picture", catalogue.code, one["code"], "large", number),
                        "alternative_text": picture["alt"], "credit": picture["credit"], "caption": picture["caption"],
                        "is_sample": picture["is_sample"]} if picture else None,
        })
    answers = one.get("answers")
    return entry_line(catalogue, one) | {
        "abstract": one.get("abstract"),
        "contact": {name: one.get(name) or "" for name in CONTACT} if any(name in one for name in CONTACT) else None,
        "answers": None if answers is None else {name: labels.values(value) for name, value in answers.items()},
        "label_answers": None if answers is None else labels.of_answers(catalogue, answers),
        "portraits": portraits, "edition": catalogue.edition.number if catalogue.edition else None,
    }


def table(found: Json, place: Competition, edition: Edition) -> Json:
    """A table of the statistics; null is what is too small to be published, and what would give it away."""
    return {
        "code": found["code"], "number": found["number"], "title": found["title"], "note": found["note"], "kind": found["kind"],
        "base": found["base"], "shares": found["shares"], "columns": found["columns"],
        "rows": [{"code": row["code"], "label": row["label"], "base": row["base"], "is_total": row["is_total"],
                  "cells": {code: {"count": cell["count"], "percent": cell["percent"] and float(cell["percent"])}
                            for code, cell in row["cells"].items()}} for row in found["rows"]],
        "edition": edition_line(place, edition), "page": address("statistics:table_show", place.code, found["code"]),
    }


def _moment(at: Any) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None
