"""Screens of the editor: the overview of a working copy, its steps, trying it out, making a version."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lorbeer.call.models import Competition
from lorbeer.people.access import competition_for
from lorbeer.questionnaire import needs, rules
from lorbeer.questionnaire.definition import Form, Group, Question, Repeat, Section, section_key
from lorbeer.questionnaire.editor import checks, services
from lorbeer.questionnaire.editor.forms import BeginForm
from lorbeer.questionnaire.editor.operations import bare
from lorbeer.questionnaire.editor.references import keyed_nodes
from lorbeer.questionnaire.editor.services import words_of
from lorbeer.questionnaire.grouping import faults_of as rule_faults
from lorbeer.questionnaire.models import WorkingCopy
from lorbeer.questionnaire.queries import versions_of, working_copy_of
from lorbeer.questionnaire.trying import try_section
from lorbeer.questionnaire.values import in_language, type_labels
from lorbeer.shared.errors import BadInput, LorbeerError
from lorbeer.shared.text import Localized, listed
from lorbeer.shared.verdicts import require

MOST_SHOWN, MOST_UNTRANSLATED = 12, 60                                  # steps, and links to texts, beside the overview


def competition_to_write(request: HttpRequest, code: str) -> Competition:
    """The competition for somebody who writes its questionnaire; 404 for strangers, 403 for others who work on it."""
    competition = competition_for(request, code)
    if not rules.can_read_versions(request.user, competition):
        raise Http404
    require(rules.can_import_version(request.user, competition))
    return competition


def opened(request: HttpRequest, code: str) -> tuple[Competition, WorkingCopy, Form]:
    """The competition, its working copy and the form in it; 404 where nobody has begun."""
    competition = competition_to_write(request, code)
    working = working_copy_of(competition)
    if working is None:
        raise Http404(_("Nobody is writing this questionnaire on screen."))
    return competition, working, services.form_in(working)


def breadcrumb(competition: Competition, *rest: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("Questionnaire"), reverse("questionnaire:version_list", args=[competition.code])),
            (_("Write on screen"), reverse("questionnaire:editor_show", args=[competition.code]) if rest else ""), *rest]


def kind_of(node: Any) -> str:
    """What a node is, in a word."""
    if isinstance(node, Question):
        return type_labels()[node.type]
    if isinstance(node, Section):
        return _("page")
    if isinstance(node, Repeat):
        return _("repeat")
    return _("matrix") if isinstance(node, Group) and node.is_matrix else _("group")


def shown_faults(competition: Competition, form: Form) -> list[dict[str, str]]:
    """Every fault with the words and the address of its place."""
    nodes = dict(keyed_nodes(form))
    found = []
    for fault in checks.faults_of(form, competition.first_language):
        row = {"sentence": fault.sentence, "key": fault.key if fault.kind == "item" else "", "where": "", "url": ""}
        if fault.kind == "item" and fault.key in nodes:
            row |= {"where": words_of(nodes[fault.key]), "url": reverse("questionnaire:item_edit", args=[competition.code, fault.key])}
        elif fault.kind == "list" and fault.key in form.lists:
            row |= {"where": fault.key, "url": reverse("questionnaire:options_edit", args=[competition.code, fault.key])}
        elif fault.kind == "form":
            row |= {"where": _("Title and languages"), "url": reverse("questionnaire:heading_edit", args=[competition.code])}
        found.append(row)
    return found


def _outline(form: Form, faulty: set[str]) -> list[dict[str, Any]]:
    """The pages with all that stands in them, for the overview."""
    def rows(items: Any, keys: list[str]) -> list[dict[str, Any]]:
        return [{
            "key": key, "node": node, "words": words_of(node), "kind": kind_of(node), "is_question": isinstance(node, Question),
            "has_fault": key in faulty, "inside": [] if isinstance(node, Question) else
            rows(bare(node.items), [item.name for item in bare(node.items)]),
            "is_conditional": bool(node.relevant), "is_required": isinstance(node, Question) and bool(node.required),
            "options": listed([*(in_language(choice.label) or choice.code for choice in node.choices[:6]),
                               *(["…"] if len(node.choices) > 6 else [])]) if isinstance(node, Question) and node.choices else "",
            "is_page": isinstance(node, Section),
        } for node, key in zip(items, keys, strict=True)]

    return rows(form.sections, [section_key(number, section) for number, section in enumerate(form.sections, 1)])


def _untranslated(competition: Competition, form: Form) -> list[dict[str, Any]]:
    """For each further language what has words in the form's own language only."""
    own, found = form.default_language, []
    for code, language in form.languages.items():
        if code == own:
            continue
        rows = [(words_of(node), reverse("questionnaire:item_edit", args=[competition.code, key])) for key, node in keyed_nodes(form)
                if any(text.get(own) and not text.get(code) for text in vars(node).values() if isinstance(text, Localized))]
        rows += [(name, reverse("questionnaire:options_edit", args=[competition.code, name])) for name, choices in form.lists.items()
                 if any(choice.label.get(own) and not choice.label.get(code) for choice in choices)]
        if rows:
            title = ngettext("%(count)d place has no text in %(language)s yet", "%(count)d places have no text in %(language)s yet", len(rows))
            found.append({"title": title % {"count": len(rows), "language": language}, "rows": rows[:MOST_UNTRANSLATED]})
    return found


