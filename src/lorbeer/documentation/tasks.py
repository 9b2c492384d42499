"""What the editor has to do: places that stop the book, portraits without text, a book that is not published."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.call.models import Competition, Phase
from lorbeer.documentation.book import ChapterText, compile_chapter
from lorbeer.documentation.queries import dataset_of, newest_edition, published_book
from lorbeer.documentation.rules import EDITORS
from lorbeer.documentation.taken_back import is_held_back
from lorbeer.people.access import roles_of
from lorbeer.people.models import Person, Role
from lorbeer.shared.desk import Task, tasks


@tasks
def book_tasks(person: Person, competition: Competition) -> Iterator[Task]:
    roles = roles_of(person, competition)
    if not roles & EDITORS or not competition.has_book:
        return
    edition = newest_edition(competition)
    if edition is None:
        return
    role = Role.Kind.EDITOR if Role.Kind.EDITOR in roles else ""
    published = published_book(competition)
    if published is not None and is_held_back(published):
        yield Task(_("Build the book anew and publish it"), reverse("documentation:build_list", args=[competition.code]),
                   note=_("Something in it was taken back, so its files are held back."), role=role)
    phase = competition.phases.filter(kind=Phase.Kind.BOOK).first()
    due = phase.ends_at if phase else None
    dataset = dataset_of(competition, edition)
    faults = sum(
        len(compile_chapter(ChapterText(chapter.code, chapter.title, chapter.text), dataset).faults)
        for chapter in competition.chapters.all()
    )
    if faults:
        yield Task(
            ngettext("%(count)d place in the book needs an answer", "%(count)d places in the book need an answer", faults)
            % {"count": faults},
            reverse("documentation:chapter_list", args=[competition.code]), due, count=faults, role=role,
        )
    missing = sum(not portrait.get("description") for portrait in dataset.portraits)
    if missing:
        yield Task(
            ngettext("%(count)d portrait without text", "%(count)d portraits without text", missing) % {"count": missing},
            reverse("documentation:portrait_list", args=[competition.code]), due, count=missing, role=role,
        )
    if not faults and not competition.book_builds.filter(edition=edition).exists() and competition.chapters.exists():
        yield Task(_("Build the book from edition %(number)d") % {"number": edition.number},
                   reverse("documentation:build_list", args=[competition.code]), due, role=role)
