"""An entry and its receipt as documents: what the applicant previews is what the jury reads."""

from datetime import UTC
from functools import lru_cache
from typing import Any

from django.utils import translation
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.entries.models import Entry
from lorbeer.intake import queries, rules
from lorbeer.intake.models import Draft, Submission
from lorbeer.questionnaire import pdfform
from lorbeer.questionnaire.definition import Type
from lorbeer.questionnaire.frozen import Document, ShownAnswer, ShownBlock, canonical_document
from lorbeer.questionnaire.models import Version
from lorbeer.questionnaire.queries import form_of
from lorbeer.shared import clock, files, log
from lorbeer.shared.documents import render_pdf
from lorbeer.shared.errors import LorbeerError
from lorbeer.shared.lands import land_name
from lorbeer.shared.models import StoredFile
from lorbeer.shared.money import format_euro

MAX_PICTURES = 8


def empty_form(competition: Competition, version: Version, language: str) -> bytes:
    """The entry form as a PDF to fill in, the same bytes for everybody: it is made once and remembered."""
    printed = (competition.code, version.number, str(competition.title), competition.office_email, version.sha256)
    return _empty_form(competition.pk, version.pk, language, printed)


@lru_cache(maxsize=8)
def _empty_form(competition: int, version: int, language: str, _printed: tuple[object, ...]) -> bytes:
    """`_printed`: what stands on it; another word there makes another form."""
    made_of = Version.objects.select_related("questionnaire").get(pk=version)
    return pdfform.write(made_of, Competition.objects.get(pk=competition), language=language)


def form_with_answers(draft: Draft, language: str) -> bytes:
    """The same with what the draft holds by now."""
    return pdfform.write(
        draft.version, draft.entry.competition, language=language, answers=queries.draft_answers(draft), entry=draft.entry.code,
        made_at=clock.now().astimezone(UTC),
    )


def draft_document(draft: Draft) -> Document:
    """A draft as it would be frozen now; nothing is stored."""
    form = form_of(draft.version)
    data, _sha256 = canonical_document(form, draft.version, queries.draft_answers(draft), {"entry": draft.entry.code})
    return Document.read(form, data)


def pdf_sections(document: Document) -> list[dict[str, Any]]:
    """Labelled answers in the shape of the document templates (see shared/typst/README.md)."""
    return [{"title": section.label or _("Further questions"), "answers": _pdf_answers(section)}
            for section in document.sections()]


