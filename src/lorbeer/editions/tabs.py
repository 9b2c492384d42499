"""The publication in the file of an entry: what is public, and taking it back."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lorbeer.awards.queries import is_entry_announced
from lorbeer.editions import rules
from lorbeer.editions.fields import Field, closed_of, fields_of, label_of, open_parts
from lorbeer.editions.forms import ReleaseForm
from lorbeer.editions.models import Release
from lorbeer.editions.queries import consented_parts, published_edition
from lorbeer.entries.history import INSIDE, more_history
from lorbeer.entries.models import Entry
from lorbeer.entries.tabs import Tab, register
from lorbeer.intake.queries import document_or_none
from lorbeer.people.models import Person
from lorbeer.shared.templatetags.formats import spoken, written
from lorbeer.shared.text import in_sentence, listed

SUMS_STAY = gettext_lazy(
    "The sums in printed tables stay: the entry remains counted in them. Where all others of a group have made their answers public, what is "
    "left of such a sum can still tell what this entry answered. Tables that hide small counts hide that as well.")


def release_form(request: HttpRequest, entry: Entry, data: Any = None) -> ReleaseForm:
    """What is open, to be changed; the office can name a written consent."""
    releases, document = list(entry.releases.all()), document_or_none(entry)
    return _form(request, entry, open_parts(releases), fields_of(document), closed_of(releases, document), data)


def _form(request: HttpRequest, entry: Entry, opened: set[str], fields: dict[str, Field], closed: set[str], data: Any = None) -> ReleaseForm:
    public = opened | (fields.keys() - closed)
    choices: dict[str, list[tuple[str, Any]]] = {Release.Part.CONTACT: [], Release.Part.ANSWERS: []}
    for one in fields.values():
        if one.value:
            language = getattr(one.label, "language", "")
            value = spoken(one.value, language) if one.part == Release.Part.ANSWERS else written(one.value, entry.competition)
            choices[one.part].append((one.name, format_html("{} – {}", spoken(one.label), value)))
    return ReleaseForm(data, public=public, choices=choices, ask_consent=not rules.is_contributor(request.user, entry))


def publication_facts(request: HttpRequest, entry: Entry, form: ReleaseForm | None = None) -> dict[str, Any]:
    """What the page of the publication shows: each part, what is in it, and since when it is open."""
    document = document_or_none(entry)
    fields, releases = fields_of(document), list(entry.releases.order_by("revoked_at"))
    closed = closed_of(releases, document)
    opened = {release.part: release for release in releases if release.revoked_at is None and not release.field}
    taken_back = {release.part: release for release in releases if release.revoked_at and not release.field}
    projects = [project.title for project in entry.projects.all()]
    theirs = partial(written, place=entry.competition)
    answers = sum(one.part == Release.Part.ANSWERS and one.name not in closed for one in fields.values())
    # As everywhere: before it is released, an address is read by the applicant, the office and the auditor alone.
    contributor = rules.is_contributor(request.user, entry)
    knows_contact = contributor or bool(request.roles & INSIDE)        # type: ignore[attr-defined]
    contents = {
        Release.Part.ENTRY: [theirs(entry.title), entry.applicant, str(entry.group or ""), *map(theirs, projects)],
        Release.Part.ABSTRACT: [theirs(Truncator(document.said("abstract")).chars(200)) if document else ""],
        Release.Part.PICTURES: [_("The picture of the portrait, with its credit, if the entry wins an award.")],
        Release.Part.CONTACT: [theirs(one.value) for one in fields.values() if one.part == Release.Part.CONTACT and one.name not in closed]
        if knows_contact or Release.Part.CONTACT in opened else [],
        Release.Part.ANSWERS: [ngettext("The answer to %(count)d question with fixed choices.",
                                        "The answers to %(count)d questions with fixed choices.", answers) % {"count": answers}]
        if answers else [],
    }
    parts = [
        {"code": part, "label": label, "contents": [line for line in contents[Release.Part(part)] if line],
         "open": opened.get(part), "taken_back": None if part in opened else taken_back.get(part),
         "closed": [one.label for one in fields.values() if one.part == part and one.name in closed]}
        for part, label in Release.Part.choices
    ]
    edition = published_edition(entry.competition)
    may_change = rules.can_revoke(request.user, entry)
    agreed = consented_parts(document)
    untouched = not opened and not taken_back and not entry.is_unlisted
    may_release = rules.can_release(request.user, entry)
    return {
        "entry": entry, "parts": parts, "consented": bool(agreed), "edition": edition,
        "waits": bool(agreed) and untouched, "announced": is_entry_announced(entry),
        "agreed": [str(Release.Part(part).label) for part in agreed], "may_take_all": bool(opened) and may_change,
        "may_change_consent": rules.can_withdraw_consent(request.user, entry),
        "withdraw_url": reverse("editions:consent_withdraw", args=[entry.competition.code, entry.code]),
        "is_contributor": contributor, "sums_stay": SUMS_STAY, "may_release": may_release,
        "form": form or _form(request, entry, set(opened), fields, closed), "may_change": may_change and (may_release or bool(opened)),
        "url": reverse("editions:entry_release", args=[entry.competition.code, entry.code]),
    }


def render(request: HttpRequest, entry: Entry) -> str:
    return render_to_string("editions/publication.html", publication_facts(request, entry), request)


@more_history
def releases(entry: Entry, request: HttpRequest) -> Iterator[dict[str, Any]]:
    """What was released and taken back, when, by whom and on what ground."""
    if not rules.can_open_publication(request.user, entry):
        return
    writers = set(entry.contributors.values_list("person_id", flat=True))
    inside = bool(request.roles & INSIDE)  # type: ignore[attr-defined]
    told: dict[tuple[Any, str, Person | None, str], list[str]] = {}
    rows = list(entry.releases.select_related("released_by", "revoked_by").order_by("pk"))
    document = document_or_none(entry) if any(one.field for one in rows) else None
    for one in rows:
        label = label_of(one.name, document)
        if one.released_at != one.revoked_at:                           # equal where it was closed without having been opened by itself
            told.setdefault((one.released_at, _("released: %(parts)s"), one.released_by, one.written_consent), []).append(label)
        if one.revoked_at:
            told.setdefault((one.revoked_at, _("taken back: %(parts)s"), one.revoked_by, ""), []).append(label)
    for (at, title, by, ground), parts in told.items():
        office = _("competition office") if by else ""
        yield {"at": at, "title": in_sentence(title, parts=listed(parts)), "tone": "plain", "text": ground,
               "by": str(by or "") if inside or (by and by.pk in writers) else office}


register(Tab("publication", gettext_lazy("Publication"), render, rules.can_read_publication))
