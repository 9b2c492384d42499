"""Pages that save by themselves what is typed (autosave.js, held.js), as the server hears them."""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Protocol, TypeVar

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from lorbeer.shared import codes, error_pages
from lorbeer.shared.errors import LorbeerError

PAGE = "_page"                                                          # name of the hidden input: the page, and how often it has sent


def for_its_writer(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """What was typed on the page of one person is not saved as another's who has signed in since. A program names no page."""
    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **facts: Any) -> HttpResponse:
        if error_pages.writer_of(request) is not None and not error_pages.is_for_reader(request):
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


# --- pages and their turns: of two texts, which is the newer one, and of whom -----------------------------------------------


class Sent(Protocol):
    """A text as a page sent it: it stands there, stood there, or was refused, as another had changed the same, and waits for a choice."""

    page: str
    turn: int
    value: Any
    was_refused: bool
    settled_at: Any                                                     # when somebody chose between it and what stood there; None: nobody has


MOST_WAITING = 10                                                       # texts of one person in one field: more nobody can choose between
AnySent = TypeVar("AnySent", bound=Sent)


@dataclass(frozen=True)
class Page:
    """The page of one person that sends what they type. `turn`: how often it has sent by then, so that of two requests the later one is
    known, whichever arrives first, and what was sent once more because no answer came is not taken for a second text."""

    code: str
    turn: int = 0

    def wrote(self, one: Any) -> bool:
        return bool(self.code) and one is not None and one.page == self.code

    def was_overtaken(self, standing: Any) -> bool:
        """Whether a later request of the same page has brought what stands there."""
        return self.wrote(standing) and self.turn < standing.turn

    def only_repeats(self, value: Any, before: Iterable[Sent]) -> bool:
        """Whether a text comes once more: it is older than one of its page that is done with, or is the last of them. Done with is what stood
        there before another window changed it, and what somebody has chosen on. `before`: what was sent so far, without what stands there."""
        own = sorted((one for one in before if self.wrote(one)), key=lambda one: one.turn)
        done = [one for one in own if not one.was_refused or one.settled_at is not None]
        return any(one.turn > self.turn for one in done) or (bool(own) and own[-1] in done and own[-1].value == value)

    def text_among(self, waiting: Iterable[AnySent], value: Any) -> AnySent | None:
        """Which of the texts that wait for a choice this one is: the same words, or what its page sent of it so far, else a page that sends
        by itself would fill the choice with each stage of one text."""
        waiting = list(waiting)
        return next((one for one in waiting if one.value == value), None) or next((one for one in waiting if self.wrote(one)), None)


class NoRoom(LorbeerError):  # noqa: N818 - a sentence for people, like the others
    """Texts of these fields were not saved, as so many of their writer wait for a choice there already. Their page still shows them."""

    def __init__(self, labels: Iterable[str]) -> None:
        super().__init__(_(
            "Not saved: %(labels)s. %(most)d texts of yours wait for a choice there already. Please choose between those first; then this one"
            " can be saved, too. Everything else is saved.") % {"labels": ", ".join(labels), "most": MOST_WAITING})


NOBODYS = Page("")                                                      # that of a program


def new_page() -> str:
    """What a page that is drawn now says of itself in its hidden input."""
    return f"{codes.new_code()}:0"


def page_of(request: HttpRequest) -> Page:
    """The page that sent this. In the hands of somebody else it is another one; one that does not say it is nobody's."""
    found = re.fullmatch(r"([\w-]{1,20}):(\d{1,6})", request.POST.get(PAGE, ""), re.ASCII)
    writer = getattr(request.user, "code", "")
    return Page(hashlib.sha256(f"{writer} {found[1]}".encode()).hexdigest()[:20], int(found[2])) if found else NOBODYS
