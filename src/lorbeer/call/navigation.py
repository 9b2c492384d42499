from django.utils.translation import gettext_lazy as _

from lorbeer.shared.navigation import Item, register

register(Item(_("Rules and dates"), "call:call_show", roles={"office_lead", "office", "sponsor", "auditor"}, stage="call"))
