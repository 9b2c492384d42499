"""The bodies of the register that somebody chooses from, each told from others of its name."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.register.models import Municipality
from lorbeer.shared.lands import NAMES
from lorbeer.shared.templatetags.formats import number


def told(body: Municipality) -> str:
    """Name, status, Land or Kreis by its key, and population."""
    facts = {"name": body.name, "status": body.get_legal_status_display(), "land": NAMES.get(body.land_code, body.land_code),
             "key": body.key, "number": number(body.population)}
    if body.population is None:
        return _("%(name)s (%(status)s, %(land)s, key %(key)s)") % facts
    return _("%(name)s (%(status)s, %(land)s, %(number)s inhabitants, key %(key)s)") % facts


def more_fit(more: int) -> str:
    """What is said of those that the list leaves out; empty where it leaves out none."""
    return ngettext("%(more)d more fits. Type more of the name to see it.", "%(more)d more fit. Type more of the name to see them.",
                    more) % {"more": more} if more else ""
