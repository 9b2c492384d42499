"""One page per kind of error: what happened, what it means, what to do; and everything typed is kept."""

import errno
import logging
import re
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from lorbeer.shared.errors import BadInput

logger = logging.getLogger("lorbeer.errors")

# Words in the names of fields whose content is never shown again; `code` is one where people sign in, but not elsewhere.
SECRETS = re.compile(r"(^|[-_])(password\d?|passwort|oldpassword|token|secret|otp|recovery|credential|csrfmiddlewaretoken)($|[-_])", re.I)
SIGN_IN = "/account/"
LABELS = {
    "title": gettext_lazy("Title"), "text": gettext_lazy("Text"), "name": gettext_lazy("Name"), "email": gettext_lazy("E-mail"),
    "login": gettext_lazy("E-mail"), "applicant": gettext_lazy("Who applies?"), "kind": pgettext_lazy("field", "Kind"),
    "language": gettext_lazy("Language"), "reason": gettext_lazy("Reason"), "note": gettext_lazy("Note"), "sender": gettext_lazy("Sender"),
    "subject": gettext_lazy("Subject"), "description": gettext_lazy("Description"), "reasons": gettext_lazy("Reasons"),
    "day": gettext_lazy("Day"), "amount": gettext_lazy("Amount"), "land": gettext_lazy("Land"), "group": gettext_lazy("Award group"),
}
# Hidden fields of the house: sent again, but nothing that somebody typed. Nor is what is nothing but a fingerprint, whatever it is called.
HIDDEN = frozenset({
    "ballot", "certificate_seen", "columns", "competition", "confirmed", "count", "decision", "is_final", "known", "next", "number", "page",
    "receipt", "revision", "searched", "seen", "sent_from", "shown", "sort", "start", "token", "up_to",
})
FINGERPRINT = re.compile(r"[0-9a-f]{32,}")
# What a page that keeps by itself says where it was not heard (autosave.js): its reader does not see the page of the error.
SENTENCES = {
    "bad_request": gettext_lazy("What your browser sent is incomplete or damaged. Nothing has been changed."),
    "csrf": gettext_lazy("This page has stood open for too long to save by itself. Press Save: then you see once more what you typed."),
    "database": gettext_lazy("The database is busy or being looked after, so this could not be done just now. Nothing has been stored."),
    "method": gettext_lazy("This address does not take what was sent to it. Nothing has been changed."),
    "no_room": gettext_lazy("The server has no room left, so nothing could be stored. What was stored before is safe."),
    "not_found": gettext_lazy("What you work on is not open to you any more: somebody may have taken you off it, or removed it. Ask those with "
                              "whom you worked."),
    "refused": gettext_lazy("That is not open to you. Nothing has been changed."),
    "sent_too_often": gettext_lazy("Too much has been sent in a short time, so this was not accepted now. It will be again in a while."),
    "server_error": gettext_lazy("That was our fault, not yours. The error has been recorded."),
    "somebody_else": gettext_lazy("Somebody else is signed in by now in this browser, so nothing is saved in their name. Copy what you typed "
                                  "before you close this page."),
    "session": gettext_lazy("You are not signed in any more. As soon as you are, this page saves by itself."),
    "too_large": gettext_lazy("What you typed is larger than this page accepts. Shorten the text."),
    "too_many": gettext_lazy("There were too many attempts in a short time. Wait half an hour, then try again."),
}

PAGE_OF = "_of"                                                         # name of the hidden input: whose page it is, as the header says it
SENT_LATE = "Sent-Late"                                                 # header: the page on which it was typed is gone (held.js)
SOMEBODY_ELSE = gettext_lazy(
    "Somebody else is signed in by now in this browser, so nothing is saved in their name. Who typed it goes back one page to copy it; "
    "where scripts run, it is saved by itself as soon as they have signed in again in this window.")
_NOT_SAVED = gettext_lazy("What you typed last on a page that you left could not be saved. %(reason)s")
LATE = {
    "refused": _NOT_SAVED, "not_found": _NOT_SAVED, "said": _NOT_SAVED,
    "session": gettext_lazy("What was typed last on a page of yours has not been saved yet: you were not signed in any more. As soon as you "
                            "have signed in in this window, it is saved by itself."),
}


