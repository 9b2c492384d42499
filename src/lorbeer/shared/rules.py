"""Who may see what of the installation's own things."""


from django.utils.translation import gettext_lazy as _

from lorbeer.shared.models import Job
from lorbeer.shared.registry import Registry
from lorbeer.shared.verdicts import ALLOWED, Verdict

# An app says who else sees a job (the office of its scope).
also_sees_jobs = Registry[[object, Job], bool]()


def can_see_job(person: object, job: Job) -> Verdict:
    """Whoever started the work sees it and may stop it, and those of whom an app says so."""
    code = getattr(person, "code", "")
    if (code and code == job.started_by) or any(also_sees_jobs.answers(person, job)):
        return ALLOWED
    return Verdict(_("Only the person who started this work can see it."))
