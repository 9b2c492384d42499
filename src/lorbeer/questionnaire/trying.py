"""Trying a form out: its pages as applicants will see them. What is answered stays in the session and is nobody's application."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.call.models import Competition
from lorbeer.call.queries import register_of
from lorbeer.questionnaire.definition import Form
from lorbeer.questionnaire.evaluation import Evaluation, add_place, remove_place
from lorbeer.questionnaire.faults import progress
from lorbeer.questionnaire.forms import anchor_of, section_form
from lorbeer.questionnaire.values import in_language
from lorbeer.shared.errors import BadInput


def try_section(
    request: HttpRequest, competition: Competition, form: Form, section: str, *, kept: str, address: Callable[[str], str],
    breadcrumb: list[tuple[str, str]], name: str,
) -> HttpResponse:
    """The page of one section ("" leads to the first). `kept`: under what the session keeps the answers; `address`: of a section."""
    keys = [key for key, _section in form.keyed_sections()]
    if not section:
        return redirect(address(keys[0]))
    if section not in keys:
        raise Http404
    known = {*form.placed, *form.repeats}
    answers = {(question, place): value for question, place, value in request.session.get(kept, []) if question in known}
    options: dict[str, Any] = {"zone": competition.time_zone, "edition": register_of(competition)}
    if request.method == "POST" and "_forget" in request.POST:
        request.session.pop(kept, None)
        return redirect(address(keys[0]))
    page = section_form(form, section, answers, data=request.POST, **options) if request.method == "POST" else section_form(
        form, section, answers, **options)
    if request.method == "POST":
        valid = page.is_valid()
        answers |= {change.key: change.value for change in page.changes()}
        action = page.place_action()
        try:
            if action and action[0] == "add":
                answers = add_place(form, answers, action[1])
            elif action:
                answers = remove_place(form, answers, action[1], action[2])
        except BadInput as error:
            messages.warning(request, str(error))
        request.session[kept] = [[question, place, value] for (question, place), value in answers.items()]
        if action:
            return redirect(address(section) + f"#{anchor_of(action[1])}")
        if valid:
            following = keys[keys.index(section) + 1 :]
            stay = "_stay" in request.POST or bool(page.appeared()) or not following
            return redirect(address(section if stay else following[0]))
    evaluation = Evaluation(form, answers, zone=competition.time_zone)
    steps = []
    for key, one in form.keyed_sections():
        tally = progress(form, one, evaluation)
        steps.append({
            "label": in_language(one.label, None, form.default_language) or _("Questions"),
            "url": address(key),
            "state": "current" if key == section else "complete" if tally["answered"] and not tally["missing"] else "open",
            "note": ngettext("%(count)d answer is missing", "%(count)d answers are missing", tally["missing"])
            % {"count": tally["missing"]} if tally["missing"] else "",
        })
    return render(request, "questionnaire/version_preview.html", {
        "competition": competition, "form": form, "name": name, "page": page, "steps": steps,
        "section": form.section(section), "section_label": page.text(form.section(section).label) or _("Questions"),
        "section_hint": page.text(form.section(section).hint), "is_last": section == keys[-1], "breadcrumb": breadcrumb,
    }, status=400 if page.is_bound and page.errors else 200)
