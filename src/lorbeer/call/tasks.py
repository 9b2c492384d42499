"""What a call needs before anybody can enter, for the desk of the lead."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.call.queries import to_prepare
from lorbeer.people.access import roles_of
from lorbeer.people.models import Person, Role
from lorbeer.shared.desk import Task, tasks


@tasks
def date_tasks(person: Person, competition: Competition) -> Iterator[Task]:
    """The phases without any date, as long as entries are to be taken in."""
    if Role.Kind.OFFICE_LEAD not in roles_of(person, competition) or to_prepare(competition, "entries") is None:
        return
    undated = [phase.get_kind_display() for phase in competition.schedule if not (phase.starts_at or phase.ends_at)]
    if undated:
        yield Task(_("Set the dates of the call"), reverse("call:phases_edit", args=[competition.code]), role=Role.Kind.OFFICE_LEAD,
                   note=_("Without a date yet: %(phases)s.") % {"phases": ", ".join(dict.fromkeys(map(str, undated)))})
