"""Screens of the office: versions of the questionnaire, import, preview, export, publication."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from lorbeer.call.models import Competition
from lorbeer.people.access import competition_for
from lorbeer.questionnaire import needs, pdfform, rules, services
from lorbeer.questionnaire.definition import ROLES, Form, Question
from lorbeer.questionnaire.forms import WorkbookForm
from lorbeer.questionnaire.models import Version
from lorbeer.questionnaire.queries import current_version, form_of, versions_of
from lorbeer.questionnaire.trying import try_section
from lorbeer.questionnaire.values import in_language, type_labels
from lorbeer.shared.errors import BadInput, Busy
from lorbeer.shared.text import call_language, house_language
from lorbeer.shared.verdicts import require


def _competition(request: HttpRequest, code: str) -> Competition:
    """The competition for somebody who works on it; 404 for strangers."""
    competition = competition_for(request, code)
    if not rules.can_read_versions(request.user, competition):
        raise Http404
    return competition


def _version(competition: Competition, number: int) -> Version:
    version = versions_of(competition).select_related("questionnaire__competition").filter(number=number).first()
    if version is None:
        raise Http404
    return version


def _breadcrumb(competition: Competition, *rest: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("Questionnaire"), reverse("questionnaire:version_list", args=[competition.code])), *rest]


def _name(version: Version) -> str:
    return _("Version %(number)d") % {"number": version.number}


@require_GET
def version_list(request: HttpRequest, competition: str) -> HttpResponse:
    found = _competition(request, competition)
    versions = list(versions_of(found))
    current = current_version(found)
    rows = []
    for version in versions:
        form = form_of(version)
        rows.append({
            "version": version, "name": _name(version), "is_current": current is not None and version.pk == current.pk,
            "questions": sum(question.is_answered for question in form.questions()), "sections": len(form.sections),
            "languages": ", ".join(form.languages.values()),
        })
    return render(request, "questionnaire/version_list.html", {
        "competition": found, "rows": rows, "current": current,
        "can_import": rules.can_import_version(request.user, found),
    })


@require_http_methods(["GET", "POST"])
def version_import(request: HttpRequest, competition: str) -> HttpResponse:
    found = _competition(request, competition)
    require(rules.can_import_version(request.user, found))
    form = WorkbookForm(request.POST or None, request.FILES or None)
    faults: list[str] = []
    status = 200
    if request.method == "POST" and form.is_valid():
        before = versions_of(found).first()
        try:
            version = services.import_workbook(found, form.cleaned_data["workbook"], request.user)
        except BadInput as error:
            faults, status = error.faults, 400
        except Busy as error:
            faults, status = [str(error)], 503
        else:
            if before is not None and version.pk == before.pk:
                messages.info(request, _("The workbook says the same as version %(number)d; nothing was added.")
                              % {"number": version.number})
            else:
                messages.success(request, _("The workbook was imported as version %(number)d. Look at the preview before you"
                                            " publish it.") % {"number": version.number})
                if version.remarks:
                    messages.warning(request, _("Some of it was read otherwise than written, or has no effect here; the remarks below "
                                                "say what."))
            return redirect("questionnaire:version_show", found.code, version.number)
    elif request.method == "POST":
        status = 400
    return render(request, "questionnaire/version_import.html", {
        "competition": found, "form": form, "faults": faults,
        "file_name": getattr(request.FILES.get("workbook"), "name", ""),
        "fault_title": ngettext("%(count)d fault was found. Nothing was imported.",
                                "%(count)d faults were found. Nothing was imported.", len(faults)) % {"count": len(faults)},
        "breadcrumb": _breadcrumb(found, (_("Import a workbook"), "")),
    }, status=status)


def _codebook(form: Form) -> list[dict[str, Any]]:
    """Every section with its questions, for those who check a questionnaire before it is published."""
    labels = type_labels()
    sections: list[dict[str, Any]] = []
    for _number, section in form.keyed_sections():
        rows = []
        for placed in form.placed.values():
            question = placed.question
            if placed.section is not section:
                continue
            conditions = [block.relevant for block in placed.blocks if block.relevant]
            rows.append({
                "question": question, "label": in_language(question.label) or question.name, "type": labels[question.type],
                "choices": [in_language(choice.label) or choice.code for choice in question.choices],
                "condition": " and ".join([*conditions, *filter(None, [question.relevant])]),
                "role": ROLES.get(question.role, question.role), "is_required": bool(question.required), "limits": _limits(question),
                "repeat": in_language(placed.repeat.label) or placed.repeat.name if placed.repeat else "",
            })
        sections.append({"label": in_language(section.title) or _("Questions"), "rows": rows})
    return sections


def _limits(question: Question) -> str:
    limits = question.limits
    pairs = [
        (_("at least %(value)s"), limits.min), (_("at most %(value)s"), limits.max),
        (_("%(value)s characters"), limits.characters), (_("%(value)s words"), limits.words),
        (ngettext("%(value)s page", "%(value)s pages", limits.pages or 0), limits.pages),
        (ngettext("%(value)s file", "%(value)s files", limits.files or 0), limits.files), (_("%(value)s MB"), limits.megabytes),
        ("%(value)s", " ".join(limits.file_types)),
    ]
    return ", ".join(text % {"value": value} for text, value in pairs if value)


@require_GET
def version_show(request: HttpRequest, competition: str, number: int) -> HttpResponse:
    found = _competition(request, competition)
    version = _version(found, number)
    form, spoken = form_of(version), house_language(get_language() or "de")
    return render(request, "questionnaire/version_show.html", {
        "competition": found, "version": version, "form": form, "name": _name(version), "sections": _codebook(form),
        "languages": ", ".join(form.languages.values()),
        "question_count": sum(question.is_answered for question in form.questions()),
        "can_publish": rules.can_publish_version(request.user, version),
        "missing": [] if version.is_published else needs.missing(form), "can_import": rules.can_import_version(request.user, found),
        "advised": [] if version.is_published else needs.advised(form),
        "telling": [] if version.is_published else needs.telling(form),
        "remarks": [remark.get(spoken) or remark["de"] if isinstance(remark, dict) else remark for remark in version.remarks],
        "remarks_title": ngettext("%(count)d remark on the import", "%(count)d remarks on the import", len(version.remarks))
        % {"count": len(version.remarks)},
        "breadcrumb": _breadcrumb(found, (_name(version), "")),
    })


@require_http_methods(["GET", "POST"])
def version_publish(request: HttpRequest, competition: str, number: int) -> HttpResponse:
    found = _competition(request, competition)
    version = _version(found, number)
    require(rules.can_publish_version(request.user, version))
    if request.method == "POST":
        services.publish(version, request.user)
        messages.success(request, _("Version %(number)d is published. New entries use it from now on.")
                         % {"number": version.number})
        return redirect("questionnaire:version_show", found.code, version.number)
    current = current_version(found)
    consequences = [
        _("Whoever begins an entry from now on fills in version %(number)d.") % {"number": version.number},
        _("This version can never be changed again; a correction is a new version."),
    ]
    if current is not None:
        consequences.insert(1, _("Entries that were begun with version %(number)d keep that version.")
                            % {"number": current.number})
    return render(request, "questionnaire/version_publish.html", {
        "competition": found, "advised": needs.advised(form_of(version)), "telling": needs.telling(form_of(version)),
        "title": _("Publish version %(number)d of the questionnaire?") % {"number": version.number},
        "consequences": consequences, "button_label": _("Publish version %(number)d") % {"number": version.number},
        "cancel_url": reverse("questionnaire:version_show", args=[found.code, version.number]),
        "breadcrumb": _breadcrumb(found, (_name(version), reverse("questionnaire:version_show", args=[found.code, number])),
                                  (_("Publish"), "")),
    })


@require_GET
def version_export(request: HttpRequest, competition: str, number: int) -> HttpResponse:
    found = _competition(request, competition)
    version = _version(found, number)
    return HttpResponse(
        services.workbook_of(version),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"Content-Disposition": f'attachment; filename="{found.code}-{version.questionnaire.code}-{number}.xlsx"'},
    )


@require_GET
def version_form_pdf(request: HttpRequest, competition: str, number: int) -> HttpResponse:
    """The form to fill in, for the office to mail or print."""
    found = _competition(request, competition)
    version = _version(found, number)
    language = call_language() if call_language() in found.languages else found.first_language
    return HttpResponse(
        pdfform.write(version, found, language=language), content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{found.code}-{version.questionnaire.code}-{number}.pdf"'},
    )


@require_http_methods(["GET", "POST"])
def version_preview(request: HttpRequest, competition: str, number: int, section: str = "") -> HttpResponse:
    """The form as applicants will see it. What is tried out stays in the session and is nobody's application."""
    found = _competition(request, competition)
    version = _version(found, number)
    return try_section(
        request, found, form_of(version), section, kept=f"questionnaire-preview-{version.pk}",
        address=lambda key: reverse("questionnaire:section_preview", args=[found.code, number, key]),
        breadcrumb=_breadcrumb(found, (_name(version), reverse("questionnaire:version_show", args=[found.code, number])),
                               (_("Preview"), "")), name=_name(version),
    )