def kept_fields(request: HttpRequest, *, plain: bool = False) -> list[dict[str, Any]]:
    """What somebody typed, as name, value and whether it is long; without secrets and files.

    A view whose fields are questions sets `request.labels_of_fields`, a function that gives the label of each name. A `plain`
    page does not ask it.
    """
    try:
        posted = request.POST
    except Exception:                                                   # noqa: BLE001 - a broken body has nothing to keep
        return []
    labels = {} if plain else _labels_of(request, list(posted))
    found: list[dict[str, Any]] = []
    for name, value in ((name, value) for name, values in posted.lists() if not is_secret(request, name) for value in values if value.strip()):
        machine = name not in labels and (name.startswith("_") or name in HIDDEN or bool(FINGERPRINT.fullmatch(value)))
        number = 1 + sum(not field["machine"] for field in found)       # as people count: without what they do not see
        found.append({"name": name, "value": value, "long": len(value) > 80 or "\n" in value, "machine": machine,
                      "label": labels.get(name) or field_label(name, number)})
    return found


def _labels_of(request: HttpRequest, names: list[str]) -> dict[str, str]:
    labels_of: Callable[[list[str]], dict[str, str]] | None = getattr(request, "labels_of_fields", None)
    try:
        return labels_of(names) if labels_of else {}
    except Exception:                                                   # noqa: BLE001 - an error page must not fail
        return {}


def field_label(name: str, number: int) -> str:
    """What a field is called here, where its form is not at hand; names are for programs."""
    return str(LABELS.get(name.split("-")[-1], "")) or _("Answer %(number)d") % {"number": number}


def is_secret(request: HttpRequest, name: str) -> bool:
    return bool(SECRETS.search(name)) or name == "code" and request.path.startswith(SIGN_IN)


def is_from_here(request: HttpRequest) -> bool:
    """Whether our own page sent this form: only then may one click send it again.

    A form that a strange page sent must not become ours by a button below a friendly sentence.
    """
    site = request.headers.get("Sec-Fetch-Site", "")
    if site:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin") or request.headers.get("Referer", "")
    return bool(origin) and urlsplit(origin).netloc == request.get_host()


def writer_of(request: HttpRequest) -> str | None:
    """Whose page this comes from, where that page says it: one that saves by itself does."""
    try:
        return request.headers.get("Page-Of", request.POST.get(PAGE_OF))
    except Exception:                                                   # noqa: BLE001 - a broken body says nothing
        return None


def is_for_reader(request: HttpRequest) -> bool:
    """Whether the page was made for whoever is signed in now, if anybody is: what one person typed is not saved as another's."""
    return getattr(getattr(request, "user", None), "code", "") in ("", writer_of(request))


def answer(request: HttpRequest, name: str, status: int, /, *, plain: bool = False, **facts: Any) -> HttpResponse:
    """The error page `name`. `plain` pages touch neither session nor database. Falls back to a plain one.

    To programs it is JSON: `error`, a sentence where there is one; and what one of our own pages needs to be heard, `sign_in` or `seal`.
    """
    accepted = request.headers.get("Accept", "text/html")
    if "text/html" not in accepted and "application/json" in accepted:
        told = {"error": str(facts.get("reason") or SENTENCES.get(name, SENTENCES["server_error"])), "status": status}
        if name == "session":
            told["sign_in"] = facts["sign_in_url"].partition("?")[0]    # it leads on to where people start; the page itself is open already
        if name == "csrf" and facts["again"]:
            if is_for_reader(request):
                told["seal"] = get_token(request)
            else:
                told["error"] = str(SENTENCES["somebody_else"])
        if SENT_LATE in request.headers and name in LATE:
            told["late"] = _late(request, name, str(told["error"]))
        return JsonResponse(told, status=status)
    facts |= {"status": status, "path": request.path, "is_typed": any(not field["machine"] for field in facts.get("fields") or ())}
    try:
        html = render_to_string(f"errors/{name}.html", facts, None if plain else request)
    except Exception:                                                   # noqa: BLE001 - an error page must not fail
        if plain:
            raise
        logger.exception("error page %s", name)
        html = render_to_string("errors/server_error.html", facts)
        status = max(status, 400)
    response = HttpResponse(html, status=status)
    response.is_lorbeer_page = True  # type: ignore[attr-defined]
    response.headers["Cache-Control"] = "no-store"
    return response


def _late(request: HttpRequest, name: str, reason: str) -> str:
    """What is said of a text whose page is gone: that it waits, or that it can only be copied; to nobody but its writer."""
    if name == "session":
        return render_to_string("components/late.html", {"said": str(LATE[name]), "tone": "info"}, request)
    if not is_for_reader(request):
        return ""
    return render_to_string("components/late.html", {
        "said": LATE[name] % {"reason": reason}, "tone": "warning", "fields": kept_fields(request)}, request)


def somebody_else(request: HttpRequest) -> HttpResponse:
    """403: the page belongs to somebody who is not signed in any more."""
    by_itself = "Page-Of" in request.headers                            # then the page with what was typed is open still
    return answer(request, "refused", 403, reason=str(SENTENCES["somebody_else"] if by_itself else SOMEBODY_ELSE), fields=[])


