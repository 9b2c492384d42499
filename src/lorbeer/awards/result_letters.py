"""The letter that tells an entry its result: by mail with the announcement, on paper to those whom no mail reaches."""

from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from lorbeer.awards import letters, queries, rules
from lorbeer.awards.models import Announcement, Award, PostedLetter
from lorbeer.call.models import Competition
from lorbeer.entries.models import Entry
from lorbeer.intake.printed_letters import letter_data, postal_address
from lorbeer.intake.queries import document_or_none
from lorbeer.intake.readers import addressee_of, readers_of_all
from lorbeer.people.models import Person
from lorbeer.shared import clock, log
from lorbeer.shared.documents import render_many, render_pdf
from lorbeer.shared.files import store
from lorbeer.shared.outbox import Mail, queue_mails
from lorbeer.shared.text import house_language
from lorbeer.shared.verdicts import require


def write_result_letters(announcement: Announcement, *, by: Person | None) -> int:
    """Put one letter (mail and PDF) for the first reader of every decided entry into the outbox; how many are new.

    They leave when the results are announced. Entries that no mail reaches are left out: `queries.letters_to_post` names them.
    """
    competition, round = announcement.competition, announcement.round
    entries = list(queries.entries_to_tell(competition, round))
    readers = readers_of_all(entries)
    won = _won(competition, round)
    texts = letters.own_letters(competition)
    told, documents = [], []
    for entry in entries:
        if not readers[entry.pk]:
            continue
        reader = letters.addressed(_code(won[entry.pk]), entry, readers[entry.pk][0], texts)
        title, body = letters.write(_code(won[entry.pk]), entry, reader, won[entry.pk], letters=texts)
        told.append((entry, reader, title, body))
        documents.append(letter_data(competition, entry, reader, title, body, announcement.announced_at or clock.now()))
    pdfs = render_many("letter", documents, titles=[str(document["subject"]) for document in documents],
                       languages=[house_language(reader.language) for _entry, reader, _title, _body in told])
    mails = []
    for (entry, reader, title, body), pdf in zip(told, pdfs, strict=True):
        with translation.override(house_language(reader.language)):     # who reads it, not who announces
            name = _("Letter %(code)s.pdf") % {"code": entry.code}
        file = store(
            pdf,
            name=name,
            stored_by="system:awards",
            scope=competition.code,
            subject=f"result:{entry.code}",
            media_type="application/pdf",
        )
        mails.append(
            Mail(
                recipient=reader.email,
                recipient_name=reader.name,
                title=title,
                body=body,
                kind="result",
                scope=competition.code,
                key=f"result:{competition.code}:{round}:{entry.code}",
                subject=f"entry:{entry.code}",
                reply_to=competition.office_email,
                attachments=[file],
                send_at=announcement.announced_at,
            )
        )
    return queue_mails(mails)


def letter_pdf(entry: Entry) -> bytes:
    """The letter to one entry on paper, with the postal address that it named; dated as the announcement."""
    competition, document = entry.competition, document_or_none(entry)
    awards = _won(competition, entry.round, entry)[entry.pk]
    reader = letters.addressed(_code(awards), entry, addressee_of(entry, document))
    title, body = letters.write(_code(awards), entry, reader, awards)
    on = queries.announced_at(competition.pk, entry.round) or clock.now()
    data = letter_data(competition, entry, reader, title, body, on)
    if document:
        data["recipient"] += postal_address(document)
    return render_pdf("letter", data, title=title, language=house_language(reader.language))


@transaction.atomic
def note_posted(entry: Entry, *, by: Person) -> PostedLetter:
    """The office has sent the letter by post. Safe to repeat."""
    require(rules.can_post_letter(by, entry))
    posted, is_new = PostedLetter.objects.get_or_create(entry=entry, defaults={"posted_by": by, "posted_at": clock.now()})
    if is_new:
        log.record("results.post", subject=f"entry:{entry.code}", scope=entry.competition.code, actor=by)
    return posted


def _code(awards: Iterable[Award]) -> str:
    return letters.WON if awards else letters.NOT_WON


def _won(competition: Competition, round: int, entry: Entry | None = None) -> dict[int, list[Award]]:
    """Entry id → its awards of the round."""
    found: dict[int, list[Award]] = defaultdict(list)
    awards = queries.results(competition, round)
    for award in awards.filter(entry=entry) if entry else awards:
        found[award.entry_id].append(award)
    return found
