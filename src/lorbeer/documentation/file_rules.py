"""Who reads a book that is not published: those who work on it."""

from django.utils.translation import gettext_lazy as _

from lorbeer.call.models import Competition
from lorbeer.documentation.rules import READERS
from lorbeer.people.access import roles_of
from lorbeer.shared import files
from lorbeer.shared.models import StoredFile
from lorbeer.shared.verdicts import ALLOWED, Verdict


def may_read_book(person: object, stored: StoredFile) -> Verdict:
    competition = Competition.objects.filter(code=stored.scope).first()
    if competition and roles_of(person, competition) & READERS:
        return ALLOWED
    return Verdict(_("This book has not been published."))


files.allow("book:", may_read_book)
