from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lorbeer.editions.models import Release


class FreezeForm(forms.Form):
    note = forms.CharField(label=_("Note"), max_length=300, required=False,
                           help_text=_("For the office: why this edition is made, for example “after the proofs”."))


class ReleaseForm(forms.Form):
    """The parts of an entry that are public. What is not ticked is not."""

    parts = forms.MultipleChoiceField(label=_("Public are"), choices=Release.Part.choices, required=False,
                                      widget=forms.CheckboxSelectMultiple)

    def clean_parts(self) -> list[str]:
        parts: list[str] = self.cleaned_data["parts"]
        if parts and Release.Part.ENTRY not in parts:
            raise forms.ValidationError(
                _("The other parts need “%(entry)s”: without title and name nothing else can be shown."),
                params={"entry": Release.Part.ENTRY.label},
            )
        return parts

    def changes(self, opened: set[str]) -> tuple[list[str], list[str]]:
        """Parts to release and parts to take back, where `opened` are open now."""
        wanted: Any = set(self.cleaned_data["parts"])
        return [part for part in Release.Part.values if part in wanted - opened], sorted(opened - wanted)
