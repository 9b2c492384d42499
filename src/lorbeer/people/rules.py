"""Who may decide who does what."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from lorbeer.people.access import roles_of
from lorbeer.people.models import Person, Role
from lorbeer.shared.registry import Registry
from lorbeer.shared.verdicts import ALLOWED, Verdict

if TYPE_CHECKING:
    from lorbeer.call.models import Competition


def can_manage_team(person: Person, competition: "Competition") -> Verdict:
    """Give and take roles: the lead alone."""
    if Role.Kind.OFFICE_LEAD in roles_of(person, competition):
        return ALLOWED
    return Verdict(_("Only the lead of the competition office can give and take roles."))


def kinds_to_give(person: Person, competition: "Competition") -> list[str]:
    """The roles that `person` may invite others to: the lead all, the operator a lead (somebody must be the first)."""
    if can_manage_team(person, competition):
        return list(Role.Kind.values)
    return [Role.Kind.OFFICE_LEAD] if person.is_operator and person.is_active else []


def kinds_to_offer(person: Person, competition: "Competition") -> list[str]:
    """Of the roles that `person` may give those that have something to do in this call: without a screening nobody screens."""
    return [kind for kind in kinds_to_give(person, competition) if kind != Role.Kind.SCREENER or competition.has_screening]


def can_invite(person: Person, competition: "Competition", kind: str) -> Verdict:
    kinds = kinds_to_give(person, competition)
    if kind in kinds:
        return ALLOWED
    if kinds:
        return Verdict(_("An operator invites the lead of the office and nobody else. The lead gives all other roles."))
    return can_manage_team(person, competition)


# A stage keeps roles while they are needed there: it says of which roles (by pk) and why.
bars_taking = Registry[["Competition", Iterable[Role]], dict[int, Verdict]]()


def can_take_role(person: Person, role: Role) -> Verdict:
    """An office without a lead could never get one again."""
    return roles_to_take(person, role.competition, [role])[0]


def roles_to_take(person: Person, competition: "Competition", roles: list[Role]) -> list[Verdict]:
    """The same rule for a list, in as many queries for one role as for thirty."""
    allowed = can_manage_team(person, competition)
    if not allowed:
        return [allowed] * len(roles)
    is_last = competition.roles.filter(kind=Role.Kind.OFFICE_LEAD).count() == 1
    last_lead = Verdict(_("This is the only lead of the office. Give the role to somebody else first."))
    barred: dict[int, Verdict] = {}
    for said in bars_taking.answers(competition, roles):
        barred |= said
    return [last_lead if is_last and role.kind == Role.Kind.OFFICE_LEAD else barred.get(role.pk, ALLOWED) for role in roles]
