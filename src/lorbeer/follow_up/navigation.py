from django.utils.translation import gettext_lazy as _

from lorbeer.shared.navigation import Item, register, where

register(Item(_("Prize money"), "follow_up:payment_list", roles={"office", "office_lead", "sponsor", "auditor"}, stage="follow_up",
              shown=where("has_money")))
register(Item(_("Log"), "follow_up:event_list", roles={"office_lead", "auditor"}, stage="follow_up", position=1))
register(Item(_("Erasure"), "follow_up:retention_show", roles={"office", "office_lead"}, stage="follow_up", position=2))
