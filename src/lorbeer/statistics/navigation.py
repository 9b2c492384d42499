from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from lorbeer.editions.queries import published_edition
from lorbeer.shared.navigation import Item, register
from lorbeer.shared.prepared import prepared
from lorbeer.statistics.models import TableDefinition


@prepared
def _a_table_of(competition: int) -> "QuerySet[TableDefinition, int]":
    return TableDefinition.objects.filter(competition=competition).order_by().values_list("pk", flat=True)[:1]


def is_filled(request: Any) -> bool:
    competition = getattr(request, "competition", None)
    return competition is not None and published_edition(competition) is not None and bool(_a_table_of(competition.pk))


register(Item(_("Figures"), "statistics:table_list", roles={"public"}, stage="statistics", shown=is_filled))
register(Item(_("Statistics"), "statistics:table_list", roles={"office", "office_lead", "editor", "sponsor", "auditor"},
              stage="statistics"))
