"""The doors of the API: everybody is nobody there, every web page may read it, and every refusal is one that programs understand."""

import json
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from lorbeer.api.problems import MEDIA_TYPE, Problem, answer

ROOT = "/api/v1/"
METHODS = "GET, HEAD, OPTIONS"
CORS = {
    "Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag, Link, Content-Language, Retry-After",
    "Cross-Origin-Resource-Policy": "cross-origin", "X-Content-Type-Options": "nosniff",
}
PREFLIGHT = {
    "Access-Control-Allow-Methods": METHODS, "Access-Control-Allow-Headers": "Accept, Accept-Language, If-None-Match",
    "Access-Control-Max-Age": "86400", "Allow": METHODS,
}


def open_doors(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, outside of sessions: what is asked under ROOT is asked without cookies, so that nobody's role or language matters."""
    def answered(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(ROOT):
            return get_response(request)
        request.COOKIES = {}
        request.META.pop("HTTP_COOKIE", None)
        response = HttpResponse(status=204, headers=PREFLIGHT) if request.method == "OPTIONS" else get_response(request)
        if response.status_code >= 400 and response.headers.get("Content-Type") != MEDIA_TYPE:
            response = _as_problem(response)
        # Without cookies nothing depends on them, whatever the layers below have noted.
        response.headers["Vary"] = "Accept-Language"
        for name, value in CORS.items():
            response.headers[name] = value
        return response

    return answered


def _as_problem(found: HttpResponse) -> HttpResponse:
    """A page of the house that refuses (too large, broken, no database, our fault) as a problem with the same status."""
    said = {400: _("The request is broken. Check its address."), 404: _("There is nothing at this address."),
            503: _("The server is busy. Ask again in a few seconds.")}
    response = answer(Problem(found.status_code, _reason(found) or said.get(found.status_code) or _("The request was not answered.")))
    for name in ("Retry-After", "Allow"):
        if name in found.headers:
            response.headers[name] = found.headers[name]
    return response


def _reason(found: HttpResponse) -> str:
    if not found.headers.get("Content-Type", "").startswith("application/json"):
        return ""
    reason = json.loads(found.content).get("error", "")
    return reason if " " in reason else ""                              # a sentence, not the name of a page
