"""Who has declared their bias: the office's list, and what it notes from paper or from a member's word."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from lorbeer.entries import queries as entries
from lorbeer.entries.models import Entry
from lorbeer.jury import biases, forms, minutes, queries, rules, services
from lorbeer.jury.models import DeclarationNote
from lorbeer.jury.views.finding import _insider, _meeting, _said, _url
from lorbeer.shared import files
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.text import listed, written_in
from lorbeer.shared.verdicts import require


@login_required
@require_GET
def bias_list(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    """For the office: who has declared, and for which items of the agenda each member must leave, with the grounds."""
    found = _insider(request, competition, rules.can_prepare)
    meeting = _meeting(found, round)
    pairs = entries.biased_pairs(found)
    items = list(queries.items_of(meeting))
    recorded = biases.recorded_biases(meeting)
    declared = dict(meeting.declarations.filter(up_to__gte=queries.newest_batch(meeting)).values_list("member", "declared_at"))
    notes = queries.notes_of(meeting)
    rows = []
    for member in queries.members_of(found):
        can_note = not meeting.closed_at and member.person_id != request.user.pk
        own = [(item, minutes.subject_text(item), pairs[member.person_id, item.entry_id].labels,
                _url("bias_lift", meeting, member.person.code, item.entry.code)
                if can_note and recorded.get((member.person_id, item.entry_id)) == [] else "")
               for item in items if (member.person_id, item.entry_id) in pairs]
        rows.append({"member": member, "role": minutes.role_text(member, found), "declared_at": declared.get(member.pk), "items": own,
                     "can_note": can_note,
                     "notes": noted(request, notes.get(member.pk, []), office=True)})
    return render(request, "jury/bias_list.html", {
        "meeting": meeting, "rows": rows, "waiting": sum(row["declared_at"] is None for row in rows), "back": _url("desk_show", meeting),
    })


def noted(request: HttpRequest, notes: list[DeclarationNote], *, office: bool = False) -> list[dict[str, Any]]:
    """Notes as pages tell them: a sentence, the entries that they name, the scan, and for the office the way to take one back.

    The scan of one that was taken back is the office's: it may be the paper of somebody else.
    """
    return [{"text": minutes.note_text(note), "entries": list(note.entries.all()),
             "scan": files.listed(request.user, [note.scan])[0] if note.scan and (office or not note.taken_back_at) else None,
             "take_back": _url("declaration_take_back", note.meeting, note.member.person.code, note.number)
             if office and not note.taken_back_at and not note.meeting.closed_at and note.member.person_id != request.user.pk else "",
             } for note in notes]


@login_required
@require_http_methods(["GET", "POST"])
def declaration_note(request: HttpRequest, competition: str, round: int, person: str) -> HttpResponse:
    """The office notes what one member declared on paper, or by word in the meeting: no bias at all, or with these exceptions."""
    found = _insider(request, competition, rules.can_prepare)
    meeting = _meeting(found, round)
    member = get_object_or_404(found.jury_members.select_related("person", "competition"), person__code=person)
    allowed = rules.can_note_declaration(request.user, member, meeting)
    asked = {item.entry_id: item.entry for item in queries.items_open_to(member.person, meeting)}
    sent = request.method == "POST"
    form = forms.NoteDeclarationForm(request.POST if sent else None, request.FILES if sent else None, entries=list(asked.values()),
                                     up_to=queries.newest_batch(meeting), is_open=meeting.is_open)
    if sent:
        require(allowed)
        biased = form.biased() if form.is_valid() else []
        if form.is_valid():
            try:
                services.note_declaration(meeting, member, biased, by=request.user, **form.facts())  # type: ignore[arg-type]
            except BadInput as error:
                form.add_error(error.where if error.where in form.fields else None, error.sentence)
            except Refused as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _told(str(member), len(biased)))
                return redirect(_url("bias_list", meeting))
    notes = queries.notes_of(meeting).get(member.pk, [])
    return render(request, "jury/declaration_note.html", {
        "meeting": meeting, "member": member, "form": form, "rows": form.rows(), "allowed": allowed,
        "notes": noted(request, notes, office=True),
        "marked": form.is_bound and any(name.startswith(("biased_", "reason_")) for name in form.errors),
        "closed": meeting.items.values("entry").distinct().count() - len(asked), "back": _url("bias_list", meeting),
    }, status=400 if sent else 200 if allowed else 403)


@login_required
@require_http_methods(["GET", "POST"])
def declaration_take_back(request: HttpRequest, competition: str, round: int, person: str, number: int) -> HttpResponse:
    """The office takes back what it noted of one member's declaration by mistake."""
    found = _insider(request, competition, rules.can_prepare)
    meeting = _meeting(found, round)
    note = get_object_or_404(
        meeting.declaration_notes.select_related("member__person", "noted_by", "taken_back_by"), member__person__code=person, number=number)
    note.meeting = meeting
    require(rules.can_take_back(request.user, note))
    form = forms.TakeBackForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if _said(request, lambda: services.take_back_note(note, form.cleaned_data["why"], by=request.user)):
            messages.success(request, _("Taken back. If the declaration was another member’s, note it for them now."))
        return redirect(_url("bias_list", meeting))
    return render(request, "confirm.html", {
        "title": _("Take back what was noted of %(member)s?") % {"member": note.member}, "text": minutes.note_sentence(note), "form": form,
        "consequences": _what_it_means(note), "button_label": _("Take the declaration back"), "cancel_url": _url("bias_list", meeting),
    }, status=400 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "POST"])
