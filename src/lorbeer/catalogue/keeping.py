"""How public pages may be kept: asked for anew each time, so that what was taken back is gone from every cache at once."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

View = Callable[..., HttpResponseBase]


def read_anew(view: View) -> View:
    """No cache answers for `view` by itself. Of people with a session nothing is said here: `private_answers` is stricter."""
    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **names: Any) -> HttpResponseBase:
        response = view(request, *args, **names)
        if "Cache-Control" not in response and settings.SESSION_COOKIE_NAME not in request.COOKIES:
            response["Cache-Control"] = "no-cache"
        return response

    return answered
