"""Letters on paper, to those whom no mail reaches: how they are set, and the receipt among them."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.entries.models import Entry, State
from lorbeer.intake import letters, queries, rules
from lorbeer.intake.models import Channel, MergerLetter, Submission
from lorbeer.intake.readers import Reader, addressee_of, unreached
from lorbeer.people.access import can_work_in_office
from lorbeer.people.models import Person
from lorbeer.questionnaire.frozen import Document
from lorbeer.shared import clock, log
from lorbeer.shared.blocks import text_blocks
from lorbeer.shared.documents import long_date, render_pdf
from lorbeer.shared.text import house_language, language_for, nested_quotes
from lorbeer.shared.verdicts import require


def letterhead(competition: Competition) -> dict[str, Any]:
    """Who writes, as the templates `letter` and `opinion` print it on top, in the active language."""
    return {
        "name": str(competition.office_name),
        "lines": [line for line in competition.office_address.splitlines() if line],
        "phone": competition.office_phone,
        "email": competition.office_email,
    }


def letter_data(competition: Competition, entry: Entry, reader: Reader, title: str, body: str, on: datetime) -> dict[str, Any]:
    """`body` as the letter template wants it: on the office's paper, to the applicant, in the applicant's language."""
    with translation.override(language_for(reader.language)):
        return {
            "office": letterhead(competition),
            "recipient": [line for line in dict.fromkeys((entry.applicant, reader.name)) if line],
            "info": [[_("Our reference"), entry.reference or entry.code]],
            "place_date": long_date(on, house_language(reader.language), competition.time_zone),
            "subject": nested_quotes(title),
            "blocks": text_blocks(nested_quotes(body)),
        }


def postal_address(document: Document) -> list[str]:
    """Office, street, and postcode with town, one line each."""
    parts = document.address()
    lines = [document.by_role("office"), parts["street"], f"{parts['postcode']} {parts['town']}".strip()]
    return [str(line) for line in lines if line]


def receipts_to_post(competition: Competition) -> list[Submission]:
    """Accepted submissions that the office keyed in, whose receipt no mail took away and nobody has posted yet.

    Until the entry goes on from its check: later letters tell more than a receipt does.
    """
    waiting = Submission.objects.filter(
        entry__competition=competition, entry__state__in=(State.SUBMITTED, State.ADMITTED), is_accepted=True, receipt_posted_at=None,
    ).exclude(arrival__channel=Channel.ONLINE)
    entries = unreached(Entry.objects.filter(pk__in=waiting.values("entry")).select_related("competition"))
    return list(waiting.filter(entry__in=entries).select_related("entry", "arrival").order_by("submitted_at", "pk")) if entries else []


def receipt_letter_pdf(submission: Submission) -> bytes:
    """The letter that goes with the receipt, with the postal address that the entry names."""
    entry, competition, document = submission.entry, submission.entry.competition, queries.document_of(submission)
    reader = addressee_of(entry, document)
    with translation.override(language_for(reader.language)):
        title = _("Receipt %(number)s: %(title)s") % {"number": submission.receipt_number, "title": entry}
        body = _(
            "Good day,\n\n"
            "we have received your entry “%(title)s” for “%(competition)s”. This letter says that it counts.\n\n"
            "Receipt number: %(number)s\n"
            "Received: %(time)s\n"
            "Checksum (SHA-256): %(sha256)s\n"
            "Newest value of the log chain: %(chain)s\n\n"
            "The receipt is enclosed, with everything that we took over from your papers. If something in it is not as you "
            "wrote it, please tell us.\n\n"
            "With kind regards\n%(office)s"
        ) % {
            "title": entry, "competition": competition.title, "office": competition.office_name, "number": submission.receipt_number,
            "time": rules.moment_in_words(competition, submission.submitted_at, exact=True), "sha256": submission.sha256,
            "chain": submission.log_digest or "–",
        }
    data = letter_data(competition, entry, reader, title, body, clock.now())
    data["recipient"] += postal_address(document)
    return render_pdf("letter", data, title=title, language=house_language(reader.language))


def merger_letters_to_post(competition: Competition) -> QuerySet[MergerLetter]:
    """What applicants whom no mail reaches are still to be told of entries that were put together or taken apart."""
    return MergerLetter.objects.filter(entry__competition=competition, posted_at=None).select_related("entry", "merger")


def merger_letter_pdf(letter: MergerLetter) -> bytes:
    """The letter with the postal address that the entry names. Raises nothing for an entry without one: the office writes it by hand."""
    entry, document = letter.entry, letters.newest_document(letter.entry)
    reader = letters.merger_reader(letter.kind, entry, addressee_of(entry, document))
    title, body = letters.merger_text(letter.merger, letter.kind, entry, reader)
    data = letter_data(entry.competition, entry, reader, title, body, clock.now())
    if document:
        data["recipient"] += postal_address(document)
    return render_pdf("letter", data, title=title, language=house_language(reader.language))


@transaction.atomic
def note_merger_letter_posted(letter: MergerLetter, *, by: Person) -> None:
    """The office has sent it by post. Safe to repeat."""
    require(can_work_in_office(by, letter.entry.competition))
    if MergerLetter.objects.filter(pk=letter.pk, posted_at=None).update(posted_at=clock.now(), posted_by=by):
        log.record("duplicate.post", subject=f"entry:{letter.entry.code}", scope=letter.entry.competition.code, actor=by, letter=letter.kind,
                   number=letter.number)


@transaction.atomic
def note_receipt_posted(submission: Submission, *, by: Person) -> None:
    """The office has sent the receipt by post. Safe to repeat."""
    require(rules.can_post_receipt(by, submission))
    if Submission.objects.filter(pk=submission.pk, receipt_posted_at=None).update(receipt_posted_at=clock.now()):
        log.record("receipt.post", subject=f"entry:{submission.entry.code}", scope=submission.entry.competition.code, actor=by,
                   receipt=submission.receipt_number)
