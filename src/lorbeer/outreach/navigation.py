from typing import Any

from django.utils.translation import gettext_lazy as _

from lorbeer.outreach.queries import letters_phase
from lorbeer.outreach.rules import can_announce
from lorbeer.shared.navigation import Item, register

OFFICE = {"office_lead", "office", "auditor"}


def letters_are_taken(request: Any) -> bool:
    competition = getattr(request, "competition", None)
    return competition is not None and bool(can_announce(competition))


def letters_are_asked_for(request: Any) -> bool:
    competition = getattr(request, "competition", None)
    return competition is not None and letters_phase(competition) is not None


def looks_into_the_register(request: Any) -> bool:
    competition = getattr(request, "competition", None)
    return competition is not None and competition.of_register


register(Item(_("Mailings"), "outreach:wave_list", roles=OFFICE, stage="outreach", position=1))
register(Item(_("Letters of intent"), "outreach:intent_list", roles=OFFICE, stage="outreach", position=2,
              shown=letters_are_asked_for))
register(Item(_("Funnel"), "outreach:funnel_show", roles={"sponsor"}, stage="outreach", position=3))
register(Item(_("Official register"), "outreach:register_show", roles=OFFICE, stage="outreach", position=5,
              shown=looks_into_the_register))
register(Item(_("Announce an entry"), "outreach:intent_new", roles={"public"}, stage="outreach", position=4,
              shown=letters_are_taken))
