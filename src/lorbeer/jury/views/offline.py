"""The package for a meeting without the network, and its record taken in."""

from typing import Any

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
    preview, rows, text = None, [], ""
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
            rows = _rows(meeting, decisions, preview)
        except (BadInput, Refused) as error:
            form.add_error(None, str(error))
    return render(request, "jury/offline_enter.html", {
        "meeting": meeting, "form": form, "preview": preview, "rows": rows, "text": text,
        "ended": str(rules.ENDED) if meeting.closed_at else "", "back": _url("desk_show", meeting),
        "totals": preview and preview.cap and rules.can_see_totals(request.user, meeting),
    }, status=400 if form.is_bound and not rows else 200)


def _rows(meeting: Meeting, decisions: list[offline.Decision], preview: services.Preview) -> list[dict[str, Any]]:
    """Each decision as it would stand in the minutes, with when and among whom it was taken."""
    names = {member.person.code: str(member) for member in queries.members_of(meeting.competition)}
    return [
        {"item": item, "at": one.at, "subject": minutes.subject_text(item), "result": minutes.result_text(item),
         "mode": Item.Mode(item.mode).label, "present": [names.get(code, code) for code in one.present],
         "out": sorted(str(member) for member in item.out.all())}
        for one, item in zip(decisions, preview.items, strict=True)
    ]
