"""The package for a meeting without the network, and its record taken in."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms as django_forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from lorbeer.entries import queries as entries
from lorbeer.jury import minutes, offline, queries, rules, services
from lorbeer.jury.models import Item, Meeting
from lorbeer.jury.views.finding import _desk, _insider, _meeting, _url
from lorbeer.shared.errors import BadInput, Refused


class RecordForm(django_forms.Form):
    record = django_forms.FileField(
        label=gettext_lazy("File with the results"), required=False,
        help_text=gettext_lazy("The file that the page of the package saved; its name ends in .json."))
    text = django_forms.CharField(required=False, widget=django_forms.HiddenInput, max_length=offline.LARGEST, strip=False)
    shown = django_forms.CharField(required=False, widget=django_forms.HiddenInput, max_length=64)

    def content(self) -> str:
        file = self.cleaned_data.get("record")
        if not file:
            return self.cleaned_data["text"]
        if file.size > offline.LARGEST:
            raise BadInput(_("This file is no record of a meeting without the network. Choose the file that its page saved."))
        try:
            return file.read().decode("utf-8-sig")                      # some editors put a mark before it
        except UnicodeDecodeError as error:
            raise BadInput(_("This file is no record of a meeting without the network. Choose the file that its page saved.")) from error


@login_required
@require_GET
def offline_package(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    """A zip to keep before the day: everything to go on with if the network fails."""
    meeting = _meeting(_insider(request, competition, rules.can_run), round)
    response = HttpResponse(offline.package(meeting, request.user), content_type="application/zip")  # type: ignore[arg-type]
    response["Content-Disposition"] = f'attachment; filename="{meeting.competition.code}-{meeting.round}-offline.zip"'
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@require_http_methods(["GET", "POST"])
def offline_enter(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    """First shows what the record comes to; what was shown is entered, all of it or nothing."""
    meeting = _meeting(_insider(request, competition, rules.can_run), round)
    form = RecordForm(request.POST or None, request.FILES or None)
    preview, rows, changes, text = None, [], [], ""
    if request.method == "POST" and form.is_valid():
        try:
            text = form.content()
            decisions = offline.read_record(text, meeting)
            named = meeting.items.filter(entry__code__in=[one.entry for one in decisions])
            if named.filter(entries.biased(request.user, "entry")).exists():  # type: ignore[arg-type]
                raise Refused(str(rules.BIASED.reason))
            if form.cleaned_data["shown"] and not form.cleaned_data.get("record"):
                try:
                    entered = services.enter_offline(meeting, decisions, shown=form.cleaned_data["shown"], by=request.user)  # type: ignore[arg-type]
                    messages.success(request, ngettext(
                        "%(count)s decision has been entered as decided without the network.",
                        "%(count)s decisions have been entered as decided without the network.", len(entered)) % {"count": len(entered)})
                    return _desk(meeting, "agenda")
                except services.NotAsShown as changed:
                    messages.warning(request, str(changed))
            preview = services.preview_offline(meeting, decisions, by=request.user)  # type: ignore[arg-type]
            rows, changes = _rows(meeting, decisions, preview), _changes(meeting, preview)
        except (BadInput, Refused) as error:
            form.add_error(None, str(error))
    return render(request, "jury/offline_enter.html", {
        "meeting": meeting, "form": form, "preview": preview, "rows": rows, "changes": changes, "text": text,
        "ended": str(rules.ENDED) if meeting.closed_at else "", "back": _url("desk_show", meeting),
        "totals": preview and preview.cap and rules.can_see_totals(request.user, meeting),
    }, status=400 if form.is_bound and not rows else 200)


def _rows(meeting: Meeting, decisions: list[offline.Decision], preview: services.Preview) -> list[dict[str, Any]]:
    """Each decision as it would stand in the minutes, with when and among whom it was taken."""
    names = {member.person.code: str(member) for member in queries.members_of(meeting.competition)}
    return [
        {"item": item, "at": one.at, "subject": minutes.subject_text(item), "result": minutes.result_text(item),
         "mode": Item.Mode(item.mode).label, "present": [names.get(code, code) for code in one.present],
         "out": sorted(str(member) for member in item.out.all()),
         "late": [minutes.late_text(bias, item) for bias in preview.late.get(item.pk, ())]}
        for one, item in zip(decisions, preview.items, strict=True)
    ]


def _changes(meeting: Meeting, preview: services.Preview) -> list[str]:
    """What entering changes beside the decisions, and what it leaves, a sentence each."""
    zone, found = ZoneInfo(meeting.competition.time_zone), []
    if preview.resumed_at:
        found.append(_("The meeting has gone on on screen since %(time)s: who is noted as present there, what lies on the table and what has"
                       " been voted stays as it is.") % {"time": f"{preview.resumed_at.astimezone(zone):%H:%M}"})
    if meeting.current_id in {item.pk for item in preview.items}:
        found.append(_("Item %(item)s lies on the table and leaves it, decided.") % {"item": meeting.current.position})  # type: ignore[union-attr]
    elif meeting.current:
        found.append(_("Item %(item)s stays on the table.") % {"item": meeting.current.position})
    for one in preview.corrections:
        told = {
            (True, True): _("%(member)s was in the room from %(since)s to %(until)s."),
            (True, False): _("%(member)s has been in the room since %(since)s."),
            (False, True): _("%(member)s was not in the room from %(since)s to %(until)s."),
            (False, False): _("%(member)s has not been in the room since %(since)s."),
        }[one.was_there, one.until is not None]
        found.append(told % {"member": one.member, "since": f"{one.since.astimezone(zone):%H:%M}",
                             "until": f"{one.until.astimezone(zone):%H:%M}" if one.until else ""})
    gone: dict[str, list[int]] = {}
    for vote in preview.dropped:
        gone.setdefault(str(vote.member), []).append(vote.item.position)
    for member, positions in gone.items():
        found.append(_("The open votes of %(member)s, who has left, go: items %(items)s.") % {
            "member": member, "items": ", ".join(map(str, sorted(set(positions))))})
    return found
