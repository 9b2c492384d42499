"""The index of a large edition as long work: it says how far it is, and can be stopped."""

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lorbeer.catalogue.hooks import forget_former
from lorbeer.catalogue.search import shelf
from lorbeer.editions.models import Edition
from lorbeer.shared.jobs import Task, job
from lorbeer.shared.text import language_for


@job("catalogue.index", atomic=False, title=gettext_lazy("Making the public database ready"))
def run_index(task: Task, *, edition: int) -> None:
    chosen = Edition.objects.select_related("competition", "facts__blob").get(pk=edition)
    place = chosen.competition
    with translation.override(language_for(place.first_language)):
        note, label = _("Reading and sorting the words"), _("Public database")
    ours = shelf.build_edition(chosen, lambda done, total: task.step(done, total, note))
    forget_former(chosen.competition_id)
    with task.finish():
        task.job.result = {"url": reverse("catalogue:entry_list", args=[place.code]), "label": label}
        if not ours:
            with translation.override(language_for(place.first_language)):
                task.job.result["note"] = _("Another process of this machine is making it ready already, or it is there.")
