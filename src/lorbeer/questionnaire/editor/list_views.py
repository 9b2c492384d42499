"""Screens of the editor: lists of options, title and languages."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from lorbeer.questionnaire.definition import Form
from lorbeer.questionnaire.editor import checks, lists, services
from lorbeer.questionnaire.editor.item_views import SEEN, outline_at, with_places
from lorbeer.questionnaire.editor.list_form import ListForm
from lorbeer.questionnaire.editor.references import list_users
from lorbeer.questionnaire.editor.services import words_of
from lorbeer.questionnaire.editor.structure_forms import HeadingForm
from lorbeer.questionnaire.editor.views import breadcrumb, opened
from lorbeer.questionnaire.values import in_language
from lorbeer.shared.errors import BadInput, LorbeerError
from lorbeer.shared.text import listed


def _list_digest(form: Form, name: str) -> str:
    return services.digest_of(form.to_json()["lists"].get(name, []))


def _heading_digest(form: Form) -> str:
    facts = form.to_json()
    return services.digest_of({name: facts[name] for name in ("title", "code", "languages", "default_language")})


@require_GET
def options_list(request: HttpRequest, competition: str) -> HttpResponse:
    found, _working, form = opened(request, competition)
    rows = [{"name": name, "count": len(choices),
             "words": listed([*(in_language(choice.label) or choice.code for choice in choices[:8]), *(["…"] if len(choices) > 8 else [])]),
             "users": [(words_of(question), question.name) for question in list_users(form, name)]}
            for name, choices in form.lists.items()]
    return render(request, "questionnaire/options_list.html", {
        "competition": found, "rows": rows, "back": outline_at(found), "breadcrumb": breadcrumb(found, (_("Lists of options"), ""))})


@require_http_methods(["GET", "POST"])
def options_add(request: HttpRequest, competition: str) -> HttpResponse:
    return _options(request, competition, "")


@require_http_methods(["GET", "POST"])
def options_edit(request: HttpRequest, competition: str, listing: str) -> HttpResponse:
    return _options(request, competition, listing)


def _options(request: HttpRequest, code: str, listing: str) -> HttpResponse:
    found, working, form = opened(request, code)
    if listing and listing not in form.lists:
        if request.method == "GET":
            raise Http404
        messages.warning(request, _("The list “%(name)s” is not in the questionnaire any more.") % {"name": listing[:60]})
        return redirect("questionnaire:options_list", found.code)
    sent = request.POST if request.method == "POST" else None
    start = (request.POST if sent is not None else request.GET).get("start", "")
    page = ListForm(form, listing, start=int(start) if start.isascii() and start.isdigit() and len(start) < 6 else 0, data=sent)
    conflict, status = "", 200
    if request.method == "POST":
        status = 400
        is_delete = bool(listing) and "_delete" in request.POST
        if page.is_valid() and not page.wants_more:
            try:
                changed = services.change(
                    working, (lambda now: lists.delete_list(now, listing)) if is_delete else page.apply, act="options",
                    what=page.read("name", listing), by=request.user, seen=request.POST.get(SEEN, "") if listing else "",
                    look=lambda now: _list_digest(now, listing))
            except services.ChangedMeanwhile as error:
                conflict, status = str(error), 409
                working.refresh_from_db()
                form = services.form_in(working)
            except BadInput as error:
                page.add_error(None, with_places(form, error))
            except LorbeerError as error:
                page.add_error(None, str(error))
            else:
                if changed.sha256 == form.sha256:
                    messages.info(request, _("It is as it was; nothing was changed."))
                else:
                    messages.success(request, _("The list was deleted.") if is_delete else _("The options were saved."))
                if is_delete or "_done" in request.POST:
                    return redirect("questionnaire:options_list", found.code)
                there = reverse("questionnaire:options_edit", args=[found.code, page.read("name", listing)])
                return redirect(f"{there}?start={page.start}" if page.start else there)
        elif page.wants_more and not page.errors:
            status = 200
    now = [(choice.code, in_language(choice.label)) for choice in form.lists.get(listing, ())] if conflict else []
    return render(request, "questionnaire/options_edit.html", {
        "competition": found, "page": page, "listing": listing, "seen": _list_digest(form, listing), "conflict": conflict,
        "saved_now": now, "users": [(words_of(one), one.name) for one in list_users(form, listing)] if listing else [],
        "faults": [fault.sentence for fault in checks.faults_of(form, found.first_language)
                   if fault.kind == "list" and fault.key == listing],
        "title": _("Options “%(name)s”") % {"name": listing} if listing else _("A new list of options"),
        "breadcrumb": breadcrumb(found, (_("Lists of options"), reverse("questionnaire:options_list", args=[found.code])),
                                 (listing or _("New"), "")),
    }, status=status)


@require_http_methods(["GET", "POST"])
def heading_edit(request: HttpRequest, competition: str) -> HttpResponse:
    found, working, form = opened(request, competition)
    page = HeadingForm(form, data=request.POST if request.method == "POST" else None)
    conflict, status = "", 200
    if request.method == "POST":
        status = 400
        if page.is_valid():
            try:
                services.change(working, page.apply, act="heading", what=str(page.texts("title", form.title)), by=request.user,
                                seen=request.POST.get(SEEN, ""), look=_heading_digest)
            except services.ChangedMeanwhile as error:
                conflict, status = str(error), 409
                working.refresh_from_db()
                form = services.form_in(working)
            else:
                messages.success(request, _("Title and languages are saved."))
                return redirect(outline_at(found))
    facts: dict[str, Any] = {"saved_now": [(_("Title"), str(form.title)), (_("Languages"), ", ".join(form.languages.values()))]
                             if conflict else []}
    return render(request, "questionnaire/heading_edit.html", {
        "competition": found, "page": page, "parts": page.parts(), "seen": _heading_digest(form), "conflict": conflict, **facts,
        "settings": form.settings, "back": outline_at(found), "breadcrumb": breadcrumb(found, (_("Title and languages"), "")),
    }, status=status)