@require_GET
def editor_show(request: HttpRequest, competition: str) -> HttpResponse:
    found = competition_to_write(request, competition)
    working = working_copy_of(found)
    if working is None:
        return render(request, "questionnaire/editor_begin.html", {
            "competition": found, "form": BeginForm(list(versions_of(found))), "breadcrumb": breadcrumb(found)})
    return _overview(request, found, working)


def _overview(request: HttpRequest, competition: Competition, working: WorkingCopy, *, refused: bool = False) -> HttpResponse:
    form = services.form_in(working)
    faults = shown_faults(competition, form)
    newest = versions_of(competition).first()
    steps = list(working.steps.defer("definition").select_related("by").order_by("-number")[:MOST_SHOWN])
    acts = services.acts()
    return render(request, "questionnaire/editor_show.html", {
        "competition": competition, "working": working, "form": form, "faults": faults, "refused": refused,
        "fault_title": ngettext("%(count)d thing is missing before it can become a version.",
                                "%(count)d things are missing before it can become a version.", len(faults)) % {"count": len(faults)},
        "missing": needs.missing(form) if form.placed else [], "advised": needs.advised(form) if form.placed else [],
        "telling": needs.telling(form) if form.placed and not faults else [],
        "outline": _outline(form, {fault["key"] for fault in faults}), "newest": newest,
        "is_same": newest is not None and newest.sha256 == form.sha256,
        "is_older": newest is not None and (working.based_on is None or working.based_on.number < newest.number),
        "question_count": sum(question.is_answered for question in form.questions()),
        "languages": ", ".join(form.languages.values()), "list_count": len(form.lists),
        "steps": [{"step": step, "act": acts.get(step.act, step.act), "is_undone": step.number > working.step} for step in steps],
        "can_undo": any(step.number < working.step for step in steps), "can_redo": any(step.number > working.step for step in steps),
        "group_faults": [(group, fault) for group in competition.groups.all() if group.condition
                         for fault in rule_faults(group.condition, checks.readable(form))],
        "untranslated": _untranslated(competition, form), "breadcrumb": breadcrumb(competition),
    }, status=400 if refused else 200)


@require_POST
def editor_begin(request: HttpRequest, competition: str) -> HttpResponse:
    found = competition_to_write(request, competition)
    versions = list(versions_of(found))
    form = BeginForm(versions, request.POST)
    if not form.is_valid():
        return render(request, "questionnaire/editor_begin.html", {
            "competition": found, "form": form, "breadcrumb": breadcrumb(found)}, status=400)
    chosen = next((one for one in versions if str(one.number) == form.cleaned_data["version"]), None)
    if working_copy_of(found) is not None:
        messages.info(request, _("Somebody has begun meanwhile. This is their working copy; you can go on with it."))
    services.begin(found, request.user, version=chosen)
    return redirect("questionnaire:editor_show", found.code)