def refused(request: HttpRequest, reason: str) -> HttpResponse:
    """403 with the reason; what was typed can be copied, but to send it again would be refused again."""
    return answer(request, "refused", 403, reason=reason, fields=kept_fields(request) if request.method == "POST" else [])


def said(request: HttpRequest, error: Exception, status: int) -> HttpResponse:
    """What a LorbeerError says, with what was typed: 400 for bad input, 409 for an act that is not possible now, 503 for one that
    is in a moment."""
    faults = error.faults if isinstance(error, BadInput) else [str(error)]
    fields = kept_fields(request)
    response = answer(request, "said", status, reason=str(error), faults=faults, fields=fields,
                      again=bool(fields) and is_from_here(request), full_path="" if request.method == "POST" else request.get_full_path())
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response


def database_unavailable(request: HttpRequest, error: BaseException) -> HttpResponse:
    """503: the database is locked, full or away. Needs no database itself; nothing was stored, so one may try again."""
    logger.error("database unavailable at %s: %s", request.path, type(error).__name__, exc_info=error)
    full = "full" in str(error).lower()
    fields = kept_fields(request, plain=True)
    response = answer(request, "database", 503, plain=True, fields=fields, method=request.method, full=full,
                      again=is_from_here(request), csrf_token=get_token(request), full_path=request.get_full_path())
    response.headers["Retry-After"] = "5"
    return response


def no_room(request: HttpRequest, error: BaseException) -> HttpResponse:
    """507: the disk is full where a large upload is laid aside, before any page has read it."""
    logger.error("no room on the disk at %s", request.path, exc_info=error)
    return answer(request, "no_room", 507, plain=True)


def method_not_allowed(request: HttpRequest, bare: HttpResponse) -> HttpResponse:
    response = answer(request, "method", 405, back=_back(request))
    response.headers["Allow"] = bare.headers.get("Allow", "")
    return response


def too_many(request: HttpRequest, bare: HttpResponse) -> HttpResponse:
    """429: too many attempts, such as wrong passwords."""
    response = answer(request, "too_many", 429)
    if "Retry-After" in bare.headers:
        response.headers["Retry-After"] = bare.headers["Retry-After"]
    return response


def sent_too_often(request: HttpRequest, *, seconds: int, by_many: bool) -> HttpResponse:
    """429: this form came too often (see limits.py), from one connection (`by_many`) or about one address or account."""
    fields = kept_fields(request)
    response = answer(request, "sent_too_often", 429, fields=fields, again=bool(fields) and is_from_here(request),
                      minutes=-(-seconds // 60), hours=-(-seconds // 3600) if seconds > 2 * 3600 else 0, by_many=by_many)
    response.headers["Retry-After"] = str(seconds)
    return response


def session_expired(request: HttpRequest, *, sign_in_url: str) -> HttpResponse:
    """The session ended while somebody was writing: sign in beside it, then send again."""
    fields = kept_fields(request)
    return answer(request, "session", 403, fields=fields, again=is_from_here(request), sign_in_url=sign_in_url,
                  files=_had_files(request))


# --- Django's own doors: handler400 … handler500, CSRF_FAILURE_VIEW ---------------------------------------------------


def bad_request(request: HttpRequest, exception: BaseException | None = None) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return answer(request, "too_large", 413, plain=True)
    return answer(request, "bad_request", 400, plain=True)


def permission_denied(request: HttpRequest, exception: BaseException | None = None) -> HttpResponse:
    reason = str(exception) if isinstance(exception, PermissionDenied) else ""
    return refused(request, reason or _("You do not have the role that this page needs."))


def not_found(request: HttpRequest, exception: BaseException | None = None) -> HttpResponse:
    """404; what was typed on a page that is closed to its writer by now can be copied. It says nothing but what they sent."""
    return answer(request, "not_found", 404, fields=kept_fields(request) if request.method == "POST" else [])


def server_error(request: HttpRequest) -> HttpResponse:
    """500 without a database; 503 where it was the database that failed outside of a view."""
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError):
        return database_unavailable(request, error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return no_room(request, error)
    return answer(request, "server_error", 500, plain=True)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's seal is missing or old, mostly because somebody signed in or out in another window meanwhile."""
    if writer_of(request) is not None and not is_for_reader(request):
        return somebody_else(request)
    fields = kept_fields(request)
    return answer(request, "csrf", 403, fields=fields, again=is_from_here(request), files=_had_files(request))


def _had_files(request: HttpRequest) -> bool:
    try:
        return bool(request.FILES)
    except Exception:                                                   # noqa: BLE001 - a broken body has no files
        return False


def _back(request: HttpRequest) -> str:
    referer = urlsplit(request.headers.get("Referer", ""))
    return referer.path if referer.netloc == request.get_host() else ""