def _pdf_answers(block: ShownBlock, heading: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for item in block.items:
        if isinstance(item, ShownBlock):
            label = f"{item.label} {item.place}".strip() if item.kind == "place" else item.label
            found += _pdf_answers(item, label)
        else:
            label = f"{heading} – {item.label}" if heading else item.label
            found.append({"label": label, "value": _pdf_value(item)} | ({"blocks": item.blocks} if item.blocks else {}))
    return found


def _pdf_value(answer: ShownAnswer) -> str | list[str]:
    if not answer.text:
        return _("no answer given")
    if answer.question.type == Type.PHOTO:
        return [" · ".join([one["name"], *photo_facts(one)]) for one in answer.files]
    return list(answer.lines) if answer.question.type == Type.MULTI and answer.lines else answer.text


def photo_facts(item: dict[str, Any]) -> list[str]:
    """What was said about a photo, as phrases: caption, what it shows, who took it, the rights, whether it may be printed."""
    said = [
        (_("Caption: %(text)s"), item.get("caption")), (_("Description: %(text)s"), item.get("alternative_text")),
        (_("Photo: %(text)s"), item.get("credit")), (_("Rights: %(text)s"), item.get("rights")),
    ]
    return [*(phrase % {"text": text} for phrase, text in said if text),
            _("may be printed and published") if item.get("printable") else _("not declared that it may be printed and published")]


def head_facts(entry: Entry) -> list[tuple[str, str]]:
    """The facts on the head of an entry, as label and text; empty ones left out."""
    body, partners = entry.municipality, sorted(entry.partners.all(), key=lambda one: (one.name, one.pk))
    facts = [
        (entry.competition.applicant_word, entry.applicant),
        (_("Municipality"), body.name if body and body.name != entry.applicant else ""),
        (_("Official key"), body.key if body else ""),
        (_("Together with"), "; ".join(one.name for one in partners if one.pk != entry.municipality_id)),
        (_("Land"), land_name(entry.land_code) if entry.land_code else ""),
        (_("Legal status"), str(body.get_legal_status_display()) if body else ""),
        (_("Inhabitants"), number_format(entry.population, force_grouping=True) if entry.population else ""),
        (_("Award group"), str(entry.group) if entry.group else ""),
        (_("Amount applied for"), format_euro(entry.amount_cents) if entry.amount_cents is not None else ""),
    ]
    return [(label, text) for label, text in facts if text]


def entry_pdf(entry: Entry, document: Document, language: str = "de") -> bytes:
    """The entry as screeners, jury and the applicant's preview read it."""
    with translation.override(language):
        figures, pictures = _pictures(entry, document)
        return render_pdf("entry", {
            "title": str(document.by_role("title") or entry.title or _("Without a title")), "code": entry.code,
            "competition": str(entry.competition.title), "facts": [list(fact) for fact in head_facts(entry)],
            "sections": pdf_sections(document), "figures": figures, "sample_note": sample_note(entry),
        }, pictures, language=language)


def _pictures(entry: Entry, document: Document) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    shown = [
        item for (name, _place), value in document.answers.items()
        if document.form.question(name).type == Type.PHOTO and value for item in value
    ][:MAX_PICTURES]
    stored = {
        one.code: one
        for one in StoredFile.objects.filter(
            code__in=[item["code"] for item in shown], subject=f"entry:{entry.code}"
        ).select_related("blob")
    } if shown else {}
    figures, pictures = [], {}
    for number, item in enumerate(shown, 1):
        try:
            pictures[f"photo-{number}.jpg"] = files.read(files.print_picture(stored[item["code"]]))
        except (KeyError, LorbeerError):                                # a lost picture must not stop the document
            continue
        figures.append({"file": f"photo-{number}.jpg", "alt": item.get("alternative_text") or item.get("name", ""),
                        "caption": item.get("caption", ""), "credit": " · ".join(
                            phrase % {"text": text} for phrase, text in (
                                (_("Photo: %(text)s"), item.get("credit")), (_("Rights: %(text)s"), item.get("rights"))) if text)})
    return figures, pictures


def sample_note(entry: Entry) -> str:
    return str(entry.sample_note) if entry.is_sample else ""


def receipt_pdf(submission: Submission, language: str = "de") -> bytes:
    """The receipt with everything that was sent. Rendered when first asked for, then kept: always the same bytes."""
    if submission.receipt_file is not None:
        return files.read(submission.receipt_file)
    entry, arrival = submission.entry, submission.arrival
    with translation.override(language), clock.at(submission.submitted_at):
        data = render_pdf("receipt", {
            "title": _("Receipt %(number)s") % {"number": submission.receipt_number},
            "competition": str(entry.competition.title), "number": submission.receipt_number,
            "intro": _("This entry has been received and takes part in the procedure. Please keep this receipt."),
            "received_at": rules.moment_in_words(entry.competition, submission.submitted_at, exact=True),
            "facts": [[_("Entry"), f"{entry.code} · {_title_of(submission)}"],
                      [_("Channel"), str(arrival.get_channel_display())],
                      [_("Submission"), str(submission.number)], *[list(fact) for fact in head_facts(entry)]],
            "sha256": submission.sha256, "chain": submission.log_digest,
            "files": [{"name": one.name, "sha256": one.blob_id} for one in submission.files.all()],
            "sample_note": sample_note(entry), "sections": pdf_sections(queries.document_of(submission)),
        }, language=language)
    stored = files.store(
        data, name=_("receipt-%(number)s.pdf") % {"number": submission.receipt_number}, media_type="application/pdf",
        scope=entry.competition.code, subject=f"entry:{entry.code}",
    )
    if Submission.objects.filter(pk=submission.pk, receipt_file=None).update(receipt_file=stored):
        log.record("receipt.render", subject=stored.subject, scope=stored.scope, sha256=stored.blob_id,
                   receipt=submission.receipt_number)
        submission.receipt_file = stored
    return data


def _title_of(submission: Submission) -> str:
    return str(queries.document_of(submission).by_role("title") or _("Without a title"))
