from django.utils.translation import gettext_lazy as _

from lorbeer.shared.navigation import Item, register

OFFICE = {"office", "office_lead"}
register(Item(_("Arrivals"), "intake:arrival_list", roles=OFFICE | {"auditor"}, stage="intake", position=1))
register(Item(_("My entries"), "intake:entry_start", roles={"applicant"}, stage="intake", position=0))
