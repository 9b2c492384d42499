"""What nobody else's stage asks for: after the announcement somebody freezes and publishes an edition; and how the log names pages."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.awards.queries import announced_results
from lorbeer.call.models import Competition, Phase
from lorbeer.editions.queries import released_since
from lorbeer.follow_up import names
from lorbeer.people.access import OFFICE, roles_of
from lorbeer.people.models import Person, Role
from lorbeer.shared.context import address
from lorbeer.shared.desk import Task, tasks


def page_titles(competition: Competition, _codes: set[str]) -> dict[str, str]:
    """By code and language, as the log knows pages."""
    pages = competition.pages.exclude(newest=None).values_list("code", "language", "newest__title")
    return {f"{code}.{language}": title for code, language, title in pages}


names.know("page", page_titles)


@tasks
def edition_tasks(person: Person, competition: Competition) -> Iterator[Task]:
    """For the editor, and the office where it is the editor too; nothing while the pages for it are not there."""
    mine = roles_of(person, competition) & (OFFICE | {Role.Kind.EDITOR})
    url = address("editions:edition_list", competition=competition.code)
    if not mine or not url or not announced_results(competition).exists():
        return
    newest = competition.editions.first()
    phase = competition.phases.filter(kind=Phase.Kind.BOOK).first()
    due = phase.ends_at if phase else None
    newer = released_since(newest) if newest and newest.is_published else 0
    for role in sorted(mine):
        if newest is None:
            yield Task(_("Freeze the first edition"), url, due, _("Catalogue, statistics and book read nothing else."), role=role)
        elif not newest.is_published:
            yield Task(_("Publish edition %(number)s") % {"number": newest.number}, url, due, role=role)
        elif newer:
            label = ngettext("Freeze an edition with %(count)d entry released since",
                             "Freeze an edition with %(count)d entries released since", newer) % {"count": newer}
            yield Task(label, url, None, _("Until then the public does not find them."), newer, role)
