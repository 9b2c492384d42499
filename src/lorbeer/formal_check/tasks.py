"""What the office has to check, and until when."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.call.models import Competition, Phase
from lorbeer.entries.models import State
from lorbeer.formal_check import applicants, by_post, queries
from lorbeer.formal_check.views import waiting_words
from lorbeer.people.access import OFFICE, roles_of
from lorbeer.people.models import Person
from lorbeer.shared import clock
from lorbeer.shared.desk import Picture, Task, pictures, tasks
from lorbeer.shared.templatetags.components import progress as bar


@tasks
def check_tasks(person: Person, competition: Competition) -> Iterator[Task]:
    if not competition.has_check:
        yield from take_in_tasks(person, competition)
        return
    for role in sorted(roles_of(person, competition) & OFFICE):
        ends = dict(competition.phases.filter(kind=Phase.Kind.CHECK).values_list("round", "ends_at"))
        progress = queries.progress(competition)
        for row in progress:
            label = waiting_words(row.waiting)
            if len(progress) > 1:
                label = _("%(task)s (round %(round)d)") % {"task": label, "round": row.round}
            if row.waiting:
                yield Task(label, reverse("formal_check:check_next", args=[competition.code]), ends.get(row.round),
                           note=_("%(done)d of %(total)d are checked") % {"done": row.done, "total": row.total},
                           count=row.waiting, role=role)
        if any(row.waiting for row in progress) and (above := applicants.counts(competition).above):
            yield Task(
                ngettext("%(count)d applicant has handed in more than the call allows",
                         "%(count)d applicants have handed in more than the call allows", above) % {"count": above},
                reverse("formal_check:check_list", args=[competition.code]) + "?verdict=waiting",
                note=_("The check names the others of the same applicant. More than allowed is admitted only with a reason."),
                count=above, role=role)
        if to_post := by_post.notices_to_post(competition).count():
            yield Task(
                ngettext("Send %(count)d notice by post", "Send %(count)d notices by post", to_post) % {"count": to_post},
                reverse("formal_check:check_list", args=[competition.code]), note=_("No mail reaches these applicants."),
                count=to_post, role=role)
        overdue = queries.received(competition).filter(
            state=State.SUBMITTED, is_waiting=True, last_verdict="returned", checks__complete_until__lt=clock.now(),
        ).distinct().count()
        if overdue:
            yield Task(
                ngettext("%(count)d entry was not completed in time", "%(count)d entries were not completed in time", overdue)
                % {"count": overdue}, reverse("formal_check:check_list", args=[competition.code]) + "?verdict=waiting",
                count=overdue, role=role)


def take_in_tasks(person: Person, competition: Competition) -> Iterator[Task]:
    roles = roles_of(person, competition) & OFFICE
    count = sum(not entry.is_late for entry in queries.to_take_in(competition)) if roles else 0     # type: ignore[attr-defined]
    for role in sorted(roles if count else ()):
        yield Task(ngettext("Take in %(count)d entry: the deadline has passed", "Take in %(count)d entries: the deadline has passed",
                            count) % {"count": count},
                   reverse("formal_check:entries_take_in", args=[competition.code]), count=count, role=role)


@pictures
def check_progress(person: Person, competition: Competition) -> Iterator[Picture]:
    roles = roles_of(person, competition) & OFFICE if competition.has_check else frozenset()
    rows = [row for row in queries.progress(competition) if row.total > row.done and not row.deadline] if roles else []
    for role in sorted(roles):
        if rows:
            row = rows[-1]
            yield Picture(_("Formal check"), bar(row.done, row.total, _("checked")),
                          reverse("formal_check:check_list", args=[competition.code]), role=role, round=row.round)
