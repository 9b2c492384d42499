"""The API as an OpenAPI 3.1 document, made of what endpoints.py declares."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from lorbeer import __version__
from lorbeer.api.endpoints import ENDPOINTS, PATH_PARAMETERS, Endpoint
from lorbeer.api.middleware import ROOT
from lorbeer.api.parameters import LANGUAGE, Parameter
from lorbeer.api.problems import MEDIA_TYPE
from lorbeer.api.schemas import SCHEMAS, ref
from lorbeer.catalogue.open_data import LICENCE, LICENCE_URL

VERSION = "1.0.0"


def openapi() -> dict[str, Any]:
    """The document in the active language."""
    return {
        "openapi": "3.1.0", "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": _("Lorbeer: read API"), "version": VERSION, "x-software-version": __version__,
            "summary": _("Public competitions, their entries and figures"),
            "description": _("Everything that the public pages of this installation tell, as JSON. No key is needed. Answers may be read from "
                             "any web page (CORS). Each carries an ETag: send it back as If-None-Match, and an answer that has not changed "
                             "costs nothing (304). Within /api/v1/ keys are added, never renamed or taken away."),
            "license": {"name": f"{LICENCE} (Datenlizenz Deutschland – Namensnennung – Version 2.0)", "url": LICENCE_URL},
        },
        "servers": [{"url": settings.BASE_URL + ROOT.rstrip("/")}],
        "paths": {f"/{one.path}": {"get": _operation(one)} for one in ENDPOINTS},
        "components": {"schemas": SCHEMAS},
    }


def _operation(one: Endpoint) -> dict[str, Any]:
    problems = {"400": _("A parameter is wrong or unknown")} if one.query else {"400": _("A parameter is unknown")}
    if one.in_path:
        problems["404"] = _("Nothing public is there")
    if any(parameter.name == "group" for parameter in one.query):
        problems["422"] = _("A filter names what there is not")
    return {
        "operationId": one.name.removeprefix("api_"), "summary": str(one.summary), "description": str(one.meaning),
        "parameters": [
            *({"name": name, "in": "path", "required": True, "description": str(PATH_PARAMETERS[name][0]), "schema": PATH_PARAMETERS[name][1]}
              for name in one.in_path),
            *(_parameter(parameter) for parameter in (*one.query, LANGUAGE)),
        ],
        "responses": {
            "200": {"description": str(one.summary), "headers": {
                "ETag": {"description": _("Name of this answer; see If-None-Match"), "schema": {"type": "string"}},
                "Content-Language": {"description": _("Language of labels"), "schema": {"type": "string"}}},
                "content": {"application/json": {"schema": ref(one.answer)}}},
            "304": {"description": _("Not changed since the ETag that was sent")},
            **{status: {"description": words, "content": {MEDIA_TYPE: {"schema": ref("Problem")}}} for status, words in problems.items()},
        },
    }


def _parameter(one: Parameter) -> dict[str, Any]:
    found: dict[str, Any] = {"name": one.name, "in": "query", "required": False, "description": str(one.meaning), "schema": one.schema()}
    return found | {"style": "form", "explode": True} if one.many else found
