from django.utils.translation import gettext_lazy as _

from lorbeer.shared.navigation import Item, register, where

register(Item(_("Formal check"), "formal_check:check_list", roles={"office_lead", "office", "auditor"}, stage="formal_check",
              shown=where("has_check")))
