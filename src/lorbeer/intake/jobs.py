"""Reading a stack of scanned letters as long work."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lorbeer.intake import services
from lorbeer.intake.models import Scan
from lorbeer.shared.jobs import Task, job


@job("intake.read_stack", atomic=False, title=gettext_lazy("Reading the scans"))
def run_read_stack(task: Task, *, scan: str) -> None:
    stack = Scan.objects.select_related("competition", "file__blob").get(number=scan)
    task.step(0, 1, _("Looking for cover sheets"))
    keep = services.read_stack(stack)
    with task.finish():
        keep()
        url = reverse("intake:stack_show", args=[stack.competition.code, stack.number])
        task.job.result = {"url": url, "label": _("To the letters that were found")}
