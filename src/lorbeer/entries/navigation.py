from django.utils.translation import gettext_lazy as _

from lorbeer.shared.navigation import Item, register

register(Item(_("All entries"), "entries:entry_list", roles={"office", "office_lead", "auditor", "sponsor", "editor"},
              stage="entries", position=1))
