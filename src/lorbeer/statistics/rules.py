"""Who explores and keeps tables. Tables of the published edition are read by everybody."""

from django.utils.translation import gettext_lazy as _

from lorbeer.call.models import Competition
from lorbeer.editions.rules import MAKERS, READERS
from lorbeer.people.access import OFFICE, roles_of
from lorbeer.shared.verdicts import ALLOWED, Verdict
from lorbeer.statistics.definitions import LEAST


def can_read_unpublished(person: object, competition: Competition) -> Verdict:
    """Tables of editions that are not public."""
    if roles_of(person, competition) & READERS:
        return ALLOWED
    return Verdict(_("This edition is not public."))


def guard_for(person: object, competition: Competition) -> int:
    """How many entries a free table must leave when the public answers are taken off; the office sees all."""
    return 0 if roles_of(person, competition) & OFFICE else LEAST


def can_explore(person: object, competition: Competition) -> Verdict:
    """Free tables reach down to single entries, so they are for those who make the statistics."""
    if roles_of(person, competition) & MAKERS:
        return ALLOWED
    return Verdict(_("Tables are made by the office and the editor. Everybody reads the kept ones."))
