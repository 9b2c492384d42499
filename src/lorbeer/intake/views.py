"""The applicant's pages; the office keys in what came on paper through the same ones."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lorbeer.call.models import Competition, Phase
from lorbeer.entries import embargo, tabs
from lorbeer.entries import queries as entry_queries
from lorbeer.entries import rules as entry_rules
from lorbeer.entries import services as entry_services
from lorbeer.entries.models import CoEditorInvitation, Entry, State
from lorbeer.entries.views import find_entry
from lorbeer.intake import documents, letters, queries, rules, services
from lorbeer.intake.forms import InviteForm, StartForm, WithdrawForm
from lorbeer.intake.models import Draft, DraftAnswer, DraftAnswerRevision, Submission
from lorbeer.people.access import OFFICE, competition_for
from lorbeer.questionnaire.definition import TYPED
from lorbeer.questionnaire.forms import SectionForm, digest_of, section_form
from lorbeer.questionnaire.queries import current_version, form_of
from lorbeer.questionnaire.values import display, in_language
from lorbeer.register.queries import newest_edition
from lorbeer.shared import clock
from lorbeer.shared.errors import BadInput
from lorbeer.shared.verdicts import Verdict, require

SALT = "intake.conflict"


# --- finding ----------------------------------------------------------------------------------------------------------


def _entry(request: HttpRequest, competition: str, code: str) -> Entry:
    """An entry that the reader writes (or keys in); 404 for strangers, 403 with the reason for insiders."""
    place = competition_for(request, competition)
    entry = get_object_or_404(
        Entry.objects.select_related("competition__register_edition", "municipality", "group"), competition=place, code=code
    )
    entry.competition = place
    verdict = entry_rules.can_read_draft(request.user, entry)
    if not verdict:
        if not entry_queries.entries_visible_to(request.user, place).filter(pk=entry.pk).exists():
            raise Http404
        require(verdict)
    # The colour of the page says in which role somebody is here.
    is_writer = entry_queries.is_contributor(request.user, entry)
    office = next((kind for kind in ("office_lead", "office") if kind in request.roles), "applicant")  # type: ignore[attr-defined]
    request.active_role = "applicant" if is_writer else office  # type: ignore[attr-defined]
    return entry


def _draft(entry: Entry) -> Draft:
    draft = get_object_or_404(Draft.objects.select_related("version__questionnaire"), entry=entry)
    draft.entry = entry
    return draft


def _address(name: str, entry: Entry, *more: str) -> str:
    return reverse(f"intake:{name}", args=[entry.competition.code, entry.code, *more])


def _deadline(entry: Entry) -> dict[str, Any]:
    """What pages say about time: the phase, whether a submission would count now, and if not, why."""
    phase = rules.entries_phase(entry.competition, entry.round)
    keyed = entry_rules.was_keyed_by_office(entry)
    return {
        "phase": phase, "keyed": keyed,
        "timing": rules.can_submit_entry_now(entry) if not keyed else None,
        "is_over": bool(phase and rules.is_over(phase, clock.now())) and not keyed,
        "is_unsent": entry.state in (State.DRAFT, State.WITHDRAWN),
    }


def _crumbs(entry: Entry, *rest: tuple[str, str]) -> list[tuple[str, str]]:
    if entry_rules.was_keyed_by_office(entry):
        start = (_("Arrivals"), reverse("intake:arrival_list", args=[entry.competition.code]))
    else:
        start = (_("My entries"), reverse("intake:entry_start", args=[entry.competition.code]))
    return [start, (str(entry), _address("entry_show", entry) if rest else ""), *rest]


# --- beginning --------------------------------------------------------------------------------------------------------


@login_required
@never_cache
def entry_start(request: HttpRequest, competition: str) -> HttpResponse:
    """One's own entries, and a new one while a round is open."""
    place = competition_for(request, competition)
    request.active_role = "applicant"  # type: ignore[attr-defined]
    allowed = rules.can_start_entry(request.user, place)
    if allowed and current_version(place) is None:
        allowed = Verdict(_("The entry form has not been published yet. Please come back later."))
    form = StartForm(request.POST or None, competition=place)
    if request.method == "POST":
        require(allowed)
        if form.is_valid():
            draft = services.start_draft(
                place, by=request.user, applicant=form.cleaned_data["applicant"], municipality=form.municipality  # type: ignore[arg-type]
            )
            return redirect(_address("entry_show", draft.entry))
    own = queries.own_entries(request.user, place)
    return render(request, "intake/entry_start.html", {
        "own": own, "form": form, "allowed": allowed,
        "phase": rules.entries_phase(place, rules.open_round(place) or rules.last_round(place)),
        "steps": _what_follows(place, rules.open_round(place) or rules.last_round(place)),
    }, status=422 if form.is_bound and not form.is_valid() else 200)


