"""What has changed between two versions of an entry."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lorbeer.entries import rules as entry_rules
from lorbeer.entries.models import Entry
from lorbeer.entries.views import find_entry
from lorbeer.intake import documents, queries, rules
from lorbeer.intake.forms import VersionsForm
from lorbeer.intake.views.finding import address_of, crumbs_of, draft_of
from lorbeer.questionnaire.comparison import compare
from lorbeer.questionnaire.frozen import Document
from lorbeer.shared.verdicts import require

DRAFT = "draft"


def _versions(person: Any, entry: Entry) -> dict[str, tuple[str, Document]]:
    """{number or "draft": (label, document)} of every version that `person` may read, the oldest first."""
    found: dict[str, tuple[str, Document]] = {}
    for one in entry.submissions.select_related("version__questionnaire", "arrival").order_by("number"):
        facts = {"number": one.number, "at": rules.moment_in_words(entry.competition, one.submitted_at, exact=True)}
        label = _("Version %(number)d, received %(at)s") % facts
        found[str(one.number)] = label, queries.document_of(one)
    if entry_rules.can_read_draft(person, entry):
        found[DRAFT] = _("The draft as it stands now"), documents.draft_document(draft_of(entry))
    return found


@login_required
@never_cache
@require_safe
def entry_compare(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """Two versions side by side, for those who write the entry and for the office; which two says the query, else the newest."""
    entry = find_entry(request, competition, code)
    require(rules.can_compare(request.user, entry))
    versions = _versions(request.user, entry)
    codes = list(versions)
    after = request.GET.get("after", "")
    if after not in versions:
        after = codes[-1]
    earlier = codes[: codes.index(after)] or codes[:1]
    before = request.GET.get("before", "")
    if before not in versions:
        before = earlier[-1]
    is_writer = bool(entry_rules.can_read_draft(request.user, entry))
    file_url, crumb = reverse("entries:entry_show", args=[entry.competition.code, entry.code]), (_("Compare versions"), "")
    return render(request, "intake/entry_compare.html", {
        "entry": entry, "form": VersionsForm([(one, label) for one, (label, _document) in versions.items()], before, after),
        "found": compare(versions[before][1], versions[after][1]) if before != after else None,
        "back_url": address_of("entry_show", entry) if is_writer else file_url,
        "breadcrumb": crumbs_of(entry, crumb) if is_writer else [(entry.code, file_url), crumb],
    })
