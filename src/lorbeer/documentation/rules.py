"""Who may write the book."""

from django.utils.translation import gettext_lazy as _

from lorbeer.call.models import Competition
from lorbeer.people.access import roles_of
from lorbeer.people.models import Role
from lorbeer.shared.verdicts import ALLOWED, Verdict

EDITORS = frozenset({Role.Kind.EDITOR, Role.Kind.OFFICE, Role.Kind.OFFICE_LEAD})
READERS = EDITORS | {Role.Kind.SPONSOR, Role.Kind.AUDITOR}


def can_edit_book(person: object, competition: Competition) -> Verdict:
    """Editors and the office write the book."""
    if roles_of(person, competition) & EDITORS:
        return ALLOWED
    return Verdict(_("Only editors and the competition office write the book."))


def can_publish_book(person: object, competition: Competition) -> Verdict:
    """The lead of the office decides which book the public reads."""
    if Role.Kind.OFFICE_LEAD in roles_of(person, competition):
        return ALLOWED
    return Verdict(_("The lead of the competition office publishes the book."))
