"""The prize money's tab in the file of an entry; it is left out where no award has been announced."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from lorbeer.awards.models import Award
from lorbeer.awards.queries import is_entry_announced
from lorbeer.entries.models import Entry
from lorbeer.entries.queries import is_contributor
from lorbeer.entries.tabs import Tab, register
from lorbeer.follow_up.rules import SEES_MONEY
from lorbeer.follow_up.views import money_facts
from lorbeer.people.access import roles_of
from lorbeer.shared.verdicts import ALLOWED, Verdict


def has_won(entry: Entry) -> bool:
    return is_entry_announced(entry) and entry.awards.filter(amount_cents__gt=0).exists()


def can_open(person: Any, entry: Entry) -> Verdict:
    if roles_of(person, entry.competition) & SEES_MONEY or is_contributor(person, entry):
        return ALLOWED
    return Verdict(_("Payments and reports are for the office, the auditor and the winner."))


def show(request: HttpRequest, entry: Entry) -> str:
    found = Award.objects.filter(entry=entry, amount_cents__gt=0)
    awards = found.select_related("entry__competition", "competition", "group", "prize", "project")
    rows = [money_facts(award, request.user) for award in awards]
    return render_to_string("follow_up/_tab.html", {"rows": rows, "entry": entry}, request)


register(Tab("payment", _("Prize money"), render=show, rule=can_open, concerns=has_won))
