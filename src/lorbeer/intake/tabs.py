"""What the intake puts into the file of an entry: its content as submitted, and its attachments."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lorbeer.entries import rules as entry_rules
from lorbeer.entries.models import Entry, State
from lorbeer.entries.tabs import Tab, register
from lorbeer.intake import documents, queries
from lorbeer.people.access import OFFICE, roles_of
from lorbeer.people.models import Role
from lorbeer.shared import files
from lorbeer.shared.verdicts import ALLOWED, Verdict


def can_read_content(person: Any, entry: Entry) -> Verdict:
    """What counts as handed in is read by everybody who may open the file; a draft only by those who write it."""
    if entry.state == State.WITHDRAWN:
        return Verdict(gettext_lazy("This entry has been withdrawn, so nothing in it counts as handed in."))
    if entry.state == State.DRAFT:
        if entry_rules.can_read_draft(person, entry):
            return Verdict(gettext_lazy("This entry has not been submitted yet; its draft is under “My entries”."))
        return entry_rules.can_read_draft(person, entry)
    return ALLOWED


def render_content(request: HttpRequest, entry: Entry) -> str:
    document = queries.accepted_document(entry)
    return render_to_string("intake/content.html", {
        "entry": entry, "sections": document.sections(), "facts": documents.head_facts(entry),
        "pdf_url": reverse("intake:entry_pdf", args=[entry.competition.code, entry.code]),
    }, request)


def render_attachments(request: HttpRequest, entry: Entry) -> str:
    rows = []
    accepted = queries.accepted_submission(entry)
    if accepted is not None:
        rows += [{"file": one, "url": files.address_of(one), "origin": _("the entry form")}
                 for one in accepted.files.select_related("blob").order_by("pk")]
    if roles_of(request.user, entry.competition) & {*OFFICE, Role.Kind.AUDITOR}:
        for arrival in entry.arrivals.exclude(channel="online").prefetch_related("files__blob"):
            rows += [{"file": one, "url": files.address_of(one),
                      "origin": _("arrival %(number)s") % {"number": arrival.number}} for one in arrival.files.all()]
    return render_to_string("intake/attachments.html", {"rows": rows, "entry": entry}, request)


register(Tab("content", gettext_lazy("Content"), render_content, can_read_content))
register(Tab("attachments", gettext_lazy("Attachments"), render_attachments, can_read_content))
