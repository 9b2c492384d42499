"""What the publication puts on the desks of the office."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.call.models import Competition
from lorbeer.editions.queries import waiting_for_release
from lorbeer.people.access import OFFICE, roles_of
from lorbeer.people.models import Person
from lorbeer.shared.desk import Task, tasks


@tasks
def release_tasks(person: Person, competition: Competition) -> Iterator[Task]:
    """Entries of announced rounds that are still closed although their applicants agreed."""
    mine = roles_of(person, competition) & OFFICE
    if not mine:
        return
    waiting = len(waiting_for_release(competition))
    if not waiting:
        return
    label = ngettext("Release %(count)d entry whose applicant agreed", "Release %(count)d entries whose applicants agreed",
                     waiting) % {"count": waiting}
    url = f"{reverse('editions:publication_list', args=[competition.code])}?standing=consented"
    for role in sorted(mine):
        yield Task(label, url, note=_("Until then the public does not find them."), count=waiting, role=role)
