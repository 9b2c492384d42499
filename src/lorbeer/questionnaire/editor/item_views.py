"""Screens of the editor: one page, group or question, with its preview; something new; another place; copies; deletion."""

from typing import Any

from django.contrib import messages
from django.forms import BooleanField, ChoiceField, MultipleChoiceField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lorbeer.call.models import Competition
from lorbeer.questionnaire.definition import Form, Question, Section, Type, node_to_json
from lorbeer.questionnaire.editor import checks, names, operations, places, services
from lorbeer.questionnaire.editor.fields import EditorForm, option_lists, sign_data
from lorbeer.questionnaire.editor.forms import ItemForm, item_form
from lorbeer.questionnaire.editor.preview import condition_of, preview_of
from lorbeer.questionnaire.editor.references import Use, keyed_nodes
from lorbeer.questionnaire.editor.services import words_of
from lorbeer.questionnaire.editor.structure_forms import MoveForm, NewItemForm, PageForm, SeenForm
from lorbeer.questionnaire.editor.views import breadcrumb, kind_of, opened
from lorbeer.questionnaire.models import WorkingCopy
from lorbeer.shared.errors import BadInput, LorbeerError
from lorbeer.shared.text import in_sentence, quoted

SEEN = "seen"                                                           # the hidden field with the digest of what stood there


def outline_at(competition: Competition, key: str = "") -> str:
    return reverse("questionnaire:editor_show", args=[competition.code]) + (f"#n-{key}" if key else "")


def _digest(form: Form, key: str) -> str:
    return services.digest_of(operations.node_of(form, key))


def _digest_with_all(form: Form, key: str) -> str:
    return services.digest_of({"node": node_to_json(operations.node_of(form, key))})


def _preview(competition: Competition, form: Form, one: ItemForm) -> dict[str, Any]:
    """The preview of what stands in the fields, as far as it makes sense."""
    key = one.key
    if one.is_bound:
        try:
            node = one.node()
            form = operations.change(one.with_options(form)[0] if hasattr(one, "with_options") else form, key, node)
            key = node.name or key
        except (LorbeerError, ValueError):
            pass
    language = one.read("shown_in", "") or None
    node = operations.node_of(form, key)
    page, blocks = preview_of(form, key, competition, language)
    return {"preview": page, "preview_blocks": blocks, "is_computed": isinstance(node, Question) and node.type == Type.CALCULATE,
            "preview_condition": condition_of(form, key)}


@require_http_methods(["GET", "POST"])
def item_edit(request: HttpRequest, competition: str, item: str) -> HttpResponse:
    found, working, form = opened(request, competition)
    try:
        node = operations.node_of(form, item)
    except operations.Gone as gone:
        return _gone(request, found, working, str(gone))
    page = item_form(form, item, request.POST if request.method == "POST" else None)
    conflict, status = "", 200
    if request.method == "POST":
        valid = page.is_valid()
        if valid and not page.wants_more and "_preview" not in request.POST:
            try:
                changed = services.change(
                    working, page.apply, act="edit", what=words_of(page.node()), by=request.user, seen=request.POST.get(SEEN, ""),
                    look=lambda now: _digest(now, item))
            except services.ChangedMeanwhile as error:
                conflict, status = str(error), 409
                working.refresh_from_db()
                form = services.form_in(working)
                try:
                    page = item_form(form, item, request.POST)
                except operations.Gone as gone:
                    return _gone(request, found, working, str(gone))
                page.is_valid()
            except operations.Gone as gone:
                return _gone(request, found, working, str(gone))
            except BadInput as error:
                page.add_error(None, with_places(form, error))
                status = 400
            else:
                key = page.node().name or item
                if changed.sha256 == form.sha256:
                    messages.info(request, _("It is as it was; nothing was changed."))
                else:
                    messages.success(request, _("Saved: %(what)s") % {"what": words_of(operations.node_of(changed, key))})
                if "_done" in request.POST:
                    return redirect(outline_at(found, key))
                return redirect("questionnaire:item_edit", found.code, key)
        elif not valid and not page.wants_more and "_preview" not in request.POST:
            status = 400
    keys = [key for key, _node in keyed_nodes(form)]
    at = keys.index(item)
    return render(request, "questionnaire/item_edit.html", {
        "competition": found, "page": page, "key": item, "words": words_of(node), "kind": kind_of(node), "seen": _digest(form, item),
        "conflict": conflict, "differences": _differences(form, page) if conflict else [],
        "faults": [fault.sentence for fault in checks.faults_of(form, found.first_language) if fault.kind == "item" and fault.key == item],
        "option_lists": option_lists(form), "sign_data": sign_data(form),
        "list_name": getattr(node, "list_name", ""), "extra": node.extra, "panels": list(page.panels()),
        "previous": keys[at - 1] if at else "", "following": keys[at + 1] if at + 1 < len(keys) else "",
        "back": outline_at(found, item), "is_unsaved": page.is_bound, **_preview(found, form, page),
        "breadcrumb": breadcrumb(found, (words_of(node), "")),
    }, status=status)


