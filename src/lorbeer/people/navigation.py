from django.utils.translation import gettext_lazy as _

from lorbeer.shared.navigation import Item, register

register(Item(_("Team"), "people:team_list", roles={"office_lead", "office", "auditor"}, stage="call", position=90))
