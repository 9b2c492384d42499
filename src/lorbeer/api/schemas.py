"""JSON Schemas (2020-12) of the answers, as the description carries them. Nothing may stand in an answer that is not here."""

from typing import Any

from lorbeer.call.models import Competition
from lorbeer.catalogue.queries import SIZE_LABELS
from lorbeer.register.models import LegalStatus
from lorbeer.shared.lands import NAMES
from lorbeer.shared.phases import BAR

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
COUNT: Schema = {"type": "integer", "minimum": 0}
YES_NO: Schema = {"type": "boolean"}
URL: Schema = {"type": "string", "format": "uri"}
SHA256: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
DAY: Schema = {"type": "string", "format": "date"}


def one_of(*values: str) -> Schema:
    return {"type": "string", "enum": list(values)}


def listed(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def maybe(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def thing(**properties: Schema) -> Schema:
    """An object with exactly these properties."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


_ASKED: dict[str, Schema] = {"asked": TEXT, "answered": TEXT, "widened": YES_NO}
_SEARCHED = _ASKED | {"search": maybe(ref("Search"))}
_EVERYWHERE = _ASKED | {"left_out": COUNT, "waiting": COUNT}


def page_of(name: str, schema: Schema, **own: Schema) -> Schema:
    return thing(**{"total": COUNT, "page": COUNT, "per_page": COUNT, "pages": COUNT, **own},
                 links=ref("Links"), **{name: listed(schema)})


_FACETS = listed(thing(name=TEXT, label=TEXT, parameter=TEXT, choices=listed(thing(value=TEXT, label=TEXT, count=COUNT, chosen=YES_NO))))


_COMPETITION = {"code": TEXT, "title": TEXT, "kind": TEXT, "aim": TEXT, "url": URL, "page": URL}
_EDITION = {"number": {"type": "integer", "minimum": 1}, "sha256": SHA256, "frozen_at": MOMENT, "published_at": maybe(MOMENT),
            "is_current": YES_NO, "url": URL}
_ENTRY = {
    "code": TEXT, "reference": TEXT, "title": TEXT, "applicant": TEXT, "round": WHOLE, "group": TEXT, "label_group": TEXT,
    "land": one_of("", *NAMES), "label_land": TEXT,
    "municipality": ref("Municipality"), "projects": listed(TEXT), "awards": listed(ref("Award")), "is_sample": YES_NO, "url": URL,
    "page": URL,
}
SCHEMAS: dict[str, Schema] = {
    "Links": thing(self=URL, first=URL, previous=maybe(URL), next=maybe(URL), last=URL),
    "CompetitionLine": thing(**_COMPETITION),
    "CompetitionPage": page_of("competitions", ref("CompetitionLine")),
    "Competition": thing(
        **_COMPETITION, sponsor=TEXT, office=TEXT, languages=listed(TEXT), time_zone=TEXT,
        applicants=one_of(*Competition.ApplicantKind.values), is_sample=YES_NO, sample_note=TEXT,
        phases=listed(thing(kind=one_of(*BAR), label=TEXT, round=WHOLE, starts_at=maybe(MOMENT), ends_at=maybe(MOMENT))),
        groups=listed(thing(code=TEXT, label=TEXT, heading=TEXT, is_special=YES_NO)),
        criteria=listed(thing(code=TEXT, number=WHOLE, label=TEXT)),
        prizes=listed(thing(code=TEXT, group=TEXT, label=TEXT, amount_cents=COUNT, up_to=YES_NO)),
        edition=maybe(ref("EditionLine")), links=thing(editions=URL, entries=URL, facets=URL, tables=URL)),
    "EditionLine": thing(**_EDITION),
    "EditionList": thing(editions=listed(ref("EditionLine"))),
    "Edition": thing(
        **_EDITION, state={"type": "string", "pattern": "^[0-9a-f]{16}$"}, changed_on=maybe(DAY), entries=COUNT, withheld=COUNT,
        licence=thing(code=TEXT, url=URL), files=listed(thing(name=TEXT, url=URL, size=COUNT, media_type=TEXT, sha256=SHA256))),
    "Municipality": thing(
        name=TEXT, official_key={"type": "string", "pattern": "^([0-9]{5}|[0-9]{8}|[0-9]{9})?$"}, legal_status=one_of("", *LegalStatus.values),
        label_legal_status=TEXT, population=maybe(COUNT), size_class=one_of("", *SIZE_LABELS), label_size_class=TEXT,
        latitude=maybe({"type": "number"}), longitude=maybe({"type": "number"})),
    "Award": thing(group=TEXT, label_group=TEXT, prize=TEXT, label_prize=TEXT, amount_cents=COUNT, project=TEXT),
    "EntryLine": thing(**_ENTRY),
    "Search": thing(
        words=TEXT, within_words=YES_NO, in_words=TEXT, address=URL,
        choices={"type": "object", "additionalProperties": listed(TEXT)}),
    "EntryPage": page_of("entries", ref("EntryLine"), **_SEARCHED, withheld=COUNT),
    "FoundEntry": thing(**_ENTRY, competition=ref("CompetitionLine"), year=maybe(WHOLE)),
    "FoundPage": page_of("entries", ref("FoundEntry"), **_EVERYWHERE),
    "Entry": thing(
        **_ENTRY, abstract=maybe(TEXT), contact=maybe(thing(office=TEXT, street=TEXT, postcode=TEXT, town=TEXT, website=TEXT)),
        answers=maybe({"type": "object", "additionalProperties": listed(TEXT)}),
        label_answers=maybe({"type": "object", "additionalProperties": thing(label=TEXT, values=listed(TEXT))}),
        portraits=listed(thing(
            group=TEXT, project=TEXT, description=TEXT, reasons=TEXT,
            picture=maybe(thing(url=URL, alternative_text=TEXT, credit=TEXT, caption=TEXT, is_sample=YES_NO)))),
        edition=maybe(WHOLE)),
    "FacetList": thing(**_SEARCHED, total=COUNT, facets=_FACETS),
    "FoundFacetList": thing(**_EVERYWHERE, total=COUNT, facets=_FACETS),
    "TableLine": thing(code=TEXT, number=WHOLE, title=TEXT, url=URL, page=URL),
    "TableList": thing(edition=maybe(ref("EditionLine")), tables=listed(ref("TableLine"))),
    "Table": thing(
        code=TEXT, number=WHOLE, title=TEXT, note=TEXT, kind=one_of("cross", "choices"), base=maybe(COUNT),
        shares=one_of("row", "column", "total"),
        columns=listed(thing(code=TEXT, label=TEXT)),
        rows=listed(thing(
            code=maybe(TEXT), label=TEXT, base=maybe(COUNT), is_total=YES_NO,
            cells={"type": "object", "additionalProperties": thing(count=maybe(COUNT), percent=maybe({"type": "number"}))})),
        edition=ref("EditionLine"), page=URL),
    "Problem": {
        "type": "object", "required": ["type", "title", "status", "detail"], "additionalProperties": False,
        "properties": {"type": TEXT, "title": TEXT, "status": WHOLE, "detail": TEXT, "errors": listed(thing(parameter=TEXT, detail=TEXT))}},
}
