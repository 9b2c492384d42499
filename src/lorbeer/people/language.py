"""The language of the pages: what somebody has chosen stays with their account, in whichever browser they sign in."""

import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from lorbeer.shared.error_pages import SIGN_IN
from lorbeer.shared.text import house_language


def own_language_first(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: speak the language of the account, not that which the browser was left in.

    Those who read a call in a language that the house does not speak get the house's for it, and keep it while they sign in.
    """
    # Models are there by now.
    from lorbeer.people.access import competition_come_from, own_language, speak_as

    def spoken(request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        if (language := own_language(request)) in dict(settings.LANGUAGES):
            translation.activate(language)
        elif re.fullmatch("[a-z]{2}", chosen):
            translation.activate(house_language(chosen))
        if request.path.startswith(SIGN_IN) and (competition := competition_come_from(request)):
            speak_as(competition, request)
        request.LANGUAGE_CODE = house_language(translation.get_language() or settings.LANGUAGE_CODE)
        return get_response(request)

    return spoken
