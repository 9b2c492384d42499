from typing import Any

from django.utils.translation import gettext_lazy as _

from lorbeer.editions.queries import published_edition
from lorbeer.shared.navigation import Item, register


def is_filled(request: Any) -> bool:
    """The public finds the link as soon as there is something to read."""
    competition = getattr(request, "competition", None)
    return competition is not None and published_edition(competition) is not None


INSIDE = {"office_lead", "office", "sponsor", "editor", "auditor"}

register(Item(_("Entries"), "catalogue:entry_list", roles={"public"}, stage="catalogue", shown=is_filled))
register(Item(_("Public database"), "catalogue:entry_list", roles=INSIDE, stage="catalogue", shown=is_filled))
