"""The minutes of a closed meeting, should their making have been cut off: by a full disk, a crash, a kill."""

from django.utils.translation import gettext_lazy as _

from lorbeer.jury.minutes import write_minutes
from lorbeer.jury.models import Meeting
from lorbeer.jury.services.closing import MINUTES
from lorbeer.people.models import Person
from lorbeer.shared.jobs import Task, job


@job(MINUTES, atomic=False, title=_("Writing the minutes of the jury’s meeting"))
def run_minutes(task: Task, *, meeting: str, by: str) -> None:
    """Once the minutes are there, nothing is left to do."""
    write_minutes(Meeting.objects.select_related("competition").get(code=meeting), by=Person.objects.filter(code=by).first())