def with_places(form: Form, error: BadInput) -> str:
    """The sentence, with the places that a refusal names."""
    uses: list[Use] = getattr(error, "uses", [])
    nodes = dict(keyed_nodes(form))
    where = ", ".join(dict.fromkeys(quoted(words_of(nodes[use.key])) for use in uses if use.key in nodes))
    return f"{error} {where}".strip()


def _differences(form: Form, page: ItemForm) -> list[tuple[str, str]]:
    """(field, what is saved now) for each field in which the page that was sent says something else."""
    fresh = item_form(form, page.key)
    found = []
    for name, one in fresh.fields.items():
        if name == "shown_in" or (name not in page.data and not isinstance(one, BooleanField | MultipleChoiceField)):
            continue                                                    # not on the page that was sent
        saved, sent = fresh[name].value(), page.read(name, fresh[name].value())
        if str(saved or "") != str(sent or ""):
            words = _("yes") if saved is True else saved
            if isinstance(one, ChoiceField):
                words = next((label for value, label in list(fresh[name].field.widget.choices) if value == saved), saved)
            found.append((str(one.label or _("How it is said")), Truncator(str(words or "–")).chars(300)))
    return found


def _gone(request: HttpRequest, competition: Competition, working: WorkingCopy, sentence: str) -> HttpResponse:
    """What somebody wrote for something that is not there any more: shown, so that it is not lost."""
    written = [text for name, text in request.POST.items() if "__" in name and text.strip()]
    return render(request, "questionnaire/item_gone.html", {
        "competition": competition, "sentence": sentence, "written": written, "working": working,
        "breadcrumb": breadcrumb(competition, (_("Not there any more"), "")),
    }, status=404 if request.method == "GET" else 409)


@require_POST
def item_preview(request: HttpRequest, competition: str, item: str) -> HttpResponse:
    """The preview beside the fields, while somebody types; saves nothing."""
    found, _working, form = opened(request, competition)
    try:
        page = item_form(form, item, request.POST)
    except operations.Gone as gone:
        return HttpResponse(str(gone), status=409, content_type="text/plain; charset=utf-8")
    page.is_valid()
    return render(request, "questionnaire/item_preview.html", {"competition": found, "is_unsaved": True, "page": page,
                                                               **_preview(found, form, page)})


@require_http_methods(["GET", "POST"])
def item_add(request: HttpRequest, competition: str) -> HttpResponse:
    """Something new, by its words and its place; all else follows on its own page."""
    found, working, form = opened(request, competition)
    is_page = request.GET.get("kind") == "page"
    data = request.POST if request.method == "POST" else None
    page: PageForm = PageForm(form, data=data) if is_page else NewItemForm(
        form, request.GET.get("place", "") or places.last_page(form), data=data)
    if not form.sections and not is_page:
        messages.info(request, _("Questions stand on pages. Add a page first."))
        return redirect(reverse("questionnaire:item_add", args=[found.code]) + "?kind=page")
    status = 200
    if request.method == "POST":
        status = 400
        if page.is_valid():
            made: list[str] = []

            def put(now: Form) -> Form:
                after, key = page.apply(now)
                made.append(key)
                return after

            try:
                services.change(working, put, act="add", what=words_of_new(page), by=request.user)
            except LorbeerError as error:
                page.add_error(None, str(error))
            else:
                messages.success(request, _("Added. Say here what else belongs to it.") if not is_page else _("The page was added."))
                return redirect(outline_at(found, made[-1])) if is_page else redirect("questionnaire:item_edit", found.code, made[-1])
    return render(request, "questionnaire/item_add.html", {
        "competition": found, "page": page, "is_page": is_page, "parts": page.parts(),
        "title": _("Add a page") if is_page else _("Add a question or a block"), "back": outline_at(found),
        "breadcrumb": breadcrumb(found, (_("Add"), "")),
    }, status=status)


def words_of_new(page: EditorForm) -> str:
    return Truncator(str(page.read(f"label__{page.form.default_language}", ""))).chars(80)


