"""Who may see what of the installation's own things."""

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from lorbeer.shared.models import Job
from lorbeer.shared.verdicts import ALLOWED, Verdict

Checker = Callable[[object, Job], bool]
_checkers: list[Checker] = []


def also_sees_jobs(checker: Checker) -> None:
    """Let an app say who else sees a job (the office of its scope); called by the app's `ready`."""
    _checkers.append(checker)


def can_see_job(person: object, job: Job) -> Verdict:
    """Whoever started the work sees it and may stop it, and those of whom an app says so."""
    code = getattr(person, "code", "")
    if (code and code == job.started_by) or any(checker(person, job) for checker in _checkers):
        return ALLOWED
    return Verdict(_("Only the person who started this work can see it."))
