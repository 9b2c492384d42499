"""Forms of the distribution list, the waves and the letters of intent."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lorbeer.call.models import Competition, Letter
from lorbeer.call.queries import register_of
from lorbeer.outreach import queries, services
from lorbeer.outreach.models import Address, LetterOfIntent, Wave
from lorbeer.register.choosing import more_fit, told
from lorbeer.register.models import Municipality
from lorbeer.register.queries import bodies_to_choose
from lorbeer.shared import clock
from lorbeer.shared.addresses import is_taken
from lorbeer.shared.fields import DayField, WrittenField
from lorbeer.shared.lands import NAMES
from lorbeer.shared.lists import ListForm
from lorbeer.shared.models import Message
from lorbeer.shared.text import language_name, listed, require_plain_name, spoken_in, written_in

LAND_CHOICES = sorted(NAMES.items(), key=lambda pair: pair[1])


class AddressFilter(ListForm):
    q = WrittenField(label=gettext_lazy("Search"))
    category = forms.ChoiceField(label=gettext_lazy("Category"))
    land = forms.ChoiceField(label=gettext_lazy("Land"), choices=[("", gettext_lazy("all")), *LAND_CHOICES])
    kind = forms.ChoiceField(label=gettext_lazy("Which"), choices=[
        ("", gettext_lazy("all")), ("mail", gettext_lazy("can be written to")), ("none", gettext_lazy("without mail address")),
        ("unsubscribed", gettext_lazy("unsubscribed"))])

    def __init__(self, *args: Any, categories: list[tuple[str, int]], place: Competition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not place.of_register:
            del self.fields["land"]
        self.fields["category"].choices = [("", _("all")), *((name, written_in(place, name)) for name, _count in categories)]  # type: ignore[attr-defined]

    def narrow(self, rows: "QuerySet[Address]") -> "QuerySet[Address]":
        data = self.cleaned_data
        for word in data["q"].split():
            rows = rows.filter(Q(name__icontains=word) | Q(email__icontains=word))
        if data["category"]:
            rows = rows.filter(category=data["category"])
        if data.get("land"):
            rows = rows.filter(land_code=data["land"])
        match data["kind"]:
            case "mail":
                rows = rows.filter(unsubscribed_at=None).exclude(email="")
            case "none":
                rows = rows.filter(email="")
            case "unsubscribed":
                rows = rows.exclude(unsubscribed_at=None)
        return rows


class AddressForm(forms.ModelForm):
    land_code = forms.ChoiceField(label=gettext_lazy("Land"), required=False, choices=[("", "–"), *LAND_CHOICES])
    municipality_key = WrittenField(
        label=gettext_lazy("Official key (AGS)"), required=False, max_length=12,
        help_text=gettext_lazy("If the address belongs to a municipality: 8 digits, a Kreis 5. It gives the Land, too."))

    language = forms.ChoiceField(
        label=gettext_lazy("Language"), required=False,
        help_text=gettext_lazy("In which they are written to, where the letter exists in it."))

    class Meta:
        model = Address
        fields = ["category", "name", "email", "municipality_key", "land_code", "language"]
        field_classes = {"category": WrittenField, "name": WrittenField}
        labels = {"category": gettext_lazy("Category"), "name": gettext_lazy("Name"), "email": gettext_lazy("E-mail")}
        help_texts = {"category": gettext_lazy("One word for many addresses, such as kommunen or multiplikatoren.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        languages = self.instance.competition.languages
        if not self.instance.competition.of_register:
            del self.fields["municipality_key"], self.fields["land_code"]
        self.fields["language"].choices = [                             # type: ignore[attr-defined]
            ("", _("as the mailing is planned")), *((code, language_name(code)) for code in languages)]
        if len(languages) < 2:
            del self.fields["language"]
        if self.instance.municipality_id and "municipality_key" in self.fields:
            self.fields["municipality_key"].initial = self.instance.municipality.key

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].strip().lower()
        same = self.instance.competition.addresses.filter(email=email).exclude(pk=self.instance.pk)
        if email and same.exists():
            raise forms.ValidationError(_("This mail address is in the list already."))
        return email

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "municipality_key" not in self.fields:
            return data
        key, edition = data.get("municipality_key", "").strip(), register_of(self.instance.competition)
        self.instance.municipality = None
        if key:
            body = edition.municipalities.filter(key=key).first() if edition else None
            if body is None:
                self.add_error("municipality_key", _("The register has no municipality with this key."))
            else:
                self.instance.municipality, data["land_code"] = body, body.land_code
        return data


class AddressImportForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("CSV file"), widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
        help_text=gettext_lazy("UTF-8, first row with the columns Kategorie, Name, E-Mail and, if known, AGS and Land."))


class WaveForm(forms.ModelForm):
    categories = forms.MultipleChoiceField(
        label=gettext_lazy("Categories of the list"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None ticked: everybody."))

    class Meta:
        model = Wave
        fields = ["title", "code", "letter", "categories", "only_without_intent", "planned_on"]
        field_classes = {"title": WrittenField}
        labels = {
            "title": gettext_lazy("Title"), "code": gettext_lazy("Short name"), "letter": gettext_lazy("Letter"),
            "only_without_intent": gettext_lazy("Only those who have not announced an entry"),
            "planned_on": gettext_lazy("Planned for"),
        }
        help_texts = {"code": gettext_lazy("Lower-case letters, digits and hyphens; it stands in addresses."),
                      "planned_on": gettext_lazy("Nothing is sent by itself: on that day it stands among your tasks.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        competition: Competition = self.instance.competition
        letters = Letter.objects.filter(competition=competition, code__startswith="wave").order_by("code", "language")
        self.fields["letter"].queryset = letters                        # type: ignore[attr-defined]
        self.fields["letter"].empty_label = _("Choose a letter")        # type: ignore[attr-defined]
        self.fields["letter"].label_from_instance = (                   # type: ignore[attr-defined]
            lambda letter: spoken_in(f"{services.subject_shown(competition, letter)} ({letter.code}, {letter.language})", letter.language))
        if len(competition.languages) > 1:
            self.fields["letter"].help_text = _("Addresses with a language of their own get the letter of the same short name "
                                                "in that language, where there is one; all others get this one.")
        known = queries.categories_of(competition)
        gone = [(name, 0) for name in self.instance.categories if name not in dict(known)]
        self.fields["categories"].choices = [                           # type: ignore[attr-defined]
            (name, listed([written_in(competition, name), f"({count})"], " ")) for name, count in [*known, *gone]]

    def clean_code(self) -> str:
        code = self.cleaned_data["code"]
        if is_taken("outreach:wave_show", self.instance.competition.code, code):
            raise forms.ValidationError(_("This name is an address of its own. Choose another one."))
        if self.instance.competition.waves.filter(code=code).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("There is a mailing with this name already."))
        return code


class IntentForm(forms.Form):
    """Who announces an entry. For municipalities the register is searched first: the search keeps what was typed."""

    place = WrittenField(label=gettext_lazy("Your municipality"), max_length=100, required=False,
                         help_text=gettext_lazy("Write the beginning of its name and search; then choose it."))
    municipality = forms.ModelChoiceField(None, label=gettext_lazy("Found in the register"), required=False, to_field_name="key",
                                          widget=forms.RadioSelect, empty_label=None)
    applicant = WrittenField(label=gettext_lazy("Who means to enter?"), max_length=300, required=False,
                             error_messages={"required": gettext_lazy("Say who means to enter.")})
    subject = WrittenField(label=gettext_lazy("What will the entry be about?"), max_length=500, required=False,
                           widget=forms.Textarea(attrs={"rows": 3}))
    contact_name = WrittenField(label=gettext_lazy("Contact person"), max_length=200, validators=[require_plain_name])
    contact_email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254)

    def __init__(self, *args: Any, competition: Competition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.competition = competition
        self.searches = competition.of_register
        self.found: list[Municipality] = []
        if self.searches:
            edition = register_of(competition)
            words = str(self.data.get("place", "") or self.initial.get("place", "") or "")
            chosen = str(self.data.get("municipality", ""))
            if edition:
                self.found, more = bodies_to_choose(edition, words)
                self.fields["municipality"].help_text = more_fit(more)
                if re.fullmatch("[0-9]{2,12}", chosen) and chosen not in {body.key for body in self.found}:
                    self.found += list(edition.municipalities.filter(key=chosen))
            field = self.fields["municipality"]
            field.queryset = Municipality.objects.filter(pk__in=[body.pk for body in self.found])     # type: ignore[attr-defined]
            words_of = told(self.found)
            field.choices = [(body.key, words_of[body.key]) for body in self.found]   # type: ignore[attr-defined]
            if not self.found:
                del self.fields["municipality"]
        else:
            del self.fields["place"], self.fields["municipality"]
            self.fields["applicant"].required = True

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        body = data.get("municipality")
        if body is not None:
            data["applicant"] = data.get("applicant", "").strip() or body.name
        elif self.must_choose:
            if not self.errors.keys() & {"municipality", "place"}:
                self.add_error("place", _("Search for your municipality and choose it from the list."))
        elif not data.get("applicant", "").strip() and "applicant" not in self.errors:
            self.add_error("applicant", _("Say who means to enter."))
        return data

    @property
    def must_choose(self) -> bool:
        return self.searches

    @property
    def searched(self) -> str:
        """The words that were searched for last: Enter after other words searches for these."""
        return str(self.data.get("place") or self.initial.get("place") or "") if self.searches else ""


def is_search(data: Mapping[str, str]) -> bool:
    """Whether a sent form asks for the register alone: by its button, or by Enter while what stands in the field is not searched for yet."""
    place = data.get("place", "").strip()
    return "_search" in data or "_enter" in data and bool(place) and place != data.get("searched", "").strip()


class OnlineIntentForm(IntentForm):
    """What the public fills in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.searches:
            del self.fields["applicant"]
            self.fields["place"].required = True
            self.fields["place"].error_messages["required"] = _("Search for your municipality and choose it from the list.")


