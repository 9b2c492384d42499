"""Notices of the check on paper, for applicants whom no mail reaches: kept until somebody has sent them."""

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import translation

from lorbeer.call.letters import language_sent
from lorbeer.call.models import Competition
from lorbeer.entries.models import State
from lorbeer.formal_check import letters
from lorbeer.formal_check.models import Check
from lorbeer.intake.printed_letters import letter_data, postal_address
from lorbeer.intake.queries import document_of
from lorbeer.intake.readers import addressee_of
from lorbeer.people.access import can_work_in_office
from lorbeer.people.models import Person
from lorbeer.shared import clock, log
from lorbeer.shared.documents import render_pdf
from lorbeer.shared.text import house_language, language_for
from lorbeer.shared.verdicts import require


def notices_to_post(competition: Competition) -> QuerySet[Check]:
    """Verdicts of which their applicants have not been told, by code of the entry; an older one lapses with the next."""
    newer = Check.objects.filter(entry=OuterRef("entry"), pk__gt=OuterRef("pk"))
    waiting = Check.objects.filter(~Exists(newer), entry__competition=competition, by_post=True, posted_at=None).exclude(
        entry__state=State.WITHDRAWN)
    return waiting.select_related("entry__competition", "clause", "group", "submission__version__questionnaire").order_by("entry__code")


def notice_pdf(check: Check) -> bytes:
    """The letter, with the postal address that the entry names; for an entry without one the office writes it by hand."""
    entry, document = check.entry, document_of(check.submission)
    reader = addressee_of(entry, document)
    reader = reader._replace(language=language_sent(entry.competition, letters.CODES[check.verdict], reader.language))
    with translation.override(language_for(reader.language)):
        title, body = letters.on_paper(check, reader.name)
    data = letter_data(entry.competition, entry, reader, title, body, clock.now())
    data["recipient"] += postal_address(document)
    return render_pdf("letter", data, title=title, language=house_language(reader.language))


@transaction.atomic
def note_posted(check: Check, *, by: Person) -> None:
    """The office has sent it. Safe to repeat."""
    require(can_work_in_office(by, check.entry.competition))
    if Check.objects.filter(pk=check.pk, by_post=True, posted_at=None).update(posted_at=clock.now(), posted_by=by):
        log.record("check.post", subject=f"entry:{check.entry.code}", scope=check.entry.competition.code, actor=by, verdict=check.verdict)
