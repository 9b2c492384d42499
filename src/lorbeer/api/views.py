"""From a request to an answer: parameters, language, ETag. The answers themselves are in answers.py."""

import hashlib
import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, QueryDict
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import parse_etags
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from lorbeer.api import description, parameters, problems
from lorbeer.api.endpoints import ENDPOINTS, PATH_PARAMETERS, Endpoint
from lorbeer.api.middleware import METHODS, ROOT
from lorbeer.api.problems import Problem
from lorbeer.catalogue.open_data import LICENCE_URL
from lorbeer.people.access import competitions_visible_to


@csrf_exempt                                                            # nothing is written here, whatever is sent
def answer(request: HttpRequest, endpoint: Endpoint | None = None, rest: str = "", **names: Any) -> HttpResponse:
    """The JSON of an endpoint (without one: its absence), in the language asked for."""
    with translation.override(_language(request)):
        try:
            if request.method not in ("GET", "HEAD"):
                raise Problem(405, _("This API only reads. Use GET."), allow=METHODS)
            if endpoint is None:
                raise Problem(404, _("There is nothing at this address. What there is stands in %(description)s.") % {
                    "description": f"{ROOT}openapi.json"})
            asked = QueryDict(request.META.get("QUERY_STRING", ""))     # as it was sent: pages read on where there is a NUL in it
            found = endpoint.tell(request, parameters.read(endpoint.query, asked), **names)
        except Problem as problem:
            return _in_language(problems.answer(problem))
        return _kept(request, found)


@csrf_exempt
def api_description(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document."""
    with translation.override(_language(request)):
        if request.method not in ("GET", "HEAD"):
            return problems.answer(Problem(405, _("This API only reads. Use GET."), allow=METHODS))
        return _kept(request, description.openapi())


@require_safe
def api_reference(request: HttpRequest) -> HttpResponse:
    """The same to read: what can be asked, and what is answered."""
    first = competitions_visible_to(None).values_list("code", flat=True).first() or "zusammenleben2017"
    return render(request, "api/reference.html", {
        "document": description.openapi(), "root": settings.BASE_URL + ROOT, "licence_url": LICENCE_URL,
        "endpoints": [
            {"endpoint": one, "parameters": [
                {"name": name, "meaning": PATH_PARAMETERS[name][0], "values": _("in the path")} for name in one.in_path
            ] + [{"name": parameter.name, "meaning": parameter.meaning, "values": _values(parameter)} for parameter in one.query],
             "example": _example(one, first)} for one in ENDPOINTS],
        "language": parameters.LANGUAGE,
        "breadcrumb": [(_("Read API"), "")],
    })


def _values(one: parameters.Parameter) -> str:
    if one.least is not None:
        found = f"{one.least}–{one.most}"
    else:
        found = ", ".join(one.choices) or one.pattern or _("text")
    return _("%(values)s; may be repeated") % {"values": found} if one.many else found


def _example(one: Endpoint, code: str) -> str:
    """An address that can be opened; of single things there is none that exists everywhere."""
    if set(one.in_path) - {"competition"}:
        return ""
    return f"{ROOT}{one.path.replace('{competition}', code)}{'?' if one.example else ''}{one.example}"


def _language(request: HttpRequest) -> str:
    """`?language=`, else the reader's, else German: never a cookie's."""
    known = dict(settings.LANGUAGES)
    read = [code.split("-")[0] for code, _quality in parse_accept_lang_header(request.headers.get("Accept-Language", "").lower())]
    return next((code for code in (request.GET.get("language", ""), *read) if code in known), settings.LANGUAGE_CODE)


def _in_language(response: HttpResponse) -> HttpResponse:
    response.headers["Content-Language"] = translation.get_language() or settings.LANGUAGE_CODE
    return response


def _kept(request: HttpRequest, found: dict[str, Any]) -> HttpResponse:
    """The answer, or 304 where the reader has it. Caches may keep it, but ask anew each time: what was taken back is gone at once."""
    content = json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    had = {one.removeprefix("W/") for one in parse_etags(request.headers.get("If-None-Match", ""))}
    response: HttpResponse = HttpResponseNotModified() if had & {etag, "*"} else HttpResponse(content, content_type="application/json")
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "public, no-cache"
    links = [f'<{ROOT}openapi.json>; rel="service-desc"', f'<{LICENCE_URL}>; rel="license"']
    links += [f'<{at}>; rel="{"prev" if name == "previous" else name}"' for name, at in found.get("links", {}).items()
              if at and name in ("first", "previous", "next", "last")]
    response.headers["Link"] = ", ".join(links)
    return _in_language(response)
