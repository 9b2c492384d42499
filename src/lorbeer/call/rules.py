"""Who may read and change what the call says."""

from django.utils.translation import gettext_lazy as _

from lorbeer.call.models import Competition
from lorbeer.people.access import OFFICE, roles_of
from lorbeer.people.models import Person, Role
from lorbeer.shared.verdicts import ALLOWED, Verdict


def can_see_call(person: object, competition: Competition) -> Verdict:
    """The call is public; its inside page is for those who run, pay for or audit the competition."""
    if is_operator(person) or roles_of(person, competition) & (OFFICE | {Role.Kind.SPONSOR, Role.Kind.AUDITOR, Role.Kind.EDITOR}):
        return ALLOWED
    return Verdict(_("This page is for the office, the sponsor, the editor and the auditor. The public page says the same."))


def can_edit_call(person: object, competition: Competition) -> Verdict:
    """Dates and wording of the call bind everybody, so the lead of the office changes them."""
    if is_operator(person) or Role.Kind.OFFICE_LEAD in roles_of(person, competition):
        return ALLOWED
    return Verdict(_("Only the lead of the competition office can change what the call says."))


def can_edit_letters(person: object, competition: Competition) -> Verdict:
    if is_operator(person) or roles_of(person, competition) & OFFICE:
        return ALLOWED
    return Verdict(_("Only the competition office can change letters."))


def can_export(person: object, competition: Competition) -> Verdict:
    if is_operator(person) or roles_of(person, competition) & (OFFICE | {Role.Kind.AUDITOR}):
        return ALLOWED
    return Verdict(_("Only the competition office and the auditor can download the package."))


def is_operator(person: object) -> bool:
    return isinstance(person, Person) and person.is_active and person.is_operator
