"""What nobody confirmed in time is deleted by the worker, whether anybody writes again or not."""

from django.utils.translation import gettext_lazy as _

from lorbeer.enquiries import services
from lorbeer.shared.jobs import Task, job


@job(services.FORGET, title=_("Deleting messages that nobody has confirmed"))
def run_forget(task: Task) -> None:
    while services.forget_expired():
        pass
