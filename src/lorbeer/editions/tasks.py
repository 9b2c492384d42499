"""What the publication puts on the desks of the office."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.awards.models import Award
from lorbeer.awards.steps import Step, steps
from lorbeer.call.models import Competition
from lorbeer.editions.models import Release
from lorbeer.editions.queries import waiting_for_release
from lorbeer.people.access import OFFICE, roles_of
from lorbeer.people.models import Person
from lorbeer.shared.desk import Task, tasks


@steps
def release_step(person: Any, award: Award) -> Iterator[Step]:
    """What the public finds of the entry; the applicant may change it at any time."""
    entry = award.entry
    url = reverse("entries:entry_tab", args=[award.competition.code, entry.code, "publication"])
    if entry.is_unlisted:
        yield Step(_("Publication"), _("This entry is counted, but not listed. Nothing of it is published."), url=url)
    elif entry.releases.filter(part=Release.Part.ENTRY, revoked_at=None).exists():
        yield Step(_("Publication"), _("Your entry is released. You can change or take back what is public at any time."), url=url,
                   is_done=True)
    else:
        yield Step(_("Publication"), _("Your entry is not released, so the public database does not show it. You can release it."), url=url)


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
