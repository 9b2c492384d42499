"""The screening in the file of an entry: the votes as far as the reader may see them, and why not."""

from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from lorbeer.entries.models import Entry, State
from lorbeer.entries.queries import is_biased, is_contributor
from lorbeer.entries.tabs import Tab, register
from lorbeer.people.access import roles_of
from lorbeer.people.models import Person
from lorbeer.screening import queries, rules
from lorbeer.shared.verdicts import ALLOWED, Verdict


def can_open(person: object, entry: Entry) -> Verdict:
    """Office and auditor; screeners for what they have read. The tab itself tells nothing about votes."""
    if not isinstance(person, Person):
        return Verdict(rules.OFFICE_ONLY)
    if is_contributor(person, entry):
        return Verdict(_("You work on this entry yourself. Votes are read by those who wrote them, by the joint session and by the office; "
                         "applicants learn the result with the announcement, under “Result”."))
    if is_biased(person, entry):
        return Verdict(rules.BIASED)
    if not roles_of(person, entry.competition) & rules.READS_ALL and not entry.votes.filter(screener=person).exists():
        return Verdict(_("Votes are read by those who wrote them, by the joint session and by the office."))
    return ALLOWED if rules.is_through(entry) else Verdict(rules.SEALED)


def render(request: Any, entry: Entry) -> str:
    from lorbeer.screening.views import comparison

    votes = list(queries.with_sheets(rules.votes_readable_by(request.user, entry.competition).filter(entry=entry)).order_by("seat"))
    through = rules.is_through(entry)
    return render_to_string("screening/votes_body.html", {
        "entry": entry, "through": through, "sealed_note": rules.SEALED,
        "comparison": comparison(entry, votes) if through and votes else None,
        "diverging": through and not queries.votes_agree(votes), "item": entry.session_items.exclude(decided_at=None).first(),
    }, request=request)


register(Tab(
    "screening", _("Screening"), render=render, rule=can_open,
    concerns=lambda entry: entry.state in (State.ADMITTED, *rules.THROUGH) and entry.competition.has_screening,
))
