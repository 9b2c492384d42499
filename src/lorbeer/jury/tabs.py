"""The jury's tab in the file of an entry. It is there for every entry: whether it stands on the agenda is no outsider's business."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from lorbeer.entries import embargo
from lorbeer.entries.models import Entry
from lorbeer.entries.queries import is_biased
from lorbeer.entries.tabs import Tab, register
from lorbeer.jury import biases, minutes, queries, rules
from lorbeer.jury.models import Item
from lorbeer.people.models import Person
from lorbeer.shared.verdicts import ALLOWED, Verdict


def can_open(person: Any, entry: Entry) -> Verdict:
    following = rules.can_follow(person, entry.competition)
    if not following:
        return Verdict(_("The result has been announced and stands under “Result”. What was said in the jury stays with the jury."))\
            if embargo.is_announced(entry) else following
    if isinstance(person, Person) and is_biased(person, entry):
        return rules.BIASED
    return ALLOWED


def show(request: HttpRequest, entry: Entry) -> str:
    items = list(
        Item.objects.filter(entry=entry)
        .select_related("meeting__competition", "group", "prize", "project", "entry")
        .prefetch_related("out__person", "reopenings")
        .order_by("meeting__round", "position")
    )
    for meeting in {item.meeting_id: item.meeting for item in items}.values():
        of_meeting = [item for item in items if item.meeting_id == meeting.pk]
        minutes.keep_places(meeting, of_meeting, rules.hidden_entries(request.user, meeting))
    voids = minutes.voided_votes(items)
    late = {meeting.pk: biases.late_biases(meeting) for meeting in {item.meeting_id: item.meeting for item in items}.values()}
    rows = [(item, minutes.subject_text(item), minutes.result_text(item),
             minutes.item_notes(item, late[item.meeting_id].get(item.pk, ()),
                                voids.get((item.meeting.code, item.position), ()))) for item in items]
    return render_to_string(
        "jury/_tab.html",
        {
            "entry": entry,
            "competition": entry.competition,
            "rows": rows,
            "can_run": rules.can_run(request.user, entry.competition),
            "biased": queries.entries.biased_people(entry) if rules.can_prepare(request.user, entry.competition) else [],
        },
        request,
    )


register(Tab("jury", _("Jury"), render=show, rule=can_open))
