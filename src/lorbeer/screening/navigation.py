"""What leads to the screening, and for whom."""

from django.utils.translation import gettext_lazy as _

from lorbeer.shared.navigation import Item, register, where

register(Item(_("My pile"), "screening:vote_list", roles={"screener"}, stage="screening", position=0,
              shown=where("has_screening")))
register(Item(_("Assignment"), "screening:assignment_show", roles={"office", "office_lead"}, stage="screening", position=1,
              shown=where("has_screening")))
register(Item(_("Joint session"), "screening:session_list", roles={"office", "office_lead", "screener", "auditor"},
              stage="screening", position=2, shown=where("has_screening")))
register(Item(_("Expert opinions"), "screening:opinion_list", roles={"office", "office_lead", "screener", "auditor"},
              stage="screening", position=3, shown=where("has_opinions")))
