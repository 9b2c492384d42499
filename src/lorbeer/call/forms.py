"""Forms for what the call says."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lorbeer.call.letters import faults_of
from lorbeer.call.models import AwardGroup, Competition, Letter, Phase
from lorbeer.call.services import WORDS, PhaseChange
from lorbeer.register.models import LegalStatus
from lorbeer.shared import clock
from lorbeer.shared.fields import DayField, WrittenField
from lorbeer.shared.text import Localized, language_name

FIRST, LAST = time(0, 0), time(23, 59, 59)


class PhasesForm(forms.Form):
    """Start and end of every phase as days; a time of day other than midnight is kept where its day does not change."""

    reason = WrittenField(
        label=gettext_lazy("Why the dates change"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Needed where people act by the old date already. It stands in the log."))

    def __init__(self, *args: Any, competition: Competition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.competition, self.zone = competition, ZoneInfo(competition.time_zone)
        self.phases = list(competition.phases.all())
        for phase in self.phases:
            for word, moment, label in (("starts", phase.starts_at, _("From")), ("ends", phase.ends_at, _("Until"))):
                self.fields[f"{word}_{phase.pk}"] = DayField(
                    label=label, required=False, initial=self._day(moment))

    def _day(self, moment: datetime | None) -> date | None:
        return clock.day(moment, self.zone) if moment else None

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [{"phase": phase, "starts": self[f"starts_{phase.pk}"], "ends": self[f"ends_{phase.pk}"]}
                for phase in self.phases]

    def _moment(self, day: date | None, old: datetime | None, fallback: time) -> datetime | None:
        if day is None or day == self._day(old):
            return old if day else None
        return datetime.combine(day, fallback, self.zone)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self.changes: list[PhaseChange] = []
        for phase in self.phases:
            names = f"starts_{phase.pk}", f"ends_{phase.pk}"
            if self.errors.keys() & set(names):
                continue
            starts = self._moment(data.get(names[0]), phase.starts_at, FIRST)
            ends = self._moment(data.get(names[1]), phase.ends_at, LAST)
            if starts and ends and ends < starts:
                self.add_error(names[1], _("The end lies before the start."))
            elif phase.kind == Phase.Kind.ENTRIES and ends is None:
                self.add_error(names[1], _("Without this date there is no deadline."))
            elif (starts, ends) != (phase.starts_at, phase.ends_at):
                self.changes.append(PhaseChange(phase, starts, ends))
        if any(change.is_running or change.is_over for change in self.changes) and not data.get("reason", "").strip():
            self.add_error("reason", _("A date by which people act already is changed. Say why."))
        return data


class WordsForm(forms.Form):
    """The wording of one part of the call, in each language of the competition."""

    def __init__(self, *args: Any, kind: str, row: Any, languages: list[str], needs_reason: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = {"label": _("Label"), "heading": _("As a heading in tables"), "description": _("Description")}
        self.parts = [(name, language) for name in WORDS[kind] for language in languages]
        self.row = row
        for name, language in self.parts:
            long = name == "description"
            self.fields[f"{name}_{language}"] = WrittenField(
                label=f"{names[name]} ({language_name(language)})", max_length=3_000 if long else 300,
                required=name == "label" and language == languages[0],
                widget=forms.Textarea(attrs={"rows": 4}) if long else forms.TextInput(),
                initial=getattr(row, name).get(language, ""))
        if needs_reason:
            self.fields["reason"] = WrittenField(
                label=_("Reason"), max_length=500,
                help_text=_("Entries are judged by these words already. Both texts and the reason stand in the log."))

    @property
    def words(self) -> dict[str, Localized]:
        """What was typed; languages that are not asked for here keep their text."""
        found: dict[str, Localized] = {}
        for name, language in self.parts:
            text = found.setdefault(name, Localized(getattr(self.row, name)))
            value = self.cleaned_data[f"{name}_{language}"].strip().replace("\r\n", "\n")
            if value:
                text[language] = value
            else:
                text.pop(language, None)
        return found


class RuleForm(forms.Form):
    """Which entries come into a group."""

    legal_statuses = forms.MultipleChoiceField(
        label=gettext_lazy("Legal status, by the register"), required=False, choices=LegalStatus.choices,
        widget=forms.CheckboxSelectMultiple, help_text=gettext_lazy("None ticked: every legal status."))
    condition = WrittenField(
        label=gettext_lazy("Condition"), required=False, max_length=1_000, widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=gettext_lazy("In the language of the questionnaire, such as ${age} < 14 or ${register.population} < 20000. It must "
                               "hold besides. Empty: none."))
    reason = WrittenField(
        label=gettext_lazy("Why the rule changes"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Needed once entries have been handed in. It stands in the log."))

    def __init__(self, *args: Any, group: AwardGroup, **kwargs: Any) -> None:
        super().__init__(*args, initial={"legal_statuses": group.legal_statuses, "condition": group.condition}, **kwargs)
        of_register = group.competition.applicant_kind == Competition.ApplicantKind.MUNICIPALITY
        if not of_register and not group.legal_statuses:                # nobody there has one
            del self.fields["legal_statuses"]


class LetterForm(forms.ModelForm):
    class Meta:
        model = Letter
        fields = ["subject", "body"]
        field_classes = {"subject": WrittenField, "body": WrittenField}
        labels = {"subject": gettext_lazy("Subject"), "body": gettext_lazy("Text")}
        widgets = {"body": forms.Textarea(attrs={"rows": 18})}

    def clean_subject(self) -> str:
        return " ".join(self.cleaned_data["subject"].split())

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("subject", "body"):
            for fault in faults_of(self.instance.code, data.get(name, "") if name == "subject" else "",
                                   data.get(name, "") if name == "body" else ""):
                self.add_error(name, fault)
        return data


class NewLetterForm(forms.Form):
    code = forms.RegexField(
        r"^[a-z0-9][a-z0-9_-]*\Z", label=gettext_lazy("Short name"), max_length=60,
        help_text=gettext_lazy("A mailing’s letter begins with wave_, such as wave_1; the others are named in the list."),
        error_messages={"invalid": gettext_lazy("Use lower-case letters, digits, - and _.")})
    language = forms.ChoiceField(label=gettext_lazy("Language"))

    def __init__(self, *args: Any, competition: Competition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.competition = competition
        self.fields["language"].choices = [                             # type: ignore[attr-defined]
            (code, language_name(code)) for code in competition.languages or ["de"]]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.competition.letters.filter(code=data.get("code"), language=data.get("language")).exists():
            self.add_error("code", _("There is this letter in this language already. Edit that one."))
        return data


class PackageForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("Competition package (ZIP)"),
                           widget=forms.ClearableFileInput(attrs={"accept": ".zip,application/zip"}))
