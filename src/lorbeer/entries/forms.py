"""Input about entries, made clean."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lorbeer.call.models import Competition
from lorbeer.entries import embargo
from lorbeer.entries.models import State
from lorbeer.people.forms import LAND_NAMES
from lorbeer.shared.fields import WrittenField
from lorbeer.shared.lists import ListForm


class EntryFilter(ListForm):
    """Which entries the list shows: by words, state, round, group and Land."""

    q = WrittenField(label=_("Search"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False)
    round = forms.ChoiceField(label=_("Round"), required=False)
    group = forms.ChoiceField(label=_("Award group"), required=False)
    land = forms.ChoiceField(label=_("Land"), required=False)

    def __init__(self, *args: Any, competition: Competition, roles: frozenset[str], lands: list[str],
                 kept: Collection[int] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.roles, self.kept = roles, kept
        mask = embargo.mask_for(roles)
        never = set() if competition.has_screening else {State.SCREENED, State.PROPOSED, State.NOT_PROPOSED}
        if not competition.has_check:
            never.add(State.INADMISSIBLE)
        shown = [state for state in State if mask.get(state, state) == state and state not in never]
        fields: Any = self.fields
        fields["state"].choices = [("", _("all")), *((state.value, state.label) for state in shown)]
        fields["group"].choices = [
            ("", _("all")), *((group.code, str(group)) for group in competition.groups.all() if not group.is_special),
            ("none", _("no group yet")),
        ]
        if len(competition.rounds) > 1:
            fields["round"].choices = [("", _("all")), *((number, number) for number in competition.rounds)]
        else:
            del fields["round"]
        if competition.applicant_kind != Competition.ApplicantKind.MUNICIPALITY and not lands:
            del fields["land"]
            return
        fields["land"].choices = [("", _("all")), *((land, LAND_NAMES.get(land, land)) for land in lands)]

    def narrow(self, rows: Any) -> Any:
        wanted = self.cleaned_data
        if text := wanted["q"].strip():
            # A draft's title belongs to those who write it: it is not found either.
            found = Q(applicant__icontains=text) | Q(code__iexact=text) | Q(reference__iexact=text)
            rows = rows.filter(found | Q(title_told__icontains=text))
        if wanted["state"]:
            rows = rows.filter(embargo.looking_like(wanted["state"], self.roles, self.kept))
        if wanted.get("round"):
            rows = rows.filter(round=wanted["round"])
        if wanted["group"]:
            rows = rows.filter(group=None) if wanted["group"] == "none" else rows.filter(group__code=wanted["group"])
        if wanted.get("land"):
            rows = rows.filter(land_code=wanted["land"])
        return rows


class BiasForm(forms.Form):
    reason = WrittenField(
        label=_("Where does the bias lie?"), max_length=1000, widget=forms.Textarea({"rows": 3}),
        help_text=_("A few words are enough, for example: I advised the applicant. Only the office reads them."),
    )
