"""Who may decide who does what."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from lorbeer.people.access import roles_of
from lorbeer.people.models import Person, Role
from lorbeer.shared.verdicts import ALLOWED, Verdict

if TYPE_CHECKING:
    from lorbeer.call.models import Competition


def can_manage_team(person: Person, competition: "Competition") -> Verdict:
    if person.is_operator or Role.Kind.OFFICE_LEAD in roles_of(person, competition):
        return ALLOWED
    return Verdict(_("Only the lead of the competition office can give and take roles."))


def can_take_role(person: Person, role: Role) -> Verdict:
    """An office without a lead could never get one again."""
    allowed = can_manage_team(person, role.competition)
    if not allowed:
        return allowed
    leads = role.competition.roles.filter(kind=Role.Kind.OFFICE_LEAD)
    if role.kind == Role.Kind.OFFICE_LEAD and leads.count() == 1:
        return Verdict(_("This is the only lead of the office. Give the role to somebody else first."))
    return ALLOWED
