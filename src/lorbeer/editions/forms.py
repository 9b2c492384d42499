from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

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
    """The parts of an entry that are public, and of each the fields. What is not ticked is not.

    `public`: the parts that are open, and the fields that are not closed by themselves. `choices`: the fields to choose from, by part,
    each with its name and what is shown. `ask_consent`: ask the office for a written consent.
    """

    # What the page showed as public. Only what somebody changes there is changed: a page that was opened before opens nothing again.
    shown = forms.CharField(widget=forms.HiddenInput, required=False)
    parts = forms.MultipleChoiceField(label=_("Public are"), choices=Release.Part.choices, required=False,
                                      widget=forms.CheckboxSelectMultiple)
    written_consent = WrittenField(
        label=_("Written consent"), max_length=300, required=False,
        help_text=_("Only to open what the applicant has not agreed to or has taken back: who agreed, when and how, for example"
                    " “letter by Ms Muster of 3 March”. It stands in the history, and the applicant gets a mail."))

    def __init__(self, *args: Any, public: Collection[str], choices: Mapping[str, list[tuple[str, Any]]], ask_consent: bool = False,
                 **kwargs: Any) -> None:
        opened = [part for part in Release.Part.values if part in public]
        names = [name for several in choices.values() for name, _label in several]
        kwargs.setdefault("initial", {
            "parts": opened, "shown": " ".join([*opened, *(name for name in names if name in public)]),
            **{part: [name for name, _label in several if name in public] for part, several in choices.items()}})
        super().__init__(*args, **kwargs)
        if not ask_consent:
            del self.fields["written_consent"]
        self.fields["parts"].asked_for_by_button = True  # type: ignore[attr-defined]     # to tick nothing says something, too
        self.opened, self.folded_parts = set(opened), [part for part, several in choices.items() if several]
        for part in self.folded_parts:
            self.fields[part] = forms.MultipleChoiceField(
                label=_("Public, once it is released"), choices=choices[part], required=False, widget=forms.CheckboxSelectMultiple,
                help_text=_("What is not ticked stays closed, also when the rest is released later. Answers that would give another one away,"
                            " because they depend on it, close with it.") if part == Release.Part.ANSWERS else
                _("What is not ticked stays closed, also when the rest is released later."))
            self.fields[part].asked_for_by_button = True  # type: ignore[attr-defined]

    @property
    def folded(self) -> list[dict[str, Any]]:
        """The fields of each part that has some, for the page: they are folded while none is closed."""
        found = []
        for part in self.folded_parts:
            field: Any = self[part]
            ticked = set(field.value() or ())
            closed = sum(name not in ticked for name, _label in field.field.choices)
            found.append({"title": _("In detail: %(part)s") % {"part": Release.Part(part).label}, "field": field, "is_open": bool(closed),
                          "note": ngettext("%(count)d closed", "%(count)d closed", closed) % {"count": closed} if closed else ""})
        return found

    def clean_shown(self) -> set[str]:
        return set(self.cleaned_data["shown"].split())

    def clean_parts(self) -> list[str]:
        parts: list[str] = self.cleaned_data["parts"]
        if Release.Part.ENTRY in self._shown_parts - set(parts):
            return []                                                   # with the entry itself everything else closes
        if parts and Release.Part.ENTRY not in parts:
            raise forms.ValidationError(
                _("The other parts need “%(entry)s”: without title and name nothing else can be shown."),
                params={"entry": Release.Part.ENTRY.label},
            )
        return parts

    @property
    def _shown_parts(self) -> set[str]:
        """The parts that the page showed as open; those that are, where it did not say."""
        return self.cleaned_data.get("shown", set()) & set(Release.Part.values) if "shown" in self.data else self.opened

    def changes(self) -> tuple[list[str], list[str]]:
        """Parts and fields to release and to take back."""
        shown, wanted = self._shown_parts, set(self.cleaned_data["parts"])
        if "shown" in self.data:
            offered = {str(name) for part in self.folded_parts for name, _label in self.fields[part].choices}  # type: ignore[attr-defined]
            shown = shown | self.cleaned_data["shown"] & offered
            wanted |= {name for part in self.folded_parts for name in self.cleaned_data[part]}
        return sorted(wanted - shown), sorted(shown - wanted)
