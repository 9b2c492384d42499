"""The package for a meeting without the network, and its record taken in."""

from django import forms as django_forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from lorbeer.entries import queries as entries
from lorbeer.jury import minutes, offline, rules, services
from lorbeer.jury.models import Item
from lorbeer.jury.views.finding import _desk, _insider, _meeting, _url
from lorbeer.shared.errors import BadInput, Refused


class RecordForm(django_forms.Form):
    record = django_forms.FileField(
        label=gettext_lazy("File with the results"), required=False,
        help_text=gettext_lazy("The file that the page of the package saved; its name ends in .json."))
    text = django_forms.CharField(required=False, widget=django_forms.HiddenInput, max_length=offline.LARGEST, strip=False)

    def content(self) -> str:
        file = self.cleaned_data.get("record")
        if not file:
            return self.cleaned_data["text"]
        if file.size > offline.LARGEST:
            raise BadInput(_("This file is no record of a meeting without the network. Choose the file that its page saved."))
        try:
            return file.read().decode("utf-8")
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
    """First shows what the record holds; what was shown is entered, all of it or nothing."""
    meeting = _meeting(_insider(request, competition, rules.can_run), round)
    form = RecordForm(request.POST or None, request.FILES or None)
    rows, text = [], ""
    if request.method == "POST" and form.is_valid():
        try:
            text = form.content()
            decisions = offline.read_record(text, meeting)
            items = {item.position: item for item in meeting.items.select_related("entry", "project", "group")}
            for one in decisions:
                item = items.get(one.position)
                if item and entries.is_biased(request.user, item.entry):  # type: ignore[arg-type]
                    raise Refused(str(rules.BIASED.reason))
                rows.append((one, minutes.subject_text(item) if item else _("There is no such item on the agenda."),
                             Item.Result(one.result).label))
            if not form.cleaned_data.get("record"):
                entered = services.enter_offline(meeting, decisions, by=request.user)  # type: ignore[arg-type]
                messages.success(request, ngettext(
                    "%(count)s decision has been entered as decided without the network.",
                    "%(count)s decisions have been entered as decided without the network.", len(entered)) % {"count": len(entered)})
                return _desk(meeting, "agenda")
        except (BadInput, Refused) as error:
            form.add_error(None, str(error))
            rows = []
    return render(request, "jury/offline_enter.html", {
        "meeting": meeting, "form": form, "rows": rows, "text": text, "ended": str(rules.ENDED) if meeting.closed_at else "",
        "back": _url("desk_show", meeting),
    }, status=400 if form.is_bound and not rows else 200)
