"""Input of the screening's pages, made clean. What the sheet needs to be complete says `services.missing_in`."""

import json
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lorbeer.call.models import AwardGroup
from lorbeer.intake.forms import FilledForm
from lorbeer.people.forms import GroundsForm
from lorbeer.people.models import Person
from lorbeer.questionnaire.forms import digest_of
from lorbeer.screening import queries, windows
from lorbeer.screening.models import PairRule, SessionItem, Vote
from lorbeer.shared import keeping
from lorbeer.shared.fields import DayField, RowsField, WrittenField

LONG = {"rows": 4}


class ProposeForm(forms.Form):
    seed = forms.IntegerField(
        label=gettext_lazy("Seed"), min_value=0, max_value=2_000_000_000,
        help_text=gettext_lazy("The same seed and the same facts give the same assignment; another one gives another of equal quality."),
    )
    spread = forms.IntegerField(
        label=gettext_lazy("Loads may differ by at most"), min_value=1, max_value=50, initial=1,
        help_text=gettext_lazy("In entries. One is the fairest; allow more only where the rules leave no other way."),
    )
    priority = forms.ChoiceField(
        label=gettext_lazy("What counts more"), initial="even", required=False, widget=forms.RadioSelect, choices=[
            ("even", gettext_lazy("expertise and the mix of groups alike")),
            ("fields", gettext_lazy("expertise: who reads what they know")),
            ("mix", gettext_lazy("the mix: everybody reads from every group")),
        ],
        help_text=gettext_lazy(
            "Alike: a place beyond a fair share of a group weighs as much as somebody who knows nothing of an entry instead of everything; "
            "the second and third weigh three times, each further one six times as much."),
    )

    def __init__(self, *args: Any, with_fields: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["priority"].required = with_fields
        if not with_fields:                                             # nothing to weigh against each other
            self.fields["priority"].widget = forms.HiddenInput()
            self.fields["priority"].help_text = ""

    def clean_priority(self) -> str:
        return self.cleaned_data["priority"] or "even"


class ChangeForm(forms.Form):
    """A place of one entry: from whom, to whom, and against which entry."""

    giver = forms.CharField(max_length=20)
    taker = forms.CharField(max_length=20)
    against = forms.CharField(max_length=20, required=False)


class ExchangeForm(forms.Form):
    """Whose place somebody else could take, before it is done."""

    giver = forms.ChoiceField(label=gettext_lazy("Instead of"))
    taker = forms.ChoiceField(label=gettext_lazy("reads"))

    def __init__(self, data: Any = None, *, givers: list[tuple[str, str]], takers: list[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["giver"].choices, self.fields["taker"].choices = givers, takers  # type: ignore[attr-defined]


class SwapForm(forms.Form):
    against = forms.ChoiceField(label=gettext_lazy("Against the entry"))

    def __init__(self, *, swaps: list[tuple[str, str]]) -> None:
        super().__init__(auto_id="swap_%s")
        self.fields["against"].choices = swaps  # type: ignore[attr-defined]


class PlacesForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("CSV file"), widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
        help_text=gettext_lazy("As it was exported, one row for each place; change the column with the person’s code. At most 10 MB."),
    )


class ProfileForm(GroundsForm):
    """What somebody can read, knows and must not read."""

    capacity = forms.IntegerField(
        label=gettext_lazy("Entries, at most"), min_value=0, max_value=10_000, required=False,
        help_text=gettext_lazy("In each round. Empty: no limit of their own; all get equally many."),
    )
    fields_known = forms.MultipleChoiceField(
        label=gettext_lazy("Knows"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Compared with what entries answer to this question."))
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Reads"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Nothing ticked: all languages."))

    def __init__(self, data: Any = None, *, choices: list[tuple[str, str]], languages: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.order_fields(["capacity", "fields_known", "languages"])
        for name, offered in (("fields_known", choices), ("languages", languages)):
            if offered:
                self.fields[name].choices = offered  # type: ignore[attr-defined]
            else:
                del self.fields[name]


class PairForm(forms.Form):
    """A pair that is pinned or kept apart."""

    entry = WrittenField(label=gettext_lazy("Code of the entry"), max_length=20)
    person = forms.ModelChoiceField(Person.objects.none(), label=gettext_lazy("Screener"))
    kind = forms.ChoiceField(label=gettext_lazy("Rule"), choices=PairRule.Kind.choices, widget=forms.RadioSelect)
    reason = WrittenField(
        label=gettext_lazy("Reason"), max_length=500, help_text=gettext_lazy("It stands beside the log until personal data is erased."))

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people  # type: ignore[attr-defined]


class AcceptForm(forms.Form):
    due_on = DayField(label=gettext_lazy("Votes to be sealed by"), required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_due_on(self) -> date | None:
        """A day that has passed would make every vote late with the first mail."""
        due_on: date | None = self.cleaned_data["due_on"]
        if due_on and due_on < self.today:
            raise forms.ValidationError(_("This day has passed, so all votes would be late at once. Please check day and year."))
        return due_on


class SeatForm(AcceptForm):
    """Who takes a place, until when, and why."""

    field_order = ("to", "due_on", "reason")
    to = forms.ModelChoiceField(Person.objects.none(), label=gettext_lazy("Screener"))
    reason = WrittenField(
        label=gettext_lazy("Reason"), max_length=500, help_text=gettext_lazy("It stands beside the log until personal data is erased."))

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = people  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    reason = WrittenField(label=gettext_lazy("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class SheetForm(forms.Form):
    """The sheet of one vote: points and reason per criterion, an overall vote, a vote per project. Nothing is required
    while it is being written."""

    def __init__(self, data: Any = None, *, vote: Vote) -> None:
        self.vote = vote
        self.rules = queries.rules_of(vote.entry.competition)
        self.criteria = list(vote.entry.competition.criteria.all())
        self.projects = list(vote.entry.projects.all())
        initial = queries.sheet_fields(vote)
        super().__init__(data, initial=initial)
        scale = [(str(points), str(points)) for points in range(self.rules.scale + 1)]
        for project in (None, *self.projects):
            sheet = f"project_{project.position}_" if project else ""
            for criterion in self.criteria:                             # the labels stand in messages only, above all fields
                points, reason = (text % {"number": criterion.number} for text in (
                    _("Points for criterion %(number)d"), _("Reason for criterion %(number)d")))
                if project:
                    points, reason = (_("Project %(number)d, %(label)s") % {"number": project.position, "label": one}
                                      for one in (points, reason))
                self.fields[f"{sheet}points_{criterion.code}"] = forms.ChoiceField(
                    label=points, choices=[("", "–"), *scale], required=False, widget=forms.RadioSelect
                )
                self.fields[f"{sheet}reason_{criterion.code}"] = WrittenField(
                    label=reason, required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 2})
                )
        options = [(option.code, str(option.label)) for option in self.rules.options]
        self.fields["option"] = forms.ChoiceField(
            label=_("Overall vote"), choices=options, required=False, widget=forms.RadioSelect
        )
        self.fields["reason"] = WrittenField(
            label=_("Reason of the overall vote"), required=False, max_length=20_000, widget=forms.Textarea(attrs=LONG)
        )
        special = [(option.code, str(option.label)) for option in self.rules.options if option.proposes != "group"]
        for project in self.projects:
            self.fields[f"option_of_{project.position}"] = forms.ChoiceField(
                label=_("Vote on project %(number)d") % {"number": project.position}, choices=[("", _("no vote of its own")), *special],
                required=False,
            )
            self.fields[f"reason_of_{project.position}"] = WrittenField(
                label=_("Reason of the vote on project %(number)d") % {"number": project.position}, required=False, max_length=20_000,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

        names = list(self.fields)
        sent = data or {}
        # Which window this is, and what stood in its fields when it was made: see `services.keep_sheet`.
        self.page = [keeping.PAGE, sent.get(keeping.PAGE) or keeping.new_page()]
        self.waiting = windows.waiting_in(vote)
        self.seen_text = sent.get("seen") or json.dumps({name: digest_of(initial.get(name, "")) for name in names})

    def rows(self, sheet: str = "") -> list[dict[str, Any]]:
        """Criteria with their two fields and what lies aside of each, for the template. `sheet`: "" or "project_<position>_"."""
        names = [(one, f"{sheet}points_{one.code}", f"{sheet}reason_{one.code}") for one in self.criteria]
        return [
            {"criterion": one, "points": self[points], "reason": self[reason], "aside": self.aside(points, reason)}
            for one, points, reason in names
        ]

    def project_rows(self) -> list[dict[str, Any]]:
        """The sheet of each project; `begun`: something stands on it."""
        found = []
        for one in self.projects:
            option, reason, rows = f"option_of_{one.position}", f"reason_of_{one.position}", self.rows(f"project_{one.position}_")
            fields = [self[option], self[reason], *(row[part] for row in rows for part in ("points", "reason"))]
            aside = self.aside(option, reason)
            found.append({
                "project": one, "option": self[option], "reason": self[reason], "rows": rows, "aside": aside,
                "begun": any(field.value() for field in fields) or bool(aside) or any(row["aside"] for row in rows),
            })
        return found

    def overall_aside(self) -> list[tuple[str, str, str]]:
        return self.aside("option", "reason")

    def aside(self, *names: str) -> list[tuple[str, str, str]]:
        """(value of its buttons, label of its field, text) of each text of the fields `names` that waits for a choice."""
        choices = {name: dict(getattr(self.fields[name], "choices", ())) for name in names}
        return [(f"{name}:{one.value}", str(self.fields[name].label), str(choices[name].get(one.text, one.text)))
                for name in names for one in self.waiting.get(name, ())]

    def require_room(self, unkept: Collection[str]) -> None:
        """When all else is saved: what could not even be put beside the other is given back to who typed it."""
        if unkept:
            raise keeping.NoRoom(str(self.fields[name].label) for name in unkept)

    def written(self) -> dict[str, str]:
        """What was sent, nothing else."""
        return {name: self.cleaned_data[name].replace("\r\n", "\n") for name in self.fields if name in self.data}

    def seen(self) -> dict[str, str] | None:
        """{field: digest of what the page showed}; None where the page does not say."""
        if "seen" not in self.data:
            return None
        try:
            told = json.loads(self.data["seen"])
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}

    def sheet(self, given: Mapping[str, str]) -> dict[str, Any]:
        """Arguments for `services.save_sheet`, of some fields and their texts."""
        def rated(sheet: str) -> dict[str, dict[str, Any]]:
            found: dict[str, dict[str, Any]] = {}
            for criterion in self.criteria:
                for part in ("points", "reason"):
                    if (name := f"{sheet}{part}_{criterion.code}") in given:
                        found.setdefault(criterion.code, {})[part] = given[name]
            return found

        projects: dict[int, dict[str, Any]] = {}
        for project in self.projects:
            if ratings := rated(f"project_{project.position}_"):
                projects[project.position] = {"ratings": ratings}
            for part in ("option", "reason"):
                if f"{part}_of_{project.position}" in given:
                    projects.setdefault(project.position, {})[part] = given[f"{part}_of_{project.position}"]
        return {
            "ratings": rated(""),
            "option": given.get("option"),
            "reason": given.get("reason"),
            "project_votes": projects,
        }


class SheetFileForm(FilledForm):
    form = forms.FileField(
        label=gettext_lazy("Filled sheet"), help_text=gettext_lazy("The PDF that you downloaded here, filled in and saved."),
        widget=forms.FileInput({"accept": ".pdf,application/pdf"}),
    )


class PlanForm(forms.Form):
    held_on = DayField(label=gettext_lazy("Day of the session"))


class OpenForm(forms.Form):
    """Who is there, and who chairs."""

    present = RowsField(
        Person.objects.none(), label=gettext_lazy("Present"), widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("From now on those present see the votes on all items they are not biased for."),
    )
    chaired_by = forms.ModelChoiceField(Person.objects.none(), label=gettext_lazy("Chair"))

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["present"].queryset = people  # type: ignore[attr-defined]
        self.fields["chaired_by"].queryset = people  # type: ignore[attr-defined]


class ItemForm(forms.Form):
    """What the session finds. `proposed`: "entry:<group>" or "project:<position>:<group>"."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("The entry is"), choices=SessionItem.Outcome.choices, widget=forms.RadioSelect
    )
    proposed = forms.MultipleChoiceField(
        label=gettext_lazy("Proposed in"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("A project can be proposed where its entry is not."),
    )
    arguments = WrittenField(
        label=gettext_lazy("Arguments"), max_length=20_000, widget=forms.Textarea(attrs=LONG),
        error_messages={"required": gettext_lazy("The votes differ on this entry. Please note the arguments that decided.")},
        help_text=gettext_lazy("Needed where the votes differ; they stand in the minutes."),
    )
    dissent = WrittenField(
        label=gettext_lazy("Dissent"), required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Who disagrees and wants it noted."),
    )

    def __init__(self, data: Any = None, *, item: SessionItem) -> None:
        competition, entry = item.session.competition, item.entry
        self.groups = {group.code: group for group in AwardGroup.objects.filter(competition=competition)}
        self.projects = {project.position: project for project in entry.projects.all()}
        special = [group for group in self.groups.values() if group.is_special]
        own = queries.proposing_group(entry, "group", self.groups)
        votes = list(entry.votes.all())
        found = queries.proposed_by_votes(entry, votes, competition, self.groups)
        initial: dict[str, Any] = {}
        if not item.diverging:
            initial["outcome"] = "propose" if any(project is None for project, _group in found) else "pass_over"
        initial["proposed"] = [
            f"project:{project.position}:{group.code}" if project else f"entry:{group.code}" for project, group in found
        ]
        super().__init__(data, initial=initial)
        self.fields["arguments"].required = item.diverging
        choices = [(f"entry:{group.code}", str(group)) for group in [*([own] if own else []), *special]]
        choices += [
            (f"project:{project.position}:{group.code}",
             _("project “%(project)s” in %(group)s") % {"project": project, "group": group})
            for project in self.projects.values() for group in special
        ]
        self.fields["proposed"].choices = choices  # type: ignore[attr-defined]
        if not (self.projects and special):
            self.fields["proposed"].help_text = ""

    def proposals(self) -> list[tuple[Any, AwardGroup]]:
        found: list[tuple[Any, AwardGroup]] = []
        for value in self.cleaned_data["proposed"]:
            kind, _colon, rest = value.partition(":")
            if kind == "entry":
                found.append((None, self.groups[rest]))
            else:
                position, _colon, group = rest.partition(":")
                found.append((self.projects[int(position)], self.groups[group]))
        return found


class OpinionForm(forms.Form):
    description = WrittenField(
        label=gettext_lazy("Short description"), required=False, max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("What it is: aim, people, means, state. What stands in quotation marks must stand in the entry word for word; "
                               "[…] leaves something out."),
    )
    reasons = WrittenField(
        label=gettext_lazy("Reasons"), required=False, max_length=4_000, widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("Why it is proposed. Both together must fit on one page."),
    )
    seen = WrittenField(required=False, widget=forms.HiddenInput)       # digest of the text that stood there when the page was made


class ReaderForm(forms.Form):
    """Beside the text, in the same form: only whoever hands over chooses somebody."""

    use_required_attribute = False
    second_reader = forms.ModelChoiceField(Person.objects.none(), label=gettext_lazy("Second reader"))

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["second_reader"].queryset = people  # type: ignore[attr-defined]


class OpinionPeopleForm(ReaderForm):
    """Who writes an opinion and who reads it, chosen by the office."""

    author = forms.ModelChoiceField(Person.objects.none(), label=gettext_lazy("Author"))
    field_order = ["author", "second_reader"]

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, people=people, **kwargs)
        self.fields["author"].queryset = people  # type: ignore[attr-defined]
        self.fields["second_reader"].required = False


class RemarkForm(forms.Form):
    remark = WrittenField(
        label=gettext_lazy("Remark"), max_length=4_000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("What the author should change."),
    )