class OfficeIntentForm(IntentForm):
    """What the office types in from a letter or a mail; it may have gaps."""

    channel = forms.ChoiceField(label=gettext_lazy("Came"), choices=[
        (LetterOfIntent.Channel.POST, gettext_lazy("by post")), (LetterOfIntent.Channel.EMAIL, gettext_lazy("by e-mail"))])
    received_on = DayField(label=gettext_lazy("Came on"), required=False, help_text=gettext_lazy(
        "The day on which it arrived; whether it was in time is told by it."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact_name"].required = self.fields["contact_email"].required = False
        if "place" in self.fields:
            self.fields["place"].label = _("Municipality")
        self.order_fields(["channel", "received_on"])
        self.fields["received_on"].initial = clock.today(self.competition.time_zone)

    def clean_received_on(self) -> date:
        day: date = self.cleaned_data["received_on"] or clock.today(self.competition.time_zone)
        if day > clock.today(self.competition.time_zone):
            raise forms.ValidationError(_("The day lies in the future. When did it come?"))
        return day

    @property
    def received_at(self) -> datetime:
        """The moment of today, else the noon of the day."""
        zone, day = ZoneInfo(self.competition.time_zone), self.cleaned_data["received_on"]
        return clock.now() if day == clock.today(zone) else datetime.combine(day, time(12), zone)

    @property
    def must_choose(self) -> bool:
        return False


class IntentFilter(ListForm):
    q = WrittenField(label=gettext_lazy("Search"))
    linked = forms.ChoiceField(label=gettext_lazy("Entry"), choices=[
        ("", gettext_lazy("all")), ("yes", gettext_lazy("has entered")), ("no", gettext_lazy("no entry yet"))])
    land = forms.ChoiceField(label=gettext_lazy("Land"), choices=[("", gettext_lazy("all")), *LAND_CHOICES])

    def __init__(self, *args: Any, of_register: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not of_register:
            del self.fields["land"]

    def narrow(self, rows: "QuerySet[LetterOfIntent]") -> "QuerySet[LetterOfIntent]":
        data = self.cleaned_data
        for word in data["q"].split():
            rows = rows.filter(Q(applicant__icontains=word) | Q(subject__icontains=word) | Q(contact_email__icontains=word)
                               | Q(code__icontains=word))
        if data["linked"]:
            rows = rows.filter(entry__isnull=data["linked"] == "no")
        return rows.filter(land_code=data["land"]) if data.get("land") else rows


class LinkForm(forms.Form):
    entry = WrittenField(label=gettext_lazy("Code of the entry"), max_length=20, required=False,
                         help_text=gettext_lazy("Empty: no entry."))


class MailFilter(ListForm):
    q = WrittenField(label=gettext_lazy("Search"))
    state = forms.ChoiceField(label=gettext_lazy("State"), choices=[
        ("", gettext_lazy("all")), ("waiting", gettext_lazy("waits")), ("done", gettext_lazy("left")),
        ("failed", gettext_lazy("came back or could not be sent")), ("stopped", gettext_lazy("stopped"))])

    def narrow(self, rows: "QuerySet[Message]") -> "QuerySet[Message]":
        data = self.cleaned_data
        for word in data["q"].split():
            rows = rows.filter(Q(recipient__icontains=word) | Q(title__icontains=word))
        match data["state"]:
            case "":
                return rows
            case "waiting":
                return rows.filter(state__in=("waiting", "running"))
            case "failed":
                return rows.filter(Q(state="failed") | Q(bounced_at__isnull=False))
        return rows.filter(state=data["state"])
