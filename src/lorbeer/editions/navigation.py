from django.utils.translation import gettext_lazy as _

from lorbeer.shared.navigation import Item, register

register(Item(_("Editions"), "editions:edition_list", roles={"office", "office_lead", "editor", "sponsor", "auditor"},
              stage="editions"))
