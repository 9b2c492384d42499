from django.utils.translation import gettext_lazy as _

from lorbeer.shared.navigation import Item, register

register(Item(_("Jury"), "jury:meeting_list", roles={"office", "office_lead", "juror", "auditor"}, stage="jury"))
