from django.utils.translation import gettext_lazy as _

from lorbeer.shared.context import held_roles
from lorbeer.shared.navigation import Item, register

INSIDE = {"office_lead", "office", "sponsor", "screener", "juror", "editor", "auditor", "applicant"}

# Who begins an entry works as an applicant before there is a desk.
register(Item(_("Today"), "website:desk", roles=INSIDE, stage="website", position=-1, shown=lambda request: bool(held_roles(request))))
register(Item(_("Competition"), "website:competition_home", roles={"public"}, stage="people", position=0))
register(Item(_("Website"), "website:page_list", roles={"office_lead", "office", "editor"}, stage="website", position=5))
