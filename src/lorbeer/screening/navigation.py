"""What leads to the screening, and for whom."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from lorbeer.screening.queries import rules_of
from lorbeer.shared.navigation import Item, register


def opinions_are_written(request: Any) -> bool:
    competition = getattr(request, "competition", None)
    return competition is None or rules_of(competition).opinions


register(Item(_("My pile"), "screening:vote_list", roles={"screener"}, stage="screening", position=0))
register(Item(_("Assignment"), "screening:assignment_show", roles={"office", "office_lead"}, stage="screening", position=1))
register(Item(_("Joint session"), "screening:session_list", roles={"office", "office_lead", "screener", "auditor"},
              stage="screening", position=2))
register(Item(_("Expert opinions"), "screening:opinion_list", roles={"office", "office_lead", "screener", "auditor"},
              stage="screening", position=3, shown=opinions_are_written))
