"""The tab “check” in the file of an entry."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from lorbeer.entries.models import Entry, State
from lorbeer.entries.queries import SEE_ALL, is_contributor
from lorbeer.entries.tabs import Tab, register
from lorbeer.formal_check import rules
from lorbeer.people.access import roles_of
from lorbeer.shared.verdicts import ALLOWED, Verdict


def can_read_check(person: Any, entry: Entry) -> Verdict:
    """Office and auditor, and the applicant, who got the notice."""
    if roles_of(person, entry.competition) & SEE_ALL or is_contributor(person, entry):
        return ALLOWED
    return Verdict(_("How the formal check went is for the office and the applicant."))


def render_check(request: HttpRequest, entry: Entry) -> str:
    inside = bool(roles_of(request.user, entry.competition) & SEE_ALL)
    checks = entry.checks.select_related("clause", "group", "checked_by", "submission").prefetch_related("points__point")
    return render_to_string("formal_check/tab_check.html", {
        "entry": entry, "competition": entry.competition, "checks": list(checks), "inside": inside,
        "may_check": rules.can_check(request.user, entry), "may_reopen": rules.can_reopen(request.user, entry),
        "shows_reopening": inside and entry.state in (State.ADMITTED, State.INADMISSIBLE),
    }, request)


register(Tab("check", _("Formal check"), render_check, can_read_check,
             concerns=lambda entry: entry.state not in (State.DRAFT, State.WITHDRAWN) and entry.competition.has_check))
