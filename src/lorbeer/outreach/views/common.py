"""What the pages share: who may read, who may change, the tabs."""

from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.outreach import queries, rules
from lorbeer.people.access import competition_for
from lorbeer.shared.errors import Refused
from lorbeer.shared.verdicts import Verdict


def require_here(request: HttpRequest, competition: Competition, verdict: Verdict) -> Competition:
    """Strangers do not learn that there is a page; insiders hear why it is not theirs."""
    if verdict:
        return competition
    if not request.roles:  # type: ignore[attr-defined]
        raise Http404
    raise Refused(str(verdict.reason))


def reading(request: HttpRequest, code: str) -> Competition:
    competition = competition_for(request, code)
    return require_here(request, competition, rules.can_see_outreach(request.user, competition))


def changing(request: HttpRequest, code: str) -> Competition:
    competition = competition_for(request, code)
    return require_here(request, competition, rules.can_change_outreach(request.user, competition))


def tabs_of(competition: Competition, current: str) -> list[dict[str, Any]]:
    names = [("wave_list", _("Mailings")), ("address_list", _("Distribution list")), ("mail_list", _("Outbox")),
             ("intent_list", _("Letters of intent")), ("funnel_show", _("Funnel"))]
    return [{"label": label, "url": reverse(f"outreach:{name}", args=[competition.code]), "current": name == current}
            for name, label in names if name != "intent_list" or queries.has_letters(competition)]
