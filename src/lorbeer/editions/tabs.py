"""The publication in the file of an entry: what is public, and taking it back."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lorbeer.awards.queries import is_entry_announced
from lorbeer.editions import rules
from lorbeer.editions.forms import ReleaseForm
from lorbeer.editions.models import Release
from lorbeer.editions.queries import has_consented, published_edition
from lorbeer.entries.models import Entry
from lorbeer.entries.queries import ADMITTED
from lorbeer.entries.tabs import Tab, register
from lorbeer.intake.queries import document_or_none
from lorbeer.questionnaire.definition import Type


def publication_facts(request: HttpRequest, entry: Entry, form: ReleaseForm | None = None) -> dict[str, Any]:
    """What the page of the publication shows: each part, what is in it, and since when it is open."""
    document = document_or_none(entry)
    opened = {release.part: release for release in entry.releases.filter(revoked_at=None)}
    taken_back = {release.part: release for release in entry.releases.filter(revoked_at__isnull=False).order_by("revoked_at")}
    projects = [project.title for project in entry.projects.all()]
    answers = [
        question for question in document.form.questions()
        if question.publishable and not question.personal_data and question.type in (Type.SINGLE, Type.MULTI, Type.YES_NO)
    ] if document else []
    address = [document.by_role(role) for role in ("office", "street", "postcode", "town", "website")] if document else []
    contents = {
        Release.Part.ENTRY: [entry.title, entry.applicant, str(entry.group or ""), *projects],
        Release.Part.ABSTRACT: [Truncator(str(document.by_role("abstract") or "")).chars(200) if document else ""],
        Release.Part.PICTURES: [_("The picture of the portrait, with its credit, if the entry wins an award.")],
        Release.Part.CONTACT: [str(part) for part in address if part],
        Release.Part.ANSWERS: [_("The answers to %(count)d questions with fixed choices.") % {"count": len(answers)}]
        if answers else [],
    }
    parts = [
        {"code": part, "label": label, "contents": [line for line in contents[Release.Part(part)] if line],
         "open": opened.get(part), "taken_back": None if part in opened else taken_back.get(part)}
        for part, label in Release.Part.choices
    ]
    edition = published_edition(entry.competition)
    may_change = rules.can_revoke(request.user, entry)
    consented = has_consented(document)
    untouched = not opened and not taken_back and not entry.is_unlisted
    may_release = rules.can_release(request.user, entry)
    return {
        "entry": entry, "parts": parts, "consented": consented, "edition": edition,
        "waits": consented and untouched, "announced": is_entry_announced(entry),
        "may_change_consent": rules.can_withdraw_consent(request.user, entry),
        "withdraw_url": reverse("editions:consent_withdraw", args=[entry.competition.code, entry.code]),
        "is_contributor": rules.is_contributor(request.user, entry), "may_release": may_release,
        "form": form or ReleaseForm(initial={"parts": list(opened)}), "may_change": may_change and (may_release or bool(opened)),
        "url": reverse("editions:entry_release", args=[entry.competition.code, entry.code]),
    }


def render(request: HttpRequest, entry: Entry) -> str:
    return render_to_string("editions/publication.html", publication_facts(request, entry), request)


register(Tab(
    "publication", gettext_lazy("Publication"), render, rules.can_open_publication,
    concerns=lambda entry: entry.state in ADMITTED,
))