def bias_record(request: HttpRequest, competition: str, round: int, person: str) -> HttpResponse:
    """The office records a bias of a member that it knows of otherwise than by their declaration."""
    found = _insider(request, competition, rules.can_prepare)
    meeting = _meeting(found, round)
    member = get_object_or_404(found.jury_members.select_related("person", "competition"), person__code=person)
    require(rules.can_record_bias(request.user, member, meeting))
    open_to = Entry.objects.filter(pk__in=queries.items_open_to(member.person, meeting).order_by().values("entry"))
    form = forms.RecordBiasForm(request.POST if request.method == "POST" else None, place=found,
                                entries=open_to.order_by("applicant", "code"))
    if request.method == "POST" and form.is_valid():
        entry = form.cleaned_data["entry"]
        if _said(request, lambda: services.record_bias(meeting, member, entry, form.cleaned_data["reason"], by=request.user)):  # type: ignore[arg-type]
            messages.success(request, _told(str(member), 1))
        return redirect(_url("bias_list", meeting))
    return render(request, "confirm.html", {
        "title": _("Record a bias of %(member)s?") % {"member": member}, "form": form,
        "consequences": [
            _("The entry is closed to %(member)s at once, and they leave the room for its items.") % {"member": member},
            _("It is no declaration: they declare for the agenda as before."),
            _("You can take it back with a reason, as long as no vote of theirs stands against it."),
            _("The minutes say that the office recorded it and who did, and whether it was taken back; the reason stays with the office."),
            *(_("The ballot on the group “%(group)s” is closed and waits for its decision. If a vote of %(member)s on this entry lies in it,"
                " nothing can be decided by it any more: it has to be given up on a recorded motion, and everybody votes anew.")
              % {"group": poll.group, "member": member} for poll in queries.polls_waiting(meeting)),
        ],
        "button_label": _("Record the bias"), "cancel_url": _url("bias_list", meeting),
    }, status=400 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "POST"])
def bias_lift(request: HttpRequest, competition: str, round: int, person: str, code: str) -> HttpResponse:
    """The office takes back a bias that it recorded by mistake. By the code of its entry: before the meeting an item's number can move."""
    found = _insider(request, competition, rules.can_prepare)
    meeting = _meeting(found, round)
    member = get_object_or_404(found.jury_members.select_related("person", "competition"), person__code=person)
    items = list(queries.items_of(meeting).filter(entry__code=code))
    if not items:
        raise Http404
    item = items[0]
    item.meeting = meeting
    require(rules.can_lift_bias(request.user, member, item))
    form = forms.LiftBiasForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if _said(request, lambda: services.lift_bias(item, member, form.cleaned_data["why"], by=request.user)):  # type: ignore[arg-type]
            messages.success(request, _("The bias that the office had recorded is taken back. What else closes the entry to %(member)s stands"
                                        " in the list.") % {"member": member})
        return redirect(_url("bias_list", meeting))
    here = any(one.pk == member.pk for one in queries.present_members(meeting))
    return render(request, "confirm.html", {
        "title": _("Take back the bias that was recorded of %(member)s?") % {"member": member},
        "text": listed([written_in(meeting.competition, minutes.subject_text(one)) for one in items], "; "), "form": form,
        "consequences": [
            _("The entry is no longer closed to %(member)s, unless for another reason: what they declared themselves and what Lorbeer computes"
              " stays.") % {"member": member},
            *([_("%(member)s is noted as present: they come back into the room, count towards the quorum and vote on it.") % {"member": member}]
              if here and not all(one.is_decided for one in items) else []),
            _("What was decided while they were out for it stays as it is."),
        ],
        "button_label": _("Take the bias back"), "cancel_url": _url("bias_list", meeting),
    }, status=400 if form.is_bound else 200)


def _what_it_means(note: DeclarationNote) -> list[str]:
    """What taking `note` back does to the member's vote, presence, and what had been closed to them."""
    stands, newest = queries.standing_without(note), queries.newest_batch(note.meeting)
    closed = [entry.applicant or entry.code for entry in note.entries.order_by("code")]
    return [
        _("It stays on record as taken back, and counts no more: in the list, in the minutes and on the member’s own page."),
        _("Their vote stays: what else they have declared covers the whole agenda.") if stands and stands[0] >= newest else
        _("%(member)s has to declare anew. Until then they stay noted as present, without a vote on what nothing else covers, and do not"
          " count towards the quorum there.") % {"member": note.member},
        *([_("No longer closed to them, unless for another reason: %(entries)s. What was decided while they were out for it stays as it is.")
           % {"entries": ", ".join(closed)}] if closed else []),
        *([_("The scan is no longer shown to the member.")] if note.scan_id else []),
    ]


def _told(member: str, biased: int) -> str:
    if not biased:
        return _("Noted: %(member)s has declared no bias beyond what is on record.") % {"member": member}
    return ngettext(
        "Noted: %(member)s is biased for %(count)s entry more.", "Noted: %(member)s is biased for %(count)s entries more.", biased,
    ) % {"member": member, "count": biased}
