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
    return roles_to_take(person, role.competition, [role])[0]


def roles_to_take(person: Person, competition: "Competition", roles: list[Role]) -> list[Verdict]:
    """The same rule for a list, in two queries however long it is."""
    allowed = can_manage_team(person, competition)
    if not allowed:
        return [allowed] * len(roles)
    is_last = competition.roles.filter(kind=Role.Kind.OFFICE_LEAD).count() == 1
    last_lead = Verdict(_("This is the only lead of the office. Give the role to somebody else first."))
    return [last_lead if is_last and role.kind == Role.Kind.OFFICE_LEAD else ALLOWED for role in roles]