def _what_follows(competition: Competition, round: int) -> list[dict[str, Any]]:
    """What happens after the submission, with dates where the call names them."""
    phases = {phase.kind: phase for phase in competition.phases.all() if phase.round == round}
    steps: list[dict[str, Any]] = [{"label": _("Receipt at once: on the page, by mail and as PDF"), "at": None}]
    for kind, label in (
        (Phase.Kind.CHECK, _("Formal check until")), (Phase.Kind.SCREENING, _("Screening until")),
        (Phase.Kind.JURY, _("The jury decides on")), (Phase.Kind.ANNOUNCED, _("Announcement on")),
    ):
        phase = phases.get(kind)
        if phase and (phase.ends_at or phase.starts_at):
            at = phase.starts_at if kind == Phase.Kind.ANNOUNCED and phase.starts_at else phase.ends_at or phase.starts_at
            steps.append({"label": label, "at": at})
    return steps


@login_required
@never_cache
@require_safe
def entry_show(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """“Meine Bewerbung”: the sections with their state, the deadline, who works on it, and what can be done now."""
    entry = _entry(request, competition, code)
    draft = _draft(entry)
    state = queries.completeness(draft)
    shown = embargo.state_shown(entry, ())
    editable = entry_rules.can_edit_draft(request.user, entry)
    submissions = list(entry.submissions.select_related("arrival").order_by("-number"))
    accepted = next((one for one in submissions if one.is_accepted), None)
    time = _deadline(entry)
    can_submit = editable and (time["timing"] if time["timing"] is not None else editable)
    changed = bool(accepted and draft.changed_at > accepted.submitted_at and not time["keyed"])
    rows = [
        {
            "label": f"{section.number} {section.label}",
            "url": _address("section_edit", entry, section.key) if editable else "",
            "tone": {"complete": "success", "empty": "quiet"}.get(section.status, "warning"),
            "sign": {"complete": "✓", "empty": "○"}.get(section.status, "!"), "word": _state_word(section),
            "measure": section.measure,
            "here": editable and state.next_section is section,
        }
        for section in state.sections
    ]
    return render(request, "intake/entry_show.html", {
        "entry": entry, "draft": draft, "completeness": state, "rows": rows, "submissions": submissions, "accepted": accepted,
        "changed": changed, "editable": editable, "can_submit": can_submit, "shown_state": shown,
        "contributors": entry.contributors.select_related("person").order_by("-is_contact", "pk"),
        "last_writer": draft.answers.exclude(changed_by=None).exclude(changed_by=request.user).select_related("changed_by")
        .order_by("-changed_at").first(),
        "conflicts": queries.refused_texts(draft).count(), "facts": documents.head_facts(entry),
        "can_withdraw": entry_rules.can_withdraw(request.user, entry), "can_resume": rules.can_resume_now(request.user, entry),
        "can_invite": entry_rules.can_invite(request.user, entry), "steps": _what_follows(entry.competition, entry.round),
        "breadcrumb": _crumbs(entry), **time, "is_unsent": time["is_unsent"] or changed,
    })


def _state_word(section: queries.SectionState) -> str:
    if section.status == "complete":
        return _("complete")
    if section.status == "empty":
        return _("not begun yet")
    wrong = [fault for fault in section.faults if fault.kind != "missing"]
    if wrong:
        return ngettext("%(count)d answer does not fit", "%(count)d answers do not fit", len(wrong)) % {"count": len(wrong)}
    return ngettext("%(count)d answer is missing", "%(count)d answers are missing", len(section.faults)) % {
        "count": len(section.faults)}


# --- filling in -------------------------------------------------------------------------------------------------------


def _form(request: HttpRequest, draft: Draft, section: str, *, data: Any = None, files: Any = None) -> SectionForm:
    place = draft.entry.competition
    rows = list(DraftAnswer.objects.filter(draft=draft).select_related("changed_by"))
    values = {(row.question, row.place): row.value for row in rows if row.value is not None}
    revisions = {(row.question, row.place): row.revision for row in rows}
    notes = {(row.question, row.place): _saved_note(row, request.user, place) for row in rows}
    try:
        return section_form(
            draft.version, section, values, data=data, files=files, revisions=revisions, notes=notes, zone=place.time_zone,
            edition=place.register_edition or newest_edition(), check="check" in request.GET,
        )
    except KeyError as error:
        raise Http404 from error


def _saved_note(row: DraftAnswer, reader: Any, place: Competition) -> str:
    at = timezone.localtime(row.changed_at, ZoneInfo(place.time_zone))
    today = clock.today(place.time_zone) == at.date()
    facts = {"time": at.strftime("%H:%M") if today else _when(at), "name": row.changed_by}
    if row.changed_by is not None and row.changed_by != reader:
        return _("saved %(time)s by %(name)s") % facts
    return _("saved %(time)s") % facts


def _when(at: datetime) -> str:
    return f"{date_format(at, 'SHORT_DATE_FORMAT')}, {at.strftime('%H:%M')}"


def _save(form: SectionForm, draft: Draft, by: Any, *, uploads: bool = True) -> services.Saved:
    """Save what was changed on the page. What cannot be kept becomes an error beside its field; the rest is saved."""
    changes = form.changes()
    saved = services.save_answers(
        draft, [services.Change(one.question.name, one.value, one.place, one.revision) for one in changes
                if uploads or not one.uploads], by=by,
    )
    for one in changes if uploads else ():
        for uploaded, facts in one.uploads:
            try:
                services.attach_file(draft, one.question.name, one.place, uploaded, by=by, **facts)
            except BadInput as error:
                form.add_error(form.error_field(one.question, one.place), str(error))
    return saved


@login_required
@never_cache
def section_edit(request: HttpRequest, competition: str, code: str, section: str) -> HttpResponse:
    """One section of the form. Saving keeps everything that has a meaning, complete or not, in time or not."""
    entry = _entry(request, competition, code)
    require(entry_rules.can_edit_draft(request.user, entry))
    draft = _draft(entry)
    form = _form(request, draft, section, data=request.POST if request.method == "POST" else None, files=request.FILES or None)
    status = 200
    if request.method == "POST":
        valid = form.is_valid()
        saved = _save(form, draft, request.user)
        action = form.place_action()
        if action:
            kind, repeat, place = action
            services.change_places(draft, repeat, by=request.user, remove=place if kind == "remove" else None)  # type: ignore[arg-type]
        if saved.conflicts:
            return redirect(_address("conflict_list", entry))
        if valid and form.is_valid() and not form.errors:
            if action:
                return redirect(f"{_address('section_edit', entry, section)}#b-{action[1]}")
            if form.appeared():
                messages.info(request, _("Saved. Further questions follow from your answers."))
                return redirect(_address("section_edit", entry, section))
            messages.success(request, _("Saved."))
            return redirect(_after(request, entry, draft, form.key))
        status = 422
    state = queries.completeness(draft)
    steps = [
        {
            "label": one.label, "url": _address("section_edit", entry, one.key),
            "note": "" if one.key == form.key else _state_word(one),
            "state": "current" if one.key == form.key else "complete" if one.status == "complete" else "open",
        }
        for one in state.sections
    ]
    label = form.text(form.section.label) or _("Further questions")
    return render(request, "intake/section_edit.html", {
        "entry": entry, "form": form, "label": label, "hint": form.text(form.section.hint), "steps": steps,
        "percent": state.percent, "is_last": bool(state.sections) and state.sections[-1].key == form.key,
        "keep_url": _address("section_keep", entry, form.key), "breadcrumb": _crumbs(entry, (label, "")),
        **_deadline(entry), "is_unsent": True,                             # what is typed here now
    }, status=status)


def _after(request: HttpRequest, entry: Entry, draft: Draft, key: str) -> str:
    if "stay" in request.POST:
        return _address("section_edit", entry, key)
    keys = [section.key for section in queries.completeness(draft).sections]
    place = keys.index(key) if key in keys else -1
    return _address("section_edit", entry, keys[place + 1]) if place + 1 < len(keys) else _address("entry_check", entry)


@login_required
@require_POST
def section_keep(request: HttpRequest, competition: str, code: str, section: str) -> JsonResponse:
    """Autosave: keeps what changed and answers with new markers, so that the page can go on without a reload."""
    entry = _entry(request, competition, code)
    require(entry_rules.can_edit_draft(request.user, entry))
    draft = _draft(entry)
    form = _form(request, draft, section, data=request.POST)
    form.is_valid()
    saved = _save(form, draft, request.user, uploads=False)
    lost = {(one.current.question, one.current.place) for one in saved.conflicts}
    kept = [
        {"question": name, "place": place, "note": _saved_note(answer, request.user, entry.competition),
         "marker": f"{name}:{place}:{answer.revision}:{digest_of(answer.value)}"}
        for (name, place), answer in saved.answers.items() if (name, place) not in lost
    ]
    return JsonResponse({
        "kept": kept, "conflicts": _address("conflict_list", entry) if lost else "",
        "conflict_text": _("Somebody else changed the same answer. Both texts are kept; please choose.") if lost else "",
    })


@login_required
@never_cache
@require_safe
def conflict_list(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """Both texts of each collision side by side."""
    entry = _entry(request, competition, code)
    draft = _draft(entry)
    form, pairs = form_of(draft.version), []
    for refused in queries.refused_texts(draft):
        placed = form.placed.get(refused.answer.question)
        question = placed.question if placed else None

        def shown(value: Any, question: Any = question) -> str:
            return display(question, value) if question else str(value)

        pairs.append({
            "token": signing.dumps(refused.pk, salt=SALT), "label": in_language(question.label) if question else "",
            "current": shown(refused.answer.value), "current_by": refused.answer.changed_by,
            "current_at": refused.answer.changed_at, "refused": shown(refused.value), "refused_by": refused.changed_by,
            "refused_at": refused.changed_at,
            "is_text": question is not None and question.type in TYPED
            and isinstance(refused.value, str) and isinstance(refused.answer.value, str),
        })
    if not pairs:
        messages.info(request, _("There is nothing to choose any more."))
        return redirect(_address("entry_show", entry))
    return render(request, "intake/conflict_list.html", {
        "entry": entry, "pairs": pairs, "breadcrumb": _crumbs(entry, (_("Two texts"), "")),
    })


@login_required
@require_POST
def conflict_settle(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    entry = _entry(request, competition, code)
    try:
        number = signing.loads(request.POST.get("token", ""), salt=SALT)
    except signing.BadSignature as error:
        raise Http404 from error
    refused = get_object_or_404(
        DraftAnswerRevision.objects.select_related("answer__draft__entry__competition", "answer__draft__version"),
        pk=number, answer__draft__entry=entry, was_refused=True,
    )
    choice = request.POST.get("choice")
    services.settle_conflict(
        refused, by=request.user, keep_mine=choice in ("refused", "merged"),  # type: ignore[arg-type]
        value=request.POST.get("merged") if choice == "merged" else None,
    )
    messages.success(request, _("Saved. The other text stays among the earlier versions."))
    return redirect(_address("conflict_list", entry))


# --- checking and submitting ------------------------------------------------------------------------------------------


def _gaps(entry: Entry, draft: Draft, state: queries.Completeness) -> list[dict[str, Any]]:
    form = form_of(draft.version)
    found = []
    for section in state.sections:
        rows = []
        for fault in section.faults:
            placed = form.placed.get(fault.question)
            anchor = f"b-{fault.question}" + (f"__{fault.place}" if fault.place else "")
            label = in_language(placed.question.label) if placed else section.label
            rows.append({
                "label": f"{label} ({fault.place})" if fault.place else label, "sentence": fault.sentence,
                "url": f"{_address('section_edit', entry, section.key)}?check=1#{anchor}",
            })
        if rows:
            found.append({"section": section, "rows": rows})
    return found


@login_required
@never_cache
@require_safe
def entry_check(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """Everything that stands between the draft and a complete entry, each line a link to its place."""
    entry = _entry(request, competition, code)
    draft = _draft(entry)
    state = queries.completeness(draft)
    editable = entry_rules.can_edit_draft(request.user, entry)
    time = _deadline(entry)
    can_submit = editable and (time["timing"] if time["timing"] is not None else editable)
    if can_submit and state.faults and not time["keyed"]:
        can_submit = Verdict(_("First put right what stands above."))
    return render(request, "intake/entry_check.html", {
        "entry": entry, "completeness": state, "gaps": _gaps(entry, draft, state), "editable": editable,
        "can_submit": can_submit,
        "count": len(state.faults), "breadcrumb": _crumbs(entry, (_("Check"), "")), **time,
    })


@login_required
@never_cache
@require_safe
def entry_preview(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    entry = _entry(request, competition, code)
    document = documents.draft_document(_draft(entry))
    return render(request, "intake/entry_preview.html", {
        "entry": entry, "sections": document.sections(), "facts": documents.head_facts(entry),
        "breadcrumb": _crumbs(entry, (_("Preview"), "")),
    })


@login_required
@never_cache
@require_safe
def entry_preview_pdf(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    entry = _entry(request, competition, code)
    data = documents.entry_pdf(entry, documents.draft_document(_draft(entry)), get_language() or "de")
    return _pdf(data, f"{entry.code}.pdf")


@login_required
@never_cache
@require_safe
def entry_pdf(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """What counts as handed in, as screeners and jury read it; for everybody who may open the file."""
    entry = find_entry(request, competition, code)
    content = tabs.find("content")
    require(content.rule(request.user, entry))  # type: ignore[union-attr]
    return _pdf(documents.entry_pdf(entry, queries.accepted_document(entry), get_language() or "de"), f"{entry.code}.pdf")


def _pdf(data: bytes, name: str) -> HttpResponse:
    return HttpResponse(data, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})


@login_required
@never_cache
def entry_submit(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """Shows exactly what will happen; the second click of a double click gets the receipt of the first."""
    entry = _entry(request, competition, code)
    keyed = entry_rules.was_keyed_by_office(entry) and bool(request.roles & OFFICE)  # type: ignore[attr-defined]
    accepted = queries.accepted_submission(entry)
    if request.method == "POST":
        posted = request.POST.get("number", "")
        number = int(posted) if posted.isdigit() and len(posted) < 6 else None
        try:
            if keyed:
                submission = services.submit_keyed(entry, by=request.user, number=number)  # type: ignore[arg-type]
            else:
                submission = services.submit(entry, by=request.user, number=number)  # type: ignore[arg-type]
        except services.Incomplete as error:
            messages.error(request, str(error))
            return redirect(_address("entry_check", entry))
        return redirect(_address("receipt_show", entry, submission.receipt_number))
    require(entry_rules.can_submit(request.user, entry))
    draft = _draft(entry)
    time = _deadline(entry)
    state = queries.completeness(draft)
    if not keyed:
        require(time["timing"])
        if not state.is_complete:
            return redirect(_address("entry_check", entry))
    if accepted is not None and services.is_unchanged(draft, accepted):
        messages.info(request, _("Nothing has changed since you submitted it; this receipt holds."))
        return redirect(_address("receipt_show", entry, accepted.receipt_number))
    people = [one.person.email for one in entry.contributors.select_related("person")]
    return render(request, "intake/entry_submit.html", {
        "entry": entry, "number": entry.submissions.count() + 1, "accepted": accepted, "people": people,
        "sections": documents.draft_document(draft).sections(), "steps": _what_follows(entry.competition, entry.round),
        "gaps": len(state.faults), "breadcrumb": _crumbs(entry, (_("Submit"), "")), **(time | {"keyed": keyed}),
    })


def _submission(entry: Entry, receipt: str) -> Submission:
    submission = get_object_or_404(
        entry.submissions.select_related("version__questionnaire", "arrival", "receipt_file__blob"), receipt_number=receipt
    )
    submission.entry = entry
    return submission


@login_required
@never_cache
@require_safe
def receipt_show(request: HttpRequest, competition: str, code: str, receipt: str) -> HttpResponse:
    """The receipt: number, time to the second, checksum, and that it counts."""
    entry = _entry(request, competition, code)
    submission = _submission(entry, receipt)
    return render(request, "intake/receipt_show.html", {
        "entry": entry, "submission": submission, "title": queries.document_of(submission).by_role("title") or str(entry),
        "received": rules.moment_in_words(entry.competition, submission.submitted_at),
        "steps": _what_follows(entry.competition, entry.round), "can_withdraw": entry_rules.can_withdraw(request.user, entry),
        "people": [one.person for one in entry.contributors.select_related("person")],
        "is_first_view": entry.state == State.SUBMITTED, "breadcrumb": _crumbs(entry, (_("Receipt"), "")), **_deadline(entry),
    })


@login_required
@never_cache
@require_safe
def receipt_pdf(request: HttpRequest, competition: str, code: str, receipt: str) -> HttpResponse:
    entry = _entry(request, competition, code)
    return _pdf(documents.receipt_pdf(_submission(entry, receipt), get_language() or "de"), f"receipt-{receipt}.pdf")


@login_required
@never_cache
def entry_withdraw(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    entry = _entry(request, competition, code)
    require(entry_rules.can_withdraw(request.user, entry))
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.withdraw(entry, by=request.user, reason=form.cleaned_data["reason"])  # type: ignore[arg-type]
        messages.success(request, _("“%(entry)s” is withdrawn.") % {"entry": entry})
        return redirect(_address("entry_show", entry))
    again = rules.can_submit_entry_now(entry)
    consequences = [
        _("The entry does not take part any more."),
        _("What you wrote and every earlier receipt are kept."),
        _("Until the deadline you can take it up and submit it again.") if again
        else _("The deadline has passed, so this cannot be undone."),
    ]
    return render(request, "confirm.html", {
        "title": _("Withdraw “%(entry)s”?") % {"entry": entry}, "consequences": consequences, "form": form, "danger": True,
        "button_label": _("Withdraw entry"), "cancel_url": _address("entry_show", entry),
        "breadcrumb": _crumbs(entry, (_("Withdraw"), "")),
    })


@login_required
@require_POST
def entry_resume(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    entry = _entry(request, competition, code)
    services.resume(entry, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("The entry is a draft again. It counts as soon as you submit it."))
    return redirect(_address("entry_show", entry))


# --- working together -------------------------------------------------------------------------------------------------


@login_required
@never_cache
def contributor_list(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """Who works on the entry, and an invitation by link."""
    entry = _entry(request, competition, code)
    allowed = entry_rules.can_invite(request.user, entry)
    form = InviteForm(request.POST or None)
    if request.method == "POST":
        require(allowed)
        if form.is_valid():
            with transaction.atomic():
                invitation, token = entry_services.invite_co_editor(entry, form.cleaned_data["email"], by=request.user)  # type: ignore[arg-type]
                letters.queue_co_editor_invitation(invitation, token)
            messages.success(request, _("The invitation to %(email)s is on its way.") % {"email": invitation.email})
            return redirect(_address("contributor_list", entry))
    waiting = [
        {"invitation": one, "token": signing.dumps(one.pk, salt=SALT)}
        for one in entry.invitations.filter(accepted_at=None, revoked_at=None, expires_at__gte=clock.now()).order_by("pk")
    ]
    return render(request, "intake/contributor_list.html", {
        "entry": entry, "form": form, "allowed": allowed, "waiting": waiting,
        "contributors": entry.contributors.select_related("person").order_by("-is_contact", "pk"),
        "breadcrumb": _crumbs(entry, (_("Working together"), "")),
    }, status=422 if form.is_bound and not form.is_valid() else 200)


@login_required
@require_POST
def invitation_revoke(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    entry = _entry(request, competition, code)
    try:
        number = signing.loads(request.POST.get("token", ""), salt=SALT)
    except signing.BadSignature as error:
        raise Http404 from error
    invitation = get_object_or_404(CoEditorInvitation.objects.select_related("entry__competition"), pk=number, entry=entry)
    entry_services.revoke_invitation(invitation, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("The invitation is not valid any more."))
    return redirect(_address("contributor_list", entry))


@login_required
@never_cache
def invitation_accept(request: HttpRequest, competition: str, token: str) -> HttpResponse:
    """The link of an invitation: says what it is, and lets the reader in on a click."""
    place = competition_for(request, competition)
    invitation = entry_services.find_invitation(token)
    if invitation.entry.competition_id != place.pk:
        raise Http404
    if request.method == "POST":
        entry = entry_services.accept_invitation(token, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("You now work on this entry."))
        return redirect(_address("entry_show", entry))
    return render(request, "confirm.html", {
        "title": _("Work on an entry together?"),
        "text": _("%(name)s invites you to work on an entry for “%(competition)s”.")
        % {"name": invitation.invited_by, "competition": place},
        "consequences": [
            _("You can read and change everything in the entry, submit it and withdraw it."),
            _("The others see your name and what you changed."),
        ],
        "button_label": _("Join in"), "cancel_url": reverse("website:competition_home", args=[place.code]),
    })
