"""When results become public, and what is written about winners."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lorbeer.call.models import Competition
from lorbeer.shared import clock
from lorbeer.shared.fields import DayField, WrittenField
from lorbeer.shared.text import language_of, written_in


class AnnounceForm(forms.Form):
    at_once = forms.BooleanField(label=_("Announce at once"), required=False)
    day = DayField(label=_("Day"), required=False)
    time = forms.TimeField(label=pgettext_lazy("of the day", "Time"), required=False, widget=forms.TimeInput(attrs={"type": "time"}))

    def __init__(self, *args: Any, competition: Competition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = ZoneInfo(competition.time_zone)
        self.fields["day"].help_text = _("In the time zone %(zone)s.") % {"zone": competition.time_zone}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("at_once") and any(self.data.get(name) for name in ("day", "time")):
            self.add_error("at_once", _("You entered a moment too. Untick “announce at once” to keep it, or empty day and time."))
            return data
        if data.get("at_once"):
            data["at"] = None
            return data
        if not data.get("day") or not data.get("time"):
            self.add_error(None, _("Enter day and time, or announce at once."))
            return data
        data["at"] = datetime.combine(data["day"], data["time"], self.zone)
        if data["at"] < clock.now():
            self.add_error("day", _("This moment has passed. Enter a later one, or announce at once."))
        return data


class PortraitForm(forms.Form):
    description = WrittenField(label=_("Description"), max_length=4000, widget=forms.Textarea(attrs={"rows": 8}))
    reasons = WrittenField(
        label=_("Reasons of the jury"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 6})
    )

    def __init__(self, *args: Any, place: Competition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if language := language_of(written_in(place, "…")):             # where the page speaks another one
            for field in self.fields.values():
                field.widget.attrs["lang"] = language


class PictureForm(forms.Form):
    picture = forms.FileField(label=_("Photograph"), help_text=_("JPEG, PNG or WebP; it is scaled and freed of hidden data."))
    alternative_text = WrittenField(
        label=_("What the picture shows"), max_length=300, help_text=_("Read aloud to those who cannot see it.")
    )
    caption = WrittenField(
        label=_("Caption"), max_length=300, required=False, help_text=_("Printed below the picture in the book and shown in the database."))
    credit = WrittenField(label=_("Photographer, source"), max_length=200)


class PaperApprovalForm(forms.Form):
    ground = WrittenField(
        label=_("Who approved it, when and how?"), max_length=300,
        help_text=_("For example “letter by Ms Muster of 3 March”. It is recorded with your name."))


class ObjectionForm(forms.Form):
    remarks = WrittenField(label=_("What should be changed?"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5}))
