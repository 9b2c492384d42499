"""Turns foreseen errors into pages; nothing else catches them. What nobody foresaw goes on to be logged."""

from collections.abc import Callable

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import resolve_url
from django.utils import timezone

from lorbeer.shared import clock, error_pages
from lorbeer.shared.errors import BadInput, Busy, LorbeerError, NotStored, Refused


def arrival_stamp(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """`request.arrived_at`: when the request came in, before anything has waited for the database. Deadlines ask for it."""
    def stamped(request: HttpRequest) -> HttpResponse:
        request.arrived_at = clock.now()  # type: ignore[attr-defined]
        return get_response(request)

    return stamped


SECRETS_IN_ADDRESS = {"token", "key"}


def private_answers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """No cache keeps what is meant for one person: answers to somebody with a session, and links that hold a secret.

    Pages are asked for anew and may stay behind the back button with what was typed; files and secrets are kept nowhere.
    What says itself how it may be kept (public files, say) is left alone.
    """
    def kept_private(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if "Cache-Control" in response:
            return response
        found = request.resolver_match
        is_secret = found is not None and not SECRETS_IN_ADDRESS.isdisjoint(found.kwargs)
        if is_secret or settings.SESSION_COOKIE_NAME in request.COOKIES or settings.SESSION_COOKIE_NAME in response.cookies:
            is_page = response.get("Content-Type", "").startswith("text/html") and "Content-Disposition" not in response
            response["Cache-Control"] = "private, no-cache" if is_page and not is_secret else "private, no-store"
        return response

    return kept_private


class ErrorPages:
    """Refused becomes 403 with its reason, another LorbeerError 409 (BadInput 400, no room for a file 507), Busy and a busy database 503.

    A bare 405, 413 or 429 gets its page, and a form sent after the session has ended keeps what was typed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        timezone.deactivate()                                           # the zone of the page before must not stay
        if holds_nul(request):
            return error_pages.bad_request(request)
        take_nul_out_of_query(request)
        response = self.get_response(request)
        if wants_page(request):
            if response.status_code == 405 and not response.content:
                return error_pages.method_not_allowed(request, response)
            if response.status_code == 429 and b"<html" not in response.content:
                return error_pages.too_many(request, response)
        if is_lost_session(request, response):
            return error_pages.session_expired(request, sign_in_url=response.headers["Location"])
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refused):
            return error_pages.refused(request, str(exception))
        if isinstance(exception, NotStored):
            return error_pages.said(request, exception, status=507)
        if isinstance(exception, BadInput):
            return error_pages.said(request, exception, status=400)
        if isinstance(exception, Busy):
            return error_pages.said(request, exception, status=503)
        if isinstance(exception, LorbeerError):
            return error_pages.said(request, exception, status=409)
        if isinstance(exception, OperationalError | InterfaceError):
            return error_pages.database_unavailable(request, exception)
        return None


def holds_nul(request: HttpRequest) -> bool:
    """A NUL in path or cookies: nobody types one, and PostgreSQL cannot even look for it. Forms refuse it themselves."""
    return any("\0" in text for text in (request.path, *request.COOKIES.values()))


def take_nul_out_of_query(request: HttpRequest) -> None:
    """A word that was pasted into a search with a NUL in it is looked for without."""
    if any("\0" in text for name, values in request.GET.lists() for text in (name, *values)):
        query = QueryDict(mutable=True)
        for name, values in request.GET.lists():
            query.setlist(name.replace("\0", ""), [value.replace("\0", "") for value in values])
        request.GET = QueryDict(query.urlencode())


def wants_page(request: HttpRequest) -> bool:
    """Whether a person reads the answer: not where JSON alone is accepted."""
    accepted = request.headers.get("Accept", "*/*")
    return "text/html" in accepted or "*/*" in accepted


def is_lost_session(request: HttpRequest, response: HttpResponse) -> bool:
    """Somebody sent a form and is asked to sign in instead: what they typed must not be lost on the way."""
    if request.method != "POST" or response.status_code != 302 or not error_pages.kept_fields(request):
        return False
    person = getattr(request, "user", None)
    sign_in = resolve_url(settings.LOGIN_URL)
    return (
        person is not None and not person.is_authenticated
        and response.headers.get("Location", "").startswith(sign_in) and not request.path.startswith(sign_in)
    )


