from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lorbeer.call.models import Competition
from lorbeer.editions.models import Release
from lorbeer.editions.queries import Standing
from lorbeer.shared.fields import WrittenField
from lorbeer.shared.lists import ListForm


class FreezeForm(forms.Form):
    note = WrittenField(label=_("Note"), max_length=300, required=False,
                        help_text=_("For the office: why this edition is made, for example “after the proofs”."))


class PublicationFilter(ListForm):
    """Which entries the list of publications shows: by standing and round."""

    standing = forms.ChoiceField(label=_("State"), choices=[("", _("all")), *Standing.choices])
    round = forms.ChoiceField(label=_("Round"))

    def __init__(self, *args: Any, competition: Competition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rounds = competition.rounds
        if len(rounds) > 1:
            field: Any = self.fields["round"]
            field.choices = [("", _("all")), *((str(number), number) for number in rounds)]
        else:
            del self.fields["round"]

    def narrow(self, rows: Any) -> Any:
        standing, number = self.cleaned_data["standing"], self.cleaned_data.get("round")
        return [row for row in rows if (not standing or row.standing == standing) and (not number or str(row.entry.round) == number)]


class ReleaseForm(forms.Form):
    """The parts of an entry that are public. What is not ticked is not. `consent`: ask the office for a written consent."""

    parts = forms.MultipleChoiceField(label=_("Public are"), choices=Release.Part.choices, required=False,
                                      widget=forms.CheckboxSelectMultiple)
    written_consent = WrittenField(
        label=_("Written consent"), max_length=300, required=False,
        help_text=_("Only to open what the applicant has not agreed to or has taken back: who agreed, when and how, for example"
                    " “letter by Ms Muster of 3 March”. It stands in the history, and the applicant gets a mail."))

    def __init__(self, *args: Any, opened: Iterable[str], ask_consent: bool = False, **kwargs: Any) -> None:
        self.opened = set(opened)
        kwargs.setdefault("initial", {"parts": [part for part in Release.Part.values if part in self.opened]})
        super().__init__(*args, **kwargs)
        if not ask_consent:
            del self.fields["written_consent"]

    def clean_parts(self) -> list[str]:
        parts: list[str] = self.cleaned_data["parts"]
        if Release.Part.ENTRY in self.opened - set(parts):
            return []                                                   # with the entry itself everything else closes
        if parts and Release.Part.ENTRY not in parts:
            raise forms.ValidationError(
                _("The other parts need “%(entry)s”: without title and name nothing else can be shown."),
                params={"entry": Release.Part.ENTRY.label},
            )
        return parts

    def changes(self) -> tuple[list[str], list[str]]:
        """Parts to release and parts to take back."""
        wanted: Any = set(self.cleaned_data["parts"])
        return [part for part in Release.Part.values if part in wanted - self.opened], sorted(self.opened - wanted)
