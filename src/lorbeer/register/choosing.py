"""The bodies of the register that somebody chooses from, each told from others of its name."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.register.models import LegalStatus, Municipality
from lorbeer.shared.lands import NAMES
from lorbeer.shared.templatetags.formats import number


def told(bodies: Sequence[Municipality]) -> dict[str, str]:
    """Key → name, status, Kreis, Land, population and key of bodies of one edition; one query for the names of their Kreise."""
    keys = {body.key[:5] for body in bodies if len(body.key) > 5}
    kreise = dict(Municipality.objects.filter(
        edition=bodies[0].edition_id, key__in=keys, legal_status=LegalStatus.LANDKREIS).values_list("key", "name")) if keys else {}
    return {body.key: _told(body, kreise.get(body.key[:5], "") if len(body.key) > 5 else "") for body in bodies}


def _told(body: Municipality, kreis: str) -> str:
    land = NAMES.get(body.land_code, body.land_code)
    if kreis and "kreis" not in kreis.lower():
        kreis = _("Kreis %(name)s") % {"name": kreis}
    facts = {"name": body.name, "status": body.status_in_words, "place": f"{kreis}, {land}" if kreis else land, "key": body.key,
             "number": number(body.population)}
    if body.population is None:
        return _("%(name)s (%(status)s, %(place)s, key %(key)s)") % facts
    return _("%(name)s (%(status)s, %(place)s, %(number)s inhabitants, key %(key)s)") % facts


def more_fit(more: int) -> str:
    """What is said of those that the list leaves out; empty where it leaves out none."""
    return ngettext("%(more)d more fits. Type more of the name to see it.", "%(more)d more fit. Type more of the name to see them.",
                    more) % {"more": more} if more else ""
