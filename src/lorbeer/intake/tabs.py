"""What the intake puts into the file of an entry: its content as submitted, and its attachments."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lorbeer.entries import rules as entry_rules
from lorbeer.entries.models import Entry, State
from lorbeer.entries.tabs import Tab, register
from lorbeer.intake import documents, queries, rules
from lorbeer.intake.models import QUARANTINE, Arrival, Merger
from lorbeer.people.access import OFFICE, roles_of
from lorbeer.people.models import Role
from lorbeer.questionnaire.definition import Type
from lorbeer.questionnaire.frozen import Document, shown_file
from lorbeer.shared import files
from lorbeer.shared.verdicts import ALLOWED, Verdict


def can_read_content(person: Any, entry: Entry) -> Verdict:
    """What counts as handed in is read by everybody who may open the file; a draft only by those who write it."""
    if entry.state == State.WITHDRAWN and (merger := rules.merger_of(entry)):
        return Verdict(_("This entry has been put together with %(code)s, which counts.") % {"code": merger.entry.code})
    if entry.state == State.WITHDRAWN:
        return Verdict(gettext_lazy("This entry has been withdrawn, so nothing in it counts as handed in."))
    if entry.state == State.DRAFT:
        if entry_rules.can_read_draft(person, entry):
            return Verdict(gettext_lazy("This entry has not been submitted yet; its draft is under “My entries”."))
        return entry_rules.can_read_draft(person, entry)
    return ALLOWED


def render_content(request: HttpRequest, entry: Entry) -> str:
    document, may_read_personal = queries.accepted_document(entry), rules.can_read_personal(request.user, entry)
    document = document if may_read_personal else document.without_personal()
    return render_to_string("intake/content.html", {
        "may_read_personal": may_read_personal,
        "entry": entry, "sections": document.sections(), "facts": documents.head_facts(entry),
        "pdf_url": reverse("intake:entry_pdf", args=[entry.competition.code, entry.code]),
        "compare_url": reverse("intake:entry_compare", args=[entry.competition.code, entry.code])
        if rules.can_compare(request.user, entry) else "",
    }, request)


def render_attachments(request: HttpRequest, entry: Entry) -> str:
    rows: list[dict[str, Any]] = []
    accepted = queries.accepted_submission(entry)
    if accepted is not None:
        document = queries.document_of(accepted)
        hidden = set() if rules.can_read_personal(request.user, entry) else document.personal_files()
        photos, shown = photos_of(document), accepted.files.exclude(code__in=hidden).select_related("blob").order_by("pk")
        rows += [row | {"origin": _("the entry form"), "photo": photos.get(row["file"].code)} for row in files.listed(request.user, shown)]
    if roles_of(request.user, entry.competition) & {*OFFICE, Role.Kind.AUDITOR}:
        came = Arrival.objects.filter(Q(entry=entry) | Q(added_to=entry)).exclude(channel="online").order_by("pk")
        for arrival in came.prefetch_related("files__blob"):
            open_files = [one for one in arrival.files.all() if not one.subject.startswith(QUARANTINE)]
            rows += [row | {"origin": _("arrival %(number)s") % {"number": arrival.number}}
                     for row in files.listed(request.user, open_files)]
    return render_to_string("intake/attachments.html", {"rows": rows, "entry": entry}, request)


def is_merged(entry: Entry) -> bool:
    """Whether another entry leads to this one, or this one to another."""
    return Merger.objects.filter(Q(entry=entry) | Q(other=entry), kind=Merger.Kind.MERGED).exists()


def can_read_merged(person: Any, entry: Entry) -> Verdict:
    if roles_of(person, entry.competition) & {*OFFICE, Role.Kind.AUDITOR}:
        return ALLOWED
    return Verdict(gettext_lazy("What came in twice is kept by the competition office."))


def render_merged(request: HttpRequest, entry: Entry) -> str:
    """What leads to this entry, complete: arrivals, submissions, files and answers as they were handed in; or where this one leads."""
    found = []
    mergers = entry.mergers.filter(kind=Merger.Kind.MERGED).select_related("other__competition", "by", "undone_by")
    for merger in mergers.prefetch_related("other__arrivals__files__blob", "other__submissions__files__blob", "other__submissions__arrival"):
        other = merger.other
        arrivals = [*other.arrivals.all(), *other.additions.prefetch_related("files__blob")]
        sources: list[Any] = [*arrivals, *other.submissions.all()]
        stored = {one.pk: one for source in sources for one in source.files.all()}
        newest = other.submissions.select_related("version__questionnaire").order_by("-number").first()
        found.append({
            "merger": merger, "other": other, "arrivals": arrivals, "submissions": other.submissions.all(),
            "files": files.listed(request.user, stored.values()),
            "sections": queries.document_of(newest).sections() if newest and not merger.undone_at else [],
            "can_undo": rules.can_undo_merger(request.user, merger),
        })
    return render_to_string("intake/merged.html", {"entry": entry, "found": found, "leads_to": rules.merger_of(entry)}, request)


def photos_of(document: Document) -> dict[str, dict[str, Any]]:
    """The photos of an entry by their codes, with what was last said about each."""
    return {
        item["code"]: shown_file(item, is_photo=True) for (name, _place), value in document.answers.items()
        if document.form.question(name).type == Type.PHOTO and value for item in value
    }


register(Tab("content", gettext_lazy("Content"), render_content, can_read_content))
register(Tab("merged", gettext_lazy("Came in twice"), render_merged, can_read_merged, concerns=is_merged))
register(Tab("attachments", gettext_lazy("Attachments"), render_attachments, can_read_content))