def _do(request: HttpRequest, code: str, item: str, act: str, operation: Any, done: str, *, seen: str = "") -> HttpResponse:
    """Do something to a node from the overview, and go back there; `operation`: (form, key) → (form, key to show).

    `seen`: the digest of the node with all that stands in it, where it must be as the person saw it.
    """
    found, working, form = opened(request, code)
    shown: list[str] = [item]

    def apply(now: Form) -> Form:
        after, key = operation(now, item)
        shown.append(key)
        return after

    try:
        words = words_of(operations.node_of(form, item))
        services.change(working, apply, act=act, what=words, by=request.user, seen=seen, look=lambda now: _digest_with_all(now, item))
    except services.ChangedMeanwhile:
        messages.warning(request, _("“%(what)s” was changed meanwhile by somebody. Look at it first; it is still there.") % {"what": words})
    except LorbeerError as error:
        messages.warning(request, with_places(form, error) if isinstance(error, BadInput) else str(error))
    else:
        messages.success(request, done % {"what": words})
    return redirect(outline_at(found, shown[-1]))


@require_POST
def item_shift(request: HttpRequest, competition: str, item: str) -> HttpResponse:
    """One up or down."""
    up = request.POST.get("direction") == "up"
    return _do(request, competition, item, "move", lambda form, key: (operations.shift(form, key, -1 if up else 1), key),
               _("Moved up: %(what)s") if up else _("Moved down: %(what)s"))


@require_POST
def item_copy(request: HttpRequest, competition: str, item: str) -> HttpResponse:
    return _do(request, competition, item, "copy", operations.copy, _("Copied: %(what)s"))


@require_http_methods(["GET", "POST"])
def item_move(request: HttpRequest, competition: str, item: str) -> HttpResponse:
    found, _working, form = opened(request, competition)
    try:
        node = operations.node_of(form, item)
    except operations.Gone as gone:
        messages.warning(request, str(gone))
        return redirect(outline_at(found))
    page = MoveForm(form, item, data=request.POST if request.method == "POST" else None)
    if request.method == "POST" and page.is_valid():
        place = page.cleaned_data["place"]
        return _do(request, competition, item, "move",
                   lambda now, key: (operations.move(now, key, places.found(now, place, key)), key), _("Moved: %(what)s"))
    return render(request, "questionnaire/item_move.html", {
        "competition": found, "page": page, "words": words_of(node), "back": outline_at(found, item),
        "breadcrumb": breadcrumb(found, (words_of(node), reverse("questionnaire:item_edit", args=[found.code, item])), (_("Move"), "")),
    }, status=400 if page.is_bound else 200)


@require_http_methods(["GET", "POST"])
def item_delete(request: HttpRequest, competition: str, item: str) -> HttpResponse:
    found, _working, form = opened(request, competition)
    try:
        node = operations.node_of(form, item)
    except operations.Gone as gone:
        messages.warning(request, str(gone))
        return redirect(outline_at(found))
    refusal, places_named = "", []
    try:
        operations.delete(form, item)
    except operations.StillUsed as error:
        nodes = dict(keyed_nodes(form))
        refusal, places_named = str(error), [
            (words_of(nodes[key]), reverse("questionnaire:item_edit", args=[found.code, key]))
            for key in dict.fromkeys(use.key for use in error.uses)]
    if request.method == "POST":
        return _do(request, competition, item, "delete", lambda now, key: (operations.delete(now, key), _neighbour(now, key)),
                   _("Deleted: %(what)s. “Undo” brings it back."), seen=request.POST.get(SEEN, ""))
    inside = sorted(names.names_within(node) - {item}) if not isinstance(node, Question) else []
    consequences = [_("It goes away with all that stands in it: %(names)s") % {"names": ", ".join(inside[:20])}] if inside else []
    return render(request, "questionnaire/item_delete.html", {
        "competition": found, "title": in_sentence(_("Delete “%(what)s”?"), what=words_of(node)), "refusal": refusal, "places": places_named,
        "consequences": [*consequences, _("Versions that were made keep it. “Undo” brings it back.")], "danger": True,
        "button_label": _("Delete"), "cancel_url": outline_at(found, item), "form": SeenForm(initial={SEEN: _digest_with_all(form, item)}),
        "breadcrumb": breadcrumb(found, (words_of(node), reverse("questionnaire:item_edit", args=[found.code, item])), (_("Delete"), "")),
    })


def _neighbour(form: Form, key: str) -> str:
    """What stands before something that goes away, so that the overview shows that place."""
    place = operations.place_of(form, key)
    items = operations.items_of(form, place.parent)
    if place.index:
        before = items[place.index - 1]
        return before.name if not isinstance(before, Section) or before.name else ""
    return place.parent
