"""The verdict of a check and the filter of its list."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lorbeer.call.models import CheckPoint
from lorbeer.entries.models import Entry, State
from lorbeer.formal_check.applicants import has_no_room
from lorbeer.formal_check.models import Check
from lorbeer.formal_check.queries import Proposal
from lorbeer.formal_check.rules import completion_running, early_in_words
from lorbeer.formal_check.services import no_room_in_words
from lorbeer.shared import clock
from lorbeer.shared.fields import DayField, WrittenField
from lorbeer.shared.lists import ListForm
from lorbeer.shared.text import in_sentence, listed

YES, NO = "yes", "no"
ANSWERS = [(YES, gettext_lazy("fulfilled")), (NO, gettext_lazy("not fulfilled"))]
LAST_SECOND = time(23, 59, 59)
LONGEST_REASON = 2_000
DECISIONS = (Check.Verdict.ADMITTED, Check.Verdict.EXCLUDED, Check.Verdict.RETURNED)


class CheckForm(forms.Form):
    """One form, three buttons: what each of them needs is asked for in `clean`, by the button that was pressed."""

    decision = forms.ChoiceField(choices=[(verdict.value, verdict.label) for verdict in DECISIONS], widget=forms.HiddenInput, error_messages={
        "required": gettext_lazy("Nothing is recorded yet. Press the button of the verdict that you mean.")})
    seen = forms.IntegerField(widget=forms.HiddenInput)
    known = forms.IntegerField(widget=forms.HiddenInput, required=False)        # checks that the page showed; none where it says nothing
    group = forms.ModelChoiceField(None, label=gettext_lazy("Award group"), required=False, widget=forms.RadioSelect,
                                   empty_label=None)
    admit_reason = WrittenField(
        label=gettext_lazy("Reason"), required=False, max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Needed where the group is not the one of the rule, a check point is not fulfilled, the applicant has as"
                               " many entries admitted as the call allows, or has time left to complete this one."))
    clause = forms.ModelChoiceField(None, label=gettext_lazy("Clause of the call"), required=False,
                                    empty_label=gettext_lazy("Choose a clause"))
    exclude_reason = WrittenField(
        label=gettext_lazy("Reason"), required=False, max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Stands in the notice below the clause."))
    return_reason = WrittenField(
        label=gettext_lazy("What is missing"), required=False, max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("The applicant reads it."))
    until = DayField(label=gettext_lazy("To be completed by"), required=False,
                            help_text=gettext_lazy("The whole day counts."))

    def __init__(self, *args: Any, entry: Entry, proposal: Proposal, points: list[CheckPoint], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entry, self.proposal, self.points = entry, proposal, points
        self.zone = ZoneInfo(entry.competition.time_zone)
        groups = entry.competition.groups.filter(is_special=False)
        self.fields["group"].queryset = groups                          # type: ignore[attr-defined]
        self.fields["group"].label_from_instance = self._group_label    # type: ignore[attr-defined]
        if proposal.is_clear:
            self.fields["group"].initial = proposal.group
        self.fields["clause"].queryset = entry.competition.clauses.all()         # type: ignore[attr-defined]
        self.fields["clause"].label_from_instance = (                   # type: ignore[attr-defined]
            lambda clause: listed([part for part in (clause.number, clause.label) if part], " "))
        self.fields["until"].initial = clock.today(self.zone) + timedelta(days=14)
        for point in points:
            self.fields[f"point_{point.code}"] = forms.ChoiceField(
                label=str(point.label), choices=ANSWERS, widget=forms.RadioSelect, required=False)
            self.fields[f"note_{point.code}"] = WrittenField(label=_("Note"), max_length=500, required=False)
        for name, field in self.fields.items():
            # Each button needs some of the fields; which, is said by `clean`.
            field.asked_for_by_button = not name.startswith("note_")    # type: ignore[attr-defined]

    def _group_label(self, group: Any) -> str:
        return in_sentence(_("%(group)s (by the rule)"), group=group.label) if group == self.proposal.group else str(group.label)

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [{"point": point, "answer": self[f"point_{point.code}"], "note": self[f"note_{point.code}"]}
                for point in self.points]

    @property
    def findings(self) -> dict[str, tuple[bool, str]]:
        """What was ticked, by code of the check point."""
        data = self.cleaned_data
        return {point.code: (data[f"point_{point.code}"] == YES, data[f"note_{point.code}"])
                for point in self.points if data.get(f"point_{point.code}")}

    @property
    def until_moment(self) -> datetime:
        return datetime.combine(self.cleaned_data["until"], LAST_SECOND, self.zone)

    def clean_until(self) -> date | None:
        day = self.cleaned_data["until"]
        if day and day < clock.today(self.zone) and self.data.get("decision") == Check.Verdict.RETURNED:
            raise forms.ValidationError(_("The date lies in the past. Choose a later one."))
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        match data.get("decision"):
            case Check.Verdict.ADMITTED:
                self._clean_admission(data)
            case Check.Verdict.EXCLUDED:
                if not data.get("clause") and "clause" not in self.errors:
                    self.add_error("clause", _("Choose the clause under which the entry is excluded."))
                if not data.get("exclude_reason", "").strip():
                    self.add_error("exclude_reason", _(
                        "Give the reason why the clause applies. It stands in the notice, and somebody may object to it."))
            case Check.Verdict.RETURNED:
                if not data.get("return_reason", "").strip():
                    self.add_error("return_reason", _("Say what is missing: the applicant reads it."))
                if not data.get("until") and "until" not in self.errors:
                    self.add_error("until", _("Say until when the entry can be completed."))
        return data

    def _clean_admission(self, data: dict[str, Any]) -> None:
        for point in self.points:
            if not data.get(f"point_{point.code}"):
                self.add_error(f"point_{point.code}", _("Say whether this is fulfilled."))
        group, reason = data.get("group"), data.get("admit_reason", "").strip()
        if not group:
            if "group" not in self.errors:
                self.add_error("group", _("Choose the group in which the entry takes part."))
        elif not reason and group != self.proposal.group:
            self.add_error("admit_reason", _("The rule of the call gives another group. Say why this one is right."))
        elif not reason and self.proposal.others:
            self.add_error("admit_reason", _("Several bodies enter together, and the rule would sort them into different "
                                             "groups. Say why this group is right."))
        elif not reason and any(data.get(f"point_{point.code}") == NO for point in self.points):
            self.add_error("admit_reason", _("A check point is not fulfilled. Say why the entry is admitted all the same."))
        elif not reason and has_no_room(self.entry):
            self.add_error("admit_reason", no_room_in_words(self.entry.competition))
        elif not reason and (asked := completion_running(self.entry)):
            self.add_error("admit_reason", early_in_words(self.entry, asked))


class ReopenForm(forms.Form):
    """Why a verdict is taken back."""

    reason = WrittenField(
        label=gettext_lazy("Reason"), max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Stands in the mail to the applicant and in the history of the entry."))


class CheckFilter(ListForm):
    q = WrittenField(label=gettext_lazy("Search"))
    verdict = forms.ChoiceField(label=gettext_lazy("State"), choices=[
        ("", gettext_lazy("all")), ("waiting", gettext_lazy("to be checked")),
        ("returned", gettext_lazy("returned for completion")), ("admitted", gettext_lazy("admitted")),
        ("excluded", gettext_lazy("excluded")),
    ])
    group = forms.ChoiceField(label=gettext_lazy("Award group"))
    round = forms.ChoiceField(label=gettext_lazy("Round"))

    def __init__(self, *args: Any, groups: list, rounds: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].choices = [("", _("all")), *((group.code, str(group.label)) for group in groups)]  # type: ignore[attr-defined]
        self.fields["round"].choices = [("", _("all")), *((str(number), str(number)) for number in rounds)]     # type: ignore[attr-defined]
        if len(rounds) < 2:
            del self.fields["round"]

    def narrow(self, rows: "QuerySet[Entry]") -> "QuerySet[Entry]":
        data = self.cleaned_data
        for word in data["q"].split():
            rows = rows.filter(Q(title__icontains=word) | Q(applicant__icontains=word) | Q(code__icontains=word)
                               | Q(reference__icontains=word))
        if data["group"]:
            rows = rows.filter(group__code=data["group"])
        if data.get("round"):
            rows = rows.filter(round=int(data["round"]))
        match data["verdict"]:
            case "waiting":
                rows = rows.filter(is_waiting=True)
            case "returned":
                rows = rows.filter(state=State.SUBMITTED, is_returned=True)
            case "admitted":
                rows = rows.exclude(state__in=(State.SUBMITTED, State.INADMISSIBLE))
            case "excluded":
                rows = rows.filter(state=State.INADMISSIBLE)
        return rows
