"""Who writes the website."""

from lorbeer.people.models import Role

EDITORS = frozenset({Role.Kind.OFFICE_LEAD, Role.Kind.OFFICE, Role.Kind.EDITOR})
