"""Pages that save by themselves what is typed (autosave.js, held.js), as the server hears them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from lorbeer.shared import error_pages


def for_its_writer(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """What was typed on the page of one person is not saved as another's who has signed in since. A program names no page."""
    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **facts: Any) -> HttpResponse:
        if "Page-Of" in request.headers and not error_pages.is_for_reader(request):
            return error_pages.somebody_else(request)
        return view(request, *args, **facts)
    return asked


def came_late(request: HttpRequest) -> bool:
    """Whether the page on which it was typed is gone, and another sends it (held.js)."""
    return error_pages.SENT_LATE in request.headers


def late(request: HttpRequest, page: str, *, changed: bool, choose: str = "", over: str = "") -> dict[str, str]:
    """What is said of a text that was typed on a `page` that is gone: nothing where it had arrived all the same.

    `choose`: where two texts wait for a choice; `over`: why it would not count any more.
    """
    if not came_late(request) or not (changed or choose):
        return {}
    said = _("What you typed last in “%(page)s” had not arrived before you left the page, and the same was changed meanwhile. Both texts are"
             " kept.") if choose else _(
        "What you typed last in “%(page)s” had not arrived before you left the page. It is saved now.")
    return {"late": render_to_string("components/late.html", {
        "said": " ".join(filter(None, [said % {"page": page}, over])), "choose": choose, "tone": "warning" if choose else "success"}, request)}
