"""Checking, previewing, submitting, receipts; withdrawing and taking up again."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lorbeer.entries import embargo, tabs
from lorbeer.entries import rules as entry_rules
from lorbeer.entries.models import Entry, State
from lorbeer.entries.views import find_entry
from lorbeer.intake import documents, printed_letters, queries, rules, services
from lorbeer.intake.forms import OfficeWithdrawForm, WithdrawForm
from lorbeer.intake.models import Draft, Submission
from lorbeer.intake.readers import readers_of
from lorbeer.intake.views.beginning import what_follows
from lorbeer.intake.views.finding import (
    address_of,
    collided,
    crumbs_of,
    deadline_of,
    draft_of,
    own_entry,
    pdf_response,
    standing_of,
    unread_places,
)
from lorbeer.questionnaire.definition import UPLOADED
from lorbeer.questionnaire.forms import anchor_of, field_name
from lorbeer.questionnaire.queries import form_of
from lorbeer.shared.fields import whole_number
from lorbeer.shared.prepared import prepared
from lorbeer.shared.text import in_sentence, written_in
from lorbeer.shared.verdicts import Verdict, require


def _gaps(entry: Entry, draft: Draft, state: queries.Completeness, editable: Verdict, attachable: Verdict) -> list[dict[str, Any]]:
    """What is missing or does not fit, section by section, with the way to its place where the reader can mend it."""
    form = form_of(draft.version)
    found = []
    for section in state.sections:
        rows = []
        for fault in section.faults:
            placed = form.placed.get(fault.question)
            key = (fault.question, fault.place)
            anchor = f"q-{field_name(*key)}--{fault.part}" if fault.part else anchor_of(*key)
            is_open = editable or (attachable and placed and placed.question.type in UPLOADED)
            rows.append({
                "label": queries.label_of(form, fault) or section.label, "sentence": fault.sentence,
                "url": f"{address_of('section_edit', entry, section.key)}?check=1#{anchor}" if is_open else "",
            })
        if rows:
            found.append({"section": section, "rows": rows})
    return found


@login_required
@never_cache
@require_safe
def entry_check(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """Everything that stands between the draft and a complete entry, each line a link to its place."""
    entry = own_entry(request, competition, code)
    draft = draft_of(entry)
    state = queries.completeness(draft)
    editable = entry_rules.can_edit_draft(request.user, entry)
    time = deadline_of(entry)
    can_submit = entry_rules.can_submit(request.user, entry)
    if can_submit and time["timing"] is not None:
        can_submit = time["timing"]
    if can_submit and state.faults and not time["keyed"]:
        can_submit = Verdict(_("First put right what stands above."))
    unread = queries.unread_texts(draft, request.user)
    return render(request, "intake/entry_check.html", {
        "entry": entry, "completeness": state, "kept_state": queries.state_of(draft, unread),
        "gaps": _gaps(entry, draft, state, editable, editable or entry_rules.can_attach_files(request.user, entry)),
        "unread": unread_places(draft, unread), "collisions": collided(draft), "editable": editable,
        "can_submit": can_submit,
        "count": len(state.faults), "breadcrumb": crumbs_of(entry, (_("Check"), "")), **time,
    })


@login_required
@never_cache
@require_safe
def entry_preview(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    entry = own_entry(request, competition, code)
    draft = draft_of(entry)
    document = documents.draft_document(draft)
    return render(request, "intake/entry_preview.html", {
        "entry": entry, "kept_state": queries.state_of(draft, queries.unread_texts(draft, request.user)),
        "sections": document.sections(), "facts": documents.head_facts(entry),
        "breadcrumb": crumbs_of(entry, (_("Preview"), "")),
    })


@login_required
@never_cache
@require_safe
def entry_preview_pdf(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    entry = own_entry(request, competition, code)
    data = documents.entry_pdf(entry, documents.draft_document(draft_of(entry)), get_language() or "de")
    return pdf_response(data, f"{entry.code}.pdf")


@login_required
@never_cache
@require_safe
def entry_pdf(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """What counts as handed in, as screeners and jury read it; for everybody who may open the file."""
    entry = find_entry(request, competition, code)
    content = tabs.find("content")
    require(content.rule(request.user, entry))  # type: ignore[union-attr]
    document = queries.accepted_document(entry)
    if not rules.can_read_personal(request.user, entry):
        document = document.without_personal()
    return pdf_response(documents.entry_pdf(entry, document, get_language() or "de"), f"{entry.code}.pdf")


@login_required
@never_cache
def entry_submit(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """Shows exactly what will happen; the second click of a double click gets the receipt of the first."""
    entry = own_entry(request, competition, code)
    keyed: bool = entry.is_keyed_here  # type: ignore[attr-defined]
    accepted = queries.accepted_submission(entry)
    if request.method == "POST":
        number = whole_number(request.POST.get("number"), 32_767)
        shown = request.POST.get("shown", "")
        try:
            if keyed:
                submission = services.submit_keyed(entry, by=request.user, number=number, shown=shown)  # type: ignore[arg-type]
            else:
                submission = services.submit(  # type: ignore[call-arg]
                    entry, by=request.user, number=number, shown=shown, arrived_at=request.arrived_at)  # type: ignore[arg-type, attr-defined]
        except services.Incomplete as error:
            messages.error(request, str(error))
            return redirect(address_of("entry_check", entry))
        except (services.Overtaken, services.ShownOtherwise) as error:
            messages.error(request, str(error))
            return redirect(address_of("entry_submit", entry))
        return redirect(address_of("receipt_show", entry, submission.receipt_number))
    require(entry_rules.can_submit(request.user, entry))
    draft = draft_of(entry)
    time = deadline_of(entry)
    state = queries.completeness(draft)
    if not keyed:
        require(time["timing"])
        if not state.is_complete:
            return redirect(address_of("entry_check", entry))
    digest = services.digest_of_answers(draft)
    if accepted is not None and accepted.sha256 == digest:
        messages.info(request, _("Nothing has changed since you submitted it; this receipt is still valid."))
        return redirect(address_of("receipt_show", entry, accepted.receipt_number))
    people = [reader.email for reader in readers_of(entry)]
    return render(request, "intake/entry_submit.html", {
        "entry": entry, "number": queries.count_submissions(entry) + 1, "digest": digest, "accepted": accepted, "people": people,
        "sections": documents.draft_document(draft).sections(), "steps": what_follows(entry.competition, entry.round),
        "unread": unread_places(draft, queries.unread_texts(draft, request.user)), "collisions": collided(draft),
        "gaps": len(state.faults), "breadcrumb": crumbs_of(entry, (_("Submit"), "")), **(time | {"keyed": keyed}),
    })


def _submission(entry: Entry, receipt: str) -> Submission:
    for submission in _with_receipt(entry.pk, receipt):
        submission.entry = entry
        return submission
    raise Http404


@prepared
def _with_receipt(entry: int, receipt: str) -> QuerySet[Submission]:
    """Without the form itself, which `form_of` keeps in memory."""
    return (Submission.objects.filter(entry=entry, receipt_number=receipt)
            .select_related("version__questionnaire", "arrival", "receipt_file__blob").defer("version__definition"))


@login_required
@never_cache
@require_safe
def receipt_show(request: HttpRequest, competition: str, code: str, receipt: str) -> HttpResponse:
    """The receipt: number, time to the second, checksum, and that it counts."""
    entry = own_entry(request, competition, code)
    submission = _submission(entry, receipt)
    document = queries.document_of(submission)
    readers = readers_of(entry, document)
    return render(request, "intake/receipt_show.html", {
        "entry": entry, "submission": submission, "title": document.by_role("title") or str(entry),
        "received": rules.moment_in_words(entry.competition, submission.submitted_at, exact=True),
        "steps": what_follows(entry.competition, entry.round), "can_withdraw": entry_rules.can_withdraw(request.user, entry),
        "people": [reader.person or reader.email for reader in readers],
        "to_post": submission.is_accepted and not readers and bool(rules.can_post_receipt(request.user, submission)),
        "standing": standing_of(embargo.state_shown(entry, ()), submission), "is_first_view": entry.state == State.SUBMITTED,
        "breadcrumb": crumbs_of(entry, (_("Receipt"), "")), **deadline_of(entry),
    })


@login_required
@never_cache
@require_safe
def receipt_pdf(request: HttpRequest, competition: str, code: str, receipt: str) -> HttpResponse:
    entry = own_entry(request, competition, code)
    return pdf_response(documents.receipt_pdf(_submission(entry, receipt), get_language() or "de"), f"receipt-{receipt}.pdf")


@login_required
@never_cache
@require_safe
def receipt_letter(request: HttpRequest, competition: str, code: str, receipt: str) -> HttpResponse:
    """The letter that goes with the receipt, to print and send by post."""
    submission = _submission(own_entry(request, competition, code), receipt)
    require(rules.can_post_receipt(request.user, submission))
    return pdf_response(printed_letters.receipt_letter_pdf(submission), f"letter-{receipt}.pdf")


@login_required
@require_POST
def receipt_posted(request: HttpRequest, competition: str, code: str, receipt: str) -> HttpResponse:
    submission = _submission(own_entry(request, competition, code), receipt)
    printed_letters.note_receipt_posted(submission, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("Noted: receipt %(number)s has gone out by post.") % {"number": receipt})
    return redirect(address_of("receipt_show", submission.entry, receipt))


@login_required
@never_cache
def entry_withdraw(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    entry = own_entry(request, competition, code)
    require(entry_rules.can_withdraw(request.user, entry))
    keyed: bool = entry.is_keyed_here  # type: ignore[attr-defined]
    again = rules.can_submit_now(entry.competition, entry.round)              # the date of a completion brings nothing back
    accepted = queries.accepted_submission(entry)
    kind: type[OfficeWithdrawForm | WithdrawForm] = OfficeWithdrawForm if keyed else WithdrawForm
    promised = {"is_final": not again, "receipt": accepted.receipt_number if accepted else ""}
    form = kind(request.POST or None, initial=promised)
    changed = ""                                                        # what the page promised and does not hold any more
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            if not (keyed or again or form.cleaned_data["is_final"]):   # it was opened before the deadline
                raise services.ShownOtherwise(_("The deadline has passed meanwhile. Nothing has been withdrawn yet: it would be final now."))
            services.withdraw(entry, by=request.user, reason=reason, receipt=request.POST.get("receipt"))  # type: ignore[arg-type]
        except services.ShownOtherwise as error:
            changed = str(error)
            messages.warning(request, changed)
            form = kind(initial=promised | {"reason": reason})
        else:
            messages.success(request, _("“%(entry)s” is withdrawn.") % {"entry": entry})
            return redirect(address_of("entry_show", entry))
    consequences = [
        _("The entry does not take part any more."),
        _("What was keyed in and every earlier receipt are kept."),
        _("You can take it up and submit it again."),
    ] if keyed else [
        _("The entry does not take part any more."),
        _("What you wrote and every earlier receipt are kept."),
        _("Until the deadline you can take it up and submit it again.") if again
        else _("The deadline has passed, so this cannot be undone."),
    ]
    return render(request, "confirm.html", {
        "title": in_sentence(_("Withdraw “%(entry)s” for the applicant?") if keyed else _("Withdraw “%(entry)s”?"),
                             entry=written_in(entry.competition, str(entry))),
        "consequences": consequences, "form": form, "danger": True,
        "button_label": _("Withdraw entry"), "cancel_url": address_of("entry_show", entry),
        "breadcrumb": crumbs_of(entry, (_("Withdraw"), "")),
    }, status=422 if changed or form.errors else 200)


@login_required
@require_POST
def entry_resume(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    entry = own_entry(request, competition, code)
    services.resume(entry, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("The entry is a draft again. It counts as soon as you submit it."))
    return redirect(address_of("entry_show", entry))
