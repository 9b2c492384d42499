from django.utils.translation import gettext_lazy as _

from lorbeer.shared.navigation import Item, register

register(Item(_("Results"), "awards:result_list", roles={"office", "office_lead", "sponsor", "auditor"}, stage="awards"))
register(Item(_("Portraits"), "awards:portrait_list", roles={"editor"}, stage="awards", position=1))
