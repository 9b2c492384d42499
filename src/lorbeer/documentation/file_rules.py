"""Who reads a book that is not published: those who work on it."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lorbeer.call.models import Competition
from lorbeer.documentation.models import BookBuild
from lorbeer.documentation.rules import READERS
from lorbeer.documentation.taken_back import is_held_back
from lorbeer.people.access import roles_of
from lorbeer.shared import files
from lorbeer.shared.models import StoredFile
from lorbeer.shared.verdicts import ALLOWED, Verdict


def may_read_book(person: object, stored: StoredFile) -> Verdict:
    competition = Competition.objects.filter(code=stored.scope).first()
    if competition and roles_of(person, competition) & READERS:
        return ALLOWED
    return Verdict(_("This book has not been published."))


def holds_back(stored: StoredFile) -> bool:
    """A published book that shows what was taken back since is not handed out to the public."""
    builds = BookBuild.objects.filter(is_published=True).select_related("site__blob")
    build = builds.filter(Q(pdf=stored) | Q(site=stored) | Q(epub=stored)).first()
    return build is not None and is_held_back(build)


files.allow("book:", may_read_book)
files.hold("book:", holds_back)
