"""The language of the pages: what somebody has chosen stays with their account, in whichever browser they sign in."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation


def own_language(request: HttpRequest) -> str:
    """The language that the one who is signed in has chosen; empty where nobody is, or nothing was chosen yet."""
    person = request.user
    return person.language if person.is_authenticated and person.language_chosen else ""


def own_language_first(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: speak the language of the account, not that which the browser was left in."""
    def spoken(request: HttpRequest) -> HttpResponse:
        if (language := own_language(request)) in dict(settings.LANGUAGES):
            translation.activate(language)
            request.LANGUAGE_CODE = language
        return get_response(request)

    return spoken
