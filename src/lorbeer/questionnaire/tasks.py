"""What the questionnaire needs before anybody can enter, for the desk of the lead."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.call.queries import to_prepare
from lorbeer.people.access import roles_of
from lorbeer.people.models import Person, Role
from lorbeer.questionnaire.queries import current_version, versions_of
from lorbeer.shared.desk import Task, tasks


@tasks
def questionnaire_tasks(person: Person, competition: Competition) -> Iterator[Task]:
    phase = to_prepare(competition, "entries") if Role.Kind.OFFICE_LEAD in roles_of(person, competition) else None
    if phase is None or current_version(competition):
        return
    label = _("Publish the questionnaire") if versions_of(competition).exists() else _("Write or import the questionnaire")
    yield Task(label, reverse("questionnaire:version_list", args=[competition.code]), phase.starts_at, role=Role.Kind.OFFICE_LEAD,
               note=_("Nobody can begin an entry before it is published."))
