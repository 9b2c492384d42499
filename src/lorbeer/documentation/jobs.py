"""The book as long work: it says at which chapter it is, and can be stopped."""

from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lorbeer.call.models import Competition
from lorbeer.documentation.handouts import keep_handout, make_document
from lorbeer.documentation.services import keep_book, set_book
from lorbeer.people.models import Person
from lorbeer.shared import files
from lorbeer.shared.jobs import Task, job
from lorbeer.shared.text import language_for


@job("book.build", atomic=False, title=_("Building the book"))
def run_build(task: Task, *, competition: str, edition: int, by: str) -> None:
    place = Competition.objects.get(code=competition)
    chosen = place.editions.get(number=edition)
    person = Person.objects.filter(code=by).first()
    language = language_for(person.language if person else place.first_language)
    with translation.override(language):
        made = set_book(place, chosen, task.step)
    with task.finish():
        build = keep_book(place, chosen, made, by=person)
        with translation.override(language):
            label = ngettext("%(name)s (%(pages)d page)", "%(name)s (%(pages)d pages)", made.pages) % {
                "name": build.pdf.name, "pages": made.pages}
        task.job.result = {"url": files.address_of(build.pdf), "label": label, "build": build.pk}
        if made.notes:
            task.job.result["note"] = " ".join(made.notes)


@job("book.handout", atomic=False, title=_("Writing the Word document"))
def run_handout(task: Task, *, competition: str, edition: int, chapters: list[str], by: str) -> None:
    place = Competition.objects.get(code=competition)
    chosen = place.editions.filter(number=edition).first()
    person = Person.objects.filter(code=by).first()
    with translation.override(language_for(person.language if person else place.first_language)):
        made = make_document(place, chosen, chapters, task.step)
    with task.finish():
        handout = keep_handout(place, chosen, made, by=person)
        assert handout.document
        task.job.result = {"url": files.address_of(handout.document), "label": handout.document.name}
