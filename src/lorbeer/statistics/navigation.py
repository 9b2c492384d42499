from typing import Any

from django.utils.translation import gettext_lazy as _

from lorbeer.editions.queries import published_edition
from lorbeer.shared.navigation import Item, register


def is_filled(request: Any) -> bool:
    competition = getattr(request, "competition", None)
    return competition is not None and published_edition(competition) is not None and competition.tables.exists()


register(Item(_("Figures"), "statistics:table_list", roles={"public"}, stage="statistics", shown=is_filled))
register(Item(_("Statistics"), "statistics:table_list", roles={"office", "office_lead", "editor", "sponsor", "auditor"},
              stage="statistics"))