def revision_in(request: HttpRequest) -> int:
    """The revision that stood on the person's page; 0 for anything else."""
    text = request.POST.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _travel(request: HttpRequest, code: str, direction: int) -> HttpResponse:
    found, working, _form = opened(request, code)
    try:
        step = services.travel(working, direction, request.user, revision=revision_in(request))
    except LorbeerError as error:
        messages.warning(request, str(error))
    else:
        text = _("Undone: %(act)s – %(what)s") if direction < 0 else _("Done again: %(act)s – %(what)s")
        messages.success(request, text % {"act": services.acts().get(step.act, step.act), "what": step.what or "–"})
    return redirect("questionnaire:editor_show", found.code)


@require_POST
def editor_undo(request: HttpRequest, competition: str) -> HttpResponse:
    return _travel(request, competition, -1)


@require_POST
def editor_redo(request: HttpRequest, competition: str) -> HttpResponse:
    return _travel(request, competition, 1)


@require_http_methods(["GET", "POST"])
def editor_discard(request: HttpRequest, competition: str) -> HttpResponse:
    found, working, _form = opened(request, competition)
    if request.method == "POST":
        try:
            services.discard(working, request.user, revision=revision_in(request))
        except LorbeerError as error:
            messages.warning(request, str(error))
            return redirect("questionnaire:editor_show", found.code)
        messages.success(request, _("The working copy was thrown away. The versions are as they were."))
        return redirect("questionnaire:version_list", found.code)
    return render(request, "questionnaire/editor_discard.html", {
        "competition": found, "working": working, "title": _("Throw the working copy away?"), "danger": True,
        "consequences": [_("All that was written on screen since the last version goes away, with its steps. It cannot be undone."),
                         _("Versions of the questionnaire stay as they are.")],
        "button_label": _("Throw away"), "cancel_url": reverse("questionnaire:editor_show", args=[found.code]),
        "breadcrumb": breadcrumb(found, (_("Throw away"), "")),
    })


@require_POST
def editor_release(request: HttpRequest, competition: str) -> HttpResponse:
    """Make a version of the working copy."""
    found, working, _form = opened(request, competition)
    try:
        version, is_new = services.make_version(working, request.user, revision=revision_in(request))
    except services.ChangedMeanwhile as error:
        messages.warning(request, str(error))
        return redirect("questionnaire:editor_show", found.code)
    except BadInput:
        return _overview(request, found, working, refused=True)
    if is_new:
        messages.success(request, _("This is version %(number)d now. Look at the preview before you publish it.")
                         % {"number": version.number})
    else:
        messages.info(request, _("The working copy says the same as version %(number)d; nothing was added.") % {"number": version.number})
    return redirect("questionnaire:version_show", found.code, version.number)


@require_http_methods(["GET", "POST"])
def editor_try(request: HttpRequest, competition: str, section: str = "") -> HttpResponse:
    """The whole form as it would be, to try it out."""
    found, working, form = opened(request, competition)
    shown = checks.readable(form)
    if not shown.sections:
        messages.info(request, _("There is no page yet."))
        return redirect("questionnaire:editor_show", found.code)
    kept = f"questionnaire-working-{working.pk}-{form.sha256[:12]}"
    for old in [one for one, _answers in request.session.items() if one.startswith("questionnaire-working-") and one != kept]:
        del request.session[old]                                        # answers to another form may not fit this one
    return try_section(
        request, found, shown, section, kept=kept,
        address=lambda key: reverse("questionnaire:editor_section", args=[found.code, key]),
        breadcrumb=breadcrumb(found, (_("Preview"), "")), name=_("Working copy"),
    )
