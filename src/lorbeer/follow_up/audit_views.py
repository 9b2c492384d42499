"""The log for the auditor and the lead of the office: search, verified up to when, evidence to take away."""

import json
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from lorbeer.call.models import Competition
from lorbeer.entries.models import Entry
from lorbeer.entries.queries import entries_visible_to
from lorbeer.follow_up import audit, details, rules, words
from lorbeer.follow_up.verbs import title_of
from lorbeer.follow_up.views import insider
from lorbeer.jury.queries import unclosed_polls
from lorbeer.people.models import Person
from lorbeer.shared import lists
from lorbeer.shared.fields import DayField, WrittenField
from lorbeer.shared.lists import Column, ListForm
from lorbeer.shared.verdicts import require


class EventFilter(ListForm):
    entry = WrittenField(label=gettext_lazy("Entry (code)"), required=False)
    who = WrittenField(label=gettext_lazy("Person"), required=False)
    verb = forms.ChoiceField(label=gettext_lazy("Event"), required=False)
    day = DayField(label=gettext_lazy("Day"), required=False)

    def __init__(self, *args: Any, person: Person, competition: Competition, verbs: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person, self.competition = person, competition
        self.fields["verb"].choices = [("", _("all")), *sorted(((verb, title_of(verb)) for verb in verbs), key=lambda one: one[1].casefold())]  # type: ignore[attr-defined]

    def narrow(self, rows: Any) -> Any:
        data = self.cleaned_data
        if code := data["entry"].strip():
            entry = Entry.objects.filter(competition=self.competition).filter(Q(code__iexact=code) | Q(reference__iexact=code)).first()
            if entry is None:
                return rows.none()
            entry.competition = self.competition
            rows = rows.filter(audit.about_entry(self.person, entry))
        if who := data["who"].strip():
            people = Person.objects.filter(Q(name__icontains=who) | Q(email__iexact=who) | Q(code__iexact=who))
            rows = rows.filter(Q(actor__in=people.values("code")) | Q(actor__iexact=who))
        if data["verb"]:
            rows = rows.filter(verb=data["verb"])
        if data["day"]:
            begin = datetime.combine(data["day"], time(0), ZoneInfo(self.competition.time_zone))
            end = datetime.combine(data["day"] + timedelta(days=1), time(0), ZoneInfo(self.competition.time_zone))
            rows = rows.filter(at__gte=begin, at__lt=end)
        return rows


def held(event: Any) -> str:
    """The details as the log holds them, with the words of the reason, for programs."""
    more = {"reason": event.reason.words} if hasattr(event, "reason") and isinstance(event.detail, dict) else {}
    return json.dumps(event.detail | more if more else event.detail, ensure_ascii=False)


@login_required
@require_safe
def event_list(request: HttpRequest, competition: str) -> HttpResponse:
    """Everything that happened, the newest first, with the standing of the whole chain on top."""
    place = insider(request, competition)
    require(rules.can_audit(request.user, place))
    person: Person = request.user  # type: ignore[assignment]
    events = audit.events_for(person, place)
    verbs = list(events.order_by("verb").values_list("verb", flat=True).distinct())
    entries = {f"entry:{code}" for code in entries_visible_to(person, place).values_list("code", flat=True)}

    def entry_url(event: Any) -> str:
        if event.subject not in entries:
            return ""
        return reverse("entries:entry_show", args=[place.code, event.subject.removeprefix("entry:")])

    columns = [
        Column("at", gettext_lazy("Time"), kind="moment", sort="pk"),
        Column("verb", gettext_lazy("Event"), value=lambda event: title_of(event.verb), sort="verb"),
        Column("verb_code", gettext_lazy("Event (code)"), value=lambda event: event.verb),
        Column("subject", pgettext_lazy("log", "About"), value=lambda event: words.about(event.subject, reader.names.name),
               url=entry_url, sort="subject"),
        Column("subject_code", pgettext_lazy("log", "About (code)"), value=lambda event: event.subject),
        Column("actor", gettext_lazy("By"), value=lambda event: words.acting(event.actor, reader.names.name), sort="actor"),
        Column("actor_code", gettext_lazy("By (code)"), value=lambda event: event.actor),
        Column("detail", gettext_lazy("Details"), value=lambda event: reader.shown(event), export=lambda event: reader.told(event)),
        Column("detail_code", gettext_lazy("Details (JSON)"), value=held),
        Column("seal", gettext_lazy("Seal"), kind="number", value=lambda event: event.seal.number if hasattr(event, "seal") else None,
               sort="seal__number"),
    ]
    gaps_tell = audit.leaves_out(person, place)
    if gaps_tell:                                                       # seals have no gaps, so a gap is what is left out
        del columns[-1]
    listing = lists.build(
        request, events, columns, form=EventFilter, form_arguments={"person": person, "competition": place, "verbs": verbs},
        name=_("log-%(competition)s") % {"competition": place.code}, per_page=100, key="pk",
    )
    reader = details.Reader(place, lambda: listing.every_row() if listing.is_file else listing.rows)
    if file := listing.download():
        return file
    listing.columns = [column for column in columns if not column.key.endswith("_code")]    # these are for programs, in the download
    chosen = request.GET.get("entry", "").strip()
    found = Entry.objects.filter(competition=place).filter(Q(code__iexact=chosen) | Q(reference__iexact=chosen)).first() if chosen else None
    return render(request, "follow_up/event_list.html", {
        "listing": listing, "standing": audit.standing(place, counted=not gaps_tell), "entry": found,
        "can_take": rules.can_take_evidence(person, place), "has_unclosed_ballots": unclosed_polls(place).exists(),
    })


@login_required
@require_POST
def evidence_download(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """The evidence of one entry's decision as a zip."""
    place = insider(request, competition)
    require(rules.can_take_evidence(request.user, place))  # type: ignore[arg-type]
    entry = get_object_or_404(Entry.objects.select_related("group"), competition=place, code=code)
    entry.competition = place
    response = HttpResponse(audit.evidence(request.user, entry), content_type="application/zip")  # type: ignore[arg-type]
    response["Content-Disposition"] = f'attachment; filename="{_("evidence")}-{entry.code}.zip"'
    response["Cache-Control"] = "private, no-store"
    return response
